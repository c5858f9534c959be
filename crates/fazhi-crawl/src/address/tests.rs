use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv6Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::resolver::{AddressRefused, Lookup, LookupFuture};
use super::*;

/// `address expected`: a rule's name, or `public`.
const ADDRESSES: &str = "
    0.0.0.0 address-unspecified
    0.1.2.3 address-unspecified
    0.255.255.255 address-unspecified
    1.0.0.0 public
    9.255.255.255 public
    10.0.0.0 address-private
    10.255.255.255 address-private
    11.0.0.0 public
    100.63.255.255 public
    100.64.0.0 address-cgnat
    100.100.100.200 address-metadata
    100.127.255.255 address-cgnat
    100.128.0.0 public
    126.255.255.255 public
    127.0.0.1 address-loopback
    127.255.255.254 address-loopback
    128.0.0.0 public
    168.63.129.16 address-metadata
    168.63.129.17 public
    169.253.255.255 public
    169.254.0.1 address-link-local
    169.254.0.23 address-metadata
    169.254.169.254 address-metadata
    169.254.170.2 address-metadata
    169.255.0.0 public
    172.15.255.255 public
    172.16.0.0 address-private
    172.31.255.255 address-private
    172.32.0.0 public
    191.255.255.255 public
    192.0.0.0 address-reserved
    192.0.0.192 address-metadata
    192.0.1.0 public
    192.0.2.1 address-documentation
    192.0.3.0 public
    192.88.99.1 address-tunnel
    192.88.100.0 public
    192.167.255.255 public
    192.168.0.1 address-private
    192.169.0.0 public
    198.17.255.255 public
    198.18.0.0 address-benchmark
    198.19.255.255 address-benchmark
    198.20.0.0 public
    198.51.100.7 address-documentation
    203.0.113.255 address-documentation
    203.0.114.0 public
    223.255.255.255 public
    224.0.0.1 address-multicast
    239.255.255.255 address-multicast
    240.0.0.0 address-reserved
    255.255.255.254 address-reserved
    255.255.255.255 address-broadcast
    :: address-unspecified
    ::1 address-loopback
    ::2 address-reserved
    ::8.8.8.8 address-reserved
    ::ffff:0.0.0.0 address-unspecified
    ::ffff:127.0.0.1 address-loopback
    ::ffff:169.254.169.254 address-metadata
    ::ffff:8.8.8.8 public
    ::ffff:0:8.8.8.8 address-reserved
    64:ff9b::8.8.8.8 public
    64:ff9b::10.1.2.3 address-private
    64:ff9b::100.100.100.200 address-metadata
    64:ff9b::1:808:808 address-reserved
    64:ff9b:1::8.8.8.8 address-tunnel
    64:ff9b:1:a00:0:100:: address-tunnel
    100::1 address-reserved
    1fff:ffff:: address-reserved
    2000:: public
    2001::1 address-tunnel
    2001:0:4136:e378:8000:63bf:3fff:fdd2 address-tunnel
    2001:2::1 address-benchmark
    2001:10::1 address-reserved
    2001:20::1 address-reserved
    2001:1ff:ffff:: address-reserved
    2001:200::1 public
    2001:db8::1 address-documentation
    2001:da8::1 public
    2002:808:808::1 public
    2002:7f00:1:: address-loopback
    2002:a9fe:a9fe::1 address-metadata
    2002:c0a8:101::1 address-private
    240e::1 public
    2409:8c00::1 public
    3fff::1 address-documentation
    3fff:fff:: address-documentation
    3fff:1000:: public
    4000::1 address-reserved
    5f00::1 address-reserved
    fbff::1 address-reserved
    fc00::1 address-unique-local
    fd00:ec2::254 address-metadata
    fd00:ec2::253 address-unique-local
    fd20:ce::254 address-metadata
    fdff:ffff::1 address-unique-local
    fe00::1 address-reserved
    fe80::1 address-link-local
    febf::1 address-link-local
    fec0::1 address-unique-local
    ff02::1 address-multicast
";

