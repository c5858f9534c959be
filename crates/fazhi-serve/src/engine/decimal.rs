//! Decimals of parameters, with all of their digits.

use arrow::datatypes::i256;
use datafusion::common::ScalarValue;

/// Digits of the largest decimal.
const MOST_DIGITS: usize = 76;

/// `-12.50` with all of its digits, or nothing if it is no such number or has too many. The scale is the text's own and not that of a
/// column, which could round it.
pub fn exact(text: &str) -> Option<ScalarValue> {
    let (sign, whole, fraction) = parts(text);
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_start_matches('0').len();
    let precision = significant.max(fraction.len()).max(1);
    let scale = i8::try_from(fraction.len()).ok()?;
    if precision <= 38 {
        let unscaled: i128 = format!("{sign}{all}").parse().ok()?;
        return Some(ScalarValue::Decimal128(Some(unscaled), u8::try_from(precision).ok()?, scale));
    }
    if precision > MOST_DIGITS {
        return None;
    }
    let unscaled = i256::from_string(&format!("{sign}{all}"))?;
    Some(ScalarValue::Decimal256(Some(unscaled), u8::try_from(precision).ok()?, scale))
}

/// The sign, and what stands before and behind the point.
fn parts(number: &str) -> (&'static str, &str, &str) {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    (sign, whole, fraction)
}

/// The same for `-1.25E+3`, as drivers write numbers that are large or small.
pub fn exact_or_scientific(text: &str) -> Option<ScalarValue> {
    let Some((number, exponent)) = text.split_once(['e', 'E']) else { return exact(text) };
    let exponent: i32 = exponent.parse().ok()?;
    let (sign, whole, fraction) = parts(number);
    let all = format!("{whole}{fraction}");
    if all.is_empty() {
        return None;
    }
    // How many of the digits stand before the point.
    let before = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let most = i32::try_from(MOST_DIGITS).ok()?;
    if !(-most..=most).contains(&before) {
        return None;
    }
    let shifted = match usize::try_from(before) {
        Err(_) => format!("0.{}{all}", "0".repeat(before.unsigned_abs() as usize)),
        Ok(before) if before >= all.len() => format!("{all}{}", "0".repeat(before - all.len())),
        Ok(before) => format!("{}.{}", all.get(..before)?, all.get(before..)?),
    };
    exact(&format!("{sign}{shifted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        for (text, expected) in [
            ("1", Some((1, 1, 0))),
            ("-12.50", Some((-1250, 4, 2))),
            ("+0.001", Some((1, 3, 3))),
            ("1E+3", Some((1000, 4, 0))),
            ("-1.25e2", Some((-125, 3, 0))),
            ("1.25E-2", Some((125, 4, 4))),
            ("12.5e1", Some((125, 3, 0))),
            ("12.34e1", Some((1234, 4, 1))),
            ("NaN", None),
            ("1e999999999", None),
            ("1e2147483648", None),
            ("1e", None),
            ("e5", None),
            ("", None),
            ("1.2.3", None),
            ("0x10", None),
        ] {
            let expected =
                expected.map(|(unscaled, precision, scale)| ScalarValue::Decimal128(Some(unscaled), precision, scale));
            assert_eq!(exact_or_scientific(text), expected, "{text}");
        }
    }
}
