#!/usr/bin/env python3
"""An exercise with a controller and players: who knows the truth, who steers, and what a live event
does. Prints one line a case (TAP).

  tests/cli/test_control.py WATCHFIRE ROOT
"""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "node"))
from test_node import WAIT_S, Node, check, run_cases, until  # noqa: E402
from test_node_officers import Page  # noqa: E402

PASSWORD = "a horse of the watch"


class LiveNode:
    """What `watchfire status` hears of a live node: a socket beside its journal."""

    def __init__(self, path):
        self.events = 0
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(path))
        self.door.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            visitor, _ = self.door.accept()
            visitor.sendall(json.dumps({"picture": {"events": self.events}}).encode())
            visitor.close()


class Exercise:
    def __init__(self, command, root, folder):
        self.command, self.root, self.folder = Path(command).resolve(), Path(root), Path(folder)
        for name, roles in (("kim", "watch"), ("boss", "control")):
            subprocess.run([self.command, "officers", "add", "officers.yaml", name, "--roles",
                            roles, "--password", "-"], input=PASSWORD + "\n", text=True,
                           cwd=self.folder, check=True, capture_output=True, timeout=WAIT_S)
        node = Node(self.command, root, folder).file
        text = node.read_text() + "officers: officers.yaml\n"
        (self.folder / "live.yaml").write_text(text.replace("exercise", "live"))
        (self.folder / "other.yaml").write_text(text)
        self.live = LiveNode(self.folder / "journal.db.status")
        self.process = None

    def said(self):
        return ""  # what it prints is read by the cases

    def run(self, *words):
        return subprocess.run([self.command, "exercise", *words], cwd=self.folder,
                              capture_output=True, text=True, timeout=WAIT_S)

    def start(self):
        scenario = (self.root / "data/scenarios/2022-10-04-irbm-over-japan.yaml").resolve()
        self.process = subprocess.Popen(
            [self.command, "exercise", scenario, "--officers", "officers.yaml", "--live",
             "live.yaml"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        said = ""
        while "JPN http" not in said:
            said += self.process.stdout.readline()
        at = types.SimpleNamespace(console=int(re.search(r"JPN http://[\d.]+:(\d+)", said)[1]))
        self.kim, self.boss = Page(at), Page(at)
        for page, name in ((self.kim, "kim"), (self.boss, "boss")):
            check(page.sign_in(name, PASSWORD)[0] == 200, name)

    def steer(self, page, what, value=None):
        body = {"what": what} if value is None else {"what": what, "value": value}
        return page.ask("POST", "/control", body)[0]

    def truth(self):
        return self.boss.ask("GET", "/control")[1]

    def clock(self):
        return self.kim.ask("GET", "/state")[1]["clock"]


def what_does_not_go_together_is_refused(e):
    for words, expected in [
        (["--officers", "officers.yaml", "--fast"], "no --fast, --resume or --sensors-only"),
        (["--live", "live.yaml"], "--officers FILE: somebody has to go on"),
        (["--officers", "nothing.yaml"], "nothing.yaml"),
        (["--officers", "officers.yaml", "--live", "other.yaml"],
         "other.yaml: a node of the domain exercise; expected one of the live domain"),
    ]:
        scenario = str((e.root / "data/scenarios/2022-10-04-irbm-over-japan.yaml").resolve())
        done = e.run(scenario, *words)
        check(done.returncode == 2 and expected in done.stderr, done)


def players_are_not_told_what_will_come(e):
    e.start()
    clock = e.clock()
    check((clock["title"], clock["start"]) == ("", None), clock)
    check(e.kim.ask("GET", "/control")[0] == 403, "the truth is for the controller")
    truth = e.truth()
    check(truth["launches"][0]["name"] == "Mupyong-ni" and truth["t_s"] < 0, truth)


def only_the_controller_steers(e):
    for what in ("pause", "go", "jump", "inject"):
        check(e.steer(e.kim, what, 1) == 403, what)
    check(e.steer(e.boss, "pause") == 200, "pause")
    until(lambda: True if e.clock()["note"] == "paused by the controller" else None, "the note")
    stands = e.truth()["t_s"]
    check(e.truth()["stands"] and e.clock()["speed"] == 0, "it stands")
    for what, value in (("jump", 0), ("jump", 1e9), ("inject", 2), ("go", -1), ("stop", None)):
        check(e.steer(e.boss, what, value) == 400, what)
    check(e.steer(e.boss, "inject", 1) == 200, "inject")
    check(e.steer(e.boss, "jump", 30) == 200, "jump")
    truth = until(lambda: e.truth() if e.truth()["t_s"] >= stands + 30 else None, "the jump")
    check(truth["injected"] == 1 and not truth["stands"], truth)


def a_live_event_suspends_it_at_once(e):
    e.live.events = 1
    clock = until(lambda: e.clock() if e.clock()["suspended"] else None, "the suspension")
    check(clock["suspended"] == "A LIVE EVENT IS GOING ON" and clock["speed"] == 0, clock)
    for what in ("go", "jump", "inject"):
        check(e.steer(e.boss, what, 1) == 409, what)
    stands = e.truth()["t_s"]
    e.live.events = 0
    until(lambda: True if "is over" in e.clock()["suspended"] else None, "the end of it")
    check(e.truth()["t_s"] == stands, "it does not go on by itself")
    check(e.steer(e.boss, "jump", 10) == 409, "and not by a jump")
    check(e.steer(e.boss, "go") == 200, "but when the controller says so")
    until(lambda: True if e.clock()["suspended"] == "" else None, "the page to go on")


def an_order_reaches_the_nation_that_plays(e):
    check(e.kim.order("false", event="1", reason="nothing is there yet")[0] in (200, 404), "order")
    check(e.boss.order("false", event="1", reason="not his to judge")[0] in (403, 404), "role")
    e.process.send_signal(signal.SIGINT)
    said, _ = e.process.communicate(timeout=WAIT_S)
    check(e.process.returncode == 130, said[-500:])


CASES = [
    what_does_not_go_together_is_refused,
    players_are_not_told_what_will_come,
    only_the_controller_steers,
    a_live_event_suspends_it_at_once,
    an_order_reaches_the_nation_that_plays,
]


if __name__ == "__main__":
    sys.exit(run_cases(Exercise, CASES))
