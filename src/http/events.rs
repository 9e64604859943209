//! Catching up with a room's log.

use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::InRoom;
use crate::domain::{Cursor, Limits, LogEntry, Refusal, RoomId, Seq, Tag};
use crate::error::AppError;
use crate::store::Store;
use crate::store::events::{self, Replay};

/// The cursor one has.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    seq: i64,
    tag: u32,
}

impl From {
    pub(crate) const fn cursor(&self) -> Cursor {
        Cursor { seq: Seq(self.seq), tag: Tag(self.tag) }
    }
}

/// All of it, or a clear no; never a part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CatchUp {
    /// Everything after the cursor.
    Complete { entries: Vec<LogEntry>, cursor: Cursor },
    /// The cursor is too far behind, or of another history: load the room anew.
    Reset { reset: bool },
}

/// What has happened in a room since a cursor.
#[utoipa::path(get, path = "/api/v1/rooms/{id}/events", tag = "messages", params(("id" = i64, Path), From),
    responses((status = 200, body = CatchUp)))]
pub async fn list(
    user: InRoom,
    id: Path<i64>,
    from: Query<From>,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<Json<CatchUp>, AppError> {
    let (by, room, most) = (user.id(), RoomId::new(*id), limits.replay_events);
    let cursor = from.cursor();
    let replays = store.read(move |conn| events::replay(conn, by, &[(room, cursor, Seq(i64::MAX))], most)).await?;
    match replays.into_iter().next() {
        Some((_, Replay::Entries(entries, cursor))) => Ok(Json(CatchUp::Complete { entries, cursor })),
        Some((_, Replay::Reset)) => Ok(Json(CatchUp::Reset { reset: true })),
        Some((_, Replay::Hidden)) | None => Err(Refusal::not_found().into()),
    }
}
