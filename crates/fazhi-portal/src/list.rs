//! How each family lists its articles: addresses, pagers, answers.
//!
//! Most lists lie ready as pages ([`ready_pages`]). Where a family asks a service for its list, the answer is worked out
//! from the query as it came ([`answer`]), so that a client may order and add parameters as it likes.

mod gkmlpt;
mod hanweb_jpaas;
mod hanweb_jpage;
mod json;
mod lonsun;
mod plain;
mod rss;
mod selectors;
mod service;
mod sitemap;
mod trs;
mod ucap;
mod vsb;
mod was5;
mod webplus;

use chrono::NaiveDate;

use crate::chrome::{page_end, page_top};
use crate::date::{DateForm, write_date};
use crate::dice::fnv;
use crate::government::{Family, Government};
use crate::header::meta_html;

pub use selectors::SELECTORS;
pub use service::{Answer, Asked, answer};

/// A link of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Title in full.
    pub title: String,
    /// Path of the article on this server.
    pub path: String,
    /// Date beside the link.
    pub date: NaiveDate,
}

/// A list page: its path (with query, where that tells pages apart) and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// Path and query.
    pub path: String,
    /// HTML.
    pub text: String,
}

/// What stands at the start of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Entrance {
    /// The list.
    #[default]
    Direct,
    /// A page with nothing but frames, one of which holds the list.
    Framed,
}

/// A site with the links of its list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its owner.
    pub government: Government,
    /// The links, the latest first.
    pub rows: Vec<Row>,
    /// What a visitor meets first.
    pub entrance: Entrance,
}

const PER_PAGE: usize = 9;
const COLUMN: &str = "法治政府建设年度报告";

impl Listed {
    /// Entries on a page, so few that there are at least three pages where there are three rows.
    pub fn per_page(&self) -> usize {
        self.rows.len().div_ceil(3).clamp(1, PER_PAGE)
    }

    /// The rows by page.
    fn chunks(&self) -> Vec<&[Row]> {
        self.rows.chunks(self.per_page()).collect()
    }

    /// The rows of the page of this number (from 1) where pages have `per_page` rows; none beyond the end.
    fn page(&self, number: usize, per_page: usize) -> &[Row] {
        self.rows.chunks(per_page.max(1)).nth(number.saturating_sub(1)).unwrap_or_default()
    }

    /// The day the list last changed.
    pub fn latest(&self) -> NaiveDate {
        self.rows.iter().map(|row| row.date).max().unwrap_or_default()
    }
}

/// Path of the list's first page, which a pipeline starts from.
pub fn start_path(government: &Government) -> String {
    let path = match government.family {
        Family::Gkmlpt => gkmlpt::START.to_owned(),
        Family::HanwebJpaas => hanweb_jpaas::START.to_owned(),
        Family::HanwebJpage => hanweb_jpage::start(government),
        Family::Json => json::address(government, 1, PER_PAGE),
        Family::Lonsun => lonsun::start(government),
        Family::Rss => rss::address(1),
        Family::Selectors => selectors::address(1),
        Family::Sitemap => sitemap::INDEX.to_owned(),
        Family::Static => plain::address(1, Entrance::Direct),
        Family::Trs => trs::address(0),
        Family::Ucap => ucap::address(1),
        Family::Vsb => vsb::address(0, 1),
        Family::Was5 => was5::address(government, 1, PER_PAGE),
        Family::Webplus => webplus::address(1),
    };
    format!("/{}{path}", government.slug)
}

/// The list pages that need no working out, the start page first.
pub fn ready_pages(site: &Listed) -> Vec<ListPage> {
    match site.government.family {
        Family::Gkmlpt => gkmlpt::pages(site),
        Family::HanwebJpaas => hanweb_jpaas::pages(site),
        Family::HanwebJpage => hanweb_jpage::pages(site),
        Family::Lonsun => lonsun::pages(site),
        Family::Selectors => selectors::pages(site),
        Family::Static => plain::pages(site),
        Family::Trs => trs::pages(site),
        Family::Ucap => ucap::pages(site),
        Family::Vsb => vsb::pages(site),
        Family::Webplus => webplus::pages(site),
        Family::Json | Family::Rss | Family::Sitemap | Family::Was5 => Vec::new(),
    }
}

