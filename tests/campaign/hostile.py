#!/usr/bin/env python3
"""Somebody stole what opens the server's door to KOR (its certificate and NKey), but none of the
keys that sign and seal; and he has heard what the server carried between KOR and JPN. He sends what
he likes in KOR's name. Everything must be refused, each for its reason and visible in `watchfire
status`, and nobody else be held up. Prints one line a case (TAP).

  tests/campaign/hostile.py WATCHFIRE
"""

import base64
import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import exchange

HEADER = 38
FLOOD_S = 5.0
FRAME_MAX = 65792
SLACK_S = 0.5  # by which an honest partner's records may come later under the flood


class Door:
    """A connection to the NATS server with a nation's transport credentials, spoken by hand."""

    def __init__(self, made, nation):
        tls = made.folder / nation / "tls" / "USA"
        plain = socket.create_connection(("127.0.0.1", made.ports["server", "USA"]))
        info = json.loads(plain.recv(65536).split(b" ", 1)[1])
        context = ssl.create_default_context(cafile=str(tls / "ca.pem"))
        context.load_cert_chain(str(tls / f"{nation}.pem"), str(tls / f"{nation}.key"))
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        seed_file = made.folder / nation / "carrier.nk"
        seed = next(line for line in seed_file.read_text().splitlines() if line.startswith("SU"))
        self.send(b"CONNECT " + json.dumps({
            "verbose": False, "pedantic": False, "tls_required": True, "lang": "python",
            "version": "0", "protocol": 1, "nkey": public_text(seed_file, made),
            "sig": sign(seed, info["nonce"])}).encode() + b"\r\nPING\r\n")
        self.got = b""
        while b"PONG\r\n" not in self.got:
            self.got += self.socket.recv(65536)
            assert b"-ERR" not in self.got, self.got

    def send(self, data):
        self.socket.sendall(data)

    def publish(self, subject, payload):
        self.send(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))

    def answer(self, seconds=2.0):
        """What the server says to what was sent."""
        self.socket.settimeout(seconds)
        self.send(b"PING\r\n")
        text = b""
        try:
            while b"PONG\r\n" not in text:
                more = self.socket.recv(65536)
                if not more:
                    break
                text += more
        except (TimeoutError, ConnectionError):
            pass
        return text

    def hear(self, subjects, seconds):
        """Payloads that come on these subjects."""
        for number, subject in enumerate(subjects, 1):
            self.send(b"SUB %s %d\r\n" % (subject.encode(), number))
        end, data, found = time.monotonic() + seconds, b"", []
        self.socket.settimeout(0.2)
        while time.monotonic() < end:
            try:
                data += self.socket.recv(65536)
            except TimeoutError:
                continue
            while b"\r\n" in data:
                line, rest = data.split(b"\r\n", 1)
                if not line.startswith(b"MSG "):
                    data = rest
                    continue
                size = int(line.split()[-1])
                if len(rest) < size + 2:
                    break
                found.append(rest[:size])
                data = rest[size + 2:]
        return found


def public_text(path, made):
    return subprocess.run([made.watchfire, "nkey", "show", path], capture_output=True, text=True,
                          check=True).stdout.strip()


def sign(seed, nonce):
    """Ed25519 with the openssl command: Python has none."""
    raw = base64.b32decode(seed + "=" * (-len(seed) % 8))[2:34]
    der = bytes.fromhex("302e020100300506032b657004220420") + raw
    with tempfile.TemporaryDirectory() as folder:
        key, text, out = (Path(folder) / name for name in ("key", "text", "out"))
        key.write_bytes(der)
        text.write_bytes(nonce.encode())
        subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-keyform", "DER", "-rawin",
                        "-in", text, "-out", out], check=True, capture_output=True)
        return base64.urlsafe_b64encode(out.read_bytes()).decode().rstrip("=")


def put(frame, at, data):
    return frame[:at] + data + frame[at + len(data):]


