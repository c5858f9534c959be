//! `fazhi show`: from a fact or document back to its text, and to the archived bytes.

use std::io::{self, Write};

use anyhow::{Context as _, anyhow};
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::execution::context::SessionContext;
use datafusion::scalar::ScalarValue;
use fazhi_archive::{Location, Record};
use fazhi_model::Span;
use fazhi_warehouse::DataFolder;

use crate::cli::{ShowArgs, View};
use crate::config::Config;
use crate::outcome::{Failure, Outcome};

/// Prints what an identifier stands for.
pub async fn show(config: &Config, args: &ShowArgs) -> Result<Outcome, Failure> {
    let context = fazhi_warehouse::open(&config.data).await?;
    let mut out = io::stdout().lock();
    if let Some((document, indicator)) = args.subject.split_once(':') {
        let evidence = evidence(&context, document, indicator).await?.ok_or_else(|| unknown(&args.subject))?;
        evidence.print(&mut out)?;
        return Ok(Outcome::Clean);
    }
    if args.view == View::Text
        && let Some(text) = document_text(&context, &args.subject).await?
    {
        writeln!(out, "{text}")?;
        return Ok(Outcome::Clean);
    }
    let location = capture(&context, &args.subject).await?.ok_or_else(|| unknown(&args.subject))?;
    let record = read(&config.data, &location)?;
    let record = match args.view {
        View::Head => record,
        View::Bytes | View::Text => with_body(&context, &config.data, record).await?,
    };
    print_record(&record, args.view, &mut out)?;
    Ok(Outcome::Clean)
}

fn read(data: &DataFolder, location: &Location) -> anyhow::Result<Record> {
    fazhi_archive::read_at(&data.archive(), location)
        .with_context(|| format!("cannot read `{}` at offset {}", location.file, location.offset))
}

/// The record that holds the body: of an answer that repeats an archived one, the archived one.
async fn with_body(context: &SessionContext, data: &DataFolder, record: Record) -> anyhow::Result<Record> {
    let Some(original) = record.original() else { return Ok(record) };
    let id = original.record_id.unwrap_or_default();
    let capture_id = id.trim_start_matches("<urn:uuid:").trim_end_matches('>');
    let location = capture(context, capture_id).await?;
    let location =
        location.with_context(|| format!("the answer repeats record `{id}`, which is not in the archive"))?;
    read(data, &location)
}

fn unknown(subject: &str) -> Failure {
    let hint = "`fazhi query \"select capture_id, document_id, title from documents\"` lists what there is";
    Failure::hinted(anyhow!("nothing is stored under `{subject}`"), hint)
}

/// The text of a report by the identity of its document.
async fn document_text(context: &SessionContext, document: &str) -> anyhow::Result<Option<String>> {
    let sql = "SELECT t.body FROM documents d JOIN texts t ON t.document_id = d.document_id AND t.revision = d.revision
               WHERE d.document_id = $1 OR d.capture_id = $1";
    let batches = context.sql(sql).await?.with_param_values(vec![ScalarValue::from(document)])?.collect().await?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0);
    Ok(first.map(|batch| batch.column(0).as_string::<i32>().value(0).to_owned()))
}

/// Where the response behind a capture or document lies.
async fn capture(context: &SessionContext, subject: &str) -> anyhow::Result<Option<Location>> {
    let sql = "SELECT warc_file, warc_offset, warc_length FROM captures WHERE capture_id = $1
               UNION ALL
               SELECT k.warc_file, k.warc_offset, k.warc_length FROM documents d JOIN captures k ON k.capture_id = d.capture_id
               WHERE d.document_id = $1";
    let batches = context.sql(sql).await?.with_param_values(vec![ScalarValue::from(subject)])?.collect().await?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let number = |column: usize| batch.column(column).as_primitive::<Int64Type>().value(0);
    Ok(Some(Location {
        file: batch.column(0).as_string::<i32>().value(0).to_owned(),
        offset: u64::try_from(number(1))?,
        length: u64::try_from(number(2))?,
    }))
}

fn print_record(record: &Record, view: View, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(http) = record.http() else {
        out.write_all(&record.block)?;
        return Ok(());
    };
    match view {
        View::Bytes => out.write_all(&http.body)?,
        View::Head => out.write_all(http.head)?,
        View::Text => {
            let body = fazhi_page::inflate(&http.body, http.header("content-encoding"), fazhi_page::MAX_PAGE_BYTES)?;
            writeln!(out, "{}", fazhi_page::decode(&body, http.header("content-type")).text)?;
        }
    }
    Ok(())
}

/// A fact with the text around it and the way back to the archive.
pub struct Evidence {
    title: String,
    url: String,
    name: String,
    text: String,
    sentence: String,
    span: Span,
    body: String,
    capture: String,
    location: Location,
}

/// The evidence for an indicator of a document: the value a reader would quote.
pub async fn evidence(context: &SessionContext, document: &str, indicator: &str) -> anyhow::Result<Option<Evidence>> {
    let sql = "SELECT coalesce(e.title, ''), e.url, e.name_zh, e.text, e.sentence, t.body, e.capture_id, coalesce(e.warc_file, ''),
                      e.char_start, e.char_end, coalesce(e.warc_offset, 0), coalesce(e.warc_length, 0)
               FROM evidence e
               JOIN indicators i ON i.document_id = e.document_id AND i.revision = e.revision
                                AND i.indicator_id = e.indicator_id AND i.char_start = e.char_start
               JOIN texts t ON t.document_id = e.document_id AND t.revision = e.revision
               WHERE e.document_id = $1 AND e.indicator_id = $2
               ORDER BY i.rank LIMIT 1";
    let parameters = vec![ScalarValue::from(document), ScalarValue::from(indicator)];
    let batches = context.sql(sql).await?.with_param_values(parameters)?.collect().await?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let text = |column: usize| batch.column(column).as_string::<i32>().value(0).to_owned();
    let number = |column: usize| batch.column(column).as_primitive::<Int64Type>().value(0);
    Ok(Some(Evidence {
        title: text(0),
        url: text(1),
        name: text(2),
        text: text(3),
        sentence: text(4),
        body: text(5),
        capture: text(6),
        span: Span { start: number(8), end: number(9) },
        location: Location { file: text(7), offset: u64::try_from(number(10))?, length: u64::try_from(number(11))? },
    }))
}

impl Evidence {
    /// The sentence with the number marked, then where it comes from.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}: {}", self.name, self.text)?;
        writeln!(out, "  {}", self.marked_sentence())?;
        writeln!(out, "  characters {}..{} of 《{}》", self.span.start, self.span.end, self.title)?;
        writeln!(out, "  {}", self.url)?;
        let Location { file, offset, length } = &self.location;
        writeln!(out, "  capture {} in archive/{file}, offset {offset}, {length} bytes", self.capture)
    }

    /// The sentence with the number between 【 and 】.
    fn marked_sentence(&self) -> String {
        let before = Span { start: 0, end: self.span.start }.of(&self.body).unwrap_or_default();
        let at = before
            .rfind(['。', '；', '！', '？', '\n'])
            .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
        let lead = &before[at..];
        match self.sentence.strip_prefix(lead.trim_start()).and_then(|rest| rest.strip_prefix(&self.text)) {
            Some(rest) => format!("{}【{}】{rest}", lead.trim_start(), self.text),
            None => self.sentence.replacen(&self.text, &format!("【{}】", self.text), 1),
        }
    }
}
