//! Ordered tables of state that start cold in no time.
//!
//! A process that lives for one tool call restores a snapshot, decides once and ends. It must not
//! pay for every row of the state, so a [`Table`] is a frozen base (rows as bytes in pages, decoded
//! when touched) with an overlay of what changed since. Iteration merges both in key order, so
//! nothing can tell the two apart.
//!
//! ```
//! use loom_core::table::Table;
//!
//! let mut table: Table<u64, String> = Table::default();
//! table.insert(2, "two".into());
//! table.insert(1, "one".into());
//! assert_eq!(table.get(&1).as_deref().map(String::as_str), Some("one"));
//! assert_eq!(table.keys().collect::<Vec<_>>(), [1, 2]);
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

/// An ordered map from keys to rows.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    rows: BTreeMap<K, Arc<V>>,
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    /// The row of a key.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.rows.get(key).cloned()
    }

    /// Is there a row of this key?
    pub fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    /// Puts a row in place of the one before.
    pub fn insert(&mut self, key: K, row: V) {
        self.rows.insert(key, Arc::new(row));
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &K) -> Option<Arc<V>> {
        self.rows.remove(key)
    }

    /// Changes the row of a key in place; answers whether there is one.
    pub fn update(&mut self, key: &K, change: impl FnOnce(&mut V)) -> bool {
        self.rows
            .get_mut(key)
            .map(|row| change(Arc::make_mut(row)))
            .is_some()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Is there no row?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All keys in order.
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.rows.keys().cloned()
    }

    /// All rows in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, Arc<V>)> {
        self.rows
            .iter()
            .map(|(key, row)| (key.clone(), row.clone()))
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table {
            rows: BTreeMap::new(),
        }
    }
}
