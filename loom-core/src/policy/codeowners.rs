//! Owners out of a CODEOWNERS file.
//!
//! Both here and there the last line that matches says whose a path is, so a file becomes areas in
//! the same order. What the file says and a policy cannot say is reported line by line.
//!
//! ```
//! use loom_core::policy::ImportedOwners;
//!
//! let imported = ImportedOwners::read("*  @shop/web\n/pay/  @shop/payments @ada\n", None)?;
//! assert!(imported.unsupported.is_empty());
//! assert_eq!(
//!     imported.to_yaml(),
//!     r#"owners:
//!   teams:
//!     "ada": { members: ["ada"] }
//!     "payments": {}
//!     "web": {}
//!   areas:
//!     - { paths: ["**/*"], teams: ["web"] }
//!     - { paths: ["/pay/"], teams: ["ada","payments"] }
//! "#
//! );
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::document::{Area, Owners, Team};
use crate::document::DOCUMENT_BYTES_MAX;
use crate::error::Error;
use crate::model::{ActorId, RepoId, TeamId};
use crate::path::{PathRules, PathSetSource, Pattern, PatternSource};

/// Words that rules use for owners and that no team can be called.
const TAKEN: [&str; 3] = ["own", "other", "none"];

/// What a CODEOWNERS file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedOwners {
    /// Teams and areas, for a document. Teams of an organisation have no members yet: the file does
    /// not name them.
    pub owners: Owners,
    /// Lines that say what a policy cannot say. They are not in the areas.
    pub unsupported: Vec<UnsupportedLine>,
}

/// A line that was not taken over, or not as it is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnsupportedLine {
    /// Its number, from 1.
    pub line: u32,
    /// The line.
    pub text: String,
    /// Why not.
    pub why: String,
}

impl ImportedOwners {
    /// Reads a file, as the owners of a repository; of any where `repo` is absent.
    ///
    /// # Errors
    /// `limit_exceeded` over [`DOCUMENT_BYTES_MAX`].
    pub fn read(text: &str, repo: Option<&RepoId>) -> Result<ImportedOwners, Error> {
        if text.len() > DOCUMENT_BYTES_MAX {
            let (max, got) = (DOCUMENT_BYTES_MAX as u64, text.len() as u64);
            return Err(Error::limit("codeowners", "DOCUMENT_BYTES_MAX", max, got));
        }
        let mut lines = Vec::new();
        let mut unsupported = Vec::new();
        let mut section: Option<&str> = None;
        for (number, line) in (1_u32..).zip(text.lines()) {
            let read = match is_section(line) {
                true => {
                    section = Some(line);
                    Err("sections are read as one list: the last line that matches says whose a path is".to_owned())
                }
                false => read_line(line, section),
            };
            match read {
                Ok(Some(read)) => lines.push(read),
                Ok(None) => {}
                Err(why) => unsupported.push(UnsupportedLine {
                    line: number,
                    text: line.to_owned(),
                    why,
                }),
            }
        }
        let named: BTreeSet<&OwnerWord> = lines.iter().flat_map(|(_, owners)| owners).collect();
        let teams = names(&named)?;
        let area = |(pattern, owners): &(PatternSource, Vec<OwnerWord>)| Area {
            repo: repo.cloned(),
            paths: PathSetSource::of([pattern.clone()]),
            teams: owners
                .iter()
                .filter_map(|owner| teams.get(owner).cloned())
                .collect(),
        };
        let members = |owner: &OwnerWord| Team {
            members: owner.person().into_iter().cloned().collect(),
        };
        let of_names = teams
            .iter()
            .map(|(owner, team)| (team.clone(), members(owner)));
        Ok(ImportedOwners {
            owners: Owners {
                teams: of_names.collect(),
                areas: lines.iter().map(area).collect(),
            },
            unsupported,
        })
    }

