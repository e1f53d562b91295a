//! The library beside its peers, in one run on one machine: `make bench`.
//!
//! Prints a table and writes `target/bench.json`, a list of
//! `{name, n, ours_ns, peer, peer_ns, ratio}` where `ratio = peer_ns / ours_ns`. What is no time says
//! so by a key of its own (`visits`, `bytes`). Only figures of one run are comparable.
//!
//! `cargo run --release -p loom-benches -- [--only NAME] [--quick]`
//!
//! The peers of policies take long to build; they are there with `--features policy-peers`.

#![forbid(unsafe_code)]
// Figures are for people to read; no state is made of them.
#![allow(clippy::float_arithmetic)]

mod claims;
mod hooks;
mod journal;
mod languages;
mod measure;
mod overlap;
mod path_lookup;
mod pattern_lookup;
mod policy;
mod population;
mod provenance;
mod replay;
mod report;
mod sqlite;

use std::process::ExitCode;

use report::Report;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A subject's name and what measures it.
type Subject = (&'static str, fn(&mut Report, &Effort) -> Outcome);

const SUBJECTS: &[Subject] = &[
    ("overlap", overlap::measure),
    ("path", path_lookup::measure),
    ("pattern", pattern_lookup::measure),
    ("claims", claims::pairs),
    ("memory", claims::memory),
    ("replay", replay::replay),
    ("cold", replay::cold),
    ("sqlite", sqlite::measure),
    ("hooks", hooks::measure),
    ("policy", policy::measure),
    ("provenance", provenance::measure),
    ("python", languages::python),
    ("node", languages::node),
];

/// How much of everything is measured.
struct Effort {
    /// Enough to see that all of it runs; the figures are rough.
    quick: bool,
}

impl Effort {
    /// The numbers of live claims that look-ups are measured at.
    fn sizes(&self) -> &'static [u64] {
        if self.quick {
            &[1_000, 10_000]
        } else {
            &[1_000, 10_000, 100_000, 1_000_000]
        }
    }

    /// `whole`, or a fraction of it where it is to be quick.
    fn of(&self, whole: usize) -> usize {
        if self.quick {
            (whole / 10).max(3)
        } else {
            whole
        }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let (mut only, mut effort) = (None, Effort { quick: false });
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => effort.quick = true,
            "--only" => only = Some(words.next().ok_or("--only wants the name of a subject")?),
            claims::RESIDENT => {
                let n = words.next().ok_or("how many claims?")?;
                return claims::print_resident(n.parse()?);
            }
            _ => return Err(usage()),
        }
    }
    let chosen = |name: &str| only.as_ref().is_none_or(|only| only == name);
    if !SUBJECTS.iter().any(|(name, _)| chosen(name)) {
        return Err(usage());
    }
    let mut report = Report::begin();
    for (_, measure) in SUBJECTS.iter().filter(|(name, _)| chosen(name)) {
        measure(&mut report, &effort)?;
    }
    report.finish()
}

fn usage() -> Box<dyn std::error::Error> {
    let names: Vec<&str> = SUBJECTS.iter().map(|(name, _)| *name).collect();
    format!("usage: loom-benches [--quick] [--only {}]", names.join("|")).into()
}
