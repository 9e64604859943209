//! Every way out: what was open ends, or falls silent in one room, within a second, and nobody else notices.

mod scene;
mod way;

use std::sync::Arc;

use scene::Scene;
use way::Way;

use super::place::Place;
use super::report::Report;
use super::server::{Servers, by_hand};

/// Plays all of them side by side at one place.
async fn all(title: &str, servers: Servers, ways: impl IntoIterator<Item = Way>) {
    let (place, mut report) = (Arc::new(Place::at(servers).await), Report::of(title));
    let mut playing = Vec::new();
    for way in ways {
        match way.is_possible(&place) {
            Ok(()) => {
                let place = Arc::clone(&place);
                playing.push((way, tokio::spawn(async move { Scene::of(place, way).await.plays().await })));
            }
            Err(why) => report.not_tried(way.what(), why),
        }
    }
    for (way, scene) in playing {
        let verdict = scene.await.unwrap_or_else(|panicked| Err(format!("{panicked}; what it said is above")));
        report.judged(way.what(), verdict);
    }
    report.ends();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_out_ends_sockets_within_a_second() {
    let soon = Way::ALL.into_iter().filter(|way| !way.takes_a_minute());
    all("ways out, one server", Servers::one(), soon).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_token_ends_with_its_sockets_when_its_time_has_come() {
    all("ways out that take a minute", Servers::one(), Way::ALL.into_iter().filter(|way| way.takes_a_minute())).await;
}

/// What is ended at the first process ends at the second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_out_ends_sockets_of_another_process_within_a_second() {
    if by_hand().is_some() {
        println!("  --   two processes: not tried, the server was not started here");
        return;
    }
    let told = Way::ALL.into_iter().filter(|way| way.is_told_to_others());
    all("ways out, two processes on one Postgres", Servers::two_on_postgres(), told).await;
}

/// The suite itself: a server that ends nothing does not pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_on_after_its_end_is_found_out() {
    let ways = [(Way::Banned, "ban"), (Way::SignOutOfOne, "end_device"), (Way::RemovedFromRoom, "remove_member")];
    let place = Arc::new(Place::at(Servers::with_holes(&ways.map(|(_, action)| action))).await);
    for (way, _) in ways {
        let verdict = Scene::of(Arc::clone(&place), way).await.plays().await;
        let why = verdict.expect_err("a hole was not found");
        let frames = why.split(' ').find_map(|word| word.parse::<usize>().ok());
        assert!(why.contains("after the second") && frames.is_some_and(|frames| frames >= 5), "{why}");
    }
}
