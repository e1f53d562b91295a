//! A decision as text: for a person who wants to know why, and for an agent that has to go on.
//!
//! Both read the same decision. The text for a person is complete. The one for an agent goes into a
//! prompt: it states facts and gives no orders, what others wrote stands in it quoted, and it has a hard
//! limit; what does not fit is left out line by line, the least important first, and counted.
//!
//! ```
//! use loom_core::model::Timestamp;
//! use loom_core::path::PathRules;
//! use loom_core::policy::{Action, Facts, Format, Nothing, PolicySet, Verb, Who};
//!
//! let policy = "
//! version: 1
//! default: allow
//! rules:
//!   - id: generated
//!     effect: deny
//!     when: { verb: edit, paths: gen/** }
//!     reason: this is made from the schema
//!     remedy: change the schema and run make
//! ";
//! let policy = PolicySet::load_named("loom.yaml", policy, Format::Yaml)?;
//! let facts = Facts {
//!     who: &Who::default(),
//!     rules: PathRules::default(),
//!     approvals: &[],
//!     waivers: &[],
//!     history: &Nothing,
//!     spend: &Nothing,
//! };
//! let edit = Action::new(Verb::Edit).on_paths(["gen/api.rs"]);
//! let decision = policy.decide(&edit, &facts, Timestamp::EPOCH)?;
//! assert_eq!(
//!     decision.for_agent(),
//!     "Denied by policy.\n\
//!      Rule generated (loom.yaml:5) says deny, on gen/api.rs; its reason: \"this is made from the \
//!      schema\"; its remedy: \"change the schema and run make\".\n\
//!      A waiver of rule generated, made by a person, would let it through.\n"
//! );
//! assert!(decision.for_person().starts_with("DENIED\n\ngenerated (loom.yaml:5) says deny\n"));
//! # Ok::<(), loom_core::error::Error>(())
//! ```

use std::fmt::Write as _;

use super::decision::{Decision, Owed, Reason, RuleCard, Terms, Way};
use super::document::{Effect, Obligation};
use crate::model::{named, quoted};

/// The most characters of the text for an agent.
pub const AGENT_TEXT_CHARACTERS_MAX: usize = 2_000;
/// The most characters that the text for a person shows of one reason or remedy.
const PERSON_FIELD_CHARS_MAX: usize = 2_000;
/// The most characters that the text for an agent shows of one reason or remedy.
const AGENT_FIELD_CHARS_MAX: usize = 240;
/// Room that is kept for the line that counts what was left out.
const LEFT_OUT_CHARS: usize = 80;
/// How many names a list shows; the rest is counted.
const NAMES_SHOWN_MAX: usize = 8;

impl Decision {
    /// The decision for a person: the verdict, each rule with its place and words, what is missing,
    /// what would let it through, and when.
    pub fn for_person(&self) -> String {
        let mut text = String::new();
        let verdict = match (self.verdict, self.passes) {
            (Effect::Allow, true) => "ALLOWED",
            (Effect::Allow, false) => "ALLOWED, BUT SOMETHING HAS TO BE DONE FIRST",
            (Effect::RequireApproval, _) => "NEEDS A PERSON'S APPROVAL",
            (Effect::Deny, _) => "DENIED",
        };
        line(&mut text, format_args!("{verdict}"));
        for reason in &self.reasons {
            text.push('\n');
            person_reason(&mut text, reason, "says");
        }
        if self.more_reasons > 0 {
            line(
                &mut text,
                format_args!("\nand {} more rules", self.more_reasons),
            );
        }
        if self.reasons.is_empty() {
            line(&mut text, format_args!("\nno rule stands against it"));
        }
        for reason in &self.advice {
            text.push('\n');
            person_reason(&mut text, reason, "only advises, and would say");
        }
        list(
            &mut text,
            "Nobody said",
            self.missing.iter().map(|fact| named(fact)),
        );
        list(
            &mut text,
            "What could change it",
            self.would_allow.iter().map(way),
        );
        list(&mut text, "Beside it", self.obligations.iter().map(owed));
        text.push('\n');
        for (label, tokens) in [
            ("approved by", &self.approved_by),
            ("waived by", &self.waived_by),
        ] {
            if !tokens.is_empty() {
                line(&mut text, format_args!("{label}: {}", some(tokens.iter())));
            }
        }
        if let Some(glass) = self.broken_glass {
            line(
                &mut text,
                format_args!("the glass was broken for it: {glass}"),
            );
        }
        if let Some(at) = self.retry_at {
            line(
                &mut text,
                format_args!("allowed from {at}, if nothing but the time changes"),
            );
        }
        if let Some(at) = self.next_change_at {
            line(&mut text, format_args!("time may change this at {at}"));
        }
        line(&mut text, format_args!("policy {}", self.policy));
        if let Some(zones) = &self.zones {
            line(&mut text, format_args!("zone data {zones}"));
        }
        text
    }

