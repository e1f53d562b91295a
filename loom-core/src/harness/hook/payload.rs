//! Reading JSON that a harness sent, field by field, so that an error names the field.

use serde_json::{Map, Value};

use crate::error::{Code, Error};

/// The largest payload of a hook, in bytes. A tool that writes a file brings the whole of it.
pub const PAYLOAD_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The longest session, agent, tool or event name, in bytes.
const NAME_BYTES_MAX: usize = 1_024;

/// The fields of one object, and where it stands in the payload.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    at: &'static str,
}

/// Reads a whole payload, which has to be an object.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    if bytes.len() > PAYLOAD_BYTES_MAX {
        let (max, got) = (PAYLOAD_BYTES_MAX as u64, bytes.len() as u64);
        return Err(Error::limit("payload", "PAYLOAD_BYTES_MAX", max, got));
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::at(
            Code::InvalidJson,
            "payload",
            "a hook is told a JSON object",
        )),
        Err(why) => Err(Error::at(Code::InvalidJson, "payload", why.to_string())),
    }
}

impl<'a> Fields<'a> {
    pub(super) fn of(map: &'a Map<String, Value>) -> Fields<'a> {
        Fields { map, at: "" }
    }

    /// The value of a field; null counts as absent.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text_if_any(&self, name: &str) -> Result<Option<&'a str>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "is no text")),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, Error> {
        match self.text_if_any(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Error::at(
                Code::MissingField,
                self.path(name),
                "the harness left this out",
            )),
        }
    }

    /// A text that names something.
    pub(super) fn name(&self, name: &str) -> Result<&'a str, Error> {
        let text = self.text(name)?;
        if text.len() > NAME_BYTES_MAX {
            let (max, got) = (NAME_BYTES_MAX as u64, text.len() as u64);
            return Err(Error::limit(self.path(name), "NAME_BYTES_MAX", max, got));
        }
        Ok(text)
    }

    pub(super) fn name_if_any(&self, name: &str) -> Result<Option<&'a str>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(_) => self.name(name).map(Some),
        }
    }

    /// Whether a flag is set; absent is not.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(name, "is neither true nor false")),
        }
    }

    pub(super) fn number_if_any(&self, name: &str) -> Option<u32> {
        let number = self.value(name)?.as_u64()?;
        u32::try_from(number).ok()
    }

    pub(super) fn object(&self, name: &'static str) -> Result<Fields<'a>, Error> {
        match self.value(name) {
            Some(Value::Object(map)) => Ok(Fields { map, at: name }),
            Some(_) => Err(self.wrong(name, "is no object")),
            None => Err(Error::at(
                Code::MissingField,
                self.path(name),
                "the harness left this out",
            )),
        }
    }

    pub(super) fn object_if_any(&self, name: &'static str) -> Option<Fields<'a>> {
        match self.value(name)? {
            Value::Object(map) => Some(Fields { map, at: name }),
            _ => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.map.iter()
    }

    pub(super) fn wrong(&self, name: &str, what: &str) -> Error {
        Error::at(Code::InvalidField, self.path(name), format!("this {what}"))
    }

    fn path(&self, name: &str) -> String {
        match self.at {
            "" => name.to_owned(),
            at => format!("{at}.{name}"),
        }
    }
}
