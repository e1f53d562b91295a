//! `status`: who is at work, on what, until when.

use std::fmt::Write as _;

use clap::Args;
use loom_core::claim::{ClaimView, Notice};
use loom_core::coordinator::{Coordinator, Repo};
use loom_core::error::Error;
use loom_core::model::{Actor, LoopId, RunId, Timestamp, Ver, WorkspaceId};
use loom_core::run::LoopCard;
use loom_core::view::{ago, named};
use serde::Serialize;

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::show::{self, Page, moment};

/// Shows who is at work.
#[derive(Debug, Args)]
pub(crate) struct Status {}

/// Who is at work, on what, until when.
#[derive(Serialize)]
pub(crate) struct State {
    workspace: Option<WorkspaceId>,
    version: Ver,
    at: Timestamp,
    next_deadline: Option<Timestamp>,
    repos: Vec<Repo>,
    loops: Vec<LoopCard>,
    runs: Vec<AtWork>,
}

#[derive(Serialize)]
struct AtWork {
    run: RunId,
    actor: Actor,
    #[serde(rename = "loop")]
    loop_id: Option<LoopId>,
    parent: Option<RunId>,
    started_at: Timestamp,
    live_until: Timestamp,
    claims: Vec<ClaimView>,
    waiting: Option<ClaimView>,
    unread: Vec<Notice>,
}

impl Status {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        session.print(&State::now(&session)?, text)?;
        Ok(Exit::Done)
    }
}

impl State {
    /// Who is at work now, with the words of what for.
    pub(crate) fn now(session: &Session) -> Result<State, Failure> {
        let mut state = session.loom.look(collect)?;
        let of_runs = state.runs.iter_mut().flat_map(|run| {
            let claims = run.claims.iter_mut().chain(&mut run.waiting);
            let claims = claims.filter_map(|claim| claim.intent.as_mut());
            claims.chain(
                run.unread
                    .iter_mut()
                    .filter_map(|notice| notice.intent.as_mut()),
            )
        });
        session.loom.fill(of_runs.collect())?;
        Ok(state)
    }
}

fn collect(coordinator: &Coordinator, now: Timestamp) -> Result<State, Error> {
    let runs = coordinator.runs();
    let claims = coordinator.claims();
    let at_work = runs
        .iter()
        .filter(|(_, row)| row.is_live(now))
        .map(|(run, row)| {
            let (notices, read) = claims.notices(&run);
            AtWork {
                run: run.clone(),
                actor: row.actor.clone(),
                loop_id: runs.lineage().loop_of(&run).cloned(),
                parent: row.parent.clone(),
                started_at: row.started_at,
                live_until: row.live_until,
                claims: claims.claims_of(&run, now),
                waiting: claims.wait_of(&run),
                unread: notices
                    .into_iter()
                    .filter(|notice| notice.seq > read)
                    .collect(),
            }
        });
    Ok(State {
        workspace: coordinator
            .founded()
            .map(|(workspace, _)| workspace.clone()),
        version: coordinator.version(),
        at: now,
        next_deadline: coordinator.next_deadline(now),
        repos: coordinator.repos().iter().cloned().collect(),
        loops: runs.loop_rows().map(|row| row.card.clone()).collect(),
        runs: at_work.collect(),
    })
}

pub(crate) fn text(state: &State) -> String {
    let at = state.at;
    let mut page = Page::new(at);
    let workspace = state
        .workspace
        .as_ref()
        .map_or("(no journal yet)", |it| it.as_str());
    page.row(
        "workspace",
        &format!("{}, version {}, {}", named(workspace), state.version, at),
    );
    for repo in &state.repos {
        page.row(
            "repo",
            &format!(
                "{}, landing on {}",
                named(repo.id.as_str()),
                named(repo.default_branch.as_str())
            ),
        );
    }
    for card in &state.loops {
        page.row(
            "loop",
            &format!(
                "{}, owned by {}",
                named(card.id.as_str()),
                named(card.owner.as_str())
            ),
        );
    }
    if state.runs.is_empty() {
        page.line("\nNobody is at work.");
    }
    for run in &state.runs {
        let mut who = format!(
            "{}, {}",
            named(run.run.as_str()),
            named(&run.actor.to_string())
        );
        if let Some(id) = &run.loop_id {
            let _ = write!(who, " of loop {}", named(id.as_str()));
        }
        if let Some(parent) = &run.parent {
            let _ = write!(who, ", for run {}", named(parent.as_str()));
        }
        page.line("");
        page.row(
            "run",
            &format!("{who}, started {}", ago(run.started_at, at)),
        );
        page.row("", &format!("alive until {}", moment(run.live_until, at)));
        for claim in &run.claims {
            page.row(
                "holds",
                &format!(
                    "{} on {}",
                    show::mode(claim.mode),
                    show::places(&claim.specs)
                ),
            );
            page.words("intent", claim.intent.as_ref());
            if let Some(end) = claim.expires_at {
                page.row("", &format!("until {}", moment(end, at)));
            }
            page.row("", &format!("claim {}", claim.token));
        }
        if let Some(wait) = &run.waiting {
            page.row(
                "waits",
                &format!(
                    "for {} on {}, since {}",
                    show::mode(wait.mode),
                    show::places(&wait.specs),
                    ago(wait.since, at)
                ),
            );
        }
        if !run.unread.is_empty() {
            page.row(
                "unread",
                &format!(
                    "{} notices: loom run beat --run {}",
                    run.unread.len(),
                    named(run.run.as_str())
                ),
            );
        }
    }
    page.text.trim_end().to_owned()
}
