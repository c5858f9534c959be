//! `docs/pipelines.md` says what there is.

use fazhi_model::Outcome;

use super::super::raw::KEYS;
use super::*;

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pipelines.md"));

/// The part of the page under a heading, up to the next one of any level.
#[track_caller]
fn section(heading: &str) -> &'static str {
    let start = format!("{heading}\n");
    let (_, behind) = PAGE.split_once(&start).unwrap_or_else(|| panic!("the page has no `{heading}`"));
    behind.split("\n#").next().unwrap()
}

/// The row of a table that is about `name`.
#[track_caller]
fn row(section: &'static str, name: &str) -> &'static str {
    let start = format!("| `{name}` | ");
    section.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("there is no row for `{name}`"))
}

fn heading(table: &str) -> String {
    if table.is_empty() { "### Top level".to_owned() } else { format!("### `[{table}]`") }
}

#[test]
fn every_key_has_a_row_in_the_section_of_its_table_and_no_other_has() {
    for (table, keys) in KEYS {
        let section = section(&heading(table));
        for key in *keys {
            row(section, key);
        }
        let rows = section.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, keys.len(), "{table}");
    }
}

#[test]
fn defaults_are_those_that_apply() {
    let pipeline = Pipeline::parse("x.toml", "name = \"a\"\n[site]\nstart = [\"https://a.cn/\"]\n").unwrap();
    let Pipeline { reading, politeness: Politeness { pace, timeout, .. }, .. } = pipeline;
    let defaults = [
        ("list", "max-pages", format!("{} pages", reading.max_pages)),
        ("list", "max-depth", format!("{} lists", reading.max_depth)),
        ("list", "lookback-days", format!("{} days", reading.lookback.0)),
        ("list", "sweep-days", format!("{} days", reading.sweep_every.0)),
        ("politeness", "delay-ms", format!("{} ms", pace.floor.as_millis())),
        ("politeness", "delay-factor", pace.factor.to_string()),
        ("politeness", "max-delay-ms", format!("{} ms", pace.longest.as_millis())),
        ("politeness", "concurrency", format!("{} request", pace.parallel)),
        ("politeness", "timeout-ms", format!("{} ms", timeout.as_millis())),
    ];
    for (table, key, default) in defaults {
        let stated = row(section(&heading(table)), key).split(" | ").nth(2);
        assert_eq!(stated, Some(default.as_str()), "{key}");
    }
}

#[test]
fn every_family_has_a_section() {
    for name in FamilyChoice::names().into_iter().filter(|name| *name != "auto") {
        assert!(section(&format!("### `{name}`")).trim().len() > 40, "{name}");
    }
    assert!(PAGE.contains("`auto`"));
}

#[test]
fn every_outcome_has_a_row() {
    let section = section("## Outcomes");
    for outcome in Outcome::ALL {
        assert!(row(section, outcome.as_str()).matches('`').count() >= 4, "no rule is named for `{outcome}`");
    }
}

#[test]
fn the_example_can_be_used() {
    let (_, behind) = PAGE.split_once("```toml\n").unwrap();
    let example = behind.split("```").next().unwrap();
    assert!(Pipeline::parse("docs", example).unwrap().signed(None).is_ok());
    let missing = Pipeline::parse("x.toml", "name = \"a\"\n").unwrap_err().to_string();
    assert!(missing.contains("missing field `site`"), "as the page says: {missing}");
}
