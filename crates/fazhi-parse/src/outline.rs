//! Headings of a report: the four numbering levels of Chinese official documents, what each section does and is about.

mod meaning;

use std::sync::LazyLock;

use fazhi_model::{Role, Section, Span};
use regex::Regex;

pub(crate) use meaning::mark_next_year;

/// The headings of a text with their reach, in reading order. `end` is where the governed text ends (before a signature),
/// in characters.
///
/// A heading is a numbering at the start of a paragraph, also where the text follows it in the same paragraph. In one
/// long paragraph (pages whose line breaks were lost) `一、` and `(一)` after the end of a sentence count too, if they
/// continue the sequence. Numbered items inside a sentence (`一是`, `1.…;2.…`) are no headings.
pub fn outline(body: &str, end: i64) -> Vec<Section> {
    let mut marks = Vec::new();
    let mut sequence = Sequence::default();
    let mut items = Enumeration::default();
    let mut offset = 0;
    for line in body.split_inclusive('\n') {
        if offset >= end {
            break;
        }
        headings_of(line, offset, &mut sequence, &mut items, &mut marks);
        offset += length(line);
    }
    sections(body, &marks, end)
}

/// A numbering and the heading behind it; offsets count characters.
struct Heading<'a> {
    level: i32,
    label: &'a str,
    words: &'a str,
    start: i64,
}

/// The last number of the two upper levels, to tell a lost line break from an enumeration.
#[derive(Default)]
struct Sequence {
    upper: u32,
    second: u32,
}

/// Levels at which the numbered lines just read were items of an enumeration (`（一）…；`): the last item of one ends in
/// a full stop like a heading does.
#[derive(Default)]
struct Enumeration([bool; 5]);

impl Enumeration {
    /// Whether a numbered line is an item. Any line of a higher level ends the enumeration.
    fn takes(&mut self, heading: &Heading<'_>, line: &str) -> bool {
        let level = usize::try_from(heading.level).unwrap_or(4);
        let ends_open = line.trim_end().ends_with(['；', ';', '，', ',']);
        let is_item = level > 1 && (ends_open || self.0[level]);
        self.0[level..].fill(false);
        self.0[level] = ends_open && level > 1;
        is_item
    }
}

/// Paragraphs longer than this may hold headings whose line breaks were lost.
const LONG_PARAGRAPH: usize = 200;

static NUMBERING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:([一二三四五六七八九十]{1,3}[、．.]|第[一二三四五六七八九十]{1,3}(?:部分)[：:、]?)|([（(][一二三四五六七八九十]{1,3}[）)][、.．]?)|([0-9０-９]{1,2}[.．、])|([（(][0-9０-９]{1,2}[）)][、.．]?))",
    )
    .expect("the pattern is valid")
});

static INNER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[。：:；;！\s]([一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)])")
        .expect("the pattern is valid")
});

fn headings_of<'a>(
    line: &'a str,
    offset: i64,
    sequence: &mut Sequence,
    items: &mut Enumeration,
    marks: &mut Vec<Heading<'a>>,
) {
    let text = line.trim_start_matches(|c| crate::label::is_space(c) || c == '\u{ad}');
    let start = offset + length(line) - length(text);
    let mut covered = 0;
    if let Some(heading) = heading_at(text, start).filter(|heading| !items.takes(heading, line)) {
        sequence.note(&heading);
        covered = heading.label.len();
        marks.push(heading);
    }
    if text.len() < LONG_PARAGRAPH * 3 {
        return;
    }
    let (mut byte, mut chars) = (0, 0);
    for found in INNER.captures_iter(text) {
        let label = found.get(1).expect("group 1 is not optional");
        chars += length(&text[byte..label.start()]);
        byte = label.start();
        let inner =
            heading_at(&text[byte..], start + chars).filter(|inner| byte >= covered && sequence.continues(inner));
        if let Some(inner) = inner {
            sequence.note(&inner);
            marks.push(inner);
        }
    }
}

