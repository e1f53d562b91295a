//! What agents and people read of a hook's answer. Facts, no orders: an agent is told how things stand and
//! what would change that, and takes a command from a hook for an injection, rightly.

use std::fmt::Write as _;

use crate::claim::{ClaimReply, Meeting, Meetings, Met, Notice};
use crate::coordinator::{Conflicts, RecentChange};
use crate::error::Error;
use crate::model::{Side, Timestamp, Token, Words, quoted};
use crate::policy::Decision;
use crate::run::{NextStep, Unverified, WaitsFor};
use crate::view::{ago, until};

/// The most characters of facts that a harness takes.
pub const FACTS_CHARS_MAX: usize = 10_000;
/// The most characters of a reason.
pub(super) const REASON_CHARS_MAX: usize = 4_000;
/// How many of a kind are told one by one.
const TOLD: usize = 5;

/// A text cut to so many characters, with a mark where it was cut.
pub(super) fn within(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(2)).collect();
    format!("{kept} …")
}

pub(super) fn failure(why: &Error) -> String {
    let about = why.field().map(|field| format!(" ({field})"));
    format!(
        "loom could not decide this, so it counts as no: {}: {}{}. It passes once the hook works again; a \
         person finds the cause with `loom status`.",
        why.code().as_str(),
        why.message(),
        about.unwrap_or_default(),
    )
}

/// A claim that was not granted.
pub(super) fn refused(claim: &ClaimReply, now: Timestamp) -> String {
    let (ClaimReply::Refused { meetings, .. }
    | ClaimReply::Waiting { meetings, .. }
    | ClaimReply::Granted { meetings, .. }) = claim;
    let mut text = "loom: somebody else is changing this. Nothing was done.".to_owned();
    for meeting in meetings.list.iter().take(TOLD) {
        let _ = write!(text, "\n- {}", met(meeting, now));
    }
    more(&mut text, meetings, TOLD);
    text.push_str(
        "\nThe same edit passes when that claim has ended. Other files are not affected; `loom conflicts` \
         shows what is held.",
    );
    text
}

fn more(text: &mut String, meetings: &Meetings, told: usize) {
    let more = meetings.list.len().saturating_sub(told) as u64 + meetings.more;
    if more > 0 {
        let _ = write!(text, "\n- and {more} more");
    }
}

fn met(meeting: &Meeting, now: Timestamp) -> String {
    let what = match &meeting.met {
        Met::Path {
            witness: Some(path),
            ..
        } => path.clone(),
        Met::Path { held, .. } => held.text().to_owned(),
        Met::Resource { resource } => resource.as_str().to_owned(),
    };
    let what = quoted(&what, 200);
    let who = match &meeting.loop_id {
        Some(id) => format!("loop {id}"),
        None => meeting.actor.to_string(),
    };
    let run = &meeting.run;
    let held = match meeting.expires_at {
        None => "waits for it in front of this run".to_owned(),
        Some(end) => format!("holds it until {end} ({})", until(end, now)),
    };
    format!("{what}: {who} (run {run}) {held}{}", why(&meeting.intent))
}

/// What something is for, if its words are known.
fn why(intent: &Option<Words>) -> String {
    let text = intent.as_ref().and_then(|words| words.text.as_deref());
    text.map(|text| format!(", for: {}", quoted(text, 300)))
        .unwrap_or_default()
}

/// A decision that does not let something pass.
pub(super) fn decided(decision: &Decision, requests: &[Token]) -> String {
    let mut text = format!(
        "loom: nothing was done. {}",
        decision.for_agent().trim_end()
    );
    if let [request, ..] = requests {
        let _ = write!(
            text,
            "\nRequest {request} waits for a person, who answers it with `loom approve {request}` or `loom \
             reject {request}`. The same passes once it is approved."
        );
    }
    text
}

/// What an agent should know of places that it begins to change; `None` where there is nothing.
pub(super) fn around(conflicts: &Conflicts) -> Option<String> {
    let now = conflicts.at;
    let mut text = String::new();
    for change in conflicts.changes.iter().take(TOLD) {
        let _ = write!(text, "\n- {}", changed(change, now));
    }
    for plan in conflicts.plans.iter().take(TOLD) {
        let _ = write!(text, "\n- planned: {}", met(plan, now));
    }
    (!text.is_empty()).then(|| format!("loom: others were here, or will be.{text}"))
}

fn changed(change: &RecentChange, now: Timestamp) -> String {
    let path = change.paths.first().map(String::as_str).unwrap_or_default();
    let by = match (&change.side, &change.run) {
        (_, Some(run)) => format!("run {run}"),
        (Some(Side::Loop(id)), None) => format!("loop {id}"),
        (Some(Side::Root(run)), None) => format!("run {run}"),
        (None, None) => format!("somebody ({:?})", change.made_by).to_lowercase(),
    };
    let how = match change.deliberate {
        true => "changed on purpose by",
        false => "changed by",
    };
    let path = quoted(path, 200);
    format!(
        "{path} was {how} {by} {}{}",
        ago(change.at, now),
        why(&change.intent)
    )
}

/// Notices that a run has not read.
pub(super) fn notices(notices: &[Notice], now: Timestamp) -> String {
    let mut text = "loom: others asked for what this session holds.".to_owned();
    for notice in notices.iter().take(TOLD) {
        let what = match &notice.met {
            Met::Path {
                witness: Some(path),
                ..
            } => path.clone(),
            Met::Path { held, .. } => held.text().to_owned(),
            Met::Resource { resource } => resource.as_str().to_owned(),
        };
        let _ = write!(
            text,
            "\n- {} asked for {} {}{}",
            notice.from,
            quoted(&what, 200),
            ago(notice.at, now),
            why(&notice.intent)
        );
    }
    text
}

/// What is missing before a run is done.
pub(super) fn unverified(of: &Unverified) -> String {
    let count = of.changes.len() as u64 + of.more;
    let mut text = format!(
        "loom: this run is not done: {count} of its changes are verified by nobody who is independent of it."
    );
    if !of.by.is_empty() {
        let by: Vec<String> = of.by.iter().map(|it| it.as_str().to_owned()).collect();
        let _ = write!(text, " The policy wants: {}.", by.join(", "));
    }
    text.push_str(
        " `loom run verify` asks for it; it is a fact to report if nobody can verify now.",
    );
    text
}

/// Why no iteration begins.
pub(super) fn not_begun(next: &NextStep) -> String {
    match next {
        NextStep::Continue { iteration } => format!("loom: iteration {iteration} is under way."),
        NextStep::Wait { on } => format!("loom: the run waits for {}.", waits(on)),
        NextStep::Verify(of) => unverified(of),
        NextStep::Stop { why, outcome } => {
            format!("loom: the run is over ({}): {why:?}.", outcome.as_str())
        }
    }
}

fn waits(on: &WaitsFor) -> String {
    match on {
        WaitsFor::Verification { .. } => "somebody who verifies it".to_owned(),
        WaitsFor::Claim { .. } => "its turn at a claim".to_owned(),
        WaitsFor::Approval { .. } => "a person's yes".to_owned(),
        WaitsFor::Signal { .. } => "a signal".to_owned(),
        WaitsFor::Window { until } => format!("a window that opens at {until}"),
    }
}
