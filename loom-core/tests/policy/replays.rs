//! Recorded decisions under another policy, and which rules did the deciding.

use loom_core::path::PathRules;
use loom_core::policy::{Action, Effect, REPLAY_LISTED_MAX, Recorded};

use crate::world::{World, action, edit, world};

const OLD: &str = "rules:
  - {id: sources, effect: allow, when: {paths: src/**}}
  - {id: keys, effect: deny, when: {paths: '**/*.key'}}
  - {id: unused, effect: deny, when: {verb: deploy}}
";

fn record(world: &World, actions: &[Action]) -> Vec<Recorded> {
    let record = |action: &Action| {
        let decision = world.decide(action);
        Recorded::of(action.clone(), world.written.clone(), world.now, &decision)
    };
    actions.iter().map(record).collect()
}

#[test]
fn a_policy_replayed_on_its_own_decisions_changes_none() {
    let world = world("deny", OLD);
    let recorded = record(&world, &[edit("src/a"), edit("src/a.key"), edit("x")]);
    let replay = world.policy.replay(PathRules::default(), &recorded);
    assert_eq!((replay.decided, replay.stricter, replay.looser), (3, 0, 0));
    assert!(replay.changed.is_empty());
    let json = serde_json::to_string(&recorded).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<Recorded>>(&json).unwrap(),
        recorded
    );
}

#[test]
fn a_replay_tells_what_changes_by_which_rule_and_what_cannot_be_decided() {
    let before = world("deny", &format!("verbs: {{train: {{}}}}\n{OLD}"));
    let recorded = record(
        &before,
        &[
            edit("src/pay/a"),
            edit("src/b.key"),
            edit("src/c"),
            action("train"),
        ],
    );
    let after = world(
        "deny",
        "rules:\n  - {id: sources, effect: allow, when: {paths: src/**}}\n  - {id: pay, effect: require_approval, when: {paths: src/pay/**}}\n",
    );
    let replay = after.policy.replay(PathRules::default(), &recorded);
    assert_eq!(
        (
            replay.decided,
            replay.stricter,
            replay.looser,
            replay.faulty
        ),
        (3, 1, 1, 1)
    );
    let changed: Vec<_> = replay
        .changed
        .iter()
        .map(|it| (it.place, it.was, it.would_be))
        .collect();
    assert_eq!(
        changed,
        [
            (0, Effect::Allow, Effect::RequireApproval),
            (1, Effect::Deny, Effect::Allow),
        ]
    );
    let by: Vec<_> = replay
        .by_rule
        .iter()
        .map(|(rule, count)| (rule.as_str(), *count))
        .collect();
    assert_eq!(by, [("keys", 1), ("pay", 1)]);
    assert_eq!(replay.faults[0].place, 3);
    assert!(
        replay.faults[0].message.contains("no such verb"),
        "{:?}",
        replay.faults
    );
}

#[test]
fn what_a_replay_does_not_list_it_counts() {
    let recorded = record(&world("allow", ""), &[edit("a")]);
    let many: Vec<&Recorded> = std::iter::repeat_n(&recorded[0], REPLAY_LISTED_MAX + 1).collect();
    let replay = world("deny", "").policy.replay(PathRules::default(), many);
    assert_eq!(replay.stricter, REPLAY_LISTED_MAX as u64 + 1);
    assert_eq!(replay.changed.len(), REPLAY_LISTED_MAX);
}

#[test]
fn coverage_counts_what_applied_apart_from_what_decided() {
    let world = world("deny", OLD);
    let recorded = record(&world, &[edit("src/a"), edit("src/a.key"), edit("x")]);
    let coverage = world
        .policy
        .coverage(PathRules::default(), &recorded)
        .unwrap();
    assert_eq!((coverage.decided, coverage.by_default), (3, 1));
    let rules = coverage.rules.iter();
    let rules: Vec<_> = rules
        .map(|it| (it.rule.as_str(), it.applied, it.determined))
        .collect();
    assert_eq!(rules, [("sources", 2, 1), ("keys", 1, 1), ("unused", 0, 0)]);
}
