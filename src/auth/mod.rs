//! Who is calling, and whether they may call at all.
//!
//! A request passes, in this order, [`gate`] (is it one of ours?), [`note_revocations`], [`credentials::resolve`] (does it come with a
//! token?), for a socket [`read_along`], the session layer over [`LoginSessions`] (which
//! login session does its cookie open?), actix-identity, and the extractor [`CurrentUser`].

mod agent;
mod client_address;
pub mod credentials;
mod current_user;
mod door;
mod failed_sign_ins;
pub mod jwt;
mod last_seen;
mod login_session;
mod origin;
mod password;
pub mod read_along;
pub mod second_factor;
pub mod secret;
mod setup_code;
pub mod sign_in;
mod site;
mod throttle;

pub use client_address::{ClientAddress, TrustedProxies};
pub use credentials::Credentials;
pub use current_user::{Admin, AnyReach, AtTheDoor, CurrentUser, Enrolling, InPerson, InRoom, identity_middleware, note_revocations};
pub use door::Door;
pub use failed_sign_ins::FailedSignIns;
pub use last_seen::LastSeen;
pub use login_session::LoginSessions;
pub use origin::gate;
pub use password::{Cost, Passwords, refuse_common};
pub use setup_code::SetupCode;
pub use site::Site;
pub use throttle::{HandshakeRate, PostRate, Throttle};
