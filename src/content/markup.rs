//! HTML from the events of the Markdown parser.

use std::iter;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, OffsetIter, Options, Parser, Tag};

use super::links;

/// What Markdown we speak beyond CommonMark. Tables, footnotes and the like are off: their source is shown.
pub(super) const OPTIONS: Options = Options::ENABLE_STRIKETHROUGH;
/// What stands before the language in the class of a code block.
pub(super) const LANGUAGE_CLASS: &str = "language-";
/// Quotes and lists within each other; deeper ones lose their frame and keep their text. The same number bounds emphasis.
const DEEPEST: usize = 8;

/// The events of a source with the bytes they come from.
pub(super) fn parser(source: &str) -> OffsetIter<'_> {
    Parser::new_ext(source, OPTIONS).into_offset_iter()
}

/// Writes the HTML of a prepared source; `None` where nothing would be seen of it, as of a lone `>` or `-`.
pub(super) fn write(source: &str) -> Option<String> {
    let mut writer = Writer { source, ..Writer::default() };
    for (event, range) in parser(source) {
        writer.event(event, range);
    }
    writer.visible.then_some(writer.html)
}

/// The source as it was typed, with its line breaks.
pub(super) fn plain(source: &str) -> String {
    let mut writer = Writer { source, ..Writer::default() };
    writer.open("<p>", Close::Tag("</p>"));
    writer.text(source);
    writer.close(0);
    writer.html
}

/// The language of a code block, where its info string is one: it becomes a class.
pub(super) fn language(info: &str) -> Option<&str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'#' | b'-');
    ((1..=32).contains(&info.len()) && info.bytes().all(allowed)).then_some(info)
}

