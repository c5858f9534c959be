//! The family with hashes in its addresses: pages counted from 1, and the same list in JSON.
//!
//! Sites of the first round of the province have their list in the page; those of the second only name the channel.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Answer, Asked, ListPage, Listed, Row, date, hash, html_page};
use crate::government::Government;
use crate::query::Query;

/// Folder of the column.
pub const FOLDER: &str = "/c100079";
/// What stands before the channel.
pub const SEARCH: &str = "/searchList/";

/// The channel's number.
pub fn channel(government: &Government) -> String {
    hash(government, "channel")
}

/// Path of page `page`, from 1.
pub fn address(page: usize) -> String {
    if page == 1 { format!("{FOLDER}/list.shtml") } else { format!("{FOLDER}/list_{page}.shtml") }
}

/// Path of page `page` of the list in JSON.
pub fn json_address(government: &Government, page: usize, per_page: usize) -> String {
    let channel = channel(government);
    format!("{SEARCH}{channel}?_isAgg=true&_isJson=true&_pageSize={per_page}&_template=index&_channelName=&page={page}")
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    if site.government.ordinal >= 14 {
        return vec![shell(site)];
    }
    let chunks = site.chunks();
    let page = |(page, rows): (usize, &&[Row])| {
        let mut html = String::from("<ul class=\"pageList\">\n");
        for row in *rows {
            let (path, title, date) = (&row.path, &row.title, date(row));
            let _ = writeln!(
                html,
                "<li><a href=\"{path}\" target=\"_blank\" title=\"{title}\">{title}</a><span class=\"time\">{date}</span></li>"
            );
        }
        let (page, total, count) = (page + 1, chunks.len(), site.rows.len());
        let _ = write!(
            html,
            "</ul>\n<div id=\"page_div\"></div>\n<script type=\"text/javascript\">createPageHTML('page_div',{total},{page},'list','shtml',{count});</script>\n"
        );
        html_page(&site.government, &address(page), &html)
    };
    chunks.iter().enumerate().map(page).collect()
}

fn shell(site: &Listed) -> ListPage {
    let (channel, slug, per_page) = (channel(&site.government), &site.government.slug, site.per_page());
    let html = format!(
        "<ul class=\"pageList\" id=\"list\"></ul><div id=\"page_div\"></div>\n<script type=\"text/javascript\">\nvar channelId = '{channel}';\n\
         $.getJSON('/{slug}{SEARCH}{channel}?_isAgg=true&_isJson=true&_pageSize={per_page}&_template=index&_channelName=&page=1', showList);\n</script>\n"
    );
    html_page(&site.government, &address(1), &html)
}

pub fn answer(site: &Listed, query: &Query, asked: &Asked<'_>) -> Answer {
    let per_page = query.number("_pageSize").unwrap_or_else(|| site.per_page()).min(100);
    let page = query.number("page").unwrap_or(1);
    let results: Vec<Value> = site.page(page, per_page).iter().map(|row| result(site, row, asked)).collect();
    let channel = channel(&site.government);
    envelope(&json!({
        "data": { "page": page, "rows": per_page, "channelId": channel, "total": site.rows.len(), "results": results }
    }))
}

pub fn unknown() -> Answer {
    envelope(&json!({ "data": { "page": 1, "rows": 0, "total": 0, "results": [] } }))
}

fn envelope(json: &Value) -> Answer {
    Answer::Text("application/json;charset=utf-8", json.to_string())
}

/// Addresses lack their scheme; values that nobody gave are the word `null`.
fn result(site: &Listed, row: &Row, asked: &Asked<'_>) -> Value {
    let host = asked.base_url.split_once(':').map_or("", |(_, rest)| rest);
    let meta = |key: &str, name: &str, value: &str| json!({ "key": key, "name": name, "value": value });
    json!({
        "title": row.title,
        "url": format!("{host}{}", row.path),
        "publishedTime": row.date.and_hms_opt(1, 5, 0).map_or(0, |time| time.and_utc().timestamp_millis()),
        "publishedTimeStr": format!("{} 09:05:00", date(row)),
        "memo": "null",
        "subTitle": null,
        "resList": [],
        "domainMetaList": [{
            "domainName": "政府信息公开",
            "resultList": [
                meta("writtentext", "文号", "null"),
                meta("writtendepartment", "发文单位", &site.government.name),
                meta("source", "来源", &site.government.source)
            ]
        }]
    })
}
