//! A post of a report: what linking looks at besides the text.

use std::hash::Hash;
use std::sync::LazyLock;

use fazhi_parse::simhash::folded;
use regex::Regex;
use serde::Deserialize;
use url::Url;

/// A row of `documents` as it is read.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PostRow {
    pub document_id: String,
    pub revision: String,
    pub digest: String,
    pub simhash: i64,
    pub url: String,
    pub title: String,
    pub publisher: Option<String>,
    pub site_owner: Option<String>,
    pub region_code: Option<String>,
    pub region_name: Option<String>,
    pub township_code: Option<String>,
    /// Days since 1970.
    pub published_on: Option<i32>,
}

/// A post, reduced to what is compared: of a million of them, those of one year are held at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its `document_id`.
    pub id: String,
    /// Its `revision`, which leads to its text.
    pub revision: String,
    /// Digest of its text.
    pub digest: String,
    /// Fingerprint of its text.
    pub simhash: i64,
    /// Its title without words that are the same in all titles.
    pub title: String,
    /// Whether the title calls it a correction.
    pub wording: Wording,
    /// Its publisher without what is left out as often as not.
    pub publisher: Option<String>,
    /// Digits of its region without trailing pairs of zeros, so that a region's digits start those of the regions in it.
    pub region: Option<String>,
    /// Its township.
    pub township: Option<String>,
    /// Its host.
    pub host: String,
    /// Where it was posted.
    pub standing: Standing,
    /// When, in days since 1970.
    pub published_on: Option<i32>,
}

/// How two posts that say the same of themselves say who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// By a name in the title.
    Named,
    /// By their publisher and host alone, which may be those of a portal for many bodies.
    Unnamed,
}

/// What the title says of earlier posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wording {
    /// Nothing.
    Plain,
    /// 更正, 修订 …: that this one replaces them.
    Correction,
}

/// How near to its publisher a post is; the first is the nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing {
    /// The host.
    pub host: Host,
    /// Who runs the site.
    pub site: Site,
    /// For which screens the page is.
    pub screen: Screen,
}

/// A kind of host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// Under `gov.cn`, which only public bodies of China are given.
    Official,
    /// Any other.
    Other,
}

/// Who runs a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// The publisher of the report.
    Own,
    /// Another body of the publisher's region.
    OfRegion,
    /// Somebody else, or nobody knows.
    Foreign,
}

/// For which screens a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Screen {
    /// All.
    Any,
    /// Small ones: the twin of a page (`…_wap.html`, `m.…`).
    Mobile,
}

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        let standing = Standing::of(&row);
        let (title, wording) = title_key(&row.title);
        Self {
            title,
            wording,
            publisher: row.publisher.as_deref().and_then(body_key),
            region: row.region_code.as_deref().map(region_key),
            township: row.township_code,
            host: host(&row.url),
            standing,
            id: row.document_id,
            revision: row.revision,
            digest: row.digest,
            simhash: row.simhash,
            published_on: row.published_on,
        }
    }
}

impl Post {
    /// Whether two posts may be of one report, whatever their texts say: titles and places agree. One year is understood.
    pub fn may_be(&self, other: &Self) -> bool {
        let places = match (&self.region, &other.region) {
            (Some(one), Some(other)) => one.starts_with(other.as_str()) || other.starts_with(one.as_str()),
            _ => true,
        };
        let townships = match (&self.township, &other.township) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        places && townships && self.title_agrees(other)
    }

    /// Whether both name the same publisher; a body is named with or without the regions above it.
    pub fn publisher_agrees(&self, other: &Self) -> bool {
        match (&self.publisher, &other.publisher) {
            (Some(one), Some(other)) => ends_alike(one, other),
            _ => false,
        }
    }

    /// Who a post says it is: posts of one identity never exclude each other.
    pub fn identity(&self) -> impl Ord + Hash + '_ {
        (&self.title, &self.publisher, &self.region, &self.township)
    }

    /// Whether two posts say that they are of one body: what one of them leaves out is no agreement.
    pub fn agreement(&self, other: &Self) -> Option<Agreement> {
        if self.publisher.is_none() || self.identity() != other.identity() {
            return None;
        }
        // Districts of one name stand in several cities; without a region only the site tells them apart.
        let placed = self.region.is_some() || site(&self.host) == site(&other.host);
        if is_named(&self.title) {
            placed.then_some(Agreement::Named)
        } else {
            (self.host == other.host).then_some(Agreement::Unnamed)
        }
    }

    /// A site may leave out the name in front of a title, but not what a report is about.
    fn title_agrees(&self, other: &Self) -> bool {
        /// Fewer characters than this tell nothing: a year and four words are more.
        const TELLING: usize = 8;
        self.title == other.title
            || ends_alike(&self.title, &other.title)
                && self.title.chars().count().min(other.title.chars().count()) >= TELLING
    }

    /// The order in which posts of one text are preferred.
    pub fn preference(&self) -> impl Ord + '_ {
        (self.standing, self.published_on.is_none(), self.published_on, &self.id)
    }
}

