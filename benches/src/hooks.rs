//! A hook as a harness pays for it: a whole process, from its start to its exit code, over the journal of a
//! team at work, beside hooks that a team would write by hand: a lock file for each path, in shell and in
//! Python. What makes ours possible is that it reads pages of a snapshot and not the journal.
//!
//! `LOOM_BENCH_LOOM` names the program `loom`.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use loom_core::model::{Head, Timestamp};
use loom_core::store::{Append, Store as _};
use loom_store::SqliteStore;
use serde_json::{Value, json};

use crate::journal::Journal;
use crate::measure::{median, nanos};
use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

const LIVE: u64 = 10_000;
const RECORDS: usize = 100_000;
/// What a hook that only reads takes at most, in nanoseconds: half of them, and all but one of a hundred.
const READS_NS: (f64, f64) = (10e6, 25e6);
/// What an append writes through to the disk, about.
const SYNCED_BYTES: usize = 8 * 1024;

/// One lock file for each path, as a team writes it in an afternoon.
const SHELL: &str = r#"
payload=$(cat)
path=$(printf '%s' "$payload" | sed -n 's/.*"file_path":"\([^"]*\)".*/\1/p')
lock="$1/$(printf '%s' "$path" | tr / _)"
if [ -e "$lock" ] && [ "$(cat "$lock")" != one ]; then echo held >&2; exit 2; fi
echo one > "$lock"
"#;
const PYTHON: &str = r#"
import json, os, sys
told = json.load(sys.stdin)
lock = os.path.join(sys.argv[1], told["tool_input"]["file_path"].replace("/", "_"))
try:
    with open(lock) as file:
        if json.load(file)["session"] != told["session_id"]:
            print("held", file=sys.stderr)
            sys.exit(2)
except FileNotFoundError:
    with open(lock, "w") as file:
        json.dump({"session": told["session_id"]}, file)
"#;

pub(crate) fn measure(report: &mut Report, effort: &Effort) -> Outcome {
    let Some(program) = std::env::var_os("LOOM_BENCH_LOOM") else {
        eprintln!("hooks are left out: LOOM_BENCH_LOOM is not set; `make bench` sets it");
        return Ok(());
    };
    let journal = Journal::with_claims(LIVE)?.worked_until(effort.of(RECORDS).max(20_000))?;
    std::fs::create_dir_all("target")?;
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in("target")?;
    let place = Place::new(program, std::fs::canonicalize(folder.path())?, &journal)?;
    let n = journal.records.len() as u64;

    place.hook(&place.payload("SessionStart", None))?;
    let known = place.payload("PreToolUse", Some("hooks/known.rs"));
    place.hook(&known)?;
    let python = std::env::var_os("LOOM_BENCH_PYTHON").unwrap_or_else(|| "python3".into());
    let (of_shell, of_python) = (folder.path().join("shell"), folder.path().join("python"));
    std::fs::create_dir(&of_shell)?;
    std::fs::create_dir(&of_python)?;

    let (mut reads, mut claims, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut shell, mut by_python) = (Vec::new(), Vec::new());
    for round in 0..effort.of(300) {
        reads.push(place.hook(&known)?);
        let path = format!("hooks/new_{round}.rs");
        claims.push(place.hook(&place.payload("PreToolUse", Some(&path)))?);
        syncs.push(sync(folder.path())?);
        let mut by_hand = Command::new("sh");
        by_hand.args(["-c", SHELL, "hook"]).arg(&of_shell);
        shell.push(timed(by_hand, &known)?);
        let mut by_hand = Command::new(&python);
        by_hand.args(["-c", PYTHON]).arg(&of_python);
        by_python.push(timed(by_hand, &known)?);
    }
    let (middle, most) = (median(reads.clone()), near_most(reads));
    report.add(
        Line::timed("hook that only reads, a process", n, middle)
            .beside("lock files in shell", median(shell))
            .promised(Promise::Within(READS_NS.0)),
    );
    report.add(
        Line::timed("hook that only reads, 99 of 100", n, most)
            .beside("lock files in Python, the middle", median(by_python))
            .promised(Promise::Within(READS_NS.1)),
    );
    let synced = median(syncs);
    report.add(
        Line::timed("hook that claims, a process", n, median(claims))
            .beside("the disk's own sync", synced)
            .promised(Promise::Within(READS_NS.0 + synced)),
    );
    Ok(())
}

/// A repository with the journal of a team in it.
struct Place {
    program: OsString,
    root: PathBuf,
    now: Timestamp,
}

impl Place {
    fn new(program: OsString, folder: PathBuf, journal: &Journal) -> Outcome<Place> {
        let root = folder.join("shop");
        let git = root.join(".git");
        std::fs::create_dir_all(git.join(".loom"))?;
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n")?;
        let now = journal.now();
        let store = SqliteStore::options()
            .clock(move || now)
            .open(git.join(".loom/journal.db"))?;
        let mut head = Head::EMPTY;
        for record in &journal.records {
            if store.append(&head, record)? != Append::Committed {
                return Err("nobody else is here, and yet there was a conflict".into());
            }
            head = record.head_after(head.incarnation);
        }
        let program = std::fs::canonicalize(program)?.into_os_string();
        Ok(Place { program, root, now })
    }

    fn payload(&self, event: &str, path: Option<&str>) -> Value {
        let path = path.map(|path| self.root.join(path));
        json!({
            "session_id": "one", "cwd": self.root, "hook_event_name": event, "tool_name": "Write",
            "tool_input": {"file_path": path, "content": "x"}, "tool_use_id": "t1",
        })
    }

    /// How long a hook takes, which must not say no.
    fn hook(&self, payload: &Value) -> Outcome<f64> {
        let mut hook = Command::new(&self.program);
        hook.args(["hook", "claude-code", "--timeout", "60s"])
            .current_dir(&self.root)
            .env("LOOM_NOW", self.now.to_string());
        for name in ["LOOM_STORE", "LOOM_ACTOR", "LOOM_RUN"] {
            hook.env_remove(name);
        }
        timed(hook, payload)
    }
}

/// How long a process takes from its start to its end, which must be good.
fn timed(mut command: Command, payload: &Value) -> Outcome<f64> {
    let payload = serde_json::to_vec(payload)?;
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(&payload)?;
    }
    let output = child.wait_with_output()?;
    let time = nanos(start.elapsed());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() || said.contains("\"deny\"") {
        let said = said + &String::from_utf8_lossy(&output.stderr);
        return Err(format!("a hook said no: {said}").into());
    }
    Ok(time)
}

/// How long the disk takes to have what an append writes.
fn sync(folder: &Path) -> Outcome<f64> {
    let path = folder.join("synced");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?;
    let start = Instant::now();
    file.write_all(&[7; SYNCED_BYTES])?;
    file.sync_data()?;
    Ok(nanos(start.elapsed()))
}

/// The value that one of a hundred is above.
fn near_most(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let place = times.len() * 99 / 100;
    times
        .get(place.min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
