#!/usr/bin/env python3
"""Seeds the defects of tests/mutants/*.txt, one at a time, and runs the tests that must see them.

  tests/mutants/mutants.py [--build DIR] [--list FILE ...] [NAME]

NAME: only the mutants whose name contains it. --build names a release build that is up to date;
without it ./test's own is brought up to date first. Exit status 0: all were killed; 1: one was not,
or cannot be applied or built; 2: wrong use.

A list holds mutants, a blank line between two:

  mutant: NAME
  harm: what it breaks and who is harmed, in as many lines as it takes
  file: src/ROOM/FILE.c
   a line that stays
  -a line that goes
  +a line that comes
  killed by: TEST: CASE

The lines are those of a diff; what stays and what goes must stand in the file exactly once. A
second `file` begins another change of the same mutant. TEST is a test of the build, CASE the one
of its cases that fails (`(exit)`: it crashes, `(time)`: it hangs); each that is named must kill.
`sim: SEED MINUTES` names a trial of the simulator instead.

Nothing in the tree is touched: the changed file is compiled by itself, and the test linked again
with it in the place of what its archive holds.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import run_tests  # noqa: E402

ROOT = HERE.parents[1]
# A mutant may hang: it gets so many times what the test takes without it, and so much more.
PATIENCE = 5
PATIENCE_S = 10.0
SIMULATE = "sim"
SIMULATE_S_MAX = 300.0


class Unusable(Exception):
    """A mutant that tells nothing, and why."""


@dataclass
class Change:
    file: str
    old: str = ""
    new: str = ""


@dataclass
class Mutant:
    name: str
    place: str
    harm: str = ""
    changes: list = field(default_factory=list)
    killers: list = field(default_factory=list)  # (test, case)


# The lists.


def read_list(path):
    mutants = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        place = f"{path.name}:{number}"
        key, _, value = line.partition(": ")
        if key == "mutant":
            mutants.append(Mutant(value, place))
        elif not line or line.startswith("#"):
            continue
        elif not mutants:
            raise Unusable(f"{place}: expected 'mutant: NAME' first, found '{line}'")
        else:
            take_line(mutants[-1], key, value, line, place)
    return mutants


def take_line(mutant, key, value, line, place):
    change = mutant.changes[-1] if mutant.changes else None
    if key == "harm":
        mutant.harm = value
    elif key == "file":
        mutant.changes.append(Change(value))
    elif key == "killed by":
        test, _, case = value.partition(": ")
        mutant.killers.append((test, case))
    elif line[0] == " " and change is None:
        mutant.harm += " " + line.strip()
    elif line[0] in " -+" and change is not None:
        change.old += "" if line[0] == "+" else line[1:] + "\n"
        change.new += "" if line[0] == "-" else line[1:] + "\n"
    else:
        raise Unusable(f"{place}: neither a key nor a line of a change: '{line}'")


def read_lists(paths):
    """All mutants; complains of what is missing in one or is there twice."""
    mutants = [mutant for path in paths for mutant in read_list(path)]
    seen = set()
    for mutant in mutants:
        if not re.fullmatch(r"[a-z0-9-]+", mutant.name) or mutant.name in seen:
            raise Unusable(f"{mutant.place}: expected a name of small letters, digits and '-' that "
                           f"no other mutant has, found '{mutant.name}'")
        if not mutant.harm or not mutant.changes or not mutant.killers:
            raise Unusable(f"{mutant.place}: {mutant.name}: expected harm, file and killed by")
        seen.add(mutant.name)
    return mutants


def mutate(mutant):
    """The changed text of each file."""
    texts = {}
    for change in mutant.changes:
        path = ROOT / change.file
        if not path.is_file() or path.suffix != ".c":
            raise Unusable(f"no C file '{change.file}'")
        text = "\n" + texts.get(change.file, path.read_text("utf-8"))
        found = text.count("\n" + change.old) if change.old else 0
        if found != 1:
            raise Unusable(f"does not apply: {change.file} has its lines {found} times, expected "
                           "once")
        if change.old == change.new:
            raise Unusable("changes nothing")
        texts[change.file] = text.replace("\n" + change.old, "\n" + change.new)[1:]
    return texts


# Building.


class Build:
    def __init__(self, folder):
        self.folder = folder
        self.compilers = json.loads((folder / "compile_commands.json").read_text())
        self.tests = {test.name: test for test in run_tests.tests_of(
            run_tests.Build(folder.name, "", [], runs=lambda test: True))}
        self.linkers = {}

    def test_of(self, killer):
        test, case = killer
        if test == SIMULATE:
            seed, minutes = case.split()
            # A trace ends at the first finding: nobody needs the shortest story here.
            command = [str(self.folder / "watchfire"), "sim", "--seed", seed, "--minutes", minutes,
                       "--trace"]
            return run_tests.Test(f"sim {case}", SIMULATE, command, ROOT, SIMULATE_S_MAX)
        if test not in self.tests:
            raise Unusable(f"killed by '{test}', but the build has no such test")
        if not case.startswith("(") and not self.has_case(self.tests[test], case):
            raise Unusable(f"killed by '{test}: {case}', but the test has no such case")
        return self.tests[test]

    @staticmethod
    def has_case(test, case):
        """Whether its name stands in what the command runs; a script's stand as functions."""
        name = re.sub(r" #\d+$", "", case)
        files = [Path(word) for word in test.command if Path(word).is_file()]
        wanted = {name.encode(), name.replace(" ", "_").encode()}
        return any(want in path.read_bytes() for path in files for want in wanted)

    def executable_of(self, test):
        """What the build made of those that the test's command names."""
        for word in test.command:
            path = Path(word).resolve()
            if Path(word).is_absolute() and path.is_relative_to(self.folder) and path.is_file():
                return path.relative_to(self.folder)
        raise Unusable(f"the test '{test.name}' runs nothing that the build makes")

    def linker_of(self, executable):
        if executable not in self.linkers:
            said = subprocess.run(
                ["ninja", "-C", str(self.folder), "-t", "commands", "-s", str(executable)],
                capture_output=True, text=True, check=True).stdout.strip().split("\n")
            self.linkers[executable] = shlex.split(said[-1])
        return list(self.linkers[executable])

    def compile(self, file, text, linker, into):
        """The changed file as an object; (the object that it stands for, its path)."""
        entries = [e for e in self.compilers if (self.folder / e["file"]).resolve() == ROOT / file]
        if not entries:
            raise Unusable(f"the build does not compile {file}")
        entry = next((e for e in entries if e["output"] in linker), entries[0])
        source, made = into / Path(file).name, into / (Path(file).stem + ".o")
        source.write_text(text, "utf-8")
        command = shlex.split(entry["command"])
        for option, value in (("-o", made), ("-c", source), ("-MF", made.with_suffix(".d"))):
            command[command.index(option) + 1] = str(value)
        self.do(command, "does not compile")
        return entry["output"], str(made)

    def link(self, executable, texts, into):
        linker = self.linker_of(executable)
        made = into / executable.name
        for file, text in texts.items():
            stands_for, path = self.compile(file, text, linker, into)
            # Before the archives: what the object defines is not looked for in them.
            at = linker.index(stands_for) if stands_for in linker else linker.index("-o") + 2
            linker[at:at + (stands_for in linker)] = [path]
        linker[linker.index("-o") + 1] = str(made)
        self.do(linker, "does not link")
        return made

    def do(self, command, complaint):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise Unusable(f"{complaint}:\n{run_tests.tail(done.stdout + done.stderr)}")


