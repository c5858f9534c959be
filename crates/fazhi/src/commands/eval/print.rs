//! Scores on stdout, as a table or as one JSON object.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Context as _;
use fazhi_model::Area;
use fazhi_parse::{PARSER_VERSION, Rules};
use serde::Serialize;

use super::evaluation::{Evaluation, ListScore, Located, Wrong};
use super::facts::List;
use super::field::{Field, Said};
use super::score::{FieldScore, Score};

/// What is printed, in this order of keys.
#[derive(Serialize)]
struct Written<'a> {
    parser_version: &'static str,
    rules_digest: &'a str,
    documents: usize,
    micro: Score,
    fields: &'a BTreeMap<Field, FieldScore>,
    sections: Option<&'a ListScore>,
    quantities: Option<&'a ListScore>,
    indicators: Option<&'a ListScore>,
    areas: &'a BTreeMap<Area, Score>,
    wrong: &'a [Wrong],
    misses: &'a [Located],
    false_hits: &'a [Located],
}

/// Everything as one JSON object on one line.
pub fn json(evaluation: &Evaluation, rules: &Rules, out: &mut impl Write) -> anyhow::Result<()> {
    let written = Written {
        parser_version: PARSER_VERSION,
        rules_digest: rules.digest(),
        documents: evaluation.documents,
        micro: evaluation.micro(),
        fields: &evaluation.fields,
        sections: evaluation.lists.get(&List::Sections),
        quantities: evaluation.lists.get(&List::Quantities),
        indicators: evaluation.lists.get(&List::Indicators),
        areas: &evaluation.areas,
        wrong: &evaluation.wrong,
        misses: &evaluation.misses,
        false_hits: &evaluation.false_hits,
    };
    writeln!(out, "{}", serde_json::to_string(&written).context("cannot write JSON")?)?;
    Ok(())
}

/// A table of scores, then the first of each sort of difference.
pub fn table(evaluation: &Evaluation, limit: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:<18}{:>9}{:>7}{:>7}{:>7}{}{:>7}", "field", "documents", "tp", "fp", "fn", HEAD, "exact")?;
    for (field, score) in &evaluation.fields {
        let exact = share(score.exact());
        writeln!(out, "{:<18}{:>9}{}{exact:>7}", field.name(), score.documents, columns(score.score))?;
    }
    writeln!(out, "{:<18}{:>9}{}", "micro", evaluation.documents, columns(evaluation.micro()))?;
    if !evaluation.lists.is_empty() {
        writeln!(out, "\n{:<18}{:>9}{:>7}{:>7}{:>7}{}", "list", "documents", "tp", "fp", "fn", HEAD)?;
    }
    for (list, score) in &evaluation.lists {
        writeln!(out, "{:<18}{:>9}{}", list.name(), score.documents, columns(score.score))?;
    }
    for (area, score) in &evaluation.areas {
        writeln!(out, "  {:<16}{:>9}{}", area.as_str(), "", columns(*score))?;
    }
    listed(out, "wrong fields", &evaluation.wrong, limit, |out, wrong| {
        let (answer, gold) = (said(&wrong.answer), said(&wrong.gold));
        writeln!(out, "  {} {}: {answer} instead of {gold}", wrong.file, wrong.field.name())
    })?;
    listed(out, "misses", &evaluation.misses, limit, finding)?;
    listed(out, "false hits", &evaluation.false_hits, limit, finding)
}

const HEAD: &str = "      P      R     F1";

fn columns(score: Score) -> String {
    let Score { hits, false_hits, misses } = score;
    let (precision, recall, f1) = (share(score.precision()), share(score.recall()), share(score.f1()));
    format!("{hits:>7}{false_hits:>7}{misses:>7}{precision:>7}{recall:>7}{f1:>7}")
}

/// Rounded down, so that 1.000 is said of nothing but the whole.
fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.3}", (share * 1000.0).floor() / 1000.0))
}

fn said(said: &Said) -> String {
    let values: Vec<String> = said.0.iter().map(|value| format!("`{value}`")).collect();
    if values.is_empty() { "nothing".to_owned() } else { values.join(", ") }
}

fn finding<W: Write>(out: &mut W, located: &Located) -> io::Result<()> {
    writeln!(out, "  {} {}: {}", located.file, located.list.name(), located.finding.entry)?;
    located.finding.sentences.iter().try_for_each(|sentence| writeln!(out, "    {}", sentence.trim()))
}

fn listed<W: Write, T>(
    out: &mut W,
    what: &str,
    entries: &[T],
    limit: usize,
    print: impl Fn(&mut W, &T) -> io::Result<()>,
) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{what}: {}", entries.len())?;
    entries.iter().take(limit).try_for_each(|entry| print(out, entry))?;
    match entries.len().saturating_sub(limit) {
        0 => Ok(()),
        more => writeln!(out, "  … and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up_to_the_whole() {
        let cases = [(None, "-"), (Some(1.0), "1.000"), (Some(0.9999), "0.999"), (Some(0.5), "0.500")];
        for (value, wanted) in cases {
            assert_eq!(share(value), wanted);
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let mut out = Vec::new();
        listed(&mut out, "misses", &[1, 2, 3], 1, |out, entry| writeln!(out, "  {entry}")).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\nmisses: 3\n  1\n  … and 2 more\n");
    }
}
