//! Decisions by the policy: actions and claims before they are done, the yeses of people, exceptions,
//! and what is spent.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Coordinator;
use super::decide::Decision;
use super::event::Event;
use super::hot_facts::{HotHistory, holds_hard};
use super::reply::Reply;
use super::state::State;
use super::verification::finishing;
use crate::claim::{Mode, SpecRequest};
use crate::error::{Code, Error};
use crate::ledger::{LedgerEvent, Limit, Reserve, ReserveReply, Unknown};
use crate::model::{
    Actor, ActorId, ActorKind, Amounts, LimitId, RepoId, ReservationId, RunId, TextRef, Timestamp,
    Token,
};
use crate::path::{PathRules, PathSetSource};
use crate::policy::{
    self, Action, Answer, BREAK_GLASS_MS_MAX, Bound, Decided, Effect, Exception, Facts, Field,
    Format, LimitRule, PolicyEvent, PolicySet, Recording, Request, SetDocument, Standing, Targets,
    Terms, UNREVIEWED_LINES, Verb, WAIVER_MS_MAX, WAIVERS_MAX, WaiverScope, Way, Who, Written,
};
use crate::run::{RunRow, StopReason};

/// For how long a done action holds what it counts towards limits before that counts for good, in
/// milliseconds: one hour, within which it can be given back.
const DEED_TTL_MS: u64 = 60 * 60 * 1_000;
/// The most bytes of a policy document that a journal takes.
pub const POLICY_TEXT_BYTES_MAX: usize = 512 * 1024;
/// The most bytes of a signature.
pub const SIGNATURE_BYTES_MAX: usize = 8 * 1024;

/// An action with what was decided about it.
pub(super) struct Governed {
    action: Action,
    written: Written,
    pub(super) decision: policy::Decision,
}

impl State {
    /// Fills in what the coordinator knows of an action: the branch that work lands on, the run.
    fn resolved(&self, action: &Action) -> Result<(Action, PathRules), Error> {
        let mut action = action.clone();
        let mut rules = PathRules::default();
        if let Some(id) = &action.repo {
            let repo = self.repos.require(id)?;
            rules = repo.rules;
            let lands = action
                .verb
                .carries()
                .is_none_or(|fields| fields.has(Field::Branch));
            if action.branch.is_none() && lands {
                action.branch = Some(repo.default_branch.clone());
            }
        }
        Ok((action, rules))
    }

    pub(super) fn govern(
        &self,
        policy: &PolicySet,
        action: &Action,
        at: Timestamp,
    ) -> Result<Governed, Error> {
        let who = self.who(action, policy)?;
        self.govern_as(policy, action, &who, at)
    }

    /// [`State::govern`] on behalf of somebody.
    pub(super) fn govern_as(
        &self,
        policy: &PolicySet,
        action: &Action,
        who: &Who,
        at: Timestamp,
    ) -> Result<Governed, Error> {
        let (mut action, rules) = self.resolved(action)?;
        if policy.asks_unreviewed() {
            let lines = self.unreviewed_lines(&action, rules);
            let _ = match lines {
                Some(lines) => action.facts.insert(UNREVIEWED_LINES.to_owned(), lines),
                None => action.facts.remove(UNREVIEWED_LINES),
            };
        }
        let history = HotHistory::of(self, &action, who, rules);
        let recording = Recording::of(who, &history, &history);
        let approvals = self.policy.approvals(&action, rules, at)?;
        let waivers = self.policy.waivers(rules, at)?;
        let facts = Facts {
            who,
            rules,
            approvals: &approvals,
            waivers: &waivers,
            history: &recording,
            spend: &recording,
        };
        let decision = policy.decide(&action, &facts, at)?;
        let written = recording.into_written();
        Ok(Governed {
            action,
            written,
            decision,
        })
    }
}

