//! Header fields, whatever the layout: cells, list items, emphasis, label and value in one cell or several on a line.

use fazhi_model::{DocumentNumber, IndexNumber, Validity};

use crate::label::{self, Found, Label, Mark};
use crate::page::Field;
use crate::title::{is_missing, squeeze};
use crate::{date, publisher, title, topic};

use super::lines::bare_date;

/// Labelled values among lines, in reading order. Cells are separated by tabs.
pub(super) fn labelled(lines: &[&str]) -> Vec<Field> {
    let mut fields = Vec::new();
    let rows: Vec<Row<'_>> = lines.iter().map(|line| Row::of(line)).collect();
    let mut skip_row = false;
    for (index, row) in rows.iter().enumerate() {
        if std::mem::take(&mut skip_row) || row.labels.is_empty() {
            continue;
        }
        let below = rows.get(index + 1);
        if let Some(values) = below.filter(|values| row.is_of_labels() && values.cells.len() == row.cells.len()) {
            // A row of labels above a row of values.
            for (label, value) in row.labels.iter().flatten().zip(&values.cells) {
                push(&mut fields, label.label, value);
            }
            skip_row = !values.is_of_labels();
            continue;
        }
        of_row(row, &rows[index + 1..], is_among_labels(&rows, index), &mut fields);
    }
    fields
}

/// A line in cells, with the labels of each; no labels at all where there is none.
struct Row<'a> {
    cells: Vec<&'a str>,
    labels: Vec<Vec<Found>>,
}

impl<'a> Row<'a> {
    fn of(line: &'a str) -> Self {
        // A colon in an element of its own belongs to the label before it.
        let is_colon = |cell: &&str| matches!(*cell, ":" | "：");
        let cells = line.split('\t').map(|cell| cell.trim_matches(label::is_space));
        let cells: Vec<&str> = cells.filter(|cell| !is_colon(cell)).collect();
        let mut labels = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let found = label::find(cell);
            if !found.is_empty() {
                labels.resize_with(cells.len(), Vec::new);
                labels[index] = found;
            }
        }
        Self { cells, labels }
    }

    /// Two or more cells, each a label and nothing else.
    fn is_of_labels(&self) -> bool {
        self.labels.len() >= 2 && self.labels.iter().zip(&self.cells).all(|(labels, cell)| is_label(labels, cell))
    }

    /// One cell, a label and nothing else.
    fn is_lone_label(&self) -> bool {
        matches!((&self.labels[..], &self.cells[..]), ([labels], [cell]) if is_label(labels, cell))
    }
}

fn is_label(labels: &[Found], cell: &str) -> bool {
    matches!(labels, [found] if found.start == 0 && cell[found.end..].is_empty())
}

/// Whether a lone label has another one near it, so that the lines between are values: one word on a line may be anything.
fn is_among_labels(rows: &[Row<'_>], index: usize) -> bool {
    let near = [index.checked_sub(2), index.checked_sub(1), Some(index + 1), Some(index + 2)];
    near.into_iter().flatten().filter_map(|at| rows.get(at)).any(Row::is_lone_label)
}

fn of_row(row: &Row<'_>, below: &[Row<'_>], among_labels: bool, fields: &mut Vec<Field>) {
    for (index, (cell, found)) in row.cells.iter().zip(&row.labels).enumerate() {
        for (at, label) in found.iter().enumerate() {
            let end = found.get(at + 1).map_or(cell.len(), |next| next.start);
            let own = cell[label.end.min(end)..end].trim();
            let is_last = at + 1 == found.len();
            if !own.is_empty() || !is_last {
                push(fields, label.label, own);
                continue;
            }
            match row.cells.get(index + 1) {
                Some(next) if row.labels[index + 1].is_empty() => push(fields, label.label, next),
                Some(_) => {}
                None => fields.extend(value_below(label, below, among_labels)),
            }
        }
    }
}

