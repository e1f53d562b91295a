//! Findings against a model that keeps all that was said and reads it from the end: one holder at a time,
//! no loop's hand on what waits for a person, and each question in exactly one inbox.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;

use loom_core::coordinator::{Coordinator, Reply, drive};
use loom_core::error::Code;
use loom_core::model::{Actor, ActorId, ActorKind, FindingKey};
use loom_core::run::{FindingStanding, NotTaken};
use loom_core::store::MemoryStore;
use loom_tests::world::{self, Commands};
use proptest::prelude::*;
use serde_json::{Value, json};

const KEYS: [&str; 2] = ["k0", "k1"];
/// Runs of loops. The second works for the first.
const RUNS: [&str; 3] = ["a", "a1", "b"];
const PEOPLE: [&str; 2] = ["ada", "bob"];
const LEASE_MS: u64 = 10_000;
const REST_MS: u64 = 25_000;

/// What somebody does with a finding: a run by its number, or behind those a person.
#[derive(Debug, Clone)]
enum Act {
    Report(usize, usize),
    Take(usize, usize),
    Return(usize, usize),
    Defer(usize, usize),
    /// To one of the people.
    Escalate(usize, usize, usize),
    Resolve(usize, usize),
    Finish(usize),
    Later(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let (who, key) = (0..=RUNS.len(), 0..KEYS.len());
    let both = (who, key);
    prop_oneof![
        4 => both.clone().prop_map(|(who, key)| Act::Report(who, key)),
        6 => (0..RUNS.len(), 0..KEYS.len()).prop_map(|(who, key)| Act::Take(who, key)),
        2 => both.clone().prop_map(|(who, key)| Act::Return(who, key)),
        2 => both.clone().prop_map(|(who, key)| Act::Defer(who, key)),
        3 => (both.clone(), 0..PEOPLE.len()).prop_map(|((who, key), to)| Act::Escalate(who, key, to)),
        2 => both.prop_map(|(who, key)| Act::Resolve(who, key)),
        1 => (0..RUNS.len()).prop_map(Act::Finish),
        4 => (1..LEASE_MS).prop_map(Act::Later),
    ]
}

/// One thing that was said of a finding.
#[derive(Clone)]
enum Said {
    Reported,
    Taken(usize, u64),
    Returned,
    Deferred(u64),
    Escalated(usize),
    Resolved,
}

/// All that was said.
#[derive(Default)]
struct Model {
    ms: u64,
    said: BTreeMap<usize, Vec<Said>>,
    finished: Vec<usize>,
}

impl Model {
    fn is_live(&self, run: usize) -> bool {
        !self.finished.contains(&run)
    }

    /// How a finding stands, with its holder; `None` where nobody reported it.
    fn stands(&self, key: usize) -> Option<(FindingStanding, Option<usize>)> {
        let said = self.said.get(&key)?;
        // A report says where it goes only if it is the first, or the first since the end.
        let last = said.iter().rev().find(|it| !matches!(it, Said::Reported));
        Some(match last {
            Some(Said::Resolved) => match said.last() {
                Some(Said::Resolved) => (FindingStanding::Resolved, None),
                _ => (FindingStanding::Open, None),
            },
            Some(Said::Taken(run, until)) if self.ms < *until && self.is_live(*run) => {
                (FindingStanding::Taken, Some(*run))
            }
            Some(Said::Deferred(until)) if self.ms < *until => (FindingStanding::Deferred, None),
            Some(Said::Escalated(_)) => (FindingStanding::Escalated, None),
            _ => (FindingStanding::Open, None),
        })
    }

    fn asked(&self, key: usize) -> Option<usize> {
        let said = self.said.get(&key)?.iter().rev();
        let mut moves = said.filter(|it| !matches!(it, Said::Reported));
        match moves.next() {
            Some(Said::Escalated(to)) => Some(*to),
            _ => None,
        }
    }

    /// May this actor say what becomes of it? Else with which code they are refused.
    fn may_say(&self, who: usize, key: usize) -> Result<(), Code> {
        match self.stands(key) {
            None => Err(Code::NotFound),
            Some((FindingStanding::Resolved, _)) => Err(Code::AlreadyExists),
            _ if who == RUNS.len() => Ok(()),
            // Whoever works for the holder speaks for it.
            Some((FindingStanding::Taken, Some(holder))) if who == holder => Ok(()),
            Some((FindingStanding::Taken, Some(0))) if who == 1 => Ok(()),
            Some(_) => Err(Code::NotPermitted),
        }
    }
}

struct Stage {
    state: Coordinator,
    commands: Commands,
}

impl Stage {
    fn new() -> Stage {
        let mut stage = Stage {
            state: Coordinator::default(),
            commands: Commands::default(),
        };
        for body in founding() {
            stage.send(world::human(), body, 0).unwrap();
        }
        stage
    }

