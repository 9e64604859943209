//! The rules of ARCHITECTURE.md that the compiler does not keep, kept by reading the source as text.
//!
//! Every check first finds a violation that was planted for it, so that none of them can pass because it is blind.

use std::collections::BTreeSet;

#[path = "architecture/security_page.rs"]
mod security_page;
#[path = "architecture/source.rs"]
mod source;

use source::{Source, folders, project, read, root};

/// The layers, highest first. A module may use what stands in its own row or below it, never what stands above.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["startup"],
    &["routes", "fuzzing"],
    &["assets", "http", "ws"],
    &["auth", "chat", "config", "error", "secrets", "telemetry"],
    &["store"],
    &["protocol", "content"],
    &["domain"],
    &["faults"],
];

/// Modules that use the domain, or nothing at all, and no neighbour either.
const LEAVES: &[(&str, &[&str])] =
    &[("domain", &[]), ("protocol", &["domain"]), ("content", &["domain"]), ("store", &["domain", "faults"]), ("faults", &[])];

/// Crates that only some folders or files of `src/` may name.
const KEPT_INSIDE: &[(&str, &[&str])] = &[
    ("diesel", &["src/store/"]),
    ("diesel_migrations", &["src/store/"]),
    ("r2d2", &["src/store/"]),
    ("libsqlite3_sys", &["src/store/"]),
    ("pq_sys", &["src/store/"]),
    ("actix_web_actors", &["src/ws/"]),
    ("actix_codec", &["src/ws/"]),
    ("actix_service", &["src/ws/"]),
];

/// The crates Snug is built on, and a folder that would be pointless without each.
const FOUNDATION: &[(&str, &str)] = &[
    ("actix-web", "src/http/"),
    ("actix", "src/chat/"),
    ("actix-web-actors", "src/ws/"),
    ("actix-session", "src/"),
    ("actix-identity", "src/auth/"),
    ("diesel", "src/store/"),
    ("r2d2", "src/store/"),
    ("serde", "src/protocol/"),
];

const MOST_LINES: usize = 400;

/// Shows that a rule sees the planted violation and leaves the harmless look-alike alone, then applies it to the project.
#[track_caller]
fn check(rule: fn(&[Source]) -> Vec<String>, path: &str, planted: &str, harmless: &str) {
    assert_eq!(rule(&[Source::new(path, planted)]).len(), 1, "the check is blind: it did not find what was planted in {path}");
    assert_eq!(rule(&[Source::new(path, harmless)]), Vec::<String>::new(), "the check sees ghosts");
    let found = rule(&project());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

// ── The rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_crate_stays_in_the_folder_that_hides_it() {
    check(kept_inside, "src/chat/server.rs", "use diesel::prelude::*;", "// diesel is not for us\nlet name = \"diesel\";");
    check(kept_inside, "src/http/socket.rs", "let answer = actix_web_actors::ws::handshake(&request);", "use actix_web::web;");
}

fn kept_inside(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("src/")) {
        for (name, homes) in KEPT_INSIDE {
            if source.names(name) && !homes.iter().any(|home| source.path.starts_with(home)) {
                found.push(format!("{} names {name}, which only {homes:?} may", source.path));
            }
        }
    }
    found
}

#[test]
fn chat_knows_neither_http_nor_sql() {
    check(chat_is_pure, "src/chat/server.rs", "fn answer() -> actix_web::HttpResponse", "use actix::Actor;");
}

fn chat_is_pure(sources: &[Source]) -> Vec<String> {
    let strangers = ["actix_web", "actix_http", "actix_session", "actix_identity", "diesel"];
    let chat = sources.iter().filter(|source| source.module() == Some("chat"));
    chat.flat_map(|source| strangers.iter().filter(|name| source.names(name)).map(|name| format!("{} names {name}", source.path))).collect()
}

#[test]
fn only_config_reads_the_environment() {
    check(
        environment_readers,
        "src/startup.rs",
        "let home = std::env::var(\"HOME\");",
        "#[arg(long, env)] let here = env!(\"CARGO_PKG_NAME\");",
    );
    check(environment_readers, "src/cli.rs", "use std::{env, fs};", "use std::{fs, io};");
    check(environment_readers, "src/cli.rs", "fn f() { env::args() }", "fn f() { environment::args() }");
}

fn environment_readers(sources: &[Source]) -> Vec<String> {
    let outside = sources.iter().filter(|source| source.path.starts_with("src/") && source.module() != Some("config"));
    outside
        .filter(|source| {
            let named = source.uses.iter().any(|path| path.starts_with("std::env"));
            named || source.tokens.windows(2).any(|pair| pair[0] == "env" && pair[1] == "::")
        })
        .map(|source| format!("{} reads the environment", source.path))
        .collect()
}

#[test]
fn imports_never_point_upwards() {
    check(upward_imports, "src/store/rooms.rs", "use crate::chat::Post;", "use crate::domain::RoomId;");
    check(upward_imports, "src/domain/room.rs", "use super::super::store;", "use super::ids::RoomId;");
    check(upward_imports, "src/domain/mod.rs", "fn f() { super::store::open() }", "mod tests { use super::*; }");
    check(
        upward_imports,
        "src/protocol/client.rs",
        "use crate::{domain::RoomId, content::render};",
        "use crate::{domain::{RoomId, UserId}};",
    );
    check(
        upward_imports,
        "src/chat/server.rs",
        "fn f(relay: crate::ws::Relay)",
        "use crate::protocol::ServerMessage; use crate::store::Store;",
    );
    check(upward_imports, "src/shiny/mod.rs", "pub fn new_and_without_a_layer() {}", "");
}

