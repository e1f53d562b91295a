//! What a claim holds or a request asks for, ready to be compared: places with their compiled sets.
//!
//! Two areas meet only within one repository and branch, on a path or on a resource.

use super::{Met, RESOURCES_MAX, RepoFacts, SPECS_MAX, Spec, SpecRequest};
use crate::error::{Code, Error};
use crate::model::{Branch, RepoId};
use crate::path::{Containment, Overlap, PathRules, PathSet, PathSetSource, PatternSource};

/// Specs and, at the same positions, their compiled path sets.
#[derive(Clone, Copy)]
pub(crate) struct Area<'a> {
    pub(crate) specs: &'a [Spec],
    pub(crate) sets: &'a [PathSet],
}

/// The places that a request names, checked: branches resolved, resources in order, paths compiled.
#[derive(Debug, Clone)]
pub struct Places {
    specs: Vec<Spec>,
    sets: Vec<PathSet>,
}

/// The first place where a requested area meets a held one.
pub(crate) struct Place<'a> {
    pub(crate) spec: u16,
    pub(crate) repo: &'a RepoId,
    pub(crate) branch: &'a Branch,
    pub(crate) met: Met,
}

/// The places that a request names, ready to be compared.
///
/// # Errors
/// With the field `specs[i]…`: `limit_exceeded` over [`SPECS_MAX`] or [`RESOURCES_MAX`];
/// `invalid_field` for no spec, and for a spec with neither paths nor resources; `not_found` for an
/// unregistered repository; `missing_field` where a branch is neither named nor the repository's
/// default; what [`PathSet::compile`] says of the paths.
pub fn resolve(requests: &[SpecRequest], repos: &dyn RepoFacts) -> Result<Places, Error> {
    let (specs, sets) = resolve_and_compile(requests, repos)?;
    Ok(Places { specs, sets })
}

impl Places {
    /// The places with the compiled set of each, in the order of the request.
    pub fn parts(&self) -> impl Iterator<Item = (&Spec, &PathSet)> {
        self.area().parts()
    }

    pub(crate) fn area(&self) -> Area<'_> {
        Area {
            specs: &self.specs,
            sets: &self.sets,
        }
    }
}

pub(crate) fn resolve_and_compile(
    requests: &[SpecRequest],
    repos: &dyn RepoFacts,
) -> Result<(Vec<Spec>, Vec<PathSet>), Error> {
    check_count(requests.len())?;
    let mut specs = Vec::with_capacity(requests.len());
    let mut sets = Vec::with_capacity(requests.len());
    for (at, request) in requests.iter().enumerate() {
        let (spec, set) =
            resolve_one(request, repos).map_err(|e| e.within(&format!("specs[{at}]")))?;
        specs.push(spec);
        sets.push(set);
    }
    Ok((specs, sets))
}

/// Compiles the specs of an event, which were resolved before.
pub(crate) fn compile(specs: &[Spec], repos: &dyn RepoFacts) -> Result<Vec<PathSet>, Error> {
    check_count(specs.len())?;
    let mut sets = Vec::with_capacity(specs.len());
    for (at, spec) in specs.iter().enumerate() {
        let set = rules_of(&spec.repo, repos)
            .and_then(|rules| compile_one(&spec.paths, &spec.resources, rules))
            .map_err(|e| e.within(&format!("specs[{at}]")))?;
        if !spec.resources.is_sorted() {
            let message = "the resources of a resolved spec are in order";
            return Err(Error::at(
                Code::InvalidField,
                format!("specs[{at}].resources"),
                message,
            ));
        }
        sets.push(set);
    }
    Ok(sets)
}

fn check_count(specs: usize) -> Result<(), Error> {
    match specs {
        0 => Err(Error::at(
            Code::InvalidField,
            "specs",
            "name at least one repository and what in it",
        )),
        1..=SPECS_MAX => Ok(()),
        _ => Err(Error::limit(
            "specs",
            "SPECS_MAX",
            SPECS_MAX as u64,
            specs as u64,
        )),
    }
}

