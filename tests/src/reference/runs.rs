//! Runs: leases, the tree, heartbeats, the end.

use loom_core::claim::Notice;
use loom_core::coordinator::{ChangedFile, Command, NewChange, Reply, WorkReport};
use loom_core::error::Code;
use loom_core::model::{Actor, LoopId, RunId, Timestamp};
use loom_core::path::RepoPath;

use super::{Reference, Refused, Run, own_run, refused};

/// "The lease of a run that asks for none": 15 minutes.
const RUN_TTL_MS_DEFAULT: u64 = 15 * 60 * 1_000;
/// "a ring of 64 per run".
const NOTICES_MAX: usize = 64;

impl Run {
    /// "Whether a lease, wait, approval or window is live is computed from `at`".
    fn is_live(&self, at: Timestamp) -> bool {
        !self.finished && at < self.live_until
    }
}

impl Reference {
    pub(super) fn start_run(
        &mut self,
        actor: &Actor,
        run: &RunId,
        loop_id: Option<&LoopId>,
        parent: Option<&RunId>,
        ttl_ms: Option<u64>,
    ) -> Result<Reply, Refused> {
        if actor
            .run
            .as_ref()
            .is_some_and(|own| own != run && Some(own) != parent)
        {
            return refused(Code::InvalidField, "actor.run");
        }
        if self.run(run).is_some() {
            return refused(Code::AlreadyExists, "run");
        }
        if loop_id.is_some_and(|id| !self.loops.contains(id)) {
            return refused(Code::NotFound, "loop");
        }
        if let Some(parent) = parent {
            self.require_live(parent, "parent")?;
        }
        // "its successor gets a handover": the loop's last run that works for nobody, where it died.
        let at = self.now.at;
        let of_loop = |known: &&Run| known.parent.is_none() && known.loop_id.as_ref() == loop_id;
        let last = self.runs.iter().rfind(of_loop);
        let died = last.filter(|last| !last.finished && !last.is_live(at));
        let died = died.filter(|_| loop_id.is_some() && parent.is_none());
        let succeeds = died.map(|died| died.id.clone());
        let ttl_ms = ttl_ms.unwrap_or(RUN_TTL_MS_DEFAULT);
        let live_until = self.now.at.plus_ms(ttl_ms);
        self.runs.push(Run {
            id: run.clone(),
            actor: actor.clone().in_run(run.clone()),
            loop_id: loop_id.cloned(),
            parent: parent.cloned(),
            ttl_ms,
            live_until,
            finished: false,
        });
        self.now.touched = true;
        let run = run.clone();
        Ok(Reply::RunStarted {
            run,
            live_until,
            succeeds,
        })
    }

    /// "a heartbeat renews all claims of a run"; "Heartbeats are recorded only when less than half
    /// a lease is left."
    pub(super) fn heartbeat(&mut self, actor: &Actor, seen: Option<u64>) -> Result<Reply, Refused> {
        let id = self.live_run(actor)?;
        let at = self.now.at;
        let mut live_until = at;
        for run in self.runs.iter_mut().filter(|run| run.id == id) {
            if run.live_until.since_ms(at) < run.ttl_ms.div_ceil(2) {
                run.live_until = at.plus_ms(run.ttl_ms);
                self.now.touched = true;
            }
            live_until = run.live_until;
        }
        let claims = self.renew_late(&id);
        // "`heartbeat {seen}` moves the cursor".
        let before = self.cursor(&id);
        let last = self.notices.iter().filter(|(run, _)| *run == id).count() as u64;
        // Nobody has read what was never said.
        if seen.is_some_and(|seen| seen > last) {
            return refused(Code::InvalidField, "seen");
        }
        let read = seen.unwrap_or(0).max(before);
        if read > before {
            self.seen.retain(|(run, _)| *run != id);
            self.seen.push((id.clone(), read));
            self.now.touched = true;
        }
        let waiting = self.wait_of(&id);
        let notices: Vec<Notice> = self
            .notice_box(&id)
            .into_iter()
            .filter(|notice| notice.seq > read)
            .collect();
        let missed = notices.first().map_or(0, |first| first.seq - 1 - read);
        Ok(Reply::Beaten {
            live_until,
            claims,
            waiting,
            notices,
            missed,
        })
    }

