//! A journal in small: runs, repositories, a clock, and a claim table that only records change.

use std::collections::BTreeMap;

use loom_core::claim::{
    ClaimEvent, ClaimReply, ClaimRequest, ClaimTable, Draft, Facts, Mode, OnConflict, RepoFacts,
    Row, RunFacts, SpecRequest, WAKES_MAX,
};
use loom_core::error::Error;
use loom_core::model::{
    Actor, ActorKind, Branch, Lineage, RepoId, Resource, RunId, Timestamp, Token,
};
use loom_core::path::{PathRules, PathSetSource, PatternSource, RepoPath};

pub(crate) const TTL: u64 = 60_000;

#[derive(Default)]
pub(crate) struct Runs(BTreeMap<RunId, (Option<RunId>, Timestamp)>);

impl RunFacts for Runs {
    fn is_live(&self, run: &RunId, at: Timestamp) -> bool {
        self.0.get(run).is_some_and(|(_, until)| at < *until)
    }
    fn live_until(&self, run: &RunId) -> Option<Timestamp> {
        self.0.get(run).map(|(_, until)| *until)
    }
    fn children(&self, run: &RunId) -> Vec<RunId> {
        self.0
            .iter()
            .filter(|(_, (parent, _))| parent.as_ref() == Some(run))
            .map(|(id, _)| id.clone())
            .collect()
    }
}

pub(crate) struct Repos;

impl RepoFacts for Repos {
    fn rules(&self, repo: &RepoId) -> Option<PathRules> {
        (repo.as_str() != "nowhere").then(PathRules::default)
    }
    fn default_branch(&self, repo: &RepoId) -> Option<Branch> {
        (repo.as_str() != "bare").then(|| Branch::new("main").unwrap())
    }
}

pub(crate) struct World {
    pub(crate) table: ClaimTable,
    pub(crate) at: Timestamp,
    pub(crate) ver: u64,
    lineage: Lineage,
    runs: Runs,
    /// The events of the last record.
    pub(crate) last: Vec<ClaimEvent>,
}

impl World {
    /// Runs with their parents (`child<parent`), which live for a day.
    pub(crate) fn of(runs: &[&str]) -> World {
        let at: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        let mut world = World {
            table: ClaimTable::default(),
            at,
            ver: 0,
            lineage: Lineage::default(),
            runs: Runs::default(),
            last: Vec::new(),
        };
        for name in runs {
            world.start(name);
        }
        world
    }

    pub(crate) fn start(&mut self, name: &str) {
        let (id, parent) = name
            .split_once('<')
            .map_or((name, None), |(id, parent)| (id, Some(run(parent))));
        self.lineage
            .insert(&run(id), parent.as_ref(), None)
            .unwrap();
        self.runs
            .0
            .insert(run(id), (parent, self.at.plus_ms(24 * 3_600_000)));
    }

    pub(crate) fn stop(&mut self, name: &str) {
        self.runs.0.get_mut(&run(name)).unwrap().1 = self.at;
    }

