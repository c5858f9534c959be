//! What may be the title of a page's article.

use crate::label::Label;
use crate::page::{Page, TitleCandidate};
use crate::title;

use super::lines;

/// Candidates in the order of trust.
pub(super) fn candidates(
    page: &Page,
    headings: &[String],
    element: Option<&str>,
    before: &[&str],
) -> Vec<TitleCandidate> {
    let names: Vec<&str> =
        [page.meta("SiteName"), page.meta("ColumnName"), page.site_owner.as_deref()].into_iter().flatten().collect();
    let article = page.meta("ArticleTitle").filter(|text| !title::names_site(text, &names)).and_then(title::clean);
    let heading = headings
        .iter()
        .filter(|text| !title::names_site(text, &names))
        .find_map(|text| title::clean(text))
        .or_else(|| heading_line(before, element, page.listed_title.as_deref(), &names));
    let element = element.and_then(|text| title::without_site(text, &names));
    // Where no element is a heading and `<title>` names the site, a line above the article may read like a title.
    let has_title = article.is_some() || heading.is_some() || element.as_deref().is_some_and(title::looks_like_title);
    let line = if has_title { None } else { last_title_line(before) };
    let listed = page.listed_title.clone();
    let candidates = [("meta", article), ("heading", heading), ("line", line), ("title", element), ("listed", listed)];
    candidates
        .into_iter()
        .filter_map(|(origin, text)| Some(TitleCandidate { origin: origin.to_owned(), text: text? }))
        .collect()
}

/// Where the title is no heading element: the last line above the article with which `<title>` begins or ends, or that
/// the list page repeats.
fn heading_line(before: &[&str], element: Option<&str>, listed: Option<&str>, names: &[&str]) -> Option<String> {
    const LEAST_AT_START: usize = 6;
    const MOST_LINES: usize = 6;
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
    for line in before[at + 1..].iter().take(MOST_LINES) {
        let longer = format!("{heading}{line}");
        if !element.starts_with(&title::squeeze(&longer)) {
            break;
        }
        heading = longer;
    }
    title::clean(&heading)
}

/// The last line above the article that reads like a title, with the line above it where the title is broken.
fn last_title_line(before: &[&str]) -> Option<String> {
    /// A title stands near its article.
    const NEAREST: usize = 8;
    let near = &before[before.len().saturating_sub(NEAREST)..];
    let at = near.iter().rposition(|line| lines::is_title(line))?;
    let above = at.checked_sub(1).map(|above| near[above]).filter(|above| lines::is_title_beginning(above, near[at]));
    title::clean(&format!("{}{}", above.unwrap_or_default(), near[at]))
}

/// The name of a search field is shorter.
const SHORTEST_FIELD: usize = 8;

/// A page without any title may still open its text with one, or name it in a header field.
pub(super) fn add_late(page: &mut Page, inner: &str) {
    // Forms for searching and writing have a field of that name too.
    let fields = page.fields.iter().filter(|field| field.label == Label::Title.as_str() && field.place != "below");
    let is_title = |text: &String| {
        let alone = page.titles.is_empty() && text.chars().count() >= SHORTEST_FIELD;
        alone || title::looks_like_title(text) || page.titles.iter().any(|other| title::agrees(&other.text, text))
    };
    let field = fields.filter_map(|field| title::clean(&field.value)).find(is_title);
    if let Some(text) = field {
        let at = page.titles.iter().position(|title| title.origin != "meta").unwrap_or(page.titles.len());
        page.titles.insert(at, TitleCandidate { origin: "field".to_owned(), text });
    }
    let telling = page.titles.iter().any(|title| title.origin != "title" || title::looks_like_title(&title.text));
    if !telling {
        let line = lines::title_line(inner).and_then(|line| title::clean(&line.text));
        let line = line.map(|text| TitleCandidate { origin: "text".to_owned(), text });
        page.titles.splice(..0, line);
    }
}

/// Where the title ends among the lines above the article: bare dates count only behind it.
pub(super) fn end_among(before: &[&str], titles: &[String]) -> usize {
    const FEW: usize = 6;
    let titles: Vec<String> = titles.iter().map(|title| title::squeeze(title)).collect();
    let after_title = before.iter().rposition(|line| titles.contains(&title::squeeze(line))).map(|at| at + 1);
    after_title.unwrap_or(before.len().saturating_sub(FEW))
}
