//! JSON into a tree.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::IgnoredAny;

use super::DOCUMENT_DEPTH_MAX;
use super::error::Fault;
use super::tree::{Budget, Key, Keys, Lines, Place, Tree, Value};

/// RFC 8259 and nothing more.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn read(text: &str) -> Result<Tree, Fault> {
    let depth = crate::model::json_depth(text);
    if depth > DOCUMENT_DEPTH_MAX {
        let (max, got) = (DOCUMENT_DEPTH_MAX as u64, depth as u64);
        return Err(Fault::limit("DOCUMENT_DEPTH_MAX", max, got));
    }
    let lines = Lines::of(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|why| {
        let place = lines.place(why.range().start);
        Fault::new(format!("this is no JSON: {}", why.kind())).or_at(place)
    })?;
    // That parser takes any blank of Unicode for white space.
    if let Err(why) = serde_json::from_str::<IgnoredAny>(text) {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let place = Place {
            line: number(why.line()),
            column: number(why.column()),
        };
        return Err(Fault::new("this is no JSON").or_at(place));
    }
    let Some(value) = parsed.value else {
        return Err(Fault::new("the document is empty"));
    };
    let mut reader = Reader {
        lines: &lines,
        budget: Budget::default(),
    };
    reader.value(value)
}

struct Reader<'t> {
    lines: &'t Lines<'t>,
    budget: Budget,
}

impl Reader<'_> {
    fn value(&mut self, value: ast::Value<'_>) -> Result<Tree, Fault> {
        let place = self.lines.place(value.range().start);
        self.budget.take(1, place)?;
        let value = match value {
            ast::Value::StringLit(text) => Value::Text(text.value.into_owned()),
            ast::Value::NumberLit(number) => {
                let parsed = number.value.parse::<i64>().map_err(|_| {
                    Fault::new(format!("{} is no whole number within range", number.value))
                        .or_at(place)
                })?;
                Value::Int(parsed)
            }
            ast::Value::BooleanLit(yes) => Value::Bool(yes.value),
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::Array(array) => {
                let items = array.elements.into_iter().map(|item| self.value(item));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            ast::Value::Object(object) => {
                let mut entries = Vec::with_capacity(object.properties.len());
                let mut keys = Keys::default();
                for property in object.properties {
                    let key = Key {
                        place: self.lines.place(property.name.range().start),
                        text: property.name.into_string(),
                    };
                    keys.enter(&key)?;
                    entries.push((key, self.value(property.value)?));
                }
                Value::Map(entries)
            }
        };
        Ok(Tree { value, place })
    }
}
