//! A journal in memory with a policy, a repository at `/home/dev/shop`, and somebody else at work in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use loom_core::claim::{ClaimReply, Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{Body, Reply};
use loom_core::error::Error;
use loom_core::harness::hook::{
    Checkpoint, Harness, Place, Say, Settings, Surroundings, Told, Written, written_failure,
};
use loom_core::model::{Actor, ActorKind, Branch, RepoId, RunId, Timestamp, WorkspaceId};
use loom_core::path::{PathRules, PathSetSource, PatternSource};
use loom_core::policy::Format;
use loom_core::store::MemoryStore;
use loom_store::Loom;

/// The root of the repository.
pub(crate) const ROOT: &str = "/home/dev/shop";

/// What the policy says: people look at payments and end with a checker, nobody pushes.
const POLICY: &str = r#"
version: 1
default: allow
rules:
  - id: pay-1
    effect: require_approval
    when: {paths: ["services/payments/**"], verb: [edit]}
    reason: payments need a person
  - id: no-push
    effect: deny
    when: {command: ["git push"]}
    reason: people push
"#;

pub(crate) struct Team {
    pub(crate) loom: Loom,
    clock: Arc<AtomicI64>,
    pub(crate) checkpoint: Checkpoint,
    /// The run that the session is given, if it is given one.
    pub(crate) run: Option<RunId>,
}

impl Team {
    /// The journal with the policy, and the loop `nightly` that changes `docs/` on purpose.
    pub(crate) fn new() -> Team {
        let team = Team::without_policy();
        let body = Body::SetPolicy {
            name: "policy.yaml".to_owned(),
            format: Format::Yaml,
            text: POLICY.to_owned(),
        };
        team.human(body);
        team
    }

    pub(crate) fn without_policy() -> Team {
        let start: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        let clock = Arc::new(AtomicI64::new(start.as_ms()));
        let drawn = AtomicU64::new(0);
        let entropy = move || -> Result<[u8; 16], Error> {
            let next = u128::from(drawn.fetch_add(1, Ordering::SeqCst)) + 1;
            Ok(next.to_be_bytes())
        };
        let of_loom = Arc::clone(&clock);
        let loom = Loom::over(
            Arc::new(MemoryStore::without_clock()),
            Arc::new(move || Timestamp::from_ms(of_loom.load(Ordering::SeqCst)).unwrap()),
            Arc::new(entropy),
        );
        let team = Team {
            loom,
            clock,
            checkpoint: Checkpoint::Deny,
            run: None,
        };
        let workspace = WorkspaceId::new("shop").unwrap();
        team.human(Body::CreateJournal { workspace });
        team.human(Body::RegisterRepo {
            id: shop(),
            aliases: Vec::new(),
            default_branch: Branch::new("main").unwrap(),
            rules: PathRules::default(),
        });
        let nightly = Actor::new(ActorKind::Loop, "nightly").unwrap();
        let nightly = nightly.in_run(RunId::new("nightly-1").unwrap());
        let started = Body::StartRun {
            run: RunId::new("nightly-1").unwrap(),
            loop_id: None,
            parent: None,
            slot: None,
            artifacts: Vec::new(),
            ttl_ms: Some(6 * 60 * 60 * 1_000),
        };
        team.loom.execute(&nightly, started).unwrap();
        let reply = team
            .loom
            .execute(&nightly, claim("docs", "rewrite the handbook"));
        let reply = reply.unwrap().reply;
        let granted = matches!(
            &reply,
            Reply::Claim {
                claim: ClaimReply::Granted { .. },
                ..
            }
        );
        assert!(granted, "{reply:?}");
        team
    }

    pub(crate) fn human(&self, body: Body) -> Reply {
        let ada = Actor::new(ActorKind::Human, "ada").unwrap();
        self.loom.execute(&ada, body).unwrap().reply
    }

    pub(crate) fn later(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// What a payload is answered, or how it fails.
    pub(crate) fn say(&self, harness: Harness, payload: &[u8]) -> Result<(Told, Say), Error> {
        let told = Told::read(harness, payload)?;
        let places: BTreeMap<String, Place> = told
            .paths()
            .into_iter()
            .map(|path| (path.to_owned(), place(path, &told.cwd)))
            .collect();
        let around = Surroundings {
            actor: Actor::new(ActorKind::Loop, harness.as_str())?,
            run: self.run.clone(),
            places,
            repo: Some(shop()),
            settings: Settings {
                checkpoint: self.checkpoint,
                ..Settings::default()
            },
        };
        let say = self.loom.answer_hook(&told, &around)?;
        Ok((told, say))
    }

    /// The same as the process would write it.
    pub(crate) fn written(&self, harness: Harness, payload: &[u8]) -> Written {
        match self.say(harness, payload) {
            Ok((told, say)) => told.write(&say),
            Err(why) => {
                let told = Told::read(harness, payload).ok();
                written_failure(told.as_ref(), &why)
            }
        }
    }
}

pub(crate) fn shop() -> RepoId {
    RepoId::new("shop").unwrap()
}

pub(crate) fn claim(folder: &str, intent: &str) -> Body {
    Body::Claim {
        specs: vec![SpecRequest {
            repo: shop(),
            branch: None,
            paths: PathSetSource::of([PatternSource::dir(folder)]),
            resources: Vec::new(),
        }],
        mode: Mode::Write,
        intent: Some(intent.to_owned()),
        ttl_ms: 60 * 60 * 1_000,
        priority: 0,
        on_conflict: OnConflict::Refuse,
        partial: false,
    }
}

/// Where a path lies; a worktree's file is the file of its repository.
fn place(path: &str, cwd: &str) -> Place {
    let real = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{cwd}/{path}"),
    };
    let inside = real.strip_prefix(ROOT).and_then(|it| it.strip_prefix('/'));
    let inside = inside.map(|inside| match inside.strip_prefix(".claude/worktrees/") {
        Some(rest) => rest.split_once('/').map_or(rest, |(_, path)| path),
        None => inside,
    });
    Place {
        repo: inside.map(|_| shop()),
        path: inside.unwrap_or_default().to_owned(),
        real,
        ..Place::default()
    }
}
