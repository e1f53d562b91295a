import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { ERROR_CLASSES, Loom, LoomError, NotFoundError, NotPermittedError, LimitError, type wire } from "loomstack";
import { ada, nightly, PACKAGE, ROOT, schema, shop } from "./stage.js";

it("every code of the library has a class, and no class has a code that the library does not know", () => {
  const inSchema = (schema("answers")["Code"]?.oneOf ?? []).map((it) => it.const).sort();
  assert.deepEqual(Object.keys(ERROR_CLASSES).sort(), inSchema);
  const rust = readFileSync(join(ROOT, "loom-core/src/error.rs"), "utf8");
  const inRust = [...rust.matchAll(/Code::\w+ => "(\w+)"/g)].map(([, code]) => code).sort();
  assert.deepEqual(Object.keys(ERROR_CLASSES).sort(), inRust);
});

it("an error of each code is of its class, which is a LoomError with a name of its own", () => {
  for (const [code, Class] of Object.entries(ERROR_CLASSES)) {
    const error = LoomError.of({ code: code as wire.Code, next: "stop", message: "why", field: "here", limit: "MAX" });
    assert.ok(error instanceof Class && error instanceof LoomError && error instanceof Error);
    assert.notEqual(Class, LoomError);
    assert.equal(error.name, Class.name);
    assert.equal(error.message, "here: why");
    const { next, field, limit } = error;
    assert.deepEqual({ code: error.code, next, field, limit }, { code, next: "stop", field: "here", limit: "MAX" });
  }
});

it("an error carries code, next step, field and limit as the library gave them", () => {
  const loom = shop();
  const specs = Array.from({ length: 65 }, () => ({ repo: "shop", paths: "src" }));
  const run = "r1";
  loom.startRun(nightly, { run });
  assert.throws(
    () => loom.claim({ ...nightly, run }, { specs, mode: "write", ttl: "1m" }),
    (error: unknown) => {
      assert.ok(error instanceof LimitError);
      assert.deepEqual([error.code, error.next, error.limit], ["limit_exceeded", "fix_input", "SPECS_MAX"]);
      assert.match(error.stack ?? "", /errors\.test/, "the stack leads to the caller");
      return true;
    },
  );
});

it("what a kind of actor may not do, and what is not there, have classes of their own", () => {
  const loom = shop();
  assert.throws(() => loom.registerRepo(nightly, { id: "x", default_branch: "main" }), NotPermittedError);
  assert.throws(() => loom.conflicts({ specs: [{ repo: "nothing", paths: "a" }] }), NotFoundError);
  const empty = Loom.open("memory:");
  assert.throws(() => empty.registerRepo(ada, { id: "x", default_branch: "main" }), { code: "no_journal" });
});

it("what the native half throws in words is an internal error that keeps them", () => {
  const { fromNative } = require(join(PACKAGE, "dist/errors.js")) as { fromNative: (thrown: unknown) => unknown };
  for (const message of ["panic: index out of bounds", "", "null", "7", "[]", '{"code":"unheard_of"}', '{"code":7}']) {
    const cause = new Error(message);
    const error = fromNative(cause);
    assert.ok(error instanceof LoomError);
    assert.deepEqual([error.code, error.next, error.message, error.cause], ["internal", "stop", message, cause]);
  }
  assert.equal(fromNative("no error at all"), "no error at all");
});
