//! Deliveries: what a post and each of its deliveries cost, beside the floor measured in the same minutes.

use anyhow::{Result, bail};
use serde::Serialize;

use super::plan::Plan;
use super::table::{Row, Verdict};
use crate::adapter::{Adapter, Shape};
use crate::crowd::{Crowd, Load, Measured};
use crate::fit::{Fit, fit, median};
use crate::progress;
use crate::run::measure_floor;
use crate::stage::Stage;

/// All of it, for one database and one size of the place.
#[derive(Debug, Clone, Serialize)]
pub struct FanOut {
    pub sizes: Vec<(usize, Pair)>,
    pub server_fit: Fit,
    pub floor_fit: Fit,
    pub big_room: Pair,
    pub big_room_busy: Pair,
    pub many_rooms: Pair,
    pub posts: u64,
}

/// A load on the server and on the floor, medians of all rounds.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    pub server_us_per_delivery: f64,
    pub server_us_per_post: f64,
    pub floor_us_per_delivery: f64,
    pub floor_us_per_post: f64,
    pub deliveries_per_second: f64,
    pub post_to_last_p99_us: f64,
    pub client_was_the_bottleneck: bool,
    /// The largest share of a core that anything else took meanwhile.
    pub others_busy: f64,
    pub posts: u64,
}

impl Pair {
    /// How many times the floor the server costs for each delivery.
    pub fn ratio(&self) -> f64 {
        self.server_us_per_delivery / self.floor_us_per_delivery
    }
}

impl FanOut {
    /// The largest share of a core that anything else took meanwhile.
    pub fn others_busy(&self) -> f64 {
        let all = self.sizes.iter().map(|(_, pair)| pair).chain([&self.big_room, &self.big_room_busy, &self.many_rooms]);
        all.map(|pair| pair.others_busy).fold(0.0, f64::max)
    }
}

/// Measures everything about deliveries.
///
/// # Errors
/// A socket is refused, or something was lost: then no figure counts.
pub fn measure(stage: &mut Stage, plan: &Plan) -> Result<FanOut> {
    let load = |senders, window| Load {
        senders,
        window,
        rate: None,
        body_bytes: 200,
        warm_up: plan.warm_up,
        duration: plan.duration,
        count: None,
    };
    let room = |members| Shape { rooms: 1, members, sockets_per_account: 20 };
    let mut sizes = Vec::new();
    for members in &plan.members {
        sizes.push((*members, pair(stage, plan, room(*members), &load(1, 1))?));
    }
    let line = |cost: fn(&Pair) -> f64| fit(&sizes.iter().map(|(members, pair)| (*members as f64, cost(pair))).collect::<Vec<_>>());
    let (Some(server_fit), Some(floor_fit)) = (line(|pair| pair.server_us_per_post), line(|pair| pair.floor_us_per_post)) else {
        bail!("the costs of {:?} members lie on no line", plan.members);
    };
    let big_room = pair(stage, plan, room(plan.big_room()), &load(4, 1))?;
    let big_room_busy = pair(stage, plan, room(plan.big_room()), &load(4, 8))?;
    let (rooms, members) = plan.many_rooms;
    let many_rooms = pair(stage, plan, Shape { rooms, members, sockets_per_account: 20 }, &load(1, 1))?;
    let posts = sizes.iter().map(|(_, pair)| pair.posts).sum::<u64>() + big_room.posts + big_room_busy.posts + many_rooms.posts;
    Ok(FanOut { sizes, server_fit, floor_fit, big_room, big_room_busy, many_rooms, posts })
}

