//! All promises about speed, measured in one go and written down with what they were measured on.

mod fan_out;
mod growth;
mod plan;
mod posts;
mod reading;
mod report;
mod table;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::adapter::{Adapter, Snug};
use crate::cli::{Bench, Fit};
use crate::machine::{self, Machine};
use crate::postgres::OwnPostgres;
use crate::progress;
use crate::run::{IdlePlan, idle};
use crate::stage::{Stage, Wanted};
use plan::Plan;
use table::{Row, Verdict};

/// What was found on one database.
struct Findings {
    title: String,
    rows: Vec<Row>,
    figures: Value,
    notes: Vec<String>,
}

/// `load bench`.
///
/// # Errors
/// The server does not start, or something was lost while a figure was measured.
pub fn run(arguments: &Bench) -> Result<Value> {
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    machine::allow_descriptors(plan.idle_sockets as u64 + 500)?;
    let wanted = arguments.target.wanted()?;
    let mut all = vec![on("SQLite (WAL, synchronous=FULL)", &Wanted { postgres: None, ..wanted.clone() }, &plan)?];
    // Started only now, so that it takes nothing from the figures of SQLite.
    let own = if arguments.own_postgres { Some(OwnPostgres::start()?) } else { None };
    let url = own.as_ref().map(OwnPostgres::url).or_else(|| arguments.also_postgres.clone()).or_else(|| arguments.target.postgres.clone());
    if let Some(url) = url {
        all.push(on("Postgres", &Wanted { postgres: Some(url), ..wanted }, &plan)?);
    }
    let machine = Machine::describe();
    let text = report::markdown(&machine, &plan, &all);
    std::fs::write(&arguments.report, &text).with_context(|| format!("{} cannot be written", arguments.report.display()))?;
    progress::say(&format!("written to {}", arguments.report.display()));
    let databases: Vec<Value> =
        all.into_iter().map(|found| json!({"title": found.title, "rows": found.rows, "figures": found.figures})).collect();
    let result = json!({"machine": machine, "quick": plan.quick, "databases": databases});
    if let Some(path) = &arguments.json {
        std::fs::write(path, crate::run::pretty(&result)?).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(result)
}

/// `load fit`.
///
/// # Errors
/// The server does not start.
pub fn fit_only(arguments: &Fit) -> Result<Value> {
    let duration = std::time::Duration::from_secs_f64(arguments.duration.clamp(0.1, 60.0));
    let plan = Plan { duration, rounds: arguments.rounds.max(1), ..Plan::full() };
    machine::allow_descriptors(2_000)?;
    let mut stage = arguments.target.wanted()?.open()?;
    let [found] = fan_out::measure([&mut stage], &plan)?;
    Ok(json!({"machine": Machine::describe(), "about": stage.about, "rows": fan_out::rows(&found, &plan, None), "figures": found}))
}

/// All of it on one database. Two places stand beside each other for the deliveries, one of them larger.
fn on(title: &str, wanted: &Wanted, plan: &Plan) -> Result<Findings> {
    progress::say(title);
    let mut larger = wanted.open()?;
    fan_out::furnish(&mut larger, plan)?;
    growth::grow(&mut larger, plan)?;
    let reading = reading::measure(&mut larger, plan)?;
    let mut stage = wanted.open()?;
    let [small, large] = fan_out::measure([&mut stage, &mut larger], plan)?;
    let from = growth::size(&mut stage, small.posts())?;
    let to = growth::size(&mut larger, large.posts() + reading.stored)?;
    let mut notes = notes(&stage, &stage.snug);
    drop((stage, larger));

    let mut stage = wanted.open()?;
    let posts = posts::measure(&mut stage, wanted, plan)?;
    drop(stage);
    let mut stage = frugal(wanted).open()?;
    let idle_plan = IdlePlan { sockets: plan.idle_sockets, rooms_each: 10, sockets_per_account: 100, at_once: 64, rest: plan.rest };
    let idle = idle(&mut stage.snug, idle_plan, &stage.tree)?;
    notes.extend(disturbed(small.others_busy().max(large.others_busy()).max(posts.others_busy())));
    notes.push(format!(
        "idle sockets: {} of one account each, 13 rooms with the hidden ones; with MALLOC_MMAP_THRESHOLD_=131072, so that memory of the sign-ups is not counted; \
         what one is made of, and the next step down: docs/footprint.md",
        idle_plan.sockets_per_account
    ));

    let mut rows = fan_out::rows(&small, plan, Some(posts.bare.us_each));
    rows.extend(posts::rows(&posts, plan, wanted.postgres.is_some()));
    rows.extend(idle_rows(&idle));
    rows.extend(reading::rows(&reading));
    rows.push(growth::row(&small, &large, from, to));
    let figures = json!({"about": stage.about, "fan_out": small, "fan_out_grown": large, "posts": posts, "idle": idle, "reading": reading});
    Ok(Findings { title: title.to_owned(), rows, figures, notes })
}

/// With what argon2 took for the sign-ups given back at once: glibc would keep it for later, and the sockets would seem to cost nothing.
fn frugal(wanted: &Wanted) -> Wanted {
    let mut wanted = wanted.clone();
    wanted.settings.push(("MALLOC_MMAP_THRESHOLD_".to_owned(), "131072".to_owned()));
    wanted
}

/// A warning where the machine was not free. The system's own work for the sockets counts among the others too, so a little is normal.
fn disturbed(others_busy: f64) -> Option<String> {
    let percent = others_busy * 100.0;
    (others_busy > 0.25)
        .then(|| format!("**other programs used up to {percent:.0} % of a core meanwhile: the figures are worse than they would be**"))
}

fn notes(stage: &Stage, snug: &Snug) -> Vec<String> {
    let mut notes = snug.notes();
    notes.push(format!("limits raised for the load: {}", stage.about.settings.join(", ")));
    notes.push(format!("ready {:.0} ms after its start", stage.about.ready_after_ms));
    if stage.about.pinned {
        notes.push("the server (and Postgres) ran on core 0, the clients on core 1".to_owned());
    } else {
        notes.push("no process was bound to a core".to_owned());
    }
    if stage.about.data_in_memory {
        notes.push("**the data was in memory: commits cost nothing and no figure counts**".to_owned());
    }
    notes
}

fn idle_rows(idle: &crate::run::IdleMeasured) -> Vec<Row> {
    let handshakes = &idle.handshakes;
    let per_core = 1e6 / handshakes.server_us_each;
    vec![
        Row::new(
            "idle authenticated connection in 10 rooms",
            "at most 20 KB RSS",
            format!("{:.1} KiB of Snug ({} sockets)", idle.resident_kib_each, idle.sockets),
            Verdict::of(idle.resident_kib_each * 1.024 <= 20.0),
        ),
        Row::new(
            format!("idle CPU, {} connections", idle.sockets),
            "at most 1 % of a core",
            format!("{:.2} % over {:.0} s, heartbeats included; {} sockets closed", idle.idle_busy * 100.0, idle.rest_seconds, idle.closed),
            Verdict::of(idle.idle_busy <= 0.01 && idle.closed == 0),
        ),
        Row::new(
            "handshake with session check and 10 rooms, to the `ready` message",
            "at least 8,000/s/core",
            format!(
                "{per_core:.0}/s/core ({:.0} µs of CPU each), {:.0}/s measured; p50 {:.1} ms, p99 {:.1} ms with 64 at once",
                handshakes.server_us_each,
                handshakes.per_second,
                handshakes.to_ready.p50_us / 1e3,
                handshakes.to_ready.p99_us / 1e3
            ),
            Verdict::of(per_core >= 8_000.0),
        ),
    ]
}
