//! What commands may say: limits at the limit and one past it, and fields that hold what they cannot.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, claim, with};

pub(super) fn tell(teller: &mut Teller) {
    of_a_claim(teller);
    of_patterns(teller);
    of_registering(teller);
    of_ids(teller);
    of_repeating(teller);
}

fn of_a_claim(teller: &mut Teller) {
    let base = || claim(json!(["src"]), "write");
    for (name, field, value) in [
        ("the shortest lease", "ttl_ms", json!(1_000)),
        ("the longest lease", "ttl_ms", json!(86_400_000)),
        ("the highest priority", "priority", json!(9)),
        ("the lowest priority", "priority", json!(0)),
    ] {
        teller.ends(
            name,
            Stage::shop(),
            "a",
            with(base(), field, value),
            &[("/claim/type", json!("granted"))],
        );
    }
    for (name, field, value, code) in [
        (
            "a lease that is too short",
            "ttl_ms",
            json!(999),
            "limit_exceeded",
        ),
        (
            "a lease that is too long",
            "ttl_ms",
            json!(86_400_001),
            "limit_exceeded",
        ),
        (
            "a priority that is too high",
            "priority",
            json!(10),
            "limit_exceeded",
        ),
        ("no place at all", "specs", json!([]), "invalid_field"),
    ] {
        teller.fails(
            name,
            Stage::shop(),
            "a",
            with(base(), field, value),
            code,
            field,
        );
    }
    let spec = |spec: Value| with(base(), "specs", json!([spec]));
    for (name, place, code, field) in [
        (
            "a place of neither paths nor resources",
            json!({"repo": "shop"}),
            "invalid_field",
            "specs[0].paths",
        ),
        (
            "a place of excludes alone",
            json!({"repo": "shop", "paths": {"include": [], "exclude": ["src"]}}),
            "invalid_field",
            "specs[0].paths",
        ),
        (
            "a place in an unknown repository",
            json!({"repo": "nowhere", "paths": "src"}),
            "not_found",
            "specs[0].repo",
        ),
    ] {
        teller.fails(name, Stage::shop(), "a", spec(place), code, field);
    }
    let places = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({"repo": "shop", "paths": format!("p{n}")}))
            .collect()
    };
    teller.ends(
        "as many places as a claim may name",
        Stage::shop(),
        "a",
        with(base(), "specs", places(64)),
        &[("/claim/type", json!("granted"))],
    );
    teller.fails(
        "one place too many",
        Stage::shop(),
        "a",
        with(base(), "specs", places(65)),
        "limit_exceeded",
        "specs",
    );
    let resources = |count: usize| -> Value { (0..count).map(|n| format!("r{n}")).collect() };
    teller.ends(
        "as many resources as a place may name",
        Stage::shop(),
        "a",
        spec(json!({"repo": "shop", "resources": resources(64)})),
        &[("/claim/type", json!("granted"))],
    );
    teller.fails(
        "one resource too many",
        Stage::shop(),
        "a",
        spec(json!({"repo": "shop", "resources": resources(65)})),
        "limit_exceeded",
        "specs[0].resources",
    );
    teller.ends(
        "a resource that is named twice is held once",
        Stage::shop(),
        "a",
        spec(json!({"repo": "shop", "resources": ["b", "a", "b"]})),
        &[("/claim/specs/0/resources", json!(["a", "b"]))],
    );
}

