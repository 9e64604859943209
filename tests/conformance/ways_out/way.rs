//! The ways out, and what each must do.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::scene::{Scene, WITHIN};
use crate::person::Person;
use crate::place::Place;
use crate::template::Vars;
use crate::tokens::{self, Provider};
use crate::witness::Witness;

/// What shall end by itself ends after this, when everybody listens.
const SOON: Duration = Duration::from_secs(8);
/// The shortest life of an API token.
const MINUTE: Duration = Duration::from_secs(60);

macro_rules! ways {
    ($($name:ident = $what:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Way { $($name),+ }

        impl Way {
            pub const ALL: [Self; [$($what),+].len()] = [$(Self::$name),+];

            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what),+ }
            }
        }
    };
}

ways! {
    SignOutHere = "signing out here";
    SignOutOfOne = "signing one device out from another";
    SignOutOfAllOthers = "signing all other devices out";
    SignOutByAdmin = "an admin signs somebody out everywhere";
    PasswordChange = "the password is changed on another device";
    PasswordChangeForTokens = "the password is changed, and tokens end too";
    TokenRevoked = "an API token is revoked";
    TicketsSession = "a socket by ticket, its session signed out";
    JwtSignedOut = "a JWT is signed out";
    SessionExpires = "a login session expires";
    JwtExpires = "a JWT expires";
    TokenExpires = "an API token expires";
    Deactivated = "the user is deactivated";
    DeactivatedToken = "the user is deactivated, and tokens end too";
    Banned = "the user is banned";
    Deleted = "an admin deletes the account";
    DeletedByOneself = "the account is deleted by its owner";
    RoleLowered = "an admin becomes a member";
    DeactivatedByCommand = "the user is deactivated by the command line";
    TokenRevokedByCommand = "an API token is revoked by the command line";
    RemovedFromRoom = "removed from a private room";
    BannedFromRoom = "banned from a room";
    RoomMadePrivate = "a room one is not in is made private";
}

/// What the subject must see.
pub enum Ending {
    /// The sockets close with the code of this name.
    Closes(&'static str),
    /// The sockets stay, and nothing more of the room comes.
    RoomFallsSilent,
}

/// What the subject opens sockets with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Cookie,
    Ticket,
    Token,
    ExpiringToken,
    Jwt,
}

impl Way {
    pub const fn ending(self) -> Ending {
        match self {
            Self::SignOutHere
            | Self::SignOutOfOne
            | Self::SignOutOfAllOthers
            | Self::SignOutByAdmin
            | Self::TicketsSession
            | Self::JwtSignedOut => Ending::Closes("signed_out"),
            Self::PasswordChange | Self::PasswordChangeForTokens => Ending::Closes("password_changed"),
            Self::TokenRevoked | Self::TokenRevokedByCommand => Ending::Closes("token_revoked"),
            Self::SessionExpires | Self::JwtExpires | Self::TokenExpires => Ending::Closes("expired"),
            Self::Deactivated | Self::DeactivatedToken | Self::DeactivatedByCommand => Ending::Closes("deactivated"),
            Self::Banned => Ending::Closes("banned"),
            Self::Deleted | Self::DeletedByOneself => Ending::Closes("deleted"),
            Self::RoleLowered => Ending::Closes("role_changed"),
            Self::RemovedFromRoom | Self::BannedFromRoom | Self::RoomMadePrivate => Ending::RoomFallsSilent,
        }
    }

    pub const fn credential(self) -> Credential {
        match self {
            Self::TicketsSession => Credential::Ticket,
            Self::TokenRevoked | Self::TokenRevokedByCommand | Self::PasswordChangeForTokens | Self::DeactivatedToken => Credential::Token,
            Self::TokenExpires => Credential::ExpiringToken,
            Self::JwtSignedOut | Self::JwtExpires => Credential::Jwt,
            _ => Credential::Cookie,
        }
    }

    /// API tokens last a minute at least.
    pub const fn takes_a_minute(self) -> bool {
        matches!(self, Self::TokenExpires)
    }

    /// An expiry needs no telling: every process knows it from the start.
    pub const fn is_told_to_others(self) -> bool {
        !matches!(self, Self::SessionExpires | Self::JwtExpires | Self::TokenExpires)
    }

    /// Whether the same person's other device goes on as if nothing had happened.
    pub const fn spares_the_other_device(self) -> bool {
        matches!(
            self,
            Self::SignOutHere
                | Self::SignOutOfOne
                | Self::SignOutOfAllOthers
                | Self::PasswordChange
                | Self::PasswordChangeForTokens
                | Self::TokenRevoked
                | Self::TokenRevokedByCommand
                | Self::TicketsSession
                | Self::SessionExpires
                | Self::TokenExpires
        )
    }

