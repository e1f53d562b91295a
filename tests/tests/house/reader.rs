//! Rust source as tokens, and the paths that stand in it.
//!
//! The compiler's lexer (proc-macro2) decides what is a comment or a string, so neither can fool a
//! rule, and what stands inside a macro's arguments is read like everything else.

use std::slice::Iter;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What one source file says.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Every path, with the groups of `use` multiplied out.
    pub(crate) paths: Vec<Path>,
    /// Every identifier, number and string outside documentation.
    pub(crate) words: Vec<Word>,
}

/// A path as it is written: `crate::{a, b::C}` is two of them.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The inline modules around it, outermost first.
    pub(crate) inline: Vec<String>,
    /// Its segments; `*` for a glob, `$` for what only a macro's expansion knows.
    pub(crate) segments: Vec<String>,
    /// Whether it stands in an item under `#[cfg(test)]`.
    pub(crate) in_test: bool,
}

/// One identifier or literal.
#[derive(Debug)]
pub(crate) struct Word {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The text as written, without `r#`.
    pub(crate) text: String,
    /// Whether a `!` follows, so that it calls a macro.
    pub(crate) calls: bool,
    /// Whether it is a literal with a fraction, an exponent or a float's suffix.
    pub(crate) is_float: bool,
    /// Whether it stands in an item under `#[cfg(test)]`.
    pub(crate) in_test: bool,
}

/// Reads a source file, or says why it is none.
pub(crate) fn read(source: &str) -> Result<Reading, String> {
    let stream: TokenStream = source.parse().map_err(|error| format!("{error}"))?;
    let mut reading = Reading::default();
    let place = Place {
        line: None,
        inline: Vec::new(),
        in_test: false,
    };
    walk(
        &stream.into_iter().collect::<Vec<_>>(),
        &place,
        &mut reading,
    );
    Ok(reading)
}

#[derive(Clone)]
struct Place {
    /// The line that tokens of a string in an attribute are counted to.
    line: Option<usize>,
    inline: Vec<String>,
    in_test: bool,
}

impl Place {
    fn line_of(&self, token: &TokenTree) -> usize {
        self.line.unwrap_or_else(|| token.span().start().line)
    }

    fn word(&self, token: &TokenTree) -> Word {
        let text = word(token).unwrap_or_else(|| token.to_string());
        let (line, in_test) = (self.line_of(token), self.in_test);
        Word {
            line,
            text,
            calls: false,
            is_float: false,
            in_test,
        }
    }
}

fn walk(tokens: &[TokenTree], place: &Place, out: &mut Reading) {
    let mut here = place.clone();
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        match &tokens[at] {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                let bang = usize::from(rest.get(1).is_some_and(|it| is_mark(it, '!')));
                if let Some(attribute) = rest
                    .get(1 + bang)
                    .and_then(|it| group(it, Delimiter::Bracket))
                {
                    let is_test =
                        bang == 0 && attribute.to_string().replace(' ', "") == "cfg(test)";
                    walk_attribute(&attribute.into_iter().collect::<Vec<_>>(), &here, out);
                    here.in_test |= is_test;
                    at += 2 + bang;
                    continue;
                }
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => here.in_test = place.in_test,
            TokenTree::Punct(_) => {}
            TokenTree::Literal(literal) => {
                let after_dot = at > 0 && is_mark(&tokens[at - 1], '.');
                let is_float = !after_dot && is_float(&literal.to_string());
                out.words.push(Word {
                    is_float,
                    ..here.word(&tokens[at])
                });
            }
            TokenTree::Group(inner) => {
                walk(&inner.stream().into_iter().collect::<Vec<_>>(), &here, out);
                if inner.delimiter() == Delimiter::Brace {
                    here.in_test = place.in_test;
                }
            }
            TokenTree::Ident(_) => {
                if word(&rest[0]).as_deref() == Some("pub")
                    && let Some(reach) =
                        rest.get(1).and_then(|it| group(it, Delimiter::Parenthesis))
                    && reach.into_iter().count() == 1
                {
                    at += 2;
                    continue;
                }
                if let [_, name, body, ..] = rest
                    && word(&rest[0]).as_deref() == Some("mod")
                    && let (Some(name), Some(body)) = (word(name), group(body, Delimiter::Brace))
                {
                    let mut inside = here.clone();
                    inside.inline.push(name);
                    out.words.extend(rest[..2].iter().map(|it| here.word(it)));
                    walk(&body.into_iter().collect::<Vec<_>>(), &inside, out);
                    here.in_test = place.in_test;
                    at += 3;
                    continue;
                }
                at += walk_path(rest, &here, out);
                continue;
            }
        }
        at += 1;
    }
}

