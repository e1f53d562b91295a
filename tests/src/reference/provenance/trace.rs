//! A trace by brute force: for each question every entry is looked at. It shares with the library the
//! entries, what each says it stands on, and the path algebra; nothing that walks.

use loom_core::model::{ChangedFile, RepoId, Timestamp};
use loom_core::path::{PathRules, PathSet, PathSetSource, RepoPath};
use loom_core::provenance::{
    ChangeFact, Deploy, Entry, Fact, HopReason, Incident, Kind, Name, Relation, TraceAsked,
    TraceFrom,
};

/// A hop: what, the place of the hop that led there, and why.
pub type Hop = (Name, Option<u64>, HopReason);

type Landed = (Timestamp, u64);

/// The chain that a question is answered by; nothing where what it begins at was never named.
pub fn trace(entries: &[Entry], asked: &TraceAsked, now: Timestamp) -> Option<Vec<Hop>> {
    let root = match &asked.from {
        TraceFrom::Change { id } => Some(Name::new(Kind::Change, id)),
        TraceFrom::Deploy { id } => Some(Name::new(Kind::Deploy, id)),
        TraceFrom::Incident { id } => Some(Name::new(Kind::Incident, id)),
        _ => None,
    };
    let mut walk = Walk {
        entries,
        since: Timestamp::EPOCH,
        until: now,
        goes_out: !matches!(
            asked.from,
            TraceFrom::Deploy { .. } | TraceFrom::Incident { .. }
        ),
        hops: Vec::new(),
    };
    if let Some(root) = &root
        && !walk.is_named(root)
    {
        return None;
    }
    // "The time to look back from. Without it: when the incident or deploy landed, else now."
    let landed = root.as_ref().and_then(|root| walk.landed(root));
    walk.until = match (asked.until, landed, walk.goes_out) {
        (Some(at), ..) => at,
        (None, Some((at, _)), false) => at,
        _ => now,
    };
    // "How far back to look"; for a change "from so long before it".
    let begins = landed.map_or(walk.until, |(at, _)| at.min(walk.until));
    walk.since = begins.minus_ms(asked.window_ms);

    let mut layer: Vec<Hop> = root
        .into_iter()
        .map(|root| (root, None, HopReason::Asked))
        .collect();
    match &asked.from {
        TraceFrom::Paths { repo, paths } => layer.extend(walk.overlapping(repo, paths, None)),
        TraceFrom::Service {
            service,
            repo,
            paths,
        } => {
            layer.extend(walk.of_service(service.as_str(), true, None));
            if let (Some(repo), Some(paths)) = (repo, paths) {
                layer.extend(walk.overlapping(repo, paths, None));
            }
        }
        _ => {}
    }
    // "what was asked for, what that leads to, and so on, each layer from the newest to the oldest;
    // what stands behind each follows it."
    while !layer.is_empty() {
        let first = walk.hops.len();
        walk.take_layer(layer);
        layer = Vec::new();
        for place in first..walk.hops.len() {
            layer.extend(walk.leads_to(place));
        }
    }
    Some(walk.hops)
}

struct Walk<'a> {
    entries: &'a [Entry],
    since: Timestamp,
    until: Timestamp,
    /// Are deploys named that brought a change out?
    goes_out: bool,
    hops: Vec<Hop>,
}

