//! Loops: definitions, schedules, slots with one winner, signals, and what is about to happen.
//!
//! The clock of a stage begins at 07:30 on Sunday, 22 November 2026.

use serde_json::{Value, json};

use super::Teller;
use super::stage::Stage;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

fn triage() -> Value {
    json!({
        "type": "register_loop", "id": "triage", "owner": "ada", "team": "web",
        "goal": "what broke over night is known by nine",
        "scope": [{"repo": "shop", "paths": ["tests/**"]}],
        "trigger": {"type": "cron", "expression": "0 6 * * mon", "tz": "Europe/Berlin"},
        "gates": [{"name": "tests", "run": "make test"}],
        "exit": {"goal": ["tests"], "max_iterations": 5, "no_progress_after": 2},
        "maker": {"run": "agent --triage", "model": "some-model"},
        "tools": ["git", "make"],
    })
}

fn babysitter() -> Value {
    json!({
        "type": "register_loop", "id": "babysitter", "owner": "bob",
        "scope": [{"repo": "shop", "paths": ["tests/unit/**"]}],
        "trigger": {"type": "interval", "every_ms": 15 * MINUTE},
    })
}

fn start(run: &str, of: &str, slot: &Value) -> Value {
    json!({"type": "start_run", "run": run, "loop": of, "slot": slot, "ttl_ms": 10 * MINUTE})
}

/// A journal with both loops, and the digest of the first.
fn two_loops() -> (Stage, String) {
    let mut stage = Stage::bare();
    let reply = stage.ada(triage());
    let digest = reply["digest"].as_str().expect("a digest is a text");
    let digest = digest.to_owned();
    stage.ada(babysitter());
    (stage, digest)
}

pub(super) fn tell(teller: &mut Teller) {
    definitions(teller);
    standings(teller);
    slots(teller);
    signals(teller);
    coming(teller);
}

fn definitions(teller: &mut Teller) {
    teller.ends_hashed(
        "a loop is registered with its definition",
        Stage::bare(),
        "ada",
        triage(),
        &[("/id", json!("triage"))],
    );
    let (stage, digest) = two_loops();
    teller.ends(
        "the same definition again changes nothing",
        stage,
        "ada",
        triage(),
        &[("/digest", json!(digest))],
    );
    let (stage, _) = two_loops();
    let mut other = triage();
    other["owner"] = json!("bob");
    teller.fails(
        "another definition under a known name is no registration",
        stage,
        "ada",
        other.clone(),
        "already_exists",
        "id",
    );
    let update = |was: &str, mut definition: Value| {
        let fields = definition.as_object_mut().expect("an object");
        fields.remove("type");
        json!({"type": "update_loop", "was": was, "definition": definition})
    };
    let (stage, digest) = two_loops();
    teller.ends_hashed(
        "whoever read the definition that holds replaces it",
        stage,
        "ada",
        update(&digest, other.clone()),
        &[("/id", json!("triage"))],
    );
    let (mut stage, digest) = two_loops();
    stage.ada(update(&digest, other.clone()));
    let mut third = other;
    third["team"] = json!("core");
    teller.fails(
        "whoever read an earlier definition replaces nothing",
        stage,
        "bob",
        update(&digest, third),
        "already_exists",
        "was",
    );
    let (stage, _) = two_loops();
    teller.asks(
        "a loop is told with its schedule and its texts",
        stage,
        json!({"type": "loop", "id": "triage"}),
        &[
            (
                "/loop/goal/text",
                json!("what broke over night is known by nine"),
            ),
            ("/loop/gates/0/run/text", json!("make test")),
            ("/loop/maker/run/text", json!("agent --triage")),
            ("/loop/standing", json!("active")),
            // Monday, 06:00 in Berlin.
            ("/loop/next_start", json!("2026-11-23T05:00:00.000Z")),
            ("/loop/past_runs", json!(0)),
        ],
    );
    for (name, field, value, code, about) in [
        (
            "a scope in no known repository is refused",
            "scope",
            json!([{"repo": "shoe", "paths": ["a"]}]),
            "not_found",
            "scope[0].repo",
        ),
        (
            "a scope with an illegal pattern is refused",
            "scope",
            json!([{"repo": "shop", "paths": ["a/["]}]),
            "invalid_pattern",
            "scope[0].paths.include[0]",
        ),
        (
            "a goal names gates of the loop",
            "exit",
            json!({"goal": ["lint"]}),
            "invalid_field",
            "exit.goal",
        ),
        (
            "a run that may do nothing is refused",
            "exit",
            json!({"max_iterations": 0}),
            "invalid_field",
            "exit.max_iterations",
        ),
        (
            "two gates of one name are refused",
            "gates",
            json!([{"name": "tests"}, {"name": "tests"}]),
            "invalid_field",
            "gates[1].name",
        ),
    ] {
        let mut definition = triage();
        definition[field] = value;
        if field == "gates" {
            definition["exit"] = json!({});
        }
        teller.fails(name, Stage::bare(), "ada", definition, code, about);
    }
    let text = "id: nightly\nowner: ada\ntrigger: {type: interval, every_ms: 3600000}\n";
    let read = |text: &str| json!({"type": "read_loop", "name": "nightly.yaml", "format": "yaml", "text": text});
    teller.asks(
        "a definition is read from what somebody wrote",
        Stage::bare(),
        read(text),
        &[
            ("/definition/id", json!("nightly")),
            (
                "/definition/trigger",
                json!({"type": "interval", "every_ms": 3_600_000}),
            ),
        ],
    );
    teller.asks_in_vain(
        "a misspelt key of a definition is refused with its line",
        Stage::bare(),
        read(&text.replace("owner", "ower")),
        "invalid_field",
        "loop",
    );
}

