//! Coming back with a cursor: what is replayed is asked for anew, by the rights of this moment.

use serde_json::Value;

use super::person::Person;
use super::place::Place;
use super::server::Servers;
use super::socket::{Heard, Socket};
use super::template::{Vars, at, looks_like};

/// What a resume of this room brings: the texts of its posts, and whether it ended well.
async fn resumes(socket: &mut Socket, room: &Value, cursor: &Value) -> (Vec<String>, bool) {
    let adapter = socket.adapter.clone();
    socket.says("resume", &Vars::default().with("room", room.clone()).with("cursor", cursor.clone())).await;
    let mut posts = Vec::new();
    loop {
        let Heard::Message(message) = socket.next().await else { panic!("closed during a replay") };
        if looks_like(&message, adapter.hear("posted")) {
            posts.push(at(&message, &adapter.socket.text).unwrap().as_str().unwrap().to_owned());
        } else if looks_like(&message, adapter.hear("resumed")) {
            return (posts, true);
        } else if looks_like(&message, adapter.hear("reset")) {
            return (posts, false);
        }
    }
}

async fn posts(socket: &mut Socket, room: &Value, texts: &[&str]) {
    for text in texts {
        socket.says("post", &Vars::default().with("room", room.clone()).with("text", *text)).await;
        socket.hears("posted").await;
    }
}

async fn about(host: &Person, action: &str, room: &Value, person: &Person) {
    host.does_with(action, &Vars::default().with("room", room.clone()).with("user", person.var("user"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_is_authorised_again() {
    let place = Place::at(Servers::one()).await;
    let (olga, bob, carol) = (place.member("olga").await, place.member("bob").await, place.member("carol").await);
    let room = place.room(&olga, "private", &[&bob, &carol]).await;
    let mut host = olga.connects().await;
    let (bobs, mut stays) = (bob.connects().await, bob.connects().await);
    let cursor = bobs.cursor(&room);
    drop(bobs);
    posts(&mut host, &room, &["one", "two", "three"]).await;

    // While he is in the room, all that he missed comes.
    assert_eq!(resumes(&mut bob.connects().await, &room, &cursor).await, (vec!["one".into(), "two".into(), "three".into()], true));
    for _ in 0..3 {
        stays.hears("posted").await;
    }
    about(&olga, "remove_member", &room, &bob).await;
    posts(&mut host, &room, &["secret"]).await;
    let nothing = (Vec::<String>::new(), false);
    assert_eq!(resumes(&mut bob.connects().await, &room, &cursor).await, nothing, "on a new socket");
    assert_eq!(resumes(&mut stays, &room, &cursor).await, nothing, "on the one that stayed open");
    let everything = ["one", "two", "three", "secret"].map(str::to_owned).to_vec();
    assert_eq!(resumes(&mut carol.connects().await, &room, &cursor).await, (everything, true), "who is still in the room gets all of it");

    // A cursor from before a sign-out opens nothing by itself.
    let copy = bob.opening();
    bob.does("sign_out").await;
    assert_eq!(stays.is_closed().await, place.adapter().close("signed_out"));
    assert_eq!(copy.open().await.err(), Some(place.adapter().refusal("stranger")));
}
