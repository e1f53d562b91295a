//! A real history as the graph is told it: one line of `tests/data` is one change.
//!
//! ```
//! let history = loom_tests::real_history::gastown();
//! assert_eq!(history.len(), 5_231);
//! ```

use std::io::Read;

use loom_core::model::{ActorId, Branch, ChangeId, ChangedFile, MadeBy, RepoId, Timestamp};
use loom_core::provenance::{ChangeFact, Entry, Fact, Kind, Name, ProvenanceGraph};
use serde::Deserialize;

/// One commit of a history, as it is written down.
#[derive(Debug, Clone, Deserialize)]
pub struct Commit {
    /// Its name.
    pub commit: String,
    /// Those that it stands on.
    pub parents: Vec<String>,
    /// Its place on the branch.
    pub landed: u64,
    /// When it was committed, in seconds.
    pub commit_time: i64,
    /// Its author.
    pub author: String,
    /// The agents that signed it too.
    #[serde(default)]
    pub agents: Vec<String>,
    /// Its patch.
    pub patch_id: Option<String>,
    /// What its message says it reverts.
    #[serde(default)]
    pub explicit_reverts: Vec<String>,
    /// Its files.
    pub files: Vec<CommitFile>,
}

/// One file of a commit.
#[derive(Debug, Clone, Deserialize)]
pub struct CommitFile {
    /// `A`, `M`, `D`, `R` or `T`.
    pub status: String,
    /// Its path.
    pub path: String,
    /// Its path before.
    pub old_path: Option<String>,
    /// Its blob before.
    pub before: Option<String>,
    /// Its blob after.
    pub after: Option<String>,
    /// Lines added.
    #[serde(default)]
    pub added: u32,
    /// Lines removed.
    #[serde(default)]
    pub removed: u32,
}

/// The history in `tests/data/gastown-history.jsonl.gz`.
pub fn gastown() -> Vec<Commit> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/gastown-history.jsonl.gz");
    let file = std::fs::File::open(path).expect("the history is part of the tree");
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("the history is whole");
    let read = |line| serde_json::from_str(line).expect("each line is a commit");
    text.lines().map(read).collect()
}

/// The repository that histories are told of here.
pub fn repo() -> RepoId {
    RepoId::new("gastown").expect("a name")
}

/// The branch that histories are told of here.
pub fn branch() -> Branch {
    Branch::new("main").expect("a name")
}

/// Commits as entries: a change for each, under the commit's name, at its commit's time or that of one
/// before it, whichever is later.
pub fn entries(history: &[Commit]) -> Vec<Entry> {
    let mut latest = 0;
    let entry = |commit: &Commit| {
        latest = commit.commit_time.max(latest);
        Entry {
            at: Timestamp::from_ms(latest * 1_000).expect("a time"),
            seq: commit.landed,
            fact: Fact::Change(Box::new(change(commit))),
        }
    };
    history.iter().map(entry).collect()
}

/// A graph that was told a history.
pub fn graph(history: &[Commit]) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for entry in entries(history) {
        graph.enter(&entry).expect("the history agrees with itself");
    }
    graph
}

fn change(commit: &Commit) -> ChangeFact {
    let id = |text: &String| ActorId::new(text).expect("a name");
    let agents = commit.agents.iter();
    let agents = agents.map(|agent| Name::new(Kind::Agent, agent));
    let author = Name::new(Kind::Author, &commit.author);
    ChangeFact {
        id: ChangeId::new(&commit.commit).expect("a name"),
        repo: repo(),
        branch: branch(),
        commit: Some(id(&commit.commit)),
        made_by: match commit.agents.is_empty() {
            true => MadeBy::Unknown,
            false => MadeBy::Mixed,
        },
        by: std::iter::once(author).chain(agents).collect(),
        run: None,
        side: None,
        claim: None,
        decision: None,
        intent: None,
        deliberate: false,
        base: commit.parents.first().map(id),
        patch_id: commit.patch_id.as_ref().map(id),
        reverts: commit.explicit_reverts.iter().map(id).collect(),
        files: commit.files.iter().map(file).collect(),
    }
}

fn file(file: &CommitFile) -> ChangedFile {
    let id = |text: &String| ActorId::new(text).expect("a blob");
    ChangedFile {
        path: file.path.clone(),
        old_path: file.old_path.clone(),
        before: file.before.as_ref().map(id),
        after: file.after.as_ref().map(id),
        added: file.added,
        removed: file.removed,
        ..ChangedFile::default()
    }
}
