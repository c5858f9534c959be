//! Articles from a few templates: all but the number is laid out, encoded and compressed beforehand.

use axum::http::HeaderValue;

use crate::dice::Dice;
use crate::gzip::{self, Piece};

/// How many templates there are. Of each ten, one is GB18030 and one gzip.
const TEMPLATES: usize = 20;
/// Bytes of the smallest page before compression; every further template has as much more as [`STEP`].
const SMALLEST: usize = 40_000;
const STEP: usize = 1_000;

/// The page of an article around its number, which stands in it twice.
#[derive(Debug)]
pub enum Template {
    /// UTF-8, as it is.
    Plain([Vec<u8>; 3]),
    /// GB18030, which only the page itself says.
    Gb18030([Vec<u8>; 3]),
    /// UTF-8, sent as gzip.
    Gzip([Piece; 3]),
}

/// The templates, always the same.
pub fn templates() -> Vec<Template> {
    (0..TEMPLATES).map(template).collect()
}

/// Title of the article with this number.
pub fn title(number: usize) -> String {
    format!("{BEFORE}{number}{AFTER}")
}

const BEFORE: &str = "某县第";
const AFTER: &str = "镇2023年法治政府建设情况报告";

impl Template {
    /// The page of this number, as it is sent.
    pub fn body(&self, number: usize) -> Vec<u8> {
        let number = number.to_string();
        match self {
            Self::Plain([start, middle, rest]) | Self::Gb18030([start, middle, rest]) => {
                [start, number.as_bytes(), middle, number.as_bytes(), rest].concat()
            }
            Self::Gzip([start, middle, rest]) => {
                let number = Piece::stored(number.as_bytes());
                gzip::file(&[start, &number, middle, &number, rest])
            }
        }
    }

    /// `Content-Type`.
    pub fn content_type(&self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Plain(_) | Self::Gzip(_) => "text/html; charset=utf-8",
            Self::Gb18030(_) => "text/html",
        })
    }

    /// `Content-Encoding`.
    pub fn content_coding(&self) -> Option<HeaderValue> {
        matches!(self, Self::Gzip(_)).then(|| HeaderValue::from_static("gzip"))
    }
}

fn template(index: usize) -> Template {
    let size = SMALLEST + index * STEP;
    match index % 10 {
        3 => {
            let encode = |text: String| encoding_rs::GB18030.encode(&text).0.into_owned();
            // Two bytes a character where UTF-8 has three.
            Template::Gb18030(parts("gb2312", index, size * 3 / 2).map(encode))
        }
        7 => Template::Gzip(parts("utf-8", index, size).map(|text| Piece::compressed(text.as_bytes()))),
        _ => Template::Plain(parts("utf-8", index, size).map(String::into_bytes)),
    }
}

/// The text before the first number, between the two, and after the second, `size` bytes or a little more.
fn parts(charset: &str, index: usize, size: usize) -> [String; 3] {
    let start = format!(
        "<!DOCTYPE html>\n<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset={charset}\"><title>{BEFORE}"
    );
    let links: Vec<_> = (1..=40).map(|n| format!("<li><a href=\"/column/{n}/\">第{n}栏目</a></li>\n")).collect();
    let links = links.concat();
    let middle = format!(
        "{AFTER}</title>\n<link rel=\"stylesheet\" href=\"/css/site.css\"><script src=\"/js/site.js\"></script></head>\n\
         <body><div class=\"nav\"><ul>\n{links}</ul></div>\n<h1>{BEFORE}"
    );
    let mut rest =
        format!("{AFTER}</h1>\n<div class=\"info\">发布时间：2024-01-29</div>\n<div class=\"article-content\">\n");
    let mut dice = Dice::new(&format!("bench page {index}"));
    while start.len() + middle.len() + rest.len() < size {
        rest.push_str("<p style=\"text-indent:2em;line-height:2\">　　");
        for _ in 0..6 {
            let sentence = dice.pick(SENTENCES).replace('%', &dice.between(3, 960).to_string());
            rest.push_str(&sentence);
        }
        rest.push_str("</p>\n");
    }
    rest.push_str("</div><div class=\"foot\">主办：某县人民政府办公室</div></body></html>\n");
    [start, middle, rest]
}

const SENTENCES: &[&str] = &[
    "镇领导班子把法治建设列入年度工作要点，按季度听取汇报。",
    "全年办结行政处罚案件%件，无一被撤销。",
    "行政规范性文件的起草、审查和公布都按规定的步骤进行，共审查%件。",
    "便民服务中心受理群众申请%件，大多数当场办结。",
    "村居法律顾问走访农户，解答咨询%人次。",
    "对照上级清单，逐项梳理了执法事项，做到有据可查。",
    "调解组织受理邻里纠纷%件，把矛盾解决在田头。",
    "干部学法有计划、有考勤、有测试，参加者%人次。",
    "仍有不足：个别人员重结果轻程序，案卷制作不够细致。",
    "下一步，将补齐短板，把好的做法变成制度坚持下去。",
    "重大决策前听取各方意见，意见采纳情况向社会说明。",
    "执法记录设备配备到位，音像资料按期归档。",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_the_sizes_and_codings_they_should() {
        let templates = templates();
        let count = |wanted: fn(&Template) -> bool| templates.iter().filter(|template| wanted(template)).count();
        assert_eq!(count(|t| matches!(t, Template::Gb18030(_))), TEMPLATES / 10);
        assert_eq!(count(|t| matches!(t, Template::Gzip(_))), TEMPLATES / 10);
        for template in &templates {
            let body = template.body(1_000_001);
            match template {
                Template::Gzip(_) => assert!(body.len() < 20_000, "{}", body.len()),
                _ => assert!((38_000..=62_000).contains(&body.len()), "{}", body.len()),
            }
        }
    }
}
