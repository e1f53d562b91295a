//! What was read of what loops made, for people.

use loom_core::provenance::{AreaRead, Comprehension, QuickReading};
use loom_core::view::{ago, named, span};

use super::Page;

/// The most paths of an area that are shown.
const PATHS_SHOWN_MAX: usize = 5;
/// The most quick readings that are shown.
const QUICK_SHOWN_MAX: usize = 10;

/// How much of each area people read.
pub(crate) fn comprehension(read: &Comprehension) -> String {
    let mut page = Page::new(read.at);
    for area in &read.areas {
        self::area(&mut page, area);
    }
    for quick in read.quick.iter().take(QUICK_SHOWN_MAX) {
        self::quick(&mut page, quick, read);
    }
    let hidden = read.quick.len().saturating_sub(QUICK_SHOWN_MAX) as u64;
    let more = read.more_quick.saturating_add(hidden);
    if more > 0 {
        page.line(&format!("and {more} more quick readings"));
    }
    page.text.trim_end().to_owned()
}

fn area(page: &mut Page, area: &AreaRead) {
    let AreaRead {
        owner,
        by_loops,
        unread,
        by_people,
        by_unknown,
        changes,
        unread_changes,
        ..
    } = area;
    page.row("area", &named(owner.as_str()));
    page.row(
        "unread",
        &format!("{unread} of {by_loops} lines that loops had a part in"),
    );
    page.row("", &format!("in {unread_changes} of {changes} changes"));
    page.row(
        "besides",
        &format!("{by_people} lines of people, {by_unknown} of nobody knows whom"),
    );
    for path in area.paths.iter().take(PATHS_SHOWN_MAX) {
        page.row(
            "",
            &format!("{:>7} unread in {}", path.unread, named(&path.path)),
        );
    }
    let hidden = area.paths.len().saturating_sub(PATHS_SHOWN_MAX) as u64;
    let more = area.more_paths.saturating_add(hidden);
    if more > 0 {
        page.row("", &format!("and in {more} more paths"));
    }
}

fn quick(page: &mut Page, quick: &QuickReading, read: &Comprehension) {
    let said = if quick.said { "" } else { " at most" };
    let (name, by) = (
        named(&quick.reading.to_string()),
        named(&quick.by.to_string()),
    );
    page.row(
        "quick",
        &format!(
            "{name} of {by}, {}: {} lines in {}{said}, {} lines a minute",
            ago(quick.at, read.at),
            quick.lines,
            span(quick.read_ms),
            quick.lines_per_minute
        ),
    );
}
