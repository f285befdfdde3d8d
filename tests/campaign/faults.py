#!/usr/bin/env python3
"""What befalls running nations besides cut lines and dead machines: a disk that is full, a signing
key that was stolen and is revoked, a nation that shows its two partners two histories of its log.
Prints one line a case (TAP).

  tests/campaign/faults.py WATCHFIRE
"""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import exchange
import spaces

DISK_BYTES = 48 << 20
WATCHED_S = 4.0
AGAIN_S = 10.0  # no later does a node whose disk has room again share
FOUND_S = 60.0  # no later is a fork found: checkpoints go every ten seconds


def partner(made, nation, other):
    return next(p for p in made.status(nation)["partners"] if p["nation"] == other)


def seen(made):
    return sum(sensor["observations"] for sensor in made.status("KOR")["sensors"])


def health(made, nation, words):
    return [line["what"] for line in made.status(nation)["health"] if words in line["what"]]


def small_disk(made):
    """Puts KOR's journal on a disk of its own."""
    place = made.folder / "KOR" / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", place], check=True)
    made.ends.append(lambda: subprocess.run(["umount", "-l", place], check=True))
    spaces.Apart.replace(made.file("KOR"), "journal: journal.db", "journal: disk/journal.db")
    made.journal("KOR").symlink_to("disk/journal.db")


def fill(place):
    """To the last byte; the file to remove for room."""
    path = place / "full"
    with path.open("wb", buffering=0) as file:
        size = 1 << 20
        while size > 0:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2
    return path


def a_full_disk(made):
    full = fill(made.folder / "KOR" / "disk")
    exchange.until(lambda: made.status("KOR")["journal"]["state"] == "failed", "failure", made)
    time.sleep(1)  # for what was on the way
    told = health(made, "KOR", "Nothing is shared or acknowledged; watching on")
    cases = [("a full disk is said", told and "no room left" in told[0], told)]
    of_kor = {nation: partner(made, nation, "KOR") for nation in ("JPN", "USA")}
    plots = seen(made)
    time.sleep(WATCHED_S)
    for nation, before in of_kor.items():
        now = partner(made, nation, "KOR")
        grown = now["received"] - before["received"]
        receipts = (now["sequence"] - now["unacknowledged"]
                    - before["sequence"] + before["unacknowledged"])
        cases.append((f"{nation} gets nothing and no receipt, with more to say",
                      grown == 0 and receipts == 0 and now["sequence"] > before["sequence"],
                      f"{grown} records, {receipts} receipts"))
    plots = seen(made) - plots
    cases.append(("it watches on", plots > 0, f"{plots} observations in {WATCHED_S:.0f} s"))
    before = partner(made, "JPN", "KOR")["received"]
    full.unlink()
    start = time.monotonic()
    exchange.until(lambda: made.status("KOR")["journal"]["state"] == "good"
                   and partner(made, "JPN", "KOR")["received"] > before, "records again", made)
    again_s = time.monotonic() - start
    cases.append((f"with room again it shares after {again_s:.1f} s", again_s < AGAIN_S, ""))
    exchange.until(lambda: not health(made, "KOR", "Nothing is shared"), "health", made)
    return cases


def other_ports(made, place):
    """A copy of a node needs sockets of its own."""
    text = (place / "node.yaml").read_text()
    for word, kind in (("udp", socket.SOCK_DGRAM), ("console:", socket.SOCK_STREAM)):
        with exchange.coalition.free_port(kind) as bound:
            port = bound.getsockname()[1]
        text = re.sub(rf"({word} 127\.0\.0\.1:)\d+", rf"\g<1>{port}", text)
    (place / "node.yaml").write_text(text)


