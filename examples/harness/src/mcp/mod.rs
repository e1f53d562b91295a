//! `loom mcp`: the journal as tools of an agent, over standard input and output or over HTTP on loopback.
//!
//! Each tool is one command or one question, and nothing that is for people is a tool. The server acts for
//! an agent, so it takes no person's name; where no run is named it is a run of its own, which ends with it.

mod asked;
mod desk;
mod http;

use std::sync::Arc;

use clap::Args;
use loom_core::claim::{Mode, OnConflict};
use loom_core::coordinator::{Body, NewFinding, NewNote};
use loom_core::error::{Code, Error, Next};
use loom_core::model::FindingKey;
use loom_core::run::Severity;
use loom_core::wire::Query;
use rmcp::handler::server::common::schema_for_output;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResult, ContentBlock, ErrorData, Implementation, ListResourcesResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    Resource, ResourceContents, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{RoleServer, ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use asked::{Action, Brief, Claim, Finding, Note, Nothing, Places, Release, Take, Trace};
use desk::Desk;

/// Serves the journal to agents as an MCP server.
#[derive(Debug, Args)]
pub(crate) struct Mcp {
    /// Serve streamable HTTP on this loopback address, in place of standard input and output
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:0")]
    http: Option<String>,
}

impl Mcp {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let desk = Arc::new(Desk::open(common)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|why| Failure::outside("runtime", why))?;
        let served = runtime.block_on(async {
            let beats = desk::keep_alive(Arc::clone(&desk));
            let served = match &self.http {
                Some(address) => http::serve(&desk, address).await,
                None => over_pipes(&desk).await,
            };
            beats.abort();
            served
        });
        // A journal that cannot be reached any more ends the run by its lease.
        let finished = desk.finish();
        // What still waits for a line of input must not keep the process.
        runtime.shutdown_background();
        served?;
        finished?;
        Ok(Exit::Done)
    }
}

async fn over_pipes(desk: &Arc<Desk>) -> Result<(), Failure> {
    let server = Server::at(Arc::clone(desk));
    let running = match server.serve(rmcp::transport::stdio()).await {
        Ok(running) => running,
        // A client that only looked goes without a handshake.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(why) => return Err(Failure::outside("mcp", why)),
    };
    tokio::select! {
        ended = running.waiting() => {
            ended.map_err(|why| Failure::outside("mcp", why))?;
        }
        _ = http::stopped() => {}
    }
    Ok(())
}

/// The tools and resources over one desk.
#[derive(Clone)]
struct Server {
    desk: Arc<Desk>,
    tool_router: ToolRouter<Server>,
}

/// What a tool answers: the reply as the wire contract has it, and the same for reading.
#[derive(Debug, Serialize, JsonSchema)]
struct Told {
    /// The reply: its `type` says which, and the other fields are those of that reply.
    reply: serde_json::Value,
    /// The same in words.
    text: String,
}

type Answer = Result<CallToolResult, ErrorData>;

#[tool_router(router = tool_router)]
impl Server {
    fn at(desk: Arc<Desk>) -> Server {
        Server {
            desk,
            tool_router: Server::tool_router(),
        }
    }

