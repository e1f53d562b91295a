// Stores that are written in JavaScript: what they keep, what they break, and what becomes of it.

import assert from "node:assert/strict";
import { it } from "node:test";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { AsyncLoom, Loom, LoomError, type NewRecord, type Store, type wire } from "loomstack";
import { MemoryStore } from "./memory-store.js";
import { ada, nightly } from "./stage.js";

const acme = { workspace: "acme" };

/** A store whose methods can be replaced by others for a while. */
function wilful(): { store: Store & MemoryStore; override: Partial<Record<keyof Store, (...args: never[]) => unknown>> } {
  const override: Partial<Record<keyof Store, (...args: never[]) => unknown>> = {};
  const store = new Proxy(new MemoryStore(), {
    get: (target, name) => override[name as keyof Store] ?? Reflect.get(target, name, target),
  });
  return { store, override };
}

it("a journal over a store in JavaScript lives on in the store", async () => {
  const store = new MemoryStore();
  const first = Loom.over(store);
  await first.createJournal(ada, acme);
  await first.startRun(nightly, { run: "r" });
  await first.finishRun({ ...nightly, run: "r" }, { outcome: "done", summary: "schön 🎉" });
  const hash = (await first.stateHash()).reply.hash;
  await first.close();
  assert.deepEqual(store.records.map((it) => it.ver), [1, 2, 3]);
  const second = AsyncLoom.over(store);
  assert.equal((await second.stateHash()).reply.hash, hash);
  const summary = (await second.getRun({ run: "r" })).reply.run?.finished?.summary;
  assert.equal(summary?.text, "schön 🎉");
  await second.erase(ada, { texts: [summary?.digest ?? ""] });
  assert.equal(store.texts.size, 0);
  assert.equal((await second.getRun({ run: "r" })).reply.run?.finished?.summary?.text, undefined);
  await second.close();
});

it("two handles over one store find each other's records, also while both write", async () => {
  const store = new MemoryStore();
  const [one, two] = [AsyncLoom.over(store), AsyncLoom.over(store)];
  await one.createJournal(ada, acme);
  const starts = Array.from({ length: 20 }, (_, nth) => (nth % 2 ? one : two).startRun(nightly, { run: `r${nth}` }));
  await Promise.all(starts);
  assert.equal(store.records.length, 21);
  assert.equal((await one.stateHash()).reply.hash, (await two.stateHash()).reply.hash);
  await Promise.all([one.close(), two.close()]);
});

it("a snapshot is kept as bytes and used by the next handle", async () => {
  const store = new MemoryStore();
  await using loom = AsyncLoom.over(store);
  await loom.createJournal(ada, acme);
  for (let nth = 0; nth < 1_030; nth += 1) await loom.signal(ada, { name: "ci.green", key: `${nth}` });
  assert.equal(store.snapshots.size, 1);
  assert.ok([...store.snapshots.values()][0]?.bytes instanceof Uint8Array);
  let asked = 0;
  const read = store.read.bind(store);
  store.read = async (after, maxBytes) => {
    asked = Math.max(asked, after === 0 ? 2_000 : 0);
    return read(after, maxBytes);
  };
  await using next = AsyncLoom.over(store);
  assert.equal((await next.stateHash()).reply.hash, (await loom.stateHash()).reply.hash);
  assert.equal(asked, 0, "the journal was not read from its start");
});

it("the event loop turns while a command waits for its store", async () => {
  const { store, override } = wilful();
  await using loom = AsyncLoom.over(store);
  let answer: ((records: NewRecord[]) => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    override.read = () => {
      delete override.read;
      resolve();
      return new Promise((found) => {
        answer = found;
      });
    };
  });
  let landed = false;
  const pending = loom.createJournal(ada, acme).then((it) => {
    landed = true;
    return it;
  });
  await asked;
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  assert.equal(landed, false);
  answer?.([]);
  assert.equal((await pending).reply.type, "journal_created");
});

