//! Hanweb jpaas: a page that says what to ask for, and a service that answers HTML inside JSON.
//!
//! The service refuses those who do not say whence they come, and reads the number of the page in `paramJson` alone.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Answer, Asked, ListPage, Listed, date, hash, html_page, shortened};
use crate::government::Government;
use crate::query::{Query, percent_encoded};

/// Path of the page.
pub const START: &str = "/zwgk/fdzdgknr/fzzfjs/index.html";
/// Path of the service.
pub const API: &str = "/api-gateway/jpaas-publish-server/front/page/build/unit";
const TAG: &str = "当前栏目_list";

fn web(government: &Government) -> String {
    hash(government, "web")
}

fn page_id(government: &Government) -> String {
    hash(government, "page")
}

/// Path of page `page`, from 1, of `per_page` entries.
pub fn address(government: &Government, page: usize, per_page: usize) -> String {
    let tag = percent_encoded(TAG);
    let json = percent_encoded(&format!("{{\"pageNo\":{page},\"pageSize\":{per_page}}}"));
    let (web, template, id) = (web(government), hash(government, "template"), page_id(government));
    format!(
        "{API}?parseType=bulidstatic&webId={web}&tplSetId={template}&pageType=column&tagId={tag}&editType=null&pageId={id}&paramJson={json}"
    )
}

/// The page is a shell: the list comes later.
pub fn pages(site: &Listed) -> Vec<ListPage> {
    let government = &site.government;
    let (slug, web, template, id) =
        (&government.slug, web(government), hash(government, "template"), page_id(government));
    let html = format!(
        "<div class=\"list-con\" id=\"{TAG}\"><script parseType=\"bulidstatic\" src=\"/script/0/parse.js\" url=\"/{slug}{API}\" \
         queryData=\"{{'webId':'{web}','pageId':'{id}','parseType':'bulidstatic','pageType':'column','tagId':'{TAG}','tplSetId':'{template}','editType':'null','pageSize':'{}'}}\"></script></div>\n",
        site.per_page()
    );
    vec![html_page(government, START, &html)]
}

/// Whether a query names the list of this site.
pub fn is_of(government: &Government, query: &Query) -> bool {
    query.get("webId") == Some(&web(government)) && query.get("pageId") == Some(&page_id(government))
}

pub fn answer(site: &Listed, query: &Query, asked: &Asked<'_>) -> Answer {
    if asked.referer.is_none_or(str::is_empty) {
        return Answer::Forbidden;
    }
    if query.get("tagId") != Some(TAG) {
        return unknown();
    }
    let parameters = query.get("paramJson").and_then(|text| serde_json::from_str::<Value>(text).ok());
    let number = |name: &str| {
        let value = parameters.as_ref()?.get(name)?;
        let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
        usize::try_from(number).ok().filter(|number| *number >= 1)
    };
    let (page, per_page) =
        (number("pageNo").unwrap_or(1), number("pageSize").unwrap_or_else(|| site.per_page()).min(300));
    envelope(
        &json!({ "success": true, "message": "操作成功", "code": "200", "data": { "html": html(site, page, per_page) } }),
    )
}

/// Success without a list, as a wrong `tagId` gets it.
pub fn unknown() -> Answer {
    envelope(&json!({ "success": true, "message": "操作成功", "code": "200", "data": { "html": "" } }))
}

fn envelope(json: &Value) -> Answer {
    Answer::Text("application/json;charset=UTF-8", json.to_string())
}

fn html(site: &Listed, page: usize, per_page: usize) -> String {
    let mut html = format!("<div id=\"{TAG}\"><ul class=\"page-content\">\n");
    for row in site.page(page, per_page) {
        let (path, title, short, date) = (&row.path, &row.title, shortened(&row.title), date(row));
        let _ = writeln!(
            html,
            "<li class=\"clearfix\"><a class=\"news\" href=\"{path}\" title=\"{title}\" target=\"_blank\">{short}</a><span class=\"time\">{date}</span></li>"
        );
    }
    let (count, pages) = (site.rows.len(), site.rows.len().div_ceil(per_page));
    let _ = write!(
        html,
        "</ul><div class=\"pagination\" count=\"{count}\" currpage=\"{page}\" pagesize=\"{per_page}\" pagecount=\"{pages}\"></div></div>"
    );
    html
}
