//! Writes the JSON schemas of the wire contract to `tests/schema`, or with `--check` says which of them
//! are stale.
#![forbid(unsafe_code)]
#![allow(clippy::expect_used)]

use std::path::Path;
use std::process::ExitCode;

use loom_core::wire::schema;

fn main() -> ExitCode {
    let only_check = std::env::args().any(|arg| arg == "--check");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut stale = 0;
    for (name, document) in [
        ("requests.json", schema::requests()),
        ("answers.json", schema::answers()),
        ("policy.json", loom_core::policy::document_schema()),
    ] {
        let text = serde_json::to_string_pretty(&document).expect("a schema is JSON") + "\n";
        let path = folder.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
            continue;
        }
        if only_check {
            eprintln!("tests/schema/{name} is stale: run `make schema`");
            stale += 1;
        } else {
            std::fs::create_dir_all(&folder).expect("tests/ can be written to");
            std::fs::write(&path, text).expect("tests/schema can be written to");
            println!("wrote tests/schema/{name}");
        }
    }
    ExitCode::from(u8::from(stale > 0))
}
