//! Which regions a text names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use fazhi_model::RegionCode;
use regex::Regex;

use super::spelling::{Standing, spellings, stem};
use super::{Region, RegionLevel, is_within};

/// What names in a text say about the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named<'a> {
    /// No known region is named.
    Nothing,
    /// One region is meant.
    One(&'a Region),
    /// A name is carried by several regions and nothing decides between them.
    Ambiguous(Vec<&'a Region>),
}

/// The name of a body or a title holds a handful of regions; a text with more of them is none of both.
const MOST_MENTIONS: usize = 32;

/// Finds spellings of regions in texts.
#[derive(Debug)]
pub(super) struct Names {
    automaton: AhoCorasick,
    /// By pattern of the automaton.
    spelled: Vec<Spelled>,
    /// Rows by the name without its ending.
    stems: HashMap<String, Vec<usize>>,
}

/// What one spelling may mean.
#[derive(Debug)]
struct Spelled {
    rows: Vec<usize>,
    standing: Standing,
}

/// A spelling met in a text.
#[derive(Debug, Clone, Copy)]
struct Mention<'n> {
    start: usize,
    end: usize,
    spelled: &'n Spelled,
}

impl Spelled {
    fn is_county(&self, rows: &[Region]) -> bool {
        self.rows.iter().all(|row| rows[*row].level == RegionLevel::County)
    }
}

impl Names {
    pub(super) fn of(rows: &[Region]) -> Self {
        let mut known: HashMap<String, Spelled> = HashMap::new();
        let mut stems: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, region) in rows.iter().enumerate() {
            for (spelling, standing) in spellings(region) {
                let entry = known.entry(spelling).or_insert(Spelled { rows: Vec::new(), standing });
                entry.rows.push(index);
                if standing == Standing::Name {
                    entry.standing = Standing::Name;
                }
            }
            if stem(&region.name) != region.name {
                stems.entry(stem(&region.name).to_owned()).or_default().push(index);
            }
        }
        let mut known: Vec<(String, Spelled)> = known.into_iter().collect();
        known.sort_by(|a, b| a.0.cmp(&b.0));
        let (patterns, spelled): (Vec<String>, Vec<Spelled>) = known.into_iter().unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns)
            .expect("a few thousand short names");
        Self { automaton, spelled, stems }
    }

    pub(super) fn named_in<'r>(&self, text: &str, year: Option<i32>, rows: &'r [Region]) -> Named<'r> {
        let text = squeezed(text);
        let mentions = self.mentions(&text, rows);
        let is_name = |at: &usize| mentions[*at].spelled.standing == Standing::Name;
        let mut names = (0..mentions.len()).rev().filter(is_name);
        let Some(last) = names.next() else { return self.stem_in(&text, &mentions, year, rows) };
        let meant = told(&mentions[..=last], year, rows);
        let Named::One(region) = meant else { return meant };
        // `沈阳市铁西区沈阳市经济技术开发区`: the place inside it was told before.
        let inside = names.find_map(|at| match told(&mentions[..=at], year, rows) {
            Named::One(earlier) if lies_in(earlier, region) => Some(earlier),
            _ => None,
        });
        Named::One(inside.unwrap_or(region))
    }

    /// Spellings in reading order, where a word may start. A county's name right after a county's, or before 街道, is
    /// that of a township: `定州市西城区街道`, `祁县古县镇`.
    fn mentions(&self, text: &str, rows: &[Region]) -> Vec<Mention<'_>> {
        let mut mentions: Vec<Mention<'_>> = Vec::new();
        let mut end = 0;
        for found in self.automaton.find_iter(text) {
            let spelled = &self.spelled[found.pattern().as_usize()];
            let starts_word = found.start() == end || may_precede(text[..found.start()].chars().next_back());
            let before = mentions.last().filter(|before| before.end == found.start());
            let in_county = before.is_some_and(|before| before.spelled.is_county(rows)) && spelled.is_county(rows);
            if starts_word && !in_county && !text[found.end()..].starts_with("街道") {
                mentions.push(Mention { start: found.start(), end: found.end(), spelled });
            }
            end = found.end();
            if mentions.len() == MOST_MENTIONS {
                break;
            }
        }
        mentions
    }

    /// A name without its ending, as the owner of a site or a development zone carries it: `金口河政府网`,
    /// `乐山高新区`. Only at the start or after a parent, and only before such words: 平安 or 和平 alone are no regions.
    fn stem_in<'r>(&self, text: &str, mentions: &[Mention<'_>], year: Option<i32>, rows: &'r [Region]) -> Named<'r> {
        let places = std::iter::once(0).chain(mentions.iter().flat_map(|mention| [mention.start, mention.end]));
        for (place, (length, found)) in places.filter_map(|place| Some((place, self.stem_at(&text[place..])?))) {
            let rest = &text[place + length..];
            let named: Vec<usize> = if BEFORE_ITS_OFFICES.is_match(rest) {
                found.to_vec()
            } else if BEFORE_ITS_ZONES.is_match(rest) {
                found.iter().copied().filter(|row| rows[*row].level != RegionLevel::County).collect()
            } else {
                continue;
            };
            let before: Vec<Mention<'_>> = mentions.iter().copied().filter(|mention| mention.end <= place).collect();
            let provinces: Vec<usize> =
                named.iter().copied().filter(|row| rows[*row].level == RegionLevel::Province).collect();
            let named = if provinces.is_empty() { named } else { provinces };
            return decide(&named, &regions(&before, rows), year, rows);
        }
        Named::Nothing
    }

    /// The longest stem that the text opens with, and its length.
    fn stem_at(&self, text: &str) -> Option<(usize, &[usize])> {
        const LONGEST: usize = 9;
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(LONGEST);
        ends.filter_map(|end| Some((end, self.stems.get(&text[..end])?.as_slice()))).last()
    }

    /// Full names in a running text with how often each occurs, most frequent first.
    pub(super) fn counted_in<'r>(&self, text: &str, year: Option<i32>, rows: &'r [Region]) -> Vec<(&'r Region, usize)> {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for found in self.automaton.find_iter(text) {
            if self.spelled[found.pattern().as_usize()].standing == Standing::Name {
                *counts.entry(found.pattern().as_usize()).or_default() += 1;
            }
        }
        let mut regions: Vec<(&Region, usize)> = counts
            .into_iter()
            .filter_map(|(pattern, count)| match decide(&self.spelled[pattern].rows, &[], year, rows) {
                Named::One(region) => Some((region, count)),
                _ => None,
            })
            .collect();
        regions.sort_by_key(|(region, count)| (usize::MAX - count, region.code));
        regions
    }
}

