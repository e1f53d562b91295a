//! Every named limit of the coordinator, claims, runs, stores and shared words: at the limit a thing
//! is taken, one past it is refused by an error that names the limit and the field. The limits of
//! paths have `path_limits.rs`, those of the ledger `ledger/limits.rs`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod coordinator {
    pub(crate) mod stage;
}
mod core_limits {
    pub(crate) mod listed;
    pub(crate) mod sources;
}

use std::collections::BTreeSet;
use std::path::Path;

use coordinator::stage::Stage;
use core_limits::listed::{ELSEWHERE, HERE};
use core_limits::sources::limits_of;
use loom_core::claim::{self, ClaimReply, Mode, OnConflict, SpecRequest};
use loom_core::coordinator as core;
use loom_core::coordinator::{Body, ChangedFile, Command, NewChange, Reply, Verdict};
use loom_core::error::{Code, Error};
use loom_core::model::{
    self, ActorId, ChangeId, Digest, Head, LoopId, Record, RepoId, Resource, RunId, StoredText,
    Timestamp,
};
use loom_core::path::PathRules;
use loom_core::run;
use loom_core::store;
use loom_tests::world;

#[test]
fn every_named_limit_has_a_test_at_it_and_past_it() {
    let own =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/limits.rs"));
    let own = own.unwrap();
    for (limit, test) in HERE {
        assert!(
            own.contains(&format!("fn {test}")),
            "{limit}: there is no test {test}"
        );
    }
    let mut known: BTreeSet<String> = limits_of("store");
    for folder in [
        "coordinator",
        "claim",
        "policy",
        "run",
        "model",
        "wire",
        "harness",
    ] {
        known.extend(limits_of(folder));
    }
    assert!(known.len() > 30, "the sources were not read: {known:?}");
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy_limits.rs");
    let policy = std::fs::read_to_string(policy).unwrap();
    let of_policy = limits_of("policy").into_iter();
    let listed: BTreeSet<String> = HERE
        .iter()
        .chain(ELSEWHERE)
        .map(|(name, _)| (*name).to_owned())
        .chain(of_policy.filter(|limit| policy.contains(limit.as_str())))
        .collect();
    let untested: Vec<_> = known.difference(&listed).collect();
    assert!(untested.is_empty(), "limits without a test: {untested:?}");
    let gone: Vec<_> = listed
        .difference(&known)
        .filter(|name| *name != "ORIGIN_BYTES_MAX")
        .collect();
    assert!(gone.is_empty(), "tests of limits that are gone: {gone:?}");

    let ledger = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/limits.rs");
    let ledger = std::fs::read_to_string(ledger).unwrap();
    for limit in limits_of("ledger") {
        assert!(ledger.contains(&limit), "ledger/limits.rs: no {limit}");
    }

    for file in ["loop_limits.rs", "finding_limits.rs", "notes.rs"] {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(file);
        let tests = std::fs::read_to_string(tests).unwrap();
        for (limit, _) in ELSEWHERE.iter().filter(|(_, test)| *test == file) {
            assert!(tests.contains(limit), "{file}: no {limit}");
        }
    }

    let history = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provenance_limits.rs");
    let history = std::fs::read_to_string(history).unwrap();
    let of_history = ELSEWHERE
        .iter()
        .filter(|(_, test)| *test == "provenance_limits.rs");
    let of_history = of_history.map(|(limit, _)| (*limit).to_owned());
    for limit in limits_of("provenance").into_iter().chain(of_history) {
        assert!(history.contains(&limit), "provenance_limits.rs: no {limit}");
    }

    let paths = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/path_limits.rs");
    let paths = std::fs::read_to_string(paths).unwrap();
    for limit in limits_of("path") {
        // Work, not size: passing it is an answer that is marked as assumed.
        let is_work = limit == "SEARCH_STEPS_MAX";
        assert!(
            is_work || paths.contains(&limit),
            "path_limits.rs does not speak of {limit}"
        );
    }
}

