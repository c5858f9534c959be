//! Chinese numerals in every register: 十二, 两千三, 廿五, 壹佰, and approximate ones like 三四十.

/// The value of a numeral as (low, high): they differ for 三四十 and 十七八万.
pub(super) fn numeral(written: &[char]) -> Option<(u64, u64)> {
    let only_digits = written.iter().all(|c| digit(*c).is_some());
    if only_digits && written.len() > 2 {
        return None; // 二〇二三, 一二三四五: read figure by figure
    }
    let (mut low, mut high) = (Vec::new(), Vec::new());
    let mut at = 0;
    let mut pairs = 0;
    while at < written.len() {
        let pair = (digit(written[at]), written.get(at + 1).and_then(|c| digit(*c)));
        match pair {
            (Some(first), Some(second)) if first > 0 && (second == first + 1 || (first, second) == (3, 5)) => {
                low.push(written[at]);
                high.push(written[at + 1]);
                pairs += 1;
                at += 2;
            }
            _ => {
                low.push(written[at]);
                high.push(written[at]);
                at += 1;
            }
        }
    }
    if pairs > 1 {
        return None;
    }
    Some((evaluate(&low)?, evaluate(&high)?))
}

/// A plain numeral. 两千三 is 2300, 两千零三 is 2003.
fn evaluate(written: &[char]) -> Option<u64> {
    let (mut total, mut section, mut pending): (u64, u64, Option<u64>) = (0, 0, None);
    let (mut smallest, mut large) = (u64::MAX, u64::MAX);
    let mut trailing_unit = 1;
    for (at, c) in written.iter().enumerate() {
        if let Some(value) = digit(*c) {
            if pending.is_some() {
                return None;
            }
            if value == 0 {
                trailing_unit = 1;
                if at == 0 && written.len() > 1 {
                    return None;
                }
            } else {
                pending = Some(value);
            }
            continue;
        }
        let size = unit(*c)?;
        if size >= 10_000 {
            let below = section + pending.take().unwrap_or(0);
            let below = if below == 0 && at == 0 { 1 } else { below };
            if size == 100_000_000 {
                total = (total + below).checked_mul(size)?;
            } else {
                if below == 0 || size >= large {
                    return None;
                }
                total += below * size;
            }
            large = size;
            section = 0;
            smallest = u64::MAX;
        } else {
            let count = pending.take().or((size == 10 || at == 0).then_some(1))?;
            if size >= smallest && size != 20 && size != 30 {
                return None;
            }
            section += count * size;
            smallest = size;
        }
        trailing_unit = size;
    }
    let last = pending.map_or(0, |d| if trailing_unit >= 100 { d * trailing_unit / 10 } else { d });
    total.checked_add(section)?.checked_add(last)
}

pub(super) fn is_han(c: char) -> bool {
    digit(c).is_some() || unit(c).is_some()
}

/// The characters of cheques, which stand in other words as well: 队伍, 陆地, 收拾.
pub(super) fn is_formal(c: char) -> bool {
    "壹贰叁肆伍陆柒捌玖拾佰仟".contains(c)
}

pub(super) fn digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' | '○' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

pub(super) fn unit(c: char) -> Option<u64> {
    Some(match c {
        '十' | '拾' => 10,
        '廿' => 20,
        '卅' => 30,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}
