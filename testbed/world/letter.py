"""Mails as Japanese senders write them, byte by byte: no library of ours, and
none that would tidy them up."""
import base64
import email.utils
import secrets
import urllib.parse

LABELS = {"iso-2022-jp": "ISO-2022-JP", "shift_jis": "Shift_JIS", "utf-8": "UTF-8"}
CODECS = {"iso-2022-jp": "iso2022_jp", "shift_jis": "cp932", "utf-8": "utf-8"}
TYPES = {
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf", "png": "image/png", "zip": "application/zip",
}


def new_id(word="testbed"):
    return f"<{word}.{secrets.token_hex(8)}@example.com>"


def compose(subject, body, charset, recipient, message_id, attachments=()):
    """The bytes of a mail; `attachments` are (name, bytes). Names stand in
    RFC 2231 form for Shift_JIS and UTF-8, in the RFC 2047 form that old
    Japanese programs write for ISO-2022-JP."""
    boundary = "=_" + secrets.token_hex(12)
    text, way = encoded_body(body, charset)
    lines = [
        f"From: {word('県庁 太郎', charset)} <sender@example.com>",
        f"To: {word('総務課', charset)} <{recipient}>",
        f"Subject: {word(subject, charset)}",
        f"Date: {email.utils.formatdate(localtime=False)}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "X-Mailer: testbed",
        "",
        f"--{boundary}",
        f"Content-Type: text/plain; charset={LABELS[charset]}",
        f"Content-Transfer-Encoding: {way}",
        "",
    ]
    out = "\n".join(lines).encode("ascii") + b"\n" + text + b"\n"
    for name, data in attachments:
        kind = TYPES.get(name.rsplit(".", 1)[-1].lower(), "application/octet-stream")
        head = [f"--{boundary}", *named(kind, name, charset), "Content-Transfer-Encoding: base64", "", ""]
        out += "\n".join(head).encode("ascii") + base64.encodebytes(data)
    return out + f"--{boundary}--\n".encode("ascii")


def word(text, charset):
    """RFC 2047; long texts in several words, never split inside a character."""
    words, piece = [], ""
    for char in text:
        if len(base64.b64encode((piece + char).encode(CODECS[charset]))) > 44:
            words.append(piece)
            piece = ""
        piece += char
    words.append(piece)
    shown = [f"=?{LABELS[charset]}?B?{base64.b64encode(one.encode(CODECS[charset])).decode()}?=" for one in words]
    return "\n ".join(shown)


def named(kind, name, charset):
    if charset == "iso-2022-jp":
        return [f'Content-Type: {kind};\n name="{word(name, charset)}"', f'Content-Disposition: attachment;\n filename="{word(name, charset)}"']
    quoted = urllib.parse.quote_from_bytes(name.encode(CODECS[charset]), safe="")
    pieces = [quoted[at:at + 60] for at in range(0, len(quoted), 60)]
    first = [f"filename*0*={LABELS[charset]}''{pieces[0]}"] + [f"filename*{n}*={piece}" for n, piece in enumerate(pieces[1:], 1)]
    return [f"Content-Type: {kind}", "Content-Disposition: attachment;\n " + ";\n ".join(first)]


def encoded_body(body, charset):
    data = body.encode(CODECS[charset])
    if charset == "iso-2022-jp":
        return data, "7bit"
    return base64.encodebytes(data), "base64"
