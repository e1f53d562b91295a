import { randomUUID } from "node:crypto";
import { ClosedError, LoomError, RefusedError } from "./errors.js";
import { Over, encode, wellFormed } from "./json.js";
import { type Timers, systemTimers } from "./lease.js";
import { type NativeLoom } from "./native.js";
import { freshNonce } from "./nonce.js";
import { Run, type RunInput, start } from "./run.js";
import { type Duration, type Time, wireDuration, wireTime } from "./time.js";
import type * as wire from "./wire.js";

/** `T` on a handle that works at once, a promise of it on one that works on a thread of its own. */
export type Later<Async extends boolean, T> = Async extends true ? Promise<T> : T;

/** A reply of a known type, with the moment that it was decided at. */
export interface Answered<R extends wire.Reply> extends Omit<wire.Answer, "reply"> {
  /** The reply. */
  reply: R;
}

/** The reply to a query, with the moment that it speaks of. */
export interface Asked<R extends wire.QueryReply> extends Omit<wire.QueryAnswer, "reply"> {
  /** The reply. */
  reply: R;
}

/** A length in `ttl_ms` is given as `ttl`: in milliseconds, or as `"30m"`. */
type Timed<T> = T extends { ttl_ms: number }
  ? Omit<T, "ttl_ms"> & { ttl: Duration }
  : T extends { ttl_ms?: number | undefined }
    ? Omit<T, "ttl_ms"> & { ttl?: Duration | undefined }
    : T;
/** A point in time within a command or query may be given in any form. */
type AnyTime<T> = {
  [Field in keyof T]: Field extends "from" | "until"
    ? T[Field] extends string | undefined
      ? T[Field] | Time
      : T[Field]
    : T[Field];
};

/** The name of a command on the wire. */
export type CommandName = wire.Body["type"];
/** What a command takes: the fields of the wire, with `ttl` in place of `ttl_ms`. */
export type CommandInput<Name extends CommandName> = AnyTime<Timed<Omit<Extract<wire.Body, { type: Name }>, "type">>>;
/** The name of a query on the wire. */
export type QueryName = wire.Query["type"];
/** What a query takes: the fields of the wire. */
export type QueryInput<Name extends QueryName> = AnyTime<Omit<Extract<wire.Query, { type: Name }>, "type">>;

/** How a handle is opened. */
export interface LoomOptions {
  /** What time it is, where a call names none: for simulations and tests. The system's clock where absent. */
  clock?: (() => Time) | undefined;
  /** What calls back to renew leases. Timers that keep no process alive, where absent. */
  timers?: Timers | undefined;
}

/** How a query is asked. */
export interface QueryOptions {
  /** The time to answer for. One behind the journal is lifted to it, and the answer says so. */
  at?: Time | undefined;
}

/** How a command is sent. */
export interface CommandOptions extends QueryOptions {
  /**
   * A UUID for this intention; a fresh one where absent. Name your own to send a command again after an
   * error whose `next` is `retry`: the same id and body is carried out once.
   */
  id?: string | undefined;
  /** Throw a {@link RefusedError} for a refusal in place of answering it. */
  raiseOnRefusal?: boolean | undefined;
}

/** Options under which a refusal is thrown, and so not answered. */
export type Raising = CommandOptions & { raiseOnRefusal: true };

