// Threads of Node, each with the addon loaded for itself, on one journal.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { Worker } from "node:worker_threads";
import { Loom } from "loomstack";
import { ada } from "./stage.js";

const ROUNDS = 20;

it("threads share one file, each claims the same place in turn, and nothing is lost", async () => {
  const url = `sqlite:${join(mkdtempSync(join(tmpdir(), "loomstack-")), "journal.db")}`;
  using loom = Loom.open(url);
  loom.createJournal(ada, { workspace: "acme" });
  loom.registerRepo(ada, { id: "shop", default_branch: "main" });
  const source = `
    const { AsyncLoom, Loom } = require("loomstack");
    const { workerData: { url, name, rounds, isAsync }, parentPort } = require("node:worker_threads");
    (async () => {
      const loom = isAsync ? await AsyncLoom.open(url) : Loom.open(url);
      const run = await loom.run({ actor: { kind: "loop", id: name }, run: name });
      const tokens = [];
      while (tokens.length < rounds) {
        const claim = await run.claim("src/**", { repo: "shop", mode: "exclusive", ttl: "10m" });
        if (claim.type !== "granted") continue;
        tokens.push(claim.token);
        await claim.release();
      }
      await run.finish("done");
      await loom.close();
      parentPort.postMessage(tokens);
    })();
  `;
  const workers = ["one", "two", "three"].map(
    (name, nth) => new Worker(source, { eval: true, workerData: { url, name, rounds: ROUNDS, isAsync: nth % 2 === 1 } }),
  );
  const told = await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0] as string[]));
  await Promise.all(workers.map((worker) => worker.terminate()));
  const tokens = told.flat();
  assert.equal(new Set(tokens).size, workers.length * ROUNDS);
  for (const own of told) assert.deepEqual(own, [...own].sort(), "tokens rise");
  assert.deepEqual(loom.claims().reply.claims, []);
  assert.deepEqual(loom.runs().reply.runs, []);
  // Each claim and each release is a record, and so is each notice that a refusal left.
  assert.ok(loom.head().reply.head.ver >= 2 + workers.length * (2 + 2 * ROUNDS));
});
