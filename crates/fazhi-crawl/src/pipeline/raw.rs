//! The pipeline file as written: keys and types, nothing checked beyond that.

use serde::Deserialize;
use toml::Spanned;

/// Every key a pipeline file may hold, by table; the empty name is the top level. Kept beside the structs below.
pub(super) const KEYS: &[(&str, &[&str])] = &[
    ("", &["name", "title", "verified", "site", "list", "politeness", "budget"]),
    ("site", &["start", "family", "contact", "hosts"]),
    ("list", &["title", "reject", "max-pages", "max-depth", "since", "lookback-days", "sweep-days", "selectors"]),
    ("list.selectors", &["item", "link", "date", "next"]),
    ("politeness", &["delay-ms", "delay-factor", "max-delay-ms", "concurrency", "timeout-ms", "reason"]),
    ("budget", &["max-articles", "max-minutes"]),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPipeline {
    pub(super) name: Spanned<String>,
    pub(super) title: Option<String>,
    pub(super) verified: Option<Spanned<String>>,
    pub(super) site: Spanned<RawSite>,
    #[serde(default)]
    pub(super) list: RawList,
    #[serde(default)]
    pub(super) politeness: RawPoliteness,
    #[serde(default)]
    pub(super) budget: RawBudget,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSite {
    #[serde(default)]
    pub(super) start: Vec<Spanned<String>>,
    pub(super) family: Option<Spanned<String>>,
    pub(super) contact: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) hosts: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawList {
    pub(super) title: Option<Spanned<String>>,
    pub(super) reject: Option<Spanned<String>>,
    pub(super) max_pages: Option<Spanned<u32>>,
    pub(super) max_depth: Option<Spanned<u32>>,
    pub(super) since: Option<Spanned<String>>,
    pub(super) lookback_days: Option<Spanned<u32>>,
    pub(super) sweep_days: Option<Spanned<u32>>,
    pub(super) selectors: Option<Spanned<RawSelectors>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSelectors {
    pub(super) item: Option<Spanned<String>>,
    pub(super) link: Option<Spanned<String>>,
    pub(super) date: Option<Spanned<String>>,
    pub(super) next: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPoliteness {
    pub(super) delay_ms: Option<Spanned<u64>>,
    pub(super) delay_factor: Option<Spanned<f64>>,
    pub(super) max_delay_ms: Option<Spanned<u64>>,
    pub(super) concurrency: Option<Spanned<u32>>,
    pub(super) timeout_ms: Option<Spanned<u64>>,
    pub(super) reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawBudget {
    pub(super) max_articles: Option<Spanned<u32>>,
    pub(super) max_minutes: Option<Spanned<u32>>,
}

/// A key that no table of a pipeline file has.
pub(super) struct UnknownKey {
    pub(super) offset: usize,
    pub(super) table: String,
    pub(super) key: String,
    pub(super) nearest: Option<&'static str>,
}

/// The first unknown key in file order, with the known key that looks most like it.
pub(super) fn unknown_key(document: &toml::de::DeTable<'_>) -> Option<UnknownKey> {
    let mut found = Vec::new();
    unknown_below("", document, &mut found);
    found.into_iter().min_by_key(|unknown| unknown.offset)
}

/// No table that is known lies deeper than the second level, and none below an unknown one is looked into.
fn unknown_below(name: &str, values: &toml::de::DeTable<'_>, found: &mut Vec<UnknownKey>) {
    found.extend(unknown_in(name, values));
    for (key, value) in values {
        let inner = if name.is_empty() { key.get_ref().to_string() } else { format!("{name}.{}", key.get_ref()) };
        let is_known = KEYS.iter().any(|(known, _)| *known == inner);
        if let toml::de::DeValue::Table(table) = value.get_ref()
            && is_known
        {
            unknown_below(&inner, table, found);
        }
    }
}

fn unknown_in<'a>(table: &'a str, values: &'a toml::de::DeTable<'_>) -> impl Iterator<Item = UnknownKey> + 'a {
    let known = KEYS.iter().find(|(name, _)| *name == table).map(|(_, keys)| *keys);
    let names = values.iter().map(|(key, _)| key);
    // An unknown table is reported itself, as a key of the top level; its content is not.
    names.filter(move |key| known.is_some_and(|known| !known.contains(&key.get_ref().as_ref()))).map(move |key| {
        let text = key.get_ref().to_string();
        let nearest = nearest(&text, known.unwrap_or_default());
        UnknownKey { offset: key.span().start, table: table.to_owned(), key: text, nearest }
    })
}

/// The candidate that differs least, if it differs little enough to be what was meant.
pub(super) fn nearest(text: &str, candidates: &[&'static str]) -> Option<&'static str> {
    let text = text.replace('_', "-");
    // A slip in a short word leaves little in common, but it stays one slip.
    let slips = (text.chars().count() / 3).max(1);
    let alike = |known: &str| strsim::jaro_winkler(&text, known);
    let meant = |known: &&str| alike(known) >= 0.75 || strsim::osa_distance(&text, known) <= slips;
    candidates.iter().copied().filter(meant).max_by(|a, b| alike(a).total_cmp(&alike(b)))
}
