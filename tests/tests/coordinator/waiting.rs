//! Who waits is served: in order, within a bound, and however many are due at once.

use loom_core::claim::{AGEING_MS, ClaimReply, HOLD_MS_MAX, Mode, PRIORITY_MAX, WAKES_MAX};
use loom_core::coordinator::{Body, Command, Reply, Woken};
use loom_core::model::{Timestamp, Token};
use loom_tests::simulator::Random;
use loom_tests::world;

use super::stage::Stage;

fn wait_of(reply: &Reply) -> Token {
    match reply {
        Reply::Claim {
            claim: ClaimReply::Waiting { wait, .. },
            ..
        } => *wait,
        other => panic!("{other:?}"),
    }
}

/// `count` runs of their own, each waiting for a file of its own inside `src`, which run `a` holds.
fn crowd(count: usize) -> Stage {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Exclusive));
    for number in 0..count {
        let name = format!("w{number}");
        stage.by(&name, world::start(&name, None, Some(24 * 3_600_000)));
        let path = format!("src/{number}.rs");
        wait_of(&stage.reply(&name, world::waiting(&[&path], Mode::Write, 0)));
    }
    stage
}

/// Sends one command through all its settlements; who was woken, record by record.
fn records_of(stage: &mut Stage, command: &Command) -> Vec<Vec<Woken>> {
    let mut woken = Vec::new();
    loop {
        let proposal = stage.propose(command).unwrap();
        if let Some(record) = &proposal.record {
            woken.push(proposal.reply.woken.clone());
            stage
                .coordinator
                .apply(std::slice::from_ref(record))
                .unwrap();
        }
        if !proposal.again {
            return woken;
        }
    }
}

#[test]
fn more_due_wakes_than_one_record_takes_are_settled_in_several_and_nobody_is_lost() {
    for count in [WAKES_MAX - 1, WAKES_MAX, WAKES_MAX + 1, 2 * WAKES_MAX + 3] {
        let mut stage = crowd(count);
        stage.later(60_000);
        let tick = stage.commands.by_human(Body::Tick {});
        let woken = records_of(&mut stage, &tick);
        assert!(woken.iter().all(|record| record.len() <= WAKES_MAX));
        assert_eq!(woken.len(), count.div_ceil(WAKES_MAX), "{count} waits");
        let all: Vec<&Woken> = woken.iter().flatten().collect();
        assert_eq!(all.len(), count);
        // By deadline, which is the same for all, then by name.
        assert!(all.is_sorted_by_key(|woken| woken.wait));
        assert_eq!(stage.coordinator.claims().waits().count(), 0);
        assert_eq!(stage.coordinator.claims().live(stage.now).count(), count);
    }
}

#[test]
fn several_nodes_that_settle_at_once_propose_the_same_settlement() {
    let mut stage = crowd(WAKES_MAX + 1);
    stage.later(60_000);
    let (one, other) = (
        stage.commands.by_human(Body::Tick {}),
        stage.commands.by_human(Body::Tick {}),
    );
    let (one, other) = (stage.propose(&one).unwrap(), stage.propose(&other).unwrap());
    assert!(one.again && other.again);
    assert_eq!(one.record, other.record);
}

#[test]
fn a_release_wakes_those_whose_turn_it_is_in_the_same_record() {
    let mut stage = crowd(3);
    let answer = stage.by("a", Body::Release { tokens: None });
    assert_eq!(answer.woken.len(), 3);
    assert_eq!(stage.coordinator.claims().waits().count(), 0);
}

