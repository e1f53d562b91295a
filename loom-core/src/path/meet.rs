//! Direct answers: whether a name fits a segment, a path an alternative, and whether two
//! alternatives meet, without building anything.
//!
//! Two alternatives meet segment by segment, with `**` as a loop; a bit set of reachable positions
//! of one for each position of the other settles that. Two names with stars meet exactly when their
//! fixed ends do, because whatever is between fits into the other's star; a name without stars is
//! met greedily, each character being free to choose on its own. That freedom ends where normal form
//! is at stake, so those patterns are left to the [search](super::search).

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

/// Steps up to which a glob and a name, or another glob, are compared token by token: beyond, an
/// automaton costs less than the worst that going back to a star can.
const ONE_BY_ONE_MAX: usize = 1 << 15;

/// Whether a name fits a glob.
pub(crate) fn glob_matches(glob: &SegmentGlob, name: &str) -> bool {
    if glob.steps(name.len()) <= ONE_BY_ONE_MAX || glob.ends().is_none() {
        return name_matches(glob.tokens(), glob.firm(), name);
    }
    search::segment_holds(glob, name)
}

/// Whether a name fits the tokens, of which so many are no star: greedy, back to the last star only,
/// and not where too little is left of the name.
fn name_matches(tokens: &[Token], firm: usize, name: &str) -> bool {
    let mut rest = name.chars();
    let (mut at, mut stars) = (0, 0);
    let mut resume: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let ahead = rest.clone();
        let Some(c) = rest.next() else {
            return tokens[at..].iter().all(|token| *token == Token::Star);
        };
        match tokens.get(at) {
            Some(Token::Star) => {
                at += 1;
                stars += 1;
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
                // A character has a byte or more.
                if from.as_str().len() + (at - stars) < firm {
                    return false;
                }
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
    // Only a star on one side goes back and forth.
    let work = match (left.ends(), right.ends()) {
        (Some(_), None) => left.steps(right.firm()),
        (None, Some(_)) => right.steps(left.firm()),
        _ => 0,
    };
    if left.is_plain() && right.is_plain() && work <= ONE_BY_ONE_MAX {
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
    // Most patterns begin with names, and those either agree or settle the question.
    let mut same = 0;
    while let (Some(SegmentPattern::Literal(a)), Some(SegmentPattern::Literal(b))) =
        (left.get(same), right.get(same))
    {
        if a != b {
            return None;
        }
        same += 1;
    }
    let ((front, left), right) = (left.split_at(same), &right[same..]);
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
    Some(witness(front, left, right, &reached, rules))
}

/// Walks back from the end over what was reached, and writes a name for each segment read.
fn witness(
    front: &[SegmentPattern],
    left: &[SegmentPattern],
    right: &[SegmentPattern],
    reached: &[u64],
    rules: PathRules,
) -> RepoPath {
    // Per name of the witness, the last first: how far both are there, and zero for `**`.
    let mut names = [(0_u8, 0_u8); 2 * DIRECT_SEGMENTS_MAX];
    let mut count = 0;
    let mut note = |a: usize, b: usize| {
        names[count] = (a as u8, b as u8);
        count += 1;
    };
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
                note(at, other);
                at -= 1;
                other -= 1;
            }
            (_, Some(_)) if left_any(at) && is_reached(at, other - 1) => {
                note(0, other);
                other -= 1;
            }
            (Some(_), _) if right_any(other) && is_reached(at - 1, other) => {
                note(at, 0);
                at -= 1;
            }
            _ => break,
        }
    }
    let mut text = String::with_capacity(64);
    for segment in front {
        push_name(&mut text, segment, rules);
    }
    for &(a, b) in names[..count].iter().rev() {
        let a = usize::from(a).checked_sub(1).map(|at| &left[at]);
        let b = usize::from(b).checked_sub(1).map(|at| &right[at]);
        match (a, b) {
            (Some(SegmentPattern::Wild(a)), Some(SegmentPattern::Wild(b))) => {
                let from = next_name(&mut text);
                push_common(&mut text, from, a, b, rules);
            }
            (Some(name @ SegmentPattern::Literal(_)), _) | (_, Some(name)) | (Some(name), _) => {
                push_name(&mut text, name, rules);
            }
            (None, None) => {}
        }
    }
    if text.is_empty() {
        text.push('x');
    }
    RepoPath::from_canonical(text)
}

