//! Gzip members, at little cost.

use flate2::{Compress, Compression, FlushCompress, Status};

/// How hard a record is compressed.
///
/// Measured on pages of 50 kB (zlib-rs, one core): level 1 packs 211 MB/s to 30 %, level 3 131 MB/s to 23 %, level 6
/// 104 MB/s to 22 %. Level 1 lets a crawl pack some 4,000 pages a second, so that it waits for portals and not for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Deflate, level 1.
    Light,
    /// Stored as it is, because it is compressed already.
    Stored,
}

/// Compresses one record after the other with the same tables: making them anew costs more than a small record does.
#[derive(Debug)]
pub(crate) struct Packer {
    light: Compress,
    stored: Compress,
}

/// Window of 2^15 bytes, the largest that deflate has.
const WINDOW_BITS: u8 = 15;

impl Default for Packer {
    fn default() -> Self {
        Self {
            light: Compress::new_gzip(Compression::fast(), WINDOW_BITS),
            stored: Compress::new_gzip(Compression::none(), WINDOW_BITS),
        }
    }
}

impl Packer {
    /// Appends the parts to `out` as one gzip member.
    pub(crate) fn pack<'a>(&mut self, packing: Packing, parts: impl IntoIterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
        let deflate = match packing {
            Packing::Light => &mut self.light,
            Packing::Stored => &mut self.stored,
        };
        deflate.reset();
        for part in parts {
            feed(deflate, part, FlushCompress::None, out);
        }
        feed(deflate, &[], FlushCompress::Finish, out);
    }
}

fn feed(deflate: &mut Compress, mut part: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
    loop {
        out.reserve(part.len() / 2 + 512);
        let before = deflate.total_in();
        let status = deflate.compress_vec(part, out, flush).expect("no dictionary is asked for");
        let taken = usize::try_from(deflate.total_in() - before).expect("no more than the part has");
        part = &part[taken..];
        let finished = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => part.is_empty(),
        };
        if finished {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::bufread::GzDecoder;

    use super::*;

    #[track_caller]
    fn check(parts: &[&[u8]]) {
        let mut packer = Packer::default();
        for packing in [Packing::Light, Packing::Stored, Packing::Light] {
            let mut out = b"before".to_vec();
            packer.pack(packing, parts.iter().copied(), &mut out);
            let mut member = GzDecoder::new(&out[6..]);
            let mut read = Vec::new();
            member.read_to_end(&mut read).unwrap();
            assert_eq!(read, parts.concat());
            assert!(member.into_inner().is_empty(), "one member and nothing behind it");
        }
    }

    #[test]
    fn parts_become_one_member() {
        check(&[]);
        check(&[b"", b""]);
        check(&[b"WARC/1.1\r\n", b"", b"\r\n\r\n"]);
    }

    #[test]
    fn long_parts_are_packed_whole() {
        let text: Vec<u8> = "法治政府建设".bytes().cycle().take(300_000).collect();
        let mut state = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(300_000)
        .collect();
        check(&[&text, &noise]);
        check(&[&noise]);
    }

    #[test]
    fn only_what_is_not_compressed_yet_is_made_smaller() {
        let text = [b'a'; 10_000];
        let length = |packing| {
            let mut out = Vec::new();
            Packer::default().pack(packing, [text.as_slice()], &mut out);
            out.len()
        };
        assert!(length(Packing::Light) < 1_000);
        assert!(length(Packing::Stored) > text.len());
    }
}
