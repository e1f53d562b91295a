//! Random walks: whatever runs do, what the table says holds against a scan of all that is in it.

use loom_core::claim::{Cell, ClaimRequest, ClaimView, Mode, OnConflict};
use loom_core::model::{RunId, Token};
use loom_core::path::{PathRules, PathSet};

use crate::world::*;

/// Steele, Lea and Flood's SplitMix64: the same walk everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % count as u64).unwrap()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const RUNS: [&str; 8] = ["a", "b", "c<a", "d<a", "e<c", "f<b", "g", "h"];
const PATHS: [&str; 10] = [
    "src",
    "src/x",
    "src/x/y",
    "src/*",
    "**/*.rs",
    "docs",
    "docs/a.md",
    "lib/{a,b}",
    "lib/a",
    "**",
];
const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

fn request(dice: &mut Dice) -> ClaimRequest {
    let mode = Mode::ALL[dice.below(4)];
    let paths: Vec<&str> = (0..=dice.below(2)).map(|_| dice.pick(&PATHS)).collect();
    let mut request = asking(mode, &paths);
    if dice.below(4) == 0 {
        request.specs[0]
            .paths
            .exclude
            .push(dice.pick(&PATHS[..9]).into());
    }
    if dice.below(4) == 0 {
        request.specs.push(resources(&[dice.pick(&["db", "ci"])]));
    }
    request.ttl_ms = 5_000 + 1_000 * dice.below(60) as u64;
    request.priority = u8::try_from(dice.below(4)).unwrap();
    let choice = [
        OnConflict::Wait,
        OnConflict::Wait,
        OnConflict::Refuse,
        OnConflict::Advise,
    ];
    request.on_conflict = choice[dice.below(4)];
    request.partial = request.on_conflict != OnConflict::Wait && dice.below(4) == 0;
    request
}

fn token_of(world: &World, dice: &mut Dice) -> Option<Token> {
    let live: Vec<Token> = world
        .table
        .live(world.at)
        .map(|claim| claim.token)
        .collect();
    (!live.is_empty()).then(|| live[dice.below(live.len())])
}

fn step(world: &mut World, dice: &mut Dice) {
    world.pass_ms(500 * dice.below(20) as u64);
    let by = dice.pick(&NAMES);
    match dice.below(12) {
        0..=5 => drop(world.ask(by, &request(dice))),
        6 => drop(world.send(|draft| draft.release(&run(by), None))),
        7 => drop(world.send(|draft| draft.heartbeat(&run(by)))),
        8 => drop(world.send(|draft| draft.withdraw(&run(by)))),
        9 => drop(world.send(|draft| draft.end_run(&run(by)))),
        kind => {
            let Some(token) = token_of(world, dice) else {
                return;
            };
            let (to, paths) = (dice.pick(&NAMES), dice.pick(&PATHS));
            let holder = world.table.get(token).unwrap().run;
            if kind == 10 {
                drop(world.send(|draft| draft.hand_over(&holder, token, &run(to), &actor(to))));
            } else {
                drop(world.send(|draft| draft.narrow(&holder, token, &[spec(&[paths])])));
            }
        }
    }
}

fn meet(a: &ClaimView, b: &ClaimView) -> bool {
    a.specs.iter().any(|one| {
        b.specs.iter().any(|two| {
            let set = |spec: &loom_core::claim::Spec| {
                PathSet::compile(&spec.paths, PathRules::default()).unwrap()
            };
            one.branch == two.branch
                && (set(one).overlap(&set(two)).meets()
                    || one.resources.iter().any(|n| two.resources.contains(n)))
        })
    })
}

fn conflict(held: &ClaimView, requested: &ClaimView) -> bool {
    held.mode.meets(requested.mode) == Cell::Conflict && meet(held, requested)
}

fn check(world: &World, context: &str) {
    let facts = world.facts();
    let same_work = |by: &RunId, of: &RunId| facts.lineage.is_same_work(by, of);
    let live: Vec<ClaimView> = world.table.live(world.at).collect();
    for (i, one) in live.iter().enumerate() {
        for two in &live[..i] {
            let apart = !same_work(&one.run, &two.run) && !same_work(&two.run, &one.run);
            assert!(
                !(apart && conflict(two, one)),
                "{context}: {one:?} and {two:?}"
            );
        }
    }
    let queue: Vec<ClaimView> = world.table.waits().collect();
    for (i, wait) in queue.iter().enumerate() {
        let blocks =
            |other: &&ClaimView| !same_work(&wait.run, &other.run) && conflict(other, wait);
        let inside = live.iter().any(|own| {
            same_work(&wait.run, &own.run)
                && own.mode >= wait.mode
                && wait.specs.iter().all(|spec| {
                    let set = |s: &loom_core::claim::Spec| {
                        PathSet::compile(&s.paths, PathRules::default()).unwrap()
                    };
                    own.specs
                        .iter()
                        .any(|o| set(o).contains(&set(spec)).is_contained())
                        && spec
                            .resources
                            .iter()
                            .all(|n| own.specs.iter().any(|o| o.resources.contains(n)))
                })
        });
        let mut in_front = queue[..i].iter();
        let blocked = live.iter().any(|other| blocks(&other))
            || !inside && in_front.any(|other| blocks(&other));
        assert!(blocked, "{context}: nobody is in the way of {wait:?}");
    }
    let mut again = world.table.draft(facts);
    assert!(!again.wake(1_000));
    assert_eq!(
        again.into_events(),
        [],
        "{context}: waking twice does nothing more"
    );
}

#[test]
fn claims_of_different_work_never_conflict_and_no_waiter_waits_for_nobody() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut world = World::of(&RUNS);
        for turn in 0..120 {
            step(&mut world, &mut dice);
            // A lapse alone changes who is in the way; the next command serves who is due.
            world.tick();
            check(&world, &format!("seed {seed}, turn {turn}"));
        }
    }
}
