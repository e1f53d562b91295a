// What callers get wrong. Nothing of it may change what was meant in silence, and nothing may end the process.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { AsyncLoom, ClosedError, Loom, LoomError, PathSet, Pattern } from "loomstack";
import { ada, nightly, shop } from "./stage.js";

/** The same as the handle, for calls that the types forbid. */
const untyped = (value: unknown) => value as any;

it("a length of time that is none is a RangeError or a TypeError, and says what one looks like", () => {
  const loom = shop();
  for (const ttl of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53, "", "30", "m", "-5m", "1.5h", "30 m"]) {
    assert.throws(() => loom.startRun(nightly, { run: "r", ttl }), { name: "RangeError", message: /^ttl is/ }, `${ttl}`);
  }
  for (const ttl of [10n, null, {}, [1], true, new Date()]) {
    const input = { run: "r", ttl: untyped(ttl) };
    assert.throws(() => loom.startRun(nightly, input), { name: "TypeError", message: /^ttl is/ }, String(ttl));
  }
  assert.equal(loom.runs().reply.runs.length, 0);
});

it("a time that is none is a RangeError or a TypeError, and a text that is none is for the library to refuse", () => {
  const loom = shop();
  for (const at of [Number.NaN, Number.NEGATIVE_INFINITY, -1, 0.5, 253_402_300_800_000, new Date("no")]) {
    assert.throws(() => loom.head({ at }), { name: "RangeError", message: /^at is/ }, String(at));
  }
  for (const at of [10n, null, {}, true]) {
    assert.throws(() => loom.head({ at: untyped(at) }), { name: "TypeError", message: /^at is/ });
  }
  assert.throws(() => loom.head({ at: "yesterday" }), { code: "invalid_field", field: "at" });
});

it("numbers that JSON would turn into null, or into another number, are refused and not sent", () => {
  const loom = shop();
  const claim = (priority: unknown) => () =>
    loom.claim({ ...nightly, run: "r" }, { specs: [], mode: "write", ttl: 1_000, priority: untyped(priority) });
  assert.throws(claim(Number.NaN), { name: "RangeError", message: "command.body.priority is NaN" });
  assert.throws(claim(Number.POSITIVE_INFINITY), { name: "RangeError" });
  assert.throws(claim(2 ** 60), { name: "RangeError", message: /not exact/ });
  assert.throws(claim(1n), { name: "TypeError", message: "command.body.priority is a BigInt" });
  assert.throws(claim(() => 1), { name: "TypeError", message: "command.body.priority is a function" });
  assert.throws(claim(Symbol("1")), { name: "TypeError" });
  assert.throws(claim(1.5), { code: "invalid_json" });
});

it("holes, circles, maps and prototypes are refused and not sent", () => {
  const loom = shop();
  const specs = (value: unknown) => () => loom.conflicts({ specs: untyped(value) });
  assert.throws(specs([undefined]), { name: "TypeError", message: "query.specs[0] is undefined" });
  assert.throws(specs(new Array(1)), { name: "TypeError" });
  const circle: unknown[] = [];
  circle.push(circle);
  assert.throws(specs(circle), { name: "TypeError", message: /holds itself/ });
  assert.throws(specs(new Map()), { name: "TypeError", message: /is a Map/ });
  assert.throws(specs(new Uint8Array(1)), { name: "TypeError", message: /is a Uint8Array/ });
  assert.throws(specs([JSON.parse('{"repo":"shop","paths":"a","__proto__":1}')]), { code: "invalid_json" });
});

it("what a command or a query is comes from the method, and every other field goes to the library", () => {
  const loom = untyped(shop());
  assert.equal(loom.conflicts({ type: "head", specs: [{ repo: "shop", paths: "a" }] }).reply.type, "conflicts");
  assert.equal(loom.startRun(nightly, { type: "tick", run: "r", ttl: "1m", ttl_ms: "no" }).reply.type, "run_started");
  for (const key of ["toString", "ttl", "", '"', "\n", "__proto__"]) {
    const input = JSON.parse(`{ "specs": [], ${JSON.stringify(key)}: 1 }`);
    assert.throws(() => loom.conflicts(input), { code: "invalid_json", message: /unknown field/ }, key);
  }
});

it("a text comes back as it was given, whatever it holds and however long it is", () => {
  const loom = shop();
  const characters = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code));
  const texts = [...characters, "\u2028", "\ud7ff", "\ue000", "\uffff", "😀"].flatMap((character) => {
    return [62, 63, 64, 65].map((length) => "x".repeat(length - character.length) + character);
  });
  for (const [nth, summary] of texts.entries()) {
    const run = `run-${nth}`;
    loom.startRun(nightly, { run });
    loom.finishRun({ ...nightly, run }, { outcome: "done", summary });
    assert.equal(loom.getRun({ run }).reply.run?.finished?.summary?.text, summary);
  }
});

it("no two commands have a nonce in common: the same words have another digest each time", () => {
  const loom = shop();
  const digests = Array.from({ length: 300 }, (_, nth) => {
    const run = `run-${nth}`;
    loom.startRun(nightly, { run });
    loom.finishRun({ ...nightly, run }, { outcome: "done", summary: "the same" });
    return loom.getRun({ run }).reply.run?.finished?.summary?.digest;
  });
  assert.ok(digests.every((digest) => typeof digest === "string"));
  assert.equal(new Set(digests).size, digests.length);
});

