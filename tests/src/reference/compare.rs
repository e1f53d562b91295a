//! The library's answer held against the model's. Where several answers are right (a witness, which
//! of two overlapping pairs is named, which circle), the library's own is checked for being one.

use std::fmt;

use loom_core::claim::{
    ClaimEvent, ClaimReply, HandOverReply, Meeting, Met, Notice, RefusedFor, Spec, SpecRequest,
};
use loom_core::coordinator::{Answer, Body, Command, Event, Proposal, Reply, read_events};
use loom_core::error::Error;
use loom_core::model::{RunId, Token};
use loom_core::path::{PathSet, Pattern, PatternSource, RepoPath};
use serde_json::Value;

use super::{Answered, Reference};

/// Where the library and the model part.
#[derive(Debug, Clone)]
pub struct Difference(pub String);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn differ<T>(what: impl Into<String>) -> Result<T, Difference> {
    Err(Difference(what.into()))
}

impl Reference {
    /// Is the library's proposal the model's answer? `self` is the model after the command.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(
        &self,
        command: &Command,
        said: &Result<Proposal, Error>,
        expected: &Answered,
    ) -> Result<(), Difference> {
        let proposal = match (said, &expected.reply) {
            (Err(error), Err((code, field))) => {
                let got = (error.code(), error.field().map(str::to_owned));
                if got == (*code, field.clone()) {
                    return Ok(());
                }
                return differ(format!("error {error:?}, expected {code:?} at {field:?}"));
            }
            (Err(error), Ok(reply)) => {
                return differ(format!("error {error:?}, expected {reply:#?}"));
            }
            (Ok(proposal), Err(error)) => {
                return differ(format!("{:#?}, expected {error:?}", proposal.reply));
            }
            (Ok(proposal), Ok(_)) => proposal,
        };
        let answer = &proposal.reply;
        self.check_answer(command, answer, expected)?;
        let landed = proposal.record.is_some() && !is_bookkeeping(proposal);
        if (landed, proposal.again) != (expected.landed, expected.again) {
            return differ(format!(
                "recorded {landed}, again {}; expected {}, {}: {answer:#?}",
                proposal.again, expected.landed, expected.again
            ));
        }
        Ok(())
    }

    fn check_answer(
        &self,
        command: &Command,
        answer: &Answer,
        expected: &Answered,
    ) -> Result<(), Difference> {
        if (answer.at, answer.lifted) != (expected.at, expected.lifted) {
            return differ(format!("at {} {}", answer.at, answer.lifted));
        }
        if answer.woken != expected.woken {
            return differ(format!(
                "woken {:#?}, expected {:#?}",
                answer.woken, expected.woken
            ));
        }
        let Ok(reply) = &expected.reply else {
            return differ("a reply in place of an error");
        };
        let (got, wanted) = (comparable(&answer.reply), comparable(reply));
        if got != wanted {
            return differ(format!("got {got:#}\nexpected {wanted:#}"));
        }
        self.check_proofs(command, &answer.reply, expected)
    }

    fn check_proofs(
        &self,
        command: &Command,
        reply: &Reply,
        expected: &Answered,
    ) -> Result<(), Difference> {
        let none: &[Meeting] = &[];
        let (meetings, why) = match reply {
            Reply::Claim { claim, .. } => match claim {
                ClaimReply::Granted { meetings, .. } | ClaimReply::Waiting { meetings, .. } => {
                    (meetings.list.as_slice(), None)
                }
                ClaimReply::Refused { why, meetings } => (meetings.list.as_slice(), Some(why)),
            },
            Reply::HandOver {
                claim: HandOverReply::Refused { why, meetings },
            } => (meetings.list.as_slice(), Some(why)),
            Reply::Beaten { notices, .. } => {
                for notice in notices {
                    self.check_notice(notice)?;
                }
                (none, None)
            }
            _ => (none, None),
        };
        for meeting in meetings {
            self.check_meeting(command, meeting)?;
        }
        match why {
            Some(RefusedFor::Deadlock { cycle }) => check_cycle(cycle, &expected.edges),
            _ => Ok(()),
        }
    }

    /// "Every conflict and notice carries both claims, the two patterns that meet, a witness path".
    fn check_meeting(&self, command: &Command, meeting: &Meeting) -> Result<(), Difference> {
        let requested = match &command.body {
            Body::Claim { specs, .. } => self
                .asked(specs)
                .and_then(|specs| specs.get(usize::from(meeting.spec)).cloned()),
            Body::HandOver { token, .. } => {
                let specs = self.held_by(*token);
                specs.get(usize::from(meeting.spec)).cloned()
            }
            _ => None,
        };
        let Some(requested) = requested else {
            return differ(format!(
                "it meets a place that was not asked for: {meeting:#?}"
            ));
        };
        let held: Vec<Spec> = self
            .held_by(meeting.token)
            .into_iter()
            .filter(|spec| (&spec.repo, &spec.branch) == (&requested.repo, &requested.branch))
            .collect();
        let holds = held.iter().any(|held| match &meeting.met {
            Met::Resource { resource } => {
                held.resources.contains(resource) && requested.resources.contains(resource)
            }
            Met::Path {
                held: ours,
                requested: theirs,
                witness,
            } => {
                let (left, right) = (self.set(held), self.set(&requested));
                held.paths.include.contains(ours)
                    && requested.paths.include.contains(theirs)
                    && witness.as_ref().is_some_and(|path| {
                        in_both(path, &left, &right)
                            && named(path, ours, &left)
                            && named(path, theirs, &right)
                    })
            }
        });
        if holds {
            return Ok(());
        }
        differ(format!(
            "the meeting proves nothing: {meeting:#?}\nheld {held:#?}"
        ))
    }

    /// "`held` is the pattern of the box's owner."
    fn check_notice(&self, notice: &Notice) -> Result<(), Difference> {
        let granted = self.granted_as(notice.token);
        let holds = granted.iter().any(|held| match &notice.met {
            Met::Resource { resource } => held.resources.contains(resource),
            Met::Path {
                held: ours,
                witness,
                ..
            } => {
                held.paths.include.contains(ours)
                    && witness.as_ref().is_some_and(|path| {
                        let set = self.set(held);
                        in_both(path, &set, &set) && named(path, ours, &set)
                    })
            }
        });
        if holds {
            return Ok(());
        }
        differ(format!("the notice proves nothing: {notice:#?}"))
    }

    /// Are these the notices that the model put into a box?
    ///
    /// # Errors
    /// The first difference.
    pub fn check_box(&self, run: &RunId, notices: &[Notice]) -> Result<(), Difference> {
        let (got, wanted) = (comparable(&notices), comparable(&self.notice_box(run)));
        if got != wanted {
            return differ(format!("box of {run}: {got:#}\nexpected {wanted:#}"));
        }
        notices
            .iter()
            .try_for_each(|notice| self.check_notice(notice))
    }

    fn asked(&self, specs: &[SpecRequest]) -> Option<Vec<Spec>> {
        self.resolve(specs).ok()
    }

    /// What a claim or a wait held when the answer was given; narrowing comes with no meetings.
    pub(super) fn held_by(&self, token: Token) -> Vec<Spec> {
        let claims = self.claims.iter().map(|claim| (claim.token, &claim.specs));
        let waits = self
            .waits
            .iter()
            .chain(self.gone.iter().map(|(wait, _)| wait));
        let waits = waits.map(|wait| (wait.name, &wait.request.specs));
        let served = self.served.iter().map(|(name, specs)| (*name, specs));
        let found = claims
            .chain(waits)
            .chain(served)
            .find(|(name, _)| *name == token);
        found.map_or_else(Vec::new, |(_, specs)| specs.clone())
    }

    fn granted_as(&self, token: Token) -> Vec<Spec> {
        let found = self.claims.iter().find(|claim| claim.token == token);
        found.map_or_else(Vec::new, |claim| claim.granted.clone())
    }
}

