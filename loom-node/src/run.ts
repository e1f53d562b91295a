import "./dispose.js";
import { randomUUID } from "node:crypto";
import { LoomError, LostError } from "./errors.js";
import type { Answered, CommandInput, CommandOptions, Journal, Later, Raising, Replies } from "./journal.js";
import { Lease } from "./lease.js";
import type { PathSet, Pattern } from "./paths.js";
import type { Duration } from "./time.js";
import type * as wire from "./wire.js";

/** How a run is started. */
export interface RunInput {
  /** Who starts it. A `run` of the actor is the new run's parent. */
  actor: wire.Actor;
  /** The new run's name; a fresh UUID where absent. */
  run?: wire.RunId | undefined;
  /** The loop that it belongs to; its parent's where absent. */
  loop?: wire.LoopId | undefined;
  /** The slot of the loop that it starts for; another run that has it is a {@link RefusedError}. */
  slot?: wire.Slot | undefined;
  /** The run that it works for. */
  parent?: wire.RunId | undefined;
  /** The length of its lease; 15 minutes where absent. */
  ttl?: Duration | undefined;
  /** What it came to where it is disposed of without a word; `stopped` where absent. */
  outcome?: wire.RunOutcome | undefined;
  /**
   * Called with each notice that a heartbeat brings, once. Notices stay unread where it is absent. What it
   * throws is an uncaught exception, as from any listener.
   */
  onNotice?: ((notice: wire.Notice) => void) | undefined;
}

/** How a run claims one place. */
export interface ClaimPlace extends Omit<CommandInput<"claim">, "specs"> {
  /** The repository. */
  repo: wire.RepoId;
  /** The branch that the work will land on; the repository's default branch where absent. */
  branch?: wire.Branch | undefined;
  /** Named things that are no files. */
  resources?: readonly wire.Resource[] | undefined;
}

/** The paths of a claim: in any form of the wire, or compiled before. */
export type Paths = wire.PathSetInput | PathSet | Pattern;

/** What a run's claim came to: told apart by `type`. A refusal is a value. */
export type Claim<Async extends boolean = false> =
  | GrantedClaim<Async>
  | WaitingClaim<Async>
  | RefusedClaim<Async>
  | NotAllowedClaim<Async>;
/** A {@link Claim} of a handle that answers with promises. */
export type AsyncClaim = Claim<true>;
/** A {@link Run} of a handle that answers with promises. */
export type AsyncRun = Run<true>;

/** `using` is for what ends at once; what ends with a promise is for `await using`. */
type DisposeOf<Async extends boolean> = Async extends true ? undefined : () => void;

/** Something that ends by itself at the end of a scope. */
abstract class Scoped<Async extends boolean> {
  /** Ends it, on a handle that answers at once. */
  declare readonly [Symbol.dispose]: DisposeOf<Async>;

  /** @internal */
  protected constructor(readonly journal: Journal<Async>) {
    if (!journal.isAsync) {
      Object.defineProperty(this, Symbol.dispose, { value: () => void this.close() });
    }
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Ends it, unless that was done before. @internal */
  abstract close(): Later<Async, unknown>;
}

/** A run that renews its lease, and with it its claims, at a third of its length until it is finished. */
export class Run<Async extends boolean = false> extends Scoped<Async> {
  /** Its name. */
  readonly id: wire.RunId;
  /** Who acts for it: pass it to the commands of the journal. */
  readonly actor: wire.Actor;
  /** What it comes to where it is disposed of without a word. */
  outcome: wire.RunOutcome;
  readonly #lease: Lease;
  readonly #onNotice: RunInput["onNotice"];
  readonly #claims = new Map<wire.Token, GrantedClaim<Async>>();
  #seen: number | undefined;