fn standings(teller: &mut Teller) {
    let (mut stage, _) = two_loops();
    stage
        .ada(json!({"type": "pause_loop", "id": "babysitter", "reason": "a release is under way"}));
    stage.later(20 * MINUTE);
    teller.ends(
        "a paused loop starts nothing",
        stage,
        "p",
        json!({"type": "start_run", "run": "p", "loop": "babysitter"}),
        &[
            ("/type", json!("run_not_started")),
            ("/why", json!("paused")),
        ],
    );
    let (mut stage, _) = two_loops();
    stage
        .ada(json!({"type": "pause_loop", "id": "babysitter", "reason": "a release is under way"}));
    stage.later(20 * MINUTE);
    stage.ada(json!({"type": "resume_loop", "id": "babysitter"}));
    stage.later(14 * MINUTE);
    teller.asks(
        "what was due while a loop was paused is over",
        stage,
        json!({"type": "due"}),
        &[
            ("/due", json!([])),
            ("/next", json!("2026-11-22T08:05:00.000Z")),
        ],
    );
    let (stage, _) = two_loops();
    teller.ends_hashed(
        "a loop is paused with a reason",
        stage,
        "ada",
        json!({"type": "pause_loop", "id": "babysitter", "reason": "a release is under way"}),
        &[("/standing", json!("paused"))],
    );
    let (mut stage, _) = two_loops();
    stage.ada(json!({"type": "retire_loop", "id": "babysitter"}));
    teller.fails(
        "a retired loop is not resumed",
        stage,
        "ada",
        json!({"type": "resume_loop", "id": "babysitter"}),
        "not_permitted",
        "id",
    );
    let (stage, _) = two_loops();
    teller.fails(
        "no loop retires a loop",
        stage,
        "a",
        json!({"type": "retire_loop", "id": "babysitter"}),
        "not_permitted",
        "actor.kind",
    );
}

