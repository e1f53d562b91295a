//! When claims meet, and what a claim is answered with.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, claim, waiting, with};

pub(super) fn tell(teller: &mut Teller) {
    every_pair_of_modes(teller);
    places_that_meet_or_miss(teller);
    how_conflicts_are_taken(teller);
    whose_claims_meet(teller);
    branches_repositories_and_resources(teller);
}

const MODES: [&str; 4] = ["plan", "read", "write", "exclusive"];

/// The table of the design: held, then what each requested mode meets.
const TABLE: [(&str, [&str; 4]); 4] = [
    ("plan", ["notice", "clear", "notice", "notice"]),
    ("read", ["clear", "clear", "notice", "conflict"]),
    ("write", ["notice", "notice", "conflict", "conflict"]),
    ("exclusive", ["notice", "conflict", "conflict", "conflict"]),
];

fn every_pair_of_modes(teller: &mut Teller) {
    for (held, cells) in TABLE {
        for (asked, cell) in MODES.into_iter().zip(cells) {
            let stage = || {
                let mut stage = Stage::shop();
                stage.claims("a", json!(["src/**"]), held);
                stage
            };
            let granted = if cell == "conflict" {
                "refused"
            } else {
                "granted"
            };
            let mut says = vec![("/claim/type", json!(granted))];
            match cell {
                "clear" => says.push(("/claim/meetings/list", json!([]))),
                cell => {
                    says.push(("/claim/meetings/list/0/cell", json!(cell)));
                    says.push(("/claim/meetings/list/0/met/witness", json!("src/a.rs")));
                }
            }
            let name = format!("{asked} beside {held}: {cell}");
            teller.ends(
                &name,
                stage(),
                "b",
                claim(json!(["src/a.rs"]), asked),
                &says,
            );

            let specs = json!([{"repo": "shop", "paths": ["src/a.rs"]}]);
            let query = json!({"type": "conflicts", "specs": specs, "mode": asked, "run": "b"});
            let list = if held == "plan" {
                "plans"
            } else {
                "claims/list"
            };
            let says = match cell {
                "clear" => (format!("/conflicts/{list}"), json!([])),
                cell => (format!("/conflicts/{list}/0/cell"), json!(cell)),
            };
            let name = format!("{asked} asked about beside {held}: {cell}");
            teller.asks(&name, stage(), query, &[(&says.0, says.1)]);
        }
    }
}

