//! Decisions: the strictest wins, what is unknown never loosens, and every decision says why.

use loom_core::policy::{Effect, Targets, Way};

use crate::world::{action, at, edit, rules, world};

#[test]
fn the_strictest_rule_that_applies_wins_whatever_the_order() {
    let text = |order: [usize; 3]| {
        let rules = [
            "  - {id: all, effect: allow, when: {paths: src/**}}\n",
            "  - {id: pay, effect: require_approval, when: {paths: src/pay/**}}\n",
            "  - {id: keys, effect: deny, when: {paths: '**/*.key'}}\n",
        ];
        let rules: String = order.iter().map(|at| rules[*at]).collect();
        format!("rules:\n{rules}")
    };
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let world = world("deny", &text(order));
        assert_eq!(world.verdict(&edit("src/a.rs")), Effect::Allow);
        assert_eq!(
            world.verdict(&edit("src/pay/a.rs")),
            Effect::RequireApproval
        );
        assert_eq!(world.verdict(&edit("src/pay/a.key")), Effect::Deny);
        assert_eq!(world.verdict(&edit("doc/a.md")), Effect::Deny);
        let both = action("edit").on_paths(["src/a.rs", "src/pay/a.rs"]);
        let decision = world.decide(&both);
        assert_eq!(decision.verdict, Effect::RequireApproval);
        assert_eq!(rules(&decision), ["pay"]);
        assert_eq!(decision.reasons[0].targets, ["src/pay/a.rs"]);
    }
}