    #[tool(
        name = "loom_brief",
        description = "What this run should know before it changes something: claims of others, plans, recent \
                       changes made on purpose, notes, findings.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Brief", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false)
    )]
    async fn brief(&self, Parameters(asked): Parameters<Brief>) -> Answer {
        self.answer(move |desk| {
            let specs = desk.specs(&asked.paths, &[], asked.repo.as_deref())?;
            let budget_chars = asked.budget_chars.unwrap_or(loom_core::wire::BRIEF_CHARS);
            let run = desk.run()?;
            desk.ask(&Query::Brief {
                run,
                specs,
                budget_chars,
            })
        })
        .await
    }

    #[tool(
        name = "loom_conflicts",
        description = "Who holds, plans or recently changed these paths. Changes nothing.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Conflicts", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false)
    )]
    async fn conflicts(&self, Parameters(asked): Parameters<Places>) -> Answer {
        self.answer(move |desk| {
            let specs = desk.specs(&asked.paths, &asked.resources, asked.repo.as_deref())?;
            let run = desk.run_if_any()?;
            desk.ask(&Query::Conflicts {
                specs,
                mode: Mode::Write,
                run,
            })
        })
        .await
    }

    #[tool(
        name = "loom_plan",
        description = "Announces paths that are about to be changed. Holds nobody up; others are told.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Plan", read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = false)
    )]
    async fn plan(&self, Parameters(asked): Parameters<Claim>) -> Answer {
        self.answer(move |desk| desk.claim(&asked, Some(Mode::Plan), OnConflict::Advise))
            .await
    }

    #[tool(
        name = "loom_claim",
        description = "Claims paths or named resources for this run, so that nobody else changes them meanwhile. \
                       Granted, waiting or refused with who holds them, what for and until when.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Claim", read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = false)
    )]
    async fn claim(&self, Parameters(asked): Parameters<Claim>) -> Answer {
        self.answer(move |desk| desk.claim(&asked, None, OnConflict::Refuse))
            .await
    }

    #[tool(
        name = "loom_release",
        description = "Releases claims of this run: those named, or all.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Release", read_only_hint = false, destructive_hint = true, idempotent_hint = true, open_world_hint = false)
    )]
    async fn release(&self, Parameters(asked): Parameters<Release>) -> Answer {
        self.answer(move |desk| {
            desk.send(Body::Release {
                tokens: asked.tokens()?,
            })
        })
        .await
    }

    #[tool(
        name = "loom_check",
        description = "Whether the policy would let an action pass. Records nothing and asks nobody.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Check", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false)
    )]
    async fn check(&self, Parameters(asked): Parameters<Action>) -> Answer {
        self.answer(move |desk| {
            let action = Box::new(desk.action(&asked)?);
            desk.ask(&Query::Check { action })
        })
        .await
    }

    #[tool(
        name = "loom_propose",
        description = "Has the policy decide an action and records the decision. Where a person has to say yes, \
                       they are asked; the same action passes once they have.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Propose", read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = false)
    )]
    async fn propose(&self, Parameters(asked): Parameters<Action>) -> Answer {
        self.answer(move |desk| {
            let action = Box::new(desk.action(&asked)?);
            desk.send(Body::ProposeAction {
                action,
                intent: asked.intent,
            })
        })
        .await
    }

    #[tool(
        name = "loom_report_finding",
        description = "Reports what somebody should see to. What is known under its key gets this report attached.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Report a finding", read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = false)
    )]
    async fn report_finding(&self, Parameters(asked): Parameters<Finding>) -> Answer {
        self.answer(move |desk| {
            desk.send(Body::ReportFinding(Box::new(NewFinding {
                key: FindingKey::new(&asked.key)?,
                title: asked.title,
                severity: asked.severity.unwrap_or(Severity::Medium),
                repo: match asked.paths.is_empty() {
                    true => None,
                    false => Some(desk.repo(asked.repo.as_deref())?),
                },
                paths: desk.patterns(&asked.paths)?,
                evidence: asked.evidence,
            })))
        })
        .await
    }

    #[tool(
        name = "loom_take_finding",
        description = "Takes a finding for this run, so that nobody else sees to it meanwhile. One run gets it.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Take a finding", read_only_hint = false, destructive_hint = false, idempotent_hint = true, open_world_hint = false)
    )]
    async fn take_finding(&self, Parameters(asked): Parameters<Take>) -> Answer {
        self.answer(move |desk| {
            let key = FindingKey::new(&asked.key)?;
            desk.send(Body::TakeFinding { key, ttl_ms: None })
        })
        .await
    }

    #[tool(
        name = "loom_note",
        description = "Writes down what was found out about a place, for whoever works there next. A convention \
                       counts once a person has approved it.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Note", read_only_hint = false, destructive_hint = false, idempotent_hint = false, open_world_hint = false)
    )]
    async fn note(&self, Parameters(asked): Parameters<Note>) -> Answer {
        self.answer(move |desk| {
            let body: NewNote = desk.note(asked)?;
            desk.send(Body::WriteNote(Box::new(body)))
        })
        .await
    }

    #[tool(
        name = "loom_trace",
        description = "What led to the state of some paths, to a change, a deploy or an incident: the chain back, \
                       as far as people.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Trace", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false)
    )]
    async fn trace(&self, Parameters(asked): Parameters<Trace>) -> Answer {
        self.answer(move |desk| {
            let asked = Box::new(desk.trace(&asked)?);
            desk.ask(&Query::Trace(asked))
        })
        .await
    }

    #[tool(
        name = "loom_status",
        description = "This run, what it holds, and who else is at work on what until when.",
        output_schema = schema_for_output::<Told>(),
        annotations(title = "Status", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false)
    )]
    async fn status(&self, Parameters(_): Parameters<Nothing>) -> Answer {
        self.answer(|desk| desk.status()).await
    }
}

