//! The header of an article: what it tells, and how each site lays it out.

use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::article::Metadata;
use crate::date::{DateForm, write_date};
use crate::dice::Dice;
use crate::government::{Family, Government, HeaderLayout, IndexScheme, MetaTags};

/// What the header of an article tells, except what depends on its kind (number, 成文日期).
pub fn metadata(government: &Government, published: NaiveDate, serial: u32, dice: &mut Dice) -> Metadata {
    let habits = &government.habits;
    let year = published.format("%Y").to_string();
    let names_source = habits.meta == MetaTags::Present || habits.header == HeaderLayout::Byline;
    let source = names_source.then(|| government.source.clone());
    if habits.header == HeaderLayout::Byline {
        return Metadata { published, source, ..Metadata::default() };
    }
    let office = government.ordinal.is_multiple_of(4) && serial / 4 % 2 == 1;
    let body = if office { format!("{}办公室", government.name) } else { government.name.clone() };
    let validities = [
        Some(("有效", "valid")),
        Some(("现行有效", "valid")),
        None,
        Some(("有效", "valid")),
        Some(("部分有效", "partly_valid")),
    ];
    let topics = [vec!["综合政务"], vec!["综合政务", "公安、安全、司法"], vec!["公安、安全、司法"], vec!["其他"]];
    let field = matches!(habits.header, HeaderLayout::TableFour | HeaderLayout::OneCell | HeaderLayout::Emphasis);
    Metadata {
        index_number: Some(index_number(government, &year, serial)),
        publisher: Some(body),
        document_number: None,
        written: None,
        published,
        validity: *dice.pick(&validities),
        topics: dice.pick(&topics).clone(),
        disclosure: field.then_some("主动公开"),
        source,
    }
}

/// 发文字号 as this site writes it, and in canonical form.
pub fn document_number(government: &Government, year: i32, serial: u32) -> (String, String) {
    let (open, close) = government.habits.brackets;
    let code = &government.code;
    (format!("{code}{open}{year}{close}{serial}号"), format!("{code}〔{year}〕{serial}号"))
}

fn index_number(government: &Government, year: &str, serial: u32) -> String {
    let region = &government.region;
    let body = format!("{:08}", 1_356_200 + government.ordinal * 7919);
    match government.habits.index {
        IndexScheme::Organisation => format!("{body}{}/{year}-{serial:05}", organisation_check(&body)),
        IndexScheme::Short => format!("{body}/{year}-{serial:05}"),
        IndexScheme::Region => format!("{region}0000/{year}-{serial:06}"),
        IndexScheme::Alias => format!("{body}37/zpx1/{year}-{serial:05}"),
        IndexScheme::Credit => {
            let first = format!("11{region}{body}{}", organisation_check(&body));
            format!("{first}{}/{year}-{serial:05}", credit_check(&first))
        }
    }
}

/// Check character of GB 11714 over eight digits.
fn organisation_check(body: &str) -> char {
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().filter_map(|c| c.to_digit(10)).zip(weights).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        check => char::from_digit(check, 10).unwrap_or('0'),
    }
}

/// Check character of GB 32100 over the first seventeen.
fn credit_check(first: &str) -> char {
    let alphabet: Vec<char> = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().collect();
    let mut weight = 1;
    let mut sum = 0;
    for c in first.chars() {
        sum += alphabet.iter().position(|known| *known == c).unwrap_or_default() * weight;
        weight = weight * 3 % 31;
    }
    alphabet[(31 - sum % 31) % 31]
}

