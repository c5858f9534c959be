//! 索引号 of the government information catalogue.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::credit_code::{self, CreditCode, CreditCodeError};
use crate::names::named_enum;
use crate::organisation_code::{OrganisationCode, OrganisationCodeError};
use crate::region::RegionCode;
use crate::width::narrow;

/// 索引号 as published, with spaces taken out and full-width characters made half-width.
///
/// The guideline of 2009 (政府信息公开目录系统实施指引) fixes 20 characters, `GB 11714 code/year-serial`, but
/// portals extend it at will, so that the text is kept and nothing is rejected for its scheme. What the schemes in use
/// say can be asked for. The front code is no key of the publisher: many systems ship with one that all bureaus share.
///
/// ```
/// use fazhi_model::{IndexNumber, IndexScheme};
/// let number: IndexNumber = "１１４４０１１５MB2D065126 / 2020-00071".parse().unwrap();
/// assert_eq!(number.to_string(), "11440115MB2D065126/2020-00071");
/// assert_eq!(number.scheme(), IndexScheme::CreditCode);
/// assert_eq!(number.year(), Some(2020));
/// assert_eq!(number.region().unwrap().to_string(), "440115");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IndexNumber(String);

/// Text that cannot be an index number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an index number: it needs digits and at most 64 letters, digits, `/`, `-`, `_` or `.`")]
pub struct IndexNumberError(String);

named_enum! {
    /// How an index number is made up.
    pub enum IndexScheme {
        /// Organisation code, year and serial: the guideline of 2009.
        Organisation = "organisation",
        /// The same with a wrong check character.
        OrganisationBadCheck = "organisation_bad_check",
        /// The body of an organisation code without its check character.
        OrganisationBody = "organisation_body",
        /// Social credit code, year and serial.
        CreditCode = "credit_code",
        /// The same with a wrong check character.
        CreditCodeBadCheck = "credit_code_bad_check",
        /// The beginning of a social credit code.
        CreditCodeCut = "credit_code_cut",
        /// Region code and `0000`.
        Region = "region",
        /// A short name of the unit between front code and year.
        Alias = "alias",
        /// Groups between hyphens.
        HyphenGroups = "hyphen_groups",
        /// Anything else.
        Other = "other",
    }
}

named_enum! {
    /// What a check character says of the code before it.
    pub enum Check {
        /// It belongs to the code.
        Valid = "valid",
        /// It belongs to another code.
        Invalid = "invalid",
        /// There is none.
        Absent = "absent",
    }
}

impl IndexNumber {
    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How the number is made up.
    pub fn scheme(&self) -> IndexScheme {
        match self.parts() {
            None => IndexScheme::Other,
            Some(Parts { layout: Layout::Hyphens, .. }) => IndexScheme::HyphenGroups,
            Some(Parts { layout: Layout::Alias, .. }) => IndexScheme::Alias,
            Some(Parts { layout: Layout::Plain, front, .. }) => match Front::of(front) {
                Front::Organisation(Check::Invalid) => IndexScheme::OrganisationBadCheck,
                Front::Organisation(_) => IndexScheme::Organisation,
                Front::OrganisationBody => IndexScheme::OrganisationBody,
                Front::CreditCode(Check::Invalid) => IndexScheme::CreditCodeBadCheck,
                Front::CreditCode(_) => IndexScheme::CreditCode,
                Front::CreditCodeCut(_) => IndexScheme::CreditCodeCut,
                Front::Region(_) => IndexScheme::Region,
                Front::Local => IndexScheme::Other,
            },
        }
    }

    /// 前段码: what stands before the year, without an alias.
    pub fn front(&self) -> Option<&str> {
        self.parts().map(|parts| parts.front)
    }

    /// The year of posting, normally the one after the year reported on.
    pub fn year(&self) -> Option<u16> {
        self.parts()?.year
    }

    /// The serial within the year, zeros in front included.
    pub fn serial(&self) -> Option<&str> {
        self.parts().map(|parts| parts.serial)
    }

    /// What the check character of the front code says.
    pub fn check(&self) -> Check {
        match self.front_code() {
            Front::Organisation(check) | Front::CreditCode(check) => check,
            _ => Check::Absent,
        }
    }

