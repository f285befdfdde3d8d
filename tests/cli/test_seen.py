#!/usr/bin/env python3
"""What a person sees: an exercise at a terminal, and the table of `watchfire status` of a node to
which everything has happened. Prints one line a case (TAP).

  tests/cli/test_seen.py WATCHFIRE ROOT
"""

import json
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
from fcntl import ioctl

from test_commands import House, tap

WAIT_S = 60
REFUSED = {"malformed": 3, "from the future": 1}
STATUS = {
    "nation": "KOR", "domain": "live-test", "uptime_s": 90061.0, "started": "2022-10-03T22:25:00Z",
    "policy": 4, "health_more": 2,
    "health": [{"alarm": True, "what": "disk full", "since": "22:25", "age_s": 7201,
                "todo": "make room"}, {"what": "a clock", "since": "22:26", "age_s": 600}],
    "journal": {"state": "failed", "failed_for_s": 130, "fault": "no space", "position": 9,
                "keep_s": 864000, "kept_from": "2022-10-01", "first_kept": 5,
                "keeps_longer_for": "JPN"},
    "clock": {"state": "good", "ahead_s": 0.4, "steps": 2, "last_step_s": -1.5},
    "input": {"waiting": 1, "connections": 2, "datagrams_dropped_by_system": 7,
              "connections_turned_away": 8, "refused": REFUSED},
    "sensors": [{"id": "K-EAST", "kind": "radar", "age_s": 0.5, "observations": 12,
                 "refused": {}}, {"id": "K-WEST", "kind": "radar", "refused": REFUSED}],
    "partners": [
        {"nation": "JPN", "up": True, "heard_s": 1, "rebases": 1, "regressions": 2, "histories": 3,
         "refused": REFUSED, "lanes": [{"lane": "live", "connected": True},
                                       {"lane": "repair", "error": "refused"}],
         "by_way_of": [{"nation": "USA", "received": 6, "last_s": 3}]},
        {"nation": "FRA", "apart": True}, {"nation": "USA"}],
    "relays": {"grants": [{"owner": "JPN", "to": "USA", "until": "2030", "counts": True},
                          {"owner": "USA", "to": "JPN", "until": "2031", "why": "expired"}],
               "passed_on": 4, "not_passed_on": {"no grant": 2}, "taken": 0,
               "not_taken": {"too old": 1}},
    "console": {"requests": 11, "officers": 3, "signed_in": 1, "orders": 2, "refused": REFUSED},
}  # fmt: skip
SAID = [
    "KOR's node  LIVE-TEST  up 25:01:01", "ALARM     disk full (since 22:25, 2.0 h)",
    "look at   a clock", "10 min", "and 2 more", "FAILED for 2 min: no space",
    "keeps 10 days; the oldest input is 5 of 2022-10-01; older ones wait until JPN has",
    "good, 0.4 s ahead of the system's; set 2 times, last by -1.5 s",
    "7 datagrams dropped by the system; 8 connections turned away; refused: 3 malformed, 1 from",
    "ALARM we had forgotten", "ALARM it forgot", "ALARM two histories",
    "repair lane: no server: refused", "by way of USA: 6 records, the last 3.0 s ago",
    "FRA      none", "USA      DOWN", "goes on to USA until 2030\n", "NOT NOW: expired",
    "passed on         4 records; not: 2 no grant", "by way of others  0 records; not: 1 too old",
    "3 officers, 1 signed in, 2 orders; refused: 3 malformed",
]  # fmt: skip


