//! Runs vectors: one case a line, each checked in full, so that a wrong line never hides another.

use std::time::{Duration, Instant};

use loom_core::error::Error;
use loom_core::model::Timestamp;
use loom_core::path::{PathRules, PathSet, PathSetSource, Pattern, PatternSource, RepoPath};
use loom_core::policy::Window;
use serde::Deserialize;

/// What a run of vectors came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Cases that held.
    pub passed: usize,
    /// One line for each case that did not.
    pub failures: Vec<String>,
    /// The slowest case: its time, and its line number.
    pub slowest: (Duration, usize),
}

/// Runs every case in a text of JSON lines. A case that takes longer than `max` fails.
pub fn run_text(text: &str, max: Option<Duration>) -> Outcome {
    let mut outcome = Outcome::default();
    let lines = text.lines().enumerate();
    for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let result = serde_json::from_str::<Case>(line)
            .map_err(|error| format!("unreadable: {error}"))
            .and_then(|case| case.run());
        let failure = match result {
            Err(failure) => Some(failure),
            Ok(took) => {
                outcome.slowest = outcome.slowest.max((took, at + 1));
                max.filter(|&max| took > max)
                    .map(|max| format!("took {took:?}, over {max:?}"))
            }
        };
        match failure {
            None => outcome.passed += 1,
            Some(failure) => {
                let shown: String = line.chars().take(300).collect();
                let line = at + 1;
                outcome
                    .failures
                    .push(format!("line {line}: {failure}\n  {shown}"));
            }
        }
    }
    outcome
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    Parse {
        pattern: PatternSource,
        expect: String,
        #[serde(default)]
        rules: PathRules,
        #[serde(default, rename = "why")]
        _why: String,
    },
    ParsePath {
        path: String,
        expect: Option<String>,
        #[serde(default)]
        rules: PathRules,
        #[serde(default, rename = "why")]
        _why: String,
    },
    Matches {
        set: PathSetSource,
        path: String,
        expect: Option<bool>,
        #[serde(default)]
        rules: PathRules,
        #[serde(default, rename = "why")]
        _why: String,
    },
    Overlap {
        a: PathSetSource,
        b: PathSetSource,
        expect: Option<bool>,
        #[serde(default)]
        rules: PathRules,
        #[serde(default, rename = "why")]
        _why: String,
    },
    Contains {
        a: PathSetSource,
        b: PathSetSource,
        expect: Option<bool>,
        #[serde(default)]
        rules: PathRules,
        #[serde(default, rename = "why")]
        _why: String,
    },
    IsEmpty {
        set: PathSetSource,
        expect: Option<bool>,
        #[serde(default)]
        rules: PathRules,
        #[serde(default, rename = "why")]
        _why: String,
    },
    FromCodeowners(Line),
    FromGitignore(Line),
    Window {
        window: Window,
        now: Timestamp,
        inside: bool,
        next_change_at: Option<Timestamp>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    line: String,
    matches: Vec<String>,
    not_matches: Vec<String>,
    #[serde(default)]
    rules: PathRules,
    #[serde(default, rename = "why")]
    _why: String,
}

