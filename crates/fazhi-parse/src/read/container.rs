//! Which part of a page holds the article.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ego_tree::{NodeId, NodeRef};
use scraper::{ElementRef, Html, Node, Selector};

/// Where a family of portals puts the text, most telling first.
const CONTAINERS: &[(&str, Several)] = &[
    ("#UCAP-CONTENT", Several::Join),
    (".TRS_Editor", Several::Join),
    (".TRS_UEDITOR", Several::Join),
    (".trs_editor_view", Several::Join),
    (".trs_paper_default", Several::Join),
    ("#zoomcon", Several::Join),
    ("div.article-content", Several::Largest),
    ("#zoom", Several::Join),
    ("[id^=vsb_content]", Several::Join),
    (".v_news_content", Several::Join),
    (".wp_articlecontent", Several::Join),
    (".news_cont_d_wrap", Several::Largest),
    (".wzcon", Several::Largest),
    (".pages_content", Several::Largest),
    (".info_content", Several::Largest),
    ("#con_con", Several::Join),
    (".Article_zw", Several::Largest),
    (".bt_content", Several::Largest),
    (".content", Several::Largest),
    ("article", Several::Largest),
];

/// What to do when a container occurs more than once side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Several {
    /// An editor's block: an article may be pasted in pieces.
    Join,
    /// A general name that side columns use as well.
    Largest,
}

static SELECTORS: LazyLock<Vec<(Selector, Several)>> = LazyLock::new(|| {
    let parse = |css: &str| Selector::parse(css).expect("the selector is valid");
    CONTAINERS.iter().map(|(css, several)| (parse(css), *several)).collect()
});

/// Less Chinese text than this is no article.
const LEAST_HAN: usize = 30;

/// The elements that hold the article, in document order; none when the page has no text outside of links.
pub(super) fn find(html: &Html) -> Vec<NodeId> {
    let weights = Weights::of(html);
    let mut fallback = Vec::new();
    for (selector, several) in SELECTORS.iter() {
        let found = chosen(html, selector, *several, &weights);
        let han: usize = found.iter().map(|id| weights.plain(*id)).sum();
        if han >= LEAST_HAN {
            return found;
        }
        if fallback.is_empty() && *several == Several::Join {
            fallback = found;
        }
    }
    let densest = densest(html, &weights);
    if densest.is_empty() { fallback } else { densest }
}

fn chosen(html: &Html, selector: &Selector, several: Several, weights: &Weights) -> Vec<NodeId> {
    let matched: Vec<ElementRef<'_>> = html.select(selector).collect();
    let ids: HashSet<NodeId> = matched.iter().map(|element| element.id()).collect();
    // Editors nest; the outer block holds whatever the inner ones do. `covered` is computed top down so that a thousand
    // nested blocks cost no more than a thousand steps.
    let mut outermost = Vec::new();
    let mut covered = HashSet::new();
    for element in &matched {
        let inside = ancestors_until(element, &ids).is_some_and(|above| covered.contains(&above));
        if !inside {
            outermost.push(element.id());
        }
        covered.insert(element.id());
    }
    match several {
        Several::Join => outermost,
        Several::Largest => outermost.into_iter().max_by_key(|id| weights.plain(*id)).into_iter().collect(),
    }
}

/// The nearest ancestor among `ids`.
fn ancestors_until(element: &ElementRef<'_>, ids: &HashSet<NodeId>) -> Option<NodeId> {
    element.ancestors().map(|node| node.id()).find(|id| ids.contains(id))
}

/// Chinese characters below each element: all of them, and those outside of links.
struct Weights(HashMap<NodeId, usize>);

