"""The story in one screen: what came, what was taken out, what arrived; which
packets passed and which were refused, by the kernel's own count."""
import io
import json
import pathlib
import sys
import unicodedata
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from world import letter, mailbox, mails, postfix  # noqa: E402
from world.packets import Connection, Range, probes  # noqa: E402
from world.proof import say, until  # noqa: E402
from world.world import World  # noqa: E402


def main():
    with World() as world:
        failed = show_mails(world)
        failed |= show_packets(world)
        print("\nNext: ./testbed/test runs every scenario; testbed/scenarios/*/what.md says what each one tries;")
        print("      README.md; `sekimori explain`, `sekimori audit tail` on a box of your own.")
    return failed


def show_mails(world):
    sent = [mails.Mail(path) for path in sorted((ROOT / "scenarios").iterdir()) if (path / "mail.toml").exists()]
    say(f"sending {len(sent)} hostile mails from the Postfix on the internet side")
    for mail in sent:
        world.internet.send(mail.bytes(postfix.DOMAIN), "sender@example.com", [f"staff@{postfix.DOMAIN}"])
    box = world.lgwan.mailbox("staff")
    until(lambda: all(mailbox.with_id(box, mail.message_id) for mail in sent), 120, every=0.3)
    events = [line["event"] for line in world.gateway.events("mail")]
    records = {event["mail"]: event["records"] for event in events if event["event"] == "passed"}
    print(f"\n{padded('SENT from the internet', 42)}{padded('TAKEN OUT by the gateway', 56)}ARRIVED in the LGWAN mailbox")
    failed = 0
    last = None
    for mail in sent:
        found = mailbox.with_id(box, mail.message_id)
        came = ", ".join(one["name"] for one in mail.attach)
        if not found:
            failed = 1
            print(f"{padded(came, 42)}{padded('', 56)}NOT ARRIVED")
            continue
        message = mailbox.read(found[0])
        removed = shortened(taken_out(records.get(str(message["X-Sekimori-Id"]).split(".")[0], [])))
        arrived = ", ".join(described(name, data) for name, data in mailbox.attachments(message)) or "(nothing attached)"
        clean = ""
        if mails.residual():
            left = mails.residue(found[0])[str(found[0])]
            failed |= bool(left)
            clean = "  LEFT: " + ", ".join(left) if left else "  ✓ nothing active"
        print(f"{padded(came, 42)}{padded(', '.join(removed) or '-', 56)}{arrived}{clean}")
        last = message if last is None else last
    if last is not None:
        print("\nWhat the reader sees (first mail):\n")
        print("\n".join("    " + line for line in mailbox.body(last).rstrip().splitlines()[:16]))
    return failed


def taken_out(records):
    """Codes of everything removed, members of containers included."""
    codes = []
    for record in records:
        if record["outcome"] == "withheld":
            codes.append(f"{record['source']['name']} withheld ({record.get('reason')})")
        for line in record["removed"]:
            if line["what"] not in codes:
                codes.append(line["what"])
        codes += [code for code in taken_out(record["children"]) if code not in codes]
    return codes


def shortened(codes):
    """What is active first; what merely tells tales last."""
    quiet = ("metadata", "custom-xml", "unknown-part", "printer-settings")
    codes = sorted(codes, key=lambda code: code in quiet)
    return codes if len(codes) <= 3 else [*codes[:3], f"+{len(codes) - 3} more"]


def described(name, data):
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return f"{name} ({len(archive.namelist())} members)"
    return name


def show_packets(world):
    say("firing packets from every side to every other")
    connection, field = Connection(), None
    try:
        port = connection.open()
        field = Range()
        wanted = probes(port)
        field.volley(wanted, 5)
        field.settle()
        leaked = field.leaks(wanted)
        offered = sum(field.offered.values())
        alive = connection.echo()
        print(f"\n{padded('FLOW', 52)}{padded('RULE', 26)}RESULT")
        print(f"{padded('office pc → lgwan tcp/443 (業務)', 52)}{padded('office-business', 26)}{'passed' if alive else 'NOT PASSED'}")
        print(f"{padded('internet mx → gateway smtp → lgwan mail server', 52)}{padded('inbound-mail', 26)}passed, sanitised on the way")
        print(f"{padded(f'everything else: {len(wanted)} kinds, {offered} packets', 52)}{padded('default deny', 26)}{'refused: 0 arrived' if not leaked else f'LEAKED: {leaked}'}")
        for chain, packets in refused(world):
            print(f"    dropped in {padded(chain, 37)}{packets} packets (kernel counter)")
        return int(bool(leaked) or not alive)
    finally:
        if field:
            field.close()
        connection.close()


def refused(world):
    """(chain, packets) of every counted drop, from the kernel."""
    from world import namespaces
    listed = namespaces.within(namespaces.GATEWAY, "nft", "-j", "list", "ruleset").stdout
    counted = {}
    for item in json.loads(listed)["nftables"]:
        rule = item.get("rule", {})
        words = rule.get("expr", [])
        if any("drop" in word for word in words):
            packets = sum(word["counter"]["packets"] for word in words if isinstance(word.get("counter"), dict))
            chain = f"{rule['family']} {rule['table']} {rule['chain']}"
            counted[chain] = counted.get(chain, 0) + packets
    return sorted(((chain, packets) for chain, packets in counted.items() if packets), key=lambda one: -one[1])[:6]


def padded(text, width):
    shown = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(1, width - shown)


if __name__ == "__main__":
    sys.exit(main())
