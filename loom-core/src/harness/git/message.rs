//! What a commit's message says of who made it and what it takes back.

use serde::{Deserialize, Serialize};

use super::super::landing::id_of;
use crate::model::{ActorId, MadeBy, RunId};
use crate::provenance::{Kind, Name};

/// An agent by how it signs commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentIdentity {
    /// What it is called here.
    pub agent: ActorId,
    /// Addresses that it signs with; case does not matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Names that it signs with, whole; case does not matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl AgentIdentity {
    /// Those that sign commits of public repositories today. A history with others is read with a
    /// list of its own.
    pub fn known() -> Vec<AgentIdentity> {
        let known: &[(&str, &[&str], &[&str])] = &[
            ("aider", &["aider@aider.chat", "noreply@aider.chat"], &[]),
            ("amp", &["amp@ampcode.com"], &[]),
            (
                "claude",
                &["noreply@anthropic.com"],
                &["claude", "claude[bot]"],
            ),
            (
                "codex",
                &["codex@openai.com", "noreply@openai.com"],
                &["codex", "chatgpt-codex-connector[bot]"],
            ),
            (
                "copilot",
                &[
                    "198982749+copilot@users.noreply.github.com",
                    "copilot@github.com",
                ],
                &["copilot", "github copilot", "copilot-swe-agent[bot]"],
            ),
            ("crush", &["crush@charm.land"], &[]),
            ("cursor", &["cursoragent@cursor.com"], &["cursor agent"]),
            ("devin", &[], &["devin-ai-integration[bot]", "devin ai"]),
            ("droid", &[], &["factory-droid[bot]"]),
            (
                "gemini",
                &["gemini-cli@google.com"],
                &["gemini-code-assist[bot]", "gemini cli"],
            ),
            ("jules", &[], &["google-labs-jules[bot]"]),
            ("opencode", &["noreply@opencode.ai"], &["opencode"]),
            ("openhands", &["openhands@all-hands.dev"], &["openhands"]),
            (
                "qwen-coder",
                &["qwen-coder@alibabacloud.com"],
                &["qwen-coder"],
            ),
        ];
        let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
        let identity = |(agent, emails, names): &(&str, &[&str], &[&str])| {
            Some(AgentIdentity {
                agent: ActorId::new(agent).ok()?,
                emails: owned(emails),
                names: owned(names),
            })
        };
        known.iter().filter_map(identity).collect()
    }

    fn signs_as(&self, signature: &Signature<'_>) -> bool {
        let has = |list: &[String], text: &str| {
            let same = |it: &String| it.to_lowercase() == text.to_lowercase();
            !text.is_empty() && list.iter().any(same)
        };
        has(&self.emails, signature.email) || has(&self.names, signature.name)
    }
}

/// `NAME <EMAIL>`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signature<'t> {
    pub(super) name: &'t str,
    pub(super) email: &'t str,
}

