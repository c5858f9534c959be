//! Rows of a query on stdout. Everything but the table is streamed.

use std::io::{self, Write};

use anyhow::Context as _;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::json::writer::{JsonArray, LineDelimited, WriterBuilder};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::dataframe::DataFrame;
use futures::StreamExt as _;

use crate::cli::Format;

/// Prints the rows of a query.
pub async fn print(rows: DataFrame, format: Format) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match format {
        Format::Table => table(rows, &mut out).await?,
        Format::Csv => csv(rows, &mut out).await?,
        Format::Json => {
            let writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(&mut out);
            json(rows, writer).await?;
        }
        Format::Jsonl => {
            let writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut out);
            json(rows, writer).await?;
        }
    }
    if format == Format::Json {
        writeln!(out)?;
    }
    out.flush()?;
    Ok(())
}

/// A table needs all rows to know its widths.
async fn table(rows: DataFrame, out: &mut impl Write) -> anyhow::Result<()> {
    let schema: SchemaRef = rows.schema().inner().clone();
    let mut batches = rows.collect().await.context("query failed")?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    writeln!(out, "{}", pretty_format_batches(&batches)?)?;
    Ok(())
}

async fn json<W, F>(rows: DataFrame, mut writer: datafusion::arrow::json::Writer<W, F>) -> anyhow::Result<()>
where
    W: Write,
    F: datafusion::arrow::json::writer::JsonFormat,
{
    let mut stream = rows.execute_stream().await.context("query failed")?;
    while let Some(batch) = stream.next().await {
        writer.write(&batch.context("query failed")?)?;
    }
    writer.finish()?;
    Ok(())
}

async fn csv(rows: DataFrame, out: &mut impl Write) -> anyhow::Result<()> {
    let names: Vec<String> = rows.schema().fields().iter().map(|field| field.name().clone()).collect();
    write_csv_line(out, &names)?;
    let mut stream = rows.execute_stream().await.context("query failed")?;
    while let Some(batch) = stream.next().await {
        write_csv_batch(out, &batch.context("query failed")?)?;
    }
    Ok(())
}

fn write_csv_batch(out: &mut impl Write, batch: &RecordBatch) -> anyhow::Result<()> {
    let options = FormatOptions::default().with_display_error(true);
    let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    for row in 0..batch.num_rows() {
        let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
        write_csv_line(out, &cells)?;
    }
    Ok(())
}

/// RFC 4180: a field with a comma, quote or line break is quoted, a quote is doubled.
fn write_csv_line(out: &mut impl Write, cells: &[String]) -> io::Result<()> {
    let quoted = |cell: &String| {
        if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    writeln!(out, "{}", cells.iter().map(quoted).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_quoted_when_they_must_be() {
        let mut out = Vec::new();
        write_csv_line(&mut out, &["受理3件".into(), "a,b".into(), "说“好”\"".into(), "两\n行".into()]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "受理3件,\"a,b\",\"说“好”\"\"\",\"两\n行\"\n");
    }
}
