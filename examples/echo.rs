//! The echo for the WebSocket conformance tests: `cargo run --example echo --features echo`, then the Autobahn fuzzing client against
//! the address it prints. Everything but what it says is the product's transport.

#![expect(clippy::print_stdout, reason = "the address is for whoever started it")]

use std::net::TcpListener;

use actix::{Actor, Context, Handler};
use actix_web::{App, web};
use snug::chat::commands::{AskPresence, AttachRelay};
use snug::domain::Limits;
use snug::ws::{LiveSessions, Relay, Serving, echo};

/// The echo has no centre; nothing is asked of one.
struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<AttachRelay> for Nobody {
    type Result = ();

    fn handle(&mut self, _: AttachRelay, _: &mut Self::Context) {}
}

impl Handler<AskPresence> for Nobody {
    type Result = ();

    fn handle(&mut self, _: AskPresence, _: &mut Self::Context) {}
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    // The suite sends messages of 16 MiB, and as fast as it can.
    let limits = Limits { frame_bytes: 16 << 20, outbox_bytes: 64 << 20, frames_per_second: 1_000_000, ..Limits::default() };
    let (nobody, live) = (Nobody.start(), LiveSessions::default());
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("ws://{}/echo", listener.local_addr()?);
    let app = move || {
        let (relay, limits) = (Relay::start(&nobody, &live), limits.clone());
        move || App::new().app_data(relay.clone()).app_data(limits.clone()).route("/echo", web::get().to(echo::echo))
    };
    Serving::default().listen(listener, app)?.await
}
