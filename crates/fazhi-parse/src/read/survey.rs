//! One walk over the tree of a page: what every later step needs to know about its elements.

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node};

use super::chrome;
use super::container::{self, Families};
use super::meta::Metas;

/// What the walk found. Indices count [`Survey::elements`], which holds the elements that are read, in document order.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub elements: Vec<Seen>,
    /// Elements of the page around the article, to be taken out: code, buttons, counters, hidden blocks.
    pub chrome: Vec<NodeId>,
    pub metas: Metas,
    /// The first `<title>`.
    pub title: Option<NodeId>,
    /// `href` of `<base>`.
    pub base: Option<String>,
    /// Elements that may be the heading of the article.
    pub headings: Vec<usize>,
    /// Elements that lead somewhere.
    pub links: Vec<usize>,
    /// Frames: other pages shown inside of this one.
    pub frames: usize,
    /// Images, for pages that show their text as pictures.
    pub images: usize,
}

/// An element.
#[derive(Debug)]
pub(super) struct Seen {
    pub id: NodeId,
    pub parent: usize,
    /// Index behind its last descendant.
    pub end: usize,
    /// Chinese characters below it, outside of links and of what stands beside an article by its name.
    pub plain: usize,
    /// Chinese characters below it that do stand beside.
    pub beside: usize,
    /// Containers of the known families that it may be.
    pub families: Families,
    pub shape: Shape,
    /// Whether it is in a block for attachments.
    pub in_attachments: bool,
}

/// What an element is, as far as finding the article goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// May hold an article.
    Block,
    /// A heading of this rank.
    Heading(u8),
    Other,
}

impl Shape {
    fn of(name: &str) -> Self {
        match name {
            "html" | "body" | "div" | "td" | "tr" | "tbody" | "table" | "section" | "article" | "main" | "form"
            | "center" | "dd" | "dl" | "li" | "ul" | "ol" | "details" | "blockquote" | "fieldset" | "pre" => {
                Self::Block
            }
            "h1" => Self::Heading(1),
            "h2" => Self::Heading(2),
            "h3" => Self::Heading(3),
            // Elements that no standard knows hold what their makers want.
            custom if custom.contains('-') => Self::Block,
            _ => Self::Other,
        }
    }
}

/// The state of the walk: the open elements by index.
struct Walk {
    survey: Survey,
    open: Vec<usize>,
    /// How many links are open.
    in_links: usize,
}

impl Survey {
    pub fn of(html: &Html) -> Self {
        let mut walk = Walk { survey: Self::default(), open: Vec::new(), in_links: 0 };
        let mut skipped: Option<NodeId> = None;
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) if skipped.is_none() => match node.value() {
                    Node::Element(element) => {
                        if !walk.open(node.id(), element) {
                            skipped = Some(node.id());
                        }
                    }
                    Node::Text(text) => walk.text(text),
                    _ => {}
                },
                Edge::Close(node) if skipped == Some(node.id()) => skipped = None,
                Edge::Close(node) if skipped.is_none() => {
                    if let Node::Element(element) = node.value() {
                        walk.close(element);
                    }
                }
                _ => {}
            }
        }
        walk.survey
    }

    /// Indices of the elements inside another.
    pub fn inside(&self, element: usize) -> std::ops::Range<usize> {
        element + 1..self.elements[element].end
    }
}

impl Walk {
    /// Notes an element; false if nothing of it is read.
    fn open(&mut self, id: NodeId, element: &Element) -> bool {
        let name = element.name();
        match name {
            "meta" => self.survey.metas.note(element),
            "base" => self.survey.base = self.survey.base.take().or_else(|| element.attr("href").map(str::to_owned)),
            "frame" | "iframe" => self.survey.frames += 1,
            "img" => self.survey.images += 1,
            "title" => {
                self.survey.title.get_or_insert(id);
                return false;
            }
            _ => {}
        }
        let class = element.attr("class").unwrap_or_default();
        let own_id = element.attr("id").unwrap_or_default();
        if chrome::is_chrome(name, own_id, class) {
            self.survey.chrome.push(id);
            return false;
        }
        let index = self.survey.elements.len();
        let parent = self.open.last().copied().unwrap_or(0);
        let above = self.survey.elements.get(parent);
        let shape = Shape::of(name);
        match shape {
            Shape::Heading(_) => self.survey.headings.push(index),
            _ if element.attr("href").is_some() && name == "a" || element.attr("pdfsrc").is_some() => {
                self.survey.links.push(index);
            }
            _ => {}
        }
        self.survey.elements.push(Seen {
            id,
            parent,
            end: index + 1,
            plain: 0,
            beside: 0,
            families: container::families_of(name, own_id, class),
            shape,
            in_attachments: above.is_some_and(|above| above.in_attachments) || chrome::holds_attachments(own_id, class),
        });
        self.open.push(index);
        self.in_links += usize::from(name == "a");
        true
    }

    fn close(&mut self, element: &Element) {
        let Some(index) = self.open.pop() else { return };
        self.in_links -= usize::from(element.name() == "a");
        let end = self.survey.elements.len();
        let closed = &mut self.survey.elements[index];
        closed.end = end;
        let (plain, beside, parent) = (closed.plain, closed.beside, closed.parent);
        if index == parent {
            return;
        }
        let stands_beside = chrome::stands_beside(element);
        let above = &mut self.survey.elements[parent];
        above.plain += if stands_beside { 0 } else { plain };
        above.beside += beside + if stands_beside { plain } else { 0 };
    }

    fn text(&mut self, text: &str) {
        if self.in_links > 0 {
            return;
        }
        if let Some(index) = self.open.last() {
            self.survey.elements[*index].plain += container::han(text);
        }
    }
}
