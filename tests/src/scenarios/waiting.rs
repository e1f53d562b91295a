//! Who waits, in which order waits are served, and which waits are refused.

use serde_json::json;

use super::Teller;
use super::stage::{Stage, claim, waiting, with};

const THREE: [(&str, Option<&str>); 3] = [("a", None), ("b", None), ("c", None)];

pub(super) fn tell(teller: &mut Teller) {
    being_served(teller);
    the_order(teller);
    withdrawing_and_dying(teller);
    circles(teller);
}

fn queue() -> Stage {
    let mut stage = Stage::with_runs(&THREE);
    stage.claims("a", json!(["src"]), "exclusive");
    stage
}

fn being_served(teller: &mut Teller) {
    let holds = |run: &str| json!({"type": "claims", "run": run});
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.later(1_000).by("a", json!({"type": "release"}));
    teller.asks(
        "a release serves who waits, for the time that it asked for",
        stage,
        holds("b"),
        &[
            ("/claims/0/specs/0/paths", json!(["src/a.rs"])),
            ("/claims/0/expires_at", json!("2026-11-22T07:40:01.000Z")),
        ],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.later(600_000).by("c", json!({"type": "tick"}));
    teller.asks(
        "a lease that ends serves who waits, with whatever command comes next",
        stage,
        holds("b"),
        &[("/claims/0/since", json!("2026-11-22T07:40:00.000Z"))],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.later(600_000);
    teller.asks(
        "until then nobody was served",
        stage,
        holds("b"),
        &[("/claims", json!([]))],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.later(600_000);
    teller.ends_hashed(
        "a tick serves what is due and says that no more is",
        stage,
        "ci",
        json!({"type": "tick"}),
        &[("/type", json!("settled")), ("/more", json!(false))],
    );
    teller.ends(
        "a tick with nothing due settles nothing",
        Stage::shop(),
        "ci",
        json!({"type": "tick"}),
        &[("/more", json!(false))],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.waits("c", json!(["src/b.rs"]), "write");
    stage.by("a", json!({"type": "release"}));
    teller.asks(
        "waits that do not meet are served together",
        stage,
        json!({"type": "claims"}),
        &[("/claims/0/run", json!("b")), ("/claims/1/run", json!("c"))],
    );
    let mut stage = queue();
    let token = stage.claims("a", json!(["docs"]), "exclusive");
    stage.waits("b", json!(["docs/a.md"]), "write");
    stage.by("a", json!({"type": "narrow", "token": token, "specs": [{"repo": "shop", "paths": "docs/b.md"}]}));
    teller.asks(
        "a claim that shrinks serves who waited for the rest",
        stage,
        holds("b"),
        &[("/claims/0/specs/0/paths", json!(["docs/a.md"]))],
    );
    let mut stage = queue();
    let wait = stage.waits("b", json!(["src/a.rs"]), "write");
    teller.ends(
        "a heartbeat names the wait of its run",
        stage,
        "b",
        json!({"type": "heartbeat"}),
        &[("/waiting", json!(wait))],
    );
}

fn the_order(teller: &mut Teller) {
    let holds = |run: &str| json!({"type": "claims", "run": run});
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.later(1_000).waits("c", json!(["src/a.rs"]), "write");
    stage.later(1_000).by("a", json!({"type": "release"}));
    teller.asks(
        "who came first is served first",
        stage,
        json!({"type": "claims"}),
        &[("/claims/0/run", json!("b")), ("/more", json!(0))],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.later(1_000);
    teller.ends_hashed(
        "a wait says how many it stands behind",
        stage,
        "c",
        waiting(json!(["src/a.rs"]), "write"),
        &[
            ("/claim/ahead", json!(1)),
            ("/claim/meetings/list/1/queued", json!(true)),
        ],
    );
    let urgent = |priority: u8| {
        with(
            waiting(json!(["src/a.rs"]), "write"),
            "priority",
            json!(priority),
        )
    };
    let mut stage = queue();
    stage.by("b", urgent(0));
    stage.later(1_000).by("c", urgent(5));
    stage.by("a", json!({"type": "release"}));
    teller.asks(
        "more priority is served earlier",
        stage,
        holds("c"),
        &[("/claims/0/priority", json!(5))],
    );
    let mut stage = Stage::with_runs(&THREE);
    let mut body = claim(json!(["src"]), "exclusive");
    body["ttl_ms"] = json!(3_600_000);
    stage.by("a", body);
    stage.by("b", urgent(0));
    stage.later(300_001).by("c", urgent(5));
    stage.by("a", json!({"type": "release"}));
    teller.asks(
        "a minute of waiting is worth one priority",
        stage,
        holds("b"),
        &[("/claims/0/priority", json!(0))],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src", "docs"]), "write");
    stage.later(1_000);
    teller.ends(
        "nobody passes an earlier waiter that it meets",
        stage,
        "c",
        claim(json!(["docs"]), "write"),
        &[
            ("/claim/type", json!("refused")),
            ("/claim/meetings/list/0/queued", json!(true)),
        ],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src"]), "write");
    teller.ends(
        "a request inside the run's own claim passes those who wait for it",
        stage,
        "a",
        claim(json!(["src/a.rs"]), "write"),
        &[("/claim/type", json!("granted"))],
    );
    let mut stage = Stage::with_runs(&THREE);
    stage.by(
        "a",
        json!({"type": "claim", "mode": "write", "ttl_ms": 600_000, "specs": [
        {"repo": "shop", "paths": {"include": ["src"], "exclude": ["src/gen"]}},
        {"repo": "shop", "paths": {"include": ["src/gen", "lib"], "exclude": ["src/gen/old"]}}]}),
    );
    stage.waits("b", json!(["src"]), "write");
    let inside = json!({"include": ["src"], "exclude": ["src/gen/old"]});
    teller.ends(
        "what two specs of a claim hold together is inside it",
        stage,
        "a",
        claim(inside, "write"),
        &[("/claim/type", json!("granted"))],
    );
}

fn withdrawing_and_dying(teller: &mut Teller) {
    let mut stage = queue();
    let wait = stage.waits("b", json!(["src/a.rs"]), "write");
    teller.ends_hashed(
        "a wait can be withdrawn",
        stage,
        "b",
        json!({"type": "withdraw"}),
        &[("/wait", json!(wait))],
    );
    teller.ends(
        "withdrawing nothing is no error",
        Stage::shop(),
        "a",
        json!({"type": "withdraw"}),
        &[("/type", json!("withdrawn"))],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    teller.fails(
        "a run has one pending wait",
        stage,
        "b",
        waiting(json!(["src/b.rs"]), "write"),
        "already_waiting",
        "",
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.by("b", json!({"type": "finish_run", "outcome": "stopped"}));
    teller.asks(
        "the wait of a run that finishes is gone",
        stage,
        json!({"type": "waits"}),
        &[("/waits", json!([]))],
    );
    let mut stage = Stage::with_runs(&[("a", None), ("c", None)]);
    stage.by(
        "b",
        json!({"type": "start_run", "run": "b", "ttl_ms": 60_000}),
    );
    stage.claims("a", json!(["src"]), "exclusive");
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.waits("c", json!(["src/a.rs"]), "write");
    stage.later(600_000).by("c", json!({"type": "tick"}));
    teller.asks(
        "the wait of a run that died holds nobody up",
        stage,
        json!({"type": "claims"}),
        &[("/claims/0/run", json!("c"))],
    );
    let mut stage = queue();
    stage.waits("b", json!(["src/a.rs"]), "write");
    stage.by("b", json!({"type": "withdraw"}));
    stage.by("a", json!({"type": "release"}));
    teller.asks(
        "who withdrew is not served",
        stage,
        json!({"type": "claims"}),
        &[("/claims", json!([]))],
    );
}

fn circles(teller: &mut Teller) {
    let mut stage = Stage::shop();
    stage.claims("a", json!(["src"]), "exclusive");
    stage.claims("b", json!(["docs"]), "exclusive");
    stage.waits("a", json!(["docs"]), "write");
    teller.ends_hashed(
        "a wait that would close a circle is refused, with the circle",
        stage,
        "b",
        waiting(json!(["src"]), "write"),
        &[
            ("/claim/type", json!("refused")),
            ("/claim/why/type", json!("deadlock")),
            ("/claim/why/cycle", json!(["b", "a"])),
        ],
    );
    let mut stage = Stage::with_runs(&THREE);
    for (run, path) in [("a", "one"), ("b", "two"), ("c", "three")] {
        stage.claims(run, json!([path]), "exclusive");
    }
    stage.waits("a", json!(["two"]), "write");
    stage.waits("b", json!(["three"]), "write");
    teller.ends(
        "a circle of three is seen",
        stage,
        "c",
        waiting(json!(["one"]), "write"),
        &[("/claim/why/cycle", json!(["c", "a", "b"]))],
    );
    let mut stage = Stage::with_runs(&[("a", None), ("a1", Some("a")), ("b", None)]);
    stage.claims("b", json!(["docs"]), "exclusive");
    stage.claims("a1", json!(["src"]), "exclusive");
    stage.waits("b", json!(["src"]), "write");
    teller.ends(
        "a parent waits for its child, so its wait can close a circle through it",
        stage,
        "a1",
        waiting(json!(["docs"]), "write"),
        &[("/claim/why/type", json!("deadlock"))],
    );
}