fn resolve_one(request: &SpecRequest, repos: &dyn RepoFacts) -> Result<(Spec, PathSet), Error> {
    let rules = rules_of(&request.repo, repos)?;
    let branch = request
        .branch
        .clone()
        .or_else(|| repos.default_branch(&request.repo));
    let branch = branch.ok_or_else(|| {
        let message = "the repository has no default branch; name the branch the work will land on";
        Error::at(Code::MissingField, "branch", message)
    })?;
    let set = compile_one(&request.paths, &request.resources, rules)?;
    let mut resources = request.resources.clone();
    resources.sort_unstable();
    resources.dedup();
    let spec = Spec {
        repo: request.repo.clone(),
        branch,
        paths: request.paths.clone(),
        resources,
    };
    Ok((spec, set))
}

fn rules_of(repo: &RepoId, repos: &dyn RepoFacts) -> Result<PathRules, Error> {
    repos.rules(repo).ok_or_else(|| {
        let message = format!("repository {repo} is not registered");
        Error::at(Code::NotFound, "repo", message)
    })
}

fn compile_one(
    paths: &PathSetSource,
    resources: &[crate::model::Resource],
    rules: PathRules,
) -> Result<PathSet, Error> {
    if paths.include.is_empty() && resources.is_empty() {
        let message = "a claim holds something: name paths, resources, or both";
        return Err(Error::at(Code::InvalidField, "paths", message));
    }
    if resources.len() > RESOURCES_MAX {
        let (max, got) = (RESOURCES_MAX as u64, resources.len() as u64);
        return Err(Error::limit("resources", "RESOURCES_MAX", max, got));
    }
    PathSet::compile(paths, rules).map_err(|e| e.within("paths"))
}

impl<'a> Area<'a> {
    pub(crate) fn parts(self) -> impl Iterator<Item = (&'a Spec, &'a PathSet)> {
        self.specs.iter().zip(self.sets)
    }

    fn parts_at(self, spec: &Spec) -> impl Iterator<Item = (&'a Spec, &'a PathSet)> {
        let (repo, branch) = (spec.repo.clone(), spec.branch.clone());
        self.parts()
            .filter(move |(own, _)| own.repo == repo && own.branch == branch)
    }

    /// Does some set take something away again? Where none of two areas does, patterns that meet are
    /// areas that meet.
    pub(crate) fn has_excludes(self) -> bool {
        self.sets.iter().any(|set| !set.exclude().is_empty())
    }

