//! Every named limit of policies: at the limit a thing is taken, one past it is refused by an error
//! that names the limit, or counted where a list is cut.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod coordinator {
    pub(crate) mod stage;
}

use coordinator::stage::Stage;
use loom_core::coordinator::{Body, POLICY_TEXT_BYTES_MAX, Reply, SIGNATURE_BYTES_MAX};
use loom_core::error::Error;
use loom_core::model::{Actor, ActorId, ActorKind, Resource, Token, Truth};
use loom_core::path::PathRules;
use loom_core::policy::{
    ACTION_EDGES_MAX, ACTION_FACTS_MAX, ACTION_PATHS_MAX, ACTION_RESOURCES_MAX,
    ANSWERS_WRITTEN_MAX, Action, Asked, BREAK_GLASS_MS_MAX, DEEDS_MAX, DOCUMENT_BYTES_MAX,
    DOCUMENT_DEPTH_MAX, DOCUMENT_VALUES_MAX, Decided, Decision, Doer, Edge, Effect, FACT_BYTES_MAX,
    FactValue, Facts, Format, History, LOOK_BACK_MS_MAX, Nothing, PolicyEvent, PolicySet,
    PolicyTable, REASON_TARGETS_MAX, REASONS_MAX, REQUESTS_MAX, RULES_MAX, Recording, Request,
    SELECTOR_ITEMS_MAX, SPAN_MS_MAX, TimeSpan, VERBS_DECLARED_MAX, Verb, WAIVER_MS_MAX,
    WAIVERS_MAX, WaiverScope, Who, Written,
};
use loom_tests::world;

fn load(text: &str) -> Result<PolicySet, Error> {
    PolicySet::load(text, Format::Json)
}