impl Coordinator {
    /// Would this action be allowed? A pure question: nothing is recorded, and nobody is asked.
    ///
    /// # Errors
    /// `no_policy` before one was set, and those of [`PolicySet::decide`].
    pub fn check(&self, action: &Action, now: Timestamp) -> Result<policy::Decision, Error> {
        self.check_usable()?;
        let at = now.max(self.state.at);
        let policy = self.state.require_policy()?;
        Ok(self.state.govern(policy, action, at)?.decision)
    }
}

impl Coordinator {
    /// Where the policy that holds says a service's code is; nothing where it names no paths, or where
    /// it names no repository and there is more than one.
    pub fn paths_of_service(&self, service: &ActorId) -> Option<(RepoId, PathSetSource)> {
        self.state.paths_of_service(service)
    }

    /// The services of the policy that holds with their code, then the teams with what they own; the
    /// paths of an area that names no repository are those of the only one.
    pub fn areas(&self) -> Vec<(ActorId, RepoId, PathSetSource)> {
        let Ok(Some(policy)) = self.state.policy.policy() else {
            return Vec::new();
        };
        let document = policy.document();
        let services = document.services.keys().filter_map(|service| {
            let (repo, paths) = self.paths_of_service(service)?;
            Some((service.clone(), repo, paths))
        });
        let owned = document.owners.areas.iter().flat_map(|area| {
            let repo = area.repo.clone().or_else(|| self.state.only_repo());
            area.teams.iter().filter_map(move |team| {
                let team = ActorId::new(team.as_str()).ok()?;
                Some((team, repo.clone()?, area.paths.clone()))
            })
        });
        services.chain(owned).collect()
    }
}

impl State {
    pub(super) fn paths_of_service(&self, service: &ActorId) -> Option<(RepoId, PathSetSource)> {
        let policy = self.policy.policy().ok()??;
        let service = policy.document().services.get(service)?;
        let repo = service.repo.clone().or_else(|| self.only_repo())?;
        let paths = service.paths.clone();
        (!paths.has_no_pattern()).then_some((repo, paths))
    }

    /// The repository, where there is one alone.
    fn only_repo(&self) -> Option<RepoId> {
        let mut repos = self.repos.iter();
        let only = repos.next().filter(|_| repos.next().is_none());
        only.map(|repo| repo.id.clone())
    }

    pub(super) fn require_policy(&self) -> Result<&PolicySet, Error> {
        self.policy.policy()?.ok_or_else(|| {
            let message = "no policy was set; a person sets one, or go on without asking";
            Error::new(Code::NoPolicy, message)
        })
    }
}

