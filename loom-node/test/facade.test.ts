import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { AsyncLoom, Loom, RefusedError } from "loomstack";
import { ada, fixer, nightly, schema, shop } from "./stage.js";

const OTHERWISE: Record<string, string> = {
  claim: "getClaim",
  loop: "getLoop",
  next: "nextStep",
  run: "getRun",
};
const camel = (snake: string) => snake.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const tags = (union: string) =>
  (schema("requests")[union]?.oneOf ?? []).map((it) => it.properties?.type?.const ?? assert.fail("no tag"));

it("every command and every query of the wire has a method on both kinds of handle", () => {
  assert.ok(tags("Body").length > 0 && tags("Query").length > 0);
  const commands = tags("Body").map(camel);
  const queries = tags("Query").map((tag) => OTHERWISE[tag] ?? camel(tag));
  for (const method of [...commands, ...queries]) {
    for (const Handle of [Loom, AsyncLoom]) {
      assert.equal(typeof (Handle.prototype as unknown as Record<string, unknown>)[method], "function", method);
    }
  }
});

it("each command answers with a reply of its own type", () => {
  const loom = Loom.open("memory:");
  const types: string[] = [];
  const said = <R extends { type: string }>(answer: { reply: R }): R => {
    types.push(answer.reply.type);
    return answer.reply;
  };
  said(loom.createJournal(ada, { workspace: "acme" }));
  said(loom.registerRepo(ada, { id: "shop", default_branch: "main", aliases: ["git@example.org:a/shop.git"] }));
  said(loom.registerLoop(ada, { id: "nightly", owner: "ada", goal: "green builds" }));
  said(loom.signal(ada, { name: "ci.green", key: "17" }));
  loom.registerLoop(ada, { id: "old", owner: "ada" });
  said(loom.pauseLoop(ada, { id: "old", reason: "a release" }));
  said(loom.startRun(fixer, { run: "none", loop: "old" }));
  const one = { ...nightly, run: "one" };
  const two = { ...fixer, run: "two" };
  said(loom.startRun(one, { run: "one", loop: "nightly", ttl: "2h" }));
  loom.startRun(two, { run: "two" });
  const place = { specs: [{ repo: "shop", paths: "src/**" }], mode: "write", ttl: 60_000 } as const;
  const claimed = said(loom.claim(one, { ...place, intent: "tidy" }));
  assert.ok(claimed.type === "claim" && claimed.claim.type === "granted");
  const granted = claimed.claim;
  const { token } = granted;
  said(loom.renew(one, { tokens: [token], ttl: "2m" }));
  said(loom.narrow(one, { token, specs: [{ repo: "shop", paths: "src/a/**" }] }));
  said(loom.heartbeat(one, { seen: 0 }));
  const file = { path: "src/a/b.rs", added: 3, removed: 1 };
  said(loom.recordChange(one, { id: "c1", repo: "shop", made_by: "loop", token, files: [file] }));
  said(loom.recordVerification(two, { changes: ["c1"], verdict: "passed", checks: ["unit"] }));
  said(loom.recordArtifact(one, { digest: "0".repeat(64), kind: "prompt", name: "nightly.md" }));
  said(loom.recordReview(ada, { changes: ["c1"], verdict: "passed", read_ms: 60_000 }));
  said(loom.recordDeploy(ada, { id: "d1", environment: "prod", repo: "shop", changes: ["c1"] }));
  said(loom.recordIncident(ada, { id: "i1", repo: "shop", paths: ["src/**"], deploy: "d1" }));
  said(loom.resolveIncident(ada, { incident: "i1", causes: ["c1"] }));
  const handed = said(loom.handOver(one, { token, to: "two" })).claim;
  assert.equal(handed.type, "handed_over");
  said(loom.recordChange(one, { id: "c2", repo: "shop", made_by: "loop", token, files: [file] }));
  said(loom.claim(one, { ...place, on_conflict: "wait" }));
  said(loom.withdraw(one));
  if (handed.type === "handed_over") said(loom.revoke(ada, { token: handed.token, reason: "frozen" }));
  said(loom.release(two));
  const key = "ci/total";
  said(loom.reportFinding(one, { key, title: "off by a cent", severity: "high", repo: "shop", paths: ["src/**"] }));
  said(loom.takeFinding(one, { key, ttl: "1h" }));
  const other = said(loom.takeFinding(two, { key }));
  assert.ok(other.type === "finding_not_taken" && other.by === "one");
  assert.throws(() => loom.takeFinding(two, { key }, { raiseOnRefusal: true }), /finding ci\/total is taken by run one/);
  said(loom.returnFinding(one, { key, note: "tried twice" }));
  loom.escalateFinding(two, { key, question: "may the rule change?", choices: ["yes", "no"] });
  loom.deferFinding(ada, { key, until: new Date(Date.now() + 3_600_000) });
  loom.resolveFinding(ada, { key, changes: ["c1"] });
  const { note } = said(loom.writeNote(one, { kind: "convention", repo: "shop", paths: ["src/**"], text: "cents" }));
  said(loom.approveNote(ada, { note }));
  said(loom.dropNote(ada, { note, reason: "not any more" }));
  loom.writeNote(one, { kind: "failed", repo: "shop", text: "caching", ttl: "2d" });
  said(loom.beginIteration(two));
  said(loom.finishIteration(two, { gates: [{ name: "tests", passed: true }] }));
  const own = { id: "c9", repo: "shop", made_by: "loop", files: [{ path: "src/z.rs" }] } as const;
  loom.recordChange(two, own);
  said(loom.beginIteration(two));
  said(loom.finishRun(two, { outcome: "done" }));
  said(loom.requestVerification(two));
  loom.recordVerification(ada, { changes: ["c9"], verdict: "passed" });
  said(loom.requestVerification(two));
  said(loom.awaitSignal(two, { name: "ci.green", key: "17" }));
  said(loom.finishRun(one, { outcome: "done", summary: "tidied" }));
  said(loom.erase(ada, { texts: ["0".repeat(64)] }));
  said(loom.checkpoint(ada, { ver: 1, snapshot: "0".repeat(64) }));
  said(loom.recover(ada, { above: 1 }));
  said(loom.tick(ada));
  const rules = "rules: [{ id: merges, effect: require_approval, when: { verb: [merge, spend] }, approval: { people: [eve] } }]";
  const policy = { name: "loom.yaml", format: "yaml", text: `version: 1\ndefault: allow\n${rules}` } as const;
  said(loom.reserve(two, { id: "before", estimate: { tokens: 7 }, ttl: "1h" }));
  said(loom.settle(two, { id: "before", actual: { tokens: 5 } }));
  said(loom.setPolicy(ada, policy));
  const merge = { verb: "merge", repo: "shop", digest: "0".repeat(64) };
  said(loom.reserve(two, { id: "after", estimate: { tokens: 7 }, ttl: "1h" }));
  const { id, request } = said(loom.proposeAction(two, { action: merge }));
  said(loom.approve({ kind: "human", id: "eve" }, { request: request ?? assert.fail("nobody is asked") }));
  const passed = said(loom.proposeAction(two, { action: merge }));
  assert.notEqual(passed.id, id);
  said(loom.giveBack(two, { decision: passed.id }));
  said(loom.waive(ada, { rules: ["merges"], ttl: "1h", reason: "a release" }));
  const replies = (schema("answers")["Reply"]?.oneOf ?? []).map((it) => it.properties?.type?.const);
  // The library answers this one inside: a command that landed before answers with what it landed with.
  const inside = new Set(["already_landed"]);
  assert.deepEqual([...new Set(types)].sort(), replies.filter((it) => !inside.has(it ?? "")).sort());
});