fn policy(rest: &str) -> PolicySet {
    load(&format!(r#"{{"version": 1, "default": "allow"{rest}}}"#)).unwrap()
}

fn decide(policy: &PolicySet, action: &Action, history: &dyn History) -> Result<Decision, Error> {
    let facts = Facts {
        who: &Who::default(),
        rules: PathRules::default(),
        approvals: &[],
        waivers: &[],
        history,
        spend: &Nothing,
    };
    policy.decide(action, &facts, world::at(0))
}

fn edit(paths: usize) -> Action {
    let by = Actor::new(ActorKind::Human, "ada").unwrap();
    Action::new(Verb::Edit)
        .by(by)
        .on_paths((0..paths).map(|n| format!("p{n}")))
}

#[track_caller]
fn names(limit: &str, result: Result<impl std::fmt::Debug, Error>) {
    assert_eq!(result.unwrap_err().limit_name(), Some(limit));
}

#[test]
fn what_one_action_carries() {
    let policy = policy("");
    let takes = |action: &Action| decide(&policy, action, &Nothing);
    takes(&edit(ACTION_PATHS_MAX)).unwrap();
    names("ACTION_PATHS_MAX", takes(&edit(ACTION_PATHS_MAX + 1)));
    let resources = |count: usize| {
        let mut action = edit(1);
        let all = (0..count).map(|n| Resource::new(&format!("r{n}")).unwrap());
        action.resources = Some(all.collect());
        action
    };
    takes(&resources(ACTION_RESOURCES_MAX)).unwrap();
    names(
        "ACTION_RESOURCES_MAX",
        takes(&resources(ACTION_RESOURCES_MAX + 1)),
    );
    let edges = |count: usize| {
        let mut action = edit(1);
        let edge = Edge {
            from: "a".to_owned(),
            to: "b".to_owned(),
        };
        action.edges = Some(vec![edge; count]);
        action
    };
    takes(&edges(ACTION_EDGES_MAX)).unwrap();
    names("ACTION_EDGES_MAX", takes(&edges(ACTION_EDGES_MAX + 1)));
    let facts = |count: usize, length: usize| {
        let mut action = edit(1);
        let value = || FactValue::Text("x".repeat(length));
        action.facts = (0..count).map(|n| (format!("f{n}"), value())).collect();
        action
    };
    takes(&facts(ACTION_FACTS_MAX, FACT_BYTES_MAX)).unwrap();
    names("ACTION_FACTS_MAX", takes(&facts(ACTION_FACTS_MAX + 1, 1)));
    names("FACT_BYTES_MAX", takes(&facts(1, FACT_BYTES_MAX + 1)));
}

#[test]
fn reasons_and_targets_that_a_decision_lists() {
    let rules: Vec<String> = (0..=REASONS_MAX)
        .map(|n| format!(r#"{{"id": "r{n}", "effect": "deny", "when": {{"paths": "**"}}}}"#))
        .collect();
    let policy = policy(&format!(r#", "rules": [{}]"#, rules.join(",")));
    let decision = decide(&policy, &edit(REASON_TARGETS_MAX + 1), &Nothing).unwrap();
    assert_eq!(decision.reasons.len(), REASONS_MAX);
    assert_eq!(decision.more_reasons, 1);
    assert_eq!(decision.reasons[0].targets.len(), REASON_TARGETS_MAX);
    assert_eq!(decision.reasons[0].more_targets, 1);
}

#[test]
fn answers_that_are_written_down_with_a_decision() {
    struct Never;
    impl History for Never {
        fn reverts(&self, _: Asked<'_>, _: Option<&ActorId>) -> Truth {
            Truth::False
        }
    }
    let policy =
        policy(r#", "rules": [{"id": "war", "effect": "deny", "when": {"reverts": true}}]"#);
    let written = |paths: usize| -> Written {
        let recording = Recording::of(&Who::default(), &Never, &Nothing);
        decide(&policy, &edit(paths), &recording).unwrap();
        recording.into_written()
    };
    assert_eq!(
        written(ANSWERS_WRITTEN_MAX).history.len(),
        ANSWERS_WRITTEN_MAX
    );
    assert_eq!(
        written(ANSWERS_WRITTEN_MAX + 1).history.len(),
        ANSWERS_WRITTEN_MAX
    );
}

#[test]
fn bytes_depth_and_values_of_a_document() {
    let padded = |bytes: usize| {
        let document = r#"{"version": 1, "default": "allow"}"#;
        format!("{document}{}", " ".repeat(bytes - document.len()))
    };
    load(&padded(DOCUMENT_BYTES_MAX)).unwrap();
    names("DOCUMENT_BYTES_MAX", load(&padded(DOCUMENT_BYTES_MAX + 1)));
    // No document is that deep or that long: what lies within the limit is refused for what it says.
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for format in [Format::Json, Format::Yaml] {
        let at = PolicySet::load(&deep(DOCUMENT_DEPTH_MAX), format).unwrap_err();
        assert_eq!(at.limit_name(), None, "{at}");
        names(
            "DOCUMENT_DEPTH_MAX",
            PolicySet::load(&deep(DOCUMENT_DEPTH_MAX + 1), format),
        );
    }
    let long = |values: usize| format!("[{}1]", "1,".repeat(values - 2));
    let at = load(&long(DOCUMENT_VALUES_MAX)).unwrap_err();
    assert_eq!(at.limit_name(), None, "{at}");
    names("DOCUMENT_VALUES_MAX", load(&long(DOCUMENT_VALUES_MAX + 1)));
}

#[test]
fn rules_verbs_and_items_of_a_document() {
    let with = |rest: String| load(&format!(r#"{{"version": 1, "default": "allow"{rest}}}"#));
    let rules = |count: usize| {
        let rules: Vec<String> = (0..count)
            .map(|n| format!(r#"{{"id":"{n}","effect":"deny"}}"#))
            .collect();
        with(format!(r#", "rules": [{}]"#, rules.join(",")))
    };
    rules(RULES_MAX).unwrap();
    names("RULES_MAX", rules(RULES_MAX + 1));
    let verbs = |count: usize| {
        let verbs: Vec<String> = (0..count).map(|n| format!(r#""v{n}": {{}}"#)).collect();
        with(format!(r#", "verbs": {{{}}}"#, verbs.join(",")))
    };
    verbs(VERBS_DECLARED_MAX).unwrap();
    names("VERBS_DECLARED_MAX", verbs(VERBS_DECLARED_MAX + 1));
    let branches = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!(r#""b{n}""#)).collect();
        let when = format!(r#"{{"branch": [{}]}}"#, names.join(","));
        with(format!(
            r#", "rules": [{{"id": "r", "effect": "deny", "when": {when}}}]"#
        ))
    };
    branches(SELECTOR_ITEMS_MAX).unwrap();
    let error = branches(SELECTOR_ITEMS_MAX + 1).unwrap_err();
    assert!(error.message().contains("SELECTOR_ITEMS_MAX"), "{error}");
}

#[test]
fn spans_of_time_and_how_far_a_document_looks_back() {
    TimeSpan::of_ms(SPAN_MS_MAX).unwrap();
    names("SPAN_MS_MAX", TimeSpan::of_ms(SPAN_MS_MAX + 1));
    let back = |seconds: u64| {
        let when =
            format!(r#"{{"recently_changed_by": {{"who": "other", "within": "{seconds}s"}}}}"#);
        load(&format!(
            r#"{{"version": 1, "default": "allow", "rules": [{{"id": "r", "effect": "deny", "when": {when}}}]}}"#
        ))
    };
    back(LOOK_BACK_MS_MAX / 1_000).unwrap();
    names("LOOK_BACK_MS_MAX", back(LOOK_BACK_MS_MAX / 1_000 + 1));
}

#[test]
fn requests_that_wait_at_once() {
    let mut table = PolicyTable::default();
    let until = world::at(1_000);
    for number in 0..REQUESTS_MAX {
        assert!(table.has_room(world::at(0)), "{number}");
        let action = edit(1);
        table
            .apply(
                &PolicyEvent::Asked(Box::new(Request {
                    id: Token::new(0, number as u64, 0),
                    bound: loom_core::policy::Bound::of(&action).unwrap(),
                    action,
                    rules: Default::default(),
                    targets: Default::default(),
                    team: None,
                    own: Default::default(),
                    intent: None,
                    at: world::at(0),
                    until,
                    uses: None,
                })),
                world::at(0),
            )
            .unwrap();
    }
    assert!(!table.has_room(world::at(0)), "REQUESTS_MAX wait");
    assert!(table.has_room(until), "none waits any more");
}

#[test]
fn deeds_that_are_counted() {
    let mut table = PolicyTable::default();
    let count = |table: &PolicyTable, since: u64| {
        let doer = Doer {
            verb: &Verb::Edit,
            per: loom_core::model::Level::Workspace,
            run: None,
            loop_id: None,
            team: None,
        };
        table.done_since(&doer, world::at(since))
    };
    for number in 0..=DEEDS_MAX as u64 {
        let decided = Decided {
            id: Token::new(0, number, 0),
            action: edit(1),
            facts: Written::default(),
            verdict: Effect::Allow,
            passes: true,
            rules: Default::default(),
            policy: loom_core::model::Digest::ZERO,
        };
        if number == DEEDS_MAX as u64 {
            assert_eq!(count(&table, 0), Some(number), "all of them are counted");
        }
        table
            .apply(&PolicyEvent::Decided(Box::new(decided)), world::at(number))
            .unwrap();
    }
    assert_eq!(
        count(&table, 0),
        None,
        "the oldest is forgotten, so nobody knows"
    );
    assert_eq!(count(&table, 1), Some(DEEDS_MAX as u64));
}

fn by_human(stage: &mut Stage, body: Body) -> Result<Reply, Error> {
    let command = stage.commands.by_human(body);
    stage.send(&command).map(|answer| answer.reply)
}

fn set_policy(text: String) -> Body {
    Body::SetPolicy {
        name: "p".to_owned(),
        format: Format::Json,
        text,
    }
}

#[test]
fn bytes_of_a_policy_in_a_journal_and_of_a_signature() {
    let mut stage = Stage::new();
    let padded = |bytes: usize| {
        let document = r#"{"version": 1, "default": "allow"}"#;
        set_policy(format!("{document}{}", " ".repeat(bytes - document.len())))
    };
    names(
        "POLICY_TEXT_BYTES_MAX",
        by_human(&mut stage, padded(POLICY_TEXT_BYTES_MAX + 1)),
    );
    by_human(&mut stage, padded(POLICY_TEXT_BYTES_MAX)).unwrap();
    let asks = r#"{"version": 1, "default": "require_approval"}"#;
    by_human(&mut stage, set_policy(asks.to_owned())).unwrap();
    let reply = stage.reply(
        "a",
        Body::ProposeAction {
            action: Box::new(Action::new(Verb::Finish)),
            intent: None,
        },
    );
    let Reply::ActionDecided {
        request: Some(request),
        ..
    } = reply
    else {
        panic!("{reply:?}")
    };
    let approve = |bytes: usize| Body::Approve {
        request,
        note: None,
        signature: Some("s".repeat(bytes)),
    };
    names(
        "SIGNATURE_BYTES_MAX",
        by_human(&mut stage, approve(SIGNATURE_BYTES_MAX + 1)),
    );
    by_human(&mut stage, approve(SIGNATURE_BYTES_MAX)).unwrap();
}

#[test]
fn exceptions_that_hold_at_once_and_for_how_long() {
    let mut stage = Stage::new();
    let frozen = r#"{"version": 1, "default": "allow", "rules": [{"id": "r", "effect": "deny"}]}"#;
    by_human(&mut stage, set_policy(frozen.to_owned())).unwrap();
    let waive = |ttl_ms: u64| Body::Waive {
        rules: [ActorId::new("r").unwrap()].into(),
        scope: WaiverScope::default(),
        ttl_ms,
        reason: "because".to_owned(),
    };
    let glass = |ttl_ms: u64| Body::BreakGlass {
        scope: WaiverScope::default(),
        ttl_ms,
        reason: "because".to_owned(),
    };
    names(
        "WAIVER_MS_MAX",
        by_human(&mut stage, waive(WAIVER_MS_MAX + 1)),
    );
    names(
        "BREAK_GLASS_MS_MAX",
        by_human(&mut stage, glass(BREAK_GLASS_MS_MAX + 1)),
    );
    by_human(&mut stage, glass(BREAK_GLASS_MS_MAX)).unwrap();
    for _ in 1..WAIVERS_MAX {
        by_human(&mut stage, waive(WAIVER_MS_MAX)).unwrap();
    }
    names("WAIVERS_MAX", by_human(&mut stage, waive(1)));
    stage.later(WAIVER_MS_MAX);
    by_human(&mut stage, waive(1)).unwrap();
}
