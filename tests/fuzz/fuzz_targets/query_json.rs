//! A question from outside, read, asked of a small journal and answered as JSON: never a panic, what was
//! read is what is written, and nobody is changed by being asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::wire::{self, Query};
use loom_tests::fuzzing::{journal, now};

fuzz_target!(|json: &str| {
    let query = match Query::from_json(json) {
        Ok(query) => query,
        Err(error) => {
            assert!(wire::error_json(&error).contains(error.code().as_str()));
            return;
        }
    };
    let written = serde_json::to_string(&query).expect("a query can be written");
    assert_eq!(Query::from_json(&written).expect("and read again"), query);
    for later_ms in [0, 59_999, 3_600_000] {
        let answer = match query.ask(journal(), now().plus_ms(later_ms)) {
            Ok(mut answer) => {
                let as_it_was = wire::to_json(&answer).expect("an answer is JSON");
                query.render(&mut answer);
                assert_eq!(wire::to_json(&answer).expect("an answer is JSON"), as_it_was);
                as_it_was
            }
            Err(error) => wire::error_json(&error),
        };
        serde_json::from_str::<serde_json::Value>(&answer).expect("it is JSON");
    }
});
