//! `read` and `interpret` as scalar functions of the engine, so that parsing runs as one of its plans.
//!
//! Both are pure. A panic inside one document becomes that document's issue and costs the batch nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int32Type};
use data_encoding::HEXLOWER;
use datafusion::common::exec_datafusion_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use fazhi_model::{Document, DocumentKind, Issue, Severity};
use fazhi_parse::{Capture, Page, PageIssue, Rules};
use serde::Serialize;
use serde_arrow::schema::{SchemaLike, TracingOptions};
use sha2::{Digest as _, Sha256};

use crate::rows::{InterpretedRow, Reading};
use crate::schema;

/// Columns of the payload table that `read` takes, in order.
pub const READ_ARGUMENTS: [&str; 7] =
    ["url", "content_type", "content_encoding", "listed_title", "listed_date", "part", "body"];

/// `read(url, content_type, content_encoding, listed_title, listed_date, part, body)`: bytes of one response → page.
///
/// # Errors
/// Fails when the shape of a page cannot be told, which would be a bug.
pub fn read() -> Result<ScalarUDF> {
    let text = DataType::Utf8;
    let arguments =
        vec![text.clone(), text.clone(), text.clone(), text.clone(), text, DataType::Int32, DataType::Binary];
    let signature = Signature::exact(arguments, Volatility::Immutable);
    Ok(ScalarUDF::from(Read { signature, page: page_fields()? }))
}

/// `interpret(pages)`: the pages of one document, in order → report with nested facts by these rules, columns of
/// [`schema::interpreted`].
///
/// # Errors
/// Fails when the shape of a page cannot be told, which would be a bug.
pub fn interpret(rules: Arc<Rules>) -> Result<ScalarUDF> {
    let pages = DataType::List(Arc::new(Field::new("item", DataType::Struct(page_fields()?), true)));
    let signature = Signature::exact(vec![pages], Volatility::Immutable);
    Ok(ScalarUDF::from(Interpret { signature, rules }))
}

/// The shape of [`Page`] in Arrow, traced from the type itself.
fn page_fields() -> Result<Fields> {
    let options = TracingOptions::default()
        .enums_without_data_as_strings(true)
        .strings_as_large_utf8(false)
        .sequence_as_large_list(false);
    let fields = Vec::<FieldRef>::from_type::<Page>(options).map_err(external)?;
    Ok(fields.into())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Read {
    signature: Signature,
    page: Fields,
}

impl ScalarUDFImpl for Read {
    fn name(&self) -> &'static str {
        "read"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(self.page.clone()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [url, content_type, content_encoding, listed_title, listed_date, part, body] = arrays.as_slice() else {
            return Err(exec_datafusion_err!("`read` takes {} arguments", READ_ARGUMENTS.len()));
        };
        let pages: Vec<Page> = (0..args.number_rows)
            .map(|row| {
                let page = read_guarded(&Capture {
                    url: text_at(url, row).unwrap_or_default(),
                    content_type: text_at(content_type, row),
                    content_encoding: text_at(content_encoding, row),
                    listed_title: text_at(listed_title, row),
                    listed_date: text_at(listed_date, row),
                    body: body.as_binary::<i32>().value(row),
                });
                Page { part: u32::try_from(part.as_primitive::<Int32Type>().value(row)).ok(), ..page }
            })
            .collect();
        structs(&self.page, &pages)
    }
}

fn text_at(array: &ArrayRef, row: usize) -> Option<&str> {
    let array = array.as_string::<i32>();
    array.is_valid(row).then(|| array.value(row))
}

fn read_guarded(capture: &Capture<'_>) -> Page {
    guarded(|| fazhi_parse::read(capture), |panic| unreadable(capture.url, panic))
}

/// Does work that may panic; what it panicked with is turned into a result of the same kind.
fn guarded<T>(work: impl FnOnce() -> T, on_panic: impl FnOnce(String) -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        on_panic(
            text.or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "panic without a message".to_owned()),
        )
    })
}

/// A page that made the parser panic: damaged, with the reason.
fn unreadable(url: &str, detail: String) -> Page {
    let issue = PageIssue { kind: "panic".to_owned(), severity: Severity::Error.to_string(), detail };
    let hint = Some(DocumentKind::Damaged.to_string());
    Page { url: url.to_owned(), hint, issues: vec![issue], ..Page::default() }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Interpret {
    signature: Signature,
    rules: Arc<Rules>,
}

impl ScalarUDFImpl for Interpret {
    fn name(&self) -> &'static str {
        "interpret"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(schema::interpreted()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [parts] = arrays.as_slice() else {
            return Err(exec_datafusion_err!("`interpret` takes one argument"));
        };
        let rules = self.rules.as_ref();
        let mut documents = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            documents.push(interpret_guarded(&pages(&parts.as_list::<i32>().value(row))?, rules));
        }
        let rows: Vec<InterpretedRow<'_>> = documents.iter().map(|document| row_of(document, rules)).collect();
        structs(&schema::interpreted(), &rows)
    }
}

fn pages(parts: &ArrayRef) -> Result<Vec<Page>> {
    let parts: &StructArray = parts.as_struct();
    serde_arrow::from_arrow(parts.fields(), parts.columns()).map_err(external)
}

fn interpret_guarded(pages: &[Page], rules: &Rules) -> Document {
    guarded(|| fazhi_parse::interpret(pages, rules), uninterpretable)
}

/// A document that made the parser panic: damaged, with the reason.
fn uninterpretable(panic: String) -> Document {
    let mut document = Document::new(DocumentKind::Damaged);
    document.issues.push(Issue::interpret(Severity::Error, "panic", panic));
    document
}

fn row_of<'a>(document: &'a Document, rules: &'a Rules) -> InterpretedRow<'a> {
    let reading = Reading {
        revision: fazhi_parse::revision(document, rules),
        digest: HEXLOWER.encode(&Sha256::digest(&document.body)),
        rules_digest: rules.digest(),
    };
    InterpretedRow::new(document, reading)
}

/// Rows as one struct array of the given fields.
fn structs<T: Serialize>(fields: &Fields, rows: &[T]) -> Result<ColumnarValue> {
    let list: Vec<FieldRef> = fields.iter().cloned().collect();
    let columns = serde_arrow::to_arrow(&list, rows).map_err(external)?;
    Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields.clone(), columns, None)?)))
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_one_document_becomes_its_issue() {
        let page = guarded(|| panic!("at {}", 7), |panic| unreadable("http://a.example/1.html", panic));
        let document = fazhi_parse::interpret(&[page], Rules::embedded());
        assert_eq!(document.kind, DocumentKind::Damaged);
        let issues: Vec<_> =
            document.issues.iter().map(|issue| (issue.kind.as_ref(), issue.severity, issue.detail.as_str())).collect();
        assert_eq!(issues, [("panic", Severity::Error, "at 7")]);

        let document = guarded(|| panic!("no words"), uninterpretable);
        let row = row_of(&document, Rules::embedded());
        assert!(structs(&schema::interpreted(), &[row]).is_ok(), "it has a row");
    }
}
