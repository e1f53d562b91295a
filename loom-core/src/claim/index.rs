//! Which claims could an area meet? Answered without visiting all of them: one [`PathIndex`] and one
//! map of resources for each repository and branch.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::area::Area;
use super::slots::Slots;
use crate::error::Error;
use crate::model::{Branch, RepoId, Resource, Token};
use crate::path::{FrozenBytes, PathIndex, RepoPath};
use crate::table::{PagedBytes, SnapshotReader, SnapshotWriter};

/// Areas under the tokens of their claims or waits.
///
/// A path index takes small numbers as keys, so each token has a slot. Slots are given again, and no
/// answer depends on which one a token has.
#[derive(Clone, Default)]
pub(crate) struct Index {
    places: BTreeMap<(RepoId, Branch), Entries>,
    slots: Slots,
    fault: Option<Error>,
}

/// What is read at once of a frozen index; the path indexes are blobs of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct IndexFront {
    free: Vec<u32>,
    places: Vec<PlaceFront>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PlaceFront {
    repo: RepoId,
    branch: Branch,
    areas: usize,
    resources: BTreeMap<Resource, BTreeSet<Token>>,
}

/// The bytes of a path index in a snapshot.
pub(crate) struct PathBytes(pub(crate) PagedBytes);

impl FrozenBytes for PathBytes {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        self.0.get(range)
    }
}

#[derive(Clone)]
struct Entries {
    paths: PathIndex<u32>,
    resources: BTreeMap<Resource, BTreeSet<Token>>,
    areas: usize,
}

impl Index {
    /// A slot for a token, which it keeps until [`Index::free_slot`].
    pub(crate) fn take_slot(&mut self, token: Token) -> u32 {
        self.slots.take(token)
    }

    /// Gives a slot up, once nothing stands under it any more.
    pub(crate) fn free_slot(&mut self, slot: u32) {
        self.slots.free(slot);
    }

    /// How many slots there are, free ones included.
    pub(super) fn slots_len(&self) -> usize {
        self.slots.len()
    }

    /// Adds an area.
    pub(crate) fn insert(&mut self, token: Token, slot: u32, area: Area<'_>) {
        for (spec, set) in area.parts() {
            let place = (spec.repo.clone(), spec.branch.clone());
            let entries = self.places.entry(place).or_insert_with(|| Entries {
                paths: PathIndex::new(set.rules()),
                resources: BTreeMap::new(),
                areas: 0,
            });
            entries.areas += 1;
            for pattern in set.include() {
                entries.paths.insert(pattern, slot);
            }
            for name in &spec.resources {
                entries
                    .resources
                    .entry(name.clone())
                    .or_default()
                    .insert(token);
            }
        }
    }

    /// Takes an area out again, as it was put in.
    pub(crate) fn remove(&mut self, token: Token, slot: u32, area: Area<'_>) {
        for (spec, set) in area.parts() {
            let place = (spec.repo.clone(), spec.branch.clone());
            let Some(entries) = self.places.get_mut(&place) else {
                continue;
            };
            for pattern in set.include() {
                if let Err(why) = entries.paths.remove(pattern, slot) {
                    self.fault = Some(why);
                }
            }
            for name in &spec.resources {
                if let Some(tokens) = entries.resources.get_mut(name) {
                    tokens.remove(&token);
                    if tokens.is_empty() {
                        entries.resources.remove(name);
                    }
                }
            }
            entries.areas = entries.areas.saturating_sub(1);
            if entries.areas == 0 {
                self.places.remove(&place);
            }
        }
    }

    /// Adds the path indexes to a snapshot, and answers the rest.
    pub(super) fn freeze(&self, writer: &mut SnapshotWriter) -> Result<IndexFront, Error> {
        let mut places = Vec::new();
        for (number, ((repo, branch), entries)) in self.places.iter().enumerate() {
            writer.paged(&format!("claims.paths.{number}"), &entries.paths.freeze()?);
            places.push(PlaceFront {
                repo: repo.clone(),
                branch: branch.clone(),
                areas: entries.areas,
                resources: entries.resources.clone(),
            });
        }
        Ok(IndexFront {
            free: self.slots.freeze(writer)?,
            places,
        })
    }

    /// The index that was frozen.
    pub(super) fn thaw(front: IndexFront, reader: &SnapshotReader) -> Result<Index, Error> {
        let mut index = Index {
            slots: Slots::thaw(front.free, reader)?,
            ..Index::default()
        };
        for (number, place) in front.places.into_iter().enumerate() {
            let PlaceFront {
                repo,
                branch,
                areas,
                resources,
            } = place;
            let bytes = PathBytes(reader.paged(&format!("claims.paths.{number}"))?);
            let entries = Entries {
                paths: PathIndex::thaw(bytes)?,
                resources,
                areas,
            };
            index.places.insert((repo, branch), entries);
        }
        Ok(index)
    }

