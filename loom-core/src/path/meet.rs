//! Direct answers: whether a name fits a segment, a path an alternative, and whether two
//! alternatives meet, without building anything.
//!
//! Two alternatives meet segment by segment, with `**` as a loop; a bit set of reachable positions
//! of one for each position of the other settles that. Two names with stars meet exactly when their
//! fixed ends do, because whatever is between fits into the other's star; a name without stars is
//! met greedily, each character being free to choose on its own. That freedom ends where normal form
//! is at stake, so those patterns are left to the [search](super::search).

use std::borrow::Cow;

use super::pattern::Pattern;
use super::repo_path::RepoPath;
use super::rules::PathRules;
use super::search;
use super::segment::{SegmentGlob, SegmentPattern, Token};

/// Segments up to which an alternative is compared directly.
pub(crate) const DIRECT_SEGMENTS_MAX: usize = 60;

/// Whether a path is in a pattern.
pub(crate) fn pattern_matches(pattern: &Pattern, path: &RepoPath) -> bool {
    let mut few = [""; 24];
    let mut many = Vec::new();
    let mut count = 0;
    for segment in path.segments() {
        if let Some(slot) = few.get_mut(count) {
            *slot = segment;
        } else {
            if many.is_empty() {
                many.extend_from_slice(&few);
            }
            many.push(segment);
        }
        count += 1;
    }
    let segments = if many.is_empty() {
        &few[..count]
    } else {
        &many
    };
    pattern
        .alternatives()
        .iter()
        .any(|alternative| alternative.matches(segments))
}

/// Whether a path of these segments is in the alternative: greedy, back to the last `**` only.
pub(crate) fn alternative_matches(pattern: &[SegmentPattern], path: &[&str]) -> bool {
    let (mut at, mut name) = (0, 0);
    let mut resume = None;
    while name < path.len() {
        match pattern.get(at) {
            Some(SegmentPattern::AnyDepth) => {
                at += 1;
                if at == pattern.len() {
                    return true;
                }
                resume = Some((at, name));
                continue;
            }
            Some(segment) if segment.matches(path[name]) => {
                at += 1;
                name += 1;
                continue;
            }
            _ => {}
        }
        match &mut resume {
            None => return false,
            Some((back, from)) => {
                *from += 1;
                (at, name) = (*back, *from);
            }
        }
    }
    pattern[at..]
        .iter()
        .all(|segment| *segment == SegmentPattern::AnyDepth)
}

/// Whether a name fits the tokens: greedy, back to the last star only.
pub(crate) fn name_matches(tokens: &[Token], name: &str) -> bool {
    let mut rest = name.chars();
    let mut at = 0;
    let mut resume: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let ahead = rest.clone();
        let Some(c) = rest.next() else {
            return tokens[at..].iter().all(|token| *token == Token::Star);
        };
        match tokens.get(at) {
            Some(Token::Star) => {
                at += 1;
                if at == tokens.len() {
                    return true;
                }
                rest = ahead;
                resume = Some((at, rest.clone()));
                continue;
            }
            Some(token) if token.reads(c) => {
                at += 1;
                continue;
            }
            _ => {}
        }
        match &mut resume {
            None => return false,
            Some((back, from)) => {
                from.next();
                at = *back;
                rest = from.clone();
            }
        }
    }
}

/// A path in both patterns. Both must be [plain](Pattern::is_plain).
pub(crate) fn patterns_meet(left: &Pattern, right: &Pattern) -> Option<RepoPath> {
    left.alternatives().iter().find_map(|a| {
        right
            .alternatives()
            .iter()
            .find_map(|b| alternatives_meet(a.segments(), b.segments(), left.rules()))
    })
}

/// Whether some name fits both globs. Exact.
pub(crate) fn globs_meet(left: &SegmentGlob, right: &SegmentGlob) -> bool {
    if left.is_plain() && right.is_plain() {
        plain_globs_meet(left, right)
    } else {
        search::segments_meet(left, right)
    }
}

