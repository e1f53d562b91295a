//! A document, an action and what is known, made from bytes: never a panic, never an answer where the
//! reference has none, and else its answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::policy::{Format, PolicySet};
use loom_tests::policy_cases::Case;
use loom_tests::reference::policy::judge;

fuzz_target!(|bytes: &[u8]| {
    let case = Case::of(bytes);
    let policy = PolicySet::load(&case.document.to_string(), Format::Json).expect("a document");
    let decided = policy.decide(&case.action, &case.facts(), case.now);
    let judged = judge(policy.document(), &case.action, &case.facts(), case.now);
    let (Ok(decision), Some(judged)) = (&decided, &judged) else {
        assert!(decided.is_err() && judged.is_none(), "{case:#?}");
        return;
    };
    assert_eq!((decision.verdict, decision.passes), (judged.verdict, judged.passes), "{case:#?}");
});
