//! `loom run` is killed at any moment, again and again, and whoever starts it anew loses nothing.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use loom_core::coordinator::Event;
use loom_core::model::Verdict;
use loom_core::run::RunOutcome;
use loom_harness::audit::audit;
use loom_store::Loom;

use crate::runner::{branches, ended, events, nobody_graded_themselves, outcomes, spawn, write};
use crate::world::World;

/// How often a runner is killed before it may come to its end, at most.
const KILLS_MAX: u64 = 5;
/// The length of a run's lease.
const TTL: [&str; 2] = ["--ttl", "10s"];
const TTL_MS: u64 = 10_000;

/// A loop that wants four parts, each whole.
const PARTS: &str = r#"
id: parts
owner: ada
goal: all parts are whole
scope: [{ repo: shop, paths: ["part*"] }]
gates: [{ name: whole, run: 'for i in 1 2 3 4; do test "$(cat part$i)" = "head $i tail $i" || exit 1; done' }]
"#;

/// Makes the next part in two steps, so that it can be killed between them; every other one it commits
/// itself.
const MAKE: &str = r#"
for i in 1 2 3 4; do
  test "$(cat part$i 2>/dev/null)" = "head $i tail $i" && continue
  printf "head $i" > part$i
  printf " tail $i" >> part$i
  test $((i % 2)) = 0 && git add part$i && git commit -q -m "part $i"
  exit 0
done
"#;

/// Numbers that look random and are the same every time (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// All commits that a branch of a run has.
fn commits(world: &World) -> BTreeSet<String> {
    let listed = world.git(&["rev-list", "--branches=loom/*"]);
    listed.lines().map(str::to_owned).collect()
}

fn claims(world: &World) -> usize {
    let loom = Loom::open(world.journal()).unwrap();
    let now = world.now();
    loom.look(|coordinator, _| Ok(coordinator.claims().live(now).count()))
        .unwrap()
}

/// Runs the loop; kills it in between where a time is given. Answers how long it took, if it ended.
fn start(world: &World, file: &str, kill_after: Option<Duration>) -> Option<Duration> {
    let options = [
        &TTL[..],
        &[
            "--checker",
            "test -s part4 && test -z \"$(git status --porcelain)\"",
        ],
    ]
    .concat();
    let since = Instant::now();
    let mut child = spawn(world, file, &options, MAKE);
    if let Some(after) = kill_after {
        std::thread::sleep(after);
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
    }
    let said = ended(child);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["is done"]);
    Some(since.elapsed())
}

/// Every commit of the branch that was finished is a change that somebody else passed.
fn all_is_verified(world: &World, branch: &str) {
    let (mut recorded, mut passed) = (Vec::new(), BTreeSet::new());
    for event in events(world) {
        match event {
            Event::ChangeRecorded(change) => recorded.push((
                change.commit.clone().unwrap().to_string(),
                change.id.clone(),
            )),
            Event::VerificationRecorded(it) if it.independent && it.verdict == Verdict::Passed => {
                passed.extend(it.changes);
            }
            _ => {}
        }
    }
    let told: BTreeSet<&str> = recorded.iter().map(|(commit, _)| commit.as_str()).collect();
    assert_eq!(told.len(), recorded.len(), "a commit was recorded twice");
    for commit in world.git(&["rev-list", branch, "^main"]).lines() {
        let change = recorded.iter().find(|(it, _)| it == commit);
        let (_, id) = change.unwrap_or_else(|| panic!("no change tells of {commit}"));
        assert!(passed.contains(id), "nobody passed {id}");
    }
}

fn round(seed: u64, usual: Duration) {
    let mut draw = Draw(seed);
    let mut world = World::new();
    let file = write(&world, PARTS);
    let mut seen = BTreeSet::new();
    let mut has_ended = false;
    for _ in 0..=draw.below(KILLS_MAX) {
        let micros = draw.below(usual.as_micros().try_into().unwrap());
        has_ended = start(&world, &file, Some(Duration::from_micros(micros))).is_some();
        seen.extend(commits(&world));
        // Killed with nothing left to do but to say so, it would be a new run that starts now.
        let state = world.repo().join(".git/.loom/run/parts/state.json");
        has_ended |= !state.exists() && outcomes(&world).contains(&RunOutcome::Done);
        if has_ended {
            break;
        }
        if draw.below(3) == 0 {
            world.pass(TTL_MS);
            assert_eq!(claims(&world), 0, "a claim outlived the lease of its run");
        }
    }
    if !has_ended {
        start(&world, &file, None);
    }

    let kept = commits(&world);
    let lost: Vec<_> = seen.difference(&kept).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert_eq!(claims(&world), 0);
    assert_eq!(
        outcomes(&world)
            .iter()
            .filter(|it| **it == RunOutcome::Done)
            .count(),
        1
    );
    nobody_graded_themselves(&world);
    let whole: Vec<_> = branches(&world)
        .into_iter()
        .filter(|branch| {
            let part = |i| world.git(&["show", &format!("{branch}:part{i}")]);
            let files = world.git(&["ls-tree", "--name-only", branch]);
            files.contains("part4") && (1..=4).all(|i| part(i) == format!("head {i} tail {i}"))
        })
        .collect();
    assert!(!whole.is_empty(), "no branch has all parts");
    assert!(whole.iter().any(|branch| kept.iter().all(|commit| {
        // What the finished run made stands on all that the earlier ones did.
        let reached = world.git(&["rev-list", branch]);
        reached.contains(commit.as_str())
    })));
    let finished = whole
        .iter()
        .max_by_key(|branch| world.git(&["rev-list", branch]).len());
    all_is_verified(&world, finished.unwrap());
    assert_eq!(world.git(&["worktree", "list"]).lines().count(), 1);
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    let loom = Loom::open(world.journal()).unwrap();
    assert_eq!(audit(loom.store()).unwrap().faults, []);
}

/// `LOOM_KILLS` says how many rounds; `LOOM_KILLS_SEED` repeats others than the usual ones.
#[test]
fn a_runner_that_is_killed_at_any_moment_loses_no_commit_and_calls_nothing_done_that_is_not() {
    let number = |name: &str, usual: u64| {
        std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
    };
    let world = World::new();
    let usual = start(&world, &write(&world, PARTS), None).unwrap();
    let first = number("LOOM_KILLS_SEED", 20_261_123);
    for seed in first..first + number("LOOM_KILLS", 20) {
        let told = std::panic::catch_unwind(|| round(seed, usual));
        assert!(
            told.is_ok(),
            "LOOM_KILLS_SEED={seed} LOOM_KILLS=1 repeats it"
        );
    }
}
