//! One call of the command: its journal, its clock, who calls, and where they stand.

use std::sync::Arc;

use loom_core::coordinator::{Answer, Body};
use loom_core::error::{Code, Error};
use loom_core::model::{Actor, RepoId, RunId, Timestamp};
use loom_store::Loom;
use loom_store::loom::{Clock, system_clock};
use serde::Serialize;

use crate::cli::Common;
use crate::exit::Failure;
use crate::git::Checkout;
use crate::store_at::StoreAt;
use crate::{show, units};

/// Everything that a verb works with.
pub(crate) struct Session {
    pub(crate) loom: Loom,
    common: Common,
    checkout: Option<Checkout>,
}

impl Session {
    /// Opens the journal, which must be there.
    pub(crate) fn open(common: &Common) -> Result<Session, Failure> {
        let checkout = here()?;
        let at = StoreAt::of(common, checkout.as_ref())?;
        if at.is_missing() {
            let message = format!("there is no journal at {at}");
            return Err(Error::at(Code::NoJournal, "--store", message).into());
        }
        Session::over(common, checkout, &at)
    }

    /// Opens the journal, and makes the file where there is none.
    pub(crate) fn open_or_make(common: &Common) -> Result<Session, Failure> {
        let checkout = here()?;
        let at = StoreAt::of(common, checkout.as_ref())?;
        Session::over(common, checkout, &at)
    }

    fn over(common: &Common, checkout: Option<Checkout>, at: &StoreAt) -> Result<Session, Failure> {
        Ok(Session {
            loom: at.open()?,
            common: common.clone(),
            checkout,
        })
    }

    /// Who calls, in the run that was named, if one was.
    pub(crate) fn actor(&self) -> Result<Actor, Failure> {
        let Some(actor) = &self.common.actor else {
            let message = "say who you are: --as human:NAME, --as loop:NAME, or LOOM_ACTOR";
            return Err(Failure::Usage(message.to_owned()));
        };
        let actor = units::actor(actor)?;
        Ok(match &self.common.run {
            Some(run) => actor.in_run(RunId::new(run)?),
            None => actor,
        })
    }

    /// Was it said who calls?
    pub(crate) fn is_named(&self) -> bool {
        self.common.actor.is_some()
    }

    /// Who calls, outside any run.
    pub(crate) fn actor_outside(&self) -> Result<Actor, Failure> {
        let actor = self.actor()?;
        Ok(Actor { run: None, ..actor })
    }

    /// The run that was named.
    pub(crate) fn run(&self) -> Result<RunId, Failure> {
        let Some(run) = &self.common.run else {
            let message = "name the run: --run ID or LOOM_RUN (loom run start makes one)";
            return Err(Failure::Usage(message.to_owned()));
        };
        Ok(RunId::new(run)?)
    }

    /// The run that was named, if one was.
    pub(crate) fn run_if_any(&self) -> Result<Option<RunId>, Failure> {
        Ok(self.common.run.as_deref().map(RunId::new).transpose()?)
    }

    /// The repository that was named, else the registered one that the caller stands in, else the
    /// only one there is.
    pub(crate) fn repo(&self, named: Option<&str>) -> Result<RepoId, Failure> {
        if let Some(named) = named {
            return Ok(RepoId::new(named)?);
        }
        let origin = self.checkout.as_ref().and_then(Checkout::origin);
        let name = self.checkout.as_ref().map(Checkout::name);
        let found = self.loom.look(|coordinator, _| {
            let repos = coordinator.repos();
            let of_origin = origin.as_ref().and_then(|origin| repos.by_origin(origin));
            let of_name = || repos.get(&RepoId::new(name.as_deref()?).ok()?);
            let only = || repos.iter().next().filter(|_| repos.iter().len() == 1);
            let repo = of_origin.or_else(of_name).or_else(only);
            Ok(repo.map(|repo| repo.id.clone()))
        })?;
        found.ok_or_else(|| {
            let message = "no registered repository is this one; name it with --repo, or register it: \
                           loom repo add";
            Error::at(Code::NotFound, "--repo", message).into()
        })
    }

    /// The git repository that the caller stands in.
    pub(crate) fn checkout(&self) -> Result<&Checkout, Failure> {
        self.checkout.as_ref().ok_or_else(|| {
            let message = "this folder lies in no git repository";
            Error::at(Code::NotFound, "repository", message).into()
        })
    }

    /// Sends a command of this caller.
    pub(crate) fn execute(&self, body: Body) -> Result<Answer, Failure> {
        Ok(self.loom.execute(&self.actor()?, body)?)
    }

    /// Prints a value as JSON where that was asked for, else what `text` makes of it.
    pub(crate) fn print<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        show::print_as(self.common.json, value, text)
    }
}

/// The clock of the system, or the one that `LOOM_NOW` stops.
pub(crate) fn clock() -> Result<Arc<Clock>, Failure> {
    Ok(match std::env::var("LOOM_NOW") {
        Ok(text) => {
            let now: Timestamp = text.parse().map_err(|why: Error| why.about("LOOM_NOW"))?;
            Arc::new(move || now)
        }
        Err(_) => Arc::new(system_clock),
    })
}

/// The git repository that the caller stands in, if it is one.
pub(crate) fn here() -> Result<Option<Checkout>, Failure> {
    let folder = std::env::current_dir().map_err(|why| Failure::outside("folder", why))?;
    Ok(Checkout::at(&folder)?)
}