impl Weights {
    fn of(html: &Html) -> Self {
        let mut weights: HashMap<NodeId, usize> = HashMap::new();
        let mut order = Vec::new();
        let mut stack = vec![html.tree.root()];
        while let Some(node) = stack.pop() {
            order.push(node);
            if !is_skipped(&node) {
                stack.extend(node.children());
            }
        }
        // Children come after their parent in `order`, so that the way back adds each subtree once.
        for node in order.into_iter().rev() {
            let own = node.value().as_text().map_or(0, |text| han(text));
            let total = weights.get(&node.id()).copied().unwrap_or(0) + own;
            weights.insert(node.id(), total);
            if let Some(parent) = node.parent() {
                *weights.entry(parent.id()).or_default() += total;
            }
        }
        Self(weights)
    }

    fn plain(&self, id: NodeId) -> usize {
        self.0.get(&id).copied().unwrap_or(0)
    }
}

/// Links, code and form controls do not count as text.
fn is_skipped(node: &NodeRef<'_, Node>) -> bool {
    node.value().as_element().is_some_and(|element| {
        matches!(element.name(), "a" | "script" | "style" | "noscript" | "select" | "button" | "textarea" | "head")
    })
}

pub(super) fn han(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')).count()
}

/// From the root down into whatever child holds most of the text, until no child does.
fn densest(html: &Html, weights: &Weights) -> Vec<NodeId> {
    let mut node = *html.root_element();
    if weights.plain(node.id()) < LEAST_HAN {
        return Vec::new();
    }
    while let Some(child) =
        node.children().filter(|child| child.value().is_element()).max_by_key(|child| weights.plain(child.id()))
    {
        // One paragraph of an article must not be taken for the article.
        let is_block = child.value().as_element().is_some_and(|element| {
            matches!(
                element.name(),
                "body" | "div" | "td" | "tr" | "tbody" | "table" | "section" | "article" | "main" | "form" | "center"
            )
        });
        if !is_block || weights.plain(child.id()) * 10 < weights.plain(node.id()) * 7 {
            break;
        }
        node = child;
    }
    vec![node.id()]
}

/// Text between the comments that some systems set around an article.
pub(super) fn between_comments(source: &str) -> Option<&str> {
    const MARKERS: &[(&str, &str)] = &[
        ("<!--ZJEG_RSS.content.begin-->", "<!--ZJEG_RSS.content.end-->"),
        ("<!--<$[信息内容]>begin-->", "<!--<$[信息内容]>end-->"),
        ("<!-- 正文开始 -->", "<!-- 正文结束 -->"),
        ("<!--正文开始-->", "<!--正文结束-->"),
    ];
    MARKERS.iter().find_map(|(begin, end)| {
        let start = source.find(begin)? + begin.len();
        let length = source[start..].find(end)?;
        let text = &source[start..start + length];
        (han(text) >= LEAST_HAN).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expected: &[&str]) {
        let html = Html::parse_document(page);
        let texts: Vec<String> = find(&html)
            .into_iter()
            .map(|id| {
                ElementRef::wrap(html.tree.get(id).unwrap()).unwrap().text().collect::<String>().trim().to_owned()
            })
            .collect();
        assert_eq!(texts, expected);
    }

    const TEXT: &str = "全县各级各部门认真履行职责，依法行政水平稳步提升，办理行政复议案件三十五件。";

    #[test]
    fn the_outer_of_nested_editors_wins() {
        check(
            &format!("<div class=TRS_Editor>头<div class=TRS_Editor>{TEXT}</div></div><div class=content>侧栏</div>"),
            &[&format!("头{TEXT}")],
        );
    }

    #[test]
    fn two_editors_side_by_side_are_one_article() {
        check(&format!("<div class=TRS_Editor>{TEXT}</div><div class=TRS_Editor>{TEXT}</div>"), &[TEXT, TEXT]);
    }

    #[test]
    fn an_empty_container_does_not_hide_the_text() {
        check(
            &format!("<div id=zoom></div><div class=a><a>{TEXT}{TEXT}</a></div><div class=b><p>{TEXT}</p></div>"),
            &[TEXT],
        );
    }

    #[test]
    fn nothing_to_read_is_no_container() {
        check("<body><a>首页</a></body>", &[]);
    }
}
