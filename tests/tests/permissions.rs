//! Which kind of actor may send which command: the table of the design, cell by cell.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::claim::Mode;
use loom_core::coordinator::{
    Body, Coordinator, NewDeploy, NewEscalation, NewFinding, NewIncident, NewNote, Verdict,
};
use loom_core::error::Code;
use loom_core::model::{
    Actor, ActorId, ActorKind, Amounts, ChangeId, DeployId, Digest, FindingKey, IncidentId, LoopId,
    RepoId, ReservationId, SignalKey, Token, WorkspaceId,
};
use loom_core::path::PathRules;
use loom_core::policy::{Action, Format, Verb, WaiverScope};
use loom_core::run::{LoopDefinition, NoteKind, RunOutcome, Severity};
use loom_tests::world::{self, Commands};

const KINDS: [ActorKind; 3] = [ActorKind::Human, ActorKind::Loop, ActorKind::Service];

/// Who may, as the design has it: "setting policy, approving, rejecting, waiving, revoking, erasing,
/// recovering, retiring a loop are for humans; the first human is named when the journal is made."
/// What sets up the workspace, or stands for its records, is not for a loop to do.
///
/// A new command does not compile until it stands here.
fn allowed(body: &Body) -> [bool; 3] {
    let (human, not_loop, all) = ([true, false, false], [true, false, true], [true; 3]);
    match body {
        Body::CreateJournal { .. }
        | Body::Revoke { .. }
        | Body::Erase { .. }
        | Body::Recover { .. }
        | Body::SetPolicy { .. }
        | Body::Approve { .. }
        | Body::Reject { .. }
        | Body::Waive { .. }
        | Body::BreakGlass { .. }
        | Body::RecordReview { .. }
        | Body::RetireLoop { .. }
        | Body::ApproveNote { .. } => human,
        Body::RegisterRepo { .. }
        | Body::RegisterLoop(_)
        | Body::UpdateLoop { .. }
        | Body::PauseLoop { .. }
        | Body::ResumeLoop { .. }
        | Body::Checkpoint { .. }
        | Body::ResolveIncident { .. } => not_loop,
        Body::Signal { .. }
        | Body::StartRun { .. }
        | Body::Heartbeat { .. }
        | Body::BeginIteration {}
        | Body::FinishIteration { .. }
        | Body::RequestVerification {}
        | Body::AwaitSignal { .. }
        | Body::FinishRun { .. }
        | Body::ReportFinding(_)
        | Body::TakeFinding { .. }
        | Body::ReturnFinding { .. }
        | Body::DeferFinding { .. }
        | Body::EscalateFinding(_)
        | Body::ResolveFinding { .. }
        | Body::WriteNote(_)
        | Body::DropNote { .. }
        | Body::Claim { .. }
        | Body::Renew { .. }
        | Body::Narrow { .. }
        | Body::HandOver { .. }
        | Body::Release { .. }
        | Body::Withdraw {}
        | Body::RecordChange(_)
        | Body::RecordArtifact { .. }
        | Body::RecordDeploy(_)
        | Body::RecordIncident(_)
        | Body::RecordVerification { .. }
        | Body::ProposeAction { .. }
        | Body::GiveBack { .. }
        | Body::Reserve { .. }
        | Body::Settle { .. }
        | Body::CancelReservation { .. }
        | Body::Tick {} => all,
    }
}

fn a_loop() -> LoopDefinition {
    LoopDefinition::new(LoopId::new("l").unwrap(), ActorId::new("ada").unwrap())
}

fn finding() -> FindingKey {
    FindingKey::new("k").unwrap()
}

/// How many commands there are; one more needs a sample below, a row above, and this number.
const COMMANDS: usize = 52;