/// Hosts of URLs as they may be spelt.
const HOSTS: &str = "
    127.0.0.1 address-loopback
    127.1 address-loopback
    127.0.1 address-loopback
    2130706433 address-loopback
    0x7f000001 address-loopback
    0x7F.1 address-loopback
    0177.0.0.1 address-loopback
    017700000001 address-loopback
    0x7f.0x0.0x0.0x1 address-loopback
    127.0.0.1. address-loopback
    127.0.0.1:8080 address-loopback
    user:secret@127.0.0.1 address-loopback
    a.cn@127.0.0.1 address-loopback
    a.cn:80@10.0.0.1 address-private
    %31%32%37.0.0.1 address-loopback
    １２７.0.0.1 address-loopback
    127。0。0。1 address-loopback
    ①②⑦.⓪.⓪.① address-loopback
    0 address-unspecified
    0x0 address-unspecified
    0.0.0.0 address-unspecified
    10.1 address-private
    012.1.2.3 address-private
    167772161 address-private
    192.168.257 address-private
    0xa9fea9fe address-metadata
    2852039166 address-metadata
    169.254.43518 address-metadata
    0xA9.0376.169.254 address-metadata
    1684301000 address-metadata
    [::1] address-loopback
    [0:0:0:0:0:0:0:1] address-loopback
    [0000::0001] address-loopback
    [::] address-unspecified
    [::ffff:127.0.0.1] address-loopback
    [::ffff:7f00:1] address-loopback
    [::FFFF:A9FE:A9FE] address-metadata
    [64:ff9b::7f00:1] address-loopback
    [fd00:ec2::254] address-metadata
    [fe80::1] address-link-local
    localhost address-loopback
    LOCALHOST address-loopback
    localhost. address-loopback
    loc%61lhost address-loopback
    ｌｏｃａｌｈｏｓｔ address-loopback
    a.localhost address-loopback
    a.b.localhost. address-loopback
    printer.local address-local-name
    metadata.google.internal address-local-name
    metadata.google.internal. address-local-name
    a.INTERNAL address-local-name
    8.8.8.8 public
    134744072 public
    [2409:8c00::1] public
    www.a.gov.cn public
    localhost.a.cn public
    internal.a.cn public
    notlocalhost public
    local.cn public
    127.0.0.1.a.cn public
    法治.cn public
";

#[track_caller]
fn check(what: &str, found: Option<Refusal>, expected: &str) {
    assert_eq!(found.map_or("public", Refusal::as_str), expected, "{what}");
}

fn rows(table: &str) -> Vec<(&str, &str)> {
    table.lines().filter_map(|line| line.trim().rsplit_once(' ')).collect()
}

fn url(host: &str) -> Url {
    Url::parse(&format!("http://{host}/x")).unwrap()
}

#[test]
fn addresses() {
    let rows = rows(ADDRESSES);
    assert!(rows.len() >= 95, "{}", rows.len());
    for (address, expected) in rows {
        let parsed: IpAddr = address.parse().unwrap();
        check(address, refusal(parsed, Reach::Public), expected);
        let host = if parsed.is_ipv6() { format!("[{address}]") } else { address.to_owned() };
        check(&host, refusal_of_url(&url(&host), Reach::Public), expected);
    }
}

#[test]
fn hosts_of_urls() {
    let rows = rows(HOSTS);
    assert!(rows.len() >= 55, "{}", rows.len());
    for (host, expected) in rows {
        check(host, refusal_of_url(&url(host), Reach::Public), expected);
    }
    check("no host", refusal_of_url(&Url::parse("data:text/plain,x").unwrap(), Reach::Public), "public");
    // Schemes that the URL standard has no rules for keep their hosts as they are.
    check("foo", refusal_of_url(&Url::parse("foo://127.0.0.1/").unwrap(), Reach::Public), "address-loopback");
}

#[test]
fn the_reach_to_loopback_ends_there() {
    for host in ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "localhost", "a.localhost.", "2130706433"] {
        check(host, refusal_of_url(&url(host), Reach::PublicAndLoopback), "public");
    }
    let others = ["0.0.0.0", "10.0.0.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"];
    for host in others.into_iter().chain(["a.internal"]) {
        assert!(refusal_of_url(&url(host), Reach::PublicAndLoopback).is_some(), "{host}");
    }
}

#[test]
fn an_ipv4_address_is_the_same_in_every_ipv6_form() {
    let mut seen = 0;
    // A step that is prime to 2³² visits all parts of the space.
    for step in 0..200_000_u32 {
        let bits = step.wrapping_mul(2_654_435_761);
        let plain = of_v4(Ipv4Addr::from_bits(bits));
        seen += u32::from(plain.is_some());
        let bits = u128::from(bits);
        let forms = [(0xffff << 32) | bits, (0x0064_ff9b << 96) | bits, (0x2002 << 112) | (bits << 80) | 0xabcd];
        for form in forms {
            assert_eq!(refusal(Ipv6Addr::from_bits(form).into(), Reach::Public), plain, "{form:x}");
        }
        assert!(refusal(Ipv6Addr::from_bits(bits).into(), Reach::Public).is_some(), "compatible {bits:x}");
    }
    // About a seventh of all addresses are not public.
    assert!((25_000..35_000).contains(&seen), "{seen}");
    for range in ranges::V4 {
        let bits = range.sample();
        let mapped = Ipv6Addr::from_bits((0xffff << 32) | u128::from(bits));
        assert_eq!(refusal(mapped.into(), Reach::Public), Some(range.refusal));
    }
}