def answering(body):
    """A port where whoever asks once gets these bytes."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve():
        visitor, _ = door.accept()
        visitor.recv(4096)
        visitor.sendall(body)
        visitor.close()
        door.close()
    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{door.getsockname()[1]}"


def page(status):
    return b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps(status).encode()


def of_a_node(house):
    status, out, err = house.run("status", answering(page(STATUS)))
    missing = [said for said in SAID if said not in out]
    fine = status == 1 and not err and not missing
    yield "status: all that can be wrong", None if fine else f"{status} {missing} {out} {err}"
    for what, change, expected, said in (
            ("a snapshot is waited for", {"keeps_longer_for": "a snapshot"}, 1, "for a snapshot"),
            ("nothing is waited for", {"keeps_longer_for": "", "state": "good"}, 0, "keeps 10 day"),
    ):  # fmt: skip
        told = {**STATUS, "journal": {**STATUS["journal"], **change}, "partners": []}
        status, out, err = house.run("status", answering(page(told)))
        fine = status == expected and said in out and "no partners" in out
        yield f"status: {what}", None if fine else f"{status} {out} {err}"
    for what, body in (("no JSON", b"HTTP/1.1 200 OK\r\n\r\nhello"), ("no node", page({"a": 1})),
                       ("no page", b"HTTP/1.1 404 No\r\n\r\n{}"), ("no answer", b""),
                       ("no body", b"HTTP/1.1 200 OK\r\n"), ("a list", page([1]))):  # fmt: skip
        status, out, err = house.run("status", answering(body))
        fine = status == 1 and not out and "what answers there is no node" in err
        yield f"status: {what}", None if fine else f"{status} {out} {err}"


class Terminal:
    """An exercise at a terminal of its own: so many rows, all that it printed."""

    def __init__(self, house, rows, *words):
        master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 120, 0, 0))
        self.process = subprocess.Popen([house.command, "exercise", *map(str, words)], stdin=slave,
                                        stdout=slave, stderr=slave, cwd=house.root)
        os.close(slave)
        self.master, self.text = master, ""

    def read_to(self, said):
        """Reads until it has printed that; False if it ended first."""
        while said not in self.text:
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                return False
        return True

    def end(self, number):
        self.process.send_signal(number)
        self.read_to("\0")
        return self.process.wait(timeout=WAIT_S)


def short(house, duration, more=""):
    """The missile over Japan, so much of it."""
    path = house.scenario("title:", "title:")
    text = (house.root / "data/scenarios/2022-10-04-irbm-over-japan.yaml").read_text()
    text = text.replace("duration: 27 min", f"duration: {duration}") + more
    path.write_text(text)
    return path


def at_a_terminal(house):
    terminal = Terminal(house, 60, short(house, "6 min"), "--speed", "120")
    stays = terminal.read_to("The pages stay up until you press Ctrl-C")
    status = terminal.end(signal.SIGINT)
    shown = ("EXERCISE EXERCISE EXERCISE", "launched from ", "WARNING: ", "if thrust ends now: ",
             "    impact in ", "km2", "nothing in flight", "KOR up")
    missing = [said for said in shown if said not in terminal.text]
    fine = stays and status == 0 and not missing
    yield "exercise: at a terminal", None if fine else f"{status} {missing} {terminal.text[-900:]}"
    terminal = Terminal(house, 9, short(house, "2 min"), "--show")
    shown = terminal.read_to("EXERCISE EXERCISE")
    status = terminal.end(signal.SIGTERM)
    fine = shown and status == 130 and "stopped at T" in terminal.text
    yield "exercise: shown and stopped", None if fine else f"{status} {terminal.text[-900:]}"


def node_of(house, nation, port, kind):
    return house.file(f"{nation}.yaml", (
        f"nation: {nation}\ndomain: exercise\nkeys: k\njournal: j\npolicy: p\nsensors: s\n"
        f"listen: [{kind} 127.0.0.1:{port}]\nconsole: 127.0.0.1:8\n"))


class Sensors:
    """Sensors alone, in real time: for a node that listens, and for one that does not."""

    def __init__(self, house):
        self.ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ear.bind(("127.0.0.1", 0))
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            silent = closed.getsockname()[1]
        nodes = (node_of(house, "JPN", self.ear.getsockname()[1], "udp"),
                 node_of(house, "KOR", silent, "tcp"))
        self.process = subprocess.Popen(
            [house.command, "exercise", short(house, "6 min"), *nodes, "--sensors-only"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=house.root)

    def cases(self):
        self.ear.settimeout(WAIT_S)
        line = json.loads(self.ear.recv(65536).split(b"\n")[0])
        yield "sensors: lines arrive", None if line["sensor"].startswith("J-") else str(line)
        said = ""
        while "JPN " not in said or " lost" not in said:
            said += self.process.stdout.readline()
        self.process.send_signal(signal.SIGINT)
        said += self.process.communicate(timeout=WAIT_S)[0]
        expected = ("USA has no node here", "KOR's node does not listen (its sensors go on) on",
                    "sent, 0 lost")
        missing = [one for one in expected if one not in said]
        fine = self.process.returncode == 130 and not missing
        yield "sensors: what is said of each node", None if fine else f"{missing} {said}"


def cases(house):
    sensors = Sensors(house)  # which play while the others are looked at
    yield from of_a_node(house)
    yield from sensors.cases()
    yield from at_a_terminal(house)


if __name__ == "__main__":
    sys.exit(tap(House, cases))