/** What each command is answered with. */
export interface Replies {
  create_journal: wire.ReplyJournalCreated;
  register_repo: wire.ReplyRepoRegistered;
  register_loop: wire.ReplyLoopRegistered;
  update_loop: wire.ReplyLoopRegistered;
  pause_loop: wire.ReplyLoopStands;
  resume_loop: wire.ReplyLoopStands;
  retire_loop: wire.ReplyLoopStands;
  signal: wire.ReplySignalled;
  start_run: wire.ReplyRunStarted | wire.ReplyRunNotStarted;
  heartbeat: wire.ReplyBeaten;
  begin_iteration: wire.ReplyIterationBegun | wire.ReplyIterationNotBegun;
  finish_iteration: wire.ReplyIterationFinished;
  request_verification: wire.ReplyVerificationRequested | wire.ReplyVerificationNotRequested;
  await_signal: wire.ReplySignalAwaited;
  finish_run: wire.ReplyRunFinished | wire.ReplyRunNotDone | wire.ReplyNotAllowed;
  report_finding: wire.ReplyFindingReported;
  take_finding: wire.ReplyFindingTaken | wire.ReplyFindingNotTaken;
  return_finding: wire.ReplyFindingStands;
  defer_finding: wire.ReplyFindingStands;
  escalate_finding: wire.ReplyFindingStands;
  resolve_finding: wire.ReplyFindingStands;
  write_note: wire.ReplyNoteWritten;
  approve_note: wire.ReplyNoteApproved;
  drop_note: wire.ReplyNoteDropped;
  claim: wire.ReplyClaim | wire.ReplyNotAllowed;
  renew: wire.ReplyRenewed;
  narrow: wire.ReplyNarrowed;
  hand_over: wire.ReplyHandOver;
  release: wire.ReplyReleased;
  revoke: wire.ReplyRevoked;
  withdraw: wire.ReplyWithdrawn;
  record_change: wire.ReplyChangeRecorded | wire.ReplyChangeFenced;
  record_verification: wire.ReplyVerificationRecorded;
  record_artifact: wire.ReplyArtifactRecorded;
  record_review: wire.ReplyReviewRecorded;
  record_deploy: wire.ReplyDeployRecorded;
  record_incident: wire.ReplyIncidentRecorded;
  resolve_incident: wire.ReplyIncidentResolved;
  erase: wire.ReplyErased;
  recover: wire.ReplyRecovered;
  checkpoint: wire.ReplyCheckpointed;
  set_policy: wire.ReplyPolicySet;
  propose_action: wire.ReplyActionDecided;
  give_back: wire.ReplyGivenBack;
  approve: wire.ReplyRequestAnswered;
  reject: wire.ReplyRequestAnswered;
  waive: wire.ReplyWaived;
  break_glass: wire.ReplyWaived;
  reserve: wire.ReplyReservation | wire.ReplyNotAllowed;
  settle: wire.ReplyReservationEnded;
  cancel_reservation: wire.ReplyReservationEnded;
  tick: wire.ReplySettled;
}

/** What each query is answered with. */
export interface QueryReplies {
  conflicts: wire.QueryReplyConflicts;
  admit: wire.QueryReplyAdmission;
  work_report: wire.QueryReplyWorkReport;
  brief: wire.QueryReplyBrief;
  claim: wire.QueryReplyClaim;
  claims: wire.QueryReplyClaims;
  waits: wire.QueryReplyWaits;
  run: wire.QueryReplyRun;
  runs: wire.QueryReplyRuns;
  repos: wire.QueryReplyRepos;
  loops: wire.QueryReplyLoops;
  loop: wire.QueryReplyLoop;
  next: wire.QueryReplyNext;
  handover: wire.QueryReplyHandover;
  verifications: wire.QueryReplyVerifications;
  due: wire.QueryReplyDue;
  forecast: wire.QueryReplyForecast;
  read_loop: wire.QueryReplyLoopRead;
  findings: wire.QueryReplyFindings;
  finding: wire.QueryReplyFinding;
  inbox: wire.QueryReplyInbox;
  notes: wire.QueryReplyNotes;
  skill: wire.QueryReplySkill;
  state_file: wire.QueryReplyStateFile;
  check: wire.QueryReplyChecked;
  policy: wire.QueryReplyPolicy;
  requests: wire.QueryReplyRequests;
  request: wire.QueryReplyRequest;
  exceptions: wire.QueryReplyExceptions;
  spend: wire.QueryReplySpend;
  trace: wire.QueryReplyTrace;
  suspects: wire.QueryReplySuspects;
  reverts: wire.QueryReplyReverts;
  wars: wire.QueryReplyWars;
  rewrites: wire.QueryReplyRewrites;
  would_revert: wire.QueryReplyWouldRevert;
  comprehension: wire.QueryReplyComprehension;
  export: wire.QueryReplyExport;
  history: wire.QueryReplyHistory;
  head: wire.QueryReplyHead;
  state_hash: wire.QueryReplyStateHash;
  next_deadline: wire.QueryReplyDeadline;
}

/** A door of the native half, and how a text goes through it. @internal */
export type Door = "submit" | "query";

/**
 * Every command and every query of a journal. {@link Loom} answers at once, {@link AsyncLoom} with promises.
 *
 * Methods are named in camelCase; fields are named as on the wire, in every language. All of them throw or
 * reject with a {@link LoomError}; with a `TypeError` or `RangeError` for a value that JSON or time cannot
 * hold (NaN, a BigInt, an invalid `Date`); and with a {@link ClosedError} once the handle is closed.
 * Actors are taken as given: the caller has authenticated them.
 */
export abstract class Journal<Async extends boolean> {
  #native: NativeLoom | undefined;
  readonly #clock: (() => Time) | undefined;
  /** What calls back to renew leases. */
  readonly timers: Timers;
  /** Whether answers are promises. */
  abstract readonly isAsync: Async;

  /** @internal */
  constructor(native: NativeLoom, options: LoomOptions = {}) {
    this.#native = native;
    this.#clock = options.clock;
    this.timers = options.timers ?? systemTimers;
  }

