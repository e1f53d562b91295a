//! The selectors of a condition, one after the other, as the document's own words explain them.

use loom_core::model::{TeamId, Timestamp};
use loom_core::path::RepoPath;
use loom_core::policy::{
    Asked, Asking, Bounds, Changer, Comparison, Condition, FactValue, Field, Independence, Known,
    NamePattern, OwnerIs, ProtectedFor, VerifiedBy, Window,
};

use super::{Judge, Maybe, Target, all, any, holds, maybe, not};

impl Judge<'_> {
    /// All of a condition.
    pub(super) fn holds(&self, condition: &Condition, target: &Target, whole_line: bool) -> Maybe {
        let beside = self.beside_paths(condition, target, whole_line);
        all([self.paths(condition, target), beside])
    }

    pub(super) fn paths(&self, condition: &Condition, target: &Target) -> Maybe {
        let Some(paths) = &condition.paths else {
            return Some(true);
        };
        self.of_targets(target, |target| match target {
            Target::Path(path) => Some(holds(paths, path.as_str())),
            Target::Set(_, members) => share(members.iter().map(|path| holds(paths, path))),
            _ => None,
        })
    }

    /// "It touches a change of another side that is protected."
    pub(super) fn is_protected(&self, target: &Target) -> Maybe {
        let protect = &self.document.protect;
        let terms = ProtectedFor {
            deliberate_ms: protect.deliberate.map(|span| span.ms()),
            verified_ms: protect.verified.map(|span| span.ms()),
        };
        self.of_history(target, |asked| {
            maybe(self.facts.history.is_protected(asked, terms, self.now))
        })
    }

    /// Everything that a condition asks but its paths.
    pub(super) fn beside_paths(
        &self,
        condition: &Condition,
        target: &Target,
        whole_line: bool,
    ) -> Maybe {
        let (action, history) = (self.action, self.facts.history);
        let mut parts: Vec<Maybe> = Vec::new();
        if let Some(verbs) = &condition.verb {
            parts.push(Some(verbs.iter().any(|verb| *verb == action.verb)));
        }
        if let Some(repos) = &condition.repo {
            let repo = action.repo.as_ref();
            parts.push(self.field(Field::Repo, repo.map(|own| repos.0.contains(own))));
        }
        let mut named = |field, patterns: Option<&Vec<NamePattern>>, name: Option<&str>| {
            if let Some(patterns) = patterns {
                parts.push(self.field(field, name.map(|name| one_fits(patterns, name))));
            }
        };
        let text = |id: &Option<loom_core::model::ActorId>| id.as_ref().map(ToString::to_string);
        let branch = action.branch.as_ref().map(ToString::to_string);
        let environment = text(&action.environment);
        let tool = text(&action.tool);
        let list = |any: &Option<loom_core::policy::AnyOf<NamePattern>>| {
            any.as_ref().map(|any| any.0.clone())
        };
        named(
            Field::Branch,
            list(&condition.branch).as_ref(),
            branch.as_deref(),
        );
        let environments = list(&condition.environment);
        named(
            Field::Environment,
            environments.as_ref(),
            environment.as_deref(),
        );
        named(Field::Tool, list(&condition.tool).as_ref(), tool.as_deref());
        if let Some(patterns) = &condition.resource {
            let resources = action.resources.as_ref();
            let any = resources.map(|all| all.iter().any(|r| one_fits(&patterns.0, r.as_str())));
            parts.push(self.field(Field::Resources, any));
        }
        let who = self.facts.who;
        if let Some(patterns) = &condition.loop_id {
            parts.push(known(&who.loop_id, |id| one_fits(&patterns.0, id.as_str())));
        }
        if let Some(patterns) = &condition.team {
            parts.push(known(&who.team, |id| one_fits(&patterns.0, id.as_str())));
        }
        if let Some(kinds) = &condition.actor {
            let actor = action.actor.as_ref();
            parts.push(actor.map(|actor| kinds.0.contains(&actor.kind)));
        }
        if let Some(patterns) = &condition.command {
            let line = action.command.as_deref();
            let fits = line.map(|line| {
                let begins = |command: &&str| {
                    let words: Vec<&str> = command.split(' ').collect();
                    patterns.iter().any(|pattern| {
                        let pattern: Vec<&str> = pattern.split(' ').collect();
                        words.starts_with(&pattern)
                    })
                };
                let mut commands = line.split(" && ");
                match whole_line {
                    true => commands.all(|command| begins(&command)),
                    false => commands.any(|command| begins(&command)),
                }
            });
            parts.push(self.field(Field::Command, fits));
        }
        if let Some(size) = &condition.size {
            let own = action.size.unwrap_or_default();
            for (bounds, number) in [(&size.files, own.files), (&size.lines, own.lines)] {
                if let Some(bounds) = bounds {
                    let number = number.map(|n| FactValue::Int(i64::try_from(n).unwrap()));
                    let within = number.and_then(|number| lies_within(bounds, &number));
                    parts.push(self.field(Field::Size, within));
                }
            }
        }
        if let Some(pairs) = &condition.edge {
            let adds = action.edges.as_ref().map(|edges| {
                edges.iter().any(|edge| {
                    let mut pairs = pairs.iter();
                    pairs.any(|pair| holds(&pair.from, &edge.from) && holds(&pair.to, &edge.to))
                })
            });
            parts.push(self.field(Field::Edges, adds));
        }
        if let Some(spans) = &condition.spans {
            let least = spans.at_least.unwrap_or(2) as usize;
            let reached = |paths: Vec<String>| {
                let areas = spans.areas.iter();
                let reached = areas.filter(|area| paths.iter().any(|path| holds(area, path)));
                reached.count() >= least
            };
            parts.push(self.spans(least, reached));
        }
        if let Some(windows) = &condition.window {
            parts.push(Some(
                windows.iter().any(|window| is_inside(window, self.now)),
            ));
        }
        for (name, comparison) in &condition.facts {
            let value = action.facts.get(name);
            parts.push(value.and_then(|value| match comparison {
                Comparison::Is(wanted) => same(wanted, value),
                Comparison::Bounds(bounds) => lies_within(bounds, value),
            }));
        }
        if let Some(verified) = &condition.verified {
            let by = |by| maybe(history.verified(self.run(), by));
            parts.push(match verified {
                VerifiedBy::Nobody => not(by(Independence::Independent)),
                VerifiedBy::Somebody(far) => by(*far),
            });
        }
        if let Some(rate) = &condition.rate {
            let verb = rate.of.as_ref().unwrap_or(&action.verb);
            let count = history.done(verb, rate.per, rate.within, self.now);
            parts.push(count.map(|count| count > rate.more_than));
        }
        if let Some(services) = &condition.service {
            parts.push(self.is_of_service(&services.0, target));
        }
        if let Some(owners) = &condition.owner {
            let teams = |target: &Target| self.owners(target);
            parts.push(self.of_targets(target, |target| {
                let teams = teams(target)?;
                any(owners
                    .iter()
                    .map(|wanted| owner_is(wanted, &teams, &who.team)))
            }));
        }
        if let Some(recent) = &condition.recently_changed_by {
            let (who, within): (Changer, _) = (recent.who, recent.within);
            parts.push(self.of_history(target, |asked| {
                maybe(history.changed(asked, who, within, self.now))
            }));
        }
        if let Some(wanted) = condition.reverts {
            let reverts = self.of_history(target, |asked| {
                let blob = match asked.target {
                    Asking::Path(path) => action.blobs.get(path.as_str()),
                    Asking::Set(_) => None,
                };
                let reverts = maybe(history.reverts(asked, blob));
                reverts.map(|reverts| reverts == wanted)
            });
            parts.push(reverts);
        }
        if let Some(wanted) = condition.touches_protected {
            let terms = |target: &Target| self.is_protected(target);
            parts.push(self.of_targets(target, |target| {
                terms(target).map(|protected| protected == wanted)
            }));
        }
        all(parts)
    }

    /// "A selector on a field that the verb cannot carry is false; a field it can carry but that is
    /// absent is unknown."
    fn field(&self, field: Field, value: Maybe) -> Maybe {
        match self.carried.contains(&field) {
            true => value,
            false => Some(false),
        }
    }

    /// The same for what is asked of targets: unsaid is unknown, and of nothing nothing holds.
    fn of_targets(&self, target: &Target, ask: impl Fn(&Target) -> Maybe) -> Maybe {
        match target {
            _ if !self.carried.contains(&Field::Targets) => Some(false),
            Target::Nothing => Some(false),
            Target::Unsaid => None,
            named => ask(named),
        }
    }

    fn of_history(&self, target: &Target, ask: impl Fn(Asked<'_>) -> Maybe) -> Maybe {
        self.of_targets(target, |target| {
            ask(Asked {
                repo: self.action.repo.as_ref(),
                branch: self.action.branch.as_ref(),
                target: match target {
                    Target::Path(path) => Asking::Path(path),
                    Target::Set(set, _) => Asking::Set(set),
                    _ => return None,
                },
            })
        })
    }

    fn spans(&self, least: usize, reached: impl Fn(Vec<String>) -> bool) -> Maybe {
        use loom_core::policy::Targets;
        if !self.carried.contains(&Field::Targets) {
            return Some(false);
        }
        match self.action.targets.as_ref()? {
            Targets::Paths(paths) => Some(reached(paths.clone())),
            Targets::Set(source) => {
                let members = super::universe().into_iter();
                let could = reached(members.filter(|path| holds(source, path)).collect());
                // Nobody knows which of the paths will be chosen.
                if least == 0 {
                    Some(true)
                } else if could {
                    None
                } else {
                    Some(false)
                }
            }
        }
    }

    /// "Named in the action, or told from its paths": a name that could be given and is not leaves it
    /// open, unless the paths say it.
    fn is_of_service(&self, names: &[loom_core::model::ActorId], target: &Target) -> Maybe {
        if let Some(named) = &self.action.service {
            return Some(names.contains(named));
        }
        let could_be_named = match self.carried.contains(&Field::Service) {
            true => None,
            false => Some(false),
        };
        let by_paths = self.of_targets(target, |target| {
            any(names.iter().map(|name| {
                let service = &self.document.services[name];
                all([
                    self.same_repo(service.repo.as_ref()),
                    part_of(target, |path| holds(&service.paths, path)),
                ])
            }))
        });
        any([could_be_named, by_paths])
    }

    /// "Of those that hold a path, the last says whose it is"; `None` where that depends.
    fn owners(&self, target: &Target) -> Option<Vec<TeamId>> {
        for area in self.document.owners.areas.iter().rev() {
            let here = part_of(target, |path| holds(&area.paths, path));
            if all([self.same_repo(area.repo.as_ref()), here])? {
                return Some(area.teams.iter().cloned().collect());
            }
        }
        Some(Vec::new())
    }

    fn same_repo(&self, meant: Option<&loom_core::model::RepoId>) -> Maybe {
        match meant {
            None => Some(true),
            Some(meant) => self.action.repo.as_ref().map(|repo| repo == meant),
        }
    }
}

