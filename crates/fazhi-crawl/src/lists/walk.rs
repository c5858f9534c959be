//! How far a list has been read, and when it has been read far enough.

use chrono::{NaiveDate, TimeDelta};
use url::Url;

use crate::family::{Basis, Family, FamilyChoice, ListItem, NextPage};
use crate::pipeline::Days;
use crate::state::frontier::Added;

/// Pages in a row without a date and without anything new, after which a list is known.
const UNDATED_PAGES: u32 = 2;
/// Shells in a row after which a list has no beginning.
const MOST_SHELLS: u32 = 3;
/// So many entries show where the articles of a column lie.
const ENOUGH_FOR_A_FOLDER: usize = 3;

/// How far a list has been read.
#[derive(Debug)]
pub(super) struct Walk {
    /// Pages asked for so far, those of other lists of the same start page included.
    pub(super) number: u32,
    pub(super) family: Option<Family>,
    pub(super) container: Option<String>,
    pub(super) entries: usize,
    pub(super) stated_total: Option<usize>,
    pub(super) basis: Basis,
    /// The list was left because the rest of it is known.
    pub(super) left_off: bool,
    /// Where the articles so far lie.
    folder: Option<Vec<String>>,
    newest: Option<NaiveDate>,
    page: PageSeen,
    undated_known: u32,
    first: u32,
    shells: u32,
}

/// What the page read last was.
#[derive(Debug, Default)]
struct PageSeen {
    unknown: usize,
    newest: Option<NaiveDate>,
}

/// What comes after a page.
#[derive(Debug)]
pub(super) enum Step {
    /// The next page is at the first of these addresses that brings something new.
    Next(Vec<NextPage>),
    /// It brought nothing new of this column; the address after it may.
    Stray,
    /// Nothing.
    End,
}

impl Step {
    pub(super) fn next(next: Option<NextPage>, alternatives: Vec<NextPage>) -> Self {
        let pages: Vec<NextPage> = next.into_iter().chain(alternatives).collect();
        if pages.is_empty() { Self::End } else { Self::Next(pages) }
    }
}

impl Walk {
    /// Nothing of the list has been read; `pages` of other lists have.
    pub(super) fn begin(choice: FamilyChoice, pages: u32) -> Self {
        let family = match choice {
            FamilyChoice::Auto => None,
            FamilyChoice::Fixed(family) => Some(family),
        };
        Self {
            number: pages,
            family,
            container: None,
            entries: 0,
            stated_total: None,
            basis: Basis::Linked,
            left_off: false,
            folder: None,
            newest: None,
            page: PageSeen::default(),
            undated_known: 0,
            first: pages,
            shells: 0,
        }
    }

    /// The next page is asked for.
    pub(super) fn enter(&mut self, basis: Basis) {
        // Behind a shell the first page of the list is still to come.
        if basis == Basis::Shell {
            self.shells += 1;
        } else {
            self.number += 1;
        }
        self.basis = basis;
    }

    /// Whether a page that only leads to another may be followed once more: somebody could go on like that for ever.
    pub(super) fn follows_shells(&self) -> bool {
        self.shells < MOST_SHELLS
    }

    /// Whether this is the first page of the list.
    pub(super) fn is_first(&self) -> bool {
        self.number == self.first + 1
    }

