//! Rows as they are read, and what they become.

use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;

use super::StoreError;
use super::schema::{messages, rooms, users};
use crate::domain::{
    ClientId, Cursor, DisplayName, Message, MessageId, Number, PlaceRole, Room, RoomId, RoomKind, RoomName, Seq, Tag, Timestamp, Topic,
    User, UserId, Username,
};

/// Reads a stored word back into its enum.
pub fn word<T>(stored: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
    read(stored).ok_or_else(|| StoreError::broken(format!("the database holds the unknown word {stored:?}")))
}

/// The SQL types of a row's columns, for statements that are written out.
pub type ColumnTypes<R> = SqlTypeOf<<R as Selectable<Pg>>::SelectExpression>;

/// The public part of an account.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserRow {
    pub id: i64,
    pub username: String,
    pub display_name: String,
    pub role: String,
    pub deactivated_at: Option<i64>,
}

impl UserRow {
    /// The account as others see it.
    pub fn into_user(self) -> Result<User, StoreError> {
        Ok(User {
            id: UserId::new(self.id),
            username: Username::from_stored(self.username),
            display_name: DisplayName::from_stored(self.display_name),
            role: word(&self.role, PlaceRole::from_word)?,
            active: self.deactivated_at.is_none(),
        })
    }
}

/// A room.
#[derive(Queryable, Selectable)]
#[diesel(table_name = rooms)]
pub struct RoomRow {
    pub id: i64,
    pub kind: String,
    pub name: Option<String>,
    pub topic: String,
    pub is_default: bool,
    pub archived_at: Option<i64>,
    pub created_at: i64,
    pub last_seq: i64,
    pub last_tag: i64,
    pub last_number: i64,
    pub last_at: i64,
    pub direct_key: Option<String>,
}

impl RoomRow {
    /// What kind of room it is.
    pub fn kind(&self) -> Result<RoomKind, StoreError> {
        word(&self.kind, RoomKind::from_word)
    }

    /// The end of its log.
    pub fn last(&self) -> Result<Cursor, StoreError> {
        cursor(self.last_seq, self.last_tag)
    }

    /// The room as its members see it.
    pub fn into_room(self) -> Result<Room, StoreError> {
        Ok(Room {
            id: RoomId::new(self.id),
            kind: self.kind()?,
            last: self.last()?,
            name: self.name.map(RoomName::from_stored),
            topic: Topic::from_stored(self.topic),
            is_default: self.is_default,
            archived: self.archived_at.is_some(),
            created_at: Timestamp::from_micros(self.created_at),
            last_number: Number(self.last_number),
            last_at: Timestamp::from_micros(self.last_at),
            people: self.direct_key.as_deref().map_or(Ok(Vec::new()), people)?,
        })
    }
}

/// Nobody leaves a direct room, so its people are those of its key.
fn people(direct_key: &str) -> Result<Vec<UserId>, StoreError> {
    let ids = direct_key.split(',').map(|id| id.parse().map(UserId::new));
    ids.collect::<Result<_, _>>().map_err(|_| StoreError::broken(format!("the direct key {direct_key:?} is not a list of ids")))
}

/// A message.
#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct MessageRow {
    pub id: i64,
    pub room_id: i64,
    pub number: i64,
    pub seq: i64,
    pub author_id: i64,
    pub client_id: Vec<u8>,
    pub body: String,
    pub html: String,
    pub at: i64,
}

impl MessageRow {
    /// The message as its room sees it.
    pub fn into_message(self) -> Result<Message, StoreError> {
        Ok(Message {
            id: MessageId::new(self.id),
            room: RoomId::new(self.room_id),
            number: Number(self.number),
            seq: Seq(self.seq),
            author: UserId::new(self.author_id),
            client_id: client_id(&self.client_id)?,
            body: self.body,
            html: self.html,
            at: Timestamp::from_micros(self.at),
        })
    }
}

/// A stored UUID.
pub fn client_id(bytes: &[u8]) -> Result<ClientId, StoreError> {
    let bytes: [u8; 16] = bytes.try_into().map_err(|_| StoreError::broken("a stored client_id has not 16 bytes"))?;
    Ok(ClientId::from_uuid(uuid::Uuid::from_bytes(bytes)))
}

/// A stored tag.
pub fn tag(stored: i64) -> Result<Tag, StoreError> {
    u32::try_from(stored).map(Tag).map_err(|_| StoreError::broken(format!("{stored} is not a tag")))
}

/// A stored cursor.
pub fn cursor(seq: i64, stored_tag: i64) -> Result<Cursor, StoreError> {
    Ok(Cursor { seq: Seq(seq), tag: tag(stored_tag)? })
}
