import { LoomError } from "./errors.js";
import { encode } from "./json.js";
import type { StoreCall } from "./native.js";
import type { Code, Digest, Head, Nonce, Timestamp } from "./wire.js";

/** One record of a journal, as it is stored. */
export interface StoredRecord {
  /** The version that the journal has with this record: the one before, plus 1. */
  ver: number;
  /** The hash of the record before. */
  prev: Digest;
  /** The hash of this record, over `prev` and `body`. */
  hash: Digest;
  /** The text of the record. Its bytes in UTF-8 are what was hashed: keep it as it is. */
  body: string;
}

/** A record to append, with what of its header a store needs to know. */
export interface NewRecord extends StoredRecord {
  /** The journal's time at this record. */
  at: Timestamp;
  /** The incarnation of the head after this record. */
  incarnation: number;
}

/** A free text with its salt: one row of the table that can be erased. */
export interface StoredText {
  /** The key. */
  digest: Digest;
  /** The salt, erased with the text. */
  nonce: Nonce;
  /** The words. */
  text: string;
}

/** A snapshot of one projection, as bytes that only the library reads. */
export interface StoredSnapshot {
  /** Which projection. */
  projection: string;
  /** The format of the bytes; another format is another key. */
  format: number;
  /** The version of the journal that it stands for. */
  ver: number;
  /** The bytes. */
  bytes: Uint8Array;
}

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * A journal, its texts and its snapshots, kept by JavaScript. Records, texts, clocks and heads are checked
 * by the library; a store keeps and compares.
 *
 * What a method throws or rejects with is passed on where it is a {@link LoomError} with one of the codes
 * `unavailable` (nothing happened), `outcome_unknown`, `regressed`, `corrupt`, `too_large`, `clock_ahead`,
 * `gap`, `broken_chain` or `newer_journal`. Anything else becomes `outcome_unknown` from {@link append},
 * whose command is then sent again under the same id, and `unavailable` from every other method.
 */
export interface Store {
  /**
   * Where the journal ends: version 0, a hash of 64 zeros and incarnation 0 while it is empty.
   * Linearizable: it includes every append that was acknowledged.
   */
  head(): Awaitable<Head>;
  /**
   * The records behind version `after`, in order and without gap, of together at most `maxBytes` bytes of
   * body, but at least one where there is one. Empty at the head, and behind it.
   */
  read(after: number, maxBytes: number): Awaitable<readonly StoredRecord[]>;
  /**
   * Adds a record if the head still has the version and hash of `expected`. Compare and append are one step
   * over all clients. The same record at its version again is `"committed"` and adds nothing; any other head
   * is `"conflict"`. What is acknowledged must survive a crash. The new head is the record's version, hash
   * and incarnation.
   */
  append(expected: Head, record: NewRecord): Awaitable<"committed" | "conflict">;
  /** Keeps a snapshot in place of an earlier one of the same projection and format. A store may drop it. */
  saveSnapshot(snapshot: StoredSnapshot): Awaitable<void>;
  /** The snapshot of a projection and format, if one is kept. */
  loadSnapshot(projection: string, format: number): Awaitable<StoredSnapshot | null | undefined>;
  /** Keeps texts under their digests. They are put before the record that speaks of them. */
  putTexts(texts: readonly StoredText[]): Awaitable<void>;
  /** The texts of these digests, in the same order; null or undefined for one that is not kept. */
  getTexts(digests: readonly Digest[]): Awaitable<readonly (StoredText | null | undefined)[]>;
  /** Forgets texts, nonce included. A digest that is not kept is passed over. */
  eraseTexts(digests: readonly Digest[]): Awaitable<void>;
}

/** The codes that a store may answer with. */
const STORE_CODES: ReadonlySet<Code> = new Set<Code>([
  "unavailable",
  "outcome_unknown",
  "regressed",
  "corrupt",
  "too_large",
  "clock_ahead",
  "gap",
  "broken_chain",
  "newer_journal",
]);

const METHODS = [
  "head",
  "read",
  "append",
  "saveSnapshot",
  "loadSnapshot",
  "putTexts",
  "getTexts",
  "eraseTexts",
] as const satisfies readonly (keyof Store)[];

/** What hands an answer back to the thread that waits for it. @internal */
export type Settle = (id: number, kept: boolean, json: string, bytes?: Uint8Array) => void;

/** What the thread of a handle calls, on the event loop, for each method of the store. @internal */
export function dispatcher(store: Store, settle: Settle): (call: StoreCall) => void {
  for (const method of METHODS) {
    if (typeof store?.[method] !== "function") throw new TypeError(`the store has no method ${method}`);
  }
  return settling((call) => invoke(store, call), settle);
}

/** What is called, with its answer or failure handed back. @internal */
export function settling(
  work: (call: StoreCall) => Promise<[json: string, bytes?: Uint8Array]>,
  settle: Settle,
): (call: StoreCall) => void {
  return (call) => {
    work(call).then(
      ([json, bytes]) => settle(call.id, true, json, bytes),
      (thrown: unknown) => settle(call.id, false, failure(thrown, call.method)),
    );
  };
}

/** Calls a method of the store. @internal */
export async function invoke(store: Store, call: StoreCall): Promise<[json: string, bytes?: Uint8Array]> {
  const args = JSON.parse(call.json) as never[];
  switch (call.method) {
    case "saveSnapshot": {
      const [key] = args as unknown as [Omit<StoredSnapshot, "bytes">];
      await store.saveSnapshot({ ...key, bytes: call.bytes ?? new Uint8Array() });
      return ["null"];
    }
    case "loadSnapshot": {
      const found = await (store.loadSnapshot as (...args: never[]) => Awaitable<StoredSnapshot | null | undefined>)(
        ...args,
      );
      if (found === null || found === undefined) return ["null"];
      if (!(found.bytes instanceof Uint8Array)) throw unreadable(call.method, "bytes is no Uint8Array");
      return [told({ ver: found.ver }, call.method), found.bytes];
    }
    default: {
      const method = store[call.method as keyof Store] as (...args: never[]) => Awaitable<unknown>;
      const answer = await method.apply(store, args);
      return [told(answer ?? null, call.method)];
    }
  }
}

/** The answer as JSON. One that has no form there is damaged, whatever the store thinks of it. */
function told(answer: unknown, method: string): string {
  const absent = Array.isArray(answer) ? answer.map((item: unknown) => item ?? null) : answer;
  try {
    return encode(absent, `store.${method}`);
  } catch (why) {
    throw unreadable(method, why instanceof Error ? why.message : String(why));
  }
}

function unreadable(method: string, why: string): LoomError {
  const code = method === "append" ? "outcome_unknown" : "corrupt";
  return LoomError.of({ code, next: code === "corrupt" ? "stop" : "retry", field: `store.${method}`, message: why });
}

function failure(thrown: unknown, method: string): string {
  if (thrown instanceof LoomError && STORE_CODES.has(thrown.code)) {
    const { code, next, field, message } = thrown;
    const words = field !== undefined && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
    return JSON.stringify({ code, next, field, message: words });
  }
  const code: Code = method === "append" ? "outcome_unknown" : "unavailable";
  return JSON.stringify({ code, next: "retry", field: `store.${method}`, message: words(thrown) });
}

function words(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "something without words was thrown";
  }
}
