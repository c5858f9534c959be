//! `fazhi catalogue`: the indicators that are looked for. No warehouse is touched.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::anyhow;
use datafusion::arrow::array::{
    ArrayRef, Int64Array, ListArray, ListBuilder, MapArray, MapBuilder, RecordBatch, StringArray, StringBuilder,
};
use datafusion::arrow::error::ArrowError;
use datafusion::execution::context::SessionContext;
use fazhi_parse::catalogue::{Catalogue, Entry};

use crate::cli::{CatalogueArgs, Format};
use crate::outcome::{Failure, Outcome};
use crate::output;

/// Prints all entries in a line each, or one of them whole.
pub async fn catalogue(args: &CatalogueArgs, catalogue: &Catalogue) -> Result<Outcome, Failure> {
    let Some(id) = &args.id else {
        print(list(catalogue.entries())?, args.format).await?;
        return Ok(Outcome::Clean);
    };
    let entry = catalogue.entry(id).ok_or_else(|| unknown(id, catalogue))?;
    match args.format {
        Format::Table => in_words(entry, &mut io::stdout().lock())?,
        format => print(whole(entry)?, format).await?,
    }
    Ok(Outcome::Clean)
}

fn unknown(id: &str, catalogue: &Catalogue) -> Failure {
    let hint = match catalogue.nearest(id) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`fazhi catalogue` lists what there is".to_owned(),
    };
    Failure::hinted(anyhow!("there is no indicator `{id}`"), hint)
}

async fn print(rows: RecordBatch, format: Format) -> anyhow::Result<()> {
    output::print(SessionContext::new().read_batch(rows)?, format).await
}

/// One row per entry; the columns that `indicator_catalog` has too are named alike.
fn list(entries: &[Entry]) -> Result<RecordBatch, ArrowError> {
    let text =
        |value: fn(&Entry) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(entries.iter().map(value))) };
    let phrases = entries.iter().map(|entry| i64::try_from(entry.phrases().len()).unwrap_or(i64::MAX));
    RecordBatch::try_from_iter([
        ("indicator_id", text(|entry| &entry.id)),
        ("area", text(|entry| entry.area.as_str())),
        ("kind", text(|entry| entry.kind.as_str())),
        ("unit", text(|entry| &entry.unit)),
        ("accepted_units", Arc::new(lists(entries.iter().map(|entry| &entry.accepted_units[..])))),
        ("name_zh", text(|entry| &entry.name_zh)),
        ("name_en", text(|entry| &entry.name_en)),
        ("phrases", Arc::new(Int64Array::from_iter_values(phrases))),
    ])
}

/// One row with all that an entry says.
fn whole(entry: &Entry) -> Result<RecordBatch, ArrowError> {
    let text = |value: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    RecordBatch::try_from_iter_with_nullable([
        ("indicator_id", text(Some(&entry.id)), false),
        ("area", text(Some(entry.area.as_str())), false),
        ("kind", text(Some(entry.kind.as_str())), false),
        ("tally", text(Some(entry.tally.as_str())), false),
        ("unit", text(Some(&entry.unit)), false),
        ("accepted_units", Arc::new(lists([&entry.accepted_units[..]].into_iter())) as ArrayRef, false),
        ("kept_units", Arc::new(lists([&entry.kept_units[..]].into_iter())), false),
        ("name_zh", text(Some(&entry.name_zh)), false),
        ("name_en", text(Some(&entry.name_en)), false),
        ("part_of", text(entry.part_of.as_deref()), true),
        ("description", text(Some(&entry.description)), false),
        ("phrases", Arc::new(phrases(entry)?), false),
    ])
}

fn lists<'a>(rows: impl Iterator<Item = &'a [String]>) -> ListArray {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        lists.append_value(row.iter().map(Some));
    }
    lists.finish()
}

fn phrases(entry: &Entry) -> Result<MapArray, ArrowError> {
    let mut phrases = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for (name, written) in entry.phrases() {
        phrases.keys().append_value(name);
        phrases.values().append_value(written);
    }
    phrases.append(true)?;
    Ok(phrases.finish())
}

/// An entry for readers: a line for each thing it says.
fn in_words(entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}: {}, {}", entry.id, entry.name_zh, entry.name_en)?;
    writeln!(out, "  {}", entry.description)?;
    writeln!(out, "  area: {}", entry.area)?;
    writeln!(out, "  kind: {}, {}", entry.kind.as_str(), entry.tally.as_str())?;
    writeln!(out, "  unit: {}", entry.unit)?;
    writeln!(out, "  accepted units: {}", entry.accepted_units.join(", "))?;
    if !entry.kept_units.is_empty() {
        writeln!(out, "  kept units: {}", entry.kept_units.join(", "))?;
    }
    if let Some(whole) = &entry.part_of {
        writeln!(out, "  part of: {whole}")?;
    }
    writeln!(out, "  phrases:")?;
    entry.phrases().try_for_each(|(name, written)| writeln!(out, "    {name} = {written}"))
}
