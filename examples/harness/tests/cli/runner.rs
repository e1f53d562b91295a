//! `loom run --loop FILE`: real processes as maker, gates and checker, from a start to an end, whatever end that is.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use loom_core::coordinator::{Body, Command as Sent, Event, Reply, read_events};
use loom_core::model::{Actor, ActorKind, Nonce, RunId, Timestamp, Verdict};
use loom_core::run::{RunEvent, RunOutcome};
use loom_store::Loom;

use crate::world::{CONFLICT, Said, World, loom};

const MISSED: i32 = 8;
const INTERRUPTED: i32 = 130;

/// A loop that wants three lines in a list.
const LINES: &str = r#"
id: lines
owner: ada
goal: the list has three lines
scope: [{ repo: shop, paths: ["list.txt"] }]
gates: [{ name: three, run: 'test "$(wc -l < list.txt)" -ge 3 || { wc -l list.txt; false; }' }]
exit: { max_iterations: 6, no_progress_after: 3 }
"#;
/// A maker that adds one of them.
const ADD: &str = "echo line >> list.txt";
const PASS: &[&str] = &["--checker", "test -s list.txt"];

/// A world with the definition of a loop, outside the repository.
fn with(definition: &str) -> (World, String) {
    let world = World::new();
    let file = write(&world, definition);
    (world, file)
}

pub(crate) fn write(world: &World, definition: &str) -> String {
    let file = world.repo().with_file_name("loop.yaml");
    std::fs::write(&file, definition).unwrap();
    file.display().to_string()
}

/// Runs the loop as ada, with a shell line as maker.
fn run(world: &World, file: &str, options: &[&str], maker: &str) -> Said {
    let args = [
        &["run", "--loop", file],
        options,
        &["--", "sh", "-c", maker],
    ]
    .concat();
    world.loom("human:ada", "", &args)
}

