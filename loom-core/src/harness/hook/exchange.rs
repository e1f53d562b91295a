//! What a payload comes to: which commands are sent, which questions asked, and what is answered at last.
//!
//! An exchange is a value that is asked for its next step over the newest state, and told what came of
//! it. It keeps nothing between two payloads: what a session did before stands in the journal, under the
//! run that bears the session's name.

use super::held::{Writes, claimed_with_yes, covering, specs, uncovered, waits_for_a_yes};
use super::session::{Acting, Checkpoint, Surroundings};
use super::told::{Edit, Moment, Say, Told};
use super::tool::{Does, ToolCall};
use super::{guard, text};
use crate::claim::{ClaimReply, Mode, OnConflict, SpecRequest};
use crate::coordinator::{Answer, Body, Coordinator, NewChange, Reply};
use crate::error::{Code, Error};
use crate::model::{
    Actor, ActorId, Amounts, ChangeId, ChangedFile, MadeBy, RepoId, RunId, Timestamp, Token,
};
use crate::path::{PathSetSource, PatternSource};
use crate::policy::{Action, Decision, Effect, Targets, Verb};
use crate::run::{NextStep, RunOutcome};
use crate::wire::{Query, QueryAnswer, QueryReply};

/// The most steps of one exchange: those of a sub-agent that ends with as many claims as it can have come
/// to less.
pub const STEPS_MAX: usize = 64;
/// How much of a lease, the run's or a claim's, is left when the hooks begin to renew it: half of it.
const RENEWED_BELOW: u64 = 2;

/// What is to be done next.
#[derive(Debug, Clone)]
pub enum Step {
    /// Send this command, then tell [`Exchange::hear`] what came of it.
    Send {
        /// As whom.
        actor: Box<Actor>,
        /// What.
        body: Box<Body>,
    },
    /// Ask this, then tell [`Exchange::hear_answer`].
    Ask(Box<Query>),
    /// The exchange is over.
    Say(Say),
}

/// One payload on its way to an answer.
#[derive(Debug, Clone)]
pub struct Exchange<'a> {
    told: &'a Told,
    around: &'a Surroundings,
    /// What was sent and has to be heard of.
    sent: Option<Sent>,
    heard: Heard,
    steps: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Start,
    Beat,
    Claim,
    Action(usize),
    Change,
    GiveBack,
    HandOver,
    Release,
    Finish,
    Iteration,
    Question,
}

#[derive(Debug, Clone, Default)]
struct Heard {
    started: bool,
    beaten: bool,
    claimed: bool,
    /// How many of the call's actions are decided, and let it pass.
    decided: usize,
    approved: bool,
    asked: bool,
    facts: Option<String>,
    changed: Vec<RepoId>,
    given_back: bool,
    handed: Vec<Token>,
    released: bool,
    not_done: bool,
    notices: Option<String>,
    iterated: bool,
    /// What ends the exchange, whatever else there would be to do.
    end: Option<Say>,
}

