//! What a run that died left to the run that a brief is for.

use std::fmt::Write as _;

use super::entries::{place_of, some_of, with_words};
use crate::coordinator::Handover;
use crate::model::{Timestamp, Verdict};
use crate::view::{ago, named};

/// The entries of a brief: how the run ended, what it held, and what it changed.
pub(super) fn entries(left: &Handover, at: Timestamp) -> Vec<String> {
    let mut text = format!("- run {}", named(left.run.as_str()));
    let _ = match left.ended_at {
        Some(end) => write!(text, " was taken for dead {}", ago(end, at)),
        None => write!(text, " is alive"),
    };
    match left.iterations {
        0 => text.push_str(", and had begun no iteration"),
        1 => text.push_str(" in its first iteration"),
        nth => {
            let _ = write!(text, " in iteration {nth}");
        }
    }
    let failed: Vec<String> = left
        .gates
        .iter()
        .filter(|(_, passed)| !**passed)
        .map(|(gate, _)| {
            let gate_named = named(gate.as_str());
            match left.failing.get(gate) {
                Some(times) if *times > 1 => format!("{gate_named} ({times} times alike)"),
                _ => gate_named,
            }
        })
        .collect();
    if !failed.is_empty() {
        let _ = write!(text, "; failing: {}", some_of(&failed, ", "));
    }
    if !left.claimed.is_empty() {
        let claimed: Vec<String> = left.claimed.iter().map(place_of).collect();
        let _ = write!(text, "; it had claimed {}", some_of(&claimed, "; "));
    }
    if !left.findings.is_empty() {
        let keys = left.findings.iter().map(|key| named(key.as_str()));
        let keys: Vec<String> = keys.collect();
        let _ = write!(text, "; it saw to {}", some_of(&keys, ", "));
    }
    let mut entries = vec![with_words(text, "summary", left.summary.as_ref())];
    for change in &left.changes {
        let verdict = match change.verdict {
            Some(Verdict::Passed) => "verified",
            Some(Verdict::Failed) => "found faulty",
            None => "not verified",
        };
        let text = format!(
            "- it made change {}, {}, {verdict}",
            named(change.id.as_str()),
            ago(change.at, at)
        );
        entries.push(with_words(text, "intent", change.intent.as_ref()));
    }
    entries
}
