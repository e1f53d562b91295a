//! What callers ask without changing anything.

use serde::{Deserialize, Serialize};

use super::governance::{ExceptionView, PolicyView, RequestView};
use super::query_reply::{LoopView, QueryAnswer, QueryReply, RunView};
use crate::claim::{Mode, SpecRequest};
use crate::coordinator::{Coordinator, read_json};
use crate::error::Error;
use crate::model::{Branch, RepoId, RunId, Timestamp, Token};
use crate::policy::{Action, Standing};
use crate::view::Brief;

/// The characters of a brief where the query names no budget.
pub const BRIEF_CHARS: u32 = 8_000;
/// The most entries of a list that an answer holds; the rest is counted.
pub const LISTED_MAX: usize = 1_000;

/// A question to the hot state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Query {
    /// What stands, stood, or will stand in the way of work on these places?
    Conflicts {
        /// 1 to 64 places.
        specs: Vec<SpecRequest>,
        /// How they would be claimed.
        #[serde(default = "write_mode")]
        mode: Mode,
        /// Who asks, whose own work and side are left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
    },
    /// May work done under this token still land? A forecast; it binds only inside `record_change`.
    Admit {
        /// The token.
        token: Token,
        /// Whose work.
        run: RunId,
        /// Where.
        repo: RepoId,
        /// The branch that it lands on; the repository's default branch where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<Branch>,
        /// What was changed.
        paths: Vec<String>,
    },
    /// What did a run claim, against what it changed?
    WorkReport {
        /// The run.
        run: RunId,
    },
    /// What should a run know before it starts?
    Brief {
        /// The run.
        run: RunId,
        /// Places besides those that it holds.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        specs: Vec<SpecRequest>,
        /// The most characters of its text.
        #[serde(default = "brief_chars")]
        budget_chars: u32,
    },
    /// A live claim or a pending wait by its name.
    Claim {
        /// Its name.
        token: Token,
    },
    /// The live claims, by token.
    Claims {
        /// Of this run alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
    },
    /// The pending waits, in the order in which they are asked.
    Waits {},
    /// A run by its name.
    Run {
        /// Its name.
        run: RunId,
    },
    /// The runs that are alive, by name.
    Runs {},
    /// The registered repositories, by name.
    Repos {},
    /// The registered loops, by name.
    Loops {},
    /// Would the policy allow this action? Nothing is recorded, and nobody is asked.
    Check {
        /// The action; whoever asks says in it who acts.
        action: Box<Action>,
    },
    /// The policy that holds.
    Policy {},
    /// The requests for a person's yes, the latest first.
    Requests {
        /// Those that stand so alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<Standing>,
    },
    /// A request by its name.
    Request {
        /// Its name.
        request: Token,
    },
    /// The exceptions that hold, broken glass included.
    Exceptions {},
    /// What counts towards limits now.
    Spend {},
    /// Where the journal ends, as far as it was read.
    Head {},
    /// The digest of the hot state: equal everywhere after the same records. O(state).
    StateHash {},
    /// When a lease or the run of a wait next ends by itself.
    NextDeadline {},
}

fn write_mode() -> Mode {
    Mode::Write
}

fn brief_chars() -> u32 {
    BRIEF_CHARS
}

impl Query {
    /// Reads a query from JSON, within the limits of a command.
    ///
    /// # Errors
    /// `limit_exceeded` over [`crate::coordinator::COMMAND_BYTES_MAX`] or
    /// [`crate::coordinator::COMMAND_DEPTH_MAX`], `invalid_json` for anything that is no query: the
    /// message gives line and column.
    pub fn from_json(json: &str) -> Result<Query, Error> {
        read_json(json, "query")
    }

    /// Answers over the state as it is. Texts come as references: fill in the words of
    /// [`QueryAnswer::texts`] and [`Query::render`] before showing the answer to anybody.
    ///
    /// # Errors
    /// Those of [`Coordinator::conflicts`], [`Coordinator::admit`], [`Coordinator::work_report`],
    /// [`Coordinator::check`], [`Coordinator::state_hash`] and [`Brief::collect`].
    pub fn ask(&self, state: &Coordinator, now: Timestamp) -> Result<QueryAnswer, Error> {
        let at = now.max(state.time());
        let reply = self.reply(state, at)?;
        Ok(QueryAnswer {
            decided_at: state.version(),
            at,
            lifted: now < at,
            reply,
        })
    }

