// What a call costs from Node, conversion included: a line of JSON for each figure.
//
// Run by `make bench`. Usage: cost.mjs EFFORT. The peer is `glob-intersection`, on the same patterns.
import { strict as assert } from "node:assert";
import { Loom, Pattern } from "loomstack";
import intersection from "glob-intersection";

const HOLDERS = 20;
const batches = Math.max(3, Math.floor(Number(process.argv[2]) / 10));

// What one call takes: the median over some batches.
function medianNs(work, calls) {
  const times = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call += 1) work();
    times.push(Number(process.hrtime.bigint() - start) / calls);
  }
  return times.sort((a, b) => a - b)[Math.floor(batches / 2)];
}

function tell(name, n, ours_ns, { peer = null, peer_ns = null, within_ns = null } = {}) {
  console.log(JSON.stringify({ name, n, ours_ns, peer, peer_ns, within_ns }));
}

// A journal in memory in which twenty runs hold a folder each.
function journal() {
  const loom = Loom.open("memory:");
  const ada = { kind: "human", id: "ada" };
  loom.createJournal(ada, { workspace: "acme" });
  loom.registerRepo(ada, { id: "shop", default_branch: "main" });
  for (let nth = 0; nth < HOLDERS; nth += 1) {
    const run = loom.run({ actor: { kind: "loop", id: "holder" }, run: `holder-${nth}`, ttl: "1d" });
    const claim = run.claim(`src/mod${nth}/**/*.rs`, { repo: "shop", mode: "write", ttl: "1d" });
    assert.equal(claim.type, "granted");
  }
  return loom;
}

const [left, right] = ["src/*/login_*.rs", "src/auth/*_test.rs"];
const [a, b] = [new Pattern(left), new Pattern(right)];
assert(a.overlap(b) && intersection(left, right));
tell("Node: overlap of two patterns", 1, medianNs(() => a.overlap(b), 20_000), {
  peer: "glob-intersection",
  peer_ns: medianNs(() => intersection(left, right), 20_000),
});

const loom = journal();
const check = (paths) => loom.conflicts({ specs: [{ repo: "shop", paths }] }).reply.conflicts.claims.list.length;
assert.equal(check("docs/guide.md"), 0);
assert.equal(check("src/mod3/login.rs"), 1);
tell("Node: conflict check, nothing in the way", HOLDERS, medianNs(() => check("docs/guide.md"), 2_000), {
  within_ns: 8_000,
});
tell("Node: conflict check, one claim in the way", HOLDERS, medianNs(() => check("src/mod3/login.rs"), 2_000), {
  within_ns: 8_000,
});

const worker = loom.run({ actor: { kind: "loop", id: "worker" }, run: "worker", ttl: "1d" });
const pair = () => {
  const claim = worker.claim("docs/guide.md", { repo: "shop", mode: "write", ttl: "30m" });
  assert.equal(claim.type, "granted");
  claim.release();
};
tell("Node: claim and release in memory", HOLDERS, medianNs(pair, 500), { within_ns: 60_000 });
loom.close();
process.exit(0);
