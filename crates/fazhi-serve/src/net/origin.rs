//! Whom an address stands for, where clients are counted before they have said who they are.

use std::net::{IpAddr, Ipv6Addr};

/// Bits of an IPv6 address that tell networks apart. The rest is the client's own to choose (RFC 4291, section 2.5.4).
const NETWORK: u128 = u128::MAX << 64;

/// An address; of IPv6, the network that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin(IpAddr);

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
            address @ IpAddr::V4(_) => address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_choose_its_origin() {
        let same = |one: &str, other: &str| {
            let of = |text: &str| Origin::from(text.parse::<IpAddr>().unwrap());
            of(one) == of(other)
        };
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
