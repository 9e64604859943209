//! Why a socket ends: one table. The number's range says what the client should do.

/// What a client does after a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Connect again with the cursors it has, after a random part of the back-off.
    Reconnect,
    /// Ask the person to sign in.
    SignIn,
    /// Stop: the same would happen again.
    GiveUp,
}

macro_rules! closes {
    ($($(#[$doc:meta])+ $name:ident = $code:literal, $then:ident, $reason:literal;)+) => {
        /// Every way the server ends a socket.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CloseReason { $($(#[$doc])+ $name),+ }

        impl CloseReason {
            /// All of them, in the order of the table in docs/protocol.md.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The number in the close frame.
            pub const fn code(self) -> u16 {
                match self { $(Self::$name => $code),+ }
            }

            /// The words in the close frame: at most 123 bytes, as RFC 6455 asks.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason),+ }
            }

            /// What the client should do now.
            pub const fn then(self) -> Then {
                match self { $(Self::$name => Then::$then),+ }
            }
        }
    };
}

closes! {
    /// The client closed, and is answered in kind.
    Normal = 1000, Reconnect, "bye";
    /// A frame that breaks RFC 6455.
    ProtocolError = 1002, GiveUp, "protocol error";
    /// A binary message; Snug speaks JSON text.
    NotText = 1003, GiveUp, "text frames only";
    /// Text that is not UTF-8.
    NotUtf8 = 1007, GiveUp, "not UTF-8";
    /// A frame or message over the limit, refused by its declared length.
    TooLarge = 1009, GiveUp, "message too large";
    /// Something failed on the server; it is in the log.
    Internal = 1011, Reconnect, "internal error";
    /// The server stops or restarts.
    Restarting = 1012, Reconnect, "restarting, come back in 0 to 5 s";
    /// The client took nothing for too long and its outbox was full.
    Slow = 4000, Reconnect, "slow, resume from your cursor";
    /// Nothing was heard from the client, not even a pong.
    Silent = 4001, Reconnect, "no answer to pings";
    /// A frame that was begun and not finished in time.
    Unfinished = 4002, Reconnect, "frame not finished in time";
    /// The user's role in the place changed; what they see now comes with the next `ready`.
    RoleChanged = 4003, Reconnect, "role changed, connect again";
    /// The login session was signed out, here or on another device.
    SignedOut = 4100, SignIn, "signed out";
    /// The login session or token expired.
    Expired = 4101, SignIn, "session expired";
    /// The password was changed on another device.
    PasswordChanged = 4102, SignIn, "password changed";
    /// The API token or JWT was revoked.
    TokenRevoked = 4103, SignIn, "token revoked";
    /// The place asks for a second factor, and the account has none yet.
    SecondFactorNeeded = 4104, SignIn, "second factor needed";
    /// The account was deactivated.
    Deactivated = 4200, GiveUp, "account deactivated";
    /// The client went on flooding after being told to slow down.
    Flooding = 4201, GiveUp, "too many messages";
    /// The user has too many sockets; the oldest one ends.
    TooManySockets = 4202, GiveUp, "too many open connections";
    /// The account was banned.
    Banned = 4203, GiveUp, "banned";
    /// The account was deleted.
    Deleted = 4204, GiveUp, "account deleted";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_a_close_frame_and_has_its_own_number() {
        let mut codes: Vec<u16> = CloseReason::ALL.iter().map(|reason| reason.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CloseReason::ALL.len());
        for reason in CloseReason::ALL {
            assert!(reason.reason().len() <= 123, "{reason:?}");
            assert!(matches!(reason.code(), 1000..=1015 | 4000..=4999), "{reason:?}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_the_range_of_a_number_says_what_to_do() {
        assert!(CloseReason::ALL.is_sorted_by_key(|reason| reason.code()));
        for reason in CloseReason::ALL {
            let by_range = match reason.code() {
                1000 | 1011..=1015 | 4000..=4099 => Then::Reconnect,
                4100..=4199 => Then::SignIn,
                _ => Then::GiveUp,
            };
            assert_eq!(reason.then(), by_range, "{reason:?}");
        }
    }
}
