//! From an action to a decision: every rule that applies is asked, and the strictest wins.
//!
//! Targets are decided one by one, and the strictest of them is the verdict. Nothing here looks at the
//! order of rules; a rule that applies because a fact is missing says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::action::Action;
use super::approval::Approval;
use super::compile::{Compiled, Plan, Verbs};
use super::decision::{
    Decision, Owed, REASON_TARGETS_MAX, REASONS_MAX, Reason, RuleCard, Terms, Way,
};
use super::document::{Effect, LimitRule, Mode, Obligation};
use super::facts::{Asking, Facts, Nothing, Who};
use super::selector::{Each, Scene, Target, read_targets};
use super::spend::{self, Used};
use super::waiver::Waiver;
use crate::error::{Code, Error};
use crate::model::{ActorKind, Digest, Timestamp, Token, Truth, ZONE_DATA_VERSION};
use crate::path::{PathRules, PathSet, PathSetSource, RepoPath};

/// How many changes of the time of day are looked at for when an action would be allowed.
const RETRY_STEPS_MAX: usize = 64;

/// Decides.
pub(super) fn decide(
    plan: &Plan,
    verbs: &Verbs,
    policy: Digest,
    action: &Action,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<Decision, Error> {
    let verb = verbs.get(&action.verb).ok_or_else(|| {
        let known: Vec<&str> = verbs.names().collect();
        let message = format!("no such verb is declared; known are {}", known.join(", "));
        Error::at(Code::InvalidField, "verb", message)
    })?;
    action.check(verb.1)?;
    let (paths, set) = read_targets(action, facts.rules)?;
    let targets = (paths.as_slice(), set.as_ref());
    let scene = Scene::new(action, facts, now, verb, &plan.places, targets);
    let mut tally = Tally::of(&scene);
    tally.ask_all(plan)?;
    let mut decision = tally.into_decision(plan, policy);
    if decision.verdict != Effect::Allow && decision.retry_at.is_none() {
        decision.retry_at = retry_at(plan, action, facts, now, verb, targets)?;
    }
    Ok(decision)
}

/// The limits that count what an action uses up, whatever is left of them.
pub(super) fn limits_on<'p>(
    plan: &'p Plan,
    verbs: &Verbs,
    action: &Action,
    who: &Who,
) -> Result<Vec<&'p LimitRule>, Error> {
    let Some(verb) = verbs.get(&action.verb) else {
        return Ok(Vec::new());
    };
    let facts = Facts {
        who,
        rules: PathRules::default(),
        approvals: &[],
        waivers: &[],
        history: &Nothing,
        spend: &Nothing,
    };
    let scene = Scene::new(
        action,
        &facts,
        Timestamp::EPOCH,
        verb,
        &plan.places,
        (&[], None),
    );
    let limits = plan.limits.iter().filter(|limit| {
        limit.of.whole(&scene).is_possible()
            && spend::has_holder(limit.rule.level, action, who)
            && spend::used(action, limit.rule.unit) != Used::Nothing
    });
    Ok(limits.map(|limit| &limit.rule).collect())
}

/// When the action would be allowed, if nothing but the time of day changed.
fn retry_at(
    plan: &Plan,
    action: &Action,
    facts: &Facts<'_>,
    now: Timestamp,
    verb: (u32, super::verb::Fields),
    targets: (&[RepoPath], Option<&PathSet>),
) -> Result<Option<Timestamp>, Error> {
    let mut at = now;
    for _ in 0..RETRY_STEPS_MAX {
        let scene = Scene::new(action, facts, at, verb, &plan.places, targets);
        let mut tally = Tally::of(&scene);
        tally.ask_all(plan)?;
        if at > now && tally.enforced() == Effect::Allow {
            return Ok(Some(at));
        }
        let Some(next) = tally.next_window.filter(|next| *next > at) else {
            return Ok(None);
        };
        at = next;
    }
    Ok(None)
}

/// What rules said of one target.
#[derive(Clone, Copy, Default)]
struct Said {
    denied: bool,
    asked: bool,
    allowed: bool,
}