fn slots(teller: &mut Teller) {
    let slot = json!({"at": "2026-11-22T08:15:00.000Z"});
    let (mut stage, _) = two_loops();
    stage.later(46 * MINUTE);
    teller.asks(
        "a loop is due at its latest slot, and what it missed is counted",
        stage,
        json!({"type": "due"}),
        &[
            ("/due/0/loop", json!("babysitter")),
            ("/due/0/slot", slot.clone()),
            ("/due/0/missed", json!(2)),
            ("/next", json!("2026-11-22T08:30:00.000Z")),
        ],
    );
    let due = || {
        let (mut stage, _) = two_loops();
        stage.later(46 * MINUTE);
        stage
    };
    teller.ends_hashed(
        "the first run to ask has the slot",
        due(),
        "b1",
        start("b1", "babysitter", &slot),
        &[("/type", json!("run_started"))],
    );
    let mut stage = due();
    stage.by("b1", start("b1", "babysitter", &slot));
    teller.ends(
        "the second is told who has it",
        stage,
        "b2",
        start("b2", "babysitter", &slot),
        &[
            ("/type", json!("run_not_started")),
            ("/why", json!("slot_taken")),
            ("/by", json!("b1")),
        ],
    );
    let mut stage = due();
    stage.by("b1", start("b1", "babysitter", &slot));
    teller.ends(
        "an earlier slot than the one that was taken is over",
        stage,
        "b2",
        start(
            "b2",
            "babysitter",
            &json!({"at": "2026-11-22T08:00:00.000Z"}),
        ),
        &[("/why", json!("slot_over"))],
    );
    let next = json!({"at": "2026-11-22T08:30:00.000Z"});
    let mut stage = due();
    stage.by("b1", json!({"type": "start_run", "run": "b1", "loop": "babysitter", "slot": slot, "ttl_ms": HOUR}));
    stage.later(15 * MINUTE);
    teller.ends(
        "a loop does not overtake itself",
        stage,
        "b2",
        start("b2", "babysitter", &next),
        &[("/why", json!("running")), ("/by", json!("b1"))],
    );
    let mut stage = due();
    stage.by("b1", start("b1", "babysitter", &slot));
    stage.later(15 * MINUTE);
    teller.ends(
        "a run that died is in nobody's way",
        stage,
        "b2",
        start("b2", "babysitter", &next),
        &[("/type", json!("run_started"))],
    );
    for (name, at) in [
        (
            "a slot that has not come cannot be taken",
            "2026-11-22T08:30:00.000Z",
        ),
        (
            "a time at which the loop does not start is no slot",
            "2026-11-22T08:14:00.000Z",
        ),
    ] {
        let body = start("b1", "babysitter", &json!({"at": at}));
        teller.fails(name, due(), "b1", body, "invalid_field", "slot");
    }
    let mut stage = due();
    stage.by("b1", start("b1", "babysitter", &slot));
    stage.later(3 * MINUTE);
    stage.by(
        "b1",
        json!({"type": "finish_run", "outcome": "nothing_found", "spent": {"microdollars": 40_000}}),
    );
    teller.asks(
        "what a loop takes and costs in the mean is known from its runs",
        stage,
        json!({"type": "loop", "id": "babysitter"}),
        &[
            ("/loop/past_runs", json!(1)),
            ("/loop/mean_ms", json!(3 * MINUTE)),
            ("/loop/mean_spent/microdollars", json!(40_000)),
        ],
    );
    let mut stage = due();
    for nth in 0..3_u64 {
        let at = format!(
            "2026-11-22T{:02}:{:02}:00.000Z",
            8 + (15 + 15 * nth) / 60,
            (15 + 15 * nth) % 60
        );
        let run = format!("b{nth}");
        stage.by(&run, start(&run, "babysitter", &json!({"at": at})));
        stage.by(
            &run,
            json!({"type": "finish_run", "outcome": "nothing_found"}),
        );
        stage.later(15 * MINUTE);
    }
    teller.asks(
        "a loop that found nothing three times in a row is told so",
        stage,
        json!({"type": "loop", "id": "babysitter"}),
        &[("/loop/finds_nothing", json!(true))],
    );
}