#[test]
fn a_set_is_allowed_only_where_the_allows_hold_all_of_it_and_says_what_escapes() {
    let policy = "rules:\n  - {id: a, effect: allow, when: {paths: src/a/**}}\n  - {id: b, effect: allow, when: {paths: src/b/**}}\n";
    let world = world("deny", policy);
    let mut claim = action("edit");
    claim.targets = Some(Targets::Set(serde_json::from_str(r#""src/**""#).unwrap()));
    let decision = world.decide(&claim);
    assert_eq!(decision.verdict, Effect::Deny);
    let escape = decision.would_allow.iter().find_map(|way| match way {
        Way::LeaveOut { path } => Some(path.as_str()),
        _ => None,
    });
    let escape = escape.expect("a path that no rule allows");
    assert!(
        escape.starts_with("src") && !escape.starts_with("src/a/"),
        "{escape}"
    );
    claim.targets = Some(Targets::Set(
        serde_json::from_str(r#"["src/a/x", "src/b/*.rs"]"#).unwrap(),
    ));
    let decision = world.decide(&claim);
    assert_eq!(decision.verdict, Effect::Allow, "{decision:#?}");
    assert_eq!(rules(&decision), ["a", "b"], "together they hold it");
}

#[test]
fn a_fact_that_is_missing_makes_a_strict_rule_apply_and_an_allow_not() {
    let policy = "rules:\n  - {id: low, effect: deny, when: {verb: merge, facts: {coverage: {lt: 80}}}}\n  - {id: ok, effect: allow, when: {verb: merge, facts: {ci: green}}}\n";
    let world = world("deny", policy);
    let mut merge = action("merge").on_paths(["a"]);
    let facts = |json: &str| serde_json::from_str(json).unwrap();
    merge.facts = facts(r#"{"coverage": 85, "ci": "green"}"#);
    assert_eq!(world.verdict(&merge), Effect::Allow);
    merge.facts = facts(r#"{"coverage": 85}"#);
    assert_eq!(
        world.verdict(&merge),
        Effect::Deny,
        "ci is unknown, so nothing allows"
    );
    merge.facts = facts(r#"{"ci": "green"}"#);
    let decision = world.decide(&merge);
    assert_eq!(rules(&decision), ["low"]);
    assert!(!decision.reasons[0].certain);
    assert!(decision.missing.contains("facts.coverage"));
    merge.facts = facts(r#"{"coverage": "85", "ci": "green"}"#);
    assert_eq!(world.verdict(&merge), Effect::Deny, "a text is no number");
}

#[test]
fn a_selector_on_a_field_that_the_verb_cannot_carry_is_false() {
    let policy =
        "environments: [prod]\nrules:\n  - {id: prod, effect: deny, when: {environment: prod}}\n";
    let world = world("allow", policy);
    assert_eq!(
        world.verdict(&edit("a")),
        Effect::Allow,
        "an edit has no environment"
    );
    assert_eq!(
        world.verdict(&action("deploy")),
        Effect::Deny,
        "a deploy has, and does not say"
    );
}

#[test]
fn a_night_rule_says_when_it_ends_on_both_changeover_days_in_berlin() {
    let policy = "environments: [prod]\nrules:\n  - id: night\n    effect: deny\n    when: {verb: deploy, environment: prod, window: {tz: Europe/Berlin, from: '22:00', to: '06:00'}}\n";
    let mut world = world("allow", policy);
    let mut deploy = action("deploy");
    deploy.environment = Some("prod".parse().unwrap());
    for (now, ends) in [
        ("2026-03-29T01:00:00Z", "2026-03-29T04:00:00Z"),
        ("2026-10-25T02:00:00Z", "2026-10-25T05:00:00Z"),
    ] {
        world.now = at(now);
        let decision = world.decide(&deploy);
        assert_eq!(decision.verdict, Effect::Deny);
        assert_eq!(decision.retry_at, Some(at(ends)), "{now}");
        assert_eq!(decision.next_change_at, Some(at(ends)));
        assert!(decision.zones.is_some());
    }
}

#[test]
fn an_owner_rule_names_the_owner() {
    let policy = "owners:\n  teams: {web: {members: [ada]}, payments: {members: [ben]}}\n  areas:\n    - {paths: '**', teams: [web]}\n    - {paths: pay/**, teams: [payments]}\nrules:\n  - {id: mine, effect: deny, when: {verb: edit, owner: other}}\n";
    let world = world("allow", policy);
    assert_eq!(world.verdict(&edit("web/a.rs")), Effect::Allow);
    let decision = world.decide(&edit("pay/a.rs"));
    assert_eq!(decision.verdict, Effect::Deny);
    let owners: Vec<&str> = decision.reasons[0]
        .owners
        .iter()
        .map(|team| team.as_str())
        .collect();
    assert_eq!(owners, ["payments"]);
}

#[test]
fn a_shell_line_is_matched_by_its_commands_and_never_by_its_text() {
    let policy = "rules:\n  - {id: push, effect: deny, when: {verb: shell, command: git push}}\n  - {id: tests, effect: allow, when: {verb: shell, command: [cargo test, cargo build]}}\n";
    let world = world("require_approval", policy);
    let shell = |line: &str| {
        let mut shell = action("shell");
        shell.command = Some(line.to_owned());
        world.verdict(&shell)
    };
    assert_eq!(shell("cargo test --all && cargo build"), Effect::Allow);
    assert_eq!(shell("cargo test; git push"), Effect::Deny);
    assert_eq!(shell("cargo test; rm -rf /"), Effect::RequireApproval);
    assert_eq!(shell("echo git push"), Effect::RequireApproval);
    assert_eq!(
        shell("$(echo git) push"),
        Effect::Deny,
        "nobody can say what it runs"
    );
}

#[test]
fn no_document_lets_a_loop_change_what_watches_over_it() {
    let world = world("allow", "");
    for line in [
        "loom approve 0001",
        "cd x && ./bin/loom policy set p.yaml",
        "echo x > .loom/journal.db",
        "rm -rf sub/.git/hooks",
        "$(printf loom) approve 1",
    ] {
        let mut shell = action("shell");
        shell.command = Some(line.to_owned());
        let decision = world.decide(&shell);
        assert_eq!(decision.verdict, Effect::Deny, "{line}");
        assert_eq!(rules(&decision), ["loomstack.commands"]);
    }
    for line in ["ls", "git commit -m \"$(cat message)\"", "loom status"] {
        let mut shell = action("shell");
        shell.command = Some(line.to_owned());
        assert_eq!(world.verdict(&shell), Effect::Allow, "{line}");
    }
    assert_eq!(world.verdict(&edit(".claude/settings.json")), Effect::Deny);
    assert_eq!(world.verdict(&edit("src/a.rs")), Effect::Allow);
    let mut claim = action("edit");
    claim.targets = Some(Targets::Set(serde_json::from_str(r#""**""#).unwrap()));
    assert_eq!(
        world.verdict(&claim),
        Effect::Allow,
        "a wide claim is no edit of those files"
    );
}
