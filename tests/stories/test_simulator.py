#!/usr/bin/env python3
"""`watchfire sim` as a person runs it: seeds that hold, the same run twice, and what once failed.

  tests/stories/test_simulator.py WATCHFIRE

Prints one line a case (TAP). With WATCHFIRE_LONG=1 more seeds and longer ones.
"""

import json
import os
import subprocess
import sys

# What once failed, by the number in docs/found.md: the seed and the faults that it needs.
STORIES = [
    ("1, a journal that was changed", "6", "3", "all"),
    ("2, coarse times", "20", "4", "none"),
    ("6, a new ledger announced once", "30015", "4", "all"),
    ("12, a second that is not in the log", "6", "5", "all"),
    ("18, an update after the cancel", "23", "4", "all"),
    ("20, a snapshot of other settings", "401", "4", "all"),
    ("26, a solution without sources", "28", "5", "22,53,55,56"),
    ("27, a disk that forgot", "36", "5", "3,4"),
    ("28, what had waited for a disk", "108", "5", "0,31"),
    ("30, a hold for what is delayed", "271", "5", "29,30"),
]
LONG = os.environ.get("WATCHFIRE_LONG") == "1"
SEEDS, MINUTES = ("1..1000", "5") if LONG else ("1..100", "3")


def run(command, *words):
    done = subprocess.run([command, "sim", *words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def refused(result, expected):
    status, out, err = result
    return None if status == 2 and not out and expected in err else f"{status} {out} {err}"


def wrong_use(command):
    for words, expected in (
        ([], "no seeds: expected --seeds A..B or --seed N"),
        (["--seeds", "5..1"], "--seeds 5..1: expected A..B"),
        (["--seed", "-1"], "--seed -1: expected a whole number"),
        (["--seeds", "1..2", "--minutes", "1"], "--minutes 1: expected a number from 3 to 60"),
        (["--seed", "1", "--keep", "64"], "--keep 64: expected numbers below 64"),
        (["--seeds", "1..2", "--trace"], "--trace and --keep: expected with --seed N"),
        (["--seeds", "1..2", "--jobs", "0"], "--jobs 0: expected a whole number from 1 to 64"),
        (["--seed", "1", "more"], "argument more: expected options only"),
        (["--unknown"], "option --unknown: expected one of those in --help"),
    ):
        yield " ".join(["sim", *words]), refused(run(command, *words), expected)
    status, out, err = run(command, "--help")
    fine = status == 0 and out.startswith("watchfire sim") and not err
    yield "sim --help", None if fine else f"{status} {out} {err}"


def seeds(command):
    status, out, err = run(command, "--seeds", SEEDS, "--minutes", MINUTES, "--json")
    if status == 2:
        yield "seeds", err
        return
    told = json.loads(out)
    yield f"seeds {SEEDS} hold", None if status == 0 and not told["failed"] else told["failed"]
    faults = sum(told["faults"].values())
    busy = told["lost"] > 0 and told["crashes"] > 0 and told["held"] > 1000 and faults > 100
    yield "and much went wrong", None if busy else told


def ends(command):
    """Warnings end later than shorter trials."""
    status, out, err = run(command, "--seeds", "52..52", "--minutes", "10", "--json")
    judged = 0 if status == 2 else json.loads(out)["warnings_judged"]
    yield "warnings end", None if status == 0 and judged > 0 else f"{status} {judged} {err}"


def same_twice(command):
    first = run(command, "--seed", "2", "--minutes", "3", "--trace")
    second = run(command, "--seed", "2", "--minutes", "3", "--trace")
    fine = first == second and first[0] == 0 and len(first[1]) > 10000
    yield "the same trace twice", None if fine else f"{first[0]} {second[0]} {len(first[1])}"


def stories(command):
    for name, seed, minutes, keep in STORIES:
        words = ["--seed", seed, "--minutes", minutes] + (["--keep", keep] if keep != "all" else [])
        status, out, err = run(command, *words)
        yield f"story {name}", None if status == 0 else f"{out} {err}"


def main():
    number, status = 0, 0
    for part in (wrong_use, seeds, ends, same_twice, stories):
        for what, trouble in part(sys.argv[1]):
            number += 1
            if trouble:
                status = 1
                print(f"# {trouble}")
            print(f"{'not ok' if trouble else 'ok'} {number} - {what}", flush=True)
    print(f"1..{number}")
    return status


if __name__ == "__main__":
    sys.exit(main())