impl Walk<'_> {
    fn is_named(&self, name: &Name) -> bool {
        self.entries.iter().any(|entry| {
            entry.name() == *name || entry.related().iter().any(|(_, other)| other == name)
        })
    }

    fn landed(&self, name: &Name) -> Option<Landed> {
        let cards = self.entries.iter().filter(|entry| entry.name() == *name);
        cards.map(|entry| (entry.at, entry.seq)).min()
    }

    fn fact(&self, name: &Name) -> Option<&Fact> {
        let told = self.entries.iter().find(|entry| entry.name() == *name);
        told.map(|entry| &entry.fact)
    }

    fn within(&self, at: Timestamp) -> bool {
        self.since <= at && at <= self.until
    }

    fn changes(&self) -> impl Iterator<Item = (Landed, &ChangeFact)> {
        self.entries.iter().filter_map(|entry| match &entry.fact {
            Fact::Change(change) => Some(((entry.at, entry.seq), &**change)),
            _ => None,
        })
    }

    fn change(&self, name: &Name) -> Option<(Landed, &ChangeFact)> {
        self.changes()
            .find(|(_, change)| Name::new(Kind::Change, &change.id) == *name)
    }

    fn deploys(&self) -> impl Iterator<Item = (Landed, &Deploy)> {
        self.entries.iter().filter_map(|entry| match &entry.fact {
            Fact::Deploy(deploy) => Some(((entry.at, entry.seq), &**deploy)),
            _ => None,
        })
    }

    fn deploy(&self, name: &Name) -> Option<(Landed, &Deploy)> {
        self.deploys()
            .find(|(_, deploy)| Name::new(Kind::Deploy, &deploy.id) == *name)
    }

    fn take_layer(&mut self, mut layer: Vec<Hop>) {
        // "nothing that landed after the end of the window is told"
        layer.retain(|(name, _, reason)| {
            let after = self.landed(name).is_some_and(|(at, _)| at > self.until);
            *reason == HopReason::Asked || !after
        });
        layer.sort_by(|a, b| {
            self.landed(&b.0)
                .cmp(&self.landed(&a.0))
                .then(a.0.cmp(&b.0))
        });
        layer.dedup_by(|later, first| later.0 == first.0);
        layer.retain(|(name, ..)| self.hops.iter().all(|(seen, ..)| seen != name));
        let of_layer: Vec<Name> = layer.iter().map(|(name, ..)| name.clone()).collect();
        for hop in layer {
            self.hops.push(hop);
            self.look_behind(self.hops.len() - 1, &of_layer);
        }
    }

    fn look_behind(&mut self, place: usize, of_layer: &[Name]) {
        let (name, _, reason) = self.hops[place].clone();
        if reason == HopReason::Follows {
            return;
        }
        for (next, reason) in self.behind(&name) {
            let seen = self.hops.iter().any(|(seen, ..)| *seen == next);
            if !seen && !of_layer.contains(&next) {
                self.hops.push((next, Some(place as u64), reason));
                self.look_behind(self.hops.len() - 1, of_layer);
            }
        }
    }

    /// Who did it and on whose word, then who checked and read it.
    fn behind(&self, name: &Name) -> Vec<(Name, HopReason)> {
        let mut behind = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.name() == *name) {
            for (relation, other) in entry.related() {
                let reason = match relation {
                    Relation::OwnedBy => HopReason::OwnedBy,
                    Relation::RunOf => HopReason::RunOfLoop,
                    Relation::ChildOf => HopReason::ChildOf,
                    Relation::StartedBy => HopReason::StartedBy,
                    Relation::PromptedBy => HopReason::PromptedBy,
                    Relation::HeldBy => HopReason::HeldBy,
                    Relation::AskedBy => HopReason::AskedBy,
                    Relation::DecidedBy => HopReason::ByPolicy,
                    Relation::GivenBy => HopReason::GivenBy,
                    Relation::MadeBy => HopReason::MadeBy,
                    Relation::Under => HopReason::UnderClaim,
                    Relation::AllowedBy => HopReason::DecidedByRule,
                    Relation::CheckedBy => HopReason::CheckedBy,
                    Relation::ReviewedBy => HopReason::ReadBy,
                    Relation::ReportedBy => HopReason::ReportedBy,
                    _ => continue,
                };
                behind.push((other, reason));
            }
        }
        if name.kind == Kind::Loop {
            behind.sort();
        }
        let mut after: Vec<(Landed, Name, HopReason)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.at <= self.until) {
            let stands_on_it = entry.related().iter().any(|(_, other)| other == name);
            let reason = match &entry.fact {
                Fact::Approval(answer) if answer.yes => HopReason::ApprovedBy,
                Fact::Approval(_) => HopReason::RejectedBy,
                Fact::Verification(_) => HopReason::VerifiedBy,
                Fact::Review(_) => HopReason::ReviewedBy,
                _ => continue,
            };
            if stands_on_it && matches!(name.kind, Kind::Change | Kind::Decision) {
                after.push(((entry.at, entry.seq), entry.name(), reason));
            }
        }
        after.sort();
        behind.extend(after.into_iter().map(|(_, name, reason)| (name, reason)));
        behind
    }

    fn leads_to(&self, place: usize) -> Vec<Hop> {
        let (name, _, reason) = &self.hops[place];
        let from = Some(place as u64);
        match self.fact(name) {
            Some(Fact::Incident(incident)) => self.of_incident(incident, from),
            Some(Fact::Deploy(_)) if *reason == HopReason::BroughtOutBy => Vec::new(),
            Some(Fact::Deploy(_)) if *reason == HopReason::Follows => Vec::new(),
            Some(Fact::Deploy(_)) => self.of_deploy(name, from),
            Some(Fact::Change(_)) => self.of_change(name, from),
            _ => Vec::new(),
        }
    }

    fn of_incident(&self, incident: &Incident, from: Option<u64>) -> Vec<Hop> {
        let mut found = match (&incident.deploy, &incident.service) {
            (Some(deploy), _) => vec![(Name::new(Kind::Deploy, deploy), from, HopReason::SeenIn)],
            (None, Some(service)) => self.of_service(service.as_str(), false, from),
            (None, None) => Vec::new(),
        };
        if let (Some(repo), Some(paths)) = (&incident.repo, &incident.paths) {
            found.extend(self.overlapping(repo, paths, from));
        }
        found
    }

    fn of_deploy(&self, name: &Name, from: Option<u64>) -> Vec<Hop> {
        let mut found = Vec::new();
        let (_, deploy) = self.deploy(name).expect("it was told");
        for change in deploy.changes.iter().chain(&deploy.upto) {
            found.push((Name::new(Kind::Change, change), from, HopReason::DeployedIn));
        }
        for (_, change) in self.changes() {
            let change = Name::new(Kind::Change, &change.id);
            if self.brings(name, &change) {
                found.push((change, from, HopReason::DeployedIn));
            }
        }
        if let Some(follows) = &deploy.follows {
            found.push((Name::new(Kind::Deploy, follows), from, HopReason::Follows));
        }
        found
    }

    fn of_change(&self, name: &Name, from: Option<u64>) -> Vec<Hop> {
        let mut found = Vec::new();
        let (landed, change) = self.change(name).expect("it was told");
        for file in &change.files {
            let made_from = self.changes().filter(|(when, other)| {
                let beside = (&other.repo, &other.branch) == (&change.repo, &change.branch);
                beside && *when < landed && when.0 >= self.since && leaves_what(other, file)
            });
            if let Some((_, other)) = made_from.max_by_key(|(when, _)| *when) {
                found.push((Name::new(Kind::Change, &other.id), from, HopReason::Derived));
            }
        }
        if self.goes_out {
            for ((at, _), deploy) in self.deploys() {
                let deploy_name = Name::new(Kind::Deploy, &deploy.id);
                let names_it = deploy
                    .changes
                    .iter()
                    .chain(&deploy.upto)
                    .any(|id| *id == change.id);
                if self.within(at) && (names_it || self.brings(&deploy_name, name)) {
                    found.push((deploy_name, from, HopReason::BroughtOutBy));
                }
            }
        }
        found
    }

    /// Is a change among those of its branch that a deploy has over the one before?
    fn brings(&self, deploy: &Name, change: &Name) -> bool {
        let (when, deploy) = self.deploy(deploy).expect("it was told");
        let said = deploy
            .follows
            .as_ref()
            .and_then(|id| self.deploy(&Name::new(Kind::Deploy, id)));
        let before = said.or_else(|| {
            let same = self.deploys().filter(|(earlier, other)| {
                *earlier < when
                    && (&other.environment, &other.service, &other.repo)
                        == (&deploy.environment, &deploy.service, &deploy.repo)
            });
            same.max_by_key(|(earlier, _)| *earlier)
        });
        let Some((last_landed, last)) = self.last_of(deploy) else {
            return false;
        };
        let (landed, change) = self.change(change).expect("it was told");
        if (&change.repo, &change.branch) != (&last.repo, &last.branch) || landed > last_landed {
            return false;
        }
        match before.and_then(|(_, before)| self.last_of(before)) {
            Some((had, of)) if (&of.repo, &of.branch) == (&last.repo, &last.branch) => landed > had,
            _ => landed.0 >= self.since,
        }
    }

    fn last_of(&self, deploy: &Deploy) -> Option<(Landed, &ChangeFact)> {
        if let Some(upto) = &deploy.upto {
            return self.change(&Name::new(Kind::Change, upto));
        }
        let commit = deploy.commit.as_ref()?;
        let of_commit = self.changes().filter(|(_, change)| {
            change.commit.as_ref() == Some(commit)
                && deploy.repo.as_ref().is_none_or(|repo| *repo == change.repo)
                && deploy
                    .branch
                    .as_ref()
                    .is_none_or(|branch| *branch == change.branch)
        });
        of_commit.min_by_key(|(landed, _)| *landed)
    }

    fn overlapping(&self, repo: &RepoId, paths: &PathSetSource, from: Option<u64>) -> Vec<Hop> {
        let set = PathSet::compile(paths, PathRules::default()).expect("a set of paths");
        let in_set = |path: &str| {
            set.matches(&RepoPath::parse(path, &PathRules::default()).expect("a path"))
        };
        let touches =
            |file: &ChangedFile| in_set(&file.path) || file.old_path.as_deref().is_some_and(in_set);
        let found = self.changes().filter(|((at, _), change)| {
            change.repo == *repo && self.within(*at) && change.files.iter().any(touches)
        });
        let hop = |change: &ChangeFact| {
            (
                Name::new(Kind::Change, &change.id),
                from,
                HopReason::OverlappingPaths,
            )
        };
        found.map(|(_, change)| hop(change)).collect()
    }

    fn of_service(&self, service: &str, incidents: bool, from: Option<u64>) -> Vec<Hop> {
        let mut found = Vec::new();
        for entry in self.entries.iter().filter(|entry| self.within(entry.at)) {
            let named = match &entry.fact {
                Fact::Deploy(deploy) => &deploy.service,
                Fact::Incident(incident) if incidents => &incident.service,
                _ => continue,
            };
            if named
                .as_ref()
                .is_some_and(|named| named.as_str() == service)
            {
                found.push((entry.name(), from, HopReason::OfService));
            }
        }
        found
    }
}

/// Does a change leave what a file was made from, where it was made from it?
fn leaves_what(change: &ChangeFact, file: &ChangedFile) -> bool {
    let found_at = file.old_path.as_ref().unwrap_or(&file.path);
    change.files.iter().any(|left| {
        let is_there = left.path == *found_at || left.old_path.as_ref() == Some(found_at);
        is_there && file.before.is_some() && left.after == file.before
    })
}
