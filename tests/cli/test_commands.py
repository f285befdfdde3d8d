#!/usr/bin/env python3
"""Gives the built command what it must refuse: exit status 2 and a message that names the file, the
line or byte, and what was expected. Prints one line a case (TAP).

  tests/cli/test_commands.py WATCHFIRE ROOT
"""

import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SENSOR = (
    '{"type":"sensor","id":"K1","kind":"radar","lat_deg":37.5,"lon_deg":127.0,"alt_m":100,'
    '"sigma_range_m":20,"sigma_az_deg":0.0573,"sigma_el_deg":0.0573,"sigma_range_rate_mps":1}\n'
)
RADAR = (
    '{"type":"sensor","id":"25-201","kind":"radar","lat_deg":45,"lon_deg":16,"alt_m":300,'
    '"sigma_range_m":70,"sigma_az_deg":0.08,"sigma_el_deg":0.25}\n'
)
PLOT = (
    '{"type":"radar","sensor":"K1","time":"2023-07-12T01:02:03.250Z","range_m":512345.6,'
    '"az_deg":78.9,"el_deg":12.3,"range_rate_mps":-1234.5}\n'
)
LIVE_NODE = (
    "nation: KOR\ndomain: live\nkeys: k\njournal: j\npolicy: p\nsensors: s\n"
    "listen: [udp 127.0.0.1:9]\nconsole: 127.0.0.1:8\n"
)
SCENARIO = "data/scenarios/2023-05-31-failed-satellite.yaml"

# A classic pcap of one frame of Ethernet, IPv4 and UDP that holds no byte, cut by the test.
PCAP = bytes.fromhex(
    "d4c3b2a1020004000000000000000000ffff000001000000"
    "00000000000000002a0000002a000000"
    "01005e00000200000000000008004500001c0000000001110000"
    "7f0000017f000001100010000008" "0000"
)  # fmt: skip


class House:
    """The built command, without a terminal, and a folder for what it is given."""

    def __init__(self, command, root, folder):
        self.command = Path(command).resolve()
        self.root, self.folder = Path(root).resolve(), Path(folder)

    def run(self, *words, given=None):
        done = subprocess.run(
            [self.command, *map(str, words)], input=given, capture_output=True, cwd=self.root,
            start_new_session=True, timeout=120)
        return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def scenario(self, change, to):
        """The shipped scenario with one thing changed, beside the files that it names."""
        text = (self.root / SCENARIO).read_text()
        assert change in text, change
        for folder in ("policies", "flights"):
            link = self.folder / folder
            if not link.exists():
                link.symlink_to(self.root / "data" / folder)
        (self.folder / "scenarios").mkdir(exist_ok=True)
        return self.file("scenarios/changed.yaml", text.replace(change, to, 1))


def refused(run, *said):
    """What is wrong with a refusal; None if nothing is."""
    status, out, err = run
    if status != 2:
        return f"exit status {status} and not 2; it said: {err}"
    if out:
        return f"it printed {out[:200]!r} although it refused"
    missing = [pattern for pattern in said if not re.search(pattern, err)]
    return f"{err!r} does not say {missing}" if missing else None


# (what, the text of the file, what the message must say behind the file's name)
LINES = [
    ("a cut line", SENSOR + PLOT + PLOT[:60], r":3: byte \d+: .*expected one whole JSON object"),
    ("NaN", SENSOR + PLOT.replace("512345.6", "NaN"), r":2: byte \d+: .*expected .*found .*NaN"),
    ("infinity", SENSOR + PLOT.replace("512345.6", "1e999"), r":2: byte \d+: .*expected .*1e999"),
    ("a sensor that is not declared", SENSOR + PLOT.replace("K1", "K2"),
     r':2: byte 16: "sensor": expected a sensor .*declared.*"K2"'),
    ("a key given twice", SENSOR + PLOT.replace('"az_deg"', '"range_m"'),
     r":2: byte \d+: .*expected every key once, found .*range_m"),
    ("an unknown key", SENSOR + PLOT.replace("range_m", "range_km"),
     r':2: byte \d+: "range_km": expected a key of a line of type "radar"'),
    ("a missing key", SENSOR + PLOT.replace('"az_deg":78.9,', ""),
     r':2: byte \d+: "az_deg": expected a number from 0 to 360, found no such key'),
    ("text for a number", SENSOR.replace('100', '"100 m"') + PLOT,
     r':1: byte \d+: "alt_m": expected a number .*found "100 m"'),
    ("a time that does not exist", SENSOR + PLOT.replace("01:02:03", "01:62:03"),
     r':2: byte \d+: "time": expected UTC .*found "2023-07-12T01:62:03.250Z"'),
    ("a time out of order", SENSOR + PLOT + PLOT.replace("01:02:03", "01:01:32"),
     r':3: "time": expected no more than 30 s before 2023-07-12T01:02:03.250Z'),
    ("a line without end", SENSOR + PLOT[:-2] + " " * 70000,
     r":2: byte 65536: line: expected at most 65536 bytes"),
    ("bytes that are no text", SENSOR.encode() + b"\xff\x00\xfe\n",
     r":2: byte \d+: JSON: expected"),
    ("a sensor declared twice", SENSOR + SENSOR, r':2: byte 17: "id": expected .*not declared yet'),
]  # fmt: skip

