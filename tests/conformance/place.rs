//! A place with somebody who runs it, and as many others as a test needs.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::adapter::Adapter;
use super::person::Person;
use super::server::{Servers, WayIn};
use super::template::Vars;

pub const PASSWORD: &str = "herring under fur coat";

pub struct Place {
    pub servers: Servers,
    pub admin: Person,
    made: AtomicUsize,
    /// So that a place can be visited again and again.
    visit: String,
}

impl Place {
    /// Sets the place up, or signs in at the one given by hand.
    pub async fn at(servers: Servers) -> Self {
        // One implementation of TLS for the clients of this process; an https proxy may stand in front.
        let _ = rustls::crypto::ring::default_provider().install_default();
        println!("{} at {}", servers.adapter.name, servers.nodes.join(" and "));
        let stranger = Person::stranger(&servers.adapter, &servers.nodes[0]);
        let admin = match &servers.way_in {
            WayIn::Code(code) => {
                let admin = stranger.called("olga", PASSWORD);
                admin.does_with("found", &Vars::default().with("code", code.as_str())).await;
                admin
            }
            WayIn::Account { name, password } => {
                let admin = stranger.called(name, password);
                admin.does("sign_in").await;
                admin
            }
        };
        admin.does("invite").await;
        let visit = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
        Self { servers, admin, made: AtomicUsize::new(0), visit }
    }

    pub fn adapter(&self) -> &Adapter {
        &self.servers.adapter
    }

    /// A name that nobody and nothing else has.
    pub fn name(&self, of: &str) -> String {
        format!("{of}-{}-{}", self.visit, self.made.fetch_add(1, Ordering::Relaxed))
    }

    pub fn stranger(&self) -> Person {
        Person::stranger(&self.servers.adapter, &self.servers.nodes[0])
    }

    /// A new member, signed in.
    pub async fn member(&self, name: &str) -> Person {
        let person = self.stranger().called(&self.name(name), PASSWORD);
        person.does_with("sign_up", &Vars::default().with("invite", self.admin.var("invite"))).await;
        person
    }

    /// The same person at another device, which uses this node.
    pub async fn at_another_device(&self, person: &Person, node: usize) -> Person {
        let other = person.elsewhere(&self.servers.nodes[node]);
        other.does("sign_in").await;
        other
    }

    /// A room of this person's with these people in it.
    pub async fn room(&self, host: &Person, visibility: &str, others: &[&Person]) -> Value {
        let named = Vars::default().with("text", self.name("room")).with("visibility", visibility);
        host.does_with("make_room", &named).await;
        let room = host.var("room");
        for other in others {
            host.does_with("add_member", &Vars::default().with("room", room.clone()).with("user", other.var("user"))).await;
        }
        room
    }
}
