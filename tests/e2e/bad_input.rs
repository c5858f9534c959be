use std::process::Command;

use crate::harness::{Sample, assert_ended, fazhi, stderr, text};

fn pipeline(sample: &Sample, name: &str, start: &str, list: &str) {
    let start = format!("{}{start}", sample.base_url);
    let toml = format!(
        "name = \"{name}\"\nverified = \"2026-11-01\"\n[site]\nstart = [\"{start}\"]\n[list]\n{list}\n[politeness]\ndelay-ms = 0\n"
    );
    sample.pipeline(name, &toml);
}

/// Issues of a pipeline as `severity kind`, in order.
fn issues(sample: &Sample, pipeline: &str) -> Vec<String> {
    let sql =
        format!("SELECT severity, kind FROM issues WHERE pipeline = '{pipeline}' AND severity <> 'info' ORDER BY kind");
    let row = |row: &crate::harness::Row| format!("{} {}", text(row, "severity").unwrap(), text(row, "kind").unwrap());
    sample.query(&sql).iter().map(row).collect()
}

#[test]
fn a_typo_in_a_pipeline_file_names_file_line_and_the_nearest_key() {
    let sample = Sample::generate(1);
    sample.pipeline("typo", "name = \"typo\"\n[site]\nstart = [\"http://127.0.0.1:1/\"]\n[list]\nmax-page = 3\n");
    let output = sample.expect(&[2], &["run"]);
    let file = sample.data().with_file_name("pipelines").join("typo.toml");
    let message =
        format!("error: {}:5: unknown key `max-page` in `[list]`\n\nhint: did you mean `max-pages`?\n", file.display());
    assert_eq!(stderr(&output), message);
    assert!(!sample.data().join("archive").exists());
}

#[test]
fn an_unknown_pipeline_is_named_beside_those_that_exist() {
    let sample = Sample::folder(&std::env::temp_dir());
    sample.plain_pipeline("qingshan", "index.html");
    let output = sample.expect(&[2], &["run", "qingshna"]);
    assert_eq!(stderr(&output), "error: there is no pipeline `qingshna`\n\nhint: known pipelines: qingshan\n");
}

#[test]
fn a_pipeline_that_nobody_verified_runs_only_by_name() {
    let sample = Sample::folder(&std::env::temp_dir());
    sample.pipeline(
        "never",
        "name = \"never\"\nverified = \"never\"\n[site]\nstart = [\"https://portal.invalid/\"]\ncontact = \"mailto:data@example.org\"\n",
    );
    let output = sample.expect(&[2], &["run"]);
    assert_eq!(
        stderr(&output),
        "error: there is no pipeline to run\n\nhint: a pipeline marked `verified = \"never\"` runs only when it is named\n"
    );
}

#[test]
fn a_pipeline_without_a_contact_keeps_no_other_from_running_and_is_refused_by_name() {
    let sample = Sample::folder(&std::env::temp_dir());
    sample.plain_pipeline("qingshan", "index.html");
    sample.pipeline("starter", "name = \"starter\"\n[site]\nstart = [\"https://portal.invalid/fz/\"]\n");
    let refused = "error: pipeline `starter` has no contact, and `portal.invalid` is not on this machine\n\n\
                   hint: say whom its operator can write to: `contact = \"mailto:…\"` in `[site]` of its file, \
                   or in `fazhi.toml` for every pipeline, or `--contact`\n";
    assert_eq!(stderr(&sample.expect(&[2], &["crawl", "starter"])), refused);
    // A plan asks for nothing, and nobody has to answer for it.
    let plan = sample.expect(&[0], &["crawl", "--plan", "starter"]);
    assert!(String::from_utf8_lossy(&plan.stdout).starts_with("starter\n  hosts     portal.invalid\n"));
    let of_all = sample.expect(&[0], &["crawl", "--plan"]);
    assert!(String::from_utf8_lossy(&of_all.stdout).starts_with("qingshan\n"));
    let wrong = sample.expect(&[2], &["crawl", "starter", "--contact", "me"]);
    assert!(stderr(&wrong).contains("`me` is no contact address"), "{}", stderr(&wrong));
}

