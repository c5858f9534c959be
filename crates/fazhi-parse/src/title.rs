//! Titles: choosing one, and taking off what portals add to it.

use std::sync::LazyLock;

use fazhi_model::{Issue, Severity};
use regex::Regex;

use crate::evidence::{Ballot, Decision};
use crate::page::Page;

/// The title of an article, none when nothing names one. Trust: the ArticleTitle tag, the header field, the heading of the
/// article, a line that reads like a title, `<title>` without the name of the site, the title on the list page.
pub(crate) fn choose(page: &Page, issues: &mut Vec<Issue>, decisions: &mut Vec<Decision>) -> Option<String> {
    let mut ballot = Ballot::new("title");
    for candidate in &page.titles {
        ballot.stated(candidate.origin.clone(), &candidate.text, Some(candidate.text.clone()));
    }
    let rule =
        "meta ArticleTitle, header field, heading, line above the text, <title>, list page, first line of the text";
    let outcome = ballot.decide_by(rule, String::clone, |a, b| agrees(a, b));
    if let Some(detail) = outcome.conflict {
        issues.push(Issue::interpret(Severity::Info, "title_conflict", detail));
    }
    decisions.push(outcome.decision);
    outcome.value
}

/// Two spellings of one title: equal without spaces, or one cut short with dots.
pub(crate) fn agrees(a: &str, b: &str) -> bool {
    let (a, b) = (squeeze(a), squeeze(b));
    let cut = |long: &str, short: &str| {
        let stem = short.trim_end_matches(['.', '…']);
        stem.len() < short.len() && long.starts_with(stem)
    };
    a == b || cut(&a, &b) || cut(&b, &a) || a.contains(&b) || b.contains(&a)
}

/// Text without spaces, for comparison.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !crate::label::is_space(*c)).map(half_width).collect()
}

/// Figures of full width say the same year.
fn half_width(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// A title as it stands on a page without the name of a file.
pub(crate) fn clean(text: &str) -> Option<String> {
    static FILE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\.(?:docx?|pdf|wps|ofd|xlsx?|html?|txt)$").expect("the pattern is valid"));
    // Pieces in elements of their own are no cells in a title.
    let text = text.replace('\t', "");
    let text = text.trim_matches(crate::label::is_space);
    let text = FILE.replace(text, "");
    let text = text.trim();
    (!text.is_empty() && !is_missing(text)).then(|| text.to_owned())
}

/// Literal texts that templates of portals leave where a value is missing.
pub(crate) fn is_missing(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || matches!(value.to_ascii_lowercase().as_str(), "null" | "undefined" | "none" | "-" | "--" | "无标题")
        || (value.starts_with('{') && value.ends_with('}'))
        || (value.starts_with("<$") && value.ends_with('>'))
}

/// `<title>` without the parts that name the site or its columns.
pub(crate) fn without_site(title: &str, site_names: &[&str]) -> Option<String> {
    static STRONG: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\s*[_|｜]\s*|\s+[-–—]+\s+|\s*>+\s*").expect("the pattern is valid"));
    static WEAK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s*[-–—－]+\s*").expect("the pattern is valid"));
    let is_site = |part: &str| names_site(part, site_names);
    let strong: Vec<&str> = STRONG.split(title.trim()).filter(|part| !part.trim().is_empty()).collect();
    let part = strong.iter().find(|part| !is_site(part))?.trim();
    // A hyphen may belong to the title, so that only parts that name the site go.
    let mut end = part.len();
    let mut start = 0;
    while let Some(hyphen) = WEAK.find_iter(&part[start..end]).last().filter(|h| is_site(&part[start + h.end()..end])) {
        end = start + hyphen.start();
    }
    while let Some(hyphen) = WEAK.find(&part[start..end]).filter(|h| is_site(&part[start..start + h.start()])) {
        start += hyphen.end();
    }
    clean(&part[start..end])
}

/// Whether a text names the site or a standing part of it, and no article.
pub(crate) fn names_site(part: &str, site_names: &[&str]) -> bool {
    static SITE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?:政府|门户|信息公开|政务|官方|信息|局|委员会)(?:网站?|门户|平台|网页)$|^(?:首页|网站首页|政务公开|政府信息公开|正文|详情|内容页?)$|网站$|门户网$|^.{0,20}人民政府$")
            .expect("the pattern is valid")
    });
    let part = squeeze(part);
    // A part that still holds a hyphen or a year is more than the name of a site.
    let composite = part.contains(['-', '–', '—', '－']) || part.contains(|c: char| c.is_ascii_digit());
    part.is_empty() || site_names.iter().any(|name| squeeze(name) == part) || (!composite && SITE.is_match(&part))
}

/// Whether a line of plain text can be a title: short, no sentence, and ending in the name of a kind of document.
pub(crate) fn looks_like_title(line: &str) -> bool {
    static KIND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?:报告|情况|总结|要点|方案|通知|通报|公告|通告|公示|意见|决定|规定|办法|规划|计划|解读|年报|报表|批复|函|讲话|汇报|清单|制度|细则)(?:[（(].{1,20}[）)])?$")
            .expect("the pattern is valid")
    });
    let line = squeeze(line);
    let length = line.chars().count();
    (6..=80).contains(&length) && !line.contains(['。', '；', ';', '：', ':', '！', '？', '|']) && KIND.is_match(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, expected: &str) {
        assert_eq!(without_site(title, &["青山县人民政府", "法治政府建设"]).as_deref(), Some(expected), "{title}");
    }

    #[test]
    fn the_name_of_the_site_goes() {
        check("青山县2023年法治政府建设情况报告-青山县人民政府", "青山县2023年法治政府建设情况报告");
        check("青山县2023年报告_法治政府建设_青山镇_青山县人民政府网站", "青山县2023年报告");
        check("青山县2023年报告 - 法治政府建设 - 青山县政府门户网站", "青山县2023年报告");
        check("青山县政府网-青山县2023年报告", "青山县2023年报告");
        check("2021-2022年报告-青山县人民政府", "2021-2022年报告");
        check("青山县2023年报告.docx - 文库", "青山县2023年报告");
    }

    #[test]
    fn a_title_of_the_site_alone_is_none() {
        assert_eq!(without_site("青山县人民政府门户网站", &[]), None);
    }

    #[test]
    fn lines_that_can_be_titles() {
        assert!(looks_like_title("青山县2023年法治政府建设情况报告"));
        assert!(!looks_like_title("2023年，我县坚持依法行政，现将有关情况报告如下："));
        assert!(!looks_like_title("欢迎订阅"));
    }
}
