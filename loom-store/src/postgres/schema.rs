//! The tables, and how a database gets them.
//!
//! Everything lies in the schema `loomstack` of the database, all workspaces in the same tables. Whoever
//! may only use it (see the grants in the documentation) finds the schema current and changes nothing;
//! whoever opens an empty database makes it, in one transaction behind a lock, so that any number of
//! processes may come first.

use loom_core::error::{Code, Error};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::fault::{corrupt, fault};

/// The class of the advisory locks of LoomStack: the bytes `Loom`. The second key says what is locked.
pub(super) const LOCKS: i32 = 0x4C6F_6F6D;
/// The key of the lock behind which the schema is made; journals are numbered from 1.
const SCHEMA_LOCK: i32 = 0;

/// Step n brings a database from n steps to n + 1. A step that was released never changes.
const STEPS: [&str; 1] = [include_str!("step_1.sql")];

/// Makes the schema where there is none, and takes the steps that are missing.
pub(super) async fn open_or_create(client: &Client) -> Result<(), Error> {
    if steps(client).await? == STEPS.len() {
        return Ok(());
    }
    let creating = |why| fault("creating the schema", why);
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCKS}, {SCHEMA_LOCK})");
    client.batch_execute(&lock).await.map_err(creating)?;
    let created = create(client).await;
    let end = if created.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = client.batch_execute(end).await;
    created.and(ended.map_err(creating))
}

async fn create(client: &Client) -> Result<(), Error> {
    let taken = steps(client).await?;
    let todo = STEPS.get(taken..).unwrap_or_default().concat();
    let done = STEPS.len();
    let sql = format!("{todo}\nUPDATE loomstack.schema SET steps = {done};");
    let created = client.batch_execute(&sql).await;
    created.map_err(|why| fault("creating the schema", why))
}

/// How many steps the database has taken.
async fn steps(client: &Client) -> Result<usize, Error> {
    // The catalogue as tables: what looks names up by itself may answer from before the lock.
    const LOOK: &str = "SELECT count(*) > 0, count(*) FILTER (WHERE c.oid IS NOT NULL) > 0
        FROM pg_namespace AS n LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'schema'
        WHERE n.nspname = 'loomstack'";
    let looking = |why| fault("looking at the database", why);
    let row = client.query_typed(LOOK, &[]).await.map_err(looking)?;
    let row = row.first();
    let is_there = |column| row.is_some_and(|row| row.get::<usize, bool>(column));
    match (is_there(0), is_there(1)) {
        (false, _) => return Ok(0),
        (true, false) => {
            let message =
                "the database has a schema loomstack that is not ours; nothing was changed";
            return Err(corrupt("url", message));
        }
        (true, true) => {}
    }
    let rows = client
        .query_typed("SELECT steps FROM loomstack.schema", &[])
        .await;
    let steps: i32 = match rows.map_err(looking)?.as_slice() {
        [row] => row.try_get(0).map_err(looking)?,
        _ => return Err(corrupt("loomstack.schema", "it does not hold one row")),
    };
    let known = STEPS.len();
    match usize::try_from(steps) {
        Ok(steps) if steps <= known => Ok(steps),
        _ => {
            let message = format!("the schema is {steps}, this version knows {known}; update it");
            Err(Error::at(Code::NewerJournal, "url", message))
        }
    }
}

/// The number of the journal of a workspace, which is entered where it is new.
pub(super) async fn journal(client: &Client, workspace: &str) -> Result<i32, Error> {
    const FIND: &str = "SELECT id FROM loomstack.journals WHERE workspace = $1";
    const ENTER: &str =
        "INSERT INTO loomstack.journals (workspace) VALUES ($1) ON CONFLICT DO NOTHING";
    let looking = |why| fault("looking for the workspace", why);
    let name: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 1] = [(&workspace, Type::TEXT)];
    for _ in 0..2 {
        let found = client.query_typed(FIND, &name).await.map_err(looking)?;
        if let [row] = found.as_slice() {
            return row.try_get(0).map_err(looking);
        }
        client.query_typed(ENTER, &name).await.map_err(looking)?;
    }
    let found = client.query_typed(FIND, &name).await.map_err(looking)?;
    let row = found
        .first()
        .ok_or_else(|| corrupt("loomstack.journals", "a row does not stay"))?;
    row.try_get(0).map_err(looking)
}
