//! Bytes to page: decode, find the article, keep what stands around it. Decides nothing about meaning.

mod chrome;
mod container;
mod fields;
mod lines;
mod meta;
mod site;
mod survey;

use std::borrow::Cow;

use ego_tree::NodeId;
use fazhi_model::Severity;
use fazhi_page::{
    InflateError, Recognition, cells_of, damage, decode, inflate, mend_entities, parse_readable, recognise, text_of,
};
use scraper::{ElementRef, Html};

use crate::label::{self, Label};
use crate::page::{Capture, Field, Page, PageIssue, TitleCandidate};
use crate::title;

use survey::Survey;

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
    note_charset(&mut page, decoded.charset, decoded.declared.as_deref());
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
    note_state(&mut page, &decoded.text, bytes.len());
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
    note_state(&mut page, text, text.len());
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
    let Layout { mut html, mut survey, article, .. } = layout;
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

    page.site_id = site::id(page.meta("SiteIDCode"), &around);
    page.site_owner = site::owner(page.meta("SiteName"), &around);
    let before = rows(before);
    page.titles = titles(page, &headings, element_title.as_deref(), &before);
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
    page.fields = around_fields(above, &before, head, &rows(after), &parts.tail, &known);
    page.body = ended(parts.body);
    add_late_titles(page, &inner);
}

/// A page as a tree, and where its article stands.
struct Layout {
    html: Html,
    survey: Survey,
    /// Elements of the article, by their index in the survey.
    article: Vec<usize>,
    too_deep: Option<usize>,
}

impl Layout {
    /// Known containers go first, then what stands between markers, then the densest block.
    fn of(source: &str) -> Self {
        let layout = Self::with(source, container::known);
        if !layout.article.is_empty() {
            return layout;
        }
        if let Some(marked) = container::with_marked_article(source) {
            let layout = Self::with(&marked, container::known);
            if !layout.article.is_empty() {
                return layout;
            }
        }
        let densest = container::densest(&layout.survey);
        let article = if densest.is_empty() { container::empty(&layout.survey) } else { densest };
        Self { article, ..layout }
    }

