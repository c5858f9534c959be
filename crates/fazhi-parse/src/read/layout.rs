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
    /// What told where the article stands.
    pub found_by: Option<String>,
    /// How deep elements wanted to nest, where that was too deep.
    pub too_deep: Option<usize>,
}

impl Layout {
    /// Known containers go first, then what stands between markers, then the densest block.
    pub fn of(source: &str) -> Self {
        let layout = Self::with(source);
        if !layout.article.is_empty() {
            return layout;
        }
        if let Some(marked) = container::with_marked_article(source) {
            let marked = Self::with(&marked);
            if !marked.article.is_empty() {
                return Self { found_by: Some("markers".to_owned()), ..marked };
            }
        }
        let densest = container::densest(&layout.survey);
        if !densest.is_empty() {
            return Self { article: densest, found_by: Some("densest block".to_owned()), ..layout };
        }
        Self { article: container::empty(&layout.survey), ..layout }
    }

    fn with(source: &str) -> Self {
        let dom = parse_readable(source);
        let survey = Survey::of(&dom.html);
        let known = container::known(&survey);
        let (found_by, article) = known.map_or((None, Vec::new()), |(name, article)| (Some(name), article));
        Self { article, found_by, html: dom.html, survey, too_deep: dom.too_deep }
    }
}
