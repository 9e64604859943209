//! The number of a post, carried in its `client_id` so that a delivery can be told in a few nanoseconds.

/// Number of a post in this run: 0, 1, 2 and so on.
pub type Token = u64;

/// Length of a UUID in its hyphenated form.
pub const CLIENT_ID_LENGTH: usize = 36;

/// When the first post of every run is said to have been made, in milliseconds since 1970.
const BEGUN: u64 = 1_764_000_000_000;

/// How many posts are said to have been made in the same millisecond, which is how many a busy server takes.
const IN_A_MILLISECOND: u64 = 20;

/// The UUID of a post, the same each time: of version 7, like those of the page. Among those of one millisecond the order is any; the last
/// twelve digits are the token.
pub fn client_id(run: u16, token: Token) -> String {
    let time = BEGUN + token / IN_A_MILLISECOND;
    let any = mix(token) & 0xff;
    format!("{:08x}-{:04x}-7{any:02x}{:01x}-8{:03x}-{token:012x}", time >> 16, time & 0xffff, run >> 12, run & 0xfff)
}

/// The token of a `client_id` made by this run.
pub fn token_of(run: u16, client_id: &[u8]) -> Option<Token> {
    (run_of(client_id)? == run).then(|| hex(&client_id[24..]))?
}

/// The run that made a `client_id`.
pub fn run_of(client_id: &[u8]) -> Option<u16> {
    if client_id.len() != CLIENT_ID_LENGTH {
        return None;
    }
    u16::try_from(hex(&client_id[17..18])? << 12 | hex(&client_id[20..23])?).ok()
}

/// The token of a UUID's 16 bytes, which have to be all those that this run would make.
pub fn token_of_bytes(run: u16, bytes: &[u8]) -> Option<Token> {
    let digits = bytes.iter().fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}"));
    let token = hex(digits.as_bytes().get(20..)?)?;
    (digits.len() == 32 && client_id(run, token).replace('-', "") == digits).then_some(token)
}

/// What the UUIDs of a run's first 16 million posts have at [`MARK_AT`] of their 16 bytes.
pub fn mark(run: u16) -> [u8; 5] {
    let [high, low] = (0x8000 | run & 0xfff).to_be_bytes();
    [high, low, 0, 0, 0]
}

/// Where [`mark`] stands.
pub const MARK_AT: usize = 8;

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

/// The finaliser of SplitMix64.
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
            assert_eq!(run_of(id.as_bytes()), Some(0xbeef));
            assert_eq!(id.len(), CLIENT_ID_LENGTH);
            assert_eq!(token_of(0xbeef, id.as_bytes()), Some(token));
            assert_eq!(token_of(0xbee0, id.as_bytes()), None);
        }
        assert_eq!(token_of(1, b"not a uuid"), None);
    }

    #[test]
    fn ids_come_in_the_order_of_time_and_within_a_millisecond_in_any() {
        let ids: Vec<String> = (0..10 * IN_A_MILLISECOND).map(|token| client_id(1, token)).collect();
        let milliseconds: Vec<&[String]> = ids.chunks(IN_A_MILLISECOND as usize).collect();
        assert!(milliseconds.windows(2).all(|pair| pair[0].iter().max() < pair[1].iter().min()));
        assert!(milliseconds.iter().all(|ids| !ids.is_sorted()));
    }
}
