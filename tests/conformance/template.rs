//! `{name}` in a text of the adapter, JSON pointers, and messages that look like a pattern.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is put in place of `{name}`. `{uuid}` is a new one each time.
#[derive(Clone, Default, Debug)]
pub struct Vars(BTreeMap<String, Value>);

impl Vars {
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or_else(|| panic!("nothing is known of {{{name}}} yet"))
    }

    /// These, and those of `others` that are not among them.
    pub fn or(&self, others: &Self) -> Self {
        let mut all = others.0.clone();
        all.extend(self.0.clone());
        Self(all)
    }

    /// Fills in. A text that is one variable and nothing else becomes its value, a number where it is one.
    pub fn fill(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => {
                match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|name| !name.contains('{')) {
                    Some("uuid") => uuid::Uuid::new_v4().to_string().into(),
                    Some(name) => self.get(name).clone(),
                    None => self.text(text).into(),
                }
            }
            Value::Array(values) => values.iter().map(|value| self.fill(value)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => template.clone(),
        }
    }

    /// Fills in a text that stays one.
    pub fn text(&self, template: &str) -> String {
        let mut parts = template.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or_else(|| panic!("a brace without its other half in {template:?}"));
            match self.get(name) {
                Value::String(text) => filled.push_str(text),
                other => filled.push_str(&other.to_string()),
            }
            filled.push_str(rest);
        }
        filled
    }
}

/// What a JSON pointer leads to; a `*` in it stands for each element of an array, whose values come as an array.
pub fn at(value: &Value, pointer: &str) -> Option<Value> {
    match pointer.split_once("/*") {
        None => value.pointer(pointer).cloned(),
        Some((before, after)) => value.pointer(before)?.as_array()?.iter().map(|element| at(element, after)).collect(),
    }
}

/// Whether a message has everything that the pattern has.
pub fn looks_like(message: &Value, pattern: &Value) -> bool {
    match (message, pattern) {
        (Value::Object(message), Value::Object(pattern)) => {
            pattern.iter().all(|(name, wanted)| message.get(name).is_some_and(|value| looks_like(value, wanted)))
        }
        _ => message == pattern,
    }
}
