//! The limits of loops, of their schedules and of what is told of them: each at its bound and past it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;

use loom_core::claim::Mode;
use loom_core::coordinator::{Body, COMING_MAX, Coordinator, HANDOVER_LISTED_MAX};
use loom_core::error::Error;
use loom_core::model::{ActorId, ChangeId, Digest, LoopId, SignalKey, Timestamp, Zone};
use loom_core::run::{
    COLLISION_TIMES_MAX, CRON_BYTES_MAX, Cron, EVERY_MS_MAX, EVERY_MS_MIN, FORECAST_PAIRS_MAX,
    FORECAST_STARTS_MAX, Gate, GateResult, ITERATION_GATES_MAX, Interval, Iterations,
    LOOP_AREAS_MAX, LOOP_GATES_MAX, LOOP_ITERATIONS_MAX, LOOP_MINUTES_MAX, LOOP_SKILLS_MAX,
    LOOP_TOOLS_MAX, LoopDefinition, MISSED_COUNTED_MAX, NO_PROGRESS_AFTER_MAX, NextStep,
    PAST_RUNS_MAX, SIGNAL_NAMES_MAX, SIGNALS_KEPT_MAX, ScopeArea, Slot, Trigger,
    UNVERIFIED_LISTED_MAX, Unverified, check_gates,
};
use loom_tests::world::{self, Commands};

const MINUTE: u64 = 60_000;

fn a_loop(id: &str) -> LoopDefinition {
    LoopDefinition::new(LoopId::new(id).unwrap(), ActorId::new("ada").unwrap())
}

fn every(minutes: u64) -> Trigger {
    Trigger::Interval(Interval::new(minutes * MINUTE).unwrap())
}

fn area() -> ScopeArea {
    serde_json::from_value(serde_json::json!({"repo": "shop", "paths": ["src/**"]})).unwrap()
}

fn is_over(error: &Error, name: &str, field: &str) {
    assert_eq!(
        (error.limit_name(), error.field()),
        (Some(name), Some(field)),
        "{error}"
    );
}

/// A journal in which somebody sends commands.
struct Stage {
    state: Coordinator,
    commands: Commands,
}

impl Stage {
    fn new() -> Stage {
        let (mut state, mut commands) = (Coordinator::default(), Commands::default());
        for command in commands.founding(60_000) {
            let record = state.propose(&command, world::at(0)).unwrap().record;
            state.apply(&[record.unwrap()]).unwrap();
        }
        Stage { state, commands }
    }

    fn send(&mut self, body: Body, at: Timestamp) -> Result<(), Error> {
        let command = self.commands.by_human(body);
        let record = self.state.propose(&command, at)?.record;
        self.state.apply(&record.into_iter().collect::<Vec<_>>())
    }

    fn register(&mut self, definition: LoopDefinition) {
        let body = Body::RegisterLoop(Box::new(definition));
        self.send(body, world::at(0)).unwrap();
    }
}

#[test]
fn a_definition_holds_as_much_as_its_limits_say() {
    let name = |nth: usize| ActorId::new(&format!("n{nth}")).unwrap();
    let gates = |n: usize| {
        (0..n)
            .map(|nth| Gate {
                name: name(nth),
                run: None,
            })
            .collect()
    };
    let with = |change: &dyn Fn(&mut LoopDefinition)| {
        let mut definition = a_loop("l");
        change(&mut definition);
        definition.check()
    };
    with(&|it| it.scope = vec![area(); LOOP_AREAS_MAX]).unwrap();
    let over = with(&|it| it.scope = vec![area(); LOOP_AREAS_MAX + 1]);
    is_over(&over.unwrap_err(), "LOOP_AREAS_MAX", "scope");
    with(&|it| it.gates = gates(LOOP_GATES_MAX)).unwrap();
    let over = with(&|it| it.gates = gates(LOOP_GATES_MAX + 1));
    is_over(&over.unwrap_err(), "LOOP_GATES_MAX", "gates");
    with(&|it| it.skills = vec![Digest::ZERO; LOOP_SKILLS_MAX]).unwrap();
    let over = with(&|it| it.skills = vec![Digest::ZERO; LOOP_SKILLS_MAX + 1]);
    is_over(&over.unwrap_err(), "LOOP_SKILLS_MAX", "skills");
    with(&|it| it.tools = (0..LOOP_TOOLS_MAX).map(name).collect()).unwrap();
    let over = with(&|it| it.tools = (0..=LOOP_TOOLS_MAX).map(name).collect());
    is_over(&over.unwrap_err(), "LOOP_TOOLS_MAX", "tools");
    with(&|it| {
        it.exit.max_iterations = Some(LOOP_ITERATIONS_MAX);
        it.exit.max_minutes = Some(LOOP_MINUTES_MAX);
        it.exit.no_progress_after = Some(NO_PROGRESS_AFTER_MAX);
    })
    .unwrap();
    let over = with(&|it| it.exit.max_iterations = Some(LOOP_ITERATIONS_MAX + 1));
    is_over(
        &over.unwrap_err(),
        "LOOP_ITERATIONS_MAX",
        "exit.max_iterations",
    );
    let over = with(&|it| it.exit.max_minutes = Some(LOOP_MINUTES_MAX + 1));
    is_over(&over.unwrap_err(), "LOOP_MINUTES_MAX", "exit.max_minutes");
    let over = with(&|it| it.exit.no_progress_after = Some(NO_PROGRESS_AFTER_MAX + 1));
    is_over(
        &over.unwrap_err(),
        "NO_PROGRESS_AFTER_MAX",
        "exit.no_progress_after",
    );
}