    /// What went wrong in a thawed path index, if something did.
    pub(super) fn fault(&self) -> Option<Error> {
        self.fault.clone().or_else(|| self.slots.fault())
    }

    /// Adds the tokens whose patterns or resources meet those of the area, excludes left aside. In no
    /// order, and maybe more than once.
    pub(crate) fn candidates(&self, area: Area<'_>, found: &mut Vec<Token>) -> Result<(), Error> {
        if self.places.is_empty() {
            return Ok(());
        }
        for (spec, set) in area.parts() {
            let place = (spec.repo.clone(), spec.branch.clone());
            let Some(entries) = self.places.get(&place) else {
                continue;
            };
            for pattern in set.include() {
                found.extend(self.tokens(&entries.paths.by_pattern(pattern)?));
            }
            for name in &spec.resources {
                found.extend(entries.resources.get(name).into_iter().flatten());
            }
        }
        Ok(())
    }

    /// The tokens whose patterns hold a path, excludes left aside.
    pub(crate) fn by_path(
        &self,
        repo: &RepoId,
        branch: &Branch,
        path: &RepoPath,
    ) -> Result<Vec<Token>, Error> {
        let Some(entries) = self.places.get(&(repo.clone(), branch.clone())) else {
            return Ok(Vec::new());
        };
        Ok(self.tokens(&entries.paths.by_path(path)?).collect())
    }

    fn tokens(&self, slots: &[u32]) -> impl Iterator<Item = Token> {
        slots.iter().filter_map(|slot| self.slots.get(*slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Spec;
    use crate::path::{PathRules, PathSet, PathSetSource};

    fn area(paths: &[&str], names: &[&str]) -> (Vec<Spec>, Vec<PathSet>) {
        let paths = PathSetSource::of(paths.iter().map(|text| (*text).into()));
        let set = PathSet::compile(&paths, PathRules::default()).unwrap();
        let resources = names
            .iter()
            .map(|name| Resource::new(name).unwrap())
            .collect();
        let (repo, branch) = (RepoId::new("shop").unwrap(), Branch::new("main").unwrap());
        (
            vec![Spec {
                repo,
                branch,
                paths,
                resources,
            }],
            vec![set],
        )
    }

    fn put(index: &mut Index, ver: u64, (specs, sets): &(Vec<Spec>, Vec<PathSet>)) -> u32 {
        let token = Token::new(0, ver, 0);
        let slot = index.take_slot(token);
        index.insert(token, slot, Area { specs, sets });
        slot
    }

    fn take(index: &mut Index, ver: u64, slot: u32, (specs, sets): &(Vec<Spec>, Vec<PathSet>)) {
        index.remove(Token::new(0, ver, 0), slot, Area { specs, sets });
        index.free_slot(slot);
    }

    fn near(index: &Index, (specs, sets): &(Vec<Spec>, Vec<PathSet>)) -> Vec<u64> {
        let mut found = Vec::new();
        index.candidates(Area { specs, sets }, &mut found).unwrap();
        let mut vers: Vec<u64> = found.iter().map(|token| token.ver).collect();
        vers.sort_unstable();
        vers.dedup();
        vers
    }

    #[test]
    fn an_area_is_found_by_each_of_its_patterns_and_names_until_it_is_taken_out() {
        let mut index = Index::default();
        let areas = [
            area(&["src", "src/x"], &["db"]),
            area(&["docs"], &["db", "ci"]),
            area(&["src/x"], &[]),
        ];
        let mut slots = Vec::new();
        for (ver, area) in areas.iter().enumerate() {
            slots.push(put(&mut index, ver as u64, area));
        }
        assert_eq!(near(&index, &area(&["src/x/y"], &[])), [0, 2]);
        assert_eq!(near(&index, &area(&["docs/y"], &["db"])), [0, 1]);
        for (ver, area) in areas.iter().enumerate() {
            take(&mut index, ver as u64, slots[ver], area);
            assert_eq!(
                near(&index, &self::area(&["**"], &["db", "ci"])),
                (ver as u64 + 1..3).collect::<Vec<_>>()
            );
        }
        assert!(index.places.is_empty(), "nothing is left behind");
    }

    #[test]
    fn a_slot_that_is_given_again_answers_for_its_new_owner_only() {
        let mut index = Index::default();
        let (old, new) = (area(&["src"], &[]), area(&["docs"], &[]));
        let slot = put(&mut index, 1, &old);
        take(&mut index, 1, slot, &old);
        assert_eq!(put(&mut index, 2, &new), slot);
        assert_eq!((near(&index, &old), near(&index, &new)), (vec![], vec![2]));
    }
}
