// What a panic does, in an addon that was built with a method that panics.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { PACKAGE } from "./stage.js";

interface Handle {
  panic?: () => void;
  panicAsync?: () => Promise<void>;
  queryJson(query: string): string;
  queryJsonAsync(query: string): Promise<string>;
}

interface Addon {
  NativeLoom: { open(url: string): Handle; prototype: Handle };
}

const testing = require(join(PACKAGE, "build/testing.node")) as Addon;
const head = '{"type":"head"}';

it("a panic is thrown as an error, and process and handle live on", () => {
  const handle = testing.NativeLoom.open("memory:");
  for (let nth = 0; nth < 3; nth += 1) {
    assert.throws(() => handle.panic?.(), /asked for/);
    assert.match(handle.queryJson(head), /"type":"head"/);
  }
});

it("a panic on the thread of the handle rejects its promise, and the thread lives on", async () => {
  const handle = testing.NativeLoom.open("memory:");
  const promises = [handle.queryJsonAsync(head), handle.panicAsync?.(), handle.queryJsonAsync(head)];
  const [before, panic, after] = await Promise.allSettled(promises);
  assert.equal(before?.status, "fulfilled");
  assert.ok(panic?.status === "rejected" && /panic: asked for/.test(String(panic.reason)));
  assert.equal(after?.status, "fulfilled");
});

it("the ordinary build has no method that panics", () => {
  const [file] = readdirSync(PACKAGE).filter((it) => /^loomstack\..*\.node$/.test(it));
  const ordinary = require(join(PACKAGE, file ?? "missing")) as Addon;
  assert.equal(typeof testing.NativeLoom.prototype.panic, "function");
  assert.equal(ordinary.NativeLoom.prototype.panic, undefined);
  assert.equal(ordinary.NativeLoom.prototype.panicAsync, undefined);
});