impl<'a> Exchange<'a> {
    /// An exchange over a payload.
    pub fn new(told: &'a Told, around: &'a Surroundings) -> Exchange<'a> {
        Exchange {
            told,
            around,
            sent: None,
            heard: Heard::default(),
            steps: 0,
        }
    }

    /// What is to be done next, over the newest state.
    ///
    /// # Errors
    /// `not_permitted` where a person was named as the one who acts, `run_not_live` where the session was
    /// given a run that is over, `limit_exceeded` past [`STEPS_MAX`], and those of the questions that it
    /// asks of the state. All of them mean no.
    pub fn step(&mut self, state: &Coordinator, now: Timestamp) -> Result<Step, Error> {
        if self.around.actor.kind == crate::model::ActorKind::Human {
            let message = "an agent acts as no person";
            return Err(Error::at(Code::NotPermitted, "actor", message));
        }
        self.steps += 1;
        if self.steps > STEPS_MAX {
            let (max, got) = (STEPS_MAX as u64, self.steps as u64);
            return Err(Error::limit("payload", "STEPS_MAX", max, got));
        }
        if let Some(say) = self.heard.end.take() {
            return Ok(Step::Say(say));
        }
        let now = now.max(state.time());
        match &self.told.moment {
            Moment::SessionStarts => self.session_starts(state, now),
            Moment::Prompted => self.prompted(state, now),
            Moment::ToolAsked(call) => self.asked(call, state, now),
            Moment::ToolDone { call, edits } => self.done(call, edits, state, now),
            Moment::ToolFailed(call) => self.failed(call, state, now),
            Moment::AgentStarts => self.with_run(state, now, |_, _| Ok(Step::Say(Say::Nothing))),
            Moment::AgentStops { again } => self.ends(*again, state, now),
            Moment::Stops { again } => self.stops(*again, state, now),
            Moment::Compacts => self.with_run(state, now, |_, _| Ok(Step::Say(Say::Nothing))),
            Moment::SessionEnds | Moment::LoopEnds { .. } => self.ends(true, state, now),
            Moment::IterationStarts | Moment::IterationEnds => self.iterates(state, now),
            Moment::WorktreeAsked { .. } | Moment::WorktreeGone { .. } | Moment::Other => {
                Ok(Step::Say(Say::Nothing))
            }
        }
    }

    /// Hears what came of the command that was sent.
    ///
    /// # Errors
    /// The command's own error, where the exchange cannot go on without it.
    pub fn hear(&mut self, answer: Result<Answer, Error>) -> Result<(), Error> {
        let Some(sent) = self.sent.take() else {
            return Err(Error::new(Code::Internal, "nothing was sent"));
        };
        let answer = match answer {
            Ok(answer) => answer,
            // Recorded, or given back, by the same call told twice.
            Err(why) if sent == Sent::Change && why.code() == Code::AlreadyExists => return Ok(()),
            Err(why) if sent == Sent::GiveBack && why.code() == Code::NotFound => return Ok(()),
            Err(why) => return Err(why),
        };
        let now = answer.at;
        match answer.reply {
            Reply::RunNotStarted { loop_id, .. } => {
                let message = format!("the loop {loop_id} starts no run now");
                return Err(Error::at(Code::RunNotLive, "run", message));
            }
            Reply::Claim { claim, .. } => match claim {
                ClaimReply::Granted { .. } => self.heard.claimed = true,
                refused => self.end(Say::Deny(text::refused(&refused, now))),
            },
            Reply::NotAllowed {
                decision, requests, ..
            } => match sent {
                Sent::Finish => {
                    self.heard.not_done = true;
                    self.not_done(text::decided(&decision, &requests));
                }
                _ => {
                    let say = self.stopped(&decision, &requests);
                    self.end(say);
                }
            },
            Reply::RunNotDone { next, .. } => {
                self.heard.not_done = true;
                self.not_done(text::not_begun(&next));
            }
            Reply::ActionDecided {
                decision, request, ..
            } => {
                if decision.passes {
                    if let Sent::Action(place) = sent {
                        self.heard.decided = place + 1;
                    }
                    self.heard.approved |= !decision.approved_by.is_empty();
                } else {
                    let requests: Vec<Token> = request.into_iter().collect();
                    let say = self.stopped(&decision, &requests);
                    self.end(say);
                }
            }
            Reply::Beaten { notices, .. }
                if !notices.is_empty() && self.heard.notices.is_none() =>
            {
                self.heard.notices = Some(text::notices(&notices, now));
            }
            Reply::ChangeRecorded { undeclared, .. } => {
                if let Some(path) = undeclared.first() {
                    let path = crate::model::quoted(path, 200);
                    self.heard.facts = Some(format!(
                        "loom: {path} was changed without a claim on it, and is recorded so."
                    ));
                }
            }
            Reply::IterationNotBegun { next, .. } => {
                self.end(Say::Deny(text::not_begun(&next)));
            }
            Reply::RunFinished { .. } => self.end(Say::Nothing),
            _ => {}
        }
        Ok(())
    }

    /// Hears the answer to the question that was asked.
    ///
    /// # Errors
    /// The question's own error.
    pub fn hear_answer(&mut self, answer: Result<QueryAnswer, Error>) -> Result<(), Error> {
        self.sent = None;
        match answer?.reply {
            QueryReply::Conflicts { conflicts } => self.heard.facts = text::around(&conflicts),
            QueryReply::Brief { rendered, .. } => self.heard.facts = Some(rendered.text),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, say: Say) {
        self.heard.end = Some(say);
    }

    fn send(&mut self, sent: Sent, run: &RunId, body: Body) -> Result<Step, Error> {
        let mut actor = self.around.actor.clone().in_run(run.clone());
        if actor.model.is_none() {
            let model = self.told.model.as_deref();
            actor.model = model.and_then(|model| ActorId::new(model).ok());
        }
        self.sent = Some(sent);
        Ok(Step::Send {
            actor: Box::new(actor),
            body: Box::new(body),
        })
    }

    /// Goes on once the acting run is alive, and has enough of its lease left.
    fn with_run(
        &mut self,
        state: &Coordinator,
        now: Timestamp,
        go_on: impl FnOnce(&mut Self, RunId) -> Result<Step, Error>,
    ) -> Result<Step, Error> {
        match self.told.acting(self.around, state, now)? {
            Acting::ToStart { run, parent } => {
                if self.heard.started && parent.is_none() {
                    let message = "the session's run was started, and is not there";
                    return Err(Error::at(Code::RunNotLive, "run", message));
                }
                self.heard.started = true;
                let ttl_ms = Some(self.around.settings.run_ttl_ms);
                let body = Body::StartRun {
                    run: run.clone(),
                    loop_id: None,
                    parent,
                    slot: None,
                    artifacts: Vec::new(),
                    ttl_ms,
                };
                self.send(Sent::Start, &run, body)
            }
            Acting::Live(run) => {
                let row = state.runs().get(&run);
                let tired = row
                    .is_some_and(|row| row.live_until.since_ms(now) < row.ttl_ms / RENEWED_BELOW);
                let soon = now.plus_ms(self.around.settings.claim_ttl_ms / RENEWED_BELOW);
                let claims = state.claims().claims_of(&run, now);
                let tired = tired
                    || claims
                        .iter()
                        .any(|claim| claim.expires_at.is_some_and(|end| end < soon));
                if tired && !self.heard.beaten {
                    self.heard.beaten = true;
                    return self.send(Sent::Beat, &run, Body::Heartbeat { seen: None });
                }
                go_on(self, run)
            }
        }
    }

    fn session_starts(&mut self, state: &Coordinator, now: Timestamp) -> Result<Step, Error> {
        self.with_run(state, now, |this, run| {
            if !this.heard.asked {
                this.heard.asked = true;
                this.sent = Some(Sent::Question);
                let specs = this.around.repo.iter().map(|repo| SpecRequest {
                    repo: repo.clone(),
                    branch: None,
                    paths: PathSetSource::of([PatternSource::glob("**")]),
                    resources: Vec::new(),
                });
                return Ok(Step::Ask(Box::new(Query::Brief {
                    run,
                    specs: specs.collect(),
                    budget_chars: 9_000,
                })));
            }
            let brief = this.heard.facts.take().unwrap_or_default();
            let head = format!(
                "This session is run {run} in LoomStack. Files are claimed for it as it edits them; an edit \
                 that meets another run's claim, or that the policy holds, is refused with the reason.\n\n"
            );
            Ok(Step::Say(Say::Facts(head + &brief)))
        })
    }

    fn prompted(&mut self, state: &Coordinator, now: Timestamp) -> Result<Step, Error> {
        if let Some(notices) = self.heard.notices.clone() {
            let Acting::Live(run) = self.told.acting(self.around, state, now)? else {
                return Ok(Step::Say(Say::Facts(notices)));
            };
            let (known, read) = state.claims().notices(&run);
            let last = known.last().map_or(read, |notice| notice.seq);
            self.end(Say::Facts(notices));
            return self.send(Sent::Beat, &run, Body::Heartbeat { seen: Some(last) });
        }
        self.with_run(state, now, |this, run| {
            let (known, read) = state.claims().notices(&run);
            let unread = known.last().is_some_and(|notice| notice.seq > read);
            if unread && !this.heard.beaten {
                this.heard.beaten = true;
                return this.send(Sent::Beat, &run, Body::Heartbeat { seen: None });
            }
            Ok(Step::Say(Say::Nothing))
        })
    }

    /// The agent is about to use a tool: claimed on demand, decided by the policy, told who else is there.
    fn asked(
        &mut self,
        call: &ToolCall,
        state: &Coordinator,
        now: Timestamp,
    ) -> Result<Step, Error> {
        if let Some(why) = guard::denies(call, self.around) {
            return Ok(Step::Say(Say::Deny(format!("loom: {why}"))));
        }
        let writes = self.placed(call.writes().iter().map(String::as_str))?;
        let policy = state.policy().policy()?;
        if writes.is_empty() && policy.is_none() {
            return Ok(Step::Say(Say::Nothing));
        }
        let counts = policy.is_some_and(|policy| !policy.document().limits.is_empty());
        let governed = policy.is_some();
        self.with_run(state, now, |this, run| {
            if !this.heard.claimed {
                let free = uncovered(state, &run, &writes, now)?;
                if !free.is_empty() {
                    return this.claim(call, &run, &free);
                }
            }
            if governed {
                let actions = this.actions(call, &run, &writes);
                for (place, action) in actions.into_iter().enumerate().skip(this.heard.decided) {
                    let decision = state.check(&action, now)?;
                    // A yes that counts its uses is used up by the record of the decision; that for an
                    // edit was used up by the claim, which the edit lies in.
                    let is_edit = action.verb == Verb::Edit;
                    let by_yes = !decision.approved_by.is_empty();
                    let passes = match decision.passes {
                        true => !counts && (is_edit || !by_yes),
                        false => {
                            is_edit
                                && decision.verdict == Effect::RequireApproval
                                && (this.heard.claimed || claimed_with_yes(state, &action, now)?)
                        }
                    };
                    if passes {
                        this.heard.approved |= by_yes || !decision.passes;
                        this.heard.decided = place + 1;
                        continue;
                    }
                    let body = Body::ProposeAction {
                        action: Box::new(action),
                        intent: None,
                    };
                    return this.send(Sent::Action(place), &run, body);
                }
            }
            if this.heard.claimed && !this.heard.asked {
                this.heard.asked = true;
                this.sent = Some(Sent::Question);
                return Ok(Step::Ask(Box::new(Query::Conflicts {
                    specs: specs(&writes, call),
                    mode: Mode::Write,
                    run: Some(run),
                })));
            }
            Ok(Step::Say(match this.heard.facts.take() {
                _ if this.heard.approved => {
                    Say::Allow("loom: a person has approved this".to_owned())
                }
                Some(facts) => Say::Facts(facts),
                None => Say::Nothing,
            }))
        })
    }

    fn claim(&mut self, call: &ToolCall, run: &RunId, free: &Writes) -> Result<Step, Error> {
        let body = Body::Claim {
            specs: specs(free, call),
            mode: Mode::Write,
            intent: Some(format!("{} of {}", call.name, self.told.harness.as_str())),
            ttl_ms: self.around.settings.claim_ttl_ms,
            priority: 0,
            on_conflict: OnConflict::Refuse,
            partial: false,
        };
        self.send(Sent::Claim, run, body)
    }

    /// What a call is to a policy: edits, place by place, and the line or the tool.
    fn actions(&self, call: &ToolCall, run: &RunId, writes: &Writes) -> Vec<Action> {
        let mut actions: Vec<Action> = Vec::new();
        for (repo, paths) in writes {
            let mut action = Action::new(Verb::Edit);
            action.repo = Some(repo.clone());
            action.targets = Some(Targets::Paths(paths.clone()));
            actions.push(action);
        }
        match &call.does {
            Does::Writes(_) => {}
            Does::Runs { line, .. } => {
                let mut action = Action::new(Verb::Shell);
                action.repo = self.around.repo.clone();
                action.command = Some(line.clone());
                actions.push(action);
            }
            Does::Calls { .. } => {
                let mut action = Action::new(Verb::Tool);
                action.repo = self.around.repo.clone();
                action.tool = ActorId::new(&call.name).ok();
                actions.push(action);
            }
        }
        for action in &mut actions {
            action.run = Some(run.clone());
            action.actor = Some(self.around.actor.clone().in_run(run.clone()));
        }
        actions
    }

    /// The named paths that lie in repositories of the journal.
    fn placed<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Result<Writes, Error> {
        let mut writes = Writes::new();
        for path in paths {
            let place = self.around.places.get(path).ok_or_else(|| {
                let path = crate::model::quoted(path, 200);
                Error::at(
                    Code::Internal,
                    "places",
                    format!("nobody looked where {path} lies"),
                )
            })?;
            if let Some(repo) = &place.repo {
                let known = writes.entry(repo.clone()).or_default();
                if !known.contains(&place.path) {
                    known.push(place.path.clone());
                }
            }
        }
        Ok(writes)
    }

    /// What the harness is told of a decision that does not pass.
    fn stopped(&self, decision: &Decision, requests: &[Token]) -> Say {
        let text = text::decided(decision, requests);
        match (decision.verdict, self.around.settings.checkpoint) {
            (Effect::Deny, _) | (_, Checkpoint::Deny) => Say::Deny(text),
            (_, Checkpoint::Ask) => Say::Ask(text),
            (_, Checkpoint::Defer) => Say::Defer(text),
        }
    }

    /// The agent has used a tool: what it changed is recorded.
    fn done(
        &mut self,
        call: &ToolCall,
        edits: &[Edit],
        state: &Coordinator,
        now: Timestamp,
    ) -> Result<Step, Error> {
        // A session within a run of somebody else's records nothing: whoever runs it does, from the real
        // diff of its commits.
        let writes = self.placed(edits.iter().map(|edit| edit.path.as_str()))?;
        if self.around.run.is_some() || writes.is_empty() {
            return Ok(Step::Say(Say::Nothing));
        }
        self.with_run(state, now, |this, run| {
            let next = writes
                .keys()
                .find(|repo| !this.heard.changed.contains(repo));
            let Some(repo) = next else {
                return Ok(Step::Say(match this.heard.facts.take() {
                    Some(facts) => Say::Facts(facts),
                    None => Say::Nothing,
                }));
            };
            this.heard.changed.push(repo.clone());
            let change = this.change(call, edits, repo, &run, state, now)?;
            this.send(Sent::Change, &run, Body::RecordChange(Box::new(change)))
        })
    }

    fn change(
        &self,
        call: &ToolCall,
        edits: &[Edit],
        repo: &RepoId,
        run: &RunId,
        state: &Coordinator,
        now: Timestamp,
    ) -> Result<NewChange, Error> {
        let mut files: Vec<ChangedFile> = Vec::new();
        for edit in edits {
            let Some(place) = self.around.places.get(&edit.path) else {
                continue;
            };
            if place.repo.as_ref() == Some(repo) {
                let (before, after) = place.blobs.clone();
                files.push(ChangedFile {
                    path: place.path.clone(),
                    before,
                    after,
                    added: edit.added,
                    removed: edit.removed,
                    hunks: edit.hunks.clone(),
                    ..ChangedFile::default()
                });
            }
        }
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let only = Writes::from([(repo.clone(), paths)]);
        Ok(NewChange {
            id: ChangeId::new(&self.told.change_name(&call.id, repo)?)?,
            repo: repo.clone(),
            branch: None,
            commit: None,
            made_by: MadeBy::Loop,
            run: Some(run.clone()),
            token: covering(state, run, &only, now)?,
            intent: None,
            deliberate: false,
            base: None,
            decision: None,
            patch_id: None,
            reverts: Vec::new(),
            files,
        })
    }

    /// A tool failed: a yes that was used up for it can be used again.
    fn failed(
        &mut self,
        call: &ToolCall,
        state: &Coordinator,
        now: Timestamp,
    ) -> Result<Step, Error> {
        let Acting::Live(run) = self.told.acting(self.around, state, now)? else {
            return Ok(Step::Say(Say::Nothing));
        };
        let writes = self.placed(call.writes().iter().map(String::as_str))?;
        if self.heard.given_back || state.policy().policy()?.is_none() {
            return Ok(Step::Say(Say::Nothing));
        }
        self.heard.given_back = true;
        let actions = self.actions(call, &run, &writes);
        let requests = state.policy().requests();
        let used = requests.filter_map(|(_, row)| {
            let about = &row.request.action;
            let same = actions.iter().any(|action| {
                about.verb == action.verb
                    && about.run() == action.run()
                    && about.repo == action.repo
                    && about.command == action.command
                    && about.tool == action.tool
                    && about.targets == action.targets
            });
            (same && now < row.request.until).then(|| row.used.last().copied())?
        });
        match used.max() {
            Some(decision) => self.send(Sent::GiveBack, &run, Body::GiveBack { decision }),
            None => Ok(Step::Say(Say::Nothing)),
        }
    }

    /// The agent is about to end its turn: once, it is told what is missing.
    fn stops(&mut self, again: bool, state: &Coordinator, now: Timestamp) -> Result<Step, Error> {
        let Acting::Live(run) = self.told.acting(self.around, state, now)? else {
            return Ok(Step::Say(Say::Nothing));
        };
        if again {
            return Ok(Step::Say(Say::Nothing));
        }
        if let NextStep::Verify(of) = state.next_step(&run, now)? {
            return Ok(Step::Say(Say::GoOn(text::unverified(&of))));
        }
        let changed = !state.work_report(&run)?.enough.is_empty();
        if changed && state.policy().policy()?.is_some() {
            let mut action = Action::new(Verb::Finish);
            action.run = Some(run.clone());
            action.actor = Some(self.around.actor.clone().in_run(run));
            let decision = state.check(&action, now)?;
            let open = decision.obligations.iter().any(|owed| owed.open);
            if open || decision.verdict == Effect::Deny {
                return Ok(Step::Say(Say::GoOn(text::decided(&decision, &[]))));
            }
        }
        Ok(Step::Say(Say::Nothing))
    }

    /// A session or a sub-agent ends. What a sub-agent holds goes to whom it works for, who commits it.
    fn ends(&mut self, again: bool, state: &Coordinator, now: Timestamp) -> Result<Step, Error> {
        let is_agent = self.told.agent.is_some();
        if self.around.run.is_some() && !is_agent {
            return Ok(Step::Say(Say::Nothing));
        }
        let Acting::Live(run) = self.told.acting(self.around, state, now)? else {
            return Ok(Step::Say(Say::Nothing));
        };
        let parent = state.runs().lineage().parent_of(&run).cloned();
        if let Some(parent) = parent.filter(|parent| is_agent && state.runs().is_live(parent, now))
        {
            let claims = state.claims().claims_of(&run, now);
            let next = claims
                .iter()
                .find(|claim| !self.heard.handed.contains(&claim.token));
            if let Some(claim) = next {
                let token = claim.token;
                self.heard.handed.push(token);
                let body = Body::HandOver { token, to: parent };
                return self.send(Sent::HandOver, &run, body);
            }
        }
        if !is_agent && waits_for_a_yes(state, &run, now) {
            // Resumed after the yes, the session is the run that it was given to.
            let held = !state.claims().claims_of(&run, now).is_empty();
            if !held || self.heard.released {
                return Ok(Step::Say(Say::Nothing));
            }
            self.heard.released = true;
            return self.send(Sent::Release, &run, Body::Release { tokens: None });
        }
        let failed = self.told.moment == Moment::LoopEnds { failed: true };
        let outcome = match (failed, self.heard.not_done) {
            (true, _) => RunOutcome::Failed,
            // It ends all the same, and says nothing of a goal.
            (false, true) if again => RunOutcome::Stopped,
            (false, _) => RunOutcome::Done,
        };
        let body = Body::FinishRun {
            outcome,
            summary: None,
            spent: Amounts::new(),
        };
        self.send(Sent::Finish, &run, body)
    }

    /// The run may not call itself done. Whoever can be kept from ending is told so; the others end stopped.
    fn not_done(&mut self, why: String) {
        if let Moment::AgentStops { again: false } = self.told.moment {
            self.end(Say::GoOn(why));
        }
    }

    fn iterates(&mut self, state: &Coordinator, now: Timestamp) -> Result<Step, Error> {
        self.with_run(state, now, |this, run| {
            if this.heard.iterated {
                return Ok(Step::Say(Say::Nothing));
            }
            this.heard.iterated = true;
            let row = state.runs().get(&run);
            let open = row.is_some_and(|row| row.iterations.open);
            let body = match (&this.told.moment, open) {
                (Moment::IterationStarts, false) => Body::BeginIteration {},
                (Moment::IterationEnds, true) => Body::FinishIteration {
                    gates: Vec::new(),
                    spent: Amounts::new(),
                    summary: None,
                },
                _ => return Ok(Step::Say(Say::Nothing)),
            };
            this.send(Sent::Iteration, &run, body)
        })
    }
}
