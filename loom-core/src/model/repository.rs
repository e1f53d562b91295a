//! When two clones are one repository: origins are compared in one normal form.
//!
//! ```
//! use loom_core::model::normalise_origin;
//!
//! let ssh = normalise_origin("git@GitHub.com:acme/shop.git").unwrap();
//! assert_eq!(ssh, "github.com/acme/shop");
//! assert_eq!(ssh, normalise_origin("https://token@github.com:443/acme/shop/").unwrap());
//! ```

use super::ID_BYTES_MAX;
use crate::error::{Code, Error};

/// The longest origin address, in bytes.
const ORIGIN_BYTES_MAX: usize = 8 * ID_BYTES_MAX;

/// The one form of a repository's origin address: `host/path`, without scheme, user, password,
/// default port, doubled or trailing `/` and the ending `.git`; the host in lower case. The letter
/// case of the path is kept, since servers differ in whether it matters.
///
/// Understands `scheme://user@host:port/path`, the scp form `user@host:path`, and plain paths of the
/// file system, which stay as they are.
///
/// # Errors
/// `invalid_field` where nothing that names a repository is left, `limit_exceeded` over 1,024 bytes.
pub fn normalise_origin(address: &str) -> Result<String, Error> {
    if address.len() > ORIGIN_BYTES_MAX {
        let got = address.len() as u64;
        return Err(Error::limit(
            "alias",
            "ORIGIN_BYTES_MAX",
            ORIGIN_BYTES_MAX as u64,
            got,
        ));
    }
    let address = address.trim();
    let normal = match address.split_once("://") {
        Some(("file", path)) => normal_path(path),
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let default_port = match scheme {
                "http" => ":80",
                "https" => ":443",
                "ssh" | "git+ssh" => ":22",
                _ => ":9418",
            };
            let host = host_of(authority);
            joined(host.strip_suffix(default_port).unwrap_or(&host), path)
        }
        None => match address.split_once(':') {
            Some((authority, path)) if !authority.contains('/') && authority.len() > 1 => {
                joined(&host_of(authority), path)
            }
            _ => normal_path(address),
        },
    };
    if normal.is_empty() || normal.starts_with('/') && normal.len() == 1 {
        return Err(Error::at(
            Code::InvalidField,
            "alias",
            "this address names no repository",
        ));
    }
    Ok(normal)
}

fn host_of(authority: &str) -> String {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    host.to_ascii_lowercase()
}

fn joined(host: &str, path: &str) -> String {
    let path = normal_path(path);
    let path = path.trim_start_matches('/');
    if host.is_empty() || path.is_empty() {
        String::new()
    } else {
        format!("{host}/{path}")
    }
}

fn normal_path(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let segments: Vec<&str> = path
        .split('/')
        .filter(|s| !s.is_empty() && *s != ".")
        .collect();
    let joined = segments.join("/");
    let name = joined
        .strip_suffix(".git")
        .filter(|rest| !rest.is_empty() && !rest.ends_with('/'));
    format!("{root}{}", name.unwrap_or(&joined))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_origin_has_one_form() {
        for address in [
            "git@github.com:acme/shop.git",
            "ssh://git@github.com/acme/shop.git",
            "ssh://git@github.com:22/acme/shop",
            "https://github.com/acme/shop",
            "https://github.com/acme/shop.git/",
            "https://user:secret@GITHUB.com:443//acme/./shop.git",
            "git://github.com:9418/acme/shop.git",
            "github.com:acme/shop",
        ] {
            assert_eq!(
                normalise_origin(address).unwrap(),
                "github.com/acme/shop",
                "{address}"
            );
        }
    }

    #[test]
    fn different_repositories_stay_different() {
        let forms = [
            "https://github.com/acme/shop",
            "https://github.com:8443/acme/shop",
            "https://github.com/acme/Shop",
            "https://gitlab.com/acme/shop",
            "/srv/git/shop.git",
            "srv/git/shop",
            "C:/git/shop",
        ]
        .map(|address| normalise_origin(address).unwrap());
        let distinct: std::collections::BTreeSet<_> = forms.iter().collect();
        assert_eq!(distinct.len(), forms.len(), "{forms:?}");
    }

    #[test]
    fn an_address_of_the_longest_length_is_taken_and_one_byte_more_names_the_limit() {
        let longest = format!("h:{}", "x".repeat(ORIGIN_BYTES_MAX - 2));
        assert!(normalise_origin(&longest).is_ok());
        let error = normalise_origin(&format!("{longest}x")).unwrap_err();
        assert_eq!(error.limit_name(), Some("ORIGIN_BYTES_MAX"));
    }

    #[test]
    fn an_address_that_names_nothing_is_refused() {
        for address in [
            "",
            " ",
            "/",
            "https://",
            "https://github.com/",
            "git@github.com:",
        ] {
            assert!(normalise_origin(address).is_err(), "{address:?}");
        }
    }
}
