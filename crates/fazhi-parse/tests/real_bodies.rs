//! Precision and recall of article texts, line by line, against the paragraphs a reader marked; skipped where the pages
//! are absent.
//!
//! A paragraph is known by its first and last six characters and its length, after NFKC and without white space.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the test reads files, reports what it measured and may stop at what it did not expect"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use fazhi_parse::{Capture, Page, read};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

const ENDS: usize = 6;
const LEAST: f64 = 0.98;

/// What a reader found on one page.
#[derive(Deserialize)]
struct Gold {
    file: String,
    sha256: String,
    kind: Kind,
    paragraphs: Vec<Paragraph>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Article,
    List,
    Damaged,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Paragraph {
    first: String,
    last: String,
    chars: usize,
}

impl Paragraph {
    /// `None` for a line of white space.
    fn of(line: &str) -> Option<Self> {
        let plain: Vec<char> = line.nfkc().filter(|c| !c.is_whitespace()).collect();
        let ends = plain.len().min(ENDS);
        (ends > 0).then(|| Self {
            first: plain[..ends].iter().collect(),
            last: plain[plain.len() - ends..].iter().collect(),
            chars: plain.len(),
        })
    }
}

#[derive(Default)]
struct Score {
    gold: usize,
    found: usize,
    matched: usize,
    missing: Vec<Paragraph>,
    extra: Vec<Paragraph>,
}

impl Score {
    /// Paragraphs count as often as they occur.
    fn compare(expected: &[Paragraph], found: &[Paragraph]) -> Self {
        let mut score = Self { gold: expected.len(), found: found.len(), ..Self::default() };
        let mut open: BTreeMap<&Paragraph, usize> = BTreeMap::new();
        for paragraph in expected {
            *open.entry(paragraph).or_default() += 1;
        }
        for paragraph in found {
            match open.get_mut(paragraph).filter(|times| **times > 0) {
                Some(times) => {
                    *times -= 1;
                    score.matched += 1;
                }
                None => score.extra.push(paragraph.clone()),
            }
        }
        score.missing = open.into_iter().flat_map(|(paragraph, times)| vec![paragraph.clone(); times]).collect();
        score
    }

    fn add(&mut self, other: &Self) {
        self.gold += other.gold;
        self.found += other.found;
        self.matched += other.matched;
    }

    fn precision(&self) -> f64 {
        share(self.matched, self.found)
    }

    fn recall(&self) -> f64 {
        share(self.matched, self.gold)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (precision, recall) = (self.precision(), self.recall());
        write!(out, "{:5} {:5} {:7} {precision:9.3} {recall:6.3}", self.gold, self.found, self.matched)
    }
}

/// Nothing expected and nothing found is all right.
#[expect(clippy::cast_precision_loss, reason = "a few hundred lines")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn annotations() -> Vec<Gold> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/gold/real_bodies");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

fn page_of(pages: &Path, gold: &Gold) -> Page {
    let body = std::fs::read(pages.join(&gold.file)).unwrap();
    assert_eq!(HEXLOWER.encode(&Sha256::digest(&body)), gold.sha256, "{} is not the page that was marked", gold.file);
    read(&Capture {
        url: &format!("http://127.0.0.1/{}", gold.file),
        content_type: Some("text/html"),
        content_encoding: None,
        listed_title: None,
        listed_date: None,
        body: &body,
    })
}

/// The lines that count. Nobody takes the text of a list, or of a page told to be damaged, for an article.
fn counted(kind: Kind, page: &Page) -> Vec<Paragraph> {
    let is_told = page.hint.as_deref() == Some("damaged");
    match kind {
        Kind::List => Vec::new(),
        Kind::Damaged if is_told => Vec::new(),
        Kind::Article | Kind::Damaged => page.body.lines().filter_map(Paragraph::of).collect(),
    }
}

fn note(kind: Kind) -> &'static str {
    match kind {
        Kind::Article => "",
        Kind::List => "list, not counted",
        Kind::Damaged => "damaged, not counted when told",
    }
}

#[test]
fn articles_of_real_pages_are_read_paragraph_by_paragraph() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real/html");
    if !pages.is_dir() {
        eprintln!("skipped: the folder of samples is absent");
        return;
    }
    let mut total = Score::default();
    let mut wrong = Vec::new();
    eprintln!("{:36} {:>5} {:>5} {:>7} {:>9} {:>6}", "file", "gold", "found", "matched", "precision", "recall");
    for gold in annotations() {
        assert_eq!(gold.kind == Kind::Article, !gold.paragraphs.is_empty(), "{}", gold.file);
        let score = Score::compare(&gold.paragraphs, &counted(gold.kind, &page_of(&pages, &gold)));
        eprintln!("{:36} {score} {}", gold.file, note(gold.kind));
        total.add(&score);
        wrong.extend(score.missing.iter().map(|paragraph| format!("{} missing {paragraph:?}", gold.file)));
        wrong.extend(score.extra.iter().map(|paragraph| format!("{} extra {paragraph:?}", gold.file)));
    }
    eprintln!("{:36} {total}", "total");
    assert!(total.gold > 0);
    assert!(total.precision() >= LEAST && total.recall() >= LEAST, "{wrong:#?}");
}
