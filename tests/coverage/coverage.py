#!/usr/bin/env python3
"""Which lines and branches the tests reach, room by room, held against what they reached before.

  coverage.py            builds, runs every test but the fuzzers and the soak, prints the table of
                         all rooms
  coverage.py --quick    only the rooms that owe 100 %, by their own unit tests; ./test does this
  coverage.py --raise    measures all, then writes the new figures into tests/coverage/ratchet.txt
  coverage.py --gaps X   of what was measured last: each branch of the files whose path contains X
                         that never went one way

Measured by clang 19, which counts where the source branches (each side of each `&&` too) and not
where the machine code does; it also measures MC/DC: each condition was shown to decide alone.
The program under test is the one that ships: ENSURE and assert are compiled as ever, and their
branches are left out when the figures are read, because the reader of a table wants to know about
decisions and not about refusals; the column `with checks` counts them too. Nothing else is left
out; the error path of each TRY counts.

Exit status 0: no room below its figure in ratchet.txt; 1: one is, or a test failed; 2: no build.
"""

import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import run_tests  # noqa: E402

ROOT = run_tests.ROOT
RATCHET = Path(__file__).parent / "ratchet.txt"
OWN = ["base", "formats", "share"]  # these owe 100 %, by their own unit tests
SHELL = ["journal", "link", "console", "node", "cli"]
ROOMS = ["base", "geo", "model", "physics", "track", "fuse", "assess", "warn", "share", "formats",
         "engine", "sim", *SHELL]  # fmt: skip
MCDC = ["share/release.c", "share/policy.c", "share/policy_bytes.c", "share/policy_compare.c"]
NOT_RUN = {"fuzz", "tidy", "soak", "mutants"}
SHELL_SLACK = 0.5  # per cent, of the shell: which of two threads comes first is chance there
BRANCH, EXPANSION = 4, 1  # kinds of region in what llvm-cov writes
BUILD = run_tests.Build(
    "build-coverage", "coverage build", ["--buildtype=release", "-Dcoverage=true"],
    compiler="clang-19", patience=4, runs=lambda test: test.suite not in NOT_RUN)
FOLDER = ROOT / BUILD.name


