//! What no agent does, with a policy or without one: change what watches over it, or give itself the yes
//! that a person gives.

use super::session::Surroundings;
use super::tool::{Does, ToolCall};
use crate::policy::guard;

/// Why this call is not for agents, if it is not.
pub(super) fn denies(call: &ToolCall, around: &Surroundings) -> Option<String> {
    let (paths, lines) = match &call.does {
        Does::Writes(paths) => (paths.as_slice(), &[][..]),
        Does::Runs { line, writes } => (writes.as_slice(), std::slice::from_ref(line)),
        Does::Calls { paths, lines } => (paths.as_slice(), lines.as_slice()),
    };
    let file = paths.iter().find(|path| {
        let place = around.places.get(*path);
        guard::watches(path) || place.is_some_and(|place| guard::watches(&place.real))
    });
    if let Some(file) = file {
        return Some(format!(
            "{} watches over agents, and only people change it. Nothing was done. A person can make this \
             change.",
            crate::model::quoted(file, 200)
        ));
    }
    let line = lines.iter().find(|line| guard::is_for_people(line));
    line.map(|_| {
        "this line runs what only people run, or changes what watches over agents. Nothing was done. A \
         person can run it."
            .to_owned()
    })
}
