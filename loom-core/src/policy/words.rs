//! The small words of a document: lists that may be one thing, names with wildcards, spans of time,
//! comparisons.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StrDeserializer, U64Deserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use smol_str::SmolStr;

use crate::error::{Code, Error};
use crate::model::{ID_BYTES_MAX, Truth};

/// The most items in one list of a selector.
pub const SELECTOR_ITEMS_MAX: usize = 4_096;
/// The longest span of time in a document, in milliseconds: ten years.
pub const SPAN_MS_MAX: u64 = 3_660 * 24 * 60 * 60 * 1_000;

/// One thing, or a list of them: any of them will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyOf<T>(pub Vec<T>);

impl<T> AnyOf<T> {
    /// The things.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<T: Serialize> Serialize for AnyOf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AnyOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyOfVisitor(PhantomData))
    }
}

struct AnyOfVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyOfVisitor<T> {
    type Value = AnyOf<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one thing or a list that is not empty")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AnyOf<T>, E> {
        let one = T::deserialize(StrDeserializer::new(text))?;
        Ok(AnyOf(vec![one]))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<AnyOf<T>, E> {
        let one = T::deserialize(U64Deserializer::new(number))?;
        Ok(AnyOf(vec![one]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AnyOf<T>, A::Error> {
        let one = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(AnyOf(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AnyOf<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
            if items.len() > SELECTOR_ITEMS_MAX {
                let message = format!("more than SELECTOR_ITEMS_MAX = {SELECTOR_ITEMS_MAX} items");
                return Err(de::Error::custom(message));
            }
        }
        if items.is_empty() {
            // An empty list would match nothing; somebody who wrote it meant something else.
            return Err(de::Error::invalid_length(0, &self));
        }
        Ok(AnyOf(items))
    }
}

/// A name in which `*` stands for any characters, none included, and `?` for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePattern(SmolStr);

impl NamePattern {
    /// Checks and takes a pattern.
    ///
    /// # Errors
    /// `invalid_field` for an empty text or control characters, `limit_exceeded` over
    /// [`ID_BYTES_MAX`].
    pub fn new(text: &str) -> Result<NamePattern, Error> {
        if text.len() > ID_BYTES_MAX {
            let (max, got) = (ID_BYTES_MAX as u64, text.len() as u64);
            return Err(Error::limit("name", "ID_BYTES_MAX", max, got));
        }
        if text.is_empty() || text.chars().any(char::is_control) {
            let message = "a name is not empty and has no control characters";
            return Err(Error::at(Code::InvalidField, "name", message));
        }
        Ok(NamePattern(SmolStr::new(text)))
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is it a name without wildcards?
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// Does the name match?
    pub fn matches(&self, name: &str) -> bool {
        let mut pattern = self.0.as_str();
        let mut name = name;
        // Where to go on if what follows the last star does not fit: one character further.
        let mut retry: Option<(&str, &str)> = None;
        loop {
            let mut rest = pattern.chars();
            match rest.next() {
                Some('*') => {
                    pattern = rest.as_str();
                    retry = Some((pattern, name));
                    continue;
                }
                Some(wanted) => {
                    let mut have = name.chars();
                    let next = have.next();
                    if next.is_some_and(|next| wanted == '?' || wanted == next) {
                        (pattern, name) = (rest.as_str(), have.as_str());
                        continue;
                    }
                }
                None if name.is_empty() => return true,
                None => {}
            }
            let Some((after_star, from)) = retry else {
                return false;
            };
            let mut have = from.chars();
            if have.next().is_none() {
                return false;
            }
            (pattern, name) = (after_star, have.as_str());
            retry = Some((after_star, name));
        }
    }
}

impl Serialize for NamePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for NamePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("a name, in which * and ? may stand", NamePattern::new))
    }
}

/// A span of time: `90s`, `15m`, `48h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSpan {
    ms: u64,
}

impl TimeSpan {
    /// Reads a span.
    ///
    /// # Errors
    /// `invalid_field` for what is no number with a unit, `limit_exceeded` over [`SPAN_MS_MAX`].
    pub fn new(text: &str) -> Result<TimeSpan, Error> {
        let wrong = || {
            let message = "write a whole number and a unit: 90s, 15m, 48h or 30d";
            Error::at(Code::InvalidField, "span", message)
        };
        let unit = text.chars().last().ok_or_else(wrong)?;
        let digits = text.strip_suffix(unit).ok_or_else(wrong)?;
        let each: u64 = match unit {
            's' => 1_000,
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            _ => return Err(wrong()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let number = digits.parse::<u64>().unwrap_or(u64::MAX);
        TimeSpan::of_ms(number.saturating_mul(each))
    }

    /// A span of so many milliseconds.
    ///
    /// # Errors
    /// `limit_exceeded` over [`SPAN_MS_MAX`].
    pub fn of_ms(ms: u64) -> Result<TimeSpan, Error> {
        if ms > SPAN_MS_MAX {
            return Err(Error::limit("span", "SPAN_MS_MAX", SPAN_MS_MAX, ms));
        }
        Ok(TimeSpan { ms })
    }

    /// Its length in milliseconds.
    pub const fn ms(self) -> u64 {
        self.ms
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m")];
        let unit = units
            .iter()
            .find(|(each, _)| self.ms > 0 && self.ms.is_multiple_of(*each));
        let (each, name) = unit.copied().unwrap_or((1_000, "s"));
        write!(f, "{}{name}", self.ms / each)
    }
}

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(
            "a span of time such as 90s, 15m, 48h or 30d",
            TimeSpan::new,
        ))
    }
}

