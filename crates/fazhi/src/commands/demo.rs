//! `fazhi demo`: the whole flow on the built-in sample portal.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::context::SessionContext;
use fazhi_crawl::Pipeline;
use fazhi_parse::Rules;
use fazhi_portal::{Portal, PortalOptions, Server};
use fazhi_warehouse::DataFolder;

use super::crawl::Conduct;
use super::{run, show};
use crate::cli::DemoArgs;
use crate::config::data_folder;
use crate::lock::RunLock;
use crate::outcome::{Failure, Outcome};

/// What the demo shows of all indicators; numbers without the zeros that the columns' fixed scale adds.
const SHOWN: &str = "WITH shown AS (
    SELECT publisher, name_zh, indicator_id, report_year, regexp_replace(CAST(value AS VARCHAR), '\\.?0+$', '') AS value
    FROM indicator_yearly WHERE indicator_id IN ('reconsider_accepted', 'penalties', 'head_appearance_rate'))
  SELECT publisher AS \"发布机构\", name_zh AS \"指标\",
    max(CASE WHEN report_year = 2018 THEN value END) AS \"2018\", max(CASE WHEN report_year = 2019 THEN value END) AS \"2019\",
    max(CASE WHEN report_year = 2020 THEN value END) AS \"2020\", max(CASE WHEN report_year = 2021 THEN value END) AS \"2021\",
    max(CASE WHEN report_year = 2022 THEN value END) AS \"2022\", max(CASE WHEN report_year = 2023 THEN value END) AS \"2023\"
  FROM shown GROUP BY publisher, indicator_id, name_zh ORDER BY publisher, indicator_id";

/// A fact to trace back: the newest stated number of reconsideration cases.
const TRACED: &str = "SELECT document_id, indicator_id FROM indicator_yearly
  ORDER BY CASE indicator_id WHEN 'reconsider_accepted' THEN 0 ELSE 1 END, report_year DESC, document_id LIMIT 1";

/// Serves the sample portal on loopback, runs its pipelines and shows what came out.
pub async fn demo(args: &DemoArgs, rules: &Arc<Rules>, data: Option<&Path>) -> Result<Outcome, Failure> {
    let data = match data {
        Some(folder) => data_folder(folder)?,
        None => data_folder(&temporary_folder()?)?,
    };
    let _lock = RunLock::take(&data)?;
    let portal = Portal::generate(&PortalOptions { reports: args.reports, ..PortalOptions::default() });
    let samples = portal.clone();
    let server = Server::start(portal, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .context("cannot start the sample portal")?;
    let pipelines = sample_pipelines(&server.base_url(), &samples)?;
    let outcome = run::flow(&data, rules, &pipelines, Conduct::DEMO).await?;
    server.stop().await;
    present(&data).await?;
    Ok(outcome)
}

fn temporary_folder() -> anyhow::Result<PathBuf> {
    let folder =
        tempfile::Builder::new().prefix("fazhi-demo-").tempdir().context("cannot make a temporary data folder")?;
    // The data outlives the demo, so that it can be queried.
    Ok(folder.keep())
}

fn sample_pipelines(base_url: &str, portal: &Portal) -> Result<Vec<Pipeline>, Failure> {
    let parse = |sample: fazhi_portal::SamplePipeline| Pipeline::parse(&format!("{}.toml", sample.name), &sample.toml);
    Ok(fazhi_portal::pipelines(base_url, portal).into_iter().map(parse).collect::<Result<_, _>>()?)
}

async fn present(data: &DataFolder) -> anyhow::Result<()> {
    let context = fazhi_warehouse::open(data).await?;
    let mut out = io::stdout().lock();
    let rows = context.sql(SHOWN).await?.collect().await?;
    writeln!(out, "{}", pretty_format_batches(&rows)?)?;
    if let Some((document, indicator)) = traced(&context).await? {
        let evidence = show::evidence(&context, &document, &indicator).await?.context("the fact has no evidence")?;
        writeln!(out, "\nThe sentence behind one of them:\n")?;
        evidence.print(&mut out)?;
        writeln!(out, "  again with: fazhi --data {} show {document}:{indicator}", data.root().display())?;
    }
    writeln!(out, "\nThe data lies in {}", data.root().display())?;
    writeln!(out, "  archive/  the responses as they came (WARC)\n  tables/   Delta tables\n")?;
    writeln!(out, "Ask it: fazhi --data {} query \"select * from indicator_values limit 5\"", data.root().display())?;
    Ok(())
}

async fn traced(context: &SessionContext) -> anyhow::Result<Option<(String, String)>> {
    let batches = context.sql(TRACED).await?.collect().await?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0);
    let text = |batch: &datafusion::arrow::array::RecordBatch, column: usize| {
        batch.column(column).as_string::<i32>().value(0).to_owned()
    };
    Ok(first.map(|batch| (text(batch, 0), text(batch, 1))))
}
