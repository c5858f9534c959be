#![allow(clippy::all, clippy::pedantic, missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use fazhi_parse::{Capture, Rules, describe, read, read_text};
fn main() {
    for gold in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&gold).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let file = json["file"].as_str().unwrap().to_owned();
        let path = std::path::Path::new(&gold).parent().unwrap().join(&file);
        let body = std::fs::read(&path).unwrap();
        let url = json["url"].as_str().unwrap_or(&file).to_owned();
        let page = if file.ends_with(".txt") {
            read_text(&url, &String::from_utf8_lossy(&body))
        } else {
            read(&Capture {
                url: &url,
                content_type: json["content_type"].as_str(),
                content_encoding: None,
                listed_title: None,
                listed_date: None,
                body: &body,
            })
        };
        if std::env::var("PAGE").is_ok() {
            eprintln!("{page:#?}");
        }
        let document = describe(&[page], Rules::embedded());
        let mut out = serde_json::to_value(&document).unwrap();
        out["gold"] = serde_json::Value::String(gold);
        println!("{out}");
    }
}
