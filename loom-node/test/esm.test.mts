import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { it } from "node:test";
import * as imported from "loomstack";

it("import and require give the same classes, all of them", () => {
  const required = createRequire(import.meta.url)("loomstack") as Record<string, unknown>;
  // Node gives the module itself under these names too, wherever the importer asks for CommonJS.
  const extra = new Set(["default", "module.exports", "__esModule"]);
  const names = Object.keys(imported).filter((it) => !extra.has(it));
  assert.deepEqual(names.sort(), Object.keys(required).sort());
  for (const name of names) assert.equal((imported as Record<string, unknown>)[name], required[name], name);
  assert.ok(names.includes("Loom") && names.includes("AsyncLoom"));
});
