//! Bytes to page: decode, find the article, keep what stands around it. Decides nothing about meaning.

mod chrome;
mod container;
mod fields;
mod layout;
mod lines;
mod meta;
mod site;
mod state;
mod survey;
mod titles;

use std::borrow::Cow;

use ego_tree::NodeId;
use fazhi_model::Severity;
use fazhi_page::{InflateError, cells_of, decode, inflate, mend_entities, text_of};
use scraper::{ElementRef, Html};

use crate::label::{self, Label};
use crate::page::{Capture, Field, Page, PageIssue, TitleCandidate};
use crate::{signature, title};

use layout::Layout;

/// A page is at most this large once inflated; what is larger ends as an issue.
const LARGEST_PAGE: usize = 32 << 20;

/// A text is at most this long in bytes; the longest real reports have a fifth of it.
const LONGEST_TEXT: usize = 1 << 20;
/// So many meta tags, fields and attachments are kept of one page; real pages have a few dozen.
const MOST_ENTRIES: usize = 500;

/// Stands for the article among the text around it.
const ARTICLE_MARK: &str = "\u{f8ff}\u{f8fe}\u{f8ff}";

/// Reads the bytes of one page. Never fails: what cannot be read is an issue of the page or its `hint`.
pub fn read(capture: &Capture<'_>) -> Page {
    let mut page = Page {
        url: capture.url.to_owned(),
        listed_title: capture.listed_title.and_then(title::clean),
        listed_date: capture.listed_date.map(|date| date.trim().to_owned()).filter(|date| !date.is_empty()),
        ..Page::default()
    };
    let bytes = match inflate(capture.body, capture.content_encoding, LARGEST_PAGE) {
        Ok(bytes) => bytes,
        // What stands before the damage is as good as the start of any page.
        Err(InflateError::Broken { coding, partial, source }) if !partial.is_empty() => {
            let detail = format!("`{coding}` ends after {} bytes of text: {source}", partial.len());
            page.issue(Severity::Warning, "broken_body", detail);
            Cow::Owned(partial)
        }
        Err(error) => {
            page.hint = Some("damaged".to_owned());
            page.issue(Severity::Error, "undecodable_body", error.to_string());
            return page;
        }
    };
    let decoded = decode(&bytes, capture.content_type);
    state::note_charset(&mut page, &decoded);
    if decoded.replaced > 0 {
        page.issue(
            Severity::Info,
            "replaced_bytes",
            format!("{} sequences are no {}", decoded.replaced, decoded.charset),
        );
    }
    if is_markup(&decoded.text) {
        read_markup(&mut page, &decoded.text);
    } else {
        read_plain(&mut page, &decoded.text);
    }
    bound(&mut page);
    state::note(&mut page, &decoded.text, bytes.len());
    page
}

/// Keeps what many pages together may hold in memory bounded, whatever a portal sends.
fn bound(page: &mut Page) {
    page.meta.truncate(MOST_ENTRIES);
    page.fields.truncate(MOST_ENTRIES);
    page.attachments.truncate(MOST_ENTRIES);
    if page.body.len() > LONGEST_TEXT {
        let end = page.body.floor_char_boundary(LONGEST_TEXT);
        page.issue(
            Severity::Warning,
            "text_too_long",
            format!("{} bytes of text; the first {end} are kept", page.body.len()),
        );
        page.body.truncate(end);
    }
}

/// Reads a plain text file, header lines included, as copied from a page.
pub fn read_text(name: &str, text: &str) -> Page {
    let mut page = Page { url: name.to_owned(), charset: "utf-8".to_owned(), ..Page::default() };
    read_plain(&mut page, text.strip_prefix('\u{feff}').unwrap_or(text));
    bound(&mut page);
    state::note(&mut page, text, text.len());
    page
}

fn is_markup(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    start.starts_with('<')
        || ["<html", "<HTML", "<body", "<BODY", "<div", "<DIV", "<p>", "<P>", "<br", "<table"]
            .iter()
            .any(|tag| text.contains(tag))
}

