//! The tree of runs and its three relations. They are often confused, and the product lives on
//! keeping them apart:
//!
//! - **same work**: the requester's own run or one of its ancestors. Claims of the same work never
//!   meet.
//! - **same side**: the same loop, else the same root run. Another side's recent, protected or
//!   reverted changes count.
//! - **independent**: neither run is the other's ancestor. A verification needs it.
//!
//! ```
//! use loom_core::model::{Lineage, RunId};
//!
//! let [root, left, right] = ["root", "left", "right"].map(|id| RunId::new(id).unwrap());
//! let mut tree = Lineage::default();
//! tree.insert(&root, None, None).unwrap();
//! tree.insert(&left, Some(&root), None).unwrap();
//! tree.insert(&right, Some(&root), None).unwrap();
//!
//! assert!(tree.is_same_work(&left, &root), "a child works inside its parent's claims");
//! assert!(!tree.is_same_work(&root, &left), "a parent does not work inside its child's");
//! assert!(tree.is_same_side(&left, &right));
//! assert!(tree.is_independent(&left, &right) && !tree.is_independent(&left, &root));
//! ```

use std::collections::BTreeMap;

use super::{LoopId, RunId};
use crate::error::{Code, Error};

/// How deep runs may nest: a root run has depth 1.
pub const RUN_DEPTH_MAX: usize = 32;

/// Where a run stands in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    parent: Option<RunId>,
    root: RunId,
    loop_id: Option<LoopId>,
    depth: usize,
}

/// On whose side a change or a claim stands: its loop, else its root run.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Everything that one loop's runs do.
    Loop(LoopId),
    /// Everything below one root run that belongs to no loop.
    Root(RunId),
}

/// The tree of runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    places: BTreeMap<RunId, Place>,
}

impl Lineage {
    /// Adds a run. A run without a loop of its own is of its parent's loop.
    ///
    /// # Errors
    /// `already_exists` for a known run, `not_found` for an unknown parent, `limit_exceeded` below
    /// [`RUN_DEPTH_MAX`].
    pub fn insert(
        &mut self,
        run: &RunId,
        parent: Option<&RunId>,
        loop_id: Option<&LoopId>,
    ) -> Result<(), Error> {
        if self.places.contains_key(run) {
            return Err(Error::at(
                Code::AlreadyExists,
                "run",
                format!("run {run} exists already"),
            ));
        }
        let place = match parent {
            None => Place {
                parent: None,
                root: run.clone(),
                loop_id: loop_id.cloned(),
                depth: 1,
            },
            Some(parent) => {
                let above = self.places.get(parent).ok_or_else(|| {
                    Error::at(
                        Code::NotFound,
                        "parent",
                        format!("there is no run {parent}"),
                    )
                })?;
                let depth = above.depth + 1;
                if depth > RUN_DEPTH_MAX {
                    return Err(Error::limit(
                        "parent",
                        "RUN_DEPTH_MAX",
                        RUN_DEPTH_MAX as u64,
                        depth as u64,
                    ));
                }
                Place {
                    parent: Some(parent.clone()),
                    root: above.root.clone(),
                    loop_id: loop_id.or(above.loop_id.as_ref()).cloned(),
                    depth,
                }
            }
        };
        self.places.insert(run.clone(), place);
        Ok(())
    }

    /// Forgets a run. Its descendants must be forgotten first or with it.
    pub fn remove(&mut self, run: &RunId) {
        self.places.remove(run);
    }

    /// Is this run known?
    pub fn contains(&self, run: &RunId) -> bool {
        self.places.contains_key(run)
    }

    /// The run's own id and those of its ancestors, nearest first. Empty for an unknown run.
    pub fn ancestry<'a>(&'a self, run: &'a RunId) -> impl Iterator<Item = &'a RunId> {
        let mut next = self.places.get_key_value(run);
        std::iter::from_fn(move || {
            let (id, place) = next?;
            next = place
                .parent
                .as_ref()
                .and_then(|parent| self.places.get_key_value(parent));
            Some(id)
        })
        .take(RUN_DEPTH_MAX)
    }

    /// Does `other` do the same work as `requester`: the same run, or an ancestor of it?
    pub fn is_same_work(&self, requester: &RunId, other: &RunId) -> bool {
        requester == other || self.ancestry(requester).any(|run| run == other)
    }

    /// Are the runs of the same loop, else below the same root run?
    pub fn is_same_side(&self, a: &RunId, b: &RunId) -> bool {
        a == b || (self.contains(a) && self.contains(b) && self.side(a) == self.side(b))
    }

