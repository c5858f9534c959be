//! A portal with as many articles as a benchmark asks for, served as fast as it goes and from little memory.

mod page;

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use page::Template;

/// Articles on one list page.
const ROWS: usize = 100;
/// Addresses in one sitemap.
const SITEMAP_URLS: usize = 10_000;
/// Number of the first article.
const FIRST: usize = 1_000_001;
/// `Content-Type` of what is XML.
const XML: &str = "application/xml; charset=utf-8";

/// A running portal of synthetic articles of 40 to 60 KB: a tenth in GB18030, a tenth sent as gzip, no two alike.
///
/// - `/a/content_1000001.html` and so on: the articles, with an `ETag` that is honoured;
/// - `/list/index.html`, `/list/list_2.html` …: a hundred of them each, with a link to the next page;
/// - `/sitemap.xml`: an index of `/sitemap_1.xml` …, ten thousand addresses each;
/// - `/robots.txt`: forbids nothing, names the sitemap.
///
/// Lists and sitemaps are written when they are asked for. Dropping it ends it.
#[derive(Debug)]
pub struct BenchServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    articles: usize,
    base_url: String,
    templates: Vec<Template>,
    requests: AtomicU64,
    log: Option<Mutex<Vec<String>>>,
}

impl BenchServer {
    /// Serves this many articles on loopback, in the background. Port 0 is any free one.
    pub async fn start(articles: usize, port: u16) -> io::Result<Self> {
        Self::serve(articles, port, None).await
    }

    /// Like [`Self::start`], and keeps the path of every request for [`Self::take_log`].
    pub async fn start_with_log(articles: usize, port: u16) -> io::Result<Self> {
        Self::serve(articles, port, Some(Mutex::default())).await
    }

    async fn serve(articles: usize, port: u16, log: Option<Mutex<Vec<String>>>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            articles,
            base_url: format!("http://{address}"),
            templates: page::templates(),
            requests: AtomicU64::default(),
            log,
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        // Without delay the last packet of an answer does not wait for the acknowledgement of the one before. A socket
        // that refuses is slow, not wrong.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { address, shared, task })
    }

    /// Where it listens, e.g. `http://127.0.0.1:8080`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests have come, of any kind.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// The paths of the requests that have come since the last call, in their order; none without a log.
    pub fn take_log(&self) -> Vec<String> {
        let log = self.shared.log.as_ref();
        log.map(|log| std::mem::take(&mut *log.lock().unwrap_or_else(PoisonError::into_inner))).unwrap_or_default()
    }
}

impl Drop for BenchServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.requests.fetch_add(1, Ordering::Relaxed);
    let (path, headers) = (request.uri().path(), request.headers());
    if let Some(log) = &shared.log {
        log.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
    }
    let found = match path {
        "/robots.txt" => Some(plain("text/plain", shared.robots())),
        "/list/index.html" => shared.list(1).map(html),
        "/sitemap.xml" => Some(plain(XML, shared.sitemap_index())),
        _ => shared.numbered(path, headers),
    };
    found.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

impl Shared {
    fn numbered(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if let Some(number) = number(path, "/a/content_", ".html") {
            return self.article(number, headers);
        }
        if let Some(page) = number(path, "/list/list_", ".html").filter(|page| *page >= 2) {
            return self.list(page).map(html);
        }
        self.sitemap(number(path, "/sitemap_", ".xml")?).map(|text| plain(XML, text))
    }

    fn article(&self, number: usize, headers: &HeaderMap) -> Option<Response> {
        let index = number.checked_sub(FIRST).filter(|index| *index < self.articles)?;
        let etag = format!("\"{number}-1\"");
        if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
            return Some((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
        }
        let template = &self.templates[index % self.templates.len()];
        let body = Bytes::from(template.body(number));
        let mut response =
            ([(header::ETAG, etag)], [(header::CONTENT_TYPE, template.content_type())], body).into_response();
        if let Some(coding) = template.content_coding() {
            response.headers_mut().insert(header::CONTENT_ENCODING, coding);
        }
        Some(response)
    }

    fn robots(&self) -> String {
        format!("User-agent: *\nDisallow:\n\nSitemap: {}/sitemap.xml\n", self.base_url)
    }

    /// The list page with this number, from 1.
    fn list(&self, page: usize) -> Option<String> {
        let pages = self.articles.div_ceil(ROWS).max(1);
        let page = Some(page).filter(|page| (1..=pages).contains(page))?;
        let mut text = String::from(
            "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>法治政府建设年度报告</title></head>\n\
             <body><div class=\"nav\"><a href=\"/\">首页</a></div>\n<ul class=\"news-list\">\n",
        );
        for index in (page - 1) * ROWS..(page * ROWS).min(self.articles) {
            let (number, day) = (FIRST + index, 1 + index % 28);
            let title = page::title(number);
            let _ = writeln!(
                text,
                "<li><a href=\"/a/content_{number}.html\" title=\"{title}\">{title}</a><span>2024-01-{day:02}</span></li>"
            );
        }
        text.push_str("</ul>\n");
        if page < pages {
            let _ = writeln!(text, "<div class=\"page\"><a href=\"list_{}.html\">下一页</a></div>", page + 1);
        }
        text.push_str("</body></html>\n");
        Some(text)
    }

    fn sitemap_index(&self) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        for n in 1..=self.articles.div_ceil(SITEMAP_URLS) {
            let _ = writeln!(text, "<sitemap><loc>{}/sitemap_{n}.xml</loc></sitemap>", self.base_url);
        }
        text + "</sitemapindex>\n"
    }

    /// The sitemap with this number, from 1.
    fn sitemap(&self, n: usize) -> Option<String> {
        let start = n.checked_sub(1)?.checked_mul(SITEMAP_URLS).filter(|start| *start < self.articles)?;
        let mut text = String::with_capacity(SITEMAP_URLS * 120);
        text.push_str(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        for number in (start..(start + SITEMAP_URLS).min(self.articles)).map(|index| FIRST + index) {
            let base = &self.base_url;
            let _ = writeln!(text, "<url><loc>{base}/a/content_{number}.html</loc><lastmod>2024-01-29</lastmod></url>");
        }
        Some(text + "</urlset>\n")
    }
}

fn number(path: &str, start: &str, end: &str) -> Option<usize> {
    let digits = path.strip_prefix(start)?.strip_suffix(end)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn html(text: String) -> Response {
    plain("text/html; charset=utf-8", text)
}

fn plain(content_type: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}
