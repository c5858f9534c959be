//! 发文字号 of GB/T 9704—2012.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 发文字号 in canonical form, e.g. `国办发〔2024〕12号`.
///
/// On input all the brackets seen in the wild are accepted, spaces and a leading `第` are dropped and
/// zeros before the serial are stripped.
///
/// ```
/// use fazhi_model::DocumentNumber;
/// let number: DocumentNumber = "浙政干[2019] 049 号".parse().unwrap();
/// assert_eq!(number.to_string(), "浙政干〔2019〕49号");
/// assert!("（2023）京01行初1号".parse::<DocumentNumber>().is_err()); // a court case
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNumber {
    prefix: String,
    year: u16,
    serial: u32,
}

impl DocumentNumber {
    /// 机关代字, e.g. `国办发`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The year between the brackets.
    pub fn year(&self) -> u16 {
        self.year
    }
}

/// Text that is no 发文字号.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a document number such as `国办发〔2024〕12号`")]
pub struct DocumentNumberError(String);

const OPENING: &str = "〔[［(（【﹝<〈";
const CLOSING: &str = "〕]］)）】﹞>〉";

impl FromStr for DocumentNumber {
    type Err = DocumentNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| DocumentNumberError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<DocumentNumber> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).map(half_width_digit).collect();
    let open = text.find(|c| OPENING.contains(c))?;
    let (prefix, rest) = text.split_at(open);
    let rest = rest.strip_prefix(|c| OPENING.contains(c))?;
    let close = rest.find(|c| CLOSING.contains(c))?;
    let (year, rest) = rest.split_at(close);
    let rest = rest.strip_prefix(|c| CLOSING.contains(c))?;
    let rest = rest.strip_prefix('第').unwrap_or(rest);
    let serial = rest.strip_suffix('号')?;
    let year: u16 = year.parse().ok().filter(|year| (1949..2100).contains(year))?;
    let digits_only = (1..=5).contains(&serial.len()) && serial.bytes().all(|b| b.is_ascii_digit());
    let prefix_ok =
        (1..=20).contains(&prefix.chars().count()) && prefix.chars().all(|c| is_han(c) || c.is_ascii_alphabetic());
    if !digits_only || !prefix_ok {
        return None;
    }
    Some(DocumentNumber { prefix: prefix.to_owned(), year, serial: serial.parse().ok()? })
}

fn half_width_digit(c: char) -> char {
    match c {
        '０'..='９' => char::from(b'0' + u8::try_from(c as u32 - '０' as u32).expect("ten digits")),
        _ => c,
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕{}号", self.prefix, self.year, self.serial)
    }
}

impl TryFrom<String> for DocumentNumber {
    type Error = DocumentNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DocumentNumber> for String {
    fn from(number: DocumentNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(text.parse::<DocumentNumber>().map(|n| n.to_string()), Ok(expected.to_owned()));
    }

    #[test]
    fn bracket_variants_become_six_angle_brackets() {
        for text in [
            "国办发[2024]12号",
            "国办发（2024）12号",
            "国办发【2024】第12号",
            "国办发﹝２０２４﹞ 012 号",
            "国办发〔2024)12号",
        ] {
            check(text, "国办发〔2024〕12号");
        }
    }

    #[test]
    fn what_is_no_document_number_is_refused() {
        for text in ["(2023)京01行初1号", "冀ICP备05003049号", "国办发20242号", "国办发〔2024〕号", ""]
        {
            assert!(text.parse::<DocumentNumber>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_reads_back(prefix in "[政办发司]{1,6}", year in 1949_u16..2099, serial in 1_u32..99_999) {
            let number = DocumentNumber { prefix, year, serial };
            prop_assert_eq!(number.to_string().parse::<DocumentNumber>(), Ok(number));
        }
    }
}
