//! History: imported from git and from files, and asked.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use loom_core::coordinator::Body;
use loom_core::model::{Actor, ActorKind, Timestamp};
use loom_core::provenance::{Entry, Fact, Trace};
use loom_store::loom::system_entropy;
use loom_store::{Loom, SqliteStore};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{CONFLICT, Said, World, loom};

const HOUR_MS: u64 = 3_600_000;

/// What the history of [`storied`] is imported as.
const GOLDEN: &str = include_str!("golden/history.jsonl");

/// A repository whose history has all that a history can have: an agent beside an author, a run, a
/// move, a merge, a revert that says so, and one that does not.
fn storied() -> World {
    let mut world = World::bare();
    let step = |world: &mut World| world.pass(HOUR_MS);
    step(&mut world);
    let message = "Cap the retries\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n";
    world.commit("src/a.rs", "fn a() { retry(3) }\n", message);
    step(&mut world);
    world.git(&["mv", "src/b.rs", "src/c.rs"]);
    world.git(&["commit", "--quiet", "-m", "Move it\n\nLoom-Run: night-7\n"]);
    step(&mut world);
    world.git(&["switch", "--quiet", "-c", "topic"]);
    world.commit("src/d.rs", "fn d() {}\n", "On the side");
    world.git(&["switch", "--quiet", "main"]);
    step(&mut world);
    world.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "-m",
        "Take in the topic",
        "topic",
    ]);
    step(&mut world);
    let capped = world.git(&["rev-parse", "HEAD~2"]);
    let message = format!("Revert the cap\n\nThis reverts commit {}.\n", capped.trim());
    world.commit("src/a.rs", "fn a() {}\n", &message);
    step(&mut world);
    world.git(&["rm", "--quiet", "src/d.rs"]);
    world.git(&["commit", "--quiet", "-m", "Tidy"]);
    world
}

fn history(world: &World) -> PathBuf {
    world.journal().with_extension("history.jsonl")
}

fn imported(world: &World) -> String {
    std::fs::read_to_string(history(world)).unwrap()
}

fn asked<T: serde::de::DeserializeOwned>(world: &World, args: &[&str]) -> T {
    let text = world.ok("", "", &[args, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|why| panic!("{args:?}: {why}\n{text}"))
}

#[test]
fn a_history_of_git_is_imported_as_it_landed() {
    let world = storied();
    let said = world.ok("", "", &["import", "git"]);
    assert_eq!(said, "imported  7 changes of shop main\n");
    let imported = imported(&world);
    if imported != GOLDEN {
        panic!("the golden history differs; what was imported now:\n{imported}");
    }
}

#[test]
fn importing_again_changes_nothing_and_new_commits_are_added() {
    let mut world = storied();
    world.ok("", "", &["import", "git"]);
    let before = imported(&world);
    let said = world.ok("", "", &["import", "git"]);
    assert_eq!(said, "imported  0 changes of shop main, 7 were known\n");
    assert_eq!(imported(&world), before);
    world.pass(HOUR_MS);
    world.commit("src/a.rs", "fn a() { retry(5) }\n", "Retry");
    world.ok("", "", &["import", "git"]);
    let after = imported(&world);
    assert!(
        after.starts_with(&before) && after.lines().count() == 8,
        "{after}"
    );
}

#[test]
fn a_part_of_a_history_has_the_places_of_the_whole() {
    let world = storied();
    let since = format!("--since={}", "2026-11-22T10:00:00Z");
    let said = world.ok("", "", &["import", "git", &since]);
    assert_eq!(said, "imported  3 changes of shop main\n");
    assert!(GOLDEN.ends_with(&imported(&world)), "{}", imported(&world));
    world.ok("", "", &["import", "git"]);
    assert_eq!(imported(&world), GOLDEN);
    world.ok("", "", &["import", "git", &since]);
    assert_eq!(imported(&world), GOLDEN);
}

/// A folder that is no repository and has no journal.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn loom(&self, args: &[&str]) -> Said {
        let mut command = loom(self.path());
        // The folder of temporary files may itself lie in a repository.
        command.env("GIT_CEILING_DIRECTORIES", self.path().parent().unwrap());
        command.args(args).env("LOOM_NOW", "2026-11-22T10:00:00Z");
        Said::of(command.output().unwrap())
    }
}

const LINES: &str = r#"{"commit":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","parents":[],"landed":0,"author_time":1795000000,"commit_time":1795000000,"author":"author-001","files":[{"status":"A","path":"f","after":"b1","added":1,"removed":0}]}
{"commit":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","parents":["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"landed":1,"author_time":1795000100,"commit_time":1795000100,"author":"author-002","agents":["claude"],"files":[{"status":"M","path":"f","before":"b1","after":"b2","added":1,"removed":1}]}
{"commit":"cccccccccccccccccccccccccccccccccccccccc","parents":["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"],"landed":2,"author_time":1795000200,"commit_time":1795000200,"author":"author-001","files":[{"status":"M","path":"f","before":"b2","after":"b1","added":1,"removed":1}]}
"#;

