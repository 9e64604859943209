//! Signing out while something is under way: round after round with handshakes, a slow request and a renewing one in flight. None of
//! them may outlive the session or bring it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::person::Person;
use super::place::Place;
use super::server::{Servers, by_hand};
use super::slow::Slow;
use super::socket::Socket;

/// Handshakes under way in each round.
const HANDSHAKES: usize = 3;

/// What the rounds met. Each kind must have been met, or nothing was in flight.
#[derive(Default)]
struct Met {
    refused: AtomicUsize,
    opened_and_closed: AtomicUsize,
    changed: AtomicUsize,
}

/// Ends by the close of the socket; where it stays open, the test hangs until its patience is over.
async fn ends(opened: Result<Socket, u16>, person: &Person, met: &Met) {
    match opened {
        Err(status) => {
            assert_eq!(status, person.adapter.refusal("stranger"));
            met.refused.fetch_add(1, Ordering::Relaxed);
        }
        Ok(mut socket) => {
            assert_eq!(socket.is_closed().await, person.adapter.close("signed_out"));
            met.opened_and_closed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// One round for somebody who is signed in, with handshakes at these nodes in turn; afterwards they are signed in again, by the sign-in
/// that was in flight.
async fn round(person: &Person, nodes: &[String], number: usize, met: &Met) {
    let stolen = person.cookie();
    let thief = person.elsewhere(&person.url);
    thief.bears_cookie(&stolen);
    let (slow, renewing) = (Slow::begins(person, "change", &stolen).await, Slow::begins(person, "sign_in", &stolen).await);

    let mut handshakes = Vec::new();
    for nth in 0..HANDSHAKES {
        let there = person.elsewhere(&nodes[nth % nodes.len()]);
        there.bears_cookie(&stolen);
        let opening = there.opening();
        // Some are well under way when the sign-out comes, some begin with it.
        let head_start = Duration::from_millis(u64::try_from((number + nth * 2) % 6).unwrap());
        handshakes.push(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(5).saturating_sub(head_start)).await;
            opening.upgrade().await
        }));
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    person.does("sign_out").await;

    for handshake in handshakes {
        ends(handshake.await.unwrap(), person, met).await;
    }
    let changed = slow.finishes().await;
    met.changed.fetch_add(usize::from(changed.status == 200), Ordering::Relaxed);
    let renewed = renewing.finishes().await;
    assert_eq!(renewed.status, person.adapter.action("sign_in").answers, "the sign-in that was in flight");
    assert!(!thief.is_signed_in().await, "round {number}: the cookie from before the sign-out is alive");
    for cookie in changed.cookies {
        thief.bears_cookie(&cookie);
        assert!(!thief.is_signed_in().await, "round {number}: the slow request brought the session back");
    }
    let fresh = renewed.cookies.last().expect("a sign-in sets a cookie");
    assert_ne!(*fresh, stolen, "round {number}: the renewing request gave the same cookie again");
    person.bears_cookie(fresh);
}

/// So many rounds, gone through by so many people side by side.
async fn race(servers: Servers, rounds: usize, lanes: usize) {
    let (place, met) = (Place::at(servers).await, Arc::<Met>::default());
    let mut racing = Vec::new();
    for lane in 0..lanes {
        let (person, nodes, met) = (place.member("racer").await, place.servers.nodes.clone(), Arc::clone(&met));
        racing.push(tokio::spawn(async move {
            for number in 0..rounds / lanes {
                round(&person, &nodes, number + lane, &met).await;
            }
            person
        }));
    }
    let mut people = Vec::new();
    for lane in racing {
        people.push(lane.await.expect("a round failed; what it said is above"));
    }
    // Who raced is signed in by the last round, at one device, with nothing open.
    for person in &people {
        assert!(person.is_signed_in().await);
        person.does("devices").await;
        let open = person.var("open_sockets");
        assert!(open.as_array().unwrap().iter().all(|sockets| *sockets == 0), "sockets are left: {open}");
        // And the count is one that counts.
        let _open = person.connects().await;
        person.does("devices").await;
        let sum: i64 = person.var("open_sockets").as_array().unwrap().iter().filter_map(serde_json::Value::as_i64).sum();
        assert_eq!(sum, 1);
    }
    let [refused, closed, changed] = [&met.refused, &met.opened_and_closed, &met.changed].map(|count| count.load(Ordering::Relaxed));
    println!("{rounds} sign-outs: {refused} handshakes refused, {closed} opened and closed, {changed} slow requests let in before");
    assert_eq!(refused + closed, rounds / lanes * lanes * HANDSHAKES);
    assert!(refused > 0 && closed > 0 && changed > 0, "nothing was in flight, so this has shown nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_flight_outlives_a_sign_out_in_a_thousand_rounds() {
    race(Servers::one(), 1_000, 4).await;
}

/// Each round takes as long as the other process may take to hear of it, so there are fewer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_flight_at_another_process_outlives_a_sign_out() {
    if by_hand().is_some() {
        println!("  --   two processes: not tried, the server was not started here");
        return;
    }
    race(Servers::two_on_postgres(), 160, 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_from_before_the_sign_in_is_dead_after_it() {
    let place = Place::at(Servers::one()).await;
    let (mallory, bob) = (place.member("mallory").await, place.member("bob").await);
    // A thief plants the cookie of her own session in Bob's browser, and listens with it.
    let planted = mallory.cookie();
    let mut listening = mallory.connects().await;
    let browser = bob.elsewhere(&bob.url);
    browser.bears_cookie(&planted);
    browser.does("sign_in").await;
    assert_ne!(browser.cookie(), planted);
    browser.does("me").await;
    assert_eq!(browser.var("user"), bob.var("user"));
    assert!(!mallory.is_signed_in().await, "the planted cookie lives");
    assert_eq!(listening.is_closed().await, place.adapter().close("signed_out"));

    // She plants one that she has made up: it is not what the sign-in gives its session.
    for made_up in ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"] {
        let planted = format!("{}={made_up}", place.adapter().cookie);
        let (browser, thief) = (bob.elsewhere(&bob.url), bob.elsewhere(&bob.url));
        browser.bears_cookie(&planted);
        thief.bears_cookie(&planted);
        browser.does("sign_in").await;
        assert!(browser.cookie() != planted && browser.is_signed_in().await && !thief.is_signed_in().await);
    }
    // Nor does the page give a stranger one that would become somebody's.
    let visitor = place.stranger();
    visitor.tries("me").await;
    let before = visitor.cookie();
    let visitor = visitor.called(&bob.text("name"), &bob.text("password"));
    visitor.does("sign_in").await;
    assert!(before.is_empty() || before != visitor.cookie());

    // Signing in at the own browser once more ends what was open by the cookie before.
    let first = bob.cookie();
    let mut open = bob.connects().await;
    bob.does("sign_in").await;
    assert_eq!(open.is_closed().await, place.adapter().close("signed_out"));
    let thief = bob.elsewhere(&bob.url);
    thief.bears_cookie(&first);
    assert!(!thief.is_signed_in().await && bob.is_signed_in().await);
    bob.connects().await;
}