/// The value of a fact. Fractions are written in a smaller unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

/// What a fact is compared with: a value that it equals, or bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// It is this.
    Is(FactValue),
    /// All of these hold.
    Bounds(Bounds),
}

/// Bounds of a fact. All that are given hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Greater than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gt: Option<i64>,
    /// Greater than or equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ge: Option<i64>,
    /// Less than.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lt: Option<i64>,
    /// Less than or equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub le: Option<i64>,
    /// Not this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ne: Option<FactValue>,
    /// One of these.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<FactValue>>,
}

impl Comparison {
    /// Does the value compare so? Unknown where a value of another kind stands against a bound.
    pub fn holds(&self, value: &FactValue) -> Truth {
        match self {
            Comparison::Is(wanted) => same(wanted, value),
            Comparison::Bounds(bounds) => bounds.hold(value),
        }
    }
}

impl Bounds {
    /// Is there no bound at all?
    pub fn is_empty(&self) -> bool {
        *self == Bounds::default()
    }

    /// Does the value lie within all bounds?
    pub fn hold(&self, value: &FactValue) -> Truth {
        let number = match value {
            FactValue::Int(number) => Some(*number),
            _ => None,
        };
        let against = |bound: Option<i64>, holds: fn(&i64, &i64) -> bool| match (bound, number) {
            (None, _) => Truth::True,
            (Some(bound), Some(number)) => Truth::from(holds(&number, &bound)),
            (Some(_), None) => Truth::Unknown,
        };
        let ne = self.ne.as_ref();
        let ne = ne.map_or(Truth::True, |other| !same(other, value));
        let one_of = self.one_of.as_ref().map_or(Truth::True, |values| {
            let any = values.iter().map(|wanted| same(wanted, value));
            any.fold(Truth::False, Truth::or)
        });
        against(self.gt, i64::gt)
            .and(against(self.ge, i64::ge))
            .and(against(self.lt, i64::lt))
            .and(against(self.le, i64::le))
            .and(ne)
            .and(one_of)
    }
}

/// Values of two kinds are neither the same nor known to differ: somebody mistook the kind.
fn same(wanted: &FactValue, value: &FactValue) -> Truth {
    match (wanted, value) {
        (FactValue::Bool(a), FactValue::Bool(b)) => Truth::from(a == b),
        (FactValue::Int(a), FactValue::Int(b)) => Truth::from(a == b),
        (FactValue::Text(a), FactValue::Text(b)) => Truth::from(a == b),
        _ => Truth::Unknown,
    }
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Comparison::Is(value) => value.serialize(serializer),
            Comparison::Bounds(bounds) => bounds.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Comparison {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Comparison;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true or false, or bounds such as {lt: 80}")
            }

            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Comparison, E> {
                Ok(Comparison::Is(FactValue::Bool(yes)))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Comparison, E> {
                Ok(Comparison::Is(FactValue::Int(number)))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Comparison, E> {
                let number = i64::try_from(number);
                let number = number.map_err(|_| de::Error::custom("this number is too large"))?;
                Ok(Comparison::Is(FactValue::Int(number)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Comparison, E> {
                Ok(Comparison::Is(FactValue::Text(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Comparison, A::Error> {
                let bounds = Bounds::deserialize(MapAccessDeserializer::new(map))?;
                if bounds.is_empty() {
                    return Err(de::Error::custom("at least one bound is needed here"));
                }
                Ok(Comparison::Bounds(bounds))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Reads a text through a checked constructor.
pub(super) struct Text<T>(
    pub(super) &'static str,
    pub(super) fn(&str) -> Result<T, Error>,
);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).map_err(|why| E::custom(why.message()))
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{AnyOf, Bounds, Comparison, FactValue, NamePattern, TimeSpan};

    impl<T: JsonSchema> JsonSchema for AnyOf<T> {
        fn schema_name() -> Cow<'static, str> {
            format!("AnyOf{}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let one = generator.subschema_for::<T>();
            json_schema!({
                "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }]
            })
        }
    }

    impl JsonSchema for NamePattern {
        fn schema_name() -> Cow<'static, str> {
            "NamePattern".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A name in which * stands for any characters and ? for one.",
                "type": "string",
                "minLength": 1
            })
        }
    }

    impl JsonSchema for TimeSpan {
        fn schema_name() -> Cow<'static, str> {
            "TimeSpan".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A span of time: 90s, 15m, 48h, 30d.",
                "type": "string",
                "pattern": "^[0-9]+[smhd]$"
            })
        }
    }

    impl JsonSchema for Comparison {
        fn schema_name() -> Cow<'static, str> {
            "Comparison".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let value = generator.subschema_for::<FactValue>();
            let bounds = generator.subschema_for::<Bounds>();
            json_schema!({ "anyOf": [value, bounds] })
        }
    }
}
