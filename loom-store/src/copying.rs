//! Taking a journal to another store, with its texts.

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Head, Header, Record, StoredText};
use loom_core::store::{Append, Store, verify};
use serde_json::Value;

/// Copies a journal to a store that is empty, or that holds the beginning of it: every record, verified on
/// the way, with the texts it speaks of that are still kept. What was copied stays where a copy is cut
/// short, and the next one goes on from there. `each` hears of every version that was copied. Answers the
/// head.
///
/// # Errors
/// `already_exists` where `to` holds another journal, or more of this one; those of
/// [`verify`] for what is read, and of the stores.
pub fn copy(from: &dyn Store, to: &dyn Store, mut each: impl FnMut(&Head)) -> Result<Head, Error> {
    let mut head = to.head()?;
    let held = head;
    let other = || {
        let message = format!(
            "it holds {} records that are not the beginning of this journal; name an empty one",
            held.ver
        );
        Error::at(Code::AlreadyExists, "to", message)
    };
    let mut fault = None;
    let end = verify(from, |record, header| {
        if fault.is_some() {
            return;
        }
        if record.ver <= held.ver {
            if record.ver == held.ver && record.hash != held.hash {
                fault = Some(other());
            }
            return;
        }
        match take_over(from, to, &head, record, header) {
            Ok(next) => {
                head = next;
                each(&head);
            }
            Err(why) => fault = Some(why),
        }
    })?;
    match fault {
        Some(why) => Err(why),
        None if head == end => Ok(head),
        None => Err(other()),
    }
}

/// Appends one record with its texts.
fn take_over(
    from: &dyn Store,
    to: &dyn Store,
    head: &Head,
    record: &Record,
    header: &Header,
) -> Result<Head, Error> {
    let digests = digests_in(record)?;
    let texts: Vec<StoredText> = match digests.is_empty() {
        true => Vec::new(),
        false => from.get_texts(&digests)?.into_iter().flatten().collect(),
    };
    match to.append_with_texts(head, record, &texts)? {
        Append::Committed => Ok(record.head_after(header.incarnation)),
        Append::Conflict => {
            let message = "somebody else wrote to it meanwhile; let nobody work with it, and go on";
            Err(Error::at(Code::Unavailable, "to", message))
        }
    }
}

/// Everything in a record that may be the digest of a text.
fn digests_in(record: &Record) -> Result<Vec<Digest>, Error> {
    let mut digests = Vec::new();
    for line in record.body.split(|byte| *byte == b'\n') {
        if line.is_empty() {
            continue;
        }
        let value: Value = serde_json::from_slice(line).map_err(|why| {
            let field = format!("records[ver={}]", record.ver);
            Error::at(Code::Corrupt, field, why.to_string())
        })?;
        collect(&value, &mut digests);
    }
    digests.sort_unstable();
    digests.dedup();
    Ok(digests)
}

fn collect(value: &Value, digests: &mut Vec<Digest>) {
    match value {
        Value::String(text) => digests.extend(text.parse::<Digest>().ok()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, digests)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, digests)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
