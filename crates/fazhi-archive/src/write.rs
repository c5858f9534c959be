//! The bytes of a record: header, block, gzip member.

use std::hash::{BuildHasher, RandomState};

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::BASE32;
use sha1::{Digest, Sha1};

use crate::ArchiveError;
use crate::pack::{Packer, Packing};

/// Fields the writer sets; a caller's extension fields cannot be among them.
const OWN_FIELDS: [&str; 12] = [
    "WARC-Type",
    "WARC-Record-ID",
    "WARC-Date",
    "WARC-Target-URI",
    "WARC-Warcinfo-ID",
    "WARC-Concurrent-To",
    "WARC-Profile",
    "WARC-Payload-Digest",
    "WARC-Block-Digest",
    "WARC-Filename",
    "Content-Type",
    "Content-Length",
];

/// A record being put together. Values lose their line breaks, which would end the field.
pub(crate) struct Draft<'a> {
    header: String,
    block: Vec<&'a [u8]>,
    packing: Packing,
}

impl<'a> Draft<'a> {
    /// A record of this `WARC-Type` and `Content-Type`.
    pub(crate) fn new(kind: &str, id: &str, date: DateTime<Utc>, content_type: &str) -> Self {
        let mut draft = Self { header: "WARC/1.1\r\n".to_owned(), block: Vec::new(), packing: Packing::Light };
        draft.field("WARC-Type", kind);
        draft.field("WARC-Record-ID", id);
        draft.field("WARC-Date", &timestamp(date));
        draft.field("Content-Type", content_type);
        draft
    }

    pub(crate) fn field(&mut self, name: &str, value: &str) {
        self.header.push_str(name);
        self.header.push_str(": ");
        self.header.extend(value.trim().chars().map(|c| if c.is_control() { ' ' } else { c }));
        self.header.push_str("\r\n");
    }

    /// The caller's own fields.
    pub(crate) fn extension_fields(&mut self, fields: &[(String, String)]) -> Result<(), ArchiveError> {
        for (name, value) in fields {
            let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !token || OWN_FIELDS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                return Err(ArchiveError::Field { name: name.clone() });
            }
            self.field(name, value);
        }
        Ok(())
    }

    pub(crate) fn block(&mut self, part: &'a [u8]) {
        self.block.push(part);
    }

    pub(crate) fn pack(&mut self, packing: Packing) {
        self.packing = packing;
    }

    /// Appends the record to `out` as a gzip member of its own.
    pub(crate) fn append_to(mut self, out: &mut Vec<u8>, packer: &mut Packer) {
        let length: usize = self.block.iter().map(|part| part.len()).sum();
        let digest = digest(&self.block);
        self.field("WARC-Block-Digest", &digest);
        self.field("Content-Length", &length.to_string());
        let parts = [self.header.as_bytes(), b"\r\n"].into_iter().chain(self.block).chain([b"\r\n\r\n".as_slice()]);
        packer.pack(self.packing, parts, out);
    }
}

/// The `WARC-Payload-Digest` that a body gets.
pub fn payload_digest(body: &[u8]) -> String {
    digest(&[body])
}

/// `sha1:` and the digest in Base32, as other archive tools write it.
pub(crate) fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha1::new();
    for part in parts {
        hasher.update(part);
    }
    format!("sha1:{}", BASE32.encode(&hasher.finalize()))
}

/// `WARC-Date` with as many decimals as it needs.
pub(crate) fn timestamp(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `<urn:uuid:…>` of a random (version 4) UUID.
pub(crate) fn record_id(seed: &str) -> String {
    // `RandomState` is seeded by the system; the process and the record are mixed in for systems where that is weak.
    let random = RandomState::new();
    let mut hasher = Sha1::new();
    for word in [random.hash_one(seed), random.hash_one((seed, 1)), u64::from(std::process::id())] {
        hasher.update(word.to_be_bytes());
    }
    hasher.update(seed);
    let hash = hasher.finalize();
    let mut bytes: [u8; 16] = hash[..16].try_into().expect("SHA-1 has 20 bytes");
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let hex = format!("{number:032x}");
    format!("<urn:uuid:{}-{}-{}-{}-{}>", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_ids_are_random_uuids() {
        let (one, other) = (record_id("x"), record_id("x"));
        assert_ne!(one, other);
        let uuid = one.strip_prefix("<urn:uuid:").and_then(|rest| rest.strip_suffix('>')).unwrap();
        let groups: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
    }

    #[test]
    fn digests_are_those_of_other_tools() {
        assert_eq!(digest(&[b"a", b"bc"]), "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5");
        assert_eq!(digest(&[]), "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
    }

    #[test]
    fn a_field_cannot_break_out_of_its_line() {
        let mut draft = Draft::new("metadata", "<urn:x>", DateTime::UNIX_EPOCH, "text/plain");
        draft.field("Fazhi-Rule", "a\r\nWARC-Type: response\n");
        assert_eq!(draft.header.lines().last(), Some("Fazhi-Rule: a  WARC-Type: response"));
        for name in ["", "two words", "a:b", "content-length", "名"] {
            let fields = [(name.to_owned(), String::new())];
            assert!(matches!(draft.extension_fields(&fields), Err(ArchiveError::Field { .. })), "{name}");
        }
    }
}
