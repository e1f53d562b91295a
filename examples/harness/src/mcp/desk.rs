//! What the tools work with: the journal, who the agent is, and the run that it works in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use loom_core::claim::{Mode, OnConflict, SpecRequest};
use loom_core::coordinator::{Body, NewNote};
use loom_core::error::{Code, Error};
use loom_core::model::{
    Actor, ActorId, ActorKind, Amounts, ChangeId, DeployId, IncidentId, RepoId, Resource, RunId,
};
use loom_core::path::{PathSetSource, PatternSource};
use loom_core::policy;
use loom_core::provenance::{HOPS_DEFAULT, TraceAsked, TraceFrom};
use loom_core::run::RunOutcome;
use loom_core::wire::{Query, QueryReply};
use serde_json::{Value, json};

use super::asked;
use crate::cli::Common;
use crate::exit::Failure;
use crate::identity::{self, Tree};
use crate::session::Session;
use crate::show;
use crate::verb::status;

/// The lease of a server's own run, in milliseconds: 15 minutes.
const RUN_TTL_MS: u64 = 15 * 60 * 1_000;
/// How often it is renewed.
const BEAT: Duration = Duration::from_secs(5 * 60);
/// The lease of a claim where none is asked for, in milliseconds: 30 minutes.
const CLAIM_TTL_MS: u64 = 30 * 60 * 1_000;
/// The most paths or resources of one call.
const PLACES_MAX: usize = 1_024;

/// The journal, as one agent speaks with it.
pub(super) struct Desk {
    session: Session,
    actor: Actor,
    /// The run that was named; else the server's own, once something needs one.
    run: Mutex<Option<RunId>>,
    is_own: bool,
}

/// What came of a call.
pub(super) struct Said {
    pub(super) reply: Value,
    pub(super) text: String,
}

impl Desk {
    pub(super) fn open(common: &Common) -> Result<Desk, Failure> {
        let session = Session::open(common)?;
        let actor = match session.is_named() {
            true => session.actor_outside()?,
            false => Actor::new(ActorKind::Loop, "mcp")?,
        };
        if actor.kind == ActorKind::Human {
            let message = "an MCP server acts for an agent, and no agent is a person: name a loop or a \
                           service, or nobody";
            return Err(Error::at(Code::NotPermitted, "--as", message).into());
        }
        let run = session.run_if_any()?;
        Ok(Desk {
            session,
            actor,
            is_own: run.is_none(),
            run: Mutex::new(run),
        })
    }

    /// The run, if there is one yet.
    pub(super) fn run_if_any(&self) -> Result<Option<RunId>, Failure> {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(run.clone())
    }

    /// The run; the server's own is started when first it is needed.
    pub(super) fn run(&self) -> Result<RunId, Failure> {
        let mut known = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = &*known {
            return Ok(run.clone());
        }
        let id = loom_store::loom::system_entropy()?;
        let id = uuid::Builder::from_random_bytes(id).into_uuid();
        let run = RunId::new(&format!("mcp.{id}"))?;
        let body = Body::StartRun {
            run: run.clone(),
            loop_id: None,
            parent: None,
            slot: None,
            artifacts: Vec::new(),
            ttl_ms: Some(RUN_TTL_MS),
        };
        let actor = self.actor.clone().in_run(run.clone());
        self.session.loom.execute(&actor, body)?;
        *known = Some(run.clone());
        Ok(run)
    }

    pub(super) fn send(&self, body: Body) -> Result<Said, Failure> {
        let actor = self.actor.clone().in_run(self.run()?);
        let answer = self.session.loom.execute(&actor, body)?;
        Ok(Said {
            reply: json!(answer.reply),
            text: show::answer(&answer),
        })
    }

