//! What the page tells besides the article: who runs the site, its code, headings, files.

use std::sync::LazyLock;

use ego_tree::NodeId;
use fazhi_page::text_of;
use memchr::memmem;
use regex::Regex;
use scraper::{ElementRef, Html, Node};
use url::Url;

use crate::page::Attachment;
use crate::title::{clean, looks_like_title, squeeze};

use super::lines;
use super::survey::{Shape, Survey};

/// 网站标识码: the SiteIDCode tag, else the foot of the page.
pub(super) fn id(tag: Option<&str>, around: &str) -> Option<String> {
    static FOOT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*[:：]?\s*([bB][mM]\d{8}|\d{10,12})").expect("the pattern is valid"));
    let tag = tag.map(squeeze).filter(|code| code.len() >= 10);
    let foot = || {
        let label = "网站标识码";
        let mut codes = around.match_indices(label).filter_map(|(at, _)| FOOT.captures(&around[at + label.len()..]));
        codes.next().map(|found| found[1].to_owned())
    };
    tag.or_else(foot)
}

/// The body that runs the site: the SiteName tag, else 主办 in the foot.
pub(super) fn owner(tag: Option<&str>, around: &str) -> Option<String> {
    static FOOT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:主办|版权所有|主管)(?:单位)?\s*[:：]\s*([^\s\u{a0}\u{3000}|｜:：]{4,40})")
            .expect("the pattern is valid")
    });
    let foot = || FOOT.captures(around).map(|found| found[1].to_owned());
    tag.map(str::to_owned).or_else(foot).and_then(|name| without_site_words(&name))
}

fn without_site_words(name: &str) -> Option<String> {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?:政府信息公开(?:专栏|平台|网)?|政务公开(?:专栏|平台|网)?|(?:政府)?(?:官方)?(?:门户)?(?:信息|政务)?网(?:站|页)?|门户)$").expect("the pattern is valid")
    });
    let name = squeeze(name);
    let kept = WORDS.replace(&name, "");
    // `青山县政府网` is the site of `青山县政府`.
    let kept = if name.ends_with("政府网") || name.ends_with("政府网站") || name.ends_with("政府门户网站")
    {
        let stem = name.trim_end_matches("网站").trim_end_matches('网').trim_end_matches("门户");
        stem.to_owned()
    } else {
        kept.into_owned()
    };
    (kept.chars().count() >= 3).then_some(kept)
}

/// The text of `<title>`.
pub(super) fn title_element(html: &Html, survey: &Survey) -> Option<String> {
    let text: String = element(html, survey.title?)?.text().collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = shortened(text);
    (!text.is_empty()).then_some(text)
}

fn element(html: &Html, id: NodeId) -> Option<ElementRef<'_>> {
    ElementRef::wrap(html.tree.get(id)?)
}

/// Headings `h1` and `h2` that may name the article, the likeliest first: the last one above it, then the first inside.
pub(super) fn headings(html: &Html, survey: &Survey, article: &[usize]) -> Vec<String> {
    let mut above: Vec<(u8, String, usize)> = Vec::new();
    let mut inside = None;
    let start = article.first().copied().unwrap_or(usize::MAX);
    let is_inside = |at: usize| is_inside(survey, article, at);
    for at in survey.headings.iter().copied() {
        let Shape::Heading(rank) = survey.elements[at].shape else { continue };
        if at > start && (rank > 2 || inside.is_some() || !is_inside(at)) {
            continue;
        }
        let text = element(html, survey.elements[at].id).and_then(|heading| clean(&one_line(&text_of(heading))));
        let Some(text) = text.filter(|text| text.chars().count() >= 4) else { continue };
        if at < start {
            let before = above.pop_if(|(_, before, end)| *end == at && lines::is_title_beginning(before, &text));
            match before {
                // The name of the body in one heading, of its document in the next.
                Some((rank, before, _)) => above.push((rank, before + &text, survey.elements[at].end)),
                None => above.push((rank, text, survey.elements[at].end)),
            }
        } else {
            inside = Some(text);
        }
    }
    // The logo and the column are headings as well.
    let reads_like_title = |(rank, text, _): &(u8, String, usize)| *rank <= 2 && looks_like_title(text);
    let telling = above.iter().rposition(reads_like_title);
    let last_h1 = telling.or_else(|| above.iter().rposition(|(rank, ..)| *rank == 1));
    let last_h2 = || above.iter().rposition(|(rank, text, _)| *rank == 2 && text.chars().count() >= 8);
    let chosen = last_h1.or_else(last_h2);
    chosen.map(|at| above.swap_remove(at).1).into_iter().chain(inside).collect()
}

