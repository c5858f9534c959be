//! Pages that are cut, and bytes that are no page: read as far as they go, and nothing breaks.

use super::*;
use harness::all_fixtures;

/// Reads a text as whatever it may be. Families read each other's pages when a pipeline names the wrong one.
fn read_as_anything(url: &Url, text: &str) {
    let selector = |text| Selectors::selector(text).unwrap();
    let selectors = Selectors {
        item: selector("li, tr, div, a"),
        link: None,
        date: Some(selector("span")),
        next: Some(selector("a")),
    };
    detect(url, text);
    for family in Family::ALL {
        read_list(family, &ListPage { selectors: Some(&selectors), ..ListPage::new(url, text) });
    }
}

#[test]
fn what_a_cut_page_still_says_is_what_it_said_whole() {
    for page in all_fixtures() {
        let whole = page.listing(&page.text).items;
        let is_data = envelope::body(&page.text).is_some();
        for end in (0..=page.text.len()).filter(|end| page.text.is_char_boundary(*end)) {
            detect(&page.url, &page.text[..end]);
            // Every end in the data, and some of those in pages of HTML, which take longer to read.
            if !is_data && end % 7 != 0 {
                continue;
            }
            let cut = page.listing(&page.text[..end]);
            if is_data && !whole.is_empty() {
                assert!(cut.items.iter().all(|item| whole.contains(item)), "{} cut at {end}", page.name());
            }
        }
    }
}

#[test]
fn no_family_stumbles_over_the_cut_pages_of_another() {
    for page in all_fixtures() {
        for cut in (0..page.text.len()).step_by(131) {
            read_as_anything(&page.url, &page.text[..page.text.floor_char_boundary(cut)]);
        }
    }
}

#[test]
fn bytes_without_sense_are_no_list() {
    let urls =
        ["http://a.cn/", "http://a.cn/x/7.htm?page=9", "http://a.cn/site/label/8888?pageIndex=18446744073709551615"];
    let words: Vec<&str> = "<urlset> <url> <loc> </ <a href= ' \" 共 9 页 /99 & ; &#x; <![CDATA[ ]]> <!-- { labelName : } 2024- list 1 \u{0} 法 <li> <iframe src= ? % :// em.all_pages <em class=all_pages>".split(' ').collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        // xorshift64: the same texts on every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..300 {
        let text: String = (0..random(120)).map(|_| words[random(words.len())]).collect();
        for url in urls {
            read_as_anything(&Url::parse(url).unwrap(), &text);
        }
        let bytes: Vec<u8> = (0..random(400)).map(|_| u8::try_from(random(256)).unwrap()).collect();
        read_as_anything(&Url::parse(urls[0]).unwrap(), &String::from_utf8_lossy(&bytes));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_family_stumble(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60),
    ) {
        let noise = fazhi_page::decode(&bytes, None).text;
        let url = Url::parse("http://a.cn/was5/web/search?page=4294967295&startrecord=4294967295").unwrap();
        for text in [noise.clone(), words.concat(), words.join(&noise)] {
            read_as_anything(&url, &text);
        }
    }
}

/// What lists are made of, in no order.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ",",
    ":",
    "<",
    ">",
    "'",
    "(",
    ")",
    "\"title\"",
    "\"url\"",
    "\"/a1.html\"",
    "\"标题\"",
    "\"data\"",
    "{\"html\":",
    "\"total\":",
    "9",
    "-1",
    "null",
    "cb(",
    "<REC>",
    "</REC>",
    "<TITLE>",
    "</TITLE>",
    "<URL>",
    "<datastore>",
    "</datastore>",
    "<record>",
    "</record>",
    "<![CDATA[",
    "]]>",
    "<nextgroup>",
    "href=/art/1.html?page=2",
    "createPageHTML(",
    "parseInt(",
    "queryData=",
    "{'webId':'1','pageId':'2'}",
    "_CONFIG",
    "SID:1",
    ".jpage({",
    "columnid:'1',unitid:'2',",
    "totalRecord:9",
    "\"/searchList/1\"",
    "<li><a href=t20240101_1.html>标题文字</a>",
    "共9页",
];
