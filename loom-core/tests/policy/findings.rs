//! What lint finds, and what it must not find.

use loom_core::model::Timestamp;
use loom_core::policy::{Effect, Finding, FindingCode, LINT_PAIRS_MAX};
use proptest::prelude::*;

use crate::world::{action, edit, world};

fn lint(rest: &str) -> Vec<Finding> {
    let world = world("deny", rest);
    world.policy.lint(world.now)
}

/// Codes and names of what is found.
fn found(rest: &str) -> Vec<(FindingCode, String)> {
    let findings = lint(rest).into_iter();
    findings.map(|it| (it.code, it.rule)).collect()
}

#[test]
fn a_document_that_means_what_it_says_has_no_findings() {
    let policy = "owners: {teams: {web: {members: [ada]}, ops: {members: [ben]}}}
services: {shop: {paths: shop/**, owner: web}}
rules:
  - {id: sources, effect: allow, when: {verb: edit, paths: src/**}}
  - {id: keys, effect: deny, when: {verb: edit, paths: 'src/**/*.key'}}
  - {id: merge, effect: require_approval, when: {verb: merge, team: web}, approval: {teams: [ops], not_owner: true}}
limits:
  - {id: tokens, level: loop, unit: tokens, max: 100, per: {day: UTC}, floor: 100}
";
    assert_eq!(found(policy), []);
}

#[test]
fn rules_that_can_never_speak_are_found() {
    let cases = [
        ("{command: ls, environment: prod}", FindingCode::Unreachable),
        (
            "{paths: {include: [src/a], exclude: [src/**]}}",
            FindingCode::Unreachable,
        ),
        (
            "{window: {from: '2025-01-01T00:00:00Z', to: '2025-01-02T00:00:00Z'}}",
            FindingCode::Over,
        ),
    ];
    for (when, code) in cases {
        let policy =
            format!("environments: [prod]\nrules:\n  - {{id: a, effect: deny, when: {when}}}\n");
        assert_eq!(found(&policy), [(code, "a".to_owned())], "{when}");
        assert_eq!(lint(&policy)[0].line, 5);
    }
    let coming = "rules:\n  - {id: a, effect: deny, when: {window: {from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z'}}}\n";
    assert_eq!(found(coming), []);
}

#[test]
fn an_exception_that_always_holds_is_found_and_one_that_sometimes_does_is_not() {
    let policy = |unless: &str| {
        format!(
            "rules:\n  - {{id: a, effect: deny, when: {{verb: edit, paths: src/a/**}}, unless: {unless}}}\n"
        )
    };
    let code = (FindingCode::AlwaysExcepted, "a".to_owned());
    assert_eq!(found(&policy("{paths: src/**}")), [code]);
    assert_eq!(found(&policy("{paths: src/a/b/**}")), []);
    assert_eq!(found(&policy("{paths: src/**, actor: human}")), []);
}

#[test]
fn an_allow_that_a_stricter_rule_covers_is_found_with_that_rule() {
    let policy = |deny: &str| {
        format!(
            "rules:\n  - {{id: a, effect: allow, when: {{verb: edit, paths: src/a/**, loop: nightly}}}}\n  - {{id: b, effect: deny, {deny}}}\n"
        )
    };
    for covers in [
        "when: {paths: src/**}",
        "when: {verb: [edit, create], loop: 'night*'}",
        "when: {}",
    ] {
        let findings = lint(&policy(covers));
        assert_eq!(findings.len(), 1, "{covers}");
        assert_eq!(findings[0].code, FindingCode::Shadowed);
        assert_eq!(findings[0].other.as_ref().unwrap().as_str(), "b");
    }
    for does_not in [
        "when: {paths: src/a/b/**}",
        "when: {verb: create}",
        "when: {loop: 'n?'}",
        "when: {}, unless: {actor: human}",
        "when: {}, mode: advise",
    ] {
        assert_eq!(found(&policy(does_not)), [], "{does_not}");
    }
}

#[test]
fn rules_that_say_allow_and_deny_of_the_same_are_found() {
    let policy = "rules:\n  - {id: a, effect: allow, when: {verb: merge}}\n  - {id: b, effect: deny, when: {verb: merge}}\n";
    assert_eq!(
        found(policy),
        [(FindingCode::Contradictory, "a".to_owned())]
    );
}

#[test]
fn people_who_cannot_answer_and_services_of_nobody_are_found() {
    let policy = "owners: {teams: {web: {members: [ada]}, empty: {}, ops: {members: [ben]}}}
services:
  shop: {paths: shop/**}
rules:
  - {id: a, effect: require_approval, approval: {teams: [web, empty], not_owner: true}}
limits:
  - {id: tokens, level: loop, unit: tokens, max: 100, per: {day: UTC}, floor: 101}
";
    let findings = lint(policy);
    let found: Vec<_> = findings
        .iter()
        .map(|it| (it.code, it.rule.as_str(), it.line))
        .collect();
    assert_eq!(
        found,
        [
            (FindingCode::EmptyTeam, "a", 7),
            (FindingCode::NobodyCanApprove, "a", 7),
            (FindingCode::FloorOverMax, "tokens", 9),
            (FindingCode::NoOwner, "shop", 5),
        ]
    );
    assert!(
        findings[1].message.contains("for the team web "),
        "{}",
        findings[1].message
    );
}

#[test]
fn a_document_of_too_many_pairs_says_that_not_all_were_looked_at() {
    let half = u64::isqrt(LINT_PAIRS_MAX) + 1;
    let rules = (0..half).flat_map(|n| {
        ["allow", "deny"].map(|effect| {
            format!("  - {{id: {effect}{n}, effect: {effect}, when: {{verb: edit, repo: r{effect}{n}}}}}\n")
        })
    });
    let policy = format!("rules:\n{}", rules.collect::<String>());
    assert_eq!(
        found(&policy),
        [(FindingCode::NotAllLookedAt, "default".to_owned())]
    );
}

fn rule() -> impl Strategy<Value = (Effect, String)> {
    let effect = prop::sample::select(vec![Effect::Allow, Effect::RequireApproval, Effect::Deny]);
    let pick = |words: &[&'static str]| prop::sample::select(words.to_vec());
    let verb = pick(&[
        "",
        "verb: edit, ",
        "verb: [edit, merge], ",
        "verb: deploy, ",
    ]);
    let paths = pick(&[
        "",
        "paths: src/**, ",
        "paths: src/a/**, ",
        "paths: [src/a/x, b], ",
    ]);
    let team = pick(&["", "team: web, ", "team: 'w*', ", "owner: own, "]);
    let fact = pick(&["", "facts: {ci: green}, ", "facts: {n: {lt: 3}}, "]);
    (effect, verb, paths, team, fact).prop_map(|(effect, verb, paths, team, fact)| {
        (effect, format!("{{{verb}{paths}{team}{fact}}}"))
    })
}

proptest! {
    #[test]
    fn a_shadowed_or_unreachable_rule_changes_no_verdict(rules in prop::collection::vec(rule(), 1..8)) {
        let text = |without: Option<&str>| {
            let rules = rules.iter().enumerate().filter_map(|(at, (effect, when))| {
                let id = format!("r{at}");
                let kept = without != Some(&*id);
                kept.then(|| format!("  - {{id: {id}, effect: {}, when: {when}}}\n", effect.as_str()))
            });
            let rules: String = rules.collect();
            let rules = if rules.is_empty() { String::new() } else { format!("rules:\n{rules}") };
            format!("owners: {{teams: {{web: {{members: [ada]}}}}, areas: [{{paths: src/a/**, teams: [web]}}]}}\n{rules}")
        };
        let whole = world("allow", &text(None));
        let mut actions = vec![action("deploy"), action("merge"), action("edit").on_paths(["b", "c"])];
        actions.extend(["src/a/x", "src/a/y", "src/z", "b"].map(edit));
        for facts in [r#"{"ci":"green"}"#, r#"{"ci":"red","n":2}"#, r#"{"n":5}"#] {
            let mut with = edit("src/a/x");
            with.facts = serde_json::from_str(facts).unwrap();
            actions.push(with);
        }
        for finding in whole.policy.lint(Timestamp::EPOCH) {
            let silent = matches!(
                finding.code,
                FindingCode::Shadowed | FindingCode::Unreachable | FindingCode::Contradictory
            );
            prop_assert!(silent, "{:?}", finding);
            let less = world("allow", &text(Some(&finding.rule)));
            for action in &actions {
                prop_assert_eq!(whole.verdict(action), less.verdict(action), "{:?} {:?}", finding, action);
            }
        }
    }
}
