import pwd
import sys

from world import namespaces
from world.namespaces import GATEWAY

TRY = "import socket,sys; s=socket.socket(); s.settimeout(1.5); s.connect((sys.argv[1], int(sys.argv[2]))); s.close()"
USERS = ("root", "nobody", "sekimori-segment", "sekimori-mail")
TARGETS = (("10.1.20.25", 25, "relay"), ("10.1.20.25", 443, "lgwan tcp/443"), ("192.0.2.10", 25, "internet"), ("10.2.5.5", 22, "office"))


def connects(user, address, port):
    found = pwd.getpwnam(user)
    words = ["setpriv", f"--reuid={found.pw_uid}", f"--regid={found.pw_gid}", "--clear-groups", sys.executable, "-c", TRY, address, str(port)]
    done = namespaces.within(GATEWAY, *words, check=False)
    # A refused connection has reached the host: the packet went through.
    return done.returncode == 0 or "refused" in done.stderr


def run(world, proof):
    for user in USERS:
        for address, port, name in TARGETS:
            allowed = user == "sekimori-mail" and name == "relay"
            reached = connects(user, address, port)
            proof.check(f"{user} to {name}", reached == allowed, "reached" if reached else "denied")
    with world.gateway.opened():
        reached = [(user, name) for user in USERS for address, port, name in TARGETS if connects(user, address, port)]
        proof.check("control: all reach all without rules", len(reached) == len(USERS) * len(TARGETS), f"{len(reached)} of {len(USERS) * len(TARGETS)}")
