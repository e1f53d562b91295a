//! Runs that wait for each other in a circle: nobody in it would ever be served.
//!
//! A run waits for the holders of the claims in its way, for those in front of it in the queue, and for
//! its own live children. The graph is never built: a circle through one run is looked for from both
//! ends at once, forwards along whom it waits for and backwards along who waits for it. Whichever end
//! comes to a stop first proves that there is none, and usually one is short.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Cell;
use super::scene::{Scene, meets_exactly, request_of};
use crate::error::Error;
use crate::model::RunId;

/// The runs reached from one end, and those to go on from.
struct End {
    seen: BTreeSet<RunId>,
    next: VecDeque<RunId>,
}

impl End {
    fn at(start: &RunId) -> End {
        End {
            seen: BTreeSet::new(),
            next: VecDeque::from([start.clone()]),
        }
    }

    fn reach(&mut self, run: RunId) {
        if self.seen.insert(run.clone()) {
            self.next.push_back(run);
        }
    }
}

impl Scene<'_> {
    /// The shortest circle that `start` is in, if it is in one: `start` first, each waiting for the next
    /// and the last for the first.
    pub(crate) fn circle(self, start: &RunId) -> Result<Option<Vec<RunId>>, Error> {
        let (mut ahead, mut behind) = (End::at(start), End::at(start));
        loop {
            let Some(run) = ahead.next.pop_front() else {
                return Ok(None);
            };
            for reached in self.waits_on(&run)? {
                if reached == *start || behind.seen.contains(&reached) {
                    return self.shortest(start);
                }
                ahead.reach(reached);
            }
            let Some(run) = behind.next.pop_front() else {
                return Ok(None);
            };
            for reached in self.waited_on_by(&run)? {
                if reached == *start || ahead.seen.contains(&reached) {
                    return self.shortest(start);
                }
                behind.reach(reached);
            }
        }
    }

    fn shortest(self, start: &RunId) -> Result<Option<Vec<RunId>>, Error> {
        let mut came_from: BTreeMap<RunId, RunId> = BTreeMap::new();
        let mut next = VecDeque::from([start.clone()]);
        while let Some(run) = next.pop_front() {
            for reached in self.waits_on(&run)? {
                if reached == *start {
                    return Ok(Some(way_to(&came_from, start, run)));
                }
                if !came_from.contains_key(&reached) {
                    came_from.insert(reached.clone(), run.clone());
                    next.push_back(reached);
                }
            }
        }
        Ok(None)
    }

    /// Whom a run waits for. A run that is not alive waits for nobody: its leases end by themselves.
    fn waits_on(self, run: &RunId) -> Result<BTreeSet<RunId>, Error> {
        let (runs, at) = (self.facts.runs, self.facts.at);
        if !runs.is_live(run, at) {
            return Ok(BTreeSet::new());
        }
        let children = runs.children(run).into_iter();
        let mut on: BTreeSet<RunId> = children.filter(|child| runs.is_live(child, at)).collect();
        if let Some(waiting) = self.wait_of(run).filter(|w| runs.is_live(&w.row.run, at)) {
            let found = self.find(request_of(waiting), None)?;
            on.extend(found.blockers().map(|other| other.run().clone()));
        }
        Ok(on)
    }

    /// Who waits for a run: the same edges, seen from the other end.
    fn waited_on_by(self, run: &RunId) -> Result<BTreeSet<RunId>, Error> {
        let mut by = BTreeSet::new();
        if self.facts.runs.is_live(run, self.facts.at) {
            let parent = self.facts.lineage.parent_of(run);
            by.extend(
                parent
                    .filter(|parent| self.facts.runs.is_live(parent, self.facts.at))
                    .cloned(),
            );
        }
        for holding in self.claims_of(run) {
            for waiting in self.waits_near(holding.area())? {
                if holding.row.claim.mode.meets(waiting.row.mode) == Cell::Conflict
                    && !self.is_own(Some(&waiting.row.run), run)
                    && meets_exactly(waiting.area(), holding.area())
                {
                    by.insert(waiting.row.run.clone());
                }
            }
        }
        if let Some(front) = self
            .wait_of(run)
            .filter(|w| self.facts.runs.is_live(&w.row.run, self.facts.at))
        {
            for waiting in self.waits_near(front.area())? {
                if front.rank() < waiting.rank()
                    && front.row.mode.meets(waiting.row.mode) == Cell::Conflict
                    && !self.is_own(Some(&waiting.row.run), run)
                    && meets_exactly(waiting.area(), front.area())
                    && !self.is_inside_own(request_of(waiting))
                {
                    by.insert(waiting.row.run.clone());
                }
            }
        }
        Ok(by)
    }
}

fn way_to(came_from: &BTreeMap<RunId, RunId>, start: &RunId, last: RunId) -> Vec<RunId> {
    let mut way = vec![last];
    while let Some(before) = way
        .last()
        .filter(|run| *run != start)
        .and_then(|run| came_from.get(run))
    {
        way.push(before.clone());
    }
    way.reverse();
    way
}
