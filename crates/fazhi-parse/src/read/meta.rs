//! Meta tags of 国办发〔2017〕47号, as portals really write them.

use std::sync::LazyLock;

use scraper::{Html, Selector};

use crate::page::MetaTag;
use crate::title::is_missing;

/// Tags with a name and a value, wherever they stand (some portals put them into the body). Of several tags with one
/// name the first that has a value counts; `null`, `undefined` and unfilled `{…}` are no values.
pub(super) fn collect(html: &Html) -> Vec<MetaTag> {
    static META: LazyLock<Selector> = LazyLock::new(|| Selector::parse("meta[name]").expect("the selector is valid"));
    let mut tags: Vec<MetaTag> = Vec::new();
    for element in html.select(&META) {
        let (Some(name), Some(content)) = (element.attr("name"), element.attr("content")) else { continue };
        let name = name.trim().to_ascii_lowercase();
        let value = unescape(content);
        let value = value.trim_matches(crate::label::is_space);
        if !is_missing(value) && !tags.iter().any(|tag| tag.name == name) && tags.len() < MOST_TAGS {
            tags.push(MetaTag { name, value: value.to_owned() });
        }
    }
    tags
}

/// No honest page has more.
const MOST_TAGS: usize = 100;

/// The second decoding: the parser has done the first.
fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let named = [
        ("&nbsp;", "\u{a0}"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&ldquo;", "“"),
        ("&rdquo;", "”"),
        ("&middot;", "·"),
        ("&mdash;", "—"),
        ("&amp;", "&"),
    ];
    named.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_as_they_are_written() {
        let html = Html::parse_document(
            "<meta name=PubDate content=''><body><META NAME='pubdate' content='2024-01-09 17:18'><meta name=Author content=null>\
             <meta name=ArticleTitle content='&amp;ldquo;八五&amp;rdquo;普法 '><meta name=Url content='{.URL}'>",
        );
        let tags: Vec<(String, String)> = collect(&html).into_iter().map(|tag| (tag.name, tag.value)).collect();
        let expected = [("pubdate", "2024-01-09 17:18"), ("articletitle", "“八五”普法")];
        assert_eq!(tags, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