impl Said {
    fn hear(&mut self, effect: Effect) {
        match effect {
            Effect::Allow => self.allowed = true,
            Effect::RequireApproval => self.asked = true,
            Effect::Deny => self.denied = true,
        }
    }

    fn verdict(self, default: Effect) -> Effect {
        match self {
            Said { denied: true, .. } => Effect::Deny,
            Said { asked: true, .. } => Effect::RequireApproval,
            Said { allowed: true, .. } => Effect::Allow,
            _ => default,
        }
    }
}

/// A rule that applied, with the targets that it applied to.
struct Hit<'p> {
    card: &'p Arc<RuleCard>,
    rule: Option<&'p Compiled>,
    terms: Option<&'p Terms>,
    certain: bool,
    targets: Vec<u32>,
    more: u64,
    /// What became of it: an approval answered it, or it stands.
    answered: bool,
}

/// Everything that is gathered while rules are asked.
struct Tally<'s, 'a, 'p> {
    scene: &'s Scene<'a>,
    approvals: Vec<&'s Approval>,
    waivers: Vec<&'s Waiver>,
    hits: Vec<Hit<'p>>,
    /// Where the hits of rules stand that look at targets, for more than one target.
    places: BTreeMap<*const RuleCard, usize>,
    /// What the rules said that bind, and what all said, of the action as a whole.
    whole: [Said; 2],
    /// The strictest verdicts over all targets: of the rules that bind, and of all.
    verdicts: [Effect; 2],
    missing: BTreeSet<String>,
    approved_by: BTreeSet<Token>,
    waived_by: BTreeSet<Token>,
    broken_glass: Option<Token>,
    escapes: Vec<String>,
    no_rule: bool,
    next_window: Option<Timestamp>,
    frees_at: Option<Timestamp>,
    saw_windows: bool,
    /// The answers of rules about the action as a whole, where many targets would ask again.
    memo: Vec<Option<Truth>>,
}

impl<'s, 'a, 'p> Tally<'s, 'a, 'p> {
    fn of(scene: &'s Scene<'a>) -> Self {
        let Facts {
            approvals, waivers, ..
        } = scene.facts;
        let approvals = approvals.iter();
        let waivers = waivers.iter();
        Tally {
            scene,
            approvals: approvals
                .filter(|approval| approval.is_about(scene.action, scene.now))
                .collect(),
            waivers: waivers
                .filter(|waiver| waiver.is_about(scene.action, scene.now))
                .collect(),
            hits: Vec::new(),
            places: BTreeMap::new(),
            whole: [Said::default(); 2],
            verdicts: [Effect::Allow; 2],
            missing: BTreeSet::new(),
            approved_by: BTreeSet::new(),
            waived_by: BTreeSet::new(),
            broken_glass: None,
            escapes: Vec::new(),
            no_rule: false,
            next_window: None,
            frees_at: None,
            saw_windows: false,
            memo: Vec::new(),
        }
    }

    fn enforced(&self) -> Effect {
        self.verdicts[0]
    }

