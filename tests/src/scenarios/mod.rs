//! The stories behind the vectors of `tests/vectors/wire`: each plays on a fresh journal, says what its last
//! step must come to, and is written down with all of the reply.
//!
//! What a story says is the meaning, and a person wrote it; the rest of the reply is recorded, so that
//! every language is held to every field. `wire_vectors` writes the files; a vector that is added to
//! the folder by hand needs no story.

mod changes;
mod checking;
mod claims;
mod doors;
mod findings;
mod governance;
mod history;
mod iterations;
mod leases;
mod loops;
mod notes;
mod permissions;
mod queries;
mod spending;
mod stage;
mod successors;
mod terms;
mod waiting;
mod war;

use serde_json::Value;
pub use stage::Stage;

use crate::wire_vectors::Vector;

/// The vectors of one file.
pub struct Book {
    /// The name of the file, without its ending.
    pub name: &'static str,
    /// In the order of the file.
    pub vectors: Vec<Vector>,
}

/// All stories, played.
pub fn books() -> Vec<Book> {
    vec![
        book("claims", claims::tell),
        book("leases", leases::tell),
        book("waiting", waiting::tell),
        book("changes", changes::tell),
        book("queries", queries::tell),
        book("terms", terms::tell),
        book("governance", governance::tell),
        book("spending", spending::tell),
        book("loops", loops::tell),
        book("iterations", iterations::tell),
        book("checking", checking::tell),
        book("successors", successors::tell),
        book("findings", findings::tell),
        book("notes", notes::tell),
        book("war", war::tell),
        book("history", history::tell),
        book("permissions", permissions::tell),
        book("doors", doors::tell),
    ]
}

fn book(name: &'static str, tell: fn(&mut Teller)) -> Book {
    let mut teller = Teller::default();
    tell(&mut teller);
    Book {
        name,
        vectors: teller.vectors,
    }
}

/// Writes down how stories end.
#[derive(Default)]
struct Teller {
    vectors: Vec<Vector>,
}

impl Teller {
    /// The story ends with a command of `actor`; its reply says all of `says`, each a JSON pointer
    /// and the value there.
    fn ends(&mut self, name: &str, stage: Stage, actor: &str, body: Value, says: &[(&str, Value)]) {
        self.vectors
            .push(stage.ends(name, actor, body, says, false));
    }

    /// As [`Teller::ends`], and the state has a digest that is written down too.
    fn ends_hashed(
        &mut self,
        name: &str,
        stage: Stage,
        actor: &str,
        body: Value,
        says: &[(&str, Value)],
    ) {
        self.vectors.push(stage.ends(name, actor, body, says, true));
    }

    /// The story ends with a question.
    fn asks(&mut self, name: &str, stage: Stage, query: Value, says: &[(&str, Value)]) {
        self.vectors.push(stage.asks(name, query, says));
    }

    /// The story ends with a command that is refused with this code about this field.
    fn fails(
        &mut self,
        name: &str,
        stage: Stage,
        actor: &str,
        body: Value,
        code: &str,
        field: &str,
    ) {
        self.vectors
            .push(stage.fails(name, actor, body, code, field));
    }

    /// The story ends with a question that is refused.
    fn asks_in_vain(&mut self, name: &str, stage: Stage, query: Value, code: &str, field: &str) {
        self.vectors
            .push(stage.asks_in_vain(name, query, code, field));
    }

    /// The story ends with a text that is no command.
    fn not_a_command(&mut self, name: &str, stage: Stage, text: &str, code: &str) {
        self.vectors.push(stage.not_a_command(name, text, code));
    }

    /// As [`Teller::ends`], by an actor that is written out.
    fn ends_as(
        &mut self,
        name: &str,
        mut stage: Stage,
        actor: Value,
        body: Value,
        says: &[(&str, Value)],
    ) {
        let command = stage.command_as(actor, body);
        self.ends_with(name, stage, command, says);
    }

    /// As [`Teller::fails`], by an actor that is written out.
    fn fails_as(
        &mut self,
        name: &str,
        mut stage: Stage,
        actor: Value,
        body: Value,
        code: &str,
        field: &str,
    ) {
        let command = stage.command_as(actor, body);
        self.fails_with(name, stage, command, code, field);
    }

    /// The story ends with a command that was made before.
    fn ends_with(&mut self, name: &str, stage: Stage, command: Value, says: &[(&str, Value)]) {
        self.vectors
            .push(stage.ends_with(name, command, says, false));
    }

    /// The story ends with a command that was made before, and is refused.
    fn fails_with(&mut self, name: &str, stage: Stage, command: Value, code: &str, field: &str) {
        self.vectors
            .push(stage.fails_with(name, command, code, field));
    }
}
