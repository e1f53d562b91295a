//! What the graph holds, as others read it: nodes, edges, changes and their files, landing order.

use super::changes::{ChangeNo, ChangeRow, FileRow, NONE, partition_from_end};
use super::paths::FileNo;
use super::strings::Sym;
use super::{Landed, NodeId, ProvenanceGraph, Told};
use crate::error::Error;
use crate::model::{
    ActorId, Branch, ChangeId, ChangedFile, Hunk, MadeBy, RepoId, RunId, Side, SignedLines,
    Timestamp, Words,
};
use crate::path::{PathRules, PathSet};
use crate::provenance::entry::{ChangeFact, Entry, Fact};
use crate::provenance::name::{Kind, Name, Relation};

/// A node, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// Its name.
    pub name: Name,
    /// When it landed; nothing where it was only named.
    pub landed: Option<(Timestamp, u64)>,
}

impl ProvenanceGraph {
    /// All nodes, in the order in which they were first named.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len()).map(|number| NodeId(u32::try_from(number).unwrap_or(NONE)))
    }

    /// The name of a node.
    pub fn name(&self, node: NodeId) -> Name {
        let row = &self.nodes[node.0];
        self.strings.with(row.id, |id| Name::new(row.kind, id))
    }

    /// What a node is.
    pub fn kind(&self, node: NodeId) -> Kind {
        self.nodes[node.0].kind
    }

    /// A node, as it is read.
    pub fn view(&self, node: NodeId) -> NodeView {
        NodeView {
            name: self.name(node),
            landed: self.landed(node),
        }
    }

    /// When a node landed; nothing where it was only named, and nobody told of it.
    pub fn landed(&self, node: NodeId) -> Option<Landed> {
        let row = &self.nodes[node.0];
        (row.data != NONE).then_some((row.at, row.seq))
    }

    /// What a node stands on, in the order in which its entry names it.
    pub fn parents(&self, node: NodeId) -> impl Iterator<Item = (Relation, NodeId)> {
        let row = &self.nodes[node.0];
        (row.edges..row.edges + u32::from(row.edge_count)).map(|edge| {
            let edge = &self.edges[edge];
            (edge.relation, NodeId(edge.to))
        })
    }

    /// What stands on a node, the last told first.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = (Relation, NodeId)> {
        let last = self.nodes[node.0].last_in;
        let first = (last != NONE).then_some(last);
        std::iter::successors(first, |edge| {
            let next = self.edges[*edge].next_in;
            (next != NONE).then_some(next)
        })
        .map(|edge| (self.edges[edge].relation, NodeId(self.edges[edge].from)))
    }

    /// The nodes of a kind that were told of, in landing order. For changes see
    /// [`ProvenanceGraph::branches`].
    pub fn of_kind(
        &self,
        kind: Kind,
    ) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator {
        self.by_kind[kind as usize].iter().map(|node| NodeId(*node))
    }

    /// What was told of a node that is no change; its newest card, where it was told anew. Nothing for
    /// a change ([`ProvenanceGraph::change`]) and for what was only named.
    pub fn fact(&self, node: NodeId) -> Option<&Fact> {
        let row = &self.nodes[node.0];
        if row.data == NONE || row.kind == Kind::Change {
            return None;
        }
        match &self.told[row.data] {
            Told::Once(entry) => Some(&entry.fact),
            Told::Often(cards) => cards.last().map(|entry| &entry.fact),
        }
    }

    /// What was told of a node, as one entry; the newest, where it was told anew.
    pub fn entry(&self, node: NodeId) -> Option<Entry> {
        let row = &self.nodes[node.0];
        if row.data == NONE {
            return None;
        }
        if row.kind != Kind::Change {
            return match &self.told[row.data] {
                Told::Once(entry) => Some((**entry).clone()),
                Told::Often(cards) => cards.last().cloned(),
            };
        }
        let change = ChangeView {
            graph: self,
            number: row.data,
        };
        Some(Entry {
            at: row.at,
            seq: row.seq,
            fact: Fact::Change(Box::new(change.fact()?)),
        })
    }

    /// Everything that was told, by name and then by time: equal for two graphs that were told the same,
    /// in whatever order.
    pub fn entries(&self) -> Vec<Entry> {
        let mut nodes: Vec<(Name, NodeId)> =
            self.nodes().map(|node| (self.name(node), node)).collect();
        nodes.sort_unstable();
        let mut entries = Vec::with_capacity(nodes.len());
        for (_, node) in nodes {
            match self.cards(node) {
                [] => entries.extend(self.entry(node)),
                cards => entries.extend(cards.iter().cloned()),
            }
        }
        entries
    }

    /// A change; nothing for a node that is none, or was only named.
    pub fn change(&self, node: NodeId) -> Option<ChangeView<'_>> {
        let row = &self.nodes[node.0];
        (row.kind == Kind::Change && row.data != NONE).then_some(ChangeView {
            graph: self,
            number: row.data,
        })
    }

    /// Every change of a commit, where it is known by its whole name.
    pub fn changes_of_commit(&self, commit: &str) -> impl Iterator<Item = ChangeView<'_>> {
        let numbers = self.changes.of_commit(commit, &self.strings);
        numbers.into_iter().map(|number| self.numbered(number))
    }

    /// Every change of a patch, whatever it was applied to.
    pub fn changes_of_patch(&self, patch_id: &str) -> impl Iterator<Item = ChangeView<'_>> {
        let numbers = self.changes.of_patch(patch_id, &self.strings);
        numbers.into_iter().map(|number| self.numbered(number))
    }

    /// The branches that changes landed on.
    pub fn branches(&self) -> impl Iterator<Item = (&RepoId, &Branch)> {
        self.changes
            .place_of
            .keys()
            .map(|(repo, branch)| (repo, branch))
    }

    /// The changes of a branch, in landing order.
    pub fn landed_on(
        &self,
        repo: &RepoId,
        branch: &Branch,
    ) -> impl DoubleEndedIterator<Item = ChangeView<'_>> + ExactSizeIterator {
        let place = self.changes.place_of.get(&(repo.clone(), branch.clone()));
        let landed = place.map_or(&[][..], |place| {
            &self.changes.places[*place as usize].landed
        });
        landed.iter().map(|node| self.landed_change(*node))
    }

    /// The changes of a branch that landed from one time until before another, in landing order. Costs
    /// two searches and the answer.
    pub fn landed_within(
        &self,
        repo: &RepoId,
        branch: &Branch,
        from: Timestamp,
        until: Timestamp,
    ) -> impl DoubleEndedIterator<Item = ChangeView<'_>> + ExactSizeIterator {
        let place = self.changes.place_of.get(&(repo.clone(), branch.clone()));
        let landed = place.map_or(&[][..], |place| {
            &self.changes.places[*place as usize].landed
        });
        let before =
            |time: Timestamp| partition_from_end(landed, |node| self.nodes[node].at < time);
        let (from, until) = (before(from), before(until));
        landed[from.min(until)..until]
            .iter()
            .map(|node| self.landed_change(*node))
    }

    /// The versions of one path, on all branches, in landing order: what touched it, and what moved it
    /// away. Another spelling of the same path has the same versions.
    pub fn versions(
        &self,
        repo: &RepoId,
        path: &str,
    ) -> impl DoubleEndedIterator<Item = FileView<'_>> + ExactSizeIterator {
        let versions = self.find_path(repo, path);
        let versions = versions.map_or(&[][..], |path| self.paths.versions(path));
        versions.iter().map(|number| self.file(*number))
    }

    /// The versions of every path of a set, each path in landing order.
    ///
    /// # Errors
    /// Those of a look-up in the index of paths.
    pub fn versions_of_set(
        &self,
        repo: &RepoId,
        set: &PathSet,
    ) -> Result<Vec<Vec<FileView<'_>>>, Error> {
        let Some(repo) = self.changes.repos.get(repo) else {
            return Ok(Vec::new());
        };
        let paths = self
            .paths
            .of_set(*repo, set, |sym| self.strings.text(sym))?;
        let versions = paths.iter().map(|path| {
            let versions = self.paths.versions(*path).iter();
            versions.map(|number| self.file(*number)).collect()
        });
        Ok(versions.collect())
    }

    /// The versions of every path of a set that landed from one time until before another, each path in
    /// landing order. Costs what the paths of the set cost and the answer, whatever their age.
    ///
    /// # Errors
    /// Those of a look-up in the index of paths.
    pub fn versions_within(
        &self,
        repo: &RepoId,
        set: &PathSet,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FileView<'_>>, Error> {
        let Some(repo) = self.changes.repos.get(repo) else {
            return Ok(Vec::new());
        };
        let paths = self
            .paths
            .of_set(*repo, set, |sym| self.strings.text(sym))?;
        let mut found = Vec::new();
        for path in paths {
            let versions = self.paths.versions(path);
            let before = |versions: &[FileNo], time: Timestamp| {
                partition_from_end(versions, |number| self.file(number).at() < time)
            };
            let until = before(versions, until);
            let from = before(&versions[..until], from);
            let within = &versions[from..until];
            found.extend(within.iter().map(|number| self.file(*number)));
        }
        Ok(found)
    }

    /// The files whose change replaced a blob at a path: whoever brings the blob back there undoes one
    /// of them. In no order. A file that was moved in the same change is not among them.
    pub fn replaced(
        &self,
        repo: &RepoId,
        path: &str,
        blob: &str,
    ) -> impl Iterator<Item = FileView<'_>> {
        let found = self.find_path(repo, path).zip(self.strings.find(blob));
        let files = found
            .into_iter()
            .flat_map(|(path, blob)| self.changes.replaced(path, blob));
        files.map(|number| self.file(number))
    }

    /// How the paths of a repository are compared; as git does where nobody said.
    pub fn rules(&self, repo: &RepoId) -> PathRules {
        let repo = self.changes.repos.get(repo);
        repo.map(|repo| self.paths.rules(*repo)).unwrap_or_default()
    }

    /// How many paths there are, over all repositories.
    pub fn path_count(&self) -> usize {
        self.paths.len()
    }

    fn find_path(&self, repo: &RepoId, path: &str) -> Option<u32> {
        let repo = self.changes.repos.get(repo)?;
        self.paths.find(*repo, self.strings.find(path)?)
    }

    fn numbered(&self, number: ChangeNo) -> ChangeView<'_> {
        ChangeView {
            graph: self,
            number,
        }
    }

    /// The change of a node that is one.
    fn landed_change(&self, node: u32) -> ChangeView<'_> {
        self.numbered(self.nodes[node].data)
    }

    fn file(&self, number: FileNo) -> FileView<'_> {
        FileView {
            graph: self,
            number,
        }
    }

    fn id_of(&self, sym: Sym) -> Option<ActorId> {
        match sym {
            NONE => None,
            sym => self.strings.with(sym, |id| ActorId::new(id).ok()),
        }
    }
}

