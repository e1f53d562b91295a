//! Claims that change while they are held: narrowed, or handed over.

use loom_core::claim::{
    Admission, ClaimReply, ClaimRequest, ClaimTable, Facts, HandOverReply, Mode, NotDone,
    RefusedFor, RepoFacts, SpecRequest, resolve,
};
use loom_core::error::{Code, Error};
use loom_core::model::{Branch, RepoId, Token};
use loom_core::path::{Case, PathRules};

use crate::world::*;

fn narrow(world: &mut World, by: &str, token: Token, specs: &[SpecRequest]) -> Result<(), Error> {
    world
        .send(|draft| draft.narrow(&run(by), token, specs))
        .map(|view| {
            assert_eq!(view.token, token);
        })
}

#[test]
fn narrowing_wakes_who_waited_for_the_rest() {
    let mut world = World::of(&["a", "b", "c"]);
    let held = world.hold("a", Mode::Write, &["src", "docs"]);
    world.wait("b", Mode::Write, &["src/x"]);
    world.wait("c", Mode::Write, &["docs"]);
    narrow(&mut world, "a", held, &[spec(&["docs/**/*.md"])]).unwrap();
    assert_eq!(
        (world.holders(), world.queue()),
        (vec!["a".to_owned(), "b".into()], vec!["c".to_owned()])
    );
}

#[test]
fn what_is_not_narrower_is_refused_with_something_that_was_not_held() {
    let mut world = World::of(&["a", "b"]);
    let mut first = spec(&["src"]);
    first.resources = resources(&["db"]).resources;
    let request = ClaimRequest {
        specs: vec![first, spec(&["docs"])],
        ..asking(Mode::Write, &[])
    };
    let held = granted(&world.ask("a", &request).unwrap());
    let mut on_release = spec(&["src"]);
    on_release.branch = Some(Branch::new("release").unwrap());
    let table: [(SpecRequest, &str); 4] = [
        (spec(&["src/a", "lib/*.rs"]), "specs[0].paths"),
        (spec(&["**"]), "specs[0].paths"),
        (on_release, "specs[0].paths"),
        (resources(&["db", "deploy"]), "specs[0].resources"),
    ];
    for (wider, field) in table {
        let error = narrow(&mut world, "a", held, &[wider]).unwrap_err();
        assert_eq!(
            (error.code(), error.field()),
            (Code::NotNarrower, Some(field)),
            "{error}"
        );
    }
    let error = narrow(&mut world, "a", held, &[spec(&["src/a", "lib/*.rs"])]).unwrap_err();
    assert!(error.message().starts_with("lib/"), "{error}");
    narrow(
        &mut world,
        "a",
        held,
        &[spec(&["src/x", "docs/y"]), resources(&["db"])],
    )
    .unwrap();
    let error = narrow(&mut world, "b", held, &[spec(&["src/x"])]).unwrap_err();
    assert_eq!(error.code(), Code::NotPermitted);
}

#[test]
fn a_claim_over_several_specs_of_one_place_holds_their_union() {
    let mut world = World::of(&["a"]);
    let mut without = spec(&["src/**"]);
    without.paths.exclude = vec!["src/gen".into()];
    let request = ClaimRequest {
        specs: vec![without, spec(&["docs", "src/gen/x"])],
        ..asking(Mode::Write, &[])
    };
    let held = granted(&world.ask("a", &request).unwrap());
    let error = narrow(&mut world, "a", held, &[spec(&["src/gen"])]).unwrap_err();
    assert_eq!(error.code(), Code::NotNarrower);
    narrow(
        &mut world,
        "a",
        held,
        &[spec(&["src/gen/x", "src/a", "docs/*"])],
    )
    .unwrap();
}

#[test]
fn narrowing_to_the_same_changes_nothing() {
    let mut world = World::of(&["a"]);
    let held = world.hold("a", Mode::Write, &["src"]);
    narrow(&mut world, "a", held, &[spec(&["src"])]).unwrap();
    assert_eq!(world.ver, 1);
}

#[test]
fn a_hand_over_keeps_the_lease_and_its_beginning_and_ends_the_old_token() {
    let mut world = World::of(&["p", "c<p"]);
    let since = world.at;
    let held = world.hold("p", Mode::Write, &["src"]);
    world.pass_ms(1_000);
    let reply = world
        .send(|draft| draft.hand_over(&run("p"), held, &run("c"), &actor("c")))
        .unwrap();
    let HandOverReply::HandedOver {
        token,
        run: to,
        expires_at,
    } = reply
    else {
        panic!("{reply:?}")
    };
    assert_eq!((to, expires_at), (run("c"), since.plus_ms(TTL)));
    let view = world.table.get(token).unwrap();
    assert_eq!((view.since, view.run), (since, run("c")));
    assert!(token > held);
    assert_eq!(
        world.admit(held, "p", "src/x"),
        Admission::Superseded { by: token }
    );
    assert_eq!(world.admit(token, "c", "src/x"), Admission::Admitted);
    let reply = world
        .send(|draft| draft.release(&run("p"), Some(&[held])))
        .unwrap();
    assert_eq!(reply.skipped[0].why, NotDone::HandedOver);
}

