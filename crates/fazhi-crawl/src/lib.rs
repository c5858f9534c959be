//! Pipelines, portal families and the polite crawler.
//!
//! A [`Pipeline`] names the list pages of one portal; [`crawl`] reads them and fetches the articles they list into the
//! archive, and remembers in the [`State`] what it need not fetch again. Every attempt leaves a record, and is committed
//! to the state after the record is on disk.
//!
//! This is the only crate that opens outgoing connections. It does not know what an article says.

mod address;
mod caps;
mod client;
mod crawl;
mod error;
mod explain;
mod family;
mod fetch;
mod hosts;
mod lists;
mod payload;
mod pipeline;
mod plan;
mod recorder;
mod report;
mod robots;
mod state;
mod verdict;

pub use address::{Reach, Refusal, refusal, refusal_of_url};
pub use client::ClientError;
pub use crawl::{Conduct, CrawlSite, crawl};
pub use error::CrawlError;
pub use explain::{ExplainedList, Explanation, Looked, explain};
pub use family::{
    Basis, Detection, Family, FamilyChoice, ListItem, ListPage, Listing, NextPage, SelectorError, Selectors,
    UnknownFamily, detect, read_list,
};
pub use hosts::{Hosts, Pace};
pub use pipeline::{
    Budget, Contact, Days, HostList, NoContact, Pipeline, PipelineError, Politeness, Reading, TitleRule, Verified,
    load_folder,
};
pub use plan::{CrawlPlan, Expected, PlanBasis, plan};
pub use report::{CrawlReport, Progress};
pub use state::cycle::{Origin, Sweep};
pub use state::{State, StateError};

/// Runs disk work away from the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CrawlError> + Send + 'static,
) -> Result<T, CrawlError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(CrawlError::Stopped),
    }
}