/// A change, as it is read.
#[derive(Clone, Copy)]
pub struct ChangeView<'g> {
    graph: &'g ProvenanceGraph,
    number: ChangeNo,
}

impl std::fmt::Debug for ChangeView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.graph.name(self.node()))
    }
}

impl PartialEq for ChangeView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && std::ptr::eq(self.graph, other.graph)
    }
}

impl Eq for ChangeView<'_> {}

impl<'g> ChangeView<'g> {
    fn row(&self) -> &'g ChangeRow {
        &self.graph.changes.rows[self.number]
    }

    /// Its node.
    pub fn node(&self) -> NodeId {
        self.row().node
    }

    /// Its name.
    pub fn id(&self) -> String {
        self.graph.strings.text(self.graph.nodes[self.node().0].id)
    }

    /// When it landed.
    pub fn at(&self) -> Timestamp {
        self.graph.nodes[self.node().0].at
    }

    /// When it landed, and its place among what landed then.
    pub fn landed(&self) -> Landed {
        let node = &self.graph.nodes[self.node().0];
        (node.at, node.seq)
    }

    /// The repository.
    pub fn repo(&self) -> &'g RepoId {
        &self.graph.changes.places[self.row().place as usize].repo
    }

    /// The branch that it landed on.
    pub fn branch(&self) -> &'g Branch {
        &self.graph.changes.places[self.row().place as usize].branch
    }

    /// Did both land on the same branch?
    pub fn is_beside(&self, other: &ChangeView<'_>) -> bool {
        self.row().place == other.row().place
    }

    /// The commit, as a name.
    pub(in crate::provenance) fn commit_id(&self) -> Option<ActorId> {
        self.graph.id_of(self.row().commit)
    }

    /// The commit.
    pub fn commit(&self) -> Option<String> {
        let commit = self.row().commit;
        (commit != NONE).then(|| self.graph.strings.text(commit))
    }

    /// What the whole patch is, whatever it is applied to.
    pub fn patch_id(&self) -> Option<String> {
        let patch = self.row().patch_id;
        (patch != NONE).then(|| self.graph.strings.text(patch))
    }

    /// Who made it.
    pub fn made_by(&self) -> MadeBy {
        self.row().made_by
    }

    /// Was it made so on purpose?
    pub fn is_deliberate(&self) -> bool {
        self.row().deliberate
    }

    /// On whose side.
    pub fn side(&self) -> Option<&'g Side> {
        match self.row().side {
            NONE => None,
            side => self.graph.changes.sides.get(side as usize),
        }
    }

    /// What for.
    pub fn intent(&self) -> Option<&'g Words> {
        match self.row().intent {
            NONE => None,
            intent => Some(&self.graph.changes.words[intent]),
        }
    }

    /// The commit that it was made on top of.
    pub fn base(&self) -> Option<&'g ActorId> {
        let rare = self.graph.changes.rare.get(&self.number)?;
        rare.base.as_ref()
    }

    /// The commits, beginnings of their names, or changes that it says it reverts.
    pub fn declared_reverts(&self) -> &'g [ActorId] {
        let rare = self.graph.changes.rare.get(&self.number);
        rare.map_or(&[], |rare| &rare.reverts)
    }

    /// Those that it stands on in one way.
    pub fn related(&self, relation: Relation) -> impl Iterator<Item = NodeId> + 'g {
        let parents = self.graph.parents(self.node());
        parents.filter_map(move |(each, node)| (each == relation).then_some(node))
    }

    /// The run that made it.
    pub fn run(&self) -> Option<NodeId> {
        let graph = self.graph;
        self.related(Relation::MadeBy)
            .find(move |node| graph.kind(*node) == Kind::Run)
    }

    /// Who is named to have made it, apart from the run.
    pub fn makers(&self) -> impl Iterator<Item = NodeId> + 'g {
        let graph = self.graph;
        self.related(Relation::MadeBy)
            .filter(move |node| graph.kind(*node) != Kind::Run)
    }

    /// How many files it changed.
    pub fn file_count(&self) -> usize {
        self.row().file_count as usize
    }

    /// Its files.
    pub fn files(&self) -> impl ExactSizeIterator<Item = FileView<'g>> + use<'g> {
        let row = self.row();
        let graph = self.graph;
        (row.files..row.files + row.file_count).map(move |number| FileView { graph, number })
    }

    /// What was told of it.
    pub fn fact(&self) -> Option<ChangeFact> {
        let graph = self.graph;
        let of = |relation: Relation, kind: Kind| {
            self.related(relation)
                .find(|node| graph.kind(*node) == kind)
                .map(|node| graph.name(node).id)
        };
        let run = of(Relation::MadeBy, Kind::Run);
        let claim = of(Relation::Under, Kind::Claim);
        let decision = of(Relation::AllowedBy, Kind::Decision);
        Some(ChangeFact {
            id: ChangeId::new(&self.id()).ok()?,
            repo: self.repo().clone(),
            branch: self.branch().clone(),
            commit: graph.id_of(self.row().commit),
            made_by: self.made_by(),
            by: self.makers().map(|node| graph.name(node)).collect(),
            run: run.and_then(|run| RunId::new(&run).ok()),
            side: self.side().cloned(),
            claim: claim.and_then(|claim| ActorId::new(&claim).ok()),
            decision: decision.and_then(|id| ActorId::new(&id).ok()),
            intent: self.intent().cloned(),
            deliberate: self.is_deliberate(),
            base: self.base().cloned(),
            patch_id: graph.id_of(self.row().patch_id),
            reverts: self.declared_reverts().to_vec(),
            files: self.files().map(|file| file.fact()).collect(),
        })
    }
}

