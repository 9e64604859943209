//! The keys that signatures are checked with.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::Value;

/// One key and the one algorithm it is for.
#[derive(Clone)]
pub(super) struct Key {
    /// The provider's name for it, which a token may carry as `kid`.
    pub id: Option<String>,
    pub algorithm: Algorithm,
    pub decoding: DecodingKey,
}

/// Least bytes of an RSA modulus: 2,048 bits (RFC 7518, 3.3).
const LEAST_MODULUS: usize = 256;

/// Least bytes of an HS256 secret (RFC 7518, 3.2).
pub(super) const LEAST_SECRET: usize = 32;

impl Key {
    /// A shared secret.
    pub fn from_secret(secret: &[u8]) -> Result<Self, &'static str> {
        if secret.len() < LEAST_SECRET {
            return Err("a secret for HS256 has at least 32 bytes");
        }
        Ok(Self { id: None, algorithm: Algorithm::HS256, decoding: DecodingKey::from_secret(secret) })
    }

    /// A public key in PEM.
    pub fn from_pem(pem: &[u8], algorithm: Algorithm) -> Result<Self, &'static str> {
        let decoding = match algorithm.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem).ok().filter(|key| {
                // The DER of a public key is its modulus and some 14 bytes or more.
                key.try_get_as_bytes().is_ok_and(|der| der.len() > LEAST_MODULUS)
            }),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem).ok(),
            AlgorithmFamily::Ed => DecodingKey::from_ed_pem(pem).ok(),
            AlgorithmFamily::Hmac => None,
        };
        let decoding = decoding.ok_or("it is not a public key in PEM that fits the algorithm (RSA keys have 2,048 bits or more)")?;
        Ok(Self { id: None, algorithm, decoding })
    }

    /// The keys of a JWK set (RFC 7517) that check signatures by one of these algorithms. Others are passed over: a provider may
    /// have keys for encryption in the same set, or kinds that nobody here knows yet.
    pub fn from_set(set: &Value, algorithms: &[Algorithm]) -> Vec<Self> {
        let keys = set.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        keys.iter()
            .take(MOST_KEYS)
            .filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok())
            .filter_map(|key| Self::from_jwk(&key).filter(|key| algorithms.contains(&key.algorithm)))
            .collect()
    }

    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))) {
            return None;
        }
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(key) if base64_bytes(&key.n) >= LEAST_MODULUS => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
            // A shared secret that is published is none.
            _ => return None,
        };
        let stated = jwk.common.key_algorithm.map(|stated| stated.to_string());
        if stated.is_some_and(|stated| stated != format!("{algorithm:?}")) {
            return None;
        }
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        Some(Self { id: jwk.common.key_id.clone(), algorithm, decoding })
    }

    /// Whether this may be the key of a token: of its algorithm, and of its name where both have one.
    pub fn fits(&self, algorithm: Algorithm, id: Option<&str>) -> bool {
        let named = match (&self.id, id) {
            (Some(own), Some(asked)) => own == asked,
            (None, _) | (_, None) => true,
        };
        self.algorithm == algorithm && named
    }
}

/// Most keys of a set that are looked at: a token without a `kid` is tried with each of them.
const MOST_KEYS: usize = 16;

/// Bytes behind unpadded base64.
const fn base64_bytes(text: &str) -> usize {
    text.len() / 4 * 3 + text.len() % 4 * 3 / 4
}
