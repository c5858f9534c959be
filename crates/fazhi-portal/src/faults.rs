//! Pages that go wrong, to try readers on. Nothing links to them but the list among them.

use crate::dice::Dice;

/// Path of the answer 500.
pub const SERVER_ERROR: &str = "/faults/500";
/// Path of the answer that breaks off.
pub const RESET: &str = "/faults/reset";
/// Path of the answer that comes a byte at a time, for a minute at most.
pub const SLOW: &str = "/faults/slow";
/// Path of the answer 412 with a script puzzle.
pub const CHALLENGE: &str = "/faults/challenge.html";

/// Static pages: path, content type, bytes. `good` is a sound article page.
pub fn pages(good: &[u8]) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    vec![
        ("/faults/random.html", "text/html", Dice::new("random page").bytes(30_000)),
        ("/faults/cut.html", "text/html", cut(good)),
        ("/faults/good.html", "text/html", good.to_vec()),
        ("/faults/empty-list.html", "text/html", list("").into_bytes()),
        ("/faults/list-random.html", "text/html; charset=utf-8", list(ROWS).into_bytes()),
    ]
}

const ROWS: &str = "<li><a href=\"random.html\">甲县2023年法治政府建设情况报告</a><span>2024-03-01</span></li>\n\
<li><a href=\"cut.html\">乙县2023年法治政府建设情况报告</a><span>2024-02-20</span></li>\n\
<li><a href=\"good.html\">丙县2023年法治政府建设情况报告</a><span>2024-01-18</span></li>\n";

fn list(rows: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>法治政府建设年度报告</title></head>\n\
         <body><div class=\"nav\"><a href=\"/\">首页</a></div><ul class=\"news-list\">\n{rows}</ul></body></html>\n"
    )
}

/// The page up to the middle of a tag in the second half of its text.
fn cut(good: &[u8]) -> Vec<u8> {
    let start = find(good, b"TRS_Editor").or_else(|| find(good, b"<body>")).unwrap_or_default();
    let rest = &good[start..];
    let end = find(rest, b"class=\"pages\"").unwrap_or(rest.len()) / 2;
    let tag = rest[end..].iter().position(|byte| *byte == b'<').map_or(end, |at| end + at);
    good[..(start + tag + 2).min(good.len())].to_vec()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// A script puzzle of the kind that 瑞数 puts before a site.
pub fn challenge() -> &'static str {
    "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta id=\"a0\" content=\"Jf3kQ0x1\" r=\"m\">\
     <script type=\"text/javascript\" r=\"m\">$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=51927;$_ts.cd=\"qEpxrrAlWaLtDGcoqAqmWqWg\";</script>\
     <script type=\"text/javascript\" charset=\"iso-8859-1\" src=\"/4QbVtADbnLVIc/d.FxJzG50F.js\" r=\"m\"></script></head><body></body></html>"
}

/// The cookie that comes with it.
pub const CHALLENGE_COOKIE: &str = "FSSBBIl1UgzbN7N80S=60Qz9f1aXk3; Path=/; HttpOnly";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_page_ends_inside_a_tag_of_its_text() {
        let good = "<html><body><div class=\"TRS_Editor\"><p>一二三四</p><p>五六七八</p></div><div class=\"pages\"></div></body></html>";
        let cut = cut(good.as_bytes());
        let cut = String::from_utf8_lossy(&cut);
        assert!(good.starts_with(&*cut) && cut.rfind('<') > cut.rfind('>'), "{cut}");
    }
}
