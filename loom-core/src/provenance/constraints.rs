//! Is a PROV-JSON document one that PROV-CONSTRAINTS calls valid?
//!
//! Held are the constraints that our own words could break: unique generation, the order of events
//! (W3C PROV-CONSTRAINTS 30, 33 to 38, 41, 42, 45 and 46), specialization as a strict order, and
//! derivation without cycles. A path that goes from one blob to another and back stays valid, since a
//! file version is `path@change` and its blob is only an attribute of it.
//!
//! Two rules are stricter than the standard: an entity has one generation, not several at the same
//! instant, and where both of two events are dated, the one that must come first is not dated later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::export::EXPORT_BYTES_MAX;
use crate::error::{Code, Error};
use crate::model::Timestamp;

/// The most violations that one answer lists; the rest is counted.
pub const VIOLATIONS_MAX: usize = 100;

/// What was found in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProvFindings {
    /// At most [`VIOLATIONS_MAX`], by constraint and then by name.
    pub violations: Vec<ProvViolation>,
    /// How many more there are.
    pub more: u64,
}

impl ProvFindings {
    /// Does the document keep every constraint?
    pub fn is_valid(&self) -> bool {
        self.violations.is_empty()
    }
}

/// A constraint that is broken, and by what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProvViolation {
    /// Which.
    pub constraint: ProvConstraint,
    /// The identifier that should stand first, or alone.
    pub subject: String,
    /// The other, where two stand against each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
}

/// What a document must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProvConstraint {
    /// Nothing is an entity and an activity at once.
    Disjoint,
    /// An entity is generated once.
    UniqueGeneration,
    /// Nothing specializes itself, not through others either.
    Specialization,
    /// Nothing is derived from itself, not through others either.
    Derivation,
    /// What is derived comes after what it is derived from, whatever else orders the two.
    Ordering,
    /// Of two dated events, the one that must come first is not dated later.
    Dates,
}

/// Checks a document in PROV-JSON without bundles.
///
/// # Errors
/// `limit_exceeded` over [`EXPORT_BYTES_MAX`]; `invalid_json` for what is no PROV-JSON;
/// `invalid_field` for a document with bundles.
pub fn check_prov_constraints(prov_json: &str) -> Result<ProvFindings, Error> {
    if prov_json.len() > EXPORT_BYTES_MAX {
        let (max, got) = (EXPORT_BYTES_MAX as u64, prov_json.len() as u64);
        return Err(Error::limit("prov_json", "EXPORT_BYTES_MAX", max, got));
    }
    let document: Document = serde_json::from_str(prov_json)
        .map_err(|why| Error::at(Code::InvalidJson, "prov_json", why.to_string()))?;
    if !document.bundle.is_empty() {
        let message = "bundles are not checked: check each as a document of its own";
        return Err(Error::at(Code::InvalidField, "prov_json.bundle", message));
    }
    let mut broken = BTreeSet::new();
    disjoint(&document, &mut broken);
    unique_generation(&document, &mut broken);
    let specialized = pairs(&document.specialization, |each| {
        (each.general.as_deref(), each.specific.as_deref())
    });
    let derived = pairs(&document.derivation, |each| {
        (each.used.as_deref(), each.generated.as_deref())
    });
    circles(ProvConstraint::Specialization, &specialized, &mut broken);
    circles(ProvConstraint::Derivation, &derived, &mut broken);
    ordering(&document, &specialized, &derived, &mut broken);

    let more = broken.len().saturating_sub(VIOLATIONS_MAX) as u64;
    let violations = broken.into_iter().take(VIOLATIONS_MAX).collect();
    Ok(ProvFindings { violations, more })
}

type Broken = BTreeSet<ProvViolation>;

fn found(broken: &mut Broken, constraint: ProvConstraint, subject: &str, other: Option<&str>) {
    broken.insert(ProvViolation {
        constraint,
        subject: subject.to_owned(),
        other: other.map(str::to_owned),
    });
}

fn disjoint(document: &Document, broken: &mut Broken) {
    for entity in document.entity.keys() {
        if document.activity.contains_key(entity) {
            found(broken, ProvConstraint::Disjoint, entity, None);
        }
    }
}

fn unique_generation(document: &Document, broken: &mut Broken) {
    let mut first: BTreeMap<&str, &Link> = BTreeMap::new();
    for link in links(&document.generation) {
        let Some(entity) = link.entity.as_deref() else {
            continue;
        };
        let known = first.entry(entity).or_insert(link);
        let same_time = match (known.time, link.time) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        if known.activity != link.activity || !same_time {
            let activity = link.activity.as_deref();
            found(broken, ProvConstraint::UniqueGeneration, entity, activity);
        }
    }
}