it("an append that fails without a word is outcome_unknown, and was tried again under the same id", async () => {
  for (const thrown of [new Error("the wire broke"), "just a text", undefined, { toString: () => assert.fail() }]) {
    const { store, override } = wilful();
    await using loom = AsyncLoom.over(store);
    const ids: unknown[] = [];
    override.append = (_: wire.Head, record: NewRecord) => {
      ids.push((JSON.parse(record.body.split("\n")[0] ?? "") as { id: unknown }).id);
      throw thrown;
    };
    await assert.rejects(loom.createJournal(ada, acme), {
      name: "UnavailableError",
      code: "outcome_unknown",
      next: "retry",
      field: "store.append",
    });
    assert.ok(ids.length > 1 && new Set(ids).size === 1, ids.join());
    delete override.append;
    assert.equal((await loom.createJournal(ada, acme)).reply.type, "journal_created", "the handle lives on");
  }
});

it("an append that landed although its store threw is found, and not made twice", async () => {
  const { store, override } = wilful();
  await using loom = AsyncLoom.over(store);
  let threw = 0;
  const append = MemoryStore.prototype.append.bind(store);
  override.append = async (expected: wire.Head, record: NewRecord) => {
    const answer = await append(expected, record);
    threw += 1;
    if (threw === 1) throw new Error("the answer was lost");
    return answer;
  };
  assert.equal((await loom.createJournal(ada, acme)).reply.workspace, "acme");
  assert.equal(store.records.length, 1);
});

it("every other method that throws or rejects is unavailable, and the next command works again", async () => {
  for (const method of ["head", "read", "getTexts", "putTexts", "eraseTexts"] as const) {
    const { store, override } = wilful();
    await using loom = AsyncLoom.over(store);
    await loom.createJournal(ada, acme);
    await loom.startRun(nightly, { run: "r" });
    await loom.finishRun({ ...nightly, run: "r" }, { outcome: "done", summary: "words" });
    const digest = (await loom.getRun({ run: "r" })).reply.run?.finished?.summary?.digest ?? "";
    const calls: Record<typeof method, () => Promise<unknown>> = {
      head: () => loom.getRun({ run: "r" }),
      read: () => loom.getRun({ run: "r" }),
      getTexts: () => loom.getRun({ run: "r" }),
      putTexts: () => loom.finishRun({ ...nightly, run: "r2" }, { outcome: "done", summary: "more" }),
      eraseTexts: () => loom.erase(ada, { texts: [digest] }),
    };
    await loom.startRun(nightly, { run: "r2" });
    override[method] = () => Promise.reject(new Error("away"));
    await assert.rejects(calls[method](), { code: "unavailable", next: "retry", field: `store.${method}` }, method);
    delete override[method];
    await calls[method]();
  }
});

it("a snapshot that cannot be kept or loaded costs nothing but time", async () => {
  const { store, override } = wilful();
  override.saveSnapshot = override.loadSnapshot = () => Promise.reject(new Error("full"));
  await using loom = AsyncLoom.over(store);
  assert.equal((await loom.createJournal(ada, acme)).reply.workspace, "acme");
  override.loadSnapshot = () => ({ ver: 1, bytes: "no bytes" });
  await using other = AsyncLoom.over(store);
  assert.equal((await other.head()).reply.head.ver, 1);
});

it("a LoomError of a store is passed on with its own code, and one that no store may give is not", async () => {
  const { store, override } = wilful();
  await using loom = AsyncLoom.over(store);
  override.append = () => {
    throw LoomError.of({ code: "too_large", next: "fix_input", message: "1 MiB at most", field: "record" });
  };
  await assert.rejects(loom.createJournal(ada, acme), { code: "too_large", message: "record: 1 MiB at most" });
  override.append = () => {
    throw LoomError.of({ code: "not_permitted", next: "ask_human", message: "no" });
  };
  await assert.rejects(loom.createJournal(ada, acme), { code: "outcome_unknown" });
});

