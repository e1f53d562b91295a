//! What is wrong with a document that loads: rules that can never speak, rules that others silence,
//! people who are asked and cannot answer.
//!
//! A finding is data. None of them stops a document from being used; a fault does that at load.
//!
//! ```
//! use loom_core::model::Timestamp;
//! use loom_core::policy::{FindingCode, Format, PolicySet};
//!
//! let policy = "
//! version: 1
//! default: deny
//! rules:
//!   - {id: sources, effect: allow, when: {verb: edit, paths: src/**}}
//!   - {id: frozen, effect: deny, when: {verb: [edit, create]}}
//! ";
//! let policy = PolicySet::load(policy, Format::Yaml)?;
//! let findings = policy.lint(Timestamp::EPOCH);
//! assert_eq!(findings[0].code, FindingCode::Shadowed);
//! assert_eq!(findings[0].other.as_ref().unwrap().as_str(), "frozen");
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::compile::{Compiled, Plan};
use super::decision::RuleCard;
use super::document::{ApprovalTerms, Condition, Document, Effect, Mode, Rule};
use super::load::Loaded;
use super::selector::Selector;
use super::window::Window;
use super::words::{AnyOf, NamePattern};
use crate::model::{ActorId, TeamId, Timestamp};

/// The most pairs of rules that are held against each other; past it a finding says so.
pub const LINT_PAIRS_MAX: u64 = 4_000_000;

/// Something that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What kind of thing.
    pub code: FindingCode,
    /// The rule, limit, service or team that it is about.
    pub rule: String,
    /// The rule that has a part in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<ActorId>,
    /// The file.
    pub file: Arc<str>,
    /// The line in it.
    pub line: u32,
    /// What was found, in a sentence.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// The kinds of findings, as stable words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// The rule can never apply.
    Unreachable,
    /// Its times are all over.
    Over,
    /// Its exceptions hold whenever it would.
    AlwaysExcepted,
    /// A stricter rule applies wherever it does.
    Shadowed,
    /// Two rules with the same condition say allow and deny.
    Contradictory,
    /// Nobody answers for a service.
    NoOwner,
    /// A team has to approve, and has no members.
    EmptyTeam,
    /// There are actions whose approval nobody may give.
    NobodyCanApprove,
    /// What is taken for an unknown estimate is over the limit already.
    FloorOverMax,
    /// There are more pairs of rules than are looked at.
    NotAllLookedAt,
}

impl FindingCode {
    /// The code as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            FindingCode::Unreachable => "unreachable",
            FindingCode::Over => "over",
            FindingCode::AlwaysExcepted => "always_excepted",
            FindingCode::Shadowed => "shadowed",
            FindingCode::Contradictory => "contradictory",
            FindingCode::NoOwner => "no_owner",
            FindingCode::EmptyTeam => "empty_team",
            FindingCode::NobodyCanApprove => "nobody_can_approve",
            FindingCode::FloorOverMax => "floor_over_max",
            FindingCode::NotAllLookedAt => "not_all_looked_at",
        }
    }
}

/// Looks a document over.
pub(super) fn lint(loaded: &Loaded, plan: &Plan, now: Timestamp) -> Vec<Finding> {
    let document = &loaded.document;
    let mut findings = Findings {
        file: Arc::clone(&loaded.cards.default.file),
        list: Vec::new(),
    };
    for (rule, compiled) in document.rules.iter().zip(&plan.rules) {
        alone(&mut findings, rule, compiled, now);
        if let Some(terms) = &rule.approval {
            people(
                &mut findings,
                document,
                &compiled.card,
                terms,
                rule.when.team.as_ref(),
            );
        }
    }
    pairs(&mut findings, document, plan);
    for limit in &plan.limits {
        let card = &limit.card;
        if let Some(floor) = limit.rule.floor.filter(|floor| *floor > limit.rule.max) {
            let max = limit.rule.max;
            let message = format!(
                "its floor {floor} is over its max {max}, so an action without an estimate never fits"
            );
            findings.rule(
                FindingCode::FloorOverMax,
                card,
                None,
                message,
                "lower the floor",
            );
        }
        if let Some(terms) = &limit.rule.approval {
            people(
                &mut findings,
                document,
                card,
                terms,
                limit.rule.when.team.as_ref(),
            );
        }
    }
    if let (Some(card), Some(terms)) = (&loaded.cards.protect, &document.protect.approval) {
        people(&mut findings, document, card, terms, None);
    }
    for (name, _) in document
        .services
        .iter()
        .filter(|(_, it)| it.owner.is_none())
    {
        findings.list.push(Finding {
            code: FindingCode::NoOwner,
            rule: name.as_str().to_owned(),
            other: None,
            file: Arc::clone(&findings.file),
            line: loaded.line_of_service(name),
            message: format!("nobody answers for the service {name}"),
            remedy: "name a team as its owner".to_owned(),
        });
    }
    findings.list
}