fn owner_is(wanted: &OwnerIs, teams: &[TeamId], acting: &Known<TeamId>) -> Maybe {
    if teams.is_empty() {
        return Some(*wanted == OwnerIs::None);
    }
    let own = known(acting, |team| teams.contains(team));
    match wanted {
        OwnerIs::None => Some(false),
        OwnerIs::Own => own,
        OwnerIs::Other => not(own),
        OwnerIs::Team(team) => Some(teams.contains(team)),
    }
}

fn part_of(target: &Target, inside: impl Fn(&str) -> bool) -> Maybe {
    match target {
        Target::Path(path) => Some(inside(RepoPath::as_str(path))),
        Target::Set(_, members) => share(members.iter().map(|path| inside(path))),
        _ => None,
    }
}

/// All of them, none, or some.
pub(super) fn share(inside: impl Iterator<Item = bool>) -> Maybe {
    let inside: Vec<bool> = inside.collect();
    match () {
        () if !inside.contains(&true) => Some(false),
        () if !inside.contains(&false) => Some(true),
        () => None,
    }
}

pub(super) fn known<T>(known: &Known<T>, test: impl Fn(&T) -> bool) -> Maybe {
    match known {
        Known::Unknown => None,
        Known::None => Some(false),
        Known::Is(value) => Some(test(value)),
    }
}

