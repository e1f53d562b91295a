//! A document in each language: never a panic, an error says where, and what was read, written as JSON,
//! reads back as the same document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::error::Code;
use loom_core::policy::{Format, PolicySet};

fuzz_target!(|text: &str| {
    for format in [Format::Yaml, Format::Toml, Format::Json] {
        let policy = match PolicySet::load(text, format) {
            Ok(policy) => policy,
            Err(error) => {
                assert!(matches!(error.code(), Code::InvalidPolicy | Code::LimitExceeded), "{error:?}");
                continue;
            }
        };
        let written = serde_json::to_string(policy.document()).expect("a document can be written");
        for again in [Format::Json, Format::Yaml] {
            let again = PolicySet::load(&written, again).expect("and read again");
            assert_eq!(again.document(), policy.document());
            assert_eq!(again.digest(), policy.digest());
        }
    }
});