    /// Is neither run the other's ancestor, nor both the same?
    pub fn is_independent(&self, a: &RunId, b: &RunId) -> bool {
        !self.is_same_work(a, b) && !self.is_same_work(b, a)
    }

    /// The side that a run is on. An unknown run is its own side.
    pub fn side(&self, run: &RunId) -> Side {
        match self.places.get(run) {
            Some(Place {
                loop_id: Some(id), ..
            }) => Side::Loop(id.clone()),
            Some(place) => Side::Root(place.root.clone()),
            None => Side::Root(run.clone()),
        }
    }

    /// The loop of a run, its own or inherited.
    pub fn loop_of(&self, run: &RunId) -> Option<&LoopId> {
        self.places.get(run)?.loop_id.as_ref()
    }

    /// The parent of a run.
    pub fn parent_of(&self, run: &RunId) -> Option<&RunId> {
        self.places.get(run)?.parent.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RunId {
        RunId::new(text).unwrap()
    }

    /// nightly: a -> (b -> c, d); nightly again: e; no loop: f -> g; other loop inside: h below f
    fn tree() -> Lineage {
        let nightly = LoopId::new("nightly").unwrap();
        let other = LoopId::new("other").unwrap();
        let mut tree = Lineage::default();
        for (run, parent, of_loop) in [
            ("a", None, Some(&nightly)),
            ("b", Some("a"), None),
            ("c", Some("b"), None),
            ("d", Some("a"), None),
            ("e", None, Some(&nightly)),
            ("f", None, None),
            ("g", Some("f"), None),
            ("h", Some("f"), Some(&other)),
        ] {
            tree.insert(&id(run), parent.map(id).as_ref(), of_loop)
                .unwrap();
        }
        tree
    }

    #[test]
    fn the_three_relations_hold_as_the_table_says() {
        let tree = tree();
        // (requester, other, same work, same side, independent)
        let table = [
            ("a", "a", true, true, false),
            ("b", "a", true, true, false),
            ("a", "b", false, true, false),
            ("c", "a", true, true, false),
            ("a", "c", false, true, false),
            ("c", "b", true, true, false),
            ("b", "d", false, true, true),
            ("c", "d", false, true, true),
            ("a", "e", false, true, true),
            ("c", "e", false, true, true),
            ("a", "f", false, false, true),
            ("g", "f", true, true, false),
            ("f", "g", false, true, false),
            ("h", "f", true, false, false),
            ("g", "h", false, false, true),
            ("a", "unknown", false, false, true),
            ("unknown", "a", false, false, true),
            ("unknown", "unknown", true, true, false),
        ];
        for (requester, other, same_work, same_side, independent) in table {
            let (r, o) = (id(requester), id(other));
            assert_eq!(
                tree.is_same_work(&r, &o),
                same_work,
                "same work {requester} {other}"
            );
            assert_eq!(
                tree.is_same_side(&r, &o),
                same_side,
                "same side {requester} {other}"
            );
            assert_eq!(
                tree.is_independent(&r, &o),
                independent,
                "independent {requester} {other}"
            );
        }
    }

    #[test]
    fn a_tree_of_the_greatest_depth_is_taken_and_one_deeper_names_the_limit() {
        let mut tree = Lineage::default();
        tree.insert(&id("1"), None, None).unwrap();
        for depth in 2..=RUN_DEPTH_MAX {
            let (run, parent) = (id(&depth.to_string()), id(&(depth - 1).to_string()));
            tree.insert(&run, Some(&parent), None).unwrap();
        }
        let deepest = id(&RUN_DEPTH_MAX.to_string());
        assert_eq!(tree.ancestry(&deepest).count(), RUN_DEPTH_MAX);
        let error = tree.insert(&id("below"), Some(&deepest), None).unwrap_err();
        assert_eq!(error.limit_name(), Some("RUN_DEPTH_MAX"));
        assert_eq!(error.field(), Some("parent"));
    }

    #[test]
    fn a_run_is_added_once_and_below_a_known_parent() {
        let mut tree = tree();
        assert_eq!(
            tree.insert(&id("a"), None, None).unwrap_err().code(),
            Code::AlreadyExists
        );
        let orphan = tree
            .insert(&id("z"), Some(&id("nobody")), None)
            .unwrap_err();
        assert_eq!(orphan.code(), Code::NotFound);
    }
}