/// "every waiter is served within the bound": where nobody renews past the cap and every newcomer asks
/// for a lease of at most `ttl`, who waits is served at the latest when those have ended who hold now
/// and who stand in front, or come to stand there. A newcomer can only come to stand in front within
/// `PRIORITY_MAX × AGEING_MS` after the wait began, since after that the wait has risen above all of
/// them.
#[test]
fn every_waiter_is_served_within_the_bound() {
    let ttl_ms = 60_000;
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let mut stage = Stage::new();
        for number in 0..8 {
            let name = format!("w{number}");
            stage.by(&name, world::start(&name, None, Some(24 * 3_600_000)));
        }
        stage.by("c", world::claim(&["src"], Mode::Exclusive));
        // The one whose patience is measured, as unimportant as can be.
        let wait = wait_of(&stage.reply("b", world::waiting(&["src"], Mode::Write, 0)));
        let since = stage.now;
        let mut passed_by = 0u64;
        let mut served_at: Option<Timestamp> = None;
        while served_at.is_none() {
            stage.later(1 + random.below(20_000));
            let name = format!("w{}", random.below(8));
            let wanted = random.below(u64::from(PRIORITY_MAX) + 1) as u8;
            let body = match random.below(4) {
                0 => Body::Heartbeat { seen: None },
                1 => Body::Renew {
                    tokens: None,
                    ttl_ms: None,
                },
                _ => world::waiting(&["src/*"], Mode::Exclusive, wanted),
            };
            let command = stage.commands.by_run(&name, body);
            let Ok(answer) = stage.send(&command) else {
                continue;
            };
            let granted_at_once = matches!(
                answer.reply,
                Reply::Claim {
                    claim: ClaimReply::Granted { .. },
                    ..
                }
            );
            passed_by += u64::from(granted_at_once);
            for woken in &answer.woken {
                if woken.wait == wait {
                    served_at = Some(answer.at);
                } else {
                    passed_by += 1;
                }
            }
            // Each that passed held at most until the cap, and asked within the ageing.
            let ageing = u64::from(PRIORITY_MAX) * AGEING_MS;
            let bound = ageing + (passed_by + 2) * (HOLD_MS_MAX + ttl_ms);
            assert!(
                answer.at.since_ms(since) <= bound,
                "seed {seed}: still waiting"
            );
        }
        // Whoever asks more than the ageing later cannot pass, so their number is bounded as well.
        assert!(
            passed_by <= 8 + u64::from(PRIORITY_MAX) * AGEING_MS,
            "seed {seed}"
        );
    }
}

#[test]
fn nobody_who_asks_after_the_ageing_passes_whatever_its_priority() {
    let ageing = u64::from(PRIORITY_MAX) * AGEING_MS;
    // (how long after the wait, whether the most important request passes it)
    for (later, passes) in [
        (0, true),
        (ageing - 1, true),
        (ageing, false),
        (ageing + 1, false),
    ] {
        let mut stage = Stage::new();
        stage.by(
            "c",
            world::claim_of(
                vec![world::spec("shop", &["src/a.rs"])],
                Mode::Write,
                3_600_000,
            ),
        );
        wait_of(&stage.reply("b", world::waiting(&["src"], Mode::Write, 0)));
        stage.later(later);
        let mut body = world::claim(&["src/b.rs"], Mode::Write);
        if let Body::Claim { priority, .. } = &mut body {
            *priority = PRIORITY_MAX;
        }
        let reply = stage.reply("a", body);
        let granted = matches!(
            reply,
            Reply::Claim {
                claim: ClaimReply::Granted { .. },
                ..
            }
        );
        assert_eq!(granted, passes, "{later} ms later: {reply:?}");
    }
}

#[test]
fn a_holder_cannot_renew_past_the_cap_while_somebody_waits_and_the_waiter_is_served_then() {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Exclusive));
    let since = stage.now;
    let wait = wait_of(&stage.reply("b", world::waiting(&["src"], Mode::Write, 0)));
    loop {
        stage.later(20_000);
        let answer = stage.by(
            "a",
            Body::Renew {
                tokens: None,
                ttl_ms: None,
            },
        );
        if let Some(woken) = answer.woken.first() {
            assert_eq!(woken.wait, wait);
            break;
        }
        let Reply::Renewed { claims } = answer.reply else {
            panic!("{:?}", answer.reply)
        };
        assert!(claims.renewed[0].expires_at <= since.plus_ms(HOLD_MS_MAX));
    }
    let held_ms = stage.now.since_ms(since);
    assert!(
        (HOLD_MS_MAX..HOLD_MS_MAX + 20_000).contains(&held_ms),
        "{held_ms}"
    );
}

#[test]
fn without_a_waiter_a_holder_renews_past_the_cap() {
    let mut stage = Stage::new();
    stage.by(
        "a",
        world::claim_of(vec![world::spec("shop", &["src"])], Mode::Write, 3_600_000),
    );
    for _ in 0..6 {
        stage.later(3_500_000).by(
            "a",
            Body::Renew {
                tokens: None,
                ttl_ms: None,
            },
        );
    }
    assert_eq!(stage.coordinator.claims().live(stage.now).count(), 1);
}

