//! The short way for what is only text.

/// The HTML of a source in which nothing can be markup, as in most of what is said in a chat: one line that begins with a letter or a
/// digit and holds letters, digits, spaces and marks that mean nothing there to Markdown, to HTML or to a reader of URLs. `None` for
/// every other. What it answers is what the long way would answer; that one builds and cleans a document, which was a good part of what
/// a post cost.
pub(super) fn paragraph(source: &str) -> Option<String> {
    let is_text =
        source.starts_with(char::is_alphanumeric) && !begins_a_list(source) && source.chars().all(means_nothing) && !source.contains("://");
    is_text.then(|| ["<p>", source, "</p>"].concat())
}

/// `1.` or `1)`.
fn begins_a_list(source: &str) -> bool {
    source.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', ')'])
}

/// No `&`, `<` or `>`, and nothing that Markdown reads anywhere but at the beginning of a line.
fn means_nothing(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | ',' | '.' | ';' | ':' | '?' | '!' | '\'' | '"' | '(' | ')' | '/' | '%' | '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::in_full;

    #[test]
    fn what_may_be_markup_goes_the_long_way() {
        for source in [
            "1. first",
            "12) twelfth",
            "7.",
            "- one",
            " four spaces",
            "two\nlines",
            "see https://x.org",
            "a *b*",
            "a_b_c",
            "`code`",
            "a < b",
            "a & b",
            "a\\b",
            "~a~",
            "[a](b)",
            "a|b",
            "tab\there",
            "nbsp\u{a0}here",
            "",
            "(a)",
            "a #b",
            "a@b",
            "a = b",
            "a\u{202e}b",
        ] {
            assert_eq!(paragraph(source), None, "{source}");
        }
    }

    #[test]
    fn what_people_mostly_say_goes_the_short_way() {
        for source in [
            "hi",
            "Shall we meet at 12:30, or (maybe) later?",
            "Grüße aus Köln!",
            "好的, 明天见",
            "it's 50% \"done\" - almost",
            "a/b: c; d",
            "10 of us, at 12.30",
            "12:30?",
            "2nd floor (3)",
            "٣. three",
        ] {
            assert_eq!(paragraph(source), Some(in_full(source)), "{source}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_lead_to_the_same(source in "[a-z0-9äß好٣][a-zA-Z0-9äß好ﬁ٣ ,.;:?!'\"()/%-]{0,80}") {
            let source = source.trim_end();
            if let Some(html) = paragraph(source) {
                prop_assert_eq!(html, in_full(source));
            }
        }

        #[test]
        fn also_where_a_number_comes_first(source in "[0-9]{1,11}[a-z0-9 .):-]{0,8}[a-z .)-]{0,20}") {
            let source = source.trim_end();
            if let Some(html) = paragraph(source) {
                prop_assert_eq!(html, in_full(source));
            }
        }

        #[test]
        fn also_for_the_letters_of_the_world(source in "[\\p{L}\\p{N}][\\p{L}\\p{N} ,.!?-]{0,40}") {
            let source = source.trim_end();
            if let Some(html) = paragraph(source) {
                prop_assert_eq!(html, in_full(source));
            }
        }
    }
}