  /** Sends a text through a door and reads what comes back. @internal */
  abstract exchange<T>(door: Door, request: () => [json: string, at: string | undefined], read: (json: string) => T): Later<Async, T>;
  /** What follows from an answer. @internal */
  abstract map<T, U>(value: Later<Async, T>, next: (value: T) => U): Later<Async, U>;
  /** A value that is there already. @internal */
  abstract value<T>(value: T): Later<Async, T>;
  /** Ends something; where it had ended before, that is as good. @internal */
  abstract orGone(work: () => Later<Async, unknown>, gone: () => void): Later<Async, unknown>;

  /** Whether the handle was closed. */
  get isClosed(): boolean {
    return this.#native === undefined;
  }

  /** @internal */
  protected open(): NativeLoom {
    if (this.#native === undefined) throw new ClosedError();
    return this.#native;
  }

  /** The native handle, which the caller now closes; nothing where that was done before. @internal */
  protected taken(): NativeLoom | undefined {
    const native = this.#native;
    this.#native = undefined;
    return native;
  }

  #time(at: Time | undefined): string | undefined {
    const time = at === undefined ? this.#clock?.() : at;
    return time === undefined ? undefined : wireTime(time, "at");
  }

  // ---- The doors.

  /**
   * The raw door of commands: JSON in, JSON out, nothing in between.
   *
   * @param command - A {@link wire.Command} as JSON: at most 1 MiB, at most 32 deep.
   * @param at - The time to decide at; the clock's where absent.
   * @returns A {@link wire.Answer} as JSON.
   */
  submitJson(command: string, at?: Time): Later<Async, string> {
    return this.exchange("submit", () => [doorText(command, "command"), this.#time(at)], (json) => json);
  }

  /**
   * The raw door of queries.
   *
   * @param query - A {@link wire.Query} as JSON, within the limits of a command.
   * @param at - The time to answer for; the clock's where absent.
   * @returns A {@link wire.QueryAnswer} as JSON.
   */
  queryJson(query: string, at?: Time): Later<Async, string> {
    return this.exchange("query", () => [doorText(query, "query"), this.#time(at)], (json) => json);
  }

  /** Carries out a whole command, under the caller's own id: sending it again is harmless. */
  submit(command: wire.Command, options: QueryOptions = {}): Later<Async, wire.Answer> {
    return this.exchange("submit", () => [encode(command, "command"), this.#time(options.at)], parsed<wire.Answer>);
  }

  /** Asks a whole query. Changes nothing. */
  query(query: wire.Query, options: QueryOptions = {}): Later<Async, wire.QueryAnswer> {
    return this.exchange("query", () => [encode(query, "query"), this.#time(options.at)], parsed<wire.QueryAnswer>);
  }

  #send<Name extends CommandName>(
    type: Name,
    actor: wire.Actor,
    input: CommandInput<Name>,
    options: CommandOptions = {},
  ): Later<Async, Answered<Replies[Name]>> {
    const request = (): [string, string | undefined] => {
      const fields = input ?? {};
      const { ttl } = fields as { ttl?: Duration | undefined };
      const lasting = ttl === undefined ? {} : { ttl: undefined, ttl_ms: wireDuration(ttl, "ttl") };
      const over = { type, ...lasting, ...times(fields) };
      const command = { id: options.id ?? randomUUID(), actor, nonce: freshNonce(), body: new Over(fields, over) };
      return [encode(command, "command"), this.#time(options.at)];
    };
    return this.exchange("submit", request, (json) => {
      const answer = parsed<Answered<Replies[Name]>>(json);
      if (options.raiseOnRefusal && isRefusal(answer.reply)) throw new RefusedError(answer.reply);
      return answer;
    });
  }

  #ask<Name extends QueryName>(
    type: Name,
    input: QueryInput<Name> | undefined,
    options: QueryOptions = {},
  ): Later<Async, Asked<QueryReplies[Name]>> {
    const request = (): [string, string | undefined] => {
      return [encode(new Over(input ?? {}, { type, ...times(input ?? {}) }), "query"), this.#time(options.at)];
    };
    return this.exchange("query", request, parsed<Asked<QueryReplies[Name]>>);
  }

  // ---- Commands.

  /** Makes the journal: its first record, and its first human, the actor. */
  createJournal(actor: wire.Actor, input: CommandInput<"create_journal">, options?: CommandOptions) {
    return this.#send("create_journal", actor, input, options);
  }

  /** Registers a repository, or adds origins to a registered one. For humans and services. */
  registerRepo(actor: wire.Actor, input: CommandInput<"register_repo">, options?: CommandOptions) {
    return this.#send("register_repo", actor, input, options);
  }

  /** Registers a loop. One that is registered with this very definition stays as it is. For humans and services. */
  registerLoop(actor: wire.Actor, input: CommandInput<"register_loop">, options?: CommandOptions) {
    return this.#send("register_loop", actor, input, options);
  }

  /** Replaces the definition of a loop, for whoever read the one whose digest is `was`. For humans and services. */
  updateLoop(actor: wire.Actor, input: CommandInput<"update_loop">, options?: CommandOptions) {
    return this.#send("update_loop", actor, input, options);
  }

  /** The loop starts nothing until it is resumed. Runs that work go on. For humans and services. */
  pauseLoop(actor: wire.Actor, input: CommandInput<"pause_loop">, options?: CommandOptions) {
    return this.#send("pause_loop", actor, input, options);
  }

  /** The loop starts again when it is due. What was due meanwhile is over. For humans and services. */
  resumeLoop(actor: wire.Actor, input: CommandInput<"resume_loop">, options?: CommandOptions) {
    return this.#send("resume_loop", actor, input, options);
  }

  /** The loop starts nothing any more. For humans. */
  retireLoop(actor: wire.Actor, input: CommandInput<"retire_loop">, options?: CommandOptions) {
    return this.#send("retire_loop", actor, input, options);
  }

  /** Something happened that loops listen to. The same name and key again change nothing. */
  signal(actor: wire.Actor, input: CommandInput<"signal">, options?: CommandOptions) {
    return this.#send("signal", actor, input, options);
  }

  /**
   * Starts a run, with a lease of `ttl`; 15 minutes where absent. {@link Journal.run} also keeps it alive.
   * `run_not_started` where its loop is paused or retired, or another run has the slot.
   */
  startRun(
    actor: wire.Actor,
    input: CommandInput<"start_run">,
    options: Raising,
  ): Later<Async, Answered<wire.ReplyRunStarted>>;
  startRun(
    actor: wire.Actor,
    input: CommandInput<"start_run">,
    options?: CommandOptions,
  ): Later<Async, Answered<Replies["start_run"]>>;
  startRun(actor: wire.Actor, input: CommandInput<"start_run">, options?: CommandOptions) {
    return this.#send("start_run", actor, input, options);
  }

  /** The actor's run is alive: renews its lease and its claims, and brings its notices. */
  heartbeat(actor: wire.Actor, input: CommandInput<"heartbeat"> = {}, options?: CommandOptions) {
    return this.#send("heartbeat", actor, input, options);
  }

  /**
   * The actor's run begins an iteration. From then on it is done only once the gates of its goal hold and
   * somebody independent has verified what it changed. `iteration_not_begun` where it is to end.
   */
  beginIteration(actor: wire.Actor, input: CommandInput<"begin_iteration"> = {}, options?: CommandOptions) {
    return this.#send("begin_iteration", actor, input, options);
  }

  /** The iteration under way ends; `next` in the reply says what the run does now. */
  finishIteration(actor: wire.Actor, input: CommandInput<"finish_iteration">, options?: CommandOptions) {
    return this.#send("finish_iteration", actor, input, options);
  }

  /**
   * The actor's run asks that somebody else verify what it changed: `of` in the reply says what, and how far they
   * have to stand apart. `verification_not_requested` where there is nothing to verify now.
   */
  requestVerification(actor: wire.Actor, input: CommandInput<"request_verification"> = {}, options?: CommandOptions) {
    return this.#send("request_verification", actor, input, options);
  }

  /** The actor's run begins nothing until a signal is given: CI went green on what it pushed. */
  awaitSignal(actor: wire.Actor, input: CommandInput<"await_signal">, options?: CommandOptions) {
    return this.#send("await_signal", actor, input, options);
  }

  /**
   * The actor's run ends: its claims are released, its wait is withdrawn. `run_not_done` where it iterates,
   * calls itself done, and is not.
   */
  finishRun(
    actor: wire.Actor,
    input: CommandInput<"finish_run">,
    options: Raising,
  ): Later<Async, Answered<wire.ReplyRunFinished>>;
  finishRun(
    actor: wire.Actor,
    input: CommandInput<"finish_run">,
    options?: CommandOptions,
  ): Later<Async, Answered<Replies["finish_run"]>>;
  finishRun(actor: wire.Actor, input: CommandInput<"finish_run">, options?: CommandOptions) {
    return this.#send("finish_run", actor, input, options);
  }

  /**
   * Reports what somebody should see to. What is known under its key gets this report attached; what was
   * resolved is opened again. The reply says who sees to it.
   */
  reportFinding(actor: wire.Actor, input: CommandInput<"report_finding">, options?: CommandOptions) {
    return this.#send("report_finding", actor, input, options);
  }

  /**
   * The actor's run sees to a finding, with a lease of `ttl`; one hour where absent. `finding_not_taken`
   * where another run sees to it, or it rests, waits for a person or is resolved.
   */
  takeFinding(
    actor: wire.Actor,
    input: CommandInput<"take_finding">,
    options: Raising,
  ): Later<Async, Answered<wire.ReplyFindingTaken>>;
  takeFinding(
    actor: wire.Actor,
    input: CommandInput<"take_finding">,
    options?: CommandOptions,
  ): Later<Async, Answered<Replies["take_finding"]>>;
  takeFinding(actor: wire.Actor, input: CommandInput<"take_finding">, options?: CommandOptions) {
    return this.#send("take_finding", actor, input, options);
  }

  /** The finding is for whoever takes it next: its holder gives it back, or a person has answered. */
  returnFinding(actor: wire.Actor, input: CommandInput<"return_finding">, options?: CommandOptions) {
    return this.#send("return_finding", actor, input, options);
  }

  /** The finding rests until a time: its holder or a person says so. */
  deferFinding(actor: wire.Actor, input: CommandInput<"defer_finding">, options?: CommandOptions) {
    return this.#send("defer_finding", actor, input, options);
  }

  /** The finding waits in the inbox of one person, and no loop takes it meanwhile. */
  escalateFinding(actor: wire.Actor, input: CommandInput<"escalate_finding">, options?: CommandOptions) {
    return this.#send("escalate_finding", actor, input, options);
  }

  /** The finding is over: its holder or a person says so. */
  resolveFinding(actor: wire.Actor, input: CommandInput<"resolve_finding">, options?: CommandOptions) {
    return this.#send("resolve_finding", actor, input, options);
  }

  /**
   * Writes down what was found out about a place, for whoever works there next; it holds for `ttl`, 14 days
   * where absent. A convention has no end, and counts once a person has approved it.
   */
  writeNote(actor: wire.Actor, input: CommandInput<"write_note">, options?: CommandOptions) {
    return this.#send("write_note", actor, input, options);
  }

  /** A person approves a convention: it holds from now on, without end. For humans. */
  approveNote(actor: wire.Actor, input: CommandInput<"approve_note">, options?: CommandOptions) {
    return this.#send("approve_note", actor, input, options);
  }

  /** A note does not hold any more: whoever wrote it says so, or a person. */
  dropNote(actor: wire.Actor, input: CommandInput<"drop_note">, options?: CommandOptions) {
    return this.#send("drop_note", actor, input, options);
  }

  /**
   * Asks for a claim for the actor's run, with a lease of `ttl`. The reply is granted, waiting or refused;
   * `not_allowed` where the policy does not let it pass.
   */
  claim(actor: wire.Actor, input: CommandInput<"claim">, options: Raising): Later<Async, Answered<wire.ReplyClaim>>;
  claim(actor: wire.Actor, input: CommandInput<"claim">, options?: CommandOptions): Later<Async, Answered<Replies["claim"]>>;
  claim(actor: wire.Actor, input: CommandInput<"claim">, options?: CommandOptions) {
    return this.#send("claim", actor, input, options);
  }

  /** Renews claims of the actor's run now, however much of their leases is left. */
  renew(actor: wire.Actor, input: CommandInput<"renew"> = {}, options?: CommandOptions) {
    return this.#send("renew", actor, input, options);
  }

  /** Makes a claim of the actor's run hold less. */
  narrow(actor: wire.Actor, input: CommandInput<"narrow">, options?: CommandOptions) {
    return this.#send("narrow", actor, input, options);
  }

  /** Gives a claim of the actor's run to another run. The reply is handed over or refused. */
  handOver(actor: wire.Actor, input: CommandInput<"hand_over">, options?: CommandOptions) {
    return this.#send("hand_over", actor, input, options);
  }

  /** Releases claims of the actor's run; all of them where none is named. */
  release(actor: wire.Actor, input: CommandInput<"release"> = {}, options?: CommandOptions) {
    return this.#send("release", actor, input, options);
  }

  /** A person ends somebody's claim. For humans. */
  revoke(actor: wire.Actor, input: CommandInput<"revoke">, options?: CommandOptions) {
    return this.#send("revoke", actor, input, options);
  }

  /** Withdraws the pending wait of the actor's run. */
  withdraw(actor: wire.Actor, options?: CommandOptions) {
    return this.#send("withdraw", actor, {}, options);
  }

  /** Records a change that landed, or is about to. Under a `token` that does not hold: `change_fenced`. */
  recordChange(actor: wire.Actor, input: CommandInput<"record_change">, options?: CommandOptions) {
    return this.#send("record_change", actor, input, options);
  }

  /** Records what a check of changes came to. */
  recordVerification(actor: wire.Actor, input: CommandInput<"record_verification">, options?: CommandOptions) {
    return this.#send("record_verification", actor, input, options);
  }

  /** A person has texts forgotten. For humans. */
  erase(actor: wire.Actor, input: CommandInput<"erase">, options?: CommandOptions) {
    return this.#send("erase", actor, input, options);
  }

  /** A person declares a journal good that stands behind what was seen of it before. For humans. */
  recover(actor: wire.Actor, input: CommandInput<"recover">, options?: CommandOptions) {
    return this.#send("recover", actor, input, options);
  }

  /** Says that a snapshot stands for all records up to a version. For humans and services. */
  checkpoint(actor: wire.Actor, input: CommandInput<"checkpoint">, options?: CommandOptions) {
    return this.#send("checkpoint", actor, input, options);
  }

  /** Does what is due (wakes waiters) and nothing else; {@link Journal.nextDeadline} says when that is. */
  tick(actor: wire.Actor, options?: CommandOptions) {
    return this.#send("tick", actor, {}, options);
  }

  // ---- What the policy says.

  /** Sets the policy that holds from now on. Its text becomes part of the journal. For humans. */
  setPolicy(actor: wire.Actor, input: CommandInput<"set_policy">, options?: CommandOptions) {
    return this.#send("set_policy", actor, input, options);
  }

  /**
   * May the actor do this? `decision.passes` says so, and the decision is recorded. Where a person has to
   * say yes first, `request` names the request that waits for them: then propose the same again.
   */
  proposeAction(actor: wire.Actor, input: CommandInput<"propose_action">, options?: CommandOptions) {
    return this.#send("propose_action", actor, input, options);
  }

  /** The action of a passed decision failed: its yeses can be used again, and it counts towards no limit. */
  giveBack(actor: wire.Actor, input: CommandInput<"give_back">, options?: CommandOptions) {
    return this.#send("give_back", actor, input, options);
  }

  /** A person says yes to a request. For humans. */
  approve(actor: wire.Actor, input: CommandInput<"approve">, options?: CommandOptions) {
    return this.#send("approve", actor, input, options);
  }

  /** A person says no to a request. For humans. */
  reject(actor: wire.Actor, input: CommandInput<"reject">, options?: CommandOptions) {
    return this.#send("reject", actor, input, options);
  }

  /** A person makes an exception from rules, for as long as `ttl`. For humans. */
  waive(actor: wire.Actor, input: CommandInput<"waive">, options?: CommandOptions) {
    return this.#send("waive", actor, input, options);
  }

  /** A person lifts all rules that can be lifted, for as long as `ttl` and for all to see. For humans. */
  breakGlass(actor: wire.Actor, input: CommandInput<"break_glass">, options?: CommandOptions) {
    return this.#send("break_glass", actor, input, options);
  }

  /**
   * Reserves what the actor's run is about to use up, at every limit that applies or at none. `estimate` is
   * by unit: tokens, or millionths of a dollar under `microdollars`. After `ttl` it counts in full.
   */
  reserve(actor: wire.Actor, input: CommandInput<"reserve">, options: Raising): Later<Async, Answered<wire.ReplyReservation>>;
  reserve(actor: wire.Actor, input: CommandInput<"reserve">, options?: CommandOptions): Later<Async, Answered<Replies["reserve"]>>;
  reserve(actor: wire.Actor, input: CommandInput<"reserve">, options?: CommandOptions) {
    return this.#send("reserve", actor, input, options);
  }

  /** Ends a reservation with what it came to. What `actual` does not name was used up in full. */
  settle(actor: wire.Actor, input: CommandInput<"settle">, options?: CommandOptions) {
    return this.#send("settle", actor, input, options);
  }

  /** Ends a reservation of which nothing was used. */
  cancelReservation(actor: wire.Actor, input: CommandInput<"cancel_reservation">, options?: CommandOptions) {
    return this.#send("cancel_reservation", actor, input, options);
  }

  /** Makes a prompt, skill or policy known by its digest, so that a run can say what it was given. */
  recordArtifact(actor: wire.Actor, input: CommandInput<"record_artifact">, options?: CommandOptions) {
    return this.#send("record_artifact", actor, input, options);
  }

  /** A person says that they read changes, and what they make of them. For humans. */
  recordReview(actor: wire.Actor, input: CommandInput<"record_review">, options?: CommandOptions) {
    return this.#send("record_review", actor, input, options);
  }

  /** Records a deployment; the reply says up to which change it goes, and whose place it took. */
  recordDeploy(actor: wire.Actor, input: CommandInput<"record_deploy">, options?: CommandOptions) {
    return this.#send("record_deploy", actor, input, options);
  }

  /** Records that something broke. */
  recordIncident(actor: wire.Actor, input: CommandInput<"record_incident">, options?: CommandOptions) {
    return this.#send("record_incident", actor, input, options);
  }

  /** Records that an incident is over, and what is to blame for it. Not for loops. */
  resolveIncident(actor: wire.Actor, input: CommandInput<"resolve_incident">, options?: CommandOptions) {
    return this.#send("resolve_incident", actor, input, options);
  }

  // ---- Queries. They change nothing.

  /** What stands, stood, or will stand in the way of work on these places? */
  conflicts(input: QueryInput<"conflicts">, options?: QueryOptions) {
    return this.#ask("conflicts", input, options);
  }

  /** May work done under this token still land? A forecast; it binds only inside {@link recordChange}. */
  admit(input: QueryInput<"admit">, options?: QueryOptions) {
    return this.#ask("admit", input, options);
  }

  /** What did a run claim, against what it changed? */
  workReport(input: QueryInput<"work_report">, options?: QueryOptions) {
    return this.#ask("work_report", input, options);
  }

  /** What should a run know before it starts? `rendered` is text for a prompt, within `budget_chars`. */
  brief(input: QueryInput<"brief">, options?: QueryOptions) {
    return this.#ask("brief", input, options);
  }

  /** A live claim or a pending wait by its name. */
  getClaim(input: QueryInput<"claim">, options?: QueryOptions) {
    return this.#ask("claim", input, options);
  }

  /** The live claims, by token: of one run, or all. */
  claims(input: QueryInput<"claims"> = {}, options?: QueryOptions) {
    return this.#ask("claims", input, options);
  }

  /** The pending waits, in the order in which they are asked. */
  waits(options?: QueryOptions) {
    return this.#ask("waits", {}, options);
  }

  /** A run by its name. */
  getRun(input: QueryInput<"run">, options?: QueryOptions) {
    return this.#ask("run", input, options);
  }

  /** What does a run do next: go on, wait, be verified, or stop? */
  nextStep(input: QueryInput<"next">, options?: QueryOptions) {
    return this.#ask("next", input, options);
  }

  /** What did a run do, where did it fail, what did it hold? Of one that died, for whoever goes on. */
  handover(input: QueryInput<"handover">, options?: QueryOptions) {
    return this.#ask("handover", input, options);
  }

  /** The runs that wait for somebody who verifies what they changed, those that asked first in front. */
  verifications(options?: QueryOptions) {
    return this.#ask("verifications", {}, options);
  }

  /** The runs that are alive, by name. */
  runs(options?: QueryOptions) {
    return this.#ask("runs", {}, options);
  }

  /** The registered repositories, by name. */
  repos(options?: QueryOptions) {
    return this.#ask("repos", {}, options);
  }

  /** The registered loops, by name. */
  loops(options?: QueryOptions) {
    return this.#ask("loops", {}, options);
  }

  /** A loop by its name: its definition, its schedule, and what its runs came to. */
  getLoop(input: QueryInput<"loop">, options?: QueryOptions) {
    return this.#ask("loop", input, options);
  }

  /** Which loops should start now, and for which slot? */
  due(options?: QueryOptions) {
    return this.#ask("due", {}, options);
  }

  /** What are all loops about to start, what will it take, and which of them collide? */
  forecast(input: QueryInput<"forecast">, options?: QueryOptions) {
    return this.#ask("forecast", input, options);
  }

  /** Reads a loop that somebody wrote as YAML, TOML or JSON, and checks it. Registers nothing. */
  readLoop(input: QueryInput<"read_loop">, options?: QueryOptions) {
    return this.#ask("read_loop", input, options);
  }

  /** The findings, the worst first: those that stand so, or all that are not resolved. */
  findings(input: QueryInput<"findings"> = {}, options?: QueryOptions) {
    return this.#ask("findings", input, options);
  }

  /** A finding by its key, with its history. */
  finding(input: QueryInput<"finding">, options?: QueryOptions) {
    return this.#ask("finding", input, options);
  }

  /** What waits for a person, or for anybody, with what they need to decide: the worst first. */
  inbox(input: QueryInput<"inbox"> = {}, options?: QueryOptions) {
    return this.#ask("inbox", input, options);
  }

  /** The notes that hold, warnings first: on these places, or all. */
  notes(input: QueryInput<"notes"> = {}, options?: QueryOptions) {
    return this.#ask("notes", input, options);
  }

  /** The conventions that people approved, as a skill that an agent can be given: `text` is a `SKILL.md`. */
  skill(input: QueryInput<"skill"> = {}, options?: QueryOptions) {
    return this.#ask("skill", input, options);
  }

  /** Findings and notes as a Markdown file that is stable under diff. */
  stateFile(options?: QueryOptions) {
    return this.#ask("state_file", {}, options);
  }

  /** Would the policy allow this action? `decision.would_allow` says what would make it pass. Asks nobody. */
  check(input: QueryInput<"check">, options?: QueryOptions) {
    return this.#ask("check", input, options);
  }

  /** The policy that holds; absent before one was set. */
  policy(options?: QueryOptions) {
    return this.#ask("policy", {}, options);
  }

  /** The requests for a person's yes, the latest first: all, or those that stand so. */
  requests(input: QueryInput<"requests"> = {}, options?: QueryOptions) {
    return this.#ask("requests", input, options);
  }

  /** A request by its name. */
  request(input: QueryInput<"request">, options?: QueryOptions) {
    return this.#ask("request", input, options);
  }

  /** The exceptions that hold, broken glass included. */
  exceptions(options?: QueryOptions) {
    return this.#ask("exceptions", {}, options);
  }

  /** What counts towards limits now, by limit and holder. */
  spend(options?: QueryOptions) {
    return this.#ask("spend", {}, options);
  }

  /**
   * What led to this? The causal chain back from paths, a service, a change, a deploy or an incident, as far
   * as people.
   */
  trace(input: QueryInput<"trace">, options?: QueryOptions) {
    return this.#ask("trace", input, options);
  }

  /** Which changes may be to blame? The likeliest first, each with the parts of its score. */
  suspects(input: QueryInput<"suspects">, options?: QueryOptions) {
    return this.#ask("suspects", input, options);
  }

  /** Which changes of a branch took others of it back, and what shows it? */
  reverts(input: QueryInput<"reverts">, options?: QueryOptions) {
    return this.#ask("reverts", input, options);
  }

  /** Which paths of a branch do two sides fight over? The hottest first. */
  wars(input: QueryInput<"wars">, options?: QueryOptions) {
    return this.#ask("wars", input, options);
  }

  /** Which changes are others that landed anew: rebased, squashed, picked? */
  rewrites(input: QueryInput<"rewrites">, options?: QueryOptions) {
    return this.#ask("rewrites", input, options);
  }

  /** Whose work would this change undo, if it landed now? Names the change, its intent and its check. */
  wouldRevert(input: QueryInput<"would_revert">, options?: QueryOptions) {
    return this.#ask("would_revert", input, options);
  }

  /** How much of what loops made has no person read? By area; by the policy's where none is named. */
  comprehension(input: QueryInput<"comprehension"> = {}, options?: QueryOptions) {
    return this.#ask("comprehension", input, options);
  }

  /** A part of history in the words of others: PROV-JSON, in-toto, Agent Trace, OTLP, Graphviz, Mermaid. */
  export(input: QueryInput<"export">, options?: QueryOptions) {
    return this.#ask("export", input, options);
  }

  /** How much history there is: who changed what, why, on whose word, and what broke. */
  history(options?: QueryOptions) {
    return this.#ask("history", {}, options);
  }

  /** Where the journal ends, as far as it was read. */
  head(options?: QueryOptions) {
    return this.#ask("head", {}, options);
  }

  /** The digest of the hot state: equal everywhere after the same records. Its cost grows with the state. */
  stateHash(options?: QueryOptions) {
    return this.#ask("state_hash", {}, options);
  }

  /** When a lease or the run of a wait next ends by itself. */
  nextDeadline(options?: QueryOptions) {
    return this.#ask("next_deadline", {}, options);
  }

  // ---- Runs that keep themselves alive.

  /**
   * Starts a run that renews itself until it is finished or disposed of.
   *
   * ```ts
   * await using run = await loom.run({ actor: { kind: "loop", id: "nightly" } });
   * using claim = run.claim("src/**", { repo: "shop", mode: "write", ttl: "30m" });
   * if (claim.type === "granted") await work(claim.signal);
   * ```
   */
  run(input: RunInput): Later<Async, Run<Async>> {
    return start(this, input);
  }
}

function doorText(text: string, field: string): string {
  return wellFormed(text, field, (message) => LoomError.of({ code: "invalid_json", next: "fix_input", message, field }));
}

/** The points in time among the fields that are not in the form of the wire, in that form. */
function times(fields: object): Record<string, string> {
  const given = Object.entries(fields).filter(([name, value]) => {
    return (name === "from" || name === "until") && (typeof value === "number" || value instanceof Date);
  });
  return Object.fromEntries(given.map(([name, value]) => [name, wireTime(value as Time, name)]));
}

function parsed<T>(json: string): T {
  return JSON.parse(json) as T;
}

/** Replies that say that nothing was done. */
const NOTHING_DONE: ReadonlySet<wire.Reply["type"]> = new Set([
  "change_fenced",
  "finding_not_taken",
  "iteration_not_begun",
  "not_allowed",
  "run_not_done",
  "run_not_started",
  "verification_not_requested",
]);

function isRefusal(reply: wire.Reply): boolean {
  if (NOTHING_DONE.has(reply.type)) return true;
  if (reply.type === "reservation") return reply.reservation.type !== "granted";
  return (reply.type === "claim" || reply.type === "hand_over") && reply.claim.type === "refused";
}