fn ends_alike(one: &str, other: &str) -> bool {
    one.ends_with(other) || other.ends_with(one)
}

fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// A host without the name of the bureau in front: `sfj.x.gov.cn` and `www.x.gov.cn` are of one government.
fn site(host: &str) -> &str {
    host.split_once('.').map_or(host, |(_, site)| if site.matches('.').count() >= 2 { site } else { host })
}

/// Whether a title says whose report it is.
fn is_named(title: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        let kinds =
            "省|市|县|区|旗|州|盟|镇|乡|苏木|街道|办事处|局|厅|委|委员会|院|中心|支队|总队|大队|海关|集团|公司|办";
        Regex::new(&format!(r"\p{{Han}}+[^\P{{Han}}我本全各该](?:{kinds})")).expect("the pattern is valid")
    });
    NAME.is_match(title)
}

impl Standing {
    fn of(row: &PostRow) -> Self {
        let url = Url::parse(&row.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let path = url.as_ref().map_or("", Url::path);
        let official = host == "gov.cn" || host.ends_with(".gov.cn");
        let mobile = ["m.", "wap.", "3g."].iter().any(|front| host.starts_with(front)) || path.contains("_wap.");
        Self {
            host: if official { Host::Official } else { Host::Other },
            site: Site::of(row),
            screen: if mobile { Screen::Mobile } else { Screen::Any },
        }
    }
}

impl Site {
    fn of(row: &PostRow) -> Self {
        let Some(owner) = row.site_owner.as_deref() else { return Self::Foreign };
        let publisher = row.publisher.as_deref().and_then(body_key);
        let own = body_key(owner).zip(publisher).is_some_and(|(owner, publisher)| ends_alike(&owner, &publisher));
        let of_region = row.region_name.as_deref().is_some_and(|region| owner.contains(region));
        match (own, of_region) {
            (true, _) => Self::Own,
            (false, true) => Self::OfRegion,
            (false, false) => Self::Foreign,
        }
    }
}

/// A government, its general office and its region's bare name are one publisher.
fn body_key(name: &str) -> Option<String> {
    let name = folded(name);
    let office = ["办公室", "办公厅"].iter().find_map(|office| name.strip_suffix(office));
    let body = office.filter(|body| body.ends_with("政府")).unwrap_or(&name);
    let government = ["人民政府", "政府"].iter().find_map(|kind| body.strip_suffix(kind)).unwrap_or(body);
    (!government.is_empty()).then(|| government.to_owned())
}

fn region_key(code: &str) -> String {
    let mut digits = code;
    while let Some(shorter) = digits.strip_suffix("00").filter(|shorter| shorter.len() >= 2) {
        digits = shorter;
    }
    digits.to_owned()
}

/// Words that titles of one report have or leave out. The longer come before those within them.
const FILLERS: [&str; 9] = ["人民政府", "关于", "报送", "年度", "工作", "情况", "报告", "的", "年"];

fn title_key(title: &str) -> (String, Wording) {
    static CORRECTION: LazyLock<Regex> = LazyLock::new(|| {
        let words = "更正|修订|修正|更新|勘误|修改|订正|重发";
        let brackets = format!(r"[（(\[【〔][^）)\]】〕]*(?:{words})[^）)\]】〕]*[）)\]】〕]");
        Regex::new(&format!(r"{brackets}|(?:{words})[版稿后本]$|^(?:{words})[:：]")).expect("the pattern is valid")
    });
    let title = title.trim();
    let wording = if CORRECTION.is_match(title) { Wording::Correction } else { Wording::Plain };
    let plain = folded(&CORRECTION.replace_all(title, ""));
    (FILLERS.iter().fold(plain, |title, filler| title.replace(filler, "")), wording)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_title(title: &str, key: &str, wording: Wording) {
        assert_eq!(title_key(title), (key.to_owned(), wording), "{title}");
    }

    #[test]
    fn titles_of_one_report() {
        for title in [
            "柘坪县2022年法治政府建设年度报告",
            "柘坪县人民政府关于2022年度法治政府建设情况的报告",
            " 柘坪县人民政府２０２２年法治政府建设工作情况报告",
        ] {
            check_title(title, "柘坪县2022法治政府建设", Wording::Plain);
        }
        check_title("2022年法治政府建设情况报告（更正）", "2022法治政府建设", Wording::Correction);
        check_title("更正：2022年法治政府建设情况报告", "2022法治政府建设", Wording::Correction);
        check_title("2022年法治政府建设情况报告修订版", "2022法治政府建设", Wording::Correction);
        // The name of a bureau is no mark.
        check_title("柘坪市城市更新局2022年法治政府建设报告", "柘坪市城市更新局2022法治政府建设", Wording::Plain);
    }

    #[test]
    fn names_of_one_body() {
        let names = [
            ("柘坪县人民政府", "柘坪县"),
            ("柘坪县政府办公室", "柘坪县"),
            ("柘坪县人民政府办公室", "柘坪县"),
            ("柘坪县 司法局", "柘坪县司法局"),
        ];
        for (name, key) in names {
            assert_eq!(body_key(name).as_deref(), Some(key), "{name}");
        }
        assert_eq!(body_key("人民政府"), None);
    }

    #[test]
    fn only_what_is_said_agrees() {
        let post = |title: &str, publisher: &str, region: &str, township: &str, host: &str| -> Post {
            let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            PostRow {
                title: format!("{title}2022年法治政府建设年度报告"),
                publisher: said(publisher),
                region_code: said(region),
                township_code: said(township),
                url: format!("https://{host}/1.html"),
                ..PostRow::default()
            }
            .into()
        };
        let (named, unnamed) = (Some(Agreement::Named), Some(Agreement::Unnamed));
        let (gov, www, sfj) = ("青山县人民政府", "www.qingshan.gov.cn", "sfj.qingshan.gov.cn");
        let cases = [
            (("平水镇", gov, "590221", "1", www), ("平水镇", gov, "590221", "1", sfj), named),
            (("青山县", gov, "590221", "", www), ("青山县", "青山县政府办公室", "590221", "", "x.example"), named),
            (("青山县", gov, "590221", "1", www), ("青山县", gov, "590221", "", www), None),
            (("青山县", gov, "590221", "", www), ("青山县", gov, "590200", "", www), None),
            (("青山县", gov, "590221", "", www), ("青山县", gov, "", "", www), None),
            (("青山县", gov, "590221", "", www), ("", gov, "590221", "", www), None),
            (("青山县", gov, "590221", "", www), ("青山县", "霁州市青山县人民政府", "590221", "", www), None),
            (("青山县", "", "590221", "", www), ("青山县", "", "590221", "", www), None),
            (("青山县", gov, "", "", www), ("青山县", gov, "", "", sfj), named),
            (("青山县", gov, "", "", www), ("青山县", gov, "", "", "www.qingshan.example"), None),
            (("", gov, "590221", "", www), ("", gov, "590221", "", www), unnamed),
            (("", gov, "590221", "", www), ("", gov, "590221", "", sfj), None),
            (("我县", gov, "590221", "", www), ("我县", gov, "590221", "", sfj), None),
        ];
        for ((t, p, r, s, h), (t2, p2, r2, s2, h2), expected) in cases {
            let (one, other) = (post(t, p, r, s, h), post(t2, p2, r2, s2, h2));
            assert_eq!(one.agreement(&other), expected, "{one:?} {other:?}");
            assert_eq!(other.agreement(&one), expected, "{other:?} {one:?}");
        }
    }

    fn row(title: &str, region: &str, township: Option<&str>) -> Post {
        let township_code = township.map(str::to_owned);
        PostRow { title: title.into(), region_code: Some(region.into()), township_code, ..PostRow::default() }.into()
    }

    #[test]
    fn titles_and_places_must_agree() {
        let report = |region, township| row("2022年法治政府建设报告", region, township);
        let county = report("590221", None);
        assert!(county.may_be(&report("590200", None)), "read from the city's portal");
        assert!(county.may_be(&report("590000", None)), "read from the province's portal");
        assert!(!county.may_be(&report("590222", None)));
        let town = report("590221", Some("590221101"));
        assert!(town.may_be(&county));
        assert!(!town.may_be(&report("590221", Some("590221102"))));
        assert!(county.may_be(&row("柘坪县2022年法治政府建设报告", "590221", None)));
        assert!(!county.may_be(&row("2021年法治政府建设报告", "590221", None)));
        assert!(!row("北镇2022年法治政府建设报告", "590221", None).may_be(&row(
            "南镇2022年法治政府建设报告",
            "590221",
            None
        )));
    }

    #[test]
    fn the_publishers_own_page_stands_first() {
        let post = |url: &str, owner: Option<&str>| {
            let row = PostRow {
                url: url.into(),
                publisher: Some("柘坪县司法局".into()),
                region_name: Some("柘坪县".into()),
                site_owner: owner.map(str::to_owned),
                ..PostRow::default()
            };
            Post::from(row).standing
        };
        let order = [
            post("https://sfj.zheping.gov.cn/1.html", Some("柘坪县司法局")),
            post("https://sfj.zheping.gov.cn/1_wap.html", Some("柘坪县司法局")),
            post("https://www.zheping.gov.cn/1.html", Some("柘坪县人民政府")),
            post("https://www.jizhou.gov.cn/1.html", Some("霁州市人民政府")),
            post("https://www.zheping-gov.cn/1.html", Some("柘坪县司法局")),
            post("https://mirror.example/1.html", None),
            post("https://m.mirror.example/1.html", None),
        ];
        assert!(order.is_sorted(), "{order:#?}");
        assert!(order.windows(2).all(|pair| pair[0] != pair[1]), "{order:#?}");
    }
}
