//! The run machine against a model that keeps lists: a run is never where it cannot be, and never done
//! without a verification that counts.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::claim::ClaimReply;
use loom_core::coordinator::{Coordinator, Reply};
use loom_core::error::Code;
use loom_core::model::{Actor, Digest, RunId, Token};
use loom_core::run::{NextStep, RunOutcome, StopReason, WaitsFor};
use loom_tests::world::{self, Commands};
use proptest::prelude::*;
use serde_json::{Value, json};

const GATES: [&str; 2] = ["tests", "lint"];
/// The maker's run, one of its sub-agents, and somebody else's.
const RUNS: [&str; 3] = ["m", "m1", "c"];
/// A push asks a person, and everything else may be done.
const POLICY: &str = "{version: 1, default: allow, rules: [{id: push, effect: require_approval, when: {verb: push}}]}";
const MAX_ITERATIONS: u32 = 4;
const NO_PROGRESS_AFTER: u32 = 2;

/// What somebody does.
#[derive(Debug, Clone)]
enum Act {
    Begin,
    /// Each gate passes, or fails with one of two fingerprints, or with none.
    End([u8; 2]),
    /// By the maker or its sub-agent.
    Change(bool),
    /// Of the change with this number, by one of the runs or by a person.
    Verify(usize, usize, bool),
    Finish(bool),
    /// The maker, or its sub-agent, asks for a verification.
    Ask(bool),
    /// The maker waits for a signal, or somebody gives it.
    Signal(u8, bool),
    /// The maker, or its sub-agent, claims; a person takes the last of these claims away.
    Claim(bool),
    Revoke,
    /// Somebody else holds what the maker then queues for, or gives it back.
    Hold,
    Queue,
    GiveBack,
    /// The maker asks for a person's yes; a person answers the last request.
    Propose,
    Answer(bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Begin),
        4 => [0_u8..4, 0_u8..4].prop_map(Act::End),
        2 => any::<bool>().prop_map(Act::Change),
        3 => (0_usize..6, 0_usize..4, any::<bool>()).prop_map(|(nth, by, passed)| Act::Verify(nth, by, passed)),
        1 => prop::bool::weighted(0.8).prop_map(Act::Finish),
        2 => prop::bool::weighted(0.8).prop_map(Act::Ask),
        2 => (0_u8..2, any::<bool>()).prop_map(|(key, given)| Act::Signal(key, given)),
        1 => any::<bool>().prop_map(Act::Claim),
        1 => prop::bool::weighted(0.1).prop_map(|yes| if yes { Act::Revoke } else { Act::Begin }),
        1 => Just(Act::Hold),
        1 => Just(Act::Queue),
        1 => Just(Act::GiveBack),
        1 => Just(Act::Propose),
        1 => prop::bool::weighted(0.8).prop_map(Act::Answer),
    ]
}

/// All that happened, as lists.
#[derive(Default)]
struct Model {
    begun: u32,
    open: bool,
    /// Of each iteration that ended, how its gates came out.
    ended: Vec<[u8; 2]>,
    /// Of each change, what the last verification that counts came to.
    changes: Vec<Option<bool>>,
    finished: bool,
    /// Since the last iteration began: a verification was asked for; a checker found fault.
    asked: bool,
    sent_back: bool,
    /// A person took a claim away, or said no.
    halted: bool,
    /// The signal that it waits for, and those that were given.
    awaits: Option<u8>,
    given: Vec<u8>,
    /// It queues for what somebody else holds.
    held: bool,
    queued: bool,
    /// Its requests that nobody answered, and its sub-agent's and its own claims, the last one last.
    requests: Vec<Token>,
    claims: Vec<(bool, Token)>,
    /// How often it asked a person.
    proposed: u8,
}

impl Model {
    /// May the maker call itself done? One that never iterated may once others have seen what it changed.
    fn may_be_done(&self) -> bool {
        match self.begun == 0 && !self.halted {
            true => self.changes.iter().all(|verdict| *verdict == Some(true)),
            false => self.next() == "done",
        }
    }