/// Words that follow a stem where it stands for the region.
static BEFORE_ITS_OFFICES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:人民政府|政府|政务|司法局|监管分?局|(?:19|20)[0-9]{2}年|二[〇○零][〇○零一二三四五六七八九]{2}年)")
        .expect("the pattern is valid")
});

static BEFORE_ITS_ZONES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\p{Han}{0,4}?(?:(?:高新技术|高新|经济技术|经济|经开|综合)\p{Han}{0,4}?(?:开发区|园区|区)|新区)")
        .expect("the pattern is valid")
});

fn squeezed(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_whitespace) {
        Cow::Owned(text.chars().filter(|c| !c.is_whitespace()).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn regions<'r>(mentions: &[Mention<'_>], rows: &'r [Region]) -> Vec<&'r Region> {
    mentions.iter().flat_map(|mention| &mention.spelled.rows).map(|row| &rows[*row]).collect()
}

/// What the last of these mentions means, told apart by those before it.
fn told<'r>(mentions: &[Mention<'_>], year: Option<i32>, rows: &'r [Region]) -> Named<'r> {
    let Some((name, before)) = mentions.split_last() else { return Named::Nothing };
    let parent = before.last().filter(|it| it.end == name.start && it.spelled.standing == Standing::Name);
    let parents: Vec<&Region> = parent.map_or_else(Vec::new, |parent| regions(&[*parent], rows));
    if !is_elsewhere(&name.spelled.rows, &parents, rows) {
        return decide(&name.spelled.rows, &regions(before, rows), year, rows);
    }
    // All counties are known: what a prefecture has under the name of one elsewhere is a quarter or a zone of its own.
    if parents.iter().all(|parent| parent.level == RegionLevel::Prefecture) {
        told(before, year, rows)
    } else {
        Named::Nothing
    }
}

/// Whether all regions of a name lie outside the region that is named directly before it.
fn is_elsewhere(named: &[usize], parents: &[&Region], rows: &[Region]) -> bool {
    let elsewhere =
        |region: &Region| parents.iter().all(|parent| parent.level < region.level && !lies_in(region, parent));
    !parents.is_empty() && named.iter().all(|row| elsewhere(&rows[*row]))
}

/// Which of the regions of one name is meant: those in the regions named before it, then those of the year.
fn decide<'r>(named: &[usize], parents: &[&Region], year: Option<i32>, rows: &'r [Region]) -> Named<'r> {
    let mut candidates: Vec<&Region> = named.iter().map(|row| &rows[*row]).collect();
    let parents_of = |region: &Region| parents.iter().filter(|parent| lies_in(region, parent)).count();
    let most = candidates.iter().map(|region| parents_of(region)).max().unwrap_or(0);
    candidates.retain(|region| parents_of(region) == most);
    if candidates.iter().any(|region| region.is_valid_in(year)) {
        candidates.retain(|region| region.is_valid_in(year));
    }
    candidates.sort_by_key(|region| (region.code, region.valid_to.is_some()));
    candidates.dedup_by_key(|region| region.code);
    match candidates[..] {
        [] => Named::Nothing,
        [one] => Named::One(one),
        _ => Named::Ambiguous(candidates),
    }
}

