"""The daemon in the middle: configured, applied, run, killed and restarted as
an administrator would, from the outside only."""
import contextlib
import datetime
import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import subprocess

from . import namespaces
from .namespaces import GATEWAY
from .proof import until

HERE = pathlib.Path(__file__).resolve().parent.parent
USERS = ("sekimori-mail", "sekimori-segment")
ROLES = ("mail", "segment", "sandbox")
PERSON = "sato"


class Gateway:
    def __init__(self, folder, programs):
        self.folder = pathlib.Path(folder)
        self.programs = pathlib.Path(programs)
        self.config = self.folder / "config"
        self.state = self.folder / "state"
        self.runtime = self.folder / "run"
        self.output = self.folder / "output"
        self.process = None
        self.made_users = []
        self.folder.mkdir(mode=0o755)
        for one in (self.state, self.runtime):
            one.mkdir(mode=0o755)
        self._write_config()
        for user in USERS:
            self._need_user(user)

    def _write_config(self):
        shutil.copytree(HERE / "config", self.config)
        today = datetime.date.today()
        for path in self.config.rglob("*.toml"):
            text = path.read_text()
            text = text.replace("@DAY@", str(today - datetime.timedelta(days=30)))
            path.write_text(text.replace("@END@", str(today + datetime.timedelta(days=180))))
        credentials = self.config / "credentials"
        credentials.mkdir(mode=0o755)
        for name in ("site-key", PERSON):
            key = credentials / name
            key.write_bytes(secrets.token_hex(32).encode())
            key.chmod(0o400)

    def _need_user(self, user):
        try:
            pwd.getpwnam(user)
        except KeyError:
            namespaces.run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--user-group", user)
            self.made_users.append(user)

    def environment(self):
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "RUST_BACKTRACE") if key in os.environ}
        return kept | {"SEKIMORI_CONFIG": str(self.config), "SEKIMORI_STATE": str(self.state), "SEKIMORI_RUNTIME": str(self.runtime)}

    def command(self, *words, check=False, **more):
        """`sekimori …` typed on the box."""
        return namespaces.within(GATEWAY, str(self.programs / "sekimori"), *words, env=self.environment(), check=check, **more)

    def apply(self, check=True):
        return self.command("--lang", "en", "apply", "--as", PERSON, check=check)

    def start(self, seconds=30):
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", GATEWAY, str(self.programs / "sekimori"), "--lang", "en", "run"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment(), start_new_session=True)
        if not until(lambda: self.process.poll() is not None or self.ready(), seconds) or not self.alive():
            raise RuntimeError(f"sekimori did not start:\n{self.log()[-3000:]}")

    def ready(self):
        """Takes mail, and the kernel holds the current revision."""
        return self.listening() and "rules equal" in self.command("--lang", "en", "status").stdout

    def listening(self):
        return "192.0.2.1:25" in namespaces.within(GATEWAY, "ss", "-Hltn").stdout

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds=15):
        if self.process is None:
            return
        roles = list(self.roles().values())
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in roles:
            if not until(lambda pid=pid: not _exists(pid), 5):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process = None

    def roles(self):
        """{role: pid} of the supervisor's children."""
        found = {}
        if not self.alive():
            return found
        try:
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        except OSError:
            return found
        for pid in children:
            with contextlib.suppress(OSError):
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if words[0].endswith("sekimori-worker"):
                    found["sandbox"] = int(pid)
                elif "run" in words and words[words.index("run") + 1] in ROLES:
                    found[words[words.index("run") + 1]] = int(pid)
        return found

    def kill(self, role):
        """SIGKILL by its recorded id; the id, or None when it was not there."""
        pid = self.roles().get(role)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid

    def log(self):
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    @contextlib.contextmanager
    def opened(self):
        """The positive control's world: daemon stopped, rules flushed,
        forwarding on. What was denied must now arrive."""
        self.stop()
        namespaces.within(GATEWAY, "nft", "flush", "ruleset")
        names = namespaces.within(GATEWAY, "ls", "/proc/sys/net/ipv4/conf").stdout.split()
        for name in names:
            for key in ("rp_filter", "arp_ignore", "arp_filter"):
                namespaces.within(GATEWAY, "sysctl", "-qw", f"net/ipv4/conf/{name}/{key}=0", check=False)
            namespaces.within(GATEWAY, "sysctl", "-qw", f"net/ipv6/conf/{name}/disable_ipv6=0", check=False)
        namespaces.sysctl(GATEWAY, net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        try:
            yield
        finally:
            namespaces.sysctl(GATEWAY, net__ipv4__ip_forward=0, net__ipv6__conf__all__forwarding=0)
            self.start()

    def events(self, role=None):
        """The audit record, as its own export shows it."""
        words = ["audit", "export", *(["--role", role] if role else [])]
        return [json.loads(line) for line in self.command(*words, check=True).stdout.splitlines()]

    def spool(self, name):
        """Files in one state of the spool."""
        folder = self.state / "spool" / name
        return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []

    def rules(self):
        return namespaces.within(GATEWAY, "nft", "list", "ruleset").stdout

    def close(self):
        self.stop()
        for user in self.made_users:
            namespaces.run("userdel", user, check=False)


def _exists(pid):
    try:
        return "\nState:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
