//! The limits of findings, each at its bound and past it, and what they forget.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::coordinator::{Coordinator, Reply};
use loom_core::error::Error;
use loom_core::model::{Actor, ActorKind, FindingKey, StoredText};
use loom_core::run::{
    ESCALATION_CHOICES_MAX, FINDING_CHANGES_MAX, FINDING_DEFER_MS_MAX, FINDING_MEMORY_MS,
    FINDING_REPORTS_KEPT, FINDING_STEPS_KEPT, FINDING_TTL_MS_MAX, FINDING_TTL_MS_MIN,
    FINDINGS_OPEN_MAX, FindingEvent, FindingMoved, FindingReported, FindingStanding, Findings,
    Move, Severity,
};
use loom_core::view::{BRIEF_FINDINGS_MAX, Brief};
use loom_tests::world::{self, Commands};
use serde_json::{Value, json};

struct Stage {
    state: Coordinator,
    commands: Commands,
}

impl Stage {
    /// A journal with a run and a finding that it holds.
    fn new() -> Stage {
        let mut stage = Stage {
            state: Coordinator::default(),
            commands: Commands::default(),
        };
        let founding = [
            json!({"type": "create_journal", "workspace": "w"}),
            json!({"type": "register_repo", "id": "shop", "default_branch": "main"}),
            json!({"type": "start_run", "run": "r", "ttl_ms": 86_400_000}),
            report("k"),
        ];
        for body in founding {
            stage.send(world::human(), body).unwrap();
        }
        stage
    }

    fn send(&mut self, actor: Actor, body: Value) -> Result<Reply, Error> {
        let body = serde_json::from_value(body).unwrap();
        let command = self.commands.by(actor, body);
        let proposal = self.state.propose(&command, world::at(1))?;
        self.state
            .apply(&proposal.record.into_iter().collect::<Vec<_>>())?;
        Ok(proposal.reply.reply)
    }

    fn refused(&mut self, body: Value) -> Error {
        self.send(world::in_run("r"), body).unwrap_err()
    }

    fn taken(&mut self, body: Value) {
        self.send(world::in_run("r"), body).unwrap();
    }
}

fn report(key: &str) -> Value {
    json!({
        "type": "report_finding", "key": key, "title": "it is broken", "repo": "shop",
        "paths": ["src/**"],
    })
}

fn is_over(error: &Error, name: &str, field: &str) {
    assert_eq!(
        (error.limit_name(), error.field()),
        (Some(name), Some(field)),
        "{error}"
    );
}

#[test]
fn the_lease_of_a_finding_is_within_its_bounds() {
    let mut stage = Stage::new();
    let take = |ms: u64| json!({"type": "take_finding", "key": "k", "ttl_ms": ms});
    stage.taken(take(FINDING_TTL_MS_MIN));
    stage.taken(take(FINDING_TTL_MS_MAX));
    let under = stage.refused(take(FINDING_TTL_MS_MIN - 1));
    is_over(&under, "FINDING_TTL_MS_MIN", "ttl_ms");
    let over = stage.refused(take(FINDING_TTL_MS_MAX + 1));
    is_over(&over, "FINDING_TTL_MS_MAX", "ttl_ms");
}

#[test]
fn a_finding_rests_no_longer_than_its_limit_says() {
    let mut stage = Stage::new();
    stage.taken(json!({"type": "take_finding", "key": "k"}));
    let rest = |ms: u64| json!({"type": "defer_finding", "key": "k", "until": world::at(1 + ms)});
    let over = stage.refused(rest(FINDING_DEFER_MS_MAX + 1));
    is_over(&over, "FINDING_DEFER_MS_MAX", "until");
    stage.taken(rest(FINDING_DEFER_MS_MAX));
}

