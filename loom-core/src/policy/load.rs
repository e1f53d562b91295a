//! Loading a document: read, checked for names that nothing declares, compiled once.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::compile::{Cards, DEFAULT, PROTECT, Plan, VERBS_DECLARED_MAX, Verbs};
use super::document::{
    ApprovalTerms, Condition, Document, Effect, Obligation, OwnerIs, RecentlyChanged, Rule,
};
use super::examples;
use super::verb::{BUILT_IN, Verb};
use super::words::{AnyOf, NamePattern, TimeSpan};
use crate::document::{self as read, Fault, Format, Tree};
use crate::error::{Code, Error};
use crate::model::{ActorId, Digest, TeamId};
use crate::path::{Case, PathRules, Unicode};

/// The most rules and limits of a document, together.
pub const RULES_MAX: usize = 100_000;
/// How far back a document may look, in milliseconds: the 30 days that changes are kept hot.
pub const LOOK_BACK_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;
/// The version of the format that this library reads.
const VERSION: u32 = 1;

/// The fact that whoever holds the state brings to each action, whatever the caller says of it: how
/// many lines on its targets loops added of late, and no person has read.
pub const UNREVIEWED_LINES: &str = "unreviewed_lines";

/// A loaded document.
pub(super) struct Loaded {
    pub(super) document: Document,
    pub(super) verbs: Verbs,
    pub(super) digest: Digest,
    pub(super) cards: Cards,
    /// Does a condition compare the fact [`UNREVIEWED_LINES`]?
    pub(super) asks_unreviewed: bool,
    /// Where each service stands.
    service_lines: BTreeMap<ActorId, u32>,
    /// The document compiled under each way of comparing names, when first asked for.
    plans: [OnceLock<Result<Plan, Error>>; 8],
}

/// Does a condition of the document compare this fact?
fn asks_for(document: &Document, fact: &str) -> bool {
    let conditions = document.rules.iter().flat_map(|rule| {
        let unless = rule.unless.iter().flat_map(|unless| unless.0.iter());
        std::iter::once(&rule.when).chain(unless)
    });
    conditions
        .into_iter()
        .any(|when| when.facts.contains_key(fact))
}

impl Loaded {
    pub(super) fn load(name: &str, text: &str, format: Format) -> Result<Loaded, Error> {
        let tree = read::tree(text, format)
            .map_err(|fault| fault.into_error(Code::InvalidPolicy, "policy", name))?;
        let loaded = Loaded::from_tree(name, &tree);
        loaded.map_err(|fault| {
            let place = fault.field().map(|field| tree.place_of(field));
            let fault = match place {
                Some(place) => fault.or_at(place),
                None => fault,
            };
            fault.into_error(Code::InvalidPolicy, "policy", name)
        })
    }

    fn from_tree(name: &str, tree: &Tree) -> Result<Loaded, Fault> {
        let document: Document = read::from_tree(tree)?;
        check(&document)?;
        let canonical = serde_json::to_vec(&document).map_err(|why| Fault::new(why.to_string()))?;
        let file: Arc<str> = name.into();
        let loaded = Loaded {
            verbs: Verbs::of(&document),
            digest: Digest::of(&[b"loomstack.policy.v1\n", &canonical]),
            service_lines: service_lines(&document, tree),
            cards: Cards::of(&document, &file, |field| tree.place_of(field).line)?,
            asks_unreviewed: asks_for(&document, UNREVIEWED_LINES),
            document,
            plans: std::array::from_fn(|_| OnceLock::new()),
        };
        let plan = loaded.plan(PathRules::default()).map_err(Fault::from)?;
        examples::check(&loaded.document, plan, &loaded.verbs)?;
        Ok(loaded)
    }

    /// The line at which a service stands.
    pub(super) fn line_of_service(&self, name: &ActorId) -> u32 {
        self.service_lines.get(name).copied().unwrap_or(0)
    }

    /// The document under a repository's rules.
    pub(super) fn plan(&self, rules: PathRules) -> Result<&Plan, Error> {
        let number = usize::from(rules.case == Case::Insensitive)
            + 2 * usize::from(rules.unicode == Unicode::Nfc)
            + 4 * usize::from(rules.windows);
        let plan = self.plans.get(number).unwrap_or(&self.plans[0]);
        let plan =
            plan.get_or_init(|| Plan::compile(&self.document, &self.verbs, &self.cards, rules));
        plan.as_ref().map_err(Clone::clone)
    }
}

fn service_lines(document: &Document, tree: &Tree) -> BTreeMap<ActorId, u32> {
    let line = |name: &ActorId| tree.place_of(&format!("services.{name}")).line;
    let services = document.services.keys();
    services.map(|name| (name.clone(), line(name))).collect()
}

