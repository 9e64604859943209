//! Values that exist only if they are valid, and the rules that need nothing else.
//!
//! Everything that comes from outside is parsed into one of these types before any other part of Snug sees it.
//! Nothing here does I/O.

mod action;
mod audit;
mod credential;
mod cursor;
mod event;
mod ids;
mod limits;
mod message;
mod names;
mod password;
pub mod policy;
mod refusal;
mod revocation;
mod roles;
mod room;
mod second_factor;
mod text;
mod time;
mod user;

pub use action::{Action, DirectPeers, Outcome};
pub use audit::{AuditKind, AuditRecord, Origin};
pub use credential::{Access, By, Credential, Grant, JwtKey};
pub use cursor::{Cursor, Number, Seq, Tag};
pub use event::{Event, LogEntry};
pub use ids::{AuditId, ClientId, InviteId, LoginSessionId, MessageId, RevocationId, RoomId, SessionId, TokenId, UserId};
pub use limits::Limits;
pub use message::{Content, Message, MessageBody, SafeHtml};
pub use names::{BanReason, DisplayName, PlaceName, RoomName, TokenName, Topic, Username};
pub use password::Password;
pub use refusal::{Code, Refusal};
pub use revocation::{Cause, Revocation, Scope};
pub use roles::{PlaceRole, RoomRole};
pub use room::{ListedRoom, Member, Membership, Room, RoomKind, SignUpMode, Visibility};
pub use second_factor::SecondFactorRule;
pub use time::Timestamp;
pub use user::{Inactive, User};
