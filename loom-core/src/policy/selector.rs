//! Conditions, compiled: what each selector asks, and what it answers about one action.

use std::cell::OnceCell;

use super::action::{Action, Targets};
use super::document::{Condition, EdgeBetween, OwnerIs, Rate, RecentlyChanged, Spans, VerifiedBy};
use super::facts::{Asked, Asking, Facts};
use super::places::Places;
use super::verb::{Field, Fields};
use super::window::Window;
use super::words::{AnyOf, Bounds, Comparison, FactValue, NamePattern};
use crate::error::Error;
use crate::model::{ActorId, ActorKind, RepoId, Timestamp, Truth};
use crate::path::{PathRules, PathSet, RepoPath};
use crate::shell::{self, CommandPattern, Line};

/// A condition, compiled.
#[derive(Clone, Default)]
pub(super) struct Selector {
    /// Verbs that it names, as bits; all where it names none.
    pub(super) verbs: Option<u64>,
    /// What is asked of the action as a whole.
    pub(super) whole: Vec<Whole>,
    /// The paths that it names.
    pub(super) paths: Option<PathSet>,
    /// What else is asked of each target.
    pub(super) each: Vec<Each>,
}

/// Which way a condition leans when it holds: what a rule allows, or excepts from being stopped, has
/// to hold of a whole shell line; what it stops, of any command in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lean {
    Stricter,
    Looser,
}

/// Something asked of the action as a whole.
#[derive(Clone)]
pub(super) enum Whole {
    Repo(Vec<RepoId>),
    Branch(Vec<NamePattern>),
    Resource(Vec<NamePattern>),
    Environment(Vec<NamePattern>),
    Loop(Vec<NamePattern>),
    Team(Vec<NamePattern>),
    Actor(Vec<ActorKind>),
    Tool(Vec<NamePattern>),
    Command(Vec<CommandPattern>, Lean),
    Files(Bounds),
    Lines(Bounds),
    Edge(Vec<(PathSet, PathSet)>),
    Spans {
        areas: Vec<PathSet>,
        at_least: usize,
    },
    Window(Vec<Window>),
    Fact(String, Comparison),
    Verified(VerifiedBy),
    Rate(Rate),
}

/// Something asked of each target.
#[derive(Clone)]
pub(super) enum Each {
    Service(Vec<ActorId>),
    Owner(Vec<OwnerIs>),
    RecentlyChanged(RecentlyChanged),
    Reverts(bool),
    Protected(bool),
    /// It is fought over by two sides.
    Contested,
}

/// What a selector is asked about.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    Path(&'a RepoPath),
    Set(&'a PathSet),
    /// The action could name targets and does not, or cannot.
    None,
    /// The action names targets, and they are none: what looks at targets is false of it.
    Nothing,
}

/// An action with everything that is known around it.
pub(super) struct Scene<'a> {
    pub(super) action: &'a Action,
    pub(super) facts: &'a Facts<'a>,
    /// The time that windows, approvals and waivers are looked at by.
    pub(super) now: Timestamp,
    /// The time that history and spend are asked for.
    pub(super) asked_at: Timestamp,
    pub(super) verb: u32,
    pub(super) carries: Fields,
    pub(super) places: &'a Places,
    /// The shell line, read once; `None` where it cannot be read.
    line: OnceCell<Option<Line>>,
    /// The targets, read once.
    pub(super) paths: &'a [RepoPath],
    pub(super) set: Option<&'a PathSet>,
}