    fn ask_all(&mut self, plan: &'p Plan) -> Result<(), Error> {
        let scene = self.scene;
        let Some(lists) = plan.of_verb.get(scene.verb as usize) else {
            return Ok(());
        };
        let several = scene.paths.len() > 1;
        if several {
            self.memo = vec![None; plan.rules.len()];
        }
        // Answers that reach only some targets make even rules about the whole speak target by target.
        let narrow = self
            .approvals
            .iter()
            .any(|approval| approval.paths.is_some())
            || self.waivers.iter().any(|waiver| waiver.paths.is_some());
        let mut said_of_whole: Vec<(u32, Truth)> = Vec::new();
        for number in &lists.whole {
            let Some(rule) = plan.rules.get(*number as usize) else {
                continue;
            };
            let truth = self.truth_of_whole(rule);
            if applies(rule.card.effect, truth) {
                said_of_whole.push((*number, truth));
            }
        }
        self.ask_limits(plan);
        self.ask_line(plan);

        let mut found: Vec<u32> = Vec::new();
        for (place, target) in scene.targets().enumerate() {
            let mut said = self.whole;
            if !narrow && place == 0 {
                for (number, truth) in &said_of_whole {
                    let Some(rule) = plan.rules.get(*number as usize) else {
                        continue;
                    };
                    self.hear(rule, *truth, None, target, &mut said);
                }
                self.whole = said;
            } else if narrow {
                for (number, truth) in &said_of_whole {
                    let Some(rule) = plan.rules.get(*number as usize) else {
                        continue;
                    };
                    self.hear(rule, *truth, Some(place), target, &mut said);
                }
            }
            for number in &lists.each {
                self.ask(plan, *number, None, place, target, &mut said);
            }
            found.clear();
            match target {
                Target::Path(path) => {
                    found.extend(plan.index.by_path(path)?);
                    for number in &found {
                        self.ask(plan, *number, Some(Truth::True), place, target, &mut said);
                    }
                }
                Target::Set(set) => {
                    let met: Result<BTreeSet<u32>, Error> = set
                        .include()
                        .iter()
                        .map(|pattern| plan.index.by_pattern(pattern))
                        .try_fold(BTreeSet::new(), |mut all, met| {
                            all.extend(met?);
                            Ok(all)
                        });
                    found.extend(met?);
                    for number in &found {
                        self.ask(plan, *number, None, place, target, &mut said);
                    }
                    self.ask_together(plan, set, &found, &mut said);
                }
                Target::None => {
                    for number in &lists.by_path {
                        self.ask(plan, *number, None, place, target, &mut said);
                    }
                }
            }
            self.decide_target(plan, place, target, said);
        }
        if scene.paths.is_empty() && scene.set.is_none() && scene.action.targets.is_some() {
            // No target at all: what was said of the whole decides.
            let mut said = self.whole;
            for (number, truth) in &said_of_whole {
                let Some(rule) = plan.rules.get(*number as usize) else {
                    continue;
                };
                self.hear(rule, *truth, None, Target::None, &mut said);
            }
            self.decide_target(plan, 0, Target::None, said);
        }
        Ok(())
    }

    /// Asks one rule about one target. `paths` is the answer of the index, where it was asked.
    fn ask(
        &mut self,
        plan: &'p Plan,
        number: u32,
        paths: Option<Truth>,
        place: usize,
        target: Target<'_>,
        said: &mut [Said; 2],
    ) {
        let Some(rule) = plan.rules.get(number as usize) else {
            return;
        };
        if rule.verbs & (1 << self.scene.verb) == 0 {
            return;
        }
        let whole = match self.memo.get(number as usize) {
            Some(Some(known)) => *known,
            _ => {
                let whole = rule.when.whole(self.scene);
                if let Some(known) = self.memo.get_mut(number as usize) {
                    *known = Some(whole);
                }
                whole
            }
        };
        if whole.is_false() && !rule.has_windows {
            return;
        }
        let paths = match (paths, &rule.when.paths, target) {
            // The index answers for what a set holds; what it takes away is looked at here.
            (Some(Truth::True), Some(set), Target::Path(path)) if !set.exclude().is_empty() => {
                Truth::from(set.matches(path))
            }
            (Some(known), ..) => known,
            (None, ..) => rule.when.each(self.scene, target),
        };
        let each = rule.when.rest(self.scene, target, paths);
        if each.is_false() {
            return;
        }
        self.look_at_windows(rule);
        let truth = self.unless(rule, whole.and(each), target);
        let held = !(rule.is_guard && matches!(target, Target::Set(_)) && !truth.is_true());
        if held && applies(rule.card.effect, truth) {
            self.hear(rule, truth, Some(place), target, said);
        }
    }

    fn truth_of_whole(&mut self, rule: &'p Compiled) -> Truth {
        let whole = rule.when.whole(self.scene);
        self.look_at_windows(rule);
        self.unless(rule, whole, Target::None)
    }

    fn unless(&self, rule: &Compiled, when: Truth, target: Target<'_>) -> Truth {
        if when.is_false() {
            return when;
        }
        let exceptions = rule.unless.iter();
        let excepted = Truth::any(exceptions.map(|except| except.holds(self.scene, target)));
        when.and(!excepted)
    }

