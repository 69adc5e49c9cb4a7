"""What arrived, read by Python's own mail parser and never by ours."""
import email
import email.policy
import pathlib

from .proof import until


def read(path):
    return email.message_from_bytes(pathlib.Path(path).read_bytes(), policy=email.policy.default)


def with_id(folder, message_id):
    """Every file in a Maildir that carries this Message-ID."""
    folder = pathlib.Path(folder)
    wanted = message_id.strip("<>").encode()
    found = []
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            head = path.read_bytes().split(b"\n\n", 1)[0]
            if wanted in head:
                found.append(path)
    return found


def arrival(folder, message_id, seconds=60):
    """The first file with this Message-ID, or None."""
    found = until(lambda: with_id(folder, message_id), seconds, every=0.2)
    return found[0] if found else None


def body(message):
    part = message.get_body(preferencelist=("plain", "html"))
    return part.get_content().replace("\r\n", "\n") if part else ""


def attachments(message):
    """(name, bytes) of every part that is a file."""
    return [(part.get_filename(), part.get_payload(decode=True) or b"")
            for part in message.walk() if not part.is_multipart() and part.get_filename()]
