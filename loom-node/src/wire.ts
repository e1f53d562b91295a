// Generated from tests/schema by scripts/wire.mjs: run `npm run generate` after the schema changed.

// Names are those of the wire in every language. Times are RFC 3339 in UTC, names in _ms are milliseconds.

/**
 * Something that is about to be done. What is not given is unknown, and what is unknown never
 * loosens a decision.
 */
export interface Action {
  /** By whom; the sender of the command where absent. */
  actor?: Actor | undefined;
  /** The blobs that paths would hold afterwards, by path: what tells a revert before it lands. */
  blobs?: Readonly<Record<string, ActorId>> | undefined;
  /** On which branch it lands. */
  branch?: Branch | undefined;
  /** The shell line. */
  command?: string | undefined;
  /** The digest of the patch or tree that it is about. */
  digest?: Digest | undefined;
  /** The dependencies that it adds. */
  edges?: readonly Edge[] | undefined;
  /** In which environment. */
  environment?: ActorId | undefined;
  /** What it is expected to use up. */
  estimate?: Readonly<Record<string, number>> | undefined;
  /** Facts that the caller knows. */
  facts?: Readonly<Record<string, FactValue>> | undefined;
  /** In which repository. */
  repo?: RepoId | undefined;
  /** On which named things that are no files. */
  resources?: readonly Resource[] | undefined;
  /** For which run; the actor's own where absent. */
  run?: RunId | undefined;
  /** On which service. */
  service?: ActorId | undefined;
  /** How much it changes. */
  size?: Size | undefined;
  /** On which paths. */
  targets?: Targets | undefined;
  /** With which tool. */
  tool?: ActorId | undefined;
  /** What is done. */
  verb: Verb;
}

/**
 * Something that is about to be done. What is not given is unknown, and what is unknown never
 * loosens a decision.
 */
export interface ActionInput {
  /** By whom; the sender of the command where absent. */
  actor?: Actor | undefined;
  /** The blobs that paths would hold afterwards, by path: what tells a revert before it lands. */
  blobs?: Readonly<Record<string, ActorId>> | undefined;
  /** On which branch it lands. */
  branch?: Branch | undefined;
  /** The shell line. */
  command?: string | undefined;
  /** The digest of the patch or tree that it is about. */
  digest?: Digest | undefined;
  /** The dependencies that it adds. */
  edges?: readonly Edge[] | undefined;
  /** In which environment. */
  environment?: ActorId | undefined;
  /** What it is expected to use up. */
  estimate?: Readonly<Record<string, number>> | undefined;
  /** Facts that the caller knows. */
  facts?: Readonly<Record<string, FactValue>> | undefined;
  /** In which repository. */
  repo?: RepoId | undefined;
  /** On which named things that are no files. */
  resources?: readonly Resource[] | undefined;
  /** For which run; the actor's own where absent. */
  run?: RunId | undefined;
  /** On which service. */
  service?: ActorId | undefined;
  /** How much it changes. */
  size?: Size | undefined;
  /** On which paths. */
  targets?: TargetsInput | undefined;
  /** With which tool. */
  tool?: ActorId | undefined;
  /** What is done. */
  verb: Verb;
}

/** Who sends a command, as the caller has authenticated them. */
export interface Actor {
  /** The account that pays or is logged in, where that differs from `id`. */
  account?: ActorId | undefined;
  /** The name within the kind. */
  id: ActorId;
  /** Person, loop or service. */
  kind: ActorKind;
  /** The model behind the run. */
  model?: ActorId | undefined;
  /** The run that the command belongs to. Claims are held by runs. */
  run?: RunId | undefined;
  /** The team that the actor speaks for. */
  team?: TeamId | undefined;
}

/** Names an actor within its kind. */
export type ActorId = string;

/**
 * The three kinds of actor.
 *
 * - `human`: A person.
 * - `loop`: An unattended program that prompts agents, or one of its agents.
 * - `service`: A program that is no loop: a CI server, a deployer, a notifier.
 */
export type ActorKind = "human" | "loop" | "service";

/** May work done under a token still land? */
export type Admission = AdmissionAdmitted | AdmissionOutside | AdmissionLapsed | AdmissionSuperseded;

/** Yes: the claim is live and holds these paths. */
export interface AdmissionAdmitted {
  type: "admitted";
}

/** No: the claim ended and nobody else holds these paths, or it is another work's claim. */
export interface AdmissionLapsed {
  type: "lapsed";
  /** How it ended; `other_work` for a live claim that the asking run does not work inside. */
  why: NotDone;
}

/** The claim is live but does not hold these paths. */
export interface AdmissionOutside {
  type: "outside";
  /** The first path, as given, that it does not hold. */
  path: string;
}

/** No: the claim ended and somebody else holds, or took over, what it held. */
export interface AdmissionSuperseded {
  type: "superseded";
  /** The later claim. */
  by: Token;
}

/** A reply with the moment it was decided at. */
export interface Answer {
  /** The journal's time at the decision. */
  at: Timestamp;
  /**
   * The version of the journal that the decision was made on. A refusal without a record is
   * final only while the store's head still has this version.
   */
  decided_at: number;
  /** The caller's clock was behind the journal, and was lifted to `at`. */
  lifted?: boolean | undefined;
  /** The reply. */
  reply: Reply;
  /** Waits that were served with this record, by runs other than the asking one's command. */
  woken?: readonly Woken[] | undefined;
}

/** What to do. */
export type Body = BodyCreateJournal | BodyRegisterRepo | BodyRegisterLoop | BodyStartRun | BodyHeartbeat | BodyFinishRun | BodyClaim | BodyRenew | BodyNarrow | BodyHandOver | BodyRelease | BodyRevoke | BodyWithdraw | BodyRecordChange | BodyRecordVerification | BodyErase | BodyRecover | BodyCheckpoint | BodySetPolicy | BodyProposeAction | BodyGiveBack | BodyApprove | BodyReject | BodyWaive | BodyBreakGlass | BodyReserve | BodySettle | BodyCancelReservation | BodyTick;

/** A person says yes to a request. */
export interface BodyApprove {
  type: "approve";
  /** In their own words. */
  note?: string | undefined;
  /** Which. */
  request: Token;
  /** A signature that whoever carries the answer has checked. */
  signature?: string | undefined;
}

/** A person lifts all rules that can be lifted, for a short while and for all to see. */
export interface BodyBreakGlass {
  type: "break_glass";
  /** Why. */
  reason: string;
  /**
   * For what.
   *
   * Where absent: `{}`.
   */
  scope?: WaiverScopeInput | undefined;
  /** For how many milliseconds. */
  ttl_ms: number;
}

/** Ends a reservation of which nothing was used. */
export interface BodyCancelReservation {
  type: "cancel_reservation";
  /** Which. */
  id: ReservationId;
}

/** Says that a snapshot stands for all records up to a version, so that they may be archived. */
export interface BodyCheckpoint {
  type: "checkpoint";
  /** The hash of the snapshot. */
  snapshot: Digest;
  /** The version. */
  ver: number;
}

/** Asks for a claim for the actor's run. */
export interface BodyClaim {
  type: "claim";
  /** What for. */
  intent?: string | undefined;
  /** How strongly. */
  mode: Mode;
  /**
   * What to do where it cannot be granted.
   *
   * Where absent: `"refuse"`.
   */
  on_conflict?: OnConflict | undefined;
  /**
   * Leave out what meets, and grant the rest.
   *
   * Where absent: `false`.
   */
  partial?: boolean | undefined;
  /**
   * 0 to 9; more is served earlier.
   *
   * Where absent: `0`.
   */
  priority?: number | undefined;
  /** 1 to 64 places; atomic over all. */
  specs: readonly SpecRequestInput[];
  /** The length of the lease in milliseconds. */
  ttl_ms: number;
}

/** Makes the journal: its first record, and its first human, the actor. */
export interface BodyCreateJournal {
  type: "create_journal";
  /** The name of the workspace. */
  workspace: WorkspaceId;
}

/** A person has texts forgotten. */
export interface BodyErase {
  type: "erase";
  /** The digests of the texts. */
  texts: readonly Digest[];
}

/** The actor's run ends: its claims are released, its wait withdrawn. */
export interface BodyFinishRun {
  type: "finish_run";
  /** What it came to. */
  outcome: RunOutcome;
  /** In its own words. */
  summary?: string | undefined;
}

/**
 * The action of a passed decision failed: the yeses that it used can be used again, and what it
 * counted towards limits is taken back.
 */
export interface BodyGiveBack {
  type: "give_back";
  /** The decision. */
  decision: Token;
}

