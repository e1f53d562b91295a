//! One conformance suite for every storage adapter (feature `testing`).
//!
//! Whoever writes an adapter writes a [`Factory`] for it, eight lines in most cases, and calls
//! [`run`]. Each check has the sentence it proves as its name; the [`Report`] lists what passed,
//! what failed and why, and what the factory gave no means to test. The bindings drive the same
//! suite, so a store written in Python or JavaScript is held to the same contract.
//!
//! A suite is worth what it convicts: [`BrokenStore`] is a store with one [`Flaw`], and a test holds
//! that every flaw is convicted and the sound [`MemoryStore`](super::MemoryStore) acquitted.
//!
//! ```
//! use loom_core::store::conformance::{self, BrokenFactory, Flaw, MemoryFactory};
//!
//! let report = conformance::run(&MemoryFactory::default());
//! assert!(report.is_conformant(), "{report}");
//!
//! let report = conformance::run(&BrokenFactory::new(Flaw::LastWriterWins));
//! assert!(report.convicts("an append with a stale head is a conflict"), "{report}");
//! ```

mod broken;
mod concurrency;
mod draft;
mod journal;
mod memory_factory;
mod recovery;
mod side_tables;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use broken::{BrokenFactory, BrokenStore, Flaw};
pub use draft::{Draft, chain};
pub use memory_factory::MemoryFactory;

use super::Store;
use crate::error::Error;
use crate::model::{Digest, Record, Timestamp};

/// How the suite gets at journals. One factory serves one run: a name that it sees for the first
/// time is an empty journal.
///
/// Means that an adapter does not have stay at their provided [`Means::None`]; the checks that need
/// them are then listed as skipped.
pub trait Factory {
    /// A new client of the journal of this name, which is created where there is none. Two calls
    /// give two clients, as two processes would have. The suite closes a client by dropping it.
    ///
    /// # Errors
    /// Whatever opening answers; the check that asked fails with it.
    fn open(&self, journal: &str) -> Result<Box<dyn Store>, Error>;

    /// Is a journal still there after all of its clients were closed? `true` for everything but
    /// a store that lives in its clients.
    fn outlives_its_clients(&self) -> bool {
        true
    }

    /// Sets the store's own clock, for all clients of all journals, to stand at `now`.
    fn set_clock(&self, _now: Timestamp) -> Means {
        Means::None
    }

    /// Changes the words of a kept text behind the store's back.
    fn tamper_text(&self, _journal: &str, _digest: &Digest) -> Means {
        Means::None
    }

    /// Makes the journal hold exactly these records behind the store's back, as restoring a backup
    /// does. What clients remember stays.
    fn restore(&self, _journal: &str, _records: &[Record]) -> Means {
        Means::None
    }
}

/// What a factory answers when the suite asks it for something that not every adapter can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// It is done.
    Done,
    /// The factory has no means to do it.
    None,
}

/// One check: the sentence it proves, and how.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    name: &'static str,
    prove: fn(&Bench<'_>) -> Proof,
}

impl Check {
    /// The sentence that the check proves. Names are stable, so that an adapter can point at one.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// What a run of the suite found, check by check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The checks that held.
    pub passed: Vec<&'static str>,
    /// The checks that did not hold, and why.
    pub failed: Vec<(&'static str, String)>,
    /// The checks that the factory gave no means for, and what was missing.
    pub skipped: Vec<(&'static str, &'static str)>,
}

impl Report {
    /// Did nothing fail?
    pub fn is_conformant(&self) -> bool {
        self.failed.is_empty()
    }

    /// Did the check of this name fail?
    pub fn convicts(&self, check: &str) -> bool {
        self.failed.iter().any(|(name, _)| *name == check)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed) = (self.passed.len(), self.failed.len());
        write!(
            f,
            "{passed} passed, {failed} failed, {} skipped",
            self.skipped.len()
        )?;
        for (check, why) in &self.failed {
            write!(f, "\nFAILED  {check}: {why}")?;
        }
        for (check, missing) in &self.skipped {
            write!(f, "\nskipped {check}: {missing}")?;
        }
        Ok(())
    }
}

/// All checks, in the order in which they run.
pub fn checks() -> Vec<Check> {
    [
        journal::CHECKS,
        side_tables::CHECKS,
        recovery::CHECKS,
        concurrency::CHECKS,
    ]
    .concat()
}

/// Runs every check, each on a journal of its own.
pub fn run(factory: &dyn Factory) -> Report {
    let mut report = Report::default();
    for (number, check) in checks().iter().enumerate() {
        run_into(&mut report, factory, check, number);
    }
    report
}

/// Runs the check of this name, for a binding that shows each check as a test of its own. The
/// factory may have served other checks; `None` where there is no such check.
pub fn run_one(factory: &dyn Factory, name: &str) -> Option<Report> {
    let checks = checks();
    let number = checks.iter().position(|check| check.name == name)?;
    let mut report = Report::default();
    run_into(&mut report, factory, &checks[number], number);
    Some(report)
}