fn lies_in(region: &Region, parent: &Region) -> bool {
    /// 伊犁 is a prefecture that has two prefectures under it.
    const ILI: &str = "654000";
    const UNDER_ILI: [&str; 2] = ["654200", "654300"];
    let code = |code: RegionCode| code.to_string();
    parent.code != region.code && is_within(region.code, parent.code)
        || code(parent.code) == ILI && UNDER_ILI.contains(&code(region.code.prefecture()).as_str())
}

/// Whether a name may start after this character. Inside a word it is no name: `山市` of `青山市` is none.
pub(super) fn may_precede(before: Option<char>) -> bool {
    /// Endings of regions and bodies, and words that join.
    const WORDS_BEFORE: &str = "省市县区州盟旗局厅部委会院行司社师团共于对在的和及与、（(《“";
    before.is_none_or(|c| !c.is_alphabetic() || WORDS_BEFORE.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, year: i32, expected: &[&str]) {
        let codes: Vec<String> = match crate::Rules::embedded().regions().named_in(text, Some(year)) {
            Named::Nothing => Vec::new(),
            Named::One(region) => vec![region.code.to_string()],
            Named::Ambiguous(candidates) => candidates.iter().map(|region| region.code.to_string()).collect(),
        };
        assert_eq!(codes, expected, "{text}");
    }

    #[test]
    fn names_lead_to_codes() {
        check("围场满族蒙古族自治县人民政府办公室", 2023, &["130828"]);
        check("围场县人民政府", 2023, &["130828"]);
        check("乐山市金口河区人民政府", 2023, &["511113"]);
        check("北京市大兴区旧宫镇人民政府", 2022, &["110115"]);
        check("信阳市司法局", 2023, &["411500"]);
        check("河北省司法厅", 2023, &["130000"]);
        check("恩施州人民政府", 2023, &["422800"]);
        check("科左中旗人民政府", 2023, &["150521"]);
        check("济源市人民政府", 2023, &["419001"]);
        check("某某县人民政府", 2023, &[]);
    }

    #[test]
    fn bodies_above_stand_before_the_name() {
        check("国家税务总局围场县税务局", 2023, &["130828"]);
        check("中国人民银行乐山市分行", 2023, &["511100"]);
        check("新疆生产建设兵团司法局", 2023, &["650000"]);
        check("新疆生产建设兵团第八师石河子市司法局", 2023, &["659001"]);
    }

    #[test]
    fn parents_tell_namesakes_apart() {
        check("鼓楼区人民政府", 2023, &["320106", "320302", "350102", "410204"]);
        check("福州市鼓楼区人民政府", 2023, &["350102"]);
        check("河南开封市鼓楼区人民政府", 2023, &["410204"]);
        check("江苏省鼓楼区人民政府", 2023, &["320106", "320302"]);
    }

    #[test]
    fn a_name_elsewhere_is_none_of_the_parent_before_it() {
        check("湖北省武平县人民政府", 2023, &[]);
        check("中山市西区办事处", 2023, &["442000"]);
        check("伊犁哈萨克自治州阿勒泰市人民政府", 2023, &["654301"]);
        check("六安市寿县人民政府", 2020, &["341521"]);
    }

    #[test]
    fn townships_may_carry_the_names_of_counties() {
        check("沧州市孟村回族自治县新县镇人民政府", 2023, &["130930"]);
        check("定州市西城区街道办事处", 2023, &["130682"]);
        check("城区街道办事处", 2023, &[]);
    }

    #[test]
    fn the_place_inside_counts_before_what_it_lies_in() {
        check("金口河区落实乐山市依法治市要求的报告", 2023, &["511113"]);
        check("沈阳市铁西区沈阳市经济技术开发区", 2023, &["210106"]);
    }

    #[test]
    fn names_without_their_ending_need_an_office_after_them() {
        check("金口河政府网", 2023, &["511113"]);
        check("河南2023年法治政府建设情况", 2023, &["410000"]);
        check("朝阳司法局", 2023, &["110105", "211300", "211321", "220104"]);
        check("和平建设年活动", 2023, &[]);
        check("乐山国家高新技术产业开发区管理委员会", 2023, &["511100"]);
        check("重庆两江新区管理委员会", 2023, &["500000"]);
        check("中国证监会四川监管局", 2023, &["510000"]);
        check("平安开发区", 2023, &[]);
    }

    #[test]
    fn retired_names_stand_for_the_code_of_their_time() {
        check("北京市崇文区人民政府", 2008, &["110103"]);
        check("莱芜市人民政府", 2015, &["371200"]);
        check("沙县人民政府", 2016, &["350427"]);
        // The same county under three codes of its past.
        check("无为县人民政府", 2023, &["340225"]);
        check("巢湖市人民政府", 2009, &["341400"]);
        check("巢湖市人民政府", 2020, &["340181"]);
    }
}
