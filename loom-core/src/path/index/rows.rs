//! What leaves one node, in order: one thing nearly everywhere, a million in places.

use std::collections::BTreeMap;

/// More rows than this are kept as a map.
const FEW_MAX: usize = 24;
/// Fewer than this become a list again; the gap keeps a node at the border from flapping.
const MANY_MIN: usize = 12;

/// Sorted rows.
#[derive(Clone)]
pub(super) enum Rows<N, T> {
    /// Exactly as long as needed: nearly every node has rows, and few of them ever get another.
    Few(Box<[(N, T)]>),
    #[expect(clippy::box_collection, reason = "keeps the common case small")]
    Many(Box<BTreeMap<N, T>>),
}

impl<N: Ord, T> Rows<N, T> {
    pub(super) fn new() -> Self {
        Rows::Few(Box::default())
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Rows::Few(rows) => rows.is_empty(),
            Rows::Many(_) => false,
        }
    }

    /// The rows, where they are few.
    pub(super) fn few(&self) -> Option<&[(N, T)]> {
        match self {
            Rows::Few(rows) => Some(rows),
            Rows::Many(_) => None,
        }
    }

    /// Whether the rows would be many if there was another one.
    pub(super) fn are_many_with_another(&self) -> bool {
        self.few().is_none_or(|rows| rows.len() >= FEW_MAX)
    }

    pub(super) fn get(&self, name: &N) -> Option<&T> {
        match self {
            Rows::Few(rows) => {
                let at = rows.binary_search_by(|row| row.0.cmp(name)).ok()?;
                Some(&rows[at].1)
            }
            Rows::Many(rows) => rows.get(name),
        }
    }

    pub(super) fn get_mut(&mut self, name: &N) -> Option<&mut T> {
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
        name: N,
        make: impl FnOnce() -> T,
    ) -> (&mut T, bool) {
        use std::collections::btree_map::Entry;
        if self.are_many_with_another()
            && let Rows::Few(rows) = self
        {
            *self = Rows::Many(Box::new(std::mem::take(rows).into_iter().collect()));
        }
        match self {
            Rows::Few(rows) => match rows.binary_search_by(|row| row.0.cmp(&name)) {
                Ok(at) => (&mut rows[at].1, false),
                Err(at) => {
                    let mut longer = std::mem::take(rows).into_vec();
                    longer.reserve_exact(1);
                    longer.insert(at, (name, make()));
                    *rows = longer.into_boxed_slice();
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
    pub(super) fn remove(&mut self, name: &N) -> bool {
        match self {
            Rows::Few(rows) => {
                let found = rows.binary_search_by(|row| row.0.cmp(name));
                if let Ok(at) = found {
                    let mut shorter = std::mem::take(rows).into_vec();
                    shorter.remove(at);
                    *rows = shorter.into_boxed_slice();
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
        name: &N,
    ) -> impl Iterator<Item = (&'r N, &'r T)> + use<'r, N, T> {
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
