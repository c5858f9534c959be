//! The pipeline file as written: keys and types, nothing checked beyond that.

use serde::Deserialize;
use toml::Spanned;

/// Every key a pipeline file may hold, by table; the empty name is the top level. Kept beside the structs below.
const KEYS: &[(&str, &[&str])] = &[
    ("", &["name", "title", "verified", "site", "list", "politeness"]),
    ("site", &["start", "family", "contact"]),
    ("list", &["title", "reject", "max-pages"]),
    ("politeness", &["delay-ms", "timeout-ms"]),
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
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSite {
    #[serde(default)]
    pub(super) start: Vec<Spanned<String>>,
    pub(super) family: Option<Spanned<String>>,
    pub(super) contact: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawList {
    pub(super) title: Option<Spanned<String>>,
    pub(super) reject: Option<Spanned<String>>,
    pub(super) max_pages: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPoliteness {
    pub(super) delay_ms: Option<Spanned<u64>>,
    pub(super) timeout_ms: Option<Spanned<u64>>,
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
    let mut found: Vec<UnknownKey> = unknown_in("", document).collect();
    for (name, value) in document {
        if let toml::de::DeValue::Table(table) = value.get_ref() {
            found.extend(unknown_in(name.get_ref(), table));
        }
    }
    found.into_iter().min_by_key(|unknown| unknown.offset)
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
