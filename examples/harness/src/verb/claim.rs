//! Everything that is done to claims.

use clap::{Args, ValueEnum};
use loom_core::claim::{ClaimReply, HandOverReply, Mode, OnConflict};
use loom_core::coordinator::{Answer, Body, Reply};
use loom_core::error::Error;
use loom_core::model::{RunId, Token};
use loom_core::policy::Effect;

use super::places::Places;
use crate::cli::Common;
use crate::exit::{Ended, Exit, Failure};
use crate::session::Session;
use crate::{show, units};

/// Announces work.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    wish: Wish,
}

/// Asks for a claim.
#[derive(Debug, Args)]
pub(crate) struct Claim {
    #[command(flatten)]
    places: Places,
    /// How strongly
    #[arg(long, short, value_enum, default_value = "write")]
    mode: Strength,
    #[command(flatten)]
    wish: Wish,
    /// Where it cannot be granted: wait in the queue
    #[arg(long, conflicts_with_all = ["advise", "partial"])]
    wait: bool,
    /// Where it cannot be granted: hold a plan in its place
    #[arg(long, conflicts_with = "partial")]
    advise: bool,
    /// Leave out what meets claims of others, and hold the rest
    #[arg(long)]
    partial: bool,
}

/// What a claim and a plan have in common.
#[derive(Debug, Args)]
struct Wish {
    /// What for; others read it when they meet your claim
    #[arg(long, short, value_name = "TEXT")]
    intent: Option<String>,
    /// The length of the lease; beats and renewals prolong it
    #[arg(long, value_name = "TIME", value_parser = units::duration_ms, default_value = "30m")]
    ttl: u64,
    /// 0 to 9; more is served earlier
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    priority: u8,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strength {
    Read,
    Write,
    Exclusive,
}

/// Releases claims.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The claims [default: all of the run]
    #[arg(value_name = "TOKEN", value_parser = token)]
    tokens: Vec<Token>,
}

/// Renews leases.
#[derive(Debug, Args)]
pub(crate) struct Renew {
    /// The claims [default: all of the run]
    #[arg(value_name = "TOKEN", value_parser = token)]
    tokens: Vec<Token>,
    /// A new length of lease [default: the claim's own]
    #[arg(long, value_name = "TIME", value_parser = units::duration_ms)]
    ttl: Option<u64>,
}

/// Makes a claim narrower. What is named is all that it holds afterwards.
#[derive(Debug, Args)]
pub(crate) struct Narrow {
    /// The claim
    #[arg(value_parser = token)]
    token: Token,
    #[command(flatten)]
    places: Places,
}

/// Gives a claim away.
#[derive(Debug, Args)]
pub(crate) struct HandOver {
    /// The claim
    #[arg(value_parser = token)]
    token: Token,
    /// The run that holds it afterwards
    #[arg(long, value_name = "RUN")]
    to: String,
}

/// Ends somebody's claim.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The claim
    #[arg(value_parser = token)]
    token: Token,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Leaves the queue.
#[derive(Debug, Args)]
pub(crate) struct Withdraw {}

impl Plan {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let body = self.wish.body(self.places.required(&session)?, Mode::Plan);
        done(&session, body)
    }
}

impl Claim {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        session.run()?;
        let mode = match self.mode {
            Strength::Read => Mode::Read,
            Strength::Write => Mode::Write,
            Strength::Exclusive => Mode::Exclusive,
        };
        let mut body = self.wish.body(self.places.required(&session)?, mode);
        if let Body::Claim {
            on_conflict,
            partial,
            ..
        } = &mut body
        {
            *on_conflict = match (self.wait, self.advise) {
                (true, _) => OnConflict::Wait,
                (_, true) => OnConflict::Advise,
                _ => OnConflict::Refuse,
            };
            *partial = self.partial;
        }
        done(&session, body)
    }
}

impl Wish {
    fn body(&self, specs: Vec<loom_core::claim::SpecRequest>, mode: Mode) -> Body {
        Body::Claim {
            specs,
            mode,
            intent: self.intent.clone(),
            ttl_ms: self.ttl,
            priority: self.priority,
            on_conflict: OnConflict::Refuse,
            partial: false,
        }
    }
}

impl Release {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let tokens = some(&self.tokens);
        done(&Session::open(common)?, Body::Release { tokens })
    }
}

impl Renew {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let (tokens, ttl_ms) = (some(&self.tokens), self.ttl);
        done(&Session::open(common)?, Body::Renew { tokens, ttl_ms })
    }
}

impl Narrow {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let (token, specs) = (self.token, self.places.required(&session)?);
        done(&session, Body::Narrow { token, specs })
    }
}

impl HandOver {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let (token, to) = (self.token, RunId::new(&self.to)?);
        done(&Session::open(common)?, Body::HandOver { token, to })
    }
}

impl Revoke {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        let session = Session::open(common)?;
        let (token, reason) = (self.token, self.reason.clone());
        let actor = session.actor_outside()?;
        let answer = session
            .loom
            .execute(&actor, Body::Revoke { token, reason })?;
        session.print(&answer, show::answer)?;
        Ok(Exit::Done)
    }
}

impl Withdraw {
    pub(crate) fn carry_out(&self, common: &Common) -> Ended {
        done(&Session::open(common)?, Body::Withdraw {})
    }
}

fn done(session: &Session, body: Body) -> Result<Exit, Failure> {
    session.run()?;
    let answer = session.execute(body)?;
    session.print(&answer, show::answer)?;
    Ok(exit_of(&answer))
}

/// How the command ends for what was answered.
fn exit_of(answer: &Answer) -> Exit {
    match &answer.reply {
        Reply::Claim { claim, .. } => match claim {
            ClaimReply::Granted {
                advised, left_out, ..
            } if *advised || !left_out.is_empty() => Exit::Less,
            ClaimReply::Granted { .. } => Exit::Done,
            ClaimReply::Waiting { .. } => Exit::Waiting,
            ClaimReply::Refused { .. } => Exit::Refused,
        },
        Reply::NotAllowed { decision, .. } => match decision.verdict {
            Effect::Deny => Exit::Denied,
            _ => Exit::Refused,
        },
        Reply::HandOver {
            claim: HandOverReply::Refused { .. },
        } => Exit::Refused,
        Reply::Renewed { claims } if !claims.skipped.is_empty() => Exit::Fenced,
        Reply::Released { claims } if !claims.skipped.is_empty() => Exit::Fenced,
        _ => Exit::Done,
    }
}

fn some(tokens: &[Token]) -> Option<Vec<Token>> {
    (!tokens.is_empty()).then(|| tokens.to_vec())
}

fn token(text: &str) -> Result<Token, Error> {
    text.parse()
}
