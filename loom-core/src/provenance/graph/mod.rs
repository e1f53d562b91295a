//! The graph itself: nodes under dense numbers, edges in rows, changes in columns of their own.
//!
//! A node may be named before it is told of; until then it is unknown, and stays so in every answer.
//! Numbers are given in the order of telling, which is landing order where a journal tells. Whatever is
//! sorted by landing order (the changes of a branch, the versions of a path) stays so when something is
//! told late.

mod changes;
mod paths;
mod rows;
mod strings;
pub(super) mod view;

use std::fmt;

use hashbrown::HashTable;

use self::changes::{
    ChangeNo, ChangeRow, Changes, FileRow, NONE, RareOfChange, RareOfFile, insert_landed,
};
use self::paths::{PathNo, Paths};
use self::rows::Rows;
use self::strings::{Packed, ROOM, Strings, Sym};
use super::entry::{ChangeFact, Entry, Fact};
use super::name::{Kind, Name, Relation};
use crate::error::{Code, Error};
use crate::model::{ChangedFile, HUNKS_MAX, SIGNED_LINES_MAX, Timestamp};
use crate::path::RepoPath;

/// A node of one graph. Numbers of two graphs have nothing to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// A path of a change's file, as it was read.
enum Spelling {
    /// One that the graph holds, which is in normal form already.
    Known(PathNo),
    New(RepoPath),
}

/// The path of a file, and the one before where it was moved.
type Spellings = (Spelling, Option<Spelling>);

/// When something landed, and its place among what landed then.
pub(super) type Landed = (Timestamp, u64);

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It was news.
    New(NodeId),
    /// It was told before.
    Known(NodeId),
}

#[derive(Debug, Clone, Copy)]
struct Node {
    at: Timestamp,
    seq: u64,
    id: Sym,
    /// The number of the change, else of the facts; [`NONE`] while nobody told of it.
    data: u32,
    /// The first of its edges; they stand in a row.
    edges: u32,
    /// The last edge that came to it.
    last_in: u32,
    edge_count: u16,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    from: u32,
    to: u32,
    /// The edge to the same node that came before.
    next_in: u32,
    relation: Relation,
}

/// What was told of a node that is no change: once, or as often as its card changed.
#[derive(Debug, Clone)]
enum Told {
    Once(Box<Entry>),
    Often(Vec<Entry>),
}

/// Who changed what, why, on whose word, and what broke.
#[derive(Clone)]
pub struct ProvenanceGraph {
    strings: Strings,
    nodes: Rows<Node>,
    by_name: HashTable<u32>,
    edges: Rows<Edge>,
    told: Rows<Told>,
    changes: Changes,
    paths: Paths,
    /// For each kind but changes, its nodes that were told of, in landing order.
    by_kind: Vec<Vec<u32>>,
}

impl Default for ProvenanceGraph {
    fn default() -> Self {
        ProvenanceGraph::new()
    }
}

impl fmt::Debug for ProvenanceGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvenanceGraph")
            .field("nodes", &self.node_count())
            .field("edges", &self.edge_count())
            .finish_non_exhaustive()
    }
}

impl ProvenanceGraph {
    /// A graph that knows nothing.
    pub fn new() -> ProvenanceGraph {
        ProvenanceGraph {
            strings: Strings::default(),
            nodes: Rows::default(),
            by_name: HashTable::new(),
            edges: Rows::default(),
            told: Rows::default(),
            changes: Changes::default(),
            paths: Paths::default(),
            by_kind: vec![Vec::new(); Kind::ALL.len()],
        }
    }

    /// How many nodes there are, those included that were only named.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Takes an entry in. Where it is refused, nothing has changed that an answer could show.
    ///
    /// # Errors
    /// `already_exists` where another entry of the same name says something else: the message names
    /// what; `invalid_path` for a path that the repository cannot hold; `limit_exceeded` with the limit.
    pub fn enter(&mut self, entry: &Entry) -> Result<Entered, Error> {
        entry.check()?;
        let name = entry.name();
        let files = match &entry.fact {
            Fact::Change(change) => self.read_files(change)?,
            _ => Vec::new(),
        };
        let node = self.node_of(name.kind, &name.id)?;
        if name.kind.is_restated() {
            return self.restate(node, entry);
        }
        if self.nodes[node.0].data != NONE {
            self.must_be_the_same(node, entry, &files)?;
            return Ok(Entered::Known(node));
        }
        let data = match &entry.fact {
            Fact::Change(change) => self.enter_change(node, change, files)?,
            _ => self.told.push(Told::Once(Box::new(entry.clone()))),
        };
        let row = &mut self.nodes[node.0];
        (row.at, row.seq, row.data) = (entry.at, entry.seq, data);
        self.link(node, entry)?;
        self.sort_in(node, data);
        Ok(Entered::New(node))
    }