fn places_that_meet_or_miss(teller: &mut Teller) {
    let file = |path: &str| json!([{"file": path}]);
    let meet: [(&str, Value, Value, Option<&str>); 33] = [
        (
            "a path and itself",
            json!("src/a.rs"),
            json!("src/a.rs"),
            Some("src/a.rs"),
        ),
        ("two paths", json!("src/a.rs"), json!("src/b.rs"), None),
        (
            "a folder and what lies in it",
            json!("src"),
            json!("src/a.rs"),
            Some("src/a.rs"),
        ),
        (
            "a folder and its neighbour of the same beginning",
            json!("src"),
            json!("src2/a.rs"),
            None,
        ),
        (
            "a folder and a folder below it",
            json!("src"),
            json!("src/x/y"),
            Some("src/x/y"),
        ),
        (
            "a star stays within its segment",
            json!("src/*"),
            json!("src/x/y.rs"),
            None,
        ),
        (
            "two stars cross segments",
            json!("src/**/*.rs"),
            json!("src/x/y/z.rs"),
            Some("src/x/y/z.rs"),
        ),
        (
            "two stars may stand for nothing",
            json!("src/**/a.rs"),
            json!("src/a.rs"),
            Some("src/a.rs"),
        ),
        (
            "endings that differ",
            json!("**/*.rs"),
            json!("**/*.md"),
            None,
        ),
        (
            "endings that agree",
            json!("**/*.rs"),
            json!("src/**"),
            Some("src/.rs"),
        ),
        (
            "a question mark is one character",
            json!("src/?.rs"),
            json!("src/ab.rs"),
            None,
        ),
        (
            "braces are alternatives",
            json!("{src,docs}/a.*"),
            json!("docs/a.md"),
            Some("docs/a.md"),
        ),
        (
            "braces without the one asked for",
            json!("{src,docs}/a.*"),
            json!("lib/a.md"),
            None,
        ),
        (
            "a class",
            json!("docs/[ab].md"),
            json!("docs/b.md"),
            Some("docs/b.md"),
        ),
        (
            "a class that leaves it out",
            json!("docs/[ab].md"),
            json!("docs/c.md"),
            None,
        ),
        (
            "a negated class",
            json!("docs/[!ab].md"),
            json!("docs/c.md"),
            Some("docs/c.md"),
        ),
        (
            "a negated class that takes it out",
            json!("docs/[!ab].md"),
            json!("docs/a.md"),
            None,
        ),
        (
            "an escaped star is a star",
            json!(r"src/\*.rs"),
            json!("src/a.rs"),
            None,
        ),
        (
            "a file is read literally",
            file("app/[id]/page.tsx"),
            json!("app/*/page.tsx"),
            Some("app/[id]/page.tsx"),
        ),
        (
            "a file named like a class is not that class",
            file("app/[id]"),
            json!("app/i"),
            None,
        ),
        ("a file is no folder", file("src"), json!("src/a.rs"), None),
        (
            "a dir holds what lies below",
            json!([{"dir": "app/[id]"}]),
            file("app/[id]/x.ts"),
            Some("app/[id]/x.ts"),
        ),
        (
            "everything and a root file",
            json!("**"),
            json!("Cargo.toml"),
            Some("Cargo.toml"),
        ),
        (
            "letter case tells names apart",
            json!("src/A.rs"),
            json!("src/a.rs"),
            None,
        ),
        (
            "an exclude takes a path away",
            json!({"include": ["src"], "exclude": ["src/gen"]}),
            json!("src/gen/a.rs"),
            None,
        ),
        (
            "an exclude leaves the rest",
            json!({"include": ["src"], "exclude": ["src/gen"]}),
            json!("src/a.rs"),
            Some("src/a.rs"),
        ),
        (
            "excludes of both sides count",
            json!({"include": ["src"], "exclude": ["src/gen"]}),
            json!({"include": ["src/gen", "docs"], "exclude": ["docs"]}),
            None,
        ),
        (
            "one of several patterns is enough",
            json!(["lib", "docs", "src"]),
            json!(["assets", "src/a.rs"]),
            Some("src/a.rs"),
        ),
        (
            "stars on both sides share a path",
            json!("a*c"),
            json!("ab*"),
            Some("abc"),
        ),
        (
            "a leading slash is nothing",
            json!("/src"),
            json!("src/a"),
            Some("src/a"),
        ),
        (
            "a leading dot is nothing",
            json!("./src"),
            json!("src/a"),
            Some("src/a"),
        ),
        (
            "a doubled slash is one",
            json!("src//x"),
            json!("src/x"),
            Some("src/x"),
        ),
        (
            "stars on both sides share none",
            json!("a*c"),
            json!("b*"),
            None,
        ),
    ];
    for (name, held, asked, witness) in meet {
        let mut stage = Stage::shop();
        stage.claims("a", held, "exclusive");
        let says = match witness {
            None => vec![
                ("/claim/type", json!("granted")),
                ("/claim/meetings/list", json!([])),
            ],
            Some(witness) => vec![
                ("/claim/type", json!("refused")),
                ("/claim/why/type", json!("conflict")),
                ("/claim/meetings/list/0/met/witness", json!(witness)),
            ],
        };
        teller.ends(name, stage, "b", claim(asked, "exclusive"), &says);
    }
}

