//! The loop around the coordinator, over any [`Store`]: propose, append, catch up, propose again.

use super::command::Command;
use super::reply::{Answer, Reply};
use super::{Coordinator, Proposal};
use crate::error::{Code, Error};
use crate::model::{Timestamp, Ver};
use crate::store::{Append, Store};

/// How often a command is proposed anew, because others were faster, before the caller is told to
/// retry later. A store with a fair gate needs a few.
pub const DRIVE_TRIES_MAX: u32 = 1_000;

/// How many bytes of records are read at once.
const READ_BYTES: usize = 4 * 1024 * 1024;

/// Brings the coordinator up to the store's head.
///
/// # Errors
/// Those of [`Store::read`] and [`Coordinator::apply`].
pub fn catch_up(coordinator: &mut Coordinator, store: &dyn Store) -> Result<Ver, Error> {
    loop {
        let records = store.read(coordinator.version(), READ_BYTES)?;
        if records.is_empty() {
            return Ok(coordinator.version());
        }
        coordinator.apply(&records)?;
    }
}

/// Carries a command out: decides it over the newest state and appends its record. The answer of a
/// command that landed before is the one that landed. A refusal is answered only if the store's
/// head is still the version that it was decided on.
///
/// # Errors
/// Those of the command and of the store; `unavailable` after [`DRIVE_TRIES_MAX`] tries. After
/// `outcome_unknown` send the same command again, id included.
pub fn drive(
    coordinator: &mut Coordinator,
    store: &dyn Store,
    command: &Command,
    now: Timestamp,
) -> Result<Answer, Error> {
    let mut turn = None;
    catch_up(coordinator, store)?;
    for _ in 0..DRIVE_TRIES_MAX {
        let proposal = coordinator.propose(command, now)?;
        let Proposal {
            expected,
            record,
            reply,
            texts,
            erased,
            again,
        } = proposal;
        if let Reply::AlreadyLanded { ver } = reply.reply {
            return landed(store, ver);
        }
        let Some(record) = record else {
            if store.head()? == expected {
                return Ok(reply);
            }
            if turn.is_none() {
                turn = store.turn()?;
            }
            catch_up(coordinator, store)?;
            continue;
        };
        match store.append_with_texts(&expected, &record, &texts)? {
            Append::Committed => {
                coordinator.apply(std::slice::from_ref(&record))?;
                if !erased.is_empty() {
                    store.erase_texts(&erased)?;
                }
                if !again {
                    return Ok(reply);
                }
            }
            Append::Conflict => {
                if turn.is_none() {
                    turn = store.turn()?;
                }
                catch_up(coordinator, store)?;
            }
        }
    }
    let message = format!("others were faster {DRIVE_TRIES_MAX} times; try again");
    Err(Error::new(Code::Unavailable, message))
}

fn landed(store: &dyn Store, ver: Ver) -> Result<Answer, Error> {
    let records = store.read(ver - 1, 1)?;
    let record = records
        .first()
        .filter(|record| record.ver == ver)
        .ok_or_else(|| {
            let message = format!("record {ver} holds the answer and is archived");
            Error::new(Code::NotFound, message)
        })?;
    Answer::landed(record)
}
