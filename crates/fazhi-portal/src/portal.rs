//! The sample site: what answers to which path.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::faults;
use crate::folder;
use crate::government::{Family, Government};
use crate::html::article_page;
use crate::list::{Answer, Asked, Listed, answer, computed_paths, ready_pages, start_path};
use crate::site::{Entry, sites};
use crate::truth::{Truth, TruthDocument, TruthKind};

/// What the sample is generated from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortalOptions {
    /// Number of annual reports; six years per government, the last may have fewer.
    pub reports: usize,
    /// Whether some texts are published in ways that make readers lose them or count them twice.
    pub traps: Traps,
}

/// A report over three pages, a list in a frame, and articles under two addresses: one for telephones, one with a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Traps {
    /// None of them.
    #[default]
    Absent,
    /// All of them, as far as the sample has the sites for them. The truth is the same: one document per text.
    Present,
}

impl Default for PortalOptions {
    fn default() -> Self {
        Self { reports: 48, traps: Traps::Absent }
    }
}

/// A site: paths and what they answer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Portal(Arc<Content>);

#[derive(Debug)]
enum Content {
    Generated(Box<Generated>),
    Folder(PathBuf),
}

/// The sample province. Articles are laid out when they are asked for: thousands of them fit in memory.
#[derive(Debug)]
struct Generated {
    sites: Vec<Listed>,
    pages: HashMap<String, Stored>,
    /// Addresses in it are paths.
    truth: Truth,
}

#[derive(Debug)]
enum Stored {
    Ready(Resource),
    /// A page of an article: number of the site, the article, number of the page from 0.
    Article {
        site: usize,
        entry: Arc<Entry>,
        part: usize,
    },
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Bytes of the body.
    pub body: Vec<u8>,
    /// `Last-Modified`.
    pub modified: DateTime<Utc>,
}

/// What a path answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// 200.
    Resource(Resource),
    /// 301 to this path.
    Moved(String),
    /// 403.
    Forbidden,
    /// 404.
    Missing,
}

impl Portal {
    /// Generates the sample province.
    pub fn generate(options: &PortalOptions) -> Self {
        let mut generated = Generated { sites: Vec::new(), pages: HashMap::new(), truth: Truth::default() };
        for site in sites(options) {
            let listed = site.listed();
            let modified = morning(listed.latest());
            let ready = ready_pages(&listed);
            generated.truth.lists.extend(ready.iter().map(|page| page.path.clone()));
            generated.truth.lists.extend(computed_paths(&listed));
            for page in ready {
                let content_type = html_type(&listed.government);
                let body = encode(&listed.government, &page.text);
                generated.pages.insert(page.path, Stored::Ready(Resource { content_type, body, modified }));
            }
            generated.truth.documents.extend(site.documents());
            generated.truth.disallowed.extend(site.internal().map(|entry| entry.path.clone()));
            for entry in site.entries {
                generated.add_article(&Arc::new(entry));
            }
            generated.sites.push(listed);
        }
        generated.add_fixed_pages();
        Self(Arc::new(Content::Generated(Box::new(generated))))
    }

    /// Serves the files of a folder, read anew for every request.
    pub fn serve_folder(dir: &Path) -> io::Result<Self> {
        let root = dir.canonicalize()?;
        if !root.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, format!("`{}` is no folder", dir.display())));
        }
        Ok(Self(Arc::new(Content::Folder(root))))
    }

    /// What the sample's pipelines should bring to the tables, for a portal served at `base_url` (without a slash at
    /// its end). Empty for a folder, of which nothing is known.
    pub fn truth(&self, base_url: &str) -> Truth {
        let Content::Generated(generated) = self.0.as_ref() else { return Truth::default() };
        let mut truth = generated.truth.clone();
        let absolute = |path: &mut String| path.insert_str(0, base_url);
        truth.lists.iter_mut().for_each(absolute);
        truth.disallowed.iter_mut().for_each(absolute);
        for document in &mut truth.documents {
            absolute(&mut document.url);
            let related = [&mut document.mirror_of, &mut document.duplicate_of, &mut document.version_of];
            related.into_iter().flatten().for_each(absolute);
        }
        truth
    }

    /// The bodies of the sample; none for a folder.
    pub(crate) fn governments(&self) -> impl Iterator<Item = &Government> {
        let sites = match self.0.as_ref() {
            Content::Generated(generated) => &generated.sites[..],
            Content::Folder(_) => &[],
        };
        sites.iter().map(|site| &site.government)
    }

    /// Whether this is the generated sample, which has an answer sheet and faults.
    pub(crate) fn is_generated(&self) -> bool {
        matches!(self.0.as_ref(), Content::Generated(_))
    }

    /// What a request answers.
    pub(crate) fn find(&self, asked: &Asked<'_>) -> Found {
        let generated = match self.0.as_ref() {
            Content::Folder(root) => return folder::find(root, asked.path_and_query),
            Content::Generated(generated) => generated,
        };
        let path = asked.path_and_query.split('?').next().unwrap_or_default();
        let stored = generated.pages.get(asked.path_and_query).or_else(|| generated.pages.get(path));
        if let Some(stored) = stored {
            return Found::Resource(generated.resource(stored));
        }
        match answer(&generated.sites, asked) {
            Some(Answer::Text(content_type, text)) => {
                Found::Resource(Resource { content_type, body: text.into_bytes(), modified: morning(LAST_CHANGE) })
            }
            Some(Answer::Forbidden) => Found::Forbidden,
            None => Found::Missing,
        }
    }
}

