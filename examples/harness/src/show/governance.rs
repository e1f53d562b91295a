//! Decisions, requests, exceptions and spend as text for people.

use loom_core::ledger::{LedgerEvent, ReserveReply, Spend};
use loom_core::model::{ActorId, Timestamp, Token, Unit};
use loom_core::policy::{Decision, Effect, PolicyEvent, Standing, Terms};
use loom_core::view::{named, quoted};
use loom_core::wire::{ExceptionView, RequestView};

use super::{Page, WORDS_CHARS_MAX, moment};

/// What was decided, alone on a page.
pub(crate) fn decision(decision: &Decision, at: Timestamp) -> String {
    let mut page = Page::new(at);
    page.decision(decision);
    page.text.trim_end().to_owned()
}

/// Requests for a yes.
pub(crate) fn requests(requests: &[RequestView], more: u64, at: Timestamp) -> String {
    let mut page = Page::new(at);
    if requests.is_empty() {
        page.line("nobody is asked for anything");
    }
    for request in requests {
        page.request(request);
    }
    if more > 0 {
        page.line(&format!("and {more} more"));
    }
    page.text.trim_end().to_owned()
}

/// Exceptions that hold.
pub(crate) fn exceptions(exceptions: &[ExceptionView], at: Timestamp) -> String {
    let mut page = Page::new(at);
    for exception in exceptions {
        let what = match &exception.rules {
            None => "GLASS BROKEN: no rule holds".to_owned(),
            Some(rules) => format!("from {}", names(rules.iter())),
        };
        page.row("exception", &format!("{} {what}", exception.id));
        page.row("by", &named(&exception.by.to_string()));
        page.row("until", &moment(exception.until, at));
        if let Some(reason) = &exception.reason.text {
            page.row("because", &quoted(reason, WORDS_CHARS_MAX));
        }
    }
    page.text.trim_end().to_owned()
}

/// What counts towards limits.
pub(crate) fn spend(spend: &[Spend], more: u64, at: Timestamp) -> String {
    let mut page = Page::new(at);
    if spend.is_empty() {
        page.line("nothing counts towards a limit now");
    }
    for row in spend {
        let (unit, taken) = (row.unit, row.max.saturating_sub(row.left));
        let of = format!(
            "{} of {}, by {} {}",
            amount(unit, taken),
            amount(unit, row.max),
            row.level.as_str(),
            named(row.holder.as_str())
        );
        page.row(&named(row.limit.as_str()), &of);
        let parts = format!(
            "{} spent, {} reserved, {} beyond what was reserved",
            amount(unit, row.settled),
            amount(unit, row.reserved),
            amount(unit, row.debt)
        );
        page.row("", &parts);
        if row.ends_at < Timestamp::MAX {
            page.row("until", &moment(row.ends_at, at));
        }
    }
    if more > 0 {
        page.line(&format!("and {more} more"));
    }
    page.text.trim_end().to_owned()
}

/// A policy event in a few words, for the log.
pub(super) fn policy_event(event: &PolicyEvent) -> String {
    match event {
        PolicyEvent::Set(document) => {
            let (name, by) = (named(&document.name), named(&document.by.to_string()));
            format!("policy {name} set by {by}")
        }
        PolicyEvent::Decided(decided) => {
            let rules = names(decided.rules.iter());
            let verdict = verdict(decided.verdict);
            format!("{}: {verdict} ({rules})", decided.action.verb)
        }
        PolicyEvent::Asked(request) => {
            let rules = names(request.rules.keys());
            format!("request {} for a yes: {rules}", request.id)
        }
        PolicyEvent::Answered(answer) => {
            let by = named(&answer.by.to_string());
            let said = if answer.yes { "approved" } else { "rejected" };
            format!("request {} {said} by {by}", answer.request)
        }
        PolicyEvent::Used { requests, .. } => format!("{} approvals used", requests.len()),
        PolicyEvent::GivenBack { requests, .. } => {
            format!("{} approvals given back", requests.len())
        }
        PolicyEvent::Waived(exception) => {
            let by = named(&exception.by.to_string());
            match &exception.rules {
                None => format!("GLASS BROKEN by {by} until {}", exception.until),
                Some(rules) => {
                    let rules = names(rules.iter());
                    format!("{rules} waived by {by} until {}", exception.until)
                }
            }
        }
    }
}

/// An event of the ledger in a few words, for the log.
pub(super) fn ledger_event(event: &LedgerEvent) -> String {
    match event {
        LedgerEvent::LimitsSet { limits } => format!("{} limits hold", limits.len()),
        LedgerEvent::Reserved { id, run, .. } => {
            let (id, run) = (named(id.as_str()), named(run.as_str()));
            format!("reservation {id} by run {run}")
        }
        LedgerEvent::Settled { id, .. } => format!("reservation {} settled", named(id.as_str())),
        LedgerEvent::Cancelled { id } => format!("reservation {} cancelled", named(id.as_str())),
        LedgerEvent::Warned {
            charge, taken, max, ..
        } => {
            let (limit, holder) = (named(charge.limit.as_str()), named(charge.holder.as_str()));
            format!("limit {limit} of {holder}: {taken} of {max} are taken")
        }
    }
}

