//! The same rules in Rego, run by regorus on its virtual machine, which its own benches show as its
//! fastest: compiled once, inputs built before.
//!
//! Two ways to write them: a rule for each of ours, and, as OPA's guide to fast policies has it, all of
//! them as one object that is looked into by name, so that nothing is gone through but the folders
//! above a file.

use std::fmt::Write;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};
use serde_json::{Map, json};

use super::rules::{Request, Rule, loop_name};
use crate::Outcome;

/// A program with its data loaded.
pub(super) struct Peer {
    machine: RegoVM,
}

impl Peer {
    fn of(policy: String, data: Value) -> Outcome<Peer> {
        const ENTRY: &str = "data.loops.allow";
        let mut engine = Engine::new();
        engine.add_policy("loops.rego".to_owned(), policy)?;
        engine.add_data(data.clone())?;
        let compiled = engine.compile_with_entrypoint(&ENTRY.into())?;
        let program = Compiler::compile_from_policy(&compiled, &[ENTRY])?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_max_instructions(usize::MAX);
        machine.set_data(data)?;
        Ok(Peer { machine })
    }

    pub(super) fn answer(
        &mut self,
        input: &Value,
    ) -> Result<Value, impl std::error::Error + use<>> {
        self.machine.set_input(input.clone());
        self.machine.execute()
    }

    pub(super) fn allows(&mut self, input: &Value) -> Outcome<bool> {
        Ok(self.answer(input)? == Value::from(true))
    }
}

/// A rule in Rego for each of ours.
pub(super) fn by_rule(rules: impl Iterator<Item = Rule>) -> Outcome<Peer> {
    let mut policy = String::from(HEAD);
    for rule in rules {
        let name = if rule.allows { "permitted" } else { "denied" };
        let (of_loop, verb, folder) = (loop_name(rule.of_loop), rule.verb, rule.folder);
        writeln!(
            policy,
            "{name} if {{ input.of_loop == {of_loop:?}; input.verb == {verb:?}; \
             startswith(input.path, \"{folder}/\") }}"
        )?;
    }
    Peer::of(policy, Value::new_object())
}

/// All rules in one object, by effect, loop, verb and folder.
pub(super) fn by_name(rules: impl Iterator<Item = Rule>) -> Outcome<Peer> {
    let mut data = Map::new();
    for rule in rules {
        let effect = if rule.allows { "allows" } else { "denies" };
        let mut place = &mut data;
        for name in [effect, &loop_name(rule.of_loop), rule.verb] {
            let below = place.entry(name).or_insert_with(|| json!({}));
            place = below.as_object_mut().ok_or("an object")?;
        }
        place.insert(rule.folder, json!(true));
    }
    let policy = format!(
        "{HEAD}\
         permitted if {{ some folder in input.folders; data.allows[input.of_loop][input.verb][folder] }}\n\
         denied if {{ some folder in input.folders; data.denies[input.of_loop][input.verb][folder] }}\n"
    );
    Peer::of(policy, Value::from(serde_json::Value::Object(data)))
}

const HEAD: &str = "package loops
import rego.v1
default allow := false
default permitted := false
default denied := false
allow if { permitted; not denied }
";

/// An action with the folders that its file is in.
pub(super) fn input(request: &Request) -> Value {
    let slashes = request.path.match_indices('/');
    let folders: Vec<&str> = slashes.map(|(at, _)| &request.path[..at]).collect();
    Value::from(json!({
        "of_loop": loop_name(request.of_loop),
        "verb": request.verb,
        "path": request.path,
        "folders": folders,
    }))
}
