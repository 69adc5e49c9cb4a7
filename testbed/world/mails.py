"""A scenario that is one mail: `mail.toml` says what is sent and what must
arrive; everything is judged by programs that are not ours."""
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import unicodedata
import zipfile

import hostile

from . import letter, mailbox, postfix, readers
from .proof import say, until
from .world import PROJECT

CLEAN = {"docm": hostile.docx, "xlsm": hostile.xlsx, "pptm": hostile.pptx, "pdf": hostile.clean_pdf, "png": hostile.png,
         "docx-template-dde": hostile.docx_template_dde}


def residual():
    """The independent check, or None when it is not on this machine."""
    given = os.environ.get("SEKIMORI_VERIFY")
    path = pathlib.Path(given) if given else PROJECT.parent / "shared" / "verify" / "residual.py"
    path = path / "residual.py" if path.is_dir() else path
    return path if path.is_file() else None


def residue(*paths):
    """{file: what is left}; hard residue only."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as lines:
        done = subprocess.run([sys.executable, str(residual()), "--quiet", "--jsonl", lines.name, *map(str, paths)], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"residual.py: {done.stdout}{done.stderr}")
        found = {}
        for line in open(lines.name):
            name, hard, _ = json.loads(line)
            found[name] = hard
        return found


class Mail:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.name = self.folder.name
        said = tomllib.loads((self.folder / "mail.toml").read_text())
        self.subject, self.body, self.charset = said["subject"], said["body"].strip("\n") + "\n", said["charset"]
        self.sender = said.get("sender", "sender@example.com")
        self.attach = said.get("attach", [])
        self.message_id = letter.new_id(self.name)

    def bytes(self, domain):
        built = [(one["name"], hostile.BUILDERS[one["build"]]()) for one in self.attach]
        return letter.compose(self.subject, self.body, self.charset, f"staff@{domain}", self.message_id, built)


def deliver_untreated(world, mails):
    """The same mails past an open gateway into the same mail server."""
    say("the control: the same mails, untreated, past a gateway without rules")
    with world.gateway.opened():
        for mail in mails:
            world.internet.send(mail.bytes(postfix.UNTREATED), mail.sender, [f"staff@{postfix.UNTREATED}"])
        box = world.lgwan.mailbox("untreated")
        until(lambda: all(mailbox.with_id(box, mail.message_id) for mail in mails), 60, every=0.2)
        for mail in mails:
            world.untreated[mail.name] = next(iter(mailbox.with_id(box, mail.message_id)), None)


def check(world, proof, mail):
    """Sends it and judges what arrives."""
    world.internet.send(mail.bytes(postfix.DOMAIN), mail.sender, [f"staff@{postfix.DOMAIN}"])
    path, message = world.arrival(mail.message_id)
    if not proof.check(f"{mail.name} arrives", path is not None, f"{mail.subject}"):
        return
    judge_residue(world, proof, mail, path)
    proof.check(f"{mail.name} subject", str(message["Subject"]) == mail.subject, repr(str(message["Subject"])))
    text = mailbox.body(message)
    proof.check(f"{mail.name} body first and exact", text.startswith(mail.body.rstrip("\n")), repr(text[:60]))
    proof.check(f"{mail.name} marked", bool(message["X-Sekimori-Id"]) and bool(message["X-Sekimori-Result"]), str(message["X-Sekimori-Result"]))
    proof.check(f"{mail.name} stranger's headers gone", message["X-Mailer"] is None)
    arrived = mailbox.attachments(message)
    names = [name for name, _ in arrived]
    wanted = [one["arrives"] for one in mail.attach]
    if not proof.check(f"{mail.name} file names", names == wanted, ", ".join(map(str, names)) or "none"):
        return
    for one, (name, data) in zip(mail.attach, arrived):
        notice = text[len(mail.body.rstrip("\n")):]
        proof.check(f"{mail.name} notice names {one['name']}", one["name"] in notice, notice.strip().splitlines()[-1:][0] if notice.strip() else "no notice")
        judge_file(proof, f"{mail.name} {name}", one["build"], name, data)


def judge_residue(world, proof, mail, path):
    if residual() is None:
        proof.skip(f"{mail.name} residue", "no residual.py (SEKIMORI_VERIFY)")
        return
    left = residue(path)[str(path)]
    proof.check(f"{mail.name} nothing active left", not left, ", ".join(left))
    before = world.untreated.get(mail.name)
    if mail.attach:
        found = residue(before)[str(before)] if before else []
        proof.check(f"{mail.name} control: untreated fails the same check", bool(found), ", ".join(found))


def judge_file(proof, title, build, name, data):
    if build == "zip":
        judge_archive(proof, title, data)
        return
    kind = name.rsplit(".", 1)[-1]
    try:
        if (build, kind) == ("docm", "pdf"):
            pages = readers.pdf(data) == readers.printed("clean.docx", CLEAN[build]())
            proof.check(f"{title} reads as LibreOffice prints it", pages, "pdftotext")
            return
        same = readers.READERS[kind](data) == readers.READERS[kind](CLEAN[build]())
        proof.check(f"{title} reads the same", same, f"by {kind} reader")
        if kind in ("docx", "xlsx", "pptx"):
            marker = "".join(hostile.MARKER.split())
            proof.check(f"{title} prints with its sentence", marker in readers.printed(name, data), "LibreOffice")
    except Exception as error:                # a reader that stumbles is a failed check, not a failed testbed
        proof.check(f"{title} is readable", False, f"{type(error).__name__}: {error}")


def judge_archive(proof, title, data):
    inside = {"見積書.docx": "docm", "予算.xlsx": "xlsm", "依頼書.docx": "docx-template-dde", "案内.pdf": "pdf", "図面.png": "png"}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {unicodedata.normalize("NFC", name): archive.read(name) for name in archive.namelist()}
    missing = set(inside) - set(members)
    proof.check(f"{title} members", not missing, "missing " + ", ".join(missing) if missing else ", ".join(members))
    proof.check(f"{title} no program inside", not any(name.endswith(".exe") or body[:2] == b"MZ" for name, body in members.items()))
    for name, build in inside.items():
        if name in members:
            judge_file(proof, f"{title}/{name}", build, name, members[name])
