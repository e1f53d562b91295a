//! The reader of shell lines held against real shells: lines made at random from a small grammar are
//! run by bash and dash, with every program a stub that logs its arguments, and what was run must be
//! in the answer, unless the answer says that something was not read.
//!
//! A machine without bash or dash skips that shell and says so.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
#![cfg(unix)]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use loom_core::model::Truth;
use loom_core::shell::{self, CommandPattern};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// Programs of the grammar. None is a builtin, a wrapper or an interpreter.
const PROGRAMS: &[&str] = &["aa", "bb", "cc", "dd2"];

#[test]
fn what_bash_and_dash_run_is_in_the_answer() {
    let mut asked = 0;
    for name in ["bash", "dash"] {
        let found = ["/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
            .iter()
            .map(|folder| Path::new(folder).join(name))
            .find(|path| path.exists());
        let Some(path) = found else {
            println!("skipped: there is no {name} on this machine");
            continue;
        };
        asked += held_against(&path);
    }
    println!("{asked} lines ran a program that the answer had to name");
}

/// Returns how many lines ran something.
fn held_against(shell_path: &Path) -> usize {
    let stage = tempfile::tempdir().unwrap();
    let bin = stage.path().join("bin");
    fs::create_dir(&bin).unwrap();
    for program in PROGRAMS.iter().chain(&["git", "nohup"]) {
        // A file for each process, so that those of a pipe do not write into one another.
        let script = match *program {
            "nohup" => "#!/bin/sh\nexec \"$@\"\n".to_owned(),
            _ => format!("#!/bin/sh\nprintf '%s\\037' {program} \"$@\" >\"$LOG/$$\"\n"),
        };
        let file = bin.join(program);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (ran, count) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config {
        cases: Config::default().cases.max(400),
        failure_persistence: None,
        ..Config::default()
    });
    let verdict = runner.run(&line(), |text| {
        // Folders of its own for each line: what it left in the background may still write.
        count.set(count.get() + 1);
        let case = stage.path().join(count.get().to_string());
        let (work, log) = (case.join("work"), case.join("log"));
        fs::create_dir_all(&work).unwrap();
        fs::create_dir(&log).unwrap();
        Command::new(shell_path)
            .args(["-c", &text])
            .current_dir(&work)
            .env_clear()
            .env("PATH", &bin)
            .env("LOG", &log)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let read = shell::read(&text).unwrap();
        for run in fs::read_dir(&log).unwrap() {
            let run = fs::read_to_string(run.unwrap().path()).unwrap();
            if run.is_empty() {
                // A background process that has not said its name yet.
                continue;
            }
            let mut argv: Vec<&str> = run.split('\u{1f}').collect();
            argv.pop();
            ran.set(ran.get() + 1);
            let plain = |word: &&&str| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            };
            let prefix: Vec<&str> = argv.iter().take_while(plain).take(3).copied().collect();
            let pattern = CommandPattern::parse(&prefix.join(" ")).unwrap();
            if read.matches(&pattern) == Truth::False {
                let what = format!("`{text}` ran {argv:?}, and the answer is {read:?}");
                return Err(TestCaseError::fail(what));
            }
            let written = read.commands().iter().any(|command| {
                command.argv.iter().all(|word| word.is_literal())
                    && command
                        .argv
                        .iter()
                        .map(|word| word.text())
                        .eq(argv.iter().copied())
            });
            let is_open = read
                .commands()
                .iter()
                .any(|c| c.argv.iter().any(|w| !w.is_literal()));
            if read.unknown().is_empty() && !is_open && !written {
                return Err(TestCaseError::fail(format!(
                    "`{text}` ran {argv:?}: {read:?}"
                )));
            }
        }
        // And what was written by a redirection is named.
        let touched = read.paths_touched().paths;
        let paths: BTreeSet<&str> = touched.iter().map(|path| path.text()).collect();
        let is_open = !read.unknown().is_empty() || touched.iter().any(|path| !path.is_literal());
        for made in fs::read_dir(&work).unwrap() {
            let made = made.unwrap().file_name().into_string().unwrap();
            if !is_open && !paths.contains(made.as_str()) {
                return Err(TestCaseError::fail(format!(
                    "`{text}` wrote {made}: {read:?}"
                )));
            }
        }
        Ok(())
    });
    if let Err(error) = verdict {
        panic!("{}: {error}", shell_path.display());
    }
    assert!(
        ran.get() > 200,
        "{}: only {} programs ran",
        shell_path.display(),
        ran.get()
    );
    ran.get()
}

