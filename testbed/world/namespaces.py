"""Four namespaces in a star. Every host's default route is the gateway, so a
gateway without rules would let everything through: leaks are possible.

    skm-internet in0 192.0.2.10 --- wan0 192.0.2.1  \\
    skm-lgwan    lg0 10.1.20.25 --- lan0 10.1.0.1    > skm-gateway
    skm-office   of0 10.2.5.5   --- off0 10.2.0.1   /
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import time

from .proof import until

GATEWAY = "skm-gateway"
INTERNET = "skm-internet"
LGWAN = "skm-lgwan"
OFFICE = "skm-office"
ALL = (GATEWAY, INTERNET, LGWAN, OFFICE)

# namespace: own interface, addresses, the gateway's interface and addresses
LINKS = {
    INTERNET: ("in0", ("192.0.2.10/24", "2001:db8:1::10/64"), "wan0", ("192.0.2.1/24", "2001:db8:1::1/64")),
    LGWAN: ("lg0", ("10.1.20.25/16", "2001:db8:2::25/64"), "lan0", ("10.1.0.1/16", "2001:db8:2::1/64")),
    OFFICE: ("of0", ("10.2.5.5/16", "2001:db8:3::5/64"), "off0", ("10.2.0.1/16", "2001:db8:3::1/64")),
}
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def run(*words, check=True, **more):
    done = subprocess.run(words, capture_output=True, text=True, **more)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done


def within(namespace, *words, **more):
    """Runs a command in a namespace."""
    return run("ip", "netns", "exec", namespace, *words, **more)


@contextlib.contextmanager
def entered(namespace):
    """This thread's new sockets belong to `namespace`."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(there)
        yield
    finally:
        _setns(home)
        os.close(home)
        os.close(there)


def _setns(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def mac(namespace, interface):
    text = within(namespace, "cat", f"/sys/class/net/{interface}/address").stdout
    return bytes.fromhex(text.strip().replace(":", ""))


def sysctl(namespace, **values):
    """`net__ipv4__ip_forward=1`: written in the namespace."""
    for name, value in values.items():
        path = "/proc/sys/" + name.replace("__", "/")
        within(namespace, "sh", "-c", f"echo {value} > {path}")


def up():
    existing = run("ip", "netns", "list").stdout.split()
    taken = [name for name in ALL if name in existing]
    if taken:
        raise SystemExit(f"namespaces exist already: {', '.join(taken)}; is another testbed running?")
    for name in ALL:
        run("ip", "netns", "add", name)
        within(name, "ip", "link", "set", "lo", "up")
        # No router solicitations, no temporary addresses: the wire is quiet.
        sysctl(name, net__ipv6__conf__all__accept_ra=0, net__ipv6__conf__default__accept_ra=0,
               net__ipv6__conf__all__accept_dad=0, net__ipv6__conf__default__accept_dad=0)
    for host, (near, addresses, far, gateways) in LINKS.items():
        run("ip", "link", "add", near, "netns", host, "type", "veth", "peer", "name", far, "netns", GATEWAY)
        for namespace, interface, own in ((host, near, addresses), (GATEWAY, far, gateways)):
            for address in own:
                within(namespace, "ip", "address", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))
            within(namespace, "ip", "link", "set", interface, "up")
        for gateway in gateways:
            family = "-6" if ":" in gateway else "-4"
            within(host, "ip", family, "route", "add", "default", "via", gateway.split("/")[0])
    for host, (_, addresses, _, _) in LINKS.items():
        for address in addresses:
            words = ("ping", "-c1", "-W1", "-q", address.split("/")[0])
            if not until(lambda: within(GATEWAY, *words, check=False).returncode == 0, 10):
                raise RuntimeError(f"the gateway cannot reach {host} at {address}")


def down():
    """Ends what runs in our namespaces (nobody else is in there) and removes them."""
    existing = run("ip", "netns", "list", check=False).stdout.split()
    for name in ALL:
        if name not in existing:
            continue
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 5
            while pids := run("ip", "netns", "pids", name, check=False).stdout.split():
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), number)
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
        run("ip", "netns", "delete", name, check=False)
