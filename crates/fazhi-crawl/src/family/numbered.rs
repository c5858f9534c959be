//! Pages that a list says it has and does not link to: numbers in the address.
//!
//! Only where the page states how many pages there are. A first page does not show how the second is called, so there
//! are several candidates, and whoever asks takes the first that brings new links under the same path.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::{Basis, ListPage, NextPage, pager};

/// `index_2`, `list-2`.
static STEM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(.+[_-])(\d{1,4})$").expect("the pattern is fixed"));

/// The addresses that the next page may have, the likeliest first.
pub(super) fn next(page: &ListPage<'_>) -> Vec<NextPage> {
    let Some(pages) = pager::stated_pages(page.text).filter(|pages| *pages >= 2) else { return Vec::new() };
    let current = pager::position(page.text).map(|(current, _)| current);
    if current.is_some_and(|current| current >= pages) {
        return Vec::new();
    }
    let found = match by_parameter(page.url, pages) {
        Some(Parameter::Next(url)) => vec![(url, "page-parameter")],
        Some(Parameter::Last) => Vec::new(),
        None => by_file(page, current, pages).into_iter().map(|url| (url, "numbered-file")).collect(),
    };
    found.into_iter().map(|(url, rule)| NextPage { url, basis: Basis::Computed, rule }).collect()
}

/// The address with another value for a parameter, everything else as it is written.
pub(super) fn with_parameter(url: &Url, name: &str, value: usize) -> Url {
    let own = |pair: &str| pair.split('=').next().is_some_and(|key| key.eq_ignore_ascii_case(name));
    let pairs: Vec<&str> = url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).collect();
    let mut pairs: Vec<String> = pairs
        .iter()
        .map(|pair| {
            let key = pair.split('=').next().unwrap_or(name);
            if own(pair) { format!("{key}={value}") } else { (*pair).to_owned() }
        })
        .collect();
    if !pairs.iter().any(|pair| own(pair)) {
        pairs.push(format!("{name}={value}"));
    }
    let mut changed = url.clone();
    changed.set_query(Some(&pairs.join("&")));
    changed
}

/// What a parameter that numbers pages says.
enum Parameter {
    Next(Url),
    /// The page is the last.
    Last,
}

fn by_parameter(url: &Url, pages: usize) -> Option<Parameter> {
    let mut numbers = url.query_pairs().filter_map(|(name, value)| {
        let number: usize = value.parse().ok()?;
        pager::is_page_key(&name.to_ascii_lowercase()).then(|| (name.into_owned(), number))
    });
    let (name, number) = numbers.next()?;
    // Lists that count from 0 end at T - 1; asked for T they repeat a page, and the list ends there.
    let last = if number == 0 { pages - 1 } else { pages };
    let goes_on = number < last;
    Some(if goes_on { Parameter::Next(with_parameter(url, &name, number + 1)) } else { Parameter::Last })
}

fn by_file(page: &ListPage<'_>, current: Option<usize>, pages: usize) -> Vec<Url> {
    let path = page.url.path();
    let Some((folder, file)) = path.rsplit_once('/') else { return Vec::new() };
    let (stem, extension) = match file.rsplit_once('.') {
        Some((stem, extension)) if matches!(extension, "html" | "shtml" | "htm") => (stem, extension),
        None if file.is_empty() => ("index", "html"),
        _ => return Vec::new(),
    };
    let address = |stem: &str, number: usize| {
        let mut url = page.url.clone();
        url.set_query(None);
        url.set_path(&format!("{folder}/{stem}{number}.{extension}"));
        url
    };
    // The number in a file name may be that of a column. It is the page's where the page is known not to be the first.
    let is_further = page.container.is_some() || current.is_some_and(|current| current > 1);
    match STEM.captures(stem).and_then(|found| Some((found.get(1)?.as_str(), found[2].parse::<usize>().ok()?))) {
        Some((name, number)) if is_further && number < pages => vec![address(name, number + 1)],
        _ if is_further => Vec::new(),
        _ => {
            let index: &[&str] = if stem == "index" { &[] } else { &["index_"] };
            let own = format!("{stem}_");
            let names = std::iter::once(own.as_str()).chain(index.iter().copied());
            names.flat_map(|name| [address(name, 1), address(name, 2)]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, container: Option<&str>, text: &str, expected: &[&str]) {
        let url = Url::parse("http://a.cn/").unwrap().join(path).unwrap();
        let found = next(&ListPage { container, ..ListPage::new(&url, text) });
        let root = |next: &NextPage| next.url.as_str().trim_start_matches("http://a.cn").to_owned();
        assert_eq!(found.iter().map(root).collect::<Vec<_>>(), expected, "{path} {text}");
    }

    #[test]
    fn a_first_page_has_candidates_and_a_further_one_has_not() {
        check("/x/", None, "共3页", &["/x/index_1.html", "/x/index_2.html"]);
        check("/x/index.shtml", None, "第1/3页", &["/x/index_1.shtml", "/x/index_2.shtml"]);
        let candidates = ["/x/l_1.htm", "/x/l_2.htm", "/x/index_1.htm", "/x/index_2.htm"];
        check("/x/l.htm", None, "共3页", &candidates);
        check("/x/l_1.htm", Some("body"), "共3页", &["/x/l_2.htm"]);
        check("/x/l_2.htm", Some("body"), "第3/4页", &["/x/l_3.htm"]);
    }

    #[test]
    fn the_number_of_a_column_is_no_page() {
        let candidates = ["/x/col_3_1.html", "/x/col_3_2.html", "/x/index_1.html", "/x/index_2.html"];
        check("/x/col_3.html", None, "第1/5页", &candidates);
        check("/x/col.html", None, "第2/5页", &[]);
    }

    #[test]
    fn parameters_count_from_nought_or_one() {
        check("/l?page=0", None, "共2页", &["/l?page=1"]);
        check("/l?a=%B7&pageNo=1&b", None, "共2页", &["/l?a=%B7&pageNo=2&b"]);
        check("/l?pageNo=2", None, "共2页", &[]);
        check("/l?page=0", None, "共1页", &[]);
        check("/l?page=x", None, "共2页", &[]);
    }

    #[test]
    fn a_list_that_says_nothing_has_no_further_page() {
        for text in ["", "共0页", "共1页", "第3/3页", "共2页 共3页"] {
            check("/x/index.html", None, text, &[]);
        }
        check("/x/list.jsp", None, "共3页", &[]);
        check("/l?page=0", None, "共0页", &[]);
    }
}
