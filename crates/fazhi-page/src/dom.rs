//! Text to tree, bounded.

use std::cell::RefCell;

use ego_tree::NodeId;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{Tracer, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{QualName, TokenizerResult, ns, tendril::StrTendril};
use scraper::{Html, HtmlTreeSink};

use crate::attributes::clamp_attributes;
use crate::condense::condense;
use crate::element_class::{Classes, classes_of};
use crate::nesting::{Held, Nesting, Place, Verdict};

/// Elements that may stand inside one another. Real pages stay below 60.
pub const MAX_DEPTH: usize = 256;

/// A parsed page.
#[derive(Debug, Clone)]
pub struct Dom {
    /// The tree. Its root element is always there.
    pub html: Html,
    /// How deep the page wanted to nest, if that was more than [`MAX_DEPTH`]: what lay deeper has been flattened.
    /// Elements whose end tags may be omitted are not counted beyond the bound.
    pub too_deep: Option<usize>,
}

/// Parses a page as a browser does, scripts unread, in linear time.
///
/// Tags beyond [`MAX_DEPTH`] and attributes beyond the 256th of a tag are left out; no text and no link of HTML is.
pub fn parse_html(text: &str) -> Dom {
    parse(&clamp_attributes(text))
}

/// Parses a page for its words: like [`parse_html`], without code, comments and the attributes that only style or act.
pub fn parse_readable(text: &str) -> Dom {
    parse(&condense(text))
}

fn parse(text: &str) -> Dom {
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), TreeBuilderOpts::default());
    let filter = Filter { builder, nesting: RefCell::new(Nesting::new(MAX_DEPTH)) };
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
struct Filter {
    builder: TreeBuilder<NodeId, HtmlTreeSink>,
    nesting: RefCell<Nesting>,
}

impl Filter {
    fn judge(&self, tag: &Tag) -> Verdict {
        let mut nesting = self.nesting.borrow_mut();
        if tag.kind == TagKind::EndTag {
            return nesting.end(&tag.name);
        }
        let is_foreign = self.builder.adjusted_current_node_present_but_not_in_html_namespace();
        let place = match (is_foreign, tag.self_closing) {
            (false, _) => Place::Html,
            (true, false) => Place::Foreign,
            (true, true) => Place::ForeignClosed,
        };
        nesting.start(&tag.name, place, |held| self.count(held))
    }

    fn count(&self, held: Held) -> usize {
        let handles = Handles::default();
        self.builder.trace_handles(&handles);
        let mut handles = handles.0.into_inner();
        // A formatting element may be open and waiting.
        handles.sort_unstable();
        handles.dedup();
        let sink = &self.builder.sink;
        let document = sink.get_document();
        let elements = handles.iter().filter(|handle| **handle != document);
        match held {
            Held::Elements => elements.count(),
            Held::Formatting => elements.filter(|element| formats(&sink.elem_name(element))).count(),
        }
    }
}

fn formats(name: &QualName) -> bool {
    name.ns == ns!(html) && classes_of(&name.local).intersects(Classes::FORMATTING)
}

impl TokenSink for Filter {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<NodeId> {
        match &token {
            Token::TagToken(tag) if self.judge(tag) == Verdict::LeaveOut => TokenSinkResult::Continue,
            _ => self.builder.process_token(token, line),
        }
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// The nodes that the tree builder holds on to.
#[derive(Default)]
struct Handles(RefCell<Vec<NodeId>>);

impl Tracer for Handles {
    type Handle = NodeId;

    fn trace_handle(&self, node: &NodeId) {
        self.0.borrow_mut().push(*node);
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

    /// A foreign integration point closes nothing in HTML, tags that are ignored open nothing, and elements that are
    /// empty in HTML have content in `<svg>`.
    #[test]
    fn tags_that_mean_something_else_here_are_no_way_around_the_bound() {
        let mixed = "<foreignObject>x<frameset>x<ul>x</foreignObject></frameset><foreignObject>x<ul>x</frameset>";
        for piece in [
            mixed,
            "<frameset>x<ul>x</frameset>",
            "<svg><foreignObject><span></svg>",
            "<svg><p></p><span></svg>",
            "<svg><title><i></title><x></svg>",
            "<template><div><tr>",
            "<template><div><tr></template>",
            "<form><div></form>",
            "<svg><input><html><image>",
            "<math><annotation-xml><title>",
            "<math><mi><x/></mi><x>",
            "<a><svg><desc>",
            "<table><a><col><marquee>",
            "<select><x><input>",
        ] {
            let start = Instant::now();
            // Text opens the body: a frameset in its place would hold nothing of what follows.
            let dom = parse_html(&format!("文{}", piece.repeat(5_000)));
            assert!(start.elapsed() < LINEAR, "{piece} took {:?}", start.elapsed());
            assert!(depth(&dom.html) <= BOUND, "{piece} is {} deep", depth(&dom.html));
            assert!(dom.too_deep.is_none_or(|depth| depth > MAX_DEPTH), "{piece}");
        }
    }

    #[test]
    fn links_and_code_are_told_at_any_depth() {
        let page = format!("{}<a href=x.html>项</a><script>if (a<b) {{ '<i>' }}</script>尾", "<div>".repeat(400));
        let dom = parse_html(&page);
        assert_eq!(text_of(dom.html.root_element()), "项尾\n");
        assert!(dom.html.tree.nodes().filter_map(|node| node.value().as_element()).any(|a| a.attr("href").is_some()));
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
        "input",
        "image",
        "hr",
        "col",
        "colgroup",
        "frame",
        "noscript",
        "marquee",
        "annotation-xml",
        "plaintext",
        "g/",
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
