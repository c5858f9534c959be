//! From start page to articles: list pages in their order, as far as they bring anything new.

use std::collections::HashSet;

use fazhi_model::{CanonicalUrl, Outcome, Purpose, Severity};
use tracing::debug;
use url::Url;

use crate::CrawlError;
use crate::family::{Basis, Family, FamilyChoice, ListItem, ListPage, Listing, NextPage, detect, read_list};
use crate::fetch::{Fetched, Session, Target};
use crate::report::Progress;

/// What the lists of a pipeline hold.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) items: Vec<ListItem>,
    pub(crate) fetched: Vec<(Outcome, u32)>,
    pub(crate) read: usize,
    pub(crate) issues: Vec<Noticed>,
    seen: HashSet<CanonicalUrl>,
}

/// Something noticed about a source.
#[derive(Debug)]
pub(crate) struct Noticed {
    pub(crate) kind: &'static str,
    pub(crate) severity: Severity,
    pub(crate) url: Url,
    pub(crate) detail: String,
}

/// How far a start page's list has been read.
struct Walk {
    number: u32,
    family: Option<Family>,
    container: Option<String>,
    /// Forms of article paths on the pages so far: a wrong next page brings articles of another column.
    forms: HashSet<String>,
    entries: usize,
    stated_total: Option<usize>,
    basis: Basis,
}

impl Lists {
    /// Reads the list that begins at a start page.
    pub(crate) async fn read(
        &mut self,
        session: &Session<'_>,
        start: &Url,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), CrawlError> {
        let mut walk = Walk {
            number: 1,
            family: fixed(session.pipeline.family),
            container: None,
            forms: HashSet::new(),
            entries: 0,
            stated_total: None,
            basis: Basis::Linked,
        };
        let mut asked = HashSet::new();
        let mut next = Some(NextPage { url: start.clone(), basis: Basis::Linked });
        while let Some(page) = next.take().filter(|page| asked.insert(page.url.clone())) {
            if walk.number > session.pipeline.max_pages.get() {
                let detail = format!("stopped after `max-pages = {}` list pages, and there are more", walk.number - 1);
                self.notice("pager_cut", Severity::Warning, &page.url, detail);
                break;
            }
            walk.basis = page.basis;
            let Some((url, listing)) = self.page(session, &page.url, &mut walk).await? else { break };
            let before = self.items.len();
            next = self.take(listing, &url, &mut walk);
            progress(Progress::ListRead { url, added: self.items.len() - before });
            walk.number += 1;
        }
        self.check_total(start, &walk);
        Ok(())
    }

    /// Fetches and reads one list page; `None` if it cannot be read, which is noticed.
    async fn page(
        &mut self,
        session: &Session<'_>,
        url: &Url,
        walk: &mut Walk,
    ) -> Result<Option<(Url, Listing)>, CrawlError> {
        let target = Target::new(url.clone(), Purpose::List);
        let (fetched, page) = session.fetch_readable(&target).await?;
        self.fetched.push((fetched.outcome, fetched.requests));
        let readable = matches!(fetched.outcome, Outcome::New | Outcome::Unchanged);
        let Some(page) = page.filter(|_| readable) else {
            self.notice_lost(&fetched, url, walk);
            return Ok(None);
        };
        self.read += 1;
        let family = *walk.family.get_or_insert_with(|| detect(&fetched.url, &page.text));
        let container = walk.container.as_deref();
        let listing = read_list(family, &ListPage { url: &fetched.url, text: &page.text, container });
        debug!(url = %fetched.url, family = family.as_str(), entries = listing.items.len(), "read list page");
        Ok(Some((fetched.url, listing)))
    }

