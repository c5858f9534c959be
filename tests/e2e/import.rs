use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::harness::{Sample, shared, stderr, text};

const TITLE: &str = "云溪县人民政府2022年法治政府建设年度报告";

fn report(sentence: &str) -> String {
    format!(
        "<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><div class=\"TRS_Editor\"><p>一、主要工作</p>\
         <p>全年{sentence}。</p><p>云溪县人民政府</p><p>2023年1月20日</p></div></body></html>"
    )
}

/// A data folder, and one for the files to import.
struct Desk {
    sample: Sample,
    files: TempDir,
}

impl Desk {
    fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        Self { sample: Sample::folder(files.path()), files }
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.files.path().join(name);
        fs_err::write(&path, bytes).unwrap();
        path
    }

    /// Imports; returns what was said.
    #[track_caller]
    fn import(&self, code: i32, arguments: &[&str]) -> String {
        let arguments: Vec<&str> = ["import"].into_iter().chain(arguments.iter().copied()).collect();
        stderr(&self.sample.expect(&[code], &arguments))
    }

    #[track_caller]
    fn ingest(&self) {
        self.sample.expect(&[0, 1], &["parse"]);
        self.sample.expect(&[0, 1], &["load"]);
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A record in the dialect of wget: addresses in angle brackets, plain.
fn record(kind: &str, id: u8, url: &str, more: &str, block: &str) -> String {
    format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-0000000000{id:02}>\r\n\
         WARC-Target-URI: <{url}>\r\nWARC-Date: 2023-02-03T04:05:06Z\r\n{more}Content-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
}

const HTML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";

fn answer(id: u8, url: &str, body: &str) -> String {
    record("response", id, url, "Content-Type: application/http;msgtype=response\r\n", &format!("{HTML}{body}"))
}

#[test]
fn a_warc_of_another_tool_comes_to_the_tables_once() {
    let desk = Desk::new();
    let url = "http://a.example/zwgk/1.html";
    let request = "GET /zwgk/1.html HTTP/1.1\r\nHost: a.example\r\n\r\n";
    let concurrent = "Content-Type: application/http;msgtype=request\r\n";
    let page = report("受理行政复议案件3件");
    let warc = [
        record("warcinfo", 1, "urn:x", "Content-Type: application/warc-fields\r\n", "software: Wget\r\n"),
        record("request", 2, url, concurrent, request),
        record(
            "response",
            3,
            url,
            "Content-Type: application/http;msgtype=response\r\nWARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000002>\r\n",
            &format!("{HTML}{page}"),
        ),
        answer(4, "http://a.example/style.css", "").replace("text/html", "text/css "),
        record("response", 5, "dns:a.example", "Content-Type: text/dns\r\n", "20230203 a.example. A 192.0.2.1"),
        record("response", 6, "http://a.example/gone", "", "HTTP/1.1 404 Not Found\r\n\r\n"),
    ];
    let file = desk.file("old.warc", warc.concat());
    let said = desk.import(0, &[path(&file)]);
    assert_eq!(said, "import: 3 captures added, 0 known already, 1 records without an answer, 0 damaged\n");
    desk.ingest();
    let rows = desk.sample.query("SELECT outcome, rule, pipeline, fetched_at FROM captures ORDER BY outcome");
    let outcomes: Vec<_> = rows.iter().map(|row| text(row, "outcome").unwrap()).collect();
    assert_eq!(outcomes, ["new", "not_found", "wrong_type"]);
    assert!(rows.iter().all(|row| text(row, "rule") == Some("import") && text(row, "pipeline") == Some("import")));
    assert!(text(&rows[0], "fetched_at").unwrap().starts_with("2023-02-03T04:05:06"), "{rows:?}");
    assert_eq!(desk.sample.number("SELECT count(*) FROM indicator_values WHERE value = 3"), 1);
    assert_eq!(desk.sample.number("SELECT count(*) FROM runs WHERE command = 'import' AND outcome = 'clean'"), 1);
    let archived = fazhi_archive_of(&desk.sample.data());
    assert!(archived.iter().any(|block| block == request.as_bytes()), "the request is kept");

    let said = desk.import(0, &[path(&file)]);
    assert_eq!(said, "import: 0 captures added, 3 known already, 1 records without an answer, 0 damaged\n");
    assert_eq!(fazhi_archive_of(&desk.sample.data()).len(), archived.len());
}

/// The blocks of all archived records.
fn fazhi_archive_of(data: &Path) -> Vec<Vec<u8>> {
    let root = data.join("archive");
    let files = fazhi_archive::files(&root).unwrap();
    let records = files.iter().flat_map(|file| fazhi_archive::RecordReader::open(&root, &file.file).unwrap());
    records.map(|record| record.unwrap().block).collect()
}

#[test]
fn revisits_are_resolved_or_told() {
    let desk = Desk::new();
    let (first, second) = ("http://a.example/1.html", "http://a.example/2.html");
    let page = report("受理行政复议案件3件");
    let revisit = |id: u8, url: &str, refers: &str| {
        let profile = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\n";
        record("revisit", id, url, &format!("{profile}WARC-Refers-To: <urn:uuid:{refers}>\r\n"), HTML)
            .replace("04:05:06", &format!("05:00:{id:02}"))
    };
    let known = "00000000-0000-4000-8000-000000000001";
    let warc =
        [revisit(2, second, known), revisit(3, first, known), answer(1, first, &page), revisit(4, first, "unknown")];
    let file = desk.file("old.warc", warc.concat());
    let said = desk.import(1, &[path(&file)]);
    assert!(said.contains("what it repeats is not in the files that are imported"), "{said}");
    assert!(
        said.ends_with("import: 3 captures added, 0 known already, 0 records without an answer, 1 damaged\n"),
        "{said}"
    );
    desk.ingest();
    assert_eq!(desk.sample.number("SELECT count(*) FROM captures WHERE outcome = 'new'"), 2);
    assert_eq!(desk.sample.number("SELECT count(*) FROM captures WHERE outcome = 'unchanged'"), 1);
    assert_eq!(desk.sample.number("SELECT count(*) FROM documents WHERE kind = 'report'"), 2);
    assert_eq!(desk.sample.number("SELECT count(*) FROM issues WHERE kind = 'import_unresolved'"), 1);
    let shown = desk.sample.query("SELECT capture_id FROM captures WHERE outcome = 'unchanged'");
    let shown = desk.sample.expect(&[0], &["show", text(&shown[0], "capture_id").unwrap(), "--as", "bytes"]);
    assert_eq!(shown.stdout, page.as_bytes(), "the body that is repeated");
}

#[test]
fn a_damaged_record_costs_no_other() {
    let desk = Desk::new();
    let page = report("受理行政复议案件3件");
    let warc = [
        answer(1, "http://a.example/1.html", &page),
        "garbage\r\n\r\n".into(),
        answer(2, "http://a.example/2.html", &page),
    ];
    let file = desk.file("old.warc", warc.concat());
    let said = desk.import(1, &[path(&file)]);
    let offset = warc[0].len();
    let told = format!("has no readable record at byte {offset}");
    assert!(said.contains(&told) && said.contains("2 captures added"), "{said}");
    desk.ingest();
    let issues = desk.sample.query("SELECT detail FROM issues WHERE kind = 'import_damaged'");
    assert_eq!(issues.len(), 1);
    assert!(text(&issues[0], "detail").unwrap().contains(&told), "{issues:?}");
    desk.import(1, &[path(&file)]);
    desk.ingest();
    assert_eq!(desk.sample.number("SELECT count(*) FROM issues WHERE kind = 'import_damaged'"), 1);
    assert_eq!(desk.sample.number("SELECT count(*) FROM captures"), 2);
}

#[test]
fn saved_pages_need_an_address() {
    let desk = Desk::new();
    let marked = format!("<!-- saved from url=(0024)http://a.example/1.html -->{}", report("受理行政复议案件3件"));
    let marked = desk.file("marked.html", marked);
    let bare = desk.file("bare.htm", report("受理行政复议案件33件"));
    let said = desk.import(2, &[path(&marked), path(&bare)]);
    assert!(
        said.contains("does not say which address it was saved from")
            && said.contains("hint: give it with `--url URL`"),
        "{said}"
    );
    assert!(!desk.sample.data().join("archive").exists(), "nothing is stored unless all of it can be");
    desk.import(0, &[path(&marked)]);
    desk.import(0, &[path(&marked)]);
    desk.import(0, &[path(&bare), "--url", "http://a.example/2.html", "--date", "2023-03-01", "--pipeline", "by-hand"]);
    desk.ingest();
    let rows = desk.sample.query("SELECT url, pipeline, fetched_at FROM captures ORDER BY url");
    assert_eq!(rows.len(), 2);
    assert_eq!(text(&rows[0], "url"), Some("http://a.example/1.html"));
    assert_eq!(text(&rows[1], "pipeline"), Some("by-hand"));
    assert!(text(&rows[1], "fetched_at").unwrap().starts_with("2023-02-28T16:00:00"), "{rows:?}");
    // The second is taken for a correction of the first, but both are there.
    assert_eq!(desk.sample.number("SELECT count(*) FROM documents WHERE kind = 'report'"), 2);
}

#[test]
fn what_cannot_be_imported_is_a_clear_error() {
    let desk = Desk::new();
    let word = desk.file("report.docx", "PK");
    let page = desk.file("1.html", "<p>x</p>");
    assert!(desk.import(2, &[path(&word)]).contains("is neither a WARC file nor a saved page"));
    assert!(desk.import(2, &["/nowhere/1.warc"]).contains("hint: check the path"));
    let two = [path(&page), path(&page), "--url", "http://a.example/"];
    assert!(desk.import(2, &two).contains("`--url` is the address of one page"));
    let named = [path(&page), "--url", "http://a.example/", "--pipeline", "a/b"];
    assert!(desk.import(2, &named).contains("hint: choose another name with `--pipeline`"));
}

#[test]
fn real_files_are_imported() {
    let Some(folder) = shared("real/warc") else { return };
    let desk = Desk::new();
    let good = desk.import(0, &[path(&folder.join("example.warc.gz"))]);
    assert!(good.contains("2 captures added"), "{good}");
    let bad = desk.import(1, &[path(&folder.join("example-wrong-chunks.warc.gz"))]);
    assert!(bad.contains("example-wrong-chunks.warc.gz` has no readable record at byte 516"), "{bad}");
    let cut = desk.import(1, &[path(&folder.join("example-trunc.warc"))]);
    assert!(cut.contains("has no readable record at byte 2560"), "{cut}");
}
