//! Login sessions: what a cookie opens, and how it ends.

use std::time::Duration;

use snug::domain::{Cause, Credential, LoginSessionId, Revocation, Scope, Timestamp, UserId};
use snug::store::callers::{Asked, Caller};
use snug::store::login_sessions::{self, NewLogin};
use snug::store::{Effect, revocations, users};

use crate::harness::Db;

const HOUR: Duration = Duration::from_secs(3_600);

async fn signs_in(db: &Db, user: UserId) -> LoginSessionId {
    let new = NewLogin { user, address: "203.0.113.9".into(), agent: "Firefox".into(), expires_at: Timestamp::now().after(HOUR) };
    db.store.write(move |tx| login_sessions::create(tx, &new)).await.unwrap()
}

async fn binds(db: &Db, login: LoginSessionId, cookie: u8) -> bool {
    db.store.write(move |tx| login_sessions::bind(tx, login, [cookie; 32])).await.unwrap()
}

async fn asks(db: &Db, cookie: u8) -> Option<Caller> {
    db.store.caller(Asked { handle_hash: [cookie; 32], rooms: false }).await.unwrap()
}

async fn opens(db: &Db, cookie: u8) -> Option<LoginSessionId> {
    asks(db, cookie).await.map(|caller| caller.login.id)
}

async fn revoke(db: &Db, scope: Scope, cause: Cause) {
    db.store.write(move |tx| revocations::revoke(tx, scope, cause)).await.unwrap();
}

async fn devices(db: &Db, user: UserId) -> Vec<LoginSessionId> {
    db.reads(move |conn| login_sessions::list(conn, user)).await.into_iter().map(|device| device.id).collect()
}

