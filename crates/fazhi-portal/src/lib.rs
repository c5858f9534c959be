//! A sample province of government portals on loopback, with known answers.
//!
//! Everything is generated from [`PortalOptions`] and nothing else: the same options give the same bytes. The province
//! (青岚省, code 590000, a block that GB/T 2260 leaves unassigned) does not exist. Texts are put together from templates
//! with typed placeholders, so that what a reader should find ([`Truth`]) comes from the same data as the text and never
//! from a parser. This crate knows nothing of the crates that read its pages.
//!
//! [`Server`] serves a [`Portal`] as a real web server would (validators, 304, `robots.txt`) and keeps a log of the
//! requests; [`Portal::serve_folder`] serves static files in the same way. [`FaultServer`] is a portal that misbehaves, in
//! every way of [`Fault`] and [`RobotsFault`]; [`BenchServer`] has as many pages as a benchmark asks for.

mod corpus;
mod dice;
mod number;

mod facts;
mod words;

mod phrase;

mod date;

mod government;

mod truth;

mod decoy;
mod report;

mod article;

mod chrome;
mod header;
mod html;
mod list;
mod query;

mod bench;
mod fault;
mod faults;
mod folder;
mod gzip;
mod pipeline;
mod portal;
mod province;
mod repost;
mod server;
mod site;
mod traps;

pub use bench::BenchServer;
pub use fault::{Day, Fault, FaultOptions, FaultServer, LoggedRequest, RobotsFault};
pub use pipeline::{SamplePipeline, pipelines};
pub use portal::{Portal, PortalOptions, Traps};
pub use server::{RequestLog, Server};
pub use truth::{Truth, TruthDocument, TruthIndicator, TruthKind, TruthQuantity, TruthSection};
