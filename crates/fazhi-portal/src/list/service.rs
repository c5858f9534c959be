//! Lists that are worked out when they are asked for.

use super::{Listed, gkmlpt, hanweb_jpaas, hanweb_jpage, json, lonsun, rss, sitemap, ucap, was5, webplus};
use crate::government::{Family, Government};
use crate::query::Query;

/// A request, as far as lists care.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Path and query as they came.
    pub path_and_query: &'a str,
    /// `Referer`.
    pub referer: Option<&'a str>,
    /// Where the server is, without a slash at the end: feeds and sitemaps give addresses in full.
    pub base_url: &'a str,
}

/// What a service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: text in UTF-8, and its `Content-Type`.
    Text(&'static str, String),
    /// 403.
    Forbidden,
}

/// A service that lists articles for every site of its family on this server.
struct Service {
    family: Family,
    /// Whether it answers to this path, the folder of the site aside.
    path: fn(&str) -> bool,
    /// Whether the path (as above) and the query name this site.
    of: fn(&Government, &str, &Query) -> bool,
    answer: fn(&Listed, &Query, &Asked<'_>) -> Answer,
    /// What it answers when they name no site.
    unknown: fn() -> Answer,
}

const SERVICES: &[Service] = &[
    Service {
        family: Family::Gkmlpt,
        path: |path| path.starts_with(gkmlpt::API),
        of: |government, _, query| query.get("sid") == Some(&gkmlpt::sid(government)),
        answer: gkmlpt::answer,
        unknown: gkmlpt::unknown,
    },
    Service {
        family: Family::HanwebJpaas,
        path: |path| path == hanweb_jpaas::API,
        of: |government, _, query| hanweb_jpaas::is_of(government, query),
        answer: hanweb_jpaas::answer,
        unknown: hanweb_jpaas::unknown,
    },
    Service {
        family: Family::HanwebJpage,
        path: |path| path == hanweb_jpage::PROXY,
        of: |government, _, query| query.get("columnid") == Some(&super::column(government).to_string()),
        answer: hanweb_jpage::answer,
        unknown: hanweb_jpage::unknown,
    },
    Service {
        family: Family::Json,
        path: |path| path == json::API,
        of: |government, _, query| query.get("channelId") == Some(&super::column(government).to_string()),
        answer: json::answer,
        unknown: json::unknown,
    },
    Service {
        family: Family::Lonsun,
        path: |path| path == lonsun::LABEL,
        of: |government, _, query| lonsun::is_of(government, query),
        answer: lonsun::answer,
        unknown: lonsun::unknown,
    },
    Service {
        family: Family::Ucap,
        path: |path| path.starts_with(ucap::SEARCH),
        of: |government, path, _| path.strip_prefix(ucap::SEARCH) == Some(&ucap::channel(government)),
        answer: ucap::answer,
        unknown: ucap::unknown,
    },
    Service {
        family: Family::Was5,
        path: |path| path == was5::SEARCH,
        of: |government, _, query| query.get("channelid") == Some(&was5::channel(government)),
        answer: was5::answer,
        unknown: was5::unknown,
    },
];

/// What the list of a site answers; nothing for a path that no list is responsible for. Services are found at the root of
/// the server and in the folder of each site, as on real ones.
pub fn answer(sites: &[Listed], asked: &Asked<'_>) -> Option<Answer> {
    let (path, query) = asked.path_and_query.split_once('?').unwrap_or((asked.path_and_query, ""));
    let query = Query::parse(query);
    let folder = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let owner = sites.iter().find(|site| site.government.slug == folder);
    let inner = if owner.is_some() { &path[1 + folder.len()..] } else { path };
    if let Some(file) = owner.and_then(|site| file(site, inner, &query, asked)) {
        return Some(file);
    }
    let service = SERVICES.iter().find(|service| (service.path)(inner))?;
    let own = |site: &&Listed| site.government.family == service.family;
    let named = |site: &&Listed| own(site) && (service.of)(&site.government, inner, &query);
    let site = match owner {
        Some(owner) if !own(&owner) => return None,
        Some(owner) => Some(owner).filter(named),
        None => sites.iter().find(named),
    };
    Some(site.map_or_else(service.unknown, |site| (service.answer)(site, &query, asked)))
}

/// Files of a site that are written when they are asked for.
fn file(site: &Listed, path: &str, query: &Query, asked: &Asked<'_>) -> Option<Answer> {
    match site.government.family {
        Family::Rss => rss::file(site, path, query, asked),
        Family::Sitemap => sitemap::file(site, path, asked),
        Family::Webplus => webplus::file(site, path),
        _ => None,
    }
}
