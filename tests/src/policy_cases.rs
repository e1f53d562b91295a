//! Cases for the policy: a document, an action and what is known around it, made from bytes. The
//! property tests and the fuzz targets make the same ones; bytes that are zero, or that ran out, choose
//! the plain thing.

use std::collections::BTreeSet;

use loom_core::model::{Actor, ActorKind, Level, Timestamp, Token, Truth};
use loom_core::path::{PathRules, PathSet, PathSetSource};
use loom_core::policy::{
    Action, Approval, Asked, Bound, Changer, Facts, Field, History, Independence, Known, LimitRule,
    ProtectedFor, Recording, Room, Spend, Targets, TimeSpan, Verb, Waiver, WaiverScope, Who,
    Written,
};
use serde_json::{Map, Value, json};

use crate::reference::policy::carried;

/// A document, an action, and what is known.
#[derive(Debug, Clone)]
pub struct Case {
    /// The document as JSON.
    pub document: Value,
    /// What is about to be done.
    pub action: Action,
    /// By whom.
    pub who: Who,
    /// Yeses.
    pub approvals: Vec<Approval>,
    /// Exceptions.
    pub waivers: Vec<Waiver>,
    /// What happened.
    pub past: Past,
    /// When.
    pub now: Timestamp,
}

impl Case {
    /// Makes a case.
    pub fn of(bytes: &[u8]) -> Case {
        let mut dice = Dice(bytes.iter());
        let past = Past {
            seed: dice.roll(64) as u64,
            silent: dice.roll(3) as u64,
        };
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().expect("a time");
        let now = now.plus_ms(3_600_000 * dice.roll(48) as u64);
        let verb = dice.verb();
        let document = dice.document(&verb);
        let action = dice.action(&document, &verb);
        let who = Who {
            loop_id: dice.known(&["nightly", "weekly"]),
            team: dice.known(&["web", "pay"]),
        };
        let approvals = (0..dice.roll(3)).filter_map(|_| dice.approval(&action, now));
        let approvals = approvals.collect();
        let waivers = (0..dice.roll(3)).map(|n| dice.waiver(n, now)).collect();
        Case {
            document,
            action,
            who,
            approvals,
            waivers,
            past,
            now,
        }
    }

    /// What a decision is told.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            who: &self.who,
            rules: PathRules::default(),
            approvals: &self.approvals,
            waivers: &self.waivers,
            history: &self.past,
            spend: &self.past,
        }
    }
}

/// A past that answers every question, the same question always alike; or is silent about it.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    /// Which past.
    pub seed: u64,
    /// It is silent about one question in three of this kind; about none for 0.
    pub silent: u64,
}

