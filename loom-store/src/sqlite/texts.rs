//! The erasable texts.

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, Nonce, StoredText};
use rusqlite::{OptionalExtension, params};

use super::fault::fault;
use super::link::Link;

/// Inserts texts into the transaction that is open.
pub(super) fn insert(link: &Link, texts: &[StoredText]) -> Result<(), Error> {
    const PUT: &str = "INSERT INTO texts (digest, nonce, text) VALUES (?1, ?2, ?3)
                       ON CONFLICT (digest) DO NOTHING";
    if texts.is_empty() {
        return Ok(());
    }
    let mut put = link.prepare(PUT)?;
    for StoredText {
        digest,
        nonce,
        text,
    } in texts
    {
        put.execute(params![digest.0, nonce.0, text])
            .map_err(|why| fault("writing a text", why))?;
    }
    Ok(())
}

/// Keeps texts in a transaction of their own, without a sync: it survives `kill -9`, and the sync
/// of the record that speaks of them, which comes later in the same log, makes it survive the rest.
pub(super) fn put_unsynced(link: &Link, texts: &[StoredText]) -> Result<(), Error> {
    link.unsynced(|| link.transaction(|| insert(link, texts)))
}

pub(super) fn get(link: &Link, digests: &[Digest]) -> Result<Vec<Option<StoredText>>, Error> {
    let mut get = link.prepare("SELECT nonce, text FROM texts WHERE digest = ?1")?;
    let mut one = |digest: &Digest| {
        let kept = get.query_row([digest.0], |row| {
            let (digest, nonce) = (*digest, Nonce(row.get(0)?));
            Ok(StoredText {
                digest,
                nonce,
                text: row.get(1)?,
            })
        });
        let kept = kept
            .optional()
            .map_err(|why| fault("reading a text", why))?;
        kept.as_ref().map(StoredText::check).transpose()?;
        Ok(kept)
    };
    digests.iter().map(&mut one).collect()
}

/// Forgets texts: their bytes are overwritten in the file, and the log that held them is cut.
pub(super) fn erase(link: &Link, digests: &[Digest]) -> Result<(), Error> {
    link.transaction(|| {
        let mut erase = link.prepare("DELETE FROM texts WHERE digest = ?1")?;
        for digest in digests {
            erase
                .execute([digest.0])
                .map_err(|why| fault("erasing a text", why))?;
        }
        Ok(())
    })?;
    let busy: bool = link
        .connection()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(|why| fault("cutting the log", why))?;
    if busy {
        let message = "the texts are erased, but a reader holds the log that still has their bytes; \
                       erase them again";
        return Err(Error::new(Code::Unavailable, message));
    }
    Ok(())
}
