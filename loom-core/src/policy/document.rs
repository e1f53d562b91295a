//! The document as people write it: one serde model for YAML, TOML and JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::action::Action;
use super::verb::{Field, Verb};
use super::window::Window;
use super::words::{AnyOf, Bounds, Comparison, NamePattern, Text, TimeSpan};
use crate::model::{
    ActorId, ActorKind, Independence, Level, LoopId, Per, RepoId, TeamId, Timestamp, Unit,
};
use crate::path::PathSetSource;

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of this format: 1.
    pub version: u32,
    /// What holds where no rule applies. There is no default for it.
    pub default: Effect,
    /// Whether the document is enforced, or only tells what it would have said.
    #[serde(default)]
    pub mode: Mode,
    /// Verbs beside the built-in ones, with the fields that their actions can carry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub verbs: BTreeMap<Verb, DeclaredVerb>,
    /// Services by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<ActorId, Service>,
    /// Teams, and which paths are whose.
    #[serde(default)]
    pub owners: Owners,
    /// The names of environments.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub environments: BTreeSet<ActorId>,
    /// Rules. Their order means nothing: the strictest that applies wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Limits of spend.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitRule>,
    /// How long deliberate and verified changes are protected.
    #[serde(default)]
    pub protect: Protect,
}

/// What a rule says. The later stands, the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It may be done.
    Allow,
    /// A person has to say yes first.
    RequireApproval,
    /// It may not be done.
    Deny,
}

impl Effect {
    /// The effect as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "allow",
            Effect::RequireApproval => "require_approval",
            Effect::Deny => "deny",
        }
    }
}

/// Whether a verdict binds.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "RuleMode")
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It binds.
    #[default]
    Enforce,
    /// It is recorded, and binds nobody.
    Advise,
}

/// A verb that a document declares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclaredVerb {
    /// The fields that its actions can carry.
    #[serde(default)]
    pub carries: BTreeSet<Field>,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The repository that its paths are in; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// The paths that make it up.
    #[serde(default, skip_serializing_if = "PathSetSource::has_no_pattern")]
    pub paths: PathSetSource,
    /// The team that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<TeamId>,
}

/// Teams, and which paths are whose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Owners {
    /// Teams by name.
    #[serde(default)]
    pub teams: BTreeMap<TeamId, Team>,
    /// Areas. Of those that hold a path, the last says whose it is, as in a CODEOWNERS file.
    #[serde(default)]
    pub areas: Vec<Area>,
}

/// A team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Its people, by the names under which they act.
    #[serde(default)]
    pub members: BTreeSet<ActorId>,
}

/// Paths and the teams that own them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// The repository; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoId>,
    /// The paths.
    pub paths: PathSetSource,
    /// Whose they are; an empty list makes them nobody's.
    pub teams: BTreeSet<TeamId>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name; no other rule or limit has it.
    pub id: ActorId,
    /// What it says.
    pub effect: Effect,
    /// Whether it binds; as the document where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// When it applies: all of these hold. Always where absent.
    #[serde(default)]
    pub when: Condition,
    /// Except when one of these holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<AnyOf<Condition>>,
    /// Why, for whoever it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Who may approve, how many, and for how long. Of `require_approval` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalTerms>,
    /// What has to be done as well before an action passes that this rule applies to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Obligation>,
    /// Actions that the rule must apply to, and must not; checked when the document is loaded.
    #[serde(default, skip_serializing_if = "Examples::is_empty")]
    pub examples: Examples,
}

