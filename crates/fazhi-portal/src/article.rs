//! An article before it becomes a page.

use chrono::NaiveDate;

use crate::truth::{TruthIndicator, TruthKind, TruthQuantity, TruthSection};

/// A piece of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading on a line of its own.
    Heading(String),
    /// Running text.
    Paragraph(String),
    /// A line in the middle.
    Centered(String),
    /// A line at the right: signature and date.
    Right(String),
}

impl Block {
    /// The text.
    pub fn text(&self) -> &str {
        match self {
            Self::Heading(text) | Self::Paragraph(text) | Self::Centered(text) | Self::Right(text) => text,
        }
    }

    /// The text, to be changed.
    pub fn text_mut(&mut self) -> &mut String {
        match self {
            Self::Heading(text) | Self::Paragraph(text) | Self::Centered(text) | Self::Right(text) => text,
        }
    }
}

/// What the header of the page tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// 索引号.
    pub index_number: Option<String>,
    /// 发布机构 field.
    pub publisher: Option<String>,
    /// 发文字号: as written and in canonical form.
    pub document_number: Option<(String, String)>,
    /// 成文日期.
    pub written: Option<NaiveDate>,
    /// 发布日期 and time of day.
    pub published: NaiveDate,
    /// 有效性: as written and by the name the tables use.
    pub validity: Option<(&'static str, &'static str)>,
    /// 主题分类.
    pub topics: Vec<&'static str>,
    /// 公开方式 field.
    pub disclosure: Option<&'static str>,
    /// 来源.
    pub source: Option<String>,
}

/// An article and what it states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// What it is.
    pub kind: TruthKind,
    /// Family of an `other` document.
    pub family: Option<String>,
    /// Title.
    pub title: String,
    /// 报告年度.
    pub report_year: Option<i32>,
    /// The body named in the title, or the owner of the site.
    pub issuer: Option<String>,
    /// What the header tells.
    pub metadata: Metadata,
    /// Date under the text.
    pub signed: Option<NaiveDate>,
    /// Note under the text that tells the 公开方式.
    pub note: Option<&'static str>,
    /// The body.
    pub blocks: Vec<Block>,
    /// Headings.
    pub sections: Vec<TruthSection>,
    /// Amounts; `None` where they are not told.
    pub quantities: Option<Vec<TruthQuantity>>,
    /// Facts.
    pub indicators: Vec<TruthIndicator>,
}
