//! Changes and their files, in rows without anything that most of them lack.

use std::collections::BTreeMap;

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use super::paths::{FileNo, PathNo};
use super::rows::Rows;
use super::strings::{Packed, ROOM, Strings, Sym};
use super::{Landed, NodeId};
use crate::error::Error;
use crate::model::{ActorId, Branch, Hunk, MadeBy, RepoId, Side, SignedLines, Words};

/// The number of a change within the graph.
pub(super) type ChangeNo = u32;
/// No text, no row.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
pub(super) struct ChangeRow {
    pub(super) node: NodeId,
    /// Repository and branch.
    pub(super) place: u32,
    pub(super) commit: Sym,
    pub(super) patch_id: Sym,
    pub(super) side: u32,
    pub(super) intent: u32,
    pub(super) files: FileNo,
    pub(super) file_count: u32,
    pub(super) made_by: MadeBy,
    pub(super) deliberate: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct FileRow {
    /// The change that it is of.
    pub(super) node: NodeId,
    pub(super) path: PathNo,
    pub(super) before: Sym,
    pub(super) after: Sym,
    pub(super) added: u32,
    pub(super) removed: u32,
}

/// What few changes have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RareOfChange {
    pub(super) base: Option<ActorId>,
    pub(super) reverts: Vec<ActorId>,
}

/// What few files have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RareOfFile {
    pub(super) old_path: Option<PathNo>,
    pub(super) hunks: Vec<Hunk>,
    pub(super) patch_id: Option<ActorId>,
    pub(super) signed_lines: Option<SignedLines>,
}

/// A repository and a branch, with the nodes of the changes that landed there in landing order.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) repo: RepoId,
    pub(super) repo_no: u32,
    pub(super) branch: Branch,
    pub(super) landed: Vec<u32>,
}

/// All changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    pub(super) rows: Rows<ChangeRow>,
    pub(super) files: Rows<FileRow>,
    pub(super) rare: BTreeMap<ChangeNo, RareOfChange>,
    pub(super) rare_files: BTreeMap<FileNo, RareOfFile>,
    pub(super) places: Vec<Place>,
    pub(super) place_of: BTreeMap<(RepoId, Branch), u32>,
    last_place: Option<u32>,
    pub(super) sides: Vec<Side>,
    pub(super) side_of: BTreeMap<Side, u32>,
    pub(super) words: Rows<Words>,
    pub(super) repos: BTreeMap<RepoId, u32>,
    /// By path and the blob that was replaced there, the latest that was told.
    replaced: HashTable<FileNo>,
    /// The one before it that replaced the same blob at the same path, where there is one.
    replaced_too: BTreeMap<FileNo, FileNo>,
    by_commit: Groups,
    by_patch: Groups,
}

/// Changes under a text that few of them share.
#[derive(Debug, Clone, Default)]
struct Groups {
    first: HashTable<ChangeNo>,
    more: BTreeMap<Sym, Vec<ChangeNo>>,
}

impl Groups {
    /// Puts a change under its text, and says the number of the text. `key_of` knows that of every
    /// change that was entered before.
    fn enter(
        &mut self,
        text: &str,
        change: ChangeNo,
        strings: &mut Strings,
        key_of: impl Fn(ChangeNo) -> Sym,
    ) -> Result<Sym, Error> {
        let mut room = ROOM;
        let text = Packed::of(text, &mut room);
        let same = |held: &ChangeNo| strings.get(key_of(*held)) == text;
        if let Some(first) = self.first.find(text.hash(0), same) {
            let key = key_of(*first);
            self.more.entry(key).or_default().push(change);
            return Ok(key);
        }
        let key = strings.keep(text)?;
        let key_of = |held: ChangeNo| if held == change { key } else { key_of(held) };
        let hash_of = |held: &ChangeNo| strings.get(key_of(*held)).hash(0);
        self.first.insert_unique(text.hash(0), change, hash_of);
        Ok(key)
    }

    fn get(
        &self,
        text: &str,
        strings: &Strings,
        key_of: impl Fn(ChangeNo) -> Sym,
    ) -> Vec<ChangeNo> {
        let mut room = ROOM;
        let text = Packed::of(text, &mut room);
        let same = |held: &ChangeNo| strings.get(key_of(*held)) == text;
        let first = self.first.find(text.hash(0), same).copied();
        let more = first.and_then(|first| self.more.get(&key_of(first)));
        let all = first.into_iter().chain(more.into_iter().flatten().copied());
        all.collect()
    }
}

impl Changes {
    pub(super) fn repo_no(&mut self, repo: &RepoId) -> u32 {
        if let Some(number) = self.repos.get(repo) {
            return *number;
        }
        let number = u32::try_from(self.repos.len()).unwrap_or(u32::MAX);
        self.repos.insert(repo.clone(), number);
        number
    }

