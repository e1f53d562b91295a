//! The policy against an evaluator that is obviously right, and the laws that every decision keeps.
//!
//! `LOOM_CASES` asks for more cases than an ordinary run takes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use loom_core::policy::{Decision, Format, PolicySet};
use loom_tests::policy_cases::{Case, named_paths};
use loom_tests::reference::policy::judge;
use proptest::prelude::*;

fn config(ordinary: u32) -> ProptestConfig {
    let asked = std::env::var("LOOM_CASES").ok();
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::with_cases(asked.and_then(|n| n.parse().ok()).unwrap_or(ordinary))
    }
}

fn cases() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..260)
}

fn policy(case: &Case) -> PolicySet {
    let text = case.document.to_string();
    PolicySet::load(&text, Format::Json).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

fn rules(decision: &Decision) -> Vec<String> {
    let reasons = decision.reasons.iter();
    let mut rules: Vec<String> = reasons.map(|reason| reason.rule.id.to_string()).collect();
    rules.sort();
    rules.dedup();
    rules
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn a_decision_is_that_of_the_reference(bytes in cases()) {
        let case = Case::of(&bytes);
        let policy = policy(&case);
        let decided = policy.decide(&case.action, &case.facts(), case.now);
        let judged = judge(policy.document(), &case.action, &case.facts(), case.now);
        let Some(judged) = judged else {
            prop_assert!(decided.is_err(), "{case:#?}");
            return Ok(());
        };
        let decision = decided.unwrap();
        prop_assert_eq!(decision.verdict, judged.verdict, "{:#?} {:#?}", case, decision);
        let of_all = decision.advised.unwrap_or(decision.verdict);
        prop_assert_eq!(of_all, judged.of_all.max(judged.verdict), "{:#?} {:#?}", case, decision);
        let expected: Vec<String> = judged.rules.into_iter().collect();
        prop_assert_eq!(rules(&decision), expected, "{:#?} {:#?}", case, decision);
        prop_assert_eq!(decision.passes, judged.passes, "{:#?} {:#?}", case, decision);
        let spans = case.document.to_string().contains("spans");
        for (path, verdict) in named_paths(&case.action).iter().zip(judged.targets) {
            let mut alone = case.action.clone().on_paths([path]);
            alone.blobs.clear();
            if !spans {
                let alone = policy.decide(&alone, &case.facts(), case.now).unwrap();
                prop_assert_eq!(alone.verdict, verdict, "{} {:#?}", path, case);
            }
        }
    }
}
