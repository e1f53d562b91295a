//! From an action to a decision: every rule that applies is asked, and the strictest wins.
//!
//! Targets are decided one by one, and the strictest of them is the verdict. Nothing here looks at the
//! order of rules; a rule that applies because a fact is missing says so.

mod explain;

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
use super::verb::Field;
use super::waiver::Waiver;
use crate::error::{Code, Error};
use crate::model::{ActorKind, Digest, Timestamp, Token, Truth};
use crate::path::{Containment, PathRules, PathSet, PathSetSource};

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
    let scene = Scene::new(action, facts, [now, now], verb, &plan.places, targets);
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
        [Timestamp::EPOCH; 2],
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

/// When the action would be allowed, if nothing but the time of day changed: what happened and what was
/// spent is asked as of now, so that it is what the decision itself is told. Asks everything again at
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
    /// A rule that asks applies for certain, or rules that allow and ask hold all of a set together.
    settled: bool,
}

impl Said {
    fn hear(&mut self, effect: Effect) {
        match effect {
            Effect::Allow => self.allowed = true,
            Effect::RequireApproval => self.asked = true,
            Effect::Deny => self.denied = true,
        }
    }

    /// May it be that no rule applies, so that the default holds? What asks only because a fact is
    /// missing, or of only some of a set, does not take its place: a document that denies by default
    /// denies what nobody knows to be asked for.
    fn leaves_the_default(self) -> bool {
        !(self.denied || self.allowed || self.settled)
    }

    fn verdict(self, default: Effect) -> Effect {
        let asked = match self.asked {
            true => Effect::RequireApproval,
            false => Effect::Allow,
        };
        match () {
            () if self.denied => Effect::Deny,
            () if self.leaves_the_default() => asked.max(default),
            () => asked,
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
struct Tally<'s, 'a, 'p> {
    scene: &'s Scene<'a>,
    approvals: Vec<&'s Approval>,
    waivers: Vec<&'s Waiver>,
    hits: Vec<Hit<'p>>,
    /// Rules that allow, and of which nobody knows whether they apply: they allow nothing, and their
    /// obligations are owed.
    owing: Vec<&'p Compiled>,
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
            owing: Vec::new(),
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
            } else {
                self.may_owe(rule, truth);
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
                // What names paths is false of nothing.
                Target::Nothing => {}
                Target::None => {
                    for number in meeting.rules(|shelf| &shelf.by_path) {
                        self.ask(plan, number, (None, None), place, target, &mut said);
                    }
                }
            }
            self.decide_target(plan, place, target, said);
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
        // A wide claim is no edit of the files that are guarded, one of nothing else is.
        let held = !(rule.is_guard && matches!(target, Target::Set(_)) && !each.is_true());
        if held && applies(rule.card.effect, truth) {
            self.hear(rule, truth, Some(place), target, said);
        } else {
            self.may_owe(rule, truth);
        }
    }

