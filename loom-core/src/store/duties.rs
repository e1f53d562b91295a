//! The duties of a store that need no storage: pure checks that every adapter calls, so that a
//! record refused by one engine is refused by all, with the same code.
//!
//! ```
//! use loom_core::model::{Digest, Head};
//! use loom_core::store::check_head;
//!
//! let remembered = Head { ver: 7, hash: Digest::of(&[b"seven"]), incarnation: 1 };
//! let restored = Head { ver: 5, hash: Digest::of(&[b"five"]), incarnation: 1 };
//! let error = check_head(&remembered, &restored, |_| Ok(None)).unwrap_err();
//! assert_eq!(error.code().as_str(), "regressed");
//!
//! let recovered = Head { ver: 6, incarnation: 2, ..restored };
//! assert!(check_head(&remembered, &recovered, |_| Ok(None)).is_ok());
//! ```

use super::Store;
use crate::error::{Code, Error};
use crate::model::{Digest, Head, Header, RECORD_BYTES_MAX, Record, Timestamp, Ver, verify_chain};

/// How far a record's time may lie ahead of the store's own clock, in milliseconds.
pub const CLOCK_AHEAD_MS_MAX: u64 = 5_000;

const VERIFY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Is this a record that may stand behind `expected`? Answers its header.
///
/// # Errors
/// `too_large` over [`RECORD_BYTES_MAX`]; `broken_chain` where the record does not follow
/// `expected`, where its hash is not that of its bytes, or where its incarnation is a lower one;
/// `corrupt` or `newer_journal` where its header cannot be read.
pub fn check_record(expected: &Head, record: &Record) -> Result<Header, Error> {
    let at = || format!("records[ver={}]", record.ver);
    let broken = |why: &str| Err(Error::at(Code::BrokenChain, at(), why));
    if record.body.len() > RECORD_BYTES_MAX {
        let bytes = record.body.len();
        let message = format!("{bytes} bytes are over RECORD_BYTES_MAX = {RECORD_BYTES_MAX}");
        return Err(Error::at(Code::TooLarge, at(), message));
    }
    if !record.follows(expected) {
        return broken("the record does not follow the head that the append expects");
    }
    if !record.is_genuine() {
        return broken("the record's hash is not that of its bytes");
    }
    let header = record.header()?;
    if header.incarnation < expected.incarnation {
        return broken("the record's incarnation is lower than that of the head before it");
    }
    Ok(header)
}

/// Is the record's time one that the store's clock can vouch for?
///
/// # Errors
/// `clock_ahead` more than [`CLOCK_AHEAD_MS_MAX`] ahead of `now`, the store's own time.
pub fn check_clock(header: &Header, now: Timestamp) -> Result<(), Error> {
    let ahead_ms = header.at.since_ms(now);
    if ahead_ms <= CLOCK_AHEAD_MS_MAX {
        return Ok(());
    }
    Err(Error::at(
        Code::ClockAhead,
        "record.at",
        format!(
            "{} is {ahead_ms} ms ahead of the store's clock; {CLOCK_AHEAD_MS_MAX} ms are let \
             through. Set this machine's clock, then send the same command again",
            header.at
        ),
    ))
}

/// Does `head` continue the journal that `remembered` was seen in?
///
/// `hash_at` answers the hash of the record at a version of the journal as it is now, `None` where
/// the store does not hold it any more. It is asked only where the head lies further within the
/// same incarnation.
///
/// An adapter reads what it remembers *before* it reads the head: what was remembered then is no
/// further than the head, and a client that runs beside cannot make it look `regressed`.
///
/// # Errors
/// `regressed` where the head lies behind or beside `remembered` within its incarnation, or belongs
/// to an earlier incarnation; what `hash_at` answers.
pub fn check_head(
    remembered: &Head,
    head: &Head,
    hash_at: impl FnOnce(Ver) -> Result<Option<Digest>, Error>,
) -> Result<(), Error> {
    if head == remembered || head.incarnation > remembered.incarnation {
        return Ok(());
    }
    let continues = head.incarnation == remembered.incarnation
        && head.ver > remembered.ver
        && (remembered.ver == 0
            || hash_at(remembered.ver)?.is_none_or(|hash| hash == remembered.hash));
    if continues {
        return Ok(());
    }
    Err(Error::at(
        Code::Regressed,
        "head",
        format!(
            "the journal ends at version {} of incarnation {}, but version {} ({:.8}) of \
             incarnation {} was seen before; bring the newest copy back, or let a person recover it",
            head.ver, head.incarnation, remembered.ver, remembered.hash, remembered.incarnation
        ),
    ))
}

