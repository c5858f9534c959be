//! `numeric` in PostgreSQL's binary form (`numeric_send`, `numeric_recv`): digits to the base of 10,000, counted from the point. The
//! library's goes through a type of 96 bits, which products of two columns pass.

use std::fmt::Write as _;

use bytes::Buf as _;

/// Signs, as the form has them.
const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
/// Groups of digits before the point at most: more than any decimal here has.
const MOST_GROUPS: i16 = 64;

/// The binary form of a number that is written out, as `-12.50`.
pub fn binary(text: &str) -> Vec<u8> {
    let (sign, digits) = text.strip_prefix('-').map_or((POSITIVE, text), |digits| (NEGATIVE, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let padded = format!("{}{whole}", "0".repeat(whole.len().next_multiple_of(4) - whole.len()));
    let behind = format!("{fraction}{}", "0".repeat(fraction.len().next_multiple_of(4) - fraction.len()));
    let groups: Vec<u16> = padded.as_bytes().chunks(4).chain(behind.as_bytes().chunks(4)).map(group).collect();
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let trailing = groups.iter().rev().take_while(|group| **group == 0).count();
    let kept = groups.get(leading..groups.len() - trailing.min(groups.len())).unwrap_or_default();
    let (weight, sign) = match kept {
        [] => (0, POSITIVE),
        _ => (i16::try_from(padded.len() / 4).unwrap_or(i16::MAX) - 1 - i16::try_from(leading).unwrap_or(0), sign),
    };
    let mut bytes = Vec::with_capacity(8 + 2 * kept.len());
    bytes.extend(u16::try_from(kept.len()).unwrap_or(0).to_be_bytes());
    bytes.extend(weight.to_be_bytes());
    bytes.extend(sign.to_be_bytes());
    bytes.extend(u16::try_from(fraction.len()).unwrap_or(0).to_be_bytes());
    bytes.extend(kept.iter().flat_map(|group| group.to_be_bytes()));
    bytes
}

fn group(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
}

/// A number in its binary form, written out; nothing if it is none (`NaN`, infinities) or too large.
pub fn text(mut bytes: &[u8]) -> Option<String> {
    let head =
        (bytes.try_get_u16().ok()?, bytes.try_get_i16().ok()?, bytes.try_get_u16().ok()?, bytes.try_get_u16().ok()?);
    let (count, weight, sign, scale) = head;
    let groups: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let is_whole = bytes.len() == 2 * usize::from(count) && groups.iter().all(|group| *group < 10_000);
    if !is_whole || !matches!(sign, POSITIVE | NEGATIVE) || !(-MOST_GROUPS..=MOST_GROUPS).contains(&weight) {
        return None;
    }
    // The group at a place, counted from the point: 0 is the one before it.
    let at =
        |place: i16| usize::try_from(weight - place).ok().and_then(|index| groups.get(index)).copied().unwrap_or(0);
    let scale = usize::from(scale);
    let written = |places: &mut dyn Iterator<Item = i16>| {
        places.fold(String::new(), |mut digits, place| {
            // A string takes whatever is written to it.
            let _ = write!(digits, "{:04}", at(place));
            digits
        })
    };
    let whole = written(&mut (0..=weight.max(0)).rev());
    let behind = written(&mut (1..=i16::try_from(scale.div_ceil(4)).ok()?).map(|place| -place));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if sign == NEGATIVE { "-" } else { "" };
    let fraction = &behind[..scale];
    Some(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    #[test]
    fn the_form_is_that_of_postgresql() {
        // What PostgreSQL's `numeric_send` gives.
        for (number, groups, weight, sign, scale) in [
            ("0", &[][..], 0, 0, 0),
            ("0.000", &[], 0, 0, 3),
            ("1", &[1], 0, 0, 0),
            ("10000", &[1], 1, 0, 0),
            ("-12.50", &[12, 5000], 0, 0x4000, 2),
            ("0.0001", &[1], -1, 0, 4),
            ("0.00001", &[1000], -2, 0, 5),
            ("123456789.125", &[1, 2345, 6789, 1250], 2, 0, 3),
        ] {
            let mut expected = Vec::new();
            expected.extend(u16::try_from(groups.len()).unwrap().to_be_bytes());
            expected.extend(i16::to_be_bytes(weight));
            expected.extend(u16::to_be_bytes(sign));
            expected.extend(u16::to_be_bytes(scale));
            expected.extend(groups.iter().flat_map(|group: &u16| group.to_be_bytes()));
            assert_eq!(binary(number), expected, "{number}");
            assert_eq!(text(&expected).unwrap(), number);
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        let number = binary("12.5");
        assert_eq!(text(&number[..number.len() - 1]), None);
        assert_eq!(text(&[]), None);
        assert_eq!(text(&[0, 0, 0, 0, 0xc0, 0, 0, 0]), None, "NaN");
        assert_eq!(text(&[0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff]), None, "a digit above 9999");
        assert_eq!(text(&[0, 1, 0x7f, 0xff, 0, 0, 0, 0, 0, 1]), None, "10,000 to the power of 32,767");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(number in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,38})?") {
            let read = text(&binary(&number)).unwrap();
            let is_zero = !number.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
            assert_eq!(read, if is_zero { number.trim_start_matches('-') } else { &number });
        }

        #[test]
        fn no_bytes_do_harm(bytes: Vec<u8>) {
            let _ = text(&bytes);
        }
    }
}