    /// The word for what comes next.
    fn next(&self) -> &'static str {
        if self.halted {
            return "halted";
        }
        if self.open {
            return "continue";
        }
        let holds = self.ended.last().is_some_and(|gates| *gates == [0, 0]);
        if holds && !self.sent_back {
            let verified = self.changes.iter().all(|verdict| *verdict == Some(true));
            return match (verified, self.asked) {
                (true, _) => "done",
                (false, true) => "wait: verification",
                (false, false) => "verify",
            };
        }
        // "the same gate failing with the same fingerprint n times", one after the other.
        let stuck = (0..2).any(|gate| {
            let last = self.ended.last().map_or(0, |gates| gates[gate]);
            let alike = self
                .ended
                .iter()
                .rev()
                .take_while(|gates| gates[gate] == last);
            matches!(last, 1 | 2) && alike.count() >= NO_PROGRESS_AFTER as usize
        });
        match (stuck, self.begun >= MAX_ITERATIONS) {
            (true, _) => "stuck",
            (_, true) => "over",
            _ if self.queued => "wait: claim",
            _ if !self.requests.is_empty() => "wait: approval",
            _ if self.awaits.is_some() => "wait: signal",
            _ => "continue",
        }
    }
}

fn word(next: &NextStep) -> &'static str {
    match next {
        NextStep::Continue { .. } => "continue",
        NextStep::Verify(_) => "verify",
        NextStep::Wait { on } => match on {
            WaitsFor::Verification { .. } => "wait: verification",
            WaitsFor::Claim { .. } => "wait: claim",
            WaitsFor::Approval { .. } => "wait: approval",
            WaitsFor::Signal { .. } => "wait: signal",
            WaitsFor::Window { .. } => "wait: window",
        },
        NextStep::Stop {
            why: StopReason::ClaimRevoked { .. } | StopReason::ApprovalRefused { .. },
            ..
        } => "halted",
        NextStep::Stop {
            outcome: RunOutcome::Done,
            ..
        } => "done",
        NextStep::Stop {
            outcome: RunOutcome::Stopped,
            ..
        } => "stuck",
        NextStep::Stop { .. } => "over",
    }
}

struct Stage {
    state: Coordinator,
    commands: Commands,
}

impl Stage {
    fn new() -> Stage {
        let (mut state, mut commands) = (Coordinator::default(), Commands::default());
        let human = world::human();
        let founding = [
            json!({"type": "create_journal", "workspace": "w"}),
            json!({"type": "register_repo", "id": "shop", "default_branch": "main"}),
            json!({
                "type": "register_loop", "id": "fixer", "owner": "ada",
                "gates": [{"name": "tests"}, {"name": "lint"}],
                "exit": {"max_iterations": MAX_ITERATIONS, "no_progress_after": NO_PROGRESS_AFTER},
            }),
            json!({"type": "set_policy", "name": "p.yaml", "format": "yaml", "text": POLICY}),
            json!({"type": "start_run", "run": "m", "loop": "fixer", "ttl_ms": 86_400_000}),
            json!({"type": "start_run", "run": "m1", "parent": "m", "ttl_ms": 86_400_000}),
            json!({"type": "start_run", "run": "c", "ttl_ms": 86_400_000}),
        ];
        for body in founding {
            let command = commands.by(human.clone(), serde_json::from_value(body).unwrap());
            let record = state.propose(&command, world::at(0)).unwrap().record;
            state.apply(&[record.unwrap()]).unwrap();
        }
        Stage { state, commands }
    }

    fn send(&mut self, actor: Actor, body: Value) -> Result<Reply, Code> {
        let command = self
            .commands
            .by(actor, serde_json::from_value(body).unwrap());
        let proposal = self
            .state
            .propose(&command, world::at(1))
            .map_err(|why| why.code())?;
        self.state
            .apply(&proposal.record.into_iter().collect::<Vec<_>>())
            .unwrap();
        Ok(proposal.reply.reply)
    }
}

fn ended(gates: [u8; 2]) -> Value {
    let gates = GATES.iter().zip(gates).map(|(name, result)| match result {
        0 => json!({"name": name, "passed": true}),
        3 => json!({"name": name, "passed": false}),
        print => json!({"name": name, "passed": false, "fingerprint": format!("e{print}")}),
    });
    json!({"type": "finish_iteration", "gates": gates.collect::<Vec<_>>()})
}

