//! Ways of publishing that make a reader lose a text, or count it twice.

use crate::government::Family;
use crate::list::Entrance;
use crate::site::{Entry, Site};
use crate::truth::TruthKind;

/// Pages of the report that goes on over several.
const PARTS: usize = 3;

/// Adds every trap whose site the sample has. What a text states, and how many texts there are, stays as it was.
pub fn add_traps(sites: &mut [Site]) {
    let first = |sites: &[Site], family| sites.iter().position(|site| site.government.family == family);
    if let Some(place) = first(sites, Family::Trs) {
        split_report(&mut sites[place]);
        add_mobile_twin(&mut sites[place]);
    }
    if let Some(place) = first(sites, Family::HanwebJpage) {
        add_session(&mut sites[place]);
    }
    if let Some(place) = first(sites, Family::Static) {
        sites[place].entrance = Entrance::Framed;
    }
}

fn reports(site: &mut Site) -> impl Iterator<Item = &mut Entry> {
    let own = |entry: &&mut Entry| entry.article.kind == TruthKind::Report && entry.mirror_of.is_none();
    site.entries.iter_mut().filter(own)
}

/// The earliest report goes on over three pages.
fn split_report(site: &mut Site) {
    if let Some(entry) = reports(site).find(|entry| entry.article.blocks.len() >= 2 * PARTS) {
        entry.parts = PARTS;
    }
}

/// The second report also has an address for telephones, which the list names as well.
fn add_mobile_twin(site: &mut Site) {
    if let Some(entry) = reports(site).nth(1) {
        entry.aliases.push(entry.path.replace(".html", "_wap.html"));
    }
}

/// The third report stands in the list twice, once with somebody's session in its address.
fn add_session(site: &mut Site) {
    if let Some(entry) = reports(site).nth(2) {
        entry.aliases.push(format!("{};jsessionid=5C1E0B7A9D3F48E26A7B0C9D8E1F2A3B", entry.path));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::list::Entrance;
    use crate::portal::{PortalOptions, Traps};
    use crate::site::{Site, sites};

    #[test]
    fn traps_change_addresses_and_no_truth() {
        let plain = sites(&PortalOptions::default());
        let trapped = sites(&PortalOptions { traps: Traps::Present, ..PortalOptions::default() });
        let truth = |sites: &[Site]| sites.iter().flat_map(Site::documents).collect::<Vec<_>>();
        assert_eq!(truth(&plain), truth(&trapped));
        let rows = |sites: &[Site]| sites.iter().map(|site| site.listed().rows.len()).sum::<usize>();
        assert_eq!(rows(&trapped), rows(&plain) + 2);
        let framed = trapped.iter().filter(|site| site.entrance == Entrance::Framed).count();
        assert_eq!(framed, 1);
        let split: Vec<_> = trapped.iter().flat_map(|site| &site.entries).filter(|entry| entry.parts > 1).collect();
        assert_eq!(split.len(), 1);
        let whole: Vec<_> = (0..3).flat_map(|part| split[0].blocks_of(part)).collect();
        assert_eq!(whole, split[0].article.blocks.iter().collect::<Vec<_>>());
        let paths: BTreeSet<_> = split[0].part_paths().into_iter().collect();
        assert!(paths.len() == 3 && paths.iter().any(|path| path.ends_with("_2.html")), "{paths:?}");
    }
}
