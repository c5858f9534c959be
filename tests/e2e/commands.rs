use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Sample, assert_ended, fazhi, shared, stderr, stdout, text};

const TEXT: &str = "青岚省云溪县人民政府2022年度法治政府建设工作报告

一、主要工作
全年受理行政复议申请85件，同比增长6.5%。
二、存在的问题
执法力量仍然不足。
";

#[test]
fn extract_prints_one_object_per_file() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.txt");
    fs_err::write(&report, TEXT).unwrap();
    let unread = folder.path().join("report.pdf");
    fs_err::write(&unread, "%PDF").unwrap();
    let output = fazhi().arg("extract").args([&report, &unread]).output().unwrap();
    assert_ended(&output, &[1]);
    let objects: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["kind"], "report");
    assert_eq!(objects[0]["report_year"], 2022);
    assert_eq!(objects[0]["topics"], Value::Array(Vec::new()));
    assert_eq!(objects[0]["quantities"][0]["text"], "85件");
    assert_eq!(objects[0]["quantities"][0]["value"], "85");
    assert_eq!(objects[1]["issues"][0]["kind"], "unsupported_format");
}

#[test]
fn extract_offsets_lead_to_the_text_of_real_reports() {
    let Some(seeds) = shared("seeds") else { return };
    let mut files: Vec<_> = fs_err::read_dir(seeds).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let output = fazhi().arg("extract").args(&files).output().unwrap();
    assert_ended(&output, &[0, 1]);
    let objects: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), files.len());
    for object in &objects {
        let body: Vec<char> = object["body"].as_str().unwrap().chars().collect();
        for fact in ["quantities", "indicators"].iter().flat_map(|list| object[*list].as_array().unwrap()) {
            let bound = |name: &str| usize::try_from(fact[name].as_u64().unwrap()).unwrap();
            let found: String = body[bound("char_start")..bound("char_end")].iter().collect();
            assert_eq!(fact["text"], found.as_str());
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_a_clear_error() {
    let output = fazhi().args(["extract", "/nowhere/report.html"]).output().unwrap();
    assert_ended(&output, &[2]);
    assert_eq!(
        stderr(&output),
        "error: failed to open file `/nowhere/report.html`: No such file or directory (os error 2)\n\n\
         hint: check the path; files are read from this machine only\n"
    );
}

#[test]
fn a_fact_is_shown_with_its_sentence_and_its_bytes() {
    let sample = Sample::generate(2);
    sample.run();
    let row = &sample.query("SELECT document_id, capture_id, indicator_id, text, sentence FROM evidence ORDER BY document_id, char_start LIMIT 1")[0];
    let (document, indicator) = (text(row, "document_id").unwrap(), text(row, "indicator_id").unwrap());

    let shown = stdout(&sample.expect(&[0], &["show", &format!("{document}:{indicator}")]));
    assert!(shown.contains(&format!("【{}】", text(row, "text").unwrap())), "{shown}");
    assert!(shown.contains(text(row, "capture_id").unwrap()), "{shown}");

    let body = stdout(&sample.expect(&[0], &["show", document]));
    assert!(body.contains(text(row, "sentence").unwrap()), "{body}");

    let capture = text(row, "capture_id").unwrap();
    let head = stdout(&sample.expect(&[0], &["show", capture, "--as", "head"]));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let bytes = sample.expect(&[0], &["show", capture, "--as", "bytes"]).stdout;
    let length = sample.number(&format!("SELECT bytes FROM captures WHERE capture_id = '{capture}'"));
    assert_eq!(bytes.len(), usize::try_from(length).unwrap());

    let missing = sample.expect(&[2], &["show", "nothing"]);
    assert!(stderr(&missing).starts_with("error: nothing is stored under `nothing`\n\nhint: "), "{}", stderr(&missing));
}

#[test]
fn rows_are_printed_in_every_format() {
    let sample = Sample::generate(1);
    sample.expect(&[0], &["load"]);
    let sql = "SELECT 1 AS a, '受理,3件' AS b, CAST(NULL AS VARCHAR) AS c";
    let printed = |format: &str| stdout(&sample.expect(&[0], &["query", "--format", format, sql]));
    assert_eq!(printed("csv"), "a,b,c\n1,\"受理,3件\",\n");
    assert_eq!(printed("jsonl"), "{\"a\":1,\"b\":\"受理,3件\",\"c\":null}\n");
    assert_eq!(printed("json"), "[{\"a\":1,\"b\":\"受理,3件\",\"c\":null}]\n");
    assert!(printed("table").contains("| 1 | 受理,3件 |   |"), "{}", printed("table"));
}

#[test]
fn a_query_comes_from_stdin_or_a_file_too() {
    let sample = Sample::generate(1);
    sample.expect(&[0], &["load"]);
    let file = sample.data().with_extension("sql");
    fs_err::write(&file, "SELECT 7 AS n").unwrap();
    let output = sample.expect(&[0], &["query", "--format", "csv", "-f", file.to_str().unwrap()]);
    assert_eq!(stdout(&output), "n\n7\n");
    let mut child =
        sample.fazhi().args(["query", "--format", "csv"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"SELECT 8 AS n").unwrap();
    assert_eq!(stdout(&child.wait_with_output().unwrap()), "n\n8\n");
}

#[test]
fn queries_cannot_write() {
    let sample = Sample::generate(1);
    sample.expect(&[0], &["load"]);
    let target = sample.data().with_extension("csv");
    let statements = [
        format!("COPY (SELECT 1) TO '{}'", target.display()),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "INSERT INTO documents SELECT * FROM documents".to_owned(),
        "DROP VIEW reports".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
    ];
    for statement in statements {
        let output = sample.expect(&[2], &["query", &statement]);
        assert!(stderr(&output).starts_with("error: cannot run the query: "), "{statement}: {}", stderr(&output));
    }
    assert!(!target.exists());
}

#[test]
fn a_second_run_waits_for_no_lock() {
    let sample = Sample::generate(1);
    fs_err::create_dir_all(sample.data()).unwrap();
    let path = sample.data().join("run.lock");
    let held = fs_err::File::create(&path).unwrap();
    held.file().lock().unwrap();
    let output = sample.expect(&[3], &["run"]);
    assert_eq!(
        stderr(&output),
        format!(
            "error: another run holds `{}`\n\nhint: wait for the other run to end, or give this one another `--data` folder\n",
            path.display()
        )
    );
}

#[test]
fn a_mistyped_data_folder_is_no_empty_warehouse() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["check"][..], &["query", "SELECT 1"], &["show", "x"]] {
        let output = fazhi().args(command).arg("--data").arg(folder.path()).output().unwrap();
        assert_ended(&output, &[2]);
        let message = format!(
            "error: there is no warehouse in `{}`\n\nhint: check `--data`, or fill it with `fazhi run`\n",
            folder.path().display()
        );
        assert_eq!(stderr(&output), message);
    }
}

#[test]
fn the_demo_keeps_out_of_the_users_data_and_extract_needs_none() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    let output =
        fazhi().args(["demo", "--reports", "1"]).env("FAZHI_DATA", &own).env("TMPDIR", folder.path()).output().unwrap();
    assert_ended(&output, &[0, 1]);
    assert!(!own.exists());

    let report = folder.path().join("report.txt");
    fs_err::write(&report, TEXT).unwrap();
    let output = fazhi().env_clear().arg("extract").arg(&report).output().unwrap();
    assert_ended(&output, &[0]);
}

#[test]
fn the_demo_ends_with_a_table_a_sentence_and_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let output = fazhi().args(["demo", "--reports", "6", "--data"]).arg(folder.path()).output().unwrap();
    assert_ended(&output, &[0, 1]);
    let shown = stdout(&output);
    for part in
        ["发布机构", "The sentence behind one of them", "【", "The data lies in", &folder.path().display().to_string()]
    {
        assert!(shown.contains(part), "no `{part}` in\n{shown}");
    }
}
