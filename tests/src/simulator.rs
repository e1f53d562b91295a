//! Many coordinators over one journal, with everything that goes wrong between them: views that are
//! stale, appends that others were faster with, acknowledgements that get lost, processes that die
//! between deciding and appending and come back from a replay or a snapshot, clocks that are wrong.
//!
//! One number makes one history, so a failure is a seed. After each record a judge who knows only the
//! events looks whether two claims that must not live together do.
//!
//! ```
//! let outcome = loom_tests::simulator::Simulation::new(7).run(60);
//! assert!(outcome.landed > 0);
//! ```

use std::collections::BTreeMap;

use loom_core::claim::{Cell, ClaimEvent, Granted, Mode, OnConflict};
use loom_core::coordinator::{Body, Command, Coordinator, Event, Proposal, Reply, read_events};
use loom_core::error::Code;
use loom_core::model::{Amounts, Head, Record, RunId, Timestamp, Token};
use loom_core::path::{PathRules, PathSet};
use loom_core::run::{RunEvent, RunOutcome};
use loom_core::store::{Append, MemoryStore, Store};

use crate::world::{self, Commands};

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = self.below(list.len() as u64);
        &list[index as usize]
    }
}

/// One process: its view of the journal, and what it is in the middle of.
struct Node {
    view: Coordinator,
    commands: Commands,
    /// How far its clock is off, in milliseconds; added to the true time.
    clock_ms: i64,
    doing: Option<Doing>,
    /// A snapshot that it will restart from.
    saved: Option<Vec<u8>>,
}

/// A command on its way.
struct Doing {
    command: Command,
    proposal: Option<Proposal>,
}

/// What a history came to.
#[derive(Debug, Default, Clone)]
pub struct Outcome {
    /// Records in the journal.
    pub landed: u64,
    /// Grants, woken ones as well.
    pub granted: u64,
    /// Grants that served a wait.
    pub woken: u64,
    /// Appends that others were faster with.
    pub conflicts: u64,
    /// Acknowledgements that were lost, and the command sent again.
    pub lost: u64,
    /// Commands found to have landed already.
    pub landed_before: u64,
    /// Processes that died and came back.
    pub restarts: u64,
    /// Those among them that came back from a snapshot.
    pub thawed: u64,
    /// Records that the store refused for their time.
    pub clock_ahead: u64,
    /// Answers from a clock behind.
    pub lifted: u64,
    /// The digest of the state that every node came to.
    pub state: String,
}

/// One history.
pub struct Simulation {
    seed: u64,
    random: Random,
    time: Timestamp,
    store: MemoryStore,
    store_clock: std::sync::Arc<std::sync::atomic::AtomicI64>,
    nodes: Vec<Node>,
    judge: Judge,
    outcome: Outcome,
    started: u64,
}

const NODES: u64 = 4;
const RUN_TTL_MS: u64 = 600_000;

