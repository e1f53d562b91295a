//! Sixteen processes on one journal, killed at random: what was acknowledged is there, nothing
//! excludes what is held, and nobody is left standing. The processes are this test binary, started
//! again for the ignored test `child`.
//!
//! The ordinary test bounds waiting by what can be counted (how often a command had to be decided
//! anew); `make test-all` kills more often, and holds the clock to two seconds.

// Whether a process has stopped is read from /proc.
#![cfg(target_os = "linux")]
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

mod herd;
mod judge;
mod log;
mod seed;
mod stopped;
mod worker;

use herd::Herd;
use judge::Verdict;

/// How many processes work at once.
const PROCESSES: usize = 16;

/// How often the unluckiest command may be decided anew because others were faster. Whoever loses once
/// stands in line, so a few times are enough; a command that starves is decided hundreds of times.
const TRIES_MAX: u64 = 2 * PROCESSES as u64;

/// The worst wait that is promised at sixteen processes.
const WAIT_MS_MAX: u64 = 2_000;

#[test]
#[ignore = "started by the other tests"]
fn child() {
    worker::main();
}

#[test]
fn two_hundred_kills_lose_nothing_acknowledged_and_let_nothing_overlap() {
    let verdict = kill(200);
    assert!(verdict.tries_max <= TRIES_MAX, "{verdict}");
}

#[test]
#[ignore = "long: a thousand kills, and the two seconds by the clock"]
fn a_thousand_kills_and_nobody_waits_two_seconds() {
    let verdict = kill(1_000);
    assert!(verdict.tries_max <= TRIES_MAX, "{verdict}");
    assert!(verdict.wait_ms_max < WAIT_MS_MAX, "{verdict}");
}

/// Kills workers until there were so many kills, and then judges the journal that they left.
fn kill(kills: usize) -> Verdict {
    let seed = std::env::var("LOOM_SEED").map_or(0x6c6f_6f6d, |seed| seed.parse().unwrap());
    let mut herd = Herd::start(PROCESSES, seed);
    while herd.kills() + PROCESSES < kills {
        herd.kill_one();
    }
    herd.kill_all();
    assert!(herd.kills() >= kills);
    let verdict = judge::judge(&herd);
    println!("seed {seed}, {verdict}");
    verdict
}
