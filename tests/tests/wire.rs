//! The JSON doors: what is asked is answered, what is malformed is refused by name.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::coordinator::{Body, COMMAND_BYTES_MAX, COMMAND_DEPTH_MAX};
use loom_core::error::{Code, Error};
use loom_core::model::{Actor, ActorKind, WorkspaceId};
use loom_core::wire::{ErrorBody, LISTED_MAX, Query, QueryReply, error_json};
use loom_store::Loom;
use loom_tests::world;

#[test]
fn a_list_is_as_long_as_its_limit_and_counts_the_rest() {
    let loom = Loom::in_memory();
    let ada = Actor::new(ActorKind::Human, "ada").unwrap();
    let workspace = WorkspaceId::new("shop").unwrap();
    let create = Body::CreateJournal { workspace };
    loom.execute(&ada, create).unwrap();
    let start = |run: usize| {
        let body = world::start(&format!("r{run}"), None, None);
        loom.execute(&ada, body).unwrap();
    };
    let listed = || match loom.query(&Query::Runs {}).unwrap().reply {
        QueryReply::Runs { runs, more } => (runs.len(), more),
        other => panic!("{other:?}"),
    };
    (0..LISTED_MAX).for_each(start);
    assert_eq!(listed(), (LISTED_MAX, 0));
    start(LISTED_MAX);
    assert_eq!(listed(), (LISTED_MAX, 1));
}

#[test]
fn a_query_is_held_to_the_limits_of_a_command() {
    let of_bytes = |bytes: usize| {
        let head = r#"{"type":"head"}"#;
        Query::from_json(&format!("{head}{}", " ".repeat(bytes - head.len())))
    };
    assert_eq!(of_bytes(COMMAND_BYTES_MAX).unwrap(), Query::Head {});
    let error = of_bytes(COMMAND_BYTES_MAX + 1).unwrap_err();
    assert_eq!(error.limit_name(), Some("COMMAND_BYTES_MAX"));
    assert_eq!(error.field(), Some("query"));

    let of_depth = |depth: usize| {
        let nested = format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        Query::from_json(&format!(r#"{{"type":{nested}}}"#)).unwrap_err()
    };
    assert_eq!(of_depth(COMMAND_DEPTH_MAX).code(), Code::InvalidJson);
    let error = of_depth(COMMAND_DEPTH_MAX + 1);
    assert_eq!(error.limit_name(), Some("COMMAND_DEPTH_MAX"));
}

#[test]
fn an_error_crosses_the_border_with_all_that_it_says() {
    let error = Error::limit("specs", "SPECS_MAX", 64, 65);
    let body: ErrorBody = serde_json::from_str(&error_json(&error)).unwrap();
    assert_eq!(body, ErrorBody::from(&error));
    assert_eq!(body.limit.as_deref(), Some("SPECS_MAX"));
    assert_eq!(body.message, "65 is over the limit SPECS_MAX = 64");
}
