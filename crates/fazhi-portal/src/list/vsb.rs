//! VSB: the last page is number 1, and every page links to the next.

use std::fmt::Write as _;

use super::{ListPage, Listed, Row, html_page, own_date, relative};

/// Path of page `page` (from 0) of `total`.
pub fn address(page: usize, total: usize) -> String {
    if page == 0 { "/zwgk/fzzfjs.htm".to_owned() } else { format!("/zwgk/fzzfjs/{}.htm", total - page) }
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    let chunks = site.chunks();
    let page = |(page, rows): (usize, &&[Row])| {
        let html = list(site, rows, page) + &pager(site.rows.len(), page, chunks.len());
        html_page(&site.government, &address(page, chunks.len()), &html)
    };
    chunks.iter().enumerate().map(page).collect()
}

fn list(site: &Listed, rows: &[Row], page: usize) -> String {
    let up = if page == 0 { "../" } else { "../../" };
    let mut html = String::from("<ul>\n");
    for (place, row) in rows.iter().enumerate() {
        let href = relative(&site.government, "/", row).map_or_else(|| row.path.clone(), |rest| format!("{up}{rest}"));
        let (title, date) = (&row.title, own_date(&site.government, row));
        let _ = writeln!(
            html,
            "<li id=\"line_u9_{place}\"><a href=\"{href}\" target=\"_blank\" title=\"{title}\">{title}</a><span>{date}</span></li>"
        );
    }
    html + "</ul>\n"
}

fn pager(entries: usize, page: usize, total: usize) -> String {
    let link = |target: usize| match (page, target) {
        (_, 0) => "../fzzfjs.htm".to_owned(),
        (0, target) => format!("fzzfjs/{}.htm", total - target),
        (_, target) => format!("{}.htm", total - target),
    };
    let next = if page + 1 < total {
        format!("<span class=\"p_next p_fun\"><a href=\"{}\">下页</a></span>", link(page + 1))
    } else {
        "<span class=\"p_next_d p_fun_d\">下页</span>".to_owned()
    };
    let first = if page == 0 { String::new() } else { format!("<a href=\"{}\">首页</a>", link(0)) };
    format!(
        "<div class=\"pb_sys_common\"><span class=\"p_t\">共{entries}条　{}/{total}</span>{first}{next}</div>\n",
        page + 1
    )
}
