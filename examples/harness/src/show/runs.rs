//! What comes of starting a run, of its iterations, and of what it waits for.

use loom_core::coordinator::Reply;
use loom_core::run::NotStarted;
use loom_core::view::named;

use super::loops::unverified;
use super::{Page, moment, next_step, shell_word};

/// A reply about a run.
pub(super) fn reply(page: &mut Page, reply: &Reply) {
    match reply {
        Reply::Signalled {
            name,
            key,
            known,
            wakes,
        } => {
            let (name, key) = (named(name.as_str()), named(key.as_str()));
            let before = if *known { ", as was known" } else { "" };
            page.row("signal", &format!("{name} for {key}{before}"));
            for run in wakes {
                page.row("wakes", &format!("run {}", named(run.as_str())));
            }
        }
        Reply::RunNotStarted {
            loop_id,
            why,
            by,
            until,
        } => {
            let why = match why {
                NotStarted::SlotTaken => "another run has the slot",
                NotStarted::SlotOver => "the slot is over",
                NotStarted::Running => "its last run still works",
                NotStarted::Held => "the policy lets it change nothing now",
                NotStarted::Paused => "it is paused",
                NotStarted::Retired => "it is retired",
            };
            let by = by
                .as_ref()
                .map(|run| format!(": run {}", named(run.as_str())));
            let id = named(loop_id.as_str());
            page.row(
                "refused",
                &format!("loop {id} does not start, {why}{}", by.unwrap_or_default()),
            );
            if let Some(until) = until {
                page.row("until", &moment(*until, page.at));
            }
        }
        Reply::IterationBegun { number } => {
            page.row("iteration", &format!("{number} is under way"));
        }
        Reply::IterationFinished { number, next } => {
            page.row("iteration", &format!("{number} has ended"));
            page.row("next", &next_step(next));
        }
        Reply::IterationNotBegun { next, .. } => {
            page.row("refused", "no iteration begins");
            page.row("next", &next_step(next));
        }
        Reply::RunNotDone { next, .. } => {
            page.row("refused", "the run is not done");
            page.row("next", &next_step(next));
        }
        Reply::VerificationRequested { of, .. } => {
            page.row("asked", &format!("to verify {}", unverified(of)));
        }
        Reply::VerificationNotRequested { next, .. } => {
            page.row("refused", "there is nothing to verify now");
            page.row("next", &next_step(next));
        }
        Reply::SignalAwaited { given: true, .. } => {
            page.line("the signal was given before; there is nothing to wait for");
        }
        Reply::SignalAwaited { given: false, run } => {
            let run = named(run.as_str());
            page.row(
                "waits",
                &format!("run {run} begins nothing before the signal"),
            );
        }
        Reply::RunStarted {
            run,
            live_until,
            succeeds,
        } => {
            page.row("run", &format!("{} has started", named(run.as_str())));
            page.row(
                "alive",
                &format!("until {}, unless it beats", moment(*live_until, page.at)),
            );
            page.row(
                "next",
                &format!("export LOOM_RUN={}", shell_word(run.as_str())),
            );
            if let Some(left) = succeeds {
                let left = named(left.as_str());
                page.row(
                    "after",
                    &format!("run {left}, which died: loom run handover {left}"),
                );
            }
        }
        _ => {}
    }
}
