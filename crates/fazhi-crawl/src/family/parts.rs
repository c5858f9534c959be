//! Articles that are split over several pages.
//!
//! TRS WCM and its like put the pager of lists (`createPageHTML`) under a long article. It is the article's own only if it
//! names the article's file: with `createPageHTML(3, 0, "t20240129_7", "html")` the article goes on at `t20240129_7_1.html`
//! and `t20240129_7_2.html`. The form with a `page_div` counts from 1, so that its second page is `…_2`.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

/// More pages than this are no article.
const MOST: u32 = 50;

static CALL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?x)createPageHTML\s*\(\s* (["'][\w-]{1,40}["']\s*,)? \s*["']?(\d{1,3})["']?\s*,\s*["']?\d{1,3}["']?\s*,\s*
                     ["']([\w-]{1,100})["']\s*,\s*["'](s?html?)["']"#;
    Regex::new(pattern).expect("the pattern is fixed")
});

/// Where the article at an address goes on: its second page and those after it; none if it is whole.
pub(crate) fn of(url: &Url, text: &str) -> Vec<Url> {
    addresses(url, text).unwrap_or_default()
}

fn addresses(url: &Url, text: &str) -> Option<Vec<Url>> {
    let (stem, _) = url.path_segments()?.next_back()?.rsplit_once('.')?;
    let call = CALL.captures_iter(text).find(|call| &call[3] == stem)?;
    let pages: u32 = call[2].parse().ok().filter(|pages| *pages <= MOST)?;
    let numbers = if call.get(1).is_some() { 2..pages + 1 } else { 1..pages };
    numbers.map(|number| url.join(&format!("{stem}_{number}.{}", &call[4])).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, text: &str, expected: &[&str]) {
        let parts: Vec<String> = of(&Url::parse(address).unwrap(), text).into_iter().map(String::from).collect();
        assert_eq!(parts, expected, "{text}");
    }

    #[test]
    fn an_article_names_its_own_file() {
        let article = "http://a.cn/x/202401/t20240129_7.html";
        let rest = ["http://a.cn/x/202401/t20240129_7_1.html", "http://a.cn/x/202401/t20240129_7_2.html"];
        check(article, "<script>createPageHTML(3, 0, \"t20240129_7\", \"html\");</script>", &rest);
        check(article, "<script>createPageHTML('3','0','t20240129_7','html')</script>", &rest);
        check(article, "<script>createPageHTML(3, 0, \"index\", \"html\");</script>", &[]);
        check(article, "<script>createPageHTML(1, 0, \"t20240129_7\", \"html\");</script>", &[]);
        check(article, "<script>createPageHTML(500, 0, \"t20240129_7\", \"html\");</script>", &[]);
        check(article, "<p>no pager</p>", &[]);
        check("http://a.cn/", "<script>createPageHTML(3, 0, \"\", \"html\");</script>", &[]);
    }

    #[test]
    fn the_form_with_a_page_div_counts_from_one() {
        let call = "<script>createPageHTML('page_div',2,1,'5f1e','shtml',31)</script>";
        check("http://a.cn/202404/5f1e.shtml", call, &["http://a.cn/202404/5f1e_2.shtml"]);
    }
}
