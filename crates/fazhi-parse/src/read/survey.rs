//! One walk over the tree of a page: what every later step needs to know about its elements.

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{Html, Node};

use crate::title::squeeze;

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
    /// The last element outside of links that shows the words of `<title>`.
    pub titled: Option<usize>,
    /// Frames: other pages shown inside of this one.
    pub frames: usize,
    /// Images, for pages that show their text as pictures.
    pub images: Vec<usize>,
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
    /// Whether its name says that it stands beside an article.
    pub stands_beside: bool,
    /// Whether it is in a block for attachments.
    pub in_attachments: bool,
}

/// The attributes that the walk asks for, in one pass over all of them.
#[derive(Debug, Default)]
pub(super) struct Attributes<'a> {
    pub id: &'a str,
    pub class: &'a str,
    pub style: &'a str,
    pub href: Option<&'a str>,
    pub pdfsrc: Option<&'a str>,
    pub hidden: Option<&'a str>,
}

impl<'a> Attributes<'a> {
    fn of(element: &'a Element) -> Self {
        let mut attributes = Self::default();
        for (name, value) in element.attrs() {
            match name {
                "id" => attributes.id = value,
                "class" => attributes.class = value,
                "style" => attributes.style = value,
                "href" => attributes.href = Some(value),
                "pdfsrc" => attributes.pdfsrc = Some(value),
                "hidden" => attributes.hidden = Some(value),
                _ => {}
            }
        }
        attributes
    }
}

/// What an element is, as far as finding the article goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// May hold an article.
    Block,
    /// A heading of this rank.
    Heading(u8),
    Other,
    /// Is not shown.
    Hidden,
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
            custom if custom.contains(['-', ':']) => Self::Block,
            _ => Self::Other,
        }
    }
}

/// Chinese characters of a text that may be the title.
const SHORTEST_TITLE: usize = 8;
const LONGEST_TITLE: usize = 80;

/// The state of the walk: the open elements by index.
#[derive(Default)]
struct Walk {
    survey: Survey,
    open: Vec<usize>,
    /// Outermost elements that are not shown.
    hidden: Vec<usize>,
    /// The words of `<title>`.
    title: String,
    /// How many links are open.
    in_links: usize,
}

impl Survey {
    pub fn of(html: &Html) -> Self {
        let mut walk = Walk::default();
        let mut skipped: Option<NodeId> = None;
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) if skipped.is_none() => match node.value() {
                    Node::Element(element) if element.name() == "title" => {
                        walk.title(&node);
                        skipped = Some(node.id());
                    }
                    Node::Element(element) => skipped = (!walk.open(node.id(), element)).then(|| node.id()),
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
        walk.survey.leave_out_hidden(&walk.hidden);
        walk.survey
    }

    /// Takes out what is not shown, unless it is most of the text: some portals show the article by script.
    fn leave_out_hidden(&mut self, hidden: &[usize]) {
        let all = self.elements.first().map_or(0, Seen::text);
        for at in hidden.iter().copied() {
            let (plain, beside, end) = (self.elements[at].plain, self.elements[at].beside, self.elements[at].end);
            if (plain + beside) * 2 > all {
                continue;
            }
            self.chrome.push(self.elements[at].id);
            for element in &mut self.elements[at..end] {
                *element =
                    Seen { plain: 0, beside: 0, families: Families::default(), shape: Shape::Hidden, ..*element };
            }
            let mut above = at;
            while above != self.elements[above].parent {
                above = self.elements[above].parent;
                let element = &mut self.elements[above];
                element.plain = element.plain.saturating_sub(plain);
                element.beside = element.beside.saturating_sub(beside);
            }
        }
        let elements = &self.elements;
        let is_shown = |at: &usize| elements.get(*at).is_none_or(|element| element.shape != Shape::Hidden);
        self.headings.retain(is_shown);
        self.links.retain(is_shown);
        self.images.retain(is_shown);
        self.titled = self.titled.filter(is_shown);
    }

    /// Indices of the elements inside another.
    pub fn inside(&self, element: usize) -> std::ops::Range<usize> {
        element + 1..self.elements[element].end
    }
}

impl Seen {
    /// Chinese characters below it outside of links.
    pub fn text(&self) -> usize {
        self.plain + self.beside
    }
}

impl Walk {
    fn title(&mut self, node: &NodeRef<'_, Node>) {
        if self.survey.title.is_none() {
            self.survey.title = Some(node.id());
            let words = node.children().filter_map(|child| child.value().as_text().map(|text| squeeze(text)));
            self.title = words.collect();
        }
    }

    /// Notes an element; false if nothing of it is read.
    fn open(&mut self, id: NodeId, element: &Element) -> bool {
        let name = element.name();
        // The page as a whole is neither hidden nor beside itself, whatever its classes say.
        let is_page = matches!(name, "html" | "head" | "body");
        let attributes = if is_page { Attributes::default() } else { Attributes::of(element) };
        match name {
            "meta" => self.survey.metas.note(element),
            "base" => self.survey.base = self.survey.base.take().or_else(|| attributes.href.map(str::to_owned)),
            "frame" | "iframe" => self.survey.frames += 1,
            "img" => self.survey.images.push(self.survey.elements.len()),
            _ => {}
        }
        if chrome::is_chrome(name, &attributes) {
            self.survey.chrome.push(id);
            return false;
        }
        let index = self.survey.elements.len();
        let parent = self.open.last().copied().unwrap_or(0);
        let above = self.survey.elements.get(parent);
        let shape = Shape::of(name);
        if matches!(shape, Shape::Heading(_)) {
            self.survey.headings.push(index);
        } else if name == "a" && attributes.href.is_some() || attributes.pdfsrc.is_some() {
            self.survey.links.push(index);
        }
        self.survey.elements.push(Seen {
            id,
            parent,
            end: index + 1,
            plain: 0,
            beside: 0,
            families: container::families_of(name, attributes.id, attributes.class),
            shape,
            stands_beside: chrome::stands_beside(name, &attributes),
            in_attachments: above.is_some_and(|above| above.in_attachments) || chrome::holds_attachments(&attributes),
        });
        let is_inside_hidden = self.hidden.last().is_some_and(|outer| self.open.contains(outer));
        if !is_inside_hidden && chrome::is_hidden(&attributes) {
            self.hidden.push(index);
        }
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
        let (plain, beside, parent, stands_beside) = (closed.plain, closed.beside, closed.parent, closed.stands_beside);
        if index == parent {
            return;
        }
        let above = &mut self.survey.elements[parent];
        above.plain += if stands_beside { 0 } else { plain };
        above.beside += beside + if stands_beside { plain } else { 0 };
    }

    fn text(&mut self, text: &str) {
        if self.in_links > 0 {
            return;
        }
        let Some(index) = self.open.last() else { return };
        let han = container::han(text);
        self.survey.elements[*index].plain += han;
        let first = text.trim_start().chars().next();
        let may_be_title = (SHORTEST_TITLE..=LONGEST_TITLE).contains(&han) && self.title.chars().next() == first;
        if may_be_title && self.title.starts_with(&squeeze(text)) {
            self.survey.titled = Some(*index);
        }
    }
}