fn of_patterns(teller: &mut Teller) {
    for (name, pattern) in [
        ("an empty pattern", json!("")),
        ("a pattern that leaves the repository", json!("../x")),
        ("a class that does not end", json!("a[bc")),
        ("a brace that does not end", json!("a{b,c")),
        ("a backslash at the end", json!("a\\")),
        ("a pattern of a control character", json!("a\u{0}b")),
        ("a negation at the start", json!("!src")),
    ] {
        let body = claim(json!([pattern]), "read");
        teller.fails(
            name,
            Stage::shop(),
            "a",
            body,
            "invalid_pattern",
            "specs[0].paths.include[0]",
        );
    }
    for (name, pattern) in [
        ("a file that leaves the repository", json!({"file": "../x"})),
        ("an empty dir", json!({"dir": ""})),
    ] {
        let body = claim(json!([pattern]), "read");
        teller.fails(
            name,
            Stage::shop(),
            "a",
            body,
            "invalid_path",
            "specs[0].paths.include[0]",
        );
    }
    let body = claim(json!({"include": ["src"], "exclude": ["src/["]}), "read");
    teller.fails(
        "an exclude that is no pattern",
        Stage::shop(),
        "a",
        body,
        "invalid_pattern",
        "specs[0].paths.exclude[0]",
    );
    let long = "a".repeat(5_000);
    let body = claim(json!([long]), "read");
    teller.fails(
        "a pattern that is too long",
        Stage::shop(),
        "a",
        body,
        "limit_exceeded",
        "specs[0].paths.include[0]",
    );
    let body = claim(
        json!(["{a,b,c,d}{a,b,c,d}{a,b,c,d}{a,b,c,d}{a,b,c,d}{a,b,c,d}"]),
        "read",
    );
    teller.fails(
        "braces that stand for too much",
        Stage::shop(),
        "a",
        body,
        "limit_exceeded",
        "specs[0].paths.include[0]",
    );
}

fn of_registering(teller: &mut Teller) {
    let repo = |field: &str, value: Value| {
        with(
            json!({"type": "register_repo", "id": "site", "default_branch": "main"}),
            field,
            value,
        )
    };
    teller.ends(
        "origins are normalised",
        Stage::bare(),
        "ada",
        repo(
            "aliases",
            json!([
                "https://token@github.com:443/acme/site.git/",
                "git@GitHub.com:acme/site.git"
            ]),
        ),
        &[("/aliases", json!(["github.com/acme/site"]))],
    );
    let mut stage = Stage::bare();
    stage.ada(repo("aliases", json!(["github.com:acme/site"])));
    teller.ends(
        "registering again adds origins",
        stage,
        "ada",
        repo("aliases", json!(["gitlab.com:acme/site"])),
        &[(
            "/aliases",
            json!(["github.com/acme/site", "gitlab.com/acme/site"]),
        )],
    );
    let mut stage = Stage::bare();
    stage.ada(repo("aliases", json!(["github.com:acme/site"])));
    let other = json!({"type": "register_repo", "id": "third", "default_branch": "main", "aliases": ["github.com:acme/site"]});
    teller.fails(
        "one origin is one repository",
        stage,
        "ada",
        other,
        "already_exists",
        "aliases[0]",
    );
    teller.fails(
        "an origin that is none",
        Stage::bare(),
        "ada",
        repo("aliases", json!(["https://"])),
        "invalid_field",
        "aliases[0]",
    );
    let mut stage = Stage::bare();
    stage.ada(repo("rules", json!({"case": "insensitive"})));
    teller.fails(
        "the rules of a repository are fixed",
        stage,
        "ada",
        repo("rules", json!({"case": "sensitive"})),
        "already_exists",
        "id",
    );
    let snapshot = "0".repeat(64);
    teller.fails(
        "a checkpoint of what is not there yet",
        Stage::bare(),
        "ci",
        json!({"type": "checkpoint", "ver": 99, "snapshot": snapshot}),
        "invalid_field",
        "ver",
    );
    teller.ends(
        "a checkpoint of what is there",
        Stage::bare(),
        "ci",
        json!({"type": "checkpoint", "ver": 2, "snapshot": snapshot}),
        &[("/ver", json!(2))],
    );
    teller.ends(
        "a journal that was put back is declared good",
        Stage::bare(),
        "ada",
        json!({"type": "recover", "above": 3}),
        &[("/incarnation", json!(4))],
    );
    let texts: Vec<String> = (0..1_025).map(|n| format!("{n:064x}")).collect();
    teller.fails(
        "too many texts to erase at once",
        Stage::bare(),
        "ada",
        json!({"type": "erase", "texts": texts}),
        "limit_exceeded",
        "texts",
    );
}