    /// The node of a name, told of or not.
    pub fn find(&self, name: &Name) -> Option<NodeId> {
        let mut room = ROOM;
        let id = Packed::of(&name.id, &mut room);
        let same = |number: &u32| {
            let node = &self.nodes[*number];
            node.kind == name.kind && self.strings.get(node.id) == id
        };
        let found = self.by_name.find(id.hash(name.kind as u8), same);
        found.map(|number| NodeId(*number))
    }

    fn node_of(&mut self, kind: Kind, id: &str) -> Result<NodeId, Error> {
        let mut room = ROOM;
        let id = Packed::of(id, &mut room);
        let hash = id.hash(kind as u8);
        let (nodes, strings) = (&self.nodes, &self.strings);
        let same = |number: &u32| {
            let node = &nodes[*number];
            node.kind == kind && strings.get(node.id) == id
        };
        if let Some(found) = self.by_name.find(hash, same) {
            return Ok(NodeId(*found));
        }
        let number = self.nodes.push(Node {
            at: Timestamp::EPOCH,
            seq: 0,
            id: self.strings.keep(id)?,
            data: NONE,
            edges: 0,
            last_in: NONE,
            edge_count: 0,
            kind,
        });
        let (nodes, strings) = (&self.nodes, &self.strings);
        let hash_of = |number: &u32| {
            let node = &nodes[*number];
            strings.get(node.id).hash(node.kind as u8)
        };
        self.by_name.insert_unique(hash, number, hash_of);
        Ok(NodeId(number))
    }

    /// What may change is kept as often as it was told, oldest first.
    fn restate(&mut self, node: NodeId, entry: &Entry) -> Result<Entered, Error> {
        if let Fact::Repo { id, rules } = &entry.fact {
            let newest = self.cards(node).last();
            if newest.is_none_or(|card| (card.at, card.seq) <= (entry.at, entry.seq)) {
                let repo = self.changes.repo_no(id);
                let (strings, nodes, changes) = (&self.strings, &self.nodes, &self.changes);
                let landed = |file| {
                    let node = &nodes[changes.files[file].node.0];
                    (node.at, node.seq)
                };
                self.paths
                    .set_rules(repo, *rules, |sym| strings.text(sym), landed)?;
            }
        }
        let cards = self.cards(node);
        if cards.contains(entry) {
            return Ok(Entered::Known(node));
        }
        if let Some(other) = cards
            .iter()
            .find(|card| (card.at, card.seq) == (entry.at, entry.seq))
        {
            return Err(contradiction(other, entry));
        }
        let mut cards = cards.to_vec();
        cards.push(entry.clone());
        cards.sort_by_key(|card| (card.at, card.seq));
        let first = cards.len() == 1;
        let (at, seq) = cards
            .first()
            .map_or((entry.at, entry.seq), |card| (card.at, card.seq));
        match self.nodes[node.0].data {
            NONE => self.nodes[node.0].data = self.told.push(Told::Often(cards)),
            data => self.told[data] = Told::Often(cards),
        }
        let row = &mut self.nodes[node.0];
        (row.at, row.seq) = (at, seq);
        self.link(node, entry)?;
        let kind = self.nodes[node.0].kind;
        if !first {
            self.by_kind[kind as usize].retain(|other| *other != node.0);
        }
        self.sort_in(node, 0);
        Ok(Entered::New(node))
    }

    fn cards(&self, node: NodeId) -> &[Entry] {
        let row = &self.nodes[node.0];
        match row.data {
            NONE => &[],
            _ if !row.kind.is_restated() => &[],
            data => match &self.told[data] {
                Told::Often(cards) => cards,
                Told::Once(_) => &[],
            },
        }
    }

    /// Draws the edges of an entry. A node that is told anew keeps the edges that it had.
    fn link(&mut self, node: NodeId, entry: &Entry) -> Result<(), Error> {
        entry.each_related(|relation, kind, id| {
            let to = self.node_of(kind, id)?;
            match self.is_drawn(node, relation, to) {
                true => Ok(()),
                false => self.draw(node, relation, to),
            }
        })
    }

    /// Is there such an edge from a node whose edges are being drawn?
    fn is_drawn(&self, from: NodeId, relation: Relation, to: NodeId) -> bool {
        if self.nodes[from.0].kind.is_restated() {
            return self.parents(from).any(|had| had == (relation, to));
        }
        // Those that come from elsewhere came before.
        let mut edge = self.nodes[to.0].last_in;
        while edge != NONE && self.edges[edge].from == from.0 {
            if self.edges[edge].relation == relation {
                return true;
            }
            edge = self.edges[edge].next_in;
        }
        false
    }

