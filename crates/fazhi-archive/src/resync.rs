//! Finding the next record behind bytes that do not read.

use std::io::{self, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;
use memchr::memmem;

/// How the records of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One gzip member per record (WARC 1.1, annex D).
    Gzip,
    /// Records as they are.
    Plain,
}

impl Format {
    /// Told from the first bytes of a file, or from its name where they are neither.
    pub(crate) fn of(start: &[u8], name: &str) -> Self {
        let named_gzip = Path::new(name).extension().is_some_and(|extension| extension == "gz");
        let plain = start.starts_with(b"WARC/") || (!start.starts_with(GZIP_MAGIC) && !named_gzip);
        if plain { Self::Plain } else { Self::Gzip }
    }

    /// What every record begins with.
    pub(crate) fn magic(self) -> &'static [u8] {
        match self {
            Self::Gzip => GZIP_MAGIC,
            Self::Plain => b"WARC/",
        }
    }
}

/// Identification and method (deflate) of RFC 1952.
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b, 0x08];

const WINDOW: u64 = 64 * 1024;

/// Enough of a member to inflate its first bytes: gzip header and dynamic Huffman table are smaller.
const LOOKAHEAD: usize = 2 * 1024;

/// Chance puts the magic into one of 2^24 places, so a file of the usual size has some dozens of false ones.
const MAX_PROBES: usize = 2_000;

/// Distance from the start of `source` to the first place where a record begins. Reads no further than needed.
pub(crate) fn find_record(source: &mut impl Read, format: Format) -> io::Result<Option<u64>> {
    let needle = match format {
        Format::Gzip => GZIP_MAGIC,
        Format::Plain => b"\nWARC/1.",
    };
    let finder = memmem::Finder::new(needle);
    let mut window = Vec::new();
    let mut base = 0u64;
    let mut probes = 0;
    loop {
        let read = source.by_ref().take(WINDOW).read_to_end(&mut window)?;
        let at_end = read == 0;
        let mut keep = window.len().saturating_sub(needle.len() - 1);
        for at in finder.find_iter(&window) {
            if !at_end && window.len() - at < LOOKAHEAD {
                keep = at;
                break;
            }
            probes += 1;
            let candidate = &window[at..window.len().min(at + LOOKAHEAD)];
            match begins_record(candidate, format) {
                Some(skip) => return Ok(Some(base + (at + skip) as u64)),
                None if probes >= MAX_PROBES => return Ok(None),
                None => {}
            }
        }
        if at_end {
            return Ok(None);
        }
        window.drain(..keep);
        base += keep as u64;
    }
}

/// Bytes to skip from a needle to the record it announces.
fn begins_record(bytes: &[u8], format: Format) -> Option<usize> {
    match format {
        Format::Plain => bytes.get(8).is_some_and(u8::is_ascii_digit).then_some(1),
        Format::Gzip => {
            let mut start = [0; 5];
            GzDecoder::new(bytes).read_exact(&mut start).ok()?;
            (&start == b"WARC/").then_some(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn finds_a_member_behind_false_ones_at_any_distance() {
        for distance in [0, 1, 65_533, 65_534, 65_535, 65_536, 200_000] {
            let mut bytes = vec![b'x'; distance];
            bytes.extend(GZIP_MAGIC);
            bytes.extend(member("no record"));
            let expected = bytes.len() as u64;
            bytes.extend(member("WARC/1.1\r\n"));
            assert_eq!(find_record(&mut bytes.as_slice(), Format::Gzip).unwrap(), Some(expected), "{distance}");
        }
    }

    #[test]
    fn finds_a_plain_header_at_any_distance() {
        for distance in [0, 65_530, 65_535, 65_536, 70_000] {
            let mut bytes = vec![b'x'; distance];
            bytes.extend(b"\nWARC/1.x\nWARC/1.0\r\n");
            let expected = distance as u64 + 10;
            assert_eq!(find_record(&mut bytes.as_slice(), Format::Plain).unwrap(), Some(expected), "{distance}");
        }
    }

    #[test]
    fn gives_up_on_a_file_of_magic_numbers() {
        let bytes = GZIP_MAGIC.repeat(2_000_000);
        assert_eq!(find_record(&mut bytes.as_slice(), Format::Gzip).unwrap(), None);
    }
}
