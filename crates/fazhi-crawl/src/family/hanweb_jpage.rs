//! Hanweb jpage: records of HTML in an XML `datastore`, the first block inside the page, the others from `dataproxy.jsp`.
//!
//! The block names the address of the next one in `<nextgroup>`; where it does not, the call of `jpage` in the page holds
//! the ids that the proxy needs. Some servers go by `page` and ignore `startrecord`, some the other way round, so both
//! are sent. Servers also differ in whether the first address of the proxy repeats the block of the page, so a repeated
//! first block does not end the list.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Basis, ListPage, Listing, NextPage, entries, pager, plain, query, rows, tags};

static COLUMN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/col/col(\d+)/|dataproxy\.jsp").expect("the pattern is fixed"));
static ARTICLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/art/\d{4}/(?:\d{1,2}/\d{1,2}/)?art_\w+\.html?$").expect("the pattern is fixed"));
static ARTICLE_LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"href\s*=\s*["']?/art/\d{4}/\d{1,2}/\d{1,2}/art_\d+_\d+\.html?"#).expect("the pattern is fixed")
});
static HREF: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"href\s*=\s*["']?([^"'\s>]{1,1000})"#).expect("the pattern is fixed"));
static PROXY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?-u:\b)proxyUrl["']?\s*[:=]\s*["']([^"'<>\s]{1,300})["']"#).expect("the pattern is fixed")
});
static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"["']?(?-u:\b)(col|appid|webid|path|columnid|sourceContentType|unitid|webname|permissiontype|totalRecord)(?-u:\b)["']?\s*:\s*(?:"([^"<>]{0,200})"|'([^'<>]{0,200})'|(\d{1,12}))"#;
    Regex::new(pattern).expect("the pattern is fixed")
});

/// Records asked for at once: servers cut what exceeds about 300.
const MOST_RECORDS: usize = 100;
/// A call of `jpage` is read this far.
const CALL_LENGTH: usize = 4000;
const PROXY_PATH: &str = "/module/web/jpage/dataproxy.jsp";

/// The damage of a block that ends too early.
const CUT: &str = "the datastore is cut: only its complete records were read";

pub(super) fn sign(url: &Url, text: &str) -> Option<&'static str> {
    match () {
        () if text.contains("<datastore") => Some("`<datastore>` in the text"),
        () if text.contains("dataproxy.jsp") => Some("`dataproxy.jsp` in the text"),
        () if COLUMN.is_match(url.path()) => Some("`/col/colN/` in the address"),
        () if text.contains("大汉版通") => Some("`大汉版通` in the text"),
        () if ARTICLE_LINK.is_match(text) => Some("links to `/art/Y/M/D/art_C_N.html`"),
        () => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    let call = Call::find(page);
    let stores = tags::elements(page.text, "<datastore", "</datastore>");
    let whole = stores.whole.into_iter().map(|store| read_store(store, page, &call));
    let cut = stores.cut.map(|store| Listing { damage: Some(CUT), ..read_store(store, page, &call) });
    let best = whole.chain(cut).max_by_key(|listing| listing.items.len());
    if let Some(listing) = best.filter(|listing| !listing.items.is_empty() || listing.stated_total == Some(0)) {
        return listing;
    }
    let dom = fazhi_page::parse_html(page.text);
    let listing = rows::read(&dom.html, page, is_article);
    let next = pager::next_link(&dom.html, page);
    let next = next.or_else(|| call.next(page.url, &Block::of_page(listing.items.len() + listing.foreign)));
    let stated_total = pager::stated_total(page.text).or(call.total);
    Listing { next, stated_total, ..listing }
}

pub(super) fn is_article(url: &Url) -> bool {
    ARTICLE.is_match(url.path()) || plain::is_article(url)
}

/// A block of records and what it says about the list.
struct Block {
    /// Records in it.
    records: usize,
    /// Number of the record after it, from 1, where it is known.
    following: Option<usize>,
    total: Option<usize>,
    pages: Option<usize>,
}

impl Block {
    fn of_page(records: usize) -> Self {
        Self { records, following: Some(records + 1), total: None, pages: None }
    }

    fn of_store(store: &str, records: usize, url: &Url) -> Self {
        let number = |tag: &str| tags::first(store, tag).and_then(|text| text.trim().parse().ok());
        let start = match (query::number(url, "startrecord"), query::number(url, "page")) {
            (Some(start), _) => Some(start as usize),
            (None, None) => Some(1),
            // How many records a page has that was asked for without their numbers is not known.
            (None, Some(_)) => None,
        };
        let following = start.and_then(|start| start.checked_add(records));
        Self { records, following, total: number("totalrecord"), pages: number("totalpage") }
    }