# (what, words, what the message must say)
USES = [
    ("no command", [], "watchfire COMMAND"),
    ("an unknown command", ["launch"], 'no command "launch"'),
    ("assess: no file", ["assess"], "expected FILE"),
    ("assess: a file that is not there", ["assess", "no/such.ndjson"],
     r"no/such\.ndjson: .*expected a file"),
    ("assess: a folder", ["assess", "data"],
     r"data: .* after line 0; expected a file of observation lines"),
    ("assess: an unknown option", ["assess", "x", "--fast"], '"--fast": expected .*--every'),
    ("assess: a bad --every", ["assess", "x", "--every", "10s"], '"10s", expected seconds'),
    ("exercise: a file that is not there", ["exercise", "no/such.yaml", "--fast"],
     r"no/such\.yaml: .*expected a file"),
    ("exercise: an unknown option", ["exercise", "--quick"], "quick"),
    ("exercise: a seed that is no number", ["exercise", "--fast", "--seed", "4711x"],
     "--seed 4711x: expected a whole number"),
    ("exercise: a negative seed", ["exercise", "--fast", "--seed", "-1"], "--seed -1: expected"),
    ("exercise: a speed that is no number", ["exercise", "--speed", "nan"],
     "--speed nan: expected a number above 0"),
    ("exercise: sensors alone, for nobody", ["exercise", SCENARIO, "--sensors-only"],
     "expected FILE and then a NODE.yaml for each nation"),
    ("exercise: sensors alone, faster than time",
     ["exercise", SCENARIO, "x.yaml", "--sensors-only", "--speed", "2"],
     "--sensors-only: expected no --speed"),
    ("exercise: sensors alone, a node that is not there",
     ["exercise", SCENARIO, "no/such.yaml", "--sensors-only"], r"no/such\.yaml: .*expected a file"),
    ("exercise: sensors written to nowhere", ["exercise", SCENARIO, "--write-sensors", "no/such"],
     r"--write-sensors: no/such/KOR/sensors\.ndjson: No such file"),
    ("node: no file", ["node"], "expected one file, NODE.yaml"),
    ("node: a file that is not there", ["node", "no/such.yaml"],
     r"no/such\.yaml: .*expected a file"),
    ("status: of what", ["status", "--json"], "expected NODE.yaml or ADDRESS:PORT"),
    ("status: a file that is not there", ["status", "no/such.yaml"],
     r"no/such\.yaml: .*expected a file"),
    ("flight: a latitude beyond the pole",
     ["flight", "--from", "91,0", "--bearing", "0", "--apogee-km", "100", "--range-km", "300"],
     '--from: given "91,0", expected'),
    ("flight: a unit", ["flight", "--from", "39,125", "--bearing", "90", "--apogee-km", "100km",
                        "--range-km", "300"], '"100km", expected kilometres .* without a unit'),
    ("flight: NaN", ["flight", "--from", "39,125", "--bearing", "nan", "--apogee-km", "100",
                     "--range-km", "300"], '"nan", expected degrees'),
    ("flight: no range", ["flight", "--from", "39,125", "--bearing", "90", "--apogee-km", "100"],
     "--range-km is missing; expected"),
    ("decode: a format that it does not know", ["decode", "nmea", "x"], "expected"),
    ("keys: no action", ["keys"], "watchfire keys new"),
    ("keys: an unknown action", ["keys", "make"], '"make": expected new, show'),
    ("keys: no folder", ["keys", "show"], "expected --dir"),
    ("keys: a folder that is not there", ["keys", "show", "--dir", "no/such"],
     r"no/such/online\.key: No such file"),
    ("keys: a small nation", ["keys", "new", "--nation", "jpn", "--domain", "test", "--dir", "x"],
     "--nation: expected three capital letters"),
    ("keys: a domain that is none",
     ["keys", "new", "--nation", "JPN", "--domain", "real", "--dir", "x"],
     "--domain: expected live, exercise or test"),
    ("keys: no days", ["keys", "rotate", "--dir", "x", "--days", "0"],
     '--days: given "0", expected 1 to 3650'),
    ("keys: a grant without a classification",
     ["keys", "grant", "x", "--dir", "x", "--via", "USA", "--to", "JPN"], "expected --up-to"),
    ("keys: a grant for what is no kind",
     ["keys", "grant", "x", "--dir", "x", "--via", "USA", "--to", "JPN", "--up-to", "SECRET",
      "--kinds", "tracks,plots"], "expected some of tracks, notices and warnings"),
    ("keys: a fingerprint that is none", ["keys", "check", "x", "--root", "ab"],
     "--root: expected a fingerprint, 64"),
    ("decode: a file that is not there", ["decode", "asterix", "no/such.pcap"], r"no/such\.pcap"),
]  # fmt: skip

