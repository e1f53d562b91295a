//! Small consistent histories, made from a few numbers each, so that a test can shrink them.

use loom_core::model::Timestamp;
use loom_core::provenance::Entry;
use serde_json::{Value, json};

/// What one entry is made from: which fact, and four choices within it.
pub type Seed = (u8, [u8; 4]);

const PATHS: &[&str] = &[
    "src/a.rs",
    "src/b.rs",
    "src/pay/x.rs",
    "src/pay/y.rs",
    "Cargo.lock",
];
const REPOS: &[&str] = &["shop", "tool"];
const BRANCHES: &[&str] = &["main", "main", "next"];
const ACTORS: &[(&str, &str)] = &[
    ("human", "ada"),
    ("human", "ben"),
    ("service", "ci"),
    ("loop", "nightly"),
];

/// A history of one entry for each seed, in landing order. What it names it may tell before, after or
/// never.
pub fn history(seeds: &[Seed]) -> Vec<Entry> {
    let mut at = 1_000_000_000_000_i64;
    let mut entries = Vec::new();
    for (nth, (kind, choice)) in seeds.iter().enumerate() {
        at += i64::from(choice[3] % 8) * 150_000;
        let fact = fact(nth, *kind, *choice);
        let at = Timestamp::from_ms(at).expect("a time");
        let entry = json!({"at": at, "seq": nth, "fact": fact});
        entries.push(serde_json::from_value(entry).expect("an entry"));
    }
    // A claim, approval or artifact is told once; a loop as often as its card changes.
    let mut once = Vec::new();
    entries.retain(|entry: &Entry| {
        let name = entry.name();
        let is_new = !once.contains(&name) || name.kind == loom_core::provenance::Kind::Loop;
        once.push(name);
        is_new
    });
    entries
}

fn fact(nth: usize, kind: u8, [a, b, c, d]: [u8; 4]) -> Value {
    let of = |what: &str, choice: u8| format!("{what}{}", usize::from(choice) % 6);
    let digest = |choice: u8| format!("{:064x}", usize::from(choice) % 3);
    let (kind_of_actor, name) = ACTORS[usize::from(a) % ACTORS.len()];
    let mut by = json!({"kind": kind_of_actor, "id": name});
    if b.is_multiple_of(3) {
        by["run"] = json!(of("run", b));
    }
    let repo = REPOS[usize::from(a / 16) % REPOS.len()];
    let branch = BRANCHES[usize::from(b / 16) % BRANCHES.len()];
    let change = |choice: u8| format!("change{}", usize::from(choice) % (nth + 3));
    let made_by = ["human", "loop", "mixed", "unknown"][usize::from(a) % 4];
    match kind % 13 {
        0..=3 => json!({
            "type": "change", "id": format!("change{nth}"), "repo": repo, "branch": branch,
            "commit": if d.is_multiple_of(2) { json!(format!("commit{}", nth / 2)) } else { Value::Null },
            "made_by": made_by,
            "by": if a.is_multiple_of(2) { json!(["person:ada", "author:x"]) } else { json!([]) },
            "run": if b.is_multiple_of(2) { json!(of("run", b)) } else { Value::Null },
            "claim": if c.is_multiple_of(4) { json!(of("claim", c)) } else { Value::Null },
            "decision": if d.is_multiple_of(3) { json!(of("decision", d)) } else { Value::Null },
            "files": files(a, b, c, d),
        }),
        4 => json!({
            "type": "run", "id": of("run", a), "actor": by, "loop": of("loop", b),
            "parent": if c.is_multiple_of(2) { json!(of("run", c)) } else { Value::Null },
            "artifacts": if d.is_multiple_of(2) { json!([digest(d)]) } else { json!([]) },
        }),
        5 => json!({"type": "loop", "id": of("loop", a), "owner": name}),
        6 => json!({"type": "claim", "id": of("claim", a), "run": of("run", b), "mode": "write"}),
        7 => json!({
            "type": "decision", "id": of("decision", a), "verb": "merge", "run": of("run", b),
            "verdict": "allow", "passes": true, "rules": ["r"], "policy": digest(c),
        }),
        8 => json!({
            "type": "approval", "id": of("approval", a), "decision": of("decision", b), "by": by,
            "yes": c.is_multiple_of(2),
        }),
        9 => json!({
            "type": "verification", "id": format!("check{nth}"), "changes": [change(b), change(c)],
            "verdict": "passed", "by": by, "independent": d.is_multiple_of(2),
        }),
        10 => json!({
            "type": "review", "id": format!("review{nth}"), "changes": [change(b)],
            "verdict": "passed", "by": by,
        }),
        11 => json!({
            "type": "deploy", "id": format!("deploy{nth}"), "environment": of("env", a / 3),
            "service": if b.is_multiple_of(2) { json!("pay") } else { Value::Null },
            "repo": if c.is_multiple_of(2) { json!(repo) } else { Value::Null },
            "upto": if c.is_multiple_of(3) { Value::Null } else { json!(change(c)) },
            "commit": if c.is_multiple_of(3) { json!(format!("commit{}", usize::from(c) % (nth / 2 + 1))) } else { Value::Null },
            "changes": if d.is_multiple_of(2) { json!([change(d)]) } else { json!([]) },
            "follows": if b.is_multiple_of(5) { json!(format!("deploy{}", nth.saturating_sub(usize::from(b % 7) + 1))) } else { Value::Null },
            "by": by,
        }),
        _ => json!({
            "type": "incident", "id": format!("incident{nth}"),
            "service": if a.is_multiple_of(2) { json!("pay") } else { Value::Null },
            "repo": repo, "paths": if b.is_multiple_of(4) { Value::Null } else { paths(c) },
            "deploy": if d.is_multiple_of(2) { json!(format!("deploy{}", nth.saturating_sub(usize::from(d % 5) + 1))) } else { Value::Null },
            "by": by,
        }),
    }
}

fn files(a: u8, b: u8, c: u8, d: u8) -> Value {
    let count = usize::from(a % 3) + 1;
    let files = (0..count).map(|nth| {
        let step = nth + usize::from(c);
        let blob = |choice: usize| match choice % 4 {
            0 => Value::Null,
            choice => json!(format!("blob{choice}")),
        };
        let moved = (step + usize::from(b)).is_multiple_of(7);
        json!({
            "path": PATHS[step % PATHS.len()],
            "old_path": if moved { json!(PATHS[(step + 1) % PATHS.len()]) } else { Value::Null },
            "before": blob(usize::from(d) + nth), "after": blob(usize::from(b) + nth),
            "added": c % 9, "removed": d % 5,
        })
    });
    Value::Array(files.collect())
}

/// A set of paths, as a question or an incident names it.
pub fn paths(choice: u8) -> Value {
    match choice % 5 {
        0 => json!(["src/pay/**"]),
        1 => json!(["src/a.rs", "Cargo.lock"]),
        2 => json!({"include": ["src/**"], "exclude": ["src/b.rs"]}),
        3 => json!([{"dir": "src"}]),
        _ => json!(["docs/**"]),
    }
}
