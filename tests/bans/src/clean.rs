//! What the core is made of. Nothing here may draw a diagnostic.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Counts the distinct words that end before `now_ms`, in the order of the words.
///
/// # Errors
/// The first word that is empty, by its place.
pub fn count(
    words: &[(Arc<str>, u64)],
    now_ms: u64,
) -> Result<BTreeMap<&str, usize>, usize> {
    let mut seen = BTreeSet::new();
    let mut counts = BTreeMap::new();
    for (place, (word, end_ms)) in words.iter().enumerate() {
        if word.is_empty() {
            return Err(place);
        }
        if *end_ms < now_ms && seen.insert((word, end_ms)) {
            *counts.entry(word.as_ref()).or_default() += 1;
        }
    }
    Ok(counts)
}

/// An id and a time that the caller gave, read and not made.
pub fn given(id: &str, at_ms: i64) -> (Option<uuid::Uuid>, Option<chrono::DateTime<chrono::Utc>>) {
    (uuid::Uuid::parse_str(id).ok(), chrono::DateTime::from_timestamp_millis(at_ms))
}
