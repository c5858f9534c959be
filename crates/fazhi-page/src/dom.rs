//! Text to tree, bounded.

use std::cell::RefCell;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{TokenizerResult, tendril::StrTendril};
use scraper::{Html, HtmlTreeSink};

use crate::attributes::clamp_attributes;
use crate::condense::condense;
use crate::nesting::{Nesting, Verdict};

/// Elements that may stand inside one another. Real pages stay below 60.
pub const MAX_DEPTH: usize = 256;

/// A parsed page.
#[derive(Debug, Clone)]
pub struct Dom {
    /// The tree. Its root element is always there.
    pub html: Html,
    /// How deep the page wanted to nest, if that was more than [`MAX_DEPTH`]: what lay deeper has been flattened.
    pub too_deep: Option<usize>,
}

/// Parses a page as a browser does, scripts unread, in linear time.
///
/// Tags beyond [`MAX_DEPTH`] and attributes beyond the 256th of a tag are left out; no text and no link is.
pub fn parse_html(text: &str) -> Dom {
    parse(&clamp_attributes(text))
}

/// Parses a page for its words: like [`parse_html`], without code, comments and the attributes that only style or act.
pub fn parse_readable(text: &str) -> Dom {
    parse(&condense(text))
}

fn parse(text: &str) -> Dom {
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), TreeBuilderOpts::default());
    let filter = Filter { builder, nesting: RefCell::default() };
    let tokenizer = Tokenizer::new(filter, TokenizerOpts::default());
    let input = BufferQueue::default();
    // The tokenizer takes pieces of up to 4 GiB.
    for piece in pieces(text) {
        input.push_back(StrTendril::from(piece));
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    }
    tokenizer.end();
    let Filter { builder, nesting, .. } = tokenizer.sink;
    Dom { html: builder.sink.finish(), too_deep: nesting.into_inner().too_deep }
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    const PIECE: usize = 1 << 20;
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Stands between tokenizer and tree builder.
struct Filter<Builder> {
    builder: Builder,
    nesting: RefCell<Nesting>,
}

