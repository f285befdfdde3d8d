"""Measures what docs/figures.md states and writes it there.

Long runs are kept, one line of JSON a seed, in build-figures/, and only what is missing is run
again; delete that folder to measure everything anew. Needs a built build/watchfire.

    scripts/figures.py [--seeds N] [--seeds-without N] [--runs N]

--seeds and --seeds-without are the exercises of sharing, 0 leaves their tables out; --runs are the
flights of each study of accuracy and of fusion.
"""

import argparse
import csv
import gzip
import json
import math
import os
import pathlib
import subprocess
import sys
import time

import figures_accuracy as accuracy
import figures_fusion as fusion
import figures_launch as launch
import figures_manoeuvre as manoeuvre
import figures_objects as objects

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "watchfire"
KEPT = ROOT / "build-figures"
ROCKET = ROOT / "build-test" / "tests" / "stories" / "test_stories_real_rocket"
SHARED = os.environ.get("WATCHFIRE_SHARED", str(ROOT.parent / "shared" / "data"))
TIMES = ["T+60", "T+180", "thrust end +30", "thrust end +120", "half of the flight"]
NATIONS = ["KOR", "JPN", "USA"]
JOBS = 2
LEFT_OUT = ["(left out of this run: asked for 0 seeds)"]


def run(*arguments):
    return subprocess.run([str(PROGRAM), *arguments], cwd=ROOT, check=True, capture_output=True,
                          text=True).stdout


def kept_rows(name):
    path = KEPT / f"{name}.ndjson"
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
    return {row["seed"]: row for row in rows}


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT,
                          capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def measured_with(names):
    """The commits whose program made the kept rows."""
    paths = [KEPT / f"{name}.commits" for name in names]
    told = {line for path in paths if path.exists() for line in path.read_text().split()}
    return ", ".join(sorted(told)) or "unknown"


