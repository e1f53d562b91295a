//! From a document to what decides: names checked, patterns compiled, rules indexed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decision::{RuleCard, Terms};
use super::document::{Condition, Document, Effect, LimitRule, Mode, Obligation};
use super::guard::{self, LineGuard};
use super::places::Places;
use super::selector::{Each, Lean, Selector};
use super::shelves::Shelves;
use super::verb::{BUILT_IN, Fields, Verb};
use crate::error::Error;
use crate::model::{ActorId, TeamId};
use crate::path::{PathIndex, PathRules};

/// A rule, compiled.
pub(super) struct Compiled {
    /// Its place among the rules.
    pub(super) number: u32,
    pub(super) card: Arc<RuleCard>,
    pub(super) when: Selector,
    pub(super) unless: Vec<Selector>,
    /// The verbs whose actions it can apply to, as bits.
    pub(super) verbs: u64,
    pub(super) terms: Option<Terms>,
    pub(super) obligations: Vec<Obligation>,
    /// Does it look at targets, in what it asks or in its exceptions?
    pub(super) looks_at_targets: bool,
    pub(super) has_windows: bool,
    /// Nothing that a person does lifts it.
    pub(super) is_guard: bool,
    /// It makes decisions stricter and never takes the default's place, so that what is protected is
    /// not asked for where everything else is denied.
    pub(super) only_tightens: bool,
}

/// A limit, compiled.
pub(super) struct Limit {
    pub(super) card: Arc<RuleCard>,
    pub(super) rule: LimitRule,
    pub(super) of: Selector,
    pub(super) terms: Option<Terms>,
}

/// A document, compiled under one repository's rules of comparing names.
pub(super) struct Plan {
    pub(super) rules: Vec<Compiled>,
    pub(super) limits: Vec<Limit>,
    pub(super) default: Arc<RuleCard>,
    pub(super) default_terms: Terms,
    pub(super) index: PathIndex<u32>,
    pub(super) shelves: Shelves,
    pub(super) places: Places,
    pub(super) line_guard: LineGuard,
}

/// The verbs of a document: the built-in ones, then the declared ones in order.
pub(super) struct Verbs {
    declared: BTreeMap<Verb, (u32, Fields)>,
}

/// The most verbs that a document declares.
pub const VERBS_DECLARED_MAX: usize = 50;

impl Verbs {
    pub(super) fn of(document: &Document) -> Verbs {
        let declared = document.verbs.iter().zip(BUILT_IN.len()..);
        let declared = declared.map(|((verb, card), number)| {
            let carries = card.carries.iter();
            let carries = carries.fold(Fields::default(), |all, field| all.with(*field));
            (verb.clone(), (number as u32, carries))
        });
        Verbs {
            declared: declared.collect(),
        }
    }

