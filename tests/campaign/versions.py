#!/usr/bin/env python3
"""A coalition is upgraded, one nation after the other, while it watches: a program that speaks the
first version of the wire alone beside today's. That program is today's with a few lines changed
(docs/wire.md says what version 1 has not), compiled and linked anew. Prints one line a case (TAP).

  tests/campaign/versions.py WATCHFIRE
"""

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import exchange

ROOT = exchange.HERE.parents[1]
CHANGES = {
    "src/share/session.c": [("s->newest = CODEC_SCHEMA_MAX;", "s->newest = 1;")],
    "src/share/frame.c": [  # the field is not of that version, and so is not canonical
        ("    TRY(wire_decode(watchfire_v1_Hello_fields, in, &wire));",
         "    TRY(wire_decode(watchfire_v1_Hello_fields, in, &wire));\n"
         "    ENSURE(wire.key_list.size == 0 && wire.keys_held == 0, ERR_CANONICAL);"),
    ],
}


def earlier(watchfire, folder):
    """The program of before."""
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tests/mutants/mutants.py")
    mutants = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = mutants
    spec.loader.exec_module(mutants)
    build = mutants.Build(watchfire.parent)
    texts = {}
    for file, changes in CHANGES.items():
        texts[file] = (ROOT / file).read_text()
        for old, new in changes:
            assert texts[file].count(old) == 1, (file, old)
            texts[file] = texts[file].replace(old, new)
    identity = watchfire.parent / "src/node/build_identity.c"
    other = identity.read_text().replace("0x", "0xff ^ 0x")
    texts[str(identity.relative_to(ROOT))] = other
    return build.link(Path(watchfire.name), texts, folder)


def give_key_lists(made):
    """By hand: a partner of version 1 sends none, and takes none."""
    for nation in exchange.NATIONS:
        lines = []
        for line in made.file(nation).read_text().splitlines():
            lines.append(line)
            if line.startswith("  - nation: "):
                other = line.split()[-1]
                shutil.copy(made.folder / other / "keys" / "key-list",
                            made.folder / nation / f"{other}.key-list")
                lines.append(f"    key list: {other}.key-list")
        made.file(nation).write_text("\n".join(lines) + "\n")


def versions(made):
    """What each two speak, by both."""
    return {frozenset((s["nation"], p["nation"])): p["schema"]
            for s in made.statuses() for p in s["partners"]}


def received(made):
    return {(s["nation"], p["nation"]): p["received"]
            for s in made.statuses() for p in s["partners"]}


def goes_on(made):
    """Waits until each nation has got more from each than it had."""
    before = received(made)
    exchange.until(lambda: all(now > before[pair] for pair, now in received(made).items()),
                   "records both ways between all", made)


def campaign(watchfire, old):
    cases = []

    def prepare(made):
        give_key_lists(made)
        made.programs = {nation: old for nation in exchange.NATIONS}

    with exchange.running(watchfire, prepare=prepare) as made:
        sensors = made.start_sensors()
        goes_on(made)
        cases.append(("three of version 1 share", set(versions(made).values()) == {1}, ""))
        for number, nation in enumerate(exchange.NATIONS, 1):
            made.kill_node(nation)
            del made.programs[nation]
            made.start_node(nation)
            exchange.until(lambda: all(p["up"] for s in made.statuses() for p in s["partners"]),
                           "all links up", made)
            goes_on(made)
            new = set(exchange.NATIONS[:number])
            speak = versions(made)
            good = all(speak[pair] == (2 if pair <= new else 1) for pair in speak)
            cases.append((f"{nation} upgraded: records go on both ways between all, in the version "
                          "that both speak", good, "" if good else speak))
        sensors.kill()
        made.drain()
        bad = made.stop()
        faults, acknowledged, records = made.judge(one_program=False)
    cases.append(("nodes stop when told", not bad, bad))
    cases.append((f"nothing lost, doubled or misdirected of {acknowledged} acknowledged, "
                  f"{records} received", not faults and acknowledged > 100, faults[:3] or ""))
    return exchange.report(cases)


def main(arguments):
    exchange.need_tools()
    watchfire = Path(arguments[0]).resolve()
    with tempfile.TemporaryDirectory(prefix="watchfire-versions-") as folder:
        return campaign(watchfire, earlier(watchfire, Path(folder)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
