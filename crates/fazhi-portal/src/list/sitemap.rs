//! A sitemap index and its two sitemaps. They tell no titles.

use std::fmt::Write as _;

use super::{Answer, Asked, Listed, Row, date};

/// Path of the index.
pub const INDEX: &str = "/sitemap.xml";
/// Paths of all three.
pub const ADDRESSES: [&str; 3] = [INDEX, "/sitemap_1.xml", "/sitemap_2.xml"];

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The file of this path.
pub fn file(site: &Listed, path: &str, asked: &Asked<'_>) -> Option<Answer> {
    // The later half comes first, as in every list here; one row stands in the first sitemap, none in the second.
    let (first, second) = site.rows.split_at(site.rows.len().div_ceil(2));
    let xml = match ADDRESSES.iter().position(|address| *address == path)? {
        0 => index(site, [first, second], asked),
        1 => urls(first, asked),
        _ => urls(second, asked),
    };
    Some(Answer::Text("application/xml; charset=utf-8", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}")))
}

fn index(site: &Listed, halves: [&[Row]; 2], asked: &Asked<'_>) -> String {
    let home = format!("{}/{}", asked.base_url, site.government.slug);
    let mut xml = format!("<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    for (path, rows) in ADDRESSES.iter().skip(1).zip(halves) {
        let latest = rows.first().map(|row| format!("<lastmod>{}</lastmod>", date(row))).unwrap_or_default();
        let _ = writeln!(xml, "<sitemap><loc>{home}{path}</loc>{latest}</sitemap>");
    }
    xml + "</sitemapindex>\n"
}

fn urls(rows: &[Row], asked: &Asked<'_>) -> String {
    let mut xml = format!("<urlset xmlns=\"{NAMESPACE}\">\n");
    for row in rows {
        let _ = writeln!(
            xml,
            "<url><loc>{}{}</loc><lastmod>{}</lastmod><changefreq>never</changefreq></url>",
            asked.base_url,
            row.path,
            date(row)
        );
    }
    xml + "</urlset>\n"
}