  /** @internal */
  constructor(journal: Journal<Async>, input: RunInput, answer: Answered<wire.ReplyRunStarted>) {
    super(journal);
    this.id = answer.reply.run;
    this.actor = { ...input.actor, run: this.id };
    this.outcome = input.outcome ?? "stopped";
    this.#onNotice = input.onNotice;
    const length = between(answer.at, answer.reply.live_until);
    this.#lease = new Lease(journal.timers, length, () => this.heartbeat());
    this.signal.addEventListener("abort", () => {
      for (const claim of this.#claims.values()) claim.lose(this.signal.reason);
    });
  }

  /** Aborted when the run is found to be dead; the reason is the error that said so. */
  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /** Whether it is not finished and, as far as is known here, alive. */
  get isLive(): boolean {
    return this.#lease.isHeld;
  }

  /** Says that the run is alive. Timers do that too; a claim that is found lost aborts its signal. */
  heartbeat(options?: CommandOptions): Later<Async, Answered<wire.ReplyBeaten>> {
    const beat = this.journal.heartbeat(this.actor, { seen: this.#seen }, options);
    return this.journal.map(beat, (answer: Answered<wire.ReplyBeaten>) => {
      this.#skipped(answer.reply.claims.skipped);
      if (this.#onNotice !== undefined) {
        for (const notice of answer.reply.notices) {
          this.#seen = notice.seq;
          // On its own: what a listener throws is no word about the lease.
          queueMicrotask(() => this.#onNotice?.(notice));
        }
      }
      return answer;
    });
  }

  /** Claims paths of one repository. Answers a granted, a waiting or a refused claim, or one that is not allowed. */
  claim(paths: Paths, place: ClaimPlace, options: Raising): Later<Async, GrantedClaim<Async> | WaitingClaim<Async>>;
  claim(paths: Paths, place: ClaimPlace, options?: CommandOptions): Later<Async, Claim<Async>>;
  claim(paths: Paths, place: ClaimPlace, options?: CommandOptions): Later<Async, Claim<Async>> {
    const { repo, branch, resources, ...rest } = place ?? ({} as ClaimPlace);
    const spec = { repo, branch, resources, paths: paths as wire.PathSetInput };
    return this.claimAll({ ...rest, specs: [spec] }, options);
  }

  /** Claims several places as one, all or none. */
  claimAll(input: CommandInput<"claim">, options?: CommandOptions): Later<Async, Claim<Async>> {
    const asked = this.journal.claim(this.actor, input, options);
    return this.journal.map(asked, (answer: Answered<Replies["claim"]>): Claim<Async> => {
      if (answer.reply.type === "not_allowed") return new NotAllowedClaim(this, answer.reply);
      const { claim, governed } = answer.reply;
      if (claim.type === "waiting") return new WaitingClaim(this, claim);
      if (claim.type === "refused") return new RefusedClaim(this, claim);
      const granted = new GrantedClaim(this, claim, governed, between(answer.at, claim.expires_at));
      this.#claims.set(granted.token, granted);
      return granted;
    });
  }

  /** Records a change of this run. */
  recordChange(input: CommandInput<"record_change">, options?: CommandOptions) {
    return this.journal.recordChange(this.actor, input, options);
  }

  /** What should this run know? `rendered.text` is for a prompt. */
  brief(input: Omit<wire.QueryBrief, "type" | "run"> = {}) {
    return this.journal.brief({ ...input, run: this.id });
  }

  /**
   * Ends the run with its outcome: its claims are released, its wait is withdrawn. Throws a {@link RefusedError}
   * where it iterates, calls itself done, and is not: then it goes on.
   */
  finish(outcome: wire.RunOutcome, summary?: string, options?: CommandOptions): Later<Async, Answered<wire.ReplyRunFinished>> {
    const finished = this.journal.finishRun(this.actor, { outcome, summary }, { ...options, raiseOnRefusal: true });
    return this.journal.map(finished, (answer: Answered<wire.ReplyRunFinished>) => {
      this.#end();
      return answer;
    });
  }

  /** @internal */
  override close(): Later<Async, unknown> {
    if (!this.isLive) {
      this.#end();
      return this.journal.value(undefined);
    }
    return this.journal.orGone(() => this.finish(this.outcome), () => this.#end());
  }

  /** The claim is not this run's any more, or not held. @internal */
  forget(token: wire.Token): void {
    this.#claims.delete(token);
  }

  #skipped(skipped: readonly wire.Skipped[] | undefined): void {
    for (const { token, why } of skipped ?? []) {
      this.#claims.get(token)?.lose(new LostError(`claim ${token}`, why));
    }
  }

  #end(): void {
    this.#lease.end();
    for (const claim of this.#claims.values()) claim.end();
    this.#claims.clear();
  }
}

/** A claim that is held: renewed at a third of its lease until it is released, handed over or lost. */
export class GrantedClaim<Async extends boolean = false> extends Scoped<Async> {
  /** Tells it apart. */
  readonly type = "granted";
  readonly #run: Run<Async>;
  readonly #lease: Lease;

  /** @internal */
  constructor(
    run: Run<Async>,
    /** What was granted, and who else works there. */
    readonly reply: wire.ClaimReplyGranted,
    /** Whether a policy holds, and allows it. */
    readonly governed: boolean,
    lengthMs: number,
  ) {
    super(run.journal);
    this.#run = run;
    this.#lease = new Lease(run.journal.timers, lengthMs, () => this.renew());
  }

  /** Its name and fence: give it with the changes made under it. */
  get token(): wire.Token {
    return this.reply.token;
  }

  /** Aborted when the claim is found to be lost; the reason says why. Hand it to the work. */
  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /** Whether it is held, as far as is known here. */
  get isHeld(): boolean {
    return this.#lease.isHeld;
  }

  /** Renews it now, with the same length of lease unless another is given. */
  renew(input: { ttl?: Duration | undefined } = {}, options?: CommandOptions): Later<Async, Answered<wire.ReplyRenewed>> {
    const renewed = this.journal.renew(this.#run.actor, { ...input, tokens: [this.token] }, options);
    return this.journal.map(renewed, (answer: Answered<wire.ReplyRenewed>) => {
      for (const { why } of answer.reply.claims.skipped ?? []) this.lose(new LostError(`claim ${this.token}`, why));
      return answer;
    });
  }

  /** Makes it hold less. */
  narrow(specs: readonly wire.SpecRequestInput[], options?: CommandOptions) {
    return this.journal.narrow(this.#run.actor, { token: this.token, specs }, options);
  }

  /** Gives it to another run. Where that is not refused, this handle holds nothing any more. */
  handOver(to: wire.RunId, options?: CommandOptions): Later<Async, Answered<wire.ReplyHandOver>> {
    const handed = this.journal.handOver(this.#run.actor, { token: this.token, to }, options);
    return this.journal.map(handed, (answer: Answered<wire.ReplyHandOver>) => {
      if (answer.reply.claim.type === "handed_over") this.end();
      return answer;
    });
  }

  /** Releases it. Answers what is free now, and why not where it is not. */
  release(options?: CommandOptions): Later<Async, Answered<wire.ReplyReleased>> {
    const released = this.journal.release(this.#run.actor, { tokens: [this.token] }, options);
    return this.journal.map(released, (answer: Answered<wire.ReplyReleased>) => {
      this.end();
      return answer;
    });
  }

  /** @internal */
  override close(): Later<Async, unknown> {
    if (!this.isHeld) return this.journal.value(undefined);
    return this.journal.orGone(() => this.release(), () => this.end());
  }

  /** Stops renewing. @internal */
  end(): void {
    this.#lease.end();
    this.#run.forget(this.token);
  }

  /** Stops renewing, and tells whoever works under it. @internal */
  lose(why: unknown): void {
    this.#lease.lose(why);
    this.#run.forget(this.token);
  }
}

/**
 * A claim that is queued. Once it is granted, `loom.claims({ run: run.id })` lists it, and whoever's command
 * made room was told in `woken`. The run's heartbeats renew it. The wait is withdrawn at the end of the scope.
 */
export class WaitingClaim<Async extends boolean = false> extends Scoped<Async> {
  /** Tells it apart. */
  readonly type = "waiting";
  readonly #run: Run<Async>;
  #isOver = false;

  /** @internal */
  constructor(
    run: Run<Async>,
    /** The name of the wait, and who is in the way. */
    readonly reply: wire.ClaimReplyWaiting,
  ) {
    super(run.journal);
    this.#run = run;
  }

  /** Withdraws the wait. A claim that was granted for it meanwhile stays with the run. */
  withdraw(options?: CommandOptions): Later<Async, Answered<wire.ReplyWithdrawn>> {
    const withdrawn = this.journal.withdraw(this.#run.actor, options);
    return this.journal.map(withdrawn, (answer: Answered<wire.ReplyWithdrawn>) => {
      this.#isOver = true;
      return answer;
    });
  }

  /** @internal */
  override close(): Later<Async, unknown> {
    if (this.#isOver || !this.#run.isLive) return this.journal.value(undefined);
    return this.journal.orGone(() => this.withdraw(), () => undefined);
  }
}

/** A claim that was not granted. It holds nothing, and ends without a word. */
export class RefusedClaim<Async extends boolean = false> extends Scoped<Async> {
  /** Tells it apart. */
  readonly type = "refused";

  /** @internal */
  constructor(
    run: Run<Async>,
    /** Why, and who is in the way: `reply.meetings.list[0]` carries the witness. */
    readonly reply: wire.ClaimReplyRefused,
  ) {
    super(run.journal);
  }

  /** @internal */
  override close(): Later<Async, unknown> {
    return this.journal.value(undefined);
  }
}

/** A claim that the policy does not let pass. It holds nothing, and ends without a word. */
export class NotAllowedClaim<Async extends boolean = false> extends Scoped<Async> {
  /** Tells it apart. */
  readonly type = "not_allowed";

  /** @internal */
  constructor(
    run: Run<Async>,
    /** Why, and the requests for a yes that wait for a person: then claim again. */
    readonly reply: wire.ReplyNotAllowed,
  ) {
    super(run.journal);
  }

  /** @internal */
  override close(): Later<Async, unknown> {
    return this.journal.value(undefined);
  }
}

/** @internal */
export function start<Async extends boolean>(journal: Journal<Async>, input: RunInput): Later<Async, Run<Async>> {
  // Who passes nothing is told by the library what is missing.
  const { actor, run = randomUUID(), loop, parent = actor?.run, slot, ttl } = (input ?? {}) as Partial<RunInput>;
  const starter = { ...actor, run: undefined } as wire.Actor;
  const started = journal.startRun(starter, { run, loop, parent, slot, ttl }, { raiseOnRefusal: true });
  return journal.map(started, (answer: Answered<wire.ReplyRunStarted>) => new Run(journal, input, answer));
}

/** The run was finished by somebody else: nothing is left to end. @internal */
export function isGone(why: unknown): boolean {
  return why instanceof LoomError && why.code === "run_not_live";
}

function between(from: wire.Timestamp, until: wire.Timestamp): number {
  return Math.max(0, Date.parse(until) - Date.parse(from));
}
