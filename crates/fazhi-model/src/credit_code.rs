//! 统一社会信用代码 of GB 32100—2015.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{OrganisationCode, RegionCode};

/// 统一社会信用代码: eighteen characters, of which 3 to 8 are the region of registration, 9 to 17 the organisation code,
/// and the last is computed from the others.
///
/// ```
/// use fazhi_model::CreditCode;
/// let code: CreditCode = "11440115MB2D065126".parse().unwrap();
/// assert_eq!(code.region().unwrap().to_string(), "440115");
/// assert_eq!(code.organisation().unwrap().to_string(), "MB2D06512");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreditCode(String);

/// Text that is no social credit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not eighteen characters of the standard's alphabet.
    #[error("`{0}` is not a social credit code of eighteen digits and letters")]
    Shape(String),
    /// All but the check character is in order.
    #[error("the check character of social credit code `{code}` is not `{expected}`")]
    Check {
        /// The code as stated.
        code: String,
        /// The check character that belongs to it.
        expected: char,
    },
}

/// Digits and letters without I, O, S, V and Z, which look like others; their places are their values.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

impl CreditCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region of registration; none where the digits are no region code (national bodies have `100000`).
    pub fn region(&self) -> Option<RegionCode> {
        region_of(&self.0)
    }

    /// The organisation code inside; none where its own check character is wrong.
    pub fn organisation(&self) -> Option<OrganisationCode> {
        self.0.get(8..17)?.parse().ok()
    }
}

/// The third to eighth character of a credit code, whole or cut short.
pub(crate) fn region_of(code: &str) -> Option<RegionCode> {
    code.get(2..8)?.parse().ok()
}

/// Whether all characters are of the standard's alphabet.
pub(crate) fn is_spelled(code: &str) -> bool {
    code.chars().all(|c| value(c).is_some())
}

impl FromStr for CreditCode {
    type Err = CreditCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = text.to_ascii_uppercase();
        let shape = || CreditCodeError::Shape(text.to_owned());
        let check = if code.len() == 18 { code.chars().next_back() } else { None };
        let check = check.filter(|_| is_spelled(&code)).ok_or_else(shape)?;
        let expected = check_character(&code).ok_or_else(shape)?;
        if check == expected { Ok(Self(code)) } else { Err(CreditCodeError::Check { code: text.to_owned(), expected }) }
    }
}

/// The check character over the first seventeen characters.
fn check_character(code: &str) -> Option<char> {
    /// Powers of 3 modulo 31.
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let mut sum = 0;
    for (c, weight) in code.chars().zip(WEIGHTS) {
        sum += value(c)? * weight;
    }
    ALPHABET.chars().nth((31 - sum % 31) % 31)
}

fn value(c: char) -> Option<usize> {
    ALPHABET.chars().position(|letter| letter == c)
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CreditCode {
    type Error = CreditCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_in_use_and_their_parts() {
        for (text, region, organisation) in [
            ("11440115MB2D065126", "440115", "MB2D06512"),
            ("11620300013909010R", "620300", "013909010"),
            ("11440115mb2d065126", "440115", "MB2D06512"),
        ] {
            let code: CreditCode = text.parse().unwrap();
            assert_eq!(code.as_str(), text.to_ascii_uppercase());
            assert_eq!(code.region().unwrap().to_string(), region);
            assert_eq!(code.organisation().unwrap().to_string(), organisation);
        }
    }

    #[test]
    fn a_wrong_check_character_is_told_from_a_wrong_shape() {
        let wrong = CreditCodeError::Check { code: "11440115MB2D065127".to_owned(), expected: '6' };
        assert_eq!("11440115MB2D065127".parse::<CreditCode>(), Err(wrong));
        for text in ["", "11440115MB2D06512", "11440115MB2D0651260", "1144O115MB2D065126", "统一社会信用"] {
            assert_eq!(text.parse::<CreditCode>(), Err(CreditCodeError::Shape(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn one_check_character_belongs_to_every_code(front in "[0-9A-HJ-NPQRTUWXY]{17}") {
            let valid: Vec<CreditCode> =
                ALPHABET.chars().filter_map(|check| format!("{front}{check}").parse().ok()).collect();
            prop_assert_eq!(valid.len(), 1);
            prop_assert_eq!(&valid[0].to_string().parse::<CreditCode>(), &Ok(valid[0].clone()));
        }

        #[test]
        fn any_text_is_a_code_or_an_error(text in "\\PC{0,20}") {
            let _ = text.parse::<CreditCode>().map(|code| (code.region(), code.organisation()));
        }
    }
}
