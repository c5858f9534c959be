//! Codes of regions, townships and sites.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 行政区划代码 of GB/T 2260: six digits, two each for province, prefecture and county.
///
/// ```
/// use fazhi_model::RegionCode;
/// let code: RegionCode = "130828".parse().unwrap();
/// assert_eq!(code.province().to_string(), "130000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(u32);

impl RegionCode {
    /// The province, autonomous region or municipality this region lies in.
    #[must_use]
    pub fn province(self) -> Self {
        Self(self.0 / 10_000 * 10_000)
    }

    /// The prefecture this region lies in; a province is its own.
    #[must_use]
    pub fn prefecture(self) -> Self {
        Self(self.0 / 100 * 100)
    }
}

/// Text that is no region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a six-digit region code")]
pub struct RegionCodeError(String);

impl FromStr for RegionCode {
    type Err = RegionCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
        let code = text.parse().ok().filter(|code| digits && (110_000..=829_999).contains(code));
        code.map(Self).ok_or_else(|| RegionCodeError(text.to_owned()))
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl TryFrom<String> for RegionCode {
    type Error = RegionCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.to_string()
    }
}

/// Code of a township, town or subdistrict in the statistical lists: the six digits of its county and three of its own.
///
/// ```
/// let code: fazhi_model::TownshipCode = "110115006".parse().unwrap();
/// assert_eq!(code.county().to_string(), "110115");
/// assert_eq!(&*code, "110115006");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TownshipCode([u8; 9]);

impl TownshipCode {
    /// The township of this number (below 1000) in a county.
    pub fn new(county: RegionCode, number: u16) -> Option<Self> {
        format!("{county}{number:03}").parse().ok()
    }

    /// The county it is listed under; a city without counties stands for one.
    #[must_use]
    pub fn county(self) -> RegionCode {
        RegionCode(self.0[..6].iter().fold(0, |code, digit| code * 10 + u32::from(digit - b'0')))
    }

    /// The nine digits.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Text that is no township code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a nine-digit township code")]
pub struct TownshipCodeError(String);

impl FromStr for TownshipCode {
    type Err = TownshipCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let county: Option<RegionCode> = text.get(..6).and_then(|county| county.parse().ok());
        let digits: Option<[u8; 9]> = text.as_bytes().try_into().ok();
        let code = digits.filter(|digits| county.is_some() && digits.iter().all(u8::is_ascii_digit));
        code.map(Self).ok_or_else(|| TownshipCodeError(text.to_owned()))
    }
}

/// The digits as text, so that an optional code lends itself as an optional text.
impl std::ops::Deref for TownshipCode {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for TownshipCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for TownshipCode {
    type Error = TownshipCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TownshipCode> for String {
    fn from(code: TownshipCode) -> Self {
        code.to_string()
    }
}

/// 网站标识码 of a government site: ten digits, of which the first six are the region code.
/// (Ministries use `bm` and eight digits; they have no region.)
///
/// ```
/// let code: fazhi_model::SiteIdCode = "1304000009".parse().unwrap();
/// assert_eq!(code.region().unwrap().to_string(), "130400");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SiteIdCode(String);

impl SiteIdCode {
    /// The region of the site's owner.
    pub fn region(&self) -> Option<RegionCode> {
        self.0.get(..6)?.parse().ok()
    }
}

/// Text that is no site id code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a site id code of ten digits or `bm` and eight digits")]
pub struct SiteIdCodeError(String);

impl FromStr for SiteIdCode {
    type Err = SiteIdCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = text.strip_prefix("bm").or_else(|| text.strip_prefix("BM")).map_or((text, 10), |rest| (rest, 8));
        let well_formed = digits.0.len() == digits.1 && digits.0.bytes().all(|b| b.is_ascii_digit());
        if well_formed { Ok(Self(text.to_owned())) } else { Err(SiteIdCodeError(text.to_owned())) }
    }
}

impl fmt::Display for SiteIdCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn township_codes_have_nine_digits() {
        for refused in ["", "110115", "1101150061", "11011500a", "010115006", "１１０"] {
            assert!(refused.parse::<TownshipCode>().is_err(), "{refused}");
        }
        let county: RegionCode = "441900".parse().unwrap();
        let code = TownshipCode::new(county, 3).unwrap();
        assert_eq!((code.as_str(), code.county()), ("441900003", county));
        assert_eq!(TownshipCode::new(county, 1000), None);
    }

    #[test]
    fn township_codes_go_through_text() {
        let code: TownshipCode = "110115006".parse().unwrap();
        assert_eq!(TownshipCode::try_from(String::from(code)).unwrap(), code);
        assert_eq!(Some(code).as_deref(), Some("110115006"));
    }
}