    /// The `owners` of a document in YAML, with what is not supported as comments.
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        for line in &self.unsupported {
            let words: String = line.text.chars().filter(|it| !it.is_control()).collect();
            let _ = writeln!(
                text,
                "# line {} was left out: {}: {words}",
                line.line, line.why
            );
        }
        text.push_str("owners:\n");
        for (at, (team, Team { members })) in self.owners.teams.iter().enumerate() {
            if at == 0 {
                text.push_str("  teams:\n");
            }
            let _ = match members.is_empty() {
                true => writeln!(text, "    {}: {{}}", flow(team)),
                false => writeln!(text, "    {}: {{ members: {} }}", flow(team), flow(members)),
            };
        }
        if self.owners.areas.is_empty() {
            text.push_str("  areas: []\n");
            return text;
        }
        text.push_str("  areas:\n");
        for Area { repo, paths, teams } in &self.owners.areas {
            text.push_str("    - { ");
            if let Some(repo) = repo {
                let _ = write!(text, "repo: {}, ", flow(repo));
            }
            let _ = writeln!(text, "paths: {}, teams: {} }}", flow(paths), flow(teams));
        }
        text
    }
}

/// Somebody, as a line of the file names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum OwnerWord {
    /// `@org/team`.
    Team { org: String, name: String },
    /// `@user`, or an e-mail address.
    Person(ActorId),
}

impl OwnerWord {
    fn read(word: &str) -> Option<OwnerWord> {
        let (before, after) = word.split_once('@')?;
        if !before.is_empty() {
            let address = !after.is_empty() && !after.contains('@');
            return ActorId::new(word)
                .ok()
                .filter(|_| address)
                .map(OwnerWord::Person);
        }
        match after.rsplit_once('/') {
            None => ActorId::new(after).ok().map(OwnerWord::Person),
            Some((org, name)) if !org.is_empty() && !name.is_empty() => Some(OwnerWord::Team {
                org: org.to_owned(),
                name: name.to_owned(),
            }),
            Some(_) => None,
        }
    }

    fn person(&self) -> Option<&ActorId> {
        match self {
            OwnerWord::Person(person) => Some(person),
            OwnerWord::Team { .. } => None,
        }
    }

    fn short(&self) -> &str {
        match self {
            OwnerWord::Person(person) => person.as_str(),
            OwnerWord::Team { name, .. } => name,
        }
    }
}

/// `[Section]`, `^[Section]`, `[Section][2] @owner`: GitLab's. A pattern that begins with a class is
/// taken for one too, and so is reported.
fn is_section(line: &str) -> bool {
    let head = line.trim();
    let head = head.strip_prefix('^').unwrap_or(head);
    head.starts_with('[') && head.contains(']')
}

type ReadLine = (PatternSource, Vec<OwnerWord>);

fn read_line(line: &str, section: Option<&str>) -> Result<Option<ReadLine>, String> {
    let read = Pattern::from_codeowners_line(line, PathRules::default());
    let Some((pattern, words)) = read.map_err(|why| why.to_string())? else {
        return Ok(None);
    };
    let has_owners = |head: &str| head.contains('@');
    if words.is_empty() && section.is_some_and(has_owners) {
        return Err(
            "its owners stand in the head of its section; write them behind the path".to_owned(),
        );
    }
    let owners = words.iter().map(|word| {
        let unknown = || format!("nobody knows who is meant by {word}");
        OwnerWord::read(word).ok_or_else(unknown)
    });
    let owners = owners.collect::<Result<Vec<_>, _>>()?;
    Ok(Some((pattern.source().clone(), owners)))
}

/// A name of a team for everybody: the short one, where nobody else has it.
fn names<'a>(named: &BTreeSet<&'a OwnerWord>) -> Result<BTreeMap<&'a OwnerWord, TeamId>, Error> {
    let mut shared: BTreeMap<&str, u32> = BTreeMap::new();
    for owner in named {
        *shared.entry(owner.short()).or_default() += 1;
    }
    let name = |owner: &&'a OwnerWord| {
        let short = owner.short();
        let ambiguous = shared.get(short).is_some_and(|count| *count > 1);
        let name = match owner {
            OwnerWord::Team { org, name } if ambiguous || TAKEN.contains(&short) => {
                format!("{org}/{name}")
            }
            OwnerWord::Person(_) if TAKEN.contains(&short) => format!("@{short}"),
            _ => short.to_owned(),
        };
        Ok((*owner, TeamId::new(&name)?))
    };
    named.iter().map(name).collect()
}

/// A value in JSON, which is YAML too.
fn flow(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
