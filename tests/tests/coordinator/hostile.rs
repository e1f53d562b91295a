//! Records that somebody altered, or that a later version wrote, and commands that mean harm: each
//! gets its code, and nothing else is harmed.

use loom_core::claim::Mode;
use loom_core::coordinator::{Body, COMMAND_BYTES_MAX, Command, Coordinator};
use loom_core::error::{Code, Error};
use loom_core::model::Record;
use loom_tests::world;
use serde_json::{Value, json};

use super::stage::Stage;

/// A record that chains, with something else in it.
fn forged(stage: &Stage, change: impl Fn(&mut Value, &mut Value)) -> Record {
    let last = stage.records.last().unwrap();
    let [header, events, reply] = last.lines().unwrap();
    let mut header: Value = serde_json::from_str(header).unwrap();
    let mut events: Value = serde_json::from_str(events).unwrap();
    change(&mut header, &mut events);
    let body = format!("{header}\n{events}\n{reply}");
    Record::chained(&stage.coordinator.head(), body.into_bytes().into())
}

fn apply(stage: &Stage, record: &Record) -> (Coordinator, Result<(), Error>) {
    let mut coordinator = stage.coordinator.clone();
    let applied = coordinator.apply(std::slice::from_ref(record));
    (coordinator, applied)
}

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Write));
    stage
}

#[test]
fn a_record_that_does_not_chain_is_refused_and_harms_nothing() {
    let mut stage = stage();
    let command = stage
        .commands
        .by_run("b", world::claim(&["docs"], Mode::Write));
    let good = stage.propose(&command).unwrap().record.unwrap();
    let mut altered = good.clone();
    let mut bytes = altered.body.to_vec();
    bytes[10] ^= 1;
    altered.body = bytes.into();
    let mut moved = good.clone();
    moved.prev = stage.records[0].hash;
    let mut rehashed = good.clone();
    rehashed.hash = stage.records[0].hash;
    let before = stage.coordinator.state_hash().unwrap();
    for (what, record) in [
        ("altered", altered),
        ("moved", moved),
        ("rehashed", rehashed),
    ] {
        let (mut coordinator, applied) = apply(&stage, &record);
        let error = applied.unwrap_err();
        assert_eq!(error.code(), Code::BrokenChain, "{what}");
        assert_eq!(
            error.field(),
            Some(format!("records[ver={}]", good.ver).as_str()),
            "{what}"
        );
        assert_eq!(coordinator.state_hash().unwrap(), before, "{what}");
        coordinator.apply(std::slice::from_ref(&good)).unwrap();
    }
}

#[test]
fn another_record_at_the_head_is_a_fork_and_an_older_one_is_skipped() {
    let stage = stage();
    let mut coordinator = Coordinator::default();
    coordinator.apply(&stage.records).unwrap();
    let mut fork = stage.records.last().unwrap().clone();
    fork.hash = stage.records[0].hash;
    assert_eq!(
        coordinator.apply(&[fork]).unwrap_err().code(),
        Code::BrokenChain
    );
    coordinator.apply(&stage.records).unwrap();
    assert_eq!(coordinator.version(), stage.coordinator.version());
}

#[test]
fn the_good_records_in_front_of_a_bad_one_are_applied() {
    let stage = stage();
    let mut records = stage.records.clone();
    let last = records.len() - 1;
    records[last].body = b"nonsense".as_slice().into();
    let mut coordinator = Coordinator::default();
    assert_eq!(
        coordinator.apply(&records).unwrap_err().code(),
        Code::BrokenChain
    );
    assert_eq!(coordinator.version(), last as u64);
    coordinator.apply(&stage.records).unwrap();
}