/// An attribute can name a path in a string (`#[serde(with = "crate::x")]`); documentation is prose.
fn walk_attribute(tokens: &[TokenTree], place: &Place, out: &mut Reading) {
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        match &tokens[at] {
            TokenTree::Ident(_) if word(&rest[0]).as_deref() == Some("doc") => {
                at += if rest.get(1).is_some_and(|it| is_mark(it, '=')) {
                    3
                } else {
                    1
                };
                continue;
            }
            TokenTree::Ident(_) => {
                at += walk_path(rest, place, out);
                continue;
            }
            TokenTree::Group(inner) => {
                walk_attribute(&inner.stream().into_iter().collect::<Vec<_>>(), place, out);
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let inside = text.trim_start_matches(['r', '#']).trim_matches(['"', '#']);
                if text.contains("::")
                    && let Ok(stream) = inside.parse::<TokenStream>()
                {
                    let mut quoted = place.clone();
                    quoted.line = Some(place.line_of(&tokens[at]));
                    walk(&stream.into_iter().collect::<Vec<_>>(), &quoted, out);
                }
            }
            TokenTree::Punct(_) => {}
        }
        at += 1;
    }
}

/// Reads the path that opens `tokens`, with its group multiplied out, and says how many tokens that
/// was.
fn walk_path(tokens: &[TokenTree], place: &Place, out: &mut Reading) -> usize {
    let mut rest = tokens.iter();
    let mut found = Vec::new();
    let (line, in_test) = (place.line_of(&tokens[0]), place.in_test);
    let words = out.words.len();
    tail(&mut rest, Vec::new(), place, &mut found, &mut out.words);
    let rest = rest.as_slice();
    let calls = rest.first().is_some_and(|it| is_mark(it, '!'))
        && !rest.get(1).is_some_and(|it| is_mark(it, '='));
    if let Some(last) = out.words[words..].last_mut() {
        last.calls = calls;
    }
    for segments in found {
        out.paths.push(Path {
            line,
            inline: place.inline.clone(),
            segments,
            in_test,
        });
    }
    tokens.len() - rest.len()
}

/// Follows a path to its end, or to the ends of the paths that its group stands for.
fn tail(
    rest: &mut Iter<'_, TokenTree>,
    mut segments: Vec<String>,
    place: &Place,
    found: &mut Vec<Vec<String>>,
    words: &mut Vec<Word>,
) {
    while let Some(token) = rest.as_slice().first() {
        if let Some(text) = word(token) {
            words.push(place.word(token));
            segments.push(text);
        } else if is_mark(token, '*') {
            segments.push("*".into());
        } else if let Some(items) = group(token, Delimiter::Brace) {
            rest.next();
            let items: Vec<_> = items.into_iter().collect();
            for item in items
                .split(|token| is_mark(token, ','))
                .filter(|item| !item.is_empty())
            {
                tail(&mut item.iter(), segments.clone(), place, found, words);
            }
            return;
        } else {
            segments.push("$".into());
            break;
        }
        rest.next();
        match rest.as_slice() {
            [a, b, next, ..]
                if is_mark(a, ':')
                    && is_mark(b, ':')
                    && !is_mark(next, '<')
                    && !is_keyword(&segments) =>
            {
                rest.nth(1);
            }
            _ => break,
        }
    }
    found.push(segments);
}

fn word(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(name) => Some(name.to_string().trim_start_matches("r#").to_owned()),
        _ => None,
    }
}