/** Gives a claim of the actor's run to another run. */
export interface BodyHandOver {
  type: "hand_over";
  /** To whom. */
  to: RunId;
  /** Which. */
  token: Token;
}

/** The actor's run is alive: renews its lease and its claims, and brings its notices. */
export interface BodyHeartbeat {
  type: "heartbeat";
  /** The last notice that was read. */
  seen?: number | undefined;
}

/** Makes a claim of the actor's run hold less. */
export interface BodyNarrow {
  type: "narrow";
  /** All that it shall hold. */
  specs: readonly SpecRequestInput[];
  /** Which. */
  token: Token;
}

/**
 * Asks whether the actor may do something, and records what was decided. Where a person has to
 * say yes first, that is asked for.
 */
export interface BodyProposeAction {
  type: "propose_action";
  /** What is to be done. */
  action: ActionInput;
  /** What for, for whoever is asked for a yes. */
  intent?: string | undefined;
}

/** Records a change that landed, or is about to. */
export interface BodyRecordChange {
  type: "record_change";
  /** The commit that it was made on top of. */
  base?: ActorId | undefined;
  /** The branch that it lands on; the repository's default branch where absent. */
  branch?: Branch | undefined;
  /** The commit, where there is one yet. */
  commit?: ActorId | undefined;
  /**
   * Made so on purpose: others should not "fix" it.
   *
   * Where absent: `false`.
   */
  deliberate?: boolean | undefined;
  /** What was changed. */
  files: readonly ChangedFile[];
  /** Its name, chosen by the caller. */
  id: ChangeId;
  /** What for. */
  intent?: string | undefined;
  /** Who made it. `unknown` is never guessed to be a human. */
  made_by: MadeBy;
  /** Where. */
  repo: RepoId;
  /** The run that made it; the actor's own where absent. */
  run?: RunId | undefined;
  /** The claim under which it was made. Given, it must still hold, or nothing is recorded. */
  token?: Token | undefined;
}

/** Records what a check of changes came to. */
export interface BodyRecordVerification {
  type: "record_verification";
  /** Over exactly which changes. */
  changes: readonly ChangeId[];
  /** Names of the checks that were run. */
  checks?: readonly ActorId[] | undefined;
  /** What was seen. */
  evidence?: string | undefined;
  /** With what result. */
  verdict: Verdict;
}

/** A person declares a journal good that stands behind what was seen of it before. */
export interface BodyRecover {
  type: "recover";
  /** The highest incarnation that any client has seen. */
  above: number;
}

/** Registers a loop, or replaces its card. */
export interface BodyRegisterLoop {
  type: "register_loop";
  /** What it is for. */
  goal?: string | undefined;
  /** Its name. */
  id: LoopId;
  /** Who answers for it. */
  owner: ActorId;
  /** The team it works for. */
  team?: TeamId | undefined;
}

/** Registers a repository, or adds origins to a registered one. */
export interface BodyRegisterRepo {
  type: "register_repo";
  /** Addresses of its origins in any spelling; they are normalised. */
  aliases?: readonly string[] | undefined;
  /** The branch that work lands on where a command names none. */
  default_branch: Branch;
  /** Its name. */
  id: RepoId;
  /**
   * How its paths are compared.
   *
   * Where absent: `{"case":"sensitive","unicode":"as_is","windows":false}`.
   */
  rules?: PathRulesInput | undefined;
}

/** A person says no to a request. */
export interface BodyReject {
  type: "reject";
  /** Why. */
  reason?: string | undefined;
  /** Which. */
  request: Token;
}

/** Releases claims of the actor's run. */
export interface BodyRelease {
  type: "release";
  /** Which; all of the run where absent. */
  tokens?: readonly Token[] | undefined;
}

/** Renews claims of the actor's run now, however much of their leases is left. */
export interface BodyRenew {
  type: "renew";
  /** Which; all of the run where absent. */
  tokens?: readonly Token[] | undefined;
  /** A new length of lease; the claim's own where absent. */
  ttl_ms?: number | undefined;
}

/** Reserves what the actor's run is about to use up, at every limit that applies or at none. */
export interface BodyReserve {
  type: "reserve";
  /** How much it will come to. */
  estimate: Readonly<Record<string, number>>;
  /** The name of the reservation, chosen by the caller. */
  id: ReservationId;
  /** How long it holds, in milliseconds; then it counts in full. */
  ttl_ms: number;
}

/** A person ends somebody's claim. */
export interface BodyRevoke {
  type: "revoke";
  /** Why. */
  reason: string;
  /** Which. */
  token: Token;
}

/** A person sets the policy that holds from now on. Its text becomes part of the journal. */
export interface BodySetPolicy {
  type: "set_policy";
  /** The language that it is written in. */
  format: Format;
  /** Its name, under which decisions point at its lines: a file name as a rule. */
  name: string;
  /** The document. */
  text: string;
}

/** Ends a reservation with what it came to. What is not named was used up in full. */
export interface BodySettle {
  type: "settle";
  /** How much it came to. */
  actual: Readonly<Record<string, number>>;
  /** Which. */
  id: ReservationId;
}

/** Starts a run. The actor's own `run`, if set, is the new run or its parent. */
export interface BodyStartRun {
  type: "start_run";
  /** The loop it belongs to; its parent's where absent. */
  loop?: LoopId | undefined;
  /** The run that it works for. */
  parent?: RunId | undefined;
  /** The new run's name. */
  run: RunId;
  /** The length of its lease in milliseconds; 15 minutes where absent. */
  ttl_ms?: number | undefined;
}

/** Does what is due (wakes waiters) and nothing else. */
export interface BodyTick {
  type: "tick";
}

/** A person makes an exception from rules. */
export interface BodyWaive {
  type: "waive";
  /** Why. */
  reason: string;
  /**
   * From which.
   *
   * Each once.
   */
  rules: readonly ActorId[];
  /**
   * For what.
   *
   * Where absent: `{}`.
   */
  scope?: WaiverScopeInput | undefined;
  /** For how many milliseconds. */
  ttl_ms: number;
}

/** Withdraws the pending wait of the actor's run. */
export interface BodyWithdraw {
  type: "withdraw";
}

/** What an approval is bound to. */
export type Bound = {
  scope: {
    /** The actor, where that is in no run. */
    actor?: Actor | undefined;
    /** On which branch. */
    branch?: Branch | undefined;
    /** The shell line or tool that was asked for, word for word. */
    line?: string | undefined;
    /** In which repository. */
    repo?: RepoId | undefined;
    /** The run. */
    run?: RunId | undefined;
    /** On which paths: those that were asked for. */
    targets?: Targets | undefined;
    /** What it may do. */
    verb: Verb;
  };
} | {
  change: {
    /** On which branch. */
    branch?: Branch | undefined;
    /** The digest. */
    digest: Digest;
    /** In which environment. */
    environment?: ActorId | undefined;
    /** In which repository. */
    repo?: RepoId | undefined;
    /** Of which service. */
    service?: ActorId | undefined;
    /** What may be done with it. */
    verb: Verb;
  };
};

/** The branch that work will land on. */
export type Branch = string;

/** What a run should know, collected from the state and not yet rendered. */
export interface Brief {
  /** Further places that were asked about. */
  asked: readonly SpecRequest[];
  /** The journal's time. */
  at: Timestamp;
  /** Exceptions from all rules of the policy. */
  broken_glass?: readonly BrokenGlass[] | undefined;
  /**
   * Recent changes by other sides: deliberate ones first, then those that touched most of these
   * places, then the newest.
   */
  changes: readonly RecentChange[];
  /**
   * Claims, and waits in front, of others that meet these places: conflicts first, then the
   * strongest.
   */
  claims: readonly Meeting[];
  /** The version of the journal that the brief is for. */
  decided_at: number;
  /** Changes before this time were not looked at. */
  looked_back_to: Timestamp;
  /** The run's loop. */
  loop?: LoopId | undefined;
  /** What it was told that is forgotten, since its box was full. */
  missed: number;
  /** Claims, plans and changes that the state holds beyond those listed here. */
  more: number;
  /** What the run was told and has not read. */
  notices: readonly Notice[];
  /** What the run holds. */
  own: readonly ClaimView[];
  /** Announced plans of others that meet. */
  plans: readonly Meeting[];
  /** Whom it is for. */
  run: RunId;
  /** What the run waits for. */
  waiting?: Waiting | undefined;
}

/** An exception from all rules that can be lifted. */
export interface BrokenGlass {
  /** Who broke it. */
  by: Actor;
  /** Its name. */
  id: Token;
  /** Why. */
  reason: Words;
  /** Until when it stays broken. */
  until: Timestamp;
}

