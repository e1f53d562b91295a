//! Reads a journal again and checks, from its records alone, that claims kept their promise: the chain
//! verifies, and no two claims of different work that exclude each other were ever live together.
//!
//! It shares nothing with the claim plane but the table of modes and the algebra of paths: it follows
//! the events, keeps a plain list of live claims, and compares each grant with all of it.
//!
//! ```
//! use loom_core::store::MemoryStore;
//! use loom_harness::audit::audit;
//!
//! let audit = audit(&MemoryStore::without_clock()).unwrap();
//! assert!(audit.faults.is_empty() && audit.records == 0);
//! ```

use std::collections::BTreeMap;

use loom_core::claim::{Cell, ClaimEvent, Granted, Mode, Spec};
use loom_core::coordinator::{Event, read_events};
use loom_core::error::Error;
use loom_core::model::{Lineage, RepoId, RunId, Timestamp, Token, Ver};
use loom_core::path::{PathRules, PathSet};
use loom_core::run::RunEvent;
use loom_core::store::{Store, verify};
use serde::Serialize;

/// What a journal held, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// How many records there are; the chain over all of them verified.
    pub records: u64,
    /// How many claims were granted, handed-over ones included.
    pub grants: u64,
    /// How many of them were granted to waiters.
    pub served: u64,
    /// How many pairs of a granted and a live claim were compared.
    pub compared: u64,
    /// Everything that must not be, in the order of the journal.
    pub faults: Vec<Fault>,
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// In which record.
    pub ver: Ver,
    /// What.
    pub what: String,
}

/// A claim as the events tell of it.
struct Live {
    run: RunId,
    mode: Mode,
    specs: Vec<Spec>,
    expires_at: Timestamp,
}

#[derive(Default)]
struct Reading {
    audit: Audit,
    rules: BTreeMap<RepoId, PathRules>,
    lineage: Lineage,
    live: BTreeMap<Token, Live>,
    last: Option<Token>,
}

/// Audits a whole journal.
///
/// # Errors
/// Those of [`verify`]: a record that was altered, dropped, moved or forked, or cannot be read.
pub fn audit(store: &dyn Store) -> Result<Audit, Error> {
    let mut reading = Reading::default();
    let mut unreadable = None;
    let head = verify(store, |record, header| match read_events(record) {
        Ok(events) => {
            reading.live.retain(|_, claim| header.at < claim.expires_at);
            for event in &events {
                reading.follow(record.ver, event);
            }
        }
        Err(why) => unreadable = unreadable.take().or(Some(why)),
    })?;
    reading.audit.records = head.ver;
    unreadable.map_or(Ok(reading.audit), Err)
}

impl Reading {
    fn follow(&mut self, ver: Ver, event: &Event) {
        match event {
            Event::RepoRegistered(repo) => {
                self.rules.insert(repo.id.clone(), repo.rules);
            }
            Event::Run(RunEvent::Started(started)) => {
                let (parent, loop_id) = (started.parent.as_ref(), started.loop_id.as_ref());
                if let Err(why) = self.lineage.insert(&started.run, parent, loop_id) {
                    self.fault(ver, why.to_string());
                }
            }
            Event::Claim(event) => self.follow_claim(ver, event),
            _ => {}
        }
    }

    fn follow_claim(&mut self, ver: Ver, event: &ClaimEvent) {
        match event {
            ClaimEvent::Granted(granted) => self.grant(ver, granted),
            ClaimEvent::HandedOver { token, to } => {
                self.end(ver, *token);
                self.grant(ver, to);
            }
            ClaimEvent::Ended { token, .. } => self.end(ver, *token),
            ClaimEvent::Renewed { leases } => {
                for (token, until) in leases {
                    match self.live.get_mut(token) {
                        Some(claim) => claim.expires_at = *until,
                        None => {
                            self.fault(ver, format!("claim {token} is renewed and was not live"))
                        }
                    }
                }
            }
            ClaimEvent::Narrowed { token, specs } => match self.live.get_mut(token) {
                Some(claim) => claim.specs = specs.clone(),
                None => self.fault(ver, format!("claim {token} is narrowed and was not live")),
            },
            _ => {}
        }
    }

    fn grant(&mut self, ver: Ver, granted: &Granted) {
        let Granted {
            token,
            run,
            mode,
            specs,
            expires_at,
            served,
            ..
        } = granted;
        self.audit.grants += 1;
        self.audit.served += u64::from(served.is_some());
        if self.last.is_some_and(|last| last >= *token) {
            self.fault(ver, format!("token {token} does not rise"));
        }
        self.last = Some(*token);
        let mut clashes = Vec::new();
        for (other, claim) in &self.live {
            self.audit.compared += 1;
            let excludes = claim.mode.meets(*mode) == Cell::Conflict;
            if excludes
                && !self.lineage.is_same_work(run, &claim.run)
                && let Some(place) = self.meet(&claim.specs, specs)
            {
                let (held, asked) = (claim.mode, mode);
                clashes.push(format!(
                    "claim {token} ({asked:?}, run {run}) was granted while claim {other} ({held:?}, run {}) \
                     was live; both hold {place}",
                    claim.run
                ));
            }
        }
        for clash in clashes {
            self.fault(ver, clash);
        }
        let live = Live {
            run: run.clone(),
            mode: *mode,
            specs: specs.clone(),
            expires_at: *expires_at,
        };
        self.live.insert(*token, live);
    }

    fn end(&mut self, ver: Ver, token: Token) {
        if self.live.remove(&token).is_none() {
            self.fault(ver, format!("claim {token} ends and was not live"));
        }
    }

    /// A place that both hold.
    fn meet(&self, held: &[Spec], asked: &[Spec]) -> Option<String> {
        let pairs = held
            .iter()
            .flat_map(|held| asked.iter().map(move |asked| (held, asked)));
        let mut same_place =
            pairs.filter(|(held, asked)| held.repo == asked.repo && held.branch == asked.branch);
        same_place.find_map(|(held, asked)| {
            let shared = held
                .resources
                .iter()
                .find(|it| asked.resources.contains(it));
            if let Some(resource) = shared {
                return Some(resource.to_string());
            }
            let rules = self.rules.get(&held.repo).copied().unwrap_or_default();
            let sets = PathSet::compile(&held.paths, rules)
                .and_then(|left| Ok((left, PathSet::compile(&asked.paths, rules)?)));
            let Ok((held, asked)) = sets else {
                return Some("patterns that cannot be read".to_owned());
            };
            let overlap = held.overlap(&asked);
            let witness = || {
                overlap
                    .witness()
                    .map_or("a path", |it| it.as_str())
                    .to_owned()
            };
            overlap.meets().then(witness)
        })
    }

    fn fault(&mut self, ver: Ver, what: String) {
        self.audit.faults.push(Fault { ver, what });
    }
}