/// The same, under way.
pub(crate) fn spawn(world: &World, file: &str, options: &[&str], maker: &str) -> Child {
    let mut command = loom(&world.repo());
    command.args(["run", "--loop", file]).args(options);
    command.args(["--", "sh", "-c", maker]);
    command.env("LOOM_NOW", world.now().to_string());
    command.env("LOOM_ACTOR", "human:ada");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

pub(crate) fn ended(child: Child) -> Said {
    Said::of(child.wait_with_output().unwrap())
}

/// A maker writes its number here and waits, so that a test knows where it is.
struct Gate(PathBuf);

impl Gate {
    fn new(world: &World) -> Gate {
        let path = world.repo().with_file_name("gate");
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        Gate(path)
    }

    /// A shell line that tells its number, and then works on and on.
    fn hang(&self) -> String {
        format!("echo $$ > {}; exec tail -f /dev/null", self.0.display())
    }

    /// The number of the maker that has come so far.
    fn reached(&self) -> String {
        let mut text = String::new();
        std::fs::File::open(&self.0)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text.trim().to_owned()
    }
}

fn is_alive(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// The branches of runs.
pub(crate) fn branches(world: &World) -> Vec<String> {
    let listed = world.git(&[
        "for-each-ref",
        "--format=%(refname:short)",
        "refs/heads/loom/",
    ]);
    listed.lines().map(str::to_owned).collect()
}

fn worktrees(world: &World) -> usize {
    world.git(&["worktree", "list"]).lines().count()
}

/// What the journal tells of, in order.
pub(crate) fn events(world: &World) -> Vec<Event> {
    let loom = Loom::open(world.journal()).unwrap();
    let records = loom.records(0).map(|record| record.unwrap());
    records
        .flat_map(|record| read_events(&record).unwrap())
        .collect()
}

/// What the runs of loops came to, in order; those of checkers left out.
pub(crate) fn outcomes(world: &World) -> Vec<RunOutcome> {
    let finished = events(world).into_iter().filter_map(|event| match event {
        Event::Run(RunEvent::Finished(it)) if !it.run.as_str().contains("-check-") => Some(it),
        _ => None,
    });
    finished.map(|it| it.outcome).collect()
}

/// No run is done but over changes that somebody else passed, all of them, and after the last of them.
pub(crate) fn nobody_graded_themselves(world: &World) {
    let mut open: Vec<(RunId, String)> = Vec::new();
    for event in events(world) {
        match event {
            Event::ChangeRecorded(change) => {
                open.push((change.run.clone().unwrap(), change.id.to_string()));
            }
            Event::VerificationRecorded(it) if it.verdict == Verdict::Passed && it.independent => {
                open.retain(|(_, id)| !it.changes.iter().any(|passed| passed.as_str() == id));
            }
            Event::Run(RunEvent::Finished(it)) if it.outcome == RunOutcome::Done => {
                let left: Vec<_> = open.iter().filter(|(run, _)| *run == it.run).collect();
                assert!(left.is_empty(), "run {} is done without {left:?}", it.run);
            }
            _ => {}
        }
    }
}

#[test]
fn a_loop_runs_from_its_goal_to_done_with_somebody_elses_check() {
    let (world, file) = with(LINES);
    let check =
        r#"test "$(echo $LOOM_CHANGES | wc -w)" = 3 && git cat-file -e ${LOOM_COMMITS##* }"#;
    let maker = r#"echo "$LOOM_ITERATION" >> list.txt && grep -q "Brief for run $LOOM_RUN" "$LOOM_BRIEF" &&
        echo '{"input_tokens": 5}' > "$LOOM_SPENT" && echo "added one" > "$LOOM_SUMMARY""#;
    let said = run(&world, &file, &["--checker", check], maker);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["is done: the goal is reached; 3 commits on loom/lines-"]);
    assert!(said.err.contains("failed: three"), "{}", said.err);
    let branch = &branches(&world)[0];
    assert_eq!(
        world.git(&["show", &format!("{branch}:list.txt")]),
        "1\n2\n3\n"
    );
    let trailer = world.git(&[
        "log",
        "-1",
        "--format=%(trailers:key=Loom-Run,valueonly)",
        branch,
    ]);
    assert_eq!(trailer.trim(), branch.strip_prefix("loom/").unwrap());
    assert_eq!(outcomes(&world), [RunOutcome::Done]);
    nobody_graded_themselves(&world);
    let spent = events(&world).into_iter().filter_map(|event| match event {
        Event::Run(RunEvent::IterationEnded(it)) => Some(it.spent.values().sum::<u64>()),
        _ => None,
    });
    assert_eq!(spent.sum::<u64>(), 15);
    assert_eq!(
        (worktrees(&world), world.git(&["status", "--porcelain"])),
        (1, String::new())
    );
    assert!(!world.repo().join("list.txt").exists());
}

#[test]
fn commits_of_the_maker_itself_are_recorded_as_they_are() {
    let (world, file) = with(LINES);
    let maker = "for i in 1 2 3; do echo $i >> list.txt; git add .; git commit -qm mine; done";
    let said = run(&world, &file, PASS, maker);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["3 commits on loom/lines-"]);
    let changes = events(&world)
        .into_iter()
        .filter(|it| matches!(it, Event::ChangeRecorded(_)));
    assert_eq!(changes.count(), 3);
}

#[test]
fn without_a_checker_a_person_has_to_go_on() {
    let (world, file) = with(LINES);
    let said = run(&world, &file, &[], "seq 3 > list.txt");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["handed_to_human: its gates hold; 1 changes wait for somebody else to check them"]);
    assert_eq!(outcomes(&world), [RunOutcome::HandedToHuman]);
    assert_eq!(branches(&world).len(), 1);
}

#[test]
fn what_the_checker_refused_is_made_anew_and_then_done() {
    let (world, file) = with(LINES);
    let maker = r#"grep -q "no four" $LOOM_FEEDBACK && echo four >> list.txt || seq 3 > list.txt"#;
    let check = "grep -q four list.txt || { echo no four; false; }";
    let said = run(&world, &file, &["--checker", check], maker);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["is done"]);
    let list = world.git(&["show", &format!("{}:list.txt", branches(&world)[0])]);
    assert_eq!(list, "1\n2\n3\nfour\n");
    nobody_graded_themselves(&world);
}

#[test]
fn a_refusal_that_the_maker_has_no_answer_to_goes_to_a_person() {
    let (world, file) = with(LINES);
    let maker = "test -e list.txt || seq 3 > list.txt";
    let said = run(&world, &file, &["--checker", "false"], maker);
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["its checker refused its work, 1 times in a row"]);
    let file = write(&world, &LINES.replace("max_iterations: 6, ", ""));
    let said = run(&world, &file, &["--checker", "false"], "seq 3 >> list.txt");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["its checker refused its work, 8 times in a row"]);
    nobody_graded_themselves(&world);
}