impl Case {
    fn run(self) -> Result<Duration, String> {
        let clock = Instant::now();
        match self {
            Case::Parse {
                pattern,
                expect,
                rules,
                ..
            } => {
                let got = Pattern::compile(&pattern, rules);
                let took = clock.elapsed();
                match (expect.as_str(), got) {
                    ("ok", Err(error)) => Err(format!("expected ok, got {error}")),
                    ("error", Ok(_)) => Err("expected an error, got ok".into()),
                    ("ok" | "error", _) => Ok(took),
                    _ => Err(format!("expect is ok or error, not {expect}")),
                }
            }
            Case::ParsePath {
                path,
                expect,
                rules,
                ..
            } => {
                let got = RepoPath::parse(&path, &rules).ok();
                let took = clock.elapsed();
                let got = got.as_ref().map(RepoPath::as_str);
                same(&expect.as_deref(), &got).map(|()| took)
            }
            Case::Matches {
                set,
                path,
                expect,
                rules,
                ..
            } => {
                let path = RepoPath::parse(&path, &rules).map_err(shown)?;
                let got = PathSet::compile(&set, rules).map_err(shown)?.matches(&path);
                let took = clock.elapsed();
                expected(expect, got).map(|()| took)
            }
            Case::Overlap {
                a,
                b,
                expect,
                rules,
                ..
            } => overlap(&a, &b, expect, rules),
            Case::Contains {
                a,
                b,
                expect,
                rules,
                ..
            } => contains(&a, &b, expect, rules),
            Case::IsEmpty {
                set, expect, rules, ..
            } => {
                let set = PathSet::compile(&set, rules).map_err(shown)?;
                let got = set.is_empty();
                let took = clock.elapsed();
                if expect.is_some() && got.assumed() {
                    return Err("assumed".into());
                }
                expected(expect, got.is_empty())?;
                match got.example() {
                    Some(path) if !set.matches(path) => Err(format!("`{path}` is not in it")),
                    _ => Ok(took),
                }
            }
            Case::FromCodeowners(line) => line.run(|text, rules| {
                Ok(Pattern::from_codeowners_line(text, rules)?.map(|(pattern, _)| pattern))
            }),
            Case::FromGitignore(line) => line.run(Pattern::from_gitignore_line),
            Case::Window {
                window,
                now,
                inside,
                next_change_at,
            } => {
                let got = (window.inside(now), window.next_change_at(now));
                let took = clock.elapsed();
                same(&(inside, next_change_at), &got).map(|()| took)
            }
        }
    }
}

fn overlap(
    a: &PathSetSource,
    b: &PathSetSource,
    expect: Option<bool>,
    rules: PathRules,
) -> Result<Duration, String> {
    let clock = Instant::now();
    let a = PathSet::compile(a, rules).map_err(shown)?;
    let b = PathSet::compile(b, rules).map_err(shown)?;
    let got = a.overlap(&b);
    let took = clock.elapsed();
    let back = b.overlap(&a);
    if expect.is_some() && (got.assumed() || back.assumed()) {
        return Err("assumed".into());
    }
    expected(expect, got.meets())?;
    expected(expect, back.meets()).map_err(|e| format!("the other way round: {e}"))?;
    for witness in [got.witness(), back.witness()].into_iter().flatten() {
        if !a.matches(witness) || !b.matches(witness) {
            return Err(format!("the witness `{witness}` is not in both"));
        }
        let again = RepoPath::parse(witness.as_str(), &rules).map_err(shown)?;
        same(&again.as_str(), &witness.as_str())?;
    }
    Ok(took)
}

fn contains(
    a: &PathSetSource,
    b: &PathSetSource,
    expect: Option<bool>,
    rules: PathRules,
) -> Result<Duration, String> {
    let clock = Instant::now();
    let a = PathSet::compile(a, rules).map_err(shown)?;
    let b = PathSet::compile(b, rules).map_err(shown)?;
    let got = a.contains(&b);
    let took = clock.elapsed();
    if expect.is_some() && got.assumed() {
        return Err("assumed".into());
    }
    expected(expect, got.is_contained())?;
    match got.escapee() {
        Some(path) if a.matches(path) || !b.matches(path) => Err(format!("`{path}` is no escapee")),
        _ => Ok(took),
    }
}

impl Line {
    fn run(
        self,
        read: impl Fn(&str, PathRules) -> Result<Option<Pattern>, Error>,
    ) -> Result<Duration, String> {
        let clock = Instant::now();
        let pattern = read(&self.line, self.rules).map_err(shown)?;
        let took = clock.elapsed();
        let pattern = pattern.ok_or("the line gave no pattern")?;
        let wanted = self.matches.iter().map(|path| (path, true));
        for (path, expect) in wanted.chain(self.not_matches.iter().map(|path| (path, false))) {
            let parsed = RepoPath::parse(path, &self.rules).map_err(shown)?;
            expected(Some(expect), pattern.matches(&parsed))
                .map_err(|error| format!("{path}: {error}"))?;
        }
        Ok(took)
    }
}

fn expected(expect: Option<bool>, got: bool) -> Result<(), String> {
    match expect {
        Some(expect) if expect != got => Err(format!("expected {expect}, got {got}")),
        _ => Ok(()),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(expect: &T, got: &T) -> Result<(), String> {
    if expect == got {
        Ok(())
    } else {
        Err(format!("expected {expect:?}, got {got:?}"))
    }
}

fn shown(error: Error) -> String {
    format!("{}: {error}", error.code().as_str())
}
