//! Plain links with numbered files, behind a frame where the site has one.

use std::fmt::Write as _;

use super::{Entrance, ListPage, Listed, Row, html_page, own_date, relative};
use crate::date::DateForm;

const FOLDER: &str = "/fzzfjsndbg/";

/// Path of page `page`, from 1; of the page with the frames, or before which there are none, where that is asked for.
pub fn address(page: usize, entrance: Entrance) -> String {
    format!("{FOLDER}{}", file(page, entrance))
}

/// What a framed list calls its first page, since the frames took its name.
fn first(entrance: Entrance) -> &'static str {
    match entrance {
        Entrance::Direct => "index.html",
        Entrance::Framed => "list.html",
    }
}

fn file(page: usize, entrance: Entrance) -> String {
    if page == 1 { first(entrance).to_owned() } else { format!("list_{page}.html") }
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    let chunks = site.chunks();
    let page = |(page, rows): (usize, &&[Row])| {
        let html = list(site, rows) + &pager(page + 1, chunks.len(), site.entrance);
        html_page(&site.government, &address(page + 1, site.entrance), &html)
    };
    let pages = chunks.iter().enumerate().map(page);
    match site.entrance {
        Entrance::Direct => pages.collect(),
        Entrance::Framed => std::iter::once(frames(site)).chain(pages).collect(),
    }
}

/// A page that holds two frames: a counter, and the list.
fn frames(site: &Listed) -> ListPage {
    let (slug, name, column) = (&site.government.slug, site.government.site_name(), super::COLUMN);
    let text = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{column}_{name}</title></head>\n<body>\n\
         <iframe src=\"/{slug}/visitcount.html\" width=\"0\" height=\"0\" style=\"display:none\"></iframe>\n\
         <iframe id=\"list\" src=\"{}\" width=\"100%\" height=\"900\" frameborder=\"0\" scrolling=\"no\"></iframe>\n</body></html>\n",
        first(site.entrance)
    );
    ListPage { path: format!("/{slug}{}", address(1, Entrance::Direct)), text }
}

fn list(site: &Listed, rows: &[Row]) -> String {
    let government = &site.government;
    let mut html = String::from("<ul class=\"news-list\">\n");
    for row in rows {
        let href = relative(government, FOLDER, row).unwrap_or(&row.path);
        let date = own_date(government, row);
        let date = if government.habits.listed == DateForm::Dashed { format!("[{date}]") } else { date };
        let _ = writeln!(html, "<li><span class=\"date\">{date}</span><a href=\"{href}\">{}</a></li>", row.title);
    }
    html + "</ul>\n"
}

fn pager(page: usize, total: usize, entrance: Entrance) -> String {
    let mut html = String::from("<div class=\"pages\">");
    for target in 1..=total {
        let class = if target == page { " class=\"on\"" } else { "" };
        let _ = write!(html, "<a href=\"{}\"{class}>{target}</a> ", file(target, entrance));
    }
    if page < total {
        let _ = write!(html, "<a href=\"{}\">下一页</a>", file(page + 1, entrance));
    }
    html + "</div>\n"
}
