//! Where the text of an article begins and ends among the lines of its container.

use std::sync::LazyLock;

use fazhi_model::DocumentNumber;
use regex::Regex;

use crate::label;
use crate::title::squeeze;
use crate::{date, publisher, title};

/// A container's text taken apart. `body` is one unbroken slice of it: nothing inside is changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Lines above the text: title, header fields, byline.
    pub head: Vec<&'a str>,
    /// What a reader calls the text.
    pub body: &'a str,
    /// Lines below the text: buttons, page turning, foot.
    pub tail: Vec<&'a str>,
}

/// More lines than this above the text are no header any more.
const MOST_HEAD_LINES: usize = 40;

/// Takes head and tail off. `titles` are the known titles of the article.
pub(super) fn split<'a>(text: &'a str, titles: &[String]) -> Parts<'a> {
    let titles: Vec<String> = titles.iter().map(|title| squeeze(title)).collect();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = first_body_line(&lines, &titles);
    let last = last_body_line(&lines, first);
    let before: usize = lines[..first].iter().map(|line| line.len()).sum();
    let kept: usize = lines[first..last].iter().map(|line| line.len()).sum();
    let trim = |lines: &[&'a str]| lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    Parts { head: trim(&lines[..first]), body: &text[before..before + kept], tail: trim(&lines[last..]) }
}

/// The lines among which a head may stand.
pub(super) fn opening<'a, 'b>(lines: &'b [&'a str]) -> &'b [&'a str] {
    &lines[..lines.len().min(MOST_HEAD_LINES)]
}

/// The rows of an article's container that stand above its text.
pub(super) fn above_body<'a, 'b>(rows: &'b [&'a str], body: &str) -> &'b [&'a str] {
    let first = body.lines().map(squeeze).find(|line| !line.is_empty()).unwrap_or_default();
    let is_first = |row: &&str| {
        let row = squeeze(row);
        row == first || row.chars().count() >= 10 && first.starts_with(&row)
    };
    let end = rows.iter().take(MOST_HEAD_LINES).position(is_first);
    &rows[..end.unwrap_or(rows.len().min(MOST_HEAD_LINES))]
}

fn first_body_line(lines: &[&str], titles: &[String]) -> usize {
    let mut awaits_value = false;
    let mut first = 0;
    for (index, line) in lines.iter().enumerate().take(MOST_HEAD_LINES) {
        let squeezed = squeeze(line);
        if squeezed.is_empty() {
            continue;
        }
        // A label without a value (`索引号：` in a cell or line of its own) explains the short line below it.
        let is_value = awaits_value && squeezed.chars().count() <= 60 && !squeezed.contains('。');
        if is_value || is_head(line, &squeezed, titles) {
            first = index + 1;
        } else if index - first >= MOST_STRAY_LINES || !is_stray(&squeezed) {
            break;
        }
        awaits_value = ends_in_label(line);
    }
    // Blank lines between head and text belong to neither.
    first + lines[first..].iter().take_while(|line| squeeze(line).is_empty()).count()
}

fn ends_in_label(line: &str) -> bool {
    let cell = line.rsplit('\t').next().unwrap_or_default().trim();
    label::find(cell).last().is_some_and(|found| cell[found.end..].is_empty())
}

/// So many lines of another kind (a menu, a column's name) may stand before a line of the head.
const MOST_STRAY_LINES: usize = 4;

/// A line that can be neither a heading, an address (`县人大常委会：`) nor a sentence.
fn is_stray(squeezed: &str) -> bool {
    static NUMBERED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[（(]?[一二三四五六七八九十\d]{1,3}[、.．）)]").expect("the pattern is valid"));
    squeezed.chars().count() <= 40 && !squeezed.contains(['。', '；', '：', ':']) && !NUMBERED.is_match(squeezed)
}

fn is_head(line: &str, squeezed: &str, titles: &[String]) -> bool {
    let length = squeezed.chars().count();
    let is_title =
        titles.iter().any(|title| title == squeezed || ((4..=60).contains(&length) && is_piece(title, squeezed)));
    is_title
        || is_chrome(line)
        || is_fields(line, squeezed)
        || is_byline(squeezed)
        || squeezed.parse::<DocumentNumber>().is_ok()
}

