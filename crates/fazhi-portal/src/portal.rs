//! The sample site: what answers to which path.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::faults;
use crate::folder;
use crate::government::Government;
use crate::html::article_page;
use crate::list::list_pages;
use crate::site::{Entry, sites};
use crate::truth::{Truth, TruthDocument, TruthKind};

/// What the sample is generated from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortalOptions {
    /// Number of annual reports; six years per government, the last may have fewer.
    pub reports: usize,
}

impl Default for PortalOptions {
    fn default() -> Self {
        Self { reports: 48 }
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
    governments: Vec<Government>,
    pages: HashMap<String, Stored>,
    /// Addresses in it are paths.
    truth: Truth,
}

#[derive(Debug)]
enum Stored {
    Ready(Resource),
    Article { government: usize, entry: Box<Entry> },
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
    /// 404.
    Missing,
}

impl Portal {
    /// Generates the sample province.
    pub fn generate(options: &PortalOptions) -> Self {
        let sites = sites(options.reports);
        let mut generated = Generated { governments: Vec::new(), pages: HashMap::new(), truth: Truth::default() };
        for site in sites {
            let ordinal = generated.governments.len();
            for page in list_pages(&site.government, &site.rows()) {
                generated.truth.lists.push(page.path.clone());
                let content_type = content_type(&site.government, page.media_type);
                let body = encode(&site.government, &page.text);
                let resource = Resource { content_type, body, modified: morning(site.latest()) };
                generated.pages.insert(page.path, Stored::Ready(resource));
            }
            generated.truth.documents.extend(site.documents());
            generated.truth.disallowed.extend(site.internal().map(|entry| entry.path.clone()));
            for entry in site.entries {
                let path = entry.path.clone();
                generated.pages.insert(path, Stored::Article { government: ordinal, entry: Box::new(entry) });
            }
            generated.governments.push(site.government);
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
    pub(crate) fn governments(&self) -> &[Government] {
        match self.0.as_ref() {
            Content::Generated(generated) => &generated.governments,
            Content::Folder(_) => &[],
        }
    }

    /// Whether this is the generated sample, which has an answer sheet and faults.
    pub(crate) fn is_generated(&self) -> bool {
        matches!(self.0.as_ref(), Content::Generated(_))
    }

    /// What a path (with its query) answers.
    pub(crate) fn find(&self, path_and_query: &str) -> Found {
        let generated = match self.0.as_ref() {
            Content::Folder(root) => return folder::find(root, path_and_query),
            Content::Generated(generated) => generated,
        };
        let path = path_and_query.split('?').next().unwrap_or_default();
        let stored = generated.pages.get(path_and_query).or_else(|| generated.pages.get(path));
        match stored {
            Some(Stored::Ready(resource)) => Found::Resource(resource.clone()),
            Some(Stored::Article { government, entry }) => {
                Found::Resource(laid_out(&generated.governments[*government], entry))
            }
            None => Found::Missing,
        }
    }
}

impl Generated {
    fn add_fixed_pages(&mut self) {
        let link = |g: &Government| {
            [
                "<li><a href=\"/",
                &g.slug,
                "/\">",
                &g.name,
                "</a></li>
",
            ]
            .concat()
        };
        let links: String = self.governments.iter().map(link).collect();
        let home = format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><h1>{0}</h1><ul>\n{links}</ul></body></html>\n",
            crate::province::PROVINCE
        );
        self.add("/", "text/html; charset=utf-8", home.into_bytes());
        let homes: Vec<_> = self.governments.iter().map(|g| (format!("/{}/", g.slug), home_page(g))).collect();
        for (path, html) in homes {
            self.add(&path, "text/html; charset=utf-8", html.into_bytes());
        }
        let robots =
            format!("User-agent: *\nDisallow: /{}/internal/\n", self.governments.first().map_or("", |g| &g.slug));
        self.add("/robots.txt", "text/plain", robots.into_bytes());
        let report = |document: &&TruthDocument| document.kind == TruthKind::Report;
        let good = self.truth.documents.iter().find(report).map(|document| document.url.clone());
        let good = good.and_then(|path| match self.pages.get(&path)? {
            Stored::Article { government, entry } => Some(laid_out(&self.governments[*government], entry).body),
            Stored::Ready(_) => None,
        });
        for (path, content_type, body) in faults::pages(&good.unwrap_or_default()) {
            self.add(path, content_type, body);
        }
    }

    fn add(&mut self, path: &str, content_type: &'static str, body: Vec<u8>) {
        let modified = morning(crate::date::day(2024, 6, 1));
        self.pages.insert(path.to_owned(), Stored::Ready(Resource { content_type, body, modified }));
    }
}

fn laid_out(government: &Government, entry: &Entry) -> Resource {
    let mut layout = government.clone();
    layout.habits.header = entry.header;
    let html = article_page(government, &layout, &entry.article, entry.serial);
    Resource {
        content_type: content_type(government, "text/html"),
        body: encode(government, &html),
        modified: morning(entry.article.metadata.published),
    }
}

fn home_page(government: &Government) -> String {
    let list = crate::list::list_path(government, 0, 1);
    let name = government.site_name();
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{name}</title></head><body><h1>{name}</h1>\
         <p><a href=\"{list}\">法治政府建设年度报告</a></p></body></html>\n"
    )
}

/// Some servers tell the charset, some leave it to the page.
fn content_type(government: &Government, media_type: &str) -> &'static str {
    use crate::government::Family::{Hanweb, Static, Trs, Vsb};
    match (government.habits.family, media_type) {
        (_, "text/xml") => "text/xml; charset=utf-8",
        (Hanweb | Static, _) => "text/html; charset=utf-8",
        (Trs | Vsb, _) => "text/html",
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
