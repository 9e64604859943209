//! Deliveries: what a post and each of its deliveries cost, beside the floor measured in the same seconds.

use std::slice::from_ref;

use anyhow::{Context, Result};
use serde::Serialize;

use super::plan::Plan;
use super::table::{Row, Verdict};
use crate::adapter::{Adapter, SOCKETS_PER_ACCOUNT, Shape};
use crate::crowd::{Crowd, Load, Measured};
use crate::fit::{Fit, fit, median};
use crate::progress;
use crate::run::measure_floor;
use crate::stage::Stage;

/// All rounds of one place.
#[derive(Debug, Clone, Serialize)]
pub struct FanOut {
    pub rounds: Vec<Round>,
}

/// Every load once, within a minute: a machine whose speed comes and goes has about one speed in it. So what is compared or laid on a
/// line is of one round, and the figures are medians of what the rounds say.
#[derive(Debug, Clone, Serialize)]
pub struct Round {
    pub sizes: Vec<(usize, Pair)>,
    pub server_fit: Fit,
    pub floor_fit: Fit,
    pub big_room: Pair,
    pub big_room_busy: Pair,
    pub many_rooms: Pair,
}

/// What is read off a round.
pub type Figure = fn(&Round) -> f64;

/// A load on the server and on the floor.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    pub server_us_per_delivery: f64,
    pub server_us_per_post: f64,
    pub floor_us_per_delivery: f64,
    pub floor_us_per_post: f64,
    pub deliveries_per_second: f64,
    pub client_was_the_bottleneck: bool,
    /// The largest share of a core that anything else took meanwhile.
    pub others_busy: f64,
    pub posts: u64,
}

impl Pair {
    fn of(server: &Measured, floor: &Measured) -> Self {
        Self {
            server_us_per_delivery: server.server_us_per_delivery,
            server_us_per_post: server.server_us_per_post,
            floor_us_per_delivery: floor.server_us_per_delivery,
            floor_us_per_post: floor.server_us_per_post,
            deliveries_per_second: server.deliveries_per_second,
            client_was_the_bottleneck: server.client_was_the_bottleneck || floor.client_was_the_bottleneck,
            others_busy: server.others_busy.max(floor.others_busy),
            posts: server.posts,
        }
    }

    /// How many times the floor the server costs for each delivery.
    fn ratio(&self) -> f64 {
        self.server_us_per_delivery / self.floor_us_per_delivery
    }
}

impl Round {
    /// From the pairs of [`loads`], in their order.
    fn of(plan: &Plan, mut pairs: Vec<Pair>) -> Result<Self> {
        let rest = pairs.split_off(plan.members.len());
        let [big_room, big_room_busy, many_rooms] = rest.try_into().ok().context("a load was not measured")?;
        let sizes: Vec<(usize, Pair)> = plan.members.iter().copied().zip(pairs).collect();
        let line = |cost: fn(&Pair) -> f64| {
            fit(&sizes.iter().map(|(members, pair)| (*members as f64, cost(pair))).collect::<Vec<_>>()).context("the costs lie on no line")
        };
        let (server_fit, floor_fit) = (line(|pair| pair.server_us_per_post)?, line(|pair| pair.floor_us_per_post)?);
        Ok(Self { sizes, server_fit, floor_fit, big_room, big_room_busy, many_rooms })
    }

    fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.sizes.iter().map(|(_, pair)| pair).chain([&self.big_room, &self.big_room_busy, &self.many_rooms])
    }

    /// What a durable post costs, microseconds.
    pub const fn post(&self) -> f64 {
        self.server_fit.a
    }

    /// b, as a multiple of the floor's.
    pub fn delivery(&self) -> f64 {
        self.server_fit.b / self.floor_fit.b
    }

    /// As a multiple of the floor.
    pub fn big_room(&self) -> f64 {
        self.big_room.ratio()
    }

    /// As a multiple of one frame for each write, whatever the window: that is the floor all targets are given in.
    pub fn big_room_busy(&self) -> f64 {
        self.big_room_busy.server_us_per_delivery / self.big_room.floor_us_per_delivery
    }

    /// As a multiple of the floor.
    pub fn many_rooms(&self) -> f64 {
        self.many_rooms.ratio()
    }
}

impl FanOut {
    /// The median of what the rounds say.
    fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        median(&self.rounds.iter().map(figure).collect::<Vec<_>>())
    }

    /// The largest share of a core that anything else took meanwhile.
    pub fn others_busy(&self) -> f64 {
        self.rounds.iter().flat_map(Round::pairs).map(|pair| pair.others_busy).fold(0.0, f64::max)
    }

    /// All that was stored for it.
    pub fn posts(&self) -> u64 {
        self.rounds.iter().flat_map(Round::pairs).map(|pair| pair.posts).sum()
    }
}

/// Who is where in each load, and what they do: the sizes of the line, the big room, the same busy, many rooms.
fn loads(plan: &Plan) -> Vec<(Shape, Load)> {
    let load = |senders, window| Load {
        senders,
        window,
        rate: None,
        body_bytes: 200,
        warm_up: plan.warm_up,
        duration: plan.duration,
        count: None,
    };
    let room = |rooms, members| Shape { rooms, members, sockets_per_account: SOCKETS_PER_ACCOUNT };
    let sizes = plan.members.iter().map(|members| (room(1, *members), load(1, 1)));
    let (big, (rooms, members)) = (room(1, plan.big_room()), plan.many_rooms);
    sizes.chain([(big, load(4, 1)), (big, load(4, 8)), (room(rooms, members), load(1, 1))]).collect()
}

