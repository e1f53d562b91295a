//! What a run of the model has reached, so that a test that proves nothing fails.

use std::collections::BTreeMap;

use loom_core::claim::{Admission, Cell, ClaimReply, HandOverReply, Meetings, RefusedFor, Skipped};
use loom_core::coordinator::{Command, Proposal, Reply};
use loom_core::error::Error;

/// How often each thing happened, by name.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    counts: BTreeMap<String, u64>,
}

/// What the fixed sequences must reach, or they prove nothing about it.
const MUST: &[&str] = &[
    "admitted",
    "already landed",
    "answered without a record",
    "beaten and recorded",
    "beaten without a record",
    "beaten with notices",
    "beaten with a wait",
    "changed",
    "changed undeclared",
    "claim advised",
    "claim granted",
    "claim granted beside a notice",
    "claim granted in part",
    "claim refused for a conflict",
    "claim refused for a conflict with one that waits",
    "claim refused for a deadlock",
    "claim waits",
    "claim waits behind one that waits",
    "clock lifted",
    "error already_waiting",
    "error claim_not_live",
    "error id_reused",
    "error invalid_field",
    "error not_found",
    "error not_narrower",
    "error not_permitted",
    "error run_not_live",
    "fenced lapsed",
    "fenced outside",
    "fenced superseded",
    "handed over",
    "hand-over refused for a conflict",
    "hand-over refused for a deadlock",
    "met on a path",
    "met on a resource",
    "narrowed",
    "passed a waiter inside an own claim",
    "recovered",
    "released",
    "renewed",
    "renewed under a cap",
    "revoked",
    "run finished",
    "skipped handed_over",
    "skipped lapsed",
    "skipped other_work",
    "skipped released",
    "skipped revoked",
    "skipped unknown",
    "woken",
    "woken several",
    "withdrawn",
    "withdrawn nothing",
];

impl Coverage {
    /// Counts what one answer shows.
    pub(crate) fn count(&mut self, command: &Command, said: &Result<Proposal, Error>) {
        let proposal = match said {
            Ok(proposal) => proposal,
            Err(error) => return self.add(&format!("error {}", error.code().as_str())),
        };
        let answer = &proposal.reply;
        let recorded = proposal.record.is_some();
        if !recorded {
            self.add("answered without a record");
        }
        if answer.lifted {
            self.add("clock lifted");
        }
        match answer.woken.len() {
            0 => {}
            1 => self.add("woken"),
            _ => self.add("woken several"),
        }
        match &answer.reply {
            Reply::Claim { claim, .. } => self.count_claim(claim),
            Reply::Beaten {
                waiting,
                notices,
                claims,
                ..
            } => {
                let how = if recorded {
                    "beaten and recorded"
                } else {
                    "beaten without a record"
                };
                self.add(how);
                if !notices.is_empty() {
                    self.add("beaten with notices");
                }
                if waiting.is_some() {
                    self.add("beaten with a wait");
                }
                self.count_skipped(&claims.skipped);
            }
            Reply::Renewed { claims } => {
                for renewal in &claims.renewed {
                    self.add(if renewal.capped {
                        "renewed under a cap"
                    } else {
                        "renewed"
                    });
                }
                self.count_skipped(&claims.skipped);
            }
            Reply::Released { claims } => {
                if !claims.released.is_empty() {
                    self.add("released");
                }
                self.count_skipped(&claims.skipped);
            }
            Reply::HandOver { claim } => match claim {
                HandOverReply::HandedOver { .. } => self.add("handed over"),
                HandOverReply::Refused {
                    why: RefusedFor::Conflict,
                    ..
                } => {
                    self.add("hand-over refused for a conflict");
                }
                HandOverReply::Refused {
                    why: RefusedFor::Deadlock { .. },
                    ..
                } => {
                    self.add("hand-over refused for a deadlock");
                }
            },
            Reply::ChangeFenced { admission, .. } => match admission {
                Admission::Admitted => {}
                Admission::Outside { .. } => self.add("fenced outside"),
                Admission::Lapsed { .. } => self.add("fenced lapsed"),
                Admission::Superseded { .. } => self.add("fenced superseded"),
            },
            Reply::ChangeRecorded { undeclared, .. } => {
                self.add(if undeclared.is_empty() {
                    "changed"
                } else {
                    "changed undeclared"
                });
                if let loom_core::coordinator::Body::RecordChange(change) = &command.body
                    && change.token.is_some()
                {
                    self.add("admitted");
                }
            }
            Reply::Narrowed { .. } => self.add("narrowed"),
            Reply::Revoked { .. } => self.add("revoked"),
            Reply::Recovered { .. } => self.add("recovered"),
            Reply::RunFinished { .. } => self.add("run finished"),
            Reply::AlreadyLanded { .. } => self.add("already landed"),
            Reply::Withdrawn { wait: Some(_) } => self.add("withdrawn"),
            Reply::Withdrawn { wait: None } => self.add("withdrawn nothing"),
            _ => {}
        }
    }

    fn count_claim(&mut self, claim: &ClaimReply) {
        match claim {
            ClaimReply::Granted {
                meetings,
                left_out,
                advised,
                ..
            } => {
                self.count_meetings(meetings);
                self.add(
                    match (advised, left_out.is_empty(), meetings.list.is_empty()) {
                        (true, ..) => "claim advised",
                        (_, false, _) => "claim granted in part",
                        (_, _, false) => "claim granted beside a notice",
                        _ => "claim granted",
                    },
                );
            }
            ClaimReply::Waiting {
                ahead, meetings, ..
            } => {
                self.count_meetings(meetings);
                self.add(if *ahead == 0 {
                    "claim waits"
                } else {
                    "claim waits behind one that waits"
                });
            }
            ClaimReply::Refused { why, meetings } => {
                self.count_meetings(meetings);
                let queued = meetings
                    .list
                    .iter()
                    .any(|one| one.queued && one.cell == Cell::Conflict);
                self.add(match why {
                    RefusedFor::Deadlock { .. } => "claim refused for a deadlock",
                    RefusedFor::Conflict if queued => {
                        "claim refused for a conflict with one that waits"
                    }
                    RefusedFor::Conflict => "claim refused for a conflict",
                });
            }
        }
    }

    fn count_meetings(&mut self, meetings: &Meetings) {
        for meeting in &meetings.list {
            self.add(match meeting.met {
                loom_core::claim::Met::Path { .. } => "met on a path",
                loom_core::claim::Met::Resource { .. } => "met on a resource",
            });
        }
    }

    fn count_skipped(&mut self, skipped: &[Skipped]) {
        for one in skipped {
            let why = serde_json::to_value(one.why).unwrap();
            self.add(&format!("skipped {}", why.as_str().unwrap()));
        }
    }

    /// So many requests went past somebody who waits, because they lie inside a claim of their own.
    pub(crate) fn passed(&mut self, times: u64) {
        if times > 0 {
            self.add("passed a waiter inside an own claim");
        }
    }

    fn add(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn assert_that_all_was_reached(&self) {
        let missing: Vec<&&str> = MUST
            .iter()
            .filter(|what| !self.counts.contains_key(**what))
            .collect();
        assert!(
            missing.is_empty(),
            "never reached: {missing:?}\nreached: {:#?}",
            self.counts
        );
    }
}