#[test]
fn one_contact_serves_every_pipeline_that_names_none() {
    let sample = Sample::folder(&std::env::temp_dir());
    sample.pipeline("starter", "name = \"starter\"\n[site]\nstart = [\"http://10.1.2.3/fz/\"]\n");
    let config = sample.data().with_file_name("fazhi.toml");
    fs_err::write(&config, "contact = \"me\"\n").unwrap();
    let config = config.display().to_string();
    let refused = sample.expect(&[2], &["crawl", "starter", "--config", &config]);
    assert!(stderr(&refused).contains("fazhi.toml: `contact`: `me` is no contact address"), "{}", stderr(&refused));
    fs_err::write(&config, "contact = \"mailto:data@example.org\"\n").unwrap();
    // It is now for the guard to refuse this address: the run is a run, with an issue.
    let run = sample.expect(&[1], &["crawl", "starter", "--config", &config]);
    assert!(stderr(&run).contains("address_refused: `10.1.2.3` must not be contacted"), "{}", stderr(&run));
}

#[test]
fn a_portal_that_is_down_is_an_error_of_its_source_and_loses_nothing() {
    let mut sample = Sample::generate(2);
    sample.run();
    let documents = sample.number("SELECT count(*) FROM documents");
    assert!(documents > 0);
    sample.stop_portal();
    let output = sample.expect(&[1], &["run"]);
    assert!(stderr(&output).contains("source_unreachable"), "{}", stderr(&output));
    assert_eq!(sample.number("SELECT count(*) FROM documents"), documents);
    assert!(sample.number("SELECT count(*) FROM captures WHERE outcome = 'unreachable' AND http_status IS NULL") > 0);
    assert!(sample.number("SELECT count(*) FROM issues WHERE kind = 'source_unreachable' AND severity = 'error'") > 0);
}

#[test]
fn random_bytes_and_a_cut_page_do_not_keep_the_good_page_from_the_tables() {
    let sample = Sample::generate(1);
    pipeline(&sample, "faults", "/faults/list-random.html", "");
    sample.expect(&[1], &["run", "faults"]);
    let rows = sample.query("SELECT url, kind FROM documents ORDER BY url");
    let kinds: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (text(row, "url").unwrap().rsplit('/').next().unwrap(), text(row, "kind").unwrap()))
        .collect();
    assert_eq!(kinds, [("cut.html", "report"), ("good.html", "report"), ("random.html", "damaged")]);
    let facts = "SELECT d.url, count(*) AS facts FROM documents d JOIN quantities q ON q.document_id = d.document_id AND q.revision = d.revision
                 GROUP BY d.url ORDER BY facts";
    let facts = sample.query(facts);
    assert_eq!(facts.len(), 2);
    assert!(text(&facts[1], "url").unwrap().ends_with("good.html"), "the cut page has fewer facts: {facts:?}");
    assert_eq!(issues(&sample, "faults"), ["warning damaged_text"]);
}

#[test]
fn an_empty_list_is_a_warning() {
    let sample = Sample::generate(1);
    pipeline(&sample, "empty", "/faults/empty-list.html", "");
    let output = sample.expect(&[1], &["run", "empty"]);
    assert!(stderr(&output).contains("warning: empty: list_empty: "), "{}", stderr(&output));
    assert_eq!(issues(&sample, "empty"), ["warning list_empty"]);
}

#[test]
fn a_title_rule_that_matches_nothing_is_a_warning_that_names_the_pipeline() {
    let sample = Sample::generate(1);
    pipeline(&sample, "silent", "/faults/list-random.html", "title = \"法制\"");
    let output = sample.expect(&[1], &["run", "silent"]);
    let warning = stderr(&output);
    let line = warning
        .lines()
        .find(|line| line.starts_with("warning: silent: title_rule_matched_nothing: "))
        .unwrap_or_default();
    assert!(line.contains("`silent`") && line.contains("法制") && line.contains('3'), "{warning}");
    assert_eq!(issues(&sample, "silent"), ["warning title_rule_matched_nothing"]);
    assert_eq!(sample.number("SELECT count(*) FROM documents"), 0);
}

#[test]
fn a_challenge_page_is_recorded_and_yields_nothing() {
    let sample = Sample::generate(1);
    pipeline(&sample, "challenge", "/faults/challenge.html", "");
    sample.expect(&[1], &["run", "challenge"]);
    assert_eq!(issues(&sample, "challenge"), ["error list_blocked"]);
    assert_eq!(sample.number("SELECT count(*) FROM captures WHERE outcome = 'blocked'"), 1);
}

