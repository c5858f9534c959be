//! What stands right before and after a number and its unit: bounds, ordinals, ranks, signs.

use fazhi_model::{Precision, QuantityKind};
use rust_decimal::Decimal;

use super::number::Number;
use super::reading::Reading;
use super::unit::Unit;

const MARKS_BEFORE: &[(&str, Precision)] = &[
    ("不少于", Precision::AtLeast),
    ("不低于", Precision::AtLeast),
    ("不小于", Precision::AtLeast),
    ("至少", Precision::AtLeast),
    ("超过", Precision::AtLeast),
    ("突破", Precision::AtLeast),
    ("高于", Precision::AtLeast),
    ("逾", Precision::AtLeast),
    ("超", Precision::AtLeast),
    ("不超过", Precision::AtMost),
    ("不高于", Precision::AtMost),
    ("不多于", Precision::AtMost),
    ("不足", Precision::AtMost),
    ("不到", Precision::AtMost),
    ("至多", Precision::AtMost),
    ("最多", Precision::AtMost),
    ("低于", Precision::AtMost),
    ("将近", Precision::AtMost),
    ("接近", Precision::AtMost),
    ("近", Precision::AtMost),
    ("大约", Precision::About),
    ("约为", Precision::About),
    ("约", Precision::About),
];

/// Only before 百, 千, 万, 亿 without a number: 上万, 过亿元.
const MARKS_BEFORE_ONE: &[(&str, Precision)] =
    &[("上", Precision::AtLeast), ("过", Precision::AtLeast), ("破", Precision::AtLeast)];

const MARKS_AFTER: &[(&str, Precision)] = &[
    ("及以上", Precision::AtLeast),
    ("以上", Precision::AtLeast),
    ("有余", Precision::AtLeast),
    ("及以下", Precision::AtMost),
    ("以下", Precision::AtMost),
    ("以内", Precision::AtMost),
    ("之内", Precision::AtMost),
    ("左右", Precision::About),
    ("上下", Precision::About),
];

/// The approximation mark that ends at `start`, with its own start. It may not reach back over `floor`.
pub(super) fn mark_before(text: &Reading, start: usize, floor: usize, implied_one: bool) -> Option<(Precision, usize)> {
    let end = if text.before(start) == ' ' && start > 0 { start - 1 } else { start };
    let extra = if implied_one { MARKS_BEFORE_ONE } else { &[] };
    let (mark, precision) = MARKS_BEFORE
        .iter()
        .chain(extra)
        .filter(|(mark, _)| text.ends_with(end, mark))
        .max_by_key(|(mark, _)| mark.chars().count())?;
    let begin = end - mark.chars().count();
    let word = match *mark {
        "约" => "合契签节预公条违集简制解履租特盟誓邀民规",
        "近" => "附最临邻靠就相亲远贴新",
        "超" => "高赶",
        "低于" | "高于" | "超过" => "不",
        _ => "",
    };
    // 签约12个, 附近3个村: the mark is the end of a word.
    (begin >= floor && !word.contains(text.before(begin))).then_some((*precision, begin))
}

/// The approximation mark that begins at `end`, with its own end.
pub(super) fn mark_after(text: &Reading, end: usize) -> Option<(Precision, usize)> {
    // 两倍多, 三成余: the mark of a number, behind a unit that is part of it.
    if matches!(text.before(end), '倍' | '成') && matches!(text.at(end), '多' | '余') {
        return Some((Precision::AtLeast, end + 1));
    }
    MARKS_AFTER
        .iter()
        .find(|(mark, _)| text.starts_with(end, mark))
        .map(|(mark, precision)| (*precision, end + mark.chars().count()))
}

/// 第3, 第二十四, 二〇二三 after 第, the 5 of 第3-5条; the numeral of a session before 届.
pub(super) fn ordinal(text: &Reading, start: usize, end: usize) -> bool {
    let before = if text.before(start) == ' ' && start > 0 { start - 1 } else { start };
    text.before(before) == '第' || matches!(text.at(end), '届')
}

/// Where the list or range of an ordinal ends: 第3-5条, 第3、5条, 第三至五条.
pub(super) fn ordinals_end(text: &Reading, end: usize) -> usize {
    let mut end = end;
    while matches!(text.at(end), '-' | '~' | '、' | '至' | '到') {
        let numeral = |c: char| c.is_ascii_digit() || super::number::can_begin(c);
        let Some(next) = (end + 1..text.len()).find(|at| !numeral(text.at(*at))).filter(|next| *next > end + 1) else {
            break;
        };
        end = next;
    }
    end
}

/// Amount-like words that count nothing of the text's own: ranks, meeting numbers, benchmark sets.
pub(super) fn not_counted(text: &Reading, start: usize, unit: &Unit) -> bool {
    let previous = text.before(start);
    let rank = previous == '前'
        && matches!(unit.written.as_str(), "名" | "位" | "家" | "个")
        && text.before(start - 1) != '年';
    let listed = text.ends_with(start, "位列") || text.ends_with(start, "名列") || text.ends_with(start, "排名");
    let session = unit.written == "次"
        && text.one_of(unit.end, "会议|全会|全体会|代表大会|常务会").is_some()
        && matches!(previous, '届' | '大' | '协' | '会');
    let benchmark = unit.written == "项" && {
        let ahead = text.folded(unit.end..(unit.end + 8).min(text.len()));
        ahead.contains("示范") && ahead.contains("指标")
    };
    rank || listed || session || benchmark
}

/// A minus sign belongs to the number only where a rate or an amount of money is told: 增长-16.8%.
pub(super) fn minus(text: &Reading, start: usize, floor: usize, kind: QuantityKind) -> Option<usize> {
    let sign = start.checked_sub(1).filter(|at| matches!(text.at(*at), '-' | '负') && *at >= floor)?;
    let told = matches!(text.before(sign), '长' | '为' | '达' | '是' | ' ');
    (told && matches!(kind, QuantityKind::Rate | QuantityKind::Points | QuantityKind::Money)).then_some(sign)
}

/// 七成 is 70 %, 八折 is 80 %; 成立, 成功, 成果, 折算 are words.
pub(super) fn tenths(text: &Reading, place: usize, number: &Number) -> bool {
    let next = text.at(place + 1);
    let whole = number.value > Decimal::ZERO && !number.implied_one;
    match text.at(place) {
        '成' => whole && number.value <= Decimal::TEN && !"立功果员为效熟年长本交绩就品人语因型套了".contains(next),
        '折' => whole && number.value < Decimal::ONE_HUNDRED && !matches!(next, '合' | '算' | '叠' | '旧' | '子'),
        _ => false,
    }
}

/// 6.9亿重整资金: money is named without 元 where the next words, or the last ones, say so.
pub(super) fn money_without_unit(text: &Reading, start: usize, number: &Number) -> bool {
    if number.multiplier < Decimal::from(10_000) {
        return false;
    }
    let words = [
        "资金",
        "贷款",
        "投资",
        "补贴",
        "债券",
        "款项",
        "补助",
        "金额",
        "产值",
        "罚款",
        "融资",
        "经费",
        "奖金",
        "救助金",
        "补偿金",
        "赔偿金",
        "罚没款",
    ];
    let ahead = text.folded(number.end..(number.end + 6).min(text.len()));
    let behind = text.folded(start.saturating_sub(6)..start);
    let ends_clause = matches!(text.at(number.end), ',' | '。' | ';' | '、' | '\n' | '\0');
    words.iter().any(|word| ahead.contains(word)) || (ends_clause && words.iter().any(|word| behind.contains(word)))
}
