//! `fazhi eval`: precision, recall and F1 of what is read from annotated pages. No warehouse is touched.

mod body;
mod evaluation;
mod facts;
mod field;
mod folder;
mod gold;
mod print;
mod score;

use std::io::{self, Write as _};

use fazhi_parse::Rules;
use tracing::Level;

use self::evaluation::Evaluation;
use self::folder::Annotated;
use super::extract::{self, Origin};
use crate::cli::{EvalArgs, ScoreFormat};
use crate::logging::say;
use crate::outcome::{Failure, Outcome};

/// Reads every annotated page as `extract` does, and prints how it compares with its gold file.
pub fn eval(args: &EvalArgs, rules: &Rules) -> Result<Outcome, Failure> {
    let folder = folder::read(&args.gold, args.files.as_deref(), rules.catalogue())?;
    if let Some(first) = folder.passed_over.first() {
        let (files, first) = (folder.passed_over.len(), first.display());
        say(
            Level::INFO,
            "note",
            &format!("JSON files without annotations, passed over: {files}, the first is `{first}`"),
        );
    }
    let evaluation = evaluate(&folder.golds, rules)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.format {
        ScoreFormat::Table => print::table(&evaluation, args.limit, &mut out)?,
        ScoreFormat::Json => print::json(&evaluation, rules, &mut out)?,
    }
    out.flush()?;
    Ok(args.at_least.map_or(Outcome::Clean, |wanted| reached(&evaluation, wanted)))
}

fn evaluate(golds: &[Annotated], rules: &Rules) -> Result<Evaluation, Failure> {
    let mut evaluation = Evaluation::default();
    for Annotated { gold, name, page } in golds {
        let origin = Origin { url: gold.url.as_ref(), content_type: gold.content_type.as_deref() };
        evaluation.add(name, gold, &extract::read(page, &origin, rules)?.document, rules.catalogue());
    }
    Ok(evaluation)
}

/// Where no field is stated or answered there is no F1, and nothing was reached.
fn reached(evaluation: &Evaluation, wanted: f64) -> Outcome {
    match evaluation.micro().f1() {
        Some(f1) if f1 >= wanted => return Outcome::Clean,
        Some(f1) => {
            say(Level::WARN, "warning", &format!("F1 over all fields is {f1:.4}, below the wanted {wanted}"));
        }
        None => say(Level::WARN, "warning", "no field was scored, so that there is no F1 over all fields"),
    }
    Outcome::Issues
}