    /// The region that the front code names. A code may be the default of a system, so that it needs a second witness.
    pub fn region(&self) -> Option<RegionCode> {
        match self.front_code() {
            Front::CreditCode(_) => credit_code::region_of(self.front()?),
            Front::CreditCodeCut(region) | Front::Region(region) => Some(region),
            Front::Organisation(_) | Front::OrganisationBody | Front::Local => None,
        }
    }

    fn front_code(&self) -> Front {
        match self.parts() {
            Some(Parts { layout: Layout::Plain | Layout::Alias, front, .. }) => Front::of(front),
            _ => Front::Local,
        }
    }

    fn parts(&self) -> Option<Parts<'_>> {
        let mut segments = self.0.split('/');
        let (front, second, third) = (segments.next()?, segments.next(), segments.next());
        let (layout, back) = match (second, third, segments.next()) {
            (None, ..) => return hyphen_groups(front),
            (Some(back), None, _) => (Layout::Plain, back),
            (Some(alias), Some(back), None) if !alias.is_empty() => (Layout::Alias, back),
            _ => return None,
        };
        let (year, serial) = back.split_once('-')?;
        let year = Some(year_of(year)?);
        let ends_well = (1..=8).contains(&serial.len()) && is_digits(serial);
        (ends_well && !front.is_empty()).then_some(Parts { layout, front, year, serial })
    }
}

/// An index number taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts<'a> {
    layout: Layout,
    front: &'a str,
    year: Option<u16>,
    serial: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `front/year-serial`
    Plain,
    /// `front/alias/year-serial`
    Alias,
    /// `group-group-…-serial`
    Hyphens,
}

/// What a front code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    Organisation(Check),
    OrganisationBody,
    CreditCode(Check),
    CreditCodeCut(RegionCode),
    Region(RegionCode),
    Local,
}

impl Front {
    fn of(front: &str) -> Self {
        match (front.parse::<CreditCode>(), front.parse::<OrganisationCode>()) {
            (Ok(_), _) => Self::CreditCode(Check::Valid),
            (Err(CreditCodeError::Check { .. }), _) => Self::CreditCode(Check::Invalid),
            (_, Ok(_)) => Self::Organisation(Check::Valid),
            (_, Err(OrganisationCodeError::Check { .. })) => Self::Organisation(Check::Invalid),
            (_, Err(OrganisationCodeError::Shape(_))) => Self::without_check(front),
        }
    }

    fn without_check(front: &str) -> Self {
        let region = front.strip_suffix("0000").and_then(|region| region.parse().ok());
        if let Some(region) = region {
            return Self::Region(region);
        }
        if front.len() == 8 && is_digits(front) {
            return Self::OrganisationBody;
        }
        let is_cut = (12..=17).contains(&front.len()) && credit_code::is_spelled(&front.to_ascii_uppercase());
        let region = credit_code::region_of(front).filter(|_| is_cut);
        region.map_or(Self::Local, Self::CreditCodeCut)
    }
}

/// `xx-xx-2023-001`, `330200-010-02-01-20240129-0007`: the last group is the serial, the one before it may be a year or day.
fn hyphen_groups(text: &str) -> Option<Parts<'_>> {
    let (rest, serial) = text.rsplit_once('-')?;
    let (before, year_or_day) = rest.rsplit_once('-')?;
    let year = match year_or_day.len() {
        4 => year_of(year_or_day),
        8 if is_digits(year_or_day) => year_of(&year_or_day[..4]),
        _ => None,
    };
    let front = if year.is_some() { before } else { rest };
    let complete = is_digits(serial) && front.split('-').all(|group| !group.is_empty());
    complete.then_some(Parts { layout: Layout::Hyphens, front, year, serial })
}

