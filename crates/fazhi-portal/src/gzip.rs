//! Gzip made of pieces, each compressed once: pages that differ in a number only, and bombs.
//!
//! A piece is a run of deflate blocks that ends on a byte boundary and refers to nothing before itself, so pieces can be
//! put one behind another in any order and number (RFC 1951, 3.2.4; the checksums combine).

use flate2::{Compress, Compression, Crc, FlushCompress};

/// Start of a gzip file: deflate, no name, no time, unknown system.
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty last block.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// Deflate blocks and what they stand for.
#[derive(Debug)]
pub struct Piece {
    /// The blocks.
    pub deflated: Vec<u8>,
    crc: Crc,
}

/// Checksum and length of all that was added.
#[derive(Debug, Default)]
pub struct Sum(Crc);

impl Piece {
    /// Compresses.
    pub fn compressed(bytes: &[u8]) -> Self {
        let mut deflate = Compress::new(Compression::default(), false);
        // The most that deflate can add, and room for the flush.
        let mut deflated = Vec::with_capacity(bytes.len() + bytes.len() / 1000 * 5 + 1024);
        deflate
            .compress_vec(bytes, &mut deflated, FlushCompress::Sync)
            .expect("compression without a dictionary does not fail");
        Self { deflated, crc: crc(bytes) }
    }

    /// Keeps short text as it is; more than 65535 bytes are cut off.
    pub fn stored(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(usize::from(u16::MAX))];
        let length = u16::try_from(bytes.len()).expect("cut above");
        let mut deflated = vec![0];
        deflated.extend_from_slice(&length.to_le_bytes());
        deflated.extend_from_slice(&(!length).to_le_bytes());
        deflated.extend_from_slice(bytes);
        Self { deflated, crc: crc(bytes) }
    }
}

impl Sum {
    /// Adds a piece behind the others.
    pub fn add(&mut self, piece: &Piece) {
        self.0.combine(&piece.crc);
    }

    /// What follows the last piece.
    pub fn trailer(&self) -> Vec<u8> {
        [&LAST_BLOCK[..], &self.0.sum().to_le_bytes(), &self.0.amount().to_le_bytes()].concat()
    }
}

/// A whole file.
pub fn file(pieces: &[&Piece]) -> Vec<u8> {
    let mut sum = Sum::default();
    let mut bytes = HEADER.to_vec();
    for piece in pieces {
        sum.add(piece);
        bytes.extend_from_slice(&piece.deflated);
    }
    bytes.extend_from_slice(&sum.trailer());
    bytes
}

fn crc(bytes: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn pieces_read_as_one_file() {
        let page = "本年度工作按计划推进。".repeat(3_000);
        let (start, number, rest) =
            (Piece::compressed(page.as_bytes()), Piece::stored(b"4711"), Piece::compressed(b"</html>"));
        let file = file(&[&start, &number, &rest, &number]);
        let mut text = String::new();
        flate2::read::GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, page + "4711</html>4711");
        assert!(file.len() < 1_000, "{}", file.len());
    }
}
