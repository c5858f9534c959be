//! 发文字号 of GB/T 9704—2012, and the numbers of orders and announcements.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::named_enum;
use crate::width::narrow;

/// 发文字号 in canonical form, e.g. `国办发〔2024〕12号`.
///
/// On input all the brackets seen in the wild are accepted, spaces and a leading `第` are dropped and
/// zeros before the serial are stripped. Orders and announcements are also numbered without brackets.
///
/// ```
/// use fazhi_model::{DocumentNumber, DocumentNumberKind};
/// let number: DocumentNumber = "浙政干[2019] 049 号".parse().unwrap();
/// assert_eq!(number.to_string(), "浙政干〔2019〕49号");
/// let order: DocumentNumber = "商务部令 第055号".parse().unwrap();
/// assert_eq!((order.to_string().as_str(), order.kind()), ("商务部令第55号", DocumentNumberKind::Order));
/// assert!("（2023）京01行初1号".parse::<DocumentNumber>().is_err()); // a court case
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNumber {
    prefix: String,
    form: Form,
    serial: u32,
}

/// Where the year stands. Only orders and announcements have another form than brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    /// `国办发〔2024〕12号`
    Bracketed(u16),
    /// `国家税务总局公告2026年第19号`
    Spelled(u16),
    /// `商务部令第55号`: counted through all years.
    Yearless,
}

named_enum! {
    /// What kind of document a number belongs to.
    pub enum DocumentNumberKind {
        /// 发文字号 of a letter, notice or report.
        Letter = "letter",
        /// 令.
        Order = "order",
        /// 公告, 通告.
        Announcement = "announcement",
    }
}

impl DocumentNumber {
    /// 机关代字, e.g. `国办发`; of orders and announcements the issuer with that word, e.g. `商务部令`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The year; orders are often counted through all years.
    pub fn year(&self) -> Option<u16> {
        match self.form {
            Form::Bracketed(year) | Form::Spelled(year) => Some(year),
            Form::Yearless => None,
        }
    }

    /// The number within the year.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// The kind, told by the last word before the number.
    pub fn kind(&self) -> DocumentNumberKind {
        kind_of(&self.prefix)
    }

    /// The numbers of a header value in order; the first is the lead's where several bodies issue jointly. What does not
    /// read is left out, see [`DocumentNumber::each`].
    ///
    /// ```
    /// let numbers = fazhi_model::DocumentNumber::list("司发通〔2023〕1号 财行〔2023〕2号");
    /// assert_eq!(numbers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["司发通〔2023〕1号", "财行〔2023〕2号"]);
    /// ```
    pub fn list(text: &str) -> Vec<Self> {
        Self::each(text).filter_map(Result::ok).collect()
    }

    /// Every piece of a header value, read or refused. A piece ends behind its `号` or at a separator.
    pub fn each(text: &str) -> impl Iterator<Item = Result<Self, DocumentNumberError>> {
        text.split(['、', '，', ',', '；', ';', '\n', '\t', '|'])
            .flat_map(|part| part.split_inclusive('号'))
            .map(str::trim)
            .filter(|piece| !piece.is_empty())
            .map(str::parse)
    }
}

/// Text that is no 发文字号.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a document number such as `国办发〔2024〕12号`")]
pub struct DocumentNumberError(String);

impl DocumentNumberError {
    /// What was refused.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for DocumentNumber {
    type Err = DocumentNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        /// Nothing longer is a number, and lines of all kinds are tried.
        const LONGEST: usize = 300;
        let number = if text.len() <= LONGEST && text.contains(is_digit) { parse(&narrow(text)) } else { None };
        number.ok_or_else(|| DocumentNumberError(text.to_owned()))
    }
}

const OPENING: &str = "〔[(【<〈〖{﹝❲︹";
const CLOSING: &str = "〕])】>〉〗}﹞❳︺";