/// Spellings of 索引号, 发布机构, 发文字号, 成文日期, 有效性, 主题分类, 公开方式, 发布日期; one set per site.
const LABELS: [[&str; 8]; 5] = [
    ["索引号", "发布机构", "发文字号", "成文日期", "有效性", "主题分类", "公开方式", "发布日期"],
    ["索 引 号", "发文机关", "文&nbsp;&nbsp;号", "生成日期", "时效性", "主题分类", "公开方式", "发布日期"],
    ["信息索引号", "公开单位", "文件编号", "成文日期", "有 效 性", "主题分类", "公开属性", "发布日期"],
    [
        "索引号",
        "发布机构",
        "文　　号",
        "成文日期",
        "有&nbsp;&nbsp;效&nbsp;&nbsp;性",
        "主题分类",
        "公开方式",
        "发布时间",
    ],
    [
        "索　引　号",
        "制发机构",
        "文　　号",
        "成 文 日 期",
        "有&nbsp;效&nbsp;性",
        "主 题 分 类",
        "公 开 方 式",
        "发布日期",
    ],
];

/// The header block and byline as HTML.
pub fn header_html(government: &Government, metadata: &Metadata) -> String {
    let rows = rows(government, metadata);
    let mut html = String::new();
    match government.habits.header {
        HeaderLayout::TableTwo => {
            html.push_str("<table class=\"xxgk_head\" width=\"100%\"><tbody>\n");
            for (label, value) in &rows {
                let _ = writeln!(html, "<tr><th>{label}：</th><td>{value}</td></tr>");
            }
            html.push_str("</tbody></table>\n");
        }
        HeaderLayout::TableFour => {
            html.push_str("<table class=\"xxgk-table\" border=\"1\">\n");
            for pair in rows.chunks(2) {
                let cells = pair.iter().map(|(label, value)| format!("<td class=\"bt\">{label}</td><td>{value}</td>"));
                let _ = writeln!(html, "<tr>{}</tr>", cells.collect::<String>());
            }
            html.push_str("</table>\n");
        }
        HeaderLayout::OneCell => {
            html.push_str("<table class=\"gkxx\"><tbody>\n");
            for pair in rows.chunks(2) {
                let cells = pair.iter().map(|(label, value)| format!("<td><b>{label}：</b>{value}</td>"));
                let _ = writeln!(html, "<tr>{}</tr>", cells.collect::<String>());
            }
            html.push_str("</tbody></table>\n");
        }
        HeaderLayout::List => {
            html.push_str("<ul class=\"xxgk_list\">\n");
            for (label, value) in &rows {
                let _ = writeln!(html, "<li><strong>{label}：</strong><span>{value}</span></li>");
            }
            html.push_str("</ul>\n");
        }
        HeaderLayout::Emphasis => {
            html.push_str("<div class=\"gk-info\">\n");
            for (label, value) in &rows {
                let _ = writeln!(html, "<p><em>{label}:</em> {value}</p>");
            }
            html.push_str("</div>\n");
        }
        HeaderLayout::Byline => {}
    }
    html
}

fn rows(government: &Government, metadata: &Metadata) -> Vec<(&'static str, String)> {
    let labels = LABELS[government.habits.labels % LABELS.len()];
    let date =
        |date: Option<NaiveDate>| date.map(|date| write_date(date, government.habits.written)).unwrap_or_default();
    let separator = [",", "；", ";", " ", "、"][government.habits.labels % 4];
    let values = [
        metadata.index_number.clone().unwrap_or_default(),
        metadata.publisher.clone().unwrap_or_default(),
        metadata.document_number.as_ref().map(|number| number.0.clone()).unwrap_or_default(),
        date(metadata.written),
        metadata.validity.map(|validity| validity.0.to_owned()).unwrap_or_default(),
        metadata.topics.join(separator),
        metadata.disclosure.unwrap_or_default().to_owned(),
        write_date(metadata.published, DateForm::Dashed),
    ];
    let mut rows: Vec<_> = labels.into_iter().zip(values).collect();
    let layout = government.habits.header;
    if metadata.disclosure.is_none() {
        rows.retain(|(label, _)| !label.starts_with('公') || *label == "公开单位");
    }
    if matches!(layout, HeaderLayout::TableTwo | HeaderLayout::Emphasis) {
        rows.pop(); // these sites give the day of publication in the byline only
    }
    if layout == HeaderLayout::OneCell {
        rows.push(("废 止 日 期", String::new()));
    }
    rows
}

