//! The table `[list.selectors]` and the family that reads it.

use scraper::Selector;
use toml::Spanned;

use super::PipelineError;
use super::raw::RawSelectors;
use super::source::Source;
use crate::family::{Family, FamilyChoice, Selectors};

const ITEM: &str = "say where an entry stands: `item = \"ul.list > li\"`";

/// The selectors of a pipeline; an error if there are none where they are needed, or some where nobody reads them.
pub(super) fn read(
    source: &Source<'_>,
    family: FamilyChoice,
    named: Option<&Spanned<String>>,
    raw: Option<&Spanned<RawSelectors>>,
) -> Result<Option<Selectors>, PipelineError> {
    let wanted = family == FamilyChoice::Fixed(Family::Selectors);
    let Some(raw) = raw else {
        let offset = named.map_or(0, |named| named.span().start);
        let missing =
            || source.at(offset, "family `selectors` needs the table `[list.selectors]`".into(), Some(ITEM.into()));
        return if wanted { Err(missing()) } else { Ok(None) };
    };
    let offset = raw.span().start;
    if !wanted {
        let what = "`[list.selectors]` is read by no family but `selectors`".to_owned();
        return Err(source.at(offset, what, Some("set `family = \"selectors\"` in `[site]`".into())));
    }
    let RawSelectors { item, link, date, next } = raw.get_ref();
    let missing = || source.at(offset, "missing key `item` in `[list.selectors]`".into(), Some(ITEM.into()));
    let optional = |raw: &Option<Spanned<String>>| raw.as_ref().map(|raw| selector(source, raw)).transpose();
    Ok(Some(Selectors {
        item: selector(source, item.as_ref().ok_or_else(missing)?)?,
        link: optional(link)?,
        date: optional(date)?,
        next: optional(next)?,
    }))
}

fn selector(source: &Source<'_>, raw: &Spanned<String>) -> Result<Selector, PipelineError> {
    let example = "a CSS selector such as `ul.list > li` or `td:nth-child(2) a`";
    Selectors::selector(raw.get_ref())
        .map_err(|error| source.at(raw.span().start, error.to_string(), Some(example.into())))
}
