//! From a token to what it proves.

use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::claims::Claims;
use super::fetched::Fetched;
use super::keys::Key;
use crate::config::{Jwt, JwtAlgorithm, JwtKeys};
use crate::domain::{JwtKey, Timestamp};

/// Most bytes of a token.
const MOST_BYTES: usize = 8 * 1_024;

/// Checks tokens by the operator's rules. Cloning shares the keys.
#[derive(Clone)]
pub struct Verifier(Arc<Rules>);

struct Rules {
    issuer: String,
    algorithms: Vec<Algorithm>,
    user_claim: String,
    leeway_s: u64,
    validation: Validation,
    keys: Keys,
}

enum Keys {
    Fixed(Arc<Vec<Key>>),
    Fetched(Box<Fetched>),
}

/// What a token has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    pub issuer: String,
    /// The claim that names the user.
    pub subject: String,
    /// How the person is called, where the provider says so.
    pub name: Option<String>,
    /// Which token this is.
    pub key: JwtKey,
    /// From then on it proves nothing; the leeway for clocks that differ is in it.
    pub expires_at: Timestamp,
}

/// Why a token proves nothing. For the log: a caller is told nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    #[error("it is not a JWT")]
    Malformed,
    #[error("its algorithm is not allowed here")]
    Algorithm,
    #[error("its header asks for something that is not understood (crit)")]
    Critical,
    #[error("no key has its name")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it has expired, or is not valid yet")]
    OutOfTime,
    #[error("it is another issuer's, or for another audience")]
    NotForUs,
    #[error("a claim that is needed is missing or of another kind")]
    Claims,
    #[error("the identity provider's keys could not be fetched")]
    KeysUnavailable,
}

impl Verifier {
    /// Reads the key files. Asks no provider yet, so that a provider that is away keeps nobody from starting.
    ///
    /// # Errors
    /// A sentence for the operator: a file that cannot be read, a key that does not fit.
    pub fn new(settings: &Jwt) -> Result<Self, String> {
        let algorithms: Vec<Algorithm> = settings.algorithms.iter().map(|algorithm| algorithm_of(*algorithm)).collect();
        let keys = match &settings.keys {
            JwtKeys::Secret(path) => {
                let secret = read("jwt.secret_file", path)?;
                // Editors leave a line break at the end, which nobody means as part of a secret.
                let key = Key::from_secret(secret.trim_ascii_end()).map_err(|why| format!("jwt.secret_file {}: {why}.", path.display()))?;
                Keys::Fixed(Arc::new(vec![key]))
            }
            JwtKeys::PublicKey(path) => {
                let pem = read("jwt.public_key_file", path)?;
                let [algorithm] = algorithms[..] else {
                    return Err("jwt.algorithms names several, but the one key of jwt.public_key_file fits only one of them.".to_owned());
                };
                let key = Key::from_pem(&pem, algorithm).map_err(|why| format!("jwt.public_key_file {}: {why}.", path.display()))?;
                Keys::Fixed(Arc::new(vec![key]))
            }
            JwtKeys::Url(url) => Keys::Fetched(Box::new(Fetched::new(url.clone(), algorithms.clone())?)),
        };
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = settings.leeway_s;
        let (issuer, user_claim, leeway_s) = (settings.issuer.clone(), settings.user_claim.clone(), settings.leeway_s);
        Ok(Self(Arc::new(Rules { issuer, algorithms, user_claim, leeway_s, validation, keys })))
    }

    /// Checks a token.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub async fn verify(&self, token: &str) -> Result<Proved, Refused> {
        let rules = &*self.0;
        if token.len() > MOST_BYTES {
            return Err(Refused::Malformed);
        }
        // An algorithm that the library does not know, `none` among them, is no header to it.
        let header = decode_header(token).map_err(|_| Refused::Malformed)?;
        if !rules.algorithms.contains(&header.alg) {
            return Err(Refused::Algorithm);
        }
        if header.crit.is_some() {
            return Err(Refused::Critical);
        }
        let kid = header.kid.as_deref();
        let keys = match &rules.keys {
            Keys::Fixed(keys) => Arc::clone(keys),
            Keys::Fetched(fetched) => fetched.keys(kid).await.ok_or(Refused::KeysUnavailable)?,
        };
        let mut refused = Refused::UnknownKey;
        for key in keys.iter().filter(|key| key.fits(header.alg, kid)) {
            // The key's algorithm and no other: a public key is never taken for a shared secret.
            let validation = Validation { algorithms: vec![key.algorithm], ..rules.validation.clone() };
            match decode::<Claims>(token, &key.decoding, &validation) {
                Ok(decoded) => return rules.proved(token, &decoded.claims),
                Err(error) => refused = reason(error.kind()),
            }
            if refused != Refused::Signature {
                break;
            }
        }
        Err(refused)
    }
}

#[cfg(test)]
impl Verifier {
    /// As if the time between two tries had passed.
    pub(super) fn forget_when_it_last_asked(&self) {
        if let Keys::Fetched(fetched) = &self.0.keys {
            fetched.forget_when_it_last_asked();
        }
    }
}

impl Rules {
    fn proved(&self, token: &str, claims: &Claims) -> Result<Proved, Refused> {
        // The library lets a list of issuers pass that has ours in it; ours alone may speak for our users.
        if claims.iss != self.issuer {
            return Err(Refused::NotForUs);
        }
        if self.user_claim == "email" && claims.address_is_unverified() {
            return Err(Refused::Claims);
        }
        let subject = claims.subject(&self.user_claim).ok_or(Refused::Claims)?;
        let expires_at = moment(claims.exp + self.leeway_s as f64);
        Ok(Proved { issuer: claims.iss.clone(), subject, name: claims.name.clone(), key: key_of(token, claims), expires_at })
    }
}

/// The SHA-256 of issuer and `jti`; where there is no `jti`, of what was signed. Not of the signature: some algorithms let anyone make a
/// second valid signature from a first, and a token that was ended would be another one then.
fn key_of(token: &str, claims: &Claims) -> JwtKey {
    let mut hash = Sha256::new();
    match &claims.jti {
        Some(jti) => {
            hash.update((claims.iss.len() as u64).to_be_bytes());
            hash.update(&claims.iss);
            hash.update(jti);
        }
        None => hash.update(token.rsplit_once('.').map_or(token, |(signed, _)| signed)),
    }
    JwtKey(hash.finalize().into())
}

#[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest i64, and one beyond all time its largest")]
fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_micros((seconds * 1e6) as i64)
}

fn reason(kind: &ErrorKind) -> Refused {
    match kind {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidAlgorithm => Refused::Algorithm,
        ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => Refused::OutOfTime,
        ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => Refused::NotForUs,
        // The header has been read by now: what is not JSON of our shape is the claims.
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) | ErrorKind::Json(_) => Refused::Claims,
        // The rest is of the library's making and may grow: base64, JSON, UTF-8.
        _ => Refused::Malformed,
    }
}

const fn algorithm_of(setting: JwtAlgorithm) -> Algorithm {
    match setting {
        JwtAlgorithm::HS256 => Algorithm::HS256,
        JwtAlgorithm::RS256 => Algorithm::RS256,
        JwtAlgorithm::ES256 => Algorithm::ES256,
        JwtAlgorithm::EdDSA => Algorithm::EdDSA,
    }
}

fn read(setting: &str, path: &std::path::Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|cause| format!("{setting} {} cannot be read ({cause}).", path.display()))
}
