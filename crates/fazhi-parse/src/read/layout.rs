//! A page as a tree, and where its article stands in it.

use fazhi_page::parse_readable;
use scraper::Html;

use super::container;
use super::survey::Survey;

/// A page as a tree, and where its article stands.
pub(super) struct Layout {
    pub html: Html,
    pub survey: Survey,
    /// Elements of the article, by their index in the survey.
    pub article: Vec<usize>,
    /// How deep elements wanted to nest, where that was too deep.
    pub too_deep: Option<usize>,
}

impl Layout {
    /// Known containers go first, then what stands between markers, then the densest block.
    pub fn of(source: &str) -> Self {
        let layout = Self::with(source, container::known);
        if !layout.article.is_empty() {
            return layout;
        }
        if let Some(marked) = container::with_marked_article(source) {
            let layout = Self::with(&marked, container::known);
            if !layout.article.is_empty() {
                return layout;
            }
        }
        let densest = container::densest(&layout.survey);
        let article = if densest.is_empty() { container::empty(&layout.survey) } else { densest };
        Self { article, ..layout }
    }

    fn with(source: &str, rule: fn(&Survey) -> Vec<usize>) -> Self {
        let dom = parse_readable(source);
        let survey = Survey::of(&dom.html);
        Self { article: rule(&survey), html: dom.html, survey, too_deep: dom.too_deep }
    }
}