/// Does `head` lie further than `than`: in a later incarnation, or at a later version of the same?
/// What a client remembers only ever moves to a further head.
pub fn is_further(head: &Head, than: &Head) -> bool {
    (head.incarnation, head.ver) > (than.incarnation, than.ver)
}

/// Reads the whole journal and verifies its chain; `each` sees every record with its header, in
/// order. Answers the head. Holds at most 4 MiB of records at a time, or one record.
///
/// # Errors
/// The first record that was altered, dropped, moved or forked (`broken_chain`, `gap`), whose
/// header cannot be read (`corrupt`, `newer_journal`) or whose incarnation or time goes back
/// (`broken_chain`); what the store answers.
pub fn verify(store: &dyn Store, mut each: impl FnMut(&Record, &Header)) -> Result<Head, Error> {
    let mut head = Head::EMPTY;
    let mut time = Timestamp::EPOCH;
    loop {
        let records = store.read(head.ver, VERIFY_BYTES_MAX)?;
        if records.is_empty() {
            return Ok(head);
        }
        verify_chain(head, &records)?;
        for record in &records {
            let header = record.header()?;
            if header.incarnation < head.incarnation || header.at < time {
                return Err(Error::at(
                    Code::BrokenChain,
                    format!("records[ver={}]", record.ver),
                    "the journal's incarnation and time never go back",
                ));
            }
            time = header.at;
            head = record.head_after(header.incarnation);
            each(record, &header);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(ver: Ver, name: &str, incarnation: u32) -> Head {
        let hash = Digest::of(&[name.as_bytes()]);
        Head {
            ver,
            hash,
            incarnation,
        }
    }

    #[test]
    fn only_a_head_further_on_the_same_journal_or_in_a_later_incarnation_is_followed() {
        let remembered = head(7, "seven", 2);
        let seven = |name: &'static str| move |_| Ok(Some(Digest::of(&[name.as_bytes()])));
        let follows = |new: Head, at_seven| check_head(&remembered, &new, seven(at_seven)).is_ok();

        assert!(follows(remembered, "seven"));
        assert!(follows(head(9, "nine", 2), "seven"));
        assert!(follows(head(3, "three", 3), "another"));

        assert!(!follows(head(6, "six", 2), "seven"), "behind");
        assert!(!follows(head(7, "sieben", 2), "sieben"), "beside");
        assert!(!follows(head(9, "nine", 2), "sieben"), "further, on a fork");
        assert!(
            !follows(head(9, "nine", 1), "seven"),
            "an earlier incarnation"
        );
        assert!(!follows(Head::EMPTY, "seven"), "emptied");
    }

    #[test]
    fn an_empty_journal_that_is_remembered_binds_nobody() {
        let asked =
            |_| -> Result<Option<Digest>, Error> { Err(Error::new(Code::Internal, "asked")) };
        assert!(check_head(&Head::EMPTY, &head(1, "one", 0), asked).is_ok());
    }

    #[test]
    fn a_head_is_further_by_incarnation_first() {
        assert!(is_further(&head(1, "a", 2), &head(9, "b", 1)));
        assert!(is_further(&head(2, "a", 1), &head(1, "b", 1)));
        assert!(!is_further(&head(1, "a", 1), &head(1, "b", 1)));
    }
}
