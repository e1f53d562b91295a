//! How long a claim lasts: leases, heartbeats, fences, and the ways in which a claim ends or shrinks.

use serde_json::json;

use super::Teller;
use super::stage::{Stage, claim, waiting, with};

const TEN_MINUTES: u64 = 600_000;

pub(super) fn tell(teller: &mut Teller) {
    the_end_of_a_lease(teller);
    renewing(teller);
    releasing(teller);
    narrowing(teller);
    handing_over(teller);
    revoking(teller);
    fences(teller);
    runs(teller);
}

fn held() -> (Stage, String) {
    let mut stage = Stage::shop();
    let token = stage.claims("a", json!(["src"]), "exclusive");
    (stage, token)
}

fn the_end_of_a_lease(teller: &mut Teller) {
    for (name, ms, outcome) in [
        (
            "a lease holds in its last millisecond",
            TEN_MINUTES - 1,
            "refused",
        ),
        ("a lease is over when its time is", TEN_MINUTES, "granted"),
    ] {
        let (mut stage, _) = held();
        stage.later(ms);
        let says = [("/claim/type", json!(outcome))];
        teller.ends_hashed(name, stage, "b", claim(json!(["src/a"]), "write"), &says);
    }
    let (mut stage, _) = held();
    stage.later(1_000).by("b", json!({"type": "tick"}));
    stage.later(TEN_MINUTES - 1_000);
    teller.asks(
        "an expired claim is not listed, though nobody recorded its end",
        stage,
        json!({"type": "claims"}),
        &[("/claims", json!([]))],
    );
}

fn renewing(teller: &mut Teller) {
    let (mut stage, _) = held();
    stage.later(60_000);
    teller.ends_hashed(
        "renew moves the end of a lease",
        stage,
        "a",
        json!({"type": "renew"}),
        &[(
            "/claims/renewed/0/expires_at",
            json!("2026-11-22T07:41:00.000Z"),
        )],
    );
    let (mut stage, token) = held();
    stage.later(60_000);
    teller.ends(
        "renew takes a new length",
        stage,
        "a",
        json!({"type": "renew", "tokens": [token], "ttl_ms": 3_600_000}),
        &[(
            "/claims/renewed/0/expires_at",
            json!("2026-11-22T08:31:00.000Z"),
        )],
    );
    let (mut stage, token) = held();
    stage.later(TEN_MINUTES);
    teller.ends(
        "a lapsed claim is not renewed, and says why",
        stage,
        "a",
        json!({"type": "renew", "tokens": [token]}),
        &[
            ("/claims/renewed", json!([])),
            ("/claims/skipped/0/why", json!("lapsed")),
        ],
    );
    let (stage, token) = held();
    teller.ends(
        "another run's claim is not renewed",
        stage,
        "b",
        json!({"type": "renew", "tokens": [token]}),
        &[("/claims/skipped/0/why", json!("other_work"))],
    );
    teller.ends(
        "an unknown claim is not renewed",
        Stage::shop(),
        "a",
        json!({"type": "renew", "tokens": ["00000000-00000000000000ff-0000"]}),
        &[("/claims/skipped/0/why", json!("unknown"))],
    );
    let (mut stage, _) = held();
    stage.later(TEN_MINUTES / 2 + 1);
    teller.ends_hashed(
        "a heartbeat renews the claims of its run when less than half a lease is left",
        stage,
        "a",
        json!({"type": "heartbeat"}),
        &[(
            "/claims/renewed/0/expires_at",
            json!("2026-11-22T07:45:00.001Z"),
        )],
    );
    let (mut stage, _) = held();
    stage.later(TEN_MINUTES / 2);
    teller.ends(
        "a heartbeat leaves a lease that is long enough",
        stage,
        "a",
        json!({"type": "heartbeat"}),
        &[(
            "/claims/renewed/0/expires_at",
            json!("2026-11-22T07:40:00.000Z"),
        )],
    );
    let mut stage = Stage::shop();
    let mut body = claim(json!(["src"]), "exclusive");
    body["ttl_ms"] = json!(14_400_000);
    stage.by("a", body);
    stage.by("b", waiting(json!(["src/a"]), "write"));
    stage.later(3_600_000);
    teller.ends(
        "nobody holds longer than four hours while somebody waits",
        stage,
        "a",
        json!({"type": "renew"}),
        &[
            (
                "/claims/renewed/0/expires_at",
                json!("2026-11-22T11:30:00.000Z"),
            ),
            ("/claims/renewed/0/capped", json!(true)),
        ],
    );
}

