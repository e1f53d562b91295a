// What the types promise, checked by `tsc --strict`. Nothing here is run.

import { AsyncLoom, type Claim, Loom, LoomError, PathSet, Pattern, RefusedError, type Store, type wire } from "loomstack";

declare const ada: wire.Actor;
declare const token: wire.Token;
declare function is<T>(value: T): void;
/** Fails to compile where two types are not the same. */
declare function same<A, B>(yes: [A] extends [B] ? ([B] extends [A] ? true : false) : false): void;

export async function types(store: Store): Promise<void> {
  using loom = Loom.open("memory:", { clock: () => new Date() });
  await using later = await AsyncLoom.open("sqlite:x");
  same<ReturnType<typeof Loom.over>, AsyncLoom>(true);
  await using over = Loom.over(store);
  is<AsyncLoom>(over);

  // Handles that answer at once answer with values, the others with promises.
  const answer = loom.claim(ada, { specs: [{ repo: "shop", paths: "src/**" }], mode: "write", ttl: "30m" });
  is<number>(answer.decided_at);
  is<string>(loom.submitJson("{}"));
  is<Promise<string>>(later.submitJson("{}", new Date()));
  is<wire.Head>((await later.head()).reply.head);
  // @ts-expect-error a promise has no reply
  later.head().reply;

  // Replies are told apart by type.
  // @ts-expect-error what the policy does not let pass is no claim
  answer.reply.claim;
  if (answer.reply.type === "not_allowed") return is<wire.Decision>(answer.reply.decision);
  const { claim } = answer.reply;
  same<typeof claim, wire.ClaimReply>(true);
  // @ts-expect-error only a granted claim has a token
  claim.token;
  switch (claim.type) {
    case "granted":
      is<wire.Token>(claim.token);
      break;
    case "waiting":
      is<number>(claim.ahead);
      break;
    case "refused":
      if (claim.why.type === "deadlock") is<readonly string[]>(claim.why.cycle);
      break;
    default:
      same<typeof claim, never>(true);
  }
  const recorded = loom.recordChange(ada, { id: "c", repo: "shop", made_by: "loop", files: [{ path: "a" }] }).reply;
  is<"change_recorded" | "change_fenced">(recorded.type);
  const whole = loom.query({ type: "runs" }).reply;
  if (whole.type === "runs") is<readonly wire.RunView[]>(whole.runs);

  // Fields are those of the wire, and ttl is in place of ttl_ms.
  // @ts-expect-error a mode that is none
  loom.claim(ada, { specs: [], mode: "scribble", ttl: 1 });
  // @ts-expect-error ttl is missing
  loom.claim(ada, { specs: [], mode: "write" });
  // @ts-expect-error ttl_ms is given as ttl
  loom.startRun(ada, { run: "r", ttl_ms: 1 });
  // @ts-expect-error a BigInt is no length of time
  loom.startRun(ada, { run: "r", ttl: 1n });
  // @ts-expect-error a field that is not there
  loom.registerRepo(ada, { id: "shop", default_branch: "main", colour: "red" });
  // @ts-expect-error an actor of no kind
  loom.tick({ kind: "robot", id: "x" });
  // @ts-expect-error a time is no boolean
  loom.head({ at: true });

  // Runs and claims.
  using run = loom.run({ actor: ada, ttl: 60_000, outcome: "done" });
  using held = run.claim(new PathSet("a"), { repo: "shop", mode: "read", ttl: "90s" });
  same<typeof held, Claim>(true);
  // @ts-expect-error only a granted claim is held
  held.isHeld;
  if (held.type === "granted") is<AbortSignal>(held.signal);
  using raised = run.claim(new Pattern("a"), { repo: "shop", mode: "read", ttl: 1 }, { raiseOnRefusal: true });
  is<"granted" | "waiting">(raised.type);
  await using laterRun = await later.run({ actor: ada });
  await using laterClaim = await laterRun.claim({ include: ["a"] }, { repo: "shop", mode: "plan", ttl: 1 });
  is<"granted" | "waiting" | "refused" | "not_allowed">(laterClaim.type);
  {
    // @ts-expect-error what ends with a promise is for `await using`
    using wrong = await later.run({ actor: ada });
  }
  {
    // @ts-expect-error what ends with a promise is for `await using`
    using wrong = await laterRun.claim("a", { repo: "shop", mode: "plan", ttl: 1 });
  }
  // @ts-expect-error an outcome that is none
  run.finish("finished");
  loom.handOver(ada, { token, to: "r2" });

  // Actions and decisions.
  const action: wire.ActionInput = {
    verb: "edit",
    targets: { set: ["src/**", { dir: "docs" }] },
    facts: { tests_pass: true, lines: 12, ticket: "A-7" },
    estimate: { microdollars: 2_000_000 },
  };
  const { decision, request } = loom.proposeAction(ada, { action }).reply;
  is<boolean>(decision.passes);
  same<typeof decision.verdict, "allow" | "require_approval" | "deny">(true);
  same<typeof request, wire.Token | undefined>(true);
  for (const way of decision.would_allow ?? []) if (way.type === "approval") is<readonly string[]>(way.terms.people);
  // @ts-expect-error a fact is no list
  loom.check({ action: { verb: "edit", facts: { a: [] } } });
  // @ts-expect-error nothing is an action without a verb
  loom.check({ action: {} });
  // @ts-expect-error a reservation has an end
  loom.reserve(ada, { id: "r", estimate: { tokens: 1 } });
  same<ReturnType<typeof loom.check>["reply"]["decision"], wire.Decision>(true);
  const reserved = loom.reserve(ada, { id: "r", estimate: { tokens: 1 }, ttl: "1h" }, { raiseOnRefusal: true }).reply;
  if (reserved.reservation.type === "refused") is<number>(reserved.reservation.short[0]?.max ?? 0);

  // Paths.
  const met = new PathSet("a").overlap(new PathSet(["b", { dir: "c" }]));
  // @ts-expect-error only what meets has a witness
  met.witness;
  if (met.meets) is<string | undefined>(met.witness);
  // @ts-expect-error a Pattern is compared with a Pattern
  new Pattern("a").overlap(new PathSet("a"));
  // @ts-expect-error a pattern of no kind
  new Pattern({ path: "a" });

  // Handles are opened, not made.
  // @ts-expect-error the constructor is private
  new Loom();
  // @ts-expect-error a store needs every method
  Loom.over({ head: () => ({ ver: 0, hash: "", incarnation: 0 }) });

  // Errors.
  try {
    loom.head();
  } catch (error) {
    if (error instanceof LoomError) {
      is<"retry" | "fix_input" | "reload" | "ask_human" | "stop">(error.next);
      // @ts-expect-error a code that is none
      if (error.code === "no_such_code") return;
    }
    if (error instanceof RefusedError) is<wire.Reply>(error.reply);
  }
}
