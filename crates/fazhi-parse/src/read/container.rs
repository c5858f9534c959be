//! Which part of a page holds the article.

use std::fmt;

use memchr::memmem;

use super::survey::{Seen, Shape, Survey};

/// Where families of portals put the text, most telling first.
const CONTAINERS: &[(Container, Several)] = &[
    (Container::Id(MARKED), Several::Join),
    (Container::Id("UCAP-CONTENT"), Several::Join),
    (Container::Class("TRS_Editor"), Several::Join),
    (Container::Class("TRS_UEDITOR"), Several::Join),
    (Container::Class("trs_editor_view"), Several::Join),
    (Container::Class("trs_paper_default"), Several::Join),
    (Container::Id("zoomcon"), Several::Join),
    (Container::Class("article-content"), Several::Largest),
    (Container::Id("zoom"), Several::Join),
    (Container::IdPrefix("vsb_content"), Several::Join),
    (Container::Class("v_news_content"), Several::Join),
    (Container::Class("wp_articlecontent"), Several::Join),
    (Container::Class("news_cont_d_wrap"), Several::Largest),
    (Container::Class("wzcon"), Several::Largest),
    (Container::Class("pages_content"), Several::Largest),
    (Container::Class("info_content"), Several::Largest),
    (Container::Id("con_con"), Several::Join),
    (Container::Class("Article_zw"), Several::Largest),
    (Container::Class("bt_content"), Several::Largest),
    (Container::Class("content"), Several::Largest),
    (Container::Article, Several::Largest),
];

/// How a container is known.
#[derive(Debug, Clone, Copy)]
enum Container {
    Id(&'static str),
    IdPrefix(&'static str),
    Class(&'static str),
    Article,
}

impl fmt::Display for Container {
    /// As a CSS selector.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "#{id}"),
            Self::IdPrefix(prefix) => write!(f, "[id^={prefix}]"),
            Self::Class(class) => write!(f, ".{class}"),
            Self::Article => f.write_str("article"),
        }
    }
}

/// What to do when a container occurs more than once side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Several {
    /// An editor's block: an article may be pasted in pieces.
    Join,
    /// A general name that side columns use as well.
    Largest,
}

/// A set of rows of [`CONTAINERS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Families(u32);