it("each query answers with a reply of its own type", () => {
  const loom = shop();
  loom.setPolicy(ada, { name: "loom.yaml", format: "yaml", text: "version: 1\ndefault: allow" });
  const run = loom.run({ actor: nightly, run: "one" });
  const claim = run.claim("src/**", { repo: "shop", mode: "write", ttl: "1h", intent: "tidy" });
  assert.equal(claim.type, "granted");
  if (claim.type !== "granted") return;
  const specs = [{ repo: "shop", paths: ["src/a.rs"] }];
  loom.recordIncident(ada, { id: "i1", repo: "shop", paths: ["src/**"] });
  const main = { repo: "shop", branch: "main" };
  const replies = [
    loom.conflicts({ specs }),
    loom.admit({ token: claim.token, run: "one", repo: "shop", paths: ["src/a.rs"] }),
    loom.workReport({ run: "one" }),
    loom.brief({ run: "one", budget_chars: 500 }),
    loom.getClaim({ token: claim.token }),
    loom.claims(),
    loom.waits(),
    loom.getRun({ run: "one" }),
    loom.runs(),
    loom.repos(),
    loom.loops(),
    loom.getLoop({ id: "nightly" }),
    loom.due(),
    loom.nextStep({ run: "one" }),
    loom.handover({ run: "one" }),
    loom.verifications(),
    loom.forecast({ from: Date.parse("2099-01-01T00:00:00Z"), until: new Date("2100-01-01T00:00:00Z") }),
    loom.notes({ specs, kind: "failed" }),
    loom.skill({ repo: "shop" }),
    loom.stateFile(),
    loom.findings({ standing: "open" }),
    loom.finding({ key: "ci/total" }),
    loom.inbox({ of: "ada" }),
    loom.readLoop({ name: "a.toml", format: "toml", text: 'id = "a"\nowner = "ada"' }),
    loom.check({ action: { verb: "read" } }),
    loom.policy(),
    loom.requests({ standing: "open" }),
    loom.request({ request: claim.token }),
    loom.exceptions(),
    loom.spend(),
    loom.trace({ from: { type: "incident", id: "i1" } }),
    loom.suspects({ of: { type: "incident", id: "i1" } }),
    loom.reverts(main),
    loom.wars(main),
    loom.rewrites({ repo: "shop" }),
    loom.wouldRevert({ ...main, files: [{ path: "src/a.rs", after: "1" }] }),
    loom.comprehension(),
    loom.export({ of: { type: "all" }, format: "dot" }),
    loom.history(),
    loom.head(),
    loom.stateHash(),
    loom.nextDeadline(),
  ].map((answer) => answer.reply.type as string);
  const known = (schema("answers")["QueryReply"]?.oneOf ?? []).map((it) => it.properties?.type?.const);
  assert.deepEqual([...replies].sort(), [...known].sort());
  assert.equal(loom.getClaim({ token: claim.token }).reply.claim?.intent?.text, "tidy");
  assert.equal(loom.claims({ run: "nobody" }).reply.claims.length, 0);
});

