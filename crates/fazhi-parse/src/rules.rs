//! The data that parsing depends on, beside the parser itself.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::catalogue::Catalogue;
use crate::region::Regions;

const CATALOGUE: &str = include_str!("../data/catalogue.toml");
const REGIONS: &str = include_str!("../data/regions.tsv");
const TOWNSHIPS: &str = include_str!("../data/townships.txt");

/// Catalogue and regions, with one digest over all data.
#[derive(Debug)]
pub struct Rules {
    regions: Regions,
    digest: String,
}

impl Rules {
    /// The rules this version of the parser comes with.
    pub fn embedded() -> &'static Self {
        static RULES: LazyLock<Rules> = LazyLock::new(|| {
            let mut hasher = Sha256::new();
            for part in [CATALOGUE, REGIONS, TOWNSHIPS] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            Rules { regions: Regions::parse(REGIONS, TOWNSHIPS), digest: HEXLOWER.encode(&hasher.finalize()) }
        });
        &RULES
    }

    /// SHA-256 over catalogue, regions and townships, in hexadecimal: a document parsed with other rules is another revision.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The indicators that are looked for.
    pub fn catalogue(&self) -> &Catalogue {
        Catalogue::embedded()
    }

    /// The table of regions.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }
}
