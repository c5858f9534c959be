//! What a page is: an annual report of our family, a template, one of the confusable families, or nothing to read.

use std::sync::LazyLock;

use fazhi_model::{DocumentKind, Role, Section};
use regex::Regex;

use crate::title::squeeze;

/// What is looked at to decide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub title: Option<&'a str>,
    pub body: &'a str,
    pub sections: &'a [Section],
    /// Whether the header or the title names a real issuing body.
    pub issuer: Issuer,
    /// Texts around the body where shops advertise.
    pub surroundings: [Option<&'a str>; 3],
}

/// Whether a document names who issued it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issuer {
    Named,
    Unnamed,
}

/// The kind of a readable page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub kind: DocumentKind,
    /// Which other family it belongs to.
    pub detail: Option<&'static str>,
    /// What decided it.
    pub rule: &'static str,
}

/// Decides the kind of a readable page, and which other family it belongs to.
pub(crate) fn classify(evidence: &Evidence<'_>) -> Verdict {
    let title = evidence.title.map(squeeze);
    let reading = title.as_deref().map_or(TitleReading::Silent, read_title);
    let reading = if is_press(evidence.body) { TitleReading::Other("新闻") } else { reading };
    let (is_ours, rule) = match reading {
        // A notice that asks for reports names them like one that carries its own.
        TitleReading::Report if title.as_deref().is_some_and(is_wrapped) && !is_structured(evidence) => {
            (body_is_report(evidence), "the title wraps the report, the text must show it")
        }
        TitleReading::Report => (true, "the title names the report and a year"),
        // `某市应急管理局法治政府建设工作情况报告` lacks the year only.
        TitleReading::NamelessReport if evidence.issuer == Issuer::Named && is_structured(evidence) => {
            (true, "the title names the report, the headings tell results and problems or plans")
        }
        TitleReading::NamelessReport | TitleReading::Silent => {
            (body_is_report(evidence), "the opening of the text announces the report or does not")
        }
        TitleReading::Other(_) => (false, "the title names another family"),
    };
    let may_be_template = is_ours || reading == TitleReading::NamelessReport;
    if may_be_template && is_template(evidence) {
        return Verdict { kind: DocumentKind::Template, detail: None, rule: "placeholders stand for numbers or names" };
    }
    let detail = match reading {
        TitleReading::Other(family) => Some(family),
        _ => None,
    };
    Verdict { kind: if is_ours { DocumentKind::Report } else { DocumentKind::Other }, detail, rule }
}

/// What a title alone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TitleReading {
    /// It names the report and a year.
    Report,
    /// It names the report but no year: the text must confirm.
    NamelessReport,
    /// It names another family.
    Other(&'static str),
    /// It says nothing either way.
    Silent,
}

/// The report family's own pattern: 法治政府 … 报告 or 情况.
static REPORT: LazyLock<Regex> = LazyLock::new(|| {
    // Words may stand between (建设, 工作, 年度, 推进…), but the name of the document ends the title, up to a part on
    // next year's plan or a remark in brackets.
    Regex::new("法治政府.{0,24}?(?:报告|情况|年报)(?:的报告|的函)?(?:[（(].{0,20}[）)])?(?:(?:及|和|与|暨).{0,24}(?:计划|打算|安排|思路|要点|措施|方案))?(?:的通知|的公示|的公告|的通告|的函|的报告)?(?:[（(].{0,20}[）)])?$")
        .expect("the pattern is valid")
});

/// Words that make it a document about a report, an event or an order, wherever they stand.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("半年|季度|(?:到|赴|来|在).{1,16}(?:调研|督导|检查指导)|[市县区州]长.{1,12}(?:督导|调研|检查)|(?:向社会|对外|集中|正式)(?:公布|公开|发布)|出炉|亮出|晒出|审议|评议|听取|召开|举行|举办|解读|答记者问|图解|会议|座谈|讲话|述法|模板|范文|提纲")
        .expect("the pattern is valid")
});

/// Words that make it another document when they follow 法治政府; before it they may belong to the name of a body (规划局).
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("督察|督查|整改|考核|评估|指标|示范|命名|方案|规划|纲要|要点|试点|征求意见|培训|调研")
        .expect("the pattern is valid")
});

