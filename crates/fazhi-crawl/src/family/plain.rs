//! Lists made of plain links, and what the other families have in common with them.
//!
//! The next page is the one that the page links to. Where it links to none and says that there are more, its address is
//! worked out ([`numbered`]). Pagers that post a form are not followed.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{ListPage, Listing, numbered, pager, rows};

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
    let linked = pager::next_link(&dom.html, page);
    let mut computed = match linked {
        None if !listing.items.is_empty() => numbered::next(page).into_iter(),
        _ => Vec::new().into_iter(),
    };
    let next = linked.or_else(|| computed.next());
    Listing { next, alternatives: computed.collect(), stated_total: pager::stated_total(page.text), ..listing }
}

pub(super) fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path())
}