#[test]
fn where_the_policy_wants_a_person_to_check_no_checker_is_asked_again_and_again() {
    let (world, file) = with(LINES);
    let policy = world.repo().with_file_name("loom-policy.yaml");
    let demands = "{version: 1, default: allow, rules: [{id: read, effect: allow, when: {verb: finish}, \
                   obligations: [{type: checker, by: human}]}]}";
    std::fs::write(&policy, demands).unwrap();
    world.ok(
        "human:ada",
        "",
        &["policy", "set", &policy.display().to_string()],
    );
    let said = run(&world, &file, PASS, "seq 3 > list.txt");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["its checker passed it, and the policy wants somebody who stands further apart"]);
    assert_eq!(outcomes(&world), [RunOutcome::HandedToHuman]);
}

#[test]
fn a_checker_that_changes_what_it_checks_has_refused_it() {
    let (world, file) = with(LINES);
    let check = "echo better > list.txt; git add .; git commit -qm better; echo more > junk";
    let said = run(&world, &file, &["--checker", check], "seq 3 > list.txt");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    let list = world.git(&["show", &format!("{}:list.txt", branches(&world)[0])]);
    assert_eq!(list, "1\n2\n3\n");
}

#[test]
fn a_run_without_progress_is_stopped_and_names_the_gate() {
    let (world, file) = with(LINES);
    let said = run(&world, &file, PASS, "true");
    assert_eq!(said.code, MISSED, "{}{}", said.out, said.err);
    said.has(&["is stopped: three failed alike 3 times; 0 commits"]);
    assert_eq!(outcomes(&world), [RunOutcome::Stopped]);
    assert_eq!(branches(&world), [""; 0]);
}

#[test]
fn a_maker_that_fails_alike_again_and_again_is_stopped() {
    let definition = LINES
        .replace("gates:", "tools: []\n#")
        .replace("scope:", "#");
    let (world, file) = with(&definition);
    let said = run(
        &world,
        &file,
        PASS,
        "echo no credit since $(date +%s) >&2; exit 1",
    );
    assert_eq!(said.code, MISSED, "{}{}", said.out, said.err);
    said.has(&["is stopped: maker failed alike 3 times"]);
}

#[test]
fn a_maker_that_finds_nothing_to_do_ends_its_run_so() {
    let (world, file) = with(&LINES.replace("-ge 3", "-ge 0 || true"));
    let said = run(&world, &file, PASS, "true");
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["is nothing_found"]);
    assert_eq!(outcomes(&world), [RunOutcome::NothingFound]);
    assert_eq!((branches(&world).len(), worktrees(&world)), (0, 1));
    let said = run(&world, &file, PASS, "exit 1");
    assert_eq!(said.code, MISSED, "{}{}", said.out, said.err);
    said.has(&["is failed: its maker failed, and changed nothing"]);
}

#[test]
fn a_scope_that_others_hold_ends_the_run_and_says_who() {
    let (world, file) = with(LINES);
    world.claim("bob", &["*.txt", "-i", "tidy the lists"]);
    let said = run(&world, &file, PASS, ADD);
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["bob-1", "list.txt", "tidy the lists"]);
    assert_eq!(outcomes(&world), [RunOutcome::Stopped]);
    assert_eq!((branches(&world).len(), worktrees(&world)), (0, 1));
}

#[test]
fn a_runner_that_waits_is_served_once_the_scope_is_free() {
    let (world, file) = with(LINES);
    world.claim("bob", &["*.txt"]);
    let mut child = spawn(&world, &file, &["--wait", "--checker", "true"], ADD);
    let mut told = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("wait") {
        line.clear();
        assert!(
            std::io::BufRead::read_line(&mut told, &mut line).unwrap() > 0,
            "it ended"
        );
    }
    world.ok("human:bob", "bob-1", &["release"]);
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert_eq!(ended(child).code, 0, "{rest}");
}

#[test]
fn without_a_scope_the_paths_of_the_diff_are_claimed_before_they_are_committed() {
    let (world, file) = with(&LINES.replace("scope:", "#"));
    assert_eq!(run(&world, &file, PASS, "seq 3 > list.txt").code, 0);
    world.claim("bob", &["--file", "list.txt", "-i", "mine"]);
    let said = run(&world, &file, PASS, "seq 4 > list.txt");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["list.txt", "bob-1"]);
    // What it made is not recorded, and not lost.
    let saved = branches(&world)
        .into_iter()
        .map(|it| world.git(&["show", &format!("{it}:list.txt")]));
    assert_eq!(saved.filter(|list| list == "1\n2\n3\n4\n").count(), 1);
    let changes = events(&world)
        .into_iter()
        .filter(|it| matches!(it, Event::ChangeRecorded(_)));
    assert_eq!(changes.count(), 1);
}

