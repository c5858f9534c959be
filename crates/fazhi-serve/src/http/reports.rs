//! Reports, the indicators they state, and the sentences that state them.

use ::arrow::array::{Array as _, AsArray as _, RecordBatch};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use datafusion::common::ScalarValue;

use crate::http::answer::Answer;
use crate::http::asked::{Asked, Named};
use crate::http::filters::{self, Conditions, Detail, Paging, Reported, WithText};
use crate::http::json::Objects;
use crate::http::paging::Page;
use crate::http::problem::Problem;

/// The catalogue of indicators.
pub async fn catalogue(asked: Asked) -> Result<Response, Problem> {
    let Paging { limit, offset } = filters::read(&asked.uri)?;
    let page = Page::of_list(limit, offset)?;
    Ok(asked.page("SELECT * FROM indicator_catalog ORDER BY indicator_id", Vec::new(), page).await?.response())
}

/// The values of one indicator.
pub async fn values(asked: Asked, Named(indicator): Named<String>) -> Result<Response, Problem> {
    let filters: Reported = filters::read(&asked.uri)?;
    let page = Page::of_list(filters.limit, filters.offset)?;
    let conditions = filters.narrow(Conditions::default().equal("indicator_id", indicator.as_str()));
    let sql = format!(
        "SELECT * FROM indicator_values{} ORDER BY report_year DESC, document_id, ordinal",
        conditions.clause()
    );
    match asked.page(&sql, conditions.into_values(), page).await? {
        Answer::Rows(response) => Ok(response),
        Answer::Empty(response) => {
            let known = "SELECT indicator_id FROM indicator_catalog WHERE indicator_id = $1";
            if is_empty(&asked.few(known, vec![ScalarValue::from(indicator.as_str())]).await?) {
                return Err(missing(format!("there is no indicator `{indicator}`"), "`/indicators` lists them"));
            }
            Ok(response)
        }
    }
}

/// The reports, the newest years first.
pub async fn list(asked: Asked) -> Result<Response, Problem> {
    let filters: Reported = filters::read(&asked.uri)?;
    let page = Page::of_list(filters.limit, filters.offset)?;
    let conditions = filters.narrow(Conditions::default());
    let sql = format!("SELECT * FROM reports{} ORDER BY report_year DESC, document_id", conditions.clause());
    Ok(asked.page(&sql, conditions.into_values(), page).await?.response())
}

/// One report with what it states.
pub async fn one(asked: Asked, Named(document): Named<String>) -> Result<Response, Problem> {
    asked.takes_json()?;
    let Detail { text } = filters::read(&asked.uri)?;
    let own = vec![ScalarValue::from(document.as_str())];
    let report = asked.few("SELECT * FROM reports WHERE document_id = $1", own.clone()).await?;
    let Some(revision) = text_of(&report, "revision") else {
        return Err(missing(format!("there is no report `{document}`"), "`/reports` lists them"));
    };
    // By revision too, so that a load in between does not mix facts of two texts.
    let own = [own, vec![ScalarValue::from(revision.as_str())]].concat();
    let facts = "SELECT indicator_id, ordinal, rank, value, max, unit, precision, period, scope, part_of, yoy_pct, yoy_pp, role, \
                 text, char_start, char_end, sentence, rule, confidence \
                 FROM indicators WHERE document_id = $1 AND revision = $2 ORDER BY ordinal";
    let facts = asked.few(facts, own.clone()).await?;
    let mut body = b"{\"report\":".to_vec();
    write(&report, &mut body)?;
    body.extend_from_slice(b",\"indicators\":[");
    write(&facts, &mut body)?;
    body.push(b']');
    if text == WithText::Include {
        let texts = asked.few("SELECT body FROM texts WHERE document_id = $1 AND revision = $2", own).await?;
        let text = serde_json::json!(text_of(&texts, "body"));
        body.extend_from_slice(format!(",\"text\":{text}").as_bytes());
    }
    body.extend_from_slice(b"}\n");
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The sentences of a report that state an indicator, and where the archive holds them.
pub async fn evidence(
    asked: Asked,
    Named((document, indicator)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let Paging { limit, offset } = filters::read(&asked.uri)?;
    let page = Page::of_list(limit, offset)?;
    let conditions =
        Conditions::default().equal("document_id", document.as_str()).equal("indicator_id", indicator.as_str());
    let sql = format!("SELECT * FROM evidence{} ORDER BY ordinal, warc_file, warc_offset", conditions.clause());
    match asked.page(&sql, conditions.into_values(), page).await? {
        Answer::Rows(response) => Ok(response),
        Answer::Empty(response) if page.offset > 0 => Ok(response),
        Answer::Empty(_) => Err(missing(
            format!("there is no report `{document}` that states `{indicator}`"),
            "`/reports/{document_id}` lists what a report states",
        )),
    }
}

fn missing(detail: String, hint: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, detail).hinted(hint)
}

fn is_empty(batches: &[RecordBatch]) -> bool {
    batches.iter().all(|batch| batch.num_rows() == 0)
}

/// The text of a column in the first row.
fn text_of(batches: &[RecordBatch], column: &str) -> Option<String> {
    let batch = batches.iter().find(|batch| batch.num_rows() > 0)?;
    let column = batch.column_by_name(column)?.as_string_opt::<i32>()?;
    (!column.is_null(0)).then(|| column.value(0).to_owned())
}

fn write(batches: &[RecordBatch], body: &mut Vec<u8>) -> Result<(), Problem> {
    let mut joint = "";
    for batch in batches {
        let objects = Objects::new(&batch.schema());
        let separate = |out: &mut Vec<u8>| {
            out.extend_from_slice(joint.as_bytes());
            joint = ",\n";
        };
        objects.write(batch, separate, body).map_err(|error| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("a row cannot be written: {error}"))
        })?;
    }
    Ok(())
}
