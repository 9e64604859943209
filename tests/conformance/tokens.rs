//! What an identity provider signs, and what others would like to have signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::adapter::Adapter;

/// The provider that the server trusts.
pub struct Provider {
    issuer: String,
    audience: String,
    private_pem: Vec<u8>,
    public_pem: Vec<u8>,
}

/// Seconds since 1970.
pub fn now() -> i64 {
    i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

impl Provider {
    /// The adapter's; a panic where it has none and does not say that the server takes no JWT.
    pub fn of(adapter: &Adapter) -> Self {
        let words = adapter.jwt.as_ref().expect("the adapter has no [jwt], and `without` does not say so");
        let read = |path| std::fs::read(adapter.here.join(path)).unwrap();
        let (private_pem, public_pem) = (read(&words.private_key), read(&words.public_key));
        Self { issuer: words.issuer.clone(), audience: words.audience.clone(), private_pem, public_pem }
    }

    /// What a good token says; `change` is laid over it.
    pub fn claims(&self, subject: &str, change: &Value) -> Value {
        let mut claims = json!({"iss": self.issuer, "aud": self.audience, "sub": subject, "exp": now() + 600, "nbf": now() - 5});
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    pub fn signs(&self, subject: &str, change: &Value) -> String {
        let key = EncodingKey::from_rsa_pem(&self.private_pem).unwrap();
        encode(&Header::new(Algorithm::RS256), &self.claims(subject, change), &key).unwrap()
    }

    /// By HMAC, with the public key as the secret: good for a server that lets the token choose how it is checked.
    pub fn swapped(&self, subject: &str) -> String {
        let key = EncodingKey::from_secret(&self.public_pem);
        encode(&Header::new(Algorithm::HS256), &self.claims(subject, &json!({})), &key).unwrap()
    }

    /// With the algorithm `none`, in this spelling, and no signature.
    pub fn unsigned(&self, subject: &str, none: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&json!({"alg": none, "typ": "JWT"})), part(&self.claims(subject, &json!({}))))
    }

    /// A good token's signature under other claims.
    pub fn tampered(&self, subject: &str) -> String {
        let good = self.signs("somebody-else", &json!({}));
        let (header, signature) = (good.split('.').next().unwrap(), good.rsplit('.').next().unwrap());
        format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(self.claims(subject, &json!({})).to_string()))
    }
}
