//! Header fields, whatever the layout: cells, list items, emphasis, label and value in one cell or several on a line.

use fazhi_model::DocumentNumber;

use crate::date;
use crate::label::{self, Label, Mark};
use crate::page::Field;
use crate::title::{is_missing, squeeze};

use super::lines::bare_date;

/// Labelled values among lines, in reading order. Cells are separated by tabs.
pub(super) fn labelled(lines: &[&str]) -> Vec<Field> {
    let mut fields = Vec::new();
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').map(str::trim).collect()).collect();
    let mut skip_row = false;
    for (index, cells) in rows.iter().enumerate() {
        if std::mem::take(&mut skip_row) {
            continue;
        }
        let below = rows.get(index + 1);
        if let Some(values) = below.filter(|values| is_label_row(cells) && values.len() == cells.len()) {
            // A row of labels above a row of values.
            for (cell, value) in cells.iter().zip(values) {
                if let Some(found) = label::find(cell).first() {
                    push(&mut fields, found.label, value);
                }
            }
            skip_row = !is_label_row(values);
            continue;
        }
        let next_line = below.filter(|values| values.len() == 1).map(|values| values[0]);
        of_row(cells, next_line, &mut fields);
    }
    fields
}

/// Two or more cells, each a label and nothing else.
fn is_label_row(cells: &[&str]) -> bool {
    cells.len() >= 2
        && cells.iter().all(|cell| match label::find(cell)[..] {
            [found] => found.start == 0 && cell[found.end..].is_empty(),
            _ => false,
        })
}

fn of_row(cells: &[&str], next_line: Option<&str>, fields: &mut Vec<Field>) {
    for (index, cell) in cells.iter().enumerate() {
        let found = label::find(cell);
        for (at, label) in found.iter().enumerate() {
            let end = found.get(at + 1).map_or(cell.len(), |next| next.start);
            let own = cell[label.end.min(end)..end].trim();
            let is_last = at + 1 == found.len();
            let value = if own.is_empty() && is_last {
                match cells.get(index + 1) {
                    Some(next) => *next,
                    // Only a marked label reaches over the line break; a lone word on a line may be anything.
                    None if label.mark == Mark::Colon => next_line.unwrap_or_default(),
                    None => "",
                }
            } else {
                own
            };
            if value == own || label::find(value).is_empty() {
                push(fields, label.label, value);
            }
        }
    }
}

fn push(fields: &mut Vec<Field>, label: Label, value: &str) {
    /// No header field but a summary is longer.
    const LONGEST: usize = 150;
    let value = trimmed(label, value);
    if label == Label::Other || is_missing(value) || value.chars().count() > LONGEST {
        return;
    }
    fields.push(Field { label: label.as_str().to_owned(), value: value.to_owned(), place: "header".to_owned() });
}

/// A value without the buttons that follow it on its line (`打印 【字体：`).
fn trimmed(label: Label, value: &str) -> &str {
    let is_edge = |c: char| label::is_space(c) || "【[|；;，,".contains(c);
    let value = value.trim_matches(is_edge);
    if label != Label::Source {
        return value;
    }
    let ends_value = |rest: &str| {
        let rest = rest.trim_start();
        rest.starts_with(|c: char| c.is_ascii_digit() || "【[(（|".contains(c))
            || ["打印", "字体", "浏览", "阅读", "点击", "分享", "收藏", "大", "责任编辑"]
                .iter()
                .any(|word| rest.starts_with(word))
    };
    let cut = value.char_indices().find(|(at, c)| label::is_space(*c) && ends_value(&value[*at..]));
    cut.map_or(value, |(at, _)| value[..at].trim_end())
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
    let value = lines.iter().find(|line| squeeze(line).parse::<DocumentNumber>().is_ok())?;
    Some(Field {
        label: Label::DocumentNumber.as_str().to_owned(),
        value: (*value).to_owned(),
        place: "header".to_owned(),
    })
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
