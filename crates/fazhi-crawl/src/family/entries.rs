//! Entries that a list states as data: which of them may be followed, each once, and titles without markup.

use std::collections::HashSet;

use url::Url;

use super::{ListItem, ListPage, Listing};

/// The entries of a list page, in their order.
pub(super) fn listing(page: &ListPage<'_>, entries: impl IntoIterator<Item = ListItem>) -> Listing {
    let mut seen = HashSet::new();
    let mut listing = Listing::default();
    for item in entries {
        if !page.follows(&item.url) {
            listing.foreign += 1;
        } else if seen.insert(item.url.clone()) {
            listing.items.push(item);
        }
    }
    listing
}

/// Where an entry leads; nothing for scripts, mail and texts that are no address.
pub(super) fn address(base: &Url, written: &str) -> Option<Url> {
    let written = written.trim();
    if written.is_empty() || written.starts_with('#') || written.len() > 2000 {
        return None;
    }
    let mut url = base.join(written).ok()?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && url != *base).then_some(url)
}

/// A title without the markup that searches put into it, and without entities.
pub(super) fn title(written: &str) -> Option<String> {
    let text = if written.contains(['<', '&']) {
        fazhi_page::parse_html(written).html.root_element().text().collect()
    } else {
        written.to_owned()
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let title = words.join(" ");
    title.chars().any(char::is_alphanumeric).then_some(title)
}
