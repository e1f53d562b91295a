//! Several processes on one journal, some of which are killed. The processes are this test binary,
//! started again for the ignored test `child`.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use loom_core::model::{Digest, Head, Ver};
use loom_core::store::conformance::Draft;
use loom_core::store::{Append, Store, verify};
use loom_store::SqliteStore;
use support::append;

const JOURNAL: &str = "LOOM_TEST_JOURNAL";
const APPENDS: &str = "LOOM_TEST_APPENDS";

/// What a child prints in front of what it was acknowledged, and of the error that ended it.
const ACKNOWLEDGED: &str = "acknowledged ";
const ENDED: &str = "ended ";

#[test]
#[ignore = "started by the other tests"]
fn child() {
    let Ok(path) = std::env::var(JOURNAL) else {
        return;
    };
    let appends: u64 = std::env::var(APPENDS).unwrap().parse().unwrap();
    let say = |line: String| writeln!(std::io::stdout(), "\n{line}").unwrap();
    match append_contended(Path::new(&path), appends, &say) {
        Ok(()) => {}
        Err(error) => say(format!("{ENDED}{}", error.code().as_str())),
    }
}

fn append_contended(
    path: &Path,
    appends: u64,
    say: &dyn Fn(String),
) -> Result<(), loom_core::error::Error> {
    let store = SqliteStore::open(path)?;
    let mut own = 0;
    while own < appends {
        let head = store.head()?;
        let number = u128::from(std::process::id()) << 64 | u128::from(own);
        let record = Draft::new(number).bytes(600).after(&head)?;
        if store.append(&head, &record)? == Append::Committed {
            own += 1;
            say(format!("{ACKNOWLEDGED}{} {}", record.ver, record.hash));
        }
    }
    Ok(())
}

fn start(program: &mut Command, journal: &Path, appends: u64) -> Child {
    program
        .env(JOURNAL, journal)
        .env(APPENDS, appends.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn this_binary() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command
}

/// What a child said until it ended.
struct Said {
    acknowledged: Vec<(Ver, Digest)>,
    ended: Option<String>,
    status: ExitStatus,
}

/// Listens to a child, and kills it once it was acknowledged `kill_after` records.
fn listen(mut child: Child, kill_after: usize) -> Said {
    let mut acknowledged = Vec::new();
    let mut ended = None;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(code) = line.strip_prefix(ENDED) {
            ended = Some(code.to_owned());
        }
        // The last line of a child that was killed may be cut.
        let words = line
            .strip_prefix(ACKNOWLEDGED)
            .and_then(|line| line.split_once(' '));
        let Some((Ok(ver), Ok(hash))) = words.map(|(ver, hash)| (ver.parse(), hash.parse())) else {
            continue;
        };
        acknowledged.push((ver, hash));
        if acknowledged.len() == kill_after {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    Said {
        acknowledged,
        ended,
        status,
    }
}

fn hashes(store: &dyn Store) -> BTreeMap<Ver, Digest> {
    let mut hashes = BTreeMap::new();
    verify(store, |record, _| {
        hashes.insert(record.ver, record.hash);
    })
    .unwrap();
    hashes
}

#[test]
fn processes_that_open_a_new_path_at_once_all_succeed_and_lose_nothing() {
    const PROCESSES: u64 = 12;
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("new/journal.db");
        let children: Vec<Child> = (0..PROCESSES)
            .map(|_| start(&mut this_binary(), &journal, 4))
            .collect();
        for child in children {
            let said = listen(child, usize::MAX);
            assert!(
                said.status.success() && said.ended.is_none(),
                "{:?}",
                said.ended
            );
            assert_eq!(said.acknowledged.len(), 4);
        }
        let store = SqliteStore::open(&journal).unwrap();
        assert_eq!(hashes(&store).len() as u64, PROCESSES * 4);
    }
}

#[test]
fn what_killed_processes_were_acknowledged_is_there_and_the_gate_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    let mut acknowledged = Vec::new();
    for round in 1..=6 {
        let children: Vec<Child> = (0..3)
            .map(|_| start(&mut this_binary(), &journal, u64::MAX))
            .collect();
        for (number, child) in children.into_iter().enumerate() {
            let said = listen(child, 3 * round + number);
            assert!(!said.status.success(), "killed");
            acknowledged.extend(said.acknowledged);
        }
        let store = SqliteStore::open(&journal).unwrap();
        let kept = hashes(&store);
        for (ver, hash) in &acknowledged {
            assert_eq!(kept.get(ver), Some(hash), "record {ver} of round {round}");
        }
        let head = append(&store, 1);
        assert_eq!(store.remembered(), Some(head));
    }
}

/// `ulimit -f` stands in for a disk that fails in the middle of a commit.
#[test]
fn a_write_that_fails_is_an_error_and_what_was_acknowledged_before_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    for blocks in [64, 65, 90, 200] {
        let journal = folder.path().join(format!("{blocks}.db"));
        drop(SqliteStore::open(&journal).unwrap());
        let mut limited = Command::new("sh");
        limited
            .arg("-c")
            .arg(format!(
                "trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""
            ))
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--ignored", "--nocapture"]);
        let said = listen(start(&mut limited, &journal, u64::MAX), usize::MAX);
        let code = said.ended.unwrap();
        assert!(
            ["outcome_unknown", "unavailable"].contains(&&*code),
            "{code}"
        );

        let store = SqliteStore::open(&journal).unwrap();
        let kept = hashes(&store);
        for (ver, hash) in &said.acknowledged {
            assert_eq!(
                kept.get(ver),
                Some(hash),
                "record {ver} with {blocks} blocks"
            );
        }
        let unknown = kept.len() - said.acknowledged.len();
        assert!(
            unknown <= 1,
            "{unknown} records landed that nobody was told of"
        );
        append(&store, 1);
    }
}

#[test]
fn a_process_that_stops_inside_the_gate_makes_others_unavailable_and_not_wait_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db");
    let store = SqliteStore::options()
        .wait_ms_max(50)
        .open(&journal)
        .unwrap();
    append(&store, 1);
    let gate = std::fs::File::open(folder.path().join("journal.db.gate")).unwrap();
    gate.lock().unwrap();
    let head = store.head().unwrap();
    let record = Draft::new(9).after(&head).unwrap();
    let error = store.append(&head, &record).unwrap_err();
    assert_eq!(error.code().as_str(), "unavailable");
    gate.unlock().unwrap();
    let patient = SqliteStore::open(&journal).unwrap();
    assert_eq!(patient.append(&head, &record).unwrap(), Append::Committed);
    assert_ne!(patient.head().unwrap(), Head::EMPTY);
}
