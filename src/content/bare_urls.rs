//! URLs that people type as they are.

use std::ops::Range;

use url::Url;

/// Where in `text` bare http and https URLs stand, without the punctuation of the sentence around them.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find("http").map(|at| from + at) {
        if !starts_url(&lower, at) {
            from = at + "http".len();
            continue;
        }
        let end = at + text[at..].find(ends_url).unwrap_or(text.len() - at);
        let url = trim(&text[at..end]);
        if Url::parse(url).is_ok_and(|url| url.has_host()) {
            found.push(at..at + url.len());
        }
        // Also behind what is no URL: each character is looked at once, whatever the text.
        from = end;
    }
    found
}

fn starts_url(lower: &str, at: usize) -> bool {
    let scheme = lower[at..].starts_with("http://") || lower[at..].starts_with("https://");
    // Within a word it is no URL, and behind a backslash the bracket put before it would be escaped.
    scheme && !lower[..at].ends_with(|c: char| c.is_alphanumeric() || c == '\\')
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\' | '\u{200b}' | '\u{feff}')
}

/// Takes off what belongs to the sentence: final punctuation, Markdown's own marks, and brackets that were opened before the URL.
fn trim(url: &str) -> &str {
    const PUNCTUATION: &str = ".,:;!?'*_~([{…»”’。，、！？";
    const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];
    let count = |wanted: char| url.matches(wanted).count();
    let mut surplus = BRACKETS.map(|(open, close)| (close, count(close).saturating_sub(count(open))));
    url.trim_end_matches(|c: char| match surplus.iter_mut().find(|(close, _)| *close == c) {
        Some((_, 0)) => false,
        Some((_, left)) => {
            *left -= 1;
            true
        }
        None => PUNCTUATION.contains(c),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_end_where_a_reader_would_end_them() {
        for (text, urls) in [
            ("see https://x.org.", &["https://x.org"][..]),
            ("https://x.org/a, http://y.org/b; HTTPS://Z.org!", &["https://x.org/a", "http://y.org/b", "HTTPS://Z.org"]),
            ("(https://x.org/a_(b))", &["https://x.org/a_(b)"]),
            ("(see https://x.org/a).", &["https://x.org/a"]),
            ("[https://x.org]", &["https://x.org"]),
            ("**https://x.org/a_b_**", &["https://x.org/a_b"]),
            ("\"https://x.org\" 'https://y.org'", &["https://x.org", "https://y.org"]),
            ("https://x.org/?a=1&b=2#c", &["https://x.org/?a=1&b=2#c"]),
            ("https://x.org/~me/a*b*c", &["https://x.org/~me/a*b*c"]),
            ("https://x.org/ü/ß", &["https://x.org/ü/ß"]),
            ("|https://x.org|y|", &["https://x.org"]),
            ("https://x.org…", &["https://x.org"]),
            ("xhttps://x.org http https http:// https://. \\https://x.org", &[]),
            ("http://[::1]:8080/", &["http://[::1]:8080/"]),
            ("ahttp http://x.org", &["http://x.org"]),
        ] {
            assert_eq!(find(text).into_iter().map(|range| &text[range]).collect::<Vec<_>>(), urls, "{text}");
        }
    }
}
