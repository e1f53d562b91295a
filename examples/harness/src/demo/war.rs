//! The war of two loops, told over three days: with a real repository, `loom` as processes of its own, and
//! scripted commands as agents. The clock of each process is set, so that the days take seconds.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::repo;
use crate::exit::{Exit, Failure};

/// What the test expects before anybody changes it, and what the code does.
const TEST: &str = "test \"$(sh src/total.sh 5 2)\" = 2   # five halves, rounded down\n";
const CODE: &str = "echo $(( $1 / $2 ))\n";
const POLICY: &str = "\
version: 1
default: allow
# What was changed on purpose is protected from other loops for three days.
protect: {deliberate: 72h}
";
/// What the loops write into the test.
const ROUNDED_UP: &str =
    "test \"$(sh src/total.sh 5 2)\" = 3   # totals round half up, as finance asked\n";
const AS_COMPUTED: &str = "test \"$(sh src/total.sh 5 2)\" -eq 2   # what the code computes\n";
const FILE: &str = "tests/total.sh";

const MEANT: &str = "totals round half up from now on, as finance asked; the code follows";

/// The stage: a repository in a folder, and a clock.
struct War {
    repo: PathBuf,
    now: &'static str,
    say: fn(&str, &str),
}

/// Plays the war in an empty folder; answers where its journal is.
pub(super) fn play(folder: &Path, say: fn(&str, &str)) -> Result<PathBuf, Failure> {
    let repo = folder.join("shop");
    let mut war = War {
        repo,
        now: "2026-11-22T21:00:00Z",
        say,
    };
    war.prepare()?;
    war.sunday()?;
    war.monday()?;
    war.tuesday()?;
    Ok(war.repo.join(".git/.loom/journal.db"))
}

impl War {
    fn prepare(&self) -> Result<(), Failure> {
        for (path, text) in [(FILE, TEST), ("src/total.sh", CODE)] {
            self.write(path, text)?;
        }
        std::fs::write(self.repo.join("loom.yaml"), POLICY)
            .map_err(|why| Failure::outside("loom.yaml", why))?;
        self.git(&["init", "--quiet", "--template=", "-b", "main"])?;
        self.git(&["add", "-A"])?;
        self.git(&["commit", "--quiet", "-m", "A shop"])?;
        let ada = "human:ada";
        self.ok(ada, "", &["init"])?;
        self.ok(ada, "", &["policy", "set", "loom.yaml"])?;
        for (id, owner, goal) in [
            ("rounding", "bob", "round totals as finance asked"),
            ("triage", "ada", "every test is green in the morning"),
        ] {
            self.ok(
                ada,
                "",
                &["loop", "add", id, "--owner", owner, "--goal", goal],
            )?;
        }
        Ok(())
    }

    fn sunday(&mut self) -> Result<(), Failure> {
        (self.say)(
            "",
            "1. Sunday night. Bob's loop changes a test, on purpose.\n",
        );
        self.start("rounding", "rounding-1")?;
        self.ok("loop:rounding", "rounding-1", &["claim", FILE, "-i", MEANT])?;
        self.agent("rounding", ROUNDED_UP, MEANT)?;
        let change = [
            "change",
            "--commit",
            "HEAD",
            "--id",
            "b-1",
            "-i",
            MEANT,
            "--deliberate",
        ];
        self.ok("loop:rounding", "rounding-1", &change)?;
        (self.say)(
            "rounding",
            &format!("changes {FILE}: change b-1, because: {MEANT}"),
        );
        self.finish("rounding", "rounding-1")
    }

