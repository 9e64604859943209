//! What guards the ways in: sign-in, sign-up and set-up.

use super::second_factor::SecondFactors;
use super::{FailedSignIns, LastSeen, Passwords, SetupCode, Throttle};

/// Everything that a handler needs to let someone in.
#[derive(Clone)]
pub struct Door {
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub setup_code: SetupCode,
    pub seen: LastSeen,
    pub failed: FailedSignIns,
    pub second_factors: SecondFactors,
}
