//! Lonsun: a page that calls for its list, and `/site/label/8888`, which answers a fragment of HTML.
//!
//! Beyond the last page the service answers the first one again.

use std::fmt::Write as _;

use super::{Answer, Asked, ListPage, Listed, column, date, html_page};
use crate::government::Government;
use crate::query::Query;

/// Path of the service.
pub const LABEL: &str = "/site/label/8888";

fn site_id(government: &Government) -> usize {
    6_788_200 + government.ordinal
}

fn category(government: &Government) -> usize {
    6_599_100 + government.ordinal
}

/// Path of the page.
pub fn start(government: &Government) -> String {
    format!("/public/column/{}?type=4&catId={}&action=list", column(government), category(government))
}

/// Path of page `page`, from 1, of `per_page` entries.
pub fn address(government: &Government, page: usize, per_page: usize) -> String {
    let (site, organ, category) = (site_id(government), column(government), category(government));
    format!(
        "{LABEL}?IsAjax=1&dataType=html&labelName=publicInfoList&siteId={site}&organId={organ}&catId={category}&type=4&action=list\
         &isDate=true&dateFormat=yyyy-MM-dd&length=80&pageSize={per_page}&pageIndex={page}&file=/xxgk/publicInfoList_newest"
    )
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    let government = &site.government;
    let (slug, call) = (&government.slug, address(government, 1, site.per_page()));
    let (site_id, organ, category) = (site_id(government), column(government), category(government));
    let html = format!(
        "<script type=\"text/javascript\">var siteId=\"{site_id}\",organId=\"{organ}\",catId=\"{category}\";</script>\n\
         <div id=\"publicInfoList\"></div>\n<script type=\"text/javascript\">\n$(function(){{ $(\"#publicInfoList\").load(\"/{slug}{call}\"); }});\n</script>\n"
    );
    vec![html_page(government, &start(government), &html)]
}

/// Whether a query names the list of this site.
pub fn is_of(government: &Government, query: &Query) -> bool {
    let ids = [("siteId", site_id(government)), ("organId", column(government))];
    query.get("labelName") == Some("publicInfoList")
        && ids.iter().all(|(name, id)| query.get(name) == Some(&id.to_string()))
}

pub fn answer(site: &Listed, query: &Query, _asked: &Asked<'_>) -> Answer {
    let category = category(&site.government).to_string();
    if query.get("catId").is_some_and(|asked| !asked.is_empty() && asked != category) {
        return unknown();
    }
    let per_page = query.number("pageSize").unwrap_or(15).min(100);
    let pages = site.rows.len().div_ceil(per_page);
    let page = query.number("pageIndex").filter(|page| *page <= pages).unwrap_or(1);
    let mut html = String::from("<ul class=\"doc_list list-clear\">\n");
    for row in site.page(page, per_page) {
        let (path, title, date) = (&row.path, &row.title, date(row));
        let _ = writeln!(
            html,
            "<li class=\"mc\"><a class=\"title\" href=\"{path}\" target=\"_blank\" title=\"{title}\">{title}</a><span class=\"date\">{date}</span></li>"
        );
    }
    let total = site.rows.len();
    let _ = write!(
        html,
        "</ul>\n<div class=\"pagination\"></div>\n<script type=\"text/javascript\">\nLs.pagination(\".pagination\",function(pageIndex){{loadPublicInfoList(pageIndex);}},{{currentPage:{page},pageCount:{pages},total:{total}}});\n</script>\n"
    );
    Answer::Text("text/html;charset=UTF-8", html)
}

pub fn unknown() -> Answer {
    Answer::Text("text/html;charset=UTF-8", "<div class=\"nodata\">暂无相关信息</div>\n".to_owned())
}
