//! The second factor: codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds), and recovery codes for when it
//! is lost.

use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qrcode::QrCode;
use qrcode::render::svg;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp};

use super::secret::{self, SecretHash};
use crate::domain::{Timestamp, UserId};

/// Bytes of a secret: what RFC 4226 asks for.
const SECRET_BYTES: usize = 20;
const NONCE_BYTES: usize = 12;
/// Clocks may differ by one step of 30 seconds.
const SKEW: u16 = 1;
/// How many recovery codes there are at a time.
pub const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code, of 31 each: 118 bits, more than the 112 above which a plain hash is enough to keep it.
const RECOVERY_LETTERS: usize = 24;

/// Makes, seals and checks secrets. The seal is a key from the secrets file: a copy of the database alone gives nobody a code. Cloning
/// shares it.
#[derive(Clone)]
pub struct SecondFactors {
    seal: Arc<Aes256Gcm>,
    issuer: &'static str,
}

/// A secret that waits to be confirmed, as its owner is shown it, once.
pub struct Enrolment {
    pub sealed: Vec<u8>,
    /// Base32, to be typed.
    pub secret: String,
    /// `otpauth://…`, to be opened.
    pub uri: String,
    /// The same to be photographed.
    pub svg: String,
}

impl SecondFactors {
    /// Derives the seal from the server's secret. Another secret makes every enrolled app useless.
    pub fn new(server_secret: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"snug second factor seal 1");
        hash.update(server_secret);
        Self { seal: Arc::new(Aes256Gcm::new(&hash.finalize().0.into())), issuer: "Snug" }
    }

    /// A new secret for this account.
    ///
    /// # Errors
    /// Where the system has no random numbers; what the libraries answer, which for these inputs is nothing.
    pub fn enrol(&self, user: UserId, username: &str) -> Result<Enrolment, String> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        let totp = self.totp(&bytes, username)?;
        let uri = totp.to_url().map_err(|error| error.to_string())?;
        let code = QrCode::new(&uri).map_err(|error| error.to_string())?;
        let svg = code.render::<svg::Color<'_>>().min_dimensions(192, 192).build();
        Ok(Enrolment { sealed: self.seal(user, &bytes)?, secret: totp.secret().to_base32(), uri, svg })
    }

    /// The step of the code, where it is one of this sealed secret's at this moment. Whoever stores the step refuses it the second time.
    ///
    /// # Errors
    /// Where the seal does not open: the secrets file is another one.
    pub fn check(&self, user: UserId, sealed: &[u8], code: &str, now: Timestamp) -> Result<Option<u64>, String> {
        let bytes = self.open(user, sealed)?;
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or(0);
        Ok(self.totp(&bytes, "")?.check(&digits, seconds))
    }

    fn totp(&self, bytes: &[u8], username: &str) -> Result<Totp, String> {
        let builder = Builder::new().with_secret(bytes.to_vec()).with_skew(SKEW);
        builder.with_issuer(Some(self.issuer)).with_account_name(username).build().map_err(|error| error.to_string())
    }

    /// The account stands in the seal: a sealed secret that somebody copies to another account opens nothing there.
    fn seal(&self, user: UserId, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut sealed = vec![0; NONCE_BYTES];
        getrandom::fill(&mut sealed).map_err(|error| error.to_string())?;
        let payload = Payload { msg: bytes, aad: &user.get().to_be_bytes() };
        let cipher = self.seal.encrypt(Nonce::from_slice(&sealed), payload).map_err(|error| error.to_string())?;
        sealed.extend(cipher);
        Ok(sealed)
    }

    fn open(&self, user: UserId, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let damaged = || "a second factor cannot be read; is the secrets file the one that it was made with?".to_owned();
        let (nonce, cipher) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(damaged)?;
        let payload = Payload { msg: cipher, aad: &user.get().to_be_bytes() };
        self.seal.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| damaged())
    }
}

/// New recovery codes, such as `k4xq-7m2p-ahw3-5tzr-c6ne-q2vd`, with their hashes.
///
/// # Errors
/// Where the system has no random numbers.
pub fn recovery_codes() -> Result<Vec<(String, SecretHash)>, getrandom::Error> {
    (0..RECOVERY_CODES).map(|_| recovery_code()).collect()
}

fn recovery_code() -> Result<(String, SecretHash), getrandom::Error> {
    // Without letters and digits that are taken for one another.
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789=";
    let mut bytes = [0; RECOVERY_LETTERS * 2];
    let mut letters = String::new();
    while letters.len() < RECOVERY_LETTERS {
        getrandom::fill(&mut bytes)?;
        let drawn = bytes.iter().map(|byte| LETTERS[usize::from(byte % 32)]).filter(|letter| *letter != b'=');
        letters.extend(drawn.map(char::from));
    }
    letters.truncate(RECOVERY_LETTERS);
    let hash = recovery_hash(&letters);
    let parts: Vec<&str> = (0..RECOVERY_LETTERS / 4).map(|part| &letters[part * 4..part * 4 + 4]).collect();
    Ok((parts.join("-"), hash))
}

/// The hash of a recovery code as somebody types it: without dashes and blanks, in any case.
pub fn recovery_hash(typed: &str) -> SecretHash {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    secret::hash(&URL_SAFE_NO_PAD.encode(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: UserId = UserId::new(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let factors = SecondFactors::new(b"server");
        let sealed = factors.seal(ALICE, b"12345678901234567890").unwrap();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert_eq!(factors.check(ALICE, &sealed, code, at(seconds)).unwrap(), Some(seconds as u64 / 30), "{code}");
        }
    }

    #[test]
    fn a_code_lives_for_its_step_and_the_ones_beside_it() {
        let factors = SecondFactors::new(b"server");
        let sealed = factors.seal(ALICE, b"12345678901234567890").unwrap();
        for (seconds, good) in [(29, true), (30, true), (59, true), (89, true), (90, false), (1_000_000, false)] {
            assert_eq!(factors.check(ALICE, &sealed, "287082", at(seconds)).unwrap().is_some(), good, "{seconds}");
        }
        for wrong in ["", "28708", "2870822", "28708a", "287 08"] {
            assert_eq!(factors.check(ALICE, &sealed, wrong, at(59)).unwrap(), None, "{wrong:?}");
        }
        assert!(factors.check(ALICE, &sealed, "287 082", at(59)).unwrap().is_some(), "as apps show it");
    }

    #[test]
    fn a_seal_opens_for_its_account_and_its_server_only() {
        let factors = SecondFactors::new(b"server");
        let enrolment = factors.enrol(ALICE, "alice").unwrap();
        assert!(enrolment.uri.starts_with("otpauth://totp/Snug:alice?secret="));
        assert!(enrolment.svg.contains("<svg") && enrolment.secret.len() == 32);
        assert!(factors.open(ALICE, &enrolment.sealed).is_ok());
        assert!(factors.open(UserId::new(2), &enrolment.sealed).is_err());
        assert!(SecondFactors::new(b"other").open(ALICE, &enrolment.sealed).is_err());
        assert!(factors.open(ALICE, b"short").is_err());
    }

    #[test]
    fn a_recovery_code_may_be_typed_as_people_type() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let (code, hash) = &codes[0];
        assert_eq!(code.len(), 29);
        assert_eq!(recovery_hash(&code.to_uppercase().replace('-', " ")), *hash);
        assert_ne!(codes[1].1, *hash);
    }
}