fn releasing(teller: &mut Teller) {
    let (stage, token) = held();
    teller.ends_hashed(
        "a release says what is free now",
        stage,
        "a",
        json!({"type": "release", "tokens": [token.clone()]}),
        &[("/claims/released/0/token", json!(token))],
    );
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src"]), "write");
    stage.claims("a", json!(["docs"]), "write");
    teller.ends(
        "a release without tokens is of all claims of the run",
        stage,
        "a",
        json!({"type": "release"}),
        &[("/claims/released/1/specs/0/paths", json!(["docs"]))],
    );
    let (stage, token) = held();
    teller.ends(
        "only the same work releases",
        stage,
        "b",
        json!({"type": "release", "tokens": [token]}),
        &[
            ("/claims/released", json!([])),
            ("/claims/skipped/0/why", json!("other_work")),
        ],
    );
    let (mut stage, token) = held();
    stage.by("a", json!({"type": "release"}));
    teller.ends(
        "what was released is not released again",
        stage,
        "a",
        json!({"type": "release", "tokens": [token]}),
        &[("/claims/skipped/0/why", json!("released"))],
    );
    let (mut stage, _) = held();
    stage.by("a", json!({"type": "release"}));
    teller.ends(
        "a released place is free for others",
        stage,
        "b",
        claim(json!(["src"]), "exclusive"),
        &[("/claim/type", json!("granted"))],
    );
}

fn narrowing(teller: &mut Teller) {
    let to = |token: &str, paths: serde_json::Value| json!({"type": "narrow", "token": token, "specs": [{"repo": "shop", "paths": paths}]});
    let (stage, token) = held();
    teller.ends_hashed(
        "a claim can be made to hold less",
        stage,
        "a",
        to(&token, json!(["src/a.rs"])),
        &[
            ("/claim/specs/0/paths", json!(["src/a.rs"])),
            ("/claim/token", json!(token)),
        ],
    );
    let (mut stage, token) = held();
    stage.by("a", to(&token, json!(["src/a.rs"])));
    teller.ends(
        "what a claim gave up is free",
        stage,
        "b",
        claim(json!(["src/b.rs"]), "write"),
        &[("/claim/type", json!("granted"))],
    );
    let (stage, token) = held();
    teller.fails(
        "a claim cannot be made to hold more",
        stage,
        "a",
        to(&token, json!(["src/a.rs", "docs"])),
        "not_narrower",
        "specs[0].paths",
    );
    let (stage, token) = held();
    teller.ends(
        "narrowing to all of it changes nothing",
        stage,
        "a",
        to(&token, json!(["src"])),
        &[("/claim/specs/0/paths", json!(["src"]))],
    );
    let (stage, token) = held();
    let elsewhere = json!({"type": "narrow", "token": token, "specs": [{"repo": "shop", "branch": "next", "paths": "src"}]});
    teller.fails(
        "another branch is not within a claim",
        stage,
        "a",
        elsewhere,
        "not_narrower",
        "specs[0].paths",
    );
    let (stage, token) = held();
    teller.fails(
        "another run's claim cannot be narrowed",
        stage,
        "b",
        to(&token, json!("src/a")),
        "not_permitted",
        "token",
    );
    let (mut stage, token) = held();
    stage.later(TEN_MINUTES);
    teller.fails(
        "a lapsed claim cannot be narrowed",
        stage,
        "a",
        to(&token, json!("src/a")),
        "claim_not_live",
        "token",
    );
    let unknown = "00000000-00000000000000ff-0000";
    teller.fails(
        "an unknown claim cannot be narrowed",
        Stage::shop(),
        "a",
        to(unknown, json!("src")),
        "not_found",
        "token",
    );
}

