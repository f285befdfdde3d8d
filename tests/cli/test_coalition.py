#!/usr/bin/env python3
"""./run coalition as its user meets it: starts from nothing, stops by Ctrl-C, goes on from what it
left, leaves nothing running even when it is killed, and its nations hold a launch together. Prints
one line a case (TAP).

  tests/cli/test_coalition.py WATCHFIRE ROOT
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# The launch that is seen first of all: after half a minute.
SCENARIO = "data/scenarios/2019-07-25-pull-up.yaml"
START_S, END_S = 90, 15


class Coalition:
    def __init__(self, watchfire, root, folder):
        self.watchfire, self.root, self.folder = watchfire, Path(root).resolve(), folder
        self.words = [
            sys.executable, str(self.root / "scripts" / "coalition.py"), "--watchfire",
            str(Path(watchfire).resolve()), "--scenario", str(self.root / SCENARIO), folder,
        ]  # fmt: skip

    def start(self, *words):
        return subprocess.Popen([*self.words, *words], stdout=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def left(self):
        """The command lines that still name the folder."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if self.folder in line and int(place.name) != os.getpid():
                found.append(line)
        return found

    def nothing_left(self):
        end = time.monotonic() + END_S
        while self.left() and time.monotonic() < end:
            time.sleep(0.1)
        assert not self.left(), self.left()


def read_until(script, words):
    """What it said, up to a line with these words."""
    said = []
    for line in script.stdout:
        said.append(line)
        if words in line:
            return "".join(said)
    raise AssertionError("".join(said))


def from_nothing_and_interrupted(coalition):
    script = coalition.start()
    said = read_until(script, "The sensors play")
    assert all(f"  {nation}  http://127.0.0.1:" in said for nation in ("KOR", "JPN", "USA")), said
    assert len(coalition.left()) >= 6, coalition.left()  # a server, three nodes, sensors, itself
    script.send_signal(signal.SIGINT)
    rest, _ = script.communicate(timeout=END_S)
    assert script.returncode == 0 and rest.endswith("All stopped.\n"), rest
    coalition.nothing_left()


def killed(coalition):
    script = coalition.start()
    read_until(script, "The sensors play")
    script.kill()
    script.communicate(timeout=END_S)
    coalition.nothing_left()


def a_node_that_dies(coalition):
    script = coalition.start()
    read_until(script, "The sensors play")
    for place in Path("/proc").glob("[0-9]*"):
        line = (place / "cmdline").read_bytes() if place.exists() else b""
        if b"\0node\0" in line and f"{coalition.folder}/KOR".encode() in line:
            os.kill(int(place.name), signal.SIGKILL)
    rest, _ = script.communicate(timeout=END_S)
    assert script.returncode == 1 and "KOR's node ended by itself" in rest, rest
    coalition.nothing_left()


def all_hold_the_launch(coalition):
    """Over the keys, certificates and journals of the starts before. At the same time another one,
    where KOR and JPN have no line to each other."""
    script = coalition.start("--check", "150")
    read_until(script, "The sensors play")
    relay = Coalition(coalition.watchfire, coalition.root, f"{coalition.folder}/relay")
    relay.script = relay.start("--check", "150", "--relay")
    said, _ = script.communicate(timeout=150 + START_S)
    assert script.returncode == 0, said
    relayed, _ = relay.script.communicate(timeout=150 + START_S)
    assert relay.script.returncode == 0, relayed
    assert " JPN: " in relayed and "KOR, by way of USA, contributes" in relayed, relayed
    assert "KOR: the link with JPN" not in relayed, relayed
    for nation, others in (("KOR", "JPN USA"), ("JPN", "KOR USA"), ("USA", "KOR JPN")):
        parts = [f"{other} contributes" for other in others.split()]
        lines = [line for line in said.splitlines() if f" {nation}: " in line]
        assert any(part in line for line in lines for part in parts), said
    coalition.nothing_left()


TESTS = [from_nothing_and_interrupted, killed, a_node_that_dies, all_hold_the_launch]


def main():
    status = 0
    print(f"1..{len(TESTS)}")
    with tempfile.TemporaryDirectory(prefix="watchfire-coalition-") as folder:
        coalition = Coalition(*sys.argv[1:3], folder)
        for number, test in enumerate(TESTS, 1):
            try:
                test(coalition)
                said = "ok"
            except (AssertionError, subprocess.TimeoutExpired) as trouble:
                print(*trouble.args, sep="\n")
                said, status = "not ok", 1
            print(f"{said} {number} - {test.__name__.replace('_', ' ')}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
