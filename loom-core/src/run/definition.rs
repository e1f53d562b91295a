//! A loop as data: what it is for, what it may touch, when it starts, what has to hold before it ends.
//!
//! A definition is written by people (in YAML, TOML or JSON) or by programs, checked as a whole, and
//! known by its digest from then on: whoever changes one says which one they had read.
//!
//! ```
//! use loom_core::run::{Format, LoopDefinition, Trigger};
//!
//! let text = "
//! id: coverage
//! owner: ada
//! goal: every module of the shop is covered to 80 percent
//! trigger: {type: interval, every_ms: 900000}
//! scope: [{repo: shop, paths: ['tests/**']}]
//! gates: [{name: tests, run: make test}, {name: coverage, run: make coverage}]
//! exit: {max_iterations: 12, no_progress_after: 3}
//! ";
//! let definition = LoopDefinition::load("coverage.yaml", text, Format::Yaml).unwrap();
//! assert_eq!(definition.gates[1].name.as_str(), "coverage");
//! assert_eq!(definition.exit.max_iterations, Some(12));
//!
//! let misspelt = text.replace("trigger", "triger");
//! let error = LoopDefinition::load("coverage.yaml", &misspelt, Format::Yaml).unwrap_err();
//! assert_eq!(
//!     error.message(),
//!     "coverage.yaml: line 5, column 1: unknown key `triger`; did you mean `trigger`?"
//! );
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Trigger;
use crate::document::{self, Fault, Format};
use crate::error::{Code, Error};
use crate::model::{ActorId, Amounts, Branch, Digest, LoopId, RepoId, Resource, TeamId, TextRef};
use crate::path::PathSetSource;

/// The most areas in the scope of a loop: as many as one claim holds.
pub const LOOP_AREAS_MAX: usize = 64;
/// The most gates of a loop.
pub const LOOP_GATES_MAX: usize = 64;
/// The most skills that a loop names.
pub const LOOP_SKILLS_MAX: usize = 64;
/// The most tools that a loop names.
pub const LOOP_TOOLS_MAX: usize = 256;
/// The most iterations that a loop allows its runs.
pub const LOOP_ITERATIONS_MAX: u32 = 10_000;
/// The most minutes that a loop allows its runs: 30 days.
pub const LOOP_MINUTES_MAX: u32 = 30 * 24 * 60;
/// The most times that one gate fails alike before a run is taken to be stuck.
pub const NO_PROGRESS_AFTER_MAX: u32 = 1_000;

/// A loop. `T` is what its texts are: words where somebody writes it, references to words in the
/// journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "LoopDefinition"))]
#[serde(deny_unknown_fields)]
pub struct LoopDefinition<T = String> {
    /// Its name.
    pub id: LoopId,
    /// Who answers for it.
    pub owner: ActorId,
    /// The team it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// What it is for.
    #[serde(default = "none::<T>", skip_serializing_if = "Option::is_none")]
    pub goal: Option<T>,
    /// What it may change; at most 64 areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<ScopeArea>,
    /// When it starts.
    #[serde(default, skip_serializing_if = "Trigger::is_manual")]
    pub trigger: Trigger,
    /// What each iteration is measured by; at most 64.
    #[serde(default = "Vec::<Gate<T>>::new", skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate<T>>,
    /// When its runs end.
    #[serde(default, skip_serializing_if = "ExitConditions::is_default")]
    pub exit: ExitConditions,
    /// Who does the work.
    #[serde(default = "none::<Worker<T>>", skip_serializing_if = "Option::is_none")]
    pub maker: Option<Worker<T>>,
    /// Who checks the work, and never did it.
    #[serde(default = "none::<Worker<T>>", skip_serializing_if = "Option::is_none")]
    pub checker: Option<Worker<T>>,
    /// The skills that its runs are given, by their digests; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<Digest>,
    /// The tools that its runs may use; at most 256.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tools: BTreeSet<ActorId>,
    /// Where its runs work.
    #[serde(default, skip_serializing_if = "Isolation::is_default")]
    pub isolation: Isolation,
}