#[test]
fn what_chains_and_cannot_be_read_gets_its_code_and_stops_this_coordinator_alone() {
    let mut stage = stage();
    let token = "00000000-00000000000003e7-0000";
    type Change = Box<dyn Fn(&mut Value, &mut Value)>;
    let table: Vec<(&str, Code, Change)> = vec![
        (
            "a kind of event of a later version",
            Code::NewerJournal,
            Box::new(|_, events| *events = json!([{"window_opened": {"a": 1}}])),
        ),
        (
            "a kind of claim event of a later version",
            Code::NewerJournal,
            Box::new(|_, events| *events = json!([{"claim": {"sparkled": {}}}])),
        ),
        (
            "a kind of run event of a later version",
            Code::NewerJournal,
            Box::new(|_, events| *events = json!([{"run": {"paused": {}}}])),
        ),
        (
            "a later format",
            Code::NewerJournal,
            Box::new(|header, _| header["format"] = json!(2)),
        ),
        (
            "a later format with another header",
            Code::NewerJournal,
            Box::new(|header, _| *header = json!({"format": 7, "more": true})),
        ),
        (
            "a header without a time",
            Code::Corrupt,
            Box::new(|header, _| header["at"] = Value::Null),
        ),
        (
            "no events",
            Code::Corrupt,
            Box::new(|_, events| *events = json!({})),
        ),
        (
            "a known event with a wrong field",
            Code::Corrupt,
            Box::new(|_, events| *events = json!([{"claim": {"ended": {"token": "x"}}}])),
        ),
        (
            "time that goes back",
            Code::Corrupt,
            Box::new(|header, _| header["at"] = json!("2020-01-01T00:00:00.000Z")),
        ),
        (
            "an incarnation that nothing raised",
            Code::Corrupt,
            Box::new(|header, events| {
                header["incarnation"] = json!(9);
                *events = json!([]);
            }),
        ),
        (
            "the end of a claim that never was",
            Code::Corrupt,
            Box::new(move |_, events| {
                *events = json!([{"claim": {"ended": {"token": token, "how": "released"}}}]);
            }),
        ),
        (
            "a renewal of a claim that never was",
            Code::Corrupt,
            Box::new(move |_, events| {
                let leases = json!([[token, "2027-01-01T00:00:00.000Z"]]);
                *events = json!([{"claim": {"renewed": {"leases": leases}}}]);
            }),
        ),
        (
            "a heartbeat of a run that never was",
            Code::Corrupt,
            Box::new(|_, events| {
                let until = "2027-01-01T00:00:00.000Z";
                *events = json!([{"run": {"beat": {"run": "ghost", "live_until": until}}}]);
            }),
        ),
    ];
    let command = stage
        .commands
        .by_run("b", world::claim(&["docs"], Mode::Write));
    for (what, code, change) in table {
        let record = forged(&stage, change);
        let (mut coordinator, applied) = apply(&stage, &record);
        let error = applied.expect_err(what);
        assert_eq!(error.code(), code, "{what}: {error}");
        // "read nothing more, write nothing".
        let now = stage.now;
        assert_eq!(
            coordinator.propose(&command, now).unwrap_err().code(),
            code,
            "{what}"
        );
        assert_eq!(coordinator.state_hash().unwrap_err().code(), code, "{what}");
        assert_eq!(coordinator.snapshot().unwrap_err().code(), code, "{what}");
        assert_eq!(
            coordinator.apply(&stage.records).unwrap_err().code(),
            code,
            "{what}"
        );
        let asked = coordinator.conflicts(&[world::spec("shop", &["src"])], Mode::Write, None, now);
        assert_eq!(asked.unwrap_err().code(), code, "{what}");
        // Another coordinator that never saw it is as well as before.
        assert!(stage.propose(&command).is_ok(), "{what}");
    }
}

#[test]
fn bytes_that_are_no_record_are_corrupt() {
    let stage = stage();
    for body in [
        "",
        "one line",
        "a\nb",
        "a\nb\nc\nd",
        "{}\n[]\n{}",
        "\u{0}\n\u{0}\n\u{0}",
    ] {
        let record = Record::chained(&stage.coordinator.head(), body.as_bytes().into());
        let (_, applied) = apply(&stage, &record);
        assert_eq!(applied.unwrap_err().code(), Code::Corrupt, "{body:?}");
    }
    let record = Record::chained(&stage.coordinator.head(), [0xff, b'\n', 0xfe, b'\n'].into());
    assert_eq!(apply(&stage, &record).1.unwrap_err().code(), Code::Corrupt);
}

