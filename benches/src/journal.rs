//! A journal as a team's loops would write it: runs that claim, work, record and release.
//!
//! Everything is a function of the number of the step, so every run of the benches folds the same
//! bytes.

use loom_core::claim::{ClaimReply, Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{
    Body, ChangedFile, Command, Coordinator, MadeBy, NewChange, Reply, Verdict,
};
use loom_core::model::{
    Actor, ActorId, ActorKind, Amounts, Branch, ChangeId, LoopId, Nonce, Record, RepoId, RunId,
    Timestamp, Token, WorkspaceId,
};
use loom_core::path::{PathRules, PathSetSource};
use loom_core::run::{LoopDefinition, RunOutcome};

use crate::Outcome;
use crate::population::{Claims, mix};

/// Loops of the team.
const LOOPS: u64 = 50;
/// Runs that are alive at any time.
pub(crate) const RUNS: u64 = 1_000;
/// From one command to the next. No lease ends while a journal is made.
const STEP_MS: u64 = 10;
const LEASE_MS: u64 = 8 * 60 * 60 * 1_000;

/// A journal in the making: a coordinator, and the records that led to it.
pub(crate) struct Journal {
    pub(crate) coordinator: Coordinator,
    pub(crate) records: Vec<Record>,
    now: Timestamp,
    names: Names,
    /// How many claims were asked for so far.
    asked: u64,
    /// The live claims, by the number of the run that holds them.
    held: Vec<(u64, Token)>,
    /// The run that stands at each of the [`RUNS`] places.
    runs: Vec<RunId>,
    last_change: Option<ChangeId>,
}

/// The names that stand in every command.
struct Names {
    repo: RepoId,
    claims: Claims,
}

impl Journal {
    /// A workspace with its repository, loops and runs, and `live` claims.
    pub(crate) fn with_claims(live: u64) -> Outcome<Journal> {
        let names = Names {
            repo: RepoId::new("shop")?,
            claims: Claims {
                n: live.max(10_000),
            },
        };
        let mut journal = Journal {
            coordinator: Coordinator::default(),
            records: Vec::new(),
            now: "2026-11-22T07:30:00Z".parse()?,
            names,
            asked: 0,
            held: Vec::new(),
            runs: Vec::new(),
            last_change: None,
        };
        let ada = Actor::new(ActorKind::Human, "ada")?;
        journal.send(
            ada.clone(),
            Body::CreateJournal {
                workspace: WorkspaceId::new("shop")?,
            },
        )?;
        let register = Body::RegisterRepo {
            id: journal.names.repo.clone(),
            aliases: vec!["git@example.org:shop/shop.git".to_owned()],
            default_branch: Branch::new("main")?,
            rules: PathRules::default(),
        };
        journal.send(ada.clone(), register)?;
        for nth in 0..LOOPS {
            let card = Body::RegisterLoop(Box::new(LoopDefinition::new(
                loop_id(nth)?,
                ActorId::new("ada")?,
            )));
            journal.send(ada.clone(), card)?;
        }
        for place in 0..RUNS {
            journal.start_run(place)?;
        }
        while (journal.held.len() as u64) < live {
            journal.claim()?;
        }
        Ok(journal)
    }

    /// The same team at work until there are `records` records. As many claims are live at the end as
    /// were at the beginning.
    pub(crate) fn worked_until(mut self, records: usize) -> Outcome<Journal> {
        let live = self.held.len();
        while self.records.len() < records {
            let step = mix(self.records.len() as u64);
            match step % 100 {
                0..70 if self.held.len() < live => self.claim()?,
                0..70 => self.release(step)?,
                70..85 => self.change(step)?,
                85..90 => self.verify(step)?,
                90..91 => self.turn_over(step)?,
                _ => self.renew(step)?,
            }
        }
        while self.held.len() < live {
            self.claim()?;
        }
        Ok(self)
    }

    /// A claim that nobody is in the way of: one place, two patterns, by the next run.
    pub(crate) fn next_claim(&mut self, mode: Mode) -> Outcome<(u64, Command)> {
        let nth = self.asked;
        self.asked += 1;
        let place = mix(nth) % RUNS;
        let Names { repo, claims } = &self.names;
        let include = [2 * nth, 2 * nth + 1].map(|nth| claims.claimed(nth));
        let body = Body::Claim {
            specs: vec![SpecRequest {
                repo: repo.clone(),
                branch: None,
                paths: PathSetSource::of(include),
                resources: Vec::new(),
            }],
            mode,
            intent: Some("make the totals right".to_owned()),
            ttl_ms: LEASE_MS,
            priority: 0,
            on_conflict: OnConflict::Refuse,
            partial: false,
        };
        Ok((place, self.command(self.actor(place)?, body)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The command under the next id. Ids count up: drawing them is the caller's work, not ours.
    pub(crate) fn command(&self, actor: Actor, body: Body) -> Command {
        let number = u128::from(mix(self.asked)) << 64 | u128::from(self.records.len() as u64);
        Command {
            id: Command::id_at(self.now, number.to_be_bytes()),
            actor,
            nonce: Some(Nonce(number.to_le_bytes())),
            body,
        }
    }

    pub(crate) fn actor(&self, place: u64) -> Outcome<Actor> {
        let run = self
            .runs
            .get(place as usize)
            .ok_or("there is no such run")?;
        Ok(Actor::new(ActorKind::Loop, &format!("agent-{}", place % LOOPS))?.in_run(run.clone()))
    }

    fn claim(&mut self) -> Outcome {
        let mode = if self.asked.is_multiple_of(20) {
            Mode::Plan
        } else {
            Mode::Write
        };
        let (place, command) = self.next_claim(mode)?;
        if let Reply::Claim {
            claim: ClaimReply::Granted { token, .. },
            ..
        } = self.land(&command)?
        {
            self.held.push((place, token));
        }
        Ok(())
    }

    fn release(&mut self, step: u64) -> Outcome {
        let nth = step as usize % self.held.len();
        let (place, token) = self.held.swap_remove(nth);
        self.send(
            self.actor(place)?,
            Body::Release {
                tokens: Some(vec![token]),
            },
        )?;
        Ok(())
    }

    fn renew(&mut self, step: u64) -> Outcome {
        let (place, token) = self.held[step as usize % self.held.len()];
        self.send(
            self.actor(place)?,
            Body::Renew {
                tokens: Some(vec![token]),
                ttl_ms: Some(LEASE_MS),
            },
        )?;
        Ok(())
    }

    fn change(&mut self, step: u64) -> Outcome {
        let id = ChangeId::new(&format!("change-{}", self.records.len()))?;
        let file = |nth: u64| ChangedFile {
            path: self.names.claims.path_in(mix(step + nth) % 20_000),
            old_path: None,
            before: None,
            after: ActorId::new("8f14e45fceea167a5a36dedd4bea2543").ok(),
            added: 12,
            removed: 3,
            ..ChangedFile::default()
        };
        let change = NewChange {
            id: id.clone(),
            repo: self.names.repo.clone(),
            branch: None,
            commit: Some(ActorId::new("9a0364b9e99bb480dd25e1f0284c8555")?),
            made_by: MadeBy::Loop,
            run: None,
            token: None,
            intent: Some("round once, at the end".to_owned()),
            deliberate: step.is_multiple_of(7),
            base: None,
            decision: None,
            patch_id: None,
            reverts: Vec::new(),
            files: vec![file(0), file(1)],
        };
        self.send(
            self.actor(step % RUNS)?,
            Body::RecordChange(Box::new(change)),
        )?;
        self.last_change = Some(id);
        Ok(())
    }

    /// Somebody else checks the last change.
    fn verify(&mut self, step: u64) -> Outcome {
        let Some(change) = self.last_change.take() else {
            return self.change(step);
        };
        let body = Body::RecordVerification {
            changes: vec![change],
            verdict: Verdict::Passed,
            checks: vec![ActorId::new("cargo test")?],
            evidence: None,
        };
        self.send(self.actor((step + 1) % RUNS)?, body)?;
        Ok(())
    }

    /// A run ends, its claims with it, and the next of its loop starts.
    fn turn_over(&mut self, step: u64) -> Outcome {
        let place = step / 100 % RUNS;
        self.held.retain(|held| held.0 != place);
        let end = Body::FinishRun {
            outcome: RunOutcome::Done,
            summary: None,
            spent: Amounts::new(),
        };
        self.send(self.actor(place)?, end)?;
        self.start_run(place)
    }

    fn start_run(&mut self, place: u64) -> Outcome {
        let run = RunId::new(&format!("run-{}", self.records.len()))?;
        match self.runs.get_mut(place as usize) {
            Some(standing) => *standing = run.clone(),
            None => self.runs.push(run.clone()),
        }
        let start = Body::StartRun {
            run,
            loop_id: Some(loop_id(place % LOOPS)?),
            parent: None,
            slot: None,
            artifacts: Vec::new(),
            ttl_ms: Some(LEASE_MS),
        };
        self.send(self.actor(place)?, start)?;
        Ok(())
    }

    fn send(&mut self, actor: Actor, body: Body) -> Outcome<Reply> {
        let command = self.command(actor, body);
        self.land(&command)
    }

    /// Proposes, and applies what is proposed: a journal without a disk.
    fn land(&mut self, command: &Command) -> Outcome<Reply> {
        let proposal = self.coordinator.propose(command, self.now)?;
        self.now = self.now.plus_ms(STEP_MS);
        if let Some(record) = proposal.record {
            self.coordinator
                .apply_trusted(std::slice::from_ref(&record))?;
            self.records.push(record);
        }
        Ok(proposal.reply.reply)
    }
}

fn loop_id(nth: u64) -> Outcome<LoopId> {
    Ok(LoopId::new(&format!("loop-{nth}"))?)
}
