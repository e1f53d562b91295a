//! The literal edges that leave one node, by name: one nearly everywhere, a million in places.

use std::collections::BTreeMap;

use super::packed::Packed;

/// More edges than this are kept as a map.
const FEW_MAX: usize = 24;
/// Fewer than this become a list again; the gap keeps a node at the border from flapping.
const MANY_MIN: usize = 12;

/// Sorted rows.
#[derive(Clone)]
pub(super) enum Rows<T> {
    Few(Vec<(Packed, T)>),
    #[expect(clippy::box_collection, reason = "keeps the common case small")]
    Many(Box<BTreeMap<Packed, T>>),
}

impl<T> Rows<T> {
    pub(super) const fn new() -> Self {
        Rows::Few(Vec::new())
    }

    pub(super) fn get(&self, name: &Packed) -> Option<&T> {
        match self {
            Rows::Few(rows) => {
                let at = rows.binary_search_by(|row| row.0.cmp(name)).ok()?;
                Some(&rows[at].1)
            }
            Rows::Many(rows) => rows.get(name),
        }
    }

    pub(super) fn get_mut(&mut self, name: &Packed) -> Option<&mut T> {
        match self {
            Rows::Few(rows) => {
                let at = rows.binary_search_by(|row| row.0.cmp(name)).ok()?;
                Some(&mut rows[at].1)
            }
            Rows::Many(rows) => rows.get_mut(name),
        }
    }

    /// What stands at `name`, made by `make` where nothing does, and whether it was made.
    pub(super) fn get_or_insert_with(
        &mut self,
        name: Packed,
        make: impl FnOnce() -> T,
    ) -> (&mut T, bool) {
        use std::collections::btree_map::Entry;
        if let Rows::Few(rows) = self
            && rows.len() >= FEW_MAX
        {
            *self = Rows::Many(Box::new(std::mem::take(rows).into_iter().collect()));
        }
        match self {
            Rows::Few(rows) => match rows.binary_search_by(|row| row.0.cmp(&name)) {
                Ok(at) => (&mut rows[at].1, false),
                Err(at) => {
                    if rows.is_empty() {
                        rows.reserve_exact(1);
                    }
                    rows.insert(at, (name, make()));
                    (&mut rows[at].1, true)
                }
            },
            Rows::Many(rows) => match rows.entry(name) {
                Entry::Occupied(entry) => (entry.into_mut(), false),
                Entry::Vacant(entry) => (entry.insert(make()), true),
            },
        }
    }

    /// Takes the row away; `false` where there is none.
    pub(super) fn remove(&mut self, name: &Packed) -> bool {
        match self {
            Rows::Few(rows) => {
                let found = rows.binary_search_by(|row| row.0.cmp(name));
                if let Ok(at) = found {
                    rows.remove(at);
                    if rows.is_empty() {
                        *rows = Vec::new();
                    }
                }
                found.is_ok()
            }
            Rows::Many(rows) => {
                let found = rows.remove(name).is_some();
                if rows.len() < MANY_MIN {
                    *self = Rows::Few(std::mem::take(&mut **rows).into_iter().collect());
                }
                found
            }
        }
    }

    /// The rows from `name` on, in order.
    pub(super) fn from<'r>(
        &'r self,
        name: &Packed,
    ) -> impl Iterator<Item = (&'r Packed, &'r T)> + use<'r, T> {
        let (few, many) = match self {
            Rows::Few(rows) => {
                let at = rows.partition_point(|row| row.0 < *name);
                (Some(&rows[at..]), None)
            }
            Rows::Many(rows) => (None, Some(rows.range(name..))),
        };
        let few = few.into_iter().flatten().map(|(name, row)| (name, row));
        few.chain(many.into_iter().flatten())
    }
}
