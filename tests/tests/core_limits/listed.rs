//! Where each named limit is tested.

/// Limits tested in `limits.rs`, by the name of the test.
pub(crate) const HERE: &[(&str, &str)] = &[
    ("ALIASES_MAX", "origins_of_a_repository"),
    ("CHANGED_FILES_MAX", "files_of_a_change"),
    ("CLAIMS_OF_RUN_MAX", "claims_of_a_run"),
    ("CLOCK_AHEAD_MS_MAX", "how_far_a_clock_is_ahead"),
    ("COMMAND_BYTES_MAX", "bytes_and_depth_of_a_command"),
    ("COMMAND_DEPTH_MAX", "bytes_and_depth_of_a_command"),
    ("ENDED_MAX", "ended_claims_that_are_remembered"),
    ("ERASED_MAX", "texts_erased_at_once"),
    ("ID_BYTES_MAX", "bytes_of_an_id"),
    ("LANDED_MAX", "commands_that_are_remembered"),
    ("LIVE_RUNS_MAX", "live_runs"),
    ("LOOPS_MAX", "loops"),
    ("MEETINGS_MAX", "meetings_listed_in_a_reply"),
    ("NOTICES_MAX", "notices_in_a_box"),
    ("ORIGIN_BYTES_MAX", "bytes_of_an_origin"),
    ("PRIORITY_MAX", "the_terms_of_a_claim"),
    ("RECENT_CHANGES_MAX", "recent_changes_in_an_answer"),
    ("RECORD_BYTES_MAX", "bytes_of_a_record"),
    ("REPOS_MAX", "repositories"),
    ("RESOURCES_MAX", "resources_of_a_spec"),
    ("RUN_DEPTH_MAX", "depth_of_runs"),
    ("RUN_TTL_MS_MAX", "the_lease_of_a_run"),
    ("RUN_TTL_MS_MIN", "the_lease_of_a_run"),
    ("SPECS_MAX", "specs_of_a_claim"),
    ("TEXT_BYTES_MAX", "bytes_of_a_text"),
    ("TIMESTAMP_MS_MAX", "the_last_time"),
    ("TTL_MS_MAX", "the_terms_of_a_claim"),
    ("TTL_MS_MIN", "the_terms_of_a_claim"),
    ("VERIFIED_CHANGES_MAX", "changes_of_a_verification"),
    ("VERSIONS_MAX", "versions_of_a_path"),
    ("WAITS_MAX", "pending_waits"),
    ("ZONE_BYTES_MAX", "bytes_of_a_zone"),
];

/// Limits that no caller runs into with one value, each with the test or the reason.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    ("AMOUNT_MAX", "ledger/limits.rs"),
    (
        "FREEZES_MAX",
        "policy/window.rs: one_freeze_more_than_the_limit_names_it",
    ),
    (
        "POLICY_TEXT_BYTES_MAX",
        "policy_limits: bytes_of_a_policy_in_a_journal_and_of_a_signature",
    ),
    (
        "SIGNATURE_BYTES_MAX",
        "policy_limits: bytes_of_a_policy_in_a_journal_and_of_a_signature",
    ),
    (
        "AGENT_TEXT_CHARACTERS_MAX",
        "what does not fit is counted: loom-core/tests/policy/explanations.rs",
    ),
    (
        "LINT_PAIRS_MAX",
        "a finding says so: loom-core/tests/policy/findings.rs",
    ),
    (
        "REPLAY_LISTED_MAX",
        "what is not listed is counted: loom-core/tests/policy/replays.rs",
    ),
    (
        "BLOCKERS_MAX",
        "what is recorded of a wait; beyond it is looked up: pending_waits holds more",
    ),
    (
        "CHANGED_MAX",
        "a memory that says `partial` when it is full",
    ),
    (
        "CLAIMED_MAX",
        "a memory that says `partial` when it is full",
    ),
    (
        "DRIVE_TRIES_MAX",
        "needs a store that a thousand others are faster with",
    ),
    (
        "HOLDERS_TOLD_MAX",
        "one_record: every_holder_is_told_as_far_as_one_record_goes…",
    ),
    (
        "HOLD_MS_MAX",
        "coordinator_properties: a_holder_cannot_renew_past_the_cap…",
    ),
    (
        "LISTED_MAX",
        "wire: a_list_is_as_long_as_its_limit_and_counts_the_rest",
    ),
    ("TOLD_MAX", "a memory: beyond it somebody is told twice"),
    (
        "WAKES_MAX",
        "coordinator_properties: more_due_wakes_than_one_record_takes…",
    ),
];
