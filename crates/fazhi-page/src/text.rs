//! The text of an element, in lines as a reader sees them.

use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

use crate::element_class::{Classes, classes_of};

/// The text of an element: paragraphs and other blocks end in `\n`, `<br>` is `\n`, the cells of a table row are
/// separated by `\t` and rows end in `\n`.
///
/// Scripts, styles, comments and the document's head are left out, and so are lines without any text. Runs of ASCII
/// white space are one space, and none stands at the ends of a line; other spaces (no-break, ideographic) are kept.
/// A block inside a cell starts a new line within the cell, so the cells of layout tables keep their paragraphs.
pub fn text_of(element: ElementRef<'_>) -> String {
    write(element, Writer::default())
}

/// The text of an element as a header of fields is laid out: like [`text_of`], but the pieces of a line that stand in
/// elements of their own (`<em>`, `<span>`, `<dd>` behind `<dt>`) are cells too, and an empty last cell is kept.
pub fn cells_of(element: ElementRef<'_>) -> String {
    write(element, Writer { pieces: Pieces::Cells, ..Writer::default() })
}

fn write(element: ElementRef<'_>, mut writer: Writer) -> String {
    let mut skipped = None;
    let mut preformatted = 0usize;
    for edge in element.traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        if let Some(root) = skipped {
            if !opens && node.id() == root {
                skipped = None;
            }
            continue;
        }
        match node.value() {
            Node::Element(element) => {
                let classes = classes_of(&element.name.local);
                if opens && classes.intersects(Classes::UNREAD) {
                    skipped = Some(node.id());
                    continue;
                }
                match (element.name(), opens) {
                    ("pre" | "listing", true) => preformatted += 1,
                    ("pre" | "listing", false) => preformatted = preformatted.saturating_sub(1),
                    _ => {}
                }
                writer.boundary(element.name(), classes, opens);
            }
            Node::Text(text) if opens => writer.text(text, if preformatted > 0 { Lines::Kept } else { Lines::Joined }),
            _ => {}
        }
    }
    writer.finish()
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{3001}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

/// What a line break in the source means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Kept,
    Joined,
}

/// What pieces of a line in elements of their own are.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Pieces {
    #[default]
    Words,
    Cells,
}

/// White space of the source between two words.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Gap {
    #[default]
    Nothing,
    Space,
    LineEnd,
}

/// What stands between the text written and the text to come.
#[derive(Default)]
struct Writer {
    pieces: Pieces,
    out: String,
    /// Where the line being written begins.
    line: usize,
    /// A line end is due before the next text.
    broken: bool,
    /// Cell ends are due before the next text.
    tabs: usize,
    /// What white space of the source is due before the next text.
    gap: Gap,
    /// Another piece begins with the next text.
    cut: bool,
    /// Whether the row being written has had a cell, for each open row.
    rows: Vec<bool>,
}

impl Writer {
    fn text(&mut self, text: &str, lines: Lines) {
        match lines {
            Lines::Joined => self.words(text),
            Lines::Kept => {
                for (index, line) in text.split('\n').enumerate() {
                    self.broken |= index > 0;
                    self.words(line);
                }
            }
        }
    }

