//! Which passwords are guessed first.

use std::collections::HashSet;
use std::sync::LazyLock;

/// See the head of the file.
static LIST: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect());

/// Characters beside an own word that make it a password of its own.
const ENOUGH_BESIDE: usize = 6;

pub(super) fn is_common(password: &str, own: &[&str]) -> bool {
    let lower = password.to_lowercase();
    is_run(&lower)
        || is_repeated(&lower)
        || [lower.clone(), read_signs_as_letters(&lower)].iter().any(|form| is_listed(form))
        || own.iter().any(|word| is_about(&lower, word))
}

/// Listed itself, or a listed word with digits and signs around it.
fn is_listed(form: &str) -> bool {
    LIST.contains(form) || LIST.contains(form.trim_matches(|c: char| !c.is_alphabetic()))
}

fn read_signs_as_letters(text: &str) -> String {
    let letter = |sign| match sign {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    // What stands at the end is more often a year or an exclamation mark than a letter in disguise.
    let word = text.trim_end_matches(|c: char| !c.is_alphabetic());
    word.chars().map(letter).chain(text[word.len()..].chars()).collect()
}

/// "aaaaaaaaaa", "abcabcabcabc", "passpasspass".
fn is_repeated(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (1..=characters.len() / 2).any(|period| characters.iter().zip(&characters[period..]).all(|(one, later)| one == later))
}

/// "abcdefghij", "9876543210", and the digits that begin again after 9.
fn is_run(text: &str) -> bool {
    let characters: Vec<u32> = text.chars().map(u32::from).collect();
    let follows = |one: u32, next: u32| next == one + 1 || (one == u32::from('9') && next == u32::from('0'));
    characters.windows(2).all(|pair| follows(pair[0], pair[1])) || characters.windows(2).all(|pair| follows(pair[1], pair[0]))
}

/// Whether little remains when the word is taken out.
fn is_about(password: &str, word: &str) -> bool {
    let word: String = word.to_lowercase();
    let joined: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    [word, joined].iter().any(|word| {
        word.chars().count() >= 3 && password.contains(word.as_str()) && password.replace(word.as_str(), "").chars().count() < ENOUGH_BESIDE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        let own = ["alice.b", "Acme Tools"];
        for refused in [
            "1234567890",
            "0987654321",
            "12345678901234567890",
            "abcdefghijkl",
            "aaaaaaaaaa",
            "abcabcabcabc",
            "QWERTYUIOP",
            "password123",
            "Password2024!",
            "P@ssw0rd2024",
            "!!!welcome!!!1",
            "1qaz2wsx3edc",
            "iloveyou2024",
            "alice.b2024",
            "AliceB12345",
            "acme tools 1",
            "acmetools2024",
        ] {
            assert!(is_common(refused, &own), "{refused}");
        }
    }

    #[test]
    fn what_is_not_is_accepted() {
        for accepted in [
            "correct horse battery staple",
            "vT9#mQ2!xL",
            "drei Kühe tanzen",
            "日本語のパスワードです",
            "alice.b likes herrings",
            "kf83-dk2m-93ks",
        ] {
            assert!(!is_common(accepted, &["alice.b", "Acme Tools", "a"]), "{accepted}");
        }
    }

    #[test]
    fn the_list_is_in_the_form_it_is_compared_in() {
        assert!(LIST.len() > 4_000, "{}", LIST.len());
        for entry in LIST.iter() {
            assert_eq!(*entry, entry.to_lowercase().trim(), "{entry}");
        }
    }
}
