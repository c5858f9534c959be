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
    /// Chinese characters that are not shown and were left out.
    pub hidden_text: usize,
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
    /// Chinese characters below it in pieces of text with a comma or stop: menus have none.
    pub prose: usize,
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
    /// Is not read.
    TakenOut,
}

/// Why an element may be no part of what a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Hidden,
    /// Its name says that it is a button, a counter or the like.
    Named,
}

/// Chinese characters that an accessory has at most.
const LONGEST_ACCESSORY: usize = 60;
/// Chinese characters of a page of an article that is turned by script.
const LEAST_PAGE: usize = 60;

fn is_filled_container(element: &Seen) -> bool {
    !element.families.is_none() && element.text() >= container::LEAST_HAN
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
    /// Outermost elements that may be no part of what a reader sees.
    doubtful: Vec<(usize, Doubt)>,
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
        walk.survey.leave_out(&walk.doubtful);
        walk.survey
    }

    /// Takes out what is not shown and what is named as an accessory, as far as it can be one.
    fn leave_out(&mut self, doubtful: &[(usize, Doubt)]) {
        let all = self.elements.first().map_or(0, Seen::text);
        let hidden = |(at, doubt): &(usize, Doubt)| (*doubt == Doubt::Hidden).then(|| self.elements[*at].text());
        // Some portals show everything by script.
        let shows_nothing = all.saturating_sub(doubtful.iter().filter_map(hidden).sum()) < container::LEAST_HAN;
        for (at, doubt) in doubtful.iter().copied() {
            let is_kept = match doubt {
                Doubt::Hidden => shows_nothing || self.may_be_turned_to(at, all),
                Doubt::Named => self.elements[at].text() > LONGEST_ACCESSORY || self.holds_family(at),
            };
            if !is_kept {
                self.take_out(at, doubt);
            }
        }
        let elements = &self.elements;
        let is_shown = |at: &usize| elements.get(*at).is_none_or(|element| element.shape != Shape::TakenOut);
        self.headings.retain(is_shown);
        self.links.retain(is_shown);
        self.images.retain(is_shown);
        self.titled = self.titled.filter(is_shown);
    }

    /// Whether a hidden block may be shown by script: it is most of the text, the one known container, or a page of the
    /// article beside another one.
    fn may_be_turned_to(&self, at: usize, all: usize) -> bool {
        let element = &self.elements[at];
        let is_page = element.shape == Shape::Block
            && element.text() >= LEAST_PAGE
            && !self.elements[element.parent].families.is_none();
        element.text() * 2 > all || is_page || self.holds_family(at) && !self.shows_family(at)
    }

    fn holds_family(&self, at: usize) -> bool {
        self.elements[at..self.elements[at].end].iter().any(is_filled_container)
    }

    /// Whether a known container stands elsewhere.
    fn shows_family(&self, at: usize) -> bool {
        let (before, after) = (&self.elements[..at], &self.elements[self.elements[at].end..]);
        // What holds the block is no other container.
        after.iter().chain(before.iter().filter(|element| element.end <= at)).any(is_filled_container)
    }

    fn take_out(&mut self, at: usize, doubt: Doubt) {
        let (plain, beside, end) = (self.elements[at].plain, self.elements[at].beside, self.elements[at].end);
        if doubt == Doubt::Hidden {
            self.hidden_text += plain + beside;
        }
        self.chrome.push(self.elements[at].id);
        for element in &mut self.elements[at..end] {
            *element = Seen { plain: 0, beside: 0, families: Families::default(), shape: Shape::TakenOut, ..*element };
        }
        let mut above = at;
        while above != self.elements[above].parent {
            above = self.elements[above].parent;
            let element = &mut self.elements[above];
            element.plain = element.plain.saturating_sub(plain);
            element.beside = element.beside.saturating_sub(beside);
        }
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
        if chrome::is_code(name) {
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
            prose: 0,
            families: container::families_of(name, attributes.id, attributes.class),
            shape,
            stands_beside: chrome::stands_beside(name, &attributes),
            in_attachments: above.is_some_and(|above| above.in_attachments) || chrome::holds_attachments(&attributes),
        });
        let doubt = if chrome::is_hidden(&attributes) {
            Some(Doubt::Hidden)
        } else {
            chrome::is_accessory(name, &attributes).then_some(Doubt::Named)
        };
        let is_inside = self.doubtful.last().is_some_and(|(outer, _)| self.open.contains(outer));
        self.doubtful.extend(doubt.filter(|_| !is_inside).map(|doubt| (index, doubt)));
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
        let (plain, beside, prose) = (closed.plain, closed.beside, closed.prose);
        let (parent, stands_beside) = (closed.parent, closed.stands_beside);
        if index == parent {
            return;
        }
        let above = &mut self.survey.elements[parent];
        above.prose += prose;
        above.plain += if stands_beside { 0 } else { plain };
        above.beside += beside + if stands_beside { plain } else { 0 };
    }

    fn text(&mut self, text: &str) {
        if self.in_links > 0 {
            return;
        }
        let Some(index) = self.open.last() else { return };
        let han = container::han(text);
        let element = &mut self.survey.elements[*index];
        element.plain += han;
        element.prose += if text.contains(['，', '。', '；', ',']) { han } else { 0 };
        let first = text.trim_start().chars().next();
        let may_be_title = (SHORTEST_TITLE..=LONGEST_TITLE).contains(&han) && self.title.chars().next() == first;
        if may_be_title && self.title.starts_with(&squeeze(text)) {
            self.survey.titled = Some(*index);
        }
    }
}
