//! Every recipe of `examples/recipes`, played with scripted gates: to its goal, to a person, and to the stop
//! for lack of progress.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use loom_core::coordinator::{Coordinator, Reply};
use loom_core::model::{Actor, ActorKind, Timestamp};
use loom_core::run::{
    Format, LoopDefinition, NextStep, RunOutcome, Slot, StopReason, Trigger, WaitsFor,
};
use loom_tests::world::{self, Commands};
use serde_json::{Value, json};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// All recipes, by the names of their files.
fn recipes() -> Vec<(String, LoopDefinition)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/recipes");
    let mut recipes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let format = Format::of_file(&name).unwrap_or_else(|| panic!("{name} is no recipe"));
        let text = std::fs::read_to_string(&path).unwrap();
        recipes.push((
            name.clone(),
            LoopDefinition::load(&name, &text, format).unwrap(),
        ));
    }
    recipes.sort_by(|a, b| a.0.cmp(&b.0));
    recipes
}

/// A journal with one recipe registered, on a clock that the test moves.
struct Play {
    state: Coordinator,
    commands: Commands,
    now: Timestamp,
    recipe: LoopDefinition,
    changes: u32,
}

impl Play {
    fn of(recipe: &LoopDefinition) -> Play {
        let mut play = Play {
            state: Coordinator::default(),
            commands: Commands::default(),
            now: world::at(0),
            recipe: recipe.clone(),
            changes: 0,
        };
        play.by_ada(json!({"type": "create_journal", "workspace": "w"}));
        play.by_ada(json!({"type": "register_repo", "id": "shop", "default_branch": "main"}));
        let mut body = serde_json::to_value(recipe).unwrap();
        body["type"] = json!("register_loop");
        play.by_ada(body);
        play
    }

    fn send(&mut self, actor: Actor, body: Value) -> Reply {
        let body = serde_json::from_value(body).unwrap();
        let command = self.commands.by(actor, body);
        let proposal = self.state.propose(&command, self.now).unwrap();
        let records: Vec<_> = proposal.record.into_iter().collect();
        self.state.apply(&records).unwrap();
        proposal.reply.reply
    }

    fn by_ada(&mut self, body: Value) -> Reply {
        self.send(world::human(), body)
    }

    fn by_run(&mut self, body: Value) -> Reply {
        self.send(world::in_run("r"), body)
    }

    /// Time goes on until the recipe is due, and its run starts: by its slot where it has one.
    fn start(&mut self) {
        match &self.recipe.trigger {
            Trigger::Manual {} => {}
            Trigger::Event(event) => {
                let (name, key) = (event.name.clone(), "17");
                self.now = self.now.plus_ms(1_000);
                self.by_ada(json!({"type": "signal", "name": name, "key": key}));
            }
            Trigger::Cron(_) | Trigger::Interval(_) => {
                self.now = self
                    .state
                    .runs()
                    .next_start(self.now)
                    .expect("it has a schedule");
            }
        }
        let due = self.state.due(self.now).unwrap();
        let slot: Option<Slot> = due.first().map(|due| due.slot.clone());
        assert_eq!(slot.is_none(), self.recipe.trigger == Trigger::Manual {});
        let id = self.recipe.id.clone();
        let mut body = json!({"type": "start_run", "run": "r", "loop": id, "ttl_ms": DAY});
        if let Some(slot) = slot {
            body["slot"] = json!(slot);
        }
        let reply = self.by_run(body);
        assert!(matches!(reply, Reply::RunStarted { .. }), "{reply:?}");
    }

    /// An iteration that changes something, where the recipe may, and whose gates all end so.
    fn iterate(&mut self, failure: Option<&str>) -> NextStep {
        let reply = self.by_run(json!({"type": "begin_iteration"}));
        assert!(matches!(reply, Reply::IterationBegun { .. }), "{reply:?}");
        if !self.recipe.scope.is_empty() {
            self.changes += 1;
            let id = format!("c{}", self.changes);
            self.by_run(json!({
                "type": "record_change", "id": id, "repo": "shop", "made_by": "loop",
                "files": [{"path": format!("tests/{id}.rs")}],
            }));
        }
        self.now = self.now.plus_ms(60_000);
        let gates = self.recipe.gates.iter().map(|gate| match failure {
            None => json!({"name": gate.name, "passed": true}),
            Some(print) => json!({"name": gate.name, "passed": false, "fingerprint": print}),
        });
        let gates: Vec<Value> = gates.collect();
        match self.by_run(json!({"type": "finish_iteration", "gates": gates})) {
            Reply::IterationFinished { next, .. } => next,
            other => panic!("{other:?}"),
        }
    }

    fn finish(&mut self, outcome: &str) -> Reply {
        self.by_run(json!({"type": "finish_run", "outcome": outcome}))
    }
}

fn each(play: impl Fn(&str, &LoopDefinition)) {
    let recipes = recipes();
    let names: BTreeSet<&str> = recipes.iter().map(|(_, it)| it.id.as_str()).collect();
    let wanted = [
        "coverage",
        "de-sloppify",
        "morning-triage",
        "nightly-refactor",
        "pr-babysitter",
        "ship-a-pr",
    ];
    assert_eq!(names, BTreeSet::from(wanted));
    for (name, recipe) in &recipes {
        play(name, recipe);
    }
}

