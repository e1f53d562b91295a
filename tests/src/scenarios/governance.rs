//! Governance: what a policy lets pass, whom it asks, and what may be spent.

use serde_json::{Value, json};

use super::Teller;
use super::stage::{Stage, claim, with};

pub(super) fn tell(teller: &mut Teller) {
    setting(teller);
    payments(teller);
    merging(teller);
    nights(teller);
    owners(teller);
    claims(teller);
    exceptions(teller);
    guards(teller);
    asking(teller);
}

const TEAMS: &str = "
owners:
  teams:
    web: { members: [ada] }
    payments: { members: [bob, eve] }
  areas:
    - { paths: '**', teams: [web] }
    - { paths: services/payments/**, teams: [payments] }
";

pub(super) fn policy(default: &str, rest: &str) -> Value {
    let text = format!("version: 1\ndefault: {default}\n{TEAMS}{rest}");
    json!({"type": "set_policy", "name": "loom.yaml", "format": "yaml", "text": text})
}

/// The run `a` of the loop `nightly` of the team `web`, and `b` of `payday` of the team `payments`.
pub(super) fn governed(default: &str, rest: &str) -> Stage {
    let mut stage = Stage::bare();
    for (loop_id, team, run) in [("nightly", "web", "a"), ("payday", "payments", "b")] {
        let card = json!({"type": "register_loop", "id": loop_id, "owner": "ada", "team": team});
        stage.ada(card);
        let start = json!({"type": "start_run", "run": run, "loop": loop_id, "ttl_ms": 86_400_000});
        stage.by(run, start);
    }
    stage.ada(policy(default, rest));
    stage
}

pub(super) fn propose(action: Value) -> Value {
    json!({"type": "propose_action", "action": action})
}

pub(super) fn edit(path: &str) -> Value {
    json!({"verb": "edit", "repo": "shop", "targets": {"paths": [path]}})
}

fn approve(request: &Value) -> Value {
    json!({"type": "approve", "request": request})
}

const PAYMENTS: &str = "
rules:
  - id: payments
    effect: require_approval
    when: { verb: [edit, create, delete], paths: services/payments/** }
    approval: { teams: [payments] }
    reason: money moves here
";

fn setting(teller: &mut Teller) {
    teller.ends_hashed(
        "a person sets the policy",
        Stage::bare(),
        "ada",
        policy("deny", PAYMENTS),
        &[("/rules", json!(1)), ("/limits", json!(0))],
    );
    for who in ["ci", "a"] {
        let name = format!("setting the policy is for people, and not for {who}");
        let body = policy("allow", "");
        teller.fails(
            &name,
            Stage::shop(),
            who,
            body,
            "not_permitted",
            "actor.kind",
        );
    }
    teller.fails(
        "a misspelt key is refused with its place, and never allows",
        Stage::bare(),
        "ada",
        policy(
            "deny",
            "rules:\n  - { id: a, effect: allow, wen: { verb: edit } }\n",
        ),
        "invalid_policy",
        "policy",
    );
    teller.asks(
        "the policy that holds is shown with its text",
        governed("deny", PAYMENTS),
        json!({"type": "policy"}),
        &[
            ("/policy/name", json!("loom.yaml")),
            ("/policy/by/id", json!("ada")),
        ],
    );
    teller.asks(
        "before a policy was set there is none",
        Stage::bare(),
        json!({"type": "policy"}),
        &[("/type", json!("policy"))],
    );
    teller.fails(
        "an action is not decided before a policy was set",
        Stage::shop(),
        "a",
        propose(edit("x")),
        "no_policy",
        "",
    );
    teller.asks_in_vain(
        "nothing is checked before a policy was set",
        Stage::bare(),
        json!({"type": "check", "action": edit("x")}),
        "no_policy",
        "",
    );
    teller.ends(
        "before a policy was set a claim is granted and says that nothing governs it",
        Stage::shop(),
        "a",
        claim(json!(["src"]), "write"),
        &[
            ("/claim/type", json!("granted")),
            ("/governed", json!(false)),
        ],
    );
}

/// At ten somebody of the payments team is asked, and at twenty past says yes.
fn approved() -> (Stage, Value) {
    let mut stage = governed("allow", PAYMENTS);
    stage.later(9_000_000);
    let asked = stage.by("a", propose(edit("services/payments/charge.rs")));
    let request = asked["request"].clone();
    stage.later(1_200_000);
    stage.by("bob", approve(&request));
    (stage, request)
}

fn payments(teller: &mut Teller) {
    teller.ends_hashed(
        "an edit of payments at ten asks for a person's yes",
        {
            let mut stage = governed("allow", PAYMENTS);
            stage.later(9_000_000);
            stage
        },
        "a",
        propose(edit("services/payments/charge.rs")),
        &[
            ("/decision/verdict", json!("require_approval")),
            ("/decision/passes", json!(false)),
            ("/decision/reasons/0/rule/id", json!("payments")),
            ("/decision/reasons/0/rule/file", json!("loom.yaml")),
            (
                "/decision/reasons/0/targets",
                json!(["services/payments/charge.rs"]),
            ),
            (
                "/decision/would_allow/0/terms/people",
                json!(["bob", "eve"]),
            ),
        ],
    );
    let (stage, _) = approved();
    teller.ends_hashed(
        "the edit that was approved passes",
        stage,
        "a",
        propose(edit("services/payments/charge.rs")),
        &[
            ("/decision/verdict", json!("allow")),
            ("/decision/passes", json!(true)),
        ],
    );
    let (stage, _) = approved();
    teller.ends(
        "an edit outside the paths of the approval asks again",
        stage,
        "a",
        propose(edit("services/payments/refund.rs")),
        &[("/decision/verdict", json!("require_approval"))],
    );
    let (mut stage, _) = approved();
    stage.later(13_200_000);
    teller.ends(
        "at two in the afternoon the approval has expired",
        stage,
        "a",
        propose(edit("services/payments/charge.rs")),
        &[("/decision/verdict", json!("require_approval"))],
    );
    let (stage, _) = approved();
    teller.ends(
        "another run does not use the approval of this one",
        stage,
        "b",
        propose(edit("services/payments/charge.rs")),
        &[("/decision/verdict", json!("require_approval"))],
    );
    let asking = || {
        let mut stage = governed("allow", PAYMENTS);
        let asked = stage.by("a", propose(edit("services/payments/charge.rs")));
        (stage, asked["request"].clone())
    };
    let (stage, request) = asking();
    teller.fails(
        "somebody whom the rule does not name cannot approve",
        stage,
        "ada",
        approve(&request),
        "not_permitted",
        "actor",
    );
    let (stage, request) = asking();
    teller.fails_as(
        "an approval from inside the maker's tree of runs is refused",
        stage,
        json!({"kind": "human", "id": "bob", "run": "a"}),
        approve(&request),
        "not_permitted",
        "actor.run",
    );
    let (stage, request) = asking();
    teller.fails(
        "a loop cannot approve",
        stage,
        "a",
        approve(&request),
        "not_permitted",
        "actor.kind",
    );
    let mut stage = governed("allow", PAYMENTS);
    let asked = stage.by("bob", propose(edit("services/payments/charge.rs")));
    teller.fails(
        "nobody approves what they do themselves",
        stage,
        "bob",
        approve(&asked["request"]),
        "not_permitted",
        "actor",
    );
    let (mut stage, request) = asking();
    stage.later(14_400_000);
    teller.fails(
        "after four hours a request has expired",
        stage,
        "bob",
        approve(&request),
        "request_not_open",
        "request",
    );
    let (mut stage, request) = asking();
    stage.by(
        "eve",
        json!({"type": "reject", "request": request, "reason": "not today"}),
    );
    teller.fails(
        "what was rejected cannot be approved",
        stage,
        "bob",
        approve(&request),
        "request_not_open",
        "request",
    );
    let (stage, request) = asking();
    let second = json!({"type": "approve", "request": request, "note": "for the audit"});
    teller.ends_hashed(
        "a yes with a note is recorded",
        stage,
        "eve",
        second,
        &[
            ("/standing", json!("approved")),
            ("/answered", json!(["payments"])),
        ],
    );
    let (mut stage, request) = asking();
    let again = stage.by("a", propose(edit("services/payments/charge.rs")));
    assert_eq!(again["request"], request, "one request for one question");
    teller.asks(
        "requests are listed with what a person needs to answer them",
        stage,
        json!({"type": "requests", "standing": "open"}),
        &[
            ("/requests/0/id", request),
            ("/requests/0/action/verb", json!("edit")),
            (
                "/requests/0/targets/0",
                json!("services/payments/charge.rs"),
            ),
            ("/more", json!(0)),
        ],
    );
    let two = PAYMENTS.replace("teams: [payments]", "teams: [payments], count: 2, uses: 1");
    let mut stage = governed("allow", &two);
    let asked = stage.by("a", propose(edit("services/payments/charge.rs")));
    stage.by("bob", approve(&asked["request"]));
    teller.ends(
        "one yes of two is not enough",
        stage,
        "a",
        propose(edit("services/payments/charge.rs")),
        &[("/decision/verdict", json!("require_approval"))],
    );
    let used = || {
        let mut stage = governed("allow", &two);
        let asked = stage.by("a", propose(edit("services/payments/charge.rs")));
        stage.by("bob", approve(&asked["request"]));
        stage.by("eve", approve(&asked["request"]));
        let done = stage.by("a", propose(edit("services/payments/charge.rs")));
        assert_eq!(done["decision"]["passes"], json!(true));
        (stage, done["id"].clone())
    };
    let (stage, _) = used();
    teller.ends(
        "an approval for one use is used up by it",
        stage,
        "a",
        propose(edit("services/payments/charge.rs")),
        &[("/decision/verdict", json!("require_approval"))],
    );
    let (mut stage, decision) = used();
    let back = json!({"type": "give_back", "decision": decision});
    stage.by("a", back.clone());
    teller.ends(
        "a use that failed is given back",
        stage,
        "a",
        propose(edit("services/payments/charge.rs")),
        &[("/decision/passes", json!(true))],
    );
    let (stage, _) = used();
    teller.fails(
        "a loop gives back no use of another's",
        stage,
        "b",
        back.clone(),
        "not_permitted",
        "decision",
    );
    let (mut stage, _) = used();
    stage.by("a", back.clone());
    teller.fails(
        "a use is given back once",
        stage,
        "a",
        back,
        "not_found",
        "decision",
    );
}

fn merging(teller: &mut Teller) {
    let rules = "rules:\n  - { id: merges, effect: require_approval, when: { verb: merge } }\n";
    let merge = |digit: char| {
        let digest: String = std::iter::repeat_n(digit, 64).collect();
        json!({"verb": "merge", "repo": "shop", "targets": {"paths": ["x"]}, "digest": digest})
    };
    let stage = || {
        let mut stage = governed("allow", rules);
        let asked = stage.by("a", propose(merge('a')));
        stage.by("bob", approve(&asked["request"]));
        stage
    };
    teller.ends(
        "a merge of the patch that was approved passes, whoever brings it",
        stage(),
        "b",
        propose(merge('a')),
        &[("/decision/passes", json!(true))],
    );
    teller.ends(
        "a merge of a changed patch asks again",
        stage(),
        "a",
        propose(merge('b')),
        &[("/decision/verdict", json!("require_approval"))],
    );
    let mut without = merge('a');
    without.as_object_mut().expect("an object").remove("digest");
    teller.ends(
        "a merge that does not say its digest cannot be approved",
        governed("allow", rules),
        "a",
        propose(without),
        &[
            ("/decision/verdict", json!("require_approval")),
            ("/decision/would_allow/1/fact", json!("digest")),
        ],
    );
}

fn nights(teller: &mut Teller) {
    let rules = "
environments: [prod]
rules:
  - id: night
    effect: require_approval
    when:
      verb: deploy
      environment: prod
      window: { tz: Europe/Berlin, from: '22:00', to: '06:00' }
";
    let deploy = json!({"verb": "deploy", "repo": "shop", "environment": "prod", "service": "api",
        "digest": "c".repeat(64)});
    let mut stage = governed("allow", rules);
    // Seven in the evening further: half past two in the night, in UTC.
    stage.later(68_400_000);
    teller.ends(
        "a deploy in the night is stopped, and told when the night is over",
        stage,
        "a",
        propose(deploy.clone()),
        &[
            ("/decision/verdict", json!("require_approval")),
            ("/decision/retry_at", json!("2026-11-23T05:00:00.000Z")),
            (
                "/decision/next_change_at",
                json!("2026-11-23T05:00:00.000Z"),
            ),
        ],
    );
    for (day, ms, ends) in [
        ("spring", 10_863_000_000_u64, "2027-03-28T04:00:00.000Z"),
        ("autumn", 29_615_400_000, "2027-10-31T05:00:00.000Z"),
    ] {
        // Three in the morning in Berlin, on the day on which the clocks are changed.
        let mut stage = governed("allow", rules);
        stage.later(ms);
        stage.by(
            "late",
            json!({"type": "start_run", "run": "late", "loop": "nightly"}),
        );
        teller.ends(
            &format!("a deploy at three in Berlin is told the right time to try again in {day}"),
            stage,
            "late",
            propose(deploy.clone()),
            &[
                ("/decision/verdict", json!("require_approval")),
                ("/decision/retry_at", json!(ends)),
            ],
        );
    }
    teller.ends(
        "a deploy by day passes",
        governed("allow", rules),
        "a",
        propose(deploy),
        &[("/decision/passes", json!(true))],
    );
}

fn owners(teller: &mut Teller) {
    let rules = "rules:\n  - { id: mine, effect: deny, when: { verb: [edit, create, delete], owner: other } }\n";
    teller.ends(
        "a loop that touches a file of another team is denied with the owner's name",
        governed("allow", rules),
        "a",
        propose(edit("services/payments/charge.rs")),
        &[
            ("/decision/verdict", json!("deny")),
            ("/decision/reasons/0/owners", json!(["payments"])),
        ],
    );
    teller.ends(
        "its own files are its own",
        governed("allow", rules),
        "b",
        propose(edit("services/payments/charge.rs")),
        &[("/decision/passes", json!(true))],
    );
    let rules = "protect: { deliberate: 48h }\n";
    let change = json!({"type": "record_change", "id": "c1", "repo": "shop", "made_by": "loop",
        "deliberate": true, "files": [{"path": "src/a.rs", "before": "b0", "after": "b1"}]});
    let changed = || {
        let mut stage = governed("allow", rules);
        stage.by("b", change.clone());
        stage
    };
    teller.ends(
        "what another side changed on purpose is protected",
        changed(),
        "a",
        propose(edit("src/a.rs")),
        &[
            ("/decision/verdict", json!("require_approval")),
            ("/decision/reasons/0/rule/id", json!("protect")),
        ],
    );
    teller.ends(
        "the side that changed it on purpose may go on",
        changed(),
        "b",
        propose(edit("src/a.rs")),
        &[("/decision/passes", json!(true))],
    );
    let rules = "rules:\n  - { id: war, effect: deny, when: { reverts: true } }\n";
    let mut stage = governed("allow", rules);
    stage.by("b", change);
    let back = with(edit("src/a.rs"), "blobs", json!({"src/a.rs": "b0"}));
    teller.ends(
        "an edit that would undo the change of another side is seen before it lands",
        stage,
        "a",
        propose(back),
        &[
            ("/decision/verdict", json!("deny")),
            ("/decision/reasons/0/certain", json!(true)),
        ],
    );
}

fn claims(teller: &mut Teller) {
    let rules = "rules:\n  - { id: a, effect: allow, when: { verb: [plan, read, edit], paths: src/a/** } }\n";
    teller.ends_hashed(
        "a claim beyond what is allowed is stopped, and says which path escapes",
        governed("deny", rules),
        "a",
        claim(json!(["src/**"]), "write"),
        &[
            ("/type", json!("not_allowed")),
            ("/decision/verdict", json!("deny")),
            ("/decision/would_allow/1/type", json!("allow_rule")),
        ],
    );
    teller.ends(
        "a claim within what is allowed is granted, and says that a policy governs it",
        governed("deny", rules),
        "a",
        claim(json!(["src/a/**"]), "write"),
        &[
            ("/claim/type", json!("granted")),
            ("/governed", json!(true)),
        ],
    );
    let mut stage = governed("allow", PAYMENTS);
    let asked = stage.by("a", claim(json!(["services/payments/**"]), "write"));
    stage.by("bob", approve(&asked["requests"][0]));
    let mut granted = governed("allow", PAYMENTS);
    let again = granted.by("a", claim(json!(["services/payments/**"]), "write"));
    granted.by("bob", approve(&again["requests"][0]));
    teller.ends(
        "a claim that a person approved is granted",
        stage,
        "a",
        claim(json!(["services/payments/**"]), "write"),
        &[("/claim/type", json!("granted"))],
    );
    teller.ends(
        "the approval of a claim holds for edits within it",
        granted,
        "a",
        propose(edit("services/payments/charge.rs")),
        &[("/decision/passes", json!(true))],
    );
}

fn exceptions(teller: &mut Teller) {
    let rules = "rules:\n  - { id: frozen, effect: deny, when: { verb: merge } }\n";
    let merge = json!({"verb": "merge", "repo": "shop", "targets": {"paths": ["x"]}});
    let waive = json!({"type": "waive", "rules": ["frozen"], "scope": {"repo": "shop"},
        "ttl_ms": 3_600_000, "reason": "a fix for the outage"});
    teller.ends_hashed(
        "a person waives a rule",
        governed("allow", rules),
        "ada",
        waive.clone(),
        &[("/until", json!("2026-11-22T08:30:00.000Z"))],
    );
    let mut stage = governed("allow", rules);
    stage.ada(waive.clone());
    teller.ends(
        "a rule that was waived stops nothing",
        stage,
        "a",
        propose(merge.clone()),
        &[("/decision/passes", json!(true))],
    );
    let mut stage = governed("allow", rules);
    stage.ada(waive.clone());
    stage.later(3_600_000);
    teller.ends(
        "a waiver ends",
        stage,
        "a",
        propose(merge.clone()),
        &[("/decision/verdict", json!("deny"))],
    );
    teller.fails(
        "a loop waives nothing",
        governed("allow", rules),
        "a",
        waive.clone(),
        "not_permitted",
        "actor.kind",
    );
    teller.fails(
        "a rule that is not there cannot be waived",
        governed("allow", rules),
        "ada",
        with(waive, "rules", json!(["frosen"])),
        "not_found",
        "rules",
    );
    let glass = json!({"type": "break_glass", "ttl_ms": 600_000, "reason": "the site is down"});
    let mut stage = governed("allow", rules);
    stage.ada(glass.clone());
    teller.ends(
        "where the glass is broken everything passes, and the decision says so",
        stage,
        "a",
        propose(merge),
        &[("/decision/passes", json!(true))],
    );
    let mut stage = governed("allow", rules);
    stage.ada(glass.clone());
    teller.asks(
        "broken glass is there for all to see",
        stage,
        json!({"type": "exceptions"}),
        &[
            ("/exceptions/0/by/id", json!("ada")),
            ("/exceptions/0/reason/text", json!("the site is down")),
        ],
    );
    let mut stage = governed("allow", rules);
    stage.ada(glass.clone());
    teller.asks(
        "broken glass stands in every brief",
        stage,
        json!({"type": "brief", "run": "a"}),
        &[
            ("/brief/broken_glass/0/by/id", json!("ada")),
            (
                "/brief/broken_glass/0/reason/text",
                json!("the site is down"),
            ),
            ("/rendered/shown", json!(1)),
        ],
    );
    teller.fails(
        "glass stays broken for a day at most",
        governed("allow", rules),
        "ada",
        with(glass, "ttl_ms", json!(86_400_001)),
        "limit_exceeded",
        "ttl_ms",
    );
}

fn guards(teller: &mut Teller) {
    for (name, line) in [
        (
            "runs loom approve",
            "cd /tmp && loom approve 00000000-0000000000000005-0000",
        ),
        ("writes the journal", "echo > .loom/journal.db"),
        ("hides what it runs", "eval \"$(echo loom approve x)\""),
    ] {
        teller.ends(
            &format!("an agent's shell line that {name} is denied whatever the policy says"),
            governed("allow", ""),
            "a",
            propose(json!({"verb": "shell", "command": line})),
            &[
                ("/decision/verdict", json!("deny")),
                ("/decision/reasons/0/rule/id", json!("loomstack.commands")),
            ],
        );
    }
    teller.ends(
        "a shell line is decided by the commands in it",
        governed(
            "allow",
            "rules:\n  - { id: push, effect: deny, when: { verb: shell, command: git push } }\n",
        ),
        "a",
        propose(json!({"verb": "shell", "command": "echo git push && (cd x; git push origin)"})),
        &[
            ("/decision/verdict", json!("deny")),
            ("/decision/reasons/0/certain", json!(true)),
        ],
    );
    let disguised = json!({"verb": "edit", "repo": "shop", "targets": {"paths": ["x"]},
        "actor": {"kind": "human", "id": "ada"}});
    teller.fails(
        "a loop does not speak for a person",
        governed("allow", ""),
        "a",
        propose(disguised.clone()),
        "not_permitted",
        "action.actor",
    );
    let of_loop = "rules:\n  - { id: nights, effect: deny, when: { verb: edit, loop: nightly } }\n";
    teller.ends_as(
        "a loop that names no run cannot say that it is another loop",
        governed("allow", of_loop),
        json!({"kind": "loop", "id": "somebody"}),
        propose(edit("x")),
        &[
            ("/decision/verdict", json!("deny")),
            ("/decision/missing", json!(["loop"])),
        ],
    );
    teller.ends(
        "a service may",
        governed("allow", ""),
        "ci",
        propose(disguised),
        &[("/decision/passes", json!(true))],
    );
}

fn asking(teller: &mut Teller) {
    let by_a = |action: Value| {
        let actor = json!({"kind": "loop", "id": "nightly", "run": "a"});
        json!({"type": "check", "action": with(action, "actor", actor)})
    };
    teller.asks(
        "a check tells what would be decided, and asks nobody",
        governed("allow", PAYMENTS),
        by_a(edit("services/payments/charge.rs")),
        &[("/decision/verdict", json!("require_approval"))],
    );
    teller.asks(
        "a check of something harmless",
        governed("allow", PAYMENTS),
        by_a(edit("README.md")),
        &[("/decision/passes", json!(true))],
    );
    teller.asks_in_vain(
        "a verb that nobody declared is an error",
        governed("allow", PAYMENTS),
        by_a(json!({"verb": "teleport"})),
        "invalid_field",
        "verb",
    );
    teller.asks_in_vain(
        "a field that the verb cannot carry is an error",
        governed("allow", PAYMENTS),
        by_a(with(edit("x"), "environment", json!("prod"))),
        "invalid_field",
        "environment",
    );
    teller.asks_in_vain(
        "a path that is none is an error",
        governed("allow", PAYMENTS),
        by_a(edit("../x")),
        "invalid_path",
        "targets.paths[0]",
    );
    teller.asks(
        "a request that nobody made is none",
        governed("allow", PAYMENTS),
        json!({"type": "request", "request": "00000000-0000000000000005-0000"}),
        &[("/type", json!("request"))],
    );
}
