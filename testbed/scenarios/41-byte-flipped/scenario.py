import hostile
from world import letter, mailbox, mails, postfix
from world.proof import until


def run(world, proof):
    message_id = letter.new_id("flip")
    text = letter.compose("改変の検出", "本文です。\n", "utf-8", f"staff@{postfix.DOMAIN}", message_id, [("見積書.docm", hostile.docm())])
    world.lgwan.stop()
    try:
        world.internet.send(text, "sender@example.com", [f"staff@{postfix.DOMAIN}"])
        files = until(lambda: world.gateway.spool("outgoing"), 60)
        if not proof.check("treated mail waits in outgoing", bool(files), ", ".join(path.name for path in files or [])):
            return
        world.gateway.stop()
        path = world.gateway.spool("outgoing")[0]
        data = bytearray(path.read_bytes())
        data[len(data) * 3 // 4] ^= 1
        path.write_bytes(data)
        world.gateway.start()
    finally:
        world.lgwan.start()
    arrived = mailbox.arrival(world.lgwan.mailbox("staff"), message_id, 90)
    proof.check("it arrives all the same", arrived is not None)
    events = [line["event"] for line in world.gateway.events("mail")]
    tampered = [event for event in events if event["event"] == "tampered"]
    proof.check("the record says tampered", bool(tampered), str(tampered[-1:]))
    if tampered:
        passed = [event for event in events if event["event"] == "passed" and event["mail"] == tampered[-1]["mail"]]
        proof.check("and that it was treated again", len(passed) >= 2, f"{len(passed)} times passed")
    if arrived and mails.residual():
        proof.check("it is sanitised", not mails.residue(arrived)[str(arrived)])