    /// Where this requested area first meets a held one: in the order of its specs, paths before
    /// resources.
    pub(crate) fn meet(self, held: Area<'a>) -> Option<Place<'a>> {
        self.parts().enumerate().find_map(|(at, (spec, set))| {
            let met = first_path(spec, set, held).or_else(|| first_resource(spec, held))?;
            let spec_at = u16::try_from(at).unwrap_or(u16::MAX);
            Some(Place {
                spec: spec_at,
                repo: &spec.repo,
                branch: &spec.branch,
                met,
            })
        })
    }

    /// Does this area share anything with the other?
    pub(crate) fn meets(self, held: Area<'_>) -> bool {
        self.parts().any(|(spec, set)| {
            held.parts_at(spec).any(|(other, other_set)| {
                (has_paths(set) && has_paths(other_set) && set.overlap(other_set).meets())
                    || spec
                        .resources
                        .iter()
                        .any(|name| other.resources.binary_search(name).is_ok())
            })
        })
    }

    /// Does this area hold all of the other?
    ///
    /// # Errors
    /// `not_narrower` at `specs[i].paths` or `specs[i].resources`, with what it does not hold.
    pub(crate) fn holds(self, other: Area<'_>) -> Result<(), Error> {
        for (at, (spec, set)) in other.parts().enumerate() {
            let refuse = |what: &str, message: String| {
                Err(Error::at(
                    Code::NotNarrower,
                    format!("specs[{at}].{what}"),
                    message,
                ))
            };
            let held = |name| {
                self.parts_at(spec)
                    .any(|(own, _)| own.resources.binary_search(name).is_ok())
            };
            if let Some(name) = spec.resources.iter().find(|name| !held(name)) {
                return refuse(
                    "resources",
                    format!("{name} is not held on {} {}", spec.repo, spec.branch),
                );
            }
            if !has_paths(set) {
                continue;
            }
            let own: Vec<&PathSet> = self
                .parts_at(spec)
                .map(|(_, own)| own)
                .filter(|own| has_paths(own))
                .collect();
            match union_contains(&own, set) {
                Containment::Contained => {}
                Containment::Escapes { escapee } => {
                    return refuse(
                        "paths",
                        format!("{escapee} is not held on {} {}", spec.repo, spec.branch),
                    );
                }
                Containment::Assumed => {
                    let message =
                        "could not be proven to be held; write it as fewer or simpler patterns";
                    return refuse("paths", message.to_owned());
                }
            }
        }
        Ok(())
    }
}

fn has_paths(set: &PathSet) -> bool {
    !set.include().is_empty()
}

fn first_path(spec: &Spec, set: &PathSet, held: Area<'_>) -> Option<Met> {
    if !has_paths(set) {
        return None;
    }
    held.parts_at(spec)
        .filter(|(_, other)| has_paths(other))
        .find_map(|(_, other)| {
            let Overlap::Meet {
                witness,
                left,
                right,
            } = set.overlap(other)
            else {
                return None;
            };
            Some(Met::Path {
                held: source_of(other, right),
                requested: source_of(set, left),
                witness: witness.map(|path| path.as_str().to_owned()),
            })
        })
}

fn source_of(set: &PathSet, at: usize) -> PatternSource {
    let pattern = set.include().get(at).or(set.include().first());
    pattern.map_or_else(
        || PatternSource::glob("**"),
        |pattern| pattern.source().clone(),
    )
}

fn first_resource(spec: &Spec, held: Area<'_>) -> Option<Met> {
    let held_here = |name| {
        held.parts_at(spec)
            .any(|(own, _)| own.resources.binary_search(name).is_ok())
    };
    let name = spec.resources.iter().find(|name| held_here(name))?;
    Some(Met::Resource {
        resource: name.clone(),
    })
}

/// Does the union of the sets hold the other set? Exact for one set, for several of which no more than one
/// takes away what the others do not hold, and for a few more whose excludes are apart. Else each must
/// hold whole patterns of the other, or the safe answer is given.
fn union_contains(own: &[&PathSet], other: &PathSet) -> Containment {
    let mut first = None;
    for set in own {
        match set.contains(other) {
            Containment::Contained => return Containment::Contained,
            answer => first = first.or(Some(answer)),
        }
    }
    let Some(first) = first else {
        return nothing_contains(other);
    };
    if own.len() == 1 {
        return first;
    }
    let (plain, less) = merged(own);
    let Some(plain) = plain else {
        return Containment::Assumed;
    };
    if less.is_empty() {
        return plain.contains(other);
    }
    if less.len() <= LESS_MAX {
        return all_contain(&plain, &less, other).unwrap_or(Containment::Assumed);
    }
    for pattern in other.include() {
        let part = PathSetSource {
            include: vec![pattern.source().clone()],
            exclude: other.source().exclude.clone(),
        };
        let Ok(part) = PathSet::compile(&part, other.rules()) else {
            return Containment::Assumed;
        };
        let whole = own
            .iter()
            .copied()
            .chain([&plain])
            .any(|set| set.contains(&part).is_contained());
        if !whole {
            let escapees = own.iter().map(|set| set.contains(&part));
            let outside_all = |answer: &Containment| {
                answer
                    .escapee()
                    .is_some_and(|path| !own.iter().any(|set| set.matches(path)))
            };
            return escapees
                .into_iter()
                .find(outside_all)
                .unwrap_or(Containment::Assumed);
        }
    }
    Containment::Contained
}

/// Sets with excludes up to which every way of being outside all of them is looked at.
const LESS_MAX: usize = 3;

/// Does the union of a set without excludes and some with them hold the other set? A path is outside when
/// each of these either does not include it or takes it away again, so each such choice is looked at.
/// `None` where the sets together are larger than a set may be.
fn all_contain(plain: &PathSet, less: &[&PathSet], other: &PathSet) -> Option<Containment> {
    for choice in 0..1_usize << less.len() {
        let sets = || less.iter().enumerate();
        let taking = sets().filter(|(at, _)| choice >> at & 1 == 1);
        let without = sets().filter(|(at, _)| choice >> at & 1 == 0);
        let without = std::iter::once(plain).chain(without.map(|(_, set)| *set));
        let without = without.flat_map(|set| set.source().include.iter());
        let source = PathSetSource {
            include: other.source().include.clone(),
            exclude: other
                .source()
                .exclude
                .iter()
                .chain(without)
                .cloned()
                .collect(),
        };
        let rest = PathSet::compile(&source, other.rules()).ok()?;
        let mut taken = Vec::new();
        for (_, set) in taking {
            let source = PathSetSource::of(set.source().exclude.iter().cloned());
            taken.push(PathSet::compile(&source, other.rules()).ok()?);
        }
        let answer = match taken.as_slice() {
            [] => nothing_contains(&rest),
            [taken] => match rest.overlap(taken) {
                Overlap::None => Containment::Contained,
                Overlap::Meet { witness, .. } => witness.map_or(Containment::Assumed, |escapee| {
                    Containment::Escapes { escapee }
                }),
            },
            [..] if are_apart(&rest, &taken) => Containment::Contained,
            [..] => Containment::Assumed,
        };
        if !answer.is_contained() {
            return Some(answer);
        }
    }
    Some(Containment::Contained)
}

/// Do two of the sets hold nothing in common?
fn are_apart(first: &PathSet, others: &[PathSet]) -> bool {
    let Some((next, rest)) = others.split_first() else {
        return false;
    };
    others.iter().any(|other| !first.overlap(other).meets()) || are_apart(next, rest)
}

/// The union of the sets that take nothing away, or nothing that the others of them do not hold; and
/// the sets that are left. No union where it is larger than a set may be.
fn merged<'a>(own: &[&'a PathSet]) -> (Option<PathSet>, Vec<&'a PathSet>) {
    let compiled = |list: &[PatternSource]| {
        let source = PathSetSource::of(list.iter().cloned());
        PathSet::compile(&source, own.first()?.rules()).ok()
    };
    let (plain, mut less): (Vec<&PathSet>, Vec<&PathSet>) =
        own.iter().partition(|set| set.exclude().is_empty());
    let mut include: Vec<PatternSource> = Vec::new();
    for set in plain {
        include.extend(set.source().include.iter().cloned());
    }
    loop {
        let union = compiled(&include);
        let gives_back = |set: &&PathSet| {
            let all = union.as_ref().zip(compiled(&set.source().exclude));
            all.is_some_and(|(union, taken)| union.contains(&taken).is_contained())
        };
        match less.iter().position(gives_back) {
            Some(at) => include.extend(less.swap_remove(at).source().include.iter().cloned()),
            None => return (union, less),
        }
    }
}

