//! What a call costs from Python and from Node, conversion included: each language measures itself with a
//! program beside its binding, which prints a line of JSON for each figure.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::report::{Line, Promise, Report};
use crate::{Effort, Outcome};

/// A figure as the programs print it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Figure {
    name: String,
    n: u64,
    ours_ns: f64,
    peer: Option<String>,
    peer_ns: Option<f64>,
    within_ns: Option<f64>,
}

/// `LOOM_BENCH_PYTHON` is an interpreter that has `loomstack` and the peers.
pub(crate) fn python(report: &mut Report, effort: &Effort) -> Outcome {
    match std::env::var_os("LOOM_BENCH_PYTHON") {
        Some(python) => measure(report, effort, Path::new(&python), "loom-py/bench/cost.py"),
        None => skip("Python", "LOOM_BENCH_PYTHON"),
    }
}

/// `LOOM_BENCH_NODE` is a folder that holds the program, and `loomstack` and the peers in its `node_modules`.
pub(crate) fn node(report: &mut Report, effort: &Effort) -> Outcome {
    match std::env::var_os("LOOM_BENCH_NODE") {
        Some(folder) => {
            let program = Path::new(&folder).join("cost.mjs");
            measure(
                report,
                effort,
                Path::new("node"),
                &program.to_string_lossy(),
            )
        }
        None => skip("Node", "LOOM_BENCH_NODE"),
    }
}

fn skip(language: &str, variable: &str) -> Outcome {
    eprintln!("{language} is left out: {variable} is not set; `make bench` sets it");
    Ok(())
}

fn measure(report: &mut Report, effort: &Effort, program: &Path, script: &str) -> Outcome {
    let mut command = Command::new(program);
    command.arg(script).arg(effort.of(100).to_string());
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{script}: {said}").into());
    }
    for line in String::from_utf8(output.stdout)?.lines() {
        let figure: Figure = serde_json::from_str(line)?;
        let mut line = Line::timed(figure.name, figure.n, figure.ours_ns);
        if let (Some(peer), Some(ns)) = (figure.peer, figure.peer_ns) {
            line = line.beside(peer, ns);
        }
        if let Some(most) = figure.within_ns {
            line = line.promised(Promise::Within(most));
        }
        report.add(line);
    }
    Ok(())
}
