// Runs and claims that renew themselves and end with their scope. Timers beat when the test says so.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { AsyncLoom, type Claim, Loom, LostError, RefusedError, type wire } from "loomstack";
import { ada, fixer, Hands, nightly, PACKAGE, shop } from "./stage.js";

const place = { repo: "shop", mode: "write", ttl: "30m" } as const;
const live = (loom: Loom) => loom.claims().reply.claims.map((it) => it.run);
const runs = (loom: Loom) => loom.runs().reply.runs.map((it) => it.run);

/** The claim, which the test takes to be granted. */
function granted<A extends boolean>(claim: Claim<A>) {
  assert.equal(claim.type, "granted");
  if (claim.type !== "granted") throw new Error("not granted");
  return claim;
}

it("a claim ends with its scope, and a run with its own, in that order", async () => {
  const hands = new Hands();
  const loom = shop(hands.options);
  {
    await using run = await loom.run({ actor: nightly, run: "one" });
    {
      using claim = run.claim("src/**", place);
      assert.equal(claim.type, "granted");
      assert.deepEqual(live(loom), ["one"]);
    }
    assert.deepEqual(live(loom), []);
    assert.deepEqual(runs(loom), ["one"]);
    run.claim("docs/**", place);
    assert.equal(hands.beats.length, 2);
  }
  assert.deepEqual([live(loom), runs(loom)], [[], []]);
  assert.equal(loom.getRun({ run: "one" }).reply.run?.finished?.outcome, "stopped");
  assert.equal(hands.beats.length, 0, "no timer is left behind");
});

it("a scope that is left by an exception ends what was held in it, and the exception stays the same", () => {
  const loom = shop();
  const boom = new Error("boom");
  assert.throws(() => {
    using run = loom.run({ actor: nightly, outcome: "failed", run: "one" });
    using _ = run.claim("src/**", place);
    throw boom;
  }, boom);
  assert.deepEqual(live(loom), []);
  assert.equal(loom.getRun({ run: "one" }).reply.run?.finished?.outcome, "failed");
});

it("a run that was finished, and a claim that was released, end once", () => {
  const loom = shop();
  using run = loom.run({ actor: nightly, run: "one" });
  using claim = granted(run.claim("src/**", place));
  assert.deepEqual(claim.release().reply.claims.released.map((it) => it.token), [claim.token]);
  using other = granted(run.claim("src/**", place));
  const { work } = run.finish("done", "all green").reply;
  assert.equal(work.unused.length, 1);
  assert.deepEqual([claim.isHeld, other.isHeld, run.isLive], [false, false, false]);
  assert.equal(loom.getRun({ run: "one" }).reply.run?.finished?.summary?.text, "all green");
});

it("leases are renewed at a third of their length, for as long as the scope lasts", async () => {
  const hands = new Hands();
  const loom = shop(hands.options);
  const run = loom.run({ actor: nightly, ttl: "15m" });
  const claim = granted(run.claim("src/**", place));
  assert.deepEqual(hands.beats.map((it) => it.ms), [5 * 60_000, 10 * 60_000]);
  await hands.pass(24 * 3_600_000);
  assert.deepEqual([run.isLive, claim.isHeld], [true, true]);
  assert.equal(loom.claims().reply.claims[0]?.token, claim.token);
  assert.equal(claim.signal.aborted, false);
});

it("a claim that a person revokes aborts its signal with the reason, and nothing else", async () => {
  const hands = new Hands();
  const loom = shop(hands.options);
  const run = loom.run({ actor: nightly });
  const lost = granted(run.claim("src/**", place));
  const kept = granted(run.claim("docs/**", place));
  loom.revoke(ada, { token: lost.token, reason: "freeze" });
  await hands.pass(10 * 60_000);
  assert.ok(lost.signal.reason instanceof LostError);
  assert.equal(lost.signal.reason.why, "revoked");
  assert.deepEqual([lost.isHeld, kept.isHeld, run.isLive], [false, true, true]);
  lost[Symbol.dispose]();
});