/// Makes the accounts and rooms of all loads.
///
/// # Errors
/// The server refuses.
pub fn furnish(stage: &mut Stage, plan: &Plan) -> Result<()> {
    loads(plan).iter().try_for_each(|(shape, _)| stage.snug.seats(shape).map(drop))
}

/// Measures everything about deliveries, on places that stand beside each other, one after the other in each round.
///
/// # Errors
/// A socket is refused, or something was lost: then no figure counts.
pub fn measure<const PLACES: usize>(mut stages: [&mut Stage; PLACES], plan: &Plan) -> Result<[FanOut; PLACES]> {
    let mut found = [const { FanOut { rounds: Vec::new() } }; PLACES];
    for stage in &mut stages {
        furnish(stage, plan)?;
    }
    for round in 1..=plan.rounds {
        let mut pairs = [const { Vec::new() }; PLACES];
        for (shape, load) in loads(plan) {
            let what = format!("{} × {}, {} senders, {} in flight", shape.rooms, shape.members, load.senders, load.window);
            let mut servers: Vec<Measured> = Vec::with_capacity(PLACES);
            // In turn the other way round: who comes second comes when the crowd of the first has just left.
            let backwards = round % 2 == 0;
            for nth in 0..PLACES {
                let stage = &mut stages[if backwards { PLACES - 1 - nth } else { nth }];
                let measured = on_server(stage, shape, &load)?;
                measured.faults.none(&what)?;
                servers.push(measured);
            }
            if backwards {
                servers.reverse();
            }
            let (sample, pinned) = (&servers.first().context("no place")?.sample, stages.iter().all(|stage| stage.about.pinned));
            let floor = measure_floor(sample, 1, shape, &load, pinned)?;
            floor.faults.none(&format!("the floor of {what}"))?;
            let cost = |measured: &Measured| format!("{:.2}", measured.server_us_per_delivery);
            let costs = |all: &[Measured]| all.iter().map(cost).collect::<Vec<_>>().join(" and ");
            progress::say(&format!("round {round}, {what}: {} µs for each delivery, floor {}", costs(&servers), costs(from_ref(&floor))));
            for (pairs, server) in pairs.iter_mut().zip(&servers) {
                pairs.push(Pair::of(server, &floor));
            }
        }
        for (found, pairs) in found.iter_mut().zip(pairs) {
            found.rounds.push(Round::of(plan, pairs)?);
        }
    }
    Ok(found)
}

fn on_server(stage: &mut Stage, shape: Shape, load: &Load) -> Result<Measured> {
    let seats = stage.snug.seats(&shape)?;
    let (mut crowd, _) = Crowd::gather(&stage.snug, shape, &seats, 64, &stage.tree)?;
    crowd.measure(&stage.snug, load, &stage.tree)
}

/// The promises about it. `commit`: what a bare commit costs on this machine, microseconds, where that is known.
pub fn rows(fan_out: &FanOut, plan: &Plan, commit: Option<f64>) -> Vec<Row> {
    let (slope, post) = (fan_out.median(Round::delivery), fan_out.median(Round::post));
    let beside = commit.map(|us| format!("; a bare commit of one row, measured afterwards, {us:.0} µs")).unwrap_or_default();
    let sizes = plan.members.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (big, (rooms, members)) = (plan.big_room(), plan.many_rooms);
    vec![
        Row::new(
            format!("cost of a delivery: b of a + b × members ({sizes} in one room, one sender, one in flight)"),
            "at most 1.2 × the floor's b",
            format!(
                "{:.2} µs, {slope:.2} × the floor's {:.2}; the line is off by at most {:.0} %",
                fan_out.median(|round| round.server_fit.b),
                fan_out.median(|round| round.floor_fit.b),
                fan_out.median(|round| round.server_fit.worst) * 100.0
            ),
            Verdict::of(slope <= 1.2),
        ),
        Row::new("cost of a durable post: a", "at most 150 µs", format!("{post:.0} µs{beside}"), Verdict::of(post <= 150.0)),
        against(fan_out, format!("1 room × {big}, 4 senders, one in flight each"), 0.65, |round| &round.big_room, Round::big_room),
        against(fan_out, "the same with 8 in flight each".to_owned(), 0.16, |round| &round.big_room_busy, Round::big_room_busy),
        against(
            fan_out,
            format!("{rooms} rooms × {members}, one in flight each, commits included"),
            2.0,
            |round| &round.many_rooms,
            Round::many_rooms,
        ),
    ]
}

fn against(fan_out: &FanOut, what: String, most: f64, pair: fn(&Round) -> &Pair, ratio: Figure) -> Row {
    let times = fan_out.median(ratio);
    let slow_client = fan_out.rounds.iter().any(|round| pair(round).client_was_the_bottleneck);
    let measured = format!(
        "{:.2} µs for each delivery, {times:.2} × the floor; {:.0} deliveries/s{}",
        fan_out.median(|round| pair(round).server_us_per_delivery),
        fan_out.median(|round| pair(round).deliveries_per_second),
        if slow_client { "; the client was the bottleneck" } else { "" }
    );
    Row::new(what, format!("at most {most} × the floor"), measured, Verdict::of(times <= most))
}