/// A title broken over lines: its beginning or its end. What stands in its middle may be a heading of the text.
fn is_piece(title: &str, line: &str) -> bool {
    title.starts_with(line) || title.ends_with(line)
}

fn is_fields(line: &str, squeezed: &str) -> bool {
    let cell = line.split('\t').next().unwrap_or_default().trim();
    // A sentence may begin with a word that is a label elsewhere, but ends in a full stop.
    squeezed.chars().count() <= 300
        && !squeezed.ends_with('。')
        && label::find(cell).first().is_some_and(|found| cell[..found.start].chars().count() <= 2)
}

fn is_byline(squeezed: &str) -> bool {
    static DATE_FIRST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[\[【(（]?(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}").expect("the pattern is valid")
    });
    // `（2023年11月16日…第20次常务会议通过）` is how a regulation begins.
    let is_history = ["通过", "修订", "修正", "公布"].iter().any(|word| squeezed.contains(word));
    // A sentence may begin with a date as well.
    let is_sentence = squeezed.contains(['。', '，', '；', ';']);
    squeezed.chars().count() <= 60 && !is_sentence && !is_history && DATE_FIRST.is_match(squeezed)
}

fn last_body_line(lines: &[&str], first: usize) -> usize {
    let mut last = lines[first..].iter().position(|line| opens_foot(line)).map_or(lines.len(), |at| first + at);
    last = lines[first..last]
        .iter()
        .rposition(|line| opens_links(line))
        .map(|at| first + at)
        .filter(|at| lines[*at..last].iter().all(|line| is_short(line)))
        .unwrap_or(last);
    while last > first {
        let line = lines[last - 1];
        let squeezed = squeeze(line);
        let is_tail = squeezed.is_empty() || is_chrome(line) || is_tail_field(line, &squeezed);
        if !is_tail {
            break;
        }
        last -= 1;
    }
    last
}

/// A line that opens a part of the page below the article: terms of use.
fn opens_foot(line: &str) -> bool {
    let squeezed = squeeze(line);
    let words = squeezed.trim_matches(['：', ':', '【', '】']);
    matches!(words, "版权与免责声明" | "免责声明" | "版权声明" | "版权说明")
}

/// A line that opens a list of other articles, whose lines are titles: short, and no sentences.
fn opens_links(line: &str) -> bool {
    const OPENINGS: &[&str] = &[
        "相关链接",
        "相关阅读",
        "相关新闻",
        "相关文章",
        "相关稿件",
        "相关信息",
        "相关文档",
        "相关解读",
        "延伸阅读",
        "推荐阅读",
        "猜你喜欢",
        "责任编辑",
    ];
    let squeezed = squeeze(line);
    OPENINGS.iter().any(|opening| squeezed.trim_start_matches(['【', '[', '（', '(']).starts_with(opening))
        && squeezed.chars().count() <= 30
}

fn is_short(line: &str) -> bool {
    let squeezed = squeeze(line);
    squeezed.chars().count() <= 60 && !squeezed.contains('。')
}

fn is_tail_field(line: &str, squeezed: &str) -> bool {
    squeezed.chars().count() <= 80 && is_fields(line, squeezed)
}

/// The signature where it stands right below the article's block: the issuer's line and the date, or the date alone.
pub(super) fn signature<'a, 'b>(after: &'b [&'a str]) -> &'b [&'a str] {
    let is_date = |line: &&str| line.contains('年') && date::alone(line).is_some();
    let end = after.iter().take(2).position(is_date).map_or(0, |at| at + 1);
    let is_signed = end < 2 || publisher::is_body(after[0]);
    &after[..if is_signed { end } else { 0 }]
}