#[test]
fn a_written_history_is_imported_and_asked_where_there_is_neither_journal_nor_repository() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("shop.jsonl"), LINES).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(LINES.as_bytes()).unwrap();
    std::fs::write(
        folder.path().join("shop.jsonl.gz"),
        packed.finish().unwrap(),
    )
    .unwrap();

    let said = folder.loom(&["reverts"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("loom import git"), "{}", said.err);
    let said = folder.loom(&["import", "jsonl", "shop.jsonl.gz"]);
    assert_eq!(
        said.out, "imported  3 changes of shop main\n",
        "{}",
        said.err
    );
    let said = folder.loom(&["import", "jsonl", "shop.jsonl"]);
    assert_eq!(said.out, "imported  0 changes of shop main, 3 were known\n");

    let said = folder.loom(&["reverts", "--json"]);
    let reverts: Value = serde_json::from_str(&said.out).unwrap();
    let [revert] = &**reverts.as_array().unwrap() else {
        panic!("{reverts}")
    };
    assert_eq!(revert["commit"], "c".repeat(40));
    assert_eq!(revert["reverts"], "b".repeat(40));
    assert_eq!(revert["paths"], json!(["f"]));
    assert_eq!(revert["evidence"][0]["type"], "blobs");
    for key in ["grade", "reason"] {
        assert!(revert[key].is_string(), "{revert}");
    }
    folder
        .loom(&["why", "bbbb"])
        .has(&["bbbbbbbbbb", "agent:claude", "f (+1 -1), before in aaaa"]);
    let said = folder.loom(&["comprehension"]);
    said.has(&["unread    1 of 1 lines that loops had a part in"]);
    assert!(!folder.path().join(".loom/journal.db").exists());
}