impl<Builder: TokenSink> TokenSink for Filter<Builder> {
    type Handle = Builder::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Self::Handle> {
        if let Token::TagToken(tag) = &token {
            let mut nesting = self.nesting.borrow_mut();
            let verdict = match tag.kind {
                TagKind::StartTag => nesting.start(&tag.name, tag.self_closing, MAX_DEPTH),
                TagKind::EndTag => nesting.end(&tag.name),
            };
            if verdict == Verdict::LeaveOut {
                return TokenSinkResult::Continue;
            }
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::text_of;

    fn depth(html: &Html) -> usize {
        html.tree.nodes().map(|node| node.ancestors().count()).max().unwrap()
    }

    /// Generous, for slow machines and unoptimised builds; quadratic time is minutes.
    const LINEAR: Duration = Duration::from_secs(20);

    #[test]
    fn real_nesting_is_left_alone() {
        let cell = "<td><p>一<li>二<li>三<td>四<tr><th>五".repeat(1000);
        let items = "<ul><li><a href=x>项<li>目</ul>".repeat(1000);
        let paragraphs = "<p>段<p><b>落</b><dl><dt>词<dd>义<dt>词<dd>义</dl>".repeat(1000);
        let options = "<select><option>甲<option>乙</select>".repeat(1000);
        for page in [format!("<table>{cell}</table>"), items, paragraphs, options] {
            let dom = parse_html(&page);
            assert_eq!(dom.html, Html::parse_document(&page));
            assert_eq!(dom.too_deep, None);
        }
    }

    #[test]
    fn deep_pages_are_flattened_in_linear_time() {
        for tag in ["div", "span", "b", "font", "table", "ul><li", "table><tr><td", "x", "svg", "button", "a"] {
            let page = format!(
                "{}底{}尾",
                format!("<{tag}>").repeat(if tag == "div" { 200_000 } else { 50_000 }),
                "</div>".repeat(1000)
            );
            let start = Instant::now();
            let dom = parse_html(&page);
            let elapsed = start.elapsed();
            assert!(elapsed < LINEAR, "<{tag}> took {elapsed:?}");
            assert!(depth(&dom.html) < BOUND, "<{tag}> is {} deep", depth(&dom.html));
            let text = text_of(dom.html.root_element());
            assert!(text.contains('底') && text.contains('尾'), "<{tag}>");
        }
        let closed = format!("{}底{}", "<div>".repeat(300), "</div>".repeat(300));
        let dom = parse_html(&format!("{closed}<p>后</p>"));
        assert_eq!(dom.too_deep, Some(300));
        assert_eq!(text_of(dom.html.root_element()), "底\n后\n");
    }

    #[test]
    fn unclosed_formatting_is_not_multiplied() {
        let page: String = (0..20_000).map(|i| format!("<p><font color={i}>文</p>")).collect::<Vec<_>>().concat();
        let dom = parse_html(&page);
        assert!(dom.html.tree.nodes().count() < 20_000 * 40);
        assert_eq!(text_of(dom.html.root_element()).matches('文').count(), 20_000);
    }

    #[test]
    fn many_attributes_cost_linear_time() {
        let attributes: String = (0..200_000).map(|i| format!(" a{i}")).collect::<Vec<_>>().concat();
        let start = Instant::now();
        let dom = parse_html(&format!("<div{attributes}>文</div>"));
        assert!(start.elapsed() < LINEAR);
        assert_eq!(text_of(dom.html.root_element()), "文\n");
    }

    #[test]
    fn ends_beyond_the_end_do_no_harm() {
        let dom = parse_html("<html><body><p>一</p></body></html><p>二</p></html></html><p>三</body>");
        assert_eq!(text_of(dom.html.root_element()), "一\n二\n三\n");
        for page in
            ["", "\0", "<", "</", "</html></html>", "<frameset></html>", "<!DOCTYPE", "<template></html>", "<svg></p>"]
        {
            parse_html(page).html.root_element();
        }
    }

    /// The contents of a template lie under a node of their own, and misplaced formatting is cloned.
    const BOUND: usize = 2 * MAX_DEPTH + 80;

    fn soup(tags: &'static [&'static str]) -> impl Strategy<Value = String> {
        let tag = (prop::sample::select(tags), 0u8..10);
        prop::collection::vec(tag, 0..3000).prop_map(|tags| {
            tags.iter().map(|(tag, end)| if *end < 4 { format!("</{tag}>") } else { format!("<{tag}>x") }).collect()
        })
    }

    const TAGS: &[&str] = &[
        "div",
        "p",
        "span",
        "b",
        "i",
        "a",
        "font",
        "table",
        "tr",
        "td",
        "tbody",
        "caption",
        "ul",
        "li",
        "dl",
        "dd",
        "h1",
        "form",
        "button",
        "select",
        "option",
        "template",
        "svg",
        "math",
        "mi",
        "desc",
        "foreignObject",
        "object",
        "nobr",
        "body",
        "html",
        "head",
        "frameset",
        "title",
        "textarea",
        "script",
        "style",
        "x",
        "br",
        "section",
        "pre",
        "ruby",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn the_bound_holds_for_any_soup(page in soup(TAGS)) {
            let dom = parse_html(&page);
            prop_assert!(depth(&dom.html) <= BOUND, "{} deep", depth(&dom.html));
        }

        #[test]
        fn the_bound_holds_for_few_tags(
            page in prop::sample::subsequence(TAGS, 3).prop_flat_map(|tags| {
                prop::collection::vec((prop::sample::select(tags), 0u8..10), 0..3000)
            }).prop_map(|tags| {
                tags.iter().map(|(tag, end)| if *end < 3 { format!("</{tag}>") } else { format!("<{tag}>x") }).collect::<String>()
            })
        ) {
            let dom = parse_html(&page);
            prop_assert!(depth(&dom.html) <= BOUND, "{} deep", depth(&dom.html));
        }
    }
}
