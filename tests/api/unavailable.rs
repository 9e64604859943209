//! While the database does not answer.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::json;
use snug::store::Connection;

use crate::support::{App, PASSWORD, on_both};

on_both![nobody_is_signed_out_by_a_database_that_does_not_answer];

/// More than there are connections, so that every one is taken.
const READERS: usize = 200;

async fn nobody_is_signed_out_by_a_database_that_does_not_answer(app: App) {
    let olga = app.owner().await;
    olga.is_signed_in().await;

    // Queries that end when they are told to.
    let (mut releases, mut queries, (taken, mut has_taken)) = (Vec::new(), Vec::new(), tokio::sync::mpsc::unbounded_channel());
    for n in 0..READERS {
        let (release, released) = mpsc::channel::<()>();
        releases.push(release);
        let (store, taken) = (app.edge.store.clone(), taken.clone());
        let query = move |_: &mut Connection| {
            // Whoever listens has waited for the first only.
            let _ = taken.send(());
            let _ = released.recv();
            Ok(())
        };
        queries
            .push(actix_web::rt::spawn(async move { if n % 2 == 0 { store.read(query).await } else { store.read_promptly(query).await } }));
    }
    has_taken.recv().await.unwrap();

    let start = Instant::now();
    // Until the last connection is taken, the answer is still the usual one.
    let asked = loop {
        let answer = olga.get("/me").await;
        if answer.status != 200 {
            break answer.refuses(503, "unavailable");
        }
    };
    assert_eq!(asked.headers["retry-after"], "2");
    assert!(!asked.headers.contains_key("set-cookie"), "the cookie must survive");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    olga.do_post("/sign-out").await.refuses(503, "unavailable");
    olga.post("/sign-in", json!({"username": "olga", "password": PASSWORD})).await.refuses(503, "busy");
    // What needs no database is there.
    assert_eq!(reqwest::get(format!("{}/healthz", app.url)).await.unwrap().status(), 200);
    assert_eq!(reqwest::get(&app.url).await.unwrap().status(), 200);
    app.stranger().get("/limits").await.is(200);

    drop(releases);
    for query in queries {
        // Those that came to no connection were told so.
        let _ = query.await.unwrap();
    }
    olga.is_signed_in().await;
}
