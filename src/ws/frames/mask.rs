//! Undoing the mask that every frame from a client carries (RFC 6455, section 5.3).

/// Appends `masked` to `to`, unmasked. `offset` is how much of the frame's payload came before.
pub(super) fn append_unmasked(to: &mut Vec<u8>, masked: &[u8], mut mask: [u8; 4], offset: usize) {
    mask.rotate_left(offset % 4);
    let start = to.len();
    to.extend_from_slice(masked);
    // Eight bytes at a time: the compiler makes vector instructions of it.
    let [a, b, c, d] = mask;
    let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = to[start..].as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.to_ne_bytes()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_every_cut_unmasks_as_byte_by_byte_does() {
        let mask = [0x6d, 0xb6, 0xb2, 0x80];
        for length in 0..40 {
            let masked: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
            let plain: Vec<u8> = masked.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]).collect();
            for cut in 0..=length {
                let mut joined = Vec::new();
                append_unmasked(&mut joined, &masked[..cut], mask, 0);
                append_unmasked(&mut joined, &masked[cut..], mask, cut);
                assert_eq!(joined, plain, "{length} cut at {cut}");
            }
        }
    }
}