class Source:
    """A file of src/, and where in it the conditions of ENSURE and assert stand."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_text().split("\n")
        self.checks = sorted(self._checks())

    def _checks(self):
        """(start, end) of each ENSURE(...) and assert(...), as (line, column) from 1."""
        text = "\n".join(self.lines)
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        for match in re.finditer(r"\b(?:ENSURE|assert)\(", text):
            depth, at = 1, match.end()
            while depth > 0:
                depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 1
            yield self._place(starts, match.start()), self._place(starts, at)

    @staticmethod
    def _place(starts, offset):
        low, high = 0, len(starts) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if starts[middle] <= offset else (low, middle)
        return low + 1, offset - starts[low] + 1

    def has_decision(self, record):
        """Whether an && or || stands where llvm-cov says that a decision does."""
        first, last = record[0] - 1, record[2]
        return any("&&" in line or "||" in line for line in self.lines[first:last])

    def is_check(self, place):
        return any(start <= place < end for start, end in self.checks)


class Figures:
    """What was reached in one file: branch -> [times true, times false], and the like."""

    def __init__(self, path):
        self.source = Source(path)
        self.branches = collections.defaultdict(lambda: [0, 0])
        self.conditions = {}  # decision -> for each condition, whether it was shown to decide alone
        self.lines = (0, 0)  # covered, all

    def outcomes(self, with_checks=False):
        """(covered, all) outcomes of branches; each branch has two."""
        wanted = [taken for key, taken in self.branches.items()
                  if with_checks or not self.source.is_check(key[0])]
        return sum((t > 0) + (f > 0) for t, f in wanted), 2 * len(wanted)

    def mcdc(self):
        wanted = [shown for key, shown in self.conditions.items() if not self.source.is_check(key)]
        return sum(map(sum, wanted)), sum(map(len, wanted))

    def gaps(self):
        for key, (times_true, times_false) in sorted(self.branches.items()):
            if (times_true and times_false) or self.source.is_check(key[0]):
                continue
            never = "never reached" if not times_true and not times_false else (
                "never true" if not times_true else "never false")
            line, column = key[0]
            text = self.source.lines[line - 1].strip()
            yield f"{line}:{column}: {never}: {text}"
        for key, shown in sorted(self.conditions.items()):
            if not all(shown) and not self.source.is_check(key):
                which = ", ".join(str(i + 1) for i, good in enumerate(shown) if not good)
                yield f"{key[0]}:{key[1]}: never shown to decide alone: condition {which}"


# Measuring.


def targets(quick):
    """What ninja has to build: everything, or the unit tests of the rooms that owe 100 %."""
    if not quick:
        return []
    subprocess.run(["ninja", "-C", str(FOLDER), "build.ninja"], capture_output=True, check=False)
    listed = json.loads(subprocess.run(
        ["meson", "introspect", "--targets", str(FOLDER)], capture_output=True, text=True,
        check=True).stdout)
    prefixes = tuple(f"tests/{room}/" for room in OWN)
    names = [os.path.relpath(name, FOLDER) for target in listed for name in target["filename"]
             if target["type"] == "executable"]
    return [name for name in names if name.startswith(prefixes)]


def compile_tree(quick):
    if not (FOLDER / "build.ninja").exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        done = subprocess.run(
            ["meson", "setup", str(FOLDER), *BUILD.options], cwd=ROOT, capture_output=True,
            text=True, env={**os.environ, "CC": BUILD.compiler})
        if done.returncode != 0:
            shutil.rmtree(FOLDER, ignore_errors=True)
            return done.stdout + done.stderr
    done = subprocess.run(
        ["ninja", "-C", str(FOLDER), *targets(quick)], capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode != 0 else None


def run_tests_of(suites):
    """Runs them; profiles go into a folder for each suite. True if all passed."""
    shutil.rmtree(FOLDER / "profiles", ignore_errors=True)
    tests = [t for t in run_tests.tests_of(BUILD) if suites is None or t.suite in suites]
    for test in tests:
        # MC/DC is written when a program ends, and lost if it is killed; branches (%c) are not.
        how = "%4m" if test.suite in OWN else "%c%4m"
        profile = FOLDER / "profiles" / test.suite / f"{how}.profraw"
        profile.parent.mkdir(parents=True, exist_ok=True)
        test.environment = {**test.environment, "LLVM_PROFILE_FILE": str(profile)}
    tally = run_tests.Tally()
    run_tests.run_all(BUILD, tests, tally)
    return all(verdict != run_tests.FAILED for _, verdict in tally.verdicts())


def exported(profiles, objects):
    """What llvm-cov says of the objects, given the profiles."""
    merged = FOLDER / "merged.profdata"
    raw = [str(path) for folder in profiles for path in sorted(folder.glob("*.profraw"))]
    listed = FOLDER / "profiles.txt"
    listed.write_text("\n".join(raw) + "\n")
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "--failure-mode=all", "-f",
                    str(listed), "-o", str(merged)], check=True, stderr=subprocess.DEVNULL)
    named = [word for path in objects for word in ("-object", str(path))]
    done = subprocess.run(
        ["llvm-cov-19", "export", *named[1:], f"-instr-profile={merged}"], capture_output=True,
        text=True, check=True)
    return json.loads(done.stdout)["data"][0]


def objects_of(rooms):
    found = []
    for room in rooms:
        found += sorted((FOLDER / "src" / room).glob("*.a.p/*.o"))
        if room in OWN:  # what stands in headers is tested where it is compiled into a test
            found += sorted((FOLDER / "tests" / room).glob("*.p/*.o"))
    if "cli" in rooms:  # main.c is built into the program, three sources into a test
        found += [path for path in sorted(FOLDER.glob("watchfire.p/*.o"))]
        found += [path for path in sorted(FOLDER.glob("tests/*/*.p/*src_cli_*.o"))]
    return found


def place_of(function, file_id):
    """Where in the function's own file the macro stands that brought this file in."""
    while file_id != 0:
        region = next(r for r in function["regions"] if r[7] == EXPANSION and r[6] == file_id)
        place, file_id = (region[0], region[1]), region[5]
    return place


def read_figures(data, rooms):
    """path below src/ -> Figures; copies of a function (in headers, in several programs) add up."""
    figures = {}
    prefixes = tuple(f"{ROOT}/src/{room}/" for room in rooms)
    for entry in data["files"]:
        if entry["filename"].startswith(prefixes):
            path = Path(entry["filename"])
            found = figures[str(path)] = Figures(path)
            lines = entry["summary"]["lines"]
            found.lines = (lines["covered"], lines["count"])
    for function in data["functions"]:
        found = figures.get(function["filenames"][0])
        if found is None:
            continue
        for branch in function["branches"]:
            inside = branch[6]
            place = (branch[0], branch[1]) if inside == 0 else place_of(function, inside)
            taken = found.branches[(place, tuple(branch[:4]), inside != 0)]
            taken[0] += branch[4]
            taken[1] += branch[5]
        for record in function["mcdc_records"]:
            place, shown = (record[0], record[1]), record[-1]
            if not found.source.has_decision(record):
                continue  # inside a macro: llvm-cov gives its line without its file
            before = found.conditions.get(place, [False] * len(shown))
            found.conditions[place] = [a or b for a, b in zip(before, shown)]
    return {path[len(f"{ROOT}/src/"):]: found for path, found in figures.items()}


