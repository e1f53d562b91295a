//! Rules and actions that ours, Cedar and Rego can all speak of, each a function of its number.

use loom_core::model::{Actor, ActorKind};
use loom_core::policy::{Action, Verb};
use serde_json::json;

use crate::Outcome;
use crate::population::mix;

/// Loops that rules are about.
const LOOPS: u64 = 20;
pub(super) const VERBS: [&str; 4] = ["edit", "create", "delete", "merge"];

/// So many rules, ten to each folder.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) n: u64,
}

/// A loop may do something under a folder, or may not.
pub(crate) struct Rule {
    pub(crate) allows: bool,
    pub(crate) of_loop: u64,
    pub(crate) verb: &'static str,
    pub(crate) folder: String,
}

/// A loop wants to do something with a file.
pub(crate) struct Request {
    pub(crate) of_loop: u64,
    pub(crate) verb: &'static str,
    pub(crate) path: String,
}

impl Rules {
    pub(crate) fn all(self) -> impl Iterator<Item = Rule> {
        (0..self.n).map(move |nth| self.rule(nth))
    }

    /// Of ten rules, eight allow something in a folder, and two deny it in its upper folder.
    fn rule(self, nth: u64) -> Rule {
        let random = mix(nth);
        let allows = nth % 10 < 8;
        let (service, module) = self.places(nth);
        Rule {
            allows,
            of_loop: random % LOOPS,
            verb: VERBS[(random >> 32) as usize % VERBS.len()],
            folder: match allows {
                true => format!("services/{service}/{module}"),
                false => format!("services/{service}"),
            },
        }
    }

    /// Three of four want what a rule is about; whatever they want, some rule may keep them from it.
    pub(crate) fn request(self, nth: u64) -> Request {
        let random = mix(nth ^ 0x2545_f491_4f6c_dd1d);
        let number = random % self.n;
        let rule = self.rule(number);
        let about = !nth.is_multiple_of(4);
        Request {
            of_loop: if about {
                rule.of_loop
            } else {
                (random >> 20) % LOOPS
            },
            verb: rule.verb,
            path: self.path_in(number, random >> 40),
        }
    }

    /// A file in the folder of a rule.
    pub(crate) fn path_in(self, nth: u64, file: u64) -> String {
        let (service, module) = self.places(nth);
        format!("services/{service}/{module}/src/file_{}.rs", file % 1_000)
    }

    /// Ten modules to a service.
    fn places(self, nth: u64) -> (String, String) {
        let folder = nth / 10;
        (
            format!("service_{}", folder / 10),
            format!("module_{}", folder % 10),
        )
    }

    /// The rules in our language.
    pub(crate) fn document(self) -> String {
        let rules = self.all().enumerate().map(|(nth, rule)| {
            json!({
                "id": format!("rule-{nth}"),
                "effect": if rule.allows { "allow" } else { "deny" },
                "when": {
                    "loop": loop_name(rule.of_loop),
                    "verb": rule.verb,
                    "paths": format!("{}/**", rule.folder),
                },
            })
        });
        let rules: Vec<_> = rules.collect();
        json!({ "version": 1, "default": "deny", "rules": rules }).to_string()
    }
}

impl Request {
    pub(crate) fn action(&self) -> Outcome<Action> {
        let actor = Actor::new(ActorKind::Loop, &loop_name(self.of_loop))?;
        let action = Action::new(Verb::new(self.verb)?).by(actor);
        Ok(action.on_paths([self.path.as_str()]))
    }
}

/// A rule without paths for each of so many loops.
pub(crate) fn by_loop(n: u64) -> String {
    let rules = (0..n).map(|nth| {
        json!({
            "id": format!("rule-{nth}"),
            "effect": "allow",
            "when": { "loop": loop_name(nth), "verb": "edit" },
        })
    });
    let rules: Vec<_> = rules.collect();
    json!({ "version": 1, "default": "deny", "rules": rules }).to_string()
}

pub(crate) fn loop_name(number: u64) -> String {
    format!("loop-{number}")
}