#[test]
fn a_schedule_is_as_long_and_as_rare_as_its_limits_say() {
    let utc = Zone::parse("UTC").unwrap();
    let expression = |len: usize| format!("{:len$}", "0 6 * * mon");
    Cron::new(&expression(CRON_BYTES_MAX), utc).unwrap();
    let over = Cron::new(&expression(CRON_BYTES_MAX + 1), utc).unwrap_err();
    is_over(&over, "CRON_BYTES_MAX", "trigger.cron");
    for ms in [EVERY_MS_MIN, EVERY_MS_MAX] {
        Interval::new(ms).unwrap();
    }
    let field = "trigger.interval.every_ms";
    is_over(
        &Interval::new(EVERY_MS_MIN - 1).unwrap_err(),
        "EVERY_MS_MIN",
        field,
    );
    is_over(
        &Interval::new(EVERY_MS_MAX + 1).unwrap_err(),
        "EVERY_MS_MAX",
        field,
    );
}

#[test]
fn missed_slots_are_counted_as_far_as_the_limit() {
    let mut stage = Stage::new();
    let mut definition = a_loop("l");
    definition.trigger = every(1);
    stage.register(definition);
    let most = MISSED_COUNTED_MAX as u64;
    for (minutes, missed) in [(most, most - 1), (most + 1, most), (most + 2, most)] {
        let due = stage.state.runs().due(world::at(minutes * MINUTE));
        assert_eq!(due[0].missed, missed, "after {minutes} minutes");
    }
}

#[test]
fn signals_are_remembered_as_far_as_their_limits() {
    let mut stage = Stage::new();
    let signal = |name: usize, key: usize| Body::Signal {
        name: ActorId::new(&format!("s{name}")).unwrap(),
        key: SignalKey::new(&format!("k{key}")).unwrap(),
    };
    for name in 0..SIGNAL_NAMES_MAX {
        stage.send(signal(name, 0), world::at(0)).unwrap();
    }
    let over = stage.send(signal(SIGNAL_NAMES_MAX, 0), world::at(0));
    is_over(&over.unwrap_err(), "SIGNAL_NAMES_MAX", "name");
    for key in 0..=SIGNALS_KEPT_MAX {
        stage.send(signal(0, key), world::at(0)).unwrap();
    }
    let name = ActorId::new("s0").unwrap();
    let kept: Vec<String> = stage
        .state
        .runs()
        .signals()
        .of(&name)
        .map(|row| row.key.to_string())
        .collect();
    assert_eq!(
        (kept.len(), &*kept[0]),
        (SIGNALS_KEPT_MAX, "k1"),
        "the oldest is forgotten"
    );
}

#[test]
fn so_many_runs_of_a_loop_tell_of_it() {
    let mut stage = Stage::new();
    let mut definition = a_loop("l");
    definition.trigger = every(1);
    stage.register(definition);
    for nth in 1..=PAST_RUNS_MAX as u64 + 1 {
        let at = world::at(nth * MINUTE);
        let run = world::run(&format!("l-{nth}"));
        let start = Body::StartRun {
            run: run.clone(),
            loop_id: Some(LoopId::new("l").unwrap()),
            parent: None,
            slot: Some(Slot::At(at)),
            artifacts: Vec::new(),
            ttl_ms: None,
        };
        stage.send(start, at).unwrap();
        let end = serde_json::json!({"type": "finish_run", "outcome": "nothing_found"});
        let body = serde_json::from_value(end).unwrap();
        let command = stage.commands.by(world::human().in_run(run), body);
        let record = stage.state.propose(&command, at).unwrap().record;
        stage.state.apply(&[record.unwrap()]).unwrap();
    }
    let row = stage
        .state
        .runs()
        .loop_row(&LoopId::new("l").unwrap())
        .unwrap();
    assert_eq!(row.past.len(), PAST_RUNS_MAX);
}

