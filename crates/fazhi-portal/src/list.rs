//! List pages and pagers of the four families.

use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::chrome::{page_end, page_top};
use crate::date::{DateForm, write_date};
use crate::government::{Family, Government};
use crate::header::meta_html;

/// A link of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Title in full.
    pub title: String,
    /// Path of the article on this server.
    pub path: String,
    /// Date beside the link.
    pub date: NaiveDate,
}

/// A list page: its path (with query, where that tells pages apart) and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// Path and query.
    pub path: String,
    /// HTML or XML.
    pub text: String,
    /// `text/html` or `text/xml`.
    pub media_type: &'static str,
}

const PER_PAGE: usize = 9;

/// All list pages of a site, the start page first. There are at least three where there are three rows.
pub fn list_pages(government: &Government, rows: &[Row]) -> Vec<ListPage> {
    let per_page = rows.len().div_ceil(3).clamp(1, PER_PAGE);
    let chunks: Vec<&[Row]> = rows.chunks(per_page).collect();
    let total = chunks.len();
    let mut pages: Vec<_> =
        chunks.iter().enumerate().map(|(page, rows)| list_page(government, rows, page, total)).collect();
    if government.habits.family == Family::Hanweb {
        let further = chunks.iter().enumerate().skip(1);
        pages.truncate(1);
        pages.extend(further.map(|(page, rows)| dataproxy(government, rows, page, total)));
    }
    pages
}

/// Path of the list page number `page` (from 0) of `total`.
pub fn list_path(government: &Government, page: usize, total: usize) -> String {
    let slug = &government.slug;
    match (government.habits.family, page) {
        (Family::Trs, 0) => format!("/{slug}/zwgk/fzzfjsndbg/index.html"),
        (Family::Trs, page) => format!("/{slug}/zwgk/fzzfjsndbg/index_{page}.html"),
        (Family::Hanweb, 0) => format!("/{slug}/col/col{}/index.html", column(government)),
        (Family::Hanweb, page) => format!("{}{}", dataproxy_path(government), dataproxy_query(government, page + 1)),
        (Family::Vsb, 0) => format!("/{slug}/zwgk/fzzfjs.htm"),
        // The last page is number 1.
        (Family::Vsb, page) => format!("/{slug}/zwgk/fzzfjs/{}.htm", total - page),
        (Family::Static, 0) => format!("/{slug}/fzzfjsndbg/index.html"),
        (Family::Static, page) => format!("/{slug}/fzzfjsndbg/list_{}.html", page + 1),
    }
}

/// Path of an article: `id` is its number in the system that publishes it.
pub fn article_path(government: &Government, published: NaiveDate, id: u32) -> String {
    let slug = &government.slug;
    match government.habits.family {
        Family::Trs => {
            let (month, day) = (published.format("%Y%m"), published.format("%Y%m%d"));
            format!("/{slug}/zwgk/fzzfjsndbg/{month}/t{day}_{id}.html")
        }
        Family::Hanweb => {
            format!("/{slug}/art/{}/art_{}_{id}.html", published.format("%Y/%-m/%-d"), column(government))
        }
        Family::Vsb => format!("/{slug}/info/{}/{id}.htm", column(government)),
        Family::Static => format!("/{slug}/fzzfjsndbg/content_{id}.html"),
    }
}

fn column(government: &Government) -> usize {
    1021 + government.ordinal * 13
}

fn list_page(government: &Government, rows: &[Row], page: usize, total: usize) -> ListPage {
    let title = "法治政府建设年度报告";
    let mut text = page_top(government, title, &meta_html(government, title, None), "2026年9月1日");
    let _ = writeln!(text, "<div class=\"list\"><h3>{title}</h3>");
    let body = match government.habits.family {
        Family::Trs => trs(government, rows, page, total),
        Family::Hanweb => hanweb(government, rows, total),
        Family::Vsb => vsb(government, rows, page, total),
        Family::Static => plain(government, rows, page, total),
    };
    text.push_str(&body);
    text.push_str("</div>\n");
    // List pages are lighter than articles: the side bars of an article page that is almost full.
    let end = page_end(government, text.len() + 20_000);
    ListPage { path: list_path(government, page, total), text: text + &end, media_type: "text/html" }
}

