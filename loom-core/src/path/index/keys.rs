//! The entries that end at one place of the index: nearly always one, sometimes a million.

use std::collections::BTreeMap;

/// What an index can hold as the name of an entry: a small integer that freezes to eight bytes.
pub trait Key: Copy + Ord + 'static {
    /// The key as it is frozen.
    fn to_u64(self) -> u64;
    /// The key that was frozen as `word`, or `None` where no key is.
    fn from_u64(word: u64) -> Option<Self>;
}

impl Key for u64 {
    fn to_u64(self) -> u64 {
        self
    }
    fn from_u64(word: u64) -> Option<Self> {
        Some(word)
    }
}

impl Key for u32 {
    fn to_u64(self) -> u64 {
        u64::from(self)
    }
    fn from_u64(word: u64) -> Option<Self> {
        u32::try_from(word).ok()
    }
}

/// A multiset: two patterns of one entry may share an alternative, and each takes its own away.
#[derive(Clone, Debug, Default)]
pub(super) enum Keys<K> {
    #[default]
    None,
    One(K),
    /// How often each key is here. Boxed, because nearly every place has one key.
    #[expect(clippy::box_collection, reason = "keeps the common case small")]
    Many(Box<BTreeMap<K, u32>>),
}

impl<K: Key> Keys<K> {
    /// Adds `key` so many times; at least once.
    pub(super) fn insert(&mut self, key: K, times: u32) {
        match self {
            Keys::None if times == 1 => *self = Keys::One(key),
            Keys::None => *self = Keys::Many(Box::new(BTreeMap::from([(key, times)]))),
            Keys::One(first) => {
                let mut many = BTreeMap::from([(*first, 1)]);
                add(&mut many, key, times);
                *self = Keys::Many(Box::new(many));
            }
            Keys::Many(many) => add(many, key, times),
        }
    }

    /// Takes `key` away once; `false` where it is not here.
    pub(super) fn remove(&mut self, key: K) -> bool {
        match self {
            Keys::None => false,
            Keys::One(only) => {
                let found = *only == key;
                if found {
                    *self = Keys::None;
                }
                found
            }
            Keys::Many(many) => {
                let Some(count) = many.get_mut(&key) else {
                    return false;
                };
                *count -= 1;
                if *count == 0 {
                    many.remove(&key);
                }
                if let (1, Some((&only, 1))) = (many.len(), many.iter().next()) {
                    *self = Keys::One(only);
                }
                true
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Keys::None)
    }

    /// Every key with its count, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, u32)> + '_ {
        let (one, many) = match self {
            Keys::None => (None, None),
            Keys::One(key) => (Some((*key, 1)), None),
            Keys::Many(many) => (None, Some(many.iter().map(|(key, count)| (*key, *count)))),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

fn add<K: Ord>(many: &mut BTreeMap<K, u32>, key: K, times: u32) {
    let count = many.entry(key).or_insert(0);
    *count = count.saturating_add(times);
}
