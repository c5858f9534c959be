//! Taking the content coding off a body, under a cap.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// Inflated bytes beyond which nothing is taken for a page: 32 MiB.
pub const MAX_PAGE_BYTES: usize = 32 << 20;

/// Why a body could not be inflated.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    /// A coding we do not read (and do not ask for).
    #[error("content coding `{coding}` is not known")]
    Unknown {
        /// The coding as the header names it.
        coding: String,
    },
    /// More bytes than the cap; what a bomb would be.
    #[error("body inflates to more than {cap} bytes")]
    TooLarge {
        /// The cap in bytes.
        cap: usize,
    },
    /// The stream breaks off or is damaged.
    #[error("body is no complete `{coding}` stream after {} bytes", partial.len())]
    Broken {
        /// The coding as the header names it.
        coding: String,
        /// What could be inflated before.
        partial: Vec<u8>,
        /// What the decoder said.
        #[source]
        source: io::Error,
    },
}

/// Takes the codings of `Content-Encoding` off a body: `gzip`, `x-gzip`, `deflate` (zlib or raw), `identity`.
///
/// A header that announces gzip over a body which is none is not believed: archives of other tools keep the header
/// of a body they have inflated. `cap` bounds the result of every coding, in bytes.
pub fn inflate<'a>(body: &'a [u8], content_encoding: Option<&str>, cap: usize) -> Result<Cow<'a, [u8]>, InflateError> {
    let mut body = Cow::Borrowed(body);
    // Codings are listed in the order in which they were put on (RFC 9110 §8.4).
    for coding in content_encoding.unwrap_or_default().split(',').rev() {
        let coding = coding.trim().to_ascii_lowercase();
        let inflated = match coding.as_str() {
            "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => gunzip(&body, cap),
            "gzip" | "x-gzip" | "identity" | "" => continue,
            "deflate" => match undeflate(&body, cap) {
                Err(Failure::Broken(..)) if is_markup(&body) => continue,
                inflated => inflated,
            },
            _ => return Err(InflateError::Unknown { coding }),
        };
        body = Cow::Owned(inflated.map_err(|failure| match failure {
            Failure::TooLarge => InflateError::TooLarge { cap },
            Failure::Broken(partial, source) => InflateError::Broken { coding, partial, source },
        })?);
    }
    if body.len() > cap { Err(InflateError::TooLarge { cap }) } else { Ok(body) }
}

enum Failure {
    TooLarge,
    Broken(Vec<u8>, io::Error),
}

/// Inflates every member; what follows the last one is dropped, as browsers do.
fn gunzip(mut body: &[u8], cap: usize) -> Result<Vec<u8>, Failure> {
    let mut inflated = Vec::new();
    while body.starts_with(&[0x1f, 0x8b]) {
        let mut decoder = GzDecoder::new(body);
        drain(&mut decoder, &mut inflated, cap)?;
        body = decoder.into_inner();
    }
    Ok(inflated)
}

/// `deflate` means zlib (RFC 9110 §8.4.1.2), but servers that send the raw stream are as old as the header.
fn undeflate(body: &[u8], cap: usize) -> Result<Vec<u8>, Failure> {
    let zlib = body.len() >= 2 && body[0] & 0x0f == 8 && u16::from_be_bytes([body[0], body[1]]).is_multiple_of(31);
    let mut inflated = Vec::new();
    if zlib {
        drain(&mut ZlibDecoder::new(body), &mut inflated, cap)?;
    } else {
        drain(&mut DeflateDecoder::new(body), &mut inflated, cap)?;
    }
    Ok(inflated)
}

fn drain(decoder: &mut impl Read, into: &mut Vec<u8>, cap: usize) -> Result<(), Failure> {
    let room = (cap - into.len()) as u64 + 1;
    let outcome = decoder.take(room).read_to_end(into);
    if into.len() > cap {
        return Err(Failure::TooLarge);
    }
    outcome.map(|_| ()).map_err(|error| Failure::Broken(std::mem::take(into), error))
}

fn is_markup(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const PAGE: &[u8] = "<html>依法行政</html>".as_bytes();

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_coding_is_taken_off() {
        for (coding, body) in [
            (None, PAGE.to_vec()),
            (Some("identity"), PAGE.to_vec()),
            (Some("gzip"), gzip(PAGE)),
            (Some(" X-GZIP "), gzip(PAGE)),
            (Some("gzip"), PAGE.to_vec()),
            (Some("gzip"), [gzip(&PAGE[..5]), gzip(&PAGE[5..]), b"\0\0".to_vec()].concat()),
            (Some("deflate"), zlib(PAGE)),
            (Some("deflate"), raw(PAGE)),
            (Some("deflate"), PAGE.to_vec()),
            (Some("deflate, gzip"), gzip(&zlib(PAGE))),
        ] {
            assert_eq!(inflate(&body, coding, 100).unwrap().as_ref(), PAGE, "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_cap() {
        let zeros = vec![0; 30_000_000];
        for (coding, body) in [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("identity", zeros.clone())] {
            let error = inflate(&body, Some(coding), 1000).unwrap_err();
            assert_eq!(error.to_string(), "body inflates to more than 1000 bytes", "{coding}");
        }
        let many = gzip(&[0; 600]).repeat(2);
        assert!(matches!(inflate(&many, Some("gzip"), 1000), Err(InflateError::TooLarge { cap: 1000 })));
    }

    #[test]
    fn what_came_before_a_break_is_kept() {
        let noise: Vec<u8> = (0..9000u32).flat_map(|i| i.wrapping_mul(0x9e37_79b9).to_be_bytes()).collect();
        for (coding, body) in [("gzip", gzip(&noise)), ("deflate", zlib(&noise))] {
            let cut = &body[..body.len() / 2];
            let Err(InflateError::Broken { partial, .. }) = inflate(cut, Some(coding), 1_000_000) else {
                panic!("`{coding}` did not break");
            };
            assert!(!partial.is_empty() && noise.starts_with(&partial), "{coding}");
        }
    }

    #[test]
    fn an_unknown_coding_is_named() {
        let error = inflate(b"x", Some("gzip, br"), 10).unwrap_err();
        assert_eq!(error.to_string(), "content coding `br` is not known");
    }
}
