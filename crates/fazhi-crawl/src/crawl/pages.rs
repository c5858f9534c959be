//! Articles out of the frontier, a few at a time.

use std::sync::atomic::{AtomicUsize, Ordering};

use fazhi_model::Purpose;
use futures::stream::{self, Stream, TryStreamExt as _};

use super::tally::Tally;
use crate::CrawlError;
use crate::fetch::{Fetched, Session, Target, Visit};
use crate::report::Progress;
use crate::state::frontier::Waiting;

/// Articles read from the frontier at a time.
const BATCH: u32 = 256;
/// Articles under way at a time, at least. Each host's pace is kept all the same; this hides latency.
const UNDER_WAY: usize = 4;

/// What became of the articles that waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    /// All have been dealt with.
    Done,
    /// So many wait, as the run's time or number of articles is used up.
    Left { count: usize },
    /// So many were left because their hosts are parked.
    Parked { count: usize },
}

impl Pages {
    pub(super) const fn left(self) -> usize {
        match self {
            Self::Done => 0,
            Self::Left { count } | Self::Parked { count } => count,
        }
    }
}

/// An article that has been dealt with, or not.
enum Article {
    Done { page: Box<Fetched>, parts: Vec<Fetched> },
    Parked,
}

/// Fetches what waits in the frontier.
pub(super) async fn fetch(
    session: &Session<'_>,
    tally: &mut Tally,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Pages, CrawlError> {
    let under_way = session.pipeline.politeness.pace.parallel.max(UNDER_WAY);
    let allowed = session.pipeline.budget.articles.map_or(usize::MAX, Into::into);
    let taken = AtomicUsize::new(0);
    let articles = waiting(session)
        .try_take_while(|_| {
            let within = !session.is_out_of_time() && taken.fetch_add(1, Ordering::Relaxed) < allowed;
            std::future::ready(Ok(within))
        })
        .map_ok(|waiting| fetch_article(session, waiting))
        .try_buffer_unordered(under_way);
    let mut articles = std::pin::pin!(articles);
    let mut parked = 0;
    while let Some(article) = articles.try_next().await? {
        match article {
            Article::Parked => parked += 1,
            Article::Done { page, parts } => {
                tally.add(Purpose::Page, page.outcome, page.requests);
                for part in parts {
                    tally.add(Purpose::Part, part.outcome, part.requests);
                }
                progress(Progress::PageDone { url: page.url, outcome: page.outcome });
            }
        }
    }
    if session.is_out_of_time() || taken.load(Ordering::Relaxed) > allowed {
        session.recorder.settle().await?;
        let count = session.site.state.frontier(session.cycle)?.waiting;
        if count > 0 {
            return Ok(Pages::Left { count });
        }
    }
    Ok(if parked > 0 { Pages::Parked { count: parked } } else { Pages::Done })
}

/// The waiting articles in their order.
fn waiting<'a>(session: &'a Session<'_>) -> impl Stream<Item = Result<Waiting, CrawlError>> + 'a {
    let batches = stream::try_unfold(0, move |after| async move {
        if session.is_out_of_time() {
            return Ok(None);
        }
        let batch = session.site.state.waiting(session.cycle, after, BATCH)?;
        let last = batch.last().map(|waiting| waiting.id);
        Ok::<_, CrawlError>(last.map(|last| (batch, last)))
    });
    batches.map_ok(|batch| stream::iter(batch.into_iter().map(Ok))).try_flatten()
}

async fn fetch_article(session: &Session<'_>, waiting: Waiting) -> Result<Article, CrawlError> {
    let Waiting { id, url, title, listed_on, referer } = waiting;
    let target = Target {
        listed_title: title.filter(|title| !title.is_empty()),
        listed_date: listed_on,
        referer,
        ..Target::new(url, Purpose::Page)
    };
    let Visit::Fetched(mut page) = session.fetch(&target).await? else { return Ok(Article::Parked) };
    let mut parts = Vec::new();
    for (number, url) in (2..).zip(&page.parts) {
        let part = Target {
            referer: Some(page.url.clone()),
            part_of: Some((target.url.clone(), number)),
            ..Target::new(url.clone(), Purpose::Part)
        };
        match session.fetch(&part).await? {
            Visit::Fetched(part) => parts.push(*part),
            Visit::Left(_) => return Ok(Article::Parked),
        }
    }
    session.recorder.done(id);
    // The address that was listed, not the one it led to.
    page.url = target.url;
    Ok(Article::Done { page, parts })
}
