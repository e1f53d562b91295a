//! The headers are what the exported functions say.
//!
//! After a change: `LOOM_HEADER=write cargo test -p loom-ffi --test header`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use cbindgen::{Builder, Config};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a header with what cbindgen makes of the sources, and writes it first where that is asked.
fn compare(header: &str, sources: &[&str], config: Config) {
    let mut builder = Builder::new().with_config(config);
    for source in sources {
        builder = builder.with_src(root().join("src").join(source));
    }
    let mut bytes = Vec::new();
    builder.generate().unwrap().write(&mut bytes);
    // What rustdoc calls safety is, for C, what the caller promises.
    let generated = String::from_utf8(bytes)
        .unwrap()
        .replace("# Safety", "The caller promises:");
    let header = root().join("include").join(header);
    if std::env::var_os("LOOM_HEADER").is_some_and(|it| it == "write") {
        std::fs::write(&header, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(&header).unwrap_or_default();
    assert!(
        kept == generated,
        "{} is stale: LOOM_HEADER=write cargo test -p loom-ffi --test header",
        header.display()
    );
}

fn config() -> Config {
    Config::from_file(root().join("cbindgen.toml")).unwrap()
}

#[test]
fn the_header_is_what_the_exported_functions_say() {
    let sources = [
        "status.rs",
        "border/text.rs",
        "border/journal.rs",
        "border/path.rs",
        "border/store.rs",
    ];
    compare("loom.h", &sources, config());
}

#[test]
fn the_header_for_tests_is_what_the_functions_for_tests_say() {
    let config = Config {
        header: Some("/* What only a library built with the feature `testing` has. */".to_owned()),
        include_guard: Some("LOOM_TESTING_H".to_owned()),
        sys_includes: Vec::new(),
        includes: vec!["loom.h".to_owned()],
        ..config()
    };
    compare("loom_testing.h", &["border/testing.rs"], config);
}
