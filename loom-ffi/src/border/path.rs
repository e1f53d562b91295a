//! The algebra of paths, usable without a journal.

use std::ffi::c_char;

use loom_core::error::{Code, Error};
use loom_core::path::limits::PATH_BYTES_MAX;
use loom_core::path::{
    Containment, Emptiness, Overlap, PathRules, PathSet, PathSetSource, Pattern, PatternSource,
    RepoPath,
};

use super::call::{self, Out, enter};
use super::text::loom_string;
use crate::handles::{Handles, Kind};
use crate::status::loom_status;

/// A compiled pattern. 0 is none. Threads may share it.
pub type loom_pattern = u64;

/// A compiled path set. 0 is none. Threads may share it.
pub type loom_pathset = u64;

/// How the text of a pattern is read: as a glob.
pub const LOOM_GLOB: i32 = 0;
/// How the text of a pattern is read: as exactly this path; no character is special.
pub const LOOM_FILE: i32 = 1;
/// How the text of a pattern is read: as this path and everything below it; no character is special.
pub const LOOM_DIR: i32 = 2;

/// The longest text of a pattern or path, in bytes, as it is handed in. The limits of the library on
/// what is left of it are lower, and named where they are passed.
pub const LOOM_PATH_BYTES_MAX: usize = 65_536;

/// The longest path set or rules in JSON, in bytes.
pub const LOOM_PATHSET_BYTES_MAX: usize = 1_048_576;

const _: () = assert!(LOOM_PATH_BYTES_MAX >= PATH_BYTES_MAX);

const PATH: (&str, usize) = ("PATH_INPUT_BYTES_MAX", LOOM_PATH_BYTES_MAX);
const JSON: (&str, usize) = ("PATHSET_BYTES_MAX", LOOM_PATHSET_BYTES_MAX);

static PATTERNS: Handles<Pattern> = Handles::new(Kind::Pattern);
static SETS: Handles<PathSet> = Handles::new(Kind::PathSet);

/// Compiles a pattern. `kind` is LOOM_GLOB, LOOM_FILE or LOOM_DIR. `rules` says how the repository
/// compares names, as JSON: `{"case": "sensitive" | "insensitive", "unicode": "as_is" | "nfc",
/// "windows": bool}`; with `rules_len` 0 it is what git does. Patterns that are compared with each
/// other are compiled under the same rules.
///
/// # Safety
/// `text` points to `text_len` bytes and `rules` to `rules_len`; `pattern` and `error` are NULL or may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pattern_compile(
    text: *const c_char,
    text_len: usize,
    kind: i32,
    rules: *const c_char,
    rules_len: usize,
    pattern: *mut loom_pattern,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `pattern`, `text` and `rules`.
        let pattern = unsafe { Out::wanted(pattern, 0, "pattern") }?;
        // SAFETY: as above.
        let text = unsafe { call::text(text, text_len, PATH, "text") }?;
        // SAFETY: as above.
        let rules = unsafe { self::rules(rules, rules_len) }?;
        let source = match kind {
            LOOM_GLOB => PatternSource::glob(text),
            LOOM_FILE => PatternSource::file(text),
            LOOM_DIR => PatternSource::dir(text),
            _ => {
                let message = "LOOM_GLOB, LOOM_FILE or LOOM_DIR";
                return Err(Error::at(Code::InvalidField, "kind", message));
            }
        };
        pattern.put(PATTERNS.open(Pattern::compile(&source, rules)?)?);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Gives a pattern back. LOOM_NOT_FOUND where it was given back before.
///
/// # Safety
/// `error` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pattern_free(
    pattern: loom_pattern,
    error: *mut loom_string,
) -> loom_status {
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, || PATTERNS.close(pattern).map(drop)) }
}