fn nothing_contains(other: &PathSet) -> Containment {
    use crate::path::Emptiness;
    match other.is_empty() {
        Emptiness::Empty => Containment::Contained,
        Emptiness::Holds { example } => Containment::Escapes { escapee: example },
        Emptiness::Assumed => Containment::Assumed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Resource;

    type Owned = (Vec<Spec>, Vec<PathSet>);

    /// Each place is `branch include… -exclude… #resource…`.
    fn area(places: &[&str]) -> Owned {
        let mut owned = Owned::default();
        for place in places {
            let mut words = place.split(' ');
            let branch = Branch::new(words.next().unwrap()).unwrap();
            let mut paths = PathSetSource::default();
            let mut resources = Vec::new();
            for word in words {
                match word.split_at(1) {
                    ("-", text) => paths.exclude.push(text.into()),
                    ("#", text) => resources.push(Resource::new(text).unwrap()),
                    _ => paths.include.push(word.into()),
                }
            }
            owned
                .1
                .push(PathSet::compile(&paths, PathRules::default()).unwrap());
            owned.0.push(Spec {
                repo: RepoId::new("shop").unwrap(),
                branch,
                paths,
                resources,
            });
        }
        owned
    }

    fn view((specs, sets): &Owned) -> Area<'_> {
        Area { specs, sets }
    }

    #[test]
    fn the_first_place_is_by_requested_spec_and_paths_come_before_resources() {
        let held = area(&["main src #ci #db", "next docs"]);
        for (requested, spec, met) in [
            (area(&["main lib", "main src/x #db"]), 1, "src/x"),
            (area(&["main #db #zz"]), 0, "#db"),
            (
                area(&["next src #ci", "next docs/a", "main src"]),
                1,
                "docs/a",
            ),
        ] {
            let place = view(&requested).meet(view(&held)).unwrap();
            let shared = match place.met {
                Met::Path { requested, .. } => requested.text().to_owned(),
                Met::Resource { resource } => format!("#{resource}"),
            };
            assert_eq!((place.spec, shared.as_str()), (spec, met));
            assert!(view(&requested).meets(view(&held)));
        }
        let apart = area(&["main docs #x", "next src #ci"]);
        assert!(view(&apart).meet(view(&held)).is_none() && !view(&apart).meets(view(&held)));
    }

    #[test]
    fn an_area_holds_what_the_union_of_its_specs_on_that_branch_holds() {
        let held = area(&[
            "main src/** -src/gen",
            "main src/gen/x docs #db",
            "next lib",
        ]);
        for (places, holds) in [
            (area(&["main src/a"]), true),
            (area(&["main src/gen/x/y src/a docs/*"]), true),
            (area(&["main src -src/gen"]), true),
            (area(&["main #db"]), true),
            (area(&["next lib/a", "main docs"]), true),
            (area(&["main src"]), false),
            (area(&["main lib"]), false),
            (area(&["next #db"]), false),
            (area(&["release docs"]), false),
            (area(&["main docs #db #ci"]), false),
        ] {
            let answer = view(&held).holds(view(&places));
            assert_eq!(answer.is_ok(), holds, "{:?} {answer:?}", places.0);
        }
    }

    #[test]
    fn what_one_spec_takes_away_another_gives_back() {
        let held = area(&[
            "main src/gen",
            "main ** -src/gen -docs",
            "main docs -docs/old",
            "main docs/old",
        ]);
        for (places, holds) in [
            (area(&["main **"]), true),
            (area(&["main src docs/old/x"]), true),
            (area(&["next src"]), false),
        ] {
            assert_eq!(
                view(&held).holds(view(&places)).is_ok(),
                holds,
                "{:?}",
                places.0
            );
        }
        let less = area(&["main src", "main **/*.rs -src/gen -docs"]);
        for (places, holds) in [
            (area(&["main **/*.rs -docs"]), true),
            (area(&["main **/*.rs"]), false),
            (area(&["main src/gen/x.rs lib/*.rs"]), true),
            (area(&["main docs/a.rs"]), false),
            (area(&["main lib"]), false),
        ] {
            assert_eq!(
                view(&less).holds(view(&places)).is_ok(),
                holds,
                "{:?}",
                places.0
            );
        }
        let two_less = area(&["main src -src/gen", "main src/gen lib -src/gen/old"]);
        for (places, holds) in [
            (area(&["main src -src/gen/old"]), true),
            (area(&["main **/*.rs -src/gen/old -docs"]), false),
            (area(&["main {src,lib}/*.rs"]), true),
            (area(&["main src"]), false),
        ] {
            assert_eq!(
                view(&two_less).holds(view(&places)).is_ok(),
                holds,
                "{:?}",
                places.0
            );
        }
    }
}
