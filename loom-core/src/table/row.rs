//! How a row is written into a page. Rows that cross the borders of the library anyway are JSON;
//! small ones that there are very many of have a form of their own.

use crate::error::Error;

/// A row of a [`super::Table`].
pub trait Row: Clone {
    /// Appends the bytes of the row. Equal rows have equal bytes.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), Error>;

    /// The row of these bytes; `None` where no row has them.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl Row for () {
    fn encode(&self, _: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

/// Makes whole numbers into rows: their bytes.
macro_rules! number_rows {
    ($($number:ty),*) => {$(
        impl Row for $number {
            fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), Error> {
                bytes.extend(self.to_le_bytes());
                Ok(())
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                Some(Self::from_le_bytes(bytes.try_into().ok()?))
            }
        }
    )*};
}

number_rows!(u32, u64);

impl Row for Vec<u64> {
    fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        self.iter().try_for_each(|number| number.encode(bytes))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks();
        let numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
        rest.is_empty().then(|| numbers.collect())
    }
}

/// Makes types with serde into rows that are written as JSON.
macro_rules! json_rows {
    ($($row:ty),* $(,)?) => {$(
        impl $crate::table::Row for $row {
            fn encode(&self, bytes: &mut Vec<u8>) -> Result<(), $crate::error::Error> {
                serde_json::to_writer(bytes, self).map_err(|why| {
                    $crate::error::Error::new($crate::error::Code::Internal, why.to_string())
                })
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                serde_json::from_slice(bytes).ok()
            }
        }
    )*};
}

pub(crate) use json_rows;

json_rows!(String);
