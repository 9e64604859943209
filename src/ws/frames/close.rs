//! The payload of a close frame (RFC 6455, sections 5.5.1 and 7.4).

use crate::protocol::CloseReason;

/// Checks a close frame's payload and gives its code, where it has one.
pub(super) fn parse(payload: &[u8]) -> Result<Option<u16>, CloseReason> {
    if payload.is_empty() {
        return Ok(None);
    }
    let Some((&code, reason)) = payload.split_first_chunk::<2>() else { return Err(CloseReason::ProtocolError) };
    let code = u16::from_be_bytes(code);
    if !may_be_sent(code) {
        return Err(CloseReason::ProtocolError);
    }
    std::str::from_utf8(reason).map_err(|_| CloseReason::NotUtf8)?;
    Ok(Some(code))
}

/// 1004 is reserved; 1005, 1006 and 1015 are words for programs and never stand in a frame; up to 2999 belongs to the standard.
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        assert_eq!(parse(&[]), Ok(None));
        assert_eq!(parse(&[3]), Err(CloseReason::ProtocolError));
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
            assert_eq!(parse(&u16::to_be_bytes(code)), Ok(Some(code)));
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
            assert_eq!(parse(&u16::to_be_bytes(code)), Err(CloseReason::ProtocolError), "{code}");
        }
    }

    #[test]
    fn reasons_are_text() {
        assert_eq!(parse(b"\x03\xe8bye \xe2\x82\xac"), Ok(Some(1000)));
        assert_eq!(parse(b"\x03\xe8\xff"), Err(CloseReason::NotUtf8));
        assert_eq!(parse(b"\x03\xe8\xe2\x82"), Err(CloseReason::NotUtf8));
    }
}
