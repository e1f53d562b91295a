//! A history of any length: a thousand events an hour, two edges to an event.

use loom_core::model::Timestamp;
use loom_core::provenance::{Entry, Kind, Name, ProposedChange};
use serde_json::{Value, json};

use crate::Outcome;

/// From one event to the next.
const EVENT_MS: i64 = 3_600;
const BEGIN_MS: i64 = 1_700_000_000_000;
const SERVICES: usize = 20;
const FILES: usize = 50;
/// A deploy takes the place of a review after each so many events.
const DEPLOY_EVERY: usize = 500;

/// What was made so far, and the edges of the walk as the peers are given them.
#[derive(Default)]
pub(super) struct History {
    events: usize,
    /// The time of each node.
    pub(super) times: Vec<i64>,
    names: Vec<(Kind, u32)>,
    /// From a node to what a trace goes on to, and whether only within the window.
    pub(super) edges: Vec<(u32, u32, bool)>,
    /// The node of each change.
    pub(super) changes: Vec<u32>,
    /// For each file, its last change and the one before.
    last: Vec<[Option<usize>; 2]>,
    /// Loops, prompts, the policy, checker and reader.
    fixed: Vec<u32>,
    deployed: usize,
}

impl History {
    pub(super) fn events(&self) -> usize {
        self.events
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::EPOCH.plus_ms((BEGIN_MS + self.events as i64 * EVENT_MS) as u64)
    }

    pub(super) fn name(&self, node: u32) -> Name {
        let (kind, number) = self.names[node as usize];
        let id = match kind {
            Kind::Loop => format!("l{number}"),
            Kind::Artifact => format!("{number:064x}"),
            Kind::Service => "ci".to_owned(),
            Kind::Person => "ada".to_owned(),
            Kind::Run => format!("r{number}"),
            Kind::Claim => format!("k{number}"),
            Kind::Decision => format!("q{number}"),
            Kind::Change => format!("c{number}"),
            Kind::Verification => format!("v{number}"),
            Kind::Review => format!("w{number}"),
            _ => format!("d{number}"),
        };
        Name::new(kind, id)
    }

