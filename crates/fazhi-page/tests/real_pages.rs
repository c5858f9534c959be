//! Pages as portals serve them, where a collection of them is at hand.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::path::{Path, PathBuf};

use fazhi_page::{Recognition, damage, decode, links, parse_html, recognise, text_of};
use scraper::Html;
use url::Url;

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn pages(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(folder);
    let mut folders = vec![folder];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs_err::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html" || extension == "htm") {
                let bytes = fs_err::read(&path).unwrap();
                pages.push((path, bytes));
            }
        }
    }
    if pages.is_empty() {
        eprintln!("skipped: no pages here");
    }
    pages
}

#[test]
fn bounds_do_not_touch_real_pages() {
    for (path, bytes) in pages("real/html").into_iter().chain(pages("portal")) {
        let decoded = decode(&bytes, None);
        let dom = parse_html(&decoded.text);
        assert_eq!(dom.too_deep, None, "{}", path.display());
        assert!(dom.html == Html::parse_document(&decoded.text), "{} was changed", path.display());
    }
}

#[test]
fn real_pages_are_pages_and_damage_is_told() {
    for (path, bytes) in pages("real/html").into_iter().chain(pages("portal")) {
        let decoded = decode(&bytes, None);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(recognise(200, |_| None, &decoded.text, bytes.len()), Recognition::Page, "{name}");
        let text = text_of(parse_html(&decoded.text).html.root_element());
        assert!(!text.trim().is_empty(), "{name}");
        assert_eq!(damage(&text).is_some(), name == "govcn2015_844.html", "{name}: {:?}", damage(&text));
    }
}

#[test]
fn front_pages_have_links() {
    let base = Url::parse("http://a.example/b/index.html").unwrap();
    let front = |path: &Path| path.file_stem().is_some_and(|stem| stem == "index");
    for (path, bytes) in pages("portal").into_iter().filter(|(path, _)| front(path)) {
        let found = links(&parse_html(&decode(&bytes, None).text).html, &base);
        assert!(found.iter().any(|link| !link.text.is_empty()), "{}", path.display());
    }
}