/// A file of a change, as it is read: one version of a path.
#[derive(Clone, Copy)]
pub struct FileView<'g> {
    graph: &'g ProvenanceGraph,
    number: FileNo,
}

impl std::fmt::Debug for FileView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{:?}", self.path(), self.change())
    }
}

impl PartialEq for FileView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && std::ptr::eq(self.graph, other.graph)
    }
}

impl Eq for FileView<'_> {}

impl<'g> FileView<'g> {
    fn row(&self) -> &'g FileRow {
        &self.graph.changes.files[self.number]
    }

    /// The change that it is of.
    pub fn change(&self) -> ChangeView<'g> {
        self.graph.landed_change(self.row().node.0)
    }

    /// The node of its change.
    pub fn node(&self) -> NodeId {
        self.row().node
    }

    /// When it landed.
    pub fn at(&self) -> Timestamp {
        self.graph.nodes[self.row().node.0].at
    }

    /// When it landed, and its place among what landed then.
    pub fn landed(&self) -> Landed {
        let node = &self.graph.nodes[self.row().node.0];
        (node.at, node.seq)
    }

    /// A number for its path: equal for two files of one graph exactly where their paths are the same
    /// under the repository's rules.
    pub fn path_key(&self) -> u32 {
        self.graph.paths.first(self.row().path)
    }

    /// A number for the path before, where it was moved; see [`FileView::path_key`].
    pub fn old_path_key(&self) -> Option<u32> {
        let old = self.rare()?.old_path?;
        Some(self.graph.paths.first(old))
    }

    /// The path after the change, or before it where the file was deleted.
    pub fn path(&self) -> String {
        self.graph
            .strings
            .text(self.graph.paths.text(self.row().path))
    }

    /// The path before, where it was moved.
    pub fn old_path(&self) -> Option<String> {
        let old = self.rare()?.old_path?;
        Some(self.graph.strings.text(self.graph.paths.text(old)))
    }

    /// The blob before.
    pub fn before(&self) -> Option<String> {
        let before = self.row().before;
        (before != NONE).then(|| self.graph.strings.text(before))
    }

    /// The blob after.
    pub fn after(&self) -> Option<String> {
        let after = self.row().after;
        (after != NONE).then(|| self.graph.strings.text(after))
    }

    /// A number for the blob before: equal for two files of one graph exactly where the blobs are.
    pub fn before_key(&self) -> Option<u32> {
        let before = self.row().before;
        (before != NONE).then_some(before)
    }

    /// A number for the blob after.
    pub fn after_key(&self) -> Option<u32> {
        let after = self.row().after;
        (after != NONE).then_some(after)
    }

    /// Lines added.
    pub fn added(&self) -> u32 {
        self.row().added
    }

    /// Lines removed.
    pub fn removed(&self) -> u32 {
        self.row().removed
    }

    /// Which lines, where that is known.
    pub fn hunks(&self) -> &'g [Hunk] {
        self.rare().map_or(&[], |rare| &rare.hunks)
    }

    /// What the patch of this file is.
    pub fn patch_id(&self) -> Option<&'g ActorId> {
        self.rare()?.patch_id.as_ref()
    }

    /// The lines that went and came.
    pub fn signed_lines(&self) -> Option<&'g SignedLines> {
        self.rare()?.signed_lines.as_ref()
    }

    /// What was told of it.
    pub fn fact(&self) -> ChangedFile {
        ChangedFile {
            path: self.path(),
            old_path: self.old_path(),
            before: self.graph.id_of(self.row().before),
            after: self.graph.id_of(self.row().after),
            added: self.added(),
            removed: self.removed(),
            hunks: self.hunks().to_vec(),
            patch_id: self.patch_id().cloned(),
            signed_lines: self.signed_lines().cloned(),
        }
    }

    fn rare(&self) -> Option<&'g super::changes::RareOfFile> {
        self.graph.changes.rare_files.get(&self.number)
    }
}

