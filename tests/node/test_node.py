#!/usr/bin/env python3
"""Runs a real node without partners: feeds it, asks it, kills it, starts it again, stops it. Prints
one line a case (TAP).

  tests/node/test_node.py WATCHFIRE ROOT
"""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

SENSORS = [
    {"type": "sensor", "id": "K1", "kind": "radar", "lat_deg": 37.5, "lon_deg": 127.0,
     "alt_m": 100, "sigma_range_m": 20, "sigma_az_deg": 0.0573, "sigma_el_deg": 0.0573},
    {"type": "sensor", "id": "K2", "kind": "radar", "lat_deg": 37.0, "lon_deg": 128.0,
     "alt_m": 100, "sigma_range_m": 20, "sigma_az_deg": 0.0573, "sigma_el_deg": 0.0573},
]  # fmt: skip
START_S = 1.0  # a start takes no longer, by the processor's time
WAIT_S = 20.0  # nothing takes this long, on the slowest machine


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(look, what):
    """The first value of look() that is not None; fails after a long while."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


class Node:
    """A folder with a node's files, and the process that runs on it."""

    def __init__(self, command, root, folder):
        self.command, self.folder = Path(command).resolve(), Path(folder)
        self.udp, self.tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        self.console = free_port(socket.SOCK_STREAM)
        self.file = self.folder / "node.yaml"
        (self.folder / "policy.yaml").write_text(
            (Path(root) / "data/policies/KOR.yaml").read_text())
        (self.folder / "sensors.ndjson").write_text(
            "".join(json.dumps(sensor) + "\n" for sensor in SENSORS))
        for name in ("passphrase", "root-passphrase"):
            (self.folder / name).write_text("as long as a passphrase should be\n")
            (self.folder / name).chmod(0o600)
        self.run("keys", "new", "--nation", "KOR", "--domain", "exercise", "--dir", "keys",
                 "--passphrase", "passphrase", "--root-passphrase", "root-passphrase")
        for officer in ("sato", "kim"):
            self.run("keys", "officer", officer, "--dir", "keys", "--root-passphrase",
                     "root-passphrase", "--officer-passphrase", "passphrase")
        self.file.write_text(
            "nation: KOR\ndomain: exercise\nkeys: keys\npassphrase: passphrase\n"
            "journal: journal.db\npolicy: policy.yaml\nsensors: sensors.ndjson\nlisten:\n"
            f"  - udp 127.0.0.1:{self.udp}\n  - tcp 127.0.0.1:{self.tcp}\n"
            f"console: 127.0.0.1:{self.console}\n")
        self.process = None

    def run(self, *words):
        done = subprocess.run(
            [self.command, *words], capture_output=True, cwd=self.folder, timeout=WAIT_S)
        check(done.returncode == 0, done)

    def sign(self, policy, officer, *follows):
        self.run("release", "sign", policy, "--officer", f"keys/officer-{officer}.key",
                 "--passphrase", "passphrase", *follows)

    def start(self):
        self.err = (self.folder / "err").open("ab")
        self.process = subprocess.Popen(
            [self.command, "node", self.file], stdout=subprocess.PIPE, stderr=self.err)
        until(lambda: self.get("status"), "the console")
        return self

    def stop(self, number=signal.SIGTERM):
        """(exit status, what it printed)"""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=WAIT_S)
        self.err.close()
        return self.process.returncode, out.decode()

    def said(self):
        told = self.folder / "err"
        return told.read_text() if told.exists() else ""

    def get(self, page):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.console}/{page}") as answer:
                return json.load(answer)
        return None

    def taken(self, count):
        """The status, as soon as so many observations are in the engine and on the disk."""
        def look():
            status = self.get("status")
            is_there = observations(status) >= count and status["journal"]["waiting"] <= 1
            return status if is_there else None
        return until(look, f"{count} observations on the disk")

    def send(self, *lines):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(as_text(lines), ("127.0.0.1", self.udp))


def as_text(lines):
    return b"".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)


def plot(sensor, second, azimuth, at=None):
    """What flies away from the radar at a hundred metres a second."""
    at = at or datetime.now(timezone.utc)
    return {"type": "radar", "sensor": sensor, "time": at.isoformat().replace("+00:00", "Z"),
            "range_m": 200e3 + 100.0 * second, "az_deg": azimuth, "el_deg": 20.0}  # fmt: skip


def observations(status):
    return sum(sensor["observations"] for sensor in status["sensors"])


