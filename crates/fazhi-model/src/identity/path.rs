//! Paths in their one form.

use std::borrow::Cow;

use super::canonical_url::respell;

/// The canonical form of a path that the URL standard has already freed of dot segments.
pub(super) fn canonical(path: &str) -> String {
    let path = respell(path);
    let mut kept: Vec<Cow<'_, str>> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(&path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let is_doubled = segment.is_empty() && !is_last && !kept.last().is_some_and(|before| before.ends_with(':'));
        // A slash at the end stays, but one: of `x//` the last segment is empty and the one before goes.
        if is_doubled || is_session(segment) {
            continue;
        }
        let segment = without_session(segment);
        kept.push(if is_last { page_of_twin(segment) } else { Cow::Borrowed(segment) });
    }
    format!("/{}", kept.join("/"))
}

/// Whether a segment is a session of ASP.NET without cookies: `(S(24 letters or digits))`, also `(A(…)F(…))`.
fn is_session(segment: &str) -> bool {
    let inner = segment.strip_prefix("(S(").and_then(|rest| rest.strip_suffix("))"));
    inner.is_some_and(|id| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// Without `;jsessionid=…`, whatever its case; other parameters stay.
fn without_session(segment: &str) -> &str {
    const NAME: &str = ";jsessionid=";
    let lower = segment.to_ascii_lowercase();
    // Servers write it last; where something follows it, nobody knows what that is.
    match lower.find(NAME) {
        Some(at) if at > 0 && !lower[at + NAME.len()..].contains(';') && !is_dots(&segment[..at]) => &segment[..at],
        _ => segment,
    }
}

/// Whether a segment would lead elsewhere on its own.
fn is_dots(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

/// The page that a page for telephones is the twin of: `…123_wap.html` (Chongqing), `mpost_123.html` (NFCMS). Only
/// beside an article's number: an `index_wap.html` may list other things than `index.html`.
fn page_of_twin(segment: &str) -> Cow<'_, str> {
    if let Some(stem) = segment.strip_suffix("_wap.html")
        && stem.ends_with(|last: char| last.is_ascii_digit())
    {
        return Cow::Owned(format!("{stem}.html"));
    }
    let number = segment.strip_prefix("mpost_").and_then(|rest| rest.strip_suffix(".html"));
    match number {
        Some(number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Cow::Owned(format!("post_{number}.html"))
        }
        _ => Cow::Borrowed(segment),
    }
}
