import os
import random
import threading

import hostile
from world import mailbox, mails
from world.load import Mailbox, Sender
from world.proof import say, until

CYCLES = int(os.environ.get("SEKIMORI_KILL_CYCLES", "20"))
STRIKES = 4                                   # in each run
MAILS = int(os.environ.get("SEKIMORI_KILL_MAILS", "200"))


def run(world, proof):
    seed = int(os.environ.get("SEKIMORI_SEED", random.randrange(1 << 32)))
    dice = random.Random(seed)
    macro = [("見積書.docm", hostile.docm())]
    box = Mailbox(world.lgwan.mailbox("staff"))
    killed = {"mail": 0, "segment": 0, "sandbox": 0}
    acknowledged, retried = set(), set()
    for cycle in range(CYCLES):
        done = threading.Event()
        killer = threading.Thread(target=strike, args=(world, dice, killed, done), daemon=True)
        sender = Sender()
        killer.start()
        sender.send(MAILS, lambda number: macro if number % 10 == 0 else (), word=f"kill-{cycle}")
        killer.join()                         # it strikes on while mails are treated and delivered
        acknowledged |= sender.acknowledged
        retried |= sender.retried
        late = box.wait_for(sender.acknowledged, 120)
        standing = len(world.gateway.spool("received")) + len(world.gateway.spool("outgoing")) + len(world.gateway.spool("held"))
        say(f"run {cycle + 1}/{CYCLES}: {len(sender.acknowledged)} acknowledged, {len(late)} not arrived, {standing} standing in the spool, killed {killed}")
        proof.check(f"run {cycle + 1} of mails under SIGKILL", len(sender.acknowledged) == MAILS and len(late) <= standing,
                    f"{len(sender.acknowledged)} of {MAILS} acknowledged, {len(late)} waiting")
    # By name, not by count: what stood in the spool must come out of it in the end.
    lost = box.wait_for(acknowledged, 300)
    counted = box.ids()
    doubled = [message_id for message_id in acknowledged if counted[message_id] > 1]
    proof.check("none lost", not lost and bool(acknowledged), f"{len(acknowledged)} acknowledged, {len(lost)} lost, seed {seed}, kills {killed}")
    proof.check("every role was killed", all(killed.values()), str(killed))
    ours = [one for one in doubled if one not in retried]
    same = all(len({str(mailbox.read(path)["X-Sekimori-Id"]) for path in box.files({one})}) == 1 for one in ours)
    proof.check("duplicates carry the same id", same,
                f"{len(ours)} of {len(acknowledged)} by delivery; {len(doubled) - len(ours)} because the sender never saw its first 250")
    if mails.residual():
        dirty = {name: left for name, left in mails.residue(*box.files(acknowledged)).items() if left}
        proof.check("none arrived unsanitised", not dirty, f"{len(box.files(acknowledged))} examined, {len(dirty)} dirty")
    else:
        proof.skip("none arrived unsanitised", "no residual.py (SEKIMORI_VERIFY)")
    verified = world.gateway.command("--lang", "en", "audit", "verify")
    proof.check("the record verifies after all that", verified.returncode == 0, verified.stdout.strip().splitlines()[-1] if verified.stdout else verified.stderr.strip())


def strike(world, dice, killed, done):
    for _ in range(STRIKES):
        done.wait(dice.uniform(0.02, 0.7))
        role = min(sorted(killed), key=lambda name: (killed[name], dice.random()))
        if world.gateway.kill(role):
            killed[role] += 1
            until(lambda role=role: done.is_set() or role in world.gateway.roles(), 10)
