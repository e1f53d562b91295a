//! Documents that are written to mislead, or to take long.

use loom_core::error::Code;
use loom_core::model::Timestamp;
use loom_core::policy::{Comparison, DOCUMENT_BYTES_MAX, Document, FactValue, Format, PolicySet};

fn load(text: &str, format: Format) -> Result<Document, String> {
    match PolicySet::load(text, format) {
        Ok(policy) => Ok(policy.document().clone()),
        Err(why) => {
            let known = matches!(why.code(), Code::InvalidPolicy | Code::LimitExceeded);
            assert!(known, "{text:?}: {why:?}");
            Err(why.to_string())
        }
    }
}

/// What a scalar of YAML without quotes comes to, as the value of a fact.
fn scalar(text: &str) -> Result<FactValue, String> {
    let rule = format!("rules: [{{id: a, effect: deny, when: {{facts: {{x: {text}}}}}}}]");
    let document = load(
        &format!("version: 1\ndefault: deny\n{rule}\n"),
        Format::Yaml,
    )?;
    match &document.rules[0].when.facts["x"] {
        Comparison::Is(value) => Ok(value.clone()),
        Comparison::Bounds(bounds) => panic!("{bounds:?}"),
    }
}

#[test]
fn words_and_numbers_of_older_yaml_are_texts() {
    let texts = [
        "yes",
        "no",
        "on",
        "off",
        "Yes",
        "NO",
        "y",
        "n",
        "09:00",
        "22:30:15",
        "1_000",
        "0o14",
        "0x1F",
        "0b1",
        ".inf",
        "-.inf",
        ".nan",
        "1.5",
        "1e3",
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "=",
        "1,000",
        "12e03",
        "tRUE",
        "nULL",
    ];
    for text in texts {
        let value = scalar(text);
        match text {
            // A comma ends a value of a map in braces.
            "1,000" => assert!(value.is_err(), "{value:?}"),
            _ => assert_eq!(value, Ok(FactValue::Text(text.to_owned())), "{text}"),
        }
    }
    for (text, number) in [
        ("010", 10),
        ("-0", 0),
        ("+7", 7),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(scalar(text), Ok(FactValue::Int(number)), "{text}");
    }
    for (text, yes) in [("true", true), ("True", true), ("FALSE", false)] {
        assert_eq!(scalar(text), Ok(FactValue::Bool(yes)), "{text}");
    }
    for text in [
        "9223372036854775808",
        "99999999999999999999",
        "~",
        "null",
        "",
        "[1]",
    ] {
        assert!(scalar(text).is_err(), "{text}");
    }
}

#[test]
fn what_reads_as_another_kind_is_no_yes_or_number_of_a_document() {
    let head = "version: 1\ndefault: deny\nrules:\n  - id: a\n    effect: require_approval\n";
    for rest in [
        "    approval: {not_owner: yes}",
        "    approval: {not_owner: 1}",
        "    approval: {count: 1_000}",
        "    approval: {count: 1.0}",
        "    approval: {count: -1}",
        "    approval: {count: '1'}",
        "    approval: {expires: 90}",
        "    approval: {expires: 1_0m}",
        "    when: {verb: true}",
        "    when: {size: {lines: {gt: .inf}}}",
        "    when: {size: {lines: {gt: 0x1F}}}",
        "    when: {reverts: on}",
    ] {
        let fault = load(&format!("{head}{rest}\n"), Format::Yaml).unwrap_err();
        assert!(fault.contains("line 6"), "{rest}: {fault}");
    }
}

