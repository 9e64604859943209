//! Holds the parser of messages to its promises, whatever a client says. For the fuzzer.

use super::{Refused, Request, decode, parse};
use crate::domain::{Limits, UserId};

/// Reads a text frame as a session does. Panics where what was understood reads otherwise when it is written again, where an answer
/// names another request than the one that was asked, or where an error repeats what it was sent.
pub(crate) fn understood_or_refused(text: &str) {
    let message = match decode(text) {
        Ok(message) => message,
        Err(refused) => return short(&refused),
    };
    let Ok(written) = serde_json::to_string(&message) else { panic!("{message:?} cannot be written") };
    assert!(decode(&written).is_ok_and(|again| again == message), "{text} is written as {written}");
    let asked = super::ref_of(text);
    match parse(UserId::new(1), message, &Limits::default()) {
        Ok(Request::Act(r#ref, _) | Request::Refresh(r#ref, _) | Request::Pong(r#ref)) => assert_eq!(Some(r#ref), asked, "{text}"),
        Ok(Request::Pull(_) | Request::Typing(_)) => {}
        Err(refused) => {
            assert_eq!(refused.r#ref, asked, "{text}");
            short(&refused);
        }
    }
}

fn short(refused: &Refused) {
    assert!(refused.refusal.message.chars().count() < 300, "{}", refused.refusal.message);
    assert!(serde_json::to_string(&refused.message()).is_ok());
}
