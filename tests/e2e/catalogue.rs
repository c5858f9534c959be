use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Sample, assert_ended, fazhi, stderr, stdout, text};

const README: &str = include_str!("../../README.md");
const TEXT: &str = "青岚省云溪县人民政府2022年度法治政府建设工作报告

一、主要工作
全年受理行政复议申请85件。建成法治文化公园3处。开出罚单41张。制作电子印章57枚。
";

/// The example of the README, in a file.
fn example(folder: &TempDir) -> PathBuf {
    let section = README.split("## Your own indicators").nth(1).unwrap();
    let example = section.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let path = folder.path().join("my.toml");
    fs_err::write(&path, example).unwrap();
    path
}

/// A site with one report.
fn site(folder: &TempDir) -> Sample {
    let (title, text) = TEXT.split_once('\n').unwrap();
    let paragraphs = text.trim().replace('\n', "</p><p>");
    let list = format!("<ul><li><a href=\"report.html\">{title}</a><span>2023-01-09</span></li></ul>");
    let report =
        format!("<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{paragraphs}</p></body></html>");
    for (name, page) in [("index.html", format!("<html><body>{list}</body></html>")), ("report.html", report)] {
        fs_err::write(folder.path().join(name), format!("<!DOCTYPE html><meta charset=\"utf-8\">{page}")).unwrap();
    }
    let sample = Sample::folder(folder.path());
    sample.plain_pipeline("yunxi", "index.html");
    sample
}

fn extracted(arguments: &[&str], report: &TempDir) -> Vec<String> {
    let file = report.path().join("report.txt");
    fs_err::write(&file, TEXT).unwrap();
    let output = fazhi().arg("extract").arg(&file).args(arguments).output().unwrap();
    assert_ended(&output, &[0]);
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let fact = |fact: &Value| format!("{}={}", fact["id"].as_str().unwrap(), fact["value"].as_str().unwrap());
    object["indicators"].as_array().unwrap().iter().map(fact).collect()
}

#[test]
fn extract_finds_the_indicators_of_the_users_file() {
    let folder = tempfile::tempdir().unwrap();
    let own = example(&folder);
    assert_eq!(extracted(&[], &folder), ["reconsider_accepted=85"]);
    let own = own.to_str().unwrap();
    assert_eq!(extracted(&["--catalogue", own], &folder), ["reconsider_accepted=85", "law_parks=3", "penalties=41"]);
    assert_eq!(
        extracted(&["--catalogue", own, "--catalogue", "second-tier"], &folder),
        ["reconsider_accepted=85", "law_parks=3", "penalties=41", "e_seals=57"]
    );
}

#[test]
fn an_extension_reaches_the_tables_and_leaves_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let sample = site(&folder);
    let own = example(&folder);
    let facts = || {
        let rows = sample.query("SELECT indicator_id FROM indicator_values ORDER BY ordinal");
        rows.iter().map(|row| text(row, "indicator_id").unwrap().to_owned()).collect::<Vec<_>>()
    };
    let listed = || sample.number("SELECT count(*) FROM indicator_catalog");
    sample.run();
    assert_eq!((facts(), listed()), (vec!["reconsider_accepted".to_owned()], 90));

    sample.expect(&[0, 1], &["parse", "--catalogue", own.to_str().unwrap()]);
    sample.expect(&[0, 1], &["load", "--catalogue", own.to_str().unwrap()]);
    assert_eq!(
        (facts(), listed()),
        (["reconsider_accepted", "law_parks", "penalties"].map(str::to_owned).to_vec(), 91)
    );
    let name = "SELECT name_zh FROM indicator_catalog WHERE indicator_id = 'law_parks'";
    assert_eq!(text(&sample.query(name)[0], "name_zh"), Some("法治文化公园"));

    // The configuration names files relative to itself.
    let config = folder.path().join("fazhi.toml");
    fs_err::write(&config, "catalogue = [\"my.toml\", \"second-tier\"]\n").unwrap();
    sample.expect(&[0, 1], &["run", "--config", config.to_str().unwrap()]);
    assert_eq!((facts().last().map(String::as_str), listed()), (Some("e_seals"), 105));
    let versions = sample.query("SELECT revision FROM texts").len();
    sample.expect(&[0, 1], &["run", "--config", config.to_str().unwrap()]);
    assert_eq!(sample.query("SELECT revision FROM texts").len(), versions, "the same rules read nothing anew");

    sample.run();
    assert_eq!((facts(), listed()), (vec!["reconsider_accepted".to_owned()], 90));
}

