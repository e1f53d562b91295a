//! Where claims, waking and fences meet in one record.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod coordinator {
    pub(crate) mod stage;
}

use coordinator::stage::Stage;
use loom_core::claim::{Admission, ClaimReply, HOLDERS_TOLD_MAX, Mode, WAKES_MAX};
use loom_core::coordinator::{Body, Reply};
use loom_tests::world;

fn granted(reply: &Reply) -> loom_core::model::Token {
    match reply {
        Reply::Claim {
            claim: ClaimReply::Granted { token, .. },
            ..
        } => *token,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_is_told_of_the_claim_that_was_woken_in_front_of_it() {
    let mut stage = Stage::new();
    let token = granted(&stage.reply("b", world::claim(&["src"], Mode::Write)));
    stage.by("a", world::waiting(&["src"], Mode::Write, 0));
    let answer = stage
        .later(60_000)
        .by("b", world::change("late", "src/a.rs", Some(token)));
    let by = answer.woken[0].token;
    let Reply::ChangeFenced { admission, .. } = answer.reply else {
        panic!("{answer:?}")
    };
    assert_eq!(admission, Admission::Superseded { by });
}

#[test]
fn every_holder_is_told_as_far_as_one_record_goes_and_the_rest_by_the_next() {
    let mut stage = Stage::new();
    let holders = HOLDERS_TOLD_MAX + 1;
    for number in 0..holders {
        let name = format!("h{number}");
        stage.by(&name, world::start(&name, None, Some(3_600_000)));
        let path = format!("src/{number}.rs");
        granted(&stage.reply(&name, world::claim(&[&path], Mode::Write)));
    }
    let told = |stage: &Stage| {
        let runs = (0..holders).map(|number| world::run(&format!("h{number}")));
        let claims = stage.coordinator.claims();
        runs.filter(|run| !claims.notices(run).0.is_empty()).count()
    };
    stage.by("a", world::claim(&["src"], Mode::Write));
    assert_eq!(told(&stage), HOLDERS_TOLD_MAX);
    stage.by("h0", Body::Release { tokens: None });
    stage.by("a", world::claim(&["src"], Mode::Write));
    assert_eq!(told(&stage), HOLDERS_TOLD_MAX + 1);
}

#[test]
fn no_record_wakes_more_than_it_may() {
    let mut stage = Stage::new();
    let each = WAKES_MAX / 2 + 50;
    stage.by("a", world::claim(&["src"], Mode::Exclusive));
    stage.by(
        "b",
        world::claim_of(
            vec![world::spec("shop", &["docs"])],
            Mode::Exclusive,
            3_600_000,
        ),
    );
    for number in 0..2 * each {
        let name = format!("w{number}");
        stage.by(&name, world::start(&name, None, Some(24 * 3_600_000)));
        let folder = if number % 2 == 0 { "src" } else { "docs" };
        stage.by(
            &name,
            world::waiting(&[&format!("{folder}/{number}.rs")], Mode::Write, 0),
        );
    }
    // Half of them are due by time, the other half by this release.
    let command = stage.commands.by_run("b", Body::Release { tokens: None });
    stage.later(60_000);
    let proposal = stage.propose(&command).unwrap();
    assert!(
        proposal.reply.woken.len() <= WAKES_MAX,
        "{} woken",
        proposal.reply.woken.len()
    );
}

#[test]
fn a_plan_lets_no_change_land_where_somebody_else_holds_the_place() {
    let mut stage = Stage::new();
    stage.by("b", world::claim(&["src"], Mode::Exclusive));
    let mut body = world::claim(&["src"], Mode::Write);
    if let Body::Claim { on_conflict, .. } = &mut body {
        *on_conflict = loom_core::claim::OnConflict::Advise;
    }
    let token = granted(&stage.reply("a", body));
    let reply = stage.reply("a", world::change("c", "src/a.rs", Some(token)));
    assert!(matches!(reply, Reply::ChangeFenced { .. }), "{reply:?}");
}

#[test]
fn a_dead_parent_closes_no_circle_since_its_claims_end_by_themselves() {
    let mut stage = Stage::new();
    stage.by("p", world::start("p", None, Some(2_000)));
    stage.by("pc", world::start("pc", Some("p"), None));
    let an_hour =
        |path| world::claim_of(vec![world::spec("shop", &[path])], Mode::Write, 3_600_000);
    stage.by("p", an_hour("src"));
    stage.by("b", an_hour("docs"));
    stage
        .later(3_000)
        .by("pc", world::waiting(&["docs"], Mode::Write, 0));
    let reply = stage.reply("b", world::waiting(&["src"], Mode::Write, 0));
    let waits = matches!(
        reply,
        Reply::Claim {
            claim: ClaimReply::Waiting { .. },
            ..
        }
    );
    assert!(waits, "{reply:?}");
}
