//! What shell lines are read as, case by case. The table is `lines.txt`.

#![allow(clippy::unwrap_used, clippy::panic)]

use loom_core::model::Truth;
use loom_core::shell::{
    self, CommandPattern, SHELL_COMMANDS_MAX, SHELL_DEPTH_MAX, SHELL_LINE_BYTES_MAX, Why, Word,
};

#[test]
fn a_line_is_never_a_no_where_a_shell_would_run_the_program() {
    let mut faults = Vec::new();
    let mut cases = 0;
    for row in include_str!("lines.txt").lines() {
        if row.starts_with('#') || row.is_empty() {
            continue;
        }
        let mut parts = row.splitn(3, " | ");
        let (Some(answer), Some(pattern), Some(line)) = (parts.next(), parts.next(), parts.next())
        else {
            // A line that ends in nothing.
            panic!("no case: {row}");
        };
        let expected = match answer.trim() {
            "yes" => Truth::True,
            "no" => Truth::False,
            "?" => Truth::Unknown,
            other => panic!("no answer: {other}"),
        };
        cases += 1;
        let text = unescaped(line);
        let read = shell::read(&text).unwrap();
        let said = read.matches(&CommandPattern::parse(pattern).unwrap());
        if said != expected {
            faults.push(format!("{row}\n   said {said}: {read:?}"));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {cases}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(cases > 300, "the table was not read: {cases}");
}

fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '⏎' => '\n',
            '␍' => '\r',
            '␀' => '\0',
            '⎋' => '\u{1b}',
            '⟪' => {
                let hex: String = chars.by_ref().take_while(|c| *c != '⟫').collect();
                char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap()
            }
            c => c,
        });
    }
    text
}

fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(Word::text).collect()
}

#[test]
fn redirections_and_assignments_are_kept_apart_from_the_arguments() {
    let line = shell::read("A=1 B='x y' tool <in >out 2>>'err log' a 3>&1 b >|c &>all").unwrap();
    let [command] = line.commands() else {
        panic!("{line:?}")
    };
    assert_eq!(texts(&command.argv), ["tool", "a", "b"]);
    assert_eq!(texts(&command.assignments), ["A=1", "B=x y"]);
    assert_eq!(texts(&command.writes), ["out", "err log", "c", "all"]);
    assert_eq!(texts(&command.reads), ["in"]);
    assert!(line.unknown().is_empty());
}

#[test]
fn only_what_is_allowed_is_what_a_line_of_allowed_commands_does() {
    let allowed = ["git log", "cargo test"].map(|p| CommandPattern::parse(p).unwrap());
    for (line, expected) in [
        ("git log --oneline", Truth::True),
        ("git log && cargo test -p x", Truth::True),
        ("", Truth::True),
        ("git log; rm x", Truth::False),
        ("sudo git log", Truth::False),
        ("./git log", Truth::False),
        ("git -C x log", Truth::False),
        ("git log $(rm x)", Truth::False),
        ("git $x", Truth::Unknown),
        ("PATH=/x git log", Truth::Unknown),
        ("LD_PRELOAD=/x git log", Truth::Unknown),
        ("git log `", Truth::Unknown),
    ] {
        assert_eq!(
            shell::read(line).unwrap().matches_only(&allowed),
            expected,
            "{line}"
        );
    }
}

#[test]
fn paths_touched_are_listed_and_the_list_says_whether_it_is_whole() {
    for (line, paths, complete) in [
        ("echo x > a", &["a"][..], true),
        ("cat a b", &[], true),
        ("cat a 2>/dev/null", &[], true),
        ("cat x | tee a b", &["a", "b"], true),
        ("cp x y a", &["a"], true),
        ("cp -t a x", &["a", "x"], true),
        ("cp --target-directory=a x", &["a", "x"], true),
        ("cp x .git/hooks", &[".git/hooks"], true),
        ("mv x a", &["x", "a"], true),
        ("ln -s x a", &["a"], true),
        ("rm -rf a 'b c'", &["a", "b c"], true),
        ("rm -- -a", &["-a"], true),
        ("touch a; mkdir -p b/c", &["a", "b/c"], true),
        ("sed -i 's/x/y/' a", &["a"], true),
        ("sed -i -e 's/x/y/' a b", &["s/x/y/", "a", "b"], true),
        ("sed -i -f x a", &["x", "a"], false),
        ("git -C x rm -r a b", &["a", "b"], false),
        ("git mv a b", &["a", "b"], false),
        ("git restore --staged a", &["a"], false),
        ("git checkout main -- a", &["a"], false),
        ("git checkout main", &[], false),
        ("git reset --hard", &[], false),
        ("git apply x.patch", &[], false),
        ("sed 's/x/y/' a", &[], true),
        ("dd if=x of=a", &["a"], true),
        ("truncate -s 0 a", &["0", "a"], true),
        ("chmod +x a", &["+x", "a"], true),
        ("sudo rm a", &["a"], true),
        ("sh -c 'echo x > a'", &["a"], false),
        ("(echo x) > a", &["a"], true),
        ("for x in 1; do echo; done > a", &["a"], true),
        ("rm $x", &["$x"], false),
        ("rm *", &["*"], false),
        ("cd b && rm a", &["a"], false),
        ("make", &[], false),
        ("rm a; $(", &["a"], false),
    ] {
        let touched = shell::read(line).unwrap().paths_touched();
        assert_eq!(texts(&touched.paths), paths, "{line}");
        assert_eq!(touched.complete, complete, "{line}");
    }
}

