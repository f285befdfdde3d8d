#!/usr/bin/env python3
"""Two hundred short-range missiles within a minute, an invented salvo over the sensors of eight
rockets: who learns of how many.

  tests/stories/test_salvo.py WATCHFIRE SCENARIOS

Prints one line a case (TAP). Takes some minutes.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

LAUNCHES = 200
WITHIN_S = 60.0
SITES = [(39.66, 124.71), (39.81, 127.66), (39.20, 125.67), (39.75, 125.90),
         (40.85, 129.66), (38.20, 126.60), (41.20, 128.00), (40.00, 126.00)]
SENSORS = "2022-06-05-eight-rockets.yaml"
# Launches that are known as themselves; a few fly so near to others that they are taken for those.
SEEN_MIN = {"KOR": 185, "JPN": 180, "USA": 180}


def launch(i):
    lat, lon = SITES[i % len(SITES)]
    row = i // len(SITES)
    at_s = 70.0 + WITHIN_S * i / LAUNCHES
    return [f"  - name: L{i + 1}",
            "    assumed: true",
            f"    at: 2022-06-05T00:{5 + int(at_s // 60):02d}:{at_s % 60:06.3f}Z",
            f"    site: {lat + 0.03 * (row % 5 - 2):.4f}, {lon + 0.04 * (row // 5 - 2):.4f}",
            f"    bearing: {62 + i * 7 % 50} deg",
            f"    apogee: {60 + i * 13 % 60} km",
            f"    range: {300 + i * 37 % 350} km",
            "    kind: short"]


def scenario(folder):
    """The salvo before the nations of the eight rockets."""
    nations = (folder / SENSORS).read_text(encoding="utf-8").split("\nnations:", 1)[1]
    head = ["title: Two hundred within a minute, invented", "start: 2022-06-05T00:05:00Z",
            "duration: 9 min", "", "launches:"]
    lines = head + [line for i in range(LAUNCHES) for line in launch(i)]
    text = "\n".join(lines) + "\n\nnations:" + nations
    return text.replace("../policies/", f"{folder.parent / 'policies'}/")


def main():
    command, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as place:
        path, out = Path(place) / "salvo.yaml", Path(place) / "out.json"
        path.write_text(scenario(folder), encoding="utf-8")
        done = subprocess.run([command, "exercise", str(path), "--fast", "--seed", "1",
                               "--report", str(out)], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"Bail out! {done.returncode} {done.stderr}")
            return 1
        report = json.loads(out.read_text(encoding="utf-8"))
    failed = 0
    print(f"1..{len(SEEN_MIN)}")
    for number, (nation, least) in enumerate(SEEN_MIN.items(), 1):
        known = {how: sum(row["nations"][nation][how]["first_notice_s"] is not None
                          for row in report["launches"]) for how in ("alone", "shared")}
        good = known["shared"] >= least and known["shared"] >= known["alone"]
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {nation} learns of {known['shared']} of "
              f"{LAUNCHES}, alone of {known['alone']}")
    print(f"# 99 of 100 records are in a partner's picture after {report['latency_ms']['p99']} ms")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
