//! A command from outside, read, decided over a small journal, written and read again: never a panic,
//! and what was read is what is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::coordinator::{Answer, Command, Coordinator};
use loom_tests::fuzzing::{journal, now};

fuzz_target!(|json: &str| {
    let Ok(command) = Command::from_json(json) else { return };
    let written = serde_json::to_string(&command).expect("a command can be written");
    assert_eq!(Command::from_json(&written).expect("and read again"), command);

    for later_ms in [0, 59_999, 3_600_000] {
        let mut coordinator = journal().clone();
        let Ok(proposal) = coordinator.propose(&command, now().plus_ms(later_ms)) else { continue };
        let Some(record) = proposal.record else { continue };
        assert_eq!(Answer::landed(&record).expect("an answer"), proposal.reply);
        coordinator.apply(&[record]).expect("what was proposed can be applied");
        coordinator.state_hash().expect("a healthy state");
        let bytes = coordinator.snapshot().expect("a healthy state");
        let thawed = Coordinator::restore(bytes.into()).expect("its own snapshot");
        assert_eq!(thawed.state_hash().unwrap(), coordinator.state_hash().unwrap());
    }
});
