//! The error codes of the library as numbers.
//!
//! A number never changes its meaning and is never given again; a new code gets the next one. A test
//! holds this list against the codes of the core.

// The names as C writes them.
#![allow(non_camel_case_types)]

use std::ffi::CStr;

use loom_core::error::{Code, Next};

/// What a call came to: LOOM_OK, or the code of its error. The numbers are stable.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum loom_status {
    /// It was done.
    LOOM_OK = 0,
    /// The text is no legal repository path.
    LOOM_INVALID_PATH = 1,
    /// The text is no legal pattern, or a set of them is not legal.
    LOOM_INVALID_PATTERN = 2,
    /// A field or argument holds a value that it cannot hold.
    LOOM_INVALID_FIELD = 3,
    /// A field or argument that is needed is not there.
    LOOM_MISSING_FIELD = 4,
    /// The JSON could not be read: syntax, an unknown field or type, or a duplicate key.
    LOOM_INVALID_JSON = 5,
    /// A list, text or number is over (or under) a documented limit; the error names the limit.
    LOOM_LIMIT_EXCEEDED = 6,
    /// The thing named does not exist here: a run, a claim, a repository, a handle.
    LOOM_NOT_FOUND = 7,
    /// The thing named exists already, and says something else.
    LOOM_ALREADY_EXISTS = 8,
    /// The kind of actor, or this actor, may not send this command.
    LOOM_NOT_PERMITTED = 9,
    /// The command id was used before with another body.
    LOOM_ID_REUSED = 10,
    /// The run has ended or lapsed; it can hold nothing any more.
    LOOM_RUN_NOT_LIVE = 11,
    /// The claim has ended or lapsed.
    LOOM_CLAIM_NOT_LIVE = 12,
    /// The run waits for a claim already; a run has one pending wait.
    LOOM_ALREADY_WAITING = 13,
    /// The claim would not become narrower.
    LOOM_NOT_NARROWER = 14,
    /// The journal has no first record; create it first.
    LOOM_NO_JOURNAL = 15,
    /// A record does not chain to the one before it, or its hash is not that of its bytes.
    LOOM_BROKEN_CHAIN = 16,
    /// Records are missing between the version held and the first one given.
    LOOM_GAP = 17,
    /// The journal was written by a newer version of the library.
    LOOM_NEWER_JOURNAL = 18,
    /// Bytes of a record, snapshot or page are not what they must be.
    LOOM_CORRUPT = 19,
    /// Nothing said whether the append landed; send the same command again, its id included.
    LOOM_OUTCOME_UNKNOWN = 20,
    /// The store cannot be reached or is busy.
    LOOM_UNAVAILABLE = 21,
    /// The store's head is behind, or beside, one that was seen before.
    LOOM_REGRESSED = 22,
    /// The record is larger than the store takes.
    LOOM_TOO_LARGE = 23,
    /// The record's time is too far ahead of the store's own clock.
    LOOM_CLOCK_AHEAD = 24,
    /// A bug in the library. The handle that it happened on is poisoned: close it and open another.
    LOOM_INTERNAL = 25,
    /// The policy document cannot be used: the message gives line, column and the remedy.
    LOOM_INVALID_POLICY = 26,
    /// The request for a person's yes was answered, rejected, or has expired.
    LOOM_REQUEST_NOT_OPEN = 27,
    /// No policy was set, so there is nothing to decide by.
    LOOM_NO_POLICY = 28,
}

/// What the caller of a call that failed should do next.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum loom_next {
    /// Nothing: it was done.
    LOOM_NEXT_NOTHING = 0,
    /// Send the same again, the same id included, after a while.
    LOOM_NEXT_RETRY = 1,
    /// Change what was sent.
    LOOM_NEXT_FIX_INPUT = 2,
    /// Read the state again, then decide.
    LOOM_NEXT_RELOAD = 3,
    /// A person has to decide or repair.
    LOOM_NEXT_ASK_HUMAN = 4,
    /// Do nothing more with this journal or this process.
    LOOM_NEXT_STOP = 5,
}

use loom_status::*;

/// Each status with its code and the code's name in JSON.
const CODES: &[(loom_status, Code, &CStr)] = &[
    (LOOM_INVALID_PATH, Code::InvalidPath, c"invalid_path"),
    (
        LOOM_INVALID_PATTERN,
        Code::InvalidPattern,
        c"invalid_pattern",
    ),
    (LOOM_INVALID_FIELD, Code::InvalidField, c"invalid_field"),
    (LOOM_MISSING_FIELD, Code::MissingField, c"missing_field"),
    (LOOM_INVALID_JSON, Code::InvalidJson, c"invalid_json"),
    (LOOM_LIMIT_EXCEEDED, Code::LimitExceeded, c"limit_exceeded"),
    (LOOM_NOT_FOUND, Code::NotFound, c"not_found"),
    (LOOM_ALREADY_EXISTS, Code::AlreadyExists, c"already_exists"),
    (LOOM_NOT_PERMITTED, Code::NotPermitted, c"not_permitted"),
    (LOOM_ID_REUSED, Code::IdReused, c"id_reused"),
    (LOOM_RUN_NOT_LIVE, Code::RunNotLive, c"run_not_live"),
    (LOOM_CLAIM_NOT_LIVE, Code::ClaimNotLive, c"claim_not_live"),
    (
        LOOM_ALREADY_WAITING,
        Code::AlreadyWaiting,
        c"already_waiting",
    ),
    (LOOM_NOT_NARROWER, Code::NotNarrower, c"not_narrower"),
    (LOOM_NO_JOURNAL, Code::NoJournal, c"no_journal"),
    (LOOM_BROKEN_CHAIN, Code::BrokenChain, c"broken_chain"),
    (LOOM_GAP, Code::Gap, c"gap"),
    (LOOM_NEWER_JOURNAL, Code::NewerJournal, c"newer_journal"),
    (LOOM_CORRUPT, Code::Corrupt, c"corrupt"),
    (
        LOOM_OUTCOME_UNKNOWN,
        Code::OutcomeUnknown,
        c"outcome_unknown",
    ),
    (LOOM_UNAVAILABLE, Code::Unavailable, c"unavailable"),
    (LOOM_REGRESSED, Code::Regressed, c"regressed"),
    (LOOM_TOO_LARGE, Code::TooLarge, c"too_large"),
    (LOOM_CLOCK_AHEAD, Code::ClockAhead, c"clock_ahead"),
    (LOOM_INTERNAL, Code::Internal, c"internal"),
    (LOOM_INVALID_POLICY, Code::InvalidPolicy, c"invalid_policy"),
    (
        LOOM_REQUEST_NOT_OPEN,
        Code::RequestNotOpen,
        c"request_not_open",
    ),
    (LOOM_NO_POLICY, Code::NoPolicy, c"no_policy"),
];