    fn send(&mut self, actor: Actor, body: Value, ms: u64) -> Result<Reply, Code> {
        let body = serde_json::from_value(body).unwrap();
        let command = self.commands.by(actor, body);
        let proposal = self.state.propose(&command, world::at(ms));
        let proposal = proposal.map_err(|why| why.code())?;
        let record = proposal.record.into_iter().collect::<Vec<_>>();
        self.state.apply(&record).unwrap();
        Ok(proposal.reply.reply)
    }
}

fn founding() -> Vec<Value> {
    let start = |run: &str, parent: Option<&str>| json!({"type": "start_run", "run": run, "parent": parent, "ttl_ms": 86_400_000});
    vec![
        json!({"type": "create_journal", "workspace": "w"}),
        start("a", None),
        start("a1", Some("a")),
        start("b", None),
    ]
}

fn actor(who: usize) -> Actor {
    match RUNS.get(who) {
        Some(run) => {
            let actor = Actor::new(ActorKind::Loop, "l").unwrap();
            actor.in_run(world::run(run))
        }
        None => world::human(),
    }
}

fn play(stage: &mut Stage, model: &mut Model, act: &Act) {
    let ms = model.ms;
    match act {
        Act::Later(by) => model.ms += by,
        Act::Finish(run) => {
            let reply = stage.send(
                actor(*run),
                json!({"type": "finish_run", "outcome": "failed"}),
                ms,
            );
            assert_eq!(reply.is_ok(), model.is_live(*run));
            model.finished.push(*run);
        }
        Act::Report(who, key) => {
            let body =
                json!({"type": "report_finding", "key": KEYS[*key], "title": "it is broken"});
            let before = model.stands(*key);
            let reply = stage.send(actor(*who), body, ms).unwrap();
            model.said.entry(*key).or_default().push(Said::Reported);
            let Reply::FindingReported {
                attached,
                reopened,
                standing,
                by,
                ..
            } = reply
            else {
                panic!("{reply:?}")
            };
            let (stands, holder) = model.stands(*key).unwrap();
            assert_eq!(attached, before.is_some());
            let was_over = before.is_some_and(|it| it.0 == FindingStanding::Resolved);
            assert_eq!(reopened, was_over);
            assert_eq!(standing, stands);
            assert_eq!(by, holder.map(|run| world::run(RUNS[run])));
        }
        Act::Take(who, key) => {
            let body = json!({"type": "take_finding", "key": KEYS[*key], "ttl_ms": LEASE_MS});
            let reply = stage.send(actor(*who), body, ms);
            let before = model.stands(*key);
            match (reply, before) {
                (Err(code), _) if !model.is_live(*who) => assert_eq!(code, Code::RunNotLive),
                (Err(code), stands) => assert_eq!((code, stands), (Code::NotFound, None)),
                (Ok(Reply::FindingTaken { until, .. }), Some((stands, holder))) => {
                    let own = stands == FindingStanding::Taken && holder == Some(*who);
                    assert!(own || stands == FindingStanding::Open, "{stands:?}");
                    assert_eq!(until, world::at(ms + LEASE_MS));
                    let taken = Said::Taken(*who, ms + LEASE_MS);
                    model.said.entry(*key).or_default().push(taken);
                }
                (Ok(Reply::FindingNotTaken { why, by, .. }), Some((stands, holder))) => {
                    let expected = match stands {
                        FindingStanding::Taken => NotTaken::Taken,
                        FindingStanding::Deferred => NotTaken::Deferred,
                        FindingStanding::Escalated => NotTaken::Escalated,
                        FindingStanding::Resolved => NotTaken::Resolved,
                        FindingStanding::Open => panic!("an open finding is there to be taken"),
                    };
                    assert_eq!(why, expected);
                    assert_ne!(holder, Some(*who));
                    assert_eq!(by, holder.map(|run| world::run(RUNS[run])));
                }
                (other, stands) => panic!("{other:?} {stands:?}"),
            }
        }
        Act::Return(who, key) => {
            let body = json!({"type": "return_finding", "key": KEYS[*key]});
            moved(stage, model, *who, *key, body, Said::Returned);
        }
        Act::Defer(who, key) => {
            let until = world::at(ms + REST_MS);
            let body = json!({"type": "defer_finding", "key": KEYS[*key], "until": until});
            moved(stage, model, *who, *key, body, Said::Deferred(ms + REST_MS));
        }
        Act::Resolve(who, key) => {
            let body = json!({"type": "resolve_finding", "key": KEYS[*key]});
            moved(stage, model, *who, *key, body, Said::Resolved);
        }
        Act::Escalate(who, key, to) => {
            let body = json!({
                "type": "escalate_finding", "key": KEYS[*key], "question": "may we?",
                "to": PEOPLE[*to],
            });
            // An open one is escalated by whoever sees that no loop may decide.
            if model
                .stands(*key)
                .is_some_and(|it| it.0 == FindingStanding::Open)
            {
                stage.send(actor(*who), body, ms).unwrap();
                model
                    .said
                    .entry(*key)
                    .or_default()
                    .push(Said::Escalated(*to));
            } else {
                moved(stage, model, *who, *key, body, Said::Escalated(*to));
            }
        }
    }
}

fn moved(stage: &mut Stage, model: &mut Model, who: usize, key: usize, body: Value, said: Said) {
    let reply = stage.send(actor(who), body, model.ms);
    assert_eq!(
        reply.as_ref().map(drop).map_err(|it| *it),
        model.may_say(who, key)
    );
    let Ok(reply) = reply else { return };
    model.said.entry(key).or_default().push(said);
    let Reply::FindingStands { standing, .. } = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(standing, model.stands(key).unwrap().0);
}

fn agree(stage: &Stage, model: &Model) {
    let (findings, runs) = (stage.state.findings(), stage.state.runs());
    let at = world::at(model.ms);
    for (key, name) in KEYS.iter().enumerate() {
        let row = findings.get(&FindingKey::new(name).unwrap());
        let stands = row.as_ref().map(|row| {
            let holder = row.holder(runs, at).map(|it| it.run.as_str().to_owned());
            (row.standing(runs, at), holder)
        });
        let expected = model.stands(key);
        let expected = expected.map(|(it, run)| (it, run.map(|run| RUNS[run].to_owned())));
        assert_eq!(stands, expected);
        let inboxes = PEOPLE.iter().enumerate().filter(|(_, person)| {
            let inbox = findings.inbox(Some(&ActorId::new(person).unwrap()));
            inbox.iter().any(|(key, _)| key.as_str() == *name)
        });
        let inboxes: Vec<usize> = inboxes.map(|(nth, _)| nth).collect();
        let asked: Vec<usize> = model.asked(key).into_iter().collect();
        assert_eq!(inboxes, asked, "each question is in exactly one inbox");
    }
    let open = (0..KEYS.len()).filter(|key| {
        let stands = model.stands(*key);
        stands.is_some_and(|it| it.0 != FindingStanding::Resolved)
    });
    assert_eq!(findings.open_len(), open.count());
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(
            std::env::var("LOOM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256),
        )
    })]

    #[test]
    fn a_finding_has_one_holder_and_a_question_one_inbox_whatever_is_done(
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let (mut stage, mut model) = (Stage::new(), Model::default());
        for (nth, act) in acts.iter().enumerate() {
            play(&mut stage, &mut model, act);
            agree(&stage, &model);
            if nth % 16 == 15 {
                let frozen = stage.state.snapshot().unwrap();
                let thawed = Coordinator::restore(frozen.into()).unwrap();
                prop_assert_eq!(
                    thawed.state_hash().unwrap(),
                    stage.state.state_hash().unwrap()
                );
                // From here on the rows come out of the snapshot.
                stage.state = thawed;
            }
        }
    }
}

