//! Loops as text for people.

use loom_core::coordinator::{ForecastAnswer, Handover};
use loom_core::model::{Timestamp, Unit, Verdict};
use loom_core::run::{NextStep, Slot, StopReason, Trigger, Unverified, WaitsFor};
use loom_core::view::{named, span};
use loom_core::wire::{DueView, LoopView, VerificationView};

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
        if let Some(until) = it.held_until {
            let until = moment(until, at);
            page.row(
                "",
                &format!("the policy lets it change nothing before {until}"),
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
        NextStep::Wait { on } => waits_for(on),
        NextStep::Verify(of) => format!("have somebody else verify {}", unverified(of)),
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
        StopReason::ClaimRevoked { token } => format!("a person took claim {token} away"),
        StopReason::ApprovalRefused { request } => {
            format!("a person said no to request {request}")
        }
        StopReason::SecondReversal { finding } => {
            let finding = named(finding.as_str());
            format!("it would undo what undid its own side's work; {finding} asks a person")
        }
    }
}

fn waits_for(on: &WaitsFor) -> String {
    match on {
        WaitsFor::Verification { of, .. } => {
            format!("wait for somebody who verifies {}", unverified(of))
        }
        WaitsFor::Claim { wait } => format!("wait in the queue, as {wait}"),
        WaitsFor::Approval { requests } => {
            let names: Vec<String> = requests.iter().map(ToString::to_string).collect();
            format!("wait for a person's yes to {}", names.join(", "))
        }
        WaitsFor::Signal { name, key } => {
            let (name, key) = (named(name.as_str()), named(key.as_str()));
            format!("wait for signal {name} for {key}")
        }
        WaitsFor::Window { until } => {
            format!("wait until {until}: the policy lets its loop change nothing before")
        }
    }
}

/// What nobody has verified who counts, and who may.
pub(super) fn unverified(of: &Unverified) -> String {
    let mut names: Vec<String> = of.changes.iter().map(|id| named(id.as_str())).collect();
    if of.more > 0 {
        names.push(format!("{} more", of.more));
    }
    let by: Vec<&str> = of.by.iter().map(|by| by.as_str()).collect();
    match by.is_empty() {
        true => names.join(", "),
        false => format!("{} ({})", names.join(", "), by.join(", ")),
    }
}

/// The runs that wait for somebody who verifies what they changed.
pub(crate) fn verifications(list: &[VerificationView], at: Timestamp) -> String {
    let mut page = Page::new(at);
    if list.is_empty() {
        page.line("no run waits to be verified");
    }
    for it in list {
        let run = named(it.run.as_str());
        let of = it
            .loop_id
            .as_ref()
            .map(|id| format!(" of loop {}", named(id.as_str())));
        let since = moment(it.since, at);
        page.row(
            "verify",
            &format!(
                "{} by run {run}{}",
                unverified(&it.of),
                of.unwrap_or_default()
            ),
        );
        page.row("", &format!("asked {since}"));
    }
    page.text.trim_end().to_owned()
}

/// What a run left to whoever goes on with its work.
pub(crate) fn handover(left: &Handover, at: Timestamp) -> String {
    let mut page = Page::new(at);
    let of = left
        .loop_id
        .as_ref()
        .map(|id| format!(" of loop {}", named(id.as_str())));
    let end = match (left.outcome, left.ended_at) {
        (Some(outcome), Some(end)) => format!("{} {}", outcome.as_str(), moment(end, at)),
        (None, Some(end)) => format!("taken for dead {}", moment(end, at)),
        (_, None) => "alive".to_owned(),
    };
    page.row(
        "run",
        &format!(
            "{}{}, {end}",
            named(left.run.as_str()),
            of.unwrap_or_default()
        ),
    );
    if let Some(before) = &left.succeeds {
        page.row(
            "after",
            &format!("run {}, which died", named(before.as_str())),
        );
    }
    page.row("iterations", &left.iterations.to_string());
    for (gate, passed) in &left.gates {
        let times = left.failing.get(gate).copied().unwrap_or(0);
        let how = match (passed, times) {
            (true, _) => "holds".to_owned(),
            (false, times) if times > 1 => format!("fails, {times} times alike"),
            (false, _) => "fails".to_owned(),
        };
        page.row("gate", &format!("{} {how}", named(gate.as_str())));
    }
    page.words("summary", left.summary.as_ref());
    if !left.claimed.is_empty() {
        page.row("claimed", &super::places(&left.claimed));
    }
    for change in &left.changes {
        let verdict = match change.verdict {
            Some(Verdict::Passed) => "verified",
            Some(Verdict::Failed) => "found faulty",
            None => "not verified",
        };
        let id = named(change.id.as_str());
        page.row(
            "change",
            &format!("{id}, {}, {verdict}", moment(change.at, at)),
        );
        page.words("intent", change.intent.as_ref());
    }
    if left.more_changes > 0 {
        page.line(&format!("and {} more changes", left.more_changes));
    }
    for key in &left.findings {
        page.row("finding", &named(key.as_str()));
    }
    page.text.trim_end().to_owned()
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
