//! Places where a number is part of a name: titles in 《》, short quotations, programme and place names, numbering.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::reading::Reading;

/// Names of programmes, rules, systems and places that hold a numeral followed by what could be a counter.
const NAMES: &str = "一规划两方案|一规划两纲要|三项制度|三个制度|双随机|一公开|两微一端|一件事|一次办|跑一次|一次性|一次告知|一次办好|\
    三重一大|四个意识|四个自信|两个维护|两个确立|三个规定|四个全面|五个一|三个一|六个一|四个一|十个一|两个一百年|\
    两个不愿意|四议两公开|三会一课|三支一扶|两学一做|三大调解|三位一体|四位一体|五位一体|六位一体|一带一路|三证合一|\
    五证合一|一照多址|一村一|一企一|一案一|一户一|一事一|一人一|一镇一|一所一|一项一|一支队伍|一张网|一个门|一类事|\
    一张清单|一家人|三同步|三个融入|三个区分|两个责任|两个毫不动摇|百件实事|十件大事|三件套|四项基本原则|五项机制|\
    八项规定|八五普法|七五普法|六五普法|九五普法|成百上千|成千上万|千家万户|千方百计|百日攻坚|两件大事|三次产业|两个结合|\
    四个善治|四项机制|六个环节|五个环节|两个主体|三个责任|三个清单|四张清单|两张清单|三张清单|三个年|十项行动|百项行动|\
    三台县|九台区|五台县|五台山|五台市|七台河|五家渠|六户镇|三元区|三元里|四家子|五家子|万家灯火|百家争鸣|两头婚|\
    三只松鼠|一条龙|一条街|一把手|一位数|两位数|一盘棋|一类案|三种形态|四种形态|两种责任|两次审议|三个清零|三个必须|\
    三个到位|四个到位|三级书记|七个有|十户联|百户联|四级联|三张表|两个办法";

static NAME_MATCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(NAMES.split('|'))
        .expect("a short list of fixed names builds")
});

/// Longest title in 《》 and longest quotation that is taken for a name, in characters.
const TITLE: usize = 120;
const QUOTATION: usize = 40;

/// For each folded character, whether a number may not begin there.
pub(super) fn places(text: &Reading) -> Vec<bool> {
    let mut mask = vec![false; text.len()];
    titles(text, &mut mask);
    names(text, &mut mask);
    numbering(text, &mut mask);
    mask
}

fn titles(text: &Reading, mask: &mut [bool]) {
    let mut at = 0;
    while at < text.len() {
        let close = match text.at(at) {
            '《' => closing(text, at, '》', TITLE, "\n"),
            '“' => closing(text, at, '”', QUOTATION, "\n。;,"),
            '「' => closing(text, at, '」', QUOTATION, "\n。;,"),
            '"' => closing(text, at, '"', QUOTATION, "\n。;,"),
            '‘' => closing(text, at, '’', QUOTATION, "\n。;,"),
            '〔' => closing(text, at, '〕', 12, "\n"),
            _ => None,
        };
        let Some(close) = close else {
            at += 1;
            continue;
        };
        mask[at..=close].fill(true);
        at = close + 1;
    }
}

/// The closing mark of a pair; titles may nest (《关于〈…〉的通知》, 《…《…》…》).
fn closing(text: &Reading, open: usize, close: char, reach: usize, stops: &str) -> Option<usize> {
    let mut depth = 1;
    for at in open + 1..(open + reach).min(text.len()) {
        let c = text.at(at);
        if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        } else if stops.contains(c) {
            return None;
        } else if c == text.at(open) {
            depth += 1;
        }
    }
    None
}

fn names(text: &Reading, mask: &mut [bool]) {
    let folded: String = text.chars.iter().collect();
    let mut bytes = 0;
    let mut place = 0;
    let mut chars = folded.chars();
    for hit in NAME_MATCHER.find_iter(&folded) {
        while bytes < hit.start() {
            bytes += chars.next().map_or(1, char::len_utf8);
            place += 1;
        }
        let length = folded[hit.range()].chars().count();
        mask[place..place + length].fill(true);
    }
}

/// `1.` and `12、` at the beginning of a line number it, even where a digit follows: `1.2023年…`.
fn numbering(text: &Reading, mask: &mut [bool]) {
    let mut line_start = true;
    for at in 0..text.len() {
        let c = text.at(at);
        if line_start && c.is_ascii_digit() {
            let end = (at..at + 3).find(|&p| !text.at(p).is_ascii_digit()).unwrap_or(at);
            let numbered =
                matches!(text.at(end), '.' | '、' | ')') && !text.at(end - usize::from(end > at)).is_whitespace();
            // `1.5万件…` at the beginning of a line is an amount: figures after the point and a multiplier.
            let figures = (end + 1..end + 8).find(|&p| !text.at(p).is_ascii_digit()).unwrap_or(end + 1);
            let amount =
                text.at(end) == '.' && figures > end + 1 && matches!(text.at(figures), '万' | '亿' | '%' | '元');
            if end > at && numbered && !amount {
                mask[at..=end].fill(true);
            }
        }
        line_start = c == '\n' || (line_start && c == ' ');
    }
}