pub(super) fn one_fits(patterns: &[NamePattern], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    patterns.iter().any(|pattern| {
        let pattern: Vec<char> = pattern.as_str().chars().collect();
        fits(&pattern, &name)
    })
}

fn fits(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(('*', rest)), None) => fits(rest, name),
        (Some(('*', rest)), Some((_, tail))) => fits(rest, name) || fits(pattern, tail),
        (Some(_), None) => false,
        (Some((wanted, rest)), Some((have, tail))) => {
            (*wanted == '?' || wanted == have) && fits(rest, tail)
        }
    }
}

fn same(wanted: &FactValue, value: &FactValue) -> Maybe {
    let alike = std::mem::discriminant(wanted) == std::mem::discriminant(value);
    alike.then(|| wanted == value)
}

fn lies_within(bounds: &Bounds, value: &FactValue) -> Maybe {
    let number = match value {
        FactValue::Int(number) => Some(*number),
        _ => None,
    };
    let mut parts: Vec<Maybe> = Vec::new();
    parts.extend(bounds.gt.map(|bound| number.map(|number| number > bound)));
    parts.extend(bounds.ge.map(|bound| number.map(|number| number >= bound)));
    parts.extend(bounds.lt.map(|bound| number.map(|number| number < bound)));
    parts.extend(bounds.le.map(|bound| number.map(|number| number <= bound)));
    parts.extend(bounds.ne.as_ref().map(|other| not(same(other, value))));
    if let Some(values) = &bounds.one_of {
        parts.push(any(values.iter().map(|wanted| same(wanted, value))));
    }
    all(parts)
}