impl Server {
    /// Does what a tool is asked, off the threads that carry messages. What does not work out is the tool's
    /// answer, so that the agent reads it.
    async fn answer(
        &self,
        what: impl FnOnce(&Desk) -> Result<desk::Said, Failure> + Send + 'static,
    ) -> Answer {
        let desk = Arc::clone(&self.desk);
        let done = tokio::task::spawn_blocking(move || what(&desk)).await;
        let done = done.map_err(|why| ErrorData::internal_error(why.to_string(), None))?;
        Ok(match done {
            Ok(said) => {
                let told = Told {
                    reply: said.reply,
                    text: said.text,
                };
                let mut result = CallToolResult::structured(json!(told));
                result.content = vec![ContentBlock::text(told.text)];
                result
            }
            Err(why) => refused(&why),
        })
    }
}

/// An error that the agent reads: what is wrong with which field, and what to do next.
fn refused(why: &Failure) -> CallToolResult {
    let error = match why {
        Failure::Error(error) => error.clone(),
        Failure::Usage(message) => Error::new(Code::InvalidField, message.clone()),
    };
    let next = match error.next() {
        Next::Retry => "call the same again after a while",
        Next::FixInput => "change what was given, then call again",
        Next::Reload => "look at loom_status, then decide anew",
        Next::AskHuman => "a person has to decide or repair this",
        Next::Stop => "work with this journal ends here; a person has to look at it",
    };
    let value = json!({
        "code": error.code(),
        "field": error.field(),
        "message": error.message(),
        "limit": error.limit_name(),
        "next": next,
    });
    CallToolResult::error(vec![ContentBlock::text(value.to_string())])
}

const BRIEF: &str = "loom://brief";
const FLEET: &str = "loom://fleet";

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("loom", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "LoomStack coordinates loops of coding agents that share repositories. loom_brief tells what \
                 others are doing; loom_claim holds paths while they are changed; loom_propose asks the policy, \
                 and people where it wants that. Answers that refuse say who, why and until when.",
            )
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let brief = Resource::new(BRIEF, "brief")
            .with_title("What this run should know")
            .with_mime_type("text/markdown");
        let fleet = Resource::new(FLEET, "fleet")
            .with_title("Who is at work, on what, until when")
            .with_mime_type("application/json");
        Ok(ListResourcesResult::with_all_items(vec![brief, fleet]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let desk = Arc::clone(&self.desk);
        let uri = request.uri.clone();
        let read = tokio::task::spawn_blocking(move || match uri.as_str() {
            BRIEF => desk.whole_brief().map(|said| said.text),
            FLEET => desk.status().map(|said| said.reply.to_string()),
            _ => Err(Failure::absent(
                "uri",
                "there are loom://brief and loom://fleet",
            )),
        });
        let read = read
            .await
            .map_err(|why| ErrorData::internal_error(why.to_string(), None))?;
        match read {
            Ok(text) => {
                let contents = ResourceContents::text(text, request.uri);
                Ok(ReadResourceResult::new(vec![contents]).into())
            }
            Err(Failure::Error(error)) if error.code() == Code::NotFound => Err(
                ErrorData::resource_not_found(error.message().to_owned(), None),
            ),
            Err(why) => {
                let message = format!("{why:?}");
                Err(ErrorData::internal_error(message, None))
            }
        }
    }
}
