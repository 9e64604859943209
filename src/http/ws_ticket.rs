//! One-time tickets for clients that can set no header, such as a page on another origin.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::credentials::TICKET_PREFIX;
use crate::auth::{AnyReach, secret};
use crate::domain::Timestamp;
use crate::error::AppError;
use crate::store::Store;
use crate::store::ws_tickets::{self, NewTicket};

/// How long a ticket waits for its handshake.
const LASTS: Duration = Duration::from_secs(30);

/// A ticket: `new WebSocket("wss://…/ws?token=" + ticket)`.
#[derive(Serialize, ToSchema)]
pub struct Ticket {
    ticket: String,
    expires_at: Timestamp,
}

/// Makes a ticket that opens one socket within 30 seconds. The socket belongs to the credential that this request came with, and ends
/// with it.
#[utoipa::path(post, path = "/api/v1/ws-ticket", tag = "tokens", responses((status = 201, body = Ticket)))]
pub async fn create(AnyReach(user): AnyReach, store: Data<Store>) -> Result<HttpResponse, AppError> {
    let (ticket, token_hash) = secret::with_prefix(TICKET_PREFIX).map_err(|cause| AppError::internal(&cause))?;
    let (credential, credential_expires_at, user) = (user.credential(), user.expires_at(), user.id());
    let expires_at = store
        .write(move |tx| {
            let expires_at = tx.now().after(LASTS);
            ws_tickets::create(tx, &NewTicket { token_hash, user, credential, credential_expires_at, expires_at })?;
            Ok::<_, crate::store::StoreError>(expires_at)
        })
        .await?;
    Ok(HttpResponse::Created().json(Ticket { ticket, expires_at }))
}