impl Families {
    /// Whether it is no known container.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// The containers that an element may be.
pub(super) fn families_of(name: &str, id: &str, class: &str) -> Families {
    let fits = |wanted: &dyn Fn(Container) -> bool| -> u32 {
        CONTAINERS.iter().enumerate().filter(|(_, (container, _))| wanted(*container)).map(|(row, _)| 1 << row).sum()
    };
    let mut rows = 0;
    if name == "article" {
        rows |= fits(&|container| matches!(container, Container::Article));
    }
    if !id.is_empty() {
        rows |= fits(&|container| match container {
            Container::Id(wanted) => id == wanted,
            Container::IdPrefix(prefix) => id.starts_with(prefix),
            Container::Class(_) | Container::Article => false,
        });
    }
    for class in class.split_ascii_whitespace() {
        rows |= fits(&|container| matches!(container, Container::Class(wanted) if wanted == class));
    }
    Families(rows)
}

/// Less Chinese text than this is no article.
pub(super) const LEAST_HAN: usize = 30;

/// The elements of a known family that hold the article, in document order, and how they are known; none where no container
/// holds enough of the page's text. Side columns and notices are put into editors' blocks as well.
pub(super) fn known(survey: &Survey) -> Option<(String, Vec<usize>)> {
    let text = |found: &[usize]| found.iter().map(|at| survey.elements[*at].text()).sum::<usize>();
    let prose = |found: &[usize]| found.iter().map(|at| survey.elements[*at].prose).sum::<usize>();
    let densest = densest(survey);
    let most = prose(&densest);
    CONTAINERS.iter().enumerate().find_map(|(row, (container, several))| {
        let found = chosen(survey, Families(1 << row), *several);
        let holds_enough = prose(&found) * 10 >= most * 4;
        // An article may be short beside all that its page shows around it, but not beside a block that is longer by far.
        let is_part = found.iter().any(|at| densest.iter().any(|block| survey.inside(*block).contains(at)));
        let is_article = holds_enough || is_part && !found.iter().all(|at| is_beside(survey, *at));
        (is_article && text(&found) >= LEAST_HAN).then(|| (format!("container {container}"), found))
    })
}

/// Whether an element stands in a part of the page that is beside the article by its name.
fn is_beside(survey: &Survey, at: usize) -> bool {
    let mut at = at;
    while !survey.elements[at].stands_beside && survey.elements[at].parent != at {
        at = survey.elements[at].parent;
    }
    survey.elements[at].stands_beside
}

/// An editor's block that holds next to nothing: the article of a page that has no other text.
pub(super) fn empty(survey: &Survey) -> Vec<usize> {
    let joined = CONTAINERS.iter().enumerate().filter(|(_, (_, several))| *several == Several::Join);
    let mut chosen = joined.map(|(row, _)| chosen(survey, Families(1 << row), Several::Join));
    chosen.find(|found| !found.is_empty()).unwrap_or_default()
}

fn chosen(survey: &Survey, family: Families, several: Several) -> Vec<usize> {
    // Editors nest; the outer block holds whatever the inner ones do.
    let mut outermost = Vec::new();
    let mut behind = 0;
    for (at, element) in survey.elements.iter().enumerate() {
        if at >= behind && element.families.0 & family.0 != 0 {
            outermost.push(at);
            behind = element.end;
        }
    }
    match several {
        Several::Join => joined(survey, outermost),
        Several::Largest => outermost.into_iter().max_by_key(|at| survey.elements[*at].text()).into_iter().collect(),
    }
}

/// The largest block with those that stand in one piece of the page with it, and not beside the article.
fn joined(survey: &Survey, blocks: Vec<usize>) -> Vec<usize> {
    /// Elements that a template sets around each piece of an article.
    const WRAPPERS: usize = 3;
    let Some(largest) = blocks.iter().copied().max_by_key(|at| survey.elements[*at].text()) else { return blocks };
    let above = |at: usize| {
        std::iter::successors(Some(at), |at| Some(survey.elements[*at].parent))
            .skip(1)
            .take(WRAPPERS)
            .collect::<Vec<_>>()
    };
    let wrappers = above(largest);
    let belongs =
        |at: &usize| *at == largest || !is_beside(survey, *at) && above(*at).iter().any(|at| wrappers.contains(at));
    blocks.into_iter().filter(belongs).collect()
}

pub(super) fn han(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')).count()
}

/// From the root down into whatever child holds most of the text, until no child does. Where several children share the
/// text, the one that shows the title holds the article; menus and abstracts of other articles may be longer.
pub(super) fn densest(survey: &Survey) -> Vec<usize> {
    let Some(root) = survey.elements.first() else { return Vec::new() };
    // Where hardly anything stands elsewhere, the names of the blocks mislead.
    let weight = if root.plain * 3 < root.beside { Seen::text } else { |element: &Seen| element.plain };
    let weight_of = |at: usize| weight(&survey.elements[at]);
    if weight(root) < LEAST_HAN {
        return Vec::new();
    }
    let mut at = 0;
    loop {
        let blocks = || children(survey, at).filter(|child| survey.elements[*child].shape == Shape::Block);
        let heaviest = children(survey, at).max_by_key(|child| weight_of(*child));
        let Some(heaviest) = heaviest else { break };
        // One paragraph of an article must not be taken for the article.
        let holds_most =
            survey.elements[heaviest].shape == Shape::Block && weight_of(heaviest) * 10 >= weight_of(at) * 7;
        let titled = survey.titled.and_then(|title| blocks().find(|child| survey.inside(*child).contains(&title)));
        let holds_article = |child: &usize| weight_of(*child) >= LEAST_ARTICLE;
        at = match titled.filter(holds_article) {
            _ if holds_most => heaviest,
            Some(child) => child,
            None => break,
        };
    }
    // The root itself stays: what is around the article is read from it.
    if at == 0 { children(survey, 0).filter(|child| weight_of(*child) > 0).collect() } else { vec![at] }
}

/// A block with the title and at least as much text is the article with its head.
const LEAST_ARTICLE: usize = 100;

fn children(survey: &Survey, parent: usize) -> impl Iterator<Item = usize> {
    let end = survey.elements[parent].end;
    let mut next = parent + 1;
    std::iter::from_fn(move || {
        let child = (next < end).then_some(next)?;
        next = survey.elements[child].end;
        Some(child)
    })
}

/// What some systems set around an article: comments, or a pair of meta tags in the body.
const MARKERS: &[(&str, &str)] = &[
    ("<!--ZJEG_RSS.content.begin-->", "<!--ZJEG_RSS.content.end-->"),
    ("<!--<$[信息内容]>begin-->", "<!--<$[信息内容]>end-->"),
    ("<!-- 正文开始 -->", "<!-- 正文结束 -->"),
    ("<!--正文开始-->", "<!--正文结束-->"),
    ("<meta name=\"ContentStart\"", "<meta name=\"ContentEnd\""),
];

/// The source of a page with an element of its own around what stands between such markers.
pub(super) fn with_marked_article(source: &str) -> Option<String> {
    let (start, end) = MARKERS.iter().find_map(|(begin, end)| {
        let start = memmem::find(source.as_bytes(), begin.as_bytes())? + begin.len();
        let length = memmem::find(&source.as_bytes()[start..], end.as_bytes())?;
        // The rest of the tag.
        let tag = if begin.ends_with('>') { 0 } else { source[start..start + length].find('>')? + 1 };
        (han(&source[start..start + length]) >= LEAST_HAN).then_some((start + tag, start + length))
    })?;
    let (before, article, after) = (&source[..start], &source[start..end], &source[end..]);
    Some(format!("{before}<div id=\"{MARKED}\">{article}</div>{after}"))
}

/// Stands for an article between markers.
const MARKED: &str = "fazhi-marked-article";

#[cfg(test)]
mod tests {
    use scraper::{ElementRef, Html};

    use super::*;

    #[track_caller]
    fn check(page: &str, expected: &[&str]) {
        let html = Html::parse_document(page);
        let survey = Survey::of(&html);
        let found = known(&survey).map_or_else(|| densest(&survey), |(_, found)| found);
        let texts: Vec<String> = found
            .into_iter()
            .map(|at| {
                let node = html.tree.get(survey.elements[at].id).unwrap();
                ElementRef::wrap(node).unwrap().text().collect::<String>().trim().to_owned()
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
