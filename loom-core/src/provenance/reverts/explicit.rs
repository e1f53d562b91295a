//! Reverts that somebody says: by name, or by the patch turned around.

use std::collections::BTreeMap;

use super::steps::BranchSteps;
use super::{Evidence, Found, InversePatch};
use crate::model::ActorId;
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::graph::view::ChangeView;

/// Shorter beginnings of a commit's name say nothing.
const PREFIX_MIN: usize = 7;

/// What is known of the names of a branch's changes.
pub(super) struct Declared<'s, 'g> {
    graph: &'g ProvenanceGraph,
    steps: &'s BranchSteps<'g>,
    place_of: BTreeMap<u32, usize>,
}

impl<'s, 'g> Declared<'s, 'g> {
    pub(super) fn new(graph: &'g ProvenanceGraph, steps: &'s BranchSteps<'g>) -> Self {
        let node = |place: usize| steps.change(place).node().0;
        Declared {
            graph,
            steps,
            place_of: steps.places().map(|place| (node(place), place)).collect(),
        }
    }

    /// What changes say they revert.
    pub(super) fn by_name(&self, found: &mut Found) {
        let says = |place: &usize| !self.steps.change(*place).declared_reverts().is_empty();
        let saying: Vec<usize> = self.steps.asked().filter(says).collect();
        if saying.is_empty() {
            return;
        }
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for place in self.steps.places() {
            let change = self.steps.change(place);
            names.insert(change.id(), place);
            if let Some(commit) = change.commit() {
                names.insert(commit, place);
            }
        }
        for by in saying {
            for named in self.steps.change(by).declared_reverts() {
                let Some(of) = find(&names, named.as_str()).filter(|of| *of < by) else {
                    continue;
                };
                let named = named.clone();
                found.add((by, of), Evidence::Explicit { named }, []);
            }
        }
    }

    /// What changes are when they are turned around, as far as that was told.
    pub(super) fn by_patch(&self, inverse: &[InversePatch], found: &mut Found) {
        let told: BTreeMap<&str, &ActorId> = inverse
            .iter()
            .map(|each| (each.change.as_str(), &each.patch_id))
            .collect();
        if told.is_empty() {
            return;
        }
        for by in self.steps.asked() {
            let change = self.steps.change(by);
            let Some(patch_id) = told.get(change.id().as_str()) else {
                continue;
            };
            // The latest of them: those before it were undone, or it could not have landed again.
            let same = self.graph.changes_of_patch(patch_id.as_str());
            let earlier = same.filter_map(|other| self.earlier(&other, by)).max();
            if let Some(of) = earlier {
                let patch_id = (*patch_id).clone();
                found.add((by, of), Evidence::InversePatch { patch_id }, []);
            }
        }
    }

    fn earlier(&self, change: &ChangeView<'_>, by: usize) -> Option<usize> {
        let place = self.place_of.get(&change.node().0).copied();
        place.filter(|place| *place < by)
    }
}

/// The change of a whole name, or of the only one that begins so.
fn find(names: &BTreeMap<String, usize>, named: &str) -> Option<usize> {
    if let Some(place) = names.get(named) {
        return Some(*place);
    }
    if named.len() < PREFIX_MIN {
        return None;
    }
    let from = (
        std::ops::Bound::Included(named),
        std::ops::Bound::<&str>::Unbounded,
    );
    let mut begins = names
        .range::<str, _>(from)
        .take_while(|(name, _)| name.starts_with(named));
    let (_, place) = begins.next()?;
    begins.all(|(_, other)| other == place).then_some(*place)
}
