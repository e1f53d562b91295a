//! Findings as text for people.

use loom_core::coordinator::Reply;
use loom_core::model::Timestamp;
use loom_core::run::{FindingEvent, Move, NotTaken};
use loom_core::view::named;
use loom_core::wire::FindingView;

use super::{Page, moment};

/// One row for each finding, and under it who sees to it.
pub(crate) fn findings(findings: &[FindingView], more: u64, at: Timestamp) -> String {
    let mut page = Page::new(at);
    if findings.is_empty() {
        page.line("no finding stands so");
    }
    for it in findings {
        page.finding(it);
    }
    page.more(more);
    page.text.trim_end().to_owned()
}

/// What people are asked, with what they need to decide.
pub(crate) fn inbox(findings: &[FindingView], more: u64, at: Timestamp) -> String {
    let mut page = Page::new(at);
    if findings.is_empty() {
        page.line("nothing waits for a person");
    }
    for it in findings {
        page.finding(it);
        page.asked(it);
        if let Some(last) = it.reports.last() {
            page.words("seen", last.evidence.as_ref());
        }
    }
    page.more(more);
    page.text.trim_end().to_owned()
}

/// A finding with all that is known of it.
pub(crate) fn finding(it: &FindingView, at: Timestamp) -> String {
    let mut page = Page::new(at);
    page.finding(it);
    page.asked(it);
    for report in &it.reports {
        let by = named(&report.by.to_string());
        let run = report.by.run.as_ref();
        let run = run.map(|run| format!(", run {}", named(run.as_str())));
        page.row(
            "reported",
            &format!(
                "{} by {by}{}",
                moment(report.at, at),
                run.unwrap_or_default()
            ),
        );
        page.words("seen", report.evidence.as_ref());
    }
    let listed = it.reports.len() as u64;
    page.more(it.reported.saturating_sub(listed));
    for step in &it.steps {
        let by = named(&step.by.to_string());
        let run = step.by.run.as_ref();
        let run = run.map(|run| format!(", run {}", named(run.as_str())));
        page.row(
            step.standing.as_str(),
            &format!("{} by {by}{}", moment(step.at, at), run.unwrap_or_default()),
        );
        for change in &step.changes {
            page.row("", &format!("change {}", named(change.as_str())));
        }
        page.words("note", step.note.as_ref());
    }
    page.text.trim_end().to_owned()
}

impl Page {
    fn finding(&mut self, it: &FindingView) {
        let (key, severity) = (named(it.key.as_str()), it.severity.as_str());
        let by = it.by.as_ref();
        let by = by.map(|run| format!(" by run {}", named(run.as_str())));
        let until = it
            .until
            .map(|until| format!(" until {}", moment(until, self.at)));
        self.row(
            "finding",
            &format!(
                "{key}, {severity}, {}{}{}",
                it.standing.as_str(),
                by.unwrap_or_default(),
                until.unwrap_or_default()
            ),
        );
        self.words("title", Some(&it.title));
        let paths = it.paths.include.iter().map(|it| named(&it.to_string()));
        let paths: Vec<String> = paths.collect();
        if let (Some(repo), false) = (&it.repo, paths.is_empty()) {
            self.row(
                "on",
                &format!("{} in {}", paths.join(", "), named(repo.as_str())),
            );
        }
        if it.reopened > 0 {
            self.row("", &format!("came back {} times", it.reopened));
        }
    }

    fn asked(&mut self, it: &FindingView) {
        let Some(asked) = &it.escalation else { return };
        let (to, by) = (named(asked.to.as_str()), named(&asked.by.to_string()));
        self.row("asks", &format!("{to}, says {by}"));
        self.words("question", Some(&asked.question));
        for choice in &asked.choices {
            self.words("choice", Some(choice));
        }
        for change in &asked.changes {
            self.row("", &format!("change {}", named(change.as_str())));
        }
    }

    fn more(&mut self, more: u64) {
        if more > 0 {
            self.line(&format!("and {more} more"));
        }
    }
}

/// The reply to a command about a finding.
pub(super) fn reply(page: &mut Page, reply: &Reply) {
    let at = page.at;
    match reply {
        Reply::FindingReported {
            key,
            attached,
            reopened,
            standing,
            by,
        } => {
            let how = match (reopened, attached) {
                (true, _) => "is open again",
                (_, true) => "is known; this report is attached",
                _ => "is reported",
            };
            page.row("finding", &format!("{} {how}", named(key.as_str())));
            let by = by.as_ref();
            let by = by.map(|run| format!(" by run {}", named(run.as_str())));
            page.row(
                "stands",
                &format!("{}{}", standing.as_str(), by.unwrap_or_default()),
            );
        }
        Reply::FindingTaken { key, until } => {
            let until = moment(*until, at);
            page.row(
                "finding",
                &format!("{} is yours until {until}", named(key.as_str())),
            );
        }
        Reply::FindingNotTaken {
            key,
            why,
            by,
            until,
        } => {
            let by = by.as_ref();
            let by = by.map(|run| format!(": run {}", named(run.as_str())));
            let until = until.map(|until| format!(", until {}", moment(until, at)));
            page.row(
                "refused",
                &format!(
                    "finding {} is not taken, {}{}{}",
                    named(key.as_str()),
                    not_taken(*why),
                    by.unwrap_or_default(),
                    until.unwrap_or_default()
                ),
            );
        }
        Reply::FindingStands { key, standing, to } => {
            let to = to.as_ref();
            let to = to.map(|to| format!(", and waits for {}", named(to.as_str())));
            page.row(
                "finding",
                &format!(
                    "{} is {}{}",
                    named(key.as_str()),
                    standing.as_str(),
                    to.unwrap_or_default()
                ),
            );
        }
        _ => {}
    }
}

/// Why a finding was not taken.
fn not_taken(why: NotTaken) -> &'static str {
    match why {
        NotTaken::Taken => "another run sees to it",
        NotTaken::Deferred => "it rests",
        NotTaken::Escalated => "it waits for a person",
        NotTaken::Resolved => "it is resolved",
    }
}

/// An event of a finding in a few words.
pub(super) fn event(event: &FindingEvent) -> String {
    match event {
        FindingEvent::Reported(it) => {
            let (key, by) = (named(it.key.as_str()), named(&it.by.to_string()));
            format!("finding {key} reported by {by}: {}", it.severity.as_str())
        }
        FindingEvent::Moved(it) => {
            let key = named(it.key.as_str());
            let what = match &it.to {
                Move::Taken { run, .. } => format!("taken by run {}", named(run.as_str())),
                Move::Returned {} => "open again".to_owned(),
                Move::Deferred { until } => format!("rests until {until}"),
                Move::Escalated(it) => format!("waits for {}", named(it.to.as_str())),
                Move::Resolved { .. } => "resolved".to_owned(),
            };
            format!("finding {key} {what}")
        }
    }
}
