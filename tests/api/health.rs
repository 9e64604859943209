//! What a supervisor and a proxy ask: whether the process lives, and whether it can serve.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::support::{App, Database, on_both, tell};

/// Asking the writer ends after two seconds, and an answer is kept for one.
const WITHIN: Duration = Duration::from_secs(15);

on_both![while_the_writer_is_stuck_the_answer_is_no_and_reading_goes_on];

async fn asked(app: &App, path: &str) -> u16 {
    reqwest::get(format!("{}{path}", app.url)).await.unwrap().status().as_u16()
}

/// Waits until `/readyz` gives this answer.
async fn is_ready_with(app: &App, status: u16) {
    let begun = Instant::now();
    while asked(app, "/readyz").await != status {
        assert!(begun.elapsed() < WITHIN, "/readyz never says {status}");
    }
}

async fn while_the_writer_is_stuck_the_answer_is_no_and_reading_goes_on(app: App) {
    let olga = app.owner().await;
    assert_eq!((asked(&app, "/healthz").await, asked(&app, "/readyz").await), (200, 200));
    let (store, (release, released), (taken, has_taken)) = (app.edge.store.clone(), mpsc::channel::<()>(), tokio::sync::oneshot::channel());
    let (taken, released) = (parking_lot::Mutex::new(Some(taken)), parking_lot::Mutex::new(released));
    let stuck = actix_web::rt::spawn(async move {
        let job = move |_: &mut snug::store::Transaction<'_>| {
            if let Some(taken) = taken.lock().take() {
                let _ = taken.send(());
            }
            // Until it is told to go on.
            let _ = released.lock().recv();
            Ok(())
        };
        store.write(job).await
    });
    has_taken.await.unwrap();
    is_ready_with(&app, 503).await;
    assert_eq!(asked(&app, "/healthz").await, 200);
    olga.get("/me").await.is(200);
    olga.get("/rooms").await.is(200);
    drop(release);
    stuck.await.unwrap().unwrap();
    is_ready_with(&app, 200).await;
}

#[test]
fn while_the_database_is_gone_the_answer_is_no_and_the_process_lives() {
    let database = Database::postgres();
    let Database::Postgres { server, name } = &database else { panic!("no Postgres") };
    let (server, name) = (server.clone(), name.clone());
    let tells = move |sql: &str| PgConnection::establish(&server).unwrap().batch_execute(sql).unwrap();
    tell(
        || database,
        |app| async move {
            let olga = app.owner().await;
            assert_eq!(asked(&app, "/readyz").await, 200);
            tells(&format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ));
            is_ready_with(&app, 503).await;
            assert_eq!(asked(&app, "/healthz").await, 200);
            tells(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
            is_ready_with(&app, 200).await;
            olga.is_signed_in().await;
        },
    );
}
