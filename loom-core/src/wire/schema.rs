//! The JSON schema of the wire contract, made from the types themselves (feature `schema`).
//!
//! ```
//! let requests = loom_core::wire::schema::requests();
//! assert!(requests.pointer("/$defs/Command/properties/body").is_some());
//! ```

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{ErrorBody, Query, QueryAnswer};
use crate::coordinator::{Answer, Command};
use crate::model::{
    ActorId, Branch, ChangeId, DeployId, Digest, FindingKey, Holder, ID_BYTES_MAX, IncidentId,
    LimitId, LoopId, Nonce, RepoId, ReservationId, Resource, RunId, SignalKey, TeamId, Timestamp,
    Token, WorkspaceId, ZONE_BYTES_MAX, Zone,
};
use crate::path::{PathSetSource, PatternSource};

/// What goes in: [`Command`] and [`Query`], under `$defs`.
pub fn requests() -> serde_json::Value {
    document("requests", SchemaSettings::draft2020_12(), |generator| {
        generator.subschema_for::<Command>();
        generator.subschema_for::<Query>();
    })
}

/// What comes out: [`Answer`], [`QueryAnswer`] and [`ErrorBody`], under `$defs`. What an answer
/// always holds is required here.
pub fn answers() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    document("answers", settings, |generator| {
        generator.subschema_for::<Answer>();
        generator.subschema_for::<QueryAnswer>();
        generator.subschema_for::<ErrorBody>();
    })
}

fn document(
    title: &str,
    settings: SchemaSettings,
    speak_of: impl FnOnce(&mut SchemaGenerator),
) -> serde_json::Value {
    let settings = settings.with_transform(RecursiveTransform(without_links));
    let mut generator = settings.into_generator();
    speak_of(&mut generator);
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("LoomStack wire contract: {title}"),
        "$defs": generator.take_definitions(true),
    })
}

/// Links of the documentation lead nowhere in a schema.
fn without_links(schema: &mut Schema) {
    if let Some(serde_json::Value::String(text)) = schema.get_mut("description") {
        *text = text
            .replace("[`", "`")
            .replace("`]", "`")
            .replace("`super::", "`");
    }
}

/// A type that is a text in JSON.
macro_rules! texts {
    ($($name:ident: $about:literal, $schema:tt;)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!($schema);
                schema.insert("type".into(), "string".into());
                schema.insert("description".into(), $about.into());
                schema
            }
        }
    )*};
}

texts! {
    RunId: "Names a run.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    LoopId: "Names a loop.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    RepoId: "Names a registered repository.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    TeamId: "Names a team.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    ActorId: "Names an actor within its kind.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    ChangeId: "Names a change.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    WorkspaceId: "Names a workspace.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    Resource: "A named thing that is no file.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    Branch: "The branch that work will land on.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    LimitId: "Names a limit of spend.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    DeployId: "Names a deployment.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    IncidentId: "Names an incident.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    SignalKey: "Which signal of its name: the number of a pull request, the digest of a build.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    FindingKey: "What a finding is about: the same thing found again has the same key.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    ReservationId: "Names a reservation of spend.", {"minLength": 1, "maxLength": ID_BYTES_MAX};
    Holder: "Who spends: a run, a loop, a team or the workspace.",
        {"minLength": 1, "maxLength": ID_BYTES_MAX};
    Token: "A fencing token: sorts as text in the order of the grants.",
        {"pattern": "^[0-9a-f]{8}-[0-9a-f]{16}-[0-9a-f]{4}$"};
    Timestamp: "A time in RFC 3339, in milliseconds, UTC in answers.", {"format": "date-time"};
    Digest: "SHA-256 in hexadecimal.", {"pattern": "^[0-9a-f]{64}$"};
    Zone: "The IANA name of a time zone, as in Europe/Berlin.", {"minLength": 1, "maxLength": ZONE_BYTES_MAX};
    Nonce: "16 bytes that nobody can guess, in hexadecimal.", {"pattern": "^[0-9a-f]{32}$"};
}

impl JsonSchema for PatternSource {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let keyed = |key: &str| {
            serde_json::json!({
                "type": "object",
                "properties": {key: {"type": "string"}},
                "required": [key],
                "additionalProperties": false,
            })
        };
        json_schema!({
            "description": "A bare string is a glob; `file` is exactly this path, `dir` this path and all below it.",
            "anyOf": [{"type": "string"}, keyed("glob"), keyed("file"), keyed("dir")],
        })
    }
}

impl JsonSchema for PathSetSource {
    fn schema_name() -> Cow<'static, str> {
        "PathSet".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let pattern = generator.subschema_for::<PatternSource>();
        let list = serde_json::json!({"type": "array", "items": pattern});
        let set = serde_json::json!({
            "type": "object",
            "properties": {"include": list, "exclude": list},
            "required": ["include"],
            "additionalProperties": false,
        });
        let forms = if generator.contract().is_serialize() {
            vec![list, set]
        } else {
            vec![pattern.to_value(), list, set]
        };
        json_schema!({
            "description": "The union of some patterns less the union of others.",
            "anyOf": forms,
        })
    }
}
