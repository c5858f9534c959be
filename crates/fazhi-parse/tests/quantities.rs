//! The quantity grammar on sentences written for it, on arbitrary text, and on public numeral pairs where present.

use fazhi_parse::quantity::scan;
use proptest::prelude::*;

/// Amounts as `text value[..max] unit precision`, the precision only where it is not exact.
fn amounts(body: &str) -> Vec<String> {
    let show = |quantity: &fazhi_model::Quantity| {
        let max = quantity.max.map_or(String::new(), |max| format!("..{max}"));
        let precision = match quantity.precision.as_str() {
            "exact" => String::new(),
            bound => format!(" {bound}"),
        };
        format!("{} {}{max} {}{precision}", quantity.text, quantity.value, quantity.unit)
    };
    scan(body).iter().map(show).collect()
}

#[track_caller]
fn check(body: &str, expected: &[&str]) {
    assert_eq!(amounts(body), expected, "{body}");
}

#[test]
fn bounds_stand_before_behind_and_inside() {
    check("发放资料10万余份,挽回损失1300余万元", &["10万余份 100000 份 at_least", "1300余万元 13000000 元 at_least"]);
    check("调解成功率98%以上", &["98%以上 98 % at_least"]);
    check("培训近千名干部,惠及上万人", &["近千名 1000 名 at_most", "上万人 10000 人 at_least"]);
    check("每年不少于4次,约300人参加", &["不少于4次 4 次 at_least", "约300人 300 人 about"]);
    check("覆盖3万多人,用时不足5人", &["3万多人 30000 人 at_least", "不足5人 5 人 at_most"]);
    check("检查单位75余家(次),走访300户左右", &["75余家(次) 75 家(次) at_least", "300户左右 300 户 about"]);
    check("签约12个项目,附近3个村", &["12个 12 个", "3个 3 个"]);
}

#[test]
fn money_rates_points_and_multiples() {
    check("罚没款15.09万元", &["15.09万元 150900 元"]);
    check("归集数据1.2亿条", &["1.2亿条 120000000 条"]);
    check("6.9亿重整资金到位", &["6.9亿 690000000 元"]);
    check("覆盖率达百分之九十五,满意率百分之百", &["百分之九十五 95 %", "百分之百 100 %"]);
    check("同比提升4.4个百分点,增长2倍", &["4.4个百分点 4.4 个百分点", "2倍 2 倍"]);
    check("七成以上村居,已成立机构", &["七成以上 70 % at_least"]);
    check("收入增长-16.8%", &["-16.8% -16.8 %"]);
}

#[test]
fn ranges_have_two_ends() {
    check("每所配备2-3名人员", &["2-3名 2..3 名"]);
    check("投入3—5万元,占30%~40%", &["3—5万元 30000..50000 元", "30%~40% 30..40 %"]);
    check("化解五六十件纠纷", &["五六十件 50..60 件"]);
    check("占百分之三十到四十", &["百分之三十到四十 30..40 %"]);
    check("由85件增至97件", &["85件 85 件", "97件 97 件"]);
}

#[test]
fn decimals_are_written_without_idle_zeros() {
    check("宣传覆盖192.20万人次", &["192.20万人次 1922000 人次"]);
    check("罚款10.00万元,网办率99.50%", &["10.00万元 100000 元", "99.50% 99.5 %"]);
    check(
        "覆盖90.0%-95.50%的村,投入1.50—2.00亿元",
        &["90.0%-95.50% 90..95.5 %", "1.50—2.00亿元 150000000..200000000 元"],
    );
}

#[test]
fn chinese_numerals_count_before_a_counter() {
    check("召开会议两次,查处案件三起,评查一百二十卷", &["两次 2 次", "三起 3 起", "一百二十卷 120 卷"]);
    check("调解纠纷三千二百余件", &["三千二百余件 3200 件 at_least"]);
    check("化解十余起", &["十余起 10 起 at_least"]);
    check("组织旁听庭审一次。", &["一次 1 次"]);
}