/**
 * Whether letter case tells two names apart.
 *
 * - `sensitive`: `a` and `A` are two names.
 * - `insensitive`: Names are compared under Unicode simple case folding.
 */
export type Case = "sensitive" | "insensitive";

/**
 * What it means that a held and a requested claim meet.
 *
 * - `clear`: Nothing.
 * - `notice`: Both may go on, and both learn of each other.
 * - `conflict`: The requested claim cannot be granted while the held one is live.
 */
export type Cell = "clear" | "notice" | "conflict";

/** Names a change. */
export type ChangeId = string;

/** One file of a change. */
export interface ChangedFile {
  /**
   * Lines added.
   *
   * Where absent: `0`.
   */
  added?: number | undefined;
  /** The blob after; absent where there is none. */
  after?: ActorId | undefined;
  /** The blob before; absent where there was none. */
  before?: ActorId | undefined;
  /** Its path before, where it was moved. */
  old_path?: string | undefined;
  /** Its path after the change, or before it where it was deleted. */
  path: string;
  /**
   * Lines removed.
   *
   * Where absent: `0`.
   */
  removed?: number | undefined;
}

/** A limit that applies to a reservation, and to whose account. */
export interface Charge {
  /** The run, loop, team or workspace that spends. */
  holder: Holder;
  /** Which limit. */
  limit: LimitId;
}

/** The answer to a claim. */
export type ClaimReply = ClaimReplyGranted | ClaimReplyWaiting | ClaimReplyRefused;

/** Granted. */
export interface ClaimReplyGranted {
  type: "granted";
  /** A plan was granted in place of what was asked. */
  advised?: boolean | undefined;
  /** Until when, unless renewed. */
  expires_at: Timestamp;
  /** What a partial claim went without. */
  left_out?: readonly LeftOut[] | undefined;
  /**
   * Others that are told, and that the requester should know of. Where `advised` or with
   * something `left_out`: with the conflicts that stood in the way.
   */
  meetings: Meetings;
  /** What was granted: `plan` where `advised`. */
  mode: Mode;
  /** What is held. */
  specs: readonly Spec[];
  /** The claim's name and fence. */
  token: Token;
}

/** Not granted. */
export interface ClaimReplyRefused {
  type: "refused";
  /** Who is in the way. */
  meetings: Meetings;
  /** Why. */
  why: RefusedFor;
}

/** Queued. */
export interface ClaimReplyWaiting {
  type: "waiting";
  /** How many requests wait in front that this one meets. */
  ahead: number;
  /** Who is in the way, waiting requests included. */
  meetings: Meetings;
  /** The name of the wait; the claim's token is known when it is granted. */
  wait: Token;
}

/** A claim as others see it. */
export interface ClaimView {
  /** Who asked for it. */
  actor: Actor;
  /** When the lease ends; absent for a wait. */
  expires_at?: Timestamp | undefined;
  /** What for. */
  intent?: Words | undefined;
  /** How strongly. */
  mode: Mode;
  /** 0 to `PRIORITY_MAX`. */
  priority: number;
  /** Who holds it. */
  run: RunId;
  /** Since when it is held, or waits. */
  since: Timestamp;
  /** What it holds. */
  specs: readonly Spec[];
  /** Its name and fence; of a wait, the name of the wait. */
  token: Token;
}

/**
 * What went wrong, as a stable word. The words are API: they never change their meaning.
 *
 * - `invalid_path`: The text is no legal repository path.
 * - `invalid_pattern`: The text is no legal pattern, or a set of them is not legal.
 * - `invalid_field`: A field holds a value that it cannot hold.
 * - `missing_field`: A field that this command needs is not there.
 * - `invalid_json`: The JSON could not be read: syntax, an unknown field or type, or a duplicate key.
 * - `invalid_policy`: The policy document cannot be used: the message gives line, column and the remedy.
 * - `limit_exceeded`: A list, text or number is over (or under) a documented limit; the error names the limit.
 * - `not_found`: The thing named does not exist here (a run, a claim, a repository, …).
 * - `already_exists`: The thing named exists already, and says something else.
 * - `not_permitted`: The kind of actor, or this actor, may not send this command.
 * - `id_reused`: The command id was used before with another body.
 * - `run_not_live`: The run has ended or lapsed; it can hold nothing any more.
 * - `claim_not_live`: The claim has ended or lapsed.
 * - `request_not_open`: The request was answered, rejected, or has expired.
 * - `already_waiting`: The run waits for a claim already; a run has one pending wait.
 * - `not_narrower`: The claim would not become narrower.
 * - `no_journal`: The journal has no first record; create it first.
 * - `no_policy`: No policy was set, so there is nothing to decide by.
 * - `broken_chain`: A record does not chain to the one before it, or its hash is not that of its bytes.
 * - `gap`: Records are missing between the version held and the first one given.
 * - `newer_journal`: The journal was written by a newer version of the library.
 * - `corrupt`: Bytes of a record, snapshot or page are not what they must be.
 * - `outcome_unknown`: Nothing said whether the append landed; send the same command again.
 * - `unavailable`: The store cannot be reached or is busy.
 * - `regressed`: The store's head is behind, or beside, one that was seen before.
 * - `too_large`: The record is larger than the store takes.
 * - `clock_ahead`: The record's time is too far ahead of the store's own clock.
 * - `internal`: A bug in this library: an invariant did not hold. Nothing was changed.
 */
export type Code = "invalid_path" | "invalid_pattern" | "invalid_field" | "missing_field" | "invalid_json" | "invalid_policy" | "limit_exceeded" | "not_found" | "already_exists" | "not_permitted" | "id_reused" | "run_not_live" | "claim_not_live" | "request_not_open" | "already_waiting" | "not_narrower" | "no_journal" | "no_policy" | "broken_chain" | "gap" | "newer_journal" | "corrupt" | "outcome_unknown" | "unavailable" | "regressed" | "too_large" | "clock_ahead" | "internal";

/** A command: who wants what, under an id that makes a retry harmless. */
export interface Command {
  /** Who sends it, as the caller has authenticated them. */
  actor: Actor;
  /** What to do. */
  body: Body;
  /**
   * Chosen by the caller, one for each intention. The same id and body again answers with the
   * reply that landed; the same id with another body is `id_reused`.
   */
  id: string;
  /** 16 bytes that nobody can guess; needed where the body holds free text. */
  nonce?: Nonce | undefined;
}

/** What stands, stood, or will stand in the way of work on some paths. */
export interface Conflicts {
  /** The journal's time. */
  at: Timestamp;
  /** Recent changes by other sides, deliberate ones first, then the newest. */
  changes: readonly RecentChange[];
  /** Live claims that meet, conflicts first. */
  claims: Meetings;
  /** The version and time that the answer is for. */
  decided_at: number;
  /** Changes before this time were not looked at. */
  looked_back_to: Timestamp;
  /**
   * More changes than are listed.
   *
   * Where absent: `0`.
   */
  more_changes: number;
  /** Announced plans that meet. */
  plans: readonly Meeting[];
}

/** A decision. */
export interface Decision {
  /** Rules that only advise, and apply. */
  advice?: readonly Reason[] | undefined;
  /** What the rules that only advise would have made of it, where that is stricter. */
  advised?: Effect | undefined;
  /**
   * The approvals without which it would not be allowed.
   *
   * Each once.
   */
  approved_by?: readonly Token[] | undefined;
  /** The glass that was broken for it. */
  broken_glass?: Token | undefined;
  /**
   * Facts that nobody gave, and whose absence made a rule apply.
   *
   * Each once.
   */
  missing?: readonly string[] | undefined;
  /** More such rules than are listed. */
  more_reasons?: number | undefined;
  /** When time alone may next change the decision. */
  next_change_at?: Timestamp | undefined;
  /** What has to be done beside, with what is still open. */
  obligations?: readonly Owed[] | undefined;
  /** May it be done now? The verdict is to allow it, and no obligation is open. */
  passes: boolean;
  /** The document that decided. */
  policy: Digest;
  /** The rules that made it so. */
  reasons: readonly Reason[];
  /** When the same action would be allowed, if nothing but the time changed. */
  retry_at?: Timestamp | undefined;
  /** What was decided. */
  verdict: Effect;
  /**
   * The waivers that lifted a rule.
   *
   * Each once.
   */
  waived_by?: readonly Token[] | undefined;
  /** What would make it pass. */
  would_allow?: readonly Way[] | undefined;
  /** The version of the zone data, where the time of day was looked at. */
  zones?: string | undefined;
}

