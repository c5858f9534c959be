//! The signature under a text: issuers, date, and the notes around them.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use crate::date;
use crate::label::is_space;
use crate::title::squeeze;

/// A date that stands under a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signature {
    /// 落款日期.
    pub date: NaiveDate,
    /// Where the signature starts, in characters: the first issuer's line, or the date's where no issuer stands above.
    pub start: i64,
}

/// Looks at the last lines only; a date inside a paragraph is no signature.
///
/// Below the date may stand what ends a document: issuers, the note on disclosure, contacts, a list of attachments.
pub(crate) fn find(body: &str) -> Option<Signature> {
    /// So many lines may stand below the date, and it among them.
    const MOST_LINES: usize = 14;
    let lines = last_lines(body);
    for (at, line) in lines.iter().enumerate().take(MOST_LINES) {
        let above = lines.get(at + 1..).unwrap_or_default();
        if let Some((date, first)) = dated(line, above) {
            let above = above.iter().skip_while(|line| line.start >= first);
            let start = first_issuer(above).unwrap_or(first);
            return Some(signature(body, date, start));
        }
        if let Some(date) = issuer_and_date(line.text) {
            let start = first_issuer(above.iter()).unwrap_or(line.start);
            return Some(signature(body, date, start));
        }
        if line.is_text() {
            return None;
        }
    }
    None
}

fn signature(body: &str, date: NaiveDate, start: usize) -> Signature {
    Signature { date, start: i64::try_from(body[..start].chars().count()).unwrap_or(i64::MAX) }
}

/// A line that is not blank, without the spaces and seals at its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line<'a> {
    text: &'a str,
    /// In bytes.
    start: usize,
}

/// The lines at the end of a body, the last first.
fn last_lines(body: &str) -> Vec<Line<'_>> {
    /// With a date's lines and a dozen issuers above it.
    const MOST_LINES: usize = 28;
    let mut end = body.len();
    let lines = body.split_inclusive('\n').rev().map(|line| {
        end -= line.len();
        Line { text: without_seal(line), start: end }
    });
    lines.filter(|line| !line.text.is_empty()).take(MOST_LINES).collect()
}

/// `青山县司法局（盖章）` without the place of the seal.
fn without_seal(line: &str) -> &str {
    const SEALS: [&str; 7] = ["盖章", "公章", "印章", "签章", "章", "加盖公章", "印"];
    let line = line.trim_matches(is_space);
    let Some(rest) = line.strip_suffix(['）', ')']) else { return line };
    let Some((before, note)) = rest.rsplit_once(['（', '(']) else { return line };
    if SEALS.contains(&note.trim_matches(is_space)) { before.trim_end_matches(is_space) } else { line }
}

impl Line<'_> {
    /// A paragraph: the text itself has begun, and no signature stands above it.
    fn is_text(&self) -> bool {
        const LONGEST_NOTE: usize = 60;
        const LONGEST_REMARK: usize = 20;
        let length = self.text.chars().count();
        let is_sentence = length > LONGEST_REMARK && self.text.ends_with(['。', '；']) && !is_note(self.text);
        length > LONGEST_NOTE || is_sentence
    }
}

/// `联系人：…`, `（此件主动公开）`, `附件：…`, `抄送：…`
fn is_note(text: &str) -> bool {
    text.starts_with(['（', '(', '【']) || text.contains(['：', ':'])
}

/// The date that a line states, alone or as the end of a date broken over two lines, and where it starts in bytes.
fn dated(line: &Line<'_>, above: &[Line<'_>]) -> Option<(NaiveDate, usize)> {
    const LONGEST_PART: usize = 30;
    let text = bare(line.text);
    if let Some(date) = date::alone(text) {
        return Some((date, line.start));
    }
    let above = above.first().filter(|_| text.len() <= LONGEST_PART && text.ends_with(['日', '号']))?;
    let beginning = bare(above.text);
    let is_part = beginning.len() <= LONGEST_PART && beginning.ends_with(['年', '月']);
    let date = if is_part { date::alone(&format!("{beginning}{text}")) } else { None };
    date.map(|date| (date, above.start))
}

