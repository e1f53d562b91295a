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
