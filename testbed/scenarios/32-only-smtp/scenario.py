import smtplib
import socket

from world import namespaces
from world.namespaces import INTERNET, LGWAN, OFFICE


def greeted(namespace, address, port=25, source=None):
    try:
        with namespaces.entered(namespace):
            made = socket.socket()
        with made:
            made.settimeout(2)
            if source:
                made.bind((source, 0))
            made.connect((address, port))
            return made.recv(100).startswith(b"220")
    except OSError:
        return False


def run(world, proof):
    proof.check("smtp answers the listed host", greeted(INTERNET, "192.0.2.1"))
    namespaces.within(INTERNET, "ip", "address", "add", "192.0.2.77/24", "dev", "in0")
    try:
        proof.check("smtp does not answer another host", not greeted(INTERNET, "192.0.2.1", source="192.0.2.77"))
    finally:
        namespaces.within(INTERNET, "ip", "address", "del", "192.0.2.77/24", "dev", "in0")
    for namespace, address in ((INTERNET, "10.1.0.1"), (INTERNET, "10.2.0.1"), (INTERNET, "10.1.20.25"), (LGWAN, "192.0.2.1"), (LGWAN, "10.1.0.1"), (OFFICE, "192.0.2.1"), (OFFICE, "10.2.0.1")):
        proof.check(f"no smtp from {namespace[4:]} to {address}", not greeted(namespace, address))
    with namespaces.entered(INTERNET):
        session = smtplib.SMTP("192.0.2.1", 25, timeout=10)
    session.ehlo("mx.example.com")
    session.mail("sender@example.com")
    code, reply = session.rcpt("someone@elsewhere.example")
    proof.check("no relay", 500 <= code < 600, f"{code} {reply.decode(errors='replace')}")
    session.close()
    with world.gateway.opened():
        proof.check("control: the lgwan server answers the internet without rules", greeted(INTERNET, "10.1.20.25"))
