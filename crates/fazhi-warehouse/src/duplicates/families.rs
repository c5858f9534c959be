//! From pairs to links: posts of one text, texts of one report.

use std::collections::BTreeMap;

use super::groups::Groups;
use super::post::{Host, Post, Wording};

/// What a row of `documents` says of other posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub document_id: String,
    pub duplicate_of: Option<String>,
    pub version_of: Option<String>,
}

/// The post that another leads to, by its place in the list of posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Target {
    pub duplicate_of: Option<u32>,
    pub version_of: Option<u32>,
}

/// All posts of one text.
struct Edition {
    primary: u32,
    members: Vec<u32>,
}

/// The links of the members of one family, `same` being the groups of posts of one text.
pub fn targets(posts: &[Post], members: &[u32], same: &mut Groups) -> BTreeMap<u32, Target> {
    let mut of_text: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for member in members {
        of_text.entry(same.of(*member)).or_default().push(*member);
    }
    let mut editions: Vec<Edition> = of_text.into_values().map(|members| Edition::new(posts, members)).collect();
    editions.sort_by(|one, other| one.age(posts).cmp(&other.age(posts)));
    let official = |edition: &Edition| posts[edition.primary as usize].standing.host == Host::Official;
    // Where a public body has posted the report, other texts elsewhere are altered copies, not corrections.
    let copies = match editions.iter().rfind(|edition| official(edition)).map(|edition| edition.primary) {
        Some(current) => editions
            .extract_if(.., |edition| !official(edition))
            .flat_map(|edition| edition.members)
            .map(|copy| (copy, Target { duplicate_of: Some(current), version_of: None }))
            .collect(),
        None => BTreeMap::new(),
    };
    let mut targets = copies;
    let mut before = None;
    for edition in editions {
        for member in &edition.members {
            targets.insert(*member, Target { duplicate_of: Some(edition.primary), version_of: None });
        }
        targets.insert(edition.primary, Target { duplicate_of: None, version_of: before });
        before = Some(edition.primary);
    }
    targets
}

impl Edition {
    fn new(posts: &[Post], members: Vec<u32>) -> Self {
        let preferred = members.iter().min_by_key(|member| posts[**member as usize].preference());
        Self { primary: *preferred.expect("a group has a member"), members }
    }

    /// What tells which of two texts came first. A text without any date is taken for the older one.
    fn age<'a>(&self, posts: &'a [Post]) -> (Wording, Option<i32>, &'a str) {
        let members = || self.members.iter().map(|member| &posts[*member as usize]);
        let primary = &posts[self.primary as usize];
        let wording = members().map(|post| post.wording).max().unwrap_or(Wording::Plain);
        let published = primary.published_on.or_else(|| members().filter_map(|post| post.published_on).min());
        (wording, published, &primary.id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::post::PostRow;
    use super::*;

    /// Posts as host, title mark and day; numbers in `texts` say which text each has.
    #[track_caller]
    fn check(posts: &[(&str, &str, Option<i32>)], texts: &[u32], expected: &[(Option<u32>, Option<u32>)]) {
        let post = |(place, (host, mark, day)): (usize, &(&str, &str, Option<i32>))| {
            let row = PostRow {
                document_id: place.to_string(),
                url: format!("https://{host}/{place}.html"),
                title: format!("2022年法治政府建设报告{mark}"),
                published_on: *day,
                ..PostRow::default()
            };
            Post::from(row)
        };
        let posts: Vec<Post> = posts.iter().enumerate().map(post).collect();
        let mut same = Groups::alone(posts.len());
        for (place, text) in (0..).zip(texts) {
            let first = (0..).zip(texts).find(|(_, other)| *other == text).map_or(place, |(first, _)| first);
            same.join(first, place);
        }
        let members: Vec<u32> = (0..).zip(texts).map(|(place, _)| place).collect();
        let found: Vec<_> = targets(&posts, &members, &mut same)
            .into_values()
            .map(|target| (target.duplicate_of, target.version_of))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn duplicates_lead_to_the_primary_and_corrections_to_the_text_before() {
        let gov = "www.a.gov.cn";
        // The later text is a repost of the first correction; the second correction follows it.
        check(
            &[(gov, "", Some(10)), (gov, "", Some(20)), ("mirror.example", "", Some(5)), (gov, "", Some(30))],
            &[1, 2, 2, 3],
            &[(None, None), (None, Some(0)), (Some(1), None), (None, Some(1))],
        );
    }

    #[test]
    fn a_mark_in_the_title_weighs_more_than_a_date() {
        let gov = "www.a.gov.cn";
        check(&[(gov, "（更正）", Some(10)), (gov, "", Some(20))], &[1, 2], &[(None, Some(1)), (None, None)]);
        check(&[(gov, "", Some(10)), (gov, "", None)], &[1, 2], &[(None, Some(1)), (None, None)]);
    }

    #[test]
    fn an_altered_text_elsewhere_does_not_replace_an_official_one() {
        check(
            &[("copies.example", "", Some(90)), ("www.a.gov.cn", "", Some(10)), ("www.a.gov.cn", "", Some(20))],
            &[1, 2, 3],
            &[(Some(2), None), (None, None), (None, Some(1))],
        );
        check(&[("a.example", "", Some(10)), ("b.example", "", Some(20))], &[1, 2], &[(None, None), (None, Some(0))]);
    }
}
