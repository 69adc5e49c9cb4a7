"""Frames out, frames in. Every frame carries a tag; whoever sees the tag in
another namespace than the one it was sent from has seen a leak (or, with the
rules flushed, the positive control)."""
import collections
import ipaddress
import select
import socket
import struct
import threading

from . import namespaces
from .namespaces import GATEWAY, INTERNET, LGWAN, OFFICE

ADDRESS = {INTERNET: "192.0.2.10", LGWAN: "10.1.20.25", OFFICE: "10.2.5.5"}
ADDRESS6 = {INTERNET: "2001:db8:1::10", LGWAN: "2001:db8:2::25", OFFICE: "2001:db8:3::5"}
OWN = {INTERNET: "192.0.2.1", LGWAN: "10.1.0.1", OFFICE: "10.2.0.1"}      # the gateway's
LOCAL_PORT = 9999
TAG = b"skm-leak"
PACKET_OUTGOING = 4


class Probe(collections.namedtuple("Probe", "name source target packet")):
    """`packet`: payload -> IP packet. `target` GATEWAY: must not reach a
    program on the gateway itself."""


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source, target, protocol, body, options=b"", fragment=0):
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, words * 4 + len(body), 0x5348, fragment, 64, protocol, 0,
                       ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def ipv6(source, target, protocol, body):
    return struct.pack("!IHBB16s16s", 6 << 28, len(body), protocol, 64,
                       ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed) + body


def summed(source, target, protocol, body, at):
    """The body with its checksum over the pseudo header at offset `at`."""
    a, b = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    total = checksum(a + b + struct.pack("!II", len(body), protocol) + body)
    if protocol == 17 and total == 0:
        total = 0xFFFF
    return body[:at] + struct.pack("!H", total) + body[at + 2:]


def udp(source, target, port, payload, near=40123):
    return summed(source, target, 17, struct.pack("!HHHH", near, port, 8 + len(payload), 0) + payload, 6)


def tcp(source, target, port, payload, flags=0x02, near=40124):
    return summed(source, target, 6, struct.pack("!HHIIBBHHH", near, port, 7, 9, 0x50, flags, 64240, 0, 0) + payload, 16)


def icmp(kind, code, rest, payload):
    body = struct.pack("!BBH", kind, code, 0) + rest + payload
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def icmp6_echo(source, target, payload):
    return summed(source, target, 58, struct.pack("!BBHHH", 128, 0, 0, 1, 1) + payload, 2)


def forged_error(target, near_port, payload):
    """An ICMP error about the one connection that is allowed, from a stranger."""
    inner = ipv4(ADDRESS[OFFICE], ADDRESS[LGWAN], 6, tcp(ADDRESS[OFFICE], ADDRESS[LGWAN], 443, payload, near=near_port))
    return icmp(3, 1, b"\0" * 4, inner) if target == "unreachable" else icmp(5, 1, b"\xc0\x00\x02\x0a", inner)


def probes(near_port=40124):
    """Everything that must not pass, with `near_port` the live connection's."""
    made = []

    def add(name, source, target, packet):
        made.append(Probe(f"{source[4:]}-to-{target[4:]} {name}", source, target, packet))

    for source, target in ((INTERNET, LGWAN), (INTERNET, OFFICE), (LGWAN, INTERNET), (LGWAN, OFFICE), (OFFICE, INTERNET), (OFFICE, LGWAN)):
        a, b, a6, b6 = ADDRESS[source], ADDRESS[target], ADDRESS6[source], ADDRESS6[target]
        allowed = (443,) if (source, target) == (OFFICE, LGWAN) else ()
        for port in (22, 25, 80, 443, 445, 3389, 8443):
            if port not in allowed:
                add(f"tcp/{port} syn", source, target, lambda p, port=port, a=a, b=b: ipv4(a, b, 6, tcp(a, b, port, p)))
        for name, flags in (("ack", 0x18), ("fin", 0x01), ("null", 0), ("xmas", 0x29), ("syn-ack", 0x12), ("rst", 0x04)):
            add(f"tcp/25 {name}", source, target, lambda p, f=flags, a=a, b=b: ipv4(a, b, 6, tcp(a, b, 25, p, f)))
        for port in (53, 123, 161, 443, 514, 33434):
            add(f"udp/{port}", source, target, lambda p, port=port, a=a, b=b: ipv4(a, b, 17, udp(a, b, port, p)))
        add("icmp echo", source, target, lambda p, a=a, b=b: ipv4(a, b, 1, icmp(8, 0, b"\0\1\0\1", p)))
        add("icmp echo reply", source, target, lambda p, a=a, b=b: ipv4(a, b, 1, icmp(0, 0, b"\0\1\0\1", p)))
        add("icmp redirect about the allowed flow", source, target, lambda p, a=a, b=b: ipv4(a, b, 1, forged_error("redirect", near_port, p)))
        if target != LGWAN or source == INTERNET:
            # From an end of that flow it may be a true error; from here it cannot.
            if not (source == LGWAN and target == OFFICE):
                add("icmp error about the allowed flow", source, target, lambda p, a=a, b=b: ipv4(a, b, 1, forged_error("unreachable", near_port, p)))
        add("sctp", source, target, lambda p, a=a, b=b: ipv4(a, b, 132, b"\0\x50\0\x50" + b"\0" * 8 + p))
        add("gre", source, target, lambda p, a=a, b=b: ipv4(a, b, 47, b"\0\0\x08\0" + p))
        add("ipip", source, target, lambda p, a=a, b=b: ipv4(a, b, 4, ipv4(a, b, 17, udp(a, b, 53, p))))
        add("protocol 253", source, target, lambda p, a=a, b=b: ipv4(a, b, 253, p))
        add("later fragment", source, target, lambda p, a=a, b=b: ipv4(a, b, 17, p.ljust(16, b"."), fragment=0x2004))
        add("ipv6 tcp/443", source, target, lambda p, a=a6, b=b6: ipv6(a, b, 6, tcp(a, b, 443, p)))
        add("ipv6 udp/53", source, target, lambda p, a=a6, b=b6: ipv6(a, b, 17, udp(a, b, 53, p)))
        add("ipv6 icmp echo", source, target, lambda p, a=a6, b=b6: ipv6(a, b, 58, icmp6_echo(a, b, p)))
    for claimed, name in ((ADDRESS[OFFICE], "the office pc"), ("10.2.0.9", "another office pc"), ("10.1.7.7", "an lgwan host")):
        for target in (LGWAN, OFFICE):
            if ipaddress.ip_address(claimed) == ipaddress.ip_address(ADDRESS[target]):
                continue
            b = ADDRESS[target]
            add(f"spoofed as {name} tcp/443", INTERNET, target, lambda p, a=claimed, b=b: ipv4(a, b, 6, tcp(a, b, 443, p)))
            add(f"spoofed as {name} udp/53", INTERNET, target, lambda p, a=claimed, b=b: ipv4(a, b, 17, udp(a, b, 53, p)))
    add("spoofed into the live connection", INTERNET, LGWAN,
        lambda p: ipv4(ADDRESS[OFFICE], ADDRESS[LGWAN], 6, tcp(ADDRESS[OFFICE], ADDRESS[LGWAN], 443, p, 0x18, near_port)))
    for source in (INTERNET, LGWAN, OFFICE):
        for side in (INTERNET, LGWAN, OFFICE):
            a, b = ADDRESS[source], OWN[side]
            far = "far-side " if side != source else ""
            add(f"udp to the {far}gateway address {b}", source, GATEWAY, lambda p, a=a, b=b: ipv4(a, b, 17, udp(a, b, LOCAL_PORT, p)))
    return made


