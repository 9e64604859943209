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

/// A table of these columns, in the FROM of a statement.
macro_rules! unnest {
    ($out:ident, $type:ty: $first:expr $(, $types:ty: $columns:expr)*) => {
        $out.push_sql("unnest(");
        $out.push_bind_param::<diesel::sql_types::Array<$type>, _>($first)?;
        $(
            $out.push_sql(", ");
            $out.push_bind_param::<diesel::sql_types::Array<$types>, _>($columns)?;
        )*
        $out.push_sql(")");
    };
}
pub(super) use unnest;
