//! The graph of provenance against what is obviously right: any order of telling gives the same graph,
//! a contradiction is named, and a trace is what looking at every entry finds.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::error::Code;
use loom_core::model::Timestamp;
use loom_core::provenance::{Entered, Entry, Kind, ProvenanceGraph, SuspectsAsked, TraceAsked};
use loom_tests::reference::provenance::history::{Seed, history, paths};
use loom_tests::reference::provenance::trace::{Hop, trace};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Cases of each property; the environment can ask for more.
fn cases() -> u32 {
    std::env::var("LOOM_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(200)
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    proptest::collection::vec((any::<u8>(), any::<[u8; 4]>()), 1..50)
}

fn told<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for entry in entries {
        graph.enter(entry).unwrap();
    }
    graph
}

/// Every edge, by the names of its ends.
fn edges(graph: &ProvenanceGraph) -> Vec<String> {
    let of = |node| {
        let parents = graph.parents(node);
        parents.map(move |(how, to)| format!("{} {how} {}", graph.name(node), graph.name(to)))
    };
    let mut edges: Vec<String> = graph.nodes().flat_map(of).collect();
    edges.sort();
    edges
}

/// Every question that a history gives rise to.
fn questions(entries: &[Entry], choice: u8) -> Vec<TraceAsked> {
    let window = [0_u64, 600_000, 3_600_000, 100_000_000_000][usize::from(choice) % 4];
    let mut from: Vec<Value> = entries
        .iter()
        .filter(|entry| {
            matches!(
                entry.name().kind,
                Kind::Change | Kind::Deploy | Kind::Incident
            )
        })
        .map(|entry| json!({"type": entry.name().kind, "id": entry.name().id.as_str()}))
        .collect();
    for repo in ["shop", "tool"] {
        from.push(json!({"type": "paths", "repo": repo, "paths": paths(choice)}));
        from.push(
            json!({"type": "service", "service": "pay", "repo": repo, "paths": paths(choice)}),
        );
    }
    from.push(json!({"type": "service", "service": "pay"}));
    let middle = entries.get(entries.len() / 2).map(|entry| entry.at);
    let mut asked = Vec::new();
    for from in from {
        for at in [None, middle] {
            let question = json!({"from": from, "window_ms": window, "until": at, "limit": 4_096});
            asked.push(serde_json::from_value(question).unwrap());
        }
    }
    asked
}

fn end() -> Timestamp {
    Timestamp::from_ms(1_000_100_000_000).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_history_told_in_any_order_and_more_than_once_is_the_same_graph_with_the_same_answers(
        seeds in seeds(),
        order in any::<u64>(),
        choice in any::<u8>(),
    ) {
        let entries = history(&seeds);
        let straight = told(&entries);
        // Every entry once, some twice, in an order of their own.
        let mut shuffled: Vec<(u64, &Entry)> = entries
            .iter()
            .chain(entries.iter().step_by(3))
            .zip(1..)
            .map(|(entry, nth)| (order.wrapping_mul(nth).rotate_left(17) ^ order, entry))
            .collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let other = told(shuffled.iter().map(|(_, entry)| *entry));
        prop_assert_eq!(straight.entries(), other.entries());
        prop_assert_eq!(edges(&straight), edges(&other));
        for asked in questions(&entries, choice) {
            let answers = (straight.trace(&asked, end()), other.trace(&asked, end()));
            prop_assert_eq!(answers.0.unwrap(), answers.1.unwrap());
        }
        for entry in &entries {
            let name = entry.name();
            if name.kind != Kind::Incident {
                continue;
            }
            let of = serde_json::from_value(json!({"type": "incident", "id": name.id.as_str()})).unwrap();
            let asked = SuspectsAsked::of(of);
            let answers = (straight.suspects(&asked, end()), other.suspects(&asked, end()));
            prop_assert_eq!(answers.0.unwrap(), answers.1.unwrap());
        }
    }

    #[test]
    fn what_was_told_comes_back_and_telling_it_again_changes_nothing(seeds in seeds()) {
        let entries = history(&seeds);
        let mut graph = told(&entries);
        let mut expected = entries.clone();
        expected.sort_by_key(|entry| (entry.name(), entry.at, entry.seq));
        prop_assert_eq!(graph.entries(), expected);
        let (nodes, edges) = (graph.node_count(), graph.edge_count());
        for entry in &entries {
            prop_assert!(matches!(graph.enter(entry), Ok(Entered::Known(_))), "{:?}", entry.name());
        }
        prop_assert_eq!((graph.node_count(), graph.edge_count()), (nodes, edges));
    }

    #[test]
    fn a_contradiction_is_refused_and_names_what_it_contradicts(
        seeds in seeds(),
        which in any::<prop::sample::Index>(),
    ) {
        let entries = history(&seeds);
        let mut graph = told(&entries);
        let dated: Vec<&Entry> = entries
            .iter()
            .filter(|entry| entry.name().kind != Kind::Loop)
            .collect();
        if dated.is_empty() {
            return Ok(());
        }
        let mut other = (*which.get(&dated)).clone();
        other.seq += 1_000;
        let before = graph.entries();
        let error = graph.enter(&other).unwrap_err();
        prop_assert_eq!(error.code(), Code::AlreadyExists);
        prop_assert_eq!(error.field(), Some("seq"));
        prop_assert!(error.message().contains(&other.name().to_string()), "{}", error);
        prop_assert_eq!(graph.entries(), before);
    }

    #[test]
    fn a_trace_is_what_looking_at_every_entry_finds(seeds in seeds(), choice in any::<u8>()) {
        let entries = history(&seeds);
        let graph = told(&entries);
        for asked in questions(&entries, choice) {
            let answer = graph.trace(&asked, end()).unwrap();
            let hops: Vec<Hop> = answer
                .hops
                .iter()
                .map(|hop| (hop.node.clone(), hop.from, hop.reason))
                .collect();
            let expected = trace(&entries, &asked, end()).unwrap();
            prop_assert_eq!(hops, expected, "{:?}", asked);
        }
    }
}
