//! "Replaying the same records MUST give the same state hash on any machine, in any language."

use loom_core::claim::Mode;
use loom_core::coordinator::{Answer, Body, Coordinator, Reply};
use loom_core::error::Code;
use loom_core::model::{Amounts, Record};
use loom_tests::simulator::Random;
use loom_tests::world;

use super::stage::Stage;

/// A journal with something of everything.
fn journal() -> Stage {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Write));
    stage.by("b", world::waiting(&["src/*.rs"], Mode::Write, 3));
    stage.by("c", world::claim(&["docs/**"], Mode::Plan));
    stage.by("b1", world::waiting(&["src", "docs"], Mode::Exclusive, 0));
    stage.by("a1", world::claim(&["src/a.rs"], Mode::Write));
    stage
        .later(1_000)
        .by("a", world::change("one", "src/a.rs", None));
    stage.by("a", Body::Release { tokens: None });
    let recover = stage.commands.by_human(Body::Recover { above: 3 });
    stage.send(&recover).unwrap();
    stage.later(61_000).by("c", Body::Heartbeat { seen: None });
    stage.by("c", world::claim(&["lib"], Mode::Exclusive));
    stage.by(
        "b",
        Body::FinishRun {
            outcome: loom_core::run::RunOutcome::Failed,
            summary: None,
            spent: Amounts::new(),
        },
    );
    stage.later(3_600_000).by("c", Body::Tick {});
    stage
}

fn assert_same(left: &Coordinator, right: &Coordinator) {
    assert_eq!(left.head(), right.head());
    assert_eq!(left.state_hash().unwrap(), right.state_hash().unwrap());
    assert!(
        left.snapshot().unwrap() == right.snapshot().unwrap(),
        "snapshots differ"
    );
}

#[test]
fn replay_in_any_batches_with_duplicates_gives_the_same_state_and_snapshot() {
    let stage = journal();
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut again = Coordinator::default();
        let mut from = 0;
        while from < stage.records.len() {
            let back = random.below(5).min(from as u64) as usize;
            let to = (from + random.below(6) as usize).min(stage.records.len());
            let start = from - back;
            let mut batch: Vec<Record> = stage.records[start..to.max(start)].to_vec();
            if random.chance(30) {
                // The same delivery, doubled.
                batch = batch
                    .iter()
                    .flat_map(|record| [record.clone(), record.clone()])
                    .collect();
            }
            if random.chance(50) {
                again.apply(&batch).unwrap();
            } else {
                again.apply_trusted(&batch).unwrap();
            }
            from = to;
        }
        assert_same(&again, &stage.coordinator);
    }
}

#[test]
fn each_prefix_hashes_differently_and_a_repetition_of_it_changes_nothing() {
    let stage = journal();
    let mut again = Coordinator::default();
    let mut hashes = std::collections::BTreeSet::new();
    for (place, record) in stage.records.iter().enumerate() {
        again.apply(std::slice::from_ref(record)).unwrap();
        let hash = again.state_hash().unwrap();
        assert!(hashes.insert(hash), "record {} changed nothing", record.ver);
        again.apply(&stage.records[..=place]).unwrap();
        assert_eq!(again.state_hash().unwrap(), hash);
    }
}

#[test]
fn a_snapshot_of_any_moment_goes_on_as_the_coordinator_it_was_taken_of() {
    let stage = journal();
    for cut in 0..=stage.records.len() {
        let mut before = Coordinator::default();
        before.apply(&stage.records[..cut]).unwrap();
        let mut thawed = Coordinator::restore(before.snapshot().unwrap().into()).unwrap();
        assert_same(&thawed, &before);
        thawed.apply(&stage.records[cut..]).unwrap();
        assert_same(&thawed, &stage.coordinator);
    }
}

#[test]
fn a_thawed_coordinator_decides_as_the_one_that_replayed() {
    let mut stage = journal();
    stage.by("c", world::claim(&["**/*.md"], Mode::Write));
    let thawed = Coordinator::restore(stage.coordinator.snapshot().unwrap().into()).unwrap();
    let asks = [
        world::claim(&["docs/a.md"], Mode::Read),
        world::claim(&["docs"], Mode::Exclusive),
        world::waiting(&["src", "docs"], Mode::Write, 9),
        Body::Tick {},
        Body::Release { tokens: None },
    ];
    for body in asks {
        for run in ["a", "a1", "c"] {
            let command = stage.commands.by_run(run, body.clone());
            for later in [0, 30_000, 7_200_000] {
                let now = stage.now.plus_ms(later);
                let (left, right) = (
                    thawed.propose(&command, now),
                    stage.coordinator.propose(&command, now),
                );
                assert_eq!(left, right, "{body:?} by {run}");
            }
        }
    }
}