/// One of each. None need succeed: who may send it is asked first.
fn samples() -> Vec<Body> {
    let token = Token::new(0, 1, 0);
    vec![
        Body::CreateJournal {
            workspace: WorkspaceId::new("w").unwrap(),
        },
        Body::RegisterRepo {
            id: RepoId::new("r").unwrap(),
            aliases: Vec::new(),
            default_branch: world::branch("main"),
            rules: PathRules::default(),
        },
        Body::RegisterLoop(Box::new(a_loop())),
        Body::UpdateLoop {
            was: Digest::ZERO,
            definition: Box::new(a_loop()),
        },
        Body::PauseLoop {
            id: LoopId::new("l").unwrap(),
            reason: None,
        },
        Body::ResumeLoop {
            id: LoopId::new("l").unwrap(),
        },
        Body::RetireLoop {
            id: LoopId::new("l").unwrap(),
            reason: None,
        },
        Body::Signal {
            name: ActorId::new("ci.green").unwrap(),
            key: SignalKey::new("17").unwrap(),
        },
        world::start("new", None, None),
        Body::Heartbeat { seen: None },
        Body::BeginIteration {},
        Body::RequestVerification {},
        Body::AwaitSignal {
            name: ActorId::new("ci.green").unwrap(),
            key: SignalKey::new("17").unwrap(),
        },
        Body::FinishIteration {
            gates: Vec::new(),
            spent: Amounts::new(),
            summary: None,
        },
        Body::FinishRun {
            outcome: RunOutcome::Done,
            summary: None,
            spent: Amounts::new(),
        },
        Body::ReportFinding(Box::new(NewFinding {
            key: finding(),
            title: "it is broken".to_owned(),
            severity: Severity::Low,
            repo: None,
            paths: Default::default(),
            evidence: None,
        })),
        Body::TakeFinding {
            key: finding(),
            ttl_ms: None,
        },
        Body::ReturnFinding {
            key: finding(),
            note: None,
        },
        Body::DeferFinding {
            key: finding(),
            until: world::at(1_000_000),
            note: None,
        },
        Body::EscalateFinding(Box::new(NewEscalation {
            key: finding(),
            question: "may we?".to_owned(),
            choices: Vec::new(),
            changes: Vec::new(),
            to: None,
        })),
        Body::ResolveFinding {
            key: finding(),
            changes: Vec::new(),
            note: None,
        },
        Body::WriteNote(Box::new(NewNote {
            kind: NoteKind::Tried,
            repo: RepoId::new("r").unwrap(),
            paths: Default::default(),
            text: "it".to_owned(),
            ttl_ms: None,
        })),
        Body::ApproveNote { note: token },
        Body::DropNote {
            note: token,
            reason: None,
        },
        world::claim(&["src"], Mode::Write),
        Body::Renew {
            tokens: None,
            ttl_ms: None,
        },
        Body::Narrow {
            token,
            specs: vec![world::spec("shop", &["src"])],
        },
        Body::HandOver {
            token,
            to: world::run("b"),
        },
        Body::Release { tokens: None },
        Body::Revoke {
            token,
            reason: "because".to_owned(),
        },
        Body::Withdraw {},
        world::change("c", "src/a.rs", None),
        Body::RecordVerification {
            changes: vec![ChangeId::new("c").unwrap()],
            verdict: Verdict::Passed,
            checks: Vec::new(),
            evidence: None,
        },
        Body::RecordArtifact {
            digest: Digest::ZERO,
            kind: ActorId::new("prompt").unwrap(),
            name: None,
        },
        Body::RecordReview {
            changes: vec![ChangeId::new("c").unwrap()],
            verdict: Verdict::Passed,
            read_ms: None,
            note: None,
        },
        Body::RecordDeploy(Box::new(NewDeploy {
            id: DeployId::new("d").unwrap(),
            environment: ActorId::new("prod").unwrap(),
            service: None,
            repo: None,
            branch: None,
            commit: None,
            upto: None,
            changes: Vec::new(),
            follows: None,
            decision: None,
        })),
        Body::RecordIncident(Box::new(NewIncident {
            id: IncidentId::new("i").unwrap(),
            service: None,
            repo: None,
            paths: None,
            deploy: None,
            summary: None,
        })),
        Body::ResolveIncident {
            incident: IncidentId::new("i").unwrap(),
            causes: Vec::new(),
            fixes: Vec::new(),
            note: None,
        },
        Body::Erase {
            texts: vec![Digest::ZERO],
        },
        Body::Recover { above: 0 },
        Body::Checkpoint {
            ver: 1,
            snapshot: Digest::ZERO,
        },
        Body::SetPolicy {
            name: "p".to_owned(),
            format: Format::Json,
            text: r#"{"version":1,"default":"allow"}"#.to_owned(),
        },
        Body::ProposeAction {
            action: Box::new(Action::new(Verb::Finish)),
            intent: None,
        },
        Body::GiveBack { decision: token },
        Body::Approve {
            request: token,
            note: None,
            signature: None,
        },
        Body::Reject {
            request: token,
            reason: None,
        },
        Body::Waive {
            rules: [ActorId::new("rule").unwrap()].into(),
            scope: WaiverScope::default(),
            ttl_ms: 1,
            reason: "because".to_owned(),
        },
        Body::BreakGlass {
            scope: WaiverScope::default(),
            ttl_ms: 1,
            reason: "because".to_owned(),
        },
        Body::Reserve {
            id: ReservationId::new("r").unwrap(),
            estimate: Amounts::new(),
            ttl_ms: 60_000,
        },
        Body::Settle {
            id: ReservationId::new("r").unwrap(),
            actual: Amounts::new(),
        },
        Body::CancelReservation {
            id: ReservationId::new("r").unwrap(),
        },
        Body::Tick {},
    ]
}

