//! A file as a power cut leaves it.

use super::trace::{Change, Step, Steps};

/// What became of that which was written and not flushed. A system may write it back whenever it likes, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unflushed {
    /// None of it reached the disk.
    Dropped,
    /// All of it did.
    Kept,
    /// Some of it, in any order, and of a write only some of its sectors.
    Torn,
}

impl Unflushed {
    pub const ALL: [Self; 3] = [Self::Dropped, Self::Kept, Self::Torn];
}

/// What a disk writes at once.
const SECTOR: usize = 512;

/// The content of a file after a cut at the end of this line.
pub fn after_cut(steps: &Steps, line: usize, unflushed: Unflushed) -> Vec<u8> {
    let (flushed, begun) = (steps.flushed_at(line), steps.begun_at(line));
    let mut content = Vec::new();
    steps.changes[..flushed].iter().for_each(|step| apply(&step.change, &mut content));
    let mut rest: Vec<&Step> = steps.changes[flushed..begun.max(flushed)].iter().collect();
    match unflushed {
        Unflushed::Dropped => {}
        Unflushed::Kept => rest.iter().for_each(|step| apply(&step.change, &mut content)),
        Unflushed::Torn => {
            fastrand::shuffle(&mut rest);
            rest.iter().filter(|_| fastrand::bool()).for_each(|step| apply_torn(&step.change, &mut content));
        }
    }
    content
}

fn apply(change: &Change, content: &mut Vec<u8>) {
    match change {
        Change::Resize { length } => content.resize(*length as usize, 0),
        Change::Write { offset, data } => write(*offset as usize, data, content),
    }
}

fn apply_torn(change: &Change, content: &mut Vec<u8>) {
    let Change::Write { offset, data } = change else { return apply(change, content) };
    let mut at = *offset as usize;
    let mut rest = data.as_slice();
    while !rest.is_empty() {
        // Up to where the next sector begins.
        let (sector, after) = rest.split_at((SECTOR - at % SECTOR).min(rest.len()));
        if fastrand::bool() {
            write(at, sector, content);
        }
        at += sector.len();
        rest = after;
    }
}

fn write(at: usize, data: &[u8], content: &mut Vec<u8>) {
    if content.len() < at + data.len() {
        content.resize(at + data.len(), 0);
    }
    content[at..at + data.len()].copy_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(lines: std::ops::RangeInclusive<usize>, offset: u64, data: &[u8]) -> Step {
        Step { lines, change: Change::Write { offset, data: data.to_vec() } }
    }

    #[test]
    fn only_what_a_finished_flush_covers_is_sure() {
        let steps = Steps {
            changes: vec![
                put(0..=0, 0, b"first"),
                put(2..=5, 5, b" late"),
                put(6..=6, 0, b"F"),
                Step { lines: 9..=9, change: Change::Resize { length: 1 } },
            ],
            // The first flush begins while the second write is under way, so it does not cover it.
            flushes: vec![4..=7, 8..=8],
        };
        let at = |line, unflushed| String::from_utf8(after_cut(&steps, line, unflushed)).unwrap();
        assert_eq!(at(6, Unflushed::Dropped), "");
        assert_eq!(at(6, Unflushed::Kept), "First late");
        assert_eq!(at(7, Unflushed::Dropped), "first");
        assert_eq!(at(8, Unflushed::Dropped), "First late");
        assert_eq!(at(9, Unflushed::Dropped), "First late");
        assert_eq!(at(9, Unflushed::Kept), "F");
    }

    #[test]
    fn a_torn_write_keeps_whole_sectors_and_never_touches_what_is_flushed_elsewhere() {
        let steps = Steps { changes: vec![put(0..=0, 0, &[1; 2_000]), put(2..=2, 300, &[2; 1_000])], flushes: vec![1..=1] };
        for _ in 0..50 {
            let content = after_cut(&steps, 2, Unflushed::Torn);
            assert_eq!((content.len(), &content[..300], &content[1_300..]), (2_000, &[1; 300][..], &[1; 700][..]));
            for sector in [300..512, 512..1_024, 1_024..1_300] {
                let first = content[sector.start];
                assert!(content[sector].iter().all(|byte| *byte == first));
            }
        }
    }
}