def attacks(frame, hello, other):
    """(what it is, the frame, the reason by which it must be refused). `frame` is a sealed frame of
    KOR for JPN that JPN has taken, `hello` likewise, `other` one of USA for JPN."""
    middle = HEADER + (len(frame) - HEADER) // 2
    later = int.from_bytes(frame[14:22], "big") + 1
    number = int.from_bytes(frame[22:30], "big")
    fresh = put(frame, 22, (number + 1000000).to_bytes(8, "big"))
    sealed, route = "the seal does not open", "wrong sender, receiver or domain"
    return [
        ("replayed", frame, "a repeated frame"),
        ("replayed under a fresh number", fresh, sealed),
        ("forged of noise", frame[:22] + (number + 999999).to_bytes(8, "big") + frame[30:38]
         + os.urandom(300), sealed),
        ("cut", fresh[:middle], sealed),
        ("cut within its header", frame[:HEADER - 8], "not a frame"),
        ("with a bit turned over", put(fresh, middle, bytes([fresh[middle] ^ 4])), sealed),
        ("for another receiver", put(fresh, 11, b"USA"), route),
        ("of the live domain", put(fresh, 3, b"\x01"), route),
        ("of another process start", put(fresh, 14, later.to_bytes(8, "big")),
         "sealed for an unknown process start"),
        ("for another process start", put(fresh, 30, later.to_bytes(8, "big")),
         "sealed for an unknown process start"),
        ("of another version", put(fresh, 2, b"\x09"), "not a frame"),
        ("empty but for its header", put(frame[:HEADER], 4, b"\x02"), None),
        ("of another partner, as it was", other, route),
        ("a hello replayed", hello, None),
        ("a hello with a bit turned over", put(hello, len(hello) - 30,
                                               bytes([hello[-30] ^ 1])), None),
        ("another's in his name", put(other, 8, b"KOR"), None),
    ]


def refused(made, nation, partner):
    found = next(p for p in made.status(nation)["partners"] if p["nation"] == partner)
    return found["refused"]


def total(counts):
    return sum(counts.values())


def try_each(made, door, subject, listed):
    cases = []
    for what, frame, reason in listed:
        before = refused(made, "JPN", "KOR")
        door.publish(subject, frame)
        door.answer()
        after = before
        for _ in range(40):
            after = refused(made, "JPN", "KOR")
            if total(after) > total(before):
                break
            time.sleep(0.05)
        grown = {why: n - before.get(why, 0) for why, n in after.items() if n != before.get(why, 0)}
        good = sum(grown.values()) == 1 and (reason is None or reason in grown)
        cases.append((f"a frame {what} is refused", good, grown or "not counted"))
    return cases


def delays(journal, partner, begin, end):
    """How long after it was made each record of a partner came, in s, in a span of TAI ns."""
    import partition
    return sorted((when - made_at) / 1e9 for when, made_at in
                  partition.arrivals(journal, partner, begin) if when < end)


def flood(made, subject, junk):
    """Thousands of frames as fast as the server takes them, for a while; how many."""
    door = Door(made, "KOR")
    end, count = time.monotonic() + FLOOD_S, 0
    try:
        while time.monotonic() < end:
            door.send(b"".join(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(f), f)
                               for f in junk))
            count += len(junk)
    except OSError:
        pass
    return count


def flood_of_hellos(made, subject, hello):
    """The one frame that nothing seals, again and again: whoever carries it has it."""
    before, status = refused(made, "JPN", "KOR"), made.status("JPN")
    count = flood(made, subject, [hello] * 64)
    time.sleep(2)
    now, after = refused(made, "JPN", "KOR"), made.status("JPN")
    grown = {why: n - before.get(why, 0) for why, n in now.items() if n != before.get(why, 0)}
    inputs = after["journal"]["position"] - status["journal"]["position"]
    honest = 40 * (FLOOD_S + 4)  # ticks, commits, frames of both partners
    return [(f"{count} times a hello that came before is counted",
             grown.get("a repeated frame", 0) > 100, grown),
            ("and does not fill the journal", inputs < honest, f"{inputs} inputs")]