    pub(crate) fn pass_ms(&mut self, ms: u64) {
        self.at = self.at.plus_ms(ms);
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            at: self.at,
            incarnation: 0,
            ver: self.ver + 1,
            lineage: &self.lineage,
            runs: &self.runs,
            repos: &Repos,
        }
    }

    /// One command as one record: due waiters first, the command, and whom it woke.
    pub(crate) fn send<R>(&mut self, command: impl FnOnce(&mut Draft<'_>) -> R) -> R {
        let mut draft = self.table.draft(self.facts());
        assert!(!draft.wake(WAKES_MAX));
        let reply = command(&mut draft);
        assert!(!draft.wake(WAKES_MAX));
        let events = draft.into_events();
        self.land(events);
        reply
    }

    pub(crate) fn land(&mut self, events: Vec<ClaimEvent>) {
        if !events.is_empty() {
            self.ver += 1;
            self.table.expire(self.at);
            for event in &events {
                let json = serde_json::to_string(event).unwrap();
                let event: ClaimEvent = serde_json::from_str(&json).unwrap();
                self.table.apply(event, self.at, &Repos).unwrap();
            }
            self.check_rows();
        }
        self.last = events;
    }

    /// The rows are the whole state.
    fn check_rows(&self) {
        let rows: Vec<Row> = self.table.rows().collect();
        let json = serde_json::to_string(&rows).unwrap();
        let read: Vec<Row> = serde_json::from_str(&json).unwrap();
        let again = ClaimTable::from_rows(read, &Repos).unwrap();
        assert_eq!(again.rows().collect::<Vec<_>>(), rows);
        assert!(again.waits().eq(self.table.waits()));
    }

    pub(crate) fn tick(&mut self) {
        self.send(|_| ());
    }

    pub(crate) fn ask(&mut self, by: &str, request: &ClaimRequest) -> Result<ClaimReply, Error> {
        let actor = actor(by);
        self.send(|draft| draft.claim(&actor, &run(by), request))
    }

    /// A grant that must succeed.
    pub(crate) fn hold(&mut self, by: &str, mode: Mode, paths: &[&str]) -> Token {
        granted(&self.ask(by, &asking(mode, paths)).unwrap())
    }

    /// A wait that must queue.
    pub(crate) fn wait(&mut self, by: &str, mode: Mode, paths: &[&str]) -> Token {
        let request = ClaimRequest {
            on_conflict: OnConflict::Wait,
            ..asking(mode, paths)
        };
        match self.ask(by, &request).unwrap() {
            ClaimReply::Waiting { wait, .. } => wait,
            other => panic!("{by} should wait: {other:?}"),
        }
    }

    pub(crate) fn release(&mut self, by: &str, token: Token) {
        let reply = self
            .send(|draft| draft.release(&run(by), Some(&[token])))
            .unwrap();
        assert!(reply.skipped.is_empty(), "{reply:?}");
    }

    /// Who holds something now, by token.
    pub(crate) fn holders(&self) -> Vec<String> {
        self.table
            .live(self.at)
            .map(|claim| claim.run.to_string())
            .collect()
    }

    /// Who waits, in queue order.
    pub(crate) fn queue(&self) -> Vec<String> {
        self.table
            .waits()
            .map(|wait| wait.run.to_string())
            .collect()
    }

    pub(crate) fn admit(&self, token: Token, by: &str, path: &str) -> loom_core::claim::Admission {
        let path = RepoPath::parse(path, &PathRules::default()).unwrap();
        let (repo, branch) = (RepoId::new("shop").unwrap(), Branch::new("main").unwrap());
        self.table
            .admit(token, &run(by), &repo, &branch, &[path], self.facts())
            .unwrap()
    }
}

pub(crate) fn run(name: &str) -> RunId {
    RunId::new(name).unwrap()
}

pub(crate) fn actor(name: &str) -> Actor {
    Actor::new(ActorKind::Loop, name).unwrap().in_run(run(name))
}

pub(crate) fn spec(paths: &[&str]) -> SpecRequest {
    SpecRequest {
        repo: RepoId::new("shop").unwrap(),
        branch: None,
        paths: PathSetSource::of(paths.iter().map(|path| PatternSource::from(*path))),
        resources: Vec::new(),
    }
}

pub(crate) fn resources(names: &[&str]) -> SpecRequest {
    SpecRequest {
        resources: names
            .iter()
            .map(|name| Resource::new(name).unwrap())
            .collect(),
        ..spec(&[])
    }
}

pub(crate) fn asking(mode: Mode, paths: &[&str]) -> ClaimRequest {
    ClaimRequest {
        specs: vec![spec(paths)],
        mode,
        intent: None,
        ttl_ms: TTL,
        priority: 0,
        on_conflict: OnConflict::Refuse,
        partial: false,
    }
}

pub(crate) fn granted(reply: &ClaimReply) -> Token {
    match reply {
        ClaimReply::Granted { token, .. } => *token,
        other => panic!("should be granted: {other:?}"),
    }
}
