//! On whose side a change stands, as far as anybody knows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Side;
use crate::provenance::graph::ProvenanceGraph;
use crate::provenance::graph::view::ChangeView;
use crate::provenance::name::{Kind, Name};

/// Whose a change is: a side of runs, else those named to have made it.
///
/// Agents are named beside the author whose name they work under; they count where nobody else is
/// named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Party {
    /// A loop, or a run that belongs to none.
    Side(Side),
    /// People, services or authors; agents where nobody else is named.
    Makers(BTreeSet<Name>),
}

impl Party {
    /// Whose a change is; nothing where nobody knows.
    pub(in crate::provenance) fn of(
        graph: &ProvenanceGraph,
        change: ChangeView<'_>,
    ) -> Option<Party> {
        if let Some(side) = change.side() {
            return Some(Party::Side(side.clone()));
        }
        let mut makers = change.makers().map(|node| graph.name(node)).peekable();
        makers.peek()?;
        Some(Party::of_makers(makers))
    }

    /// Those named to have made something, agents apart where anybody else is named.
    pub(super) fn of_makers(makers: impl Iterator<Item = Name>) -> Party {
        let makers: BTreeSet<Name> = makers.collect();
        let named: BTreeSet<Name> = makers
            .iter()
            .filter(|name| name.kind != Kind::Agent)
            .cloned()
            .collect();
        Party::Makers(if named.is_empty() { makers } else { named })
    }

    /// Do two parties have nobody in common?
    pub(in crate::provenance) fn is_against(&self, other: &Party) -> bool {
        match (self, other) {
            (Party::Makers(some), Party::Makers(others)) => some.is_disjoint(others),
            (some, other) => some != other,
        }
    }
}