    fn monday(&mut self) -> Result<(), Failure> {
        self.now = "2026-11-23T06:00:00Z";
        (self.say)(
            "",
            "\n2. Monday. The test fails, and Ada's triage wants to mend it.\n",
        );
        if self.is_green()? {
            return Err(Failure::broken("demo", "the test should fail on Monday"));
        }
        (self.say)(
            "triage",
            &format!("sees that {FILE} fails, and reads its brief:"),
        );
        self.start("triage", "triage-1")?;
        let (who, run) = ("loop:triage", "triage-1");
        let brief = self.ok(who, run, &["brief", FILE])?;
        has(&brief, &["Changed on purpose by others", "b-1", MEANT])?;
        self.quote("triage", &brief);
        let mending = "the test fails: expect what the code computes";
        let held = self.ends(Exit::Refused, who, run, &["claim", FILE, "-i", mending])?;
        (self.say)(
            "triage",
            "asks for the file, to write a text of its own, and is told:",
        );
        self.quote("triage", &held);
        let list = self.ok("human:ada", "", &["approvals"])?;
        has(&list, &[mending, "against", MEANT])?;
        (self.say)("ada", "is asked, and is shown what both of them mean:");
        self.quote("ada", &list);
        let requests = self.json("human:ada", &["approvals"])?;
        let request = requests.pointer("/0/requests/0/id").and_then(Value::as_str);
        let request = request.ok_or_else(|| Failure::broken("demo", "nobody was asked"))?;
        self.ok("human:ada", "", &["approve", request, "-n", "green first"])?;
        (self.say)("ada", "says yes: green first");
        self.ok(who, run, &["claim", FILE, "-i", mending])?;
        self.agent("triage", AS_COMPUTED, mending)?;
        if !self.is_green()? {
            return Err(Failure::broken(
                "demo",
                "the test should hold after the fix",
            ));
        }
        self.ok(
            who,
            run,
            &["change", "--commit", "HEAD", "--id", "a-1", "-i", mending],
        )?;
        (self.say)(
            "triage",
            "mends the test with a text of its own, no inverse of b-1: change a-1",
        );
        self.finish("triage", run)
    }

    fn tuesday(&mut self) -> Result<(), Failure> {
        self.now = "2026-11-24T21:00:00Z";
        (self.say)(
            "",
            "\n3. Tuesday. Bob's loop sees its work undone, and wants it back.\n",
        );
        self.start("rounding", "rounding-2")?;
        let restore = ["claim", FILE, "-i", "restore what finance asked for"];
        let (who, run) = ("loop:rounding", "rounding-2");
        let refused = self.ends(Exit::Denied, who, run, &restore)?;
        has(&refused, &["loomstack.second_reversal"])?;
        (self.say)("rounding", "asks for the file, and is told:");
        self.quote("rounding", &refused);
        self.start("triage", "triage-2")?;
        let again = ["claim", FILE, "-i", "one more fix"];
        self.ends(Exit::Denied, "loop:triage", "triage-2", &again)?;
        (self.say)("triage", "is kept out too, until a person has decided");
        let inbox = self.json("human:bob", &["inbox"])?;
        let waiting = inbox
            .get("findings")
            .and_then(Value::as_array)
            .map(Vec::len);
        if waiting != Some(1) {
            return Err(Failure::broken(
                "demo",
                format!("one question was expected: {inbox}"),
            ));
        }
        let inbox = self.ok("human:bob", "", &["inbox"])?;
        has(&inbox, &["rounding", "triage", "b-1", "a-1"])?;
        (self.say)(
            "bob",
            "finds one question in his inbox, that names both loops:",
        );
        self.quote("bob", &inbox);
        let answer = "half up it is: the code is changed today";
        self.ok(
            "human:bob",
            "",
            &["return", "reversal of a-1", "-n", answer],
        )?;
        (self.say)("bob", &format!("decides: {answer}"));
        self.start("rounding", "rounding-3")?;
        self.ok(who, "rounding-3", &restore)?;
        self.agent("rounding", ROUNDED_UP, "restore what finance asked for")?;
        let change = [
            "change",
            "--commit",
            "HEAD",
            "--id",
            "b-2",
            "-i",
            MEANT,
            "--deliberate",
        ];
        self.ok(who, "rounding-3", &change)?;
        (self.say)(
            "rounding",
            "restores the test, as a person decided: change b-2",
        );
        self.finish("rounding", "rounding-3")
    }