    pub(super) fn ask(&self, query: &Query) -> Result<Said, Failure> {
        let answer = self.session.loom.query(query)?;
        let text = match &answer.reply {
            QueryReply::Brief { rendered, .. } => rendered.text.clone(),
            QueryReply::Conflicts { conflicts } => show::conflicts(conflicts),
            QueryReply::Checked { decision } => decision.for_agent(),
            QueryReply::Trace { trace } => show::trace(trace, answer.at),
            other => json!(other).to_string(),
        };
        Ok(Said {
            reply: json!(answer.reply),
            text,
        })
    }

    pub(super) fn claim(
        &self,
        asked: &asked::Claim,
        mode: Option<Mode>,
        on_conflict: OnConflict,
    ) -> Result<Said, Failure> {
        let specs = self.specs(&asked.paths, &asked.resources, asked.repo.as_deref())?;
        if specs.is_empty() {
            let message = "name at least one path or resource";
            return Err(Error::at(Code::MissingField, "paths", message).into());
        }
        self.send(Body::Claim {
            specs,
            mode: mode.or(asked.mode).unwrap_or(Mode::Write),
            intent: asked.intent.clone(),
            ttl_ms: asked
                .ttl_s
                .map_or(CLAIM_TTL_MS, |seconds| u64::from(seconds) * 1_000),
            priority: 0,
            on_conflict: asked.on_conflict.unwrap_or(on_conflict),
            partial: false,
        })
    }

    pub(super) fn action(&self, asked: &asked::Action) -> Result<policy::Action, Failure> {
        let id = |text: &Option<String>| text.as_deref().map(ActorId::new).transpose();
        let mut action = policy::Action::new(policy::Verb::new(&asked.verb)?);
        if !asked.paths.is_empty() {
            action.targets = Some(policy::Targets::Set(self.patterns(&asked.paths)?));
        }
        if !asked.paths.is_empty() || asked.repo.is_some() {
            action.repo = Some(self.repo(asked.repo.as_deref())?);
        }
        action.command = asked.command.clone();
        action.tool = id(&asked.tool)?;
        action.environment = id(&asked.environment)?;
        action.service = id(&asked.service)?;
        let run = self.run()?;
        action.actor = Some(self.actor.clone().in_run(run.clone()));
        action.run = Some(run);
        Ok(action)
    }

    pub(super) fn note(&self, asked: asked::Note) -> Result<NewNote, Failure> {
        Ok(NewNote {
            kind: asked.kind,
            repo: self.repo(asked.repo.as_deref())?,
            paths: self.patterns(&asked.paths)?,
            text: asked.text,
            ttl_ms: None,
        })
    }

    pub(super) fn trace(&self, asked: &asked::Trace) -> Result<TraceAsked, Failure> {
        if asked.origins() != 1 {
            return Err(asked::Trace::wrong().into());
        }
        let from = if let Some(id) = &asked.change {
            let id = ChangeId::new(id)?;
            TraceFrom::Change { id }
        } else if let Some(id) = &asked.deploy {
            let id = DeployId::new(id)?;
            TraceFrom::Deploy { id }
        } else if let Some(id) = &asked.incident {
            let id = IncidentId::new(id)?;
            TraceFrom::Incident { id }
        } else {
            TraceFrom::Paths {
                repo: self.repo(asked.repo.as_deref())?,
                paths: self.patterns(&asked.paths)?,
            }
        };
        Ok(TraceAsked {
            from,
            window_ms: u64::from(asked.window_s.unwrap_or(60 * 60)) * 1_000,
            until: None,
            limit: HOPS_DEFAULT,
        })
    }

    /// Who is at work; with it, which run this is.
    pub(super) fn status(&self) -> Result<Said, Failure> {
        let state = status::State::now(&self.session)?;
        let run = self.run_if_any()?;
        let me = match &run {
            Some(run) => format!("this is {} in run {run}", self.actor),
            None => format!("this is {}, in no run yet", self.actor),
        };
        let mut reply = json!(state);
        if let Value::Object(map) = &mut reply {
            map.insert("this_run".to_owned(), json!(run));
            map.insert("this_actor".to_owned(), json!(self.actor));
        }
        Ok(Said {
            reply,
            text: format!("{me}\n{}", status::text(&state)),
        })
    }

