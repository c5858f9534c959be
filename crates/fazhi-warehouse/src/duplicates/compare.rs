//! What two texts are to each other.

use fazhi_parse::simhash::{folded, shingles};

use super::post::{Agreement, Post};

/// Characters of a text that are compared; annual reports have a tenth of it.
const COMPARED: usize = 100_000;
/// What a page may add around a text that is the same: 本文来源, 扫一扫 … At most this many characters, and a tenth.
const AROUND: usize = 80;

/// A text, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    folded: String,
    length: usize,
    /// Distinct runs of characters, sorted.
    runs: Vec<u64>,
    /// Numbers as written, sorted; each as often as it stands there.
    numbers: Vec<String>,
}

impl Text {
    /// The text of a document.
    pub fn new(body: &str) -> Self {
        let end = body.char_indices().nth(COMPARED).map_or(body.len(), |(at, _)| at);
        let folded = folded(&body[..end]);
        let mut runs: Vec<u64> = shingles(&folded).collect();
        runs.sort_unstable();
        runs.dedup();
        let numbers = folded.split(|c| !is_numeral(c)).filter(|number| !number.is_empty());
        let mut numbers: Vec<String> = numbers.map(str::to_owned).collect();
        numbers.sort_unstable();
        Self { length: folded.chars().count(), runs, numbers, folded }
    }

    /// Whether one text stands in the other, unbroken, with little around it.
    fn is_whole_in_other(&self, other: &Self) -> bool {
        let (short, long) = if self.length <= other.length { (self, other) } else { (other, self) };
        let around = long.length - short.length;
        around <= AROUND && around * 10 <= long.length && long.folded.contains(&short.folded)
    }

    /// Share of the runs of both texts that they have in common, in thousandths (Jaccard).
    fn likeness(&self, other: &Self) -> usize {
        let common = shared(&self.runs, &other.runs);
        let all = self.runs.len() + other.runs.len() - common;
        (common * 1000).checked_div(all).unwrap_or(0)
    }
}

/// How many entries only one of two sorted lists has.
fn unshared<T: Ord>(one: &[T], other: &[T]) -> usize {
    one.len() + other.len() - 2 * shared(one, other)
}

/// How many entries two sorted lists have in common.
fn shared<T: Ord>(one: &[T], other: &[T]) -> usize {
    let (mut one, mut two) = (one.iter().peekable(), other.iter().peekable());
    let mut common = 0;
    while let (Some(left), Some(right)) = (one.peek(), two.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => drop(one.next()),
            std::cmp::Ordering::Greater => drop(two.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                one.next();
                two.next();
            }
        }
    }
    common
}

fn is_numeral(c: char) -> bool {
    c.is_ascii_digit() || "〇零一二三四五六七八九十百千万亿两".contains(c)
}

/// What two posts are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// One text.
    Same,
    /// One is a correction of the other.
    Revised,
    /// Two reports.
    Unrelated,
}

/// What two posts are to each other that [may be](Post::may_be) of one report.
pub fn relation((one, text): (&Post, &Text), (other, of_other): (&Post, &Text)) -> Relation {
    /// Likeness of texts that differ in typos only, of texts with a paragraph rewritten, and of texts that differ in so
    /// little that not even the name of a town is another throughout.
    const TYPOS: usize = 900;
    const REWRITTEN: usize = 800;
    const HARDLY: usize = 960;
    /// Numbers that only one of two texts has, where two were corrected.
    const FEW: usize = 4;
    if text.is_whole_in_other(of_other) {
        return Relation::Same;
    }
    if !one.publisher_agrees(other) {
        return Relation::Unrelated;
    }
    let likeness = text.likeness(of_other);
    let agreement = one.agreement(other);
    let typos = if agreement == Some(Agreement::Named) { TYPOS } else { HARDLY };
    if likeness >= typos && text.numbers == of_other.numbers {
        return Relation::Same;
    }
    let revised = match agreement {
        Some(Agreement::Named) => likeness >= REWRITTEN,
        Some(Agreement::Unnamed) => likeness >= HARDLY && unshared(&text.numbers, &of_other.numbers) <= FEW,
        None => false,
    };
    if revised { Relation::Revised } else { Relation::Unrelated }
}

#[cfg(test)]
mod tests {
    use super::super::post::PostRow;
    use super::*;

