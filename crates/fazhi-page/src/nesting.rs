//! A bound on how deep elements nest.
//!
//! Many steps of the HTML standard's tree construction walk the stack of open elements, so a page of nested elements
//! costs quadratic time; unclosed formatting elements are cloned into every paragraph behind them. [`Nesting`] stands
//! between tokenizer and tree builder, follows that stack from the tags alone (never below its true depth, and near it
//! on real pages) and says which tags to leave out: their content then belongs to the element above.

use std::collections::HashMap;

use html5ever::{LocalName, local_name};

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
    open: Vec<LocalName>,
    /// How many of each are open, so that nothing is searched for in vain.
    counts: HashMap<LocalName, usize>,
    /// Start tags left out whose end tags are to come.
    left_out: HashMap<LocalName, usize>,
    left_out_now: usize,
    /// Formatting elements not yet ended by a tag of theirs, by name and in all.
    formatting: HashMap<LocalName, usize>,
    formatting_now: usize,
    /// How deep the page would have been, if it was bounded.
    pub(crate) too_deep: Option<usize>,
}

impl Nesting {
    pub(crate) fn start(&mut self, name: &LocalName, self_closing: bool, max_depth: usize) -> Verdict {
        self.close_implied(name);
        let foreign = self.is_open(&local_name!("svg")) || self.is_open(&local_name!("math"));
        if matches!(&**name, "html" | "head" | "body") || is_void(name) || (foreign && self_closing) {
            return Verdict::Keep;
        }
        if is_raw_text(name) && !foreign {
            return Verdict::Keep;
        }
        // Outside of a table these tags are ignored by the tree builder.
        if is_table_part(name) && !self.is_open(&local_name!("table")) && !self.is_open(&local_name!("template")) {
            return Verdict::Keep;
        }
        if is_formatting(name) && self.formatting_now >= MAX_FORMATTING {
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
        if is_formatting(name) {
            *self.formatting.entry(name.clone()).or_default() += 1;
            self.formatting_now += 1;
        }
        self.open.push(name.clone());
        *self.counts.entry(name.clone()).or_default() += 1;
        Verdict::Keep
    }

    pub(crate) fn end(&mut self, name: &LocalName) -> Verdict {
        if let Some(count) = self.left_out.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            self.left_out_now = self.left_out_now.saturating_sub(1);
            return Verdict::LeaveOut;
        }
        if is_formatting(name) || *name == local_name!("a") {
            self.end_formatting(name);
        } else if is_heading(name) {
            self.close(is_heading, is_scope);
        } else if self.is_open(name) {
            match &**name {
                "p" => self.close_paragraph(),
                "li" => self.close(|open| open == "li", |open| is_scope(open) || matches!(open, "ul" | "ol")),
                part if is_table_part(part) || part == "table" => {
                    self.close(|open| open == part, |open| matches!(open, "table" | "template"));
                }
                block if is_special(block) => self.close(|open| open == block, is_scope),
                other => self.close(|open| open == other, is_special),
            }
        }
        Verdict::Keep
    }

    fn close_paragraph(&mut self) {
        if self.is_open(&local_name!("p")) {
            self.close(|open| open == "p", |open| is_scope(open) || open == "button");
        }
    }

    /// Closes down to the nearest matching element, unless a barrier stands before it.
    fn close(&mut self, matches: impl Fn(&str) -> bool, barrier: impl Fn(&str) -> bool) {
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
            let Some(at) = self.open.iter().rposition(|open| open == name || is_scope(open)) else { return };
            if self.open[at] != *name {
                return;
            }
            self.open.remove(at);
            self.discount(name);
        } else if self.open.iter().any(|open| is_scope(open)) {
            // One that its parent's end has closed still waits to be cloned, and is out of reach inside a cell.
            return;
        }
        if let Some(count) = self.formatting.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            self.formatting_now -= 1;
        }
    }

    /// Start tags that close what authors do not close.
    fn close_implied(&mut self, name: &str) {
        if closes_paragraph(name) {
            self.close_paragraph();
        }
        match name {
            "a" => self.end_formatting(&local_name!("a")),
            "li" => self.close(|open| open == "li", ends_item),
            "dd" | "dt" => self.close(|open| matches!(open, "dd" | "dt"), ends_item),
            "option" | "optgroup" if self.open.last() == Some(&local_name!("option")) => {
                self.truncate(self.open.len() - 1);
            }
            "tr" => self.close_above(|open| matches!(open, "table" | "tbody" | "thead" | "tfoot" | "template")),
            "td" | "th" => self.close_above(|open| matches!(open, "table" | "tr" | "template")),
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => {
                self.close_above(|open| matches!(open, "table" | "template"));
            }
            _ => {}
        }
    }

    /// Closes everything inside the nearest element of these; nothing if there is none.
    fn close_above(&mut self, keep: impl Fn(&str) -> bool) {
        if let Some(at) = self.open.iter().rposition(|open| keep(open)) {
            self.truncate(at + 1);
        }
    }

    fn truncate(&mut self, length: usize) {
        while self.open.len() > length {
            if let Some(name) = self.open.pop() {
                self.discount(&name);
            }
        }
    }

    fn discount(&mut self, name: &LocalName) {
        if let Some(count) = self.counts.get_mut(name) {
            *count -= 1;
        }
    }

    fn is_open(&self, name: &LocalName) -> bool {
        self.counts.get(name).is_some_and(|count| *count > 0)
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "image"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

fn is_raw_text(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
            | "iframe"
            | "noembed"
            | "noframes"
            | "noscript"
            | "plaintext"
    )
}

fn is_formatting(name: &str) -> bool {
    matches!(
        name,
        "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt" | "u"
    )
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_table_part(name: &str) -> bool {
    matches!(name, "caption" | "colgroup" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th")
}

/// What bounds the search for an element to close (WHATWG HTML §13.2.4.2, "has an element in scope").
fn is_scope(name: &str) -> bool {
    matches!(
        name,
        "applet"
            | "caption"
            | "html"
            | "table"
            | "td"
            | "th"
            | "marquee"
            | "object"
            | "template"
            | "select"
            | "foreignObject"
            | "desc"
            | "annotation-xml"
            | "mi"
            | "mo"
            | "mn"
            | "ms"
            | "mtext"
    )
}

/// Elements beyond which an unclosed item is not looked for.
fn ends_item(name: &str) -> bool {
    is_special(name) && !matches!(name, "address" | "div" | "p")
}

fn closes_paragraph(name: &str) -> bool {
    is_heading(name)
        || matches!(
            name,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "center"
                | "dd"
                | "details"
                | "dialog"
                | "dir"
                | "div"
                | "dl"
                | "dt"
                | "fieldset"
                | "figcaption"
                | "figure"
                | "footer"
                | "form"
                | "header"
                | "hgroup"
                | "hr"
                | "li"
                | "listing"
                | "main"
                | "menu"
                | "nav"
                | "ol"
                | "p"
                | "plaintext"
                | "pre"
                | "search"
                | "section"
                | "summary"
                | "table"
                | "ul"
                | "xmp"
        )
}

/// The "special" elements of WHATWG HTML §13.2.4.2.
fn is_special(name: &str) -> bool {
    is_void(name)
        || is_raw_text(name)
        || is_heading(name)
        || is_table_part(name)
        || (closes_paragraph(name) && name != "dialog")
        || is_scope(name)
        || matches!(name, "body" | "button" | "frameset" | "head")
}
