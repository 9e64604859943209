//! The one-time code that proves: whoever sets this place up has started it.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use subtle::ConstantTimeEq;

/// Letters and digits that are not mistaken for each other (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters without the dashes: 60 bits.
const LENGTH: usize = 12;

/// The code while there is no place, and nothing afterwards. The terminal prints it; nobody else can have it.
#[derive(Clone)]
pub struct SetupCode(Arc<Mutex<Option<[u8; LENGTH]>>>);

impl SetupCode {
    /// A new code, for a database without a place.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut code = [0; LENGTH];
        getrandom::fill(&mut code)?;
        Ok(Self(Arc::new(Mutex::new(Some(code.map(|byte| ALPHABET[usize::from(byte % 32)]))))))
    }

    /// No code fits: the place stands.
    pub fn none() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// Compares in constant time. Small letters, missing dashes and spaces, and look-alikes (O for 0, I and L for 1) are forgiven.
    pub fn fits(&self, given: &str) -> bool {
        let Some(code) = *self.0.lock() else { return false };
        let mut read = [0; LENGTH];
        let mut length = 0;
        for byte in given.bytes().filter(|byte| !matches!(byte, b'-' | b' ')) {
            if length == LENGTH {
                return false;
            }
            read[length] = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            length += 1;
        }
        length == LENGTH && bool::from(code.ct_eq(&read))
    }

    /// Ends it: there is a place now.
    pub fn spend(&self) {
        *self.0.lock() = None;
    }

    /// `XXXX-XXXX-XXXX` for the terminal, while there is one.
    pub fn to_print(&self) -> Option<String> {
        let code = (*self.0.lock())?;
        let groups: Vec<String> = code.chunks(4).map(|group| group.iter().map(|byte| char::from(*byte)).collect()).collect();
        Some(groups.join("-"))
    }
}

impl fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_as_people_type_it_and_only_until_it_is_spent() {
        let code = SetupCode(Arc::new(Mutex::new(Some(*b"01ABCDEFGHJK"))));
        let printed = code.to_print().unwrap();
        assert_eq!(printed, "01AB-CDEF-GHJK");
        for fits in [&printed, "01abcdefghjk", "oIAB CDEF GHJK", " 0lab-cdef-ghjk "] {
            assert!(code.fits(fits), "{fits}");
        }
        for other in ["", "01AB-CDEF-GHJ", "01AB-CDEF-GHJKM", "01AB-CDEF-GHJM", "éé"] {
            assert!(!code.fits(other), "{other}");
        }
        code.clone().spend();
        assert!(!code.fits(&printed));
        assert_eq!(code.to_print(), None);
        assert!(!SetupCode::none().fits(""));
    }

    #[test]
    fn codes_are_made_anew() {
        let [one, other] = [(); 2].map(|()| SetupCode::generate().unwrap().to_print().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 14);
        assert!(one.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)));
    }
}