it("a time is a Date, milliseconds or a text, and a length is milliseconds or a text: all say the same", () => {
  const at = "2026-11-22T07:30:00.000Z";
  for (const time of [at, new Date(at), Date.parse(at), "2026-11-22T08:30:00+01:00"]) {
    for (const ttl of ["30m", "1800s", "1800000ms", 1_800_000]) {
      const loom = Loom.open("memory:");
      loom.createJournal(ada, { workspace: "acme" }, { at: time });
      const started = loom.startRun(nightly, { run: "r", ttl }, { at: time });
      assert.equal(started.at, at);
      assert.equal(started.reply.type === "run_started" && started.reply.live_until, "2026-11-22T08:00:00.000Z");
      assert.equal(loom.head({ at: time }).at, at);
    }
  }
  const loom = Loom.open("memory:", { clock: () => new Date(at) });
  assert.equal(loom.createJournal(ada, { workspace: "acme" }).at, at);
  const { reply } = loom.startRun(nightly, { run: "d", ttl: "1d" }, { raiseOnRefusal: true });
  assert.equal(reply.live_until, "2026-11-23T07:30:00.000Z");
});

it("a command under the caller's own id is carried out once", () => {
  const loom = shop();
  const id = "00000000-0000-4000-8000-000000000001";
  const first = loom.startRun(nightly, { run: "r" }, { id });
  assert.deepEqual(loom.startRun(nightly, { run: "r" }, { id }), first);
  assert.throws(() => loom.startRun(nightly, { run: "other" }, { id }), { code: "id_reused", name: "ExistsError" });
});