    /// The next events.
    pub(super) fn next(&mut self, count: usize) -> Outcome<Vec<Entry>> {
        if self.fixed.is_empty() {
            self.last = vec![[None; 2]; SERVICES * FILES];
            let loops = (0..20).map(|number| (Kind::Loop, number));
            let artifacts = (0..6).map(|number| (Kind::Artifact, number));
            let others = [(Kind::Service, 0), (Kind::Person, 0)];
            for (kind, number) in loops.chain(artifacts).chain(others) {
                let node = self.node(kind, number, 0);
                self.fixed.push(node);
            }
        }
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let at = Timestamp::from_ms(BEGIN_MS + self.events as i64 * EVENT_MS)?;
            let entry = json!({"at": at, "seq": self.events, "fact": self.event()});
            entries.push(serde_json::from_value(entry)?);
            self.events += 1;
        }
        Ok(entries)
    }

    /// A change of some files before it lands: to what they were two versions ago, or to what they never
    /// were.
    pub(super) fn proposed(
        &self,
        nth: usize,
        files: usize,
        undoes: bool,
    ) -> Outcome<ProposedChange> {
        let slots = self.last.iter().enumerate();
        let often: Vec<_> = slots
            .filter_map(|(slot, [last, older])| Some((slot, (*last)?, (*older)?)))
            .collect();
        let file = |of: usize| {
            let (slot, last, older) = often[(nth * 7_919 + of) % often.len()];
            let (service, file) = (slot / FILES, slot % FILES);
            let after = match undoes {
                true => blob(older, file),
                false => format!("f{nth:039x}"),
            };
            json!({"path": path(service, file), "before": blob(last, file), "after": after})
        };
        let files: Vec<Value> = (0..files).map(file).collect();
        let proposed =
            json!({"repo": "shop", "branch": "main", "side": {"loop": "mine"}, "files": files});
        Ok(serde_json::from_value(proposed)?)
    }

    fn node(&mut self, kind: Kind, number: usize, at: i64) -> u32 {
        self.times.push(at);
        self.names.push((kind, number as u32));
        self.times.len() as u32 - 1
    }

    fn event(&mut self) -> Value {
        let event = self.events;
        let (run, step) = (event / 10, event % 10);
        let at = BEGIN_MS + event as i64 * EVENT_MS;
        let (fixed_run, back) = (self.times.len() as u32, |steps: u32| {
            self.times.len() as u32 - steps
        });
        let (policy, ci, ada) = (self.fixed[25], self.fixed[26], self.fixed[27]);
        let run_node = back(step as u32);
        match step {
            0 => {
                let (of_loop, prompt) = (run % 20, run % 5);
                self.node(Kind::Run, run, at);
                self.edges.push((fixed_run, self.fixed[of_loop], false));
                self.edges.push((fixed_run, self.fixed[20 + prompt], false));
                json!({"type": "run", "id": format!("r{run}"), "loop": format!("l{of_loop}"),
                    "actor": {"kind": "loop", "id": format!("l{of_loop}")},
                    "artifacts": [format!("{prompt:064x}")]})
            }
            1 => {
                let claim = self.node(Kind::Claim, run, at);
                self.edges.push((claim, run_node, false));
                json!({"type": "claim", "id": format!("k{run}"), "run": format!("r{run}"), "mode": "write"})
            }
            2 => {
                let decision = self.node(Kind::Decision, run, at);
                self.edges.push((decision, run_node, false));
                self.edges.push((decision, policy, false));
                json!({"type": "decision", "id": format!("q{run}"), "verb": "merge", "run": format!("r{run}"),
                    "verdict": "allow", "passes": true, "rules": ["house"], "policy": format!("{:064x}", 5)})
            }
            3..=7 => self.change(run, step, at, run_node),
            8 => {
                let check = self.node(Kind::Verification, run, at);
                self.edges.push((check, ci, false));
                let checked = [self.changes.len() - 1, self.changes.len() - 2];
                for change in checked {
                    self.edges.push((self.changes[change], check, false));
                }
                json!({"type": "verification", "id": format!("v{run}"), "verdict": "passed",
                    "changes": checked.map(|change| format!("c{change}")), "independent": true,
                    "by": {"kind": "service", "id": "ci"}})
            }
            _ if event % DEPLOY_EVERY == DEPLOY_EVERY - 1 => {
                let deploy = self.node(Kind::Deploy, run, at);
                self.edges.push((deploy, ci, false));
                for change in
                    std::mem::replace(&mut self.deployed, self.changes.len())..self.changes.len()
                {
                    self.edges.push((self.changes[change], deploy, true));
                }
                json!({"type": "deploy", "id": format!("d{run}"), "environment": "prod", "repo": "shop",
                    "branch": "main", "upto": format!("c{}", self.changes.len() - 1),
                    "by": {"kind": "service", "id": "ci"}})
            }
            _ => {
                let review = self.node(Kind::Review, run, at);
                let change = self.changes.len() - 3;
                self.edges.push((review, ada, false));
                self.edges.push((self.changes[change], review, false));
                json!({"type": "review", "id": format!("w{run}"), "changes": [format!("c{change}")],
                    "verdict": "passed", "by": {"kind": "human", "id": "ada"}})
            }
        }
    }

    fn change(&mut self, run: usize, step: usize, at: i64, run_node: u32) -> Value {
        let number = self.changes.len();
        let change = self.node(Kind::Change, number, at);
        self.changes.push(change);
        self.edges.push((change, run_node, false));
        let service = run % SERVICES;
        let mut files = Vec::new();
        for nth in 0..3 {
            let file = (number * 7 + nth * 11) % FILES;
            let slot = &mut self.last[service * FILES + file];
            let last = slot[0];
            *slot = [Some(number), last];
            if let Some(older) = last {
                self.edges.push((change, self.changes[older], true));
            }
            let blob = |change| blob(change, file);
            files.push(
                json!({"path": path(service, file), "added": 5, "removed": 2,
                "before": last.map(blob), "after": blob(number)}),
            );
        }
        let mut fact = json!({"type": "change", "id": format!("c{number}"), "repo": "shop", "branch": "main",
            "made_by": "loop", "run": format!("r{run}"), "commit": format!("{number:040x}"), "files": files});
        if step < 5 {
            self.edges.push((change, run_node + 1, false));
            fact["claim"] = json!(format!("k{run}"));
        }
        if step > 4 {
            self.edges.push((change, run_node + 2, false));
            fact["decision"] = json!(format!("q{run}"));
        }
        fact
    }
}

fn path(service: usize, file: usize) -> String {
    format!("src/s{service}/file{file}.rs")
}

/// What a change left of a file.
fn blob(change: usize, file: usize) -> String {
    format!("{:040x}", (change as u128 * 64 + file as u128) << 64)
}
