//! From start page to articles: list pages in their order, as far as they bring anything new.

mod walk;

use std::collections::{HashSet, VecDeque};

use chrono::NaiveDate;
use fazhi_model::{Outcome, Purpose, Severity};
use tracing::{debug, trace};
use url::Url;

use crate::CrawlError;
use crate::family::{Basis, Family, ListItem, ListPage, Listing, NextPage, detect, read_list};
use crate::fetch::{Fetched, Session, Target, Visit};
use crate::report::Progress;
use crate::state::cycle::CycleKind;
use crate::state::frontier::Standing;
use walk::{Step, Walk};

/// What reading the lists of a pipeline brought, beside the entries in the frontier.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) fetched: Vec<(Outcome, u32)>,
    pub(crate) read: usize,
    pub(crate) issues: Vec<Noticed>,
    /// Lists that were not read to their ends, for whatever reason but their length.
    pub(crate) gaps: usize,
    /// Lists that were not asked for because their host is parked.
    pub(crate) parked: usize,
    /// Requests for further lists have been refused because the time is up.
    pub(crate) out_of_time: Option<OutOfTime>,
    asked: HashSet<Url>,
}

/// The run's time was up before all lists had been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfTime;

/// Something noticed about a source.
#[derive(Debug)]
pub(crate) struct Noticed {
    pub(crate) kind: &'static str,
    pub(crate) severity: Severity,
    pub(crate) url: Url,
    pub(crate) detail: String,
}

/// A list that waits to be read, and how many lists led to it.
struct Pending {
    url: Url,
    depth: u32,
}

impl Lists {
    /// Reads the list that begins at a start page, and the lists that it names.
    pub(crate) async fn read(
        &mut self,
        session: &Session<'_>,
        start: &Url,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), CrawlError> {
        let mut pending = VecDeque::from([Pending { url: start.clone(), depth: 0 }]);
        let mut pages = 0;
        while let Some(Pending { url, depth }) = pending.pop_front() {
            let mut walk = Walk::begin(session.pipeline.family, pages);
            let found = self.walk(session, &url, &mut walk, progress).await?;
            pages = walk.number;
            self.check_total(&url, &walk);
            if found.is_empty() {
                continue;
            }
            if depth >= session.pipeline.reading.max_depth {
                let detail = format!("{} further lists lie deeper than `max-depth = {depth}`", found.len());
                self.notice("lists_too_deep", Severity::Warning, &url, detail);
                self.gaps += 1;
                continue;
            }
            pending.extend(found.into_iter().map(|url| Pending { url, depth: depth + 1 }));
        }
        Ok(())
    }

