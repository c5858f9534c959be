//! The fields of a document that are scored, and the form their values are compared in.

use std::collections::BTreeSet;
use std::fmt::Display;

use fazhi_model::Document;
use serde::{Serialize, Serializer};
use unicode_normalization::UnicodeNormalization as _;

/// A field that a document has at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Kind,
    KindDetail,
    Title,
    ReportYear,
    Publisher,
    PublisherLevel,
    RegionCode,
    TownshipCode,
    IndexNumber,
    DocumentNumber,
    WrittenOn,
    PublishedOn,
    SignedOn,
    Validity,
    Topics,
    Disclosure,
    Source,
    Attachments,
    /// Where the text starts and ends, and what is not in it.
    Body,
}

impl Field {
    /// Every field, in the order of the tables and of `extract`.
    pub const ALL: [Self; 19] = [
        Self::Kind,
        Self::KindDetail,
        Self::Title,
        Self::ReportYear,
        Self::Publisher,
        Self::PublisherLevel,
        Self::RegionCode,
        Self::TownshipCode,
        Self::IndexNumber,
        Self::DocumentNumber,
        Self::WrittenOn,
        Self::PublishedOn,
        Self::SignedOn,
        Self::Validity,
        Self::Topics,
        Self::Disclosure,
        Self::Source,
        Self::Attachments,
        Self::Body,
    ];

    /// The name in gold files and in what is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::KindDetail => "kind_detail",
            Self::Title => "title",
            Self::ReportYear => "report_year",
            Self::Publisher => "publisher",
            Self::PublisherLevel => "publisher_level",
            Self::RegionCode => "region_code",
            Self::TownshipCode => "township_code",
            Self::IndexNumber => "index_number",
            Self::DocumentNumber => "document_number",
            Self::WrittenOn => "written_on",
            Self::PublishedOn => "published_on",
            Self::SignedOn => "signed_on",
            Self::Validity => "validity",
            Self::Topics => "topics",
            Self::Disclosure => "disclosure",
            Self::Source => "source",
            Self::Attachments => "attachments",
            Self::Body => "body",
        }
    }

    /// What was read for this field.
    pub fn answer(self, document: &Document) -> Said {
        match self {
            Self::Kind => Said::of(Some(document.kind)),
            Self::KindDetail => Said::of(document.kind_detail.as_ref()),
            Self::Title => Said::of(document.title.as_ref()),
            Self::ReportYear => Said::of(document.report_year),
            Self::Publisher => Said::of(document.publisher.as_ref()),
            Self::PublisherLevel => Said::of(document.publisher_level),
            Self::RegionCode => Said::of(document.region_code),
            Self::TownshipCode => Said::of(document.township_code.as_ref()),
            Self::IndexNumber => Said::of(document.index_number.as_ref()),
            Self::DocumentNumber => Said::of(document.document_number.as_ref()),
            Self::WrittenOn => Said::of(document.written_on),
            Self::PublishedOn => Said::of(document.published_on),
            Self::SignedOn => Said::of(document.signed_on),
            Self::Validity => Said::of(document.validity),
            Self::Topics => Said::list(&document.topics),
            Self::Disclosure => Said::of(document.disclosure.as_ref()),
            Self::Source => Said::of(document.source.as_ref()),
            Self::Attachments => Said::list(&document.attachments),
            Self::Body => Said::of(Some(&document.body).filter(|body| !body.trim().is_empty())),
        }
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What a field says: nothing, one value or (topics, attachments) several in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Said(pub Vec<String>);

impl Said {
    /// A field with one value.
    pub fn of(value: Option<impl Display>) -> Self {
        Self(value.into_iter().map(|value| value.to_string()).collect())
    }

    /// A field that is a set.
    pub fn list(values: &[String]) -> Self {
        Self(values.to_vec())
    }

    /// Whether the field says anything.
    pub fn is_something(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether both say the same, width of characters, spaces and order aside.
    pub fn same(&self, other: &Self) -> bool {
        let set = |said: &Self| said.0.iter().map(|value| plain(value)).collect::<BTreeSet<String>>();
        set(self) == set(other)
    }
}

/// The form texts are compared in: NFKC, without spaces, those without width included.
pub fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_listed_once_and_in_order() {
        assert!(Field::ALL.is_sorted_by(|one, next| one < next));
        assert_eq!(Field::ALL.last(), Some(&Field::Body));
        assert_eq!(Field::ALL.len(), Field::Body as usize + 1);
    }

    #[test]
    fn width_spaces_and_order_do_not_count() {
        let said = |values: &[&str]| Said(values.iter().map(ToString::to_string).collect());
        let cases = [
            (said(&["云溪县 2023 年报告（一）"]), said(&["云溪县2023年报告(一)"]), true),
            (said(&["云溪县\u{3000}\u{200b}人民政府"]), said(&["云溪县人民政府"]), true),
            (said(&["综合政务", "公安"]), said(&["公安", "综合政务"]), true),
            (said(&["综合政务", "公安"]), said(&["综合政务"]), false),
            (said(&["云政〔2024〕1号"]), said(&["云政[2024]1号"]), false),
            (said(&[]), said(&[]), true),
            (said(&[]), said(&["云溪县"]), false),
        ];
        for (one, other, same) in cases {
            assert_eq!(one.same(&other), same, "{one:?} {other:?}");
        }
    }
}
