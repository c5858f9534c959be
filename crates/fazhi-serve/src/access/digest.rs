//! SHA-256, where a value is known again by its digest.

use ring::digest;

/// The digest of these bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}
