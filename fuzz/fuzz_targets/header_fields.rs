//! Any header: labels, values and layouts put together at will. What is read consists of what stands there.
#![no_main]

use fazhi_parse::{Capture, Rules, describe, read};
use libfuzzer_sys::fuzz_target;

const PIECES: &[&str] = &[
    "索引号", "发布机构", "文 号", "标题", "成文日期", "发布日期", "有效性", "主题分类", "公开方式", "来源", "：", ":", "【", "】",
    "\u{3000}", "\u{a0}", "<td>", "</td>", "<tr>", "<br>", "<li>", "<em>", "</em>", "<dt>", "<dd>", "<p>", "000014349/2024-00001",
    "国办发〔2024〕1号", "2024-01-09", "二〇二四年一月九日", "有效", "青山县人民政府", "综合政务", "主动公开", "商务部令第55号",
    "<table>", "</table>", "<span>", "</span>", "<div class=TRS_Editor>", "</div>", "一、成效。", "2023年法治政府建设情况报告",
];

fuzz_target!(|bytes: &[u8]| {
    let header: String = bytes
        .iter()
        .map(|byte| PIECES.get(usize::from(*byte)).copied().map_or_else(|| char::from(*byte).to_string(), str::to_owned))
        .collect();
    let capture = Capture {
        url: "http://www.example.gov.cn/202401/t20240109_1.html",
        content_type: Some("text/html; charset=utf-8"),
        content_encoding: None,
        listed_title: None,
        listed_date: None,
        body: header.as_bytes(),
    };
    let page = read(&capture);
    for field in page.fields.iter().filter(|_| !header.contains('&')) {
        let foreign = field.value.chars().find(|c| !c.is_whitespace() && !header.contains(*c));
        assert_eq!(foreign, None, "{field:?} is not in {header}");
    }
    let _ = describe(&[page], Rules::embedded());
});