fn how_conflicts_are_taken(teller: &mut Teller) {
    let held = || {
        let mut stage = Stage::shop();
        stage.claims("a", json!(["src/**"]), "exclusive");
        stage
    };
    let both = json!(["src/a.rs", "docs/**"]);
    teller.ends_hashed(
        "a claim on a free place is granted",
        Stage::shop(),
        "a",
        claim(json!(["src/**"]), "exclusive"),
        &[
            ("/claim/type", json!("granted")),
            ("/claim/expires_at", json!("2026-11-22T07:40:00.000Z")),
        ],
    );
    teller.ends_hashed(
        "a refusal names the holder, its intent and when its lease ends",
        {
            let mut stage = Stage::shop();
            stage.by(
                "a",
                with(
                    claim(json!(["src/**"]), "exclusive"),
                    "intent",
                    json!("rewrite the parser"),
                ),
            );
            stage
        },
        "b",
        claim(json!(["src/a.rs"]), "write"),
        &[
            ("/claim/type", json!("refused")),
            ("/claim/meetings/list/0/run", json!("a")),
            (
                "/claim/meetings/list/0/intent/text",
                json!("rewrite the parser"),
            ),
            (
                "/claim/meetings/list/0/expires_at",
                json!("2026-11-22T07:40:00.000Z"),
            ),
            ("/claim/meetings/list/0/met/held", json!("src/**")),
            ("/claim/meetings/list/0/met/requested", json!("src/a.rs")),
        ],
    );
    teller.ends_hashed(
        "who is willing to wait is queued",
        held(),
        "b",
        waiting(both.clone(), "write"),
        &[
            ("/claim/type", json!("waiting")),
            ("/claim/ahead", json!(0)),
        ],
    );
    teller.ends_hashed(
        "advise grants a plan and says so",
        held(),
        "b",
        with(claim(both.clone(), "write"), "on_conflict", json!("advise")),
        &[
            ("/claim/type", json!("granted")),
            ("/claim/mode", json!("plan")),
            ("/claim/advised", json!(true)),
        ],
    );
    teller.ends(
        "advise grants what was asked where nothing is in the way",
        held(),
        "b",
        with(
            claim(json!(["docs"]), "write"),
            "on_conflict",
            json!("advise"),
        ),
        &[
            ("/claim/mode", json!("write")),
            ("/claim/meetings/list", json!([])),
        ],
    );
    teller.ends_hashed(
        "a partial claim goes without what meets, and names it",
        held(),
        "b",
        with(claim(both.clone(), "write"), "partial", json!(true)),
        &[
            ("/claim/type", json!("granted")),
            ("/claim/specs/0/paths", json!(["docs/**"])),
            ("/claim/left_out/0/pattern", json!("src/a.rs")),
        ],
    );
    teller.ends(
        "a partial claim of which nothing is left is refused",
        held(),
        "b",
        with(claim(json!(["src/a.rs"]), "write"), "partial", json!(true)),
        &[("/claim/type", json!("refused"))],
    );
    teller.fails(
        "partial and wait together are an error",
        held(),
        "b",
        with(waiting(both.clone(), "write"), "partial", json!(true)),
        "invalid_field",
        "partial",
    );
    teller.ends(
        "a claim is granted whole or not at all",
        held(),
        "b",
        claim(both, "write"),
        &[
            ("/claim/type", json!("refused")),
            ("/claim/meetings/list/0/spec", json!(0)),
        ],
    );
    teller.ends(
        "the second of two places can be what is in the way",
        held(),
        "b",
        json!({"type": "claim", "mode": "write", "ttl_ms": 60_000, "specs": [
            {"repo": "shop", "paths": ["docs"]}, {"repo": "shop", "paths": ["src/a.rs"]}]}),
        &[
            ("/claim/type", json!("refused")),
            ("/claim/meetings/list/0/spec", json!(1)),
        ],
    );
    teller.ends(
        "conflicts are named before notices",
        {
            let mut stage = Stage::with_runs(&[("a", None), ("b", None), ("c", None)]);
            stage.claims("a", json!(["src"]), "plan");
            stage.claims("b", json!(["src/x"]), "write");
            stage
        },
        "c",
        claim(json!(["src"]), "exclusive"),
        &[
            ("/claim/meetings/list/0/cell", json!("conflict")),
            ("/claim/meetings/list/0/run", json!("b")),
            ("/claim/meetings/list/1/cell", json!("notice")),
        ],
    );
    teller.ends(
        "the holder is told who asked and what became of it",
        {
            let mut stage = held();
            stage.by(
                "b",
                with(
                    claim(json!(["src/a.rs"]), "write"),
                    "intent",
                    json!("fix the flaky test"),
                ),
            );
            stage
        },
        "a",
        json!({"type": "heartbeat"}),
        &[
            ("/notices/0/from_run", json!("b")),
            ("/notices/0/outcome", json!("refused")),
            ("/notices/0/intent/text", json!("fix the flaky test")),
            ("/notices/0/seq", json!(1)),
        ],
    );
    teller.ends(
        "the holder is told once of one requesting run",
        {
            let mut stage = held();
            for path in ["src/a.rs", "src/b.rs", "src/c.rs"] {
                stage.by("b", claim(json!([path]), "write"));
            }
            stage
        },
        "a",
        json!({"type": "heartbeat"}),
        &[("/notices/0/seq", json!(1)), ("/missed", json!(0))],
    );
    teller.ends(
        "a notice that was read does not come again",
        {
            let mut stage = held();
            stage.by("b", claim(json!(["src/a.rs"]), "write"));
            stage
        },
        "a",
        json!({"type": "heartbeat", "seen": 1}),
        &[("/notices", json!([]))],
    );
}