    /// The decision for an agent, in at most [`AGENT_TEXT_CHARACTERS_MAX`] characters of whole lines.
    pub fn for_agent(&self) -> String {
        let mut lines = vec![match (self.verdict, self.passes) {
            (Effect::Allow, true) => "Allowed by policy.".to_owned(),
            (Effect::Allow, false) => "Allowed by policy once what is open is done.".to_owned(),
            (Effect::RequireApproval, _) => {
                "Not allowed yet: a person has to approve it.".to_owned()
            }
            (Effect::Deny, _) => "Denied by policy.".to_owned(),
        }];
        if self.verdict != Effect::Allow {
            lines.extend(self.reasons.iter().map(agent_reason));
        }
        if let Some(at) = self.retry_at {
            lines.push(format!(
                "It is allowed from {at} on, if nothing but the time changes."
            ));
        }
        if !self.missing.is_empty() {
            let facts = some(self.missing.iter().map(|fact| named(fact)));
            lines.push(format!("Missing facts made a rule apply: {facts}."));
        }
        let open = self.obligations.iter().filter(|owed| owed.open);
        lines.extend(open.map(|open| format!("{}.", capital(&owed(open)))));
        let ways = self.would_allow.iter();
        let ways = ways.filter(|way| {
            !matches!(
                way,
                Way::Fact { .. } | Way::Oblige { .. } | Way::Wait { .. }
            )
        });
        lines.extend(ways.map(|it| format!("{}.", capital(&way(it)))));
        lines.extend(self.advice.iter().map(|reason| {
            let RuleCard { effect, .. } = &*reason.rule;
            format!(
                "{} only advises; it would say {}.",
                capital(&place(&reason.rule)),
                effect.as_str()
            )
        }));
        within_limit(&lines, self.more_reasons)
    }
}

/// As many lines as fit, and how many do not.
fn within_limit(lines: &[String], more: u64) -> String {
    let mut text = String::new();
    let mut left = AGENT_TEXT_CHARACTERS_MAX - LEFT_OUT_CHARS;
    let mut left_out = more;
    for line in lines {
        let length = line.chars().count() + 1;
        if length > left {
            left_out += 1;
            continue;
        }
        left -= length;
        text.push_str(line);
        text.push('\n');
    }
    if left_out > 0 {
        line(
            &mut text,
            format_args!("({left_out} more lines about this were left out.)"),
        );
    }
    text
}

fn person_reason(text: &mut String, reason: &Reason, says: &str) {
    let card = &reason.rule;
    let effect = card.effect.as_str();
    line(text, format_args!("{} {says} {effect}", place_bare(card)));
    if !reason.certain {
        line(text, format_args!("  applies because a fact is missing"));
    }
    for (label, words) in [("why", &card.reason), ("instead", &card.remedy)] {
        if let Some(words) = words {
            line(
                text,
                format_args!("  {label}: {}", quoted(words, PERSON_FIELD_CHARS_MAX)),
            );
        }
    }
    if !reason.targets.is_empty() {
        line(text, format_args!("  on: {}", targets(reason)));
    }
    if !reason.owners.is_empty() {
        let owners = some(reason.owners.iter().map(|team| named(team.as_str())));
        line(text, format_args!("  whose: {owners}"));
    }
}

