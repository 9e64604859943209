//! What people see of what they type, and what nobody ever sees.

mod hostile;
mod snapshots;

use crate::domain::MessageBody;

/// A tag of some HTML, or the text between two.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Start { tag: String, attributes: Vec<(String, String)> },
    End(String),
    Text(String),
}

fn html(source: &str) -> String {
    super::render(&MessageBody::parse(source, 40_000).unwrap()).html.as_str().to_owned()
}

/// Reads the HTML as strictly as it should have been written; panics where it was not.
fn pieces(html: &str) -> Vec<Piece> {
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
        return (Piece::End(tag.to_owned()), rest.strip_prefix('>').expect("an end tag has nothing but its name"));
    }
    let (tag, mut rest) = html.split_at(name(html));
    let mut attributes = Vec::new();
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (key, after) = attribute.split_at(name(attribute));
        let (value, after) = after.strip_prefix("=\"").expect("an attribute is quoted").split_once('"').expect("and closed");
        attributes.push((key.to_owned(), decoded(value)));
        rest = after;
    }
    (Piece::Start { tag: tag.to_owned(), attributes }, rest.strip_prefix('>').expect("a tag is closed"))
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What a reader sees, in order.
fn visible(html: &str) -> String {
    let text = pieces(html).into_iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text),
        Piece::Start { tag, .. } if tag == "br" => Some("\n".to_owned()),
        Piece::Start { .. } | Piece::End(_) => None,
    });
    text.collect()
}