impl Selector {
    /// Compiles a condition. `field` is its place in the document, `verbs` gives the bits of verbs.
    pub(super) fn compile(
        condition: &Condition,
        field: &str,
        (rules, lean): (PathRules, Lean),
        verbs: impl Fn(&super::verb::Verb) -> u64,
    ) -> Result<Selector, Error> {
        let Condition {
            verb,
            repo,
            branch,
            paths,
            resource,
            service,
            environment,
            owner,
            loop_id,
            team,
            actor,
            tool,
            command,
            size,
            edge,
            spans,
            window,
            facts,
            recently_changed_by,
            reverts,
            touches_protected,
            verified,
            rate,
        } = condition;
        let set = |source, name: &str| {
            PathSet::compile(source, rules).map_err(|why| why.within(&format!("{field}.{name}")))
        };
        let mut whole = Vec::new();
        let mut add = |test: Option<Whole>| whole.extend(test);
        add(repo.as_ref().map(|any| Whole::Repo(any.0.clone())));
        add(names(branch).map(Whole::Branch));
        add(names(resource).map(Whole::Resource));
        add(names(environment).map(Whole::Environment));
        add(names(loop_id).map(Whole::Loop));
        add(names(team).map(Whole::Team));
        add(actor.as_ref().map(|any| Whole::Actor(any.0.clone())));
        add(names(tool).map(Whole::Tool));
        if let Some(patterns) = command {
            let patterns = patterns.iter().enumerate().map(|(at, text)| {
                CommandPattern::parse(text)
                    .map_err(|why| why.about(format!("{field}.command[{at}]")))
            });
            let patterns = patterns.collect::<Result<_, _>>()?;
            add(Some(Whole::Command(patterns, lean)));
        }
        if let Some(size) = size {
            add(size.files.clone().map(Whole::Files));
            add(size.lines.clone().map(Whole::Lines));
        }
        if let Some(edges) = edge {
            let edges = edges.iter().map(|EdgeBetween { from, to }| {
                Ok::<_, Error>((set(from, "edge.from")?, set(to, "edge.to")?))
            });
            add(Some(Whole::Edge(edges.collect::<Result<_, _>>()?)));
        }
        if let Some(Spans { areas, at_least }) = spans {
            let areas = areas.iter().map(|area| set(area, "spans.areas"));
            add(Some(Whole::Spans {
                areas: areas.collect::<Result<_, _>>()?,
                at_least: at_least.map_or(2, |least| least as usize),
            }));
        }
        add(window.as_ref().map(|any| Whole::Window(any.0.clone())));
        for (name, comparison) in facts {
            add(Some(Whole::Fact(name.clone(), comparison.clone())));
        }
        add(verified.clone().map(Whole::Verified));
        add(rate.clone().map(Whole::Rate));

        let mut each = Vec::new();
        let mut add = |test: Option<Each>| each.extend(test);
        add(service.as_ref().map(|any| Each::Service(any.0.clone())));
        add(owner.as_ref().map(|any| Each::Owner(any.0.clone())));
        add(recently_changed_by.clone().map(Each::RecentlyChanged));
        add(reverts.map(Each::Reverts));
        add(touches_protected.map(Each::Protected));
        Ok(Selector {
            verbs: verb
                .as_ref()
                .map(|any| any.iter().fold(0, |bits, verb| bits | verbs(verb))),
            whole,
            paths: paths
                .as_ref()
                .map(|source| set(source, "paths"))
                .transpose()?,
            each,
        })
    }

    /// Does it look at targets?
    pub(super) fn looks_at_targets(&self) -> bool {
        self.paths.is_some() || !self.each.is_empty()
    }

    /// Can an action of a verb that carries these fields be selected at all?
    pub(super) fn can_hold(&self, carries: Fields) -> bool {
        let whole = self.whole.iter().filter_map(Whole::field);
        let targets = self.paths.is_some() || self.each.iter().any(|test| !test.is_service());
        let service = self.each.iter().any(Each::is_service);
        whole.into_iter().all(|field| carries.has(field))
            && (!targets || carries.has(Field::Targets))
            && (!service || carries.has(Field::Service) || carries.has(Field::Targets))
    }

    /// What is asked of the action as a whole, answered.
    pub(super) fn whole(&self, scene: &Scene<'_>) -> Truth {
        if self.verbs.is_some_and(|bits| bits & (1 << scene.verb) == 0) {
            return Truth::False;
        }
        let mut truth = Truth::True;
        for test in &self.whole {
            truth = truth.and(test.ask(scene));
            if truth.is_false() {
                break;
            }
        }
        truth
    }