    pub(super) fn place(&mut self, repo: &RepoId, branch: &Branch) -> u32 {
        // Most changes land where one just did.
        if self.last_place.is_some_and(|last| {
            let place = &self.places[last as usize];
            (&place.repo, &place.branch) == (repo, branch)
        }) {
            return self.last_place.unwrap_or_default();
        }
        let number = self.place_anew(repo, branch);
        self.last_place = Some(number);
        number
    }

    fn place_anew(&mut self, repo: &RepoId, branch: &Branch) -> u32 {
        let key = (repo.clone(), branch.clone());
        if let Some(number) = self.place_of.get(&key) {
            return *number;
        }
        let repo_no = self.repo_no(repo);
        let number = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(Place {
            repo: repo.clone(),
            repo_no,
            branch: branch.clone(),
            landed: Vec::new(),
        });
        self.place_of.insert(key, number);
        number
    }

    pub(super) fn side(&mut self, side: Option<&Side>) -> u32 {
        let Some(side) = side else { return NONE };
        if let Some(number) = self.side_of.get(side) {
            return *number;
        }
        let number = u32::try_from(self.sides.len()).unwrap_or(NONE);
        self.sides.push(side.clone());
        self.side_of.insert(side.clone(), number);
        number
    }

    /// Remembers a change under its commit.
    pub(super) fn enter_commit(
        &mut self,
        change: ChangeNo,
        commit: Option<&ActorId>,
        strings: &mut Strings,
    ) -> Result<Sym, Error> {
        let Some(commit) = commit else {
            return Ok(NONE);
        };
        let key_of = |change| self.rows[change].commit;
        self.by_commit
            .enter(commit.as_str(), change, strings, key_of)
    }

    /// Remembers a change under its patch.
    pub(super) fn enter_patch(
        &mut self,
        change: ChangeNo,
        patch_id: Option<&ActorId>,
        strings: &mut Strings,
    ) -> Result<Sym, Error> {
        let Some(patch_id) = patch_id else {
            return Ok(NONE);
        };
        let key_of = |change| self.rows[change].patch_id;
        self.by_patch
            .enter(patch_id.as_str(), change, strings, key_of)
    }

    /// The changes of a commit; more than one where it landed on several branches.
    pub(super) fn of_commit(&self, commit: &str, strings: &Strings) -> Vec<ChangeNo> {
        let key_of = |change| self.rows[change].commit;
        self.by_commit.get(commit, strings, key_of)
    }

    /// The changes of a patch.
    pub(super) fn of_patch(&self, patch_id: &str, strings: &Strings) -> Vec<ChangeNo> {
        let key_of = |change| self.rows[change].patch_id;
        self.by_patch.get(patch_id, strings, key_of)
    }

    /// Remembers that a file's change replaced what was there.
    pub(super) fn enter_replaced(&mut self, file: FileNo, path: PathNo, before: Sym) {
        let Changes {
            replaced,
            replaced_too,
            files,
            ..
        } = self;
        let hash = hash_of(path, before);
        // `path` is the spelling under which versions stand; a file row may have another spelling, so
        // two rows are the same where path and blob are, and else stand apart.
        let same = |no: &FileNo| files[*no].path == path && files[*no].before == before;
        if let Some(latest) = replaced.find_mut(hash, same) {
            let older = std::mem::replace(latest, file);
            replaced_too.insert(file, older);
            return;
        }
        let files = &*files;
        replaced.insert_unique(hash, file, |no| hash_of(files[*no].path, files[*no].before));
    }

    /// The files whose change replaced this blob at this path, in no order that matters.
    pub(super) fn replaced(&self, path: PathNo, before: Sym) -> impl Iterator<Item = FileNo> {
        let same = |no: &FileNo| self.files[*no].path == path && self.files[*no].before == before;
        let latest = self.replaced.find(hash_of(path, before), same).copied();
        std::iter::successors(latest, |no| self.replaced_too.get(no).copied())
    }
}

/// Puts a number into a list that is sorted by when things landed; nearly always at its end.
pub(super) fn insert_landed(
    list: &mut Vec<u32>,
    number: u32,
    key: Landed,
    landed: impl Fn(u32) -> Landed,
) {
    let in_order = list.last().is_none_or(|last| landed(*last) <= key);
    let at = match in_order {
        true => list.len(),
        false => list.partition_point(|other| landed(*other) <= key),
    };
    list.insert(at, number);
}

/// How many of a list hold, where those that do stand first: `partition_point`, searched from the end,
/// since most questions are about what is recent.
pub(super) fn partition_from_end<T: Copy>(list: &[T], holds: impl Fn(T) -> bool) -> usize {
    let mut step = 1;
    let mut end = list.len();
    while end > 0 {
        let at = end.saturating_sub(step);
        if holds(list[at]) {
            return at + list[at..end].partition_point(|each| holds(*each));
        }
        end = at;
        step *= 4;
    }
    0
}

fn hash_of(path: PathNo, blob: Sym) -> u64 {
    FixedState::default().hash_one((path, blob))
}