fn assert_limit(error: &Error, name: &str, field: &str) {
    assert_eq!(error.code(), Code::LimitExceeded, "{error:?}");
    assert_eq!(error.limit_name(), Some(name), "{error:?}");
    assert_eq!(error.field(), Some(field), "{error:?}");
    assert!(error.message().contains(name), "{error}");
}

fn claim_error(stage: &mut Stage, body: Body) -> Error {
    let command = stage.commands.by_run("a", body);
    stage.propose(&command).unwrap_err()
}

fn is_granted(stage: &mut Stage, body: Body) {
    let reply = stage.reply("a", body);
    assert!(
        matches!(
            reply,
            Reply::Claim {
                claim: ClaimReply::Granted { .. },
                ..
            }
        ),
        "{reply:?}"
    );
}

#[test]
fn bytes_of_a_zone() {
    let longest = "x".repeat(model::ZONE_BYTES_MAX);
    let error = model::Zone::parse(&longest).unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::InvalidField, Some("tz")),
        "read, and found to be no zone"
    );
    let error = model::Zone::parse(&(longest + "x")).unwrap_err();
    assert_limit(&error, "ZONE_BYTES_MAX", "tz");
}

#[test]
fn specs_of_a_claim() {
    let mut stage = Stage::new();
    let specs = |n: usize| -> Vec<SpecRequest> {
        (0..n)
            .map(|n| world::spec("shop", &[&format!("f{n}")]))
            .collect()
    };
    is_granted(
        &mut stage,
        world::claim_of(specs(claim::SPECS_MAX), Mode::Write, 60_000),
    );
    let error = claim_error(
        &mut stage,
        world::claim_of(specs(claim::SPECS_MAX + 1), Mode::Write, 60_000),
    );
    assert_limit(&error, "SPECS_MAX", "specs");
    let error = claim_error(&mut stage, world::claim_of(Vec::new(), Mode::Write, 60_000));
    assert_eq!(
        (error.code(), error.field()),
        (Code::InvalidField, Some("specs"))
    );
}

#[test]
fn resources_of_a_spec() {
    let mut stage = Stage::new();
    let with = |n: usize| {
        let resources = (0..n)
            .map(|n| Resource::new(&format!("r{n}")).unwrap())
            .collect();
        vec![
            world::spec("shop", &["x"]),
            SpecRequest {
                resources,
                ..world::spec("shop", &["y"])
            },
        ]
    };
    is_granted(
        &mut stage,
        world::claim_of(with(claim::RESOURCES_MAX), Mode::Write, 60_000),
    );
    let error = claim_error(
        &mut stage,
        world::claim_of(with(claim::RESOURCES_MAX + 1), Mode::Write, 60_000),
    );
    assert_limit(&error, "RESOURCES_MAX", "specs[1].resources");
}

#[test]
fn the_terms_of_a_claim() {
    let mut stage = Stage::new();
    let with = |ttl_ms: u64, wanted: u8| Body::Claim {
        specs: vec![world::spec("shop", &["x"])],
        mode: Mode::Write,
        intent: None,
        ttl_ms,
        priority: wanted,
        on_conflict: OnConflict::Refuse,
        partial: false,
    };
    for ttl_ms in [claim::TTL_MS_MIN, claim::TTL_MS_MAX] {
        is_granted(&mut stage, with(ttl_ms, claim::PRIORITY_MAX));
    }
    let error = claim_error(&mut stage, with(claim::TTL_MS_MAX + 1, 0));
    assert_limit(&error, "TTL_MS_MAX", "ttl_ms");
    let error = claim_error(&mut stage, with(claim::TTL_MS_MIN - 1, 0));
    assert_limit(&error, "TTL_MS_MIN", "ttl_ms");
    let error = claim_error(&mut stage, with(60_000, claim::PRIORITY_MAX + 1));
    assert_limit(&error, "PRIORITY_MAX", "priority");
    let renew = |ttl_ms| Body::Renew {
        tokens: None,
        ttl_ms: Some(ttl_ms),
    };
    stage.by("a", renew(claim::TTL_MS_MAX));
    let error = claim_error(&mut stage, renew(claim::TTL_MS_MAX + 1));
    assert_limit(&error, "TTL_MS_MAX", "ttl_ms");
}

