//! Notes: what somebody found out about a place, for whoever works there next.
//!
//! A note outlives the run that wrote it, and has an end. A convention has none, but counts only once a
//! person has approved it; until then it waits, for 30 days. A note that a person writes as a convention is
//! approved by that.

mod cold;
mod event;
mod table;

pub use event::{NoteEvent, NoteKind, NoteWritten};
pub use table::{NoteRow, Notes};

/// The most notes at once.
pub const NOTES_MAX: usize = 10_000;
/// How long a note holds that names no end, in milliseconds: 14 days.
pub const NOTE_TTL_MS_DEFAULT: u64 = 14 * 24 * 60 * 60 * 1_000;
/// The shortest time that a note holds, in milliseconds: one minute.
pub const NOTE_TTL_MS_MIN: u64 = 60_000;
/// The longest time that a note holds, in milliseconds: 366 days.
pub const NOTE_TTL_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;
/// How long a convention waits for a person, in milliseconds: 30 days.
pub const CONVENTION_WAITS_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
