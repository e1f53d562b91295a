/**
 * The coordination layer above agent loops: claims, runs and changes over one shared journal.
 *
 * Open a journal with {@link Loom.open} or {@link AsyncLoom.open}. Fields of requests and replies are named as
 * on the wire, in snake_case, so that one vocabulary holds in every language and in every record; methods are
 * named in camelCase.
 *
 * @packageDocumentation
 */
import "./dispose.js";

export {
  ClosedError,
  ERROR_CLASSES,
  ExistsError,
  InternalError,
  InvalidInputError,
  JournalError,
  LimitError,
  LoomError,
  LostError,
  NotFoundError,
  NotLiveError,
  NotPermittedError,
  RefusedError,
  UnavailableError,
} from "./errors.js";
export type {
  Answered,
  Asked,
  CommandInput,
  CommandName,
  CommandOptions,
  Journal,
  Later,
  LoomOptions,
  QueryInput,
  QueryName,
  QueryOptions,
  QueryReplies,
  Raising,
  Replies,
} from "./journal.js";
export type { Timers } from "./lease.js";
export { AsyncLoom, Loom } from "./loom.js";
export { type Containment, type Emptiness, type Overlap, PathSet, Pattern } from "./paths.js";
export type {
  AsyncClaim,
  AsyncRun,
  Claim,
  ClaimPlace,
  GrantedClaim,
  NotAllowedClaim,
  Paths,
  RefusedClaim,
  Run,
  RunInput,
  WaitingClaim,
} from "./run.js";
export type { Awaitable, NewRecord, Store, StoredRecord, StoredSnapshot, StoredText } from "./store.js";
export type { Duration, Time } from "./time.js";
export type * as wire from "./wire.js";