/// What has to hold for a rule to apply: every selector that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<AnyOf<Verb>>,
    /// In which repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<AnyOf<RepoId>>,
    /// On which branch it lands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<AnyOf<NamePattern>>,
    /// On which paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathSetSource>,
    /// On which named things that are no files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<AnyOf<NamePattern>>,
    /// On which service: named in the action, or told from its paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<AnyOf<ActorId>>,
    /// In which environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<AnyOf<NamePattern>>,
    /// Whose the paths are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AnyOf<OwnerIs>>,
    /// By which loop.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<AnyOf<NamePattern>>,
    /// For which team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<AnyOf<NamePattern>>,
    /// By what kind of actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<AnyOf<ActorKind>>,
    /// With which tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<AnyOf<NamePattern>>,
    /// A shell line that runs a command which begins with these words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<AnyOf<String>>,
    /// How much it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeBounds>,
    /// It makes code in one place depend on code in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<AnyOf<EdgeBetween>>,
    /// It reaches over several areas at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spans: Option<Spans>,
    /// At which times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<AnyOf<Window>>,
    /// Facts that the caller brings along with the action, compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Comparison>,
    /// Somebody changed the same paths not long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recently_changed_by: Option<RecentlyChanged>,
    /// It would undo a change of another side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<bool>,
    /// It touches a change of another side that is protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touches_protected: Option<bool>,
    /// The run's changes were verified, by somebody who stands apart from their maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<VerifiedBy>,
    /// It has been done often of late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// Whose a path is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnerIs {
    /// The acting team is among its owners.
    Own,
    /// It has owners, and the acting team is not among them.
    Other,
    /// It has no owner.
    None,
    /// This team is among its owners.
    Team(TeamId),
}

/// Bounds of how much is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SizeBounds {
    /// The number of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Bounds>,
    /// The number of lines added and removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Bounds>,
}

/// A dependency from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EdgeBetween {
    /// Where the code is that comes to depend.
    pub from: PathSetSource,
    /// Where the code is that it depends on.
    pub to: PathSetSource,
}

/// One action over several areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Spans {
    /// The areas.
    pub areas: Vec<PathSetSource>,
    /// How many of them it reaches at least; 2 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
}

/// A recent change of the same paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecentlyChanged {
    /// By whom.
    pub who: Changer,
    /// How long ago at most.
    pub within: TimeSpan,
}

/// Who changed something, seen from whoever acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Changer {
    /// Anybody.
    Anybody,
    /// The same side.
    Own,
    /// Another side.
    Other,
    /// A person.
    Human,
    /// A loop.
    Loop,
}

/// Whether the run's changes were verified, and how far the verifier stands apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum VerifiedBy {
    /// They were not, by anybody independent.
    Nobody,
    /// They were, by somebody who stands apart so far.
    Somebody(Independence),
}

/// How often something was done of late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// What; the action's own verb where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Verb>,
    /// By whom, counted together.
    pub per: Level,
    /// Within how long.
    pub within: TimeSpan,
    /// More often than this.
    pub more_than: u64,
}

/// Who may approve, how many, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApprovalTerms {
    /// The teams whose people may; anybody's where neither teams nor people are named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<TeamId>,
    /// The people who may.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub people: BTreeSet<ActorId>,
    /// How many have to; 1 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Nobody of the team that acts.
    #[serde(default)]
    pub not_owner: bool,
    /// For how long an approval holds, and how long a request waits for one; 4 hours where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<TimeSpan>,
    /// How often an approval of a scope can be used; without end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// Something that has to be done before an action passes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Obligation {
    /// Tell a team. It never stops an action.
    Notify {
        /// Whom.
        team: TeamId,
    },
    /// Somebody who stands apart so far has verified the run's changes.
    Checker {
        /// How far.
        by: Independence,
    },
    /// A check of this name passed on the run's changes.
    RunCheck {
        /// Which.
        check: ActorId,
    },
    /// The action brings a fact of this name along.
    Evidence {
        /// Which.
        fact: String,
    },
}

/// Actions that a rule must apply to, and must not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// It applies to these.
    #[serde(default, rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub matching: Vec<Example>,
    /// It does not apply to these.
    #[serde(default, rename = "not_match", skip_serializing_if = "Vec::is_empty")]
    pub not_matching: Vec<Example>,
}