    /// "The actor's run ends: its claims are released, its wait withdrawn."
    pub(super) fn finish_run(&mut self, actor: &Actor) -> Result<Reply, Refused> {
        let id = own_run(actor)?;
        match self.run(&id) {
            None => return refused(Code::NotFound, "actor.run"),
            Some(run) if run.finished => return refused(Code::RunNotLive, "actor.run"),
            Some(_) => {}
        }
        let claims = self.release(&id, None);
        self.withdraw(&id);
        for run in self.runs.iter_mut().filter(|run| run.id == id) {
            run.finished = true;
        }
        self.now.touched = true;
        // What was claimed against what was changed has tests of its own.
        let work = WorkReport::default();
        Ok(Reply::RunFinished { claims, work })
    }

    /// "`admit(token, paths, now)` … binds only inside `record_change {token}`."
    pub(super) fn record_change(
        &mut self,
        command: &Command,
        change: &NewChange,
    ) -> Result<Reply, Refused> {
        if self.changes.contains(&change.id) {
            return refused(Code::AlreadyExists, "id");
        }
        let run = own_run(&command.actor)?;
        if self.run(&run).is_none() {
            return refused(Code::NotFound, "run");
        }
        let (branch, rules) = self.repo(&change.repo, "repo")?;
        let branch = change.branch.clone().unwrap_or(branch);
        let parse = |file: &ChangedFile| RepoPath::parse(&file.path, &rules);
        let Ok(paths) = change
            .files
            .iter()
            .map(parse)
            .collect::<Result<Vec<_>, _>>()
        else {
            return refused(Code::InvalidPath, "files");
        };
        let id = change.id.clone();
        if let Some(token) = change.token {
            let admission = self.admit(token, &run, &change.repo, &branch, &paths);
            if admission != loom_core::claim::Admission::Admitted {
                return Ok(Reply::ChangeFenced { id, admission });
            }
        }
        let undeclared = paths
            .iter()
            .filter(|path| {
                !self.declared.iter().any(|(by, spec)| {
                    self.same_work(&run, by)
                        && (&spec.repo, &spec.branch) == (&change.repo, &branch)
                        && self.set(spec).matches(path)
                })
            })
            .map(|path| path.as_str().to_owned())
            .collect();
        self.changes.push(id.clone());
        self.now.touched = true;
        Ok(Reply::ChangeRecorded { id, undeclared })
    }

    pub(super) fn run(&self, id: &RunId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == *id)
    }

    pub(super) fn is_live(&self, id: &RunId) -> bool {
        self.run(id).is_some_and(|run| run.is_live(self.now.at))
    }

    pub(super) fn live_run(&self, actor: &Actor) -> Result<RunId, Refused> {
        let run = own_run(actor)?;
        self.require_live(&run, "actor.run")?;
        Ok(run)
    }

    pub(super) fn require_live(&self, id: &RunId, field: &str) -> Result<(), Refused> {
        match self.run(id) {
            None => refused(Code::NotFound, field),
            Some(run) if run.is_live(self.now.at) => Ok(()),
            Some(_) => refused(Code::RunNotLive, field),
        }
    }

    /// "**same work**: the requester's own run or one of its ancestors."
    pub(super) fn same_work(&self, requester: &RunId, other: &RunId) -> bool {
        let mut next = Some(requester);
        while let Some(run) = next {
            if run == other {
                return true;
            }
            next = self.run(run).and_then(|run| run.parent.as_ref());
        }
        false
    }

    /// The loop of a run, its own or inherited.
    pub(super) fn loop_of(&self, id: &RunId) -> Option<LoopId> {
        let run = self.run(id)?;
        run.loop_id
            .clone()
            .or_else(|| self.loop_of(run.parent.as_ref()?))
    }

    fn cursor(&self, id: &RunId) -> u64 {
        let found = self.seen.iter().find(|(run, _)| run == id);
        found.map_or(0, |(_, seq)| *seq)
    }

    /// What a run was told and has room for.
    pub fn notice_box(&self, id: &RunId) -> Vec<Notice> {
        let all = self.notices.iter().filter(|(run, _)| run == id);
        let mut last: Vec<Notice> = all
            .map(|(_, notice)| notice.clone())
            .rev()
            .take(NOTICES_MAX)
            .collect();
        last.reverse();
        last
    }
}