/// Does the record say nothing but who is in the way of which wait?
pub fn is_bookkeeping(proposal: &Proposal) -> bool {
    let events = proposal.record.as_ref().map(read_events);
    let only_blocked = |events: &Vec<Event>| {
        events
            .iter()
            .all(|event| matches!(event, Event::Claim(ClaimEvent::Blocked { .. })))
    };
    events.is_some_and(|events| events.as_ref().is_ok_and(only_blocked))
}

fn in_both(path: &str, left: &PathSet, right: &PathSet) -> bool {
    RepoPath::parse(path, &left.rules())
        .is_ok_and(|path| left.matches(&path) && right.matches(&path))
}

fn named(path: &str, pattern: &PatternSource, set: &PathSet) -> bool {
    let rules = set.rules();
    let (Ok(path), Ok(pattern)) = (
        RepoPath::parse(path, &rules),
        Pattern::compile(pattern, rules),
    ) else {
        return false;
    };
    pattern.matches(&path)
}

/// "The runs of the circle, each waiting for the next, the last for the first."
fn check_cycle(cycle: &[RunId], edges: &[(RunId, RunId)]) -> Result<(), Difference> {
    let next = cycle.iter().cycle().skip(1);
    let closed = cycle.iter().zip(next).all(|(from, to)| {
        edges
            .iter()
            .any(|(waiter, other)| (waiter, other) == (from, to))
    });
    let mut each_once = cycle.to_vec();
    each_once.sort();
    each_once.dedup();
    if closed && cycle.len() > 1 && each_once.len() == cycle.len() {
        return Ok(());
    }
    differ(format!("no circle: {cycle:?} in {edges:?}"))
}

/// A reply without the parts of which several are right.
fn comparable(said: &impl serde::Serialize) -> Value {
    fn blank(value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(blank),
            Value::Object(map) => {
                for (name, inner) in map.iter_mut() {
                    match name.as_str() {
                        // Checked for being a proof.
                        "met" | "cycle" => *inner = Value::Null,
                        // Any later holder will do.
                        "by" => *inner = Value::Null,
                        // Not modelled.
                        "work" | "aliases" => *inner = Value::Null,
                        _ => blank(inner),
                    }
                }
            }
            _ => {}
        }
    }
    let mut value = serde_json::to_value(said).expect("words are JSON");
    blank(&mut value);
    value
}