#[test]
fn two_amounts_may_touch() {
    check("应急分队35支400人", &["35支 35 支", "400人 400 人"]);
    check("满足4500人7天需求", &["4500人 4500 人"]);
    check("检查236,158家,发现97处", &["236,158家 236158 家", "97处 97 处"]);
}

#[test]
fn what_is_no_amount_is_left_out() {
    for body in [
        "2023年12月31日11:26",
        "2021-2025年",
        "24小时在线,7天办结,1个工作日答复,三年行动",
        "第二位,第3名,位列前3名,第二十四条",
        "1.强化职能\n2.优化环境\n(三)加强监督",
        "一是突出重点,二是压实责任",
        "落实三项制度、四个意识、“一规划两方案”、“2+N”、双随机一公开、两微一端",
        "八五普法,12345热线,12348平台,4.0系统,PM2.5,5G",
        "《关于印发10项措施的通知》",
        "一批项目,一支队伍管执法,最多跑一次,一件事一次办",
        "受理X件,检查XX余次,□□家",
        "市县两级,省市县三级,四部委",
        "围政〔2024〕1号,索引号13562434/2024-00265,电话0314-7512345",
        "零次跑、零投诉",
        "县十七届人大三次会议",
        "三分之二的乡镇",
        "红十字会",
    ] {
        check(body, &[]);
    }
}

#[test]
fn the_subject_says_what_is_counted() {
    let body = "全县共办理行政处罚案件85件,其中37个乡镇参与";
    let subjects: Vec<_> = scan(body).into_iter().map(|quantity| quantity.subject).collect();
    assert_eq!(subjects, [Some("全县共办理行政处罚案件".to_owned()), Some("其中".to_owned())]);
}

#[test]
fn a_line_without_end_stays_cheap() {
    let body = "检查企业12家,".repeat(30_000);
    let found = scan(&body);
    assert_eq!(found.len(), fazhi_parse::quantity::MAX_QUANTITIES);
    assert!(found.iter().all(|quantity| quantity.sentence.chars().count() <= 420));
    assert_eq!(scan(&"一".repeat(200_000)).len(), 0);
    assert_eq!(scan(&"《".repeat(100_000)).len(), 0);
    assert_eq!(scan(&"1,234".repeat(50_000)).len(), 0);
}

/// Pieces that make arbitrary text look like reports.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,6}",
        "[一二两三四五六七八九十百千万亿零点]{1,4}",
        "[件名人次家个项元%,。;:、余多约近第年月-]",
        "[\u{ff10}-\u{ff19}《》“”()（）\n ]",
        "百分之|个百分点|以上|左右|万元|人次|其中|分别|同比增长",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_span_is_its_text(body in pieces()) {
        let mut end = 0;
        for quantity in scan(&body) {
            prop_assert_eq!(quantity.span.of(&body), Some(quantity.text.as_str()));
            prop_assert!(quantity.span.start >= end, "amounts do not overlap");
            prop_assert!(quantity.sentence.contains(quantity.text.trim()));
            prop_assert!(quantity.max.is_none_or(|max| max > quantity.value));
            end = quantity.span.end;
        }
    }

    #[test]
    fn values_carry_no_idle_zeros(whole in 1u32..100_000, decimals in "[0-9]{0,3}0", multiplier in prop::sample::select(vec!["", "万", "亿"])) {
        let body = format!("共有{whole}.{decimals}{multiplier}人次，较上年的3.{decimals}-4.{decimals}{multiplier}人次有所增长。");
        let found = scan(&body);
        prop_assert_eq!(found.len(), 2);
        for value in found.iter().flat_map(|quantity| [Some(quantity.value), quantity.max]).flatten() {
            let written = value.to_string();
            prop_assert!(!written.contains('.') || !written.ends_with('0'), "{}", written);
        }
    }

    #[test]
    fn arbitrary_text_is_survived(body in any::<String>()) {
        for quantity in scan(&body) {
            prop_assert_eq!(quantity.span.of(&body), Some(quantity.text.as_str()));
        }
    }

    #[test]
    fn width_does_not_matter(value in 1u32..2_000_000, unit in prop::sample::select(vec!["件", "名", "万元", "%", "家(次)", "人次"])) {
        let narrow = format!("办理各类事项{value}{unit}。");
        let wide: String = narrow.chars().map(|c| match c {
            '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
            _ => c,
        }).collect();
        let read = |body: &str| scan(body).into_iter().map(|q| (q.value, q.unit, q.precision)).collect::<Vec<_>>();
        prop_assert_eq!(read(&narrow).len(), 1);
        prop_assert_eq!(read(&narrow), read(&wide));
    }
}

