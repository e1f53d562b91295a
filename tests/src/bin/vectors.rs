//! `vectors [--max-ms N] FILE…`: runs vectors, prints each failure, exits 1 when there is one.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let mut max = None;
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--max-ms" => {
                let value = arguments.next().ok_or("--max-ms needs a number")?;
                let value = value.parse().map_err(|_| "--max-ms needs a number")?;
                max = Some(Duration::from_millis(value));
            }
            other if other.starts_with('-') => return Err(format!("unknown option {other}")),
            file => files.push(file.to_owned()),
        }
    }
    if files.is_empty() {
        return Err("usage: vectors [--max-ms N] FILE…".into());
    }
    let (mut passed, mut failed) = (0, 0);
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
        let outcome = loom_tests::vectors::run_text(&text, max);
        for failure in &outcome.failures {
            println!("{file}: {failure}");
        }
        passed += outcome.passed;
        failed += outcome.failures.len();
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}
