//! Whom the operator of a portal can write to.

use std::fmt;
use std::str::FromStr;

/// An address that the operator of a portal can turn to: `mailto:…` or a web address. It is part of the user agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(String);

/// A text that is no contact address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no contact address")]
pub struct NoContact(String);

impl NoContact {
    /// What would be one.
    pub const HINT: &str = "an address such as `mailto:data@example.org` or `https://example.org/crawler`";
}

impl FromStr for Contact {
    type Err = NoContact;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let behind = ["mailto:", "https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        // It becomes part of a comment in a request header.
        let printable = text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains(['(', ')']);
        let reachable = behind.is_some_and(|rest| !rest.is_empty());
        if reachable && printable { Ok(Self(text.to_owned())) } else { Err(NoContact(text.to_owned())) }
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_an_address_that_fits_a_header() {
        for text in ["mailto:data@example.org", "https://example.org/crawler", "http://example.org/"] {
            assert_eq!(text.parse::<Contact>().unwrap().to_string(), text);
        }
        for text in ["", "me", "mailto:", "data@example.org", "mailto:a b", "mailto:a(b)", "mailto:数据@example.org"]
        {
            assert_eq!(text.parse::<Contact>(), Err(NoContact(text.to_owned())));
        }
    }
}