def campaign(watchfire):
    cases = []
    with exchange.running(watchfire) as made:
        wire = []
        tap = Door(made, "JPN")
        ways = [f"wf.exercise.{nation}.JPN.{lane}"
                for nation in ("KOR", "USA") for lane in ("live", "repair")]
        ear = threading.Thread(target=lambda: wire.extend(tap.hear(ways, 12.0)))
        ear.start()
        made.kill_node("KOR")  # so that a hello is heard
        made.start_node("KOR")
        made.start_sensors()
        ear.join()
        tap.socket.close()
        exchange.until(lambda: all(p["sequence"] > 0 for s in made.statuses()
                                   for p in s["partners"]), "records", made)
        of_kor = [f for f in wire if f[8:11] == b"KOR"]
        start = max(f[14:22] for f in of_kor)
        frame = [f for f in of_kor if f[4] == 2 and f[14:22] == start][-1]
        hello = [f for f in of_kor if f[4] == 1 and f[14:22] == start][0]
        other = [f for f in wire if f[8:11] == b"USA" and f[4] == 2][-1]
        door, subject = Door(made, "KOR"), "wf.exercise.KOR.JPN.live"
        cases += try_each(made, door, subject, attacks(frame, hello, other))
        door.publish("wf.exercise.USA.JPN.live", frame)
        said = door.answer()
        cases.append(("he may not speak on another's subject", b"Permissions Violation" in said,
                      said[:80]))
        door.publish("wf.exercise.USA.KOR.live", frame)
        cases.append(("nor on one that he hears", b"Permissions Violation" in door.answer(), ""))
        with contextlib.suppress(OSError):  # the server hangs up in the middle of it
            door.publish(subject, os.urandom(FRAME_MAX + 1))
            door.answer()
        cases.append(("a frame too long is not carried: the server hangs up", hung_up(door), ""))
        quiet = exchange_times(made, 4.0)
        before = refused(made, "JPN", "KOR")
        inputs = made.status("JPN")["journal"]["position"]
        begin = tai_now()
        count = flood(made, subject, [put(frame, 22, os.urandom(8)) for _ in range(64)])
        end = tai_now()
        time.sleep(2)
        grown = total(refused(made, "JPN", "KOR")) - total(before)
        cases.append((f"a flood of {count} frames in {FLOOD_S:.0f} s is refused and counted",
                      grown > 100, f"{grown} counted"))
        inputs = made.status("JPN")["journal"]["position"] - inputs
        cases.append(("it does not fill the journal", inputs < 2000, f"{inputs} inputs"))
        cases += flood_of_hellos(made, subject, hello)
        text = subprocess.run([made.watchfire, "status", made.file("JPN")], capture_output=True,
                              text=True).stdout
        line = next((line for line in text.splitlines() if line.startswith("KOR ")), "")
        cases.append(("status tells it to a person", "does not open" in line, line))
        alarm = next((line for line in text.splitlines() if line.startswith("ALARM")), "")
        cases.append(("and says what it is, and what to do", "on KOR's link are not what an honest"
                      in alarm and "-> none of it was believed" in text, alarm or text))
        made.check_alive()
        time.sleep(2)
        bad = made.stop()
        cases.append(("nodes stop when told", not bad, bad))
        for a, b in (("USA", "JPN"), ("JPN", "USA"), ("USA", "KOR"), ("KOR", "JPN")):
            calm = delays(made.journal(b), a, *quiet)
            loud = delays(made.journal(b), a, begin, end)
            middle = [s[len(s) // 2] if s else float("inf") for s in (calm, loud)]
            cases.append((f"{a}'s records reach {b} no later under the flood",
                          middle[1] <= middle[0] + SLACK_S,
                          f"median {middle[0]:.3f} s before, {middle[1]:.3f} s during it, worst "
                          f"{loud[-1] if loud else float('inf'):.3f} s of {len(loud)}"))
        faults, acknowledged, _ = made.judge()
        cases.append((f"the journals are in order, {acknowledged} acknowledged", not faults,
                      faults[:3] or ""))
    return exchange.report(cases)


def hung_up(door):
    try:
        door.socket.settimeout(2)
        while door.socket.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def tai_now():
    return time.time_ns() + 37 * 10**9


def exchange_times(made, seconds):
    begin = tai_now()
    time.sleep(seconds)
    return begin, tai_now()


def main(arguments):
    exchange.need_tools()
    return campaign(arguments[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
