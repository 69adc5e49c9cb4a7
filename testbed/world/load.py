"""Many mails by SMTP, with a list of which were acknowledged, and the LGWAN
mailbox as a count of ids. For promises about loss, where `250` is the word
that counts."""
import collections
import pathlib
import queue
import smtplib
import threading

from . import letter, namespaces, postfix
from .proof import until


class Sender:
    """Sends from the internet's side in several sessions; remembers each 250."""

    def __init__(self, sessions=8, address="192.0.2.1"):
        self.address = address
        self.sessions = sessions
        self.waiting = queue.Queue()
        self.acknowledged = set()
        self.refused = collections.Counter()
        self.retried = set()                      # offered again: the first 250 may have been lost on the way (RFC 1047)
        self._lock = threading.Lock()

    def send(self, count, attachments=lambda number: (), word="load"):
        """Offers `count` mails, each until it gets a 250; gives their ids."""
        ids = []
        for number in range(count):
            message_id = letter.new_id(word)
            text = letter.compose(f"負荷 {number}", "本文です。\n" * 20, "utf-8", f"staff@{postfix.DOMAIN}", message_id, attachments(number))
            ids.append(message_id)
            self.waiting.put((message_id, text.replace(b"\n", b"\r\n") if b"\r\n" not in text else text))
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self.sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ids

    def _work(self):
        session = None
        while True:
            try:
                message_id, text = self.waiting.get_nowait()
            except queue.Empty:
                break
            for _ in range(600):
                try:
                    if session is None:
                        with namespaces.entered(namespaces.INTERNET):
                            session = smtplib.SMTP(self.address, 25, local_hostname="mx.example.com", timeout=20)
                    session.sendmail("sender@example.com", [f"staff@{postfix.DOMAIN}"], text)
                    with self._lock:
                        self.acknowledged.add(message_id)
                    break
                except (smtplib.SMTPException, OSError) as error:
                    with self._lock:
                        self.refused[getattr(error, "smtp_code", type(error).__name__)] += 1
                        self.retried.add(message_id)
                    if session:
                        session.close()
                    session = None
                    threading.Event().wait(0.1)   # a daemon that was killed comes back
        if session:
            try:
                session.quit()
            except (smtplib.SMTPException, OSError):
                pass


class Mailbox:
    """Counts Message-IDs in a Maildir; each file is read once."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.seen = {}

    def ids(self):
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if path.name not in self.seen:
                    head = path.read_bytes().split(b"\n\n", 1)[0].decode("latin1")
                    found = [line.split(":", 1)[1].strip() for line in head.replace("\n ", " ").splitlines() if line.lower().startswith("message-id:")]
                    self.seen[path.name] = found[0] if found else ""
        return collections.Counter(self.seen.values())

    def files(self, ids):
        self.ids()
        return [self.folder / name for name, message_id in self.seen.items() if message_id in ids]

    def wait_for(self, ids, seconds):
        """Those that have not come by then."""
        ids = set(ids)
        until(lambda: not ids - set(self.ids()), seconds, every=0.3)
        return ids - set(self.ids())
