//! What proves an identity, how far it reaches, and who asks for something by it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::roles::stored_words;
use super::{LoginSessionId, RoomId, TokenId, UserId};

/// What proved an identity. The sockets that it opened end with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// The sign-in behind a cookie.
    Login(LoginSessionId),
    /// An API token.
    Token(TokenId),
    /// A token that an identity provider signed.
    Jwt(JwtKey),
}

/// Tells JWTs apart without keeping them: the SHA-256 of issuer and `jti`, or of the whole token where it has no `jti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JwtKey(pub [u8; 32]);

impl fmt::Display for Credential {
    /// As it stands in the database, such as `login:7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login(id) => write!(f, "login:{id}"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Jwt(JwtKey(key)) => write!(f, "jwt:{}", hex::encode(key)),
        }
    }
}

impl Credential {
    /// Reads back what [`Display`](fmt::Display) wrote; `None` for anything else.
    pub fn from_word(word: &str) -> Option<Self> {
        let (kind, id) = word.split_once(':')?;
        match kind {
            "login" => id.parse().ok().map(LoginSessionId::new).map(Self::Login),
            "token" => id.parse().ok().map(TokenId::new).map(Self::Token),
            "jwt" => hex::decode(id).ok()?.try_into().ok().map(JwtKey).map(Self::Jwt),
            _ => None,
        }
    }
}

/// What a credential may be used for, at most: its user's role sets a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Listen and look things up.
    Read,
    /// Also post, and change what a member may change.
    Write,
    /// Also what takes an admin, where the user is one.
    Admin,
}

stored_words!(Access { Read = "read", Write = "write", Admin = "admin" });

/// How far a credential reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grant {
    pub access: Access,
    /// The only room it opens; `None`: all of its user's.
    pub room: Option<RoomId>,
}

impl Grant {
    /// Everything that the user may: a sign-in with a password.
    pub const FULL: Self = Self { access: Access::Admin, room: None };
}

/// Who asks for a change: known from the credential, never from what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    pub user: UserId,
    pub credential: Credential,
    pub grant: Grant,
    /// Where the request, or the handshake of the socket, came from.
    pub address: IpAddr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_read_back_as_it_was_written() {
        let all = [Credential::Login(LoginSessionId::new(7)), Credential::Token(TokenId::new(8)), Credential::Jwt(JwtKey([0xab; 32]))];
        for credential in all {
            assert_eq!(Credential::from_word(&credential.to_string()), Some(credential));
        }
        for refused in ["", "login", "login:", "login:x", "jwt:abcd", "cookie:1"] {
            assert_eq!(Credential::from_word(refused), None, "{refused:?}");
        }
    }
}