    /// The parameters of the block after it.
    fn window(&self, url: &Url) -> Option<[(&'static str, String); 3]> {
        let start = self.following?;
        let asked = query::number(url, "perpage").map_or(self.records, |size| size as usize);
        let size = if asked == 0 { MOST_RECORDS } else { asked.min(MOST_RECORDS) };
        let end = start.checked_add(size - 1)?;
        Some([("startrecord", start.to_string()), ("endrecord", end.to_string()), ("perpage", size.to_string())])
    }
}

fn read_store(store: &str, page: &ListPage<'_>, call: &Call) -> Listing {
    let url = page.url;
    let records = tags::elements(store, "<record>", "</record>");
    let items = records.whole.iter().filter_map(|record| {
        let dom = fazhi_page::parse_html(&tags::content(record));
        rows::entry(&dom.html, url)
    });
    let listing = entries::listing(page, items);
    let block = Block::of_store(store, records.whole.len(), url);
    let next = linked(store, page, call, &block).or_else(|| counted(url, &block)).or_else(|| call.next(url, &block));
    let stated_total = block.total.or(call.total);
    Listing { next, stated_total, damage: records.cut.map(|_| CUT), ..listing }
}

/// The block that `<nextgroup>` leads to.
fn linked(store: &str, page: &ListPage<'_>, call: &Call, block: &Block) -> Option<NextPage> {
    let url = page.url;
    let group = tags::first(store, "nextgroup")?;
    let link = url.join(&HREF.captures(&group)?[1].replace("&amp;", "&")).ok()?;
    let own = query::number(url, "page");
    if !page.follows(&link) || query::number(&link, "page") <= own {
        return None;
    }
    let mut next = call.proxy.clone().map_or_else(|| link.clone(), |proxy| with_query_of(proxy, &link));
    if let Some(window) = block.window(url) {
        next = query::with(&next, &window.each_ref().map(|(name, value)| (*name, value.as_str())));
    }
    // Only the page itself, which has no number, can be followed by its own block.
    let basis = if own.is_none() { Basis::MayRepeat } else { Basis::Linked };
    Some(NextPage { url: next, basis, rule: "nextgroup" })
}

fn with_query_of(proxy: Url, link: &Url) -> Url {
    let mut next = proxy;
    next.set_query(link.query());
    next
}

/// The block after one that was asked for by number and does not lead on itself.
fn counted(url: &Url, block: &Block) -> Option<NextPage> {
    let following = query::number(url, "page")?.checked_add(1)?;
    let more_pages = block.pages.is_some_and(|pages| following as usize <= pages);
    let more_records = block.following.zip(block.total).is_some_and(|(following, total)| following <= total);
    if block.records == 0 || !(more_pages || more_records) {
        return None;
    }
    let number = following.to_string();
    let window = block.window(url);
    let mut changes = vec![("page", number.as_str())];
    changes.extend(window.iter().flatten().map(|(name, value)| (*name, value.as_str())));
    Some(NextPage { url: query::with(url, &changes), basis: Basis::Computed, rule: "totalpage" })
}

/// The call of `jpage` in the page.
#[derive(Debug, Default)]
struct Call {
    /// Where the proxy is, if the page says so.
    proxy: Option<Url>,
    /// What the proxy must be told.
    settings: Vec<(String, String)>,
    total: Option<usize>,
}

impl Call {
    /// The call for the column of the page; one of several that is for another column says nothing about it.
    fn find(page: &ListPage<'_>) -> Self {
        let calls: Vec<Self> = page.text.split(".jpage(").skip(1).take(20).map(|rest| Self::read(rest, page)).collect();
        let column = COLUMN.captures(page.url.path()).and_then(|found| Some(found.get(1)?.as_str().to_owned()));
        let fits = |call: &&Self| call.setting("columnid") == column.as_deref();
        let count = calls.len();
        let chosen = calls.iter().position(|call| fits(&call)).or((count == 1).then_some(0));
        let mut calls = calls;
        let none = || Self { proxy: proxy(page.text, page), ..Self::default() };
        chosen.map_or_else(none, |index| calls.swap_remove(index))
    }

    fn read(text: &str, page: &ListPage<'_>) -> Self {
        let end = text.find("</script").unwrap_or(text.len()).min(text.floor_char_boundary(CALL_LENGTH));
        let mut settings: Vec<(String, String)> = Vec::new();
        for found in SETTING.captures_iter(&text[..end]) {
            let value = (2..=4).find_map(|group| found.get(group)).map_or("", |value| value.as_str());
            if !settings.iter().any(|(name, _)| *name == found[1]) {
                settings.push((found[1].to_owned(), value.to_owned()));
            }
        }
        let total = settings.iter().position(|(name, _)| name == "totalRecord");
        let total = total.and_then(|index| settings.remove(index).1.parse().ok());
        Self { proxy: proxy(&text[..end], page), settings, total }
    }

    fn setting(&self, wanted: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The second block, for a page whose first block does not lead on.
    fn next(&self, url: &Url, block: &Block) -> Option<NextPage> {
        self.setting("columnid").and(self.setting("unitid"))?;
        let total = block.total.or(self.total)?;
        if query::number(url, "page").is_some() || block.records == 0 || block.following? > total {
            return None;
        }
        let proxy = self.proxy.clone().or_else(|| url.join(PROXY_PATH).ok())?;
        let window = block.window(url)?;
        // With blocks of this size, the page holds as many of them as fill it.
        let size: usize = window[2].1.parse().ok()?;
        let number = (block.records.div_ceil(size) + 1).to_string();
        let mut changes: Vec<(&str, &str)> = vec![("page", &number)];
        changes.extend(self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        changes.extend(window.iter().map(|(name, value)| (*name, value.as_str())));
        Some(NextPage { url: query::with(&proxy, &changes), basis: Basis::Computed, rule: "jpage-call" })
    }
}

/// `proxyUrl` overrides where the proxy is.
fn proxy(text: &str, page: &ListPage<'_>) -> Option<Url> {
    let proxy = entries::address(page.url, &PROXY.captures(text)?[1])?;
    page.follows(&proxy).then_some(proxy)
}
