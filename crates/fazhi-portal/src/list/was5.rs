//! TRS WAS5 search: records in XML. Beyond the last page it answers the first one again.

use std::fmt::Write as _;

use super::{Answer, Asked, Listed, PER_PAGE, column, date};
use crate::government::Government;
use crate::query::Query;

/// Path of the service.
pub const SEARCH: &str = "/was5/web/search";

/// Number of the channel.
pub fn channel(government: &Government) -> String {
    (200_000 + column(government)).to_string()
}

/// Path of page `page`, from 1, of `per_page` entries.
pub fn address(government: &Government, page: usize, per_page: usize) -> String {
    format!("{SEARCH}?channelid={}&orderby=-DOCRELTIME&perpage={per_page}&page={page}", channel(government))
}

pub fn answer(site: &Listed, query: &Query, asked: &Asked<'_>) -> Answer {
    let per_page = query.number("perpage").or_else(|| query.number("prepage")).unwrap_or(PER_PAGE).min(100);
    let pages = site.rows.len().div_ceil(per_page);
    let page = query.number("page").filter(|page| *page <= pages).unwrap_or(1);
    let mut records = String::new();
    for row in site.page(page, per_page) {
        let (title, url, date) = (&row.title, format!("{}{}", asked.base_url, row.path), date(row));
        let body = &site.government.name;
        let _ = writeln!(
            records,
            "<REC><TITLE><![CDATA[{title}]]></TITLE><URL><![CDATA[{url}]]></URL><WH></WH><FWDW><![CDATA[{body}]]></FWDW><DOCRELTIME>{date} 09:30:00</DOCRELTIME></REC>"
        );
    }
    result(site.rows.len(), page, per_page, &records)
}

pub fn unknown() -> Answer {
    result(0, 1, PER_PAGE, "")
}

fn result(count: usize, page: usize, per_page: usize, records: &str) -> Answer {
    let pages = count.div_ceil(per_page);
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<RESULT>\n<RECORDCOUNT>{count}</RECORDCOUNT><PAGECOUNT>{pages}</PAGECOUNT><PAGE>{page}</PAGE><PERPAGE>{per_page}</PERPAGE>\n{records}</RESULT>\n"
    );
    Answer::Text("text/xml;charset=UTF-8", xml)
}
