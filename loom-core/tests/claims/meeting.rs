//! Where claims of different work meet, and who learns of it.

use loom_core::claim::{
    Cell, ClaimReply, ClaimRequest, Met, Mode, OnConflict, Outcome, RefusedFor,
};
use loom_core::model::{Branch, RepoId};
use loom_core::path::{PathSetSource, PatternSource};

use crate::world::*;

#[test]
fn a_conflict_names_both_patterns_a_path_in_both_and_the_end_of_the_lease() {
    let mut world = World::of(&["a", "b"]);
    let token = world.hold("a", Mode::Write, &["src/auth/**"]);
    let reply = world
        .ask("b", &asking(Mode::Write, &["docs/**", "**/*.rs"]))
        .unwrap();
    let ClaimReply::Refused {
        why: RefusedFor::Conflict,
        meetings,
    } = reply
    else {
        panic!("{reply:?}")
    };
    let [meeting] = meetings.list.as_slice() else {
        panic!("{meetings:?}")
    };
    assert_eq!(
        (meeting.cell, meeting.token, meeting.run.as_str()),
        (Cell::Conflict, token, "a")
    );
    assert_eq!(meeting.expires_at, Some(world.at.plus_ms(TTL)));
    let Met::Path {
        held,
        requested,
        witness,
    } = &meeting.met
    else {
        panic!("{meeting:?}")
    };
    assert_eq!((held.text(), requested.text()), ("src/auth/**", "**/*.rs"));
    let witness = witness.as_deref().unwrap();
    assert!(
        witness.starts_with("src/auth/") && witness.ends_with(".rs"),
        "{witness}"
    );
}

#[test]
fn what_meets_depends_on_both_modes_as_the_table_says() {
    for held in Mode::ALL {
        for requested in Mode::ALL {
            let mut world = World::of(&["a", "b"]);
            let token = world.hold("a", held, &["src"]);
            let reply = world.ask("b", &asking(requested, &["src/x"])).unwrap();
            let (refused, met) = match &reply {
                ClaimReply::Granted { meetings, .. } => (false, !meetings.list.is_empty()),
                ClaimReply::Refused { meetings, .. } => (true, !meetings.list.is_empty()),
                ClaimReply::Waiting { .. } => panic!("{reply:?}"),
            };
            let cell = held.meets(requested);
            assert_eq!(
                (refused, met),
                (cell == Cell::Conflict, cell != Cell::Clear),
                "{held:?} {requested:?}"
            );
            let told: Vec<_> = world
                .table
                .notices(&run("a"))
                .0
                .iter()
                .map(|n| (n.token, n.outcome))
                .collect();
            let outcome = if refused {
                Outcome::Refused
            } else {
                Outcome::Granted
            };
            assert_eq!(
                told,
                if met { vec![(token, outcome)] } else { vec![] },
                "{held:?} {requested:?}"
            );
        }
    }
}

#[test]
fn a_holder_is_told_once_for_its_claim_and_the_asking_run() {
    let mut world = World::of(&["a", "b", "c"]);
    world.hold("a", Mode::Write, &["src"]);
    for by in ["b", "b", "c", "b", "c"] {
        let before = world.ver;
        world.ask(by, &asking(Mode::Write, &["src/x"])).unwrap();
        assert!(world.ver - before <= 1);
    }
    let (notices, seen) = world.table.notices(&run("a"));
    let from: Vec<_> = notices
        .iter()
        .map(|n| (n.seq, n.from_run.as_str()))
        .collect();
    assert_eq!((from, seen), (vec![(1, "b"), (2, "c")], 0));
    assert_eq!(
        world.ver, 3,
        "a refusal that tells nobody anything new makes no record"
    );

    world.hold("a", Mode::Write, &["lib"]);
    world.ask("b", &asking(Mode::Write, &["lib"])).unwrap();
    assert_eq!(
        world.table.notices(&run("a")).0.len(),
        3,
        "another claim is another notice"
    );
}

#[test]
fn a_box_keeps_the_last_notices_and_knows_which_were_read() {
    let names: Vec<String> = (0..70).map(|i| format!("r{i}")).collect();
    let mut world = World::of(&["a"]);
    world.hold("a", Mode::Write, &["src"]);
    for name in &names {
        world.start(name);
        world.ask(name, &asking(Mode::Write, &["src"])).unwrap();
    }
    let (notices, _) = world.table.notices(&run("a"));
    assert_eq!(
        (notices.len(), notices[0].seq, notices[63].seq),
        (64, 7, 70)
    );
    world.send(|draft| draft.seen(&run("a"), 70)).unwrap();
    assert_eq!(world.table.notices(&run("a")).1, 70);
    let record = world.ver;
    world.send(|draft| draft.seen(&run("a"), 3)).unwrap();
    assert_eq!(
        (world.table.notices(&run("a")).1, world.ver),
        (70, record),
        "reading back changes nothing"
    );
    assert_eq!(
        world
            .send(|draft| draft.seen(&run("a"), 71))
            .unwrap_err()
            .field(),
        Some("seen")
    );
}