def picture(node):
    """What a person sees, without what grows or, being tentative, goes by itself."""
    state = node.get("state")
    tracks = [(track["id"], track["status"]) for track in state["tracks"]
              if track["status"] != "tentative"]
    return sorted(tracks + [(event["name"], event["noticed_from"]) for event in state["events"]])


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def it_starts_at_once_and_says_what_it_is(node):
    node.start()
    used = Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(used[11]) + int(used[12])) / 100
    check(cpu_s < START_S, f"{cpu_s} s of processor to start")
    status = node.get("status")
    check((status["nation"], status["domain"], status["policy"]) == ("KOR", "exercise", 0), status)
    check([sensor["id"] for sensor in status["sensors"]] == ["K1", "K2"], status)
    check(status["partners"] == [] and status["journal"]["state"] == "good", status)


def a_policy_comes_into_force_when_enough_officers_have_signed(node):
    """Two to widen, one to narrow, and never the same number with other words."""
    def reload(says, number):
        told = len(node.said())
        node.process.send_signal(signal.SIGHUP)
        until(lambda: True if re.search(says, node.said()[told:]) else None, says)
        check(node.get("status")["policy"] == number, node.get("status"))

    reload(r"POLICY: .*policy\.yaml\.signatures: .*number 0 stays in force", 0)
    node.sign("policy.yaml", "sato")
    reload("POLICY: .*widens.* of 2 officers, found 1; number 0 stays", 0)
    node.sign("policy.yaml", "kim")
    reload("policy: number 1 is in force from now on", 1)
    policy = node.folder / "policy.yaml"
    first = policy.read_text()
    (node.folder / "first.yaml").write_text(first)
    policy.write_text(first.replace("up to: SECRET", "up to: SECRET\n    delay: 20 s", 1))
    reload("POLICY: .*number 1 is in force and says something else", 1)
    policy.write_text(policy.read_text().replace("number: 1", "number: 2"))
    (node.folder / "policy.yaml.signatures").unlink()
    node.sign("policy.yaml", "kim", "--follows", "first.yaml")
    reload("policy: number 2 is in force from now on", 2)


def it_takes_lines_and_counts_what_it_refuses(node):
    begin = datetime.now(timezone.utc)
    for second in range(12):
        at = begin + timedelta(seconds=second * 0.25)
        node.send(plot("K1", second / 4, 40.0, at), plot("K1", second / 4, 140.0, at))
    with socket.create_connection(("127.0.0.1", node.tcp)) as s:
        text = as_text([plot("K2", 0, 220.0), b"garbage\n", plot("K9", 0, 1.0),
                        plot("K2", 0, 1.0, begin + timedelta(hours=1)), SENSORS[0],
                        plot("K2", 0, 225.0)])
        for at in range(0, len(text), 50):  # cut anywhere
            s.sendall(text[at:at + 50])
        s.sendall(b"x" * 70000 + b"\n")
    status = node.taken(26)
    check(status["sensors"][0]["observations"] == 24, status)
    check(status["sensors"][1]["observations"] == 2, status)
    refused = until(
        lambda: found if len(found := node.get("status")["input"]["refused"]) == 5 else None,
        "five reasons")
    check(all(count == 1 for count in refused.values()), refused)
    check(set(refused) == {"malformed", "of an unknown sensor", "from the future",
                           "sensor lines, which belong into the sensors file",
                           "too long or cut"}, refused)
    check(status["sensors"][1]["refused"] == {"from the future": 1}, status)
    check('"K9", not declared' in node.said(), node.said())


def killed_it_comes_back_with_the_same_picture(node):
    before = until(lambda: found if len(found := picture(node)) >= 2 else None, "two objects")
    journal = node.taken(26)["journal"]
    status, out = node.stop(signal.SIGKILL)
    check(status == -signal.SIGKILL, status)
    check("KOR's node. EXERCISE: nothing" in out and "new" in out, out)
    node.start()
    again = node.get("status")
    on_disk = journal["position"] - journal["waiting"]
    check(again["journal"]["position"] >= on_disk, (journal, again))
    check(again["policy"] == 2, again)
    check([sensor["observations"] for sensor in again["sensors"]] == [24, 2], again)
    after = until(lambda: picture(node), "the picture")
    check(after == before, (before, after))


def a_second_node_on_the_same_journal_is_refused(node):
    done = subprocess.run([node.command, "node", node.file], capture_output=True, timeout=WAIT_S)
    check(done.returncode == 2 and b"is this node running already?" in done.stderr, done)


