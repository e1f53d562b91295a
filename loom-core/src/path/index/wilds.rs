//! Wildcard edges of one node: which of them meet a segment, without looking at all of them.
//!
//! A name can only fit wildcards that begin and end as it does; one look-up for each shape of the
//! node finds them.

use super::packed::reverse;
use super::query::Asked;
use super::wild_edges::{Shape, Wild, WildTable};
use crate::error::Error;
use crate::path::SegmentGlob;

/// What the wildcard edges of node `id` lead to that meet `asked`.
pub(super) fn meeting<'t, T: WildTable<'t>>(
    table: T,
    id: u32,
    asked: &mut Asked<'_>,
    visits: &mut u64,
) -> Result<Vec<T::Target>, Error> {
    let mut search = Search {
        table,
        id,
        found: Vec::new(),
        visits,
    };
    match asked {
        Asked::AnyDepth => search.range(b"", b"", |_| Some(true))?,
        Asked::Wild(glob) => search.wild(glob)?,
        Asked::Literal(name) => match table.few(id) {
            Some(edges) => search.name_of_few(name.text, edges),
            None => {
                let (text, reversed) = (name.text, name.reversed());
                search.name(text, reversed)?;
            }
        },
    }
    Ok(search.found)
}

struct Search<'s, 't, T: WildTable<'t>> {
    table: T,
    id: u32,
    found: Vec<T::Target>,
    visits: &'s mut u64,
}

impl<'t, T: WildTable<'t>> Search<'_, 't, T> {
    fn name(&mut self, text: &str, reversed: &[u8]) -> Result<(), Error> {
        for shape in self.table.shapes(self.id) {
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

    fn name_of_few(&mut self, text: &str, edges: impl Iterator<Item = Wild<'t, T::Target>>) {
        for wild in edges {
            *self.visits += 1;
            if text.as_bytes().starts_with(wild.prefix) && wild.glob.matches(text) {
                self.found.push(wild.target);
            }
        }
    }

    fn wild(&mut self, asked: &SegmentGlob) -> Result<(), Error> {
        let prefix = asked.literal_prefix().as_bytes();
        let suffix = &*reverse(asked.literal_suffix().as_bytes());
        let meets = |glob: &SegmentGlob| asked.meets(glob);
        let mut scanned = None;
        for shape in self.table.shapes(self.id) {
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
        check: impl Fn(&Wild<'t, T::Target>) -> Option<bool>,
    ) -> Result<(), Error> {
        for wild in self.table.starting(self.id, prefix, suffix) {
            *self.visits += 1;
            let wild = wild?;
            match check(&wild) {
                Some(true) => self.found.push(wild.target),
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
