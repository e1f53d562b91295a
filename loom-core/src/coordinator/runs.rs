//! Runs: how one starts, stays alive, and ends.

use super::decide::{Decision, over};
use super::event::Event;
use super::reply::Reply;
use crate::claim::Granted;
use crate::error::{Code, Error};
use crate::model::{AMOUNT_MAX, Amounts, Digest, LoopId, RUN_DEPTH_MAX, RunId};
use crate::run::{
    Finished, LIVE_RUNS_MAX, RUN_TTL_MS_DEFAULT, RUN_TTL_MS_MAX, RUN_TTL_MS_MIN, RunEvent,
    RunOutcome, Slot, Started,
};

/// The most prompts, skills and policies that a run names.
pub const RUN_ARTIFACTS_MAX: usize = 64;

impl Decision<'_> {
    pub(super) fn start_run(
        &mut self,
        run: &RunId,
        loop_id: Option<&LoopId>,
        parent: Option<&RunId>,
        slot: Option<&Slot>,
        artifacts: &[Digest],
        ttl_ms: Option<u64>,
    ) -> Result<Reply, Error> {
        let runs = &self.state.runs;
        let actor = &self.command.actor;
        if actor
            .run
            .as_ref()
            .is_some_and(|own| own != run && Some(own) != parent)
        {
            let message = "the actor's run is neither the new run nor its parent";
            return Err(Error::at(Code::InvalidField, "actor.run", message));
        }
        if runs.get(run).is_some() {
            let message = format!("run {run} exists already; choose another name");
            return Err(Error::at(Code::AlreadyExists, "run", message));
        }
        if let Some(parent) = parent {
            runs.require_live(parent, self.at)
                .map_err(|why| why.about("parent"))?;
            let depth = runs.lineage().ancestry(parent).count() + 1;
            if depth > RUN_DEPTH_MAX {
                return Err(over("parent", "RUN_DEPTH_MAX", RUN_DEPTH_MAX, depth));
            }
        }
        let ttl_ms = ttl_ms.unwrap_or(RUN_TTL_MS_DEFAULT);
        if ttl_ms < RUN_TTL_MS_MIN {
            return Err(Error::below(
                "ttl_ms",
                "RUN_TTL_MS_MIN",
                RUN_TTL_MS_MIN,
                ttl_ms,
            ));
        }
        if ttl_ms > RUN_TTL_MS_MAX {
            return Err(Error::limit(
                "ttl_ms",
                "RUN_TTL_MS_MAX",
                RUN_TTL_MS_MAX,
                ttl_ms,
            ));
        }
        if !runs.has_room(self.at) {
            return Err(over(
                "run",
                "LIVE_RUNS_MAX",
                LIVE_RUNS_MAX,
                LIVE_RUNS_MAX + 1,
            ));
        }
        if artifacts.len() > RUN_ARTIFACTS_MAX {
            let got = artifacts.len();
            return Err(over(
                "artifacts",
                "RUN_ARTIFACTS_MAX",
                RUN_ARTIFACTS_MAX,
                got,
            ));
        }
        let live_until = self.at.plus_ms(ttl_ms);
        let left = loop_id.filter(|_| parent.is_none());
        let left = left.and_then(|id| runs.left_behind(id, self.at));
        let succeeds = left.cloned();
        let started = Started {
            run: run.clone(),
            actor: actor.clone().in_run(run.clone()),
            loop_id: loop_id.cloned(),
            parent: parent.cloned(),
            slot: slot.cloned(),
            succeeds: succeeds.clone(),
            artifacts: artifacts.to_vec(),
            ttl_ms,
            live_until,
        };
        self.others
            .push(Event::Run(RunEvent::Started(Box::new(started))));
        Ok(Reply::RunStarted {
            run: run.clone(),
            live_until,
            succeeds,
        })
    }

    pub(super) fn heartbeat(&mut self, seen: Option<u64>) -> Result<Reply, Error> {
        let run = self.live_run()?;
        let row = self.state.runs.require_live(run, self.at)?;
        let mut live_until = row.live_until;
        if row.live_until.since_ms(self.at) < row.ttl_ms.div_ceil(2) {
            live_until = self.at.plus_ms(row.ttl_ms);
            self.others.push(Event::Run(RunEvent::Beat {
                run: run.clone(),
                live_until,
            }));
        }
        let claims = self.claims.heartbeat(run);
        if let Some(seq) = seen {
            self.claims.seen(run, seq)?;
        }
        let (mut notices, read_before) = self.claims.notices(run);
        let read = seen.unwrap_or(0).max(read_before);
        notices.retain(|notice| notice.seq > read);
        let missed = notices.first().map_or(0, |first| first.seq - 1 - read);
        let waiting = self.claims.wait_of(run);
        Ok(Reply::Beaten {
            live_until,
            claims,
            waiting,
            notices,
            missed,
        })
    }

    pub(super) fn finish_run(
        &mut self,
        outcome: RunOutcome,
        summary: Option<&str>,
        spent: &Amounts,
    ) -> Result<Reply, Error> {
        let run = self.command.actor.require_run()?;
        let Some(row) = self.state.runs.get(run) else {
            return Err(Error::at(
                Code::NotFound,
                "actor.run",
                format!("there is no run {run}"),
            ));
        };
        if row.finished.is_some() {
            let message = format!("run {run} has finished already");
            return Err(Error::at(Code::RunNotLive, "actor.run", message));
        }
        if let Some((_, amount)) = spent.iter().find(|(_, amount)| **amount > AMOUNT_MAX) {
            return Err(Error::limit("spent", "AMOUNT_MAX", AMOUNT_MAX, *amount));
        }
        if outcome == RunOutcome::Done
            && let Some(refused) = self.refuse_done(run, &row)?
        {
            return Ok(refused);
        }
        let summary = self.text("summary", summary)?;
        let claims = self.claims.end_run(run);
        let finished = Finished {
            run: run.clone(),
            outcome,
            summary,
            spent: spent.clone(),
        };
        self.others.push(Event::Run(RunEvent::Finished(finished)));
        let state = self.state;
        let fresh: Vec<&Granted> = self.claims.granted().collect();
        let work = state.work.report(run, &fresh, &state.runs, &state.repos)?;
        Ok(Reply::RunFinished { claims, work })
    }
}