def measured(quick):
    """path below src/ -> Figures, of the rooms that were measured."""
    profiles = FOLDER / "profiles"
    figures = read_figures(exported([profiles / room for room in OWN], objects_of(OWN)), OWN)
    if not quick:
        rest = [room for room in ROOMS if room not in OWN]
        every = sorted(path for path in profiles.iterdir() if path.is_dir())
        figures.update(read_figures(exported(every, objects_of(rest)), rest))
    return figures


# The table and the ratchet.


def per_cent(pair):
    return 100.0 * pair[0] / pair[1] if pair[1] else 100.0


def table(figures, quick):
    """name -> (lines, branches, with checks) or (MC/DC,), each (covered, all)."""
    rows = {}
    for room in OWN if quick else ROOMS:
        own = [found for path, found in figures.items() if path.startswith(room + "/")]
        kinds = ([f.lines for f in own], [f.outcomes() for f in own],
                 [f.outcomes(with_checks=True) for f in own])
        rows[room] = [tuple(map(sum, zip((0, 0), *kind))) for kind in kinds]
    for path in MCDC:
        rows[path] = [figures[path].mcdc()]
    return rows


def print_table(rows):
    print(f"{'room':<24} {'lines':>20} {'branches':>20} {'with checks':>20}")
    for name, pairs in rows.items():
        if len(pairs) == 1:
            continue
        said = [f"{per_cent(pair):6.2f} % of {pair[1]:6d}" for pair in pairs]
        print(f"{name:<24} " + " ".join(f"{words:>20}" for words in said))
    print(f"\n{'MC/DC':<24} {'conditions':>20}")
    for name, pairs in rows.items():
        if len(pairs) == 1:
            print(f"{name:<24} {per_cent(pairs[0]):6.2f} % of {pairs[0][1]:6d}")
    print(flush=True)


def kept(rows):
    """What the ratchet keeps of the table: name -> per cents, downwards to a tenth."""
    return {name: [int(10 * per_cent(pair)) / 10 for pair in pairs[:2]]
            for name, pairs in rows.items()}


def read_ratchet():
    figures = {}
    for line in RATCHET.read_text().splitlines():
        if line and not line.startswith("#"):
            name, *numbers = line.split()
            figures[name] = [float(number) for number in numbers]
    return figures


def write_ratchet(rows):
    lines = [line for line in RATCHET.read_text().splitlines() if line.startswith("#")]
    figures = {**read_ratchet(), **kept(rows)}
    for name in [name for name in [*ROOMS, *MCDC] if name in figures]:
        slack = SHELL_SLACK if name in SHELL and name in rows else 0.0
        numbers = [max(number - slack, 0.0) for number in figures[name]]
        lines.append(" ".join([f"{name:<24}", *(f"{number:5.1f}" for number in numbers)]))
    RATCHET.write_text("\n".join(lines) + "\n")


def hold(rows, tap):
    """Compares with the ratchet; True if nothing fell below it."""
    before, good, number = read_ratchet(), True, 0
    if tap:
        print(f"1..{len(rows)}")
    for name, now in kept(rows).items():
        number += 1
        kinds = ["lines", "branches"] if len(now) == 2 else ["MC/DC"]
        fell = [f"{kind} {n} %, must be {b} % or more"
                for kind, n, b in zip(kinds, now, before.get(name, [0.0, 0.0])) if n < b]
        good = good and not fell
        if fell:
            print(f"{name}: {'; '.join(fell)}; which: tests/coverage/coverage.py --gaps {name}")
        if tap:
            print(f"{'not ok' if fell else 'ok'} {number} - coverage of {name}")
    return good


def print_gaps(part):
    quick = not (FOLDER / "profiles" / "node").exists()
    for path, found in sorted(measured(quick).items()):
        for gap in found.gaps() if part in path else []:
            print(f"src/{path}:{gap}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--raise", dest="raises", action="store_true")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--gaps", metavar="X")
    words = parser.parse_args()
    os.environ["WATCHFIRE_SHARED"] = ""  # figures are the same without the reference data
    os.environ["LLVM_PROFILE_FILE"] = str(FOLDER / "elsewhere.profraw")  # of what is no test
    if words.gaps is not None:
        return print_gaps(words.gaps)
    missing = [tool for tool in ("clang-19", "llvm-cov-19") if not shutil.which(tool)]
    if missing:
        print(f"1..1\nok 1 - coverage # SKIP no {missing[0]} here")
        return 0 if words.tap else 2
    trouble = compile_tree(words.quick)
    if trouble:
        print(f"the coverage build failed:\n{run_tests.tail(trouble)}")
        return 2
    passed = run_tests_of(set(OWN) if words.quick else None)
    rows = table(measured(words.quick), words.quick)
    print_table(rows)
    if words.raises:
        write_ratchet(rows)
    return 0 if hold(rows, words.tap) and passed else 1


if __name__ == "__main__":
    sys.exit(main())
