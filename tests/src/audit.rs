//! A second opinion on a journal: reads its records again and says what must not be in them.
//!
//! It is there to convict the library, so it shares as little with it as it can: it follows the
//! events of claims and runs, draws each claim as a stretch of the journal with a beginning and an
//! end, and asks of every two stretches whether they were live together, exclude each other, and
//! meet. Of the library it takes the bytes, the names of the events and the algebra of paths, which
//! has its own tests; what excludes what is written here once more.
//!
//! ```
//! use loom_core::store::MemoryStore;
//! use loom_tests::audit::audit;
//!
//! let audit = audit(&MemoryStore::without_clock()).unwrap();
//! assert!(audit.faults.is_empty() && audit.head.ver == 0);
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use loom_core::claim::{ClaimEvent, Granted, Mode, Spec};
use loom_core::coordinator::{Change, Event, read_events};
use loom_core::error::Error;
use loom_core::model::{Branch, Head, Header, RepoId, Resource, RunId, Timestamp, Token, Ver};
use loom_core::path::{PathRules, PathSet, RepoPath};
use loom_core::run::RunEvent;
use loom_core::store::{Store, verify};

/// What a journal held, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Where the journal ends; up to there the chain verified, and time never went back.
    pub head: Head,
    /// How many claims were granted, those handed over and those of waiters included.
    pub grants: usize,
    /// How many of them waiters got.
    pub served: usize,
    /// How many claims ended because their lease did.
    pub lapsed: usize,
    /// How many changes landed under a token.
    pub fenced: usize,
    /// How many pairs of claims were live together.
    pub together: usize,
    /// Everything that must not be.
    pub faults: Vec<Fault>,
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The record that shows it.
    pub ver: Ver,
    /// What.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}: {}", self.ver, self.what)
    }
}

/// A place in the journal: a record, and an event within it.
type Moment = (Ver, usize);

/// A claim from the event that says what it holds to the one that says otherwise.
struct Stretch {
    token: Token,
    run: RunId,
    mode: Mode,
    places: Vec<Place>,
    from: Moment,
    from_at: Timestamp,
    /// The event that ended it, where one did.
    until: Option<Moment>,
    /// Where no event did, the lease ends here.
    expires_at: Timestamp,
}

/// One place that a claim holds.
struct Place {
    repo: RepoId,
    branch: Branch,
    paths: PathSet,
    resources: Vec<Resource>,
}

#[derive(Default)]
struct Reader {
    now: (Moment, Timestamp),
    ids: BTreeSet<uuid::Uuid>,
    rules: BTreeMap<RepoId, PathRules>,
    parents: BTreeMap<RunId, Option<RunId>>,
    stretches: Vec<Stretch>,
    /// The last stretch of each claim.
    claims: BTreeMap<Token, usize>,
    /// The requests that queue.
    waits: BTreeSet<Token>,
    grants: usize,
    served: usize,
    fenced: usize,
    faults: Vec<Fault>,
}

/// Audits a whole journal.
///
/// # Errors
/// Those of [`verify`]: a record that was altered, dropped, moved or forked, or cannot be read.
pub fn audit(store: &dyn Store) -> Result<Audit, Error> {
    let mut reader = Reader::default();
    let mut unreadable = None;
    let head = verify(store, |record, header| match read_events(record) {
        Ok(events) => reader.read(record.ver, header, &events),
        Err(why) => unreadable = unreadable.take().or(Some(why)),
    })?;
    if let Some(why) = unreadable {
        return Err(why);
    }
    let together = reader.compare();
    let ended_at = reader.now.1;
    let lapsed = |claim: &&Stretch| claim.until.is_none() && claim.expires_at <= ended_at;
    Ok(Audit {
        head,
        grants: reader.grants,
        served: reader.served,
        lapsed: reader.stretches.iter().filter(lapsed).count(),
        fenced: reader.fenced,
        together,
        faults: reader.faults,
    })
}