fn play(stage: &mut Stage, model: &mut Model, act: &Act) {
    let maker = world::in_run("m");
    match act {
        Act::Begin => {
            let reply = stage.send(maker, json!({"type": "begin_iteration"}));
            let next = model.next();
            match reply {
                Err(code) if model.finished => assert_eq!(code, Code::RunNotLive),
                Err(code) => assert_eq!((code, model.open), (Code::AlreadyExists, true)),
                Ok(Reply::IterationBegun { number }) => {
                    assert!(!model.open && next == "continue", "{next}");
                    model.begun += 1;
                    model.open = true;
                    model.asked = false;
                    model.sent_back = false;
                    assert_eq!(number, model.begun);
                }
                Ok(Reply::IterationNotBegun { next: told, .. }) => assert_eq!(word(&told), next),
                Ok(other) => panic!("{other:?}"),
            }
        }
        Act::End(gates) => {
            let reply = stage.send(maker, ended(*gates));
            match reply {
                Err(code) if model.finished => assert_eq!(code, Code::RunNotLive),
                Err(code) => assert_eq!((code, model.open), (Code::NotFound, false)),
                Ok(Reply::IterationFinished { number, next }) => {
                    assert!(model.open);
                    model.open = false;
                    model.ended.push(*gates);
                    assert_eq!((number, word(&next)), (model.begun, model.next()));
                }
                Ok(other) => panic!("{other:?}"),
            }
        }
        Act::Change(by_sub_agent) => {
            let id = format!("c{}", model.changes.len());
            let run = if *by_sub_agent { "m1" } else { "m" };
            let body = json!({
                "type": "record_change", "id": id, "repo": "shop", "made_by": "loop",
                "files": [{"path": format!("src/{id}.rs")}],
            });
            stage.send(world::in_run(run), body).unwrap();
            model.changes.push(None);
        }
        Act::Verify(nth, by, passed) => {
            let Some(verdict) = model.changes.get_mut(*nth) else {
                return;
            };
            let actor = RUNS
                .get(*by)
                .map_or_else(world::human, |run| world::in_run(run));
            let word = if *passed { "passed" } else { "failed" };
            let body = json!({"type": "record_verification", "changes": [format!("c{nth}")], "verdict": word});
            let Ok(Reply::VerificationRecorded { independent, .. }) = stage.send(actor, body)
            else {
                panic!("a verification is kept, whoever made it")
            };
            assert_eq!(
                independent,
                *by >= 2,
                "only somebody else and a person count"
            );
            if independent {
                *verdict = Some(*passed);
                if !passed && model.begun > 0 && !model.finished {
                    model.sent_back = true;
                    model.asked = false;
                }
            }
        }
        Act::Finish(done) => {
            let outcome = if *done { "done" } else { "failed" };
            let body = json!({"type": "finish_run", "outcome": outcome});
            match stage.send(maker, body) {
                Err(code) => assert_eq!((code, model.finished), (Code::RunNotLive, true)),
                Ok(Reply::RunFinished { .. }) => {
                    assert!(!model.finished);
                    assert!(!done || model.may_be_done(), "{}", model.next());
                    model.finished = true;
                    model.awaits = None;
                    model.queued = false;
                }
                Ok(Reply::RunNotDone { next, .. }) => {
                    assert!(*done && !model.may_be_done());
                    if model.begun > 0 || model.halted {
                        assert_eq!(word(&next), model.next());
                    } else {
                        assert_eq!(word(&next), "verify");
                    }
                }
                Ok(other) => panic!("{other:?}"),
            }
        }
        Act::Ask(by_maker) => {
            let run = if *by_maker { "m" } else { "m1" };
            match stage.send(world::in_run(run), json!({"type": "request_verification"})) {
                Err(code) => assert!(*by_maker && model.finished, "{code:?}"),
                Ok(Reply::VerificationRequested { of, .. }) => {
                    assert!(*by_maker, "a run that does not iterate is asked nothing of");
                    assert!(["verify", "wait: verification"].contains(&model.next()));
                    let open = model.changes.iter().filter(|it| **it != Some(true)).count();
                    assert_eq!(of.changes.len(), open);
                    model.asked = true;
                }
                Ok(Reply::VerificationNotRequested { next, .. }) => {
                    if *by_maker {
                        assert_eq!(word(&next), model.next());
                    }
                    assert_ne!(word(&next), "verify");
                }
                Ok(other) => panic!("{other:?}"),
            }
        }
        Act::Signal(key, given) => {
            let (name, key_text) = ("ci.green", key.to_string());
            if *given {
                let body = json!({"type": "signal", "name": name, "key": key_text});
                let Ok(Reply::Signalled { wakes, .. }) = stage.send(world::human(), body) else {
                    panic!("a signal is given")
                };
                let woken = model.awaits == Some(*key);
                let m = RunId::new("m").unwrap();
                assert_eq!(wakes, if woken { vec![m] } else { Vec::new() });
                if woken {
                    model.awaits = None;
                }
                model.given.push(*key);
                return;
            }
            let body = json!({"type": "await_signal", "name": name, "key": key_text});
            match stage.send(maker, body) {
                Err(code) => assert_eq!((code, model.finished), (Code::RunNotLive, true)),
                Ok(Reply::SignalAwaited { given, .. }) => {
                    assert_eq!(given, model.given.contains(key));
                    if !given {
                        model.awaits = Some(*key);
                    }
                }
                Ok(other) => panic!("{other:?}"),
            }
        }
        Act::Claim(by_maker) => {
            let (run, path) = if *by_maker {
                ("m", "m/**")
            } else {
                ("m1", "m1/**")
            };
            if let Ok(Reply::Claim {
                claim: ClaimReply::Granted { token, .. },
                ..
            }) = stage.send(world::in_run(run), claim(path, "refuse"))
            {
                model.claims.push((*by_maker, token));
            }
        }
        Act::Revoke => {
            let Some((by_maker, token)) = model.claims.pop() else {
                return;
            };
            let body = json!({"type": "revoke", "token": token, "reason": "no"});
            if stage.send(world::human(), body).is_ok() && !model.finished {
                // What a sub-agent is told stops its maker too, once that iterates and answers for it.
                model.halted |= by_maker || model.begun > 0;
            }
        }
        Act::Hold => {
            if let Ok(Reply::Claim {
                claim: ClaimReply::Granted { .. },
                ..
            }) = stage.send(world::in_run("c"), claim("q/**", "refuse"))
            {
                model.held = true;
            }
        }
        Act::Queue => match stage.send(maker, claim("q/**", "wait")) {
            Ok(Reply::Claim {
                claim: ClaimReply::Waiting { .. },
                ..
            }) => {
                assert!(model.held && !model.queued && !model.finished);
                model.queued = true;
            }
            Ok(Reply::Claim {
                claim: ClaimReply::Granted { .. },
                ..
            }) => assert!(!model.held),
            _ => assert!(model.finished || model.queued),
        },
        Act::GiveBack => {
            stage
                .send(world::in_run("c"), json!({"type": "release"}))
                .unwrap();
            model.held = false;
            model.queued = false;
        }
        Act::Propose => {
            let number = model.proposed;
            let action = json!({"verb": "push", "repo": "shop", "branch": "main", "digest": Digest::of(&[&[number]])});
            match stage.send(maker, json!({"type": "propose_action", "action": action})) {
                Err(code) => assert_eq!((code, model.finished), (Code::RunNotLive, true)),
                Ok(Reply::ActionDecided { request, .. }) => {
                    model.proposed += 1;
                    model.requests.push(request.unwrap());
                }
                Ok(other) => panic!("{other:?}"),
            }
        }
        Act::Answer(yes) => {
            let Some(request) = model.requests.pop() else {
                return;
            };
            let word = if *yes { "approve" } else { "reject" };
            stage
                .send(world::human(), json!({"type": word, "request": request}))
                .unwrap();
            model.halted |= !yes && !model.finished;
        }
    }
}

fn claim(path: &str, on_conflict: &str) -> Value {
    json!({
        "type": "claim", "specs": [{"repo": "shop", "paths": [path]}], "mode": "exclusive",
        "ttl_ms": 3_600_000, "on_conflict": on_conflict,
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(
            std::env::var("LOOM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256),
        )
    })]

    #[test]
    fn a_run_is_never_where_it_cannot_be_and_never_done_on_its_own_word(
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let (mut stage, mut model) = (Stage::new(), Model::default());
        for act in &acts {
            play(&mut stage, &mut model, act);
        }
        let frozen = stage.state.snapshot().unwrap();
        let thawed = Coordinator::restore(frozen.into()).unwrap();
        prop_assert_eq!(thawed.state_hash().unwrap(), stage.state.state_hash().unwrap());
    }
}
