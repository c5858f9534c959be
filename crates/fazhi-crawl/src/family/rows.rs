//! Which links of a page are its list.
//!
//! A list is a place in the page whose links stand in rows (list items, table rows, or blocks of their own) with a date
//! beside them or an address in the family's article form. Navigation, side bars and feet have neither, or carry names
//! that give them away. Of several such places the one with most of both is the list.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use super::date::{self, Piece, Place, RowDate};
use super::{ListItem, ListPage, Listing, calendar, years};

static LINKS: LazyLock<Selector> = LazyLock::new(|| Selector::parse("a[href]").expect("the selector is fixed"));
static BASE: LazyLock<Selector> = LazyLock::new(|| Selector::parse("base[href]").expect("the selector is fixed"));

/// A row holds one entry: at most this many links (title, category, file …) and pieces of text.
const LINKS_PER_ROW: usize = 4;
const NODES_PER_ROW: usize = 160;
/// How far up the tree a row or the name of a side bar is looked for.
const ROW_LEVELS: usize = 6;
const CHROME_LEVELS: usize = 6;
const PATH_LEVELS: usize = 24;

/// Words in `class` or `id` of page parts that are never the list.
const CHROME: &[&str] = &[
    "nav",
    "navbar",
    "navi",
    "menu",
    "submenu",
    "foot",
    "footer",
    "friend",
    "friends",
    "friendlink",
    "links",
    "crumb",
    "crumbs",
    "breadcrumb",
    "position",
    "pos",
    "side",
    "sidebar",
    "sider",
    "aside",
    "hot",
    "hotbox",
    "hotnews",
    "recommend",
    "related",
    "pager",
    "pagination",
    "share",
    "search",
    "top",
    "toolbar",
    "yqlj",
];
const CHROME_TAGS: &[&str] = &["nav", "footer", "aside", "header"];

/// The address that relative links of the page start from.
pub(super) fn base(html: &Html, url: &Url) -> Url {
    let stated = html.select(&BASE).find_map(|element| element.attr("href"));
    stated.and_then(|href| url.join(href.trim()).ok()).unwrap_or_else(|| url.clone())
}

/// Where a link leads, without its fragment; nothing for scripts, mail and places on the page itself.
pub(super) fn target(element: ElementRef<'_>, base: &Url) -> Option<Url> {
    reference(element.attr("href")?, base)
}

/// Where a reference of the page leads; see [`target`].
pub(super) fn reference(href: &str, base: &Url) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') || href.len() > 2000 {
        return None;
    }
    let mut url = base.join(href).ok()?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The list of a page, without its pager. `is_article` knows the family's article addresses.
pub(super) fn read(html: &Html, page: &ListPage<'_>, is_article: fn(&Url) -> bool) -> Listing {
    let mut groups = groups(html, page, is_article);
    let known = page.container.and_then(|container| groups.remove_entry(container));
    let known = known.filter(|(_, rows)| score(rows) > 0);
    let best =
        known.or_else(|| groups.into_iter().filter(|(_, rows)| score(rows) > 0).max_by_key(|(_, rows)| score(rows)));
    let Some((container, rows)) = best else { return Listing::default() };
    let mut seen = HashSet::new();
    let (mut items, mut foreign) = (Vec::new(), 0);
    for row in dated(rows.into_iter().filter(Row::is_entry).collect()) {
        match row.site {
            Site::Foreign => foreign += 1,
            Site::Own if seen.insert(row.item.url.clone()) => items.push(row.item),
            Site::Own => {}
        }
    }
    Listing { items, foreign, container: Some(container), ..Listing::default() }
}

/// The rows with the years that those around them tell.
fn dated(mut rows: Vec<Row>) -> Vec<Row> {
    let dates: Vec<RowDate> = rows.iter().map(|row| row.date).collect();
    for (row, date) in rows.iter_mut().zip(years::fill(&dates)) {
        row.item.date = date;
    }
    rows
}

/// The first link of a fragment that holds one entry, e.g. a record of a data file.
pub(super) fn entry(html: &Html, base: &Url) -> Option<ListItem> {
    let links = html.select(&LINKS).take(LINKS_PER_ROW).filter_map(|link| {
        let url = target(link, base)?;
        let title = title(link);
        (!title.is_empty()).then_some((link, url, title))
    });
    let (link, url, title) = links.max_by_key(|(_, _, title)| title.chars().count())?;
    let date = date::of_row(&pieces(html.root_element(), link), &url).full();
    Some(ListItem { url, title, date })
}

