//! Notes as others see them, and the conventions among them as a skill.

use std::fmt::Write as _;

use serde::Serialize;

use super::{named, quoted};
use crate::claim::Words;
use crate::coordinator::Coordinator;
use crate::model::{Actor, RepoId, Timestamp, Token};
use crate::path::PathSetSource;
use crate::run::{NoteKind, NoteRow};

/// The most characters of one convention in a skill.
const CONVENTION_CHARS_MAX: usize = 4_000;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoteView {
    /// Its name.
    pub id: Token,
    /// What it says of the place.
    pub kind: NoteKind,
    /// Where.
    pub repo: RepoId,
    /// On which paths; all of the repository where there is no pattern.
    #[serde(skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// What it says.
    pub text: Words,
    /// Who wrote it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Until when it holds, or waits for a person; without end where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The person who approved it, for a convention that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Actor>,
}

impl NoteView {
    /// A note as others see it; its words are a reference yet.
    pub fn of(id: Token, row: &NoteRow) -> NoteView {
        NoteView {
            id,
            kind: row.kind,
            repo: row.repo.clone(),
            paths: row.paths.clone(),
            text: row.text.into(),
            by: row.by.clone(),
            at: row.at,
            until: row.until,
            approved_by: row.approved.as_ref().map(|(by, _)| by.clone()),
        }
    }

    /// The places that it is about, as text.
    pub(super) fn places(&self) -> String {
        let patterns = self.paths.include.iter().map(|it| named(&it.to_string()));
        let patterns: Vec<String> = patterns.collect();
        let repo = named(self.repo.as_str());
        match patterns.is_empty() {
            true => format!("all of {repo}"),
            false => format!("{} in {repo}", patterns.join(", ")),
        }
    }
}

/// The conventions that people approved, as a skill that an agent can be given: what loops found out, kept
/// where skills are read. (The form is that of Agent Skills: a `SKILL.md` with a name and a description.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Skill {
    /// The repository whose conventions it has; of all where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// In the order in which they were written.
    pub conventions: Vec<NoteView>,
}

impl Skill {
    /// Collects the approved conventions. Fill in their words before rendering. O(notes).
    pub fn collect(coordinator: &Coordinator, repo: Option<&RepoId>, at: Timestamp) -> Skill {
        let notes = coordinator.notes().iter(at);
        let conventions = notes
            .filter(|(_, row)| row.approved.is_some())
            .filter(|(_, row)| repo.is_none_or(|repo| row.repo == *repo));
        Skill {
            repo: repo.cloned(),
            conventions: conventions
                .map(|(id, row)| NoteView::of(id, &row))
                .collect(),
        }
    }

    /// The texts that it speaks of.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut Words> {
        self.conventions.iter_mut().map(|it| &mut it.text)
    }

    /// The skill as the text of its `SKILL.md`: the same conventions give the same text, and one more is one
    /// line more.
    pub fn render(&self) -> String {
        let of = match &self.repo {
            Some(repo) => format!(" of {}", named(repo.as_str())),
            None => String::new(),
        };
        let mut text = String::from("---\nname: team-conventions\ndescription: ");
        let about =
            format!("How things are done in the code{of}; read it before you change code there.");
        // A JSON text is a YAML text, whatever the name of the repository is.
        let about = serde_json::to_string(&about).unwrap_or_default();
        let _ = write!(text, "{about}\n---\n\n# Conventions{of}\n\n");
        if self.conventions.is_empty() {
            text.push_str("None was approved yet.\n");
        }
        for note in &self.conventions {
            let words = match &note.text.text {
                Some(words) => quoted(words, CONVENTION_CHARS_MAX),
                None => "erased".to_owned(),
            };
            let by = note.approved_by.as_ref().unwrap_or(&note.by);
            let by = named(&by.to_string());
            let _ = writeln!(text, "- On {}: {words} (approved by {by})", note.places());
        }
        text
    }
}
