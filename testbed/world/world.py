"""All of it, raised and taken down: nothing is left behind, also on failure."""
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from . import mailbox, namespaces, postfix
from .gateway import Gateway
from .proof import say

LOCK = "/run/lock/sekimori-testbed"
PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent


class World:
    """`with World() as world:` - namespaces, both Postfixes, the daemon."""

    def __init__(self, programs=None, daemon=True):
        self.programs = programs or PROJECT / "target" / "debug"
        self.daemon = daemon
        self.gateway = self.internet = self.lgwan = None
        self.untreated = {}
        self.mounts = []

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: (_ for _ in ()).throw(SystemExit(1)))
        self.lock = open(LOCK, "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit("another testbed is running (its namespaces have fixed names)") from None
        namespaces.down()                     # what a killed testbed left; nobody else uses these names
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="skm-"))
        self.folder.chmod(0o755)
        try:
            say("raising namespaces and two Postfixes")
            namespaces.up()
            self.lgwan = postfix.lgwan(self.folder / "lgwan")
            self.internet = postfix.internet(self.folder / "internet")
            self.lgwan.start()
            self.internet.start()
            self.gateway = Gateway(self.folder / "gateway", self.programs)
            if self.daemon:
                say("starting sekimori")
                self.gateway.apply()
                self.gateway.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for part in (self.gateway, ):
            if part:
                part.close()
        for part in (self.internet, self.lgwan):
            if part:
                part.stop()
        namespaces.down()
        for mount in reversed(self.mounts):
            subprocess.run(["umount", mount], capture_output=True)
        if os.environ.get("SEKIMORI_KEEP"):
            say(f"kept for you: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()
        pathlib.Path(LOCK).unlink(missing_ok=True)

    def small_disk(self, megabytes):
        """A file system of its own that can be filled."""
        folder = self.folder / f"disk-{time.monotonic_ns()}"
        folder.mkdir()
        namespaces.run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "skm-disk", str(folder))
        self.mounts.append(str(folder))
        return folder

    def send(self, message, recipients, sender="sender@example.com"):
        """From the internet's Postfix; gives the Message-ID."""
        self.internet.send(message.as_bytes() if hasattr(message, "as_bytes") else message, sender, recipients)

    def arrival(self, message_id, box="staff", seconds=90):
        """The mail as it stands in the LGWAN mailbox, or None."""
        path = mailbox.arrival(self.lgwan.mailbox(box), message_id, seconds)
        return path, (mailbox.read(path) if path else None)
