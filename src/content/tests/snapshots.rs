use super::{html, visible};

/// The attributes that every link has are left out here; `hostile` checks them.
fn short(source: &str) -> String {
    html(source).replace(" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\"", "")
}

#[track_caller]
fn all(table: &[(&str, &str)]) {
    for (source, expected) in table {
        assert_eq!(short(source), *expected, "{source:?}");
    }
}

#[test]
fn paragraphs_and_line_breaks() {
    all(&[
        ("hi", "<p>hi</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("one  \ntwo\\\nthree", "<p>one<br>two<br>three</p>"),
        ("one\n\n\n\ntwo", "<p>one</p><p>two</p>"),
        ("a < b && c > d", "<p>a &lt; b &amp;&amp; c &gt; d</p>"),
        ("&lt;b&gt; &copy; \\*", "<p>&lt;b&gt; © *</p>"),
    ]);
}

#[test]
fn emphasis_and_code() {
    all(&[
        ("*a* _b_ **c** __d__ ~~e~~", "<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong> <del>e</del></p>"),
        ("***a*** **b *c* d**", "<p><em><strong>a</strong></em> <strong>b <em>c</em> d</strong></p>"),
        ("snake_case_name 2*3*4 ~5 or ~6", "<p>snake_case_name 2<em>3</em>4 ~5 or ~6</p>"),
        ("`a<b` ``a`b`` `*c*`", "<p><code>a&lt;b</code> <code>a`b</code> <code>*c*</code></p>"),
        ("```rust\nfn main() {}\n```", "<pre><code class=\"language-rust\">fn main() {}\n</code></pre>"),
        ("```C++\nx\n```", "<pre><code class=\"language-c++\">x\n</code></pre>"),
        ("~~~\n*a*\n\n<b>\n~~~", "<pre><code>*a*\n\n&lt;b&gt;\n</code></pre>"),
        ("``` let x = 1;\nlet y = 2;\n```", "<pre><code>let x = 1;\nlet y = 2;\n</code></pre>"),
        ("```\"onclick=\nx\n```", "<pre><code>\"onclick=\nx\n</code></pre>"),
        ("```\nnot closed", "<pre><code>not closed</code></pre>"),
        ("    indented", "<pre><code>indented</code></pre>"),
    ]);
}

#[test]
fn quotes_and_lists() {
    all(&[
        ("> a\n> b\n\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
        (">> a", "<blockquote><blockquote><p>a</p></blockquote></blockquote>"),
        ("- a\n- *b*\n  - c", "<ul><li>a</li><li><em>b</em><ul><li>c</li></ul></li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("2020. was good", "<ol start=\"2020\"><li>was good</li></ol>"),
        ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("- a\nb", "<ul><li>a<br>b</li></ul>"),
        ("- > a\n- ```\n  b\n  ```", "<ul><li><blockquote><p>a</p></blockquote></li><li><pre><code>b\n</code></pre></li></ul>"),
    ]);
}

#[test]
fn links() {
    all(&[
        ("[a *b*](https://x.org/c \"d\")", "<p><a href=\"https://x.org/c\">a <em>b</em></a></p>"),
        ("[](https://x.org)", "<p><a href=\"https://x.org/\">https://x.org</a></p>"),
        ("<https://x.org> <a@x.org>", "<p><a href=\"https://x.org/\">https://x.org</a> <a href=\"mailto:a@x.org\">a@x.org</a></p>"),
        ("see (https://x.org/_a_b_c).", "<p>see (<a href=\"https://x.org/_a_b_c\">https://x.org/_a_b_c</a>).</p>"),
        ("**https://x.org**, ok", "<p><strong><a href=\"https://x.org/\">https://x.org</a></strong>, ok</p>"),
        ("https://x.org/?a=1&b='2'", "<p><a href=\"https://x.org/?a=1&amp;b=%272\">https://x.org/?a=1&amp;b='2</a>'</p>"),
        (
            "> https://x.org\n> - http://y.org",
            "<blockquote><p><a href=\"https://x.org/\">https://x.org</a></p><ul><li><a href=\"http://y.org/\">http://y.org</a></li></ul></blockquote>",
        ),
        ("`https://x.org`", "<p><code>https://x.org</code></p>"),
        ("[a](/b) [c](d) [e](ftp://f)", "<p>[a](/b) [c](d) [e](ftp://f)</p>"),
        ("[a **b** c](/d\n'e')", "<p>[a <strong>b</strong> c](/d<br>'e')</p>"),
        ("![alt](https://x.org/a.png)", "<p><a href=\"https://x.org/a.png\">alt</a></p>"),
        ("![](https://x.org/a.png)", "<p><a href=\"https://x.org/a.png\">https://x.org/a.png</a></p>"),
        ("[![badge](https://x.org/a)](https://y.org)", "<p><a href=\"https://y.org/\">badge</a></p>"),
        ("![a [b](https://c.org)](https://d.org)", "<p><a href=\"https://d.org/\">a [b](https://c.org)</a></p>"),
        ("![a](b.png)", "<p>![a](b.png)</p>"),
    ]);
}

#[test]
fn what_chat_has_no_use_for_stays_as_typed() {
    all(&[
        ("# hi", "<p># hi</p>"),
        ("### hi *you* ###", "<p>### hi <em>you</em> ###</p>"),
        ("#", "<p>#</p>"),
        ("## ##", "<p>## ##</p>"),
        ("# \\*a\\*", "<p># *a*</p>"),
        ("#1 is done", "<p>#1 is done</p>"),
        ("hi\n---\nyou", "<p>hi<br>---</p><p>you</p>"),
        ("> hi *you*\n> ==", "<blockquote><p>hi <em>you</em><br>==</p></blockquote>"),
        ("***", "<p>***</p>"),
        ("a\n\n- - -", "<p>a</p><p>- - -</p>"),
        ("|a|b|\n|-|-|\n|1|2|", "<p>|a|b|<br>|-|-|<br>|1|2|</p>"),
        ("<b>hi</b> *you*", "<p>&lt;b&gt;hi&lt;/b&gt; <em>you</em></p>"),
        ("<div>\n*hi*\n</div>", "<p>&lt;div&gt;<br>*hi*<br>&lt;/div&gt;</p>"),
        ("a <!-- b --> c", "<p>a &lt;!-- b --&gt; c</p>"),
        ("a[^1]\n\n[^1]: b", "<p>a[^1]</p><p>[^1]: b</p>"),
        ("[note]: remember", "<p>[note]: remember</p>"),
        ("[a]: https://x.org\n\n[a]", "<p>[a]: <a href=\"https://x.org/\">https://x.org</a></p><p>[a]</p>"),
        ("$x$ ^y^ :smile: - [ ] z", "<p>$x$ ^y^ :smile: - [ ] z</p>"),
    ]);
}

#[test]
fn nothing_is_shown_as_nothing() {
    for source in ["-", ">", "1.", "```", "*", "- -", "> >", "[](x)", "&nbsp;"] {
        assert_eq!(visible(&html(source)), source, "{source:?}");
    }
}

#[test]
fn what_is_nested_too_deep_keeps_its_text() {
    let framed = |tag: &str, html: &str| html.matches(&format!("<{tag}>")).count();
    let quotes = html(&(">".repeat(30) + " deep"));
    assert_eq!((framed("blockquote", &quotes), visible(&quotes).as_str()), (8, "deep"));
    let list: String = (0..12).map(|depth| format!("{}- n{depth}\n", "  ".repeat(depth))).collect();
    let list = html(&list);
    assert_eq!((framed("ul", &list), framed("li", &list)), (8, 8));
    assert!(list.contains("<li>n7<br>n8<br>n9<br>n10<br>n11</li>"), "{list}");
    let emphasis = html(&format!("{}x{}", "*a ".repeat(20), " a*".repeat(20)));
    assert_eq!(framed("em", &emphasis), 8);
}

#[test]
fn the_content_carries_its_source_and_renderer() {
    let body = crate::domain::MessageBody::parse("*hi*", 8_000).unwrap();
    let content = super::super::render(&body);
    assert_eq!((content.body, content.renderer), (body, super::super::RENDERER));
}