fn heading_at(text: &str, start: i64) -> Option<Heading<'_>> {
    let found = NUMBERING.captures(text)?;
    let (level, label) = (1..=4).find_map(|group| Some((group, found.get(group)?.as_str())))?;
    let rest = &text[label.len()..];
    // `3.5万件` opens a sentence, it numbers nothing; neither does a numbering without words.
    let first = rest.trim_start().chars().next()?;
    if level == 3
        && (first.is_ascii_digit()
            || !rest.starts_with(|c: char| c.is_alphanumeric() || c == ' ' || "“《\u{3000}\u{a0}".contains(c)))
    {
        return None;
    }
    Some(Heading { level: i32::try_from(level).unwrap_or(4), label, words: heading_words(rest), start })
}

/// A heading glued to its text ends at the first stop, or at the first comma where the sentence is too long for a heading.
fn heading_words(rest: &str) -> &str {
    const LONG_HEADING: usize = 45;
    let line = rest.split('\n').next().unwrap_or_default();
    let sentence = line.split(['。', '；', ';', '：', ':', '！']).next().unwrap_or_default();
    let heading = if sentence.chars().count() > LONG_HEADING {
        sentence.split(['，', ',']).next().unwrap_or_default()
    } else {
        sentence
    };
    heading.trim()
}

impl Sequence {
    fn note(&mut self, heading: &Heading<'_>) {
        match heading.level {
            1 => *self = Self { upper: ordinal(heading.label), second: 0 },
            2 => self.second = ordinal(heading.label),
            _ => {}
        }
    }

    fn continues(&self, heading: &Heading<'_>) -> bool {
        match heading.level {
            1 => ordinal(heading.label) == self.upper + 1,
            2 => ordinal(heading.label) == self.second + 1,
            _ => false,
        }
    }
}

/// The number of a label in Chinese numerals up to 九十九.
fn ordinal(label: &str) -> u32 {
    let digit = |c: char| "一二三四五六七八九".chars().position(|d| d == c).map_or(0, |at| at + 1);
    let numeral: Vec<char> = label.chars().filter(|c| "一二三四五六七八九十".contains(*c)).collect();
    let value = match numeral.iter().position(|c| *c == '十') {
        None => numeral.first().copied().map_or(0, digit),
        Some(at) => {
            let tens = if at == 0 { 1 } else { digit(numeral[0]) };
            tens * 10 + numeral.get(at + 1).copied().map_or(0, digit)
        }
    };
    u32::try_from(value).unwrap_or(0)
}

