use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Why an address must not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// 0.0.0.0/8 and `::`: this host on this network.
    Unspecified,
    /// Loopback; on Lambda the runtime API listens there.
    Loopback,
    /// RFC 1918.
    Private,
    /// 100.64.0.0/10: shared by the customers of a carrier (RFC 6598).
    SharedByCarrier,
    /// Link-local; the instance's credentials are at 169.254.169.254.
    LinkLocal,
    /// Unique local IPv6 (RFC 4193).
    UniqueLocal,
    /// fec0::/10 (RFC 3879).
    SiteLocal,
    /// Multicast.
    Multicast,
    /// 255.255.255.255.
    Broadcast,
    /// For documents only.
    Documentation,
    /// For benchmarks only.
    Benchmark,
    /// Set aside by the IETF for a protocol; no web server lives there.
    Protocol,
    /// Not given to anybody, or given back.
    Reserved,
    /// A cloud's own service behind a public address.
    CloudService,
    /// An IPv4 address in IPv6 clothes: mapped or compatible.
    EmbeddedIpv4,
    /// NAT64 of an address that is itself forbidden.
    Translated,
    /// 6to4 (RFC 7526: no longer in use).
    SixToFour,
    /// Teredo.
    Teredo,
    /// ISATAP.
    Isatap,
}

impl Reason {
    /// A word for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::SharedByCarrier => "shared_by_carrier",
            Self::LinkLocal => "link_local",
            Self::UniqueLocal => "unique_local",
            Self::SiteLocal => "site_local",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "documentation",
            Self::Benchmark => "benchmark",
            Self::Protocol => "protocol",
            Self::Reserved => "reserved",
            Self::CloudService => "cloud_service",
            Self::EmbeddedIpv4 => "embedded_ipv4",
            Self::Translated => "translated",
            Self::SixToFour => "six_to_four",
            Self::Teredo => "teredo",
            Self::Isatap => "isatap",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

type Net4 = (Ipv4Addr, u32, Reason);
type Net6 = (Ipv6Addr, u32, Reason);

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u32, reason: Reason) -> Net4 {
    (Ipv4Addr::new(a, b, c, d), length, reason)
}

const fn v6(a: u16, b: u16, c: u16, length: u32, reason: Reason) -> Net6 {
    (Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length, reason)
}

/// IANA's special-purpose registry for IPv4, and one cloud's service. The first hit counts.
const IPV4: [Net4; 21] = [
    v4(0, 0, 0, 0, 8, Reason::Unspecified),
    v4(10, 0, 0, 0, 8, Reason::Private),
    v4(100, 64, 0, 0, 10, Reason::SharedByCarrier),
    v4(127, 0, 0, 0, 8, Reason::Loopback),
    v4(168, 63, 129, 16, 32, Reason::CloudService),
    v4(169, 254, 0, 0, 16, Reason::LinkLocal),
    v4(172, 16, 0, 0, 12, Reason::Private),
    v4(192, 0, 0, 0, 24, Reason::Protocol),
    v4(192, 0, 2, 0, 24, Reason::Documentation),
    v4(192, 31, 196, 0, 24, Reason::Protocol),
    v4(192, 52, 193, 0, 24, Reason::Protocol),
    v4(192, 88, 99, 0, 24, Reason::SixToFour),
    v4(192, 168, 0, 0, 16, Reason::Private),
    v4(192, 175, 48, 0, 24, Reason::Protocol),
    v4(198, 18, 0, 0, 15, Reason::Benchmark),
    v4(198, 51, 100, 0, 24, Reason::Documentation),
    v4(203, 0, 113, 0, 24, Reason::Documentation),
    v4(233, 252, 0, 0, 24, Reason::Documentation),
    v4(224, 0, 0, 0, 4, Reason::Multicast),
    v4(255, 255, 255, 255, 32, Reason::Broadcast),
    v4(240, 0, 0, 0, 4, Reason::Reserved),
];

