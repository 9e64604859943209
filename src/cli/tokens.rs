//! `snug token …`: API tokens, made and ended beside the running server.

use std::io::Write;
use std::time::Duration;

use actix_web::cookie::time::OffsetDateTime;
use anyhow::{Result, anyhow};
use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::json;

use super::users::{inactive, named};
use super::{database, print, table};
use crate::auth::credentials::TOKEN_PREFIX;
use crate::auth::secret;
use crate::config::Config;
use crate::domain::{
    Access, AuditKind, Cause, Code, Credential, Grant, Origin, Refusal, Room, RoomId, RoomName, Scope, Timestamp, TokenId, TokenName, User,
    Username,
};
use crate::store::api_tokens::{self, NewToken};
use crate::store::audit::{self, Subject};
use crate::store::{Connection, Store, StoreError, Transaction, revocations, rooms, users};

/// A year: what lasts longer is forgotten.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const SHORTEST: Duration = Duration::from_secs(60);

/// What is to be done.
pub(super) enum TokenTask {
    Create(Wanted),
    List(Option<Username>),
    Revoke(TokenId),
}

/// The token to be made.
#[derive(Clone)]
pub(super) struct Wanted {
    name: TokenName,
    user: Username,
    access: Access,
    /// The number or the name of the only room it opens.
    room: Option<String>,
    lasts: Option<Duration>,
}

/// The command as clap reads it.
pub(super) fn command() -> Command {
    let user = || Arg::new("user").long("user").value_name("USERNAME");
    Command::new("token")
        .about("See to API tokens; the server may be running")
        .subcommand_required(true)
        .subcommand(
            Command::new("create")
                .about("Make a token and print it, this once")
                .arg(Arg::new("name").value_name("NAME").help("What it is for").required(true))
                .arg(user().help("Whose token it is; it reaches no further than they do").required(true))
                .arg(Arg::new("access").long("access").value_name("ACCESS").help("read, write or admin").required(true))
                .arg(Arg::new("room").long("room").value_name("ROOM").help("The only room it opens: its name or number [default: all]"))
                .arg(
                    Arg::new("expires-in")
                        .long("expires-in")
                        .value_name("TIME")
                        .help("How long it works, such as 90d, 12h or 30m; at most 365d [default: until it is revoked]"),
                ),
        )
        .subcommand(Command::new("list").about("Print the tokens that work").arg(user().help("Only this person's")))
        .subcommand(
            Command::new("revoke").about("End a token, with every socket that it opened").arg(
                Arg::new("id").value_name("ID").help("Its number in `snug token list`").required(true).value_parser(value_parser!(i64)),
            ),
        )
}

/// Reads what clap has read.
pub(super) fn task(matches: &ArgMatches) -> Result<TokenTask> {
    let (name, matches) = matches.subcommand().ok_or_else(|| anyhow!("Say what to do; see `snug token --help`."))?;
    let text = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
    let username = |text: Option<String>| text.map(|text| Username::parse(&text)).transpose();
    Ok(match name {
        "create" => TokenTask::Create(Wanted {
            name: TokenName::parse(&text("name").unwrap_or_default())?,
            user: Username::parse(&text("user").unwrap_or_default())?,
            access: access(&text("access").unwrap_or_default())?,
            room: text("room"),
            lasts: text("expires-in").map(|text| lasts(&text)).transpose()?,
        }),
        "revoke" => TokenTask::Revoke(TokenId::new(matches.get_one::<i64>("id").copied().unwrap_or_default())),
        _ => TokenTask::List(username(text("user"))?),
    })
}

fn access(text: &str) -> Result<Access> {
    Access::from_word(text).ok_or_else(|| anyhow!("The access of a token is read, write or admin, not {text:?}."))
}

fn lasts(text: &str) -> Result<Duration> {
    let in_words = || anyhow!("A token lasts a time such as 90d, 12h or 30m: one minute to 365 days, not {text:?}.");
    let unit = text.chars().last().and_then(|unit| match unit {
        'd' => Some(24 * 60 * 60),
        'h' => Some(60 * 60),
        'm' => Some(60),
        _ => None,
    });
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<u64>().ok());
    let seconds = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit)).ok_or_else(in_words)?;
    let lasts = Duration::from_secs(seconds);
    if (SHORTEST..=LONGEST).contains(&lasts) { Ok(lasts) } else { Err(in_words()) }
}

/// Does it.
pub(super) fn run(task: TokenTask, config: &Config, out: &mut dyn Write) -> Result<()> {
    database::work(config, async |store| match task {
        TokenTask::Create(wanted) => print(out, &create(store, wanted).await?),
        TokenTask::List(user) => print(out, &list(store, user).await?),
        TokenTask::Revoke(token) => Ok(store.write(move |tx| revoke(tx, token)).await?),
    })
}