    /// An agent, as far as this story needs one: a command that writes the test and commits it.
    fn agent(&self, name: &str, text: &str, message: &str) -> Result<(), Failure> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "printf '%s' \"$TEXT\" > \"$FILE\""])
            .env("TEXT", text)
            .env("FILE", FILE);
        done(name, shell.current_dir(&self.repo).output())?;
        self.git(&["commit", "--quiet", "-am", message])
    }

    /// Does the test hold, as the repository is now?
    fn is_green(&self) -> Result<bool, Failure> {
        let mut shell = Command::new("sh");
        let output = shell.arg(FILE).current_dir(&self.repo).output();
        let output = output.map_err(|why| Failure::outside(FILE, why))?;
        Ok(output.status.success())
    }

    fn start(&self, name: &str, run: &str) -> Result<(), Failure> {
        let who = format!("loop:{name}");
        let start = ["run", "start", run, "--loop", name, "--ttl", "1h"];
        self.ok(&who, "", &start).map(drop)
    }

    fn finish(&self, name: &str, run: &str) -> Result<(), Failure> {
        self.ok(&format!("loop:{name}"), run, &["run", "finish"])
            .map(drop)
    }

    fn ok(&self, who: &str, run: &str, arguments: &[&str]) -> Result<String, Failure> {
        self.ends(Exit::Done, who, run, arguments)
    }

    fn json(&self, who: &str, arguments: &[&str]) -> Result<Value, Failure> {
        let text = self.ok(who, "", &[arguments, &["--json"]].concat())?;
        serde_json::from_str(&text).map_err(|why| Failure::broken("demo", why))
    }

    /// Runs `loom` as a process of its own; it must end so. Answers what it printed.
    fn ends(
        &self,
        exit: Exit,
        who: &str,
        run: &str,
        arguments: &[&str],
    ) -> Result<String, Failure> {
        let program = std::env::current_exe().map_err(|why| Failure::outside("loom", why))?;
        let mut loom = Command::new(program);
        loom.args(arguments)
            .args(["--as", who])
            .env("LOOM_NOW", self.now)
            .env_remove("LOOM_STORE")
            .env_remove("LOOM_ACTOR")
            .env_remove("LOOM_RUN")
            .current_dir(&self.repo);
        if !run.is_empty() {
            loom.args(["--run", run]);
        }
        let output = loom.output().map_err(|why| Failure::outside("loom", why))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.code() == Some(exit as i32) {
            return Ok(said);
        }
        let told = String::from_utf8_lossy(&output.stderr);
        let message = format!(
            "loom {} ended with {}: {said}{told}",
            arguments.join(" "),
            output.status
        );
        Err(Failure::broken("demo", message))
    }

    fn git(&self, arguments: &[&str]) -> Result<(), Failure> {
        let mut git = repo::git(&self.repo);
        done("git", git.args(arguments).output())
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.repo.join(path);
        let outside = |why| Failure::outside(&path.display().to_string(), why);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(outside)?;
        }
        std::fs::write(&path, text).map_err(outside)
    }

    fn quote(&self, who: &str, text: &str) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            (self.say)(who, &format!("  | {line}"));
        }
    }
}

fn done(what: &str, output: std::io::Result<Output>) -> Result<(), Failure> {
    let output = output.map_err(|why| Failure::outside(what, why))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::outside(what, told))
}

fn has(text: &str, all: &[&str]) -> Result<(), Failure> {
    match all.iter().find(|wanted| !text.contains(**wanted)) {
        None => Ok(()),
        Some(missing) => {
            let message = format!("expected {missing:?} in:\n{text}");
            Err(Failure::broken("demo", message))
        }
    }
}
