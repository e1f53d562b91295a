//! Variables that make programs run other programs.

use super::reader::Found;
use super::{Command, Why, Word, lexeme, list};
use crate::error::Error;

/// Variables whose value is a command line that some program runs.
const COMMANDS: &[&str] = &[
    "BROWSER",
    "EDITOR",
    "GIT_ASKPASS",
    "GIT_EDITOR",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "LESSCLOSE",
    "LESSOPEN",
    "MANPAGER",
    "PAGER",
    "PROMPT_COMMAND",
    "RSYNC_RSH",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "VISUAL",
];

/// Variables, by how they begin, that load code or change what a shell reads.
const CODE: &[&str] = &[
    "BASHOPTS",
    "BASH_ENV",
    "BASH_FUNC",
    "DYLD_",
    "ENV=",
    "ENV+",
    "FPATH",
    "GIT_CONFIG",
    "GIT_TEMPLATE_DIR",
    "LD_",
    "NODE_OPTIONS",
    "PERL5OPT",
    "PROMPT_SUBST",
    "PS4",
    "PYTHONSTARTUP",
    "RUBYOPT",
    "SHELL=",
    "SHELLOPTS",
    "ZDOTDIR",
];

/// Variables that say where a name is looked for. A name stays a name, so that a rule that forbids
/// it is not passed by; but nothing that is allowed by name is certain any more.
const PLACES: &[&str] = &["PATH", "GIT_EXEC_PATH", "path"];

/// Notes what the assignments of a command can run.
pub(super) fn examine(command: &Command, depth: usize, found: &mut Found) -> Result<(), Error> {
    let declares = matches!(
        command.program(),
        Some("export" | "declare" | "typeset" | "local" | "readonly" | "env" | "sudo" | "doas")
    );
    let declared = if declares {
        command.argv.as_slice()
    } else {
        &[]
    };
    for word in command.assignments.iter().chain(declared) {
        assignment(word, depth, found)?;
    }
    // `read PATH`, `printf -v LD_PRELOAD`: the name alone is enough.
    if matches!(
        command.program(),
        Some("read" | "printf" | "mapfile" | "readarray" | "getopts")
    ) {
        for word in &command.argv {
            let name = format!("{}=", word.text);
            if is_code(&name) || COMMANDS.contains(&word.text.as_str()) {
                found.note(Why::Environment, &word.text);
            }
            found.names_rebound |= PLACES.contains(&word.text.as_str());
        }
    }
    Ok(())
}

fn assignment(word: &Word, depth: usize, found: &mut Found) -> Result<(), Error> {
    let text = word.text.as_str();
    let Some(name) = lexeme::assigned(text) else {
        return Ok(());
    };
    if PLACES.contains(&name) {
        found.names_rebound = true;
    } else if is_code(text) {
        found.note(Why::Environment, text);
    } else if COMMANDS.contains(&name) {
        match word.literal().and_then(|text| text.split_once('=')) {
            Some((_, line)) => list::read_into(line, depth + 1, found)?,
            None => found.note(Why::Environment, text),
        }
    }
    Ok(())
}

fn is_code(assignment: &str) -> bool {
    CODE.iter().any(|begin| assignment.starts_with(begin))
}