/// Names the members of every circle.
fn circles(constraint: ProvConstraint, pairs: &[(&str, &str)], broken: &mut Broken) {
    let mut events = Events::default();
    for (from, to) in pairs {
        let (from, to) = (events.of(Event::Made(from)), events.of(Event::Made(to)));
        events.edges.push((from, to, true));
    }
    for (from, to) in events.strict_in_circles() {
        let (from, to) = (events.names[from].subject(), events.names[to].subject());
        found(broken, constraint, from, Some(to));
    }
}

/// Draws every order that the document implies, and looks for events that would precede themselves.
fn ordering<'d>(
    document: &'d Document,
    specialized: &[(&'d str, &'d str)],
    derived: &[(&'d str, &'d str)],
    broken: &mut Broken,
) {
    let mut events = Events::default();
    for (activity, told) in &document.activity {
        for told in told.each() {
            events.date(Event::Start(activity), told.start);
            events.date(Event::End(activity), told.end);
        }
        events.precede(Event::Start(activity), Event::End(activity));
    }
    for link in links(&document.generation) {
        let (Some(entity), activity) = (link.entity.as_deref(), link.activity.as_deref()) else {
            continue;
        };
        events.date(Event::Made(entity), link.time);
        events.within(Event::Made(entity), activity);
    }
    for link in links(&document.invalidation) {
        let (Some(entity), activity) = (link.entity.as_deref(), link.activity.as_deref()) else {
            continue;
        };
        events.date(Event::Gone(entity), link.time);
        events.precede(Event::Made(entity), Event::Gone(entity));
        events.within(Event::Gone(entity), activity);
    }
    for (nth, link) in links(&document.usage).enumerate() {
        let (Some(activity), entity) = (link.activity.as_deref(), link.entity.as_deref()) else {
            continue;
        };
        let using = Event::Used(activity, entity.unwrap_or(""), nth);
        events.date(using, link.time);
        events.within(using, Some(activity));
        if let Some(entity) = entity {
            events.precede(Event::Made(entity), using);
            events.precede(using, Event::Gone(entity));
        }
    }
    for link in links(&document.communication) {
        if let (Some(informant), Some(informed)) = (&link.informant, &link.informed) {
            events.precede(Event::Start(informant), Event::End(informed));
        }
    }
    for (general, specific) in specialized {
        events.precede(Event::Made(general), Event::Made(specific));
        events.precede(Event::Gone(specific), Event::Gone(general));
    }
    // A circle of derivations alone is named as such.
    let of_derivation: BTreeSet<(String, Option<String>)> = broken
        .iter()
        .filter(|each| each.constraint == ProvConstraint::Derivation)
        .map(|each| (each.subject.clone(), each.other.clone()))
        .collect();
    for (used, generated) in derived {
        let pair = ((*used).to_owned(), Some((*generated).to_owned()));
        if !of_derivation.contains(&pair) {
            let (used, generated) = (Event::Made(used), Event::Made(generated));
            let (used, generated) = (events.of(used), events.of(generated));
            events.edges.push((used, generated, true));
        }
    }
    for (before, after) in events.strict_in_circles() {
        let (before, after) = (
            events.names[before].subject(),
            events.names[after].subject(),
        );
        found(broken, ProvConstraint::Ordering, before, Some(after));
    }
    for (before, after, _) in &events.edges {
        if let (Some(one), Some(two)) = (events.dates[*before], events.dates[*after])
            && one > two
        {
            let (before, after) = (events.names[*before], events.names[*after]);
            let (before, after) = (before.subject(), Some(after.subject()));
            found(broken, ProvConstraint::Dates, before, after);
        }
    }
}

