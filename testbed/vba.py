"""A minimal VBA project, byte by byte: an OLE2 compound file ([MS-CFB]) with
the streams of [MS-OVBA]. Real enough for olevba; the macro itself does
nothing but say that it ran."""
import struct

SOURCE = (
    'Attribute VB_Name = "Module1"\r\n'
    "Sub AutoOpen()\r\n"
    '    Shell "cmd.exe /c echo sekimori-testbed", 0\r\n'
    "End Sub\r\n"
    "Sub Workbook_Open()\r\n"
    "    AutoOpen\r\n"
    "End Sub\r\n"
).encode("ascii")

FREE, END, FAT_SECTOR, NO_STREAM = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
SECTOR, SMALL_SECTOR, SMALL_BELOW = 512, 64, 4096


def compressed(data):
    """[MS-OVBA] 2.4.1 with literal tokens only; one chunk."""
    assert len(data) <= 3600
    tokens = b"".join(b"\0" + data[at:at + 8] for at in range(0, len(data), 8))
    return b"\x01" + struct.pack("<H", 0xB000 | (len(tokens) + 2 - 3)) + tokens


def record(number, data):
    return struct.pack("<HI", number, len(data)) + data


def directory_stream():
    """[MS-OVBA] 2.3.4.2, uncompressed."""
    def both(number, second, text):
        return record(number, text.encode("cp932")) + record(second, text.encode("utf-16-le"))

    out = record(0x01, struct.pack("<I", 1))                     # 32-bit Windows
    out += record(0x02, struct.pack("<I", 0x409)) + record(0x14, struct.pack("<I", 0x409))
    out += record(0x03, struct.pack("<H", 932)) + record(0x04, b"VBAProject")
    out += both(0x05, 0x40, "") + record(0x06, b"") + record(0x3D, b"")
    out += record(0x07, struct.pack("<I", 0)) + record(0x08, struct.pack("<I", 0))
    out += struct.pack("<HIIH", 0x09, 4, 1, 1)
    out += both(0x0C, 0x3C, "")
    out += record(0x0F, struct.pack("<H", 1)) + record(0x13, struct.pack("<H", 0xFFFF))
    out += both(0x19, 0x47, "Module1") + both(0x1A, 0x32, "Module1") + both(0x1C, 0x48, "")
    out += record(0x31, struct.pack("<I", 0)) + record(0x1E, struct.pack("<I", 0))
    out += record(0x2C, struct.pack("<H", 0xFFFF)) + record(0x21, b"") + record(0x2B, b"")
    return out + record(0x10, b"")


def project():
    """The bytes of vbaProject.bin."""
    properties = (
        'ID="{00000000-0000-0000-0000-000000000000}"\r\nModule=Module1\r\nName="VBAProject"\r\n'
        'HelpContextID="0"\r\nVersionCompatible32="393222000"\r\nCMG="0000"\r\nDPB="0000"\r\nGC="0000"\r\n\r\n'
        "[Host Extender Info]\r\n&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000\r\n\r\n"
        "[Workspace]\r\nModule1=0, 0, 0, 0, C\r\n").encode("ascii")
    streams = {
        "_VBA_PROJECT": struct.pack("<HHBH", 0x61CC, 0xFFFF, 0, 0),
        "dir": compressed(directory_stream()),
        "Module1": compressed(SOURCE),
    }
    return compound(streams, properties)


def compound(inside, properties):
    """An OLE2 file: storage VBA with the streams `inside`, beside it PROJECT."""
    small, table = b"", []
    starts = {}
    for name, data in [*inside.items(), ("PROJECT", properties)]:
        assert 0 < len(data) < SMALL_BELOW
        first, count = len(table), -(-len(data) // SMALL_SECTOR)
        starts[name] = (first, len(data))
        table += [first + n + 1 for n in range(count - 1)] + [END]
        small += data.ljust(count * SMALL_SECTOR, b"\0")

    def ordered(names):                      # [MS-CFB] 2.6.4: by length, then upper case
        return sorted(names, key=lambda name: (len(name), name.upper()))

    names = ["Root Entry", "PROJECT", "VBA", *ordered(inside)]
    number = {name: at for at, name in enumerate(names)}
    top, below = ordered(["PROJECT", "VBA"]), ordered(inside)
    after = {a: number[b] for group in (top, below) for a, b in zip(group, group[1:])}
    small_sectors = -(-len(small) // SECTOR)
    directory_sectors = -(-len(names) * 128 // SECTOR)
    small_start = 1 + directory_sectors + 1  # FAT, directory, small FAT, small stream
    entries = b""
    for name in names:
        kind = 5 if name == "Root Entry" else 1 if name == "VBA" else 2
        child = {"Root Entry": number[top[0]], "VBA": number[below[0]]}.get(name, NO_STREAM)
        start, size = {"Root Entry": (small_start, len(small)), "VBA": (0, 0)}.get(name) or starts[name]
        wide = (name + "\0").encode("utf-16-le")
        entries += wide.ljust(64, b"\0") + struct.pack(
            "<HBBIII16sIQQIQ", len(wide), kind, 1, NO_STREAM, after.get(name, NO_STREAM), child, b"\0" * 16, 0, 0, 0, start, size)
    empty = b"\0" * 68 + struct.pack("<III", NO_STREAM, NO_STREAM, NO_STREAM) + b"\0" * 48
    entries += empty * (directory_sectors * 4 - len(names))

    def chain(first, count):
        return [first + n + 1 for n in range(count - 1)] + [END]

    fat = [FAT_SECTOR, *chain(1, directory_sectors), END, *chain(small_start, small_sectors)]
    fat += [FREE] * (128 - len(fat))
    small_fat = table + [FREE] * (128 - len(table))
    assert len(fat) == len(small_fat) == 128
    head = struct.pack("<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\0" * 16, 0x3E, 3, 0xFFFE, 9, 6, b"\0" * 6,
                       0, 1, 1, 0, SMALL_BELOW, 1 + directory_sectors, 1, END, 0, 0)
    head += struct.pack("<108I", *([FREE] * 108))     # after DIFAT[0] = sector 0
    return head + struct.pack("<128I", *fat) + entries + struct.pack("<128I", *small_fat) + small.ljust(small_sectors * SECTOR, b"\0")
