//! What PROV-CONSTRAINTS forbids is found, and named; what it allows passes.

use loom_core::error::Code;
use loom_core::provenance::{ProvConstraint, VIOLATIONS_MAX, check_prov_constraints};
use serde_json::{Value, json};

/// `src/pay.rs` goes from blob `a` to `b` and back to `a`, in three changes of three runs.
fn there_and_back() -> Value {
    json!({
        "prefix": {"l": "https://example.org/"},
        "entity": {
            "l:pay": {},
            "l:pay@1": {"l:blob": "a"}, "l:pay@2": {"l:blob": "b"}, "l:pay@3": {"l:blob": "a"},
        },
        "activity": {
            "l:r1": {"prov:startTime": "2026-11-22T08:00:00Z", "prov:endTime": "2026-11-22T08:30:00Z"},
            "l:r2": {"prov:startTime": "2026-11-22T09:00:00Z"},
            "l:r3": {},
        },
        "wasGeneratedBy": {
            "_:g1": {"prov:entity": "l:pay@1", "prov:activity": "l:r1", "prov:time": "2026-11-22T08:10:00Z"},
            "_:g2": {"prov:entity": "l:pay@2", "prov:activity": "l:r2", "prov:time": "2026-11-22T09:10:00Z"},
            "_:g3": {"prov:entity": "l:pay@3", "prov:activity": "l:r3", "prov:time": "2026-11-22T10:10:00Z"},
        },
        "used": {
            "_:u2": {"prov:activity": "l:r2", "prov:entity": "l:pay@1", "prov:time": "2026-11-22T09:05:00Z"},
            "_:u3": {"prov:activity": "l:r3", "prov:entity": "l:pay@2"},
        },
        "wasInformedBy": {"_:i": {"prov:informed": "l:r2", "prov:informant": "l:r1"}},
        "wasDerivedFrom": {
            "_:d2": {"prov:generatedEntity": "l:pay@2", "prov:usedEntity": "l:pay@1"},
            "_:d3": {"prov:generatedEntity": "l:pay@3", "prov:usedEntity": "l:pay@2"},
        },
        "specializationOf": {
            "_:s1": {"prov:specificEntity": "l:pay@1", "prov:generalEntity": "l:pay"},
            "_:s2": {"prov:specificEntity": "l:pay@2", "prov:generalEntity": "l:pay"},
            "_:s3": {"prov:specificEntity": "l:pay@3", "prov:generalEntity": "l:pay"},
        },
    })
}

/// What is found once `extra` is said of `relation` too.
fn found(relation: &str, extra: Value) -> Vec<(ProvConstraint, String, Option<String>)> {
    let mut document = there_and_back();
    document[relation]["_:extra"] = extra;
    let findings = check_prov_constraints(&document.to_string()).unwrap();
    let rows = findings.violations.into_iter();
    rows.map(|row| (row.constraint, row.subject, row.other))
        .collect()
}

fn row(
    constraint: ProvConstraint,
    subject: &str,
    other: &str,
) -> (ProvConstraint, String, Option<String>) {
    (constraint, subject.to_owned(), Some(other.to_owned()))
}

#[test]
fn a_blob_that_comes_back_is_valid_since_a_version_is_no_blob() {
    let findings = check_prov_constraints(&there_and_back().to_string()).unwrap();
    assert!(findings.is_valid(), "{findings:?}");
}

#[test]
fn an_entity_is_generated_once() {
    let other = json!({"prov:entity": "l:pay@1", "prov:activity": "l:r3"});
    let rows = found("wasGeneratedBy", other);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].0, ProvConstraint::UniqueGeneration);
    assert_eq!(rows[0].1, "l:pay@1");

    let later = json!({"prov:entity": "l:pay@3", "prov:activity": "l:r3", "prov:time": "2026-11-22T11:00:00Z"});
    let rows = found("wasGeneratedBy", later);
    let expected = row(ProvConstraint::UniqueGeneration, "l:pay@3", "l:r3");
    assert_eq!(rows, [expected]);

    let same = json!({"prov:entity": "l:pay@3", "prov:activity": "l:r3", "prov:time": "2026-11-22T10:10:00Z"});
    assert_eq!(found("wasGeneratedBy", same), []);
}

#[test]
fn nothing_specializes_itself_alone_or_in_a_round() {
    let link = |specific: &str, general: &str| json!({"prov:specificEntity": specific, "prov:generalEntity": general});
    let itself = found("specializationOf", link("l:pay", "l:pay"));
    let expected = row(ProvConstraint::Specialization, "l:pay", "l:pay");
    assert_eq!(itself, [expected]);

    let rows = found("specializationOf", link("l:pay", "l:pay@1"));
    assert!(rows.contains(&row(ProvConstraint::Specialization, "l:pay", "l:pay@1")));
    assert!(rows.contains(&row(ProvConstraint::Specialization, "l:pay@1", "l:pay")));
    assert!(!rows.contains(&row(ProvConstraint::Specialization, "l:pay", "l:pay@2")));
}