fn parse(text: &str) -> Option<DocumentNumber> {
    let number = bracketed(text).or_else(|| unbracketed(text))?;
    let names_issuer = !number.prefix.is_empty() && number.prefix.chars().all(is_letter);
    let own = !is_citation(&number.prefix) && !is_registration(&number.prefix);
    (names_issuer && own && number.serial > 0).then_some(number)
}

/// `国办发〔2024〕12号`.
fn bracketed(text: &str) -> Option<DocumentNumber> {
    /// The longest codes name several departments: 发改能源规.
    const LONGEST_PREFIX: usize = 20;
    let (prefix, year, rest) = around_brackets(text)?;
    let year = year_of(year.strip_suffix('年').unwrap_or(year))?;
    let serial = match rest.strip_prefix('-') {
        // Numbers used within an office have a dash before the serial, and 号 may be left out behind it.
        Some(rest) => rest.strip_suffix('号').unwrap_or(rest),
        None => rest.strip_prefix('第').unwrap_or(rest).strip_suffix('号')?,
    };
    let serial = serial_of(serial)?;
    (prefix.chars().count() <= LONGEST_PREFIX).then(|| DocumentNumber {
        prefix: prefix.to_owned(),
        form: Form::Bracketed(year),
        serial,
    })
}

/// `商务部令第55号`, `国家税务总局公告2026年第19号`, also with the end in brackets.
fn unbracketed(text: &str) -> Option<DocumentNumber> {
    /// Two bodies with their full names.
    const LONGEST_PREFIX: usize = 40;
    let in_brackets = around_brackets(text).filter(|(.., rest)| rest.is_empty());
    let (prefix, rest) = match in_brackets {
        Some((prefix, inner, _)) => (prefix, inner),
        None => text.split_at(text.find(|c: char| c == '第' || c.is_ascii_digit()).filter(|at| *at > 0)?),
    };
    let rest = rest.strip_suffix('号')?;
    let (form, serial) = match rest.split_once('年') {
        Some((year, serial)) => (Form::Spelled(year_of(year)?), serial),
        None => (Form::Yearless, rest),
    };
    let serial = serial_of(serial.strip_prefix('第').unwrap_or(serial))?;
    let word = kind_word(prefix)?;
    // 公告2026年第19号 may leave its issuer to the page, but 令第1号 alone could be anybody's.
    let issuer = prefix.chars().count() - word.chars().count();
    let named = issuer >= 2 || form != Form::Yearless;
    (named && issuer <= LONGEST_PREFIX).then(|| DocumentNumber { prefix: prefix.to_owned(), form, serial })
}

/// What stands before, in and behind the first pair of brackets, of whatever kinds.
fn around_brackets(text: &str) -> Option<(&str, &str, &str)> {
    let (prefix, rest) = text.split_at(text.find(|c| OPENING.contains(c))?);
    let rest = rest.strip_prefix(|c| OPENING.contains(c))?;
    let (inner, rest) = rest.split_at(rest.find(|c| CLOSING.contains(c))?);
    Some((prefix, inner, rest.strip_prefix(|c| CLOSING.contains(c))?))
}

fn kind_of(prefix: &str) -> DocumentNumberKind {
    match kind_word(prefix) {
        Some("令") => DocumentNumberKind::Order,
        Some(_) => DocumentNumberKind::Announcement,
        None => DocumentNumberKind::Letter,
    }
}

/// The word by which a document is numbered without brackets.
fn kind_word(prefix: &str) -> Option<&'static str> {
    ["令", "公告", "通告"].into_iter().find(|word| prefix.ends_with(word))
}

/// A number behind such a word is another document's.
fn is_citation(prefix: &str) -> bool {
    const WORDS: [&str; 12] =
        ["根据", "按照", "依据", "依照", "遵照", "参照", "参见", "详见", "关于", "贯彻", "落实", "转发"];
    WORDS.iter().any(|word| prefix.starts_with(word))
}

/// Registrations of sites are written alike: `冀ICP备（2023）1号`.
fn is_registration(prefix: &str) -> bool {
    ["ICP", "icp", "网安备"].iter().any(|word| prefix.contains(word))
}