it("answers that are none are corrupt, and of an append outcome_unknown", async () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  for (const answer of [undefined, null, 7, "committed!", {}, [], 1n, cyclic, { ver: Number.NaN }]) {
    const { store, override } = wilful();
    await using loom = AsyncLoom.over(store);
    override.append = () => answer;
    await assert.rejects(loom.createJournal(ada, acme), { code: "outcome_unknown" }, String(answer));
  }
  for (const answer of [undefined, 7, "x", {}, [7], [{ ver: 1n }], [{ ver: 1, prev: "", hash: "", body: "" }]]) {
    const { store, override } = wilful();
    await using loom = AsyncLoom.over(store);
    override.read = () => answer;
    await assert.rejects(loom.head(), { code: "corrupt", field: "store.read" });
  }
  const { store, override } = wilful();
  await using loom = AsyncLoom.over(store);
  await loom.createJournal(ada, acme);
  await loom.registerLoop(ada, { id: "nightly", owner: "ada", goal: "green" });
  for (const answer of [[], [undefined, undefined], [{ digest: "0".repeat(64), nonce: "0".repeat(32), text: "" }]]) {
    override.getTexts = () => answer;
    await assert.rejects(loom.loops(), { code: "corrupt" });
  }
  override.getTexts = () => [undefined];
  assert.equal((await loom.loops()).reply.loops[0]?.goal?.text, undefined);
});

it("a store without one of its methods is refused at once", () => {
  for (const method of ["head", "read", "append", "saveSnapshot", "loadSnapshot", "putTexts", "getTexts", "eraseTexts"]) {
    const store = Object.assign(new MemoryStore(), { [method]: undefined }) as never;
    assert.throws(() => Loom.over(store), { name: "TypeError", message: `the store has no method ${method}` });
  }
  for (const store of [undefined, null, 7, "store"]) assert.throws(() => AsyncLoom.over(store as never), TypeError);
});

it("a record that was changed in the store is found out", async () => {
  const store = new MemoryStore();
  const loom = AsyncLoom.over(store);
  await loom.createJournal(ada, acme);
  await loom.close();
  const [record] = store.records;
  if (record !== undefined) store.records[0] = { ...record, body: record.body.replace("acme", "evil") };
  const again = AsyncLoom.over(store);
  await assert.rejects(again.head(), { name: "JournalError", code: "broken_chain" });
  await again.close();
});

it("a store that went back is regressed and not followed", async () => {
  const store = new MemoryStore();
  await using loom = AsyncLoom.over(store);
  await loom.createJournal(ada, acme);
  await loom.startRun(nightly, { run: "r" });
  store.records.pop();
  await assert.rejects(loom.startRun(nightly, { run: "s" }), { code: "regressed", next: "ask_human" });
  await assert.rejects(loom.head(), { code: "regressed" });
});

it("a record ahead of the system's clock is refused", async () => {
  await using loom = AsyncLoom.over(new MemoryStore());
  const at = Date.now() + 3_600_000;
  await assert.rejects(loom.createJournal(ada, acme, { at }), { code: "clock_ahead", next: "retry" });
});

it("a thread of Node that ends while its store never answers ends", async () => {
  const source = `
    const { AsyncLoom } = require("loomstack");
    const { parentPort } = require("node:worker_threads");
    const never = () => new Promise(() => {});
    const store = { head: never, append: never, saveSnapshot: never, putTexts: never, getTexts: never, eraseTexts: never };
    store.loadSnapshot = () => null;
    store.read = () => { parentPort.postMessage("asked"); return never(); };
    AsyncLoom.over(store).head();
    setInterval(() => {}, 1000);
  `;
  const worker = new Worker(source, { eval: true });
  await once(worker, "message");
  assert.equal(await worker.terminate(), 1);
});
