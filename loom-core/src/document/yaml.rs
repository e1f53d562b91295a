//! YAML 1.2 into a tree: one document, no tags, aliases within the limits.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::error::Fault;
use super::tree::{Budget, Key, Keys, Place, Tree, Value};

/// What is being read: a list, or a map with the key whose value comes next.
enum Open {
    List(Vec<Tree>),
    Map(Vec<(Key, Tree)>, Keys, Option<Key>),
}

struct Frame {
    open: Open,
    place: Place,
    anchor: usize,
}

pub(super) fn read(text: &str) -> Result<Tree, Fault> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|why| {
            let place = Place {
                line: number(why.marker().line()),
                column: number(why.marker().col() + 1),
            };
            Fault::new(format!("this is no YAML: {}", why.info())).or_at(place)
        })?;
        reader.take(event, place(span))?;
    }
    reader
        .root
        .ok_or_else(|| Fault::new("the document is empty"))
}

#[derive(Default)]
struct Reader {
    frames: Vec<Frame>,
    /// What anchors stand for, with the number of values in it.
    anchors: BTreeMap<usize, (Tree, usize)>,
    root: Option<Tree>,
    budget: Budget,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                check_untagged(tag.is_some(), place)?;
                let value = match style {
                    ScalarStyle::Plain => plain(&text, place)?,
                    _ => Value::Text(text.into_owned()),
                };
                self.finished(Tree { value, place }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                check_untagged(tag.is_some(), place)?;
                self.open(Open::List(Vec::new()), place, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_untagged(tag.is_some(), place)?;
                self.open(Open::Map(Vec::new(), Keys::default(), None), place, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.frames.pop() else {
                    return Ok(());
                };
                let value = match frame.open {
                    Open::List(items) => Value::List(items),
                    Open::Map(entries, ..) => Value::Map(entries),
                };
                let tree = Tree {
                    value,
                    place: frame.place,
                };
                self.finished(tree, frame.anchor)
            }
            Event::Alias(anchor) => {
                let Some((tree, values)) = self.anchors.get(&anchor) else {
                    let message = "an alias stands inside what it repeats";
                    return Err(Fault::new(message).or_at(place));
                };
                self.budget.take(*values, place)?;
                let tree = tree.clone();
                Budget::depth(self.frames.len() + deepest(&tree), place)?;
                self.put(tree)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Fault::new("a second document begins here; write one").or_at(place))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, open: Open, place: Place, anchor: usize) -> Result<(), Fault> {
        self.frames.push(Frame {
            open,
            place,
            anchor,
        });
        Budget::depth(self.frames.len(), place)
    }

    fn finished(&mut self, tree: Tree, anchor: usize) -> Result<(), Fault> {
        self.budget.take(1, tree.place)?;
        if anchor > 0 {
            let values = count(&tree);
            self.budget.take(values, tree.place)?;
            self.anchors.insert(anchor, (tree.clone(), values));
        }
        self.put(tree)
    }

    fn put(&mut self, tree: Tree) -> Result<(), Fault> {
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            None => self.root = Some(tree),
            Some(Open::List(items)) => items.push(tree),
            Some(Open::Map(entries, keys, waiting)) => match waiting.take() {
                Some(key) => entries.push((key, tree)),
                None => {
                    let key = key(tree)?;
                    keys.enter(&key)?;
                    *waiting = Some(key);
                }
            },
        }
        Ok(())
    }
}

fn key(tree: Tree) -> Result<Key, Fault> {
    let place = tree.place;
    match tree.value {
        Value::Text(text) => Ok(Key { text, place }),
        Value::Int(number) => Ok(Key {
            text: number.to_string(),
            place,
        }),
        Value::Bool(_) | Value::Null => {
            Err(Fault::new("write a key that reads as a word in quotes").or_at(place))
        }
        Value::List(_) | Value::Map(_) => Err(Fault::new("a key is a text").or_at(place)),
    }
}

/// A scalar without quotes, as the core schema of YAML 1.2 reads it. Numbers with fractions are
/// left as texts: nothing in a document is one.
fn plain(text: &str, place: Place) -> Result<Value, Fault> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "<<" => {
            let message = "a document merges no maps; write the keys out, or put a name in quotes";
            return Err(Fault::new(message).or_at(place));
        }
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number {
                return Ok(Value::Text(text.to_owned()));
            }
            let number = text.parse().map_err(|_| {
                Fault::new("a number stands here that is too large; put a name in quotes")
                    .or_at(place)
            })?;
            Value::Int(number)
        }
    };
    Ok(value)
}

fn check_untagged(tagged: bool, place: Place) -> Result<(), Fault> {
    if !tagged {
        return Ok(());
    }
    Err(Fault::new("a document has no tags; leave the `!…` out").or_at(place))
}

fn count(tree: &Tree) -> usize {
    match &tree.value {
        Value::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|(_, tree)| count(tree)).sum::<usize>(),
        _ => 1,
    }
}

fn deepest(tree: &Tree) -> usize {
    match &tree.value {
        Value::List(items) => 1 + items.iter().map(deepest).max().unwrap_or(0),
        Value::Map(entries) => {
            let deep = entries.iter().map(|(_, tree)| deepest(tree));
            1 + deep.max().unwrap_or(0)
        }
        _ => 0,
    }
}

fn place(span: Span) -> Place {
    Place {
        line: number(span.start.line()),
        column: number(span.start.col() + 1),
    }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
