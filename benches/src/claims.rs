//! Claims at work: pairs of claim and release, and what a live claim takes of memory.

use std::process::Command;

use loom_core::claim::{ClaimEvent, ClaimReply, ClaimTable, Granted, Mode, RepoFacts, Spec};
use loom_core::coordinator::{Body, Reply};
use loom_core::model::{Actor, ActorKind, Branch, RepoId, RunId, Timestamp, Token};
use loom_core::path::{PathRules, PathSetSource};

use crate::journal::{Journal, RUNS};
use crate::measure::{median, on_core, resident_bytes};
use crate::population::Claims;
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

/// The live claims that pairs are measured beside.
const LIVE: u64 = 10_000;

/// What the process is asked to do that measures memory.
pub(crate) const RESIDENT: &str = "--resident-claims";

/// A claim of one place with two patterns by one run among many, then its release: each proposed,
/// hashed, verified and applied, as with any storage but without one. The commands of the claims
/// stand ready, because reading them is another subject; releases name the token, so they are made
/// as they are sent.
pub(crate) fn pairs(report: &mut Report, effort: &Effort) -> Outcome {
    let mut journal = Journal::with_claims(LIVE)?;
    let calls = effort.of(10_000);
    let mut times = Vec::new();
    for _ in 0..effort.of(9) {
        let mut commands = Vec::with_capacity(calls);
        for _ in 0..calls {
            let (place, command) = journal.next_claim(Mode::Write)?;
            commands.push((journal.actor(place)?, command));
        }
        let now = journal.now();
        let coordinator = &mut journal.coordinator;
        let (done, time) = on_core(|| -> Outcome {
            for (actor, claim) in commands {
                let proposal = coordinator.propose(&claim, now)?;
                let Reply::Claim {
                    claim: ClaimReply::Granted { token, .. },
                    ..
                } = proposal.reply.reply
                else {
                    return Err("a claim that meets nothing was refused".into());
                };
                coordinator.apply(proposal.record.as_slice())?;
                let mut release = claim;
                release.id = uuid::Uuid::from_u128(!release.id.as_u128());
                release.actor = actor;
                release.body = Body::Release {
                    tokens: Some(vec![token]),
                };
                let proposal = coordinator.propose(&release, now)?;
                coordinator.apply(proposal.record.as_slice())?;
            }
            Ok(())
        });
        done?;
        times.push(time / calls as f64);
    }
    let line = Line::timed(
        "claim and release through propose and apply",
        LIVE,
        median(times),
    );
    report.add(line.promised(Promise::PerSecond(60_000.0)));
    Ok(())
}

/// What a live claim takes, index included: a process of its own builds a table of claims and looks at
/// its resident memory before and after. An allocator that counts would need `unsafe`.
pub(crate) fn memory(report: &mut Report, effort: &Effort) -> Outcome {
    let n = effort.of(100_000) as u64;
    let program = std::env::current_exe()?;
    let output = Command::new(program)
        .args([RESIDENT, &n.to_string()])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let bytes: u64 = text
        .trim()
        .parse()
        .map_err(|_| format!("no number of bytes: {text:?}"))?;
    report.add(Line::counted(
        "memory of a live claim of two patterns",
        n,
        "bytes",
        bytes as f64 / n as f64,
    ));
    Ok(())
}

/// The side of the child: prints the bytes that `n` claims take.
pub(crate) fn print_resident(n: u64) -> Outcome {
    let unknown = "this system does not tell how much memory is resident";
    let (shop, at) = (
        Shop(RepoId::new("shop")?),
        "2026-11-22T07:30:00Z".parse::<Timestamp>()?,
    );
    let before = resident_bytes().ok_or(unknown)?;
    let mut table = ClaimTable::default();
    for nth in 0..n {
        table.apply(
            ClaimEvent::Granted(Box::new(granted(n, nth, at)?)),
            at,
            &shop,
        )?;
    }
    let after = resident_bytes().ok_or(unknown)?;
    if table.live(at).count() as u64 != n {
        return Err("a claim is missing".into());
    }
    println!("{}", after.saturating_sub(before));
    Ok(())
}

fn granted(n: u64, nth: u64, at: Timestamp) -> Outcome<Granted> {
    let run = RunId::new(&format!("run-{}", nth % RUNS))?;
    let claims = Claims { n: 2 * n };
    let spec = Spec {
        repo: RepoId::new("shop")?,
        branch: Branch::new("main")?,
        paths: PathSetSource::of([2 * nth, 2 * nth + 1].map(|nth| claims.claimed(nth))),
        resources: Vec::new(),
    };
    Ok(Granted {
        token: Token::new(0, nth + 1, 0),
        actor: Actor::new(ActorKind::Loop, "agent")?.in_run(run.clone()),
        run,
        mode: Mode::Write,
        specs: vec![spec],
        intent: None,
        ttl_ms: 60_000,
        since: at,
        expires_at: at.plus_ms(60_000),
        priority: 0,
        served: None,
    })
}

/// A journal's only repository.
struct Shop(RepoId);

impl RepoFacts for Shop {
    fn rules(&self, repo: &RepoId) -> Option<PathRules> {
        (*repo == self.0).then(PathRules::default)
    }

    fn default_branch(&self, _repo: &RepoId) -> Option<Branch> {
        Branch::new("main").ok()
    }
}