impl Simulation {
    /// The history of a seed, at its beginning: the journal is made and the first runs live.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let start = world::at(0);
        let store_clock = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(start.as_ms()));
        let clock = store_clock.clone();
        let store = MemoryStore::new(move || {
            let ms = clock.load(std::sync::atomic::Ordering::SeqCst);
            Timestamp::from_ms(ms).expect("a time of this century")
        });
        let nodes = (1..=NODES)
            .map(|salt| Node {
                view: Coordinator::default(),
                commands: Commands::salted(salt),
                clock_ms: match random.below(6) {
                    0 => -120_000,
                    1 => 4_000,
                    2 => 60_000,
                    _ => 0,
                },
                doing: None,
                saved: None,
            })
            .collect();
        let mut simulation = Simulation {
            seed,
            random,
            time: start,
            store,
            store_clock,
            nodes,
            judge: Judge::default(),
            outcome: Outcome::default(),
            started: 0,
        };
        simulation.found();
        simulation
    }

    fn found(&mut self) {
        let mut founder = Coordinator::default();
        for command in Commands::default().founding(RUN_TTL_MS) {
            let answer =
                loom_core::coordinator::drive(&mut founder, &self.store, &command, self.time);
            answer.expect("the founding commands are legal");
        }
        self.judge_new_records();
    }

    /// Plays so many steps, then lets everybody catch up, and checks that all came to one state.
    ///
    /// # Panics
    /// On the first promise that is broken; the message names the seed.
    pub fn run(mut self, steps: u64) -> Outcome {
        for _ in 0..steps {
            self.step();
        }
        self.settle();
        self.outcome
    }

    fn step(&mut self) {
        if self.random.chance(30) {
            let ms = *self
                .random
                .pick(&[1, 50, 900, 1_000, 7_000, 30_000, 61_000]);
            self.time = self.time.plus_ms(ms);
            let ms = self.time.as_ms();
            self.store_clock
                .store(ms, std::sync::atomic::Ordering::SeqCst);
        }
        let node = self.random.below(NODES) as usize;
        match self.random.below(100) {
            0..12 => self.catch_up(node),
            12..16 => self.restart(node),
            16..19 => self.save(node),
            _ => self.go_on(node),
        }
    }

    /// The node does the next thing: thinks of a command, decides it, or appends the decision.
    fn go_on(&mut self, at: usize) {
        let now = self.clock_of(at);
        let Some(doing) = self.nodes[at].doing.take() else {
            let command = self.think(at);
            self.nodes[at].doing = Some(Doing {
                command,
                proposal: None,
            });
            return;
        };
        let Doing { command, proposal } = doing;
        let Some(proposal) = proposal else {
            // Decided on what the node knows, however old that is.
            match self.nodes[at].view.propose(&command, now) {
                Ok(proposal) => self.decided(at, command, proposal),
                Err(error) => self.allow(&error),
            }
            return;
        };
        self.append(at, command, proposal);
    }

    fn decided(&mut self, at: usize, command: Command, proposal: Proposal) {
        if proposal.reply.lifted {
            self.outcome.lifted += 1;
        }
        if let Reply::AlreadyLanded { .. } = proposal.reply.reply {
            self.outcome.landed_before += 1;
            return;
        }
        if proposal.record.is_none() {
            // "A refusal is final only while `head()` still equals the version it was decided on."
            if self.head() != proposal.expected {
                self.catch_up(at);
                self.nodes[at].doing = Some(Doing {
                    command,
                    proposal: None,
                });
            }
            return;
        }
        self.nodes[at].doing = Some(Doing {
            command,
            proposal: Some(proposal),
        });
    }

    fn append(&mut self, at: usize, command: Command, proposal: Proposal) {
        let record = proposal.record.as_ref().expect("only records are appended");
        match self.store.append(&proposal.expected, record) {
            Ok(Append::Committed) => {
                // A record that stands there already may be acknowledged again, and no other.
                let there = self.store.read(record.ver - 1, 1).expect("it can be read");
                let stands = there.first() == Some(record);
                assert!(stands, "seed {}: appended elsewhere", self.seed);
                self.judge_new_records();
                if self.random.chance(12) {
                    // The acknowledgement got lost: the node knows nothing and sends it again.
                    self.outcome.lost += 1;
                    self.nodes[at].doing = Some(Doing {
                        command,
                        proposal: None,
                    });
                    return;
                }
                let applied = self.nodes[at].view.apply(std::slice::from_ref(record));
                applied.unwrap_or_else(|error| panic!("seed {}: {error:?}", self.seed));
                if proposal.again {
                    self.nodes[at].doing = Some(Doing {
                        command,
                        proposal: None,
                    });
                }
            }
            Ok(Append::Conflict) => {
                self.outcome.conflicts += 1;
                self.catch_up(at);
                self.nodes[at].doing = Some(Doing {
                    command,
                    proposal: None,
                });
            }
            Err(error) if error.code() == Code::ClockAhead => {
                self.outcome.clock_ahead += 1;
                // Somebody sets the clock.
                if self.random.chance(20) {
                    self.nodes[at].clock_ms = 0;
                }
            }
            Err(error) => panic!("seed {}: the store answered {error:?}", self.seed),
        }
    }

    /// What a node with an old view may be told; anything else is a bug.
    fn allow(&self, error: &loom_core::error::Error) {
        let allowed = [
            Code::RunNotLive,
            Code::NotFound,
            Code::AlreadyExists,
            Code::AlreadyWaiting,
            Code::ClaimNotLive,
            Code::NotNarrower,
            Code::NotPermitted,
            Code::NoJournal,
            Code::InvalidField,
        ];
        assert!(
            allowed.contains(&error.code()),
            "seed {}: {error:?}",
            self.seed
        );
    }

    /// A process dies, with whatever it was doing, and comes back from a replay or a snapshot.
    fn restart(&mut self, at: usize) {
        self.outcome.restarts += 1;
        let node = &mut self.nodes[at];
        if self.random.chance(50) {
            node.doing = None;
        } else if let Some(doing) = &mut node.doing {
            // It kept its command somewhere, and sends it again.
            doing.proposal = None;
        }
        node.view = Coordinator::default();
        if let Some(bytes) = &node.saved {
            let restored = Coordinator::restore(bytes.clone().into());
            node.view = restored.unwrap_or_else(|error| panic!("seed {}: {error:?}", self.seed));
            self.outcome.thawed += 1;
        }
        if self.random.chance(70) {
            self.catch_up(at);
        }
    }

    fn save(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        let bytes = node.view.snapshot();
        node.saved = Some(bytes.unwrap_or_else(|error| panic!("seed {}: {error:?}", self.seed)));
    }

    /// Reads a bit of the journal, or all of it, at times with what is known already.
    fn catch_up(&mut self, at: usize) {
        let from = self.nodes[at].view.version();
        let again = self.random.below(4).min(from);
        let bytes = *self.random.pick(&[1, 4_096, usize::MAX]);
        let records = self
            .store
            .read(from - again, bytes)
            .expect("it can be read");
        let applied = self.nodes[at].view.apply(&records);
        applied.unwrap_or_else(|error| panic!("seed {}: {error:?}", self.seed));
    }

    fn think(&mut self, at: usize) -> Command {
        let random = &mut self.random;
        let names = ["a", "a1", "a2", "a11", "b", "b1", "c"];
        let mut name = (*random.pick(&names)).to_owned();
        if self.started > 0 && random.chance(30) {
            name = format!("s{}", random.below(self.started));
        }
        let tokens: Vec<Token> = self.judge.tokens.iter().rev().take(8).copied().collect();
        let token = |random: &mut Random| {
            tokens
                .get(random.below(8) as usize)
                .copied()
                .unwrap_or(Token::new(0, 1, 0))
        };
        let body = match random.below(100) {
            0..55 => {
                let patterns = [random.pick(&world::PATTERNS), random.pick(&world::PATTERNS)];
                let mode = *random.pick(&[Mode::Read, Mode::Write, Mode::Write, Mode::Exclusive]);
                let on_conflict = *random.pick(&[
                    OnConflict::Wait,
                    OnConflict::Wait,
                    OnConflict::Refuse,
                    OnConflict::Advise,
                ]);
                Body::Claim {
                    specs: vec![world::spec("shop", &patterns.map(|it| *it))],
                    mode,
                    intent: None,
                    ttl_ms: *random.pick(&[1_000, 5_000, 60_000, 120_000]),
                    priority: random.below(10) as u8,
                    on_conflict,
                    partial: on_conflict != OnConflict::Wait && random.chance(20),
                }
            }
            55..63 => Body::Heartbeat { seen: None },
            63..75 => Body::Release { tokens: None },
            75..78 => Body::Release {
                tokens: Some(vec![token(random)]),
            },
            78..81 => Body::Renew {
                tokens: None,
                ttl_ms: None,
            },
            81..84 => Body::Withdraw {},
            84..87 => {
                let name: &str = random.pick::<&str>(&names);
                let to = world::run(name);
                Body::HandOver {
                    token: token(random),
                    to,
                }
            }
            87..89 => {
                let specs = vec![world::spec("shop", &[*random.pick(&world::PATTERNS)])];
                Body::Narrow {
                    token: token(random),
                    specs,
                }
            }
            89..91 => Body::FinishRun {
                outcome: RunOutcome::Done,
                summary: None,
                spent: Amounts::new(),
            },
            91..95 => {
                name = format!("s{}", self.started);
                self.started += 1;
                let parent = random.chance(50).then(|| *random.pick(&names));
                let ttl_ms = *random.pick(&[2_000, 60_000, 600_000]);
                world::start(&name, parent, Some(ttl_ms))
            }
            95..97 => {
                let body = Body::Revoke {
                    token: token(random),
                    reason: "enough".to_owned(),
                };
                return self.nodes[at].commands.by_human(body);
            }
            97 => {
                return self.nodes[at].commands.by_human(Body::Recover { above: 0 });
            }
            _ => Body::Tick {},
        };
        self.nodes[at].commands.by_run(&name, body)
    }

    fn clock_of(&self, at: usize) -> Timestamp {
        let ms = self.time.as_ms() + self.nodes[at].clock_ms;
        Timestamp::from_ms(ms).expect("a time of this century")
    }

    fn head(&self) -> Head {
        self.store.head().expect("a store in memory answers")
    }

    fn judge_new_records(&mut self) {
        let seen = self.judge.ver;
        for record in self.store.read(seen, usize::MAX).expect("it can be read") {
            self.judge.see(self.seed, &record);
            self.outcome.landed += 1;
        }
        self.outcome.granted = self.judge.granted;
        self.outcome.woken = self.judge.woken;
    }

    /// Everybody reads everything, and must come to the same state as one who starts anew.
    fn settle(&mut self) {
        let all = self.store.read(0, usize::MAX).expect("it can be read");
        loom_core::store::verify(&self.store, |_, _| {}).expect("the chain is whole");
        let mut anew = Coordinator::default();
        anew.apply(&all).expect("what landed can be replayed");
        let hash = anew.state_hash().expect("a healthy state");
        for node in &mut self.nodes {
            node.view.apply(&all).expect("what landed can be applied");
            let own = node.view.state_hash().expect("a healthy state");
            assert_eq!(own, hash, "seed {}: two states of one journal", self.seed);
        }
        let ids: std::collections::BTreeSet<_> = all
            .iter()
            .map(|record| record.header().expect("a header").id)
            .collect();
        assert_eq!(
            ids.len(),
            all.len(),
            "seed {}: a command landed twice",
            self.seed
        );
        self.outcome.state = hash.to_string();
    }
}

