//! Wildcard edges of one node: which of them meet a segment, without looking at all of them.
//!
//! They are sorted by their literal beginning and then by their literal end, and each node knows how
//! long these are (its *shapes*, few even where wildcards are many). A name can only fit wildcards
//! that begin as it does; one look-up for each shape finds them.

use super::keys::Key;
use super::layer::{Layer, Shape, Wild};
use super::packed::reverse;
use super::query::Asked;
use crate::error::Error;
use crate::path::SegmentGlob;

/// The wildcard edges of node `id` that meet `asked`.
pub(super) fn meeting<'l, K: Key, L: Layer<'l, K>>(
    layer: L,
    id: u32,
    asked: &mut Asked<'_>,
    visits: &mut u64,
) -> Result<Vec<Wild<'l, L::Leaf>>, Error> {
    let mut search = Search {
        layer,
        id,
        found: Vec::new(),
        visits,
        lent: std::marker::PhantomData,
    };
    match asked {
        Asked::AnyDepth => search.range(b"", b"", |_| Some(true))?,
        Asked::Wild(glob) => search.wild(glob)?,
        Asked::Literal(name) => {
            let (text, reversed) = (name.text, name.reversed());
            search.name(text, reversed)?;
        }
    }
    Ok(search.found)
}

struct Search<'s, 'l, K: Key, L: Layer<'l, K>> {
    layer: L,
    id: u32,
    found: Vec<Wild<'l, L::Leaf>>,
    visits: &'s mut u64,
    lent: std::marker::PhantomData<K>,
}

impl<'l, K: Key, L: Layer<'l, K>> Search<'_, 'l, K, L> {
    fn name(&mut self, text: &str, reversed: &[u8]) -> Result<(), Error> {
        for shape in self.layer.shapes(self.id) {
            let shape = shape?;
            let (Some(prefix), Some(suffix)) = (
                text.as_bytes().get(..shape.prefix as usize),
                reversed.get(..shape.suffix as usize),
            ) else {
                continue;
            };
            self.alike(prefix, suffix, |glob| glob.matches(text))?;
        }
        Ok(())
    }

    fn wild(&mut self, asked: &SegmentGlob) -> Result<(), Error> {
        let prefix = asked.literal_prefix().as_bytes();
        let suffix = &*reverse(asked.literal_suffix().as_bytes());
        let meets = |glob: &SegmentGlob| asked.meets(glob);
        let mut scanned = None;
        for shape in self.layer.shapes(self.id) {
            let Shape {
                prefix: length,
                suffix: tail,
            } = shape?;
            // Longer beginnings: one range holds them all.
            let Some(start) = prefix.get(..length as usize) else {
                return self.range(&after(prefix), b"", |wild| {
                    let inside = wild.prefix.starts_with(prefix);
                    inside.then(|| meets(&wild.glob))
                });
            };
            match suffix.get(..tail as usize) {
                Some(end) => self.alike(start, end, meets)?,
                // Longer ends: one range holds them all that begin alike.
                None if scanned != Some(length) => {
                    scanned = Some(length);
                    self.range(start, &after(suffix), |wild| {
                        let inside = wild.prefix == start && wild.suffix.starts_with(suffix);
                        inside.then(|| meets(&wild.glob))
                    })?;
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The edges whose literal beginning and end are exactly these.
    fn alike(
        &mut self,
        prefix: &[u8],
        suffix: &[u8],
        fits: impl Fn(&SegmentGlob) -> bool,
    ) -> Result<(), Error> {
        self.range(prefix, suffix, |wild| {
            let inside = wild.prefix == prefix && wild.suffix == suffix;
            inside.then(|| fits(&wild.glob))
        })
    }

    /// The edges from (`prefix`, `suffix`) on for as long as `check` answers; `true` takes one.
    fn range(
        &mut self,
        prefix: &[u8],
        suffix: &[u8],
        check: impl Fn(&Wild<'l, L::Leaf>) -> Option<bool>,
    ) -> Result<(), Error> {
        for wild in self.layer.wilds(self.id, prefix, suffix) {
            *self.visits += 1;
            let wild = wild?;
            match check(&wild) {
                Some(true) => self.found.push(wild),
                Some(false) => {}
                None => break,
            }
        }
        Ok(())
    }
}

/// The first text that is longer than `text` and begins with it: names hold no NUL.
fn after(text: &[u8]) -> Vec<u8> {
    [text, &[1]].concat()
}
