//! History as in-toto statements, one a line, one for each node of the selection.
//!
//! - A change is SLSA provenance v1. Its subjects are the blobs that it left, each under its path; where
//!   it left none that git would name, its commit; else the record of it.
//! - A verification is a test result v0.1 whose subjects are the changes that it is over, each by its
//!   commit, else by the record of it.
//! - Anything else is a statement of type `urn:loomstack:node:v1` about the record of it.
//!
//! The record of a node is its entry as JSON, and its digest is SHA-256 of that; of its name where nobody
//! told of it. The name of the node stands in `predicate.buildDefinition.externalParameters.name`, in
//! `predicate.configuration[0].name`, or in `predicate.name`.

use serde_json::{Value, json};

use super::output::{self, Output, hex, is_git_name, name_uri, uri};
use crate::error::Error;
use crate::model::{Digest, Verdict};
use crate::provenance::{ChangeView, Fact, NodeId, ProvenanceGraph, Selection, Verification};

impl ProvenanceGraph {
    /// A selection as in-toto statements v1, one a line, in the order of names.
    ///
    /// # Errors
    /// `limit_exceeded` (`EXPORT_BYTES_MAX`).
    pub fn in_toto(&self, selection: &Selection) -> Result<String, Error> {
        let mut output = Output::new();
        for node in selection.nodes() {
            let statement = match (self.change(node), self.fact(node)) {
                (Some(change), _) => self.slsa_provenance(&change),
                (None, Some(Fact::Verification(check))) => self.test_result(node, check),
                _ => self.plain_statement(node),
            };
            output.line(&statement)?;
        }
        Ok(output.into_text())
    }

    fn slsa_provenance(&self, change: &ChangeView<'_>) -> Value {
        let name = self.name(change.node());
        let blob = |path: String, blob: Option<String>| {
            let blob = blob.filter(|blob| is_git_name(blob))?;
            Some(json!({"name": path, "digest": {"gitBlob": blob}}))
        };
        let mut subjects: Vec<Value> = change
            .files()
            .filter_map(|file| blob(file.path(), file.after()))
            .collect();
        if subjects.is_empty() {
            subjects.push(self.subject(change.node()));
        }
        let before = change.files().filter_map(|file| {
            let path = file.old_path().unwrap_or_else(|| file.path());
            blob(path, file.before())
        });
        let base = change.base().filter(|base| is_git_name(base.as_str()));
        let base = base.map(|base| json!({"name": change.repo(), "digest": {"gitCommit": base}}));
        let used: Vec<Value> = base.into_iter().chain(before).collect();
        let files: Vec<Value> = change
            .files()
            .map(|file| {
                json!({
                    "path": file.path(), "old_path": file.old_path(),
                    "before": file.before(), "after": file.after(),
                })
            })
            .collect();
        let builder = match change.run() {
            Some(run) => name_uri(&self.name(run)),
            None => uri(&format!("made_by:{}", made_by(change))),
        };
        let at = change.at();
        statement(
            &subjects,
            "https://slsa.dev/provenance/v1",
            &json!({
                "buildDefinition": {
                    "buildType": uri("change:v1"),
                    "externalParameters": {
                        "name": name, "repo": change.repo(), "branch": change.branch(),
                        "commit": change.commit(), "base": change.base(),
                        "made_by": change.made_by(),
                    },
                    "internalParameters": {
                        "files": files, "deliberate": change.is_deliberate(),
                        "reverts": change.declared_reverts(),
                        "relations": output::relations_json(self, change.node()),
                    },
                    "resolvedDependencies": used,
                },
                "runDetails": {
                    "builder": {"id": builder},
                    "metadata": {"invocationId": name_uri(&name), "finishedOn": at},
                },
            }),
        )
    }

    fn test_result(&self, node: NodeId, check: &Verification) -> Value {
        let subjects: Vec<Value> = output::relations(self, node)
            .into_iter()
            .filter(|(how, _)| *how == crate::provenance::Relation::Checked)
            .filter_map(|(_, change)| Some(self.subject(self.find(&change)?)))
            .collect();
        let subjects = match subjects.is_empty() {
            true => vec![self.subject(node)],
            false => subjects,
        };
        let name = self.name(node);
        let at = self.landed(node).map(|(at, _)| at);
        let about = json!({
            "name": name, "uri": name_uri(&name),
            "annotations": {
                "at": at, "independent": check.independent, "checks": check.checks,
                "relations": output::relations_json(self, node),
            },
        });
        // Which of the checks failed nobody says, so those of a failure are in neither list.
        let predicate = match check.verdict {
            Verdict::Passed => {
                json!({"result": "PASSED", "configuration": [about], "passedTests": check.checks})
            }
            Verdict::Failed => json!({"result": "FAILED", "configuration": [about]}),
        };
        statement(
            &subjects,
            "https://in-toto.io/attestation/test-result/v0.1",
            &predicate,
        )
    }

    fn plain_statement(&self, node: NodeId) -> Value {
        let predicate = json!({
            "name": self.name(node),
            "at": self.landed(node).map(|(at, _)| at),
            "relations": output::relations_json(self, node),
        });
        statement(&[self.record(node)], &uri("node:v1"), &predicate)
    }

    /// A node as a subject: a change by its commit where git would name it.
    fn subject(&self, node: NodeId) -> Value {
        let commit = self.change(node).and_then(|change| change.commit());
        match commit.filter(|commit| is_git_name(commit)) {
            Some(commit) => {
                json!({"name": self.name(node), "digest": {"gitCommit": commit}})
            }
            None => self.record(node),
        }
    }

    fn record(&self, node: NodeId) -> Value {
        let name = self.name(node);
        let record = self.entry(node);
        let record = record.and_then(|entry| serde_json::to_string(&entry).ok());
        let record = record.unwrap_or_else(|| name.to_string());
        let digest = hex(Digest::of(&[record.as_bytes()]), 32);
        json!({"name": name, "digest": {"sha256": digest}})
    }
}

fn statement(subjects: &[Value], predicate_type: &str, predicate: &Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": predicate,
    })
}

fn made_by(change: &ChangeView<'_>) -> &'static str {
    use crate::model::MadeBy;
    match change.made_by() {
        MadeBy::Human => "human",
        MadeBy::Loop => "loop",
        MadeBy::Mixed => "mixed",
        MadeBy::Unknown => "unknown",
    }
}
