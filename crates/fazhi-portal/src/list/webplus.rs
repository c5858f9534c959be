//! Webplus: `list.htm`, `list2.htm`. Beyond the last page it answers the first one again.

use std::fmt::Write as _;

use super::{Answer, ListPage, Listed, Row, date, html_page};

const FOLDER: &str = "/fzzf";

/// Path of page `page`, from 1.
pub fn address(page: usize) -> String {
    if page == 1 { format!("{FOLDER}/list.htm") } else { format!("{FOLDER}/list{page}.htm") }
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    (1..=site.chunks().len()).map(|page| self::page(site, page)).collect()
}

/// What a page that does not exist answers.
pub fn file(site: &Listed, path: &str) -> Option<Answer> {
    let number = path.strip_prefix(FOLDER)?.strip_prefix("/list")?.strip_suffix(".htm")?;
    let asked: Option<usize> = number.parse().ok();
    asked.map(|_| Answer::Text("text/html; charset=utf-8", page(site, 1).text))
}

fn page(site: &Listed, page: usize) -> ListPage {
    let chunks = site.chunks();
    let rows = chunks.get(page - 1).copied().unwrap_or_default();
    let html = list(rows) + &pager(site, page, chunks.len());
    html_page(&site.government, &address(page), &html)
}

fn list(rows: &[Row]) -> String {
    let mut html = String::from("<div id=\"wp_news_w9\"><ul class=\"wp_article_list\">\n");
    for (place, row) in rows.iter().enumerate() {
        let (path, title, date, place) = (&row.path, &row.title, date(row), place + 1);
        let _ = writeln!(
            html,
            "<li class=\"list_item i{place}\"><div class=\"fields pr_fields\"><span class='Article_Index'>{place}</span>\
             <span class='Article_Title'><a href='{path}' target='_blank' title='{title}'>{title}</a></span></div>\
             <div class=\"fields ex_fields\"><span class='Article_PublishDate'>{date}</span></div></li>"
        );
    }
    html + "</ul></div>\n"
}

fn pager(site: &Listed, page: usize, total: usize) -> String {
    let slug = &site.government.slug;
    let link = |class: &str, text: &str, target: Option<usize>| {
        let href = target.map_or_else(|| "javascript:void(0);".to_owned(), |page| format!("/{slug}{}", address(page)));
        format!("<a class=\"{class}\" href=\"{href}\" target=\"_self\"><span>{text}</span></a> ")
    };
    let (per_page, entries) = (site.per_page(), site.rows.len());
    let links = [
        link("first", "第一页", (page > 1).then_some(1)),
        link("prev", "&lt;&lt;上一页", (page > 1).then(|| page - 1)),
        link("next", "下一页&gt;&gt;", (page < total).then_some(page + 1)),
        link("last", "尾页", (page < total).then_some(total)),
    ];
    format!(
        "<div id=\"wp_paging_w9\"><ul class=\"wp_paging clearfix\"><li class=\"pages_count\"><span class=\"per_page\">每页&nbsp;<em class=\"per_count\">{per_page}</em>&nbsp;记录&nbsp;</span>\
         <span class=\"all_count\">总共&nbsp;<em class=\"all_count\">{entries}</em>&nbsp;记录&nbsp;</span></li><li class=\"page_nav\">{}</li>\
         <li class=\"page_jump\"><span class=\"pages\">页码&nbsp;<em class=\"curr_page\">{page}</em>/<em class=\"all_pages\">{total}</em></span></li></ul></div>\n",
        links.concat()
    )
}