#[test]
fn a_forecast_says_how_far_it_is_complete() {
    let mut stage = Stage::new();
    for (id, length) in [("a", 1), ("b", 60)] {
        let mut definition = a_loop(id);
        definition.trigger = every(1);
        definition.exit.max_minutes = Some(length);
        definition.scope = vec![area()];
        stage.register(definition);
    }
    let from = world::at(0);
    let most = FORECAST_STARTS_MAX as u64;
    let all = stage
        .state
        .forecast(from..from.plus_ms(most / 2 * MINUTE))
        .unwrap();
    assert_eq!(
        (all.starts.len() as u64, all.complete_to),
        (most - 2, from.plus_ms(most / 2 * MINUTE))
    );
    assert_eq!(all.collisions[0].times.len(), COLLISION_TIMES_MAX);
    let more = stage
        .state
        .forecast(from..from.plus_ms(most * MINUTE))
        .unwrap();
    assert_eq!(more.starts.len(), FORECAST_STARTS_MAX);
    assert_eq!(more.complete_to, from.plus_ms((most / 2 + 1) * MINUTE));
    // Each start of one meets up to 60 runs of the other.
    assert!(all.starts.len() * 30 > FORECAST_PAIRS_MAX && all.partial);
    let short = stage
        .state
        .forecast(from..from.plus_ms(60 * MINUTE))
        .unwrap();
    assert!(!short.partial);
}

#[test]
fn coming_starts_are_listed_as_far_as_the_limit() {
    let mut stage = Stage::new();
    for nth in 0..=COMING_MAX {
        let mut definition = a_loop(&format!("l{nth:03}"));
        definition.trigger = every(1 + nth as u64);
        definition.scope = vec![area()];
        stage.register(definition);
    }
    let specs = [world::spec("shop", &["src/a.rs"])];
    let conflicts = stage
        .state
        .conflicts(&specs, Mode::Write, None, world::at(0))
        .unwrap();
    assert_eq!(conflicts.coming.len(), COMING_MAX);
    assert_eq!(
        conflicts.coming[0].loop_id.as_str(),
        "l000",
        "the soonest first"
    );
}

#[test]
fn an_iteration_reports_as_many_gates_as_its_limit_says() {
    let name = |nth: usize| ActorId::new(&format!("g{nth}")).unwrap();
    let gates = |n: usize| -> Vec<GateResult> {
        let gate = |nth| GateResult {
            name: name(nth),
            passed: true,
            fingerprint: None,
            evidence: None,
        };
        (0..n).map(gate).collect()
    };
    check_gates(&gates(ITERATION_GATES_MAX)).unwrap();
    let over = check_gates(&gates(ITERATION_GATES_MAX + 1)).unwrap_err();
    is_over(&over, "ITERATION_GATES_MAX", "gates");
}

#[test]
fn changes_without_verification_are_listed_as_far_as_the_limit() {
    let mut iterations = Iterations::default();
    iterations
        .gates
        .insert(ActorId::new("tests").unwrap(), true);
    let changes = |n: usize| -> Vec<ChangeId> {
        (0..n)
            .map(|nth| ChangeId::new(&format!("c{nth}")).unwrap())
            .collect()
    };
    for (count, beyond) in [(UNVERIFIED_LISTED_MAX, 0), (UNVERIFIED_LISTED_MAX + 2, 2)] {
        let next = iterations.next(
            None,
            world::at(0),
            Unverified::of(&changes(count), BTreeSet::new()),
            world::at(0),
        );
        let NextStep::Verify(Unverified { changes, more, .. }) = next else {
            panic!("{next:?}")
        };
        assert_eq!((changes.len(), more), (UNVERIFIED_LISTED_MAX, beyond));
    }
}

#[test]
fn changes_that_a_handover_lists() {
    let mut stage = Stage::new();
    for nth in 0..=HANDOVER_LISTED_MAX {
        let (id, path) = (format!("c{nth}"), format!("src/c{nth}.rs"));
        let body = world::change(&id, &path, None);
        let command = stage.commands.by_run("a", body);
        let record = stage.state.propose(&command, world::at(0)).unwrap().record;
        stage.state.apply(&[record.unwrap()]).unwrap();
        let run = world::run("a");
        let left = stage.state.handover(&run, world::at(0)).unwrap().unwrap();
        let beyond = u64::from(nth == HANDOVER_LISTED_MAX);
        assert_eq!(left.more_changes, beyond);
        assert_eq!(left.changes.len() as u64 + beyond, nth as u64 + 1);
    }
}