it("wrong types are errors of the library that name what is wrong", () => {
  const loom = untyped(shop());
  for (const call of [
    () => loom.claim(),
    () => loom.claim(null, null),
    () => loom.claim("ada", "src"),
    () => loom.startRun(nightly, { run: 7 }),
    () => loom.startRun(nightly, { run: "r", colour: "red" }),
    () => loom.brief(),
    () => loom.run(),
    () => loom.run({}),
    () => loom.run({ actor: "ada" }),
    () => loom.run({ actor: nightly }).claim("src"),
    () => loom.run({ actor: nightly }).claim(undefined, { repo: 7, mode: "write", ttl: 1_000 }),
    () => loom.submit({}),
    () => loom.query({ type: "tock" }),
  ]) {
    assert.throws(call, { name: "InvalidInputError", code: "invalid_json", next: "fix_input" });
  }
  for (const text of [undefined, null, 7, {}, [], 1n, Symbol("x")]) {
    assert.throws(() => loom.submitJson(text), { name: "TypeError", message: /^command is a string/ });
    assert.throws(() => loom.queryJson(text), { name: "TypeError", message: /^query is a string/ });
    assert.throws(() => Loom.open(untyped(text)), { name: "TypeError" });
  }
});

it("a lone surrogate is refused wherever it stands, and never replaced", () => {
  const loom = shop();
  const lone = "a\ud800b";
  assert.throws(() => loom.submitJson(`{"id":"${lone}"}`), { code: "invalid_json", field: "command" });
  assert.throws(() => loom.queryJson(lone), { code: "invalid_json", field: "query" });
  assert.throws(() => loom.startRun(nightly, { run: lone }), LoomError);
  assert.throws(() => new Pattern(lone), { code: "invalid_json" });
  assert.throws(() => new PathSet([lone]), { code: "invalid_json" });
  assert.throws(() => new Pattern("**").matches(lone), { code: "invalid_path" });
  assert.throws(() => Loom.open(`sqlite:${lone}`), { code: "invalid_field", field: "url" });
});

it("an embedded NUL is a character like any other, or is refused, and cuts nothing off", () => {
  const folder = mkdtempSync(join(tmpdir(), "loomstack-"));
  assert.throws(() => Loom.open(`sqlite:${join(folder, "a")}\0b`), LoomError);
  assert.ok(!existsSync(join(folder, "a")));
  const loom = shop();
  assert.throws(() => loom.startRun(nightly, { run: "r\0s" }), LoomError);
  assert.throws(() => loom.queryJson('{"type":"head"}\0'), { code: "invalid_json" });
  assert.throws(() => new Pattern("a\0b"), LoomError);
  loom.startRun(nightly, { run: "r" });
  loom.finishRun({ ...nightly, run: "r" }, { outcome: "done", summary: "a\0b" });
  assert.equal(loom.getRun({ run: "r" }).reply.run?.finished?.summary?.text, "a\0b");
});

it("an address of no known kind, or one that cannot be opened, is an error of the library", async () => {
  for (const url of ["", "sqlite:", "redis://here", "journal.db", "MEMORY:"]) {
    assert.throws(() => Loom.open(url), { code: "invalid_field", field: "url" }, url);
    await assert.rejects(AsyncLoom.open(url), { code: "invalid_field", field: "url" }, url);
  }
  const belowFile = `sqlite:${join(__filename, "journal.db")}`;
  assert.throws(() => Loom.open(belowFile), LoomError);
  await assert.rejects(AsyncLoom.open(belowFile), LoomError);
});

it("a closed handle says so, once and for all, and closing it again does nothing", async () => {
  const loom = shop();
  const run = loom.run({ actor: nightly });
  assert.equal(loom.isClosed, false);
  loom.close();
  loom.close();
  assert.equal(loom.isClosed, true);
  for (const call of [() => loom.head(), () => loom.submitJson("{}"), () => loom.tick(ada), () => run.heartbeat()]) {
    assert.throws(call, (error: unknown) => error instanceof ClosedError && error.code === "ERR_LOOMSTACK_CLOSED");
  }
  const later = await AsyncLoom.open("memory:");
  const pending = later.createJournal(ada, { workspace: "acme" });
  await Promise.all([later.close(), later.close()]);
  assert.equal((await pending).reply.workspace, "acme", "what was asked before is carried out");
  await assert.rejects(later.head(), ClosedError);
  await assert.rejects(later.submitJson("{}"), ClosedError);
});

it("a handle that answers with promises throws nothing at once", async () => {
  await using loom = await AsyncLoom.open("memory:");
  await assert.rejects(loom.startRun(nightly, { run: "r", ttl: Number.NaN }), RangeError);
  await assert.rejects(loom.head({ at: new Date("no") }), RangeError);
  await assert.rejects(untyped(loom).submitJson(7), TypeError);
  await assert.rejects(untyped(loom).run(), { code: "invalid_json" });
  await assert.rejects(loom.tick(ada), { code: "no_journal" });
});

it("what is no Pattern is not compared as one", () => {
  const pattern = new Pattern("a");
  for (const other of [undefined, null, "a", {}, Object.create(Pattern.prototype), new PathSet("a")]) {
    assert.throws(() => pattern.overlap(untyped(other)), { name: "TypeError", message: /compared with a Pattern/ });
    assert.throws(() => pattern.contains(untyped(other)), { name: "TypeError", message: /compared with a Pattern/ });
  }
  assert.throws(() => new PathSet("a").overlap(untyped(pattern)), TypeError);
  assert.throws(() => pattern.matches(untyped(7)), TypeError);
});
