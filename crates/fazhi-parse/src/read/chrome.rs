//! Elements that belong to the page and not to the article: counters, buttons, page turning.

use std::sync::LazyLock;

use ego_tree::NodeId;
use scraper::{Html, Selector};

/// Counters are numbers (`span[id^=dynclicks]` follows `_showDynClicks`), so that they must go before quantities are read.
const CHROME: &str = "script, style, noscript, template, iframe, select, button, textarea, [id^=dynclicks], \
    .bdsharebuttonbox, .bshare-custom, .social-share, .share, #share, .prevnext, .pre_next, .prev-next, \
    .xgyd, #qrcode, .qrcode, .ewm, .TRS_PreAppendix script";

/// Takes them out of the tree.
pub(super) fn remove(html: &mut Html) {
    static SELECTOR: LazyLock<Selector> = LazyLock::new(|| Selector::parse(CHROME).expect("the selector is valid"));
    let ids: Vec<NodeId> = html.select(&SELECTOR).map(|element| element.id()).collect();
    for id in ids {
        if let Some(mut node) = html.tree.get_mut(id) {
            node.detach();
        }
    }
}