fn date(government: &Government, row: &Row) -> String {
    write_date(row.date, government.habits.listed)
}

fn trs(government: &Government, rows: &[Row], page: usize, total: usize) -> String {
    let folder = format!("/{}/zwgk/fzzfjsndbg/", government.slug);
    let mut html = String::from("<ul class=\"list_ul\">\n");
    for row in rows {
        let href = row.path.strip_prefix(&folder).map_or_else(|| row.path.clone(), |rest| format!("./{rest}"));
        let _ = writeln!(
            html,
            "<li><a href=\"{href}\" target=\"_blank\" title=\"{}\">{}</a><span>{}</span></li>",
            row.title,
            shortened(&row.title),
            date(government, row)
        );
    }
    let _ = write!(
        html,
        "</ul>\n<div class=\"page\"><script language=\"JavaScript\">\ncreatePageHTML({total}, {page}, \"index\", \"html\");\n</script></div>\n"
    );
    html
}

/// Long titles are cut in the text of the link; its `title` keeps them whole.
fn shortened(title: &str) -> String {
    const KEPT: usize = 26;
    if title.chars().count() <= KEPT { title.to_owned() } else { title.chars().take(KEPT).collect::<String>() + "..." }
}

fn dataproxy_path(government: &Government) -> String {
    format!("/{}/module/web/jpage/dataproxy.jsp", government.slug)
}

fn dataproxy_query(government: &Government, page: usize) -> String {
    let (column, unit) = (column(government), 40_210 + government.ordinal);
    format!(
        "?page={page}&webid={}&path=/{}/&columnid={column}&unitid={unit}&webname=site{}&permissiontype=0",
        3 + government.ordinal,
        government.slug,
        government.ordinal
    )
}

fn records(government: &Government, rows: &[Row]) -> String {
    let mut xml = String::from("<recordset>\n");
    for row in rows {
        let _ = writeln!(
            xml,
            "<record><![CDATA[<li><a href=\"{}\" title=\"{}\" target=\"_blank\">{}</a><span>{}</span></li>]]></record>",
            row.path,
            row.title,
            shortened(&row.title),
            date(government, row)
        );
    }
    xml.push_str("</recordset>");
    xml
}

/// The XML that names the address of the group after page `page` (from 0), if there is one.
fn next_group(government: &Government, page: usize, total: usize) -> String {
    if page + 1 >= total {
        return "<nextgroup></nextgroup>".to_owned();
    }
    let address = format!("{}{}", dataproxy_path(government), dataproxy_query(government, page + 2));
    format!("<nextgroup><![CDATA[<a href=\"{address}\"></a>]]></nextgroup>")
}

fn hanweb(government: &Government, rows: &[Row], total: usize) -> String {
    format!(
        "<div id=\"{}\" class=\"jpage\"><script type=\"text/xml\"><datastore>\n{}\n<totalpage>{total}</totalpage>\n{}</datastore></script></div>\n\
         <script>var jpage=$('#{}').jPage({{dataUrl:'{}',perPage:{},totalPage:{total}}});</script>\n",
        40_210 + government.ordinal,
        next_group(government, 0, total),
        records(government, rows),
        40_210 + government.ordinal,
        dataproxy_path(government),
        rows.len()
    )
}

fn dataproxy(government: &Government, rows: &[Row], page: usize, total: usize) -> ListPage {
    let text = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<datastore>\n{}\n<totalpage>{total}</totalpage>\n{}\n</datastore>\n",
        next_group(government, page, total),
        records(government, rows)
    );
    ListPage { path: list_path(government, page, total), text, media_type: "text/xml" }
}

