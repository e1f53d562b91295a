//! Ours and Cedar decide the same, over random rules of what both can say.
//!
//! Cedar's words are `permit`, `forbid`, `==` and `in`, with `unless`: it denies where no policy
//! applies, and a `forbid` beats every `permit`. Ours say the same with `default: deny`.

use cedar_policy::{Authorizer, Decision};
use loom_core::policy::{Effect, Format, PolicySet};
use serde_json::{Value, json};

use super::rules::{Request, VERBS, loop_name};
use super::{cedar, decide_one};
use crate::population::mix;

const DOCUMENTS: u64 = 1_000;
const ACTIONS: u64 = 20;
const NAMES: [&str; 3] = ["a", "b", "c"];

#[test]
fn ours_and_cedar_decide_the_same() {
    let (mut allowed, mut denied, mut excepted) = (0, 0, 0);
    for document in 0..DOCUMENTS {
        let mut dice = Dice(mix(document));
        let rules: Vec<Rule> = (0..dice.of(12) + 1)
            .map(|_| Rule::random(&mut dice))
            .collect();
        let asked: Vec<Request> = (0..ACTIONS).map(|_| request(&mut dice)).collect();
        let ours = PolicySet::load(&ours(&rules).to_string(), Format::Json).unwrap();
        let theirs: cedar_policy::PolicySet = cedar(&rules).parse().unwrap();
        let entities = cedar::entities(asked.iter().map(|asked| asked.path.as_str())).unwrap();
        for asked in &asked {
            let verdict = decide_one(&ours, asked).unwrap().verdict;
            let request = cedar::request(asked).unwrap();
            let answer = Authorizer::new().is_authorized(&request, &theirs, &entities);
            assert_eq!(answer.diagnostics().errors().count(), 0);
            let said = match answer.decision() {
                Decision::Allow => Effect::Allow,
                Decision::Deny => Effect::Deny,
            };
            assert_eq!(
                verdict,
                said,
                "loop {} wants to {} {} under\n{}",
                asked.of_loop,
                asked.verb,
                asked.path,
                cedar(&rules),
            );
            match verdict {
                Effect::Allow => allowed += 1,
                _ => denied += 1,
            }
            excepted += u64::from(rules.iter().any(|rule| rule.excepts(asked)));
        }
    }
    let all = DOCUMENTS * ACTIONS;
    assert!(all >= 10_000);
    let shown =
        format!("{allowed} allowed, {denied} denied, {excepted} met an exception, of {all}");
    println!("{shown}");
    assert!(allowed * 5 >= all && denied * 5 >= all, "{shown}");
    assert!(excepted * 20 >= all, "{shown}");
}

/// A rule of what both languages can say. What is `None` is not asked for.
struct Rule {
    allows: bool,
    of_loop: Option<u64>,
    verb: Option<&'static str>,
    folder: Option<String>,
    /// Not under this folder, or not for this loop.
    unless: Option<Result<String, u64>>,
}

impl Rule {
    fn random(dice: &mut Dice) -> Rule {
        Rule {
            allows: dice.of(4) > 0,
            of_loop: (dice.of(2) > 0).then(|| dice.of(3)),
            verb: (dice.of(2) > 0).then(|| VERBS[dice.of(4) as usize]),
            folder: (dice.of(4) > 0).then(|| folder(dice)),
            unless: match dice.of(4) {
                0 => Some(Ok(folder(dice))),
                1 => Some(Err(dice.of(3))),
                _ => None,
            },
        }
    }

    /// Would the rule apply, were it not for its exception?
    fn excepts(&self, asked: &Request) -> bool {
        let under = |folder: &String| asked.path.starts_with(&format!("{folder}/"));
        let excepted = match &self.unless {
            Some(Ok(folder)) => under(folder),
            Some(Err(of_loop)) => asked.of_loop == *of_loop,
            None => false,
        };
        excepted
            && self.of_loop.is_none_or(|of_loop| of_loop == asked.of_loop)
            && self.verb.is_none_or(|verb| verb == asked.verb)
            && self.folder.as_ref().is_none_or(under)
    }
}

fn ours(rules: &[Rule]) -> Value {
    let rules = rules.iter().enumerate().map(|(nth, rule)| {
        let mut when = json!({});
        if let Some(of_loop) = rule.of_loop {
            when["loop"] = json!(loop_name(of_loop));
        }
        if let Some(verb) = rule.verb {
            when["verb"] = json!(verb);
        }
        if let Some(folder) = &rule.folder {
            when["paths"] = json!(format!("{folder}/**"));
        }
        let effect = if rule.allows { "allow" } else { "deny" };
        let mut ours = json!({ "id": format!("rule-{nth}"), "effect": effect, "when": when });
        match &rule.unless {
            Some(Ok(folder)) => ours["unless"] = json!({ "paths": format!("{folder}/**") }),
            Some(Err(of_loop)) => ours["unless"] = json!({ "loop": loop_name(*of_loop) }),
            None => {}
        }
        ours
    });
    let rules: Vec<Value> = rules.collect();
    json!({ "version": 1, "default": "deny", "rules": rules })
}

fn cedar(rules: &[Rule]) -> String {
    let mut text = String::new();
    for rule in rules {
        let effect = if rule.allows { "permit" } else { "forbid" };
        let of_loop = rule
            .of_loop
            .map(|name| format!(" == Loop::{:?}", loop_name(name)));
        let verb = rule.verb.map(|verb| format!(" == Action::{verb:?}"));
        let folder = rule
            .folder
            .as_ref()
            .map(|name| format!(" in Folder::{name:?}"));
        let [of_loop, verb, folder] = [of_loop, verb, folder].map(Option::unwrap_or_default);
        let unless = match &rule.unless {
            Some(Ok(folder)) => format!(" unless {{ resource in Folder::{folder:?} }}"),
            Some(Err(of_loop)) => {
                let of_loop = loop_name(*of_loop);
                format!(" unless {{ principal == Loop::{of_loop:?} }}")
            }
            None => String::new(),
        };
        text.push_str(&format!(
            "{effect}(principal{of_loop}, action{verb}, resource{folder}){unless};\n"
        ));
    }
    text
}

fn request(dice: &mut Dice) -> Request {
    Request {
        of_loop: dice.of(3),
        verb: VERBS[dice.of(4) as usize],
        path: format!("{}/{}.rs", folder(dice), dice.name()),
    }
}

/// A folder, one to three names deep.
fn folder(dice: &mut Dice) -> String {
    let mut folder = dice.name().to_owned();
    for _ in 0..dice.of(3) {
        folder = format!("{folder}/{}", dice.name());
    }
    folder
}

/// Random numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn of(&mut self, sides: u64) -> u64 {
        self.0 = mix(self.0);
        (self.0 >> 32) % sides
    }

    fn name(&mut self) -> &'static str {
        NAMES[self.of(3) as usize]
    }
}
