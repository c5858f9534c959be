//! 组织机构代码 of GB 11714.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 组织机构代码: eight digits or letters and the check character computed from them. Printed without the hyphen.
///
/// ```
/// use fazhi_model::OrganisationCode;
/// let code: OrganisationCode = "00001434-9".parse().unwrap();
/// assert_eq!(code.to_string(), "000014349");
/// assert!("000014348".parse::<OrganisationCode>().is_err()); // another check character
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationCode(String);

/// Text that is no organisation code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrganisationCodeError {
    /// Not eight digits or letters and a check character.
    #[error("`{0}` is not an organisation code of eight digits or letters and a check character")]
    Shape(String),
    /// All but the check character is in order.
    #[error("the check character of organisation code `{code}` is not `{expected}`")]
    Check {
        /// The code as stated.
        code: String,
        /// The check character that belongs to it.
        expected: char,
    },
}

impl OrganisationCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrganisationCode {
    type Err = OrganisationCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (body, check) = split(text).ok_or_else(|| OrganisationCodeError::Shape(text.to_owned()))?;
        let body = body.to_ascii_uppercase();
        let expected = check_character(&body).ok_or_else(|| OrganisationCodeError::Shape(text.to_owned()))?;
        if check.to_ascii_uppercase() == expected {
            Ok(Self(format!("{body}{expected}")))
        } else {
            Err(OrganisationCodeError::Check { code: text.to_owned(), expected })
        }
    }
}

/// Body and check character; only digits and X can be one.
fn split(text: &str) -> Option<(&str, char)> {
    let (body, check) = text.split_at_checked(8)?;
    let mut rest = check.strip_prefix('-').unwrap_or(check).chars();
    let check = rest.next().filter(|c| c.is_ascii_digit() || matches!(c, 'X' | 'x'))?;
    rest.next().is_none().then_some((body, check))
}

/// The check character over eight digits or upper-case letters, which count from 10.
fn check_character(body: &str) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (c, weight) in body.chars().zip(WEIGHTS) {
        sum += c.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OrganisationCode {
    type Error = OrganisationCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OrganisationCode> for String {
    fn from(code: OrganisationCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn check_characters_of_the_standard() {
        for (text, expected) in [
            ("000014349", "000014349"),
            ("D2143569-X", "D2143569X"),
            ("mb2d0651-2", "MB2D06512"),
            ("000000000", "000000000"),
        ] {
            assert_eq!(text.parse::<OrganisationCode>().map(String::from), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn a_wrong_check_character_is_told_from_a_wrong_shape() {
        let wrong = OrganisationCodeError::Check { code: "000014348".to_owned(), expected: '9' };
        assert_eq!("000014348".parse::<OrganisationCode>(), Err(wrong));
        for text in ["", "13562434", "13562434A", "1356243-49", "000014349X", "00001434--9", "組織機構代碼碼碼碼"]
        {
            assert_eq!(text.parse::<OrganisationCode>(), Err(OrganisationCodeError::Shape(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn one_check_character_belongs_to_every_body(body in "[0-9A-Z]{8}") {
            let valid: Vec<OrganisationCode> =
                "0123456789X".chars().filter_map(|check| format!("{body}{check}").parse().ok()).collect();
            prop_assert_eq!(valid.len(), 1);
            prop_assert_eq!(&valid[0].to_string().parse::<OrganisationCode>(), &Ok(valid[0].clone()));
        }

        #[test]
        fn any_text_is_a_code_or_an_error(text in "\\PC{0,12}") {
            let _ = text.parse::<OrganisationCode>();
        }
    }
}
