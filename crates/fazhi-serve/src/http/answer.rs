//! Rows as the body of an answer, in constant memory. Results that are small are held until they are whole, so that their errors
//! have a status of their own; of others, an error cuts the body off without the end that its format and its framing need.

use std::collections::VecDeque;
use std::io;

use ::arrow::array::RecordBatch;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;
use futures::stream;

use crate::engine::Rows;
use crate::error::QueryError;
use crate::http::accept::Format;
use crate::http::encoder::Encoder;
use crate::http::paging::Page;

/// Bytes of a body that are held before its head is sent.
const HELD: usize = 1 << 20;
/// Bytes of a piece of a body, or of its last row where that is longer.
const PIECE: usize = 128 << 10;

/// An answer, and whether it has rows.
#[derive(Debug)]
pub enum Answer {
    /// At least one row.
    Rows(Response),
    /// Columns alone.
    Empty(Response),
}

impl Answer {
    /// The answer, rows or not.
    pub fn response(self) -> Response {
        match self {
            Self::Rows(response) | Self::Empty(response) => response,
        }
    }
}

/// Answers with the rows of a query; `page` is the part of the result that they are, and `uri` what was asked.
///
/// # Errors
/// Fails when the query does before much of its result is there.
pub async fn answer(rows: Rows, format: Format, page: Option<Page>, uri: &Uri) -> Result<Answer, QueryError> {
    let mut held = Vec::new();
    let encoder = Encoder::begin(format, rows.schema(), &mut held)?;
    let next = page.map(|page| page.next(uri));
    let mut body =
        Pieces { rows, encoder, page, next, sent: 0, surplus: 0, more: More::Unknown, waiting: VecDeque::new() };
    while held.len() <= HELD {
        match body.next().await? {
            Some(piece) => held.extend_from_slice(&piece),
            None => break,
        }
    }
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    // Of a body whose end is not known yet, the next page may turn out to be empty.
    if let Some(next) = &body.next
        && body.more != More::No
        && let Ok(link) = HeaderValue::try_from(format!("<{next}>; rel=\"next\""))
    {
        headers.insert(header::LINK, link);
    }
    let is_empty = body.sent == 0;
    *response.body_mut() = match body.more {
        More::Unknown => body.after(held),
        More::No | More::Yes => Body::from(held),
    };
    Ok(if is_empty { Answer::Empty(response) } else { Answer::Rows(response) })
}

/// Whether there are rows behind the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    /// The query has not ended.
    Unknown,
    Yes,
    No,
}

/// The pieces of a body.
struct Pieces {
    rows: Rows,
    encoder: Encoder,
    page: Option<Page>,
    next: Option<String>,
    sent: usize,
    /// Rows that were read and belong to the next page.
    surplus: usize,
    more: More,
    waiting: VecDeque<RecordBatch>,
}

impl Pieces {
    /// The next piece; none behind the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, QueryError> {
        if self.more != More::Unknown {
            return Ok(None);
        }
        let mut piece = Vec::new();
        while piece.len() < PIECE {
            let Some(batch) = self.part().await? else {
                self.more = if self.surplus > 0 { More::Yes } else { More::No };
                let next = self.next.as_deref().filter(|_| self.more == More::Yes);
                self.encoder.end(next, &mut piece)?;
                break;
            };
            let room = self.page.map_or(usize::MAX, |page| page.limit) - self.sent;
            self.surplus += batch.num_rows().saturating_sub(room);
            let batch = batch.slice(0, batch.num_rows().min(room));
            self.sent += batch.num_rows();
            if batch.num_rows() > 0 {
                self.encoder.write(&batch, &mut piece)?;
            }
        }
        Ok(Some(piece))
    }

    /// The next rows: few of them where they are long.
    async fn part(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        while self.waiting.is_empty() {
            match self.rows.next().await {
                Some(batch) => self.waiting.extend(parts(&batch?)),
                None => return Ok(None),
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// The body: what is held, and then the rest as it comes.
    fn after(self, held: Vec<u8>) -> Body {
        Body::from_stream(stream::try_unfold((self, Some(held)), |(mut pieces, held)| async move {
            let piece = match held {
                Some(held) => Ok(Some(held)),
                None => pieces.next().await,
            };
            match piece {
                Ok(piece) => Ok(piece.map(|piece| (Bytes::from(piece), (pieces, None)))),
                Err(error) => {
                    tracing::info!(sqlstate = error.failure.sqlstate(), %error, "an answer is cut off");
                    Err(io::Error::other(error))
                }
            }
        }))
    }
}

/// A batch in parts of about a piece each.
fn parts(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let rows = batch.num_rows();
    let each = (PIECE / (batch.get_array_memory_size() / rows.max(1)).max(1)).max(8);
    (0..rows).step_by(each).map(move |start| batch.slice(start, each.min(rows - start)))
}
