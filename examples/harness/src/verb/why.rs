//! `why`: what is known of a commit, or of the versions of a path.

use clap::Args;
use loom_core::model::{MadeBy, Timestamp, Words};
use loom_core::provenance::{ChangeView, Entry, Fact, Kind, Name, NodeId, Relation};
use serde::Serialize;

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::history::History;
use crate::show;

/// The shortest beginning of a commit's name that is looked up.
const COMMIT_CHARS_MIN: usize = 4;

/// Tells of a commit, or of the versions of a path.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// A commit, the beginning of its name, a change, any revision that git knows here, or a path
    #[arg(value_name = "COMMIT|PATH")]
    what: String,
    /// The most changes told of, the last to land first
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 5)]
    last: usize,
    /// The repository of the path [default: the only one, or the one you stand in]
    #[arg(long, value_name = "ID")]
    repo: Option<String>,
    /// The branch [default: likewise]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

/// What is known.
#[derive(Debug, Serialize)]
pub(crate) struct Known {
    /// The time that it is told at.
    pub(crate) now: Timestamp,
    /// The path that was asked about, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// The changes, the last to land first.
    pub(crate) changes: Vec<KnownChange>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// A change, and what it stands on.
#[derive(Debug, Serialize)]
pub(crate) struct KnownChange {
    /// What was told of it.
    #[serde(flatten)]
    pub(crate) entry: Entry,
    /// The change before it that touched each file, in the order of its files.
    pub(crate) before: Vec<Option<String>>,
    /// The run that made it, and the runs that this one worked for.
    pub(crate) runs: Vec<KnownRun>,
    /// The claim that it was made under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<Stands>,
    /// The decision that let it pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<Stands>,
    /// What stands on it or on its decision: checks, reviews, approvals, deploys, incidents.
    pub(crate) since: Vec<Stands>,
}

/// A run.
#[derive(Debug, Serialize)]
pub(crate) struct KnownRun {
    /// Its name.
    pub(crate) run: String,
    /// Its loop.
    #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
    pub(crate) loop_id: Option<String>,
    /// Who answers for the loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<Name>,
    /// Who started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_by: Option<Name>,
}

/// Something else that is known, with how the change stands to it, or it to the change.
#[derive(Debug, Serialize)]
pub(crate) struct Stands {
    /// How.
    pub(crate) relation: Relation,
    /// To what.
    pub(crate) node: Name,
    /// What was told of it; nothing where it was only named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) told: Option<Entry>,
}

impl Known {
    /// The texts in it, for their words to be filled in.
    fn texts(&mut self) -> Vec<&mut Words> {
        let mut texts = Vec::new();
        for change in &mut self.changes {
            texts.extend(words_of(&mut change.entry.fact));
            let stands = change.claim.iter_mut().chain(&mut change.decision);
            for stands in stands.chain(&mut change.since) {
                let told = stands.told.as_mut();
                texts.extend(told.and_then(|entry| words_of(&mut entry.fact)));
            }
        }
        texts
    }
}

fn words_of(fact: &mut Fact) -> Option<&mut Words> {
    match fact {
        Fact::Change(change) => change.intent.as_mut(),
        Fact::Claim(claim) => claim.intent.as_mut(),
        Fact::Approval(approval) => approval.note.as_mut(),
        Fact::Review(review) => review.note.as_mut(),
        Fact::Incident(incident) => incident.summary.as_mut(),
        Fact::Resolution(end) => end.note.as_mut(),
        Fact::Loop { goal, .. } => goal.as_mut(),
        _ => None,
    }
}

impl KnownChange {
    /// What was told of the change itself.
    pub(crate) fn change(&self) -> Option<&loom_core::provenance::ChangeFact> {
        match &self.entry.fact {
            Fact::Change(change) => Some(change),
            _ => None,
        }
    }

    pub(crate) fn made_by(&self) -> MadeBy {
        self.change()
            .map_or(MadeBy::Unknown, |change| change.made_by)
    }

    pub(crate) fn intent(&self) -> Option<&Words> {
        self.change()?.intent.as_ref()
    }
}

impl Why {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let history = History::open(common)?;
        let (path, changes) = self.find(&history)?;
        let more = changes.len().saturating_sub(self.last);
        let told = changes.iter().take(self.last);
        let mut known = Known {
            now: history.now,
            path,
            changes: told.filter_map(|change| known(&history, change)).collect(),
            more,
        };
        history.fill(known.texts())?;
        history.print(&known, show::why)?;
        Ok(Exit::Done)
    }