#[test]
fn a_server_error_and_a_broken_connection_are_outcomes() {
    let sample = Sample::generate(1);
    pipeline(&sample, "broken", "/faults/500", "");
    pipeline(&sample, "reset", "/faults/reset", "");
    sample.expect(&[1], &["run", "broken", "reset"]);
    assert_eq!(issues(&sample, "broken"), ["error source_unreachable"]);
    assert_eq!(issues(&sample, "reset"), ["error source_unreachable"]);
    let broken = sample
        .number("SELECT count(*) FROM captures WHERE pipeline = 'broken' AND http_status = 500 AND outcome = 'failed'");
    assert!(broken >= 1, "every attempt leaves a record");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs_err::write(&file, "").unwrap();
    let data = file.join("data");
    let output = fazhi().args(["parse", "--data"]).arg(&data).output().unwrap();
    assert_ended(&output, &[2]);
    let message = stderr(&output);
    assert!(message.starts_with(&format!("error: cannot write to data folder `{}`: ", data.display())), "{message}");
    assert!(message.ends_with("\n\nhint: choose a folder you can write to with `--data DIR`\n"), "{message}");
}

#[test]
fn an_archive_that_cannot_be_written_ends_the_crawl_and_names_the_place() {
    let sample = Sample::generate(1);
    fs_err::create_dir_all(sample.data()).unwrap();
    fs_err::write(sample.data().join("archive"), "in the way").unwrap();
    let output = sample.expect(&[2], &["crawl"]);
    let message = stderr(&output);
    let place = sample.data().join("archive").display().to_string();
    assert!(message.contains("error: cannot store pages of pipeline") && message.contains(&place), "{message}");
    let runs = sample.query("SELECT command, outcome FROM runs");
    assert_eq!(runs.len(), 1);
    assert_eq!((text(&runs[0], "command"), text(&runs[0], "outcome")), (Some("crawl"), Some("failed")));
}

/// A limit on file size stands for the full disk: writes beyond it fail in the same way.
#[test]
fn a_full_disk_stops_the_run_and_keeps_what_is_stored() {
    let sample = Sample::generate(6);
    let limited = format!("trap '' XFSZ; ulimit -f 100; exec {} run", env!("CARGO_BIN_EXE_fazhi"));
    let mut command = Command::new("sh");
    command.args(["-c", &limited]).env("FAZHI_DATA", sample.data());
    let output = command.env("FAZHI_PIPELINES", sample.data().with_file_name("pipelines")).output().unwrap();
    assert_ended(&output, &[2]);
    let message = stderr(&output);
    assert!(
        message
            .contains(&format!("error: cannot use crawl state `{}`: ", sample.data().join("state.sqlite").display())),
        "{message}"
    );
    assert!(message.ends_with("what was stored is kept, and the next run goes on from there\n"), "{message}");

    sample.run();
    let wanted = sample.truth.documents.iter().filter(|document| document.listed).count();
    assert_eq!(sample.number("SELECT count(*) FROM documents"), i64::try_from(wanted).unwrap());
    let twice = "SELECT url FROM captures WHERE outcome = 'new' AND purpose = 'page' GROUP BY url HAVING count(*) > 1";
    assert_eq!(sample.query(twice), []);
}

#[test]
fn a_corrupt_archive_tail_costs_only_itself() {
    let sample = Sample::generate(2);
    sample.run();
    let documents = sample.number("SELECT count(*) FROM documents");
    let archive = sample.data().join("archive");
    let file = fazhi_archive::files(&archive).unwrap().remove(0);
    let path = archive.join(&file.file);
    let mut bytes = fs_err::read(&path).unwrap();
    let kept = bytes.len();
    bytes.extend_from_slice(b"\x1f\x8b\x08\x00 torn");
    fs_err::write(&path, &bytes).unwrap();
    sample.run();
    assert_eq!(fs_err::metadata(&path).unwrap().len(), kept as u64, "only the torn record is cut");
    assert_eq!(sample.number("SELECT count(*) FROM documents"), documents);
}