fn vsb(government: &Government, rows: &[Row], page: usize, total: usize) -> String {
    let site = format!("/{}/", government.slug);
    let up = if page == 0 { "../" } else { "../../" };
    let mut html = String::from("<ul>\n");
    for (place, row) in rows.iter().enumerate() {
        let href = row.path.strip_prefix(&site).map_or_else(|| row.path.clone(), |rest| format!("{up}{rest}"));
        let _ = writeln!(
            html,
            "<li id=\"line_u9_{place}\"><a href=\"{href}\" target=\"_blank\" title=\"{}\">{}</a><span>{}</span></li>",
            row.title,
            row.title,
            date(government, row)
        );
    }
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
    let _ = write!(
        html,
        "</ul>\n<div class=\"pb_sys_common\"><span class=\"p_t\">共{}条　{}/{total}</span>{first}{next}</div>\n",
        total * rows.len(),
        page + 1
    );
    html
}

fn plain(government: &Government, rows: &[Row], page: usize, total: usize) -> String {
    let folder = format!("/{}/fzzfjsndbg/", government.slug);
    let mut html = String::from("<ul class=\"news-list\">\n");
    for row in rows {
        let href = row.path.strip_prefix(&folder).unwrap_or(&row.path);
        let date = date(government, row);
        let date = if government.habits.listed == DateForm::Dashed { format!("[{date}]") } else { date };
        let _ = writeln!(html, "<li><span class=\"date\">{date}</span><a href=\"{href}\">{}</a></li>", row.title);
    }
    html.push_str("</ul>\n<div class=\"pages\">");
    for target in 0..total {
        let name = if target == 0 { "index.html".to_owned() } else { format!("list_{}.html", target + 1) };
        let class = if target == page { " class=\"on\"" } else { "" };
        let _ = write!(html, "<a href=\"{name}\"{class}>{}</a> ", target + 1);
    }
    if page + 1 < total {
        let _ = write!(html, "<a href=\"list_{}.html\">下一页</a>", page + 2);
    }
    html.push_str("</div>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::day;
    use crate::province::government;

    fn rows(count: usize) -> Vec<Row> {
        (0..count)
            .map(|n| Row { title: format!("标题{n}"), path: format!("/x/{n}.html"), date: day(2024, 1, 9) })
            .collect()
    }

    #[track_caller]
    fn check(ordinal: usize, expected: &[&str]) {
        let pages = list_pages(&government(ordinal), &rows(25));
        let paths: Vec<_> = pages.iter().map(|page| page.path.as_str()).collect();
        assert_eq!(paths, expected);
        for n in 0..25 {
            let holding = pages.iter().filter(|page| page.text.contains(&format!("/x/{n}.html"))).count();
            assert_eq!(holding, 1, "row {n}");
        }
    }

    #[test]
    fn each_family_turns_its_pages_in_its_own_way() {
        let list = "/chengxi/zwgk/fzzfjsndbg";
        check(0, &[&format!("{list}/index.html"), &format!("{list}/index_1.html"), &format!("{list}/index_2.html")]);
        check(2, &["/songlai/zwgk/fzzfjs.htm", "/songlai/zwgk/fzzfjs/2.htm", "/songlai/zwgk/fzzfjs/1.htm"]);
        let list = "/chengxi-sfj/fzzfjsndbg";
        check(3, &[&format!("{list}/index.html"), &format!("{list}/list_2.html"), &format!("{list}/list_3.html")]);
        let page = |n| {
            format!(
                "/wuping/module/web/jpage/dataproxy.jsp?page={n}&webid=4&path=/wuping/&columnid=1034&unitid=40211&webname=site1&permissiontype=0"
            )
        };
        check(1, &["/wuping/col/col1034/index.html", &page(2), &page(3)]);
    }

    #[test]
    fn few_rows_still_fill_several_pages() {
        let counts: Vec<_> =
            [1, 2, 3, 4, 7, 25, 28].iter().map(|n| list_pages(&government(0), &rows(*n)).len()).collect();
        assert_eq!(counts, [1, 2, 3, 2, 3, 3, 4]);
    }
}
