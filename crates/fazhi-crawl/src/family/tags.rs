//! XML as portals write it: records inside pages and answers, more often cut or unescaped than well-formed.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<([A-Za-z_][0-9A-Za-z_.-]{0,40})(?:\s[^<>]{0,300})?>").expect("the pattern is fixed")
});

/// More fields than a record of a list has.
const MOST_FIELDS: usize = 80;

/// Elements of one name, and whether the last of them goes beyond the end of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elements<'a> {
    /// What is in those that end.
    pub(super) whole: Vec<&'a str>,
    /// What there is of one that does not.
    pub(super) cut: Option<&'a str>,
}

/// What stands between each `open` (up to the end of that tag) and the next `close`, in one pass.
pub(super) fn elements<'a>(text: &'a str, open: &str, close: &str) -> Elements<'a> {
    let mut whole = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let inner = &rest[start + open.len()..];
        let inner = if open.ends_with('>') { inner } else { inner.split_once('>').map_or("", |(_, inner)| inner) };
        let Some(end) = inner.find(close) else { return Elements { whole, cut: Some(inner) } };
        whole.push(&inner[..end]);
        rest = &inner[end + close.len()..];
    }
    Elements { whole, cut: None }
}

/// The content of the first such element.
pub(super) fn first<'a>(text: &'a str, tag: &str) -> Option<Cow<'a, str>> {
    let start = text.find(&format!("<{tag}>"))? + tag.len() + 2;
    let end = text[start..].find(&format!("</{tag}>"))?;
    Some(content(&text[start..start + end]))
}

/// The fields of a record: names in lower case, and what they hold.
pub(super) fn fields(record: &str) -> Vec<(String, Cow<'_, str>)> {
    let mut found = Vec::new();
    let mut from = 0;
    for _ in 0..MOST_FIELDS {
        let Some(opening) = OPENING.captures_at(record, from) else { break };
        let (tag, [name]) = opening.extract();
        let start = opening.get(0).map_or(from, |whole| whole.start()) + tag.len();
        let end = record[start..].find(&format!("</{name}>"));
        if let Some(end) = end {
            found.push((name.to_ascii_lowercase(), content(&record[start..start + end])));
        }
        from = start + end.unwrap_or(0);
    }
    found
}

/// The content of an element that is either wrapped in CDATA or escaped.
pub(super) fn content(element: &str) -> Cow<'_, str> {
    let trimmed = element.trim();
    match trimmed.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>")) {
        Some(raw) => Cow::Borrowed(raw),
        None if trimmed.contains("&lt;") => {
            Cow::Owned(trimmed.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
        }
        None => Cow::Borrowed(trimmed),
    }
}
