#!/usr/bin/env python3
"""The reader of journals finds nothing wrong in a good coalition, and finds what is done to one.
Prints one line a case (TAP).

  tests/campaign/test_reader.py WATCHFIRE ROOT
"""
import importlib.util
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

NATIONS = ("KOR", "JPN", "USA")
SCENARIO = "data/scenarios/2023-05-31-failed-satellite.yaml"


def load_reader():
    path = Path(__file__).with_name("coalition_reader.py")
    spec = importlib.util.spec_from_file_location("coalition_reader", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reader = load_reader()


def judge(folder):
    nodes = {n: reader.Node(n, folder / f"{n}.journal") for n in NATIONS}
    return reader.check(nodes)


def frames(database, kind):
    """Position and input of the frames of a kind. A frame stands between 18 bytes of header and 64
    of signature."""
    for at, data in database.execute("SELECT position, input FROM journal_group").fetchall():
        if data[1] == reader.FRAME and data[18] == kind:
            yield at, data


def span(data):
    """Sequences first to last of a batch."""
    size = struct.unpack(">H", data[19:21])[0]
    header = reader.message(data[21:21 + size])
    return header[2][0], header[2][0] + header[3][0] - 1


def rewrite(database, at, data):
    database.execute("UPDATE journal_group SET input = ? WHERE position = ?", (data, at))


def lose_a_batch(database):
    """Whatever brought one entry becomes a refusal."""
    at, data = next(frames(database, reader.BATCH))
    partner, wanted = data[10:13], span(data)[0]
    for at, data in frames(database, reader.BATCH):
        first, last = span(data)
        if data[10:13] == partner and first <= wanted <= last:
            rewrite(database, at, bytes([0, reader.REFUSED]) + data[2:14] + b"\x04")


def flip_a_record(database):
    at, data = list(frames(database, reader.BATCH))[3]
    rewrite(database, at, data[:-65] + bytes([data[-65] ^ 1]) + data[-64:])


def address_another(database):
    """A record for somebody else: the receiver's name in its label becomes another."""
    for at, data in frames(database, reader.BATCH):
        label = data.find(b"\x1a\x03JPN")
        if label > 0:
            rewrite(database, at, data[:label + 2] + b"PRK" + data[label + 5:])
            return


def acknowledge_more(database):
    """The partner's last word becomes that it has a hundred more than there are."""
    at, data = list(frames(database, reader.ACK))[-1]
    sequence = reader.position(reader.message(data[19:-64])[2][0])[1]
    assert 128 <= sequence and sequence + 100 < 16384, sequence
    old, new = (struct.pack("BBB", 0x10, n & 127 | 128, n >> 7) for n in (sequence, sequence + 100))
    assert old in data
    rewrite(database, at, data.replace(old, new, 1))


CASES = (
    ("a lost batch", "JPN", lose_a_batch, "lost: "),
    ("a changed record", "USA", flip_a_record, "chain: "),
    ("a record for another nation", "JPN", address_another, "label: "),
    ("an acknowledgement of what is not there", "KOR", acknowledge_more, "lost: "),
)


def main(command, root):
    failed = 0
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # no disk to wait for
    with tempfile.TemporaryDirectory(dir=memory) as name:
        good = Path(name) / "good"
        good.mkdir()
        subprocess.run([Path(command).resolve(), "exercise", SCENARIO, "--fast", "--seed", "3",
                        "--journal", good], cwd=root, check=True, stdout=subprocess.DEVNULL)
        faults, acknowledged, _ = judge(good)
        ok = not faults and acknowledged > 500
        failed += not ok
        print(f"1..{1 + len(CASES)}")
        print(f"{'ok' if ok else 'not ok'} 1 - nothing is wrong with {acknowledged} acknowledged")
        for number, (title, nation, change, expected) in enumerate(CASES, 2):
            bad = Path(name) / "bad"
            shutil.copytree(good, bad)
            database = sqlite3.connect(bad / f"{nation}.journal")
            change(database)
            database.commit()
            database.close()
            found = [f for f in judge(bad)[0] if f.startswith(expected)]
            failed += not found
            print(f"{'ok' if found else 'not ok'} {number} - {title} is found"
                  f"{': ' + found[0] if found else ''}")
            shutil.rmtree(bad)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
