//! gkmlpt: a shell with the number of the site and the tree of its categories, and a catalogue in JSON.

use chrono::NaiveTime;
use serde_json::{Value, json};

use super::{Answer, Asked, COLUMN, ListPage, Listed, Row, column, html_page};
use crate::government::Government;
use crate::query::Query;

/// Path of the shell.
pub const START: &str = "/gkmlpt/index";
/// What stands before the number of a category.
pub const API: &str = "/gkmlpt/api/all/";
/// Entries on a page; the client cannot choose.
const PER_PAGE: usize = 100;
/// The category that holds all others.
const ALL: usize = 0;
/// A category without entries.
const POLICIES: usize = 5;

/// Number of the site.
pub fn sid(government: &Government) -> String {
    (768_000 + government.ordinal).to_string()
}

/// Paths of the catalogue's pages.
pub fn addresses(site: &Listed) -> Vec<String> {
    let pages = 1..=site.rows.len().div_ceil(PER_PAGE);
    pages.map(|page| format!("{API}{ALL}?page={page}&sid={}", sid(&site.government))).collect()
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    let (sid, name, category) = (sid(&site.government), &site.government.name, column(&site.government));
    let html = format!(
        "<script type=\"text/javascript\">\nwindow._CONFIG = {{\n  SID: '{sid}',\n  SITE_NAME: '{name}',\n  \
         TREE: [{{\"id\":{POLICIES},\"name\":\"政策文件\",\"jump_url\":\"\",\"children\":[]}},{{\"id\":{category},\"name\":\"{COLUMN}\",\"jump_url\":\"\",\"children\":[]}}]\n}};\n\
         </script>\n<div id=\"app\"></div><script src=\"/gkmlpt/js/web.js\"></script>\n"
    );
    vec![html_page(&site.government, START, &html)]
}

pub fn answer(site: &Listed, query: &Query, asked: &Asked<'_>) -> Answer {
    let path = asked.path_and_query.split('?').next().unwrap_or_default();
    let category: Option<usize> = path.rsplit('/').next().and_then(|category| category.parse().ok());
    let rows = match category {
        Some(ALL) => &site.rows[..],
        Some(category) if category == column(&site.government) => &site.rows[..],
        _ => &[],
    };
    let page = query.number("page").unwrap_or(1);
    let shown = rows.iter().enumerate().skip((page - 1).saturating_mul(PER_PAGE)).take(PER_PAGE);
    let articles: Vec<Value> = shown.map(|(place, row)| article(site, place, row, asked)).collect();
    envelope(&json!({ "total": rows.len(), "page": page, "articles": articles }))
}

/// An error that calls itself a success in its status line.
pub fn unknown() -> Answer {
    envelope(&json!({ "errcode": 40_004, "errmessage": "站点不存在", "articles": null, "total": null }))
}

fn envelope(json: &Value) -> Answer {
    Answer::Text("application/json", json.to_string())
}

/// Times are seconds since 1970; of the hours of a working day in Beijing, some are still the day before in Greenwich.
fn article(site: &Listed, place: usize, row: &Row, asked: &Asked<'_>) -> Value {
    const BEIJING: i64 = 8 * 3_600;
    let hour = 7 + u32::try_from(place % 11).unwrap_or_default();
    let time = row.date.and_time(NaiveTime::from_hms_opt(hour, 20, 0).unwrap_or_default());
    let seconds = time.and_utc().timestamp() - BEIJING;
    let url = format!("{}{}", asked.base_url, row.path);
    json!({
        "id": 5_800_000 + place,
        "title": row.title,
        "url": url,
        "post_url": url,
        "publisher": site.government.name,
        "document_number": "",
        "identifier": "",
        "abstract": "",
        "date": seconds,
        "created_at": time.format("%Y-%m-%d %H:%M:%S").to_string(),
        "first_publish_time": seconds,
        "display_publish_time": seconds
    })
}
