//! A bound on how deep elements nest.
//!
//! Many steps of the HTML standard's tree construction walk the stack of open elements, so a page of nested elements
//! costs quadratic time; unclosed formatting elements are cloned into every paragraph behind them. [`Nesting`] stands
//! between tokenizer and tree builder, follows that stack from the tags alone (never below its true depth, and near it
//! on real pages) and says which tags to leave out: their content then belongs to the element above.

use std::collections::HashMap;

use html5ever::{LocalName, local_name};

use crate::element_class::{Classes, classes_of};

/// Formatting elements that may wait to be cloned.
const MAX_FORMATTING: usize = 32;

/// What to do with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    LeaveOut,
}

/// The open elements, as far as depth is concerned.
#[derive(Debug, Default)]
pub(crate) struct Nesting {
    open: Vec<Open>,
    /// How many are open of those that every start tag asks for, so that nothing is searched for in vain.
    paragraphs: usize,
    tables: usize,
    foreign: usize,
    /// Whether a form is open: another inside of it is ignored (the form element pointer of WHATWG HTML §13.2.4.4).
    in_form: bool,
    /// Start tags left out whose end tags are to come.
    left_out: HashMap<LocalName, usize>,
    left_out_now: usize,
    /// Formatting elements not yet ended by a tag of theirs, by name and in all.
    formatting: HashMap<LocalName, usize>,
    formatting_now: usize,
    /// How deep the page would have been, if it was bounded.
    pub(crate) too_deep: Option<usize>,
}

/// An open element.
#[derive(Debug)]
struct Open {
    name: LocalName,
    classes: Classes,
}

impl Open {
    fn is(&self, classes: Classes) -> bool {
        self.classes.intersects(classes)
    }
}

impl Nesting {
    pub(crate) fn start(&mut self, name: &LocalName, self_closing: bool, max_depth: usize) -> Verdict {
        let classes = classes_of(name);
        self.close_implied(name, classes);
        let foreign = self.foreign > 0;
        if classes.intersects(Classes::ROOT | Classes::VOID) || (foreign && self_closing) {
            return Verdict::Keep;
        }
        if classes.intersects(Classes::RAW_TEXT) && !foreign {
            return Verdict::Keep;
        }
        // Outside of a table these tags are ignored by the tree builder.
        if classes.intersects(Classes::TABLE_PART) && self.tables == 0 {
            return Verdict::Keep;
        }
        let is_form = *name == local_name!("form") && !self.is_open(&local_name!("template"));
        if is_form && self.in_form {
            return Verdict::Keep;
        }
        let formats = classes.intersects(Classes::FORMATTING);
        if formats && self.formatting_now >= MAX_FORMATTING {
            *self.left_out.entry(name.clone()).or_default() += 1;
            return Verdict::LeaveOut;
        }
        if self.open.len() >= max_depth {
            *self.left_out.entry(name.clone()).or_default() += 1;
            self.left_out_now += 1;
            let depth = max_depth + self.left_out_now;
            self.too_deep = Some(self.too_deep.map_or(depth, |deepest| deepest.max(depth)));
            return Verdict::LeaveOut;
        }
        if formats {
            *self.formatting.entry(name.clone()).or_default() += 1;
            self.formatting_now += 1;
        }
        self.in_form |= is_form;
        self.push(Open { name: name.clone(), classes });
        Verdict::Keep
    }

