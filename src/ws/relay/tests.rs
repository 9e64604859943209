use std::rc::Rc;

use proptest::prelude::*;

use super::hub::Hub;
use crate::chat::{Frame, Step};
use crate::domain::{RoomId, SessionId};
use crate::protocol::CloseReason;
use crate::ws::outbox::fake::Peer;
use crate::ws::outbox::{Outbox, Push};

const LOBBY: RoomId = RoomId::new(1);
const DEN: RoomId = RoomId::new(2);

/// A socket of the hub, seen from the client's side.
struct Client {
    session: SessionId,
    outbox: Rc<Outbox>,
    peer: Peer,
}

impl Client {
    fn of(hub: &mut Hub) -> Self {
        Self::with_limit(hub, 10_000)
    }

    fn with_limit(hub: &mut Hub, limit: usize) -> Self {
        let peer = Peer::of(limit);
        let outbox = Rc::clone(&peer.outbox);
        let session = SessionId::next();
        hub.attach(session, Rc::clone(&outbox));
        outbox.open(Some(event("ready")));
        let client = Self { session, outbox, peer };
        client.hears(&["ready"]);
        client
    }

    fn takes(&self) -> Vec<Frame> {
        self.peer.frames().iter().map(|bytes| Frame::pong(&bytes[2..])).collect()
    }

    #[track_caller]
    fn hears(&self, names: &[&str]) {
        assert_eq!(self.takes(), names.iter().map(|name| event(name)).collect::<Vec<_>>());
    }

    fn subscribe(&self, room: RoomId) -> Step {
        Step::Subscribe { session: self.session, room }
    }

    fn unsubscribe(&self, room: RoomId) -> Step {
        Step::Unsubscribe { session: self.session, room }
    }

    fn hold(&self, room: RoomId) -> Step {
        Step::Hold { session: self.session, room }
    }
}

/// A frame that stands for an event. What is in it does not matter to a relay.
fn event(name: &str) -> Frame {
    Frame::pong(name.as_bytes())
}

fn says(hub: &mut Hub, room: RoomId, name: &str) {
    hub.apply(Step::Event { room, frame: event(name) });
}

#[test]
fn a_session_hears_its_rooms_and_no_others() {
    let mut hub = Hub::default();
    let [alice, bob] = [(); 2].map(|()| Client::of(&mut hub));
    for step in [alice.subscribe(LOBBY), alice.subscribe(LOBBY), bob.subscribe(DEN)] {
        hub.apply(step);
    }
    says(&mut hub, LOBBY, "one");
    says(&mut hub, DEN, "two");
    hub.apply(alice.unsubscribe(LOBBY));
    says(&mut hub, LOBBY, "three");
    hub.apply(Step::Reply { session: alice.session, frame: event("reply") });
    alice.hears(&["one", "reply"]);
    bob.hears(&["two"]);
    assert!(hub.is_consistent());
}

#[test]
fn a_replay_comes_before_what_was_said_meanwhile() {
    let mut hub = Hub::default();
    let alice = Client::of(&mut hub);
    hub.apply(alice.subscribe(LOBBY));
    hub.apply(alice.subscribe(DEN));
    says(&mut hub, LOBBY, "before");
    hub.apply(alice.hold(LOBBY));
    says(&mut hub, LOBBY, "live 1");
    says(&mut hub, DEN, "elsewhere");
    says(&mut hub, LOBBY, "live 2");
    let hold = hub.hold_of(alice.session, LOBBY).unwrap();
    assert!(hub.push_held(alice.session, hold, event("missed")));
    alice.hears(&["before", "elsewhere", "missed"]);
    hub.release(alice.session, hold);
    says(&mut hub, LOBBY, "live 3");
    alice.hears(&["live 1", "live 2", "live 3"]);
    assert_eq!(hub.hold_of(alice.session, LOBBY), None);
}

#[test]
fn leaving_during_a_replay_drops_what_was_held_and_what_is_in_flight() {
    let mut hub = Hub::default();
    let alice = Client::of(&mut hub);
    hub.apply(alice.subscribe(LOBBY));
    hub.apply(alice.hold(LOBBY));
    let hold = hub.hold_of(alice.session, LOBBY).unwrap();
    says(&mut hub, LOBBY, "held");
    hub.apply(alice.unsubscribe(LOBBY));
    assert!(!hub.push_held(alice.session, hold, event("page in flight")));
    // Back again, with a replay of its own, which the first one's release must not end.
    hub.apply(alice.subscribe(LOBBY));
    hub.apply(alice.hold(LOBBY));
    says(&mut hub, LOBBY, "held anew");
    hub.release(alice.session, hold);
    alice.hears(&[]);
    let anew = hub.hold_of(alice.session, LOBBY).unwrap();
    assert!(hub.push_held(alice.session, anew, event("missed")));
    hub.release(alice.session, anew);
    alice.hears(&["missed", "held anew"]);
    assert!(hub.is_consistent());
}

