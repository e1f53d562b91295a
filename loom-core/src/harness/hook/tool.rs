//! What a tool of an agent would do, as far as its name and input say.

use serde_json::Value;

use super::patch;
use super::payload::Fields;
use crate::error::{Code, Error};
use crate::shell;

/// A tool that an agent calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The harness's name of the call.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// What it would do.
    pub does: Does,
}

/// What a call of a tool would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// It writes these files, as the harness names them.
    Writes(Vec<String>),
    /// It runs a shell line.
    Runs {
        /// The line.
        line: String,
        /// The files that it certainly writes, as the line names them.
        writes: Vec<String>,
    },
    /// Something else, which only a policy and the guard over what watches agents have a say in.
    Calls {
        /// Texts of its input that stand where a path does.
        paths: Vec<String>,
        /// Texts of its input that stand where a shell line does.
        lines: Vec<String>,
    },
}

impl ToolCall {
    /// Reads a call of a tool: the fields `tool_name`, `tool_input`, `tool_use_id`.
    pub(super) fn read(fields: &Fields<'_>) -> Result<ToolCall, Error> {
        let name = fields.name("tool_name")?;
        let input = fields.object("tool_input")?;
        let does = match name {
            "Edit" | "Write" | "MultiEdit" => Does::Writes(vec![path(&input, "file_path")?]),
            "NotebookEdit" => Does::Writes(vec![path(&input, "notebook_path")?]),
            "apply_patch" => patched(&line(&input)?)?,
            "Bash" | "PowerShell" | "shell" | "local_shell" | "exec_command" => run(line(&input)?),
            _ => called(name, &input),
        };
        Ok(ToolCall {
            id: fields
                .name_if_any("tool_use_id")?
                .unwrap_or_default()
                .to_owned(),
            name: name.to_owned(),
            does,
        })
    }

    /// The files that it certainly writes.
    pub(super) fn writes(&self) -> &[String] {
        match &self.does {
            Does::Writes(paths) | Does::Runs { writes: paths, .. } => paths,
            Does::Calls { .. } => &[],
        }
    }
}

fn path(input: &Fields<'_>, name: &str) -> Result<String, Error> {
    let path = input.text(name)?;
    match path.contains('\0') {
        true => Err(input.wrong(name, "has a NUL in it, and no path has")),
        false => Ok(path.to_owned()),
    }
}

/// The shell line of an input: a text, or the list of a program and its arguments.
fn line(input: &Fields<'_>) -> Result<String, Error> {
    let name = if input.value("command").is_some() {
        "command"
    } else {
        "cmd"
    };
    let Some(Value::Array(words)) = input.value(name) else {
        return Ok(input.text(name)?.to_owned());
    };
    let words = words.iter().map(|word| match word {
        Value::String(word) => Ok(word.as_str()),
        _ => Err(input.wrong(name, "is a list with something in it that is no text")),
    });
    let words = words.collect::<Result<Vec<&str>, Error>>()?;
    match words.as_slice() {
        [] => Err(input.wrong(name, "is empty")),
        // What a harness wraps a line into.
        [shell, "-c" | "-lc", line] if is_shell(shell) => Ok((*line).to_owned()),
        words => {
            let quoted = words.iter().map(|word| quoted(word));
            Ok(quoted.collect::<Vec<_>>().join(" "))
        }
    }
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    matches!(name, "sh" | "bash" | "dash" | "zsh")
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn patched(text: &str) -> Result<Does, Error> {
    patch::files_of_codex(text)
        .map(Does::Writes)
        .ok_or_else(|| {
            let message = "this is no patch that names all the files it changes";
            Error::at(Code::InvalidField, "tool_input.command", message)
        })
}

fn run(line: String) -> Does {
    let mut writes: Vec<String> = Vec::new();
    if let Ok(read) = shell::read(&line) {
        let touched = read.paths_touched().paths;
        let literal = touched.iter().filter_map(|word| word.literal());
        writes.extend(literal.filter(|path| is_path(path)).map(str::to_owned));
        let runs = |names: &[&str]| {
            let programs = read
                .commands()
                .iter()
                .filter_map(|command| command.program());
            programs.into_iter().any(|program| names.contains(&program))
        };
        if runs(&["apply_patch", "applypatch"]) {
            writes.extend(patch::files_of_codex(&line).unwrap_or_default());
        }
        if runs(&["patch", "git"]) {
            writes.extend(patch::files_of_diff(&line).unwrap_or_default());
        }
    }
    if writes.is_empty() && line.contains("*** Begin Patch") {
        writes.extend(patch::files_of_codex(&line).unwrap_or_default());
    }
    writes.sort();
    writes.dedup();
    writes.truncate(super::PATHS_MAX);
    Does::Runs { line, writes }
}

/// Devices are no files that anybody shares.
fn is_path(path: &str) -> bool {
    !path.is_empty() && !path.starts_with("/dev/") && !path.contains('\0')
}

/// The input of any other tool: what stands under a name that speaks of paths or of commands.
fn called(tool: &str, input: &Fields<'_>) -> Does {
    let mut said = Said::default();
    // A tool that only reads may read what watches over agents.
    if !READERS.contains(&tool) {
        for (name, value) in input.iter() {
            said.hear(name, value);
        }
    }
    Does::Calls {
        paths: said.paths,
        lines: said.lines,
    }
}

#[derive(Default)]
struct Said {
    paths: Vec<String>,
    lines: Vec<String>,
}

impl Said {
    fn hear(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) => {
                let name = name.to_lowercase();
                let speaks_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
                if speaks_of(&["command", "cmd", "script", "shell", "code"]) {
                    push(text, &mut self.lines);
                } else if speaks_of(&["path", "file", "uri", "dir", "dest", "target", "folder"]) {
                    push(text, &mut self.paths);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.hear(name, value)),
            Value::Object(map) => map.iter().for_each(|(name, value)| self.hear(name, value)),
            _ => {}
        }
    }
}

/// Tools of harnesses that change nothing.
const READERS: &[&str] = &[
    "Glob",
    "Grep",
    "LS",
    "NotebookRead",
    "Read",
    "WebFetch",
    "WebSearch",
    "view_image",
];

fn push(text: &str, into: &mut Vec<String>) {
    if into.len() < super::PATHS_MAX && !text.is_empty() && !text.contains('\0') {
        into.push(text.to_owned());
    }
}
