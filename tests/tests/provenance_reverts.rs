//! Laws of reverts, over random histories.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use loom_core::model::{
    ActorId, ChangeId, ChangedFile, LoopId, MadeBy, Side, SignedLines, Timestamp,
};
use loom_core::provenance::{
    ChangeFact, Detector, Entry, Evidence, Fact, Grade, InversePatch, ProposedChange, ProposedFile,
    ProvenanceGraph, Reason, Revert, RevertsAsked,
};
use loom_tests::real_history::{branch, repo};
use loom_tests::reference::provenance::reverts as reference;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

/// One edit: whose, and of each path touched what it becomes (0 deletes), with two lines.
type Edit = (u8, Vec<(u8, u8)>);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let files = prop::collection::vec((0_u8..4, 0_u8..4), 1..4);
    prop::collection::vec((0_u8..3, files), 1..24)
}

fn id(text: &str) -> ActorId {
    ActorId::new(text).unwrap()
}

fn change(name: &str, side: u8, files: Vec<ChangedFile>) -> ChangeFact {
    ChangeFact {
        id: ChangeId::new(name).unwrap(),
        repo: repo(),
        branch: branch(),
        commit: Some(id(&format!("commit-{name}"))),
        made_by: MadeBy::Loop,
        by: Vec::new(),
        run: None,
        side: Some(Side::Loop(LoopId::new(&format!("l{side}")).unwrap())),
        claim: None,
        decision: None,
        intent: None,
        deliberate: false,
        base: None,
        patch_id: None,
        reverts: Vec::new(),
        files,
    }
}

/// A history in which every `before` is what the last change left there.
fn history(edits: &[Edit]) -> Vec<ChangeFact> {
    let mut changes: Vec<ChangeFact> = Vec::new();
    for (nth, (side, files)) in edits.iter().enumerate() {
        let mut own: BTreeMap<u8, ChangedFile> = BTreeMap::new();
        for (path, becomes) in files {
            let name = format!("src/{path}.rs");
            let before = reference::content(&changes, &name);
            let after = (*becomes > 0).then(|| id(&format!("blob-{path}-{becomes}")));
            let (old, new) = (before.as_ref().map(lines), after.as_ref().map(lines));
            own.insert(
                *path,
                ChangedFile {
                    path: name,
                    added: new.as_ref().map_or(0, |lines| lines.len() as u32),
                    removed: old.as_ref().map_or(0, |lines| lines.len() as u32),
                    signed_lines: (path % 2 == 0).then(|| SignedLines {
                        added: new.unwrap_or_default(),
                        removed: old.unwrap_or_default(),
                    }),
                    before,
                    after,
                    ..ChangedFile::default()
                },
            );
        }
        let mut change = change(&format!("c{nth:03}"), *side, own.into_values().collect());
        change.patch_id = Some(id(&patch(&change, false)));
        if nth % 5 == 4 {
            change.reverts = vec![id(&format!("c{:03}", nth / 2))];
        }
        changes.push(change);
    }
    changes
}

fn lines(blob: &ActorId) -> Vec<u32> {
    let seed = blob.as_str().bytes().map(u32::from).sum::<u32>();
    (0..seed % 7 + 2).map(|line| seed * 10 + line).collect()
}

fn patch(change: &ChangeFact, turned: bool) -> String {
    let of = |blob: &Option<ActorId>| blob.as_ref().map_or("none".into(), ActorId::to_string);
    let files = change.files.iter().map(|file| {
        let (before, after) = (of(&file.before), of(&file.after));
        let (from, to) = if turned {
            (after, before)
        } else {
            (before, after)
        };
        format!("{}-{from}-{to}", file.path)
    });
    files.collect::<Vec<_>>().join("+").replace('/', ".")
}

fn graph(changes: &[ChangeFact], minutes: impl Fn(usize) -> i64) -> ProvenanceGraph {
    let mut graph = ProvenanceGraph::new();
    for (nth, change) in changes.iter().enumerate() {
        let at = Timestamp::from_ms(minutes(nth) * MINUTE).unwrap();
        let fact = Fact::Change(Box::new(change.clone()));
        graph
            .enter(&Entry {
                at,
                seq: nth as u64,
                fact,
            })
            .unwrap();
    }
    graph
}

fn asked(changes: &[ChangeFact]) -> RevertsAsked {
    let mut asked = RevertsAsked::on(repo(), branch());
    asked.least = Grade::Weak;
    asked.inverse_patches = changes
        .iter()
        .map(|change| InversePatch {
            change: change.id.clone(),
            patch_id: id(&patch(change, true)),
        })
        .collect();
    asked
}

fn found(graph: &ProvenanceGraph, asked: &RevertsAsked) -> Vec<Revert> {
    graph.reverts(asked).unwrap().reverts
}

