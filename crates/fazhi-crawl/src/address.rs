//! Which addresses may be contacted: those of the public Internet, and loopback only where the operator says so.
//!
//! A portal's pages decide where the crawl goes next, and whoever holds a portal's name decides where that name leads. So
//! addresses are looked at twice: [`refusal_of_url`] reads the host of every URL before it is asked for, each hop of a
//! redirect included (the HTTP library resolves no literal address, so its resolver never sees one), and the
//! [`GuardedResolver`] looks at what a name resolves to at the moment of connecting.

mod ranges;
mod resolver;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

pub(crate) use resolver::{GuardedResolver, refused_address};

/// Which addresses may be contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public Internet.
    Public,
    /// Those, and the machine itself: for tests and the sample portal.
    PublicAndLoopback,
}

/// Why an address is not contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// 127.0.0.0/8, `::1`, `localhost` (RFC 1122, RFC 6761).
    Loopback,
    /// 10/8, 172.16/12, 192.168/16 (RFC 1918).
    Private,
    /// 169.254/16, `fe80::/10` (RFC 3927, RFC 4291).
    LinkLocal,
    /// 100.64/10 (RFC 6598).
    SharedCgnat,
    /// Where clouds tell a machine its secrets.
    Metadata,
    /// 0/8, `::` (RFC 1122): Linux connects to itself.
    Unspecified,
    /// 224/4, `ff00::/8` (RFC 5771, RFC 4291).
    Multicast,
    /// 255.255.255.255 (RFC 919).
    Broadcast,
    /// 192.0.2/24, 198.51.100/24, 203.0.113/24, `2001:db8::/32`, `3fff::/20` (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// 198.18/15, `2001:2::/48` (RFC 2544, RFC 5180).
    Benchmark,
    /// `fc00::/7`, and `fec0::/10`, which it replaced (RFC 4193, RFC 3879).
    UniqueLocal,
    /// Tunnels whose other end cannot be read from the address, or that are no longer run: Teredo, 192.88.99/24,
    /// `64:ff9b:1::/48` (RFC 4380, RFC 7526, RFC 8215).
    Tunnel,
    /// Anything else that the IANA registries (RFC 6890) do not call globally reachable, or that is not assigned.
    Reserved,
    /// `*.local`, `*.internal`: names of one network (RFC 6762, and ICANN's reservation of 2024).
    LocalName,
}

impl Refusal {
    /// The rule's name, as captures record it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "address-loopback",
            Self::Private => "address-private",
            Self::LinkLocal => "address-link-local",
            Self::SharedCgnat => "address-cgnat",
            Self::Metadata => "address-metadata",
            Self::Unspecified => "address-unspecified",
            Self::Multicast => "address-multicast",
            Self::Broadcast => "address-broadcast",
            Self::Documentation => "address-documentation",
            Self::Benchmark => "address-benchmark",
            Self::UniqueLocal => "address-unique-local",
            Self::Tunnel => "address-tunnel",
            Self::Reserved => "address-reserved",
            Self::LocalName => "address-local-name",
        }
    }
}

/// Why an address is not contacted, or nothing if it may be.
///
/// ```
/// use fazhi_crawl::{Reach, Refusal, refusal};
/// assert_eq!(refusal("10.0.0.1".parse().unwrap(), Reach::Public), Some(Refusal::Private));
/// assert_eq!(refusal("::ffff:10.0.0.1".parse().unwrap(), Reach::Public), Some(Refusal::Private));
/// assert_eq!(refusal("127.0.0.1".parse().unwrap(), Reach::PublicAndLoopback), None);
/// ```
pub fn refusal(address: IpAddr, reach: Reach) -> Option<Refusal> {
    let found = match address {
        IpAddr::V4(address) => of_v4(address),
        // A mapped address is the IPv4 address itself: the system connects to that.
        IpAddr::V6(address) => address.to_ipv4_mapped().map_or_else(|| of_v6(address), of_v4),
    };
    found.filter(|&found| found != Refusal::Loopback || reach == Reach::Public || is_disguised(address))
}

/// Why a URL's host is not contacted. A name that says nothing by itself passes; the [`GuardedResolver`] decides on what
/// it resolves to.
///
/// ```
/// use fazhi_crawl::{Reach, Refusal, refusal_of_url};
/// let url = "http://2130706433/".parse().unwrap();
/// assert_eq!(refusal_of_url(&url, Reach::Public), Some(Refusal::Loopback));
/// ```
pub fn refusal_of_url(url: &Url, reach: Reach) -> Option<Refusal> {
    match url.host()? {
        Host::Ipv4(address) => refusal(address.into(), reach),
        Host::Ipv6(address) => refusal(address.into(), reach),
        Host::Domain(name) => refusal_of_name(name, reach),
    }
}

/// Why a host name is not even resolved. Literal addresses among them are judged as addresses.
fn refusal_of_name(name: &str, reach: Reach) -> Option<Refusal> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = name.trim_matches(['[', ']']).parse() {
        return refusal(address, reach);
    }
    let last_label = name.rsplit('.').next().unwrap_or_default();
    match last_label {
        "localhost" => Some(Refusal::Loopback).filter(|_| reach == Reach::Public),
        "local" | "internal" => Some(Refusal::LocalName),
        _ => None,
    }
}

fn of_v4(address: Ipv4Addr) -> Option<Refusal> {
    ranges::V4.iter().find(|range| range.holds(address.to_bits())).map(|range| range.refusal)
}

/// Of IPv6, only 2000::/3 is given out to the public; the prefix that networks without IPv4 translate by is the one
/// exception (RFC 6052).
fn of_v6(address: Ipv6Addr) -> Option<Refusal> {
    let bits = address.to_bits();
    if let Some(range) = ranges::V6.iter().find(|range| range.holds(bits)) {
        return Some(range.refusal);
    }
    if let Some(embedded) = ranges::embedded(bits) {
        return of_v4(embedded);
    }
    (bits >> 125 != 1).then_some(Refusal::Reserved)
}

/// Whether an address leads to another by way of a translator or tunnel: it is never the machine's own loopback.
fn is_disguised(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => !address.is_loopback() && address.to_ipv4_mapped().is_none(),
    }
}

#[cfg(test)]
mod tests;