#[test]
fn claims_of_a_run() {
    let mut stage = Stage::new();
    for number in 0..claim::CLAIMS_OF_RUN_MAX {
        is_granted(
            &mut stage,
            world::claim(&[&format!("f{number}")], Mode::Write),
        );
    }
    let error = claim_error(&mut stage, world::claim(&["one/more"], Mode::Write));
    assert_limit(&error, "CLAIMS_OF_RUN_MAX", "run");
    let tokens: Vec<_> = (0..=claim::CLAIMS_OF_RUN_MAX)
        .map(|n| loom_core::model::Token::new(0, n as u64, 0))
        .collect();
    let error = claim_error(
        &mut stage,
        Body::Release {
            tokens: Some(tokens.clone()),
        },
    );
    assert_limit(&error, "CLAIMS_OF_RUN_MAX", "tokens");
    stage.by(
        "a",
        Body::Release {
            tokens: Some(tokens[1..].to_vec()),
        },
    );
    // Nor can another run hand over to a full one.
    while is_room_left(&stage) {
        is_granted(&mut stage, world::claim(&["room"], Mode::Read));
    }
    let reply = stage.reply("c", world::claim(&["theirs"], Mode::Write));
    let Reply::Claim {
        claim: ClaimReply::Granted { token, .. },
        ..
    } = reply
    else {
        panic!()
    };
    let command = stage.commands.by_run(
        "c",
        Body::HandOver {
            token,
            to: world::run("a"),
        },
    );
    assert_limit(
        &stage.propose(&command).unwrap_err(),
        "CLAIMS_OF_RUN_MAX",
        "to",
    );
    // What ended makes room.
    stage.by("a", Body::Release { tokens: None });
    is_granted(&mut stage, world::claim(&["one/more"], Mode::Write));
}

fn is_room_left(stage: &Stage) -> bool {
    let held = stage
        .coordinator
        .claims()
        .claims_of(&world::run("a"), stage.now)
        .len();
    held < claim::CLAIMS_OF_RUN_MAX
}

#[test]
fn pending_waits() {
    let mut stage = Stage::new();
    stage.by(
        "a",
        world::claim_of(
            vec![world::spec("shop", &["src"])],
            Mode::Exclusive,
            3_600_000,
        ),
    );
    for number in 0..=claim::WAITS_MAX {
        let name = format!("w{number}");
        stage.by(&name, world::start(&name, None, Some(24 * 3_600_000)));
        let command = stage.commands.by_run(
            &name,
            world::waiting(&[&format!("src/{number}")], Mode::Write, 0),
        );
        let said = stage.send(&command);
        if number < claim::WAITS_MAX {
            let reply = said.unwrap().reply;
            assert!(matches!(
                reply,
                Reply::Claim {
                    claim: ClaimReply::Waiting { .. },
                    ..
                }
            ));
        } else {
            assert_limit(&said.unwrap_err(), "WAITS_MAX", "on_conflict");
        }
    }
}

#[test]
fn meetings_listed_in_a_reply() {
    let mut stage = Stage::new();
    for number in 0..=claim::MEETINGS_MAX {
        let name = format!("h{number}");
        stage.by(&name, world::start(&name, None, None));
        stage.by(
            &name,
            world::claim(&[&format!("src/{number}")], Mode::Write),
        );
        let asked = stage
            .coordinator
            .conflicts(
                &[world::spec("shop", &["src"])],
                Mode::Write,
                None,
                stage.now,
            )
            .unwrap();
        assert_eq!(
            asked.claims.list.len(),
            (number + 1).min(claim::MEETINGS_MAX)
        );
        assert_eq!(
            asked.claims.more,
            (number + 1).saturating_sub(claim::MEETINGS_MAX) as u64
        );
    }
}

