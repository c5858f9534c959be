//! Pipelines, portal families and the polite crawler.
//!
//! A [`Pipeline`] names the list pages of one portal; [`crawl`] reads them and fetches the articles they list into the
//! archive, and remembers in the [`State`] what it need not fetch again. Every attempt leaves a record, and is committed
//! to the state after the record is on disk.
//!
//! This is the only crate that opens outgoing connections. It does not know what an article says.

mod client;
mod crawl;
mod error;
mod family;
mod fetch;
mod hosts;
mod lists;
mod payload;
mod pipeline;
mod recorder;
mod report;
mod robots;
mod state;
mod verdict;

pub use client::ClientError;
pub use crawl::{CrawlSite, crawl};
pub use error::CrawlError;
pub use family::{
    Basis, Family, FamilyChoice, ListItem, ListPage, Listing, NextPage, UnknownFamily, detect, read_list,
};
pub use hosts::Hosts;
pub use pipeline::{Pipeline, PipelineError, TitleRule, Verified, load_folder};
pub use report::{CrawlReport, Progress};
pub use state::{Origin, State, StateError};

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
