//! Hanweb jpaas: a page is a shell whose parts are fetched from `jpaas-publish-server` as HTML inside JSON.
//!
//! `queryData` of a part holds the parameters of that request; the number of the page travels in `paramJson` (a bare
//! `pageNo` is ignored). `parseType` is sent as the page spells it: both `bulidstatic` and `buildstatic` are in use.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};
use url::Url;

use super::query::{self, Extent};
use super::{Basis, ListPage, Listing, NextPage, entries, envelope, hanweb_jpage, pager, plain, rows};

static PARTS: LazyLock<Selector> = LazyLock::new(|| Selector::parse("[querydata]").expect("the selector is fixed"));
static SCRIPTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?-u:\b)queryData["']?\s*[:=]\s*["']?(\{[^{}]{1,2000}\})"#).expect("the pattern is fixed")
});
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["']?([A-Za-z][0-9A-Za-z_]{0,40})["']?\s*:\s*["']([^"']{0,300})["']"#).expect("the pattern is fixed")
});
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"["']([^"'<>\s?]{0,200}jpaas-publish-server/front/page/build/unit)(?:\?[^"'<>\s]{0,300})?["']"#;
    Regex::new(pattern).expect("the pattern is fixed")
});
static LIST_NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)列表|list|内容|信息").expect("the pattern is fixed"));

static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)<div[^<>]{0,200}\scount\s*=\s*["']?([0-9]{1,7})"#).expect("the pattern is fixed")
});
static PAGE_COUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)<div[^<>]{0,200}\spagecount\s*=\s*["']?([0-9]{1,6})"#).expect("the pattern is fixed")
});

/// Where the server answers if the page does not say.
const UNIT_PATH: &str = "/api-gateway/jpaas-publish-server/front/page/build/unit";
/// More parts than a page has.
const MOST_PARTS: usize = 50;

pub(super) fn sign(url: &Url, text: &str) -> Option<&'static str> {
    match () {
        () if url.path().contains("/jpaas-publish-server/") => Some("`jpaas-publish-server` in the address"),
        () if text.contains("jpaas-publish-server") => Some("`jpaas-publish-server` in the text"),
        () if text.contains("queryData") && text.contains("tplSetId") => Some("`queryData` with a `tplSetId`"),
        () => None,
    }
}

pub(super) fn read(page: &ListPage<'_>) -> Listing {
    match envelope::read(page.text) {
        Some(answer) => read_answer(page, &answer),
        None => read_shell(page),
    }
}

fn read_shell(page: &ListPage<'_>) -> Listing {
    let dom = fazhi_page::parse_html(page.text);
    let Some(part) = list_part(&dom.html, page.text) else { return plain::read(page) };
    // What else is on the page is not the list: the part itself may already hold the first entries.
    let inside = part.element.map(|element| fazhi_page::parse_html(&element.inner_html()));
    let listing = inside.map(|dom| rows::read(&dom.html, page, hanweb_jpage::is_article)).unwrap_or_default();
    let basis = if listing.items.is_empty() { Basis::Shell } else { Basis::MayRepeat };
    let next = first_page(page, &part).map(|url| NextPage { url, basis, rule: "queryData" });
    // The list of the answers stands in no page.
    Listing { next, container: None, ..listing }
}

/// A part of a page that is fetched.
struct Part<'a> {
    element: Option<ElementRef<'a>>,
    parameters: Vec<(String, String)>,
}

impl Part<'_> {
    fn names_a_list(&self) -> bool {
        self.parameters.iter().any(|(name, value)| name == "tagId" && LIST_NAME.is_match(value))
    }
}

/// The part that is the list: the first that says so by its name, else the only one.
fn list_part<'a>(html: &'a Html, text: &str) -> Option<Part<'a>> {
    let marked = html.select(&PARTS).take(MOST_PARTS).filter_map(|element| {
        let parameters = parameters(element.attr("querydata")?)?;
        Some(Part { element: Some(element), parameters })
    });
    let mut parts: Vec<Part<'_>> = marked.collect();
    if parts.is_empty() {
        let scripted = SCRIPTED.captures_iter(text).take(MOST_PARTS);
        parts.extend(scripted.filter_map(|found| Some(Part { element: None, parameters: parameters(&found[1])? })));
    }
    let named = parts.iter().position(Part::names_a_list);
    let index = named.or_else(|| (parts.len() == 1).then_some(0))?;
    Some(parts.swap_remove(index))
}