#[test]
fn notices_in_a_box() {
    let mut stage = Stage::new();
    stage.by("a", world::claim(&["src"], Mode::Write));
    for number in 0..=claim::NOTICES_MAX {
        let name = format!("h{number}");
        stage.by(&name, world::start(&name, None, None));
        stage.by(&name, world::claim(&["src/x"], Mode::Read));
        let (notices, read) = stage.coordinator.claims().notices(&world::run("a"));
        assert_eq!(notices.len(), (number + 1).min(claim::NOTICES_MAX));
        assert_eq!((notices.last().unwrap().seq, read), (number as u64 + 1, 0));
    }
    let Reply::Beaten {
        notices, missed, ..
    } = stage.reply("a", Body::Heartbeat { seen: None })
    else {
        panic!("no heartbeat")
    };
    assert_eq!((notices.len(), missed), (claim::NOTICES_MAX, 1));
}

#[test]
fn ended_claims_that_are_remembered() {
    let mut stage = Stage::new();
    let mut tokens = Vec::new();
    for _ in 0..=claim::ENDED_MAX {
        let reply = stage.reply("a", world::claim(&["src"], Mode::Write));
        let Reply::Claim {
            claim: ClaimReply::Granted { token, .. },
            ..
        } = reply
        else {
            panic!()
        };
        tokens.push(token);
        stage.by("a", Body::Release { tokens: None });
    }
    let ended = |token| stage.coordinator.claims().ended(token).is_some();
    assert!(
        !ended(tokens[0]),
        "one past the limit: the oldest is forgotten"
    );
    assert!(ended(tokens[1]) && ended(tokens[claim::ENDED_MAX]));
}

#[test]
fn the_lease_of_a_run() {
    let mut stage = Stage::new();
    for (name, ttl_ms) in [
        ("short", run::RUN_TTL_MS_MIN),
        ("long", run::RUN_TTL_MS_MAX),
    ] {
        stage.by(name, world::start(name, None, Some(ttl_ms)));
    }
    for (limit, ttl_ms) in [
        ("RUN_TTL_MS_MIN", run::RUN_TTL_MS_MIN - 1),
        ("RUN_TTL_MS_MAX", run::RUN_TTL_MS_MAX + 1),
    ] {
        let command = stage
            .commands
            .by_run("no", world::start("no", None, Some(ttl_ms)));
        assert_limit(&stage.propose(&command).unwrap_err(), limit, "ttl_ms");
    }
}

#[test]
fn depth_of_runs() {
    let mut stage = Stage::new();
    let mut parent = "a".to_owned();
    for depth in 2..=model::RUN_DEPTH_MAX {
        let name = format!("d{depth}");
        stage.by(&name, world::start(&name, Some(&parent), None));
        parent = name;
    }
    let command = stage
        .commands
        .by_run("below", world::start("below", Some(&parent), None));
    assert_limit(
        &stage.propose(&command).unwrap_err(),
        "RUN_DEPTH_MAX",
        "parent",
    );
}

#[test]
fn live_runs() {
    let mut stage = Stage::new();
    // Thousands to a record, since each start counts those that live.
    let there = world::RUNS.len();
    let names: Vec<String> = (there..run::LIVE_RUNS_MAX)
        .map(|n| format!("n{n}"))
        .collect();
    for some in names.chunks(2_000) {
        let command = stage
            .commands
            .by_run("pattern", world::start("pattern", None, None));
        let record = stage.propose(&command).unwrap().record.unwrap();
        let [header, events, reply] = record.lines().unwrap();
        let event = events.trim_matches(['[', ']']);
        let events: Vec<String> = some
            .iter()
            .map(|name| event.replace("pattern", name))
            .collect();
        let body = format!("{header}\n[{}]\n{reply}", events.join(","));
        let record = Record::chained(&stage.coordinator.head(), body.into_bytes().into());
        stage.coordinator.apply(&[record]).unwrap();
    }
    let command = stage
        .commands
        .by_run("more", world::start("more", None, None));
    assert_limit(
        &stage.propose(&command).unwrap_err(),
        "LIVE_RUNS_MAX",
        "run",
    );
    // Dead ones do not count.
    stage.later(run::RUN_TTL_MS_DEFAULT);
    stage.send(&command).unwrap();
}