fn year_of(text: &str) -> Option<u16> {
    text.parse().ok().filter(|year| text.len() == 4 && (1949..2100).contains(year))
}

fn serial_of(text: &str) -> Option<u32> {
    let digits_only = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits_only)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９')
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, form, serial } = self;
        match form {
            Form::Bracketed(year) => write!(f, "{prefix}〔{year}〕{serial}号"),
            Form::Spelled(year) => write!(f, "{prefix}{year}年第{serial}号"),
            Form::Yearless => write!(f, "{prefix}第{serial}号"),
        }
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

    use super::DocumentNumberKind::{Announcement, Letter, Order};
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(text.parse::<DocumentNumber>().map(|n| n.to_string()), Ok(expected.to_owned()), "{text}");
    }

    #[test]
    fn bracket_variants_become_six_angle_brackets() {
        for text in [
            "国办发[2024]12号",
            "国办发［2024］12号",
            "国办发(2024)12号",
            "国办发（2024）12号",
            "国办发【2024】第12号",
            "国办发﹝２０２４﹞ 012 号",
            "国办发<2024>12号",
            "国办发＜2024＞12号",
            "国办发〈2024〉12号",
            "国办发〖2024〗12号",
            "国办发〔2024)12号",
            "国办发（2024〕12号",
            "国办发〔2024年〕12号",
            "国办发 〔 2024 〕 第 00012 号",
            "国办发\u{3000}〔2024〕\u{a0}12号\u{200b}",
        ] {
            check(text, "国办发〔2024〕12号");
        }
        check("ＸＺ发〔2024〕12号", "XZ发〔2024〕12号");
    }

    #[test]
    fn numbers_used_within_an_office_have_a_dash() {
        for text in ["青司〔2023〕—1", "青司〔2023〕-1号", "青司〔2023〕－01"] {
            check(text, "青司〔2023〕1号");
        }
    }

    #[test]
    fn orders_and_announcements() {
        let check = |text: &str, expected: &str, kind, year| {
            let number: DocumentNumber = text.parse().unwrap();
            assert_eq!((number.to_string().as_str(), number.kind(), number.year()), (expected, kind, year), "{text}");
        };
        check("商务部令 第55号", "商务部令第55号", Order, None);
        check("商务部令（第055号）", "商务部令第55号", Order, None);
        check("省政府令第12号", "省政府令第12号", Order, None);
        check("司法部令2023年第1号", "司法部令2023年第1号", Order, Some(2023));
        check("司法部令〔2023〕第1号", "司法部令〔2023〕1号", Order, Some(2023));
        for text in
            ["国家税务总局公告2026年第19号", "国家税务总局公告 ２０２６ 年 19 号", "国家税务总局公告（2026年第19号）"]
        {
            check(text, "国家税务总局公告2026年第19号", Announcement, Some(2026));
        }
        check("证监会公告〔2026〕10号", "证监会公告〔2026〕10号", Announcement, Some(2026));
        check("公告2026年第19号", "公告2026年第19号", Announcement, Some(2026));
        check("青山县公安局通告第3号", "青山县公安局通告第3号", Announcement, None);
        check("围政〔2024〕1号", "围政〔2024〕1号", Letter, Some(2024));
    }

    #[test]
    fn parts_of_a_number() {
        let number: DocumentNumber = "围政〔2024〕1号".parse().unwrap();
        assert_eq!((number.prefix(), number.year(), number.serial()), ("围政", Some(2024), 1));
        let number: DocumentNumber = "商务部令第55号".parse().unwrap();
        assert_eq!((number.prefix(), number.year(), number.serial()), ("商务部令", None, 55));
    }

    #[test]
    fn what_is_no_document_number_is_refused() {
        for text in [
            "",
            "(2023)京01行初1号",
            "GB/T 2260—2007",
            "冀ICP备05003049号",
            "冀ICP备（2023）1号",
            "京公网安备 11010202000001号",
            "国办发20242号",
            "国办发〔20242号",
            "国办发2024〕2号",
            "国办发〔2024〕号",
            "国办发〔2024〕12",
            "国办发〔2024〕1—5号",
            "国办发〔24〕12号",
            "国办发〔2024〕0号",
            "国办发〔2024〕123456号",
            "国办发〔2024〕12号文件精神",
            "国办函",
            "〔2023〕—1",
            "〔2024〕12号",
            "川府函12号",
            "令第1号",
            "第55号",
            "2026年第19号",
            "国务院公报2023年第1号",
            "根据国办发〔2024〕12号",
            "按照商务部令第55号",
            "《通知》（国办发〔2024〕12号",
        ] {
            assert!(text.parse::<DocumentNumber>().is_err(), "{text}");
        }
    }

    #[track_caller]
    fn check_list(text: &str, expected: &[&str]) {
        let seen: Vec<String> = DocumentNumber::list(text).iter().map(ToString::to_string).collect();
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn joint_documents_carry_several_numbers() {
        let both = ["司发通〔2023〕1号", "财行〔2023〕2号"];
        for separator in ["", " ", "、", "，", ", ", "；", ";", "\u{3000}", "\n", " | "] {
            check_list(&format!("司发通〔2023〕1号{separator}财行〔2023〕2号"), &both);
        }
        check_list(
            "司发通〔2023〕1号 商务部令 第55号 青司〔2023〕—3",
            &["司发通〔2023〕1号", "商务部令第55号", "青司〔2023〕3号"],
        );
        check_list("国办发〔2024〕12号（联合发文）", &["国办发〔2024〕12号"]);
    }

    #[test]
    fn what_does_not_read_in_a_list_is_refused_alone() {
        check_list("青领发〔20212号 财行〔2023〕2号", &["财行〔2023〕2号"]);
        check_list("财行〔2023〕2号、3号", &["财行〔2023〕2号"]);
        check_list("（2023）京01行初1号 财行〔2023〕2号", &["财行〔2023〕2号"]);
        check_list("《关于印发规划的通知》（国办发〔2024〕12号）", &[]);
        check_list("无", &[]);
        let refused: Vec<String> = DocumentNumber::each("财行〔2023〕2号，青领发〔20212号")
            .filter_map(Result::err)
            .map(|e| e.text().to_owned())
            .collect();
        assert_eq!(refused, ["青领发〔20212号"]);
    }

    fn form() -> impl Strategy<Value = Form> {
        let year = 1949_u16..2099;
        prop_oneof![year.clone().prop_map(Form::Bracketed), year.prop_map(Form::Spelled), Just(Form::Yearless)]
    }

    proptest! {
        #[test]
        fn the_canonical_form_reads_back(issuer in "[政办发司A-F]{2,8}", word in "令|公告|通告", form in form(), serial in 1_u32..99_999) {
            let prefix = if matches!(form, Form::Bracketed(_)) { issuer } else { format!("{issuer}{word}") };
            let number = DocumentNumber { prefix, form, serial };
            prop_assert_eq!(number.to_string().parse::<DocumentNumber>(), Ok(number));
        }

        #[test]
        fn every_pair_of_brackets_means_the_same(
            open in 0..OPENING.chars().count(), close in 0..CLOSING.chars().count(), serial in 1_u32..99_999, zeros in 0_usize..2,
        ) {
            let (open, close) = (OPENING.chars().nth(open).unwrap(), CLOSING.chars().nth(close).unwrap());
            let serial_text = format!("{serial:0width$}", width = (serial.to_string().len() + zeros).min(5));
            let number = format!("青政发{open}2024{close} 第{serial_text}号").parse::<DocumentNumber>();
            prop_assert_eq!(number.map(|n| n.to_string()), Ok(format!("青政发〔2024〕{serial}号")));
        }

        #[test]
        fn any_text_is_a_number_or_an_error(text in "[\\PC〔〕第号令年0-9-]{0,40}") {
            for number in DocumentNumber::list(&text) {
                prop_assert_eq!(number.to_string().parse::<DocumentNumber>(), Ok(number));
            }
        }
    }
}