/** SHA-256 in hexadecimal. */
export type Digest = string;

/** A dependency: code at one path comes to depend on code at another. */
export interface Edge {
  /** The path that comes to depend. */
  from: string;
  /** The path that it depends on. */
  to: string;
}

/**
 * What a rule says. The later stands, the stricter.
 *
 * - `allow`: It may be done.
 * - `require_approval`: A person has to say yes first.
 * - `deny`: It may not be done.
 */
export type Effect = "allow" | "require_approval" | "deny";

/** An `Error` in JSON. Callers branch on `code` and `next`; the message is for people. */
export interface ErrorBody {
  /** What went wrong, as a stable word. */
  code: Code;
  /** The field that it is about, as a path into the input. */
  field?: string | undefined;
  /** The name of the limit that was passed. */
  limit?: string | undefined;
  /** A sentence for people, without the field. */
  message: string;
  /** What to do next. */
  next: Next;
}

/** An exception that a person made. */
export interface ExceptionView {
  /** Who made it. */
  by: Actor;
  /** Its name. */
  id: Token;
  /** Why. */
  reason: Words;
  /**
   * The rules that it lifts; absent where the glass was broken, which lifts all that can be lifted.
   *
   * Each once.
   */
  rules?: readonly ActorId[] | undefined;
  /** What it reaches. */
  scope: WaiverScope;
  /** Until when. */
  until: Timestamp;
}

/** The value of a fact. Fractions are written in a smaller unit. */
export type FactValue = boolean | number | string;

/** What a run came to. */
export interface Finish {
  /** When. */
  at: Timestamp;
  /** What it came to. */
  outcome: RunOutcome;
  /** In its own words. */
  summary?: Words | undefined;
}

/**
 * The language that a document is written in.
 *
 * - `yaml`: YAML 1.2, one document without tags.
 * - `toml`: TOML.
 * - `json`: JSON as RFC 8259 has it, without comments.
 */
export type Format = "yaml" | "toml" | "json";

/** The answer to `hand_over`. */
export type HandOverReply = HandOverReplyHandedOver | HandOverReplyRefused;

/** Done: the old token no longer lets anything land. */
export interface HandOverReplyHandedOver {
  type: "handed_over";
  /** Until when. */
  expires_at: Timestamp;
  /** The new holder. */
  run: RunId;
  /** The token of the new holder. */
  token: Token;
}

/** Not done. */
export interface HandOverReplyRefused {
  type: "refused";
  /** Who is in the new holder's way. */
  meetings: Meetings;
  /** Why. */
  why: RefusedFor;
}

/** Where a journal ends. */
export interface Head {
  /** The hash of the last record; `Digest::ZERO` for an empty journal. */
  hash: Digest;
  /** How many times the journal was declared recovered; rises only by a `recover` record. */
  incarnation: number;
  /** The version of the last record; 0 for an empty journal. */
  ver: number;
}

/** Who spends: a run, a loop, a team or the workspace. */
export type Holder = string;

/**
 * How far a verifier stands apart from the maker.
 *
 * - `independent`: Neither run is the other's ancestor.
 * - `separate_root`: The runs have no root in common.
 * - `other_account`: The account is another one.
 * - `other_model`: The model is another one.
 * - `human`: A person.
 */
export type Independence = "independent" | "separate_root" | "other_account" | "other_model" | "human";

/** A pattern or resource that a partial claim went without. */
export interface LeftOut {
  /** The pattern, where it is one. */
  pattern?: Pattern | undefined;
  /** The resource, where it is one. */
  resource?: Resource | undefined;
  /** Which of the requested specs, from 0. */
  spec: number;
  /** The claim in the way. */
  token: Token;
}

/**
 * Over whom a limit is held. Limits of several levels hold at once.
 *
 * - `run`: Each run.
 * - `loop`: Each loop.
 * - `team`: Each team.
 * - `workspace`: All together.
 */
export type Level = "run" | "loop" | "team" | "workspace";

/** Names a limit of spend. */
export type LimitId = string;

/** Names a loop. */
export type LoopId = string;

/** A loop as others see it. */
export interface LoopView {
  /** What it is for. */
  goal?: Words | undefined;
  /** Its name. */
  id: LoopId;
  /** Who answers for it. */
  owner: ActorId;
  /** The team it works for. */
  team?: TeamId | undefined;
}

/**
 * Who made a change.
 *
 * - `human`: A person.
 * - `loop`: A loop.
 * - `mixed`: Both.
 * - `unknown`: Nobody knows.
 */
export type MadeBy = "human" | "loop" | "mixed" | "unknown";

/** A requested claim meets a held one, or one that waits in front of it. */
export interface Meeting {
  /** Who asked for the other claim. */
  actor: Actor;
  /** Where they meet. */
  branch: Branch;
  /** Conflict or notice. */
  cell: Cell;
  /** When the other lease ends if nobody renews it; absent where `queued`. */
  expires_at?: Timestamp | undefined;
  /** What the other claim is for. */
  intent?: Words | undefined;
  /** The other run's loop, its own or inherited. */
  loop_id?: LoopId | undefined;
  /** What they share. */
  met: Met;
  /** The other claim's mode. */
  mode: Mode;
  /** The other is not held yet: it waits in front of this request. */
  queued?: boolean | undefined;
  /** Where they meet. */
  repo: RepoId;
  /** The other claim's run. */
  run: RunId;
  /** Which of the requested specs meets, from 0. */
  spec: number;
  /** The other claim; the name of the wait where `queued`. */
  token: Token;
}

/** The meetings of a request, conflicts first, then by token; at most `MEETINGS_MAX`. */
export interface Meetings {
  /** One for each other claim: the first place where they meet. */
  list: readonly Meeting[];
  /** How many more there are than are listed. */
  more?: number | undefined;
}

/** What two claims share. */
export type Met = MetPath | MetResource;

/** A path. */
export interface MetPath {
  type: "path";
  /** The pattern of the held claim. */
  held: Pattern;
  /** The pattern of the requested claim. */
  requested: Pattern;
  /** A path in both; absent where the search was given up and the safe answer assumed. */
  witness?: string | undefined;
}

/** A resource. */
export interface MetResource {
  type: "resource";
  /** Its name. */
  resource: Resource;
}

/**
 * How strongly a claim holds its paths. Ordered from weak to strong.
 *
 * - `plan`: About to work here; holds nobody up.
 * - `read`: Reads and relies on what stands here.
 * - `write`: Changes what stands here; readers are told.
 * - `exclusive`: Changes what stands here and must not be read meanwhile.
 */
export type Mode = "plan" | "read" | "write" | "exclusive";

/**
 * What the caller should do next.
 *
 * - `retry`: Send the same again, the same id included, after a while.
 * - `fix_input`: Change what was sent.
 * - `reload`: Read the state again (records, snapshot), then decide.
 * - `ask_human`: A person has to decide or repair.
 * - `stop`: Do nothing more with this journal or this process.
 */
export type Next = "retry" | "fix_input" | "reload" | "ask_human" | "stop";

/** 16 bytes that nobody can guess, in hexadecimal. */
export type Nonce = string;

/**
 * Why something was not done to a claim.
 *
 * - `unknown`: No claim of this name was ever granted here, or it is long gone.
 * - `lapsed`: Its lease ended.
 * - `released`: It was released before.
 * - `revoked`: A person revoked it.
 * - `handed_over`: It was handed over to another run.
 * - `other_work`: It belongs to other work.
 */
export type NotDone = "unknown" | "lapsed" | "released" | "revoked" | "handed_over" | "other_work";

/** What the holder of a claim is told: somebody else asked for what it holds. */
export interface Notice {
  /** When. */
  at: Timestamp;
  /** Where they meet. */
  branch: Branch;
  /** The requesting actor. */
  from: Actor;
  /** The requesting run. */
  from_run: RunId;
  /** What it is for. */
  intent?: Words | undefined;
  /** What they share; `held` is the pattern of the box's owner. */
  met: Met;
  /** What it asked for. */
  mode: Mode;
  /** What became of it. */
  outcome: Outcome;
  /** Where they meet. */
  repo: RepoId;
  /** Rises by one with each notice of the run's box; `heartbeat {seen}` names the last one read. */
  seq: number;
  /** The holder's claim. */
  token: Token;
}

/** Something that has to be done before an action passes. */
export type Obligation = ObligationNotify | ObligationChecker | ObligationRunCheck | ObligationEvidence;

/** Somebody who stands apart so far has verified the run's changes. */
export interface ObligationChecker {
  type: "checker";
  /** How far. */
  by: Independence;
}

