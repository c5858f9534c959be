//! 主题分类: the 22 classes of the State Council's catalogue, and the values of 有效性 and 公开方式.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use fazhi_model::Validity;
use regex::Regex;

/// The classes of 国务院公文主题分类. Names contain `、`, so a list of topics cannot be split at its delimiters.
const CLASSES: [&str; 22] = [
    "国务院组织机构",
    "综合政务",
    "国民经济管理、国有资产监管",
    "财政、金融、审计",
    "国土资源、能源",
    "农业、林业、水利",
    "工业、交通",
    "商贸、海关、旅游",
    "市场监管、安全生产监管",
    "城乡建设、环境保护",
    "科技、教育",
    "文化、广电、新闻出版",
    "卫生、体育",
    "人口与计划生育、妇女儿童工作",
    "劳动、人事、监察",
    "公安、安全、司法",
    "民政、扶贫、救灾",
    "民族、宗教",
    "对外事务",
    "港澳台侨工作",
    "国防",
    "其他",
];

/// Splits a list of topics by the longest known class names; what lies between them is split at delimiters.
///
/// ```
/// let topics = fazhi_parse::topic::split("综合政务,公安、安全、司法");
/// assert_eq!(topics, ["综合政务", "公安、安全、司法"]);
/// ```
pub fn split(text: &str) -> Vec<String> {
    let mut topics = Vec::new();
    let mut end = 0;
    for class in matcher().find_iter(text) {
        let whole = is_edge(text[..class.start()].chars().next_back()) && is_edge(text[class.end()..].chars().next());
        if whole {
            unknown(&text[end..class.start()], &mut topics);
            push(&text[class.range()], &mut topics);
            end = class.end();
        }
    }
    unknown(&text[end..], &mut topics);
    topics
}

fn matcher() -> &'static AhoCorasick {
    static MATCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(CLASSES).expect("22 short patterns")
    });
    &MATCHER
}

const DELIMITERS: [char; 12] = [',', '，', ';', '；', '/', '\\', '>', '|', '、', ' ', '\u{a0}', '\u{3000}'];

fn is_edge(neighbour: Option<char>) -> bool {
    neighbour.is_none_or(|c| DELIMITERS.contains(&c) || c.is_whitespace())
}

fn unknown(text: &str, topics: &mut Vec<String>) {
    // A class of a local scheme may contain 、 as well, so that is no delimiter here.
    for part in text.split(|c: char| c != '、' && (DELIMITERS.contains(&c) || c.is_whitespace())) {
        push(part.trim_matches('、'), topics);
    }
}

fn push(topic: &str, topics: &mut Vec<String>) {
    let missing = matches!(topic, "" | "无" | "null" | "-" | "--");
    if !missing && !topics.iter().any(|known| known == topic) {
        topics.push(topic.to_owned());
    }
}

/// Normalises 有效性. Blank values and the literal `null` are no statement at all.
pub fn validity(text: &str) -> Option<Validity> {
    let value: String = text.chars().filter(|c| !crate::label::is_space(*c)).collect();
    let validity = match value.as_str() {
        "" | "null" | "undefined" | "-" | "--" | "无" => return None,
        "有效" | "现行有效" | "是" | "继续有效" | "长期有效" | "生效" | "已生效" => Validity::Valid,
        "部分有效" | "部分失效" => Validity::PartlyValid,
        "已修改" | "修改" | "已修订" | "被修改" => Validity::Amended,
        "尚未生效" | "未生效" => Validity::NotYet,
        "失效" | "已失效" | "宣布失效" | "无效" | "否" => Validity::Expired,
        "废止" | "已废止" | "被废止" => Validity::Repealed,
        _ => Validity::Unknown,
    };
    Some(validity)
}

/// The note under a text that says how it is disclosed, e.g. `(此件主动公开)`.
pub fn disclosure_note(text: &str) -> Option<&str> {
    static NOTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("此件(主动公开|公开发布|依申请公开|删减后公开|不予公开)").expect("the pattern is valid")
    });
    Some(NOTE.captures(text)?.get(1)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(split(text), expected, "{text}");
    }

    #[test]
    fn classes_hold_their_inner_commas() {
        check("综合政务", &["综合政务"]);
        check("公安、安全、司法;综合政务", &["公安、安全、司法", "综合政务"]);
        check("工业、交通、综合政务", &["工业、交通", "综合政务"]);
        check("综合政务\\其他", &["综合政务", "其他"]);
    }

    #[test]
    fn classes_of_local_schemes_are_kept() {
        check("法治政府建设/年度报告", &["法治政府建设", "年度报告"]);
        check("其他公文", &["其他公文"]);
        check("null", &[]);
    }

    #[test]
    fn validity_is_normalised() {
        assert_eq!(validity(" 有 效 "), Some(Validity::Valid));
        assert_eq!(validity("已废止"), Some(Validity::Repealed));
        assert_eq!(validity("null"), None);
        assert_eq!(validity("待定"), Some(Validity::Unknown));
    }
}