    /// What a rule that allows asks beside is owed wherever the rule could apply: a fact that is
    /// missing takes no obligation away.
    fn may_owe(&mut self, rule: &'p Compiled, truth: Truth) {
        if truth.is_possible() && !rule.obligations.is_empty() && rule.card.mode == Mode::Enforce {
            self.owing.push(rule);
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

    /// Rules that hold a set of targets together, though none does alone: those that allow, and with
    /// them those that ask.
    fn ask_together(&mut self, plan: &'p Plan, set: &PathSet, found: &[u32], said: &mut [Said; 2]) {
        let rules = found
            .iter()
            .filter_map(|number| plan.rules.get(*number as usize));
        let scene = self.scene;
        let rules: Vec<&Compiled> = rules
            .filter(|rule| rule.card.effect != Effect::Deny && !rule.only_tightens)
            .filter(|rule| rule.verbs & (1 << scene.verb) != 0)
            .filter(|rule| {
                let paths = rule.when.paths.as_ref();
                paths.is_some_and(|p| p.exclude().is_empty() && p.overlap(set).meets())
            })
            .filter(|rule| {
                let when = rule.when.whole(scene);
                let rest = rule.when.rest(scene, Target::Set(set), Truth::True);
                self.unless(rule, when.and(rest), Target::Set(set))
                    .is_true()
            })
            .collect();
        let rules: Vec<&Compiled> = rules
            .into_iter()
            .filter(|rule| {
                rule.card.effect == Effect::Allow || !self.is_waived(&rule.card, Target::Set(set))
            })
            .collect();
        for (level, said) in said.iter_mut().enumerate() {
            let binding = |rule: &&&Compiled| level == 1 || rule.card.mode == Mode::Enforce;
            let rules: Vec<&Compiled> = rules.iter().filter(binding).copied().collect();
            if !said.leaves_the_default() || rules.is_empty() {
                continue;
            }
            let allow = |rule: &&Compiled| rule.card.effect == Effect::Allow;
            let allows: Vec<&Compiled> = rules.iter().copied().filter(allow).collect();
            let Some(mut contained) = all_hold(&allows, set) else {
                continue;
            };
            if contained.is_contained() {
                said.allowed = true;
                if level == 0 {
                    for rule in allows {
                        self.hits.push(Hit::of(rule, Truth::True));
                    }
                }
                continue;
            }
            if allows.len() < rules.len() {
                let Some(with_those_that_ask) = all_hold(&rules, set) else {
                    continue;
                };
                contained = with_those_that_ask;
            }
            if contained.is_contained() {
                said.settled = true;
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
        let settles = truth.is_true() && !rule.only_tightens;
        let levels = match card.mode {
            Mode::Enforce => 0..2,
            Mode::Advise => 1..2,
        };
        for said in said.get_mut(levels).into_iter().flatten() {
            if !answered {
                said.hear(card.effect);
            }
            said.settled |= settles;
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
            let room = scene.facts.spend.room(&limit.rule, scene.asked_at);
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
            if !answered {
                self.whole[1].hear(limit.card.effect);
                if limit.card.mode == Mode::Enforce {
                    self.whole[0].hear(limit.card.effect);
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
        if !scene.carries.has(Field::Command) {
            return;
        }
        let by_person = |kind: ActorKind| kind == ActorKind::Human;
        let actor = scene.action.actor.as_ref();
        if actor.is_some_and(|actor| by_person(actor.kind)) {
            return;
        }
        let text = scene.action.command.as_deref();
        if text.is_none_or(|text| plan.line_guard.denies(text, scene.line())) {
            if text.is_none() {
                self.missing.insert(Field::Command.as_str().to_owned());
            }
            self.whole[0].hear(Effect::Deny);
            self.whole[1].hear(Effect::Deny);
            self.hits.push(Hit {
                card: &plan.line_guard.card,
                rule: None,
                terms: None,
                certain: text.is_some(),
                targets: Listed::default(),
                answered: false,
            });
        }
    }

    /// The verdict on one target, with the default where no rule applied.
    fn decide_target(&mut self, plan: &'p Plan, place: usize, target: Target<'_>, said: [Said; 2]) {
        let card = &plan.default;
        let mut default = card.effect;
        if default != Effect::Allow && said[0].leaves_the_default() {
            let lifted = self.is_waived(card, target)
                || default == Effect::RequireApproval && self.is_approved(card, target);
            if lifted {
                default = Effect::Allow;
            }
        }
        let binds = card.mode == Mode::Enforce;
        let enforced_default = if binds { default } else { Effect::Allow };
        if said[0].leaves_the_default() && binds && default != Effect::Allow {
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
        let named = matches!(target, Target::Path(_) | Target::Set(_));
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

/// Do the paths of these rules, taken together, hold all of a set? `None` where they are too many to
/// be taken together.
fn all_hold(rules: &[&Compiled], set: &PathSet) -> Option<Containment> {
    let paths = rules.iter().flat_map(|rule| rule.when.paths.iter());
    let patterns = paths.flat_map(|paths| paths.source().include.iter().cloned());
    let union = PathSet::compile(&PathSetSource::of(patterns), set.rules()).ok()?;
    Some(union.contains(set))
}

/// Unknown makes a strict rule apply, and an allow rule not.
pub(super) fn applies(effect: Effect, truth: Truth) -> bool {
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
        (Some(_), Target::None | Target::Nothing) => false,
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