/// Buttons, counters, page turning, breadcrumbs and the foot of a page.
pub(super) fn is_chrome(line: &str) -> bool {
    static CHROME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x)^(?:[\[【(（|｜]?(?:打印|关闭|收藏|分享|复制|纠错|我要纠错|返回|返回顶部|顶部|下载|保存|大|中|小|\||[-—_=]+|正文|首页)[本页此文章窗口]{0,4}[\]】)）|｜]?)+$
              | ^[\[【(（]?(?:
                 (?:扫一扫|微信扫|用手机|手机扫|在手机打开|分享到|分享至|字体|【字体|字号|浏览次数|浏览量|阅读次数|阅读量|点击数|点击次数|点击率|访问量|访问次数)
              | (?:联系人|联系电话|联系方式)[:：]
              | (?:责任编辑|编辑[:：]|审核[:：]|初审[:：]|终审[:：]|供稿[:：])
              | (?:上一[篇条页]|下一[篇条页]|相关(?:阅读|链接|新闻|文章|稿件|文档|解读|附件)|延伸阅读|推荐阅读|猜你喜欢)
              | (?:您?(?:的)?(?:当前|现在)(?:的)?(?:所在)?位置|今天是)
              | (?:主办单位?|承办单位?|版权所有|技术支持|政府网站标识码|网站标识码|Copyright|copyright|联系我们|网站地图|隐私声明)
              | 附件下载$ | 打印 | 政策咨询$
            )|ICP备|公网安备",
        )
        .expect("the pattern is valid")
    });
    let squeezed = squeeze(line);
    squeezed.chars().count() <= 120 && (CHROME.is_match(&squeezed) || turns_pages(&squeezed))
}

/// `1 2 3 下一页 尾页`, `第1页/共3页`: the way to the other pages of an article. Numbers alone may be a row of a table.
fn turns_pages(squeezed: &str) -> bool {
    static PAGER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^(?:[\[【(（<《‹«]*(?:\d{1,3}|首页|尾页|末页|[上下前后]一?页|第?\d{1,3}页?/共?\d{1,3}页?|[第共]\d{1,3}页|\.{2,6}|…)[\]】)）>》›»]*)+$",
        )
        .expect("the pattern is valid")
    });
    squeezed.contains('页') && PAGER.is_match(squeezed)
}

/// The title of a plain text and where its line starts, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TitleLine {
    pub text: String,
    pub start: usize,
}

/// The line of a plain text that names it, among its first lines: one that reads as a report's title before any other. A
/// title broken before its last line is put together.
pub(super) fn title_line(text: &str) -> Option<TitleLine> {
    const FIRST_LINES: usize = 30;
    let opening: Vec<(usize, &str)> =
        lines_with_starts(text).filter(|(_, line)| !line.is_empty()).take(FIRST_LINES).collect();
    // Past the first paragraph nothing is a title any more.
    let until = opening.iter().position(|(_, line)| is_paragraph(line)).unwrap_or(opening.len());
    let opening = &opening[..until];
    let named = opening.iter().position(|(_, line)| is_title(line) && line.contains("法治政府"));
    let at = named.or_else(|| opening.iter().position(|(_, line)| is_title(line)))?;
    let (start, line) = opening[at];
    match at.checked_sub(1).map(|above| opening[above]).filter(|(_, above)| is_title_beginning(above, line)) {
        Some((start, above)) => Some(TitleLine { text: format!("{above}{line}"), start }),
        None => Some(TitleLine { text: line.to_owned(), start }),
    }
}

/// Whether a line reads like a title and like nothing else.
pub(super) fn is_title(line: &str) -> bool {
    title::looks_like_title(line) && label::find(line).is_empty() && !is_chrome(line)
}

fn lines_with_starts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        (start, line.trim_matches(label::is_space))
    })
}

/// The name of a body above a title that opens with the year (`青山县司法局` / `2023年…报告`), or an open `…关于`.
pub(super) fn is_title_beginning(above: &str, line: &str) -> bool {
    let short = (3..=40).contains(&above.chars().count())
        && above.chars().all(|c| c.is_alphanumeric() || " 　（）()".contains(c));
    let names_body =
        publisher::of_title(line).is_none() && publisher::of_title(above).is_some_and(|name| name == squeeze(above));
    let open = (above.contains("关于") || ends_in_year(above)) && !title::looks_like_title(above);
    short && label::find(above).is_empty() && !is_chrome(above) && (names_body || open)
}

/// `青山县人民政府2016年`: what the year is of must follow.
fn ends_in_year(line: &str) -> bool {
    static YEAR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\p{Han}{3,}(?:19|20)\d{2}年度?$").expect("the pattern is valid"));
    YEAR.is_match(&squeeze(line))
}

fn is_paragraph(line: &str) -> bool {
    let length = line.chars().count();
    length > 80 && label::find(line).is_empty() || line.ends_with('。') && length > 20
}