impl ProvenanceGraph {
    /// The changes of a change's branch that landed after one place, as far as that change, in landing
    /// order. Costs two searches and the answer.
    pub(in crate::provenance) fn landed_beside(
        &self,
        upto: &ChangeView<'_>,
        after: Option<Landed>,
    ) -> impl DoubleEndedIterator<Item = ChangeView<'_>> + ExactSizeIterator + use<'_> {
        let landed = &self.changes.places[upto.row().place as usize].landed;
        let upto = upto.landed();
        let by = |time: Landed| {
            partition_from_end(landed, |node| {
                (self.nodes[node].at, self.nodes[node].seq) <= time
            })
        };
        let (until, from) = (by(upto), after.map_or(0, by));
        landed[from.min(until)..until]
            .iter()
            .map(|node| self.landed_change(*node))
    }
}

impl<'g> FileView<'g> {
    /// The versions before it of the path that its change found it at, on all branches, in landing
    /// order.
    pub(in crate::provenance) fn versions_before(
        &self,
    ) -> impl DoubleEndedIterator<Item = FileView<'g>> + use<'g> {
        let graph = self.graph;
        let path = self.rare().and_then(|rare| rare.old_path);
        let versions = graph.paths.versions(path.unwrap_or(self.row().path));
        let landed = self.landed();
        // Where nothing was told late, versions stand by their numbers, which asks nothing of them.
        let place = partition_from_end(versions, |number| number < self.number);
        let mut before = match versions.get(place) {
            Some(number) if *number == self.number => place,
            _ => partition_from_end(versions, |number| graph.file(number).landed() < landed),
        };
        while before > 0 && graph.file(versions[before - 1]).landed() >= landed {
            before -= 1;
        }
        versions[..before]
            .iter()
            .map(move |number| graph.file(*number))
    }