/// Knows nothing but the events, and looks at every pair.
#[derive(Default)]
struct Judge {
    ver: u64,
    at: Timestamp,
    parents: BTreeMap<RunId, RunId>,
    claims: BTreeMap<Token, Granted>,
    waits: BTreeMap<Token, RunId>,
    tokens: Vec<Token>,
    granted: u64,
    woken: u64,
}

impl Judge {
    fn see(&mut self, seed: u64, record: &Record) {
        assert_eq!(
            record.ver,
            self.ver + 1,
            "seed {seed}: a hole in the journal"
        );
        self.ver = record.ver;
        let header = record.header().expect("a header");
        assert!(header.at >= self.at, "seed {seed}: time went back");
        self.at = header.at;
        for event in read_events(record).expect("events") {
            match event {
                Event::Run(RunEvent::Started(started)) => {
                    if let Some(parent) = &started.parent {
                        self.parents.insert(started.run.clone(), parent.clone());
                    }
                }
                Event::Claim(event) => self.see_claim(seed, event),
                _ => {}
            }
        }
        // At the end of the record, since what ends and what begins with it changes at once.
        self.no_two_conflicting_claims_live_together(seed);
    }

    fn see_claim(&mut self, seed: u64, event: ClaimEvent) {
        match event {
            ClaimEvent::Granted(granted) => {
                if let Some(wait) = granted.served {
                    self.woken += 1;
                    let served = self.waits.remove(&wait);
                    assert_eq!(
                        served.as_ref(),
                        Some(&granted.run),
                        "seed {seed}: served nobody"
                    );
                }
                self.begin(seed, *granted);
            }
            ClaimEvent::HandedOver { token, to } => {
                self.claims.remove(&token);
                self.begin(seed, *to);
            }
            ClaimEvent::Renewed { leases } => {
                for (token, until) in leases {
                    let claim = self.claims.get_mut(&token).expect("a claim that began");
                    assert!(
                        claim.expires_at > self.at,
                        "seed {seed}: renewed what had ended"
                    );
                    assert!(
                        until > claim.expires_at,
                        "seed {seed}: a lease was shortened"
                    );
                    claim.expires_at = until;
                }
            }
            ClaimEvent::Narrowed { token, specs } => {
                self.claims
                    .get_mut(&token)
                    .expect("a claim that began")
                    .specs = specs;
            }
            ClaimEvent::Ended { token, .. } => {
                let ended = self.claims.remove(&token);
                assert!(ended.is_some(), "seed {seed}: {token} ended twice");
            }
            ClaimEvent::Queued(queued) => {
                let others = self
                    .waits
                    .values()
                    .filter(|run| **run == queued.run)
                    .count();
                assert_eq!(others, 0, "seed {seed}: two pending waits of one run");
                self.waits.insert(queued.wait, queued.run.clone());
                self.tokens.push(queued.wait);
            }
            ClaimEvent::WaitEnded { wait, .. } => {
                self.waits.remove(&wait);
            }
            ClaimEvent::Blocked { .. } | ClaimEvent::Noticed { .. } | ClaimEvent::Seen { .. } => {}
        }
    }