#[test]
fn commands_that_mean_harm_are_refused_with_a_code_and_never_panic() {
    let stage = Stage::new();
    let command = |body: &str| {
        format!(
            r#"{{"id":"6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11","actor":{{"kind":"loop","id":"n","run":"a"}},"nonce":"00112233445566778899aabbccddeeff","body":{body}}}"#
        )
    };
    let claim = |more: &str| {
        command(&format!(
            r#"{{"type":"claim","mode":"write","ttl_ms":60000,{more}}}"#
        ))
    };
    let paths = |paths: &str| claim(&format!(r#""specs":[{{"repo":"shop","paths":{paths}}}]"#));
    use Code::{InvalidField, InvalidJson, InvalidPath, InvalidPattern, LimitExceeded, NotFound};
    let braces = "{a,b}".repeat(9);
    let table: Vec<(String, Code)> = vec![
        (String::new(), InvalidJson),
        ("null".into(), InvalidJson),
        ("[".repeat(200_000), LimitExceeded),
        (format!("\"{}", "[".repeat(100)), InvalidJson),
        (" ".repeat(COMMAND_BYTES_MAX + 1), LimitExceeded),
        (command(r#"{"type":"claim"}"#), InvalidJson),
        (command(r#"{"type":"tick","type":"tick"}"#), InvalidJson),
        (
            command(r#"{"type":"release","tokens":["00000000-000000000000002A-0000"]}"#),
            InvalidJson,
        ),
        (
            command(r#"{"type":"hand_over","token":"x","to":"b"}"#),
            InvalidJson,
        ),
        (claim(r#""specs":[]"#), InvalidField),
        (claim(r#""specs":[{"repo":"shop"}]"#), InvalidField),
        (
            claim(r#""specs":[{"repo":"nowhere","paths":["a"]}]"#),
            NotFound,
        ),
        (claim(r#""specs":[{"repo":"","paths":["a"]}]"#), InvalidJson),
        (
            claim(r#""specs":[{"repo":"a\u0000b","paths":["a"]}]"#),
            InvalidJson,
        ),
        (
            claim(r#""specs":[{"repo":"shop","paths":["a"]}],"priority":256"#),
            InvalidJson,
        ),
        (
            claim(r#""specs":[{"repo":"shop","paths":["a"]}],"priority":10"#),
            LimitExceeded,
        ),
        (
            claim(r#""specs":[{"repo":"shop","paths":["a"]}],"priority":-1"#),
            InvalidJson,
        ),
        (paths(r#"["../etc/passwd"]"#), InvalidPattern),
        (paths(r#"["a/../../b"]"#), InvalidPattern),
        (paths(r#"[{"file":"/etc/passwd"}]"#), InvalidPath),
        (paths(r#"["a\u0000b"]"#), InvalidPattern),
        (paths(r#"["[z-a]"]"#), InvalidPattern),
        (paths(r#"["{a,b"]"#), InvalidPattern),
        (paths(r#"["!a"]"#), InvalidPattern),
        (paths(&format!(r#"["{braces}"]"#)), LimitExceeded),
        (paths(r#"[{"glob":"a","file":"b"}]"#), InvalidJson),
        (paths(r#"{"exclude":["a"]}"#), InvalidJson),
        (
            command(r#"{"type":"renew","ttl_ms":18446744073709551615}"#),
            LimitExceeded,
        ),
        (
            command(r#"{"type":"renew","ttl_ms":18446744073709551616}"#),
            InvalidJson,
        ),
        (
            command(r#"{"type":"heartbeat","seen":18446744073709551615}"#),
            InvalidField,
        ),
        (command(r#"{"type":"withdraw","more":1}"#), InvalidJson),
        (
            command(
                r#"{"type":"record_change","id":"c","repo":"shop","made_by":"loop","files":[{"path":"a/../b"}]}"#,
            ),
            InvalidPath,
        ),
        (
            command(
                r#"{"type":"record_change","id":"c","repo":"shop","made_by":"loop","files":[]}"#,
            ),
            InvalidField,
        ),
    ];
    for (json, code) in table {
        let said = Command::from_json(&json)
            .and_then(|command| stage.coordinator.propose(&command, stage.now));
        let shown: String = json.chars().take(300).collect();
        match said {
            Err(error) => {
                let got = error.code();
                let is_one = got == code
                    || (got == InvalidPattern || got == InvalidPath)
                        && (code == InvalidPattern || code == InvalidPath);
                assert!(is_one, "{error:?}, expected {code:?}: {shown}");
                assert!(error.field().is_some(), "no field: {error:?}: {shown}");
            }
            Ok(proposal) => panic!("{:?}: {shown}", proposal.reply),
        }
    }
}

#[test]
fn huge_numbers_in_commands_neither_overflow_nor_panic() {
    let mut stage = Stage::new();
    let above = u32::MAX;
    let command = stage.commands.by_human(Body::Recover { above });
    assert_eq!(
        stage.propose(&command).unwrap_err().code(),
        Code::LimitExceeded
    );
    let command = stage.commands.by_human(Body::Recover { above: above - 1 });
    stage.send(&command).unwrap();
    let command = stage.commands.by_human(Body::Recover { above: 0 });
    assert_eq!(
        stage.propose(&command).unwrap_err().code(),
        Code::LimitExceeded
    );
    // Tokens of the last incarnation still work.
    stage.by("a", world::claim(&["src"], Mode::Write));
    let snapshot = loom_core::model::Digest::ZERO;
    let command = stage.commands.by_human(Body::Checkpoint {
        ver: u64::MAX,
        snapshot,
    });
    assert_eq!(
        stage.propose(&command).unwrap_err().code(),
        Code::InvalidField
    );
}

#[test]
fn a_corrupt_record_with_a_blocked_event_is_corrupt_and_not_of_a_later_version() {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Write));
    let [header, _, reply] = stage.records.last().unwrap().lines().unwrap();
    let events = r#"[{"claim":{"blocked":{"wait":"no token","by":[]}}}]"#;
    let body = format!("{header}\n{events}\n{reply}");
    let record = Record::chained(&stage.coordinator.head(), body.into_bytes().into());
    let error = stage.coordinator.apply(&[record]).unwrap_err();
    assert_eq!(error.code(), Code::Corrupt, "{error}");
}
