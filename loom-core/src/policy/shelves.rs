//! Rules by a name that they ask for, so that a decision meets the few whose name is there.
//!
//! A rule that asks for loops, teams or the like by name cannot hold of an action that is known to have
//! another, whatever else it asks: what is false stays false under `and`. So it stands on the shelf of
//! that name, and is left out where the name is known to be another one. Where nobody knows the name,
//! the rules of all its shelves are asked. That leaves out nothing that could apply, and no rule that
//! is left out would have been heard, listed or looked at for the time of day.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::action::Action;
use super::compile::Compiled;
use super::facts::{Known, Who};
use super::selector::{Each, Selector, Whole};
use super::words::NamePattern;

/// The rules of a document on their shelves.
pub(super) struct Shelves {
    /// Those that ask for no name, by verb.
    of_verb: Vec<Shelf>,
    /// Those that ask for a name, by field.
    of_field: [Names; Named::ALL.len()],
    /// For every rule, what rules it out at a glance.
    glances: Vec<Glance>,
}

/// The rules that one action can meet.
pub(super) struct Meeting<'p> {
    verb: u32,
    shelves: [Option<&'p Shelf>; Named::ALL.len() + 1],
    known: [Standing; Named::ALL.len()],
    glances: &'p [Glance],
}

/// Rules by what they look at, by number.
#[derive(Default)]
pub(super) struct Shelf {
    /// Those that do not look at targets.
    pub(super) whole: Vec<u32>,
    /// Those that look at targets, and name no paths.
    pub(super) each: Vec<u32>,
    /// Those that name paths: asked of the index where the action says which.
    pub(super) by_path: Vec<u32>,
}

/// The shelves of one field.
#[derive(Default)]
struct Names {
    numbers: BTreeMap<SmolStr, u32>,
    shelves: Vec<Shelf>,
    /// All rules on these shelves, for when nobody knows the name.
    all: Shelf,
}

/// What an action has for the name of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nobody knows.
    Unknown,
    /// None, or one that no shelf has.
    Other,
    /// That of this shelf.
    Shelf(u32),
}

/// The verbs of a rule, and the name that it asks for if it asks for one alone.
#[derive(Clone, Copy)]
struct Glance {
    verbs: u64,
    name: Option<(Named, u32)>,
    /// It asks for nothing else of the action as a whole.
    is_all: bool,
}

/// A field that rules ask for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Loop,
    Team,
    Actor,
    Repo,
    Branch,
    Environment,
    Tool,
    Service,
}

impl Shelves {
    /// Puts the rules on their shelves, for so many verbs. Each stands under the rarest of the names
    /// that it asks for; under a service only where there is no other, because actions that name paths
    /// seldom name services.
    pub(super) fn of(rules: &[Compiled], verbs: usize) -> Shelves {
        let mut rarity: BTreeMap<(Named, &str), usize> = BTreeMap::new();
        for asked in rules.iter().flat_map(|rule| asked(&rule.when)) {
            for name in asked.1 {
                *rarity.entry((asked.0, name)).or_default() += 1;
            }
        }
        let mut shelves = Shelves {
            of_verb: Vec::new(),
            of_field: Default::default(),
            glances: Vec::new(),
        };
        shelves.of_verb.resize_with(verbs, Shelf::default);
        for (rule, number) in rules.iter().zip(0_u32..) {
            let shared = |(field, names): &(Named, Vec<&str>)| {
                let times = names.iter().map(|name| rarity.get(&(*field, *name)));
                (*field == Named::Service, times.flatten().sum::<usize>())
            };
            let rarest = asked(&rule.when).min_by_key(shared);
            let mut glance = Glance {
                verbs: rule.verbs,
                name: None,
                is_all: rule.when.whole.len() == 1,
            };
            match rarest {
                Some((field, names)) => {
                    let of_field = &mut shelves.of_field[field as usize];
                    of_field.all.put(rule, number);
                    let alone = names.len() == 1;
                    for name in names {
                        let shelf = of_field.shelf(name, |shelf| shelf.put(rule, number));
                        glance.name = alone.then_some((field, shelf));
                    }
                }
                None => {
                    let of_verb = shelves.of_verb.iter_mut().enumerate();
                    of_verb
                        .filter(|(verb, _)| rule.verbs & (1 << verb) != 0)
                        .for_each(|(_, shelf)| shelf.put(rule, number));
                }
            }
            shelves.glances.push(glance);
        }
        shelves
    }

    /// The rules that an action can meet. Costs a look-up of a name for each field that rules ask for.
    pub(super) fn meet(&self, verb: u32, action: &Action, who: &Who) -> Meeting<'_> {
        let mut meeting = Meeting {
            verb,
            shelves: [None; Named::ALL.len() + 1],
            known: [Standing::Unknown; Named::ALL.len()],
            glances: &self.glances,
        };
        let (of_verb, of_field) = meeting.shelves.split_at_mut(1);
        of_verb[0] = self.of_verb.get(verb as usize);
        let places = of_field.iter_mut().zip(&mut meeting.known);
        for ((names, field), (shelf, known)) in self.of_field.iter().zip(Named::ALL).zip(places) {
            if names.numbers.is_empty() {
                continue;
            }
            *known = names.standing(field.known(action, who));
            *shelf = match *known {
                Standing::Unknown => Some(&names.all),
                Standing::Other => None,
                Standing::Shelf(number) => names.shelves.get(number as usize),
            };
        }
        meeting
    }
}

