//! When a Chinese numeral counts something. 两次 and 十二名 do; 三项制度, 四个意识, 一批 and 二期工程 do not.

use super::number::Number;
use super::reading::Reading;
use super::unit::Unit;
use fazhi_model::QuantityKind;
use rust_decimal::Decimal;

/// Counters that names and slogans use as well: 三项制度, 两个维护, 四类场所.
const SHARED_WITH_NAMES: &str = "个|项|类|种|条|期|部|面|头|张|组|块|对|节|批|位|本|款|所|座";
/// Nouns that are counted with 个 rather than praised with it.
const BODIES: &str =
    "乡|镇|街道|村|社区|县|区|市|部门|单位|小组|片区|小区|园区|工作组|司法所|窗口|站|中心|基地|团队|专班|案件";

pub(super) fn counts(text: &Reading, start: usize, number: &Number, unit: &Unit) -> bool {
    if number.implied_one {
        return true; // 近千名: the caller asks for its mark
    }
    if text.at(start) == '一' && number.end == start + 1 && unit.kind == QuantityKind::Measure {
        return false; // 最后一公里
    }
    if matches!(unit.kind, QuantityKind::Rate | QuantityKind::Money | QuantityKind::Points | QuantityKind::Measure) {
        return !number.value.is_zero();
    }
    if unit.kind == QuantityKind::Multiple || number.max.is_some() {
        return true; // 增长一倍, 三到五个: no name is a range
    }
    if number.value.is_zero() {
        return false; // 零次, 零投诉: slogans
    }
    if unit.written == "字" && number.value < Decimal::ONE_HUNDRED {
        return false; // 红十字会, 十字路口
    }
    if number.bound.is_some() || number.value >= Decimal::from(20) {
        return true;
    }
    let ends_clause = ends_clause(text, unit.end);
    match text.at(start) {
        '一' if number.end == start + 1 => return ends_clause && one_counts(text, start, unit),
        // 二 alone is an ordinal (二次供水, 二期, 二类); counting uses 两.
        '二' if number.end == start + 1 => return false,
        _ => {}
    }
    if number.value >= Decimal::TEN && unit.written != "项" {
        return true;
    }
    if !SHARED_WITH_NAMES.split('|').any(|counter| counter == unit.written) {
        return !name_follows(text, unit.end);
    }
    (ends_clause && text.before(start) != '、') || (unit.written == "个" && text.one_of(unit.end, BODIES).is_some())
}

/// 召开联席会议一次。 counts; 最多跑一次, 每年一次, 第一次 do not.
fn one_counts(text: &Reading, start: usize, unit: &Unit) -> bool {
    let counter = matches!(unit.written.as_str(), "次" | "场" | "期" | "件" | "起" | "例" | "名" | "家" | "处" | "部");
    let previous = text.before(start);
    let noun =
        !previous.is_ascii() && !"跑办第进某每这那另同任逐再又唯统下上多少不月年周季日天最只前头、,".contains(previous);
    counter && noun
}

/// 三家分晋 does not occur in reports; 两件套, 三人组, 四名工程 might.
fn name_follows(text: &Reading, end: usize) -> bool {
    matches!(text.at(end), '套' | '行' | '组' | '谈' | '化' | '式' | '制')
        && !text.starts_with(end, "行政")
        && !text.starts_with(end, "组织")
}

fn ends_clause(text: &Reading, end: usize) -> bool {
    matches!(text.at(text.skip_blanks(end)), ',' | '。' | ';' | '、' | '\n' | '\0' | '!' | ')')
}