    /// What is asked of the action as a whole, the time left out.
    pub(super) fn whole_at_any_time(&self, scene: &Scene<'_>) -> Truth {
        let tests = self.whole.iter();
        let timeless = tests.filter(|test| !matches!(test, Whole::Window(_)));
        Truth::all(timeless.map(|test| test.ask(scene)))
    }

    /// What is asked of a target, answered.
    pub(super) fn each(&self, scene: &Scene<'_>, target: Target<'_>) -> Truth {
        let paths = match &self.paths {
            Some(paths) => within(paths, scene, target),
            None => Truth::True,
        };
        self.rest(scene, target, paths)
    }

    /// What is asked of a target beside its path.
    pub(super) fn rest(&self, scene: &Scene<'_>, target: Target<'_>, paths: Truth) -> Truth {
        let mut truth = paths;
        for test in &self.each {
            if truth.is_false() {
                break;
            }
            truth = truth.and(test.ask(scene, target));
        }
        truth
    }

    /// All of it.
    pub(super) fn holds(&self, scene: &Scene<'_>, target: Target<'_>) -> Truth {
        let whole = self.whole(scene);
        if whole.is_false() {
            return whole;
        }
        whole.and(self.each(scene, target))
    }

    /// The windows that it asks about.
    pub(super) fn windows(&self) -> impl Iterator<Item = &Window> {
        self.whole.iter().flat_map(|test| match test {
            Whole::Window(windows) => windows.as_slice(),
            _ => &[],
        })
    }

    /// Names what is not known about it.
    pub(super) fn missing(
        &self,
        scene: &Scene<'_>,
        target: Target<'_>,
        name: &mut dyn FnMut(String),
    ) {
        for test in &self.whole {
            if test.ask(scene).is_unknown() {
                name(test.fact());
            }
        }
        if let Some(paths) = &self.paths
            && matches!(target, Target::None)
            && within(paths, scene, target).is_unknown()
        {
            name("targets".to_owned());
        }
        for test in &self.each {
            if test.ask(scene, target).is_unknown() {
                name(test.fact(target));
            }
        }
    }
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        action: &'a Action,
        facts: &'a Facts<'a>,
        [asked_at, now]: [Timestamp; 2],
        (verb, carries): (u32, Fields),
        places: &'a Places,
        (paths, set): (&'a [RepoPath], Option<&'a PathSet>),
    ) -> Scene<'a> {
        Scene {
            action,
            facts,
            now,
            asked_at,
            verb,
            carries,
            places,
            line: OnceCell::new(),
            paths,
            set,
        }
    }

    /// The same scene with another time of day: what happened and what was spent is asked as of the
    /// time that it was asked first.
    pub(super) fn at(&self, now: Timestamp) -> Scene<'a> {
        Scene {
            now,
            line: self.line.clone(),
            ..*self
        }
    }

    /// The targets one by one; one that stands for them where the action names none.
    pub(super) fn targets(&self) -> impl Iterator<Item = Target<'a>> {
        let set = self.set.map(Target::Set);
        let none = self.action.targets.is_none().then_some(Target::None);
        let nothing = self.action.targets.is_some() && self.paths.is_empty() && set.is_none();
        let nothing = nothing.then_some(Target::Nothing);
        let paths = self.paths.iter().map(Target::Path);
        paths.chain(set).chain(none).chain(nothing)
    }

    pub(super) fn line(&self) -> Option<&Line> {
        let read = || {
            let line = self.action.command.as_deref()?;
            shell::read(line).ok()
        };
        self.line.get_or_init(read).as_ref()
    }

    fn asked<'t>(&'t self, target: Asking<'t>) -> Asked<'t> {
        Asked {
            repo: self.action.repo.as_ref(),
            branch: self.action.branch.as_ref(),
            target,
        }
    }

    /// A field that may be absent: false where the verb cannot carry it, unknown where it can.
    fn given<T>(&self, field: Field, value: Option<&T>, test: impl FnOnce(&T) -> Truth) -> Truth {
        match value {
            _ if !self.carries.has(field) => Truth::False,
            None => Truth::Unknown,
            Some(value) => test(value),
        }
    }
}

