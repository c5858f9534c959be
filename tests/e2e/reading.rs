use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::harness::{assert_ended, fazhi, stdout};

/// Pages written by people who had not seen the parser, with what a careful reader finds on them.
fn annotated() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/gold")
}

fn extract(files: &[PathBuf]) -> Vec<Value> {
    let output = fazhi().arg("extract").args(files).output().unwrap();
    objects(&output)
}

fn objects(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn annotated_pages_are_read_as_annotated() {
    for set in ["portals", "traps", "fresh"] {
        let output = fazhi().arg("eval").arg(annotated().join(set)).args(["--at-least", "0.99"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{set}\n{}", stdout(&output));
    }
}

/// Each of these gives a kind and an issue, never a fact.
#[test]
fn what_is_no_article_gives_no_facts() {
    let pages = [
        ("zero-bytes", &["empty"][..]),
        ("binary-as-html", &["damaged"]),
        ("frameset-only", &["empty", "other"]),
        ("script-shell", &["empty", "blocked"]),
        ("noscript-shell", &["empty", "other"]),
        ("image-only", &["attachment_only"]),
        ("pdf-link-only", &["attachment_only"]),
        ("login-page", &["blocked", "empty", "other"]),
        ("firewall-200", &["blocked"]),
        ("soft-404", &["empty"]),
        ("mojibake-windows-1252", &["damaged"]),
        ("replacement-characters", &["damaged"]),
        ("utf8-read-as-gbk", &["damaged"]),
    ];
    let files: Vec<PathBuf> =
        pages.iter().map(|(name, _)| annotated().join("traps").join(format!("{name}.html"))).collect();
    let objects = extract(&files);
    assert_eq!(objects.len(), pages.len());
    for ((name, kinds), object) in pages.iter().zip(&objects) {
        let kind = object["kind"].as_str().unwrap();
        assert!(kinds.contains(&kind), "{name} is {kind}");
        assert!(!object["issues"].as_array().unwrap().is_empty(), "{name} has no issue");
        for facts in ["quantities", "indicators"] {
            assert_eq!(object[facts], Value::Array(Vec::new()), "{name}");
        }
        assert_eq!((&object["report_year"], &object["publisher_level"]), (&Value::Null, &Value::Null), "{name}");
    }
}

#[test]
fn a_page_of_fifty_megabytes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.html");
    let line = "<p>全年办理行政处罚案件3件。</p>\n";
    fs_err::write(&file, line.repeat((50 << 20) / line.len())).unwrap();
    let output = fazhi().arg("extract").arg(&file).output().unwrap();
    assert_ended(&output, &[1]);
    let object = &objects(&output)[0];
    assert_eq!((&object["kind"], &object["quantities"]), (&"damaged".into(), &Value::Array(Vec::new())));
    assert_eq!(object["issues"][0]["kind"], "undecodable_body");
}

#[test]
fn explain_says_who_said_what() {
    let page = annotated().join("portals/metas-disagree-with-header.html");
    let output = fazhi().arg("extract").arg("--explain").arg(&page).output().unwrap();
    let object = &objects(&output)[0];
    let decisions = object["explain"].as_array().unwrap();
    let decision = |field: &str| decisions.iter().find(|decision| decision["field"] == field).unwrap();
    let published = decision("published_on");
    assert_eq!(published["value"], "2024-02-01");
    let verdict = |source: &str| {
        let claims = published["claims"].as_array().unwrap();
        claims.iter().find(|claim| claim["source"] == source).unwrap()["verdict"].as_str().unwrap()
    };
    assert_eq!((verdict("meta PubDate"), verdict("above 发布日期")), ("believed", "differs"));
    for field in
        ["title", "kind", "index_number", "document_number", "publisher", "source", "region_code", "report_year"]
    {
        assert!(decision(field)["rule"].as_str().is_some_and(|rule| !rule.is_empty()), "{field}");
    }
    let words = crate::harness::stderr(&output);
    assert!(words.contains("differs  above 发布日期: 2024-01-31"), "{words}");
}
