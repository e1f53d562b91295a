//! `policy decide` and `policy explain`: one action against one policy.

use std::path::PathBuf;

use clap::Args;
use loom_core::path::PathRules;
use loom_core::policy::{Action, Decision, Effect, Facts, Written};

use super::{json, load, moment, read};
use crate::exit::{Ended, Exit, Failure};

/// Decides an action.
#[derive(Debug, Args)]
pub(crate) struct Decide {
    #[command(flatten)]
    question: Question,
}

/// Decides an action and says why.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    question: Question,
    /// As an agent would be told: short, and what others wrote in quotation marks
    #[arg(long)]
    agent: bool,
}

/// What is asked of a policy.
#[derive(Debug, Args)]
struct Question {
    /// The policy: a file that ends in .yaml, .toml or .json
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The action as JSON, as in {"verb":"edit","targets":{"paths":["src/a.rs"]}}; - for stdin
    #[arg(long, value_name = "FILE")]
    action: PathBuf,
    /// What is known around it, as JSON: who, history, counts, room
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// When it would be done, in RFC 3339; now where absent
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

impl Decide {
    pub(crate) fn carry_out(&self) -> Ended {
        let decision = self.question.decide()?;
        let text = serde_json::to_string(&decision);
        println!("{}", text.map_err(|why| Failure::broken("decision", why))?);
        Ok(ends(&decision))
    }
}

impl Explain {
    pub(crate) fn carry_out(&self) -> Ended {
        let decision = self.question.decide()?;
        let text = match self.agent {
            true => decision.for_agent(),
            false => decision.for_person(),
        };
        print!("{text}");
        Ok(ends(&decision))
    }
}

impl Question {
    fn decide(&self) -> Result<Decision, Failure> {
        let policy = load(&self.policy)?;
        let action: Action = json(&self.action, &read(&self.action)?)?;
        let written: Written = match &self.facts {
            Some(path) => json(path, &read(path)?)?,
            None => Written::default(),
        };
        let facts = Facts {
            who: &written.who,
            rules: PathRules::default(),
            approvals: &[],
            waivers: &[],
            history: &written,
            spend: &written,
        };
        let now = moment(self.now.as_deref())?;
        Ok(policy.decide(&action, &facts, now)?)
    }
}

fn ends(decision: &Decision) -> Exit {
    match decision.verdict {
        Effect::Deny => Exit::Waiting,
        _ if decision.passes => Exit::Done,
        _ => Exit::Refused,
    }
}
