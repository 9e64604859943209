//! The table: a row for each thing that can be asked, a column for each of those who may ask.

use std::collections::BTreeSet;

/// Who asks, in the order of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Without any credential.
    Anonymous,
    /// A member of the place who is in neither room.
    Stranger,
    /// A guest of the place, in both rooms.
    Guest,
    Member,
    Moderator,
    /// Owns both rooms.
    Keeper,
    /// An admin of the place, in neither room.
    Admin,
    /// An owner of the place, in neither room.
    Owner,
    /// Banned from the place, with the cookie from before.
    Banned,
    /// Banned from both rooms.
    Shunned,
    /// A token for reading, of an owner of the place and of both rooms.
    Reader,
    /// A token for writing, of another such owner.
    Writer,
    /// A token for writing in the den alone, of an owner of both rooms.
    Bound,
}

impl Who {
    pub const ALL: [Self; 13] = [
        Self::Anonymous,
        Self::Stranger,
        Self::Guest,
        Self::Member,
        Self::Moderator,
        Self::Keeper,
        Self::Admin,
        Self::Owner,
        Self::Banned,
        Self::Shunned,
        Self::Reader,
        Self::Writer,
        Self::Bound,
    ];

    pub fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// One thing that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `SAY` for a client message.
    pub method: String,
    /// The path as the route table has it, or the message's type.
    pub path: String,
    /// What it is asked of, where there is more than one possibility.
    pub of: Option<String>,
    pub expected: Vec<String>,
}

impl Row {
    pub fn name(&self) -> String {
        let of = self.of.as_ref().map_or_else(String::new, |of| format!(" @{of}"));
        format!("{} {}{of}", self.method, self.path)
    }

    pub fn of(&self) -> &str {
        self.of.as_deref().unwrap_or_default()
    }
}

pub struct Table {
    pub rows: Vec<Row>,
}

impl Table {
    /// The one in `matrix.txt`. Its heading must name the columns, and each row must have a cell for each.
    pub fn read() -> Self {
        let mut lines = include_str!("matrix.txt").lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let heading: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(heading, Who::ALL.map(Who::word));
        Self { rows: lines.map(row).collect() }
    }

    /// What is served and has no row, and rows of what is not served.
    pub fn lacks(&self, routes: &BTreeSet<(String, String)>, messages: &BTreeSet<String>) -> Vec<String> {
        let said = messages.iter().map(|kind| ("SAY".to_owned(), kind.clone()));
        let served: BTreeSet<(String, String)> = routes.iter().cloned().chain(said).collect();
        let judged: BTreeSet<(String, String)> = self.rows.iter().map(|row| (row.method.clone(), row.path.clone())).collect();
        let missing = served.difference(&judged).map(|(method, path)| format!("{method} {path} has no row"));
        // The upgrade is no row of the API's table.
        let upgrade = ("GET".to_owned(), "/ws".to_owned());
        assert!(judged.contains(&upgrade));
        let unknown =
            judged.difference(&served).filter(|row| **row != upgrade).map(|(method, path)| format!("{method} {path} is not served"));
        missing.chain(unknown).collect()
    }
}

fn row(line: &str) -> Row {
    let mut words = line.split_whitespace().peekable();
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let of = words.next_if(|word| word.starts_with('@')).map(|word| word[1..].to_owned());
    let expected: Vec<String> = words.map(str::to_owned).collect();
    assert_eq!(expected.len(), Who::ALL.len(), "{line}");
    Row { method, path, of, expected }
}
