//! Pages that a browser or `wget` saved as plain files.

use std::path::Path;
use std::sync::LazyLock;

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use fs_err as fs;
use regex::Regex;
use url::Url;

use super::capture::{Capture, Content};
use crate::outcome::Failure;

/// A page names its address near its beginning.
const BEGINNING: usize = 256 << 10;

/// A saved page with its address and the time it was saved.
#[derive(Debug)]
pub(super) struct SavedPage {
    url: Url,
    saved_at: DateTime<Utc>,
    body: Vec<u8>,
}

impl SavedPage {
    /// Reads a page. What the user says of address and date comes before what the file says.
    pub(super) fn open(path: &Path, url: Option<&Url>, date: Option<DateTime<Utc>>) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::hinted(error.into(), "check the path; files are read from this machine only")
        };
        let body = fs::read(path).map_err(failed)?;
        let url = match url {
            Some(url) => url.clone(),
            None => address(&body).ok_or_else(|| nameless(path))?,
        };
        let saved_at = match date {
            Some(date) => date,
            None => fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(failed)?.into(),
        };
        Ok(Self { url, saved_at, body })
    }

    /// The capture that fetching the page would have made.
    pub(super) fn into_capture(self) -> Capture {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", self.body.len());
        Capture {
            url: self.url.into(),
            fetched_at: self.saved_at,
            request_head: Vec::new(),
            response_head: head.into_bytes(),
            body: self.body,
            truncated: None,
            content: Content::Own,
        }
    }
}

fn nameless(path: &Path) -> Failure {
    let hint = "give it with `--url URL`; browsers note it as `<!-- saved from url=… -->` when they save a page";
    Failure::hinted(anyhow!("`{}` does not say which address it was saved from", path.display()), hint)
}

/// The address a page gives for itself: the mark of the browser that saved it, its canonical link, or a base that names a page
/// (one that names a folder is that of many pages).
fn address(body: &[u8]) -> Option<Url> {
    static SAVED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"<!--\s{0,9}saved from url=\(\d{1,6}\)(\S{1,4000}?)\s{0,9}-->").expect("the pattern is valid")
    });
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)<(link|base)\s([^>]{1,4000})>").expect("the pattern is valid"));
    let text = fazhi_page::decode(&body[..body.len().min(BEGINNING)], None).text;
    let saved = SAVED.captures(&text).and_then(|found| page_address(&found[1]));
    let tag = |name: &str, is_meant: &dyn Fn(&str) -> bool| {
        let mut tags =
            TAG.captures_iter(&text).filter(|found| found[1].eq_ignore_ascii_case(name) && is_meant(&found[2]));
        tags.find_map(|found| page_address(&attribute(&found[2], "href")?))
    };
    let is_canonical = |attributes: &str| {
        attribute(attributes, "rel")
            .is_some_and(|rel| rel.split_whitespace().any(|rel| rel.eq_ignore_ascii_case("canonical")))
    };
    saved
        .or_else(|| tag("link", &is_canonical))
        .or_else(|| tag("base", &|_| true).filter(|url| !url.path().ends_with('/')))
}

fn page_address(text: &str) -> Option<Url> {
    let url = Url::parse(&text.replace("&amp;", "&")).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// The value of an attribute in the source of a tag, quoted or not.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"([A-Za-z-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#)
            .expect("the pattern is valid")
    });
    let mut found = ATTRIBUTE.captures_iter(attributes).filter(|found| found[1].eq_ignore_ascii_case(name));
    let found = found.next()?;
    let value = found.get(2).or_else(|| found.get(3)).or_else(|| found.get(4))?;
    Some(value.as_str().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expected: Option<&str>) {
        assert_eq!(address(page.as_bytes()).as_ref().map(Url::as_str), expected, "{page}");
    }

    #[test]
    fn a_page_says_where_it_was_saved_from() {
        check(
            "<!DOCTYPE html>\n<!-- saved from url=(0028)http://a.example/zwgk/1.html -->",
            Some("http://a.example/zwgk/1.html"),
        );
        check("<link href='http://a.example/1?a=1&amp;b=2' rel=canonical>", Some("http://a.example/1?a=1&b=2"));
        check("<base href=\"http://a.example/zwgk/1.shtml\">", Some("http://a.example/zwgk/1.shtml"));
    }

    #[test]
    fn the_mark_of_the_browser_is_believed_first() {
        let page = "<link rel='canonical' href='http://a.example/2'><!-- saved from url=(0020)http://a.example/1 -->";
        check(page, Some("http://a.example/1"));
    }

    #[test]
    fn what_names_no_page_is_no_address() {
        check("<base href=\"http://a.example/zwgk/\">", None);
        check("<link rel=stylesheet href='http://a.example/a.css'>", None);
        check("<link rel=canonical href='/zwgk/1.html'>", None);
        check("<!-- saved from url=(0014)about:internet -->", None);
        check("<!-- saved from url=(0014)file:///C:/1.html -->", None);
        check("", None);
    }
}
