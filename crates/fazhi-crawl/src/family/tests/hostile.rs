//! Pages made to be costly: none may cost more than its length.

use std::time::Instant;

use super::*;

/// Families whose lists are data or whose pagers are scripts.
const OF_DATA: [Family; 7] =
    [Family::Gkmlpt, Family::HanwebJpaas, Family::HanwebJpage, Family::Json, Family::Trs, Family::Ucap, Family::Was5];

/// A text that holds no list. It would take minutes if anything were read twice per element.
#[track_caller]
fn check_bomb(families: &[Family], bomb: &str) {
    let url = Url::parse("http://a.cn/x/index.htm").unwrap();
    let begun = Instant::now();
    detect(&url, bomb);
    for family in families {
        let listing = read_list(*family, &ListPage::new(&url, bomb));
        assert_eq!(listing.items, [], "{family:?}: {}", &bomb[..bomb.floor_char_boundary(40)]);
    }
    let seconds = begun.elapsed().as_secs();
    assert!(seconds < 60, "{seconds} s: {}", &bomb[..bomb.floor_char_boundary(40)]);
}

#[test]
fn hostile_pages_end_soon() {
    let url = Url::parse("http://a.cn/x/").unwrap();
    let pages = [
        "<li><a href=1.html>".repeat(5_000),
        "<ul><li>".repeat(5_000) + "<a href=12345.html>标题文字</a>",
        "<record>".repeat(50_000),
        "<datastore".repeat(50_000),
        "createPageHTML(".repeat(50_000),
        format!("<li>{}</li>", "<a href=content_12345.html>标题标题</a>2024-01-01".repeat(1_000)),
        "\u{0}\u{fffd}<a href='http://[::1'>坏地址坏地址</a><a href='//'>坏地址坏地址</a>".to_owned(),
    ];
    for text in &pages {
        for family in [Family::Trs, Family::HanwebJpage, Family::Vsb, Family::Static] {
            let listing = read_list(family, &ListPage::new(&url, text));
            assert!(listing.items.len() <= 1, "{family:?}: {}", &text[..40]);
        }
    }
}

#[test]
fn hostile_answers_end_soon() {
    let fields: Vec<String> = (0..40_000).map(|n| format!("{{\"f{n}\":\"通知通知通知\",\"url\":\"/{n}\"}}")).collect();
    let answers = [
        "{\"a\":".repeat(50_000),
        "[".repeat(100_000),
        format!("[{}]", "{},".repeat(100_000)),
        format!("[{}]", "0,".repeat(500_000)),
        format!("[{}]", fields.join(",")),
        "<REC>".repeat(50_000),
        format!("<REC>{}</REC>", "<A>".repeat(50_000)),
        "<datastore><record>".repeat(20_000),
        "\"/searchList/a?".repeat(20_000),
        "queryData={'webId':'1',".repeat(20_000),
        ".jpage({proxyUrl:'".repeat(20_000),
        "_CONFIG SID:".repeat(20_000),
        "createPageHTML(parseInt(".repeat(20_000),
        "<div count=".repeat(20_000),
    ];
    for text in &answers {
        check_bomb(&OF_DATA, text);
    }
}

#[test]
fn bombs_of_xml_end_soon() {
    let entity = |n: usize| format!("<!ENTITY l{} '&l{n};&l{n};&l{n};&l{n};'>", n + 1);
    let entities = (0..63).map(entity).collect::<Vec<_>>().concat();
    for bomb in [
        format!("<urlset>{}", "<url>".repeat(1_000_000)),
        format!("<urlset>{}", "<a>".repeat(1_000_000)),
        format!("<rss><item>{}", "<title>".repeat(1_000_000)),
        format!("<!DOCTYPE urlset [<!ENTITY l0 'lol'>{entities}]><urlset><url><loc>&l63;</loc></url></urlset>"),
        format!("<urlset><url><loc {}>", "a='b' ".repeat(500_000)),
    ] {
        check_bomb(&[Family::Sitemap, Family::Rss], &bomb);
    }
}

#[test]
fn bombs_of_html_end_soon() {
    for bomb in [
        "{labelName ".repeat(50_000),
        "共&nbsp;&nbsp;&nbsp;".repeat(10_000),
        "第1/<".repeat(50_000),
        "'/site/label/8888?labelName=".repeat(50_000),
        "<iframe src=x.html>".repeat(10_000),
    ] {
        check_bomb(&[Family::Vsb, Family::Webplus, Family::Lonsun, Family::Static], &bomb);
    }
}