    fn with(source: &str, rule: fn(&Survey) -> Vec<usize>) -> Self {
        let dom = parse_readable(source);
        let survey = Survey::of(&dom.html);
        Self { article: rule(&survey), html: dom.html, survey, too_deep: dom.too_deep }
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
    page.fields = around_fields(above, &before, &parts.head, &[], &parts.tail, &known);
    page.body = ended(parts.body);
    let candidates = [("listed", page.listed_title.clone()), ("text", title)];
    page.titles = candidates
        .into_iter()
        .filter_map(|(origin, text)| Some(TitleCandidate { origin: origin.to_owned(), text: text? }))
        .collect();
    add_late_titles(page, "");
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

/// Candidates in the order of trust.
fn titles(page: &Page, headings: &[String], element: Option<&str>, before: &[&str]) -> Vec<TitleCandidate> {
    let names: Vec<&str> =
        [page.meta("SiteName"), page.meta("ColumnName"), page.site_owner.as_deref()].into_iter().flatten().collect();
    let article = page.meta("ArticleTitle").and_then(title::clean);
    let heading = headings
        .iter()
        .filter(|text| !title::names_site(text, &names))
        .find_map(|text| title::clean(text))
        .or_else(|| heading_line(before, element, page.listed_title.as_deref(), &names));
    let element = element.and_then(|text| title::without_site(text, &names));
    let candidates =
        [("meta", article), ("heading", heading), ("title", element), ("listed", page.listed_title.clone())];
    candidates
        .into_iter()
        .filter_map(|(origin, text)| Some(TitleCandidate { origin: origin.to_owned(), text: text? }))
        .collect()
}

/// Where the title is no heading element: the last line above the article with which `<title>` begins or ends, or that
/// the list page repeats.
fn heading_line(before: &[&str], element: Option<&str>, listed: Option<&str>, names: &[&str]) -> Option<String> {
    const LEAST_AT_START: usize = 6;
    // The end of `<title>` is the place of columns and sites, so that only a long line is believed there.
    const LEAST_AT_END: usize = 12;
    let element = element.map(title::squeeze).unwrap_or_default();
    let listed = listed.map(title::squeeze);
    let is_candidate = |line: &str| !title::names_site(line, names);
    let begins = |line: &&str| {
        let line = title::squeeze(line);
        line.chars().count() >= LEAST_AT_START && (element.starts_with(&line) || listed.as_ref() == Some(&line))
    };
    let ends = |line: &&str| {
        let line = title::squeeze(line);
        line.chars().count() >= LEAST_AT_END && element.ends_with(&line)
    };
    let at = before.iter().rposition(|line| is_candidate(line) && begins(line));
    let Some(at) = at else {
        return before.iter().rfind(|line| is_candidate(line) && ends(line)).and_then(|line| title::clean(line));
    };
    // A title broken over several lines goes on as long as `<title>` does.
    let mut heading = before[at].to_owned();
    for line in &before[at + 1..] {
        let longer = format!("{heading}{line}");
        if !element.starts_with(&title::squeeze(&longer)) {
            break;
        }
        heading = longer;
    }
    title::clean(&heading)
}

/// A page without any title may still open its text with one, or name it in a header field.
fn add_late_titles(page: &mut Page, inner: &str) {
    let field = page.fields.iter().find(|field| field.label == Label::Title.as_str()).map(|field| field.value.clone());
    if let Some(text) = field.and_then(|value| title::clean(&value)) {
        let at = page.titles.iter().position(|title| title.origin != "meta").unwrap_or(page.titles.len());
        page.titles.insert(at, TitleCandidate { origin: "field".to_owned(), text });
    }
    if page.titles.is_empty() {
        let line = lines::title_line(inner).and_then(|line| title::clean(&line.text));
        page.titles.extend(line.map(|text| TitleCandidate { origin: "text".to_owned(), text }));
    }
}

/// Fields nearest to the article first: in its own head, above it (upwards), below it.
fn around_fields(
    above: Vec<Field>,
    before: &[&str],
    head: &[&str],
    after: &[&str],
    tail: &[&str],
    titles: &[String],
) -> Vec<Field> {
    let mut fields = fields::labelled(head);
    fields.extend(above);
    fields.extend(fields::labelled(tail));
    fields.extend(fields::labelled(after));
    let beside_title = &before[title_end(before, titles)..];
    fields.extend(fields::own_number(head).or_else(|| fields::own_number(beside_title)));
    fields.extend(fields::byline(head).or_else(|| fields::byline(beside_title)));
    fields
}

/// Bare dates count only between the title and the article.
fn title_end(before: &[&str], titles: &[String]) -> usize {
    const FEW: usize = 6;
    let titles: Vec<String> = titles.iter().map(|title| title::squeeze(title)).collect();
    let after_title = before.iter().rposition(|line| titles.contains(&title::squeeze(line))).map(|at| at + 1);
    after_title.unwrap_or(before.len().saturating_sub(FEW))
}

fn note_charset(page: &mut Page, charset: &str, declared: Option<&str>) {
    charset.clone_into(&mut page.charset);
    page.declared_charset = declared.map(str::to_ascii_lowercase);
    // GB18030 contains GBK, which contains GB 2312: declaring a smaller one is usual and harms nobody.
    let family = |name: &str| match name {
        "gb2312" | "gbk" | "gb18030" | "gb_2312-80" | "x-gbk" | "hz-gb-2312" => "gb18030".to_owned(),
        "utf8" => "utf-8".to_owned(),
        other => other.to_owned(),
    };
    if let Some(claim) = page.declared_charset.clone().filter(|claim| family(claim) != family(charset)) {
        page.issue(Severity::Info, "charset_conflict", format!("declared {claim}, read as {charset}"));
    }
}

/// Less text than this is none.
const LEAST_TEXT: usize = 10;

fn note_state(page: &mut Page, source: &str, bytes: usize) {
    // The status is the crawl's to judge; here only what a complete answer may hide counts.
    let recognition = recognise(200, |_| None, source, bytes);
    let unreadable = damage(if page.body.is_empty() { source } else { &page.body });
    let text = container::han(&page.body) + page.body.chars().filter(char::is_ascii_alphabetic).count() / 4;
    let (hint, kind, detail) = match (recognition, unreadable) {
        (Recognition::Challenge { rule }, _) => ("blocked", "blocked_page", rule.to_owned()),
        (_, Some(reason)) => ("damaged", "damaged_text", reason),
        (Recognition::SoftNotFound { rule }, _) => ("empty", "soft_not_found", rule.to_owned()),
        (Recognition::Page, None) if text < LEAST_TEXT && page.attachments.is_empty() => {
            ("empty", "empty_page", format!("{text} characters of text"))
        }
        _ => return,
    };
    page.hint = Some(hint.to_owned());
    page.issue(Severity::Warning, kind, detail);
}

impl Page {
    fn issue(&mut self, severity: Severity, kind: &str, detail: String) {
        self.issues.push(PageIssue { kind: kind.to_owned(), severity: severity.to_string(), detail });
    }
}