impl Decision<'_> {
    pub(super) fn set_policy(
        &mut self,
        name: &str,
        format: Format,
        text: &str,
    ) -> Result<Reply, Error> {
        if text.len() > POLICY_TEXT_BYTES_MAX {
            let (max, got) = (POLICY_TEXT_BYTES_MAX as u64, text.len() as u64);
            return Err(Error::limit("text", "POLICY_TEXT_BYTES_MAX", max, got));
        }
        // A name is shown wherever a rule is; it is held to what an id is held to.
        ActorId::new(name).map_err(|why| why.about("name"))?;
        let policy = PolicySet::load_named(name, text, format)?;
        let limits = policy.document().limits.iter();
        let limits = limits.map(|limit| in_ledger(limit, &policy));
        let limits = limits.collect::<Result<_, Error>>()?;
        let limits = self.state.ledger.set_limits(limits)?;
        self.others
            .push(Event::Policy(PolicyEvent::Set(Box::new(SetDocument {
                name: name.to_owned(),
                format,
                text: text.to_owned(),
                digest: policy.digest(),
                by: self.command.actor.clone(),
            }))));
        self.others.push(Event::Ledger(limits));
        Ok(Reply::PolicySet {
            digest: policy.digest(),
            rules: policy.document().rules.len() as u64,
            limits: policy.document().limits.len() as u64,
        })
    }

    pub(super) fn propose_action(
        &mut self,
        action: &Action,
        intent: Option<&str>,
    ) -> Result<Reply, Error> {
        let state = self.state;
        let policy = state.require_policy()?;
        let action = self.acted(action)?;
        let intent = self.text("intent", intent)?;
        let governed = state.govern(policy, &action, self.at)?;
        let id = self.next_name();
        let request = self.record(policy, &governed, id, intent)?;
        if governed.decision.passes {
            self.use_up(&governed, id);
            self.count(policy, &governed, id)?;
        }
        Ok(Reply::ActionDecided {
            decision: Box::new(governed.decision),
            id,
            request,
        })
    }

    /// Decides by the policy whether a run may call itself done. Answers what stops it.
    pub(super) fn govern_done(
        &mut self,
        run: &RunId,
        row: &RunRow,
    ) -> Result<Option<Reply>, Error> {
        let state = self.state;
        let Some(policy) = state.policy.policy()? else {
            return Ok(None);
        };
        let governed = state.govern(policy, &finishing(run, row), self.at)?;
        let id = self.next_name();
        if governed.decision.passes {
            self.use_up(&governed, id);
            return Ok(None);
        }
        let requests = self.record(policy, &governed, id, None)?;
        Ok(Some(Reply::NotAllowed {
            decision: Box::new(governed.decision),
            id,
            requests: requests.into_iter().collect(),
        }))
    }

    /// Decides a claim by the policy before it is drafted. `Ok(Err(reply))` where it may not be made.
    pub(super) fn govern_claim(
        &mut self,
        run: &RunId,
        specs: &[SpecRequest],
        mode: Mode,
        intent: Option<TextRef>,
    ) -> Result<Result<Allowed, Reply>, Error> {
        let state = self.state;
        let Some(policy) = state.policy.policy()? else {
            return Ok(Ok(Allowed::default()));
        };
        let verb = match mode {
            Mode::Plan => Verb::Plan,
            Mode::Read => Verb::Read,
            Mode::Write | Mode::Exclusive => Verb::Edit,
        };
        let mut stopped = Vec::new();
        let mut uses = BTreeSet::new();
        for (place, spec) in specs.iter().enumerate() {
            let mut action = Action::new(verb.clone());
            action.repo = Some(spec.repo.clone());
            action.branch = spec.branch.clone();
            action.targets = Some(match spec.paths.include.is_empty() {
                true => Targets::Paths(Vec::new()),
                false => Targets::Set(spec.paths.clone()),
            });
            action.resources = Some(spec.resources.clone());
            action.run = Some(run.clone());
            action.actor = Some(self.command.actor.clone());
            let governed = state
                .govern(policy, &action, self.at)
                .map_err(|why| why.within(&format!("specs[{place}]")))?;
            match governed.decision.passes {
                true => uses.extend(governed.decision.approved_by.iter().copied()),
                false => stopped.push(governed),
            }
        }
        if stopped.is_empty() {
            return Ok(Ok(Allowed {
                governed: true,
                uses,
            }));
        }
        let mut requests = Vec::new();
        let mut names = Vec::new();
        for governed in &stopped {
            let id = self.next_name();
            requests.extend(self.record(policy, governed, id, intent)?);
            names.push(id);
        }
        let named = names.into_iter().zip(stopped);
        let strictest = named.max_by_key(|(_, governed)| governed.decision.verdict);
        let Some((id, governed)) = strictest else {
            return Ok(Ok(Allowed::default()));
        };
        Ok(Err(Reply::NotAllowed {
            decision: Box::new(governed.decision),
            id,
            requests,
        }))
    }

    /// Uses up the yeses that let a claim pass.
    pub(super) fn used_by_claim(&mut self, allowed: Allowed) {
        if !allowed.uses.is_empty() {
            let decision = self.next_name();
            let requests = allowed.uses;
            self.policy_event(PolicyEvent::Used { decision, requests });
        }
    }

    pub(super) fn give_back(&mut self, decision: Token) -> Result<Reply, Error> {
        let (state, at) = (self.state, self.at);
        let mut makers = BTreeSet::new();
        let mut requests = BTreeSet::new();
        for (id, row) in state.policy.requests() {
            if row.used.contains(&decision) && at < row.request.until {
                makers.extend(row.request.action.run().cloned());
                requests.insert(id);
            }
        }
        let name = deed_name(decision)?;
        let deed = state.ledger.reservation(&name);
        let deed = deed.filter(|deed| at < deed.lapses_at && deed.ended_at.is_none());
        makers.extend(deed.as_ref().map(|deed| deed.run.clone()));
        let counted = match deed {
            Some(_) => state.ledger.cancel(&name)?,
            None => Vec::new(),
        };
        if !makers.iter().all(|maker| self.works_with(maker)) {
            let message = "another run's work used this decision";
            return Err(Error::at(Code::NotPermitted, "decision", message));
        }
        if requests.is_empty() && counted.is_empty() {
            let message = "no decision of this name used a yes or counted towards a limit that can still \
                           be given back";
            return Err(Error::at(Code::NotFound, "decision", message));
        }
        self.others.extend(counted.into_iter().map(Event::Ledger));
        let given = requests.iter().copied().collect();
        if !requests.is_empty() {
            self.policy_event(PolicyEvent::GivenBack { decision, requests });
        }
        Ok(Reply::GivenBack { requests: given })
    }

    pub(super) fn answer_request(
        &mut self,
        request: Token,
        yes: bool,
        note: Option<&str>,
        signature: Option<&str>,
    ) -> Result<Reply, Error> {
        let by = &self.command.actor;
        let row = self.state.policy.request(request).ok_or_else(|| {
            let message = format!("there is no request {request}");
            Error::at(Code::NotFound, "request", message)
        })?;
        self.check_outside(by, row.request.action.run())?;
        let got = signature.map_or(0, str::len);
        if got > SIGNATURE_BYTES_MAX {
            let max = SIGNATURE_BYTES_MAX as u64;
            return Err(Error::limit(
                "signature",
                "SIGNATURE_BYTES_MAX",
                max,
                got as u64,
            ));
        }
        let answers = match yes {
            true => row.with_yes(by, self.at)?,
            false => row.check_no(by, self.at).map(|()| BTreeSet::new())?,
        };
        let mut answered: BTreeSet<ActorId> = row.answered.clone();
        answered.extend(answers.iter().cloned());
        let standing = match yes {
            false => Standing::Rejected,
            true if row.request.rules.keys().all(|rule| answered.contains(rule)) => {
                Standing::Approved
            }
            true => Standing::Open,
        };
        if !yes && let Some(run) = row.request.action.run() {
            self.halt(run, StopReason::ApprovalRefused { request });
        }
        let by = by.clone();
        let note = self.text(if yes { "note" } else { "reason" }, note)?;
        self.policy_event(PolicyEvent::Answered(Box::new(Answer {
            request,
            by,
            yes,
            note,
            signature: signature.map(str::to_owned),
            answers,
        })));
        Ok(Reply::RequestAnswered {
            request,
            standing,
            answered: answered.into_iter().collect(),
        })
    }

    /// An approver stands outside the tree of runs that asks.
    fn check_outside(&self, by: &Actor, maker: Option<&RunId>) -> Result<(), Error> {
        let inside = match (&by.run, maker) {
            (Some(own), Some(maker)) => self.state.root_of(own) == self.state.root_of(maker),
            _ => false,
        };
        if !inside {
            return Ok(());
        }
        let message = "this run is in the tree of runs that asks; answer from outside of it";
        Err(Error::at(Code::NotPermitted, "actor.run", message))
    }

    pub(super) fn waive(
        &mut self,
        rules: Option<&BTreeSet<ActorId>>,
        scope: &WaiverScope,
        ttl_ms: u64,
        reason: &str,
    ) -> Result<Reply, Error> {
        let policy = self.state.require_policy()?;
        let (name, max) = match rules {
            Some(_) => ("WAIVER_MS_MAX", WAIVER_MS_MAX),
            None => ("BREAK_GLASS_MS_MAX", BREAK_GLASS_MS_MAX),
        };
        if ttl_ms > max {
            return Err(Error::limit("ttl_ms", name, max, ttl_ms));
        }
        if ttl_ms == 0 {
            let message = "an exception holds for some time";
            return Err(Error::at(Code::InvalidField, "ttl_ms", message));
        }
        if rules.is_some_and(BTreeSet::is_empty) {
            let message = "name the rules that it lifts";
            return Err(Error::at(Code::InvalidField, "rules", message));
        }
        for rule in rules.into_iter().flatten() {
            if !policy.has_rule(rule) {
                let message = format!("the policy has no rule {rule} that can be waived");
                return Err(Error::at(Code::NotFound, "rules", message));
            }
        }
        if let Some(repo) = &scope.repo {
            self.state.repos.require(repo)?;
        }
        if let Some(paths) = &scope.paths {
            let repo = scope
                .repo
                .as_ref()
                .and_then(|repo| self.state.repos.get(repo));
            let under = repo.map(|repo| repo.rules).unwrap_or_default();
            crate::path::PathSet::compile(paths, under).map_err(|why| why.within("scope.paths"))?;
        }
        let live = self.state.policy.exceptions(self.at).count();
        if live >= WAIVERS_MAX {
            let (max, got) = (WAIVERS_MAX as u64, live as u64 + 1);
            return Err(Error::limit("rules", "WAIVERS_MAX", max, got));
        }
        let reason = self
            .text("reason", Some(reason))?
            .ok_or_else(|| Error::at(Code::MissingField, "reason", "say why"))?;
        let id = self.next_name();
        let until = self.at.plus_ms(ttl_ms);
        self.policy_event(PolicyEvent::Waived(Box::new(Exception {
            id,
            rules: rules.cloned(),
            scope: scope.clone(),
            until,
            by: self.command.actor.clone(),
            reason,
        })));
        Ok(Reply::Waived { id, until })
    }

    pub(super) fn reserve(
        &mut self,
        id: &ReservationId,
        estimate: &Amounts,
        ttl_ms: u64,
    ) -> Result<Reply, Error> {
        let state = self.state;
        let run = self.live_run()?;
        let mut action = Action::new(Verb::Spend);
        action.estimate = Some(estimate.clone());
        action.run = Some(run.clone());
        action.actor = Some(self.command.actor.clone());
        let policy = state.policy.policy()?;
        let governed = policy
            .map(|policy| state.govern(policy, &action, self.at))
            .transpose()?;
        let charges = match policy {
            None => Vec::new(),
            Some(policy) => {
                let who = state.who(&action, policy)?;
                charges(state, policy, &action, &who)?
            }
        };
        let ask = Reserve {
            id: id.clone(),
            run: run.clone(),
            charges,
            estimate: estimate.clone(),
            ttl_ms,
        };
        let reserved = state.ledger.reserve(&ask, self.at)?;
        let granted = matches!(reserved.reply, ReserveReply::Granted { .. });
        if let (true, Some(policy), Some(governed)) = (granted, policy, &governed)
            && !governed.decision.passes
        {
            let id = self.next_name();
            let requests = self.record(policy, governed, id, None)?;
            return Ok(Reply::NotAllowed {
                decision: Box::new(governed.decision.clone()),
                id,
                requests: requests.into_iter().collect(),
            });
        }
        if granted && let Some(governed) = &governed {
            let id = self.next_name();
            self.use_up(governed, id);
        }
        self.ledger_events(reserved.events);
        Ok(Reply::Reservation {
            reservation: reserved.reply,
            governed: policy.is_some(),
        })
    }

    pub(super) fn settle(&mut self, id: &ReservationId, actual: &Amounts) -> Result<Reply, Error> {
        self.check_own_reservation(id)?;
        let events = self.state.ledger.settle(id, actual, self.at)?;
        self.ledger_events(events);
        Ok(Reply::ReservationEnded { id: id.clone() })
    }

    pub(super) fn cancel_reservation(&mut self, id: &ReservationId) -> Result<Reply, Error> {
        self.check_own_reservation(id)?;
        let events = self.state.ledger.cancel(id)?;
        self.ledger_events(events);
        Ok(Reply::ReservationEnded { id: id.clone() })
    }

    /// A loop settles what its own work reserved; people and services may settle any.
    fn check_own_reservation(&self, id: &ReservationId) -> Result<(), Error> {
        let Some(reservation) = self.state.ledger.reservation(id) else {
            return Ok(());
        };
        if self.works_with(&reservation.run) {
            return Ok(());
        }
        let message = "another run's work made this reservation";
        Err(Error::at(Code::NotPermitted, "id", message))
    }

    /// Does the sender work with this run: in it, above it or below it? People and services may speak
    /// of any.
    fn works_with(&self, run: &RunId) -> bool {
        let actor = &self.command.actor;
        let lineage = self.state.runs.lineage();
        let own = actor
            .run
            .as_ref()
            .is_some_and(|own| lineage.is_same_work(own, run) || lineage.is_same_work(run, own));
        own || actor.kind != ActorKind::Loop
    }

    /// The action as the sender does it: nobody but a service speaks for others.
    fn acted<'c>(&self, action: &'c Action) -> Result<Cow<'c, Action>, Error> {
        let sender = &self.command.actor;
        let speaks_for_others = sender.kind == ActorKind::Service;
        let refuse = |field: &str| {
            let message = "only a service proposes actions of others";
            Err(Error::at(Code::NotPermitted, field, message))
        };
        if !speaks_for_others {
            if action.actor.as_ref().is_some_and(|actor| actor != sender) {
                return refuse("action.actor");
            }
            if action.run.is_some() && action.run != sender.run {
                return refuse("action.run");
            }
        }
        let mut action = Cow::Borrowed(action);
        if action.actor.is_none() {
            action.to_mut().actor = Some(sender.clone());
        }
        if let Some(run) = action.run() {
            self.state.runs.require_live(run, self.at)?;
        }
        Ok(action)
    }

    /// Records what was decided, and asks for a yes where one would do. Answers the request.
    fn record(
        &mut self,
        policy: &PolicySet,
        governed: &Governed,
        id: Token,
        intent: Option<TextRef>,
    ) -> Result<Option<Token>, Error> {
        let Governed {
            action,
            written,
            decision,
        } = governed;
        self.refuse_reversal(action, decision)?;
        let rules = decision.reasons.iter().map(|reason| reason.rule.id.clone());
        self.policy_event(PolicyEvent::Decided(Box::new(Decided {
            id,
            action: action.clone(),
            facts: written.clone(),
            verdict: decision.verdict,
            passes: decision.passes,
            rules: rules.collect(),
            policy: decision.policy,
        })));
        if decision.verdict != Effect::RequireApproval {
            return Ok(None);
        }
        let Some(bound) = Bound::of(action) else {
            return Ok(None);
        };
        if let Some(open) = self.state.policy.open_request(&bound, self.at) {
            return Ok(Some(open));
        }
        if !self.state.policy.has_room(self.at) {
            let max = policy::REQUESTS_MAX as u64;
            return Err(Error::limit("action", "REQUESTS_MAX", max, max + 1));
        }
        let asks = decision.would_allow.iter().filter_map(|way| match way {
            Way::Approval { rule, terms } => Some((rule.clone(), terms.clone())),
            _ => None,
        });
        let rules: BTreeMap<ActorId, Terms> = asks.collect();
        let Some(expires_ms) = rules.values().map(|terms| terms.expires_ms).min() else {
            return Ok(None);
        };
        let uses = rules.values().filter_map(|terms| terms.uses).min();
        let targets = decision.reasons.iter().flat_map(|reason| &reason.targets);
        let team = written.who.team.value().cloned();
        let teams = &policy.document().owners.teams;
        let own = team.as_ref().and_then(|team| teams.get(team));
        let id = self.next_name();
        self.policy_event(PolicyEvent::Asked(Box::new(Request {
            id,
            action: action.clone(),
            bound,
            rules,
            targets: targets.cloned().collect(),
            own: own.map(|team| team.members.clone()).unwrap_or_default(),
            team,
            intent,
            at: self.at,
            until: self.at.plus_ms(expires_ms),
            uses,
        })));
        Ok(Some(id))
    }

    fn use_up(&mut self, governed: &Governed, decision: Token) {
        let requests = governed.decision.approved_by.clone();
        if !requests.is_empty() {
            self.policy_event(PolicyEvent::Used { decision, requests });
        }
    }

    /// Counts a done action towards the limits that count such actions.
    fn count(
        &mut self,
        policy: &PolicySet,
        governed: &Governed,
        decision: Token,
    ) -> Result<(), Error> {
        let Governed {
            action, written, ..
        } = governed;
        let (Some(run), false) = (action.run(), action.verb == Verb::Spend) else {
            return Ok(());
        };
        let charges = charges(self.state, policy, action, &written.who)?;
        if charges.is_empty() {
            return Ok(());
        }
        let ask = Reserve {
            id: deed_name(decision)?,
            run: run.clone(),
            charges,
            estimate: policy.uses(action),
            ttl_ms: DEED_TTL_MS,
        };
        let reserved = self.state.ledger.reserve(&ask, self.at)?;
        self.ledger_events(reserved.events);
        Ok(())
    }

    /// The name that the next decision, request, exception or note of this record gets.
    pub(super) fn next_name(&mut self) -> Token {
        let head = self.state.head;
        let token = Token::new(head.incarnation, head.ver + 1, self.named);
        self.named = self.named.saturating_add(1);
        token
    }

    fn policy_event(&mut self, event: PolicyEvent) {
        self.others.push(Event::Policy(event));
    }

    fn ledger_events(&mut self, events: Vec<LedgerEvent>) {
        self.others.extend(events.into_iter().map(Event::Ledger));
    }
}