/// The token. It stands on standard output alone, so that a script can take it.
async fn create(store: &Store, wanted: Wanted) -> Result<String> {
    let (token, token_hash) = secret::with_prefix(TOKEN_PREFIX).map_err(|cause| anyhow!("The system has no random numbers ({cause})."))?;
    store
        .write(move |tx| {
            let Wanted { name, user, access, room, lasts } = wanted.clone();
            let user = named(tx, &user)?;
            if !user.active {
                return Err(inactive(&user).into());
            }
            let room = room.map(|room| room_of(tx, &user, &room)).transpose()?;
            let expires_at = lasts.map(|lasts| tx.now().after(lasts));
            let new = NewToken { user: user.id, name: name.clone(), token_hash, grant: Grant { access, room }, expires_at };
            let id = api_tokens::create(tx, &new)?;
            let details = json!({"owner": user.id, "access": access, "room": room, "expires_at": expires_at});
            audit::record(tx, Origin::COMMAND_LINE, AuditKind::TokenCreated, Subject::of(id.get(), name.as_str()), &details)
        })
        .await?;
    Ok(format!("{token}\n"))
}

/// The room that the user calls so, or that has this number.
fn room_of(conn: &mut Connection, user: &User, asked: &str) -> Result<RoomId, StoreError> {
    let called = RoomName::parse(asked.trim_start_matches('#')).map(|name| name.key()).ok();
    let fits = |room: &Room| room.id.to_string() == asked || (called.is_some() && room.name.as_ref().map(RoomName::key) == called);
    let rooms = rooms::of_user(conn, user.id)?.into_iter().map(|part| part.room);
    let found: Vec<RoomId> = rooms.filter(fits).map(|room| room.id).collect();
    let sentence = match found[..] {
        [room] => return Ok(room),
        [] => format!("{} is in no room called {asked}; a token opens only rooms that its owner is in.", user.username),
        _ => format!("{} is in several rooms called {asked}; give the room's number.", user.username),
    };
    Err(Refusal::of(Code::NotFound, sentence).into())
}

async fn list(store: &Store, of: Option<Username>) -> Result<String> {
    let rows = store
        .read(move |conn| {
            let people = match &of {
                Some(username) => vec![named(conn, username)?],
                None => users::list(conn)?,
            };
            let mut rows = vec![["ID", "OWNER", "ACCESS", "ROOM", "MADE", "EXPIRES", "LAST USED", "NAME"].map(str::to_owned)];
            for user in people {
                for token in api_tokens::list(conn, user.id)? {
                    rows.push([
                        token.id.to_string(),
                        user.username.to_string(),
                        token.grant.access.as_str().to_owned(),
                        token.grant.room.map_or_else(|| "all".to_owned(), |room| room.to_string()),
                        day(Some(token.created_at)),
                        day(token.expires_at),
                        day(token.last_used_at),
                        token.name,
                    ]);
                }
            }
            Ok(rows)
        })
        .await?;
    Ok(table::of(&rows))
}

/// The day, in UTC; `never` where there is none.
fn day(at: Option<Timestamp>) -> String {
    let date = at.and_then(|at| OffsetDateTime::from_unix_timestamp(at.micros().div_euclid(1_000_000)).ok());
    date.map_or_else(|| "never".to_owned(), |at| at.date().to_string())
}

fn revoke(tx: &mut Transaction<'_>, token: TokenId) -> Result<(), StoreError> {
    let nothing = || Refusal::of(Code::NotFound, format!("No token that works has the number {token}; `snug token list` shows them."));
    let holder = api_tokens::by_id(tx, token)?.ok_or_else(nothing)?;
    let name = api_tokens::list(tx, holder.user.id)?.into_iter().find(|live| live.id == token).map(|live| live.name).unwrap_or_default();
    revocations::revoke(tx, Scope::Credential(Credential::Token(token)), Cause::TokenRevoked)?;
    audit::record(tx, Origin::COMMAND_LINE, AuditKind::TokenRevoked, Subject::of(token.get(), name), &json!({"owner": holder.user.id}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_token_lasts() {
        for (text, seconds) in [("90d", 7_776_000), ("365d", 31_536_000), ("12h", 43_200), ("1m", 60)] {
            assert_eq!(lasts(text).unwrap().as_secs(), seconds, "{text}");
        }
        for refused in ["", "d", "90", "0d", "366d", "1y", "-1d", "1.5h", "99999999999999999999d", "9€"] {
            assert!(lasts(refused).is_err(), "{refused:?}");
        }
    }
}