impl Whole {
    fn field(&self) -> Option<Field> {
        match self {
            Whole::Repo(_) => Some(Field::Repo),
            Whole::Branch(_) => Some(Field::Branch),
            Whole::Resource(_) => Some(Field::Resources),
            Whole::Environment(_) => Some(Field::Environment),
            Whole::Tool(_) => Some(Field::Tool),
            Whole::Command(..) => Some(Field::Command),
            Whole::Files(_) | Whole::Lines(_) => Some(Field::Size),
            Whole::Edge(_) => Some(Field::Edges),
            Whole::Spans { .. } => Some(Field::Targets),
            Whole::Loop(_)
            | Whole::Team(_)
            | Whole::Actor(_)
            | Whole::Window(_)
            | Whole::Fact(..)
            | Whole::Verified(_)
            | Whole::Rate(_) => None,
        }
    }

    /// The fact that it needs, as people call it.
    fn fact(&self) -> String {
        match self {
            Whole::Loop(_) => "loop".to_owned(),
            Whole::Team(_) => "team".to_owned(),
            Whole::Actor(_) => "actor".to_owned(),
            Whole::Window(_) => "now".to_owned(),
            Whole::Fact(name, _) => format!("facts.{name}"),
            Whole::Verified(_) => "history: verified".to_owned(),
            Whole::Rate(_) => "history: rate".to_owned(),
            Whole::Files(_) => "size.files".to_owned(),
            Whole::Lines(_) => "size.lines".to_owned(),
            other => other.field().map_or("", Field::as_str).to_owned(),
        }
    }

    fn ask(&self, scene: &Scene<'_>) -> Truth {
        let action = scene.action;
        match self {
            Whole::Repo(repos) => scene.given(Field::Repo, action.repo.as_ref(), |repo| {
                Truth::from(repos.contains(repo))
            }),
            Whole::Branch(names) => scene.given(Field::Branch, action.branch.as_ref(), |branch| {
                Truth::from(any(names, branch.as_str()))
            }),
            Whole::Resource(names) => {
                scene.given(Field::Resources, action.resources.as_ref(), |resources| {
                    Truth::from(
                        resources
                            .iter()
                            .any(|resource| any(names, resource.as_str())),
                    )
                })
            }
            Whole::Environment(names) => {
                scene.given(Field::Environment, action.environment.as_ref(), |name| {
                    Truth::from(any(names, name.as_str()))
                })
            }
            Whole::Loop(names) => (scene.facts.who.loop_id).holds(|id| any(names, id.as_str())),
            Whole::Team(names) => (scene.facts.who.team).holds(|id| any(names, id.as_str())),
            Whole::Actor(kinds) => match &action.actor {
                Some(actor) => Truth::from(kinds.contains(&actor.kind)),
                None => Truth::Unknown,
            },
            Whole::Tool(names) => scene.given(Field::Tool, action.tool.as_ref(), |tool| {
                Truth::from(any(names, tool.as_str()))
            }),
            Whole::Command(patterns, lean) => {
                scene.given(Field::Command, action.command.as_ref(), |_| {
                    match (scene.line(), lean) {
                        (None, _) => Truth::Unknown,
                        (Some(line), Lean::Looser) => line.matches_only(patterns),
                        (Some(line), Lean::Stricter) => {
                            Truth::any(patterns.iter().map(|pattern| line.matches(pattern)))
                        }
                    }
                })
            }
            Whole::Files(bounds) => scene.count(action.size.and_then(|size| size.files), bounds),
            Whole::Lines(bounds) => scene.count(action.size.and_then(|size| size.lines), bounds),
            Whole::Edge(pairs) => scene.given(Field::Edges, action.edges.as_ref(), |edges| {
                Truth::any(edges.iter().map(|edge| {
                    let rules = scene.facts.rules;
                    let from = RepoPath::parse(&edge.from, &rules);
                    let to = RepoPath::parse(&edge.to, &rules);
                    let (Ok(from), Ok(to)) = (from, to) else {
                        return Truth::Unknown;
                    };
                    let between = |(a, b): &(PathSet, PathSet)| a.matches(&from) && b.matches(&to);
                    Truth::from(pairs.iter().any(between))
                }))
            }),
            Whole::Spans { areas, at_least } => {
                scene.given(Field::Targets, action.targets.as_ref(), |_| {
                    scene.spans(areas, *at_least)
                })
            }
            Whole::Window(windows) => {
                Truth::from(windows.iter().any(|window| window.inside(scene.now)))
            }
            Whole::Fact(name, comparison) => match action.facts.get(name) {
                Some(value) => comparison.holds(value),
                None => Truth::Unknown,
            },
            Whole::Verified(VerifiedBy::Somebody(by)) => {
                scene.facts.history.verified(action.run(), *by)
            }
            Whole::Verified(VerifiedBy::Nobody) => {
                let by = crate::model::Independence::Independent;
                !scene.facts.history.verified(action.run(), by)
            }
            Whole::Rate(rate) => {
                let verb = rate.of.as_ref().unwrap_or(&action.verb);
                let history = scene.facts.history;
                let count = history.done(verb, rate.per, rate.within, scene.asked_at);
                Truth::from(count.map(|count| count > rate.more_than))
            }
        }
    }
}

