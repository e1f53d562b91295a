//! Spending: what is reserved against limits, what it came to, what is refused.

use serde_json::{Value, json};

use super::Teller;
use super::governance::{governed, propose};
use super::stage::Stage;

const BUDGET: &str = "
limits:
  - { id: team-day, level: team, unit: microdollars, max: 40000000, per: { day: UTC }, warn_at: 80 }
  - { id: deploys, level: workspace, unit: deploys, max: 1, per: hour }
";

fn reserve(id: &str, microdollars: u64) -> Value {
    json!({"type": "reserve", "id": id, "estimate": {"microdollars": microdollars}, "ttl_ms": 3_600_000})
}

pub(super) fn tell(teller: &mut Teller) {
    let stage = || {
        let mut stage = governed("allow", BUDGET);
        for (place, run) in ["a1", "a2", "a3", "a4", "a5"].iter().enumerate() {
            let loop_id = format!("web-{place}");
            stage.ada(
                json!({"type": "register_loop", "id": loop_id, "owner": "ada", "team": "web"}),
            );
            stage.by(
                run,
                json!({"type": "start_run", "run": run, "loop": loop_id, "ttl_ms": 86_400_000}),
            );
        }
        for run in ["a1", "a2", "a3", "a4"] {
            let reply = stage.by(run, reserve(run, 10_000_000));
            assert_eq!(reply["reservation"]["type"], json!("granted"), "{reply}");
        }
        stage
    };
    teller.ends_hashed(
        "four loops of a team reserve against forty dollars a day, and the fifth is refused",
        stage(),
        "a5",
        reserve("a5", 10_000_000),
        &[
            ("/reservation/type", json!("refused")),
            ("/reservation/short/0/limit", json!("team-day")),
            ("/reservation/short/0/reserved", json!(40_000_000)),
            ("/reservation/room_at", json!("2026-11-23T00:00:00.000Z")),
        ],
    );
    teller.ends(
        "another team has a day of its own",
        stage(),
        "b",
        reserve("b", 10_000_000),
        &[
            ("/reservation/type", json!("granted")),
            ("/governed", json!(true)),
        ],
    );
    let mut settled = stage();
    let settle = json!({"type": "settle", "id": "a1", "actual": {"microdollars": 1_000_000}});
    settled.by("a1", settle.clone());
    teller.ends(
        "what was not spent can be reserved again",
        settled,
        "a5",
        reserve("a5", 9_000_000),
        &[("/reservation/type", json!("granted"))],
    );
    let mut cancelled = stage();
    cancelled.by("a2", json!({"type": "cancel_reservation", "id": "a2"}));
    teller.asks(
        "what counts towards limits is told by limit and holder",
        cancelled,
        json!({"type": "spend"}),
        &[
            ("/spend/0/limit", json!("team-day")),
            ("/spend/0/holder", json!("web")),
            ("/spend/0/reserved", json!(30_000_000)),
            ("/spend/0/left", json!(10_000_000)),
            ("/spend/0/warned", json!(true)),
        ],
    );
    teller.fails(
        "a loop does not settle what others reserved",
        stage(),
        "b",
        settle,
        "not_permitted",
        "id",
    );
    teller.ends(
        "a missing estimate is refused",
        governed("allow", BUDGET),
        "a",
        json!({"type": "reserve", "id": "r", "estimate": {"output_tokens": 5}, "ttl_ms": 60_000}),
        &[
            ("/reservation/type", json!("unknown_estimate")),
            ("/reservation/unit", json!("microdollars")),
        ],
    );
    teller.ends(
        "before a policy was set a reservation counts nowhere and says so",
        Stage::shop(),
        "a",
        reserve("r", 5),
        &[
            ("/reservation/type", json!("granted")),
            ("/governed", json!(false)),
        ],
    );
    let deploy = json!({"verb": "deploy", "repo": "shop", "environment": "prod", "service": "api"});
    let mut deployed = governed("allow", BUDGET);
    let first = deployed.by("a", propose(deploy.clone()));
    assert_eq!(first["decision"]["passes"], json!(true), "{first}");
    teller.ends(
        "a deploy counts, and the next within the hour is over the limit",
        deployed,
        "b",
        propose(deploy.clone()),
        &[
            ("/decision/verdict", json!("deny")),
            ("/decision/reasons/0/rule/id", json!("deploys")),
            ("/decision/retry_at", json!("2026-11-22T08:00:00.000Z")),
        ],
    );
    let mut failed = governed("allow", BUDGET);
    let first = failed.by("a", propose(deploy.clone()));
    failed.by("a", json!({"type": "give_back", "decision": first["id"]}));
    teller.ends(
        "a deploy that failed is given back to the limit",
        failed,
        "b",
        propose(deploy),
        &[("/decision/passes", json!(true))],
    );
    let mut cancels = stage();
    let cancel = json!({"type": "cancel_reservation", "id": "a2"});
    teller.ends(
        "a reservation that nothing was spent of ends",
        stage(),
        "a2",
        cancel.clone(),
        &[("/id", json!("a2"))],
    );
    cancels.by("a2", cancel.clone());
    teller.fails(
        "a reservation ends once",
        cancels,
        "a2",
        cancel,
        "already_exists",
        "id",
    );
    teller.ends_hashed(
        "what was spent beyond a reservation is owed",
        stage(),
        "a1",
        json!({"type": "settle", "id": "a1", "actual": {"microdollars": 12_000_000}}),
        &[("/id", json!("a1"))],
    );
    let mut failed = governed("allow", BUDGET);
    let first = failed.by("a", propose(json!({"verb": "deploy", "repo": "shop"})));
    teller.ends(
        "giving back what used no yes answers no request",
        failed,
        "a",
        json!({"type": "give_back", "decision": first["id"]}),
        &[("/requests", json!([]))],
    );
}
