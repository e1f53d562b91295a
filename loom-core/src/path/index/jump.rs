//! A short cut through the literal tries: from a node where the query leaves a choice straight to the
//! edges of the name that has to come after the choice.
//!
//! `crates/*/Cargo.toml` at `crates` would go through every crate; the edges called `Cargo.toml` may
//! be fewer, and each knows its way up. Where the patterns have no wildcard of their own, an answer
//! has to pass through such an edge, so the short cut misses nothing.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::edges::{EdgeKey, Table};
use super::keys::Key;
use super::layer::{Layer, Sink};
use super::query::Asked;
use super::trie::ROOT;
use super::walk::Class;
use crate::error::Error;
use crate::path::limits::PATH_SEGMENTS_MAX;

type Edges<'l> = Box<dyn Iterator<Item = Result<(Cow<'l, [u8]>, u32), Error>> + 'l>;

/// A jump under way. Each step looks at one edge.
pub(super) struct Jump<'j, 'l, K, L> {
    layer: L,
    /// The segments from the choice on.
    segments: &'j [Asked<'j>],
    /// Where in `segments` the name stands that has to follow.
    anchor: usize,
    from: u32,
    dirs: Option<Edges<'l>>,
    leaves: Option<Edges<'l>>,
    landed: Landed,
    lent: PhantomData<(&'l (), K)>,
}

/// Where a jump leads: edges whose name stands at `at` in the query.
#[derive(Default)]
pub(super) struct Landed {
    pub(super) at: u16,
    pub(super) dirs: Vec<EdgeKey>,
    pub(super) leaves: Vec<EdgeKey>,
}

impl<'j, 'l, K: Key, L: Layer<'l, K>> Jump<'j, 'l, K, L> {
    /// A jump from node `from`, where the query is at a choice at `at`, or `None` where there is
    /// nothing to jump to or patterns could be missed on the way.
    pub(super) fn new(
        layer: L,
        class: Class,
        segments: &'j [Asked<'j>],
        subtree: bool,
        from: u32,
        at: u16,
    ) -> Option<Self> {
        let segments = segments.get(usize::from(at)..)?;
        let anchor = anchor(class, segments)?;
        let ending = segments.get(anchor)?.ending()?.as_bytes();
        let is_last = anchor + 1 == segments.len();
        let ends_here = class.subtree || is_last;
        let goes_on = !is_last || subtree;
        Some(Jump {
            layer,
            segments,
            anchor,
            from,
            dirs: goes_on.then(|| Box::new(layer.dirs().ending(ending)) as Edges<'l>),
            leaves: ends_here.then(|| Box::new(layer.leaves().ending(ending)) as Edges<'l>),
            landed: Landed {
                at: at + anchor as u16,
                ..Landed::default()
            },
            lent: PhantomData,
        })
    }

    /// Looks at one edge more; `false` where there are no more.
    pub(super) fn step(&mut self, visits: &mut u64) -> Result<bool, Error> {
        *visits += 1;
        for (edges, landed) in [
            (&mut self.dirs, &mut self.landed.dirs),
            (&mut self.leaves, &mut self.landed.leaves),
        ] {
            let Some(listed) = edges else { continue };
            let Some((name, parent)) = listed.next().transpose()? else {
                *edges = None;
                continue;
            };
            match &self.segments[self.anchor] {
                // Names that only end with the literal come after those that are it.
                Asked::Literal(literal) if literal.text.as_bytes() != &*name => {
                    *edges = None;
                    continue;
                }
                asked if !asked.fits(&name) => return Ok(true),
                _ => {}
            }
            let choice = &self.segments[..self.anchor];
            if leads(self.layer, self.from, parent, choice, visits)? {
                landed.push(EdgeKey::new(parent, &name));
            }
            return Ok(true);
        }
        Ok(false)
    }

    pub(super) fn landed(self) -> Landed {
        self.landed
    }

    /// The whole jump, unless it would look at many more than `edges` edges.
    pub(super) fn within(
        mut self,
        edges: u32,
        sink: &mut Sink<'_, K>,
    ) -> Result<Option<Landed>, Error> {
        for _ in 0..u64::from(edges) + 16 {
            if !self.step(&mut sink.visits)? {
                return Ok(Some(self.landed));
            }
        }
        Ok(None)
    }
}

/// The position of the name to jump to: the first literal, else the first with a literal end.
fn anchor(class: Class, segments: &[Asked<'_>]) -> Option<usize> {
    if !class.literal {
        return None;
    }
    // Patterns that cover a subtree are answers when they end on the way, so the way is one step.
    let reach = match class.subtree {
        true => 2,
        false => segments.len(),
    };
    let choices = segments.iter().enumerate().take(reach).skip(1);
    let literal = |(_, asked): &(usize, &Asked<'_>)| matches!(asked, Asked::Literal(_));
    let found = choices.clone().find(literal);
    let found = found.or_else(|| choices.clone().find(|(_, asked)| asked.ending().is_some()));
    found.map(|(at, _)| at)
}

/// Whether the names on the way from node `from` down to node `to` are what `choice` allows.
fn leads<'l, K: Key, L: Layer<'l, K>>(
    layer: L,
    from: u32,
    to: u32,
    choice: &[Asked<'_>],
    visits: &mut u64,
) -> Result<bool, Error> {
    // Upwards from `to`: `open[n]` says that the last names used up all but the first n segments.
    let mut open = vec![false; choice.len() + 1];
    open[choice.len()] = true;
    let mut at = to;
    // No way is longer than a path; a longer one is not what freezing makes.
    for _ in 0..=PATH_SEGMENTS_MAX {
        for n in (0..choice.len()).rev() {
            open[n] |= open[n + 1] && matches!(choice[n], Asked::AnyDepth);
        }
        if at == from {
            return Ok(open[0]);
        }
        if at == ROOT || !open.contains(&true) {
            return Ok(false);
        }
        *visits += 1;
        let name = layer.name(at)?;
        for n in 0..choice.len() {
            // In rising order, so that open[n + 1] is still that of the step before.
            open[n] = match &choice[n] {
                Asked::AnyDepth => open[n],
                asked => open[n + 1] && asked.fits(name),
            };
        }
        open[choice.len()] = false;
        at = layer.node(at)?.parent;
    }
    Ok(false)
}
