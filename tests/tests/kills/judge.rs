//! What the killed workers left, read by a process that took no part: everything acknowledged has to
//! be there, and the records have to keep the promises of claims.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use loom_core::claim::{ClaimReply, Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{Answer, Body, Coordinator, HOT_PROJECTION, Reply, catch_up};
use loom_core::model::{Actor, ActorKind, Digest, RepoId, RunId, Ver};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::store::Store;
use loom_core::table::SNAPSHOT_FORMAT;
use loom_store::{Loom, SNAPSHOT_EVERY, SqliteStore, loom};
use loom_tests::audit::{Audit, audit};
use uuid::Uuid;

use crate::herd::Herd;
use crate::log::{self, Answered, Line};
use crate::worker;

/// Longer than any lease that a worker asks for.
const AFTER_ALL_LEASES_MS: u64 = 3_000;

/// The figures of one run.
pub(crate) struct Verdict {
    audit: Audit,
    kills: usize,
    answers: usize,
    late: usize,
    in_flight: usize,
    landed_unheard: usize,
    fenced_off: usize,
    pub(crate) tries_max: u64,
    passed_max: u64,
    pub(crate) wait_ms_max: u64,
    wait_ms_median: u64,
    start_ms_max: u64,
    ms: u64,
}

/// A record of the journal, as far as the logs speak of it.
struct Kept {
    ver: Ver,
    hash: Digest,
    answer: Answer,
}

/// Judges the journal and the logs of a herd that is dead. Panics at what must not be.
pub(crate) fn judge(herd: &Herd) -> Verdict {
    let ms = herd.began.elapsed().as_millis() as u64;
    let store = SqliteStore::open(herd.journal()).unwrap();
    let audit = audit(&store).unwrap();
    let faults: Vec<String> = audit.faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));

    let mut by_id: BTreeMap<Uuid, Kept> = BTreeMap::new();
    let mut by_ver: BTreeMap<Ver, Digest> = BTreeMap::new();
    let head = loom_core::store::verify(&store, |record, header| {
        by_ver.insert(record.ver, record.hash);
        let kept = Kept {
            ver: record.ver,
            hash: record.hash,
            answer: Answer::landed(record).unwrap(),
        };
        by_id.insert(header.id, kept);
    })
    .unwrap();
    assert_eq!(by_ver.len() as Ver, head.ver, "no gap");
    assert_eq!(head, audit.head);

    let mut verdict = Verdict {
        audit,
        kills: herd.kills(),
        answers: 0,
        late: 0,
        in_flight: 0,
        landed_unheard: 0,
        fenced_off: 0,
        tries_max: 0,
        passed_max: 0,
        wait_ms_max: 0,
        wait_ms_median: 0,
        start_ms_max: 0,
        ms,
    };
    let mut waits_us = Vec::new();
    for log in herd.logs() {
        let mut open = None;
        for line in log::read(log) {
            match line {
                Line::Ready { us } => verdict.start_ms_max = verdict.start_ms_max.max(us / 1_000),
                Line::Asked { id } => open = Some(id),
                Line::Answered(answered) => {
                    open = None;
                    check_kept(&answered, &by_id, &by_ver);
                    verdict.answers += 1;
                    let is_fenced = matches!(answered.answer.reply, Reply::ChangeFenced { .. });
                    verdict.fenced_off += usize::from(is_fenced);
                    verdict.tries_max = verdict.tries_max.max(answered.tries);
                    verdict.passed_max = verdict.passed_max.max(answered.passed);
                    waits_us.push(answered.us);
                }
                Line::Failed { id, code, us } => {
                    open = None;
                    assert!(worker::is_late(&code), "{}: {id}: {code}", log.display());
                    assert!(!by_id.contains_key(&id), "{id} failed ({code}), and landed");
                    verdict.late += 1;
                    waits_us.push(us);
                }
            }
        }
        if let Some(id) = open {
            verdict.in_flight += 1;
            verdict.landed_unheard += usize::from(by_id.contains_key(&id));
        }
    }
    waits_us.sort_unstable();
    verdict.wait_ms_max = waits_us.last().copied().unwrap_or(0) / 1_000;
    verdict.wait_ms_median = waits_us.get(waits_us.len() / 2).copied().unwrap_or(0) / 1_000;

    check_state(&store);
    check_that_life_goes_on(herd);
    verdict.check_that_it_was_a_test();
    verdict
}

/// Is what was acknowledged in the journal, with the same hash, version and answer?
fn check_kept(answered: &Answered, by_id: &BTreeMap<Uuid, Kept>, by_ver: &BTreeMap<Ver, Digest>) {
    let Answered {
        id,
        answer,
        acknowledged,
        ..
    } = answered;
    for (ver, hash) in acknowledged {
        assert_eq!(by_ver.get(ver), Some(hash), "record {ver} was acknowledged");
    }
    let Some(kept) = by_id.get(id) else {
        assert!(
            !must_land(&answer.reply),
            "{id} was acknowledged: {answer:?}"
        );
        return;
    };
    assert_eq!(kept.answer, *answer, "record {} answers {id}", kept.ver);
    assert_eq!(kept.ver, answer.decided_at + 1, "{id}");
    assert_eq!(acknowledged.last(), Some(&(kept.ver, kept.hash)), "{id}");
    if let Reply::Claim {
        claim: ClaimReply::Granted { token, .. } | ClaimReply::Waiting { wait: token, .. },
        ..
    } = &answer.reply
    {
        assert_eq!(token.ver, kept.ver, "{id}");
    }
}

