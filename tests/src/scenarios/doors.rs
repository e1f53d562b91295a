//! Malformed input: what comes to a door and is no command.

use super::Teller;
use super::stage::Stage;

/// A command around this body.
fn around(body: &str) -> String {
    format!(
        r#"{{"id":"6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11","actor":{{"kind":"loop","id":"nightly","run":"a"}},"body":{body}}}"#
    )
}

pub(super) fn tell(teller: &mut Teller) {
    for (name, body) in [
        ("a body of no kind", r#"{"type":"whatever"}"#),
        ("a body without its type", r#"{"ttl_ms":1000}"#),
        ("a body whose type is a number", r#"{"type":7}"#),
        (
            "a body whose type comes twice",
            r#"{"type":"tick","type":"tick"}"#,
        ),
        ("a body that is a list", "[]"),
        ("a body that is null", "null"),
        ("a field too many", r#"{"type":"tick","more":1}"#),
        (
            "a field that comes twice",
            r#"{"type":"renew","ttl_ms":1000,"ttl_ms":2000}"#,
        ),
        (
            "a missing field",
            r#"{"type":"claim","specs":[],"mode":"write"}"#,
        ),
        (
            "a time with a fraction",
            r#"{"type":"renew","ttl_ms":1000.5}"#,
        ),
        ("a negative time", r#"{"type":"renew","ttl_ms":-1}"#),
        (
            "a time beyond every number",
            r#"{"type":"renew","ttl_ms":1e400}"#,
        ),
        (
            "a time beyond 64 bits",
            r#"{"type":"renew","ttl_ms":18446744073709551616}"#,
        ),
        ("a time as a text", r#"{"type":"renew","ttl_ms":"1000"}"#),
        (
            "a time that is not a number",
            r#"{"type":"renew","ttl_ms":NaN}"#,
        ),
        (
            "a priority beyond 8 bits",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":"src"}],"mode":"write","ttl_ms":1000,"priority":256}"#,
        ),
        (
            "a mode that is none",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":"src"}],"mode":"Write","ttl_ms":1000}"#,
        ),
        (
            "a flag as a number",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":"src"}],"mode":"write","ttl_ms":1000,"partial":1}"#,
        ),
        (
            "a pattern of two kinds",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":[{"file":"a","dir":"b"}]}],"mode":"write","ttl_ms":1000}"#,
        ),
        (
            "a pattern of no kind",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":[{"regex":"a"}]}],"mode":"write","ttl_ms":1000}"#,
        ),
        (
            "a set whose includes come twice",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":{"include":["a"],"include":["b"]}}],"mode":"write","ttl_ms":1000}"#,
        ),
        (
            "a set of excludes without includes",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":{"exclude":["a"]}}],"mode":"write","ttl_ms":1000}"#,
        ),
        (
            "a place with a field too many",
            r#"{"type":"claim","specs":[{"repo":"shop","paths":"a","path":"b"}],"mode":"write","ttl_ms":1000}"#,
        ),
        ("a lone surrogate", r#"{"type":"start_run","run":"\ud800"}"#),
        (
            "a digest that is too short",
            r#"{"type":"erase","texts":["00ff"]}"#,
        ),
        (
            "an outcome that is none",
            r#"{"type":"finish_run","outcome":"great"}"#,
        ),
    ] {
        teller.not_a_command(name, Stage::shop(), &around(body), "invalid_json");
    }
    let tick = r#"{"type":"tick"}"#;
    let whole = around(tick);
    for (name, text) in [
        ("nothing", String::new()),
        ("white space", " \n".to_owned()),
        (
            "a command that breaks off",
            whole[..whole.len() - 1].to_owned(),
        ),
        ("two commands", format!("{whole}{whole}")),
        ("a command that is a text", r#""tick""#.to_owned()),
        ("a comment", format!("{whole} // tick")),
        (
            "a comma too many",
            whole.replace(r#"{"type":"tick"}"#, r#"{"type":"tick",}"#),
        ),
        (
            "an id that is no UUID",
            whole.replace("6a1c3c1e", "zzzzzzzz"),
        ),
        (
            "an actor of no kind",
            whole.replace(r#""kind":"loop""#, r#""kind":"robot""#),
        ),
        (
            "an actor without a kind",
            whole.replace(r#""kind":"loop","#, ""),
        ),
        (
            "a nonce of the wrong length",
            whole.replace(r#""body""#, r#""nonce":"00","body""#),
        ),
        (
            "a command with a field too many",
            whole.replace(r#""body""#, r#""priority":1,"body""#),
        ),
        (
            "a raw control character in a text",
            whole.replace("nightly", "night\u{1}ly"),
        ),
    ] {
        teller.not_a_command(name, Stage::shop(), &text, "invalid_json");
    }
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    teller.not_a_command(
        "brackets that nest too deep",
        Stage::shop(),
        &around(&deep),
        "limit_exceeded",
    );
    let bombs = "[".repeat(100_000);
    teller.not_a_command(
        "brackets without end",
        Stage::shop(),
        &bombs,
        "limit_exceeded",
    );
}
