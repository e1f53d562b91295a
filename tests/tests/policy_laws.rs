//! The laws that every decision keeps, whatever the document.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::model::{Token, Truth};
use loom_core::path::PathRules;
use loom_core::policy::{
    Action, Asked, Bound, Changer, Decision, Effect, Facts, Format, History, Independence, Known,
    LimitRule, PolicySet, ProtectedFor, Room, Spend, Targets, TimeSpan, Verb, Waiver, WaiverScope,
};
use loom_tests::policy_cases::{Case, Past, recording};
use proptest::prelude::*;
use serde_json::{Value, json};

fn config(ordinary: u32) -> ProptestConfig {
    let asked = std::env::var("LOOM_CASES").ok();
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::with_cases(asked.and_then(|n| n.parse().ok()).unwrap_or(ordinary))
    }
}

fn cases() -> impl Strategy<Value = Case> {
    prop::collection::vec(any::<u8>(), 0..260).prop_map(|bytes| Case::of(&bytes))
}

fn load(document: &Value) -> PolicySet {
    let text = document.to_string();
    PolicySet::load(&text, Format::Json).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

fn decide(case: &Case) -> Option<Decision> {
    let policy = load(&case.document);
    policy.decide(&case.action, &case.facts(), case.now).ok()
}

/// How strict it is: an error counts as the strictest, an obligation that is open as a step.
fn strictness(decision: Option<&Decision>) -> (Effect, bool) {
    decision.map_or((Effect::Deny, true), |decision| {
        (decision.verdict, !decision.passes)
    })
}

/// What stays the same where only the document's text changes.
fn essence(decision: Option<Decision>) -> Option<Value> {
    decision.map(|decision| {
        let mut value = serde_json::to_value(&decision).unwrap();
        let map = value.as_object_mut().unwrap();
        map.remove("policy");
        for list in ["reasons", "advice"] {
            let Some(list) = map.get_mut(list).and_then(Value::as_array_mut) else {
                continue;
            };
            for reason in list.iter_mut() {
                reason["rule"]["line"] = json!(0);
            }
            list.sort_by_key(ToString::to_string);
        }
        value
    })
}

/// A past that answers nothing of some kinds of question.
struct Forgetful(Past, u8);

impl History for Forgetful {
    fn changed(
        &self,
        asked: Asked<'_>,
        who: Changer,
        within: TimeSpan,
        now: loom_core::model::Timestamp,
    ) -> Truth {
        match self.1 & 1 {
            0 => self.0.changed(asked, who, within, now),
            _ => Truth::Unknown,
        }
    }

    fn reverts(&self, asked: Asked<'_>, blob: Option<&loom_core::model::ActorId>) -> Truth {
        match self.1 & 2 {
            0 => self.0.reverts(asked, blob),
            _ => Truth::Unknown,
        }
    }

    fn is_protected(
        &self,
        asked: Asked<'_>,
        terms: ProtectedFor,
        now: loom_core::model::Timestamp,
    ) -> Truth {
        match self.1 & 4 {
            0 => self.0.is_protected(asked, terms, now),
            _ => Truth::Unknown,
        }
    }

    fn verified(&self, run: Option<&loom_core::model::RunId>, by: Independence) -> Truth {
        match self.1 & 8 {
            0 => self.0.verified(run, by),
            _ => Truth::Unknown,
        }
    }

    fn check_passed(
        &self,
        run: Option<&loom_core::model::RunId>,
        check: &loom_core::model::ActorId,
    ) -> Truth {
        match self.1 & 16 {
            0 => self.0.check_passed(run, check),
            _ => Truth::Unknown,
        }
    }

    fn done(
        &self,
        verb: &Verb,
        per: loom_core::model::Level,
        within: TimeSpan,
        now: loom_core::model::Timestamp,
    ) -> Option<u64> {
        match self.1 & 32 {
            0 => self.0.done(verb, per, within, now),
            _ => None,
        }
    }
}

impl Spend for Forgetful {
    fn room(&self, limit: &LimitRule, now: loom_core::model::Timestamp) -> Option<Room> {
        match self.1 & 64 {
            0 => self.0.room(limit, now),
            _ => None,
        }
    }
}

/// The action without one of its fields. The run is none: where absent it is the actor's own.
fn without(action: &Action, field: u8) -> Action {
    let mut action = action.clone();
    match field {
        0 => action.targets = None,
        1 => action.repo = None,
        2 => action.branch = None,
        3 => action.resources = None,
        4 => action.environment = None,
        5 => action.service = None,
        6 => action.tool = None,
        7 => action.command = None,
        8 => action.edges = None,
        9 => action.size = None,
        10 => action.estimate = None,
        11 => action.actor = None,
        12 => action.digest = None,
        13 => drop(action.facts.remove("x")),
        14 => drop(action.facts.remove("y")),
        15 => action.facts.clear(),
        16 => drop(action.size.as_mut().map(|size| size.lines = None)),
        _ => {}
    }
    action
}

/// Block YAML, every text in quotes.
fn yaml(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(key, value)| format!("\n{pad}\"{key}\": {}", yaml(value, indent + 2)))
            .collect(),
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .map(|item| format!("\n{pad}- {}", yaml(item, indent + 2)))
            .collect(),
        other => other.to_string(),
    }
}

