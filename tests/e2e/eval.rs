use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{assert_ended, fazhi, shared, stderr, stdout};

const TEXT: &str = "青岚省云溪县人民政府2022年度法治政府建设工作报告

一、主要工作
全年受理行政复议申请85件。举办培训12场。
二、存在的问题
执法力量仍然不足。
";

const PAGE: &str = "<html><head><meta charset=\"gb2312\"><title>云溪县</title></head><body>
<h1>青岚省云溪县人民政府2023年度法治政府建设工作报告</h1>
<div class=\"TRS_Editor\"><p>2023年，云溪县依法行政，作出行政处罚决定206件。</p><p>一、主要工作</p>
<p>全年受理行政复议申请90件，公开听证3次。</p><p>附件：<a href=\"table.xlsx\">统计表.xlsx</a></p></div></body></html>";

/// A text that is read as its gold says, and a page that is not, in a subfolder.
fn annotated() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "gold/report.json", &gold_of_text("report.txt").to_string());
    write(folder.path(), "seeds/report.txt", TEXT);
    write(folder.path(), "gold/pages/page.html", PAGE);
    write(folder.path(), "gold/pages/page.json", &gold_of_page().to_string());
    write(folder.path(), "gold/notes.json", r#"{"about": "who annotated what"}"#);
    folder
}

fn gold_of_text(file: &str) -> Value {
    json!({
        "file": file,
        "document": {"kind": "report", "report_year": 2022, "title": "青岚省云溪县人民政府 2022年度法治政府建设工作报告", "source": null},
        "quantities": [
            {"text": "85件", "value": "85", "max": null, "unit": "件", "precision": "exact", "sentence_part": "受理85件"},
            {"text": "12场", "value": "12", "max": null, "unit": "场", "precision": "exact", "sentence_part": "培训12场"}
        ],
        "indicators": [
            {"id": "reconsider_accepted", "value": "85", "unit": "件", "section": "result"},
            {"id": "law_training", "value": "12", "section": "result"}
        ]
    })
}

fn gold_of_page() -> Value {
    json!({
        "file": "page.html",
        "url": "http://portal.invalid/zwgk/202401/t20240115_7.html",
        "content_type": "text/html; charset=utf-8",
        "document": {
            "kind": "report", "report_year": 2021, "publisher": "云溪县司法局", "signed_on": "2024-01-08", "topics": [],
            "attachments": ["http://portal.invalid/zwgk/202401/table.xlsx"]
        },
        "body": {"starts": "2023年,云溪县", "ends": "听证3次", "excludes": ["听证"]},
        "quantities": [{"text": "90件", "value": "90", "unit": "件", "precision": "at_least", "sentence_part": "申请90件"}],
        "indicators": [{"id": "penalties", "value": "207", "unit": "件", "text": "206件"}],
        "doubtful": ["publisher"]
    })
}

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, content).unwrap();
}

/// `fazhi eval gold …`, started in the folder that holds `gold`.
#[track_caller]
fn eval(folder: &Path, codes: &[i32], arguments: &[&str]) -> Output {
    let output = fazhi().current_dir(folder).args(["eval", "gold"]).args(arguments).output().unwrap();
    assert_ended(&output, codes);
    output
}

