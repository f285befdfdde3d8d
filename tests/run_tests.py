#!/usr/bin/env python3
"""Builds, runs and counts the tests; ./test is its front door.

Each test case counts once, however many builds it ran in: failed if it failed in any, skipped if it
was skipped in all. Cases are those of cmocka (from its XML) or of a script that speaks TAP; any
other test is one case, by its exit status. An executable that crashes is a failed case of its own.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKERS = (os.cpu_count() or 1) + 2  # some tests wait most of the time
SLOWEST = 6  # of each build are named
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
SKIP_STATUS = 77


@dataclass
class Build:
    """A way to build the tree, and which tests run in it."""

    name: str
    what: str
    options: list
    compiler: str = "gcc"
    patience: int = 1  # how much slower its tests may be
    runs: object = None  # a function of the test


BUILDS = [
    Build("build-test", "release build", ["--buildtype=release"],
          runs=lambda test: test.suite != "fuzz"),
    Build("build-clang", "build with clang and sanitizers",
          ["--buildtype=debugoptimized", "-Db_sanitize=address,undefined", "-Db_lundef=false"],
          compiler="clang", patience=6,
          runs=lambda test: test.suite != "tidy" and not test.release_only),
]  # fmt: skip


@dataclass
class Test:
    name: str
    suite: str
    command: list
    folder: Path
    timeout_s: float
    environment: dict = field(default_factory=dict)
    parallel: bool = True
    release_only: bool = False  # has "release" as another suite: too long under sanitizers


@dataclass
class Case:
    name: str
    state: str
    message: str = ""


class Tally:
    """What became of each case, over all builds."""

    def __init__(self):
        self.states = collections.defaultdict(list)
        self.reasons = {}

    def add(self, suite, test, case):
        key = (suite, test, case.name)
        self.states[key].append(case.state)
        if case.state == SKIPPED:
            self.reasons[key] = case.message

    def verdicts(self):
        for key, states in self.states.items():
            if FAILED in states:
                yield key, FAILED
            else:
                yield key, PASSED if PASSED in states else SKIPPED


def say(text=""):
    print(text, flush=True)


def tail(text, lines=30):
    return "\n".join("    " + line for line in text.strip().split("\n")[-lines:] if line)


# Building.


def logged(build, command, **options):
    """The end of the log if the command fails, else None."""
    log = ROOT / build.name / "build.log"
    with log.open("w") as out:
        status = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options
        ).returncode
    return tail(log.read_text(errors="replace")) if status != 0 else None


def configure(build):
    """As meson.build is now. The end of the log if that fails, else None."""
    folder = ROOT / build.name
    if (folder / "build.ninja").exists():
        return logged(build, ["ninja", "-C", str(folder), "build.ninja"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = ["meson", "setup", str(folder), "-Dtests=true", *build.options]
    trouble = logged(build, command, env={**os.environ, "CC": build.compiler})
    if trouble:
        shutil.rmtree(folder / "meson-private", ignore_errors=True)
    return trouble


def compile_for(build, tests):
    """Builds the program and what these tests run; the end of the log if that fails, else None."""
    folder = ROOT / build.name
    words = (Path(word) for test in tests for word in test.command)
    targets = {str(word.relative_to(folder)) for word in words
               if word.is_relative_to(folder) and word != folder and ".." not in word.parts}
    return logged(build, ["ninja", "-C", str(folder), "watchfire", *sorted(targets)])


def tests_of(build):
    """The tests that the build declares and that run in it."""
    folder = ROOT / build.name
    listed = json.loads(subprocess.run(
        ["meson", "introspect", "--tests", str(folder)], capture_output=True, text=True, check=True
    ).stdout)
    found = []
    for entry in listed:
        suites = [suite.split(":")[-1] for suite in entry["suite"]] or ["other"]
        found.append(Test(
            entry["name"], suites[0], entry["cmd"], Path(entry["workdir"] or folder),
            (entry["timeout"] or 0) * build.patience, entry["env"], entry["is_parallel"],
            "release" in suites))
    if build.name == "build-test":
        found += tidy_tests(folder)
    return [test for test in found if build.runs(test)]


def tidy_tests(folder):
    scripts = ROOT / "tests" / "tidy"
    check = [sys.executable, str(scripts / "tidy.py"), "--tap", "--build", str(folder)]
    tests = [Test("tidy", "tidy", check, ROOT, 120)]
    for name in ("tidy", "runner", "setup", "analyse", "figures"):
        command = [sys.executable, str(scripts / f"test_{name}.py")]
        tests.append(Test(f"{name} itself", "tidy", command, ROOT, 120))
    ratchet = [sys.executable, str(ROOT / "tests" / "coverage" / "coverage.py"), "--quick", "--tap"]
    tests.append(Test("coverage of base, formats, share", "tidy", ratchet, ROOT, 600,
                      parallel=False))
    return tests


# Running.


def environment_of(test, folder):
    environment = {
        **os.environ,
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        "CMOCKA_MESSAGE_OUTPUT": "XML",
        "CMOCKA_XML_FILE": str(Path(folder) / "%g.xml"),
        **test.environment,
    }
    shared = ROOT.parent / "shared" / "data"
    if "WATCHFIRE_SHARED" not in environment and shared.is_dir():
        environment["WATCHFIRE_SHARED"] = str(shared)
    if environment.get("WATCHFIRE_SHARED") == "":  # asked for: without the reference data
        del environment["WATCHFIRE_SHARED"]
    return environment


def run(test):
    """(cases, seconds, output) of one run of one test."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                test.command, cwd=test.folder, stdin=subprocess.DEVNULL, capture_output=True,
                env=environment_of(test, folder), timeout=test.timeout_s or None)
            status, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            status, out, err = None, late.stdout or b"", late.stderr or b""
        except OSError as trouble:
            status, out, err = 127, b"", str(trouble).encode()
        xml = "".join(file.read_text(errors="replace") for file in Path(folder).glob("*.xml"))
    out, err = out.decode(errors="replace"), err.decode(errors="replace")
    cases = cases_of(status, out, err, xml + err, test.timeout_s)
    return cases, time.monotonic() - start, out + err


