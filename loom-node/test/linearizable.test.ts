// 200 chains of promises share one handle, and see one journal that nobody can tell from a sequential one.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { it } from "node:test";
import { AsyncLoom, type wire } from "loomstack";
import { type Call, check, grant, refusal } from "./history.js";
import { ada } from "./stage.js";

const CALLERS = 200;
const PLACES = ["src/auth", "src/cart", "src/pay", "docs"] as const;
const ROUNDS = 3;
const HOUR_MS = 3_600_000;
const at = "2026-11-22T07:30:00.000Z";

let ticket = 0;

/** One of many: who it is, what it sends, and what it was answered. */
class Caller {
  readonly calls: Call[] = [];
  readonly #loom: AsyncLoom;
  readonly #run: string;
  readonly #place: string;

  constructor(number: number, loom: AsyncLoom) {
    this.#loom = loom;
    this.#run = `run-${number}`;
    this.#place = PLACES[number % PLACES.length] ?? assert.fail("no place");
  }

  async start(): Promise<void> {
    await this.#submit({ type: "start_run", run: this.#run, ttl_ms: HOUR_MS });
  }

  async look(): Promise<void> {
    await this.#keep(() => this.#loom.query({ type: "head" }, { at }));
  }

  /** Whether it was granted. */
  async claim(): Promise<boolean> {
    const specs = [{ repo: "shop", paths: [`${this.#place}/**`] }];
    return this.#submit({ type: "claim", specs, mode: "exclusive", ttl_ms: HOUR_MS });
  }

  async release(): Promise<void> {
    await this.#submit({ type: "release" });
  }

  /** Wants a place, which nobody gives back meanwhile. */
  async crowd(): Promise<void> {
    await this.start();
    await this.look();
    if (!(await this.claim())) await this.claim();
  }

  /** Gives back what it holds, and tries for it again. */
  async work(): Promise<void> {
    if (this.calls.some((it) => grant(it) !== undefined)) await this.release();
    for (let round = 0; round < ROUNDS; round += 1) {
      if (await this.claim()) await this.release();
      await this.look();
    }
  }

  async #submit(body: wire.Body): Promise<boolean> {
    const actor: wire.Actor = { kind: "loop", id: "tidy", run: this.#run };
    return this.#keep(() => this.#loom.submit({ id: randomUUID(), actor, body }, { at }));
  }

  async #keep(ask: () => Promise<Call["answer"]>): Promise<boolean> {
    const began = ticket++;
    const answer = await ask();
    const call = { began, ended: ticket++, run: this.#run, place: this.#place, answer };
    this.calls.push(call);
    return grant(call) !== undefined;
  }
}

async function shop(): Promise<{ loom: AsyncLoom; before: number }> {
  const loom = await AsyncLoom.open("memory:");
  await loom.createJournal(ada, { workspace: "acme" }, { at });
  const { decided_at } = await loom.registerRepo(ada, { id: "shop", default_branch: "main" }, { at });
  return { loom, before: decided_at + 1 };
}

const headOf = async (loom: AsyncLoom) => (await loom.head({ at })).reply.head.ver;

it("the history of 200 chains of promises on one handle is linearizable", async () => {
  const { loom, before } = await shop();
  const callers = Array.from({ length: CALLERS }, (_, number) => new Caller(number, loom));
  await Promise.all(callers.map((caller) => caller.crowd()));
  await Promise.all(callers.map((caller) => caller.work()));
  const calls = callers.flatMap((caller) => caller.calls);
  check(calls, before, await headOf(loom));
  // All were there at once: no place was given back before everybody had asked for it.
  const refusals = calls.filter((call) => refusal(call) !== undefined);
  assert.ok(refusals.length >= 2 * (CALLERS - PLACES.length));
  await loom.close();
});

/** Two runs want one place, one call after the other. */
async function story(): Promise<{ calls: Call[]; before: number; head: number }> {
  const { loom, before } = await shop();
  const [one, two] = [new Caller(0, loom), new Caller(PLACES.length, loom)];
  await one.crowd();
  await two.crowd();
  await one.look();
  await one.release();
  await two.claim();
  await two.release();
  const head = await headOf(loom);
  await loom.close();
  const calls = [...one.calls, ...two.calls].sort((a, b) => a.began - b.began);
  return { calls, before, head };
}

// The calls of the story by their place in it.
const [STARTED, GRANTED, STARTED_TOO, REFUSED, REFUSED_AGAIN, LOOKED, RELEASED, GRANTED_LATER] = [0, 2, 3, 5, 6, 7, 8, 9];

const one = (calls: Call[], nth: number): Call => calls[nth] ?? assert.fail("no such call");

function swap(calls: Call[], left: number, right: number): void {
  [one(calls, left).answer, one(calls, right).answer] = [one(calls, right).answer, one(calls, left).answer];
}

function age(calls: Call[], nth: number, decided_at: number): void {
  one(calls, nth).answer = { ...one(calls, nth).answer, decided_at };
}

/** What one call was answered becomes what another one was, on its own version. */
function tell(calls: Call[], nth: number, source: number): void {
  const { decided_at } = one(calls, nth).answer;
  one(calls, nth).answer = { ...one(calls, source).answer, decided_at };
}

const WRONGS: readonly [what: string, wrong: (calls: Call[]) => unknown, complaint: RegExp][] = [
  ["the answers of two starts are swapped", (calls) => swap(calls, STARTED, STARTED_TOO), /earlier moment/],
  ["a grant and a release are swapped", (calls) => swap(calls, GRANTED, RELEASED), /earlier moment/],
  ["a refusal is of a version before", (calls) => age(calls, REFUSED_AGAIN, 3), /earlier moment/],
  ["a grant is of a version before", (calls) => age(calls, GRANTED, 2), /nobody/],
  ["a version is behind the head", (calls) => age(calls, REFUSED_AGAIN, 99), /never was/],
  ["a grant is lost", (calls) => calls.splice(GRANTED, 1), /nobody/],
  ["a release landed twice", (calls) => calls.push(one(calls, RELEASED)), /several/],
  ["a head is of another version", (calls) => age(calls, LOOKED, 3), /a head is not/],
  ["a token is granted twice", (calls) => tell(calls, GRANTED_LATER, GRANTED), /tokens do not rise/],
  ["a grant is told as a refusal", (calls) => tell(calls, GRANTED_LATER, REFUSED), /nobody/],
  [
    "both are granted the place",
    (calls) => {
      tell(calls, REFUSED, GRANTED_LATER);
      calls.splice(REFUSED_AGAIN, 1);
    },
    /granted while/,
  ],
  [
    "a refusal comes after everything was released",
    (calls) => {
      const { ended, answer } = one(calls, calls.length - 1);
      calls.push({ ...one(calls, REFUSED_AGAIN), began: ended + 1, ended: ended + 2 });
      age(calls, calls.length - 1, answer.decided_at + 1);
    },
    /refused by/,
  ],
];

it("a story told by one caller contradicts nothing, and one that was tampered with contradicts itself", async () => {
  const { calls, before, head } = await story();
  check(calls, before, head);
  const replies = ["run_started", "head", "claim", "run_started", "head", "claim", "claim", "head", "released", "claim", "released"];
  assert.deepEqual(calls.map((call) => call.answer.reply.type), replies);
  for (const [what, wrong, complaint] of WRONGS) {
    const { calls, before, head } = await story();
    wrong(calls);
    assert.throws(() => check(calls, before, head), { name: "AssertionError", message: complaint }, what);
  }
});