/// The value of a label at the end of its line: in the next line, if that can be one.
fn value_below(label: &Found, below: &[Row<'_>], among_labels: bool) -> Option<Field> {
    let next = below.first()?;
    // `索引号 / Index No.` in one cell, the value in the cell behind it.
    let gloss = next.cells.len() >= 2 && is_gloss(next.cells[0]);
    let cell = usize::from(gloss);
    let is_free = next.labels.get(cell).is_none_or(Vec::is_empty);
    // The value alone, or in front of the next label where both stand in cells of their own.
    let is_whole = next.cells.len() == 1 || next.labels.get(1).is_some_and(|labels| !labels.is_empty());
    let value = next.cells.get(cell).filter(|_| is_free && (gloss || is_whole))?;
    let follows = match label.mark {
        Mark::Colon => reads(label.label, value, Doubt::Some),
        _ if gloss || among_labels => reads(label.label, value, Doubt::Some),
        _ => reads(label.label, value, Doubt::Much),
    };
    follows.then(|| field(label.label, value)).flatten()
}

/// The same label in another language.
fn is_gloss(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|c| c.is_ascii_alphabetic() || " .:'()/-".contains(c))
}

/// How doubtful it is that a line is the value of the label above it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Some,
    Much,
}

/// Whether a text can be a value of this label.
fn reads(label: Label, value: &str, doubt: Doubt) -> bool {
    let short = value.chars().count() <= 30;
    match label {
        Label::IndexNumber => value.parse::<IndexNumber>().is_ok(),
        Label::DocumentNumber => value.parse::<DocumentNumber>().is_ok(),
        Label::WrittenOn | Label::PublishedOn => short && date::find(value).is_some(),
        Label::Validity => topic::validity(value).is_some_and(|validity| validity != Validity::Unknown),
        Label::Disclosure => value.chars().count() <= 8 && value.contains("公开"),
        Label::Publisher => publisher::is_body(value),
        Label::Topics | Label::Source => doubt == Doubt::Some && short && !title::looks_like_title(value),
        Label::Title => doubt == Doubt::Some,
        Label::Other => false,
    }
}

fn push(fields: &mut Vec<Field>, label: Label, value: &str) {
    fields.extend(field(label, value));
}

fn field(label: Label, value: &str) -> Option<Field> {
    /// No header field but a summary is longer.
    const LONGEST: usize = 150;
    let value = trimmed(label, value);
    // A body has no date for a name: its own cell was empty.
    let is_name = !matches!(label, Label::Publisher | Label::Source) || date::find(value).is_none() && value != "大";
    let is_value = label != Label::Other && !is_missing(value) && value.chars().count() <= LONGEST && is_name;
    is_value.then(|| Field { label: label.as_str().to_owned(), value: value.to_owned(), place: String::new() })
}

/// A value without the buttons and fields of other names that follow it on its line (`打印 【字体：`, `文章编号：1`).
fn trimmed(label: Label, value: &str) -> &str {
    let is_edge = |c: char| label::is_space(c) || "【[|；;，,：:".contains(c);
    let value = without_next_field(value.trim_matches(is_edge)).trim_matches(is_edge);
    if !matches!(label, Label::Source | Label::Publisher) {
        return value;
    }
    let ends_value = |rest: &str| {
        rest.starts_with(|c: char| c.is_ascii_digit() || "【[(（|".contains(c))
            || [
                "打印",
                "字体",
                "浏览",
                "阅读",
                "点击",
                "分享",
                "收藏",
                "大",
                "责任编辑",
                "视力",
                "保护",
                "语音",
                "无障碍",
            ]
            .iter()
            .any(|word| rest.starts_with(word))
    };
    // Where a word begins behind a space.
    let mut words = value
        .char_indices()
        .zip(value.chars().skip(1))
        .filter(|((_, before), c)| label::is_space(*before) && !label::is_space(*c));
    let cut = words.find(|((at, before), _)| ends_value(&value[at + before.len_utf8()..]));
    cut.map_or(value, |((at, _), _)| value[..at].trim_end())
}

/// Up to a space before a short word with a colon.
fn without_next_field(value: &str) -> &str {
    let Some(colon) = value.find(['：', ':']) else { return value };
    let before = &value[..colon];
    let Some((at, space)) = before.char_indices().rfind(|(_, c)| label::is_space(*c) || *c == '|') else {
        return value;
    };
    let word = &before[at + space.len_utf8()..];
    let is_label = (2..=6).contains(&word.chars().count()) && word.chars().all(char::is_alphabetic);
    if is_label { before[..at].trim_end() } else { value }
}

/// A bare date beside the title, as the last resort for 发布日期.
pub(super) fn byline(lines: &[&str]) -> Option<Field> {
    // `（2024年1月8日）` under a title is when the text was made, not when it was posted.
    let is_note =
        |value: &str| date::alone(value.trim_matches(['（', '）', '(', ')'])).is_some() && value.contains('年');
    let value = lines.iter().filter_map(|line| bare_date(line)).find(|value| !is_note(value))?;
    Some(Field { label: Label::PublishedOn.as_str().to_owned(), value: value.to_owned(), place: "byline".to_owned() })
}