/// An instant that PROV speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event<'d> {
    Start(&'d str),
    End(&'d str),
    Made(&'d str),
    Gone(&'d str),
    /// One of several uses of an entity by an activity.
    Used(&'d str, &'d str, usize),
}

impl<'d> Event<'d> {
    fn subject(self) -> &'d str {
        match self {
            Event::Start(id) | Event::End(id) | Event::Made(id) | Event::Gone(id) => id,
            Event::Used(activity, _, _) => activity,
        }
    }
}

/// Events under numbers, and which comes before which: strictly, or at the same instant at most.
#[derive(Default)]
struct Events<'d> {
    numbers: BTreeMap<Event<'d>, usize>,
    names: Vec<Event<'d>>,
    dates: Vec<Option<Timestamp>>,
    edges: Vec<(usize, usize, bool)>,
}

impl<'d> Events<'d> {
    fn of(&mut self, event: Event<'d>) -> usize {
        if let Some(number) = self.numbers.get(&event) {
            return *number;
        }
        let number = self.names.len();
        self.numbers.insert(event, number);
        self.names.push(event);
        self.dates.push(None);
        number
    }

    fn date(&mut self, event: Event<'d>, at: Option<Timestamp>) {
        let number = self.of(event);
        if let (Some(date), Some(at)) = (self.dates.get_mut(number), at) {
            *date = Some(at);
        }
    }

    fn precede(&mut self, before: Event<'d>, after: Event<'d>) {
        let edge = (self.of(before), self.of(after), false);
        self.edges.push(edge);
    }

    fn within(&mut self, event: Event<'d>, activity: Option<&'d str>) {
        if let Some(activity) = activity {
            self.precede(Event::Start(activity), event);
            self.precede(event, Event::End(activity));
        }
    }

    /// The strict edges whose ends lie on one circle.
    fn strict_in_circles(&self) -> Vec<(usize, usize)> {
        let (mut out, mut back) = (self.rows(), self.rows());
        for (from, to, _) in &self.edges {
            out[*from].push(*to);
            back[*to].push(*from);
        }
        // Kosaraju: who is left last is asked first who leads to it.
        let mut left = Vec::with_capacity(self.names.len());
        let mut seen = vec![false; self.names.len()];
        for root in 0..self.names.len() {
            let mut open = vec![(root, 0)];
            if std::mem::replace(&mut seen[root], true) {
                continue;
            }
            while let Some((node, next)) = open.pop() {
                match out[node].get(next) {
                    None => left.push(node),
                    Some(to) => {
                        open.push((node, next + 1));
                        if !std::mem::replace(&mut seen[*to], true) {
                            open.push((*to, 0));
                        }
                    }
                }
            }
        }
        let mut circle: Vec<Option<usize>> = vec![None; self.names.len()];
        for root in left.into_iter().rev() {
            let mut open = vec![root];
            while let Some(node) = open.pop() {
                if circle[node].is_none() {
                    circle[node] = Some(root);
                    open.extend(back[node].iter().filter(|from| circle[**from].is_none()));
                }
            }
        }
        let strict = self.edges.iter().filter(|(_, _, strict)| *strict);
        let inside = strict.filter(|(from, to, _)| circle[*from] == circle[*to]);
        inside.map(|(from, to, _)| (*from, *to)).collect()
    }

    fn rows(&self) -> Vec<Vec<usize>> {
        vec![Vec::new(); self.names.len()]
    }
}

fn links(told: &BTreeMap<String, Told<Link>>) -> impl Iterator<Item = &Link> {
    told.values().flat_map(Told::each)
}

/// The pairs of a relation in which both ends are named.
fn pairs(
    told: &BTreeMap<String, Told<Link>>,
    ends: impl Fn(&Link) -> (Option<&str>, Option<&str>),
) -> Vec<(&str, &str)> {
    let both = |link| match ends(link) {
        (Some(one), Some(two)) => Some((one, two)),
        _ => None,
    };
    links(told).filter_map(both).collect()
}

/// As much of PROV-JSON as is checked.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    entity: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default)]
    activity: BTreeMap<String, Told<Activity>>,
    #[serde(default, rename = "wasGeneratedBy")]
    generation: BTreeMap<String, Told<Link>>,
    #[serde(default, rename = "wasInvalidatedBy")]
    invalidation: BTreeMap<String, Told<Link>>,
    #[serde(default, rename = "used")]
    usage: BTreeMap<String, Told<Link>>,
    #[serde(default, rename = "wasInformedBy")]
    communication: BTreeMap<String, Told<Link>>,
    #[serde(default, rename = "wasDerivedFrom")]
    derivation: BTreeMap<String, Told<Link>>,
    #[serde(default, rename = "specializationOf")]
    specialization: BTreeMap<String, Told<Link>>,
    #[serde(default)]
    bundle: BTreeMap<String, serde::de::IgnoredAny>,
}

/// PROV-JSON gives one record for an identifier, or several in a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told<T> {
    Once(T),
    Often(Vec<T>),
}

impl<T> Told<T> {
    fn each(&self) -> impl Iterator<Item = &T> {
        match self {
            Told::Once(one) => std::slice::from_ref(one).iter(),
            Told::Often(all) => all.iter(),
        }
    }
}

#[derive(Deserialize)]
struct Activity {
    #[serde(default, rename = "prov:startTime")]
    start: Option<Timestamp>,
    #[serde(default, rename = "prov:endTime")]
    end: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default, rename = "prov:entity")]
    entity: Option<String>,
    #[serde(default, rename = "prov:activity")]
    activity: Option<String>,
    #[serde(default, rename = "prov:time")]
    time: Option<Timestamp>,
    #[serde(default, rename = "prov:informed")]
    informed: Option<String>,
    #[serde(default, rename = "prov:informant")]
    informant: Option<String>,
    #[serde(default, rename = "prov:generatedEntity")]
    generated: Option<String>,
    #[serde(default, rename = "prov:usedEntity")]
    used: Option<String>,
    #[serde(default, rename = "prov:generalEntity")]
    general: Option<String>,
    #[serde(default, rename = "prov:specificEntity")]
    specific: Option<String>,
}
