//! Tokens of an identity provider: what they are checked by.

use std::path::PathBuf;

use url::Url;

use super::ConfigError;
use crate::domain::PlaceRole;

/// As it is set, value by value. [`JwtSettings::whole`] makes sense of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtSettings {
    /// Who signs (`iss`). `SNUG_JWT_ISSUER`, `--jwt-issuer`, `jwt.issuer`; default none: no JWT is accepted.
    pub issuer: Option<String>,
    /// For whom (`aud`). `SNUG_JWT_AUDIENCE`, `--jwt-audience`, `jwt.audience`; default none, but needed.
    pub audience: Option<String>,
    /// How. `SNUG_JWT_ALGORITHMS`, `--jwt-algorithms`, `jwt.algorithms`; default RS256.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The shared secret of HS256. `SNUG_JWT_SECRET_FILE`, `--jwt-secret-file`, `jwt.secret_file`; default none.
    pub secret_file: Option<PathBuf>,
    /// The provider's key. `SNUG_JWT_PUBLIC_KEY_FILE`, `--jwt-public-key-file`, `jwt.public_key_file`; default none.
    pub public_key_file: Option<PathBuf>,
    /// Its published keys. `SNUG_JWT_JWKS_URL`, `--jwt-jwks-url`, `jwt.jwks_url`; default none.
    pub jwks_url: Option<Url>,
    /// Seconds by which clocks may differ. `SNUG_JWT_LEEWAY_S`, `--jwt-leeway-s`, `jwt.leeway_s`; default 30.
    pub leeway_s: u64,
    /// The claim that names the user. `SNUG_JWT_USER_CLAIM`, `--jwt-user-claim`, `jwt.user_claim`; default sub.
    pub user_claim: String,
    /// Whether it may name an account that is there. `SNUG_JWT_LINK_EXISTING`, `--jwt-link-existing`, `jwt.link_existing`; default false.
    pub link_existing: bool,
    /// Whether it may bring somebody new. `SNUG_JWT_CREATE_USERS`, `--jwt-create-users`, `jwt.create_users`; default false.
    pub create_users: bool,
    /// As what. `SNUG_JWT_NEW_USER_ROLE`, `--jwt-new-user-role`, `jwt.new_user_role`; default member.
    pub new_user_role: PlaceRole,
}

/// The signatures that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtAlgorithm {
    HS256,
    RS256,
    ES256,
    EdDSA,
}

/// Where the keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtKeys {
    Secret(PathBuf),
    PublicKey(PathBuf),
    Url(Url),
}

/// Settings that fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    pub issuer: String,
    pub audience: String,
    pub algorithms: Vec<JwtAlgorithm>,
    pub keys: JwtKeys,
    pub leeway_s: u64,
    pub user_claim: String,
    pub link_existing: bool,
    /// `None`: nobody new comes by a token.
    pub create: Option<PlaceRole>,
}

impl Default for JwtSettings {
    fn default() -> Self {
        Self {
            issuer: None,
            audience: None,
            algorithms: vec![JwtAlgorithm::RS256],
            secret_file: None,
            public_key_file: None,
            jwks_url: None,
            leeway_s: 30,
            user_claim: "sub".to_owned(),
            link_existing: false,
            create_users: false,
            new_user_role: PlaceRole::Member,
        }
    }
}

impl JwtAlgorithm {
    /// Parses a name of RFC 7518 or 8037, as it is written there.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::HS256, Self::RS256, Self::ES256, Self::EdDSA].into_iter().find(|algorithm| algorithm.as_str() == text)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl std::fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl JwtSettings {
    /// The settings together; `None` where no issuer is set.
    ///
    /// # Errors
    /// What is missing or does not fit.
    pub fn whole(&self) -> Result<Option<Jwt>, ConfigError> {
        let given: Vec<JwtKeys> = [
            self.secret_file.clone().map(JwtKeys::Secret),
            self.public_key_file.clone().map(JwtKeys::PublicKey),
            self.jwks_url.clone().map(JwtKeys::Url),
        ]
        .into_iter()
        .flatten()
        .collect();
        let Some(issuer) = self.issuer.clone() else {
            let stray = !given.is_empty() || self.audience.is_some();
            return if stray { Err(ConfigError::Jwt("jwt.issuer is not set, but other settings of jwt are.")) } else { Ok(None) };
        };
        let audience = self.audience.clone().ok_or(ConfigError::Jwt("jwt.issuer is set, so jwt.audience must be too."))?;
        let [keys] = <[JwtKeys; 1]>::try_from(given)
            .map_err(|_| ConfigError::Jwt("set one of jwt.secret_file, jwt.public_key_file and jwt.jwks_url, and only one."))?;
        let shared = self.algorithms.contains(&JwtAlgorithm::HS256);
        match keys {
            // A public key that counts as a shared secret lets everyone sign.
            JwtKeys::Secret(_) if self.algorithms != [JwtAlgorithm::HS256] => {
                Err(ConfigError::Jwt("jwt.secret_file is for HS256 alone; set jwt.algorithms to HS256."))
            }
            JwtKeys::PublicKey(_) | JwtKeys::Url(_) if shared || self.algorithms.is_empty() => {
                Err(ConfigError::Jwt("jwt.algorithms must name RS256, ES256 or EdDSA for a public key, and not HS256."))
            }
            keys => Ok(Some(Jwt {
                issuer,
                audience,
                algorithms: self.algorithms.clone(),
                keys,
                leeway_s: self.leeway_s,
                user_claim: self.user_claim.clone(),
                link_existing: self.link_existing,
                create: self.create_users.then_some(self.new_user_role),
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let right = JwtSettings {
            issuer: Some("https://id.example".to_owned()),
            audience: Some("snug".to_owned()),
            public_key_file: Some("key.pem".into()),
            ..JwtSettings::default()
        };
        assert!(right.whole().unwrap().is_some());
        assert!(JwtSettings::default().whole().unwrap().is_none());
        let secret = Some(PathBuf::from("secret"));
        let wrong = [
            JwtSettings { issuer: None, ..right.clone() },
            JwtSettings { audience: None, ..right.clone() },
            JwtSettings { public_key_file: None, ..right.clone() },
            JwtSettings { secret_file: secret.clone(), ..right.clone() },
            JwtSettings { algorithms: vec![JwtAlgorithm::RS256, JwtAlgorithm::HS256], ..right.clone() },
            JwtSettings { algorithms: Vec::new(), ..right.clone() },
            JwtSettings { public_key_file: None, secret_file: secret, ..right.clone() },
        ];
        for settings in wrong {
            assert!(settings.whole().is_err(), "{settings:?}");
        }
    }
}