    /// The number of a verb and the fields that it carries; `None` for one that nobody declared.
    pub(super) fn get(&self, verb: &Verb) -> Option<(u32, Fields)> {
        match verb.carries() {
            Some(carries) => Some((verb.number(), carries)),
            None => self.declared.get(verb).copied(),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let built_in = BUILT_IN.iter().map(|(name, _)| *name);
        built_in.chain(self.declared.keys().map(Verb::as_str))
    }

    fn len(&self) -> usize {
        BUILT_IN.len() + self.declared.len()
    }

    fn all(&self) -> impl Iterator<Item = (u32, Fields)> {
        let built_in = BUILT_IN.iter().filter_map(|(_, verb)| self.get(verb));
        built_in.chain(self.declared.values().copied())
    }

    /// The verbs, as bits, whose actions a selector can hold of.
    fn possible(&self, selector: &Selector) -> u64 {
        let named = selector.verbs.unwrap_or(u64::MAX);
        self.all().fold(0, |bits, (number, carries)| {
            let bit = 1 << number;
            let possible = named & bit != 0 && selector.can_hold(carries);
            if possible { bits | bit } else { bits }
        })
    }
}

impl Plan {
    pub(super) fn compile(
        document: &Document,
        verbs: &Verbs,
        cards: &Cards,
        rules: PathRules,
    ) -> Result<Plan, Error> {
        let places = Places::compile(document, rules)?;
        let bits = |verb: &Verb| verbs.get(verb).map_or(0, |(number, _)| 1 << number);
        let selector = |condition: &Condition, field: &str, lean: Lean| {
            Selector::compile(condition, field, (rules, lean), bits)
        };
        let members = |team: &TeamId| members(document, team);

        let mut compiled = Vec::new();
        for (at, rule) in document.rules.iter().enumerate() {
            let field = format!("rules[{at}]");
            let (lean, exception) = match rule.effect {
                Effect::Allow => (Lean::Looser, Lean::Stricter),
                _ => (Lean::Stricter, Lean::Looser),
            };
            let when = selector(&rule.when, &format!("{field}.when"), lean)?;
            let unless = rule.unless.iter().flat_map(|any| any.iter()).enumerate();
            let unless = unless.map(|(at, condition)| {
                selector(condition, &format!("{field}.unless[{at}]"), exception)
            });
            let asks = rule.effect == Effect::RequireApproval;
            compiled.push(Compiled::new(
                cards
                    .rules
                    .get(at)
                    .cloned()
                    .unwrap_or_else(|| Arc::clone(&cards.default)),
                when,
                unless.collect::<Result<_, _>>()?,
                verbs,
                asks.then(|| Terms::of(rule.approval.as_ref(), members)),
                rule.obligations.clone(),
            ));
        }
        // Protection that allows stops nobody, and gives nobody leave.
        let protects = |card: &&Arc<RuleCard>| card.effect != Effect::Allow;
        if let Some(card) = cards.protect.as_ref().filter(protects) {
            let touches = Condition {
                touches_protected: Some(true),
                verb: Some(guard::changing_verbs()),
                ..Condition::default()
            };
            let when = selector(&touches, "protect", Lean::Stricter)?;
            let asks = card.effect == Effect::RequireApproval;
            let terms = asks.then(|| Terms::of(document.protect.approval.as_ref(), members));
            let card = Arc::clone(card);
            let none = Vec::new();
            let mut protect = Compiled::new(card, when, none, verbs, terms, Vec::new());
            protect.only_tightens = true;
            compiled.push(protect);
        }
        if let Some(card) = &cards.second_reversal {
            let changes = Condition {
                verb: Some(guard::changing_verbs()),
                ..Condition::default()
            };
            let mut when = selector(&changes, card.id.as_str(), Lean::Stricter)?;
            when.each.push(Each::Contested);
            let card = Arc::clone(card);
            let mut reversal = Compiled::new(card, when, Vec::new(), verbs, None, Vec::new());
            reversal.only_tightens = true;
            compiled.push(reversal);
        }
        let (card, condition) = guard::files()?;
        let when = selector(&condition, card.id.as_str(), Lean::Stricter)?;
        let mut files = Compiled::new(card, when, Vec::new(), verbs, None, Vec::new());
        files.is_guard = true;
        files.only_tightens = true;
        compiled.push(files);

        let mut limits = Vec::new();
        for (at, rule) in document.limits.iter().enumerate() {
            let of = Condition {
                loop_id: rule.when.loop_id.clone(),
                team: rule.when.team.clone(),
                actor: rule.when.actor.clone(),
                ..Condition::default()
            };
            let asks = rule.on_exceed == Effect::RequireApproval;
            limits.push(Limit {
                card: cards
                    .limits
                    .get(at)
                    .cloned()
                    .unwrap_or_else(|| Arc::clone(&cards.default)),
                of: selector(&of, &format!("limits[{at}].when"), Lean::Stricter)?,
                terms: asks.then(|| Terms::of(rule.approval.as_ref(), members)),
                rule: rule.clone(),
            });
        }

        let mut index = PathIndex::new(rules);
        for (rule, number) in compiled.iter_mut().zip(0_u32..) {
            rule.number = number;
            let patterns = rule.when.paths.iter().flat_map(|paths| paths.include());
            patterns.for_each(|pattern| index.insert(pattern, number));
        }
        let shelves = Shelves::of(&compiled, verbs.len());
        Ok(Plan {
            rules: compiled,
            limits,
            default: Arc::clone(&cards.default),
            default_terms: Terms::of(None, members),
            index,
            shelves,
            places,
            line_guard: LineGuard::new()?,
        })
    }
}

impl Compiled {
    fn new(
        card: Arc<RuleCard>,
        when: Selector,
        unless: Vec<Selector>,
        verbs: &Verbs,
        terms: Option<Terms>,
        obligations: Vec<Obligation>,
    ) -> Compiled {
        let all = || std::iter::once(&when).chain(&unless);
        let looks_at_targets = all().any(Selector::looks_at_targets);
        let has_windows = all().any(|selector| selector.windows().next().is_some());
        Compiled {
            number: 0,
            verbs: verbs.possible(&when),
            card,
            when,
            unless,
            terms,
            obligations,
            looks_at_targets,
            has_windows,
            is_guard: false,
            only_tightens: false,
        }
    }
}

/// What decisions show of rules, made once for all compilations.
pub(super) struct Cards {
    pub(super) rules: Vec<Arc<RuleCard>>,
    pub(super) limits: Vec<Arc<RuleCard>>,
    pub(super) default: Arc<RuleCard>,
    pub(super) protect: Option<Arc<RuleCard>>,
    pub(super) second_reversal: Option<Arc<RuleCard>>,
}

impl Cards {
    pub(super) fn waivable(&self, name: &ActorId) -> bool {
        let named = self.rules.iter().chain(&self.limits).chain(&self.protect);
        let named = named.chain(&self.second_reversal);
        named.chain([&self.default]).any(|card| card.id == *name)
    }