it("a run that died while the process slept aborts its own signal and those of its claims", async () => {
  const hands = new Hands();
  const loom = shop(hands.options);
  const run = loom.run({ actor: nightly, ttl: "15m" });
  const claim = granted(run.claim("src/**", { ...place, ttl: "15m" }));
  hands.now += 3_600_000;
  await hands.pass(0);
  assert.equal(run.signal.aborted && claim.signal.aborted, true);
  assert.equal((run.signal.reason as { code?: string }).code, "run_not_live");
  assert.deepEqual([run.isLive, claim.isHeld, hands.beats.length], [false, false, 0]);
  claim[Symbol.dispose]();
  run[Symbol.dispose]();
});

it("a run that died before its scope ended is nothing left to finish", () => {
  const hands = new Hands();
  const loom = shop(hands.options);
  const run = loom.run({ actor: nightly, ttl: "15m" });
  const claim = granted(run.claim("src/**", { ...place, ttl: "15m" }));
  hands.now += 3_600_000;
  claim[Symbol.dispose]();
  run[Symbol.dispose]();
  assert.deepEqual([run.isLive, claim.isHeld, hands.beats.length], [false, false, 0]);
});

it("a run that somebody else finished, and what was released before, end without another command", () => {
  const loom = shop();
  const run = loom.run({ actor: nightly, run: "one" });
  const claim = granted(run.claim("src/**", place));
  claim.release();
  const { ver } = loom.head().reply.head;
  claim[Symbol.dispose]();
  loom.finishRun(run.actor, { outcome: "done" });
  run[Symbol.dispose]();
  run[Symbol.dispose]();
  assert.equal(loom.head().reply.head.ver, ver + 1);
  assert.equal(loom.getRun({ run: "one" }).reply.run?.finished?.outcome, "done");
});

it("a refused claim is a value with the witness, and holds nothing", () => {
  const loom = shop();
  using one = loom.run({ actor: nightly, run: "one" });
  using _ = one.claim("src/**", place);
  using two = loom.run({ actor: fixer, run: "two" });
  using refused = two.claim("**/*.rs", place);
  assert.equal(refused.type, "refused");
  if (refused.type !== "refused") return;
  const met = refused.reply.meetings.list[0]?.met;
  assert.ok(met?.type === "path" && met.witness?.startsWith("src/") && met.witness.endsWith(".rs"), JSON.stringify(met));
  assert.throws(() => two.claim("**/*.rs", place, { raiseOnRefusal: true }), RefusedError);
});

it("a wait is withdrawn with its scope", () => {
  const loom = shop();
  using one = loom.run({ actor: nightly, run: "one" });
  using _ = one.claim("src/**", place);
  using two = loom.run({ actor: fixer, run: "two" });
  {
    using waiting = two.claim("src/a.rs", { ...place, on_conflict: "wait" });
    assert.equal(waiting.type, "waiting");
    assert.equal(loom.waits().reply.waits.length, 1);
  }
  assert.equal(loom.waits().reply.waits.length, 0);
});

it("what was handed over is not released by who handed it over", () => {
  const loom = shop();
  using one = loom.run({ actor: nightly, run: "one" });
  using two = loom.run({ actor: fixer, run: "two" });
  {
    using claim = granted(one.claim("src/**", place));
    assert.equal(claim.handOver("two").reply.claim.type, "handed_over");
    assert.equal(claim.isHeld, false);
  }
  assert.deepEqual(live(loom), ["two"]);
  two.finish("done");
});

it("a claim can be made to hold less, and several places can be claimed as one", () => {
  const loom = shop();
  using run = loom.run({ actor: nightly, run: "one" });
  const specs = ["src/**", "docs/**"].map((paths) => ({ repo: "shop", paths }));
  using claim = granted(run.claimAll({ specs, mode: "write", ttl: "30m" }));
  assert.equal(claim.reply.specs.length, 2);
  assert.deepEqual(claim.narrow([{ repo: "shop", paths: "src/a/**" }]).reply.claim.specs[0]?.paths, ["src/a/**"]);
});

