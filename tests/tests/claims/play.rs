//! Plays steps on the library and on the model at once.

use std::collections::BTreeSet;

use loom_core::claim::{ClaimView, SpecRequest};
use loom_core::coordinator::{Body, Command, Coordinator};
use loom_core::model::{Amounts, RepoId, Resource, Timestamp, Token};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::run::RunOutcome;
use loom_tests::reference::{Reference, is_bookkeeping};
use loom_tests::world::{self, Commands, PATHS, PATTERNS, REPOS, RESOURCES, RUNS};

use super::coverage::Coverage;
use super::steps::{Act, Less, Place, Step};

/// The runs of the start live a day, those started later as long as the step says.
const RUN_TTL_MS: u64 = 24 * 3_600_000;

struct Stage {
    library: Coordinator,
    model: Reference,
    commands: Commands,
    sent: Vec<Command>,
    runs: Vec<String>,
    now: Timestamp,
}

/// Plays the steps; the first difference, if there is one.
pub(crate) fn play(steps: &[Step], coverage: &mut Coverage) -> Result<(), String> {
    let mut stage = Stage {
        library: Coordinator::default(),
        model: Reference::default(),
        commands: Commands::default(),
        sent: Vec::new(),
        runs: RUNS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        now: world::at(0),
    };
    for command in stage.commands.founding(RUN_TTL_MS) {
        stage.send(&command, stage.now, coverage)?;
    }
    for (number, step) in steps.iter().enumerate() {
        stage.now = stage.now.plus_ms(step.later_ms);
        let now = stage.now.minus_ms(step.behind_ms);
        let Some(command) = stage.command(step) else {
            continue;
        };
        stage.send(&command, now, coverage).map_err(|why| {
            format!(
                "step {number}, {:#?} by {}:\n{why}",
                command.body,
                command
                    .actor
                    .run
                    .as_ref()
                    .map_or("nobody", |run| run.as_str())
            )
        })?;
    }
    coverage.passed(stage.model.passed());
    Ok(())
}

impl Stage {
    fn send(
        &mut self,
        command: &Command,
        now: Timestamp,
        coverage: &mut Coverage,
    ) -> Result<(), String> {
        loop {
            let said = self.library.propose(command, now);
            let expected = self.model.send(command, now);
            self.model
                .check(command, &said, &expected)
                .map_err(|why| why.to_string())?;
            coverage.count(command, &said);
            let Ok(proposal) = said else { break };
            if is_bookkeeping(&proposal) {
                self.model.note_bookkeeping(command, expected.at);
            }
            if let Some(record) = &proposal.record {
                self.library
                    .apply(std::slice::from_ref(record))
                    .map_err(|why| format!("apply: {why:?}"))?;
            }
            self.check_state()?;
            if !proposal.again {
                break;
            }
        }
        if self.sent.iter().all(|sent| sent.id != command.id) {
            self.sent.push(command.clone());
        }
        Ok(())
    }

    fn check_state(&self) -> Result<(), String> {
        let (library, model) = (&self.library, &self.model);
        if (library.version(), library.time()) != (model.ver, model.journal_at) {
            return Err(format!(
                "{library:?}, expected version {} at {}",
                model.ver, model.journal_at
            ));
        }
        let sorted = |mut all: Vec<ClaimView>| {
            all.sort_by_key(|claim| claim.token);
            all
        };
        // Later times as well: what a lease comes to must not depend on when somebody looks.
        for at in [
            library.time(),
            library.time().plus_ms(1_000),
            library.time().plus_ms(1 << 32),
        ] {
            let live = sorted(library.claims().live(at).collect());
            let expected = model.live_claims(at);
            if live != expected {
                return Err(format!("live at {at}: {live:#?}\nexpected {expected:#?}"));
            }
        }
        let waits = sorted(library.claims().waits().collect());
        let expected = model.pending_waits();
        if waits != expected {
            return Err(format!("waits: {waits:#?}\nexpected {expected:#?}"));
        }
        for name in &self.runs {
            let run = world::run(name);
            let (notices, _) = library.claims().notices(&run);
            model
                .check_box(&run, &notices)
                .map_err(|why| why.to_string())?;
        }
        Ok(())
    }

