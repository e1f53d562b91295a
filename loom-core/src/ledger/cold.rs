//! Limits and reservations in a snapshot. What is read at once is the limits; accounts and reservations
//! are read from their pages when somebody asks for one.

use super::fold::Place;
use super::{Account, Ledger, Limit, Reservation};
use crate::error::{Code, Error};
use crate::model::{Digest, Holder, LimitId, ReservationId, Timestamp};
use crate::table::{Key, Row, SnapshotReader, SnapshotWriter};

impl Ledger {
    /// Adds the state to a snapshot.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written, `corrupt` where the state was itself thawed and a
    /// page of it is bad.
    pub fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        writer.value("ledger.at", &self.at)?;
        writer.value("ledger.limits", &self.limits().collect::<Vec<_>>())?;
        writer.table("ledger.accounts", &self.accounts)?;
        writer.table("ledger.by_until", &self.by_until)?;
        writer.table("ledger.reservations", &self.reservations)?;
        writer.table("ledger.open", &self.open)?;
        writer.table("ledger.ended", &self.ended)
    }

    /// The state that was added to a snapshot, its rows unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole.
    pub fn thaw(reader: &SnapshotReader) -> Result<Ledger, Error> {
        let limits: Vec<Limit> = reader.value("ledger.limits")?;
        let ledger = Ledger {
            at: reader.value("ledger.at")?,
            limits: limits
                .into_iter()
                .map(|limit| (limit.id.clone(), limit))
                .collect(),
            accounts: reader.table("ledger.accounts")?,
            by_until: reader.table("ledger.by_until")?,
            reservations: reader.table("ledger.reservations")?,
            open: reader.table("ledger.open")?,
            ended: reader.table("ledger.ended")?,
        };
        let is_whole = ledger.accounts.len() == ledger.by_until.len()
            && ledger.reservations.len() == ledger.open.len() + ledger.ended.len();
        if is_whole {
            Ok(ledger)
        } else {
            let why = "an index has more or fewer rows than it points to";
            Err(Error::at(Code::Corrupt, "snapshot.ledger", why))
        }
    }

    /// The digest of all limits, accounts and reservations.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn digest(&self) -> Result<Digest, Error> {
        let limits = serde_json::to_vec(&(self.at, self.limits().collect::<Vec<_>>()))
            .map_err(|why| Error::new(Code::Internal, why.to_string()))?;
        Ok(Digest::of(&[
            &Digest::of(&[&limits]).0,
            &self.accounts.digest()?.0,
            &self.reservations.digest()?.0,
        ]))
    }

    /// A bad page that a look-up met, if one did.
    pub fn fault(&self) -> Option<Error> {
        let rows = self.accounts.fault().or_else(|| self.reservations.fault());
        let indexes = || self.by_until.fault().or_else(|| self.open.fault());
        rows.or_else(indexes).or_else(|| self.ended.fault())
    }
}

/// Rows in the form of postcard, which is small and has one writing for each value.
macro_rules! postcard_rows {
    ($($row:ty),*) => {$(
        impl Row for $row {
            fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), Error> {
                let row = postcard::to_allocvec(self)
                    .map_err(|why| Error::new(Code::Internal, format!("ledger: {why}")))?;
                bytes.extend(row);
                Ok(())
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                postcard::from_bytes(bytes).ok()
            }
        }
    )*};
}

postcard_rows!(Account, Reservation);

impl Key for ReservationId {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_str().as_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        ReservationId::new(std::str::from_utf8(bytes).ok()?).ok()
    }
}

impl Key for (Timestamp, ReservationId) {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
        self.1.encode(bytes);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_at_checked(8)?;
        Some((Timestamp::decode(at)?, ReservationId::decode(id)?))
    }
}

impl Key for Place {
    /// An id holds no control character, so a NUL behind it keeps shorter ids in front.
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.0.as_str().as_bytes());
        bytes.push(0);
        bytes.extend(self.1.as_str().as_bytes());
        bytes.push(0);
        self.2.encode(bytes);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(3, |byte| *byte == 0);
        let limit = LimitId::new(std::str::from_utf8(parts.next()?).ok()?).ok()?;
        let holder = Holder::new(std::str::from_utf8(parts.next()?).ok()?).ok()?;
        Some((limit, holder, Timestamp::decode(parts.next()?)?))
    }
}

impl Key for (Timestamp, Place) {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
        self.1.encode(bytes);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (at, place) = bytes.split_at_checked(8)?;
        Some((Timestamp::decode(at)?, Place::decode(place)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorts_as_it_encodes<K: Key + std::fmt::Debug>(keys: &[K]) {
        let encoded = |key: &K| {
            let mut bytes = Vec::new();
            key.encode(&mut bytes);
            bytes
        };
        for a in keys {
            assert_eq!(K::decode(&encoded(a)).as_ref(), Some(a));
            for b in keys {
                assert_eq!(a.cmp(b), encoded(a).cmp(&encoded(b)), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn every_key_sorts_as_its_bytes_do() {
        let names = ["a", "a!", "ab", "b", "é"];
        // Milliseconds whose bytes hold NULs.
        let times = [0, 256, 1 << 40].map(|ms| Timestamp::from_ms(ms).unwrap());
        let mut places: Vec<Place> = Vec::new();
        for limit in names {
            for holder in names {
                let (limit, holder) = (LimitId::new(limit).unwrap(), Holder::new(holder).unwrap());
                places.extend(times.map(|at| (limit.clone(), holder.clone(), at)));
            }
        }
        sorts_as_it_encodes(&places);
        let timed: Vec<(Timestamp, Place)> = places
            .iter()
            .flat_map(|place| times.map(|at| (at, place.clone())))
            .collect();
        sorts_as_it_encodes(&timed[..99]);
        let ids = names.map(|name| ReservationId::new(name).unwrap());
        sorts_as_it_encodes(&ids);
        let timed = ids.iter().flat_map(|id| times.map(|at| (at, id.clone())));
        sorts_as_it_encodes(&timed.collect::<Vec<_>>());
    }
}
