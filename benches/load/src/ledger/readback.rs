//! At the end: what is stored, as a newcomer reads it.

use anyhow::{Context, Result, ensure};

use super::clients::shown;
use super::entry::Entry;
use crate::adapter::{Account, SnugApi};

/// Says every message of a room and its last event; answers the `seq` of that.
///
/// # Errors
/// The server does not answer as its contract says.
pub fn room(api: &mut SnugApi, reader: &Account, room: i64, run: u16, mut say: impl FnMut(Entry)) -> Result<i64> {
    let mut number = 0;
    loop {
        let page = api.get(&format!("/api/v1/rooms/{room}/messages?after={number}&limit=100"), reader)?;
        let messages = page["messages"].as_array().context("a page without messages")?;
        for message in messages {
            let seq = message["seq"].as_i64().context("a message without seq")?;
            match shown(run, message) {
                Some((number, account, post, text)) => say(Entry::Stored { room, seq, number, account, post, text }),
                None => say(Entry::Foreign { client: u32::MAX, room, seq }),
            }
        }
        let newest = messages.last().and_then(|message| message["number"].as_i64());
        if page["has_newer"] != true {
            let seq = page["cursor"]["seq"].as_i64().context("a page without cursor")?;
            say(Entry::Last { room, seq });
            return Ok(seq);
        }
        ensure!(newest.is_some_and(|newest| newest > number), "a page that says there is more and does not go on");
        number = newest.unwrap_or(number);
    }
}
