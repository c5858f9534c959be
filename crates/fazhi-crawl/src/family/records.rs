//! Which array of an answer is its list, and which fields of a record are title, address and date.
//!
//! Makes differ in names and nesting, so the list is the array whose objects have most of the three. Several arrays of one
//! name and depth are parts of one list (a search that groups its results). A record without a title is none.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;
use serde_json::{Map, Value};
use url::Url;

use super::envelope::Answer;
use super::query::folded;
use super::{ListItem, date, entries, envelope};

/// Names of fields, the more telling first, as [`folded`].
const TITLES: &[&str] = &[
    "title",
    "doctitle",
    "realtitle",
    "titleo",
    "infotitle",
    "articletitle",
    "newstitle",
    "contenttitle",
    "showtitle",
    "subject",
    "headline",
    "bt",
    "name",
];
const ADDRESSES: &[&str] = &[
    "url",
    "docpuburl",
    "puburl",
    "chnldocurl",
    "infourl",
    "linkurl",
    "articleurl",
    "contenturl",
    "pageurl",
    "docurl",
    "staticurl",
    "visiturl",
    "viewurl",
    "posturl",
    "link",
    "href",
];
const DATES: &[&str] = &[
    "publishedtimestr",
    "pubtimestr",
    "publishtimestr",
    "docreltime",
    "pubtime",
    "pubdate",
    "publishtime",
    "publishdate",
    "publishedtime",
    "publisheddate",
    "displaypublishtime",
    "firstpublishtime",
    "releasetime",
    "releasedate",
    "infodate",
    "docdate",
    "showdate",
    "date",
    "dates",
    "savetime",
    "time",
];
const TOTALS: &[&str] = &[
    "total",
    "totalcount",
    "totalrecord",
    "totalrecords",
    "totalnum",
    "totalsize",
    "totalhits",
    "totalelements",
    "totalrows",
    "recordcount",
    "recordtotal",
    "rowcount",
    "count",
];
const PAGES: &[&str] = &["totalpage", "totalpages", "pagecount", "totalpagecount", "pagetotal", "pages"];

/// Words that titles of documents hold, for answers whose fields have no names.
static TITLE_WORD: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = "通知|通报|通告|公告|公示|报告|决定|意见|办法|方案|规定|规划|计划|条例|细则|批复|目录|名单|年报";
    Regex::new(pattern).expect("the pattern is fixed")
});

/// Deeper than any answer nests its list.
const DEEPEST: usize = 10;
/// Without names, fewer records than this tell nothing about their fields.
const FEWEST_UNNAMED: usize = 3;

/// The list of an answer.
#[derive(Debug)]
pub(super) struct Records<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// How many entries the answer says there are.
    pub(super) total: Option<usize>,
    /// How many pages the answer says there are.
    pub(super) pages: Option<usize>,
    title: Option<String>,
}

/// A record: its fields by [`folded`] name.
#[derive(Debug)]
pub(super) struct Row<'a>(BTreeMap<String, &'a Value>);

impl<'a> Row<'a> {
    fn new(object: &'a Map<String, Value>) -> Self {
        Self(object.iter().map(|(name, value)| (folded(name), value)).collect())
    }

    /// The first of these fields that says something.
    pub(super) fn text(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.0.get(*name).and_then(|value| envelope::stated(value)))
    }

    /// The date in the first of these fields that holds one.
    pub(super) fn date(&self, names: &[&str]) -> Option<NaiveDate> {
        names.iter().find_map(|name| self.0.get(*name).and_then(|value| date_of(value)))
    }

    /// The date of a record; some makes wrap it in an object of its own.
    fn stated_date(&self) -> Option<NaiveDate> {
        self.date(DATES).or_else(|| {
            self.0.values().filter_map(|value| value.as_object()).find_map(|inner| Row::new(inner).date(DATES))
        })
    }
}

/// A date as answers write it: a text, or seconds or milliseconds since 1970.
fn date_of(value: &Value) -> Option<NaiveDate> {
    match value {
        Value::String(text) => date::written(text),
        Value::Number(number) => date::of_epoch(number.as_i64()?),
        _ => None,
    }
}