impl Past {
    fn number(&self, question: &str, now: Option<Timestamp>) -> u64 {
        // FNV-1a: any mixing would do.
        let hour = now.map_or(0, |now| now.as_ms() / 3_600_000);
        let text = format!("{}{question}{hour}", self.seed);
        let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |mixed, byte| {
            (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        mixed >> 32
    }

    fn knows(&self, question: &str) -> bool {
        self.silent == 0 || self.number(question, None) % 3 != self.silent
    }

    fn answer(&self, question: &str, now: Option<Timestamp>) -> Truth {
        match self.knows(question) {
            false => Truth::Unknown,
            true => Truth::from(self.number(question, now) / 3 % 2 == 1),
        }
    }
}

impl History for Past {
    fn changed(&self, asked: Asked<'_>, who: Changer, within: TimeSpan, now: Timestamp) -> Truth {
        self.answer(
            &Written::changed_question(&asked.target, who, within),
            Some(now),
        )
    }

    fn reverts(&self, asked: Asked<'_>, _: Option<&loom_core::model::ActorId>) -> Truth {
        self.answer(&Written::reverts_question(&asked.target), None)
    }

    fn is_protected(&self, asked: Asked<'_>, _: ProtectedFor, now: Timestamp) -> Truth {
        self.answer(&Written::protected_question(&asked.target), Some(now))
    }

    fn verified(&self, _: Option<&loom_core::model::RunId>, by: Independence) -> Truth {
        self.answer(&Written::verified_question(by), None)
    }

    fn check_passed(
        &self,
        _: Option<&loom_core::model::RunId>,
        check: &loom_core::model::ActorId,
    ) -> Truth {
        self.answer(&Written::check_question(check), None)
    }

    fn done(&self, verb: &Verb, per: Level, within: TimeSpan, now: Timestamp) -> Option<u64> {
        let question = Written::done_question(verb, per, within);
        let count = self.number(&question, Some(now)) / 3 % 4;
        self.knows(&question).then_some(count)
    }
}

impl Spend for Past {
    fn room(&self, limit: &LimitRule, now: Timestamp) -> Option<Room> {
        let question = format!("room of {}", limit.id);
        let left = self.number(&question, Some(now)) / 3 % 4;
        let frees_at = left.is_multiple_of(2).then(|| now.plus_ms(60_000));
        self.knows(&question).then_some(Room { left, frees_at })
    }
}

/// Writes down what a decision asks of a case.
pub fn recording(case: &Case) -> Recording<'_> {
    Recording::of(&case.who, &case.past, &case.past)
}

const VERBS: [&str; 16] = [
    "edit", "shell", "tool", "commit", "deploy", "spend", "merge", "review", "page", "plan",
    "read", "create", "delete", "push", "open_pr", "finish",
];
const EFFECTS: [&str; 3] = ["allow", "require_approval", "deny"];
const GLOBS: [&str; 12] = [
    "a/**", "b/**", "**", "a", "a/*", "*/b", "**/b", "a/b", "*", "{a,b}/z", "**/.loom", "z",
];
const PATHS: [&str; 8] = ["a", "a/b", "b", "a/z", "b/z", "z", "a/.loom", "b/b"];
const LINES: [&str; 5] = [
    "ls",
    "cargo test",
    "ls && git push",
    "git push origin",
    "loom approve x",
];

struct Dice<'b>(std::slice::Iter<'b, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % sides
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == sides - 1
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.roll(from.len())]
    }

    fn some(&mut self, from: &[&str]) -> Value {
        match self.roll(4) {
            0..3 => json!(self.pick(from)),
            _ => json!([self.pick(from), self.pick(from)]),
        }
    }

    fn verb(&mut self) -> Verb {
        Verb::new(self.pick(&VERBS)).expect("a verb")
    }

    fn known<T: std::str::FromStr>(&mut self, names: &[&str]) -> Known<T> {
        match self.roll(4) {
            0 => Known::Unknown,
            1 => Known::None,
            _ => match self.pick(names).parse() {
                Ok(name) => Known::Is(name),
                Err(_) => Known::Unknown,
            },
        }
    }

    fn paths(&mut self) -> Value {
        match self.roll(6) {
            0..3 => json!(self.pick(&GLOBS)),
            3 => json!([self.pick(&GLOBS), self.pick(&GLOBS)]),
            4 => json!([{"dir": self.pick(&PATHS)}, {"file": self.pick(&PATHS)}]),
            _ => json!({"include": [self.pick(&GLOBS)], "exclude": [self.pick(&GLOBS)]}),
        }
    }

    fn bounds(&mut self) -> Value {
        let number = self.roll(4);
        match self.roll(6) {
            0 => json!({"gt": number}),
            1 => json!({"le": number}),
            2 => json!({"ge": number, "lt": number + 2}),
            3 => json!({"ne": number}),
            4 => json!({"in": [number, 1]}),
            _ => json!({"in": ["yes", number]}),
        }
    }

    fn window(&mut self) -> Value {
        let times = ["10:00", "06:00", "22:00", "00:00"];
        match self.roll(4) {
            0..2 => json!({"tz": "UTC", "from": self.pick(&times), "to": self.pick(&times)}),
            2 => json!({
                "tz": "UTC",
                "days": [self.pick(&["sun", "mon", "fri"])],
                "from": self.pick(&times),
                "to": self.pick(&times),
            }),
            _ => json!({"from": "2026-11-22T12:00:00Z", "to": "2026-11-23T12:00:00Z"}),
        }
    }

    fn condition(&mut self, verb: &Verb) -> Value {
        let mut map = Map::new();
        for _ in 0..self.roll(4) {
            let (key, value) = match self.roll(24) {
                0..3 => ("paths", self.paths()),
                3 => ("verb", json!([verb, self.pick(&VERBS)])),
                4 => ("repo", self.some(&["shop", "site"])),
                5 => ("branch", self.some(&["main", "re?ease-*", "*n"])),
                6 => ("resource", self.some(&["db*", "queue"])),
                7 => ("service", self.some(&["payments", "web"])),
                8 => ("environment", self.some(&["prod", "*"])),
                9 => ("owner", self.some(&["own", "other", "none", "web", "pay"])),
                10 => ("loop", self.some(&["nightly", "week*"])),
                11 => ("team", self.some(&["web", "p?y"])),
                12 => ("actor", self.some(&["loop", "human", "service"])),
                13 => ("tool", self.some(&["*fetch", "bash"])),
                14 => ("command", self.some(&["git push", "cargo test", "ls"])),
                15 => ("size", json!({"lines": self.bounds()})),
                16 => ("edge", json!({"from": self.paths(), "to": self.paths()})),
                17 => (
                    "spans",
                    json!({"areas": [self.paths(), self.paths()], "at_least": 2}),
                ),
                18 => ("window", self.window()),
                19 => (
                    "facts",
                    match self.roll(3) {
                        0 => json!({"x": self.bounds()}),
                        1 => json!({"x": self.roll(3)}),
                        _ => json!({"y": true, "x": self.bounds()}),
                    },
                ),
                20 => (
                    "recently_changed_by",
                    json!({
                        "who": self.pick(&["other", "own", "human"]),
                        "within": "48h",
                    }),
                ),
                21 => match self.roll(2) {
                    0 => ("reverts", json!(self.roll(2) == 0)),
                    _ => ("touches_protected", json!(self.roll(2) == 0)),
                },
                22 => (
                    "verified",
                    match self.roll(3) {
                        0 => json!(true),
                        1 => json!(false),
                        _ => json!("human"),
                    },
                ),
                _ => (
                    "rate",
                    json!({"per": "loop", "within": "1h", "more_than": self.roll(4)}),
                ),
            };
            map.insert(key.to_owned(), value);
        }
        Value::Object(map)
    }

    fn mode(&mut self, map: &mut Value) {
        match self.roll(6) {
            4 => map["mode"] = json!("advise"),
            5 => map["mode"] = json!("enforce"),
            _ => {}
        }
    }

    fn rule(&mut self, nth: usize, verb: &Verb) -> Value {
        let mut rule = json!({
            "id": format!("r{nth}"),
            "effect": self.pick(&EFFECTS),
            "when": self.condition(verb),
        });
        self.mode(&mut rule);
        if self.one_in(3) {
            rule["unless"] = match self.roll(3) {
                2 => json!([self.condition(verb), self.condition(verb)]),
                _ => self.condition(verb),
            };
        }
        match self.roll(10) {
            7 => rule["obligations"] = json!([{"type": "evidence", "fact": "x"}]),
            8 => rule["obligations"] = json!([{"type": "checker", "by": "human"}]),
            9 => rule["obligations"] = json!([{"type": "run_check", "check": "ci"}]),
            _ => {}
        }
        rule
    }

    fn limit(&mut self, nth: usize) -> Value {
        let mut limit = json!({
            "id": format!("l{nth}"),
            "level": self.pick(&["workspace", "run", "loop", "team"]),
            "unit": self.pick(&["changes", "tokens", "deploys", "unreviewed_lines", "output_tokens"]),
            "max": 10,
            "per": "hour",
            "on_exceed": self.pick(&["deny", "require_approval", "allow"]),
        });
        self.mode(&mut limit);
        match self.roll(5) {
            1 => limit["floor"] = json!(self.roll(4)),
            2 => limit["when"] = json!({"loop": "nightly"}),
            3 => limit["when"] = json!({"team": "web"}),
            4 => limit["when"] = json!({"actor": ["loop", "service"]}),
            _ => {}
        }
        limit
    }

    fn document(&mut self, verb: &Verb) -> Value {
        let mut document = json!({
            "version": 1,
            "default": self.pick(&EFFECTS),
            "verbs": {
                "review": {"carries": ["targets", "service", "repo", "command"]},
                "page": {},
            },
            "services": {"payments": {"repo": "shop", "paths": "a/**"}, "web": {"paths": ["b/**"]}},
            "environments": ["prod", "stage"],
            "owners": {
                "teams": {"web": {"members": ["ada"]}, "pay": {"members": ["ben", "cem"]}},
            },
        });
        if self.one_in(6) {
            document["mode"] = json!("advise");
        }
        let areas = (0..self.roll(3)).map(|_| {
            let teams = [
                json!(["web"]),
                json!(["pay"]),
                json!(["web", "pay"]),
                json!([]),
            ];
            let mut area = json!({"paths": self.paths(), "teams": teams[self.roll(4)]});
            if self.one_in(4) {
                area["repo"] = json!("shop");
            }
            area
        });
        let areas: Vec<Value> = areas.collect();
        document["owners"]["areas"] = json!(areas);
        let rules: Vec<Value> = (0..self.roll(6)).map(|n| self.rule(n, verb)).collect();
        document["rules"] = json!(rules);
        let limits: Vec<Value> = (0..self.roll(3)).map(|n| self.limit(n)).collect();
        document["limits"] = json!(limits);
        if self.one_in(3) {
            document["protect"] = json!({"deliberate": "24h", "effect": self.pick(&EFFECTS)});
        }
        document
    }

    fn action(&mut self, document: &Value, verb: &Verb) -> Action {
        let document = serde_json::from_value(document.clone()).expect("a document");
        let carries = carried(&document, verb).unwrap_or_default();
        let mut action = json!({"verb": verb});
        let mut give = |dice: &mut Self, field: Field, value: fn(&mut Self) -> Value| {
            let carried = carries.contains(&field);
            // Now and then something that the verb cannot carry.
            if carried && dice.roll(4) > 0 || !carried && dice.one_in(120) {
                action[field.as_str()] = value(dice);
            }
        };
        give(self, Field::Targets, |dice| match dice.roll(6) {
            0..3 => json!({"paths": [dice.pick(&PATHS)]}),
            3 => json!({"paths": [dice.pick(&PATHS), dice.pick(&PATHS), dice.pick(&PATHS)]}),
            4 => json!({"set": dice.paths()}),
            _ => json!({"paths": []}),
        });
        give(self, Field::Repo, |dice| {
            json!(dice.pick(&["shop", "site"]))
        });
        give(self, Field::Branch, |dice| {
            json!(dice.pick(&["main", "release-1"]))
        });
        give(self, Field::Resources, |dice| {
            json!([dice.pick(&["db1", "queue"])])
        });
        give(self, Field::Environment, |dice| {
            json!(dice.pick(&["prod", "stage"]))
        });
        give(self, Field::Service, |dice| {
            json!(dice.pick(&["payments", "web", "docs"]))
        });
        give(self, Field::Tool, |dice| {
            json!(dice.pick(&["webfetch", "bash"]))
        });
        give(self, Field::Command, |dice| json!(dice.pick(&LINES)));
        give(
            self,
            Field::Edges,
            |dice| json!([{"from": dice.pick(&PATHS), "to": dice.pick(&PATHS)}]),
        );
        give(self, Field::Size, |dice| match dice.roll(3) {
            0 => json!({"lines": dice.roll(5)}),
            1 => json!({"files": 1}),
            _ => json!({"lines": dice.roll(5), "files": 2}),
        });
        give(self, Field::Estimate, |dice| match dice.roll(4) {
            0 => json!({"tokens": dice.roll(5)}),
            1 => json!({"input_tokens": dice.roll(3), "output_tokens": dice.roll(3)}),
            2 => json!({"changes": dice.roll(5), "tokens": 1}),
            _ => json!({}),
        });
        match self.roll(4) {
            1 => action["facts"] = json!({"x": self.roll(4)}),
            2 => action["facts"] = json!({"x": self.roll(4), "y": self.roll(2) == 0}),
            3 => action["facts"] = json!({"x": "yes"}),
            _ => {}
        }
        if self.roll(4) > 0 {
            action["run"] = json!(self.pick(&["r1", "r2"]));
        }
        if self.roll(3) > 0 {
            action["digest"] = json!("ab".repeat(32));
        }
        let mut action: Action = serde_json::from_value(action).expect("an action");
        let kinds = [ActorKind::Loop, ActorKind::Human, ActorKind::Service];
        if self.roll(5) > 0 {
            let kind = kinds[self.roll(3)];
            action.actor = Some(Actor::new(kind, "nightly").expect("an actor"));
        }
        action
    }

    fn rules(&mut self) -> BTreeSet<loom_core::model::ActorId> {
        let names = [
            "r0",
            "r1",
            "r2",
            "l0",
            "default",
            "protect",
            "r3",
            "l1",
            "loomstack.files",
        ];
        let names = names.iter().filter(|_| self.roll(2) == 1);
        names.map(|name| name.parse().expect("a name")).collect()
    }

    fn some_paths(&mut self) -> Option<PathSet> {
        self.one_in(3).then(|| set(self.paths()))
    }

    fn until(&mut self, now: Timestamp) -> Timestamp {
        match self.one_in(6) {
            true => now,
            false => now.plus_ms(7_200_000),
        }
    }

    fn approval(&mut self, action: &Action, now: Timestamp) -> Option<Approval> {
        let mut bound = Bound::of(action)?;
        if self.one_in(4) {
            match &mut bound {
                Bound::Scope { run, .. } => *run = Some("r9".parse().expect("a run")),
                Bound::Change { digest, .. } => *digest = loom_core::model::Digest::of(&[b"other"]),
            }
        }
        let to_change = matches!(bound, Bound::Change { .. });
        Some(Approval {
            id: Token::new(0, 1, 0),
            rules: self.rules(),
            bound,
            paths: self.some_paths().filter(|_| !to_change),
            until: self.until(now),
        })
    }

    fn waiver(&mut self, nth: usize, now: Timestamp) -> Waiver {
        let mut scope = WaiverScope::default();
        match self.roll(6) {
            3 => scope.verbs.extend([self.verb()]),
            4 => scope.repo = Some("shop".parse().expect("a repository")),
            5 => scope.run = Some("r1".parse().expect("a run")),
            _ => {}
        }
        Waiver {
            id: Token::new(0, 2, u16::try_from(nth).expect("a few")),
            rules: (!self.one_in(8)).then(|| self.rules()),
            scope,
            paths: self.some_paths(),
            until: self.until(now),
        }
    }
}

/// The set that JSON says.
pub fn set(json: Value) -> PathSet {
    let source: PathSetSource = serde_json::from_value(json).expect("a set");
    PathSet::compile(&source, PathRules::default()).expect("a set")
}

/// The single paths of an action, if it names them.
pub fn named_paths(action: &Action) -> &[String] {
    match &action.targets {
        Some(Targets::Paths(paths)) => paths,
        _ => &[],
    }
}