    /// The brief over the whole repository.
    pub(super) fn whole_brief(&self) -> Result<Said, Failure> {
        let specs = self.specs(&["**".to_owned()], &[], None)?;
        self.ask(&Query::Brief {
            run: self.run()?,
            specs,
            budget_chars: loom_core::wire::BRIEF_CHARS,
        })
    }

    pub(super) fn repo(&self, named: Option<&str>) -> Result<RepoId, Failure> {
        self.session.repo(named)
    }

    pub(super) fn specs(
        &self,
        paths: &[String],
        resources: &[String],
        repo: Option<&str>,
    ) -> Result<Vec<SpecRequest>, Failure> {
        if paths.is_empty() && resources.is_empty() {
            return Ok(Vec::new());
        }
        within("resources", resources.len())?;
        let resources = resources.iter().map(|it| Resource::new(it));
        Ok(vec![SpecRequest {
            repo: self.repo(repo)?,
            branch: None,
            paths: self.patterns(paths)?,
            resources: resources.collect::<Result<_, _>>()?,
        }])
    }

    /// Patterns as they are, absolute paths from the root of their tree.
    pub(super) fn patterns(&self, paths: &[String]) -> Result<PathSetSource, Failure> {
        within("paths", paths.len())?;
        let mut include = Vec::new();
        for (place, path) in paths.iter().enumerate() {
            if !path.starts_with('/') {
                include.push(PatternSource::glob(path.as_str()));
                continue;
            }
            let about = |why: Error| why.about(format!("paths[{place}]"));
            let real = identity::real(path, std::path::Path::new("/")).map_err(about)?;
            let here = &self.session.checkout()?.common;
            let tree = Tree::around(&real).filter(|tree| tree.common == *here);
            let inside = tree.and_then(|tree| tree.inside(&real)).ok_or_else(|| {
                let message = "this path lies outside of the repository that the server stands in";
                about(Error::at(Code::InvalidPath, "paths", message))
            })?;
            include.push(PatternSource::file(inside));
        }
        Ok(PathSetSource::of(include))
    }

    /// Ends the server's own run, and with it its claims.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        let Some(run) = self.run_if_any()?.filter(|_| self.is_own) else {
            return Ok(());
        };
        let actor = self.actor.clone().in_run(run);
        let body = |outcome| Body::FinishRun {
            outcome,
            summary: None,
            spent: Amounts::new(),
        };
        let finished = self.session.loom.execute(&actor, body(RunOutcome::Stopped));
        match finished {
            Err(why) if why.code() == Code::RunNotLive => Ok(()),
            finished => finished.map(drop).map_err(Failure::from),
        }
    }

    fn beat(&self) -> Result<(), Failure> {
        if let Some(run) = self.run_if_any()?.filter(|_| self.is_own) {
            let actor = self.actor.clone().in_run(run);
            let body = Body::Heartbeat { seen: None };
            self.session.loom.execute(&actor, body)?;
        }
        Ok(())
    }
}

fn within(field: &str, got: usize) -> Result<(), Error> {
    match got <= PLACES_MAX {
        true => Ok(()),
        false => Err(Error::limit(
            field,
            "PLACES_MAX",
            PLACES_MAX as u64,
            got as u64,
        )),
    }
}

/// Keeps the server's own run alive while it serves.
pub(super) fn keep_alive(desk: Arc<Desk>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut beats = tokio::time::interval(BEAT);
        loop {
            beats.tick().await;
            let desk = Arc::clone(&desk);
            let beaten = tokio::task::spawn_blocking(move || desk.beat()).await;
            if let Ok(Err(why)) = beaten {
                eprintln!("loom mcp: the run could not be kept alive: {why:?}");
            }
        }
    })
}