def cases_of(status, out, err, xml, timeout_s):
    cases = cmocka_cases(xml, out) or tap_cases(out)
    if status is None:
        how = f"not finished after {timeout_s:.0f} s\n"
        cases.append(Case("(time)", FAILED, tail(how + out + err)))
    elif not cases and status in (0, SKIP_STATUS):
        cases.append(Case("(all)", PASSED if status == 0 else SKIPPED, reasons(out + err)))
    elif status < 0 or (status != 0 and not any(case.state == FAILED for case in cases)):
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        cases.append(Case("(exit)", FAILED, "    " + how + "\n" + tail(out + err)))
    return cases


def reasons(out):
    """What a program said about why it skips."""
    lines = [line.strip() for line in out.split("\n") if re.search("skip|WATCHFIRE_", line, re.I)]
    return "; ".join(dict.fromkeys(lines))


def cmocka_cases(xml, out):
    cases, seen = [], collections.Counter()
    for name, inside in re.findall(
            r'<testcase name="([^"]*)"[^>]*>(.*?)</testcase>', xml, re.DOTALL):
        seen[name] += 1
        unique = name if seen[name] == 1 else f"{name} #{seen[name]}"
        if "<failure>" in inside or "<error>" in inside:
            message = re.sub(r"<!\[CDATA\[|\]\]>|</?(?:failure|error)>", "", inside)
            cases.append(Case(unique, FAILED, tail(message)))
        elif "<skipped/>" in inside:
            cases.append(Case(unique, SKIPPED, reasons(out)))
        else:
            cases.append(Case(unique, PASSED))
    return cases


def tap_cases(out):
    plan = re.search(r"^1\.\.(\d+)$", out, re.MULTILINE)
    if not plan:
        return []
    cases, said = [], []
    for line in out.split("\n"):
        match = re.match(r"(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$", line)
        if not match:
            said.append(line)
            continue
        state = FAILED if match.group(1) else SKIPPED if match.group(3) else PASSED
        message = match.group(3) or tail("\n".join(said), 60)
        cases.append(Case(match.group(2), state, message if state != PASSED else ""))
        said = []
    missing = int(plan.group(1)) - len(cases)
    if missing > 0:
        cases.append(Case("(plan)", FAILED, f"{missing} of {plan.group(1)} never ran"))
    return cases


