//! Reverts, wars, and what a change would undo, for people.

use loom_core::model::{ActorId, Side, Timestamp};
use loom_core::provenance::{
    Evidence, Grade, Party, Reason, Revert, Reverts, Undoing, War, Wars, WouldRevert, WouldUndo,
};
use loom_core::view::{ago, named, span};

use super::Page;
use super::provenance::{maker, paths};
use super::why::short;

/// The most turns of a war that are shown, the latest.
const TURNS_SHOWN_MAX: usize = 6;

/// Changes that took others back.
pub(crate) fn reverts(found: &Reverts) -> String {
    let mut page = Page::new(Timestamp::EPOCH);
    for revert in &found.reverts {
        self::revert(&mut page, revert);
    }
    let listed = found.reverts.len();
    page.line(&format!("{listed} reverts among {} changes", found.changes));
    if found.more > 0 {
        page.line(&format!("and {} more", found.more));
    }
    if found.weaker > 0 {
        let weaker = found.weaker;
        page.line(&format!(
            "and {weaker} of a weaker grade (--least weak lists them)"
        ));
    }
    page.text.trim_end().to_owned()
}

/// Parties that took each other's changes back.
pub(crate) fn wars(found: &Wars, now: Timestamp) -> String {
    let mut page = Page::new(now);
    for war in &found.wars {
        self::war(&mut page, war, now);
    }
    match found.wars.len() {
        0 => page.line("no two parties took each other's changes of a path back"),
        count => page.line(&format!("{} wars", count as u64 + found.more)),
    }
    page.text.trim_end().to_owned()
}

/// What a change would undo.
pub(crate) fn would_revert(found: &WouldRevert, now: Timestamp) -> String {
    let mut page = Page::new(now);
    if found.undoes.is_empty() {
        page.line(
            "nothing: it brings back no version that was replaced, and deletes none that was added",
        );
    }
    for undone in &found.undoes {
        would_undo(&mut page, undone, now);
    }
    if found.more > 0 {
        page.line(&format!("and {} more", found.more));
    }
    page.text.trim_end().to_owned()
}

fn would_undo(page: &mut Page, undone: &WouldUndo, now: Timestamp) {
    let name = undone
        .commit
        .as_ref()
        .map_or(undone.change.as_str(), ActorId::as_str);
    let path = undone.path.as_deref().map(named).unwrap_or_default();
    let (label, what) = match undone.how {
        Undoing::Restores => ("restores", format!("{path} to what it was before")),
        Undoing::Removes => ("removes", format!("{path}, which came with")),
        Undoing::TurnsAround => ("undoes", "the whole of".to_owned()),
    };
    page.row(
        label,
        &format!("{what} {}, {}", short(name), ago(undone.at, now)),
    );
    let of = undone
        .party
        .as_ref()
        .map(|party| format!(": {}", self::party(party)));
    page.row(
        "",
        &format!("by {}{}", maker(undone.made_by), of.unwrap_or_default()),
    );
    page.words("intent", undone.intent.as_ref());
    if undone.deliberate {
        page.row("", "made so on purpose");
    }
    if let Some(passed) = &undone.passed {
        let apart = if passed.independent {
            ""
        } else {
            ", by who made it"
        };
        page.row(
            "",
            &format!("passed verification {}{apart}", named(passed.id.as_str())),
        );
    }
}

fn war(page: &mut Page, war: &War, now: Timestamp) {
    let [first, second] = &war.parties;
    page.row(
        "war",
        &format!(
            "over {}, {} points{}",
            named(&war.path),
            war.score,
            aside(war.reason)
        ),
    );
    page.row(
        "",
        &format!("between {} and {}", party(first), party(second)),
    );
    let hidden = war.turns.len().saturating_sub(TURNS_SHOWN_MAX);
    let before = war.more_turns.saturating_add(hidden as u64);
    if before > 0 {
        page.row("", &format!("{before} turns, then"));
    }
    for turn in war.turns.iter().skip(hidden) {
        let name = turn
            .commit
            .as_ref()
            .map_or(turn.change.as_str(), ActorId::as_str);
        let who = if turn.by_first { first } else { second };
        let (name, of) = (short(name), short(turn.reverts.as_str()));
        let (who, when) = (party(who), ago(turn.at, now));
        page.row(
            "",
            &format!(
                "{when}: {name} of {who} took back {of}{}",
                aside(turn.reason)
            ),
        );
    }
}

pub(super) fn party(party: &Party) -> String {
    match party {
        Party::Side(Side::Loop(id)) => format!("loop {}", named(id.as_str())),
        Party::Side(Side::Root(id)) => format!("run {}", named(id.as_str())),
        Party::Makers(names) => {
            let names: Vec<String> = names.iter().map(|name| named(&name.to_string())).collect();
            names.join(" with ")
        }
    }
}

fn revert(page: &mut Page, revert: &Revert) {
    let name = |commit: &Option<_>, change: &str| match commit {
        Some(commit) => short(loom_core::model::ActorId::as_str(commit)),
        None => short(change),
    };
    let (by, of) = (
        name(&revert.commit, revert.change.as_str()),
        name(&revert.reverts_commit, revert.reverts.as_str()),
    );
    let reason = aside(revert.reason);
    let after = span(revert.after_ms);
    page.row(
        grade(revert.grade),
        &format!("{by} took back {of}, {after} later{reason}"),
    );
    for evidence in &revert.evidence {
        page.row("", &self::evidence(evidence));
    }
    if !revert.paths.is_empty() {
        page.row(
            "",
            &format!("in {}", paths(&revert.paths, revert.more_paths)),
        );
    }
}

fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Explicit { named } => format!("it says so, of {}", short(named.as_str())),
        Evidence::InversePatch { patch_id } => {
            format!("its patch is {}, turned around", short(patch_id.as_str()))
        }
        Evidence::InverseLines {
            lines, of, counted, ..
        } => {
            let how = if *counted {
                "by their count"
            } else {
                "line by line"
            };
            format!("{lines} of {of} changed lines are turned around, {how}")
        }
        Evidence::Blobs {
            restored,
            removed,
            of,
            over,
            ..
        } => {
            let over = match over {
                0 | 1 => String::new(),
                over => format!(", over {over} changes at once"),
            };
            let back = format!("{restored} of {of} files are again what they were");
            match removed {
                0 => format!("{back}{over}"),
                removed => format!("{back}, {removed} that were new are gone{over}"),
            }
        }
    }
}

const fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Weak => "weak",
        Grade::Likely => "likely",
        Grade::Strong => "strong",
        Grade::Certain => "certain",
    }
}

/// Why it may be no quarrel.
const fn aside(reason: Reason) -> &'static str {
    match reason {
        Reason::Real => "",
        Reason::RoutineRegeneration => "; routine: such files come and go",
        Reason::ParallelBranch => "; a branch from before landed over it",
        Reason::Removal => "; a removal in a change about more",
    }
}
