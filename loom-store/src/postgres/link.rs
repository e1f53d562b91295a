//! One connection to the server, ready to work on the journal of one workspace.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use loom_core::error::{Code, Error};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row, Socket};

use super::address::Address;
use super::fault::{corrupt, fault};
use super::{schema, tls};

/// The oldest server that is worked with: `server_version_num`.
const VERSION_MIN: i32 = 140_000;

/// A value of a statement, and its type: whoever says it saves a trip to the server.
pub(super) type Value<'v> = (&'v (dyn ToSql + Sync), Type);

pub(super) struct Link {
    client: Client,
    pub(super) journal: i32,
    /// Nobody knows what it is in the middle of.
    is_given_up: AtomicBool,
}

impl Link {
    /// Connects, makes the schema where there is none, and enters the workspace where it is new.
    pub(super) async fn open(address: &Address, wait: Duration) -> Result<Link, Error> {
        let mut config = address.config.clone();
        config.application_name("loomstack");
        config.connect_timeout(wait);
        config.keepalives_idle(wait.max(Duration::from_secs(1)));
        let client = match address.may_be_clear() && address.root.is_none() {
            true => connect(&config, NoTls).await?,
            false => connect(&config, tls::connector(address.root.as_deref())?).await?,
        };
        prepare(&client, wait).await?;
        schema::open_or_create(&client).await?;
        let journal = schema::journal(&client, address.workspace.as_str()).await?;
        Ok(Link {
            client,
            journal,
            is_given_up: AtomicBool::new(false),
        })
    }

    /// Can it still be used, as far as is known?
    pub(super) fn is_open(&self) -> bool {
        !self.client.is_closed() && !self.is_given_up.load(Ordering::Relaxed)
    }

    /// Is not to be used again. The server drops what it was doing once the connection is closed.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// The rows of one statement, in one trip to the server.
    pub(super) async fn rows(
        &self,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.client.query_typed(sql, values).await
    }

    /// Statements without values.
    pub(super) async fn run(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(sql).await
    }
}

async fn connect<T>(config: &Config, tls: T) -> Result<Client, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let connected = config.connect(tls).await;
    let (client, connection) = connected.map_err(|why| fault("connecting to the server", why))?;
    // It ends with the client, or with the line; whoever then asks the client hears of it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Looks whether this is a server that keeps what it acknowledges, and sets how long it waits.
async fn prepare(client: &Client, wait: Duration) -> Result<(), Error> {
    const PREPARE: &str = "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(),
        set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit')
            WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";
    let looking = |why| fault("looking at the server", why);
    let wait_ms = wait.as_millis().to_string();
    let rows = client
        .query_typed(PREPARE, &[(&wait_ms, Type::TEXT)])
        .await
        .map_err(looking)?;
    let row = rows
        .first()
        .ok_or_else(|| corrupt("url", "the server does not answer a question"))?;
    let (version, is_standby): (i32, bool) = (
        row.try_get(0).map_err(looking)?,
        row.try_get(1).map_err(looking)?,
    );
    if version < VERSION_MIN {
        let message = format!(
            "the server is PostgreSQL {}; 14 or newer is needed",
            version / 10_000
        );
        return Err(Error::at(Code::Unavailable, "url", message));
    }
    if is_standby {
        let message =
            "the server is a standby; name the primary, or add target_session_attrs=read-write";
        return Err(Error::at(Code::Unavailable, "url", message));
    }
    Ok(())
}