def run_all(build, tests, tally):
    """Runs the tests of one build and prints a line for each suite, and every failure."""
    logs = ROOT / build.name / "test-logs"
    logs.mkdir(exist_ok=True)
    counts = collections.defaultdict(collections.Counter)
    seconds = collections.Counter()

    def one(test):
        cases, took_s, output = run(test)
        (logs / (re.sub(r"\W+", "-", test.name) + ".txt")).write_text(output)
        return test, cases, took_s

    def results():
        # The long ones first, so that none of them is left over at the end.
        in_order = sorted(tests, key=lambda test: not test.release_only)
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(one, [test for test in in_order if test.parallel])
        yield from map(one, [test for test in in_order if not test.parallel])

    slowest = []
    for test, cases, took_s in results():
        seconds[test.suite] += took_s
        slowest = sorted([*slowest, (took_s, test.name)], reverse=True)[:SLOWEST]
        for case in cases:
            tally.add(test.suite, test.name, case)
            counts[test.suite][case.state] += 1
            if case.state == FAILED:
                say(f"  FAILED {test.name}: {case.name}\n{case.message}")
    for suite in dict.fromkeys(test.suite for test in tests):
        count = counts[suite]
        said = ", ".join(f"{count[s]} {s}" for s in (PASSED, FAILED, SKIPPED) if count[s])
        say(f"  {suite:<10} {said:<40} {seconds[suite]:7.1f} s")
    say("  slowest: " + ", ".join(f"{name} {took_s:.0f} s" for took_s, name in slowest))


# The whole.


def wanted(test, pattern):
    if pattern == "soak":
        return test.suite == "soak"
    return test.suite != "soak" and (not pattern or pattern in test.name)


def builds_for(pattern):
    """The builds that this run needs; one that this machine cannot make is a skipped case."""
    for build in BUILDS:
        if pattern == "soak" and build.name != "build-test":
            continue
        yield build


def one_build(build, pattern, tally):
    """True if any test of the build was wanted."""
    start = time.monotonic()
    if not shutil.which(build.compiler):
        tally.add("build", build.what, Case("(all)", SKIPPED, f"no {build.compiler} here"))
        return False
    trouble = configure(build)
    tests = [] if trouble else [test for test in tests_of(build) if wanted(test, pattern)]
    if pattern and not trouble and not tests:
        return False
    trouble = trouble or compile_for(build, tests)
    say(f"{build.what}: {time.monotonic() - start:.0f} s")
    if trouble:
        say(f"  FAILED to build; the end of {build.name}/build.log:\n{trouble}")
    if trouble or not pattern:
        tally.add("build", build.what, Case("(all)", FAILED if trouble else PASSED))
    if trouble:
        return True
    run_all(build, tests, tally)
    return bool(tests)


def closing(tally, start):
    counts = collections.Counter(verdict for _, verdict in tally.verdicts())
    for key, verdict in tally.verdicts():
        if verdict == SKIPPED:
            say(f"skipped: {key[1]}: {key[2]} ({tally.reasons.get(key) or 'no reason given'})")
    if counts[FAILED]:
        say("failed:")
        for key, verdict in tally.verdicts():
            if verdict == FAILED:
                say(f"  {key[1]}: {key[2]}")
    say(f"in {time.monotonic() - start:.0f} s")
    skipped = f", {counts[SKIPPED]} skipped" if counts[SKIPPED] else ""
    say(f"{counts[PASSED]} passed, {counts[FAILED]} failed{skipped}")
    return 1 if counts[FAILED] else 0


def main():
    if len(sys.argv) > 2:
        say("usage: ./test [NAME | soak | fuzz MINUTES | coverage [raise] | figures | "
            "analyse [NAME] | mutants [NAME]]")
        return 2
    pattern = sys.argv[1] if len(sys.argv) == 2 else ""
    start, tally = time.monotonic(), Tally()
    found = [one_build(build, pattern, tally) for build in builds_for(pattern)]
    if not any(found):
        say(f"no test's name contains '{pattern}'")
        return 2
    return closing(tally, start)


if __name__ == "__main__":
    sys.exit(main())
