//! Entries of a brief as text. Whatever others chose or wrote goes through [`named`] or [`quoted`].

use std::fmt::Write as _;

use super::{BRIEF_FIELD_CHARS_MAX, BRIEF_PATHS_MAX, Waiting};
use crate::claim::{ClaimView, Meeting, Met, Mode, Notice, Outcome, Spec, Words};
use crate::coordinator::{ComingStart, MadeBy, RecentChange, Verdict};
use crate::model::{Side, Timestamp};
use crate::view::{ago, named, quoted, until};

pub(super) fn of_meeting(meeting: &Meeting, at: Timestamp) -> String {
    let Meeting {
        token,
        run,
        loop_id,
        actor,
        mode,
        intent,
        expires_at,
        queued,
        repo,
        branch,
        met,
        ..
    } = meeting;
    let what = if *queued { "wait" } else { "claim" };
    let mut text = format!("- {what} {token}: {} on ", mode_name(*mode));
    let witness = match met {
        Met::Path { held, witness, .. } => {
            text.push_str(&named(&held.to_string()));
            witness.as_deref()
        }
        Met::Resource { resource } => {
            text.push_str(&named(resource.as_str()));
            None
        }
    };
    let _ = write!(
        text,
        " by {}, run {}",
        named(&actor.to_string()),
        named(run.as_str())
    );
    if let Some(id) = loop_id {
        let _ = write!(text, " of loop {}", named(id.as_str()));
    }
    let _ = write!(
        text,
        " ({} {})",
        named(repo.as_str()),
        named(branch.as_str())
    );
    if let Some(witness) = witness {
        let _ = write!(text, "; they meet at {}", named(witness));
    }
    if let Some(end) = expires_at {
        let _ = write!(text, "; lease ends {}", until(*end, at));
    }
    with_words(text, "intent", intent.as_ref())
}

pub(super) fn of_coming(coming: &ComingStart, at: Timestamp) -> String {
    let ComingStart {
        loop_id,
        owner,
        goal,
        start,
        repo,
        branch,
        met,
        ..
    } = coming;
    let mut text = format!(
        "- loop {} of {} starts {}, and may change ",
        named(loop_id.as_str()),
        named(owner.as_str()),
        until(*start, at)
    );
    let witness = match met {
        Met::Path { held, witness, .. } => {
            text.push_str(&named(&held.to_string()));
            witness.as_deref()
        }
        Met::Resource { resource } => {
            text.push_str(&named(resource.as_str()));
            None
        }
    };
    let _ = write!(
        text,
        " ({} {})",
        named(repo.as_str()),
        named(branch.as_str())
    );
    if let Some(witness) = witness {
        let _ = write!(text, "; you meet at {}", named(witness));
    }
    with_words(text, "goal", goal.as_ref())
}

pub(super) fn of_change(change: &RecentChange, at: Timestamp) -> String {
    let RecentChange {
        id,
        at: then,
        made_by,
        side,
        run,
        intent,
        deliberate,
        verdict,
        repo,
        branch,
        paths,
        ..
    } = change;
    let maker = match made_by {
        MadeBy::Human => "a person",
        MadeBy::Loop => "a loop",
        MadeBy::Mixed => "a loop and a person",
        MadeBy::Unknown => "an unknown maker",
    };
    let mut text = format!(
        "- change {}: {} by {maker}",
        named(id.as_str()),
        ago(*then, at)
    );
    if let Some(Side::Loop(id)) = side {
        let _ = write!(text, ", loop {}", named(id.as_str()));
    }
    if let Some(run) = run {
        let _ = write!(text, ", run {}", named(run.as_str()));
    }
    let paths: Vec<String> = paths.iter().map(|path| named(path)).collect();
    let _ = write!(
        text,
        " ({} {}); touched {}",
        named(repo.as_str()),
        named(branch.as_str()),
        some_of(&paths, ", ")
    );
    match verdict {
        Some(Verdict::Passed) => text.push_str("; verified: passed"),
        Some(Verdict::Failed) => text.push_str("; verified: failed"),
        None => {}
    }
    if *deliberate {
        text.push_str("; deliberate");
    }
    with_words(text, "intent", intent.as_ref())
}