/// A date without brackets around it or a stop behind it.
fn bare(text: &str) -> &str {
    text.trim_matches(|c| is_space(c) || "（）()[]【】。.".contains(c))
}

/// `青山县司法局2024年1月8日` on one line, or, with a space between, the date first.
fn issuer_and_date(line: &str) -> Option<NaiveDate> {
    let found = date::dates(line).last()?;
    let (before, after) = (&line[..found.start], &line[found.end..]);
    let date_last = after.is_empty() && is_body(&squeeze(without_seal(before)));
    let date_first = before.is_empty() && after.starts_with(is_space) && is_body(&squeeze(after));
    (date_last || date_first).then_some(found.date)
}

/// Where the lines of issuers right above a date begin. The nearest may be of any kind of body; those above it must be
/// called one, for there the text ends.
fn first_issuer<'a>(above: impl Iterator<Item = &'a Line<'a>>) -> Option<usize> {
    let mut start = None;
    for line in above {
        let text = squeeze(line.text);
        let is_named = is_short_name(&text) && !text.contains(|c: char| c.is_numeric());
        let is_issuer = is_body(&text) || (start.is_none() && is_named);
        if !is_issuer {
            break;
        }
        start = Some(line.start);
    }
    start
}

fn is_short_name(text: &str) -> bool {
    static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:附件|附表|第[一二三四五六七八九十\d]{1,3}(?:章|节|条|部分)|[（(]?[一二三四五六七八九十\d]{1,3}[、.．）)]|[一二三四五六七八九十]是)")
            .expect("the pattern is valid")
    });
    let length = text.chars().count();
    let is_plain = !text.contains(['。', '；', '，', ',', ';', '：', ':', '?', '？', '！', '《', '|']);
    (3..=40).contains(&length) && is_plain && !NUMBERED.is_match(text)
}

