//! Answers as text for people. Whatever others chose or wrote goes through [`quoted`] or [`named`], so
//! that no intent or name can move the cursor, colour the screen or pretend to be output of ours.

mod event;
mod findings;
mod governance;
mod guard;
mod loops;
mod notes;
mod picture;
mod provenance;
mod read;
mod reverts;
mod runs;
mod why;

use std::fmt::Write as _;
use std::io::Write as _;

use loom_core::claim::{
    Admission, Cell, ClaimReply, ClaimView, HandOverReply, Meeting, Meetings, Met, Mode, NotDone,
    Notice, Outcome, RefusedFor, ReleaseReply, RenewReply, Spec, Words,
};
use loom_core::coordinator::{Answer, Conflicts, MadeBy, RecentChange, Reply, Verdict, WorkReport};
use loom_core::error::{Code, Error};
use loom_core::model::{Timestamp, Token};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::view::{ago, named, quoted, until};
use serde::Serialize;

use crate::exit::Failure;

pub(crate) use event::events;
pub(crate) use findings::{finding, findings, inbox};
pub(crate) use governance::{decision, exceptions, requests, spend};
pub(crate) use guard::{for_github, guarded, party_of};
pub(crate) use loops::{
    due, forecast, handover, loops, next_step, one_loop, stop_reason, verifications,
};
pub(crate) use notes::notes;
pub(crate) use picture::trace_svg;
pub(crate) use provenance::{suspects, trace};
pub(crate) use read::comprehension;
pub(crate) use reverts::{reverts, wars, would_revert};
pub(crate) use why::why;

/// The most characters of somebody's words that are shown.
const WORDS_CHARS_MAX: usize = 400;

/// Prints to stdout. A reader that went away (`loom log | head`) is no error.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints a value as JSON where that was asked for, else what `text` makes of it.
pub(crate) fn print_as<T: Serialize>(
    as_json: bool,
    value: &T,
    text: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    if as_json {
        let json = serde_json::to_string(value)
            .map_err(|why| Error::new(Code::Internal, why.to_string()))?;
        print(&json);
    } else {
        print(&text(value));
    }
    Ok(())
}

/// A point in time to come or gone, absolute and relative: `13:42:05Z, in 12 min`.
pub(crate) fn moment(then: Timestamp, now: Timestamp) -> String {
    let (then_text, now_text) = (then.to_string(), now.to_string());
    let (day, clock) = then_text.split_at(11);
    let day = if now_text.starts_with(day) {
        String::new()
    } else {
        format!("{} ", &day[..10])
    };
    format!("{day}{}Z, {}", &clock[..8], until(then, now))
}

/// The answer to a command.
pub(crate) fn answer(answer: &Answer) -> String {
    let mut page = Page::new(answer.at);
    page.reply(&answer.reply);
    for woken in &answer.woken {
        let (run, token) = (named(woken.run.as_str()), woken.token);
        page.row(
            "served",
            &format!("run {run}, which was waiting: claim {token}"),
        );
    }
    if answer.lifted {
        let clock = "your clock is behind the journal's, whose time was taken";
        page.row("note", &format!("{clock}: {}", answer.at));
    }
    page.text.trim_end().to_owned()
}

/// What stands in the way.
pub(crate) fn conflicts(conflicts: &Conflicts) -> String {
    let Conflicts {
        at,
        claims,
        plans,
        coming,
        changes,
        more_changes,
        looked_back_to,
        ..
    } = conflicts;
    let mut page = Page::new(*at);
    let clear = claims.list.is_empty() && plans.is_empty();
    if clear && coming.is_empty() && changes.is_empty() {
        page.line("clear: no claim, plan or recent change of others meets this");
    }
    page.meetings(claims);
    for plan in plans {
        page.meeting(plan);
    }
    for start in coming {
        let (id, owner) = (named(start.loop_id.as_str()), named(start.owner.as_str()));
        page.row(
            "coming",
            &format!("loop {id} of {owner} starts {}", moment(start.start, *at)),
        );
        page.words("goal", start.goal.as_ref());
    }
    for change in changes {
        page.change(change);
    }
    if *more_changes > 0 {
        page.line(&format!("and {more_changes} more changes"));
    }
    page.row("back to", &looked_back_to.to_string()[..10]);
    page.text.trim_end().to_owned()
}

/// A page in two columns, written line by line.
pub(crate) struct Page {
    pub(crate) text: String,
    at: Timestamp,
}

impl Page {
    pub(crate) fn new(at: Timestamp) -> Page {
        let text = String::new();
        Page { text, at }
    }

