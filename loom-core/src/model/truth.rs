//! Three-valued truth, for questions whose facts may be missing.
//!
//! A rule that guards something must not be passed by because a fact is absent, so "nobody knows" is
//! an answer of its own and never turns into a no. The tables are Kleene's strong ones: a
//! connective is unknown only where the unknown operand could still tip it.

use std::fmt;
use std::ops::Not;

use serde::{Deserialize, Serialize};

/// Whether something holds: certainly, certainly not, or nobody knows.
///
/// ```
/// use loom_core::model::Truth;
///
/// assert_eq!(Truth::Unknown.and(Truth::False), Truth::False);
/// assert_eq!(Truth::Unknown.and(Truth::True), Truth::Unknown);
/// assert_eq!(Truth::any([Truth::False, Truth::Unknown, Truth::True]), Truth::True);
/// assert_eq!(!Truth::Unknown, Truth::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// It certainly does not hold.
    False,
    /// What is known leaves it open.
    Unknown,
    /// It certainly holds.
    True,
}

impl Truth {
    /// Whether both hold. False wins over unknown.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    /// Whether at least one holds. True wins over unknown.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.max(other)
    }

    /// Whether all hold; true of none.
    pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::True, Truth::and)
    }

    /// Whether at least one holds; false of none.
    pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::False, Truth::or)
    }

    /// Whether it certainly holds.
    pub fn is_true(self) -> bool {
        self == Truth::True
    }

    /// Whether it certainly does not hold.
    pub fn is_false(self) -> bool {
        self == Truth::False
    }

    /// Whether nobody knows.
    pub fn is_unknown(self) -> bool {
        self == Truth::Unknown
    }

    /// Whether it holds or could: what a rule that guards asks.
    pub fn is_possible(self) -> bool {
        self != Truth::False
    }
}

/// Unknown stays unknown.
impl Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(known: bool) -> Truth {
        if known { Truth::True } else { Truth::False }
    }
}

/// An absent fact is unknown.
impl From<Option<bool>> for Truth {
    fn from(fact: Option<bool>) -> Truth {
        fact.map_or(Truth::Unknown, Truth::from)
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Truth::False => "false",
            Truth::Unknown => "unknown",
            Truth::True => "true",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [Truth; 3] = [Truth::False, Truth::Unknown, Truth::True];

    /// What a truth can turn out to be once the missing fact is there.
    fn outcomes(truth: Truth) -> Vec<bool> {
        match truth {
            Truth::False => vec![false],
            Truth::Unknown => vec![false, true],
            Truth::True => vec![true],
        }
    }

    fn of_outcomes(outcomes: impl Iterator<Item = bool>) -> Truth {
        let all: Vec<bool> = outcomes.collect();
        match (all.contains(&true), all.contains(&false)) {
            (true, true) => Truth::Unknown,
            (known, _) => known.into(),
        }
    }

    #[test]
    fn a_connective_is_unknown_exactly_where_the_missing_fact_could_tip_it() {
        for a in VALUES {
            assert_eq!(!a, of_outcomes(outcomes(a).iter().map(|a| !a)));
            for b in VALUES {
                let pairs: Vec<(bool, bool)> = outcomes(a)
                    .iter()
                    .flat_map(|a| outcomes(b).into_iter().map(|b| (*a, b)))
                    .collect();
                assert_eq!(a.and(b), of_outcomes(pairs.iter().map(|(a, b)| a & b)));
                assert_eq!(a.or(b), of_outcomes(pairs.iter().map(|(a, b)| a | b)));
                assert_eq!(Truth::all([a, b]), a.and(b));
                assert_eq!(Truth::any([a, b]), a.or(b));
            }
        }
        assert_eq!(Truth::all([]), Truth::True);
        assert_eq!(Truth::any([]), Truth::False);
    }
}
