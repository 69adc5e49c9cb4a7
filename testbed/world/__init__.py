"""The testbed's world: four namespaces, two real Postfixes, one gateway.

namespaces.py  who is joined to whom        postfix.py  the two mail servers
gateway.py     the daemon in the middle     packets.py  frames out, frames in
mailbox.py     what arrived, read by others proof.py    one line per check
world.py       all of it, raised and taken down
"""