/// What the policy said of a claim that may be made.
#[derive(Default)]
pub(super) struct Allowed {
    /// There is a policy.
    pub(super) governed: bool,
    /// The requests whose yeses let it pass.
    uses: BTreeSet<Token>,
}

/// The accounts that an action is charged to.
fn charges(
    state: &State,
    policy: &PolicySet,
    action: &Action,
    who: &Who,
) -> Result<Vec<crate::ledger::Charge>, Error> {
    let limits = policy.limits_on(action, who)?;
    let charges = limits.into_iter().map(|limit| {
        state.charge(limit, who, action.run()).ok_or_else(|| {
            let message = format!("limit {} counts over what nobody can name here", limit.id);
            Error::at(Code::MissingField, "actor.run", message)
        })
    });
    charges.collect()
}

/// A limit as the ledger holds it. One that only asks or advises is counted there without a bound.
fn in_ledger(limit: &LimitRule, policy: &PolicySet) -> Result<Limit, Error> {
    let hard = holds_hard(limit, policy);
    Ok(Limit {
        id: LimitId::new(limit.id.as_str())?,
        level: limit.level,
        unit: limit.unit,
        max: if hard {
            limit.max
        } else {
            crate::model::AMOUNT_MAX
        },
        per: limit.per,
        unknown: match limit.floor {
            Some(floor) => Unknown::Floor(floor),
            None if hard => Unknown::Refuse,
            None => Unknown::Floor(0),
        },
        warn_at_percent: limit.warn_at.filter(|_| hard),
    })
}

fn deed_name(decision: Token) -> Result<ReservationId, Error> {
    ReservationId::new(&format!("decision {decision}"))
}
