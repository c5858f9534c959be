//! The data that parsing depends on, beside the parser itself.

use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::catalogue::{Catalogue, CatalogueError, Source};
use crate::region::Regions;

const CATALOGUE: Source<'static> =
    Source { name: "the built-in catalogue", text: include_str!("../data/catalogue.toml") };
/// More indicators, for those who name it: an extension of the catalogue that is built in.
pub const SECOND_TIER: Source<'static> = Source { name: "second-tier", text: include_str!("../data/second-tier.toml") };
const REGIONS: &str = include_str!("../data/regions.tsv");
const TOWNSHIPS: &str = include_str!("../data/townships.txt");

/// Catalogue and regions, with one digest over all data. Rules with the same digest are the same rules.
#[derive(Debug)]
pub struct Rules {
    catalogue: Catalogue,
    digest: String,
}

impl Rules {
    /// The rules this version of the parser comes with.
    pub fn embedded() -> &'static Self {
        static RULES: LazyLock<Rules> =
            LazyLock::new(|| Rules::extended(&[]).expect("a test reads the embedded catalogue"));
        &RULES
    }

    /// The rules this version comes with, their catalogue extended by these files in this order.
    ///
    /// # Errors
    /// Fails when an extension does not read or does not fit to what is there.
    pub fn extended(extensions: &[Source<'_>]) -> Result<Self, CatalogueError> {
        let sources: Vec<Source> = [CATALOGUE].into_iter().chain(extensions.iter().copied()).collect();
        let catalogue = Catalogue::parse(&sources)?;
        let mut hasher = Sha256::new();
        // Names of files have no part in it: the same rules read from elsewhere are the same rules.
        let texts = extensions.iter().map(|extension| extension.text);
        for part in [CATALOGUE.text, REGIONS, TOWNSHIPS].into_iter().chain(texts) {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Ok(Self { catalogue, digest: HEXLOWER.encode(&hasher.finalize()) })
    }

    /// SHA-256 over catalogue, regions, townships and extensions, in hexadecimal: a document parsed with other rules is
    /// another revision.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The indicators that are looked for.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The table of regions.
    pub fn regions(&self) -> &Regions {
        static TABLE: LazyLock<Regions> = LazyLock::new(|| Regions::parse(REGIONS, TOWNSHIPS));
        &TABLE
    }
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Rules {}

impl Hash for Rules {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENSION: &str = "[[extend]]\nid = \"fines_amount\"\nphrases = { own = \"没收违法所得\" }\n";

    fn extended(extensions: &[(&str, &str)]) -> Rules {
        let sources: Vec<Source> = extensions.iter().map(|(name, text)| Source { name, text }).collect();
        Rules::extended(&sources).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Stored revisions hold the digest, so that its computation must not change.
    #[test]
    fn without_extensions_the_digest_covers_the_data_files() {
        let mut bytes = Vec::new();
        for text in [CATALOGUE.text, REGIONS, TOWNSHIPS] {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        assert_eq!(Rules::embedded().digest(), HEXLOWER.encode(&Sha256::digest(&bytes)));
        assert_eq!(extended(&[]), *Rules::embedded());
    }

    #[test]
    fn the_digest_covers_the_texts_of_extensions_and_not_their_names() {
        let one = extended(&[("a.toml", EXTENSION)]);
        assert_ne!(one, *Rules::embedded());
        assert_eq!(one, extended(&[("b.toml", EXTENSION)]));
        assert_ne!(one, extended(&[("a.toml", EXTENSION), ("b.toml", "")]));
        assert_eq!(one.catalogue().entries().len(), Rules::embedded().catalogue().entries().len());
    }

    #[test]
    fn a_fault_names_the_users_file() {
        let source =
            Source { name: "my.toml", text: "\n\n[[extend]]\nid = \"fine_amount\"\nphrases = { a = \"x\" }\n" };
        let error = Rules::extended(&[source]).unwrap_err();
        assert_eq!(error.to_string(), "my.toml:4: there is no indicator `fine_amount` to extend");
        assert_eq!(error.hint, "did you mean `fines_amount`?");
    }
}
