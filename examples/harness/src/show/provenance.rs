//! Chains and suspects, for people.

use loom_core::model::{MadeBy, Side, Timestamp};
use loom_core::provenance::{
    Hop, HopReason, Kind, Part, Suspect, Suspects, SuspectsBasis, Tally, Trace,
};
use loom_core::view::{ago, named, quoted};

use super::why::short;
use super::{Page, moment};

/// The most characters of somebody's words in one line.
const WORDS_CHARS_MAX: usize = 120;
/// The most paths of one thing that are listed.
const PATHS_SHOWN_MAX: usize = 4;

/// A causal chain: each hop below the one that led to it.
pub(crate) fn trace(trace: &Trace, now: Timestamp) -> String {
    let mut page = Page::new(now);
    let since = moment(trace.since, now);
    page.row(
        "window",
        &format!("{since}, until {}", moment(trace.until, now)),
    );
    page.row("changes", &tally(trace.changes));
    if trace.hops.is_empty() {
        page.line("nothing is known to have led here (--window and --at look further)");
    }
    let mut depths: Vec<usize> = Vec::with_capacity(trace.hops.len());
    for hop in &trace.hops {
        let above = hop.from.and_then(|from| usize::try_from(from).ok());
        let depth = above
            .and_then(|from| depths.get(from))
            .map_or(0, |depth| depth + 1);
        depths.push(depth);
        let indent = "  ".repeat(depth.min(12));
        let led = hop
            .from
            .map(|from| format!(" of #{from}"))
            .unwrap_or_default();
        let at = hop.at.map(|at| clock(at, now)).unwrap_or_default();
        page.line(&format!(
            "{at:>20}  {indent}#{}{led} {}: {}",
            hop.nth,
            because(hop.reason),
            self::hop(hop)
        ));
    }
    if trace.more > 0 {
        page.line(&format!(
            "and {} hops more (--limit NUMBER lists them)",
            trace.more
        ));
    }
    page.text.trim_end().to_owned()
}

/// Changes that may be to blame, with the parts of their scores.
pub(crate) fn suspects(suspects: &Suspects, now: Timestamp) -> String {
    let mut page = Page::new(now);
    let among = match &suspects.basis {
        SuspectsBasis::Deploys { bad, good } => {
            let good = good
                .as_ref()
                .map(|it| format!(" over {}", named(it.as_str())));
            let (bad, good) = (named(bad.as_str()), good.unwrap_or_default());
            format!("what deploy {bad} has{good}")
        }
        SuspectsBasis::Window { since, until } => {
            format!(
                "what landed from {} until {}",
                clock(*since, now),
                clock(*until, now)
            )
        }
    };
    page.row(
        "among",
        &format!("{} changes: {among}", suspects.candidates),
    );
    if suspects.suspects.is_empty() {
        page.line("no change of a loop or of an unknown maker is among them");
    }
    for (nth, suspect) in suspects.suspects.iter().enumerate() {
        self::suspect(&mut page, nth + 1, suspect, now);
    }
    if suspects.more > 0 {
        page.line(&format!("and {} more", suspects.more));
    }
    if !suspects.by_people.is_empty() {
        page.line("\nby people alone, set apart:");
    }
    for (nth, suspect) in suspects.by_people.iter().enumerate() {
        self::suspect(&mut page, nth + 1, suspect, now);
    }
    if suspects.more_by_people > 0 {
        page.line(&format!("and {} more", suspects.more_by_people));
    }
    page.text.trim_end().to_owned()
}

fn suspect(page: &mut Page, nth: usize, suspect: &Suspect, now: Timestamp) {
    let name = suspect
        .commit
        .as_ref()
        .map_or(suspect.change.as_str(), |it| it.as_str());
    let by: Vec<String> = suspect
        .by
        .iter()
        .map(|name| named(&name.to_string()))
        .collect();
    let by = match &*by {
        [] => String::new(),
        by => format!(" ({})", by.join(", ")),
    };
    page.line(&format!(
        "{nth:>3}. {:>5} points  {} by {}{by}, {}",
        suspect.score,
        short(name),
        maker(suspect.made_by),
        ago(suspect.at, now)
    ));
    if let Some(text) = suspect
        .intent
        .as_ref()
        .and_then(|words| words.text.as_deref())
    {
        page.line(&format!("     {}", quoted(text, WORDS_CHARS_MAX)));
    }
    for part in &suspect.parts {
        page.line(&format!(
            "     {:>5} {:<14} {}",
            part.points,
            self::part(part.part),
            part.because
        ));
    }
}