/// Other families by their titles, the first that fits.
const FAMILIES: &[(&str, &str)] = &[
    ("政府信息公开年报", "(?:政府信息公开|政务公开|信息公开).{0,16}(?:报告|年报|情况|总结)"),
    ("政府网站工作年度报表", "(?:政府网站|网站|政务新媒体).{0,12}(?:报表|年报|年度报告)"),
    ("审议意见", "审议意见|评议意见|审议结果"),
    ("解读", "解读|答记者问|图解|一图读懂|问答"),
    ("行政执法年报", "行政执法.{0,16}(?:年报|年度报告|统计|数据|报告|情况|公示)"),
    ("行政复议年报", "(?:行政复议|行政应诉).{0,16}(?:年报|报告|情况|总结)"),
    ("普法总结", "(?:普法|法治宣传|依法治理).{0,16}(?:总结|报告|情况|汇报)"),
    ("述法报告", "述法|述职述廉"),
    ("政府工作报告", "政府工作报告"),
    ("讲话", "讲话|致辞|主持词|发言"),
    ("工作要点", "要点"),
    (
        "新闻",
        "(?:向社会|对外|集中|正式)(?:公布|公开|发布)|出炉|亮出|晒出|召开|举行|举办|开展|启动|走进|走访|调研|获评|荣获|揭牌|座谈会|推进会|培训班|听取|活动",
    ),
    ("方案", "方案"),
    ("规划", "规划|纲要"),
    ("公告", "(?:公告|通告)$"),
    ("督察", "督察|督查|整改|考核|评估|示范"),
    ("规范性文件", "(?:办法|规定|条例|细则|制度)(?:[（(].{1,8}[）)])?$"),
    ("通知", "通知"),
    ("公告", "公告|通告|公示|通报"),
    ("工作总结", "总结|计划"),
    ("清单", "清单|目录|名单|名录|流程"),
];

static FAMILY_PATTERNS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    FAMILIES.iter().map(|(family, cue)| (*family, Regex::new(cue).expect("the pattern is valid"))).collect()
});

static YEAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:19|20)[0-9]{2}|二[〇○零][〇○零一二三四五六七八九]{2}").expect("the pattern is valid")
});

fn read_title(title: &str) -> TitleReading {
    // The name of the document that is sent or printed counts, not the wrapping (关于报送《…》的通知).
    let after = title.find("法治政府").map(|at| &title[at..]);
    let own =
        after.is_some_and(|after| REPORT.is_match(&without_quotes(after)) && !AFTER.is_match(document_name(after)));
    if own && !ABOUT.is_match(title) {
        return if YEAR.is_match(title) { TitleReading::Report } else { TitleReading::NamelessReport };
    }
    let family = FAMILY_PATTERNS.iter().find(|(_, cue)| cue.is_match(title));
    family.map_or(TitleReading::Silent, |(family, _)| TitleReading::Other(family))
}

fn without_quotes(text: &str) -> String {
    text.chars().filter(|c| !"《》“”\"".contains(*c)).collect()
}

/// Up to and with 报告 or 情况: what follows may speak of next year's 要点 or 方案.
fn document_name(after: &str) -> &str {
    ["报告", "情况", "年报"]
        .iter()
        .filter_map(|word| after.find(word).map(|at| &after[..at + word.len()]))
        .min_by_key(|name| name.len())
        .unwrap_or(after)
}

/// A text without a telling title is a report when its opening announces one, or when its headings follow the prescribed
/// skeleton of results, problems and plans on the building of law-based government.
fn body_is_report(evidence: &Evidence<'_>) -> bool {
    static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("现(?:就|将|对)?.{0,40}法治政府.{0,24}(?:报告|汇报|公布|公开|情况).{0,12}(?:如下|公布|公开)|法治政府建设.{0,16}(?:工作)?(?:情况|报告).{0,10}如下")
            .expect("the pattern is valid")
    });
    static GENERAL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("现(?:就|将|对)?.{0,30}(?:报告|汇报)如下").expect("the pattern is valid"));
    let opening: String = evidence.body.chars().take(900).collect::<String>().replace('\n', " ");
    if ANNOUNCED.is_match(&opening) {
        return evidence.sections.len() >= 2;
    }
    let mentions = evidence.body.matches("法治政府").count();
    is_structured(evidence) && mentions >= 3 && opening.contains("法治政府") && GENERAL.is_match(&opening)
}

/// `关于报送…报告的通知` without the report's name in quotes.
fn is_wrapped(title: &str) -> bool {
    title.contains("关于")
        && !title.contains('《')
        && ["的通知", "的函", "的公示"].iter().any(|end| title.ends_with(end))
}

/// How a newspaper begins.
fn is_press(body: &str) -> bool {
    let opening: String = body.chars().take(40).collect();
    ["本报讯", "本网讯", "（记者", "(记者"].iter().any(|word| opening.contains(word))
}

/// Headings of results and of problems or plans.
fn is_structured(evidence: &Evidence<'_>) -> bool {
    let has = |role: Role| evidence.sections.iter().any(|section| section.level <= 2 && section.role == role);
    has(Role::Result) && (has(Role::Problem) || has(Role::Plan))
}

