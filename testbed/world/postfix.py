"""Two real Postfixes with folders of their own: nothing of the machine's own
mail system is touched."""
import os
import pathlib
import pwd
import subprocess

from . import namespaces
from .proof import until

DOMAIN = "town.example.lg.jp"
UNTREATED = "untreated.example.lg.jp"
MAILBOX_UID = 65534

MASTER = """\
smtp      inet  n - n - -   smtpd
pickup    unix  n - n 60 1  pickup
cleanup   unix  n - n - 0   cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - -   trivial-rewrite
bounce    unix  - - n - 0   bounce
defer     unix  - - n - 0   bounce
trace     unix  - - n - 0   bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - -   proxymap
smtp      unix  - - n - -   smtp
relay     unix  - - n - -   smtp
showq     unix  n - n - -   showq
error     unix  - - n - -   error
retry     unix  - - n - -   error
discard   unix  - - n - -   discard
virtual   unix  - n n - -   virtual
anvil     unix  - - n - 1   anvil
scache    unix  - - n - 1   scache
postlog   unix-dgram n - n - 1 postlogd
"""

SHARED = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_protocols = ipv4
inet_interfaces = {address}
myhostname = {hostname}
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local delivery
biff = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtputf8_enable = no
message_size_limit = 104857600
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtp_connect_timeout = 5s
default_process_limit = 30
in_flow_delay = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
"""

INTERNET = """\
mynetworks = 127.0.0.0/8, 192.0.2.10/32
relayhost = [192.0.2.1]:25
transport_maps = inline:{{ {{ {untreated} = smtp:[10.1.20.25]:25 }} }}
smtp_destination_concurrency_limit = 20
initial_destination_concurrency = 20
default_destination_recipient_limit = 50
"""

LGWAN = """\
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = {domain}, {untreated}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/boxes
virtual_minimum_uid = 100
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_mailbox_limit = 0
"""


class Postfix:
    def __init__(self, folder, namespace, address, hostname, own):
        self.folder = pathlib.Path(folder)
        self.namespace = namespace
        self.address = address
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        for name in ("queue", "data", "mail"):
            (self.folder / name).mkdir()
        owner = pwd.getpwnam("postfix")
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        os.chown(self.folder / "mail", MAILBOX_UID, MAILBOX_UID)
        words = dict(folder=self.folder, address=address, hostname=hostname, domain=DOMAIN, untreated=UNTREATED, uid=MAILBOX_UID)
        (self.folder / "main.cf").write_text((SHARED + own).format(**words))
        (self.folder / "master.cf").write_text(MASTER)
        (self.folder / "boxes").write_text(
            f"soumu@{DOMAIN} soumu/\n@{DOMAIN} staff/\n@{UNTREATED} untreated/\n")

    def _postfix(self, verb, check=True):
        return namespaces.within(self.namespace, "postfix", "-c", str(self.folder), verb, check=check)

    def running(self):
        return self._postfix("status", check=False).returncode == 0

    def listening(self):
        return f"{self.address}:25" in namespaces.within(self.namespace, "ss", "-Hltn").stdout

    def start(self):
        self._postfix("start")
        if not until(lambda: self.running() and self.listening(), 20):
            raise RuntimeError(f"Postfix did not start: {self.log()[-2000:]}")

    def stop(self):
        if self.running():
            self._postfix("stop", check=False)
            until(lambda: not self.running(), 20)

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def send(self, message, sender, recipients):
        """As a person does: through sendmail, into the queue."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, "sendmail", "-C", str(self.folder), "-i", "-f", sender, "--", *recipients],
            input=message, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"sendmail: {done.stderr.decode(errors='replace')}")

    def flush(self):
        namespaces.within(self.namespace, "postqueue", "-c", str(self.folder), "-f", check=False)

    def queue(self):
        """Queue ids still waiting here."""
        done = namespaces.within(self.namespace, "postqueue", "-c", str(self.folder), "-j", check=False)
        return [line for line in done.stdout.splitlines() if line.startswith("{")]

    def mailbox(self, name):
        return self.folder / "mail" / name / "new"


def internet(folder):
    return Postfix(folder, namespaces.INTERNET, "192.0.2.10", "mx.example.com", INTERNET)


def lgwan(folder):
    return Postfix(folder, namespaces.LGWAN, "10.1.20.25", f"mail.{DOMAIN}", LGWAN)
