//! Kernel switches as desired state. nftables alone does not stop the weak
//! host model, ARP answers for the far side, source routes or mid-stream
//! pick-up (each measured), so these belong to the rule set and are written
//! and read back with it. Forwarding stands apart: it is switched last.
//!
//! Absent on purpose: `nf_conntrack_max`. It belongs to the whole machine and
//! cannot be written inside a namespace; when the table is full the kernel
//! drops what is new, so it fails closed.

use std::collections::BTreeSet;

use crate::policy::Policy;

use super::ruleset::Forwarding;

/// One switch: path below `/proc/sys`, and its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sysctl {
    /// Path below `/proc/sys`.
    pub path: String,
    /// Desired value.
    pub value: &'static str,
    /// Whether this switch may be absent (no such interface at present, a
    /// module not loaded, an older kernel); its absence is then fine.
    pub optional: bool,
}

/// Per interface, IPv4. `all` and `default` get the same: for some the kernel
/// takes the larger of `all` and the interface, for others both must agree.
const IPV4_INTERFACE: [(&str, &str); 16] = [
    ("accept_local", "0"), // our own address as a source is forged
    ("accept_redirects", "0"),
    ("accept_source_route", "0"),
    ("arp_accept", "0"),   // nothing learnt from what nobody asked for
    ("arp_announce", "2"), // never the far side's address in our own questions
    ("arp_ignore", "1"),   // answer only for an address of the asked interface
    ("bc_forwarding", "0"),
    ("bootp_relay", "0"),
    ("drop_unicast_in_l2_multicast", "1"),
    ("log_martians", "1"),
    ("proxy_arp", "0"),
    ("proxy_arp_pvlan", "0"),
    ("route_localnet", "0"),
    ("rp_filter", "1"),
    ("secure_redirects", "0"),
    ("send_redirects", "0"),
];

/// Per interface, IPv6: no address or route learnt from a neighbour.
const IPV6_INTERFACE: [(&str, &str); 9] = [
    ("accept_ra", "0"),
    ("accept_redirects", "0"),
    ("accept_source_route", "0"),
    ("accept_untracked_na", "0"),
    ("autoconf", "0"),
    ("drop_unicast_in_l2_multicast", "1"),
    ("drop_unsolicited_na", "1"),
    ("proxy_ndp", "0"),
    ("seg6_enabled", "0"), // segment routing is a source route
];

/// Once per network namespace.
const ONCE: [(&str, &str); 7] = [
    ("net/ipv4/icmp_echo_ignore_broadcasts", "1"),
    ("net/ipv4/icmp_ignore_bogus_error_responses", "1"),
    ("net/ipv4/tcp_syncookies", "1"),
    // A packet in the middle of a connection never opens one.
    ("net/netfilter/nf_conntrack_tcp_loose", "0"),
    ("net/netfilter/nf_conntrack_checksum", "1"),
    // Sessions are heard of when they begin and end.
    ("net/netfilter/nf_conntrack_events", "1"),
    // No helper opens a port because of what a stranger wrote.
    ("net/netfilter/nf_conntrack_helper", "0"),
];

/// All switches for this policy, in order, without forwarding.
#[must_use]
pub fn desired(policy: &Policy) -> Vec<Sysctl> {
    let interfaces: BTreeSet<&str> = policy
        .zones
        .values()
        .flat_map(|zone| &zone.interfaces)
        .map(String::as_str)
        .collect();
    let mut switches: Vec<Sysctl> = ONCE
        .iter()
        .map(|(path, value)| Sysctl {
            path: (*path).to_owned(),
            value,
            optional: path.starts_with("net/netfilter"),
        })
        .collect();
    for interface in ["all", "default"].into_iter().chain(interfaces) {
        let named = interface != "all" && interface != "default";
        let folder = |family, known: &'static [(&str, &str)], absent_at_all: bool| {
            known.iter().map(move |(name, value)| Sysctl {
                path: format!("net/{family}/conf/{interface}/{name}"),
                value,
                optional: named || absent_at_all,
            })
        };
        switches.extend(folder("ipv4", &IPV4_INTERFACE, false));
        switches.extend(folder("ipv6", &IPV6_INTERFACE, true)); // a kernel without IPv6 has none
    }
    switches
}

/// The forwarding switches. Written last when on, first when off.
#[must_use]
pub fn forwarding(state: Forwarding) -> [Sysctl; 2] {
    let value = |on| if on { "1" } else { "0" };
    [
        Sysctl {
            path: "net/ipv4/ip_forward".into(),
            value: value(state.ipv4),
            optional: false,
        },
        Sysctl {
            path: "net/ipv6/conf/all/forwarding".into(),
            value: value(state.ipv6),
            optional: true,
        },
    ]
}
