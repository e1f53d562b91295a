//! Documents: three languages, one model; what is wrong is said with its place.

use loom_core::error::Code;
use loom_core::policy::{Format, PolicySet};

use crate::world::yaml;

fn fault(text: &str) -> String {
    let error = PolicySet::load_named("loom.yaml", text, Format::Yaml).unwrap_err();
    assert_eq!(error.code(), Code::InvalidPolicy, "{error}");
    error.message().to_owned()
}

#[test]
fn one_document_in_three_languages_is_one_policy() {
    let in_yaml = "
version: 1
default: deny
environments: [prod]
owners:
  teams: { payments: { members: [ada, ben] } }
rules:
  - id: sources
    effect: allow
    when: { verb: [edit, create], paths: [src/**, {dir: docs}] }
  - id: night
    effect: require_approval
    when:
      verb: deploy
      environment: prod
      window: { tz: Europe/Berlin, from: '22:00', to: '06:00', days: [fri, sat] }
    approval: { teams: [payments], count: 2, expires: 90m }
";
    let in_toml = r#"
version = 1
default = "deny"
environments = ["prod"]
[owners.teams.payments]
members = ["ada", "ben"]
[[rules]]
id = "sources"
effect = "allow"
when = { verb = ["edit", "create"], paths = ["src/**", { dir = "docs" }] }
[[rules]]
id = "night"
effect = "require_approval"
approval = { teams = ["payments"], count = 2, expires = "90m" }
[rules.when]
verb = "deploy"
environment = "prod"
window = { tz = "Europe/Berlin", from = "22:00", to = "06:00", days = ["fri", "sat"] }
"#;
    let first = yaml(in_yaml);
    let second = PolicySet::load(in_toml, Format::Toml).unwrap();
    let in_json = serde_json::to_string(first.document()).unwrap();
    let third = PolicySet::load(&in_json, Format::Json).unwrap();
    assert_eq!(first.document(), second.document());
    assert_eq!(first.document(), third.document());
    assert_eq!(first.digest(), second.digest());
    assert_eq!(first.digest(), third.digest());
}

#[test]
fn a_misspelt_key_never_allows_and_is_told_with_line_column_and_the_right_one() {
    let text = "version: 1\ndefault: deny\nrules:\n  - id: a\n    effect: allow\n    when:\n      pathes: src/**\n";
    assert_eq!(
        fault(text),
        "loom.yaml: line 7, column 7: unknown key `pathes`; did you mean `paths`?"
    );
    let text = "version: 1\ndefault: deny\nrules:\n  - id: a\n    effect: alow\n";
    assert_eq!(
        fault(text),
        "loom.yaml: line 5, column 13: unknown word `alow`; did you mean `allow`?"
    );
    let json = "{\"version\": 1,\n \"defualt\": \"deny\"}";
    let error = PolicySet::load_named("p.json", json, Format::Json).unwrap_err();
    assert_eq!(
        error.message(),
        "p.json: line 2, column 2: unknown key `defualt`; did you mean `default`?"
    );
    let toml = "version = 1\ndefault = \"deny\"\n[[rules]]\nid = \"a\"\neffekt = \"deny\"\n";
    let error = PolicySet::load_named("p.toml", toml, Format::Toml).unwrap_err();
    assert_eq!(
        error.message(),
        "p.toml: line 5, column 1: unknown key `effekt`; did you mean `effect`?"
    );
}

#[test]
fn names_that_nothing_declares_are_faults() {
    let head = "version: 1\ndefault: deny\nenvironments: [prod]\nservices: {payments: {}}\nowners: {teams: {web: {members: [ada]}}}\nrules:\n  - id: a\n    effect: deny\n    when: ";
    let cases = [
        (
            "{verb: deplpy}",
            "unknown verb `deplpy`; did you mean `deploy`?",
        ),
        (
            "{service: paymnets}",
            "unknown service `paymnets`; did you mean `payments`?",
        ),
        (
            "{environment: prd}",
            "unknown environment `prd`; did you mean `prod`?",
        ),
        ("{owner: wbe}", "unknown team `wbe`; did you mean `web`?"),
        ("{team: wed}", "unknown team `wed`; did you mean `web`?"),
        (
            "{window: {tz: Europe/Berln, from: '01:00', to: '02:00'}}",
            "Europe/Berlin",
        ),
        (
            "{recently_changed_by: {who: other, within: 31d}}",
            "LOOK_BACK_MS_MAX",
        ),
        ("{size: {}}", "name files, lines or both"),
        ("{paths: []}", "no path is named here"),
        ("{verb: []}", "invalid length 0"),
        ("{facts: {coverage: {}}}", "at least one bound"),
        ("{paths: 'src/[a'}", "line 9"),
        ("{command: ''}", "line 9"),
    ];
    for (when, wanted) in cases {
        let error = PolicySet::load(&format!("{head}{when}\n"), Format::Yaml).unwrap_err();
        assert!(error.to_string().contains(wanted), "{when}: {error}");
    }
}

#[test]
fn keys_and_names_that_stand_twice_are_faults() {
    assert!(fault("version: 1\nversion: 1\ndefault: deny\n").contains("line 2, column 1"));
    let twice = "version: 1\ndefault: deny\nrules:\n  - {id: a, effect: deny}\n  - {id: a, effect: allow}\n";
    assert_eq!(
        fault(twice),
        "loom.yaml: line 5, column 6: `a` is the name of rules[0].id already"
    );
    let built_in = "version: 1\ndefault: deny\nrules:\n  - {id: default, effect: deny}\n";
    assert!(fault(built_in).contains("built in"));
    let json = r#"{"version": 1, "default": "deny", "default": "allow"}"#;
    assert!(PolicySet::load(json, Format::Json).is_err());
    let toml = "version = 1\ndefault = \"deny\"\ndefault = \"allow\"\n";
    assert!(PolicySet::load(toml, Format::Toml).is_err());
}

#[test]
fn what_is_no_document_is_refused_within_the_limits() {
    for text in [
        "",
        "[]",
        "a",
        "- a",
        "version: 2\ndefault: deny\n",
        "version: 1\n",
        "a: &a [*a]",
    ] {
        assert!(PolicySet::load(text, Format::Yaml).is_err(), "{text:?}");
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for format in [Format::Yaml, Format::Json, Format::Toml] {
        let text = match format {
            Format::Toml => format!("a = {deep}"),
            _ => deep.clone(),
        };
        assert!(PolicySet::load(&text, format).is_err());
    }
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let item = format!("*a{}", n - 1);
        laughs += &format!("a{n}: &a{n} [{}]\n", [item.as_str(); 9].join(", "));
    }
    let error = PolicySet::load(&laughs, Format::Yaml).unwrap_err();
    assert_eq!(error.limit_name(), Some("DOCUMENT_VALUES_MAX"), "{error}");
}

#[test]
fn an_example_that_does_not_hold_is_a_fault_at_its_own_place() {
    let rule =
        "version: 1\ndefault: allow\nenvironments: [prod]\nrules:\n  - id: a\n    effect: deny\n";
    let pay = format!("{rule}    when: {{verb: edit, paths: pay/**}}\n    examples:\n");
    let edit = |path: &str| format!("{{action: {{verb: edit, targets: {{paths: [{path}]}}}}}}");
    let good = format!(
        "{pay}      match: [{}]\n      not_match: [{}]\n",
        edit("pay/x"),
        edit("web/x")
    );
    assert!(PolicySet::load(&good, Format::Yaml).is_ok());
    let wrong = format!(
        "{pay}      match:\n        - {}\n        - {}\n",
        edit("pay/x"),
        edit("web/x")
    );
    assert_eq!(
        fault(&wrong),
        "loom.yaml: line 11, column 11: this example stands under `match`, and rule `a` does not apply to it"
    );
    let wrong = format!("{pay}      not_match: [{}]\n", edit("pay/x"));
    assert_eq!(
        fault(&wrong),
        "loom.yaml: line 9, column 19: this example stands under `not_match`, and rule `a` applies to it"
    );
    let vague = format!("{pay}      match: [{{action: {{verb: edit}}}}]\n");
    assert!(
        fault(&vague).ends_with("cannot say, since the example leaves out targets"),
        "{}",
        fault(&vague)
    );
    let impossible = format!("{pay}      match: [{{action: {{verb: edit, environment: prod}}}}]\n");
    assert!(fault(&impossible).contains("cannot carry"));
}

#[test]
fn an_example_of_a_rule_with_a_window_says_when() {
    let rule = |now: &str| {
        format!(
            "version: 1\ndefault: allow\nrules:\n  - id: night\n    effect: deny\n    when: {{verb: merge, window: {{tz: Europe/Berlin, from: '22:00', to: '06:00'}}}}\n    examples:\n      match: [{{action: {{verb: merge}}{now}}}]\n"
        )
    };
    assert!(fault(&rule("")).contains("now: the rule asks for the time: say when"));
    assert!(PolicySet::load(&rule(", now: '2026-11-22T23:00:00Z'"), Format::Yaml).is_ok());
    assert!(fault(&rule(", now: '2026-11-22T12:00:00Z'")).contains("does not apply to it"));
}
