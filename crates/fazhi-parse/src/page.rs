//! Plain data: one page as read, before anything is decided about it.
//!
//! These types travel between the two steps of the parse plan as Arrow columns, hence strings, options and lists of small
//! structs only: no maps, no tuples, no enums that carry data.

use serde::{Deserialize, Serialize};

/// One archived page, as the crawl kept it.
#[derive(Debug, Clone, Copy)]
pub struct Capture<'a> {
    /// Address the bytes came from.
    pub url: &'a str,
    /// `Content-Type` of the response.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding` of the response; bodies are archived as they arrived.
    pub content_encoding: Option<&'a str>,
    /// Title the list page gave to the link.
    pub listed_title: Option<&'a str>,
    /// Date the list page gave to the link.
    pub listed_date: Option<&'a str>,
    /// The body as it arrived.
    pub body: &'a [u8],
}

/// One page as read: text, header fields and meta tags. [`crate::interpret()`] decides what they mean.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Address the page came from; a file name for plain text.
    pub url: String,
    /// Its number where the article is split over several pages, the first being 1; none where nobody noted it.
    pub part: Option<u32>,
    /// Charset the bytes were in, lower case.
    pub charset: String,
    /// Charset the page or the response claims, where it claims one.
    pub declared_charset: Option<String>,
    /// What told the charset: `bom`, `utf8`, `header`, `meta`, `statistics`.
    pub charset_evidence: String,
    /// What told where the article stands: `container #zoom`, `markers`, `densest block`.
    pub container: Option<String>,
    /// `damaged`, `blocked` or `empty`, when the page is no page to read.
    pub hint: Option<String>,
    /// The text of the article: paragraphs end in `\n`, cells of tables are separated by `\t`.
    pub body: String,
    /// Meta tags with a value, names in lower case, in order.
    pub meta: Vec<MetaTag>,
    /// Header fields around the text, most trusted first per label.
    pub fields: Vec<Field>,
    /// Candidates for the title, most trusted first.
    pub titles: Vec<TitleCandidate>,
    /// 网站标识码.
    pub site_id: Option<String>,
    /// The body that runs the site (SiteName, 主办), without words such as 门户网站.
    pub site_owner: Option<String>,
    /// Files that the article links to.
    pub attachments: Vec<Attachment>,
    /// The columns the page stands in, from the top, as the breadcrumb or the ColumnName tag names them.
    pub columns: Vec<String>,
    /// Addresses of the other pages of an article that is split over several, in order.
    pub more: Vec<String>,
    /// Title the list page gave to the link.
    pub listed_title: Option<String>,
    /// Date the list page gave to the link, as it stood there.
    pub listed_date: Option<String>,
    /// What could not be read.
    pub issues: Vec<PageIssue>,
}

/// A meta tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaTag {
    /// Name in lower case.
    pub name: String,
    /// Value; entities that a portal encoded twice are decoded as well.
    pub value: String,
}

/// A labelled value of the header block or byline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Canonical label, see [`crate::label::Label`].
    pub label: String,
    /// The value as published, trimmed.
    pub value: String,
    /// Where it stands: `head` of the article's block, `above` it, its `tail`, `below` it; `line` for a document number and
    /// `byline` for a date without a label.
    pub place: String,
}

/// A candidate for the title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleCandidate {
    /// Where it stands: `meta`, `field`, `heading`, `line`, `title`, `listed`, `text`.
    pub origin: String,
    /// The candidate, trimmed.
    pub text: String,
}

/// A file that an article links to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Absolute address; as written where the page's own address is unknown.
    pub url: String,
    /// Text of the link.
    pub name: String,
}

/// An issue met while reading; see [`fazhi_model::Issue`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageIssue {
    /// Snake-case name of the kind.
    pub kind: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// What exactly.
    pub detail: String,
}

impl Page {
    /// The first non-empty value of a meta tag; `name` is matched without regard to case.
    pub fn meta(&self, name: &str) -> Option<&str> {
        self.meta.iter().find(|tag| tag.name.eq_ignore_ascii_case(name)).map(|tag| tag.value.as_str())
    }

    /// The first title candidate of an origin.
    pub fn title(&self, origin: &str) -> Option<&str> {
        self.titles.iter().find(|title| title.origin == origin).map(|title| title.text.as_str())
    }
}