/// Whether a line of the opening carries a date that is the byline's: `2024-01-09 17:18`, but no banner clock.
pub(super) fn bare_date(line: &str) -> Option<&str> {
    let labels = label::find(line);
    let end = labels.first().map_or(line.len(), |found| found.start);
    let text = line[..end].trim();
    if let (0, Some(found)) = (text.len(), labels.first()) {
        return date_behind_source(line, found, &labels);
    }
    let banner = ["今天", "星期", "农历", "现在", "欢迎"].iter().any(|word| text.contains(word));
    let found = (!banner && is_byline(&squeeze(text))).then(|| date::find(text)).flatten();
    found.map(|_| text)
}

/// `来源：青山县司法局 2024-01-12 09:30`: a date without a label behind the only label of a byline.
fn date_behind_source<'a>(line: &'a str, source: &label::Found, labels: &[label::Found]) -> Option<&'a str> {
    let others_are_buttons = labels[1..].iter().all(|other| other.label == label::Label::Other);
    if source.label != label::Label::Source || !others_are_buttons || line.chars().count() > 80 {
        return None;
    }
    let end = labels.get(1).map_or(line.len(), |other| other.start);
    let value = &line[source.end.min(end)..end];
    let at = value.char_indices().find(|(at, c)| {
        c.is_ascii_digit() && value[..*at].ends_with(|c: char| label::is_space(c) || "[（(|｜".contains(c))
    })?;
    let date = &value[at.0..];
    date::find(date).map(|_| date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_turn_pages_are_no_text() {
        for line in ["1 2 3 下一页 尾页", "[1] [2] [3] 下页 »", "第1页/共3页", "共3页 1 2 3", "首页 上一页 1 … 9 末页"]
        {
            assert!(is_chrome(line), "{line}");
        }
        for line in ["12\t35\t7", "第3页的表格", "2023", "共办理3件"] {
            assert!(!is_chrome(line), "{line}");
        }
    }

    #[test]
    fn a_date_behind_the_source_is_the_bylines() {
        assert_eq!(bare_date("来源：洛阳市司法局 2024-01-12 09:30"), Some("2024-01-12 09:30"));
        assert_eq!(bare_date("来源：洛阳市司法局\t2024-01-12\t打印"), Some("2024-01-12\t打印"));
        assert_eq!(bare_date("来源：洛阳市司法局 更新时间：2024-01-12"), None);
        assert_eq!(bare_date("2023年12月31日，全县现有持证执法人员2600名"), None);
    }

    #[test]
    fn head_and_tail_come_off() {
        let text = "索引号: 1/2024-1 有效性: 有效\n青山县2023年报告\n2024-01-0917时18分 浏览次数:\n\n\n  2023年，全县办案3件。\n青山县人民政府\n2024年1月8日\n(此件主动公开)\n扫一扫在手机打开当前页\n|\n";
        let parts = split(text, &["青山县2023年报告".to_owned()]);
        assert_eq!(
            parts,
            Parts {
                head: vec!["索引号: 1/2024-1 有效性: 有效", "青山县2023年报告", "2024-01-0917时18分 浏览次数:"],
                body: "  2023年，全县办案3件。\n青山县人民政府\n2024年1月8日\n(此件主动公开)\n",
                tail: vec!["扫一扫在手机打开当前页", "|"],
            }
        );
    }

    #[test]
    fn a_value_below_its_label_is_head() {
        let text = "发布机构：\n青山县司法局\n正文第一句。\n";
        assert_eq!(split(text, &[]).body, "正文第一句。\n");
    }

    #[test]
    fn the_title_of_a_text_stands_before_its_first_paragraph() {
        let check = |text: &str, expected: &str| {
            assert_eq!(title_line(text).map(|title| title.text).as_deref(), Some(expected));
        };
        check("欢迎订阅\n\n青山县2023年报告\n正文。", "青山县2023年报告");
        check("青山县司法局\n2023年法治政府建设年度报告\n", "青山县司法局2023年法治政府建设年度报告");
        check(
            "青山县人民政府关于2023年度\n法治政府建设情况的报告\n",
            "青山县人民政府关于2023年度法治政府建设情况的报告",
        );
        check("首页\n青山县2023年报告\n", "青山县2023年报告");
        assert_eq!(
            title_line("2023年，全县上下坚持依法行政，各项工作取得进展，现将情况汇报如下，请予审议。\n工作报告\n"),
            None
        );
    }
}