/// The columns a page stands in: the breadcrumb without the front page, else the ColumnName tag.
pub(super) fn columns(tag: Option<&str>, before: &[&str]) -> Vec<String> {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?:您?(?:的)?(?:当前|现在|所在)(?:的)?(?:所在)?的?位置(?:是|为)?|You are here)\\s*[：:]?")
            .expect("the pattern is valid")
    });
    let crumbs = before.iter().rev().find_map(|line| Some(&line[OPENING.find(line)?.end()..]));
    let names = crumbs.unwrap_or_default().split(['>', '»', '›', '/', '\t', '→', '|', '-', '·']);
    let names: Vec<String> = names
        .map(|name| squeeze(name).trim_matches(['>', '＞', '：', ':', '《', '》']).to_owned())
        .filter(|name| {
            (2..=30).contains(&name.chars().count())
                && !matches!(name.as_str(), "首页" | "网站首页" | "正文" | "详情" | "返回")
        })
        .collect();
    if names.is_empty() { tag.map(str::to_owned).into_iter().collect() } else { names }
}

/// The other pages of an article that says it is split (`createPageHTML(3, 0, "t20240109_1", "html")` with the article's own
/// name): `t20240109_1_1.html`, `t20240109_1_2.html`. A list of articles has another name than the page it stands on.
pub(super) fn more_pages(source: &str, page_url: &str) -> Vec<String> {
    static CALL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"createPageHTML\(\s*["']?(\d{1,3})["']?\s*,\s*["']?0["']?\s*,\s*["']([\w-]+)["']\s*,\s*["'](s?html?)["']"#)
            .expect("the pattern is valid")
    });
    let Some(at) = memmem::find(source.as_bytes(), b"createPageHTML(") else { return Vec::new() };
    let (Some(call), Ok(page)) = (CALL.captures(&source[at..]), Url::parse(page_url)) else { return Vec::new() };
    let (name, extension) = (&call[2], &call[3]);
    let is_own =
        page.path_segments().and_then(|mut segments| segments.next_back()) == Some(&format!("{name}.{extension}"));
    if !is_own || name == "index" {
        return Vec::new();
    }
    let count: usize = call[1].parse().unwrap_or(0);
    (1..count).filter_map(|n| page.join(&format!("{name}_{n}.{extension}")).ok()).map(String::from).collect()
}

/// Lines of a broken heading belong together: `<br>` in a title is layout.
fn one_line(text: &str) -> String {
    shortened(text.lines().map(str::trim).collect::<String>().trim().to_owned())
}

/// No title, heading or name of a file is longer; what a page sends in its place is not carried along.
fn shortened(mut text: String) -> String {
    const LONGEST: usize = 1200;
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

/// Puts a mark in the place of the article and takes it out of the tree.
pub(super) fn replace(html: &mut Html, article: &[NodeId], mark: &str) {
    for (index, id) in article.iter().enumerate() {
        let Some(mut node) = html.tree.get_mut(*id) else { continue };
        if index == 0 && node.parent().is_some() {
            node.insert_before(Node::Text(scraper::node::Text { text: mark.into() }));
        }
        node.detach();
    }
}

/// Files that the article links to, or that stand in a block for attachments beside it.
pub(super) fn attachments(html: &Html, survey: &Survey, article: &[usize], page_url: &str) -> Vec<Attachment> {
    let base = base_of(survey, page_url);
    let is_inside = |at: usize| is_inside(survey, article, at);
    let (inside, outside): (Vec<usize>, Vec<usize>) = survey.links.iter().partition(|at| is_inside(**at));
    let links =
        inside.into_iter().map(|at| (at, Place::Inside)).chain(outside.into_iter().map(|at| (at, Place::Beside)));
    let mut files: Vec<Attachment> = Vec::new();
    for (at, place) in links {
        let Some(link) = element(html, survey.elements[at].id) else { continue };
        let Some(target) = link.attr("pdfsrc").or_else(|| link.attr("href")).map(str::trim) else { continue };
        let belongs = || match place {
            Place::Inside => true,
            Place::Beside => survey.elements[at].in_attachments || names_attachment(link, target),
        };
        if !is_file(target) || !belongs() {
            continue;
        }
        let Some(url) = absolute(target, base.as_ref()) else { continue };
        if files.iter().all(|file| file.url != url) && files.len() < MOST_FILES {
            files.push(Attachment { url, name: one_line(&text_of(link)) });
        }
    }
    files
}

/// What addresses of a page are relative to.
fn base_of(survey: &Survey, page_url: &str) -> Option<Url> {
    let page = Url::parse(page_url).ok();
    match (survey.base.as_deref(), &page) {
        (Some(base), Some(page)) => page.join(base).ok(),
        (Some(base), None) => Url::parse(base).ok(),
        (None, _) => page,
    }
}

/// An address in full; as it is written where nobody knows what it is relative to (a page saved to a file).
fn absolute(target: &str, base: Option<&Url>) -> Option<String> {
    match base {
        Some(base) => base.join(target).ok().map(String::from),
        None => Some(Url::parse(target).map_or_else(|_| target.to_owned(), String::from)),
    }
}

/// Pictures that may show a text: no logos, icons and banners.
pub(super) fn pictures(html: &Html, survey: &Survey, page_url: &str) -> Vec<Attachment> {
    static DECORATION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)logo|icon|banner|qr|ewm|erweima|wechat|weixin|weibo|share|jubao|beian|gongan|ghs|police|error|jiucuo|dzjg|conac|foot|bottom|head|top|nav|bg|line|dot|arrow|\.gif|^data:")
            .expect("the pattern is valid")
    });
    let base = base_of(survey, page_url);
    let sources = survey.images.iter().filter_map(|at| element(html, survey.elements.get(*at)?.id)?.attr("src"));
    let sources = sources.map(str::trim).filter(|source| !DECORATION.is_match(source));
    let urls = sources.filter_map(|source| absolute(source, base.as_ref()));
    urls.take(MOST_FILES).map(|url| Attachment { url, name: String::new() }).collect()
}

