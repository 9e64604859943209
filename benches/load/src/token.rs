//! The number of a post, carried in its `client_id` so that a delivery can be told in a few nanoseconds.

/// Number of a post in this run: 0, 1, 2 and so on.
pub type Token = u64;

/// Length of a UUID in its hyphenated form.
pub const CLIENT_ID_LENGTH: usize = 36;

/// The UUID of a post: its first half looks as random as any client's, since sorted ids would make the index cheaper than it is
/// for real ones; its last twelve digits are the token.
pub fn client_id(run: u16, token: Token) -> String {
    let mixed = mix(token ^ (u64::from(run) << 48));
    let [high, middle, low] = [mixed >> 32, (mixed >> 20) & 0xfff, (mixed >> 8) & 0xfff];
    format!("{high:08x}-{run:04x}-4{middle:03x}-8{low:03x}-{token:012x}")
}

/// The token of a `client_id` made by this run.
pub fn token_of(run: u16, client_id: &[u8]) -> Option<Token> {
    (client_id.len() == CLIENT_ID_LENGTH && hex(&client_id[9..13])? == u64::from(run)).then(|| hex(&client_id[24..]))?
}

/// The same of a UUID's 16 bytes, which have to be all those that this run would make.
pub fn token_of_bytes(run: u16, bytes: &[u8]) -> Option<Token> {
    let digits = bytes.iter().fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}"));
    let token = hex(digits.as_bytes().get(20..)?)?;
    (digits.len() == 32 && client_id(run, token).replace('-', "") == digits).then_some(token)
}

fn hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(nibble))
    })
}

/// The finaliser of SplitMix64: a bijection, so no two tokens share an id.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_from_its_client_id_and_from_no_other_runs() {
        for token in [0, 1, 255, 1 << 40, (1 << 48) - 1] {
            let id = client_id(0xbeef, token);
            assert_eq!(id.len(), CLIENT_ID_LENGTH);
            assert_eq!(token_of(0xbeef, id.as_bytes()), Some(token));
            assert_eq!(token_of(0xbee0, id.as_bytes()), None);
        }
        assert_eq!(token_of(1, b"not a uuid"), None);
    }

    #[test]
    fn ids_do_not_come_in_order() {
        let ids: Vec<String> = (0..100).map(|token| client_id(1, token)).collect();
        assert!(!ids.is_sorted());
    }
}
