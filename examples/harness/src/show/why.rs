//! What is known of a commit or a path, for people.

use loom_core::model::{ChangedFile, MadeBy, Timestamp};
use loom_core::provenance::{Fact, Name};
use loom_core::view::named;

use super::{Page, moment};
use crate::verb::why::{Known, KnownChange, KnownRun, Stands};

/// The most files of a change that are listed.
const FILES_SHOWN_MAX: usize = 12;
/// The most things that stand on a change that are listed.
const SINCE_SHOWN_MAX: usize = 12;

/// What is known of a commit, or of the versions of a path.
pub(crate) fn why(known: &Known) -> String {
    let mut page = Page::new(known.now);
    for (nth, change) in known.changes.iter().enumerate() {
        if nth > 0 {
            page.line("");
        }
        self::change(&mut page, known, change);
    }
    if known.more > 0 {
        page.line(&format!(
            "\nand {} changes before (-n NUMBER shows more)",
            known.more
        ));
    }
    page.text.trim_end().to_owned()
}

fn change(page: &mut Page, known: &Known, change: &KnownChange) {
    let Some(fact) = change.change() else {
        return;
    };
    let name = fact
        .commit
        .as_ref()
        .map_or(fact.id.as_str(), |it| it.as_str());
    let place = format!(
        "{} {}",
        named(fact.repo.as_str()),
        named(fact.branch.as_str())
    );
    page.row("commit", &format!("{} on {place}", named(name)));
    if fact
        .commit
        .as_ref()
        .is_none_or(|commit| commit.as_str() != fact.id.as_str())
    {
        page.row("change", &named(fact.id.as_str()));
    }
    page.row("landed", &moment(change.entry.at, known.now));
    page.row("made by", &makers(change.made_by(), &fact.by));
    page.words("intent", change.intent());
    if fact.deliberate {
        page.row("", "made so on purpose");
    }
    for run in &change.runs {
        page.row("run", &self::run(run));
    }
    for stands in change.claim.iter().chain(&change.decision) {
        self::stands(page, stands, known.now);
    }
    for said in &fact.reverts {
        page.row("says", &format!("it reverts {}", named(said.as_str())));
    }
    let is_asked = |file: &&ChangedFile| {
        let asked = known.path.as_deref();
        asked.is_none_or(|path| file.path == path || file.old_path.as_deref() == Some(path))
    };
    let asked: Vec<&ChangedFile> = fact.files.iter().filter(is_asked).collect();
    // A path may have been asked for in another spelling.
    let files = if asked.is_empty() {
        fact.files.iter().collect()
    } else {
        asked
    };
    for (file, before) in files.iter().take(FILES_SHOWN_MAX).map(|file| {
        let place = fact.files.iter().position(|it| std::ptr::eq(it, *file));
        (
            file,
            place.and_then(|place| change.before.get(place)?.as_deref()),
        )
    }) {
        let before = before.map(|it| format!(", before in {}", short(it)));
        page.row(
            "file",
            &format!("{}{}", self::file(file), before.unwrap_or_default()),
        );
    }
    let shown = files.len().min(FILES_SHOWN_MAX);
    match fact.files.len() - shown {
        0 => {}
        1 => page.row("", "and 1 more file"),
        more => page.row("", &format!("and {more} more files")),
    }
    for stands in change.since.iter().take(SINCE_SHOWN_MAX) {
        self::stands(page, stands, known.now);
    }
    match change.since.len().saturating_sub(SINCE_SHOWN_MAX) {
        0 => {}
        more => page.row("", &format!("and {more} more stand on it")),
    }
}

/// Who made a change, without a guess.
pub(crate) fn makers(made_by: MadeBy, by: &[Name]) -> String {
    let made_by = match made_by {
        MadeBy::Human => "a person",
        MadeBy::Loop => "a loop",
        MadeBy::Mixed => "a loop and somebody else",
        MadeBy::Unknown => "nobody knows whether a person or a loop",
    };
    let names: Vec<String> = by.iter().map(|name| named(&name.to_string())).collect();
    match &*names {
        [] => made_by.to_owned(),
        names => format!("{}, {made_by}", names.join(", ")),
    }
}

/// The beginning of a commit's name that people use, and any other name whole.
pub(crate) fn short(name: &str) -> String {
    let is_commit = matches!(name.len(), 40 | 64) && name.bytes().all(|it| it.is_ascii_hexdigit());
    match name.get(..10) {
        Some(beginning) if is_commit => beginning.to_owned(),
        _ => named(name),
    }
}

fn run(run: &KnownRun) -> String {
    let mut text = named(&run.run);
    if let Some(id) = &run.loop_id {
        text.push_str(&format!(" of loop {}", named(id)));
    }
    if let Some(owner) = &run.owner {
        text.push_str(&format!(
            ", which {} answers for",
            named(&owner.to_string())
        ));
    }
    if let Some(by) = &run.started_by {
        text.push_str(&format!(", started by {}", named(&by.to_string())));
    }
    text
}

fn file(file: &ChangedFile) -> String {
    let path = named(&file.path);
    let what = match (&file.old_path, &file.before, &file.after) {
        (Some(old), ..) => format!("{path}, moved from {}", named(old)),
        (None, None, Some(_)) => format!("{path}, new"),
        (None, Some(_), None) => format!("{path}, deleted"),
        (None, ..) => path,
    };
    format!("{what} (+{} -{})", file.added, file.removed)
}

fn stands(page: &mut Page, stands: &Stands, now: Timestamp) {
    let kind = stands.node.kind.as_str();
    let id = named(&stands.node.id);
    let Some(entry) = &stands.told else {
        page.row(kind, &format!("{id}, of which nothing else is known"));
        return;
    };
    let at = moment(entry.at, now);
    let (what, words) = match &entry.fact {
        Fact::Claim(claim) => (
            format!(
                "{id}, {} by run {}",
                named(claim.mode.as_str()),
                named(claim.run.as_str())
            ),
            claim.intent.as_ref(),
        ),
        Fact::Decision(decided) => {
            let rules: Vec<String> = decided.rules.iter().map(|it| named(it.as_str())).collect();
            let rules = match &*rules {
                [] => String::new(),
                rules => format!(", by {}", rules.join(", ")),
            };
            (
                format!("{id}: {}{rules}", named(decided.verdict.as_str())),
                None,
            )
        }
        Fact::Approval(approval) => {
            let answer = if approval.yes { "yes" } else { "no" };
            (
                format!("{answer} of {}, {at}", named(&approval.by.to_string())),
                approval.note.as_ref(),
            )
        }
        Fact::Verification(check) => {
            let apart = if check.independent {
                ""
            } else {
                ", who made it too"
            };
            let verdict = super::verdict_name(check.verdict);
            (
                format!(
                    "{verdict}, by {}{apart}, {at}",
                    named(&check.by.to_string())
                ),
                None,
            )
        }
        Fact::Review(review) => {
            let verdict = super::verdict_name(review.verdict);
            (
                format!("{verdict}, by {}, {at}", named(&review.by.to_string())),
                review.note.as_ref(),
            )
        }
        Fact::Deploy(deploy) => (
            format!("{id} to {}, {at}", named(deploy.environment.as_str())),
            None,
        ),
        Fact::Resolution(end) => {
            let role = match stands.relation.as_str() {
                "caused_by" => "caused incident",
                "fixed_by" => "mended incident",
                _ => "belongs to incident",
            };
            (
                format!("it {role} {}, {at}", named(end.incident.as_str())),
                end.note.as_ref(),
            )
        }
        _ => (format!("{id}, {at}"), None),
    };
    page.row(kind, &what);
    page.words("words", words);
}
