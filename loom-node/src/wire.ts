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

/** Paths, and who answers for them. */
export interface Area {
  /** Who answers for them, or what they are called. */
  owner: ActorId;
  /** Which. */
  paths: PathSetInput;
  /** Where. */
  repo: RepoId;
}

/** How much of an area was read. All figures but `changes` and those of changes are lines added. */
export interface AreaRead {
  /** Lines that loops had a part in. */
  by_loops: number;
  /** Lines of people alone. */
  by_people: number;
  /** Lines of nobody knows whom; reviewed or not, they are in no other figure. */
  by_unknown: number;
  /** Changes that loops had a part in. */
  changes: number;
  /** How many more there are. */
  more_paths?: number | undefined;
  /** Who answers for it. */
  owner: ActorId;
  /** The paths with the most unread lines. */
  paths?: readonly UnreadPath[] | undefined;
  /** Those of them that no person reviewed. */
  unread: number;
  /** Those of them that no person reviewed. */
  unread_changes: number;
}

/** What to do. */
export type Body = BodyCreateJournal | BodyRegisterRepo | BodyRegisterLoop | BodyUpdateLoop | BodyPauseLoop | BodyResumeLoop | BodyRetireLoop | BodySignal | BodyStartRun | BodyHeartbeat | BodyBeginIteration | BodyFinishIteration | BodyRequestVerification | BodyAwaitSignal | BodyFinishRun | BodyReportFinding | BodyTakeFinding | BodyReturnFinding | BodyDeferFinding | BodyEscalateFinding | BodyResolveFinding | BodyWriteNote | BodyApproveNote | BodyDropNote | BodyClaim | BodyRenew | BodyNarrow | BodyHandOver | BodyRelease | BodyRevoke | BodyWithdraw | BodyRecordChange | BodyRecordArtifact | BodyRecordReview | BodyRecordDeploy | BodyRecordIncident | BodyResolveIncident | BodyRecordVerification | BodyErase | BodyRecover | BodyCheckpoint | BodySetPolicy | BodyProposeAction | BodyGiveBack | BodyApprove | BodyReject | BodyWaive | BodyBreakGlass | BodyReserve | BodySettle | BodyCancelReservation | BodyTick;

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

/** A person approves a convention: it holds from now on, without end. */
export interface BodyApproveNote {
  type: "approve_note";
  /** Which. */
  note: Token;
}

/** The actor's run begins nothing until a signal is given: CI went green on what it pushed. */
export interface BodyAwaitSignal {
  type: "await_signal";
  /** To what. */
  key: SignalKey;
  /** What happens. */
  name: ActorId;
}

/**
 * The actor's run begins an iteration. From then on it is held to its loop: it is done only once the
 * gates of its goal hold and somebody independent has verified what it changed.
 */