#[test]
fn records_out_of_order_are_refused_as_a_gap_and_change_nothing() {
    let stage = journal();
    for cut in 0..stage.records.len() - 1 {
        let mut again = Coordinator::default();
        again.apply(&stage.records[..cut]).unwrap();
        let before = again.state_hash().unwrap();
        let error = again.apply(&stage.records[cut + 1..]).unwrap_err();
        assert_eq!(error.code(), Code::Gap);
        assert_eq!(again.state_hash().unwrap(), before);
        again.apply(&stage.records[cut..]).unwrap();
        assert_same(&again, &stage.coordinator);
    }
}

#[test]
fn a_retry_gets_the_answer_that_landed_and_makes_nothing_new() {
    let mut stage = Stage::new();
    let command = stage
        .commands
        .by_run("a", world::claim(&["src"], Mode::Write));
    let first = stage.send(&command).unwrap();
    // Much later, when the claim has lapsed and somebody else holds the place.
    stage
        .later(120_000)
        .by("c", world::claim(&["src"], Mode::Exclusive));
    let hash = stage.coordinator.state_hash().unwrap();
    let retried = stage.send(&command).unwrap();
    let Reply::AlreadyLanded { ver } = retried.reply else {
        panic!("{retried:?}")
    };
    let record = &stage.records[ver as usize - 1];
    assert_eq!(Answer::landed(record).unwrap(), first);
    assert_eq!(stage.coordinator.state_hash().unwrap(), hash);
    // A retry may salt anew.
    let mut salted = command.clone();
    salted.nonce = Some(loom_core::model::Nonce([9; 16]));
    assert_eq!(
        stage.send(&salted).unwrap().reply,
        Reply::AlreadyLanded { ver }
    );
}

#[test]
fn the_same_id_with_another_body_or_actor_is_id_reused() {
    let mut stage = Stage::new();
    let command = stage
        .commands
        .by_run("a", world::claim(&["src"], Mode::Write));
    stage.send(&command).unwrap();
    let mut other_body = command.clone();
    other_body.body = world::claim(&["src"], Mode::Read);
    let mut other_actor = command.clone();
    other_actor.actor = world::in_run("b");
    for other in [other_body, other_actor] {
        let error = stage.propose(&other).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::IdReused, Some("id")));
    }
}

#[test]
fn a_dropped_proposal_leaves_no_trace() {
    let mut stage = journal();
    let hash = stage.coordinator.state_hash().unwrap();
    let command = stage
        .commands
        .by_run("c", world::claim(&["**"], Mode::Write));
    let first = stage.propose(&command).unwrap();
    for _ in 0..3 {
        assert_eq!(stage.propose(&command).unwrap(), first);
    }
    assert_eq!(stage.coordinator.state_hash().unwrap(), hash);
}

#[test]
fn a_proposal_that_was_altered_on_its_way_is_refused_by_the_coordinator_that_made_it() {
    let mut stage = journal();
    let command = stage
        .commands
        .by_run("c", world::claim(&["web/**"], Mode::Write));
    let record = stage.propose(&command).unwrap().record.unwrap();
    let mut altered = record.clone();
    let body = String::from_utf8(record.body.to_vec()).unwrap();
    altered.body = body.replace("web/**", "web/*.").into_bytes().into();
    assert_ne!(altered, record);
    let error = stage.coordinator.apply(&[altered]).unwrap_err();
    assert_eq!(error.code(), Code::BrokenChain);
    stage
        .coordinator
        .apply(std::slice::from_ref(&record))
        .unwrap();
    stage.records.push(record);

    let mut again = Coordinator::default();
    again.apply(&stage.records).unwrap();
    assert_same(&again, &stage.coordinator);
}

#[test]
fn a_record_of_somebody_else_is_folded_although_another_was_proposed_here() {
    let mut stage = journal();
    let mut other = stage.coordinator.clone();
    let mine = stage
        .commands
        .by_run("c", world::claim(&["web/**"], Mode::Write));
    let theirs = stage
        .commands
        .by_run("a", world::claim(&["lib/**"], Mode::Write));
    stage.propose(&mine).unwrap().record.unwrap();
    let landed = other.propose(&theirs, stage.now).unwrap().record.unwrap();
    other.apply(std::slice::from_ref(&landed)).unwrap();
    stage.coordinator.apply(&[landed]).unwrap();
    assert_same(&stage.coordinator, &other);
}

#[test]
fn claims_that_were_folded_many_records_at_once_are_found_as_if_one_by_one() {
    let mut stage = journal();
    stage.by("c", world::claim(&["web/**"], Mode::Write));
    let mut at_once = Coordinator::default();
    at_once.apply(&stage.records).unwrap();
    for asked in ["web/x", "src/**", "docs/a.md", "**"] {
        for run in ["a", "a1", "c"] {
            let body = world::claim(&[asked], Mode::Exclusive);
            let command = stage.commands.by_run(run, body);
            let expected = stage.propose(&command);
            assert_eq!(
                at_once.propose(&command, stage.now),
                expected,
                "{asked} by {run}"
            );
        }
    }
}
