//! What a person sees while it runs. Nothing of it goes to standard output, which is for the result.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of so many steps. Where standard error is no terminal nothing is drawn.
pub fn bar(what: &str, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:32} {wide_bar} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style).with_message(what.to_owned())
}

/// A sign of life for what takes a known time.
pub fn timed(what: &str, length: Duration) -> ProgressBar {
    bar(what, length.as_millis().max(1) as u64)
}

/// A line for the one who watches.
#[expect(clippy::print_stderr, reason = "this is the tool's way to talk to a person")]
pub fn say(line: &str) {
    eprintln!("{line}");
}