#[test]
fn nothing_is_derived_from_itself_alone_or_in_a_round() {
    let link = |generated: &str, used: &str| json!({"prov:generatedEntity": generated, "prov:usedEntity": used});
    let itself = found("wasDerivedFrom", link("l:pay", "l:pay"));
    assert_eq!(itself, [row(ProvConstraint::Derivation, "l:pay", "l:pay")]);

    let rows = found("wasDerivedFrom", link("l:pay@1", "l:pay@3"));
    for (used, generated) in [("1", "2"), ("2", "3"), ("3", "1")] {
        let (used, generated) = (format!("l:pay@{used}"), format!("l:pay@{generated}"));
        let expected = row(ProvConstraint::Derivation, &used, &generated);
        assert!(rows.contains(&expected), "{rows:?}");
    }
}

#[test]
fn what_is_derived_comes_after_its_source() {
    // The path came before its first version, and is said to be derived from it.
    let link = json!({"prov:generatedEntity": "l:pay", "prov:usedEntity": "l:pay@1"});
    let rows = found("wasDerivedFrom", link);
    assert_eq!(rows, [row(ProvConstraint::Ordering, "l:pay@1", "l:pay")]);
}

#[test]
fn what_must_come_first_is_not_dated_later() {
    let early = json!({"prov:activity": "l:r3", "prov:entity": "l:pay@2", "prov:time": "2026-11-22T07:00:00Z"});
    let rows = found("used", early);
    assert_eq!(rows, [row(ProvConstraint::Dates, "l:pay@2", "l:r3")]);

    let late = json!({"prov:activity": "l:r1", "prov:entity": "l:pay@1", "prov:time": "2026-11-22T08:40:00Z"});
    let rows = found("used", late);
    assert_eq!(rows, [row(ProvConstraint::Dates, "l:r1", "l:r1")]);

    let gone = json!({"prov:entity": "l:pay@2", "prov:time": "2026-11-22T09:20:00Z"});
    assert_eq!(found("wasInvalidatedBy", gone), []);
    let gone = json!({"prov:entity": "l:pay@2", "prov:time": "2026-11-22T09:00:00Z"});
    let rows = found("wasInvalidatedBy", gone);
    assert_eq!(rows, [row(ProvConstraint::Dates, "l:pay@2", "l:pay@2")]);
}

#[test]
fn nothing_is_an_entity_and_an_activity() {
    let mut document = there_and_back();
    document["activity"]["l:pay"] = json!({});
    let findings = check_prov_constraints(&document.to_string()).unwrap();
    assert_eq!(findings.violations.len(), 1);
    assert_eq!(findings.violations[0].constraint, ProvConstraint::Disjoint);
}

#[test]
fn records_in_a_list_are_read_too() {
    let mut document = there_and_back();
    document["wasDerivedFrom"]["_:d2"] = json!([
        {"prov:generatedEntity": "l:pay@2", "prov:usedEntity": "l:pay@1"},
        {"prov:generatedEntity": "l:pay@2", "prov:usedEntity": "l:pay@2"},
    ]);
    let findings = check_prov_constraints(&document.to_string()).unwrap();
    let constraints: Vec<_> = findings
        .violations
        .iter()
        .map(|row| row.constraint)
        .collect();
    assert_eq!(constraints, [ProvConstraint::Derivation]);
}

#[test]
fn violations_past_the_limit_are_counted() {
    let ids = 0..VIOLATIONS_MAX + 3;
    let entities: serde_json::Map<String, Value> =
        ids.map(|nth| (format!("l:e{nth}"), json!({}))).collect();
    let document = json!({"entity": entities, "activity": entities});
    let findings = check_prov_constraints(&document.to_string()).unwrap();
    assert_eq!(
        (findings.violations.len(), findings.more),
        (VIOLATIONS_MAX, 3)
    );
}

#[test]
fn what_is_no_document_is_refused() {
    for text in ["", "[", "{\"used\": {\"_:u\": 7}}", "{\"entity\": []}"] {
        let error = check_prov_constraints(text).unwrap_err();
        assert_eq!(
            (error.code(), error.field()),
            (Code::InvalidJson, Some("prov_json"))
        );
    }
    let deep = "[".repeat(100_000);
    assert_eq!(
        check_prov_constraints(&deep).unwrap_err().code(),
        Code::InvalidJson
    );
    let error = check_prov_constraints(r#"{"bundle": {"l:b": {}}}"#).unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::InvalidField, Some("prov_json.bundle"))
    );
}
