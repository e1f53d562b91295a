//! What a guard found, for people, and for GitHub Actions.

use std::fmt::Write as _;

use loom_core::model::Timestamp;
use loom_core::provenance::WouldUndo;
use loom_core::view::named;

use super::Page;
use super::provenance::maker;
use crate::exit::Failure;
use crate::guard::{Finding, Report};

/// The most annotations: GitHub shows no more of a step.
const ANNOTATIONS_MAX: usize = 10;

/// What a guard found, the worst first.
pub(crate) fn guarded(report: &Report) -> String {
    let mut page = Page::new(Timestamp::EPOCH);
    for finding in &report.findings {
        let path = finding.path.as_deref().map(named);
        let label = match finding.stops {
            true => finding.kind.as_str(),
            false => "note",
        };
        let about = path.map(|path| format!("{path}: ")).unwrap_or_default();
        page.row(label, &format!("{about}{}", finding.why));
        page.row("", &format!("remedy: {}", finding.remedy));
    }
    for change in &report.unobserved {
        page.row("recorded", &format!("{change}, which nobody had announced"));
    }
    let files = report.files;
    page.line(&match report.passes {
        true => format!("{files} files pass"),
        false => format!("{files} files do not pass; nothing was changed"),
    });
    page.text.trim_end().to_owned()
}

/// Whose work would be taken back.
pub(crate) fn party_of(undone: &WouldUndo) -> String {
    match &undone.party {
        Some(party) => super::reverts::party(party),
        None => maker(undone.made_by).to_owned(),
    }
}

/// Annotations on standard output, and a summary where GitHub wants one.
pub(crate) fn for_github(report: &Report) -> Result<(), Failure> {
    for finding in report.findings.iter().take(ANNOTATIONS_MAX) {
        println!("{}", annotation(finding));
    }
    let Some(file) = std::env::var_os("GITHUB_STEP_SUMMARY") else {
        return Ok(());
    };
    use std::io::Write as _;
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .and_then(|mut file| file.write_all(summary(report).as_bytes()))
        .map_err(|why| Failure::outside("GITHUB_STEP_SUMMARY", why))
}

fn annotation(finding: &Finding) -> String {
    let level = if finding.stops { "error" } else { "notice" };
    let file = finding.path.as_deref();
    let file = file.map(|path| format!("file={},", property(path)));
    format!(
        "::{level} {}title={}::{}",
        file.unwrap_or_default(),
        property(&format!("loom guard: {}", finding.kind.as_str())),
        data(&format!("{}. Remedy: {}", finding.why, finding.remedy))
    )
}

/// A message of a workflow command, with what would end it written otherwise.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn summary(report: &Report) -> String {
    let verdict = match report.passes {
        true => "passes",
        false => "does not pass",
    };
    let mut text = format!("### loom guard: {} files, {verdict}\n\n", report.files);
    if !report.findings.is_empty() {
        text.push_str("| what | where | why | remedy |\n|---|---|---|---|\n");
    }
    for finding in &report.findings {
        let kind = match finding.stops {
            true => finding.kind.as_str().to_owned(),
            false => format!("note: {}", finding.kind.as_str()),
        };
        let path = finding.path.as_deref().unwrap_or("");
        let cells = [&kind, path, &finding.why, &finding.remedy].map(cell);
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    for change in &report.unobserved {
        let _ = writeln!(text, "\nRecorded as unobserved: {}", cell(change));
    }
    text.push('\n');
    text
}

/// Text of others in a table, as text.
fn cell(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '|' | '`' | '<' | '>' | '[' | ']' | '*' | '_' | '\\' | '!' | '#' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Kind;

    #[test]
    fn a_path_that_looks_like_a_workflow_command_stays_a_path() {
        let finding = Finding {
            kind: Kind::Claimed,
            stops: true,
            path: Some("a,b:c%\n::set-output".to_owned()),
            why: "x\n::error::y".to_owned(),
            remedy: "50% | <b>".to_owned(),
        };
        let line = annotation(&finding);
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac%25%0A%3A%3Aset-output,title=loom guard%3A claimed::\
             x%0A::error::y. Remedy: 50%25 | <b>"
        );
        let report = Report {
            findings: vec![finding],
            ..Report::default()
        };
        let table = summary(&report);
        assert!(table.contains(r"50% \| \<b\>"), "{table}");
        assert_eq!(table.matches('\n').count(), 6, "{table}");
    }
}
