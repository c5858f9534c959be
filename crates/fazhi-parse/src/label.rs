//! Labels of header fields, in all the spellings portals use, and how to find them in a line.
//!
//! Fields are found by their label, never by the position of a cell: nine portals lay out the same four fields in eight ways.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A header field that means something to us, or that ends the value before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// 索引号.
    IndexNumber,
    /// 发布机构.
    Publisher,
    /// 发文字号.
    DocumentNumber,
    /// 标题.
    Title,
    /// 成文日期.
    WrittenOn,
    /// 发布日期.
    PublishedOn,
    /// 有效性.
    Validity,
    /// 主题分类.
    Topics,
    /// 公开方式.
    Disclosure,
    /// 来源.
    Source,
    /// A label that only ends the value before it.
    Other,
}

impl Label {
    /// The canonical Chinese label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IndexNumber => "索引号",
            Self::Publisher => "发布机构",
            Self::DocumentNumber => "发文字号",
            Self::Title => "标题",
            Self::WrittenOn => "成文日期",
            Self::PublishedOn => "发布日期",
            Self::Validity => "有效性",
            Self::Topics => "主题分类",
            Self::Disclosure => "公开方式",
            Self::Source => "来源",
            Self::Other => "其他",
        }
    }
}

/// Spellings, longest first within a label's family so that 发文字号 is not read as 文号.
const SPELLINGS: &[(&str, Label)] = &[
    ("信息索引号", Label::IndexNumber),
    ("信息索引", Label::IndexNumber),
    ("索引编号", Label::IndexNumber),
    ("索引号", Label::IndexNumber),
    ("信息发布机构", Label::Publisher),
    ("信息公开单位", Label::Publisher),
    ("发布机构", Label::Publisher),
    ("发布机关", Label::Publisher),
    ("发布单位", Label::Publisher),
    ("发文机关", Label::Publisher),
    ("发文机构", Label::Publisher),
    ("发文单位", Label::Publisher),
    ("制发机构", Label::Publisher),
    ("制发机关", Label::Publisher),
    ("公开单位", Label::Publisher),
    ("公开机构", Label::Publisher),
    ("发文字号", Label::DocumentNumber),
    ("发文文号", Label::DocumentNumber),
    ("发文编号", Label::DocumentNumber),
    ("文件编号", Label::DocumentNumber),
    ("公文文号", Label::DocumentNumber),
    ("文件号", Label::DocumentNumber),
    ("文号", Label::DocumentNumber),
    ("信息名称", Label::Title),
    ("文件名称", Label::Title),
    ("标题", Label::Title),
    ("title", Label::Title),
    ("名称", Label::Title),
    ("成文日期", Label::WrittenOn),
    ("成文时间", Label::WrittenOn),
    ("生成日期", Label::WrittenOn),
    ("生成时间", Label::WrittenOn),
    ("产生日期", Label::WrittenOn),
    ("制发日期", Label::WrittenOn),
    ("发文日期", Label::WrittenOn),
    ("发文时间", Label::WrittenOn),
    ("信息发布日期", Label::PublishedOn),
    ("发布日期", Label::PublishedOn),
    ("发布时间", Label::PublishedOn),
    ("公开日期", Label::PublishedOn),
    ("公开时间", Label::PublishedOn),
    ("发表时间", Label::PublishedOn),
    ("公布日期", Label::PublishedOn),
    ("公布时间", Label::PublishedOn),
    ("信息时间", Label::PublishedOn),
    ("发稿时间", Label::PublishedOn),
    ("发布于", Label::PublishedOn),
    ("发表于", Label::PublishedOn),
    ("发表日期", Label::PublishedOn),
    ("上网日期", Label::PublishedOn),
    ("日期", Label::PublishedOn),
    ("时间", Label::PublishedOn),
    ("是否有效", Label::Validity),
    ("公文时效", Label::Validity),
    ("有效性", Label::Validity),
    ("时效性", Label::Validity),
    ("效力状态", Label::Validity),
    ("信息状态", Label::Validity),
    ("主题分类", Label::Topics),
    ("公开方式", Label::Disclosure),
    ("公开属性", Label::Disclosure),
    ("公开形式", Label::Disclosure),
    ("公开类别", Label::Disclosure),
    ("转载来源", Label::Source),
    ("信息来源", Label::Source),
    ("文章来源", Label::Source),
    ("稿件来源", Label::Source),
    ("内容来源", Label::Source),
    ("转载自", Label::Source),
    ("稿源", Label::Source),
    ("来源", Label::Source),
    ("责任编辑", Label::Other),
    ("责任部门", Label::Other),
    ("编辑", Label::Other),
    ("作者", Label::Other),
    ("发布人", Label::Other),
    ("上传时间", Label::Other),
    ("录入时间", Label::Other),
    ("发布者", Label::Other),
    ("文章编号", Label::Other),
    ("审核", Label::Other),
    ("浏览次数", Label::Other),
    ("阅读次数", Label::Other),
    ("点击次数", Label::Other),
    ("点击数", Label::Other),
    ("浏览量", Label::Other),
    ("点击量", Label::Other),
    ("访问量", Label::Other),
    ("阅读量", Label::Other),
    ("点击率", Label::Other),
    ("阅读", Label::Other),
    ("浏览", Label::Other),
    ("点击", Label::Other),
    ("字体大小", Label::Other),
    ("字体", Label::Other),
    ("字号", Label::Other),
    ("信息分类", Label::Other),
    ("体裁分类", Label::Other),
    ("分类", Label::Other),
    ("体裁", Label::Other),
    ("公文种类", Label::Other),
    ("公开时限", Label::Other),
    ("公开范围", Label::Other),
    ("公开程序", Label::Other),
    ("公开目录", Label::Other),
    ("服务对象", Label::Other),
    ("信息格式", Label::Other),
    ("组配分类", Label::Other),
    ("语种", Label::Other),
    ("主题词", Label::Other),
    ("关键词", Label::Other),
    ("关键字", Label::Other),
    ("内容概述", Label::Other),
    ("内容概要", Label::Other),
    ("生效日期", Label::Other),
    ("生效时间", Label::Other),
    ("实施日期", Label::Other),
    ("施行日期", Label::Other),
    ("失效日期", Label::Other),
    ("废止日期", Label::Other),
    ("废止时间", Label::Other),
    ("截止日期", Label::Other),
    ("更新日期", Label::Other),
    ("更新时间", Label::Other),
    ("有效期", Label::Other),
    ("分享到", Label::Other),
    ("分享", Label::Other),
    ("打印", Label::Other),
];