/// Is the path in the pattern? The path is read under the pattern's rules, relative to the root of the
/// repository.
///
/// # Safety
/// `path` points to `path_len` bytes; `matches` and `error` are NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pattern_matches(
    pattern: loom_pattern,
    path: *const c_char,
    path_len: usize,
    matches: *mut bool,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `matches` and `path`.
        let matches = unsafe { Out::wanted(matches, false, "matches") }?;
        // SAFETY: as above.
        let path = unsafe { call::text(path, path_len, PATH, "path") }?;
        let pattern = PATTERNS.get(pattern)?;
        matches.put(pattern.matches(&RepoPath::parse(path, &pattern.rules())?));
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Do two patterns meet? `witness` is a path in both, where they do; exact, never assumed.
///
/// # Safety
/// `meets`, `witness` and `error` are NULL or may be written; `witness` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pattern_overlap(
    left: loom_pattern,
    right: loom_pattern,
    meets: *mut bool,
    witness: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `witness` and `meets`.
        let witness = unsafe { Out::welcome(witness, loom_string::NONE) };
        // SAFETY: as above.
        let meets = unsafe { Out::wanted(meets, false, "meets") }?;
        let found = PATTERNS.get(left)?.overlap(&*PATTERNS.get(right)?);
        meets.put(found.is_some());
        show(found.as_ref(), &witness);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Does the outer pattern hold every path of the inner one? `escapee` is a path that it does not hold,
/// where there is one. `assumed` says that the search was given up and the safe answer, false, is not
/// proven.
///
/// # Safety
/// `contains`, `assumed`, `escapee` and `error` are NULL or may be written; `assumed` and `escapee` may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pattern_contains(
    outer: loom_pattern,
    inner: loom_pattern,
    contains: *mut bool,
    assumed: *mut bool,
    escapee: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `escapee`, `assumed` and `contains`.
        let escapee = unsafe { Out::welcome(escapee, loom_string::NONE) };
        // SAFETY: as above.
        let assumed = unsafe { Out::welcome(assumed, false) };
        // SAFETY: as above.
        let contains = unsafe { Out::wanted(contains, false, "contains") }?;
        let found = PATTERNS.get(outer)?.contains(&*PATTERNS.get(inner)?);
        tell_containment(&found, &contains, &assumed, &escapee);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Compiles a path set from JSON: a pattern, a list of patterns, or `{"include": […], "exclude": […]}`,
/// where a pattern is a glob, or `{"file": …}` or `{"dir": …}`. `rules` as for loom_pattern_compile.
///
/// # Safety
/// `set` points to `set_len` bytes and `rules` to `rules_len`; `pathset` and `error` are NULL or may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pathset_compile(
    set: *const c_char,
    set_len: usize,
    rules: *const c_char,
    rules_len: usize,
    pathset: *mut loom_pathset,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `pathset`, `set` and `rules`.
        let pathset = unsafe { Out::wanted(pathset, 0, "pathset") }?;
        // SAFETY: as above.
        let set = unsafe { call::text(set, set_len, JSON, "set") }?;
        // SAFETY: as above.
        let rules = unsafe { self::rules(rules, rules_len) }?;
        let source: PathSetSource = serde_json::from_str(set)
            .map_err(|why| Error::at(Code::InvalidJson, "set", why.to_string()))?;
        pathset.put(SETS.open(PathSet::compile(&source, rules)?)?);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Gives a path set back. LOOM_NOT_FOUND where it was given back before.
///
/// # Safety
/// `error` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pathset_free(
    pathset: loom_pathset,
    error: *mut loom_string,
) -> loom_status {
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, || SETS.close(pathset).map(drop)) }
}

