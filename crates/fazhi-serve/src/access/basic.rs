//! Credentials of HTTP Basic (RFC 7617).

use data_encoding::{BASE64, BASE64_NOPAD};

/// A user and a password, as a client gives them.
#[derive(Default, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password, in the clear.
    pub password: String,
}

impl Credentials {
    /// What follows the scheme in the header: `user:password` in UTF-8 and Base64, which some clients leave unpadded.
    pub fn of_basic(value: &str) -> Option<Self> {
        let decoded = BASE64.decode(value.as_bytes()).or_else(|_| BASE64_NOPAD.decode(value.as_bytes())).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        Some(Self { user: user.to_owned(), password: password.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_what_follows_the_first_colon() {
        let of = |text: &str| Credentials::of_basic(text).map(|given| (given.user, given.password));
        let expected = Some(("lin".to_owned(), "a:b".to_owned()));
        assert_eq!(of("bGluOmE6Yg=="), expected);
        assert_eq!(of("bGluOmE6Yg"), expected);
        for damaged in ["", "bGlu", "!!!", "/zo="] {
            assert_eq!(of(damaged), None, "{damaged}");
        }
    }
}
