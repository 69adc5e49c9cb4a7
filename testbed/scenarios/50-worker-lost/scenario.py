import os
import pathlib
import shutil
import signal

import hostile
from world import letter, mailbox, mails, postfix
from world.proof import until

FIRST_WORKER_UID = 1_879_048_192
ORDERS = [("停止.txt", b"MISBEHAVE hang\n"), ("無応答.txt", b"MISBEHAVE hang\n"), ("膨張.txt", b"MISBEHAVE allocate\n")]


def workers():
    """Pids of processes that run under a throw-away uid."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid >= FIRST_WORKER_UID:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def misbehaving(world):
    """The daemon's programs, with the test worker in the worker's place."""
    folder = world.folder / "misbehaving"
    folder.mkdir(mode=0o755)
    shutil.copy(world.gateway.programs / "sekimori", folder / "sekimori")
    shutil.copy(world.gateway.programs / "examples" / "misbehaving-worker", folder / "sekimori-worker")
    return folder


def run(world, proof):
    real = world.gateway.programs
    world.gateway.stop()
    world.gateway.programs = misbehaving(world)
    world.gateway.start()
    try:
        check(world, proof)
    finally:
        world.gateway.stop()
        world.gateway.programs = real
        world.gateway.start()


def check(world, proof):
    message_id = letter.new_id("lost")
    attached = [*ORDERS, ("見積書.docm", hostile.docm())]
    text = letter.compose("作業者の異常", "本文は残ります。\n", "utf-8", f"staff@{postfix.DOMAIN}", message_id, attached)
    world.internet.send(text, "sender@example.com", [f"staff@{postfix.DOMAIN}"])
    hanging = until(workers, 60)
    proof.check("a worker hangs under a throw-away uid", bool(hanging), str(hanging))
    for pid in hanging or []:
        os.kill(pid, signal.SIGKILL)
    arrived = mailbox.arrival(world.lgwan.mailbox("staff"), message_id, 180)
    if not proof.check("the mail arrives all the same", arrived is not None):
        return
    message = mailbox.read(arrived)
    names = [name for name, _ in mailbox.attachments(message)]
    proof.check("only the sound part is attached, rebuilt", names == ["見積書.docx"], ", ".join(names))
    body = mailbox.body(message)
    proof.check("its text is intact", "本文は残ります。" in body)
    for name, _ in ORDERS:
        named = any(name in line and "保留" in line for line in body.splitlines())
        proof.check(f"{name} is named as withheld", named, "" if named else body[-800:])
    again = mailbox.with_id(world.lgwan.mailbox("staff"), message_id)
    proof.check("once", len(again) == 1, str(len(again)))
    proof.check("the daemon lives", world.gateway.alive())
    if mails.residual():
        proof.check("nothing active is left", not mails.residue(arrived)[str(arrived)])