fn run_into(report: &mut Report, factory: &dyn Factory, check: &Check, number: usize) {
    let bench = Bench {
        factory,
        journal: format!("conformance-{number:02}"),
    };
    match catch_unwind(AssertUnwindSafe(|| (check.prove)(&bench))) {
        Ok(Ok(())) => report.passed.push(check.name),
        Ok(Err(Objection::Fails(why))) => report.failed.push((check.name, why)),
        Ok(Err(Objection::NoMeans(missing))) => report.skipped.push((check.name, missing)),
        Err(_) => report
            .failed
            .push((check.name, "the store panicked".to_owned())),
    }
}

/// What a check works with: the factory and a journal that no other check uses.
struct Bench<'a> {
    factory: &'a dyn Factory,
    journal: String,
}

type Proof = Result<(), Objection>;

enum Objection {
    Fails(String),
    NoMeans(&'static str),
}

impl From<Error> for Objection {
    fn from(error: Error) -> Self {
        Objection::Fails(format!("{}: {error}", error.code().as_str()))
    }
}

impl Bench<'_> {
    fn open(&self) -> Result<Box<dyn Store>, Error> {
        self.factory.open(&self.journal)
    }

    fn set_clock(&self, now: Timestamp) -> Proof {
        needs(
            self.factory.set_clock(now),
            "the factory cannot set the store's clock",
        )
    }

    fn tamper_text(&self, digest: &Digest) -> Proof {
        let means = self.factory.tamper_text(&self.journal, digest);
        needs(means, "the factory cannot tamper with a text")
    }

    fn restore(&self, records: &[Record]) -> Proof {
        let means = self.factory.restore(&self.journal, records);
        needs(means, "the factory cannot restore a backup")
    }

    fn outlives_its_clients(&self) -> Proof {
        match self.factory.outlives_its_clients() {
            true => Ok(()),
            false => Err(Objection::NoMeans(
                "the journal does not outlive its clients",
            )),
        }
    }
}

fn needs(means: Means, missing: &'static str) -> Proof {
    match means {
        Means::Done => Ok(()),
        Means::None => Err(Objection::NoMeans(missing)),
    }
}

fn fails<T>(why: impl Into<String>) -> Result<T, Objection> {
    Err(Objection::Fails(why.into()))
}

/// Objects unless both are equal; `what` names the thing compared.
fn same<T: PartialEq + fmt::Debug>(what: &str, got: T, wanted: T) -> Proof {
    if got == wanted {
        return Ok(());
    }
    fails(format!("{what} is {got:?} and should be {wanted:?}"))
}

/// Objects unless the answer is an error of this code.
fn refused<T: fmt::Debug>(what: &str, answer: Result<T, Error>, code: crate::error::Code) -> Proof {
    match answer {
        Err(error) if error.code() == code => Ok(()),
        other => fails(format!(
            "{what} answers {other:?} and should answer {}",
            code.as_str()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_memory_store_passes_every_check_and_skips_none() {
        let report = run(&MemoryFactory::default());
        assert!(
            report.is_conformant() && report.skipped.is_empty(),
            "{report}"
        );
        assert_eq!(report.passed.len(), checks().len());
    }

    #[test]
    fn every_flaw_is_convicted_by_the_check_that_looks_for_it() {
        for flaw in Flaw::ALL {
            let report = run(&BrokenFactory::new(flaw));
            assert!(report.convicts(flaw.convicted_by()), "{flaw:?}: {report}");
        }
    }

    #[test]
    fn every_check_convicts_a_flaw() {
        let aimed_at: BTreeSet<&str> = Flaw::ALL.iter().map(|flaw| flaw.convicted_by()).collect();
        let idle: Vec<&str> = checks()
            .iter()
            .map(Check::name)
            .filter(|name| !aimed_at.contains(name))
            .collect();
        assert!(
            idle.is_empty(),
            "no broken store shows that these work: {idle:#?}"
        );
    }

    #[test]
    fn a_store_that_panics_is_convicted_and_the_suite_goes_on() {
        struct Panics;
        impl Factory for Panics {
            fn open(&self, _: &str) -> Result<Box<dyn Store>, Error> {
                panic!("no store today")
            }
        }
        let report = run(&Panics);
        assert_eq!(report.failed.len(), checks().len());
    }

    #[test]
    fn one_check_can_be_run_alone_and_an_unknown_one_is_none() {
        let name = checks()[0].name();
        let report = run_one(&MemoryFactory::default(), name);
        assert_eq!(report.map(|report| report.passed), Some(vec![name]));
        assert!(run_one(&MemoryFactory::default(), "no such check").is_none());
    }
}
