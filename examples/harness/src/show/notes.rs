//! Notes as text for people.

use loom_core::coordinator::Reply;
use loom_core::model::Timestamp;
use loom_core::run::{NoteEvent, NoteKind};
use loom_core::view::{NoteView, ago, named};

use super::{Page, moment};

/// Each note with where it is about, who wrote it and until when it holds.
pub(crate) fn notes(notes: &[NoteView], more: u64, at: Timestamp) -> String {
    let mut page = Page::new(at);
    if notes.is_empty() {
        page.line("no note holds");
    }
    for it in notes {
        let (repo, by) = (named(it.repo.as_str()), named(&it.by.to_string()));
        page.row(
            "note",
            &format!("{}, {} in {repo}", it.id, it.kind.as_str()),
        );
        page.words("says", Some(&it.text));
        let patterns = it.paths.include.iter().map(|it| named(&it.to_string()));
        let patterns: Vec<String> = patterns.collect();
        if !patterns.is_empty() {
            page.row("on", &patterns.join(", "));
        }
        page.row("by", &format!("{by}, {}", ago(it.at, at)));
        match (&it.approved_by, it.until, it.kind) {
            (Some(by), ..) => page.row("approved", &format!("by {}", named(&by.to_string()))),
            (None, Some(until), NoteKind::Convention) => page.row(
                "waits",
                &format!(
                    "for a person (loom note approve) until {}",
                    moment(until, at)
                ),
            ),
            (None, Some(until), _) => page.row("until", &moment(until, at)),
            (None, None, _) => {}
        }
    }
    if more > 0 {
        page.line(&format!("and {more} more"));
    }
    page.text.trim_end().to_owned()
}

/// The reply to a command about a note.
pub(super) fn reply(page: &mut Page, reply: &Reply) {
    match reply {
        Reply::NoteWritten { note, until, waits } => {
            page.row("note", &note.to_string());
            let until = until.map(|until| moment(until, page.at));
            match (waits, until) {
                (true, Some(until)) => page.row("waits", &format!("for a person until {until}")),
                (false, Some(until)) => page.row("until", &until),
                (_, None) => page.row("holds", "without end"),
            }
        }
        Reply::NoteApproved { note } => page.row("note", &format!("{note} holds without end")),
        Reply::NoteDropped { note } => page.row("note", &format!("{note} is taken back")),
        _ => {}
    }
}

/// An event of a note in a few words.
pub(super) fn event(event: &NoteEvent) -> String {
    match event {
        NoteEvent::Written(it) => {
            let (by, repo) = (named(&it.by.to_string()), named(it.repo.as_str()));
            format!("{} noted on {repo} by {by}", it.kind.as_str())
        }
        NoteEvent::Approved { note, by } => {
            format!("convention {note} approved by {}", named(&by.to_string()))
        }
        NoteEvent::Dropped { note, by, .. } => {
            format!("note {note} taken back by {}", named(&by.to_string()))
        }
    }
}
