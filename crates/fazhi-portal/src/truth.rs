//! What a reader should find in the sample's pages.

use serde::{Deserialize, Serialize};

/// Everything the sample's pipelines should bring to the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// One entry per article that a list links to, in the order of pipelines and of the list.
    pub documents: Vec<TruthDocument>,
    /// Addresses that lists link to and `robots.txt` refuses.
    pub disallowed: Vec<String>,
    /// Every list page.
    pub lists: Vec<String>,
}

/// The kinds of documents in the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthKind {
    /// 法治政府建设年度报告.
    Report,
    /// A model text with placeholders.
    Template,
    /// Another family of documents.
    Other,
}

/// One article page. `None` says that the page does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthDocument {
    /// Address.
    pub url: String,
    /// Name of the pipeline whose list links to it.
    pub pipeline: String,
    /// Whether the title rule of that pipeline selects it; only such documents are in the tables.
    pub listed: bool,
    /// What it is.
    pub kind: TruthKind,
    /// Family of an `other` document in the generator's own words; not for comparison.
    pub kind_detail: Option<String>,
    /// Title.
    pub title: String,
    /// 报告年度; reports only.
    pub report_year: Option<i32>,
    /// 发布机构 field, else (reports only) the body named in the title, else the owner of the site.
    pub publisher: Option<String>,
    /// Level of the body; reports only.
    pub publisher_level: Option<String>,
    /// Six digits; a township carries its county's.
    pub region_code: Option<String>,
    /// 索引号.
    pub index_number: Option<String>,
    /// 发文字号 in canonical form.
    pub document_number: Option<String>,
    /// 成文日期 field.
    pub written_on: Option<String>,
    /// 发布日期.
    pub published_on: Option<String>,
    /// Date under the text.
    pub signed_on: Option<String>,
    /// 有效性, by the name the tables use.
    pub validity: Option<String>,
    /// 主题分类.
    pub topics: Vec<String>,
    /// 公开方式.
    pub disclosure: Option<String>,
    /// 来源 of the byline or the meta tag.
    pub source: Option<String>,
    /// What the bytes are: `utf-8` or `gb18030`.
    pub charset: String,
    /// Address of the page of which this one is a copy.
    pub mirror_of: Option<String>,
    /// Address of the post that stands for all posts of this text; none where this one does.
    pub duplicate_of: Option<String>,
    /// Address of the earlier post that this one puts right.
    pub version_of: Option<String>,
    /// Headings in reading order; reports only.
    pub sections: Vec<TruthSection>,
    /// Amounts in reading order; `None` where they are not told (`other`).
    pub quantities: Option<Vec<TruthQuantity>>,
    /// Catalogue facts in reading order; reports only.
    pub indicators: Vec<TruthIndicator>,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthSection {
    /// 1 for 一、, 2 for (一).
    pub level: u8,
    /// Numbering as written.
    pub label: String,
    /// Heading without its numbering and closing stop.
    pub heading: String,
    /// result, problem, plan or responsibility.
    pub role: String,
    /// Task area, where the heading names one.
    pub area: Option<String>,
}

/// An amount in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthQuantity {
    /// As written.
    pub text: String,
    /// Plain decimal number, multiplier worked out; the low end of a range.
    pub value: String,
    /// High end of a range.
    pub max: Option<String>,
    /// Unit as written.
    pub unit: String,
    /// exact, `at_least`, `at_most`, about.
    pub precision: String,
}

/// A fact of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthIndicator {
    /// Identifier in the catalogue.
    pub id: String,
    /// Plain decimal number.
    pub value: String,
    /// High end of a range.
    pub max: Option<String>,
    /// Unit in which the catalogue counts.
    pub unit: String,
    /// As of its quantity.
    pub precision: String,
    /// `annual`, or `as_of` for a stock or running total.
    pub period: String,
    /// Growth in per cent; negative when it fell.
    pub yoy_pct: Option<String>,
    /// Difference in percentage points.
    pub yoy_pp: Option<String>,
    /// The quantity as written.
    pub text: String,
}
