//! Elements that belong to the page and not to the article: counters, buttons, page turning, what is hidden.

use super::survey::Attributes;

/// Elements that never hold words of an article.
const CODE: &[&str] = &["script", "style", "noscript", "template", "iframe", "frameset", "select", "button", "svg"];

/// Whether nothing of an element is read, whatever it holds.
pub(super) fn is_code(name: &str) -> bool {
    CODE.contains(&name)
}

/// Elements for what browsers lack, and for what readers write.
const NAMES: &[&str] = &["object", "textarea"];

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

/// Whether an element is an accessory by its name; it counts as one only while it is small. Counters are numbers
/// (`span[id^=dynclicks]` follows `_showDynClicks`), so that they must go before quantities are looked for.
pub(super) fn is_accessory(name: &str, attributes: &Attributes<'_>) -> bool {
    let (id, class) = (attributes.id, attributes.class);
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
pub(super) fn stands_beside(name: &str, attributes: &Attributes<'_>) -> bool {
    let is_beside = |word: &str| !word.is_empty() && BESIDE.contains(&word);
    matches!(name, "nav" | "aside" | "footer")
        || [attributes.id, attributes.class]
            .into_iter()
            .any(|names| names.split(|c: char| !c.is_ascii_alphanumeric()).any(is_beside))
}

/// Whether an element is not shown. Some portals show the article by script only, so that this too is a sign only.
pub(super) fn is_hidden(attributes: &Attributes<'_>) -> bool {
    let by_style = |style: &str| {
        let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        style.contains("display:none")
    };
    attributes.hidden.is_some()
        || !attributes.style.is_empty() && by_style(attributes.style)
        || attributes.class.split_ascii_whitespace().any(|class| class == "ng-hide")
}

/// Whether an element is a block for attachments.
pub(super) fn holds_attachments(attributes: &Attributes<'_>) -> bool {
    attributes.id == "pfileattach"
        || attributes
            .class
            .split_ascii_whitespace()
            .any(|class| matches!(class, "fujian" | "fujianClass" | "attachment" | "fj" | "article-attach"))
}