    /// Whether a page whose address was worked out brings articles of another column: a wrong page number is often
    /// answered with another list and 200. Only where all articles so far lie under one folder can that be told.
    pub(super) fn strays(&self, items: &[ListItem]) -> bool {
        let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_empty()) else { return false };
        let checked = self.basis == Basis::Computed && !self.is_first() && self.entries >= ENOUGH_FOR_A_FOLDER;
        checked && !items.is_empty() && items.iter().all(|item| !folder_of(&item.url).starts_with(folder))
    }

    /// Notes the entries of a page.
    pub(super) fn count(&mut self, own: usize, added: Added, items: &[ListItem]) {
        self.entries += if self.is_first() { own } else { added.new };
        for item in items {
            let folder = folder_of(&item.url);
            self.folder = Some(match self.folder.take() {
                None => folder,
                Some(before) => common(before, &folder),
            });
        }
        let newest = items.iter().filter_map(|item| item.date).max();
        self.newest = self.newest.max(newest);
        let dated_or_new = newest.is_some() || added.unknown > 0;
        self.undated_known = if dated_or_new { 0 } else { self.undated_known + 1 };
        self.page = PageSeen { unknown: added.unknown, newest };
    }

    /// The stop rule of an update: the page brought no wanted article that is not known, and all its dates lie
    /// `lookback` before the newest of the list. Dates alone never end a list (reports are posted weeks after the day they
    /// bear), and what is dated back further is found by the next sweep. Without dates two known pages are enough.
    pub(super) fn is_settled(&self, lookback: Days) -> bool {
        let known = self.page.unknown == 0;
        let horizon = self.newest.and_then(|day| day.checked_sub_signed(TimeDelta::days(i64::from(lookback.0))));
        let old = match (self.page.newest, horizon) {
            (Some(newest), Some(horizon)) => newest < horizon,
            _ => self.undated_known >= UNDATED_PAGES,
        };
        known && old
    }

    /// Whether the list has said how many entries it has, and all of them have come.
    pub(super) fn is_complete(&self) -> bool {
        // Only data files count reliably; the number on a page is often that of another list.
        self.family == Some(Family::HanwebJpage) && self.stated_total.is_some_and(|total| self.entries >= total)
    }
}

/// The folders of a path, digits aside: articles of one column share them.
fn folder_of(url: &Url) -> Vec<String> {
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let folders = segments.split_last().map_or(&[][..], |(_, folders)| folders);
    folders.iter().map(|folder| folder.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()).collect()
}

fn common(mut a: Vec<String>, b: &[String]) -> Vec<String> {
    let shared = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    a.truncate(shared);
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &str, date: Option<&str>) -> ListItem {
        let url = Url::parse("http://a.cn").unwrap().join(path).unwrap();
        ListItem {
            url, title: "某县法治政府建设年度报告".into(), date: date.map(|date| date.parse().unwrap())
        }
    }

    /// A walk that has read these pages: path, date and whether the article is known.
    fn walk(pages: &[&[(&str, Option<&str>, bool)]]) -> Walk {
        let mut walk = Walk::begin(FamilyChoice::Auto, 0);
        for page in pages {
            walk.enter(Basis::Computed);
            let items: Vec<ListItem> = page.iter().map(|(path, date, _)| item(path, *date)).collect();
            let unknown = page.iter().filter(|(_, _, known)| !known).count();
            walk.count(items.len(), Added { new: items.len(), unknown }, &items);
        }
        walk
    }

    const LOOKBACK: Days = Days(120);

    #[test]
    fn an_update_stops_where_everything_is_known_and_old() {
        let newest = ("/x/1.html", Some("2024-04-20"), true);
        assert!(!walk(&[&[newest]]).is_settled(LOOKBACK), "posted in April, dated February could still follow");
        assert!(!walk(&[&[newest], &[("/x/2.html", Some("2024-02-01"), true)]]).is_settled(LOOKBACK));
        assert!(walk(&[&[newest], &[("/x/3.html", Some("2023-11-01"), true)]]).is_settled(LOOKBACK));
        assert!(!walk(&[&[newest], &[("/x/3.html", Some("2023-11-01"), false)]]).is_settled(LOOKBACK));
    }

    #[test]
    fn without_dates_two_known_pages_end_an_update() {
        let known = |path| (path, None, true);
        assert!(!walk(&[&[known("/x/1.html")]]).is_settled(LOOKBACK));
        assert!(walk(&[&[known("/x/1.html")], &[known("/x/2.html")]]).is_settled(LOOKBACK));
        assert!(!walk(&[&[known("/x/1.html")], &[("/x/2.html", None, false)]]).is_settled(LOOKBACK));
    }

    #[test]
    fn a_page_of_another_column_strays() {
        let column = [
            ("/zwgk/fzzf/202401/t1.html", None, false),
            ("/zwgk/fzzf/202402/t2.html", None, false),
            ("/zwgk/fzzf/202403/t3.html", None, false),
        ];
        let mut first = walk(&[&column]);
        first.enter(Basis::Computed);
        assert!(first.strays(&[item("/zwgk/news/202401/t9.html", None)]));
        assert!(!first.strays(&[item("/zwgk/news/202401/t9.html", None), item("/zwgk/fzzf/202401/t8.html", None)]));
        assert!(!first.strays(&[]));
        first.enter(Basis::Linked);
        assert!(!first.strays(&[item("/zwgk/news/202401/t9.html", None)]), "the page said so itself");
    }
}