#[test]
fn what_an_unknown_program_is_given_is_named_and_what_git_or_loom_is_given_is_not() {
    for (line, named) in [
        ("sqlite3 -x a b", &["a", "b"][..]),
        ("cd a && make b", &["a", "b"]),
        ("cat a | tee b", &[]),
        ("git log a", &[]),
        ("loom status --store a", &[]),
    ] {
        let touched = shell::read(line).unwrap().paths_touched();
        assert_eq!(texts(&touched.named), named, "{line}");
    }
}

#[test]
fn what_is_unknown_says_why_and_where() {
    for (line, why, text) in [
        ("ls; case x in", Why::Case, "case x in"),
        ("echo 'x", Why::Unbalanced, "'x"),
        ("$CMD push", Why::Program, "$CMD"),
        ("x | sh", Why::Input, "sh"),
        ("eval \"$x\"", Why::NestedLine, "\"$x\""),
        ("ls\r", Why::ControlCharacter, "ls\r"),
        ("f() { x; }", Why::Function, "() { x; }"),
    ] {
        let line = shell::read(line).unwrap();
        let [unknown] = line.unknown() else {
            panic!("{line:?}")
        };
        assert_eq!((unknown.why, unknown.text.as_str()), (why, text));
    }
}

#[test]
fn a_pattern_is_words_and_nothing_else() {
    for (text, field) in [
        ("", "command"),
        ("   ", "command"),
        ("git 'push'", "command"),
        ("a;b", "command"),
    ] {
        let error = CommandPattern::parse(text).unwrap_err();
        assert_eq!(error.field(), Some(field), "{text}");
    }
    let pattern = CommandPattern::parse("  git   push ").unwrap();
    assert_eq!(pattern.to_string(), "git push");
}

#[test]
fn hostile_lines_are_read_or_refused_in_bounded_work() {
    // The longest lines of one kind: no overflow of the stack, and an answer or a named limit.
    for part in [
        "(",
        "((",
        "$(",
        "`",
        "\"",
        "'",
        "\\",
        "{a,",
        "${",
        "$((",
        "<(",
        "<<a\n",
        "<<a ",
        "a ",
        "a;",
        "a|",
        ";",
        "&",
        "#",
        "\n",
        "\\\n",
        "\"$(",
        "sudo ",
        "env ",
        "time ",
        "! ",
        "{ ",
        "if ",
        "x=1 ",
        ">a ",
        "$x",
        "*",
        "eval ",
        "sh -c '",
        "for x in ",
        "git -c ",
        "a=",
        "[[ ",
        "\u{200b}",
        "é",
        "2>",
        "&>",
        "$'",
        "${x}",
    ] {
        let line = part.repeat(SHELL_LINE_BYTES_MAX / part.len());
        match shell::read(&line) {
            Ok(read) => {
                let pattern = CommandPattern::parse("git * -rf --x *a*b* y").unwrap();
                read.matches(&pattern);
                read.paths_touched();
            }
            Err(error) => assert!(error.limit_name().is_some(), "{part}: {error}"),
        }
    }
    let deep = |n: usize| shell::read(&format!("{}true{}", "( ".repeat(n), ")".repeat(n)));
    assert!(deep(SHELL_DEPTH_MAX).is_ok());
    assert_eq!(
        deep(SHELL_DEPTH_MAX + 1).unwrap_err().limit_name(),
        Some("SHELL_DEPTH_MAX")
    );
    let many = |n: usize| shell::read(&"a;".repeat(n));
    assert!(many(SHELL_COMMANDS_MAX).is_ok());
    assert!(many(SHELL_COMMANDS_MAX + 1).is_err());
}
