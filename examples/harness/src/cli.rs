//! The command line: what is common to all verbs, and which verbs there are.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::demo;
use crate::exit::{EXIT_CODES, Ended};
use crate::hook;
use crate::mcp;
use crate::verb::{
    brief, change, claim, comprehension, conflicts, export, findings, govern, guard, import, init,
    journal, log, loops, notes, policy, record, reverts, run, status, suspects, trace, why,
    would_revert,
};

/// Claims, notices and recent changes for coding-agent loops that share repositories.
///
/// All worktrees of a clone share one journal, a SQLite file in the clone's git folder.
#[derive(Debug, Parser)]
#[command(name = "loom", version, after_help = after_help())]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The journal: a path, sqlite:PATH, or postgres://USER@HOST/DATABASE?workspace=NAME. Without it what
    /// `loom init --store` said in this clone, or .loom/journal.db in the git folder that all worktrees share
    #[arg(
        long,
        global = true,
        env = "LOOM_STORE",
        value_name = "STORE",
        help_heading = "Common"
    )]
    pub(crate) store: Option<String>,
    /// Who you are: human:NAME, loop:NAME or service:NAME
    #[arg(
        long = "as",
        global = true,
        env = "LOOM_ACTOR",
        value_name = "ACTOR",
        help_heading = "Common"
    )]
    pub(crate) actor: Option<String>,
    /// The run that this belongs to
    #[arg(
        long,
        global = true,
        env = "LOOM_RUN",
        value_name = "ID",
        help_heading = "Common"
    )]
    pub(crate) run: Option<String>,
    /// Print the reply as JSON, and errors as JSON on stderr
    #[arg(long, global = true, help_heading = "Common")]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make the journal and register the repository you stand in; put hooks into settings and git
    Init(init::Init),
    /// Answer a hook of Claude Code, Codex or a loop runner
    Hook(hook::Hook),
    /// Register repositories
    #[command(subcommand)]
    Repo(init::Repo),
    /// Register loops, show, pause, resume and retire them
    #[command(subcommand)]
    Loop(loops::Loop),
    /// List the loops, and when they start
    Loops(loops::Loops),
    /// List the loops that should start now, for `run start --slot`
    Due(loops::Due),
    /// List the runs that wait for somebody who verifies what they changed
    Verifications(loops::Verifications),
    /// List what is about to start, what it will take, and which loops will collide
    Forecast(loops::Forecast),
    /// Tell loops that listen that something happened
    Signal(loops::Signal),
    /// Run a loop to its end, or step by step from a runner of your own
    Run(Box<run::Run>),
    /// Report what somebody should see to; what is known gets the report attached
    Report(findings::Report),
    /// List the findings that are not resolved, the worst first
    Findings(findings::Findings),
    /// Show a finding: who saw what, and what was done with it
    Finding(findings::Finding),
    /// Take a finding for your run, so that nobody else sees to it meanwhile
    Take(findings::Take),
    /// Give a finding back with what was tried; or, as a person, answer what you were asked
    Return(findings::Return),
    /// Let a finding rest for a while
    Defer(findings::Defer),
    /// Ask a person about a finding that no loop may decide
    Escalate(findings::Escalate),
    /// Say that a finding is over
    Resolve(findings::Resolve),
    /// List what waits for a person, with what they need to decide
    Inbox(findings::Inbox),
    /// Write down what was found out about a place; approve conventions, take notes back
    #[command(subcommand)]
    Note(notes::Note),
    /// List the notes that hold: on some paths, or all
    Notes(notes::Notes),
    /// Print the conventions that people approved, as a SKILL.md
    Skill(notes::Skill),
    /// Print findings and notes as Markdown that is stable under diff
    StateFile(notes::StateFile),
    /// Announce what you are about to change; holds nobody up
    Plan(claim::Plan),
    /// Claim paths or resources for your run
    Claim(claim::Claim),
    /// Release claims of your run
    Release(claim::Release),
    /// Renew the leases of your run's claims
    Renew(claim::Renew),
    /// Make a claim hold less
    Narrow(claim::Narrow),
    /// Give a claim to another run
    HandOver(claim::HandOver),
    /// End somebody's claim, as a person, with a reason
    Revoke(claim::Revoke),
    /// Leave the queue
    Withdraw(claim::Withdraw),
    /// Ask what stands in the way of work on some paths; changes nothing
    Conflicts(conflicts::Ask),
    /// Record a change: a commit, or paths
    Change(change::Change),
    /// Record what happens around changes: readings, deploys, incidents, prompts
    #[command(subcommand)]
    Record(record::Record),
    /// Print what an agent should know before it starts, ready for its prompt
    Brief(brief::Ask),
    /// Serve the journal to agents as an MCP server
    Mcp(mcp::Mcp),
    /// Hold a real diff against claims, fences, the policy, and what others did on purpose
    Guard(guard::Guard),
    /// Ask whether the policy would let something pass
    Check(govern::Check),
    /// List who is asked for a yes, and which exceptions hold
    Approvals(govern::Approvals),
    /// Say yes to a request, as a person
    Approve(govern::Approve),
    /// Say no to a request, as a person
    Reject(govern::Reject),
    /// Make an exception from rules, as a person, for a while
    Waive(govern::Waive),
    /// Lift every rule that can be lifted, as a person, for a short while and for all to see
    BreakGlass(govern::BreakGlass),
    /// Show what counts towards limits
    Spend(govern::Spend),
    /// Show who is at work, on what, until when
    Status(status::Status),
    /// Check, try, explain and replay policies, and set the one that holds
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Take in what landed before there was a journal, or elsewhere
    #[command(subcommand)]
    Import(import::Import),
    /// Trace what led to a state, a deploy or an incident, back to people
    Trace(trace::Trace),
    /// Rank the changes that may be to blame, each with why
    Suspects(suspects::Suspects),
    /// List changes that took others back, with what shows it; or the wars between sides
    Reverts(reverts::Reverts),
    /// Ask before a change lands whose work it would undo
    WouldRevert(would_revert::WouldRevert),
    /// Count lines of loops that nobody read, and readings too quick to be any
    Comprehension(comprehension::Comprehension),
    /// Write history in the words of others: PROV-JSON, in-toto, Agent Trace, OTLP, Graphviz, Mermaid
    Export(export::Export),
    /// Tell of a commit, or of the versions of a path: who, when, what for, on whose word
    Why(why::Why),
    /// Show the journal and verify its chain
    Log(log::Log),
    #[command(subcommand)]
    Journal(journal::Journal),
    /// Watch two loops fight over one repository, for real, in under 20 seconds
    Demo(demo::Demo),
    #[command(hide = true)]
    DemoLoop(demo::Part),
}