fn line() -> impl Strategy<Value = String> {
    let list = list();
    let noise = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        " # git push",
        ";",
        " '",
        "\"",
        ")",
        "}",
        " fi",
        "\\",
    ]);
    (list, noise).prop_map(|(list, noise)| format!("{list}{noise}"))
}

fn list() -> BoxedStrategy<String> {
    let simple = simple().boxed();
    simple
        .prop_recursive(4, 24, 4, |inner| {
            let joint = prop::sample::select(vec![
                "; ",
                ";",
                " && ",
                "&&",
                " || ",
                " | ",
                "|",
                "\n",
                " ; # x '\n",
                " \\\n&& ",
                "&&\n",
            ]);
            let wrap = prop::sample::select(vec![
                ("(", ")"),
                ("( ", " )"),
                ("{ ", "; }"),
                ("! ", ""),
                ("if ", "; then aa; fi"),
                ("if aa; then ", "; fi"),
                ("if ! aa; then bb; else ", "; fi"),
                ("while ", "; do break; done"),
                ("for x in a b; do ", "; done"),
                ("for x in a; do\n", "\ndone"),
                ("until ", "; do break; done"),
                ("echo \"$(", ")\""),
                ("cc $(", ")"),
                ("echo `", "`"),
                ("eval '", "'"),
                ("sh -c \"", "\""),
                ("nohup ", ""),
                ("command ", ""),
                ("exec ", ""),
                ("trap '", "' EXIT"),
                ("case a in a) ", ";; esac"),
                ("f() { ", "; }; f"),
                ("cat <<E\n", "\nE\n"),
                ("aa <<'E'; ", "\nE\n"),
                ("{ ", "; } >out"),
                ("", " &\nwait"),
                ("time ", ""),
                ("x=1; ", ""),
                ("alias aa=git; ", ""),
                ("# ", "\nbb"),
                ("${x:-", "}"),
                ("set -- ", ""),
            ]);
            prop_oneof![
                (inner.clone(), joint, inner.clone())
                    .prop_map(|(a, joint, b)| format!("{a}{joint}{b}")),
                (wrap, inner).prop_map(|((before, after), list)| format!("{before}{list}{after}")),
            ]
        })
        .boxed()
}

fn simple() -> impl Strategy<Value = String> {
    let program = prop::sample::select(vec![
        "aa",
        "bb",
        "cc",
        "dd2",
        "git push",
        "git -C x push",
        "g\"i\"t",
        "a\\a",
        "'bb'",
        "$'aa'",
        "a\\\na",
        "\"cc\"",
        "$x",
        "aa$x",
        "\"\"aa",
        "./aa",
        "{aa,bb}",
        "a?",
        "git${IFS}push",
        "\\if",
        "$(echo aa)",
        "[",
        "~",
    ]);
    let argument = prop::sample::select(vec![
        "push",
        "-f",
        "'x y'",
        "\"a b\"",
        "a\\ b",
        "$x",
        "\"$x\"",
        "''",
        "#",
        "x#y",
        "'#'",
        "*",
        "{a,b}",
        "{",
        "}",
        "if",
        "\\;",
        "';'",
        "\"'\"",
        "'\"'",
        "\\'",
        "\\\"",
        "\"\\\"\"",
        "a=b",
        "~",
        "!",
        "2",
        "$'a\\'b'",
        "\"a\\\nb\"",
        "$",
        "a$",
        "\"\\x\"",
        "[x]",
        "$(bb)",
        "`bb`",
        "\"$(bb 'x')\"",
        "${x}",
        "${x:-y}",
        "$((1+1))",
        "--",
        "-",
        "é",
    ]);
    let redirect = prop::sample::select(vec![
        "", "", "", "", ">out", "2>&1", " >out ", "2>err", " <in", "&>all", " >>out", ">|out",
        "<<<x", " 2 >out", ">'o t'",
    ]);
    let before = prop::sample::select(vec![
        "", "", "", "", "X=1 ", ">out ", "X='a b' ", "2>&1 ", "X= ", "x=aa ", "\\\n",
    ]);
    (
        before,
        program,
        prop::collection::vec(argument, 0..4),
        redirect,
    )
        .prop_map(|(before, program, arguments, redirect)| {
            let mut text = format!("{before}{program}");
            for argument in arguments {
                text.push(' ');
                text.push_str(argument);
            }
            text.push_str(redirect);
            text
        })
}
