//! The articles of each site: reports, decoys, the template, the page that robots may not read.

use crate::article::{Article, Block};
use crate::date::iso;
use crate::decoy::{decoy, template};
use crate::government::{Government, HeaderLayout};
use crate::list::{Entrance, Listed, Row, article_path};
use crate::portal::{PortalOptions, Traps};
use crate::province::government;
use crate::report::{Turns, report};
use crate::repost::add_reposts;
use crate::traps::add_traps;
use crate::truth::{TruthDocument, TruthKind};

/// Years of the reports of each government.
const YEARS: std::ops::RangeInclusive<i32> = 2018..=2023;
const YEARS_EACH: usize = 6;
/// Other pages for each report.
const DECOYS_EACH: usize = 3;

/// An article in its place.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The article.
    pub article: Article,
    /// Path of its page.
    pub path: String,
    /// Its number on the site.
    pub serial: u32,
    /// Layout of its header, which is not always that of the site.
    pub header: HeaderLayout,
    /// Level of the body that issued it.
    pub level: &'static str,
    /// Path of the page that it copies.
    pub mirror_of: Option<String>,
    /// Path of the page that it puts right.
    pub corrects: Option<String>,
    /// Who may read it.
    pub access: Access,
    /// Other paths under which the list names it and the same page answers.
    pub aliases: Vec<String>,
    /// Number of pages over which its text goes on.
    pub parts: usize,
}

impl Entry {
    /// The paths of its pages: `t1.html`, `t1_1.html`, `t1_2.html`.
    pub fn part_paths(&self) -> Vec<String> {
        let (stem, extension) = self.path.rsplit_once('.').unwrap_or((&self.path, ""));
        let further = (1..self.parts).map(|part| format!("{stem}_{part}.{extension}"));
        std::iter::once(self.path.clone()).chain(further).collect()
    }

    /// The text of one page, from 0.
    pub fn blocks_of(&self, part: usize) -> &[Block] {
        let blocks = &self.article.blocks;
        blocks.chunks(blocks.len().div_ceil(self.parts).max(1)).nth(part).unwrap_or_default()
    }
}

/// What `robots.txt` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Open,
    /// Keep out.
    Internal,
}

/// A site: one government, one column.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its owner.
    pub government: Government,
    /// Its articles.
    pub entries: Vec<Entry>,
    /// What its visitors meet first.
    pub entrance: Entrance,
}

/// The sites of a province.
pub fn sites(options: &PortalOptions) -> Vec<Site> {
    let reports = options.reports;
    let mut turns = Turns::new();
    let count = reports.div_ceil(YEARS_EACH);
    let mut sites: Vec<Site> =
        (0..count).map(|ordinal| site(ordinal, YEARS_EACH.min(reports - ordinal * YEARS_EACH), &mut turns)).collect();
    add_template(&mut sites);
    add_reposts(&mut sites);
    if let Some(first) = sites.first_mut() {
        first.add_internal();
    }
    if options.traps == Traps::Present {
        add_traps(&mut sites);
    }
    for site in &mut sites {
        site.entries.sort_by_key(|entry| std::cmp::Reverse((entry.article.metadata.published, entry.serial)));
    }
    sites
}

fn site(ordinal: usize, years: usize, turns: &mut Turns) -> Site {
    let mut site = Site { government: government(ordinal), entries: Vec::new(), entrance: Entrance::Direct };
    for year in YEARS.take(years) {
        let serial = site.next_serial();
        let article = report(&site.government, year, serial, turns);
        site.add(article, site.government.habits.header);
        for place in 0..DECOYS_EACH {
            let article = decoy(&site.government, year, place, site.next_serial());
            site.add(article, site.government.habits.header);
        }
    }
    site
}

/// The template stands on the sixth site, whose articles bear a byline only.
fn add_template(sites: &mut [Site]) {
    let place = sites.len().saturating_sub(1).min(5);
    if let Some(site) = sites.get_mut(place) {
        site.add(template(&site.government), HeaderLayout::Byline);
    }
}

impl Site {
    fn next_serial(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or_default() + 1
    }