    /// The versions of its path that landed after it, on all branches, in landing order.
    pub(in crate::provenance) fn versions_after(
        &self,
    ) -> impl DoubleEndedIterator<Item = FileView<'g>> + use<'g> {
        let graph = self.graph;
        let versions = graph.paths.versions(self.row().path);
        let landed = self.landed();
        let upto = partition_from_end(versions, |number| graph.file(number).landed() <= landed);
        versions[upto..]
            .iter()
            .map(move |number| graph.file(*number))
    }

    /// How many versions its path has.
    pub(in crate::provenance) fn versions_count(&self) -> u64 {
        self.graph.paths.versions(self.row().path).len() as u64
    }
}

impl ProvenanceGraph {
    /// The versions of every path of a set, each under the number of its path and in landing order.
    pub(in crate::provenance) fn versions_by_path(
        &self,
        repo: &RepoId,
        set: &PathSet,
    ) -> Result<Vec<(u32, Vec<FileView<'_>>)>, Error> {
        let Some(repo) = self.changes.repos.get(repo) else {
            return Ok(Vec::new());
        };
        let text_of = |sym| self.strings.text(sym);
        let paths = self.paths.of_set(*repo, set, text_of)?.into_iter();
        let versions = |path| {
            let versions = self.paths.versions(path).iter();
            (path, versions.map(|number| self.file(*number)).collect())
        };
        Ok(paths.map(versions).collect())
    }

    /// How many changes were told of.
    pub fn change_count(&self) -> usize {
        self.changes.rows.len()
    }
}
