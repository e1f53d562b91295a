//! `include/loom.h` is what the exported functions say, and says what each of them is for.
//!
//! After a change: `LOOM_HEADER=write cargo test -p loom-ffi --test header`.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    root().join("include/loom.h")
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root().join("src/status.rs"))
        .with_src(root().join("src/border/text.rs"))
        .with_src(root().join("src/border/journal.rs"))
        .with_src(root().join("src/border/path.rs"))
        .generate()
        .unwrap();
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    // What rustdoc calls safety is, for C, what the caller promises.
    text.replace("# Safety", "The caller promises:")
}

#[test]
fn the_header_is_what_the_exported_functions_say() {
    let generated = generated();
    if std::env::var_os("LOOM_HEADER").is_some_and(|it| it == "write") {
        std::fs::write(header(), &generated).unwrap();
    }
    let kept = std::fs::read_to_string(header()).unwrap_or_default();
    assert!(
        kept == generated,
        "include/loom.h is stale: LOOM_HEADER=write cargo test -p loom-ffi --test header"
    );
}
