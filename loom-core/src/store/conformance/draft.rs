//! Records for tests: a valid header and a body of the size wanted, without a coordinator.

use uuid::Uuid;

use crate::error::Error;
use crate::model::{Actor, ActorKind, Digest, Head, Header, RECORD_FORMAT, Record, Timestamp};

/// A record in the making.
///
/// ```
/// use loom_core::model::Head;
/// use loom_core::store::conformance::Draft;
///
/// let record = Draft::new(7).incarnation(2).bytes(600).after(&Head::EMPTY).unwrap();
/// assert_eq!((record.ver, record.body.len()), (1, 600));
/// assert_eq!(record.header().unwrap().incarnation, 2);
/// ```
#[derive(Debug, Clone)]
pub struct Draft {
    number: u128,
    at: Timestamp,
    incarnation: Option<u32>,
    bytes: usize,
}

impl Draft {
    /// A record of the command whose id is `number`; another number is another record.
    pub fn new(number: u128) -> Self {
        Draft {
            number,
            at: Timestamp::EPOCH,
            incarnation: None,
            bytes: 0,
        }
    }

    /// The journal's time at the record; 1970 unless set.
    #[must_use]
    pub fn at(self, at: Timestamp) -> Self {
        Draft { at, ..self }
    }

    /// The incarnation after the record; that of the head before it unless set.
    #[must_use]
    pub fn incarnation(self, incarnation: u32) -> Self {
        Draft {
            incarnation: Some(incarnation),
            ..self
        }
    }

    /// The size of the body in bytes; never less than its header needs (some 250 bytes).
    #[must_use]
    pub fn bytes(self, bytes: usize) -> Self {
        Draft { bytes, ..self }
    }

    /// The record, chained to `head`.
    ///
    /// # Errors
    /// `internal` where the header cannot be written; it always can.
    pub fn after(&self, head: &Head) -> Result<Record, Error> {
        let header = Header {
            format: RECORD_FORMAT,
            at: self.at,
            incarnation: self.incarnation.unwrap_or(head.incarnation),
            id: Uuid::from_u128(self.number),
            digest: Digest::of(&[&self.number.to_be_bytes()]),
            actor: Actor::new(ActorKind::Service, "conformance")?,
        };
        let header = serde_json::to_string(&header)
            .map_err(|why| Error::new(crate::error::Code::Internal, why.to_string()))?;
        let mut body = format!("{header}\n[]\n\"");
        let filling = self.bytes.saturating_sub(body.len() + 1);
        body.extend(std::iter::repeat_n('x', filling));
        body.push('"');
        Ok(Record::chained(head, body.into_bytes().into()))
    }
}

/// `count` records of about 300 bytes behind `head`, chained.
///
/// # Errors
/// Those of [`Draft::after`].
pub fn chain(head: &Head, count: u128) -> Result<Vec<Record>, Error> {
    let mut head = *head;
    let mut records = Vec::new();
    for number in 0..count {
        let number = u128::from(head.ver) << 64 | number;
        let record = Draft::new(number).bytes(300).after(&head)?;
        head = record.head_after(head.incarnation);
        records.push(record);
    }
    Ok(records)
}
