use super::*;
use std::time::Instant;
#[test]
fn worst() {
    let n = 8000;
    let fill = |unit: &str| unit.repeat(n / unit.chars().count());
    let mut cases: Vec<(String, String)> = Vec::new();
    for unit in [
        "[",
        "]",
        "*",
        "_",
        "~",
        "`",
        "<",
        ">",
        "&",
        "!",
        "![",
        "(",
        ")",
        "](",
        "[](",
        "[a](",
        "[](<",
        "![](",
        "[]()",
        "\\",
        "\"",
        "'",
        "#",
        "-",
        "- ",
        "+ ",
        "1. ",
        "> ",
        "-\n",
        "-\n+\n",
        "- a\n",
        "> a\n\n",
        "*a ",
        "_a ",
        "*a_ ",
        "**a ",
        "a* ",
        "a** ",
        "*a**",
        "**a*",
        "***a",
        "~~a ",
        "~a",
        "`a``",
        "` ",
        "a`b``c```",
        "<a ",
        "<a b=",
        "<a b=\"",
        "<!--",
        "<!-",
        "<![CDATA[",
        "<?",
        "<!A ",
        "</",
        "<a>",
        "<a\n",
        "&#",
        "&#x1",
        "&amp",
        "http://",
        "http://a ",
        "http://a[",
        "http://(",
        "http://)",
        "https://x.org/(((",
        "<http://a>",
        "<a@b>",
        "<a@b ",
        "<http:",
        "[a]: b\n\n",
        "[a]:b\n",
        "[a]: <\n",
        "[a]: x '\n",
        "[",
        "[a][a]",
        "[^a]",
        "```\n",
        "~~~\n",
        "    a\n",
        "|a",
        "|-|\n",
        "a\n---\n",
        "a\n===\n",
        "# a\n",
        "***\n",
        "\n",
        " \n",
        "\t",
        "\t-",
        "- - -\n",
        "* a\n  ",
        "[[]]",
        "![[]]",
        "[![](",
        "*[",
        "[*",
        "*]( ",
        "a\\\n",
        "\u{a0}",
        "é*",
        "😀",
        "*😀_",
        "$",
        "^",
        ":",
        "{",
        "}",
    ] {
        cases.push((format!("{unit:?}"), fill(unit)));
    }
    cases.push(("sq quotes".into(), (0..125).map(|i| ">".repeat(i) + "\n").collect()));
    cases.push(("sq quotes a".into(), (0..125).map(|i| ">".repeat(i) + "a\n").collect()));
    cases.push(("quotes lazy".into(), ">".repeat(4000) + &"\na".repeat(2000)));
    cases.push(("quotes lines".into(), (">".repeat(88) + "\n").repeat(88)));
    cases.push(("lists indented".into(), (0..120).map(|i| " ".repeat(i) + "-\n").collect()));
    cases.push(("lists indented2".into(), (0..88).map(|i| "  ".repeat(i) + "- a\n").collect()));
    cases.push(("list then lines".into(), "- ".repeat(2000) + "\n" + &"a\n".repeat(2000)));
    cases.push(("list then blanks".into(), "- ".repeat(2000) + "a\n" + &"\n".repeat(4000)));
    cases.push(("ticks growing".into(), (0..125).map(|i| "`".repeat(i) + " ").collect()));
    cases.push(("ticks shrinking".into(), (0..125).rev().map(|i| "`".repeat(i) + " ").collect()));
    cases.push(("stars growing".into(), (0..125).map(|i| "*".repeat(i) + "a ").collect()));
    cases.push(("refs".into(), format!("[a]: http://{}\n\n{}", "x".repeat(4000), "[a]".repeat(1300))));
    cases.push(("refs dup".into(), format!("[a]: http://b\n\n[a]: http://{}\n\n{}", "x".repeat(4000), "[a]".repeat(1300))));
    cases.push(("open brackets close".into(), "[".repeat(4000) + &"]".repeat(4000)));
    cases.push(("open brackets links".into(), "[".repeat(2000) + &"](a)".repeat(1500)));
    cases.push(("imgs nested".into(), "![".repeat(1200) + &"](http:a)".repeat(600)));
    cases.push(("imgs nested2".into(), "![".repeat(800) + &"](x)".repeat(1400)));
    cases.push(("dup defs brackets".into(), "[a]:b\n\n[a]:c\n\n".to_owned() + &"`[`[".repeat(1900)));
    cases.push(("dup code".into(), "[a]:b\n\n[a]:c\n\n".to_owned() + &"`a`[".repeat(1900)));
    cases.push(("em nested".into(), "*a ".repeat(1300) + &" a*".repeat(1300)));
    cases.push(("em both".into(), "*_".repeat(2000) + "a" + &"_*".repeat(1999)));
    let mut times: Vec<_> = cases
        .iter()
        .map(|(name, text)| {
            let text: String = text.chars().take(8000).collect();
            let Ok(body) = MessageBody::parse(&text, 8000) else { return (0, 0, format!("empty {name}")) };
            let start = Instant::now();
            let html = render(&body);
            (start.elapsed().as_micros(), html.html.as_str().len(), name.clone())
        })
        .collect();
    times.sort();
    for t in times.iter().rev().take(25) {
        println!("{t:?}");
    }
    times.sort_by_key(|t| t.1);
    for t in times.iter().rev().take(12) {
        println!("{t:?}");
    }
}