    /// Whether this server, started as it was, can be brought to it.
    pub fn is_possible(self, place: &Place) -> Result<(), &'static str> {
        let offers = |action| place.adapter().offers(action);
        let credential = match self.credential() {
            Credential::Ticket => offers("make_ticket"),
            Credential::Token | Credential::ExpiringToken => offers("make_token"),
            Credential::Jwt => offers("jwt"),
            Credential::Cookie => true,
        };
        match self {
            _ if !credential || !self.action().is_none_or(offers) => Err("the server does not offer it"),
            _ if !self.command().is_none_or(|command| place.servers.can_command(command)) => Err("the server was not started here"),
            Self::SessionExpires if !place.servers.can_sql("expire_device") => Err("the server was not started here"),
            _ => Ok(()),
        }
    }

    /// The action that brings it about, where it is one.
    const fn action(self) -> Option<&'static str> {
        Some(match self {
            Self::SignOutHere | Self::TicketsSession | Self::JwtSignedOut => "sign_out",
            Self::SignOutOfOne => "end_device",
            Self::SignOutOfAllOthers => "end_other_devices",
            Self::SignOutByAdmin => "end_everything_of",
            Self::PasswordChange | Self::PasswordChangeForTokens => "change_password",
            Self::TokenRevoked => "end_token",
            Self::Deactivated | Self::DeactivatedToken => "deactivate",
            Self::Banned => "ban",
            Self::Deleted => "delete_user",
            Self::DeletedByOneself => "delete_myself",
            Self::RoleLowered => "set_role",
            Self::RemovedFromRoom => "remove_member",
            Self::BannedFromRoom => "ban_member",
            Self::RoomMadePrivate => "make_private",
            Self::SessionExpires | Self::JwtExpires | Self::TokenExpires | Self::DeactivatedByCommand | Self::TokenRevokedByCommand => {
                return None;
            }
        })
    }

    /// The command that brings it about, where it is one.
    pub const fn command(self) -> Option<&'static str> {
        match self {
            Self::DeactivatedByCommand => Some("deactivate"),
            Self::TokenRevokedByCommand => Some("end_token"),
            _ => None,
        }
    }

    /// Brings it about, at the first process. An expiry is waited for.
    pub async fn happens(self, scene: &Scene) {
        let Scene { place, subject, other, host, room, .. } = scene;
        let named = Vars::default().with("user", subject.var("user")).with("room", room.clone()).with("role", "member");
        let Some(action) = self.action() else {
            return match self.command() {
                Some(command) => place.servers.command(command, &subject.vars()).await,
                None => tokio::time::sleep(until(scene.ends_at)).await,
            };
        };
        let (who, vars): (&Person, Vars) = match self {
            Self::SignOutHere | Self::TicketsSession | Self::JwtSignedOut | Self::DeletedByOneself => (subject, named),
            Self::SignOutOfOne => (other, named.with("device", subject.var("device"))),
            Self::TokenRevoked => (other, named.with("token_id", subject.var("token_id"))),
            Self::SignOutOfAllOthers => (other, named),
            Self::PasswordChange | Self::PasswordChangeForTokens => (other, named.with("new_password", "pickled herring in cream")),
            Self::SignOutByAdmin | Self::Deactivated | Self::DeactivatedToken | Self::Banned | Self::Deleted | Self::RoleLowered => {
                (&place.admin, named)
            }
            Self::RemovedFromRoom | Self::BannedFromRoom | Self::RoomMadePrivate => (host, named),
            Self::SessionExpires | Self::JwtExpires | Self::TokenExpires | Self::DeactivatedByCommand | Self::TokenRevokedByCommand => {
                return;
            }
        };
        who.does_with(action, &vars).await;
    }

    /// The subject of the scene, with what it opens sockets by; and when that ends, where it ends by itself.
    pub async fn casts(self, place: &Place) -> (Person, Person, Option<SystemTime>) {
        if self.credential() == Credential::Jwt {
            let name = place.name("jwt");
            let subject = place.stranger().called(&name, "");
            let subject = subject.program(&Provider::of(place.adapter()).signs(&name, &json!({})));
            subject.does("me").await;
            return (subject, place.stranger(), None);
        }
        let person = place.member("subject").await;
        if self == Self::RoleLowered {
            // A server may end what is open when somebody is raised, too, and the last process hears of it a little later. Until it has,
            // what this scene opens there would be ended by the wrong thing.
            let there = person.elsewhere(place.servers.nodes.last().expect("a process"));
            there.bears_cookie(&person.cookie());
            let open = Witness::of(there.connects().await);
            let raised = Vars::default().with("user", person.var("user")).with("role", "admin");
            place.admin.does_with("set_role", &raised).await;
            open.may_end_within(WITHIN * 2).await;
        }
        let other = place.at_another_device(&person, 0).await;
        match self.credential() {
            Credential::Token | Credential::ExpiringToken => {
                let expiring = self.credential() == Credential::ExpiringToken;
                person.does(if expiring { "make_expiring_token" } else { "make_token" }).await;
                let ends = expiring.then(|| SystemTime::now() + MINUTE);
                (person.program(&person.text("token")), other, ends)
            }
            _ => {
                person.does("device").await;
                (person, other, None)
            }
        }
    }

    /// What is done at the very last, because the time runs from then on.
    pub fn prepares(self, scene: &mut Scene) {
        let now_s = tokens::now();
        let ends = SystemTime::UNIX_EPOCH + Duration::from_secs(now_s.unsigned_abs()) + SOON;
        match self {
            Self::SessionExpires => {
                let micros = u64::try_from(ends.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros()).unwrap();
                let vars = Vars::default().with("device", scene.subject.var("device")).with("at", micros);
                assert!(scene.place.servers.sql("expire_device", &vars));
            }
            Self::JwtExpires => {
                let exp = now_s + i64::try_from(SOON.as_secs()).unwrap();
                let token = Provider::of(scene.place.adapter()).signs(&scene.subject.text("name"), &json!({"exp": exp}));
                scene.subject = scene.subject.program(&token);
            }
            _ => return,
        }
        scene.ends_at = Some(ends);
    }
}

fn until(moment: Option<SystemTime>) -> Duration {
    moment.unwrap().duration_since(SystemTime::now()).unwrap_or_default()
}