#[test]
fn held_frames_count_and_give_back_what_they_took() {
    let mut hub = Hub::default();
    let alice = Client::with_limit(&mut hub, 1_000);
    hub.apply(alice.subscribe(LOBBY));
    for _ in 0..20 {
        hub.apply(alice.hold(LOBBY));
        for _ in 0..10 {
            says(&mut hub, LOBBY, "held");
        }
        hub.apply(alice.unsubscribe(LOBBY));
        hub.apply(alice.subscribe(LOBBY));
    }
    assert!(alice.outbox.is_below(1_000));
    hub.apply(alice.hold(LOBBY));
    for _ in 0..20 {
        says(&mut hub, LOBBY, "held");
    }
    assert!(alice.outbox.is_over());
    assert_eq!(alice.takes().len(), 1);
}

#[test]
fn one_who_takes_nothing_is_cut_and_the_others_hear_everything() {
    let mut hub = Hub::default();
    let [stalled, reading] = [(); 2].map(|()| Client::of(&mut hub));
    hub.apply(stalled.subscribe(LOBBY));
    hub.apply(reading.subscribe(LOBBY));
    for n in 0..10_000 {
        says(&mut hub, LOBBY, &n.to_string());
        reading.hears(&[&n.to_string()]);
    }
    assert!(stalled.outbox.is_over());
    assert_eq!(stalled.outbox.push(event("x")), Push::Over);
}

#[test]
fn typing_goes_to_the_others() {
    let mut hub = Hub::default();
    let [alice, bob] = [(); 2].map(|()| Client::of(&mut hub));
    hub.apply(alice.subscribe(LOBBY));
    hub.apply(bob.subscribe(LOBBY));
    hub.apply(Step::Ephemeral { room: LOBBY, except: Some(alice.session), frame: event("typing") });
    alice.hears(&[]);
    bob.hears(&["typing"]);
}

#[test]
fn one_who_misses_presence_is_named_once_there_is_space() {
    let mut hub = Hub::default();
    let [alice, untold] = [(); 2].map(|()| Client::with_limit(&mut hub, 1_000));
    hub.apply(Step::Snapshot { session: alice.session, frame: event("snapshot") });
    alice.hears(&["snapshot"]);
    let diff = || Step::Presence { frame: event("diff") };
    hub.apply(diff());
    alice.hears(&["diff"]);
    untold.hears(&[]);
    for n in 0..8 {
        hub.apply(Step::Reply { session: alice.session, frame: event(&n.to_string()) });
    }
    hub.apply(diff());
    assert_eq!(hub.tick(), []);
    alice.hears(&["0", "1", "2", "3", "4", "5", "6", "7"]);
    // The differences in between would say nothing without the one that was dropped.
    hub.apply(diff());
    alice.hears(&[]);
    assert_eq!(hub.tick(), [alice.session]);
    assert_eq!(hub.tick(), []);
    hub.apply(diff());
    alice.hears(&["diff"]);
}

#[test]
fn the_silent_are_pinged_and_then_ended() {
    let mut hub = Hub::default();
    let alice = Client::of(&mut hub);
    for _ in 0..59 {
        hub.tick();
    }
    let pings = alice.takes();
    assert_eq!(pings, vec![Frame::pong(&[]); 2]);
    for _ in 0..6 {
        hub.tick();
    }
    assert!(alice.outbox.is_over());
    let close = Frame::close(CloseReason::Silent);
    assert_eq!(alice.takes(), [Frame::pong(&close.bytes()[2..])]);
}

proptest! {
    /// Whatever comes in whatever order, the two sides of the index agree, and a room is heard by those who should hear it.
    #[test]
    fn the_index_stays_whole(steps in proptest::collection::vec((0_usize..6, 0_usize..5, 1_i64..5), 1..200)) {
        let mut hub = Hub::default();
        let mut clients: Vec<Client> = (0..6).map(|_| Client::of(&mut hub)).collect();
        let mut heard_by = std::collections::BTreeSet::new();
        for (who, what, room) in steps {
            let room = RoomId::new(room);
            let client = &clients[who];
            match what {
                0 | 1 => {
                    hub.apply(client.subscribe(room));
                    heard_by.insert((who, room));
                }
                2 => {
                    hub.apply(client.unsubscribe(room));
                    heard_by.remove(&(who, room));
                }
                3 => {
                    hub.apply(client.hold(room));
                    if let Some(hold) = hub.hold_of(client.session, room) {
                        hub.release(client.session, hold);
                    }
                }
                _ => {
                    hub.detach(client.session);
                    heard_by.retain(|(other, _)| *other != who);
                    clients[who] = Client::of(&mut hub);
                }
            }
            prop_assert!(hub.is_consistent());
        }
        for room in (1..5).map(RoomId::new) {
            says(&mut hub, room, "x");
            for (who, client) in clients.iter().enumerate() {
                prop_assert_eq!(client.takes().len(), usize::from(heard_by.contains(&(who, room))));
            }
        }
    }
}