impl Generated {
    fn add_fixed_pages(&mut self) {
        let link =
            |site: &Listed| format!("<li><a href=\"/{0}/\">{1}</a></li>\n", site.government.slug, site.government.name);
        let links: String = self.sites.iter().map(link).collect();
        let home = format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><h1>{0}</h1><ul>\n{links}</ul></body></html>\n",
            crate::province::PROVINCE
        );
        self.add("/", "text/html; charset=utf-8", home.into_bytes());
        let home = |site: &Listed| (format!("/{}/", site.government.slug), home_page(&site.government));
        for (path, html) in self.sites.iter().map(home).collect::<Vec<_>>() {
            self.add(&path, "text/html; charset=utf-8", html.into_bytes());
        }
        let robots = format!(
            "User-agent: *\nDisallow: /{}/internal/\n",
            self.sites.first().map_or("", |site| &site.government.slug)
        );
        self.add("/robots.txt", "text/plain", robots.into_bytes());
        let report = |document: &&TruthDocument| document.kind == TruthKind::Report;
        let good = self.truth.documents.iter().find(report).map(|document| document.url.clone());
        let good = good.and_then(|path| self.pages.get(&path)).map(|stored| self.resource(stored).body);
        for (path, content_type, body) in faults::pages(&good.unwrap_or_default()) {
            self.add(path, content_type, body);
        }
    }

    /// Adds an article of the site that comes next.
    fn add_article(&mut self, entry: &Arc<Entry>) {
        let site = self.sites.len();
        for (part, path) in entry.part_paths().into_iter().enumerate() {
            self.pages.insert(path, Stored::Article { site, entry: Arc::clone(entry), part });
        }
        for path in &entry.aliases {
            self.pages.insert(path.clone(), Stored::Article { site, entry: Arc::clone(entry), part: 0 });
        }
    }

    fn resource(&self, stored: &Stored) -> Resource {
        match stored {
            Stored::Ready(resource) => resource.clone(),
            Stored::Article { site, entry, part } => laid_out(&self.sites[*site].government, entry, *part),
        }
    }

    fn add(&mut self, path: &str, content_type: &'static str, body: Vec<u8>) {
        let modified = morning(LAST_CHANGE);
        self.pages.insert(path.to_owned(), Stored::Ready(Resource { content_type, body, modified }));
    }
}

/// The day on which pages changed that belong to no day.
const LAST_CHANGE: NaiveDate = NaiveDate::from_ymd_opt(2024, 6, 1).expect("a day in June");

fn laid_out(government: &Government, entry: &Entry, part: usize) -> Resource {
    let mut layout = government.clone();
    layout.habits.header = entry.header;
    let html = article_page(government, &layout, entry, part);
    Resource {
        content_type: html_type(government),
        body: encode(government, &html),
        modified: morning(entry.article.metadata.published),
    }
}

fn home_page(government: &Government) -> String {
    let list = start_path(government);
    let name = government.site_name();
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{name}</title></head><body><h1>{name}</h1>\
         <p><a href=\"{list}\">法治政府建设年度报告</a></p></body></html>\n"
    )
}

/// Some servers tell the charset, some leave it to the page.
fn html_type(government: &Government) -> &'static str {
    match government.family {
        Family::Trs | Family::Vsb | Family::Was5 => "text/html",
        _ => "text/html; charset=utf-8",
    }
}

fn encode(government: &Government, text: &str) -> Vec<u8> {
    if government.charset() == "gb18030" {
        encoding_rs::GB18030.encode(text).0.into_owned()
    } else {
        text.as_bytes().to_vec()
    }
}

/// Eight in the morning, Beijing time.
fn morning(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(chrono::NaiveTime::MIN).and_utc()
}