    pub(crate) fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
    }

    pub(crate) fn row(&mut self, label: &str, text: &str) {
        let _ = writeln!(self.text, "{label:<9} {text}");
    }

    fn reply(&mut self, reply: &Reply) {
        let at = self.at;
        match reply {
            Reply::JournalCreated { workspace } => {
                self.row(
                    "made",
                    &format!("the journal of workspace {}", named(workspace.as_str())),
                );
            }
            Reply::RepoRegistered { id, aliases } => {
                let aliases: Vec<String> = aliases.iter().map(|it| named(it)).collect();
                let known = match &*aliases {
                    [] => "without an origin".to_owned(),
                    aliases => format!("also known as {}", aliases.join(", ")),
                };
                self.row(
                    "repo",
                    &format!("{} is registered, {known}", named(id.as_str())),
                );
            }
            Reply::LoopRegistered { id, digest } => {
                self.row("loop", &format!("{} is registered", named(id.as_str())));
                self.row("digest", &digest.to_string());
            }
            Reply::LoopStands { id, standing } => {
                self.row(
                    "loop",
                    &format!("{} is {}", named(id.as_str()), standing.as_str()),
                );
            }
            Reply::Signalled { .. }
            | Reply::RunNotStarted { .. }
            | Reply::RunStarted { .. }
            | Reply::IterationBegun { .. }
            | Reply::IterationFinished { .. }
            | Reply::IterationNotBegun { .. }
            | Reply::VerificationRequested { .. }
            | Reply::VerificationNotRequested { .. }
            | Reply::SignalAwaited { .. }
            | Reply::RunNotDone { .. } => runs::reply(self, reply),
            Reply::FindingReported { .. }
            | Reply::FindingTaken { .. }
            | Reply::FindingNotTaken { .. }
            | Reply::FindingStands { .. } => findings::reply(self, reply),
            Reply::NoteWritten { .. } | Reply::NoteApproved { .. } | Reply::NoteDropped { .. } => {
                notes::reply(self, reply);
            }
            Reply::Beaten {
                live_until,
                claims,
                waiting,
                notices,
                missed,
            } => {
                self.row("alive", &format!("until {}", moment(*live_until, at)));
                self.renewals(claims);
                if let Some(wait) = waiting {
                    self.row("waiting", &wait.to_string());
                }
                for notice in notices {
                    self.notice(notice);
                }
                if *missed > 0 {
                    self.row("missed", &format!("{missed} earlier notices are forgotten"));
                }
            }
            Reply::RunFinished { claims, work } => {
                self.line("finished");
                self.releases(claims);
                self.work(work);
            }
            Reply::Claim { claim, .. } => self.claim(claim),
            Reply::Renewed { claims } => self.renewals(claims),
            Reply::Narrowed { claim } => {
                self.row(
                    "narrowed",
                    &format!("{} on {}", mode(claim.mode), places(&claim.specs)),
                );
                self.row("claim", &claim.token.to_string());
            }
            Reply::HandOver { claim } => match claim {
                HandOverReply::HandedOver {
                    token,
                    run,
                    expires_at,
                } => {
                    self.row("handed", &format!("over to run {}", named(run.as_str())));
                    self.row(
                        "claim",
                        &format!("{token}; the old one lets nothing land any more"),
                    );
                    self.row("until", &moment(*expires_at, at));
                }
                HandOverReply::Refused { why, meetings } => self.refused(why, meetings),
            },
            Reply::Released { claims } => self.releases(claims),
            Reply::Revoked { claim } => self.row("revoked", &self.view(claim)),
            Reply::Withdrawn { wait: Some(wait) } => {
                self.row("left", &format!("the queue: {wait}"))
            }
            Reply::Withdrawn { wait: None } => self.line("this run was not waiting"),
            Reply::ChangeRecorded { id, undeclared } => {
                self.row("recorded", &format!("change {}", named(id.as_str())));
                for path in undeclared {
                    self.row("unclaimed", &named(path));
                }
            }
            Reply::ChangeFenced { id, admission } => {
                self.row(
                    "fenced",
                    &format!(
                        "change {} may not land, and was not recorded",
                        named(id.as_str())
                    ),
                );
                self.row("because", &admitted(admission));
            }
            Reply::VerificationRecorded {
                changes,
                verdict,
                independent,
            } => {
                let count = changes.len();
                let counts = if *independent {
                    ""
                } else {
                    ", which counts for nothing: the checker is a maker"
                };
                self.row(
                    "verified",
                    &format!("{count} changes: {}{counts}", verdict_name(*verdict)),
                );
            }
            Reply::ArtifactRecorded { digest } => self.row("known", &digest.to_string()),
            Reply::ReviewRecorded { changes, verdict } => {
                let count = changes.len();
                self.row(
                    "read",
                    &format!("{count} changes: {}", verdict_name(*verdict)),
                );
            }
            Reply::DeployRecorded { id, upto, follows } => {
                self.row("deployed", &named(id.as_str()));
                if let Some(upto) = upto {
                    self.row("up to", &named(upto.as_str()));
                }
                if let Some(follows) = follows {
                    self.row("after", &named(follows.as_str()));
                }
            }
            Reply::IncidentRecorded { id } => self.row("incident", &named(id.as_str())),
            Reply::IncidentResolved { incident } => self.row("over", &named(incident.as_str())),
            Reply::Erased { texts } => self.row("erased", &format!("{} texts", texts.len())),
            Reply::Recovered { incarnation } => {
                self.row(
                    "recovered",
                    &format!("incarnation {incarnation} from now on"),
                );
            }
            Reply::Checkpointed { ver } => {
                self.row("marked", &format!("records up to {ver} as archivable"))
            }
            Reply::NotAllowed {
                decision, requests, ..
            } => {
                self.decision(decision);
                self.requests(requests);
            }
            Reply::PolicySet {
                digest,
                rules,
                limits,
            } => {
                let count = format!("{rules} rules and {limits} limits hold from now on");
                self.row("policy", &count);
                self.row("digest", &digest.to_string());
            }
            Reply::ActionDecided {
                decision,
                id,
                request,
            } => {
                self.decision(decision);
                self.row("decision", &id.to_string());
                self.requests(request.as_slice());
            }
            Reply::GivenBack { requests } => {
                self.row("given", &format!("back, to {} requests", requests.len()));
            }
            Reply::RequestAnswered {
                request,
                standing,
                answered,
            } => self.answered(*request, *standing, answered),
            Reply::Waived { id, until } => {
                self.row("exception", &format!("{id}, until {}", moment(*until, at)));
            }
            Reply::Reservation { reservation, .. } => self.reservation(reservation),
            Reply::ReservationEnded { id } => {
                self.row("ended", &format!("reservation {}", named(id.as_str())));
            }
            Reply::Settled { more: true } => self.line("settled; more is due"),
            Reply::Settled { more: false } => self.line("nothing more is due"),
            Reply::AlreadyLanded { ver } => self.row("landed", &format!("before, in record {ver}")),
        }
    }

    fn claim(&mut self, claim: &ClaimReply) {
        match claim {
            ClaimReply::Granted {
                token,
                mode: granted,
                specs,
                expires_at,
                meetings,
                left_out,
                advised,
            } => {
                let less = if *advised {
                    ", in place of what was asked: see below"
                } else {
                    ""
                };
                self.row(
                    "granted",
                    &format!("{} on {}{less}", mode(*granted), places(specs)),
                );
                self.row("claim", &token.to_string());
                self.row("until", &moment(*expires_at, self.at));
                for left in left_out {
                    let pattern = left.pattern.as_ref().map(|it| named(&it.to_string()));
                    let resource = left.resource.as_ref().map(|it| named(it.as_str()));
                    let what = pattern.or(resource).unwrap_or_default();
                    self.row("left out", &format!("{what}, for claim {}", left.token));
                }
                self.meetings(meetings);
            }
            ClaimReply::Waiting {
                wait,
                ahead,
                meetings,
            } => {
                let ahead = match ahead {
                    0 => "first in the queue".to_owned(),
                    ahead => format!("{ahead} in front"),
                };
                self.row("waiting", &ahead);
                self.row("wait", &wait.to_string());
                self.meetings(meetings);
            }
            ClaimReply::Refused { why, meetings } => self.refused(why, meetings),
        }
    }

    fn refused(&mut self, why: &RefusedFor, meetings: &Meetings) {
        match why {
            RefusedFor::Conflict => self.row("refused", "others are in the way"),
            RefusedFor::Deadlock { cycle } => {
                let runs: Vec<String> = cycle.iter().map(|run| named(run.as_str())).collect();
                let circle = runs.join(" waits for ");
                let first = runs.first().cloned().unwrap_or_default();
                self.row(
                    "refused",
                    &format!("a circle would close: {circle} waits for {first}"),
                );
            }
        }
        self.meetings(meetings);
    }

    pub(crate) fn meetings(&mut self, meetings: &Meetings) {
        for meeting in &meetings.list {
            self.meeting(meeting);
        }
        if meetings.more > 0 {
            self.line(&format!("and {} more", meetings.more));
        }
    }

    fn meeting(&mut self, meeting: &Meeting) {
        let label = match (meeting.queued, meeting.cell) {
            (true, _) => "in front",
            (_, Cell::Conflict) => "conflict",
            (_, Cell::Notice) => "beside",
            (_, Cell::Clear) => "clear",
        };
        let (held, meet) = met(&meeting.met);
        let mut text = format!(
            "{} on {held}, by {}",
            mode(meeting.mode),
            who(&meeting.actor.to_string(), meeting.run.as_str())
        );
        if let Some(id) = &meeting.loop_id {
            let _ = write!(text, " of loop {}", named(id.as_str()));
        }
        self.row(label, &text);
        if let Some(meet) = meet {
            self.row("", &format!("meets at {meet}"));
        }
        self.words("intent", meeting.intent.as_ref());
        if let Some(end) = meeting.expires_at {
            self.row("", &format!("until {}", moment(end, self.at)));
        }
        self.row(
            "",
            &format!(
                "{} {}",
                if meeting.queued { "wait" } else { "claim" },
                meeting.token
            ),
        );
    }

    fn change(&mut self, change: &RecentChange) {
        let label = if change.deliberate {
            "on purpose"
        } else {
            "changed"
        };
        let maker = match change.made_by {
            MadeBy::Human => "a person",
            MadeBy::Loop => "a loop",
            MadeBy::Mixed => "a loop and a person",
            MadeBy::Unknown => "somebody",
        };
        let paths: Vec<String> = change.paths.iter().map(|path| named(path)).collect();
        let run = change
            .run
            .as_ref()
            .map(|run| format!(", run {}", named(run.as_str())));
        let verdict = change
            .verdict
            .map(|it| format!(", verified: {}", verdict_name(it)));
        self.row(
            label,
            &format!(
                "{} by {maker}{}, {}{}",
                paths.join(", "),
                run.unwrap_or_default(),
                ago(change.at, self.at),
                verdict.unwrap_or_default()
            ),
        );
        self.words("intent", change.intent.as_ref());
        self.row("", &format!("change {}", named(change.id.as_str())));
    }

    pub(crate) fn notice(&mut self, notice: &Notice) {
        let became = match notice.outcome {
            Outcome::Granted => "and was granted it beside you",
            Outcome::Refused => "and was refused",
            Outcome::Waiting => "and waits for you",
            Outcome::Advised => "and holds a plan instead",
        };
        let (asked, meet) = asked(&notice.met);
        let at = meet
            .map(|it| format!(" (meets at {it})"))
            .unwrap_or_default();
        self.row(
            "notice",
            &format!(
                "#{} {}: {} asked for {} on {asked}{at}, {became}",
                notice.seq,
                ago(notice.at, self.at),
                who(&notice.from.to_string(), notice.from_run.as_str()),
                mode(notice.mode)
            ),
        );
        self.words("intent", notice.intent.as_ref());
    }

    pub(crate) fn words(&mut self, label: &str, words: Option<&Words>) {
        match words.map(|words| words.text.as_deref()) {
            Some(Some(text)) => self.row("", &format!("{label} {}", quoted(text, WORDS_CHARS_MAX))),
            Some(None) => self.row("", &format!("{label} was erased")),
            None => {}
        }
    }

    fn renewals(&mut self, claims: &RenewReply) {
        for renewal in &claims.renewed {
            let capped = if renewal.capped {
                "; somebody waits, so it cannot go on for ever"
            } else {
                ""
            };
            self.row(
                "claim",
                &format!(
                    "{} until {}{capped}",
                    renewal.token,
                    moment(renewal.expires_at, self.at)
                ),
            );
        }
        for skipped in &claims.skipped {
            self.skipped(skipped.token, skipped.why);
        }
        if claims.renewed.is_empty() && claims.skipped.is_empty() {
            self.row("claims", "none");
        }
    }

    fn releases(&mut self, claims: &ReleaseReply) {
        for claim in &claims.released {
            self.row("released", &self.view(claim));
        }
        for skipped in &claims.skipped {
            self.skipped(skipped.token, skipped.why);
        }
        if claims.released.is_empty() && claims.skipped.is_empty() {
            self.row("released", "nothing: the run held nothing");
        }
    }

    fn skipped(&mut self, token: Token, why: NotDone) {
        self.row("not done", &format!("{token}: {}", not_done(why)));
    }

    fn work(&mut self, work: &WorkReport) {
        for at in &work.undeclared {
            self.row("unclaimed", &format!("{} was changed", named(&at.path)));
        }
        for at in &work.unused {
            self.row(
                "unused",
                &format!("{} was claimed", named(&at.pattern.to_string())),
            );
        }
        if !work.unused.is_empty() && !work.enough.is_empty() {
            self.row("enough", &places(&work.enough));
        }
        if work.partial {
            self.row(
                "note",
                "the run did more than is remembered; this covers a part",
            );
        }
    }

    fn view(&self, claim: &ClaimView) -> String {
        format!(
            "{} on {}, claim {}",
            mode(claim.mode),
            places(&claim.specs),
            claim.token
        )
    }
}