impl Meeting<'_> {
    /// The rules of one kind, in the order of the document.
    pub(super) fn rules(&self, kind: impl Fn(&Shelf) -> &[u32]) -> Vec<u32> {
        let mut found = Vec::new();
        for shelf in self.shelves.iter().flatten() {
            let of_verb = kind(shelf).iter().filter(|rule| self.can_apply(**rule));
            found.extend(of_verb);
        }
        found.sort_unstable();
        found
    }

    /// Can a rule apply, by its verbs and the name that it asks for?
    pub(super) fn can_apply(&self, rule: u32) -> bool {
        let Some(glance) = self.glances.get(rule as usize) else {
            return false;
        };
        let named = || match glance.name {
            None => true,
            Some((field, shelf)) => match self.known[field as usize] {
                Standing::Unknown => true,
                standing => standing == Standing::Shelf(shelf),
            },
        };
        glance.verbs & (1 << self.verb) != 0 && named()
    }

    /// Is it known that a rule holds of the action as a whole, without asking it? Of a service that is
    /// named the targets are asked, so it says nothing here.
    pub(super) fn settles(&self, rule: u32) -> bool {
        let glance = self.glances.get(rule as usize);
        let Some(Glance {
            name: Some((field, shelf)),
            is_all: true,
            ..
        }) = glance
        else {
            return false;
        };
        *field != Named::Service
            && self.known[*field as usize] == Standing::Shelf(*shelf)
            && self.can_apply(rule)
    }
}

impl Shelf {
    fn put(&mut self, rule: &Compiled, number: u32) {
        match () {
            () if rule.when.paths.is_some() => self.by_path.push(number),
            () if rule.looks_at_targets => self.each.push(number),
            () => self.whole.push(number),
        }
    }
}

impl Names {
    /// The number of the shelf of a name, with something put on it.
    fn shelf(&mut self, name: &str, put: impl FnOnce(&mut Shelf)) -> u32 {
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(SmolStr::new(name)).or_insert(next);
        if number == next {
            self.shelves.push(Shelf::default());
        }
        self.shelves.get_mut(number as usize).map(put);
        number
    }

    fn standing(&self, name: Known<&str>) -> Standing {
        match name {
            Known::Unknown => Standing::Unknown,
            Known::None => Standing::Other,
            Known::Is(name) => match self.numbers.get(name) {
                Some(number) => Standing::Shelf(*number),
                None => Standing::Other,
            },
        }
    }
}

impl Named {
    const ALL: [Named; 8] = [
        Named::Loop,
        Named::Team,
        Named::Actor,
        Named::Repo,
        Named::Branch,
        Named::Environment,
        Named::Tool,
        Named::Service,
    ];

    /// What an action has here. A service that is not named may be told from paths, so it is unknown.
    /// What a verb cannot carry does not matter: no rule of that verb asks for it.
    fn known<'a>(self, action: &'a Action, who: &'a Who) -> Known<&'a str> {
        let given = |name: Option<&'a str>| name.map_or(Known::Unknown, Known::Is);
        match self {
            Named::Loop => told(&who.loop_id, |id| id.as_str()),
            Named::Team => told(&who.team, |id| id.as_str()),
            Named::Actor => given(action.actor.as_ref().map(|actor| actor.kind.as_str())),
            Named::Repo => given(action.repo.as_ref().map(|repo| repo.as_str())),
            Named::Branch => given(action.branch.as_ref().map(|branch| branch.as_str())),
            Named::Environment => given(action.environment.as_ref().map(|name| name.as_str())),
            Named::Tool => given(action.tool.as_ref().map(|tool| tool.as_str())),
            Named::Service => given(action.service.as_ref().map(|name| name.as_str())),
        }
    }
}

/// The fields that a condition asks for by names without wildcards, with these names, each once.
fn asked(when: &Selector) -> impl Iterator<Item = (Named, Vec<&str>)> {
    let whole = when.whole.iter().filter_map(|test| match test {
        Whole::Loop(names) => Some((Named::Loop, literal(names)?)),
        Whole::Team(names) => Some((Named::Team, literal(names)?)),
        Whole::Actor(kinds) => {
            let kinds = kinds.iter().map(|kind| kind.as_str());
            Some((Named::Actor, kinds.collect()))
        }
        Whole::Repo(repos) => {
            let repos = repos.iter().map(|repo| repo.as_str());
            Some((Named::Repo, repos.collect()))
        }
        Whole::Branch(names) => Some((Named::Branch, literal(names)?)),
        Whole::Environment(names) => Some((Named::Environment, literal(names)?)),
        Whole::Tool(names) => Some((Named::Tool, literal(names)?)),
        _ => None,
    });
    let each = when.each.iter().filter_map(|test| match test {
        Each::Service(names) => {
            let names = names.iter().map(|name| name.as_str());
            Some((Named::Service, names.collect()))
        }
        _ => None,
    });
    whole
        .chain(each)
        .map(|(field, mut names): (Named, Vec<&str>)| {
            names.sort_unstable();
            names.dedup();
            (field, names)
        })
}

/// The names, if none has a wildcard.
fn literal(names: &[NamePattern]) -> Option<Vec<&str>> {
    let literal = names.iter().all(NamePattern::is_literal);
    literal.then(|| names.iter().map(NamePattern::as_str).collect())
}

fn told<T>(known: &Known<T>, name: impl FnOnce(&T) -> &str) -> Known<&str> {
    match known {
        Known::Unknown => Known::Unknown,
        Known::None => Known::None,
        Known::Is(value) => Known::Is(name(value)),
    }
}