/// The status of a code. A code that the list lacks would be a bug, and is answered as one.
pub(crate) fn of(code: Code) -> loom_status {
    let found = CODES.iter().find(|(_, known, _)| *known == code);
    found.map_or(LOOM_INTERNAL, |(status, ..)| *status)
}

/// The code of a number that came from outside.
pub(crate) fn code(status: i32) -> Option<Code> {
    let found = CODES.iter().find(|(known, ..)| *known as i32 == status);
    found.map(|(_, code, _)| *code)
}

/// The name of a number that came from outside.
pub(crate) fn name(status: i32) -> &'static CStr {
    if status == LOOM_OK as i32 {
        return c"ok";
    }
    let found = CODES.iter().find(|(known, ..)| *known as i32 == status);
    found.map_or(c"unknown", |(_, _, name)| name)
}

/// What to do next about a number that came from outside. An unknown one is a bug somewhere.
pub(crate) fn next(status: i32) -> loom_next {
    if status == LOOM_OK as i32 {
        return loom_next::LOOM_NEXT_NOTHING;
    }
    match code(status).map_or(Next::Stop, Code::next) {
        Next::Retry => loom_next::LOOM_NEXT_RETRY,
        Next::FixInput => loom_next::LOOM_NEXT_FIX_INPUT,
        Next::Reload => loom_next::LOOM_NEXT_RELOAD,
        Next::AskHuman => loom_next::LOOM_NEXT_ASK_HUMAN,
        Next::Stop => loom_next::LOOM_NEXT_STOP,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
    use serde::forward_to_deserialize_any;

    use super::*;

    /// Hears which names an enum says that it has.
    struct Names<'a>(&'a mut Vec<&'static str>);

    #[derive(Debug)]
    struct Heard;

    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = Heard;

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _name: &'static str,
            variants: &'static [&'static str],
            _visitor: V,
        ) -> Result<V::Value, Heard> {
            self.0.extend(variants);
            Err(Heard)
        }

        fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Heard> {
            Err(Heard::custom("no enum"))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
            option unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier
            ignored_any
        }
    }

    impl serde::de::Error for Heard {
        fn custom<T: fmt::Display>(_message: T) -> Heard {
            Heard
        }
    }

    impl fmt::Display for Heard {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("heard")
        }
    }

    impl std::error::Error for Heard {}

    fn codes_of_the_core() -> Vec<&'static str> {
        let mut names = Vec::new();
        assert!(Code::deserialize(Names(&mut names)).is_err());
        assert!(names.len() > 20, "the codes were not heard: {names:?}");
        names
    }

    #[test]
    fn every_code_of_the_core_has_a_status_and_the_same_name() {
        let known: BTreeSet<&str> = CODES
            .iter()
            .map(|(_, code, name)| {
                assert_eq!(name.to_str().unwrap(), code.as_str());
                code.as_str()
            })
            .collect();
        // The core lists codes by what they are about; numbers go by when a code came.
        assert_eq!(known, codes_of_the_core().into_iter().collect());
    }

    #[test]
    fn numbers_count_up_from_1_and_each_stands_for_one_code() {
        for (at, (status, code, _)) in CODES.iter().enumerate() {
            assert_eq!(*status as usize, at + 1);
            assert_eq!(of(*code), *status);
            assert_eq!(self::code(*status as i32), Some(*code));
        }
        let codes: BTreeSet<_> = CODES.iter().map(|(_, code, _)| code).collect();
        assert_eq!(codes.len(), CODES.len());
    }

    #[test]
    fn a_number_that_is_no_status_is_unknown_and_says_stop() {
        for status in [i32::MIN, -1, CODES.len() as i32 + 1, i32::MAX] {
            assert_eq!(code(status), None);
            assert_eq!(name(status), c"unknown");
            assert_eq!(next(status), loom_next::LOOM_NEXT_STOP);
        }
        assert_eq!(name(0), c"ok");
        assert_eq!(next(0), loom_next::LOOM_NEXT_NOTHING);
        assert_eq!(next(LOOM_CLOCK_AHEAD as i32), loom_next::LOOM_NEXT_RETRY);
    }
}
