//! Events of the journal in a few words each, for the log.

use loom_core::claim::{ClaimEnd, ClaimEvent, Granted, WaitEnd};
use loom_core::coordinator::Event;
use loom_core::run::RunEvent;
use loom_core::view::named;

use super::{findings, governance, mode, notes, places};

/// One line for each event.
pub(crate) fn events(events: &[Event]) -> Vec<String> {
    events.iter().map(event).collect()
}

fn event(event: &Event) -> String {
    match event {
        Event::JournalCreated { workspace, human } => {
            let (workspace, human) = (named(workspace.as_str()), named(&human.to_string()));
            format!("journal of {workspace} made by {human}")
        }
        Event::RepoRegistered(repo) => {
            let branch = named(repo.default_branch.as_str());
            format!(
                "repo {} registered, landing on {branch}",
                named(repo.id.as_str())
            )
        }
        Event::Run(event) => of_run(event),
        Event::Finding(event) => findings::event(event),
        Event::Note(event) => notes::event(event),
        Event::Claim(event) => of_claim(event),
        Event::Policy(event) => governance::policy_event(event),
        Event::Ledger(event) => governance::ledger_event(event),
        Event::ChangeRecorded(change) => {
            let purpose = if change.deliberate {
                ", on purpose"
            } else {
                ""
            };
            let files = match &*change.files {
                [file] => named(&file.path),
                files => format!("{} files", files.len()),
            };
            format!("change {} to {files}{purpose}", named(change.id.as_str()))
        }
        Event::VerificationRecorded(verification) => {
            format!(
                "{} changes verified: {}",
                verification.changes.len(),
                word(&verification.verdict)
            )
        }
        Event::ArtifactRecorded(known) => {
            let name = known
                .name
                .as_ref()
                .map(|name| format!(" {}", named(name.as_str())));
            let kind = named(known.kind.as_str());
            format!("{kind}{} known by its digest", name.unwrap_or_default())
        }
        Event::ReviewRecorded(review) => {
            let (count, by) = (review.changes.len(), named(&review.by.to_string()));
            format!("{count} changes read by {by}: {}", word(&review.verdict))
        }
        Event::Deployed(deploy) => {
            let (id, to) = (
                named(deploy.id.as_str()),
                named(deploy.environment.as_str()),
            );
            format!("deploy {id} to {to}")
        }
        Event::IncidentReported(incident) => {
            format!("incident {} reported", named(incident.id.as_str()))
        }
        Event::StandoffOpened(standoff) => {
            let [undone, undid] = &standoff.changes;
            format!(
                "changes {} and {} fight over {} paths; a person is asked",
                named(undone.as_str()),
                named(undid.as_str()),
                standoff.paths.len()
            )
        }
        Event::IncidentResolved(end) => {
            let id = named(end.incident.as_str());
            format!(
                "incident {id} is over, caused by {} changes",
                end.causes.len()
            )
        }
        Event::TextsErased { texts } => format!("{} texts erased", texts.len()),
        Event::Recovered { incarnation } => format!("recovered: incarnation {incarnation}"),
        Event::Checkpointed { ver, .. } => format!("checkpoint of version {ver}"),
    }
}

fn of_run(event: &RunEvent) -> String {
    match event {
        RunEvent::LoopDefined(defined) => {
            let card = &defined.card;
            let (id, owner) = (named(card.id.as_str()), named(card.owner.as_str()));
            format!("loop {id} registered, owned by {owner}")
        }
        RunEvent::LoopStood(stood) => {
            let (id, by) = (named(stood.id.as_str()), named(&stood.by.to_string()));
            format!("loop {id} is {} by {by}", stood.standing.as_str())
        }
        RunEvent::Signalled(signal) => {
            let (name, key) = (named(signal.name.as_str()), named(signal.key.as_str()));
            format!("signal {name} for {key}")
        }
        RunEvent::Started(started) => {
            let of = started
                .loop_id
                .as_ref()
                .map(|id| format!(" of loop {}", named(id.as_str())));
            format!(
                "run {} started{}",
                named(started.run.as_str()),
                of.unwrap_or_default()
            )
        }
        RunEvent::Beat { run, live_until } => {
            format!("run {} alive until {live_until}", named(run.as_str()))
        }
        RunEvent::IterationBegun { run } => {
            format!("run {} began an iteration", named(run.as_str()))
        }
        RunEvent::IterationEnded(ended) => {
            let failed = ended.gates.iter().filter(|gate| !gate.passed).count();
            let gates = ended.gates.len();
            format!(
                "run {} ended an iteration: {failed} of {gates} gates fail",
                named(ended.run.as_str())
            )
        }
        RunEvent::VerificationAsked { run } => {
            format!("run {} asked to be verified", named(run.as_str()))
        }
        RunEvent::SentBack { run } => {
            format!("run {} was sent back by its checker", named(run.as_str()))
        }
        RunEvent::Awaited(wait) => {
            let (run, name) = (named(wait.run.as_str()), named(wait.name.as_str()));
            format!(
                "run {run} waits for signal {name} for {}",
                named(wait.key.as_str())
            )
        }
        RunEvent::Halted(halted) => {
            format!(
                "run {} begins no iteration any more",
                named(halted.run.as_str())
            )
        }
        RunEvent::Finished(finished) => {
            format!(
                "run {} finished: {}",
                named(finished.run.as_str()),
                word(&finished.outcome)
            )
        }
    }
}

fn of_claim(event: &ClaimEvent) -> String {
    match event {
        ClaimEvent::Granted(granted) => {
            let served = if granted.served.is_some() {
                ", served from the queue"
            } else {
                ""
            };
            format!("{}{served}", grant(granted))
        }
        ClaimEvent::Renewed { leases } => format!("{} leases renewed", leases.len()),
        ClaimEvent::Narrowed { token, specs } => format!("{token} narrowed to {}", places(specs)),
        ClaimEvent::Ended { token, how } => match how {
            ClaimEnd::Released => format!("{token} released"),
            ClaimEnd::Revoked { .. } => format!("{token} revoked"),
        },
        ClaimEvent::HandedOver { token, to } => format!("{token} handed over: {}", grant(to)),
        ClaimEvent::Queued(queued) => {
            let (run, places) = (named(queued.run.as_str()), places(&queued.specs));
            format!("run {run} waits for {} on {places}", mode(queued.mode))
        }
        ClaimEvent::Blocked { wait, by } => {
            format!("{wait} still waits, behind {} others", by.len())
        }
        ClaimEvent::WaitEnded { wait, why } => match why {
            WaitEnd::Withdrawn => format!("{wait} withdrawn"),
            WaitEnd::RunEnded => format!("{wait} dropped: its run ended"),
        },
        ClaimEvent::Noticed { run, notice } => {
            let (run, from) = (named(run.as_str()), named(notice.from_run.as_str()));
            format!("run {run} told of run {from}: {}", word(&notice.outcome))
        }
        ClaimEvent::Seen { run, seq } => {
            format!("run {} read its notices to {seq}", named(run.as_str()))
        }
    }
}

fn grant(granted: &Granted) -> String {
    let Granted {
        token,
        run,
        mode: granted,
        specs,
        ..
    } = granted;
    format!(
        "{token} granted to run {}: {} on {}",
        named(run.as_str()),
        mode(*granted),
        places(specs)
    )
}

/// A word as the journal has it.
pub(super) fn word(word: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(word).unwrap_or_default();
    json.trim_matches('"').replace('_', " ")
}
