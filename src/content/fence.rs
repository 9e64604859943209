//! The second fence: whatever the renderer let through by mistake ends here.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::links::SCHEMES;
use super::markup::LANGUAGE_CLASS;

/// Every tag that a message can hold.
pub(super) const TAGS: [&str; 12] = ["a", "blockquote", "br", "code", "del", "em", "li", "ol", "p", "pre", "strong", "ul"];
/// What every link says: the page it opens learns nothing of this one and cannot reach back, and search engines give it no weight.
pub(super) const REL: &str = "noopener noreferrer nofollow ugc";

static FENCE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut fence = Builder::empty();
    fence
        .tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("ol", HashSet::from(["start"])),
            ("code", HashSet::from(["class"])),
        ]))
        .attribute_filter(|tag, name, value| match (tag, name) {
            ("a", "href") | ("a", "rel") | ("a", "target") => Some(value.into()),
            ("ol", "start") => value.parse::<u32>().is_ok().then_some(value.into()),
            ("code", "class") => value.strip_prefix(LANGUAGE_CLASS).and_then(super::markup::language).map(|_| value.into()),
            _ => None,
        })
        .set_tag_attribute_values(HashMap::from([("a", HashMap::from([("target", "_blank")]))]))
        .link_rel(Some(REL))
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .strip_comments(true);
    fence
});

/// Removes every tag and attribute that is not allowed, and every link that goes elsewhere than it may.
pub(super) fn clean(html: &str) -> String {
    FENCE.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_on_its_own() {
        for (html, cleaned) in [
            ("<script>alert(1)</script>hi", "hi"),
            ("<p onclick=x style=y id=z class=w>hi</p>", "<p>hi</p>"),
            ("<a href='javascript:alert(1)'>hi</a>", r#"<a target="_blank" rel="noopener noreferrer nofollow ugc">hi</a>"#),
            ("<a href=' JAVA&#9;script:alert(1)'>hi</a>", r#"<a target="_blank" rel="noopener noreferrer nofollow ugc">hi</a>"#),
            ("<a href='/api'>hi</a>", r#"<a target="_blank" rel="noopener noreferrer nofollow ugc">hi</a>"#),
            ("<a href='//x.y'>hi</a>", r#"<a target="_blank" rel="noopener noreferrer nofollow ugc">hi</a>"#),
            (
                "<a href='https://x.y/' target=_self rel=opener>hi</a>",
                r#"<a href="https://x.y/" target="_blank" rel="noopener noreferrer nofollow ugc">hi</a>"#,
            ),
            ("<svg><a xlink:href='javascript:x'>hi</a></svg>", ""),
            ("<img src=x onerror=y><iframe src=z></iframe><b>hi</b>", "hi"),
            ("<ol start=7><li>a</li></ol><ol start='x'><li>b</li></ol>", "<ol start=\"7\"><li>a</li></ol><ol><li>b</li></ol>"),
            (
                "<code class='language-c++'>x</code><code class='language-a b'>y</code>",
                "<code class=\"language-c++\">x</code><code>y</code>",
            ),
            ("a<!-- b -->c", "ac"),
        ] {
            assert_eq!(clean(html), cleaned, "{html}");
        }
    }
}
