//! Accounts that are entered by an identity provider's tokens.

use std::time::Duration;

use snug::domain::{Cause, Credential, JwtKey, PlaceRole, Revocation, Scope, Timestamp, User, Username};
use snug::store::jwt_accounts::{self, Account, FirstSight};
use snug::store::{Effect, revoked_jwts};

use crate::harness::Db;

const TOKEN: JwtKey = JwtKey([7; 32]);

fn first_sight_of(subject: &str) -> FirstSight {
    let names = [subject.to_owned(), format!("{subject}-2")];
    FirstSight {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
        username: Username::parse(subject).ok(),
        candidates: names.iter().map(|name| Username::parse(name).unwrap()).collect(),
        display_name: None,
        link_existing: false,
        create: Some(PlaceRole::Member),
    }
}

async fn comes(db: &Db, first: FirstSight) -> Option<User> {
    db.store.write(move |tx| jwt_accounts::first_sight(tx, &first)).await.unwrap()
}

async fn holder(db: &Db, subject: &'static str) -> Account {
    db.reads(move |conn| jwt_accounts::find(conn, "https://id.example", subject, TOKEN)).await
}

both! {
    async fn somebody_new_gets_an_account_once_and_a_name_that_is_free(db) {
        db.alice().await;
        assert_eq!(holder(db, "alice").await, Account::Unknown, "a username is no subject");
        let newcomer = comes(db, first_sight_of("alice")).await.unwrap();
        assert_eq!((newcomer.username.as_str(), newcomer.role), ("alice-2", PlaceRole::Member));
        assert_eq!(comes(db, first_sight_of("alice")).await, Some(newcomer.clone()), "the second of two first requests");
        assert_eq!(holder(db, "alice").await, Account::Active(newcomer));
    }

    async fn an_account_of_that_name_is_opened_only_where_the_operator_says_so(db) {
        let alice = db.alice().await;
        let nobody_new = FirstSight { create: None, ..first_sight_of("alice") };
        assert_eq!(comes(db, nobody_new.clone()).await, None);
        let linked = comes(db, FirstSight { link_existing: true, ..nobody_new }).await.unwrap();
        assert_eq!(linked.id, alice);
        assert_eq!(comes(db, FirstSight { link_existing: true, create: None, ..first_sight_of("bob") }).await, None);
    }

    async fn a_token_that_was_ended_opens_nothing_and_its_sockets_end(db) {
        db.alice().await;
        comes(db, first_sight_of("bob")).await.unwrap();
        db.hears();
        let hour = Timestamp::now().after(Duration::from_secs(3_600));
        for _ in 0..2 {
            db.store.write(move |tx| revoked_jwts::revoke(tx, TOKEN, hour)).await.unwrap();
        }
        assert_eq!(holder(db, "bob").await, Account::Closed);
        let ended = Revocation { scope: Scope::Credential(Credential::Jwt(TOKEN)), cause: Cause::SignedOut };
        assert!(db.hears_effects().iter().any(|effect| matches!(effect, Effect::Revoked { revocation, .. } if *revocation == ended)));
        let other = db.reads(|conn| jwt_accounts::find(conn, "https://id.example", "bob", JwtKey([8; 32]))).await;
        assert!(matches!(other, Account::Active(_)), "another token of the same person");
    }

    async fn a_revoked_jwt_is_forgotten_once_it_has_expired(db) {
        db.alice().await;
        comes(db, first_sight_of("bob")).await.unwrap();
        let past = Timestamp::now().before(Duration::from_secs(1));
        db.store.write(move |tx| revoked_jwts::revoke(tx, TOKEN, past)).await.unwrap();
        assert_eq!(holder(db, "bob").await, Account::Closed);
        db.store.write(revoked_jwts::prune).await.unwrap();
        assert!(matches!(holder(db, "bob").await, Account::Active(_)));
    }

    async fn a_deactivated_account_is_closed_to_tokens_too(db) {
        db.alice().await;
        let bob = comes(db, first_sight_of("bob")).await.unwrap();
        db.sql(&format!("UPDATE users SET deactivated_at = 1 WHERE id = {}", bob.id));
        assert_eq!(holder(db, "bob").await, Account::Closed);
        assert_eq!(comes(db, first_sight_of("bob")).await, None);
    }
}