pub(super) fn of_wait(waiting: &Waiting, at: Timestamp) -> String {
    let Waiting { wait, behind } = waiting;
    let places: Vec<String> = wait.specs.iter().map(place_of).collect();
    let mut text = format!(
        "- wait {}: {} on {}, since {}",
        wait.token,
        mode_name(wait.mode),
        some_of(&places, "; "),
        ago(wait.since, at)
    );
    let behind: Vec<String> = behind.iter().map(|other| behind_one(other, at)).collect();
    if !behind.is_empty() {
        let _ = write!(text, "; behind {}", some_of(&behind, ", "));
    }
    text.push('\n');
    text
}

pub(super) fn behind_one(other: &ClaimView, at: Timestamp) -> String {
    let mut text = match other.expires_at {
        Some(_) => format!("claim {}", other.token),
        None => format!("wait {}", other.token),
    };
    let _ = write!(text, " of run {}", named(other.run.as_str()));
    if let Some(end) = other.expires_at {
        let _ = write!(text, " (lease ends {})", until(end, at));
    }
    text
}

pub(super) fn of_notice(notice: &Notice, at: Timestamp) -> String {
    let Notice {
        seq,
        at: then,
        token,
        from_run,
        from,
        mode,
        intent,
        outcome,
        met,
        ..
    } = notice;
    let became = match outcome {
        Outcome::Granted => "was granted beside it",
        Outcome::Refused => "was refused",
        Outcome::Waiting => "waits for it",
        Outcome::Advised => "became a plan",
    };
    let what = match met {
        Met::Path {
            requested, witness, ..
        } => {
            let at = witness.as_deref().map(|it| format!(" (at {})", named(it)));
            named(&requested.to_string()) + &at.unwrap_or_default()
        }
        Met::Resource { resource } => named(resource.as_str()),
    };
    let text = format!(
        "- notice {seq}: {}, {}, run {}, asked for {} on {what}, which claim {token} holds; it {became}",
        ago(*then, at),
        named(&from.to_string()),
        named(from_run.as_str()),
        mode_name(*mode),
    );
    with_words(text, "intent", intent.as_ref())
}

/// Ends an entry with somebody's words, on a line of their own.
pub(super) fn with_words(mut text: String, label: &str, words: Option<&Words>) -> String {
    match words.map(|words| words.text.as_deref()) {
        Some(Some(words)) => {
            let _ = write!(
                text,
                "\n  {label}: {}",
                quoted(words, BRIEF_FIELD_CHARS_MAX)
            );
        }
        Some(None) => {
            let _ = write!(text, "\n  {label}: erased");
        }
        None => {}
    }
    text.push('\n');
    text
}

pub(super) fn place_of(spec: &Spec) -> String {
    let branch = Some(spec.branch.as_str());
    place(
        spec.repo.as_str(),
        branch,
        &spec.paths.include,
        &spec.resources,
    )
}

pub(super) fn place(
    repo: &str,
    branch: Option<&str>,
    patterns: &[crate::path::PatternSource],
    resources: &[crate::model::Resource],
) -> String {
    let patterns = patterns.iter().map(|it| named(&it.to_string()));
    let resources = resources.iter().map(|it| named(it.as_str()));
    let things: Vec<String> = patterns.chain(resources).collect();
    let mut text = some_of(&things, ", ");
    let _ = write!(text, " in {}", named(repo));
    if let Some(branch) = branch {
        let _ = write!(text, " {}", named(branch));
    }
    text
}

pub(super) fn some_of(things: &[String], between: &str) -> String {
    let mut text = things
        .iter()
        .take(BRIEF_PATHS_MAX)
        .cloned()
        .collect::<Vec<_>>()
        .join(between);
    if things.len() > BRIEF_PATHS_MAX {
        let _ = write!(text, " and {} more", things.len() - BRIEF_PATHS_MAX);
    }
    text
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Plan => "plan",
        Mode::Read => "read",
        Mode::Write => "write",
        Mode::Exclusive => "exclusive",
    }
}
