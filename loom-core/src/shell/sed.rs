//! Whether a sed script only edits text. GNU sed can run programs (`e`, `s///e`) and write files
//! (`w`, `s///w`), so that a script that this reader does not know is not read.

/// Whether the script is made of `p`, `d`, `q`, `=` and plain `s` commands under plain addresses.
pub(super) fn only_edits(script: &str) -> bool {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';']);
        if rest.is_empty() {
            return true;
        }
        let Some(after) = command(rest) else {
            return false;
        };
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with([';', '\n']) {
            return false;
        }
    }
}

fn command(text: &str) -> Option<&str> {
    let mut text = address(text)?;
    if let Some(second) = text.strip_prefix(',') {
        text = address(second)?;
    }
    let text = text.strip_prefix('!').unwrap_or(text);
    let mut chars = text.chars();
    match chars.next()? {
        'p' | 'd' | 'q' | '=' => Some(chars.as_str()),
        's' => {
            let delimiter = chars.next().filter(|c| !matches!(c, '\\' | '\n'))?;
            let text = delimited(chars.as_str(), delimiter)?;
            let text = delimited(text, delimiter)?;
            Some(text.trim_start_matches(|c: char| c.is_ascii_digit() || "gpiI".contains(c)))
        }
        _ => None,
    }
}

fn address(text: &str) -> Option<&str> {
    if let Some(text) = text.strip_prefix('/') {
        return delimited(text, '/');
    }
    let text = text.strip_prefix('$').unwrap_or(text);
    Some(text.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// The text behind the next delimiter. Brackets may hide a delimiter from some seds, so that they
/// are only taken where they do not hold one.
fn delimited(text: &str, delimiter: char) -> Option<&str> {
    let mut in_bracket = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next()?;
            }
            c if c == delimiter => return (!in_bracket).then_some(chars.as_str()),
            '[' => in_bracket = true,
            ']' => in_bracket = false,
            _ => {}
        }
    }
    None
}