/// Paths of the pages that are worked out, as the site itself writes them.
pub fn computed_paths(site: &Listed) -> Vec<String> {
    let government = &site.government;
    let (per_page, pages) = (site.per_page(), 1..=site.chunks().len());
    let full_pages = 1..=site.rows.len().div_ceil(PER_PAGE);
    let paths: Vec<String> = match government.family {
        Family::Gkmlpt => gkmlpt::addresses(site),
        Family::HanwebJpaas => pages.map(|page| hanweb_jpaas::address(government, page, per_page)).collect(),
        Family::HanwebJpage => pages.skip(1).map(|page| hanweb_jpage::address(government, page)).collect(),
        Family::Json => full_pages.map(|page| json::address(government, page, PER_PAGE)).collect(),
        Family::Lonsun => pages.map(|page| lonsun::address(government, page, per_page)).collect(),
        Family::Rss => pages.map(rss::address).collect(),
        Family::Sitemap => sitemap::ADDRESSES.map(str::to_owned).into(),
        Family::Ucap => pages.map(|page| ucap::json_address(government, page, per_page)).collect(),
        Family::Was5 => full_pages.map(|page| was5::address(government, page, PER_PAGE)).collect(),
        Family::Selectors | Family::Static | Family::Trs | Family::Vsb | Family::Webplus => Vec::new(),
    };
    paths.into_iter().map(|path| format!("/{}{path}", government.slug)).collect()
}

/// Path of an article: `id` is its number in the system that publishes it.
pub fn article_path(government: &Government, published: NaiveDate, id: u32) -> String {
    let (column, hash) = (column(government), hash(government, &id.to_string()));
    let (month, day) = (published.format("%Y%m"), published.format("%Y%m%d"));
    let path = match government.family {
        Family::Gkmlpt => format!("/gkmlpt/content/5/{}/post_{}.html", (5_800_000 + id) / 1_000, 5_800_000 + id),
        Family::HanwebJpaas => format!("/art/{}/art_{hash}.html", published.format("%Y")),
        Family::HanwebJpage => format!("/art/{}/art_{column}_{id}.html", published.format("%Y/%-m/%-d")),
        Family::Json => format!("/content/post_{id}.html"),
        Family::Lonsun => format!("/public/{column}/{id}.html"),
        Family::Rss => format!("/zwgk/{day}/{id}.html"),
        Family::Selectors => format!("/gov/show-{column}-{id}.html"),
        Family::Sitemap => format!("/xxgk/{}/{id}.html", published.format("%Y-%m")),
        Family::Static => format!("/fzzfjsndbg/content_{id}.html"),
        Family::Trs | Family::Was5 => format!("/zwgk/fzzfjsndbg/{month}/t{day}_{id}.html"),
        Family::Ucap => format!("{}/{month}/{hash}.shtml", ucap::FOLDER),
        Family::Vsb => format!("/info/{column}/{id}.htm"),
        Family::Webplus => format!("/{}/c{column}a{id}/page.htm", published.format("%Y/%m%d")),
    };
    format!("/{}{path}", government.slug)
}

/// Number of the column.
fn column(government: &Government) -> usize {
    1021 + government.ordinal * 13
}

/// 32 hexadecimal digits that stand for something of a site.
fn hash(government: &Government, name: &str) -> String {
    let half = |salt: &str| fnv(format!("{salt} {} {name}", government.slug).as_bytes());
    format!("{:016x}{:016x}", half("first"), half("second"))
}

/// A page of the site with this between its top and its foot.
fn html_page(government: &Government, path: &str, inner: &str) -> ListPage {
    let day = "2026年9月1日";
    let mut text = page_top(government, COLUMN, &meta_html(government, COLUMN, None), day);
    text.extend(["<div class=\"list\"><h3>", COLUMN, "</h3>\n", inner, "</div>\n"]);
    // List pages are lighter than articles: the side bars of an article page that is almost full.
    let end = page_end(government, text.len() + 20_000);
    ListPage { path: format!("/{}{path}", government.slug), text: text + &end }
}

/// The date of a row where the site may write it as it likes.
fn own_date(government: &Government, row: &Row) -> String {
    write_date(row.date, government.habits.listed)
}

/// The date of a row where the software writes it.
fn date(row: &Row) -> String {
    write_date(row.date, DateForm::Dashed)
}

/// Path of a row relative to a folder of its site, which ends with a slash; in full where it lies elsewhere.
fn relative<'a>(government: &Government, folder: &str, row: &'a Row) -> Option<&'a str> {
    row.path.strip_prefix('/')?.strip_prefix(government.slug.as_str())?.strip_prefix(folder)
}

/// Long titles are cut in the text of the link; its `title` keeps them whole.
fn shortened(title: &str) -> String {
    const KEPT: usize = 26;
    if title.chars().count() <= KEPT { title.to_owned() } else { title.chars().take(KEPT).collect::<String>() + "..." }
}

#[cfg(test)]
mod tests;