fn year_of(text: &str) -> Option<u16> {
    let year = text.parse().ok().filter(|_| text.len() == 4 && is_digits(text))?;
    (1949..2100).contains(&year).then_some(year)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl FromStr for IndexNumber {
    type Err = IndexNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let normal = narrow(text);
        let allowed = |c: char| c.is_alphanumeric() || "/-_.".contains(c);
        let plausible = normal.len() <= 64 && normal.chars().all(allowed) && normal.chars().any(|c| c.is_ascii_digit());
        if plausible { Ok(Self(normal)) } else { Err(IndexNumberError(text.to_owned())) }
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
    use proptest::prelude::*;

    use super::*;

    /// Scheme, front, year, serial, check and region, `-` for what is not there.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let number: IndexNumber = text.parse().unwrap();
        let or_dash = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
        let seen = [
            number.scheme().to_string(),
            or_dash(number.front().map(str::to_owned)),
            or_dash(number.year().map(|year| year.to_string())),
            or_dash(number.serial().map(str::to_owned)),
            number.check().to_string(),
            or_dash(number.region().map(|region| region.to_string())),
        ];
        assert_eq!(seen.join(" "), expected, "{text}");
        assert_eq!(number.as_str(), text);
    }

    #[test]
    fn organisation_codes() {
        check("000014349/2017-00110", "organisation 000014349 2017 00110 valid -");
        check("00001434-9/2017-00110", "organisation 00001434-9 2017 00110 valid -");
        check("000014348/2020-35428", "organisation_bad_check 000014348 2020 35428 invalid -");
        check("13562434/2024-00265", "organisation_body 13562434 2024 00265 absent -");
    }

    #[test]
    fn social_credit_codes() {
        check("11440115MB2D065126/2020-00071", "credit_code 11440115MB2D065126 2020 00071 valid 440115");
        check("11620300013909010R/2025-48086", "credit_code 11620300013909010R 2025 48086 valid 620300");
        check("11440115mb2d065126/2020-0071", "credit_code 11440115mb2d065126 2020 0071 valid 440115");
        check("11440115MB2D065127/2020-00071", "credit_code_bad_check 11440115MB2D065127 2020 00071 invalid 440115");
        check("11370000004501/2023-00012", "credit_code_cut 11370000004501 2023 00012 absent 370000");
        check("11440115MB2D06512/2023-00012", "credit_code_cut 11440115MB2D06512 2023 00012 absent 440115");
    }

    #[test]
    fn schemes_of_systems_and_places() {
        check("6107280000/2024-001005", "region 6107280000 2024 001005 absent 610728");
        check("1495410037/gyz1/2022-00021", "alias 1495410037 2022 00021 absent -");
        check("11440115MB2D065126/nsq/2020-00071", "alias 11440115MB2D065126 2020 00071 valid 440115");
        check("000014348/jyj/2020-00071", "alias 000014348 2020 00071 invalid -");
        check("xx-xx-2023-001", "hyphen_groups xx-xx 2023 001 absent -");
        check("330200-010-02-01-20240129-0007", "hyphen_groups 330200-010-02-01 2024 0007 absent -");
        check("A01-2-0007", "hyphen_groups A01-2 - 0007 absent -");
    }

    #[test]
    fn what_has_no_known_scheme_is_kept_all_the_same() {
        check("1495410037/2022-00021", "other 1495410037 2022 00021 absent -");
        check("119999990045/2022-00021", "other 119999990045 2022 00021 absent -");
        for text in [
            "2023",
            "2023-00012",
            "000014349/20170011",
            "000014349/2017-",
            "/2017-00110",
            "1/2/3/2017-1",
            "a--1",
            "13562434/9999-00265",
        ] {
            check(text, "other - - - absent -");
        }
    }

    #[test]
    fn one_text_for_all_widths() {
        for text in [
            "１３５６２４３４ / 2024-00265",
            "13562434／2024－00265",
            " 13562434/2024—00265\u{a0}",
            "\u{feff}13562434∕2024−00265",
        ] {
            assert_eq!(text.parse::<IndexNumber>().unwrap().as_str(), "13562434/2024-00265");
        }
    }

    #[test]
    fn labels_and_sentences_are_refused() {
        for text in ["", "无", "索引号：", "索引号：1/2024-1", "关于《2023年》的", "a,b 1"] {
            assert!(text.parse::<IndexNumber>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_an_error(text in "[\\PC/0-9-]{0,40}") {
            if let Ok(number) = text.parse::<IndexNumber>() {
                let _ = (number.scheme(), number.check(), number.region(), number.year());
                prop_assert_eq!(number.as_str().parse(), Ok(number.clone()));
                for part in [number.front(), number.serial()].into_iter().flatten() {
                    prop_assert!(number.as_str().contains(part));
                }
            }
        }
    }
}