/// A document number on a line of its own above the text. Numbers inside sentences are citations.
pub(super) fn own_number(lines: &[&str]) -> Option<Field> {
    // Word may have cut the line into pieces; a template may set it into a cell of its own.
    let mut pieces = lines.iter().flat_map(|line| std::iter::once(*line).chain(line.split('\t')));
    let value = pieces.find_map(|piece| {
        // `（青政〔2024〕1号）`, `青政〔2024〕1号　签发人：张三`
        let number = squeeze(piece.split("签发人").next().unwrap_or_default());
        let inner = number.strip_prefix(['（', '(']).and_then(|rest| rest.strip_suffix(['）', ')'])).unwrap_or(&number);
        inner.parse::<DocumentNumber>().is_ok().then(|| inner.to_owned())
    })?;
    Some(Field { label: Label::DocumentNumber.as_str().to_owned(), value, place: "line".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: &[(&str, &str)]) {
        let fields = labelled(lines);
        let seen: Vec<(&str, &str)> = fields.iter().map(|field| (field.label.as_str(), field.value.as_str())).collect();
        assert_eq!(seen, expected);
    }

    const WANTED: &[(&str, &str)] = &[("索引号", "000014349/2024-1"), ("发布机构", "青山县司法局"), ("有效性", "有效")];

    #[test]
    fn every_layout_gives_the_same_fields() {
        check(&["索引号\t000014349/2024-1\t发布机构\t青山县司法局", "有 效 性：\t有效\t文号：\t"], WANTED);
        check(&["索 引 号：000014349/2024-1", "发布机构：青山县司法局", "【有效性】有效"], WANTED);
        check(&["索引号: 000014349/2024-1 发布机构: 青山县司法局 有效性: 有效"], WANTED);
        check(&["索引号：", "000014349/2024-1", "发布机构：", "青山县司法局", "有效性：", "有效"], WANTED);
        check(&["索引号\t发布机构\t有效性", "000014349/2024-1\t青山县司法局\t有效"], WANTED);
        check(&["索引号000014349/2024-1\t发布机构：青山县司法局", "有效性：有效 主题词：null"], WANTED);
        check(&["索引号", "000014349/2024-1", "发布机构", "青山县司法局", "有 效 性", "有效"], WANTED);
        check(&["索引号\t：\t000014349/2024-1", "发布机构\t：青山县司法局\t有效性\t:\t有效"], WANTED);
        check(&["索引号=000014349/2024-1 发布机构=青山县司法局\t有效性=有效"], WANTED);
        check(&["索引号", "Index No.\t000014349/2024-1\t发布机构", "Issued by\t青山县司法局", "有效性\t有效"], WANTED);
        check(&["索引号:", "000014349/2024-1\t发布机构:", "青山县司法局\t有效性:", "有效"], WANTED);
        check(&["索引号：000014349/2024-1 文章编号：12", "发布机构：青山县司法局 上传者：乙", "有效性：有效"], WANTED);
    }

    #[test]
    fn an_empty_field_does_not_take_the_next_line() {
        check(&["有效性：\t", "青山县2023年法治政府建设情况报告"], &[]);
        check(&["有效性：", "青山县2023年法治政府建设情况报告"], &[]);
        check(&["发布机构：", "青山县2023年法治政府建设情况报告", "文号："], &[]);
    }

    #[test]
    fn a_byline_ends_where_the_buttons_begin() {
        check(
            &["来源:旧宫镇  日期:2023-03-24 11:26 打印 【字体:"],
            &[("来源", "旧宫镇"), ("发布日期", "2023-03-24 11:26 打印")],
        );
        check(&["来源：县司法局 2024-01-29 浏览次数：12"], &[("来源", "县司法局")]);
    }

    #[test]
    fn banner_clocks_are_no_byline() {
        assert_eq!(byline(&["今天是：2026年11月23日 星期一", "2026年11月23日 星期一"]), None);
        assert_eq!(byline(&["（2024年1月8日）"]), None);
        assert_eq!(byline(&["2024-01-0917时18分 浏览次数:"]).unwrap().value, "2024-01-0917时18分");
    }
}
