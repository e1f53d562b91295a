//! A journal behind a handle: which one a URL names, who may use it when, and its end by a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use loom_core::coordinator::Body;
use loom_core::error::{Code, Error};
use loom_core::model::Actor;
use loom_core::store::Store;
use loom_core::wire;
use loom_store::Loom;
use loom_store::loom::{system_clock, system_entropy};
use serde::de::DeserializeOwned;

/// A journal, shared by the threads that have its handle.
pub(crate) struct Journal {
    loom: Loom,
    poisoned: AtomicBool,
}

impl Journal {
    /// Opens what a URL names: `sqlite:PATH`, a file that is created where there is none,
    /// `postgres://HOST/DATABASE`, or `memory:`, a journal that ends with its handle.
    pub(crate) fn open(url: &str) -> Result<Journal, Error> {
        if url.contains('\0') {
            return Err(Error::at(
                Code::InvalidField,
                "url",
                "a URL cannot hold NUL",
            ));
        }
        Ok(Journal::of(Loom::open_url(url)?))
    }

    /// A journal in the caller's own store.
    pub(crate) fn over(store: Arc<dyn Store>) -> Journal {
        let (clock, entropy) = (Arc::new(system_clock), Arc::new(system_entropy));
        Journal::of(Loom::over(store, clock, entropy))
    }

    fn of(loom: Loom) -> Journal {
        Journal {
            loom,
            poisoned: AtomicBool::new(false),
        }
    }

    /// Carries out a command in JSON; answers in JSON.
    pub(crate) fn submit(&self, command: &str, at: Option<&str>) -> Result<String, Error> {
        self.use_with(|loom| loom.submit_json(command, at))
    }

    /// Carries out what an actor wants, both in JSON, under a fresh id and nonce.
    pub(crate) fn execute(&self, actor: &str, body: &str) -> Result<String, Error> {
        self.use_with(|loom| {
            let actor: Actor = read(actor, "actor")?;
            let body: Body = read(body, "body")?;
            wire::to_json(&loom.execute(&actor, body)?)
        })
    }

    /// Answers a query in JSON.
    pub(crate) fn query(&self, query: &str, at: Option<&str>) -> Result<String, Error> {
        self.use_with(|loom| loom.query_json(query, at))
    }

    /// Reads the whole journal and verifies its chain; answers the head in JSON.
    pub(crate) fn verify(&self) -> Result<String, Error> {
        self.use_with(|loom| wire::to_json(&loom.verify(|_, _| ())?))
    }

    /// Panics with the journal's lock held.
    #[cfg(feature = "testing")]
    #[allow(clippy::panic)]
    pub(crate) fn panic(&self) -> Result<(), Error> {
        self.use_with(|loom| loom.look(|_, _| panic!("a panic on purpose")))
    }

    /// Works with the journal, unless an earlier call panicked or this one comes from inside another.
    fn use_with<T>(&self, work: impl FnOnce(&Loom) -> Result<T, Error>) -> Result<T, Error> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(poisoned("an earlier call panicked"));
        }
        catch_unwind(AssertUnwindSafe(|| work(&self.loom))).unwrap_or_else(|_| {
            self.poisoned.store(true, Ordering::Release);
            Err(poisoned("this call panicked"))
        })
    }
}

fn read<T: DeserializeOwned>(json: &str, field: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|why| Error::at(Code::InvalidJson, field, why.to_string()))
}

fn poisoned(why: &str) -> Error {
    let message = format!("poisoned: {why}; close the handle and open another");
    Error::at(Code::Internal, "handle", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_names_no_journal_is_an_invalid_field() {
        for url in [
            "",
            "memory",
            "memory:x",
            "sqlite",
            "sqlite:",
            "http://a",
            "sqlite:a\0b",
            ":",
            "Memory:",
        ] {
            let refused = Journal::open(url).err().unwrap();
            assert_eq!(refused.code(), Code::InvalidField, "{url}");
            assert_eq!(refused.field(), Some("url"), "{url}");
        }
        assert!(Journal::open("memory:").is_ok());
    }

    #[test]
    fn a_panic_poisons_the_journal_that_it_happened_on_and_no_other() {
        let (hit, other) = (
            Journal::open("memory:").unwrap(),
            Journal::open("memory:").unwrap(),
        );
        let head = r#"{"type":"head"}"#;
        assert!(hit.query(head, None).is_ok());
        let now = hit.use_with::<()>(|loom| loom.look(|_, _| panic!("on purpose")));
        let later = hit.query(head, None);
        for why in [now.unwrap_err(), later.unwrap_err()] {
            assert_eq!(why.code(), Code::Internal);
            assert!(why.message().starts_with("poisoned"), "{why}");
        }
        assert!(other.query(head, None).is_ok());
    }

    #[test]
    fn a_call_from_inside_a_call_on_the_same_journal_is_refused_and_not_a_deadlock() {
        let (outer, other) = (
            Journal::open("memory:").unwrap(),
            Journal::open("memory:").unwrap(),
        );
        let head = r#"{"type":"head"}"#;
        let inside = || {
            let refused = outer.query(head, None).unwrap_err();
            assert_eq!(refused.code(), Code::NotPermitted);
            assert!(other.query(head, None).is_ok());
            Ok(())
        };
        outer.use_with(|loom| loom.look(|_, _| inside())).unwrap();
        assert!(outer.query(head, None).is_ok());
    }
}
