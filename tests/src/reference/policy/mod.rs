//! A reference evaluator of policies, so simple that it is obviously right.
//!
//! Each rule is asked of each target, with no index and nothing remembered; sets of paths are the
//! list of their members in a small universe; truth is an `Option<bool>`. The table of what a verb
//! can carry, wildcards, windows (in UTC) and shell lines (words, and `&&` between commands) are
//! written again. It shares with the library the values that documents, actions and facts are.
//!
//! One thing is no enumeration: of a set of paths, a selector on paths is true where it holds all
//! members, false where it holds none, and unknown else. Rules that stop take unknown for yes, rules
//! that allow for no; beside them, allowing rules speak together, and so do rules that ask.

mod selectors;
mod tighten;

use std::collections::BTreeSet;

use loom_core::model::{RunId, Timestamp, Truth};
use loom_core::path::{PathRules, PathSet, PathSetSource, PatternSource, RepoPath};
use loom_core::policy::{
    Action, Approval, Bound, Document, Effect, Facts, Field, Mode, Obligation, Targets, Verb,
    Waiver,
};

use crate::model::{self, Folding};

/// Names out of which the paths of the universe are made, three deep at most.
pub const NAMES: [&str; 4] = ["a", "b", "z", ".loom"];

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Effect,
    /// What it would be if rules that advise bound.
    pub of_all: Effect,
    /// The names of the rules that made it so.
    pub rules: BTreeSet<String>,
    /// The verdict on each target by itself.
    pub targets: Vec<Effect>,
    /// May it be done?
    pub passes: bool,
}

/// Yes, no, or nobody knows.
type Maybe = Option<bool>;

