//! A feed in parts: each names the next, as RFC 5005 has it.

use std::fmt::Write as _;

use super::{Answer, Asked, COLUMN, Listed};
use crate::query::Query;

const FEED: &str = "/rss/fzzfjs.xml";

/// Path of part `page`, from 1.
pub fn address(page: usize) -> String {
    if page == 1 { FEED.to_owned() } else { format!("{FEED}?page={page}") }
}

/// The part that a path and a query name; the last of them is followed by empty ones.
pub fn file(site: &Listed, path: &str, query: &Query, asked: &Asked<'_>) -> Option<Answer> {
    if path != FEED {
        return None;
    }
    let (per_page, page) = (site.per_page(), query.number("page").unwrap_or(1));
    let home = format!("{}/{}", asked.base_url, site.government.slug);
    let name = site.government.site_name();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>{COLUMN}_{name}</title>\n<link>{home}/</link>\n<description>{COLUMN}</description>\n<language>zh-cn</language>\n\
         <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{home}{}\"/>\n",
        address(page)
    );
    if page < site.rows.len().div_ceil(per_page) {
        let _ = writeln!(
            xml,
            "<atom:link rel=\"next\" type=\"application/rss+xml\" href=\"{home}{}\"/>",
            address(page + 1)
        );
    }
    for row in site.page(page, per_page) {
        let (title, url) = (&row.title, format!("{}{}", asked.base_url, row.path));
        let time = row.date.format("%a, %d %b %Y 08:30:00 +0800");
        let _ = writeln!(
            xml,
            "<item><title><![CDATA[{title}]]></title><link>{url}</link><guid isPermaLink=\"true\">{url}</guid><pubDate>{time}</pubDate></item>"
        );
    }
    xml.push_str("</channel>\n</rss>\n");
    Some(Answer::Text("application/rss+xml; charset=utf-8", xml))
}
