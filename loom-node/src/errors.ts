import type { Code, ErrorBody, Next, Reply, ReplyNotAllowed, ReplyRunNotStarted, ReserveReply } from "./wire.js";

/**
 * What the library throws and rejects with. Branch on {@link code} or {@link next}, or on the class;
 * the message is for people and may change. A refusal (a conflict, a fenced change) is a reply and not
 * an error, unless `raiseOnRefusal` asked for a {@link RefusedError}.
 */
export class LoomError extends Error {
  /** What went wrong, as a stable word: the same in every language. */
  readonly code: Code;
  /** What to do next. `retry` means: the same again, the same id included, after a while. */
  readonly next: Next;
  /** The field that it is about, as a path into the input. */
  readonly field: string | undefined;
  /** The name of the limit that was passed. */
  readonly limit: string | undefined;

  /** Stores that are written in JavaScript throw these; see {@link LoomError.of}. */
  constructor(body: ErrorBody, options?: ErrorOptions) {
    super(body.field === undefined ? body.message : `${body.field}: ${body.message}`, options);
    this.name = new.target.name;
    this.code = body.code;
    this.next = body.next;
    this.field = body.field;
    this.limit = body.limit;
  }

  /** The error of a code, of the class that {@link ERROR_CLASSES} names for it. */
  static of(body: ErrorBody, options?: ErrorOptions): LoomError {
    return new ERROR_CLASSES[body.code](body, options);
  }
}

/** What was given cannot be read: a path, a pattern, a field, a policy or the JSON itself. Change it. */
export class InvalidInputError extends LoomError {}
/** A list, text, number or record is over (or under) a documented limit, named by `limit`. */
export class LimitError extends LoomError {}
/** What was named does not exist here, or there is no journal or no policy yet. */
export class NotFoundError extends LoomError {}
/** It stands in the way of what is there already: a name, an id, a wait, a claim that would grow. */
export class ExistsError extends LoomError {}
/** This actor, or this kind of actor, may not send this command. */
export class NotPermittedError extends LoomError {}
/** The run, the claim or the request has ended or lapsed. Read the state again, then decide. */
export class NotLiveError extends LoomError {}
/** The journal is not what it was, or is too new to be read. */
export class JournalError extends LoomError {}
/** The store cannot be reached, or nobody knows whether the command landed: send the same command again. */
export class UnavailableError extends LoomError {}
/** A bug in the library. Nothing was changed. */
export class InternalError extends LoomError {}

/** The class of every code. */
export const ERROR_CLASSES: Readonly<Record<Code, new (body: ErrorBody, options?: ErrorOptions) => LoomError>> =
  Object.freeze({
    invalid_path: InvalidInputError,
    invalid_pattern: InvalidInputError,
    invalid_field: InvalidInputError,
    missing_field: InvalidInputError,
    invalid_json: InvalidInputError,
    invalid_policy: InvalidInputError,
    limit_exceeded: LimitError,
    too_large: LimitError,
    not_found: NotFoundError,
    no_journal: NotFoundError,
    no_policy: NotFoundError,
    already_exists: ExistsError,
    id_reused: ExistsError,
    already_waiting: ExistsError,
    not_narrower: ExistsError,
    not_permitted: NotPermittedError,
    run_not_live: NotLiveError,
    claim_not_live: NotLiveError,
    request_not_open: NotLiveError,
    broken_chain: JournalError,
    gap: JournalError,
    newer_journal: JournalError,
    corrupt: JournalError,
    regressed: JournalError,
    outcome_unknown: UnavailableError,
    unavailable: UnavailableError,
    clock_ahead: UnavailableError,
    internal: InternalError,
  });

/** A refusal, thrown because `raiseOnRefusal` was set. The journal is as it would be without it. */
export class RefusedError extends Error {
  /** The refusal: `claim`, `hand_over` or `reservation` with `refused` inside, `change_fenced`,
   * `run_not_started`, `iteration_not_begun`, `verification_not_requested`, `run_not_done`, `finding_not_taken`,
   * or `not_allowed`. */
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused: ${why(reply)}`);
    this.name = "RefusedError";
    this.reply = reply;
  }
}

/** A claim or a run that is held by this process was lost: it lapsed, was revoked or was handed over. */
export class LostError extends Error {
  /** What became of it, in the word of the journal. */
  readonly why: string;

  constructor(what: string, why: string) {
    super(`${what} is not held any more: ${why}`);
    this.name = "LostError";
    this.why = why;
  }
}

/** The handle was closed before. */
export class ClosedError extends Error {
  /** Stable. */
  readonly code = "ERR_LOOMSTACK_CLOSED";

  constructor() {
    super("this handle of the journal is closed");
    this.name = "ClosedError";
  }
}

function why(reply: Reply): string {
  if (reply.type === "not_allowed") return policy(reply);
  if (reply.type === "verification_not_requested") return "there is nothing to verify now";
  if (reply.type === "iteration_not_begun" || reply.type === "run_not_done") {
    return `the run has to ${reply.next.type} first`;
  }
  if (reply.type === "finding_not_taken") {
    return `finding ${reply.key} is ${reply.why}${reply.by === undefined ? "" : ` by run ${reply.by}`}`;
  }
  if (reply.type === "run_not_started") return notStarted(reply);
  if (reply.type === "reservation") return reserved(reply.reservation);
  if (reply.type === "change_fenced") return `the token of change ${reply.id} does not hold any more`;
  if ((reply.type !== "claim" && reply.type !== "hand_over") || reply.claim.type !== "refused") return reply.type;
  const { why, meetings } = reply.claim;
  if (why.type === "deadlock") return `it would close the circle ${why.cycle.join(" → ")}`;
  const first = meetings.list[0];
  if (first === undefined) return why.type;
  const { met } = first;
  const place = met.type === "path" ? (met.witness ?? met.requested) : met.resource;
  return `run ${first.run} holds ${typeof place === "string" ? place : JSON.stringify(place)}`;
}

function notStarted({ loop, why, by }: ReplyRunNotStarted): string {
  const run = by === undefined || by === null ? "" : ` (run ${by})`;
  return `loop ${loop} does not start: ${why.replaceAll("_", " ")}${run}`;
}

function policy({ decision }: ReplyNotAllowed): string {
  const rules = decision.reasons.map((it) => it.rule.id).join(", ");
  return `the policy says ${decision.verdict} (${rules})`;
}

function reserved(reply: ReserveReply): string {
  if (reply.type === "refused") return `no room at ${reply.short.map((it) => it.limit).join(", ")}`;
  return reply.type === "granted" ? reply.type : `limit ${reply.charge.limit} counts ${reply.unit}, and no estimate names it`;
}

/** What the native half threw, as the error of its code. @internal */
export function fromNative(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const body = bodyOf(thrown.message);
  if (body !== undefined) return LoomError.of(body);
  return LoomError.of({ code: "internal", next: "stop", message: thrown.message }, { cause: thrown });
}

/** An error of the library says what it is in JSON; a panic, or Node-API itself, says it in words. */
function bodyOf(message: string): ErrorBody | undefined {
  try {
    const body = JSON.parse(message) as Partial<ErrorBody> | null;
    return typeof body?.code === "string" && Object.hasOwn(ERROR_CLASSES, body.code) ? (body as ErrorBody) : undefined;
  } catch {
    return undefined;
  }
}

/** Calls into the native half. @internal */
export function calling<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/** The same, where the answer is a promise. @internal */
export async function promising<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw fromNative(thrown);
  }
}
