//! Which node a name leads to, at two misses of the cache however many names there are.
//!
//! An ordered map of a million names is some twenty comparisons deep, and every few of them wait for
//! memory. Here a look-up reads one run of slots and then the node itself, which the walk is about to
//! read anyway. What stands here never shows in the order of anything: it answers for one name alone.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::edges::EdgeKey;
use super::packed::Packed;
use super::slots::{Found, Slots};

/// From edges to ids. The edge of an id stands with the id, and each call says where: `edge_of`.
#[derive(Clone)]
pub(super) struct Exact<H = Folded> {
    slots: Slots,
    /// What the slots refused. Empty, but for names chosen to collide and a few by chance.
    refused: BTreeMap<EdgeKey, u32>,
    hash: PhantomData<H>,
}

/// A hash of an edge: the same in every process and every build.
pub(super) trait Hash {
    fn of(edge: &EdgeKey) -> u32;
}

/// Words multiplied together. Whoever wants collisions can have them; see [`super::slots`].
#[derive(Clone)]
pub(super) struct Folded;

impl Hash for Folded {
    fn of(edge: &EdgeKey) -> u32 {
        // Odd and without a pattern in its bits: 2^64 divided by the golden ratio.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let start = u64::from(edge.parent).wrapping_mul(SPREAD);
        let hash = edge.name.words().fold(start, |hash, word| {
            let mixed = (hash ^ word).wrapping_mul(SPREAD);
            mixed ^ (mixed >> 32)
        });
        // The upper bits of a product depend on all bits of its factors.
        (hash.wrapping_mul(SPREAD) >> 32) as u32
    }
}

impl<H: Hash> Exact<H> {
    pub(super) fn new() -> Self {
        Exact {
            slots: Slots::default(),
            refused: BTreeMap::new(),
            hash: PhantomData,
        }
    }

    /// The id that stands at `edge`.
    pub(super) fn find<'e>(
        &self,
        edge: &EdgeKey,
        edge_of: impl Fn(u32) -> (u32, &'e Packed),
    ) -> Option<u32> {
        match self.slots.find(H::of(edge), |id| {
            let (parent, name) = edge_of(id);
            parent == edge.parent && *name == edge.name
        }) {
            Found::Here(id) => Some(id),
            Found::Nowhere => None,
            Found::Refused => self.refused.get(edge).copied(),
        }
    }

    /// Lets `edge`, at which nothing stands, lead to `id`.
    pub(super) fn insert<'e>(
        &mut self,
        edge: EdgeKey,
        id: u32,
        edge_of: impl Fn(u32) -> (u32, &'e Packed),
    ) {
        if self.slots.is_tight() {
            self.make_room(edge_of);
        }
        if !self.slots.insert(H::of(&edge), id) {
            self.refused.insert(edge, id);
        }
    }

    /// Forgets that `edge` leads to `id`.
    pub(super) fn remove(&mut self, edge: &EdgeKey, id: u32) {
        if !self.slots.remove(H::of(edge), id) {
            self.refused.remove(edge);
        }
    }

