//! `policy check`, `test`, `replay` and `coverage`: a policy looked at as a whole.

use std::path::{Path, PathBuf};

use clap::Args;
use loom_core::path::PathRules;
use loom_core::policy::{Recorded, Stories};
use loom_core::view::named;
use serde_json::json;

use super::{format_of, json as read_json, load, moment, read};
use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};

/// Loads a policy and looks it over.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The policy
    file: PathBuf,
    /// The time that freezes are held against, in RFC 3339; now where absent
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

/// Plays stories.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Files of stories; NAME.stories.yaml is played against NAME.yaml beside it
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Decides recorded actions again.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    recorded: Records,
}

/// Counts which rules speak.
#[derive(Debug, Args)]
pub(crate) struct Coverage {
    #[command(flatten)]
    recorded: Records,
}

#[derive(Debug, Args)]
struct Records {
    /// The policy
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Recorded decisions, one JSON object {action, facts, now, verdict, rules} a line; - for stdin
    #[arg(value_name = "RECORDED.jsonl")]
    recorded: PathBuf,
}

impl Check {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let policy = load(&self.file)?;
        let findings = policy.lint(moment(self.now.as_deref())?);
        for finding in &findings {
            if common.json {
                eprintln!("{}", json!(finding));
                continue;
            }
            let (file, line, code) = (&finding.file, finding.line, finding.code.as_str());
            let rule = named(&finding.rule);
            eprintln!("{file}:{line}: {rule}: {} ({code})", finding.message);
            eprintln!("  remedy: {}", finding.remedy);
        }
        if findings.is_empty() {
            let rules = policy.document().rules.len();
            println!("{}: nothing found (rules: {rules})", self.file.display());
        }
        Ok(if findings.is_empty() {
            Exit::Done
        } else {
            Exit::Wrong
        })
    }
}

impl Test {
    pub(crate) fn carry_out(&self) -> Ended {
        let mut failed = 0;
        for path in &self.files {
            let name = path.display().to_string();
            let policy = load(&policy_beside(path)?)?;
            let stories = Stories::load_named(&name, &read(path)?, format_of(path)?)?;
            let played = policy.play(&stories);
            for story in played.iter().filter(|story| !story.faults.is_empty()) {
                failed += 1;
                eprintln!("{name}:{}: {}", story.line, story.name);
                story.faults.iter().for_each(|fault| eprintln!("  {fault}"));
            }
            let held = played
                .iter()
                .filter(|story| story.faults.is_empty())
                .count();
            println!("{name}: {held} of {} stories hold", played.len());
        }
        Ok(if failed == 0 { Exit::Done } else { Exit::Wrong })
    }
}

/// `a/pay.stories.yaml` is about `a/pay.yaml`.
fn policy_beside(path: &Path) -> Result<PathBuf, Failure> {
    let name = path.file_name().and_then(|name| name.to_str());
    let parts = name.and_then(|name| name.split_once(".stories."));
    let unusual = || {
        let path = path.display();
        Failure::Usage(format!(
            "{path}: a file of stories is called NAME.stories.yaml, beside NAME.yaml"
        ))
    };
    let (stem, end) = parts.ok_or_else(unusual)?;
    Ok(path.with_file_name(format!("{stem}.{end}")))
}

impl Replay {
    pub(crate) fn carry_out(&self) -> Ended {
        let (policy, recorded) = self.recorded.read()?;
        let replay = policy.replay(PathRules::default(), &recorded);
        for it in &replay.changed {
            let rules = |rules: &std::collections::BTreeSet<_>| match rules.is_empty() {
                true => "no rule".to_owned(),
                false => names(rules),
            };
            let person = if it.by_a_person {
                "; a person had let it through"
            } else {
                ""
            };
            let (was, would_be) = (it.was.as_str(), it.would_be.as_str());
            println!(
                "line {}: {was} by {} would be {would_be} by {}{person}",
                it.place + 1,
                rules(&it.by),
                rules(&it.would_by)
            );
        }
        for fault in &replay.faults {
            eprintln!(
                "line {}: cannot be decided: {}",
                fault.place + 1,
                fault.message
            );
        }
        for (rule, count) in &replay.by_rule {
            println!("rule {}: changes {count}", named(rule.as_str()));
        }
        println!(
            "{} decided again: {} stricter, {} looser, {} cannot be decided",
            replay.decided, replay.stricter, replay.looser, replay.faulty
        );
        Ok(Exit::Done)
    }
}

impl Coverage {
    pub(crate) fn carry_out(&self) -> Ended {
        let (policy, recorded) = self.recorded.read()?;
        let coverage = policy.coverage(PathRules::default(), &recorded)?;
        for row in &coverage.rules {
            let never = if row.applied == 0 {
                ", never applied"
            } else {
                ""
            };
            println!(
                "{}:{}: {}: decided {}, applied to {}{never}",
                row.file,
                row.line,
                named(row.rule.as_str()),
                row.determined,
                row.applied
            );
        }
        println!(
            "{} decided, {} by the default, {} cannot be decided",
            coverage.decided, coverage.by_default, coverage.faulty
        );
        Ok(Exit::Done)
    }
}

impl Records {
    fn read(&self) -> Result<(loom_core::policy::PolicySet, Vec<Recorded>), Failure> {
        let policy = load(&self.policy)?;
        let text = read(&self.recorded)?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let recorded = lines.map(|line| read_json(&self.recorded, line));
        Ok((policy, recorded.collect::<Result<_, _>>()?))
    }
}

fn names(rules: &std::collections::BTreeSet<loom_core::model::ActorId>) -> String {
    let rules: Vec<String> = rules.iter().map(|rule| named(rule.as_str())).collect();
    rules.join(", ")
}
