//! The small world that the tests of claims play in: few names that often meet, and commands about
//! them.
//!
//! ```
//! use loom_tests::world;
//!
//! let mut commands = world::Commands::default();
//! let tick = commands.by_human(loom_core::coordinator::Body::Tick {});
//! let next = commands.by_human(loom_core::coordinator::Body::Tick {});
//! assert_ne!(tick.id, next.id);
//! ```

use loom_core::claim::{Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{Body, ChangedFile, Command, MadeBy, NewChange};
use loom_core::model::{
    Actor, ActorKind, Branch, ChangeId, Nonce, RepoId, Resource, RunId, Timestamp, Token,
    WorkspaceId,
};
use loom_core::path::{Case, PathRules, PathSetSource, PatternSource};

/// The repositories: one that tells letter cases apart, and one that does not.
pub const REPOS: [&str; 2] = ["shop", "site"];
/// The runs that stand at the start, with their parents: two trees and a loner.
pub const RUNS: [(&str, Option<&str>); 7] = [
    ("a", None),
    ("a1", Some("a")),
    ("a2", Some("a")),
    ("a11", Some("a1")),
    ("b", None),
    ("b1", Some("b")),
    ("c", None),
];
/// Patterns that meet each other in all the ways there are.
pub const PATTERNS: [&str; 12] = [
    "src",
    "src/*",
    "src/*.rs",
    "src/a.rs",
    "src/b.rs",
    "SRC/A.rs",
    "docs/**",
    "**/*.md",
    "{src,docs}/a.*",
    "docs/[ab].md",
    "lib",
    "**",
];
/// Paths that they hold.
pub const PATHS: [&str; 6] = [
    "src/a.rs",
    "src/b.rs",
    "src/x/y.rs",
    "docs/a.md",
    "docs/deep/b.md",
    "lib/z",
];
/// Things that are no files.
pub const RESOURCES: [&str; 2] = ["deploy:prod", "db:migrations"];

/// When the world begins.
pub const START: &str = "2026-11-22T07:30:00Z";

/// The time `ms` after the start.
pub fn at(ms: u64) -> Timestamp {
    START.parse::<Timestamp>().expect("a time").plus_ms(ms)
}

/// A run's name.
pub fn run(name: &str) -> RunId {
    RunId::new(name).expect("a name")
}

/// The actor of a run.
pub fn in_run(name: &str) -> Actor {
    let actor = Actor::new(ActorKind::Loop, "nightly").expect("a name");
    actor.in_run(run(name))
}

/// A person.
pub fn human() -> Actor {
    Actor::new(ActorKind::Human, "ada").expect("a name")
}

/// One place.
pub fn spec(repo: &str, patterns: &[&str]) -> SpecRequest {
    SpecRequest {
        repo: RepoId::new(repo).expect("a name"),
        branch: None,
        paths: PathSetSource::of(patterns.iter().map(|text| PatternSource::glob(*text))),
        resources: Vec::new(),
    }
}

/// One place that is no file.
pub fn resource(name: &str) -> SpecRequest {
    SpecRequest {
        resources: vec![Resource::new(name).expect("a name")],
        ..spec("shop", &[])
    }
}

/// A branch's name.
pub fn branch(name: &str) -> Branch {
    Branch::new(name).expect("a name")
}

/// A claim on places of the first repository, for a minute, without more.
pub fn claim(patterns: &[&str], mode: Mode) -> Body {
    claim_of(vec![spec("shop", patterns)], mode, 60_000)
}

/// A claim on places.
pub fn claim_of(specs: Vec<SpecRequest>, mode: Mode, ttl_ms: u64) -> Body {
    Body::Claim {
        specs,
        mode,
        intent: None,
        ttl_ms,
        priority: 0,
        on_conflict: OnConflict::Refuse,
        partial: false,
    }
}

/// A claim that waits where it cannot be granted.
pub fn waiting(patterns: &[&str], mode: Mode, wanted: u8) -> Body {
    Body::Claim {
        specs: vec![spec("shop", patterns)],
        mode,
        intent: None,
        ttl_ms: 60_000,
        priority: wanted,
        on_conflict: OnConflict::Wait,
        partial: false,
    }
}

/// A change of one path.
pub fn change(id: &str, path: &str, token: Option<Token>) -> Body {
    Body::RecordChange(Box::new(NewChange {
        id: ChangeId::new(id).expect("a name"),
        repo: RepoId::new("shop").expect("a name"),
        branch: None,
        commit: None,
        made_by: MadeBy::Loop,
        run: None,
        token,
        intent: None,
        deliberate: false,
        base: None,
        decision: None,
        patch_id: None,
        reverts: Vec::new(),
        files: vec![ChangedFile {
            path: path.to_owned(),
            old_path: None,
            before: None,
            after: None,
            added: 1,
            removed: 0,
            ..ChangedFile::default()
        }],
    }))
}

/// Makes commands, each with an id of its own.
#[derive(Debug, Clone, Default)]
pub struct Commands {
    made: u64,
    /// Goes into every id, so that several makers of one journal never make the same one.
    pub salt: u64,
}

impl Commands {
    /// Commands of another maker.
    pub fn salted(salt: u64) -> Self {
        Commands { made: 0, salt }
    }

    /// A command of somebody.
    pub fn by(&mut self, actor: Actor, body: Body) -> Command {
        self.made += 1;
        let id = (u128::from(self.salt) << 64) | u128::from(self.made);
        let mut nonce = [7; 16];
        nonce[..8].copy_from_slice(&self.made.to_be_bytes());
        Command {
            id: uuid::Uuid::from_u128(id),
            actor,
            nonce: Some(Nonce(nonce)),
            body,
        }
    }

    /// A command of a run.
    pub fn by_run(&mut self, name: &str, body: Body) -> Command {
        self.by(in_run(name), body)
    }

    /// A command of a person outside every run.
    pub fn by_human(&mut self, body: Body) -> Command {
        self.by(human(), body)
    }

    /// What makes the journal, its repositories and [`RUNS`], whose leases last `run_ttl_ms`.
    pub fn founding(&mut self, run_ttl_ms: u64) -> Vec<Command> {
        let workspace = WorkspaceId::new("workspace").expect("a name");
        let mut all = vec![self.by_human(Body::CreateJournal { workspace })];
        for (repo, case) in REPOS.iter().zip([Case::Sensitive, Case::Insensitive]) {
            let rules = PathRules {
                case,
                ..PathRules::default()
            };
            all.push(self.by_human(Body::RegisterRepo {
                id: RepoId::new(repo).expect("a name"),
                aliases: Vec::new(),
                default_branch: branch("main"),
                rules,
            }));
        }
        for (name, parent) in RUNS {
            all.push(self.by_run(name, start(name, parent, Some(run_ttl_ms))));
        }
        all
    }
}

/// Starts a run.
pub fn start(name: &str, parent: Option<&str>, ttl_ms: Option<u64>) -> Body {
    Body::StartRun {
        run: run(name),
        loop_id: None,
        parent: parent.map(run),
        slot: None,
        artifacts: Vec::new(),
        ttl_ms,
    }
}
