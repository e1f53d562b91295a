// Ten million calls that only read leave the memory of the process as it was. Takes a minute or two;
// `make node-soak` runs it, with --expose-gc, and with a small young generation: V8 lets that grow by up
// to 16 MiB whenever it sees fit, which would hide what is looked for here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AsyncLoom, Loom, PathSet, Pattern, type wire } from "loomstack";
import { ada, shop } from "./stage.js";

/** How much the resident size may grow over all calls: less than one byte for each. */
const GROWTH_KIB_MAX = 8 * 1024;
/** Before the first reading: buffers, compiled code and the heap reach their size. */
const WARM_UP_ROUNDS = 1_000;
const ROUNDS = 10_000;
const CALLS_OF_A_ROUND = 1_000;
/** How many calls of a round are promises, all pending at once. */
const AWAITED = 20;
const HOLDERS = 20;
const DAY_MS = 86_400_000;

const sources = new Pattern("src/**/*.rs");
const tests = new Pattern("src/auth/*_test.rs");
const docs = new Pattern({ dir: "docs" });
const wide = new PathSet(["src/**", "docs/**"]);
const narrow = new PathSet({ include: ["src/**"], exclude: ["src/gen/**"] });
const place: wire.SpecRequest = { repo: "shop", paths: ["src/mod3/login.rs"] };

const loom = journal(shop());

/** What a round is made of: what is asked, how often, and whether the answer is right. */
const ROUND: readonly [what: string, calls: number, call: () => boolean][] = [
  ["matches: in it", 250, () => sources.matches("src/auth/login_test.rs")],
  ["matches: not in it", 200, () => !sources.matches("docs/guide.md")],
  ["matches: no path", 20, () => refuses(() => sources.matches("../secret"), "invalid_path")],
  ["overlap: with a witness", 150, () => sources.overlap(tests) !== undefined],
  ["overlap: none", 100, () => sources.overlap(docs) === undefined],
  ["path sets: contains", 40, () => narrow.contains(wide).escapee !== undefined],
  ["patterns compiled and given back", 40, () => new Pattern("src/{a,b}/**").toJSON() === "src/{a,b}/**"],
  ["query: head", 50, () => loom.head().reply.head.ver > HOLDERS],
  ["query: state_hash", 20, () => loom.stateHash().reply.hash.length === 64],
  ["query: claims", 20, () => loom.claims().reply.claims.length === HOLDERS],
  ["query: brief", 20, () => loom.brief({ run: "holder-7" }).reply.rendered.text?.includes("src/mod7") === true],
  ["query: conflicts", 50, () => conflicts() === "tidy up"],
  ["query: none that there is", 20, () => refuses(() => loom.queryJson('{"type":"weather"}'), "invalid_json")],
];

/** A journal in which twenty runs hold a folder each, with an intent. */
function journal(loom: Loom): Loom {
  for (let nth = 0; nth < HOLDERS; nth += 1) {
    const run = `holder-${nth}`;
    const actor: wire.Actor = { kind: "loop", id: "tidy", run };
    loom.startRun(actor, { run, ttl: DAY_MS });
    const specs = [{ repo: "shop", paths: [`src/mod${nth}/**/*.rs`] }];
    loom.claim(actor, { specs, mode: "write", ttl: DAY_MS, intent: "tidy up" });
  }
  return loom;
}

function conflicts(): string | null | undefined {
  return loom.conflicts({ specs: [place] }).reply.conflicts.claims.list[0]?.intent?.text;
}

function refuses(work: () => unknown, code: string): boolean {
  try {
    work();
  } catch (why) {
    return (why as { code?: unknown }).code === code;
  }
  return false;
}

function residentKib(): number {
  assert.ok(global.gc, "run with --expose-gc");
  global.gc();
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(found?.[1] ?? assert.fail("no resident size"));
}

async function soak(): Promise<void> {
  await using later = await AsyncLoom.open("memory:");
  await later.createJournal(ada, { workspace: "acme" });
  const inRound = ROUND.reduce((sum, [, calls]) => sum + calls, AWAITED);
  assert.equal(inRound, CALLS_OF_A_ROUND);
  for (const [what, calls] of ROUND) console.log(`${String(calls * ROUNDS).padStart(9)} ${what}`);
  console.log(`${String(AWAITED * ROUNDS).padStart(9)} query: head, as a promise`);

  const rounds = async (many: number) => {
    for (let round = 0; round < many; round += 1) {
      for (const [what, calls, call] of ROUND) {
        for (let nth = 0; nth < calls; nth += 1) if (!call()) assert.fail(what);
      }
      const heads = await Promise.all(Array.from({ length: AWAITED }, () => later.head()));
      for (const { reply } of heads) assert.equal(reply.head.ver, 1);
    }
  };

  await rounds(WARM_UP_ROUNDS);
  const [before, began] = [residentKib(), process.hrtime.bigint()];
  await rounds(ROUNDS);
  const [after, ended] = [residentKib(), process.hrtime.bigint()];
  const seconds = (ended - began) / 1_000_000_000n;
  console.log(`${inRound * ROUNDS} calls in ${seconds} s: resident ${before} KiB before, ${after} KiB after`);
  assert.ok(after - before <= GROWTH_KIB_MAX, `it grew by more than ${GROWTH_KIB_MAX} KiB`);
}

void soak();