/// The parameters of a part, in their order; nothing without the two that every request needs.
fn parameters(written: &str) -> Option<Vec<(String, String)>> {
    let written = written.replace("&quot;", "\"").replace("&#39;", "'");
    let pairs = PAIR.captures_iter(&written).map(|found| (found[1].to_owned(), found[2].to_owned()));
    let parameters: Vec<(String, String)> = pairs.filter(|(name, _)| name != "paramJson").collect();
    let has = |wanted: &str| parameters.iter().any(|(name, value)| name == wanted && !value.is_empty());
    (has("webId") && has("pageId")).then_some(parameters)
}

fn first_page(page: &ListPage<'_>, part: &Part<'_>) -> Option<Url> {
    let own = part.element.and_then(|element| element.attr("url")).filter(|url| url.contains("jpaas-publish-server"));
    let stated = own.map(str::to_owned).or_else(|| UNIT.captures(page.text).map(|found| found[1].to_owned()));
    let unit = entries::address(page.url, stated.as_deref().unwrap_or(UNIT_PATH))?;
    if !page.follows(&unit) {
        return None;
    }
    let mut changes: Vec<(&str, &str)> =
        part.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if !changes.iter().any(|(name, _)| *name == "parseType") {
        changes.insert(0, ("parseType", "bulidstatic"));
    }
    let size = part.parameters.iter().find(|(name, _)| name == "pageSize").map(|(_, size)| size);
    let number = match size.and_then(|size| size.parse::<u32>().ok()) {
        Some(size) => json!({ "pageNo": 1, "pageSize": size }).to_string(),
        None => json!({ "pageNo": 1 }).to_string(),
    };
    changes.push(("paramJson", &number));
    Some(query::with(&unit, &changes))
}

fn read_answer(page: &ListPage<'_>, answer: &envelope::Answer) -> Listing {
    let data = answer.value.get("data").unwrap_or(&answer.value);
    let html = [data.get("html"), Some(data)].into_iter().flatten().find_map(Value::as_str);
    let Some(html) = html.map(|html| complete(html, answer.damage)) else {
        return Listing { damage: answer.damage, ..Listing::default() };
    };
    let dom = fazhi_page::parse_html(html);
    let listing = rows::read(&dom.html, page, hanweb_jpage::is_article);
    let counted = |names: &[&str]| names.iter().find_map(|name| data.get(*name).and_then(envelope::count));
    let total = counted(&["total", "totalCount"]).or_else(|| pager::stated_total(html));
    let total = total.or_else(|| attribute(&COUNT, html));
    let pages = counted(&["totalPage", "pages"]).or_else(|| pager::stated_pages(html));
    let pages = pages.or_else(|| attribute(&PAGE_COUNT, html));
    let next = next(page.url, listing.items.len() + listing.foreign, total, pages);
    Listing { next, stated_total: total, damage: answer.damage, ..listing }
}

/// A number that the pager of the HTML carries as an attribute.
fn attribute(pattern: &Regex, html: &str) -> Option<usize> {
    pattern.captures(html).and_then(|found| found[1].parse().ok())
}

/// Of HTML that is cut, what ends with a complete row.
fn complete<'a>(html: &'a str, damage: Option<&'static str>) -> &'a str {
    if damage != Some(envelope::CUT) {
        return html;
    }
    let ends = ["</li>", "</tr>", "</dd>"].iter().filter_map(|end| html.rfind(end).map(|at| at + end.len()));
    ends.max().map_or("", |end| &html[..end])
}

fn next(url: &Url, entries: usize, total: Option<usize>, pages: Option<usize>) -> Option<NextPage> {
    let stated = query::value(url, "paramJson").and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let mut parameters = stated.filter(Value::is_object).unwrap_or_else(|| json!({}));
    let number = |name: &str| parameters.get(name).and_then(envelope::count).and_then(|n| u32::try_from(n).ok());
    let own = number("pageNo").unwrap_or(1);
    let extent = Extent { page: own, entries, size: number("pageSize"), total, pages };
    let following = own.checked_add(1).filter(|_| extent.goes_on())?;
    parameters["pageNo"] = json!(following);
    let url = query::with(url, &[("paramJson", &parameters.to_string())]);
    Some(NextPage { url, basis: Basis::Computed, rule: "paramJson" })
}
