//! Texts, and snapshots in pieces.

use loom_core::error::Error;
use loom_core::model::{Digest, Nonce, StoredText, Ver};
use loom_core::store::Snapshot;
use tokio_postgres::types::Type;

use super::fault::{corrupt, fault};
use super::link::{Link, Value};
use super::{digest, signed, unsigned};

/// The size of a piece of a snapshot, in bytes.
const PIECE_BYTES: usize = 1024 * 1024;

/// Texts as the columns of a statement: digests, nonces and words.
pub(super) fn columns(texts: &[StoredText]) -> [Vec<&[u8]>; 3] {
    let of = |part: fn(&StoredText) -> &[u8]| texts.iter().map(part).collect();
    [
        of(|text| &text.digest.0),
        of(|text| &text.nonce.0),
        of(|text| text.text.as_bytes()),
    ]
}

fn column(digests: &[Digest]) -> Vec<&[u8]> {
    digests.iter().map(|digest| digest.0.as_slice()).collect()
}

impl Link {
    pub(super) async fn put_texts(&self, texts: &[StoredText]) -> Result<(), Error> {
        const PUT: &str = "INSERT INTO loomstack.texts (journal, digest, nonce, words)
            SELECT $1, t.digest, t.nonce, t.words FROM unnest($2, $3, $4) AS t (digest, nonce, words)
            ON CONFLICT DO NOTHING";
        if texts.is_empty() {
            return Ok(());
        }
        let [digests, nonces, words] = columns(texts);
        let values: [Value<'_>; 4] = [
            (&self.journal, Type::INT4),
            (&digests, Type::BYTEA_ARRAY),
            (&nonces, Type::BYTEA_ARRAY),
            (&words, Type::BYTEA_ARRAY),
        ];
        let put = self.rows(PUT, &values).await;
        put.map(drop).map_err(|why| fault("writing a text", why))
    }

    pub(super) async fn get_texts(
        &self,
        digests: &[Digest],
    ) -> Result<Vec<Option<StoredText>>, Error> {
        const GET: &str = "SELECT t.nonce, t.words
            FROM unnest($2) WITH ORDINALITY AS asked (digest, number)
            LEFT JOIN loomstack.texts AS t ON t.journal = $1 AND t.digest = asked.digest
            ORDER BY asked.number";
        let reading = |why| fault("reading a text", why);
        let values: [Value<'_>; 2] = [
            (&self.journal, Type::INT4),
            (&column(digests), Type::BYTEA_ARRAY),
        ];
        let rows = self.rows(GET, &values).await.map_err(reading)?;
        let mut kept = Vec::with_capacity(digests.len());
        for (row, digest) in rows.iter().zip(digests) {
            let nonce: Option<&[u8]> = row.try_get(0).map_err(reading)?;
            let words: Option<&[u8]> = row.try_get(1).map_err(reading)?;
            let (Some(nonce), Some(words)) = (nonce, words) else {
                kept.push(None);
                continue;
            };
            let text = StoredText {
                digest: *digest,
                nonce: Nonce(
                    nonce
                        .try_into()
                        .map_err(|_| corrupt("texts", "a nonce is not 16 bytes"))?,
                ),
                text: String::from_utf8(words.to_vec())
                    .map_err(|_| corrupt("texts", "a text is not UTF-8"))?,
            };
            text.check()?;
            kept.push(Some(text));
        }
        Ok(kept)
    }

    pub(super) async fn erase_texts(&self, digests: &[Digest]) -> Result<(), Error> {
        const ERASE: &str = "DELETE FROM loomstack.texts WHERE journal = $1 AND digest = ANY($2)";
        let values: [Value<'_>; 2] = [
            (&self.journal, Type::INT4),
            (&column(digests), Type::BYTEA_ARRAY),
        ];
        let erased = self.rows(ERASE, &values).await;
        erased.map(drop).map_err(|why| fault("erasing a text", why))
    }

    /// Keeps a snapshot, in one transaction: whoever loads meanwhile gets the one before, whole.
    pub(super) async fn save_snapshot(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let saving = |why| fault("saving a snapshot", why);
        self.run("BEGIN").await.map_err(saving)?;
        let saved = self.put_snapshot(snapshot).await.map_err(saving);
        let end = if saved.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.run(end).await.map_err(saving);
        if ended.is_err() {
            self.give_up();
        }
        saved.and(ended)
    }

