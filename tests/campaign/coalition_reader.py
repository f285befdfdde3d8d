#!/usr/bin/env python3
"""Reads the journals of a coalition and checks what an exchange must never get wrong.

    coalition_reader.py [--json] NATION=JOURNAL NATION=JOURNAL ...

Written from docs/wire.md and the head of src/engine/event.c, and shares no code with the program.
From what each nation's node was told (its journalled inputs) it checks:

  lost        whatever a partner acknowledged is in that partner's own journal
  chain       the records there give the heads that were acknowledged
  holes       nothing is missing below an acknowledged position
  twice       no sequence of a ledger was told with two different contents
  label       each record names its owner as owner, and its receiver as releasable to
  duplicate   no two ledger entries of one epoch are the same state of the same object

Exit status 0: all holds; 1: something does not, and each is printed; 2: wrong use."""
import hashlib
import json
import sqlite3
import struct
import sys

BOOT, TICK, SCAN, FRAME, REFUSED, COMMITTED = range(1, 7)
HELLO, BATCH, ACK, GAP, HEARTBEAT = range(1, 6)
TRACK, NOTICE, WARNING = 4, 5, 6  # fields of Record


def message(data):
    """Fields of a Protocol Buffers message: number -> list of values."""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
        elif kind == 1:
            value = data[at:at + 8]
            at += 8
        elif kind == 2:
            size = varint()
            value = data[at:at + size]
            at += size
        else:
            raise ValueError(f"wire type {kind}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def epoch(data):
    f = message(data)
    return f.get(1, [0])[0], f.get(2, [b""])[0]


def position(data):
    f = message(data)
    return (epoch(f.get(1, [b""])[0]), f.get(2, [0])[0], f.get(3, [bytes(32)])[0] or bytes(32))


def keyed(key, purpose, a, b):
    h = hashlib.blake2b(key=key, digest_size=32)
    for part in (purpose.encode(), a, b):
        h.update(struct.pack(">Q", len(part)) + part)
    return h.digest()


def next_head(salt, before, sequence, record):
    number = struct.pack(">Q", sequence)
    entry = keyed(salt + bytes(16), "salt", number, b"")
    return keyed(entry, "head", before + number, record)


class Ledger:
    """What one nation received of another's ledger, in one epoch."""

    def __init__(self):
        self.records = {}  # sequence -> bytes
        self.heads = {}    # sequence -> head after it
        self.gaps = []     # (first, last)
        self.base = 0      # it begins after this sequence

    def has(self, sequence):
        return sequence in self.records or any(a <= sequence <= b for a, b in self.gaps)


class Node:
    def __init__(self, nation, path):
        self.nation = nation
        self.ledgers = {}  # (owner, epoch) -> Ledger: what it received
        self.acks = []     # (receiver, epoch, sequence, head, ranges): what it was told
        self.contents = 0
        self.faults = []
        self.counts = {}
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        rows = database.execute("SELECT position, input FROM journal_group ORDER BY position")
        for number, (at, data) in enumerate(rows, 1):
            if at != number:
                self.fault("journal", f"position {at} where {number} was expected")
            self.take(data)
        database.close()

    def fault(self, kind, text):
        self.faults.append(f"{kind}: {self.nation}: {text}")

    def take(self, data):
        signed, kind = data[0], data[1]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind != FRAME or not signed:
            return
        partner = data[10:13].decode()
        size = struct.unpack(">I", data[14:18])[0]
        self.frame(partner, data[18:18 + size])

    def frame(self, partner, frame):
        if frame[0] == BATCH:
            self.batch(partner, frame)
        elif frame[0] == ACK:
            f = message(frame[1:])
            where = position(f[2][0])
            ranges = [(r.get(1, [0])[0], r.get(2, [0])[0]) for r in map(message, f.get(3, []))]
            self.acks.append((partner, *where, ranges))
        elif frame[0] == GAP:
            f = message(frame[1:])
            ledger = self.ledger(partner, epoch(f[1][0]))
            ledger.gaps.append((f[2][0], f[3][0]))
        elif frame[0] == HELLO:
            f = message(frame[1:])
            if 9 in f:
                base = position(f.get(8, [b""])[0])
                self.ledger(partner, position(f[9][0])[0]).base = base[1]

    def ledger(self, owner, which):
        return self.ledgers.setdefault((owner, which), Ledger())

    def batch(self, owner, frame):
        size = struct.unpack(">H", frame[1:3])[0]
        f = message(frame[3:3 + size])
        ledger = self.ledger(owner, epoch(f[1][0]))
        first, count = f[2][0], f[3][0]
        head = f.get(4, [b""])[0] or bytes(32)
        salt = f[5][0]
        ledger.heads.setdefault(first - 1, head)
        at = 3 + size
        for sequence in range(first, first + count):
            size = struct.unpack(">H", frame[at:at + 2])[0]
            record = frame[at + 2:at + 2 + size]
            at += 2 + size
            head = next_head(salt, head, sequence, record)
            self.record(owner, ledger, sequence, record, head)

    def record(self, owner, ledger, sequence, record, head):
        before = ledger.records.get(sequence)
        if before is not None and before != record:
            self.fault("twice", f"{owner}'s entry {sequence} has two contents")
        if ledger.heads.get(sequence, head) != head:
            self.fault("chain", f"{owner}'s entry {sequence} has two heads")
        ledger.records[sequence] = record
        ledger.heads[sequence] = head
        label = message(message(record)[2][0])
        releasable = [x.decode() for x in label.get(3, [])]
        if label[1][0].decode() != owner:
            self.fault("label", f"{owner}'s entry {sequence} is owned by {label[1][0].decode()}")
        if self.nation not in releasable:
            self.fault("label", f"{owner}'s entry {sequence} is for {releasable}")


def state_of(record):
    """What may be in a ledger once only: a state of an object, by its id and time."""
    f = message(record)
    if TRACK in f:
        track = message(f[TRACK][0])
        return "track", track[1][0], track.get(5, [b""])[0], track.get(2, [0])[0]
    return None


def check_acks(owner, nodes):
    """What the owner was told is durable must be at whoever said so."""
    faults, acknowledged = [], 0
    newest = {}
    for receiver, which, sequence, head, ranges in owner.acks:
        if receiver not in nodes:
            continue
        ledger = nodes[receiver].ledgers.get((owner.nation, which), Ledger())
        known = newest.get((receiver, which), 0)
        wanted = set(range(known + 1, sequence + 1))
        for first, last in ranges:
            wanted.update(range(first, last + 1))
        newest[(receiver, which)] = max(known, sequence)
        for n in sorted(wanted):
            if n > ledger.base and not ledger.has(n):
                faults.append(f"lost: {owner.nation}: {receiver} acknowledged {n}, and has it not")
        if ledger.heads.get(sequence, head) != head:
            faults.append(f"chain: {owner.nation}: {receiver} acknowledged {sequence} "
                          "under another head")
        acknowledged += len(wanted)
    return faults, acknowledged


def check(nodes):
    faults, acknowledged, records = [], 0, 0
    for node in nodes.values():
        faults += node.faults
        more, count = check_acks(node, nodes)
        faults += more
        acknowledged += count
        for (owner, _), ledger in node.ledgers.items():
            records += len(ledger.records)
            seen = {}
            for sequence, record in ledger.records.items():
                state = state_of(record)
                if state is not None and state in seen:
                    faults.append(f"duplicate: {node.nation}: {owner}'s entries {seen[state]} "
                                  f"and {sequence} are one state")
                seen[state] = sequence
    return faults, acknowledged, records


def main(arguments):
    as_json = "--json" in arguments
    pairs = [a.split("=", 1) for a in arguments if a != "--json"]
    if not pairs or any(len(p) != 2 for p in pairs):
        print(__doc__, file=sys.stderr)
        return 2
    nodes = {nation: Node(nation, path) for nation, path in pairs}
    faults, acknowledged, records = check(nodes)
    if as_json:
        print(json.dumps({"acknowledged": acknowledged, "records": records, "faults": faults}))
    else:
        for fault in faults[:50]:
            print(fault)
        print(f"{acknowledged} acknowledged, {records} received, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