    fn make_room<'e>(&mut self, edge_of: impl Fn(u32) -> (u32, &'e Packed)) {
        // The refused have to be tried again, for a window that has a vacant slot now says that they are
        // nowhere. That there is room for all of them keeps the times far apart at which that happens.
        let mut waiting = std::mem::take(&mut self.refused);
        for id in self.slots.make_room(waiting.len()) {
            let (parent, name) = edge_of(id);
            let name = name.clone();
            waiting.insert(EdgeKey { parent, name }, id);
        }
        waiting.retain(|edge, id| !self.slots.insert(H::of(edge), *id));
        self.refused = waiting;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::slots::WINDOW;
    use super::*;

    /// Every edge is where every other one is.
    #[derive(Clone)]
    struct Colliding;

    impl Hash for Colliding {
        fn of(_: &EdgeKey) -> u32 {
            7
        }
    }

    /// Windows beside one another and over one another.
    #[derive(Clone)]
    struct Crowded;

    impl Hash for Crowded {
        fn of(edge: &EdgeKey) -> u32 {
            Folded::of(edge) % 3 * 0x0600_0000
        }
    }

    /// What leaves node 1 is close together: side by side in a large table, and one upon the
    /// other in a small one.
    #[derive(Clone)]
    struct Near;

    impl Hash for Near {
        fn of(edge: &EdgeKey) -> u32 {
            match edge.parent {
                1 => (Folded::of(edge) % 64) << 22,
                _ => Folded::of(edge),
            }
        }
    }

    /// A table beside what it has to be, and the edges that nodes would hold.
    struct Pair<H> {
        exact: Exact<H>,
        model: BTreeMap<EdgeKey, u32>,
        nodes: Vec<EdgeKey>,
    }

    impl<H: Hash> Pair<H> {
        fn new() -> Self {
            Pair {
                exact: Exact::new(),
                model: BTreeMap::new(),
                nodes: vec![edge(0)],
            }
        }

        /// Lets the edge be there if it was not, and the other way round.
        fn toggle(&mut self, number: u32) {
            let edge = edge(number);
            match self.model.remove(&edge) {
                Some(id) => self.exact.remove(&edge, id),
                None => {
                    let id = self.nodes.len() as u32;
                    self.nodes.push(edge.clone());
                    self.model.insert(edge.clone(), id);
                    let edge_of = |id: u32| edge_in(&self.nodes, id);
                    self.exact.insert(edge, id, edge_of);
                }
            }
        }

        fn check(&self, number: u32) {
            let edge = edge(number);
            let found = self.exact.find(&edge, |id| edge_in(&self.nodes, id));
            assert_eq!(found, self.model.get(&edge).copied(), "{edge:?}");
        }
    }

    fn edge_in(nodes: &[EdgeKey], id: u32) -> (u32, &Packed) {
        let edge = &nodes[id as usize];
        (edge.parent, &edge.name)
    }

    /// Short names and long ones, some that differ behind the sixteenth byte alone.
    fn edge(number: u32) -> EdgeKey {
        let name = match number % 3 {
            0 => format!("part_{}", number / 6),
            1 => format!("a-name-over-16-bytes_{}", number / 6),
            _ => format!("{}", number / 6),
        };
        EdgeKey::new(number % 2, name.as_bytes())
    }

    fn follows_its_model<H: Hash>(steps: &[u32], among: u32) {
        let mut pair = Pair::<H>::new();
        for step in steps {
            pair.toggle(step % among);
            pair.check(step % among);
        }
        (0..among).for_each(|number| pair.check(number));
    }

    proptest! {
        #[test]
        fn it_holds_what_an_ordered_map_holds(
            steps in prop::collection::vec(any::<u32>(), 1..600),
            among in 1_u32..300,
        ) {
            follows_its_model::<Folded>(&steps, among);
            follows_its_model::<Colliding>(&steps, among);
            follows_its_model::<Crowded>(&steps, among);
        }
    }

    #[test]
    fn names_that_collide_are_refused_and_found() {
        let mut pair = Pair::<Colliding>::new();
        (0..1_000).for_each(|number| pair.toggle(number));
        assert_eq!(pair.exact.refused.len(), 1_000 - WINDOW);
        (0..2_000).for_each(|number| pair.check(number));
    }

    #[test]
    fn a_table_that_becomes_smaller_loses_nothing() {
        let mut pair = Pair::<Near>::new();
        let near = || (1..100).step_by(2);
        (0..8_000).step_by(2).for_each(|number| pair.toggle(number));
        near().for_each(|number| pair.toggle(number));
        assert!(pair.exact.refused.is_empty());
        (0..8_000).step_by(2).for_each(|number| pair.toggle(number));
        // Each leaves a slot behind that is not vacant, until the table is made anew.
        for number in (8_000..40_000).step_by(2) {
            pair.toggle(number);
            pair.toggle(number);
        }
        assert!(!pair.exact.refused.is_empty());
        near().for_each(|number| pair.check(number));
    }

    #[test]
    fn names_as_people_give_them_are_not_refused() {
        let mut pair = Pair::<Folded>::new();
        (0..300_000).for_each(|number| pair.toggle(number));
        let refused = pair.exact.refused.len();
        assert!(refused < 3_000, "{refused}");
        (0..600_000).for_each(|number| pair.check(number));
    }
}