#[test]
fn an_escalation_has_as_many_choices_and_changes_as_its_limits_say() {
    let ask = |choices: usize, changes: usize| {
        let changes: Vec<String> = (0..changes).map(|nth| format!("c{nth}")).collect();
        json!({
            "type": "escalate_finding", "key": "k", "question": "may we?",
            "choices": vec!["yes"; choices], "changes": changes,
        })
    };
    let mut stage = Stage::new();
    let over = stage.refused(ask(ESCALATION_CHOICES_MAX + 1, 0));
    is_over(&over, "ESCALATION_CHOICES_MAX", "choices");
    let over = stage.refused(ask(0, FINDING_CHANGES_MAX + 1));
    is_over(&over, "FINDING_CHANGES_MAX", "changes");
    stage.taken(ask(ESCALATION_CHOICES_MAX, FINDING_CHANGES_MAX));
}

#[test]
fn as_many_findings_are_open_as_the_limit_says_and_a_resolved_one_makes_room() {
    let mut stage = Stage::new();
    for nth in 1..FINDINGS_OPEN_MAX {
        stage.taken(report(&format!("k{nth:05}")));
    }
    let over = stage.refused(report("one more"));
    is_over(&over, "FINDINGS_OPEN_MAX", "key");
    stage.taken(report("k"));
    let resolve = json!({"type": "resolve_finding", "key": "k"});
    stage.send(world::human(), resolve).unwrap();
    stage.taken(report("one more"));
    let over = stage.refused(report("k"));
    is_over(&over, "FINDINGS_OPEN_MAX", "key");
    let run = world::run("r");
    let specs = [world::spec("shop", &["src/a.rs"])];
    let brief = Brief::collect(&stage.state, &run, &specs, world::at(1)).unwrap();
    assert_eq!(brief.findings.len(), BRIEF_FINDINGS_MAX);
    assert_eq!(brief.more, (FINDINGS_OPEN_MAX - BRIEF_FINDINGS_MAX) as u64);
}

#[test]
fn a_finding_keeps_its_first_report_and_the_latest_and_forgets_itself_after_its_time() {
    let mut findings = Findings::default();
    let runs = Default::default();
    let key = FindingKey::new("k").unwrap();
    let nonce = "0".repeat(32).parse().unwrap();
    let title = StoredText::new("it is broken", nonce, 0).unwrap();
    let reported = |nth: usize| {
        FindingEvent::Reported(Box::new(FindingReported {
            key: key.clone(),
            title: title.reference(),
            severity: Severity::Low,
            repo: None,
            paths: Default::default(),
            evidence: None,
            by: Actor::new(ActorKind::Loop, &format!("l{nth}")).unwrap(),
        }))
    };
    let moved = |to: Move| {
        FindingEvent::Moved(Box::new(FindingMoved {
            key: key.clone(),
            to,
            by: world::human(),
            note: None,
        }))
    };
    let all = FINDING_REPORTS_KEPT + 3;
    for nth in 0..all {
        findings.apply(&reported(nth), world::at(0)).unwrap();
    }
    for _ in 0..=FINDING_STEPS_KEPT {
        findings
            .apply(&moved(Move::Returned {}), world::at(0))
            .unwrap();
    }
    let row = findings.get(&key).unwrap().into_owned();
    let by: Vec<&str> = row.reports().map(|it| it.by.id.as_str()).collect();
    assert_eq!(by.len(), 1 + FINDING_REPORTS_KEPT);
    assert_eq!((by[0], by[1], row.reported), ("l0", "l3", all as u64));
    assert_eq!(row.steps.len(), FINDING_STEPS_KEPT);

    findings.forget(world::at(10 * FINDING_MEMORY_MS));
    assert!(
        findings.get(&key).is_some(),
        "what is open is not forgotten"
    );
    let changes = Vec::new();
    findings
        .apply(&moved(Move::Resolved { changes }), world::at(5))
        .unwrap();
    findings.forget(world::at(5 + FINDING_MEMORY_MS));
    let row = findings.get(&key).unwrap();
    assert_eq!(row.standing(&runs, world::at(9)), FindingStanding::Resolved);
    findings.forget(world::at(6 + FINDING_MEMORY_MS));
    assert!(findings.get(&key).is_none() && findings.open_len() == 0);
}
