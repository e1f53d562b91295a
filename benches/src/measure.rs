//! How time is taken, so that a busy machine spoils as little as possible: what is compared takes
//! turns within one run, and what counts is the median.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The value in the middle; of an even number, the lower of the two.
pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times
        .get(times.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

/// The time per call of two ways to do the same, which take turns.
pub(crate) fn side_by_side<A, B>(
    rounds: usize,
    mut ours: impl FnMut() -> A,
    mut peer: impl FnMut() -> B,
) -> (f64, f64) {
    let calls = (calls_in(ROUND, &mut ours), calls_in(ROUND, &mut peer));
    let (a, b) = (0..rounds)
        .map(|_| (batch(calls.0, &mut ours), batch(calls.1, &mut peer)))
        .unzip();
    (median(a), median(b))
}

/// The median over single calls of `work`, one for each case, in nanoseconds. What reading the clock
/// costs is included.
pub(crate) fn single<C, T>(
    cases: impl IntoIterator<Item = C>,
    mut work: impl FnMut(C) -> T,
) -> f64 {
    let times = cases.into_iter().map(|case| {
        let start = Instant::now();
        black_box(work(black_box(case)));
        nanos(start.elapsed())
    });
    median(times.collect())
}

/// Nanoseconds as they stand in the report.
pub(crate) fn nanos(time: Duration) -> f64 {
    time.as_nanos() as f64
}

/// How long one round should take: less than the slice of a core that a busy machine gives.
const ROUND: Duration = Duration::from_micros(500);

fn calls_in<T>(round: Duration, work: &mut impl FnMut() -> T) -> u32 {
    let mut calls = 1;
    loop {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(work());
        }
        if start.elapsed() >= round || calls >= 1 << 24 {
            return calls;
        }
        calls *= 2;
    }
}

fn batch<T>(calls: u32, work: &mut impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(work());
    }
    nanos(start.elapsed()) / f64::from(calls)
}

/// What this thread got of its core since it was started, as Linux counts it: nanoseconds on it and
/// nanoseconds of waiting for it. `None` elsewhere.
pub(crate) fn schedule() -> Option<(f64, f64)> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let mut words = text.split_whitespace().map(str::parse);
    Some((words.next()?.ok()?, words.next()?.ok()?))
}

/// Nanoseconds that this thread is on a core while it works: what others do meanwhile is not
/// counted. Where there is no such count, time by the clock.
pub(crate) fn on_core<T>(work: impl FnOnce() -> T) -> (T, f64) {
    // Linux updates the count a few hundred times a second, and whenever somebody sleeps.
    let catch_up = || std::thread::sleep(Duration::from_micros(1));
    catch_up();
    let (before, start) = (schedule(), Instant::now());
    let done = black_box(work());
    let by_clock = nanos(start.elapsed());
    catch_up();
    let spent = match (before, schedule()) {
        (Some((before, _)), Some((after, _))) if after > before => after - before,
        _ => by_clock,
    };
    (done, spent)
}

/// The memory of this process that is in use, in bytes; `None` where Linux does not tell.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