const fn part(part: Part) -> &'static str {
    match part {
        Part::Paths => "paths",
        Part::Focus => "focus",
        Part::Recency => "recency",
        Part::Size => "size",
        Part::Verification => "verification",
        Part::Maker => "maker",
        Part::PastIncidents => "past incidents",
        Part::Undoes => "undoes",
        Part::Undone => "undone",
    }
}

/// What a hop is, in one line.
pub(super) fn hop(hop: &Hop) -> String {
    let kind = hop.node.kind;
    let mut text = match (&hop.commit, kind) {
        (Some(commit), Kind::Change) => format!("commit {}", short(commit.as_str())),
        _ => format!("{kind} {}", short(&hop.node.id)),
    };
    if let Some(made_by) = hop.made_by {
        let by = match (&hop.side, made_by) {
            (Some(Side::Loop(id)), MadeBy::Loop) => format!("loop {}", named(id.as_str())),
            (Some(Side::Loop(id)), _) => {
                format!("{}, for loop {}", maker(made_by), named(id.as_str()))
            }
            (Some(Side::Root(id)), _) => {
                format!("{}, in run {}", maker(made_by), named(id.as_str()))
            }
            (None, _) => maker(made_by).to_owned(),
        };
        text.push_str(&format!(", by {by}"));
    }
    for word in hop.label.iter().chain(&hop.verdict) {
        text.push_str(&format!(", {}", named(word.as_str())));
    }
    if !hop.rules.is_empty() {
        let rules: Vec<String> = hop.rules.iter().map(|it| named(it.as_str())).collect();
        text.push_str(&format!(" by {}", rules.join(", ")));
    }
    if let Some(words) = hop.words.as_ref().and_then(|words| words.text.as_deref()) {
        text.push_str(&format!(", {}", quoted(words, WORDS_CHARS_MAX)));
    }
    if !hop.paths.is_empty() {
        text.push_str(&format!(", in {}", paths(&hop.paths, hop.more_paths)));
    }
    if hop.unknown {
        text.push_str(", of which nothing else is known");
    }
    text
}

pub(super) fn paths(all: &[String], more: u64) -> String {
    let shown: Vec<String> = all
        .iter()
        .take(PATHS_SHOWN_MAX)
        .map(|it| named(it))
        .collect();
    let more = more.saturating_add((all.len() - shown.len()) as u64);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn tally(tally: Tally) -> String {
    format!(
        "{} by loops, {} by people, {} by both, {} by nobody knows whom",
        tally.by_loop, tally.human, tally.mixed, tally.unknown
    )
}

pub(super) const fn maker(made_by: MadeBy) -> &'static str {
    match made_by {
        MadeBy::Human => "a person",
        MadeBy::Loop => "a loop",
        MadeBy::Mixed => "a loop and somebody else",
        MadeBy::Unknown => "an unknown maker",
    }
}

/// A point in time, with the day where it is another one.
fn clock(then: Timestamp, now: Timestamp) -> String {
    let text = moment(then, now);
    text.split(',').next().unwrap_or_default().to_owned()
}

/// Why a hop is in the chain, in few words.
pub(super) const fn because(reason: HopReason) -> &'static str {
    match reason {
        HopReason::Asked => "asked for",
        HopReason::OverlappingPaths => "touches the paths",
        HopReason::OfService => "of the service",
        HopReason::SeenIn => "where it was seen",
        HopReason::DeployedIn => "deployed in it",
        HopReason::BroughtOutBy => "brought it out",
        HopReason::Follows => "the one before",
        HopReason::Derived => "made from its version",
        HopReason::MadeBy => "made it",
        HopReason::RunOfLoop => "its loop",
        HopReason::ChildOf => "it works for",
        HopReason::StartedBy => "started it",
        HopReason::PromptedBy => "given to it",
        HopReason::OwnedBy => "answers for it",
        HopReason::UnderClaim => "its claim",
        HopReason::HeldBy => "held it",
        HopReason::DecidedByRule => "let it pass",
        HopReason::AskedBy => "asked for it",
        HopReason::ByPolicy => "decided by",
        HopReason::ApprovedBy => "said yes",
        HopReason::RejectedBy => "said no",
        HopReason::GivenBy => "answered",
        HopReason::VerifiedBy => "checked it",
        HopReason::CheckedBy => "did the check",
        HopReason::ReviewedBy => "read it",
        HopReason::ReadBy => "did the reading",
        HopReason::ReportedBy => "reported it",
    }
}
