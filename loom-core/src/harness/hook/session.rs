//! Who a session is in the journal, and what whoever carries a hook out has found out before.

use std::collections::BTreeMap;

use super::told::Told;
use crate::coordinator::Coordinator;
use crate::error::{Code, Error};
use crate::model::{Actor, ActorId, Digest, RepoId, RunId, Timestamp};

/// How often a session that was dead for a while is taken up under a new run.
const LIVES_MAX: u32 = 1_000;
/// A session's name in the name of its run, where it is no longer than this.
const SESSION_BYTES: usize = 48;

/// What was found out before a payload is answered.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Who acts: a loop or a service, never a person, since a person's agent is none.
    pub actor: Actor,
    /// The run that the session was given by whoever started it. Without it the session is a run of its
    /// own, which its first hook starts and its last one finishes.
    pub run: Option<RunId>,
    /// Where the named paths lie, by the names that the harness uses.
    pub places: BTreeMap<String, Place>,
    /// The repository that the session stands in, if the journal knows it.
    pub repo: Option<RepoId>,
    /// How the hook was set up.
    pub settings: Settings,
}

/// Where a path lies, links resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The repository, if the journal knows the one it lies in.
    pub repo: Option<RepoId>,
    /// The path from the root of its worktree; meaningless without a repository.
    pub path: String,
    /// The whole path.
    pub real: String,
    /// The blob that it held before, and the one that it holds now, where they are known.
    pub blobs: (Option<ActorId>, Option<ActorId>),
}

/// How a hook is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// What the harness is told where a person has to say yes first.
    pub checkpoint: Checkpoint,
    /// The lease of the session's run, in milliseconds.
    pub run_ttl_ms: u64,
    /// The lease of claims that are made on demand, in milliseconds.
    pub claim_ttl_ms: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            checkpoint: Checkpoint::Deny,
            // As long as an approval is waited for where a rule says nothing.
            run_ttl_ms: 4 * 60 * 60 * 1_000,
            claim_ttl_ms: 30 * 60 * 1_000,
        }
    }
}

/// What a harness is told where a person has to say yes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checkpoint {
    /// No, with the name of the request: the agent goes on with something else and tries again.
    #[default]
    Deny,
    /// The person at the harness is asked. Their yes there counts for the harness alone.
    Ask,
    /// The run ends here, to be resumed when somebody has said yes.
    Defer,
}

/// The run that acts.
pub(super) enum Acting {
    /// It is alive.
    Live(RunId),
    /// It has to be started first.
    ToStart { run: RunId, parent: Option<RunId> },
}

impl Told {
    /// The run that acts, if it is alive: what a shell of the agent has to know, for `loom guard`.
    ///
    /// # Errors
    /// `run_not_live` where the session was given a run that is over; `limit_exceeded` for a session that
    /// was taken up too often.
    pub fn run(
        &self,
        around: &Surroundings,
        state: &Coordinator,
        now: Timestamp,
    ) -> Result<Option<RunId>, Error> {
        Ok(match self.acting(around, state, now)? {
            Acting::Live(run) => Some(run),
            Acting::ToStart { .. } => None,
        })
    }

    /// Is a run one that the session's own hooks started? One that is brought along by the surroundings is
    /// then no run of somebody else's.
    pub fn owns(&self, run: &RunId) -> bool {
        let base = self.base();
        let rest = run.as_str().strip_prefix(&base);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn base(&self) -> String {
        format!("{}.{}", self.harness.as_str(), short(&self.session))
    }

    /// The run that acts: the session's, or the one of its sub-agent.
    pub(super) fn acting(
        &self,
        around: &Surroundings,
        state: &Coordinator,
        now: Timestamp,
    ) -> Result<Acting, Error> {
        let session = match &around.run {
            Some(run) if state.runs().is_live(run, now) => Acting::Live(run.clone()),
            Some(run) => {
                let message = format!("the run {run} that this session works in is not alive");
                return Err(Error::at(Code::RunNotLive, "run", message));
            }
            None => lives(&self.base(), None, state, now)?,
        };
        match (session, &self.agent) {
            (Acting::Live(parent), Some(agent)) => {
                let base = match parent.as_str().len() + agent.len() < 120 {
                    true => format!("{parent}.{}", short(agent)),
                    false => format!(
                        "{}.{}",
                        self.harness.as_str(),
                        short(&format!("{parent}.{agent}"))
                    ),
                };
                lives(&base, Some(parent), state, now)
            }
            (session, _) => Ok(session),
        }
    }

    /// The name of a change that this call made in a repository: told twice, it is one.
    pub(super) fn change_name(&self, call: &str, repo: &RepoId) -> Result<String, Error> {
        let digest = Digest::of(&[
            b"loomstack hook change",
            self.harness.as_str().as_bytes(),
            self.session.as_bytes(),
            self.agent.as_deref().unwrap_or_default().as_bytes(),
            call.as_bytes(),
            repo.as_str().as_bytes(),
        ]);
        Ok(format!(
            "{}.{:.32}",
            self.harness.as_str(),
            digest.to_string()
        ))
    }
}

/// The first life of a name that is not over: a run that was finished, or died, stays what it was.
fn lives(
    base: &str,
    parent: Option<RunId>,
    state: &Coordinator,
    now: Timestamp,
) -> Result<Acting, Error> {
    for life in 1..=LIVES_MAX {
        let name = match life {
            1 => base.to_owned(),
            _ => format!("{base}.{life}"),
        };
        let run = RunId::new(&name)?;
        match state.runs().get(&run) {
            None => return Ok(Acting::ToStart { run, parent }),
            Some(row) if row.finished.is_none() && row.is_live(now) => {
                return Ok(Acting::Live(run));
            }
            Some(_) => {}
        }
    }
    let (max, got) = (u64::from(LIVES_MAX), u64::from(LIVES_MAX) + 1);
    Err(Error::limit("session_id", "LIVES_MAX", max, got))
}

/// A name as part of another: itself where it is short and plain, else its digest.
fn short(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.is_empty() && name.len() <= SESSION_BYTES && name.bytes().all(plain) {
        return name.to_owned();
    }
    let digest = Digest::of(&[b"loomstack hook session", name.as_bytes()]);
    format!("{:.32}", digest.to_string())
}
