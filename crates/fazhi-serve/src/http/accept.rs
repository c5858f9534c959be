//! What a client wants rows as: `Accept` (RFC 9110, section 12.5.1).

use axum::http::{HeaderMap, StatusCode, header};

use crate::http::problem::Problem;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// The streaming format of Arrow IPC.
    Arrow,
}

impl Format {
    /// Every format, the one that is preferred first.
    pub const ALL: &[Self] = &[Self::Json, Self::Ndjson, Self::Csv, Self::Arrow];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Arrow => "application/vnd.apache.arrow.stream",
        }
    }

    /// Its media type, as an answer names it.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            _ => self.media_type(),
        }
    }
}

/// The format among those offered that the client likes best; the first of them where it does not care.
///
/// # Errors
/// Fails (406) when it takes none of them.
pub fn choose(headers: &HeaderMap, offered: &[Format]) -> Result<Format, Problem> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<Range> = values.flat_map(|value| value.split(',')).filter_map(Range::read).collect();
    let first = offered.first().copied().unwrap_or(Format::Json);
    if !headers.contains_key(header::ACCEPT) {
        return Ok(first);
    }
    let mut best = (0, None);
    for format in offered {
        let quality = quality(&ranges, format.media_type());
        if quality > best.0 {
            best = (quality, Some(*format));
        }
    }
    best.1.ok_or_else(|| {
        let types: Vec<_> = offered.iter().map(|format| format.media_type()).collect();
        Problem::new(StatusCode::NOT_ACCEPTABLE, "none of the types in `Accept` can be had here")
            .hinted(format!("ask for {}", types.join(", ")))
    })
}

/// A range of media types, and how much they are liked: thousandths.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    quality: u32,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = weight.map_or(Some(1000), thousandths)?;
        Some(Self { kind, subtype, quality })
    }

    /// How closely it fits a type: 1 for any, 2 for any of its kind, 3 for itself.
    fn fits(&self, kind: &str, subtype: &str) -> Option<u32> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(1),
            (own, "*") if own.eq_ignore_ascii_case(kind) => Some(2),
            (own, sub) if own.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => Some(3),
            _ => None,
        }
    }
}

/// `0.75`: at most three digits after the point.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u32 = format!("{part:0<3}").parse().ok()?;
    match (whole, part) {
        ("0", _) => Some(part),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

fn quality(ranges: &[Range<'_>], media_type: &str) -> u32 {
    let (kind, subtype) = media_type.split_once('/').unwrap_or((media_type, ""));
    let fitting = ranges.iter().filter_map(|range| Some((range.fits(kind, subtype)?, range.quality)));
    fitting.max_by_key(|(closeness, _)| *closeness).map_or(0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: Option<Format>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        assert_eq!(choose(&headers, Format::ALL).ok(), expected, "{accept}");
    }

    #[test]
    fn the_best_liked_format_is_chosen() {
        assert_eq!(choose(&HeaderMap::new(), Format::ALL).ok(), Some(Format::Json));
        check("text/csv", Some(Format::Csv));
        check("TEXT/CSV; charset=utf-8", Some(Format::Csv));
        check("application/vnd.apache.arrow.stream, */*;q=0.1", Some(Format::Arrow));
        check("application/json;q=0.2, application/x-ndjson;q=0.25", Some(Format::Ndjson));
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Format::Json));
        check("text/*", Some(Format::Csv));
        check("*/*, application/json;q=0", Some(Format::Ndjson));
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        for accept in ["text/html", "application/json;q=0", "", "json", "text/csv;q=2", "text/csv;q=0.1234", "*/json"] {
            check(accept, None);
        }
    }
}