#[test]
fn a_budget_or_too_many_iterations_hand_the_work_to_a_person() {
    let (world, file) = with(&LINES.replace(
        "max_iterations: 6, no_progress_after: 3",
        "max_iterations: 2",
    ));
    let said = run(&world, &file, PASS, "true");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["handed_to_human: 2 iterations ran"]);
    let file = write(
        &world,
        &LINES.replace("max_iterations: 6", "budget: { output_tokens: 10 }"),
    );
    let said = run(
        &world,
        &file,
        PASS,
        r#"echo '{"output_tokens": 11}' > $LOOM_SPENT"#,
    );
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["the budget of output tokens is used up"]);
}

/// Is no test by itself: what a maker does that says of its own work that somebody passed it.
#[test]
fn played_by_a_maker_that_grades_itself() {
    let Ok(store) = std::env::var("LOOM_STORE") else {
        return;
    };
    let now: Timestamp = std::env::var("LOOM_NOW").unwrap().parse().unwrap();
    let loom = Loom::open(store).unwrap();
    let own = RunId::new(&std::env::var("LOOM_RUN").unwrap()).unwrap();
    let own = Actor::new(ActorKind::Loop, "lines").unwrap().in_run(own);
    let send = |actor: &Actor, body| {
        let id = uuid::Builder::from_random_bytes(loom_store::loom::system_entropy().unwrap());
        let (id, nonce, actor) = (id.into_uuid(), Some(Nonce([7; 16])), actor.clone());
        loom.submit_at(
            &Sent {
                id,
                actor,
                nonce,
                body,
            },
            now,
        )
        .unwrap()
        .reply
    };
    let made: Vec<_> = loom
        .records(0)
        .flat_map(|it| read_events(&it.unwrap()).unwrap())
        .collect();
    let made = made.iter().filter_map(|event| match event {
        Event::ChangeRecorded(change) => Some(change.id.clone()),
        _ => None,
    });
    let changes: Vec<_> = made.collect();
    let below = RunId::new(&format!(
        "{}-sub{}",
        own.run.as_ref().unwrap(),
        changes.len()
    ))
    .unwrap();
    send(
        &own,
        Body::StartRun {
            run: below.clone(),
            loop_id: None,
            parent: own.run.clone(),
            slot: None,
            artifacts: Vec::new(),
            ttl_ms: None,
        },
    );
    for by in [&own, &own.clone().in_run(below)] {
        let (changes, verdict) = (changes.clone(), Verdict::Passed);
        if changes.is_empty() {
            continue;
        }
        let reply = send(
            by,
            Body::RecordVerification {
                changes,
                verdict,
                checks: Vec::new(),
                evidence: None,
            },
        );
        assert!(matches!(
            reply,
            Reply::VerificationRecorded {
                independent: false,
                ..
            }
        ));
    }
}

#[test]
fn a_maker_that_grades_itself_is_not_done() {
    let (world, file) = with(LINES);
    let own = std::env::current_exe().unwrap();
    let maker = format!(
        "{ADD}; {} --exact runner::played_by_a_maker_that_grades_itself",
        own.display()
    );
    let said = run(&world, &file, &[], &maker);
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    assert!(
        !said.err.contains("maker"),
        "the maker failed: {}",
        said.err
    );
    said.has(&["handed_to_human: its gates hold; 3 changes wait"]);
    let graded = events(&world)
        .into_iter()
        .filter(|it| matches!(it, Event::VerificationRecorded(_)));
    assert_eq!(graded.count(), 4);
}

#[test]
fn an_interrupted_run_is_stopped_its_maker_ended_and_its_work_kept() {
    let (world, file) = with(LINES);
    let gate = Gate::new(&world);
    let child = spawn(
        &world,
        &file,
        PASS,
        &format!("echo half > list.txt; {}", gate.hang()),
    );
    let maker = gate.reached();
    let runner = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(runner, rustix::process::Signal::TERM).unwrap();
    let said = ended(child);
    assert_eq!(said.code, INTERRUPTED, "{}{}", said.out, said.err);
    said.has(&["is stopped: it was interrupted; 1 commit on loom/lines-"]);
    assert!(!is_alive(&maker));
    assert_eq!(outcomes(&world), [RunOutcome::Stopped]);
    assert_eq!(worktrees(&world), 1);
    let list = world.git(&["show", &format!("{}:list.txt", branches(&world)[0])]);
    assert_eq!(list, "half\n");
}

