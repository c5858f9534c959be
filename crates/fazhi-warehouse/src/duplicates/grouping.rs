//! From judged pairs to groups, none of which holds two posts that exclude each other.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::compare::Relation;
use super::groups::Groups;
use super::post::Post;

/// A judged pair of posts, by their places.
pub type Judged = (u32, u32, Relation);

/// Groups of posts, by their places.
pub struct Grouped {
    /// Posts of one text.
    pub same: Groups,
    /// Posts of one report.
    pub family: Groups,
}

/// Identities of one group that are compared with each other; a group that has more is not the report of one body.
const IDENTITIES: usize = 64;

/// Groups of judged pairs. A post that leaves out its name or its town agrees with many that do not agree with each other,
/// and would join them. Which of them it belongs to nobody can tell, so in such a group only posts of one identity stay
/// together. That is decided for the group as a whole, so the order of pairs does not matter.
pub fn grouped(posts: &[Post], judged: &[Judged]) -> Grouped {
    let pairs = |wanted: Relation| -> Vec<(u32, u32)> {
        judged.iter().filter(|judged| judged.2 == wanted).map(|(one, other, _)| (*one, *other)).collect()
    };
    let identical =
        |one: u32, other: u32| one == other || posts[one as usize].identity() == posts[other as usize].identity();
    let mut same = joined(posts, &Groups::alone(posts.len()), &pairs(Relation::Same), identical);
    let revised = pairs(Relation::Revised);
    // Of a text that is posted under several identities, a correction under one of them is not certainly one.
    let all: Vec<(u32, u32)> = (0_u32..).zip(posts).map(|(place, _)| (same.of(place), place)).collect();
    let mixed: HashSet<u32> =
        all.iter().filter(|(text, place)| !identical(*text, *place)).map(|(text, _)| *text).collect();
    let text_of: Vec<u32> = all.iter().map(|(text, _)| *text).collect();
    let plain = |one: u32, other: u32| {
        [one, other].iter().all(|place| !mixed.contains(&text_of[*place as usize])) && identical(one, other)
    };
    let family = joined(posts, &same, &revised, plain);
    Grouped { same, family }
}

/// Groups with more pairs joined: of groups that come to hold posts which exclude each other, only pairs that are safe.
fn joined(posts: &[Post], groups: &Groups, pairs: &[(u32, u32)], safe: impl Fn(u32, u32) -> bool) -> Groups {
    let mut whole = groups.clone();
    for (one, other) in pairs {
        whole.join(*one, *other);
    }
    let torn = torn(posts, &mut whole, pairs);
    if torn.is_empty() {
        return whole;
    }
    let mut split = groups.clone();
    for (one, other) in pairs {
        if !torn.contains(&whole.of(*one)) || safe(*one, *other) {
            split.join(*one, *other);
        }
    }
    split
}

/// The groups of pairs that hold posts which exclude each other.
fn torn(posts: &[Post], whole: &mut Groups, pairs: &[(u32, u32)]) -> HashSet<u32> {
    let joined: HashSet<u32> = pairs.iter().map(|(one, _)| whole.of(*one)).collect();
    let mut identities: BTreeMap<u32, BTreeMap<_, &Post>> = BTreeMap::new();
    for (place, post) in (0_u32..).zip(posts) {
        let group = whole.of(place);
        if joined.contains(&group) {
            identities.entry(group).or_default().insert(post.identity(), post);
        }
    }
    let torn = identities.into_iter().filter(|(_, members)| {
        let members: Vec<&&Post> = members.values().collect();
        let excluded = |(rank, one): (usize, &&&Post)| members[rank + 1..].iter().any(|other| !one.may_be(other));
        members.len() > IDENTITIES || members.iter().enumerate().any(excluded)
    });
    torn.map(|(group, _)| group).collect::<BTreeSet<u32>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::post::PostRow;
    use super::*;
    use Relation::{Revised, Same};

    fn post(title: &str, township: &str) -> Post {
        PostRow {
            title: format!("{title}2022年法治政府建设年度报告"),
            publisher: Some("青山县人民政府".into()),
            region_code: Some("590221".into()),
            township_code: (!township.is_empty()).then(|| township.to_owned()),
            ..PostRow::default()
        }
        .into()
    }

    /// Groups as the smallest place of each post's text and family, whatever the order of the pairs.
    #[track_caller]
    fn check(posts: &[Post], pairs: &[Judged], texts: &[u32], families: &[u32]) {
        let turned: Vec<Judged> = pairs.iter().rev().map(|(one, other, relation)| (*other, *one, *relation)).collect();
        for pairs in [pairs, &turned] {
            let Grouped { mut same, mut family } = grouped(posts, pairs);
            let places = || 0..u32::try_from(posts.len()).expect("few");
            assert_eq!(places().map(|place| same.of(place)).collect::<Vec<_>>(), texts, "texts of {pairs:?}");
            assert_eq!(places().map(|place| family.of(place)).collect::<Vec<_>>(), families, "families of {pairs:?}");
        }
    }

    #[test]
    fn a_post_without_a_name_joins_one_town_but_not_two() {
        let (north, south, county) = (post("平水镇", "590221101"), post("南溪乡", "590221201"), post("", ""));
        check(&[north.clone(), county.clone()], &[(0, 1, Same)], &[0, 0], &[0, 0]);
        let three = [north.clone(), county.clone(), south.clone()];
        check(&three, &[(0, 1, Same), (1, 2, Same)], &[0, 1, 2], &[0, 1, 2]);
        // Two posts without a name stand between the towns, and each town has posted twice.
        let six = [north.clone(), north, county.clone(), county, south.clone(), south];
        let chain = [(0, 1, Same), (1, 2, Same), (2, 3, Same), (3, 4, Same), (4, 5, Same)];
        check(&six, &chain, &[0, 0, 2, 2, 4, 4], &[0, 0, 2, 2, 4, 4]);
    }

    #[test]
    fn corrections_do_not_join_towns() {
        let (north, south, county) = (post("平水镇", "590221101"), post("南溪乡", "590221201"), post("", ""));
        // Each town's text is posted once more without the name, and one of those is taken for a correction of the other.
        let posts = [north.clone(), county.clone(), county, south, north];
        let pairs = [(0, 1, Same), (1, 2, Revised), (2, 3, Same)];
        check(&posts, &pairs, &[0, 0, 2, 2, 4], &[0, 0, 2, 2, 4]);
        check(&posts, &[(0, 4, Revised)], &[0, 1, 2, 3, 4], &[0, 1, 2, 3, 0]);
    }
}