struct Row {
    item: ListItem,
    date: RowDate,
    form: Form,
    site: Site,
    named: Named,
}

/// Whether the address has the family's article form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Article,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    Own,
    Foreign,
}

/// Whether the place says by its own name that it is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    List,
    Other,
}

impl Row {
    fn is_entry(&self) -> bool {
        self.date != RowDate::None || self.form == Form::Article || self.named == Named::List
    }

    /// A date beside a link says more than its address, and both more than the name of the place.
    fn score(&self) -> usize {
        let dated = if self.date == RowDate::None { 0 } else { 6 };
        let formed = if self.form == Form::Article { 4 } else { 0 };
        let named = usize::from(self.named == Named::List);
        let own = if self.site == Site::Own { 2 } else { 1 };
        (dated + formed + named) * own
    }
}

fn score(rows: &[Row]) -> usize {
    rows.iter().map(Row::score).sum()
}

/// Rows by the place they stand in.
fn groups(html: &Html, page: &ListPage<'_>, is_article: fn(&Url) -> bool) -> BTreeMap<String, Vec<Row>> {
    let base = base(html, page.url);
    let mut groups: Vec<(String, Vec<Row>)> = Vec::new();
    let (mut by_parent, mut by_container, mut by_row) = (HashMap::new(), HashMap::new(), HashMap::new());
    for link in html.select(&LINKS) {
        let Some(url) = target(link, &base).filter(|url| url != page.url && !calendar::is_calendar(url)) else {
            continue;
        };
        let element = row_of(link);
        let title = title(link);
        if !is_title(&title) || is_chrome(element) {
            continue;
        }
        let row = row(page, is_article, link, element, url, title);
        let parent = element.parent().map(|parent| parent.id());
        let group = *by_parent.entry(parent).or_insert_with(|| {
            *by_container.entry(container_of(element)).or_insert_with_key(|container: &String| {
                groups.push((container.clone(), Vec::new()));
                groups.len() - 1
            })
        });
        let rows = &mut groups[group].1;
        // A row is one entry: of its links the one with the longest title, an article's form first.
        match by_row.get(&element.id()) {
            None => {
                by_row.insert(element.id(), rows.len());
                rows.push(row);
            }
            Some(&index) if weight(&row) > weight(&rows[index]) => rows[index] = row,
            Some(_) => {}
        }
    }
    groups.into_iter().collect()
}

fn row(
    page: &ListPage<'_>,
    is_article: fn(&Url) -> bool,
    link: ElementRef<'_>,
    element: ElementRef<'_>,
    url: Url,
    title: String,
) -> Row {
    let date = date::of_row(&pieces(element, link), &url);
    let form = if is_article(&url) { Form::Article } else { Form::Any };
    let site = if page.follows(&url) { Site::Own } else { Site::Foreign };
    let named = if is_list_named(element) && title.chars().count() >= 6 { Named::List } else { Named::Other };
    Row { item: ListItem { url, title, date: date.full() }, date, form, site, named }
}

fn weight(row: &Row) -> (Form, usize) {
    (row.form, row.item.title.chars().count())
}

impl PartialOrd for Form {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Form {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self == Self::Article).cmp(&(*other == Self::Article))
    }
}