    /// Reads one list from page to page; returns the lists that its pages name.
    async fn walk(
        &mut self,
        session: &Session<'_>,
        start: &Url,
        walk: &mut Walk,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<Url>, CrawlError> {
        let mut further = Vec::new();
        let mut referer: Option<Url> = None;
        let mut candidates = VecDeque::from([NextPage { url: start.clone(), basis: Basis::Linked, rule: "start" }]);
        while let Some(page) = candidates.pop_front() {
            if !self.asked.insert(page.url.clone()) {
                continue;
            }
            if walk.number >= session.pipeline.reading.max_pages.get() {
                let detail = format!("stopped after `max-pages = {}` list pages, and there are more", walk.number);
                self.notice("pager_cut", Severity::Warning, &page.url, detail);
                break;
            }
            if session.is_out_of_time() {
                self.out_of_time = Some(OutOfTime);
                break;
            }
            walk.enter(page.basis);
            let read = self.page(session, &page.url, referer.clone(), walk).await?;
            let Some((url, listing)) = read else { continue };
            further.extend(self.named_lists(session, &listing, &url));
            let (added, step) = self.take(session, listing, &url, walk)?;
            progress(Progress::ListRead { url: url.clone(), added });
            referer = Some(url);
            match step {
                Step::Next(pages) => candidates = pages.into(),
                Step::Stray => {}
                Step::End => break,
            }
        }
        Ok(further)
    }

    /// Fetches and reads one list page; `None` if it cannot be read, which is noticed.
    async fn page(
        &mut self,
        session: &Session<'_>,
        url: &Url,
        referer: Option<Url>,
        walk: &mut Walk,
    ) -> Result<Option<(Url, Listing)>, CrawlError> {
        let target = Target { referer, ..Target::new(url.clone(), Purpose::List) };
        let (fetched, page) = match session.fetch_readable(&target).await? {
            (Visit::Fetched(fetched), page) => (fetched, page),
            (Visit::Left(_), _) => {
                self.parked += 1;
                self.gaps += 1;
                return Ok(None);
            }
        };
        self.fetched.push((fetched.outcome, fetched.requests));
        let readable = matches!(fetched.outcome, Outcome::New | Outcome::Unchanged);
        let Some(page) = page.filter(|_| readable) else {
            self.notice_lost(&fetched, url, walk);
            return Ok(None);
        };
        self.read += 1;
        let family = *walk.family.get_or_insert_with(|| detect(&fetched.url, &page.text).family);
        let (container, selectors) = (walk.container.as_deref(), session.pipeline.selectors.as_ref());
        let hosts = Some(&session.pipeline.hosts);
        let list = ListPage { container, selectors, hosts, ..ListPage::new(&fetched.url, &page.text) };
        let listing = read_list(family, &list);
        debug!(url = %fetched.url, family = family.as_str(), entries = listing.items.len(), "read list page");
        Ok(Some((fetched.url, listing)))
    }

    /// Lists that a page names: those of an index, and its frame if it has no entries itself.
    fn named_lists(&self, session: &Session<'_>, listing: &Listing, url: &Url) -> Vec<Url> {
        let frame = listing.frame.as_ref().filter(|_| listing.items.is_empty());
        let named = listing.lists.iter().chain(frame).filter(|list| *list != url);
        let fresh = named.filter(|list| !self.asked.contains(*list) && session.pipeline.hosts.allows(list));
        fresh.cloned().collect()
    }

    /// Takes over what is new, and says whether the page after it is worth asking for. The first value is the number of
    /// entries added.
    fn take(
        &mut self,
        session: &Session<'_>,
        mut listing: Listing,
        url: &Url,
        walk: &mut Walk,
    ) -> Result<(usize, Step), CrawlError> {
        walk.stated_total = listing.stated_total.or(walk.stated_total);
        walk.container = listing.container.take().or(walk.container.take());
        if let Some(damage) = listing.damage {
            self.notice(
                "list_damaged",
                Severity::Warning,
                url,
                format!("the list could be read in part only: {damage}"),
            );
            self.gaps += 1;
        }
        if listing.foreign > 0 {
            let detail = format!("{} entries lead to other hosts and are not followed", listing.foreign);
            self.notice("foreign_links", Severity::Info, url, detail);
        }
        let leads_on = listing.frame.is_some() || !listing.lists.is_empty();
        if listing.items.is_empty() && walk.is_first() {
            // The list may begin on the page after it all the same.
            let begins = |next: NextPage| matches!(next.basis, Basis::MayRepeat | Basis::Shell).then_some(next.url);
            let shell = listing.next.and_then(begins).filter(|_| walk.follows_shells());
            if !leads_on && shell.is_none() {
                let family = walk.family.map_or("unknown", Family::as_str);
                let detail = format!("the first list page has no entries (read as family `{family}`)");
                self.notice("list_empty", Severity::Warning, url, detail);
            }
            let next = shell.map(|url| NextPage { url, basis: Basis::Shell, rule: "shell" });
            return Ok((0, Step::next(next, Vec::new())));
        }
        if walk.strays(&listing.items) {
            let detail = format!("page {} holds articles of another column; stopped there", walk.number);
            self.notice("pager_strays", Severity::Info, url, detail);
            return Ok((0, Step::Stray));
        }
        let added = session.add_entries(url, &listing.items)?;
        trace!(target: "fazhi::checkpoint", point = "entries-added");
        let own = listing.items.len();
        if added.new == 0 && !walk.is_first() && walk.basis != Basis::MayRepeat {
            let detail = format!("page {} repeats earlier entries ({own} of {own}); stopped there", walk.number);
            self.notice("pager_repeats", Severity::Info, url, detail);
            return Ok((0, Step::Stray));
        }
        walk.count(own, added, &listing.items);
        if session.cycle.kind == CycleKind::Update && walk.is_settled(session.pipeline.reading.lookback) {
            debug!(url = %url, page = walk.number, "the list is known from here on");
            walk.left_off = true;
            return Ok((added.new, Step::End));
        }
        if walk.is_complete() {
            return Ok((added.new, Step::End));
        }
        Ok((added.new, Step::next(listing.next, listing.alternatives)))
    }

    fn check_total(&mut self, start: &Url, walk: &Walk) {
        let cut = walk.left_off || self.issues.iter().any(|noticed| noticed.kind == "pager_cut");
        let Some(total) = walk.stated_total.filter(|total| *total > walk.entries && walk.entries > 0 && !cut) else {
            return;
        };
        let detail = format!("the list says it has {total} entries, {} were found", walk.entries);
        self.notice("list_incomplete", Severity::Info, start, detail);
    }

    fn notice_lost(&mut self, fetched: &Fetched, url: &Url, walk: &Walk) {
        let Fetched { outcome, rule, .. } = fetched;
        let first = walk.is_first();
        let (kind, severity) = match outcome {
            Outcome::Disallowed if rule == "robots-unreachable" => {
                self.gaps += 1;
                return; // said once for the host
            }
            Outcome::Disallowed if rule.starts_with("address-") => ("address_refused", Severity::Error),
            Outcome::Disallowed => ("list_disallowed", Severity::Warning),
            Outcome::Blocked => ("list_blocked", Severity::Error),
            Outcome::Unreachable | Outcome::RateLimited | Outcome::Failed | Outcome::Damaged if first => {
                ("source_unreachable", Severity::Error)
            }
            Outcome::NotFound | Outcome::SoftNotFound if walk.basis != Basis::Linked => {
                ("pager_overruns", Severity::Info)
            }
            _ if first => ("list_lost", Severity::Error),
            _ => ("list_lost", Severity::Warning),
        };
        self.gaps += usize::from(severity != Severity::Info);
        let what = if first { "the first list page".to_owned() } else { format!("list page {}", walk.number) };
        self.notice(kind, severity, url, format!("{what} could not be read: {outcome} ({rule})"));
    }

    pub(crate) fn notice(&mut self, kind: &'static str, severity: Severity, url: &Url, detail: String) {
        self.issues.push(Noticed { kind, severity, url: url.clone(), detail });
    }
}

impl Session<'_> {
    /// Puts the entries of a list page into the frontier, the wanted ones and, so that they are known, the others.
    fn add_entries(&self, list: &Url, items: &[ListItem]) -> Result<crate::state::frontier::Added, CrawlError> {
        let since = self.pipeline.reading.since;
        let standing = |item: &ListItem| {
            let early = since.is_some_and(|since| item.date.is_some_and(|date: NaiveDate| date < since));
            // Site maps name no titles: what they list is looked at before it is judged.
            let titled = item.title.is_empty() || self.pipeline.titles.selects(&item.title);
            let wanted = titled && !early;
            if wanted { Standing::Waits } else { Standing::Unwanted }
        };
        let entries = items.iter().map(|item| (item, standing(item)));
        Ok(self.site.state.add_entries(&self.pipeline.name, self.cycle, list, entries)?)
    }
}