fn read_markup(page: &mut Page, source: &str) {
    let layout = Layout::of(&mend_entities(source));
    if let Some(depth) = layout.too_deep {
        page.issue(Severity::Warning, "too_deep", format!("elements nest {depth} deep; the deepest were flattened"));
    }
    let Layout { mut html, mut survey, article, found_by, .. } = layout;
    if survey.hidden_text > 0 {
        let detail = format!("{} Chinese characters are not shown and were left out", survey.hidden_text);
        page.issue(Severity::Info, "hidden_text", detail);
    }
    page.container = found_by;
    page.more = site::more_pages(source, &page.url);
    page.meta = std::mem::take(&mut survey.metas).into_tags();
    survey.chrome.iter().for_each(|id| detach(&mut html, *id));
    page.attachments = site::attachments(&html, &survey, &article, &page.url);
    let headings = site::headings(&html, &survey, &article);
    let element_title = site::title_element(&html, &survey);
    let blocks: Vec<NodeId> = article.iter().map(|at| survey.elements[*at].id).collect();
    let inner = texts_of(&html, &blocks, text_of);
    let inner_cells = texts_of(&html, &blocks[..blocks.len().min(1)], cells_of);
    site::replace(&mut html, &blocks, ARTICLE_MARK);
    let around = cells_of(html.root_element());
    let (before, after) = around.split_once(ARTICLE_MARK).unwrap_or((around.as_str(), ""));
    let after = rows(after);

    page.site_id = site::id(page.meta("SiteIDCode"), &around);
    page.site_owner = site::owner(page.meta("SiteName"), &around);
    let before = rows(before);
    page.columns = site::columns(page.meta("ColumnName"), &before);
    page.titles = titles::candidates(page, &headings, element_title.as_deref(), &before);
    let mut above = fields::labelled(&before);
    // Header tables name the title as well, sometimes above the text inside its container.
    let inner_rows = rows(&inner_cells);
    let inner_head = fields::labelled(lines::opening(&inner_rows));
    let named = above.iter().chain(&inner_head).filter(|field| field.label == Label::Title.as_str());
    let known: Vec<String> =
        page.titles.iter().map(|title| &title.text).chain(named.map(|field| &field.value).take(2)).cloned().collect();
    let parts = lines::split(&inner, &known);
    let head = lines::above_body(&inner_rows, parts.body);
    above.reverse();
    let around = Around { above, before: &before, head, head_lines: &parts.head, after: &after, tail: &parts.tail };
    page.fields = around.fields(&known);
    page.body = ended(parts.body);
    if signature::find(&page.body).is_none() {
        for line in lines::signature(&after) {
            page.body.push_str(&ended(line));
        }
    }
    titles::add_late(page, &inner);
    if page.attachments.is_empty() && !state::has_text(&page.body) {
        state::note_what_is_shown(page, &html, &survey);
    }
}

fn detach(html: &mut Html, id: NodeId) {
    if let Some(mut node) = html.tree.get_mut(id) {
        node.detach();
    }
}

fn read_plain(page: &mut Page, text: &str) {
    let line = lines::title_line(text);
    let title = line.as_ref().and_then(|line| title::clean(&line.text));
    let known: Vec<String> = title.iter().chain(&page.listed_title).cloned().collect();
    // What stands above the title of a plain text is what was copied along with it.
    let start = line.map_or(0, |line| line.start);
    let (above, below) = text.split_at(start);
    let parts = lines::split(below, &known);
    let before = non_blank(above);
    let mut above = fields::labelled(&before);
    above.reverse();
    let head = &parts.head;
    let around = Around { above, before: &before, head, head_lines: head, after: &[], tail: &parts.tail };
    page.fields = around.fields(&known);
    page.body = ended(parts.body);
    let candidates = [("listed", page.listed_title.clone()), ("text", title)];
    page.titles = candidates
        .into_iter()
        .filter_map(|(origin, text)| Some(TitleCandidate { origin: origin.to_owned(), text: text? }))
        .collect();
    titles::add_late(page, "");
}

fn texts_of(html: &Html, article: &[NodeId], read: fn(ElementRef<'_>) -> String) -> String {
    let mut text = String::new();
    for element in article.iter().filter_map(|id| ElementRef::wrap(html.tree.get(*id)?)) {
        text.push_str(&read(element));
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

fn ended(body: &str) -> String {
    let mut body = body.to_owned();
    if !body.is_empty() && !body.ends_with('\n') {
        body.push('\n');
    }
    body
}

fn non_blank(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// Lines of cells: a tab at the end of a line is an empty cell and stays.
fn rows(text: &str) -> Vec<&str> {
    let is_edge = |c: char| c != '\t' && label::is_space(c);
    text.lines().map(|line| line.trim_matches(is_edge)).filter(|line| !line.trim().is_empty()).collect()
}

/// What stands around a text.
struct Around<'a> {
    /// Labelled fields above the article's block, the nearest first.
    above: Vec<Field>,
    /// Lines above the article's block, in cells.
    before: &'a [&'a str],
    /// Lines above the text in the article's block, in cells.
    head: &'a [&'a str],
    /// The same lines as a reader sees them.
    head_lines: &'a [&'a str],
    /// Lines below the article's block, in cells.
    after: &'a [&'a str],
    /// Lines below the text in the article's block.
    tail: &'a [&'a str],
}

impl Around<'_> {
    /// Fields nearest to the article first: in its own head, above it (upwards), below it.
    fn fields(self, titles: &[String]) -> Vec<Field> {
        let at = |place: &'static str| move |field: Field| Field { place: place.to_owned(), ..field };
        let mut fields: Vec<Field> = fields::labelled(self.head).into_iter().map(at("head")).collect();
        fields.extend(self.above.into_iter().map(at("above")));
        fields.extend(fields::labelled(self.tail).into_iter().map(at("tail")));
        // What names another title lists other documents.
        let below = fields::labelled(self.after);
        let is_own = |field: &Field| {
            field.label != Label::Title.as_str() || titles.iter().any(|title| title::agrees(title, &field.value))
        };
        if below.iter().all(is_own) {
            fields.extend(below.into_iter().map(at("below")));
        }
        let beside_title = &self.before[titles::end_among(self.before, titles)..];
        fields.extend(fields::own_number(self.head_lines).or_else(|| fields::own_number(beside_title)));
        fields.extend(fields::byline(self.head_lines).or_else(|| fields::byline(beside_title)));
        fields
    }
}

impl Page {
    fn issue(&mut self, severity: Severity, kind: &str, detail: String) {
        self.issues.push(PageIssue { kind: kind.to_owned(), severity: severity.to_string(), detail });
    }
}