    /// Notes when the windows of a rule next change, unless it cannot apply whatever the time.
    fn look_at_windows(&mut self, rule: &Compiled) {
        if !rule.has_windows || rule.when.whole_at_any_time(self.scene).is_false() {
            return;
        }
        let selectors = std::iter::once(&rule.when).chain(&rule.unless);
        for window in selectors.flat_map(|selector| selector.windows()) {
            self.saw_windows = true;
            let next = window.next_change_at(self.scene.now);
            self.next_window = earlier(self.next_window, next);
        }
    }

    /// Allow rules that hold a set of targets together, though none does alone.
    fn ask_together(&mut self, plan: &'p Plan, set: &PathSet, found: &[u32], said: &mut [Said; 2]) {
        let rules = found
            .iter()
            .filter_map(|number| plan.rules.get(*number as usize));
        let scene = self.scene;
        let allows: Vec<&Compiled> = rules
            .filter(|rule| rule.card.effect == Effect::Allow)
            .filter(|rule| rule.verbs & (1 << scene.verb) != 0)
            .filter(|rule| {
                rule.when
                    .paths
                    .as_ref()
                    .is_some_and(|p| p.exclude().is_empty())
            })
            .filter(|rule| {
                let when = rule.when.whole(scene);
                let rest = rule.when.rest(scene, Target::Set(set), Truth::True);
                self.unless(rule, when.and(rest), Target::Set(set))
                    .is_true()
            })
            .collect();
        for (level, said) in said.iter_mut().enumerate() {
            let binding = |rule: &&&Compiled| level == 1 || rule.card.mode == Mode::Enforce;
            let allows: Vec<&&Compiled> = allows.iter().filter(binding).collect();
            if said.allowed || allows.is_empty() {
                continue;
            }
            let patterns = allows
                .iter()
                .flat_map(|rule| rule.when.paths.iter())
                .flat_map(|paths| paths.source().include.iter().cloned());
            let union = PathSet::compile(&PathSetSource::of(patterns), set.rules());
            let Ok(union) = union else { continue };
            let contained = union.contains(set);
            if contained.is_contained() {
                said.allowed = true;
                if level == 0 {
                    for rule in allows {
                        self.hits.push(Hit::of(rule, Truth::True));
                    }
                }
            } else if level == 0
                && let Some(escapee) = contained.escapee()
            {
                self.escapes.push(escapee.as_str().to_owned());
            }
        }
    }

    /// Takes in that a rule applies to a target, unless a waiver lifts it.
    fn hear(
        &mut self,
        rule: &'p Compiled,
        truth: Truth,
        place: Option<usize>,
        target: Target<'_>,
        said: &mut [Said; 2],
    ) {
        let card = &rule.card;
        let strict = card.effect != Effect::Allow;
        if strict && !rule.is_guard && self.is_waived(card, target) {
            return;
        }
        let answered = card.effect == Effect::RequireApproval && self.is_approved(card, target);
        let effect = if answered { Effect::Allow } else { card.effect };
        said[1].hear(effect);
        if card.mode == Mode::Enforce {
            said[0].hear(effect);
        }
        if truth.is_unknown() && !answered {
            let missing = &mut self.missing;
            rule.when.missing(self.scene, target, &mut |name| {
                missing.insert(name);
            });
            for except in &rule.unless {
                except.missing(self.scene, target, &mut |name| {
                    missing.insert(name);
                });
            }
        }
        let key = Arc::as_ptr(card);
        let known = match self.scene.paths.len() > 1 {
            true => self.places.get(&key).copied(),
            false => None,
        };
        let at = known.unwrap_or_else(|| {
            self.hits.push(Hit::of(rule, truth));
            let at = self.hits.len() - 1;
            if self.scene.paths.len() > 1 {
                self.places.insert(key, at);
            }
            at
        });
        if let Some(hit) = self.hits.get_mut(at) {
            hit.certain &= truth.is_true();
            hit.answered = answered && (known.is_none() || hit.answered);
            if let Some(place) = place {
                match hit.targets.len() < REASON_TARGETS_MAX {
                    true => hit.targets.push(u32::try_from(place).unwrap_or(u32::MAX)),
                    false => hit.more += 1,
                }
            }
        }
    }

