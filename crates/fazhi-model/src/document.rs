//! A document as interpreted from its pages.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::names::named_enum;
use crate::{DocumentNumber, IndexNumber, Indicator, Issue, Quantity, RegionCode, Section, TownshipCode};

named_enum! {
    /// What a fetched article page turned out to be.
    pub enum DocumentKind {
        /// An annual report on building law-based government (法治政府建设年度报告).
        Report = "report",
        /// A model text with placeholders, as document shops sell them.
        Template = "template",
        /// A readable page of another family of documents.
        Other = "other",
        /// Text damaged beyond repair (share of U+FFFD, mojibake).
        Damaged = "damaged",
        /// A challenge or firewall page.
        Blocked = "blocked",
        /// The page holds only a link to a file.
        AttachmentOnly = "attachment_only",
        /// The page holds no text.
        Empty = "empty",
    }
}

named_enum! {
    /// Level of the body that publishes. Departments of any level are `Department`: their level is in the region.
    pub enum PublisherLevel {
        /// State Council.
        National = "national",
        /// Province, autonomous region, municipality.
        Province = "province",
        /// Prefecture, prefecture-level city, league.
        Prefecture = "prefecture",
        /// County, district, county-level city, banner.
        County = "county",
        /// Town, township, subdistrict.
        Township = "township",
        /// Development zone, new area.
        Devzone = "devzone",
        /// Department or agency of any level.
        Department = "department",
    }
}

named_enum! {
    /// 有效性 of an official document.
    pub enum Validity {
        /// 有效, 现行有效.
        Valid = "valid",
        /// 部分有效.
        PartlyValid = "partly_valid",
        /// 已修改.
        Amended = "amended",
        /// 尚未生效.
        NotYet = "not_yet",
        /// 失效.
        Expired = "expired",
        /// 废止.
        Repealed = "repealed",
        /// A value we do not know.
        Unknown = "unknown",
    }
}

/// 报告年度: the year a report is about. Invariant: 1949 or later, four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct ReportYear(i32);

impl ReportYear {
    /// The year, if it can be one.
    pub fn new(year: i32) -> Option<Self> {
        (1949..=9999).contains(&year).then_some(Self(year))
    }

    /// The year as a number.
    pub fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for ReportYear {
    type Error = String;

    fn try_from(year: i32) -> Result<Self, Self::Error> {
        Self::new(year).ok_or_else(|| format!("`{year}` is not a report year"))
    }
}

impl From<ReportYear> for i32 {
    fn from(year: ReportYear) -> Self {
        year.0
    }
}

impl fmt::Display for ReportYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Everything read from the pages of one document. Facts depend on these pages and the rules alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// What the page is.
    pub kind: DocumentKind,
    /// Which other family of documents (政府信息公开年报, 工作要点 …).
    pub kind_detail: Option<String>,
    /// Title as published, inner spaces kept.
    pub title: Option<String>,
    /// The year the report is about; reports only.
    pub report_year: Option<ReportYear>,
    /// Issuing body as named.
    pub publisher: Option<String>,
    /// Level of the issuing body; reports only.
    pub publisher_level: Option<PublisherLevel>,
    /// GB/T 2260 code valid in the report year; a township carries its county's.
    pub region_code: Option<RegionCode>,
    /// Code under which the region lives on now.
    pub region_code_current: Option<RegionCode>,
    /// Name of the region of `region_code`.
    pub region_name: Option<String>,
    /// Code of the township that published, as of mid-2023; its county's is in `region_code`.
    pub township_code: Option<TownshipCode>,
    /// 索引号.
    pub index_number: Option<IndexNumber>,
    /// 发文字号.
    pub document_number: Option<DocumentNumber>,
    /// 成文日期, from its field alone.
    pub written_on: Option<NaiveDate>,
    /// 发布日期.
    pub published_on: Option<NaiveDate>,
    /// 落款日期: the date under the text.
    pub signed_on: Option<NaiveDate>,
    /// 有效性.
    pub validity: Option<Validity>,
    /// 主题分类, one entry per class.
    pub topics: Vec<String>,
    /// 公开方式 as published, e.g. `主动公开`.
    pub disclosure: Option<String>,
    /// 来源 as published.
    pub source: Option<String>,
    /// Where each field was found, as `field=source`, e.g. `written_on=above 成文日期`.
    pub field_sources: Vec<String>,
    /// The body that runs the site, as the page names it.
    pub site_owner: Option<String>,
    /// Addresses of files the article links to.
    pub attachments: Vec<String>,
    /// The text as read: paragraphs end in `\n`, nothing normalised away. Offsets count its characters.
    pub body: String,
    /// Fingerprint of the text: texts that differ little differ in few of its bits. None where there is too little text.
    pub simhash: Option<i64>,
    /// Headings with their reach, in reading order.
    pub sections: Vec<Section>,
    /// Measured amounts, in reading order; none for templates and damaged text.
    pub quantities: Vec<Quantity>,
    /// Catalogue facts, in reading order; reports only.
    pub indicators: Vec<Indicator>,
    /// What could not be read or was refused.
    pub issues: Vec<Issue>,
}

impl Document {
    /// A document of this kind of which nothing is known yet.
    pub fn new(kind: DocumentKind) -> Self {
        Self {
            kind,
            kind_detail: None,
            title: None,
            report_year: None,
            publisher: None,
            publisher_level: None,
            region_code: None,
            region_code_current: None,
            region_name: None,
            township_code: None,
            index_number: None,
            document_number: None,
            written_on: None,
            published_on: None,
            signed_on: None,
            validity: None,
            topics: Vec::new(),
            disclosure: None,
            source: None,
            field_sources: Vec::new(),
            site_owner: None,
            attachments: Vec::new(),
            body: String::new(),
            simhash: None,
            sections: Vec::new(),
            quantities: Vec::new(),
            indicators: Vec::new(),
            issues: Vec::new(),
        }
    }
}
