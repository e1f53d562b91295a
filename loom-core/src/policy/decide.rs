//! From an action to a decision: every rule that applies is asked, and the strictest wins.
//!
//! Targets are decided one by one, and the strictest of them is the verdict. Nothing here looks at the
//! order of rules; a rule that applies because a fact is missing says so.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::action::Action;
use super::approval::Approval;
use super::compile::{Compiled, Plan, Verbs};
use super::decision::{Decision, REASON_TARGETS_MAX, RuleCard, Terms};
use super::document::{Effect, LimitRule, Mode};
use super::facts::{Facts, Nothing, Who};
use super::selector::{Scene, Target, read_targets};
use super::spend::{self, Used};
use super::waiver::Waiver;
use crate::error::{Code, Error};
use crate::model::{ActorKind, Digest, Timestamp, Token, Truth};
use crate::path::{PathRules, PathSet, PathSetSource};

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
    let next_window = tally.next_window;
    let mut decision = tally.into_decision(plan, policy);
    if decision.verdict != Effect::Allow && decision.retry_at.is_none() {
        decision.retry_at = retry_at(plan, &scene, next_window)?;
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

/// When the action would be allowed, if nothing but the time of day changed. Asks everything again at
/// each change of a window that was looked at, so it costs nothing where none was.
fn retry_at(
    plan: &Plan,
    scene: &Scene<'_>,
    mut next_window: Option<Timestamp>,
) -> Result<Option<Timestamp>, Error> {
    let mut last = scene.now;
    for _ in 1..RETRY_STEPS_MAX {
        let Some(at) = next_window.filter(|next| *next > last) else {
            return Ok(None);
        };
        let then = scene.at(at);
        let mut tally = Tally::of(&then);
        tally.ask_all(plan)?;
        if tally.enforced() == Effect::Allow {
            return Ok(Some(at));
        }
        (last, next_window) = (at, tally.next_window);
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
pub(super) struct Hit<'p> {
    pub(super) card: &'p Arc<RuleCard>,
    pub(super) rule: Option<&'p Compiled>,
    pub(super) terms: Option<&'p Terms>,
    pub(super) certain: bool,
    pub(super) targets: Listed,
    /// What became of it: an approval answered it, or it stands.
    pub(super) answered: bool,
}

/// The first of the targets that a rule applied to, by place, and how many more there were.
#[derive(Clone, Copy, Default)]
pub(super) struct Listed {
    places: [u32; REASON_TARGETS_MAX],
    count: u64,
}

impl Listed {
    fn add(&mut self, place: usize) {
        let next = self.places.get_mut(self.count as usize);
        if let Some(next) = next {
            *next = u32::try_from(place).unwrap_or(u32::MAX);
        }
        self.count += 1;
    }

    pub(super) fn places(&self) -> &[u32] {
        let listed = (self.count as usize).min(self.places.len());
        &self.places[..listed]
    }

    pub(super) fn more(&self) -> u64 {
        self.count.saturating_sub(self.places.len() as u64)
    }
}

/// What is remembered of a rule from one target to the next.
#[derive(Clone, Copy, Default)]
struct Asked {
    /// What it says of the action as a whole.
    whole: Option<Truth>,
    /// Its windows were looked at.
    looked: bool,
    /// Where its hit stands.
    hit: Option<u32>,
}

/// Everything that is gathered while rules are asked.
pub(super) struct Tally<'s, 'a, 'p> {
    pub(super) scene: &'s Scene<'a>,
    pub(super) approvals: Vec<&'s Approval>,
    pub(super) waivers: Vec<&'s Waiver>,
    pub(super) hits: Vec<Hit<'p>>,
    /// Where the hit of the default stands.
    default_hit: Option<usize>,
    /// What is remembered of each rule, where there is more than one target.
    asked: Vec<Asked>,
    /// What the rules said that bind, and what all said, of the action as a whole.
    whole: [Said; 2],
    /// The strictest verdicts over all targets: of the rules that bind, and of all.
    pub(super) verdicts: [Effect; 2],
    pub(super) missing: BTreeSet<String>,
    pub(super) approved_by: BTreeSet<Token>,
    pub(super) waived_by: BTreeSet<Token>,
    pub(super) broken_glass: Option<Token>,
    pub(super) escapes: Vec<String>,
    pub(super) no_rule: bool,
    pub(super) next_window: Option<Timestamp>,
    pub(super) frees_at: Option<Timestamp>,
    pub(super) saw_windows: bool,
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
            default_hit: None,
            asked: Vec::new(),
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
        }
    }

    fn enforced(&self) -> Effect {
        self.verdicts[0]
    }

    fn ask_all(&mut self, plan: &'p Plan) -> Result<(), Error> {
        let scene = self.scene;
        let meeting = plan.shelves.meet(scene.verb, scene.action, scene.facts.who);
        let several = scene.paths.len() > 1;
        if several {
            self.asked = vec![Asked::default(); plan.rules.len()];
        }
        // Answers that reach only some targets make even rules about the whole speak target by target.
        let narrow = self
            .approvals
            .iter()
            .any(|approval| approval.paths.is_some())
            || self.waivers.iter().any(|waiver| waiver.paths.is_some());
        let mut said_of_whole: Vec<(u32, Truth)> = Vec::new();
        for number in meeting.rules(|shelf| &shelf.whole) {
            let Some(rule) = plan.rules.get(number as usize) else {
                continue;
            };
            let known = meeting.settles(number).then_some(Truth::True);
            let truth = self.truth_of_whole(rule, known);
            if applies(rule.card.effect, truth) {
                said_of_whole.push((number, truth));
            }
        }
        let each = meeting.rules(|shelf| &shelf.each);
        self.ask_limits(plan);
        self.ask_line(plan);

        let mut found: Vec<u32> = Vec::new();
        let find = |found: &mut Vec<u32>, number: u32| {
            if meeting.can_apply(number) {
                found.push(number);
            }
            ControlFlow::Continue(())
        };
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
            for number in &each {
                self.ask(plan, *number, (None, None), place, target, &mut said);
            }
            found.clear();
            match target {
                Target::Path(path) => {
                    plan.index
                        .visit_path(path, |number| find(&mut found, number))?;
                    once(&mut found);
                    for number in &found {
                        let whole = meeting.settles(*number).then_some(Truth::True);
                        let known = (whole, Some(Truth::True));
                        self.ask(plan, *number, known, place, target, &mut said);
                    }
                }
                Target::Set(set) => {
                    for pattern in set.include() {
                        plan.index
                            .visit_pattern(pattern, |number| find(&mut found, number))?;
                    }
                    once(&mut found);
                    for number in &found {
                        self.ask(plan, *number, (None, None), place, target, &mut said);
                    }
                    self.ask_together(plan, set, &found, &mut said);
                }
                Target::None => {
                    for number in meeting.rules(|shelf| &shelf.by_path) {
                        self.ask(plan, number, (None, None), place, target, &mut said);
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

    /// Asks one rule about one target. `whole` is what it says of the action as a whole, where that is
    /// known; `paths` is the answer of the index, where it was asked.
    fn ask(
        &mut self,
        plan: &'p Plan,
        number: u32,
        (whole, paths): (Option<Truth>, Option<Truth>),
        place: usize,
        target: Target<'_>,
        said: &mut [Said; 2],
    ) {
        let Some(rule) = plan.rules.get(number as usize) else {
            return;
        };
        let asked = self.asked.get_mut(number as usize);
        let whole = match (whole, asked) {
            (Some(whole), _) => whole,
            (None, Some(asked)) => *asked
                .whole
                .get_or_insert_with(|| rule.when.whole(self.scene)),
            (None, None) => rule.when.whole(self.scene),
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

    fn truth_of_whole(&mut self, rule: &'p Compiled, known: Option<Truth>) -> Truth {
        let whole = known.unwrap_or_else(|| rule.when.whole(self.scene));
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
        if !rule.has_windows {
            return;
        }
        let asked = self.asked.get_mut(rule.number as usize);
        let looked = asked.map(|asked| std::mem::replace(&mut asked.looked, true));
        if looked == Some(true) || rule.when.whole_at_any_time(self.scene).is_false() {
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
        let asked = self.asked.get_mut(rule.number as usize);
        let known = asked.as_ref().and_then(|asked| asked.hit);
        let at = known.unwrap_or_else(|| {
            let at = u32::try_from(self.hits.len()).unwrap_or(u32::MAX);
            self.hits.push(Hit::of(rule, truth));
            if let Some(asked) = asked {
                asked.hit = Some(at);
            }
            at
        });
        if let Some(hit) = self.hits.get_mut(at as usize) {
            hit.certain &= truth.is_true();
            hit.answered = answered && (known.is_none() || hit.answered);
            if let Some(place) = place {
                hit.targets.add(place);
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
                targets: Listed::default(),
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
                targets: Listed::default(),
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
        let at = self.default_hit.unwrap_or_else(|| {
            let asks = plan.default.effect == Effect::RequireApproval;
            self.hits.push(Hit {
                card: &plan.default,
                rule: None,
                terms: asks.then_some(&plan.default_terms),
                certain: true,
                targets: Listed::default(),
                answered: false,
            });
            self.hits.len() - 1
        });
        self.default_hit = Some(at);
        if let Target::Path(path) = target
            && self.escapes.len() < REASON_TARGETS_MAX
        {
            self.escapes.push(path.as_str().to_owned());
        }
        let named = !matches!(target, Target::None);
        if let Some(hit) = self.hits.get_mut(at)
            && named
        {
            hit.targets.add(place);
        }
    }
}

impl<'p> Hit<'p> {
    fn of(rule: &'p Compiled, truth: Truth) -> Hit<'p> {
        Hit {
            card: &rule.card,
            rule: Some(rule),
            terms: rule.terms.as_ref(),
            certain: truth.is_true(),
            targets: Listed::default(),
            answered: false,
        }
    }
}

/// Unknown makes a strict rule apply, and an allow rule not.
fn applies(effect: Effect, truth: Truth) -> bool {
    match effect {
        Effect::Allow => truth.is_true(),
        Effect::RequireApproval | Effect::Deny => truth.is_possible(),
    }
}

/// Puts rules in the order of the document, each once.
fn once(found: &mut Vec<u32>) {
    found.sort_unstable();
    found.dedup();
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

pub(super) fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