#[test]
fn a_line_that_is_none_is_named_and_nothing_is_imported() {
    let folder = Folder::new();
    let file = folder.path().join("shop.jsonl");
    std::fs::write(&file, LINES.replacen("\"landed\":2", "\"landed\":-2", 1)).unwrap();
    let said = folder.loom(&["import", "jsonl", "shop.jsonl"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("line 3"), "{}", said.err);
    // Two lines of one commit contradict each other.
    let twice = LINES.replace(&"c".repeat(40), &"b".repeat(40));
    std::fs::write(&file, twice).unwrap();
    let said = folder.loom(&["import", "jsonl", "shop.jsonl"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(!folder.path().join(".loom/journal.history.jsonl").exists());
}

#[test]
fn reverts_are_found_with_their_declaration_and_without() {
    let world = storied();
    world.ok("", "", &["import", "git"]);
    let capped = world.git(&["rev-parse", "HEAD~4"]);
    for undeclared in [&[][..], &["--undeclared"]] {
        let reverts: Value = asked(
            &world,
            &[&["reverts", "--least", "strong"], undeclared].concat(),
        );
        let of_cap = |revert: &&Value| revert["reverts"] == capped.trim();
        let found = reverts.as_array().unwrap().iter().find(of_cap);
        let says = found.unwrap()["evidence"][0]["type"] == "explicit";
        assert_eq!(says, undeclared.is_empty(), "{reverts}");
    }
}

#[test]
fn what_is_staged_is_told_whose_work_it_would_undo_before_it_lands() {
    let world = storied();
    world.ok("", "", &["import", "git"]);
    let nothing = world.ok("", "", &["would-revert", "--staged"]);
    assert!(nothing.starts_with("nothing:"), "{nothing}");
    std::fs::write(world.repo().join("src/a.rs"), "fn a() { retry(3) }\n").unwrap();
    world.git(&["add", "--all"]);
    let said = world.loom("", "", &["would-revert", "--staged"]);
    assert_eq!(said.code, CONFLICT, "{}", said.err);
    said.has(&[
        "restores  src/a.rs to what it was before",
        "author:Ada",
        "\"Revert the cap\"",
    ]);
    world.git(&["commit", "--quiet", "-m", "Cap again"]);
    let said = world.loom(
        "",
        "",
        &["would-revert", "--range", "HEAD~1..HEAD", "--json"],
    );
    assert_eq!(said.code, CONFLICT, "{}", said.err);
    let found: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(found["undoes"][0]["how"], "restores");
    let said = world.loom("", "", &["would-revert"]);
    assert_eq!(said.code, 2);
}

#[test]
fn a_path_and_a_commit_tell_who_made_them_and_in_which_run() {
    let world = storied();
    world.ok("", "", &["import", "git"]);
    let said = Said {
        code: 0,
        out: world.ok("", "", &["why", "src/c.rs"]),
        err: String::new(),
    };
    said.has(&[
        "author:Ada, a loop",
        "\"Move it\"",
        "run       night-7",
        "src/c.rs, moved from src/b.rs",
    ]);
    let head = world.ok("", "", &["why", "HEAD"]);
    assert!(
        head.contains("src/d.rs, deleted") && head.contains("before in"),
        "{head}"
    );
    let said = world.loom("", "", &["why", "src/nothing.rs"]);
    assert_eq!(said.code, 1);
}

/// A journal of three loops that changed things before something broke, and one person who mended.
fn broken() -> World {
    let mut world = World::new();
    let at = |world: &World| world.now();
    let say = |world: &World, actor: &Actor, body: Value| {
        let now = at(world);
        let clock = Arc::new(move || now);
        let of_store = Arc::clone(&clock);
        let store = SqliteStore::options()
            .clock(move || of_store())
            .open(world.journal());
        let loom = Loom::over(Arc::new(store.unwrap()), clock, Arc::new(system_entropy));
        let body: Body = serde_json::from_value(body).unwrap();
        loom.execute(actor, body).unwrap();
    };
    let service = Actor::new(ActorKind::Service, "pager").unwrap();
    let deploy = |id: &str| json!({"type": "record_deploy", "id": id, "environment": "prod", "repo": "shop"});
    world.ok(
        "human:ada",
        "",
        &["loop", "add", "bumper", "--goal", "Keep it fresh"],
    );
    world.ok(
        "loop:bumper",
        "",
        &["run", "start", "bumper-1", "--loop", "bumper"],
    );
    say(&world, &service, deploy("prod-1"));
    world.pass(600_000);
    world.commit("Cargo.lock", "2.0\n", "Bump the <client> & co");
    world.ok("loop:bumper", "bumper-1", &["change"]);
    world.pass(600_000);
    let commit = world.git(&["rev-parse", "HEAD"]);
    let mut second = deploy("prod-2");
    second["commit"] = json!(commit.trim());
    say(&world, &service, second);
    world.pass(600_000);
    world.commit("src/a.rs", "fn a() { log() }\n", "Log more");
    world.ok("human:bob", "bob-1", &["change"]);
    world.pass(600_000);
    let incident = json!({"type": "record_incident", "id": "inc-1", "repo": "shop", "deploy": "prod-2",
        "paths": {"include": ["Cargo.lock", "src/**"]}, "summary": "Calls time out"});
    say(&world, &service, incident);
    world.pass(60_000);
    world
}

#[test]
fn a_chain_leads_from_an_incident_to_people_and_is_drawn_on_a_time_axis() {
    let world = broken();
    let args = ["trace", "--incident", "inc-1", "--window", "1h"];
    let said = Said {
        code: 0,
        out: world.ok("", "", &args),
        err: String::new(),
    };
    said.has(&["#0 asked for: incident inc-1", "\"Calls time out\""]);
    said.has(&["deploy prod-2"]);
    said.has(&[
        "by loop bumper, \"Bump the",
        "run bumper-1",
        "loop bumper",
        "person ada",
    ]);
    let file = world.repo().join("chain.svg");
    let args = [&args[..], &["--svg", file.to_str().unwrap()]].concat();
    let trace: Trace = asked(&world, &args);
    assert!(trace.hops.len() > 5, "{trace:?}");
    let drawn = std::fs::read_to_string(&file).unwrap();
    let drawn = roxmltree::Document::parse(&drawn).unwrap();
    let of = |name: &str| {
        drawn
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)))
            .count()
    };
    let colours_told = 4;
    assert_eq!(of("circle"), trace.hops.len() + colours_told);
    assert_eq!(of("title"), trace.hops.len());
    let texts: Vec<&str> = drawn
        .descendants()
        .filter_map(|node| node.text())
        .map(str::trim)
        .collect();
    for part in ["What led to incident inc-1", "changes", "people"] {
        assert!(texts.contains(&part), "{part}: {texts:?}");
    }
    assert!(texts.iter().any(|text| text.contains("& co")), "{texts:?}");
}

#[test]
fn suspects_are_ranked_with_their_reasons_and_people_set_apart() {
    let world = broken();
    let said = Said {
        code: 0,
        out: world.ok("", "", &["suspects", "--incident", "inc-1"]),
        err: String::new(),
    };
    said.has(&[
        "what deploy prod-2 has over prod-1",
        "1.",
        "bumper-1",
        "paths",
        "nobody verified it",
    ]);
    let by_paths = world.ok("", "", &["suspects", "--paths", "src/**"]);
    assert!(
        by_paths.contains("by people alone, set apart"),
        "{by_paths}"
    );
}

#[test]
fn a_commit_that_the_journal_knows_is_not_told_twice() {
    let world = broken();
    world.ok("", "", &["import", "git"]);
    let known: Value = asked(&world, &["why", "HEAD"]);
    let [change] = &**known["changes"].as_array().unwrap() else {
        panic!("{known}")
    };
    assert_eq!(change["fact"]["made_by"], "human");
    let known: Value = asked(&world, &["why", "src/a.rs"]);
    let entries: Vec<Entry> = imported(&world)
        .lines()
        .map(|line| Entry::from_json(line).unwrap())
        .collect();
    let touches = |entry: &&Entry| match &entry.fact {
        Fact::Change(change) => change.files.iter().any(|file| file.path == "src/a.rs"),
        _ => false,
    };
    let versions = entries.iter().filter(touches).count();
    assert_eq!(known["changes"].as_array().unwrap().len(), versions);
    let now: Timestamp = known["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(now, world.now());
}
