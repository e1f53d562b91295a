//! "`at` never goes back …. A clock ahead poisons nobody."

use loom_core::claim::{ClaimReply, Mode};
use loom_core::coordinator::{Body, Coordinator, Reply, drive};
use loom_core::error::Code;
use loom_core::model::Timestamp;
use loom_core::store::{CLOCK_AHEAD_MS_MAX, MemoryStore};
use loom_tests::world::{self, Commands};

use super::stage::Stage;

fn expiry(reply: &Reply) -> Timestamp {
    match reply {
        Reply::Claim {
            claim: ClaimReply::Granted { expires_at, .. },
            ..
        } => *expires_at,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_clock_behind_is_lifted_to_the_journals_time_and_the_answer_says_so() {
    let mut stage = Stage::new();
    stage
        .later(500_000)
        .by("a", world::claim(&["src"], Mode::Write));
    let time = stage.coordinator.time();
    for behind in [1, 499_999, 500_000, u64::MAX] {
        stage.now = time.minus_ms(behind);
        let answer = stage.by("c", world::claim(&["docs"], Mode::Read));
        assert!(answer.lifted);
        assert_eq!(answer.at, time);
        assert_eq!(expiry(&answer.reply), time.plus_ms(60_000));
        assert_eq!(stage.coordinator.time(), time);
    }
    stage.now = time;
    assert!(!stage.by("c", world::claim(&["lib"], Mode::Read)).lifted);
}

#[test]
fn a_clock_more_than_five_seconds_ahead_is_refused_by_the_store_and_harms_nobody() {
    let now = world::at(0);
    let store = MemoryStore::new(move || now);
    let mut commands = Commands::default();
    let mut one = Coordinator::default();
    for command in commands.founding(3_600_000) {
        drive(&mut one, &store, &command, now).unwrap();
    }
    let held = commands.by_run("a", world::claim(&["src"], Mode::Write));
    let expires_at = expiry(&drive(&mut one, &store, &held, now).unwrap().reply);

    for (number, ahead) in [86_400_000, 1 << 40].into_iter().enumerate() {
        // By such a clock every run is dead, and only new ones can try anything.
        let name = format!("early{number}");
        let start = commands.by_run(&name, world::start(&name, None, None));
        let error = drive(&mut one, &store, &start, now.plus_ms(ahead)).unwrap_err();
        assert_eq!(error.code(), Code::ClockAhead, "{ahead} ms");
    }
    for ahead in [CLOCK_AHEAD_MS_MAX + 1, 60_000, 3_599_999] {
        let mut wrong = Coordinator::default();
        let theft = commands.by_run("c", world::claim(&["src"], Mode::Exclusive));
        let error = drive(&mut wrong, &store, &theft, now.plus_ms(ahead)).unwrap_err();
        assert_eq!(error.code(), Code::ClockAhead, "{ahead} ms");
        // Nothing landed, nobody's lease is shorter, and with a right clock the same command is
        // decided anew.
        let live: Vec<_> = wrong.claims().live(now).collect();
        assert_eq!((live.len(), live[0].expires_at), (1, Some(expires_at)));
        let answer = drive(&mut wrong, &store, &theft, now).unwrap();
        let Reply::Claim {
            claim: ClaimReply::Refused { .. },
            ..
        } = answer.reply
        else {
            panic!("{answer:?}")
        };
    }

    // As far ahead as is let through, leases of others lose no more than that.
    let command = commands.by_run("b", world::claim(&["docs"], Mode::Write));
    let answer = drive(&mut one, &store, &command, now.plus_ms(CLOCK_AHEAD_MS_MAX)).unwrap();
    assert_eq!(answer.at, now.plus_ms(CLOCK_AHEAD_MS_MAX));
    let held = one
        .claims()
        .live(one.time())
        .find(|claim| claim.run == world::run("a"))
        .unwrap();
    assert_eq!(held.expires_at, Some(expires_at));
}

#[test]
fn time_ends_leases_at_the_millisecond_and_needs_no_event() {
    let mut stage = Stage::new();
    let answer = stage.by("a", world::claim(&["src"], Mode::Exclusive));
    let end = expiry(&answer.reply);
    let ask = |stage: &mut Stage, now: Timestamp| {
        let command = stage
            .commands
            .by_run("c", world::claim(&["src"], Mode::Read));
        let proposal = stage.coordinator.propose(&command, now).unwrap();
        matches!(
            proposal.reply.reply,
            Reply::Claim {
                claim: ClaimReply::Granted { .. },
                ..
            }
        )
    };
    assert!(!ask(&mut stage, end.minus_ms(1)));
    assert!(ask(&mut stage, end));
    assert_eq!(stage.coordinator.next_deadline(stage.now), Some(end));
    assert_eq!(stage.coordinator.claims().live(end).count(), 0);
}

#[test]
fn times_at_the_end_of_time_are_decided_without_a_panic() {
    let mut stage = Stage::new();
    stage.now = Timestamp::MAX;
    let command = stage
        .commands
        .by_run("new", world::start("new", None, None));
    let started = stage.send(&command);
    assert!(started.is_ok(), "{started:?}");
    let command = stage
        .commands
        .by_run("new", world::claim(&["src"], Mode::Write));
    // No lease fits any more behind the end of time, so the run is no longer live.
    assert_eq!(
        stage.propose(&command).unwrap_err().code(),
        Code::RunNotLive
    );
    let tick = stage.commands.by_human(Body::Tick {});
    stage.send(&tick).unwrap();
}