def campaign(name, seeds, options):
    """Runs the seeds that are not kept yet, a few at a time, and returns all rows."""
    KEPT.mkdir(exist_ok=True)
    rows = kept_rows(name)
    missing = [seed for seed in range(1, seeds + 1) if seed not in rows]
    if missing:
        with open(KEPT / f"{name}.commits", "a", encoding="utf-8") as out:
            out.write(commit() + "\n")
    started = time.monotonic()
    for at in range(0, len(missing), JOBS):
        batch = missing[at:at + JOBS]
        running = [subprocess.Popen([str(PROGRAM), "bench", "sharing", "--seeds", f"{s}..{s}",
                                     *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
                   for s in batch]
        with open(KEPT / f"{name}.ndjson", "a", encoding="utf-8") as out:
            for process in running:
                text = process.communicate()[0]
                if process.returncode != 0:
                    sys.exit(f"figures: bench sharing {' '.join(options)} failed")
                out.write(text)
        done = at + len(batch)
        left = (time.monotonic() - started) / done * (len(missing) - done)
        print(f"\r{name}: {done} of {len(missing)} seeds, {left / 60:.0f} min left  ", end="",
              file=sys.stderr, flush=True)
    if missing:
        print(file=sys.stderr)
    rows = kept_rows(name)
    return [rows[seed] for seed in range(1, seeds + 1)]


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else math.nan


def at_time(row, nation, how, index):
    return row["launches"][0][nation][how]["at"][index]


def of_all(rows, nation, how, key):
    values = [row["launches"][0][nation][how][key] for row in rows]
    return [value for value in values if value is not None]


def is_earlier(a, b):
    return b is None and a is not None or (a is not None and b is not None and a < b - 1e-6)


def nation_counts(rows, nation):
    """How often sharing held the track longer (shorter), told earlier (later)."""
    counts = {"longer": 0, "shorter": 0, "earlier": 0, "later": 0}
    for row in rows:
        alone = row["launches"][0][nation]["alone"]
        shared = row["launches"][0][nation]["shared"]
        counts["longer"] += shared["held_s"] > alone["held_s"]
        counts["shorter"] += shared["held_s"] < alone["held_s"]
        counts["earlier"] += is_earlier(shared["notice_s"], alone["notice_s"])
        counts["later"] += is_earlier(alone["notice_s"], shared["notice_s"])
    return counts


def area_counts(rows, nation, index):
    """For one time: seeds determined both ways, of these smaller when shared; lost by sharing."""
    both = smaller = lost = 0
    for row in rows:
        alone = at_time(row, nation, "alone", index)["area_km2"]
        shared = at_time(row, nation, "shared", index)["area_km2"]
        if alone is not None and shared is not None:
            both += 1
            smaller += shared < alone
        lost += alone is not None and shared is None
    return both, smaller, lost


def coverage(rows, nation, how, index):
    inside = [at_time(row, nation, how, index)["inside"] for row in rows]
    inside = [value for value in inside if value is not None]
    return (sum(inside) / len(inside) if inside else None), len(inside)


def sharing_tables(rows):
    if not rows:
        return LEFT_OUT
    lines = [f"{len(rows)} seeds of the default scenario, all sensors.", "",
             "| nation | track held, alone / shared (median s) | held longer / shorter | "
             "first notice, alone / shared (median s) | earlier / later |",
             "|---|---|---|---|---|"]
    for nation in NATIONS:
        c = nation_counts(rows, nation)
        held = [median(of_all(rows, nation, how, "held_s")) for how in ("alone", "shared")]
        notice = [median(of_all(rows, nation, how, "notice_s")) for how in ("alone", "shared")]
        lines.append(f"| {nation} | {held[0]:.0f} / {held[1]:.0f} | {c['longer']} / {c['shorter']} "
                     f"| {notice[0]:.1f} / {notice[1]:.1f} | {c['earlier']} / {c['later']} |")
    lines += ["",
              "Impact: in how many seeds it is determined, the median area of the 95 % ellipse, "
              "the share of true impacts inside, and in how many seeds the shared area is smaller, "
              "of those where both are determined.", "",
              "| nation, time | determined, alone / shared | area, alone / shared (km²) | "
              "inside, alone / shared | smaller |", "|---|---|---|---|---|"]
    for nation in NATIONS:
        for index, when in enumerate(TIMES):
            both, smaller, _ = area_counts(rows, nation, index)
            cover = {how: coverage(rows, nation, how, index) for how in ("alone", "shared")}
            area = {how: median([at_time(r, nation, how, index)["area_km2"] for r in rows
                                 if at_time(r, nation, how, index)["area_km2"] is not None])
                    for how in ("alone", "shared")}
            if cover["alone"][1] == 0 and cover["shared"][1] == 0:
                lines.append(f"| {nation}, {when} | 0 / 0 | undetermined | | |")
                continue
            show = lambda how: "–" if cover[how][0] is None else f"{cover[how][0]:.3f}"
            lines.append(f"| {nation}, {when} | {cover['alone'][1]} / {cover['shared'][1]} | "
                         f"{area['alone']:.1f} / {area['shared']:.1f} | {show('alone')} / "
                         f"{show('shared')} | {smaller} of {both} |")
    pooled = [v for nation in NATIONS for index in range(5) for row in rows
              for v in [at_time(row, nation, "shared", index)["inside"]] if v is not None]
    if pooled:
        lines += ["", f"All times and nations together, shared: {sum(pooled) / len(pooled):.3f} of "
                  f"{len(pooled)} true impacts inside."]
    lines += ["", f"Measured with the program at commit {measured_with(['all'])}."]
    return lines


def without_table(sensors, seeds):
    if seeds == 0:
        return LEFT_OUT
    lines = ["| without | seeds | held longer (shorter), KOR, JPN, USA | "
             "earlier notice (later), KOR, JPN, USA | "
             "smaller area, of those determined both ways | "
             "determined alone only | true impacts inside, shared |",
             "|---|---|---|---|---|---|---|"]
    for sensor in sensors:
        rows = campaign(f"without-{sensor}", seeds, ["--without", sensor])
        counts = [nation_counts(rows, nation) for nation in NATIONS]
        both = smaller = lost = 0
        inside = []
        for nation in NATIONS:
            for index in range(5):
                b, s, gone = area_counts(rows, nation, index)
                both, smaller, lost = both + b, smaller + s, lost + gone
                inside += [v for row in rows
                           for v in [at_time(row, nation, "shared", index)["inside"]]
                           if v is not None]
        held = ", ".join(f"{c['longer']} ({c['shorter']})" for c in counts)
        told = ", ".join(f"{c['earlier']} ({c['later']})" for c in counts)
        share = f"{sum(inside) / len(inside):.3f}" if inside else "–"
        lines.append(f"| {sensor} | {len(rows)} | {held} | {told} | {smaller} of {both} | {lost} | "
                     f"{share} |")
    lines += ["", "Measured with the program at commit "
              f"{measured_with([f'without-{sensor}' for sensor in sensors])}."]
    return lines


def speed_lines():
    lines = []
    for slug in ("2022-10-04-irbm-over-japan", "2022-06-05-eight-rockets", "2023-03-01-quiet-hour"):
        path = f"data/scenarios/{slug}.yaml"
        text = (ROOT / path).read_text()
        minutes = float(text.split("duration:")[1].split("min")[0])
        best = min(timed(lambda: run("exercise", path, "--fast")) for _ in range(3))
        lines.append(f"| {slug} | {120 * minutes:.0f} | {best:.1f} | {120 * minutes / best:.0f} |")
    return ["| scenario | simulated seconds, shared and alone | seconds | simulated s per s |",
            "|---|---|---|---|"] + lines


def timed(work):
    start = time.monotonic()
    work()
    return time.monotonic() - start


def flight_lines():
    path = pathlib.Path(SHARED) / "flights" / "flights.csv"
    if not path.exists():
        return ["(the file of published flights is not here)"]
    lines = ["| date | missile | apogee, range (km) | published (min) | here (min) | difference |",
             "|---|---|---|---|---|---|"]
    differences = []
    for row in csv.DictReader(open(path, encoding="utf-8")):
        left_out = ("KN-23" in row["name"] or "SLV" in row["name"] or
                    "outcome=failure" in row["notes"])
        if not row["flight_time_min"] or left_out:
            continue
        bearing = row["notes"].split("bearing=")[1].split(";")[0]
        out = json.loads(run("flight", "--from", f"{row['lat']},{row['lon']}", "--bearing", bearing,
                             "--apogee-km", row["apogee_km"], "--range-km", row["range_km"],
                             "--json"))
        here = out["flight_time_s"] / 60
        differences.append(abs(here - float(row["flight_time_min"])))
        lines.append(f"| {row['date']} | {row['name'].split('(')[0].strip()} | {row['apogee_km']}, "
                     f"{row['range_km']} | {row['flight_time_min']} | {here:.1f} | "
                     f"{here - float(row['flight_time_min']):+.1f} |")
    lines += ["", f"Median difference {median(differences):.2f} min, worst {max(differences):.2f} "
              f"min, over {len(differences)} flights."]
    return lines


def kilobytes(path):
    return f"{path.stat().st_size / 1e3:.0f}"


def rocket_lines():
    """What the test of the real rocket prints."""
    if not ROCKET.exists():
        return ["(./test builds the test; run it first)"]
    environment = dict(os.environ, WATCHFIRE_SHARED=SHARED)
    out = subprocess.run([str(ROCKET)], cwd=ROOT, env=environment, capture_output=True, text=True)
    lines = [line for line in (out.stdout + out.stderr).splitlines() if not line.startswith("[")]
    return ["```", *lines, "```"]


def size_lines():
    stripped = KEPT / "watchfire-stripped"
    KEPT.mkdir(exist_ok=True)
    subprocess.run(["strip", "-o", str(stripped), str(PROGRAM)], check=True)
    bundle = PROGRAM.parent / "src" / "console"
    page = [bundle / "app.js", bundle / "app.css", *(
        ROOT / "web" / name for name in ("index.html", "icon.svg", "map.json"))]
    sent = sum(len(gzip.compress(path.read_bytes())) for path in page)
    return ["| what | kB | goal |", "|---|---|---|",
            f"| program, stripped (gazetteer and page inside) | {kilobytes(stripped)} | |",
            f"| first load of the page, map included, compressed | {sent / 1e3:.0f} | 250 |"]


def whole(text):
    """A number of runs, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, not {text}")
    return int(text)


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=whole, default=200)
    parser.add_argument("--seeds-without", type=whole, default=200)
    parser.add_argument("--runs", type=whole, default=accuracy.GOAL_RUNS)
    options = parser.parse_args()
    if options.runs == 0:
        parser.error("--runs: expected 1 or more")
    return options


def main():
    options = read_options()
    if not PROGRAM.exists():
        sys.exit("figures: build/watchfire is missing; ./run build makes it")
    sensors = run("bench", "sharing", "--sensors").split()
    rows = campaign("all", options.seeds, [])
    studies = accuracy.fly_all(PROGRAM, ROOT, KEPT, options.runs, JOBS)
    biased = accuracy.fly(PROGRAM, ROOT, KEPT, "biased", options.runs)
    fused = fusion.fly(PROGRAM, ROOT, KEPT, options.runs)
    launches = launch.fly_all(PROGRAM, ROOT, KEPT, options.runs)
    manoeuvres = manoeuvre.fly_all(PROGRAM, ROOT, KEPT, options.runs, JOBS)
    accuracy.write_plots(studies, ROOT / "docs" / "figures")
    template = (ROOT / "docs" / "figures.template.md").read_text()
    parts = {
        "SHARING": sharing_tables(rows),
        "WITHOUT": without_table(sensors, options.seeds_without),
        **accuracy.tables(studies),
        "ACCURACY-BIASED": accuracy.biased_table(biased),
        **fusion.tables(fused),
        "LAUNCH": launch.table(launches),
        **manoeuvre.tables(manoeuvres),
        **objects.tables(objects.fly_all(PROGRAM, ROOT, KEPT, options.runs)),
        "ESTIMATE": ["```", *run("bench", "estimate").rstrip().splitlines(), "```"],
        "SPEED": speed_lines(),
        "FLIGHTS": flight_lines(),
        "ROCKET": rocket_lines(),
        "SIZES": size_lines(),
    }
    for name, lines in parts.items():
        template = template.replace(f"@{name}@", "\n".join(lines))
    (ROOT / "docs" / "figures.md").write_text(template)
    print("wrote docs/figures.md")


main()