impl<'a> Records<'a> {
    /// The list of an answer, if there is one.
    ///
    /// What is left of an answer that is cut may be its menu only; there, only records with dates are a list.
    pub(super) fn find(answer: &'a Answer) -> Option<Self> {
        let mut search = Search::default();
        search.visit(&answer.value, "", &mut Vec::new());
        let (_, arrays) = search.found.into_iter().max_by_key(|(_, arrays)| score(arrays))?;
        let dated = || arrays.iter().flat_map(|array| &array.rows).any(|row| row.stated_date().is_some());
        if answer.damage == Some(envelope::CUT) && !dated() {
            return None;
        }
        let around = &arrays.first()?.around;
        let delivered = arrays.iter().map(|array| array.rows.len()).sum();
        let total = counted(around, TOTALS, delivered);
        // Groups count for themselves.
        let total = total.filter(|_| arrays.len() == 1);
        let pages = counted(around, PAGES, 1);
        let rows: Vec<Row<'_>> = arrays.into_iter().flat_map(|array| array.rows).collect();
        let title = unnamed_title(&rows);
        Some(Self { rows, total, pages, title })
    }

    /// What the records say.
    pub(super) fn items(&self, base: &Url) -> impl Iterator<Item = ListItem> {
        self.rows.iter().filter_map(|row| {
            let title = row.text(TITLES).or_else(|| row.text(&[self.title.as_deref()?]));
            let title = entries::title(title?)?;
            let url = entries::address(base, row.text(ADDRESSES)?)?;
            Some(ListItem { url, title, date: row.stated_date() })
        })
    }
}

/// An array of objects, and the objects around it, the innermost first.
struct Array<'a> {
    rows: Vec<Row<'a>>,
    around: Vec<&'a Map<String, Value>>,
}

#[derive(Default)]
struct Search<'a> {
    /// Arrays by their name and depth.
    found: BTreeMap<(String, usize), Vec<Array<'a>>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, value: &'a Value, name: &str, around: &mut Vec<&'a Map<String, Value>>) {
        if around.len() > DEEPEST {
            return;
        }
        match value {
            Value::Array(values) => {
                let rows: Vec<Row<'_>> = values.iter().filter_map(Value::as_object).map(Row::new).collect();
                if rows.iter().any(|row| row.text(ADDRESSES).is_some()) {
                    let around_it = around.iter().rev().copied().collect();
                    let place = (name.to_owned(), around.len());
                    self.found.entry(place).or_default().push(Array { rows, around: around_it });
                } else {
                    let inner = values.iter().filter_map(Value::as_object);
                    inner.for_each(|object| self.visit_object(object, around));
                }
            }
            Value::Object(object) => self.visit_object(object, around),
            _ => {}
        }
    }

    fn visit_object(&mut self, object: &'a Map<String, Value>, around: &mut Vec<&'a Map<String, Value>>) {
        around.push(object);
        for (name, value) in object {
            self.visit(value, name, around);
        }
        around.pop();
    }
}

/// A record with all three says more than one of a menu, which has no date.
fn score(arrays: &[Array<'_>]) -> usize {
    let rows = arrays.iter().flat_map(|array| &array.rows).filter(|row| row.text(ADDRESSES).is_some());
    rows.map(|row| 1 + 2 * usize::from(row.text(TITLES).is_some()) + 3 * usize::from(row.stated_date().is_some())).sum()
}

/// The first of these counts in the objects around the list, or in an object beside it.
fn counted(around: &[&Map<String, Value>], names: &[&str], least: usize) -> Option<usize> {
    let within = |object: &Map<String, Value>| {
        let row = Row::new(object);
        names.iter().find_map(|name| row.0.get(*name).and_then(|value| envelope::count(value)))
    };
    let beside = |object: &Map<String, Value>| object.values().filter_map(Value::as_object).find_map(within);
    let found = around.iter().take(3).find_map(|object| within(object).or_else(|| beside(object)));
    found.filter(|count| *count >= least)
}

/// Where no field is named like a title: the one whose texts all differ, are as long as titles, and mostly hold a word of
/// titles. Two such fields tell nothing.
fn unnamed_title(rows: &[Row<'_>]) -> Option<String> {
    if rows.len() < FEWEST_UNNAMED || rows.iter().any(|row| row.text(TITLES).is_some()) {
        return None;
    }
    // Every record has a title, so the first names all fields that may be it.
    let mut fitting = rows[0].0.keys().filter(|name| {
        let texts: Vec<&str> = rows.iter().filter_map(|row| row.text(&[name.as_str()])).collect();
        let distinct: HashSet<&str> = texts.iter().copied().collect();
        let lengths = texts.iter().all(|text| (6..=200).contains(&text.chars().count()));
        let worded = texts.iter().filter(|text| TITLE_WORD.is_match(text)).count();
        texts.len() == rows.len() && distinct.len() == rows.len() && lengths && worded * 5 >= rows.len() * 4
    });
    let only = fitting.next().cloned();
    only.filter(|_| fitting.next().is_none())
}
