//! What the fuzzer feeds (`fuzz/`): each function takes any bytes and panics where a promise is broken. The inputs that are kept run
//! through the same functions below, with every `cargo test`.

use actix_web::web::Query;

use crate::content::inspect;
use crate::domain::{Cursor, DisplayName, MessageBody, PlaceName, RoomName, Topic, Username};
use crate::http::events::From;
use crate::ws::inspect::{Rules, reads_alike, understood_or_refused};

/// A message's Markdown: the HTML holds to the allow-list, passes the fence unchanged and stays within its length.
pub fn markdown(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(body) = MessageBody::parse(text, 40_000)
    {
        inspect::safe(&body);
    }
}

/// What comes over a socket: it reads the same however it is cut, and nothing beyond a message is held. The first byte picks the rules,
/// the three after it how the rest is cut.
pub fn frames(data: &[u8]) {
    if let Some((&[rules, lengths @ ..], stream)) = data.split_first_chunk::<4>() {
        let message_bytes = [64, 1_024, 4_096, 65_536][usize::from(rules % 4)];
        reads_alike(Rules { message_bytes, binary: rules & 4 != 0 }, stream, &lengths);
    }
}

/// A text frame: it is understood, or refused in a sentence that does not repeat it.
pub fn client_message(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        understood_or_refused(text);
    }
}

/// A cursor, as JSON and as the query of a request for events: what is read is what is written.
pub fn cursor(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(cursor) = serde_json::from_str::<Cursor>(text) {
        let again = serde_json::to_string(&cursor).and_then(|written| serde_json::from_str::<Cursor>(&written));
        assert!(again.is_ok_and(|again| again == cursor), "{text}");
    }
    if let Ok(Query(from)) = Query::<From>::from_query(text) {
        let Cursor { seq, tag } = from.cursor();
        let again = Query::<From>::from_query(&format!("seq={}&tag={}", seq.0, tag.0));
        assert!(again.is_ok_and(|again| again.cursor() == Cursor { seq, tag }), "{text}");
    }
}

/// Names: one that is accepted stays as it is when it is read again, and so does the key by which look-alikes are found.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    macro_rules! settled {
        ($($name:ident),+) => {$(
            if let Ok(name) = $name::parse(text) {
                assert!($name::parse(name.as_str()).is_ok_and(|again| again == name), "{text:?} is {name:?}, which is another again");
            }
        )+};
    }
    settled!(DisplayName, PlaceName, RoomName, Topic, Username);
    if let Ok(name) = RoomName::parse(text) {
        assert_eq!(RoomName::from_stored(name.as_str().to_lowercase()).key(), name.key(), "{text:?} in lower case is another name");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    type Target = (&'static str, fn(&[u8]));

    const TARGETS: [Target; 5] =
        [("markdown", markdown), ("frames", frames), ("client_message", client_message), ("cursor", cursor), ("names", names)];

    fn fuzz() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
    }

    fn inside(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn every_kept_input_keeps_the_promises() {
        for (name, target) in TARGETS {
            let kept = inside(&fuzz().join("corpus").join(name));
            assert!(kept.len() >= 10, "only {} inputs are kept for {name}", kept.len());
            for input in kept {
                let data = fs::read(&input).unwrap();
                let result = std::panic::catch_unwind(|| target(&data));
                assert!(result.is_ok(), "{} breaks a promise of {name}", input.display());
            }
        }
    }

    #[test]
    fn every_target_is_fuzzed() {
        let stems = |folder: &str| -> BTreeSet<String> {
            inside(&fuzz().join(folder)).iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
        };
        let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(stems("fuzz_targets"), targets);
        assert_eq!(stems("corpus"), targets);
    }

    #[test]
    fn a_broken_promise_is_noticed() {
        // The first byte allows 64 bytes a message, and 64 come: 65 would be refused, and what is refused is said once.
        let text: Vec<u8> = [&[0, 0, 0, 0, 0x81, 0x80 | 64, 0, 0, 0, 0][..], &[b'x'; 64]].concat();
        frames(&text);
        let broken = std::panic::catch_unwind(|| assert_eq!(inspect::safe(&MessageBody::parse("*a*", 10).unwrap()), "<p>a</p>"));
        assert!(broken.is_err());
    }
}