/// Whether a line ends in what bodies are called: 局, 政府, 委员会, 领导小组 …
fn is_body(text: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "局", "府", "厅", "委", "办", "会", "室", "处", "队", "院", "所", "中心", "镇", "乡", "街道", "站", "社", "部",
        "署", "组", "庭", "馆", "学校", "学院", "大学", "库", "台", "银行", "分行", "支行", "团", "司", "区", "县",
        "市", "省", "州", "盟", "旗",
    ];
    let name = text.trim_end_matches(['）', ')']);
    is_short_name(text) && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The date, and the text from the signature's start.
    #[track_caller]
    fn check(body: &str, expected: Option<(&str, &str)>) {
        let seen = find(body).map(|s| {
            let from = usize::try_from(s.start).unwrap();
            (s.date.to_string(), body.chars().skip(from).collect::<String>())
        });
        let expected = expected.map(|(date, text)| (date.to_owned(), text.to_owned()));
        assert_eq!(seen, expected);
    }

    /// A text that ends in this signature.
    #[track_caller]
    fn check_signed(signature: &str) {
        check(&format!("一、存在的问题\n有的单位认识不足。\n{signature}"), Some(("2024-01-08", signature)));
    }

    #[test]
    fn the_date_under_a_text() {
        check_signed("青山县人民政府\n\n2024年1月8日\n\n (此件主动公开)\n");
        check_signed("二〇二四年一月八日\n");
        check_signed("　　青山县人民政府　　\n　　二○二四年元月八日　　");
        check_signed("青山县人民政府\n（2024年1月8日）\n");
        check_signed("青山县人民政府\n2024年1月8日。\n");
        check_signed("青山县人民政府\n2024 年 1 月 8 日\n");
    }

    #[test]
    fn issuer_and_date_on_one_line() {
        check_signed("青山县司法局 2024年1月8日\n");
        check_signed("青山县司法局2024年1月8日\n");
        check_signed("青山县司法局（盖章） 2024.1.8\n");
        check_signed("2024年1月8日　青山县司法局\n");
        check_signed("中共青山县委办公室\n青山县人民政府办公室 二〇二四年一月八日\n");
    }

    #[test]
    fn several_issuers_stand_one_per_line() {
        check_signed("中共青山县委\n青山县人民政府\n青山县法治政府建设领导小组\n2024年1月8日\n");
        check_signed("青山县司法局\n\n青山县财政局\n\n2024年1月8日\n（此件公开发布）\n");
    }

    #[test]
    fn the_date_may_stand_above_the_issuer() {
        check_signed("2024年1月8日\n青山县人民政府\n");
    }

    #[test]
    fn places_of_seals_do_not_matter() {
        check_signed("青山县人民政府（盖章）\n2024年1月8日\n");
        check_signed("青山县人民政府\n（公章）\n2024年1月8日\n");
        check_signed("青山县人民政府\n2024年1月8日（印章）\n");
    }

    #[test]
    fn a_date_broken_over_two_lines() {
        check_signed("青山县人民政府\n2024年1月\n8日\n");
        check_signed("青山县人民政府\n2024年\n1月8日\n");
        check_signed("青山县人民政府\n二〇二四年一月\n\n八日\n");
        check("有的单位认识不足。\n2024年1月\n40日\n", None);
    }

    #[test]
    fn notes_may_stand_below() {
        check_signed("青山县人民政府\n2024年1月8日\n联系人：张明 联系电话：0314-7512345\n");
        check_signed("青山县人民政府\n2024年1月8日\n附件：1.青山县2023年行政执法统计表\n2.青山县2023年普法清单\n");
        check_signed("青山县人民政府\n2024年1月8日\n抄送：县委办公室，县人大常委会办公室，县政协办公室。\n");
        check_signed("青山县人民政府\n2024年1月8日\n青山县人民政府办公室2024年1月9日印发\n");
    }

    #[test]
    fn attachments_above_the_signature_are_no_issuers() {
        let text = "有的单位认识不足。\n附件：1.统计表\n2.普法清单\n";
        for signature in ["青山县人民政府\n2024年1月8日\n", "2024年1月8日\n"] {
            check(&format!("{text}{signature}"), Some(("2024-01-08", signature)));
        }
    }

    #[test]
    fn a_heading_is_no_issuer() {
        for line in ["一、存在的问题", "（二）执法力量", "3．普法", "附件2", "第二部分", "本办法自2024年1月1日起施行"]
        {
            check(&format!("{line}\n2024年1月8日\n"), Some(("2024-01-08", "2024年1月8日\n")));
        }
        check("四、下一步工作\n青山县人民政府\n2024年1月8日\n", Some(("2024-01-08", "青山县人民政府\n2024年1月8日\n")));
    }

    #[test]
    fn a_date_in_a_sentence_is_no_signature() {
        check("工作自2024年1月8日开始。\n", None);
        check("办法自2024年1月8日起施行\n", None);
        check("2024年1月8日全县召开工作会\n", None);
        check("办法公布于2024年1月8日\n", None);
        check("二〇二三年度\n", None);
        check("", None);
    }

    #[test]
    fn a_date_above_text_is_no_signature() {
        check("2024年1月8日\n会议在县政府召开，各部门主要负责同志参加会议并作了发言。\n", None);
        check(
            "2024年1月8日\n会议在县政府召开，各部门主要负责同志参加会议并作了发言，会议强调要抓好落实，确保各项任务按时完成，推动法治政府建设再上新台阶\n",
            None,
        );
        check(&format!("2024年1月8日\n{}", "一行短的文字\n".repeat(14)), None);
    }

    /// Lines that the ends of texts are made of, in any order.
    const LINES: &str = "((2024年1月|8日|2024年1月8日|二〇二四年|青山县司法局|（盖章）|附件：|[（）()]|　| |。|[一-龥]|\\PC){0,4}\n?){0,25}";

    proptest! {
        #[test]
        fn a_signature_starts_a_line_and_holds_its_date(body in LINES) {
            if let Some(found) = find(&body) {
                let start = usize::try_from(found.start).unwrap();
                let before: String = body.chars().take(start).collect();
                prop_assert!(before.is_empty() || before.ends_with('\n'));
                prop_assert!(body[before.len()..].contains(|c| "年-./－—–―−／．".contains(c)));
            }
        }
    }
}