    pub(crate) fn end(&mut self, name: &LocalName) -> Verdict {
        if let Some(count) = self.left_out.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            self.left_out_now = self.left_out_now.saturating_sub(1);
            return Verdict::LeaveOut;
        }
        let classes = classes_of(name);
        if classes.intersects(Classes::FORMATTING) || *name == local_name!("a") {
            self.end_formatting(name);
        } else if classes.intersects(Classes::HEADING) {
            self.close(|open| open.is(Classes::HEADING), |open| open.is(Classes::SCOPE));
        } else if *name == local_name!("form") && !self.is_open(&local_name!("template")) {
            self.end_form();
        } else if self.is_open(name) {
            let is_same = |open: &Open| open.name == *name;
            if *name == local_name!("p") {
                self.close_paragraph();
            } else if *name == local_name!("li") {
                self.close(is_same, |open| open.is(Classes::SCOPE | Classes::LIST));
            } else if classes.intersects(Classes::TABLE_PART | Classes::TABLE) {
                self.close(is_same, |open| open.is(Classes::TABLE | Classes::TEMPLATE));
            } else if classes.intersects(Classes::SPECIAL) {
                self.close(is_same, |open| open.is(Classes::SCOPE));
            } else {
                self.close(is_same, |open| open.is(Classes::SPECIAL));
            }
        }
        Verdict::Keep
    }

    /// A form is taken out from under what is open inside it.
    fn end_form(&mut self) {
        self.in_form = false;
        let found = self.open.iter().rposition(|open| open.name == local_name!("form") || open.is(Classes::SCOPE));
        if let Some(at) = found.filter(|at| self.open[*at].name == local_name!("form")) {
            let closed = self.open.remove(at);
            self.discount(&closed);
        }
    }

    fn close_paragraph(&mut self) {
        if self.paragraphs > 0 {
            self.close(
                |open| open.name == local_name!("p"),
                |open| open.is(Classes::SCOPE) || open.name == local_name!("button"),
            );
        }
    }

    /// Closes down to the nearest matching element, unless a barrier stands before it.
    fn close(&mut self, matches: impl Fn(&Open) -> bool, barrier: impl Fn(&Open) -> bool) {
        for at in (0..self.open.len()).rev() {
            if matches(&self.open[at]) {
                self.truncate(at);
                return;
            }
            if barrier(&self.open[at]) {
                return;
            }
        }
    }

    /// Formatting elements are taken out from under what is open inside them (the adoption agency algorithm).
    fn end_formatting(&mut self, name: &LocalName) {
        if self.is_open(name) {
            let found = self.open.iter().rposition(|open| open.name == *name || open.is(Classes::SCOPE));
            let Some(at) = found else { return };
            if self.open[at].name != *name {
                return;
            }
            let closed = self.open.remove(at);
            self.discount(&closed);
        } else if self.open.iter().any(|open| open.is(Classes::SCOPE)) {
            // One that its parent's end has closed still waits to be cloned, and is out of reach inside a cell.
            return;
        }
        if let Some(count) = self.formatting.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            self.formatting_now -= 1;
        }
    }

    /// Start tags that close what authors do not close.
    fn close_implied(&mut self, name: &str, classes: Classes) {
        if classes.intersects(Classes::CLOSES_PARAGRAPH) {
            self.close_paragraph();
        }
        if !classes.intersects(Classes::CLOSES_OTHERS) {
            return;
        }
        match name {
            "a" => self.end_formatting(&local_name!("a")),
            "li" => self.close(|open| open.name == local_name!("li"), |open| open.is(Classes::ENDS_ITEM)),
            "dd" | "dt" => self.close(
                |open| open.name == local_name!("dd") || open.name == local_name!("dt"),
                |open| open.is(Classes::ENDS_ITEM),
            ),
            "option" | "optgroup" if self.open.last().is_some_and(|open| open.name == local_name!("option")) => {
                self.truncate(self.open.len() - 1);
            }
            "tr" => self.close_above(|open| open.is(Classes::TABLE | Classes::TABLE_BODY | Classes::TEMPLATE)),
            "td" | "th" => {
                self.close_above(|open| open.is(Classes::TABLE | Classes::TEMPLATE) || open.name == local_name!("tr"));
            }
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => {
                self.close_above(|open| open.is(Classes::TABLE | Classes::TEMPLATE));
            }
            _ => {}
        }
    }

    /// Closes everything inside the nearest element of these; nothing if there is none.
    fn close_above(&mut self, keep: impl Fn(&Open) -> bool) {
        if let Some(at) = self.open.iter().rposition(keep) {
            self.truncate(at + 1);
        }
    }

    fn push(&mut self, open: Open) {
        self.paragraphs += usize::from(open.name == local_name!("p"));
        self.tables += usize::from(open.is(Classes::TABLE | Classes::TEMPLATE));
        self.foreign += usize::from(open.is(Classes::FOREIGN));
        self.open.push(open);
    }

    fn truncate(&mut self, length: usize) {
        while self.open.len() > length {
            if let Some(closed) = self.open.pop() {
                self.discount(&closed);
            }
        }
    }

    fn discount(&mut self, closed: &Open) {
        self.paragraphs -= usize::from(closed.name == local_name!("p"));
        self.tables -= usize::from(closed.is(Classes::TABLE | Classes::TEMPLATE));
        self.foreign -= usize::from(closed.is(Classes::FOREIGN));
    }

    /// At most [`crate::MAX_DEPTH`] comparisons of two words each.
    fn is_open(&self, name: &LocalName) -> bool {
        self.open.iter().rev().any(|open| open.name == *name)
    }
}