impl Reader {
    fn read(&mut self, ver: Ver, header: &Header, events: &[Event]) {
        self.now = ((ver, 0), header.at);
        if !self.ids.insert(header.id) {
            self.fault(format!("command {} was carried out twice", header.id));
        }
        for (place, event) in events.iter().enumerate() {
            self.now.0 = (ver, place);
            self.follow(event);
        }
    }

    fn follow(&mut self, event: &Event) {
        match event {
            Event::RepoRegistered(repo) => {
                self.rules.insert(repo.id.clone(), repo.rules);
            }
            Event::Run(RunEvent::Started(started)) => {
                let (run, parent) = (started.run.clone(), started.parent.clone());
                if self.parents.insert(run, parent).is_some() {
                    self.fault(format!("run {} starts twice", started.run));
                }
            }
            Event::Claim(event) => self.follow_claim(event),
            Event::ChangeRecorded(change) => self.fence(change),
            _ => {}
        }
    }

    fn follow_claim(&mut self, event: &ClaimEvent) {
        match event {
            ClaimEvent::Granted(granted) => self.grant(granted),
            ClaimEvent::HandedOver { token, to } => {
                self.end(*token);
                self.grant(to);
            }
            ClaimEvent::Ended { token, .. } => self.end(*token),
            ClaimEvent::Renewed { leases } => {
                for (token, until) in leases {
                    if let Some(claim) = self.live(*token, "renewed") {
                        self.stretches[claim].expires_at = *until;
                    }
                }
            }
            ClaimEvent::Narrowed { token, specs } => {
                let Some(claim) = self.live(*token, "narrowed") else {
                    return;
                };
                let before = &mut self.stretches[claim];
                before.until = Some(self.now.0);
                let (run, mode, expires_at) = (before.run.clone(), before.mode, before.expires_at);
                self.begin(*token, run, mode, specs, expires_at);
            }
            ClaimEvent::Queued(queued) => {
                self.waits.insert(queued.wait);
            }
            ClaimEvent::WaitEnded { wait, .. } => self.end_wait(*wait),
            _ => {}
        }
    }

    fn grant(&mut self, granted: &Granted) {
        let Granted {
            token,
            run,
            mode,
            specs,
            expires_at,
            served,
            ..
        } = granted;
        self.grants += 1;
        if let Some(wait) = served {
            self.served += 1;
            self.end_wait(*wait);
        }
        if self
            .claims
            .last_key_value()
            .is_some_and(|(last, _)| last >= token)
        {
            self.fault(format!("token {token} does not rise"));
        }
        self.begin(*token, run.clone(), *mode, specs, *expires_at);
    }

    fn begin(&mut self, token: Token, run: RunId, mode: Mode, specs: &[Spec], until: Timestamp) {
        let mut places = Vec::new();
        for spec in specs {
            let rules = self.rules.get(&spec.repo).copied().unwrap_or_default();
            match PathSet::compile(&spec.paths, rules) {
                Ok(paths) => places.push(Place {
                    repo: spec.repo.clone(),
                    branch: spec.branch.clone(),
                    paths,
                    resources: spec.resources.clone(),
                }),
                Err(why) => self.fault(format!("claim {token} cannot be read: {why}")),
            }
        }
        self.claims.insert(token, self.stretches.len());
        self.stretches.push(Stretch {
            token,
            run,
            mode,
            places,
            from: self.now.0,
            from_at: self.now.1,
            until: None,
            expires_at: until,
        });
    }

    fn end(&mut self, token: Token) {
        if let Some(claim) = self.live(token, "ended") {
            self.stretches[claim].until = Some(self.now.0);
        }
    }

    fn end_wait(&mut self, wait: Token) {
        if !self.waits.remove(&wait) {
            self.fault(format!("wait {wait} ends and was not pending"));
        }
    }

    /// The stretch of a claim that is live now.
    fn live(&mut self, token: Token, done: &str) -> Option<usize> {
        let claim = self.claims.get(&token).copied().filter(|claim| {
            let claim = &self.stretches[*claim];
            claim.until.is_none() && self.now.1 < claim.expires_at
        });
        if claim.is_none() {
            self.fault(format!("claim {token} is {done} and was not live"));
        }
        claim
    }

