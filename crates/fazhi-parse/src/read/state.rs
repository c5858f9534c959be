//! Whether a page is one to read, and what it is instead.

use fazhi_model::Severity;
use fazhi_page::{CharsetEvidence, Decoded, Recognition, damage, recognise};
use memchr::memmem;
use scraper::Html;

use crate::page::Page;
use crate::title;

use super::survey::Survey;
use super::{container, site};

pub(super) fn note_charset(page: &mut Page, decoded: &Decoded) {
    let charset = decoded.charset;
    charset.clone_into(&mut page.charset);
    page.declared_charset = decoded.declared.as_deref().map(str::to_ascii_lowercase);
    let evidence = match decoded.evidence {
        CharsetEvidence::Bom => "bom",
        CharsetEvidence::Utf8 => "utf8",
        CharsetEvidence::Header => "header",
        CharsetEvidence::Meta => "meta",
        CharsetEvidence::Statistics => "statistics",
    };
    evidence.clone_into(&mut page.charset_evidence);
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

/// Whether there is anything to read; four letters count as much as one Chinese character.
pub(super) fn has_text(body: &str) -> bool {
    container::han(body) + body.chars().filter(char::is_ascii_alphabetic).count() / 4 >= LEAST_TEXT
}

pub(super) fn note(page: &mut Page, source: &str, bytes: usize) {
    // The status is the crawl's to judge; here only what a complete answer may hide counts.
    let recognition = recognise(200, |_| None, source, bytes);
    let unreadable = damage(if page.body.is_empty() { source } else { &page.body });
    let (hint, kind, detail) = match (recognition, unreadable) {
        (Recognition::Challenge { rule }, _) => ("blocked", "blocked_page", rule.to_owned()),
        (_, Some(reason)) => ("damaged", "damaged_text", reason),
        _ if asks_for_password(source, page) => ("blocked", "login_page", "the page asks for a password".to_owned()),
        (Recognition::SoftNotFound { rule }, _) => ("empty", "soft_not_found", rule.to_owned()),
        (Recognition::Page, None) if page.attachments.is_empty() && !has_text(&page.body) => {
            ("empty", "empty_page", format!("{} characters of text", page.body.trim().chars().count()))
        }
        _ => return,
    };
    page.hint = Some(hint.to_owned());
    page.issue(Severity::Warning, kind, detail);
}

/// A page with hardly any text but a field for a password. Portals put such a field into their heads as well.
fn asks_for_password(source: &str, page: &Page) -> bool {
    const LITTLE: usize = 200;
    container::han(&page.body) < LITTLE
        && page.meta("ArticleTitle").is_none()
        && ["type=\"password\"", "type='password'", "type=password"]
            .iter()
            .any(|field| memmem::find(source.as_bytes(), field.as_bytes()).is_some())
}

/// Says what a page without text shows instead: pictures of its text, other pages in frames.
pub(super) fn note_what_is_shown(page: &mut Page, html: &Html, survey: &Survey) {
    // Pages that have no article of their own have pictures as well.
    let is_article = page.meta("ArticleTitle").or_else(|| page.meta("PubDate")).is_some()
        || page.titles.iter().any(|title| title::looks_like_title(&title.text));
    let pictures = if is_article { site::pictures(html, survey, &page.url) } else { Vec::new() };
    if !pictures.is_empty() {
        let detail = format!("{} pictures and no text", pictures.len());
        page.issue(Severity::Warning, "text_as_pictures", detail);
        page.attachments = pictures;
    } else if survey.frames > 0 {
        page.issue(Severity::Info, "only_frames", format!("{} frames and no text", survey.frames));
    }
}