fn handing_over(teller: &mut Teller) {
    let over = |token: &str, to: &str| json!({"type": "hand_over", "token": token, "to": to});
    let (stage, token) = held();
    teller.ends_hashed(
        "a claim can be handed to another run, under a new token and the same lease",
        stage,
        "a",
        over(&token, "b"),
        &[
            ("/claim/type", json!("handed_over")),
            ("/claim/run", json!("b")),
            ("/claim/expires_at", json!("2026-11-22T07:40:00.000Z")),
        ],
    );
    let (mut stage, token) = held();
    stage.by("a", over(&token, "b"));
    teller.ends(
        "the old token of what was handed over is worth nothing",
        stage,
        "a",
        json!({"type": "release", "tokens": [token]}),
        &[("/claims/skipped/0/why", json!("handed_over"))],
    );
    let (stage, token) = held();
    teller.fails(
        "nobody hands a claim to itself",
        stage,
        "a",
        over(&token, "a"),
        "invalid_field",
        "to",
    );
    let (stage, token) = held();
    teller.fails(
        "nobody hands over what is not theirs",
        stage,
        "b",
        over(&token, "b"),
        "not_permitted",
        "token",
    );
    let (stage, token) = held();
    teller.fails(
        "nobody hands a claim to a run that is not there",
        stage,
        "a",
        over(&token, "zoe"),
        "not_found",
        "to",
    );
    let mut stage = Stage::with_runs(&[("a", None), ("b", None), ("c", None)]);
    let token = stage.claims("a", json!(["src"]), "read");
    stage.claims("b", json!(["src/x"]), "read");
    teller.ends(
        "the new holder meets what the old one met",
        stage,
        "a",
        over(&token, "c"),
        &[("/claim/type", json!("handed_over"))],
    );
}

fn revoking(teller: &mut Teller) {
    let (stage, token) = held();
    teller.ends_hashed(
        "a person revokes a claim",
        stage,
        "ada",
        json!({"type": "revoke", "token": token, "reason": "it blocks the release"}),
        &[("/claim/run", json!("a"))],
    );
    let (mut stage, token) = held();
    stage.ada(json!({"type": "revoke", "token": token, "reason": "it blocks the release"}));
    teller.ends(
        "a revoked claim cannot be renewed",
        stage,
        "a",
        json!({"type": "renew", "tokens": [token]}),
        &[("/claims/skipped/0/why", json!("revoked"))],
    );
    let unknown =
        json!({"type": "revoke", "token": "00000000-00000000000000ff-0000", "reason": "x"});
    teller.fails(
        "an unknown claim cannot be revoked",
        Stage::shop(),
        "ada",
        unknown,
        "not_found",
        "token",
    );
    let (mut stage, token) = held();
    stage.by("a", json!({"type": "release"}));
    let again = json!({"type": "revoke", "token": token, "reason": "x"});
    teller.fails(
        "what was released cannot be revoked",
        stage,
        "ada",
        again,
        "claim_not_live",
        "token",
    );
}

