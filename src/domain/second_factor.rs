//! Of whom the place asks for a second factor.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PlaceRole;
use super::roles::stored_words;

/// Who must have one. Whoever must and has none yet can sign in only to set it up. What an identity provider has vouched for is the
/// provider's to ask for a second factor, so a JWT passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Nobody; everyone may.
    Optional,
    /// Owners and admins.
    Admins,
    Everyone,
}

stored_words!(SecondFactorRule { Optional = "optional", Admins = "admins", Everyone = "everyone" });

impl SecondFactorRule {
    /// Whether somebody of this role must have one.
    pub const fn asks(self, role: PlaceRole) -> bool {
        match self {
            Self::Optional => false,
            Self::Admins => role.runs_the_place(),
            Self::Everyone => true,
        }
    }
}