    /// Renders a brief anew, now that the words of its answer are filled in. Leaves other answers alone.
    pub fn render(&self, answer: &mut QueryAnswer) {
        if let (Query::Brief { budget_chars, .. }, QueryReply::Brief { brief, rendered }) =
            (self, &mut answer.reply)
        {
            *rendered = brief.render(*budget_chars as usize);
        }
    }

    fn reply(&self, state: &Coordinator, at: Timestamp) -> Result<QueryReply, Error> {
        Ok(match self {
            Query::Conflicts { specs, mode, run } => QueryReply::Conflicts {
                conflicts: state.conflicts(specs, *mode, run.as_ref(), at)?,
            },
            Query::Admit {
                token,
                run,
                repo,
                branch,
                paths,
            } => {
                let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                let admission = state.admit(*token, run, repo, branch.as_ref(), &paths, at)?;
                QueryReply::Admission { admission }
            }
            Query::WorkReport { run } => QueryReply::WorkReport {
                work: state.work_report(run)?,
            },
            Query::Brief {
                run,
                specs,
                budget_chars,
            } => {
                let brief = Box::new(Brief::collect(state, run, specs, at)?);
                let rendered = brief.render(*budget_chars as usize);
                QueryReply::Brief { brief, rendered }
            }
            Query::Claim { token } => {
                let live = |claim: &crate::claim::ClaimView| {
                    claim.expires_at.is_none_or(|until| at < until)
                };
                let claim = state.claims().get(*token).filter(live);
                QueryReply::Claim { claim }
            }
            Query::Claims { run: Some(run) } => {
                let (claims, more) = listed(state.claims().claims_of(run, at));
                QueryReply::Claims { claims, more }
            }
            Query::Claims { run: None } => {
                let (claims, more) = listed(state.claims().live(at));
                QueryReply::Claims { claims, more }
            }
            Query::Waits {} => {
                let (waits, more) = listed(state.claims().waits());
                QueryReply::Waits { waits, more }
            }
            Query::Run { run } => QueryReply::Run {
                run: state.runs().get(run).map(|row| RunView::of(run, &row, at)),
            },
            Query::Runs {} => {
                let alive = state.runs().iter().filter(|(_, row)| row.is_live(at));
                let (runs, more) = listed(alive.map(|(run, row)| RunView::of(&run, &row, at)));
                QueryReply::Runs { runs, more }
            }
            Query::Repos {} => QueryReply::Repos {
                repos: state.repos().iter().cloned().collect(),
            },
            Query::Loops {} => QueryReply::Loops {
                loops: state.runs().loops().map(LoopView::from).collect(),
            },
            Query::Check { action } => QueryReply::Checked {
                decision: Box::new(state.check(action, at)?),
            },
            Query::Policy {} => QueryReply::Policy {
                policy: state.policy().document().map(PolicyView::from),
            },
            Query::Requests { standing } => {
                let rows: Vec<_> = state.policy().requests().collect();
                let rows = rows.into_iter().rev();
                let rows = rows.filter(|(_, row)| standing.is_none_or(|s| row.standing(at) == s));
                let (requests, more) = listed(rows.map(|(_, row)| RequestView::of(&row, at)));
                QueryReply::Requests { requests, more }
            }
            Query::Request { request } => QueryReply::Request {
                request: state
                    .policy()
                    .request(*request)
                    .map(|row| Box::new(RequestView::of(&row, at))),
            },
            Query::Exceptions {} => QueryReply::Exceptions {
                exceptions: state
                    .policy()
                    .exceptions(at)
                    .map(ExceptionView::from)
                    .collect(),
            },
            Query::Spend {} => {
                let (spend, more) = listed(state.ledger().spend(at));
                QueryReply::Spend { spend, more }
            }
            Query::Head {} => QueryReply::Head { head: state.head() },
            Query::StateHash {} => QueryReply::StateHash {
                hash: state.state_hash()?,
            },
            Query::NextDeadline {} => QueryReply::Deadline {
                deadline: state.next_deadline(at),
            },
        })
    }
}

/// As much of a list as an answer holds, and how many there are beyond.
fn listed<T>(all: impl IntoIterator<Item = T>) -> (Vec<T>, u64) {
    let mut all = all.into_iter();
    let first = all.by_ref().take(LISTED_MAX).collect();
    (first, all.count() as u64)
}
