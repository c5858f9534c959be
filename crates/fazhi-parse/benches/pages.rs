//! From bytes to metadata, text and outline for a thousand mixed pages, beside the time that building their DOM alone takes.
//!
//! The aim is a ratio: everything together costs at most 1.6 times the DOM. Compare figures of one run only.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use encoding_rs::GB18030;
use fazhi_parse::{Capture, Rules, describe, read};
use scraper::Html;

fn main() {
    // The rules are built on first use; that is start-up, not parsing.
    let _ = Rules::embedded();
    divan::main();
}

const PAGES: usize = 1000;

/// A page as it arrives, and decoded.
struct Sample {
    url: String,
    bytes: Vec<u8>,
    text: String,
}

/// Containers and header layouts of the families, and what portals put around them.
fn samples() -> Vec<Sample> {
    (0..PAGES).map(sample).collect()
}

fn sample(n: usize) -> Sample {
    let text = page(n);
    // Every fifth page is of an old system.
    let bytes = if n.is_multiple_of(5) { GB18030.encode(&text).0.into_owned() } else { text.clone().into_bytes() };
    Sample { url: format!("http://www.example.gov.cn/202401/t20240109_{n}.html"), bytes, text }
}

fn page(n: usize) -> String {
    let (open, close) = CONTAINERS[n % CONTAINERS.len()];
    let header = HEADERS[n % HEADERS.len()];
    let menu: String = (0..150 + n % 90).map(menu_item).collect();
    let style: String = (0..60).map(style_rule).collect();
    let script: String = (0..70).map(script_line).collect();
    let body: String = (1..=25 + n % 30).map(paragraph).collect();
    let charset = if n.is_multiple_of(5) { "gb2312" } else { "utf-8" };
    format!(
        "<!DOCTYPE html><html><head><meta charset={charset}><meta name=\"SiteName\" content=\"青山县人民政府\">\
         <meta name=\"SiteIDCode\" content=\"1308280001\"><meta name=\"ColumnName\" content=\"法治政府建设\">\
         <meta name=\"ArticleTitle\" content=\"青山县2023年法治政府建设情况报告\"><meta name=\"PubDate\" content=\"2024-01-09 17:18\">\
         <title>青山县2023年法治政府建设情况报告-青山县人民政府</title><style>{style}</style><script>{script}</script></head>\
         <body><div class=\"top\"><span>今天是：2024年3月2日</span></div><div class=\"nav\"><ul>{menu}</ul></div>\
         <div class=\"path\">当前位置：<a href=\"/\">首页</a> &gt; <a href=\"/zwgk/\">政务公开</a></div>\
         {header}<h1>青山县2023年法治政府建设情况报告</h1><div class=\"info\">发布时间：2024-01-09 17:18 来源：县司法局 浏览次数：12</div>\
         {open}<p>2023年，我县扎实推进依法行政，现将有关情况报告如下。</p><p>一、主要成效</p>{body}<p>二、存在的问题</p>\
         <p>执法力量不足。</p><p>三、下一步打算</p><p>加强执法队伍建设。</p><p>青山县人民政府</p><p>2024年1月8日</p>{close}\
         <div class=\"side\"><ul>{menu}</ul></div><div class=\"foot\">主办：青山县人民政府 网站标识码1308280001 冀ICP备00000000号</div>\
         <script>{script}</script></body></html>"
    )
}

const CONTAINERS: &[(&str, &str)] = &[
    ("<div class=TRS_Editor><div class=TRS_Editor>", "</div></div>"),
    ("<div id=\"zoom\">", "</div>"),
    ("<div id=\"vsb_content_2\"><div class=\"v_news_content\">", "</div></div>"),
    ("<div id=\"UCAP-CONTENT\">", "</div>"),
    ("<div class=\"article-content\">", "</div>"),
    ("<div class=\"wzcon j-fontContent\">", "</div>"),
    ("<table class=\"main\"><tr><td class=\"text\">", "</td></tr></table>"),
    ("<div class=\"detail\"><div class=\"words\">", "</div></div>"),
];

