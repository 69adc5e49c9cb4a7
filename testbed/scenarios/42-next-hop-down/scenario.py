from world.load import Mailbox, Sender
from world.proof import until

MAILS = 20


def run(world, proof):
    box = Mailbox(world.lgwan.mailbox("staff"))
    world.lgwan.stop()
    try:
        sender = Sender(sessions=4)
        ids = sender.send(MAILS, word="down")
        proof.check("acknowledged while the next hop is down", len(sender.acknowledged) == MAILS, f"{len(sender.acknowledged)} of {MAILS}, refused {dict(sender.refused)}")
        until(lambda: len(world.gateway.spool("outgoing")) >= MAILS, 60)
        proof.check("they stand in outgoing", len(world.gateway.spool("outgoing")) >= MAILS, f"{len(world.gateway.spool('outgoing'))} files")
    finally:
        world.lgwan.start()
    late = box.wait_for(ids, 90)
    proof.check("all arrive after it is back", not late, f"{MAILS - len(late)} of {MAILS}")
    doubled = sum(count > 1 for message_id, count in box.ids().items() if message_id in ids)
    proof.check("none twice", not doubled, f"{doubled} duplicates")
