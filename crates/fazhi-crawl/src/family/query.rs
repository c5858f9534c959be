//! Parameters of an address, of which one or two change from page to page.
//!
//! What does not change is kept as it was written: some portals encode Chinese values in GBK, and decoding them as UTF-8
//! would lose them.

use url::{Url, form_urlencoded};

/// Names of the parameter that holds the number of a page, as [`folded`].
const PAGE: &[&str] =
    &["page", "pageno", "pageindex", "pagenum", "pagenumber", "currpage", "curpage", "currentpage", "nowpage", "p"];
/// Names of the parameter that holds how many entries a page has, as [`folded`].
const SIZE: &[&str] = &["pagesize", "perpage", "prepage", "size", "rows", "limit", "rowsperpage", "n"];

/// A parameter whose value is a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbered {
    /// The name as the address spells it.
    pub(super) name: String,
    pub(super) value: u32,
}

/// A name without its case and its separators: `_pageSize`, `page_size` and `PAGESIZE` are one.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// The value of a parameter, its name without regard to case.
pub(super) fn value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
}

/// The value of a parameter that is a number.
pub(super) fn number(url: &Url, name: &str) -> Option<u32> {
    value(url, name).and_then(|value| value.trim().parse().ok())
}

/// The number of the page, whatever the portal calls it.
pub(super) fn page(url: &Url) -> Option<Numbered> {
    any_of(url, PAGE)
}

/// How many entries the address asks for, whatever the portal calls it.
pub(super) fn size(url: &Url) -> Option<u32> {
    any_of(url, SIZE).map(|size| size.value).filter(|size| *size > 0)
}

fn any_of(url: &Url, names: &[&str]) -> Option<Numbered> {
    names.iter().find_map(|wanted| {
        url.query_pairs().find_map(|(name, value)| {
            let value = value.trim().parse().ok().filter(|_| folded(&name) == *wanted)?;
            Some(Numbered { name: name.into_owned(), value })
        })
    })
}

/// The address with some of its parameters replaced, and added where it has none of the name.
pub(super) fn with(url: &Url, changes: &[(&str, &str)]) -> Url {
    let mut written: Vec<bool> = vec![false; changes.len()];
    let mut parts: Vec<String> = Vec::new();
    for part in url.query().unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
        let name = part.split('=').next().unwrap_or_default();
        match changes.iter().position(|(changed, _)| changed.eq_ignore_ascii_case(name)) {
            None => parts.push(part.to_owned()),
            Some(index) if written[index] => {}
            Some(index) => {
                written[index] = true;
                parts.push(format!("{name}={}", encoded(changes[index].1)));
            }
        }
    }
    let missing = changes.iter().zip(written).filter(|(_, written)| !written);
    parts.extend(missing.map(|((name, value), _)| format!("{}={}", encoded(name), encoded(value))));
    let mut result = url.clone();
    result.set_query(Some(&parts.join("&")));
    result
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What is known about how far a list goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// Number of this page, from 1.
    pub(super) page: u32,
    /// Entries this page has, those to other hosts included.
    pub(super) entries: usize,
    /// Entries a full page has.
    pub(super) size: Option<u32>,
    /// Entries the list has.
    pub(super) total: Option<usize>,
    /// Pages the list has.
    pub(super) pages: Option<usize>,
}

impl Extent {
    /// Whether another page follows. Where nothing says so, it does: a page that brings nothing new ends the walk.
    pub(super) fn goes_on(self) -> bool {
        let page = self.page as usize;
        if self.entries == 0 || self.pages.is_some_and(|pages| page >= pages) {
            return false;
        }
        let size = self.size.map(|size| size as usize);
        match (self.total, size) {
            (Some(total), Some(size)) => {
                // A server may deliver fewer entries a page than it was asked for.
                let before = page.saturating_sub(1).saturating_mul(size);
                before.saturating_add(self.entries) != total && page.saturating_mul(size.min(self.entries)) < total
            }
            (Some(total), None) => page.saturating_mul(self.entries) < total,
            (None, _) if self.pages.is_some() => true,
            (None, Some(size)) => self.entries >= size,
            (None, None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, changes: &[(&str, &str)], expected: &str) {
        assert_eq!(with(&Url::parse(url).unwrap(), changes).as_str(), expected);
    }

    #[test]
    fn what_does_not_change_is_kept_as_written() {
        check("http://a.cn/s?page=1&q=%B7%A8", &[("page", "2")], "http://a.cn/s?page=2&q=%B7%A8");
        check("http://a.cn/s?PAGE=1&page=9", &[("page", "2")], "http://a.cn/s?PAGE=2");
        check("http://a.cn/s", &[("page", "2"), ("名", "法 治")], "http://a.cn/s?page=2&%E5%90%8D=%E6%B3%95+%E6%B2%BB");
    }

    #[test]
    fn names_of_every_make() {
        let named = |text: &str| page(&Url::parse(text).unwrap()).map(|page| (page.name, page.value));
        assert_eq!(named("http://a.cn/s?pageSize=20&cur_page=3"), Some(("cur_page".to_owned(), 3)));
        assert_eq!(named("http://a.cn/s?page=x&p=3"), Some(("p".to_owned(), 3)));
        assert_eq!(named("http://a.cn/s?pagesize=20"), None);
        assert_eq!(size(&Url::parse("http://a.cn/s?_pageSize=20").unwrap()), Some(20));
    }

    #[test]
    fn a_list_goes_on_as_long_as_it_says() {
        let on = |page, entries, size, total, pages| Extent { page, entries, size, total, pages }.goes_on();
        assert!(on(1, 20, Some(20), Some(21), None));
        assert!(!on(2, 1, Some(20), Some(21), None));
        assert!(!on(2, 20, Some(20), Some(40), None));
        assert!(on(2, 20, Some(100), Some(205), None), "fewer a page than asked for");
        assert!(!on(3, 20, None, None, Some(3)));
        assert!(on(2, 20, None, None, Some(3)));
        assert!(!on(2, 7, Some(20), None, None));
        assert!(on(2, 7, None, None, None));
        assert!(!on(2, 0, None, Some(100), None));
        assert!(!on(u32::MAX, usize::MAX, Some(u32::MAX), Some(usize::MAX), None));
    }
}