/// Judges an action; `None` for one that is none: a verb that nobody declared, or a field that the
/// verb cannot carry.
pub fn judge(
    document: &Document,
    action: &Action,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<Judgement> {
    let carried = carried(document, &action.verb)?;
    if given(action).iter().any(|field| !carried.contains(field)) {
        return None;
    }
    let judge = Judge {
        document,
        action,
        facts,
        now,
        carried,
    };
    Some(judge.all())
}

/// Every path of the universe.
pub fn universe() -> Vec<String> {
    let mut all: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let mut longest = all.clone();
    for _ in 0..2 {
        let longer = longest.iter().flat_map(|path| {
            let longer = NAMES.iter().map(move |name| format!("{path}/{name}"));
            longer.collect::<Vec<_>>()
        });
        longest = longer.collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// Is the path in the set?
pub fn holds(set: &PathSetSource, path: &str) -> bool {
    let one = |pattern: &PatternSource| match pattern {
        PatternSource::Glob(text) => model::matches(text, path, Folding::default()),
        PatternSource::File(text) => **text == *path,
        PatternSource::Dir(text) => **text == *path || path.starts_with(&format!("{text}/")),
    };
    set.include.iter().any(one) && !set.exclude.iter().any(one)
}

/// What the verb can carry, as the documentation of the verbs has it.
pub fn carried(document: &Document, verb: &Verb) -> Option<Vec<Field>> {
    use Field::{
        Branch, Command, Edges, Environment, Estimate, Repo, Resources, Service, Size, Tool,
    };
    let targets = Field::Targets;
    Some(match verb {
        Verb::Plan | Verb::Read => vec![Repo, Branch, targets, Resources],
        Verb::Edit | Verb::Create | Verb::Delete => {
            vec![Repo, Branch, targets, Resources, Tool, Edges, Size]
        }
        Verb::Shell => vec![Repo, Branch, targets, Tool, Command],
        Verb::Tool => vec![Repo, Branch, targets, Resources, Environment, Service, Tool],
        Verb::Commit | Verb::Push | Verb::OpenPr | Verb::Merge => {
            vec![Repo, Branch, targets, Edges, Size]
        }
        Verb::Deploy => vec![Repo, Branch, Resources, Environment, Service],
        Verb::Spend => vec![Estimate],
        Verb::Finish => vec![Repo],
        Verb::Declared(_) => {
            let declared = document.verbs.get(verb)?;
            declared.carries.iter().copied().collect()
        }
    })
}

fn given(action: &Action) -> Vec<Field> {
    let targets = action.targets.is_some() || !action.blobs.is_empty();
    let fields = [
        (Field::Repo, action.repo.is_some()),
        (Field::Branch, action.branch.is_some()),
        (Field::Targets, targets),
        (Field::Resources, action.resources.is_some()),
        (Field::Environment, action.environment.is_some()),
        (Field::Service, action.service.is_some()),
        (Field::Tool, action.tool.is_some()),
        (Field::Command, action.command.is_some()),
        (Field::Edges, action.edges.is_some()),
        (Field::Size, action.size.is_some()),
        (Field::Estimate, action.estimate.is_some()),
    ];
    let given = fields.into_iter().filter(|(_, given)| *given);
    given.map(|(field, _)| field).collect()
}

struct Judge<'a> {
    document: &'a Document,
    action: &'a Action,
    facts: &'a Facts<'a>,
    now: Timestamp,
    carried: Vec<Field>,
}

/// What a rule is asked about.
enum Target {
    Path(RepoPath),
    Set(PathSet, Vec<String>),
    /// The action does not say.
    Unsaid,
    /// The action says that there is none.
    Nothing,
}

/// A rule of any kind, as it applies to one target.
struct Voice<'d> {
    id: String,
    effect: Effect,
    binds: bool,
    /// It only ever makes a verdict stricter: limits, protection, what guards the guards.
    only_tightens: bool,
    /// Nobody lifts it.
    is_guard: bool,
    applies: Maybe,
    /// Does it, if its paths are left out?
    beside_paths: Maybe,
    paths: Option<&'d PathSetSource>,
    owes: &'d [Obligation],
}

impl Judge<'_> {
    fn all(&self) -> Judgement {
        let targets = match &self.action.targets {
            None => vec![Target::Unsaid],
            Some(Targets::Paths(paths)) if paths.is_empty() => vec![Target::Nothing],
            Some(Targets::Paths(paths)) => {
                let read = |path: &String| RepoPath::parse(path, &PathRules::default());
                let read = paths.iter().map(|path| Target::Path(read(path).unwrap()));
                read.collect()
            }
            Some(Targets::Set(source)) => {
                let set = PathSet::compile(source, PathRules::default()).unwrap();
                let members = universe().into_iter().filter(|path| holds(source, path));
                vec![Target::Set(set, members.collect())]
            }
        };
        let mut out = Vec::new();
        let mut heard: Vec<(String, Effect, bool)> = Vec::new();
        let mut open = false;
        for target in &targets {
            let voices = self.voices(target);
            open |= voices.iter().any(|voice| self.is_open(voice, target));
            let bound = self.verdict(&voices, target, true, &mut heard);
            let of_all = self.verdict(&voices, target, false, &mut Vec::new());
            out.push((bound, of_all));
        }
        let verdict = out.iter().map(|(bound, _)| *bound).max().unwrap();
        let of_all = out.iter().map(|(_, all)| *all).max().unwrap();
        let rules = heard.into_iter().filter(|(_, effect, answered)| {
            *effect == verdict && !answered || verdict == Effect::Allow && *answered
        });
        Judgement {
            verdict,
            of_all,
            rules: rules.map(|(id, ..)| id).collect(),
            targets: out.iter().map(|(bound, _)| *bound).collect(),
            passes: verdict == Effect::Allow && !open,
        }
    }

    /// The strictest of everything that speaks.
    fn verdict(
        &self,
        voices: &[Voice<'_>],
        target: &Target,
        binding: bool,
        heard: &mut Vec<(String, Effect, bool)>,
    ) -> Effect {
        let (mut strictest, mut somebody_spoke) = (Effect::Allow, false);
        let voices = voices.iter().filter(|voice| voice.binds || !binding);
        let voices = voices.filter(|voice| !self.is_waived(voice, target));
        let voices: Vec<&Voice<'_>> = voices.collect();
        for voice in &voices {
            let applies = match voice.effect {
                Effect::Allow => voice.applies == Some(true),
                _ => voice.applies != Some(false),
            };
            if !applies {
                continue;
            }
            let answered = self.is_approved(&voice.id, voice.effect, target);
            heard.push((voice.id.clone(), voice.effect, answered));
            if !answered {
                strictest = strictest.max(voice.effect);
            }
            // What denies has spoken in any case; what asks, only where it certainly applies.
            somebody_spoke |=
                voice.effect == Effect::Deny || voice.applies == Some(true) && !voice.only_tightens;
        }
        if let Target::Set(_, members) = target
            && !somebody_spoke
        {
            somebody_spoke = self.together(&voices, members, heard);
        }
        let default = self.document.default;
        let binds = self.document.mode == Mode::Enforce || !binding;
        if somebody_spoke || !binds || default == Effect::Allow {
            return strictest;
        }
        let lifted = self.waivers(target).any(|waiver| lifts(waiver, "default"))
            || self.is_approved("default", default, target);
        if lifted {
            return strictest;
        }
        heard.push(("default".to_owned(), default, false));
        strictest.max(default)
    }

    /// Rules that hold all members together, though none alone does: those that allow, or those
    /// with the ones that ask.
    fn together(
        &self,
        voices: &[&Voice<'_>],
        members: &[String],
        heard: &mut Vec<(String, Effect, bool)>,
    ) -> bool {
        let may = voices.iter().filter(|voice| {
            let takes_nothing_away = voice.paths.is_some_and(|paths| paths.exclude.is_empty());
            let meets = |paths| members.iter().any(|path| holds(paths, path));
            takes_nothing_away
                && voice.beside_paths == Some(true)
                && !voice.only_tightens
                && voice.paths.is_some_and(meets)
        });
        let may: Vec<_> = may.collect();
        if may.is_empty() {
            return false;
        }
        let all_held = |effects: &[Effect]| {
            members.iter().all(|path| {
                let mut fit = may.iter().filter(|voice| effects.contains(&voice.effect));
                fit.any(|voice| holds(voice.paths.unwrap(), path))
            })
        };
        if all_held(&[Effect::Allow]) {
            let allow = may.iter().filter(|voice| voice.effect == Effect::Allow);
            heard.extend(allow.map(|voice| (voice.id.clone(), voice.effect, false)));
            return true;
        }
        all_held(&[Effect::Allow, Effect::RequireApproval])
    }

    /// Everything that could speak.
    fn voices(&self, target: &Target) -> Vec<Voice<'_>> {
        let document = self.document;
        let mut voices = Vec::new();
        for rule in &document.rules {
            let looser = rule.effect == Effect::Allow;
            let except = rule.unless.iter().flat_map(|any| any.iter());
            let except = any(except.map(|except| self.holds(except, target, !looser)));
            let beside = self.beside_paths(&rule.when, target, looser);
            let beside_paths = all([beside, not(except)]);
            voices.push(Voice {
                id: rule.id.to_string(),
                effect: rule.effect,
                binds: rule.mode.unwrap_or(document.mode) == Mode::Enforce,
                only_tightens: false,
                is_guard: false,
                applies: all([self.paths(&rule.when, target), beside_paths]),
                beside_paths,
                paths: rule.when.paths.as_ref(),
                owes: &rule.obligations,
            });
        }
        let protect = &document.protect;
        if protect.deliberate.is_some() || protect.verified.is_some() {
            let changes = matches!(
                self.action.verb,
                Verb::Edit | Verb::Create | Verb::Delete | Verb::Commit | Verb::Push | Verb::Merge
            );
            let touches = all([Some(changes), self.is_protected(target)]);
            let effect = protect.effect.unwrap_or(Effect::RequireApproval);
            voices.push(tightening("protect", effect, document.mode, touches));
        }
        for limit in &document.limits {
            let mode = limit.mode.unwrap_or(document.mode);
            let exceeded = self.exceeded(limit);
            voices.push(tightening(
                limit.id.as_str(),
                limit.on_exceed,
                mode,
                exceeded,
            ));
        }
        for (id, denied) in [
            ("loomstack.files", self.guarded_file(target)),
            ("loomstack.commands", self.guarded_line()),
        ] {
            let mut voice = tightening(id, Effect::Deny, Mode::Enforce, denied);
            voice.is_guard = true;
            voices.push(voice);
        }
        voices
    }

    fn is_open(&self, voice: &Voice<'_>, target: &Target) -> bool {
        let possible = voice.applies != Some(false) && voice.binds;
        let strict = voice.effect != Effect::Allow;
        if !possible || strict && self.is_waived(voice, target) {
            return false;
        }
        let history = self.facts.history;
        let run = self.run();
        voice.owes.iter().any(|owed| match owed {
            Obligation::Notify { .. } => false,
            Obligation::Checker { by } => maybe(history.verified(run, *by)) != Some(true),
            Obligation::RunCheck { check } => maybe(history.check_passed(run, check)) != Some(true),
            Obligation::Evidence { fact } => !self.action.facts.contains_key(fact),
        })
    }

    fn waivers(&self, target: &Target) -> impl Iterator<Item = &Waiver> {
        let action = self.action;
        let fits = move |waiver: &&Waiver| {
            let scope = &waiver.scope;
            self.now < waiver.until
                && (scope.verbs.is_empty() || scope.verbs.contains(&action.verb))
                && (scope.repo.is_none() || scope.repo == action.repo)
                && (scope.branch.is_none() || scope.branch == action.branch)
                && (scope.environment.is_none() || scope.environment == action.environment)
                && (scope.run.is_none() || scope.run.as_ref() == self.run())
        };
        let there = |waiver: &&Waiver| reaches(waiver.paths.as_ref(), target);
        let waivers: Vec<&Waiver> = self
            .facts
            .waivers
            .iter()
            .filter(fits)
            .filter(there)
            .collect();
        waivers.into_iter()
    }

    fn is_waived(&self, voice: &Voice<'_>, target: &Target) -> bool {
        let target = self.reach_of(&voice.id, target);
        voice.effect != Effect::Allow
            && !voice.is_guard
            && self.waivers(target).any(|waiver| lifts(waiver, &voice.id))
    }

    /// "An approval covers the rules that asked", for what was asked.
    fn is_approved(&self, id: &str, effect: Effect, target: &Target) -> bool {
        let target = self.reach_of(id, target);
        let action = self.action;
        let line = action.command.as_deref();
        let line = line.or(action.tool.as_ref().map(|tool| tool.as_str()));
        let fits = |approval: &Approval| match &approval.bound {
            Bound::Scope {
                run,
                actor,
                verb,
                repo,
                branch,
                line: asked,
                ..
            } => {
                let same = match run {
                    Some(run) => self.run() == Some(run),
                    None => self.run().is_none() && action.actor == *actor,
                };
                same && (verb, repo, branch) == (&action.verb, &action.repo, &action.branch)
                    && asked.as_deref() == line
            }
            Bound::Change {
                verb,
                digest,
                repo,
                branch,
                environment,
                service,
            } => {
                action.digest.as_ref() == Some(digest)
                    && (verb, repo, branch) == (&action.verb, &action.repo, &action.branch)
                    && (environment, service) == (&action.environment, &action.service)
            }
        };
        effect == Effect::RequireApproval
            && self.facts.approvals.iter().any(|approval| {
                self.now < approval.until
                    && approval.rules.iter().any(|rule| rule.as_str() == id)
                    && fits(approval)
                    && reaches(approval.paths.as_ref(), target)
            })
    }

    /// Limits are about the action as a whole, whatever its targets.
    fn reach_of<'t>(&self, id: &str, target: &'t Target) -> &'t Target {
        let limits = &self.document.limits;
        match limits.iter().any(|limit| limit.id.as_str() == id) {
            true => &Target::Unsaid,
            false => target,
        }
    }

    fn run(&self) -> Option<&RunId> {
        let actor = self.action.actor.as_ref();
        let own = actor.and_then(|actor| actor.run.as_ref());
        self.action.run.as_ref().or(own)
    }
}

