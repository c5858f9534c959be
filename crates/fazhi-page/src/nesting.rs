//! A bound on how deep elements nest.
//!
//! Many steps of the HTML standard's tree construction walk the stack of open elements, so a page of nested elements
//! costs quadratic time; unclosed formatting elements are cloned into every paragraph behind them. [`Nesting`] stands
//! between tokenizer and tree builder and says which tags to leave out: their content then belongs to the element above.
//!
//! Which elements are open cannot be told from the tags: `<frameset>` is ignored inside a body (WHATWG HTML §13.2.6.4.7)
//! and counts elsewhere, `<foreignObject>` holds HTML inside `<svg>` and is unknown outside of it (§13.2.6.5), `<input>`
//! has no content in HTML and has in `<svg>`, and an end tag reaches as far as the elements in between let it. So the
//! tree builder itself is asked. As asking costs as much as there are elements open, it is asked only when the tags since
//! the last answer could have reached the bound.

use std::collections::HashMap;

use html5ever::{LocalName, local_name};

use crate::element_class::{Classes, classes_of};

/// Formatting elements that may wait to be cloned.
const MAX_FORMATTING: usize = 32;

/// `html`, `head` and `body`, which are there without any tag and do not count as depth.
const ROOTS: usize = 3;

/// What a start tag adds at most: `<td>` in a table comes with a `tbody` and a `tr`.
const GROWTH: usize = 3;

/// What to do with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    LeaveOut,
}

/// What the tag's surroundings make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Html,
    /// Inside of `svg` or `math`.
    Foreign,
    /// There too, and a tag that closes itself: it has no content.
    ForeignClosed,
}

/// Elements that the tree builder holds: open, or waiting to be cloned, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// All, `html`, `head` and `body` among them.
    Elements,
    /// The formatting elements.
    Formatting,
}

/// How many of them there are, as far as is known.
#[derive(Debug, Clone, Copy)]
enum Count {
    Exactly(usize),
    /// Tags since the last answer may have closed some.
    AtMost(usize),
}

impl Count {
    /// Whether there are as many; asks if need be.
    fn reaches(&mut self, bound: usize, measure: impl FnOnce() -> usize) -> bool {
        match *self {
            Self::Exactly(count) => count >= bound,
            Self::AtMost(count) if count < bound => false,
            Self::AtMost(_) => {
                let count = measure();
                *self = Self::Exactly(count);
                count >= bound
            }
        }
    }

    fn grow(&mut self, by: usize) {
        let (Self::Exactly(count) | Self::AtMost(count)) = *self;
        *self = Self::AtMost(count + by);
    }
}

/// Why a start tag was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Reason {
    Depth,
    Formatting,
}

/// How deep the page is, and what was left out of it.
#[derive(Debug)]
pub(crate) struct Nesting {
    max_depth: usize,
    elements: Count,
    formatting: Count,
    /// Start tags left out whose end tags are to come.
    left_out: HashMap<(LocalName, Reason), usize>,
    /// How much deeper the page would now be.
    left_out_now: usize,
    /// How deep the page would have been, if it was bounded.
    pub(crate) too_deep: Option<usize>,
}

impl Nesting {
    pub(crate) fn new(max_depth: usize) -> Self {
        Self {
            max_depth,
            elements: Count::AtMost(ROOTS),
            formatting: Count::AtMost(0),
            left_out: HashMap::new(),
            left_out_now: 0,
            too_deep: None,
        }
    }

    /// Judges a start tag. `measure` asks the tree builder.
    pub(crate) fn start(&mut self, name: &LocalName, place: Place, measure: impl Fn(Held) -> usize) -> Verdict {
        let classes = classes_of(name);
        let formats = place == Place::Html && classes.intersects(Classes::FORMATTING);
        if formats && self.formatting.reaches(MAX_FORMATTING, || measure(Held::Formatting)) {
            *self.left_out.entry((name.clone(), Reason::Formatting)).or_default() += 1;
            return Verdict::LeaveOut;
        }
        let is_empty = match place {
            Place::Html => holds_no_elements(name, classes),
            Place::Foreign => false,
            Place::ForeignClosed => true,
        };
        if !is_empty && self.elements.reaches(self.max_depth + ROOTS, || measure(Held::Elements)) {
            self.leave_out(name, classes);
            return Verdict::LeaveOut;
        }
        self.elements.grow(GROWTH);
        self.formatting.grow(usize::from(formats));
        Verdict::Keep
    }

    fn leave_out(&mut self, name: &LocalName, classes: Classes) {
        if classes.intersects(Classes::VOID) {
            return;
        }
        *self.left_out.entry((name.clone(), Reason::Depth)).or_default() += 1;
        // Whether one whose end may be omitted stands inside the one before or behind it, nobody knows.
        if !classes.intersects(Classes::END_OMITTED) {
            self.left_out_now += 1;
        }
        let depth = self.max_depth + self.left_out_now.max(1);
        self.too_deep = Some(self.too_deep.map_or(depth, |deepest| deepest.max(depth)));
    }

    /// Judges an end tag: that of a start tag left out would close another element.
    pub(crate) fn end(&mut self, name: &LocalName) -> Verdict {
        if !self.left_out.is_empty() {
            if self.take(name, Reason::Depth) {
                self.left_out_now -= usize::from(!classes_of(name).intersects(Classes::END_OMITTED));
                return Verdict::LeaveOut;
            }
            if self.take(name, Reason::Formatting) {
                return Verdict::LeaveOut;
            }
        }
        self.elements.grow(0);
        self.formatting.grow(0);
        Verdict::Keep
    }

    fn take(&mut self, name: &LocalName, reason: Reason) -> bool {
        let count = self.left_out.get_mut(&(name.clone(), reason)).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }
}

/// Elements that never hold others, so that they cannot nest. Links are among them: they close one another.
fn holds_no_elements(name: &LocalName, classes: Classes) -> bool {
    classes.intersects(Classes::ROOT | Classes::VOID | Classes::RAW_TEXT) || *name == local_name!("a")
}
