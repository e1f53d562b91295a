//! From a journal to its state, and from a snapshot of the state to the first decision.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use loom_core::claim::{ClaimReply, Mode};
use loom_core::coordinator::{Coordinator, Reply};
use loom_core::model::Record;

use crate::journal::Journal;
use crate::measure::{median, nanos, on_core};
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

const LIVE: u64 = 10_000;

/// Records of a team at work, folded from the first to the last: once taking their bytes for the
/// ones that were hashed, once hashing them all.
pub(crate) fn replay(report: &mut Report, effort: &Effort) -> Outcome {
    let journal = worked(effort)?;
    let records = &journal.records;
    let (mut trusted, mut verified) = (Vec::new(), Vec::new());
    for _ in 0..effort.of(9) {
        trusted.push(folded(records, |it| it.apply_trusted(records))?);
        verified.push(folded(records, |it| it.apply(records))?);
    }
    let n = records.len() as u64;
    let bytes: usize = records.iter().map(|record| record.body.len()).sum();
    let (trusted, verified) = (median(trusted), median(verified));
    report.add(
        Line::timed("replay, a record", n, trusted)
            .and_counted("bytes", bytes as f64 / n as f64)
            .promised(Promise::PerSecond(500_000.0)),
    );
    report.add(
        Line::timed("verified replay, a record", n, verified)
            .and_counted("bytes", bytes as f64 / n as f64)
            .promised(Promise::PerSecond(150_000.0)),
    );
    Ok(())
}

fn folded(
    records: &[Record],
    fold: impl FnOnce(&mut Coordinator) -> Result<(), loom_core::error::Error>,
) -> Outcome<f64> {
    let mut coordinator = Coordinator::default();
    let (done, time) = on_core(|| fold(&mut coordinator));
    done?;
    Ok(time / records.len() as f64)
}

/// A snapshot is taken, and a process that has nothing but its bytes decides a claim.
pub(crate) fn cold(report: &mut Report, effort: &Effort) -> Outcome {
    let mut journal = worked(effort)?;
    let n = journal.records.len() as u64;
    let mut times = Vec::new();
    for _ in 0..effort.of(15) {
        let (bytes, time) = on_core(|| journal.coordinator.snapshot());
        black_box(bytes?);
        times.push(time);
    }
    let bytes: Arc<[u8]> = journal.coordinator.snapshot()?.into();
    let snapshot = Line::timed("snapshot", n, median(times));
    report.add(snapshot.and_counted("bytes", bytes.len() as f64));

    let mut times = Vec::new();
    for _ in 0..effort.of(101) {
        let (_, command) = journal.next_claim(Mode::Write)?;
        let bytes = Arc::clone(&bytes);
        let start = Instant::now();
        let coordinator = Coordinator::restore(bytes.into())?;
        let proposal = coordinator.propose(&command, journal.now())?;
        times.push(nanos(start.elapsed()));
        let Reply::Claim {
            claim: ClaimReply::Granted { .. },
            ..
        } = proposal.reply.reply
        else {
            return Err("a claim that meets nothing was refused".into());
        };
    }
    let line = Line::timed("cold restore to the first decision", n, median(times));
    report.add(line.promised(Promise::Within(5e6)));
    Ok(())
}

fn worked(effort: &Effort) -> Outcome<Journal> {
    Journal::with_claims(LIVE)?.worked_until(effort.of(100_000).max(20_000))
}