#[test]
fn every_recipe_is_played_to_its_goal_and_done_only_once_somebody_else_has_checked_it() {
    each(|name, recipe| {
        let mut play = Play::of(recipe);
        play.start();
        let next = play.iterate(Some("e1"));
        assert_eq!(next, NextStep::Continue { iteration: 2 }, "{name}");
        let next = play.iterate(None);
        if recipe.scope.is_empty() {
            let done = matches!(
                next,
                NextStep::Stop {
                    outcome: RunOutcome::Done,
                    ..
                }
            );
            assert!(done, "{name}: {next:?}");
        } else {
            let NextStep::Verify(of) = next else {
                panic!("{name}: {next:?}")
            };
            assert_eq!(of.changes.len(), 2, "{name}");
            let refused = play.finish("done");
            assert!(
                matches!(refused, Reply::RunNotDone { .. }),
                "{name}: {refused:?}"
            );
            play.by_run(json!({"type": "request_verification"}));
            let run = world::run("r");
            let waits = play.state.next_step(&run, play.now).unwrap();
            let on_checker = matches!(
                waits,
                NextStep::Wait {
                    on: WaitsFor::Verification { .. }
                }
            );
            assert!(on_checker, "{name}: {waits:?}");
            let checker = Actor::new(ActorKind::Loop, "checker").unwrap();
            let checker = checker.in_run(world::run("k"));
            let start = json!({"type": "start_run", "run": "k", "ttl_ms": DAY});
            play.send(checker.clone(), start);
            let verdict = json!({
                "type": "record_verification", "changes": of.changes, "verdict": "passed",
            });
            play.send(checker, verdict);
        }
        let done = play.finish("done");
        assert!(
            matches!(done, Reply::RunFinished { .. }),
            "{name}: {done:?}"
        );
    });
}

#[test]
fn every_recipe_hands_over_to_a_person_once_it_took_too_many_iterations() {
    each(|name, recipe| {
        let most = recipe.exit.max_iterations.expect(name);
        let mut play = Play::of(recipe);
        play.start();
        for nth in 1..most {
            let next = play.iterate(Some(&format!("e{nth}")));
            let iteration = nth + 1;
            assert_eq!(next, NextStep::Continue { iteration }, "{name}");
        }
        let next = play.iterate(Some("last"));
        let why = StopReason::MaxIterations { iterations: most };
        let outcome = RunOutcome::HandedToHuman;
        assert_eq!(next, NextStep::Stop { why, outcome }, "{name}");
        assert!(
            matches!(play.finish("done"), Reply::RunNotDone { .. }),
            "{name}"
        );
        let end = play.finish("handed_to_human");
        assert!(matches!(end, Reply::RunFinished { .. }), "{name}");
    });
}

#[test]
fn every_recipe_stops_where_the_same_gate_fails_alike_and_says_which() {
    each(|name, recipe| {
        let most = recipe.exit.no_progress_after.expect(name);
        let mut play = Play::of(recipe);
        play.start();
        let mut next = NextStep::Continue { iteration: 1 };
        for _ in 0..most {
            assert!(
                matches!(next, NextStep::Continue { .. }),
                "{name}: {next:?}"
            );
            next = play.iterate(Some("the same"));
        }
        let NextStep::Stop {
            why: StopReason::NoProgress { gate, times },
            outcome: RunOutcome::Stopped,
        } = next
        else {
            panic!("{name}: {next:?}")
        };
        assert_eq!(times, most, "{name}");
        assert!(recipe.gates.iter().any(|it| it.name == gate), "{name}");
    });
}

#[test]
fn a_recipe_that_finds_nothing_three_times_is_advised_to_start_less_often() {
    each(|name, recipe| {
        let mut play = Play::of(recipe);
        for nth in 1..=3 {
            let row = play.state.runs().loop_row(&recipe.id).unwrap();
            assert!(!row.finds_nothing(), "{name} after {} runs", nth - 1);
            let run = format!("r{nth}");
            let id = recipe.id.clone();
            let start = json!({"type": "start_run", "run": run, "loop": id, "ttl_ms": DAY});
            play.send(world::in_run(&run), start);
            let end = json!({"type": "finish_run", "outcome": "nothing_found"});
            play.send(world::in_run(&run), end);
        }
        let row = play.state.runs().loop_row(&recipe.id).unwrap();
        assert!(row.finds_nothing(), "{name}");
    });
}

#[test]
fn the_morning_triage_starts_on_working_days_alone_and_changes_nothing() {
    let triage = recipes()
        .into_iter()
        .find(|(_, it)| it.id.as_str() == "morning-triage");
    let (_, triage) = triage.unwrap();
    assert!(triage.scope.is_empty());
    let from: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let until: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let slots = triage.trigger.slots(from, from..until, 10);
    let slots: Vec<String> = slots.iter().map(ToString::to_string).collect();
    // A Friday at noon, and the two working days after the weekend; six in Berlin is five in UTC.
    let due = ["2026-11-23T05:00:00.000Z", "2026-11-24T05:00:00.000Z"];
    assert_eq!(slots, due);
}
