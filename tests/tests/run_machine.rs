//! The run machine against a model that keeps lists: a run is never where it cannot be, and never done
//! without a verification that counts.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::coordinator::{Coordinator, Reply};
use loom_core::error::Code;
use loom_core::model::Actor;
use loom_core::run::{NextStep, RunOutcome};
use loom_tests::world::{self, Commands};
use proptest::prelude::*;
use serde_json::{Value, json};

const GATES: [&str; 2] = ["tests", "lint"];
/// The maker's run, one of its sub-agents, and somebody else's.
const RUNS: [&str; 3] = ["m", "m1", "c"];
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
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Begin),
        4 => [0_u8..4, 0_u8..4].prop_map(Act::End),
        2 => any::<bool>().prop_map(Act::Change),
        3 => (0_usize..6, 0_usize..4, any::<bool>()).prop_map(|(nth, by, passed)| Act::Verify(nth, by, passed)),
        1 => prop::bool::weighted(0.8).prop_map(Act::Finish),
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
}

impl Model {
    /// The word for what comes next.
    fn next(&self) -> &'static str {
        let holds = !self.open && self.ended.last().is_some_and(|gates| *gates == [0, 0]);
        if holds {
            let verified = self.changes.iter().all(|verdict| *verdict == Some(true));
            return if verified { "done" } else { "verify" };
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
            _ => "continue",
        }
    }
}

fn word(next: &NextStep) -> &'static str {
    match next {
        NextStep::Continue { .. } => "continue",
        NextStep::Verify { .. } => "verify",
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
                    assert!(
                        !model.open && (model.begun == 0 || next == "continue"),
                        "{next}"
                    );
                    model.begun += 1;
                    model.open = true;
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
            }
        }
        Act::Finish(done) => {
            let outcome = if *done { "done" } else { "failed" };
            let body = json!({"type": "finish_run", "outcome": outcome});
            match stage.send(maker, body) {
                Err(code) => assert_eq!((code, model.finished), (Code::RunNotLive, true)),
                Ok(Reply::RunFinished { .. }) => {
                    assert!(!model.finished);
                    assert!(
                        !done || model.begun == 0 || model.next() == "done",
                        "{}",
                        model.next()
                    );
                    model.finished = true;
                }
                Ok(Reply::RunNotDone { next, .. }) => {
                    assert!(*done && model.begun > 0);
                    assert_eq!(word(&next), model.next());
                    assert_ne!(model.next(), "done");
                }
                Ok(other) => panic!("{other:?}"),
            }
        }
    }
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
