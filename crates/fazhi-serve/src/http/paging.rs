//! Parts of results: `limit` and `offset`, and where the next part is.

use axum::http::Uri;

use crate::engine::Window;
use crate::http::problem::Problem;
use crate::limits::Limits;

/// Rows of a page that asks for no number.
const USUAL: u64 = 100;
/// Rows of a page at most, where the server orders them and so reads all of them for each page.
const AT_MOST: u64 = 10_000;

/// A part of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows passed over.
    pub offset: usize,
    /// Rows at most.
    pub limit: usize,
}

impl Page {
    /// The page of a list that the server orders.
    ///
    /// # Errors
    /// Fails (400) when it would be empty or too long.
    pub fn of_list(limit: Option<u64>, offset: Option<u64>) -> Result<Self, Problem> {
        Self::within(limit.unwrap_or(USUAL), offset, AT_MOST)
    }

    /// The page of a statement of the client's own; none when it asks for all rows.
    ///
    /// # Errors
    /// Fails (400) when it would be empty or longer than any result may be.
    pub fn of_statement(limit: Option<u64>, offset: Option<u64>, limits: &Limits) -> Result<Option<Self>, Problem> {
        // One row more than the page is read, to know whether there is more; that too has to be within the limit.
        let most = limits.rows.saturating_sub(1);
        match (limit, offset) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Problem::bad_request("`offset` comes with a `limit`").hinted("say `limit` too")),
            (Some(limit), offset) => Self::within(limit, offset, most).map(Some),
        }
    }

    fn within(limit: u64, offset: Option<u64>, most: u64) -> Result<Self, Problem> {
        if limit == 0 || limit > most {
            return Err(Problem::bad_request(format!("`limit` is {limit} and has to be from 1 to {most}")));
        }
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self { offset: whole(offset.unwrap_or(0)), limit: whole(limit) })
    }

    /// What to read for it: one row more, to know whether there is another page.
    pub fn window(self) -> Window {
        Window { offset: self.offset, rows: self.limit.saturating_add(1) }
    }

    /// The address of the next page, relative to the server: what was asked, with another offset.
    pub fn next(self, uri: &Uri) -> String {
        let kept = uri.query().unwrap_or_default().split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !matches!(name, "" | "limit" | "offset")
        });
        let own = [format!("limit={}", self.limit), format!("offset={}", self.offset.saturating_add(self.limit))];
        let query: Vec<&str> = kept.chain(own.iter().map(String::as_str)).collect();
        format!("{}?{}", uri.path(), query.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_what_was_asked() {
        let page = Page { offset: 20, limit: 10 };
        let next = |uri: &str| page.next(&uri.parse().unwrap());
        assert_eq!(next("/reports"), "/reports?limit=10&offset=30");
        assert_eq!(next("/reports?offset=20&year=2021&limit=10"), "/reports?year=2021&limit=10&offset=30");
        assert_eq!(next("/reports?region=%E4%BA%91"), "/reports?region=%E4%BA%91&limit=10&offset=30");
    }

    #[test]
    fn a_page_has_rows_and_not_too_many() {
        assert_eq!(Page::of_list(None, None).unwrap(), Page { offset: 0, limit: 100 });
        assert_eq!(Page::of_list(Some(10_000), Some(7)).unwrap(), Page { offset: 7, limit: 10_000 });
        assert!(Page::of_list(Some(0), None).is_err());
        assert!(Page::of_list(Some(10_001), None).is_err());
        let limits = Limits { rows: 50, ..Limits::for_cores(2) };
        assert_eq!(Page::of_statement(None, None, &limits).unwrap(), None);
        assert_eq!(Page::of_statement(Some(49), None, &limits).unwrap(), Some(Page { offset: 0, limit: 49 }));
        assert!(Page::of_statement(Some(50), None, &limits).is_err());
        assert!(Page::of_statement(None, Some(1), &limits).is_err());
    }
}
