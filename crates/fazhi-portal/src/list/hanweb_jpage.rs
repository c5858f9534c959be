//! Hanweb jpage: the first records stand in the page, the others come from `dataproxy.jsp`.
//!
//! Servers differ in what they heed. Those of the first round of the province count by `page`, those of the second by
//! `startrecord` and `endrecord` where they are given.

use std::fmt::Write as _;

use super::{Answer, Asked, ListPage, Listed, Row, column, html_page, own_date, shortened};
use crate::government::Government;
use crate::query::Query;

/// Path of the service.
pub const PROXY: &str = "/module/web/jpage/dataproxy.jsp";

/// Path of the page.
pub fn start(government: &Government) -> String {
    format!("/col/col{}/index.html", column(government))
}

/// Path of page `page`, from 1, as the page before it writes it.
pub fn address(government: &Government, page: usize) -> String {
    let (column, unit) = (column(government), unit(government));
    let (slug, ordinal) = (&government.slug, government.ordinal);
    let web = 3 + ordinal;
    format!(
        "{PROXY}?page={page}&webid={web}&path=/{slug}/&columnid={column}&unitid={unit}&webname=site{ordinal}&permissiontype=0"
    )
}

fn unit(government: &Government) -> usize {
    40_210 + government.ordinal
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    let government = &site.government;
    let (unit, slug, per_page, total) = (unit(government), &government.slug, site.per_page(), site.chunks().len());
    let store = store(site, site.page(1, per_page), 1);
    let html = format!(
        "<div id=\"{unit}\" class=\"jpage\"><script type=\"text/xml\">{store}</script></div>\n\
         <script>var jpage=$('#{unit}').jPage({{dataUrl:'/{slug}{PROXY}',perPage:{per_page},totalPage:{total}}});</script>\n"
    );
    vec![html_page(government, &start(government), &html)]
}

pub fn answer(site: &Listed, query: &Query, _asked: &Asked<'_>) -> Answer {
    let per_page = site.per_page();
    let page = query.number("page").unwrap_or(1);
    let window = query.number("startrecord").zip(query.number("endrecord"));
    let store = match window.filter(|_| counts_records(&site.government)) {
        Some((first, last)) => {
            let last = last.min(site.rows.len());
            let rows = site.rows.get(first - 1..last).unwrap_or_default();
            store(site, rows, last.div_ceil(per_page))
        }
        None => store(site, site.page(page, per_page), page),
    };
    xml(&store)
}

pub fn unknown() -> Answer {
    xml("<datastore>\n<nextgroup></nextgroup>\n<recordset>\n</recordset><totalpage>0</totalpage></datastore>")
}

fn xml(store: &str) -> Answer {
    Answer::Text("text/xml; charset=utf-8", format!("<?xml version='1.0' encoding='UTF-8'?>\n{store}\n"))
}

fn counts_records(government: &Government) -> bool {
    government.ordinal >= 14
}

/// The XML with these rows, the last of which stand on page `page`.
fn store(site: &Listed, rows: &[Row], page: usize) -> String {
    let (total, entries) = (site.chunks().len(), site.rows.len());
    let next = next_group(&site.government, page, total);
    let records = records(&site.government, rows);
    format!(
        "<datastore>\n{next}\n{records}\n<totalrecord>{entries}</totalrecord><totalpage>{total}</totalpage>\n</datastore>"
    )
}

/// Names the address of the group after page `page`, if there is one.
fn next_group(government: &Government, page: usize, total: usize) -> String {
    if page >= total {
        return "<nextgroup></nextgroup>".to_owned();
    }
    let address = address(government, page + 1);
    format!("<nextgroup><![CDATA[<a href=\"/{}{address}\"></a>]]></nextgroup>", government.slug)
}

fn records(government: &Government, rows: &[Row]) -> String {
    let mut xml = String::from("<recordset>\n");
    for row in rows {
        let (path, title, short, date) = (&row.path, &row.title, shortened(&row.title), own_date(government, row));
        let _ = writeln!(
            xml,
            "<record><![CDATA[<li><a href=\"{path}\" title=\"{title}\" target=\"_blank\">{short}</a><span>{date}</span></li>]]></record>"
        );
    }
    xml + "</recordset>"
}
