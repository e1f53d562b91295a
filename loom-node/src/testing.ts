/**
 * The conformance suite for stores that are written in JavaScript, for `node --test`: every check is a test
 * of its own, and its name is the sentence that it proves.
 *
 * ```ts
 * import { storeConformance } from "loomstack/testing";
 *
 * storeConformance("my store", { open: (journal) => new MyStore(`/tmp/${journal}`) });
 * ```
 *
 * @packageDocumentation
 */
import { describe, it } from "node:test";
import { LoomError, promising } from "./errors.js";
import { native, type NativeConformance, type StoreCall } from "./native.js";
import { type Awaitable, invoke, type NewRecord, settling, type Store } from "./store.js";
import type { Digest } from "./wire.js";

/** How the suite gets at journals. A name that is seen for the first time is an empty journal. */
export interface StoreFactory {
  /** A new client of the journal of this name. Two calls give two clients, as two processes would have. */
  open(journal: string): Awaitable<Store>;
  /** Closes a client. */
  close?(store: Store): Awaitable<void>;
  /** Makes the journal hold exactly these records behind the store's back, as restoring a backup does. */
  restore?(journal: string, records: readonly NewRecord[]): Awaitable<void>;
  /** Changes the words of a kept text behind the store's back. */
  tamperText?(journal: string, digest: Digest): Awaitable<void>;
  /** Whether a journal is still there after all of its clients were closed; true where absent. */
  outlivesItsClients?: boolean;
  /** Whether a client that is opened anew answers `regressed` by itself; false where absent. */
  remembers?: boolean;
}

/** What a check found: that it held, that it did not and why, or what the factory gave no means for. */
export interface CheckOutcome {
  /** What it found. */
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why; empty where it held. */
  readonly why: string;
}

/** The check that holds only for stores which keep the furthest head that they saw beside the journal. */
const REMEMBERED = "a client opened anew remembers the head it saw";

/** The sentences that the suite proves, in its order. */
export function conformanceChecks(): readonly string[] {
  return native.NativeConformance.checks();
}

/** Runs one check. Rejects with a {@link LoomError} (`not_found`) where there is none of this name. */
export async function runCheck(factory: StoreFactory, check: string): Promise<CheckOutcome> {
  if (check === REMEMBERED && !factory.remembers) {
    return { outcome: "skipped", why: "the store keeps nothing of what it saw before" };
  }
  const clients = new Map<number, Store>();
  let suite: NativeConformance | undefined;
  const dispatch = settling(
    (call) => answer(factory, clients, call),
    (id, kept, json, bytes) => suite?.settle(id, kept, json, bytes),
  );
  const running = new native.NativeConformance(dispatch);
  suite = running;
  const told = await promising(() => running.run(check, factory.outlivesItsClients ?? true));
  const [outcome, why] = JSON.parse(told) as [CheckOutcome["outcome"], string];
  return { outcome, why };
}

/** Registers every check as a test of `node:test`, in a suite of this name. */
export function storeConformance(name: string, factory: StoreFactory): void {
  describe(name, () => {
    for (const check of conformanceChecks()) {
      it(check, async (test) => {
        const { outcome, why } = await runCheck(factory, check);
        if (outcome === "failed") throw new Error(why);
        if (outcome === "skipped") test.skip(why);
      });
    }
  });
}

async function answer(
  factory: StoreFactory,
  clients: Map<number, Store>,
  call: StoreCall,
): Promise<[json: string, bytes?: Uint8Array]> {
  const store = clients.get(call.client);
  if (store !== undefined && call.method !== "close") return invoke(store, call);
  const args = JSON.parse(call.json) as unknown[];
  switch (call.method) {
    case "open": {
      // Named before it is opened: two threads may open at the same time.
      const client = (last += 1);
      clients.set(client, await factory.open(args[0] as string));
      return [String(client)];
    }
    case "close":
      clients.delete(call.client);
      if (store !== undefined) await factory.close?.(store);
      return ["null"];
    case "restore":
      await factory.restore?.(args[0] as string, args[1] as NewRecord[]);
      return [String(factory.restore !== undefined)];
    case "tamperText":
      await factory.tamperText?.(args[0] as string, args[1] as string);
      return [String(factory.tamperText !== undefined)];
    default: {
      const message = `there is no client ${call.client} to ask for ${call.method}`;
      throw LoomError.of({ code: "unavailable", next: "retry", message });
    }
  }
}

/** The last client that was opened, in this process. */
let last = 0;
