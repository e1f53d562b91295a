//! History is the second projection of a journal: what it tells follows from the records alone, and it
//! holds the whole chain from an incident back to people.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::coordinator::History;
use loom_core::error::Code;
use loom_core::model::{Actor, ActorKind, Record};
use loom_core::provenance::{Kind, Name, ProvenanceGraph, Relation};
use loom_store::Loom;
use loom_tests::simulator::Random;
use serde_json::{Value, json};

/// A journal in memory, told in the words of the wire.
struct Told {
    loom: Loom,
    commands: u64,
}

impl Told {
    fn new() -> Told {
        let told = Told {
            loom: Loom::in_memory(),
            commands: 0,
        };
        told.with([
            (
                "ada",
                json!({"type": "create_journal", "workspace": "shop"}),
            ),
            (
                "ada",
                json!({"type": "register_repo", "id": "shop", "default_branch": "main"}),
            ),
            (
                "ada",
                json!({"type": "register_loop", "id": "bump", "owner": "ada"}),
            ),
        ])
    }

    fn with<const N: usize>(mut self, commands: [(&str, Value); N]) -> Told {
        for (who, body) in commands {
            self.tell(who, body);
        }
        self
    }

    fn tell(&mut self, who: &str, body: Value) -> Value {
        self.commands += 1;
        let id = format!("00000000-0000-0000-0000-{:012x}", self.commands);
        let nonce = format!("{:032x}", self.commands);
        let person = ["ada", "bea"].contains(&who);
        let actor = match person {
            true => json!({"kind": "human", "id": who}),
            false => json!({"kind": "loop", "id": "bump", "run": who}),
        };
        let command = json!({"id": id, "actor": actor, "nonce": nonce, "body": body});
        let at = format!(
            "2026-11-22T09:{:02}:{:02}Z",
            self.commands / 60,
            self.commands % 60
        );
        let answer = self.loom.submit_json(&command.to_string(), Some(&at));
        let answer: Value = serde_json::from_str(&answer.unwrap()).unwrap();
        answer["reply"].clone()
    }

    fn records(&self) -> Vec<Record> {
        self.loom.records(0).map(Result::unwrap).collect()
    }

    fn history(&self) -> History {
        let mut history = History::new();
        history.feed(&self.records()).unwrap();
        history
    }
}

fn change(id: &str, more: Value) -> Value {
    let mut body = json!({"type": "record_change", "id": id, "repo": "shop", "made_by": "loop",
        "files": [{"path": "src/pay.rs", "before": "b0", "after": id, "added": 2}]});
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    body
}

/// A day in the life of a team, with everything that history tells of.
fn incident() -> Told {
    let digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    let policy = "version: 1\ndefault: allow\nrules:\n  - id: ask\n    effect: require_approval\n    \
                  when: {verb: deploy}\n    approval: {people: [bea]}\n";
    let mut told = Told::new().with([
        (
            "ada",
            json!({"type": "set_policy", "name": "p", "format": "yaml", "text": policy}),
        ),
        (
            "ada",
            json!({"type": "record_artifact", "digest": digest, "kind": "prompt", "name": "bump"}),
        ),
        (
            "r1",
            json!({"type": "start_run", "run": "r1", "loop": "bump", "artifacts": [digest]}),
        ),
    ]);
    let claim = json!({"type": "claim", "mode": "write", "intent": "bump tls",
        "specs": [{"repo": "shop", "paths": ["src/**"]}], "ttl_ms": 60_000});
    let token = told.tell("r1", claim)["claim"]["token"].clone();
    told.tell(
        "r1",
        change("c1", json!({"token": token, "intent": "bump tls"})),
    );
    told.tell(
        "ada",
        json!({"type": "record_review", "changes": ["c1"], "verdict": "passed"}),
    );
    told.tell(
        "ada",
        json!({"type": "record_verification", "changes": ["c1"], "verdict": "passed"}),
    );
    let deploy = json!({"type": "propose_action", "action": {"verb": "deploy", "environment": "prod", "digest": digest}});
    let asked = told.tell("r1", deploy.clone());
    told.tell(
        "bea",
        json!({"type": "approve", "request": asked["request"]}),
    );
    let decided = told.tell("r1", deploy);
    told.tell(
        "r1",
        json!({"type": "record_deploy", "id": "d1", "environment": "prod",
        "changes": ["c1"], "decision": decided["id"]}),
    );
    told.tell(
        "ada",
        json!({"type": "record_incident", "id": "i1", "deploy": "d1"}),
    );
    told.tell(
        "ada",
        json!({"type": "resolve_incident", "incident": "i1", "causes": ["c1"]}),
    );
    told.tell("r1", json!({"type": "finish_run", "outcome": "done"}));
    told
}

