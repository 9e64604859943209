//! Every limit in one place.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What one client may ask of the server. Each is a setting; `/api/v1/limits` and `ready` show the ones in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one WebSocket message, fragments joined, and of one REST body.
    pub frame_bytes: usize,
    /// Characters of one message.
    pub message_chars: usize,
    /// Posts a second of one user, averaged.
    pub posts_per_second: u32,
    /// Posts of one user at once.
    pub posts_burst: u32,
    /// Other frames a second of one session, averaged; four times as many at once.
    pub frames_per_second: u32,
    /// Open sockets of one user.
    pub sockets_per_user: usize,
    /// Open sockets of one address, whoever is behind it; an IPv6 network of 64 bits counts as one.
    pub sockets_per_address: usize,
    /// Handshakes a second of one address, averaged; as many at once as it may have sockets.
    pub handshakes_per_second: u32,
    /// Open connections of one address, sockets and idle ones together, a trusted proxy's aside.
    pub connections_per_address: usize,
    /// Bytes waiting for one socket (each frame counts its length and 64).
    pub outbox_bytes: usize,
    /// Changes waiting for the writer.
    pub backlog: usize,
    /// Events replayed for one room after a reconnect; a client further behind starts the room over.
    pub replay_events: usize,
    /// Sign-in attempts a minute for one account from one address, and five times as many for one address.
    pub sign_in_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 64 * 1024,
            message_chars: 8_000,
            posts_per_second: 10,
            posts_burst: 30,
            frames_per_second: 50,
            sockets_per_user: 20,
            sockets_per_address: 2_000,
            handshakes_per_second: 200,
            connections_per_address: 4_000,
            outbox_bytes: 1024 * 1024,
            backlog: 4_096,
            replay_events: 1_000,
            sign_in_per_minute: 5,
        }
    }
}
