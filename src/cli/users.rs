//! `snug user …`: what whoever runs the server does to accounts, also while nobody can sign in.

use std::io::Write;

use anyhow::{Result, anyhow, bail};
use clap::{Arg, ArgMatches, Command};
use serde_json::json;

use super::{database, print, table};
use crate::auth::secret;
use crate::config::Config;
use crate::domain::{AuditKind, Cause, Code, Inactive, Origin, PlaceRole, Refusal, Scope, User, Username};
use crate::startup;
use crate::store::audit::{self, Subject};
use crate::store::password_resets::{self, NewReset};
use crate::store::{Connection, Store, StoreError, Transaction, accounts, revocations, second_factors, users};

/// What is to be done.
pub(super) enum UserTask {
    List,
    ResetPassword(Username),
    ResetSecondFactor(Username),
    Deactivate(Username),
    Reactivate(Username),
}

/// The command as clap reads it.
pub(super) fn command() -> Command {
    let on_account = |name: &'static str, about: &'static str| {
        Command::new(name).about(about).arg(Arg::new("username").value_name("NAME").help("The username").required(true))
    };
    Command::new("user")
        .about("See to accounts; the server may be running")
        .subcommand_required(true)
        .subcommand(Command::new("list").about("Print every account"))
        .subcommand(on_account("reset-password", "Print a link by which a new password can be set once, within 24 hours"))
        .subcommand(on_account("reset-second-factor", "Take the second factor away from who has lost it; everything they have open ends"))
        .subcommand(on_account("deactivate", "Shut an account: it opens nothing, and everything it has open ends"))
        .subcommand(on_account("reactivate", "Open an account again"))
}

/// Reads what clap has read.
pub(super) fn task(matches: &ArgMatches) -> Result<UserTask> {
    let (name, matches) = matches.subcommand().ok_or_else(|| anyhow!("Say what to do; see `snug user --help`."))?;
    if name == "list" {
        return Ok(UserTask::List);
    }
    let username = Username::parse(matches.get_one::<String>("username").map_or("", String::as_str))?;
    Ok(match name {
        "reset-password" => UserTask::ResetPassword(username),
        "reset-second-factor" => UserTask::ResetSecondFactor(username),
        "deactivate" => UserTask::Deactivate(username),
        _ => UserTask::Reactivate(username),
    })
}

/// Does it.
pub(super) fn run(task: UserTask, config: &Config, out: &mut dyn Write) -> Result<()> {
    database::work(config, async |store| match task {
        UserTask::List => print(out, &list(store).await?),
        UserTask::ResetPassword(username) => print(out, &reset_password(store, config, username).await?),
        UserTask::ResetSecondFactor(username) => Ok(store.write(move |tx| reset_second_factor(tx, &username)).await?),
        UserTask::Deactivate(username) => Ok(store.write(move |tx| deactivate(tx, &username)).await?),
        UserTask::Reactivate(username) => Ok(store.write(move |tx| reactivate(tx, &username)).await?),
    })
}

/// The account of this name.
///
/// # Errors
/// Refused with a sentence where there is none; what the database answers.
pub(super) fn named(conn: &mut Connection, username: &Username) -> Result<User, StoreError> {
    let found = users::credentials(conn, username)?.map(|credentials| credentials.user);
    let nobody = || Refusal::of(Code::NotFound, format!("Nobody is called {username}; `snug user list` shows who is there."));
    Ok(found.ok_or_else(nobody)?)
}

async fn list(store: &Store) -> Result<String> {
    let rows = store
        .read(|conn| {
            let mut rows = vec![["ID", "USERNAME", "ROLE", "SECOND FACTOR", "STANDING", "NAME"].map(str::to_owned)];
            for user in users::list(conn)? {
                let factor = second_factors::find(conn, user.id)?.is_some_and(|factor| factor.confirmed_at.is_some());
                let standing = accounts::standing(conn, user.id)?.map_or("active", |standing| standing.inactive_because.as_str());
                rows.push([
                    user.id.to_string(),
                    user.username.to_string(),
                    user.role.as_str().to_owned(),
                    if factor { "yes" } else { "no" }.to_owned(),
                    standing.to_owned(),
                    user.display_name.to_string(),
                ]);
            }
            Ok(rows)
        })
        .await?;
    Ok(table::of(&rows))
}

/// The link. It stands on standard output alone, so that a script can hand it on.
async fn reset_password(store: &Store, config: &Config, username: Username) -> Result<String> {
    if config.site.public_url.is_none() && config.listen.bind.port() == 0 {
        bail!("The address of the server is not known; set SNUG_PUBLIC_URL to the one that people use.");
    }
    let (token, token_hash) = secret::generate().map_err(|cause| anyhow!("The system has no random numbers ({cause})."))?;
    store
        .write(move |tx| {
            let user = named(tx, &username)?;
            if !user.active {
                return Err(inactive(&user).into());
            }
            let expires_at = tx.now().after(password_resets::LASTS);
            password_resets::create(tx, &NewReset { user: user.id, token_hash, by: None, expires_at })?;
            record(tx, AuditKind::PasswordResetMade, &user, &json!({"expires_at": expires_at}))
        })
        .await?;
    Ok(format!("{}/reset/{token}\n", startup::address(config, config.listen.bind)))
}

fn reset_second_factor(tx: &mut Transaction<'_>, username: &Username) -> Result<(), StoreError> {
    let user = named(tx, username)?;
    if !second_factors::remove(tx, user.id)? {
        return Err(Refusal::of(Code::NotFound, format!("{username} has no second factor.")).into());
    }
    revocations::revoke(tx, Scope::User(user.id), Cause::SignedOut)?;
    record(tx, AuditKind::SecondFactorReset, &user, &json!({}))
}

fn deactivate(tx: &mut Transaction<'_>, username: &Username) -> Result<(), StoreError> {
    let user = named(tx, username)?;
    if !user.active {
        return Err(inactive(&user).into());
    }
    if user.role == PlaceRole::Owner && !accounts::other_owners(tx, user.id)? {
        return Err(Refusal::of(Code::LastOwner, format!("{username} is the only owner; make somebody else an owner first.")).into());
    }
    accounts::deactivate(tx, None, user.id)?;
    record(tx, AuditKind::Deactivated, &user, &json!({}))
}

fn reactivate(tx: &mut Transaction<'_>, username: &Username) -> Result<(), StoreError> {
    let user = named(tx, username)?;
    let because = accounts::standing(tx, user.id)?.map(|standing| standing.inactive_because);
    let kind = match because {
        Some(Inactive::Deactivated) => AuditKind::Reactivated,
        Some(Inactive::Banned) => AuditKind::Unbanned,
        Some(Inactive::Deleted) => return Err(inactive(&user).into()),
        None => return Err(Refusal::of(Code::NotFound, format!("{username} is active already.")).into()),
    };
    accounts::reopen(tx, None, user.id, because.unwrap_or(Inactive::Deactivated))?;
    record(tx, kind, &user, &json!({}))
}

fn record(tx: &mut Transaction<'_>, kind: AuditKind, user: &User, details: &serde_json::Value) -> Result<(), StoreError> {
    audit::record(tx, Origin::COMMAND_LINE, kind, Subject::of(user.id.get(), user.username.as_str()), details)
}

/// Why nothing can be done with an account that is shut.
pub(super) fn inactive(user: &User) -> Refusal {
    Refusal::of(Code::AccountInactive, format!("The account {} is not active; `snug user list` says why.", user.username))
}