    fn is_waived(&mut self, card: &RuleCard, target: Target<'_>) -> bool {
        let lifts = |waiver: &&&Waiver| waiver.lifts(&card.id) && reaches(&waiver.paths, target);
        let Some(waiver) = self.waivers.iter().find(lifts) else {
            return false;
        };
        match waiver.rules {
            Some(_) => drop(self.waived_by.insert(waiver.id)),
            None => self.broken_glass = Some(waiver.id),
        }
        true
    }

    fn is_approved(&mut self, card: &RuleCard, target: Target<'_>) -> bool {
        let answers = |approval: &&&Approval| {
            approval.rules.contains(&card.id) && reaches(&approval.paths, target)
        };
        let Some(approval) = self.approvals.iter().find(answers) else {
            return false;
        };
        self.approved_by.insert(approval.id);
        true
    }

    /// What the limits say of the action as a whole.
    fn ask_limits(&mut self, plan: &'p Plan) {
        let scene = self.scene;
        for limit in &plan.limits {
            let of = limit.of.whole(scene);
            if of.is_false() || !spend::has_holder(limit.rule.level, scene.action, scene.facts.who)
            {
                continue;
            }
            let amount = match spend::used(scene.action, limit.rule.unit) {
                Used::Nothing => continue,
                Used::Amount(amount) => Some(amount),
                Used::Unknown => limit.rule.floor,
            };
            let room = scene.facts.spend.room(&limit.rule, scene.now);
            let exceeded = match (amount, room) {
                (Some(amount), Some(room)) => Truth::from(amount > room.left),
                _ => Truth::Unknown,
            };
            if of.and(exceeded).is_false() || limit.card.effect == Effect::Allow {
                continue;
            }
            if self.is_waived(&limit.card, Target::None) {
                continue;
            }
            if let Some(frees_at) = room.and_then(|room| room.frees_at) {
                self.frees_at = earlier(self.frees_at, Some(frees_at));
            }
            let asks = limit.card.effect == Effect::RequireApproval;
            let answered = asks && self.is_approved(&limit.card, Target::None);
            let effect = if answered {
                Effect::Allow
            } else {
                limit.card.effect
            };
            if !answered {
                self.whole[1].hear(effect);
                if limit.card.mode == Mode::Enforce {
                    self.whole[0].hear(effect);
                }
            }
            if amount.is_none() {
                let unit = limit.rule.unit.as_str();
                self.missing.insert(format!("estimate.{unit}"));
            }
            if room.is_none() {
                self.missing.insert(format!("spend of {}", limit.card.id));
            }
            self.hits.push(Hit {
                card: &limit.card,
                rule: None,
                terms: limit.terms.as_ref(),
                certain: of.and(exceeded).is_true(),
                targets: Vec::new(),
                more: 0,
                answered,
            });
        }
    }

    /// The built-in rule about shell lines that are for people.
    fn ask_line(&mut self, plan: &'p Plan) {
        let scene = self.scene;
        let Some(text) = &scene.action.command else {
            return;
        };
        let by_person = |kind: ActorKind| kind == ActorKind::Human;
        let actor = scene.action.actor.as_ref();
        if actor.is_some_and(|actor| by_person(actor.kind)) {
            return;
        }
        if plan.line_guard.denies(text, scene.line()) {
            self.whole[0].hear(Effect::Deny);
            self.whole[1].hear(Effect::Deny);
            self.hits.push(Hit {
                card: &plan.line_guard.card,
                rule: None,
                terms: None,
                certain: true,
                targets: Vec::new(),
                more: 0,
                answered: false,
            });
        }
    }

