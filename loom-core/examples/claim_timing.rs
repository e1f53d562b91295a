//! How long the claim plane takes for a claim and its release, decided and folded, beside so many live
//! claims: `cargo run --release -p loom-core --example claim_timing [claims] [rounds] [refusals]`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

use std::hint::black_box;
use std::time::Instant;

use loom_core::claim::{
    ClaimReply, ClaimRequest, ClaimTable, Facts, Mode, OnConflict, RepoFacts, RunFacts,
    SpecRequest, WAKES_MAX,
};
use loom_core::error::Error;
use loom_core::model::{Actor, ActorKind, Branch, Lineage, RepoId, RunId, Timestamp, Token};
use loom_core::path::{PathRules, PathSetSource, PatternSource};

struct All;

impl RunFacts for All {
    fn is_live(&self, _: &RunId, _: Timestamp) -> bool {
        true
    }
    fn live_until(&self, _: &RunId) -> Option<Timestamp> {
        None
    }
    fn children(&self, _: &RunId) -> Vec<RunId> {
        Vec::new()
    }
}

impl RepoFacts for All {
    fn rules(&self, _: &RepoId) -> Option<PathRules> {
        Some(PathRules::default())
    }
    fn default_branch(&self, _: &RepoId) -> Option<Branch> {
        Branch::new("main").ok()
    }
}

struct Journal {
    table: ClaimTable,
    lineage: Lineage,
    at: Timestamp,
    ver: u64,
}

impl Journal {
    fn facts(&self) -> Facts<'_> {
        Facts {
            at: self.at,
            incarnation: 0,
            ver: self.ver + 1,
            lineage: &self.lineage,
            runs: &All,
            repos: &All,
        }
    }

    fn claim(
        &mut self,
        actor: &Actor,
        run: &RunId,
        request: &ClaimRequest,
    ) -> Result<ClaimReply, Error> {
        let mut draft = self.table.draft(self.facts());
        draft.wake(WAKES_MAX);
        let reply = draft.claim(actor, run, request)?;
        let events = draft.into_events();
        self.land(&events)?;
        Ok(reply)
    }

    fn release(&mut self, run: &RunId, token: Token) -> Result<(), Error> {
        let mut draft = self.table.draft(self.facts());
        draft.wake(WAKES_MAX);
        black_box(draft.release(run, Some(&[token]))?);
        draft.wake(WAKES_MAX);
        let events = draft.into_events();
        self.land(&events)
    }

    fn land(&mut self, events: &[loom_core::claim::ClaimEvent]) -> Result<(), Error> {
        self.table.expire(self.at);
        for event in events {
            self.table.apply(event, self.at, &All)?;
        }
        self.ver += 1;
        Ok(())
    }
}

fn asking(path: &str) -> ClaimRequest {
    ClaimRequest {
        specs: vec![SpecRequest {
            repo: RepoId::new("shop").unwrap(),
            branch: None,
            paths: PathSetSource::of([PatternSource::glob(path)]),
            resources: Vec::new(),
        }],
        mode: Mode::Write,
        intent: None,
        ttl_ms: 3_600_000,
        priority: 0,
        on_conflict: OnConflict::Refuse,
        partial: false,
    }
}

fn main() -> Result<(), Error> {
    let claims: usize = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000);
    let at = Timestamp::from_ms(1_800_000_000_000)?;
    let mut journal = Journal {
        table: ClaimTable::default(),
        lineage: Lineage::default(),
        at,
        ver: 0,
    };
    let runs: Vec<RunId> = (0..claims.div_ceil(10))
        .map(|i| RunId::new(&format!("run-{i}")).unwrap())
        .collect();
    for run in &runs {
        journal.lineage.insert(run, None, None)?;
    }
    let actor = Actor::new(ActorKind::Loop, "nightly")?;
    for (i, run) in (0..claims).zip(runs.iter().cycle()) {
        let path = format!("services/s{}/src/module{}/**/*.rs", i % 97, i);
        assert!(matches!(
            journal.claim(&actor, run, &asking(&path))?,
            ClaimReply::Granted { .. }
        ));
    }
    let rounds: u32 = std::env::args()
        .nth(2)
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    let refusals: u32 = std::env::args()
        .nth(3)
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    let mut decided = std::time::Duration::ZERO;
    let started = Instant::now();
    for (round, run) in (0..rounds).zip(runs.iter().cycle()) {
        let path = format!("services/s{}/docs/page{round}/**", round % 97);
        let request = asking(&path);
        let begun = Instant::now();
        let ClaimReply::Granted { token, .. } = journal.claim(&actor, run, &request)? else {
            panic!("taken")
        };
        journal.release(run, token)?;
        decided += begun.elapsed();
    }
    println!(
        "{claims} live claims: {} ns for a claim and its release ({} ns with the making of the request)",
        (decided / rounds.max(1)).as_nanos(),
        (started.elapsed() / rounds.max(1)).as_nanos()
    );
    let started = Instant::now();
    for (round, run) in (0..refusals).zip(runs.iter().cycle()) {
        let request = asking(&format!(
            "services/s{}/src/module{}/x.rs",
            round % 97,
            round % 97
        ));
        black_box(journal.claim(&actor, run, &request)?);
    }
    println!(
        "{} ns for a refusal with its witness",
        (started.elapsed() / refusals.max(1)).as_nanos()
    );
    Ok(())
}
