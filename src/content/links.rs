//! Where a link may go.

use pulldown_cmark::LinkType;
use url::Url;

/// The only schemes of links. Everything else (javascript:, data:, vbscript:, file:, relative paths) stays text.
pub(super) const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// The destination as a browser would understand it, or `None` where it is not allowed. What is checked is what is written: the URL
/// is parsed and written anew, so that no spelling can mean one thing here and another in the browser.
pub(super) fn allowed(link_type: LinkType, destination: &str) -> Option<String> {
    let url = match link_type {
        LinkType::Email => Url::parse(&format!("mailto:{destination}")),
        _ => Url::parse(destination),
    };
    let url = url.ok()?;
    let leads_somewhere = url.scheme() == "mailto" || url.has_host();
    (SCHEMES.contains(&url.scheme()) && leads_somewhere).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        for (given, kept) in [
            ("https://x.org", Some("https://x.org/")),
            ("HTTP://X.org/A?b#c", Some("http://x.org/A?b#c")),
            ("mailto:a@b.c", Some("mailto:a@b.c")),
            ("https://bücher.example/ü", Some("https://xn--bcher-kva.example/%C3%BC")),
            ("javascript:alert(1)", None),
            ("JaVa\tScRiPt:alert(1)", None),
            ("\u{1}javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("vbscript:x", None),
            ("file:///etc/passwd", None),
            ("blob:https://x.org/1", None),
            ("/api/v1/sign-out", None),
            ("//x.org", None),
            ("http://", None),
            ("", None),
        ] {
            assert_eq!(allowed(LinkType::Inline, given).as_deref(), kept, "{given:?}");
        }
        assert_eq!(allowed(LinkType::Email, "a@b.c").as_deref(), Some("mailto:a@b.c"));
    }
}