/// Is the path in the set? As loom_pattern_matches.
///
/// # Safety
/// `path` points to `path_len` bytes; `matches` and `error` are NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pathset_matches(
    pathset: loom_pathset,
    path: *const c_char,
    path_len: usize,
    matches: *mut bool,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `matches` and `path`.
        let matches = unsafe { Out::wanted(matches, false, "matches") }?;
        // SAFETY: as above.
        let path = unsafe { call::text(path, path_len, PATH, "path") }?;
        let set = SETS.get(pathset)?;
        matches.put(set.matches(&RepoPath::parse(path, &set.rules())?));
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Do two sets meet? `witness` is a path in both, where they do. `assumed` says that the search was
/// given up and the safe answer, true, is not proven; there is no witness then.
///
/// # Safety
/// `meets`, `assumed`, `witness` and `error` are NULL or may be written; `assumed` and `witness` may be
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pathset_overlap(
    left: loom_pathset,
    right: loom_pathset,
    meets: *mut bool,
    assumed: *mut bool,
    witness: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `witness`, `assumed` and `meets`.
        let witness = unsafe { Out::welcome(witness, loom_string::NONE) };
        // SAFETY: as above.
        let assumed = unsafe { Out::welcome(assumed, false) };
        // SAFETY: as above.
        let meets = unsafe { Out::wanted(meets, false, "meets") }?;
        let found: Overlap = SETS.get(left)?.overlap(&*SETS.get(right)?);
        meets.put(found.meets());
        assumed.put(found.assumed());
        show(found.witness(), &witness);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Does the outer set hold every path of the inner one? As loom_pattern_contains.
///
/// # Safety
/// `contains`, `assumed`, `escapee` and `error` are NULL or may be written; `assumed` and `escapee` may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pathset_contains(
    outer: loom_pathset,
    inner: loom_pathset,
    contains: *mut bool,
    assumed: *mut bool,
    escapee: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `escapee`, `assumed` and `contains`.
        let escapee = unsafe { Out::welcome(escapee, loom_string::NONE) };
        // SAFETY: as above.
        let assumed = unsafe { Out::welcome(assumed, false) };
        // SAFETY: as above.
        let contains = unsafe { Out::wanted(contains, false, "contains") }?;
        let found = SETS.get(outer)?.contains(&*SETS.get(inner)?);
        tell_containment(&found, &contains, &assumed, &escapee);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

/// Does the set hold no path at all? `example` is a path in it, where there is one. `assumed` says that
/// the search was given up and the safe answer, false, is not proven.
///
/// # Safety
/// `is_empty`, `assumed`, `example` and `error` are NULL or may be written; `assumed` and `example` may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loom_pathset_is_empty(
    pathset: loom_pathset,
    is_empty: *mut bool,
    assumed: *mut bool,
    example: *mut loom_string,
    error: *mut loom_string,
) -> loom_status {
    let body = || {
        // SAFETY: the caller's promises about `example`, `assumed` and `is_empty`.
        let example = unsafe { Out::welcome(example, loom_string::NONE) };
        // SAFETY: as above.
        let assumed = unsafe { Out::welcome(assumed, false) };
        // SAFETY: as above.
        let is_empty = unsafe { Out::wanted(is_empty, false, "is_empty") }?;
        let found: Emptiness = SETS.get(pathset)?.is_empty();
        is_empty.put(found.is_empty());
        assumed.put(found.assumed());
        show(found.example(), &example);
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { enter(error, body) }
}

fn tell_containment(
    found: &Containment,
    contains: &Out<bool>,
    assumed: &Out<bool>,
    escapee: &Out<loom_string>,
) {
    contains.put(found.is_contained());
    assumed.put(found.assumed());
    show(found.escapee(), escapee);
}

fn show(path: Option<&RepoPath>, out: &Out<loom_string>) {
    if let Some(path) = path {
        out.put(path.as_str().to_owned().into());
    }
}

/// # Safety
/// As for [`call::text`].
unsafe fn rules(rules: *const c_char, rules_len: usize) -> Result<PathRules, Error> {
    // SAFETY: as this function's own.
    let rules = unsafe { call::text(rules, rules_len, JSON, "rules") }?;
    if rules.is_empty() {
        return Ok(PathRules::default());
    }
    serde_json::from_str(rules)
        .map_err(|why| Error::at(Code::InvalidJson, "rules", why.to_string()))
}
