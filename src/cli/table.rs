//! Columns for people to read.

/// Lines of cells, each column as wide as its widest cell.
pub(super) fn of<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for row in rows {
        let line: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["ID", "NAME"], ["7", "Ähre"], ["100", "b"]].map(|row| row.map(str::to_owned));
        assert_eq!(of(&rows), "ID   NAME\n7    Ähre\n100  b\n");
    }
}
