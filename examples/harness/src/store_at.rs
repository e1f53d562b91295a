//! Where a journal is kept: in a file, or on a server that a team shares.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use loom_core::error::{Code, Error};
use loom_core::store::Store;
use loom_store::loom::{Clock, system_entropy};
use loom_store::{Loom, PostgresStore, SqliteStore};

use crate::cli::Common;
use crate::exit::Failure;
use crate::git::Checkout;
use crate::session::clock;

/// What a clone says about where its journal is, in its git folder: one line.
const SAID: &str = "store";

/// Where a journal is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum StoreAt {
    /// A SQLite file.
    File(PathBuf),
    /// The address of a database.
    Server(String),
}

impl StoreAt {
    /// What a name says: `postgres://…`, `sqlite:PATH` or a path.
    pub(crate) fn named(name: &str) -> Result<StoreAt, Failure> {
        if name.starts_with("postgres://") || name.starts_with("postgresql://") {
            return Ok(StoreAt::Server(name.to_owned()));
        }
        let path = name.strip_prefix("sqlite:").unwrap_or(name);
        if let Some((scheme, _)) = path.split_once("://") {
            let message = format!(
                "there is no store {scheme}: here; write a path, sqlite:PATH or postgres://HOST/DATABASE"
            );
            return Err(Error::at(Code::InvalidField, "--store", message).into());
        }
        Ok(StoreAt::File(PathBuf::from(path)))
    }

    /// Where the journal of a call is: what was named, what the clone says, or the file in its git folder.
    pub(crate) fn of(common: &Common, checkout: Option<&Checkout>) -> Result<StoreAt, Failure> {
        if let Some(name) = &common.store {
            return StoreAt::named(name);
        }
        let Some(checkout) = checkout else {
            let message = "this folder lies in no git repository; name the journal with --store";
            return Err(Error::at(Code::NotFound, "--store", message).into());
        };
        match std::fs::read_to_string(folder(checkout).join(SAID)) {
            Ok(said) => StoreAt::named(said.trim()),
            Err(_) => Ok(StoreAt::File(StoreAt::in_clone(checkout))),
        }
    }

    /// The file in the git folder of a clone.
    pub(crate) fn in_clone(checkout: &Checkout) -> PathBuf {
        folder(checkout).join("journal.db")
    }

    /// The same place for a process in another folder.
    pub(crate) fn absolute(self) -> Result<StoreAt, Failure> {
        let StoreAt::File(path) = self else {
            return Ok(self);
        };
        let whole = std::path::absolute(&path);
        let whole = whole.map_err(|why| Failure::outside(&path.display().to_string(), why))?;
        Ok(StoreAt::File(whole))
    }

    /// Has a clone say from now on that its journal is here. A password is not written down.
    pub(crate) fn say_in(&self, checkout: &Checkout) -> Result<(), Failure> {
        let folder = folder(checkout);
        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(SAID), format!("{self}\n")));
        written.map_err(|why| Failure::outside("store", why))
    }

    /// The git folder of the clone that the journal is of: that it lies in, or that says where it is.
    pub(crate) fn home(&self, checkout: Option<&Checkout>) -> Option<PathBuf> {
        match self {
            StoreAt::File(path) => {
                let ours = path.parent().filter(|folder| folder.ends_with(".loom"))?;
                Some(ours.parent()?.to_owned())
            }
            StoreAt::Server(_) => {
                let checkout = checkout?;
                let said = std::fs::read_to_string(folder(checkout).join(SAID)).ok()?;
                (said.trim() == self.to_string()).then(|| checkout.common.clone())
            }
        }
    }

    /// Is there no file yet? What is on a server is only known once it is asked.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, StoreAt::File(path) if !path.exists())
    }

    /// As `LOOM_STORE` says it.
    pub(crate) fn word(&self) -> PathBuf {
        match self {
            StoreAt::File(path) => path.clone(),
            StoreAt::Server(url) => PathBuf::from(OsString::from(url)),
        }
    }

    /// Opens the store, with the clock of the system or the one that `LOOM_NOW` stops.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, Failure> {
        let clock = clock()?;
        Ok(match self {
            StoreAt::File(path) => {
                Arc::new(SqliteStore::options().clock(move || clock()).open(path)?)
            }
            StoreAt::Server(url) => Arc::new(self.on_server(url, clock)?),
        })
    }

    /// Opens the journal.
    pub(crate) fn open(&self) -> Result<Loom, Failure> {
        Ok(Loom::over(
            self.store()?,
            clock()?,
            Arc::new(system_entropy),
        ))
    }

    /// The clock of the server counts, unless a test stops time.
    fn on_server(&self, url: &str, clock: Arc<Clock>) -> Result<PostgresStore, Failure> {
        let options = PostgresStore::options();
        let options = match std::env::var_os("LOOM_NOW") {
            Some(_) => options.clock(move || clock()),
            None => options,
        };
        Ok(options.open(url)?)
    }
}

impl fmt::Display for StoreAt {
    /// Without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreAt::File(path) => write!(f, "{}", path.display()),
            StoreAt::Server(url) => match url.split_once("://").and_then(|(scheme, rest)| {
                let (who, place) = rest.split_once('@')?;
                let (user, _) = who.split_once(':')?;
                Some(format!("{scheme}://{user}@{place}"))
            }) {
                Some(shown) => f.write_str(&shown),
                None => f.write_str(url),
            },
        }
    }
}

/// Our folder in the git folder that all worktrees of a clone share.
fn folder(checkout: &Checkout) -> PathBuf {
    checkout.common.join(".loom")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_where_the_journal_is_and_is_shown_without_its_password() {
        let file = |path: &str| StoreAt::File(PathBuf::from(path));
        for (name, is) in [
            ("journal.db", file("journal.db")),
            ("sqlite:/tmp/j.db", file("/tmp/j.db")),
            (
                "postgres://db/team",
                StoreAt::Server("postgres://db/team".to_owned()),
            ),
        ] {
            assert!(StoreAt::named(name).ok() == Some(is), "{name}");
        }
        assert!(StoreAt::named("redis://db").is_err());
        let shown = StoreAt::Server("postgres://ada:secret@db/team?workspace=a@b".to_owned());
        assert_eq!(shown.to_string(), "postgres://ada@db/team?workspace=a@b");
    }
}