def status_tells_it_to_a_person(node):
    for where in (node.file, f"127.0.0.1:{node.console}"):
        done = subprocess.run([node.command, "status", where], capture_output=True, timeout=WAIT_S)
        check(done.returncode == 0, done)
        for word in (b"KOR's node  EXERCISE", b"K1 ", b"no partners", b"follows the system's"):
            check(word in done.stdout, (word, done.stdout))
    done = subprocess.run(
        [node.command, "status", node.file, "--json"], capture_output=True, timeout=WAIT_S)
    check(json.loads(done.stdout)["nation"] == "KOR", done)


def a_silent_client_holds_nobody_up(node):
    before = observations(node.get("status"))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", node.tcp)))
                   for _ in range(80)]
        until(lambda: True if node.get("status")["input"]["connections_turned_away"] >= 16
              else None, "16 turned away")
        clients[0].sendall(b'{"type":"radar"')
        clients[1].sendall(as_text([plot("K2", 0, 300.0)]))
        node.taken(before + 1)
    until(lambda: True if node.get("status")["input"]["connections"] == 0 else None, "no clients")


def a_disk_that_fails_is_told_and_survived(node):
    """No file may grow any more: what the system says then is what a broken disk says."""
    before = observations(node.get("status"))
    check(node.get("state")["journalled"], "not journalled")
    resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    until(lambda: True if node.get("status")["journal"]["state"] == "failed" else None, "failure")
    for second in range(5):
        node.send(plot("K2", second, 330.0))
    status = until(
        lambda: found if observations(found := node.get("status")) == before + 5 else None,
        "five more observations")
    check(status["journal"]["waiting"] >= 5, status)
    lines = until(lambda: node.get("state")["health"] or None, "a line on the page")
    check(lines[0]["alarm"] and "Nothing is shared" in lines[0]["what"] and "room" in
          lines[0]["todo"], lines)
    check(not node.get("state")["journalled"], "journalled all the same")
    asked = subprocess.run([node.command, "status", node.file], capture_output=True, timeout=WAIT_S)
    check(asked.returncode == 1 and b"FAILED" in asked.stdout, asked)
    resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    status = node.taken(before + 5)
    check(status["journal"]["state"] == "good", status)
    check("DISK: " in node.said() and "works again" in node.said(), node.said())
    node.stop(signal.SIGKILL)
    node.start()
    check(observations(node.get("status")) == before + 5, node.get("status"))


def sigterm_stops_it_cleanly(node):
    node.send(plot("K2", 1, 310.0))
    status, out = node.stop()
    check(status == 0, (status, node.said()))
    check("goes on after" in out, out)
    done = subprocess.run([node.command, "status", node.file], capture_output=True, timeout=WAIT_S)
    check(done.returncode == 1 and b"is it running?" in done.stderr, done)


def another_program_or_other_settings_are_told(node):
    more = dict(SENSORS[1], id="K3")
    with (node.folder / "sensors.ndjson").open("a") as file:
        file.write(json.dumps(more) + "\n")
    node.start()
    check(len(node.get("status")["sensors"]) == 3, node.get("status"))
    check(picture(node) is not None, "no picture")
    status, out = node.stop(signal.SIGINT)
    check(status == 0 and "written by another program or other settings" in out, (status, out))


def other_settings_are_prepared_for_beside_a_running_node(node):
    """A copy of the journal is worked through while the node runs on with the old settings."""
    folder = node.folder
    for ending in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            (folder / f"copy.db{ending}").write_bytes(
                (folder / f"journal.db{ending}").read_bytes())
    (folder / "more.ndjson").write_text((folder / "sensors.ndjson").read_text()
                                        + json.dumps(dict(SENSORS[1], id="K4")) + "\n")
    later = folder / "later.yaml"
    later.write_text(node.file.read_text().replace("sensors.ndjson", "more.ndjson"))
    node.start()
    prepared = subprocess.run([node.command, "node", later, "--prepare", folder / "copy.db"],
                              capture_output=True, timeout=WAIT_S)
    check(prepared.returncode == 0 and b"inputs worked through" in prepared.stdout, prepared)
    node.send(plot("K2", 1, 310.0))
    before = observations(node.taken(1))
    node.stop()
    first, node.file = node.file, later
    node.start()
    status = node.get("status")
    check(len(status["sensors"]) == 4 and observations(status) == before, status)
    node.stop()
    node.file = first
    done = subprocess.run([node.command, "replay", folder / "journal.db"], capture_output=True,
                          timeout=WAIT_S)
    check(done.returncode == 0, done)
    bad = subprocess.run([node.command, "node", later, "--prepare", folder / "nowhere.db"],
                         capture_output=True, timeout=WAIT_S)
    check(bad.returncode == 2 and b"nowhere.db: there is no journal" in bad.stderr, bad)


