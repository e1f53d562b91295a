//! The tree that all three languages are read into.

use std::collections::BTreeMap;
use std::fmt;

use super::error::Fault;
use super::{DOCUMENT_DEPTH_MAX, DOCUMENT_VALUES_MAX};

/// A line and a column, both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A value and where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(Key, Tree)>),
}

/// A key of a map and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) place: Place,
}

impl Tree {
    /// The items of a list; a lone value is a list of one.
    pub(crate) fn items(&self) -> &[Tree] {
        match &self.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Where the deepest part of a field's path stands that the document has: `rules[2].when.team`.
    pub(crate) fn place_of(&self, field: &str) -> Place {
        let mut at = self;
        let mut place = self.place;
        for part in field.split('.') {
            let (name, indexes) = part.split_once('[').unwrap_or((part, ""));
            if !name.is_empty() {
                let Value::Map(entries) = &at.value else {
                    return place;
                };
                let Some((key, value)) = entries.iter().find(|(key, _)| key.text == name) else {
                    return place;
                };
                (at, place) = (value, key.place);
            }
            for index in indexes.split('[').filter(|index| !index.is_empty()) {
                let index = index.trim_end_matches(']').parse::<usize>();
                let item = index.ok().and_then(|index| at.items().get(index));
                let Some(item) = item else { return place };
                (at, place) = (item, item.place);
            }
        }
        place
    }
}

/// Counts what is read, against the limits of a document.
#[derive(Default)]
pub(super) struct Budget {
    values: usize,
}

impl Budget {
    pub(super) fn take(&mut self, values: usize, place: Place) -> Result<(), Fault> {
        self.values += values;
        if self.values <= DOCUMENT_VALUES_MAX {
            return Ok(());
        }
        let (max, got) = (DOCUMENT_VALUES_MAX as u64, self.values as u64);
        Err(Fault::limit("DOCUMENT_VALUES_MAX", max, got).or_at(place))
    }

    pub(super) fn depth(depth: usize, place: Place) -> Result<(), Fault> {
        if depth <= DOCUMENT_DEPTH_MAX {
            return Ok(());
        }
        let (max, got) = (DOCUMENT_DEPTH_MAX as u64, depth as u64);
        Err(Fault::limit("DOCUMENT_DEPTH_MAX", max, got).or_at(place))
    }
}

/// The keys of a map so far, so that none stands there twice.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, Place>);

impl Keys {
    pub(super) fn enter(&mut self, key: &Key) -> Result<(), Fault> {
        match self.0.insert(key.text.clone(), key.place) {
            None => Ok(()),
            Some(first) => {
                let message = format!(
                    "the key `{}` stands here twice (first at {first})",
                    key.text
                );
                Err(Fault::new(message).or_at(key.place))
            }
        }
    }
}

/// Bytes between two places up to which characters are counted ahead.
const STEP: usize = 256;

/// Turns byte offsets into places, asked for in any order. A document of one line costs no more than
/// one of many.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// The characters before each [`STEP`]th byte.
    counted: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Lines<'t> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1));
        let steps = text.as_bytes().chunks(STEP);
        let counted = steps.scan(0, |sum, step| {
            let before = *sum;
            *sum += characters(step);
            Some(before)
        });
        Lines {
            text,
            starts: starts.collect(),
            counted: counted.collect(),
        }
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied();
        let before = self
            .before(offset)
            .saturating_sub(self.before(start.unwrap_or(0)));
        Place {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(before + 1).unwrap_or(u32::MAX),
        }
    }

    /// The characters before an offset.
    fn before(&self, offset: usize) -> usize {
        let step = offset / STEP;
        let bytes = self.text.as_bytes().get(step * STEP..offset);
        let counted = self.counted.get(step).copied();
        let all = || self.counted.last().copied().unwrap_or(0);
        counted.unwrap_or_else(all) + characters(bytes.unwrap_or(&[]))
    }
}

/// The characters that begin in these bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}