/// Windows in UTC, where a day has 24 hours.
fn is_inside(window: &Window, now: Timestamp) -> bool {
    const DAY: i64 = 86_400_000;
    let freezes = match window {
        Window::Freeze(freeze) => vec![*freeze],
        Window::Freezes(freezes) => freezes.clone(),
        Window::Hours(hours) => {
            let ms = |time: &dyn std::fmt::Display| {
                let text = time.to_string();
                let (hour, minute) = text.split_once(':').unwrap();
                let minutes = 60 * hour.parse::<i64>().unwrap() + minute.parse::<i64>().unwrap();
                60_000 * minutes
            };
            let (from, to) = (ms(&hours.from), ms(&hours.to));
            let lasts = if to > from {
                to - from
            } else {
                to + DAY - from
            };
            let today = now.as_ms().div_euclid(DAY);
            return [today - 1, today].into_iter().any(|day| {
                // The first of January 1970 was a Thursday, the fourth day of the week.
                let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
                let name = names[usize::try_from((day + 3).rem_euclid(7)).unwrap()];
                let day_fits = hours.days.is_empty()
                    || hours
                        .days
                        .iter()
                        .any(|day| serde_json::to_value(day).unwrap() == serde_json::json!(name));
                let begins = day * DAY + from;
                day_fits && (begins..begins + lasts).contains(&now.as_ms())
            });
        }
    };
    let mut freezes = freezes.iter();
    freezes.any(|freeze| freeze.from <= now && now < freeze.to)
}