#[test]
fn two_runners_of_one_loop_are_one_and_the_second_is_told() {
    let (world, file) = with(LINES);
    let gate = Gate::new(&world);
    let child = spawn(&world, &file, PASS, &gate.hang());
    gate.reached();
    let said = run(&world, &file, PASS, ADD);
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    let told = "another runner works on loop lines in this clone, on run lines-";
    assert!(said.err.contains(told), "{}", said.err);
    let runner = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(runner, rustix::process::Signal::INT).unwrap();
    assert_eq!(ended(child).code, INTERRUPTED);
}

/// A runner that was killed while its maker had half of a line, and the number of that maker.
fn killed(world: &World, file: &str) -> String {
    let gate = Gate::new(world);
    let mut child = spawn(
        world,
        file,
        PASS,
        &format!("echo half > list.txt; {}", gate.hang()),
    );
    let maker = gate.reached();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_alive(&maker));
    std::fs::remove_file(gate.0).unwrap();
    maker
}

#[test]
fn after_a_kill_the_run_goes_on_and_no_process_is_left() {
    let (world, file) = with(LINES);
    let maker = killed(&world, &file);
    let said = run(&world, &file, PASS, ADD);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.err.contains("resumed"), "{}", said.err);
    assert!(!is_alive(&maker));
    assert_eq!(outcomes(&world), [RunOutcome::Done]);
    let list = world.git(&["show", &format!("{}:list.txt", branches(&world)[0])]);
    assert_eq!(list, "half\nline\nline\n");
}

#[test]
fn after_its_lease_the_work_of_a_killed_runner_is_taken_over_and_verified_with_the_rest() {
    let (mut world, file) = with(LINES);
    killed(&world, &file);
    world.pass(120_000);
    let check = r#"test "$(echo $LOOM_CHANGES | wc -w)" = 3"#;
    let said = run(&world, &file, &["--checker", check], ADD);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["3 commits"]);
    assert_eq!(outcomes(&world), [RunOutcome::Done]);
    let heirs = events(&world).into_iter().filter_map(|event| match event {
        Event::Run(RunEvent::Started(it)) => it.succeeds.clone(),
        _ => None,
    });
    assert_eq!(
        heirs.count(),
        1,
        "the journal knows whose work was taken over"
    );
    let lists = branches(&world)
        .into_iter()
        .map(|it| world.git(&["show", &format!("{it}:list.txt")]));
    let mut lists: Vec<_> = lists.collect();
    lists.sort();
    assert_eq!(lists, ["half\n", "half\nline\nline\n"]);
    assert_eq!(worktrees(&world), 1);
}

#[test]
fn a_commit_that_was_under_way_when_its_runner_was_killed_is_waited_for() {
    let (world, file) = with(LINES);
    let gate = Gate::new(&world);
    let ran = world.repo().with_file_name("ran");
    let lock = world.repo().join(".git/.loom/run/lines/lock");
    // The hook goes on a while after the next runner has come.
    hook(
        &world,
        &format!(
            "echo once >> {}; test -e {} || exit 0; echo $$ > {}; \
             while flock -n {} true; do sleep 0.01; done; sleep 0.3",
            ran.display(),
            gate.0.display(),
            gate.0.display(),
            lock.display()
        ),
    );
    let mut child = spawn(&world, &file, PASS, "seq 3 > list.txt");
    gate.reached();
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(gate.0).unwrap();
    let said = run(&world, &file, PASS, "false");
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["is done: the goal is reached; 1 commit on"]);
    let ran = std::fs::read_to_string(ran).unwrap();
    assert_eq!(ran, "once\n", "git was ended before it had committed");
}

