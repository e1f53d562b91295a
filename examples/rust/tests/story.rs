//! The example tells the same story as those in other languages.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_example_tells_the_story_that_every_language_tells() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut story = Command::new(env!("CARGO_BIN_EXE_story"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let timeless = Command::new("sed")
        .args(["-E", "-f"])
        .arg(examples.join("timeless.sed"))
        .stdin(story.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(story.wait().unwrap().success() && timeless.status.success());
    let told = String::from_utf8(timeless.stdout).unwrap();
    let expected = std::fs::read_to_string(examples.join("story.txt")).unwrap();
    assert_eq!(told, expected);
}
