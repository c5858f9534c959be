//! Elements that belong to the page and not to the article: counters, buttons, page turning, what is hidden.

use scraper::node::Element;

/// Elements that hold no words of an article.
const NAMES: &[&str] =
    &["script", "style", "noscript", "template", "iframe", "frameset", "select", "button", "textarea", "svg", "object"];

const CLASSES: &[&str] = &[
    "bdsharebuttonbox",
    "bshare-custom",
    "social-share",
    "share",
    "share-box",
    "sharebox",
    "prevnext",
    "pre_next",
    "prev-next",
    "prev_next",
    "xgyd",
    "qrcode",
    "ewm",
];

const IDS: &[&str] = &["share", "qrcode"];

/// Whether nothing of an element is read. Counters are numbers (`span[id^=dynclicks]` follows `_showDynClicks`), so that
/// they must go before quantities are looked for.
pub(super) fn is_chrome(name: &str, id: &str, class: &str) -> bool {
    NAMES.contains(&name)
        || !id.is_empty() && (IDS.contains(&id) || id.starts_with("dynclicks"))
        || !class.is_empty() && class.split_ascii_whitespace().any(|class| CLASSES.contains(&class))
}

/// Words in names of elements that stand around an article.
const BESIDE: &[&str] = &[
    "aside",
    "side",
    "sidebar",
    "nav",
    "navbar",
    "menu",
    "foot",
    "footer",
    "copyright",
    "breadcrumb",
    "crumb",
    "crumbs",
    "related",
    "relate",
    "recommend",
    "hot",
    "rank",
    "links",
    "friendlink",
    "banner",
    "comment",
    "comments",
    "pager",
];

/// Whether an element stands beside an article by its name. A sign only: a page without any other text has its text there.
pub(super) fn stands_beside(element: &Element) -> bool {
    if matches!(element.name(), "nav" | "aside" | "footer") {
        return true;
    }
    let names = [element.attr("id"), element.attr("class")];
    names
        .into_iter()
        .flatten()
        .any(|names| names.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| BESIDE.contains(&word)))
}

/// Whether an element is not shown. Some portals show the article by script only, so that this too is a sign only.
pub(super) fn is_hidden(element: &Element, class: &str) -> bool {
    if class.split_ascii_whitespace().any(|class| class == "ng-hide") {
        return true;
    }
    let by_style = |style: &str| {
        let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        style.contains("display:none")
    };
    element.attr("hidden").is_some() || element.attr("style").is_some_and(by_style)
}

/// Whether an element is a block for attachments.
pub(super) fn holds_attachments(id: &str, class: &str) -> bool {
    id == "pfileattach"
        || class
            .split_ascii_whitespace()
            .any(|class| matches!(class, "fujian" | "fujianClass" | "attachment" | "fj" | "article-attach"))
}