/** The action brings a fact of this name along. */
export interface ObligationEvidence {
  type: "evidence";
  /** Which. */
  fact: string;
}

/** Tell a team. It never stops an action. */
export interface ObligationNotify {
  type: "notify";
  /** Whom. */
  team: TeamId;
}

/** A check of this name passed on the run's changes. */
export interface ObligationRunCheck {
  type: "run_check";
  /** Which. */
  check: ActorId;
}

/**
 * What to do where a claim cannot be granted.
 *
 * - `refuse`: Answer who is in the way.
 * - `wait`: Queue, and be granted when nobody is in the way.
 * - `advise`: Grant a `plan` in place of what was asked, and say so.
 */
export type OnConflict = "refuse" | "wait" | "advise";

/**
 * What happened to a request, as the other side is told.
 *
 * - `granted`: It was granted beside the holder's claim.
 * - `refused`: It was refused for the holder's claim.
 * - `waiting`: It waits for the holder's claim.
 * - `advised`: It was turned into a plan.
 */
export type Outcome = "granted" | "refused" | "waiting" | "advised";

/** An obligation, and whether it was met. */
export interface Owed {
  /** What is owed. */
  obligation: Obligation;
  /** Is it still open? */
  open: boolean;
  /** The rule that it comes from. */
  rule: ActorId;
}

/** A path in a repository. */
export interface PathAt {
  /** The branch that it lands on. */
  branch: Branch;
  /** The path. */
  path: string;
  /** Where. */
  repo: RepoId;
}

/** How one repository compares names. All fields default to what git itself does. */
export interface PathRules {
  /**
   * Whether letter case tells two names apart.
   *
   * Where absent: `"sensitive"`.
   */
  case: Case;
  /**
   * Whether canonically equivalent spellings are one name.
   *
   * Where absent: `"as_is"`.
   */
  unicode: Unicode;
  /**
   * Whether `\` in a path is read as `/`. Off, a path with a backslash is refused.
   *
   * Where absent: `false`.
   */
  windows: boolean;
}

/** How one repository compares names. All fields default to what git itself does. */
export interface PathRulesInput {
  /**
   * Whether letter case tells two names apart.
   *
   * Where absent: `"sensitive"`.
   */
  case?: Case | undefined;
  /**
   * Whether canonically equivalent spellings are one name.
   *
   * Where absent: `"as_is"`.
   */
  unicode?: Unicode | undefined;
  /**
   * Whether `\` in a path is read as `/`. Off, a path with a backslash is refused.
   *
   * Where absent: `false`.
   */
  windows?: boolean | undefined;
}

/** The union of some patterns less the union of others. */
export type PathSet = readonly Pattern[] | {
  exclude?: readonly Pattern[] | undefined;
  include: readonly Pattern[];
};

/** The union of some patterns less the union of others. */
export type PathSetInput = Pattern | readonly Pattern[] | {
  exclude?: readonly Pattern[] | undefined;
  include: readonly Pattern[];
};

/** A bare string is a glob; `file` is exactly this path, `dir` this path and all below it. */
export type Pattern = string | {
  glob: string;
} | {
  file: string;
} | {
  dir: string;
};

/** A pattern in a repository. */
export interface PatternAt {
  /** The branch that it lands on. */
  branch: Branch;
  /** The pattern. */
  pattern: Pattern;
  /** Where. */
  repo: RepoId;
}

/** The policy that holds. */
export interface PolicyView {
  /** Who set it. */
  by: Actor;
  /** What tells it from any other. */
  digest: Digest;
  /** The language that it is written in. */
  format: Format;
  /** Its name. */
  name: string;
  /** The document. */
  text: string;
}

/** A question to the hot state. */
export type Query = QueryConflicts | QueryAdmit | QueryWorkReport | QueryBrief | QueryClaim | QueryClaims | QueryWaits | QueryRun | QueryRuns | QueryRepos | QueryLoops | QueryCheck | QueryPolicy | QueryRequests | QueryRequest | QueryExceptions | QuerySpend | QueryHead | QueryStateHash | QueryNextDeadline;

/** May work done under this token still land? A forecast; it binds only inside `record_change`. */
export interface QueryAdmit {
  type: "admit";
  /** The branch that it lands on; the repository's default branch where absent. */
  branch?: Branch | undefined;
  /** What was changed. */
  paths: readonly string[];
  /** Where. */
  repo: RepoId;
  /** Whose work. */
  run: RunId;
  /** The token. */
  token: Token;
}

/** A reply with the moment that it speaks of. */
export interface QueryAnswer {
  /** The journal's time, or the caller's where that is later. */
  at: Timestamp;
  /** The version of the journal that was asked. */
  decided_at: number;
  /** The caller's clock was behind the journal, and was lifted to `at`. */
  lifted?: boolean | undefined;
  /** The reply. */
  reply: QueryReply;
}

/** What should a run know before it starts? */
export interface QueryBrief {
  type: "brief";
  /**
   * The most characters of its text.
   *
   * Where absent: `8000`.
   */
  budget_chars?: number | undefined;
  /** The run. */
  run: RunId;
  /** Places besides those that it holds. */
  specs?: readonly SpecRequestInput[] | undefined;
}

/** Would the policy allow this action? Nothing is recorded, and nobody is asked. */
export interface QueryCheck {
  type: "check";
  /** The action; whoever asks says in it who acts. */
  action: ActionInput;
}

/** A live claim or a pending wait by its name. */
export interface QueryClaim {
  type: "claim";
  /** Its name. */
  token: Token;
}

/** The live claims, by token. */
export interface QueryClaims {
  type: "claims";
  /** Of this run alone. */
  run?: RunId | undefined;
}

/** What stands, stood, or will stand in the way of work on these places? */
export interface QueryConflicts {
  type: "conflicts";
  /**
   * How they would be claimed.
   *
   * Where absent: `"write"`.
   */
  mode?: Mode | undefined;
  /** Who asks, whose own work and side are left out. */
  run?: RunId | undefined;
  /** 1 to 64 places. */
  specs: readonly SpecRequestInput[];
}

/** The exceptions that hold, broken glass included. */
export interface QueryExceptions {
  type: "exceptions";
}

/** Where the journal ends, as far as it was read. */
export interface QueryHead {
  type: "head";
}

/** The registered loops, by name. */
export interface QueryLoops {
  type: "loops";
}

/** When a lease or the run of a wait next ends by itself. */
export interface QueryNextDeadline {
  type: "next_deadline";
}

/** The policy that holds. */
export interface QueryPolicy {
  type: "policy";
}

/** The reply to a query. */
export type QueryReply = QueryReplyConflicts | QueryReplyAdmission | QueryReplyWorkReport | QueryReplyBrief | QueryReplyClaim | QueryReplyClaims | QueryReplyWaits | QueryReplyRun | QueryReplyRuns | QueryReplyRepos | QueryReplyLoops | QueryReplyChecked | QueryReplyPolicy | QueryReplyRequests | QueryReplyRequest | QueryReplyExceptions | QueryReplySpend | QueryReplyHead | QueryReplyStateHash | QueryReplyDeadline;

/** To `admit`. */
export interface QueryReplyAdmission {
  type: "admission";
  /** Yes, or why not. */
  admission: Admission;
}

/** To `brief`. */
export interface QueryReplyBrief {
  type: "brief";
  /** What the run should know. */
  brief: Brief;
  /** The same as text. */
  rendered: Rendered;
}

/** To `check`. */
export interface QueryReplyChecked {
  type: "checked";
  /** What would be decided, and why. */
  decision: Decision;
}

/** To `claim`. */
export interface QueryReplyClaim {
  type: "claim";
  /** The claim or wait; absent where it is neither live nor pending. */
  claim?: ClaimView | undefined;
}

/** To `claims`. */
export interface QueryReplyClaims {
  type: "claims";
  /** By token. */
  claims: readonly ClaimView[];
  /** More than are listed. */
  more: number;
}

/** To `conflicts`. */
export interface QueryReplyConflicts {
  type: "conflicts";
  /** Live claims, plans and recent changes. */
  conflicts: Conflicts;
}

/** To `next_deadline`. */
export interface QueryReplyDeadline {
  type: "deadline";
  /** When; absent while nothing is running. */
  deadline?: Timestamp | undefined;
}

/** To `exceptions`. */
export interface QueryReplyExceptions {
  type: "exceptions";
  /** By name. */
  exceptions: readonly ExceptionView[];
}

/** To `head`. */
export interface QueryReplyHead {
  type: "head";
  /** The last record read. */
  head: Head;
}

