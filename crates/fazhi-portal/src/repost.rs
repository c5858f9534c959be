//! Reports that are posted more than once: copied by another portal, posted again by their own, and corrected.

use chrono::Days;

use crate::article::{Article, Block};
use crate::site::{Entry, Site};
use crate::truth::TruthKind;

/// The latest report of a site on another one, or again on its own.
struct Repost {
    /// Number of the site whose report it is.
    of: usize,
    /// Number of the site that repeats it.
    on: usize,
    /// Days after the original.
    later: Days,
}

/// Adds the posts that a sample of this size has. A small one has a single copy.
pub fn add_reposts(sites: &mut [Site]) {
    match sites.len() {
        0 => {}
        1..=3 => repost(sites, &Repost { of: 0, on: 0, later: Days::new(20) }),
        // A county's portal repeats the report of its bureau of justice.
        count => {
            repost(sites, &Repost { of: 3, on: 0, later: Days::new(20) });
            if count > 5 {
                // A city's portal repeats the report of its district, under the day on which the district posted it.
                repost(sites, &Repost { of: 1, on: 4, later: Days::new(0) });
                // And its own report again, when another office notices it.
                repost(sites, &Repost { of: 4, on: 4, later: Days::new(12) });
                add_correction(&mut sites[2]);
            }
        }
    }
}

fn latest(site: &Site) -> Option<Entry> {
    let own = |entry: &&Entry| entry.article.kind == TruthKind::Report && entry.mirror_of.is_none();
    site.entries.iter().rfind(own).cloned()
}

fn repost(sites: &mut [Site], repost: &Repost) {
    let Some(original) = latest(&sites[repost.of]) else { return };
    let mut article = original.article.clone();
    article.metadata.published = article.metadata.published.checked_add_days(repost.later).unwrap_or_default();
    let copy = sites[repost.on].add(article, original.header);
    copy.level = original.level;
    copy.mirror_of = Some(original.path);
}

/// The report again, a month later, with one number put right.
fn add_correction(site: &mut Site) {
    let Some(original) = latest(site) else { return };
    let Some(mut article) = corrected(&original.article) else { return };
    article.title.push_str("（更正）");
    article.metadata.published = article.metadata.published.checked_add_days(Days::new(30)).unwrap_or_default();
    let correction = site.add(article, original.header);
    correction.corrects = Some(original.path);
}

/// An article in which the first amount that can be told apart is one more.
fn corrected(article: &Article) -> Option<Article> {
    let text: String = article.blocks.iter().map(Block::text).collect();
    let quantities = article.quantities.as_ref()?;
    let told_apart = |text_of: &str| {
        text.matches(text_of).count() == 1 && quantities.iter().filter(|q| q.text == text_of).count() == 1
    };
    let (wrong, unit) = article.indicators.iter().find_map(|indicator| {
        let digits = indicator.text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = indicator.text.split_at(digits);
        let plain = number == indicator.value && digits >= 3 && indicator.precision == "exact";
        (plain && told_apart(&indicator.text)).then(|| (number.to_owned(), unit.to_owned()))
    })?;
    let right = (wrong.parse::<u64>().ok()? + 1).to_string();
    let (old, new) = (format!("{wrong}{unit}"), format!("{right}{unit}"));
    let mut article = article.clone();
    for block in &mut article.blocks {
        *block.text_mut() = block.text().replace(&old, &new);
    }
    for quantity in article.quantities.iter_mut().flatten().filter(|quantity| quantity.text == old) {
        (quantity.text, quantity.value) = (new.clone(), right.clone());
    }
    for indicator in article.indicators.iter_mut().filter(|indicator| indicator.text == old) {
        (indicator.text, indicator.value) = (new.clone(), right.clone());
    }
    Some(article)
}

#[cfg(test)]
mod tests {
    use crate::portal::PortalOptions;
    use crate::site::sites;
    use crate::truth::TruthDocument;

    fn documents() -> Vec<TruthDocument> {
        sites(&PortalOptions::default()).iter().flat_map(crate::site::Site::documents).collect()
    }

    fn at<'a>(documents: &'a [TruthDocument], url: Option<&String>) -> &'a TruthDocument {
        documents.iter().find(|document| Some(&document.url) == url).unwrap()
    }

    #[test]
    fn copies_state_what_their_originals_state() {
        let documents = documents();
        let copies: Vec<_> = documents.iter().filter(|document| document.mirror_of.is_some()).collect();
        let mut sites = Vec::new();
        for copy in copies {
            let original = at(&documents, copy.mirror_of.as_ref());
            assert_eq!(
                (&copy.title, &copy.indicators, &copy.quantities),
                (&original.title, &original.indicators, &original.quantities)
            );
            assert_eq!((&copy.duplicate_of, &copy.version_of), (&copy.mirror_of, &None));
            assert!(copy.listed && original.duplicate_of.is_none());
            sites.push((copy.pipeline.as_str(), original.pipeline.as_str()));
        }
        sites.sort_unstable();
        assert_eq!(sites, [("chengxi", "chengxi-sfj"), ("yunya", "wuping"), ("yunya", "yunya")]);
    }

    #[test]
    fn a_correction_states_one_other_number() {
        let documents = documents();
        let corrections: Vec<_> = documents.iter().filter(|document| document.version_of.is_some()).collect();
        assert_eq!(corrections.len(), 1);
        for correction in corrections {
            let original = at(&documents, correction.version_of.as_ref());
            assert_eq!(correction.title, format!("{}（更正）", original.title));
            let quantities = original.quantities.iter().flatten().zip(correction.quantities.iter().flatten());
            let indicators = original.indicators.iter().zip(&correction.indicators);
            let other = (quantities.filter(|(a, b)| a != b).count(), indicators.filter(|(a, b)| a != b).count());
            assert_eq!(other, (1, 1));
            assert!(correction.published_on > original.published_on);
        }
    }
}