it("raiseOnRefusal throws what would have been answered, and without it a refusal is a value", () => {
  const loom = shop();
  loom.run({ actor: nightly, run: "one" }).claim("src/**", { repo: "shop", mode: "write", ttl: "1h" });
  const two = { ...fixer, run: "two" };
  loom.startRun(fixer, { run: "two" });
  const input = { specs: [{ repo: "shop", paths: "src/a.rs" }], mode: "write", ttl: "1h" } as const;
  const { reply } = loom.claim(two, input);
  assert.ok(reply.type === "claim" && reply.claim.type === "refused");
  assert.throws(
    () => loom.claim(two, input, { raiseOnRefusal: true }),
    (error: unknown) => {
      assert.ok(error instanceof RefusedError);
      assert.deepEqual(error.reply, reply);
      assert.equal(error.message, "refused: run one holds src/a.rs");
      return true;
    },
  );
  const change = { id: "c", repo: "shop", made_by: "loop", token: "00000001-0000000000000009-0000" } as const;
  assert.throws(
    () => loom.recordChange(two, { ...change, files: [{ path: "a" }] }, { raiseOnRefusal: true }),
    RefusedError,
  );
});

it("a run of a loop that is paused does not start, and says so", () => {
  const loom = shop();
  loom.registerLoop(ada, { id: "old", owner: "ada" });
  loom.pauseLoop(ada, { id: "old" });
  assert.throws(() => loom.run({ actor: nightly, run: "one", loop: "old" }), {
    name: "RefusedError",
    message: "refused: loop old does not start: paused",
  });
});

it("the typed doors carry whole commands and queries", () => {
  const loom = Loom.open("memory:");
  const id = "00000000-0000-4000-8000-000000000002";
  const answer = loom.submit({ id, actor: ada, body: { type: "create_journal", workspace: "acme" } }, { at: 0 });
  assert.deepEqual(answer.reply, { type: "journal_created", workspace: "acme" });
  assert.equal(answer.at, "1970-01-01T00:00:00.000Z");
  const { reply } = loom.query({ type: "head" });
  assert.equal(reply.type === "head" && reply.head.ver, 1);
});

it("handles and processes share one file, and what one handle lands the other one sees", async () => {
  const url = `sqlite:${join(mkdtempSync(join(tmpdir(), "loomstack-")), "journal.db")}`;
  using loom = Loom.open(url);
  await using other = await AsyncLoom.open(url);
  loom.createJournal(ada, { workspace: "acme" });
  await other.registerRepo(ada, { id: "shop", default_branch: "main" });
  assert.deepEqual(loom.repos().reply.repos.map((it) => it.id), ["shop"]);
  assert.equal((await other.stateHash()).reply.hash, loom.stateHash().reply.hash);
});

it("promises are carried out in the order in which they were asked", async () => {
  await using loom = await AsyncLoom.open("memory:");
  const answers = await Promise.all([
    loom.createJournal(ada, { workspace: "acme" }),
    loom.registerRepo(ada, { id: "shop", default_branch: "main" }),
    loom.startRun(nightly, { run: "r" }),
    loom.head(),
  ]);
  assert.deepEqual(answers.map((it) => it.decided_at), [0, 1, 2, 3]);
});