impl Page {
    /// The decision in the words that the core has for a person.
    pub(super) fn decision(&mut self, decision: &Decision) {
        for line in decision.for_person().lines() {
            self.line(line);
        }
    }

    pub(super) fn requests(&mut self, requests: &[Token]) {
        for request in requests {
            self.row("asked", &format!("for a yes: {request}"));
        }
    }

    pub(super) fn answered(&mut self, request: Token, standing: Standing, rules: &[ActorId]) {
        self.row(word(standing), &format!("request {request}"));
        if standing == Standing::Open && !rules.is_empty() {
            self.row("answered", &names(rules.iter()));
        }
    }

    pub(super) fn reservation(&mut self, reservation: &ReserveReply) {
        match reservation {
            ReserveReply::Granted { lapses_at } => {
                self.row(
                    "reserved",
                    &format!("until {}", moment(*lapses_at, self.at)),
                );
            }
            ReserveReply::Refused { short, room_at } => {
                self.line("refused: there is no room");
                for row in short {
                    let taken = row.settled.saturating_add(row.reserved);
                    let taken = taken.saturating_add(row.debt);
                    let text = format!(
                        "{} of {} are taken, {} were asked for, by {}",
                        amount(row.unit, taken),
                        amount(row.unit, row.max),
                        amount(row.unit, row.asked),
                        named(row.holder.as_str())
                    );
                    self.row(&named(row.limit.as_str()), &text);
                }
                if let Some(at) = room_at {
                    self.row("again", &moment(*at, self.at));
                }
            }
            ReserveReply::UnknownEstimate { charge, unit } => {
                let limit = named(charge.limit.as_str());
                self.line(&format!(
                    "refused: limit {limit} counts {}, and nobody estimated it",
                    unit.as_str()
                ));
            }
        }
    }

    fn request(&mut self, request: &RequestView) {
        self.row(word(request.standing), &request.id.to_string());
        let action = &request.action;
        let by = action.actor.as_ref().map(|actor| named(&actor.to_string()));
        let run = action.run().map(|run| named(run.as_str()));
        let who = by.unwrap_or_else(|| "somebody".to_owned());
        let run = run.map(|run| format!(" in run {run}")).unwrap_or_default();
        self.row("wants", &format!("{who}{run} to {}", action.verb));
        for target in &request.targets {
            self.row("on", &named(target));
        }
        if let Some(command) = &action.command {
            self.row("line", &quoted(command, WORDS_CHARS_MAX));
        }
        if let Some(digest) = &action.digest {
            self.row("digest", &digest.to_string());
        }
        if let Some(text) = request
            .intent
            .as_ref()
            .and_then(|intent| intent.text.as_ref())
        {
            self.row("intent", &quoted(text, WORDS_CHARS_MAX));
        }
        for change in &request.against {
            let id = named(change.id.as_str());
            let by = change.run.as_ref().map(|run| named(run.as_str()));
            let by = by.map(|run| format!(" of run {run}")).unwrap_or_default();
            self.row(
                "against",
                &format!("change {id}{by}, {}", moment(change.at, self.at)),
            );
            if let Some(text) = change.intent.as_ref().and_then(|it| it.text.as_ref()) {
                self.row("", &quoted(text, WORDS_CHARS_MAX));
            }
        }
        for (rule, terms) in &request.rules {
            self.row(
                "asks",
                &format!("{}: {}", named(rule.as_str()), people(terms)),
            );
        }
        if !request.yes.is_empty() {
            self.row("yes", &names(request.yes.keys()));
        }
        if let Some(no) = &request.no {
            self.row("no", &named(no.as_str()));
        }
        self.row("until", &moment(request.until, self.at));
    }
}

fn verdict(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allowed",
        Effect::RequireApproval => "needs a person's yes",
        Effect::Deny => "denied",
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Approved => "approved",
        Standing::Rejected => "rejected",
        Standing::Expired => "expired",
    }
}

fn people(terms: &Terms) -> String {
    let who = match terms.people.len() {
        0 => "anybody".to_owned(),
        _ => names(terms.people.iter()),
    };
    let apart = if terms.not_owner {
        ", outside the acting team"
    } else {
        ""
    };
    format!("{} yes from {who}{apart}", terms.count)
}

fn names<'a>(ids: impl Iterator<Item = &'a ActorId>) -> String {
    let names: Vec<String> = ids.map(|id| named(id.as_str())).collect();
    names.join(", ")
}

/// An amount as people read it: dollars for their millionths.
fn amount(unit: Unit, amount: u64) -> String {
    match unit {
        Unit::Microdollars => format!("${}.{:02}", amount / 1_000_000, amount % 1_000_000 / 10_000),
        unit => format!("{amount} {}", unit.as_str().replace('_', " ")),
    }
}
