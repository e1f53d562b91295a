//! What a hook that was told to fail open let pass unseen, one line of JSON for each time.

use std::io::Write as _;
use std::path::Path;

use loom_core::error::Error;
use loom_core::harness::hook::Told;
use serde_json::json;

/// The file, beside the journal.
const FILE: &str = "gaps.jsonl";

/// Writes a gap down. Where even that fails, standard error has it all the same.
pub(super) fn note(common: Option<&Path>, told: Option<&Told>, why: &Error) {
    let line = json!({
        "unobserved": true,
        "at": loom_store::loom::system_clock(),
        "harness": told.map(|told| told.harness.as_str()),
        "event": told.map(|told| &told.event),
        "session": told.map(|told| &told.session),
        "code": why.code(),
        "why": why.message(),
    });
    eprintln!("loom: failed open, and nobody saw this: {line}");
    let Some(folder) = common.map(|common| common.join(".loom")) else {
        return;
    };
    let file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join(FILE));
    let written = file.and_then(|mut file| writeln!(file, "{line}"));
    if let Err(why) = written {
        eprintln!("loom: the gap could not be written down: {why}");
    }
}
