//! Many posts as Postgres takes them: a parameter for each column.

use super::Placed;

/// What is stored of posts as it stands, whatever numbers them.
pub struct Columns<'a> {
    pub room: Vec<i64>,
    pub tag: Vec<i64>,
    pub author: Vec<i64>,
    pub client_id: Vec<[u8; 16]>,
    pub body: Vec<&'a str>,
    pub html: Vec<&'a str>,
    pub renderer: Vec<i32>,
}

impl<'a> Columns<'a> {
    /// A row for each post, in order.
    pub fn of(posts: &[Placed<'a>]) -> Self {
        Self {
            room: posts.iter().map(|placed| placed.post.room.get()).collect(),
            tag: posts.iter().map(|placed| i64::from(placed.tag.0)).collect(),
            author: posts.iter().map(|placed| placed.post.author.get()).collect(),
            client_id: posts.iter().map(|placed| placed.post.client_id.uuid().into_bytes()).collect(),
            body: posts.iter().map(|placed| placed.post.content.body.as_str()).collect(),
            html: posts.iter().map(|placed| placed.post.content.html.as_str()).collect(),
            renderer: posts.iter().map(|placed| placed.post.content.renderer).collect(),
        }
    }
}