fn sections(body: &str, marks: &[Heading<'_>], end: i64) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::with_capacity(marks.len());
    let ends = reaches(marks, end);
    let trimmed = TrimmedEnds::of(body);
    let mut above: [Option<Role>; 5] = [None; 5];
    for (mark, reach) in marks.iter().zip(ends) {
        let level = usize::try_from(mark.level).unwrap_or(4);
        let inherited = above[..level].iter().rev().flatten().next().copied();
        let role = meaning::role(mark.words, inherited);
        above[level] = Some(role);
        above[level + 1..].fill(None);
        sections.push(Section {
            level: mark.level,
            label: mark.label.to_owned(),
            heading: mark.words.to_owned(),
            area: meaning::area(mark.words),
            role,
            span: Span { start: mark.start, end: trimmed.before(reach).max(mark.start + length(mark.label)) },
        });
    }
    sections
}

/// Where each section ends: at the next heading of its own or a higher level. One pass from the back.
fn reaches(marks: &[Heading<'_>], end: i64) -> Vec<i64> {
    let mut next = [end; 5];
    let mut ends = vec![end; marks.len()];
    for (mark, reach) in marks.iter().zip(&mut ends).rev() {
        let level = usize::try_from(mark.level).unwrap_or(4);
        *reach = next[level];
        for below in &mut next[level..] {
            *below = mark.start;
        }
    }
    ends
}

/// For any offset the end of the last word before it, so that spans do not end in blank lines.
struct TrimmedEnds(Vec<i64>);

impl TrimmedEnds {
    fn of(body: &str) -> Self {
        let mut ends = vec![0];
        let mut last = 0;
        for (at, c) in (1..).zip(body.chars()) {
            if !c.is_whitespace() {
                last = at;
            }
            ends.push(last);
        }
        Self(ends)
    }

    fn before(&self, offset: i64) -> i64 {
        let index = usize::try_from(offset).unwrap_or(0);
        self.0.get(index).or(self.0.last()).copied().unwrap_or(0)
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use fazhi_model::Area;

    use super::*;

    /// Level, label, heading, area, role and text of a section.
    type Seen<'a> = (i32, &'a str, &'a str, Option<Area>, Role, &'a str);

    #[track_caller]
    fn check(body: &str, expected: &[Seen<'_>]) {
        let sections = outline(body, length(body));
        let seen: Vec<_> = sections
            .iter()
            .map(|s| (s.level, s.label.as_str(), s.heading.as_str(), s.area, s.role, s.span.of(body).unwrap()))
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn four_levels_and_their_reach() {
        check(
            "开头。\n一、主要成效\n(一)完善行政决策机制。听取意见。\n1.开展论证\n（2）公开\n二、存在的问题\n　　人手不够。\n\n",
            &[
                (
                    1,
                    "一、",
                    "主要成效",
                    None,
                    Role::Result,
                    "一、主要成效\n(一)完善行政决策机制。听取意见。\n1.开展论证\n（2）公开",
                ),
                (
                    2,
                    "(一)",
                    "完善行政决策机制",
                    Some(Area::A3),
                    Role::Result,
                    "(一)完善行政决策机制。听取意见。\n1.开展论证\n（2）公开",
                ),
                (3, "1.", "开展论证", None, Role::Result, "1.开展论证\n（2）公开"),
                (4, "（2）", "公开", None, Role::Result, "（2）公开"),
                (1, "二、", "存在的问题", None, Role::Problem, "二、存在的问题\n　　人手不够。"),
            ],
        );
    }

    #[test]
    fn items_inside_a_sentence_are_no_headings() {
        check("一是抓学习。二是抓落实：1.建章；2.立制。\n3.5万件已办结。\n2023年，全县办案3件。\n", &[]);
    }

    #[test]
    fn items_of_an_enumeration_are_no_headings() {
        check("下列情形之一：\n（一）事实不清；\n（二）证据不足。\n", &[]);
    }

    #[test]
    fn next_year_is_a_plan() {
        let body = "一、2023年工作成效\n二、2024年重点工作\n(一)加强普法\n三、扎实做好2024年工作\n(一)加强执法\n";
        let mut sections = outline(body, length(body));
        mark_next_year(&mut sections, 2023);
        let roles: Vec<Role> = sections.iter().map(|section| section.role).collect();
        assert_eq!(roles, [Role::Result, Role::Plan, Role::Plan, Role::Plan, Role::Plan]);
    }

    #[test]
    fn lost_line_breaks_do_not_lose_headings() {
        let filler = "全县各单位认真履职，各项工作有序开展。".repeat(12);
        let body = format!("现报告如下：一、工作成效。{filler}(一)加强普法宣传。{filler}二、下一步打算。{filler}");
        let sections = outline(&body, length(&body));
        let seen: Vec<_> = sections.iter().map(|s| (s.level, s.heading.as_str(), s.area, s.role)).collect();
        assert_eq!(
            seen,
            [
                (1, "工作成效", None, Role::Result),
                (2, "加强普法宣传", Some(Area::A10), Role::Result),
                (1, "下一步打算", None, Role::Plan),
            ]
        );
    }

    #[test]
    fn what_stands_under_a_plan_is_plan() {
        let body = "一、2024年工作安排\n(一)着力解决突出问题\n二、党政主要负责人履行推进法治建设第一责任人职责情况\n三、其他需要报告的情况\n";
        let roles: Vec<Role> = outline(body, length(body)).iter().map(|section| section.role).collect();
        assert_eq!(roles, [Role::Plan, Role::Plan, Role::Responsibility, Role::Other]);
    }

    proptest! {
        #[test]
        fn spans_begin_with_their_label(body in "([一二三]、|\\([一二]\\)|[0-9]\\.|工作|。|\n| ){0,60}") {
            for section in outline(&body, length(&body)) {
                let text = section.span.of(&body).unwrap();
                prop_assert!(text.starts_with(&section.label), "{text}");
            }
        }
    }
}
