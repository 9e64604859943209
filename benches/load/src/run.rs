//! The single measurements: one load, many idle sockets, the floor, the fit.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::adapter::{Adapter, FloorAdapter, Plain, Shape, Snug, SnugApi};
use crate::cli::{Floor, Kind, Run};
use crate::crowd::{Crowd, Handshakes, Load, Measured};
use crate::machine::{self, Machine};
use crate::process::Tree;
use crate::{floor, server};

/// `load run`.
///
/// # Errors
/// The server does not start, refuses, or something went wrong under load.
pub fn run(arguments: &Run) -> Result<Value> {
    let (shape, load) = arguments.talk.plan();
    machine::allow_descriptors(shape.sockets() as u64 + 100)?;
    let at_once = arguments.talk.at_once;
    match &arguments.url {
        None => {
            let mut stage = arguments.target.wanted()?.open()?;
            let (handshakes, measured) = drive(&mut stage.snug, shape, &load, at_once, &stage.tree)?;
            Ok(json!({"machine": Machine::describe(), "about": stage.about, "shape": shape_of(&shape), "notes": stage.snug.notes(),
                "handshakes": handshakes, "measured": measured}))
        }
        Some(url) => {
            let site = server::running_at(url)?;
            let tree = Tree::of(arguments.server_pid.into_iter().chain(arguments.target.count_pid.iter().copied()));
            let mut adapter: Box<dyn Adapter> = match arguments.adapter {
                Kind::Plain => Box::new(Plain::at(site)),
                Kind::Snug => {
                    let mut api = SnugApi::at(site);
                    arguments.setup_code.as_deref().map_or(Ok(()), |code| api.set_up(code))?;
                    Box::new(Snug::at(api))
                }
            };
            let (handshakes, measured) = drive(adapter.as_mut(), shape, &load, at_once, &tree)?;
            Ok(json!({"machine": Machine::describe(), "server": adapter.name(), "url": url, "shape": shape_of(&shape),
                "notes": adapter.notes(), "handshakes": handshakes, "measured": measured}))
        }
    }
}

/// Gathers a crowd and puts one load on the server.
///
/// # Errors
/// A socket is refused.
pub fn drive(adapter: &mut dyn Adapter, shape: Shape, load: &Load, at_once: usize, tree: &Tree) -> Result<(Handshakes, Measured)> {
    let seats = adapter.seats(&shape)?;
    let (mut crowd, handshakes) = Crowd::gather(adapter, shape, &seats, at_once, tree)?;
    let measured = crowd.measure(adapter, load, tree)?;
    Ok((handshakes, measured))
}

/// `load floor`.
///
/// # Errors
/// The sender does not start.
pub fn floor(arguments: &Floor) -> Result<Value> {
    let (shape, load) = arguments.talk.plan();
    machine::allow_descriptors(shape.sockets() as u64 + 100)?;
    let message = floor::example_message(arguments.talk.body_bytes);
    let measured = measure_floor(&message, arguments.per_write, shape, &load, !arguments.no_pin)?;
    Ok(json!({"machine": Machine::describe(), "shape": shape_of(&shape), "per_write": arguments.per_write, "measured": measured}))
}

/// The cost of the same load on a bare sender of the same messages.
///
/// # Errors
/// The sender does not start.
pub fn measure_floor(message: &[u8], per_write: usize, shape: Shape, load: &Load, pinned: bool) -> Result<Measured> {
    let sender = floor::start(message, per_write, pinned)?;
    let mut adapter = FloorAdapter::at(sender.site.address, floor::run_of(message)?);
    let tree = Tree::of([sender.pid()]);
    Ok(drive(&mut adapter, shape, load, 64, &tree)?.1)
}

/// Sockets that do nothing.
#[derive(Debug, Clone, Serialize)]
pub struct IdleMeasured {
    pub sockets: usize,
    pub rooms_each: usize,
    pub handshakes: Handshakes,
    /// Of the server, without its database.
    pub resident_kib_before: f64,
    pub resident_kib_each: f64,
    pub rest_seconds: f64,
    /// Share of one core while nobody says anything; heartbeats are part of it.
    pub idle_busy: f64,
    pub others_busy: f64,
    pub closed: u64,
}

/// How many sockets, and where they are.
#[derive(Debug, Clone, Copy)]
pub struct IdlePlan {
    pub sockets: usize,
    pub rooms_each: usize,
    pub sockets_per_account: usize,
    pub at_once: usize,
    pub rest: Duration,
}

/// Opens idle sockets and measures them.
///
/// # Errors
/// A socket is refused.
pub fn idle(snug: &mut Snug, plan: IdlePlan, tree: &Tree) -> Result<IdleMeasured> {
    machine::allow_descriptors(plan.sockets as u64 + 100)?;
    let seats = snug.idle_seats(plan.sockets, plan.rooms_each, plan.sockets_per_account)?;
    let server = tree.server_alone();
    let before = server.resident_bytes() as f64 / 1024.0;
    let shape = Shape { rooms: 1, members: plan.sockets, sockets_per_account: plan.sockets_per_account };
    let (mut crowd, handshakes) = Crowd::gather(snug, shape, &seats, plan.at_once, tree)?;
    // The last presence difference and the buffers of the handshakes are gone by then.
    crowd.rest(snug, Duration::from_secs(3), tree)?;
    let (spent, faults) = crowd.rest(snug, plan.rest, tree)?;
    let after = server.resident_bytes() as f64 / 1024.0;
    Ok(IdleMeasured {
        sockets: plan.sockets,
        rooms_each: plan.rooms_each,
        handshakes,
        resident_kib_before: before,
        resident_kib_each: (after - before) / plan.sockets as f64,
        rest_seconds: spent.wall.as_secs_f64(),
        idle_busy: spent.server_busy(),
        others_busy: spent.others_busy(),
        closed: faults.closed,
    })
}

/// The shape in the output.
pub fn shape_of(shape: &Shape) -> Value {
    json!({"rooms": shape.rooms, "members": shape.members, "sockets_per_account": shape.sockets_per_account})
}

/// A result as text.
///
/// # Errors
/// None for these types; `serde_json` may say so.
pub fn pretty(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).context("the result cannot be written as JSON")
}