# (what, what stands in the scenario, what it becomes, what the message must say: line, column)
SCENARIOS = [
    ("an unknown key", "title:", "titel:", r":\d+:\d+: .*titel.*expected"),
    ("a wrong unit", "interval: 1 s", "interval: 1 km", r":\d+:\d+: .*1 km.*expected"),
    ("a missing unit", "interval: 1 s", "interval: 1", r":\d+:\d+: .*expected"),
    ("NaN", "interval: 1 s", "interval: nan s", r":\d+:\d+: .*nan.*expected"),
    ("a kind that there is not", "kind: radar", "kind: lidar", r":\d+:\d+: .*lidar.*expected"),
    ("a policy that is not there", "policies/KOR.yaml", "policies/none.yaml",
     r"none\.yaml.*expected"),
]  # fmt: skip


def cases(house):
    for what, text, said in LINES:
        path = house.file("lines.ndjson", text)
        yield (f"assess: {what}",
               refused(house.run("assess", path, "--json"), re.escape(str(path)) + said))
    yield ("assess: standard input",
           refused(house.run("assess", "-", given=PLOT.encode()), "standard input:1: byte 16"))
    for what, words, said in USES:
        yield what, refused(house.run(*words), said)
    for what, change, to, said in SCENARIOS:
        path = house.scenario(change, to)
        yield f"exercise: {what}", refused(house.run("exercise", path, "--fast"), said)
    path = house.scenario("title:", "title:")
    path.write_bytes(path.read_bytes()[:700])
    yield ("exercise: a cut scenario",
           refused(house.run("exercise", path, "--fast"), r"changed\.yaml:\d+:\d+: .*expected"))
    for size in (10, 30, 50, len(PCAP) - 1):
        path = house.file("cut.pcap", PCAP[:size])
        yield (f"decode: a capture cut after {size} bytes",
               refused(house.run("decode", "asterix", path),
                       re.escape(str(path)) + r": byte \d+: .*expected .*found"))
    node = house.file("live.yaml", LIVE_NODE)
    yield ("exercise: sensors alone, for a live node",
           refused(house.run("exercise", SCENARIO, "--sensors-only", node),
                   r"live\.yaml: KOR: a live node; simulated sensors feed"))
    yield from good(house)
    yield from recorded(house)
    yield from keys(house)
    yield from labels(house)