/// Checks what serde cannot: names that refer to others, numbers that make no sense.
fn check(document: &Document) -> Result<(), Fault> {
    if document.version != VERSION {
        let message = format!("this library reads version {VERSION}");
        return Err(Fault::new(message).or_about("version"));
    }
    let count = document.rules.len() + document.limits.len();
    if count > RULES_MAX {
        let fault = Fault::limit("RULES_MAX", RULES_MAX as u64, count as u64);
        return Err(fault.or_about("rules"));
    }
    let declared = document.verbs.len();
    if declared > VERBS_DECLARED_MAX {
        let fault = Fault::limit(
            "VERBS_DECLARED_MAX",
            VERBS_DECLARED_MAX as u64,
            declared as u64,
        );
        return Err(fault.or_about("verbs"));
    }
    let mut declared = document.verbs.keys();
    if let Some(verb) = declared.find(|verb| verb.carries().is_some()) {
        let message = format!("{verb} is a built-in verb and cannot be declared again");
        return Err(Fault::new(message).or_about(format!("verbs.{verb}")));
    }
    let names = Names { document };
    names.ids()?;
    for (name, service) in &document.services {
        if let Some(team) = &service.owner {
            names.team(team, || format!("services.{name}.owner"))?;
        }
    }
    for (at, area) in document.owners.areas.iter().enumerate() {
        for team in &area.teams {
            names.team(team, || format!("owners.areas[{at}].teams"))?;
        }
    }
    for (at, rule) in document.rules.iter().enumerate() {
        names.rule(rule, &format!("rules[{at}]"))?;
    }
    for (at, limit) in document.limits.iter().enumerate() {
        let field = format!("limits[{at}]");
        let asks = limit.on_exceed == Effect::RequireApproval;
        names.terms(limit.approval.as_ref(), asks, &field)?;
        names.teams_named(&limit.when.team, || format!("{field}.when.team"))?;
        if limit
            .warn_at
            .is_some_and(|percent| percent == 0 || percent > 100)
        {
            let message = "a share is 1 to 100 percent";
            return Err(Fault::new(message).or_about(format!("{field}.warn_at")));
        }
    }
    let protect = &document.protect;
    let asks = protect.effect.unwrap_or(Effect::RequireApproval) == Effect::RequireApproval;
    names.terms(protect.approval.as_ref(), asks, "protect")?;
    for (name, span) in [
        ("deliberate", protect.deliberate),
        ("verified", protect.verified),
    ] {
        looks_back(span, || format!("protect.{name}"))?;
    }
    Ok(())
}

/// The names that a document declares, and whether others refer to them rightly.
struct Names<'d> {
    document: &'d Document,
}

