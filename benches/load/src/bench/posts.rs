//! Durable posts: how many, how soon, and beside what a bare commit costs.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::plan::Plan;
use super::table::{Row, Verdict};
use crate::adapter::{SOCKETS_PER_ACCOUNT, Shape};
use crate::crowd::{Load, Measured};
use crate::database::{BareCommits, bare_commits_postgres, bare_commits_sqlite};
use crate::progress;
use crate::run::drive;
use crate::stage::{Stage, Wanted};

/// How many each sender has in flight where more than one.
const WINDOW: usize = 8;

#[derive(Debug, Clone, Serialize)]
pub struct Posts {
    /// Commits of one row, one after the other, on the same disk and core, without a server.
    pub bare: BareCommits,
    /// One sender, one in flight: every post is a batch of one.
    pub lone: Measured,
    pub durable: Measured,
    /// The same with [`WINDOW`] in flight each.
    pub busy: Measured,
    /// The same load on the same server, which gives every post a commit of its own.
    pub one_by_one: Measured,
    pub latency: Measured,
}

impl Posts {
    /// The largest share of a core that anything else took meanwhile.
    pub fn others_busy(&self) -> f64 {
        [&self.lone, &self.durable, &self.busy, &self.one_by_one, &self.latency]
            .iter()
            .map(|measured| measured.others_busy)
            .fold(0.0, f64::max)
    }
}

/// Measures them.
///
/// # Errors
/// A socket is refused, or a post.
pub fn measure(stage: &mut Stage, wanted: &Wanted, plan: &Plan) -> Result<Posts> {
    let load = |duration, rate, senders| Load { senders, window: 1, rate, body_bytes: 200, warm_up: plan.warm_up, duration, count: None };
    let long = plan.duration.max(Duration::from_secs(1)) * 2;
    let alone = Shape { rooms: 1, members: 1, sockets_per_account: 1 };
    let many = Shape { rooms: plan.durable_senders, members: 1, sockets_per_account: 1 };
    let hundred = Shape { rooms: 1, members: 100, sockets_per_account: SOCKETS_PER_ACCOUNT };
    let lone = one(stage, "a lone sender", alone, &load(long, None, 1))?;
    let durable = one(stage, "durable posts", many, &load(long, None, 1))?;
    let eight = Load { window: WINDOW, ..load(long, None, 1) };
    let busy = one(stage, "durable posts, several in flight", many, &eight)?;
    let latency = one(stage, "20 posts/s in a room of 100", hundred, &load(plan.latency, Some(20.0), 4))?;
    let mut single = wanted.clone();
    single.settings.push(("SNUG_COMMIT_BATCH".to_owned(), "1".to_owned()));
    let one_by_one = one(&mut single.open()?, "durable posts, each with a commit of its own", many, &load(long, None, 1))?;
    let bare = match &wanted.postgres {
        Some(url) => bare_commits_postgres(url, plan.commits, wanted.pinned)?,
        None => bare_commits_sqlite(stage.folder(), plan.commits, wanted.pinned)?,
    };
    Ok(Posts { bare, lone, durable, busy, one_by_one, latency })
}

fn one(stage: &mut Stage, what: &str, shape: Shape, load: &Load) -> Result<Measured> {
    let (_, measured) = drive(&mut stage.snug, shape, load, 64, &stage.tree)?;
    measured.faults.none(what)?;
    progress::say(&format!(
        "{what}: {:.0} posts/s, {:.0} µs of CPU each, p50 {:.2} ms, p99 {:.2} ms to the last member",
        measured.posts_per_second,
        measured.server_us_per_post,
        measured.post_to_last.p50_us / 1e3,
        measured.post_to_last.p99_us / 1e3
    ));
    Ok(measured)
}

/// The promises about them.
pub fn rows(posts: &Posts, plan: &Plan, postgres: bool) -> Vec<Row> {
    let Posts { bare, lone, durable, busy, one_by_one, latency } = posts;
    let (commit_p50, commit_p99) = (bare.latency.p50_us / 1e3, bare.latency.p99_us / 1e3);
    let last_p99 = latency.post_to_last.p99_us / 1e3;
    let ack_p50 = lone.post_to_ack.map_or(f64::MAX, |ack| ack.p50_us / 1e3);
    let senders = plan.durable_senders;
    let mut rows = vec![Row::new(
        "post to last of 100 members at 20 posts/s",
        "p99 at most 6 ms where a bare commit's p99 is under 3 ms",
        format!("p99 {last_p99:.2} ms, p50 {:.2} ms; a bare commit's p99 is {commit_p99:.2} ms", latency.post_to_last.p50_us / 1e3),
        if last_p99 > 6.0 && commit_p99 >= 3.0 { Verdict::Undecided } else { Verdict::of(last_p99 <= 6.0) },
    )];
    let loads = [
        (format!("durable posts, {senders} senders, one in flight each"), durable),
        (format!("the same with {WINDOW} in flight each"), busy),
    ];
    if postgres {
        for (what, posts) in loads {
            let ratio = posts.posts_per_second / bare.per_second;
            let measured = format!(
                "{}, {:.1} of them in Snug and the others in Postgres; {ratio:.1} × the {:.0}/s of single-row autocommit{}",
                rate(posts),
                posts.server_alone_us_per_post,
                bare.per_second,
                posts.bottleneck()
            );
            rows.push(Row::new(what, "at least 10 × single-row autocommit, fsync on", measured, Verdict::of(ratio >= 10.0)));
        }
    } else {
        for (what, posts) in loads {
            let measured = format!("{}{}", rate(posts), posts.bottleneck());
            rows.push(Row::new(what, "at least 20,000/s on one core", measured, Verdict::of(posts.posts_per_second >= 20_000.0)));
        }
        let ratio = durable.posts_per_second / one_by_one.posts_per_second;
        rows.push(Row::new(
            "one in flight each, beside batches of one",
            "at least 5 ×",
            format!("{ratio:.1} × the {:.0}/s of the same server with `SNUG_COMMIT_BATCH=1`", one_by_one.posts_per_second),
            Verdict::of(ratio >= 5.0),
        ));
    }
    rows.push(Row::new(
        "lone sender, post to acknowledgement",
        "p50 at most a bare commit + 0.25 ms",
        format!("p50 {ack_p50:.3} ms; a bare commit's is {commit_p50:.3} ms"),
        Verdict::of(ack_p50 <= commit_p50 + 0.25),
    ));
    rows
}

fn rate(posts: &Measured) -> String {
    format!("{:.0}/s, {:.1} µs of CPU each", posts.posts_per_second, posts.server_us_per_post)
}