    /// The changes that are meant, the last to land first, and the path, where it is one.
    fn find<'h>(
        &self,
        history: &'h History,
    ) -> Result<(Option<String>, Vec<ChangeView<'h>>), Failure> {
        let changes = named(history, &self.what);
        if !changes.is_empty() {
            return Ok((None, changes));
        }
        let repo = history.repo(self.repo.as_deref());
        if let Ok(repo) = &repo {
            let path = self.what.trim_end_matches('/');
            let is_asked = |change: &ChangeView<'_>| {
                let branch = self.branch.as_deref();
                branch.is_none_or(|branch| change.branch().as_str() == branch)
            };
            let versions = history.graph.versions(repo, path).rev();
            let changes: Vec<_> = versions
                .map(|file| file.change())
                .filter(is_asked)
                .collect();
            if !changes.is_empty() {
                return Ok((Some(path.to_owned()), changes));
            }
        }
        let commit = history.checkout().map(|it| it.commit(&self.what));
        if let Some(Ok(commit)) = commit {
            let changes = named(history, &commit);
            if !changes.is_empty() {
                return Ok((None, changes));
            }
            let message = format!("commit {commit} was not imported: loom import git");
            return Err(Failure::absent("COMMIT", message));
        }
        repo?;
        let message = format!("no change, commit or path {:?} is known", self.what);
        Err(Failure::absent("COMMIT", message))
    }
}

/// The changes of a commit, of a beginning of its name, or of their own name.
pub(crate) fn named<'h>(history: &'h History, name: &str) -> Vec<ChangeView<'h>> {
    let graph = &history.graph;
    let own = graph.find(&Name::new(Kind::Change, name));
    let own = own.and_then(|node| graph.change(node));
    let mut found: Vec<ChangeView<'h>> = own.into_iter().collect();
    for change in graph.changes_of_commit(name) {
        if !found.contains(&change) {
            found.push(change);
        }
    }
    let may_begin =
        name.len() >= COMMIT_CHARS_MIN && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    if found.is_empty() && may_begin {
        let name = name.to_ascii_lowercase();
        let begins = |change: &ChangeView<'_>| {
            change
                .commit()
                .is_some_and(|commit| commit.starts_with(&name))
        };
        for (repo, branch) in graph.branches() {
            found.extend(graph.landed_on(repo, branch).filter(begins));
        }
    }
    found.sort_by_key(|change| std::cmp::Reverse(change.landed()));
    found
}

fn known(history: &History, change: &ChangeView<'_>) -> Option<KnownChange> {
    let graph = &history.graph;
    let decision = change.related(Relation::AllowedBy).next();
    let mut since: Vec<Stands> = Vec::new();
    for node in [Some(change.node()), decision].into_iter().flatten() {
        let mut children: Vec<_> = graph.children(node).collect();
        children.sort_by_key(|(_, child)| graph.landed(*child));
        let own = children
            .into_iter()
            .filter(|(_, child)| *child != change.node());
        since.extend(own.map(|(relation, child)| stands(history, relation, child)));
    }
    let stands_on = |relation| {
        let node = change.related(relation).next()?;
        Some(stands(history, relation, node))
    };
    let before = change.files().map(|file| {
        let path = file.old_path().unwrap_or_else(|| file.path());
        let versions = graph.versions(change.repo(), &path).rev();
        let mut earlier = versions
            .map(|file| file.change())
            .filter(|other| other.is_beside(change) && other.landed() < change.landed());
        earlier.next().map(|other| other.id())
    });
    Some(KnownChange {
        entry: graph.entry(change.node())?,
        before: before.collect(),
        runs: runs(history, change.run()),
        claim: stands_on(Relation::Under),
        decision: stands_on(Relation::AllowedBy),
        since,
    })
}

fn stands(history: &History, relation: Relation, node: NodeId) -> Stands {
    Stands {
        relation,
        node: history.graph.name(node),
        told: history.graph.entry(node),
    }
}

/// A run, and the runs that it worked for, in turn.
fn runs(history: &History, run: Option<NodeId>) -> Vec<KnownRun> {
    let graph = &history.graph;
    let parent = |node: NodeId, relation: Relation| {
        let mut parents = graph.parents(node);
        parents
            .find(|(each, _)| *each == relation)
            .map(|(_, to)| to)
    };
    let mut runs: Vec<KnownRun> = Vec::new();
    let mut next = run;
    while let Some(run) = next {
        let name = graph.name(run).id.to_string();
        // What was told may go round in a circle.
        if runs.iter().any(|known| known.run == name) {
            break;
        }
        let of = parent(run, Relation::RunOf);
        let owner = of.and_then(|of| parent(of, Relation::OwnedBy));
        runs.push(KnownRun {
            run: name,
            loop_id: of.map(|of| graph.name(of).id.to_string()),
            owner: owner.map(|owner| graph.name(owner)),
            started_by: parent(run, Relation::StartedBy).map(|by| graph.name(by)),
        });
        next = parent(run, Relation::ChildOf);
    }
    runs
}