#[test]
fn eight_loops_race_for_one_finding_and_one_wins() {
    let store = MemoryStore::without_clock();
    let mut commands = Commands::default();
    let mut first = Coordinator::default();
    let runs: Vec<String> = (0..8).map(|nth| format!("r{nth}")).collect();
    let mut bodies = vec![
        json!({"type": "create_journal", "workspace": "w"}),
        json!({"type": "report_finding", "key": "k0", "title": "it is broken"}),
    ];
    bodies.extend(
        runs.iter()
            .map(|run| json!({"type": "start_run", "run": run, "ttl_ms": 86_400_000})),
    );
    for body in bodies {
        let command = commands.by(world::human(), serde_json::from_value(body).unwrap());
        drive(&mut first, &store, &command, world::at(0)).unwrap();
    }
    let takes: Vec<_> = runs
        .iter()
        .map(|run| {
            let body = json!({"type": "take_finding", "key": "k0"});
            commands.by(world::in_run(run), serde_json::from_value(body).unwrap())
        })
        .collect();
    let gate = std::sync::Barrier::new(takes.len());
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let racers: Vec<_> = takes
            .iter()
            .map(|command| {
                let (store, gate, mut state) = (&store, &gate, first.clone());
                scope.spawn(move || {
                    gate.wait();
                    drive(&mut state, store, command, world::at(1))
                        .unwrap()
                        .reply
                })
            })
            .collect();
        racers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let won: Vec<usize> = (0..replies.len())
        .filter(|nth| matches!(replies[*nth], Reply::FindingTaken { .. }))
        .collect();
    let [winner] = won[..] else {
        panic!("{replies:?}")
    };
    for (nth, reply) in replies.iter().enumerate().filter(|(nth, _)| *nth != winner) {
        let Reply::FindingNotTaken { why, by, .. } = reply else {
            panic!("run {nth}: {reply:?}")
        };
        assert_eq!(*why, NotTaken::Taken);
        assert_eq!(by.as_ref(), Some(&world::run(&runs[winner])));
    }
}