impl Names<'_> {
    /// No two rules or limits have one name, and none has a built-in one.
    fn ids(&self) -> Result<(), Fault> {
        let rules = self.document.rules.iter().map(|rule| &rule.id).enumerate();
        let limits = self
            .document
            .limits
            .iter()
            .map(|limit| &limit.id)
            .enumerate();
        let fields = rules
            .map(|(at, id)| (id, format!("rules[{at}].id")))
            .chain(limits.map(|(at, id)| (id, format!("limits[{at}].id"))));
        let mut seen: BTreeMap<&ActorId, String> = BTreeMap::new();
        for (id, field) in fields {
            let name = id.as_str();
            if name == DEFAULT || name == PROTECT || name.starts_with("loomstack.") {
                let message = format!("`{name}` is the name of something built in");
                return Err(Fault::new(message).or_about(field));
            }
            if let Some(first) = seen.get(id) {
                let message = format!("`{name}` is the name of {first} already");
                return Err(Fault::new(message).or_about(field));
            }
            seen.insert(id, field);
        }
        Ok(())
    }

    fn rule(&self, rule: &Rule, field: &str) -> Result<(), Fault> {
        self.condition(&rule.when, &format!("{field}.when"))?;
        let unless = rule.unless.iter().flat_map(|any| any.iter()).enumerate();
        for (at, condition) in unless {
            self.condition(condition, &format!("{field}.unless[{at}]"))?;
        }
        let asks = rule.effect == Effect::RequireApproval;
        self.terms(rule.approval.as_ref(), asks, field)?;
        for (at, obligation) in rule.obligations.iter().enumerate() {
            if let Obligation::Notify { team } = obligation {
                self.team(team, || format!("{field}.obligations[{at}].team"))?;
            }
        }
        Ok(())
    }

    fn condition(&self, condition: &Condition, field: &str) -> Result<(), Fault> {
        let known_verb =
            |verb: &Verb| verb.carries().is_some() || self.document.verbs.contains_key(verb);
        let rated = condition.rate.iter().filter_map(|rate| rate.of.as_ref());
        let mut verbs = condition.verb.iter().flat_map(AnyOf::iter).chain(rated);
        if let Some(verb) = verbs.find(|verb| !known_verb(verb)) {
            let built_in = BUILT_IN.iter().map(|(name, _)| *name);
            let known = built_in.chain(self.document.verbs.keys().map(Verb::as_str));
            let fault = Fault::unknown("verb", verb.as_str(), known);
            return Err(fault.or_about(format!("{field}.verb")));
        }
        for service in condition.service.iter().flat_map(AnyOf::iter) {
            if !self.document.services.contains_key(service) {
                let known = self.document.services.keys().map(ActorId::as_str);
                let fault = Fault::unknown("service", service.as_str(), known);
                return Err(fault.or_about(format!("{field}.service")));
            }
        }
        let environments = &self.document.environments;
        for name in condition.environment.iter().flat_map(AnyOf::iter) {
            if !environments
                .iter()
                .any(|known| name.matches(known.as_str()))
            {
                let known = environments.iter().map(ActorId::as_str);
                let fault = Fault::unknown("environment", name.as_str(), known);
                return Err(fault.or_about(format!("{field}.environment")));
            }
        }
        for owner in condition.owner.iter().flat_map(AnyOf::iter) {
            if let OwnerIs::Team(team) = owner {
                self.team(team, || format!("{field}.owner"))?;
            }
        }
        self.teams_named(&condition.team, || format!("{field}.team"))?;
        if condition
            .paths
            .as_ref()
            .is_some_and(|paths| paths.include.is_empty())
        {
            let message = "no path is named here, so this would never hold";
            return Err(Fault::new(message).or_about(format!("{field}.paths")));
        }
        if let Some(size) = &condition.size
            && size.files.is_none()
            && size.lines.is_none()
        {
            let message = "name files, lines or both";
            return Err(Fault::new(message).or_about(format!("{field}.size")));
        }
        if let Some(RecentlyChanged { within, .. }) = &condition.recently_changed_by {
            looks_back(Some(*within), || {
                format!("{field}.recently_changed_by.within")
            })?;
        }
        if let Some(rate) = &condition.rate {
            looks_back(Some(rate.within), || format!("{field}.rate.within"))?;
        }
        Ok(())
    }

    fn terms(&self, terms: Option<&ApprovalTerms>, asks: bool, field: &str) -> Result<(), Fault> {
        let Some(terms) = terms else { return Ok(()) };
        let about = |name: &str| format!("{field}.approval{name}");
        if !asks {
            let message = "only what requires approval says who may approve";
            return Err(Fault::new(message).or_about(about("")));
        }
        for team in &terms.teams {
            self.team(team, || about(".teams"))?;
        }
        let members = |team: &TeamId| {
            let team = self.document.owners.teams.get(team);
            team.into_iter().flat_map(|team| &team.members)
        };
        let people = terms.teams.iter().flat_map(members).chain(&terms.people);
        let people: std::collections::BTreeSet<&ActorId> = people.collect();
        let named = !terms.teams.is_empty() || !terms.people.is_empty();
        let count = terms.count.unwrap_or(1);
        if count == 0 {
            return Err(Fault::new("at least one person approves").or_about(about(".count")));
        }
        if named && people.len() < count as usize {
            let message = format!("{count} have to approve, and {} may", people.len());
            return Err(Fault::new(message).or_about(about("")));
        }
        Ok(())
    }

    fn team(&self, team: &TeamId, field: impl FnOnce() -> String) -> Result<(), Fault> {
        let teams = &self.document.owners.teams;
        if teams.contains_key(team) {
            return Ok(());
        }
        let known = teams.keys().map(TeamId::as_str);
        Err(Fault::unknown("team", team.as_str(), known).or_about(field()))
    }

    fn teams_named(
        &self,
        names: &Option<AnyOf<NamePattern>>,
        field: impl Fn() -> String,
    ) -> Result<(), Fault> {
        let teams = &self.document.owners.teams;
        for name in names.iter().flat_map(AnyOf::iter) {
            if !teams.keys().any(|team| name.matches(team.as_str())) {
                let known = teams.keys().map(TeamId::as_str);
                return Err(Fault::unknown("team", name.as_str(), known).or_about(field()));
            }
        }
        Ok(())
    }
}

fn looks_back(span: Option<TimeSpan>, field: impl FnOnce() -> String) -> Result<(), Fault> {
    let Some(span) = span.filter(|span| span.ms() > LOOK_BACK_MS_MAX) else {
        return Ok(());
    };
    Err(Fault::limit("LOOK_BACK_MS_MAX", LOOK_BACK_MS_MAX, span.ms()).or_about(field()))
}
