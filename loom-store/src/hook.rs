//! Carrying out what a harness's hook asks: [`Exchange`] says what is sent and asked, and this does it.

use loom_core::error::Error;
use loom_core::harness::hook::{Exchange, Say, Step, Surroundings, Told};

use crate::Loom;

impl Loom {
    /// Answers a hook: claims, decides, records, and says what the harness is to be told.
    ///
    /// # Errors
    /// Those of [`Exchange::step`], of the commands that it sends and of the store. Every one of them
    /// means no: see [`loom_core::harness::hook::written_failure`].
    pub fn answer_hook(&self, told: &Told, around: &Surroundings) -> Result<Say, Error> {
        let mut exchange = Exchange::new(told, around);
        loop {
            // A question to the state can be asked twice, where the journal was recovered meanwhile.
            let (next, step) = self.look(|coordinator, now| {
                let mut next = exchange.clone();
                let step = next.step(coordinator, now)?;
                Ok((next, step))
            })?;
            exchange = next;
            match step {
                Step::Send { actor, body } => exchange.hear(self.execute(&actor, *body))?,
                Step::Ask(query) => exchange.hear_answer(self.query(&query))?,
                Step::Say(say) => return Ok(say),
            }
        }
    }
}
