//! 索引号 of the government information catalogue.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 索引号 as published, with spaces taken out and full-width characters made half-width.
///
/// The guideline of 2009 (政府信息公开目录系统实施指引) fixes 20 characters, `GB 11714 code/year-serial`, but
/// portals extend it at will, so that the text is kept and nothing is rejected for its scheme.
///
/// ```
/// use fazhi_model::IndexNumber;
/// let number: IndexNumber = "１３５６２４３４ / 2024-00265".parse().unwrap();
/// assert_eq!(number.to_string(), "13562434/2024-00265");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IndexNumber(String);

/// Text that cannot be an index number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an index number: it needs digits and at most 64 letters, digits, `/`, `-`, `_` or `.`")]
pub struct IndexNumberError(String);

impl IndexNumber {
    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IndexNumber {
    type Err = IndexNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let normal: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').map(half_width).collect();
        let allowed = |c: char| c.is_alphanumeric() || "/-_.".contains(c);
        let plausible = normal.len() <= 64 && normal.chars().all(allowed) && normal.chars().any(|c| c.is_ascii_digit());
        if plausible { Ok(Self(normal)) } else { Err(IndexNumberError(text.to_owned())) }
    }
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).expect("full-width forms mirror ASCII"),
        '\u{2010}'..='\u{2015}' => '-',
        _ => c,
    }
}

impl fmt::Display for IndexNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for IndexNumber {
    type Error = IndexNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IndexNumber> for String {
    fn from(number: IndexNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_kept_as_published() {
        for text in
            ["000014349/2017-00110", "11440115MB2D065126/2020-00071", "1495410037/gyz1/2022-00021", "xx-xx-2023-001"]
        {
            assert_eq!(text.parse::<IndexNumber>().map(|n| n.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn labels_and_sentences_are_refused() {
        for text in ["", "无", "索引号：", "关于2023年", "a,b 1"] {
            let parsed = text.parse::<IndexNumber>();
            assert!(parsed.is_err() || !parsed.unwrap().as_str().contains('：'), "{text}");
        }
    }
}
