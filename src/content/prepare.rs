//! The source made ready for the Markdown parser.

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::bare_urls;
use super::markup::parser;

/// Puts bare URLs into angle brackets, so that no `_` or `*` in them becomes emphasis, and escapes link definitions: a message that is
/// only `[note]: remember` would otherwise be shown as nothing, and a long URL defined once could be repeated a thousand times.
pub(super) fn prepare(source: &str) -> Cow<'_, str> {
    bracket_urls(escape_definitions(Cow::Borrowed(source)))
}

fn escape_definitions(source: Cow<'_, str>) -> Cow<'_, str> {
    let defined = definitions(&source);
    if defined.is_empty() {
        return source;
    }
    let escaped = insert(&source, defined.into_iter().map(|at| (at, "\\")));
    // A label defined twice is reported once, and the other one is found only now. That is no honest message: all brackets go.
    if definitions(&escaped).is_empty() { Cow::Owned(escaped) } else { Cow::Owned(escape_brackets(&escaped)) }
}

fn definitions(source: &str) -> Vec<usize> {
    if !source.contains("]:") {
        return Vec::new();
    }
    let parser = Parser::new_ext(source, super::markup::OPTIONS);
    let mut starts: Vec<usize> = parser.reference_definitions().iter().map(|(_, definition)| definition.span.start).collect();
    starts.sort_unstable();
    starts
}

fn escape_brackets(source: &str) -> String {
    let inert = inert(source, |event| matches!(event, Event::Start(Tag::CodeBlock(_)) | Event::Code(_)));
    let escaped = |at: usize| source[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    let brackets = source.match_indices('[').map(|(at, _)| at).filter(|at| !escaped(*at));
    insert(source, brackets.filter(|at| !inert.iter().any(|range| range.contains(at))).map(|at| (at, "\\")))
}

fn bracket_urls(source: Cow<'_, str>) -> Cow<'_, str> {
    if !source.contains("://") {
        return source;
    }
    let inert = inert(&source, |event| {
        matches!(
            event,
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Link { .. } | Tag::Image { .. }) | Event::Code(_) | Event::InlineHtml(_)
        )
    });
    let mut edits = Vec::new();
    let mut from = 0;
    for range in inert.into_iter().chain(iter::once(source.len()..source.len())) {
        if range.start >= from {
            for url in bare_urls::find(&source[from..range.start]) {
                edits.extend([(from + url.start, "<"), (from + url.end, ">")]);
            }
        }
        from = from.max(range.end);
    }
    if edits.is_empty() { source } else { Cow::Owned(insert(&source, edits)) }
}

/// The parts of the source, in order, that belong to the chosen events.
fn inert(source: &str, chosen: impl Fn(&Event<'_>) -> bool) -> Vec<Range<usize>> {
    parser(source).filter(|(event, _)| chosen(event)).map(|(_, range)| range).collect()
}

/// The source with texts put in at places that go up.
fn insert(source: &str, edits: impl IntoIterator<Item = (usize, &'static str)>) -> String {
    let mut out = String::with_capacity(source.len() + 64);
    let mut done = 0;
    for (at, text) in edits {
        out.push_str(&source[done..at]);
        out.push_str(text);
        done = at;
    }
    out + &source[done..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        for (source, prepared) in [
            ("plain", "plain"),
            ("see https://x.org/_a_b.", "see <https://x.org/_a_b>."),
            ("*https://x.org*", "*<https://x.org>*"),
            (
                "`https://x.org` <https://x.org> [https://x.org](https://y.org)",
                "`https://x.org` <https://x.org> [https://x.org](https://y.org)",
            ),
            ("```\nhttps://x.org\n```\nhttps://y.org", "```\nhttps://x.org\n```\n<https://y.org>"),
            ("![https://x.org](https://y.org)", "![https://x.org](https://y.org)"),
            ("https://x.org[a](https://y.org)", "<https://x.org>[a](https://y.org)"),
            ("[note]: remember", "\\[note]: remember"),
            ("> [note]: <x> 'y'\n\n- [b]: c", "> \\[note]: <x> 'y'\n\n- \\[b]: c"),
            ("[a]: b\n\n[a]: c\n\n`[d]`", "\\[a]: b\n\n\\[a]: c\n\n`[d]`"),
            ("[a]: https://x.org", "\\[a]: <https://x.org>"),
            ("```\n[a]: b\n```", "```\n[a]: b\n```"),
        ] {
            assert_eq!(prepare(source), prepared);
        }
    }
}
