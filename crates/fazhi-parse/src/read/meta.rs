//! Meta tags of 国办发〔2017〕47号, as portals really write them.

use scraper::node::Element;

use crate::page::MetaTag;
use crate::title::is_missing;

/// Tags with a name and a value, wherever they stand (some portals put them into the body). Of several tags with one
/// name the first that has a value counts; `null`, `undefined` and unfilled `{…}` are no values.
#[derive(Debug, Default)]
pub(super) struct Metas(Vec<MetaTag>);

impl Metas {
    pub fn note(&mut self, element: &Element) {
        let name = element.attr("name").or_else(|| element.attr("property"));
        let (Some(name), Some(content)) = (name, element.attr("content")) else { return };
        let name = name.trim().to_ascii_lowercase();
        let value = content.trim_matches(crate::label::is_space);
        if !is_missing(value) && !self.0.iter().any(|tag| tag.name == name) && self.0.len() < MOST_TAGS {
            self.0.push(MetaTag { name, value: value.to_owned() });
        }
    }

    pub fn into_tags(self) -> Vec<MetaTag> {
        self.0
    }
}

/// No honest page has more.
const MOST_TAGS: usize = 100;

#[cfg(test)]
mod tests {
    use scraper::Html;

    use crate::read::survey::Survey;

    #[test]
    fn tags_as_they_are_written() {
        let html = Html::parse_document(
            "<meta name=PubDate content=''><body><META NAME='pubdate' content='2024-01-09 17:18'><meta name=Author content=null>\
             <meta name=ArticleTitle content='&ldquo;八五&rdquo;普法 '><meta name=Url content='{.URL}'>",
        );
        let tags: Vec<(String, String)> =
            Survey::of(&html).metas.into_tags().into_iter().map(|tag| (tag.name, tag.value)).collect();
        let expected = [("pubdate", "2024-01-09 17:18"), ("articletitle", "“八五”普法")];
        assert_eq!(tags, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