fn alternatives_meet(
    left: &[SegmentPattern],
    right: &[SegmentPattern],
    rules: PathRules,
) -> Option<RepoPath> {
    let mut reached = [0_u64; DIRECT_SEGMENTS_MAX + 4];
    reached[0] = 1;
    for at in 0..=left.len() {
        let mut open = reached[at];
        while open != 0 {
            let other = open.trailing_zeros() as usize;
            open &= open - 1;
            let (a, b) = (left.get(at), right.get(other));
            let both_any = [a, b].map(|s| matches!(s, Some(SegmentPattern::AnyDepth)));
            match (a, b, both_any) {
                (_, _, [true, _] | [_, true]) => {
                    // `**` stands for nothing, or for whatever the other side reads.
                    if a.is_some() {
                        reached[at + 1] |= 1 << other;
                    }
                    if b.is_some() {
                        let next = 1 << (other + 1);
                        open |= next & !reached[at];
                        reached[at] |= next;
                    }
                }
                (Some(a), Some(b), _) if segments_meet(a, b) => {
                    reached[at + 1] |= 1 << (other + 1);
                }
                _ => {}
            }
        }
    }
    if reached[left.len()] >> right.len() & 1 == 0 {
        return None;
    }
    Some(witness(left, right, &reached, rules))
}

/// Walks back from the end over what was reached, and writes a name for each segment read.
fn witness(
    left: &[SegmentPattern],
    right: &[SegmentPattern],
    reached: &[u64],
    rules: PathRules,
) -> RepoPath {
    let mut names: Vec<Cow<'_, str>> = Vec::with_capacity(left.len() + right.len());
    let (mut at, mut other) = (left.len(), right.len());
    let is_reached = |at: usize, other: usize| reached[at] >> other & 1 == 1;
    while at > 0 || other > 0 {
        let a = at.checked_sub(1).map(|at| &left[at]);
        let b = other.checked_sub(1).map(|other| &right[other]);
        let left_any = |at: usize| left.get(at) == Some(&SegmentPattern::AnyDepth);
        let right_any = |other: usize| right.get(other) == Some(&SegmentPattern::AnyDepth);
        match (a, b) {
            (Some(SegmentPattern::AnyDepth), _) if is_reached(at - 1, other) => at -= 1,
            (_, Some(SegmentPattern::AnyDepth)) if is_reached(at, other - 1) => other -= 1,
            (Some(a), Some(b))
                if *a != SegmentPattern::AnyDepth
                    && *b != SegmentPattern::AnyDepth
                    && is_reached(at - 1, other - 1)
                    && segments_meet(a, b) =>
            {
                names.push(common_name(a, b, rules));
                at -= 1;
                other -= 1;
            }
            (_, Some(b)) if left_any(at) && is_reached(at, other - 1) => {
                names.push(some_name(b, rules));
                other -= 1;
            }
            (Some(a), _) if right_any(other) && is_reached(at - 1, other) => {
                names.push(some_name(a, rules));
                at -= 1;
            }
            _ => break,
        }
    }
    names.reverse();
    RepoPath::from_canonical(if names.is_empty() {
        "x".to_owned()
    } else {
        names.join("/")
    })
}

fn segments_meet(left: &SegmentPattern, right: &SegmentPattern) -> bool {
    match (left, right) {
        (SegmentPattern::Literal(a), SegmentPattern::Literal(b)) => a == b,
        (SegmentPattern::Literal(a), SegmentPattern::Wild(b))
        | (SegmentPattern::Wild(b), SegmentPattern::Literal(a)) => b.matches(a),
        (SegmentPattern::Wild(a), SegmentPattern::Wild(b)) => plain_globs_meet(a, b),
        (SegmentPattern::AnyDepth, _) | (_, SegmentPattern::AnyDepth) => true,
    }
}

fn plain_globs_meet(left: &SegmentGlob, right: &SegmentGlob) -> bool {
    let rules = left.rules();
    match (left.ends(), right.ends()) {
        (Some((front, back)), Some((other_front, other_back))) => {
            front
                .iter()
                .zip(other_front)
                .all(|(a, b)| a.meets(b, rules))
                && back
                    .iter()
                    .rev()
                    .zip(other_back.iter().rev())
                    .all(|(a, b)| a.meets(b, rules))
        }
        (None, None) => {
            let (a, b) = (left.tokens(), right.tokens());
            a.len() == b.len() && fixed_meet(a, b, rules)
        }
        (Some(_), None) => starred_meets(left.tokens(), right.tokens(), rules),
        (None, Some(_)) => starred_meets(right.tokens(), left.tokens(), rules),
    }
}