/// TOML with everything but the outermost table inline.
fn toml(document: &Value) -> String {
    fn inline(value: &Value) -> String {
        match value {
            Value::Object(map) => {
                let pairs = map
                    .iter()
                    .map(|(key, value)| format!("\"{key}\" = {}", inline(value)));
                format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(inline).collect();
                format!("[{}]", items.join(", "))
            }
            other => other.to_string(),
        }
    }
    let map = document.as_object().unwrap().iter();
    map.map(|(key, value)| format!("{key} = {}\n", inline(value)))
        .collect()
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn neither_the_order_of_rules_nor_saying_one_twice_changes_a_verdict(
        case in cases(), turn in 0_usize..6, twice in 0_usize..6,
    ) {
        let before = decide(&case);
        let mut other = case.clone();
        let rules = other.document["rules"].as_array_mut().unwrap();
        if rules.is_empty() { return Ok(()) }
        let turn = turn % rules.len();
        rules.rotate_left(turn);
        let turned = decide(&other);
        prop_assert_eq!(essence(turned), essence(before.clone()), "{:#?}", case);
        let rules = other.document["rules"].as_array_mut().unwrap();
        let mut again = rules[twice % rules.len()].clone();
        // A yes or an exception names rules, so the copy is of one that none names.
        let lifted = |id: &Value| {
            let id: loom_core::model::ActorId = id.as_str().unwrap().parse().unwrap();
            case.approvals.iter().any(|approval| approval.rules.contains(&id))
                || case.waivers.iter().any(|w| w.rules.as_ref().is_some_and(|r| r.contains(&id)))
        };
        if !lifted(&again["id"]) {
            again["id"] = json!("again");
            rules.push(again);
            let twice = decide(&other);
            prop_assert_eq!(strictness(twice.as_ref()), strictness(before.as_ref()), "{:#?}", case);
        }
    }

    #[test]
    fn a_further_rule_that_denies_never_loosens(case in cases(), from in cases()) {
        let before = decide(&case);
        let mut other = case.clone();
        let Some(rule) = from.document["rules"].get(0) else { return Ok(()) };
        let mut rule = rule.clone();
        rule["id"] = json!("further");
        rule["effect"] = json!("deny");
        other.document["rules"].as_array_mut().unwrap().push(rule);
        let after = decide(&other);
        prop_assert!(strictness(after.as_ref()) >= strictness(before.as_ref()), "{other:#?}");
    }

    #[test]
    fn what_is_left_out_never_loosens(case in cases(), field in 0_u8..17, hidden: u8, who in 0..3) {
        let before = decide(&case);
        let mut other = case.clone();
        // What a document takes for an unknown estimate is its own word.
        for limit in other.document["limits"].as_array_mut().unwrap() {
            limit.as_object_mut().unwrap().remove("floor");
        }
        let before = if other.document == case.document { before } else { decide(&other) };
        // What was no action can become one.
        if before.is_none() { return Ok(()) }
        other.action = without(&case.action, field);
        match who {
            1 => other.who.loop_id = Known::Unknown,
            2 => other.who.team = Known::Unknown,
            _ => {}
        }
        let past = Forgetful(other.past, hidden);
        let facts = Facts { history: &past, spend: &past, ..other.facts() };
        let after = load(&other.document).decide(&other.action, &facts, other.now).ok();
        prop_assert!(
            strictness(after.as_ref()) >= strictness(before.as_ref()),
            "without {} and {} of the past: {:#?} {:#?} {:#?}", field, hidden, other, before, after
        );
    }

    #[test]
    fn what_only_advises_never_changes_what_binds(case in cases(), from in cases()) {
        let before = decide(&case);
        let mut other = case.clone();
        for (at, rule) in from.document["rules"].as_array().unwrap().iter().enumerate() {
            let mut rule = rule.clone();
            rule["id"] = json!(format!("advice-{at}"));
            rule["mode"] = json!("advise");
            other.document["rules"].as_array_mut().unwrap().push(rule);
        }
        let after = decide(&other);
        prop_assert_eq!(strictness(after.as_ref()), strictness(before.as_ref()), "{:#?}", other);
    }

    #[test]
    fn a_yes_or_an_exception_for_something_else_changes_nothing(case in cases(), what in 0..5) {
        let before = decide(&case).map(|decision| (decision.verdict, decision.passes));
        let mut other = case.clone();
        let everything = ["r0", "r1", "r2", "r3", "r4", "l0", "l1", "default", "protect"];
        let everything = || everything.iter().map(|id| id.parse().unwrap()).collect();
        // A set that holds nothing is held by any paths.
        let what = if what == 1 && is_empty_set(&case.action) { 2 } else { what };
        let nobody = || "nobody".parse().unwrap();
        let until = case.now.plus_ms(1_000);
        let elsewhere = loom_tests::policy_cases::set(json!("elsewhere/**"));
        let mut approve = |bound: Option<Bound>, rules, paths, until| {
            other.approvals.extend(bound.map(|bound| loom_core::policy::Approval {
                id: Token::new(9, 9, 9), rules, bound, paths, until,
            }));
        };
        let own = Bound::of(&case.action);
        match what {
            0 => approve(own, [nobody()].into(), None, until),
            1 => approve(own, everything(), Some(elsewhere), until),
            2 => approve(own, everything(), None, case.now),
            3 => {
                let bound = own.map(|mut bound| {
                    match &mut bound {
                        Bound::Scope { run, .. } => *run = Some("another".parse().unwrap()),
                        Bound::Change { digest, .. } => {
                            *digest = loom_core::model::Digest::of(&[b"another"]);
                        }
                    }
                    bound
                });
                approve(bound, everything(), None, until);
            }
            _ => other.waivers.push(Waiver {
                id: Token::new(9, 9, 9),
                rules: None,
                scope: WaiverScope { run: Some("another".parse().unwrap()), ..WaiverScope::default() },
                paths: None,
                until,
            }),
        }
        let after = decide(&other).map(|decision| (decision.verdict, decision.passes));
        prop_assert_eq!(after, before, "{:#?}", other);
    }

    #[test]
    fn a_decision_replays_to_the_same_bytes_and_reads_back(case in cases()) {
        let policy = load(&case.document);
        let recording = recording(&case);
        let facts = Facts { history: &recording, spend: &recording, ..case.facts() };
        let Ok(first) = policy.decide(&case.action, &facts, case.now) else { return Ok(()) };
        let bytes = serde_json::to_vec(&first).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<Decision>(&bytes).unwrap(), &first);
        let written = serde_json::to_vec(&recording.into_written()).unwrap();
        let written: loom_core::policy::Written = serde_json::from_slice(&written).unwrap();
        let facts = Facts { who: &written.who, history: &written, spend: &written, ..case.facts() };
        let again = policy.decide(&case.action, &facts, case.now).unwrap();
        prop_assert_eq!(
            String::from_utf8(serde_json::to_vec(&again).unwrap()).unwrap(),
            String::from_utf8(bytes).unwrap(),
            "{:#?}", case
        );
    }

    #[test]
    fn a_document_decides_alike_in_every_language(case in cases()) {
        let json = load(&case.document);
        let block = yaml(&case.document, 0);
        let toml = toml(&case.document);
        let flow = case.document.to_string();
        for (text, format) in [(block, Format::Yaml), (toml, Format::Toml), (flow, Format::Yaml)] {
            let other = PolicySet::load(&text, format).unwrap_or_else(|why| panic!("{why}\n{text}"));
            prop_assert_eq!(other.document(), json.document());
            prop_assert_eq!(other.digest(), json.digest());
            let decide = |policy: &PolicySet| policy.decide(&case.action, &case.facts(), case.now).ok();
            prop_assert_eq!(essence(decide(&other)), essence(decide(&json)));
        }
    }
}

fn is_empty_set(action: &Action) -> bool {
    match &action.targets {
        Some(Targets::Set(source)) => {
            let set = loom_core::path::PathSet::compile(source, PathRules::default()).unwrap();
            set.is_empty().is_empty()
        }
        _ => false,
    }
}