/// A rule that stops; where it is told to allow, it says nothing.
fn tightening(id: &str, effect: Effect, mode: Mode, applies: Maybe) -> Voice<'static> {
    let applies = match effect {
        Effect::Allow => Some(false),
        _ => applies,
    };
    Voice {
        id: id.to_owned(),
        effect,
        binds: mode == Mode::Enforce,
        only_tightens: true,
        is_guard: false,
        applies,
        beside_paths: applies,
        paths: None,
        owes: &[],
    }
}

fn lifts(waiver: &Waiver, id: &str) -> bool {
    let rules = waiver.rules.as_ref();
    rules.is_none_or(|rules| rules.iter().any(|rule| rule.as_str() == id))
}

fn reaches(paths: Option<&PathSet>, target: &Target) -> bool {
    let Some(paths) = paths else { return true };
    match target {
        Target::Path(path) => holds(paths.source(), path.as_str()),
        Target::Set(_, members) => members.iter().all(|path| holds(paths.source(), path)),
        Target::Unsaid | Target::Nothing => false,
    }
}

fn maybe(truth: Truth) -> Maybe {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

fn not(truth: Maybe) -> Maybe {
    truth.map(|truth| !truth)
}

fn all(truths: impl IntoIterator<Item = Maybe>) -> Maybe {
    not(any(truths.into_iter().map(not)))
}

fn any(truths: impl IntoIterator<Item = Maybe>) -> Maybe {
    let truths: Vec<Maybe> = truths.into_iter().collect();
    match () {
        () if truths.contains(&Some(true)) => Some(true),
        () if truths.contains(&None) => None,
        () => Some(false),
    }
}
