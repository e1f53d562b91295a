//! What a claim asks for, and what happens where two claims of different work meet.
//!
//! ```
//! use loom_core::claim::{Cell, Mode};
//!
//! assert_eq!(Mode::Read.meets(Mode::Exclusive), Cell::Conflict);
//! assert_eq!(Mode::Exclusive.meets(Mode::Plan), Cell::Notice);
//! assert_eq!(Mode::Plan.meets(Mode::Read), Cell::Clear);
//! ```

use serde::{Deserialize, Serialize};

/// How strongly a claim holds its paths. Ordered from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// About to work here; holds nobody up.
    Plan,
    /// Reads and relies on what stands here.
    Read,
    /// Changes what stands here; readers are told.
    Write,
    /// Changes what stands here and must not be read meanwhile.
    Exclusive,
}

/// What it means that a held and a requested claim meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing.
    Clear,
    /// Both may go on, and both learn of each other.
    Notice,
    /// The requested claim cannot be granted while the held one is live.
    Conflict,
}

impl Mode {
    /// All modes, weak to strong.
    pub const ALL: [Mode; 4] = [Mode::Plan, Mode::Read, Mode::Write, Mode::Exclusive];

    /// The mode as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Plan => "plan",
            Mode::Read => "read",
            Mode::Write => "write",
            Mode::Exclusive => "exclusive",
        }
    }

    /// The table of held (`self`) against requested.
    pub const fn meets(self, requested: Mode) -> Cell {
        use Mode::{Exclusive, Plan, Read, Write};
        match (self, requested) {
            (Plan | Read, Plan) | (Plan | Read, Read) => match (self, requested) {
                (Plan, Plan) => Cell::Notice,
                _ => Cell::Clear,
            },
            (Plan, Write | Exclusive) | (Read, Write) => Cell::Notice,
            (Read, Exclusive) => Cell::Conflict,
            (Write, Plan | Read) | (Exclusive, Plan) => Cell::Notice,
            (Write, Write | Exclusive) | (Exclusive, Read | Write | Exclusive) => Cell::Conflict,
        }
    }

    /// Does the mode announce that something will be changed under it?
    pub const fn changes(self) -> bool {
        matches!(self, Mode::Write | Mode::Exclusive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteen_cells_are_those_of_the_design() {
        let rows = [
            (Mode::Plan, ["notice", "clear", "notice", "notice"]),
            (Mode::Read, ["clear", "clear", "notice", "conflict"]),
            (Mode::Write, ["notice", "notice", "conflict", "conflict"]),
            (
                Mode::Exclusive,
                ["notice", "conflict", "conflict", "conflict"],
            ),
        ];
        for (held, cells) in rows {
            for (requested, expected) in Mode::ALL.into_iter().zip(cells) {
                let cell = serde_json::to_value(held.meets(requested)).unwrap();
                assert_eq!(cell, expected, "{held:?} {requested:?}");
            }
        }
    }
}