class Range:
    """Sends probes and counts who sees them."""

    def __init__(self):
        self.gateway_mac = {}
        self.senders = {}
        self.ears = []
        self.seen = collections.Counter()
        self.offered = collections.Counter()
        self._halt = threading.Event()
        for name, (near, _, far, _) in namespaces.LINKS.items():
            macs = namespaces.mac(GATEWAY, far), namespaces.mac(name, near)
            with namespaces.entered(name):
                sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
                ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
                sender.bind((near, 0))
                ear.bind((near, 0))
            self.senders[name] = (sender, macs[0] + macs[1])
            self.ears.append((name, ear))
        with namespaces.entered(GATEWAY):
            ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ear.bind(("0.0.0.0", LOCAL_PORT))
        self.ears.append((GATEWAY, ear))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        by_socket = {ear: name for name, ear in self.ears}
        while not self._halt.is_set():
            ready, _, _ = select.select(list(by_socket), [], [], 0.1)
            for ear in ready:
                data, origin = ear.recvfrom(65535)
                name = by_socket[ear]
                if name != GATEWAY and origin[2] == PACKET_OUTGOING:
                    continue
                at = data.find(TAG)
                while at >= 0:
                    source, number = struct.unpack_from("!BH", data, at + len(TAG)) if len(data) >= at + len(TAG) + 3 else (255, 0)
                    if source != sources().get(name):
                        self.seen[number, name] += 1
                        break
                    at = data.find(TAG, at + 1)

    def fire(self, probe, number):
        payload = TAG + struct.pack("!BH", sources()[probe.source], number) + b"-covert-payload-"
        packet = probe.packet(payload)
        sender, macs = self.senders[probe.source]
        kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
        try:
            sender.send(macs + kind + packet)
        except OSError:
            return                            # not offered: the queue was full
        self.offered[number] += 1

    def volley(self, wanted, rounds):
        for _ in range(rounds):
            for number, probe in enumerate(wanted):
                self.fire(probe, number)

    def settle(self):
        """What is on its way arrives: a last frame of our own is heard everywhere."""
        threading.Event().wait(0.4)

    def forget(self):
        self.seen.clear()
        self.offered.clear()

    def leaks(self, wanted):
        """{probe: where it was seen}"""
        found = {}
        for (number, name), count in list(self.seen.items()):
            if number < len(wanted) and count:
                found.setdefault(wanted[number].name, []).append(f"{name}×{count}")
        return found

    def close(self):
        self._halt.set()
        self._thread.join(2)
        for _, ear in self.ears:
            ear.close()
        for sender, _ in self.senders.values():
            sender.close()


def sources():
    return {INTERNET: 1, LGWAN: 2, OFFICE: 3}


class Connection:
    """The one forwarded flow, alive: office -> lgwan tcp/443."""

    def __init__(self):
        with namespaces.entered(LGWAN):
            self.listener = socket.create_server((ADDRESS[LGWAN], 443))
        self.client = self.server = None

    def open(self, seconds=5):
        with namespaces.entered(OFFICE):
            self.client = socket.socket()
        self.client.settimeout(seconds)
        self.client.connect((ADDRESS[LGWAN], 443))
        self.server, _ = self.listener.accept()
        self.server.settimeout(seconds)
        return self.client.getsockname()[1]

    def echo(self):
        try:
            self.client.sendall(b"business")
            return self.server.recv(64) == b"business"
        except OSError:
            return False

    def close(self):
        for one in (self.client, self.server, self.listener):
            if one:
                one.close()