    async fn put_snapshot(&self, snapshot: &Snapshot) -> Result<(), tokio_postgres::Error> {
        const ENTER: &str =
            "INSERT INTO loomstack.snapshots (journal, projection, format, ver, hash, pieces)
            SELECT $1, $2, $3, $4, coalesce(
                (SELECT hash FROM loomstack.records WHERE journal = $1 AND ver = $4), ''::bytea), $5
            ON CONFLICT (journal, projection, format)
            DO UPDATE SET ver = excluded.ver, hash = excluded.hash, pieces = excluded.pieces";
        const CLEAR: &str = "DELETE FROM loomstack.snapshot_pieces
            WHERE journal = $1 AND projection = $2 AND format = $3";
        const PIECE: &str =
            "INSERT INTO loomstack.snapshot_pieces (journal, projection, format, number, bytes)
            VALUES ($1, $2, $3, $4, $5)";
        let (projection, format) = (snapshot.projection.as_str(), i64::from(snapshot.format));
        let of: [Value<'_>; 3] = [
            (&self.journal, Type::INT4),
            (&projection, Type::TEXT),
            (&format, Type::INT8),
        ];
        let pieces = i32::try_from(snapshot.bytes.chunks(PIECE_BYTES).len()).unwrap_or(i32::MAX);
        let ver = signed(snapshot.ver);
        let about: [Value<'_>; 2] = [(&ver, Type::INT8), (&pieces, Type::INT4)];
        self.rows(ENTER, &[of.as_slice(), &about].concat()).await?;
        self.rows(CLEAR, &of).await?;
        for (number, bytes) in (0i32..).zip(snapshot.bytes.chunks(PIECE_BYTES)) {
            let piece: [Value<'_>; 2] = [(&number, Type::INT4), (&bytes, Type::BYTEA)];
            self.rows(PIECE, &[of.as_slice(), &piece].concat()).await?;
        }
        Ok(())
    }

    /// The version of the snapshot of this journal, and the hash of the record there.
    pub(super) async fn last_snapshot(
        &self,
        projection: String,
        format: u32,
    ) -> Result<Option<(Ver, Digest)>, Error> {
        const LAST: &str = "SELECT s.ver, s.hash FROM loomstack.snapshots AS s
            JOIN loomstack.records AS r ON r.journal = s.journal AND r.ver = s.ver AND r.hash = s.hash
            WHERE s.journal = $1 AND s.projection = $2 AND s.format = $3";
        let format = i64::from(format);
        let of: [Value<'_>; 3] = [
            (&self.journal, Type::INT4),
            (&projection, Type::TEXT),
            (&format, Type::INT8),
        ];
        let rows = self.rows(LAST, &of).await;
        let rows = rows.map_err(|why| fault("looking for a snapshot", why))?;
        let last = rows
            .first()
            .map(|row| Ok((unsigned(row, 0)?, digest(row, 1)?)));
        last.transpose()
    }

    /// A snapshot of this journal: the record at its version has to have the hash it had when it was saved.
    pub(super) async fn load_snapshot(
        &self,
        projection: String,
        format: u32,
    ) -> Result<Option<Snapshot>, Error> {
        const LOAD: &str = "SELECT s.ver, s.pieces, p.number, p.bytes FROM loomstack.snapshots AS s
            LEFT JOIN loomstack.records AS r ON r.journal = s.journal AND r.ver = s.ver
            LEFT JOIN loomstack.snapshot_pieces AS p
                ON p.journal = s.journal AND p.projection = s.projection AND p.format = s.format
            WHERE s.journal = $1 AND s.projection = $2 AND s.format = $3
                AND s.hash = coalesce(r.hash, ''::bytea)
            ORDER BY p.number";
        let loading = |why| fault("loading a snapshot", why);
        let of_format = i64::from(format);
        let of: [Value<'_>; 3] = [
            (&self.journal, Type::INT4),
            (&projection, Type::TEXT),
            (&of_format, Type::INT8),
        ];
        let rows = self.rows(LOAD, &of).await.map_err(loading)?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let (ver, pieces): (u64, i32) = (unsigned(first, 0)?, first.try_get(1).map_err(loading)?);
        let mut bytes = Vec::new();
        for (due, row) in (0i32..pieces).zip(&rows) {
            let number: Option<i32> = row.try_get(2).map_err(loading)?;
            if number != Some(due) {
                return Ok(None);
            }
            bytes.extend_from_slice(row.try_get(3).map_err(loading)?);
        }
        let is_whole = usize::try_from(pieces) == Ok(rows.len()) || pieces == 0;
        Ok(is_whole.then(|| Snapshot {
            projection,
            format,
            ver,
            bytes: bytes.into(),
        }))
    }
}
