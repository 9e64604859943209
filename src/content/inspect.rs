//! Reads the renderer's HTML as strictly as it should have been written, and holds it to the allow-list. For tests and the fuzzer.

use super::fence::{REL, TAGS, clean};
use crate::domain::MessageBody;

/// A tag of some HTML, or the text between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Start { tag: String, attributes: Vec<(String, String)> },
    End(String),
    Text(String),
}

/// Renders a body and holds the HTML to the allow-list: tags, attributes, their values, the nesting, the length; and the fence, which
/// must find nothing to change. Panics where something is not as it should be.
#[track_caller]
pub(crate) fn safe(body: &MessageBody) -> String {
    let source = body.as_str();
    let html = super::render(body).html.as_str().to_owned();
    let mut unclosed = Vec::new();
    for piece in pieces(&html) {
        match piece {
            Piece::Start { tag, attributes } => {
                check_tag(&tag, &attributes, source);
                assert!(tag != "a" || !unclosed.contains(&tag), "a link in a link from {source:?}");
                if tag != "br" {
                    unclosed.push(tag);
                }
            }
            Piece::End(tag) => assert_eq!(unclosed.pop(), Some(tag), "from {source:?}"),
            Piece::Text(_) => {}
        }
        assert!(unclosed.len() <= 40, "nested {} deep", unclosed.len());
    }
    assert!(unclosed.is_empty());
    assert!(html.len() <= source.len() * 8 + 1_024, "{} bytes from {source:?}", html.len());
    assert_eq!(clean(&html), html, "the fence changes its own work on {source:?}");
    html
}

fn check_tag(tag: &str, attributes: &[(String, String)], source: &str) {
    assert!(TAGS.contains(&tag), "<{tag}> from {source:?}");
    let names: Vec<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
    let value = |name: &str| attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    match tag {
        "a" => {
            assert_eq!(names, ["href", "target", "rel"], "{source:?}");
            assert_eq!((value("target"), value("rel")), ("_blank", REL));
            let href = value("href");
            let allowed = ["http://", "https://", "mailto:"].iter().any(|scheme| href.starts_with(scheme));
            assert!(allowed && !href.contains(['<', '"', ' ', '\n']), "{href} from {source:?}");
        }
        "ol" => assert!(names.is_empty() || (names == ["start"] && value("start").parse::<u32>().is_ok())),
        "code" => assert!(names.is_empty() || (names == ["class"] && value("class").starts_with("language-"))),
        _ => assert!(names.is_empty(), "{names:?} from {source:?}"),
    }
}

/// The pieces of the HTML; panics where it was not written strictly.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        assert!(!text.contains('>'), "a bare > in {html}");
        if !text.is_empty() {
            pieces.push(Piece::Text(decoded(text)));
        }
        rest = &rest[text.len()..];
        if let Some(tag) = rest.strip_prefix('<') {
            let (piece, after) = tag_piece(tag);
            pieces.push(piece);
            rest = after;
        }
    }
    pieces
}

fn tag_piece(html: &str) -> (Piece, &str) {
    let name = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
    if let Some(end) = html.strip_prefix('/') {
        let (tag, rest) = end.split_at(name(end));
        let Some(rest) = rest.strip_prefix('>') else { panic!("an end tag has nothing but its name: {html}") };
        return (Piece::End(tag.to_owned()), rest);
    }
    let (tag, mut rest) = html.split_at(name(html));
    let mut attributes = Vec::new();
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (key, after) = attribute.split_at(name(attribute));
        let Some((value, after)) = after.strip_prefix("=\"").and_then(|after| after.split_once('"')) else {
            panic!("an attribute is quoted: {html}")
        };
        attributes.push((key.to_owned(), decoded(value)));
        rest = after;
    }
    let Some(rest) = rest.strip_prefix('>') else { panic!("a tag is closed: {html}") };
    (Piece::Start { tag: tag.to_owned(), attributes }, rest)
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&quot;", "\"").replace("&amp;", "&")
}