#[test]
fn a_hand_over_is_checked_as_if_the_new_holder_asked_now() {
    let mut world = World::of(&["p", "c<p", "d<c", "x"]);
    let held = world.hold("p", Mode::Write, &["src"]);
    let childs = world.hold("c", Mode::Write, &["src/x"]);
    let reply = world
        .send(|draft| draft.hand_over(&run("p"), held, &run("x"), &actor("x")))
        .unwrap();
    let HandOverReply::Refused {
        why: RefusedFor::Conflict,
        meetings,
    } = reply
    else {
        panic!("{reply:?}")
    };
    assert_eq!(meetings.list[0].token, childs);
    let reply = world
        .send(|draft| draft.hand_over(&run("p"), held, &run("d"), &actor("d")))
        .unwrap();
    assert!(
        matches!(reply, HandOverReply::HandedOver { .. }),
        "c's claim is of d's own work: {reply:?}"
    );
}

#[test]
fn a_hand_over_passes_nobody_who_waits_since_it_is_held_already() {
    let mut world = World::of(&["a", "b", "x"]);
    let held = world.hold("a", Mode::Write, &["src"]);
    world.wait("x", Mode::Write, &["src"]);
    let reply = world
        .send(|draft| draft.hand_over(&run("a"), held, &run("b"), &actor("b")))
        .unwrap();
    let HandOverReply::HandedOver { token, .. } = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(world.queue(), ["x"]);
    let wait = world.table.wait_of(&run("x")).unwrap().token;
    assert_eq!(world.table.blocked_by(wait), Some(&[token][..]));
    world.release("b", token);
    assert_eq!(world.holders(), ["x"]);
}

#[test]
fn only_the_same_work_hands_over_and_only_to_a_live_run() {
    let mut world = World::of(&["a", "b", "gone"]);
    let held = world.hold("a", Mode::Write, &["src"]);
    world.stop("gone");
    let mut hand = |by: &str, to: &str| {
        let error = world
            .send(|draft| draft.hand_over(&run(by), held, &run(to), &actor(to)))
            .unwrap_err();
        (error.code(), error.field().map(str::to_owned))
    };
    assert_eq!(hand("b", "b"), (Code::NotPermitted, Some("token".into())));
    assert_eq!(hand("a", "gone"), (Code::RunNotLive, Some("to".into())));
    assert_eq!(hand("a", "a"), (Code::InvalidField, Some("to".into())));
}

#[test]
fn commands_of_one_draft_see_what_the_ones_before_decided() {
    let mut world = World::of(&["a", "b"]);
    let (a, b) = (actor("a"), actor("b"));
    let until = world.at.plus_ms(2 * TTL);
    world.send(|draft| {
        let held = granted(
            &draft
                .claim(&a, &run("a"), &asking(Mode::Write, &["src"]))
                .unwrap(),
        );
        let reply = draft
            .claim(&b, &run("b"), &asking(Mode::Write, &["src/x"]))
            .unwrap();
        assert!(matches!(reply, ClaimReply::Refused { .. }));
        draft.narrow(&run("a"), held, &[spec(&["src/y"])]).unwrap();
        granted(
            &draft
                .claim(&b, &run("b"), &asking(Mode::Write, &["src/x"]))
                .unwrap(),
        );
        draft.renew(&run("a"), None, Some(2 * TTL)).unwrap();
        let reply = draft.heartbeat(&run("a"));
        let renewed = (reply.renewed[0].token, reply.renewed[0].expires_at);
        assert_eq!(renewed, (held, until), "as it was renewed before");
        let reply = draft.release(&run("a"), Some(&[held])).unwrap();
        assert_eq!(reply.released.len(), 1);
        granted(
            &draft
                .claim(&b, &run("b"), &asking(Mode::Write, &["src/y"]))
                .unwrap(),
        );
    });
    assert_eq!(world.holders(), ["b", "b"]);
}

/// The same repositories, where letter case no longer tells names apart.
struct Folding;

impl RepoFacts for Folding {
    fn rules(&self, _: &RepoId) -> Option<PathRules> {
        Some(PathRules {
            case: Case::Insensitive,
            ..PathRules::default()
        })
    }
    fn default_branch(&self, repo: &RepoId) -> Option<Branch> {
        Repos.default_branch(repo)
    }
}

#[test]
fn claims_are_compared_by_the_new_rules_once_they_are_compiled_anew() {
    let mut world = World::of(&["a", "b"]);
    let held = world.hold("a", Mode::Write, &["Src"]);
    world.hold("b", Mode::Write, &["docs"]);
    let met = |table: &ClaimTable, world: &World, repos: &dyn RepoFacts| {
        let facts = Facts {
            repos,
            ..world.facts()
        };
        let places = resolve(&[spec(&["src/x"])], repos).unwrap();
        let meetings = table.meetings(&places, Mode::Write, None, facts).unwrap();
        meetings.list.iter().map(|m| m.token).collect::<Vec<_>>()
    };
    assert_eq!(met(&world.table, &world, &Repos), []);
    let mut table = world.table.clone();
    table
        .recompile(&RepoId::new("shop").unwrap(), &Folding)
        .unwrap();
    assert_eq!(met(&table, &world, &Folding), [held]);
    assert!(table.rows().eq(world.table.rows()), "the rows stay");
}

#[test]
fn what_a_run_was_told_is_forgotten_with_the_run() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Write, &["src"]);
    world.ask("b", &asking(Mode::Write, &["src"])).unwrap();
    world.table.forget_run(&run("a"));
    assert_eq!(world.table.notices(&run("a")), (vec![], 0));
}
