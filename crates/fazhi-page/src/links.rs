//! The links of a page.

use scraper::{ElementRef, Html};
use url::Url;

use crate::text_of;

/// A link to another page or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads: `http` or `https`, absolute.
    pub url: Url,
    /// Its text on one line.
    pub text: String,
    /// Its `title` attribute, where list pages put a title they had to shorten.
    pub title: Option<String>,
}

/// The links of a page in their order. `base` is the page's own address; a `<base href>` goes before it.
///
/// Links that only move within the page or start something else (`javascript:`, `mailto:`) are left out.
pub fn links(html: &Html, base: &Url) -> Vec<Link> {
    let elements = || html.root_element().descendent_elements();
    let stated = elements().find(|element| element.value().name() == "base" && element.attr("href").is_some());
    let stated = stated.and_then(|element| base.join(element.attr("href")?.trim()).ok());
    let base = stated.filter(is_web).unwrap_or_else(|| base.clone());
    elements().filter(|element| matches!(element.value().name(), "a" | "area")).filter_map(|a| link(a, &base)).collect()
}

fn link(element: ElementRef<'_>, base: &Url) -> Option<Link> {
    let href = element.attr("href")?.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let url = base.join(href).ok().filter(is_web)?;
    let title = element.attr("title").map(one_line).filter(|title| !title.is_empty());
    Some(Link { url, text: one_line(&text_of(element)), title })
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_ascii_whitespace()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_html;

    #[track_caller]
    fn check(html: &str, expected: &[(&str, &str, Option<&str>)]) {
        let base = Url::parse("http://a.example/xxgk/list/index.html").unwrap();
        let found = links(&parse_html(html).html, &base);
        let found: Vec<_> =
            found.iter().map(|link| (link.url.as_str(), link.text.as_str(), link.title.as_deref())).collect();
        assert_eq!(found, expected, "{html}");
    }

    #[test]
    fn addresses_are_made_absolute() {
        check(
            "<a href='./t1.html' title=' 关于\n 报告 '>关于…</a><A HREF=\"../2.html \"><b>二</b>\n页</A><a href=//b.example/3>三</a>",
            &[
                ("http://a.example/xxgk/list/t1.html", "关于…", Some("关于 报告")),
                ("http://a.example/xxgk/2.html", "二页", None),
                ("http://b.example/3", "三", None),
            ],
        );
    }

    #[test]
    fn a_stated_base_goes_first() {
        check(
            "<base target=x><base href='/art/'><a href=1.html title=''>一</a>",
            &[("http://a.example/art/1.html", "一", None)],
        );
        check("<base href='javascript:0'><a href=1.html>一</a>", &[("http://a.example/xxgk/list/1.html", "一", None)]);
    }

    #[test]
    fn what_leads_nowhere_is_left_out() {
        check(
            "<a href='javascript:void(0)'>x</a><a href='JavaScript:;'>x</a><a href=mailto:a@b.example>x</a><a href='#top'>x</a>\
             <a href=''>x</a><a name=y>x</a><a href='http://'>x</a><a href=tel:12348>x</a><a href='data:text/html,x'>x</a>",
            &[],
        );
    }
}
