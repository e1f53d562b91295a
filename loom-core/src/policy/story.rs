//! Stories: what a policy is meant to say, written down beside it and played against it.
//!
//! A file of stories is a list of `{name, at, loop?, team?, action, facts?, approved?, waivers?, expect}`.
//!
//! ```
//! use loom_core::policy::{Format, PolicySet, Stories};
//!
//! let policy = "{version: 1, default: allow, rules: [{id: pay, effect: deny, when: {paths: pay/**}}]}";
//! let policy = PolicySet::load(policy, Format::Yaml)?;
//! let stories = "
//! - name: nobody edits payments
//!   at: 2026-11-22T10:00:00Z
//!   action: {verb: edit, targets: {paths: [pay/a.rs]}}
//!   expect: {verdict: deny, rules: [pay]}
//! ";
//! let stories = Stories::load_named("pay.stories.yaml", stories, Format::Yaml)?;
//! let played = policy.play(&stories);
//! assert_eq!((played.len(), played[0].faults.len()), (1, 0));
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PolicySet;
use super::action::Action;
use super::approval::{Approval, Bound};
use super::decision::Decision;
use super::document::Effect;
use super::facts::{Facts, Known, Who, Written};
use super::waiver::{Waiver, WaiverScope};
use crate::document::{self as read, Format};
use crate::error::{Code, Error};
use crate::model::{ActorId, LoopId, TeamId, Timestamp, Token};
use crate::path::{PathRules, PathSet};

/// A file of stories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stories {
    list: Vec<(Story, u32)>,
}

/// An action, what is known around it, and what is expected of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What is told, in a sentence.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// By which loop; null for none, absent for nobody knows.
    #[serde(default, rename = "loop")]
    pub loop_id: Known<LoopId>,
    /// For which team; null for none, absent for nobody knows.
    #[serde(default)]
    pub team: Known<TeamId>,
    /// What is about to be done.
    pub action: Action,
    /// Answers of history and what is left of limits.
    #[serde(default)]
    pub facts: Written,
    /// Rules that people have approved this action under.
    #[serde(default)]
    pub approved: BTreeSet<ActorId>,
    /// Exceptions that people made.
    #[serde(default)]
    pub waivers: Vec<StoryWaiver>,
    /// What is expected.
    pub expect: Expected,
}

/// An exception that a person made, in a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StoryWaiver {
    /// The rules that it lifts; absent, the glass was broken.
    #[serde(default)]
    pub rules: Option<BTreeSet<ActorId>>,
    /// What it reaches.
    #[serde(default)]
    pub scope: WaiverScope,
    /// Until when it holds.
    pub until: Timestamp,
}

/// What is expected of a decision. What is absent is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The verdict.
    pub verdict: Effect,
    /// Whether it may be done now.
    #[serde(default)]
    pub passes: Option<bool>,
    /// The rules that decide, in any order.
    #[serde(default)]
    pub rules: Option<BTreeSet<ActorId>>,
    /// What the rules that only advise would have made of it.
    #[serde(default)]
    pub advised: Option<Effect>,
    /// When it would be allowed, if nothing but the time changed.
    #[serde(default)]
    pub retry_at: Option<Timestamp>,
}

/// How a story came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Played {
    /// Its name.
    pub name: String,
    /// The line that it begins at.
    pub line: u32,
    /// What came out other than expected; none for a story that holds.
    pub faults: Vec<String>,
}

impl Stories {
    /// Reads a file of stories.
    ///
    /// # Errors
    /// `invalid_policy` with line and column for what is no list of stories, and for an empty one;
    /// `limit_exceeded` over the limits of a document.
    pub fn load_named(name: &str, text: &str, format: Format) -> Result<Stories, Error> {
        let tree = read::tree(text, format)
            .map_err(|fault| fault.into_error(Code::InvalidPolicy, "policy", name))?;
        let stories: Vec<Story> = read::from_tree(&tree)
            .map_err(|fault| fault.into_error(Code::InvalidPolicy, "policy", name))?;
        if stories.is_empty() {
            let message = format!("{name}: no story stands here");
            return Err(Error::at(Code::InvalidPolicy, "stories", message));
        }
        let lines = tree.items().iter().map(|item| item.place.line);
        Ok(Stories {
            list: stories.into_iter().zip(lines).collect(),
        })
    }
}

/// Plays stories in order.
pub(super) fn play(policy: &PolicySet, stories: &Stories) -> Vec<Played> {
    let stories = stories.list.iter();
    let play = |(story, line): &(Story, u32)| Played {
        name: story.name.clone(),
        line: *line,
        faults: match decide(policy, story) {
            Ok(decision) => story.expect.faults(&decision),
            Err(why) => vec![format!("it cannot be decided: {why}")],
        },
    };
    stories.map(play).collect()
}

fn decide(policy: &PolicySet, story: &Story) -> Result<Decision, Error> {
    let who = Who {
        loop_id: story.loop_id.clone(),
        team: story.team.clone(),
    };
    let rules = PathRules::default();
    let waivers = story.waivers.iter().zip(0_u16..).map(|(waiver, index)| {
        let paths = waiver.scope.paths.as_ref();
        let paths = paths.map(|paths| PathSet::compile(paths, rules));
        Ok(Waiver {
            id: Token::new(0, 0, index),
            rules: waiver.rules.clone(),
            scope: waiver.scope.clone(),
            paths: paths.transpose()?,
            until: waiver.until,
        })
    });
    let waivers = waivers.collect::<Result<Vec<_>, Error>>()?;
    let approval = match story.approved.is_empty() {
        true => None,
        false => Some(approval(story)?),
    };
    let facts = Facts {
        who: &who,
        rules,
        approvals: approval.as_slice(),
        waivers: &waivers,
        history: &story.facts,
        spend: &story.facts,
    };
    policy.decide(&story.action, &facts, story.at)
}

fn approval(story: &Story) -> Result<Approval, Error> {
    let unbound = || {
        let message = "an approval needs the run, or the digest of what lands, in the action";
        Error::at(Code::MissingField, "action", message)
    };
    Ok(Approval {
        id: Token::new(0, 0, 0),
        rules: story.approved.clone(),
        bound: Bound::of(&story.action).ok_or_else(unbound)?,
        paths: None,
        until: Timestamp::MAX,
    })
}

impl Expected {
    fn faults(&self, decision: &Decision) -> Vec<String> {
        let mut faults = Vec::new();
        let mut hold = |what: &str, expected: String, came: String| {
            if expected != came {
                faults.push(format!("{what}: expected {expected}, came {came}"));
            }
        };
        let word = |effect: Option<Effect>| effect.map_or("nothing", Effect::as_str).to_owned();
        hold(
            "verdict",
            word(Some(self.verdict)),
            word(Some(decision.verdict)),
        );
        if let Some(passes) = self.passes {
            hold("passes", passes.to_string(), decision.passes.to_string());
        }
        if let Some(rules) = &self.rules {
            let came = decision.reasons.iter().map(|reason| reason.rule.id.clone());
            hold("rules", listed(rules), listed(&came.collect()));
        }
        if self.advised.is_some() {
            hold("advised", word(self.advised), word(decision.advised));
        }
        if let Some(at) = self.retry_at {
            let came = decision.retry_at.map(|at| at.to_string());
            hold(
                "retry_at",
                at.to_string(),
                came.unwrap_or_else(|| "never".to_owned()),
            );
        }
        faults
    }
}

fn listed(rules: &BTreeSet<ActorId>) -> String {
    let rules: Vec<&str> = rules.iter().map(ActorId::as_str).collect();
    format!("[{}]", rules.join(", "))
}
