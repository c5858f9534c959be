//! The IANA special-purpose address registries (RFC 6890 and its updates), as far as they are not for the public.

use std::net::Ipv4Addr;

use super::Refusal;

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<B> {
    first: B,
    /// Bits that are the same, at least one.
    prefix: u32,
    pub(super) refusal: Refusal,
}

impl Range<u32> {
    pub(super) fn holds(&self, bits: u32) -> bool {
        (bits ^ self.first) >> (u32::BITS - self.prefix) == 0
    }
}

impl Range<u128> {
    pub(super) fn holds(&self, bits: u128) -> bool {
        (bits ^ self.first) >> (u128::BITS - self.prefix) == 0
    }
}

const fn v4(first: [u8; 4], prefix: u32, refusal: Refusal) -> Range<u32> {
    Range { first: u32::from_be_bytes(first), prefix, refusal }
}

/// `high` are the first 64 bits.
const fn v6(high: u64, low: u64, prefix: u32, refusal: Refusal) -> Range<u128> {
    Range { first: ((high as u128) << 64) | low as u128, prefix, refusal }
}

/// IPv4, the narrower range first.
pub(super) const V4: &[Range<u32>] = &[
    // Metadata services: most clouds, containers on AWS, Tencent, Alibaba, Oracle; Azure's stands in public space.
    v4([169, 254, 169, 254], 32, Refusal::Metadata),
    v4([169, 254, 170, 2], 32, Refusal::Metadata),
    v4([169, 254, 0, 23], 32, Refusal::Metadata),
    v4([100, 100, 100, 200], 32, Refusal::Metadata),
    v4([192, 0, 0, 192], 32, Refusal::Metadata),
    v4([168, 63, 129, 16], 32, Refusal::Metadata),
    v4([255, 255, 255, 255], 32, Refusal::Broadcast),
    v4([0, 0, 0, 0], 8, Refusal::Unspecified),
    v4([10, 0, 0, 0], 8, Refusal::Private),
    v4([100, 64, 0, 0], 10, Refusal::SharedCgnat),
    v4([127, 0, 0, 0], 8, Refusal::Loopback),
    v4([169, 254, 0, 0], 16, Refusal::LinkLocal),
    v4([172, 16, 0, 0], 12, Refusal::Private),
    v4([192, 0, 0, 0], 24, Refusal::Reserved),
    v4([192, 0, 2, 0], 24, Refusal::Documentation),
    v4([192, 88, 99, 0], 24, Refusal::Tunnel),
    v4([192, 168, 0, 0], 16, Refusal::Private),
    v4([198, 18, 0, 0], 15, Refusal::Benchmark),
    v4([198, 51, 100, 0], 24, Refusal::Documentation),
    v4([203, 0, 113, 0], 24, Refusal::Documentation),
    v4([224, 0, 0, 0], 4, Refusal::Multicast),
    v4([240, 0, 0, 0], 4, Refusal::Reserved),
];

/// IPv6, the narrower range first. What lies outside 2000::/3 is refused anyway; it stands here for its name.
pub(super) const V6: &[Range<u128>] = &[
    v6(0xfd00_0ec2_0000_0000, 0x254, 128, Refusal::Metadata), // AWS
    v6(0xfd20_00ce_0000_0000, 0x254, 128, Refusal::Metadata), // Google
    v6(0, 0, 128, Refusal::Unspecified),
    v6(0, 1, 128, Refusal::Loopback),
    v6(0x0064_ff9b_0001_0000, 0, 48, Refusal::Tunnel),
    v6(0x2001_0000_0000_0000, 0, 32, Refusal::Tunnel), // Teredo
    v6(0x2001_0002_0000_0000, 0, 48, Refusal::Benchmark),
    v6(0x2001_0000_0000_0000, 0, 23, Refusal::Reserved), // protocols: ORCHID, AMT, DRIP
    v6(0x2001_0db8_0000_0000, 0, 32, Refusal::Documentation),
    v6(0x3fff_0000_0000_0000, 0, 20, Refusal::Documentation),
    v6(0xfc00_0000_0000_0000, 0, 7, Refusal::UniqueLocal),
    v6(0xfe80_0000_0000_0000, 0, 10, Refusal::LinkLocal),
    v6(0xfec0_0000_0000_0000, 0, 10, Refusal::UniqueLocal),
    v6(0xff00_0000_0000_0000, 0, 8, Refusal::Multicast),
];

/// 64:ff9b::/96, NAT64 (RFC 6052).
const NAT64: Range<u128> = v6(0x0064_ff9b_0000_0000, 0, 96, Refusal::Tunnel);
/// 2002::/16, 6to4 (RFC 3056).
const SIX_TO_FOUR: Range<u128> = v6(0x2002_0000_0000_0000, 0, 16, Refusal::Tunnel);

/// The IPv4 address that an IPv6 address leads to by way of NAT64 or 6to4.
pub(super) fn embedded(bits: u128) -> Option<Ipv4Addr> {
    let octets = bits.to_be_bytes();
    if NAT64.holds(bits) {
        return Some(Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]));
    }
    SIX_TO_FOUR.holds(bits).then(|| Ipv4Addr::new(octets[2], octets[3], octets[4], octets[5]))
}

#[cfg(test)]
impl Range<u32> {
    /// Its first address.
    pub(super) fn sample(&self) -> u32 {
        self.first
    }
}
