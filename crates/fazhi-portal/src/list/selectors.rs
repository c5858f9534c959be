//! Markup that only its owner understands: no list elements, a link to the topic before that to the article, and a pager of
//! signs. Any number beyond the last page answers the first one again.

use std::fmt::Write as _;

use super::{ListPage, Listed, Row, html_page};
use crate::date::{DateForm, write_date};

const PAGE: &str = "/gov/index.asp";

/// The keys of `[list.selectors]` that a pipeline needs to read such a list, with their CSS selectors.
pub const SELECTORS: [(&str, &str); 4] =
    [("item", "div.zx-row"), ("link", "div.zx-main > a.zx-name"), ("date", "div.zx-when"), ("next", "a.zx-fwd")];

/// Path of page `page`, from 1.
pub fn address(page: usize) -> String {
    if page == 1 { PAGE.to_owned() } else { format!("{PAGE}?p={page}") }
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    let slug = &site.government.slug;
    let chunks = site.chunks();
    let page = |(page, rows): (usize, &&[Row])| {
        let mut html = String::from("<div class=\"zx-box\">\n");
        for row in *rows {
            let (path, title) = (&row.path, &row.title);
            let date = write_date(row.date, DateForm::ChinesePadded);
            let _ = writeln!(
                html,
                "<div class=\"zx-row\"><div class=\"zx-main\"><a class=\"zx-kind\" href=\"/{slug}/gov/zt-fazhi.html\">〔依法治县专题栏目〕</a>\
                 <a class=\"zx-name\" href=\"{path}\">{title}</a></div><div class=\"zx-when\">发布于 {date}</div></div>"
            );
        }
        html.push_str("</div>\n<div class=\"zx-turn\">");
        if page > 0 {
            let _ = write!(html, "<a class=\"zx-back\" href=\"/{slug}{}\">◀</a>", address(page));
        }
        if page + 1 < chunks.len() {
            let _ = write!(html, "<a class=\"zx-fwd\" href=\"/{slug}{}\">▶</a>", address(page + 2));
        }
        html.push_str("</div>\n");
        html_page(&site.government, &address(page + 1), &html)
    };
    chunks.iter().enumerate().map(page).collect()
}
