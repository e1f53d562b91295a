//! The walk over networkx and rustworkx, by a program beside the Python binding.

use std::io::Write;
use std::process::{Command, Stdio};

use loom_core::model::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::history::History;
use crate::{Effort, Outcome};

const PROGRAM: &str = "loom-py/bench/history_peers.py";

/// What one of them took.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Walked {
    pub(super) peer: String,
    pub(super) ns: f64,
    /// The nodes that it found.
    pub(super) found: Vec<u32>,
}

/// `LOOM_BENCH_PYTHON` is an interpreter that has both; without it there is nothing.
pub(super) fn walks(
    history: &History,
    begin: &[u32],
    since: Timestamp,
    effort: &Effort,
) -> Outcome<Vec<Walked>> {
    let Some(python) = std::env::var_os("LOOM_BENCH_PYTHON") else {
        eprintln!("networkx and rustworkx are left out: LOOM_BENCH_PYTHON is not set");
        return Ok(Vec::new());
    };
    let mut edges = tempfile::NamedTempFile::new()?;
    let mut numbers = Vec::with_capacity(history.edges.len() * 12);
    for (from, to, windowed) in &history.edges {
        for number in [*from, *to, u32::from(*windowed)] {
            numbers.extend(number.to_le_bytes());
        }
    }
    edges.write_all(&numbers)?;
    let mut times = tempfile::NamedTempFile::new()?;
    let numbers: Vec<u8> = history
        .times
        .iter()
        .flat_map(|at| at.to_le_bytes())
        .collect();
    times.write_all(&numbers)?;
    let asked = json!({
        "times": times.path(), "edges": edges.path(),
        "begin": begin, "since": since.as_ms(), "rounds": effort.of(100),
    });
    let mut child = Command::new(python)
        .arg(PROGRAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(asked.to_string().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{PROGRAM} failed").into());
    }
    let lines = String::from_utf8(output.stdout)?;
    let walked = lines.lines().map(serde_json::from_str);
    Ok(walked.collect::<Result<_, _>>()?)
}
