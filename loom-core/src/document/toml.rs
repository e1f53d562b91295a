//! TOML into a tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Fault;
use super::tree::{Budget, Key, Lines, Tree, Value};

pub(super) fn read(text: &str) -> Result<Tree, Fault> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|why| {
        let fault = Fault::new(format!("this is no TOML: {}", why.message()));
        match why.span() {
            Some(span) => fault.or_at(lines.place(span.start)),
            None => fault,
        }
    })?;
    let place = lines.place(0);
    let mut reader = Reader {
        lines: &lines,
        budget: Budget::default(),
    };
    let value = reader.table(table.into_inner(), 1)?;
    Ok(Tree { value, place })
}

struct Reader<'t> {
    lines: &'t Lines<'t>,
    budget: Budget,
}

impl Reader<'_> {
    fn table(&mut self, table: DeTable<'_>, depth: usize) -> Result<Value, Fault> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let place = self.lines.place(key.span().start);
            let key = Key {
                text: key.into_inner().into_owned(),
                place,
            };
            entries.push((key, self.value(value, depth)?));
        }
        // The library hands keys out by name; people read them in the order of the text.
        entries.sort_by_key(|(key, _)| key.place);
        Ok(Value::Map(entries))
    }

    fn value(&mut self, value: Spanned<DeValue<'_>>, depth: usize) -> Result<Tree, Fault> {
        let place = self.lines.place(value.span().start);
        self.budget.take(1, place)?;
        Budget::depth(depth, place)?;
        let value = match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                Value::Int(parsed.map_err(|_| Fault::new("this number is too large").or_at(place))?)
            }
            DeValue::Float(number) => {
                let message = format!("{} is no whole number", number.as_str());
                return Err(Fault::new(message).or_at(place));
            }
            DeValue::Boolean(yes) => Value::Bool(yes),
            DeValue::Datetime(time) => Value::Text(time.to_string()),
            DeValue::Array(items) => {
                let items = items.into_iter().map(|item| self.value(item, depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => self.table(table, depth + 1)?,
        };
        Ok(Tree { value, place })
    }
}
