//! The bodies that publish, and the habits of their sites.

use crate::date::DateForm;
use crate::facts::Size;
use crate::number::Numerals;
use crate::words::Words;

/// The software behind a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Guangdong's gkmlpt: a shell, and a catalogue in JSON.
    Gkmlpt,
    /// Hanweb jpaas: a shell, and lists as HTML inside JSON, for those who say whence they come.
    HanwebJpaas,
    /// Hanweb jpage: XML from `dataproxy.jsp`.
    HanwebJpage,
    /// JSON of no known make.
    Json,
    /// Lonsun: fragments of HTML from `/site/label/8888`.
    Lonsun,
    /// A feed in parts that name each other.
    Rss,
    /// Markup that only its owner understands: two links in every row.
    Selectors,
    /// A sitemap index and two sitemaps.
    Sitemap,
    /// Plain links: `list_2.html`.
    Static,
    /// TRS WCM: `createPageHTML`, `index_1.html`.
    Trs,
    /// Hashes in addresses, pages counted from 1, the same list in JSON.
    Ucap,
    /// VSB: pages that count down, GB18030 bytes that call themselves gb2312.
    Vsb,
    /// TRS WAS5 search: records in XML.
    Was5,
    /// Webplus: `list2.htm`.
    Webplus,
}

/// The layout of the header block of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderLayout {
    /// Table, label and value side by side, one pair per row.
    TableTwo,
    /// Table, two pairs per row.
    TableFour,
    /// `<li>` with the label in `<strong>`.
    List,
    /// `<em>` labels in running text.
    Emphasis,
    /// Label and value in one table cell.
    OneCell,
    /// No block: 来源 and 日期 only.
    Byline,
}

/// Whether a site carries the meta tags of 国办发〔2017〕47号.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetaTags {
    /// Yes.
    Present,
    /// No.
    Absent,
}

/// How headings of the second level stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Headings {
    /// On a line of their own.
    OwnLine,
    /// At the start of the paragraph they govern, closed by a full stop.
    RunIn,
}

/// Scheme of the 索引号.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexScheme {
    /// GB 11714 code with its check character.
    Organisation,
    /// 18-character code of GB 32100.
    Credit,
    /// Eight digits without check character.
    Short,
    /// Region code, four zeros, six-digit serial.
    Region,
    /// An alias of the unit in the middle.
    Alias,
}

/// Habits of a site, one set for each of the first eight governments; later ones repeat them.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// Header block.
    pub header: HeaderLayout,
    /// Labels of the header: index into the variants of [`crate::header`].
    pub labels: usize,
    /// Meta tags.
    pub meta: MetaTags,
    /// Second-level headings.
    pub headings: Headings,
    /// Digits.
    pub numerals: Numerals,
    /// 索引号.
    pub index: IndexScheme,
    /// Brackets of the 发文字号, e.g. `〔 〕`, and what stands before the serial.
    pub brackets: (&'static str, &'static str),
    /// 成文日期 in the header.
    pub written: DateForm,
    /// Date under the text.
    pub signed: DateForm,
    /// Dates of the list.
    pub listed: DateForm,
    /// Regex alternatives that a link's title must match; none takes every link.
    pub title_rule: Option<&'static str>,
    /// Words that a link's title must not hold.
    pub reject: &'static [&'static str],
}

/// A body that publishes.
#[derive(Debug, Clone)]
pub struct Government {
    /// Number, from 0.
    pub ordinal: usize,
    /// First part of its paths, and the name of its pipeline.
    pub slug: String,
    /// Name in full.
    pub name: String,
    /// What a byline calls it.
    pub source: String,
    /// Level, by the name the tables use.
    pub level: &'static str,
    /// Region of the body, six digits.
    pub region: String,
    /// 机关代字.
    pub code: String,
    /// Words of its texts; the year is set per text.
    pub words: Words,
    /// Amount of work against a county.
    pub size: Size,
    /// Software of its site.
    pub family: Family,
    /// Habits of its site.
    pub habits: Habits,
}

impl Government {
    /// 网站标识码: region and serial.
    pub fn site_code(&self) -> String {
        format!("{}{:04}", self.region, 1 + self.ordinal % 90)
    }

    /// Name of the site.
    pub fn site_name(&self) -> String {
        format!("{}门户网站", self.name)
    }

    /// Whether the title rule of its pipeline selects a link of this title.
    pub fn selects(&self, title: &str) -> bool {
        let wanted = self.habits.title_rule.is_none_or(|rule| title.contains(rule));
        wanted && !self.habits.reject.iter().any(|word| title.contains(word))
    }

    /// What the bytes of its pages are.
    pub fn charset(&self) -> &'static str {
        if self.family == Family::Vsb { "gb18030" } else { "utf-8" }
    }
}
