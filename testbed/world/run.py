"""Runs the scenarios, one folder each.

usage: run.py [NAME…]     only folders whose name contains one of these
env:   SEKIMORI_VERIFY  residual.py or its folder; SEKIMORI_KILL_CYCLES (20)
       SEKIMORI_PROGRAMS  folder of the programs; SEKIMORI_KEEP=1 keeps the folder
"""
import importlib.util
import os
import pathlib
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from world import mails  # noqa: E402
from world.proof import Proof, say  # noqa: E402
from world.world import World  # noqa: E402


def chosen(words):
    folders = sorted(path for path in (ROOT / "scenarios").iterdir() if path.is_dir())
    return [path for path in folders if not words or any(word in path.name for word in words)]


def run(folder, world, proof):
    if (folder / "mail.toml").exists():
        mails.check(world, proof, world.mails[folder.name])
    elif (folder / "scenario.py").exists():
        made = importlib.util.spec_from_file_location(folder.name.replace("-", "_"), folder / "scenario.py")
        module = importlib.util.module_from_spec(made)
        made.loader.exec_module(module)
        module.run(world, proof)
    else:
        proof.skip(folder.name, "only described")


def main():
    folders = chosen(sys.argv[1:])
    if not folders:
        raise SystemExit("no such scenario")
    proof = Proof()
    with World(programs=os.environ.get("SEKIMORI_PROGRAMS")) as world:
        world.mails = {folder.name: mails.Mail(folder) for folder in folders if (folder / "mail.toml").exists()}
        if world.mails and mails.residual():
            mails.deliver_untreated(world, world.mails.values())
        for number, folder in enumerate(folders, 1):
            say(f"[{number}/{len(folders)}] {folder.name}")
            try:
                if not world.gateway.alive():
                    world.gateway.start()
                run(folder, world, proof)
            except Exception as error:
                traceback.print_exc()
                proof.check(f"{folder.name} ran to its end", False, f"{type(error).__name__}: {error}")
        if proof.failed:
            say("the daemon's last words:\n" + world.gateway.log()[-2500:])
            say("its record's last lines:\n" + world.gateway.command("--lang", "en", "audit", "tail", "-n", "25").stdout[-4000:])
    return proof.summary()


if __name__ == "__main__":
    sys.exit(main())