#[test]
fn merge_keys_tags_and_second_documents_are_faults() {
    let head = "version: 1\ndefault: deny\n";
    for (text, wanted) in [
        ("owners: {teams: {<<: {members: [ada]}}}\n", "merge"),
        (
            "owners:\n  teams:\n    web: &web {members: [ada]}\n    <<: *web\n",
            "merge",
        ),
        ("environments: !!set [prod]\n", "tags"),
        ("environments: [!prod prod]\n", "tags"),
        ("environments: !<tag:yaml.org,2002:seq> [prod]\n", "tags"),
        ("---\nversion: 1\n", "second document"),
        ("...\n---\n{}\n", "second document"),
        ("environments: [*nobody]\n", "YAML"),
        ("? [a]\n: b\n", "a key is a text"),
        ("? {a: b}\n: b\n", "a key is a text"),
        ("true: x\n", "in quotes"),
    ] {
        let fault = load(&format!("{head}{text}"), Format::Yaml).unwrap_err();
        assert!(fault.contains(wanted), "{text}: {fault}");
    }
    let quoted = "version: 1\ndefault: deny\nowners: {teams: {'<<': {}}}\n";
    assert!(
        load(quoted, Format::Yaml).is_ok(),
        "a name in quotes is a name"
    );
}

#[test]
fn a_mark_of_byte_order_line_ends_and_tabs_are_read_or_refused_and_never_read_otherwise() {
    let plain = "version: 1\ndefault: deny\nenvironments: [prod]\n";
    let wanted = load(plain, Format::Yaml).unwrap();
    let crlf = plain.replace('\n', "\r\n");
    assert_eq!(load(&crlf, Format::Yaml), Ok(wanted.clone()));
    assert_eq!(
        load(&format!("\u{feff}{plain}"), Format::Yaml),
        Ok(wanted.clone())
    );
    assert!(
        load(
            "version: 1\ndefault: deny\nowners:\n\tteams: {}\n",
            Format::Yaml
        )
        .is_err()
    );
    let toml = "version = 1\ndefault = \"deny\"\nenvironments = [\"prod\"]\n";
    assert_eq!(load(toml, Format::Toml), Ok(wanted.clone()));
    assert_eq!(
        load(&toml.replace('\n', "\r\n"), Format::Toml),
        Ok(wanted.clone())
    );
    assert_eq!(
        load(&format!("\u{feff}{toml}"), Format::Toml),
        Ok(wanted.clone())
    );
    assert!(load(&toml.replace('\n', "\r"), Format::Toml).is_err());
    let json = "{\"version\": 1, \"default\": \"deny\",\r\n\t\"environments\": [\"prod\"]}";
    assert_eq!(load(json, Format::Json), Ok(wanted));
    for blank in ['\u{a0}', '\u{2028}', '\u{b}', '\0'] {
        assert!(
            load(&format!("{blank}{json}"), Format::Json).is_err(),
            "{blank:?}"
        );
    }
}

#[test]
fn times_of_toml_are_texts_and_floats_are_faults() {
    let rule = |when: &str| {
        let head = "version = 1\ndefault = \"deny\"\n[[rules]]\nid = \"a\"\neffect = \"deny\"\n";
        load(&format!("{head}when = {{ {when} }}\n"), Format::Toml)
    };
    let freeze = rule("window = { from = 2026-12-24T00:00:00Z, to = 2026-12-27T00:00:00Z }");
    let freeze = freeze.unwrap();
    let window = &freeze.rules[0].when.window.as_ref().unwrap().0[0];
    let inside: Timestamp = "2026-12-24T00:00:00Z".parse().unwrap();
    assert!(window.inside(inside));
    assert!(!window.inside("2026-12-27T00:00:00Z".parse().unwrap()));
    for when in [
        "facts = { x = 1.5 }",
        "facts = { x = inf }",
        "facts = { x = -nan }",
        "facts = { x = 1e3 }",
        "facts = { x = 0x8000000000000000 }",
        "facts = { x = 9_223_372_036_854_775_808 }",
        "facts.x = { gt = 1.0 }",
        "window = { from = 2026-12-24, to = 2026-12-27 }",
        "window = { from = 2026-12-24T00:00:00, to = 2026-12-27T00:00:00 }",
        "facts.x = 1, facts.x = 2",
        "facts.x = 1, facts = { x = 2 }",
    ] {
        assert!(rule(when).is_err(), "{when}");
    }
    let numbers = rule("facts = { a = 1_000, b = 0xff, c = 0o14, d = 0b11, e = +7 }").unwrap();
    let values: Vec<&Comparison> = numbers.rules[0].when.facts.values().collect();
    let wanted = [1_000, 255, 12, 3, 7].map(|n| Comparison::Is(FactValue::Int(n)));
    assert_eq!(values, wanted.iter().collect::<Vec<_>>());
}

