//! Notes on the places of a brief.

use super::entries::with_words;
use crate::model::Timestamp;
use crate::run::NoteKind;
use crate::view::{NoteView, ago, named, until};

/// The most notes that a brief collects.
pub const BRIEF_NOTES_MAX: usize = 16;

/// The entry of a brief.
pub(super) fn entry(note: &NoteView, at: Timestamp) -> String {
    let kind = match (note.kind, &note.approved_by) {
        (NoteKind::Convention, None) => "convention that no person has approved yet",
        (kind, _) => kind.as_str(),
    };
    let (by, run) = (named(&note.by.to_string()), note.by.run.as_ref());
    let run = run.map(|run| format!(", run {}", named(run.as_str())));
    let mut text = format!(
        "- {kind} on {}, {} by {by}{}",
        note.places(),
        ago(note.at, at),
        run.unwrap_or_default()
    );
    if let Some(end) = note.until {
        text.push_str(&format!("; ends {}", until(end, at)));
    }
    with_words(text, "note", Some(&note.text))
}