/// IANA's special-purpose registry for IPv6. The first hit counts.
const IPV6: [Net6; 17] = [
    v6(0, 0, 0, 128, Reason::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Reason::Loopback),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, Reason::EmbeddedIpv4),
    v6(0, 0, 0, 96, Reason::EmbeddedIpv4),
    v6(0x2001, 0, 0, 32, Reason::Teredo),
    v6(0x2001, 2, 0, 48, Reason::Benchmark),
    v6(0x2001, 0, 0, 23, Reason::Protocol),
    v6(0x2001, 0x0db8, 0, 32, Reason::Documentation),
    v6(0x2002, 0, 0, 16, Reason::SixToFour),
    v6(0x2620, 0x004f, 0x8000, 48, Reason::Protocol),
    v6(0x3ffe, 0, 0, 16, Reason::Reserved),
    v6(0x3fff, 0, 0, 20, Reason::Documentation),
    v6(0x5f00, 0, 0, 16, Reason::Protocol),
    v6(0xfc00, 0, 0, 7, Reason::UniqueLocal),
    v6(0xfe80, 0, 0, 10, Reason::LinkLocal),
    v6(0xfec0, 0, 0, 10, Reason::SiteLocal),
    v6(0xff00, 0, 0, 8, Reason::Multicast),
];

/// Why an address must not be called; none when it is on the public internet.
pub fn forbidden(address: IpAddr) -> Option<Reason> {
    match address {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<Reason> {
    IPV4.iter()
        .find(|(net, length, _)| (address.to_bits() ^ net.to_bits()).leading_zeros() >= *length)
        .map(|(_, _, reason)| *reason)
}

fn forbidden_v6(address: Ipv6Addr) -> Option<Reason> {
    let bits = address.to_bits();
    // 64:ff9b::/96 (RFC 6052): how a network without IPv4 reaches IPv4. It is DNS64's answer
    // for an ordinary public receiver, so only what is behind it decides.
    if bits >> 32 == 0x0064_ff9b << 64 {
        return forbidden_v4(low_v4(bits)).map(|_| Reason::Translated);
    }
    let listed = IPV6
        .iter()
        .find(|(net, length, _)| (bits ^ net.to_bits()).leading_zeros() >= *length)
        .map(|(_, _, reason)| *reason);
    // Only 2000::/3 is global unicast: ::/8, 100::/64 and much else is not.
    listed.or_else(|| (bits >> 125 != 0b001).then_some(Reason::Reserved)).or_else(|| {
        // RFC 5214: 0000:5efe or 0200:5efe and an IPv4 address, under any prefix.
        let interface = bits & 0xfdff_ffff_0000_0000;
        (interface == 0x0000_5efe_0000_0000).then_some(Reason::Isatap)
    })
}

/// The last 32 bits.
fn low_v4(bits: u128) -> Ipv4Addr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_standard_library_knows_as_special_is_forbidden(bits: u32, wide: u128) {
            let old = Ipv4Addr::from_bits(bits);
            let special = old.is_private()
                || old.is_loopback()
                || old.is_link_local()
                || old.is_multicast()
                || old.is_broadcast()
                || old.is_documentation()
                || old.is_unspecified();
            prop_assert!(!special || forbidden(old.into()).is_some(), "{}", old);
            let new = Ipv6Addr::from_bits(wide);
            let special = new.is_loopback()
                || new.is_unspecified()
                || new.is_multicast()
                || new.is_unique_local()
                || new.is_unicast_link_local();
            prop_assert!(!special || forbidden(new.into()).is_some(), "{}", new);
            prop_assert!(new.segments()[0] >> 13 == 1 || forbidden(new.into()).is_some(), "{}", new);
        }

        #[test]
        fn an_embedded_ipv4_address_is_never_a_way_around(bits: u32) {
            let [a, b, c, d] = old(bits).octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            for dressed in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !high, !low),
                Ipv6Addr::new(0x2606, 0, 0, 0, 0, 0x5efe, high, low),
                Ipv6Addr::new(0x2606, 0, 0, 0, 0x0200, 0x5efe, high, low),
            ] {
                prop_assert!(forbidden(dressed.into()).is_some(), "{}", dressed);
            }
            let translated = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low);
            let inside = forbidden(old(bits).into()).is_some();
            prop_assert_eq!(forbidden(translated.into()).is_some(), inside);
        }
    }

    fn old(bits: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(bits)
    }
}