/// The block that holds one entry: the list item or table row around the link, else the largest block around it that
/// holds no other link.
fn row_of(link: ElementRef<'_>) -> ElementRef<'_> {
    let ancestors = || link.ancestors().filter_map(ElementRef::wrap).take(ROW_LEVELS);
    let is_row = |element: &ElementRef<'_>| matches!(element.value().name(), "li" | "tr" | "dd" | "dt");
    if let Some(row) = ancestors().find(is_row).filter(|row| links_within(*row, LINKS_PER_ROW)) {
        return row_of_cells(row).unwrap_or(row);
    }
    let is_block =
        |element: &ElementRef<'_>| !matches!(element.value().name(), "body" | "html" | "ul" | "ol" | "table" | "tbody");
    ancestors().take_while(|element| is_block(element) && links_within(*element, 1)).last().unwrap_or(link)
}

/// Some systems write a row as a list, its cells as items: `<ul><li><a>…</a></li><li>2024-01-29</li></ul>`.
fn row_of_cells(cell: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let list = cell.parent().and_then(ElementRef::wrap).filter(|list| matches!(list.value().name(), "ul" | "dl"))?;
    let is_date = |other: ElementRef<'_>| other != cell && date::is_date(&other.text().take(4).collect::<String>());
    (list.child_elements().take(6).any(is_date) && links_within(list, 1)).then_some(list)
}

/// Whether an element is small and leads to no more than `most` places.
fn links_within(element: ElementRef<'_>, most: usize) -> bool {
    let mut targets = HashSet::new();
    for (count, node) in element.descendants().enumerate() {
        if count > NODES_PER_ROW {
            return false;
        }
        if let Some(link) = ElementRef::wrap(node).filter(|element| element.value().name() == "a") {
            targets.extend(link.attr("href").filter(|href| !href.trim_start().starts_with(['#', 'j'])));
            if targets.len() > most {
                return false;
            }
        }
    }
    true
}

/// The place a row stands in, written as the path from the root: parts of one list that a page splits up
/// (five entries per `ul`) share it, and so do the pages of one list.
fn container_of(row: ElementRef<'_>) -> String {
    let mut parts: Vec<String> = row.ancestors().filter_map(ElementRef::wrap).take(PATH_LEVELS).map(label).collect();
    parts.reverse();
    parts.join(">")
}

fn label(element: ElementRef<'_>) -> String {
    let classes: Vec<&str> =
        element.value().classes().filter(|class| !class.bytes().any(|b| b.is_ascii_digit())).collect();
    format!("{}.{}", element.value().name(), classes.join("."))
}

fn is_chrome(row: ElementRef<'_>) -> bool {
    let around = row.ancestors().filter_map(ElementRef::wrap).take(CHROME_LEVELS);
    std::iter::once(row).chain(around).any(|element| {
        CHROME_TAGS.contains(&element.value().name()) || words(element).any(|word| CHROME.contains(&word.as_str()))
    })
}

fn is_list_named(row: ElementRef<'_>) -> bool {
    let around = row.ancestors().filter_map(ElementRef::wrap).take(2);
    around.into_iter().any(|element| words(element).any(|word| word.contains("list")))
}

/// Words of `class` and `id`. `<body class="… nav-open">` says nothing about the list, so the page itself has none.
fn words(element: ElementRef<'_>) -> impl Iterator<Item = String> + '_ {
    let page = matches!(element.value().name(), "body" | "html");
    let names = [element.attr("class"), element.attr("id")].into_iter().flatten().filter(move |_| !page);
    names.flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic())).map(str::to_ascii_lowercase)
}

pub(super) fn pieces<'a>(row: ElementRef<'a>, link: ElementRef<'a>) -> Vec<Piece<'a>> {
    let texts = row.descendants().take(NODES_PER_ROW).filter_map(|node| match node.value() {
        Node::Text(text) if !text.trim().is_empty() => {
            let inside = node.ancestors().take(ROW_LEVELS).any(|ancestor| ancestor.id() == link.id());
            Some(Piece { text, place: if inside { Place::InLink } else { Place::Beside } })
        }
        _ => None,
    });
    texts.collect()
}

/// What a link calls its target: its `title`, unless its text says more. Lists cut the text and keep the title whole.
pub(super) fn title(link: ElementRef<'_>) -> String {
    let pieces = link.text().take(NODES_PER_ROW).filter(|text| !date::is_date(text));
    let text = squeeze(&pieces.collect::<String>());
    let stated = squeeze(link.attr("title").unwrap_or_default());
    let cut = text.ends_with('…') || text.ends_with("...");
    let stated_is_fuller = stated.chars().count() >= text.chars().count() || cut;
    let use_stated = !stated.is_empty() && stated != "null" && stated_is_fuller;
    if use_stated { stated } else { text }
}

pub(super) fn squeeze(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_start_matches(['·', '•', '▪', '■', '◆', '>', '»', '-', ' ']).to_owned()
}

/// Whether a link's text can be a title, and is not the number of a page or the name of a button.
fn is_title(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && !super::pager::is_button(text)
}
