//! Reads lines of `.gitignore` and `CODEOWNERS` into patterns of this plane.
//!
//! Those dialects differ from ours where it hurts: a name without a slash is found at every depth,
//! and braces are ordinary characters. The translation writes both out, so what is stored and shown
//! is a pattern that says what it means.
//!
//! ```
//! use loom_core::path::{PathRules, Pattern};
//!
//! let rules = PathRules::default();
//! let (pattern, owners) = Pattern::from_codeowners_line("*.js @web # scripts", rules)?
//!     .ok_or("a rule")?;
//! assert_eq!(pattern.source().text(), "**/*.js");
//! assert_eq!(owners, ["@web"]);
//! assert_eq!(Pattern::from_gitignore_line("# build output", rules)?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::pattern::Pattern;
use super::rules::PathRules;
use crate::error::{Code, Error};

impl Pattern {
    /// The pattern of one line of a `.gitignore` at the root, or `None` for a blank line or a comment.
    ///
    /// # Errors
    /// `invalid_pattern` for a line that starts with `!` (put it into `exclude`), and as
    /// [`Pattern::compile`] for what it is translated to.
    pub fn from_gitignore_line(line: &str, rules: PathRules) -> Result<Option<Pattern>, Error> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let text = without_final_spaces(line);
        if text.is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        translate(text, rules).map(Some)
    }

    /// The pattern and the owners of one line of a `CODEOWNERS` file, or `None` for a blank line or
    /// a comment. A rule without owners, which takes them away, gives an empty list.
    ///
    /// # Errors
    /// As [`Pattern::from_gitignore_line`].
    pub fn from_codeowners_line(
        line: &str,
        rules: PathRules,
    ) -> Result<Option<(Pattern, Vec<String>)>, Error> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let (text, rest) = line.split_at(first_field(line));
        let owners = rest
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'))
            .map(str::to_owned)
            .collect();
        Ok(Some((translate(text, rules)?, owners)))
    }
}

/// Bytes of a line up to the first space that no backslash escapes.
fn first_field(line: &str) -> usize {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if !escaped && c.is_whitespace() {
            return at;
        }
        escaped = !escaped && c == '\\';
    }
    line.len()
}

/// Spaces at the end mean nothing, unless a backslash keeps one.
fn without_final_spaces(line: &str) -> &str {
    let cut = line.trim_end_matches([' ', '\t']);
    let backslashes = cut.len() - cut.trim_end_matches('\\').len();
    if backslashes % 2 == 1 && cut.len() < line.len() {
        &line[..=cut.len()]
    } else {
        cut
    }
}

fn translate(text: &str, rules: PathRules) -> Result<Pattern, Error> {
    if text.starts_with('!') {
        return Err(Error::at(
            Code::InvalidPattern,
            "pattern",
            "a line with `!` takes paths away again; put the rest of it into `exclude`",
        ));
    }
    let anchored = text.strip_suffix('/').unwrap_or(text).contains('/');
    let mut glob = String::with_capacity(text.len() + 3);
    if !anchored {
        glob.push_str("**/");
    }
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' => glob.extend(['\\', c]),
            '\\' => {
                glob.push(c);
                glob.extend(rest.next());
            }
            '[' => {
                glob.push(c);
                copy_class(&mut rest, &mut glob);
            }
            _ => glob.push(c),
        }
    }
    Pattern::glob(&glob, rules)
}

/// Copies a class up to its end; braces are members there in every dialect.
fn copy_class(rest: &mut std::str::Chars<'_>, glob: &mut String) {
    let mut first = true;
    while let Some(c) = rest.next() {
        glob.push(c);
        match c {
            ']' if !first => return,
            '!' | '^'
                if first && glob.ends_with(['!', '^']) && glob[..glob.len() - 1].ends_with('[') =>
            {
                continue;
            }
            '\\' => glob.extend(rest.next()),
            _ => {}
        }
        first = false;
    }
}