def an_old_copy_of_the_key_folder_is_refused(node):
    """Partners would refuse its list, and with it all that the node says."""
    import shutil
    old, keys = node.folder / "old-keys", node.folder / "keys"
    shutil.copytree(keys, old)
    node.run("keys", "rotate", "--dir", "keys", "--root-key", "keys/root.key", "--passphrase",
             "passphrase", "--root-passphrase", "root-passphrase", "--days", "5")
    node.start()
    lines = until(lambda: node.get("state")["health"] or None, "a line on the page")
    check("signing key ends in" in " ".join(line["what"] for line in lines), lines)
    asked = subprocess.run([node.command, "status", node.file], capture_output=True, timeout=WAIT_S)
    check(b"This nation's last signing key ends in 5 days; then partners refuse" in asked.stdout
          or b"ends in 90 days" in asked.stdout, asked.stdout)
    check(b"watchfire keys rotate" in asked.stdout, asked.stdout)
    check("health: This nation's last" in node.said(), node.said()[-800:])
    node.stop()
    shutil.rmtree(keys)
    shutil.copytree(old, keys)
    done = subprocess.run([node.command, "node", node.file], capture_output=True, timeout=WAIT_S)
    check(done.returncode == 2 and b"an old copy of the folder was put back" in done.stderr, done)


def a_changed_journal_is_not_gone_on_with(node):
    import sqlite3
    node.start()
    node.send(plot("K3", 1, 310.0))
    node.taken(1)
    node.stop(signal.SIGKILL)
    with contextlib.closing(sqlite3.connect(node.folder / "journal.db")) as db, db:
        last = db.execute("SELECT max(position) FROM journal_group").fetchone()[0]
        column = db.execute("SELECT name FROM pragma_table_info('journal_group') "
                            "WHERE name LIKE 'effects%'").fetchone()[0]
        db.execute(f"UPDATE journal_group SET {column} = zeroblob(length({column})) "
                   "WHERE position = ?", (last - 1,))
    done = subprocess.run([node.command, "node", node.file], capture_output=True, timeout=WAIT_S)
    check(done.returncode == 2, done)
    check(f"position {last - 1} does not lead to".encode() in done.stderr, done.stderr)


def a_log_that_nobody_reads_holds_nobody_up(node):
    reader, writer = os.pipe2(os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 512)
    os.set_blocking(writer, True)
    node.file.write_text(node.file.read_text().replace("journal.db", "another.db"))
    process = subprocess.Popen(
        [node.command, "node", node.file], stdout=subprocess.DEVNULL, stderr=writer)
    try:
        until(lambda: node.get("status"), "the console")
        node.send(b"garbage\n", plot("K2", 1, 10.0))
        check(node.taken(1)["input"]["refused"] == {"malformed": 1}, node.get("status"))
        os.read(reader, 65536)
        process.terminate()
        check(process.wait(WAIT_S) == 0, "exit status")
        check(b"lines before were left out" in os.read(reader, 65536), "not told")
    finally:
        process.kill()
        process.wait()
        os.close(reader)
        os.close(writer)


CASES = [
    it_starts_at_once_and_says_what_it_is,
    a_policy_comes_into_force_when_enough_officers_have_signed,
    it_takes_lines_and_counts_what_it_refuses,
    killed_it_comes_back_with_the_same_picture,
    a_second_node_on_the_same_journal_is_refused,
    status_tells_it_to_a_person,
    a_silent_client_holds_nobody_up,
    a_disk_that_fails_is_told_and_survived,
    sigterm_stops_it_cleanly,
    another_program_or_other_settings_are_told,
    other_settings_are_prepared_for_beside_a_running_node,
    a_changed_journal_is_not_gone_on_with,
    a_log_that_nobody_reads_holds_nobody_up,
    an_old_copy_of_the_key_folder_is_refused,
]


def run_cases(make, cases):
    """Runs each case, in order, with the one thing that make(command, root, folder) gives; prints
    one line each (TAP), and ends the thing's process. The exit status."""
    failures = 0
    print(f"1..{len(cases)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        thing = make(sys.argv[1], sys.argv[2], folder)
        try:
            for number, case in enumerate(cases, 1):
                trouble = ""
                try:
                    case(thing)
                except Exception as why:  # a case that falls over has failed, the others go on
                    trouble = f"{type(why).__name__}: {why}"
                    failures += 1
                    print(trouble, thing.said()[-2000:], flush=True)
                print(f"{'not ok' if trouble else 'ok'} {number} - "
                      f"{case.__name__.replace('_', ' ')}", flush=True)
        finally:
            if thing.process and thing.process.poll() is None:
                thing.process.kill()
                thing.process.wait()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(run_cases(Node, CASES))