export interface BodyBeginIteration {
  type: "begin_iteration";
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

/** The finding rests for a while: its holder or a person says so. */
export interface BodyDeferFinding {
  type: "defer_finding";
  /** Which. */
  key: FindingKey;
  /** Why. */
  note?: string | undefined;
  /** Until when; at most 366 days from now. */
  until: Timestamp;
}

/** A note does not hold any more: whoever wrote it says so, or a person. */
export interface BodyDropNote {
  type: "drop_note";
  /** Which. */
  note: Token;
  /** Why. */
  reason?: string | undefined;
}

/** A person has texts forgotten. */
export interface BodyErase {
  type: "erase";
  /** The digests of the texts. */
  texts: readonly Digest[];
}

/** The finding waits for a person, with all that they need to decide. No loop takes it meanwhile. */
export interface BodyEscalateFinding {
  type: "escalate_finding";
  /** The changes that it is about; at most 64. */
  changes?: readonly ChangeId[] | undefined;
  /** What they can choose between, where that is known; at most 8. */
  choices?: readonly string[] | undefined;
  /** Which finding. */
  key: FindingKey;
  /** What they are asked. */
  question: string;
  /**
   * In whose inbox it waits. Where absent, the owner of the loop that the actor's run works for; else
   * the person who made the journal.
   */
  to?: ActorId | undefined;
}

/** The iteration under way ends; the reply says what comes next. */
export interface BodyFinishIteration {
  type: "finish_iteration";
  /** How its gates came out; at most 64. */
  gates?: readonly GateResult[] | undefined;
  /** What it used up. */
  spent?: Readonly<Record<string, number>> | undefined;
  /** What was tried, in its own words. */
  summary?: string | undefined;
}

/** The actor's run ends: its claims are released, its wait withdrawn. */
export interface BodyFinishRun {
  type: "finish_run";
  /** What it came to. */
  outcome: RunOutcome;
  /** What it used up, for the mean cost of its loop. */
  spent?: Readonly<Record<string, number>> | undefined;
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

/** The loop starts nothing until it is resumed. Runs that work go on. */
export interface BodyPauseLoop {
  type: "pause_loop";
  /** Which. */
  id: LoopId;
  /** Why. */
  reason?: string | undefined;
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

/** Makes a prompt, skill or policy known by its digest, so that a run can say what it was given. */
export interface BodyRecordArtifact {
  type: "record_artifact";
  /** What tells it from any other. */
  digest: Digest;
  /** What it is: `prompt`, `skill`, `policy` or another word. */
  kind: ActorId;
  /** What people call it. */
  name?: ActorId | undefined;
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
  /** The decision of the policy that let it pass. */
  decision?: Token | undefined;
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
  /** What the whole patch is, whatever it is applied to. */
  patch_id?: ActorId | undefined;
  /** Where. */
  repo: RepoId;
  /** The commits, or changes, that it says it reverts. */
  reverts?: readonly ActorId[] | undefined;
  /** The run that made it; the actor's own where absent. */
  run?: RunId | undefined;
  /** The claim under which it was made. Given, it must still hold, or nothing is recorded. */
  token?: Token | undefined;
}

/** Records a deployment. */
export interface BodyRecordDeploy {
  type: "record_deploy";
  /** From which branch; the repository's default branch where absent. */
  branch?: Branch | undefined;
  /** Changes that are in it, where they are named one by one. */
  changes?: readonly ChangeId[] | undefined;
  /** The commit that was deployed. */
  commit?: ActorId | undefined;
  /** The decision of the policy that let it pass. */
  decision?: Token | undefined;
  /** Where to. */
  environment: ActorId;
  /**
   * The deploy that it took the place of; the last one of the same environment and service where
   * absent.
   */
  follows?: DeployId | undefined;
  /** Its name, chosen by the caller. */
  id: DeployId;
  /** From which repository. */
  repo?: RepoId | undefined;
  /** What, where it is one of several services. */
  service?: ActorId | undefined;
  /**
   * The last change of the branch that is in it: it has that one and all that landed before. Told by
   * the commit where absent, if that was recorded not long ago.
   */
  upto?: ChangeId | undefined;
}

/** Records that something broke. */
export interface BodyRecordIncident {
  type: "record_incident";
  /** The deploy that it was seen in. */
  deploy?: DeployId | undefined;
  /** Its name, chosen by the caller. */
  id: IncidentId;
  /** The paths to look on. */
  paths?: PathSetInput | undefined;
  /** The repository to look in. */
  repo?: RepoId | undefined;
  /** What broke. */
  service?: ActorId | undefined;
  /** What was seen. */
  summary?: string | undefined;
}

/** A person says that they read changes, and what they make of them. */
export interface BodyRecordReview {
  type: "record_review";
  /** Which. */
  changes: readonly ChangeId[];
  /** In their own words. */
  note?: string | undefined;
  /** For how long they read, in milliseconds, where somebody knows. */
  read_ms?: number | undefined;
  /** What they make of them. */
  verdict: Verdict;
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

/** Registers a loop. One that is registered with this very definition stays as it is. */
export interface BodyRegisterLoop {
  type: "register_loop";
  /** Who checks the work, and never did it. */
  checker?: Worker | undefined;
  /** When its runs end. */
  exit?: ExitConditions | undefined;
  /** What each iteration is measured by; at most 64. */
  gates?: readonly Gate[] | undefined;
  /** What it is for. */
  goal?: string | undefined;
  /** Its name. */
  id: LoopId;
  /** Where its runs work. */
  isolation?: Isolation | undefined;
  /** Who does the work. */
  maker?: Worker | undefined;
  /** Who answers for it. */
  owner: ActorId;
  /** What it may change; at most 64 areas. */
  scope?: readonly ScopeAreaInput[] | undefined;
  /** The skills that its runs are given, by their digests; at most 64. */
  skills?: readonly Digest[] | undefined;
  /** The team it works for. */
  team?: TeamId | undefined;
  /**
   * The tools that its runs may use; at most 256.
   *
   * Each once.
   */
  tools?: readonly ActorId[] | undefined;
  /** When it starts. */
  trigger?: Trigger | undefined;
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

/**
 * Reports what somebody should see to. What is known under its key gets this report attached; what
 * was resolved is opened again.
 */
export interface BodyReportFinding {
  type: "report_finding";
  /** What was seen. */
  evidence?: string | undefined;
  /** What it is about, chosen so that whoever comes upon the same thing chooses the same. */
  key: FindingKey;
  /** On which paths of the repository. */
  paths?: PathSetInput | undefined;
  /** Where it is. */
  repo?: RepoId | undefined;
  /**
   * How bad it is.
   *
   * Where absent: `"medium"`.
   */
  severity?: Severity | undefined;
  /** What it is called. The first report's holds. */
  title: string;
}

/**
 * The actor's run asks that somebody else verify what it changed. The reply says what, and how far they
 * have to stand apart.
 */
export interface BodyRequestVerification {
  type: "request_verification";
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

/** The finding is over: its holder or a person says so. */
export interface BodyResolveFinding {
  type: "resolve_finding";
  /** The changes that mended it; at most 64. */
  changes?: readonly ChangeId[] | undefined;
  /** Which. */
  key: FindingKey;
  /** In their own words. */
  note?: string | undefined;
}

/** Records that an incident is over, and what is to blame for it. */
export interface BodyResolveIncident {
  type: "resolve_incident";
  /** The changes that are to blame, where that is known. */
  causes?: readonly ChangeId[] | undefined;
  /** The changes that mended it. */
  fixes?: readonly ChangeId[] | undefined;
  /** Which. */
  incident: IncidentId;
  /** In their own words. */
  note?: string | undefined;
}

/** The loop starts again when it is due. What was due while it was paused is over. */
export interface BodyResumeLoop {
  type: "resume_loop";
  /** Which. */
  id: LoopId;
}

/** The loop starts nothing any more. A person says so, for good. */
export interface BodyRetireLoop {
  type: "retire_loop";
  /** Which. */
  id: LoopId;
  /** Why. */
  reason?: string | undefined;
}

/**
 * The finding is for whoever takes it next: its holder gives it back, or a person has answered what
 * they were asked.
 */
export interface BodyReturnFinding {
  type: "return_finding";
  /** Which. */
  key: FindingKey;
  /** What was tried, or the answer. */
  note?: string | undefined;
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

/**
 * Something happened that loops listen to: CI went green, a pull request was reviewed. The same
 * name and key again change nothing.
 */
export interface BodySignal {
  type: "signal";
  /** To what: the number of a pull request, the digest of a build. */
  key: SignalKey;
  /** What happened. */
  name: ActorId;
}

/** Starts a run. The actor's own `run`, if set, is the new run or its parent. */
export interface BodyStartRun {
  type: "start_run";
  /** Prompts, skills and policies that it was given, by their digests; at most 64. */
  artifacts?: readonly Digest[] | undefined;
  /** The loop it belongs to; its parent's where absent. */
  loop?: LoopId | undefined;
  /** The run that it works for. */
  parent?: RunId | undefined;
  /** The new run's name. */
  run: RunId;
  /** The slot of the loop that it starts for: one run wins it, over all machines. */
  slot?: Slot | undefined;
  /** The length of its lease in milliseconds; 15 minutes where absent. */
  ttl_ms?: number | undefined;
}

/**
 * The actor's run sees to a finding, and nobody else does while it holds it. The holder's own command
 * again lengthens its lease.
 */
export interface BodyTakeFinding {
  type: "take_finding";
  /** Which. */
  key: FindingKey;
  /** The length of the lease in milliseconds; one hour where absent. It ends with the run. */
  ttl_ms?: number | undefined;
}

/** Does what is due (wakes waiters) and nothing else. */
export interface BodyTick {
  type: "tick";
}

/** Replaces the definition of a loop, for whoever has read the one that holds. */
export interface BodyUpdateLoop {
  type: "update_loop";
  /** The new one, under the same name. */
  definition: LoopDefinitionInput;
  /** The digest of the definition that is replaced. */
  was: Digest;
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

/**
 * Writes down what was found out about a place, for whoever works there next. It outlives the run. A
 * convention counts once a person has approved it; one that a person writes does at once.
 */
export interface BodyWriteNote {
  type: "write_note";
  /** What it says of the place. */
  kind: NoteKind;
  /** On which paths; all of the repository where absent. */
  paths?: PathSetInput | undefined;
  /** Where. */
  repo: RepoId;
  /** What it says. */
  text: string;
  /** For how many milliseconds it holds; 14 days where absent. A convention has no end. */
  ttl_ms?: number | undefined;
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
  /** Loops that their schedules start within a day on these places, the soonest first. */
  coming?: readonly ComingStart[] | undefined;
  /** The version of the journal that the brief is for. */
  decided_at: number;
  /**
   * Findings on these places that are not resolved: the worst first, then those known for longest; at
   * most 16.
   */
  findings?: readonly FindingHere[] | undefined;
  /** Changes before this time were not looked at. */
  looked_back_to: Timestamp;
  /** The run's loop. */
  loop?: LoopId | undefined;
  /** What it was told that is forgotten, since its box was full. */
  missed: number;
  /** Claims, plans and changes that the state holds beyond those listed here. */
  more: number;
  /**
   * Notes on these places: warnings first, then what failed, what was decided, conventions, and what was
   * tried; of each the latest first; at most 16.
   */
  notes?: readonly NoteView[] | undefined;
  /** What the run was told and has not read. */
  notices: readonly Notice[];
  /** What the run holds. */
  own: readonly ClaimView[];
  /** Announced plans of others that meet. */
  plans: readonly Meeting[];
  /** Whom it is for. */
  run: RunId;
  /** What a run that died left to this one. */
  taken_over?: Handover | undefined;
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
  /** Which lines, where that is known. */
  hunks?: readonly Hunk[] | undefined;
  /** Its path before, where it was moved. */
  old_path?: string | undefined;
  /**
   * What the patch of this file is, whatever it is applied to: `git patch-id --stable`, or what
   * `provenance::patch_id` says.
   */
  patch_id?: ActorId | undefined;
  /** Its path after the change, or before it where it was deleted. */
  path: string;
  /**
   * Lines removed.
   *
   * Where absent: `0`.
   */
  removed?: number | undefined;
  /** The lines that went and came, as `provenance::signed_lines` says. */
  signed_lines?: SignedLines | undefined;
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

/** A loop that will start soon and whose scope meets the places that were asked about. */
export interface ComingStart {
  /** Where they meet. */
  branch: Branch;
  /** What it is for. */
  goal?: Words | undefined;
  /** Which. */
  loop: LoopId;
  /** How long its runs take in the mean, in milliseconds. */
  mean_ms?: number | undefined;
  /** What they share. */
  met: Met;
  /** Who answers for it. */
  owner: ActorId;
  /** Where they meet. */
  repo: RepoId;
  /** Which of the places asked about meets, from 0. */
  spec: number;
  /** When it starts next. */
  start: Timestamp;
  /** The team it works for. */
  team?: TeamId | undefined;
}

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

/** What was read, and how. */
export interface Comprehension {
  /** Each area, in the order of the question. */
  areas: readonly AreaRead[];
  /** As of when. */
  at: Timestamp;
  /** How many more there are. */
  more_quick?: number | undefined;
  /** Reviews and approvals that were quicker than anybody reads, the latest first. */
  quick?: readonly QuickReading[] | undefined;
}

/** What stands, stood, or will stand in the way of work on some paths. */
export interface Conflicts {
  /** The journal's time. */
  at: Timestamp;
  /** Recent changes by other sides, deliberate ones first, then the newest. */
  changes: readonly RecentChange[];
  /** Live claims that meet, conflicts first. */
  claims: Meetings;
  /** Loops that their schedules start within a day where this work is, the soonest first; at most 64. */
  coming?: readonly ComingStart[] | undefined;
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

/** Names a deployment. */
export type DeployId = string;

/**
 * How a revert can be seen.
 *
 * - `explicit`: It says so.
 * - `inverse_patch`: Its patch is the other's, turned around.
 * - `inverse_lines`: Its lines are the other's, turned around.
 * - `blobs`: Its files are what they were before the other.
 */
export type Detector = "explicit" | "inverse_patch" | "inverse_lines" | "blobs";

/** SHA-256 in hexadecimal. */
export type Digest = string;

/** A loop that should start now. */
export interface DueView {
  /** Until when the policy lets it change nothing: it starts once that is over. */
  held_until?: Timestamp | undefined;
  /** Which. */
  loop: LoopId;
  /** How many slots or signals besides this one nobody took; at most 100 are counted. */
  missed?: number | undefined;
  /** Its run that still works for an earlier slot: it starts once that has ended. */
  running?: RunId | undefined;
  /** For what, for `start_run`. */
  slot: Slot;
}

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

/** What a person is asked to decide. */
export interface EscalationView {
  /** Who escalated it. */
  by: Actor;
  /** The changes that it is about. */
  changes?: readonly ChangeId[] | undefined;
  /** What they can choose between, where that is known. */
  choices?: readonly Words[] | undefined;
  /** What they are asked. */
  question: Words;
  /** In whose inbox it waits. */
  to: ActorId;
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

/** When the runs of a loop end. What is absent ends none. */
export interface ExitConditions {
  /** Once so much of any of these is used up. */
  budget?: Readonly<Record<string, number>> | undefined;
  /**
   * The gates that have to hold for the goal to be reached; all of them where none is named.
   *
   * Each once.
   */
  goal?: readonly ActorId[] | undefined;
  /** After so many iterations. */
  max_iterations?: number | undefined;
  /** After so many minutes. */
  max_minutes?: number | undefined;
  /** Once the same gate failed so many times alike, without a different failure in between. */
  no_progress_after?: number | undefined;
}

/**
 * In whose words.
 *
 * - `prov_json`: W3C PROV-JSON.
 * - `in_toto`: in-toto statements, one a line: SLSA provenance v1 of changes, test results of verifications.
 * - `agent_trace`: Agent Trace records, one a line.
 * - `otlp`: Spans of OpenTelemetry in OTLP/JSON.
 * - `dot`: A graph for Graphviz.
 * - `mermaid`: A graph for Mermaid.
 */
export type ExportFormat = "prov_json" | "in_toto" | "agent_trace" | "otlp" | "dot" | "mermaid";

/** The value of a fact. Fractions are written in a smaller unit. */
export type FactValue = boolean | number | string;

/** A finding that is not resolved. */
export interface FindingHere {
  /** The run that sees to it. */
  by?: RunId | undefined;
  /** What it is about. */
  key: FindingKey;
  /** What was last said of it. */
  note?: Words | undefined;
  /** On which paths. */
  paths?: PathSet | undefined;
  /** How often it came back after it was resolved. */
  reopened: number;
  /** Where it is. */
  repo?: RepoId | undefined;
  /** How bad it is. */
  severity: Severity;
  /** Since when it is known. */
  since: Timestamp;
  /** How it stands. */
  standing: FindingStanding;
  /** What it is called. */
  title: Words;
  /** In whose inbox it waits. */
  to?: ActorId | undefined;
  /** Until when it is held, or rests. */
  until?: Timestamp | undefined;
}

/** What a finding is about: the same thing found again has the same key. */
export type FindingKey = string;

/**
 * How a finding stands.
 *
 * - `open`: Whoever takes it sees to it.
 * - `taken`: A run sees to it.
 * - `deferred`: It rests for a while.
 * - `escalated`: It waits for a person.
 * - `resolved`: It is over.
 */
export type FindingStanding = "open" | "taken" | "deferred" | "escalated" | "resolved";

/** A finding as it stands, with how it came to stand so. */
export interface FindingView {
  /** The run that sees to it. */
  by?: RunId | undefined;
  /** What a person is asked. */
  escalation?: EscalationView | undefined;
  /** What it is about. */
  key: FindingKey;
  /** On which paths. */
  paths?: PathSet | undefined;
  /** How often it came back after it was resolved. */
  reopened?: number | undefined;
  /** Where it is. */
  repo?: RepoId | undefined;
  /** How many reports there were. */
  reported: number;
  /** Its reports, the earliest first: the first of all, and the latest. */
  reports: readonly ReportView[];
  /** How bad it is: the worst that anybody took it to be since it was last opened. */
  severity: Severity;
  /** How it stands. */
  standing: FindingStanding;
  /** What was done with it, the earliest first, as far as it is kept. */
  steps?: readonly StepView[] | undefined;
  /** What it is called. */
  title: Words;
  /** Until when it is held, or rests. */
  until?: Timestamp | undefined;
}

/** What a run came to. */
export interface Finish {
  /** When. */
  at: Timestamp;
  /** What it came to. */
  outcome: RunOutcome;
  /** In its own words. */
  summary?: Words | undefined;
}

/** What all loops are about to start, and what it will take. */
export interface ForecastAnswer {
  /** Loops whose scopes meet and whose runs will overlap more than once. */
  collisions?: readonly StandingCollision[] | undefined;
  /** Up to here no start is missing. */
  complete_to: Timestamp;
  /** There were too many pairs of loops to look at all for collisions. */
  partial?: boolean | undefined;
  /** What these starts will use up, as far as earlier runs of their loops said what they did. */
  spend?: Readonly<Record<string, number>> | undefined;
  /** In order; at most 10,000. */
  starts: readonly ForecastStart[];
}

/** A start that is coming. */
export interface ForecastStart {
  /** When. */
  at: Timestamp;
  /** Of which loop. */
  loop: LoopId;
}

/**
 * The language that a document is written in.
 *
 * - `yaml`: YAML 1.2, one document without tags.
 * - `toml`: TOML.
 * - `json`: JSON as RFC 8259 has it, without comments.
 */
export type Format = "yaml" | "toml" | "json";

/** What an iteration is measured by. */
export interface Gate {
  /** Its name. */
  name: ActorId;
  /** The command line that measures it, for a runner that runs gates itself. */
  run?: string | undefined;
}

/** How a gate came out. */
export interface GateResult {
  /** What was seen. */
  evidence?: string | undefined;
  /**
   * What tells this failure from another one: a digest of the first error, say. Failures without one
   * are never taken for the same.
   */
  fingerprint?: ActorId | undefined;
  /** Its name. */
  name: ActorId;
  /** Whether it holds. */
  passed: boolean;
}

/** What an iteration is measured by. */
export interface GateView {
  /** Its name. */
  name: ActorId;
  /** The command line that measures it. */
  run?: Words | undefined;
}

/**
 * How sure it is that one change took the other back.
 *
 * - `weak`: A part of it, or long after, or by counts alone.
 * - `likely`: A good part of it, with room for another reading.
 * - `strong`: All or most of it.
 * - `certain`: It says so, or is the other turned around and nothing else.
 */
export type Grade = "weak" | "likely" | "strong" | "certain";

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

/** A change of a run that hands over. */
export interface HandedChange {
  /** When it was recorded. */
  at: Timestamp;
  /** Its name. */
  id: ChangeId;
  /** What for. */
  intent?: Words | undefined;
  /** What the last verification that counts came to. */
  verdict?: Verdict | undefined;
}

/** What a run did, where it failed and what it held, as it ended or as it stands. */
export interface Handover {
  /** Who started it. */
  actor: Actor;
  /** What it and those below it changed of late, in landing order; at most 64. */
  changes?: readonly HandedChange[] | undefined;
  /** What it had claimed for writing, in the order in which it first did. */
  claimed?: readonly Spec[] | undefined;
  /** When it finished, or was taken for dead; absent while it lives. */
  ended_at?: Timestamp | undefined;
  /** How many times in a row each gate failed alike. */
  failing?: Readonly<Record<string, number>> | undefined;
  /** The findings that it saw to and that nobody took since; at most 64. */
  findings?: readonly FindingKey[] | undefined;
  /** How the gates of the last iteration that ended came out. */
  gates?: Readonly<Record<string, boolean>> | undefined;
  /** How many iterations it began. */
  iterations: number;
  /** The run's loop. */
  loop?: LoopId | undefined;
  /** How many more there are. */
  more_changes?: number | undefined;
  /** The last of them was under way. */
  open?: boolean | undefined;
  /** What it came to; absent where it died, or lives. */
  outcome?: RunOutcome | undefined;
  /** Whose. */
  run: RunId;
  /** What it used up, as far as its iterations said so. */
  spent?: Readonly<Record<string, number>> | undefined;
  /** When it started. */
  started_at: Timestamp;
  /** The run that died before, and whose work it had taken over. */
  succeeds?: RunId | undefined;
  /** What it said last of itself. */
  summary?: Words | undefined;
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

/** How much history there is. */
export interface HistoryView {
  /** Edges of the graph. */
  edges: number;
  /** Facts that were left out, since they contradict what was told before. */
  left_out: number;
  /** Nodes of the graph, those included that were only named. */
  nodes: number;
  /** Nodes that were only named, actors apart: nobody told of them. */
  unknown: number;
  /** The version of the journal up to which it was read. */
  version: number;
}

/** Who spends: a run, a loop, a team or the workspace. */
export type Holder = string;

/** One thing in a chain. */
export interface Hop {
  /** When it landed; nothing where it was only named and nobody told of it. */
  at?: Timestamp | undefined;
  /** The commit of a change or deploy. */
  commit?: ActorId | undefined;
  /** The place of the hop that led to it. */
  from?: number | undefined;
  /**
   * What people call it: the verb of a decision, the mode of a claim, the environment of a deploy,
   * the service of an incident, the name of a prompt.
   */
  label?: ActorId | undefined;
  /** Who made it, for a change. */
  made_by?: MadeBy | undefined;
  /** How many such paths more there are. */
  more_paths?: number | undefined;
  /** What it is. */
  node: Name;
  /** Its place in the chain, from 0. */
  nth: number;
  /** Paths of a change: those that led to it, where paths did, else its first ones. */
  paths?: readonly string[] | undefined;
  /** Why it is in the chain. */
  reason: HopReason;
  /** The rules that decided. */
  rules?: readonly ActorId[] | undefined;
  /** On whose side, for a change. */
  side?: Side | undefined;
  /**
   * Somebody named it, and nobody told of it: what it is stays unknown. Never for people, services,
   * agents and authors, who are only ever named.
   */
  unknown?: boolean | undefined;
  /**
   * How it came out: `allow`, `require_approval` or `deny` for a decision, `yes` or `no` for an
   * approval, `passed` or `failed` for a verification or review.
   */
  verdict?: ActorId | undefined;
  /**
   * The intent of a change or claim, the goal of a loop, the note of an answer or review, what was
   * seen in an incident.
   */
  words?: Words | undefined;
}

/**
 * Why something is in a chain.
 *
 * - `asked`: It was asked for.
 * - `overlapping_paths`: The change touches a path of the question or of the incident.
 * - `of_service`: The deploy or incident is of the service.
 * - `seen_in`: The incident was seen in the deploy.
 * - `deployed_in`: The change is in the deploy, and was not in the one before.
 * - `brought_out_by`: The deploy is the one that brought the change out.
 * - `follows`: The deploy took this one's place.
 * - `derived`: The change was made from a version that this one left.
 * - `made_by`: It made the change or deploy.
 * - `run_of_loop`: The run is one of this loop's.
 * - `child_of`: The run works for this one.
 * - `started_by`: It started the run.
 * - `prompted_by`: The run was given this prompt, skill or policy.
 * - `owned_by`: They answer for the loop.
 * - `under_claim`: The change was made under this claim.
 * - `held_by`: The run held the claim.
 * - `decided_by_rule`: The decision let it pass, by these rules.
 * - `asked_by`: It asked for the decision.
 * - `by_policy`: The decision was made by this policy.
 * - `approved_by`: Somebody said yes.
 * - `rejected_by`: Somebody said no.
 * - `given_by`: They gave the answer.
 * - `verified_by`: The change was checked.
 * - `checked_by`: It did the check.
 * - `reviewed_by`: The change was read.
 * - `read_by`: They read it.
 * - `reported_by`: It reported the incident.
 */
export type HopReason = "asked" | "overlapping_paths" | "of_service" | "seen_in" | "deployed_in" | "brought_out_by" | "follows" | "derived" | "made_by" | "run_of_loop" | "child_of" | "started_by" | "prompted_by" | "owned_by" | "under_claim" | "held_by" | "decided_by_rule" | "asked_by" | "by_policy" | "approved_by" | "rejected_by" | "given_by" | "verified_by" | "checked_by" | "reviewed_by" | "read_by" | "reported_by";

/** Where lines went and came, in lines counted from 1; what `@@ -1,2 +3,4 @@` says. */
export interface Hunk {
  /** How many lines after. */
  new_lines: number;
  /** The first line after. */
  new_start: number;
  /** How many lines before. */
  old_lines: number;
  /** The first line before. */
  old_start: number;
}

/** Names an incident. */
export type IncidentId = string;

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

/** The patch of a change, turned around. */
export interface InversePatch {
  /** Of which change. */
  change: ChangeId;
  /** As `provenance::inverse_patch_id` says. */
  patch_id: ActorId;
}

/**
 * Where the runs of a loop work.
 *
 * - `worktree`: In a worktree of their own.
 * - `clone`: In a clone or container of their own.
 * - `none`: Where their owner works.
 */
export type Isolation = "worktree" | "clone" | "none";

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

/**
 * A loop. `T` is what its texts are: words where somebody writes it, references to words in the
 * journal.
 */
export interface LoopDefinition {
  /** Who checks the work, and never did it. */
  checker?: Worker | undefined;
  /** When its runs end. */
  exit?: ExitConditions | undefined;
  /** What each iteration is measured by; at most 64. */
  gates?: readonly Gate[] | undefined;
  /** What it is for. */
  goal?: string | undefined;
  /** Its name. */
  id: LoopId;
  /** Where its runs work. */
  isolation?: Isolation | undefined;
  /** Who does the work. */
  maker?: Worker | undefined;
  /** Who answers for it. */
  owner: ActorId;
  /** What it may change; at most 64 areas. */
  scope?: readonly ScopeArea[] | undefined;
  /** The skills that its runs are given, by their digests; at most 64. */
  skills?: readonly Digest[] | undefined;
  /** The team it works for. */
  team?: TeamId | undefined;
  /**
   * The tools that its runs may use; at most 256.
   *
   * Each once.
   */
  tools?: readonly ActorId[] | undefined;
  /** When it starts. */
  trigger?: Trigger | undefined;
}

/**
 * A loop. `T` is what its texts are: words where somebody writes it, references to words in the
 * journal.
 */
export interface LoopDefinitionInput {
  /** Who checks the work, and never did it. */
  checker?: Worker | undefined;
  /** When its runs end. */
  exit?: ExitConditions | undefined;
  /** What each iteration is measured by; at most 64. */
  gates?: readonly Gate[] | undefined;
  /** What it is for. */
  goal?: string | undefined;
  /** Its name. */
  id: LoopId;
  /** Where its runs work. */
  isolation?: Isolation | undefined;
  /** Who does the work. */
  maker?: Worker | undefined;
  /** Who answers for it. */
  owner: ActorId;
  /** What it may change; at most 64 areas. */
  scope?: readonly ScopeAreaInput[] | undefined;
  /** The skills that its runs are given, by their digests; at most 64. */
  skills?: readonly Digest[] | undefined;
  /** The team it works for. */
  team?: TeamId | undefined;
  /**
   * The tools that its runs may use; at most 256.
   *
   * Each once.
   */
  tools?: readonly ActorId[] | undefined;
  /** When it starts. */
  trigger?: Trigger | undefined;
}

/** Names a loop. */
export type LoopId = string;

/**
 * Whether a loop may start.
 *
 * - `active`: It starts when it is due.
 * - `paused`: It starts nothing until somebody resumes it.
 * - `retired`: It starts nothing any more.
 */
export type LoopStanding = "active" | "paused" | "retired";

/** A loop as others see it. */
export interface LoopView {
  /** Who checks the work. */
  checker?: WorkerView | undefined;
  /** Since when its trigger counts. */
  counts_from: Timestamp;
  /** The digest of its definition, for `update_loop`. */
  digest: Digest;
  /** When its runs end. */
  exit: ExitConditions;
  /** Its last three runs found nothing: it might start less often. */
  finds_nothing?: boolean | undefined;
  /** What each iteration is measured by. */
  gates?: readonly GateView[] | undefined;
  /** What it is for. */
  goal?: Words | undefined;
  /** Its name. */
  id: LoopId;
  /** Where its runs work. */
  isolation: Isolation;
  /** The last slot at which it started, and the run that won it. */
  last_start?: StartView | undefined;
  /** Who does the work. */
  maker?: WorkerView | undefined;
  /** The mean length of these in milliseconds. */
  mean_ms?: number | undefined;
  /** The mean of what these used up, as far as they said so. */
  mean_spent?: Readonly<Record<string, number>> | undefined;
  /** When it starts next by its schedule. */
  next_start?: Timestamp | undefined;
  /** Who answers for it. */
  owner: ActorId;
  /** How many of its last runs are remembered. */
  past_runs: number;
  /** What it may change. */
  scope?: readonly ScopeArea[] | undefined;
  /** The skills that its runs are given. */
  skills?: readonly Digest[] | undefined;
  /** Whether it may start. */
  standing: LoopStanding;
  /** Who last said whether it may start. */
  stood?: StoodView | undefined;
  /** The team it works for. */
  team?: TeamId | undefined;
  /** The tools that its runs may use. */
  tools?: readonly ActorId[] | undefined;
  /** When it starts. */
  trigger: Trigger;
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

/** The name of a node: its kind, a colon, and its id within the kind. */
export type Name = string;

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

/** What a run does next. */
export type NextStep = NextStepContinue | NextStepWait | NextStepVerify | NextStepStop;

/** Go on with the iteration under way, or begin the next one. */
export interface NextStepContinue {
  type: "continue";
  /** Its number, from 1. */
  iteration: number;
}

/** Finish the run. */
export interface NextStepStop {
  type: "stop";
  /** With what. */
  outcome: RunOutcome;
  /** Why. */
  why: StopReason;
}

/** The goal's gates hold: have somebody else verify these changes. */
export interface NextStepVerify {
  type: "verify";
  /**
   * How far the policy wants a verifier to stand apart, beyond being independent.
   *
   * Each once.
   */
  by?: readonly Independence[] | undefined;
  /** Changes of the run and of those below it, in landing order; at most 64 are listed. */
  changes: readonly ChangeId[];
  /** How many more there are. */
  more?: number | undefined;
}

/** Begin nothing until this is over, then ask again. */
export interface NextStepWait {
  type: "wait";
  /** What it waits for. */
  on: WaitsFor;
}

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

/**
 * Why a run did not start.
 *
 * - `slot_taken`: Another run has the slot.
 * - `slot_over`: A later slot was taken, or the loop was registered, changed or resumed since.
 * - `running`: A run of the loop still works for an earlier slot.
 * - `held`: The policy lets the loop change nothing for a while.
 * - `paused`: The loop is paused.
 * - `retired`: The loop is retired.
 */
export type NotStarted = "slot_taken" | "slot_over" | "running" | "held" | "paused" | "retired";

/**
 * Why a run does not get a finding.
 *
 * - `taken`: Another run sees to it.
 * - `deferred`: It rests for a while.
 * - `escalated`: It waits for a person.
 * - `resolved`: It is over.
 */
export type NotTaken = "taken" | "deferred" | "escalated" | "resolved";

/**
 * What a note says of a place.
 *
 * - `warning`: Take care.
 * - `failed`: This was tried, and did not work.
 * - `decided`: This was decided.
 * - `convention`: How things are done here, for good.
 * - `tried`: This was tried.
 */
export type NoteKind = "warning" | "failed" | "decided" | "convention" | "tried";

/** A note. */
export interface NoteView {
  /** The person who approved it, for a convention that counts. */
  approved_by?: Actor | undefined;
  /** When. */
  at: Timestamp;
  /** Who wrote it. */
  by: Actor;
  /** Its name. */
  id: Token;
  /** What it says of the place. */
  kind: NoteKind;
  /** On which paths; all of the repository where there is no pattern. */
  paths?: PathSet | undefined;
  /** Where. */
  repo: RepoId;
  /** What it says. */
  text: Words;
  /** Until when it holds, or waits for a person; without end where absent. */
  until?: Timestamp | undefined;
}

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

/**
 * The parts of a score; see `Weights`.
 *
 * - `paths`: It touches the paths.
 * - `focus`: Much of it is at the paths.
 * - `recency`: It is recent.
 * - `size`: It is large.
 * - `verification`: Nobody apart from its makers found it good.
 * - `maker`: Its side caused incidents before.
 * - `past_incidents`: Changes of its paths caused incidents before.
 * - `undoes`: It brings back what somebody had replaced.
 * - `undone`: It was undone since.
 */
export type Part = "paths" | "focus" | "recency" | "size" | "verification" | "maker" | "past_incidents" | "undoes" | "undone";

/**
 * Whose a change is: a side of runs, else those named to have made it.
 *
 * Agents are named beside the author whose name they work under; they count where nobody else is
 * named.
 */
export type Party = {
  side: Side;
} | {
  /**
   *
   * Each once.
   */
  makers: readonly Name[];
};

/** A check that a change passed. */
export interface PassedCheck {
  /** The verification. */
  id: ActorId;
  /** Did the checker stand apart from every maker? */
  independent: boolean;
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

/** A file of a change that has not landed. */
export interface ProposedFile {
  /** The blob that comes; absent where the file goes. */
  after?: ActorId | undefined;
  /** The blob that it takes the place of, where that is known. */
  before?: ActorId | undefined;
  /** Its path. */
  path: string;
}

/** A question to the hot state. */
export type Query = QueryConflicts | QueryAdmit | QueryWorkReport | QueryBrief | QueryClaim | QueryClaims | QueryWaits | QueryRun | QueryNext | QueryHandover | QueryVerifications | QueryRuns | QueryRepos | QueryLoops | QueryLoop | QueryDue | QueryForecast | QueryReadLoop | QueryFindings | QueryFinding | QueryInbox | QueryNotes | QuerySkill | QueryStateFile | QueryCheck | QueryPolicy | QueryRequests | QueryRequest | QueryExceptions | QuerySpend | QueryTrace | QuerySuspects | QueryReverts | QueryWars | QueryRewrites | QueryWouldRevert | QueryComprehension | QueryExport | QueryHistory | QueryHead | QueryStateHash | QueryNextDeadline;

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

/**
 * How much of what loops made has no person read? Where no areas are named, by the services of the
 * policy, and by its owners.
 */
export interface QueryComprehension {
  type: "comprehension";
  /** Whose paths are counted, at most `AREAS_MAX`. A path may be of several areas. */
  areas?: readonly Area[] | undefined;
  /**
   * Who reads faster is flagged, in lines a minute.
   *
   * Where absent: `60`.
   */
  lines_per_minute?: number | undefined;
  /** What landed before is left out. */
  since?: Timestamp | undefined;
  /** As of when; else now. */
  until?: Timestamp | undefined;
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

/** Which loops should start now? */
export interface QueryDue {
  type: "due";
}

/** The exceptions that hold, broken glass included. */
export interface QueryExceptions {
  type: "exceptions";
}

/**
 * A part of history in the words of others: PROV-JSON, in-toto, Agent Trace, OTLP, a graph
 * for Graphviz or Mermaid.
 */
export interface QueryExport {
  type: "export";
  /** In whose words. */
  format: ExportFormat;
  /** Which part. */
  of: Selected;
}

/** A finding by its key, with its history. */
export interface QueryFinding {
  type: "finding";
  /** Its key. */
  key: FindingKey;
}

/**
 * The findings, in the order in which somebody should see to them: the worst first, then those known
 * for longest.
 */
export interface QueryFindings {
  type: "findings";
  /** Those that stand so alone; all that are not resolved where absent. */
  standing?: FindingStanding | undefined;
}

/** What are all loops about to start, what will it take, and which of them collide? */
export interface QueryForecast {
  type: "forecast";
  /** From when on; now where absent. */
  from?: Timestamp | undefined;
  /** Until when. */
  until: Timestamp;
}

/** What did a run do, where did it fail, what did it hold? Of one that died, for whoever goes on. */
export interface QueryHandover {
  type: "handover";
  /** Which. */
  run: RunId;
}

/** Where the journal ends, as far as it was read. */
export interface QueryHead {
  type: "head";
}

/** How much history there is. */
export interface QueryHistory {
  type: "history";
}

/**
 * What waits for a person, with what they need to decide: the worst first, then what is known for
 * longest.
 */
export interface QueryInbox {
  type: "inbox";
  /** Whose; everybody's where absent. */
  of?: ActorId | undefined;
}

/** A loop by its name. */
export interface QueryLoop {
  type: "loop";
  /** Its name. */
  id: LoopId;
}

/** The registered loops, by name. */
export interface QueryLoops {
  type: "loops";
}

/** What does a run do next? */
export interface QueryNext {
  type: "next";
  /** Which. */
  run: RunId;
}

/** When a lease or the run of a wait next ends by itself. */
export interface QueryNextDeadline {
  type: "next_deadline";
}

/**
 * The notes that hold: warnings first, then what failed, what was decided, conventions, and what was
 * tried; of each the latest first.
 */
export interface QueryNotes {
  type: "notes";
  /** Those of this kind alone. */
  kind?: NoteKind | undefined;
  /** Those that are about these places; all where there is none. */
  specs?: readonly SpecRequestInput[] | undefined;
}

/** The policy that holds. */
export interface QueryPolicy {
  type: "policy";
}

/** Reads a loop that somebody wrote as YAML, TOML or JSON, and checks it. Registers nothing. */
export interface QueryReadLoop {
  type: "read_loop";
  /** The language that it is written in. */
  format: Format;
  /** What errors call it: a file name as a rule. */
  name: string;
  /** The document. */
  text: string;
}

/** The reply to a query. */
export type QueryReply = QueryReplyConflicts | QueryReplyAdmission | QueryReplyWorkReport | QueryReplyBrief | QueryReplyClaim | QueryReplyClaims | QueryReplyWaits | QueryReplyRun | QueryReplyNext | QueryReplyHandover | QueryReplyVerifications | QueryReplyRuns | QueryReplyRepos | QueryReplyLoops | QueryReplyChecked | QueryReplyPolicy | QueryReplyRequests | QueryReplyRequest | QueryReplyExceptions | QueryReplySpend | QueryReplyTrace | QueryReplySuspects | QueryReplyReverts | QueryReplyWars | QueryReplyRewrites | QueryReplyWouldRevert | QueryReplyComprehension | QueryReplyExport | QueryReplyHistory | QueryReplyLoop | QueryReplyDue | QueryReplyForecast | QueryReplyLoopRead | QueryReplyFindings | QueryReplyFinding | QueryReplyInbox | QueryReplyNotes | QueryReplySkill | QueryReplyStateFile | QueryReplyHead | QueryReplyStateHash | QueryReplyDeadline;

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

/** To `comprehension`. */
export interface QueryReplyComprehension {
  type: "comprehension";
  /** By area. */
  comprehension: Comprehension;
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

/** To `due`. */
export interface QueryReplyDue {
  type: "due";
  /** By the names of the loops. */
  due: readonly DueView[];
  /** When a loop next becomes due by its schedule: sleep until then, or until a signal. */
  next?: Timestamp | undefined;
}

/** To `exceptions`. */
export interface QueryReplyExceptions {
  type: "exceptions";
  /** By name. */
  exceptions: readonly ExceptionView[];
}

/** To `export`. */
export interface QueryReplyExport {
  type: "export";
  /** The text; texts of the journal stand in it as far as they are known to history. */
  text: string;
}

/** To `finding`. */
export interface QueryReplyFinding {
  type: "finding";
  /** The finding; absent where it is not known, or long resolved. */
  finding?: FindingView | undefined;
}

/** To `findings`. */
export interface QueryReplyFindings {
  type: "findings";
  /** The worst first. */
  findings: readonly FindingView[];
  /** More than are listed. */
  more: number;
}

/** To `forecast`. */
export interface QueryReplyForecast {
  type: "forecast";
  /** Starts, what they take, and collisions. */
  forecast: ForecastAnswer;
}

/** To `handover`. */
export interface QueryReplyHandover {
  type: "handover";
  /** What the run leaves; absent where nobody remembers it. */
  handover?: Handover | undefined;
}

/** To `head`. */
export interface QueryReplyHead {
  type: "head";
  /** The last record read. */
  head: Head;
}

/** To `history`. */
export interface QueryReplyHistory {
  type: "history";
  /** How much there is. */
  history: HistoryView;
}

/** To `inbox`. */
export interface QueryReplyInbox {
  type: "inbox";
  /** The worst first. */
  findings: readonly FindingView[];
  /** More than are listed. */
  more: number;
}

/** To `loop`. */
export interface QueryReplyLoop {
  type: "loop";
  /** The loop; absent for an unknown one. */
  loop?: LoopView | undefined;
}

/** To `read_loop`. */
export interface QueryReplyLoopRead {
  type: "loop_read";
  /** What it says, for `register_loop`. */
  definition: LoopDefinition;
  /** Its digest. */
  digest: Digest;
}

/** To `loops`. */
export interface QueryReplyLoops {
  type: "loops";
  /** By name. */
  loops: readonly LoopView[];
}

/** To `next`. */
export interface QueryReplyNext {
  type: "next";
  /** What the run does next, and why. */
  next: NextStep;
}

/** To `notes`. */
export interface QueryReplyNotes {
  type: "notes";
  /** More than are listed. */
  more: number;
  /** Warnings first. */
  notes: readonly NoteView[];
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

/** To `reverts`. */
export interface QueryReplyReverts {
  type: "reverts";
  /** In landing order. */
  reverts: Reverts;
}

/** To `rewrites`. */
export interface QueryReplyRewrites {
  type: "rewrites";
  /** In landing order. */
  rewrites: Rewrites;
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

/** To `skill`. */
export interface QueryReplySkill {
  type: "skill";
  /** The conventions. */
  skill: Skill;
  /** The same as the text of a `SKILL.md`. */
  text: string;
}

/** To `spend`. */
export interface QueryReplySpend {
  type: "spend";
  /** More than are listed. */
  more: number;
  /** By limit and holder. */
  spend: readonly Spend[];
}

/** To `state_file`. */
export interface QueryReplyStateFile {
  type: "state_file";
  /** What stands. */
  state_file: StateFile;
  /** The same as Markdown. */
  text: string;
}

/** To `state_hash`. */
export interface QueryReplyStateHash {
  type: "state_hash";
  /** The digest. */
  hash: Digest;
}

/** To `suspects`. */
export interface QueryReplySuspects {
  type: "suspects";
  /** The likeliest first. */
  suspects: Suspects;
}

/** To `trace`. */
export interface QueryReplyTrace {
  type: "trace";
  /** The chain. */
  trace: Trace;
}

/** To `verifications`. */
export interface QueryReplyVerifications {
  type: "verifications";
  /** More than are listed. */
  more: number;
  /** Those that asked first in front. */
  verifications: readonly VerificationView[];
}

/** To `waits`. */
export interface QueryReplyWaits {
  type: "waits";
  /** More than are listed. */
  more: number;
  /** In the order in which they are asked. */
  waits: readonly ClaimView[];
}

/** To `wars`. */
export interface QueryReplyWars {
  type: "wars";
  /** The hottest first. */
  wars: Wars;
}

/** To `work_report`. */
export interface QueryReplyWorkReport {
  type: "work_report";
  /** Claimed against changed. */
  work: WorkReport;
}

/** To `would_revert`. */
export interface QueryReplyWouldRevert {
  type: "would_revert";
  /** In the order of the files. */
  would_revert: WouldRevert;
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

/** Which changes of a branch took others of it back? */
export interface QueryReverts {
  type: "reverts";
  /** On which branch. */
  branch: Branch;
  /**
   * By which detectors.
   *
   * Each once.
   *
   * Where absent: `["explicit","inverse_patch","inverse_lines","blobs"]`.
   */
  detectors?: readonly Detector[] | undefined;
  /**
   * How much older the reverted change may be, in milliseconds. Who names what they revert is
   * believed whatever its age.
   *
   * Where absent: `2592000000`.
   */
  horizon_ms?: number | undefined;
  /** What patches are when they are turned around, where somebody has the diffs. */
  inverse_patches?: readonly InversePatch[] | undefined;
  /**
   * The weakest grade that is listed; what is weaker is counted.
   *
   * Where absent: `"likely"`.
   */
  least?: Grade | undefined;
  /** Of which repository. */
  repo: RepoId;
  /** Only what landed then or later. */
  since?: Timestamp | undefined;
  /** Only what landed before. */
  until?: Timestamp | undefined;
}

/** Which changes are others that landed anew: rebased, squashed, picked? */
export interface QueryRewrites {
  type: "rewrites";
  /** Of which repository. */
  repo: RepoId;
  /** Only what landed anew then or later. */
  since?: Timestamp | undefined;
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

/** The conventions that people approved, as a skill that an agent can be given. */
export interface QuerySkill {
  type: "skill";
  /** Of this repository alone. */
  repo?: RepoId | undefined;
}

/** What counts towards limits now. */
export interface QuerySpend {
  type: "spend";
}

/** Findings and notes as a Markdown file that is stable under diff. */
export interface QueryStateFile {
  type: "state_file";
}

/** The digest of the hot state: equal everywhere after the same records. O(state). */
export interface QueryStateHash {
  type: "state_hash";
}

/** Which changes may be to blame? */
export interface QuerySuspects {
  type: "suspects";
  /**
   * The most suspects in each list, at most `SUSPECTS_MAX`.
   *
   * Where absent: `20`.
   */
  limit?: number | undefined;
  /** Of what. */
  of: SuspectsOf;
  /** The time to look back from. Without it: when the incident or deploy landed, else now. */
  until?: Timestamp | undefined;
  /**
   * What each part of the score is worth.
   *
   * Where absent: `{"focus":250,"half_life_ms":21600000,"maker":100,"past_incidents":100,"paths":1000,"recency":150,"size":25,"undoes":50,"undone":200,"verification":150}`.
   */
  weights?: Weights | undefined;
  /**
   * How far back to look where no good deploy is known, in milliseconds.
   *
   * Where absent: `86400000`.
   */
  window_ms?: number | undefined;
}

/**
 * What led to this? The causal chain back from paths, a service, a change, a deploy or an incident, as
 * far as people.
 */
export interface QueryTrace {
  type: "trace";
  /** Where to begin. */
  from: TraceFrom;
  /**
   * The most hops to list, at most `HOPS_MAX`.
   *
   * Where absent: `1000`.
   */
  limit?: number | undefined;
  /** The time to look back from. Without it: when the incident or deploy landed, else now. */
  until?: Timestamp | undefined;
  /**
   * How far back to look for what is found by paths or by time, in milliseconds.
   *
   * Where absent: `3600000`.
   */
  window_ms?: number | undefined;
}

/** The runs that wait for somebody who verifies what they changed. */
export interface QueryVerifications {
  type: "verifications";
}

/** The pending waits, in the order in which they are asked. */
export interface QueryWaits {
  type: "waits";
}

/** Which paths of a branch do two sides fight over? */
export interface QueryWars {
  type: "wars";
  /** On which branch. */
  branch: Branch;
  /**
   * After how long a turn counts half, in milliseconds; 0 counts as 1.
   *
   * Where absent: `604800000`.
   */
  half_life_ms?: number | undefined;
  /**
   * How much older what a turn takes back may be, in milliseconds.
   *
   * Where absent: `2592000000`.
   */
  horizon_ms?: number | undefined;
  /** Of which repository. */
  repo: RepoId;
  /** Only turns that landed then or later. */
  since?: Timestamp | undefined;
}

/** What did a run claim, against what it changed? */
export interface QueryWorkReport {
  type: "work_report";
  /** The run. */
  run: RunId;
}

/** Whose work would this change undo, if it landed? */
export interface QueryWouldRevert {
  type: "would_revert";
  /** On which branch. */
  branch: Branch;
  /** Who made it, where it has no side. */
  by?: readonly Name[] | undefined;
  /** What it makes of its files. */
  files: readonly ProposedFile[];
  /**
   * How old what it undoes may be, in milliseconds.
   *
   * Where absent: `2592000000`.
   */
  horizon_ms?: number | undefined;
  /** Its patch turned around, where somebody has its diff: `provenance::inverse_patch_id`. */
  inverse_patch_id?: ActorId | undefined;
  /** Name what the same side did, too. */
  own_too?: boolean | undefined;
  /** Where it is to land. */
  repo: RepoId;
  /** On whose side it stands. What the same side did is its own to undo. */
  side?: Side | undefined;
}

/** A review or approval that was quicker than anybody reads. */
export interface QuickReading {
  /** When. */
  at: Timestamp;
  /** Whose. */
  by: Actor;
  /** Lines that there were to read: added and removed. */
  lines: number;
  /** Lines a minute, at least. */
  lines_per_minute: number;
  /** For how long they read at most, in milliseconds. */
  read_ms: number;
  /** The review or approval. */
  reading: Name;
  /** Was that said? Else it is the time from when there was something to read until the answer. */
  said: boolean;
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

/**
 * Why a change took another back.
 *
 * - `real`: Nothing speaks against it.
 * - `routine_regeneration`: Every path is one that flips between the same contents, or that nearly every change writes:
generated files, states, locks.
 * - `parallel_branch`: It took back several changes of others at once: a branch that was cut before them landed over
them.
 * - `removal`: Files that the other had added went away in a change that is about more.
 */
export type Reason2 = "real" | "routine_regeneration" | "parallel_branch" | "removal";

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
export type Reply = ReplyJournalCreated | ReplyRepoRegistered | ReplyLoopRegistered | ReplyLoopStands | ReplySignalled | ReplyRunNotStarted | ReplyRunStarted | ReplyBeaten | ReplyIterationBegun | ReplyIterationNotBegun | ReplyIterationFinished | ReplyVerificationRequested | ReplyVerificationNotRequested | ReplySignalAwaited | ReplyRunNotDone | ReplyRunFinished | ReplyFindingReported | ReplyFindingTaken | ReplyFindingNotTaken | ReplyFindingStands | ReplyNoteWritten | ReplyNoteApproved | ReplyNoteDropped | ReplyClaim | ReplyNotAllowed | ReplyRenewed | ReplyNarrowed | ReplyHandOver | ReplyReleased | ReplyRevoked | ReplyWithdrawn | ReplyChangeRecorded | ReplyChangeFenced | ReplyVerificationRecorded | ReplyArtifactRecorded | ReplyReviewRecorded | ReplyDeployRecorded | ReplyIncidentRecorded | ReplyIncidentResolved | ReplyErased | ReplyRecovered | ReplyCheckpointed | ReplyPolicySet | ReplyActionDecided | ReplyGivenBack | ReplyRequestAnswered | ReplyWaived | ReplyReservation | ReplyReservationEnded | ReplySettled | ReplyAlreadyLanded;

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

/** To `record_artifact`. */
export interface ReplyArtifactRecorded {
  type: "artifact_recorded";
  /** Its digest. */
  digest: Digest;
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

/** To `record_deploy`. */
export interface ReplyDeployRecorded {
  type: "deploy_recorded";
  /** The deploy that it took the place of. */
  follows?: DeployId | undefined;
  /** Its name. */
  id: DeployId;
  /** The last change of the branch that is in it, where that is known. */
  upto?: ChangeId | undefined;
}

/** To `erase`: the caller now erases these texts in its store. */
export interface ReplyErased {
  type: "erased";
  /** The digests of the texts. */
  texts: readonly Digest[];
}

/** To `take_finding`, where the actor's run does not get it. Nothing was done. */
export interface ReplyFindingNotTaken {
  type: "finding_not_taken";
  /** The run that sees to it. */
  by?: RunId | undefined;
  /** Which. */
  key: FindingKey;
  /** Until when, where it is for a while. */
  until?: Timestamp | undefined;
  /** Why not. */
  why: NotTaken;
}

/** To `report_finding`. */
export interface ReplyFindingReported {
  type: "finding_reported";
  /** It was known before, and this report is attached to it. */
  attached: boolean;
  /** The run that sees to it. */
  by?: RunId | undefined;
  /** What it is about. */
  key: FindingKey;
  /** It was resolved, and is open again. */
  reopened: boolean;
  /** How it stands. */
  standing: FindingStanding;
}

/** To `return_finding`, `defer_finding`, `escalate_finding` and `resolve_finding`. */
export interface ReplyFindingStands {
  type: "finding_stands";
  /** Which. */
  key: FindingKey;
  /** How it stands now. */
  standing: FindingStanding;
  /** In whose inbox it waits, where it waits for a person. */
  to?: ActorId | undefined;
}

/** To `take_finding`. */
export interface ReplyFindingTaken {
  type: "finding_taken";
  /** Which. */
  key: FindingKey;
  /** Until when the actor's run holds it, as long as it is alive. */
  until: Timestamp;
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

/** To `record_incident`. */
export interface ReplyIncidentRecorded {
  type: "incident_recorded";
  /** Its name. */
  id: IncidentId;
}

/** To `resolve_incident`. */
export interface ReplyIncidentResolved {
  type: "incident_resolved";
  /** Which. */
  incident: IncidentId;
}

/** To `begin_iteration`. */
export interface ReplyIterationBegun {
  type: "iteration_begun";
  /** Its number, from 1. */
  number: number;
}

/** To `finish_iteration`. */
export interface ReplyIterationFinished {
  type: "iteration_finished";
  /** What the run does next. */
  next: NextStep;
  /** Its number. */
  number: number;
}

/** To `begin_iteration`, where another one must not begin. Nothing was done. */
export interface ReplyIterationNotBegun {
  type: "iteration_not_begun";
  /** What the run does in its place. */
  next: NextStep;
  /** Of which run. */
  run: RunId;
}

/** To `create_journal`. */
export interface ReplyJournalCreated {
  type: "journal_created";
  /** The name of the workspace. */
  workspace: WorkspaceId;
}

/** To `register_loop` and `update_loop`. */
export interface ReplyLoopRegistered {
  type: "loop_registered";
  /** The digest of its definition, for `update_loop`. */
  digest: Digest;
  /** Its name. */
  id: LoopId;
}

/** To `pause_loop`, `resume_loop` and `retire_loop`. */
export interface ReplyLoopStands {
  type: "loop_stands";
  /** Which. */
  id: LoopId;
  /** How it stands now. */
  standing: LoopStanding;
}

/** To `narrow`. */
export interface ReplyNarrowed {
  type: "narrowed";
  /** The claim as it is now. */
  claim: ClaimView;
}

/** To `claim`, `reserve` and `finish_run`, where the policy does not let it pass. Nothing of it was done. */
export interface ReplyNotAllowed {
  type: "not_allowed";
  /** Why, and what would make it pass. */
  decision: Decision;
  /** The name of the decision. */
  id: Token;
  /** The requests for a yes that wait for a person. */
  requests?: readonly Token[] | undefined;
}

/** To `approve_note`. */
export interface ReplyNoteApproved {
  type: "note_approved";
  /** Which. */
  note: Token;
}

/** To `drop_note`. */
export interface ReplyNoteDropped {
  type: "note_dropped";
  /** Which. */
  note: Token;
}

/** To `write_note`. */
export interface ReplyNoteWritten {
  type: "note_written";
  /** Its name. */
  note: Token;
  /** Until when it holds, or waits for a person; without end where absent. */
  until?: Timestamp | undefined;
  /** It is a convention that counts once a person has approved it. */
  waits: boolean;
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

/** To `record_review`. */
export interface ReplyReviewRecorded {
  type: "review_recorded";
  /** Of which changes. */
  changes: readonly ChangeId[];
  /** What the reader made of them. */
  verdict: Verdict;
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

/** To `finish_run`, where the run is not done yet. Nothing was done. */
export interface ReplyRunNotDone {
  type: "run_not_done";
  /** What the run does in its place. */
  next: NextStep;
  /** Which. */
  run: RunId;
}

/** To `start_run`, where the loop does not start. Nothing was done. */
export interface ReplyRunNotStarted {
  type: "run_not_started";
  /** The run in the way, where one is. */
  by?: RunId | undefined;
  /** Of which loop. */
  loop: LoopId;
  /** Until when the policy lets the loop change nothing, where that is why. */
  until?: Timestamp | undefined;
  /** Why not. */
  why: NotStarted;
}

/** To `start_run`. */
export interface ReplyRunStarted {
  type: "run_started";
  /** Until when it is taken to be alive. */
  live_until: Timestamp;
  /** Its name. */
  run: RunId;
  /** The last run of its loop, which died and whose work it takes over: `handover` says what that left. */
  succeeds?: RunId | undefined;
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

/** To `await_signal`. */
export interface ReplySignalAwaited {
  type: "signal_awaited";
  /** It was given before: the run waits for nothing. */
  given: boolean;
  /** Which run. */
  run: RunId;
}

/** To `signal`. */
export interface ReplySignalled {
  type: "signalled";
  /** To what. */
  key: SignalKey;
  /** It was known, and nothing changed. */
  known?: boolean | undefined;
  /** What happened. */
  name: ActorId;
  /** The runs that waited for it, and go on. */
  wakes?: readonly RunId[] | undefined;
}

/** To `request_verification`, where there is nothing to verify now. Nothing was done. */
export interface ReplyVerificationNotRequested {
  type: "verification_not_requested";
  /** What the run does in its place. */
  next: NextStep;
  /** Of which run. */
  run: RunId;
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

/** To `request_verification`. */
export interface ReplyVerificationRequested {
  type: "verification_requested";
  /** What is to be verified. */
  of: Unverified;
  /** Of which run. */
  run: RunId;
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

/** What somebody saw. */
export interface ReportView {
  /** When. */
  at: Timestamp;
  /** Who. */
  by: Actor;
  /** What. */
  evidence?: Words | undefined;
  /** How bad they took it to be. */
  severity: Severity;
}

/** A request for a person's yes, with its answers. */
export interface RequestView {
  /** What is to be done. */
  action: Action;
  /**
   * What others changed there on purpose, or had verified, and meant by it: the latest first. At most 16,
   * and none once it was answered.
   */
  against?: readonly RecentChange[] | undefined;
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

/** A change that took another back. */
export interface Revert {
  /** How long after, in milliseconds. */
  after_ms: number;
  /** The one that took back. */
  change: ChangeId;
  /** Its commit. */
  commit?: ActorId | undefined;
  /** What was seen, one by each detector that saw something. */
  evidence: readonly RevertEvidence[];
  /** How sure. */
  grade: Grade;
  /** How many more. */
  more_paths: number;
  /** Where, at most `REVERT_PATHS_MAX`. Empty where only words or whole patches tell. */
  paths: readonly string[];
  /** Why, as far as the history tells. */
  reason: Reason2;
  /** The one that was taken back. */
  reverts: ChangeId;
  /** Its commit. */
  reverts_commit?: ActorId | undefined;
}

/** What a detector saw. */
export type RevertEvidence = RevertEvidenceExplicit | RevertEvidenceInversePatch | RevertEvidenceInverseLines | RevertEvidenceBlobs;

/** Paths are again exactly what they were. */
export interface RevertEvidenceBlobs {
  type: "blobs";
  /** How sure that makes it. */
  grade: Grade;
  /** How many paths the other changed. */
  of: number;
  /** The most changes of one path that were taken back at once: 1 where the other was the last. */
  over: number;
  /** How many paths it changed itself. */
  own: number;
  /** Paths that the other added, and that are gone. */
  removed: number;
  /** Paths whose earlier content is back. */
  restored: number;
}

/** It names the other. */
export interface RevertEvidenceExplicit {
  type: "explicit";
  /** How: a change, a commit, or the beginning of a commit's name. */
  named: ActorId;
}

/** Lines that the other brought went, and lines that it took came back. */
export interface RevertEvidenceInverseLines {
  type: "inverse_lines";
  /** Only the counts of lines are known, and they are turned around. */
  counted: boolean;
  /** How sure that makes it. */
  grade: Grade;
  /** How many lines were turned around. */
  lines: number;
  /** How many the other changed, in all its files. */
  of: number;
  /** How many it changed itself, in the paths of both. */
  own: number;
}

/** Turned around, its patch is the other's. */
export interface RevertEvidenceInversePatch {
  type: "inverse_patch";
  /** The other's patch. */
  patch_id: ActorId;
}

/** What was asked of reverts. */
export interface Reverts {
  /** How many changes were looked at. */
  changes: number;
  /** How many more of the grade asked for. */
  more: number;
  /**
   * The reverts, in landing order of those that took back, then of those taken back; at most
   * `REVERTS_LISTED_MAX`.
   */
  reverts: readonly Revert[];
  /** How many were weaker than asked for. */
  weaker: number;
}

/** A change that landed anew. */
export interface Rewrite {
  /** Its commit. */
  commit?: ActorId | undefined;
  /** Did it land on another branch? */
  elsewhere: boolean;
  /** What had landed, in landing order; more than one where they were squashed. */
  from: readonly ChangeId[];
  /**
   * How sure: certain where patch and result are the same, strong where one is, likely where one path
   * is all that speaks for it.
   */
  grade: Grade;
  /** How many paths are the same afterwards. */
  paths: number;
  /** How they are the same. */
  same: SameWork;
  /** What landed later. */
  to: ChangeId;
}

/** Changes that landed anew. */
export interface Rewrites {
  /** How many more. */
  more: number;
  /** In landing order of what landed later; at most `REWRITES_LISTED_MAX`. */
  rewrites: readonly Rewrite[];
}

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

/**
 * Where a run is between its start and its end.
 *
 * - `started`: It has started, or is between two iterations.
 * - `iterating`: An iteration is under way.
 * - `verifying`: It asked somebody to verify what it changed.
 * - `stalled`: It has given no sign of life for three quarters of its lease, and is taken for dead once all of it
is over.
 * - `dead`: Its lease ended, and it never finished.
 * - `finished`: It finished.
 */
export type RunPhase = "started" | "iterating" | "verifying" | "stalled" | "dead" | "finished";

/** A run as others see it. */
export interface RunView {
  /** Who started it. */
  actor: Actor;
  /** What it came to, once it finished. */
  finished?: Finish | undefined;
  /** How many iterations it began. */
  iterations?: number | undefined;
  /** It has not finished, and its lease is not over. */
  live: boolean;
  /** Until when it is, or was, taken to be alive. */
  live_until: Timestamp;
  /** The loop it was started for, where that is not its parent's. */
  loop?: LoopId | undefined;
  /** The run that it works for. */
  parent?: RunId | undefined;
  /** Where it is between its start and its end. */
  phase: RunPhase;
  /** Its name. */
  run: RunId;
  /** When it started. */
  started_at: Timestamp;
  /** The run that died, and whose work it took over. */
  succeeds?: RunId | undefined;
}

/**
 * What makes two changes the same work.
 *
 * - `patch`: The patch is the same: a rebase, or a cherry-pick.
 * - `result`: Every file is the same afterwards: a rebase onto something that left these files alone.
 * - `squash`: Every file is the same as after the last of several: a squash.
 */
export type SameWork = "patch" | "result" | "squash";

/** A part of one repository that a loop may change. */
export interface ScopeArea {
  /** The branch that the work lands on; the repository's default branch where absent. */
  branch?: Branch | undefined;
  /** Which paths. */
  paths?: PathSet | undefined;
  /** Where. */
  repo: RepoId;
  /** Named things that are no files. */
  resources?: readonly Resource[] | undefined;
}

/** A part of one repository that a loop may change. */
export interface ScopeAreaInput {
  /** The branch that the work lands on; the repository's default branch where absent. */
  branch?: Branch | undefined;
  /** Which paths. */
  paths?: PathSetInput | undefined;
  /** Where. */
  repo: RepoId;
  /** Named things that are no files. */
  resources?: readonly Resource[] | undefined;
}

/** A part of a score. */
export interface ScorePart {
  /** Why, for people. */
  because: string;
  /** Which. */
  part: Part;
  /** How many points: the weight times the share. */
  points: number;
  /** How much of it holds, in thousandths. */
  share: number;
}

/** What is selected. */
export type Selected = SelectedAll | SelectedNames | SelectedChanges;

/** Everything. */
export interface SelectedAll {
  type: "all";
}

/** Changes, with all that stands behind them. */
export interface SelectedChanges {
  type: "changes";
  /** On which branch; on all where absent. */
  branch?: Branch | undefined;
  /** That touch these paths; any where absent. */
  paths?: PathSetInput | undefined;
  /** Of which repository. */
  repo: RepoId;
  /** That landed then or later. */
  since?: Timestamp | undefined;
  /** That landed before. */
  until?: Timestamp | undefined;
}

/** These, with all that stands behind them. */
export interface SelectedNames {
  type: "names";
  /** At most `NAMES_MAX`. */
  names: readonly Name[];
}

/**
 * How bad a finding is.
 *
 * - `low`: It can wait.
 * - `medium`: It should be seen to.
 * - `high`: It should be seen to soon.
 * - `critical`: It should be seen to now.
 */
export type Severity = "low" | "medium" | "high" | "critical";

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

/** Which signal of its name: the number of a pull request, the digest of a build. */
export type SignalKey = string;

/**
 * The lines that a patch takes away and brings, each as a hash of 32 bits, sorted, as often as they
 * stand there. A patch that brings what another took, and takes what it brought, undoes it.
 */
export interface SignedLines {
  /** Lines that came. */
  added?: readonly number[] | undefined;
  /** Lines that went. */
  removed?: readonly number[] | undefined;
}

/** How much is changed. */
export interface Size {
  /** Files. */
  files?: number | undefined;
  /** Lines added and removed. */
  lines?: number | undefined;
}

/**
 * The conventions that people approved, as a skill that an agent can be given: what loops found out, kept
 * where skills are read. (The form is that of Agent Skills: a `SKILL.md` with a name and a description.)
 */
export interface Skill {
  /** In the order in which they were written. */
  conventions: readonly NoteView[];
  /** The repository whose conventions it has; of all where absent. */
  repo?: RepoId | undefined;
}

/** A claim that something was not done to, and why. */
export interface Skipped {
  /** The claim. */
  token: Token;
  /** Why. */
  why: NotDone;
}

/** What a start is for. A loop starts once for each, over all machines. */
export type Slot = {
  at: Timestamp;
} | {
  signal: SignalKey;
};

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

/** Two loops that will get into each other's way again and again. */
export interface StandingCollision {
  /** Where they meet. */
  branch: Branch;
  /** How often within the forecast. */
  count: number;
  /** Both, in the order of their names. */
  loops: readonly LoopId[];
  /** What they share. */
  met: Met;
  /** Where they meet. */
  repo: RepoId;
  /** The first times at which one starts while the other works; at most 8. */
  times: readonly Timestamp[];
}

/** A start of a loop. */
export interface StartView {
  /** The run that won it. */
  run: RunId;
  /** For what. */
  slot: Slot;
}

/** What is found and noted, and stands. */
export interface StateFile {
  /** The findings that are not resolved, by key. */
  findings: readonly FindingHere[];
  /** How many more there are of both. */
  more: number;
  /** The notes, in the order in which they were written. */
  notes: readonly NoteView[];
}

/** Something that was done with a finding. */
export interface StepView {
  /** When. */
  at: Timestamp;
  /** By whom. */
  by: Actor;
  /** The changes that mended it, or that it is about. */
  changes?: readonly ChangeId[] | undefined;
  /** In their own words. */
  note?: Words | undefined;
  /** How it stood from then on. */
  standing: FindingStanding;
  /** Until when, for what holds for a while. */
  until?: Timestamp | undefined;
}

/** Who said whether a loop may start. */
export interface StoodView {
  /** When. */
  at: Timestamp;
  /** Who. */
  by: Actor;
  /** Why. */
  reason?: Words | undefined;
}

/** Why a run is over. */
export type StopReason = StopReasonGoalReached | StopReasonMaxIterations | StopReasonMaxMinutes | StopReasonBudget | StopReasonNoProgress | StopReasonClaimRevoked | StopReasonApprovalRefused | StopReasonSecondReversal;

/** A person said no to what it asked for. */
export interface StopReasonApprovalRefused {
  type: "approval_refused";
  /** The request. */
  request: Token;
}

/** What it may use up is used up. */
export interface StopReasonBudget {
  type: "budget";
  /** Of this. */
  unit: Unit;
}

/** A person took a claim away from it. */
export interface StopReasonClaimRevoked {
  type: "claim_revoked";
  /** Which. */
  token: Token;
}

/** The goal's gates hold, and what was changed is verified. */
export interface StopReasonGoalReached {
  type: "goal_reached";
}

/** As many iterations ran as may. */
export interface StopReasonMaxIterations {
  type: "max_iterations";
  /** How many. */
  iterations: number;
}

/** It took as long as it may. */
export interface StopReasonMaxMinutes {
  type: "max_minutes";
  /** How long. */
  minutes: number;
}

/** A gate failed alike again and again. */
export interface StopReasonNoProgress {
  type: "no_progress";
  /** Which. */
  gate: ActorId;
  /** How many times. */
  times: number;
}

/** What it set out to do would undo the change by which another side undid one of its own side. */
export interface StopReasonSecondReversal {
  type: "second_reversal";
  /** What a person is asked about it. */
  finding: FindingKey;
}

/** A change that may be to blame. */
export interface Suspect {
  /** When it landed. */
  at: Timestamp;
  /** The run and whoever else is named to have made it. */
  by?: readonly Name[] | undefined;
  /** Which. */
  change: ChangeId;
  /** Its commit. */
  commit?: ActorId | undefined;
  /** What for. */
  intent?: Words | undefined;
  /** Who made it. */
  made_by: MadeBy;
  /** What it has points for, in the order of `Part`; parts without points are left out. */
  parts?: readonly ScorePart[] | undefined;
  /** Its points: those of its parts, added up. */
  score: number;
  /** On whose side. */
  side?: Side | undefined;
}

/** Suspects, the likeliest first. */
export interface Suspects {
  /** What the candidates were taken from. */
  basis: SuspectsBasis;
  /** Changes that people made alone, set apart; their scores are of the same scale. */
  by_people?: readonly Suspect[] | undefined;
  /** How many candidates there were. */
  candidates: number;
  /** How many such suspects more there are. */
  more?: number | undefined;
  /** How many such changes more there are. */
  more_by_people?: number | undefined;
  /** Changes that loops had a part in, or nobody knows who made. */
  suspects?: readonly Suspect[] | undefined;
}

/** What candidates were taken from. */
export type SuspectsBasis = SuspectsBasisDeploys | SuspectsBasisWindow;

/** What one deploy has over another. Without a good one: what is in the bad one of the window. */
export interface SuspectsBasisDeploys {
  type: "deploys";
  /** The one that is bad. */
  bad: DeployId;
  /** The last one before that no incident was seen in. */
  good?: DeployId | undefined;
}

/** What landed within a time. */
export interface SuspectsBasisWindow {
  type: "window";
  /** Its first point. */
  since: Timestamp;
  /** Its last point. */
  until: Timestamp;
}

/** What suspects are asked for. */
export type SuspectsOf = SuspectsOfIncident | SuspectsOfDeploy | SuspectsOfPaths;

/** A bad deploy. */
export interface SuspectsOfDeploy {
  type: "deploy";
  /** Which. */
  id: DeployId;
  /** On which paths something is wrong, where that is known. */
  paths?: PathSetInput | undefined;
  /** Where its paths are. */
  repo?: RepoId | undefined;
}

/** An incident. Its deploy, or else the last one of its service before it, is the bad one. */
export interface SuspectsOfIncident {
  type: "incident";
  /** Which. */
  id: IncidentId;
}

/** Paths on which something is wrong. */
export interface SuspectsOfPaths {
  type: "paths";
  /** Which. */
  paths: PathSetInput;
  /** Where. */
  repo: RepoId;
}

/** Changes, by who made them. */
export interface Tally {
  /** By people alone. */
  human: number;
  /** By loops alone. */
  loop: number;
  /** By both. */
  mixed: number;
  /** By nobody knows whom. */
  unknown: number;
}

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
 * A causal chain.
 *
 * What happened stands in layers: what was asked for, what that leads to, and so on, each layer from
 * the newest to the oldest; what stands behind each follows it. So a hop always stands after the one
 * that led to it.
 */
export interface Trace {
  /** Changes in the whole chain, by who made them. */
  changes: Tally;
  /** The chain. */
  hops?: readonly Hop[] | undefined;
  /** How many hops more there are. */
  more?: number | undefined;
  /** The first point in time of the window. */
  since: Timestamp;
  /** The last one. */
  until: Timestamp;
}

/** Where a trace begins. */
export type TraceFrom = TraceFromPaths | TraceFromService | TraceFromChange | TraceFromDeploy | TraceFromIncident;

/** At a change. The window reaches from so long before it until `until`. */
export interface TraceFromChange {
  type: "change";
  /** Which. */
  id: ChangeId;
}

/** At a deploy. */
export interface TraceFromDeploy {
  type: "deploy";
  /** Which. */
  id: DeployId;
}

/** At an incident. */
export interface TraceFromIncident {
  type: "incident";
  /** Which. */
  id: IncidentId;
}

/** At what changed these paths within the window. */
export interface TraceFromPaths {
  type: "paths";
  /** Which. */
  paths: PathSetInput;
  /** Where. */
  repo: RepoId;
}

/** At the deploys and incidents of a service within the window, and at what changed its paths. */
export interface TraceFromService {
  type: "service";
  /** Which paths are the service's. */
  paths?: PathSetInput | undefined;
  /** Where its paths are. */
  repo?: RepoId | undefined;
  /** Which. */
  service: ActorId;
}

/** When a loop starts. */
export type Trigger = TriggerManual | TriggerCron | TriggerInterval | TriggerEvent;

/** By a calendar. */
export interface TriggerCron {
  type: "cron";
  /** Minute, hour, day of the month, month, weekday: `0 6 * * mon`; or `@daily` and its like. */
  expression: string;
  /** Whose clock. */
  tz: Zone;
}

/** At each signal of a name. */
export interface TriggerEvent {
  type: "event";
  /** Its name. */
  name: ActorId;
}

/** Again and again after the same time, counted from when the loop was registered or resumed. */
export interface TriggerInterval {
  type: "interval";
  /** How long, in milliseconds: from one minute to 366 days. */
  every_ms: number;
}

/** When somebody starts it. */
export interface TriggerManual {
  type: "manual";
}

/**
 * How a change would undo a version.
 *
 * - `restores`: It brings back what that version replaced.
 * - `removes`: It deletes what that version added.
 * - `turns_around`: Turned around, its patch is the patch of that change.
 */
export type Undoing = "restores" | "removes" | "turns_around";

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

/** A path with unread lines. */
export interface UnreadPath {
  /** Which. */
  path: string;
  /** How many. */
  unread: number;
}

/** What nobody has verified yet who counts. */
export interface Unverified {
  /**
   * How far the policy wants a verifier to stand apart, beyond being independent.
   *
   * Each once.
   */
  by?: readonly Independence[] | undefined;
  /** Changes of the run and of those below it, in landing order; at most 64 are listed. */
  changes: readonly ChangeId[];
  /** How many more there are. */
  more?: number | undefined;
}

/** What is done: plan, read, edit, create, delete, shell, tool, commit, push, open_pr, merge, deploy, spend, finish, or a verb that the document declares. */
export type Verb = string;

/**
 * What a verification came to.
 *
 * - `passed`: Every check held.
 * - `failed`: A check did not hold.
 */
export type Verdict = "passed" | "failed";

/** A run that asked somebody to verify what it changed. */
export interface VerificationView {
  /** Who started it. */
  actor: Actor;
  /** The run's loop. */
  loop?: LoopId | undefined;
  /** What is to be verified. */
  of: Unverified;
  /** Which. */
  run: RunId;
  /** When it asked. */
  since: Timestamp;
}

/** A pending wait and what is in its way. */
export interface Waiting {
  /** Claims, and waits in front, that are in the way, as far as they are known by name. */
  behind: readonly ClaimView[];
  /** The wait. */
  wait: ClaimView;
}

/** What a run waits for. */
export type WaitsFor = WaitsForVerification | WaitsForClaim | WaitsForApproval | WaitsForSignal | WaitsForWindow;

/** A person's yes. */
export interface WaitsForApproval {
  type: "approval";
  /** The requests that it made and nobody has answered. */
  requests: readonly Token[];
}

/** A claim that it queues for. */
export interface WaitsForClaim {
  type: "claim";
  /** Its wait. */
  wait: Token;
}

/** A signal that it said it waits for. */
export interface WaitsForSignal {
  type: "signal";
  /** To what. */
  key: SignalKey;
  /** What happens. */
  name: ActorId;
}

/** Somebody who verifies what it changed, as it asked. */
export interface WaitsForVerification {
  type: "verification";
  /** What is to be verified. */
  of: Unverified;
  /** When it asked. */
  since: Timestamp;
}

/** The end of a time in which the policy lets its loop change nothing. */
export interface WaitsForWindow {
  type: "window";
  /** When it ends. */
  until: Timestamp;
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

/** Two parties that took each other's changes of a path back. */
export interface War {
  /** How many came before those. */
  more_turns: number;
  /** Who, in order; neither is to blame more than the other. */
  parties: readonly Party[];
  /** Where. */
  path: string;
  /** What it is: real where both took the other back for real, else what most turns are. */
  reason: Reason2;
  /** How hot it is: 1,000 for each turn, half of it after each half-life. */
  score: number;
  /** The turns, in landing order; the latest `WAR_TURNS_MAX`. */
  turns: readonly WarTurn[];
}

/** One party takes back what the other did. */
export interface WarTurn {
  /** When. */
  at: Timestamp;
  /** Was it the first of the two parties? */
  by_first: boolean;
  /** The change that took back. */
  change: ChangeId;
  /** Its commit. */
  commit?: ActorId | undefined;
  /** Why, as far as the history tells. */
  reason: Reason2;
  /** The change that was taken back. */
  reverts: ChangeId;
}

/** The wars of a branch. */
export interface Wars {
  /** How many more. */
  more: number;
  /** The hottest first; at most `WARS_LISTED_MAX`. */
  wars: readonly War[];
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

/**
 * What each part of a score is worth, in points at most `WEIGHT_MAX`.
 *
 * A part gives its whole weight where its share is 1000 thousandths.
 */
export interface Weights {
  /**
   * How much of it is at the paths: the share of its files.
   *
   * Where absent: `250`.
   */
  focus?: number | undefined;
  /**
   * The half-life of recency, in milliseconds.
   *
   * Where absent: `21600000`.
   */
  half_life_ms?: number | undefined;
  /**
   * Incidents that changes of the same side caused before, a quarter of the share each.
   *
   * Where absent: `100`.
   */
  maker?: number | undefined;
  /**
   * Incidents that changes of the same paths caused before, a quarter of the share each.
   *
   * Where absent: `100`.
   */
  past_incidents?: number | undefined;
  /**
   * It touches the paths. For each pattern the best of its files counts: whole on a path of the
   * pattern, half in the folder, less further off in the tree; times how rare the path is in
   * history. Patterns that few candidates touch count more.
   *
   * Where absent: `1000`.
   */
  paths?: number | undefined;
  /**
   * It is recent. The share halves with each half-life.
   *
   * Where absent: `150`.
   */
  recency?: number | undefined;
  /**
   * It is large: a tenth of the share for each doubling of its lines.
   *
   * Where absent: `25`.
   */
  size?: number | undefined;
  /**
   * It brings back what somebody had replaced: the share of its files.
   *
   * Where absent: `50`.
   */
  undoes?: number | undefined;
  /**
   * It was undone since: the share of its files.
   *
   * Where absent: `200`.
   */
  undone?: number | undefined;
  /**
   * Nobody apart from its makers found it good: whole where a check failed or there was none, less
   * where only a check of its own makers passed.
   *
   * Where absent: `150`.
   */
  verification?: number | undefined;
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

/** Who works in a loop. */
export interface Worker {
  /** The account that it works under. */
  account?: ActorId | undefined;
  /** The model that it prompts. */
  model?: ActorId | undefined;
  /** The command line that starts it, for a runner that starts workers itself. */
  run?: string | undefined;
}

/** Who works in a loop. */
export interface WorkerView {
  /** The account that it works under. */
  account?: ActorId | undefined;
  /** The model that it prompts. */
  model?: ActorId | undefined;
  /** The command line that starts it. */
  run?: Words | undefined;
}

/** Names a workspace. */
export type WorkspaceId = string;

/** What a change would undo. */
export interface WouldRevert {
  /** How many more. */
  more: number;
  /** Versions, in the order of the files; at most `UNDONE_LISTED_MAX`. */
  undoes: readonly WouldUndo[];
}

/** A version that would be undone. */
export interface WouldUndo {
  /** When it landed. */
  at: Timestamp;
  /** Whose version. */
  change: ChangeId;
  /** Its commit. */
  commit?: ActorId | undefined;
  /** It was made so on purpose. */
  deliberate: boolean;
  /** How. */
  how: Undoing;
  /** What for. */
  intent?: Words | undefined;
  /** A person, a loop, both, or nobody knows. */
  made_by: MadeBy;
  /** Whose work it is; nothing where nobody knows. */
  party?: Party | undefined;
  /** The latest check that it passed, one that counts before one that does not. */
  passed?: PassedCheck | undefined;
  /** Where; nothing where the whole patch tells. */
  path?: string | undefined;
}

/** The IANA name of a time zone, as in Europe/Berlin. */
export type Zone = string;