def level_flight(with_height):
    """ASTERIX category 048 (edition 1.31) of an aircraft at 36,000 ft and 240 m/s that a radar
    passes every 5 s for ten minutes; over a round Earth."""
    blocks = b""
    for second in range(0, 600, 5):
        east, north, up, earth = 240.0 * second - 60e3, 40e3, 36000 * 0.3048 - 300, 6388838.0
        angle = math.hypot(east, north) / earth
        slant = math.hypot((earth + up) * math.sin(angle), (earth + up) * math.cos(angle) - earth)
        azimuth = round(math.atan2(east, north) / (2 * math.pi) * 65536) % 65536
        record = b"\x19\xc9" + (second * 128).to_bytes(3, "big") + b"\x20"
        record += round(slant / 1852 * 256).to_bytes(2, "big") + azimuth.to_bytes(2, "big")
        record = b"\xf1\x01\x08" + record + b"\x05\xa0" if with_height else b"\xf0" + record
        blocks += b"\x30" + (len(record) + 3).to_bytes(2, "big") + record
    return blocks


def recorded(house):
    """A recording of air traffic goes through the pipe: a track, and no event."""
    for with_height in (True, False):
        sensors = house.file("sensors.ndjson", RADAR)
        blocks = house.file("flight.asterix", level_flight(with_height))
        _, lines, err = house.run(
            "decode", "asterix", blocks, "--observations", sensors, "--date", "2023-07-12")
        status, out, _ = house.run("assess", "-", "--json", given=lines.encode())
        fine = status == 0 and not err and lines.count("el_deg") == (121 if with_height else 1)
        found = json.loads(out) if fine else {}
        fine = fine and found["events"] == [] and found["observations"]["used"] == 119
        what = "with" if with_height else "without"
        yield (f"decode: level flight {what} height, assessed",
               None if fine else f"{status} {out} {err}")


def shown(house, folder):
    """What `keys show` says of a folder, and the states of its keys in one line."""
    status, out, err = house.run("keys", "show", "--dir", folder, "--json")
    found = json.loads(out) if status == 0 and not err else {"number": err, "keys": []}
    return found, " ".join(key["state"].replace(" ", "-") for key in found["keys"])


def keys(house):
    """A nation's keys from making to revoking, by a root that is carried away."""
    words = {}
    for name, text in (("passphrase", "one two"), ("root", "three"), ("officer", "four")):
        words[name] = house.file("pass-" + name, text)
        words[name].chmod(0o600)
    folder, carried = house.folder / "keys", house.folder / "carried.key"
    root = ["--dir", folder, "--root-passphrase", words["root"]]
    both = [*root, "--passphrase", words["passphrase"]]
    new = ["keys", "new", "--nation", "JPN", "--domain", "exercise"]
    open_file = house.file("pass-open", "x")
    open_file.chmod(0o644)
    yield "keys: a passphrase that others may read", refused(
        house.run(*new, *root, "--passphrase", open_file), r"pass-open: .*chmod 600")
    status, out, err = house.run(*new, *both)
    made, states = shown(house, folder)
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    fine = (status == 0 and made["number"] == 1 and made["root"] in out and not err
            and modes == {"root.key": 0o600, "online.key": 0o600, "key-list": 0o644}
            and states == "counts counts")
    yield "keys: made", None if fine else f"{status} {out} {err} {modes} {made}"
    yield "keys: not made twice", refused(
        house.run(*new, *both), r"root\.key: is there already")
    yield "keys: another passphrase", refused(
        house.run("keys", "rotate", *root, "--passphrase", words["root"]),
        r"online\.key: does not open: the passphrase is another")
    yield "keys: no terminal to ask on", refused(
        house.run("keys", "rotate", "--dir", folder), "expected a file, or a terminal to ask on")
    (folder / "root.key").rename(carried)
    yield "keys: the root is away", refused(
        house.run("keys", "rotate", *both), r"root\.key: is not there; .*--root-key")
    first = made["keys"][0]["key"][:8] if fine else ""
    steps = [
        ("rotate", [*both], "counts counts not-yet not-yet"),
        ("officer", ["sato", *root, "--officer-passphrase", words["officer"]],
         "counts counts not-yet not-yet counts"),
        ("revoke", [first, *both], "revoked counts not-yet not-yet counts counts"),
        ("revoke", ["sato", *both], "revoked counts not-yet not-yet revoked counts"),
    ]  # fmt: skip
    for number, (what, words, expected) in enumerate(steps, 2):
        status, out, err = house.run("keys", what, *words, "--root-key", carried)
        now, states = shown(house, folder)
        fine = status == 0 and now["number"] == number and states == expected and not err
        yield f"keys: {what}, list {number}", None if fine else f"{status} {out} {err} {states}"
    grant = ["keys", "grant", house.folder / "a.grant", *both[:2], *both[4:], "--via", "USA",
             "--to", "KOR", "--up-to", "SECRET", "--kinds", "tracks"]  # fmt: skip
    status, out, err = house.run(*grant)
    fine = status == 0 and "lets USA pass on to KOR what JPN releases to it: tracks," in out
    yield "keys: a grant", None if fine and not err else f"{status} {out} {err}"
    yield "keys: a grant not made twice", refused(
        house.run(*grant), r"a\.grant: is there already")
    check = ["keys", "check", folder / "key-list", "--root"]
    status, out, err = house.run(*check, made.get("root", ""))
    fine = status == 0 and "JPN, exercise: key list 5" in out and not err
    yield "keys: checked", None if fine else f"{status} {out} {err}"
    status, out, err = house.run(*check, "ab" * 32)
    fine = status == 1 and not out and "is not signed by the root key abab" in err
    yield "keys: of another root", None if fine else f"{status} {out} {err}"
    yield "keys: no key list", refused(
        house.run("keys", "check", carried, "--root", "ab" * 32),
        r"carried\.key: is not a key list")


