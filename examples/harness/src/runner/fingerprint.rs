//! What tells one failure from another: the output of a gate without what differs from run to run.
//!
//! Numbers, hexadecimal names, places of files and lengths of time are taken out, lines are sorted and each
//! is counted once, because tests that run side by side print in any order. What is left of two failures is
//! equal where a person would say "the same again".

use loom_core::error::Error;
use loom_core::model::{ActorId, Digest};

/// How many characters of a digest make a fingerprint.
const PRINT_CHARS: usize = 16;
/// So many hexadecimal digits, one of them a number, are taken for a name that a machine gave.
const HEX_CHARS_MIN: usize = 7;
/// Units of time that may follow a number.
const TIMES: [&str; 14] = [
    "ns", "us", "µs", "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "h",
    "hours",
];

/// The fingerprint of what a failing gate printed.
pub(super) fn of(output: &[u8]) -> Result<ActorId, Error> {
    let text = String::from_utf8_lossy(output);
    let digest = Digest::of(&[b"loomstack.gate.v1\n", normal(&text).as_bytes()]);
    ActorId::new(&digest.to_string()[..PRINT_CHARS])
}

/// The output without what differs from run to run.
fn normal(text: &str) -> String {
    let mut lines: Vec<String> = plain(text)
        .split(['\n', '\r'])
        .map(line)
        .filter(|line| !line.is_empty())
        .collect();
    lines.sort();
    lines.dedup();
    lines.join("\n")
}

/// The text without what colours it.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(it) = chars.next() {
        match it {
            '\u{1b}' if chars.as_str().starts_with('[') => {
                // `ESC [ … letter`.
                let _ = chars.find(|it| it.is_ascii_alphabetic());
            }
            it => plain.push(it),
        }
    }
    plain
}

fn line(line: &str) -> String {
    let mut normal = String::new();
    for word in line.split_whitespace() {
        let word = word_of(word);
        let bare = word.trim_matches(|it: char| !it.is_alphanumeric());
        if normal.ends_with('#') && TIMES.contains(&bare) {
            continue;
        }
        if !normal.is_empty() {
            normal.push(' ');
        }
        normal.push_str(&word);
    }
    normal
}

/// A word, piece by piece: what could be a path keeps its last part.
fn word_of(word: &str) -> String {
    let of_path = |it: char| it.is_alphanumeric() || "_./\\-~@+%".contains(it);
    let mut normal = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let len = rest.find(|it| !of_path(it)).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(len);
        let file = piece.rsplit(['/', '\\']).next().unwrap_or(piece);
        push_names(&mut normal, file);
        let other = behind.find(of_path).unwrap_or(behind.len());
        let (between, behind) = behind.split_at(other);
        normal.push_str(between);
        rest = behind;
    }
    // 12:30:05.123 is one number.
    while let Some(at) = ["#.#", "#:#", "#,#", "#-#", "##"]
        .iter()
        .find_map(|it| normal.find(it))
    {
        let end = at
            + if normal[at + 1..].starts_with('#') {
                2
            } else {
                3
            };
        normal.replace_range(at..end, "#");
    }
    normal
}

fn push_names(normal: &mut String, piece: &str) {
    let is_hex = |it: &str| it.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
    let digits = |it: &str| it.bytes().filter(u8::is_ascii_digit).count();
    if piece.len() >= 2 * PRINT_CHARS && is_hex(piece) && digits(piece) > 0 {
        return normal.push('#');
    }
    let mut rest = piece;
    while !rest.is_empty() {
        let len = rest
            .find(|it: char| !it.is_alphanumeric())
            .unwrap_or(rest.len());
        let (name, behind) = rest.split_at(len);
        push_name(normal, name);
        let other = behind.find(char::is_alphanumeric).unwrap_or(behind.len());
        normal.push_str(&behind[..other]);
        rest = &behind[other..];
    }
}

fn push_name(normal: &mut String, name: &str) {
    let has_digit = name.bytes().any(|it| it.is_ascii_digit());
    if !has_digit {
        return normal.push_str(name);
    }
    let hex = name.strip_prefix("0x").unwrap_or(name);
    let is_hex = hex.bytes().all(|it| it.is_ascii_hexdigit());
    let unit = name.trim_start_matches(|it: char| it.is_ascii_digit());
    if is_hex && (hex.len() >= HEX_CHARS_MIN || hex.len() < name.len()) || TIMES.contains(&unit) {
        return normal.push('#');
    }
    let mut after_digit = false;
    for it in name.chars() {
        if !it.is_ascii_digit() {
            normal.push(it);
        } else if !after_digit {
            normal.push('#');
        }
        after_digit = it.is_ascii_digit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_failure_again_has_the_same_fingerprint() {
        for (first, again) in [
            ("test a ... FAILED in 0.31s", "test a ... FAILED in 12.5 s"),
            ("finished in 900 ms", "finished in 1.2 s"),
            (
                "panicked at /tmp/a81/src/lib.rs:12:5",
                "panicked at /home/x/src/lib.rs:99:17",
            ),
            ("at commit 3f9a2c41b", "at commit 00aa11bb22"),
            (
                "run 6a1c3c1e-6c0b-4d0e-9d4e-0a4f6f9b1c11",
                "run 00000000-0000-4000-9000-aaaaaaaaaaaa",
            ),
            ("2026-11-23T07:30:00.123Z boom", "2027-01-02T17:31:09Z boom"),
            ("b failed\na failed\n", "a failed\nb failed\na failed\n"),
            ("\u{1b}[31merror\u{1b}[0m: no", "error: no"),
            (
                "thread 'main' (4711) panicked",
                "thread 'main' (12) panicked",
            ),
            ("0x7ffe10 is null", "0x10 is null"),
            ("10%\r50%\rdone", "3%\r99%\rdone"),
        ] {
            assert_eq!(normal(first), normal(again));
            assert_eq!(of(first.as_bytes()).unwrap(), of(again.as_bytes()).unwrap());
        }
    }

    #[test]
    fn another_failure_has_another_fingerprint() {
        for (one, other) in [
            ("test a ... FAILED", "test b ... FAILED"),
            ("src/a.rs:1: no such name", "src/b.rs:1: no such name"),
            ("expected true", "expected false"),
            ("deadbeef is unknown", "deadbeaf is unknown"),
            ("", "something"),
        ] {
            assert_ne!(
                of(one.as_bytes()).unwrap(),
                of(other.as_bytes()).unwrap(),
                "{one}"
            );
        }
    }

    #[test]
    fn any_bytes_have_a_fingerprint() {
        for bytes in [
            &b""[..],
            b"\xff\xfe\x00",
            b"\x1b[",
            b"#.#:##",
            "µ12µs".as_bytes(),
        ] {
            assert_eq!(of(bytes).unwrap().as_str().len(), PRINT_CHARS);
        }
    }
}