it("notices reach their run once, with the heartbeat", async () => {
  const hands = new Hands();
  const loom = shop(hands.options);
  const seen: wire.Notice[] = [];
  using one = loom.run({ actor: nightly, run: "one", onNotice: (notice) => seen.push(notice) });
  using _ = one.claim("src/**", place);
  using two = loom.run({ actor: fixer, run: "two" });
  two.claim("src/a.rs", { ...place, on_conflict: "wait" });
  await hands.pass(5 * 60_000);
  assert.deepEqual(seen.map((it) => [it.from_run, it.outcome]), [["two", "waiting"]]);
  await hands.pass(3_600_000);
  assert.equal(seen.length, 1);
});

it("on a handle with promises, scopes end with await using", async () => {
  const hands = new Hands();
  await using loom = await AsyncLoom.open("memory:", hands.options);
  await loom.createJournal(ada, { workspace: "acme" });
  await loom.registerRepo(ada, { id: "shop", default_branch: "main" });
  {
    await using run = await loom.run({ actor: nightly, run: "one" });
    await using claim = granted(await run.claim("src/**", place));
    await hands.pass(3_600_000);
    assert.equal(claim.isHeld, true);
    assert.equal((await loom.claims()).reply.claims.length, 1);
    assert.equal((run as object as Partial<Disposable>)[Symbol.dispose], undefined);
  }
  assert.equal((await loom.claims()).reply.claims.length, 0);
  assert.equal((await loom.getRun({ run: "one" })).reply.run?.finished?.outcome, "stopped");
});

it("a run of an actor that has a run works for that run", () => {
  const loom = shop();
  using one = loom.run({ actor: nightly, run: "one" });
  using child = loom.run({ actor: one.actor, run: "child" });
  assert.equal(loom.getRun({ run: "child" }).reply.run?.parent, "one");
  assert.equal(child.brief({ budget_chars: 400 }).reply.type, "brief");
});

it("without timers of its own a run renews itself by those of Node, which keep no process alive", async () => {
  const { setInterval, clearInterval } = globalThis;
  const timers = new Map<object, { beat: () => void; ms: number; unref: boolean }>();
  const fake = (beat: () => void, ms: number) => {
    const entry = { beat, ms, unref: false };
    const timer = { unref: () => (entry.unref = true) };
    timers.set(timer, entry);
    return timer;
  };
  Object.assign(globalThis, { setInterval: fake, clearInterval: (timer: object) => timers.delete(timer) });
  try {
    const hands = new Hands();
    const loom = shop({ clock: () => hands.now });
    const run = loom.run({ actor: nightly, run: "one", ttl: "15m" });
    const [timer] = [...timers.values()];
    assert.deepEqual([timer?.ms, timer?.unref], [5 * 60_000, true]);
    for (let nth = 0; nth < 6; nth += 1) {
      hands.now += 5 * 60_000;
      timer?.beat();
    }
    assert.deepEqual(runs(loom), ["one"]);
    run.finish("done");
    assert.equal(timers.size, 0);
  } finally {
    Object.assign(globalThis, { setInterval, clearInterval });
  }
});

it("an open handle with a live run keeps no process alive, and a pending promise does", () => {
  const script = `
    const { AsyncLoom } = require("loomstack");
    const ada = { kind: "human", id: "ada" };
    AsyncLoom.open("memory:").then(async (loom) => {
      await loom.createJournal(ada, { workspace: "acme" });
      await loom.run({ actor: ada });
      console.log((await loom.runs()).reply.runs.length);
    });
  `;
  const { stdout, status, signal } = spawnSync(process.execPath, ["-e", script], {
    cwd: PACKAGE,
    encoding: "utf8",
    timeout: 120_000,
  });
  assert.deepEqual({ stdout, status, signal }, { stdout: "1\n", status: 0, signal: null });
});

it("what a listener of notices throws is no word about the lease", async () => {
  const hands = new Hands();
  const loom = shop(hands.options);
  const boom = new Error("boom");
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  try {
    using one = loom.run({
      actor: nightly,
      onNotice: () => {
        throw boom;
      },
    });
    using _ = one.claim("src/**", place);
    using two = loom.run({ actor: fixer });
    two.claim("src/a.rs", place);
    one.heartbeat();
    assert.equal(await thrown, boom);
    assert.equal(one.isLive, true);
  } finally {
    for (const other of others) process.on("uncaughtException", other);
  }
});
