//! The examples of docs/authentication.md, run as they stand there.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use super::place::{PASSWORD, Place};
use super::server::{Servers, by_hand, program};
use super::template::Vars;
use super::tokens::{Provider, now};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/authentication.md");
/// What the page calls the server.
const SERVER: &str = "//chat.example.org";
const DEADLINE: Duration = Duration::from_secs(90);

/// What stands between two fences.
struct Block {
    /// What follows the opening fence, such as `sh`.
    language: String,
    text: String,
    /// The line of the page.
    line: usize,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::new(), None::<Block>);
    for (number, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(language) => match open.take() {
                None => open = Some(Block { language: language.to_owned(), text: String::new(), line: number + 1 }),
                Some(block) => blocks.push(block),
            },
            None => {
                if let Some(block) = &mut open {
                    writeln!(block.text, "{line}").unwrap();
                }
            }
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// What a browser does for a page of this origin: it says where the page comes from and brings the cookie.
fn browser(origin: &str, with_cookie: bool) -> String {
    format!(
        r#"const headers = {{ origin: "{origin}" }};
if ({with_cookie}) headers.cookie = process.env.cookie;
const {{ fetch: ask, WebSocket: Socket }} = globalThis;
globalThis.WebSocket = class extends Socket {{
  constructor(url, protocols = []) {{
    super(url, {{ protocols, headers }});
    let closed = false;
    this.addEventListener("close", () => (closed = true));
    // Of a refused handshake Node tells by an error alone, and browsers by a close with 1006 behind it.
    const close = () => closed || this.dispatchEvent(Object.assign(new Event("close"), {{ code: 1006, reason: "" }}));
    this.addEventListener("error", () => setTimeout(close));
  }}
}};
globalThis.fetch = async (path, options = {{}}) =>
  path === "/snug-token" ? new Response(process.env.token) : ask(process.env.server + path, {{ ...options, headers }});
"#
    )
}

/// The line of the script that runs a block of JavaScript: of a program, or of a page.
fn runs_javascript(folder: &Path, block: &Block, server: &str) -> String {
    let name = format!("line-{}", block.line);
    std::fs::write(folder.join(format!("{name}.mjs")), &block.text).unwrap();
    let node = "node --no-warnings --experimental-websocket";
    let Some(page) = block.language.strip_prefix("js page of ") else {
        assert_eq!(block.language, "js program", "line {}", block.line);
        return format!("{node} {name}.mjs\n");
    };
    // Another origin's page has no cookie of ours.
    let (origin, with_cookie) = match page.strip_suffix(" without cookie") {
        Some(origin) => (origin, false),
        None => (page, page == server),
    };
    std::fs::write(folder.join(format!("{name}-page.mjs")), browser(origin, with_cookie)).unwrap();
    format!("{node} --import ./{name}-page.mjs {name}.mjs\n")
}

/// One script of all of them, so that what a block sets the later ones have. Before each stands the line it comes from.
fn script(folder: &Path, blocks: &[Block], server: &str) -> String {
    let mut script = "set -eu -a\n".to_owned();
    for block in blocks {
        match block.language.split(' ').next().unwrap() {
            "sh" => write!(script, "echo '>>> {}'\n{}", block.line, block.text).unwrap(),
            "js" => write!(script, "echo '>>> {}'\n{}", block.line, runs_javascript(folder, block, server)).unwrap(),
            "toml" => {
                let file = folder.join("snug.toml");
                std::fs::write(&file, &block.text).unwrap();
                let shown = program().args(["config", "show", "--config"]).arg(&file).stdout(Stdio::null()).status().unwrap();
                assert!(shown.success(), "the settings in line {}", block.line);
            }
            // Compiled by the documentation tests of the library, and what the block before prints.
            "rust" | "text" => {}
            other => panic!("line {}: nobody runs {other}", block.line),
        }
    }
    script
}

/// The blocks that run, each with what the page says it prints.
fn expected(blocks: &[Block]) -> String {
    let mut all = String::new();
    for block in blocks {
        match block.language.split(' ').next().unwrap() {
            "sh" | "js" => writeln!(all, ">>> {}", block.line).unwrap(),
            "text" => all.push_str(&block.text),
            _ => {}
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_the_documentation_do_what_it_says() {
    if by_hand().is_some() {
        println!("  --   the examples are about Snug as the suite starts it");
        return;
    }
    let place = Place::at(Servers::one()).await;
    let maya = place.stranger().called("maya", PASSWORD);
    maya.does_with("sign_up", &Vars::default().with("invite", place.admin.var("invite"))).await;
    let server = &place.servers.nodes[0];
    let page = std::fs::read_to_string(PAGE).unwrap();
    let host = server.strip_prefix("http:").unwrap();
    let blocks = blocks(&page.replace(&format!("https:{SERVER}"), server).replace(&format!("wss:{SERVER}"), &format!("ws:{host}")));
    assert!(blocks.len() > 20, "where are the examples?");

    let (provider, folder) = (Provider::of(place.adapter()), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("all.sh"), script(folder.path(), &blocks, server)).unwrap();
    let mut bash = Command::new("bash");
    bash.arg("all.sh")
        .current_dir(folder.path())
        .env("server", server)
        .env("password", PASSWORD)
        .env("jwt", provider.signs("jane", &json!({})))
        .env("expired", provider.signs("jane", &json!({"exp": now() - 86_400})))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let ran = timeout(DEADLINE, bash.output()).await.expect("the examples hang").unwrap();
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    let said = String::from_utf8_lossy(&ran.stderr);
    // Line by line, so that the first difference names the block it is in.
    let mut at = "the beginning";
    for (expected, printed) in expected(&blocks).lines().zip(printed.lines().chain(std::iter::repeat("nothing"))) {
        assert_eq!(printed, expected, "below line {at} of {PAGE}; standard error: {said}");
        at = expected.strip_prefix(">>> ").unwrap_or(at);
    }
    assert_eq!(printed, expected(&blocks), "standard error: {said}");
    assert!(ran.status.success(), "{}; standard error: {said}", ran.status);
}
