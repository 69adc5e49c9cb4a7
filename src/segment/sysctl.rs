//! Kernel switches as desired state. nftables alone does not stop the weak
//! host model, ARP answers for the far side, source routes or mid-stream
//! pick-up (each measured), so these belong to the rule set and are written
//! and read back with it. Forwarding stands apart: it is switched last, and
//! held at each interface, because the kernel asks the one a packet came in by
//! and the switch of the whole box only sets those (measured).
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
const IPV6_INTERFACE: [(&str, &str); 10] = [
    ("accept_ra", "0"),
    ("accept_redirects", "0"),
    ("accept_source_route", "0"),
    ("accept_untracked_na", "0"),
    ("autoconf", "0"),
    ("drop_unicast_in_l2_multicast", "1"),
    ("drop_unsolicited_na", "1"),
    ("force_forwarding", "0"), // forwards even where forwarding is off
    ("proxy_ndp", "0"),
    ("seg6_enabled", "0"), // segment routing is a source route
];

/// Once per network namespace.
const ONCE: [(&str, &str); 8] = [
    ("net/ipv4/icmp_echo_ignore_broadcasts", "1"),
    ("net/ipv4/icmp_ignore_bogus_error_responses", "1"),
    ("net/ipv4/tcp_syncookies", "1"),
    // A packet in the middle of a connection never opens one.
    ("net/netfilter/nf_conntrack_tcp_loose", "0"),
    // Nor one whose numbers do not fit it.
    ("net/netfilter/nf_conntrack_tcp_be_liberal", "0"),
    ("net/netfilter/nf_conntrack_checksum", "1"),
    // Sessions are heard of when they begin and end.
    ("net/netfilter/nf_conntrack_events", "1"),
    // No helper opens a port because of what a stranger wrote.
    ("net/netfilter/nf_conntrack_helper", "0"),
];

/// All switches for this policy, in order, without forwarding.
#[must_use]
pub fn desired(policy: &Policy) -> Vec<Sysctl> {
    let interfaces = policy.zones.values().flat_map(|zone| &zone.interfaces);
    switches(interfaces.map(String::as_str).collect())
}

/// The same where no zone is known: those of the box, and of every interface
/// that comes.
#[must_use]
pub fn of_the_box() -> Vec<Sysctl> {
    switches(BTreeSet::new())
}

fn switches(interfaces: BTreeSet<&str>) -> Vec<Sysctl> {
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

/// The forwarding switches: of the box, of what comes, and of each of these
/// interfaces. Written last when on, first when off.
#[must_use]
pub fn forwarding(state: Forwarding, interfaces: &[String]) -> Vec<Sysctl> {
    let value = |on| if on { "1" } else { "0" };
    let mut switches = vec![
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
    ];
    let each = interfaces.iter().map(String::as_str);
    for interface in std::iter::once("default").chain(each) {
        for (family, on) in [("ipv4", state.ipv4), ("ipv6", state.ipv6)] {
            switches.push(Sysctl {
                path: format!("net/{family}/conf/{interface}/forwarding"),
                value: value(on),
                optional: true,
            });
        }
    }
    switches
}
