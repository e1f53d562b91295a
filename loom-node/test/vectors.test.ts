// The vectors of the wire contract, the same files that every language runs: through the doors that answer
// at once, and through those that answer with promises over a store in JavaScript.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { AsyncLoom, Loom, LoomError } from "loomstack";
import { MemoryStore } from "./memory-store.js";
import { ROOT } from "./stage.js";

interface Vector {
  name: string;
  given: { at: string; command: unknown }[];
  at: string;
  command?: unknown;
  query?: unknown;
  expect: { reply: unknown } | { error: { code: string; field?: string } };
  state_hash?: string;
}

type Handle = Pick<AsyncLoom | Loom, "submitJson" | "queryJson" | "close">;

const folder = join(ROOT, "tests/vectors/wire");
const tally = { passed: 0, failed: 0 };
const text = (input: unknown) => (typeof input === "string" ? input : JSON.stringify(input));
const reply = (answer: string) => (JSON.parse(answer) as { reply: unknown }).reply;

async function play(loom: Handle, vector: Vector): Promise<void> {
  for (const { at, command } of vector.given) await loom.submitJson(text(command), at);
  const last = async () =>
    "command" in vector
      ? reply(await loom.submitJson(text(vector.command), vector.at))
      : reply(await loom.queryJson(text(vector.query), vector.at));
  if ("reply" in vector.expect) {
    assert.deepEqual(await last(), vector.expect.reply);
  } else {
    const { code, field } = vector.expect.error;
    await assert.rejects(last, (error: unknown) => {
      assert.ok(error instanceof LoomError, String(error));
      assert.equal(error.code, code);
      if (field !== undefined) assert.equal(error.field, field);
      return true;
    });
  }
  if (vector.state_hash !== undefined) {
    const hash = reply(await loom.queryJson('{"type":"state_hash"}', vector.at));
    assert.deepEqual(hash, { type: "state_hash", hash: vector.state_hash });
  }
  await loom.close();
}

const files = readdirSync(folder).filter((it) => it.endsWith(".json"));
for (const file of files.sort()) {
  describe(`vectors of ${file}`, () => {
    for (const vector of JSON.parse(readFileSync(join(folder, file), "utf8")) as Vector[]) {
      it(vector.name, async () => {
        tally.failed += 1;
        await play(Loom.open("memory:"), vector);
        await play(AsyncLoom.over(new MemoryStore(), { clock: () => vector.at }), vector);
        tally.failed -= 1;
        tally.passed += 1;
      });
    }
  });
}

after(() => {
  console.log(`vectors: ${tally.passed} passed, ${tally.failed} failed`);
  assert.ok(tally.passed + tally.failed > 0, "no vector was found");
});