    fn begin(&mut self, seed: u64, granted: Granted) {
        let token = granted.token;
        let newest = self.tokens.last().is_none_or(|last| *last < token);
        assert!(newest, "seed {seed}: token {token} does not rise");
        assert!(
            granted.expires_at > self.at,
            "seed {seed}: a grant without a lease"
        );
        self.tokens.push(token);
        self.granted += 1;
        self.claims.insert(token, granted);
    }

    fn no_two_conflicting_claims_live_together(&self, seed: u64) {
        let live: Vec<&Granted> = self
            .claims
            .values()
            .filter(|claim| self.at < claim.expires_at)
            .collect();
        for (place, first) in live.iter().enumerate() {
            for second in &live[place + 1..] {
                // Who holds and who requested: the later token asked.
                let conflict = first.mode.meets(second.mode) == Cell::Conflict;
                // A hand-over may put the elder claim behind the younger one, so both ways.
                let other_work = !self.works_inside(&second.run, &first.run)
                    && !self.works_inside(&first.run, &second.run);
                let broken = conflict && other_work && share(first, second);
                assert!(
                    !broken,
                    "seed {seed}: {first:#?}\nand\n{second:#?}\nboth live"
                );
            }
        }
    }

    fn works_inside(&self, run: &RunId, other: &RunId) -> bool {
        let mut next = Some(run);
        while let Some(run) = next {
            if run == other {
                return true;
            }
            next = self.parents.get(run);
        }
        false
    }
}

fn share(first: &Granted, second: &Granted) -> bool {
    let set = |paths| PathSet::compile(paths, PathRules::default()).expect("legal patterns");
    first.specs.iter().any(|ours| {
        second.specs.iter().any(|theirs| {
            (&ours.repo, &ours.branch) == (&theirs.repo, &theirs.branch)
                && set(&ours.paths).overlap(&set(&theirs.paths)).meets()
        })
    })
}