/** To `loops`. */
export interface QueryReplyLoops {
  type: "loops";
  /** By name. */
  loops: readonly LoopView[];
}

/** To `policy`. */
export interface QueryReplyPolicy {
  type: "policy";
  /** The policy; absent before one was set. */
  policy?: PolicyView | undefined;
}

/** To `repos`. */
export interface QueryReplyRepos {
  type: "repos";
  /** By name. */
  repos: readonly Repo[];
}

/** To `request`. */
export interface QueryReplyRequest {
  type: "request";
  /** The request; absent where it is not known, or long forgotten. */
  request?: RequestView | undefined;
}

/** To `requests`. */
export interface QueryReplyRequests {
  type: "requests";
  /** More than are listed. */
  more: number;
  /** The latest first. */
  requests: readonly RequestView[];
}

/** To `run`. */
export interface QueryReplyRun {
  type: "run";
  /** The run; absent where it is not known, or long forgotten. */
  run?: RunView | undefined;
}

/** To `runs`. */
export interface QueryReplyRuns {
  type: "runs";
  /** More than are listed. */
  more: number;
  /** By name. */
  runs: readonly RunView[];
}

/** To `spend`. */
export interface QueryReplySpend {
  type: "spend";
  /** More than are listed. */
  more: number;
  /** By limit and holder. */
  spend: readonly Spend[];
}

/** To `state_hash`. */
export interface QueryReplyStateHash {
  type: "state_hash";
  /** The digest. */
  hash: Digest;
}

/** To `waits`. */
export interface QueryReplyWaits {
  type: "waits";
  /** More than are listed. */
  more: number;
  /** In the order in which they are asked. */
  waits: readonly ClaimView[];
}

/** To `work_report`. */
export interface QueryReplyWorkReport {
  type: "work_report";
  /** Claimed against changed. */
  work: WorkReport;
}

/** The registered repositories, by name. */
export interface QueryRepos {
  type: "repos";
}

/** A request by its name. */
export interface QueryRequest {
  type: "request";
  /** Its name. */
  request: Token;
}

/** The requests for a person's yes, the latest first. */
export interface QueryRequests {
  type: "requests";
  /** Those that stand so alone. */
  standing?: Standing | undefined;
}

/** A run by its name. */
export interface QueryRun {
  type: "run";
  /** Its name. */
  run: RunId;
}

/** The runs that are alive, by name. */
export interface QueryRuns {
  type: "runs";
}

/** What counts towards limits now. */
export interface QuerySpend {
  type: "spend";
}

/** The digest of the hot state: equal everywhere after the same records. O(state). */
export interface QueryStateHash {
  type: "state_hash";
}

/** The pending waits, in the order in which they are asked. */
export interface QueryWaits {
  type: "waits";
}

/** What did a run claim, against what it changed? */
export interface QueryWorkReport {
  type: "work_report";
  /** The run. */
  run: RunId;
}

/** A rule that applied. */
export interface Reason {
  /** Did it apply for certain, or because a fact is missing? */
  certain: boolean;
  /** More targets than are listed. */
  more_targets?: number | undefined;
  /**
   * Whose the listed targets are, where the rule asks for that.
   *
   * Each once.
   */
  owners?: readonly TeamId[] | undefined;
  /** The rule. */
  rule: RuleCard;
  /** The targets that it applied to; none for the action as a whole. */
  targets?: readonly string[] | undefined;
}

/** A recent change. */
export interface RecentChange {
  /** When it was recorded. */
  at: Timestamp;
  /** The branch that it landed on. */
  branch: Branch;
  /** Made so on purpose. */
  deliberate: boolean;
  /** Its name. */
  id: ChangeId;
  /** What for. */
  intent?: Words | undefined;
  /** Who made it. */
  made_by: MadeBy;
  /** The paths of it that were asked about, at most 16. */
  paths: readonly string[];
  /** Where. */
  repo: RepoId;
  /** The run that made it. */
  run?: RunId | undefined;
  /** On whose side. */
  side?: Side | undefined;
  /** The version of its record. */
  ver: number;
  /** What the last verification over it came to. */
  verdict?: Verdict | undefined;
}

/** Why a request was refused. */
export type RefusedFor = RefusedForConflict | RefusedForDeadlock;

/** Live claims, or requests that wait in front, are in the way. */
export interface RefusedForConflict {
  type: "conflict";
}

/** Waiting, or handing over, would close a circle of runs that wait for each other. */
export interface RefusedForDeadlock {
  type: "deadlock";
  /** The runs of the circle, each waiting for the next, the last for the first. */
  cycle: readonly RunId[];
}

/** The answer to `release`. */
export interface ReleaseReply {
  /** What is free now. */
  released: readonly ClaimView[];
  /** What is not, and why. */
  skipped?: readonly Skipped[] | undefined;
}

/** A brief as text. */
export interface Rendered {
  /** How many entries it leaves out, for lack of room or because there were too many to list. */
  left_out: number;
  /** How many entries it shows. */
  shown: number;
  /** The text, never longer than the budget. */
  text: string;
}

/** The answer to `renew`, and part of the answer to `heartbeat`. */
export interface RenewReply {
  /** The live claims with the ends of their leases, renewed or still long enough. */
  renewed: readonly Renewal[];
  /** The claims that could not be renewed. */
  skipped?: readonly Skipped[] | undefined;
}

/** A claim whose lease goes on. */
export interface Renewal {
  /** Somebody waits for this claim, so it ends at `HOLD_MS_MAX` after its grant at the latest. */
  capped?: boolean | undefined;
  /** The new end of its lease. */
  expires_at: Timestamp;
  /** The claim. */
  token: Token;
}

/** The reply to a command. */
export type Reply = ReplyJournalCreated | ReplyRepoRegistered | ReplyLoopRegistered | ReplyRunStarted | ReplyBeaten | ReplyRunFinished | ReplyClaim | ReplyNotAllowed | ReplyRenewed | ReplyNarrowed | ReplyHandOver | ReplyReleased | ReplyRevoked | ReplyWithdrawn | ReplyChangeRecorded | ReplyChangeFenced | ReplyVerificationRecorded | ReplyErased | ReplyRecovered | ReplyCheckpointed | ReplyPolicySet | ReplyActionDecided | ReplyGivenBack | ReplyRequestAnswered | ReplyWaived | ReplyReservation | ReplyReservationEnded | ReplySettled | ReplyAlreadyLanded;

/** To `propose_action`. */
export interface ReplyActionDecided {
  type: "action_decided";
  /** What was decided, and why. */
  decision: Decision;
  /** The name of the decision, for `give_back`. */
  id: Token;
  /** The request for a yes that waits for a person. */
  request?: Token | undefined;
}

/** The command landed before, in this record; `Answer::landed` reads its answer. */
export interface ReplyAlreadyLanded {
  type: "already_landed";
  /** The version of the record. */
  ver: number;
}

/** To `heartbeat`. */
export interface ReplyBeaten {
  type: "beaten";
  /** Its claims. */
  claims: RenewReply;
  /** Until when the run is taken to be alive. */
  live_until: Timestamp;
  /**
   * Unread notices that fell out of the full box before they were read.
   *
   * Where absent: `0`.
   */
  missed: number;
  /** Its unread notices. */
  notices: readonly Notice[];
  /** Its pending wait. */
  waiting?: Token | undefined;
}

/** To `record_change`, where its token does not hold any more. Nothing was recorded. */
export interface ReplyChangeFenced {
  type: "change_fenced";
  /** Why. */
  admission: Admission;
  /** Its name. */
  id: ChangeId;
}

/** To `record_change`. */
export interface ReplyChangeRecorded {
  type: "change_recorded";
  /** Its name. */
  id: ChangeId;
  /** Paths of it that the run's claims did not cover. */
  undeclared: readonly string[];
}

/** To `checkpoint`. */
export interface ReplyCheckpointed {
  type: "checkpointed";
  /** Up to which version records may be archived. */
  ver: number;
}

/** To `claim`. */
export interface ReplyClaim {
  type: "claim";
  /** Granted, waiting or refused. */
  claim: ClaimReply;
  /**
   * A policy holds, and it allows the claim.
   *
   * Where absent: `false`.
   */
  governed: boolean;
}

/** To `erase`: the caller now erases these texts in its store. */
export interface ReplyErased {
  type: "erased";
  /** The digests of the texts. */
  texts: readonly Digest[];
}

/** To `give_back`. */
export interface ReplyGivenBack {
  type: "given_back";
  /** The requests whose yeses can be used again. */
  requests: readonly Token[];
}

