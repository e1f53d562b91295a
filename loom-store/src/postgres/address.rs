//! Where a journal is: a database, and a workspace in it.
//!
//! `postgres://USER:PASSWORD@HOST:PORT/DATABASE?workspace=NAME&sslmode=require&sslrootcert=FILE`, as
//! libpq reads it, and two words of our own.

use std::path::PathBuf;

use loom_core::error::{Code, Error};
use loom_core::model::{Digest, WorkspaceId};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// The longest address, in bytes.
pub(super) const URL_BYTES_MAX: usize = 4_096;
/// The workspace of an address that names none.
const WORKSPACE_DEFAULT: &str = "default";

/// A database, and a workspace in it.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) workspace: WorkspaceId,
    /// Certificates of the authorities to trust, in PEM; those of the system otherwise.
    pub(super) root: Option<PathBuf>,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Address, Error> {
        let refused = |why: String| Error::at(Code::InvalidField, "url", why);
        if url.len() > URL_BYTES_MAX {
            let (max, got) = (URL_BYTES_MAX as u64, url.len() as u64);
            return Err(Error::limit("url", "URL_BYTES_MAX", max, got));
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut workspace, mut root) = (WorkspaceId::new(WORKSPACE_DEFAULT)?, None);
        let mut of_libpq = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("workspace", name)) => {
                    let name = decoded(name)
                        .ok_or_else(|| refused("the workspace is not UTF-8".to_owned()))?;
                    workspace = WorkspaceId::new(&name)
                        .map_err(|why| refused(format!("workspace: {why}")))?;
                }
                Some(("sslrootcert", file)) => {
                    let file = decoded(file)
                        .ok_or_else(|| refused("sslrootcert is not UTF-8".to_owned()))?;
                    root = Some(PathBuf::from(file));
                }
                // Whoever asks for TLS gets the server's name checked; there is nothing weaker.
                Some(("sslmode", "verify-full" | "verify-ca")) => of_libpq.push("sslmode=require"),
                _ => of_libpq.push(part),
            }
        }
        let url = match of_libpq.as_slice() {
            [] => base.to_owned(),
            parts => format!("{base}?{}", parts.join("&")),
        };
        let mut config: Config = url.parse().map_err(|why: tokio_postgres::Error| {
            let source = std::error::Error::source(&why).map(ToString::to_string);
            refused(source.unwrap_or_else(|| why.to_string()))
        })?;
        if let (None, Some(password)) = (config.get_password(), std::env::var_os("PGPASSWORD")) {
            config.password(password.as_encoded_bytes());
        }
        Ok(Address {
            config,
            workspace,
            root,
        })
    }

    /// May a connection be in the clear?
    pub(super) fn may_be_clear(&self) -> bool {
        matches!(
            self.config.get_ssl_mode(),
            SslMode::Disable | SslMode::Prefer
        )
    }

    /// A name of the journal that is the same for every client on this machine.
    pub(super) fn fingerprint(&self) -> Digest {
        let mut name = Vec::new();
        for host in self.config.get_hosts() {
            match host {
                Host::Tcp(host) => name.extend(host.as_bytes()),
                #[cfg(unix)]
                Host::Unix(path) => name.extend(path.as_os_str().as_encoded_bytes()),
            }
            name.push(0);
        }
        for port in self.config.get_ports() {
            name.extend(port.to_be_bytes());
        }
        let database = self.config.get_dbname().or(self.config.get_user());
        Digest::of(&[
            b"loomstack.postgres.v1\n",
            &name,
            b"\0",
            database.unwrap_or_default().as_bytes(),
            b"\0",
            self.workspace.as_str().as_bytes(),
        ])
    }
}

/// Text with its `%41` made whole.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, behind) = behind.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = behind;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_ours_are_read_and_the_rest_is_libpqs() {
        let address =
            Address::parse("postgres://ada:s@db:5433/team?workspace=the%20shop&sslmode=verify-full&connect_timeout=3")
                .unwrap();
        assert_eq!(address.workspace.as_str(), "the shop");
        assert_eq!(address.config.get_dbname(), Some("team"));
        assert_eq!(address.config.get_ports(), [5433]);
        assert!(!address.may_be_clear());
        assert_eq!(
            Address::parse("postgres://db/team")
                .unwrap()
                .workspace
                .as_str(),
            "default"
        );
    }

    #[test]
    fn an_address_that_says_nothing_is_refused_by_name() {
        let long = format!("postgres://db/{}", "x".repeat(URL_BYTES_MAX));
        for url in [
            "postgres://db/team?workspace=%ff",
            "postgres://db/team?workspace=%0",
            "postgres://db:x/team",
            "postgres://db/team?what=1",
            "postgres://db/t?workspace=",
            &long,
        ] {
            let error = Address::parse(url).err().unwrap_or_else(|| panic!("{url}"));
            assert_eq!(error.field(), Some("url"), "{url}: {error}");
        }
    }

    #[test]
    fn journals_that_differ_have_other_fingerprints() {
        let of = |url: &str| Address::parse(url).unwrap().fingerprint();
        let one = of("postgres://ada@db/team?workspace=shop");
        assert_eq!(one, of("postgres://bob:x@db/team?workspace=shop"));
        for other in [
            "postgres://db/team",
            "postgres://db2/team?workspace=shop",
            "postgres://db:1/team?workspace=shop",
            "postgres://db/other?workspace=shop",
        ] {
            assert_ne!(one, of(other), "{other}");
        }
    }
}