#[test]
fn loops() {
    let mut stage = Stage::new();
    let register = |number: usize| {
        Body::RegisterLoop(Box::new(run::LoopDefinition::new(
            LoopId::new(&format!("l{number}")).unwrap(),
            ActorId::new("ada").unwrap(),
        )))
    };
    for number in 0..run::LOOPS_MAX {
        let command = stage.commands.by_human(register(number));
        stage.send(&command).unwrap();
    }
    let command = stage.commands.by_human(register(run::LOOPS_MAX));
    assert_limit(&stage.propose(&command).unwrap_err(), "LOOPS_MAX", "id");
    // A card can still be replaced.
    let command = stage.commands.by_human(register(0));
    stage.send(&command).unwrap();
}

fn register_repo(id: &str, aliases: Vec<String>) -> Body {
    Body::RegisterRepo {
        id: RepoId::new(id).unwrap(),
        aliases,
        default_branch: world::branch("main"),
        rules: PathRules::default(),
    }
}

#[test]
fn repositories() {
    let mut stage = Stage::new();
    for number in world::REPOS.len()..core::REPOS_MAX {
        let command = stage
            .commands
            .by_human(register_repo(&format!("r{number}"), Vec::new()));
        stage.send(&command).unwrap();
    }
    let command = stage.commands.by_human(register_repo("more", Vec::new()));
    assert_limit(&stage.propose(&command).unwrap_err(), "REPOS_MAX", "id");
}

#[test]
fn origins_of_a_repository() {
    let mut stage = Stage::new();
    let origins = |n: usize| (0..n).map(|n| format!("https://example.org/{n}")).collect();
    let command = stage
        .commands
        .by_human(register_repo("r", origins(core::ALIASES_MAX)));
    stage.send(&command).unwrap();
    let command = stage
        .commands
        .by_human(register_repo("r", origins(core::ALIASES_MAX + 1)));
    assert_limit(
        &stage.propose(&command).unwrap_err(),
        "ALIASES_MAX",
        "aliases",
    );
}

#[test]
fn bytes_of_an_origin() {
    let mut stage = Stage::new();
    let origin = |len: usize| vec![format!("a{len}"), format!("h:{}", "x".repeat(len - 2))];
    let bytes = 8 * model::ID_BYTES_MAX;
    let command = stage.commands.by_human(register_repo("r", origin(bytes)));
    stage.send(&command).unwrap();
    let command = stage
        .commands
        .by_human(register_repo("r2", origin(bytes + 1)));
    let error = stage.propose(&command).unwrap_err();
    assert_eq!(error.limit_name(), Some("ORIGIN_BYTES_MAX"));
    assert_eq!(error.field(), Some("aliases[1]"), "{error}");
}

#[test]
fn bytes_of_an_id() {
    assert!(RunId::new(&"x".repeat(model::ID_BYTES_MAX)).is_ok());
    let error = RunId::new(&"x".repeat(model::ID_BYTES_MAX + 1)).unwrap_err();
    assert_limit(&error, "ID_BYTES_MAX", "run");
}

#[test]
fn bytes_of_a_text() {
    let mut stage = Stage::new();
    let with = |bytes: usize| {
        let mut body = world::claim(&["src"], Mode::Write);
        if let Body::Claim { intent, .. } = &mut body {
            *intent = Some("x".repeat(bytes));
        }
        body
    };
    is_granted(&mut stage, with(model::TEXT_BYTES_MAX));
    let error = claim_error(&mut stage, with(model::TEXT_BYTES_MAX + 1));
    assert_limit(&error, "TEXT_BYTES_MAX", "intent");
    assert!(StoredText::new(&"x".repeat(model::TEXT_BYTES_MAX), Default::default(), 0).is_ok());
}

