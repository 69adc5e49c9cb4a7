import os
import shutil
import smtplib

from world import letter, namespaces, postfix
from world.load import Mailbox, Sender
from world.namespaces import INTERNET
from world.proof import until

MEGABYTE = 1 << 20


def run(world, proof):
    gateway = world.gateway
    disk = world.small_disk(160)
    gateway.stop()
    usual, gateway.state = gateway.state, disk / "state"
    shutil.copytree(usual / "revisions", gateway.state / "revisions", symlinks=True) if (usual / "revisions").exists() else gateway.state.mkdir()
    ballast = disk / "ballast"
    try:
        gateway.apply(check=False)
        gateway.start()
        pids = gateway.roles()
        fill(disk, ballast, leave=4 * MEGABYTE)
        code, reply = offer(b"short\r\n")
        proof.check("452 when there is no room", code == 452, f"{code} {reply}")
        fill(disk, ballast, leave=30 * MEGABYTE)
        code, reply = offer(b"a line that fills the disk while it is received 0123456789\r\n" * (40 * MEGABYTE // 60))
        proof.check("452 when it fills while receiving", code == 452, f"{code} {reply}")
        proof.check("nothing acknowledged", not gateway.spool("received") and not gateway.spool("outgoing"))
        proof.check("the daemon lives", gateway.alive() and gateway.roles() == pids, str(gateway.roles()))
        ballast.unlink()
        sender = Sender(sessions=1)
        ids = sender.send(1, word="room")
        late = Mailbox(world.lgwan.mailbox("staff")).wait_for(ids, 60)
        proof.check("with room again the next mail arrives", not late)
    finally:
        gateway.stop()
        gateway.state = usual
        ballast.unlink(missing_ok=True)
        gateway.start()


def fill(disk, ballast, leave):
    ballast.unlink(missing_ok=True)
    room = os.statvfs(disk)
    size = room.f_bavail * room.f_frsize - leave
    with open(ballast, "wb") as out:
        os.posix_fallocate(out.fileno(), 0, size)
    until(lambda: True, 1)


def offer(body):
    """The first refusal of one mail, or its 250."""
    with namespaces.entered(INTERNET):
        session = smtplib.SMTP("192.0.2.1", 25, local_hostname="mx.example.com", timeout=60)
    text = f"From: a@example.com\r\nSubject: full\r\nMessage-ID: {letter.new_id('full')}\r\n\r\n".encode() + body
    try:
        session.ehlo()
        for code, reply in (session.mail("sender@example.com"), session.rcpt(f"staff@{postfix.DOMAIN}")):
            if code >= 400:
                return code, reply.decode(errors="replace")
        code, reply = session.data(text)
        return code, reply.decode(errors="replace")
    except smtplib.SMTPResponseException as error:
        return error.smtp_code, error.smtp_error.decode(errors="replace")
    except (smtplib.SMTPException, OSError) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        session.close()
