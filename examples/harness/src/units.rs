//! Values as they are written on a command line.

use loom_core::error::{Code, Error};
use loom_core::model::{Actor, ActorKind};

/// Reads a length of time as milliseconds: `500ms`, `90s`, `30m`, `2h`, `1d`.
pub(crate) fn duration_ms(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no length of time; write 90s, 30m, 2h or 1d");
    let split = text.find(|it: char| !it.is_ascii_digit());
    let (number, unit) = text.split_at(split.ok_or_else(wrong)?);
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit_ms).ok_or_else(wrong)
}

/// Reads an actor: `human:ada`, `loop:nightly`, `service:ci`, or the actor as JSON.
pub(crate) fn actor(text: &str) -> Result<Actor, Error> {
    let wrong = |why: &str| Error::at(Code::InvalidField, "--as", why);
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|why| wrong(&why.to_string()));
    }
    let (kind, name) = text
        .split_once(':')
        .ok_or_else(|| wrong("write KIND:NAME, as in human:ada or loop:nightly"))?;
    let kind = match kind {
        "human" => ActorKind::Human,
        "loop" => ActorKind::Loop,
        "service" => ActorKind::Service,
        _ => return Err(wrong("an actor is a human, a loop or a service")),
    };
    Actor::new(kind, name)
}

/// Turns any text into something that can be the name of a folder, loop, run or workspace.
pub(crate) fn name_from(text: &str) -> String {
    let usual = |it: char| it.is_alphanumeric() || "-_.".contains(it);
    let name: String = text
        .chars()
        .map(|it| if usual(it) { it } else { '-' })
        .take(60)
        .collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "work" } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_in_every_unit() {
        for (text, ms) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("30m", 1_800_000),
            ("30min", 1_800_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(duration_ms(text), Ok(ms), "{text}");
        }
        for text in [
            "",
            "30",
            "m",
            "-5s",
            "1.5h",
            "5 s",
            "99999999999999999999s",
            "9999999999999999d",
        ] {
            assert!(duration_ms(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_actor_is_a_kind_and_a_name() {
        assert_eq!(actor("loop:nightly").unwrap().to_string(), "loop:nightly");
        assert_eq!(actor("human:a:b").unwrap().id.as_str(), "a:b");
        let team = actor(r#"{"kind":"loop","id":"nightly","team":"shop"}"#).unwrap();
        assert_eq!(team.team.unwrap().as_str(), "shop");
        for text in ["ada", "robot:x", "human:", "{}"] {
            assert!(actor(text).is_err(), "{text}");
        }
    }
}