    fn words(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
            if end > 0 {
                self.drop_wrapping(&rest[..end]);
                self.separate();
                self.out.push_str(&rest[..end]);
            }
            rest = &rest[end..];
            let gap = rest.find(|c: char| !c.is_ascii_whitespace()).unwrap_or(rest.len());
            if gap == 0 {
                return;
            }
            self.gap = if rest[..gap].contains('\n') { Gap::LineEnd } else { Gap::Space };
            rest = &rest[gap..];
        }
    }

    /// A line of the source that ends inside a Chinese sentence ends no word (CSS Text 3 §4.1.2).
    fn drop_wrapping(&mut self, next: &str) {
        if self.gap == Gap::LineEnd && self.out.ends_with(is_chinese) && next.starts_with(is_chinese) {
            self.gap = Gap::Nothing;
        }
    }

    /// Writes what is due before text.
    fn separate(&mut self) {
        if self.broken {
            self.end_line();
        }
        for _ in 0..std::mem::take(&mut self.tabs) {
            self.out.push('\t');
        }
        let at_start = self.out.len() == self.line || self.out.ends_with('\t');
        let cut = std::mem::take(&mut self.cut);
        let space = std::mem::take(&mut self.gap) != Gap::Nothing;
        if cut && !at_start {
            self.out.push('\t');
        } else if space && !at_start {
            self.out.push(' ');
        }
    }

    fn boundary(&mut self, name: &str, classes: Classes, opens: bool) {
        match name {
            "br" if opens => self.broken = true,
            "td" | "th" if opens => self.cell(),
            "td" | "th" => self.gap = Gap::Space,
            "tr" => {
                self.end_line();
                if opens {
                    self.rows.push(false);
                } else {
                    self.rows.pop();
                }
            }
            "table" if opens && self.rows.is_empty() => self.end_line(),
            "dd" if opens && self.pieces == Pieces::Cells => {
                self.broken = false;
                self.cut = true;
            }
            _ if classes.intersects(Classes::CLOSES_PARAGRAPH | Classes::OWN_LINE) => self.broken |= self.tabs == 0,
            _ => self.cut |= self.pieces == Pieces::Cells,
        }
    }

    fn cell(&mut self) {
        match self.rows.last_mut() {
            Some(begun @ false) => *begun = true,
            // The line that a block in the cell before would end goes on in this cell.
            Some(true) => {
                self.broken = false;
                self.tabs += 1;
            }
            None => self.broken = true,
        }
    }

    /// Ends the line, or drops it if there is nothing on it.
    fn end_line(&mut self) {
        self.broken = false;
        self.gap = Gap::Nothing;
        self.cut = false;
        let tabs = std::mem::take(&mut self.tabs);
        if tabs > 0 && self.pieces == Pieces::Cells && self.out.len() > self.line {
            self.out.push('\t');
        }
        if self.out[self.line..].trim().is_empty() {
            self.out.truncate(self.line);
        } else {
            self.out.push('\n');
            self.line = self.out.len();
        }
    }

    fn finish(mut self) -> String {
        if self.broken || self.out[self.line..].trim().is_empty() {
            self.end_line();
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse_html;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(text_of(parse_html(html).html.root_element()), expected, "{html}");
    }

    #[test]
    fn blocks_are_lines() {
        check("<title>x</title><p>一、总体</p>\n<p> 二 、<b>工作</b>\n 情况 </p>", "一、总体\n二 、工作情况\n");
        check("甲<div>乙<div><div>丙</div></div></div>丁", "甲\n乙\n丙\n丁\n");
        check("<p>甲<br>乙<br/><br>丙<br></p>", "甲\n乙\n丙\n");
        check("<ul><li>甲<li>乙</ul>", "甲\n乙\n");
        check("<p></p><p> </p><p>&nbsp;</p><p>\u{3000}</p>", "");
    }

    #[test]
    fn spaces_that_are_no_ascii_are_kept() {
        check(
            "<p>\u{3000}\u{3000}有&nbsp;&nbsp;效 \n\t 性：\u{a0}</p>",
            "\u{3000}\u{3000}有\u{a0}\u{a0}效性：\u{a0}\n",
        );
        check("<p>达 <span> 192.2</span> 万人次</p>", "达 192.2 万人次\n");
        check("<p>达<span>192</span>万</p>", "达192万\n");
    }

    #[test]
    fn what_is_no_text_is_dropped() {
        check("<p>甲<script>var a;</script><!-- x --><style>p{}</style><noscript><p>y</p></noscript>乙</p>", "甲乙\n");
        check("<template><p>x</p></template><iframe>y</iframe><p>甲</p>", "甲\n");
    }

    #[test]
    fn tables_are_rows_of_cells() {
        check(
            "<table><tr><th>索引号</th><td>12345678/2024-00001</td></tr><tr><td>甲</td> <td> 乙 </td></tr></table>",
            "索引号\t12345678/2024-00001\n甲\t乙\n",
        );
        check(
            "<table><tr><td><p>甲</p></td><td><p>一</p><p>二</p></td><td>乙</td></tr></table>尾",
            "甲\t一\n二\t乙\n尾\n",
        );
        check("<table><tr><td></td><td>乙</td><td></td><td>丁</td><td></td></tr></table>", "\t乙\t\t丁\n");
        check(
            "前<table><tr><td>甲</td><td><table><tr><td>乙</td><td>丙</td></tr></table></td><td>丁</td></tr></table>",
            "前\n甲\n乙\t丙\n\t丁\n",
        );
        check("<table><tr><td>甲<br>乙</td><td>丙</td></tr></table>", "甲\n乙\t丙\n");
    }

    #[test]
    fn pieces_of_a_header_are_cells() {
        let check = |html: &str, expected: &str| {
            assert_eq!(cells_of(parse_html(html).html.root_element()), expected, "{html}");
        };
        check(
            "<li><em>索 引 号</em>1/2024-1</li><li><b>文号：</b> <span>甲1号</span><span>乙</span></li>",
            "索 引 号\t1/2024-1\n文号：\t甲1号\t乙\n",
        );
        check("<dl><dt>索引号</dt><dd>1</dd><dt>文号</dt><dd></dd><dt>丙</dt></dl>", "索引号\t1\n文号\n丙\n");
        check(
            "<table><tr><td>有效性：</td><td></td></tr><tr><td>甲</td><td>乙</td></tr></table>",
            "有效性：\t\n甲\t乙\n",
        );
    }

    #[test]
    fn elements_of_private_vocabularies_are_lines() {
        check(
            "<g-k>甲</g-k><g-v>乙</g-v><p>丙<o:p></o:p>丁<st1:date>戊</st1:date></p><d:para>己</d:para>",
            "甲\n乙\n丙丁戊\n己\n",
        );
    }

    #[test]
    fn lines_of_the_source_do_not_cut_words() {
        check("<p>行政处\n   罚决定321件，\n其中</p>", "行政处罚决定321件，其中\n");
        check("<p>共 计\n12件 \nA b</p>", "共 计 12件 A b\n");
    }

    #[test]
    fn inline_text_has_no_line_end() {
        let dom = parse_html("<p>甲<a href=x> 关于 <b>乙</b> </a></p>");
        let link = dom.html.root_element().descendent_elements().find(|element| element.value().name() == "a").unwrap();
        assert_eq!(text_of(link), "关于 乙");
    }

    #[test]
    fn preformatted_lines_are_kept() {
        check("<pre>甲\n乙  丙\n\n丁</pre>", "甲\n乙 丙\n丁\n");
    }

    proptest! {
        #[test]
        fn lines_hold_text_and_no_stray_spaces(html in "(<(p|b|br|td|tr|table|div|/p|/table|/td)>|[ \n甲乙\u{a0}]){0,40}") {
            let text = text_of(parse_html(&html).html.root_element());
            for line in text.lines() {
                prop_assert!(!line.trim().is_empty(), "{:?}", text);
                prop_assert!(!line.ends_with(' ') && !line.starts_with(' ') && !line.contains("  "), "{:?}", text);
            }
            let letters = |text: &str| text.chars().filter(|c| "甲乙".contains(*c)).count();
            prop_assert_eq!(letters(&text), letters(&html));
        }
    }
}
