//! Lists made of plain links, and what the other families have in common with them.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{ListPage, Listing, pager, rows};

/// Long numbers, dates and hashes at the end of a path are how content systems of every make name an article.
static ARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)
        (?: ^|[/_\-a-z]) \d{5,} (?: /index|/content|/page )? (?: \.s?html?|\.jspx?|\.aspx?|/ )? $
        | [0-9a-f]{24,32} (?: /content )? (?: \.s?html? )? $
        | /(?:19|20)\d{2} [-/]? \d{2} (?: [-/]? \d{2} )? / [^/]+ \.s?html? $
        | \.(?: pdf|docx?|wps|ofd ) $";
    Regex::new(pattern).expect("the pattern is fixed")
});

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    Listing { next: pager::next_link(&dom.html, page.url), stated_total: pager::stated_total(page.text), ..listing }
}

pub(super) fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path())
}