impl Scene<'_> {
    fn count(&self, number: Option<u64>, bounds: &Bounds) -> Truth {
        self.given(Field::Size, number.as_ref(), |number| {
            let number = i64::try_from(*number).unwrap_or(i64::MAX);
            bounds.hold(&FactValue::Int(number))
        })
    }

    /// Does the action reach at least so many of these areas? Of a set nobody knows which of its
    /// paths will be chosen.
    fn spans(&self, areas: &[PathSet], at_least: usize) -> Truth {
        let reached = |area: &&PathSet| self.paths.iter().any(|path| area.matches(path));
        if areas.iter().filter(reached).count() >= at_least {
            return Truth::True;
        }
        match self.set {
            None => Truth::False,
            Some(set) => {
                let meets = |area: &&PathSet| area.overlap(set).meets();
                match areas.iter().filter(meets).count() >= at_least {
                    true => Truth::Unknown,
                    false => Truth::False,
                }
            }
        }
    }
}

impl Each {
    fn is_service(&self) -> bool {
        matches!(self, Each::Service(_))
    }

    fn fact(&self, target: Target<'_>) -> String {
        let fact = match self {
            Each::Service(_) => "service",
            Each::Owner(_) if matches!(target, Target::None) => "targets",
            Each::Owner(_) => "team",
            Each::RecentlyChanged(_) => "history: recently_changed_by",
            Each::Reverts(_) => "history: reverts",
            Each::Protected(_) => "history: touches_protected",
            Each::Contested => "history: contested",
        };
        fact.to_owned()
    }

