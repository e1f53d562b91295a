//! One journal in memory and the commands sent to it.

use loom_core::coordinator::{Answer, Body, Command, Coordinator, Proposal, Reply};
use loom_core::error::Error;
use loom_core::model::{Record, Timestamp};
use loom_tests::world::{self, Commands};

pub(crate) struct Stage {
    pub(crate) coordinator: Coordinator,
    pub(crate) records: Vec<Record>,
    pub(crate) commands: Commands,
    pub(crate) now: Timestamp,
}

impl Stage {
    /// The founded world; its runs live a day.
    pub(crate) fn new() -> Stage {
        let mut stage = Stage {
            coordinator: Coordinator::default(),
            records: Vec::new(),
            commands: Commands::default(),
            now: world::at(0),
        };
        for command in stage.commands.founding(24 * 3_600_000) {
            stage.send(&command).unwrap();
        }
        stage
    }

    pub(crate) fn later(&mut self, ms: u64) -> &mut Stage {
        self.now = self.now.plus_ms(ms);
        self
    }

    pub(crate) fn propose(&self, command: &Command) -> Result<Proposal, Error> {
        self.coordinator.propose(command, self.now)
    }

    /// Carries a command out, settlements included.
    pub(crate) fn send(&mut self, command: &Command) -> Result<Answer, Error> {
        loop {
            let proposal = self.propose(command)?;
            if let Some(record) = proposal.record {
                self.coordinator
                    .apply(std::slice::from_ref(&record))
                    .unwrap();
                self.records.push(record);
            }
            if !proposal.again {
                return Ok(proposal.reply);
            }
        }
    }

    pub(crate) fn by(&mut self, run: &str, body: Body) -> Answer {
        let command = self.commands.by_run(run, body);
        self.send(&command).unwrap()
    }

    pub(crate) fn reply(&mut self, run: &str, body: Body) -> Reply {
        self.by(run, body).reply
    }
}
