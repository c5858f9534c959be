//! The links depend on what was posted, not on when or in which load it arrived.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::compare::{Text, relation};
use super::post::{Post, PostRow};
use super::relink::{Found, Known, Relink};

/// `documents` and `texts` in small: rows and their bodies by document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tables(BTreeMap<String, Row>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    post: Post,
    body: String,
    duplicate_of: Option<String>,
    version_of: Option<String>,
}

/// A row that arrives; without a body it is a page that is no report any more.
type Arrival = (PostRow, Option<String>);

impl Tables {
    fn load(&mut self, arrivals: &[Arrival]) -> Found {
        let ids: BTreeSet<&str> = arrivals.iter().map(|(row, _)| row.document_id.as_str()).collect();
        let known = |row: &Row| Known {
            post: row.post.clone(),
            duplicate_of: row.duplicate_of.clone(),
            version_of: row.version_of.clone(),
            arrives: ids.contains(row.post.id.as_str()),
        };
        let known = self.0.values().map(known).collect();
        let mut reports = BTreeMap::new();
        for (row, body) in arrivals {
            self.0.remove(&row.document_id);
            if let Some(body) = body {
                reports.insert(row.document_id.clone(), (Post::from(row.clone()), body.clone()));
            }
        }
        let relink = Relink::new(reports.values().map(|(post, _)| post.clone()).collect(), known);
        for (id, (post, body)) in reports {
            self.0.insert(id, Row { post, body, duplicate_of: None, version_of: None });
        }
        let pairs = relink.pairs();
        let text = |place: u32| {
            let post = &relink.posts()[place as usize];
            (post, Text::new(&self.0[&post.id].body))
        };
        let judge = |(one, other): &(u32, u32)| {
            let ((one, text_of_one), (other, text_of_other)) = (text(*one), text(*other));
            relation((one, &text_of_one), (other, &text_of_other))
        };
        let relations: Vec<_> = pairs.uncertain.iter().map(judge).collect();
        let found = relink.links(&pairs, &relations);
        for link in &found.links {
            let row = self.0.get_mut(&link.document_id).expect("links are of posts that are there");
            (row.duplicate_of, row.version_of) = (link.duplicate_of.clone(), link.version_of.clone());
        }
        found
    }

    /// Links lead to primaries of this table, and corrections form lines.
    fn assert_sound(&self) {
        let mut replaced = BTreeSet::new();
        for (id, row) in &self.0 {
            for target in [&row.duplicate_of, &row.version_of].into_iter().flatten() {
                let primary = self.0.get(target).unwrap_or_else(|| panic!("{id} leads nowhere"));
                assert_eq!(primary.duplicate_of, None, "{id} leads to a duplicate");
                assert_ne!(id, target);
            }
            assert!(row.duplicate_of.is_none() || row.version_of.is_none(), "{id} is both");
            if let Some(target) = &row.version_of {
                assert!(replaced.insert(target), "{target} is replaced twice");
            }
        }
    }
}

/// A report of a town in one of its wordings, as read from one of several hosts.
fn arrival() -> impl Strategy<Value = Arrival> {
    (0..14_u32, 0..2_u32, 0..6_u32, 0..4_usize, proptest::option::of(0..3_i32), 0..10_u32).prop_map(
        |(number, town, wording, host, published_on, gone)| {
            let name = ["甲乙县", "丙丁县"][town as usize];
            let body = body(name, wording);
            let hosts = ["www.a.gov.cn", "sfj.a.gov.cn", "mirror.example", "copies.example"];
            let row = PostRow {
                document_id: format!("{number:02}"),
                revision: format!("{town}{wording}"),
                digest: body.clone(),
                simhash: fazhi_parse::simhash::simhash(&body).expect("the text is long enough"),
                url: format!("https://{}/{number}.html", hosts[host]),
                title: format!("{name}2022年法治政府建设年度报告"),
                publisher: Some(format!("{name}{}", ["人民政府", ""][host / 2])),
                site_owner: (host == 0).then(|| format!("{name}人民政府")),
                region_code: Some(format!("59022{town}")),
                published_on,
                ..PostRow::default()
            };
            (row, (gone > 0).then_some(body))
        },
    )
}

