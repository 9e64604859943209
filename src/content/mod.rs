//! Markdown to safe HTML, once, at write time.
//!
//! Three steps: [`prepare`] puts bare URLs into angle brackets and takes the magic from link definitions, [`markup`] writes HTML from
//! the events of the Markdown parser with tags of its own choice only, and [`fence`] cleans the result against an allow-list as if the
//! first two had failed. What can only be text skips all three ([`plain`]). A single line break in the source is one on the page; what
//! chat has no use for (headings, tables, images, raw HTML) stays the text that was typed.

mod bare_urls;
mod fence;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod inspect;
mod links;
mod markup;
mod plain;
mod prepare;
#[cfg(test)]
mod tests;

use crate::domain::{Content, MessageBody, SafeHtml};

/// The version of the rendering. Stored with each message; a greater one here means that older ones can be rendered again.
pub const RENDERER: i32 = 1;

/// Renders a body. The HTML has at most eight times the bytes of the source and 1,024 more; where the markup would need more, the
/// message is shown as plain text.
pub fn render(body: &MessageBody) -> Content {
    let source = body.as_str();
    let html = plain::paragraph(source).unwrap_or_else(|| in_full(source));
    Content { body: body.clone(), html: SafeHtml::vouched_for(html), renderer: RENDERER }
}

fn in_full(source: &str) -> String {
    let most = source.len() * 8 + 1_024;
    let fits = |html: &String| html.len() <= most;
    markup::write(&prepare::prepare(source))
        .filter(fits)
        .map(|html| fence::clean(&html))
        .filter(fits)
        .unwrap_or_else(|| fence::clean(&markup::plain(source)))
}
