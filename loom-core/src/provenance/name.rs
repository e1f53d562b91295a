//! What a node is called, and in what relation one stands to another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::error::{Code, Error};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word as it stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a node is.
    Kind {
        /// A person.
        Person = "person",
        /// A program that is no loop.
        Service = "service",
        /// An actor of kind loop that named no loop.
        Agent = "agent",
        /// A name in version control; whether a person or a program stands behind it is not known.
        Author = "author",
        /// A repository.
        Repo = "repo",
        /// A loop.
        Loop = "loop",
        /// A run of a loop, or of nobody's.
        Run = "run",
        /// The end of a run, under the run's name.
        Ending = "ending",
        /// A prompt, skill or policy, by its digest.
        Artifact = "artifact",
        /// A claim, by its token.
        Claim = "claim",
        /// A decision of a policy, by its token.
        Decision = "decision",
        /// An answer to a request for a yes.
        Approval = "approval",
        /// A change.
        Change = "change",
        /// A check of changes.
        Verification = "verification",
        /// A reading of changes.
        Review = "review",
        /// A deployment.
        Deploy = "deploy",
        /// An incident.
        Incident = "incident",
        /// The end of an incident, under the incident's name.
        Resolution = "resolution",
    }
}

impl Kind {
    /// Does tracing stop here? It ends at people and at what stands for them.
    pub const fn is_actor(self) -> bool {
        matches!(
            self,
            Kind::Person | Kind::Service | Kind::Agent | Kind::Author
        )
    }

    /// May the same be told anew later, as a loop's card may?
    pub(super) const fn is_restated(self) -> bool {
        matches!(self, Kind::Repo | Kind::Loop)
    }
}

words! {
    /// How a node stands to another that was there before it.
    Relation {
        /// A loop to who answers for it.
        OwnedBy = "owned_by",
        /// A run to its loop.
        RunOf = "run_of",
        /// A run to the run that it works for.
        ChildOf = "child_of",
        /// A run to who started it.
        StartedBy = "started_by",
        /// A run to a prompt, skill or policy that it was given.
        PromptedBy = "prompted_by",
        /// An ending to its run.
        Ended = "ended",
        /// A claim to the run that held it.
        HeldBy = "held_by",
        /// A decision to the run, or actor, that asked for it.
        AskedBy = "asked_by",
        /// A decision to the policy that it was made by.
        DecidedBy = "decided_by",
        /// An approval to the decision that it answers.
        Answers = "answers",
        /// An approval to who gave it.
        GivenBy = "given_by",
        /// A change or deploy to the run, or actor, that made it.
        MadeBy = "made_by",
        /// A change to the claim that it was made under.
        Under = "under",
        /// A change or deploy to the decision that let it pass.
        AllowedBy = "allowed_by",
        /// A verification to a change that it is over.
        Checked = "checked",
        /// A verification to who checked.
        CheckedBy = "checked_by",
        /// A review to a change that was read.
        Reviewed = "reviewed",
        /// A review to who read.
        ReviewedBy = "reviewed_by",
        /// A deploy to a change that it names.
        Contains = "contains",
        /// A deploy to the one that it replaced.
        Follows = "follows",
        /// An incident to the deploy that it was seen in.
        SeenIn = "seen_in",
        /// An incident to who reported it.
        ReportedBy = "reported_by",
        /// A resolution to its incident.
        Resolves = "resolves",
        /// A resolution to a change that is to blame.
        CausedBy = "caused_by",
        /// A resolution to a change that mended it.
        FixedBy = "fixed_by",
        /// A resolution to who said so.
        ResolvedBy = "resolved_by",
    }
}

/// The name of a node: its kind, and its id within the kind. As text and in JSON `run:r1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// What it is.
    pub kind: Kind,
    /// Its id within the kind.
    pub id: SmolStr,
}

impl Name {
    /// A name.
    pub fn new(kind: Kind, id: impl AsRef<str>) -> Name {
        Name {
            kind,
            id: SmolStr::new(id),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Name, Error> {
        let fault = |why: &str| Error::at(Code::InvalidField, "name", format!("{why}: {text:?}"));
        let (kind, id) = text
            .split_once(':')
            .ok_or_else(|| fault("a name is a kind, a colon and an id"))?;
        let kind = Kind::ALL.iter().find(|known| known.as_str() == kind);
        let kind = kind.ok_or_else(|| fault("there is no such kind of node"))?;
        let id = crate::model::ActorId::new(id).map_err(|why| why.within("name"))?;
        Ok(Name::new(*kind, id.as_str()))
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Name {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "The name of a node: its kind, a colon, and its id within the kind.",
        })
    }
}
