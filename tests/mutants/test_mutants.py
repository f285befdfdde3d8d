#!/usr/bin/env python3
"""Every seeded defect of the lists still applies and names tests that there are; and the runner
tells a killed one from one that lives, and from one that tells nothing. Prints one line a test
(TAP).

  test_mutants.py BUILD
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import mutants  # noqa: E402

HERE = Path(__file__).resolve().parent
MUTANTS_MIN = 40
ROOMS = "share engine fuse warn node journal".split()

# name, lines of the change, what kills it, what the runner must say of it
MADE_UP = [
    ("is-seen", ["-        value = value << 8 | r->in.data[r->at + i];",
                 "+        value = value << 7 | r->in.data[r->at + i];"],
     "base bytes: integers_are_big_endian", "killed by base bytes: integers_are_big_endian"),
    ("changes-nothing-that-counts", ["-    uint64_t value = 0;",
                                     "+    uint64_t value = 0 + 0;",
                                     "     for (size_t i = 0; i < size; i++) {"],
     "base bytes: integers_are_big_endian", "SURVIVED: base bytes: expected "
     "integers_are_big_endian to fail, seen by nothing"),
    ("is-seen-elsewhere", ["-        value = value << 8 | r->in.data[r->at + i];",
                           "+        value = value << 7 | r->in.data[r->at + i];"],
     "base bytes: a_full_output_takes_nothing", "seen only by integers_are_big_endian"),
    ("is-gone", ["-    a line that the file does not have", "+    another"],
     "base bytes: integers_are_big_endian", "has its lines 0 times, expected once"),
    ("is-there-twice", ["-    uint64_t value = 0;", "+    uint64_t value = 1;"],
     "base bytes: integers_are_big_endian", "times, expected once"),
    ("is-no-c", ["-        value = value << 8 | r->in.data[r->at + i];", "+        value = ;"],
     "base bytes: integers_are_big_endian", "does not compile"),
    ("is-asked-of-nobody", ["-        value = value << 8 | r->in.data[r->at + i];",
                            "+        value = value << 7 | r->in.data[r->at + i];"],
     "no such test: at all", "the build has no such test"),
    ("is-asked-of-no-case", ["-        value = value << 8 | r->in.data[r->at + i];",
                             "+        value = value << 7 | r->in.data[r->at + i];"],
     "base bytes: no_such_case_here", "the test has no such case"),
]  # fmt: skip


def made_up_list(path):
    blocks = []
    for name, lines, killer, _ in MADE_UP:
        blocks.append("\n".join([f"mutant: {name}", "harm: none,", " it is made up",
                                 "file: src/base/bytes.c", *lines, f"killed by: {killer}"]))
    path.write_text("\n\n".join(blocks) + "\n", "utf-8")


def run(build, path, name):
    done = subprocess.run(
        [sys.executable, str(HERE / "mutants.py"), "--build", str(build), "--list", str(path),
         name],
        capture_output=True, text=True)
    return done.returncode, done.stdout


def checks(folder):
    build = mutants.Build(folder)
    listed = mutants.read_lists(sorted(HERE.glob("*.txt")))
    wrong = []
    for mutant in listed:
        try:
            mutants.mutate(mutant)
            for killer in mutant.killers:
                build.test_of(killer)
        except mutants.Unusable as trouble:
            wrong.append(f"{mutant.place}: {mutant.name}: {trouble}")
    yield "each mutant applies and names tests that there are", wrong
    touched = {change.file.split("/")[1] for mutant in listed for change in mutant.changes}
    yield "there are enough, in every room", [
        room for room in ROOMS if room not in touched] + (
        [f"only {len(listed)} mutants"] if len(listed) < MUTANTS_MIN else [])
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "made_up.txt"
        made_up_list(path)
        status, said = run(folder, path, "")
        lines = dict(line.split("  ", 1) for line in said.split("\n") if line[:1] not in (" ", "")
                     and "  " in line)
        for name, _, _, expected in MADE_UP:
            found = lines.get(name, "")
            yield f"what {name}", [] if expected in found else [f"expected '{expected}': {said}"]
        right = status == 1 and said.endswith("1 killed, 2 survived, 5 unusable\n")
        yield "the count and the exit status", [] if right else [f"{status}: {said}"]
        status, said = run(folder, path, "is-seen-e")
        yield "by name", [] if said.endswith("0 killed, 1 survived\n") else [said]
        status, said = run(folder, path, "nothing-like-this")
        yield "a name that there is not", [] if status == 2 else [said]


def main():
    results = list(checks(Path(sys.argv[1]).resolve()))
    print(f"1..{len(results)}")
    for number, (what, wrong) in enumerate(results, 1):
        print(*wrong, sep="\n", end="\n" if wrong else "")
        print(f"{'not ok' if wrong else 'ok'} {number} - {what}")
    return 1 if any(wrong for _, wrong in results) else 0


if __name__ == "__main__":
    sys.exit(main())