def a_stolen_key(made):
    """Whoever has a copy of the node and its passphrase, after the key was revoked."""
    own, thief = made.folder / "KOR", made.folder / "thief"
    shutil.copytree(own, thief, ignore=shutil.ignore_patterns("disk", "journal*"))
    spaces.Apart.replace(thief / "node.yaml", "journal: disk/journal.db", "journal: journal.db")
    other_ports(made, thief)
    words = [made.watchfire, "keys"]

    def listed():
        return json.loads(subprocess.run([*words, "show", "--dir", own / "keys", "--json"],
                                         capture_output=True, check=True).stdout)

    key = next(k["key"] for k in listed()["keys"] if k["use"] == "signing")
    subprocess.run([*words, "revoke", key, "--dir", own / "keys", "--passphrase",
                    own / "passphrase", "--root-passphrase", own / "root-passphrase"],
                   capture_output=True, check=True)
    number = str(listed()["number"])
    made.nodes["KOR"].send_signal(signal.SIGHUP)
    exchange.until(lambda: all(partner(made, nation, "KOR")["key_list"] == number
                               for nation in ("JPN", "USA")), "the new list", made)
    exchange.until(lambda: partner(made, "JPN", "KOR")["unacknowledged"] < 10, "receipts", made)
    before = {nation: partner(made, nation, "KOR") for nation in ("JPN", "USA")}
    child = made.spawn("thief", made.watchfire, "node", thief / "node.yaml")
    why = "a key list that is not in order"
    exchange.until(lambda: all(partner(made, nation, "KOR")["refused"].get(why, 0) > 2
                               for nation in before), "the thief's refusal", made)
    time.sleep(WATCHED_S)
    cases = []
    for nation, was in before.items():
        now = partner(made, nation, "KOR")
        cases.append((f"{nation} refuses the old key and still hears KOR",
                      now["up"] and now["key_list"] == number and now["received"] > was["received"]
                      and now["its_epoch"] == was["its_epoch"] and now["histories"] == 0,
                      now["refused"]))
    return cases, child


def faults(watchfire):
    with exchange.running(watchfire, prepare=small_disk) as made:
        sensors = made.start_sensors(objects=6)
        exchange.until(lambda: all(p["sequence"] > 0 for s in made.statuses()
                                   for p in s["partners"]), "records", made)
        cases = a_full_disk(made)
        more, thief = a_stolen_key(made)
        cases += more
        for child in (thief, sensors):
            child.kill()
        made.drain()
        bad = made.stop()
        found, acknowledged, records = made.judge()
    return [*cases, ("nodes stop when told", not bad, bad),
            (f"nothing lost, doubled or misdirected of {acknowledged} acknowledged, {records} "
             "received; journals are in order and reproduce", not found and acknowledged > 100,
             found[:3] or "")]


def two_of_usa(made):
    """One USA that only KOR hears, another with the same keys that only JPN hears."""
    first, second = made.folder / "USA", made.folder / "USA-2"
    shutil.copytree(first, second)
    other_ports(made, second)
    for place, other in ((first, "JPN"), (second, "KOR")):
        path = place / "node.yaml"
        text = re.sub(rf"  - nation: {other}\n(    .*\n)*", "", path.read_text())
        path.write_text(text)
    start_servers = made.start_servers

    def with_second():
        start_servers()
        made.second = made.spawn("USA-2", made.watchfire, "node", second / "node.yaml")

    made.start_servers = with_second


def two_histories(watchfire):
    cases, words = [], "USA has shown two histories of its log"
    with exchange.running(watchfire, prepare=two_of_usa) as made:
        start = time.monotonic()
        exchange.until(lambda: health(made, "KOR", words) and health(made, "JPN", words),
                       "the fork", made, FOUND_S)
        cases.append(("both partners find a log that has two histories",
                      True, f"after {time.monotonic() - start:.0f} s"))
        cases.append(("and no other's", not health(made, "KOR", "JPN has shown")
                      and not health(made, "JPN", "KOR has shown"), ""))
        made.kill_node("KOR")
        made.start_node("KOR")
        exchange.until(lambda: made.status("KOR") and health(made, "KOR", words),
                       "the alarm after a restart", made)
        cases.append(("a restart does not forget it", True, ""))
        made.second.terminate()
        bad = made.stop() + ([] if made.second.wait(20) == 0 else ["USA-2"])
        cases.append(("nodes stop when told", not bad, bad))
        for of, journal in (("KOR", "USA-2"), ("JPN", "USA")):
            notes = made.folder / f"notes-{of}"
            audit = [made.watchfire, "audit"]
            subprocess.run([*audit, made.journal(of), "--write-checkpoints", notes],
                           capture_output=True, check=False)
            done = subprocess.run(
                [*audit, made.folder / journal / "journal.db", "--partner-checkpoints", notes],
                capture_output=True, text=True)
            cases.append((f"an audit with what {of} saw finds it",
                          done.returncode == 1 and "signed another history" in done.stdout,
                          (done.stdout + done.stderr).splitlines()[-2:]))
    return cases


def main(arguments):
    exchange.need_tools()
    spaces.need_permission()
    return exchange.report(faults(arguments[0]) + two_histories(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