impl<'t> Signature<'t> {
    fn read(text: &'t str) -> Signature<'t> {
        let (name, rest) = text.split_once('<').unwrap_or((text, ""));
        Signature {
            name: name.trim(),
            email: rest.split('>').next().unwrap_or_default().trim(),
        }
    }

    fn maker(&self, agents: &[AgentIdentity]) -> Option<Name> {
        if let Some(known) = agents.iter().find(|it| it.signs_as(self)) {
            return Some(Name::new(Kind::Agent, &known.agent));
        }
        let id = id_of(self.name).or_else(|| id_of(self.email))?;
        Some(Name::new(Kind::Author, id))
    }
}

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Makers {
    pub(super) made_by: MadeBy,
    pub(super) by: Vec<Name>,
    pub(super) run: Option<RunId>,
}

/// Who made a commit, as far as its author and the trailers of its message say.
///
/// A squashed commit keeps the trailers of those that it was made of in the middle of its message, so
/// co-authors are read wherever they stand. Of several runs the last named counts.
pub(super) fn makers(
    author: Signature<'_>,
    message: &str,
    agents: &[AgentIdentity],
    by_max: usize,
) -> Makers {
    let mut by: Vec<Name> = author.maker(agents).into_iter().collect();
    let mut run = None;
    for line in message.lines() {
        if let Some(co_author) = trailer(line, "co-authored-by") {
            if by.len() >= by_max {
                continue;
            }
            let name = Signature::read(co_author).maker(agents);
            by.extend(name.filter(|name| !by.contains(name)));
        } else if let Some(named) = trailer(line, "loom-run") {
            run = RunId::new(named).ok().or(run);
        }
    }
    let agents = by.iter().filter(|name| name.kind == Kind::Agent).count();
    let made_by = match (&run, agents) {
        (Some(_), _) => MadeBy::Loop,
        (None, 0) => MadeBy::Unknown,
        (None, agents) if agents == by.len() => MadeBy::Loop,
        (None, _) => MadeBy::Mixed,
    };
    Makers { made_by, by, run }
}

/// The commits, or beginnings of their names, that a message says it reverts, each once.
pub(super) fn reverts(message: &str, most: usize) -> Vec<ActorId> {
    const SAYS: &str = "this reverts commit";
    const NAME_DIGITS_MIN: usize = 7;
    let mut found = Vec::new();
    let lower = message.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let text = words.join(" ");
    for (place, says) in text.match_indices(SAYS) {
        if found.len() >= most {
            break;
        }
        let rest = text
            .get(place + says.len()..)
            .unwrap_or_default()
            .trim_start();
        let end = rest
            .find(|digit: char| !digit.is_ascii_hexdigit())
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        let id = (name.len() >= NAME_DIGITS_MIN).then(|| ActorId::new(name).ok());
        found.extend(id.flatten().filter(|id| !found.contains(id)));
    }
    found
}

fn trailer<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let (found, value) = line.split_once(':')?;
    let value = value.trim();
    (found.trim().eq_ignore_ascii_case(key) && !value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Signature<'static> = Signature {
        name: "Ada",
        email: "ada@example.org",
    };

    fn made(author: Signature<'_>, message: &str) -> (MadeBy, Vec<String>) {
        let makers = makers(author, message, &AgentIdentity::known(), 16);
        let by = makers.by.iter().map(Name::to_string).collect();
        (makers.made_by, by)
    }

    #[test]
    fn an_author_alone_is_nobody_known_and_never_guessed_human() {
        assert_eq!(
            made(ADA, "Fix\n"),
            (MadeBy::Unknown, vec!["author:Ada".into()])
        );
    }

    #[test]
    fn an_agent_beside_an_author_makes_a_change_mixed_whatever_its_trailer_looks_like() {
        for line in [
            "Co-authored-by: Claude Opus 4.5 <noreply@anthropic.com>",
            "Co-Authored-By: whoever <NoReply@Anthropic.com>",
            "co-authored-by: CLAUDE",
        ] {
            let message = format!("Fix\n\n* One\n\n{line}\n\n* Two\n\nSigned-off-by: x\n");
            let by = vec!["author:Ada".into(), "agent:claude".into()];
            assert_eq!(made(ADA, &message), (MadeBy::Mixed, by), "{line}");
        }
    }

    #[test]
    fn an_agent_alone_is_a_loop_and_a_person_beside_a_person_stays_unknown() {
        let devin = Signature {
            name: "devin-ai-integration[bot]",
            email: "1+devin@users.noreply.github.com",
        };
        assert_eq!(
            made(devin, "Fix"),
            (MadeBy::Loop, vec!["agent:devin".into()])
        );
        let both = made(
            ADA,
            "Fix\n\nCo-authored-by: Bob <b@x.org>\nCo-authored-by: Ada <a@x>",
        );
        let by = vec!["author:Ada".into(), "author:Bob".into()];
        assert_eq!(both, (MadeBy::Unknown, by));
    }

    #[test]
    fn a_run_in_the_trailers_is_the_maker_and_the_last_one_counts() {
        let agents = AgentIdentity::known();
        let message = "Fix\n\nLoom-Run: r1\nLoom-Run: r2\nLoom-Run: \n";
        let makers = makers(ADA, message, &agents, 16);
        assert_eq!(makers.run, Some(RunId::new("r2").unwrap()));
        assert_eq!(makers.made_by, MadeBy::Loop);
    }

    #[test]
    fn what_a_message_takes_back_is_found_over_the_end_of_a_line_and_by_a_beginning() {
        let sha = "56d30e189657cea3629b57477035508ae5100ca3";
        let message = format!(
            "Revert \"x\"\n\nThis reverts commit {sha}, reversing\nchanges. This reverts\ncommit 56D30E1.\n\
             This reverts commit {sha}. This reverts commit message and this reverts commit abc."
        );
        let found: Vec<String> = reverts(&message, 16)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, [sha, "56d30e1"]);
    }
}