#[test]
fn json_that_other_readers_bend_is_refused() {
    let with = |pair: &str| {
        let text = format!("{{\"version\": 1, \"default\": \"deny\"{pair}}}");
        load(&text, Format::Json)
    };
    assert!(with("").is_ok());
    for pair in [
        ", \"default\": \"allow\"",
        ", \"def\\u0061ult\": \"allow\"",
        ", \"environments\": [\"\\ud800\"]",
        ", \"environments\": [\"\\udc00\\ud800\"]",
        ", \"environments\": [\"\\u00\"]",
        ", \"environments\": [\"a\nb\"]",
        ", \"environments\": ['a']",
        ", \"environments\": [NaN]",
        ", \"environments\": [Infinity]",
        ", \"environments\": [\"a\",]",
        ", // why\n\"environments\": [\"a\"]",
        ", environments: [\"a\"]",
        "} {",
        ", \"mode\": null",
    ] {
        assert!(with(pair).is_err(), "{pair}");
    }
    for version in [
        "1.0",
        "1e0",
        "01",
        "+1",
        "0x1",
        "18446744073709551617",
        "-1",
        "\"1\"",
        "true",
    ] {
        let text = format!("{{\"version\": {version}, \"default\": \"deny\"}}");
        assert!(load(&text, Format::Json).is_err(), "{version}");
    }
    let pair = with(", \"environments\": [\"\\ud83d\\ude00\"]").unwrap();
    assert_eq!(pair.environments.first().unwrap().as_str(), "😀");
}

#[test]
fn a_document_is_read_up_to_its_limit_in_bytes_and_not_past_it() {
    for (text, format, filler) in [
        ("version: 1\ndefault: deny\n#", Format::Yaml, "x"),
        ("version = 1\ndefault = \"deny\"\n#", Format::Toml, "x"),
        ("{\"version\": 1, \"default\": \"deny\"}", Format::Json, " "),
    ] {
        let rest = filler.repeat(DOCUMENT_BYTES_MAX - text.len());
        let full = format!("{text}{rest}");
        assert!(load(&full, format).is_ok(), "{format:?}");
        let error = PolicySet::load(&format!("{full}{filler}"), format).unwrap_err();
        assert_eq!(error.limit_name(), Some("DOCUMENT_BYTES_MAX"));
    }
}

/// Each of these took minutes, or the stack, where a reader looks back at what it has read.
#[test]
fn documents_that_nest_or_repeat_end_soon() {
    let many = 200_000;
    let ones = format!("[{}1]", "1,".repeat(many));
    let deep = "a.".repeat(many) + "a";
    for (text, format) in [
        (format!("{{\"rules\": {ones}}}"), Format::Json),
        (format!("rules = {ones}"), Format::Toml),
        (format!("rules: {ones}"), Format::Yaml),
        (format!("{deep} = 1"), Format::Toml),
        (format!("[{deep}]"), Format::Toml),
        ("- ".repeat(many), Format::Yaml),
        ("? ".repeat(many), Format::Yaml),
        ("[".repeat(many), Format::Yaml),
        ("{a: ".repeat(many), Format::Yaml),
        ("[".repeat(many), Format::Json),
        ("{\"a\":".repeat(many), Format::Json),
        (format!("{}: 1", "k".repeat(15 * many)), Format::Yaml),
        (
            format!("{{\"{}\": 1}}", "k".repeat(15 * many)),
            Format::Json,
        ),
        ("&a ".repeat(many), Format::Yaml),
        ("!".repeat(many), Format::Yaml),
        ("\"".repeat(many), Format::Yaml),
        ("a: |\n".to_owned() + &" \n".repeat(many), Format::Yaml),
        ("#\n".repeat(many), Format::Yaml),
        (format!("a: &a [{}]", "*a,".repeat(many)), Format::Yaml),
    ] {
        assert!(load(&text, format).is_err(), "{}", &text[..40]);
    }
}