/// What to do at the end of an element.
enum Close {
    /// The element was left out; its children were not.
    Nothing,
    Tag(&'static str),
    /// A quote or a list, counted against [`DEEPEST`].
    Container(&'static str),
    /// Emphasis, counted too.
    Inline(&'static str),
    /// A link or a picture: where it goes is its text if it has no other. The text begins at `from`.
    Label {
        tag: &'static str,
        destination: String,
        from: usize,
    },
    /// Something shown as it was typed: what is left of its source.
    Source,
    Heading(HeadingLevel),
}

#[derive(Default)]
struct Writer<'s> {
    source: &'s str,
    html: String,
    unclosed: Vec<Close>,
    containers: usize,
    inlines: usize,
    links: usize,
    in_code: bool,
    /// A line break to be written before the next text of the same block.
    break_owed: bool,
    /// Up to where the source has been written.
    written: usize,
    visible: bool,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => return self.start(tag, range),
            Event::End(_) => self.close(range.end),
            Event::Text(text) if self.in_code => self.escaped(&text),
            Event::Text(text)
            | Event::InlineHtml(text)
            | Event::Html(text)
            // The rest is never made with our options.
            | Event::FootnoteReference(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => self.text(&text),
            Event::TaskListMarker(_) => self.text(&self.source[range.clone()]),
            Event::Code(code) => {
                self.settle();
                self.html.push_str("<code>");
                self.escaped(&code);
                self.html.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.html.push_str("<br>"),
            Event::Rule => {
                self.open("<p>", Close::Tag("</p>"));
                self.text(self.source[range.clone()].trim());
                self.close(range.end);
            }
        }
        self.written = range.end;
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.open("<p>", Close::Tag("</p>")),
            Tag::Heading { level, .. } => self.heading(level, range),
            Tag::BlockQuote(_) => self.container("<blockquote>", "</blockquote>"),
            Tag::List(None) => self.container("<ul>", "</ul>"),
            Tag::List(Some(1)) => self.container("<ol>", "</ol>"),
            Tag::List(Some(first)) => self.container(&format!("<ol start=\"{first}\">"), "</ol>"),
            Tag::Item if matches!(self.unclosed.last(), Some(Close::Container(_))) => self.open("<li>", Close::Tag("</li>")),
            Tag::Item => self.frameless(),
            Tag::CodeBlock(kind) => self.code_block(&kind),
            Tag::Emphasis => self.inline("<em>", "</em>"),
            Tag::Strong => self.inline("<strong>", "</strong>"),
            Tag::Strikethrough => self.inline("<del>", "</del>"),
            Tag::Link { link_type, dest_url, .. } => match links::allowed(link_type, &dest_url) {
                Some(url) if self.links == 0 => self.link(&url, &dest_url),
                _ => self.as_typed(if matches!(link_type, LinkType::Autolink | LinkType::Email) { "<" } else { "[" }, range.start),
            },
            Tag::Image { link_type, dest_url, .. } => match links::allowed(link_type, &dest_url) {
                Some(url) if self.links == 0 => self.link(&url, &dest_url),
                // A picture in a link (a badge) is the text of that link.
                Some(_) => self.label(&dest_url, ""),
                None => self.as_typed("![", range.start),
            },
            // Never made with our options.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.unclosed.push(Close::Nothing),
        }
    }

    fn open(&mut self, tag: &str, close: Close) {
        self.break_owed = false;
        self.html.push_str(tag);
        self.unclosed.push(close);
    }

    fn container(&mut self, tag: &str, end: &'static str) {
        if self.containers == DEEPEST {
            return self.frameless();
        }
        self.containers += 1;
        self.open(tag, Close::Container(end));
    }

    /// A quote, list or item too deep for a frame of its own: a new line.
    fn frameless(&mut self) {
        let behind_inline = ["</em>", "</strong>", "</del>", "</code>", "</a>"].iter().any(|end| self.html.ends_with(end));
        self.break_owed |= behind_inline || !self.html.ends_with('>');
        self.unclosed.push(Close::Nothing);
    }

    fn inline(&mut self, tag: &str, end: &'static str) {
        if self.inlines == DEEPEST {
            return self.unclosed.push(Close::Nothing);
        }
        self.inlines += 1;
        self.settle();
        self.html.push_str(tag);
        self.unclosed.push(Close::Inline(end));
    }

    fn link(&mut self, url: &str, destination: &str) {
        self.settle();
        self.links += 1;
        self.html.push_str("<a href=\"");
        // A parsed URL holds no quotation mark outside of a mailto:, where it means the same escaped.
        self.escape_into_html(&url.replace('"', "%22"));
        self.html.push_str("\">");
        self.label(destination, "</a>");
    }

    fn label(&mut self, destination: &str, tag: &'static str) {
        self.unclosed.push(Close::Label { tag, destination: destination.to_owned(), from: self.html.len() });
    }

    /// Shows the source of an element around its children: first `opening`, at its end what follows the last child.
    fn as_typed(&mut self, opening: &str, at: usize) {
        self.text(opening);
        self.written = at + opening.len();
        self.unclosed.push(Close::Source);
    }

    /// A heading stays a line of text, marks included.
    fn heading(&mut self, level: HeadingLevel, range: Range<usize>) {
        self.open("<p>", Close::Heading(level));
        let line = &self.source[range.clone()];
        let marks = "#".repeat(level as usize);
        match line.strip_prefix(&marks) {
            Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t', '\n']) => {
                self.text(&marks);
                // Of an empty heading, closing marks and their space are written at its end.
                if !rest.trim_matches([' ', '\t', '\n', '#']).is_empty() {
                    self.text(" ");
                }
                self.written = range.start + marks.len();
            }
            _ => self.written = range.start,
        }
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>) {
        self.open("<pre><code", Close::Tag("</code></pre>"));
        self.in_code = true;
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.trim(),
            CodeBlockKind::Indented => "",
        };
        match language(&info.to_ascii_lowercase()) {
            Some(language) => {
                self.html.push_str(" class=\"");
                self.html.push_str(LANGUAGE_CLASS);
                self.html.push_str(language);
                self.html.push_str("\">");
            }
            None => {
                self.html.push('>');
                // Text right behind the fence is what many people begin their code with.
                self.escaped(info);
                if !info.is_empty() {
                    self.html.push('\n');
                }
            }
        }
    }

    fn close(&mut self, end: usize) {
        let Some(close) = self.unclosed.pop() else { return };
        match close {
            Close::Nothing => return,
            Close::Tag(tag) => {
                self.in_code = false;
                self.html.push_str(tag);
            }
            Close::Container(tag) => {
                self.containers -= 1;
                self.html.push_str(tag);
            }
            Close::Inline(tag) => {
                self.inlines -= 1;
                return self.html.push_str(tag);
            }
            Close::Label { tag, destination, from } => {
                if self.html.len() == from {
                    self.text(&destination);
                }
                self.links -= usize::from(!tag.is_empty());
                return self.html.push_str(tag);
            }
            Close::Source => return self.text(&self.source[self.written.min(end)..end]),
            Close::Heading(level) => self.end_heading(level, end),
        }
        self.break_owed = false;
    }

    /// The closing `##` of a heading, or the line under it.
    fn end_heading(&mut self, level: HeadingLevel, end: usize) {
        let rest = self.source[self.written.min(end)..end].trim_end();
        let line = rest.rsplit('\n').next().unwrap_or_default();
        let mark = if level == HeadingLevel::H1 { '=' } else { '-' };
        let underline = &line[line.trim_end_matches(mark).len()..];
        if rest.contains('\n') && !underline.is_empty() {
            self.html.push_str("<br>");
            self.text(underline);
        } else {
            self.text(rest);
        }
        self.html.push_str("</p>");
    }

    /// Writes text outside of code blocks, where a line end is a line break.
    fn text(&mut self, text: &str) {
        for (line, breaks) in text.split('\n').zip(iter::once(false).chain(iter::repeat(true))) {
            if breaks {
                self.settle();
                self.break_owed = true;
            }
            if !line.is_empty() {
                self.settle();
                self.escaped(line);
            }
        }
    }

    fn settle(&mut self) {
        if std::mem::take(&mut self.break_owed) {
            self.html.push_str("<br>");
        }
    }

    fn escaped(&mut self, text: &str) {
        self.visible |= text.chars().any(|c| !c.is_whitespace());
        self.escape_into_html(text);
    }

    fn escape_into_html(&mut self, text: &str) {
        for c in text.chars() {
            match escape(c) {
                Some(entity) => self.html.push_str(entity),
                None => self.html.push(c),
            }
        }
    }
}

const fn escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}
