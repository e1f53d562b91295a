//! The story: whose turn it is, and what must come of it. If anything else comes of it, the demo fails.

use loom_core::claim::Mode;
use loom_core::model::RunId;

use super::cue::{Cue, Outcome, Role};
use super::files::Picks;
use super::stage::Stage;
use crate::exit::Failure;

/// One loop of the story.
pub(super) struct Cast {
    pub(super) name: &'static str,
    pub(super) owner: &'static str,
    pub(super) run: &'static str,
    pub(super) goal: &'static str,
}

const LIMITS: Cast = Cast {
    name: "limits",
    owner: "ada",
    run: "limits-1",
    goal: "move clients to the new retry limits",
};
const KEEPER: Cast = Cast {
    name: "greenkeeper",
    owner: "bob",
    run: "greenkeeper-1",
    goal: "keep every test green",
};
const DOCS: Cast = Cast {
    name: "docs",
    owner: "cleo",
    run: "docs-1",
    goal: "keep the words up to date",
};

/// All loops.
pub(super) const CAST: [Cast; 3] = [LIMITS, KEEPER, DOCS];

/// The lease of the claim whose holder is killed.
const SHORT_MS: u64 = 2_000;
/// Every other lease.
const LONG_MS: u64 = 60_000;

/// Plays the story to its end.
pub(super) fn play(
    stage: &mut Stage,
    picks: &Picks,
    say: fn(&str, &str),
    mut enter: impl FnMut(&mut Stage, &'static str, &str) -> Result<u32, Failure>,
) -> Result<(), Failure> {
    let (a, b, c) = (LIMITS.name, KEEPER.name, DOCS.name);
    for (name, ttl_ms) in [(a, LONG_MS), (b, LONG_MS), (c, SHORT_MS)] {
        stage.cue(name, &Cue::Start { ttl_ms })?;
    }

    say(
        "",
        "\n1. One loop changes a test on purpose. The other one wants to \"fix\" that test.\n",
    );
    let why = "5 retries from now on, agreed with ada; expecting 3 was the mistake";
    granted(stage.cue(a, &claim(Role::Test, Mode::Write, why))?)?;
    let fix = Cue::Claim {
        role: Role::Test,
        area: true,
        mode: Mode::Write,
        intent: "make the tests green again".to_owned(),
        ttl_ms: LONG_MS,
        wait: false,
    };
    must(stage.cue(b, &fix)?, Outcome::Refused)?;
    must(stage.cue(a, &Cue::Notices)?, Outcome::Told { notices: 1 })?;
    must(
        stage.cue(a, &change(Role::Test, why, true))?,
        Outcome::Recorded,
    )?;
    must(
        stage.cue(a, &Cue::Release { role: Role::Test })?,
        Outcome::Done,
    )?;

    say(
        "",
        "\n2. The test is free now, and still looks wrong to the other loop. Its brief tells it why.\n",
    );
    must(
        stage.cue(b, &Cue::Brief { role: Role::Test })?,
        Outcome::LeftAlone,
    )?;

    say(
        "",
        "\n3. Both want one file. Nobody has to try again and again: there is a queue.\n",
    );
    granted(stage.cue(a, &claim(Role::Queued, Mode::Write, "use the new limit"))?)?;
    must(
        stage.cue(b, &waiting(Role::Queued, "correct a typo"))?,
        Outcome::Waiting,
    )?;
    let used = change(Role::Queued, "use the new limit", false);
    must(stage.cue(a, &used)?, Outcome::Recorded)?;
    must(
        stage.cue(a, &Cue::Release { role: Role::Queued })?,
        Outcome::Done,
    )?;
    granted(stage.cue(b, &Cue::AwaitTurn { role: Role::Queued })?)?;
    let corrected = change(Role::Queued, "correct a typo", false);
    must(stage.cue(b, &corrected)?, Outcome::Recorded)?;
    must(
        stage.cue(b, &Cue::Release { role: Role::Queued })?,
        Outcome::Done,
    )?;

    say(
        "",
        "\n4. A loop is killed while it holds a claim. Its lease ends; what it does later may not land.\n",
    );
    let held = Cue::Claim {
        role: Role::Held,
        area: false,
        mode: Mode::Exclusive,
        intent: "reword the comments".to_owned(),
        ttl_ms: SHORT_MS,
        wait: false,
    };
    granted(stage.cue(c, &held)?)?;
    must(
        stage.cue(c, &Cue::HalfChange { role: Role::Held })?,
        Outcome::Done,
    )?;
    stage.kill(c)?;
    say(
        c,
        "is killed with SIGKILL. It released nothing, and told nobody",
    );
    must(
        stage.cue(b, &waiting(Role::Held, "correct a name"))?,
        Outcome::Waiting,
    )?;
    granted(stage.cue(b, &Cue::AwaitTurn { role: Role::Held })?)?;
    must(
        stage.cue(b, &change(Role::Held, "correct a name", false))?,
        Outcome::Recorded,
    )?;
    enter(stage, c, DOCS.run)?;
    must(
        stage.cue(c, &Cue::Resume { role: Role::Held })?,
        Outcome::Fenced,
    )?;
    must(
        stage.cue(b, &Cue::Release { role: Role::Held })?,
        Outcome::Done,
    )?;

    say(
        "",
        "\n5. A loop hands over half-done work. Nobody else can slip in between.\n",
    );
    granted(stage.cue(
        a,
        &claim(Role::Handed, Mode::Exclusive, "rename the option"),
    )?)?;
    let to = RunId::new(KEEPER.run)?;
    let Outcome::Granted { token } = stage.cue(
        a,
        &Cue::HandOver {
            role: Role::Handed,
            to,
        },
    )?
    else {
        return Err(Failure::broken("demo", "the hand-over was refused"));
    };
    granted(stage.cue(
        b,
        &Cue::Take {
            role: Role::Handed,
            token,
        },
    )?)?;
    must(
        stage.cue(a, &change(Role::Handed, "one more line", false))?,
        Outcome::Fenced,
    )?;
    must(
        stage.cue(b, &change(Role::Handed, "rename the option", false))?,
        Outcome::Recorded,
    )?;
    must(
        stage.cue(b, &Cue::Release { role: Role::Handed })?,
        Outcome::Done,
    )?;

    let files = picks.free.len();
    say(
        "",
        &format!(
            "\n6. Both loops work through the same {files} files at once, in the same order, uncued.\n"
        ),
    );
    stage.send(a, &Cue::Rush)?;
    stage.send(b, &Cue::Rush)?;
    for name in [a, b] {
        let Outcome::Rushed { changes, .. } = stage.done(name)? else {
            return Err(Failure::broken(name, "it did not get through the files"));
        };
        if changes != files {
            return Err(Failure::broken(
                name,
                format!("it changed {changes} files of {files}"),
            ));
        }
    }
    for name in [a, b] {
        must(stage.cue(name, &Cue::Finish)?, Outcome::Done)?;
    }
    Ok(())
}

fn claim(role: Role, mode: Mode, intent: &str) -> Cue {
    Cue::Claim {
        role,
        area: false,
        mode,
        intent: intent.to_owned(),
        ttl_ms: LONG_MS,
        wait: false,
    }
}

fn waiting(role: Role, intent: &str) -> Cue {
    Cue::Claim {
        role,
        area: false,
        mode: Mode::Write,
        intent: intent.to_owned(),
        ttl_ms: LONG_MS,
        wait: true,
    }
}

fn change(role: Role, intent: &str, deliberate: bool) -> Cue {
    Cue::Change {
        role,
        intent: intent.to_owned(),
        deliberate,
    }
}

fn granted(outcome: Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Granted { .. } => Ok(()),
        other => Err(Failure::broken(
            "demo",
            format!("expected a grant, got {other:?}"),
        )),
    }
}

fn must(outcome: Outcome, wanted: Outcome) -> Result<(), Failure> {
    if outcome == wanted {
        return Ok(());
    }
    Err(Failure::broken(
        "demo",
        format!("expected {wanted:?}, got {outcome:?}"),
    ))
}