fn after_help() -> String {
    format!(
        "{EXIT_CODES}\n\n\
         Environment: LOOM_STORE, LOOM_ACTOR and LOOM_RUN stand in for --store, --as and --run.\n\
         LOOM_NOW (an RFC 3339 time) stands in for the clock; it is meant for tests."
    )
}

/// Runs the command line that this process was given.
pub fn main() -> ExitCode {
    let Cli { common, verb } = Cli::parse();
    let as_json = common.json;
    match carry_out(common, verb) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell(as_json),
    }
}

fn carry_out(common: Common, verb: Verb) -> Ended {
    match verb {
        Verb::Init(it) => it.carry_out(&common),
        Verb::Hook(it) => it.carry_out(&common),
        Verb::Repo(it) => it.carry_out(&common),
        Verb::Loop(it) => it.carry_out(&common),
        Verb::Loops(it) => it.carry_out(&common),
        Verb::Due(it) => it.carry_out(&common),
        Verb::Verifications(it) => it.carry_out(&common),
        Verb::Forecast(it) => it.carry_out(&common),
        Verb::Signal(it) => it.carry_out(&common),
        Verb::Run(it) => it.carry_out(&common),
        Verb::Report(it) => it.carry_out(&common),
        Verb::Findings(it) => it.carry_out(&common),
        Verb::Finding(it) => it.carry_out(&common),
        Verb::Take(it) => it.carry_out(&common),
        Verb::Return(it) => it.carry_out(&common),
        Verb::Defer(it) => it.carry_out(&common),
        Verb::Escalate(it) => it.carry_out(&common),
        Verb::Resolve(it) => it.carry_out(&common),
        Verb::Inbox(it) => it.carry_out(&common),
        Verb::Note(it) => it.carry_out(&common),
        Verb::Notes(it) => it.carry_out(&common),
        Verb::Skill(it) => it.carry_out(&common),
        Verb::StateFile(it) => it.carry_out(&common),
        Verb::Plan(it) => it.carry_out(&common),
        Verb::Claim(it) => it.carry_out(&common),
        Verb::Release(it) => it.carry_out(&common),
        Verb::Renew(it) => it.carry_out(&common),
        Verb::Narrow(it) => it.carry_out(&common),
        Verb::HandOver(it) => it.carry_out(&common),
        Verb::Revoke(it) => it.carry_out(&common),
        Verb::Withdraw(it) => it.carry_out(&common),
        Verb::Conflicts(it) => it.carry_out(&common),
        Verb::Change(it) => it.carry_out(&common),
        Verb::Record(it) => it.carry_out(&common),
        Verb::Brief(it) => it.carry_out(&common),
        Verb::Mcp(it) => it.carry_out(&common),
        Verb::Guard(it) => it.carry_out(&common),
        Verb::Check(it) => it.carry_out(&common),
        Verb::Approvals(it) => it.carry_out(&common),
        Verb::Approve(it) => it.carry_out(&common),
        Verb::Reject(it) => it.carry_out(&common),
        Verb::Waive(it) => it.carry_out(&common),
        Verb::BreakGlass(it) => it.carry_out(&common),
        Verb::Spend(it) => it.carry_out(&common),
        Verb::Policy(it) => it.carry_out(&common),
        Verb::Status(it) => it.carry_out(&common),
        Verb::Import(it) => it.carry_out(&common),
        Verb::Trace(it) => it.carry_out(&common),
        Verb::Suspects(it) => it.carry_out(&common),
        Verb::Reverts(it) => it.carry_out(&common),
        Verb::WouldRevert(it) => it.carry_out(&common),
        Verb::Comprehension(it) => it.carry_out(&common),
        Verb::Export(it) => it.carry_out(&common),
        Verb::Why(it) => it.carry_out(&common),
        Verb::Log(it) => it.carry_out(&common),
        Verb::Journal(it) => it.carry_out(&common),
        Verb::Demo(it) => it.carry_out(&common),
        Verb::DemoLoop(it) => it.carry_out(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_tells_its_exit_codes() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        assert!(
            help.contains("refused: claims of others are in the way"),
            "{help}"
        );
        assert!(help.contains("LOOM_NOW"), "{help}");
    }
}
