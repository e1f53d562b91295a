// Two loops work on one repository: one is refused, learns why, and is handed the work in the end.
//
//   npm install loomstack && node story.mjs
//
// A journal in memory serves one process. With "sqlite:journal.db" any number of processes share it.

import assert from "node:assert/strict";
import { Loom } from "loomstack";

const loom = Loom.open(process.argv[2] ?? "memory:");
const ada = { kind: "human", id: "ada" };

// A person makes the journal, and says what there is to work on.
loom.createJournal(ada, { workspace: "acme" });
loom.registerRepo(ada, { id: "shop", default_branch: "main" });
for (const id of ["refactor", "dependencies"]) loom.registerLoop(ada, { id, owner: "ada" });

// Two loops start. Their runs renew themselves; from Node 24 on, `using run = loom.run(…)` also ends them.
const refactor = loom.run({ actor: { kind: "loop", id: "refactor" }, run: "refactor-1", loop: "refactor" });
const upgrade = loom.run({ actor: { kind: "loop", id: "dependencies" }, run: "upgrade-1", loop: "dependencies" });

// The first one claims what it is about to change.
const held = refactor.claim(["src/**", "Cargo.toml"], {
  repo: "shop",
  mode: "write",
  ttl: "30m",
  intent: "move the price rules into one module",
});
assert(held.type === "granted");
console.log(`refactor-1 holds ${JSON.stringify(held.reply.specs[0].paths)} under ${held.token}`);

// The second one wants all manifests, and is refused: a value, with a path that proves it.
const refused = upgrade.claim("**/Cargo.toml", { repo: "shop", mode: "write", ttl: "30m" });
assert(refused.type === "refused");
const [{ run, met, intent }] = refused.reply.meetings.list;
console.log(`upgrade-1 is refused: ${run} works on ${met.witness} to ${intent.text}`);
assert.equal(run, "refactor-1");
assert(met.witness.endsWith("Cargo.toml"));

// What an agent is told before it starts: text for its prompt, in a budget of characters.
const { rendered } = upgrade.brief({ specs: [{ repo: "shop", paths: "**/Cargo.toml" }], budget_chars: 600 }).reply;
console.log(`\n${rendered.text}\n`);
assert(rendered.text.includes("price rules"));

// The first one lands its change under its token.
const change = refactor.recordChange({
  id: "change-1",
  repo: "shop",
  made_by: "loop",
  token: held.token,
  intent: "price rules live in src/prices.rs",
  deliberate: true,
  files: [{ path: "src/prices.rs", added: 120, removed: 40 }],
});
assert.equal(change.reply.type, "change_recorded");

// Then it hands the claim over. The old token lets nothing land any more.
const { claim } = held.handOver("upgrade-1").reply;
assert(claim.type === "handed_over");
const late = loom.admit({ token: held.token, run: "refactor-1", repo: "shop", paths: ["src/a.rs"] }).reply.admission;
console.log(`upgrade-1 holds ${claim.token} now; work under the old token is ${late.type}`);
assert.equal(late.type, "superseded");

// Runs end with what they claimed against what they changed.
const { work } = refactor.finish("done", "price rules moved").reply;
console.log(`refactor-1 claimed and did not change: ${work.unused.map((it) => it.pattern).join(", ") || "nothing"}`);
upgrade.finish("nothing_found");
assert.equal(loom.claims().reply.claims.length, 0);
console.log(`the journal has ${loom.head().reply.head.ver} records`);
loom.close();
