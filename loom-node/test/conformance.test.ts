// The conformance suite over stores in JavaScript: the sound one is acquitted, broken ones are convicted.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NewRecord, Store, wire } from "loomstack";
import { conformanceChecks, runCheck, type StoreFactory, storeConformance } from "loomstack/testing";
import { MemoryStore } from "./memory-store.js";

/** Stores that live in this process: clients of one journal share its arrays and maps. */
class Factory implements StoreFactory {
  readonly journals = new Map<string, MemoryStore>();
  readonly opened: Store[] = [];
  readonly closed: Store[] = [];

  constructor(readonly client: (journal: MemoryStore) => MemoryStore = (it) => it) {}

  open(journal: string): Store {
    const kept = this.journals.get(journal) ?? new MemoryStore();
    this.journals.set(journal, kept);
    const store = this.client(kept);
    this.opened.push(store);
    return store;
  }

  close(store: Store): void {
    this.closed.push(store);
  }

  restore(journal: string, records: readonly NewRecord[]): void {
    const kept = this.journals.get(journal) ?? assert.fail("no such journal");
    kept.records = [...records];
  }

  tamperText(journal: string, digest: string): void {
    const texts = this.journals.get(journal)?.texts;
    const text = texts?.get(digest) ?? assert.fail("no such text");
    texts?.set(digest, { ...text, text: `${text.text}!` });
  }
}

storeConformance("the store in memory", new Factory());

describe("the suite", () => {
  const convicted = async (factory: StoreFactory): Promise<string[]> => {
    const failed: string[] = [];
    for (const check of conformanceChecks()) {
      if ((await runCheck(factory, check)).outcome === "failed") failed.push(check);
    }
    return failed;
  };
  const broken = (change: Partial<Record<keyof Store, (this: MemoryStore, ...args: never[]) => unknown>>) =>
    new Factory((journal) => {
      const get = (target: MemoryStore, name: string | symbol): unknown => {
        const own = change[name as keyof Store];
        const value = own ?? (Reflect.get(target, name, target) as unknown);
        return typeof value === "function" ? value.bind(target) : value;
      };
      return new Proxy(journal, { get });
    });

  it("convicts a store that does not compare", async () => {
    const failed = await convicted(
      broken({
        async append(this: MemoryStore, _: wire.Head, record: NewRecord) {
          this.records.push(record);
          return "committed";
        },
      }),
    );
    assert.ok(failed.includes("an append with a stale head is a conflict"), failed.join("\n"));
  });

  it("convicts a store that loses what it acknowledged, and one that keeps what it should forget", async () => {
    assert.notDeepEqual(await convicted(broken({ append: async () => "committed" })), []);
    assert.notDeepEqual(await convicted(broken({ eraseTexts: async () => undefined })), []);
  });

  it("closes every client that it opened", async () => {
    const factory = new Factory();
    for (const check of conformanceChecks()) await runCheck(factory, check);
    assert.ok(factory.opened.length > 0);
    assert.equal(factory.closed.length, factory.opened.length);
  });

  it("runs every check, skips what it has no means for, and knows its checks by name", async () => {
    assert.ok(conformanceChecks().length > 20, String(conformanceChecks().length));
    const journals = new Map<string, MemoryStore>();
    const bare: StoreFactory = {
      open: (journal) => journals.get(journal) ?? journals.set(journal, new MemoryStore()).get(journal) ?? assert.fail(),
    };
    const check = "a head behind the one seen is regressed";
    assert.equal((await runCheck(bare, check)).outcome, "skipped");
    assert.equal((await runCheck(new Factory(), check)).outcome, "passed");
    await assert.rejects(runCheck(bare, "no such check"), { code: "not_found", field: "check" });
  });
});
