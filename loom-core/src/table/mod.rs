//! Ordered tables of state that start cold in no time.
//!
//! A process that lives for one tool call restores a snapshot, decides once and ends. It must not
//! pay for every row of the state. A [`Table`] is a frozen base (rows as bytes in pages, each
//! verified and decoded when touched) under an overlay of what changed since; iteration merges both
//! in key order, so nothing can tell the two apart. (The layering is that of log-structured merge
//! trees, with one frozen level.)
//!
//! A page that turns out bad when touched answers as if it had no rows, and the table remembers the
//! [`Table::fault`]: whoever decides on tables asks for faults before it lets a decision out.
//!
//! ```
//! use loom_core::table::Table;
//!
//! let mut table: Table<u64, String> = Table::default();
//! table.insert(2, "two".into());
//! table.insert(1, "one".into());
//! assert_eq!(table.get(&1).as_deref().map(String::as_str), Some("one"));
//! assert_eq!(table.iter().map(|(key, _)| key).collect::<Vec<_>>(), [1, 2]);
//! ```

mod frozen;
mod key;
mod paged;
mod row;
mod snapshot;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::{self, Entry};
use std::iter::{Peekable, Rev};
use std::ops::Bound;
use std::sync::Arc;

use self::frozen::{Frozen, FrozenRows, FrozenRowsBack};
pub use self::key::Key;
pub use self::paged::PagedBytes;
pub use self::row::Row;
pub(crate) use self::row::json_rows;
pub use self::snapshot::{
    PAGE_BYTES, SNAPSHOT_BYTES_MAX, SNAPSHOT_FORMAT, SnapshotReader, SnapshotWriter,
};
use crate::error::Error;
use crate::model::Digest;

/// An ordered map from keys to rows.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    base: Option<Arc<Frozen>>,
    /// What changed since the base: `None` for a row of the base that was taken out.
    overlay: BTreeMap<K, Option<V>>,
    len: usize,
}

impl<K: Key, V: Row> Table<K, V> {
    /// The row of a key.
    pub fn get(&self, key: &K) -> Option<Cow<'_, V>> {
        match self.overlay.get(key) {
            Some(row) => row.as_ref().map(Cow::Borrowed),
            None => self.base.as_ref()?.get(key).map(Cow::Owned),
        }
    }

    /// Is there a row of this key?
    pub fn contains(&self, key: &K) -> bool {
        match self.overlay.get(key) {
            Some(row) => row.is_some(),
            None => self.base.as_ref().is_some_and(|base| base.contains(key)),
        }
    }

    /// Puts a row in place of the one before, which is answered by whether there was one.
    pub fn insert(&mut self, key: K, row: V) -> bool {
        let known = match self.overlay.entry(key) {
            Entry::Occupied(mut entry) => entry.insert(Some(row)).is_some(),
            Entry::Vacant(entry) => {
                let base = self.base.as_ref();
                let in_base = base.is_some_and(|base| base.contains(entry.key()));
                entry.insert(Some(row));
                in_base
            }
        };
        self.len += usize::from(!known);
        known
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let before = match &self.base {
            None => self.overlay.remove(key)?,
            Some(base) if base.contains(key) => {
                let before = self.get(key).map(Cow::into_owned);
                self.overlay.insert(key.clone(), None);
                before
            }
            Some(_) => self.overlay.remove(key)?,
        };
        self.len -= usize::from(before.is_some());
        before
    }

    /// Changes the row of a key in place; answers whether there is one.
    pub fn update(&mut self, key: &K, change: impl FnOnce(&mut V)) -> bool {
        if let Some(row) = self.overlay.get_mut(key) {
            return row.as_mut().map(change).is_some();
        }
        let Some(mut row) = self.base.as_ref().and_then(|base| base.get::<K, V>(key)) else {
            return false;
        };
        change(&mut row);
        self.overlay.insert(key.clone(), Some(row));
        true
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is there no row?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All rows in the order of their keys.
    pub fn iter(&self) -> Rows<'_, K, V> {
        self.rows(
            self.base.as_ref().map(|base| base.rows(None)),
            self.overlay.range::<K, _>(..),
        )
    }

    /// The rows whose keys are not below `from`, in order.
    pub fn range_from(&self, from: &K) -> Rows<'_, K, V> {
        let bounds = (Bound::Included(from), Bound::Unbounded);
        self.rows(
            self.base.as_ref().map(|base| base.rows(Some(from))),
            self.overlay.range::<K, _>(bounds),
        )
    }

    /// All rows, the last key first.
    pub fn iter_back(&self) -> RowsBack<'_, K, V> {
        RowsBack {
            base: self.base.as_ref().map(|base| base.rows_back().peekable()),
            overlay: self.overlay.range::<K, _>(..).rev().peekable(),
        }
    }

    /// The bad page that a look-up met, if one did.
    pub fn fault(&self) -> Option<Error> {
        self.base.as_ref()?.fault()
    }

    /// The digest of all rows in order: equal for equal content, however it came about.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn digest(&self) -> Result<Digest, Error> {
        let mut bytes = Vec::new();
        for (key, row) in self.iter() {
            frozen::write_row(&mut bytes, &key, &*row)?;
        }
        Ok(Digest::of(&[&(self.len as u64).to_be_bytes(), &bytes]))
    }

    fn rows<'a>(
        &'a self,
        base: Option<FrozenRows<'a, K, V>>,
        overlay: btree_map::Range<'a, K, Option<V>>,
    ) -> Rows<'a, K, V> {
        Rows {
            base: base.map(Iterator::peekable),
            overlay: overlay.peekable(),
        }
    }

    fn thawed(base: Arc<Frozen>) -> Self {
        Table {
            len: base.len(),
            base: Some(base),
            overlay: BTreeMap::new(),
        }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table {
            base: None,
            overlay: BTreeMap::new(),
            len: 0,
        }
    }
}

