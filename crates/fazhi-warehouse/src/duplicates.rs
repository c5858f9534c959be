//! Posts of one report: which are the same text, which are corrections, and which post of a text is the one to read.
//!
//! A report is posted more than once: on the portal of the government and of its bureau, under a desktop and a mobile
//! address, on hosts that copy official pages; and it is posted again when a number was wrong. This module links such
//! posts in `documents`:
//!
//! - `duplicate_of` names the *primary* post of the same text. It always leads to a primary, never to another duplicate.
//! - `version_of` names the earlier post that a corrected one replaces, each the one before it. Only primaries carry it, so
//!   that the report as it stands now is the one that no `version_of` names.
//!
//! Only documents of kind `report` with a known year, a title and a fingerprint are linked; all others keep null.
//!
//! # What is the same
//!
//! A wrong link hides a real report, and reports of neighbouring towns share most of their phrases. So three things must
//! agree before two texts are even compared ([`post`]): the report year (last year's report with the same skeleton is another
//! report), the title (apart from words without meaning and the name in front, which a site may leave out), and the place
//! (one region within the other, one township). Then the texts themselves decide ([`compare`]):
//!
//! - *the same text*: one holds the other whole and unbroken, but for a tenth, and 80 characters, of what a page adds around
//!   it; or both name the same publisher, share nine tenths of their runs of four characters, and state the same numbers.
//!   So a typo makes no second report, while a town that copied its neighbour's text under its own name keeps its own;
//! - *a correction*: not the same text, but eight tenths of the runs in common; and both say the same of themselves: the
//!   title with its name, the publisher, the region, the township or none. What one post leaves out is no agreement here.
//!
//! A portal is often given as the publisher of all that it posts. So where the titles name nobody, nearly all runs must be in
//! common for either; and for a correction the host and all numbers but two as well. When in doubt, posts are not linked.
//!
//! A post without a name or a township may be the same text as those of two towns that exclude each other. Then nobody can
//! tell whose it is: of posts that would come together in this way only those stay linked that say the same of themselves
//! ([`grouping`]).
//!
//! Candidates are found without comparing all with all ([`candidates`]): fingerprints that differ in 6 bits at most (a simhash
//! finds what is nearly identical, whoever published it), and posts of one publisher, region and year. A post forms a bounded
//! number of pairs, with those next to it in the order of titles, fingerprints and `document_id`: thousands of posts that
//! differ in a counter only are linked from one to the next.
//!
//! # Which post is the primary
//!
//! The first by this order ([`post::Standing`]): on a host under `gov.cn`; on a site that its publisher runs, else one that
//! the publisher's region runs; at a desktop address; with the earliest date of publication; with the smallest `document_id`.
//! Hosts come first because typo-squatters copy official pages whole, with the line that names the owner. For the same reason
//! an altered text outside `gov.cn` is no correction of an official report: it is a duplicate of it.
//!
//! Corrections follow each other by: marked in the title (更正, 修订 …), date of the primary post, smallest `document_id`.
//!
//! # Why the order of arrival does not matter
//!
//! What two posts are to each other is a function of the two alone, which pairs are candidates one of all posts of the year,
//! which pairs of a group are left out one of the whole group, and links are a function of the members of a *family*
//! ([`families`]). A load finds the candidates as they were and as they are, and judges all that hang together with a post
//! that is new, changed or withdrawn, or whose candidates changed. So any order and any split into loads ends in the same
//! links. A change of the rules here needs a new parser version, so that everything is linked anew.
//!
//! Links are found before `documents` is merged, and written by that same merge: no reader sees a repost before its link, a
//! load that died is repeated as a whole, and links that did not change are not written.

mod candidates;
mod compare;
mod families;
mod grouping;
mod groups;
mod post;
mod relink;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion::datasource::MemTable;
use datafusion::execution::context::SessionContext;
use futures::StreamExt as _;
use serde::Deserialize;
use tracing::info;

use crate::error::WarehouseError;
use compare::{Relation, relation};
use families::Link;
use post::{Post, PostRow};
use relink::{Known, Relink};

/// Columns of [`PostRow`], read from the table or view `d`.
const COLUMNS: &str = "d.document_id, d.revision, d.digest, d.simhash, d.url, d.title, d.publisher, d.site_owner,
     d.region_code, d.region_name, d.township_code, CAST(d.published_on AS INT) AS published_on";
/// Which documents are linked at all.
const LINKABLE: &str = "d.kind = 'report' AND d.simhash IS NOT NULL AND d.title IS NOT NULL";