def labels(house):
    """A policy's label as XML and back; what is not understood permits nobody."""
    status, xml, err = house.run("release", "label", "--of", "data/policies/KOR.yaml")
    fine = status == 0 and "<slab:GenericValue>USA</slab:GenericValue>" in xml and not err
    yield "label: written", None if fine else f"{status} {xml} {err}"
    for what, change, to, expected, said in (
            ("as written", (), [], 0, "permits KOR, "),
            ("to a nation on it", (), ["--to", "USA"], 0, "permits KOR, "),
            ("to another", (), ["--to", "FRA"], 1, "and nobody else"),
            ("without an owner", ("urn:watchfire:nation:KOR", "KOR"), [], 1,
             "NOBODY: .*whose record it is"),
            ("another policy's", (">NATO<", ">ACME<"), [], 1, "NOBODY: another security policy"),
            ("a restriction", ("PERMISSIVE", "RESTRICTIVE"), [], 1, "NOBODY: it has a restriction"),
            ("TOP SECRET", ("SECRET", "TOP SECRET"), [], 1, "NOBODY: its classification is none"),
    ):  # fmt: skip
        path = house.file("label.xml", xml.replace(*change) if change else xml)
        status, out, err = house.run("release", "label", path, *to)
        fine = status == expected and re.search(said, out) and not err
        yield f"label: {what}", None if fine else f"{status} {out} {err}"
    yield "label: not one", refused(
        house.run("release", "label", house.file("label.xml", "<a/>")),
        r"label\.xml: byte 0: label, line 1: expected an originatorConfidentialityLabel")
    yield "label: both ways at once", refused(
        house.run("release", "label", "a", "--of", "b"), "expected one file of a label")


def good(house):
    """What is well-formed is taken, also where nothing comes of it."""
    for what, text in (("no lines", ""), ("sensors alone", SENSOR), ("one plot", SENSOR + PLOT)):
        path = house.file("lines.ndjson", text)
        status, out, err = house.run("assess", path, "--json")
        fine = status == 0 and out.startswith('{"events":[],"observations":{') and not err
        yield f"assess: {what} is no event", None if fine else f"{status} {out} {err}"
        status, out, err = house.run("assess", path)
        fine = status == 0 and "No event" in out and not err
        yield f"assess: {what}, in words", None if fine else f"{status} {out} {err}"
    for command in ("assess", "exercise", "flight", "decode", "keys", "release", "bench"):
        status, out, err = house.run(command, "--help")
        fine = status == 0 and "watchfire " + command in out and not err
        yield f"{command} --help", None if fine else f"{status} {out} {err}"


def tap(make, cases):
    """Runs each case of what make(command, root, folder) gives; one line each (TAP). The status."""
    status = number = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (what, trouble) in enumerate(cases(make(*sys.argv[1:3], folder)), 1):
            if trouble:
                status = 1
                print(f"# {trouble}")
            print(f"{'not ok' if trouble else 'ok'} {number} - {what}")
        print(f"1..{number}")
    return status


if __name__ == "__main__":
    sys.exit(tap(House, cases))
