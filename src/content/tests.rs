//! What people see of what they type, and what nobody ever sees.

mod hostile;
mod snapshots;

use super::inspect::{Piece, pieces};
use crate::domain::MessageBody;

fn html(source: &str) -> String {
    super::render(&MessageBody::parse(source, 40_000).unwrap()).html.as_str().to_owned()
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
