//! Every named limit of shell lines and their patterns: at the limit a thing is taken, one past it
//! is refused by an error that names the limit and the field.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod core_limits {
    pub(crate) mod sources;
}

use std::collections::BTreeSet;

use core_limits::sources::limits_of;
use loom_core::error::{Code, Error};
use loom_core::shell::{
    self, COMMAND_PATTERN_BYTES_MAX, COMMAND_PATTERN_WORDS_MAX, CommandPattern, SHELL_COMMANDS_MAX,
    SHELL_DEPTH_MAX, SHELL_LINE_BYTES_MAX, SHELL_WORDS_MAX,
};

fn assert_limit(error: Error, name: &str, field: &str) {
    assert_eq!(error.code(), Code::LimitExceeded, "{error:?}");
    assert_eq!(error.limit_name(), Some(name), "{error:?}");
    assert_eq!(error.field(), Some(field), "{error:?}");
}

#[test]
fn every_named_limit_has_a_test_here() {
    let tested = [
        "COMMAND_PATTERN_BYTES_MAX",
        "COMMAND_PATTERN_WORDS_MAX",
        "SHELL_COMMANDS_MAX",
        "SHELL_DEPTH_MAX",
        "SHELL_LINE_BYTES_MAX",
        "SHELL_WORDS_MAX",
    ];
    let tested: BTreeSet<String> = tested.map(str::to_owned).into();
    assert_eq!(limits_of("shell"), tested);
}

#[test]
fn bytes_of_a_line() {
    assert!(shell::read(&"#".repeat(SHELL_LINE_BYTES_MAX)).is_ok());
    let error = shell::read(&"#".repeat(SHELL_LINE_BYTES_MAX + 1)).unwrap_err();
    assert_limit(error, "SHELL_LINE_BYTES_MAX", "line");
}

#[test]
fn commands_of_a_line() {
    assert!(shell::read(&"a;".repeat(SHELL_COMMANDS_MAX)).is_ok());
    let error = shell::read(&"a;".repeat(SHELL_COMMANDS_MAX + 1)).unwrap_err();
    assert_limit(error, "SHELL_COMMANDS_MAX", "line");
}

#[test]
fn words_of_a_line() {
    // Each word counts when it is read and in its command; a wrapped one once more.
    assert!(shell::read(&"a ".repeat(SHELL_WORDS_MAX / 2)).is_ok());
    let error = shell::read(&"a ".repeat(SHELL_WORDS_MAX / 2 + 1)).unwrap_err();
    assert_limit(error, "SHELL_WORDS_MAX", "line");
    let wrapped = format!("sudo {}", "a ".repeat(SHELL_WORDS_MAX / 2 - 2));
    assert_limit(
        shell::read(&wrapped).unwrap_err(),
        "SHELL_WORDS_MAX",
        "line",
    );
}

#[test]
fn depth_of_a_line() {
    let max = SHELL_DEPTH_MAX;
    let kinds: [(&str, &str); 4] = [
        ("( ", ")"),
        ("echo $(", ")"),
        ("sudo ", ""),
        ("cat <(", ")"),
    ];
    for (before, after) in kinds {
        let line = |n: usize| format!("{}true{}", before.repeat(n), after.repeat(n));
        assert!(shell::read(&line(max)).is_ok(), "{before}");
        assert_limit(
            shell::read(&line(max + 1)).unwrap_err(),
            "SHELL_DEPTH_MAX",
            "line",
        );
    }
}

#[test]
fn words_and_bytes_of_a_pattern() {
    assert!(CommandPattern::parse(&"a ".repeat(COMMAND_PATTERN_WORDS_MAX)).is_ok());
    let error = CommandPattern::parse(&"a ".repeat(COMMAND_PATTERN_WORDS_MAX + 1)).unwrap_err();
    assert_limit(error, "COMMAND_PATTERN_WORDS_MAX", "command");
    assert!(CommandPattern::parse(&"a".repeat(COMMAND_PATTERN_BYTES_MAX)).is_ok());
    let error = CommandPattern::parse(&"a".repeat(COMMAND_PATTERN_BYTES_MAX + 1)).unwrap_err();
    assert_limit(error, "COMMAND_PATTERN_BYTES_MAX", "command");
}