    /// Takes over what is new; returns the next page if it is worth asking for.
    fn take(&mut self, listing: Listing, url: &Url, walk: &mut Walk) -> Option<NextPage> {
        let Listing { items, next, stated_total, foreign, container } = listing;
        walk.stated_total = stated_total.or(walk.stated_total);
        walk.container = container.or(walk.container.take());
        if foreign > 0 {
            let detail = format!("{foreign} entries lead to other hosts and are not followed");
            self.notice("foreign_links", Severity::Info, url, detail);
        }
        if items.is_empty() && walk.number == 1 {
            let family = walk.family.map_or("unknown", Family::as_str);
            let detail = format!("the first list page has no entries (read as family `{family}`)");
            self.notice("list_empty", Severity::Warning, url, detail);
            return next.filter(|next| next.basis == Basis::MayRepeat);
        }
        let forms: HashSet<String> = items.iter().map(|item| form(&item.url)).collect();
        if walk.number > 1 && walk.basis == Basis::Computed && forms.is_disjoint(&walk.forms) && !items.is_empty() {
            let detail = format!("page {} holds articles of another column; stopped there", walk.number);
            self.notice("pager_strays", Severity::Info, url, detail);
            return None;
        }
        walk.forms.extend(forms);
        let before = self.items.len();
        let own = items.len();
        for item in items {
            if self.seen.insert(CanonicalUrl::from_url(&item.url)) {
                self.items.push(item);
            }
        }
        let added = self.items.len() - before;
        if added == 0 && walk.number > 1 && walk.basis != Basis::MayRepeat {
            let detail = format!("page {} repeats earlier entries ({own} of {own}); stopped there", walk.number);
            self.notice("pager_repeats", Severity::Info, url, detail);
            return None;
        }
        walk.entries += if walk.number == 1 { own } else { added };
        let complete =
            walk.family == Some(Family::HanwebJpage) && walk.stated_total.is_some_and(|total| walk.entries >= total);
        next.filter(|_| !complete)
    }

    fn check_total(&mut self, start: &Url, walk: &Walk) {
        let cut = self.issues.iter().any(|noticed| noticed.kind == "pager_cut");
        let Some(total) = walk.stated_total.filter(|total| *total > walk.entries && walk.entries > 0 && !cut) else {
            return;
        };
        let detail = format!("the list says it has {total} entries, {} were found", walk.entries);
        self.notice("list_incomplete", Severity::Info, start, detail);
    }

    fn notice_lost(&mut self, fetched: &Fetched, url: &Url, walk: &Walk) {
        let Fetched { outcome, rule, .. } = fetched;
        let first = walk.number == 1;
        let (kind, severity) = match outcome {
            Outcome::Disallowed if rule == "robots-unreachable" => return, // said once for the host
            Outcome::Disallowed => ("list_disallowed", Severity::Warning),
            Outcome::Blocked => ("list_blocked", Severity::Error),
            Outcome::Unreachable | Outcome::RateLimited | Outcome::Failed if first => {
                ("source_unreachable", Severity::Error)
            }
            Outcome::NotFound | Outcome::SoftNotFound if walk.basis != Basis::Linked => {
                ("pager_overruns", Severity::Info)
            }
            _ if first => ("list_lost", Severity::Error),
            _ => ("list_lost", Severity::Warning),
        };
        let what = if first { "the first list page".to_owned() } else { format!("list page {}", walk.number) };
        self.notice(kind, severity, url, format!("{what} could not be read: {outcome} ({rule})"));
    }

    pub(crate) fn notice(&mut self, kind: &'static str, severity: Severity, url: &Url, detail: String) {
        self.issues.push(Noticed { kind, severity, url: url.clone(), detail });
    }
}

fn fixed(choice: FamilyChoice) -> Option<Family> {
    match choice {
        FamilyChoice::Auto => None,
        FamilyChoice::Fixed(family) => Some(family),
    }
}

/// The first folder of a path, its numbers aside: articles of one column share it.
fn form(url: &Url) -> String {
    let mut segments = url.path_segments().into_iter().flatten();
    let folder = segments.next().filter(|_| segments.next().is_some()).unwrap_or_default();
    folder.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}
