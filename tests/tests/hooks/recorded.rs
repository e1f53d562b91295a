//! Every payload that was recorded, and its answer, which was read by hand and stands beside it.
//!
//! `LOOM_WRITE_GOLDEN=1` writes the answers anew; then read the difference.

use std::path::{Path, PathBuf};

use loom_core::coordinator::Answer;
use loom_core::harness::hook::Harness;
use serde_json::Value;

use crate::team::Team;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/hooks")
        .join(name)
}

fn payloads(name: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder(name)).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "json"));
    files.sort();
    files
}

fn plays(name: &str, harness: Harness, payloads_expected: usize) {
    let team = Team::new();
    let files = payloads(name);
    assert_eq!(files.len(), payloads_expected);
    for file in files {
        let before = team.loom.store().head().unwrap().ver;
        let written = team.written(harness, &std::fs::read(&file).unwrap());
        let mut answer = format!("exit {}\n", written.exit);
        for record in team.loom.records(before) {
            let reply = Answer::landed(&record.unwrap()).unwrap().reply;
            let reply = serde_json::to_value(&reply).unwrap();
            answer += &format!("record: {}\n", reply["type"].as_str().unwrap());
        }
        for (label, text) in [("stdout", &written.stdout), ("stderr", &written.stderr)] {
            if !text.is_empty() {
                let pretty = serde_json::from_str::<Value>(text)
                    .and_then(|value| serde_json::to_string_pretty(&value));
                let text = pretty.unwrap_or_else(|_| text.clone());
                answer += &format!("{label}:\n{text}\n");
            }
        }
        let golden = file.with_extension("answer");
        if std::env::var_os("LOOM_WRITE_GOLDEN").is_some() {
            std::fs::write(&golden, &answer).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap();
        assert_eq!(answer, expected, "{}", file.display());
        if harness == Harness::Codex && !written.stdout.is_empty() {
            crate::hostile::check_codex(&file_event(&file), &written.stdout);
        }
        team.later(1_000);
    }
}

fn file_event(file: &Path) -> String {
    let payload: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    payload["hook_event_name"].as_str().unwrap().to_owned()
}

#[test]
fn every_recorded_payload_of_claude_code_gets_its_answer() {
    plays("claude-code", Harness::ClaudeCode, 21);
}

#[test]
fn every_recorded_payload_of_a_claude_code_sub_agent_gets_its_answer() {
    plays("claude-code-subagent", Harness::ClaudeCode, 12);
}

#[test]
fn every_recorded_payload_of_codex_gets_its_answer() {
    plays("codex", Harness::Codex, 12);
}
