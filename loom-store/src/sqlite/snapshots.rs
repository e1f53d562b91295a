//! Snapshots: advisory, so written without a sync. Their bytes are not checked here: a projection
//! verifies each page of its snapshot when it touches it, and hashing all of it would cost more
//! than loading it.

use loom_core::error::Error;
use loom_core::store::Snapshot;
use rusqlite::{OptionalExtension, params};

use super::fault::fault;
use super::link::Link;
use super::texts::unsynced;

pub(super) fn save(link: &Link, snapshot: &Snapshot) -> Result<(), Error> {
    const SAVE: &str = "INSERT INTO snapshots (projection, format, ver, bytes)
        VALUES (?1, ?2, ?3, ?4) ON CONFLICT (projection, format)
        DO UPDATE SET ver = excluded.ver, bytes = excluded.bytes";
    let saving = |why| fault("saving a snapshot", why);
    let Snapshot {
        projection,
        format,
        ver,
        bytes,
    } = snapshot;
    // There are no texts in a snapshot, so the pages of the one before need not be overwritten.
    link.set("PRAGMA secure_delete = OFF")?;
    let saved = unsynced(link, || {
        link.transaction(|| {
            let mut save = link.prepare(SAVE)?;
            save.execute(params![projection, format, ver, &bytes[..]])
                .map_err(saving)?;
            Ok(())
        })
    });
    link.set("PRAGMA secure_delete = ON")?;
    saved
}

pub(super) fn load(link: &Link, projection: &str, format: u32) -> Result<Option<Snapshot>, Error> {
    const LOAD: &str = "SELECT ver, bytes FROM snapshots WHERE projection = ?1 AND format = ?2";
    let mut load = link.prepare(LOAD)?;
    let kept = load.query_row(params![projection, format], |row| {
        Ok(Snapshot {
            projection: projection.to_owned(),
            format,
            ver: row.get(0)?,
            bytes: row.get_ref(1)?.as_blob()?.into(),
        })
    });
    kept.optional()
        .map_err(|why| fault("loading a snapshot", why))
}
