//! Loops as text for people.

use loom_core::coordinator::ForecastAnswer;
use loom_core::model::{Timestamp, Unit};
use loom_core::run::{NextStep, Slot, StopReason, Trigger};
use loom_core::view::{named, span};
use loom_core::wire::{DueView, LoopView};

use super::{Page, moment};

/// The most starts of a forecast that are shown; `--json` has all.
const STARTS_SHOWN_MAX: usize = 20;

/// One row for each loop, and under it when it starts.
pub(crate) fn loops(loops: &[LoopView], at: Timestamp) -> String {
    let mut page = Page::new(at);
    if loops.is_empty() {
        page.line("no loop is registered: loom loop add");
    }
    for it in loops {
        let (id, owner) = (named(it.id.as_str()), named(it.owner.as_str()));
        let team = it
            .team
            .as_ref()
            .map(|team| format!(" of {}", named(team.as_str())));
        let standing = it.standing.as_str();
        page.row(
            "loop",
            &format!(
                "{id}, owned by {owner}{}, {standing}",
                team.unwrap_or_default()
            ),
        );
        page.row("", &starts(it, at));
        if it.finds_nothing {
            page.row(
                "",
                "its last three runs found nothing: it might start less often",
            );
        }
    }
    page.text.trim_end().to_owned()
}

/// One loop with all that is known of it.
pub(crate) fn one_loop(it: &LoopView, at: Timestamp) -> String {
    let mut page = Page::new(at);
    page.line(&loops(std::slice::from_ref(it), at));
    page.words("goal", it.goal.as_ref());
    if let Some(stood) = &it.stood {
        let by = named(&stood.by.to_string());
        page.row(
            it.standing.as_str(),
            &format!("{} by {by}", moment(stood.at, at)),
        );
        page.words("reason", stood.reason.as_ref());
    }
    for area in &it.scope {
        let include = area.paths.include.iter().map(|it| named(&it.to_string()));
        let resources = area.resources.iter().map(|it| named(it.as_str()));
        let things: Vec<String> = include.chain(resources).collect();
        page.row(
            "scope",
            &format!("{} in {}", things.join(", "), named(area.repo.as_str())),
        );
    }
    for gate in &it.gates {
        page.row("gate", &named(gate.name.as_str()));
        page.words("runs", gate.run.as_ref());
    }
    for (label, worker) in [("maker", &it.maker), ("checker", &it.checker)] {
        if let Some(worker) = worker {
            let model = worker.model.as_ref().map(|model| named(model.as_str()));
            page.row(label, &model.unwrap_or_default());
            page.words("runs", worker.run.as_ref());
        }
    }
    if let Some(last) = &it.last_start {
        page.row(
            "last",
            &format!("run {} for {}", named(last.run.as_str()), slot(&last.slot)),
        );
    }
    if let Some(mean) = it.mean_ms {
        let spent = it.mean_spent.get(&Unit::Microdollars);
        let spent = spent.map(|micro| format!(" and {} dollars", dollars(*micro)));
        let runs = it.past_runs;
        page.row(
            "mean",
            &format!(
                "{}{} over {runs} runs",
                span(mean),
                spent.unwrap_or_default()
            ),
        );
    }
    page.row("digest", &it.digest.to_string());
    page.text.trim_end().to_owned()
}

/// The loops that should start now.
pub(crate) fn due(due: &[DueView], next: Option<Timestamp>, at: Timestamp) -> String {
    let mut page = Page::new(at);
    if due.is_empty() {
        page.line("no loop is due");
    }
    for it in due {
        page.row(
            "due",
            &format!("{} for {}", named(it.loop_id.as_str()), slot(&it.slot)),
        );
        if it.missed > 0 {
            page.row("", &format!("{} more before it nobody took", it.missed));
        }
        if let Some(run) = &it.running {
            page.row(
                "",
                &format!("once its run {} has ended", named(run.as_str())),
            );
        }
    }
    if let Some(next) = next {
        page.row("next", &moment(next, at));
    }
    page.text.trim_end().to_owned()
}

/// What a run does next.
pub(crate) fn next_step(next: &NextStep) -> String {
    match next {
        NextStep::Continue { iteration } => format!("begin iteration {iteration}"),
        NextStep::Verify { changes, more } => {
            let mut names: Vec<String> = changes.iter().map(|id| named(id.as_str())).collect();
            if *more > 0 {
                names.push(format!("{more} more"));
            }
            format!("have somebody else verify {}", names.join(", "))
        }
        NextStep::Stop { why, outcome } => {
            format!("finish as {}: {}", outcome.as_str(), stop_reason(why))
        }
    }
}

/// Why a run is over.
pub(crate) fn stop_reason(why: &StopReason) -> String {
    match why {
        StopReason::GoalReached {} => "the goal is reached".to_owned(),
        StopReason::MaxIterations { iterations } => format!("{iterations} iterations ran"),
        StopReason::MaxMinutes { minutes } => format!("it took {minutes} minutes"),
        StopReason::Budget { unit } => {
            format!("the budget of {} is used up", super::event::word(unit))
        }
        StopReason::NoProgress { gate, times } => {
            format!("{} failed alike {times} times", named(gate.as_str()))
        }
    }
}

/// What is about to start.
pub(crate) fn forecast(forecast: &ForecastAnswer, at: Timestamp) -> String {
    let mut page = Page::new(at);
    if forecast.starts.is_empty() {
        page.line("no loop is about to start");
    }
    for start in forecast.starts.iter().take(STARTS_SHOWN_MAX) {
        let id = named(start.loop_id.as_str());
        page.row("starts", &format!("{id} {}", moment(start.at, at)));
    }
    let more = forecast.starts.len().saturating_sub(STARTS_SHOWN_MAX);
    if more > 0 {
        page.line(&format!("and {more} more before {}", forecast.complete_to));
    }
    if let Some(spent) = forecast.spend.get(&Unit::Microdollars) {
        page.row(
            "spend",
            &format!("{} dollars, as earlier runs spent", dollars(*spent)),
        );
    }
    for collision in &forecast.collisions {
        let [first, second] = &collision.loops;
        let (first, second) = (named(first.as_str()), named(second.as_str()));
        let (place, _) = super::met(&collision.met);
        let repo = named(collision.repo.as_str());
        page.row(
            "collide",
            &format!(
                "{first} and {second}, {} times, on {place} in {repo}",
                collision.count
            ),
        );
        if let Some(time) = collision.times.first() {
            page.row("", &format!("first {}", moment(*time, at)));
        }
    }
    page.text.trim_end().to_owned()
}

fn starts(it: &LoopView, at: Timestamp) -> String {
    let how = match &it.trigger {
        Trigger::Manual {} => return "starts by hand".to_owned(),
        Trigger::Event(event) => return format!("starts at signal {}", named(event.name.as_str())),
        Trigger::Interval(interval) => format!("its interval of {}", span(interval.every_ms)),
        Trigger::Cron(cron) => named(&cron.to_string()),
    };
    match it.next_start {
        Some(next) => format!("starts by {how}, next {}", moment(next, at)),
        None => format!("starts by {how}"),
    }
}

fn slot(slot: &Slot) -> String {
    match slot {
        Slot::At(at) => at.to_string(),
        Slot::Signal(key) => named(key.as_str()),
    }
}

fn dollars(micro: u64) -> String {
    format!("{}.{:02}", micro / 1_000_000, micro % 1_000_000 / 10_000)
}
