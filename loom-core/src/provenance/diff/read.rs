//! A diff as text, read into files, hunks and lines, as `git diff` writes it.

use crate::model::{ActorId, Hunk};

/// One file of a diff.
#[derive(Debug, Default)]
pub(super) struct FileDiff<'d> {
    /// The lines before the first hunk that belong to the patch, in order.
    pub(super) headers: Vec<&'d str>,
    pub(super) hunks: Vec<(Hunk, Vec<Line<'d>>)>,
    pub(super) is_binary: bool,
    /// Both blobs as they stand there, whole or cut.
    pub(super) blobs: (String, String),
    pub(super) before: Option<ActorId>,
    pub(super) after: Option<ActorId>,
    /// The paths on both sides; nothing on the side where there is no file.
    old: Option<String>,
    new: Option<String>,
}

/// One line of a hunk, without its sign.
#[derive(Debug)]
pub(super) struct Line<'d> {
    /// `+`, `-` or a space.
    pub(super) sign: u8,
    pub(super) text: &'d str,
}

impl<'d> FileDiff<'d> {
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line<'d>> {
        self.hunks.iter().flat_map(|(_, lines)| lines)
    }

    /// The path after, or before where the file goes.
    pub(super) fn path(&self) -> String {
        let path = self.new.as_ref().or(self.old.as_ref());
        path.cloned().unwrap_or_default()
    }

    /// The path before, where the file was moved.
    pub(super) fn old_path(&self) -> Option<String> {
        let moved = self
            .headers
            .iter()
            .any(|line| line.starts_with("rename from "));
        let old = self.old.clone().filter(|_| moved)?;
        (self.new.as_ref() != Some(&old)).then_some(old)
    }

    /// The headers of the diff that takes this one back.
    pub(super) fn headers_turned(&self) -> Vec<String> {
        const SWAPPED: [(&str, &str); 4] = [
            ("new file mode ", "deleted file mode "),
            ("old mode ", "new mode "),
            ("rename from ", "rename to "),
            ("copy from ", "copy to "),
        ];
        let other = |line: &str| {
            let pairs = SWAPPED
                .iter()
                .flat_map(|(one, two)| [(*one, *two), (*two, *one)]);
            let mut words = pairs.filter_map(|(from, to)| Some((to, line.strip_prefix(from)?)));
            words.next().map(|(to, rest)| format!("{to}{rest}"))
        };
        let of = |start: &str| {
            self.headers
                .iter()
                .find_map(|line| line.strip_prefix(start))
        };
        let named = |text: &str, from: &str, to: &str| match text.strip_prefix(from) {
            Some(path) => format!("{to}{path}"),
            None => text.to_owned(),
        };
        let mut turned: Vec<String> = Vec::with_capacity(self.headers.len());
        for line in &self.headers {
            turned.push(if let Some(paths) = line.strip_prefix("diff --git ") {
                format!("diff --git {}", swapped(paths))
            } else if line.starts_with("--- ") {
                let new = of("+++ ").unwrap_or_default();
                format!("--- {}", named(&named(new, "b/", "a/"), "\"b/", "\"a/"))
            } else if line.starts_with("+++ ") {
                let old = of("--- ").unwrap_or_default();
                format!("+++ {}", named(&named(old, "a/", "b/"), "\"a/", "\"b/"))
            } else {
                other(line).unwrap_or_else(|| (*line).to_owned())
            });
        }
        // The old one of two stands first, whichever way the patch goes.
        for (first, second) in [("old mode ", "new mode "), ("rename from ", "rename to ")] {
            let at = |start: &str| turned.iter().position(|line| line.starts_with(start));
            if let (Some(first), Some(second)) = (at(first), at(second))
                && second < first
            {
                turned.swap(first, second);
            }
        }
        turned
    }
}

/// The files of a diff. What stands before the first file, and after the last, is skipped.
pub(super) fn files(diff: &str) -> Result<Vec<FileDiff<'_>>, String> {
    let mut files: Vec<FileDiff<'_>> = Vec::new();
    let mut lines = diff.split_inclusive('\n').map(without_end).peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("diff ") {
            files.push(FileDiff::begin(line));
            continue;
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        if let Some(hunk) = line.strip_prefix("@@ -") {
            let hunk = read_hunk(hunk).ok_or_else(|| format!("no hunk: {:.80}", line))?;
            let mut own = Vec::new();
            let (mut old, mut new) = (hunk.old_lines, hunk.new_lines);
            while old > 0 || new > 0 {
                let Some(text) = lines.next() else {
                    return Err(format!("cut off within {:.80}", line));
                };
                let sign = text.as_bytes().first().copied().unwrap_or(b' ');
                match sign {
                    // A note that the line before has no end.
                    b'\\' => continue,
                    b'-' if old > 0 => old -= 1,
                    b'+' if new > 0 => new -= 1,
                    b' ' if old > 0 && new > 0 => (old, new) = (old - 1, new - 1),
                    _ => return Err(format!("lines do not fit {:.80}", line)),
                }
                let text = text.get(1..).unwrap_or_default();
                own.push(Line { sign, text });
            }
            file.hunks.push((hunk, own));
        } else if file.hunks.is_empty() && !file.is_binary {
            file.header(line);
        }
    }
    Ok(files)
}

