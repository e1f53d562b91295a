//! Loops and runs in a snapshot.
//!
//! A process that starts cold reads the tree of runs and when each ends. The rows themselves are read
//! from their pages when somebody asks for one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LoopRow;
use super::table::{RunRow, RunTable};
use crate::error::{Code, Error};
use crate::model::{Digest, Lineage, LoopId, RunId, Timestamp};
use crate::table::{SnapshotReader, SnapshotWriter, json_rows};

json_rows!(RunRow);

/// What is read at once of a run.
#[derive(Serialize, Deserialize)]
struct Front {
    run: RunId,
    parent: Option<RunId>,
    loop_id: Option<LoopId>,
    ends_at_ms: i64,
    finished: bool,
}

impl RunTable {
    /// Adds the state to a snapshot.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written, `corrupt` where the state was itself thawed and a
    /// page of it is bad.
    pub fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        let fronts: Vec<Front> = self
            .iter()
            .map(|(run, row)| Front {
                run,
                parent: row.parent.clone(),
                loop_id: row.loop_id.clone(),
                ends_at_ms: row.ends_at().as_ms(),
                finished: row.finished.is_some(),
            })
            .collect();
        let fronts = postcard::to_allocvec(&fronts)
            .map_err(|why| Error::new(Code::Internal, format!("runs: {why}")))?;
        writer.value("loops", &self.loop_rows().collect::<Vec<_>>())?;
        writer.value("signals", &self.signals)?;
        writer.bytes("runs.fronts", &fronts);
        writer.table("runs", &self.runs)
    }

    /// The state that was added to a snapshot, its rows unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole, or the tree has a hole.
    pub fn thaw(reader: &SnapshotReader) -> Result<RunTable, Error> {
        let loops: Vec<LoopRow> = reader.value("loops")?;
        let fronts: Vec<Front> = postcard::from_bytes(&reader.bytes("runs.fronts")?)
            .map_err(|why| corrupt(why.to_string()))?;
        let mut table = RunTable {
            loops: loops
                .into_iter()
                .map(|row| (row.card.id.clone(), row))
                .collect(),
            signals: reader.value("signals")?,
            runs: reader.table("runs")?,
            ..RunTable::default()
        };
        if table.runs.len() != fronts.len() {
            return Err(corrupt("there are fewer or more of them"));
        }
        // Whole maps are built faster than they grow.
        let ends = fronts
            .iter()
            .map(|front| Ok((Timestamp::from_ms(front.ends_at_ms)?, front)));
        let ends: Vec<(Timestamp, &Front)> = ends.collect::<Result<_, Error>>()?;
        let by_end = ends.iter().map(|(at, front)| (*at, front.run.clone()));
        table.by_end = by_end.collect();
        let unfinished = ends.iter().filter(|(_, front)| !front.finished);
        table.unfinished = unfinished
            .map(|(at, front)| (front.run.clone(), *at))
            .collect();
        let children = fronts
            .iter()
            .filter_map(|it| Some((it.parent.clone()?, it.run.clone())));
        table.children = children.collect();
        table.lineage = lineage_of(&fronts)?;
        Ok(table)
    }

    /// The digest of all loops and runs.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn digest(&self) -> Result<Digest, Error> {
        let loops = (self.loop_rows().collect::<Vec<_>>(), &self.signals);
        let loops = serde_json::to_vec(&loops)
            .map_err(|why| Error::new(Code::Internal, why.to_string()))?;
        Ok(Digest::of(&[
            &Digest::of(&[&loops]).0,
            &self.runs.digest()?.0,
        ]))
    }

    /// A bad page that a look-up met, if one did.
    pub fn fault(&self) -> Option<Error> {
        self.runs.fault()
    }
}

/// The tree of these runs: each stands behind its parent, whatever the order of their names.
fn lineage_of(fronts: &[Front]) -> Result<Lineage, Error> {
    let mut lineage = Lineage::default();
    let mut below: BTreeMap<&RunId, Vec<&Front>> = BTreeMap::new();
    let mut open: Vec<&Front> = Vec::new();
    for front in fronts {
        match &front.parent {
            Some(parent) => below.entry(parent).or_default().push(front),
            None => open.push(front),
        }
    }
    let mut placed = 0;
    while let Some(front) = open.pop() {
        lineage.insert(&front.run, front.parent.as_ref(), front.loop_id.as_ref())?;
        placed += 1;
        open.extend(below.remove(&front.run).unwrap_or_default());
    }
    if placed == fronts.len() {
        Ok(lineage)
    } else {
        Err(corrupt("a run's parent is missing"))
    }
}

fn corrupt(why: impl Into<String>) -> Error {
    Error::at(Code::Corrupt, "snapshot.runs", why)
}
