//! What a heading says about its section: whether it tells results, problems or plans, and of which task area.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use fazhi_model::{Area, Role, Section};
use regex::Regex;

static PROBLEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("存在.{0,6}(?:问题|不足|短板|困难|差距)|(?:主要|面临的?)(?:问题|不足|困难)|问题(?:和|及|与|、)|(?:不足|短板|差距)(?:之处|弱项|和|及|与|、|$)|薄弱环节$|^(?:问题|不足|困难)|问题$")
        .expect("the pattern is valid")
});

static PLAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("下一?步|下(?:一)?阶段|今后|打算|努力方向|展望|20[0-9]{2}年.{0,12}(?:安排|计划|思路|重点|任务)|(?:工作|主要|总体)(?:安排|计划|思路|设想)|(?:改进|整改)(?:措施|方向)|明年|下年度|来年")
        .expect("the pattern is valid")
});

/// What was done about problems, plans and duties is a result.
static DONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:解决|整治|治理|化解|整改|破解|纠治|攻克|消除|回应|聚焦|坚持|突出|针对).{0,14}(?:问题|不足|短板|薄弱环节)(?:导向)?(?:，|,|$)|(?:落实|完成|推进|执行|实施)(?:20[0-9]{2}年(?:度)?|年度|上年度|全年).{0,10}(?:计划|安排|任务)(?:完成|落实|执行)?(?:情况)?(?:，|,|$)")
        .expect("the pattern is valid")
});

static RESPONSIBILITY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("第一责任人|主要负责人.{0,8}(?:履行|履职)|履行.{0,12}职责").expect("the pattern is valid")
});

/// What the text under a heading does. A heading of the first level tells it by its words; below a section on problems
/// or plans everything is problem or plan unless a heading says otherwise outright.
pub(super) fn role(heading: &str, inherited: Option<Role>) -> Role {
    if DONE.is_match(heading) && inherited.is_none_or(|above| above == Role::Result) {
        return Role::Result;
    }
    if PROBLEM.is_match(heading) && inherited.is_none_or(|above| above != Role::Plan) {
        return Role::Problem;
    }
    if PLAN.is_match(heading) {
        return Role::Plan;
    }
    match inherited {
        Some(above) => above,
        None if RESPONSIBILITY.is_match(heading) => Role::Responsibility,
        None if heading.starts_with("其他") || heading.starts_with("附") => Role::Other,
        None => Role::Result,
    }
}

/// Marks as plans what stands under a first-level heading that names the year after the report's (`2024年重点工作`) and
/// not the report's own.
pub(crate) fn mark_next_year(sections: &mut [Section], report_year: i32) {
    let (own, next) = (report_year.to_string(), (report_year + 1).to_string());
    let mut plan_until = 0;
    for section in sections {
        let names_next = section.heading.contains(&next) && !section.heading.contains(&own);
        if section.level == 1 && section.role == Role::Result && names_next {
            plan_until = section.span.end;
        }
        if section.span.start < plan_until && section.role == Role::Result {
            section.role = Role::Plan;
        }
    }
}

/// Words that tell the task area; the area with the most characters matched wins, the earlier word in a tie.
const CUES: &[(Area, &str)] = &[
    (
        Area::A1,
        "政府机构职能|机构职能|政府职能|履行职能|依法全面履行|放管服|营商环境|政务服务|简政放权|行政审批|审批制度|权责清单|权力清单|服务效能|服务型政府|证明事项|市场监管|职能",
    ),
    (
        Area::A2,
        "依法行政制度|制度体系|规范性文件|规范文件|政府立法|立法|规章|合法性审查|合法性审核|制度建设|文件管理|备案审查",
    ),
    (Area::A3, "行政决策|重大决策|科学决策|民主决策|依法决策|决策|法律顾问|公职律师"),
    (
        Area::A4,
        "行政执法|监督执法|综合执法|严格执法|规范执法|文明执法|执法监督|执法工作|行政检查|涉企检查|执法|三项制度|双随机|行政处罚|柔性",
    ),
    (Area::A5, "突发事件|应急处置|应急管理|应急|防灾减灾|安全生产|风险防控|疫情"),
    (
        Area::A6,
        "社会矛盾纠纷|矛盾纠纷|社会矛盾|纠纷化解|矛盾化解|多元解纷|多元化解|定分止争|解纷|化解|行政复议|复议|行政应诉|应诉|调解|信访|诉源治理|枫桥",
    ),
    (
        Area::A7,
        "行政权力制约|权力制约|权力监督|权力运行|制约和监督|制约监督|监督体系|政务公开|信息公开|人大监督|民主监督|审计监督|政务诚信|监督",
    ),
    (Area::A8, "科技保障|数字法治|数字政府|智慧法治|信息化|数字化|智能化|互联网|大数据|一网通办"),
    (
        Area::A9,
        "党的领导|党的全面领导|党对|党委领导|组织领导|推进机制|习近平法治思想|第一责任人|法治思维|依法行政能力|依法行政意识|法治意识|法治能力|能力建设|领导干部|学法|述法|法治督察|法治培训|培训|队伍建设|统筹推进|统筹谋划|关键少数",
    ),
    (
        Area::A10,
        "普法|普及|法治宣传|宣传教育|公共法律服务|法律服务|法律援助|法治文化|法治社会|法治宣教|法治乡村|民主法治|全民守法",
    ),
];

/// All cues in one automaton, and the area of each.
static MATCHER: LazyLock<(AhoCorasick, Vec<Area>)> = LazyLock::new(|| {
    let cues = CUES.iter().flat_map(|(area, cues)| cues.split('|').map(move |cue| (cue, *area)));
    let (words, areas): (Vec<&str>, Vec<Area>) = cues.unzip();
    (AhoCorasick::new(words).expect("some hundred short words"), areas)
});

/// What the cues of one area cover in a heading.
#[derive(Clone, Copy, Default)]
struct Cover {
    bytes: usize,
    first: usize,
    end: usize,
}

/// The task area a heading tells. Its first clause that names one decides: what follows tells how or what for.
pub(super) fn area(heading: &str) -> Option<Area> {
    heading.split(['，', ',', '；', ';', '。']).find_map(area_of_clause)
}

/// The area whose cues cover most of a clause, the earlier in a tie.
fn area_of_clause(heading: &str) -> Option<Area> {
    let (matcher, areas) = &*MATCHER;
    let mut cues: Vec<_> = matcher.find_overlapping_iter(heading).collect();
    // Of cues that begin at one place the longest counts, and nothing is counted twice.
    cues.sort_by_key(|found| (found.start(), usize::MAX - found.end()));
    let mut covers: Vec<(Area, Cover)> = Vec::new();
    for found in cues {
        let area = areas[found.pattern().as_usize()];
        let at = covers.iter().position(|(known, _)| *known == area).unwrap_or_else(|| {
            covers.push((area, Cover { first: found.start(), ..Cover::default() }));
            covers.len() - 1
        });
        let cover = &mut covers[at].1;
        if found.start() >= cover.end {
            cover.bytes += found.len();
            cover.end = found.end();
        }
    }
    covers.into_iter().max_by_key(|(_, cover)| (cover.bytes, usize::MAX - cover.first)).map(|(area, _)| area)
}