/// A mode by its name.
pub(crate) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Plan => "plan",
        Mode::Read => "read",
        Mode::Write => "write",
        Mode::Exclusive => "exclusive",
    }
}

/// The places of a claim in one line.
pub(crate) fn places(specs: &[Spec]) -> String {
    let each = specs.iter().map(|spec| {
        let resources = spec.resources.iter().map(|it| named(it.as_str()));
        let things: Vec<String> = patterns(&spec.paths).chain(resources).collect();
        format!(
            "{} in {} {}",
            things.join(", "),
            named(spec.repo.as_str()),
            named(spec.branch.as_str())
        )
    });
    each.collect::<Vec<_>>().join("; ")
}

fn patterns(set: &PathSetSource) -> impl Iterator<Item = String> + '_ {
    let except = set
        .exclude
        .iter()
        .map(|it| format!("except {}", named(&it.to_string())));
    set.include.iter().map(pattern).chain(except)
}

fn pattern(source: &PatternSource) -> String {
    match source {
        PatternSource::Glob(text) | PatternSource::File(text) => named(text),
        PatternSource::Dir(text) => format!("{}/", named(text)),
    }
}

/// An actor and its run.
pub(crate) fn who(actor: &str, run: &str) -> String {
    format!("{} (run {})", named(actor), named(run))
}