#[test]
fn a_child_works_inside_its_parents_claim_and_the_parent_meets_the_childs() {
    let mut world = World::of(&["p", "c<p", "d<p"]);
    world.hold("p", Mode::Exclusive, &["src"]);
    world.hold("c", Mode::Write, &["src/x"]);
    let reply = world.ask("p", &asking(Mode::Write, &["src/x/y"])).unwrap();
    assert!(
        matches!(reply, ClaimReply::Refused { .. }),
        "a parent does not work inside its child's: {reply:?}"
    );
    let reply = world.ask("d", &asking(Mode::Write, &["src/x/y"])).unwrap();
    assert!(
        matches!(reply, ClaimReply::Refused { .. }),
        "nor one child inside another's: {reply:?}"
    );
    world.hold("d", Mode::Write, &["src/z"]);
    let own = world
        .ask("p", &asking(Mode::Write, &["src/other"]))
        .unwrap();
    assert!(
        matches!(own, ClaimReply::Granted { .. }),
        "a run never meets itself: {own:?}"
    );
}

#[test]
fn other_branches_and_other_repositories_never_meet() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Exclusive, &["**"]);
    let mut elsewhere = asking(Mode::Exclusive, &["**"]);
    elsewhere.specs[0].branch = Some(Branch::new("release").unwrap());
    granted(&world.ask("b", &elsewhere).unwrap());
    elsewhere.specs[0] = spec(&["**"]);
    elsewhere.specs[0].repo = RepoId::new("other").unwrap();
    granted(&world.ask("b", &elsewhere).unwrap());
    elsewhere.specs[0] = spec(&["**"]);
    elsewhere.specs[0].branch = Some(Branch::new("main").unwrap());
    let reply = world.ask("b", &elsewhere).unwrap();
    assert!(
        matches!(reply, ClaimReply::Refused { .. }),
        "main is the default branch"
    );
}

#[test]
fn resources_meet_by_name_and_never_with_paths() {
    let mut world = World::of(&["a", "b"]);
    let request = ClaimRequest {
        specs: vec![resources(&["deploy:prod", "db"])],
        ..asking(Mode::Write, &[])
    };
    world.ask("a", &request).unwrap();
    world.hold("b", Mode::Write, &["**"]);
    let request = ClaimRequest {
        specs: vec![resources(&["x", "deploy:prod"])],
        ..asking(Mode::Write, &[])
    };
    let ClaimReply::Refused { meetings, .. } = world.ask("b", &request).unwrap() else {
        panic!()
    };
    let Met::Resource { resource } = &meetings.list[0].met else {
        panic!()
    };
    assert_eq!(resource.as_str(), "deploy:prod");
}

#[test]
fn excludes_keep_claims_apart_that_their_includes_would_bring_together() {
    let mut world = World::of(&["a", "b"]);
    let mut request = asking(Mode::Write, &["src/**"]);
    request.specs[0].paths.exclude = vec!["src/generated".into()];
    world.ask("a", &request).unwrap();
    world.hold("b", Mode::Write, &["src/generated/*.rs"]);
    let reply = world
        .ask("b", &asking(Mode::Write, &["src/*/x.rs"]))
        .unwrap();
    let ClaimReply::Refused { meetings, .. } = reply else {
        panic!("{reply:?}")
    };
    let Met::Path {
        witness: Some(witness),
        ..
    } = &meetings.list[0].met
    else {
        panic!()
    };
    assert!(!witness.starts_with("src/generated/"), "{witness}");
}

#[test]
fn all_specs_are_granted_or_none() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Write, &["src"]);
    let request = ClaimRequest {
        specs: vec![spec(&["docs"]), spec(&["src/x"])],
        ..asking(Mode::Write, &[])
    };
    let ClaimReply::Refused { meetings, .. } = world.ask("b", &request).unwrap() else {
        panic!()
    };
    assert_eq!(meetings.list[0].spec, 1);
    assert_eq!(world.holders(), ["a"]);
}

