//! What is missing never loosens a decision: neither a fact, nor a field, nor what only some of a set
//! has.

use std::cell::Cell;

use loom_core::model::{Actor, ActorKind, Timestamp, Token};
use loom_core::path::PathRules;
use loom_core::policy::{
    Approval, Asked, Bound, Changer, Effect, Facts, History, LimitRule, Recording, Room, Spend,
    Targets, TimeSpan, Written,
};

use crate::world::{action, at, edit, rules, world};

fn set(text: &str) -> Option<Targets> {
    Some(Targets::Set(serde_json::from_str(text).unwrap()))
}

#[test]
fn a_rule_that_asks_because_a_fact_is_missing_does_not_take_the_place_of_a_default_that_denies() {
    let policy = "rules:\n  - {id: low, effect: require_approval, when: {verb: merge, facts: {coverage: {lt: 80}}}}\n";
    let mut world = world("deny", policy);
    let mut merge = action("merge").on_paths(["a"]);
    merge.digest = Some(loom_core::model::Digest::of(&[b"tree"]));
    merge.facts = serde_json::from_str(r#"{"coverage": 85}"#).unwrap();
    assert_eq!(world.verdict(&merge), Effect::Deny, "nothing allows it");
    merge.facts.clear();
    let decision = world.decide(&merge);
    assert_eq!(
        decision.verdict,
        Effect::Deny,
        "nor does it without the fact"
    );
    assert_eq!(rules(&decision), ["default"]);
    world.approvals.push(Approval {
        id: Token::new(0, 1, 0),
        rules: ["low".parse().unwrap()].into(),
        bound: Bound::of(&merge).unwrap(),
        paths: None,
        until: at("2026-11-23T00:00:00Z"),
    });
    assert_eq!(
        world.verdict(&merge),
        Effect::Deny,
        "nor with a yes to that rule"
    );
    merge.facts = serde_json::from_str(r#"{"coverage": 70}"#).unwrap();
    assert_eq!(
        world.verdict(&merge),
        Effect::Allow,
        "the yes is to what is so"
    );
}

#[test]
fn a_set_of_which_a_rule_asks_for_some_is_denied_where_the_rest_is_unless_rules_hold_all_of_it() {
    let policy = "rules:\n  - {id: pay, effect: require_approval, when: {paths: src/pay/**}}\n  - {id: web, effect: allow, when: {paths: src/web/**}}\n";
    let world = world("deny", policy);
    let mut claim = action("edit");
    claim.targets = set(r#""src/**""#);
    assert_eq!(
        world.verdict(&claim),
        Effect::Deny,
        "src/a is in it, and denied"
    );
    claim.targets = set(r#"["src/pay/**", "src/web/*.rs"]"#);
    let decision = world.decide(&claim);
    assert_eq!(decision.verdict, Effect::RequireApproval);
    assert_eq!(rules(&decision), ["pay"]);
}

#[test]
fn limits_and_protection_only_ever_tighten_a_default_that_denies() {
    let policy = "protect: {deliberate: 1d}\nlimits:\n  - {id: few, level: workspace, unit: changes, max: 1, per: hour, on_exceed: require_approval}\n";
    let mut world = world("deny", policy);
    let mut commit = action("commit").on_paths(["a"]);
    commit.digest = Some(loom_core::model::Digest::of(&[b"tree"]));
    let question = "protected: a".to_owned();
    world
        .written
        .history
        .insert(question, loom_core::model::Truth::True);
    assert_eq!(world.verdict(&commit), Effect::Deny);
    world.approvals.push(Approval {
        id: Token::new(0, 1, 0),
        rules: ["protect".parse().unwrap(), "few".parse().unwrap()].into(),
        bound: Bound::of(&commit).unwrap(),
        paths: None,
        until: at("2026-11-23T00:00:00Z"),
    });
    assert_eq!(world.verdict(&commit), Effect::Deny);
    let lenient = "protect: {deliberate: 1d, effect: allow}\n";
    let mut world = crate::world::world("deny", lenient);
    let question = "protected: a".to_owned();
    world
        .written
        .history
        .insert(question, loom_core::model::Truth::True);
    assert_eq!(
        world.verdict(&edit("a")),
        Effect::Deny,
        "it gives nobody leave"
    );
}

#[test]
fn whoever_does_not_say_who_they_are_or_what_they_run_does_not_get_past_the_guards() {
    let world = world("allow", "");
    let mut claim = action("edit");
    claim.targets = set(r#""a/.loom/**""#);
    assert_eq!(world.verdict(&claim), Effect::Deny);
    claim.actor = None;
    assert_eq!(world.verdict(&claim), Effect::Deny, "nobody knows by whom");
    let mut shell = action("shell");
    let decision = world.decide(&shell);
    assert_eq!(decision.verdict, Effect::Deny, "nobody knows what it runs");
    assert!(decision.missing.contains("command"));
    shell.actor = Some(Actor::new(ActorKind::Human, "ada").unwrap());
    assert_eq!(world.verdict(&shell), Effect::Allow, "a person may");
}

#[test]
fn a_service_that_could_be_named_and_is_not_is_unknown() {
    let policy = "services: {payments: {paths: pay/**}}\nrules:\n  - {id: pay, effect: deny, when: {service: payments}}\n";
    let world = world("allow", policy);
    let mut tool = action("tool").on_paths(["docs/a.md"]);
    tool.service = Some("payments".parse().unwrap());
    assert_eq!(world.verdict(&tool), Effect::Deny);
    tool.service = None;
    let decision = world.decide(&tool);
    assert_eq!(decision.verdict, Effect::Deny);
    assert!(decision.missing.contains("service"), "{decision:#?}");
    assert_eq!(
        world.verdict(&edit("docs/a.md")),
        Effect::Allow,
        "an edit has no service but that of its paths"
    );
}

#[test]
fn an_action_on_no_target_meets_the_rules_that_look_at_targets() {
    let policy = "services: {payments: {paths: pay/**}}\nrules:\n  - {id: pay, effect: deny, when: {service: payments}}\n  - {id: docs, effect: deny, when: {verb: commit}, unless: {paths: docs/**}}\n";
    let world = world("allow", policy);
    let nothing = || Some(Targets::Paths(Vec::new()));
    let mut tool = action("tool");
    (tool.service, tool.targets) = (Some("payments".parse().unwrap()), nothing());
    assert_eq!(world.verdict(&tool), Effect::Deny);
    let mut commit = action("commit");
    commit.targets = nothing();
    assert_eq!(
        world.verdict(&commit),
        Effect::Deny,
        "nothing is not in docs"
    );
    let mut plan = action("plan");
    plan.targets = nothing();
    assert_eq!(world.verdict(&plan), Effect::Allow);
}

#[test]
fn a_fact_that_is_missing_takes_no_obligation_away() {
    let policy = "rules:\n  - {id: all, effect: allow}\n  - {id: risky, effect: allow, when: {facts: {risk: high}}, obligations: [{type: checker, by: human}]}\n";
    let world = world("deny", policy);
    let mut finish = action("finish");
    finish.facts = serde_json::from_str(r#"{"risk": "low"}"#).unwrap();
    assert!(world.decide(&finish).passes);
    finish.facts = serde_json::from_str(r#"{"risk": "high"}"#).unwrap();
    assert!(!world.decide(&finish).passes);
    finish.facts.clear();
    let decision = world.decide(&finish);
    assert_eq!(decision.verdict, Effect::Allow);
    assert!(!decision.passes, "nobody knows the risk");
}

#[test]
fn spend_without_an_estimate_counts_against_every_limit() {
    let policy = "limits:\n  - {id: runs, level: workspace, unit: runs, max: 5, per: hour}\n";
    let mut world = world("allow", policy);
    let room = Room {
        left: 3,
        frees_at: None,
    };
    world.written.room.insert("runs".to_owned(), room);
    let mut spend = action("spend");
    spend.estimate = Some(serde_json::from_str(r#"{"runs": 4}"#).unwrap());
    assert_eq!(world.verdict(&spend), Effect::Deny);
    spend.estimate = Some(serde_json::from_str(r#"{"tokens": 4}"#).unwrap());
    assert_eq!(world.verdict(&spend), Effect::Allow, "it starts none");
    spend.estimate = None;
    assert_eq!(world.verdict(&spend), Effect::Deny, "nobody says");
}

/// A past in which something happened an hour ago, that counts how often it was asked at another time.
struct Hourly(Timestamp, Cell<u32>);

impl History for Hourly {
    fn changed(
        &self,
        _: Asked<'_>,
        _: Changer,
        _: TimeSpan,
        now: Timestamp,
    ) -> loom_core::model::Truth {
        if now != self.0 {
            self.1.set(self.1.get() + 1);
        }
        loom_core::model::Truth::from(now == self.0)
    }
}

impl Spend for Hourly {
    fn room(&self, _: &LimitRule, _: Timestamp) -> Option<Room> {
        None
    }
}

#[test]
fn a_decision_that_looks_ahead_is_decided_again_from_what_was_written_down() {
    let policy = "rules:\n  - {id: recent, effect: deny, when: {recently_changed_by: {who: other, within: 2h}}}\n  - {id: day, effect: deny, when: {window: {tz: UTC, from: '06:00', to: '12:00'}}}\n";
    let world = world("allow", policy);
    let past = Hourly(world.now, Cell::new(0));
    let recording = Recording::of(&world.written.who, &past, &past);
    let decide = |history: &dyn History, spend: &dyn Spend| {
        let facts = Facts {
            who: &world.written.who,
            rules: PathRules::default(),
            approvals: &[],
            waivers: &[],
            history,
            spend,
        };
        world.policy.decide(&edit("a"), &facts, world.now).unwrap()
    };
    let first = decide(&recording, &recording);
    assert_eq!(rules(&first), ["day", "recent"]);
    assert_eq!(past.1.get(), 0, "the past is asked as of now alone");
    let written: Written = recording.into_written();
    assert_eq!(decide(&written, &written), first);
}
