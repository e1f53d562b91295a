//! History: the second projection of a journal. The whole provenance graph, fed when somebody asks.
//!
//! The hot state decides; history explains. Deciding never needs it, so it has a version of its own and
//! may lag behind: whoever asks feeds it the records that it lacks.

use std::collections::BTreeMap;

use super::changes::Change;
use super::event::{Event, Verification, read_events};
use super::operations::{ArtifactKnown, Deployed, Reported, Resolved, Reviewed};
use crate::claim::{ClaimEvent, Granted};
use crate::error::{Code, Error};
use crate::model::{Actor, ActorId, Digest, Record, Timestamp, Token, Ver, Words};
use crate::policy::PolicyEvent;
use crate::provenance::{self, Entry, Fact, ProvenanceGraph};
use crate::run::{LoopCard, RunEvent};

/// The bits of an entry's place that count the events of one record.
const EVENT_BITS: u32 = 16;

/// Who changed what, why, on whose word, and what broke, as far as a journal was read.
#[derive(Debug, Clone, Default)]
pub struct History {
    graph: ProvenanceGraph,
    ver: Ver,
    hash: Digest,
    /// The decision that each request for a yes came from.
    asked_by: BTreeMap<Token, ActorId>,
    /// What was left out, since it contradicts what was told before.
    left_out: u64,
}

impl History {
    /// A history of which no record was read.
    pub fn new() -> History {
        History::default()
    }

    /// The version up to which records were read; the next one to feed comes after it.
    pub fn version(&self) -> Ver {
        self.ver
    }

    /// The graph.
    pub fn graph(&self) -> &ProvenanceGraph {
        &self.graph
    }

    /// How many facts of the journal were left out, since they contradict what was told before: a deploy
    /// of a name that was given long ago, say, or an import that tells of a change otherwise.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Takes in what is known from elsewhere: the history of a repository, say.
    ///
    /// # Errors
    /// Those of [`ProvenanceGraph::enter`].
    pub fn import(&mut self, entry: &Entry) -> Result<provenance::Entered, Error> {
        self.graph.enter(entry)
    }

    /// Reads records, and skips those that it has.
    ///
    /// # Errors
    /// `gap` where records are missing in between, `broken_chain` for one that does not follow the last,
    /// `corrupt` and `newer_journal` for one that cannot be read.
    pub fn feed(&mut self, records: &[Record]) -> Result<(), Error> {
        for record in records {
            if record.ver <= self.ver {
                continue;
            }
            let field = format!("records[ver={}]", record.ver);
            if record.ver != self.ver + 1 {
                let message = format!(
                    "records between {} and {} are missing",
                    self.ver, record.ver
                );
                return Err(Error::at(Code::Gap, field, message));
            }
            if record.prev != self.hash {
                let message = "the record does not follow the one before";
                return Err(Error::at(Code::BrokenChain, field, message));
            }
            self.read(record)?;
            (self.ver, self.hash) = (record.ver, record.hash);
        }
        Ok(())
    }