    /// Adds an article as the next one of the site.
    pub fn add(&mut self, article: Article, header: HeaderLayout) -> &mut Entry {
        let serial = self.next_serial();
        let id = u32::try_from(self.government.ordinal).unwrap_or_default() * 100 + 20_100 + serial;
        let path = article_path(&self.government, article.metadata.published, id);
        let level = self.government.level;
        let (mirror_of, corrects, access) = (None, None, Access::Open);
        let (aliases, parts) = (Vec::new(), 1);
        self.entries.push(Entry { article, path, serial, header, level, mirror_of, corrects, access, aliases, parts });
        self.entries.last_mut().expect("just pushed")
    }

    /// A draft that the list links to by mistake.
    fn add_internal(&mut self) {
        let Some(mut article) = self.entries.first().map(|entry| entry.article.clone()) else { return };
        article.title = format!("{}2024年法治政府建设情况报告（内部稿）", self.government.name);
        let path = format!("/{}/internal/t20250211_1.html", self.government.slug);
        let entry = self.add(article, self.government.habits.header);
        (entry.path, entry.access) = (path, Access::Internal);
    }

    /// Its list. An article of several addresses has a link for each, its own first.
    pub fn listed(&self) -> Listed {
        let links = |entry: &Entry| {
            let (title, date) = (entry.article.title.clone(), entry.article.metadata.published);
            let paths: Vec<String> = std::iter::once(&entry.path).chain(&entry.aliases).cloned().collect();
            paths.into_iter().map(move |path| Row { title: title.clone(), path, date })
        };
        let rows = self.entries.iter().flat_map(links).collect();
        Listed { government: self.government.clone(), rows, entrance: self.entrance }
    }

    /// Articles that `robots.txt` refuses.
    pub fn internal(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.access == Access::Internal)
    }

    /// What its articles state; addresses are paths.
    pub fn documents(&self) -> impl Iterator<Item = TruthDocument> {
        self.entries.iter().filter(|entry| entry.access == Access::Open).map(|entry| self.document(entry))
    }

    fn document(&self, entry: &Entry) -> TruthDocument {
        let Article { kind, metadata, .. } = &entry.article;
        let article = &entry.article;
        let report = *kind == TruthKind::Report;
        TruthDocument {
            url: entry.path.clone(),
            pipeline: self.government.slug.clone(),
            listed: self.government.selects(&article.title),
            kind: *kind,
            kind_detail: article.family.clone(),
            title: article.title.clone(),
            report_year: article.report_year,
            publisher: metadata.publisher.clone().or_else(|| article.issuer.clone()),
            publisher_level: report.then(|| entry.level.to_owned()),
            region_code: Some(self.government.region.clone()),
            index_number: metadata.index_number.clone(),
            document_number: metadata.document_number.as_ref().map(|number| number.1.clone()),
            written_on: metadata.written.map(iso),
            published_on: Some(iso(metadata.published)),
            signed_on: article.signed.map(iso),
            validity: metadata.validity.map(|validity| validity.1.to_owned()),
            topics: metadata.topics.iter().map(|topic| (*topic).to_owned()).collect(),
            disclosure: metadata.disclosure.or(article.note.map(|_| "主动公开")).map(str::to_owned),
            source: metadata.source.clone(),
            charset: self.government.charset().to_owned(),
            mirror_of: entry.mirror_of.clone(),
            duplicate_of: entry.mirror_of.clone(),
            version_of: entry.corrects.clone(),
            sections: article.sections.clone(),
            quantities: article.quantities.clone(),
            indicators: article.indicators.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn counts(reports: usize) -> (usize, usize, usize, usize, usize) {
        let sites = sites(&PortalOptions { reports, ..PortalOptions::default() });
        let documents: Vec<_> = sites.iter().flat_map(Site::documents).collect();
        let of = |kind| documents.iter().filter(|d| d.kind == kind && d.mirror_of.is_none()).count();
        let mirrors = documents.iter().filter(|d| d.mirror_of.is_some()).count();
        let paths: BTreeSet<_> = documents.iter().map(|d| d.url.as_str()).collect();
        assert_eq!(paths.len(), documents.len(), "paths are distinct");
        (sites.len(), of(TruthKind::Report), of(TruthKind::Other), of(TruthKind::Template), mirrors)
    }

    #[test]
    fn size_is_a_parameter() {
        // One report of the larger samples was posted again, corrected.
        assert_eq!(counts(48), (8, 49, 144, 1, 3));
        assert_eq!(counts(1), (1, 1, 3, 1, 1));
        assert_eq!(counts(50), (9, 51, 150, 1, 3));
        assert_eq!(counts(0), (0, 0, 0, 0, 0));
    }
}