fn names(graph: &ProvenanceGraph, of: &str, relation: Relation) -> Vec<String> {
    let node = graph.find(&of.parse::<Name>().unwrap()).unwrap();
    let parents = graph.parents(node);
    let related = parents.filter(|(each, _)| *each == relation);
    related
        .map(|(_, node)| graph.name(node).to_string())
        .collect()
}

fn only(graph: &ProvenanceGraph, kind: Kind, nth: usize) -> String {
    graph
        .name(graph.of_kind(kind).nth(nth).unwrap())
        .to_string()
}

#[test]
fn a_journal_tells_the_chain_from_an_incident_back_to_people_and_prompts() {
    let history = incident().history();
    let graph = history.graph();
    let is = |of: &str, relation, expected: &[&str]| {
        assert_eq!(names(graph, of, relation), expected, "{of} {relation}");
    };
    is("resolution:i1", Relation::CausedBy, &["change:c1"]);
    is("incident:i1", Relation::SeenIn, &["deploy:d1"]);
    is("deploy:d1", Relation::Contains, &["change:c1"]);
    is("deploy:d1", Relation::MadeBy, &["run:r1"]);
    let passed = names(graph, "deploy:d1", Relation::AllowedBy).remove(0);
    is(&passed, Relation::AskedBy, &["run:r1"]);
    is("change:c1", Relation::MadeBy, &["run:r1"]);
    let claim = names(graph, "change:c1", Relation::Under).remove(0);
    is(&claim, Relation::HeldBy, &["run:r1"]);
    is("run:r1", Relation::RunOf, &["loop:bump"]);
    is("ending:r1", Relation::Ended, &["run:r1"]);
    is("loop:bump", Relation::OwnedBy, &["person:ada"]);
    let prompt = names(graph, "run:r1", Relation::PromptedBy);
    assert!(prompt[0].starts_with("artifact:5891b5"), "{prompt:?}");
    // The first decision asked, and the person's yes answers it.
    let (asked, approval) = (
        only(graph, Kind::Decision, 0),
        only(graph, Kind::Approval, 0),
    );
    is(&approval, Relation::Answers, &[&asked]);
    is(&approval, Relation::GivenBy, &["person:bea"]);
    is(
        &only(graph, Kind::Review, 0),
        Relation::Reviewed,
        &["change:c1"],
    );
    is(
        &only(graph, Kind::Verification, 0),
        Relation::Checked,
        &["change:c1"],
    );
    assert_eq!(history.left_out(), 0);
}

#[test]
fn history_fed_in_any_portions_is_the_same_history() {
    let told = incident();
    let (records, whole) = (told.records(), told.history());
    let mut random = Random::new(7);
    for _ in 0..50 {
        let mut history = History::new();
        while history.version() < whole.version() {
            // Portions overlap: what was read before is skipped.
            let from = random.below(history.version() + 1) as usize;
            let until = (history.version() + 1 + random.below(4)) as usize;
            history
                .feed(&records[from..until.min(records.len())])
                .unwrap();
        }
        assert_eq!(history.graph().entries(), whole.graph().entries());
    }
}

#[test]
fn what_a_graph_was_told_can_be_told_to_another_in_any_order() {
    let entries = incident().history().graph().entries();
    let mut random = Random::new(11);
    for _ in 0..50 {
        let mut shuffled = entries.clone();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, random.below(at as u64 + 1) as usize);
        }
        let mut graph = ProvenanceGraph::new();
        for entry in shuffled.iter().chain(&entries) {
            graph.enter(entry).unwrap();
        }
        assert_eq!(graph.entries(), entries);
    }
}

#[test]
fn records_that_are_missing_or_of_another_journal_are_refused() {
    let records = incident().records();
    let mut history = History::new();
    let error = history.feed(&records[1..]).unwrap_err();
    assert_eq!(error.code(), Code::Gap);
    history.feed(&records[..5]).unwrap();
    let mut other = Told::new();
    for id in ["x", "y", "z"] {
        other.tell(
            "ada",
            json!({"type": "register_repo", "id": id, "default_branch": "main"}),
        );
    }
    let error = history.feed(&other.records()).unwrap_err();
    assert_eq!(error.code(), Code::BrokenChain);
    assert_eq!(history.version(), 5, "nothing of it was read");
}

#[test]
fn a_change_that_nobody_ran_is_told_by_the_one_who_recorded_it() {
    let told = Told::new().with([("ada", change("c1", json!({"made_by": "human"})))]);
    let history = told.history();
    let by = names(history.graph(), "change:c1", Relation::MadeBy);
    let ada = Actor::new(ActorKind::Human, "ada").unwrap();
    assert_eq!(by, [format!("person:{}", ada.id)]);
}