/// A name server of one answer that counts how often it is asked.
#[derive(Debug)]
struct Fixed {
    addresses: Vec<IpAddr>,
    asked: AtomicUsize,
}

impl Lookup for Fixed {
    fn addresses(&self, _: String) -> LookupFuture {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses = self.addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

fn fixed(addresses: &[&str]) -> Arc<Fixed> {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Arc::new(Fixed { addresses, asked: AtomicUsize::new(0) })
}

fn client(resolver: GuardedResolver) -> reqwest::Client {
    // Without certificates, so that none need be on the machine.
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]).retry(reqwest::retry::never());
    builder.dns_resolver(resolver).build().unwrap()
}

/// A server on loopback, and its port.
fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Answers one request.
fn answer_one(listener: TcpListener) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).unwrap() == 1 {
            head.push(byte[0]);
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").unwrap();
    })
}

#[track_caller]
fn nobody_connected(listener: &TcpListener) {
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn one_refused_address_refuses_the_name_without_a_connection() {
    let (listener, port) = listener();
    let lookup = fixed(&["127.0.0.1", "10.0.0.1"]);
    let resolver = GuardedResolver::with_lookup(Reach::PublicAndLoopback, lookup.clone());
    let error = client(resolver).get(format!("http://a.cn:{port}/")).send().await.unwrap_err();
    let expected = AddressRefused {
        host: "a.cn".to_owned(),
        address: Some("10.0.0.1".parse().unwrap()),
        refusal: Refusal::Private,
    };
    assert_eq!(refused_address(&error), Some(&expected));
    assert_eq!(expected.to_string(), "host `a.cn` is not contacted (address-private): it resolves to `10.0.0.1`");
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 1);
    nobody_connected(&listener);
}

#[tokio::test]
async fn names_of_the_machine_are_not_even_resolved() {
    let (listener, port) = listener();
    for (host, refusal) in [("localhost", Refusal::Loopback), ("a.internal.", Refusal::LocalName)] {
        let lookup = fixed(&["127.0.0.1"]);
        let resolver = GuardedResolver::with_lookup(Reach::Public, lookup.clone());
        let error = client(resolver).get(format!("http://{host}:{port}/")).send().await.unwrap_err();
        assert_eq!(refused_address(&error).map(|refused| (refused.address, refused.refusal)), Some((None, refusal)));
        assert_eq!(lookup.asked.load(Ordering::SeqCst), 0);
    }
    nobody_connected(&listener);
}

#[tokio::test]
async fn a_name_of_loopback_is_refused_in_public() {
    let (listener, port) = listener();
    let resolver = GuardedResolver::with_lookup(Reach::Public, fixed(&["127.0.0.1"]));
    let error = client(resolver).get(format!("http://a.cn:{port}/")).send().await.unwrap_err();
    assert_eq!(refused_address(&error).map(|refused| refused.refusal), Some(Refusal::Loopback));
    nobody_connected(&listener);
}

#[tokio::test]
async fn with_loopback_in_reach_names_lead_there() {
    let (first, port) = listener();
    let server = answer_one(first);
    let resolver = GuardedResolver::with_lookup(Reach::PublicAndLoopback, fixed(&["127.0.0.1"]));
    let answer = client(resolver).get(format!("http://a.cn:{port}/")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
    server.join().unwrap();

    let (second, port) = listener();
    let server = answer_one(second);
    let answer = client(GuardedResolver::new(Reach::PublicAndLoopback)).get(format!("http://localhost:{port}/"));
    assert_eq!(answer.send().await.unwrap().text().await.unwrap(), "ok");
    server.join().unwrap();
}

#[tokio::test]
async fn other_failures_are_no_refusals() {
    let lookup = fixed(&[]);
    let resolver = GuardedResolver::with_lookup(Reach::PublicAndLoopback, lookup);
    let error = client(resolver).get("http://a.cn:9/").send().await.unwrap_err();
    assert_eq!(refused_address(&error), None);
}