struct Findings {
    file: Arc<str>,
    list: Vec<Finding>,
}

impl Findings {
    fn rule(
        &mut self,
        code: FindingCode,
        card: &RuleCard,
        other: Option<&RuleCard>,
        message: impl Into<String>,
        remedy: &str,
    ) {
        self.list.push(Finding {
            code,
            rule: card.id.as_str().to_owned(),
            other: other.map(|other| other.id.clone()),
            file: Arc::clone(&card.file),
            line: card.line,
            message: message.into(),
            remedy: remedy.to_owned(),
        });
    }
}

/// What one rule shows by itself.
fn alone(findings: &mut Findings, rule: &Rule, compiled: &Compiled, now: Timestamp) {
    let card = &compiled.card;
    if compiled.verbs == 0 {
        let message = "no verb can carry everything that it asks for, so it never applies";
        let remedy = "split it into a rule for each verb";
        findings.rule(FindingCode::Unreachable, card, None, message, remedy);
    }
    let empty = |paths: &crate::path::PathSet| paths.is_empty().is_empty();
    if compiled.when.paths.as_ref().is_some_and(empty) {
        let message = "no path is left of its paths once the excluded ones are out";
        let remedy = "correct its paths, or delete it";
        findings.rule(FindingCode::Unreachable, card, None, message, remedy);
    }
    let over = |window: &Window| match window {
        Window::Hours(_) => false,
        Window::Freeze(freeze) => freeze.to <= now,
        Window::Freezes(freezes) => freezes.iter().all(|freeze| freeze.to <= now),
    };
    let mut windows = compiled.when.windows().peekable();
    if windows.peek().is_some() && windows.all(over) {
        let message = "all its times are over, so it never applies again";
        findings.rule(
            FindingCode::Over,
            card,
            None,
            message,
            "delete it, or name new times",
        );
    }
    let conditions = rule.unless.iter().flat_map(AnyOf::iter);
    for (unless, selector) in conditions.zip(&compiled.unless) {
        let inner = Inner::of(rule, compiled);
        if covers((unless, selector), inner) {
            let message = "an exception under `unless` holds whenever the rule would apply";
            findings.rule(
                FindingCode::AlwaysExcepted,
                card,
                None,
                message,
                "narrow the exception",
            );
        }
    }
}

/// What rules do to each other.
fn pairs(findings: &mut Findings, document: &Document, plan: &Plan) {
    let rules: Vec<(&Rule, &Compiled)> = document.rules.iter().zip(&plan.rules).collect();
    let silent = |rule: &Rule| rule.unless.is_none();
    let strict: Vec<&(&Rule, &Compiled)> = rules
        .iter()
        .filter(|(rule, _)| rule.effect != Effect::Allow)
        .collect();
    let looser: Vec<&(&Rule, &Compiled)> = rules
        .iter()
        .filter(|(rule, _)| rule.effect != Effect::Deny)
        .collect();
    let mut left = LINT_PAIRS_MAX;
    for (rule, compiled) in looser {
        for (other, stricter) in &strict {
            if left == 0 {
                let message = format!("only {LINT_PAIRS_MAX} pairs of rules were looked at");
                let remedy = "split the document to have all of them looked at";
                let card = &plan.default;
                return findings.rule(FindingCode::NotAllLookedAt, card, None, message, remedy);
            }
            left -= 1;
            if other.effect <= rule.effect || compiled.verbs == 0 {
                continue;
            }
            let (card, its) = (&compiled.card, &stricter.card);
            let binds = its.mode == Mode::Enforce || card.mode == Mode::Advise;
            let same = rule.when == other.when && rule.unless == other.unless;
            if same && rule.effect == Effect::Allow && other.effect == Effect::Deny {
                let message = format!(
                    "it allows what rule {} denies, on the same condition",
                    its.id
                );
                let remedy = "delete one of the two";
                findings.rule(FindingCode::Contradictory, card, Some(its), message, remedy);
            } else if binds
                && silent(other)
                && covers((&other.when, &stricter.when), Inner::of(rule, compiled))
            {
                let (effect, id) = (its.effect.as_str(), &its.id);
                let message = format!("wherever it applies, rule {id} does too, and says {effect}");
                let remedy = "delete it, or give the other rule an exception under `unless`";
                findings.rule(FindingCode::Shadowed, card, Some(its), message, remedy);
            }
        }
    }
}