#[test]
fn a_hand_over_does_not_start_the_cap_anew() {
    let mut stage = Stage::new();
    stage.by(
        "a",
        world::claim_of(vec![world::spec("shop", &["src"])], Mode::Write, 3_600_000),
    );
    let since = stage.now;
    for turn in 0..3 {
        let (from, to) = if turn % 2 == 0 {
            ("a", "c")
        } else {
            ("c", "a")
        };
        let token = stage
            .coordinator
            .claims()
            .live(stage.now)
            .next()
            .unwrap()
            .token;
        stage.later(3_000_000).by(
            from,
            Body::Renew {
                tokens: None,
                ttl_ms: None,
            },
        );
        stage.by(
            from,
            Body::HandOver {
                token,
                to: world::run(to),
            },
        );
    }
    wait_of(&stage.reply("b", world::waiting(&["src"], Mode::Write, 0)));
    stage.later(3_000_000);
    let answer = stage.by(
        "c",
        Body::Renew {
            tokens: None,
            ttl_ms: Some(24 * 3_600_000),
        },
    );
    let Reply::Renewed { claims } = answer.reply else {
        panic!("{:?}", answer.reply)
    };
    assert_eq!(claims.renewed[0].expires_at, since.plus_ms(HOLD_MS_MAX));
    assert!(claims.renewed[0].capped);
}

#[test]
fn a_waiter_whose_run_died_is_not_served_and_lets_those_behind_it_go() {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src/a.rs"], Mode::Write));
    stage.by("short", world::start("short", None, Some(5_000)));
    wait_of(&stage.reply("short", world::waiting(&["src"], Mode::Exclusive, 9)));
    wait_of(&stage.reply("b", world::waiting(&["src/b.rs"], Mode::Write, 0)));
    assert_eq!(stage.later(4_999).by("c", Body::Tick {}).woken, []);
    let woken = stage.later(1).by("c", Body::Tick {}).woken;
    assert_eq!(woken.len(), 1);
    assert_eq!(woken[0].run, world::run("b"));
    stage.later(3_600_000);
    assert_eq!(stage.by("c", Body::Tick {}).woken, []);
}

#[test]
fn a_wait_lease_starts_with_the_record_that_grants_it() {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Write));
    wait_of(&stage.reply("b", world::waiting(&["src"], Mode::Write, 0)));
    stage.later(500_000).by("c", Body::Tick {});
    let live: Vec<_> = stage.coordinator.claims().live(stage.now).collect();
    assert_eq!(live.len(), 1);
    assert_eq!(live[0].expires_at, Some(stage.now.plus_ms(60_000)));
    assert_eq!(live[0].since, stage.now);
}

#[test]
fn the_next_deadline_is_when_a_tick_next_serves_somebody() {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Write));
    wait_of(&stage.reply("b", world::waiting(&["src"], Mode::Write, 0)));
    let due = stage.coordinator.next_deadline(stage.now).unwrap();
    assert_eq!(due, stage.now.plus_ms(60_000));
    stage.now = due.minus_ms(1);
    assert_eq!(stage.by("c", Body::Tick {}).woken, []);
    stage.now = due;
    assert_eq!(stage.by("c", Body::Tick {}).woken.len(), 1);
}

#[test]
fn three_who_wait_in_a_circle_are_refused_and_the_circle_is_named() {
    let mut stage = Stage::new();
    for (run, path) in [("a", "src/a.rs"), ("b", "src/b.rs"), ("c", "docs")] {
        stage.by(run, world::claim(&[path], Mode::Write));
    }
    wait_of(&stage.reply("a", world::waiting(&["src/b.rs"], Mode::Write, 0)));
    wait_of(&stage.reply("b", world::waiting(&["docs"], Mode::Write, 0)));
    let reply = stage.reply("c", world::waiting(&["src/a.rs"], Mode::Write, 0));
    let Reply::Claim {
        claim: ClaimReply::Refused { why, .. },
        ..
    } = reply
    else {
        panic!("{reply:?}")
    };
    let cycle = ["c", "a", "b"].map(world::run).to_vec();
    assert_eq!(why, loom_core::claim::RefusedFor::Deadlock { cycle });
}