fn fences(teller: &mut Teller) {
    let admit = |token: &str, run: &str, path: &str| json!({"type": "admit", "token": token, "run": run, "repo": "shop", "paths": [path]});
    let (stage, token) = held();
    teller.asks(
        "work under a live claim may land",
        stage,
        admit(&token, "a", "src/a.rs"),
        &[("/admission/type", json!("admitted"))],
    );
    let (stage, token) = held();
    teller.asks(
        "work outside the claim may not",
        stage,
        admit(&token, "a", "docs/a.md"),
        &[
            ("/admission/type", json!("outside")),
            ("/admission/path", json!("docs/a.md")),
        ],
    );
    let (mut stage, token) = held();
    stage.later(TEN_MINUTES);
    teller.asks(
        "work under a lapsed claim may not",
        stage,
        admit(&token, "a", "src/a.rs"),
        &[
            ("/admission/type", json!("lapsed")),
            ("/admission/why", json!("lapsed")),
        ],
    );
    let (mut stage, token) = held();
    stage.later(TEN_MINUTES);
    let later = stage.claims("b", json!(["src/a.rs"]), "write");
    teller.asks(
        "work that somebody else holds by now is superseded",
        stage,
        admit(&token, "a", "src/a.rs"),
        &[
            ("/admission/type", json!("superseded")),
            ("/admission/by", json!(later)),
        ],
    );
    let (mut stage, token) = held();
    stage.by("a", json!({"type": "release"}));
    teller.asks(
        "work under a released claim may not land",
        stage,
        admit(&token, "a", "src/a.rs"),
        &[("/admission/why", json!("released"))],
    );
    let (stage, token) = held();
    teller.asks(
        "another run's token admits nothing",
        stage,
        admit(&token, "b", "src/a.rs"),
        &[("/admission/why", json!("other_work"))],
    );
    let mut stage = Stage::with_runs(&[("a", None), ("a1", Some("a"))]);
    let token = stage.claims("a", json!(["src"]), "exclusive");
    teller.asks(
        "a child works under the claim of its parent",
        stage,
        admit(&token, "a1", "src/a.rs"),
        &[("/admission/type", json!("admitted"))],
    );
    let unknown = "00000000-00000000000000ff-0000";
    teller.asks(
        "a token that was never granted admits nothing",
        Stage::shop(),
        admit(unknown, "a", "src/a.rs"),
        &[("/admission/why", json!("unknown"))],
    );
    let (stage, token) = held();
    teller.asks_in_vain(
        "a path that is none admits nothing",
        stage,
        admit(&token, "a", "/etc/passwd"),
        "invalid_path",
        "paths[0]",
    );
    let (stage, token) = held();
    let elsewhere = with(admit(&token, "a", "src/a"), "repo", json!("nowhere"));
    teller.asks_in_vain(
        "an unknown repository admits nothing",
        stage,
        elsewhere,
        "not_found",
        "",
    );
}

fn runs(teller: &mut Teller) {
    teller.ends_hashed(
        "a run lives for fifteen minutes where it does not say",
        Stage::bare(),
        "a",
        json!({"type": "start_run", "run": "a"}),
        &[("/live_until", json!("2026-11-22T07:45:00.000Z"))],
    );
    let mut stage = Stage::bare();
    stage.by(
        "a",
        json!({"type": "start_run", "run": "a", "ttl_ms": 60_000}),
    );
    stage.later(60_000);
    teller.fails(
        "a run that lapsed claims nothing",
        stage,
        "a",
        claim(json!("src"), "read"),
        "run_not_live",
        "actor.run",
    );
    teller.fails(
        "a run that was never started claims nothing",
        Stage::bare(),
        "a",
        claim(json!("src"), "read"),
        "not_found",
        "actor.run",
    );
    let mut stage = Stage::shop();
    stage.by("a", json!({"type": "finish_run", "outcome": "done"}));
    teller.fails(
        "a run that finished claims nothing",
        stage,
        "a",
        claim(json!("src"), "read"),
        "run_not_live",
        "actor.run",
    );
    let (stage, token) = held();
    teller.ends_hashed(
        "a run that finishes releases its claims",
        stage,
        "a",
        json!({"type": "finish_run", "outcome": "failed", "summary": "gave up"}),
        &[("/claims/released/0/token", json!(token))],
    );
    teller.fails(
        "a run is not started twice under one name",
        Stage::shop(),
        "a",
        json!({"type": "start_run", "run": "a"}),
        "already_exists",
        "run",
    );
    teller.fails(
        "a run has no parent that is not there",
        Stage::bare(),
        "a",
        json!({"type": "start_run", "run": "a", "parent": "zoe"}),
        "not_found",
        "parent",
    );
}