const HEADERS: &[&str] = &[
    "<table><tr><td>索引号</td><td>000014349/2024-00001</td><td>有效性</td><td>有效</td></tr>\
     <tr><td>发布机构</td><td>青山县人民政府办公室</td><td>成文日期</td><td>2024-01-09</td></tr></table>",
    "<ul><li>索 引 号：000014349/2024-00001</li><li>发文字号：青政〔2024〕1号</li><li>主题分类：综合政务</li></ul>",
    "<div><em>索引号:</em>000014349/2024-00001 <em>生成日期:</em>2024-01-09 <em>发文机关:</em>青山县人民政府</div>",
    "",
];

fn menu_item(n: usize) -> String {
    format!(
        "<li class=\"item i{n}\"><a href=\"/zwgk/col{n}/index.html\" target=\"_blank\" title=\"政务公开栏目{n}\">政务公开栏目{n}</a></li>\n"
    )
}

fn style_rule(n: usize) -> String {
    format!(".c{n} .item{{float:left;width:{n}px;margin:0 auto;color:#333}}\n")
}

fn script_line(n: usize) -> String {
    format!("var v{n}=document.getElementById('c{n}');if(v{n}){{v{n}.onclick=function(){{show({n})}};}}\n")
}

fn paragraph(n: usize) -> String {
    let (penalties, growth, disputes, people) = (n * 37, n % 9, n * 11, n * 23);
    format!(
        "<p style=\"text-indent: 2em; line-height: 1.5\"><span style=\"font-family: 仿宋_GB2312; font-size: 16pt\">（{n}）全年办理行政处罚案件\
         {penalties}件，同比增长{growth}.5%；调解矛盾纠纷{disputes}件，调解成功率98%以上，组织法治培训{n}场，培训执法人员{people}人次，\
         各级各部门依法履职能力进一步增强，群众满意度稳步提升。</span></p>\n"
    )
}

fn capture(sample: &Sample) -> Capture<'_> {
    Capture {
        url: &sample.url,
        content_type: Some("text/html"),
        content_encoding: None,
        listed_title: None,
        listed_date: None,
        body: &sample.bytes,
    }
}

#[divan::bench(sample_count = 5)]
fn dom_alone(bencher: Bencher) {
    let samples = samples();
    bencher
        .counter(ItemsCount::new(PAGES))
        .counter(bytes(&samples))
        .bench(|| samples.iter().map(|sample| Html::parse_document(&sample.text).tree.nodes().len()).sum::<usize>());
}

#[divan::bench(sample_count = 5)]
fn readable_dom(bencher: Bencher) {
    let samples = samples();
    bencher.counter(ItemsCount::new(PAGES)).counter(bytes(&samples)).bench(|| {
        samples.iter().map(|sample| fazhi_page::parse_readable(&sample.text).html.tree.nodes().len()).sum::<usize>()
    });
}

#[divan::bench(sample_count = 5)]
fn page_to_text(bencher: Bencher) {
    let samples = samples();
    bencher
        .counter(ItemsCount::new(PAGES))
        .counter(bytes(&samples))
        .bench(|| samples.iter().map(|sample| read(&capture(sample)).body.len()).sum::<usize>());
}

#[divan::bench(sample_count = 5)]
fn page_to_document(bencher: Bencher) {
    let samples = samples();
    bencher.counter(ItemsCount::new(PAGES)).counter(bytes(&samples)).bench(|| {
        samples
            .iter()
            .map(|sample| describe(&[read(&capture(sample))], Rules::embedded()).sections.len())
            .sum::<usize>()
    });
}

fn bytes(samples: &[Sample]) -> BytesCount {
    BytesCount::new(samples.iter().map(|sample| sample.bytes.len()).sum::<usize>())
}
