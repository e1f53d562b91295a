//! `log`: the journal, record by record, with its chain verified on the way.

use clap::Args;
use loom_core::coordinator::read_events;
use loom_core::error::Error;
use loom_core::model::{Header, Record, Ver};
use loom_core::view::named;
use serde_json::value::RawValue;
use serde_json::{json, to_string};

use crate::cli::Common;
use crate::exit::{Ended, Exit};
use crate::session::Session;
use crate::show;

/// Shows and verifies the journal.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Show only records behind this version; the chain is verified from the start all the same
    #[arg(long, value_name = "VERSION", default_value_t = 0)]
    after: Ver,
    /// Show only the last ones
    #[arg(long, short = 'n', value_name = "NUMBER")]
    last: Option<Ver>,
    /// Verify and show nothing but the result
    #[arg(long)]
    quiet: bool,
}

impl Log {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let mut after = self.after;
        if let Some(last) = self.last {
            let head = session
                .loom
                .look(|coordinator, _| Ok(coordinator.version()));
            // Where the state cannot be read, the verification below says why.
            after = after.max(head.unwrap_or(0).saturating_sub(last));
        }
        let as_json = common.json;
        let head = session.loom.verify(|record, header| {
            if record.ver > after && !self.quiet {
                let line = if as_json {
                    json_line(record)
                } else {
                    line(record, header)
                };
                show::print(&line.unwrap_or_else(|why| format!("{} {why}", record.ver)));
            }
        })?;
        if as_json {
            show::print(&json!({"verified": head}).to_string());
        } else {
            show::print(&format!(
                "verified  {} records, none altered, dropped, moved or forked; head {}",
                head.ver, head.hash
            ));
        }
        Ok(Exit::Done)
    }
}

fn line(record: &Record, header: &Header) -> Result<String, Error> {
    let at = header.at.to_string();
    let run = header.actor.run.as_ref();
    let run = run.map(|run| format!(" (run {})", named(run.as_str())));
    let who = format!(
        "{}{}",
        named(&header.actor.to_string()),
        run.unwrap_or_default()
    );
    let mut line = format!("{:>6}  {} {}Z  {who}", record.ver, &at[..10], &at[11..19]);
    for event in show::events(&read_events(record)?) {
        line.push_str("\n          ");
        line.push_str(&event);
    }
    Ok(line)
}

/// The record as it stands in the journal, with its place in the chain.
fn json_line(record: &Record) -> Result<String, Error> {
    let [header, events, reply] = record.lines()?;
    let raw = |text: &str| RawValue::from_string(text.to_owned()).ok();
    let line = to_string(&Line {
        ver: record.ver,
        prev: record.prev.to_string(),
        hash: record.hash.to_string(),
        header: raw(header),
        events: raw(events),
        reply: raw(reply),
    });
    Ok(line.unwrap_or_default())
}

#[derive(serde::Serialize)]
struct Line {
    ver: Ver,
    prev: String,
    hash: String,
    header: Option<Box<RawValue>>,
    events: Option<Box<RawValue>>,
    reply: Option<Box<RawValue>>,
}
