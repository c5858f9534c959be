//! A catalogue file as written: keys and types, nothing checked beyond that.

use std::collections::BTreeMap;

use fazhi_model::Area;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::{Fault, Place, nearest};
use super::{IndicatorKind, Tally};

/// Every key a catalogue may hold, by table; the empty name is the top level. Kept beside the structs below.
const KEYS: &[(&str, &[&str])] = &[
    ("", &["topics", "indicator", "extend"]),
    (
        "indicator",
        &[
            "id",
            "name_zh",
            "name_en",
            "unit",
            "accepted_units",
            "kept_units",
            "area",
            "kind",
            "tally",
            "description",
            "part_of",
            "phrases",
        ],
    ),
    ("extend", &["id", "accepted_units", "phrases"]),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCatalogue {
    #[serde(default)]
    pub(super) topics: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) indicator: Vec<RawEntry>,
    #[serde(default)]
    pub(super) extend: Vec<RawExtension>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEntry {
    pub(super) id: Spanned<String>,
    pub(super) name_zh: Spanned<String>,
    pub(super) name_en: Spanned<String>,
    pub(super) unit: Spanned<String>,
    pub(super) accepted_units: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) kept_units: Vec<Spanned<String>>,
    pub(super) area: Area,
    pub(super) kind: IndicatorKind,
    pub(super) description: Spanned<String>,
    pub(super) part_of: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) tally: Tally,
    pub(super) phrases: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExtension {
    pub(super) id: Spanned<String>,
    #[serde(default)]
    pub(super) accepted_units: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) phrases: BTreeMap<String, Spanned<String>>,
}

/// Reads the text of the source with this number.
pub(super) fn read(source: usize, text: &str) -> Result<RawCatalogue, Fault> {
    let fault = |error: &toml::de::Error, hint: String| {
        let byte = error.span().unwrap_or_default().start;
        Fault::new(Place { source, byte }, error.message(), hint)
    };
    let table = DeTable::parse(text)
        .map_err(|error| fault(&error, "check quotes, brackets and `=`: the file is TOML".to_owned()))?;
    if let Some(fault) = unknown_key(source, table.get_ref()) {
        return Err(fault);
    }
    toml::from_str(text).map_err(|error| fault(&error, entry_hint()))
}

fn entry_hint() -> String {
    let optional = ["kept_units", "tally", "part_of"];
    let keys = keys_of("indicator").iter().filter(|key| !optional.contains(key));
    format!("an indicator needs {}; {} may be left out", quoted(keys), quoted(optional.iter()))
}

fn keys_of(table: &str) -> &'static [&'static str] {
    KEYS.iter().find(|(name, _)| *name == table).map_or(&[], |(_, keys)| keys)
}

/// The first unknown key in file order.
fn unknown_key(source: usize, top: &DeTable) -> Option<Fault> {
    let mut faults = unknown_in(source, "", top);
    for (name, value) in top {
        let DeValue::Array(list) = value.get_ref() else { continue };
        for item in list {
            if let DeValue::Table(table) = item.get_ref() {
                faults.extend(unknown_in(source, name.get_ref(), table));
            }
        }
    }
    faults.into_iter().min_by_key(|fault| fault.place.byte)
}

fn unknown_in(source: usize, table: &str, values: &DeTable) -> Vec<Fault> {
    let known = keys_of(table);
    let place = |byte| Place { source, byte };
    let within = if table.is_empty() { String::new() } else { format!(" in `[[{table}]]`") };
    values
        .iter()
        .map(|(key, _)| key)
        // An unknown table is reported itself, as a key of the top level; its content is not.
        .filter(|key| !known.is_empty() && !known.contains(&key.get_ref().as_ref()))
        .map(|key| {
            let hint = match nearest(key.get_ref(), known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys are {}", quoted(known.iter())),
            };
            Fault::new(place(key.span().start), format!("unknown key `{}`{within}", key.get_ref()), hint)
        })
        .collect()
}

fn quoted<'a>(words: impl Iterator<Item = &'a &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