/// Whether those who are asked can answer.
fn people(
    findings: &mut Findings,
    document: &Document,
    card: &RuleCard,
    terms: &ApprovalTerms,
    acting: Option<&AnyOf<NamePattern>>,
) {
    let teams = &document.owners.teams;
    for name in &terms.teams {
        if teams.get(name).is_some_and(|team| team.members.is_empty()) {
            let message = format!("the team {name} has to approve and has no members");
            findings.rule(
                FindingCode::EmptyTeam,
                card,
                None,
                message,
                "name its members",
            );
        }
    }
    let named = !terms.teams.is_empty() || !terms.people.is_empty();
    if !terms.not_owner || !named {
        return;
    }
    let members = |team: &TeamId| teams.get(team).into_iter().flat_map(|team| &team.members);
    let of_teams = terms.teams.iter().flat_map(members);
    let may: BTreeSet<&ActorId> = of_teams.chain(&terms.people).collect();
    let count = terms.count.unwrap_or(1) as usize;
    let acts = |team: &TeamId| {
        acting.is_none_or(|names| names.iter().any(|name| name.matches(team.as_str())))
    };
    let stuck = teams.iter().filter(|(name, _)| acts(name));
    let stuck = stuck.filter(|(_, team)| {
        let apart = may.iter().filter(|person| !team.members.contains(**person));
        apart.count() < count
    });
    for (name, _) in stuck {
        let message = format!(
            "for the team {name} nobody is left who may approve: not_owner takes its members out"
        );
        let remedy = "name approvers of another team";
        findings.rule(FindingCode::NobodyCanApprove, card, None, message, remedy);
    }
}

/// A condition that another may cover, with the verbs that it can hold of.
#[derive(Clone, Copy)]
struct Inner<'a> {
    condition: &'a Condition,
    selector: &'a Selector,
    verbs: u64,
}

impl<'a> Inner<'a> {
    fn of(rule: &'a Rule, compiled: &'a Compiled) -> Inner<'a> {
        Inner {
            condition: &rule.when,
            selector: &compiled.when,
            verbs: compiled.verbs,
        }
    }
}

/// Does the outer condition hold wherever the inner one does for certain? Selector by selector; where
/// that cannot be told from two selectors alone, no.
fn covers((outer, selector): (&Condition, &Selector), inner: Inner<'_>) -> bool {
    let Condition {
        verb: _,
        repo,
        branch,
        paths: _,
        resource,
        service,
        environment,
        owner,
        loop_id,
        team,
        actor,
        tool,
        command,
        size,
        edge,
        spans,
        window,
        facts,
        recently_changed_by,
        reverts,
        touches_protected,
        verified,
        rate,
    } = outer;
    let it = inner.condition;
    let verbs = selector.verbs.is_none_or(|bits| inner.verbs & !bits == 0);
    let paths = match (&selector.paths, &inner.selector.paths) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => outer.contains(inner).is_contained(),
    };
    verbs
        && among(repo, &it.repo)
        && names(branch, &it.branch)
        && names(resource, &it.resource)
        && among(service, &it.service)
        && names(environment, &it.environment)
        && among(owner, &it.owner)
        && names(loop_id, &it.loop_id)
        && names(team, &it.team)
        && among(actor, &it.actor)
        && names(tool, &it.tool)
        && among(command, &it.command)
        && same(size, &it.size)
        && same(edge, &it.edge)
        && same(spans, &it.spans)
        && among(window, &it.window)
        && facts
            .iter()
            .all(|(name, comparison)| it.facts.get(name) == Some(comparison))
        && same(recently_changed_by, &it.recently_changed_by)
        && same(reverts, &it.reverts)
        && same(touches_protected, &it.touches_protected)
        && same(verified, &it.verified)
        && same(rate, &it.rate)
        && paths
}

fn same<T: PartialEq>(outer: &Option<T>, inner: &Option<T>) -> bool {
    outer.is_none() || outer == inner
}

fn among<T: PartialEq>(outer: &Option<AnyOf<T>>, inner: &Option<AnyOf<T>>) -> bool {
    match (outer, inner) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => inner.iter().all(|item| outer.0.contains(item)),
    }
}

fn names(outer: &Option<AnyOf<NamePattern>>, inner: &Option<AnyOf<NamePattern>>) -> bool {
    let (Some(outer), Some(inner)) = (outer, inner) else {
        return outer.is_none();
    };
    inner.iter().all(|name| {
        outer.iter().any(|pattern| {
            let literal = name.is_literal() && pattern.matches(name.as_str());
            pattern == name || pattern.as_str() == "*" || literal
        })
    })
}