/// A loop as the journal has it.
pub type LoopCard = LoopDefinition<TextRef>;

/// A part of one repository that a loop may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScopeArea {
    /// Where.
    pub repo: RepoId,
    /// The branch that the work lands on; the repository's default branch where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// Which paths.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// Named things that are no files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
}

/// What an iteration is measured by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Gate"))]
#[serde(deny_unknown_fields)]
pub struct Gate<T = String> {
    /// Its name.
    pub name: ActorId,
    /// The command line that measures it, for a runner that runs gates itself.
    #[serde(default = "none::<T>", skip_serializing_if = "Option::is_none")]
    pub run: Option<T>,
}

/// Who works in a loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Worker"))]
#[serde(deny_unknown_fields)]
pub struct Worker<T = String> {
    /// The command line that starts it, for a runner that starts workers itself.
    #[serde(default = "none::<T>", skip_serializing_if = "Option::is_none")]
    pub run: Option<T>,
    /// The model that it prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ActorId>,
    /// The account that it works under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<ActorId>,
}

/// When the runs of a loop end. What is absent ends none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExitConditions {
    /// The gates that have to hold for the goal to be reached; all of them where none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub goal: BTreeSet<ActorId>,
    /// After so many iterations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<u32>,
    /// After so many minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<u32>,
    /// Once the same gate failed so many times alike, without a different failure in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_progress_after: Option<u32>,
    /// Once so much of any of these is used up.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub budget: Amounts,
}

impl ExitConditions {
    fn is_default(&self) -> bool {
        *self == ExitConditions::default()
    }
}

/// Where the runs of a loop work.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// In a worktree of their own.
    #[default]
    Worktree,
    /// In a clone or container of their own.
    Clone,
    /// Where their owner works.
    None,
}

impl Isolation {
    /// The word as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Isolation::Worktree => "worktree",
            Isolation::Clone => "clone",
            Isolation::None => "none",
        }
    }

    fn is_default(&self) -> bool {
        *self == Isolation::default()
    }
}

impl LoopDefinition {
    /// A loop that is started by hand, and of which nothing else is said.
    pub fn new(id: LoopId, owner: ActorId) -> LoopDefinition {
        LoopDefinition {
            id,
            owner,
            team: None,
            goal: None,
            scope: Vec::new(),
            trigger: Trigger::Manual {},
            gates: Vec::new(),
            exit: ExitConditions::default(),
            maker: None,
            checker: None,
            skills: Vec::new(),
            tools: BTreeSet::new(),
            isolation: Isolation::default(),
        }
    }

    /// Reads a definition that somebody wrote, and checks it. `name` is the document's, for people.
    ///
    /// # Errors
    /// `limit_exceeded` over a limit of documents or of definitions; `invalid_field` for what is no
    /// definition: the message gives name, line, column and the remedy.
    pub fn load(name: &str, text: &str, format: Format) -> Result<LoopDefinition, Error> {
        let error = |fault: Fault| fault.into_error(Code::InvalidField, "loop", name);
        let tree = document::tree(text, format).map_err(error)?;
        let read = || -> Result<LoopDefinition, Fault> {
            let definition: LoopDefinition = document::from_tree(&tree)?;
            definition.check()?;
            Ok(definition)
        };
        read().map_err(|fault| {
            let place = fault.field().map(|field| tree.place_of(field));
            error(match place {
                Some(place) => fault.or_at(place),
                None => fault,
            })
        })
    }