/// The server and the floor, by turns.
fn pair(stage: &mut Stage, plan: &Plan, shape: Shape, load: &Load) -> Result<Pair> {
    let what = format!("{} × {}, {} senders, {} in flight", shape.rooms, shape.members, load.senders, load.window);
    let (mut server, mut floor): (Vec<Measured>, Vec<Measured>) = (Vec::new(), Vec::new());
    let seats = stage.snug.seats(&shape)?;
    let (mut crowd, _) = Crowd::gather(&stage.snug, shape, &seats, 64, &stage.tree)?;
    for _ in 0..plan.rounds {
        let measured = crowd.measure(&stage.snug, load, &stage.tree)?;
        measured.faults.none(&what)?;
        // One frame for each write, whatever the window: that is the floor all targets are given in.
        let bare = measure_floor(&measured.sample, 1, shape, load, stage.about.pinned)?;
        bare.faults.none(&format!("the floor of {what}"))?;
        server.push(measured);
        floor.push(bare);
    }
    let of = |all: &[Measured], figure: fn(&Measured) -> f64| median(&all.iter().map(figure).collect::<Vec<_>>());
    let pair = Pair {
        server_us_per_delivery: of(&server, |measured| measured.server_us_per_delivery),
        server_us_per_post: of(&server, |measured| measured.server_us_per_post),
        floor_us_per_delivery: of(&floor, |measured| measured.server_us_per_delivery),
        floor_us_per_post: of(&floor, |measured| measured.server_us_per_post),
        deliveries_per_second: of(&server, |measured| measured.deliveries_per_second),
        post_to_last_p99_us: of(&server, |measured| measured.post_to_last.p99_us),
        client_was_the_bottleneck: server.iter().chain(&floor).any(|measured| measured.client_was_the_bottleneck),
        others_busy: server.iter().chain(&floor).map(|measured| measured.others_busy).fold(0.0, f64::max),
        posts: server.iter().map(|measured| measured.posts).sum(),
    };
    progress::say(&format!(
        "{what}: {:.2} µs for each delivery, floor {:.2}; {:.0} deliveries/s",
        pair.server_us_per_delivery, pair.floor_us_per_delivery, pair.deliveries_per_second
    ));
    Ok(pair)
}

/// The promises about it.
pub fn rows(fan_out: &FanOut, plan: &Plan) -> Vec<Row> {
    let FanOut { server_fit, floor_fit, big_room, big_room_busy, many_rooms, .. } = fan_out;
    let big = plan.big_room();
    let slope = server_fit.b / floor_fit.b;
    let floor = big_room.floor_us_per_delivery;
    let sizes = plan.members.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (rooms, members) = plan.many_rooms;
    vec![
        Row::new(
            format!("cost of a delivery: b of a + b × members ({sizes} in one room, one sender, one in flight)"),
            "at most 1.2 × the floor's b",
            format!(
                "{:.2} µs, {slope:.2} × the floor's {:.2}; the line is off by at most {:.0} %",
                server_fit.b,
                floor_fit.b,
                server_fit.worst * 100.0
            ),
            Verdict::of(slope <= 1.2),
        ),
        Row::new("cost of a durable post: a", "at most 150 µs", format!("{:.0} µs", server_fit.a), Verdict::of(server_fit.a <= 150.0)),
        against(format!("1 room × {big}, 4 senders, one in flight each"), 0.65, big_room.server_us_per_delivery, floor, big_room),
        against("the same with 8 in flight each".to_owned(), 0.16, big_room_busy.server_us_per_delivery, floor, big_room_busy),
        against(
            format!("{rooms} rooms × {members}, one in flight each, commits included"),
            2.0,
            many_rooms.server_us_per_delivery,
            many_rooms.floor_us_per_delivery,
            many_rooms,
        ),
    ]
}

fn against(what: String, most: f64, server: f64, floor: f64, pair: &Pair) -> Row {
    let ratio = server / floor;
    let bottleneck = if pair.client_was_the_bottleneck { "; the client was the bottleneck" } else { "" };
    let measured = format!(
        "{server:.2} µs for each delivery, {ratio:.2} × the floor's {floor:.2}; {:.0} deliveries/s{bottleneck}",
        pair.deliveries_per_second
    );
    Row::new(what, format!("at most {most} × the floor"), measured, Verdict::of(ratio <= most))
}