#[test]
fn the_last_time() {
    assert!(Timestamp::from_ms(model::TIMESTAMP_MS_MAX).is_ok());
    let error = Timestamp::from_ms(model::TIMESTAMP_MS_MAX + 1).unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::InvalidField, Some("time"))
    );
    assert!("9999-12-31T23:59:59.999Z".parse::<Timestamp>().is_ok());
    assert!("10000-01-01T00:00:00.000Z".parse::<Timestamp>().is_err());
}

#[test]
fn bytes_and_depth_of_a_command() {
    let padded = |len: usize| {
        let json = r#"{"id":"6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11","actor":{"kind":"human","id":"ada"},"body":{"type":"tick"}}"#;
        format!("{json}{}", " ".repeat(len - json.len()))
    };
    assert!(Command::from_json(&padded(core::COMMAND_BYTES_MAX)).is_ok());
    let error = Command::from_json(&padded(core::COMMAND_BYTES_MAX + 1)).unwrap_err();
    assert_limit(&error, "COMMAND_BYTES_MAX", "command");
    let deep = |n: usize| Command::from_json(&format!("{}{}", "[".repeat(n), "]".repeat(n)));
    assert_eq!(
        deep(core::COMMAND_DEPTH_MAX).unwrap_err().code(),
        Code::InvalidJson
    );
    let error = deep(core::COMMAND_DEPTH_MAX + 1).unwrap_err();
    assert_limit(&error, "COMMAND_DEPTH_MAX", "command");
}

fn change_of(files: usize, path_bytes: usize) -> Body {
    let file = |number: usize| ChangedFile {
        path: format!("{}{number:06}", "x".repeat(path_bytes)),
        old_path: None,
        before: None,
        after: None,
        added: 0,
        removed: 0,
        ..ChangedFile::default()
    };
    Body::RecordChange(Box::new(NewChange {
        decision: None,
        patch_id: None,
        reverts: Vec::new(),
        files: (0..files).map(file).collect(),
        ..match world::change("c", "x", None) {
            Body::RecordChange(change) => *change,
            _ => panic!("a change"),
        }
    }))
}

#[test]
fn files_of_a_change() {
    let mut stage = Stage::new();
    let error = claim_error(&mut stage, change_of(core::CHANGED_FILES_MAX + 1, 1));
    assert_limit(&error, "CHANGED_FILES_MAX", "files");
    stage.by("a", change_of(core::CHANGED_FILES_MAX, 1));
}