/// The line under the title: 来源, time, counters and buttons.
pub fn byline_html(government: &Government, metadata: &Metadata, serial: u32) -> String {
    let date = write_date(metadata.published, DateForm::Dashed);
    let time = format!("{:02}:{:02}", 8 + serial % 10, serial * 7 % 60);
    let source = metadata.source.as_deref().unwrap_or_default();
    let buttons = "<a href=\"javascript:window.print()\">打印</a> 【字体：<a href=\"javascript:doZoom(18)\">大</a> <a href=\"javascript:doZoom(16)\">中</a> <a href=\"javascript:doZoom(14)\">小</a>】";
    match government.habits.header {
        HeaderLayout::Byline => {
            format!(
                "<div class=\"source\"><span>来源：{source}</span>&nbsp;&nbsp;<span>日期：{date} {time}</span> {buttons}</div>\n"
            )
        }
        // Date and time without a space between them, as some sites print them.
        HeaderLayout::Emphasis => {
            let time = format!("{:02}时{:02}分", 8 + serial % 10, serial * 7 % 60);
            format!(
                "<div class=\"pages-date\"><span>{date}{time}</span> <span>来源：{source}</span> <span>浏览次数：</span> {buttons}</div>\n"
            )
        }
        HeaderLayout::TableFour | HeaderLayout::OneCell => {
            let date = write_date(metadata.published, DateForm::ChinesePadded);
            let clicks = clicks(government.family, serial);
            format!("<div class=\"info\">发布时间：{date} {time}　点击数：{clicks}次 {buttons}</div>\n")
        }
        HeaderLayout::TableTwo | HeaderLayout::List => {
            format!(
                "<div class=\"info\">发布时间：{date} {time}　来源：{source}　浏览次数：<i id=\"hits\">{}</i> {buttons}</div>\n",
                serial * 53 % 9000
            )
        }
    }
}

/// A number that grows with every visit.
fn clicks(family: Family, serial: u32) -> String {
    let clicks = serial * 37 % 4000;
    if family != Family::Vsb {
        return format!("<i id=\"hits\">{clicks}</i>");
    }
    format!(
        "<script>_showDynClicks(\"wbnews\", 1437, {serial})</script><span id=\"dynclicks_wbnews_{serial}\">{clicks}</span>"
    )
}

/// The meta tags of 国办发〔2017〕47号, where the site carries them.
pub fn meta_html(government: &Government, title: &str, metadata: Option<&Metadata>) -> String {
    if government.habits.meta == MetaTags::Absent {
        return String::new();
    }
    let mut tags = vec![
        ("SiteName", government.site_name()),
        ("SiteDomain", format!("www.{}.example", government.slug)),
        ("SiteIDCode", government.site_code()),
        ("ColumnName", "法治政府建设年度报告".to_owned()),
        ("ColumnType", "信息公开".to_owned()),
    ];
    if let Some(metadata) = metadata {
        tags.push(("ArticleTitle", title.to_owned()));
        tags.push(("PubDate", format!("{} 10:00", write_date(metadata.published, DateForm::Dashed))));
        tags.push(("ContentSource", metadata.source.clone().unwrap_or_default()));
        tags.push(("Author", "null".to_owned()));
    }
    let mut html = String::new();
    for (name, value) in tags {
        let _ = writeln!(html, "<meta name=\"{name}\" content=\"{value}\">");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::province::government;

    #[test]
    fn check_characters_of_published_codes() {
        assert_eq!(organisation_check("00001434"), '9');
        assert_eq!(credit_check("11440115MB2D06512"), '6');
    }

    #[test]
    fn document_numbers_in_each_bracket() {
        let written: Vec<_> = (0..8).map(|ordinal| document_number(&government(ordinal), 2024, 7).0).collect();
        assert_eq!(
            written,
            [
                "澄政〔2024〕7号",
                "雾政[2024]7号",
                "濑政发（2024）7号",
                "澄司〔2024〕7号",
                "云政［2024］第7号",
                "棠政〔2024〕7号",
                "柘政字【2024】 07号",
                "石政发(2024) 7号"
            ]
        );
    }
}
