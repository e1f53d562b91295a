import assert from "node:assert/strict";
import { it } from "node:test";
import { RefusedError, type wire } from "loomstack";
import { ada, nightly, shop } from "./stage.js";

const bob: wire.Actor = { kind: "human", id: "bob" };
const POLICY = `
version: 1
default: allow
owners:
  teams:
    web: { members: [ada] }
    payments: { members: [bob, eve] }
  areas:
    - { paths: "**", teams: [web] }
    - { paths: services/payments/**, teams: [payments] }
rules:
  - id: payments
    effect: require_approval
    when: { verb: [edit, create, delete], paths: services/payments/** }
    approval: { teams: [payments] }
    reason: money moves here
limits:
  - { id: team-day, level: team, unit: microdollars, max: 40000000, per: { day: UTC } }
`;

/** A journal with the policy, and a run of the loop `nightly` of the team `web`. */
function governed() {
  const loom = shop({ clock: () => "2026-11-22T07:30:00Z" });
  loom.registerLoop(ada, { id: "nightly", owner: "ada", team: "web" });
  loom.setPolicy(ada, { name: "loom.yaml", format: "yaml", text: POLICY });
  const run = loom.run({ actor: nightly, run: "one", loop: "nightly", ttl: "1d" });
  return { loom, run };
}

it("a loop's edit of payments asks a person, and passes once they said yes", () => {
  const { loom, run } = governed();
  const action = { verb: "edit", repo: "shop", targets: { paths: ["services/payments/charge.rs"] } };

  const asked = loom.proposeAction(run.actor, { action, intent: "round to the cent" }).reply;
  assert.deepEqual([asked.decision.verdict, asked.decision.passes], ["require_approval", false]);
  const [reason] = asked.decision.reasons;
  assert.equal(reason?.rule.reason, "money moves here");
  assert.deepEqual(reason?.targets, ["services/payments/charge.rs"]);
  const request = asked.request ?? assert.fail("nobody is asked");
  assert.throws(() => loom.approve(ada, { request }), { code: "not_permitted", name: "NotPermittedError" });

  const [waiting] = loom.requests({ standing: "open" }).reply.requests;
  assert.equal(waiting?.intent?.text, "round to the cent");
  assert.deepEqual(waiting?.rules["payments"]?.people, ["bob", "eve"]);
  assert.equal(loom.approve(bob, { request }).reply.standing, "approved");
  assert.deepEqual(Object.keys(loom.request({ request }).reply.request?.yes ?? {}), ["bob"]);

  const { decision } = loom.proposeAction(run.actor, { action }).reply;
  assert.deepEqual([decision.verdict, decision.passes], ["allow", true]);
  assert.deepEqual(decision.approved_by, [request]);
  assert.throws(() => loom.reject(bob, { request }), { code: "request_not_open", name: "NotLiveError" });
});

it("a claim that the policy does not let pass holds nothing and says why", () => {
  const { run } = governed();
  const place = { repo: "shop", mode: "write", ttl: "1h" } as const;
  const held = run.claim("web/**", place);
  assert.ok(held.type === "granted" && held.governed);
  const stopped = run.claim("services/payments/**", place);
  assert.ok(stopped.type === "not_allowed");
  assert.equal(stopped.reply.decision.verdict, "require_approval");
  assert.equal(stopped.reply.requests?.length, 1);
  assert.throws(
    () => run.claim("services/payments/**", place, { raiseOnRefusal: true }),
    (error: unknown) => error instanceof RefusedError && error.message === "refused: the policy says require_approval (payments)",
  );
});

it("what is reserved counts until it is settled, and then what it came to", () => {
  const { loom, run } = governed();
  const team = () => loom.spend().reply.spend.find((it) => it.limit === "team-day" && it.holder === "web");
  const dear = { estimate: { microdollars: 30_000_000 }, ttl: "1h" } as const;
  const first = loom.reserve(run.actor, { id: "draft", ...dear }).reply;
  assert.ok(first.type === "reservation" && first.governed && first.reservation.type === "granted");
  assert.deepEqual([team()?.reserved, team()?.left], [30_000_000, 10_000_000]);
  assert.throws(
    () => loom.reserve(run.actor, { id: "review", ...dear }, { raiseOnRefusal: true }),
    (error: unknown) => error instanceof RefusedError && error.message === "refused: no room at team-day",
  );
  loom.settle(run.actor, { id: "draft", actual: { microdollars: 4_000_000 } });
  assert.deepEqual([team()?.settled, team()?.reserved], [4_000_000, 0]);
  const { reservation } = loom.reserve(run.actor, { id: "review", ...dear }, { raiseOnRefusal: true }).reply;
  assert.equal(reservation.type, "granted");
  loom.cancelReservation(run.actor, { id: "review" });
  assert.equal(team()?.left, 36_000_000);
});

it("without a policy nothing is decided, and one that cannot be read says where", () => {
  const loom = shop();
  loom.startRun(nightly, { run: "r" });
  const actor = { ...nightly, run: "r" };
  assert.throws(() => loom.proposeAction(actor, { action: { verb: "edit" } }), { code: "no_policy", name: "NotFoundError" });
  assert.equal(loom.policy().reply.policy, undefined);
  const text = "version: 1\ndefault: allow\nrules: [{ id: a, effect: deny, wen: { verb: edit } }]";
  assert.throws(() => loom.setPolicy(ada, { name: "loom.yaml", format: "yaml", text }), {
    code: "invalid_policy",
    name: "InvalidInputError",
    message: /3/,
  });
});
