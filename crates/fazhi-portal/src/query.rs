//! Queries of addresses, and the percent signs in them.

use std::fmt::Write as _;

/// The parameters of a query, decoded, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b=%E6%B3%95+x`. What is no UTF-8 is left out.
    pub fn parse(text: &str) -> Self {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
            Some((decoded(name)?, decoded(value)?))
        };
        Self(text.split('&').filter(|text| !text.is_empty()).filter_map(pair).collect())
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A parameter as a number from 1 on.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.trim().parse().ok().filter(|number| *number >= 1)
    }
}

/// `%E6%B3%95` → `法`; nothing for what is no UTF-8 or ends inside an escape.
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

/// `法` → `%E6%B3%95`: everything but what RFC 3986 calls unreserved.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        let query = Query::parse("page=2&tagId=%E5%88%97%E8%A1%A8+1&&flag&page=9&bad=%f");
        assert_eq!((query.number("page"), query.get("tagId"), query.get("flag")), (Some(2), Some("列表 1"), Some("")));
        assert_eq!((query.get("bad"), query.get("none"), query.number("tagId")), (None, None, None));
        assert_eq!(Query::parse("page=0").number("page"), None);
        assert_eq!(percent_decoded(&percent_encoded("法治 {\"a\":1}&=")).as_deref(), Some("法治 {\"a\":1}&="));
    }
}
