//! Any bytes as a page: nothing panics, nothing differs the second time, every span lies in the text it names.
#![no_main]

use fazhi_parse::{Capture, Rules, interpret, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let capture = Capture {
        url: "http://www.example.gov.cn/202401/t20240109_1.html",
        content_type: None,
        content_encoding: None,
        listed_title: None,
        listed_date: None,
        body: bytes,
    };
    let document = interpret(&[read(&capture)], Rules::embedded());
    assert_eq!(document, interpret(&[read(&capture)], Rules::embedded()));
    let sections = document.sections.iter().map(|section| section.span);
    let quantities = document.quantities.iter().map(|quantity| quantity.span);
    for span in sections.chain(quantities) {
        assert!(span.of(&document.body).is_some(), "{span:?}");
    }
});
