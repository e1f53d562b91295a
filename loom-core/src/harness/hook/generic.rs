//! Hooks of runners that call a program around the steps of a loop: `{phase, event, loop, iteration}`, as
//! ralph-orchestrator 2.10 tells it. The exit code says whether the step may go on.

use super::payload::Fields;
use super::text;
use super::told::{Harness, Moment, Say, Told, Written};
use crate::error::Error;

pub(super) fn read(fields: &Fields<'_>) -> Result<Told, Error> {
    let name = match fields.name_if_any("phase_event")? {
        Some(name) => name.to_owned(),
        None => format!("{}.{}", fields.name("phase")?, fields.name("event")?),
    };
    let moment = match name.as_str() {
        "pre.loop.start" => Moment::SessionStarts,
        "pre.iteration.start" => Moment::IterationStarts,
        "post.iteration.start" => Moment::IterationEnds,
        "post.loop.complete" => Moment::LoopEnds { failed: false },
        "post.loop.error" => Moment::LoopEnds { failed: true },
        _ => Moment::Other,
    };
    let of_loop = fields.object("loop")?;
    let cwd = match of_loop.text_if_any("workspace")? {
        Some(workspace) => workspace,
        None => of_loop.text("repo_root")?,
    };
    Ok(Told {
        harness: Harness::Generic,
        session: of_loop.name("id")?.to_owned(),
        agent: None,
        cwd: cwd.to_owned(),
        model: None,
        event: name,
        moment,
    })
}

pub(super) fn write(say: &Say) -> Written {
    match say {
        Say::Nothing | Say::Allow(_) => Written::default(),
        Say::Facts(facts) => Written {
            stdout: text::within(facts, text::FACTS_CHARS_MAX),
            ..Written::default()
        },
        Say::Deny(why) | Say::Ask(why) | Say::Defer(why) | Say::GoOn(why) => Written {
            stdout: String::new(),
            stderr: text::within(why, text::REASON_CHARS_MAX),
            exit: 2,
        },
    }
}
