//! Limits on how often one may ask.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::json;
use snug::config::Config;
use snug::domain::Limits;

use crate::support::{App, Database, PASSWORD, Raw, client_id, sign_up, tell_with, wizard};

/// The limits as they are when nobody changes them.
fn usual(config: &mut Config) {
    config.limits = Limits::default();
}

#[test]
fn a_password_is_guessed_at_five_times_and_then_not_even_the_right_one_helps() {
    tell_with(Database::sqlite, usual, |app| async move {
        app.owner().await;
        let stranger = app.stranger();
        for _ in 0..5 {
            stranger.post("/sign-in", json!({"username": "olga", "password": "not the password"})).await.refuses(401, "sign_in_failed");
        }
        for username in ["olga", "OLGA"] {
            let refused = stranger.post("/sign-in", json!({"username": username, "password": PASSWORD})).await.refuses(429, "slow_down");
            let seconds: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=13).contains(&seconds), "{seconds}");
            assert!(refused.body["retry_after_ms"].as_u64().unwrap() <= seconds * 1_000);
        }
        // A name that nobody has is counted in the same way.
        for _ in 0..5 {
            stranger.post("/sign-in", json!({"username": "nobody", "password": PASSWORD})).await.refuses(401, "sign_in_failed");
        }
        stranger.post("/sign-in", json!({"username": "nobody", "password": PASSWORD})).await.refuses(429, "slow_down");
    });
}

#[test]
fn an_address_guesses_no_more_than_twenty_five_times_whatever_the_name() {
    tell_with(Database::sqlite, usual, |app| async move {
        app.owner().await;
        let (start, mut failed, mut refused) = (Instant::now(), 0.0, 0);
        for guess in 0..40 {
            // Too short to be anyone's, so that no hash costs time in which guesses are given back.
            let answer = app.stranger().post("/sign-in", json!({"username": format!("user{guess}"), "password": "guess"})).await;
            failed += if answer.status == 401 { 1.0 } else { 0.0 };
            refused += usize::from(answer.status == 429);
        }
        let given_back = start.elapsed().as_secs_f64() * 25.0 / 60.0;
        assert!(refused > 0 && failed >= 25.0 && failed <= 25.0 + given_back + 1.0, "{refused} {failed} {given_back}");
    });
}

#[test]
fn set_up_codes_and_sign_ups_are_limited_too() {
    tell_with(Database::sqlite, usual, |app| async move {
        let stranger = app.stranger();
        let mut codes = Vec::new();
        for _ in 0..30 {
            codes.push(stranger.post("/setup", wizard("0000-0000-0000")).await.status.as_u16());
        }
        assert!(codes.starts_with(&[403; 20]) && codes.ends_with(&[429]), "{codes:?}");
        let refused = stranger.post("/sign-up", sign_up("alice", None)).await.refuses(429, "slow_down");
        assert!(refused.headers.contains_key("retry-after"));
    });
}

#[test]
fn posts_have_a_rate() {
    let slow = |config: &mut Config| {
        config.limits.posts_burst = 3;
        config.limits.posts_per_second = 1;
    };
    tell_with(Database::sqlite, slow, |app| async move {
        let olga = app.owner().await;
        let path = format!("/rooms/{}/messages", olga.general().await);
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let answer = olga.post(&path, json!({"client_id": client_id(), "body": "spam"})).await;
            statuses.push(answer.status.as_u16());
            if answer.status == 429 {
                assert_eq!(answer.refuses(429, "slow_down").headers["retry-after"], "1");
            }
        }
        assert!(statuses.starts_with(&[201; 3]) && statuses.contains(&429), "{statuses:?}");
    });
}

#[test]
fn only_a_trusted_proxy_says_who_guesses() {
    async fn guess(app: &App, forwarded: &str, name: &str) -> String {
        let host = app.url.trim_start_matches("http://");
        let body = json!({"username": name, "password": "not the password"}).to_string();
        let head = format!(
            "POST /api/v1/sign-in HTTP/1.1\nHost: {host}\nX-Forwarded-For: {forwarded}\nConnection: close\nContent-Type: application/json\n\
             Content-Length: {}\n\n",
            body.len()
        );
        Raw::begin(app, &head).await.finish(&body).await
    }
    for (proxies, expected) in [(vec![], "429"), (vec!["127.0.0.0/8".parse().unwrap()], "401")] {
        let trusting = |config: &mut Config| {
            usual(config);
            config.site.trusted_proxies = proxies;
        };
        tell_with(Database::sqlite, trusting, |app| async move {
            app.owner().await;
            for guesser in 0..5 {
                assert!(guess(&app, &format!("198.51.100.{guesser}"), "olga").await.starts_with("HTTP/1.1 401"));
            }
            let answer = guess(&app, "203.0.113.9", "olga").await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{answer}");
        });
    }
}

/// The same with a stopwatch: `scripts/chaos guess`.
#[test]
fn a_name_that_nobody_has_gets_the_answer_that_a_wrong_password_gets() {
    let patient = |config: &mut Config| config.limits.sign_in_per_minute = 100_000;
    tell_with(Database::sqlite, patient, |app| async move {
        let olga = app.owner().await;
        app.member(&olga, "bob").await;
        let mut answers = BTreeSet::new();
        for round in 0..25 {
            for name in ["olga", "bob", "carol", "dave"] {
                let answer =
                    app.stranger().post("/sign-in", json!({"username": name, "password": format!("not the password {round}")})).await;
                let mut headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
                headers.retain(|header| !header.starts_with("date:"));
                headers.sort();
                answers.insert((answer.status.as_u16(), answer.body.to_string(), headers));
            }
        }
        assert_eq!(answers.len(), 1, "{answers:#?}");
        assert_eq!(answers.first().unwrap().0, 401);
    });
}