/// Whether an element is inside one of the article's blocks, which stand side by side in their order.
fn is_inside(survey: &Survey, article: &[usize], at: usize) -> bool {
    let next = article.partition_point(|block| *block < at);
    next.checked_sub(1).is_some_and(|block| survey.inside(article[block]).contains(&at))
}

/// Where a link stands.
#[derive(Clone, Copy)]
enum Place {
    Inside,
    Beside,
}

/// Whether a link leads to a file that an editor attached, wherever the template shows it.
fn names_attachment(link: ElementRef<'_>, target: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)附件|\.(?:pdf|docx?|wps|xlsx?|et|ofd|zip|rar)$").expect("the pattern is valid")
    });
    link.attr("sudyfile-attr").is_some()
        || target.contains("wbfileid=")
        || target.contains("downfile.jsp")
        || NAME.is_match(text_of(link).trim())
}

/// No article has more.
const MOST_FILES: usize = 100;

fn is_file(target: &str) -> bool {
    static FILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\.(?:pdf|docx?|wps|xlsx?|et|ofd|pptx?|zip|rar|7z|txt|csv)(?:$|[?#])|downfile\.jsp|download\.jsp\?|wbfileid=").expect("the pattern is valid")
    });
    !target.to_ascii_lowercase().starts_with("javascript:") && FILE.is_match(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_site_has_no_site_words() {
        for (name, expected) in [
            ("北京市大兴区人民政府网站", "北京市大兴区人民政府"),
            ("青山县人民政府门户网站", "青山县人民政府"),
            ("青山县人民政府", "青山县人民政府"),
            ("青山县政府网", "青山县政府"),
            ("青山县司法局", "青山县司法局"),
        ] {
            assert_eq!(owner(Some(name), "").as_deref(), Some(expected));
        }
        assert_eq!(owner(None, "主办：青山县人民政府　　承办：政府办").as_deref(), Some("青山县人民政府"));
    }

    #[test]
    fn the_breadcrumb_names_the_columns() {
        let check = |line: &str, expected: &[&str]| assert_eq!(columns(Some("公告"), &[line]), expected, "{line}");
        check("当前位置：\t首页\t>\t政务公开\t> 法治政府建设 > 正文", &["政务公开", "法治政府建设"]);
        check("您现在的位置： 首页/政府信息公开/平水镇", &["政府信息公开", "平水镇"]);
        check("青山县人民政府", &["公告"]);
    }

    #[test]
    fn a_split_article_names_its_other_pages() {
        let source = "<script>createPageHTML(3, 0, \"t20240109_1\", \"html\");</script>";
        let more = more_pages(source, "http://a.example/x/t20240109_1.html");
        assert_eq!(more, ["http://a.example/x/t20240109_1_1.html", "http://a.example/x/t20240109_1_2.html"]);
        assert!(more_pages(source, "http://a.example/x/t20240110_2.html").is_empty());
        assert!(more_pages("createPageHTML(56,0,'index','html')", "http://a.example/x/index.html").is_empty());
    }

    #[test]
    fn the_code_of_a_site_stands_in_a_tag_or_in_the_foot() {
        assert_eq!(id(Some("1308280001"), "").as_deref(), Some("1308280001"));
        assert_eq!(id(None, "政府网站标识码：1308280001　冀ICP备1号").as_deref(), Some("1308280001"));
        assert_eq!(id(None, "网站标识码bm23000001").as_deref(), Some("bm23000001"));
    }

    #[test]
    fn files_are_resolved_against_the_page() {
        let html = Html::parse_document("<div id=a><a href='./P020.pdf'>附件1</a><a href='x.html'>页</a></div>");
        let survey = Survey::of(&html);
        let article = survey.elements.iter().position(|seen| seen.shape == Shape::Block && seen.end > 4).unwrap();
        let files = attachments(&html, &survey, &[article], "http://a.example/202401/t1.html");
        assert_eq!(files, [Attachment { url: "http://a.example/202401/P020.pdf".into(), name: "附件1".into() }]);
    }
}