/// What git runs before each commit.
fn hook(world: &World, line: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let at = world.repo().join(".git/hooks/pre-commit");
    std::fs::write(&at, format!("#!/bin/sh\n{line}\n")).unwrap();
    std::fs::set_permissions(&at, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_commit_that_a_hook_does_not_let_in_goes_to_a_person_and_its_work_is_kept() {
    let (world, file) = with(LINES);
    hook(&world, "echo not on a Sunday >&2; exit 1");
    let said = run(&world, &file, PASS, "seq 3 > list.txt");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&[
        "git did not let its commit in: not on a Sunday",
        "1 commit on loom/lines-",
    ]);
    let changes = events(&world)
        .into_iter()
        .filter(|it| matches!(it, Event::ChangeRecorded(_)));
    assert_eq!(changes.count(), 0);
}

#[test]
fn what_an_earlier_run_recorded_is_not_done_before_somebody_checked_it_for_this_one() {
    let (mut world, file) = with(LINES);
    let gate = Gate::new(&world);
    // The first iteration is recorded, and in the second one nothing is left to do.
    let maker = format!(
        "test -e list.txt && {{ {}; }}; seq 3 > list.txt",
        gate.hang()
    );
    let check = gate.hang();
    let mut child = spawn(&world, &file, &["--checker", &check], &maker);
    gate.reached();
    child.kill().unwrap();
    child.wait().unwrap();
    world.pass(120_000);
    let said = run(&world, &file, &[], "true");
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&["1 changes wait for somebody else to check them"]);
    nobody_graded_themselves(&world);
}

#[test]
fn a_change_whose_claim_was_revoked_is_not_let_in_and_its_commit_is_kept() {
    let (world, file) = with(LINES);
    let revoke = format!(
        "{ADD}; {} revoke $({} --json status | grep -o '[0-9a-f]\\{{8\\}}-[0-9a-f]\\{{16\\}}-[0-9a-f]\\{{4\\}}' | head -1) \
         --reason enough --as human:ada",
        env!("CARGO_BIN_EXE_loom"),
        env!("CARGO_BIN_EXE_loom")
    );
    let said = run(&world, &file, PASS, &revoke);
    assert_eq!(said.code, CONFLICT, "{}{}", said.out, said.err);
    said.has(&[
        "handed_to_human",
        "was not let in",
        "1 commit on loom/lines-",
    ]);
}

#[test]
fn a_loop_is_registered_by_a_person_and_by_no_loop() {
    let (world, file) = with(LINES);
    let args = ["run", "--loop", &file, "--", "true"];
    for actor in ["loop:lines", ""] {
        let said = world.loom(actor, "", &args);
        assert_eq!(said.code, 1, "{}{}", said.out, said.err);
        assert!(said.err.contains("loom loop add --file"), "{}", said.err);
    }
    world.ok("human:ada", "", &["loop", "add", "--file", &file]);
    assert_eq!(world.loom("loop:lines", "", &args).code, MISSED);
}

#[test]
fn a_loop_without_isolation_works_where_its_owner_stands_if_the_tree_is_clean() {
    let (world, file) = with(&format!("{LINES}isolation: none\n"));
    std::fs::write(world.repo().join("src/a.rs"), "changed").unwrap();
    let said = run(&world, &file, PASS, ADD);
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    assert!(
        said.err.contains("the tree there has changes"),
        "{}",
        said.err
    );
    world.git(&["checkout", "src/a.rs"]);
    let said = run(&world, &file, PASS, ADD);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    said.has(&["is done: the goal is reached; 3 commits"]);
    assert_eq!(branches(&world), [""; 0]);
    assert!(world.repo().join("list.txt").exists());
}

#[test]
fn what_this_runner_cannot_do_is_said_before_anything_is_done() {
    let (world, file) = with(&format!("{LINES}isolation: clone\n"));
    let said = run(&world, &file, PASS, ADD);
    assert!(
        said.err.contains("this runner makes no clones"),
        "{}",
        said.err
    );
    let file = write(&world, "id: l\nowner: ada\ngates: [{ name: tests }]\n");
    let said = run(&world, &file, PASS, ADD);
    assert!(
        said.err.contains("gate tests has no command line"),
        "{}",
        said.err
    );
    assert_eq!(outcomes(&world), []);
}

#[test]
fn what_gates_leave_in_the_tree_is_no_work_of_the_maker() {
    let (world, file) = with(&LINES.replace("test \"", "echo x > report; test \""));
    let said = run(&world, &file, PASS, ADD);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let files = world.git(&["ls-tree", "--name-only", &branches(&world)[0]]);
    assert!(!files.contains("report"), "{files}");
}

#[test]
fn the_steps_of_a_run_are_still_there_for_other_runners() {
    let world = World::new();
    world.ok("human:ada", "ada-1", &["run", "beat"]);
    let said = world.loom("human:ada", "", &["run"]);
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
}
