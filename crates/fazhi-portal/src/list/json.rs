//! JSON of no known make. Beyond the last page it answers the last one again, as a common paging library does.

use serde_json::{Value, json};

use super::{Answer, Asked, Listed, PER_PAGE, column, date};
use crate::government::Government;
use crate::query::Query;

/// Path of the service.
pub const API: &str = "/api/article/list";

/// Path of page `page`, from 1, of `per_page` entries.
pub fn address(government: &Government, page: usize, per_page: usize) -> String {
    format!("{API}?channelId={}&pageNum={page}&pageSize={per_page}", column(government))
}

pub fn answer(site: &Listed, query: &Query, _asked: &Asked<'_>) -> Answer {
    let per_page = query.number("pageSize").unwrap_or(PER_PAGE).min(100);
    let pages = site.rows.len().div_ceil(per_page);
    let page = query.number("pageNum").unwrap_or(1).min(pages.max(1));
    let first = (page - 1) * per_page;
    let entry = |(place, row): (usize, &super::Row)| {
        json!({
            "id": first + place + 1,
            "title": row.title,
            "url": row.path,
            "publishTime": format!("{} 09:15:00", date(row)),
            "source": Value::Null,
            "thumb": ""
        })
    };
    let list: Vec<Value> = site.page(page, per_page).iter().enumerate().map(entry).collect();
    envelope(&json!({
        "code": 200,
        "msg": "操作成功",
        "data": { "total": site.rows.len(), "pages": pages, "pageNum": page, "pageSize": per_page, "list": list }
    }))
}

/// An error that calls itself a success in its status line.
pub fn unknown() -> Answer {
    envelope(&json!({ "code": 500, "msg": "栏目不存在", "data": null }))
}

fn envelope(json: &Value) -> Answer {
    Answer::Text("application/json", json.to_string())
}