/// A model text: numbers are placeholders, or names are and nobody issued it.
fn is_template(evidence: &Evidence<'_>) -> bool {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        // `1+X`, `7×24` and `X光` are no placeholders: a counter must follow and no sign or digit precede.
        Regex::new(r"(?:^|[^0-9A-Za-z+＋×*ΧX〇零一二三四五六七八九十])(?:[XxＸ×*＊○□]{1,4}|[（(]略[）)])(?:余|多)?(?:万|亿)?(?:余|多)?(?:件|份|人|名|项|个|家|户|次|场|期|起|宗|条|篇|元|%|％|处|支|批|所|年|月)")
            .expect("the pattern is valid")
    });
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?:[XxＸ×*＊○□]{2,4}|某某?)(?:省|市|县|区|镇|乡|街道|局|委|办|村|社区)")
            .expect("the pattern is valid")
    });
    static ADVERT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("会员|QQ群|订阅|仅供学习|仅供参考|范文|模板|下载").expect("the pattern is valid"));
    let whole = format!("{}\n{}", evidence.title.unwrap_or_default(), evidence.body);
    let numbers = NUMBER.find_iter(&whole).take(3).count();
    let names = NAME.find_iter(&whole).take(3).count();
    let surroundings = evidence.surroundings.iter().flatten();
    let offered = surroundings.flat_map(|text| ADVERT.find_iter(text)).take(2).count() >= 2;
    // Reports tell of a 某村 or 某公司 in their cases: names alone prove nothing unless the text is on sale.
    let nameless = evidence.issuer == Issuer::Unnamed || offered;
    numbers >= 3 || (names >= 3 && offered) || (numbers >= 1 && numbers + names >= 3 && nameless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, expected: TitleReading) {
        assert_eq!(read_title(&squeeze(title)), expected, "{title}");
    }

    #[test]
    fn titles_of_the_family() {
        for title in [
            "围场满族蒙古族自治县人民政府2023年法治政府建设工作报告",
            "北京市大兴区旧宫镇人民政府2022年法治政府建设年度情况报告",
            "某市自然资源和规划局关于2023年法治政府建设情况的报告",
            "2023年度法治政府建设情况",
            "青山县司法局2023年法治政府建设年度报告(公开版)",
            "青山县应急管理局2023年度法治政府建设情况及2024年工作计划",
            "青山县人民政府关于公布《青山县2023年度法治政府建设情况报告》的公告",
            "关于报送《青山县2023年法治政府建设情况报告》的函",
            "青山县2023年推进法治政府建设工作情况报告",
            "中共青山县委 青山县人民政府关于二〇二三年度法治政府建设情况的报告",
        ] {
            check(title, TitleReading::Report);
        }
        check("县法治政府建设情况的报告", TitleReading::NamelessReport);
    }

    #[test]
    fn confusable_titles_are_told_apart() {
        check("县人民政府2023年政府信息公开工作年度报告", TitleReading::Other("政府信息公开年报"));
        check("县人大常委会关于法治政府建设工作情况报告的审议意见", TitleReading::Other("审议意见"));
        check("旧宫镇2023年法治政府建设工作要点", TitleReading::Other("工作要点"));
        check("关于2023年度行政执法统计年报的公示", TitleReading::Other("行政执法年报"));
        check("2023年度普法依法治理工作总结", TitleReading::Other("普法总结"));
        check("青山县2023年上半年法治政府建设工作情况报告", TitleReading::Silent);
        check("青山县向社会公布2023年法治政府建设年度报告", TitleReading::Other("新闻"));
        check("《青山县2023年法治政府建设情况报告》解读", TitleReading::Other("解读"));
        check("县人大常委会听取2023年法治政府建设情况报告", TitleReading::Other("新闻"));
        check("青山县2023年法治政府建设实施方案", TitleReading::Other("方案"));
        check("青山县2023年法治政府建设示范创建情况报告", TitleReading::Other("督察"));
        check("述法报告(局长)通用模板三篇", TitleReading::Other("述法报告"));
        check("工作报告", TitleReading::Silent);
    }

    fn of_body(body: &str) -> DocumentKind {
        let end = i64::try_from(body.chars().count()).unwrap();
        let sections = crate::outline::outline(body, end);
        let evidence =
            Evidence { title: None, body, sections: &sections, issuer: Issuer::Unnamed, surroundings: [None; 3] };
        classify(&evidence).kind
    }

    #[test]
    fn a_text_without_a_title_speaks_for_itself() {
        let body = "2023年，我县扎实推进依法行政。现将我县2023年度法治政府建设工作情况报告如下。\n一、主要成效\n办理案件3件。\n二、存在问题\n人手不足。\n";
        assert_eq!(of_body(body), DocumentKind::Report);
        assert_eq!(of_body("县政府召开会议，研究法治政府建设工作。\n会议要求抓好落实。\n"), DocumentKind::Other);
    }

    #[test]
    fn placeholders_make_a_template() {
        let body = "现将2023年法治政府建设情况报告如下。\n一、成效\n办理案件X件，调解纠纷XX件，培训X余次。\n二、不足\n人手不足。\n";
        assert_eq!(of_body(body), DocumentKind::Template);
        let body = "现将2023年法治政府建设情况报告如下。\n一、成效\n实行7×24小时值班，推行“1+X”模式，开展X光检查。\n二、不足\n人手不足。\n";
        assert_eq!(of_body(body), DocumentKind::Report);
        let body = "现将二〇二〇年法治政府建设情况报告如下。\n一、成效\n二〇二〇年办案，较二〇一〇年增长；某村、某镇、某局已整改。\n二、不足\n二〇二〇年人手不足。\n";
        assert_eq!(of_body(body), DocumentKind::Report);
    }
}