both! {
    async fn a_cookie_opens_what_it_was_bound_to(db) {
        let alice = db.alice().await;
        let login = signs_in(db, alice).await;
        assert_eq!(opens(db, 1).await, None);
        assert!(binds(db, login, 1).await);
        let loaded = asks(db, 1).await.unwrap().login;
        assert_eq!((loaded.id, loaded.user.id), (login, alice));
        assert_eq!(db.reads(move |conn| login_sessions::expiry(conn, login)).await, Some(loaded.expires_at));
        // A new cookie takes the place of the old one.
        assert!(binds(db, login, 2).await);
        assert_eq!((opens(db, 1).await, opens(db, 2).await), (None, Some(login)));
        let device = db.reads(move |conn| login_sessions::list(conn, alice)).await.remove(0);
        assert_eq!((device.id, device.address.as_str(), device.agent.as_str()), (login, "203.0.113.9", "Firefox"));
    }

    async fn an_unbound_login_session_lives_on_and_can_be_bound_again(db) {
        let alice = db.alice().await;
        let login = signs_in(db, alice).await;
        binds(db, login, 1).await;
        db.store.write(|tx| login_sessions::unbind(tx, [1; 32])).await.unwrap();
        assert_eq!(opens(db, 1).await, None);
        assert_eq!(devices(db, alice).await, [login]);
        assert!(binds(db, login, 2).await, "renew() is unbind and bind");
        assert_eq!(opens(db, 2).await, Some(login));
    }

    async fn a_dead_login_session_is_never_brought_back(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let (revoked, expired, deactivated) = (signs_in(db, alice).await, signs_in(db, alice).await, signs_in(db, bob).await);
        for (login, cookie) in [(revoked, 1), (expired, 2), (deactivated, 3)] {
            assert!(binds(db, login, cookie).await);
        }
        revoke(db, Scope::Credential(Credential::Login(revoked)), Cause::SignedOut).await;
        db.sql(&format!("UPDATE login_sessions SET expires_at = 1 WHERE id = {expired}"));
        db.sql(&format!("UPDATE users SET deactivated_at = 1 WHERE id = {bob}"));
        for (login, cookie) in [(revoked, 1), (expired, 2), (deactivated, 3)] {
            assert_eq!(opens(db, cookie).await, None);
            assert!(!binds(db, login, cookie + 10).await, "a request in flight saves its session again");
            assert_eq!(opens(db, cookie + 10).await, None);
            let later = Timestamp::now().after(HOUR);
            db.store.write(move |tx| login_sessions::touch(tx, &[(login, later)], HOUR)).await.unwrap();
            assert_eq!(opens(db, cookie).await, None, "a late last-seen stamp");
            assert_eq!(db.reads(move |conn| login_sessions::expiry(conn, login)).await, None);
        }
        assert!(devices(db, alice).await.is_empty());
    }

    async fn being_seen_moves_the_end_forward_and_never_back(db) {
        let alice = db.alice().await;
        let login = signs_in(db, alice).await;
        let later = Timestamp::now().after(HOUR / 2);
        for seen in [later, later.before(HOUR / 4)] {
            db.store.write(move |tx| login_sessions::touch(tx, &[(login, seen)], HOUR)).await.unwrap();
            let device = db.reads(move |conn| login_sessions::list(conn, alice)).await.remove(0);
            assert_eq!((device.last_seen_at, device.expires_at), (later, later.after(HOUR)));
        }
    }

    async fn a_revocation_ends_what_it_names_and_is_stored_for_every_node(db) {
        let alice = db.alice().await;
        let bob = db.signs_up("bob").await;
        let (one, two, three, bobs) = (signs_in(db, alice).await, signs_in(db, alice).await, signs_in(db, alice).await, signs_in(db, bob).await);
        let before = db.reads(revocations::newest).await;
        db.hears();
        revoke(db, Scope::Credential(Credential::Login(one)), Cause::SignedOut).await;
        assert_eq!(devices(db, alice).await, [three, two]);
        db.store.write(move |tx| users::set_password(tx, alice, "new", Credential::Login(two))).await.unwrap();
        assert_eq!(devices(db, alice).await, [two]);
        assert_eq!(db.reads(move |conn| users::credentials_of(conn, alice)).await.unwrap().password_hash, "new");
        revoke(db, Scope::User(alice), Cause::Deactivated).await;
        assert!(devices(db, alice).await.is_empty());
        assert_eq!(devices(db, bob).await, [bobs]);

        let expected = [
            Revocation { scope: Scope::Credential(Credential::Login(one)), cause: Cause::SignedOut },
            Revocation { scope: Scope::Others { user: alice, keep: Credential::Login(two) }, cause: Cause::PasswordChanged },
            Revocation { scope: Scope::User(alice), cause: Cause::Deactivated },
        ];
        let stored: Vec<_> = db.reads(move |conn| revocations::after(conn, before)).await.into_iter().map(|stored| (stored.id, stored.revocation)).collect();
        assert_eq!(stored.iter().map(|(_, revocation)| *revocation).collect::<Vec<_>>(), expected);
        let told: Vec<_> = stored.iter().map(|(id, revocation)| Effect::Revoked { id: *id, revocation: *revocation }).collect();
        assert_eq!(db.hears_effects(), told, "the own node is told at once, by the same ids");

        let later = Timestamp::now().after(HOUR);
        db.store.write(move |tx| revocations::prune(tx, later)).await.unwrap();
        assert!(db.reads(move |conn| revocations::after(conn, before)).await.is_empty());
        // Forgotten ids do not come again: a node would take the new one for one that it has applied.
        revoke(db, Scope::User(bob), Cause::Deactivated).await;
        let id = db.reads(move |conn| revocations::after(conn, before)).await[0].id;
        assert!(stored.iter().all(|(old, _)| *old < id));
    }

    async fn credentials_are_found_by_name_and_by_id(db) {
        let alice = db.alice().await;
        let name = snug::domain::Username::parse("alice").unwrap();
        let found = db.reads(move |conn| users::credentials(conn, &name)).await.unwrap();
        assert_eq!((found.user.id, found.password_hash.as_str()), (alice, "$argon2id$not-a-real-one"));
        assert!(!format!("{found:?}").contains("argon2id"), "no hash in a log");
        let nobody = snug::domain::Username::parse("nobody").unwrap();
        assert!(db.reads(move |conn| users::credentials(conn, &nobody)).await.is_none());
    }
}