    fn draw(&mut self, from: NodeId, relation: Relation, to: NodeId) -> Result<(), Error> {
        let end = u32::try_from(self.edges.len()).unwrap_or(NONE);
        let row = self.nodes[from.0];
        let count = row.edge_count.checked_add(1).ok_or_else(|| {
            let (max, got) = (super::RELATED_MAX as u64, u64::from(u16::MAX) + 1);
            Error::limit("fact", "RELATED_MAX", max, got)
        })?;
        if row.edge_count == 0 {
            self.nodes[from.0].edges = end;
        } else if row.edges + u32::from(row.edge_count) != end {
            // Edges of a node stand in a row, so what it had is drawn again at the end.
            self.nodes[from.0].edges = end;
            let had = row.edges..row.edges + u32::from(row.edge_count);
            for edge in had.clone() {
                self.unlink(self.edges[edge].to, from.0);
            }
            for edge in had {
                let Edge { to, relation, .. } = self.edges[edge];
                self.push_edge(from, relation, NodeId(to));
            }
        }
        self.push_edge(from, relation, to);
        self.nodes[from.0].edge_count = count;
        Ok(())
    }

    fn push_edge(&mut self, from: NodeId, relation: Relation, to: NodeId) {
        let next_in = self.nodes[to.0].last_in;
        self.nodes[to.0].last_in = self.edges.push(Edge {
            from: from.0,
            to: to.0,
            next_in,
            relation,
        });
    }

    /// Takes the edges that come from a node out of the list of those that come to another.
    fn unlink(&mut self, to: u32, from: u32) {
        let mut kept = Vec::new();
        let mut edge = self.nodes[to].last_in;
        while edge != NONE {
            if self.edges[edge].from != from {
                kept.push(edge);
            }
            edge = self.edges[edge].next_in;
        }
        self.nodes[to].last_in = kept.first().copied().unwrap_or(NONE);
        for (place, edge) in kept.iter().enumerate() {
            self.edges[*edge].next_in = kept.get(place + 1).copied().unwrap_or(NONE);
        }
    }

    /// Puts a node where it belongs in whatever is sorted by landing order.
    fn sort_in(&mut self, node: NodeId, data: u32) {
        let nodes = &self.nodes;
        let kind = nodes[node.0].kind;
        let of_node = |number: u32| (nodes[number].at, nodes[number].seq);
        let key = of_node(node.0);
        if kind != Kind::Change {
            insert_landed(&mut self.by_kind[kind as usize], node.0, key, of_node);
            return;
        }
        let changes = &mut self.changes;
        let files = &changes.files;
        let change = changes.rows[data];
        let landed = &mut changes.places[change.place as usize].landed;
        insert_landed(landed, node.0, key, of_node);
        let of_file = |file: u32| of_node(files[file].node.0);
        for file in change.files..change.files + change.file_count {
            let path = files[file].path;
            insert_landed(self.paths.versions_mut(path), file, key, of_file);
            if let Some(rare) = changes.rare_files.get(&file)
                && let Some(old) = rare.old_path
            {
                insert_landed(self.paths.versions_mut(old), file, key, of_file);
            }
        }
    }

    /// The paths of a change in normal form, new and old.
    fn read_files(&self, change: &ChangeFact) -> Result<Vec<Spellings>, Error> {
        let repo = self.changes.repos.get(&change.repo).copied();
        let rules = repo.map(|repo| self.paths.rules(repo)).unwrap_or_default();
        let mut paths = Vec::with_capacity(change.files.len());
        for (nth, file) in change.files.iter().enumerate() {
            let read = |text: &str, field: &str| {
                let known = repo.and_then(|repo| self.paths.find(repo, self.strings.find(text)?));
                if let Some(path) = known {
                    return Ok(Spelling::Known(path));
                }
                RepoPath::parse(text, &rules)
                    .map(Spelling::New)
                    .map_err(|why| why.about(format!("fact.files[{nth}].{field}")))
            };
            let old = file.old_path.as_deref();
            let old = old.map(|old| read(old, "old_path")).transpose()?;
            paths.push((read(&file.path, "path")?, old));
            let within = |field: &str, limit, max: usize, got: usize| match got > max {
                true => {
                    let field = format!("fact.files[{nth}].{field}");
                    Err(Error::limit(field, limit, max as u64, got as u64))
                }
                false => Ok(()),
            };
            within("hunks", "HUNKS_MAX", HUNKS_MAX, file.hunks.len())?;
            if let Some(lines) = &file.signed_lines {
                let got = lines.added.len() + lines.removed.len();
                within("signed_lines", "SIGNED_LINES_MAX", SIGNED_LINES_MAX, got)?;
            }
        }
        Ok(paths)
    }