#[test]
fn a_partial_claim_goes_without_what_meets_and_names_the_claim_in_the_way() {
    let mut world = World::of(&["a", "b"]);
    let held = world.hold("a", Mode::Write, &["src/auth"]);
    world.hold("a", Mode::Read, &["docs"]);
    let mut request = ClaimRequest {
        partial: true,
        ..asking(Mode::Write, &["src/auth/x", "docs", "lib"])
    };
    request.specs.push(spec(&["src/**"]));
    let ClaimReply::Granted {
        specs,
        left_out,
        meetings,
        ..
    } = world.ask("b", &request).unwrap()
    else {
        panic!()
    };
    assert_eq!(specs.len(), 1);
    assert_eq!(
        specs[0].paths,
        PathSetSource::of(["docs".into(), "lib".into()])
    );
    let left: Vec<_> = left_out
        .iter()
        .map(|l| (l.spec, l.pattern.as_ref().map(PatternSource::text), l.token))
        .collect();
    assert_eq!(
        left,
        [(0, Some("src/auth/x"), held), (1, Some("src/**"), held)]
    );
    let cells: Vec<_> = meetings.list.iter().map(|m| (m.cell, m.spec)).collect();
    assert_eq!(cells, [(Cell::Conflict, 0), (Cell::Notice, 0)]);
    let outcomes: Vec<_> = world
        .table
        .notices(&run("a"))
        .0
        .iter()
        .map(|n| n.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Refused, Outcome::Granted]);

    let nothing_left = ClaimRequest {
        partial: true,
        ..asking(Mode::Write, &["src/auth"])
    };
    assert!(matches!(
        world.ask("b", &nothing_left).unwrap(),
        ClaimReply::Refused { .. }
    ));
    let waits = ClaimRequest {
        on_conflict: OnConflict::Wait,
        ..nothing_left
    };
    assert_eq!(world.ask("b", &waits).unwrap_err().field(), Some("partial"));
}

#[test]
fn a_partial_claim_keeps_a_pattern_whose_excludes_keep_it_apart() {
    let mut world = World::of(&["a", "b"]);
    world.hold("a", Mode::Write, &["src/auth"]);
    let mut request = ClaimRequest {
        partial: true,
        ..asking(Mode::Write, &["src/**", "**/*.rs"])
    };
    request.specs[0].paths.exclude = vec!["src/auth/**".into()];
    let ClaimReply::Granted { left_out, .. } = world.ask("b", &request).unwrap() else {
        panic!()
    };
    assert_eq!(left_out, []);
}

#[test]
fn advise_grants_a_plan_and_lists_what_stood_in_the_way() {
    let mut world = World::of(&["a", "b"]);
    let write = world.hold("a", Mode::Write, &["src"]);
    let read = world.hold("a", Mode::Read, &["src/x"]);
    let request = ClaimRequest {
        on_conflict: OnConflict::Advise,
        ..asking(Mode::Exclusive, &["src/x"])
    };
    let ClaimReply::Granted {
        token,
        mode,
        advised,
        meetings,
        ..
    } = world.ask("b", &request).unwrap()
    else {
        panic!()
    };
    assert!(advised && mode == Mode::Plan);
    assert_eq!(world.table.get(token).unwrap().mode, Mode::Plan);
    let met: Vec<_> = meetings.list.iter().map(|m| (m.cell, m.token)).collect();
    assert_eq!(met, [(Cell::Conflict, write), (Cell::Conflict, read)]);
    assert!(
        world
            .table
            .notices(&run("a"))
            .0
            .iter()
            .all(|n| n.outcome == Outcome::Advised)
    );
}

#[test]
fn advise_also_lists_plans_that_only_a_plan_meets() {
    let mut world = World::of(&["a", "b", "c"]);
    world.hold("a", Mode::Exclusive, &["src"]);
    let plan = world.hold("c", Mode::Plan, &["src/x"]);
    let request = ClaimRequest {
        on_conflict: OnConflict::Advise,
        ..asking(Mode::Read, &["src/x"])
    };
    let ClaimReply::Granted { meetings, .. } = world.ask("b", &request).unwrap() else {
        panic!()
    };
    assert_eq!(meetings.list.len(), 2);
    assert_eq!(
        (meetings.list[1].token, meetings.list[1].cell),
        (plan, Cell::Notice)
    );
}

#[test]
fn a_query_tells_what_a_request_would_meet_and_changes_nothing() {
    let mut world = World::of(&["a", "b", "c"]);
    world.hold("a", Mode::Write, &["src"]);
    world.wait("b", Mode::Write, &["src/x"]);
    let places = loom_core::claim::resolve(&[spec(&["src/x"])], &Repos).unwrap();
    let met = |by: Option<&str>| {
        let by = by.map(run);
        let meetings = world
            .table
            .meetings(&places, Mode::Write, by.as_ref(), world.facts())
            .unwrap();
        meetings
            .list
            .iter()
            .map(|m| (m.run.to_string(), m.queued))
            .collect::<Vec<_>>()
    };
    let both = [("a".to_owned(), false), ("b".to_owned(), true)];
    assert_eq!(met(None), both);
    assert_eq!(met(Some("c")), both);
    assert_eq!(
        met(Some("a")),
        [],
        "inside its own claim it passes who waits"
    );
}

#[test]
fn at_most_so_many_meetings_are_listed_and_the_rest_is_counted() {
    let mut world = World::of(&["a", "b"]);
    for i in 0..70 {
        world.hold("a", Mode::Write, &[&format!("src/{i}")]);
    }
    let ClaimReply::Refused { meetings, .. } =
        world.ask("b", &asking(Mode::Write, &["src"])).unwrap()
    else {
        panic!()
    };
    assert_eq!((meetings.list.len(), meetings.more), (64, 6));
    assert_eq!(world.table.notices(&run("a")).0.len(), 64);
}
