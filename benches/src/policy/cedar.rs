//! The same rules in Cedar. Folders are entities above the files in them, so that a rule about a
//! folder is `resource in`, which Cedar answers from ancestors that are worked out when entities are
//! built.

use std::collections::{BTreeSet, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request as Asked, Response,
};

use super::rules::{Request, Rule, loop_name};
use crate::Outcome;

/// Policies parsed, entities built.
pub(super) struct Peer {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Peer {
    pub(super) fn of(rules: impl Iterator<Item = Rule>, asked: &[Request]) -> Outcome<Peer> {
        let text: String = rules.map(|rule| spelled(&rule)).collect();
        Ok(Peer {
            authorizer: Authorizer::new(),
            policies: text.parse()?,
            entities: entities(asked.iter().map(|request| request.path.as_str()))?,
        })
    }

    pub(super) fn answer(&self, request: &Asked) -> Response {
        self.authorizer
            .is_authorized(request, &self.policies, &self.entities)
    }

    pub(super) fn allows(&self, request: &Asked) -> bool {
        self.answer(request).decision() == Decision::Allow
    }
}

fn spelled(rule: &Rule) -> String {
    let effect = if rule.allows { "permit" } else { "forbid" };
    let (of_loop, verb, folder) = (loop_name(rule.of_loop), rule.verb, &rule.folder);
    format!(
        "{effect}(principal == Loop::{of_loop:?}, action == Action::{verb:?}, \
         resource in Folder::{folder:?});\n"
    )
}

pub(super) fn request(request: &Request) -> Outcome<Asked> {
    let asked = Asked::new(
        uid("Loop", &loop_name(request.of_loop))?,
        uid("Action", request.verb)?,
        uid("File", &request.path)?,
        Context::empty(),
        None,
    );
    Ok(asked?)
}

/// The files, and the folders above them.
pub(super) fn entities<'p>(paths: impl Iterator<Item = &'p str>) -> Outcome<Entities> {
    let mut all = BTreeSet::new();
    for path in paths {
        all.insert(("File", path));
        let mut rest = path;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            if !all.insert(("Folder", folder)) {
                break;
            }
            rest = folder;
        }
    }
    let entities = all.into_iter().map(|(kind, path)| {
        let above = path.rsplit_once('/');
        let above = above.map(|(folder, _)| uid("Folder", folder)).transpose()?;
        let above: HashSet<EntityUid> = above.into_iter().collect();
        Ok(Entity::new_no_attrs(uid(kind, path)?, above))
    });
    let entities = entities.collect::<Outcome<Vec<Entity>>>()?;
    Ok(Entities::from_entities(entities, None)?)
}

fn uid(kind: &str, id: &str) -> Outcome<EntityUid> {
    let kind: EntityTypeName = kind.parse()?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}