    fn command(&mut self, step: &Step) -> Option<Command> {
        let by = self.runs[step.by % self.runs.len()].clone();
        let actor = world::in_run(&by);
        let body = match &step.act {
            Act::Claim {
                places,
                mode,
                ttl_ms,
                wanted,
                on_conflict,
                partial,
                intent,
            } => Body::Claim {
                specs: places.iter().map(place).collect(),
                mode: *mode,
                intent: intent.then(|| format!("what {by} is up to")),
                ttl_ms: *ttl_ms,
                priority: *wanted,
                on_conflict: *on_conflict,
                partial: *partial,
            },
            Act::Renew { which, ttl_ms } => Body::Renew {
                tokens: self.tokens(which.as_deref()),
                ttl_ms: *ttl_ms,
            },
            Act::Narrow { which, to } => {
                let token = self.token(*which);
                Body::Narrow {
                    token,
                    specs: self.less(token, to),
                }
            }
            Act::HandOver { which, to } => Body::HandOver {
                token: self.token(*which),
                to: world::run(&self.runs[to % self.runs.len()]),
            },
            Act::Release { which } => Body::Release {
                tokens: self.tokens(which.as_deref()),
            },
            Act::Revoke { which, by_human } => {
                let actor = if *by_human { world::human() } else { actor };
                let body = Body::Revoke {
                    token: self.token(*which),
                    reason: "enough".to_owned(),
                };
                return Some(self.commands.by(actor, body));
            }
            Act::Withdraw => Body::Withdraw {},
            Act::Heartbeat { seen } => Body::Heartbeat { seen: *seen },
            Act::Finish => Body::FinishRun {
                outcome: RunOutcome::Done,
                summary: None,
                spent: Amounts::new(),
            },
            Act::Start { parent, ttl_ms } => {
                let name = format!("r{}", self.runs.len());
                let parent = parent.map(|parent| self.runs[parent % self.runs.len()].clone());
                let body = world::start(&name, parent.as_deref(), Some(*ttl_ms));
                self.runs.push(name.clone());
                return Some(self.commands.by(world::in_run(&name), body));
            }
            Act::Change { which, path } => {
                let token = which.map(|which| self.token(which));
                let id = format!("change {}", self.sent.len());
                world::change(&id, PATHS[*path], token)
            }
            Act::Recover => {
                return Some(self.commands.by_human(Body::Recover { above: 0 }));
            }
            Act::Tick => Body::Tick {},
            Act::Again { ago } => {
                let place = self.sent.len().checked_sub(1 + ago)?;
                return Some(self.sent[place].clone());
            }
            Act::ReuseId { ago } => {
                let place = self.sent.len().checked_sub(1 + ago)?;
                let mut other = self.sent[place].clone();
                other.body = Body::Tick {};
                return Some(other);
            }
        };
        Some(self.commands.by(actor, body))
    }

    /// The claim or wait that began so many grants ago, or one that never was.
    fn token(&self, ago: usize) -> Token {
        let tokens: BTreeSet<Token> = self.model.tokens().into_iter().collect();
        let found = tokens.into_iter().rev().nth(ago);
        found.unwrap_or(Token::new(0, 999_999, 0))
    }

    fn tokens(&self, which: Option<&[usize]>) -> Option<Vec<Token>> {
        let mut tokens: Vec<Token> = which?.iter().map(|ago| self.token(*ago)).collect();
        tokens.sort();
        tokens.dedup();
        Some(tokens)
    }

    fn less(&self, token: Token, to: &Less) -> Vec<SpecRequest> {
        let held = self
            .library
            .claims()
            .get(token)
            .map_or_else(Vec::new, |claim| claim.specs);
        let mut specs: Vec<SpecRequest> = held
            .into_iter()
            .map(|spec| SpecRequest {
                repo: spec.repo,
                branch: Some(spec.branch),
                paths: spec.paths,
                resources: spec.resources,
            })
            .collect();
        match to {
            Less::Other(places) => specs = places.iter().map(place).collect(),
            _ if specs.is_empty() => specs = vec![world::spec("shop", &["src/a.rs"])],
            Less::Same => {}
            Less::WithoutFirstPlace if specs.len() > 1 => {
                specs.remove(0);
            }
            Less::WithoutFirstPattern | Less::WithoutFirstPlace => {
                if specs[0].paths.include.len() > 1 {
                    specs[0].paths.include.remove(0);
                }
            }
            Less::Excluding(pattern) => {
                if !specs[0].paths.include.is_empty() {
                    specs[0]
                        .paths
                        .exclude
                        .push(PatternSource::glob(PATTERNS[*pattern]));
                }
            }
            Less::OnlyPath(path) => {
                specs.truncate(1);
                specs[0].resources.clear();
                specs[0].paths = PathSetSource::of([PatternSource::file(PATHS[*path])]);
            }
        }
        specs
    }
}

fn place(place: &Place) -> SpecRequest {
    let patterns = |list: &[usize]| {
        let patterns = list.iter().map(|index| match index % 5 {
            // The other two forms as well, where the text is a path.
            3 if *index == 3 => PatternSource::file(PATTERNS[*index]),
            0 if *index == 0 => PatternSource::dir(PATTERNS[*index]),
            _ => PatternSource::glob(PATTERNS[*index]),
        });
        patterns.collect()
    };
    SpecRequest {
        repo: RepoId::new(REPOS[place.repo]).unwrap(),
        branch: place
            .branch
            .map(|main| world::branch(if main { "main" } else { "next" })),
        paths: PathSetSource {
            include: patterns(&place.include),
            exclude: patterns(&place.exclude),
        },
        resources: place
            .resources
            .iter()
            .map(|index| Resource::new(RESOURCES[*index]).unwrap())
            .collect(),
    }
}
