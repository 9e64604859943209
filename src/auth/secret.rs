//! Random secrets that are handed out once and kept as a hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What is stored of a secret. A plain hash is enough: nobody can try 2^256 of them.
pub type SecretHash = [u8; 32];

/// 32 random bytes in base64url, with their hash.
///
/// # Errors
/// Where the system has no random numbers.
pub fn generate() -> Result<(String, SecretHash), getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash(&secret);
    Ok((secret, hash))
}

/// The same behind a prefix that tells what it is; the hash is that of the whole.
///
/// # Errors
/// As [`generate`].
pub fn with_prefix(prefix: &str) -> Result<(String, SecretHash), getrandom::Error> {
    let secret = format!("{prefix}{}", generate()?.0);
    let hash = hash(&secret);
    Ok((secret, hash))
}

/// The hash under which a secret that someone presents would be stored.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_anew_and_found_by_their_hash() {
        let (one, stored) = generate().unwrap();
        let (other, _) = generate().unwrap();
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
        assert_eq!(hash(&one), stored);
        assert_ne!(hash(&other), stored);
    }
}
