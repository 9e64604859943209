//! Makes docs/protocol.md.

use std::fmt::Write as _;

use snug::protocol::{CloseReason, Then};

use super::fixtures::{self, Direction, Fixture};

const HEAD: &str = "\
# The protocol, version 1

Made from the fixtures in `tests/protocol/fixtures`, which the server's and the page's tests read; `make docs` makes it again.

A client opens `GET /ws` with the cookie of its login session, or as [authentication.md](authentication.md) says. A stranger is answered
401 and a foreign Origin 403, before the upgrade. Every frame is JSON text, `{\"type\": \"...\", ...}`. Both directions are closed: an
unknown type or field from a client is refused with an `error`, and the socket stays.

A request carries `ref`, a number of the client's choice; its `reply` or `error` carries it back. Times are milliseconds since 1970.
Order within a room is `seq`, never time: it counts every event of the room, 1, 2, 3 and so on without a gap. A `cursor` is the last
event a client has applied, its `seq` with its `tag` (32 random bits that tell one history of the database from another).

## Staying complete

1. The first message is `ready`. For each room, `last` is how far the client must fetch; every event after it is pushed.
2. A client that holds a room at a cursor asks `resume`; it gets every event it missed, then `resumed`, or `reset`, never a part.
3. A client that holds nothing of a room asks `history`; the page's `cursor` says which events it already contains.
4. Events at or below the client's cursor are ignored. One that jumps ahead means a gap: ask `resume`.
5. A post is stored once its `reply` has come. Where none came, send it again with the same `client_id`: it is never stored twice.
   One `client_id` with another body is refused. It is a UUID of any version; those that begin with the time (version 7) cost the
   server least, and tell who reads the room when the author's clock says that they were made.
6. An `error` with `retry_after_ms` may be sent again after that time. The code `unknown` means that it may or may not have been
   stored: send it again with the same `client_id` to learn which.
7. Typing and presence are best effort.

";

/// The whole page.
pub fn protocol_page() -> String {
    let mut page = HEAD.to_owned();
    let all = fixtures::all();
    section(&mut page, "What a client may say", all.iter().filter(|fixture| fixture.direction == Direction::Client));
    section(&mut page, "What the server says", all.iter().filter(|fixture| fixture.direction == Direction::Server));
    closes(&mut page);
    page
}

fn section<'a>(page: &mut String, title: &str, fixtures: impl Iterator<Item = &'a Fixture>) {
    writeln!(page, "## {title}\n").unwrap();
    for Fixture { name, doc, message, .. } in fixtures {
        let json = serde_json::to_string_pretty(message).unwrap();
        writeln!(page, "### `{}`\n\n{doc}\n\n```json\n{json}\n```\n", title_of(name)).unwrap();
    }
}

/// `server_event_posted` is shown as `event posted`.
fn title_of(name: &str) -> String {
    let bare = name.strip_prefix("client_").or_else(|| name.strip_prefix("server_")).unwrap_or(name);
    match bare.strip_prefix("event_") {
        Some(kind) => format!("event: {kind}"),
        None => bare.to_owned(),
    }
}

fn closes(page: &mut String) {
    page.push_str(
        "## Why a socket ends\n\n\
         From 4000 it is worth trying again, from 4100 the person has to sign in, from 4200 the same would happen again.\n\n\
         | code | reason | the client then |\n|---|---|---|\n",
    );
    for reason in CloseReason::ALL {
        let then = match reason.then() {
            Then::Reconnect => "tries again: connects with its cursors, after a random part of the back-off",
            Then::SignIn => "asks the person to sign in again",
            Then::GiveUp => "gives up: the same would happen again",
        };
        writeln!(page, "| {} | {} | {then} |", reason.code(), reason.reason()).unwrap();
    }
    page.push_str(
        "\nCode 1006 without a `ready` is what a browser shows for a refused handshake: `GET /api/v1/me` tells whether to sign in (401) or\nto try again.\n",
    );
}