#[test]
fn bytes_of_a_record() {
    let mut stage = Stage::new();
    let error = claim_error(&mut stage, change_of(core::CHANGED_FILES_MAX, 250));
    assert_limit(&error, "RECORD_BYTES_MAX", "record");
    // A store takes the largest record, and none that is larger.
    let record = |bytes: usize| Record::chained(&Head::EMPTY, vec![b'x'; bytes].into());
    let at = store::check_record(&Head::EMPTY, &record(model::RECORD_BYTES_MAX)).unwrap_err();
    assert_ne!(
        at.code(),
        Code::TooLarge,
        "its size is right, its body is not"
    );
    let past = store::check_record(&Head::EMPTY, &record(model::RECORD_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(past.code(), Code::TooLarge);
    assert!(past.message().contains("RECORD_BYTES_MAX"), "{past}");
}

#[test]
fn changes_of_a_verification() {
    let mut stage = Stage::new();
    for number in 0..core::VERIFIED_CHANGES_MAX {
        stage.by("a", world::change(&format!("c{number}"), "src/a.rs", None));
    }
    // Only the last versions of a path are kept, so that one is verified again and again.
    let last = ChangeId::new(&format!("c{}", core::VERIFIED_CHANGES_MAX - 1)).unwrap();
    let verify = |changes: usize, checks: usize| Body::RecordVerification {
        changes: vec![last.clone(); changes],
        verdict: Verdict::Passed,
        checks: vec![ActorId::new("check").unwrap(); checks],
        evidence: None,
    };
    let max = core::VERIFIED_CHANGES_MAX;
    let error = claim_error(&mut stage, verify(max + 1, 0));
    assert_limit(&error, "VERIFIED_CHANGES_MAX", "changes");
    let error = claim_error(&mut stage, verify(1, max + 1));
    assert_limit(&error, "VERIFIED_CHANGES_MAX", "checks");
    stage.by("b", verify(max, max));
}

#[test]
fn texts_erased_at_once() {
    let mut stage = Stage::new();
    let erase = |n: usize| Body::Erase {
        texts: vec![Digest::ZERO; n],
    };
    let command = stage.commands.by_human(erase(core::ERASED_MAX));
    stage.send(&command).unwrap();
    let command = stage.commands.by_human(erase(core::ERASED_MAX + 1));
    assert_limit(&stage.propose(&command).unwrap_err(), "ERASED_MAX", "texts");
}

#[test]
fn versions_of_a_path() {
    let mut stage = Stage::new();
    for number in 0..=core::VERSIONS_MAX {
        stage.by("a", world::change(&format!("c{number}"), "src/a.rs", None));
        let asked = stage
            .coordinator
            .conflicts(
                &[world::spec("shop", &["src"])],
                Mode::Write,
                None,
                stage.now,
            )
            .unwrap();
        assert_eq!(asked.changes.len(), (number + 1).min(core::VERSIONS_MAX));
    }
}

#[test]
fn recent_changes_in_an_answer() {
    let mut stage = Stage::new();
    for number in 0..=core::RECENT_CHANGES_MAX {
        stage.by(
            "a",
            world::change(&format!("c{number}"), &format!("src/{number}"), None),
        );
        let asked = stage
            .coordinator
            .conflicts(
                &[world::spec("shop", &["src"])],
                Mode::Write,
                None,
                stage.now,
            )
            .unwrap();
        let past = (number + 1).saturating_sub(core::RECENT_CHANGES_MAX);
        assert_eq!(asked.changes.len(), number + 1 - past);
        assert_eq!(asked.more_changes, past as u64);
    }
}

#[test]
fn how_far_a_clock_is_ahead() {
    let mut stage = Stage::new();
    let command = stage
        .commands
        .by_run("a", world::claim(&["src"], Mode::Write));
    let header = stage
        .propose(&command)
        .unwrap()
        .record
        .unwrap()
        .header()
        .unwrap();
    let store_time = |ahead_ms: u64| header.at.minus_ms(ahead_ms);
    assert!(store::check_clock(&header, store_time(store::CLOCK_AHEAD_MS_MAX)).is_ok());
    let error = store::check_clock(&header, store_time(store::CLOCK_AHEAD_MS_MAX + 1)).unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::ClockAhead, Some("record.at"))
    );
}

#[test]
#[ignore = "sixty-five thousand commands take a while"]
fn commands_that_are_remembered() {
    let mut stage = Stage::new();
    let first = stage
        .commands
        .by_run("a", world::claim(&["src"], Mode::Read));
    stage.send(&first).unwrap();
    let ver = stage.coordinator.version();
    while stage.coordinator.version() < ver + core::LANDED_MAX - 1 {
        let command = stage.commands.by_human(Body::Checkpoint {
            ver: 1,
            snapshot: Digest::ZERO,
        });
        let record = stage.propose(&command).unwrap().record.unwrap();
        stage.coordinator.apply(&[record]).unwrap();
    }
    let answer = stage.propose(&first).unwrap().reply;
    assert_eq!(
        answer.reply,
        Reply::AlreadyLanded { ver },
        "the last {}",
        core::LANDED_MAX
    );
    let command = stage.commands.by_human(Body::Checkpoint {
        ver: 1,
        snapshot: Digest::ZERO,
    });
    stage.send(&command).unwrap();
    let answer = stage.propose(&first).unwrap().reply;
    assert!(
        matches!(answer.reply, Reply::Claim { .. }),
        "one past it, it is forgotten"
    );
}