    /// Checks what the types cannot: limits, and names that refer to others.
    ///
    /// # Errors
    /// `limit_exceeded` and `invalid_field`, with the field.
    pub fn check(&self) -> Result<(), Error> {
        at_most("scope", "LOOP_AREAS_MAX", LOOP_AREAS_MAX, self.scope.len())?;
        at_most("gates", "LOOP_GATES_MAX", LOOP_GATES_MAX, self.gates.len())?;
        at_most(
            "skills",
            "LOOP_SKILLS_MAX",
            LOOP_SKILLS_MAX,
            self.skills.len(),
        )?;
        at_most("tools", "LOOP_TOOLS_MAX", LOOP_TOOLS_MAX, self.tools.len())?;
        let mut names = BTreeSet::new();
        for (at, gate) in self.gates.iter().enumerate() {
            if !names.insert(&gate.name) {
                let message = format!("two gates are called {}", gate.name);
                return Err(Error::at(
                    Code::InvalidField,
                    format!("gates[{at}].name"),
                    message,
                ));
            }
        }
        let exit = &self.exit;
        if let Some(name) = exit.goal.iter().find(|name| !names.contains(name)) {
            let message = format!("there is no gate {name}; name one of the loop's gates");
            return Err(Error::at(Code::InvalidField, "exit.goal", message));
        }
        for (field, name, max, got) in [
            (
                "exit.max_iterations",
                "LOOP_ITERATIONS_MAX",
                LOOP_ITERATIONS_MAX,
                exit.max_iterations,
            ),
            (
                "exit.max_minutes",
                "LOOP_MINUTES_MAX",
                LOOP_MINUTES_MAX,
                exit.max_minutes,
            ),
            (
                "exit.no_progress_after",
                "NO_PROGRESS_AFTER_MAX",
                NO_PROGRESS_AFTER_MAX,
                exit.no_progress_after,
            ),
        ] {
            match got {
                Some(0) => {
                    let message = "a run that may do nothing does nothing; name at least 1";
                    return Err(Error::at(Code::InvalidField, field, message));
                }
                Some(got) => at_most(field, name, max as usize, got as usize)?,
                None => {}
            }
        }
        let most = crate::model::AMOUNT_MAX;
        match exit.budget.iter().find(|(_, amount)| **amount > most) {
            Some((_, amount)) => Err(Error::limit("exit.budget", "AMOUNT_MAX", most, *amount)),
            None => Ok(()),
        }
    }

    /// What tells this definition from any other, its texts included.
    ///
    /// # Errors
    /// `internal` only.
    pub fn digest(&self) -> Result<Digest, Error> {
        let json =
            serde_json::to_vec(self).map_err(|why| Error::new(Code::Internal, why.to_string()))?;
        Ok(Digest::of(&[b"loomstack.loop.v1\n", &json]))
    }
}

impl<T> LoopDefinition<T> {
    /// The same loop with other texts: `change` is told the field of each.
    ///
    /// # Errors
    /// The first of `change`.
    pub fn with_texts<U, E>(
        self,
        mut change: impl FnMut(&str, T) -> Result<U, E>,
    ) -> Result<LoopDefinition<U>, E> {
        let goal = self.goal.map(|goal| change("goal", goal)).transpose()?;
        let mut gates = Vec::with_capacity(self.gates.len());
        for (at, gate) in self.gates.into_iter().enumerate() {
            let run = gate.run.map(|run| change(&format!("gates[{at}].run"), run));
            gates.push(Gate {
                name: gate.name,
                run: run.transpose()?,
            });
        }
        let mut worker = |field: &str, worker: Option<Worker<T>>| {
            worker
                .map(
                    |Worker {
                         run,
                         model,
                         account,
                     }| {
                        let run = run.map(|run| change(field, run)).transpose()?;
                        Ok(Worker {
                            run,
                            model,
                            account,
                        })
                    },
                )
                .transpose()
        };
        let maker = worker("maker.run", self.maker)?;
        let checker = worker("checker.run", self.checker)?;
        Ok(LoopDefinition {
            id: self.id,
            owner: self.owner,
            team: self.team,
            goal,
            scope: self.scope,
            trigger: self.trigger,
            gates,
            exit: self.exit,
            maker,
            checker,
            skills: self.skills,
            tools: self.tools,
            isolation: self.isolation,
        })
    }
}

/// Nothing, of whatever it is: texts have no default of their own.
fn none<T>() -> Option<T> {
    None
}

fn at_most(field: &str, name: &'static str, max: usize, got: usize) -> Result<(), Error> {
    match got > max {
        true => Err(Error::limit(field, name, max as u64, got as u64)),
        false => Ok(()),
    }
}
