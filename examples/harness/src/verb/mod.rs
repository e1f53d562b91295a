//! The verbs, one file for each group: what is read from the command line, which command is sent,
//! how the command ends.

pub(crate) mod brief;
pub(crate) mod change;
pub(crate) mod claim;
pub(crate) mod comprehension;
pub(crate) mod conflicts;
pub(crate) mod export;
pub(crate) mod findings;
pub(crate) mod govern;
pub(crate) mod guard;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod loops;
pub(crate) mod notes;
mod places;
pub(crate) mod policy;
pub(crate) mod record;
pub(crate) mod reverts;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod suspects;
pub(crate) mod trace;
mod whole_run;
pub(crate) mod why;
pub(crate) mod would_revert;