/// Whether the one segment so far is a keyword that a path from outside (`use ::name`) can follow.
fn is_keyword(segments: &[String]) -> bool {
    let [only] = segments else { return false };
    [
        "as", "dyn", "for", "impl", "in", "let", "match", "mut", "return", "use", "where",
    ]
    .contains(&only.as_str())
}

fn is_mark(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == wanted)
}

fn group(token: &TokenTree, wanted: Delimiter) -> Option<TokenStream> {
    match token {
        TokenTree::Group(inner) if inner.delimiter() == wanted => Some(inner.stream()),
        _ => None,
    }
}

fn is_float(literal: &str) -> bool {
    let digits = literal.starts_with(|it: char| it.is_ascii_digit());
    if !digits
        || ["0x", "0o", "0b"]
            .iter()
            .any(|prefix| literal.starts_with(prefix))
    {
        return false;
    }
    let number = literal.trim_end_matches(|it: char| it.is_ascii_digit() || it == '_');
    let exponent =
        number.len() < literal.len() && number.trim_end_matches(['+', '-']).ends_with(['e', 'E']);
    literal.contains('.') || exponent || literal.ends_with("f32") || literal.ends_with("f64")
}

#[test]
fn a_path_is_read_wherever_it_stands_and_prose_is_not() {
    let source = r####"
        //! crate::prose::A and `crate::prose::B`
        /// ```
        /// use crate::prose::C;
        /// ```
        #[doc = "crate::prose::D"]
        #[serde(with = "crate::quoted::form")]
        fn f() { let _ = "crate::string::E"; /* crate::comment::F */ let _ = r#"crate::raw"#; }
        use crate::{group::{self, G}, other as renamed, r#type::T};
        macro_rules! m { () => { $crate::expanded::H } }
        fn g(x: Vec<crate::generic::I<crate::nested::J>>) { assert_eq!(crate::argument::k(), 1) }
        mod inner { use super::super::up::L; }
        pub use super::{super::over::M, *};
        use ::loom_core::outside::N;
    "####;
    let reading = read(source).unwrap();
    let mut found: Vec<String> = reading
        .paths
        .iter()
        .filter(|path| ["crate", "super", "loom_core"].contains(&&*path.segments[0]))
        .filter(|path| path.segments.len() > 1)
        .map(|path| path.segments.join("::"))
        .collect();
    found.sort();
    let mut wanted = vec![
        "crate::quoted::form",
        "crate::group::self",
        "crate::group::G",
        "crate::other",
        "crate::type::T",
        "crate::expanded::H",
        "crate::generic::I",
        "crate::nested::J",
        "crate::argument::k",
        "super::super::up::L",
        "super::super::over::M",
        "super::*",
        "loom_core::outside::N",
    ];
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let up = reading
        .paths
        .iter()
        .find(|path| path.segments.contains(&"up".into()))
        .unwrap();
    assert_eq!(up.inline, ["inner"]);
    assert_eq!(up.line, 12);
}

#[test]
fn a_float_is_told_from_a_number_and_a_place_in_a_tuple() {
    for float in ["1.0", "1.", "1e9", "1E-9", "2_0e+1_0", "1f64", "1_f32"] {
        assert!(is_float(float), "{float}");
    }
    for other in [
        "1", "1usize", "0xe1", "0b1", "\"1.0\"", "'1'", "1_000i64", "b\"1.0\"",
    ] {
        assert!(!is_float(other), "{other}");
    }
    let reading = read("fn f(x: ((u8, u8), u8)) -> u8 { x.0.1 + 0..1 }").unwrap();
    assert!(
        reading.words.iter().all(|word| !word.is_float),
        "{reading:?}"
    );
}

#[test]
fn what_stands_under_cfg_test_is_known_and_what_follows_is_not() {
    let source =
        "#[cfg(test)] use a::b; use c::d; #[cfg(test)] mod tests { use e::f; } fn g() { h() }
                  #[cfg(not(test))] fn i() {}";
    let reading = read(source).unwrap();
    let in_test: Vec<_> = reading
        .words
        .iter()
        .filter(|word| word.in_test)
        .map(|word| &*word.text)
        .collect();
    assert_eq!(in_test, ["use", "a", "b", "mod", "tests", "use", "e", "f"]);
}