/// Why work may or may not land.
pub(crate) fn admitted(admission: &Admission) -> String {
    match admission {
        Admission::Admitted => "the claim holds".to_owned(),
        Admission::Outside { path } => format!("the claim does not hold {}", named(path)),
        Admission::Lapsed { why } => format!("of the claim: {}", not_done(*why)),
        Admission::Superseded { by } => format!("a later claim stands in its place: {by}"),
    }
}

fn met(met: &Met) -> (String, Option<String>) {
    match met {
        Met::Path { held, witness, .. } => (pattern(held), witness.as_deref().map(named)),
        Met::Resource { resource } => (named(resource.as_str()), None),
    }
}

fn asked(met: &Met) -> (String, Option<String>) {
    match met {
        Met::Path {
            requested, witness, ..
        } => (pattern(requested), witness.as_deref().map(named)),
        Met::Resource { resource } => (named(resource.as_str()), None),
    }
}

const fn not_done(why: NotDone) -> &'static str {
    match why {
        NotDone::Unknown => "no such claim is known",
        NotDone::Lapsed => "its lease ended",
        NotDone::Released => "it was released",
        NotDone::Revoked => "a person revoked it",
        NotDone::HandedOver => "it was handed over",
        NotDone::OtherWork => "it belongs to other work",
    }
}

const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
    }
}

/// A word that a shell reads as it is.
fn shell_word(text: &str) -> String {
    let is_plain = text
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || "-_./:@".contains(it));
    if is_plain {
        return text.to_owned();
    }
    let visible: String = text.chars().filter(|it| !it.is_control()).collect();
    format!("'{}'", visible.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_names_the_day_only_where_it_is_another_one() {
        let now: Timestamp = "2026-11-22T07:30:00Z".parse().unwrap();
        assert_eq!(moment(now.plus_ms(720_000), now), "07:42:00Z, in 12 min");
        assert_eq!(
            moment(now.plus_ms(86_400_000), now),
            "2026-11-23 07:30:00Z, in 24 h"
        );
        assert_eq!(moment(now.minus_ms(5_000), now), "07:29:55Z, 5 s ago");
    }

    #[test]
    fn a_word_for_the_shell_cannot_leave_its_quotes() {
        assert_eq!(shell_word("r-1"), "r-1");
        assert_eq!(shell_word("r'; rm -rf ~"), r"'r'\''; rm -rf ~'");
    }
}
