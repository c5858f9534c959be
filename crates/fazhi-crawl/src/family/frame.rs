//! Lists inside frames: a page that has none of its own names the frame that may hold it.

use std::sync::LazyLock;

use scraper::{ElementRef, Selector};
use url::Url;

use super::{ListPage, rows};

static FRAMES: LazyLock<Selector> =
    LazyLock::new(|| Selector::parse("iframe[src], frame[src]").expect("the selector is fixed"));

/// Words in the address or the name of frames that count visits, log in, or stand beside the content.
const OTHER: &[&str] =
    &["visitcount", "counter", "login", "tree", "share", "foot", "header", "banner", "video", "player", "weather"];

/// The frame that may hold the list: the first that calls itself one, else the first that may.
pub(super) fn of(page: &ListPage<'_>) -> Option<Url> {
    // Only pages pay for a tree; site maps and feeds have no frames.
    if !page.text.contains("frame") && !page.text.contains("FRAME") {
        return None;
    }
    let dom = fazhi_page::parse_html(page.text);
    let base = rows::base(&dom.html, page.url);
    let frames: Vec<(ElementRef<'_>, Url)> = dom
        .html
        .select(&FRAMES)
        .filter(|frame| !is_hidden(*frame))
        .filter_map(|frame| Some((frame, rows::reference(frame.attr("src")?, &base)?)))
        .filter(|(frame, url)| page.follows(url) && url != page.url && !is_other(*frame, url))
        .collect();
    let named = frames.iter().find(|(frame, url)| words(*frame, url).contains("list"));
    named.or_else(|| frames.first()).map(|(_, url)| url.clone())
}

fn is_other(frame: ElementRef<'_>, url: &Url) -> bool {
    let words = words(frame, url);
    // A search that names its channel is how some systems publish a list; any other is the box to type into.
    let search = words.contains("search") && !["channelid=", "list"].iter().any(|word| words.contains(word));
    search || OTHER.iter().any(|word| words.contains(word))
}

fn words(frame: ElementRef<'_>, url: &Url) -> String {
    let names = ["id", "name", "class"].map(|name| frame.attr(name).unwrap_or_default());
    let text = format!("{}?{} {}", url.path(), url.query().unwrap_or_default(), names.join(" "));
    // 街道 hold lists too.
    text.to_ascii_lowercase().replace("street", "")
}

fn is_hidden(frame: ElementRef<'_>) -> bool {
    let none = |name| frame.attr(name).is_some_and(|size: &str| matches!(size.trim(), "0" | "1" | "0px" | "1px"));
    let style: String = frame.attr("style").unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
    none("width") || none("height") || style.to_ascii_lowercase().contains("display:none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(frames: &str, expected: Option<&str>) {
        let url = Url::parse("http://a.cn/x/index.html").unwrap();
        let found = of(&ListPage::new(&url, frames));
        assert_eq!(found.map(|url| url.to_string()).as_deref(), expected, "{frames}");
    }

    #[test]
    fn the_frame_with_the_list_is_told_from_the_others() {
        let content = Some("http://a.cn/x/nr.html");
        check("<iframe src=nr.html></iframe>", content);
        check("<frameset><frame src=/x/nr.html></frameset>", content);
        check(
            "<iframe src=/visitcount?id=1></iframe><iframe id=leftTree src=m.html></iframe><iframe src=nr.html>",
            content,
        );
        check("<iframe src=m.html></iframe><iframe name=infoList src=nr.html></iframe>", content);
        check("<iframe src=/street/nr.html>", Some("http://a.cn/street/nr.html"));
        check("<iframe src='/was5/web/search?channelid=7'>", Some("http://a.cn/was5/web/search?channelid=7"));
    }

    #[test]
    fn frames_that_hold_no_list_are_none() {
        for frames in [
            "<iframe src=http://b.cn/nr.html></iframe>",
            "<iframe src=about:blank></iframe><iframe src='javascript:x()'></iframe><iframe src=''></iframe>",
            "<iframe src=index.html></iframe><iframe></iframe>",
            "<iframe src=nr.html width=0></iframe><iframe src=nr.html style='display: none'></iframe>",
            "<iframe src=/search.html></iframe><iframe src=/footer.html></iframe>",
            "no frame",
        ] {
            check(frames, None);
        }
    }
}
