//! An article that is split over several pages: which of them belong together, and what they say as one text.

use fazhi_model::{Document, Issue, Severity};

use crate::page::Page;

/// A joined text is at most this long in bytes, as that of a single page is.
const LONGEST_TEXT: usize = 1 << 20;

/// The pages whose text is part of the article: the first, and further ones with a text of their own. A further page that
/// the first does not count (any more) is left out: the article may have become shorter.
pub(crate) fn of_article(pages: &[Page]) -> Vec<&Page> {
    let announced = announced(pages);
    let counted = |at: usize, page: &Page| announced == 0 || number(at, page) <= announced + 1;
    let readable = |page: &Page| match page.hint.as_deref() {
        None => true,
        // A signature and a date are hardly a text, but they end one.
        Some("empty") => {
            !page.body.trim().is_empty() && !page.issues.iter().any(|issue| issue.kind == "soft_not_found")
        }
        Some(_) => false,
    };
    let belongs = |at: usize, page: &Page| at == 0 || counted(at, page) && readable(page);
    pages.iter().enumerate().filter(|(at, page)| belongs(*at, page)).map(|(_, page)| page).collect()
}

/// The texts of the pages, one after the other. Offsets count in this text.
pub(crate) fn joined(parts: &[&Page], document: &mut Document) -> String {
    let mut body: String = parts.iter().map(|part| part.body.as_str()).collect();
    if body.len() > LONGEST_TEXT {
        let end = body.floor_char_boundary(LONGEST_TEXT);
        let detail = format!("{} bytes of text on {} pages; the first {end} are kept", body.len(), parts.len());
        document.issues.push(Issue::interpret(Severity::Warning, "text_too_long", detail));
        body.truncate(end);
    }
    body
}

/// An article is not whole if the first page counts more pages than are here, or if there is a gap between those that are.
pub(crate) fn note_missing(document: &mut Document, parts: &[&Page], pages: &[Page]) {
    let here: Vec<usize> = parts.iter().enumerate().map(|(at, page)| number(at, page)).collect();
    let last = here.iter().copied().max().unwrap_or(1).max(announced(pages) + 1);
    let missing: Vec<String> = (1..=last).filter(|number| !here.contains(number)).map(|n| n.to_string()).collect();
    if !missing.is_empty() {
        let detail = format!("of the article's {last} pages these are missing: {}", missing.join(", "));
        document.issues.push(Issue::interpret(Severity::Warning, "parts_missing", detail));
    }
}

/// Further pages that the first one tells of.
fn announced(pages: &[Page]) -> usize {
    pages.first().map_or(0, |page| page.more.len())
}

/// Its number in the article, the first page being 1; where the crawl noted none, its place.
fn number(at: usize, page: &Page) -> usize {
    page.part.and_then(|part| usize::try_from(part).ok()).unwrap_or(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fazhi_model::DocumentKind;

    fn part(number: u32, body: &str) -> Page {
        Page { part: Some(number), body: format!("{body}\n"), ..Page::default() }
    }

    #[track_caller]
    fn check(pages: &[Page], body: &str, issue: Option<&str>) {
        let mut document = Document::new(DocumentKind::Other);
        let parts = of_article(pages);
        assert_eq!(joined(&parts, &mut document), body);
        note_missing(&mut document, &parts, pages);
        let told: Vec<_> = document.issues.iter().map(|issue| issue.detail.as_str()).collect();
        assert_eq!(told, issue.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn pages_are_joined_and_gaps_told() {
        check(&[part(1, "一")], "一\n", None);
        check(&[part(1, "一"), part(2, "二"), part(3, "三")], "一\n二\n三\n", None);
        let told = "of the article's 5 pages these are missing: 2, 4";
        check(&[part(1, "一"), part(3, "三"), part(5, "五")], "一\n三\n五\n", Some(told));
    }

    #[test]
    fn the_first_page_says_how_many_there_are() {
        let first = Page { more: vec!["http://a.example/1_1.html".to_owned()], ..part(1, "一") };
        check(std::slice::from_ref(&first), "一\n", Some("of the article's 2 pages these are missing: 2"));
        check(&[first, part(2, "二"), part(3, "旧")], "一\n二\n", None);
    }

    #[test]
    fn a_page_without_text_is_missing() {
        let blocked = Page { hint: Some("blocked".to_owned()), ..part(2, "请稍候") };
        let told = "of the article's 3 pages these are missing: 2";
        check(&[part(1, "一"), blocked, part(3, "三")], "一\n三\n", Some(told));
        let signature = Page { hint: Some("empty".to_owned()), ..part(2, "司法局") };
        check(&[part(1, "一"), signature], "一\n司法局\n", None);
    }

    #[test]
    fn a_joined_text_is_bounded() {
        let long = "字".repeat(LONGEST_TEXT / 4);
        let mut document = Document::new(DocumentKind::Other);
        let pages = [part(1, &long), part(2, &long)];
        let body = joined(&of_article(&pages), &mut document);
        assert!(body.len() <= LONGEST_TEXT && body.len() > LONGEST_TEXT - 3);
        assert_eq!(document.issues[0].kind, "text_too_long");
    }
}
