//! Reports and facts written by hand, as the views see them.

use std::collections::HashMap;

use datafusion::execution::context::SessionContext;
use fazhi_parse::quantity;
use fazhi_warehouse::{DataFolder, Table, VIEWS, load};

/// A report of a year with its facts, each written as `indicator amount`, and behind that what else is to be said of it:
/// `yoy=20`, `of=penalties`, `rank=2`, `value=1`, `as_of`, `region`, `plan`.
pub struct Report<'a> {
    pub id: String,
    pub publisher: &'a str,
    pub year: i32,
    pub duplicate_of: Option<&'a str>,
    pub facts: &'a [&'a str],
}

/// A session over a fresh warehouse that holds these reports and nothing else.
pub async fn warehouse(reports: &[Report<'_>]) -> SessionContext {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::new(folder.path().to_owned());
    load(&data, fazhi_parse::Rules::embedded(), chrono::Utc::now()).await.unwrap();
    let context = fazhi_warehouse::open(&data).await.unwrap();
    let checks = context.table(Table::CatalogChecks.name()).await.unwrap().collect().await.unwrap();
    let catalog = context.table(Table::IndicatorCatalog.name()).await.unwrap().collect().await.unwrap();
    for (table, batches) in [(Table::CatalogChecks, checks), (Table::IndicatorCatalog, catalog)] {
        let held = context.read_batches(batches).unwrap();
        replace(&context, table.name(), held.into_view());
    }
    let documents: Vec<_> = reports.iter().map(document).collect();
    let facts: Vec<_> = reports
        .iter()
        .flat_map(|report| (0..).zip(report.facts).map(|(ordinal, written)| fact(report, ordinal, written)))
        .collect();
    for (table, rows) in [(Table::Documents, documents), (Table::Indicators, facts)] {
        let frame = context.sql(&select(table, &rows)).await.unwrap();
        let held = context.read_batches(frame.collect().await.unwrap()).unwrap();
        replace(&context, table.name(), held.into_view());
    }
    for view in VIEWS {
        let frame = context.sql(view.sql).await.unwrap();
        replace(&context, view.name, frame.into_view());
    }
    context
}

fn replace(context: &SessionContext, name: &str, provider: std::sync::Arc<dyn datafusion::datasource::TableProvider>) {
    context.deregister_table(name).unwrap();
    context.register_table(name, provider).unwrap();
}

type Row = HashMap<&'static str, String>;

/// Rows as a query with all columns of a table; what a row does not name is null, lists are empty.
fn select(table: Table, rows: &[Row]) -> String {
    let schema = table.schema();
    let cell = |text: Option<&String>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let values = rows.iter().map(|row| {
        let cells: Vec<_> = schema.fields().iter().map(|field| cell(row.get(field.name().as_str()))).collect();
        format!("({})", cells.join(", "))
    });
    let columns = (1..).zip(schema.fields()).map(|(place, field)| match field.data_type() {
        kind if kind.is_nested() => format!("make_array('') AS {}", field.name()),
        kind => format!("arrow_cast(column{place}, '{kind}') AS {}", field.name()),
    });
    let (columns, values): (Vec<_>, Vec<_>) = (columns.collect(), values.collect());
    format!("SELECT {} FROM (VALUES {})", columns.join(", "), values.join(", "))
}

fn document(report: &Report) -> Row {
    let mut row = Row::from([
        ("document_id", report.id.clone()),
        ("revision", "r".to_owned()),
        ("kind", "report".to_owned()),
        ("publisher", report.publisher.to_owned()),
        ("region_code", "350000".to_owned()),
        ("report_year", report.year.to_string()),
    ]);
    row.extend(report.duplicate_of.map(|primary| ("duplicate_of", primary.to_owned())));
    row
}

fn fact(report: &Report, ordinal: usize, written: &str) -> Row {
    let mut words = written.split_whitespace();
    let (id, text) = (words.next().unwrap(), words.next().unwrap());
    // Within a sentence: at the start of a line `1.9` could be the number of a heading.
    let amount = quantity::scan(&format!("有{text}")).pop().unwrap_or_else(|| panic!("no amount in {text}"));
    assert_eq!(amount.text, text);
    let mut row = Row::from([
        ("document_id", report.id.clone()),
        ("revision", "r".to_owned()),
        ("report_year", report.year.to_string()),
        ("ordinal", ordinal.to_string()),
        ("indicator_id", id.to_owned()),
        ("rank", "1".to_owned()),
        ("value", amount.value.to_string()),
        ("unit", amount.unit_canonical),
        ("precision", amount.precision.to_string()),
        ("period", "annual".to_owned()),
        ("scope", "own".to_owned()),
        ("role", "result".to_owned()),
        ("text", text.to_owned()),
        ("sentence", format!("{id}{text}。")),
        ("char_start", "0".to_owned()),
        ("char_end", "9".to_owned()),
        ("confidence", "0.8".to_owned()),
    ]);
    row.extend(amount.max.map(|max| ("max", max.to_string())));
    for word in words {
        let (column, value) = match word.split_once('=') {
            Some(("yoy", value)) => ("yoy_pct", value),
            Some(("of", value)) => ("part_of", value),
            Some(("rank", value)) => ("rank", value),
            Some(("value", value)) => ("value", value),
            None if word == "as_of" => ("period", word),
            None if word == "region" => ("scope", word),
            None if word == "plan" => ("role", word),
            _ => panic!("what is {word}?"),
        };
        row.insert(column, value.to_owned());
    }
    row
}