/// Whether two runs of the same length without stars have a name in common.
fn fixed_meet(left: &[Token], right: &[Token], rules: PathRules) -> bool {
    let mut pairs = left.iter().zip(right);
    pairs.clone().all(|(a, b)| a.meets(b, rules))
        && (left.len() > 2 || pairs.any(|(a, b)| a.common_name(b, rules).is_some()))
}

/// Whether tokens with a star have a name in common with tokens without.
fn starred_meets(starred: &[Token], fixed: &[Token], rules: PathRules) -> bool {
    if fixed.len() <= 2 {
        return short_fits(starred, fixed).any(|fit| fixed_meet(&fit, fixed, rules));
    }
    greedy_fit(starred, fixed, rules, |_, _| {})
}

/// The ways in which tokens with stars can come to the length of one or two, stars written out.
fn short_fits(starred: &[Token], fixed: &[Token]) -> impl Iterator<Item = Vec<Token>> {
    let firm: Vec<Token> = starred
        .iter()
        .filter(|t| **t != Token::Star)
        .cloned()
        .collect();
    let opens = starred.first() == Some(&Token::Star);
    let closes = starred.last() == Some(&Token::Star);
    let inner = starred.len() > 2 && starred[1..starred.len() - 1].contains(&Token::Star);
    let missing = fixed.len().checked_sub(firm.len());
    let place = move |at: usize| {
        let mut fit = firm.clone();
        for _ in 0..missing.unwrap_or_default() {
            fit.insert(at.min(fit.len()), Token::Any);
        }
        fit
    };
    let length = fixed.len();
    [(opens, 0), (inner, 1), (closes, length)]
        .into_iter()
        .filter(move |&(allowed, _)| match missing {
            None => false,
            Some(0) => true,
            Some(_) => allowed,
        })
        .map(move |(_, at)| place(at))
}

/// Fits tokens with a star to tokens without, leftmost first, and tells which star-free token came
/// to which position. Positions choose their character on their own, so greedy is complete.
fn greedy_fit<'t>(
    starred: &'t [Token],
    fixed: &[Token],
    rules: PathRules,
    mut fitted: impl FnMut(usize, &'t Token),
) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut resume = None;
    while position < fixed.len() {
        match starred.get(at) {
            Some(Token::Star) => {
                at += 1;
                resume = Some((at, position));
                continue;
            }
            Some(token) if token.meets(&fixed[position], rules) => {
                fitted(position, token);
                at += 1;
                position += 1;
                continue;
            }
            _ => {}
        }
        match &mut resume {
            None => return false,
            Some((back, from)) => {
                fitted(*from, &Token::Any);
                *from += 1;
                (at, position) = (*back, *from);
            }
        }
    }
    starred[at..].iter().all(|token| *token == Token::Star)
}

fn some_name<'a>(segment: &'a SegmentPattern, rules: PathRules) -> Cow<'a, str> {
    match segment {
        SegmentPattern::Literal(name) => Cow::Borrowed(name),
        SegmentPattern::Wild(glob) => Cow::Owned(spelled(glob.tokens(), glob.ends(), rules)),
        SegmentPattern::AnyDepth => Cow::Borrowed("x"),
    }
}

fn common_name<'a>(
    left: &'a SegmentPattern,
    right: &'a SegmentPattern,
    rules: PathRules,
) -> Cow<'a, str> {
    match (left, right) {
        (SegmentPattern::Wild(a), SegmentPattern::Wild(b)) => {
            Cow::Owned(common_glob_name(a, b, rules))
        }
        (SegmentPattern::Literal(_), _) | (_, SegmentPattern::AnyDepth) => some_name(left, rules),
        _ => some_name(right, rules),
    }
}