fn upward_imports(sources: &[Source]) -> Vec<String> {
    let layer = |module: &str| LAYERS.iter().position(|row| row.contains(&module));
    let mut found = Vec::new();
    for source in sources {
        let Some(module) = source.module() else { continue };
        let Some(own) = layer(module) else {
            found.extend(
                (!source.tokens.is_empty()).then(|| format!("{} has no layer: give {module} one in tests/architecture.rs", source.path)),
            );
            continue;
        };
        let only = LEAVES.iter().find(|(leaf, _)| *leaf == module).map(|(_, only)| *only);
        for used in source.crate_modules() {
            let upwards = layer(used).is_some_and(|other| other < own);
            let outside = layer(used).is_some() && used != module && only.is_some_and(|only| !only.contains(&used));
            if upwards || outside {
                found.push(format!("{} uses crate::{used}", source.path));
            }
        }
    }
    found
}

#[test]
fn only_the_renderer_vouches_for_html() {
    let test = "pub fn vouched_for(html: String) -> Self {} mod tests { fn text() { SafeHtml::vouched_for(text); } }";
    check(vouchers, "src/http/rooms.rs", "let html = SafeHtml::vouched_for(body); mod tests {}", test);
}

fn vouchers(sources: &[Source]) -> Vec<String> {
    let outside = sources.iter().filter(|source| source.path.starts_with("src/") && source.module() != Some("content"));
    outside
        .filter(|source| !source.path.ends_with("/tests.rs"))
        .filter(|source| source.tokens_before_tests().windows(2).any(|pair| pair[1] == "vouched_for" && pair[0] != "fn"))
        .map(|source| format!("{} calls vouched_for", source.path))
        .collect()
}

#[test]
fn no_test_is_skipped() {
    check(skipped_tests, "tests/api/rooms.rs", "#[test]\n#[ignore = \"slow\"]\nfn a_room() {}", "#[test]\nfn ignore() {}");
    check(skipped_tests, "tests/browser/talk.spec.js", "test.only('talks', talk);", "test('skips nothing', talk);");
}

fn skipped_tests(sources: &[Source]) -> Vec<String> {
    let script_marks = ["test.skip(", "test.only(", "test.fixme(", "it.skip(", "it.only(", "describe.skip(", "describe.only("];
    sources
        .iter()
        .filter(|source| match source.path.ends_with(".rs") {
            true => source.tokens.windows(2).any(|pair| pair[0] == "[" && pair[1] == "ignore"),
            false => script_marks.iter().any(|mark| source.text.contains(mark)),
        })
        .map(|source| format!("{} skips a test", source.path))
        .collect()
}

#[test]
fn no_file_is_too_long_to_read() {
    let long = "\n".repeat(MOST_LINES + 1);
    check(long_files, "src/chat/server.rs", &long, "\n");
    check(long_files, "static/app.css", &long, "\n");
}

fn long_files(sources: &[Source]) -> Vec<String> {
    let lines = |source: &&Source| source.text.lines().count() > MOST_LINES;
    sources.iter().filter(lines).map(|source| format!("{} has more than {MOST_LINES} lines", source.path)).collect()
}

#[test]
fn both_databases_have_the_same_migrations() {
    let planted = [("sqlite", "0001_start"), ("sqlite", "0002_rooms"), ("postgres", "0001_start")];
    let named =
        |database: &str| planted.iter().filter(|(of, _)| *of == database).map(|(_, name)| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_ne!(named("sqlite"), named("postgres"), "the check is blind");

    let sqlite = folders(&root().join("migrations/sqlite"));
    assert!(!sqlite.is_empty(), "there are no migrations");
    assert_eq!(sqlite, folders(&root().join("migrations/postgres")));
    for (database, name) in ["sqlite", "postgres"].iter().flat_map(|database| sqlite.iter().map(move |name| (database, name))) {
        assert!(root().join("migrations").join(database).join(name).join("up.sql").is_file(), "{database}/{name} has no up.sql");
    }
}

#[test]
fn the_foundation_is_declared_and_used() {
    let manifest = read(&root().join("Cargo.toml"));
    let direct = direct_dependencies(&manifest);
    assert!(!direct_dependencies("[dev-dependencies]\ndiesel = \"2\"\n").contains("diesel"), "the check is blind");
    let sources = project();
    for (name, folder) in FOUNDATION {
        assert!(direct.contains(*name), "{name} is not a direct dependency");
        let written = name.replace('-', "_");
        let used = sources.iter().any(|source| source.path.starts_with(folder) && source.names(&written));
        assert!(used, "nothing in {folder} uses {name}");
    }
}

fn direct_dependencies(manifest: &str) -> BTreeSet<&str> {
    let table = manifest.split("\n[").find_map(|table| table.trim_start_matches('[').strip_prefix("dependencies]"));
    table.into_iter().flat_map(str::lines).filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim()).collect()
}