fn agent_reason(reason: &Reason) -> String {
    let card = &reason.rule;
    let mut text = format!("{} says {}", capital(&place(card)), card.effect.as_str());
    if !reason.targets.is_empty() {
        let _ = write!(text, ", on {}", targets(reason));
    }
    if !reason.owners.is_empty() {
        let owners = some(reason.owners.iter().map(|team| named(team.as_str())));
        let _ = write!(text, ", owned by {owners}");
    }
    if !reason.certain {
        text.push_str(", since a fact is missing");
    }
    for (label, words) in [("reason", &card.reason), ("remedy", &card.remedy)] {
        if let Some(words) = words {
            let _ = write!(
                text,
                "; its {label}: {}",
                quoted(words, AGENT_FIELD_CHARS_MAX)
            );
        }
    }
    text + "."
}

fn place(card: &RuleCard) -> String {
    format!("rule {}", place_bare(card))
}

/// A rule's name, and where it stands.
fn place_bare(card: &RuleCard) -> String {
    let id = named(card.id.as_str());
    match card.line {
        0 => format!("{id} (built in)"),
        line => format!("{id} ({}:{line})", named(&card.file)),
    }
}

fn targets(reason: &Reason) -> String {
    let shown = some(reason.targets.iter().map(|target| named(target)));
    match reason.more_targets {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn way(way: &Way) -> String {
    match way {
        Way::Approval { rule, terms } => {
            let rule = named(rule.as_str());
            format!(
                "approval by {}, as rule {rule} asks, would let it through",
                approvers(terms)
            )
        }
        Way::Waiver { rule } => {
            let rule = named(rule.as_str());
            format!("a waiver of rule {rule}, made by a person, would let it through")
        }
        Way::Fact { fact } => format!("knowing {} could let it through", named(fact)),
        Way::LeaveOut { path } => {
            format!("no rule allows {}; without it this may pass", named(path))
        }
        Way::AllowRule { verb } => format!("no rule allows {verb} here, and the default does not"),
        Way::Wait { until } => format!("from {until} on there is room again"),
        Way::Oblige { obligation } => format!("{} has to come first", owed_words(obligation)),
    }
}

fn approvers(terms: &Terms) -> String {
    let people = match (terms.people.len(), terms.count) {
        (0, 1) => "a person".to_owned(),
        (0, count) => format!("{count} people"),
        (_, count) => {
            let people = some(terms.people.iter().map(|person| named(person.as_str())));
            format!("{count} of {people}")
        }
    };
    let apart = if terms.not_owner {
        ", nobody of the acting team"
    } else {
        ""
    };
    format!("{people}{apart}")
}

fn owed(owed: &Owed) -> String {
    let (words, rule) = (owed_words(&owed.obligation), named(owed.rule.as_str()));
    let state = if owed.open { "open" } else { "met" };
    format!("rule {rule} asks for {words}: {state}")
}

fn owed_words(obligation: &Obligation) -> String {
    match obligation {
        Obligation::Notify { team } => format!("a word to team {}", named(team.as_str())),
        Obligation::Checker { by } => format!("a verification ({})", by.as_str()),
        Obligation::RunCheck { check } => format!("the passed check {}", named(check.as_str())),
        Obligation::Evidence { fact } => format!("the fact {}", named(fact)),
    }
}

fn list(text: &mut String, title: &str, items: impl Iterator<Item = String>) {
    for (at, item) in items.enumerate() {
        if at == 0 {
            line(text, format_args!("\n{title}:"));
        }
        line(text, format_args!("- {item}"));
    }
}

/// The first names of a list, and how many more there are.
fn some(names: impl ExactSizeIterator<Item = impl std::fmt::Display>) -> String {
    let more = names.len().saturating_sub(NAMES_SHOWN_MAX);
    let shown: Vec<String> = names
        .take(NAMES_SHOWN_MAX)
        .map(|name| name.to_string())
        .collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{words}");
}
