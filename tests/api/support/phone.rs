//! A second factor in somebody's hand.

use serde_json::{Value, json};
use snug::domain::Timestamp;
use totp_rs::{Builder, Secret};

use super::{PASSWORD, Person};

/// An authenticator app.
pub struct Phone(totp_rs::Totp);

impl Phone {
    pub fn new(enrolment: &Value) -> Self {
        let secret = Secret::try_from_base32(enrolment["secret"].as_str().unwrap()).unwrap();
        Self(Builder::new().with_secret(secret).with_account_name("x").build().unwrap())
    }

    /// The code of so many steps from now. The server takes one step on either side, so a test has three.
    pub fn code(&self, steps: i64) -> String {
        let now = Timestamp::now().micros() / 1_000_000;
        self.0.generate(u64::try_from(now + steps * 30).unwrap()).to_string()
    }
}

/// Sets up a second factor: the app that shows its codes, and the recovery codes.
pub async fn enrols(person: &Person) -> (Phone, Vec<String>) {
    let begun = person.post("/me/second-factor", json!({"password": PASSWORD})).await.is(201);
    assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Snug") && begun["svg"].as_str().unwrap().contains("<svg"));
    let phone = Phone::new(&begun);
    let codes = person.post("/me/second-factor/confirm", json!({"code": phone.code(-1)})).await.is(200);
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (phone, codes)
}