    fn enter_change(
        &mut self,
        node: NodeId,
        change: &ChangeFact,
        paths: Vec<Spellings>,
    ) -> Result<ChangeNo, Error> {
        let place = self.changes.place(&change.repo, &change.branch);
        let repo = self.changes.places[place as usize].repo_no;
        let number = u32::try_from(self.changes.rows.len()).unwrap_or(NONE);
        let first = u32::try_from(self.changes.files.len()).unwrap_or(NONE);
        for (file, paths) in change.files.iter().zip(&paths) {
            self.enter_file(repo, node, file, paths)?;
        }
        let (changes, strings) = (&mut self.changes, &mut self.strings);
        let commit = changes.enter_commit(number, change.commit.as_ref(), strings)?;
        let patch_id = changes.enter_patch(number, change.patch_id.as_ref(), strings)?;
        let side = self.changes.side(change.side.as_ref());
        let intent = match &change.intent {
            Some(words) => self.changes.words.push(words.clone()),
            None => NONE,
        };
        let changes = &mut self.changes;
        let rare = RareOfChange {
            base: change.base.clone(),
            reverts: change.reverts.clone(),
        };
        if rare != RareOfChange::default() {
            changes.rare.insert(number, rare);
        }
        Ok(changes.rows.push(ChangeRow {
            node,
            place,
            commit,
            patch_id,
            side,
            intent,
            files: first,
            file_count: u32::try_from(change.files.len()).unwrap_or(NONE),
            made_by: change.made_by,
            deliberate: change.deliberate,
        }))
    }

    fn enter_file(
        &mut self,
        repo: u32,
        node: NodeId,
        file: &ChangedFile,
        (path, old): &Spellings,
    ) -> Result<(), Error> {
        let path = self.enter_path(repo, path)?;
        let old = old.as_ref();
        let old_path = old.map(|old| self.enter_path(repo, old)).transpose()?;
        let before = self.sym(file.before.as_ref())?;
        let after = self.sym(file.after.as_ref())?;
        let number = self.changes.files.push(FileRow {
            node,
            path,
            before,
            after,
            added: file.added,
            removed: file.removed,
        });
        let rare = RareOfFile {
            old_path,
            hunks: file.hunks.clone(),
            patch_id: file.patch_id.clone(),
            signed_lines: file.signed_lines.clone(),
        };
        if rare != RareOfFile::default() {
            self.changes.rare_files.insert(number, rare);
        }
        if before != NONE && before != after && old_path.is_none() {
            self.changes.enter_replaced(number, path, before);
        }
        Ok(())
    }

    fn enter_path(&mut self, repo: u32, path: &Spelling) -> Result<PathNo, Error> {
        match path {
            Spelling::Known(path) => Ok(*path),
            Spelling::New(path) => {
                let text = self.strings.enter(path.as_str())?;
                self.paths.enter(repo, text, path)
            }
        }
    }

    fn sym(&mut self, id: Option<&crate::model::ActorId>) -> Result<Sym, Error> {
        match id {
            Some(id) => self.strings.enter(id.as_str()),
            None => Ok(NONE),
        }
    }

    /// Is an entry what was told before?
    fn must_be_the_same(
        &self,
        node: NodeId,
        entry: &Entry,
        paths: &[Spellings],
    ) -> Result<(), Error> {
        let Some(told) = self.entry(node) else {
            return Ok(());
        };
        let mut entry = entry.clone();
        if let Fact::Change(change) = &mut entry.fact {
            for (file, (path, old)) in change.files.iter_mut().zip(paths) {
                // What is known was spelled so.
                if let Spelling::New(path) = path {
                    path.as_str().clone_into(&mut file.path);
                }
                if let Some(Spelling::New(old)) = old {
                    file.old_path = Some(old.as_str().to_owned());
                }
            }
            let mut makers = Vec::new();
            for name in std::mem::take(&mut change.by) {
                if !makers.contains(&name) {
                    makers.push(name);
                }
            }
            change.by = makers;
        }
        match told == entry {
            true => Ok(()),
            false => Err(contradiction(&told, &entry)),
        }
    }
}

/// Names the first field in which two entries of one name differ.
fn contradiction(told: &Entry, entry: &Entry) -> Error {
    let name = entry.name();
    let fields = |entry: &Entry| match serde_json::to_value(entry) {
        Ok(serde_json::Value::Object(mut entry)) => {
            if let Some(serde_json::Value::Object(fact)) = entry.remove("fact") {
                entry.extend(fact);
            }
            entry
        }
        _ => serde_json::Map::new(),
    };
    let (was, is) = (fields(told), fields(entry));
    let differs = was
        .keys()
        .chain(is.keys())
        .find(|key| was.get(*key) != is.get(*key));
    let field = match differs.map(String::as_str) {
        Some(field @ ("at" | "seq")) => field.to_owned(),
        Some(field) => format!("fact.{field}"),
        None => "fact".to_owned(),
    };
    let message = format!("{name} was told before, with another {field}");
    Error::at(Code::AlreadyExists, field, message)
}
