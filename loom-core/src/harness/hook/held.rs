//! What a session holds: claims of its run and of those that it works for, and the yeses of people.

use std::collections::BTreeMap;

use super::tool::{Does, ToolCall};
use crate::claim::SpecRequest;
use crate::coordinator::Coordinator;
use crate::error::Error;
use crate::model::{RepoId, RunId, Timestamp, Token};
use crate::path::{PathSet, PathSetSource, PatternSource, RepoPath};
use crate::policy::{Action, Standing, Targets};

/// Has the run asked a person who has not answered yet, or whose yes it has not used?
pub(super) fn waits_for_a_yes(state: &Coordinator, run: &RunId, now: Timestamp) -> bool {
    state.policy().requests().any(|(_, row)| {
        let standing = row.standing(now);
        let waits =
            standing == Standing::Open || (standing == Standing::Approved && row.used.is_empty());
        waits && row.request.action.run() == Some(run)
    })
}

/// Paths by repository.
pub(super) type Writes = BTreeMap<RepoId, Vec<String>>;

/// A tool that edits names files; what a shell line names may be a folder.
pub(super) fn specs(writes: &Writes, call: &ToolCall) -> Vec<SpecRequest> {
    let pattern = |path: &String| match &call.does {
        Does::Writes(_) => PatternSource::file(path.as_str()),
        _ => PatternSource::dir(path.as_str()),
    };
    let specs = writes.iter().map(|(repo, paths)| SpecRequest {
        repo: repo.clone(),
        branch: None,
        paths: PathSetSource::of(paths.iter().map(pattern)),
        resources: Vec::new(),
    });
    specs.collect()
}

/// The paths that no live claim of the run, or of a run that it works for, holds for changing.
pub(super) fn uncovered(
    state: &Coordinator,
    run: &RunId,
    writes: &Writes,
    now: Timestamp,
) -> Result<Writes, Error> {
    let mut free = writes.clone();
    for (_, repo, set) in held(state, run, writes, now)? {
        if let Some(paths) = free.get_mut(&repo) {
            paths.retain(|path| !holds(&set, path));
        }
    }
    free.retain(|_, paths| !paths.is_empty());
    Ok(free)
}

/// The claim of the run itself that holds all of these paths, if one does.
pub(super) fn covering(
    state: &Coordinator,
    run: &RunId,
    writes: &Writes,
    now: Timestamp,
) -> Result<Option<Token>, Error> {
    let own: Vec<Token> = state
        .claims()
        .claims_of(run, now)
        .iter()
        .map(|claim| claim.token)
        .collect();
    let held = held(state, run, writes, now)?;
    let all = held.iter().find(|(token, repo, set)| {
        let paths = writes.get(repo);
        own.contains(token)
            && writes.len() == 1
            && paths.is_some_and(|paths| paths.iter().all(|path| holds(set, path)))
    });
    Ok(all.map(|(token, _, _)| *token))
}

/// What the run, and those that it works for, hold for changing where something is written.
fn held(
    state: &Coordinator,
    run: &RunId,
    writes: &Writes,
    now: Timestamp,
) -> Result<Vec<(Token, RepoId, PathSet)>, Error> {
    let mut held = Vec::new();
    for run in state.runs().lineage().ancestry(run) {
        for claim in state.claims().claims_of(run, now) {
            for spec in claim.specs.iter().filter(|_| claim.mode.changes()) {
                let repo = state.repos().get(&spec.repo);
                let Some(repo) = repo.filter(|_| writes.contains_key(&spec.repo)) else {
                    continue;
                };
                if spec.branch == repo.default_branch {
                    let set = PathSet::compile(&spec.paths, repo.rules)?;
                    held.push((claim.token, spec.repo.clone(), set));
                }
            }
        }
    }
    Ok(held)
}

/// Was a yes to exactly such an edit used up by a claim of the same run, and does it still hold?
pub(super) fn claimed_with_yes(
    state: &Coordinator,
    action: &Action,
    now: Timestamp,
) -> Result<bool, Error> {
    let (Some(repo), Some(Targets::Paths(paths))) = (&action.repo, &action.targets) else {
        return Ok(false);
    };
    let rules = state
        .repos()
        .get(repo)
        .map(|it| it.rules)
        .unwrap_or_default();
    for (_, row) in state.policy().requests() {
        let about = &row.request.action;
        let same = about.verb == action.verb
            && about.run() == action.run()
            && about.repo.as_ref() == Some(repo)
            && !row.used.is_empty()
            && row.standing(now) == Standing::Approved;
        if let Some(Targets::Set(source)) = about.targets.as_ref().filter(|_| same) {
            let set = PathSet::compile(source, rules)?;
            if paths.iter().all(|path| holds(&set, path)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn holds(set: &PathSet, path: &str) -> bool {
    RepoPath::parse(path, &set.rules()).is_ok_and(|path| set.matches(&path))
}
