//! The kinds of character that normal form tells apart in one question, and the places behind them.
//!
//! What may follow a character depends on its [`Place`] alone, and of that only on the marks that the
//! question can read at all. So starters that combine with the same of them are one, those that combine
//! with none are like any other character, and a handful of kinds and places is left.

use std::collections::BTreeMap;

use unicode_normalization::char::canonical_combining_class;

use super::super::normal::{Place, is_active, is_risky};
use super::super::rules::PathRules;
use super::alphabet::Alphabet;
use super::graph::{Graph, Label};

/// A kind of character: its number.
pub(super) type Kind = u32;

/// Characters that combine with nothing, the dot left out.
pub(super) const NAME: Kind = 0;
/// The dot.
pub(super) const DOT: Kind = 1;

/// The place that leaves everything open.
pub(super) const FREE: u32 = 0;

/// What two labels read together: kinds, and a character of each.
pub(super) type Together = Vec<(Kind, char)>;

/// The characters of a question by kind.
pub(super) struct Kinds<'g> {
    left: &'g Graph,
    right: &'g Graph,
    /// The characters to try, those of the kind [`NAME`] first, each with its kind.
    all: Vec<(char, Kind)>,
    /// The same, by character.
    sorted: Vec<(char, Kind)>,
    /// Per class of each automaton: which of `all` it reads.
    lefts: Vec<Vec<u64>>,
    rights: Vec<Vec<u64>>,
    any: Vec<u64>,
    /// What two labels that are no characters read together, as far as it was asked.
    known: BTreeMap<(u32, u32), Together>,
    places: Places,
}

/// The number of [`Label::Any`] among the classes.
const ANY: u32 = u32::MAX;

impl<'g> Kinds<'g> {
    pub(super) fn of(left: &'g Graph, right: &'g Graph, rules: PathRules) -> Self {
        let alphabet = Alphabet::of([left, right].into_iter(), rules);
        let (mut all, places) = told_apart(&alphabet.all);
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup_by_key(|&mut (c, _)| c);
        all.sort_by_key(|&(_, kind)| kind != NAME);
        let read = |graph: &Graph| {
            let classes = graph.classes().iter();
            classes
                .map(|class| bits_of(&all, |c| class.holds(c)))
                .collect()
        };
        Kinds {
            lefts: read(left),
            rights: read(right),
            any: bits_of(&all, |_| true),
            left,
            right,
            all,
            sorted,
            known: BTreeMap::new(),
            places,
        }
    }

    /// What setting this up has cost, in steps.
    pub(super) fn work(&self) -> u64 {
        let classes = self.lefts.len() + self.rights.len();
        (self.all.len() * (1 + classes)) as u64
    }

    fn kind(&self, c: char) -> Kind {
        let at = self.sorted.binary_search_by_key(&c, |&(c, _)| c);
        at.map_or(NAME, |at| self.sorted[at].1)
    }

    /// What a label of the left and one of the right read together, one character of each kind; one
    /// that combines with nothing stands for all. Ends are not asked about.
    pub(super) fn together(&mut self, left: Label, right: Label, found: &mut Together) {
        found.clear();
        let key = match (left, right) {
            (Label::End, _) | (_, Label::End) => return,
            (Label::Char(c), label) => {
                let reads = self.right.reads(label, c);
                return found.extend(reads.then(|| (self.kind(c), c)));
            }
            (label, Label::Char(c)) => {
                let reads = self.left.reads(label, c);
                return found.extend(reads.then(|| (self.kind(c), c)));
            }
            (left, right) => (number(left), number(right)),
        };
        if !self.known.contains_key(&key) {
            let common = self.common(key);
            self.known.insert(key, common);
        }
        found.extend(self.known.get(&key).into_iter().flatten());
    }

    /// The place behind a character of a kind, or `None` when the text would not be normal.
    pub(super) fn after(&mut self, place: u32, kind: Kind) -> Option<u32> {
        self.places.after(place, kind)
    }

    /// Whether whatever may follow the one place may follow the other as well.
    pub(super) fn covers(&self, place: u32, other: u32) -> bool {
        self.places.found[place as usize].covers(self.places.found[other as usize])
    }