impl Examples {
    fn is_empty(&self) -> bool {
        self.matching.is_empty() && self.not_matching.is_empty()
    }
}

/// An action as an example, with the facts that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The action.
    pub action: Action,
    /// By which loop.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// For which team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

/// A limit of spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LimitRule {
    /// Its name; no other rule or limit has it.
    pub id: ActorId,
    /// Over what it is counted.
    pub level: Level,
    /// Only of loops, runs and teams for which this holds: `loop`, `team` and `actor` alone.
    #[serde(default)]
    pub when: LimitOf,
    /// What is counted.
    pub unit: Unit,
    /// The most of it.
    pub max: u64,
    /// In how long.
    pub per: Per,
    /// What becomes of an action that would go over it.
    #[serde(default = "deny")]
    pub on_exceed: Effect,
    /// Whether it binds; as the document where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// What an action without an estimate is taken to use; without it such an action is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<u64>,
    /// Warn once this share of it is gone, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_at: Option<u8>,
    /// Why, for whoever it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Who may approve what goes over it, where `on_exceed` asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalTerms>,
}

/// Whose spend a limit counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LimitOf {
    /// By which loop.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<AnyOf<NamePattern>>,
    /// For which team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<AnyOf<NamePattern>>,
    /// By what kind of actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<AnyOf<ActorKind>>,
}

/// How long changes are protected from other sides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Protect {
    /// A change with a declared deliberate intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliberate: Option<TimeSpan>,
    /// A change that passed verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<TimeSpan>,
    /// What becomes of an action of another side that touches it; `require_approval` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Who may approve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalTerms>,
}

fn deny() -> Effect {
    Effect::Deny
}

impl Changer {
    /// The word as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Changer::Anybody => "anybody",
            Changer::Own => "own",
            Changer::Other => "other",
            Changer::Human => "human",
            Changer::Loop => "loop",
        }
    }
}

impl Serialize for OwnerIs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            OwnerIs::Own => "own",
            OwnerIs::Other => "other",
            OwnerIs::None => "none",
            OwnerIs::Team(team) => team.as_str(),
        })
    }
}

impl<'de> Deserialize<'de> for OwnerIs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("own, other, none or a team", |text| match text {
            "own" => Ok(OwnerIs::Own),
            "other" => Ok(OwnerIs::Other),
            "none" => Ok(OwnerIs::None),
            team => TeamId::new(team).map(OwnerIs::Team),
        }))
    }
}

impl Serialize for VerifiedBy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            VerifiedBy::Nobody => serializer.serialize_bool(false),
            VerifiedBy::Somebody(by) => by.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for VerifiedBy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = VerifiedBy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, or how far the verifier stands apart")
            }

            fn visit_bool<E: de::Error>(self, verified: bool) -> Result<VerifiedBy, E> {
                Ok(match verified {
                    true => VerifiedBy::Somebody(Independence::Independent),
                    false => VerifiedBy::Nobody,
                })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<VerifiedBy, E> {
                const WORDS: &[&str] = &[
                    "independent",
                    "separate_root",
                    "other_account",
                    "other_model",
                    "human",
                ];
                let known = Independence::ALL.into_iter();
                let mut known = known.filter(|by| by.as_str() == text);
                known
                    .next()
                    .map(VerifiedBy::Somebody)
                    .ok_or_else(|| E::unknown_variant(text, WORDS))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Independence, OwnerIs, VerifiedBy};

    impl JsonSchema for OwnerIs {
        fn schema_name() -> Cow<'static, str> {
            "OwnerIs".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "own, other, none, or the name of a team.",
                "type": "string",
                "minLength": 1
            })
        }
    }

    impl JsonSchema for VerifiedBy {
        fn schema_name() -> Cow<'static, str> {
            "VerifiedBy".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let by = generator.subschema_for::<Independence>();
            json_schema!({ "anyOf": [{ "type": "boolean" }, by] })
        }
    }
}
