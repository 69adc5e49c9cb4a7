import os
import threading

from world.packets import Connection, Range, probes
from world.proof import say

APPLIES = int(os.environ.get("SEKIMORI_APPLIES", "20"))
ROUNDS = 5


def run(world, proof):
    connection, field = Connection(), None
    try:
        port = connection.open()
        proof.check("allowed flow", connection.echo(), "office pc to lgwan tcp/443 is forwarded")
        field = Range()
        wanted = probes(port)
        held(field, wanted, proof, "before apply", lambda: field.volley(wanted, ROUNDS))
        held(field, wanted, proof, "during apply", lambda: under_apply(world, proof, field, wanted))
        held(field, wanted, proof, "after apply", lambda: field.volley(wanted, ROUNDS))
        proof.check("allowed flow lives on", connection.echo(), f"the same connection after {APPLIES} applies")
        world.gateway.stop()
        held(field, wanted, proof, "daemon stopped, rules stay", lambda: field.volley(wanted, ROUNDS))
        say("control: rules flushed, forwarding on")
        with world.gateway.opened():
            field.forget()
            field.volley(wanted, 3)
            field.settle()
            arrived = field.leaks(wanted)
            silent = [probe.name for probe in wanted if probe.name not in arrived]
            proof.check("control: the same packets arrive without rules", not silent,
                        f"{len(arrived)} of {len(wanted)} kinds, {sum(field.offered.values())} offered" + (f"; silent: {', '.join(silent[:5])}" if silent else ""))
    finally:
        if field:
            field.close()
        connection.close()


def held(field, wanted, proof, when, fire):
    field.forget()
    fire()
    field.settle()
    leaked = field.leaks(wanted)
    shown = "; ".join(f"{name}: {', '.join(where)}" for name, where in list(leaked.items())[:8])
    offered = sum(field.offered.values())
    kinds = sum(1 for number in range(len(wanted)) if field.offered[number])
    proof.check(f"nothing leaks {when}", not leaked and kinds == len(wanted),
                f"{offered} offered of {kinds} kinds, {sum(field.seen.values())} arrived" + (f": {shown}" if shown else ""))


def under_apply(world, proof, field, wanted):
    """A flood of everything while apply runs again and again; every second
    one takes a flow away or brings it back, so that rules really change."""
    done = threading.Event()
    flood = threading.Thread(target=lambda: [field.volley(wanted, 1) for _ in iter(done.is_set, True)], daemon=True)
    extra = world.gateway.config / "flows.d" / "extra.toml"
    written = (world.gateway.config / "flows.d" / "office.toml").read_text().split("[[expect]]")[0]
    applied, refused = 0, ""
    flood.start()
    try:
        for number in range(APPLIES):
            if number % 2:
                extra.unlink(missing_ok=True)
            else:
                # A retired id is never used again: each is new.
                extra.write_text(extra_flow(written.replace("office-business", f"office-extra-{number}")))
            done_one = world.gateway.apply(check=False)
            applied += done_one.returncode == 0
            refused = refused or done_one.stderr.strip()
    finally:
        done.set()
        flood.join()
        extra.unlink(missing_ok=True)
    proof.check("apply under flood", applied == APPLIES, f"{applied} of {APPLIES} applied" + (f"; {refused[:300]}" if refused and applied < APPLIES else ""))
    world.gateway.apply(check=False)


def extra_flow(written):
    """lgwan -> office tcp/8080, a port that no probe uses."""
    lines = []
    for line in written.splitlines():
        key = line.split("=")[0].strip()
        if key == "from":
            line = 'from     = "lgwan:mail-lgwan"'
        elif key == "to":
            line = 'to       = "office:pc-office"'
        elif key == "service":
            line = 'service  = "tcp/8080"'
        lines.append(line)
    return "\n".join(lines) + "\n"

