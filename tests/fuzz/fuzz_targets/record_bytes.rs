//! A record with any body that chains: applying it never panics, and leaves a coordinator that either
//! goes on or answers the one error that broke it.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use loom_core::coordinator::{Command, Coordinator};
use loom_core::error::Code;
use loom_core::model::{Record, Timestamp};

fn journal() -> &'static Coordinator {
    static JOURNAL: OnceLock<Coordinator> = OnceLock::new();
    JOURNAL.get_or_init(|| {
        let mut coordinator = Coordinator::default();
        for command in commands() {
            let proposal = coordinator.propose(command, now()).expect("it is legal");
            coordinator.apply(&[proposal.record.expect("it changes something")]).expect("it chains");
        }
        coordinator
    })
}

fn commands() -> &'static [Command] {
    static COMMANDS: OnceLock<Vec<Command>> = OnceLock::new();
    COMMANDS.get_or_init(|| {
        let lines = include_str!("../journal.jsonl").lines();
        lines.map(|line| Command::from_json(line).expect("a command of the journal")).collect()
    })
}

fn now() -> Timestamp {
    "2026-11-22T07:30:00Z".parse().expect("a time")
}

fuzz_target!(|body: &[u8]| {
    let mut coordinator = journal().clone();
    let before = coordinator.state_hash().expect("a healthy state");
    let record = Record::chained(&coordinator.head(), body.into());
    let command = {
        let mut command = commands().last().expect("some").clone();
        command.id = "00000000-0000-4000-8000-00000000ffff".parse().expect("an id");
        command
    };
    match coordinator.apply(std::slice::from_ref(&record)) {
        Ok(()) => {
            assert_eq!(coordinator.version(), record.ver);
            let hash = coordinator.state_hash().expect("a healthy state");
            assert_ne!(hash, before);
            coordinator.apply(&[record]).expect("it is skipped the second time");
            assert_eq!(coordinator.state_hash().unwrap(), hash);
            // Whatever it said, deciding goes on.
            let _ = coordinator.propose(&command, now());
            let bytes = coordinator.snapshot().expect("a healthy state");
            let thawed = Coordinator::restore(bytes.into()).expect("its own snapshot");
            assert_eq!(thawed.state_hash().unwrap(), hash);
        }
        Err(error) => {
            assert!(matches!(error.code(), Code::Corrupt | Code::NewerJournal), "{error:?}");
            assert_eq!(coordinator.propose(&command, now()).unwrap_err(), error);
            assert_eq!(coordinator.state_hash().unwrap_err(), error);
        }
    }
});