/// 0 and 1 are the same text, 2 has a typo, 3 and 4 other numbers, 5 a new paragraph.
fn body(name: &str, wording: u32) -> String {
    let cases = match wording {
        3 => 86,
        4 => 87,
        _ => 85,
    };
    let season = |n| format!("第{n}季开展执法培训{}期，覆盖执法人员{}人次，持续提升执法能力。", n + 2, n * 17 + 40);
    let seasons: String = (0..30).map(season).collect::<Vec<_>>().concat();
    let mut body = format!("{name}坚持以人民为中心，全年受理行政复议案件{cases}件，审结79件。{seasons}");
    match wording {
        1 => body = body.replace('，', "，\n　"),
        2 => body = body.replace("第3季开展", "第3季开晨"),
        5 => body += &"存在的不足主要是基层执法力量薄弱，执法装备配备还不到位。下一步将加大投入。".repeat(3),
        _ => {}
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_split_into_loads_give_the_same_links(
        (posted, shuffled) in proptest::collection::vec(arrival(), 1..14)
            .prop_map(|posted| posted.into_iter().map(|post| (post.0.document_id.clone(), post)).collect::<BTreeMap<_, _>>())
            .prop_map(|posted| posted.into_values().collect::<Vec<Arrival>>())
            .prop_flat_map(|posted| (Just(posted.clone()), Just(posted).prop_shuffle())),
        // What is read again later: these rows stood there first.
        earlier in proptest::collection::vec(arrival(), 0..8),
        size in 1..6_usize,
    ) {
        let mut at_once = Tables::default();
        at_once.load(&posted);
        at_once.assert_sound();

        let mut piecemeal = Tables::default();
        for row in &earlier {
            piecemeal.load(std::slice::from_ref(row));
            piecemeal.assert_sound();
        }
        let gone: Vec<Arrival> = earlier.into_iter().map(|(row, _)| (row, None)).collect();
        piecemeal.load(&gone[..gone.len() / 2]);
        for batch in shuffled.chunks(size) {
            piecemeal.load(batch);
        }
        let posted_ids: BTreeSet<&str> = posted.iter().map(|(row, _)| row.document_id.as_str()).collect();
        let rest: Vec<Arrival> =
            gone.into_iter().filter(|(row, _)| !posted_ids.contains(row.document_id.as_str())).collect();
        piecemeal.load(&rest);
        piecemeal.assert_sound();
        prop_assert_eq!(&piecemeal, &at_once);

        // Nothing new: nothing of others is written, and what arrives keeps its links.
        let again = piecemeal.load(&shuffled);
        prop_assert_eq!(again.others, 0);
        prop_assert_eq!(&piecemeal, &at_once);
    }
}

/// All kinds of links, by hand.
#[test]
fn towns_keep_their_own_reports() {
    let mut tables = Tables::default();
    let row = |number: u32, name: &str, wording: u32, host: &str, published_on: i32| -> Arrival {
        let body = body(name, wording);
        let row = PostRow {
            document_id: number.to_string(),
            revision: format!("{name}{wording}"),
            digest: body.clone(),
            simhash: fazhi_parse::simhash::simhash(&body).expect("the text is long enough"),
            url: format!("https://{host}/{number}.html"),
            title: format!("{name}2022年法治政府建设年度报告"),
            publisher: Some(format!("{name}人民政府")),
            region_code: Some(if name == "甲乙县" { "590221" } else { "590222" }.to_owned()),
            published_on: Some(published_on),
            ..PostRow::default()
        };
        (row, Some(body))
    };
    tables.load(&[
        row(1, "甲乙县", 0, "www.a.gov.cn", 1),
        row(2, "丙丁县", 0, "www.c.gov.cn", 1),
        row(3, "甲乙县", 1, "mirror.example", 0),
        row(4, "甲乙县", 2, "sfj.a.gov.cn", 2),
        row(5, "甲乙县", 3, "www.a.gov.cn", 3),
        row(6, "甲乙县", 5, "www.a.gov.cn", 4),
        row(7, "丙丁县", 4, "copies.example", 9),
    ]);
    let links: Vec<_> = tables.0.values().map(|row| (row.duplicate_of.as_deref(), row.version_of.as_deref())).collect();
    let expected = [
        (None, None),
        (None, None),
        (Some("1"), None),
        (Some("1"), None),
        (None, Some("1")),
        (None, Some("5")),
        (Some("2"), None),
    ];
    assert_eq!(links, expected);
    tables.assert_sound();

    // The first post is taken back: the repost of the bureau becomes the primary of the text.
    let (withdrawn, _) = row(1, "甲乙县", 0, "www.a.gov.cn", 1);
    tables.load(&[(withdrawn, None)]);
    tables.assert_sound();
    assert_eq!(tables.0["3"].duplicate_of.as_deref(), Some("4"));
    assert_eq!(tables.0["5"].version_of.as_deref(), Some("4"));
}

/// A county's portal posts the reports of its towns under its own name; all follow one model text.
#[test]
fn towns_on_one_portal_are_no_corrections_of_each_other() {
    let row = |id: &str, title: &str, township: &str, name: &str, cases: u32| -> Arrival {
        let body = body(name, 0).replace("85件", &format!("{cases}件"));
        let body = body.replace("覆盖执法人员", &format!("{name}覆盖执法人员"));
        let row = PostRow {
            document_id: id.into(),
            revision: body.clone(),
            digest: body.clone(),
            simhash: fazhi_parse::simhash::simhash(&body).expect("the text is long enough"),
            url: format!("https://www.qingshan.gov.cn/{id}.html"),
            title: format!("{title}2022年法治政府建设年度报告"),
            publisher: Some("青山县人民政府".into()),
            region_code: Some("590221".into()),
            township_code: (!township.is_empty()).then(|| township.to_owned()),
            ..PostRow::default()
        };
        (row, Some(body))
    };
    let north = row("a", "平水镇", "590221101", "平水镇", 85);
    let south = row("b", "南溪乡", "590221201", "南溪乡", 31);
    // The text of one town without its name in the title; then nearly the same with another name.
    let unnamed = row("c", "", "", "平水镇", 86);
    let unnamed_south = row("d", "", "", "南溪乡", 32);
    let corrected = row("e", "平水镇", "590221101", "平水镇", 87);
    let all = [north, south, unnamed, unnamed_south, corrected];
    for turn in 0..all.len() {
        let mut turned = all.to_vec();
        turned.rotate_left(turn);
        let mut tables = Tables::default();
        for arrival in &turned {
            tables.load(std::slice::from_ref(arrival));
        }
        let links: Vec<_> =
            tables.0.values().map(|row| (row.duplicate_of.as_deref(), row.version_of.as_deref())).collect();
        let nothing = (None, None);
        assert_eq!(links, [nothing, nothing, nothing, nothing, (None, Some("a"))], "from {turn}");
    }
}

/// More posts than a post has neighbours, in pieces and at once, some of them taken back again.
#[test]
fn a_crowd_of_alike_posts_is_linked_the_same_in_any_order() {
    let row = |number: u32| -> Arrival {
        let body = body("甲乙县", 0) + &format!("阅读{}次", number * 7);
        let row = PostRow {
            document_id: format!("{:03}", number * 37 % 101),
            revision: number.to_string(),
            digest: body.clone(),
            simhash: fazhi_parse::simhash::simhash(&body).expect("the text is long enough"),
            url: format!("https://www.a.gov.cn/{number}.html"),
            title: "甲乙县2022年法治政府建设年度报告".into(),
            publisher: Some("甲乙县".into()),
            region_code: Some("590221".into()),
            ..PostRow::default()
        };
        (row, Some(body))
    };
    let posts: Vec<Arrival> = (1..=50).map(row).collect();
    let mut at_once = Tables::default();
    at_once.load(&posts[..40]);
    at_once.assert_sound();
    let mut piecemeal = Tables::default();
    for batch in posts.rchunks(20) {
        piecemeal.load(batch);
        piecemeal.assert_sound();
    }
    let gone: Vec<Arrival> = posts[40..].iter().map(|(row, _)| (row.clone(), None)).collect();
    piecemeal.load(&gone);
    assert_eq!(piecemeal, at_once);
    let primaries = at_once.0.values().filter(|row| row.duplicate_of.is_none() && row.version_of.is_none());
    assert_eq!(primaries.count(), 1, "all of them are one report");
}
