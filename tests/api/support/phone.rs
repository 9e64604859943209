//! A second factor in somebody's hand.

use serde_json::{Value, json};
use snug::domain::Timestamp;
use totp_rs::{Builder, Secret};

use super::{PASSWORD, Person};

/// An authenticator app, at the moment at which it is set up.
pub struct Phone {
    totp: totp_rs::Totp,
    /// Seconds since 1970.
    now: u64,
}

impl Phone {
    pub fn new(enrolment: &Value) -> Self {
        let secret = Secret::try_from_base32(enrolment["secret"].as_str().unwrap()).unwrap();
        let totp = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
        Self { totp, now: u64::try_from(Timestamp::now().micros() / 1_000_000).unwrap() }
    }

    /// The code that is shown now. The server takes it and the next one for half a minute at least: it takes one step on either side.
    pub fn code(&self) -> String {
        self.totp.generate(self.now).to_string()
    }

    /// The one after it.
    pub fn next_code(&self) -> String {
        self.totp.generate(self.now + 30).to_string()
    }
}

/// Sets up a second factor: the app that shows its codes, and the recovery codes.
pub async fn enrols(person: &Person) -> (Phone, Vec<String>) {
    let begun = person.post("/me/second-factor", json!({"password": PASSWORD})).await.is(201);
    assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Snug") && begun["svg"].as_str().unwrap().contains("<svg"));
    let phone = Phone::new(&begun);
    let codes = person.post("/me/second-factor/confirm", json!({"code": phone.code()})).await.is(200);
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (phone, codes)
}
