//! A wildcard as frozen bytes: `owner, length`, then a byte for the kind of each token and its words.

use std::sync::Arc;

use super::format::{Bytes, corrupt};
use crate::error::Error;
use crate::path::class::CharSet;
use crate::path::segment::Token;
use crate::path::{PathRules, SegmentGlob};

const ANY: u8 = 0;
const STAR: u8 = 1;
const CHAR: u8 = 2;
const CLASS: u8 = 3;

pub(super) fn write(glob: &SegmentGlob, owner: u32, out: &mut Vec<u8>) {
    let mut tokens = Vec::new();
    for token in glob.tokens() {
        match token {
            Token::Any => tokens.push(ANY),
            Token::Star => tokens.push(STAR),
            Token::Char(c) => {
                tokens.push(CHAR);
                tokens.extend(u32::from(*c).to_le_bytes());
            }
            Token::Class(class) => {
                tokens.push(CLASS);
                tokens.extend((class.ranges().len() as u32).to_le_bytes());
                for (low, high) in class.ranges() {
                    tokens.extend(low.to_le_bytes());
                    tokens.extend(high.to_le_bytes());
                }
            }
        }
    }
    out.extend(owner.to_le_bytes());
    out.extend((tokens.len() as u32).to_le_bytes());
    out.extend(tokens);
}

pub(super) fn read(
    bytes: Bytes<'_>,
    at: u32,
    owner: u32,
    rules: PathRules,
) -> Result<SegmentGlob, Error> {
    if bytes.word(at, 0)? != owner {
        return Err(corrupt());
    }
    let start = at.checked_add(8).ok_or_else(corrupt)?;
    let mut left = bytes.slice(start, bytes.word(at, 1)?)?;
    let mut tokens = Vec::new();
    while let Some((kind, rest)) = left.split_first() {
        left = rest;
        tokens.push(match *kind {
            ANY => Token::Any,
            STAR => Token::Star,
            CHAR => Token::Char(char::from_u32(word(&mut left)?).ok_or_else(corrupt)?),
            CLASS => Token::Class(Arc::new(class(&mut left, rules)?)),
            _ => return Err(corrupt()),
        });
    }
    Ok(SegmentGlob::new(tokens, rules))
}

/// A class whose ranges rise and keep apart, as those of a class do.
fn class(left: &mut &[u8], rules: PathRules) -> Result<CharSet, Error> {
    let mut ranges = Vec::new();
    for _ in 0..word(left)? {
        let (low, high) = (word(left)?, word(left)?);
        let rises = ranges.last().is_none_or(|&(_, last)| last < low) && low <= high;
        if !rises || high > u32::from(char::MAX) {
            return Err(corrupt());
        }
        ranges.push((low, high));
    }
    match ranges.is_empty() {
        true => Err(corrupt()),
        false => Ok(CharSet::of(ranges, rules)),
    }
}

fn word(left: &mut &[u8]) -> Result<u32, Error> {
    let (word, rest) = left.split_first_chunk().ok_or_else(corrupt)?;
    *left = rest;
    Ok(u32::from_le_bytes(*word))
}
