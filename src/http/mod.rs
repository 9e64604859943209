//! REST: one file for each resource. Handlers read what was sent into values of the domain, ask the centre or the store, and answer.

pub mod audit;
mod confirm;
pub mod devices;
pub mod directs;
pub mod docs;
pub mod events;
mod extract;
mod headers;
pub mod health;
pub mod invites;
pub mod limits;
pub mod me;
pub mod members;
pub mod messages;
mod newcomer;
pub mod page;
pub mod password_resets;
pub mod people;
pub mod place;
pub mod presence;
pub mod reads;
pub mod room_bans;
pub mod rooms;
pub mod second_factor;
pub mod setup;
pub mod sign_in;
pub mod sign_up;
pub mod tokens;
pub mod users;
pub mod ws_ticket;

use actix_web::web::Json;

pub use extract::{body_config, method_not_allowed, not_found, path_config, query_config};
pub use headers::harden;
pub use health::Readiness;

use crate::domain::Outcome;
use crate::error::AppError;

/// What most handlers that change something answer.
type Done = Result<Json<Outcome>, AppError>;
