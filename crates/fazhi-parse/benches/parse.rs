//! Documents per second and bytes per second of the two steps, on a page made here.

use divan::{Bencher, counter::BytesCount, counter::ItemsCount};
use fazhi_parse::location::{Clues, locate};
use fazhi_parse::{Capture, Rules, interpret, read};

fn main() {
    // The rules are built on first use; that is start-up, not parsing.
    let _ = Rules::embedded();
    divan::main();
}

/// A page of about 50 KB as portals serve them: three quarters of it around the text.
fn page() -> String {
    let menu: Vec<String> = (0..260).map(menu_item).collect();
    let body: Vec<String> = (1..=40).map(paragraph).collect();
    let (menu, body) = (menu.concat(), body.concat());
    format!(
        "<html><head><meta charset=utf-8><meta name=SiteIDCode content=1308280001>\
         <meta name=ArticleTitle content=\"青山县2023年法治政府建设情况报告\"><meta name=PubDate content=\"2024-01-09 17:18\">\
         <title>青山县2023年法治政府建设情况报告-青山县人民政府</title></head><body><ul>{menu}</ul>\
         <table><tr><td>索引号</td><td>000014349/2024-00001</td><td>有效性</td><td>有效</td></tr></table>\
         <div class=TRS_Editor><p>2023年，我县扎实推进依法行政。</p><p>一、主要成效</p>{body}<p>二、存在的问题</p>\
         <p>执法力量不足。</p><p>青山县人民政府</p><p>2024年1月8日</p></div><ul>{menu}</ul></body></html>"
    )
}

fn menu_item(n: u32) -> String {
    format!("<li><a href=\"/col/col{n}/index.html\" title=\"栏目{n}\">政务公开栏目{n}</a></li>\n")
}

fn paragraph(n: u32) -> String {
    let (penalties, growth, disputes, people) = (n * 37, n % 9, n * 11, n * 23);
    format!(
        "<p style=\"text-indent:2em\">({n})全年办理行政处罚案件{penalties}件，同比增长{growth}.5%；调解矛盾纠纷{disputes}件，\
         调解成功率98%以上，组织法治培训{n}场，培训执法人员{people}人次。</p>\n"
    )
}

fn capture(body: &[u8]) -> Capture<'_> {
    Capture {
        url: "http://www.example.gov.cn/202401/t20240109_1.html",
        content_type: Some("text/html"),
        content_encoding: None,
        listed_title: None,
        listed_date: None,
        body,
    }
}

#[divan::bench]
fn read_page(bencher: Bencher) {
    let body = page();
    bencher
        .counter(ItemsCount::new(1_usize))
        .counter(BytesCount::of_str(&body))
        .bench(|| read(&capture(body.as_bytes())));
}

#[divan::bench]
fn interpret_page(bencher: Bencher) {
    let body = page();
    let pages = [read(&capture(body.as_bytes()))];
    bencher.counter(ItemsCount::new(1_usize)).bench(|| interpret(&pages, Rules::embedded()));
}

#[divan::bench]
fn read_and_interpret(bencher: Bencher) {
    let body = page();
    bencher
        .counter(ItemsCount::new(1_usize))
        .counter(BytesCount::of_str(&body))
        .bench(|| interpret(&[read(&capture(body.as_bytes()))], Rules::embedded()));
}

/// Clues of a report of a town on the portals of its county and its prefecture, and on that of a municipality without it,
/// where all townships are looked through.
#[divan::bench(args = ["5111130001", "5111000001", "5000000001"])]
fn locate_page(bencher: Bencher, site_id: &str) {
    let clues = Clues {
        site_id: Some(site_id),
        index_number: Some("000014349/2024-00110"),
        publisher: Some("金河镇人民政府"),
        title: Some("金河镇2023年法治政府建设情况报告"),
        site_owner: None,
        column: Some("法治政府建设年度报告"),
        body: Some("2023年，我镇扎实推进依法行政。"),
        year: Some(2023),
    };
    bencher.bench(|| locate(&clues, Rules::embedded().regions(), &mut Vec::new()));
}