fn scores(folder: &Path, arguments: &[&str]) -> Value {
    let output = eval(folder, &[0], &[&["--format", "json"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn counts(score: &Value) -> [u64; 3] {
    ["tp", "fp", "fn"].map(|count| score[count].as_u64().unwrap())
}

#[test]
fn json_holds_scores_and_every_difference() {
    let folder = annotated();
    let scores = scores(folder.path(), &[]);
    assert_eq!(scores["documents"], 2);
    assert_eq!(counts(&scores["fields"]["kind"]), [2, 0, 0]);
    assert_eq!(counts(&scores["fields"]["title"]), [1, 0, 0]);
    assert_eq!(counts(&scores["fields"]["report_year"]), [1, 1, 1]);
    assert_eq!(scores["fields"]["report_year"]["exact"], 0.5);
    assert_eq!(counts(&scores["fields"]["signed_on"]), [0, 0, 1]);
    assert_eq!(counts(&scores["fields"]["attachments"]), [1, 0, 0]);
    assert_eq!(counts(&scores["fields"]["body"]), [0, 1, 1]);
    assert_eq!(scores["fields"]["source"]["f1"], Value::Null);
    assert_eq!(scores["fields"]["publisher"], Value::Null, "doubtful");
    assert_eq!(counts(&scores["micro"]), [5, 2, 3]);
    assert_eq!(counts(&scores["quantities"]), [2, 3, 1]);
    assert_eq!(scores["sections"], Value::Null);

    let fields: Vec<&str> =
        scores["wrong"].as_array().unwrap().iter().map(|wrong| wrong["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["report_year", "signed_on", "body"]);
    assert_eq!(scores["wrong"][0]["file"], "pages/page.html");
    assert_eq!(scores["wrong"][0]["gold"], json!(["2021"]));
    assert_eq!(scores["wrong"][0]["answer"], json!(["2023"]));
    assert_eq!(scores["wrong"][2]["gold"], json!(["lacks 听证"]));

    assert_eq!(counts(&scores["areas"]["A6"])[0], 1, "reconsider_accepted of the text");
    assert_eq!(counts(&scores["areas"]["A4"]), [0, 1, 1], "penalties of the page");
    let misses = scores["misses"].as_array().unwrap();
    assert_eq!(misses[0]["entry"], "90件 (90 件, at_least)");
    assert_eq!(misses[0]["sentences"], json!(["申请90件"]));
    assert_eq!((&misses[1]["id"], &misses[1]["area"]), (&json!("penalties"), &json!("A4")));
    assert_eq!(misses[1]["sentences"], json!(["2023年，云溪县依法行政，作出行政处罚决定206件。"]));
    let false_hits = scores["false_hits"].as_array().unwrap();
    assert!(false_hits.iter().any(|hit| hit["entry"] == "penalties = 206 件 (206件)"), "{false_hits:?}");
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let folder = annotated();
    let printed = || stdout(&eval(folder.path(), &[0], &["--format", "json"]));
    let first = printed();
    assert_eq!(first, printed());
    let keys =
        ["parser_version", "rules_digest", "documents", "micro", "fields", "sections", "quantities", "indicators"];
    let places: Vec<usize> = keys.iter().map(|key| first.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{first}");
}

#[test]
fn the_table_names_fields_and_cuts_long_lists() {
    let folder = annotated();
    let output = eval(folder.path(), &[0], &["--limit", "1"]);
    let table = stdout(&output);
    for line in [
        "field             documents     tp     fp     fn      P      R     F1  exact",
        "kind                      2      2      0      0  1.000  1.000  1.000  1.000",
        "report_year               2      1      1      1  0.500  0.500  0.500  0.500",
        "source                    1      0      0      0      -      -      -  1.000",
        "micro                     2      5      2      3  0.714  0.625  0.666",
        "quantities                2      2      3      1  0.400  0.666  0.500",
        "wrong fields: 3",
        "  pages/page.html report_year: `2023` instead of `2021`",
        "  … and 2 more",
        "misses: 2",
        "  pages/page.html quantities: 90件 (90 件, at_least)",
        "    申请90件",
    ] {
        assert!(table.lines().any(|printed| printed == line), "no `{line}` in\n{table}");
    }
    assert_eq!(
        stderr(&output),
        "note: JSON files without annotations, passed over: 1, the first is `gold/notes.json`\n"
    );
}

#[test]
fn a_threshold_decides_the_exit_code() {
    let folder = annotated();
    let output = eval(folder.path(), &[1], &["--at-least", "0.99"]);
    let warning = "warning: F1 over all fields is 0.6667, below the wanted 0.99\n";
    assert!(stderr(&output).ends_with(warning), "{}", stderr(&output));
    eval(folder.path(), &[0], &["--at-least", "0.6"]);
    fs_err::remove_file(folder.path().join("gold/pages/page.json")).unwrap();
    eval(folder.path(), &[0], &["--at-least", "1"]);
}

#[test]
fn pages_may_lie_elsewhere() {
    let folder = annotated();
    let path = |name: &str| folder.path().join(name);
    fs_err::create_dir_all(path("elsewhere/pages")).unwrap();
    fs_err::rename(path("seeds/report.txt"), path("elsewhere/report.txt")).unwrap();
    fs_err::rename(path("gold/pages/page.html"), path("elsewhere/pages/page.html")).unwrap();
    assert_eq!(scores(folder.path(), &["--files", "elsewhere"])["documents"], 2);
    let output = eval(folder.path(), &[2], &[]);
    let message = "error: there is no page `page.html` for gold file `gold/pages/page.json`\n\nhint: name the folder of the pages \
                   with `--files DIR`; looked for `gold/pages/page.html`, `gold/pages/../seeds/page.html`\n";
    assert_eq!(stderr(&output), message);
}

#[test]
fn a_faulty_gold_file_is_named_with_its_fault() {
    let hint =
        "hint: a gold file is an object with `file` and `document`; keys that are not to be scored are left out\n";
    let cases = [
        (r#"{"document": {}}"#, "no gold: `file` is missing"),
        (r#"{"file": "report.txt", "body": {}}"#, "no gold: `document` is missing"),
        ("{\"file\": \"report.txt\",\n \"document\": {\"titel\": null}}", "unknown field `titel`, expected one of"),
        ("{\"file\": \"report.txt\",", "no JSON: EOF while parsing"),
    ];
    for (content, fault) in cases {
        let folder = annotated();
        write(folder.path(), "gold/bad.json", content);
        let message = stderr(&eval(folder.path(), &[2], &[]));
        let start = format!("error: cannot read gold file `gold/bad.json`: {fault}");
        assert!(message.starts_with(&start) && message.ends_with(hint), "{message}");
    }
}

#[test]
fn a_folder_without_gold_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let message = stderr(&eval(folder.path(), &[2], &[]));
    assert!(message.starts_with("error: failed to read directory `gold`: "), "{message}");
    write(folder.path(), "gold/notes.json", "[]");
    let message = stderr(&eval(folder.path(), &[2], &[]));
    assert_eq!(
        message,
        "error: there is no gold file in `gold`\n\nhint: a gold file is a `.json` with `file` and `document`\n"
    );
}

#[test]
fn annotated_reports_are_read_as_annotated() {
    let Some(gold) = shared("gold") else { return };
    let output = fazhi().args(["eval", "--format", "json"]).arg(gold).output().unwrap();
    assert_ended(&output, &[0]);
    let scores: Value = serde_json::from_slice(&output.stdout).unwrap();
    at_least(&scores, "micro", 0.98, 0.98);
    at_least(&scores, "quantities", 0.99, 0.99);
    at_least(&scores, "indicators", 0.97, 0.93);
}

#[test]
fn reports_written_for_us_are_read_as_annotated() {
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/gold/reports");
    let output = fazhi().args(["eval", "--format", "json"]).arg(gold).output().unwrap();
    assert_ended(&output, &[0]);
    let scores: Value = serde_json::from_slice(&output.stdout).unwrap();
    at_least(&scores, "micro", 0.98, 0.98);
    at_least(&scores, "quantities", 0.995, 0.995);
    at_least(&scores, "indicators", 0.98, 0.97);
}

#[track_caller]
fn at_least(scores: &Value, what: &str, precision: f64, recall: f64) {
    let score = &scores[what];
    let holds = |side: &str, wanted: f64| score[side].as_f64().unwrap() >= wanted;
    assert!(holds("precision", precision) && holds("recall", recall), "{what}: {score}");
}