    fn read(&mut self, record: &Record) -> Result<(), Error> {
        let header = record.header()?;
        let events = read_events(record)?;
        for (place, event) in events.into_iter().enumerate() {
            let place = u16::try_from(place).unwrap_or(u16::MAX);
            let told = Told {
                at: header.at,
                name: Token::new(header.incarnation, record.ver, place),
                actor: &header.actor,
            };
            if let Some(fact) = self.facts_of(event, &told) {
                let entry = Entry {
                    at: told.at,
                    seq: (record.ver << EVENT_BITS) | u64::from(place),
                    fact,
                };
                self.tell(&entry)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, entry: &Entry) -> Result<(), Error> {
        match self.graph.enter(entry) {
            Ok(_) => Ok(()),
            Err(why) if why.code() == Code::AlreadyExists => {
                self.left_out += 1;
                Ok(())
            }
            Err(why) => Err(why),
        }
    }

    fn facts_of(&mut self, event: Event, told: &Told<'_>) -> Option<Fact> {
        match event {
            Event::RepoRegistered(repo) => Some(Fact::Repo {
                id: repo.id,
                rules: repo.rules,
            }),
            Event::Run(event) => run(event),
            Event::Claim(ClaimEvent::Granted(granted))
            | Event::Claim(ClaimEvent::HandedOver { to: granted, .. }) => claim(*granted),
            Event::Policy(event) => self.policy(event, told),
            Event::ChangeRecorded(change) => Some(recorded(*change, told)),
            Event::VerificationRecorded(check) => Some(verified(check, told)),
            Event::ArtifactRecorded(known) => self.artifact(known),
            Event::ReviewRecorded(review) => Some(reviewed(*review, told)),
            Event::Deployed(deploy) => Some(deployed(*deploy)),
            Event::IncidentReported(incident) => Some(reported(*incident)),
            Event::IncidentResolved(end) => Some(resolved(*end)),
            Event::StandoffOpened(_) => None,
            Event::Claim(_)
            | Event::Finding(_)
            | Event::Note(_)
            | Event::JournalCreated { .. }
            | Event::Ledger(_)
            | Event::TextsErased { .. }
            | Event::Recovered { .. }
            | Event::Checkpointed { .. } => None,
        }
    }

    /// An artifact is told once: the same policy set again is the same artifact.
    fn artifact(&self, known: ArtifactKnown) -> Option<Fact> {
        let name = provenance::Name::new(provenance::Kind::Artifact, known.digest.to_string());
        let told = self.graph.find(&name);
        let told = told.is_some_and(|node| self.graph.landed(node).is_some());
        (!told).then_some(Fact::Artifact {
            digest: known.digest,
            kind: known.kind,
            name: known.name,
        })
    }

    fn policy(&mut self, event: PolicyEvent, told: &Told<'_>) -> Option<Fact> {
        match event {
            PolicyEvent::Set(document) => self.artifact(ArtifactKnown {
                digest: document.digest,
                kind: word("policy")?,
                name: ActorId::new(&document.name).ok(),
            }),
            PolicyEvent::Decided(decided) => Some(Fact::Decision(Box::new(provenance::Decided {
                id: decided.id.into(),
                verb: word(decided.action.verb.as_str())?,
                run: decided.action.run().cloned(),
                actor: decided.action.actor.clone(),
                verdict: word(decided.verdict.as_str())?,
                passes: decided.passes,
                rules: decided.rules.into_iter().collect(),
                policy: decided.policy,
            }))),
            PolicyEvent::Asked(request) => {
                // A request is made in the record of its decision, which tells of the same action last.
                let decision = self.last_decision(told)?;
                self.asked_by.insert(request.id, decision);
                None
            }
            PolicyEvent::Answered(answer) => Some(Fact::Approval(Box::new(provenance::Approval {
                id: told.name.into(),
                decision: self.asked_by.get(&answer.request)?.clone(),
                by: answer.by,
                yes: answer.yes,
                note: answer.note.map(Words::from),
            }))),
            PolicyEvent::Used { .. } | PolicyEvent::GivenBack { .. } | PolicyEvent::Waived(_) => {
                None
            }
        }
    }

    /// The decision that was told last, in the record that is being read.
    fn last_decision(&self, told: &Told<'_>) -> Option<ActorId> {
        let mut decisions = self.graph.of_kind(provenance::Kind::Decision).rev();
        let last = decisions.next()?;
        let (_, seq) = self.graph.landed(last)?;
        let here = seq >> EVENT_BITS == told.name.ver;
        here.then(|| ActorId::new(&self.graph.name(last).id).ok())?
    }
}

/// An event of a record: when, its name among all events, and who sent the command.
struct Told<'a> {
    at: Timestamp,
    name: Token,
    actor: &'a Actor,
}

fn word(word: &str) -> Option<ActorId> {
    ActorId::new(word).ok()
}

fn run(event: RunEvent) -> Option<Fact> {
    match event {
        RunEvent::LoopDefined(defined) => Some(loop_fact(defined.card)),
        RunEvent::Started(started) => Some(Fact::Run(Box::new(provenance::RunFact {
            id: started.run,
            actor: started.actor,
            loop_id: started.loop_id,
            parent: started.parent,
            artifacts: started.artifacts,
        }))),
        RunEvent::Finished(finished) => Some(Fact::Ending {
            run: finished.run,
            outcome: word(finished.outcome.as_str())?,
        }),
        RunEvent::Beat { .. }
        | RunEvent::IterationBegun { .. }
        | RunEvent::IterationEnded(_)
        | RunEvent::VerificationAsked { .. }
        | RunEvent::SentBack { .. }
        | RunEvent::Awaited(_)
        | RunEvent::Halted(_)
        | RunEvent::LoopStood(_)
        | RunEvent::Signalled(_) => None,
    }
}

fn loop_fact(card: LoopCard) -> Fact {
    Fact::Loop {
        id: card.id,
        owner: Some(card.owner),
        team: card.team,
        goal: card.goal.map(Words::from),
    }
}

fn claim(granted: Granted) -> Option<Fact> {
    let places = granted.specs.into_iter();
    Some(Fact::Claim(Box::new(provenance::Claimed {
        id: granted.token.into(),
        run: granted.run,
        mode: word(granted.mode.as_str())?,
        places: places.map(|spec| (spec.repo, spec.paths)).collect(),
        intent: granted.intent.map(Words::from),
    })))
}

fn recorded(change: Change, told: &Told<'_>) -> Fact {
    let by = match &change.run {
        Some(_) => Vec::new(),
        None => vec![provenance::actor_name(told.actor)],
    };
    Fact::Change(Box::new(provenance::ChangeFact {
        id: change.id,
        repo: change.repo,
        branch: change.branch,
        commit: change.commit,
        made_by: change.made_by,
        by,
        run: change.run,
        side: change.side,
        claim: change.token.map(ActorId::from),
        decision: change.decision.map(ActorId::from),
        intent: change.intent.map(Words::from),
        deliberate: change.deliberate,
        base: change.base,
        patch_id: change.patch_id,
        reverts: change.reverts,
        files: change.files,
    }))
}

fn verified(check: Verification, told: &Told<'_>) -> Fact {
    Fact::Verification(Box::new(provenance::Verification {
        id: told.name.into(),
        changes: check.changes,
        verdict: check.verdict,
        by: check.by,
        run: check.run,
        independent: check.independent,
        checks: check.checks,
    }))
}

fn reviewed(review: Reviewed, told: &Told<'_>) -> Fact {
    Fact::Review(Box::new(provenance::Review {
        id: told.name.into(),
        changes: review.changes,
        by: review.by,
        verdict: review.verdict,
        read_ms: review.read_ms,
        note: review.note.map(Words::from),
    }))
}

fn deployed(deploy: Deployed) -> Fact {
    Fact::Deploy(Box::new(provenance::Deploy {
        id: deploy.id,
        environment: deploy.environment,
        service: deploy.service,
        repo: deploy.repo,
        branch: deploy.branch,
        commit: deploy.commit,
        upto: deploy.upto,
        changes: deploy.changes,
        follows: deploy.follows,
        by: deploy.by,
        decision: deploy.decision.map(ActorId::from),
    }))
}

fn reported(incident: Reported) -> Fact {
    Fact::Incident(Box::new(provenance::Incident {
        id: incident.id,
        service: incident.service,
        repo: incident.repo,
        paths: incident.paths,
        deploy: incident.deploy,
        by: incident.by,
        summary: incident.summary.map(Words::from),
    }))
}

fn resolved(end: Resolved) -> Fact {
    Fact::Resolution(Box::new(provenance::Resolution {
        incident: end.incident,
        causes: end.causes,
        fixes: end.fixes,
        by: end.by,
        note: end.note.map(Words::from),
    }))
}