fn common_glob_name(left: &SegmentGlob, right: &SegmentGlob, rules: PathRules) -> String {
    let (a, b) = (left.tokens(), right.tokens());
    match (left.ends(), right.ends()) {
        (Some((front, back)), Some((other_front, other_back))) => {
            let middle = |tokens: &[Token], front: &[Token], back: &[Token]| {
                let middle = &tokens[front.len()..tokens.len() - back.len()];
                let firm = middle.iter().filter(|token| **token != Token::Star);
                firm.map(|token| token.common_char(&Token::Any, rules))
                    .collect::<String>()
            };
            let mut name: String = zipped(front, other_front, rules);
            let (one, two) = (middle(a, front, back), middle(b, other_front, other_back));
            let inside = name.len();
            name.push_str(&one);
            if one != two {
                name.push_str(&two);
            }
            let back: Vec<Token> = back.iter().rev().cloned().collect();
            let other_back: Vec<Token> = other_back.iter().rev().cloned().collect();
            name.extend(zipped(&back, &other_back, rules).chars().rev());
            legal(name, inside)
        }
        (None, None) => fixed_name(a, b, rules),
        (Some(_), None) => starred_name(a, b, rules),
        (None, Some(_)) => starred_name(b, a, rules),
    }
}

fn starred_name(starred: &[Token], fixed: &[Token], rules: PathRules) -> String {
    if fixed.len() <= 2 {
        let fit = short_fits(starred, fixed).find(|fit| fixed_meet(fit, fixed, rules));
        return fixed_name(&fit.unwrap_or_default(), fixed, rules);
    }
    let any = Token::Any;
    let mut fit: Vec<&Token> = vec![&any; fixed.len()];
    greedy_fit(starred, fixed, rules, |position, token| {
        fit[position] = token
    });
    // Positions behind the last resumption that a star covers were reset as the fit moved on.
    let pairs = fit.iter().zip(fixed);
    pairs.map(|(a, b)| a.common_char(b, rules)).collect()
}

/// A name of two runs of one length, not `.` or `..`.
fn fixed_name(left: &[Token], right: &[Token], rules: PathRules) -> String {
    let pairs = left.iter().zip(right);
    pairs.map(|(a, b)| a.common_char(b, rules)).collect()
}

/// The characters of two runs laid over each other; where one is shorter, the other's own.
fn zipped(left: &[Token], right: &[Token], rules: PathRules) -> String {
    let length = left.len().max(right.len());
    (0..length)
        .map(|at| {
            let a = left.get(at).unwrap_or(&Token::Any);
            a.common_char(right.get(at).unwrap_or(&Token::Any), rules)
        })
        .collect()
}

fn spelled(tokens: &[Token], ends: Option<(&[Token], &[Token])>, rules: PathRules) -> String {
    let firm = tokens.iter().filter(|token| **token != Token::Star);
    let name: String = firm
        .map(|token| token.common_char(&Token::Any, rules))
        .collect();
    match ends {
        None => name,
        Some((front, _)) => {
            let inside: usize = name.chars().take(front.len()).map(char::len_utf8).sum();
            legal(name, inside)
        }
    }
}

/// Puts a character into a star when without it the name would be none.
fn legal(mut name: String, star: usize) -> String {
    if matches!(&*name, "" | "." | "..") {
        name.insert(star, 'x');
    }
    name
}

impl Token {
    fn reads(&self, c: char) -> bool {
        match self {
            Token::Char(own) => *own == c,
            Token::Any => true,
            Token::Class(class) => class.holds(c),
            Token::Star => false,
        }
    }

    /// Whether some character is read by both. Neither is a star.
    fn meets(&self, other: &Token, rules: PathRules) -> bool {
        match (self, other) {
            (Token::Char(c), token) | (token, Token::Char(c)) => token.reads(*c),
            (Token::Class(a), Token::Class(b)) => a.common(b, rules).is_some(),
            _ => true,
        }
    }

    /// A character that both read and that is not the dot.
    fn common_name(&self, other: &Token, rules: PathRules) -> Option<char> {
        match (self, other) {
            (Token::Char(c), _) | (_, Token::Char(c)) => (*c != '.').then_some(*c),
            (Token::Class(a), Token::Class(b)) => a.common_but_dot(b, rules),
            (Token::Class(class), _) | (_, Token::Class(class)) => {
                class.common_but_dot(class, rules)
            }
            _ => Some('x'),
        }
    }

    /// A character that both read, the dot only when there is no other.
    fn common_char(&self, other: &Token, rules: PathRules) -> char {
        self.common_name(other, rules).unwrap_or('.')
    }
}