#[test]
fn a_broken_file_is_named_with_its_line_and_keeps_nobody_from_a_query() {
    let folder = tempfile::tempdir().unwrap();
    let own = example(&folder);
    let broken = fs_err::read_to_string(&own).unwrap().replace("\"处\"", "\"处处\"");
    fs_err::write(&own, broken).unwrap();
    let message = format!(
        "error: {}:7: unit `处处` is not known\n\nhint: no amount is ever read in it; use a counter as it is written, \
         such as `件`, `个`, `次`, or `%`, `元`\n",
        own.display()
    );
    let sample = Sample::folder(folder.path());
    sample.plain_pipeline("yunxi", "index.html");
    for command in [&["extract", "report.txt"][..], &["eval", "gold"], &["run"], &["parse"], &["load"], &["catalogue"]]
    {
        let output = sample.fazhi().args(command).env("FAZHI_CATALOGUE", &own).output().unwrap();
        assert_ended(&output, &[2]);
        assert_eq!(stderr(&output), message, "{command:?}");
    }
    assert!(!sample.data().join("archive").exists(), "nothing was fetched");
    sample.expect(&[0], &["load"]);
    let output = sample.fazhi().args(["query", "SELECT 1"]).env("FAZHI_CATALOGUE", &own).output().unwrap();
    assert_ended(&output, &[0]);

    let output = fazhi().args(["catalogue", "--catalogue", "second-teir"]).output().unwrap();
    assert_ended(&output, &[2]);
    let (error, hint) = (stderr(&output), "\n\nhint: name a file that extends the catalogue, or `second-tier` for ");
    assert!(error.starts_with("error: cannot read a catalogue: failed to open file `second-teir`"), "{error}");
    assert!(error.contains(hint), "{error}");
}

#[test]
fn the_configuration_refuses_a_catalogue_that_is_no_path() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("fazhi.toml");
    for (line, message) in
        [("catalogue = 3", "a path or a list of paths is needed"), ("catalog = \"x\"", "unknown field")]
    {
        fs_err::write(&config, format!("\n{line}\n")).unwrap();
        let output = fazhi().args(["catalogue", "--config"]).arg(&config).output().unwrap();
        assert_ended(&output, &[2]);
        let error = stderr(&output);
        assert!(error.starts_with(&format!("error: {}:2: {message}", config.display())), "{error}");
        let keys = "the keys are `data`, `pipelines`, `contact`, `catalogue` and those of `[serve]` (docs/serve.md)";
        assert!(error.ends_with(&format!("\n\nhint: {keys}\n")), "{error}");
    }
}

#[test]
fn the_entries_in_force_are_listed_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let own = example(&folder);
    let printed = |arguments: &[&str]| {
        let output = fazhi().arg("catalogue").arg("--catalogue").arg(&own).args(arguments).output().unwrap();
        assert_ended(&output, &[0]);
        stdout(&output)
    };
    let rows: Vec<Value> =
        printed(&["--format", "jsonl"]).lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(rows.len(), 91);
    assert_eq!(
        rows[90],
        serde_json::json!({
            "indicator_id": "law_parks", "area": "A10", "kind": "count", "unit": "个", "accepted_units": ["个", "处", "座"],
            "name_zh": "法治文化公园", "name_en": "Parks on the rule of law", "phrases": 1,
        })
    );
    let csv = printed(&["--format", "csv"]);
    assert!(csv.starts_with("indicator_id,area,kind,unit,accepted_units,name_zh,name_en,phrases\n"), "{csv}");
    assert_eq!(csv.lines().count(), 92);
    assert!(printed(&[]).contains("| law_parks "), "a table");

    let shown = printed(&["law_parks"]);
    let expected = "law_parks: 法治文化公园, Parks on the rule of law
  Parks and squares that teach law, new ones or all.
  area: A10
  kind: count, flow
  unit: 个
  accepted units: 个, 处, 座
  phrases:
    a = 法治文化公园|法治公园 !活动
";
    assert_eq!(shown, expected);
    let penalties = printed(&["penalties", "--format", "json"]);
    let penalties: Value = serde_json::from_str(&penalties).unwrap();
    assert_eq!(penalties[0]["phrases"]["tickets"], "罚单|处罚决定书 =张");
    assert_eq!(penalties[0]["part_of"], Value::Null);
    assert!(printed(&["legality_reviews_norm"]).contains("\n  part of: legality_reviews\n"));

    let output = fazhi().args(["catalogue", "penalty"]).output().unwrap();
    assert_ended(&output, &[2]);
    assert_eq!(stderr(&output), "error: there is no indicator `penalty`\n\nhint: did you mean `penalties`?\n");
    let output = fazhi().args(["catalogue", "xyz"]).output().unwrap();
    assert_eq!(stderr(&output), "error: there is no indicator `xyz`\n\nhint: `fazhi catalogue` lists what there is\n");
}