/// Is there no such answer without a record?
fn must_land(reply: &Reply) -> bool {
    match reply {
        Reply::RunStarted { .. }
        | Reply::RunFinished { .. }
        | Reply::ChangeRecorded { .. }
        | Reply::Narrowed { .. } => true,
        Reply::Claim { claim, .. } => !matches!(claim, ClaimReply::Refused { .. }),
        Reply::Released { claims } => !claims.released.is_empty(),
        Reply::Renewed { claims } => !claims.renewed.is_empty(),
        Reply::HandOver { claim } => {
            matches!(claim, loom_core::claim::HandOverReply::HandedOver { .. })
        }
        Reply::Withdrawn { wait } => wait.is_some(),
        _ => false,
    }
}

/// The state from the first record on, from a snapshot taken half way, and from the one that killed
/// processes left, are one.
fn check_state(store: &SqliteStore) {
    let mut replayed = Coordinator::default();
    let mut half_way = None;
    let head = store.head().unwrap();
    loop {
        let records = store.read(replayed.version(), 1).unwrap();
        if records.is_empty() {
            break;
        }
        replayed.apply(&records).unwrap();
        if replayed.version() == head.ver / 2 {
            half_way = Some(replayed.snapshot().unwrap());
        }
    }
    assert_eq!(replayed.head(), head);
    let hash = replayed.state_hash().unwrap();

    let kept = store
        .load_snapshot(HOT_PROJECTION, SNAPSHOT_FORMAT)
        .unwrap();
    assert!(
        kept.is_some() || head.ver < 2 * SNAPSHOT_EVERY,
        "snapshots are kept"
    );
    let kept = kept.map(|snapshot| snapshot.bytes);
    for bytes in half_way.map(Arc::from).into_iter().chain(kept) {
        let mut restored = Coordinator::restore(bytes.into()).unwrap();
        assert!(restored.version() <= head.ver);
        catch_up(&mut restored, store).unwrap();
        assert_eq!(restored.head(), head);
        assert_eq!(restored.state_hash().unwrap(), hash);
    }
}

/// Killed holders leave nothing locked and, once their leases are over, nothing held.
fn check_that_life_goes_on(herd: &Herd) {
    let later = || loom::system_clock().plus_ms(AFTER_ALL_LEASES_MS);
    let store = SqliteStore::options().clock(later).open(herd.journal());
    let loom = Loom::over(
        Arc::new(store.unwrap()),
        Arc::new(later),
        Arc::new(loom::system_entropy),
    );
    let run = RunId::new("heir").unwrap();
    let heir = Actor::new(ActorKind::Loop, "nightly").unwrap();
    let start = Body::StartRun {
        run: run.clone(),
        loop_id: None,
        parent: None,
        slot: None,
        artifacts: Vec::new(),
        ttl_ms: None,
    };
    loom.execute(&heir, start).unwrap();
    let everything = Body::Claim {
        specs: vec![SpecRequest {
            repo: RepoId::new(worker::REPO).unwrap(),
            branch: None,
            paths: PathSetSource::of([PatternSource::glob("**")]),
            resources: Vec::new(),
        }],
        mode: Mode::Exclusive,
        intent: None,
        ttl_ms: 1_000,
        priority: 0,
        on_conflict: OnConflict::Refuse,
        partial: false,
    };
    let answer = loom.execute(&heir.in_run(run), everything).unwrap();
    let is_granted = matches!(
        answer.reply,
        Reply::Claim {
            claim: ClaimReply::Granted { .. },
            ..
        }
    );
    assert!(is_granted, "{answer:?}");
    let audit = audit(loom.store()).unwrap();
    assert_eq!(audit.faults, [], "the waits of the dead are over too");
}

impl Verdict {
    /// A herd that met nobody and was killed between commands would prove nothing.
    fn check_that_it_was_a_test(&self) {
        let counts = [
            self.audit.grants,
            self.audit.served,
            self.audit.lapsed,
            self.audit.fenced,
            self.audit.together,
            self.in_flight,
            self.fenced_off,
        ];
        assert!(counts.iter().all(|count| *count > 0), "{self}");
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict {
            audit,
            kills,
            answers,
            late,
            in_flight,
            landed_unheard,
            fenced_off,
            tries_max,
            passed_max,
            wait_ms_max,
            wait_ms_median,
            start_ms_max,
            ms,
        } = self;
        let Audit {
            head,
            grants,
            served,
            lapsed,
            fenced,
            together,
            ..
        } = audit;
        writeln!(
            f,
            "{kills} kills in {ms} ms, {in_flight} of them inside a command, {landed_unheard} of \
             those after it had landed"
        )?;
        writeln!(
            f,
            "{} records, {answers} answers, {late} too late for their leases; {grants} grants, \
             {served} to waiters, {lapsed} lapsed, {together} pairs live together, {fenced} changes \
             under a token, {fenced_off} refused by their fence",
            head.ver
        )?;
        write!(
            f,
            "worst wait {wait_ms_max} ms (median {wait_ms_median}), {passed_max} records of others \
             let pass, {tries_max} tries of one command; slowest start {start_ms_max} ms"
        )
    }
}