    fn common(&self, (left, right): (u32, u32)) -> Together {
        let bits = |lists: &'_ [Vec<u64>], class: u32| -> Vec<u64> {
            lists.get(class as usize).unwrap_or(&self.any).clone()
        };
        let (left, right) = (bits(&self.lefts, left), bits(&self.rights, right));
        let mut found = Together::new();
        for (at, (a, b)) in left.iter().zip(&right).enumerate() {
            let mut both = a & b;
            while both != 0 {
                let (c, kind) = self.all[at * 64 + both.trailing_zeros() as usize];
                both &= both - 1;
                if kind == NAME {
                    return vec![(kind, c)];
                }
                if found.iter().all(|&(known, _)| known != kind) {
                    found.push((kind, c));
                }
            }
        }
        found
    }
}

fn number(label: Label) -> u32 {
    match label {
        Label::Class(class) => class,
        _ => ANY,
    }
}

fn bits_of(all: &[(char, Kind)], holds: impl Fn(char) -> bool) -> Vec<u64> {
    let mut bits = vec![0; all.len().div_ceil(64)];
    for (at, &(c, _)) in all.iter().enumerate() {
        bits[at / 64] |= u64::from(holds(c)) << (at % 64);
    }
    bits
}

/// The places that were come upon, by number, and the steps between them.
struct Places {
    /// Per kind, from the first that combines: a character of it, and whether something in the
    /// question combines with that.
    kinds: Vec<(char, bool)>,
    found: Vec<Place>,
    /// Per place and kind: the place behind, [`UNKNOWN`] or [`NEVER`].
    steps: Vec<u32>,
}

/// The first kind of those that combine.
const COMBINES: Kind = 2;

const UNKNOWN: u32 = u32::MAX;
const NEVER: u32 = u32::MAX - 1;

impl Places {
    fn after(&mut self, place: u32, kind: Kind) -> Option<u32> {
        let Some(kind) = kind.checked_sub(COMBINES) else {
            return Some(FREE);
        };
        let at = place as usize * self.kinds.len() + kind as usize;
        if self.steps[at] == UNKNOWN {
            self.steps[at] = self.step(place, kind).unwrap_or(NEVER);
        }
        Some(self.steps[at]).filter(|&step| step != NEVER)
    }

    fn step(&mut self, place: u32, kind: u32) -> Option<u32> {
        let (c, combined_with) = self.kinds[kind as usize];
        let mut next = self.found[place as usize].after(c)?;
        if canonical_combining_class(c) == 0 && !combined_with {
            next = Place::NONE;
        }
        let known = self.found.iter().position(|&place| place == next);
        let number = known.unwrap_or_else(|| {
            self.found.push(next);
            self.steps
                .resize(self.found.len() * self.kinds.len(), UNKNOWN);
            self.found.len() - 1
        });
        Some(number as u32)
    }
}

/// Gives each character its kind.
fn told_apart(all: &[char]) -> (Vec<(char, Kind)>, Places) {
    let is_starter = |c: &char| is_active(*c) && canonical_combining_class(*c) == 0;
    let starters: Vec<char> = all.iter().copied().filter(is_starter).collect();
    let marks: Vec<char> = all.iter().copied().filter(|&c| is_risky(c)).collect();
    let mut kinds: Vec<(char, bool)> = Vec::new();
    // What tells kinds apart: the class, which marks combine with it, and with which starters it does.
    let mut numbers: BTreeMap<(u8, Vec<bool>, Vec<bool>), Kind> = BTreeMap::new();
    let mut kind = |c: char| {
        if c == '.' {
            return DOT;
        }
        let (starts, combines) = (is_starter(&c), is_risky(c));
        let behind: Vec<bool> = match starts {
            true => marks.iter().map(|&mark| Place::joins(c, mark)).collect(),
            false => Vec::new(),
        };
        let combined_with = behind.contains(&true);
        if !combines && !combined_with {
            return NAME;
        }
        let before = match combines {
            true => starters
                .iter()
                .map(|&first| Place::joins(first, c))
                .collect(),
            false => Vec::new(),
        };
        let key = (canonical_combining_class(c), behind, before);
        let next = kinds.len() as Kind + COMBINES;
        *numbers.entry(key).or_insert_with(|| {
            kinds.push((c, combined_with));
            next
        })
    };
    let all = all.iter().map(|&c| (c, kind(c))).collect();
    let steps = vec![UNKNOWN; kinds.len()];
    let places = Places {
        kinds,
        found: vec![Place::NONE],
        steps,
    };
    (all, places)
}