/** To `hand_over`. */
export interface ReplyHandOver {
  type: "hand_over";
  /** Handed over or refused. */
  claim: HandOverReply;
}

/** To `create_journal`. */
export interface ReplyJournalCreated {
  type: "journal_created";
  /** The name of the workspace. */
  workspace: WorkspaceId;
}

/** To `register_loop`. */
export interface ReplyLoopRegistered {
  type: "loop_registered";
  /** Its name. */
  id: LoopId;
}

/** To `narrow`. */
export interface ReplyNarrowed {
  type: "narrowed";
  /** The claim as it is now. */
  claim: ClaimView;
}

/** To `claim` and `reserve`, where the policy does not let it pass. Nothing of it was done. */
export interface ReplyNotAllowed {
  type: "not_allowed";
  /** Why, and what would make it pass. */
  decision: Decision;
  /** The name of the decision. */
  id: Token;
  /** The requests for a yes that wait for a person. */
  requests?: readonly Token[] | undefined;
}

/** To `set_policy`. */
export interface ReplyPolicySet {
  type: "policy_set";
  /** What tells it from any other. */
  digest: Digest;
  /** How many limits it has. */
  limits: number;
  /** How many rules it has. */
  rules: number;
}

/** To `recover`. */
export interface ReplyRecovered {
  type: "recovered";
  /** The incarnation from now on. */
  incarnation: number;
}

/** To `release`. */
export interface ReplyReleased {
  type: "released";
  /** Claim by claim. */
  claims: ReleaseReply;
}

/** To `renew`. */
export interface ReplyRenewed {
  type: "renewed";
  /** Claim by claim. */
  claims: RenewReply;
}

/** To `register_repo`. */
export interface ReplyRepoRegistered {
  type: "repo_registered";
  /** All its origins, normalised. */
  aliases: readonly string[];
  /** Its name. */
  id: RepoId;
}

/** To `approve` and `reject`. */
export interface ReplyRequestAnswered {
  type: "request_answered";
  /** The rules that have all the yeses they need. */
  answered: readonly ActorId[];
  /** The request. */
  request: Token;
  /** How it stands now. */
  standing: Standing;
}

/** To `reserve`. */
export interface ReplyReservation {
  type: "reservation";
  /** A policy holds, and its limits were counted. */
  governed: boolean;
  /** Granted, or which limits have no room. */
  reservation: ReserveReply;
}

/** To `settle` and `cancel_reservation`. */
export interface ReplyReservationEnded {
  type: "reservation_ended";
  /** Which. */
  id: ReservationId;
}

/** To `revoke`. */
export interface ReplyRevoked {
  type: "revoked";
  /** The claim as it was. */
  claim: ClaimView;
}

/** To `finish_run`. */
export interface ReplyRunFinished {
  type: "run_finished";
  /** What its claims became. */
  claims: ReleaseReply;
  /** What it claimed against what it changed. */
  work: WorkReport;
}

/** To `start_run`. */
export interface ReplyRunStarted {
  type: "run_started";
  /** Until when it is taken to be alive. */
  live_until: Timestamp;
  /** Its name. */
  run: RunId;
}

/**
 * To `tick`, or to any command while more than one record's worth is due: propose it again
 * once this has landed.
 */
export interface ReplySettled {
  type: "settled";
  /** More is due. */
  more: boolean;
}

/** To `record_verification`. */
export interface ReplyVerificationRecorded {
  type: "verification_recorded";
  /** Over which changes. */
  changes: readonly ChangeId[];
  /** Whether the checker stands apart from every maker: only then does the verdict count. */
  independent: boolean;
  /** With what result. */
  verdict: Verdict;
}

/** To `waive` and `break_glass`. */
export interface ReplyWaived {
  type: "waived";
  /** The name of the exception. */
  id: Token;
  /** Until when it holds. */
  until: Timestamp;
}

/** To `withdraw`. */
export interface ReplyWithdrawn {
  type: "withdrawn";
  /** The wait, where there was one. */
  wait?: Token | undefined;
}

/** A registered repository. */
export interface Repo {
  /** Its origins, normalised and sorted. */
  aliases?: readonly string[] | undefined;
  /** The branch that work lands on where a command names none. */
  default_branch: Branch;
  /** Its name. */
  id: RepoId;
  /**
   * How its paths are compared; fixed once registered.
   *
   * Where absent: `{"case":"sensitive","unicode":"as_is","windows":false}`.
   */
  rules: PathRules;
}

/** Names a registered repository. */
export type RepoId = string;

/** A request for a person's yes, with its answers. */
export interface RequestView {
  /** What is to be done. */
  action: Action;
  /**
   * The rules that have all the yeses they need.
   *
   * Each once.
   */
  answered: readonly ActorId[];
  /** When it was made. */
  at: Timestamp;
  /** What a yes is bound to. */
  bound: Bound;
  /** Its name. */
  id: Token;
  /** What for. */
  intent?: Words | undefined;
  /** Who said no. */
  no?: ActorId | undefined;
  /** The words of the last answer. */
  note?: Words | undefined;
  /** The rules that ask, and whom. */
  rules: Readonly<Record<string, Terms>>;
  /** How it stands. */
  standing: Standing;
  /**
   * Targets that the rules ask for: the first of them.
   *
   * Each once.
   */
  targets?: readonly string[] | undefined;
  /** The team that acts. */
  team?: TeamId | undefined;
  /** Until when it waits, and a yes to it holds. */
  until: Timestamp;
  /** How often it was used. */
  used: number;
  /** How often it can be; without end where absent. */
  uses?: number | undefined;
  /** Who said yes, and when. */
  yes: Readonly<Record<string, Timestamp>>;
}

/** Names a reservation of spend. */
export type ReservationId = string;

/** The answer to a request to reserve. */
export type ReserveReply = ReserveReplyGranted | ReserveReplyRefused | ReserveReplyUnknownEstimate;

/** It is reserved. */
export interface ReserveReplyGranted {
  type: "granted";
  /** When it counts in full unless it was settled. */
  lapses_at: Timestamp;
}

/** Some limits have no room; nothing is reserved. */
export interface ReserveReplyRefused {
  type: "refused";
  /** When all would have room if nobody else spent anything; `None` for never. */
  room_at: Timestamp | null;
  /** Each limit that has no room. */
  short: readonly Short[];
}

/** A limit counts a unit that the estimate does not name; nothing is reserved. */
export interface ReserveReplyUnknownEstimate {
  type: "unknown_estimate";
  /** The limit. */
  charge: Charge;
  /** What it counts. */
  unit: Unit;
}

/** A named thing that is no file. */
export type Resource = string;

/** A rule, as a decision names it. */
export interface RuleCard {
  /** What it says. */
  effect: Effect;
  /** The file that it stands in. */
  file: string;
  /** Its name. `default` is what holds where no rule applies; `loomstack.…` are built in. */
  id: ActorId;
  /** The line that it begins at; 0 for what is built in. */
  line: number;
  /** Whether it binds. */
  mode: RuleMode;
  /** Why. */
  reason?: string | undefined;
  /** What to do instead. */
  remedy?: string | undefined;
}

/**
 * Whether a verdict binds.
 *
 * - `enforce`: It binds.
 * - `advise`: It is recorded, and binds nobody.
 */
export type RuleMode = "enforce" | "advise";

/** Names a run. */
export type RunId = string;

/**
 * What a run came to.
 *
 * - `done`: Its goal holds.
 * - `nothing_found`: There was nothing to do.
 * - `handed_to_human`: A person has to go on.
 * - `failed`: It could not do what it should.
 * - `stopped`: It was stopped.
 */
export type RunOutcome = "done" | "nothing_found" | "handed_to_human" | "failed" | "stopped";

/** A run as others see it. */
export interface RunView {
  /** Who started it. */
  actor: Actor;
  /** What it came to, once it finished. */
  finished?: Finish | undefined;
  /** It has not finished, and its lease is not over. */
  live: boolean;
  /** Until when it is, or was, taken to be alive. */
  live_until: Timestamp;
  /** The loop it was started for, where that is not its parent's. */
  loop?: LoopId | undefined;
  /** The run that it works for. */
  parent?: RunId | undefined;
  /** Its name. */
  run: RunId;
  /** When it started. */
  started_at: Timestamp;
}

/** A limit without room. */
export interface Short {
  /** How much was asked for. */
  asked: number;
  /** How much was spent beyond reservations. */
  debt: number;
  /** Whose account. */
  holder: Holder;
  /** Which limit. */
  limit: LimitId;
  /** How much there may be. */
  max: number;
  /** How much is reserved. */
  reserved: number;
  /** When there would be room if nobody else spent anything; `None` for never. */
  room_at: Timestamp | null;
  /** How much was spent, or lapsed and counts in full. */
  settled: number;
  /** What it counts. */
  unit: Unit;
}