    /// A change under a token lands only while the claim is live, its own work's, and holds its paths.
    fn fence(&mut self, change: &Change) {
        let Some(token) = change.token else {
            return;
        };
        self.fenced += 1;
        let Some(claim) = self.live(token, "used") else {
            return;
        };
        let claim = &self.stretches[claim];
        let mut wrong = Vec::new();
        if !change
            .run
            .as_ref()
            .is_some_and(|run| self.is_same_work(run, &claim.run))
        {
            wrong.push(format!(
                "change {} is not the work of claim {token}",
                change.id
            ));
        }
        let rules = self.rules.get(&change.repo).copied().unwrap_or_default();
        for path in change.paths() {
            let is_held = RepoPath::parse(path, &rules).is_ok_and(|path| {
                let holds = |place: &Place| {
                    (&place.repo, &place.branch) == (&change.repo, &change.branch)
                        && place.paths.matches(&path)
                };
                claim.places.iter().any(holds)
            });
            if !is_held {
                wrong.push(format!(
                    "change {}: claim {token} does not hold {path}",
                    change.id
                ));
            }
        }
        wrong.into_iter().for_each(|what| self.fault(what));
    }

    /// Compares every two stretches that were live together; answers how many those are.
    fn compare(&mut self) -> usize {
        let mut together = 0;
        let mut clashes = Vec::new();
        let mut open: Vec<&Stretch> = Vec::new();
        for later in &self.stretches {
            // Time does not go back, so who is gone now is gone for good.
            open.retain(|earlier| {
                earlier.until.is_none_or(|until| until > later.from)
                    && earlier.expires_at > later.from_at
            });
            together += open.len();
            for other in &open {
                let (held, asked) = if other.token < later.token {
                    (*other, later)
                } else {
                    (later, *other)
                };
                if excludes(held.mode, asked.mode)
                    && !self.is_same_work(&asked.run, &held.run)
                    && let Some(place) = meet(&held.places, &asked.places)
                {
                    let what = format!(
                        "claim {} ({:?}, run {}) and claim {} ({:?}, run {}) are live together and \
                         both hold {place}",
                        held.token, held.mode, held.run, asked.token, asked.mode, asked.run
                    );
                    clashes.push(Fault {
                        ver: later.from.0,
                        what,
                    });
                }
            }
            open.push(later);
        }
        self.faults.append(&mut clashes);
        self.faults.sort_by_key(|fault| fault.ver);
        together
    }

    /// Is `holder` the run itself, or one that it works for?
    fn is_same_work(&self, run: &RunId, holder: &RunId) -> bool {
        let mut next = Some(run);
        while let Some(run) = next {
            if run == holder {
                return true;
            }
            next = self.parents.get(run).and_then(Option::as_ref);
        }
        false
    }

    fn fault(&mut self, what: String) {
        let ver = self.now.0.0;
        self.faults.push(Fault { ver, what });
    }
}

/// The cells of the design's table that say `conflict`.
fn excludes(held: Mode, asked: Mode) -> bool {
    use Mode::{Exclusive, Plan, Read, Write};
    match (held, asked) {
        (Plan, _) | (_, Plan) | (Read, Read | Write) | (Write, Read) => false,
        (Read, Exclusive) | (Write, Write | Exclusive) | (Exclusive, _) => true,
    }
}

/// A path or resource that both hold.
fn meet(held: &[Place], asked: &[Place]) -> Option<String> {
    for held in held {
        for asked in asked {
            if (&held.repo, &held.branch) != (&asked.repo, &asked.branch) {
                continue;
            }
            let mut resources = held.resources.iter();
            if let Some(shared) = resources.find(|it| asked.resources.contains(it)) {
                return Some(shared.to_string());
            }
            let overlap = held.paths.overlap(&asked.paths);
            if overlap.meets() {
                let witness = overlap.witness().map(|path| path.as_str().to_owned());
                return Some(witness.unwrap_or_else(|| "some path".to_owned()));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