    /// The verdict on one target, with the default where no rule applied.
    fn decide_target(&mut self, plan: &'p Plan, place: usize, target: Target<'_>, said: [Said; 2]) {
        let card = &plan.default;
        let mut default = card.effect;
        let spoke = |said: Said| said.denied || said.asked || said.allowed;
        if default != Effect::Allow && !spoke(said[0]) {
            let lifted = self.is_waived(card, target)
                || default == Effect::RequireApproval && self.is_approved(card, target);
            if lifted {
                default = Effect::Allow;
            }
        }
        let binds = card.mode == Mode::Enforce;
        let enforced_default = if binds { default } else { Effect::Allow };
        if !spoke(said[0]) && binds && default != Effect::Allow {
            self.no_rule = true;
            self.default_applied(plan, place, target);
        }
        let verdicts = [said[0].verdict(enforced_default), said[1].verdict(default)];
        for (strictest, verdict) in self.verdicts.iter_mut().zip(verdicts) {
            *strictest = (*strictest).max(verdict);
        }
    }

    fn default_applied(&mut self, plan: &'p Plan, place: usize, target: Target<'_>) {
        let key = Arc::as_ptr(&plan.default);
        let at = self.places.get(&key).copied().unwrap_or_else(|| {
            let asks = plan.default.effect == Effect::RequireApproval;
            self.hits.push(Hit {
                card: &plan.default,
                rule: None,
                terms: asks.then_some(&plan.default_terms),
                certain: true,
                targets: Vec::new(),
                more: 0,
                answered: false,
            });
            let at = self.hits.len() - 1;
            self.places.insert(key, at);
            at
        });
        if let Target::Path(path) = target
            && self.escapes.len() < REASON_TARGETS_MAX
        {
            self.escapes.push(path.as_str().to_owned());
        }
        let named = !matches!(target, Target::None);
        if let Some(hit) = self.hits.get_mut(at)
            && named
        {
            match hit.targets.len() < REASON_TARGETS_MAX {
                true => hit.targets.push(u32::try_from(place).unwrap_or(u32::MAX)),
                false => hit.more += 1,
            }
        }
    }

    fn into_decision(self, plan: &Plan, policy: Digest) -> Decision {
        let [verdict, of_all] = self.verdicts;
        let mut reasons = Vec::new();
        let mut more_reasons = 0;
        let mut advice = Vec::new();
        let mut obligations: Vec<Owed> = Vec::new();
        let mut ways = BTreeSet::new();
        for hit in &self.hits {
            let binds = hit.card.mode == Mode::Enforce;
            if let Some(rule) = hit.rule
                && binds
            {
                obligations.extend(self.owed(rule));
            }
            if !binds && hit.card.effect != Effect::Allow {
                if advice.len() < REASONS_MAX {
                    advice.push(self.reason(hit, plan));
                }
                continue;
            }
            let shows = match verdict {
                Effect::Allow => binds && (hit.card.effect == Effect::Allow || hit.answered),
                strict => binds && hit.card.effect == strict && !hit.answered,
            };
            if shows {
                match reasons.len() < REASONS_MAX {
                    true => reasons.push(self.reason(hit, plan)),
                    false => more_reasons += 1,
                }
            }
            if verdict != Effect::Allow
                && binds
                && hit.card.effect != Effect::Allow
                && !hit.answered
            {
                self.ways(hit, plan, &mut ways);
            }
        }
        if verdict != Effect::Allow {
            for fact in &self.missing {
                let fact = fact.clone();
                ways.insert(Way::Fact { fact });
            }
            for path in &self.escapes {
                let path = path.clone();
                ways.insert(Way::LeaveOut { path });
            }
        }
        obligations.sort();
        obligations.dedup();
        let open = obligations.iter().filter(|owed| owed.open);
        for owed in open.clone() {
            let obligation = owed.obligation.clone();
            ways.insert(Way::Oblige { obligation });
        }
        let until = |list: &[&Approval]| list.iter().map(|approval| approval.until).min();
        let lifted = self.waivers.iter().map(|waiver| waiver.until).min();
        let next_change_at = [
            self.next_window,
            self.frees_at,
            until(&self.approvals),
            lifted,
        ];
        let only_limits = self
            .hits
            .iter()
            .all(|hit| hit.rule.is_none() || hit.card.effect == Effect::Allow || hit.answered);
        let retry_at = self.frees_at.filter(|_| {
            verdict != Effect::Allow && only_limits && !self.no_rule && self.missing.is_empty()
        });
        if let Some(until) = retry_at {
            ways.insert(Way::Wait { until });
        }
        let passes = verdict == Effect::Allow && open.count() == 0;
        Decision {
            verdict,
            passes,
            advised: Some(of_all).filter(|advised| *advised > verdict),
            reasons,
            more_reasons,
            advice,
            missing: self.missing,
            would_allow: ways.into_iter().collect(),
            obligations,
            approved_by: self.approved_by,
            waived_by: self.waived_by,
            broken_glass: self.broken_glass,
            retry_at,
            next_change_at: next_change_at.into_iter().fold(None, earlier),
            policy,
            zones: self.saw_windows.then(|| Arc::from(ZONE_DATA_VERSION)),
        }
    }