fn signals(teller: &mut Teller) {
    let reviewer = || {
        let mut stage = Stage::bare();
        stage.ada(json!({
            "type": "register_loop", "id": "shipper", "owner": "ada",
            "trigger": {"type": "event", "name": "ci.green"},
        }));
        stage.later(MINUTE);
        stage
    };
    let green = |key: &str| json!({"type": "signal", "name": "ci.green", "key": key});
    let mut stage = reviewer();
    stage.by("ci", green("17"));
    stage.later(MINUTE);
    stage.by("ci", green("18"));
    teller.asks(
        "a loop that listens is due for the earliest signal that nobody took",
        stage,
        json!({"type": "due"}),
        &[
            ("/due/0/slot", json!({"signal": "17"})),
            ("/due/0/missed", json!(1)),
        ],
    );
    let mut stage = reviewer();
    stage.by("ci", green("17"));
    teller.ends(
        "the same signal again changes nothing",
        stage,
        "ci",
        green("17"),
        &[("/known", json!(true))],
    );
    let mut stage = reviewer();
    stage.by("ci", green("17"));
    stage.by("s1", start("s1", "shipper", &json!({"signal": "17"})));
    teller.ends(
        "one run starts for a signal",
        stage,
        "s2",
        start("s2", "shipper", &json!({"signal": "17"})),
        &[("/why", json!("slot_taken")), ("/by", json!("s1"))],
    );
    teller.fails(
        "a signal that was never given is no slot",
        reviewer(),
        "s1",
        start("s1", "shipper", &json!({"signal": "19"})),
        "invalid_field",
        "slot",
    );
}

fn coming(teller: &mut Teller) {
    let conflicts = |mode: &str| {
        json!({
            "type": "conflicts", "mode": mode,
            "specs": [{"repo": "shop", "paths": ["tests/unit/cart.rs"]}],
        })
    };
    let (stage, _) = two_loops();
    teller.asks(
        "loops that start within a day on these paths are told, the soonest first",
        stage,
        conflicts("write"),
        &[
            ("/conflicts/coming/0/loop", json!("babysitter")),
            (
                "/conflicts/coming/0/start",
                json!("2026-11-22T07:45:00.000Z"),
            ),
            ("/conflicts/coming/1/loop", json!("triage")),
            (
                "/conflicts/coming/1/goal/text",
                json!("what broke over night is known by nine"),
            ),
            (
                "/conflicts/coming/1/met/witness",
                json!("tests/unit/cart.rs"),
            ),
        ],
    );
    let (mut stage, _) = two_loops();
    stage.ada(json!({"type": "pause_loop", "id": "triage"}));
    stage.by(
        "b1",
        json!({"type": "start_run", "run": "b1", "loop": "babysitter"}),
    );
    let mut own = conflicts("write");
    own["run"] = json!("b1");
    teller.asks(
        "neither the asking run's own loop nor a paused one is about to be in its way",
        stage,
        own,
        &[("/conflicts/claims/list", json!([]))],
    );
    let (mut stage, _) = two_loops();
    let mut sweeper = babysitter();
    sweeper["id"] = json!("sweeper");
    sweeper["scope"] = json!([{"repo": "shop", "paths": ["tests/unit/c*"]}]);
    sweeper["trigger"]["every_ms"] = json!(30 * MINUTE);
    stage.ada(sweeper);
    teller.asks(
        "the starts of all loops are forecast, and those that will collide again and again are named",
        stage,
        json!({"type": "forecast", "until": "2026-11-22T09:00:00.000Z"}),
        &[
            ("/forecast/starts/0", json!({"at": "2026-11-22T07:45:00.000Z", "loop": "babysitter"})),
            ("/forecast/starts/2/loop", json!("sweeper")),
            ("/forecast/complete_to", json!("2026-11-22T09:00:00.000Z")),
            ("/forecast/collisions/0/loops", json!(["babysitter", "sweeper"])),
            ("/forecast/collisions/0/count", json!(2)),
            ("/forecast/collisions/0/times/0", json!("2026-11-22T08:00:00.000Z")),
        ],
    );
    teller.asks_in_vain(
        "a forecast does not end before it begins",
        Stage::bare(),
        json!({"type": "forecast", "until": "2026-11-22T07:00:00.000Z"}),
        "invalid_field",
        "until",
    );
    let (mut stage, _) = two_loops();
    stage.by("a", json!({"type": "start_run", "run": "a"}));
    teller.asks(
        "a brief says who starts soon",
        stage,
        json!({"type": "brief", "run": "a", "specs": [{"repo": "shop", "paths": ["tests/**"]}], "budget_chars": 2_000}),
        &[("/brief/coming/0/loop", json!("babysitter"))],
    );
}
