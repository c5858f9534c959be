//! TRS WCM: `createPageHTML` counts pages from 0.

use std::fmt::Write as _;

use super::{ListPage, Listed, html_page, own_date, relative, shortened};

const FOLDER: &str = "/zwgk/fzzfjsndbg/";

/// Path of page `page`, from 0.
pub fn address(page: usize) -> String {
    if page == 0 { format!("{FOLDER}index.html") } else { format!("{FOLDER}index_{page}.html") }
}

pub fn pages(site: &Listed) -> Vec<ListPage> {
    let (government, chunks) = (&site.government, site.chunks());
    let page = |(page, rows): (usize, &&[super::Row])| {
        let mut html = String::from("<ul class=\"list_ul\">\n");
        for row in *rows {
            let href = relative(government, FOLDER, row).map_or_else(|| row.path.clone(), |rest| format!("./{rest}"));
            let (title, short, date) = (&row.title, shortened(&row.title), own_date(government, row));
            let _ = writeln!(
                html,
                "<li><a href=\"{href}\" target=\"_blank\" title=\"{title}\">{short}</a><span>{date}</span></li>"
            );
        }
        let total = chunks.len();
        let _ = write!(
            html,
            "</ul>\n<div class=\"page\"><script language=\"JavaScript\">\ncreatePageHTML({total}, {page}, \"index\", \"html\");\n</script></div>\n"
        );
        html_page(government, &address(page), &html)
    };
    chunks.iter().enumerate().map(page).collect()
}