    /// The cards of a document; `line` answers where a field begins.
    pub(super) fn of(
        document: &Document,
        file: &Arc<str>,
        line: impl Fn(&str) -> u32,
    ) -> Result<Cards, Error> {
        let card =
            |id: ActorId, effect, mode: Option<Mode>, field: &str, words: [&Option<String>; 2]| {
                let [reason, remedy] = words.map(|text| text.as_deref().map(Arc::from));
                Arc::new(RuleCard {
                    id,
                    effect,
                    mode: mode.unwrap_or(document.mode),
                    file: Arc::clone(file),
                    line: line(field),
                    reason,
                    remedy,
                })
            };
        let rules = document.rules.iter().enumerate().map(|(at, rule)| {
            let field = format!("rules[{at}]");
            let words = [&rule.reason, &rule.remedy];
            card(rule.id.clone(), rule.effect, rule.mode, &field, words)
        });
        let limits = document.limits.iter().enumerate().map(|(at, limit)| {
            let field = format!("limits[{at}]");
            let words = [&limit.reason, &limit.remedy];
            card(limit.id.clone(), limit.on_exceed, limit.mode, &field, words)
        });
        let protect = &document.protect;
        let protects = protect.deliberate.is_some() || protect.verified.is_some();
        let why = Some(
            "another side changed this on purpose, or had it verified, not long ago".to_owned(),
        );
        let how = Some("read its intent first, and ask whoever made it".to_owned());
        let effect = protect.effect.unwrap_or(Effect::RequireApproval);
        let fought = Some(
            "two sides undo each other's changes here, and a person decides which of them holds"
                .to_owned(),
        );
        let answer = Some("see loom inbox; the person who is asked there resolves it".to_owned());
        Ok(Cards {
            rules: rules.collect(),
            limits: limits.collect(),
            default: card(
                ActorId::new(DEFAULT)?,
                document.default,
                None,
                "default",
                [&None, &None],
            ),
            protect: match protects {
                true => {
                    let id = ActorId::new(PROTECT)?;
                    Some(card(id, effect, None, "protect", [&why, &how]))
                }
                false => None,
            },
            second_reversal: match protects && effect != Effect::Allow {
                true => {
                    let id = ActorId::new(SECOND_REVERSAL)?;
                    let words = [&fought, &answer];
                    Some(card(id, Effect::Deny, None, "protect", words))
                }
                false => None,
            },
        })
    }
}

/// The name of what holds where no rule applies.
pub(super) const DEFAULT: &str = "default";
/// The name of the rule that protects changes.
pub(super) const PROTECT: &str = "protect";
/// The name of the rule that ends a fight of two sides over one place, wherever changes are protected.
pub const SECOND_REVERSAL: &str = "loomstack.second_reversal";

fn members(document: &Document, team: &TeamId) -> BTreeSet<ActorId> {
    let team = document.owners.teams.get(team);
    team.map(|team| team.members.clone()).unwrap_or_default()
}
