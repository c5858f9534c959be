//! The signature under a text: issuer, date, and the note on disclosure below them.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use crate::date;
use crate::title::squeeze;

/// A date that stands under a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signature {
    /// 落款日期.
    pub date: NaiveDate,
    /// Where the signature starts, in characters: the issuer's line, or the date's where no issuer stands.
    pub start: i64,
}

/// Looks at the last lines only; a date inside a paragraph is no signature.
pub(crate) fn find(body: &str) -> Option<Signature> {
    const MOST_LINES: usize = 14;
    let mut end = body.len();
    let mut below: Option<(NaiveDate, usize)> = None;
    let mut seen = 0;
    for line in body.split_inclusive('\n').rev() {
        let start = end - line.len();
        let squeezed = squeeze(line);
        if squeezed.is_empty() {
            end = start;
            continue;
        }
        if let Some((date, date_start)) = below {
            let start = if is_issuer(&squeezed) { start } else { date_start };
            return Some(signature(body, date, start));
        }
        seen += 1;
        if let Some(date) = date::alone(line) {
            below = Some((date, start));
        } else if let Some(date) = issuer_and_date(&squeezed) {
            return Some(signature(body, date, start));
        } else if seen > MOST_LINES || squeezed.chars().count() > 60 {
            return None;
        }
        end = start;
    }
    below.map(|(date, start)| signature(body, date, start))
}

fn signature(body: &str, date: NaiveDate, start: usize) -> Signature {
    Signature { date, start: i64::try_from(body[..start].chars().count()).unwrap_or(i64::MAX) }
}

fn is_issuer(line: &str) -> bool {
    let length = line.chars().count();
    (3..=40).contains(&length) && !line.contains(['。', '；', '，', ',', ';', '：', ':', '?', '？', '！'])
}

/// `青山县司法局2024年1月8日` on one line.
fn issuer_and_date(line: &str) -> Option<NaiveDate> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[\p{Han}（）()]{3,40}?(?:局|府|厅|委|办|会|室|处|队|院|所|心|镇|乡|道|站|社|部|署|[）)])((?:19|20|二).{6,12}日)$").expect("the pattern is valid")
    });
    date::find(&PATTERN.captures(line)?[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Option<(&str, &str)>) {
        let seen = find(body).map(|s| {
            let from = usize::try_from(s.start).unwrap();
            (s.date.to_string(), body.chars().skip(from).collect::<String>())
        });
        let expected = expected.map(|(date, text)| (date.to_owned(), text.to_owned()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_date_under_a_text() {
        check(
            "正文。\n\n青山县人民政府\n\n2024年1月8日\n\n (此件主动公开)\n",
            Some(("2024-01-08", "青山县人民政府\n\n2024年1月8日\n\n (此件主动公开)\n")),
        );
        check("正文。\n二〇二四年一月八日\n", Some(("2024-01-08", "二〇二四年一月八日\n")));
        check("正文。\n青山县司法局 2024年1月8日\n", Some(("2024-01-08", "青山县司法局 2024年1月8日\n")));
    }

    #[test]
    fn a_date_in_a_sentence_is_no_signature() {
        check("工作自2024年1月8日开始。\n", None);
        check(
            "2024年1月8日\n会议在县政府召开，各部门主要负责同志参加会议并作了发言，会议强调要抓好落实，确保各项任务按时完成，推动法治政府建设再上新台阶，取得新成效。\n",
            None,
        );
    }
}
