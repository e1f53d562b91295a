//! Hooks of every harness: never a panic, no answer outside a harness's words, and over a small journal no
//! step that a state can be in the way of.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::harness::hook::{
    Exchange, Harness, Moment, Place, Say, Settings, Step, Surroundings, Told, written_failure,
};
use loom_core::model::{Actor, ActorKind, RepoId};
use loom_tests::fuzzing::{journal, now};

fuzz_target!(|bytes: &[u8]| {
    let shop = RepoId::new("shop").expect("a name");
    for harness in [Harness::ClaudeCode, Harness::Codex, Harness::Generic] {
        let told = match Told::read(harness, bytes) {
            Ok(told) => told,
            Err(why) => {
                assert_eq!(written_failure(None, &why).exit, 2);
                continue;
            }
        };
        let places = told.paths().into_iter().map(|path| {
            let place = Place {
                repo: Some(shop.clone()),
                path: path.trim_start_matches('/').to_owned(),
                real: path.to_owned(),
                ..Place::default()
            };
            (path.to_owned(), place)
        });
        let around = Surroundings {
            actor: Actor::new(ActorKind::Loop, "fuzz").expect("a name"),
            run: None,
            places: places.collect(),
            repo: Some(shop.clone()),
            settings: Settings::default(),
        };
        let mut exchange = Exchange::new(&told, &around);
        let say = match exchange.step(journal(), now()) {
            Ok(Step::Send { actor, body }) => {
                assert_ne!(actor.kind, ActorKind::Human);
                drop(body);
                Say::Nothing
            }
            Ok(Step::Ask(_)) => Say::Nothing,
            Ok(Step::Say(say)) => say,
            Err(why) => Say::Deny(why.to_string()),
        };
        for say in [say, Say::Deny(String::new()), Say::Ask("x".to_owned()), Say::Facts("x".to_owned())] {
            let written = told.write(&say);
            assert!(written.exit == 0 || written.stdout.is_empty());
            if let (Moment::ToolAsked(_), Say::Deny(_)) = (&told.moment, &say) {
                assert!(written.stdout.contains("\"deny\"") || written.exit == 2);
            }
        }
    }
});
