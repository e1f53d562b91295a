//! What callers ask without changing anything.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::findings::FindingView;
use super::governance::{ExceptionView, PolicyView, RequestView};
use super::loops::{DueView, LoopView};
use super::provenance;
use super::query_reply::{QueryAnswer, QueryReply};
use super::runs::{RunView, VerificationView};
use crate::claim::{Mode, SpecRequest};
use crate::coordinator::{Coordinator, History, read_json};
use crate::error::{Code, Error};
use crate::model::{ActorId, Branch, FindingKey, LoopId, RepoId, RunId, Timestamp, Token, Ver};
use crate::policy::{Action, Standing};
use crate::provenance::{
    ComprehensionAsked, ExportFormat, ProposedChange, RevertsAsked, RewritesAsked, Selected,
    SuspectsAsked, TraceAsked, WarsAsked,
};
use crate::run::{FindingRow, FindingStanding, Format, LoopDefinition, NoteKind};
use crate::view::{Brief, NoteView, Skill, StateFile};

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
    /// What does a run do next?
    Next {
        /// Which.
        run: RunId,
    },
    /// What did a run do, where did it fail, what did it hold? Of one that died, for whoever goes on.
    Handover {
        /// Which.
        run: RunId,
    },
    /// The runs that wait for somebody who verifies what they changed.
    Verifications {},
    /// The runs that are alive, by name.
    Runs {},
    /// The registered repositories, by name.
    Repos {},
    /// The registered loops, by name.
    Loops {},
    /// A loop by its name.
    Loop {
        /// Its name.
        id: LoopId,
    },
    /// Which loops should start now?
    Due {},
    /// What are all loops about to start, what will it take, and which of them collide?
    Forecast {
        /// From when on; now where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// Until when.
        until: Timestamp,
    },
    /// Reads a loop that somebody wrote as YAML, TOML or JSON, and checks it. Registers nothing.
    ReadLoop {
        /// What errors call it: a file name as a rule.
        name: String,
        /// The language that it is written in.
        format: Format,
        /// The document.
        text: String,
    },
    /// The findings, in the order in which somebody should see to them: the worst first, then those known
    /// for longest.
    Findings {
        /// Those that stand so alone; all that are not resolved where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<FindingStanding>,
    },
    /// A finding by its key, with its history.
    Finding {
        /// Its key.
        key: FindingKey,
    },
    /// What waits for a person, with what they need to decide: the worst first, then what is known for
    /// longest.
    Inbox {
        /// Whose; everybody's where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<ActorId>,
    },
    /// The notes that hold: warnings first, then what failed, what was decided, conventions, and what was
    /// tried; of each the latest first.
    Notes {
        /// Those that are about these places; all where there is none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        specs: Vec<SpecRequest>,
        /// Those of this kind alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<NoteKind>,
    },
    /// The conventions that people approved, as a skill that an agent can be given.
    Skill {
        /// Of this repository alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<RepoId>,
    },
    /// Findings and notes as a Markdown file that is stable under diff.
    StateFile {},
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
    /// What led to this? The causal chain back from paths, a service, a change, a deploy or an incident, as
    /// far as people.
    Trace(Box<TraceAsked>),
    /// Which changes may be to blame?
    Suspects(Box<SuspectsAsked>),
    /// Which changes of a branch took others of it back?
    Reverts(Box<RevertsAsked>),
    /// Which paths of a branch do two sides fight over?
    Wars(Box<WarsAsked>),
    /// Which changes are others that landed anew: rebased, squashed, picked?
    Rewrites(Box<RewritesAsked>),
    /// Whose work would this change undo, if it landed?
    WouldRevert(Box<ProposedChange>),
    /// How much of what loops made has no person read? Where no areas are named, by the services of the
    /// policy, and by its owners.
    Comprehension(Box<ComprehensionAsked>),
    /// A part of history in the words of others: PROV-JSON, in-toto, Agent Trace, OTLP, a graph
    /// for Graphviz or Mermaid.
    Export {
        /// Which part.
        of: Selected,
        /// In whose words.
        format: ExportFormat,
    },
    /// How much history there is.
    History {},
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

    /// Does the answer need history? Then [`Query::ask_history`] answers, and [`Query::ask`] does not.
    pub fn needs_history(&self) -> bool {
        matches!(
            self,
            Query::Trace(_)
                | Query::Suspects(_)
                | Query::Reverts(_)
                | Query::Wars(_)
                | Query::Rewrites(_)
                | Query::WouldRevert(_)
                | Query::Comprehension(_)
                | Query::Export { .. }
                | Query::History {}
        )
    }

    /// Answers over history, and over the state that says how far it must have read.
    ///
    /// # Errors
    /// `gap` where history lags behind the state: the message says which records to feed it. Those of
    /// [`Query::ask`], and those of the question to history.
    pub fn ask_history(
        &self,
        state: &Coordinator,
        history: &History,
        now: Timestamp,
    ) -> Result<QueryAnswer, Error> {
        let at = now.max(state.time());
        if history.version() < state.version() {
            return Err(needs_records(history.version()));
        }
        let reply = match provenance::reply(self, state, history, at)? {
            Some(reply) => reply,
            None => self.reply(state, at)?,
        };
        Ok(QueryAnswer {
            decided_at: state.version(),
            at,
            lifted: now < at,
            reply,
        })
    }

    /// Renders a brief, a skill or a state file anew, now that the words of its answer are filled in. Leaves
    /// other answers alone.
    pub fn render(&self, answer: &mut QueryAnswer) {
        match (self, &mut answer.reply) {
            (Query::Brief { budget_chars, .. }, QueryReply::Brief { brief, rendered }) => {
                *rendered = brief.render(*budget_chars as usize);
            }
            (_, QueryReply::Skill { skill, text }) => *text = skill.render(),
            (_, QueryReply::StateFile { state_file, text }) => *text = state_file.render(),
            _ => {}
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
            Query::Next { run } => QueryReply::Next {
                next: state.next_step(run, at)?,
            },
            Query::Handover { run } => QueryReply::Handover {
                handover: state.handover(run, at)?.map(Box::new),
            },
            Query::Verifications {} => {
                let (verifications, more) = listed(VerificationView::all(state, at)?);
                QueryReply::Verifications {
                    verifications,
                    more,
                }
            }
            Query::Runs {} => {
                let alive = state.runs().iter().filter(|(_, row)| row.is_live(at));
                let (runs, more) = listed(alive.map(|(run, row)| RunView::of(&run, &row, at)));
                QueryReply::Runs { runs, more }
            }
            Query::Repos {} => QueryReply::Repos {
                repos: state.repos().iter().cloned().collect(),
            },
            Query::Loops {} => QueryReply::Loops {
                loops: state
                    .runs()
                    .loop_rows()
                    .map(|row| LoopView::of(row, at))
                    .collect(),
            },
            Query::Loop { id } => QueryReply::Loop {
                found: state
                    .runs()
                    .loop_row(id)
                    .map(|row| Box::new(LoopView::of(row, at))),
            },
            Query::Due {} => QueryReply::Due {
                due: state.due(at)?.into_iter().map(DueView::from).collect(),
                next: state.runs().next_start(at),
            },
            Query::Forecast { from, until } => QueryReply::Forecast {
                forecast: Box::new(state.forecast(from.unwrap_or(at)..*until)?),
            },
            Query::ReadLoop { name, format, text } => {
                let definition = Box::new(LoopDefinition::load(name, text, *format)?);
                let digest = definition.digest()?;
                QueryReply::LoopRead { definition, digest }
            }
            Query::Findings { standing } => {
                let mut rows = state.findings().by_urgency(state.runs(), at, *standing);
                rows.retain(|(_, row)| standing.is_some() || row.resolved_at.is_none());
                let (findings, more) = listed(views(rows, state, at));
                QueryReply::Findings { findings, more }
            }
            Query::Finding { key } => QueryReply::Finding {
                finding: state
                    .findings()
                    .get(key)
                    .map(|row| Box::new(FindingView::of(key.clone(), &row, state.runs(), at))),
            },
            Query::Inbox { of } => {
                let rows = state.findings().inbox(of.as_ref());
                let (findings, more) = listed(views(rows, state, at));
                QueryReply::Inbox { findings, more }
            }
            Query::Notes { specs, kind } => {
                let mut rows = match specs.is_empty() {
                    false => state.notes_on(specs, at)?,
                    true => {
                        let mut all: Vec<_> = state.notes().iter(at).collect();
                        all.sort_by_key(|(note, row)| (row.kind, std::cmp::Reverse(*note)));
                        all
                    }
                };
                rows.retain(|(_, row)| kind.is_none_or(|kind| row.kind == kind));
                let (notes, more) =
                    listed(rows.into_iter().map(|(id, row)| NoteView::of(id, &row)));
                QueryReply::Notes { notes, more }
            }
            Query::Skill { repo } => {
                let skill = Box::new(Skill::collect(state, repo.as_ref(), at));
                let text = skill.render();
                QueryReply::Skill { skill, text }
            }
            Query::StateFile {} => {
                let state_file = Box::new(StateFile::collect(state, at));
                let text = state_file.render();
                QueryReply::StateFile { state_file, text }
            }
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
                let (requests, more) =
                    listed(rows.map(|(_, row)| RequestView::of(&row, state, at)));
                QueryReply::Requests { requests, more }
            }
            Query::Request { request } => QueryReply::Request {
                request: state
                    .policy()
                    .request(*request)
                    .map(|row| Box::new(RequestView::of(&row, state, at))),
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
            Query::Trace(_)
            | Query::Suspects(_)
            | Query::Reverts(_)
            | Query::Wars(_)
            | Query::Rewrites(_)
            | Query::WouldRevert(_)
            | Query::Comprehension(_)
            | Query::Export { .. }
            | Query::History {} => {
                return Err(needs_records(0));
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

fn views<'a>(
    rows: Vec<(FindingKey, Cow<'a, FindingRow>)>,
    state: &'a Coordinator,
    at: Timestamp,
) -> impl Iterator<Item = FindingView> + 'a {
    let rows = rows.into_iter();
    rows.map(move |(key, row)| FindingView::of(key, &row, state.runs(), at))
}

/// History has read up to a version, and the question needs more.
fn needs_records(read: Ver) -> Error {
    let message = format!("feed history the records after version {read}, and ask it");
    Error::at(Code::Gap, "history", message)
}

/// As much of a list as an answer holds, and how many there are beyond.
fn listed<T>(all: impl IntoIterator<Item = T>) -> (Vec<T>, u64) {
    let mut all = all.into_iter();
    let first = all.by_ref().take(LISTED_MAX).collect();
    (first, all.count() as u64)
}