proptest! {
    #[test]
    fn reverts_are_the_same_whatever_lands_elsewhere_in_between(
        edits in edits(),
        unrelated in prop::collection::vec(0_usize..24, 0..12),
    ) {
        let changes = history(&edits);
        let alone = found(&graph(&changes, |nth| nth as i64 * 10), &asked(&changes));
        let mut mixed: Vec<(i64, ChangeFact)> = changes.iter().cloned().enumerate()
            .map(|(nth, change)| (nth as i64 * 10, change))
            .collect();
        for (nth, after) in unrelated.iter().enumerate() {
            let file = ChangedFile {
                path: format!("docs/{nth}.md"),
                after: Some(id(&format!("doc-{nth}"))),
                added: 3,
                ..ChangedFile::default()
            };
            let other = change(&format!("u{nth:03}"), 9, vec![file]);
            mixed.push((*after as i64 * 10 + 5, other));
        }
        mixed.sort_by_key(|(minutes, _)| *minutes);
        let (minutes, mixed): (Vec<i64>, Vec<ChangeFact>) = mixed.into_iter().unzip();
        let among = found(&graph(&mixed, |nth| minutes[nth]), &asked(&changes));
        prop_assert_eq!(alone, among);
    }

    #[test]
    fn the_union_is_what_each_detector_sees_alone(edits in edits()) {
        let changes = history(&edits);
        let graph = graph(&changes, |nth| nth as i64 * 10);
        let mut asked = asked(&changes);
        let union: BTreeMap<_, _> = found(&graph, &asked).into_iter()
            .map(|revert| ((revert.change, revert.reverts), revert.evidence))
            .collect();
        let mut sum: BTreeMap<_, Vec<Evidence>> = BTreeMap::new();
        for detector in Detector::ALL {
            asked.detectors = BTreeSet::from([detector]);
            for revert in found(&graph, &asked) {
                prop_assert!(revert.evidence.iter().all(|each| each.detector() == detector));
                sum.entry((revert.change, revert.reverts)).or_default().extend(revert.evidence);
            }
        }
        prop_assert_eq!(union, sum);
    }

    #[test]
    fn a_change_turned_around_and_nothing_else_is_certain_unless_it_is_routine(edits in edits()) {
        let mut changes = history(&edits);
        let last = changes.last_mut().unwrap();
        for file in &mut last.files {
            if file.before == file.after {
                file.after = Some(id("something-else"));
            }
        }
        let last = last.clone();
        let mut files = last.files.clone();
        for file in &mut files {
            std::mem::swap(&mut file.before, &mut file.after);
        }
        changes.push(change("back", 0, files));
        let mut asked = asked(&[]);
        asked.detectors = BTreeSet::from([Detector::Blobs]);
        let found = found(&graph(&changes, |nth| nth as i64 * 10), &asked);
        // What is set aside as routine keeps its evidence, and has a lower grade.
        let certain = |revert: &&Revert| {
            revert.change.as_str() == "back"
                && revert.evidence.iter().any(|each| each.grade() == Grade::Certain)
        };
        let back: Vec<&Revert> = found.iter().filter(certain).collect();
        prop_assert_eq!(back.len(), 1);
        prop_assert_eq!(&back[0].reverts, &last.id);
        prop_assert_eq!(back[0].grade == Grade::Certain, back[0].reason == Reason::Real);
    }

    #[test]
    fn what_a_change_would_undo_is_what_a_walk_back_finds(
        edits in edits(),
        proposed in prop::collection::vec((0_u8..5, 0_u8..5), 1..6),
    ) {
        let changes = history(&edits);
        let graph = graph(&changes, |nth| nth as i64);
        let file = |(path, becomes): &(u8, u8)| ProposedFile {
            path: format!("src/{path}.rs"),
            before: None,
            after: (*becomes > 0).then(|| id(&format!("blob-{path}-{becomes}"))),
        };
        let proposal = ProposedChange {
            repo: repo(),
            branch: branch(),
            side: Some(Side::Loop(LoopId::new("l0").unwrap())),
            by: Vec::new(),
            inverse_patch_id: None,
            horizon_ms: u64::MAX,
            own_too: false,
            files: proposed.iter().map(file).collect(),
        };
        let now = Timestamp::from_ms(1_000 * MINUTE).unwrap();
        let told = graph.would_revert(&proposal, now).unwrap();
        let told: Vec<(String, String)> = told.undoes.into_iter()
            .map(|undone| (undone.path.unwrap(), undone.change.to_string()))
            .collect();
        let walked: Vec<(String, String)> = proposal.files.iter()
            .filter_map(|file| {
                let undone = reference::would_undo(&changes, &file.path, file.after.as_ref())?;
                let change = &changes[undone];
                let others = change.side != proposal.side;
                others.then(|| (file.path.clone(), change.id.to_string()))
            })
            .collect();
        prop_assert_eq!(told, walked);
    }
}