    fn reason(&self, hit: &Hit<'_>, plan: &Plan) -> Reason {
        let mut owners = BTreeSet::new();
        let asks_owner = hit.rule.is_some_and(|rule| {
            let tests = rule.when.each.iter();
            tests.clone().any(|test| matches!(test, Each::Owner(_)))
        });
        let targets = hit.targets.iter().filter_map(|place| {
            let path = self.scene.paths.get(*place as usize);
            let asking = match (path, self.scene.set) {
                (Some(path), _) => Asking::Path(path),
                (None, Some(set)) => Asking::Set(set),
                (None, None) => return None,
            };
            if asks_owner {
                let repo = self.scene.action.repo.as_ref();
                owners.extend(plan.places.owner(repo, asking).teams());
            }
            Some(asking.to_string())
        });
        Reason {
            targets: targets.collect(),
            owners,
            rule: Arc::clone(hit.card),
            certain: hit.certain,
            more_targets: hit.more,
        }
    }

    /// What would take a rule out of the way.
    fn ways(&self, hit: &Hit<'_>, plan: &Plan, ways: &mut BTreeSet<Way>) {
        let rule = hit.card.id.clone();
        if let Some(terms) = hit.terms {
            let terms = terms.clone();
            ways.insert(Way::Approval { rule, terms });
            return;
        }
        if Arc::ptr_eq(hit.card, &plan.default) {
            let verb = self.scene.action.verb.clone();
            ways.insert(Way::AllowRule { verb });
            return;
        }
        if !hit.rule.is_some_and(|rule| rule.is_guard) && hit.card.line > 0 {
            ways.insert(Way::Waiver { rule });
        }
    }

    fn owed<'r>(&'r self, rule: &'r Compiled) -> impl Iterator<Item = Owed> + 'r {
        let scene = self.scene;
        rule.obligations.iter().map(move |obligation| {
            let history = scene.facts.history;
            let run = scene.action.run();
            let met = match obligation {
                Obligation::Notify { .. } => Truth::True,
                Obligation::Checker { by } => history.verified(run, *by),
                Obligation::RunCheck { check } => history.check_passed(run, check),
                Obligation::Evidence { fact } => Truth::from(scene.action.facts.contains_key(fact)),
            };
            Owed {
                rule: rule.card.id.clone(),
                obligation: obligation.clone(),
                open: !met.is_true(),
            }
        })
    }
}

impl<'p> Hit<'p> {
    fn of(rule: &'p Compiled, truth: Truth) -> Hit<'p> {
        Hit {
            card: &rule.card,
            rule: Some(rule),
            terms: rule.terms.as_ref(),
            certain: truth.is_true(),
            targets: Vec::new(),
            more: 0,
            answered: false,
        }
    }
}

/// Unknown makes a strict rule apply, and an allow rule not.
pub(super) fn applies(effect: Effect, truth: Truth) -> bool {
    match effect {
        Effect::Allow => truth.is_true(),
        Effect::RequireApproval | Effect::Deny => truth.is_possible(),
    }
}

/// Does an answer for these paths reach the target?
fn reaches(paths: &Option<PathSet>, target: Target<'_>) -> bool {
    match (paths, target) {
        (None, _) => true,
        (Some(_), Target::None) => false,
        (Some(paths), Target::Path(path)) => paths.matches(path),
        (Some(paths), Target::Set(set)) => paths.contains(set).is_contained(),
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