/// Rows of a [`Table`] in the order of their keys.
#[derive(Debug)]
pub struct Rows<'a, K: Key, V: Row> {
    base: Option<Peekable<FrozenRows<'a, K, V>>>,
    overlay: Peekable<btree_map::Range<'a, K, Option<V>>>,
}

impl<'a, K: Key, V: Row> Iterator for Rows<'a, K, V> {
    type Item = (K, Cow<'a, V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let base_first = match (
                self.base.as_mut().and_then(Peekable::peek),
                self.overlay.peek(),
            ) {
                (None, None) => return None,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((key, _)), Some((changed, _))) if key == *changed => {
                    self.base.as_mut().and_then(Iterator::next);
                    false
                }
                (Some((key, _)), Some((changed, _))) => key < *changed,
            };
            if base_first {
                let (key, row) = self.base.as_mut().and_then(Iterator::next)?;
                return Some((key, Cow::Owned(row)));
            }
            if let (key, Some(row)) = self.overlay.next()? {
                return Some((key.clone(), Cow::Borrowed(row)));
            }
        }
    }
}

/// Rows of a [`Table`], the last key first.
#[derive(Debug)]
pub struct RowsBack<'a, K: Key, V: Row> {
    base: Option<Peekable<FrozenRowsBack<'a, K, V>>>,
    overlay: Peekable<Rev<btree_map::Range<'a, K, Option<V>>>>,
}

impl<'a, K: Key, V: Row> Iterator for RowsBack<'a, K, V> {
    type Item = (K, Cow<'a, V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let base = self.base.as_mut().and_then(Peekable::peek);
            let order = match (base, self.overlay.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Greater,
                (None, Some(_)) => Ordering::Less,
                (Some((key, _)), Some((changed, _))) => key.cmp(changed),
            };
            if order == Ordering::Less {
                if let (key, Some(row)) = self.overlay.next()? {
                    return Some((key.clone(), Cow::Borrowed(row)));
                }
                continue;
            }
            let (key, row) = self.base.as_mut().and_then(Iterator::next)?;
            if order == Ordering::Greater {
                return Some((key, Cow::Owned(row)));
            }
        }
    }
}
