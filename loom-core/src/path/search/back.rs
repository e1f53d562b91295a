//! The way back: from the last pair that rows of bits have reached to the first one, which spells a path.

use std::collections::BTreeSet;

use super::super::limits::{PATH_BYTES_MAX, PATH_SEGMENTS_MAX};
use super::super::repo_path::RepoPath;
use super::columns::holds;
use super::graph::{Graph, Label};

/// Per state: the states that lead to it, and what is read from there.
pub(super) type Before = Vec<Vec<(u32, Label)>>;

pub(super) fn before(graph: &Graph) -> Before {
    let mut before = vec![Vec::new(); graph.len()];
    for state in 0..graph.len() as u32 {
        for edge in graph.edges(state) {
            before[edge.to as usize].push((state, edge.label));
        }
    }
    before
}

/// The state of a row from which the end of a segment leads to another.
pub(super) fn before_end(graph: &Graph, row: &[u64], to: u32) -> Option<u32> {
    (0..graph.len() as u32).rev().find(|&before| {
        let mut edges = graph.edges(before).iter();
        holds(row, before) && edges.any(|edge| edge.label == Label::End && edge.to == to)
    })
}

/// Pairs just before one, and what is read from there.
pub(super) type Ways<P> = Vec<(P, char)>;

/// Whether a step leads on and does not rest in a star or in `**`.
pub(super) fn is_move(from: u32, to: u32) -> bool {
    to < from
}

/// Walks from `last` back to `start`, depth first, and spells what was read. `ways` answers the pairs
/// just before one with what is read from there, the best last; where steps that rest in a loop on
/// both sides come last to be tried, the path is about as short as its patterns. `None` where it would
/// be no path of legal length.
pub(super) fn spell<P: Copy + Ord>(
    start: P,
    last: P,
    mut ways: impl FnMut(P) -> Ways<P>,
) -> Option<RepoPath> {
    let mut seen = BTreeSet::from([last]);
    // What was read behind each pair of the path so far, and the ways back that are left.
    let mut path: Vec<(Option<char>, Ways<P>)> = Vec::new();
    let (mut at, mut read) = (last, None);
    while at != start {
        path.push((read, ways(at)));
        loop {
            let (_, ways) = path.last_mut()?;
            match ways.pop() {
                Some((pair, c)) if seen.insert(pair) => {
                    (at, read) = (pair, Some(c));
                    break;
                }
                Some(_) => {}
                None => {
                    path.pop();
                }
            }
        }
    }
    let behind = path.iter().rev().map(|&(read, _)| read);
    let text: String = std::iter::once(read).chain(behind).flatten().collect();
    let fits = text.len() <= PATH_BYTES_MAX && text.split('/').count() <= PATH_SEGMENTS_MAX;
    fits.then(|| RepoPath::from_canonical(text))
}