# Running.


def failed_cases(test):
    """What failed in one run, and how long it took."""
    if test.suite == SIMULATE:
        start = time.monotonic()
        done = subprocess.run(test.command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=test.timeout_s)
        if done.returncode > 1:
            raise Unusable(f"the simulator gave exit status {done.returncode}")
        trial = [test.name.removeprefix(f"{SIMULATE} ")]
        return trial if done.returncode != 0 else [], time.monotonic() - start
    cases, took_s, _ = run_tests.run(test)
    return [case.name for case in cases if case.state == run_tests.FAILED], took_s


class Trial:
    """Runs mutants; each test first once without any."""

    def __init__(self, build):
        self.build = build
        self.sound = {}

    def seconds_without(self, test):
        if test.name not in self.sound:
            failed, took_s = failed_cases(test)
            if failed:
                raise Unusable(f"{test.name} fails without it: {', '.join(failed)}")
            self.sound[test.name] = took_s
        return self.sound[test.name]

    def kill(self, mutant, killer, into):
        """None if this killer sees the mutant, else what it said."""
        test = self.build.test_of(killer)
        limit_s = PATIENCE * self.seconds_without(test) + PATIENCE_S
        executable = self.build.executable_of(test)
        made = self.build.link(executable, mutate(mutant), into)
        words = [str(made) if word == str(self.build.folder / executable) else word
                 for word in test.command]
        failed, _ = failed_cases(replace(test, command=words, timeout_s=limit_s))
        if killer[1] in failed:
            return None
        return f"only by {', '.join(failed)}" if failed else "by nothing"

    def run(self, mutant):
        """(killed, line to print); raises Unusable."""
        start = time.monotonic()
        for killer in mutant.killers:
            with tempfile.TemporaryDirectory() as folder:
                said = self.kill(mutant, killer, Path(folder))
            if said is not None:
                return False, f"SURVIVED: {killer[0]}: expected {killer[1]} to fail, seen {said}"
        by = ", ".join(": ".join(killer) for killer in mutant.killers)
        return True, f"killed by {by}  {time.monotonic() - start:.1f} s"


def run_all(mutants, build):
    trial, killed, survived, unusable = Trial(build), 0, 0, 0
    for mutant in mutants:
        try:
            dead, line = trial.run(mutant)
            killed, survived = killed + dead, survived + (not dead)
            line += "" if dead else f"\n    {mutant.place}: {mutant.harm}"
        except Unusable as trouble:
            unusable, line = unusable + 1, f"UNUSABLE: {mutant.place}: {trouble}"
        run_tests.say(f"{mutant.name}  {line}")
    more = f", {unusable} unusable" if unusable else ""
    run_tests.say(f"{killed} killed, {survived} survived{more}")
    return 1 if survived or unusable else 0


def release_build():
    release = run_tests.BUILDS[0]
    trouble = run_tests.configure(release) or run_tests.compile_for(
        release, run_tests.tests_of(release))
    if trouble:
        sys.exit(f"the {release.what} cannot be made; the end of its log:\n{trouble}")
    return ROOT / release.name


def main():
    parser = argparse.ArgumentParser(description="Seeds defects and runs the tests that see them.")
    parser.add_argument("--build", type=Path)
    parser.add_argument("--list", type=Path, action="append")
    parser.add_argument("name", nargs="?", default="")
    given = parser.parse_args()
    try:
        mutants = read_lists(given.list or sorted(HERE.glob("*.txt")))
    except Unusable as trouble:
        run_tests.say(str(trouble))
        return 2
    mutants = [mutant for mutant in mutants if given.name in mutant.name]
    if not mutants:
        run_tests.say(f"no mutant's name contains '{given.name}'")
        return 2
    folder = given.build.resolve() if given.build else release_build()
    return run_all(mutants, Build(folder))


if __name__ == "__main__":
    sys.exit(main())