    fn ask(&self, scene: &Scene<'_>, target: Target<'_>) -> Truth {
        if let Each::Service(names) = self {
            return scene.service(names, target);
        }
        let asking = match target {
            _ if !scene.carries.has(Field::Targets) => return Truth::False,
            // Nobody fights over what nobody named.
            Target::None if matches!(self, Each::Contested) => return Truth::False,
            Target::None => return Truth::Unknown,
            Target::Nothing => return Truth::False,
            Target::Path(path) => Asking::Path(path),
            Target::Set(set) => Asking::Set(set),
        };
        let history = scene.facts.history;
        let asked = scene.asked(asking);
        match self {
            Each::Service(_) => Truth::Unknown,
            Each::Owner(owners) => {
                let repo = scene.action.repo.as_ref();
                let team = &scene.facts.who.team;
                let owner = scene.places.owner(repo, asking);
                Truth::any(owners.iter().map(|wanted| owner.is(wanted, team)))
            }
            Each::RecentlyChanged(RecentlyChanged { who, within }) => {
                history.changed(asked, *who, *within, scene.asked_at)
            }
            Each::Reverts(wanted) => {
                let blob = match asking {
                    Asking::Path(path) => scene.action.blobs.get(path.as_str()),
                    Asking::Set(_) => None,
                };
                as_wanted(history.reverts(asked, blob), *wanted)
            }
            Each::Contested => Truth::from(history.is_contested(asked)),
            Each::Protected(wanted) => {
                let terms = scene.places.protected_for;
                as_wanted(history.is_protected(asked, terms, scene.asked_at), *wanted)
            }
        }
    }
}

impl Scene<'_> {
    /// The service that is named; else, where the verb has targets, the services that hold them. A name
    /// that could be given and is not leaves open what the paths do not say.
    fn service(&self, names: &[ActorId], target: Target<'_>) -> Truth {
        if let Some(service) = &self.action.service {
            return Truth::from(names.contains(service));
        }
        let unnamed = match self.carries.has(Field::Service) {
            true => Truth::Unknown,
            false => Truth::False,
        };
        let asking = match target {
            _ if !self.carries.has(Field::Targets) => return unnamed,
            Target::None => return Truth::Unknown,
            Target::Nothing => return unnamed,
            Target::Path(path) => Asking::Path(path),
            Target::Set(set) => Asking::Set(set),
        };
        let repo = self.action.repo.as_ref();
        let names = names.iter();
        Truth::any(names.map(|name| self.places.in_service(name, repo, asking))).or(unnamed)
    }
}

/// Is the target among these paths? Of a set: all of it, none of it, or some.
fn within(paths: &PathSet, scene: &Scene<'_>, target: Target<'_>) -> Truth {
    match target {
        _ if !scene.carries.has(Field::Targets) => Truth::False,
        Target::None => Truth::Unknown,
        Target::Nothing => Truth::False,
        Target::Path(path) => Truth::from(paths.matches(path)),
        Target::Set(set) => set_within(paths, set),
    }
}

/// Is all of a set, none of it or some of it among these paths?
pub(super) fn set_within(paths: &PathSet, set: &PathSet) -> Truth {
    if !paths.overlap(set).meets() {
        return Truth::False;
    }
    match paths.contains(set).is_contained() {
        true => Truth::True,
        false => Truth::Unknown,
    }
}

fn as_wanted(truth: Truth, wanted: bool) -> Truth {
    if wanted { truth } else { !truth }
}

fn any(names: &[NamePattern], name: &str) -> bool {
    names.iter().any(|pattern| pattern.matches(name))
}

fn names(any: &Option<AnyOf<NamePattern>>) -> Option<Vec<NamePattern>> {
    any.as_ref().map(|any| any.0.clone())
}

/// The targets of an action, read under the repository's rules.
pub(super) fn read_targets(
    action: &Action,
    rules: PathRules,
) -> Result<(Vec<RepoPath>, Option<PathSet>), Error> {
    match &action.targets {
        None => Ok((Vec::new(), None)),
        Some(Targets::Paths(paths)) => {
            let paths = paths.iter().enumerate().map(|(at, path)| {
                RepoPath::parse(path, &rules)
                    .map_err(|why| why.about(format!("targets.paths[{at}]")))
            });
            Ok((paths.collect::<Result<_, _>>()?, None))
        }
        Some(Targets::Set(source)) => {
            let set = PathSet::compile(source, rules).map_err(|why| why.within("targets.set"))?;
            Ok((Vec::new(), Some(set)))
        }
    }
}
