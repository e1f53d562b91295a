// What many callers saw of one journal, and whether one order of it explains all of it.
//
// After Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects": every call
// takes effect at one moment between its beginning and its end. The order need not be searched for, as
// every answer tells which version of the journal it was decided on.

import assert from "node:assert/strict";
import type { wire } from "loomstack";

/** One call, with what a counter that all callers share showed before and behind it. */
export interface Call {
  began: number;
  ended: number;
  run: string;
  place: string;
  answer: wire.Answer | wire.QueryAnswer;
}

/** When a call took effect: on which version, and whether it made the next one. */
interface Moment {
  version: number;
  landed: boolean;
  call: Call;
}

/** What changed nothing on a version stands before what made the next one of it. */
const order = (it: Moment) => 2 * it.version + Number(it.landed);

/**
 * Nothing contradicts that the calls were carried out one after the other, each once.
 *
 * @param calls - All that were made while the journal went from version `before` to `head`, each run's one
 *   after the other. Claims are exclusive, each for one of the places.
 */
export function check(calls: readonly Call[], before: number, head: number): void {
  const moments = momentsOf(calls).sort((a, b) => order(a) - order(b));
  everyVersionWasMadeOnce(moments, before, head);
  nothingIsDecidedBeforeWhatHadEnded(moments);
  aPlaceHasOneHolder(moments);
}

/** A refusal is recorded where it is the first of its run by a claim, for the holder to see. */
function momentsOf(calls: readonly Call[]): Moment[] {
  const told = new Set<string>();
  return [...calls]
    .sort((a, b) => a.began - b.began)
    .map((call) => {
      assert.ok(call.began < call.ended, "a call ended before it began");
      const { decided_at: version, reply } = call.answer;
      if (reply.type === "head") {
        assert.equal(reply.head.ver, version, "a head is not the one it was asked of");
        return { version, landed: false, call };
      }
      const refused = refusal(call);
      if (refused === undefined) return { version, landed: true, call };
      const by = refused.meetings.list.map((it) => `${call.run} ${it.token}`);
      const landed = by.some((it) => !told.has(it));
      for (const it of by) told.add(it);
      return { version, landed, call };
    });
}

function everyVersionWasMadeOnce(moments: readonly Moment[], before: number, head: number): void {
  const made = moments.filter((it) => it.landed).map((it) => it.version);
  const missing = Array.from({ length: head - before }, (_, nth) => before + nth).filter((it) => !made.includes(it));
  assert.deepEqual(missing, [], "nobody was answered what became of these versions");
  const doubled = made.filter((it, nth) => made.indexOf(it) !== nth);
  assert.deepEqual(doubled, [], "several were answered to have landed on these versions");
  const beyond = moments.filter((it) => it.version < before || order(it) > 2 * head);
  assert.deepEqual(beyond, [], "decided on a version that never was");
}

/** Real time: of two calls that did not meet, the later one has the later moment. */
function nothingIsDecidedBeforeWhatHadEnded(moments: readonly Moment[]): void {
  let [began, earlierBegan, last] = [-1, -1, -1];
  for (const it of moments) {
    if (order(it) !== last) [last, earlierBegan] = [order(it), began];
    if (it.call.ended <= earlierBegan) assert.fail(`what began after it had an earlier moment: ${told(it)}`);
    began = Math.max(began, it.call.began);
  }
}

function aPlaceHasOneHolder(moments: readonly Moment[]): void {
  const holders = new Map<string, { run: string; token: wire.Token }>();
  let last = "";
  for (const it of moments) {
    const { run, place, answer } = it.call;
    const holder = holders.get(place);
    const held = holder === undefined ? [] : [holder];
    const refused = refusal(it.call);
    const token = grant(it.call);
    if (token !== undefined) {
      assert.equal(holder, undefined, `granted while another one held it: ${told(it)}`);
      assert.ok(token > last, `tokens do not rise from ${last}: ${told(it)}`);
      last = token;
      holders.set(place, { run, token });
    } else if (refused !== undefined) {
      const found = refused.meetings.list.map((it) => ({ run: it.run, token: it.token }));
      assert.deepEqual(found, held, `refused by what does not hold it: ${told(it)}`);
    } else if (answer.reply.type === "released") {
      const found = answer.reply.claims.released.map((it) => ({ run, token: it.token }));
      assert.deepEqual(found, held, `released what was not held: ${told(it)}`);
      holders.delete(place);
    }
  }
  assert.deepEqual([...holders], [], "never released");
}

/** The token of a claim that was granted. */
export function grant({ answer: { reply } }: Call): wire.Token | undefined {
  return reply.type === "claim" && isReply(reply.claim) && reply.claim.type === "granted" ? reply.claim.token : undefined;
}

/** What stood in the way of one that was not. */
export function refusal({ answer: { reply } }: Call): Extract<wire.ClaimReply, { type: "refused" }> | undefined {
  return reply.type === "claim" && isReply(reply.claim) && reply.claim.type === "refused" ? reply.claim : undefined;
}

/** The query of a claim has the same name as the command. */
function isReply(claim: wire.ClaimReply | wire.ClaimView | null | undefined): claim is wire.ClaimReply {
  return claim !== null && claim !== undefined && "type" in claim;
}

const told = (it: Moment) => JSON.stringify(it);
