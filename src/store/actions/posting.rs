//! Saying something.

use crate::domain::{ClientId, Code, Content, Outcome, Refusal, RoomId, UserId};
use crate::store::{StoreError, Transaction, messages};

use super::reading;

/// The result of an earlier try with the same `client_id`, where there was one. The rooms of a batch are locked before this looks, so
/// what is not there now cannot come in between.
///
/// # Errors
/// Refused with [`Code::ClientIdReused`] where that one said something else.
pub fn first_result(
    tx: &mut Transaction<'_>,
    by: UserId,
    room: RoomId,
    client_id: ClientId,
    content: &Content,
) -> Result<Option<Outcome>, StoreError> {
    let Some((message, cursor)) = messages::first_try(tx, room, by, client_id)? else {
        return Ok(None);
    };
    if message.body != content.body.as_str() {
        let reused = Refusal::of(Code::ClientIdReused, "This client_id belongs to another message of yours; make a new one for each.");
        return Err(reused.field("client_id").into());
    }
    Ok(Some(Outcome::Posted { message, cursor }))
}

/// Stores the message. Its author has read the room up to it.
pub fn post(tx: &mut Transaction<'_>, by: UserId, room: RoomId, client_id: ClientId, content: &Content) -> Result<Outcome, StoreError> {
    let (message, cursor) = tx.log_message(room, by, client_id, content)?;
    reading::set(tx, by, room, message.number)?;
    Ok(Outcome::Posted { message, cursor })
}