#[test]
fn each_command_is_for_the_kinds_of_actor_that_the_design_names_and_no_other() {
    let mut commands = Commands::default();
    let mut founded = Coordinator::default();
    for command in commands.founding(60_000) {
        let proposal = founded.propose(&command, world::at(0)).unwrap();
        founded.apply(&[proposal.record.unwrap()]).unwrap();
    }
    for body in samples() {
        let name = body.name();
        for (kind, may) in KINDS.into_iter().zip(allowed(&body)) {
            assert_eq!(
                body.may_be_sent_by().contains(&kind),
                may,
                "{name} by {kind:?}"
            );
            let mut actor = Actor::new(kind, "somebody").unwrap();
            if !matches!(body, Body::StartRun { .. }) {
                actor = actor.in_run(world::run("a"));
            }
            let command = commands.by(actor, body.clone());
            for coordinator in [&founded, &Coordinator::default()] {
                let refused = coordinator
                    .propose(&command, world::at(0))
                    .is_err_and(|error| error.code() == Code::NotPermitted);
                // Other reasons to refuse come later, and some claims are somebody else's.
                let others_claim = matches!(body, Body::Narrow { .. } | Body::HandOver { .. });
                assert!(refused != may || others_claim && may, "{name} by {kind:?}");
            }
        }
    }
}

#[test]
fn every_command_has_a_sample() {
    let mut names: Vec<&str> = samples().iter().map(Body::name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), COMMANDS, "{names:?}");
    // The names that JSON knows, as the reader lists them, are the samples' names.
    let unknown = r#"{"id":"6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11","actor":{"kind":"human","id":"ada"},"body":{"type":"nonsense"}}"#;
    let error = loom_core::coordinator::Command::from_json(unknown).unwrap_err();
    let (_, listed) = error.message().split_once("expected one of").unwrap();
    let listed = listed.split("at line").next().unwrap();
    let mut known: Vec<&str> = listed
        .split(',')
        .map(|name| name.trim().trim_matches('`'))
        .collect();
    known.sort_unstable();
    assert_eq!(known, names, "a command without a sample");
}

#[test]
fn nobody_is_let_in_before_a_human_has_made_the_journal() {
    let mut commands = Commands::default();
    for body in samples()
        .into_iter()
        .filter(|body| !matches!(body, Body::CreateJournal { .. }))
    {
        let command = commands.by(world::human().in_run(world::run("a")), body);
        let error = Coordinator::default()
            .propose(&command, world::at(0))
            .unwrap_err();
        assert_eq!(error.code(), Code::NoJournal, "{}", command.body.name());
    }
}

#[test]
fn the_first_human_is_the_one_who_made_the_journal_and_it_is_made_once() {
    let mut commands = Commands::default();
    let mut coordinator = Coordinator::default();
    let create = |commands: &mut Commands| {
        commands.by_human(Body::CreateJournal {
            workspace: WorkspaceId::new("w").unwrap(),
        })
    };
    let record = coordinator
        .propose(&create(&mut commands), world::at(0))
        .unwrap()
        .record
        .unwrap();
    coordinator.apply(&[record]).unwrap();
    assert_eq!(coordinator.founded().unwrap().1, &world::human());
    let error = coordinator
        .propose(&create(&mut commands), world::at(0))
        .unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
}

#[test]
fn a_command_that_belongs_to_a_run_names_the_missing_run() {
    let mut commands = Commands::default();
    let mut coordinator = Coordinator::default();
    for command in commands.founding(60_000) {
        let record = coordinator
            .propose(&command, world::at(0))
            .unwrap()
            .record
            .unwrap();
        coordinator.apply(&[record]).unwrap();
    }
    let mut held = 0;
    for body in samples() {
        let belongs = matches!(
            body,
            Body::Heartbeat { .. }
                | Body::FinishRun { .. }
                | Body::Claim { .. }
                | Body::Renew { .. }
                | Body::Narrow { .. }
                | Body::HandOver { .. }
                | Body::Release { .. }
                | Body::Withdraw {}
                | Body::Reserve { .. }
        );
        if belongs {
            held += 1;
            let command = commands.by_human(body);
            let error = coordinator.propose(&command, world::at(0)).unwrap_err();
            assert_eq!(error.code(), Code::MissingField, "{}", command.body.name());
            assert_eq!(error.field(), Some("actor.run"), "{}", command.body.name());
        }
    }
    assert_eq!(held, 9);
}