/// Makes room for another name, and says where it starts.
fn next_name(text: &mut String) -> usize {
    if !text.is_empty() {
        text.push('/');
    }
    text.len()
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
    let firm = starred.iter().filter(|t| **t != Token::Star).count();
    let (mut at, mut stars, mut position) = (0, 0, 0);
    let mut resume = None;
    while position < fixed.len() {
        match starred.get(at) {
            Some(Token::Star) => {
                at += 1;
                stars += 1;
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
                if fixed.len() - position + (at - stars) < firm {
                    return false;
                }
            }
        }
    }
    starred[at..].iter().all(|token| *token == Token::Star)
}

/// Writes a name that fits one segment.
fn push_name(text: &mut String, segment: &SegmentPattern, rules: PathRules) {
    let from = next_name(text);
    match segment {
        SegmentPattern::Literal(name) => text.push_str(name),
        SegmentPattern::AnyDepth => text.push('x'),
        SegmentPattern::Wild(glob) => {
            let front = glob.ends().map(|(front, _)| front.len());
            let mut inside = text.len();
            let firm = glob.tokens().iter().filter(|token| **token != Token::Star);
            for (at, token) in firm.enumerate() {
                text.push(token.common_char(&Token::Any, rules));
                if Some(at + 1) == front {
                    inside = text.len();
                }
            }
            if front.is_some() {
                make_legal(text, from, inside);
            }
        }
    }
}

/// Writes a name, from `from` on, that fits two globs that meet.
fn push_common(
    text: &mut String,
    from: usize,
    left: &SegmentGlob,
    right: &SegmentGlob,
    rules: PathRules,
) {
    let (a, b) = (left.tokens(), right.tokens());
    match (left.ends(), right.ends()) {
        (Some((front, back)), Some((other_front, other_back))) => {
            let over = front.len().max(other_front.len());
            text.extend((0..over).map(|at| both_char(front.get(at), other_front.get(at), rules)));
            let inside = text.len();
            push_middle(text, &a[front.len()..a.len() - back.len()], rules);
            let between = text.len();
            push_middle(
                text,
                &b[other_front.len()..b.len() - other_back.len()],
                rules,
            );
            if text[inside..between] == text[between..] {
                text.truncate(between);
            }
            let from_end = |back: &'_ [Token], at: usize| back.len().checked_sub(at + 1);
            for at in (0..back.len().max(other_back.len())).rev() {
                let one = from_end(back, at).map(|at| &back[at]);
                let other = from_end(other_back, at).map(|at| &other_back[at]);
                text.push(both_char(one, other, rules));
            }
            make_legal(text, from, inside);
        }
        (None, None) => text.push_str(&fixed_name(a, b, rules)),
        (Some(_), None) => text.push_str(&starred_name(a, b, rules)),
        (None, Some(_)) => text.push_str(&starred_name(b, a, rules)),
    }
}

/// A character that both read; where one has none, the other's own.
fn both_char(left: Option<&Token>, right: Option<&Token>, rules: PathRules) -> char {
    left.unwrap_or(&Token::Any)
        .common_char(right.unwrap_or(&Token::Any), rules)
}

/// Writes a character for each token but the stars.
fn push_middle(text: &mut String, tokens: &[Token], rules: PathRules) {
    let firm = tokens.iter().filter(|token| **token != Token::Star);
    text.extend(firm.map(|token| token.common_char(&Token::Any, rules)));
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

/// Puts a character into a star when without it the name from `from` on would be none.
fn make_legal(text: &mut String, from: usize, star: usize) {
    if matches!(&text[from..], "" | "." | "..") {
        text.insert(star, 'x');
    }
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