/// Why a pair of spoken and written numerals is none of ours; the first cue that stands in it decides.
const OUT_OF_SCOPE: &[(&str, &[&str])] = &[
    ("figures read one by one are identifiers", &["幺", "洞", "一二三四", "二二三四", "三三四五", "一八五四"]),
    ("兆 does not occur in reports", &["兆"]),
    ("durations are no amounts", &["年后", "分钟", "秒"]),
    ("speeds are no amounts of reports", &["每小时"]),
    ("units that reports do not count in", &["克", "摩尔", "伏特", "度", "卢布", "新台币", "令吉", "人民币", "二两"]),
    ("money of daily life (块, 毛, 角) does not occur in reports", &["块", "毛", "角"]),
    ("a minus sign is read with rates and money only", &["负"]),
    (
        "the written side abbreviates the second number (45-6)",
        &["十五六", "五六万", "百三四十", "十七八", "十三四", "万六七", "万四五"],
    ),
    ("zero counts nothing, 一 and 二 alone neither", &["零 =>", "一 =>", "二 =>"]),
    ("no written Chinese", &["百分三十"]),
    ("a house number", &["导航"]),
    ("a number without a unit counts nothing", &["二十点一万 =>"]),
    ("the written side mixes 万 and figures", &["百万一千", "千万一千"]),
    ("a numeral of seven decimals holds more than the tables", &["一四一五九二六"]),
    ("ordinary words stand around bare numerals", &["一共有一人"]),
];

/// `spoken => written` pairs: both sides hold the same amounts, or a reason says why they need not.
#[test]
#[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "the test reads files, the crate does not")]
fn numeral_pairs_agree() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real/numerals");
    if !folder.exists() {
        eprintln!("skipped: no numeral pairs at {}", folder.display());
        return;
    }
    let values = |text: &str| scan(text).iter().map(|amount| (amount.value, amount.max)).collect::<Vec<_>>();
    let (mut compared, mut wrong) = (0, Vec::new());
    for (file, is_bare) in [("number", true), ("cardinal", true), ("money", false), ("measure", false)] {
        let pairs = std::fs::read_to_string(folder.join(format!("{file}.txt"))).unwrap();
        for pair in pairs.lines() {
            let Some((spoken, written)) = pair.split_once(" => ") else { continue };
            let counted = |text: &str| if is_bare { values(&format!("共有{text}人")) } else { values(text) };
            let (ours, theirs) = (counted(spoken), counted(&with_unit_behind(written)));
            if !ours.is_empty() && ours == theirs {
                compared += 1;
            } else if !OUT_OF_SCOPE.iter().any(|(_, cues)| cues.iter().any(|cue| pair.contains(cue))) {
                wrong.push(format!("{pair}: {ours:?} against {theirs:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 45, "only {compared} pairs were compared");
}

/// `¥1.25` as we write it: `1.25元`.
fn with_unit_behind(written: &str) -> String {
    let signs = [('¥', "元"), ('\u{ffe5}', "元"), ('$', "美元"), ('£', "英镑")];
    let unit = signs.iter().find(|(sign, _)| written.starts_with(*sign));
    unit.map_or(written.to_owned(), |(sign, unit)| format!("{}{unit}", written.trim_start_matches(*sign)))
}