impl<'d> FileDiff<'d> {
    fn begin(line: &'d str) -> FileDiff<'d> {
        let paths = line.strip_prefix("diff --git ").unwrap_or_default();
        let (old, new) = both(paths).unzip();
        let path = |path: Option<&str>| path.and_then(path_of);
        FileDiff {
            headers: vec![line],
            old: path(old),
            new: path(new),
            ..FileDiff::default()
        }
    }

    fn header(&mut self, line: &'d str) {
        if let Some(blobs) = line.strip_prefix("index ") {
            let blobs = blobs.split(' ').next().unwrap_or_default();
            let (before, after) = blobs.split_once("..").unwrap_or_default();
            self.blobs = (before.to_owned(), after.to_owned());
            (self.before, self.after) = (whole(before), whole(after));
            return;
        }
        if line.starts_with("Binary files ") || line.starts_with("GIT binary patch") {
            self.is_binary = true;
            return;
        }
        if let Some(path) = line
            .strip_prefix("rename from ")
            .or(line.strip_prefix("copy from "))
        {
            self.old = Some(unquoted(path));
        } else if let Some(path) = line
            .strip_prefix("rename to ")
            .or(line.strip_prefix("copy to "))
        {
            self.new = Some(unquoted(path));
        } else if let Some(path) = line.strip_prefix("--- ") {
            self.old = path_of(path);
        } else if let Some(path) = line.strip_prefix("+++ ") {
            self.new = path_of(path);
        } else if line.starts_with("new file mode") {
            self.old = None;
        } else if line.starts_with("deleted file mode") {
            self.new = None;
        } else if !line.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return;
        }
        self.headers.push(line);
    }
}

fn without_end(line: &str) -> &str {
    line.strip_suffix('\n').unwrap_or(line)
}

/// `1,2 +3,4 @@ …`; a count that is missing is 1.
fn read_hunk(text: &str) -> Option<Hunk> {
    let (old, rest) = text.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let both = |range: &str| {
        let (start, lines) = range.split_once(',').unwrap_or((range, "1"));
        Some((start.parse().ok()?, lines.parse().ok()?))
    };
    let ((old_start, old_lines), (new_start, new_lines)) = (both(old)?, both(new)?);
    Some(Hunk {
        old_start,
        old_lines,
        new_start,
        new_lines,
    })
}

/// A blob that stands there in full; the one of zeros is none.
fn whole(blob: &str) -> Option<ActorId> {
    let hex = blob.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_some = blob.bytes().any(|byte| byte != b'0');
    let full = matches!(blob.len(), 40 | 64) && hex && is_some;
    full.then(|| ActorId::new(blob).ok()).flatten()
}

/// The two paths of a first line: `a/x b/x`, where either may be quoted. Names with spaces are told
/// apart where both are the same.
fn both(paths: &str) -> Option<(&str, &str)> {
    if paths.starts_with('"') {
        let end = quote_end(paths)?;
        return Some((paths.get(..end)?, paths.get(end..)?.trim_start()));
    }
    if let Some(start) = paths.find(" \"") {
        return Some((paths.get(..start)?, paths.get(start + 1..)?));
    }
    let half = paths.len() / 2;
    let halves = paths
        .get(..half)
        .zip(paths.get(half..).and_then(|two| two.strip_prefix(' ')));
    let bare = |path: &str| path.split_once('/').map(|(_, path)| path.to_owned());
    if let Some((one, two)) = halves
        && bare(one) == bare(two)
    {
        return Some((one, two));
    }
    let start = paths.find(" b/")?;
    Some((paths.get(..start)?, paths.get(start + 1..)?))
}

fn quote_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match (escaped, byte) {
            (true, _) => escaped = false,
            (false, b'\\') => escaped = true,
            (false, b'"') => return Some(place + 1),
            (false, _) => {}
        }
    }
    None
}

/// A first line's paths as the diff that takes it back has them.
fn swapped(paths: &str) -> String {
    let Some((old, new)) = both(paths) else {
        return paths.to_owned();
    };
    let side = |path: &str, from: &str, to: &str| {
        let quoted = path.strip_prefix('"');
        let bare = quoted.unwrap_or(path);
        let renamed = match bare.strip_prefix(from) {
            Some(path) => format!("{to}{path}"),
            None => bare.to_owned(),
        };
        if quoted.is_some() {
            format!("\"{renamed}")
        } else {
            renamed
        }
    };
    format!("{} {}", side(new, "b/", "a/"), side(old, "a/", "b/"))
}

/// A path of a header: without `a/` or `b/`, unquoted; nothing for `/dev/null`.
fn path_of(text: &str) -> Option<String> {
    // A name with spaces has a tab behind it.
    let text = text.strip_suffix('\t').unwrap_or(text);
    if text == "/dev/null" {
        return None;
    }
    let path = unquoted(text);
    let bare = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/"));
    Some(bare.map(str::to_owned).unwrap_or(path))
}

/// A name as git quotes it: `\t`, `\"`, `\303\244`.
fn unquoted(text: &str) -> String {
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    else {
        return text.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some(escaped) = rest.next() else { break };
        bytes.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'0'..=b'7' => {
                let mut value = u32::from(escaped - b'0');
                for _ in 0..2 {
                    let Some(digit) = rest.next_if(|byte| matches!(byte, b'0'..=b'7')) else {
                        break;
                    };
                    value = value * 8 + u32::from(digit - b'0');
                }
                value.to_le_bytes()[0]
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