/// A label found in a line; offsets count bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Which label.
    pub label: Label,
    /// Where it starts, brackets before it included.
    pub start: usize,
    /// Where its value starts: past the colon and closing brackets.
    pub end: usize,
    /// Whether a colon follows.
    pub mark: Mark,
}

/// What stands behind a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `索引号：…`
    Colon,
    /// `【索引号】…`
    Bracket,
    /// The end of the cell: the value stands in the next one.
    End,
    /// The value itself, glued to the label.
    Glued,
}

/// All labels of one cell or line, in order. Spaces inside labels (`索 引 号`, `有&nbsp;效&nbsp;性`) do not matter.
pub fn find(text: &str) -> Vec<Found> {
    // Without a colon or bracket a label stands at the start of its cell or nowhere: most lines of a menu end here.
    let marked = text.contains([':', '：', '】', ']', '］', '=']);
    if !marked && !text.chars().next().is_some_and(begins_label) {
        return Vec::new();
    }
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let last = if marked { chars.len() } else { 1 };
    let mut found = Vec::new();
    let mut at = 0;
    while at < last {
        let label = if begins_label(chars[at].1) { label_at(text, &chars, at) } else { None };
        match label {
            Some((label, next)) => {
                found.push(label);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

fn label_at(text: &str, chars: &[(usize, char)], at: usize) -> Option<(Found, usize)> {
    let boundary = at == 0 || !is_word(chars[at - 1].1);
    for (name, label) in by_first_character().get(&chars[at].1)? {
        let Some(after) = spelled(chars, at, name) else { continue };
        let (mark, end) = mark_after(chars, after);
        let opened = at > 0 && matches!(chars[at - 1].1, '【' | '[' | '［');
        let accepted = match mark {
            // Three characters and more are a label wherever a colon follows; 日期 or 来源 may be the tail of a longer word.
            Mark::Colon => boundary || name.chars().count() > 2,
            Mark::Bracket => opened,
            Mark::End => boundary && (at == 0 || opened),
            Mark::Glued => at == 0 && is_plain_value(*label, chars, end),
        };
        if accepted {
            let start = if opened { chars[at - 1].0 } else { chars[word_start(chars, at)].0 };
            let end_byte = chars.get(end).map_or(text.len(), |(byte, _)| *byte);
            return Some((Found { label: *label, start, end: end_byte, mark }, end.max(at + 1)));
        }
    }
    None
}

/// Where the word begins whose end is a label (`公开` of `公开责任部门`), if it is a short one behind a space.
fn word_start(chars: &[(usize, char)], at: usize) -> usize {
    const LONGEST: usize = 4;
    let word = chars[..at].iter().rev().take_while(|(_, c)| is_word(*c)).take(LONGEST + 1).count();
    let stands_alone = word <= LONGEST && at.checked_sub(word + 1).is_some_and(|before| is_space(chars[before].1));
    if stands_alone { at - word } else { at }
}

/// Most characters begin no label, and lines are looked at character by character.
fn begins_label(c: char) -> bool {
    static FIRST: LazyLock<Vec<u64>> = LazyLock::new(|| {
        let mut bits = vec![0; 0x1_0000 / 64];
        for c in by_first_character().keys() {
            let code = *c as usize;
            bits[code / 64] |= 1 << (code % 64);
        }
        bits
    });
    FIRST.get(c as usize / 64).is_some_and(|bits| bits & (1 << (c as usize % 64)) != 0)
}

fn by_first_character() -> &'static HashMap<char, Vec<(String, Label)>> {
    static INDEX: LazyLock<HashMap<char, Vec<(String, Label)>>> = LazyLock::new(|| {
        let mut index: HashMap<char, Vec<(String, Label)>> = HashMap::new();
        for (name, label) in SPELLINGS {
            for prefix in ["", "信息", "公文", "文件", "政策"] {
                let spelling = format!("{prefix}{name}");
                let first = spelling.chars().next().expect("no spelling is empty");
                let known = index.entry(first).or_default();
                if known.iter().all(|(other, _)| *other != spelling) {
                    known.push((spelling, *label));
                }
            }
        }
        // The longest goes first: 发文字号 is not read as 文号, 信息时效性 not as 信息.
        for spellings in index.values_mut() {
            spellings.sort_by_key(|(name, _)| usize::MAX - name.len());
        }
        index
    });
    &INDEX
}

/// The index past `name`, with any spaces between its characters.
fn spelled(chars: &[(usize, char)], at: usize, name: &str) -> Option<usize> {
    let mut next = at;
    for (index, wanted) in name.chars().enumerate() {
        while index > 0 && chars.get(next).is_some_and(|(_, c)| is_space(*c)) {
            next += 1;
        }
        if chars.get(next)?.1 != wanted {
            return None;
        }
        next += 1;
    }
    Some(next)
}

fn mark_after(chars: &[(usize, char)], after: usize) -> (Mark, usize) {
    let skip = |mut next: usize| {
        while chars.get(next).is_some_and(|(_, c)| is_space(*c)) {
            next += 1;
        }
        next
    };
    let next = skip(after);
    match chars.get(next).map(|(_, c)| *c) {
        None => (Mark::End, next),
        Some(':' | '：' | '=') => (Mark::Colon, skip(next + 1)),
        Some('】' | ']' | '］') => {
            let past = skip(next + 1);
            match chars.get(past).map(|(_, c)| *c) {
                None => (Mark::End, past),
                Some(':' | '：') => (Mark::Colon, skip(past + 1)),
                Some(_) => (Mark::Bracket, past),
            }
        }
        Some(_) => (Mark::Glued, next),
    }
}

/// Numbers and dates may be glued to their label where cells are inline elements.
fn is_plain_value(label: Label, chars: &[(usize, char)], at: usize) -> bool {
    matches!(label, Label::IndexNumber | Label::WrittenOn | Label::PublishedOn)
        && chars.get(at).is_some_and(|(_, c)| c.is_ascii_alphanumeric())
}

/// Spaces of every kind that stand inside labels.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{200c}' | '\u{200d}')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(Label, &str)]) {
        let found = find(text);
        let ends = found.iter().skip(1).map(|f| f.start).chain([text.len()]);
        let values: Vec<(Label, &str)> =
            found.iter().zip(ends).map(|(f, end)| (f.label, text[f.end..end.max(f.end)].trim())).collect();
        assert_eq!(values, expected, "{text}");
    }

    #[test]
    fn several_labels_share_a_line() {
        check(
            "索引号: 11/2024-1 主题分类: 综合政务,公安、安全、司法 有 \u{a0}效\u{a0}  性: 有效",
            &[
                (Label::IndexNumber, "11/2024-1"),
                (Label::Topics, "综合政务,公安、安全、司法"),
                (Label::Validity, "有效"),
            ],
        );
    }

    #[test]
    fn words_in_front_belong_to_the_label() {
        check(
            "发布机构：青山镇政府 公开责任部门：党政办",
            &[(Label::Publisher, "青山镇政府"), (Label::Other, "党政办")],
        );
        check("信息时效性：有效", &[(Label::Validity, "有效")]);
    }

    #[test]
    fn brackets_and_full_width_spaces() {
        check("【索　引　号】11/2024-1", &[(Label::IndexNumber, "11/2024-1")]);
        check("[发布机构]：某县政府", &[(Label::Publisher, "某县政府")]);
    }

    #[test]
    fn a_label_alone_has_no_value() {
        check("文 号", &[(Label::DocumentNumber, "")]);
        check("发文字号：", &[(Label::DocumentNumber, "")]);
    }

    #[test]
    fn words_of_a_sentence_are_no_labels() {
        check("会议时间安排在下午，资金来源明确", &[]);
        check("本次会议时间：下午", &[]);
    }
}
