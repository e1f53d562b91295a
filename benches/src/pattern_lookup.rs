//! Which claims meet this pattern, beside a scan with our own `overlap`.
//!
//! What is looked at grows with the answers and not with the number of claims: once the answers
//! are held and the claims grow, once the other way round.

use std::ops::ControlFlow;

use loom_core::path::{PathIndex, PathRules, Pattern};

use crate::measure::{median, single};
use crate::population::mix;
use crate::report::{Line, Report};
use crate::{Effort, Outcome};

const PEER: &str = "scan with our own overlap";

pub(crate) fn measure(report: &mut Report, effort: &Effort) -> Outcome {
    for n in effort.sizes().iter().copied() {
        measured(report, effort, n, 16)?;
    }
    for answers in [1, 256, 4_096] {
        let n = if effort.quick { 10_000 } else { 100_000 };
        measured(report, effort, n, answers)?;
    }
    Ok(())
}

/// `n` claims in random folders, in areas of `answers` claims each; a look-up asks for an area's
/// Rust files.
fn measured(report: &mut Report, effort: &Effort, n: u64, answers: u64) -> Outcome {
    let rules = PathRules::default();
    let claimed = |nth: u64| {
        let (area, folder, name) = (nth / answers, mix(nth) % 1_000, mix(nth ^ 0xffff_0000));
        match nth % 10 {
            0..6 => Pattern::file(
                &format!("src/area_{area}/module_{folder}/part_{name}.rs"),
                rules,
            ),
            6..9 => Pattern::glob(
                &format!("src/area_{area}/module_{folder}/part_{name}"),
                rules,
            ),
            _ => Pattern::glob(
                &format!("src/area_{area}/module_{folder}/part_{name}_*.rs"),
                rules,
            ),
        }
    };
    let patterns = (0..n).map(claimed).collect::<Result<Vec<_>, _>>()?;
    let mut index = PathIndex::new(rules);
    for (key, pattern) in (0..).zip(&patterns) {
        index.insert(pattern, key);
    }
    // The last area may be smaller than the others.
    let areas = (n / answers).max(1);
    let queries = (0..effort.of(2_000) as u64)
        .map(|nth| Pattern::glob(&format!("src/area_{}/**/*.rs", mix(nth) % areas), rules))
        .collect::<Result<Vec<_>, _>>()?;

    let mut visits = Vec::new();
    for query in &queries {
        visits.push(index.visit_pattern(query, |_| ControlFlow::Continue(()))? as f64);
    }
    let asked = queries.first().ok_or("no query")?;
    let found = index.by_pattern(asked)?;
    let scanned: Vec<u64> = scan(&patterns, asked).collect();
    if found != scanned || found.len() as u64 != answers {
        return Err(format!("{asked:?}: we say {found:?}, a scan {scanned:?}").into());
    }
    let ours = single(&queries, |query| index.by_pattern(query));
    let scans = &queries[..effort.of(3 + 100_000 / n as usize).min(queries.len())];
    let peer = single(scans, |query| scan(&patterns, query).count());
    let name = format!("pattern look-up, {answers} answers");
    let line = Line::timed(name, n, ours).and_counted("visits", median(visits));
    report.add(line.beside(PEER, peer));
    Ok(())
}

fn scan(patterns: &[Pattern], asked: &Pattern) -> impl Iterator<Item = u64> {
    let met = (0..)
        .zip(patterns)
        .filter(|(_, pattern)| pattern.overlap(asked).is_some());
    met.map(|(key, _)| key)
}