    const BODY: &str = "一、主要举措和成效。全年召开政府常务会议学法四次，受理行政复议案件85件，审结79件，行政机关负责人出庭应诉率100%。\
        开展执法人员培训3期，培训执法人员260人次，清理规范性文件41件，废止6件，修改2件，组织案卷评查两次，抽查案卷120宗。\
        二、存在的不足。部分单位执法力量薄弱，执法记录仪配备不足，执法文书制作不够规范，基层法律服务供给还不均衡。\
        三、下一步打算。压实法治建设第一责任人职责，健全行政裁量权基准制度，加强对乡镇执法的指导，提升人员能力水平。";

    #[track_caller]
    fn check(other: &str, same_publisher: Relation, other_publisher: Relation) {
        let post = |publisher: &str| {
            let title = "柘坪县2022年法治政府建设年度报告".to_owned();
            Post::from(PostRow { title, publisher: Some(publisher.into()), ..PostRow::default() })
        };
        let (text, of_other) = (Text::new(BODY), Text::new(other));
        for (publisher, expected) in [("柘坪县人民政府", same_publisher), ("葭湾县人民政府", other_publisher)]
        {
            let (one, other) = (post("柘坪县人民政府"), post(publisher));
            assert_eq!(relation((&one, &text), (&other, &of_other)), expected, "{publisher}");
            assert_eq!(relation((&other, &of_other), (&one, &text)), expected, "{publisher}, turned round");
        }
    }

    #[test]
    fn layout_and_what_stands_around_do_not_count() {
        let spaced = BODY.replace('。', " 。\n　　");
        check(&spaced, Relation::Same, Relation::Same);
        check(&format!("来源：县政府网　浏览次数：317\n{BODY}"), Relation::Same, Relation::Same);
    }

    #[test]
    fn a_typo_is_no_correction_but_another_publisher_is_another_report() {
        check(&BODY.replace("不够规范", "不够规犯"), Relation::Same, Relation::Unrelated);
    }

    #[test]
    fn another_number_is_a_correction() {
        check(&BODY.replace("85件", "86件"), Relation::Revised, Relation::Unrelated);
        check(&BODY.replace("评查两次", "评查三次"), Relation::Revised, Relation::Unrelated);
    }

    #[test]
    fn a_new_paragraph_is_a_correction() {
        let longer =
            format!("{BODY}四、其他需要报告的事项。{}", "坚持统筹推进，凝聚工作合力，营造良好氛围。".repeat(2));
        check(&longer, Relation::Revised, Relation::Unrelated);
    }

    #[test]
    fn another_text_of_the_same_publisher_is_another_report() {
        let other = "本局立足职能，聚焦窗口服务，压减材料，优化流程，群众满意度明显提升，企业开办时间缩短至半天，\
            全年没有发生因执法不当引起的投诉，普法宣传走进校园、社区、企业，取得良好成效。";
        check(other, Relation::Unrelated, Relation::Unrelated);
    }

    /// Towns under the name of their county's portal, without a name in the title.
    #[test]
    fn a_title_without_a_name_needs_more() {
        let post = |host: &str| {
            Post::from(PostRow {
                title: "2022年法治政府建设年度报告".into(),
                publisher: Some("青山县人民政府".into()),
                region_code: Some("590221".into()),
                url: format!("https://{host}/1.html"),
                ..PostRow::default()
            })
        };
        let town = |name: &str, cases: u32| {
            let season = |n: u32| format!("第{n}季开展执法培训，{name}组织执法人员学习{}次。", n + cases);
            let seasons: String = (1..5).map(season).collect();
            BODY.replace("全年召开", &format!("{name}全年召开")) + &seasons
        };
        let own = town("平水镇", 20);
        let cases = [
            (own.clone(), Relation::Same, Relation::Same),
            (own.replace("85件", "86件"), Relation::Revised, Relation::Unrelated),
            (own.replace("不够规范", "不够规犯"), Relation::Same, Relation::Same),
            (town("南溪乡", 30), Relation::Unrelated, Relation::Unrelated),
            (town("南溪乡", 20), Relation::Unrelated, Relation::Unrelated),
            (town("平水镇", 30), Relation::Unrelated, Relation::Unrelated),
        ];
        let text = Text::new(&own);
        for (other, same_host, other_host) in cases {
            for (host, expected) in [("www.a.gov.cn", same_host), ("sfj.a.gov.cn", other_host)] {
                let of_other = Text::new(&other);
                let found = relation((&post("www.a.gov.cn"), &text), (&post(host), &of_other));
                assert_eq!(found, expected, "{host} {} {other}", text.likeness(&of_other));
            }
        }
    }

    #[test]
    fn texts_without_words_are_like_nothing() {
        let (empty, text) = (Text::new("……"), Text::new(BODY));
        assert_eq!((empty.likeness(&empty), empty.likeness(&text)), (0, 0));
        assert!(!empty.is_whole_in_other(&text));
    }
}
