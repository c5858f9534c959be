//! The portal around the faults: a list, and articles with nothing wrong about them.

use super::{Day, Fault};

/// Path of the list.
pub const LIST: &str = "/list/index.html";
/// Forbidden by most variants of `robots.txt`; the list links to it.
pub const PRIVATE: &str = "/private/content_90001.html";
/// Forbidden beyond the first 500 KiB of one variant of `robots.txt`; the list links to it.
pub const BEYOND: &str = "/beyond/content_90002.html";
/// Forbidden as [`PRIVATE`] is; a redirect leads to it.
pub const PRIVATE_TARGET: &str = "/private/content_90003.html";

/// First number of the sound articles' addresses.
const FIRST_SOUND: usize = 20_001;

/// Path of the sound article that follows the faulty one at this place of the list.
pub fn sound_path(place: usize) -> String {
    format!("/a/content_{}.html", FIRST_SOUND + place)
}

/// Title of the article with this number.
pub fn title(number: usize) -> String {
    format!("某县第{number}镇2023年法治政府建设情况报告")
}

/// The page at a path without a fault.
pub fn find(path: &str, listed: &[Fault], day: Day) -> Option<String> {
    match path {
        "/" => return Some(home()),
        LIST => return Some(list(listed, day)),
        PRIVATE | BEYOND | PRIVATE_TARGET => return Some(article(number(path)?)),
        _ => {}
    }
    let number = number(path)?;
    let place = number.checked_sub(FIRST_SOUND)?;
    (place < listed.len() && path == sound_path(place)).then(|| article(number))
}

fn number(path: &str) -> Option<usize> {
    path.rsplit_once("content_")?.1.strip_suffix(".html")?.parse().ok()
}

/// A sound article; its numbers depend on its own.
pub fn article(number: usize) -> String {
    revised(number, 0)
}

/// A sound article that was changed this many times.
pub fn revised(number: usize, revision: usize) -> String {
    let title = title(number);
    let body = paragraphs(number, revision);
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body><div class=\"nav\"><a href=\"/\">首页</a></div>\n<h1>{title}</h1>\n\
         <div class=\"info\">发布时间：2024-01-29 来源：某县第{number}镇人民政府</div>\n\
         <div class=\"article-content\">\n{body}</div></body></html>\n"
    )
}

fn paragraphs(number: usize, revision: usize) -> String {
    let (cases, rules, classes) = (number % 89 + 11 + revision, number % 7 + 2, number % 31 + 5);
    format!(
        "<p>　　本年度，第{number}镇把依法行政摆在各项工作的前面，认真落实上级部署，现将有关情况报告如下。</p>\n\
         <p>　　一、健全制度。全年制定行政规范性文件{rules}件，均经合法性审查，并按规定报送备案，没有超越权限的情形。</p>\n\
         <p>　　二、规范执法。全年办理行政处罚案件{cases}件，执法人员持证上岗，执法全过程记录制度得到执行，案卷按时归档。</p>\n\
         <p>　　三、化解纠纷。村居调解组织运转正常，群众诉求有人受理、有人答复，较大的矛盾没有出现。</p>\n\
         <p>　　四、宣传教育。举办法治讲座{classes}场，把宪法和民法典送到田间地头，学校的法治课按计划开设。</p>\n\
         <p>　　下一年，我镇将继续查找不足，完善决策程序，加强执法队伍建设，努力让群众在身边的每一件小事里感受到公平。</p>\n"
    )
}

fn list(listed: &[Fault], day: Day) -> String {
    let mut rows = String::new();
    for (place, fault) in listed.iter().enumerate() {
        if fault.is_listed(day) {
            rows.push_str(&row(&fault.path(), &fault.title(), place));
        }
        rows.push_str(&row(&sound_path(place), &title(FIRST_SOUND + place), place));
    }
    for path in [PRIVATE, BEYOND] {
        rows.push_str(&row(path, &title(number(path).unwrap_or_default()), listed.len()));
    }
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>法治政府建设年度报告</title></head>\n\
         <body><div class=\"nav\"><a href=\"/\">首页</a></div>\n<ul class=\"news-list\">\n{rows}</ul></body></html>\n"
    )
}

fn row(path: &str, title: &str, place: usize) -> String {
    let (month, day) = (3 - place / 28 % 3, 28 - place % 28);
    format!("<li><a href=\"{path}\" title=\"{title}\">{title}</a><span>2024-{month:02}-{day:02}</span></li>\n")
}

fn home() -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>某县人民政府</title></head>\n<body><h1>某县人民政府</h1>\n\
         <p><a href=\"{LIST}\">法治政府建设年度报告</a></p></body></html>\n"
    )
}

/// A page that says that there is none.
pub fn missing() -> &'static str {
    "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>某县人民政府</title></head>\n\
     <body><p>您访问的页面不存在或已删除</p><a href=\"/\">返回首页</a></body></html>\n"
}