/** On whose side a change or a claim stands: its loop, else its root run. */
export type Side = {
  loop: LoopId;
} | {
  root: RunId;
};

/** How much is changed. */
export interface Size {
  /** Files. */
  files?: number | undefined;
  /** Lines added and removed. */
  lines?: number | undefined;
}

/** A claim that something was not done to, and why. */
export interface Skipped {
  /** The claim. */
  token: Token;
  /** Why. */
  why: NotDone;
}

/** One place that a claim holds: a `SpecRequest` with its branch resolved. */
export interface Spec {
  /** The branch that the work will land on. */
  branch: Branch;
  /** The paths. */
  paths: PathSet;
  /** The repository. */
  repo: RepoId;
  /** Named things that are no files, sorted, each once. */
  resources: readonly Resource[];
}

/** One place that a claim asks for: paths and resources of a repository and a branch. */
export interface SpecRequest {
  /** The branch that the work will land on; the repository's default branch where absent. */
  branch?: Branch | undefined;
  /** The paths. */
  paths?: PathSet | undefined;
  /** The repository. */
  repo: RepoId;
  /** Named things that are no files. */
  resources?: readonly Resource[] | undefined;
}

/** One place that a claim asks for: paths and resources of a repository and a branch. */
export interface SpecRequestInput {
  /** The branch that the work will land on; the repository's default branch where absent. */
  branch?: Branch | undefined;
  /** The paths. */
  paths?: PathSetInput | undefined;
  /** The repository. */
  repo: RepoId;
  /** Named things that are no files. */
  resources?: readonly Resource[] | undefined;
}

/** What counts towards a limit at one time. */
export interface Spend {
  /** How much was spent beyond reservations. */
  debt: number;
  /** When the first of what counts ceases to: the end of the window, or of the oldest bucket. */
  ends_at: Timestamp;
  /** Whose account. */
  holder: Holder;
  /** How much there still may be. */
  left: number;
  /** Over whom it is held. */
  level: Level;
  /** Which limit. */
  limit: LimitId;
  /** How much there may be. */
  max: number;
  /** How much is reserved. */
  reserved: number;
  /** How much was spent, or lapsed and counts in full. */
  settled: number;
  /** When the window began; the oldest bucket that counts, of a rolling one. */
  starts_at: Timestamp;
  /** What it counts. */
  unit: Unit;
  /** Was a warning given? */
  warned: boolean;
}

/**
 * How a request stands.
 *
 * - `open`: It waits for answers.
 * - `approved`: Every rule has all the yeses it needs.
 * - `rejected`: A person said no.
 * - `expired`: Its time is over.
 */
export type Standing = "open" | "approved" | "rejected" | "expired";

/** What an action is about. */
export type Targets = {
  paths: readonly string[];
} | {
  set: PathSet;
};

/** What an action is about. */
export type TargetsInput = {
  paths: readonly string[];
} | {
  set: PathSetInput;
};

/** Names a team. */
export type TeamId = string;

/** Who may approve, spelt out. */
export interface Terms {
  /** How many have to. */
  count: number;
  /** For how long the request and the approval hold, in milliseconds. */
  expires_ms: number;
  /** Nobody of the acting team. */
  not_owner?: boolean | undefined;
  /**
   * The people who may; anybody where empty.
   *
   * Each once.
   */
  people: readonly ActorId[];
  /** How often an approval of a scope can be used. */
  uses?: number | undefined;
}

/** A time in RFC 3339, in milliseconds, UTC in answers. */
export type Timestamp = string;

/** A fencing token: sorts as text in the order of the grants. */
export type Token = string;

/**
 * Whether canonically equivalent spellings are one name.
 *
 * - `as_is`: Characters are compared as they are.
 * - `nfc`: Names are compared in Unicode normalization form C.
 */
export type Unicode = "as_is" | "nfc";

/**
 * What is counted.
 *
 * - `input_tokens`: Tokens that a model read and had not cached.
 * - `cached_input_tokens`: Tokens that a model read from its cache.
 * - `cache_write_tokens`: Tokens that were written to a model's cache.
 * - `output_tokens`: Tokens that a model wrote for others to read.
 * - `reasoning_tokens`: Tokens that a model wrote for itself.
 * - `tokens`: Tokens of all classes together.
 * - `microdollars`: Millionths of a dollar.
 * - `changes`: Changes that landed.
 * - `runs`: Runs that started.
 * - `deploys`: Deploys.
 * - `unreviewed_lines`: Lines made by loops that no person has reviewed.
 */
export type Unit = "input_tokens" | "cached_input_tokens" | "cache_write_tokens" | "output_tokens" | "reasoning_tokens" | "tokens" | "microdollars" | "changes" | "runs" | "deploys" | "unreviewed_lines";

/** What is done: plan, read, edit, create, delete, shell, tool, commit, push, open_pr, merge, deploy, spend, finish, or a verb that the document declares. */
export type Verb = string;

/**
 * What a verification came to.
 *
 * - `passed`: Every check held.
 * - `failed`: A check did not hold.
 */
export type Verdict = "passed" | "failed";

/** A pending wait and what is in its way. */
export interface Waiting {
  /** Claims, and waits in front, that are in the way, as far as they are known by name. */
  behind: readonly ClaimView[];
  /** The wait. */
  wait: ClaimView;
}

/** What a waiver reaches. What is absent is not looked at. */
export interface WaiverScope {
  /** This branch. */
  branch?: Branch | undefined;
  /** This environment. */
  environment?: ActorId | undefined;
  /** These paths. */
  paths?: PathSet | undefined;
  /** This repository. */
  repo?: RepoId | undefined;
  /** This run. */
  run?: RunId | undefined;
  /**
   * These verbs.
   *
   * Each once.
   */
  verbs?: readonly Verb[] | undefined;
}

/** What a waiver reaches. What is absent is not looked at. */
export interface WaiverScopeInput {
  /** This branch. */
  branch?: Branch | undefined;
  /** This environment. */
  environment?: ActorId | undefined;
  /** These paths. */
  paths?: PathSetInput | undefined;
  /** This repository. */
  repo?: RepoId | undefined;
  /** This run. */
  run?: RunId | undefined;
  /**
   * These verbs.
   *
   * Each once.
   */
  verbs?: readonly Verb[] | undefined;
}

/** Something that would make an action pass. */
export type Way = WayApproval | WayWaiver | WayFact | WayLeaveOut | WayAllowRule | WayWait | WayOblige;

/** A rule that allows it: there is none. */
export interface WayAllowRule {
  type: "allow_rule";
  /** The verb. */
  verb: Verb;
}

/** A person's yes. */
export interface WayApproval {
  type: "approval";
  /** The rule that asks. */
  rule: ActorId;
  /** Who, how many, for how long. */
  terms: Terms;
}

/** A fact that is missing. */
export interface WayFact {
  type: "fact";
  /** Its name. */
  fact: string;
}

/** Leaving a target out: no rule allows it. */
export interface WayLeaveOut {
  type: "leave_out";
  /** A path that no rule allows. */
  path: string;
}

/** Something that has to be done first. */
export interface WayOblige {
  type: "oblige";
  /** What. */
  obligation: Obligation;
}

/** Waiting. */
export interface WayWait {
  type: "wait";
  /** Until when. */
  until: Timestamp;
}

/** A waiver of a rule, by a person. */
export interface WayWaiver {
  type: "waiver";
  /** The rule. */
  rule: ActorId;
}

/** A wait that was served. */
export interface Woken {
  /** Whose. */
  run: RunId;
  /** The claim that was granted for it. */
  token: Token;
  /** The wait. */
  wait: Token;
}

/** A text of the journal: its reference, and its words where they are known and not erased. */
export interface Words {
  /** The key of the text. */
  digest: Digest;
  /** The length of the text in bytes. */
  len: number;
  /** The words; records leave them out. */
  text?: string | undefined;
}

/** What a run claimed against what it changed. */
export interface WorkReport {
  /** The narrowest claim that would have been enough. */
  enough: readonly Spec[];
  /** The run claimed or changed more than is remembered, so the report covers part of it. */
  partial?: boolean | undefined;
  /** Paths that the run changed without a claim of its own work that covers them. */
  undeclared: readonly PathAt[];
  /** Patterns that the run claimed for writing, and under which it changed nothing. */
  unused: readonly PatternAt[];
}

/** Names a workspace. */
export type WorkspaceId = string;