const TREE: [(&str, Option<&str>); 5] = [
    ("a", None),
    ("a1", Some("a")),
    ("a2", Some("a")),
    ("a11", Some("a1")),
    ("b", None),
];

fn whose_claims_meet(teller: &mut Teller) {
    // Who holds, who asks, and whether they meet: own work is the run and its ancestors.
    for (holder, asker, meets) in [
        ("a", "a", false),
        ("a", "a1", false),
        ("a", "a11", false),
        ("a1", "a11", false),
        ("a1", "a", true),
        ("a1", "a2", true),
        ("a11", "a", true),
        ("a2", "a11", true),
        ("b", "a11", true),
    ] {
        let mut stage = Stage::with_runs(&TREE);
        stage.claims(holder, json!(["src"]), "exclusive");
        let outcome = if meets { "refused" } else { "granted" };
        let name =
            format!("a claim of {holder} beside a request of {asker} in its tree: {outcome}");
        let says = [("/claim/type", json!(outcome))];
        teller.ends(
            &name,
            stage,
            asker,
            claim(json!(["src/a.rs"]), "write"),
            &says,
        );
    }
}

fn branches_repositories_and_resources(teller: &mut Teller) {
    let places = |spec: Value| json!({"type": "claim", "mode": "exclusive", "ttl_ms": 60_000, "specs": [spec]});
    let cases = [
        (
            "the same branch, named",
            json!({"repo": "shop", "branch": "main", "paths": "src"}),
            true,
        ),
        (
            "another branch",
            json!({"repo": "shop", "branch": "next", "paths": "src"}),
            false,
        ),
        (
            "another repository",
            json!({"repo": "site", "paths": "src"}),
            false,
        ),
        (
            "the same resource",
            json!({"repo": "shop", "resources": ["deploy:prod"]}),
            true,
        ),
        (
            "another resource",
            json!({"repo": "shop", "resources": ["deploy:test"]}),
            false,
        ),
        (
            "the same resource on another branch",
            json!({"repo": "shop", "branch": "next", "resources": ["deploy:prod"]}),
            false,
        ),
        (
            "a path named like the resource",
            json!({"repo": "shop", "paths": [{"file": "deploy:prod"}]}),
            false,
        ),
    ];
    for (name, spec, meets) in cases {
        let mut stage = Stage::bare();
        stage.ada(json!({"type": "register_repo", "id": "site", "default_branch": "main"}));
        for run in ["a", "b"] {
            stage.by(run, json!({"type": "start_run", "run": run}));
        }
        stage.by(
            "a",
            places(json!({"repo": "shop", "paths": "src", "resources": ["deploy:prod"]})),
        );
        let outcome = if meets { "refused" } else { "granted" };
        let name = format!("{name} as a claim on shop: {outcome}");
        teller.ends(
            &name,
            stage,
            "b",
            places(spec),
            &[("/claim/type", json!(outcome))],
        );
    }
    for (name, rules, held, asked, meets) in [
        (
            "under rules without case",
            json!({"case": "insensitive"}),
            "Src/README.md",
            "src/readme.MD",
            true,
        ),
        (
            "under rules with case",
            json!({"case": "sensitive"}),
            "Src/README.md",
            "src/readme.MD",
            false,
        ),
        (
            "one spelling in two normal forms",
            json!({"unicode": "nfc"}),
            "caf\u{e9}.md",
            "cafe\u{301}.md",
            true,
        ),
        (
            "two normal forms as they are",
            json!({"unicode": "as_is"}),
            "caf\u{e9}.md",
            "cafe\u{301}.md",
            false,
        ),
        (
            "a sharp s and two s",
            json!({"case": "insensitive"}),
            "stra\u{df}e",
            "strasse",
            false,
        ),
    ] {
        let mut stage = Stage::empty();
        stage.ada(json!({"type": "create_journal", "workspace": "acme"}));
        stage.ada(json!({"type": "register_repo", "id": "shop", "default_branch": "main", "rules": rules}));
        for run in ["a", "b"] {
            stage.by(run, json!({"type": "start_run", "run": run}));
        }
        stage.claims("a", json!([held]), "write");
        let outcome = if meets { "refused" } else { "granted" };
        let name = format!("{name}: {outcome}");
        teller.ends(
            &name,
            stage,
            "b",
            claim(json!([asked]), "write"),
            &[("/claim/type", json!(outcome))],
        );
    }
}
