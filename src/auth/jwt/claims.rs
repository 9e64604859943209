//! What a token says.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The claims that count. Everything else is kept for the claim that names the user.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    /// One issuer: a list of them, which some libraries accept, is refused.
    pub iss: String,
    /// Seconds since 1970. Whole or with a fraction, as RFC 7519 has it.
    pub exp: f64,
    #[serde(default)]
    pub jti: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Most bytes of the claim that names the user.
const MOST_OF_A_SUBJECT: usize = 255;

impl Claims {
    /// The claim that names the user: text, or a number as some providers have them; not empty and not endless.
    pub fn subject(&self, claim: &str) -> Option<String> {
        if claim == "name" {
            return self.name.clone().filter(|name| is_subject(name));
        }
        let subject = match self.rest.get(claim)? {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_u64() => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        is_subject(&subject).then_some(subject)
    }

    /// Whether the provider says that the address is not its owner's. An account must not be entered by an address that anyone could
    /// have typed.
    pub fn address_is_unverified(&self) -> bool {
        !matches!(self.rest.get("email_verified"), None | Some(Value::Bool(true)))
    }
}

fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= MOST_OF_A_SUBJECT
}