fn of_ids(teller: &mut Teller) {
    let start = |run: &str| json!({"type": "start_run", "run": run});
    let longest = "r".repeat(128);
    teller.ends(
        "a name of the longest length",
        Stage::bare(),
        &longest.clone(),
        start(&longest),
        &[("/run", json!(longest))],
    );
    for (name, run) in [
        ("a name that is too long", "r".repeat(129)),
        ("an empty name", String::new()),
        ("a name with white space around it", " a".to_owned()),
        ("a name with a line in it", "a\nb".to_owned()),
        ("a name with a NUL in it", "a\u{0}b".to_owned()),
    ] {
        teller.fails(
            name,
            Stage::bare(),
            "ci",
            start(&run),
            "invalid_json",
            "command",
        );
    }
    let seen = json!({"type": "release", "tokens": ["not a token"]});
    teller.fails(
        "a token that no grant gave",
        Stage::shop(),
        "a",
        seen,
        "invalid_json",
        "command",
    );
    for (name, ttl) in [
        ("the shortest lease of a run", 1_000_u64),
        ("the longest lease of a run", 86_400_000),
    ] {
        let body = with(start("r"), "ttl_ms", json!(ttl));
        teller.ends(
            name,
            Stage::bare(),
            "r",
            body,
            &[("/type", json!("run_started"))],
        );
    }
    for (name, ttl) in [
        ("a run's lease that is too short", 999_u64),
        ("a run's lease that is too long", 86_400_001),
    ] {
        let body = with(start("r"), "ttl_ms", json!(ttl));
        teller.fails(name, Stage::bare(), "r", body, "limit_exceeded", "ttl_ms");
    }
}

fn of_repeating(teller: &mut Teller) {
    let mut stage = Stage::shop();
    let command = stage.command("a", claim(json!(["src"]), "write"));
    let reply = stage.sends(command.clone());
    stage.by("b", json!({"type": "heartbeat"}));
    stage.later(1_000);
    let says = [("/claim/token", reply["claim"]["token"].clone())];
    teller.ends_with(
        "the same command again answers as it did, and makes nothing new",
        stage,
        command,
        &says,
    );

    let mut stage = Stage::shop();
    let command = stage.command("a", claim(json!(["src"]), "write"));
    stage.sends(command.clone());
    let other = with(command, "body", claim(json!(["docs"]), "write"));
    teller.fails_with(
        "another command under the same id is refused",
        stage,
        other,
        "id_reused",
        "id",
    );

    let mut stage = Stage::shop();
    let command = stage.command("a", claim(json!(["src"]), "write"));
    stage.sends(command.clone());
    let salted = with(command, "nonce", json!("f".repeat(32)));
    teller.ends_with(
        "a retry may bring another nonce",
        stage,
        salted,
        &[("/claim/type", json!("granted"))],
    );

    let mut stage = Stage::shop();
    let mut command = stage.command(
        "a",
        with(claim(json!(["src"]), "write"), "intent", json!("why")),
    );
    if let Some(command) = command.as_object_mut() {
        command.remove("nonce");
    }
    teller.fails_with(
        "a text without a nonce is refused",
        stage,
        command,
        "missing_field",
        "nonce",
    );

    let mut stage = Stage::shop();
    stage.later(10_000).claims("b", json!(["docs"]), "read");
    let mut command = stage.command("a", claim(json!(["src"]), "write"));
    stage.earlier(9_000);
    command["nonce"] = json!("0".repeat(32));
    let says = [("/claim/expires_at", json!("2026-11-22T07:40:10.000Z"))];
    teller.ends_with(
        "a clock that is behind is lifted to the journal's time",
        stage,
        command,
        &says,
    );
}