/// Finds the links of what arrives and of what it touches. The session holds `documents` and `texts` as they are, and
/// `arrivals`: rows of `documents` about to be merged, whose texts are in already. Registers `links` (`document_id`,
/// `duplicate_of`, `version_of`): all arrivals that are linkable, and others whose links change. Returns the number of others.
///
/// # Errors
/// Fails when a table cannot be read.
pub async fn register_links(context: &SessionContext) -> Result<u64, WarehouseError> {
    let (mut links, mut others) = (Vec::new(), 0);
    for year in years(context).await? {
        let relink = Relink::new(arrivals(context, year).await?, known(context, year).await?);
        let pairs = relink.pairs();
        let relations = judged(context, year, &relink, &pairs.uncertain).await?;
        let found = relink.links(&pairs, &relations);
        info!(year, posts = relink.posts().len(), compared = relations.len(), relinked = found.others, "linked");
        links.extend(found.links);
        others += found.others;
    }
    context.register_table("links", Arc::new(table(&links)?))?;
    Ok(others)
}

/// The report years that arrivals come into or leave.
async fn years(context: &SessionContext) -> Result<Vec<i32>, WarehouseError> {
    let sql = format!(
        "SELECT DISTINCT year FROM (
           SELECT d.report_year AS year FROM arrivals d WHERE {LINKABLE}
           UNION ALL
           SELECT d.report_year FROM documents d JOIN arrivals a ON a.document_id = d.document_id WHERE d.kind = 'report')
         WHERE year IS NOT NULL ORDER BY year"
    );
    let batches = context.sql(&sql).await?.collect().await?;
    Ok(batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int32Type>().values().to_vec()).collect())
}

async fn arrivals(context: &SessionContext, year: i32) -> Result<Vec<Post>, WarehouseError> {
    let sql = format!("SELECT {COLUMNS} FROM arrivals d WHERE {LINKABLE} AND d.report_year = {year}");
    rows(context, &sql, |row: PostRow| Post::from(row)).await
}

/// A post of the table as its row gives it.
#[derive(Debug, Deserialize)]
struct KnownRow {
    #[serde(flatten)]
    post: PostRow,
    duplicate_of: Option<String>,
    version_of: Option<String>,
    arrives: bool,
}

async fn known(context: &SessionContext, year: i32) -> Result<Vec<Known>, WarehouseError> {
    let sql = format!(
        "SELECT {COLUMNS}, d.duplicate_of, d.version_of, a.document_id IS NOT NULL AS arrives
         FROM documents d LEFT JOIN arrivals a ON a.document_id = d.document_id
         WHERE {LINKABLE} AND d.report_year = {year}"
    );
    rows(context, &sql, |row: KnownRow| Known {
        post: row.post.into(),
        duplicate_of: row.duplicate_of,
        version_of: row.version_of,
        arrives: row.arrives,
    })
    .await
}

/// The rows of a query, each reduced to what is kept of it before the next batch is read.
async fn rows<R, T>(context: &SessionContext, sql: &str, keep: impl Fn(R) -> T) -> Result<Vec<T>, WarehouseError>
where
    R: for<'de> Deserialize<'de>,
{
    let mut kept = Vec::new();
    let mut batches = context.sql(sql).await?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let read: Vec<R> = serde_arrow::from_record_batch(&batch?)
            .map_err(|error| datafusion::error::DataFusionError::External(Box::new(error)))?;
        kept.extend(read.into_iter().map(&keep));
    }
    Ok(kept)
}

/// What the texts of pairs say, in the order of the pairs.
async fn judged(
    context: &SessionContext,
    year: i32,
    relink: &Relink,
    pairs: &[(u32, u32)],
) -> Result<Vec<Relation>, WarehouseError> {
    let mut relations = Vec::with_capacity(pairs.len());
    for chunk in texts::chunks(pairs) {
        let texts = texts::fetch(context, year, relink.posts(), chunk).await?;
        relations.extend(chunk.iter().map(|(one, other)| judge(relink.posts(), &texts, *one, *other)));
    }
    Ok(relations)
}

/// A post whose text is not there (a table deleted by hand) is like no other until it is parsed again.
fn judge(posts: &[Post], texts: &HashMap<u32, compare::Text>, one: u32, other: u32) -> Relation {
    match (texts.get(&one), texts.get(&other)) {
        (Some(text), Some(of_other)) => relation((&posts[one as usize], text), (&posts[other as usize], of_other)),
        _ => Relation::Unrelated,
    }
}

fn table(links: &[Link]) -> Result<MemTable, WarehouseError> {
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    let fields = vec![text("document_id", false), text("duplicate_of", true), text("version_of", true)];
    let schema = Arc::new(Schema::new(fields));
    let ids: StringArray = links.iter().map(|link| Some(link.document_id.as_str())).collect();
    let duplicates: StringArray = links.iter().map(|link| link.duplicate_of.as_deref()).collect();
    let versions: StringArray = links.iter().map(|link| link.version_of.as_deref()).collect();
    let columns: Vec<arrow::array::ArrayRef> = vec![Arc::new(ids), Arc::new(duplicates), Arc::new(versions)];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)
        .map_err(|error| datafusion::error::DataFusionError::ArrowError(Box::new(error), None))?;
    Ok(MemTable::try_new(schema, vec![vec![batch]])?)
}
