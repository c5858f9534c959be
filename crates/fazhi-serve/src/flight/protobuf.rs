//! The little of protobuf's encoding that `arrow-flight` does not do for us: messages in an `Any`, and fields that hold bytes.

use arrow_flight::sql::ProstMessageExt;
use bytes::Bytes;

/// A message of Flight SQL in an `Any`, as commands and tickets are sent.
pub fn packed(message: &impl ProstMessageExt) -> Bytes {
    let any = message.as_any();
    let mut bytes = Vec::with_capacity(any.type_url.len() + any.value.len() + 16);
    put(1, any.type_url.as_bytes(), &mut bytes);
    put(2, &any.value, &mut bytes);
    bytes.into()
}

fn put(field: u8, value: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(field << 3 | 2);
    // Seven bits a byte, the lowest first; the highest bit says that more come.
    let mut length = value.len();
    while length >= 0x80 {
        bytes.push(0x80 | length.to_le_bytes()[0]);
        length >>= 7;
    }
    bytes.push(length.to_le_bytes()[0]);
    bytes.extend_from_slice(value);
}

/// Values of a field that holds strings, bytes or messages, up to the first byte that cannot be read.
pub fn values(message: &[u8], field: u64) -> impl Iterator<Item = &[u8]> {
    Fields { rest: message }.filter_map(move |(number, value)| (number == field).then_some(value))
}

/// Fields with their numbers; of those that are numbers, the value is empty.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.varint()?;
        let value: &[u8] = match key & 7 {
            0 => self.varint().map(|_| &[][..])?,
            1 => self.take(8).map(|_| &[][..])?,
            2 => {
                let length = self.varint()?;
                self.take(length)?
            }
            5 => self.take(4).map(|_| &[][..])?,
            _ => return None,
        };
        Some((key >> 3, value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_put_is_read_again() {
        let long = vec![7; 300];
        let mut bytes = vec![0x18, 0x96, 0x01]; // field 3: the number 150
        put(1, b"lin", &mut bytes);
        put(2, &long, &mut bytes);
        put(2, b"", &mut bytes);
        assert_eq!(values(&bytes, 1).collect::<Vec<_>>(), [b"lin"]);
        assert_eq!(values(&bytes, 2).collect::<Vec<_>>(), [&long[..], b""]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes: Vec<u8>) {
            prop_assert!(values(&bytes, 1).count() <= bytes.len());
        }
    }
}
